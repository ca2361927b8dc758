//! Points in time of advisories (RFC 3339) as seconds since 1970.
//!
//! **Absent on purpose:** the clock, time zones with names, leap seconds.

/// Seconds of a day.
const DAY: i64 = 86_400;

/// `2024-05-06T07:08:09.1Z`, `2024-05-06T07:08:09+02:00` or `2024-05-06`.
pub(super) fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    if !text.is_ascii() {
        return None;
    }
    let (date, time) = if text.len() > 10 { text.split_at(10) } else { (text, "") };
    let days = days(date)?;
    if time.is_empty() {
        return Some(days * DAY);
    }
    let time = time.strip_prefix(['T', 't', ' '])?;
    if time.len() < 9 || time.as_bytes()[2] != b':' || time.as_bytes()[5] != b':' {
        return None;
    }
    let clock = number(&time[0..2], 23)? * 3_600 + number(&time[3..5], 59)? * 60 + number(&time[6..8], 60)?;
    let zone = time[8..].trim_start_matches('.').trim_start_matches(|letter: char| letter.is_ascii_digit());
    Some(days * DAY + clock - offset(zone)?)
}

/// The point in time as RFC 3339 writes it, in UTC.
pub(super) fn text(seconds: i64) -> String {
    let (days, clock) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let in_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let from_march = (5 * in_year + 2) / 153;
    let day = in_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    let (hour, minute, second) = (clock / 3_600, clock / 60 % 60, clock % 60);
    format!("{year:04}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
}

/// Whole days from a point in time until now. A point that lies more than a day ahead, which no two clocks differ by,
/// says that one of the two is not true: `None`.
pub(super) fn days_until(now: i64, then: i64) -> Option<i64> {
    let passed = now.checked_sub(then)?;
    (passed >= -DAY).then_some(passed.max(0) / DAY)
}

fn offset(zone: &str) -> Option<i64> {
    if matches!(zone, "Z" | "z") {
        return Some(0);
    }
    let sign = match zone.as_bytes().first()? {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    if zone.len() != 6 || zone.as_bytes()[3] != b':' {
        return None;
    }
    Some(sign * (number(&zone[1..3], 23)? * 3_600 + number(&zone[4..6], 59)? * 60))
}

/// Days since 1970-01-01 of a day in the Gregorian calendar: years begin in March, so that the leap day is the last.
fn days(date: &str) -> Option<i64> {
    let bytes = date.as_bytes();
    if bytes.len() != 10 || bytes[4] != b'-' || bytes[7] != b'-' {
        return None;
    }
    let (year, month, day) =
        (number(&date[0..4], 9999)?, number(&date[5..7], 12)?, number(&date[8..10], 31)?);
    if month == 0 || day == 0 {
        return None;
    }
    let year = if month <= 2 { year - 1 } else { year };
    let from_march = (month + 9) % 12;
    let in_year = (153 * from_march + 2) / 5 + day - 1;
    Some(365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + in_year - 719_468)
}

fn number(digits: &str, largest: i64) -> Option<i64> {
    let all_digits = digits.bytes().all(|byte| byte.is_ascii_digit());
    digits.parse().ok().filter(|number| all_digits && *number <= largest)
}

#[cfg(test)]
mod tests;
