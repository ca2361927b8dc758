//! Claims about `hyperfine`.

use expect_test::expect;

use crate::Format::Hyperfine;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn one_command_has_plain_names_and_percentiles_from_its_runs() {
    check(
        Hyperfine,
        r#"{"results": [{"command": "sleep 1", "mean": 0.25, "stddev": 0.129, "median": 0.25, "user": 0.1, "system": 0.1,
            "min": 0.1, "max": 0.4, "times": [0.1, 0.4, 0.2, 0.3], "exit_codes": [0, 0, 0, 0]}]}"#,
        expect![[r#"
            max = 0.4 s
            mean = 0.25 s
            median = 0.25 s
            min = 0.1 s
            p95 = 0.4 s
            p99 = 0.4 s
            runs = 4 1
            stddev = 0.129 s
        "#]],
    );
}

#[test]
fn several_commands_are_told_apart_by_name_or_number() {
    check(
        Hyperfine,
        r#"{"results": [{"command": "./a --fast", "mean": 1}, {"command": "./a  fast", "mean": 2, "stddev": null}, {"command": "…", "mean": 3e0}]}"#,
        expect![[r#"
            a-fast-2.mean = 2 s
            a-fast.mean = 1 s
            command-3.mean = 3 s
        "#]],
    );
}

#[test]
fn statistics_are_recounted_from_the_times() {
    check(
        Hyperfine,
        r#"{"results": [{"command": "a", "mean": 0.3333333333333333, "median": 0.9, "min": 0.05, "max": 0.7,
            "times": [0.1, 0.2, 0.7]}]}"#,
        expect![[r#"
            max = 0.7 s
            mean = 0.3333333333333333 s
            median = 0.9 s
            min = 0.05 s
            p95 = 0.7 s
            p99 = 0.7 s
            runs = 3 1
            declared 0.05 min, counted 0.1
            declared 0.9 median, counted 0.2
        "#]],
    );
}

#[test]
fn a_command_that_failed_was_not_measured() {
    for (code, said) in [("1", "exit code 1"), ("null", "no exit code")] {
        let report = format!(r#"{{"results": [{{"command": "a", "mean": 1, "exit_codes": [0, {code}]}}]}}"#);
        let message = format!("`a` ended with {said}");
        assert_eq!(read(Hyperfine, report), Err(ReadError::ToolFailed { message }));
    }
}

#[test]
fn more_commands_have_fewer_measures_each() {
    let report = |count: usize| {
        let all: Vec<String> = (0..count)
            .map(|at| format!(r#"{{"command": "c{at}", "mean": 1, "median": 1, "times": [1]}}"#))
            .collect();
        read(Hyperfine, format!(r#"{{"results": [{}]}}"#, all.join(",")))
    };
    let found = report(100).unwrap().measures;
    assert_eq!(found.len(), 200);
    assert!(found.contains_key("c99.p99") && !found.contains_key("c99.median"));
    assert!(matches!(report(201), Err(ReadError::TooLarge { .. })));
}

#[test]
fn what_cannot_be_a_time_is_refused() {
    for result in [
        r#"{"command": "a"}"#,
        r#"{"mean": 1}"#,
        r#"{"command": "a", "mean": -1}"#,
        r#"{"command": "a", "mean": "1"}"#,
        r#"{"command": "a", "mean": 1, "times": [1, null]}"#,
        r#"{"command": "a", "mean": 1, "median": "x"}"#,
        "7",
    ] {
        let found = read(Hyperfine, format!(r#"{{"results": [{result}]}}"#));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{result}: {found:?}");
    }
    assert_eq!(read(Hyperfine, r#"{"results": []}"#), Err(ReadError::NotRun { what: "measures" }));
    assert!(matches!(read(Hyperfine, "{}"), Err(ReadError::OtherFormat { .. })));
    assert!(matches!(read(Hyperfine, r#"{"error": "x"}"#), Err(ReadError::ToolFailed { .. })));
    let twice = r#"{"results": [{"command": "a", "mean": 1, "mean": 2}]}"#;
    assert!(matches!(read(Hyperfine, twice), Err(ReadError::DuplicateKey { .. })));
}
