//! Moments as text, what they mean as text.

use expect_test::{Expect, expect};
use proptest::prelude::*;

use super::*;

/// What each line means: its shortest spelling, or what is wrong.
fn check(texts: &str, expected: &Expect) {
    let mut found = String::new();
    for text in texts.lines().map(str::trim).filter(|line| !line.is_empty()) {
        let meaning = match Moment::parse(text) {
            Ok(moment) => format!("{}: {moment}", moment.kind()),
            Err(wrong) => format!("{}: {wrong}", wrong.column),
        };
        found.push_str(&format!("{text:<40} -> {meaning}\n"));
    }
    expected.assert_eq(&found);
}

/// The times at which a timer is due that was set at `set`, at most eight.
fn due(text: &str, set: &str) -> String {
    let Ok(Moment::At(now)) = Moment::parse(set) else { panic!("{set} is no date") };
    let moment = Moment::parse(text).unwrap();
    let (mut at, mut fired, mut found) = (moment.first_due(now), 1, Vec::new());
    loop {
        found.push(Moment::At(at).to_string());
        match moment.next_due(at, fired) {
            Some(next) if found.len() < 8 => (at, fired) = (next, fired + 1),
            Some(_) => return format!("{} …", found.join(" ")),
            None => return found.join(" "),
        }
    }
}

