//! Single values: text, lists, durations, each with its own error.
//!
//! **Absent on purpose:** which keys an entry has.

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use serde_saphyr::{Location, Spanned};

use crate::fault::{Fault, Located, nearest};
use crate::node::{At, Node};

/// The keys of one map, taken out one after the other; what is left over is unknown.
pub(super) struct Keys<'a> {
    of: &'static str,
    place: Location,
    known: &'static [&'static str],
    map: BTreeMap<&'a str, (&'a Spanned<String>, &'a At)>,
}

impl<'a> Keys<'a> {
    pub(super) fn new(
        of: &'static str,
        place: Location,
        map: &'a [(Spanned<String>, At)],
        known: &'static [&'static str],
        faults: &mut Vec<Located>,
    ) -> Self {
        for (key, _) in map {
            if !known.contains(&key.value.as_str()) {
                let near = nearest(&key.value, known.iter().copied())
                    .and_then(|near| known.iter().copied().find(|word| *word == near));
                let fault = Fault::UnknownKey { key: key.value.clone(), of, near };
                faults.push(Located::at(key.referenced, fault));
            }
        }
        let map = map.iter().map(|(key, value)| (key.value.as_str(), (key, value))).collect();
        Self { of, place, known, map }
    }

    /// The value of a key, where it is there and not `null`.
    pub(super) fn get(&self, key: &'static str) -> Option<&'a At> {
        debug_assert!(self.known.contains(&key), "{key}");
        self.map.get(key).map(|(_, value)| *value).filter(|value| !matches!(value.value, Node::Null))
    }

    /// Where a key stands, or the map where it is not there.
    pub(super) fn place(&self, key: &str) -> Location {
        self.map.get(key).map_or(self.place, |(key, _)| key.referenced)
    }

    pub(super) fn need(&self, key: &'static str, faults: &mut Vec<Located>) -> Option<&'a At> {
        let found = self.get(key);
        if found.is_none() {
            faults.push(Located::at(self.place, Fault::Missing { key, of: self.of }));
        }
        found
    }

    pub(super) fn text(&self, key: &'static str, faults: &mut Vec<Located>) -> Option<&'a str> {
        text(key, self.get(key)?, faults)
    }

    pub(super) fn flag(&self, key: &'static str, default: bool, faults: &mut Vec<Located>) -> bool {
        match self.get(key).map(|found| (&found.value, found.referenced)) {
            None => default,
            Some((Node::Bool(flag), _)) => *flag,
            Some((other, place)) => {
                faults.push(wrong(key, "true or false", other, place));
                default
            }
        }
    }

    pub(super) fn texts(&self, key: &'static str, faults: &mut Vec<Located>) -> Vec<String> {
        self.get(key).map(|found| texts(key, found, faults)).unwrap_or_default()
    }

    /// The command under a key; an empty one is an error.
    pub(super) fn command(&self, key: &'static str, faults: &mut Vec<Located>) -> Option<Vec<String>> {
        let found = self.get(key)?;
        let command = texts(key, found, faults);
        if matches!(&found.value, Node::List(items) if items.is_empty()) {
            faults.push(wrong(key, "a program and its arguments", &Node::Null, found.referenced));
        }
        Some(command)
    }
}

pub(super) fn wrong(key: &str, expected: &'static str, found: &Node, place: Location) -> Located {
    Located::at(place, Fault::WrongType { key: key.to_owned(), expected, found: found.kind() })
}

pub(super) fn text<'a>(key: &str, found: &'a At, faults: &mut Vec<Located>) -> Option<&'a str> {
    match &found.value {
        Node::Text(text) => Some(text),
        other => {
            faults.push(wrong(key, "text", other, found.referenced));
            None
        }
    }
}

/// A list of texts; whole numbers count as their digits, since an argument is text whatever it looks like.
pub(super) fn texts(key: &str, found: &At, faults: &mut Vec<Located>) -> Vec<String> {
    let Node::List(items) = &found.value else {
        faults.push(wrong(key, "a list of texts", &found.value, found.referenced));
        return Vec::new();
    };
    let mut list = Vec::with_capacity(items.len());
    for item in items {
        match &item.value {
            Node::Text(text) => list.push(text.clone()),
            Node::Integer(number) => list.push(number.to_string()),
            other => faults.push(wrong(key, "a list of texts", other, item.referenced)),
        }
    }
    list
}

/// A value as a step may write it.
pub(super) fn value(node: &Node) -> Option<Value> {
    match node {
        Node::Bool(flag) => Some(Value::Bool(*flag)),
        Node::Integer(number) => Some(Value::Integer(*number)),
        Node::Text(text) => Some(Value::Text(Name::from(text.as_str()))),
        Node::List(items) => {
            items.iter().map(|item| value(&item.value)).collect::<Option<_>>().map(Value::List)
        }
        Node::Null | Node::Fraction | Node::Map(_) => None,
    }
}

/// `500ms`, `90s`, `5m`, `2h` in milliseconds.
pub(super) fn duration_ms(text: &str) -> Option<u64> {
    let digits = text.find(|c: char| !c.is_ascii_digit())?;
    let number: u64 = text[..digits].parse().ok()?;
    let unit = match &text[digits..] {
        "ms" => 1,
        "s" => 1_000,
        "m" => 60_000,
        "h" => 3_600_000,
        _ => return None,
    };
    number.checked_mul(unit).filter(|ms| *ms > 0)
}
