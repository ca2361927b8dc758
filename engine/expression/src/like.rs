//! Comparing values: only of one kind, never by conversion.
//!
//! **Absent on purpose:** an order of lists, maps and booleans; equality of unlike values. rhai answers
//! `false` for both, which a policy would take for a finding or, negated, for a pass.

use std::cmp::Ordering;

use dod_kernel::value::Value;

use crate::VALUE_DEPTH_MAX;
use crate::number::Number;
use crate::tree::{Comparison, Kind};

/// Counts down what an evaluation may still do.
pub(crate) struct Budget(pub(crate) u32);

impl Budget {
    pub(crate) fn spend(&mut self) -> Result<(), String> {
        self.0 =
            self.0.checked_sub(1).ok_or_else(|| "the expression takes too many operations".to_owned())?;
        Ok(())
    }

    /// Several at once.
    pub(crate) fn spend_all(&mut self, operations: u32) -> Result<(), ()> {
        let left = self.0.checked_sub(operations);
        self.0 = left.unwrap_or(0);
        left.map(|_| ()).ok_or(())
    }
}

/// Whether values of these kinds may be compared so; the message otherwise.
pub(crate) fn may_compare(how: Comparison, left: Kind, right: Kind) -> Result<(), String> {
    if left != right && (left == Kind::Null || right == Kind::Null) {
        let other = if left == Kind::Null { right } else { left };
        return Err(format!(
            "null never compares with {}; ask for null first, as in `fact != ()`",
            other.name()
        ));
    }
    if left != right {
        return Err(format!("{} never compares with {}", left.name(), right.name()));
    }
    let ordered = matches!(left, Kind::Number | Kind::Text);
    if ordered || matches!(how, Comparison::Equal | Comparison::Unequal) {
        return Ok(());
    }
    Err(format!("{} has no order, so `<` and `>` have no meaning", left.name()))
}

pub(crate) fn compare(
    how: Comparison,
    left: &Value,
    right: &Value,
    budget: &mut Budget,
) -> Result<bool, String> {
    may_compare(how, Kind::of(left), Kind::of(right))?;
    if matches!(how, Comparison::Equal | Comparison::Unequal) {
        let same = equal(left, right, 0, budget)?;
        return Ok(same == (how == Comparison::Equal));
    }
    let order = match (left, right) {
        (Value::Text(left), Value::Text(right)) => left.as_str().cmp(right.as_str()),
        _ => match (Number::of(left), Number::of(right)) {
            (Some(left), Some(right)) => left.compare(right),
            _ => return Err("these values have no order".into()),
        },
    };
    Ok(match how {
        Comparison::Less => order == Ordering::Less,
        Comparison::AtMost => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::AtLeast | Comparison::Equal | Comparison::Unequal => order != Ordering::Less,
    })
}

/// Equality of values of one kind. Lists and maps compare by element, so unlike elements are an error too.
pub(crate) fn equal(left: &Value, right: &Value, depth: usize, budget: &mut Budget) -> Result<bool, String> {
    budget.spend()?;
    if depth > VALUE_DEPTH_MAX {
        return Err("the values are nested too deeply to compare".into());
    }
    may_compare(Comparison::Equal, Kind::of(left), Kind::of(right))?;
    match (left, right) {
        (Value::Bool(left), Value::Bool(right)) => Ok(left == right),
        (Value::Text(left), Value::Text(right)) => Ok(left == right),
        (Value::List(left), Value::List(right)) => {
            if left.len() != right.len() {
                return Ok(false);
            }
            all(left.iter().zip(right), depth, budget)
        }
        (Value::Map(left), Value::Map(right)) => {
            if !left.keys().eq(right.keys()) {
                return Ok(false);
            }
            all(left.values().zip(right.values()), depth, budget)
        }
        (Value::Null, Value::Null) => Ok(true),
        _ => match (Number::of(left), Number::of(right)) {
            (Some(left), Some(right)) => Ok(left.compare(right) == Ordering::Equal),
            _ => Err("these values never compare".into()),
        },
    }
}

/// Every pair is looked at, also behind an unequal one, so that an answer does not hide unlike elements.
fn all<'v>(
    pairs: impl Iterator<Item = (&'v Value, &'v Value)>,
    depth: usize,
    budget: &mut Budget,
) -> Result<bool, String> {
    let mut same = true;
    for (left, right) in pairs {
        same &= equal(left, right, depth + 1, budget)?;
    }
    Ok(same)
}
