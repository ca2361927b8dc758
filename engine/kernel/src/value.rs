//! Values that expressions see and variables hold.
//!
//! **Absent on purpose:** floats (they become [`Decimal`]s at the door) and conversions between types.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::decimal::Decimal;
use crate::id::Name;

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
