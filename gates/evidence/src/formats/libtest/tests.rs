//! Claims about `libtest`.

use expect_test::expect;

use crate::Format::Libtest;
use crate::ReadError;
use crate::tests::{check, read};

/// A closing line with these counts.
fn result(word: &str, passed: u32, failed: u32, ignored: u32, measured: u32) -> String {
    format!(
        "test result: {word}. {passed} passed; {failed} failed; {ignored} ignored; {measured} measured; 0 filtered out; finished in 0.00s\n"
    )
}

#[test]
fn every_outcome_has_its_word() {
    check(
        Libtest,
        format!(
            "running 6 tests\ntest a ... ok\ntest b ... ignored\ntest c ... ignored, no bank ... today\n\
             test d ... bench:       1,234 ns/iter (+/- 56)\ntest e ... ok <1.500s>\n\
             test f has been running for over 60 seconds\ntest f - should panic ... ok\n\n{}",
            result("ok", 3, 0, 2, 1)
        ),
        expect![[r#"
            Passed binary 1 / a
            Skipped binary 1 / b
            Skipped binary 1 / c no bank ... today
            Passed binary 1 / d
            Passed binary 1 / e timed
            Passed binary 1 / f
        "#]],
    );
}

#[test]
fn totals_that_do_not_agree_make_the_report_unreadable() {
    let tests = "running 2 tests\ntest a ... ok\ntest b ... FAILED\n\n";
    assert!(read(Libtest, format!("{tests}{}", result("FAILED", 1, 1, 0, 0))).is_ok());
    for wrong in [
        result("ok", 1, 1, 0, 0),
        result("FAILED", 2, 0, 0, 0),
        result("FAILED", 1, 1, 1, 0),
        result("FAILED", 10, 1, 0, 0),
        "test result: FAILED. 1 passed; 1 failed\n".to_owned(),
        "test result: perhaps\n".to_owned(),
    ] {
        let found = read(Libtest, format!("{tests}{wrong}"));
        assert!(matches!(found, Err(ReadError::Malformed { line: 5, .. })), "{wrong}: {found:?}");
    }
    let announced = tests.replace("running 2", "running 3");
    assert!(read(Libtest, format!("{announced}{}", result("FAILED", 1, 1, 0, 0))).is_err());
}

#[test]
fn a_result_without_its_last_word_was_cut_off() {
    let begin =
        "running 1 test\ntest a ... ok\n\ntest result: ok. 1 passed; 0 failed; 0 ignored; 0 measured; ";
    for end in ["0 filtered out; fin", "0 filtered out; finished in 0.", "0 filte"] {
        let found = read(Libtest, format!("{begin}{end}"));
        assert!(
            matches!(found, Err(ReadError::CutOff { .. } | ReadError::Malformed { .. })),
            "{end}: {found:?}"
        );
    }
    for end in ["0 filtered out", "0 filtered out; finished in 0.01s"] {
        check(Libtest, format!("{begin}{end}"), expect![["Passed binary 1 / a\n"]]);
    }
}

#[test]
fn a_binary_that_died_is_seen_wherever_it_stood() {
    let whole = format!("running 1 test\ntest a ... ok\n\n{}", result("ok", 1, 0, 0, 0));
    let dead = "running 2 tests\ntest a ... ok\n";
    assert!(matches!(read(Libtest, format!("{whole}{dead}")), Err(ReadError::CutOff { .. })));
    assert!(matches!(read(Libtest, format!("{dead}{whole}")), Err(ReadError::Malformed { line: 3, .. })));
    assert!(matches!(read(Libtest, result("ok", 1, 0, 0, 0)), Err(ReadError::Malformed { line: 1, .. })));
}

#[test]
fn a_line_that_a_test_broke_is_made_good_by_the_totals() {
    let broken = "running 4 tests\nrawtest n1 ... ok\ntest n2 ... noise\nok\ntest n3 ... ignored\n\
                  test n4 ... more noiseFAILED\n\nfailures:\n\n---- n4 stdout ----\n\nthread 'n4' panicked at src/a.rs:1:2:\n\
                  no\n\n\nfailures:\n    n4\n\n";
    check(
        Libtest,
        format!("{broken}{}", result("FAILED", 2, 1, 1, 0)),
        expect![[r#"
            Skipped binary 1 / n3
            Failed binary 1 / n4 at src/a.rs:Some(1) no
            Passed binary 1 / n2
            Passed binary 1 / (its line is broken by what tests print) 1
        "#]],
    );
    // What is lost must be lost from somewhere.
    assert!(read(Libtest, format!("{broken}{}", result("FAILED", 3, 1, 1, 0))).is_err());
    assert!(read(Libtest, format!("{broken}{}", result("FAILED", 3, 1, 0, 0))).is_err());
    assert!(read(Libtest, format!("{broken}{}", result("ok", 2, 1, 1, 0))).is_err());
    let quiet = format!("running 2 tests\n..\n{}", result("ok", 2, 0, 0, 0));
    assert_eq!(read(Libtest, quiet).unwrap().tests.unwrap().len(), 2);
    let bytes =
        [b"running 1 test\n\xff\xfe\ntest a ... ok\n\n", result("ok", 1, 0, 0, 0).as_bytes()].concat();
    assert_eq!(read(Libtest, bytes).unwrap().tests.unwrap().len(), 1);
}

#[test]
fn a_binary_of_which_cargo_says_that_it_died_is_an_errored_test() {
    let died = "error: test failed, to rerun pass `--test abort`\n\nCaused by:\n  \
                process didn't exit successfully: `/w/abort-1` (signal: 6, SIGABRT: process abort signal)\n";
    let report = format!(
        "     Running tests/abort.rs (target/debug/deps/abort-1)\n\nrunning 2 tests\ntest good ... ok\n\
         thread 'bad' has overflowed its stack\n{died}     Running tests/exit.rs (target/debug/deps/exit-1)\n\n\
         running 1 test\ntest leaves ... error: test failed, to rerun pass `--test exit`\n   Doc-tests shop\n\n\
         running 0 tests\n\n{}\nerror: 2 targets failed:\n    `--test abort`\n    `--test exit`\n",
        result("ok", 0, 0, 0, 0)
    );
    check(
        Libtest,
        &report,
        expect![[r#"
        Passed tests/abort.rs / good
        Errored tests/abort.rs / tests/abort.rs the test binary died: signal: 6, SIGABRT: process abort signal
        Errored tests/exit.rs / tests/exit.rs the test binary died: it ended before its tests did
    "#]],
    );
    // A test that talks like cargo does not bury its binary.
    let talk = format!("running 1 test\n{died}test a ... ok\n\n{}", result("ok", 1, 0, 0, 0));
    assert!(read(Libtest, talk).is_err());
}

#[test]
fn an_executable_with_a_harness_of_its_own_is_one_test() {
    check(
        Libtest,
        "     Running tests/good.rs (target/debug/deps/good-1)\nfine\n     \
         Running tests/bad.rs (target/debug/deps/bad-1)\nnot fine\nerror: test failed, to rerun pass `--test bad`\n     \
         Running tests/last.rs (target/debug/deps/last-1)\nfine\n",
        expect![[r#"
            Passed tests/good.rs / tests/good.rs a harness of its own: the whole executable is one test
            Failed tests/bad.rs / tests/bad.rs error: test failed, to rerun pass `--test bad`
            Passed tests/last.rs / tests/last.rs a harness of its own: the whole executable is one test
        "#]],
    );
    let silent = "     Running tests/good.rs (target/debug/deps/good-1)\n";
    assert!(matches!(read(Libtest, silent), Err(ReadError::CutOff { .. })));
}

#[test]
fn tests_that_pass_in_a_binary_that_ends_badly_do_not_hide_it() {
    let report = format!(
        "     Running tests/a.rs (target/debug/deps/a-1)\n\nrunning 1 test\ntest a ... ok\n\n{}\n\
         error: test failed, to rerun pass `--test a`\n",
        result("ok", 1, 0, 0, 0)
    );
    check(
        Libtest,
        &report,
        expect![[r#"
        Passed tests/a.rs / a
        Errored tests/a.rs / tests/a.rs its tests passed, and it ended with an error
    "#]],
    );
}

#[test]
fn what_does_not_compile_is_an_errored_test() {
    check(
        Libtest,
        "   Compiling shop v0.1.0 (/repo)\nwarning: unused variable: `y`\n --> src/lib.rs:9:9\n\n\
         error[E0308]: mismatched types\n --> tests/a.rs:1:31\n  |\n\n\
         error: could not compile `shop` (test \"a\") due to 1 previous error\n\
         warning: build failed, waiting for other jobs to finish...\n",
        expect![[r#"
            Errored compile / shop (test "a") at tests/a.rs:Some(1) error[E0308]: mismatched types
        "#]],
    );
    // That there is nothing to compile is no news of the project's tests.
    let nothing = "error: no matching package named `nosuch` found\n";
    assert!(matches!(read(Libtest, nothing), Err(ReadError::OtherFormat { .. })));
}

#[test]
fn no_tests_at_all_is_an_empty_list_and_no_binary_at_all_is_no_report() {
    let none = format!("\nrunning 0 tests\n\n{}", result("ok", 0, 0, 0, 0));
    assert_eq!(read(Libtest, none.repeat(2)).unwrap().tests, Some(Vec::new()));
    assert!(matches!(read(Libtest, "error: no such command\n"), Err(ReadError::OtherFormat { .. })));
}

#[test]
fn a_failed_test_cannot_forge_its_own_success() {
    let forged = result("ok", 1, 0, 0, 0);
    let report = format!(
        "running 1 test\ntest a ... FAILED\n\nfailures:\n\n---- a stdout ----\nrunning 1 test\ntest b ... ok\n\n{forged}\n\
         thread 'a' panicked at src/a.rs:1:2:\nno\n\n\nfailures:\n    a\n\n{}",
        result("FAILED", 0, 1, 0, 0)
    );
    check(
        Libtest,
        &report,
        expect![[r#"
            Failed binary 1 / a at src/a.rs:Some(1) no
        "#]],
    );
    // Cut behind the forged line, the report has no end.
    let cut = report.find(&forged).unwrap() + forged.len();
    assert!(matches!(read(Libtest, &report[..cut]), Err(ReadError::CutOff { .. })));
}
