//! Claims about `eslint`.

use expect_test::expect;

use crate::Format::Eslint;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn totals_are_compared_with_what_was_counted() {
    check(
        Eslint,
        r#"[{"filePath": "/repo/a.js", "messages": [{"ruleId": "r", "severity": 2, "message": "m", "line": 1, "column": 2}],
             "suppressedMessages": [{"ruleId": "r", "severity": 2, "message": "s"}], "errorCount": 3, "warningCount": 0},
            {"filePath": "b.js", "messages": []}]"#,
        expect![[r#"
            Error r a.js:1:2 m
            Error r a.js:-:- s (suppressed)
            declared 3 findings.error, counted 1
        "#]],
    );
}

#[test]
fn a_file_that_was_not_linted_is_an_error_whatever_its_severity() {
    check(
        Eslint,
        r#"[{"filePath": "a.js", "messages": [
            {"ruleId": null, "fatal": true, "severity": 1, "message": "Parsing error"},
            {"ruleId": null, "severity": 1, "message": "File ignored"}]}]"#,
        expect![[r#"
            Error fatal a.js:-:- Parsing error
            Warning eslint a.js:-:- File ignored
        "#]],
    );
}

#[test]
fn no_file_at_all_means_that_nothing_was_linted() {
    assert_eq!(read(Eslint, "[]"), Err(ReadError::NotRun { what: "files" }));
}

#[test]
fn what_is_not_understood_is_malformed() {
    for file in [
        r#"{"messages": []}"#.to_owned(),
        r#"{"filePath": "a.js"}"#.to_owned(),
        r#"{"filePath": "a.js", "messages": [{"severity": 0, "message": "m"}]}"#.to_owned(),
        r#"{"filePath": "a.js", "messages": [{"severity": 3, "message": "m"}]}"#.to_owned(),
        r#"{"filePath": "a.js", "messages": [{"severity": 2}]}"#.to_owned(),
        r#"{"filePath": "a.js", "messages": [], "errorCount": -1}"#.to_owned(),
        r#"{"filePath": "a.js", "messages": [], "warningCount": 1e99}"#.to_owned(),
    ] {
        let found = read(Eslint, format!("[{file}]"));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{file}: {found:?}");
    }
    let twice = r#"[{"filePath": "a.js", "messages": [{"severity": 2, "message": "m"}], "messages": []}]"#;
    assert!(matches!(read(Eslint, twice), Err(ReadError::DuplicateKey { .. })));
}

#[test]
fn the_list_may_lie_in_an_object_with_metadata() {
    check(
        Eslint,
        r#"{"results": [{"filePath": "a.js", "messages": [{"ruleId": "r", "severity": 1, "message": "m", "line": 1}]}],
            "metadata": {"rulesMeta": {"r": {"docs": {}}}}}"#,
        expect![[r#"
            Warning r a.js:1:- m
        "#]],
    );
    assert_eq!(read(Eslint, r#"{"results": []}"#), Err(ReadError::NotRun { what: "files" }));
    assert!(matches!(read(Eslint, r#"{"metadata": {}}"#), Err(ReadError::OtherFormat { .. })));
}

#[test]
fn totals_without_a_message_are_nothing_to_count() {
    for total in ["errorCount", "warningCount"] {
        let found = read(Eslint, format!(r#"[{{"filePath": "a.js", "messages": [], "{total}": 2}}]"#));
        assert_eq!(found, Err(ReadError::NotRun { what: "messages, only totals" }));
    }
}
