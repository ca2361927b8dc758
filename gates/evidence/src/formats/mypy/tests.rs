//! Claims about `mypy`.

use expect_test::expect;

use crate::Format::Mypy;
use crate::ReadError;
use crate::tests::{check, read};

const ERROR: &str = "a.py:1: error: Name \"x\" is not defined  [name-defined]\n";

#[test]
fn the_closing_line_is_compared_with_what_was_counted() {
    check(
        Mypy,
        format!("{ERROR}Found 3 errors in 2 files (checked 4 source files)\n"),
        expect![[r#"
            Error name-defined a.py:1:- Name "x" is not defined
            declared 3 findings.error, counted 1
        "#]],
    );
}

#[test]
fn without_a_closing_line_mypy_did_not_come_to_its_end() {
    assert!(matches!(read(Mypy, ERROR), Err(ReadError::CutOff { .. })));
    for closing in [
        "Success: no issues found in",
        "Success: no issues found in x source files",
        "Found errors in 1 file",
    ] {
        let found = read(Mypy, format!("{ERROR}{closing}\n"));
        assert!(matches!(found, Err(ReadError::Malformed { line: 2, .. })), "{closing}: {found:?}");
    }
}

#[test]
fn nothing_is_clean_where_no_file_was_checked_or_errors_are_only_counted() {
    assert!(read(Mypy, "Success: no issues found in 0 source files\n").is_err());
    let found = read(Mypy, "Found 3 errors in 1 file (checked 2 source files)\n");
    assert!(matches!(found, Err(ReadError::NotRun { .. })), "{found:?}");
}

#[test]
fn a_traceback_is_not_a_report() {
    let found = read(Mypy, "Traceback (most recent call last):\n  File \"x\"\n");
    assert!(matches!(found, Err(ReadError::OtherFormat { .. })), "{found:?}");
}
