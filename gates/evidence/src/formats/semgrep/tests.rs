//! Claims about `semgrep`.

use expect_test::expect;

use crate::Format::Semgrep;
use crate::ReadError;
use crate::tests::{check, read};

fn report(results: &str, errors: &str, scanned: &str) -> String {
    format!(
        r#"{{"version": "1.99.0", "results": [{results}], "errors": [{errors}], "paths": {{"scanned": [{scanned}]}}}}"#
    )
}

fn result(severity: &str, more: &str) -> String {
    format!(
        r#"{{"check_id": "a.b", "path": "src/a.js", "start": {{"line": 3, "col": 5, "offset": 40}},
            "end": {{"line": 4, "col": 1, "offset": 60}},
            "extra": {{"message": "said {severity}", "severity": "{severity}", "metadata": {{}}, "lines": "x"{more}}}}}"#
    )
}

#[test]
fn each_severity_of_old_and_new_versions_is_on_the_common_scale() {
    let words = ["ERROR", "WARNING", "INFO", "CRITICAL", "HIGH", "MEDIUM", "LOW", "INVENTORY"];
    check(
        Semgrep,
        report(&words.map(|word| result(word, "")).join(","), "", r#""src/a.js""#),
        expect![[r#"
            Error a.b src/a.js:3:5 said ERROR
            Warning a.b src/a.js:3:5 said WARNING
            Note a.b src/a.js:3:5 said INFO
            Error a.b src/a.js:3:5 said CRITICAL
            Error a.b src/a.js:3:5 said HIGH
            Warning a.b src/a.js:3:5 said MEDIUM
            Note a.b src/a.js:3:5 said LOW
            None a.b src/a.js:3:5 said INVENTORY
        "#]],
    );
    let strange = report(&result("COSMIC", ""), "", "");
    assert!(matches!(read(Semgrep, strange), Err(ReadError::Malformed { .. })));
}

#[test]
fn what_nosemgrep_takes_out_is_suppressed() {
    check(
        Semgrep,
        report(&result("ERROR", r#", "is_ignored": true"#), "", ""),
        expect![[r#"
            Error a.b src/a.js:3:5 said ERROR (suppressed)
        "#]],
    );
}

#[test]
fn errors_are_counted_and_alone_they_are_a_failure() {
    let error = r#"{"code": 3, "level": "error", "type": "Rule parse error", "message": "no such rule"}"#;
    let warning =
        r#"{"code": 3, "level": "warn", "type": "Syntax error", "message": "a part was passed over"}"#;
    check(
        Semgrep,
        report(&result("INFO", ""), &format!("{error}, {warning}"), ""),
        expect![[r#"
            Note a.b src/a.js:3:5 said INFO
            notices.error = 1 1
            notices.warning = 1 1
        "#]],
    );
    let message = "no such rule".to_owned();
    assert_eq!(read(Semgrep, report("", error, r#""a.js""#)), Err(ReadError::ToolFailed { message }));
    // Older versions gave errors no level.
    assert!(matches!(read(Semgrep, report("", r#"{"type": "x"}"#, "")), Err(ReadError::ToolFailed { .. })));
    check(
        Semgrep,
        report("", warning, r#""a.js""#),
        expect![[r#"
            looked and found nothing
            notices.warning = 1 1
        "#]],
    );
}

#[test]
fn a_scan_of_no_file_has_not_run() {
    assert_eq!(read(Semgrep, report("", "", "")), Err(ReadError::NotRun { what: "file that was scanned" }));
    // Old versions did not list files.
    let old = r#"{"results": [], "errors": []}"#;
    assert_eq!(read(Semgrep, old).unwrap().findings, Some(Vec::new()));
    assert!(matches!(read(Semgrep, r#"{"results": []}"#), Err(ReadError::OtherFormat { .. })));
}

#[test]
fn a_match_of_the_supply_chain_is_a_vulnerability() {
    let sca = r#", "sca_info": {"reachable": true, "dependency_match": {"found_dependency":
        {"package": "grpcio", "version": "1.47.0", "ecosystem": "pypi"}}}"#;
    let metadata = r#""metadata": {"sca-severity": "HIGH", "sca-vuln-database-identifier": "CVE-2023-1428",
        "sca-fix-versions": [{"grpc": "1.0"}, {"grpcio": "1.53.0"}]}"#;
    let result = result("ERROR", sca).replace(r#""metadata": {}"#, metadata);
    let found = read(Semgrep, report(&result, "", "")).unwrap().findings.unwrap();
    let hole = found[0].vulnerability.as_ref().unwrap();
    assert_eq!(
        format!("{:?} {} {} {} {:?}", hole.danger, hole.id, hole.package, hole.version, hole.fixed),
        r#"High CVE-2023-1428 pkg:pypi/grpcio 1.47.0 ["1.53.0"]"#
    );
}
