//! The text of a moment, read from left to right.
//!
//! Both forms of ISO 8601 dates are read, with and without `-` and `:`; a comma may stand for the point.
//!
//! **Absent on purpose:** years of more or less than four digits, weeks and days of a year as dates, durations
//! in the form of a date (`P0001-02-03`), leap seconds.

use super::wrong::{MomentError, MomentFault as Fault};
use super::{Cycle, DURATION_YEARS_MAX, Fixed, MOMENT_BYTES_MAX, Moment, Span};
use crate::calendar::{DAY_MS, Date};
use crate::id::Timestamp;

/// Milliseconds of [`DURATION_YEARS_MAX`] long years.
const DURATION_MS_MAX: u64 = DURATION_YEARS_MAX as u64 * 366 * 86_400_000;

/// The units of a duration in their order; the first four stand before `T`.
const UNITS: [(char, Unit); 7] = [
    ('Y', Unit::Months(12)),
    ('M', Unit::Months(1)),
    ('W', Unit::Ms(604_800_000)),
    ('D', Unit::Ms(86_400_000)),
    ('H', Unit::Ms(3_600_000)),
    ('M', Unit::Ms(60_000)),
    ('S', Unit::Ms(1_000)),
];
/// Where the units behind `T` begin.
const OF_DAY: usize = 4;

#[derive(Clone, Copy)]
enum Unit {
    Months(u32),
    Ms(u64),
}

/// What is left of the text. Invariant: `at` lies between two characters.
struct Reader<'t> {
    text: &'t str,
    at: usize,
}

type Read<T> = Result<T, MomentError>;

pub(super) fn moment(text: &str) -> Read<Moment> {
    let begin = text.len() - text.trim_start().len();
    let mut reader = Reader { text: text.trim_end(), at: begin.min(text.trim_end().len()) };
    if text.len() > MOMENT_BYTES_MAX {
        return Err(reader.wrong(Fault::Bytes { max: MOMENT_BYTES_MAX }));
    }
    if is_cron(reader.rest()) {
        return Err(reader.wrong(Fault::Cron));
    }
    let found = match reader.peek() {
        None => return Err(reader.wrong(Fault::Empty)),
        Some('R') => Moment::Cycle(reader.cycle()?),
        Some('P') => Moment::After(reader.span()?),
        Some('0'..='9') => Moment::At(reader.date()?),
        Some('-' | '+') if reader.rest()[1..].starts_with(['P', 'p']) => {
            return Err(reader.wrong(Fault::Sign));
        }
        Some('p' | 'r') => return Err(reader.wrong(Fault::LowerCase)),
        Some(_) => return Err(reader.wrong(Fault::Other)),
    };
    match reader.peek() {
        None => Ok(found),
        Some(_) => Err(reader.wrong(Fault::Behind)),
    }
}

/// Five to seven fields of the letters of cron, or one of its words.
fn is_cron(text: &str) -> bool {
    let fields = text.split_ascii_whitespace().count();
    let letters = |each: u8| each.is_ascii_alphanumeric() || b"*?/,-# \t".contains(&each);
    text.starts_with('@') || (5..=7).contains(&fields) && text.bytes().all(letters)
}

impl<'t> Reader<'t> {
    fn rest(&self) -> &'t str {
        &self.text[self.at..]
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    fn take(&mut self, wanted: char) -> bool {
        let found = self.peek() == Some(wanted);
        if found {
            self.at += wanted.len_utf8();
        }
        found
    }

    fn wrong(&self, fault: Fault) -> MomentError {
        self.wrong_at(self.at, fault)
    }

    fn wrong_at(&self, at: usize, fault: Fault) -> MomentError {
        let before = self.text[..at].chars().count();
        MomentError { column: u32::try_from(before + 1).unwrap_or(u32::MAX), fault }
    }

