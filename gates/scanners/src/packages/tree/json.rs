//! JSON (RFC 8259) → tree.
//!
//! Lines come from the reader under the deserializer, which is asked for one byte after the other.
//!
//! **Absent on purpose:** duplicate keys (of which the last would win), and comments.

use std::cell::Cell;
use std::collections::BTreeMap;
use std::fmt;
use std::io::Read;

use serde_json::Deserializer;

use serde::de::{DeserializeSeed, Error, MapAccess, SeqAccess, Visitor};

use super::{NODES_MAX, Node, Value};
use crate::packages::Fault;

pub(in crate::packages) fn parse(text: &str) -> Result<Node, Fault> {
    let at = At { line: Cell::new(1), nodes: Cell::new(0) };
    let mut reader = Deserializer::from_reader(Lines { bytes: text.as_bytes(), at: &at });
    let syntax = |error: serde_json::Error| {
        Fault::at(error.line() as u64, format!("it is not JSON: {}", message(&error)))
    };
    let root = Seed { at: &at }.deserialize(&mut reader).map_err(syntax)?;
    reader.end().map_err(syntax)?;
    Ok(root)
}

/// The message without its place, which the fault has.
fn message(error: &serde_json::Error) -> String {
    let text = error.to_string();
    match text.rfind(" at line ") {
        Some(at) => text[..at].to_owned(),
        None => text,
    }
}

struct At {
    line: Cell<u64>,
    nodes: Cell<usize>,
}

struct Lines<'a> {
    bytes: &'a [u8],
    at: &'a At,
}

impl Read for Lines<'_> {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        // One byte at a time: what is read ahead would be ahead of its line.
        let (Some((&first, rest)), Some(place)) = (self.bytes.split_first(), into.first_mut()) else {
            return Ok(0);
        };
        *place = first;
        self.bytes = rest;
        if first == b'\n' {
            self.at.line.set(self.at.line.get() + 1);
        }
        Ok(1)
    }
}

#[derive(Clone, Copy)]
struct Seed<'a> {
    at: &'a At,
}

impl Seed<'_> {
    fn node(self, line: u64, value: Value) -> Node {
        Node { line, value }
    }

    fn here(self, value: Value) -> Node {
        self.node(self.at.line.get(), value)
    }
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Node;

    fn deserialize<D: serde::Deserializer<'de>>(self, reader: D) -> Result<Node, D::Error> {
        self.at.nodes.set(self.at.nodes.get() + 1);
        if self.at.nodes.get() > NODES_MAX {
            return Err(D::Error::custom(format!("it has more than {NODES_MAX} values")));
        }
        reader.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Node;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Node, E> {
        Ok(self.here(Value::Null))
    }

    fn visit_bool<E>(self, flag: bool) -> Result<Node, E> {
        Ok(self.here(Value::Bool(flag)))
    }

    fn visit_i64<E>(self, number: i64) -> Result<Node, E> {
        Ok(self.here(Value::Text(number.to_string())))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Node, E> {
        Ok(self.here(Value::Text(number.to_string())))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Node, E> {
        Ok(self.here(Value::Text(number.to_string())))
    }

    fn visit_str<E>(self, text: &str) -> Result<Node, E> {
        Ok(self.here(Value::Text(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Node, A::Error> {
        let line = self.at.line.get();
        let mut list = Vec::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(self.node(line, Value::List(list)))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Node, A::Error> {
        let line = self.at.line.get();
        let mut map = BTreeMap::new();
        while let Some(key) = entries.next_key::<String>()? {
            let key_line = self.at.line.get();
            let mut value = entries.next_value_seed(self)?;
            value.line = key_line;
            if map.contains_key(&key) {
                return Err(A::Error::custom(format!("the key `{key}` is there twice")));
            }
            map.insert(key, value);
        }
        Ok(self.node(line, Value::Map(map)))
    }
}
