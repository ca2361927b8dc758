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
    /// A whole number.
    Integer(i64),
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
