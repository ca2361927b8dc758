//! Claims about `pip_audit`.

use expect_test::expect;

use crate::Format::PipAudit;
use crate::ReadError;
use crate::tests::{check, read};

const HOLE: &str = r#"{"name": "Flask_Login", "version": "0.5", "vulns": [{"id": "PYSEC-2019-179", "fix_versions": ["1.0"],
    "aliases": ["CVE-2019-1010083", "GHSA-5wv5-4vpf-pj6m"], "description": "Denial of service.\nLong."}]}"#;

#[test]
fn nothing_is_rated_so_everything_is_unknown() {
    let new = format!(
        r#"{{"dependencies": [{HOLE}, {{"name": "six", "version": "1.16", "vulns": []}}], "fixes": []}}"#
    );
    check(
        PipAudit,
        &new,
        expect![[r#"
        Error PYSEC-2019-179 -:-:- pkg:pypi/flask-login@0.5: Denial of service. (fixed in 1.0)
    "#]],
    );
    assert_eq!(read(PipAudit, new).unwrap().summary().vulnerabilities.unwrap().unknown, 1);
    check(
        PipAudit,
        format!("[{HOLE}]"),
        expect![[r#"
        Error PYSEC-2019-179 -:-:- pkg:pypi/flask-login@0.5: Denial of service. (fixed in 1.0)
    "#]],
    );
}

#[test]
fn what_was_skipped_is_told_and_counted() {
    let report = r#"{"dependencies": [{"name": "six", "version": "1.16", "vulns": []},
        {"name": "azure", "skip_reason": "Dependency not found on PyPI and could not be audited: azure (0.17.0)"},
        {"name": "shop", "skip_reason": "distribution marked as editable"}], "fixes": []}"#;
    check(
        PipAudit,
        report,
        expect![[r#"
        Note skipped -:-:- pkg:pypi/azure was not checked: Dependency not found on PyPI and could not be audited: azure (0.17.0)
        Note skipped -:-:- pkg:pypi/shop was not checked: distribution marked as editable
    "#]],
    );
    let found = read(PipAudit, report).unwrap();
    assert_eq!((found.unchecked, found.vulnerabilities_sought), (1, true));
}

#[test]
fn no_dependency_is_no_look() {
    for report in ["[]", r#"{"dependencies": [], "fixes": []}"#] {
        assert!(matches!(read(PipAudit, report), Err(ReadError::NotRun { .. })), "{report}");
    }
}

#[test]
fn what_is_no_report_is_refused() {
    for report in [
        r#"[{"version": "1"}]"#,
        r#"[{"name": "a", "version": "1"}]"#,
        r#"[{"name": "a", "version": "1", "vulns": [{}]}]"#,
        r#"{"dependencies": {}}"#,
        r#"{"fixes": []}"#,
        "[1]",
    ] {
        assert!(read(PipAudit, report).is_err(), "{report}");
    }
    let message = "no network".to_owned();
    assert_eq!(read(PipAudit, r#"{"error": "no network"}"#), Err(ReadError::ToolFailed { message }));
}
