//! The built-in policies are what the design's table says, and frozen.

use dod_kernel::id::Digest;
use expect_test::expect;
use sha2::{Digest as _, Sha256};

use super::{check, shown};
use crate::policy::{BUILTINS, builtin, builtin_policy};

/// Digests of released versions. A change here needs a new version beside the old one.
#[test]
fn a_released_version_never_changes() {
    let mut text = String::new();
    for one in BUILTINS {
        let digest = Digest(Sha256::digest(one.text.as_bytes()).into());
        text.push_str(&format!("{}@{} {}\n", one.name, one.version, digest.hex()));
    }
    expect![[r#"
        minimal@1 ca1407c0263ebd7b0a7fbda4cf97d4dfb965a9766b28a1f3338ed5bc88246d4f
        standard@1 68a9c723eb835a7f2452f1662b827bb5ff3f68da1e4a6696b641431adc140d10
        strict@1 329e965d1accad4f20fe21e870bff171787391976f3f2e22f47a242c8945408c
        enterprise@1 4f2292516e9027768e636768777ad8616dc4f989c1eefa5ef0c5762ed8865589
        enterprise@2 54445f60515d067fec8050617deae845c396244ab5b15d932911ea15cbef3871
    "#]]
    .assert_eq(&text);
}

#[test]
fn built_ins_are_found_by_name_and_version() {
    for one in BUILTINS {
        let newest = BUILTINS.iter().filter(|other| other.name == one.name).map(|other| other.version).max();
        assert_eq!(builtin(one.name) == Some(one.text), newest == Some(one.version));
        assert_eq!(builtin(&format!("builtin/{}@{}", one.name, one.version)), Some(one.text));
        assert_eq!(builtin(&format!("{}@99", one.name)), None);
        let name = format!("{}@{}", one.name, one.version);
        let policy = builtin_policy(&name).unwrap_or_else(|| panic!("{name} is sound"));
        assert_eq!((&*policy.name, policy.version), (one.name, Some(one.version)));
    }
    assert!(builtin("lenient").is_none() && builtin_policy("lenient").is_none());
}

#[test]
fn minimal() {
    expect![[r#"
        policy minimal@1
        required build or test
        tests: tests.unsuccessful == 0 when measured
        build: findings.error == 0 at build when measured
        lint: findings.error == 0 at lint when measured
        types: findings.error == 0 at types when measured
        format: findings.total == 0 at format when measured
        secrets: findings.total == 0 at secrets when measured
        dependencies: vulnerabilities.critical == 0 when measured
        coverage: coverage.line >= 60 % when measured Warn
        coverage.statement: coverage.statement >= 60 % when measured Warn
        others: problems.error == 0 at * when measured because an error counts whatever the kind of gate that found it
        waivers at most 365 days
    "#]].assert_eq(&shown(&builtin_policy("minimal").unwrap()));
}

#[test]
fn standard() {
    expect![[r#"
        policy standard@1
        required build
        required lint
        required test
        required secrets
        build: findings.error == 0 at build when measured
        lint: findings.error == 0 at lint when measured
        tests: tests.unsuccessful == 0 when measured
        secrets: findings.total == 0 at secrets when measured
        types: findings.error == 0 at types when measured
        format: findings.total == 0 at format when measured
        dependencies: vulnerabilities.critical == 0 when measured
        coverage: coverage.line >= 60 % when measured
        coverage.statement: coverage.statement >= 60 % when measured
        others: problems.error == 0 at * when measured because an error counts whatever the kind of gate that found it
        waivers at most 365 days
    "#]].assert_eq(&shown(&builtin_policy("standard").unwrap()));
}

#[test]
fn strict() {
    expect![[r#"
        policy strict@1 extends builtin/standard@1
        required build
        required lint
        required test
        required secrets
        required format
        required types
        required coverage
        required dependencies
        build: findings.error == 0 at build when measured
        lint: findings.error == 0 at lint when measured
        tests: tests.unsuccessful == 0 when measured
        secrets: findings.total == 0 at secrets when measured
        types: findings.error == 0 at types when measured
        format: findings.total == 0 at format when measured
        dependencies: vulnerabilities.critical == 0 when measured
        coverage: coverage.line >= 80 % when measured
        coverage.statement: coverage.statement >= 80 % when measured
        others: problems.error == 0 at * when measured because an error counts whatever the kind of gate that found it
        performance: findings.error == 0 at performance when measured
        waivers at most 180 days
    "#]].assert_eq(&shown(&builtin_policy("strict").unwrap()));
}

#[test]
fn enterprise() {
    expect![[r#"
        policy enterprise@1 extends builtin/strict@1, builtin/standard@1
        required build
        required lint
        required test
        required secrets
        required format
        required types
        required coverage
        required dependencies
        required sbom
        required licenses
        build: findings.error == 0 at build when measured
        lint: findings.error == 0 at lint when measured
        tests: tests.unsuccessful == 0 when measured
        secrets: findings.total == 0 at secrets when measured
        types: findings.error == 0 at types when measured
        format: findings.total == 0 at format when measured
        dependencies: vulnerabilities.critical == 0 when measured
        coverage: coverage.line >= 80 % when measured
        coverage.statement: coverage.statement >= 80 % when measured
        others: problems.error == 0 at * when measured because an error counts whatever the kind of gate that found it
        performance: findings.error == 0 at performance when measured
        sbom: components >= 1 at sbom when measured
        licenses: findings.error == 0 at licenses when measured
        dependencies.high: vulnerabilities.high == 0 when measured
        waivers at most 90 days
        waivers proved
    "#]].assert_eq(&shown(&builtin_policy("enterprise@1").unwrap()));
}

#[test]
fn a_local_policy_of_a_built_in_name_inherits_all_of_it() {
    check(
        "policy: minimal\nextends: builtin/minimal@1\nversion: 7\n",
        expect![[r#"
        policy minimal@7 extends builtin/minimal@1
        required build or test
        tests: tests.unsuccessful == 0 when measured
        build: findings.error == 0 at build when measured
        lint: findings.error == 0 at lint when measured
        types: findings.error == 0 at types when measured
        format: findings.total == 0 at format when measured
        secrets: findings.total == 0 at secrets when measured
        dependencies: vulnerabilities.critical == 0 when measured
        coverage: coverage.line >= 60 % when measured Warn
        coverage.statement: coverage.statement >= 60 % when measured Warn
        others: problems.error == 0 at * when measured because an error counts whatever the kind of gate that found it
        waivers at most 365 days
    "#]],
    );
}

#[test]
fn enterprise_by_its_name_alone_is_the_newest() {
    expect![[r#"
        policy enterprise@2 extends builtin/enterprise@1, builtin/strict@1, builtin/standard@1
        required build
        required lint
        required test
        required secrets
        required format
        required types
        required coverage
        required dependencies
        required sbom
        required licenses
        build: findings.error == 0 at build when measured
        lint: findings.error == 0 at lint when measured
        tests: tests.unsuccessful == 0 when measured
        secrets: findings.total == 0 at secrets when measured
        types: findings.error == 0 at types when measured
        format: findings.total == 0 at format when measured
        dependencies: vulnerabilities.critical == 0 when measured
        coverage: coverage.line >= 80 % when measured
        coverage.statement: coverage.statement >= 80 % when measured
        others: problems.error == 0 at * when measured because an error counts whatever the kind of gate that found it
        performance: findings.error == 0 at performance when measured
        sbom: components >= 1 at sbom when measured
        licenses: findings.error == 0 at licenses when measured
        dependencies.high: vulnerabilities.high == 0 when measured
        coverage.changed.line: coverage.changed.line >= 80 % when measured
        licenses.unknown: licenses.unknown == 0 when measured Warn
        dependencies.age: vulndb.age_days <= 7 when measured
        waivers at most 90 days
        waivers proved
    "#]].assert_eq(&shown(&builtin_policy("enterprise").unwrap()));
}
