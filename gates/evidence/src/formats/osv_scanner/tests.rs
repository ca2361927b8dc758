//! Claims about `osv_scanner`.

use expect_test::expect;

use crate::Format::OsvScanner;
use crate::ReadError;
use crate::tests::packages::{check_malformed, check_other, check_packages};
use crate::tests::read;

#[test]
fn a_group_is_one_hole_under_several_ids() {
    check_packages(
        OsvScanner,
        r#"{"results": [{"source": {"path": "/repo/sub/Cargo.lock", "type": "lockfile"}, "packages": [
            {"package": {"name": "regex", "version": "1.3.1", "ecosystem": "crates.io"},
             "vulnerabilities": [
              {"id": "GHSA-1", "aliases": ["CVE-1"], "summary": "slow", "database_specific": {"severity": "HIGH"},
               "affected": [{"package": {"name": "regex", "ecosystem": "crates.io"}, "ranges": [{"events": [{"introduced": "0"}, {"fixed": "1.5.5"}]}]}]},
              {"id": "RUSTSEC-1", "aliases": ["CVE-1"]},
              {"id": "CVE-2", "severity": [{"type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}]},
              {"id": "MAL-3"}],
             "groups": [{"ids": ["GHSA-1", "RUSTSEC-1"], "aliases": ["CVE-1", "GHSA-1"], "max_severity": "5.3"},
                        {"ids": ["CVE-2"], "max_severity": ""}]}]}]}"#,
        expect![[r#"
            Medium GHSA-1 = CVE-1 = RUSTSEC-1 [5.3] [HIGH] sub/Cargo.lock: pkg:cargo/regex@1.3.1: slow (fixed in 1.5.5)
            Critical CVE-2 [9.8] [] sub/Cargo.lock: pkg:cargo/regex@1.3.1: known vulnerability
            Unknown MAL-3 [] [] sub/Cargo.lock: pkg:cargo/regex@1.3.1: known vulnerability
            vulnerabilities sought
        "#]],
    );
}

#[test]
fn what_the_code_does_not_call_is_suppressed() {
    check_packages(
        OsvScanner,
        r#"{"results": [{"source": {"path": "go.mod", "type": "lockfile"}, "packages": [
            {"package": {"name": "x", "version": "1", "ecosystem": "Go"}, "vulnerabilities": [],
             "groups": [
              {"ids": ["GO-1"], "experimental_analysis": {"GO-1": {"called": false}}},
              {"ids": ["GO-2"], "experimentalAnalysis": {"GO-2": {"called": true, "unimportant": false}}},
              {"ids": ["GO-3", "GO-4"], "experimental_analysis": {"GO-3": {"called": false}}}]}]}]}"#,
        expect![[r#"
            Unknown GO-1 [] [] go.mod (suppressed): pkg:golang/x@1: known vulnerability
            Unknown GO-2 [] [] go.mod: pkg:golang/x@1: known vulnerability
            Unknown GO-3 = GO-4 [] [] go.mod: pkg:golang/x@1: known vulnerability
            vulnerabilities sought
        "#]],
    );
}

#[test]
fn violations_are_objections_to_licenses() {
    check_packages(
        OsvScanner,
        r#"{"results": [{"source": {"path": "package-lock.json", "type": "lockfile"}, "packages": [
            {"package": {"name": "@a/b", "version": "1", "ecosystem": "npm"}, "licenses": ["GPL-3.0", "UNKNOWN", "BSD-3-Clause"],
             "license_violations": ["GPL-3.0", "UNKNOWN", "BSD-3-Clause"]}]}],
            "experimental_config": {"licenses": {"summary": false, "allowlist": ["MIT"]}}}"#,
        expect![[r#"
            Copyleft license GPL-3.0 package-lock.json: pkg:npm/%40a/b: license GPL-3.0 is not on the list
            Unknown license UNKNOWN package-lock.json: pkg:npm/%40a/b: license UNKNOWN is not on the list
            Denied license BSD-3-Clause package-lock.json: pkg:npm/%40a/b: license BSD-3-Clause is not on the list
            vulnerabilities sought
            licenses sought
        "#]],
    );
}

#[test]
fn no_results_are_clean_if_there_is_a_list() {
    check_packages(
        OsvScanner,
        r#"{"results": [], "experimental_config": {"licenses": {"summary": false, "allowlist": null}}}"#,
        expect![[r#"
            vulnerabilities sought
        "#]],
    );
    assert_eq!(read(OsvScanner, r#"{"results": null}"#), Err(ReadError::NotRun { what: "results" }));
    check_other(OsvScanner, r#"{"experimental_config": {}}"#, "without `results`");
}

#[test]
fn what_decides_is_strict() {
    check_malformed(OsvScanner, r#"{"results": {}}"#);
    check_malformed(OsvScanner, r#"{"results": [{"source": {}}]}"#);
    for package in [
        r#"{"groups": []}"#,
        r#"{"package": {"name": "a"}, "groups": {}}"#,
        r#"{"package": {"name": "a"}, "groups": [{}]}"#,
        r#"{"package": {"name": "a"}, "groups": [{"ids": []}]}"#,
        r#"{"package": {"name": "a"}, "vulnerabilities": [{"summary": "no id"}]}"#,
        r#"{"package": {"name": "a"}, "vulnerabilities": "none"}"#,
    ] {
        check_malformed(OsvScanner, &format!(r#"{{"results": [{{"packages": [{package}]}}]}}"#));
    }
}
