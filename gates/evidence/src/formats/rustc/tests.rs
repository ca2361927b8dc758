//! Claims about `rustc`.

use expect_test::expect;

use crate::Format::Rustc;
use crate::ReadError;
use crate::tests::{check, read};

fn line(level: &str, message: &str, code: &str) -> String {
    let (code, spans) = match code {
        "" => ("null".to_owned(), String::new()),
        code => (
            format!(r#"{{"code": "{code}", "explanation": null}}"#),
            r#"{"file_name": "src/a.rs", "line_start": 3, "line_end": 3, "column_start": 5, "is_primary": true,
                "text": [{"text": "let x = 1;"}]}"#
                .replace('\n', ""),
        ),
    };
    format!(
        "{{\"$message_type\":\"diagnostic\",\"message\":\"{message}\",\"code\":{code},\"level\":\"{level}\",\"spans\":[{spans}],\
         \"children\":[],\"rendered\":\"\"}}\n"
    )
}

#[test]
fn errors_and_warnings_with_their_closing_line() {
    check(
        Rustc,
        [
            "{\"$message_type\":\"artifact\",\"artifact\":\"a.o\",\"emit\":\"link\"}\n".to_owned(),
            line("warning", "unused variable: `x`", "unused_variables"),
            line("error", "cannot find value `y` in this scope", "E0425"),
            line("error", "aborting due to 1 previous error; 1 warning emitted", ""),
            line("failure-note", "For more information about this error, try `rustc --explain E0425`.", ""),
        ]
        .concat(),
        expect![[r#"
            Warning unused_variables src/a.rs:3:5 unused variable: `x`
            Error E0425 src/a.rs:3:5 cannot find value `y` in this scope
        "#]],
    );
}

#[test]
fn totals_are_compared() {
    check(
        Rustc,
        line("warning", "w", "dead_code") + &line("warning", "2 warnings emitted", ""),
        expect![[r#"
            Warning dead_code src/a.rs:3:5 w
            declared 2 findings.warning, counted 1
        "#]],
    );
}

#[test]
fn a_compiler_that_did_not_close_was_cut_off() {
    for report in [line("error", "e", "E0425"), line("warning", "w", "dead_code")] {
        assert!(matches!(read(Rustc, &report), Err(ReadError::CutOff { .. })), "{report}");
    }
}

#[test]
fn silence_is_clean_and_giving_up_in_silence_is_not() {
    assert_eq!(read(Rustc, "").unwrap().findings, Some(Vec::new()));
    let gave_up = line("error", "aborting due to 1 previous error", "");
    assert!(matches!(read(Rustc, gave_up), Err(ReadError::ToolFailed { .. })));
    let ice = line("error: internal compiler error", "index out of bounds", "");
    assert!(matches!(read(Rustc, ice), Err(ReadError::ToolFailed { .. })));
}

#[test]
fn other_lines_are_other_formats() {
    assert!(matches!(read(Rustc, "error: couldn't read a.rs\n"), Err(ReadError::OtherFormat { .. })));
    assert!(matches!(read(Rustc, "{\"Action\":\"run\"}\n"), Err(ReadError::Malformed { .. })));
    assert!(matches!(read(Rustc, line("disaster", "x", "")), Err(ReadError::Malformed { .. })));
}

#[test]
fn recorded_output_is_read() {
    check(
        Rustc,
        include_bytes!("../../../../../tests/evidence/rustc/errors.jsonl"),
        expect![[r#"
            Error E0425 src/errors.rs:4:20 cannot find value `total` in this scope
            Error E0308 src/errors.rs:5:22 mismatched types
        "#]],
    );
    check(
        Rustc,
        include_bytes!("../../../../../tests/evidence/rustc/warnings.jsonl"),
        expect![[r#"
            Warning unused_variables src/warnings.rs:3:9 unused variable: `rate`
            Warning dead_code src/warnings.rs:6:4 function `forgotten` is never used
        "#]],
    );
}
