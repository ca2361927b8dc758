//! Timers.

use super::*;

#[test]
fn a_time_is_written_quoted_or_worked_out() {
    let lines = r#"PT1H
        R3/PT10S
        2026-11-21T10:00:00Z
        "PT0.002S"
        'PT1H'
        ${'2036-11-14T11:12:22'}
        ${environment.variables.timeout}
        ${delay}
        = "PT1H"
        =duration("P1D")
        = date and time("2026-11-21T10:00:00Z")
        = wait.time
        delay
        PTimeout
        P1X
        PT
        PT-1H
        -PT1H
        0 0/5 * * * ?
        2026-02-30
        "soon"
        ${5}
        =5
        5
        ${soon('x')}
        = duration("soon")
        timedelta(days=1)"#;
    let mut found = String::new();
    for line in lines.lines().map(str::trim) {
        let said = match time(line, Dialect::of_shape(line)) {
            Ok(Said::Literal(value, _)) => format!("{value:?}"),
            Ok(Said::Expression(found)) => found.text,
            Err(wrong) => misfit(line, &wrong),
        };
        found.push_str(&format!("{line:<40} -> {said}\n"));
    }
    expect![[r#"
        PT1H                                     -> Text("PT1H")
        R3/PT10S                                 -> Text("R3/PT10S")
        2026-11-21T10:00:00Z                     -> Text("2026-11-21T10:00:00Z")
        "PT0.002S"                               -> Text("PT0.002S")
        'PT1H'                                   -> Text("PT1H")
        ${'2036-11-14T11:12:22'}                 -> Text("2036-11-14T11:12:22")
        ${environment.variables.timeout}         -> timeout
        ${delay}                                 -> delay
        = "PT1H"                                 -> Text("PT1H")
        =duration("P1D")                         -> Text("P1D")
        = date and time("2026-11-21T10:00:00Z")  -> Text("2026-11-21T10:00:00Z")
        = wait.time                              -> wait.time
        delay                                    -> delay
        PTimeout                                 -> PTimeout
        P1X                                      -> refused at "X": `X` is no unit here  (ISO 8601: `P`, then `Y`, `M`, `W`, `D`; then `T` and `H`, `M`, `S`: minutes are `PT5M`, months `P5M`)
        PT                                       -> refused at "": the duration has no length  (ISO 8601: ten seconds are `PT10S`, no time at all is `PT0S`)
        PT-1H                                    -> refused at "-": a duration has no sign  (ISO 8601: one hour is `PT1H`; nothing is due before it is set)
        -PT1H                                    -> refused at "-": a duration has no sign  (ISO 8601: one hour is `PT1H`; nothing is due before it is set)
        0 0/5 * * * ?                            -> refused at "0": this is a cron expression  (ISO 8601: every five minutes is `R/PT5M`, every day `R/P1D`)
        2026-02-30                               -> refused at "2": the calendar has no such day  (year, month and day: `2026-11-21`)
        "soon"                                   -> refused at "\"soon\"": this is neither a duration, a date nor a cycle  (ISO 8601: a duration `PT1H30M`, a date `2026-11-21T10:00:00Z`, a cycle `R3/PT10S`)
        ${5}                                     -> refused at "5": a whole number is no time  (ISO 8601: `PT1H30M`, `2026-11-21T10:00:00Z`, `R3/PT10S`)
        =5                                       -> refused at "5": a whole number is no time  (ISO 8601: `PT1H30M`, `2026-11-21T10:00:00Z`, `R3/PT10S`)
        5                                        -> refused at "5": this is not a whole date  (ISO 8601: `2026-11-21`, or with a time `2026-11-21T10:00:00Z`)
        ${soon('x')}                             -> refused at "soon(": the call of `soon` has no equal  (set a variable before, and compare that)
        = duration("soon")                       -> refused at "duration(\"soon\")": this is neither a duration, a date nor a cycle  (ISO 8601: a duration `PT1H30M`, a date `2026-11-21T10:00:00Z`, a cycle `R3/PT10S`)
        timedelta(days=1)                        -> timedelta(days=1)
    "#]].assert_eq(&found);
}
