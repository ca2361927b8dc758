//! What is wrong with the text of a moment, and what to write instead, in the words of ISO 8601.
//!
//! **Absent on purpose:** the file that the text stands in; the front end knows it.

/// A text that is no moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{fault}")]
pub struct MomentError {
    /// The character of the text where it goes wrong, counted from 1.
    pub column: u32,
    /// What is wrong there.
    pub fault: MomentFault,
}

/// What is wrong with a text that should be a moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MomentFault {
    /// There is none.
    #[error("the time of the timer is empty")]
    Empty,
    /// It is longer than any moment.
    #[error("a time has at most {max} bytes")]
    Bytes {
        /// How many.
        max: usize,
    },
    /// It begins like nothing of ISO 8601.
    #[error("this is neither a duration, a date nor a cycle")]
    Other,
    /// It has the fields of cron.
    #[error("this is a cron expression")]
    Cron,
    /// A sign stands before a duration or a number of it.
    #[error("a duration has no sign")]
    Sign,
    /// A letter of ISO 8601 in lower case.
    #[error("the letters of a time are upper case")]
    LowerCase,
    /// `P` or `T` with nothing behind it.
    #[error("the duration has no length")]
    NoParts,
    /// A number is missing.
    #[error("a number is missing")]
    NoNumber,
    /// A number without its unit.
    #[error("a number has no unit")]
    NoUnit,
    /// A letter that is no unit at this place.
    #[error("`{unit}` is no unit here")]
    Unit {
        /// The letter.
        unit: char,
    },
    /// Units that stand twice or in another order.
    #[error("`{unit}` does not come here")]
    Order {
        /// The unit.
        unit: char,
    },
    /// A fraction that is not the last number, or one of a year or month.
    #[error("only the last number has a fraction, and a year or month has none")]
    Fraction,
    /// Longer than any duration.
    #[error("a duration has at most {years} years")]
    TooLong {
        /// How many.
        years: u32,
    },
    /// The date ends too early, or has another form.
    #[error("this is not a whole date")]
    Date,
    /// A day that no calendar shows.
    #[error("the calendar has no such day")]
    NoSuchDay,
    /// A time of day that no clock shows.
    #[error("no clock shows this time")]
    NoSuchTime,
    /// The offset from UTC is none.
    #[error("this is not an offset from UTC")]
    Offset,
    /// A time zone by name.
    #[error("a time zone has an offset, not a name")]
    Zone,
    /// A cycle without the parts that it needs.
    #[error("this is not a whole cycle")]
    Cycle,
    /// How often is zero or too large.
    #[error("a cycle is due between 1 and {max} times")]
    Times {
        /// How often at most.
        max: u32,
    },
    /// Nothing lies between two times of a cycle.
    #[error("a cycle without a length would never end")]
    NoLength,
    /// Something stands behind the moment.
    #[error("nothing belongs behind the time")]
    Behind,
}

impl MomentError {
    /// What to write instead.
    pub fn hint(&self) -> &'static str {
        match self.fault {
            MomentFault::Empty | MomentFault::Bytes { .. } | MomentFault::Other => {
                "ISO 8601: a duration `PT1H30M`, a date `2026-11-21T10:00:00Z`, a cycle `R3/PT10S`"
            }
            MomentFault::Cron => "ISO 8601: every five minutes is `R/PT5M`, every day `R/P1D`",
            MomentFault::Sign => "ISO 8601: one hour is `PT1H`; nothing is due before it is set",
            MomentFault::LowerCase => "ISO 8601: write `PT1H`, not `pt1h`",
            MomentFault::NoParts => "ISO 8601: ten seconds are `PT10S`, no time at all is `PT0S`",
            MomentFault::NoNumber | MomentFault::NoUnit => {
                "ISO 8601: every unit has a number before it, as in `P1DT2H30M`"
            }
            MomentFault::Unit { .. } | MomentFault::Order { .. } => {
                "ISO 8601: `P`, then `Y`, `M`, `W`, `D`; then `T` and `H`, `M`, `S`: minutes are `PT5M`, months `P5M`"
            }
            MomentFault::Fraction => "ISO 8601: half an hour is `PT30M` or `PT0.5H`; `P0.5Y` is `P6M`",
            MomentFault::TooLong { .. } => "a timer that is never due is no timer: leave it out",
            MomentFault::Date => "ISO 8601: `2026-11-21`, or with a time `2026-11-21T10:00:00Z`",
            MomentFault::NoSuchDay => "year, month and day: `2026-11-21`",
            MomentFault::NoSuchTime => "hours, minutes and seconds: `T00:00:00` to `T23:59:59`",
            MomentFault::Offset | MomentFault::Zone => {
                "ISO 8601: `Z` for UTC, or an offset: `2026-11-21T10:00:00+01:00`"
            }
            MomentFault::Cycle | MomentFault::Times { .. } | MomentFault::NoLength => {
                "ISO 8601: three times is `R3/PT10S`, without an end `R/PT1H`, from a date `R3/2026-11-21/P1D`"
            }
            MomentFault::Behind => "one time for one timer",
        }
    }
}
