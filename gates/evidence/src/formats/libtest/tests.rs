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
fn a_binary_that_died_is_seen_wherever_it_stood() {
    let whole = format!("running 1 test\ntest a ... ok\n\n{}", result("ok", 1, 0, 0, 0));
    let dead = "running 2 tests\ntest a ... ok\n";
    assert!(matches!(read(Libtest, format!("{whole}{dead}")), Err(ReadError::CutOff { .. })));
    assert!(matches!(read(Libtest, format!("{dead}{whole}")), Err(ReadError::Malformed { line: 3, .. })));
    assert!(matches!(read(Libtest, result("ok", 1, 0, 0, 0)), Err(ReadError::Malformed { line: 1, .. })));
}

#[test]
fn what_names_no_tests_cannot_be_counted() {
    let quiet = format!("running 2 tests\n..\n{}", result("ok", 2, 0, 0, 0));
    assert!(matches!(read(Libtest, quiet), Err(ReadError::Malformed { line: 3, .. })));
    let broken = format!("running 1 test\ntest a ... hello\nok\n\n{}", result("ok", 1, 0, 0, 0));
    assert!(matches!(read(Libtest, broken), Err(ReadError::Malformed { line: 2, .. })));
}

#[test]
fn no_tests_at_all_is_an_empty_list_and_no_binary_at_all_is_no_report() {
    let none = format!("\nrunning 0 tests\n\n{}", result("ok", 0, 0, 0, 0));
    assert_eq!(read(Libtest, none.repeat(2)).unwrap().tests, Some(Vec::new()));
    assert!(matches!(read(Libtest, "error: could not compile\n"), Err(ReadError::OtherFormat { .. })));
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
            Failed binary 1 / a at src/a.rs:Some(1) thread 'a' panicked at src/a.rs:1:2:
        "#]],
    );
    // Cut behind the forged line, the report has no end.
    let cut = report.find(&forged).unwrap() + forged.len();
    assert!(matches!(read(Libtest, &report[..cut]), Err(ReadError::CutOff { .. })));
}