    fn digits(&mut self) -> &'t str {
        let rest = self.rest();
        let length = rest.bytes().take_while(u8::is_ascii_digit).count();
        self.at += length;
        &rest[..length]
    }

    /// A number of so many digits; whatever is missing makes the whole thing `fault`.
    fn number(&mut self, length: usize, fault: Fault) -> Read<i64> {
        let start = self.at;
        match self.rest().get(..length).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit())) {
            Some(digits) => {
                self.at += length;
                digits.parse().map_err(|_| self.wrong_at(start, fault))
            }
            None => Err(self.wrong_at(start, fault)),
        }
    }

    fn span(&mut self) -> Read<Span> {
        self.take('P');
        let (mut found, mut next, mut of_day, mut fractions) = (Span::default(), 0, false, false);
        let mut parts_here = 0;
        loop {
            match self.peek() {
                Some('T') if !of_day => {
                    self.take('T');
                    (of_day, next, parts_here) = (true, OF_DAY, 0);
                }
                Some('-' | '+') => return Err(self.wrong(Fault::Sign)),
                Some('0'..='9') if fractions => return Err(self.wrong(Fault::Fraction)),
                Some('0'..='9') => {
                    (next, fractions) = self.part(&mut found, next, of_day)?;
                    parts_here += 1;
                }
                Some(unit) if unit.is_ascii_uppercase() && unit != 'R' => {
                    return Err(self.wrong(Fault::NoNumber));
                }
                _ if parts_here == 0 => return Err(self.wrong(Fault::NoParts)),
                _ => return Ok(found),
            }
        }
    }

    /// One number and its unit. Answers which unit may come next, and whether there was a fraction.
    fn part(&mut self, found: &mut Span, next: usize, of_day: bool) -> Read<(usize, bool)> {
        let start = self.at;
        let whole = self.digits();
        let fraction = if self.take('.') || self.take(',') {
            let digits = self.digits();
            if digits.is_empty() {
                return Err(self.wrong(Fault::NoNumber));
            }
            digits
        } else {
            ""
        };
        let Some(unit) = self.peek() else { return Err(self.wrong(Fault::NoUnit)) };
        let range = if of_day { OF_DAY..UNITS.len() } else { 0..OF_DAY };
        let Some(index) = range.clone().find(|index| UNITS[*index].0 == unit) else {
            let fault = match unit {
                _ if unit.is_ascii_lowercase() => Fault::LowerCase,
                _ if unit.is_ascii_alphabetic() => Fault::Unit { unit },
                _ => Fault::NoUnit,
            };
            return Err(self.wrong(fault));
        };
        if index < next {
            return Err(self.wrong(Fault::Order { unit }));
        }
        self.take(unit);
        let too_long = self.wrong_at(start, Fault::TooLong { years: DURATION_YEARS_MAX });
        let fits = match UNITS[index].1 {
            Unit::Months(_) if !fraction.is_empty() => return Err(self.wrong_at(start, Fault::Fraction)),
            Unit::Months(factor) => add_months(found, whole, factor),
            Unit::Ms(factor) => add_ms(found, whole, fraction, factor),
        };
        fits.ok_or(too_long)?;
        Ok((index + 1, !fraction.is_empty()))
    }

    fn cycle(&mut self) -> Read<Cycle> {
        self.take('R');
        let start = self.at;
        let most = Fault::Times { max: u32::MAX };
        // `R-1` is another spelling of no end (ISO 8601-2, 4.6 of 2019).
        let times = match (self.take('-'), self.digits()) {
            (true, "1") | (false, "") => None,
            (true, _) => return Err(self.wrong_at(start, most)),
            (false, digits) => match digits.parse() {
                Ok(0) | Err(_) => return Err(self.wrong_at(start, most)),
                Ok(times) => Some(times),
            },
        };
        if !self.take('/') {
            return Err(self.wrong(Fault::Cycle));
        }
        let length_at = self.at;
        let (every, fixed) = match self.peek() {
            Some('P') => {
                let every = self.span()?;
                let last = if self.take('/') { Fixed::Last(self.date()?) } else { Fixed::Nothing };
                (every, last)
            }
            Some('0'..='9') => {
                let first = self.date()?;
                if !self.take('/') {
                    return Err(self.wrong(Fault::Cycle));
                }
                (self.length_from(first)?, Fixed::First(first))
            }
            Some('-' | '+') => return Err(self.wrong(Fault::Sign)),
            _ => return Err(self.wrong(Fault::Cycle)),
        };
        if every.is_zero() {
            return Err(self.wrong_at(length_at, Fault::NoLength));
        }
        Ok(Cycle { times, every, fixed })
    }

    /// What stands behind the first date of a cycle: a duration, or a second date.
    fn length_from(&mut self, first: Timestamp) -> Read<Span> {
        let start = self.at;
        match self.peek() {
            Some('P') => self.span(),
            Some('0'..='9') => {
                let second = self.date()?;
                let ms = u64::try_from(second.0.saturating_sub(first.0)).unwrap_or(0);
                if ms == 0 { Err(self.wrong_at(start, Fault::NoLength)) } else { Ok(Span { months: 0, ms }) }
            }
            _ => Err(self.wrong(Fault::Cycle)),
        }
    }

    fn date(&mut self) -> Read<Timestamp> {
        let start = self.at;
        let year = self.number(4, Fault::Date)?;
        let extended = self.take('-');
        let month = self.number(2, Fault::Date)?;
        if extended && !self.take('-') {
            return Err(self.wrong(Fault::Date));
        }
        let day = self.number(2, Fault::Date)?;
        let Some(day) = Date::new(year, month, day) else {
            return Err(self.wrong_at(start, Fault::NoSuchDay));
        };
        if !self.take('T') {
            return match self.peek() {
                Some('t') => Err(self.wrong(Fault::LowerCase)),
                Some(' ') | Some('0'..='9') => Err(self.wrong(Fault::Date)),
                _ => Ok(day.start()),
            };
        }
        let of_day = self.time_of_day(extended)?;
        let offset = self.offset()?;
        let at = Timestamp(day.start().0 + of_day - offset);
        // The years of ISO 8601 have four digits, also after the offset has been taken off.
        match Date::of(at).parts().0 {
            0..=9999 => Ok(at),
            _ => Err(self.wrong_at(start, Fault::NoSuchDay)),
        }
    }

    /// Hours, minutes, and where given seconds with a fraction, in milliseconds. `24:00` ends a day.
    fn time_of_day(&mut self, extended: bool) -> Read<i64> {
        let start = self.at;
        let hours = self.number(2, Fault::Date)?;
        if extended && !self.take(':') {
            return Err(self.wrong(Fault::Date));
        }
        let minutes = self.number(2, Fault::Date)?;
        let has_seconds =
            if extended { self.take(':') } else { self.peek().is_some_and(|next| next.is_ascii_digit()) };
        let (mut seconds, mut ms) = (0, 0);
        if has_seconds {
            seconds = self.number(2, Fault::Date)?;
            if self.take('.') || self.take(',') {
                let digits = self.digits();
                if digits.is_empty() {
                    return Err(self.wrong(Fault::NoNumber));
                }
                ms = fraction_of(digits, 1_000).and_then(|ms| i64::try_from(ms).ok()).unwrap_or(0);
            }
        }
        let of_day = hours * 3_600_000 + minutes * 60_000 + seconds * 1_000 + ms;
        if minutes > 59 || seconds > 59 || of_day > DAY_MS {
            return Err(self.wrong_at(start, Fault::NoSuchTime));
        }
        Ok(of_day)
    }

    /// The offset from UTC in milliseconds. The name of a zone may follow in brackets (RFC 9557); the offset
    /// counts.
    fn offset(&mut self) -> Read<i64> {
        let start = self.at;
        let sign = match self.peek() {
            Some('Z') => 0,
            Some('+') => 1,
            Some('-') => -1,
            Some('z') => return Err(self.wrong(Fault::LowerCase)),
            Some('[') => return Err(self.wrong(Fault::Zone)),
            _ => return Ok(0),
        };
        self.at += 1;
        let mut offset = 0;
        if sign != 0 {
            let hours = self.number(2, Fault::Offset)?;
            let has_minutes = self.take(':') || self.peek().is_some_and(|next| next.is_ascii_digit());
            let minutes = if has_minutes { self.number(2, Fault::Offset)? } else { 0 };
            if hours > 23 || minutes > 59 {
                return Err(self.wrong_at(start, Fault::Offset));
            }
            offset = sign * (hours * 3_600_000 + minutes * 60_000);
        }
        if self.peek() == Some('[') {
            let letters = |each: char| each.is_ascii_alphanumeric() || "/_-+".contains(each);
            let closing = self.rest().find(']').filter(|end| self.rest()[1..*end].chars().all(letters));
            let Some(end) = closing else { return Err(self.wrong(Fault::Zone)) };
            self.at += end + 1;
        }
        Ok(offset)
    }
}

