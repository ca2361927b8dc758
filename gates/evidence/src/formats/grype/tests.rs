//! Claims about `grype`.

use expect_test::expect;

use crate::Format::Grype;
use crate::ReadError;
use crate::tests::packages::{check_malformed, check_other, check_packages};
use crate::tests::read;

#[test]
fn ids_of_one_hole_are_joined_and_bundles_are_not() {
    check_packages(
        Grype,
        r#"{"matches": [
            {"vulnerability": {"id": "GHSA-1", "severity": "High", "fix": {"versions": ["1.1"], "state": "fixed"},
              "cvss": [{"version": "2.0", "type": "Primary", "vector": "AV:N/AC:M/Au:N/C:N/I:P/A:N", "metrics": {"baseScore": 4.3}},
                       {"version": "3.1", "type": "Primary", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "metrics": {"baseScore": 7.5}}]},
             "relatedVulnerabilities": [{"id": "CVE-1", "description": "what it is"}],
             "artifact": {"id": "1", "name": "a", "version": "1.0", "purl": "pkg:npm/a@1.0", "locations": [{"path": "/package-lock.json"}]}},
            {"vulnerability": {"id": "CVE-1", "severity": "Critical"}, "relatedVulnerabilities": [],
             "artifact": {"id": "1", "name": "a", "version": "1.0", "purl": "pkg:npm/a@1.0", "locations": [{"path": "/package-lock.json"}]}},
            {"vulnerability": {"id": "CVE-1", "severity": "Unknown"},
             "artifact": {"id": "2", "name": "a", "version": "1.0", "purl": "pkg:npm/a@1.0", "locations": [{"path": "/package-lock.json"}]}},
            {"vulnerability": {"id": "ELSA-1", "severity": "Negligible"}, "relatedVulnerabilities": [{"id": "CVE-2"}, {"id": "CVE-3"}],
             "artifact": {"id": "3", "name": "b", "version": "1"}},
            {"vulnerability": {"id": "ELSA-2", "severity": "Low"}, "relatedVulnerabilities": [{"id": "CVE-2"}, {"id": "CVE-4"}],
             "artifact": {"id": "3", "name": "b", "version": "1"}}],
            "ignoredMatches": [{"vulnerability": {"id": "CVE-9", "severity": "High"}, "artifact": {"name": "c"}, "appliedIgnoreRules": [{}]}],
            "source": {"type": "directory", "target": "."},
            "descriptor": {"name": "grype", "timestamp": "2025-06-19T11:43:35.5Z", "db": {"status": {"built": "2025-06-09T04:12:38Z"}}}}"#,
        expect![[r#"
            Critical GHSA-1 = CVE-1 [] [Critical] package-lock.json: pkg:npm/a@1.0: what it is (fixed in 1.1)
            Unknown CVE-1 [] [Unknown] package-lock.json: pkg:npm/a@1.0: known vulnerability
            Low ELSA-1 [] [Negligible] -: b 1: known vulnerability
            Low ELSA-2 [] [Low] -: b 1: known vulnerability
            High CVE-9 [] [High] - (suppressed): c: known vulnerability
            results.joined = 1 1
            vulndb.age_days = 10 1
            vulnerabilities sought
        "#]],
    );
}

#[test]
fn no_match_is_clean_and_no_list_is_not() {
    check_packages(
        Grype,
        r#"{"matches": [], "source": {"type": "image"}, "descriptor": {"name": "grype", "db": {"built": "2025-06-19T04:12:38Z"}}}"#,
        expect![[r#"
            vulnerabilities sought
        "#]],
    );
    check_malformed(Grype, r#"{"matches": null, "descriptor": {"name": "grype"}}"#);
    check_malformed(Grype, r#"{"matches": {}}"#);
    check_other(Grype, r#"{"source": {}, "descriptor": {"name": "grype"}}"#, "without `matches`");
    check_other(Grype, r#"{"matches": [], "descriptor": {"name": "other"}}"#, "another tool");
}

#[test]
fn a_broken_database_is_not_a_clean_bill_of_health() {
    let report =
        r#"{"matches": [], "descriptor": {"name": "grype", "db": {"error": "database is too old"}}}"#;
    assert_eq!(read(Grype, report), Err(ReadError::ToolFailed { message: "database is too old".to_owned() }));
}

#[test]
fn what_decides_is_strict() {
    for entry in [
        r#"{"vulnerability": {"severity": "High"}, "artifact": {"name": "a"}}"#,
        r#"{"vulnerability": {"id": "CVE-1", "severity": "High"}, "artifact": {}}"#,
        r#"{"vulnerability": {"id": "CVE-1", "severity": 1}, "artifact": {"name": "a"}}"#,
        "[]",
    ] {
        check_malformed(Grype, &format!(r#"{{"matches": [{entry}]}}"#));
        check_malformed(Grype, &format!(r#"{{"matches": [], "ignoredMatches": [{entry}]}}"#));
    }
}

#[test]
fn packages_that_the_database_knows_nothing_of_were_not_checked() {
    let report = r#"{"matches": [], "alertsByPackage": [
        {"package": {"name": "a"}, "alerts": [{"type": "distro-unknown"}, {"type": "distro-eol"}]},
        {"package": {"name": "b"}, "alerts": [{"type": "distro-disabled"}]},
        {"package": {"name": "c"}, "alerts": [{"type": "distro-eol"}]}]}"#;
    assert_eq!(read(Grype, report).unwrap().unchecked, 2);
    assert_eq!(read(Grype, r#"{"matches": [], "alertsByPackage": {}}"#).unwrap().unchecked, 0);
}
