//! Claims about `trivy`.

use expect_test::expect;

use crate::Format::Trivy;
use crate::ReadError;
use crate::tests::packages::{check_malformed, check_other, check_packages};
use crate::tests::read;

#[test]
fn a_hole_is_counted_in_each_target_and_once_in_each() {
    check_packages(
        Trivy,
        r#"{"SchemaVersion": 2, "ArtifactType": "repository", "Results": [
            {"Target": "go.mod", "Class": "lang-pkgs", "Type": "gomod",
             "Packages": [{"ID": "x@v1", "Name": "x", "Version": "v1", "Identifier": {"PURL": "pkg:golang/x@v1"},
                           "Licenses": ["MIT"], "Locations": [{"StartLine": 7, "EndLine": 8}]}],
             "Vulnerabilities": [
                {"VulnerabilityID": "CVE-1", "PkgID": "x@v1", "PkgName": "x", "InstalledVersion": "v1", "Severity": "HIGH",
                 "PkgIdentifier": {"PURL": "pkg:golang/x@v1"}, "FixedVersion": "v2, v1.1", "Title": "bad", "Status": "fixed",
                 "SeveritySource": "ghsa", "CVSS": {"nvd": {"V3Score": 5.0},
                 "ghsa": {"V3Vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "V3Score": 7.5}}},
                {"VulnerabilityID": "CVE-1", "PkgID": "x@v1", "PkgName": "x", "InstalledVersion": "v1", "Severity": "HIGH",
                 "PkgIdentifier": {"PURL": "pkg:golang/x@v1"}}]},
            {"Target": "sub/go.mod", "Class": "lang-pkgs", "Type": "gomod", "Vulnerabilities": [
                {"VulnerabilityID": "CVE-1", "PkgName": "x", "InstalledVersion": "v1", "Severity": "SCARY"},
                {"VulnerabilityID": "CVE-2", "PkgName": "x", "InstalledVersion": "v1", "Severity": "LOW", "Status": "not_affected"}]},
            {"Target": "clean.lock", "Class": "lang-pkgs", "Type": "npm"}]}"#,
        expect![[r#"
            High CVE-1 [7.5] [HIGH] go.mod:7: pkg:golang/x@v1: bad (fixed in v2, v1.1)
            Unknown CVE-1 [] [SCARY] sub/go.mod: pkg:golang/x@v1: known vulnerability
            Low CVE-2 [] [LOW] sub/go.mod (suppressed): pkg:golang/x@v1: known vulnerability
            component x v1 pkg:golang/x@v1 MIT
            results.joined = 1 1
            vulnerabilities sought
        "#]],
    );
}

#[test]
fn what_vex_took_out_is_there_and_suppressed() {
    check_packages(
        Trivy,
        r#"{"SchemaVersion": 2, "Results": [{"Target": "debian 12", "Class": "os-pkgs", "Type": "debian",
            "ExperimentalModifiedFindings": [
             {"Type": "vulnerability", "Status": "not_affected", "Finding": {"VulnerabilityID": "CVE-1", "PkgName": "x", "Severity": "HIGH"}},
             {"Type": "vulnerability", "Status": "ignored", "Finding": {"VulnerabilityID": "CVE-2", "PkgName": "x", "Severity": "HIGH"}},
             {"Type": "vulnerability", "Status": "affected", "Finding": {"VulnerabilityID": "CVE-3", "PkgName": "x", "Severity": "HIGH"}},
             {"Type": "secret", "Status": "ignored", "Finding": {"RuleID": "aws-key", "Severity": "CRITICAL", "StartLine": 3}}]}]}"#,
        expect![[r#"
            Error aws-key - (suppressed): secret
            High CVE-1 [] [HIGH] - (suppressed): x: known vulnerability
            High CVE-2 [] [HIGH] - (suppressed): x: known vulnerability
            High CVE-3 [] [HIGH] -: x: known vulnerability
            vulnerabilities sought
        "#]],
    );
}

#[test]
fn checks_secrets_and_licenses_are_findings() {
    check_packages(
        Trivy,
        r#"{"SchemaVersion": 2, "Results": [
            {"Target": "Dockerfile", "Class": "config", "Type": "dockerfile", "MisconfSummary": {"Successes": 1, "Failures": 2},
             "Misconfigurations": [
              {"ID": "DS002", "AVDID": "AVD-DS-0002", "Severity": "HIGH", "Status": "FAIL", "Message": "no user", "CauseMetadata": {"StartLine": 3, "EndLine": 4}},
              {"AVDID": "AVD-1", "Severity": "LOW", "Status": "EXCEPTION", "Title": "excepted"},
              {"ID": "DS003", "Severity": "HIGH", "Status": "PASS"}]},
            {"Target": ".env", "Class": "secret", "Secrets": [
              {"RuleID": "aws-access-key-id", "Severity": "CRITICAL", "Title": "AWS key", "StartLine": 1, "EndLine": 1, "Match": "AKIA****"}]},
            {"Target": "OS Packages", "Class": "license", "Licenses": [
              {"Severity": "HIGH", "Category": "restricted", "PkgName": "bash", "Name": "GPL-3.0", "FilePath": ""},
              {"Severity": "CRITICAL", "Category": "forbidden", "PkgName": "a", "Name": "AGPL-3.0"},
              {"Severity": "CRITICAL", "Category": "forbidden", "PkgName": "b", "Name": "CC-BY-NC-1.0"},
              {"Severity": "UNKNOWN", "Category": "unknown", "PkgName": "c", "Name": "Own"},
              {"Severity": "LOW", "Category": "notice", "PkgName": "d", "Name": "MIT"}]}]}"#,
        expect![[r#"
            Error DS002 Dockerfile:3: no user
            Note AVD-1 Dockerfile (suppressed): excepted
            Error aws-access-key-id .env:1: AWS key
            Copyleft license GPL-3.0 -: bash: license GPL-3.0
            Copyleft license AGPL-3.0 -: a: license AGPL-3.0
            Denied license CC-BY-NC-1.0 -: b: license CC-BY-NC-1.0
            Unknown license Own -: c: license Own
            results.aside = 1 1
            declared 2 misconfigurations.failed, counted 1
            licenses sought
        "#]],
    );
}

#[test]
fn nothing_to_look_into_is_said_by_the_schema_version() {
    for report in [
        r#"{"SchemaVersion": 2, "ArtifactName": ".", "Results": null}"#,
        r#"{"SchemaVersion": 2, "ArtifactName": "."}"#,
        r#"{"SchemaVersion": 2, "Results": []}"#,
    ] {
        let found = read(Trivy, report).unwrap();
        assert!(found.vulnerabilities_sought && found.findings == Some(Vec::new()), "{report}: {found:?}");
    }
    check_other(Trivy, r#"{"Results": null}"#, "no results or schema version");
    check_other(Trivy, r#"{"Results": []}"#, "no results or schema version");
    check_other(Trivy, r#"{"ArtifactName": "."}"#, "without `SchemaVersion` and `Results`");
    check_other(Trivy, r#"{"SchemaVersion": 3, "Results": []}"#, "schema version 3");
    check_other(Trivy, "null", "JSON `null`");
    check_other(Trivy, "[]", "no targets");
}

#[test]
fn checks_alone_say_nothing_of_packages() {
    let found =
        read(Trivy, r#"{"SchemaVersion": 2, "Results": [{"Target": "Dockerfile", "Class": "config"}]}"#)
            .unwrap();
    assert!(!found.vulnerabilities_sought && found.summary().vulnerabilities.is_none());
    assert_eq!(found.findings, Some(Vec::new()));
}

#[test]
fn older_lists_and_clusters_are_read() {
    check_packages(
        Trivy,
        r#"[{"Target": "php/composer.lock", "Vulnerabilities": null},
            {"Target": "node/package-lock.json", "Type": "npm", "Vulnerabilities": [
             {"VulnerabilityID": "CVE-1", "PkgName": "lodash", "InstalledVersion": "4.17.4", "Severity": "HIGH"}]}]"#,
        expect![[r#"
            High CVE-1 [] [HIGH] node/package-lock.json: pkg:npm/lodash@4.17.4: known vulnerability
            vulnerabilities sought
        "#]],
    );
    check_packages(
        Trivy,
        r#"{"ClusterName": "c", "Resources": [
            {"Kind": "Pod", "Results": [{"Target": "i", "Class": "os-pkgs", "Vulnerabilities": [
              {"VulnerabilityID": "CVE-1", "PkgName": "x", "InstalledVersion": "1", "Severity": "LOW"}]}]},
            {"Kind": "Pod", "Results": [{"Target": "i", "Class": "os-pkgs", "Vulnerabilities": [
              {"VulnerabilityID": "CVE-1", "PkgName": "x", "InstalledVersion": "1", "Severity": "LOW"}]}]}]}"#,
        expect![[r#"
            Low CVE-1 [] [LOW] -: x 1: known vulnerability
            Low CVE-1 [] [LOW] -: x 1: known vulnerability
            vulnerabilities sought
        "#]],
    );
    let before = r#"{"ClusterName": "c", "Vulnerabilities": [{"Kind": "Pod", "Results": [{"Target": "i", "Class": "os-pkgs",
        "Vulnerabilities": [{"VulnerabilityID": "CVE-1", "PkgName": "x", "Severity": "LOW"}]}]}],
        "Misconfigurations": [{"Kind": "Pod", "Results": [{"Target": "p", "Class": "config"}]}]}"#;
    assert_eq!(read(Trivy, before).unwrap().findings.unwrap().len(), 1);
    let failed = r#"{"ClusterName": "c", "Resources": [{"Kind": "Pod", "Error": "image not found"}]}"#;
    assert_eq!(read(Trivy, failed), Err(ReadError::ToolFailed { message: "image not found".to_owned() }));
}

#[test]
fn paths_in_images_are_not_those_of_the_repository() {
    check_packages(
        Trivy,
        r#"{"SchemaVersion": 2, "Results": [{"Target": "Node.js", "Class": "lang-pkgs", "Type": "node-pkg", "Vulnerabilities": [
             {"VulnerabilityID": "CVE-1", "PkgName": "a", "PkgPath": "app/a/package.json", "InstalledVersion": "1", "Severity": "HIGH"},
             {"VulnerabilityID": "CVE-1", "PkgName": "a", "PkgPath": "app/b/package.json", "InstalledVersion": "1", "Severity": "HIGH"}]}],
            "ArtifactType": "container_image"}"#,
        expect![[r#"
            High CVE-1 [] [HIGH] -: pkg:npm/a@1: known vulnerability
            High CVE-1 [] [HIGH] -: pkg:npm/a@1: known vulnerability
            vulnerabilities sought
        "#]],
    );
}

#[test]
fn what_decides_is_strict() {
    let of = |list: &str, entry: &str| {
        format!(r#"{{"SchemaVersion": 2, "Results": [{{"Target": "a", "{list}": [{entry}]}}]}}"#)
    };
    for (list, entry) in [
        ("Vulnerabilities", r#"{"PkgName": "a", "Severity": "HIGH"}"#),
        ("Vulnerabilities", r#"{"VulnerabilityID": "CVE-1", "Severity": "HIGH"}"#),
        ("Vulnerabilities", r#"{"VulnerabilityID": "CVE-1", "PkgName": "a", "Severity": 3}"#),
        ("Vulnerabilities", "null"),
        ("Misconfigurations", r#"{"ID": "a", "Severity": "HIGH"}"#),
        ("Misconfigurations", r#"{"ID": "a", "Severity": "HIGH", "Status": "MAYBE"}"#),
        ("Misconfigurations", r#"{"ID": "a", "Status": "FAIL"}"#),
        ("Secrets", r#"{"Severity": "HIGH"}"#),
        ("Licenses", r#"{"Name": "MIT"}"#),
        ("ExperimentalModifiedFindings", r#"{"Type": "vulnerability", "Finding": {}}"#),
        ("ExperimentalModifiedFindings", r#"{"Type": "other", "Status": "ignored", "Finding": {}}"#),
    ] {
        check_malformed(Trivy, &of(list, entry));
    }
    check_malformed(Trivy, r#"{"SchemaVersion": 2, "Results": {}}"#);
    check_malformed(Trivy, r#"{"SchemaVersion": 2, "Vulnerabilities": [{"VulnerabilityID": "CVE-1"}]}"#);
    check_malformed(Trivy, r#"{"SchemaVersion": 2, "Results": [{"Class": "config"}]}"#);
    check_malformed(Trivy, r#"{"SchemaVersion": 2, "Results": [{"Target": "a", "Vulnerabilities": {}}]}"#);
}

#[test]
fn a_version_alone_says_of_nothing_that_it_was_looked_into() {
    assert!(matches!(read(Trivy, r#"{"SchemaVersion": 2}"#), Err(ReadError::NotRun { .. })));
    let named = r#"{"SchemaVersion": 2, "ArtifactName": ".", "ArtifactType": "filesystem"}"#;
    assert_eq!(read(Trivy, named).unwrap().findings, Some(Vec::new()));
}
