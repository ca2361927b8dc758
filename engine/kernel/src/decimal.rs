//! Exact decimal numbers, so that no verdict depends on how a float was rounded.
//!
//! **Absent on purpose:** floats, division. A share is compared by cross-multiplying.

use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How many digits after the point are kept; a text with more is refused, not rounded.
pub const SCALE_MAX: u32 = 30;

/// `digits` × 10^-`scale`. Equal numbers are equal however they were written.
#[derive(Clone, Copy, Debug, Default)]
pub struct Decimal {
    digits: i128,
    scale: u32,
}

/// A text that is not a decimal number, or one too long to hold exactly.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a decimal number of at most 30 digits after the point")]
pub struct NotADecimal;

impl Decimal {
    /// `digits` × 10^-`scale`, trailing zeros removed.
    pub fn new(mut digits: i128, mut scale: u32) -> Self {
        while scale > 0 && digits % 10 == 0 {
            digits /= 10;
            scale -= 1;
        }
        Self { digits, scale }
    }

    /// A share in percent, `part` of `whole`, cut (never rounded up) to four digits after the point,
    /// so that 79.99999 % never shows as 80 %. `None` where `whole` is 0: nothing was measured.
    pub fn percent(part: u64, whole: u64) -> Option<Self> {
        (whole != 0).then(|| Self::new(i128::from(part) * 1_000_000 / i128::from(whole), 4))
    }

    /// From a float that a report held: by its shortest exact text. `None` for NaN and infinities.
    pub fn from_text_of_float(text: &str) -> Option<Self> {
        text.parse().ok()
    }

    /// This number times `factor`; `None` where it does not fit.
    pub fn times(self, factor: Self) -> Option<Self> {
        Some(Self::new(self.digits.checked_mul(factor.digits)?, self.scale + factor.scale))
    }

    /// The sum; `None` where it does not fit.
    pub fn plus(self, other: Self) -> Option<Self> {
        let scale = self.scale.max(other.scale);
        Some(Self::new(self.at_scale(scale)?.checked_add(other.at_scale(scale)?)?, scale))
    }

    /// The difference; `None` where it does not fit.
    pub fn minus(self, other: Self) -> Option<Self> {
        self.plus(Self { digits: other.digits.checked_neg()?, scale: other.scale })
    }

    /// The whole number it is, where it is one.
    pub fn as_integer(self) -> Option<i64> {
        (self.scale == 0).then(|| i64::try_from(self.digits).ok()).flatten()
    }

    /// Two numbers as whole ones in the same proportion; `None` where they do not fit.
    pub fn as_integers(self, other: Self) -> Option<(i64, i64)> {
        let scale = self.scale.max(other.scale);
        let whole = |number: Self| i64::try_from(number.at_scale(scale)?).ok();
        Some((whole(self)?, whole(other)?))
    }

    fn at_scale(self, scale: u32) -> Option<i128> {
        self.digits.checked_mul(10i128.checked_pow(scale - self.scale)?)
    }
}

impl From<i64> for Decimal {
    fn from(number: i64) -> Self {
        Self { digits: i128::from(number), scale: 0 }
    }
}

impl From<u64> for Decimal {
    fn from(number: u64) -> Self {
        Self { digits: i128::from(number), scale: 0 }
    }
}

impl PartialEq for Decimal {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Decimal {}

impl PartialOrd for Decimal {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Decimal {
    fn cmp(&self, other: &Self) -> Ordering {
        let scale = self.scale.max(other.scale);
        match (self.at_scale(scale), other.at_scale(scale)) {
            (Some(left), Some(right)) => left.cmp(&right),
            // Only the one with the smaller scale can overflow, and then its size decides.
            (None, _) => self.digits.cmp(&0),
            (_, None) => 0.cmp(&other.digits),
        }
    }
}

impl FromStr for Decimal {
    type Err = NotADecimal;

    /// Reads `-12.50` and `8.12e2`; refuses `+1`, `.5`, `5.`, `NaN` and anything it cannot hold exactly.
    fn from_str(text: &str) -> Result<Self, NotADecimal> {
        let (number, exponent) = match text.split_once(['e', 'E']) {
            Some((number, exponent)) => (number, exponent.parse::<i32>().map_err(|_| NotADecimal)?),
            None => (text, 0),
        };
        let (negative, number) = number.strip_prefix('-').map_or((false, number), |rest| (true, rest));
        let (whole, part) = number.split_once('.').unwrap_or((number, "0"));
        let numeric = |digits: &str| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit());
        if !numeric(whole) || !numeric(part) || !(-60..=38).contains(&exponent) {
            return Err(NotADecimal);
        }
        let part = part.trim_end_matches('0');
        let mut digits: i128 = 0;
        for digit in whole.bytes().chain(part.bytes()) {
            digits = digits
                .checked_mul(10)
                .and_then(|sum| sum.checked_add(i128::from(digit - b'0')))
                .ok_or(NotADecimal)?;
        }
        let scale = i32::try_from(part.len()).map_err(|_| NotADecimal)? - exponent;
        let (digits, scale) = match u32::try_from(scale) {
            Ok(scale) => (digits, scale),
            Err(_) => {
                let factor = 10i128.checked_pow(scale.unsigned_abs()).ok_or(NotADecimal)?;
                (digits.checked_mul(factor).ok_or(NotADecimal)?, 0)
            }
        };
        let found = Self::new(if negative { -digits } else { digits }, scale);
        if found.scale > SCALE_MAX { Err(NotADecimal) } else { Ok(found) }
    }
}

impl fmt::Display for Decimal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scale == 0 {
            return write!(f, "{}", self.digits);
        }
        let sign = if self.digits < 0 { "-" } else { "" };
        let digits = format!("{:0>1$}", self.digits.unsigned_abs(), self.scale as usize + 1);
        let (whole, part) = digits.split_at(digits.len() - self.scale as usize);
        write!(f, "{sign}{whole}.{part}")
    }
}

impl Serialize for Decimal {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Decimal {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(text: &str) -> Decimal {
        text.parse().unwrap()
    }

    #[test]
    fn equal_numbers_are_equal_however_they_are_written() {
        assert_eq!(number("80"), number("80.000"));
        assert_eq!(number("8.12e2"), number("812"));
        assert_eq!(number("-0.50").to_string(), "-0.5");
        assert!(number("79.9999") < number("80"));
        assert!(number("-3") < number("0.001"));
        assert!(
            number("100000000000000000000000000000000000000") > number("0.000000000000000000000000000001")
        );
    }

    #[test]
    fn what_cannot_be_held_exactly_is_refused() {
        for text in ["", "NaN", "inf", "1,5", ".5", "5.", "+1", "1e999", "0x10", "1 ", "--1"] {
            assert_eq!(text.parse::<Decimal>(), Err(NotADecimal), "{text}");
        }
    }

    #[test]
    fn a_share_is_never_rounded_up() {
        assert_eq!(Decimal::percent(799_999, 1_000_000).unwrap().to_string(), "79.9999");
        assert_eq!(Decimal::percent(1, 3).unwrap().to_string(), "33.3333");
        assert_eq!(Decimal::percent(0, 0), None);
    }
}