fn add_months(found: &mut Span, digits: &str, factor: u32) -> Option<()> {
    let months = digits.parse::<u32>().ok()?.checked_mul(factor)?.checked_add(found.months)?;
    found.months = Some(months).filter(|months| *months <= DURATION_YEARS_MAX * 12)?;
    Some(())
}

fn add_ms(found: &mut Span, digits: &str, fraction: &str, factor: u64) -> Option<()> {
    let whole = digits.parse::<u64>().ok()?.checked_mul(factor)?;
    let ms = whole.checked_add(fraction_of(fraction, factor)?)?.checked_add(found.ms)?;
    found.ms = Some(ms).filter(|ms| *ms <= DURATION_MS_MAX)?;
    Some(())
}

/// `0.digits` of `factor`, where a part counts as a whole. Digits behind the eighteenth only tell that there is
/// a part.
fn fraction_of(digits: &str, factor: u64) -> Option<u64> {
    let kept = &digits[..digits.len().min(18)];
    if kept.is_empty() {
        return Some(0);
    }
    let (parts, scale) = (kept.parse::<u128>().ok()? * u128::from(factor), 10u128.pow(kept.len() as u32));
    let more = digits[kept.len()..].bytes().any(|digit| digit != b'0') && parts % scale == 0;
    u64::try_from(parts.div_ceil(scale) + u128::from(more)).ok()
}
