//! Claims about `measures`.

use expect_test::expect;

use crate::Format::Measures;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn values_are_held_exactly() {
    check(
        Measures,
        r#"{"p99": {"value": 812, "unit": "ms"}, "rate": {"unit": "1", "value": "0.1"},
            "size": {"value": 1.25e3, "unit": "bytes"}, "delta": {"value": -0.000000000000000001, "unit": "%"}}"#,
        expect![[r#"
            delta = -0.000000000000000001 %
            p99 = 812 ms
            rate = 0.1 1
            size = 1250 bytes
        "#]],
    );
}

#[test]
fn what_cannot_be_held_or_has_no_unit_is_refused() {
    for measure in [
        "812",
        "null",
        "{}",
        r#"{"value": 812}"#,
        r#"{"unit": "ms"}"#,
        r#"{"value": 812, "unit": ""}"#,
        r#"{"value": 812, "unit": 1}"#,
        r#"{"value": "812 ms", "unit": "ms"}"#,
        r#"{"value": "NaN", "unit": "ms"}"#,
        r#"{"value": 1e999, "unit": "ms"}"#,
        r#"{"value": null, "unit": "ms"}"#,
        r#"{"value": 1, "unit": "ms", "limit": 2}"#,
    ] {
        let found = read(Measures, format!(r#"{{"p99": {measure}}}"#));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{measure}: {found:?}");
    }
    let named = |name: &str| read(Measures, format!(r#"{{"{name}": {{"value": 1, "unit": "1"}}}}"#));
    assert!(named("coverage.line").is_ok());
    for name in ["coverage", "", "a b", "p99;", "ü", &"x".repeat(201)] {
        assert!(matches!(named(name), Err(ReadError::Malformed { .. })), "{name}");
    }
}

#[test]
fn no_measure_is_nothing_measured_and_too_many_are_refused() {
    assert_eq!(read(Measures, "{}"), Err(ReadError::NotRun { what: "measures" }));
    assert!(matches!(read(Measures, "[]"), Err(ReadError::OtherFormat { .. })));
    let many = |count: u32| {
        let all: Vec<String> =
            (0..count).map(|at| format!(r#""m{at}": {{"value": 1, "unit": "1"}}"#)).collect();
        read(Measures, format!("{{{}}}", all.join(",")))
    };
    assert_eq!(many(200).unwrap().measures.len(), 200);
    assert!(matches!(many(201), Err(ReadError::TooLarge { .. })));
    let twice = r#"{"a": {"value": 1, "unit": "1"}, "a": {"value": 2, "unit": "1"}}"#;
    assert!(matches!(read(Measures, twice), Err(ReadError::DuplicateKey { .. })));
}
