//! YAML text → a tree in which every key and value knows its place.
//!
//! ```text
//!   parse(sources, file, problems) -> Option<Node>      everything wrong with the text goes to `problems`
//!   Fields::open(node, …), read::text(node, …), …       hand-written decoding that goes on after an error
//! ```
//!
//! The events come from the parser under `serde-saphyr`; the tree is composed here and not by serde, because
//! serde stops at the first error, cannot say where the first of two equal keys stands, and forgets whether a
//! value was quoted. A scalar keeps its text: what it means is decided by whoever asks for it, so `1.10`,
//! `NO` and `12e4567` stay what was written where text is expected.
//!
//! **Absent on purpose:** serde, `untagged`, `flatten`; silent skipping of anything; knowledge of workflows.

mod compose;
mod fields;
pub mod read;
mod trap;

use dod_kernel::decimal::Decimal;
use dod_kernel::value::Value;

use crate::diagnose::Span;

pub use compose::parse;
pub use fields::Fields;

/// The longest text that is read.
pub const FILE_BYTES_MAX: usize = 64 << 20;
/// How deep values may lie inside each other.
pub const DEPTH_MAX: usize = 64;
/// How many values one file may expand to, aliases and merges counted at each use.
pub const NODES_MAX: usize = 12_000_000;
/// How many values aliases and merges may add.
pub const ALIASED_NODES_MAX: usize = 100_000;

/// A value with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Node {
    /// Where it stands: for an alias, the alias; inside an alias, the definition.
    pub span: Span,
    /// What it is.
    pub kind: Kind,
}

/// What a value is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Something was wrong with it, and that was said. Whoever meets it keeps quiet.
    Broken,
    /// Values in order.
    List(Vec<Node>),
    /// Values by key, in the order they were written; keys are unique.
    Map(Vec<Entry>),
    /// A single value as written, quotes and escapes resolved.
    Scalar {
        /// Its text.
        text: Box<str>,
        /// Written without quotes, so that `true`, `~` and `12` may mean more than text.
        plain: bool,
    },
}

/// A key with its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The key.
    pub key: Box<str>,
    /// Where the key stands.
    pub key_span: Span,
    /// The value.
    pub value: Node,
}

/// Anything with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Located<T> {
    /// Where it stands.
    pub span: Span,
    /// The thing.
    pub value: T,
}

impl<T> Located<T> {
    /// A thing and its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { span, value }
    }
}

impl<T> std::ops::Deref for Located<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.value
    }
}

impl Node {
    /// Written as nothing, `~` or `null`.
    pub fn is_null(&self) -> bool {
        matches!(&self.kind, Kind::Scalar { text, plain: true } if is_null(text))
    }

    /// Something was wrong with it, and that was said.
    pub fn is_broken(&self) -> bool {
        self.kind == Kind::Broken
    }

    /// What it is in a word, for a message.
    pub fn what(&self) -> &'static str {
        match &self.kind {
            Kind::Broken => "unreadable value",
            Kind::List(_) => "list",
            Kind::Map(_) => "map",
            Kind::Scalar { .. } if self.is_null() => "empty value",
            Kind::Scalar { text, plain: true } if as_bool(text).is_some() => "boolean",
            Kind::Scalar { text, plain: true } if text.parse::<Decimal>().is_ok() => "number",
            Kind::Scalar { .. } => "text",
        }
    }

    /// The value where no type is expected, by the YAML 1.2 core schema, with two differences that keep
    /// what people write: numbers are exact, and a number that cannot be held or that begins with a
    /// superfluous zero is text.
    pub fn value(&self) -> Value {
        match &self.kind {
            Kind::Broken => Value::Null,
            Kind::List(items) => Value::List(items.iter().map(Self::value).collect()),
            Kind::Map(entries) => Value::Map(
                entries.iter().map(|entry| (entry.key.clone().into(), entry.value.value())).collect(),
            ),
            Kind::Scalar { text, plain: false } => Value::text(text.clone()),
            Kind::Scalar { text, plain: true } => plain_value(text),
        }
    }
}

pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// `true` and `false` as YAML 1.2 spells them; `yes`, `on` and `y` are text.
pub(crate) fn as_bool(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

fn plain_value(text: &str) -> Value {
    if is_null(text) {
        return Value::Null;
    }
    if let Some(flag) = as_bool(text) {
        return Value::Bool(flag);
    }
    let digits = text.trim_start_matches('-');
    let padded = digits.len() > 1 && digits.starts_with('0') && digits.as_bytes()[1].is_ascii_digit();
    match text.parse::<Decimal>() {
        Ok(number) if !padded => match (number.as_integer(), text.contains(['.', 'e', 'E'])) {
            (Some(whole), false) => Value::Integer(whole),
            _ => Value::Decimal(number),
        },
        _ => Value::text(text),
    }
}

#[cfg(test)]
mod tests;
