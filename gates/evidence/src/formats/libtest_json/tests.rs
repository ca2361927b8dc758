//! Claims about `libtest_json`.

use expect_test::expect;

use crate::Format::LibtestJson;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn a_suite_is_counted_test_by_test() {
    check(
        LibtestJson,
        r#"{ "type": "suite", "event": "started", "test_count": 4 }
{ "type": "test", "event": "started", "name": "tests::adds" }
{ "type": "test", "name": "tests::adds", "event": "ok", "exec_time": 0.0015 }
{ "type": "test", "event": "started", "name": "tests::slow" }
{ "type": "test", "event": "timeout", "name": "tests::slow" }
{ "type": "test", "name": "tests::slow", "event": "failed", "stdout": "\nthread 'tests::slow' panicked at src/lib.rs:12:9:\ntoo slow\n" }
{ "type": "test", "name": "tests::later", "event": "ignored", "message": "not yet" }
{ "type": "bench", "name": "tests::sums", "median": 12, "deviation": 1 }
{ "type": "suite", "event": "failed", "passed": 1, "failed": 1, "ignored": 1, "measured": 1, "filtered_out": 0, "exec_time": 0.1 }
"#,
        expect![[r#"
            Passed suite 1 / tests::adds timed
            Failed suite 1 / tests::slow at src/lib.rs:Some(12) too slow
            Skipped suite 1 / tests::later not yet
            Passed suite 1 / tests::sums
        "#]],
    );
}

#[test]
fn suites_of_nextest_may_be_open_at_once_and_name_their_retries() {
    let report = r#"{"type":"suite","event":"started","test_count":1,"nextest":{"crate":"shop","test_binary":"shop","kind":"lib"}}
{"type":"test","event":"started","name":"shop::shop$adds"}
{"type":"suite","event":"started","test_count":2,"nextest":{"crate":"shop","test_binary":"cli","kind":"test"}}
{"type":"test","event":"started","name":"shop::cli$flaky"}
{"type":"test","event":"ok","name":"shop::shop$adds","exec_time":0.003}
{"type":"suite","event":"ok","passed":1,"failed":0,"ignored":0,"measured":0,"filtered_out":0,"exec_time":0.003,"nextest":{"crate":"shop","test_binary":"shop","kind":"lib"}}
{"type":"test","event":"started","name":"shop::cli$slow"}
{"type":"test","event":"ok","name":"shop::cli$flaky#3","exec_time":0.004}
{"type":"test","event":"failed","name":"shop::cli$slow","exec_time":1.0,"reason":"time limit exceeded"}
{"type":"suite","event":"failed","passed":1,"failed":1,"ignored":0,"measured":0,"filtered_out":0,"exec_time":0.003,"nextest":{"crate":"shop","test_binary":"cli","kind":"test"}}
"#;
    check(
        LibtestJson,
        report,
        expect![[r#"
            Passed shop::shop / adds timed
            Passed shop::cli / flaky timed
            Failed shop::cli / slow timed time limit exceeded
        "#]],
    );
    assert_eq!(read(LibtestJson, report).unwrap().tests.unwrap()[1].flaky_runs, 2);
}

#[test]
fn the_plain_form_of_nextest_names_the_suite_by_its_tests() {
    check(
        LibtestJson,
        r#"{"type":"suite","event":"started","test_count":1}
{"type":"test","event":"started","name":"shop::cli$a"}
{"type":"test","event":"ok","name":"shop::cli$a#2","exec_time":0.003}
{"type":"suite","event":"ok","passed":1,"failed":0,"ignored":0,"measured":0,"filtered_out":0,"exec_time":0.003}
"#,
        expect![[r#"
            Passed shop::cli / a timed
        "#]],
    );
}

const BEGUN: &str = r#"{"type":"suite","event":"started","test_count":1}
{"type":"test","event":"started","name":"a"}
"#;

const ENDED: &str = r#"{"type":"test","event":"ok","name":"a"}
{"type":"suite","event":"ok","passed":1,"failed":0,"ignored":0,"measured":0,"filtered_out":0}
"#;

#[test]
fn a_suite_that_does_not_end_was_cut() {
    for report in [BEGUN.to_owned(), format!("{BEGUN}{ENDED}{BEGUN}")] {
        assert!(matches!(read(LibtestJson, &report), Err(ReadError::CutOff { .. })), "{report}");
    }
}

#[test]
fn a_suite_that_died_is_an_error() {
    check(
        LibtestJson,
        format!("{BEGUN}{BEGUN}{ENDED}"),
        expect![[r#"
            Errored suite 1 / (the suite itself) it ended before its tests did while it ran a
            Passed suite 2 / a
        "#]],
    );
    check(
        LibtestJson,
        format!(
            "     Running tests/cli.rs (target/debug/deps/cli-1)\n{BEGUN}error: test failed, to rerun pass `--test cli`\n"
        ),
        expect![[r#"
            Errored tests/cli.rs / (the suite itself) it ended before its tests did while it ran a
        "#]],
    );
}

#[test]
fn what_cargo_says_of_failures_counts() {
    check(
        LibtestJson,
        format!(
            "{{\"reason\":\"build-finished\",\"success\":false}}\nerror: could not compile `shop` (lib test) due to 1 previous error\n{BEGUN}{ENDED}error: test failed, to rerun pass `--lib`\n"
        ),
        expect![[r#"
            Errored compile / shop (lib test) it does not compile
            Passed suite 1 / a
            Errored suite 1 / (the suite itself) error: test failed, to rerun pass `--lib`
            Errored compile / the build it does not compile
        "#]],
    );
}

#[test]
fn a_build_that_failed_left_no_tests() {
    let found = read(LibtestJson, "{\"reason\":\"build-finished\",\"success\":false}\n");
    assert!(matches!(found, Err(ReadError::ToolFailed { .. })), "{found:?}");
}

#[test]
fn totals_are_counted_again() {
    check(
        LibtestJson,
        format!("{BEGUN}{}", ENDED.replace("\"passed\":1", "\"passed\":7")),
        expect![[r#"
            Passed suite 1 / a
            declared 7 tests.passed, counted 1
        "#]],
    );
    let failed = ENDED.replace("\"ok\",\"passed\":1", "\"failed\",\"passed\":1");
    check(
        LibtestJson,
        format!("{BEGUN}{failed}"),
        expect![[r#"
            Passed suite 1 / a
            Errored suite 1 / (the suite itself) the suite failed, and none of its tests says why
        "#]],
    );
}

#[test]
fn a_number_of_tests_without_the_tests_is_nothing() {
    let report = r#"{"type":"suite","event":"started","test_count":2}
{"type":"suite","event":"ok","passed":2,"failed":0,"ignored":0,"measured":0,"filtered_out":0}
"#;
    assert!(matches!(read(LibtestJson, report), Err(ReadError::NotRun { .. })));
    check(LibtestJson, report.replace(":2", ":0"), expect![["no tests\n"]]);
}

#[test]
fn a_list_is_not_a_run() {
    let report = "{\"type\":\"suite\",\"event\":\"discovery\"}\n{\"type\":\"test\",\"event\":\"discovered\",\"name\":\"a\"}\n\
                  {\"type\":\"suite\",\"event\":\"completed\",\"tests\":1}\n";
    assert!(matches!(read(LibtestJson, report), Err(ReadError::NotRun { .. })));
}

#[test]
fn what_a_test_logs_is_no_event() {
    let report = format!("{BEGUN}{{\"level\":\"INFO\",\"fields\":{{\"message\":\"ready\"}}}}\n{ENDED}");
    check(LibtestJson, report, expect![["Passed suite 1 / a\n"]]);
}

#[test]
fn what_nobody_began_cannot_end() {
    for report in [
        ENDED.to_owned(),
        format!("{BEGUN}{}", ENDED.lines().last().unwrap()),
        format!("{BEGUN}{{\"type\":\"test\",\"event\":\"exploded\",\"name\":\"a\"}}\n"),
        format!("{BEGUN}{{\"event\":\"failed\",\"name\":\"a\"}}\n"),
        format!("{BEGUN}{}", ENDED.replace(":1", ":-1")),
    ] {
        let found = read(LibtestJson, &report);
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{report}: {found:?}");
    }
}
