//! The checked form of an expression: only what a condition may contain, every node with its place.
//!
//! **Absent on purpose:** rhai. Nothing here is dynamic: a form that is not listed cannot be evaluated.

use std::borrow::Borrow;

use dod_kernel::ask::Wrong;
use dod_kernel::id::Name;
use dod_kernel::value::Value;

use crate::globs::Globs;

/// Where something stands in the text of an expression; both count from 1, columns in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: u32,
    pub(crate) column: u32,
}

impl Place {
    pub(crate) fn wrong(self, message: impl Into<String>) -> Wrong {
        Wrong { column: self.column, line: self.line, message: printable(&message.into()).into() }
    }
}

/// A whole expression, and what it mentions. `names` is complete also where there are problems.
#[derive(Debug)]
pub(crate) struct Checked {
    pub(crate) node: Node,
    pub(crate) names: Vec<Used>,
    pub(crate) asks_for_changes: bool,
}

/// A fact that an expression mentions. Invariant: `path` is not empty.
#[derive(Debug)]
pub(crate) struct Used {
    pub(crate) path: Vec<(Name, Place)>,
}

impl Used {
    /// The path as one writes it.
    pub(crate) fn text(&self) -> Name {
        let names: Vec<&str> = self.path.iter().map(|(name, _)| name.as_str()).collect();
        path_text(&names)
    }
}

#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) at: Place,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Literal(Value),
    List(Vec<Node>),
    /// Only in scripts.
    Map(Vec<(Name, Node)>),
    /// A fact by its path; a path segment and where it stands.
    Fact(Vec<(Name, Place)>),
    /// A member of a value that is itself computed, as in `orders[0].total`.
    Member(Box<Node>, Name),
    Index(Box<Node>, Box<Node>),
    Not(Box<Node>),
    Negative(Box<Node>),
    /// `fact == ()`: the one question about null that is not a comparison of unlike values.
    IsNull(Box<Node>),
    All(Vec<Node>),
    Any(Vec<Node>),
    Compare(Comparison, Box<Node>, Box<Node>),
    Arithmetic(Operation, Box<Node>, Box<Node>),
    /// `item in whole` and `whole.contains(item)`.
    Contains {
        whole: Box<Node>,
        item: Box<Node>,
    },
    StartsWith(Box<Node>, Box<Node>),
    EndsWith(Box<Node>, Box<Node>),
    Length(Box<Node>),
    IsEmpty(Box<Node>),
    LowerCase(Box<Node>),
    Changed(Globs),
    Known(Vec<(Name, Place)>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Plus,
    Minus,
    Times,
    Divide,
    Remainder,
}

/// Kinds of values that never compare with each other. Both kinds of numbers are one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Bool,
    Number,
    Text,
    List,
    Map,
    Null,
}

impl Kind {
    pub(crate) fn of(value: &Value) -> Self {
        match value {
            Value::Bool(_) => Self::Bool,
            Value::Integer(_) | Value::Decimal(_) => Self::Number,
            Value::Text(_) => Self::Text,
            Value::List(_) => Self::List,
            Value::Map(_) => Self::Map,
            Value::Null => Self::Null,
        }
    }

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Bool => "a boolean",
            Self::Number => "a number",
            Self::Text => "a text",
            Self::List => "a list",
            Self::Map => "a map",
            Self::Null => "null",
        }
    }
}

impl Node {
    /// The kind of its value, where the text alone tells: a mistake in types is then found before the run.
    pub(crate) fn kind(&self) -> Option<Kind> {
        Some(match &self.what {
            What::Literal(value) => Kind::of(value),
            What::List(_) => Kind::List,
            What::Map(_) => Kind::Map,
            What::Fact(_) | What::Member(..) | What::Index(..) => return None,
            What::Not(_)
            | What::IsNull(_)
            | What::All(_)
            | What::Any(_)
            | What::Compare(..)
            | What::Contains { .. }
            | What::StartsWith(..)
            | What::EndsWith(..)
            | What::IsEmpty(_)
            | What::Changed(_)
            | What::Known(_) => Kind::Bool,
            What::Negative(_) | What::Length(_) => Kind::Number,
            What::Arithmetic(Operation::Plus, left, right) => return left.kind().or(right.kind()),
            What::Arithmetic(..) => Kind::Number,
            What::LowerCase(_) => Kind::Text,
        })
    }
}

/// A message without control characters: parts of the expression stand in it, and it goes to terminals.
pub(crate) fn printable(message: &str) -> String {
    message
        .chars()
        .flat_map(|letter| {
            let (plain, escaped) = match letter.is_control() {
                true => (None, Some(letter.escape_default())),
                false => (Some(letter), None),
            };
            plain.into_iter().chain(escaped.into_iter().flatten())
        })
        .collect()
}

/// A path as one writes it: names with points, anything else in brackets.
pub(crate) fn path_text<T: Borrow<str>>(path: &[T]) -> Name {
    let mut text = String::new();
    for (at, part) in path.iter().map(Borrow::borrow).enumerate() {
        let plain = part.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_')
            && part.chars().all(|each| each.is_ascii_alphanumeric() || each == '_');
        if plain || at == 0 {
            if at > 0 {
                text.push('.');
            }
            text.push_str(part);
        } else {
            text.push_str(&format!("[{part:?}]"));
        }
    }
    text.into()
}
