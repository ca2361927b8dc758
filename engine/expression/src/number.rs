//! Arithmetic on whole and decimal numbers: exact, or no answer.
//!
//! **Absent on purpose:** floats and rounding. `1 / 3` has no exact decimal, so it is an error and not 0 and
//! not 0.333.

use std::cmp::Ordering;

use dod_kernel::decimal::Decimal;
use dod_kernel::value::Value;

use crate::tree::Operation;

/// A number as an expression sees it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Number {
    Whole(i64),
    Exact(Decimal),
}

impl Number {
    pub(crate) fn of(value: &Value) -> Option<Self> {
        match value {
            Value::Integer(whole) => Some(Self::Whole(*whole)),
            Value::Decimal(exact) => Some(Self::Exact(*exact)),
            _ => None,
        }
    }

    pub(crate) fn value(self) -> Value {
        match self {
            Self::Whole(whole) => Value::Integer(whole),
            Self::Exact(exact) => Value::Decimal(exact),
        }
    }

    pub(crate) fn compare(self, other: Self) -> Ordering {
        match (self, other) {
            (Self::Whole(left), Self::Whole(right)) => left.cmp(&right),
            _ => self.decimal().cmp(&other.decimal()),
        }
    }

    pub(crate) fn negative(self) -> Result<Self, &'static str> {
        match self {
            Self::Whole(whole) => whole.checked_neg().map(Self::Whole).ok_or(TOO_LARGE),
            Self::Exact(exact) => held(Decimal::from(0i64).minus(exact)),
        }
    }

    fn decimal(self) -> Decimal {
        match self {
            Self::Whole(whole) => whole.into(),
            Self::Exact(exact) => exact,
        }
    }
}

const TOO_LARGE: &str = "the result is too large";
const TOO_LONG: &str = "the result has too many digits";
const BY_ZERO: &str = "the division is by zero";
pub(crate) const NOT_EXACT: &str = "the result of the division is not exact; compare by multiplying instead";

/// Two whole numbers give a whole number where there is one; otherwise the result is a decimal number.
pub(crate) fn arithmetic(operation: Operation, left: Number, right: Number) -> Result<Number, &'static str> {
    match (operation, left, right) {
        (Operation::Plus, Number::Whole(left), Number::Whole(right)) => whole(left.checked_add(right)),
        (Operation::Minus, Number::Whole(left), Number::Whole(right)) => whole(left.checked_sub(right)),
        (Operation::Times, Number::Whole(left), Number::Whole(right)) => whole(left.checked_mul(right)),
        (Operation::Divide, Number::Whole(_), Number::Whole(0))
        | (Operation::Remainder, Number::Whole(_), Number::Whole(0)) => Err(BY_ZERO),
        (Operation::Remainder, Number::Whole(left), Number::Whole(right)) => whole(left.checked_rem(right)),
        (Operation::Divide, Number::Whole(left), Number::Whole(right))
            if left.checked_rem(right) == Some(0) =>
        {
            whole(left.checked_div(right))
        }
        (Operation::Plus, ..) => held(left.decimal().plus(right.decimal())),
        (Operation::Minus, ..) => held(left.decimal().minus(right.decimal())),
        (Operation::Times, ..) => held(left.decimal().times(right.decimal())),
        (Operation::Divide, ..) => divide(left.decimal(), right.decimal()),
        (Operation::Remainder, ..) => remainder(left.decimal(), right.decimal()),
    }
}

fn whole(result: Option<i64>) -> Result<Number, &'static str> {
    result.map(Number::Whole).ok_or(TOO_LARGE)
}

/// A result that can also be written down and read back, since answers are recorded.
fn held(result: Option<Decimal>) -> Result<Number, &'static str> {
    result
        .filter(|exact| exact.to_string().parse::<Decimal>().is_ok_and(|read| read == *exact))
        .map(Number::Exact)
        .ok_or(TOO_LONG)
}

/// Digits and how many of them stand after the point.
fn parts(number: Decimal) -> Option<(i128, u32)> {
    let text = number.to_string();
    let scale = text.split_once('.').map_or(0, |(_, part)| part.len());
    Some((text.replace('.', "").parse().ok()?, u32::try_from(scale).ok()?))
}

fn at_one_scale(left: Decimal, right: Decimal) -> Option<(i128, i128, u32)> {
    let ((left, left_scale), (right, right_scale)) = (parts(left)?, parts(right)?);
    let scale = left_scale.max(right_scale);
    let raise = |digits: i128, from: u32| digits.checked_mul(10i128.checked_pow(scale - from)?);
    Some((raise(left, left_scale)?, raise(right, right_scale)?, scale))
}

fn divide(left: Decimal, right: Decimal) -> Result<Number, &'static str> {
    let (left, right, _) = at_one_scale(left, right).ok_or(TOO_LONG)?;
    if right == 0 {
        return Err(BY_ZERO);
    }
    let common = greatest_common_divisor(left.unsigned_abs(), right.unsigned_abs());
    let common = i128::try_from(common).map_err(|_| TOO_LARGE)?;
    let (mut over, mut under) = (left / common, right / common);
    if under < 0 {
        (over, under) = (over.checked_neg().ok_or(TOO_LARGE)?, under.checked_neg().ok_or(TOO_LARGE)?);
    }
    // A reduced fraction has an end in decimals exactly if its denominator has no factor but 2 and 5. Each
    // round takes one such factor away and one digit more, so there are at most 127 rounds.
    let mut scale = 0;
    while under != 1 {
        let factor = match (under % 10 == 0, under % 2 == 0, under % 5 == 0) {
            (true, ..) => 10,
            (_, true, _) => 2,
            (.., true) => 5,
            _ => return Err(NOT_EXACT),
        };
        under /= factor;
        over = over.checked_mul(10 / factor).ok_or(TOO_LONG)?;
        scale += 1;
    }
    held(Some(Decimal::new(over, scale)))
}

fn remainder(left: Decimal, right: Decimal) -> Result<Number, &'static str> {
    let (left, right, scale) = at_one_scale(left, right).ok_or(TOO_LONG)?;
    if right == 0 {
        return Err(BY_ZERO);
    }
    held(left.checked_rem(right).map(|digits| Decimal::new(digits, scale)))
}

fn greatest_common_divisor(mut left: u128, mut right: u128) -> u128 {
    while right != 0 {
        (left, right) = (right, left % right);
    }
    left
}
