//! Days and months: the proleptic Gregorian calendar in UTC, beside [`Timestamp`].
//!
//! ```text
//!   Timestamp ── Date::of ──▶ Date { year, month, day } ── plus_months ──▶ Date ── start ──▶ Timestamp
//! ```
//!
//! **Absent on purpose:** asking what day it is, time zones, leap seconds (POSIX time has none), weeks, other
//! calendars.

use std::fmt;

use crate::id::Timestamp;

/// Milliseconds of a day.
pub const DAY_MS: i64 = 86_400_000;

/// Days between 0000-03-01, where the years of the arithmetic begin, and 1970-01-01.
const BEFORE_1970: i64 = 719_468;
/// Days of 400 years, after which the calendar repeats.
const ERA_DAYS: i64 = 146_097;
/// The first and last year that a [`Date`] may lie in: every [`Timestamp`] does, and no arithmetic overflows.
const YEARS_MAX: i64 = 300_000_000;

/// A day of the calendar. Invariant: it exists, and its year is at most 300 million away from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date {
    year: i64,
    month: i64,
    day: i64,
}

impl Date {
    /// The day of this name; `None` where the calendar has none (`2026-02-29`).
    pub fn new(year: i64, month: i64, day: i64) -> Option<Self> {
        let sound = (-YEARS_MAX..=YEARS_MAX).contains(&year)
            && (1..=12).contains(&month)
            && (1..=month_days(year, month)).contains(&day);
        sound.then_some(Self { year, month, day })
    }

    /// The day of a moment, UTC.
    pub fn of(at: Timestamp) -> Self {
        // Counted from 1 March, the leap day is the last of its year.
        let days = at.0.div_euclid(DAY_MS) + BEFORE_1970;
        let (era, of_era) = (days.div_euclid(ERA_DAYS), days.rem_euclid(ERA_DAYS));
        let year = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let march_month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * march_month + 2) / 5 + 1;
        let month = if march_month < 10 { march_month + 3 } else { march_month - 9 };
        Self { year: era * 400 + year + i64::from(month <= 2), month, day }
    }

    /// A day as people and ISO 8601 write it, `2026-11-21`, of the years 0 to 9999.
    pub fn parse(text: &str) -> Option<Self> {
        let (year, rest) = text.split_once('-')?;
        let (month, day) = rest.split_once('-')?;
        let number = |digits: &str, length: usize| {
            let plain = digits.len() == length && digits.bytes().all(|digit| digit.is_ascii_digit());
            plain.then(|| digits.parse::<i64>().ok()).flatten()
        };
        Self::new(number(year, 4)?, number(month, 2)?, number(day, 2)?)
    }

    /// Days since 1970-01-01.
    pub fn day_number(self) -> i64 {
        let (year, month) = match self.month {
            1 | 2 => (self.year - 1, self.month + 9),
            _ => (self.year, self.month - 3),
        };
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let of_year = (153 * month + 2) / 5 + self.day - 1;
        era * ERA_DAYS + 365 * of_era + of_era / 4 - of_era / 100 + of_year - BEFORE_1970
    }

    /// Its first moment, UTC; stays at the ends of time instead of overflowing.
    pub fn start(self) -> Timestamp {
        Timestamp(self.day_number().saturating_mul(DAY_MS))
    }

    /// The same day so many months later (or earlier, where negative). A month that is too short for it gives
    /// its last day: one month after 31 January is 28 February, or 29 in a leap year.
    pub fn plus_months(self, months: i64) -> Self {
        let last = YEARS_MAX * 12 + 11;
        let count = (self.year * 12 + self.month - 1).saturating_add(months).clamp(-YEARS_MAX * 12, last);
        let (year, month) = (count.div_euclid(12), count.rem_euclid(12) + 1);
        Self { year, month, day: self.day.min(month_days(year, month)) }
    }

    /// Year, month (from 1) and day of the month (from 1).
    pub fn parts(self) -> (i64, i64, i64) {
        (self.year, self.month, self.day)
    }
}

/// As ISO 8601 writes it: `2026-11-21`.
impl fmt::Display for Date {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}-{:02}", self.year, self.month, self.day)
    }
}

/// Days of a month that exists.
fn month_days(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_moment_lies_on_the_day_that_a_calendar_shows() {
        for (ms, text) in [
            (0, "1970-01-01"),
            (-1, "1969-12-31"),
            (951_782_400_000, "2000-02-29"),
            (951_868_799_999, "2000-02-29"),
            (4_107_542_400_000, "2100-03-01"),
            (1_795_273_475_120, "2026-11-21"),
            (253_402_300_799_999, "9999-12-31"),
        ] {
            assert_eq!(Date::of(Timestamp(ms)).to_string(), text);
            assert_eq!(Date::parse(text), Some(Date::of(Timestamp(ms))));
        }
        for text in
            ["2026-02-29", "2100-02-29", "2026-13-01", "2026-00-01", "2026-04-31", "26-01-01", "2026-1-1"]
        {
            assert_eq!(Date::parse(text), None, "{text}");
        }
    }

    #[test]
    fn a_month_later_is_the_same_day_or_the_last_one() {
        for (from, months, to) in [
            ("2026-01-31", 1, "2026-02-28"),
            ("2028-01-31", 1, "2028-02-29"),
            ("2026-01-31", 2, "2026-03-31"),
            ("2028-02-29", 12, "2029-02-28"),
            ("2026-11-21", 2, "2027-01-21"),
            ("2026-01-31", -2, "2025-11-30"),
        ] {
            assert_eq!(Date::parse(from).unwrap().plus_months(months).to_string(), to, "{from} {months}");
        }
        let end = Date::of(Timestamp(i64::MAX));
        for months in [i64::MIN, i64::MAX, 1, -1] {
            end.plus_months(months).start();
        }
        assert_eq!(end.plus_months(i64::MAX).start(), Timestamp(i64::MAX));
        assert_eq!(end.plus_months(i64::MIN).start(), Timestamp(i64::MIN));
    }

    proptest! {
        #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn every_moment_has_one_day_and_days_count_on(ms: i64) {
            let date = Date::of(Timestamp(ms));
            prop_assert_eq!(date.day_number(), ms.div_euclid(DAY_MS));
            let (year, month, day) = date.parts();
            prop_assert_eq!(Date::new(year, month, day), Some(date));
        }
    }
}