#[test]
fn durations_are_those_of_iso_8601() {
    check(
        "PT1H30M
         P1D
         P1Y2M3DT4H5M6.5S
         P14M
         PT0.1S
         PT0,002S
         PT0.0001S
         PT1.5H
         P0.5D
         P2W
         P1W1D
         PT36H
         PT90S
         PT0S
         P0D
         P10000Y",
        &expect![[r#"
            PT1H30M                                  -> a duration: PT1H30M
            P1D                                      -> a duration: P1D
            P1Y2M3DT4H5M6.5S                         -> a duration: P1Y2M3DT4H5M6.5S
            P14M                                     -> a duration: P1Y2M
            PT0.1S                                   -> a duration: PT0.1S
            PT0,002S                                 -> a duration: PT0.002S
            PT0.0001S                                -> a duration: PT0.001S
            PT1.5H                                   -> a duration: PT1H30M
            P0.5D                                    -> a duration: PT12H
            P2W                                      -> a duration: P14D
            P1W1D                                    -> a duration: P8D
            PT36H                                    -> a duration: P1DT12H
            PT90S                                    -> a duration: PT1M30S
            PT0S                                     -> a duration: PT0S
            P0D                                      -> a duration: PT0S
            P10000Y                                  -> a duration: P10000Y
        "#]],
    );
}

#[test]
fn dates_are_in_utc_or_have_an_offset() {
    check(
        "2026-11-21
         2026-11-21T10:00
         2026-11-21T10:00:00
         2036-11-14T11:12:22
         2026-11-21T10:00:00Z
         2026-11-21T10:00:00.5Z
         2026-11-21T10:00:00.12345Z
         2026-11-21T10:00:00+02:00
         2026-11-21T00:30+0100
         2026-11-21T23:30-05
         20261121T100000Z
         20261121
         2026-12-31T24:00:00Z
         2019-10-02T08:09:40+02:00[Europe/Berlin]
         0000-01-01",
        &expect![[r#"
            2026-11-21                               -> a date: 2026-11-21T00:00:00Z
            2026-11-21T10:00                         -> a date: 2026-11-21T10:00:00Z
            2026-11-21T10:00:00                      -> a date: 2026-11-21T10:00:00Z
            2036-11-14T11:12:22                      -> a date: 2036-11-14T11:12:22Z
            2026-11-21T10:00:00Z                     -> a date: 2026-11-21T10:00:00Z
            2026-11-21T10:00:00.5Z                   -> a date: 2026-11-21T10:00:00.5Z
            2026-11-21T10:00:00.12345Z               -> a date: 2026-11-21T10:00:00.124Z
            2026-11-21T10:00:00+02:00                -> a date: 2026-11-21T08:00:00Z
            2026-11-21T00:30+0100                    -> a date: 2026-11-20T23:30:00Z
            2026-11-21T23:30-05                      -> a date: 2026-11-22T04:30:00Z
            20261121T100000Z                         -> a date: 2026-11-21T10:00:00Z
            20261121                                 -> a date: 2026-11-21T00:00:00Z
            2026-12-31T24:00:00Z                     -> a date: 2027-01-01T00:00:00Z
            2019-10-02T08:09:40+02:00[Europe/Berlin] -> a date: 2019-10-02T06:09:40Z
            0000-01-01                               -> a date: 0000-01-01T00:00:00Z
        "#]],
    );
}

#[test]
fn cycles_have_a_number_or_no_end_and_may_name_a_date() {
    check(
        "R3/PT10S
         R/PT1H
         R-1/PT1H
         R3/2026-11-21T10:00:00Z/PT10S
         R2/PT1H/2026-11-21T10:00:00Z
         R/2026-11-21/2026-11-22
         R1/P1M",
        &expect![[r#"
            R3/PT10S                                 -> a cycle: R3/PT10S
            R/PT1H                                   -> a cycle: R/PT1H
            R-1/PT1H                                 -> a cycle: R/PT1H
            R3/2026-11-21T10:00:00Z/PT10S            -> a cycle: R3/2026-11-21T10:00:00Z/PT10S
            R2/PT1H/2026-11-21T10:00:00Z             -> a cycle: R2/PT1H/2026-11-21T10:00:00Z
            R/2026-11-21/2026-11-22                  -> a cycle: R/2026-11-21T00:00:00Z/P1D
            R1/P1M                                   -> a cycle: R1/P1M
        "#]],
    );
}

#[test]
fn what_is_no_time_is_refused_where_it_goes_wrong() {
    check(
        "soon
         0 0/5 * * * ?
         @daily
         -PT1H
         PT-1H
         P-1D
         pt1h
         PT1h
         P
         PT
         P1DT
         PT1
         PTS
         PT5
         P5S
         P1D1Y
         PT1M1H
         PT1S1S
         PT1.5H30M
         P0.5Y
         PT.5S
         PT1.S
         P10001Y
         PT99999999999999999999S
         PT1H later
         2026
         2026-11
         2026-02-30
         2026-13-01
         2026-11-21 10:00
         2026-11-21T25:00
         2026-11-21T10:00:60Z
         2026-11-21T10:00:00+99:00
         2026-11-21T10:00:00[Europe/Berlin]
         2026-11-21T10:00:00Z[!]
         0000-01-01T00:00:00+01:00
         +2026-11-21
         12345
         R
         R3
         R3/
         R3PT10S
         R0/PT1S
         R-2/PT1S
         R4294967296/PT1S
         R/PT0S
         R3/PT-1S
         R3/2026-11-21
         R3/2026-11-21/2026-11-21
         R3/2026-11-22/2026-11-21
         R3/PT1S/PT1S
         R3/PT1S/2026-11-21/PT1S
         PT1H\u{e9}
         \u{e9}",
        &expect![[r#"
            soon                                     -> 1: this is neither a duration, a date nor a cycle
            0 0/5 * * * ?                            -> 1: this is a cron expression
            @daily                                   -> 1: this is a cron expression
            -PT1H                                    -> 1: a duration has no sign
            PT-1H                                    -> 3: a duration has no sign
            P-1D                                     -> 2: a duration has no sign
            pt1h                                     -> 1: the letters of a time are upper case
            PT1h                                     -> 4: the letters of a time are upper case
            P                                        -> 2: the duration has no length
            PT                                       -> 3: the duration has no length
            P1DT                                     -> 5: the duration has no length
            PT1                                      -> 4: a number has no unit
            PTS                                      -> 3: a number is missing
            PT5                                      -> 4: a number has no unit
            P5S                                      -> 3: `S` is no unit here
            P1D1Y                                    -> 5: `Y` does not come here
            PT1M1H                                   -> 6: `H` does not come here
            PT1S1S                                   -> 6: `S` does not come here
            PT1.5H30M                                -> 7: only the last number has a fraction, and a year or month has none
            P0.5Y                                    -> 2: only the last number has a fraction, and a year or month has none
            PT.5S                                    -> 3: the duration has no length
            PT1.S                                    -> 5: a number is missing
            P10001Y                                  -> 2: a duration has at most 10000 years
            PT99999999999999999999S                  -> 3: a duration has at most 10000 years
            PT1H later                               -> 5: nothing belongs behind the time
            2026                                     -> 5: this is not a whole date
            2026-11                                  -> 8: this is not a whole date
            2026-02-30                               -> 1: the calendar has no such day
            2026-13-01                               -> 1: the calendar has no such day
            2026-11-21 10:00                         -> 11: this is not a whole date
            2026-11-21T25:00                         -> 12: no clock shows this time
            2026-11-21T10:00:60Z                     -> 12: no clock shows this time
            2026-11-21T10:00:00+99:00                -> 20: this is not an offset from UTC
            2026-11-21T10:00:00[Europe/Berlin]       -> 20: a time zone has an offset, not a name
            2026-11-21T10:00:00Z[!]                  -> 21: a time zone has an offset, not a name
            0000-01-01T00:00:00+01:00                -> 1: the calendar has no such day
            +2026-11-21                              -> 1: this is neither a duration, a date nor a cycle
            12345                                    -> 5: this is not a whole date
            R                                        -> 2: this is not a whole cycle
            R3                                       -> 3: this is not a whole cycle
            R3/                                      -> 4: this is not a whole cycle
            R3PT10S                                  -> 3: this is not a whole cycle
            R0/PT1S                                  -> 2: a cycle is due between 1 and 4294967295 times
            R-2/PT1S                                 -> 2: a cycle is due between 1 and 4294967295 times
            R4294967296/PT1S                         -> 2: a cycle is due between 1 and 4294967295 times
            R/PT0S                                   -> 3: a cycle without a length would never end
            R3/PT-1S                                 -> 6: a duration has no sign
            R3/2026-11-21                            -> 14: this is not a whole cycle
            R3/2026-11-21/2026-11-21                 -> 15: a cycle without a length would never end
            R3/2026-11-22/2026-11-21                 -> 15: a cycle without a length would never end
            R3/PT1S/PT1S                             -> 9: this is not a whole date
            R3/PT1S/2026-11-21/PT1S                  -> 19: nothing belongs behind the time
            PT1Hé                                    -> 5: nothing belongs behind the time
            é                                        -> 1: this is neither a duration, a date nor a cycle
        "#]],
    );
    assert_eq!(Moment::parse("").unwrap_err().fault, MomentFault::Empty);
    assert_eq!(Moment::parse(" \n ").unwrap_err().fault, MomentFault::Empty);
    assert_eq!(Moment::parse(" PT1H\n"), Moment::parse("PT1H"));
    assert_eq!(Moment::parse("  PT1X").unwrap_err().column, 6);
    assert_eq!(Moment::parse(&"P".repeat(1_000)).unwrap_err().fault, MomentFault::Bytes { max: 256 });
}

#[test]
fn a_timer_is_due_when_the_calendar_says() {
    for (text, set, expected) in [
        ("PT1H30M", "2026-11-21", "2026-11-21T01:30:00Z"),
        ("P1M", "2026-01-31T12:00Z", "2026-02-28T12:00:00Z"),
        ("P1Y", "2028-02-29", "2029-02-28T00:00:00Z"),
        ("P1M1D", "2026-01-31", "2026-03-01T00:00:00Z"),
        ("2026-11-21", "2030-01-01", "2026-11-21T00:00:00Z"),
        ("R2/PT10S", "2026-11-21", "2026-11-21T00:00:10Z 2026-11-21T00:00:20Z"),
        // Dates that a cycle names are counted from that date, so a short month does not shorten the others.
        ("R3/2026-01-31/P1M", "2026-01-01", "2026-01-31T00:00:00Z 2026-02-28T00:00:00Z 2026-03-31T00:00:00Z"),
        // Those in the past when the timer is set are over.
        ("R3/2026-01-31/P1M", "2026-02-01", "2026-02-28T00:00:00Z 2026-03-31T00:00:00Z"),
        ("R3/2026-01-31/P1M", "2027-01-01", "2026-03-31T00:00:00Z"),
        ("R2/P1D/2026-11-21", "2026-01-01", "2026-11-20T00:00:00Z 2026-11-21T00:00:00Z"),
        (
            "R/P1D/2026-11-21",
            "2026-11-18T12:00Z",
            "2026-11-19T00:00:00Z 2026-11-20T00:00:00Z 2026-11-21T00:00:00Z",
        ),
        ("R2/2026-11-21/2026-11-22", "2026-01-01", "2026-11-21T00:00:00Z 2026-11-22T00:00:00Z"),
    ] {
        assert_eq!(due(text, set), expected, "{text} set {set}");
    }
    assert!(due("R/PT1H", "2026-11-21").ends_with("2026-11-21T08:00:00Z …"));
}

#[test]
fn time_ends_without_a_panic() {
    for text in [
        "P10000Y",
        "R/P10000Y",
        "R/0000-01-01/P10000Y",
        "R/P10000Y/9999-12-31",
        "R4294967295/PT0.001S",
        "2026-01-01",
    ] {
        let moment = Moment::parse(text).unwrap();
        for at in [i64::MIN, -1, 0, i64::MAX - 1, i64::MAX].map(Timestamp) {
            moment.first_due(at);
            assert!(moment.next_due(at, u32::MAX).is_none_or(|next| next > at), "{text}");
        }
    }
    assert_eq!(Moment::parse("R/P1D").unwrap().next_due(Timestamp(i64::MAX), 1), None);
    assert_eq!(Moment::parse("P1D").unwrap().first_due(Timestamp(i64::MAX)), Timestamp(i64::MAX));
}

#[test]
fn a_log_holds_one_spelling() {
    let read = |text: &str| serde_json::from_str::<Moment>(text);
    let moment = Moment::parse("R3/2026-11-21T12:00:00+02:00/PT60S").unwrap();
    let written = serde_json::to_string(&moment).unwrap();
    assert_eq!(written, "\"R3/2026-11-21T10:00:00Z/PT1M\"");
    assert_eq!(read(&written).unwrap(), moment);
    assert!(read("\"PT60S\"").is_err());
    assert!(read("\"0 0 * * *\"").is_err());
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn no_text_makes_it_panic(text in "[PTRYMWDHS0-9.,:/+\\-Z\\[\\] é]{0,40}") {
        if let Ok(moment) = Moment::parse(&text) {
            let shortest = moment.to_string();
            prop_assert_eq!(Moment::parse(&shortest), Ok(moment));
            prop_assert_eq!(serde_json::from_value::<Moment>(serde_json::Value::String(shortest)).unwrap(), moment);
        }
    }

    #[test]
    fn what_is_due_lies_ahead(
        months in 0u32..400, ms in 0u64..10_000_000_000_000, first in 0i64..200_000_000_000_000,
        times in 1u32..50, form in 0u8..3, now in 0i64..300_000_000_000_000,
    ) {
        let every = Span { months, ms: ms.max(1) };
        let date = Moment::At(Timestamp(first));
        let moment = Moment::parse(&match form {
            0 => format!("R{times}/{every}"),
            1 => format!("R{times}/{date}/{every}"),
            _ => format!("R{times}/{every}/{date}"),
        }).unwrap();
        let (mut at, mut fired) = (moment.first_due(Timestamp(now)), 1);
        while let Some(next) = moment.next_due(at, fired) {
            prop_assert!(next > at);
            (at, fired) = (next, fired + 1);
            prop_assert!(fired <= times);
        }
        if form == 0 {
            prop_assert_eq!(fired, times);
        }
    }
}
