//! Values that expressions see and variables hold.
//!
//! **Absent on purpose:** floats (they become [`Decimal`]s at the door) and conversions between types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::id::Name;

mod read;

/// How deep lists and maps may lie in each other where a value goes into an event.
pub const DEPTH_MAX: u32 = 32;

/// A value of an expression, an input, an output or a variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Value {
    /// Yes or no.
    Bool(bool),
    /// A whole number. Written as text, because JSON readers lose digits beyond 2^53.
    Integer(#[serde(with = "as_text")] i64),
    /// An exact number with digits after the point.
    Decimal(Decimal),
    /// Characters.
    Text(Name),
    /// Values in order.
    List(Vec<Value>),
    /// Values by name.
    Map(BTreeMap<Name, Value>),
    /// Nothing, said on purpose. (Not the same as unknown, which is the absence of a value.)
    Null,
}

impl Value {
    /// A text value.
    pub fn text(text: impl Into<Name>) -> Self {
        Self::Text(text.into())
    }

    /// What a step wrote, typed: `true` and `false`, and numbers, texts in quotes, lists and objects in JSON syntax. Numbers
    /// are exact. Everything else is text: `007`, `2026-11-21`, `null`, what is not JSON to its end, repeats a name,
    /// has a number that cannot be held exactly, or nests deeper than [`DEPTH_MAX`].
    pub fn read(text: &str) -> Self {
        read::read(text)
    }

    /// How many bytes it takes in an event, or a few more; `None` where it nests deeper than [`DEPTH_MAX`].
    pub fn weight(&self) -> Option<usize> {
        self.weight_at(DEPTH_MAX)
    }

    fn weight_at(&self, deeper: u32) -> Option<usize> {
        Some(match self {
            Self::Bool(_) | Self::Null => 16,
            Self::Integer(number) => 17 + number.unsigned_abs().checked_ilog10().unwrap_or(0) as usize,
            Self::Decimal(_) => 64,
            Self::Text(text) => 12 + quoted(text),
            Self::List(items) => {
                let deeper = deeper.checked_sub(1)?;
                items.iter().try_fold(16, |sum, item| Some(sum + item.weight_at(deeper)?))?
            }
            Self::Map(items) => {
                let deeper = deeper.checked_sub(1)?;
                items.iter().try_fold(16, |sum, (name, item)| {
                    Some(sum + 2 + quoted(name) + item.weight_at(deeper)?)
                })?
            }
        })
    }

    /// What kind of value it is, in one word for a message.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Bool(_) => "boolean",
            Self::Integer(_) => "whole number",
            Self::Decimal(_) => "decimal number",
            Self::Text(_) => "text",
            Self::List(_) => "list",
            Self::Map(_) => "map",
            Self::Null => "null",
        }
    }
}

/// How many bytes a text takes in JSON, with its quotes.
pub(crate) fn quoted(text: &str) -> usize {
    let taken = |byte: u8| match byte {
        b'"' | b'\\' => 2,
        0..0x20 => 6,
        _ => 1,
    };
    2 + text.bytes().map(taken).sum::<usize>()
}

mod as_text {
    use serde::{Deserialize, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(number: &i64, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(number)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let number: i64 = text.parse().map_err(serde::de::Error::custom)?;
        if number.to_string() == *text {
            Ok(number)
        } else {
            Err(serde::de::Error::custom("not a plain number"))
        }
    }
}
