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
        minimal@1 071371bb7b76a0ef33b64b8339d22a0d73f3ec76a8841a1a8941c5c09665a4ef
        standard@1 bbeb7cbda12ae92750f843a5978c4cb59dd2662b65527c076281fe67e24789a6
        strict@1 bc965e8952d2f24445caed17444ecf4e1088357b12407995b9ab128bd69dab16
        enterprise@1 1c13d767357722efe1dd6d3795524748e9406a6cd072e7dc9af664e228b935d3
    "#]]
    .assert_eq(&text);
}

#[test]
fn built_ins_are_found_by_name_and_version() {
    for one in BUILTINS {
        assert_eq!(builtin(one.name), Some(one.text));
        assert_eq!(builtin(&format!("builtin/{}@{}", one.name, one.version)), Some(one.text));
        assert_eq!(builtin(&format!("{}@99", one.name)), None);
        let policy = builtin_policy(one.name).unwrap_or_else(|| panic!("{} is sound", one.name));
        assert_eq!((&*policy.name, policy.version), (&*format!("builtin/{}", one.name), Some(one.version)));
    }
    assert!(builtin("lenient").is_none() && builtin_policy("lenient").is_none());
}

#[test]
fn minimal() {
    expect![[r#"
        policy builtin/minimal@1
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
        policy builtin/standard@1
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
        policy builtin/strict@1 extends builtin/standard@1
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
        policy builtin/enterprise@1 extends builtin/strict@1, builtin/standard@1
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
    "#]].assert_eq(&shown(&builtin_policy("enterprise").unwrap()));
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
