//! A JSON value that was read whole: one element of a report, never the report.
//!
//! Questions are asked leniently (`None` for another type), since a reader is strict about what it counts
//! and forgiving about the rest.

use dod_kernel::decimal::Decimal;

use crate::error::ReadError;

/// A value. Objects keep the order of the report.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Value {
    #[default]
    Null,
    Bool(bool),
    /// A number as written.
    Number(String),
    Text(String),
    List(Vec<Value>),
    Map(Vec<(String, Value)>),
}

/// What a question about something absent is asked of.
static NULL: Value = Value::Null;

impl Value {
    /// The value of this key; `null` where there is none.
    pub(crate) fn get(&self, key: &str) -> &Value {
        match self {
            Self::Map(map) => map.iter().find(|(name, _)| name == key).map_or(&NULL, |(_, value)| value),
            _ => &NULL,
        }
    }

    /// The value at this path of keys.
    pub(crate) fn at(&self, path: &[&str]) -> &Value {
        path.iter().fold(self, |value, key| value.get(key))
    }

    /// The elements; none where this is not an array.
    pub(crate) fn list(&self) -> &[Value] {
        match self {
            Self::List(list) => list,
            _ => &[],
        }
    }

    pub(crate) fn is_null(&self) -> bool {
        *self == Self::Null
    }

    pub(crate) fn bool(&self) -> Option<bool> {
        match self {
            Self::Bool(yes) => Some(*yes),
            _ => None,
        }
    }

    pub(crate) fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            _ => None,
        }
    }

    /// A number, exactly.
    pub(crate) fn decimal(&self) -> Option<Decimal> {
        match self {
            Self::Number(text) => text.parse().ok(),
            _ => None,
        }
    }

    /// A line, a column, an index: a whole number from 0 that fits. Anything else says nothing.
    pub(crate) fn index(&self) -> Option<u32> {
        u32::try_from(self.decimal()?.as_integer()?).ok()
    }

    /// A count that a verdict may rest on: negative, broken and huge ones are errors.
    pub(crate) fn count(&self, error: impl Fn() -> ReadError) -> Result<u64, ReadError> {
        let Self::Number(text) = self else { return Err(error()) };
        crate::text::count(text).ok_or_else(error)
    }
}
