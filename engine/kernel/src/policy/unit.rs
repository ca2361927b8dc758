//! Facts with units, and comparing them without rounding.
//!
//! `812 ms` against `1s` converts exactly; a bare number against `1s` does not compare at all.
//!
//! **Absent on purpose:** division, floats, guessing what a bare number was meant to be.

use std::cmp::Ordering;

use crate::decimal::Decimal;
use crate::evidence::Measure;
use crate::id::Name;
use crate::policy::{Comparison, Threshold};

/// The unit of a count.
pub(super) const COUNT: &str = "1";

/// What units measure, and how many of the smallest one each is. SI prefixes for powers of ten, IEC 80000-13
/// prefixes for powers of two.
const UNITS: &[(&str, Dimension, i64)] = &[
    ("", Dimension::Count, 1),
    (COUNT, Dimension::Count, 1),
    ("%", Dimension::Percent, 1),
    ("percent", Dimension::Percent, 1),
    ("ns", Dimension::Time, 1),
    ("us", Dimension::Time, 1_000),
    ("µs", Dimension::Time, 1_000),
    ("μs", Dimension::Time, 1_000),
    ("ms", Dimension::Time, 1_000_000),
    ("s", Dimension::Time, 1_000_000_000),
    ("sec", Dimension::Time, 1_000_000_000),
    ("second", Dimension::Time, 1_000_000_000),
    ("seconds", Dimension::Time, 1_000_000_000),
    ("min", Dimension::Time, 60_000_000_000),
    ("h", Dimension::Time, 3_600_000_000_000),
    ("d", Dimension::Time, 86_400_000_000_000),
    ("day", Dimension::Time, 86_400_000_000_000),
    ("days", Dimension::Time, 86_400_000_000_000),
    ("B", Dimension::Bytes, 1),
    ("byte", Dimension::Bytes, 1),
    ("bytes", Dimension::Bytes, 1),
    ("kB", Dimension::Bytes, 1_000),
    ("KB", Dimension::Bytes, 1_000),
    ("MB", Dimension::Bytes, 1_000_000),
    ("GB", Dimension::Bytes, 1_000_000_000),
    ("TB", Dimension::Bytes, 1_000_000_000_000),
    ("KiB", Dimension::Bytes, 1 << 10),
    ("MiB", Dimension::Bytes, 1 << 20),
    ("GiB", Dimension::Bytes, 1 << 30),
    ("TiB", Dimension::Bytes, 1 << 40),
];

/// The units that convert; every other one compares with itself only.
pub fn known_units() -> impl Iterator<Item = &'static str> {
    UNITS.iter().map(|(name, ..)| *name).filter(|name| !name.is_empty())
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Dimension {
    Bytes,
    Count,
    Percent,
    Time,
}

/// A number that may be a share, so that 1.00001 % is not 1 %, and that may be a lower bound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Fact {
    /// The number, or the part of the share.
    pub(super) part: Decimal,
    /// What it is a share of; then the unit is `%`. Never 0.
    pub(super) whole: Option<u64>,
    /// Its unit.
    pub(super) unit: Name,
    /// How many more there may be. Only counts are open, and what is made of them.
    pub(super) more: More,
}

/// How much more a number may be than what is known of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum More {
    /// It is exact.
    None,
    /// At most so many.
    UpTo(u64),
    /// Nobody knows how many.
    Any,
}

impl More {
    pub(super) fn plus(self, other: Self) -> Self {
        match (self, other) {
            (Self::None, other) | (other, Self::None) => other,
            (Self::UpTo(left), Self::UpTo(right)) => left.checked_add(right).map_or(Self::Any, Self::UpTo),
            _ => Self::Any,
        }
    }
}

/// How a number stands to a threshold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meets {
    Yes,
    No,
    /// What is known meets it or not, and what is not known decides.
    Open,
    /// The units do not compare.
    OtherUnit,
}

impl Fact {
    /// How many.
    pub(super) fn count(number: u64) -> Self {
        Self { part: number.into(), whole: None, unit: COUNT.into(), more: More::None }
    }

    /// At least so many.
    pub(super) fn at_least(number: u64, more: More) -> Self {
        Self { more, ..Self::count(number) }
    }

    /// `part` of `whole` in percent; nothing where there is no whole.
    pub(super) fn share(part: u64, whole: u64) -> Option<Self> {
        (whole != 0).then(|| Self {
            part: part.into(),
            whole: Some(whole),
            unit: "%".into(),
            more: More::None,
        })
    }

    /// As a reader is shown it; a share is cut to four digits after the point.
    pub(super) fn measure(&self) -> Measure {
        let part = self.part.as_integer();
        let value = self.whole.zip(part).and_then(|(whole, part)| {
            let share = Decimal::percent(part.unsigned_abs(), whole)?;
            if part < 0 { Decimal::from(0i64).minus(share) } else { Some(share) }
        });
        Measure { unit: self.unit.clone(), value: value.unwrap_or(self.part) }
    }

    /// The number in another unit, where that is a whole multiple away downwards (`1.2 s` is `1200 ms`).
    pub(super) fn in_unit(&self, unit: &str) -> Option<Decimal> {
        let ((from, from_factor), (to, to_factor)) = (known(&self.unit)?, known(unit)?);
        let same = from == to && from_factor % to_factor == 0 && self.whole.is_none();
        same.then(|| self.part.times((from_factor / to_factor).into())).flatten()
    }

