//! Claims about `ruff`.

use expect_test::expect;

use crate::Format::Ruff;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn a_file_that_does_not_parse_is_a_finding_in_old_and_new_versions() {
    check(
        Ruff,
        r#"[{"code": null, "message": "SyntaxError: x", "filename": "/repo/a.py", "location": {"row": 2, "column": 1}},
            {"code": "F821", "message": "undefined", "filename": "b.py", "location": {"row": 1, "column": 3},
             "end_location": {"row": 4, "column": 1}, "fix": null, "noqa_row": 1, "url": "u", "cell": null}]"#,
        expect![[r#"
            Error invalid-syntax a.py:2:1 SyntaxError: x
            Error F821 b.py:1:3 undefined
        "#]],
    );
}

#[test]
fn an_element_that_is_not_a_finding_is_malformed() {
    for element in [
        "{}",
        "1",
        r#"{"message": "m", "filename": "f"}"#,
        r#"{"code": 1, "message": "m", "filename": "f"}"#,
        r#"{"code": "F1", "filename": "f"}"#,
        r#"{"code": "F1", "message": "m"}"#,
        r#"{"code": "F1", "message": "m", "filename": "f", "severity": "cosmic"}"#,
    ] {
        let found = read(Ruff, format!("[{element}]"));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{element}: {found:?}");
    }
}
