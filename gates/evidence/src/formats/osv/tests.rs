//! Claims about `osv`.

use expect_test::expect;

use crate::Format::Osv;
use crate::tests::packages::{check_malformed, check_other, check_packages};
use crate::tests::read;

const ONE: &str = r#"{"id": "GHSA-1", "modified": "2021-01-01T00:00:00Z", "schema_version": "1.6.0", "aliases": ["CVE-1"],
    "summary": "bad", "database_specific": {"severity": "MODERATE"},
    "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"}],
    "affected": [
      {"package": {"ecosystem": "npm", "name": "a", "purl": "pkg:npm/a"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "0"}, {"fixed": "1.1"}]}]},
      {"package": {"ecosystem": "npm", "name": "a"}, "ranges": [{"type": "SEMVER", "events": [{"introduced": "2.0"}, {"fixed": "2.1"}]}]},
      {"package": {"ecosystem": "PyPI", "name": "A_b"}, "database_specific": {"severity": "CRITICAL"}}]}"#;

#[test]
fn a_record_is_a_finding_for_each_package_and_never_says_that_anybody_looked() {
    check_packages(
        Osv,
        ONE,
        expect![[r#"
        Critical GHSA-1 = CVE-1 [] [CRITICAL] -: pkg:pypi/a-b: bad
        Medium GHSA-1 = CVE-1 [7.5] [MODERATE] -: pkg:npm/a: bad (fixed in 1.1, 2.1)
    "#]],
    );
    assert!(!read(Osv, ONE).unwrap().vulnerabilities_sought);
}

#[test]
fn a_withdrawn_record_is_suppressed_and_proves_nothing() {
    let report = r#"{"id": "GO-1", "modified": "2021-01-01T00:00:00Z", "withdrawn": "2022-01-01T00:00:00Z"}"#;
    check_packages(
        Osv,
        report,
        expect![[r#"
            Unknown GO-1 [] [] - (suppressed): known vulnerability
        "#]],
    );
    assert_eq!(read(Osv, report).unwrap().summary().vulnerabilities, None);
}

#[test]
fn vectors_words_and_silence_are_rated() {
    let record = |at: usize, severity: &str| {
        format!(r#"{{"id": "CVE-{at}", "modified": "2021-01-01T00:00:00Z", "severity": {severity}}}"#)
    };
    let all = [
        r#"[{"type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P"}, {"type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"}]"#,
        r#"[{"type": "Ubuntu", "score": "medium"}]"#,
        r#"[{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N"}]"#,
        "[]",
        "null",
    ];
    let lines: Vec<String> = all.iter().enumerate().map(|(at, severity)| record(at, severity)).collect();
    check_packages(
        Osv,
        lines.join("\n"),
        expect![[r#"
            Critical CVE-0 [9.3] [] -: known vulnerability
            Medium CVE-1 [] [medium] -: known vulnerability
            Unknown CVE-2 [] [] -: known vulnerability
            Unknown CVE-3 [] [] -: known vulnerability
            Unknown CVE-4 [] [] -: known vulnerability
        "#]],
    );
    let array = read(Osv, format!("[{}]", lines.join(","))).unwrap();
    assert_eq!(array.findings, read(Osv, lines.join("\n\n")).unwrap().findings);
}

#[test]
fn what_is_no_record_is_refused() {
    check_malformed(Osv, r#"{"id": ""}"#);
    check_malformed(Osv, r#"{"id": 7, "modified": "2021-01-01T00:00:00Z"}"#);
    check_malformed(Osv, r#"{"id": "CVE-1"}"#);
    check_other(
        Osv,
        r#"{"id": "CVE-1", "modified": "2021-01-01T00:00:00Z", "schema_version": "2.0.0"}"#,
        "schema version 2.0.0",
    );
    check_other(Osv, r#"{"modified": "2021-01-01T00:00:00Z"}"#, "without the `id`");
    check_other(Osv, "[]", "no records");
    let two = r#"{"id": "CVE-1", "modified": "2021-01-01T00:00:00Z"} {"id": "#;
    assert!(read(Osv, two).is_err());
    assert!(read(Osv, format!("{two}null}}")).is_err());
    assert!(read(Osv, r#"[{"id": "CVE-1", "modified": "2021-01-01T00:00:00Z"}] {}"#).is_err());
}
