//! Claims about `go_test`.

use expect_test::expect;

use crate::Format::GoTest;
use crate::ReadError;
use crate::tests::{check, read};

/// Events written as `action package test`.
fn events(lines: &[&str]) -> String {
    let event = |line: &&str| {
        let mut words = line.split(' ');
        let keys = ["Action", "Package", "Test"];
        let members: Vec<String> =
            keys.iter().zip(&mut words).map(|(key, word)| format!(r#""{key}":"{word}""#)).collect();
        format!("{{{}}}\n", members.join(","))
    };
    lines.iter().map(event).collect()
}

#[test]
fn a_package_that_failed_without_a_failed_test_is_errored() {
    check(
        GoTest,
        events(&["start m", "fail m", "start n", "run n A", "pass n A", "fail n"]),
        expect![[r#"
            Errored m / (the package itself)
            Passed n / A
            Errored n / (the package itself)
        "#]],
    );
}

#[test]
fn a_test_that_never_ended_is_errored_in_a_failed_package_and_impossible_in_another() {
    check(
        GoTest,
        events(&["run m A", "run m B", "pass m A", "fail m"]),
        expect![[r#"
            Passed m / A
            Errored m / B
        "#]],
    );
    let found = read(GoTest, events(&["run m A", "pass m"]));
    assert!(matches!(found, Err(ReadError::Malformed { line: 2, .. })), "{found:?}");
}

#[test]
fn a_package_that_never_ended_was_cut_off() {
    let found = read(GoTest, events(&["run m A", "pass m A", "pass m", "run n A", "pass n A"]));
    assert!(matches!(found, Err(ReadError::CutOff { .. })), "{found:?}");
}

#[test]
fn an_unknown_action_is_malformed_and_a_build_that_failed_is_not() {
    let found = read(GoTest, events(&["run m A", "explode m A"]));
    assert!(matches!(found, Err(ReadError::Malformed { line: 2, .. })), "{found:?}");
    let build = r#"{"ImportPath":"m","Action":"build-output","Output":"x"}
{"ImportPath":"m","Action":"build-fail"}
"#;
    check(
        GoTest,
        format!("{build}{}", events(&["start m", "fail m"])),
        expect![[r#"
            Errored m / (the package itself)
        "#]],
    );
    assert!(matches!(read(GoTest, r#"{"reason":"x"}"#), Err(ReadError::OtherFormat { .. })));
}

#[test]
fn why_a_test_failed_comes_before_that_it_failed() {
    let event = |action: &str, output: &str| {
        format!("{{\"Action\":\"{action}\",\"Package\":\"p\",\"Test\":\"T\",\"Output\":\"{output}\"}}\n")
    };
    let end = "{\"Action\":\"fail\",\"Package\":\"p\"}\n";
    let report = |outputs: &[&str]| {
        let said: String = outputs.iter().map(|output| event("output", output)).collect();
        event("run", "") + &said + &event("fail", "") + end
    };
    let message = |outputs: &[&str]| {
        let found = read(GoTest, report(outputs)).unwrap();
        found.tests.unwrap()[0].message.clone().unwrap().to_string()
    };
    assert_eq!(
        message(&["--- FAIL: T (0.00s)\\n", "panic: x\\n", "goroutine 6\\n"]),
        "panic: x\ngoroutine 6"
    );
    assert_eq!(message(&["--- FAIL: T (0.00s)\\n", "    a_test.go:6: no\\n"]), "a_test.go:6: no");
    assert_eq!(message(&["--- FAIL: T (0.00s)\\n"]), "--- FAIL: T (0.00s)");
}

#[test]
fn an_end_behind_something_printed_is_an_end() {
    let report = |end: &str, package: &str| {
        format!(
            "{{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"TestA\"}}
{{\"Action\":\"output\",\"Package\":\"p\",\"Test\":\"TestA\",\"Output\":\"no line end--- {end}: TestA (0.00s)\\n\"}}
{{\"Action\":\"{package}\",\"Package\":\"p\"}}\n"
        )
    };
    check(
        GoTest,
        report("PASS", "pass"),
        expect![[r#"
        Passed p / TestA
    "#]],
    );
    check(
        GoTest,
        report("SKIP", "pass"),
        expect![[r#"
        Skipped p / TestA no line end--- SKIP: TestA (0.00s)
    "#]],
    );
    check(
        GoTest,
        report("FAIL", "fail"),
        expect![[r#"
        Failed p / TestA no line end--- FAIL: TestA (0.00s)
    "#]],
    );
    check(
        GoTest,
        report("PASS", "fail"),
        expect![[r#"
        Passed p / TestA
        Errored p / (the package itself)
    "#]],
    );
    assert!(matches!(read(GoTest, report("NOTHING", "pass")), Err(ReadError::Malformed { .. })));
}

#[test]
fn a_benchmark_passes_with_its_package() {
    check(
        GoTest,
        "{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"BenchmarkA\"}\n{\"Action\":\"pass\",\"Package\":\"p\"}\n",
        expect![[r#"
            Passed p / BenchmarkA
        "#]],
    );
}

#[test]
fn what_did_not_build_and_failed_no_package_was_cut_off() {
    let passed = "{\"Action\":\"run\",\"Package\":\"p\",\"Test\":\"TestA\"}\n\
                  {\"Action\":\"pass\",\"Package\":\"p\",\"Test\":\"TestA\"}\n{\"Action\":\"pass\",\"Package\":\"p\"}\n";
    let unbuilt = "{\"Action\":\"build-fail\",\"ImportPath\":\"q\"}\n";
    let report = format!("{passed}{unbuilt}");
    assert!(matches!(read(GoTest, &report), Err(ReadError::CutOff { .. })));
    check(
        GoTest,
        format!("{report}{{\"Action\":\"fail\",\"Package\":\"q\",\"FailedBuild\":\"q\"}}\n"),
        expect![[r#"
            Passed p / TestA
            Errored q / (the package itself)
        "#]],
    );
}
