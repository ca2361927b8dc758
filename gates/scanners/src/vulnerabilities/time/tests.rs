//! Points in time there and back.

use super::{days_until, seconds, text};

#[test]
fn what_rfc_3339_writes_is_read() {
    for (written, expected) in [
        ("1970-01-01T00:00:00Z", Some(0)),
        ("1970-01-01", Some(0)),
        ("2026-11-21T00:00:00Z", Some(1_795_219_200)),
        ("2024-02-29T12:30:45.123456Z", Some(1_709_209_845)),
        ("2024-02-29T14:30:45+02:00", Some(1_709_209_845)),
        ("2024-02-29 12:30:45z", Some(1_709_209_845)),
        ("1969-12-31T23:59:59Z", Some(-1)),
        ("2024-13-01", None),
        ("2024-00-10", None),
        ("2024-1-1", None),
        ("2024-02-29T12:30Z", None),
        ("2024-02-29T12:30:45", None),
        ("2024-02-29T12:30:45+2", None),
        ("2024-02-29T25:30:45Z", None),
        ("+024-02-29", None),
        ("2024-02-29T1ü:30:45Z", None),
        ("yesterday", None),
        ("", None),
    ] {
        assert_eq!(seconds(written), expected, "{written}");
    }
}

#[test]
fn what_is_written_is_read_as_the_same() {
    for day in (-200_000_i64..200_000).step_by(373) {
        let at = day * 86_400 + (day.rem_euclid(86_399));
        assert_eq!(seconds(&text(at)), Some(at), "{}", text(at));
    }
}

#[test]
fn what_lies_ahead_has_no_age() {
    assert_eq!(days_until(0, 86_400), Some(0));
    assert_eq!(days_until(0, 86_401), None);
    assert_eq!(days_until(2 * 86_400 - 1, 0), Some(1));
    assert_eq!(days_until(i64::MAX, i64::MIN), None);
}
