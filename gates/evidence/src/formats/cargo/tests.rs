//! Claims about `cargo`.

use expect_test::expect;

use crate::Format::Cargo;
use crate::ReadError;
use crate::tests::{check, read};

/// A compiler message at a level.
fn message(level: &str, text: &str) -> String {
    format!(
        r#"{{"reason":"compiler-message","message":{{"level":"{level}","message":"{text}","code":null,"spans":[]}}}}"#
    )
}

const FAILED: &str = r#"{"reason":"build-finished","success":false}"#;
const DONE: &str = r#"{"reason":"build-finished","success":true}"#;

#[test]
fn an_error_without_a_code_is_an_error() {
    check(
        Cargo,
        format!("{}\nerror: could not compile\n{FAILED}\n", message("error", "linking with `cc` failed")),
        expect![[r#"
            Error rustc -:-:- linking with `cc` failed
        "#]],
    );
}

#[test]
fn a_build_that_never_finished_is_cut_off() {
    let found = read(Cargo, message("warning", "unused"));
    assert!(matches!(found, Err(ReadError::CutOff { .. })), "{found:?}");
}

#[test]
fn a_build_that_failed_in_silence_is_a_failed_tool() {
    assert!(matches!(read(Cargo, FAILED), Err(ReadError::ToolFailed { .. })));
    let warned = format!("{}\n{FAILED}\n", message("warning", "unused"));
    assert!(matches!(read(Cargo, warned), Err(ReadError::ToolFailed { .. })));
    assert_eq!(read(Cargo, DONE).unwrap().findings, Some(Vec::new()));
}

#[test]
fn a_closing_line_alone_is_all_there_is() {
    check(
        Cargo,
        format!("{}\n{FAILED}\n", message("error", "aborting due to 1 previous error")),
        expect![[r#"
            Error rustc -:-:- aborting due to 1 previous error
        "#]],
    );
}

#[test]
fn a_compiler_that_broke_down_has_found_nothing() {
    let ice = message("error: internal compiler error", "index out of bounds");
    assert!(matches!(read(Cargo, format!("{ice}\n{FAILED}\n")), Err(ReadError::ToolFailed { .. })));
}

#[test]
fn a_message_that_is_not_understood_is_an_error() {
    for message in [
        message("disaster", "x"),
        r#"{"reason":"compiler-message"}"#.to_owned(),
        r#"{"reason":"compiler-message","message":{"level":"error"}}"#.to_owned(),
        r#"{"reason":"compiler-message","message":{"level":"error","level":"note","message":"x"}}"#
            .to_owned(),
        r#"{"reason":"a"} {"reason":"b"}"#.to_owned(),
        r#"{"reason":"build-finished"}"#.to_owned(),
    ] {
        let found = read(Cargo, format!("{message}\n{DONE}\n"));
        let refused = matches!(found, Err(ReadError::Malformed { .. } | ReadError::DuplicateKey { .. }));
        assert!(refused, "{message}: {found:?}");
    }
    assert!(matches!(read(Cargo, r#"{"Action":"run"}"#), Err(ReadError::OtherFormat { .. })));
    assert!(matches!(read(Cargo, "error: no such command\n"), Err(ReadError::OtherFormat { .. })));
}

#[test]
fn a_macro_of_another_crate_is_found_where_it_is_used() {
    let span = r#"{"file_name":"/rustc/abc/library/core/macros.rs","is_primary":true,"line_start":9,"column_start":9,
        "line_end":9,"expansion":{"span":{"file_name":"src/a.rs","line_start":3,"column_start":5,"line_end":4}}}"#
        .replace('\n', "");
    check(
        Cargo,
        format!(
            r#"{{"reason":"compiler-message","message":{{"level":"warning","message":"m","code":{{"code":"clippy::x"}},"spans":[{span}]}}}}
{DONE}"#
        ),
        expect![[r#"
            Warning clippy::x src/a.rs:3:5 m
        "#]],
    );
}
