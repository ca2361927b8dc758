//! When a timer is due: a duration, a date or a cycle, as ISO 8601 writes them.
//!
//! ```text
//!   P1Y2M3DT4H5M6.5S   PT1H   P2W                 a duration: so long after the timer is set
//!   2026-11-21   2026-11-21T10:00:00+02:00        a date; without an offset it is UTC
//!   R3/PT10S   R/PT1H                             a cycle, three times or without an end
//!   R3/2026-11-21T10:00:00Z/PT10S                 … first on that date
//!   R3/PT10S/2026-11-21T10:00:00Z                 … last on that date
//!   R3/2026-11-21/2026-11-22                      … first on the first date, as far apart as the two
//! ```
//!
//! Years and months are those of the calendar, days have 24 hours (UTC has no summer). A part of a millisecond
//! counts as a whole one, so that no timer is early.
//!
//! **Invariant: a moment has one spelling.** [`Moment`] is written as its shortest text in UTC, and only that
//! text is read back from a log.
//!
//! **Absent on purpose:** clocks, names of time zones, cron, expressions (they are evaluated to a text first).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::calendar::{DAY_MS, Date};
use crate::id::Timestamp;

mod parse;
mod wrong;

pub use wrong::{MomentError, MomentFault};

/// Bytes that the text of a moment may have.
pub const MOMENT_BYTES_MAX: usize = 256;

/// Years that a duration may have; longer ones are refused.
pub const DURATION_YEARS_MAX: u32 = 10_000;

/// When a timer is due.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Moment {
    /// So long after the timer was set.
    After(Span),
    /// On a date, whenever the timer was set. Where it is past, at once.
    At(Timestamp),
    /// Again and again.
    Cycle(Cycle),
}

/// What kind of moment a text says: BPMN has an element for each (`timeDuration`, `timeDate`, `timeCycle`).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MomentKind {
    /// A duration.
    Duration,
    /// A date.
    Date,
    /// A cycle.
    Cycle,
}

/// A length of time: months of the calendar, then milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// Months; a year has twelve.
    pub months: u32,
    /// Milliseconds behind them.
    pub ms: u64,
}

/// A timer that is due again and again. Invariant: `every` is not nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Cycle {
    times: Option<u32>,
    every: Span,
    fixed: Fixed,
}

/// What a cycle is counted from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Fixed {
    /// When the timer was set.
    Nothing,
    /// The first time.
    First(Timestamp),
    /// The last time.
    Last(Timestamp),
}

impl Moment {
    /// Reads a moment as ISO 8601 writes it. White space around it does not count.
    pub fn parse(text: &str) -> Result<Self, MomentError> {
        parse::moment(text)
    }

    /// A duration, a date or a cycle.
    pub fn kind(&self) -> MomentKind {
        match self {
            Self::After(_) => MomentKind::Duration,
            Self::At(_) => MomentKind::Date,
            Self::Cycle(_) => MomentKind::Cycle,
        }
    }

    /// When a timer that is set now is due for the first time. A date in the past is due at once; of the dates
    /// of a cycle those in the past are left out, and where all of them are, the last one is due at once.
    pub fn first_due(&self, now: Timestamp) -> Timestamp {
        match self {
            Self::After(span) => span.after(now),
            Self::At(at) => *at,
            Self::Cycle(cycle) => match cycle.fixed {
                Fixed::Nothing => cycle.every.after(now),
                _ => cycle.first_from(now).unwrap_or_else(|| cycle.last()),
            },
        }
    }

    /// When the timer is due again that was due at `before` and has fired `fired` times; `None`: not again.
    pub fn next_due(&self, before: Timestamp, fired: u32) -> Option<Timestamp> {
        let Self::Cycle(cycle) = self else { return None };
        let next = match cycle.fixed {
            Fixed::Nothing if cycle.times.is_none_or(|times| fired < times) => cycle.every.after(before),
            Fixed::Nothing => return None,
            _ => cycle.first_from(Timestamp(before.0.checked_add(1)?))?,
        };
        // At the end of time there is no again.
        (next > before).then_some(next)
    }
}

impl Span {
    /// So long after a moment; stays at the end of time instead of overflowing.
    pub fn after(self, at: Timestamp) -> Timestamp {
        self.times_from(1, at)
    }

    /// Whether it has no length.
    pub fn is_zero(self) -> bool {
        self == Self::default()
    }

    /// `count` times this span from a moment, backwards where negative. The months are added in one piece, so
    /// that the third month after 31 January is 30 April and the fourth 31 May.
    fn times_from(self, count: i64, at: Timestamp) -> Timestamp {
        let months = count.saturating_mul(self.months.into());
        let date = Date::of(at).plus_months(months);
        let ms = i128::from(date.day_number()) * i128::from(DAY_MS)
            + i128::from(at.0.rem_euclid(DAY_MS))
            + i128::from(count) * i128::from(self.ms);
        let bounded = ms.clamp(i64::MIN.into(), i64::MAX.into());
        Timestamp(i64::try_from(bounded).expect("it was clamped"))
    }
}

