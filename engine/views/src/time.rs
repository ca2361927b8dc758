//! Times and durations as text, in integers.
//!
//! **Absent on purpose:** asking what time it is, time zones, leap seconds (POSIX time has none).

use dod_kernel::calendar::{DAY_MS, Date};
use dod_kernel::id::Timestamp;

/// RFC 3339 in UTC with milliseconds: `2026-11-21T15:04:35.120Z`. Years outside 0 to 9999 do not exist there;
/// such a time is written as `@` and its milliseconds.
pub fn rfc3339(at: Timestamp) -> String {
    let (date, ms) = (Date::of(at), at.0.rem_euclid(DAY_MS));
    if !(0..=9999).contains(&date.parts().0) {
        return format!("@{}", at.0);
    }
    let (seconds, ms) = (ms / 1000, ms % 1000);
    let (hours, minutes, seconds) = (seconds / 3600, seconds / 60 % 60, seconds % 60);
    format!("{date}T{hours:02}:{minutes:02}:{seconds:02}.{ms:03}Z")
}

/// Date and minute in UTC, for people: `2026-11-21 15:04 UTC`.
pub fn minute(at: Timestamp) -> String {
    let text = rfc3339(at);
    match text.get(..16) {
        Some(head) if text.len() == 24 => format!("{} UTC", head.replace('T', " ")),
        _ => text,
    }
}

/// A duration for people: `340ms`, `1.2s`, `2m 05s`, `1h 02m`.
pub fn duration(ms: u64) -> String {
    let seconds = ms / 1000;
    match seconds {
        0 => format!("{ms}ms"),
        1..=59 => format!("{seconds}.{}s", ms % 1000 / 100),
        60..=3599 => format!("{}m {:02}s", seconds / 60, seconds % 60),
        _ => format!("{}h {:02}m", seconds / 3600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_the_date_that_a_calendar_shows() {
        for (ms, text) in [
            (0, "1970-01-01T00:00:00.000Z"),
            (951_782_400_000, "2000-02-29T00:00:00.000Z"),
            (951_868_799_999, "2000-02-29T23:59:59.999Z"),
            (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
            (1_795_273_475_120, "2026-11-21T15:04:35.120Z"),
            (-1, "1969-12-31T23:59:59.999Z"),
            (253_402_300_799_999, "9999-12-31T23:59:59.999Z"),
            (253_402_300_800_000, "@253402300800000"),
            (i64::MIN, "@-9223372036854775808"),
        ] {
            assert_eq!(rfc3339(Timestamp(ms)), text);
        }
    }

    #[test]
    fn durations_are_short() {
        let texts = [0, 340, 1_249, 59_999, 125_000, 3_720_000].map(duration);
        assert_eq!(texts, ["0ms", "340ms", "1.2s", "59.9s", "2m 05s", "1h 02m"]);
    }
}
