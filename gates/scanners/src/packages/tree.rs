//! JSON, YAML and TOML as one tree whose values know their lines.
//!
//! Lock files are read through it, so that every format gives places, refuses a key that is there twice, and ends
//! at the same bounds.
//!
//! **Absent on purpose:** numbers (a version `1.10` is a text), and writing.

use std::collections::BTreeMap;

use super::Fault;

pub(super) mod json;
pub(super) mod toml;
pub(super) mod yaml;

/// Values of one file.
const NODES_MAX: usize = 3_000_000;

/// Levels of values inside each other.
const DEPTH_MAX: usize = 100;

/// A value and its line: that of its key where it has one, else that where it begins.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Node {
    pub(super) line: u64,
    pub(super) value: Value,
}

/// What a lock file is made of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Value {
    Null,
    Bool(bool),
    /// Texts, numbers as they are written, dates.
    Text(String),
    List(Vec<Node>),
    Map(BTreeMap<String, Node>),
}

impl Node {
    /// The value of a key; `null` is no value.
    pub(super) fn get(&self, key: &str) -> Option<&Node> {
        match &self.value {
            Value::Map(entries) => entries.get(key).filter(|node| node.value != Value::Null),
            _ => None,
        }
    }

    pub(super) fn as_text(&self) -> Option<&str> {
        match &self.value {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    pub(super) fn is_true(&self, key: &str) -> bool {
        self.get(key).is_some_and(|node| node.value == Value::Bool(true))
    }

    /// The text itself, or what it should have been.
    pub(super) fn text(&self, what: &str) -> Result<&str, Fault> {
        self.as_text().ok_or_else(|| self.fault(format!("{what} is no text")))
    }

    /// The text of a key that may be absent, and may not be anything else.
    pub(super) fn optional(&self, key: &str) -> Result<Option<&str>, Fault> {
        self.get(key).map(|node| node.text(&format!("`{key}`"))).transpose()
    }

    /// The text of a key that must be there.
    pub(super) fn required(&self, key: &str) -> Result<&str, Fault> {
        self.optional(key)?.ok_or_else(|| self.fault(format!("`{key}` is missing")))
    }

    /// The entries of a map.
    pub(super) fn entries(&self, what: &str) -> Result<&BTreeMap<String, Node>, Fault> {
        match &self.value {
            Value::Map(entries) => Ok(entries),
            _ => Err(self.fault(format!("{what} is no map"))),
        }
    }

    /// The entries of the map of a key that may be absent.
    pub(super) fn map(&self, key: &str) -> Result<impl Iterator<Item = (&str, &Node)>, Fault> {
        let entries = self.get(key).map(|node| node.entries(&format!("`{key}`"))).transpose()?;
        Ok(entries.into_iter().flatten().map(|(name, node)| (name.as_str(), node)))
    }

    /// The items of the list of a key that may be absent.
    pub(super) fn list(&self, key: &str) -> Result<&[Node], Fault> {
        match self.get(key) {
            None => Ok(&[]),
            Some(Node { value: Value::List(items), .. }) => Ok(items),
            Some(other) => Err(other.fault(format!("`{key}` is no list"))),
        }
    }

    pub(super) fn fault(&self, why: impl Into<String>) -> Fault {
        Fault::at(self.line, why)
    }
}
