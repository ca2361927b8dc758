//! Claims about `criterion`.

use expect_test::expect;

use crate::Format::Criterion;
use crate::tests::{check, read, show};
use crate::{Context, ReadError};

/// A line for a benchmark.
fn line(id: &str, mean: &str, change: &str) -> String {
    let estimate =
        |value: &str| format!(r#"{{"estimate": {value}, "lower_bound": 1, "upper_bound": 2, "unit": "ns"}}"#);
    let (mean, median) = (estimate(mean), estimate("17.5"));
    format!(
        r#"{{"reason":"benchmark-complete","id":"{id}","measured_values":[1.0],"unit":"ns","typical":{mean},"mean":{mean},"median":{median},"slope":null,"change":{change}}}"#
    )
}

const GROUP: &str =
    r#"{"reason":"group-complete","group_name":"g","benchmarks":["g"],"report_directory":"x"}"#;

#[test]
fn each_benchmark_has_its_name_and_a_regression_is_a_finding() {
    check(
        Criterion,
        format!(
            "{}\n{}\n{GROUP}\n",
            line("fib/20", "18.25", r#"{"mean": {}, "change": "Regressed"}"#),
            line("read a file", "1e3", "null")
        ),
        expect![[r#"
            Warning regression -:-:- `fib/20` is slower than before
            fib.20.mean = 18.25 ns
            fib.20.median = 17.5 ns
            fib.20.typical = 18.25 ns
            read-a-file.mean = 1000 ns
            read-a-file.median = 17.5 ns
            read-a-file.typical = 1000 ns
        "#]],
    );
}

#[test]
fn nobody_compared_is_not_nothing_regressed() {
    let found =
        |change: &str| read(Criterion, format!("{}\n{GROUP}", line("a", "1", change))).unwrap().findings;
    assert_eq!(found("null"), None);
    assert_eq!(found(r#"{"change": "NoChange"}"#), Some(Vec::new()));
}

/// An estimate of a file.
fn point(value: &str) -> String {
    format!(
        r#"{{"confidence_interval": {{"confidence_level": 0.95, "lower_bound": 1.0, "upper_bound": 2.0}}, "point_estimate": {value}, "standard_error": 0.1}}"#
    )
}

#[test]
fn a_file_of_estimates_is_named_by_its_path() {
    let report = format!(
        r#"{{"mean": {0}, "median": {1}, "median_abs_dev": {1}, "slope": null, "std_dev": {1}}}"#,
        point("102.5"),
        point("100.125")
    );
    let at = |path| {
        let context = Context { report: path, ..Context::at("/repo") };
        show(&crate::read(Criterion, &mut report.as_bytes(), &context))
    };
    expect![[r#"
        fib.20.mean = 102.5 ns
        fib.20.median = 100.125 ns
        fib.20.std_dev = 100.125 ns
        fib.20.typical = 102.5 ns
    "#]]
    .assert_eq(&at("target/criterion/fib/20/new/estimates.json"));
    for path in ["estimates.json", "stdout", "criterion/new/estimates.json", "new/estimates.json"] {
        assert!(at(path).starts_with("mean = 102.5 ns\n"), "{path}");
    }
}

#[test]
fn a_change_is_a_share_and_not_a_time() {
    check(
        Criterion,
        format!(r#"{{"mean": {}, "median": {}}}"#, point("0.0525"), point("-0.01")),
        expect![[r#"
            change.mean = 5.25 %
            change.median = -1 %
        "#]],
    );
}

#[test]
fn a_group_must_come_to_its_end() {
    let whole = format!("{}\n{GROUP}\n", line("a", "1", "null"));
    assert!(read(Criterion, &whole).is_ok());
    for end in 1..whole.trim_end().len() {
        let found = read(Criterion, &whole[..end]);
        assert!(matches!(found, Err(ReadError::CutOff { .. })), "{end}: {found:?}");
    }
}

#[test]
fn what_holds_no_estimates_is_refused() {
    for other in ["{}", "[]", r#"{"mean": 5}"#] {
        let found = read(Criterion, other);
        assert!(matches!(found, Err(ReadError::OtherFormat { .. })), "{other}: {found:?}");
    }
    let said = read(Criterion, r#"{"error": "no benchmark"}"#);
    assert_eq!(said, Err(ReadError::ToolFailed { message: "no benchmark".to_owned() }));
    assert_eq!(read(Criterion, GROUP), Err(ReadError::NotRun { what: "measures" }));
    for broken in [
        line("a", "null", "null"),
        line("a", "\"1\"", "null"),
        line("a", "1e999", "null"),
        format!("{}\n{{}}", line("a", "1", "null")),
        format!("{}\nok", line("a", "1", "null")),
    ] {
        let found = read(Criterion, &broken);
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{broken}: {found:?}");
    }
    let twice = format!("{0}\n{0}\n{GROUP}", line("a", "1", "null"));
    assert!(read(Criterion, twice).unwrap().measures.contains_key("a-2.mean"));
}