impl Cycle {
    /// How often it is due; `None`: without an end.
    pub fn times(&self) -> Option<u32> {
        self.times
    }

    /// What lies between two times.
    pub fn every(&self) -> Span {
        self.every
    }

    /// The `index`-th date, of a cycle that names one: counted from the first, or back from the last.
    fn date(&self, index: u32) -> Timestamp {
        match self.fixed {
            Fixed::First(first) => self.every.times_from(index.into(), first),
            Fixed::Last(last) => self.every.times_from(-i64::from(index), last),
            Fixed::Nothing => Timestamp(i64::MAX),
        }
    }

    /// The last of its dates.
    fn last(&self) -> Timestamp {
        match self.fixed {
            Fixed::First(_) => self.date(self.times.unwrap_or(u32::MAX).saturating_sub(1)),
            Fixed::Last(last) => last,
            Fixed::Nothing => Timestamp(i64::MAX),
        }
    }

    /// The first of its dates that is not before `at`. Dates grow with their index, so halving finds it.
    fn first_from(&self, at: Timestamp) -> Option<Timestamp> {
        if self.last() < at {
            return None;
        }
        let backwards = matches!(self.fixed, Fixed::Last(_));
        let (mut low, mut high) = (0, self.times.unwrap_or(u32::MAX).saturating_sub(1));
        // Forwards the lowest index that is not before `at`, backwards the highest.
        while low < high {
            let middle = if backwards { high - (high - low) / 2 } else { low + (high - low) / 2 };
            match (self.date(middle) >= at, backwards) {
                (true, true) => low = middle,
                (false, true) => high = middle - 1,
                (true, false) => high = middle,
                (false, false) => low = middle + 1,
            }
        }
        Some(self.date(low))
    }
}

impl fmt::Display for MomentKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Duration => "a duration",
            Self::Date => "a date",
            Self::Cycle => "a cycle",
        })
    }
}

impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::After(span) => span.fmt(f),
            Self::At(at) => date_text(*at, f),
            Self::Cycle(cycle) => cycle.fmt(f),
        }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let part = |f: &mut fmt::Formatter<'_>, number: u64, unit: char| match number {
            0 => Ok(()),
            _ => write!(f, "{number}{unit}"),
        };
        f.write_str("P")?;
        part(f, (self.months / 12).into(), 'Y')?;
        part(f, (self.months % 12).into(), 'M')?;
        part(f, self.ms / 86_400_000, 'D')?;
        let of_day = self.ms % 86_400_000;
        if of_day == 0 {
            return if self.is_zero() { f.write_str("T0S") } else { Ok(()) };
        }
        f.write_str("T")?;
        part(f, of_day / 3_600_000, 'H')?;
        part(f, of_day / 60_000 % 60, 'M')?;
        match (of_day / 1_000 % 60, of_day % 1_000) {
            (seconds, 0) => part(f, seconds, 'S'),
            (seconds, ms) => {
                let fraction = format!("{ms:03}");
                write!(f, "{seconds}.{}S", fraction.trim_end_matches('0'))
            }
        }
    }
}

impl fmt::Display for Cycle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("R")?;
        if let Some(times) = self.times {
            write!(f, "{times}")?;
        }
        f.write_str("/")?;
        if let Fixed::First(first) = self.fixed {
            date_text(first, f)?;
            f.write_str("/")?;
        }
        self.every.fmt(f)?;
        if let Fixed::Last(last) = self.fixed {
            f.write_str("/")?;
            date_text(last, f)?;
        }
        Ok(())
    }
}

fn date_text(at: Timestamp, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let seconds = at.0.rem_euclid(DAY_MS) / 1_000;
    let (hours, minutes, seconds) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    write!(f, "{}T{hours:02}:{minutes:02}:{seconds:02}", Date::of(at))?;
    match at.0.rem_euclid(1_000) {
        0 => f.write_str("Z"),
        ms => write!(f, ".{}Z", format!("{ms:03}").trim_end_matches('0')),
    }
}

impl FromStr for Moment {
    type Err = MomentError;

    fn from_str(text: &str) -> Result<Self, MomentError> {
        Self::parse(text)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
        let found = Self::parse(&text).map_err(serde::de::Error::custom)?;
        if found.to_string() == *text {
            Ok(found)
        } else {
            Err(serde::de::Error::custom("a moment is recorded in its shortest spelling"))
        }
    }
}

#[cfg(test)]
mod tests;
