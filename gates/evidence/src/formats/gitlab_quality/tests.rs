//! Claims about `gitlab_quality`.

use expect_test::expect;

use crate::Format::GitlabQuality;
use crate::ReadError;
use crate::tests::{check, read};

fn issue(severity: &str, location: &str) -> String {
    format!(
        r#"{{"type": "issue", "check_name": "r", "description": "said {severity}", "fingerprint": "f", "severity": "{severity}",
            "location": {{"path": "src/a.py", {location}}}}}"#
    )
}

#[test]
fn each_severity_is_on_the_common_scale() {
    let lines = r#""lines": {"begin": 4, "end": 6}"#;
    let all = ["blocker", "critical", "major", "minor", "info"].map(|word| issue(word, lines));
    check(
        GitlabQuality,
        format!("[{}]", all.join(",")),
        expect![[r#"
            Error r src/a.py:4:- said blocker
            Error r src/a.py:4:- said critical
            Error r src/a.py:4:- said major
            Warning r src/a.py:4:- said minor
            Note r src/a.py:4:- said info
        "#]],
    );
}

#[test]
fn places_are_lines_or_positions() {
    let positions = r#""positions": {"begin": {"line": 2, "column": 9}, "end": {"line": 3, "column": 1}}"#;
    let unrated = issue("info", r#""lines": {"begin": 1}"#).replace(r#""severity": "info","#, "");
    check(
        GitlabQuality,
        format!("[{}, {unrated}]", issue("major", positions)),
        expect![[r#"
            Error r src/a.py:2:9 said major
            Warning r src/a.py:1:- said info
        "#]],
    );
}

#[test]
fn an_empty_list_is_clean_and_a_measurement_is_no_issue() {
    for clean in ["[]", r#"[{"type": "measurement", "name": "x", "value": 1}]"#] {
        assert_eq!(read(GitlabQuality, clean).unwrap().findings, Some(Vec::new()), "{clean}");
    }
}

#[test]
fn what_is_not_understood_is_malformed() {
    for element in [
        "{}",
        "1",
        r#"{"description": "d"}"#,
        r#"{"description": "d", "location": {}}"#,
        r#"{"type": "secret", "description": "d", "location": {"path": "a"}}"#,
        r#"{"description": "d", "location": {"path": "a"}, "severity": "cosmic"}"#,
        r#"{"description": "d", "location": {"path": "a"}, "severity": 3}"#,
    ] {
        let found = read(GitlabQuality, format!("[{element}]"));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{element}: {found:?}");
    }
}
