//! Claims about `npm_audit`.

use expect_test::expect;

use crate::Format::NpmAudit;
use crate::ReadError;
use crate::tests::{check, read};

const SEVEN: &str = r#"{"auditReportVersion": 2, "vulnerabilities": {
  "debug": {"name": "debug", "severity": "moderate", "isDirect": false, "range": "4.0.0 - 4.3.0", "nodes": ["node_modules/debug"],
    "via": [{"source": 1094219, "name": "debug", "title": "Slow", "url": "https://github.com/advisories/GHSA-gxpj-cx7g-858c",
             "severity": "moderate", "cvss": {"score": 5.3, "vectorString": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}},
            {"source": 7, "name": "debug", "title": "Odd", "url": "https://example.org/7", "severity": "low",
             "cvss": {"score": 0, "vectorString": null}}],
    "fixAvailable": {"name": "debug", "version": "4.3.1"}},
  "top": {"name": "top", "severity": "moderate", "via": ["middle"], "fixAvailable": true},
  "middle": {"name": "middle", "severity": "moderate", "via": ["debug", "top"], "fixAvailable": false}},
  "metadata": {"vulnerabilities": {"info": 0, "low": 0, "moderate": 3, "high": 0, "critical": 0, "total": 3}}}"#;

#[test]
fn a_hole_is_an_advisory_in_its_own_package() {
    check(
        NpmAudit,
        SEVEN,
        expect![[r#"
        Warning GHSA-gxpj-cx7g-858c -:-:- pkg:npm/debug: Slow (fixed in 4.3.1)
        Note npm:7 -:-:- pkg:npm/debug: Odd (fixed in 4.3.1)
    "#]],
    );
    let found = read(NpmAudit, SEVEN).unwrap();
    let holes: Vec<_> = found.findings.iter().flatten().filter_map(|one| one.vulnerability.clone()).collect();
    assert_eq!(holes[0].score.unwrap().to_string(), "5.3");
    assert_eq!(holes[1].score, None);
    assert!(found.vulnerabilities_sought);
}

#[test]
fn totals_count_packages_and_are_counted_again() {
    check(
        NpmAudit,
        SEVEN.replace("\"moderate\": 3", "\"moderate\": 9"),
        expect![[r#"
        Warning GHSA-gxpj-cx7g-858c -:-:- pkg:npm/debug: Slow (fixed in 4.3.1)
        Note npm:7 -:-:- pkg:npm/debug: Odd (fixed in 4.3.1)
        declared 9 packages.moderate, counted 3
    "#]],
    );
}

#[test]
fn a_package_without_its_advisory_is_a_hole_of_its_severity() {
    check(
        NpmAudit,
        r#"{"auditReportVersion": 2, "vulnerabilities": {"a": {"severity": "critical", "via": ["gone"]},
            "b": {"severity": "high", "via": ["c"]}, "c": {"severity": "low", "via": ["b"]}}}"#,
        expect![[r#"
            Error npm:a -:-:- pkg:npm/a: affected through gone, whose advisory is not part of the report
            Error npm:b -:-:- pkg:npm/b: affected through c, whose advisory is not part of the report
            Note npm:c -:-:- pkg:npm/c: affected through b, whose advisory is not part of the report
        "#]],
    );
}

#[test]
fn packages_that_lead_to_each_other_are_looked_at_once() {
    let count = 20_000;
    let one = |at: usize| format!(r#""p{at}": {{"severity": "low", "via": ["p{}"]}}"#, (at + 1) % count);
    let all: Vec<String> = (0..count).map(one).collect();
    let ring = format!(r#"{{"auditReportVersion": 2, "vulnerabilities": {{{}}}}}"#, all.join(","));
    assert_eq!(read(NpmAudit, &ring).unwrap().findings.unwrap().len(), count);
    let own = r#""p7": {"severity": "low", "via": [{"source": 7, "severity": "low"}]}"#;
    let known = ring.replace(&one(7), own);
    assert_eq!(read(NpmAudit, &known).unwrap().findings.unwrap().len(), 1);
}

const SIX: &str = r#"{"actions": [], "advisories": {"118": {"id": 118, "title": "Slow", "module_name": "minimatch", "severity": "high",
    "cves": ["CVE-2016-10540"], "url": "https://npmjs.com/advisories/118", "patched_versions": ">=3.0.2",
    "findings": [{"version": "0.3.0", "paths": ["a>minimatch", "b>minimatch"]}, {"version": "2.0.0", "paths": ["c>minimatch"]}]}},
    "muted": [], "metadata": {"vulnerabilities": {"info": 0, "low": 0, "moderate": 0, "high": 3, "critical": 0}}, "runId": "x"}"#;

#[test]
fn the_shape_of_npm_6_names_versions() {
    check(
        NpmAudit,
        SIX,
        expect![[r#"
        Error CVE-2016-10540 -:-:- pkg:npm/minimatch@0.3.0: Slow (fixed in >=3.0.2)
        Error CVE-2016-10540 -:-:- pkg:npm/minimatch@2.0.0: Slow (fixed in >=3.0.2)
    "#]],
    );
    check(
        NpmAudit,
        SIX.replace("\"high\": 3", "\"high\": 4"),
        expect![[r#"
        Error CVE-2016-10540 -:-:- pkg:npm/minimatch@0.3.0: Slow (fixed in >=3.0.2)
        Error CVE-2016-10540 -:-:- pkg:npm/minimatch@2.0.0: Slow (fixed in >=3.0.2)
        declared 4 advisories.high, counted 1
    "#]],
    );
}

#[test]
fn an_audit_that_found_nothing_looked() {
    let clean = r#"{"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {"vulnerabilities": {"total": 0, "low": 0}}}"#;
    check(NpmAudit, clean, expect![["looked and found nothing\n"]]);
    assert!(read(NpmAudit, clean).unwrap().vulnerabilities_sought);
}

#[test]
fn a_registry_that_did_not_answer_is_no_clean_bill() {
    for report in [
        r#"{"message": "request to https://registry failed", "method": "POST", "statusCode": 405}"#,
        r#"{"error": {"code": "ENOLOCK", "summary": "This command requires an existing lockfile.", "detail": ""}}"#,
        r#"{"auditReportVersion": 2, "vulnerabilities": {}, "error": {"code": "E500", "summary": "no"}}"#,
    ] {
        assert!(matches!(read(NpmAudit, report), Err(ReadError::ToolFailed { .. })), "{report}");
    }
}

#[test]
fn numbers_without_advisories_are_nothing() {
    for report in [
        r#"{"auditReportVersion": 2, "vulnerabilities": {}, "metadata": {"vulnerabilities": {"high": 2, "total": 2}}}"#,
        r#"{"advisories": {}, "metadata": {"vulnerabilities": {"high": 2}}}"#,
    ] {
        assert!(matches!(read(NpmAudit, report), Err(ReadError::NotRun { .. })), "{report}");
    }
}

#[test]
fn what_is_no_audit_is_refused() {
    for report in [
        r#"{"auditReportVersion": 3, "vulnerabilities": {}}"#,
        r#"{"metadata": {}}"#,
        "[]",
        r#"{"vulnerabilities": []}"#,
        r#"{"vulnerabilities": {"a": {"via": []}}}"#,
        r#"{"vulnerabilities": {"a": {"severity": "low", "via": [1]}}}"#,
        r#"{"vulnerabilities": {"a": {"severity": "low", "via": "b"}}}"#,
        r#"{"advisories": {"1": {"title": "x"}}}"#,
        r#"{"advisories": {}, "metadata": {"vulnerabilities": {"low": -1}}}"#,
        r#"{"vulnerabilities": {}, "vulnerabilities": {}}"#,
    ] {
        assert!(read(NpmAudit, report).is_err(), "{report}");
    }
}