    /// How it stands to a threshold. A lower bound meets or breaks one only where no further number could change
    /// that.
    pub(super) fn meets(&self, wanted: &Threshold) -> Meets {
        let (low, high) = match self.more {
            More::None => return self.exactly(wanted).map_or(Meets::OtherUnit, Meets::of),
            More::UpTo(more) => (self.exactly(wanted), self.plus(more).and_then(|most| most.exactly(wanted))),
            More::Any => (self.exactly(wanted), None),
        };
        let at_least = match wanted.is {
            Comparison::AtMost | Comparison::Below => false,
            // More than is wanted already is too many; anything less may become what is wanted.
            Comparison::Equal => {
                let over = Threshold { is: Comparison::Over, ..wanted.clone() };
                return match (low, high, self.exactly(&over)) {
                    (None, ..) => Meets::OtherUnit,
                    (_, _, Some(true)) => Meets::No,
                    (Some(true), Some(true), _) => Meets::Yes,
                    _ => Meets::Open,
                };
            }
            Comparison::AtLeast | Comparison::Over => true,
        };
        match (low, high) {
            (None, _) => Meets::OtherUnit,
            (Some(low), _) if low == at_least => Meets::of(low),
            (_, Some(high)) if high != at_least => Meets::of(high),
            _ => Meets::Open,
        }
    }

    /// By what is known alone; `None` where the units do not compare.
    fn exactly(&self, wanted: &Threshold) -> Option<bool> {
        let (found_factor, wanted_factor) = factors(&self.unit, &wanted.unit)?;
        let hundred = if self.whole.is_some() { 100i64 } else { 1 };
        let left = self.part.times(hundred.into())?.times(found_factor.into())?;
        let right = wanted.value.times(self.whole.unwrap_or(1).into())?.times(wanted_factor.into())?;
        let order = left.cmp(&right);
        Some(match wanted.is {
            Comparison::AtLeast => order != Ordering::Less,
            Comparison::AtMost => order != Ordering::Greater,
            Comparison::Below => order == Ordering::Less,
            Comparison::Equal => order == Ordering::Equal,
            Comparison::Over => order == Ordering::Greater,
        })
    }

    fn plus(&self, more: u64) -> Option<Self> {
        Some(Self { part: self.part.plus(more.into())?, more: More::None, ..self.clone() })
    }

    /// How much more it is than it was, in its own unit; `None` where the two do not compare.
    pub(super) fn rise_over(&self, base: &Measure) -> Option<Self> {
        let now = Self::from(&self.measure());
        let was = Self::from(base);
        let (now, was, unit) = match was.in_unit(&self.unit) {
            Some(was) => (now.part, was, &self.unit),
            None if self.unit == base.unit => (now.part, base.value, &self.unit),
            None => (now.in_unit(&base.unit)?, base.value, &base.unit),
        };
        Some(Self { part: now.minus(was)?, whole: None, unit: unit.clone(), more: self.more })
    }

    /// The same number with its sign turned. A lower bound would become an upper one, so there is none then.
    pub(super) fn negated(&self) -> Option<Self> {
        let part = Decimal::from(0i64).minus(self.part)?;
        (self.more == More::None).then(|| Self { part, ..self.clone() })
    }

    /// A difference as a share of what there was; of nothing only nothing is a share.
    pub(super) fn share_of(&self, base: &Measure) -> Option<Self> {
        let whole = Self::from(base).in_unit(&self.unit).or((self.unit == base.unit).then_some(base.value))?;
        let (part, whole) = self.part.as_integers(whole)?;
        let percent = |part: i64, whole| Self { part: part.into(), whole, unit: "%".into(), more: self.more };
        match u64::try_from(whole) {
            Ok(0) if part == 0 => Some(percent(0, None)),
            Ok(0) | Err(_) => None,
            Ok(whole) => Some(percent(part, Some(whole))),
        }
    }
}

impl Meets {
    fn of(yes: bool) -> Self {
        if yes { Self::Yes } else { Self::No }
    }
}

/// Whether numbers of this unit are percentages.
pub(super) fn is_percent(unit: &str) -> bool {
    matches!(known(unit), Some((Dimension::Percent, _)))
}

impl From<&Measure> for Fact {
    fn from(measure: &Measure) -> Self {
        Self { part: measure.value, whole: None, unit: measure.unit.clone(), more: More::None }
    }
}

/// Whether numbers of this unit are fully described by the number alone.
pub(super) fn is_bare(unit: &str) -> bool {
    matches!(known(unit), Some((Dimension::Count | Dimension::Percent, _)))
}

/// What both units are multiples of the same thing of; units that nobody knows compare with themselves.
fn factors(left: &str, right: &str) -> Option<(i64, i64)> {
    match (known(left), known(right)) {
        (Some((left, left_factor)), Some((right, right_factor))) if left == right => {
            Some((left_factor, right_factor))
        }
        (None, None) if left == right => Some((1, 1)),
        _ => None,
    }
}

fn known(unit: &str) -> Option<(Dimension, i64)> {
    UNITS.iter().find(|(name, ..)| *name == unit).map(|(_, dimension, factor)| (*dimension, *factor))
}
