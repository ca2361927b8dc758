//! Claims about `gitlab_security`.

use expect_test::expect;

use crate::Format::GitlabSecurity;
use crate::ReadError;
use crate::tests::{check, read};

fn report(found: &str, scan: &str) -> String {
    format!(
        r#"{{"version": "15.0.7", "vulnerabilities": [{found}], "remediations": [], "scan": {{"type": "sast",
            "scanner": {{"id": "semgrep"}}, "status": "success"{scan}}}}}"#
    )
}

fn weakness(severity: &str) -> String {
    format!(
        r#"{{"id": "1", "name": "said {severity}", "description": "long", "severity": "{severity}",
            "location": {{"file": "src/a.js", "start_line": 3, "end_line": 5}},
            "identifiers": [{{"type": "semgrep_id", "name": "Semgrep a.b", "value": "a.b"}}, {{"type": "cwe", "name": "CWE-79", "value": "79"}}]}}"#
    )
}

fn hole(package: &str, identifiers: &str) -> String {
    format!(
        r#"{{"id": "1", "message": "m", "severity": "High", "location": {{"image": "alpine:3", "operating_system": "alpine 3",
            "dependency": {{"package": {{{package}}}, "version": "1.34.1-r4"}}}}, "identifiers": [{identifiers}]}}"#
    )
}

const CVE: &str = r#"{"type": "cve", "name": "CVE-2022-28391", "value": "CVE-2022-28391"}"#;

#[test]
fn each_severity_is_on_the_common_scale() {
    let all = ["Critical", "High", "Medium", "Low", "Info", "Unknown", "Undefined"].map(weakness);
    check(
        GitlabSecurity,
        report(&all.join(","), ""),
        expect![[r#"
            Error a.b src/a.js:3:- said Critical
            Error a.b src/a.js:3:- said High
            Warning a.b src/a.js:3:- said Medium
            Note a.b src/a.js:3:- said Low
            Note a.b src/a.js:3:- said Info
            Error a.b src/a.js:3:- said Unknown
            Error a.b src/a.js:3:- said Undefined
        "#]],
    );
}

#[test]
fn a_finding_that_names_a_package_is_a_vulnerability() {
    let ghsa = r#"{"type": "ghsa", "name": "GHSA-aaaa-bbbb-cccc", "value": "GHSA-aaaa-bbbb-cccc"}"#;
    let gemnasium = r#"{"type": "gemnasium", "name": "Gemnasium-7", "value": "7368f513"}"#;
    let named = r#""name": "busybox""#;
    let found = [
        hole(named, &format!("{gemnasium}, {CVE}, {ghsa}")),
        hole(named, gemnasium),
        // A scanner that does not know the package has found something all the same.
        hole("", CVE),
        // Code has no advisory.
        hole("", r#"{"type": "trufflehog_rule_id", "name": "Password in URL", "value": "password"}"#),
    ];
    let evidence = read(GitlabSecurity, report(&found.join(","), "")).unwrap();
    let findings = evidence.findings.as_ref().unwrap();
    let shown: Vec<String> = findings
        .iter()
        .map(|one| match &one.vulnerability {
            Some(it) => format!("{:?} {} {:?} {}@{}", it.danger, it.id, it.aliases, it.package, it.version),
            None => format!("{} is no vulnerability", one.rule),
        })
        .collect();
    assert_eq!(
        shown,
        [
            r#"High CVE-2022-28391 ["GHSA-aaaa-bbbb-cccc"] busybox@1.34.1-r4"#,
            "High 7368f513 [] busybox@1.34.1-r4",
            "High CVE-2022-28391 [] @1.34.1-r4",
            "password is no vulnerability",
        ]
    );
}

#[test]
fn a_scan_of_dependencies_looked_for_vulnerabilities_also_when_it_found_none() {
    for (kind, sought) in [("container_scanning", true), ("dependency_scanning", true), ("sast", false)] {
        let clean = report("", "").replace("\"sast\"", &format!("\"{kind}\""));
        let evidence = read(GitlabSecurity, clean).unwrap();
        assert_eq!(evidence.vulnerabilities_sought, sought, "{kind}");
        assert_eq!(evidence.findings, Some(Vec::new()));
    }
}

#[test]
fn a_scan_that_failed_has_not_looked() {
    let fatal = r#", "messages": [{"level": "info", "value": "hello"}, {"level": "fatal", "value": "out of memory"}]"#;
    let message = "out of memory".to_owned();
    assert_eq!(read(GitlabSecurity, report("", fatal)), Err(ReadError::ToolFailed { message }));
    let failure = report(&weakness("Low"), "").replace("success", "failure");
    assert!(matches!(read(GitlabSecurity, failure), Err(ReadError::ToolFailed { .. })));
    assert!(read(GitlabSecurity, report("", r#", "messages": [{"level": "warn", "value": "x"}]"#)).is_ok());
}

#[test]
fn old_schemas_have_no_scan_and_other_documents_have_no_such_findings() {
    let old = format!(r#"{{"version": "2.3", "vulnerabilities": [{}]}}"#, weakness("Low"));
    assert_eq!(read(GitlabSecurity, old).unwrap().findings.unwrap().len(), 1);
    for other in [
        r#"{"version": "2.3", "vulnerabilities": []}"#,
        r#"{"version": 1, "vulnerabilities": [], "bomFormat": "CycloneDX"}"#,
        r#"{"version": "15.0.0", "vulnerabilities": null, "scan": {}}"#,
        r#"{"version": "15.0.0", "scan": {"status": "success"}}"#,
    ] {
        assert!(matches!(read(GitlabSecurity, other), Err(ReadError::OtherFormat { .. })), "{other}");
    }
}

#[test]
fn what_is_not_understood_is_malformed() {
    for one in [
        "{}".to_owned(),
        r#"{"name": "n"}"#.to_owned(),
        weakness("Cosmic"),
        weakness("Low").replace("\"Low\"", "7"),
        weakness("Low").replace("location", "elsewhere"),
    ] {
        let found = read(GitlabSecurity, report(&one, ""));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{one}: {found:?}");
    }
}
