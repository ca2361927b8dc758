//! How much time lies between two points in time that a report names.
//!
//! **Absent on purpose:** the present. No reader knows what time it is.

/// Whole days from one point in time to another, both RFC 3339; `None` where one cannot be read, or the second
/// comes first by more than the day that time zones and clocks make.
pub(crate) fn days_between(from: &str, to: &str) -> Option<u64> {
    let (from, to) = (seconds(from)?, seconds(to)?);
    match to - from {
        ahead @ 0.. => u64::try_from(ahead / DAY).ok(),
        behind if behind >= -DAY => Some(0),
        _ => None,
    }
}

const DAY: i64 = 86_400;

/// Seconds since 1970; fractions are left out. `2025-06-19T04:12:38.5Z`, `2025-06-19 04:12:38 +0000 UTC`.
fn seconds(text: &str) -> Option<i64> {
    let text = text.trim();
    let number = |from: usize, to: usize| -> Option<i64> {
        let digits = text.get(from..to)?;
        digits.bytes().all(|digit| digit.is_ascii_digit()).then(|| digits.parse().ok()).flatten()
    };
    let mark = |at: usize, marks: &[u8]| text.as_bytes().get(at).filter(|byte| marks.contains(byte));
    let (year, month, day) = (number(0, 4)?, number(5, 7)?, number(8, 10)?);
    (mark(4, b"-").is_some() && mark(7, b"-").is_some()).then_some(())?;
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) {
        return None;
    }
    mark(10, b"T t")?;
    let (hour, minute, second) = (number(11, 13)?, number(14, 16)?, number(17, 19)?);
    let rest =
        text.get(19..)?.trim_start_matches(|character: char| character == '.' || character.is_ascii_digit());
    let offset = offset(rest.trim())?;
    Some(days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset)
}

/// Seconds east of Greenwich.
fn offset(zone: &str) -> Option<i64> {
    let zone = zone.trim_end_matches(" UTC");
    let sign = match zone.as_bytes().first()? {
        b'Z' | b'z' if zone.len() == 1 => return Some(0),
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let digits: String = zone[1..].chars().filter(|character| *character != ':').collect();
    let whole: i64 = digits.parse().ok().filter(|_| digits.len() == 4)?;
    Some(sign * (whole / 100 * 3600 + whole % 100 * 60))
}

/// Days since 1970 of a date of the Gregorian calendar, by counting from 1 March of year 0.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let of_year = (153 * month + 2) / 5 + day - 1;
    year * 365 + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::{days_between, seconds};

    #[test]
    fn points_in_time_are_read_in_the_ways_tools_write_them() {
        assert_eq!(seconds("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(seconds("2000-03-01T00:00:00Z"), Some(951_868_800));
        assert_eq!(seconds("2025-06-19T11:43:35.523947199Z"), Some(1_750_333_415));
        assert_eq!(seconds("2025-06-19T13:43:35+02:00"), Some(1_750_333_415));
        assert_eq!(seconds("2025-06-19 11:43:35 +0000 UTC"), Some(1_750_333_415));
        for text in
            ["", "yesterday", "2025-06-19", "2025-13-19T00:00:00Z", "2025-06-19T11:43:35", "é025-06-19T11"]
        {
            assert_eq!(seconds(text), None, "{text}");
        }
    }

    #[test]
    fn days_are_whole_and_never_negative() {
        assert_eq!(days_between("2025-06-19T04:12:38Z", "2025-06-19T11:43:35Z"), Some(0));
        assert_eq!(days_between("2025-06-01T00:00:00Z", "2025-06-08T23:59:59Z"), Some(7));
        assert_eq!(days_between("2025-06-02T00:00:00Z", "2025-06-01T12:00:00Z"), Some(0));
        assert_eq!(days_between("2025-06-09T00:00:00Z", "2025-06-01T00:00:00Z"), None);
    }
}
