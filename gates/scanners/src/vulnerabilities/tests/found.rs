//! What is found and how it is joined.

use expect_test::expect;
use serde_json::json;

use super::{Trial, before, record};
use crate::packages::Reach;

#[test]
fn versions_in_the_range_are_found_and_others_are_not() {
    Trial::new(
        "crates.io demo 1.0.0
         crates.io demo 1.2.0
         crates.io other 1.0.0",
    )
    .records(&[record("RUSTSEC-2026-0001", "crates.io", "demo", before("1.1.0"))])
    .check(&expect![[r#"
        unknown RUSTSEC-2026-0001 pkg:cargo/demo@1.0.0 fixed in 1.1.0
        3 packages, 1 records, age 2 days
    "#]]);
}

#[test]
fn each_ecosystem_compares_by_its_own_rules() {
    Trial::new(
        "npm @scope/thing 2.0.0-beta.2
         Go example.org/mod/v2 v2.0.0+incompatible
         PyPI django 4.2
         RubyGems rails 7.0.0.rc1
         Packagist symfony/http-kernel v5.4.0",
    )
    .records(&[
        record("GHSA-npm", "npm", "@scope/thing", before("2.0.0")),
        record("GO-2026-0001", "Go", "example.org/mod/v2", before("2.0.1")),
        record("PYSEC-2026-1", "PyPI", "Django", before("4.2.0.post1")),
        record("GHSA-ruby", "RubyGems", "rails", before("7.0.0")),
        record("GHSA-php", "Packagist", "Symfony/Http-Kernel", before("5.4.1")),
    ])
    .check(&expect![[r#"
        unknown GHSA-php pkg:composer/symfony/http-kernel@v5.4.0 fixed in 5.4.1
        unknown GHSA-ruby pkg:gem/rails@7.0.0.rc1 fixed in 7.0.0
        unknown GO-2026-0001 pkg:golang/example.org/mod/v2@v2.0.0%2Bincompatible fixed in 2.0.1
        unknown GHSA-npm pkg:npm/%40scope/thing@2.0.0-beta.2 fixed in 2.0.0
        unknown PYSEC-2026-1 pkg:pypi/django@4.2 fixed in 4.2.0.post1
        5 packages, 5 records, age 2 days
    "#]]);
}

#[test]
fn the_same_name_in_another_ecosystem_is_another_package() {
    Trial::new("crates.io demo 1.0.0\n npm demo 1.0.0")
        .records(&[
            record("GHSA-1", "npm", "demo", before("2.0.0")),
            record("RUSTSEC-2026-0002", "crates.io", "unrelated", before("2.0.0")),
        ])
        .check(&expect![[r#"
            unknown GHSA-1 pkg:npm/demo@1.0.0 fixed in 2.0.0
            2 packages, 2 records, age 2 days
        "#]]);
}

#[test]
fn one_hole_by_several_ids_is_one_hole() {
    let mut github = record("GHSA-aaaa-bbbb-cccc", "crates.io", "demo", before("1.1.0"));
    github["aliases"] = json!(["CVE-2026-1"]);
    github["severity"] =
        json!([{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }]);
    github["database_specific"] = json!({ "severity": "CRITICAL", "cwe_ids": ["CWE-787"] });
    let mut rustsec = record("RUSTSEC-2026-0001", "crates.io", "demo", before("1.1.2"));
    rustsec["aliases"] = json!(["CVE-2026-1"]);
    let other = record("RUSTSEC-2026-0002", "crates.io", "demo", before("1.1.0"));
    Trial::new("crates.io demo 1.0.0").records(&[github, rustsec, other]).check(&expect![[r#"
        critical RUSTSEC-2026-0001 pkg:cargo/demo@1.0.0 (CVE-2026-1, GHSA-aaaa-bbbb-cccc) fixed in 1.1.2
        unknown RUSTSEC-2026-0002 pkg:cargo/demo@1.0.0 fixed in 1.1.0
        1 packages, 3 records, age 2 days
    "#]]);
}

#[test]
fn related_advisories_stay_apart() {
    let mut one = record("GHSA-1", "npm", "demo", before("1.1.0"));
    one["related"] = json!(["GHSA-2"]);
    Trial::new("npm demo 1.0.0").records(&[one, record("GHSA-2", "npm", "demo", before("1.1.0"))]).check(
        &expect![[r#"
            unknown GHSA-1 pkg:npm/demo@1.0.0 fixed in 1.1.0
            unknown GHSA-2 pkg:npm/demo@1.0.0 fixed in 1.1.0
            1 packages, 2 records, age 2 days
        "#]],
    );
}

#[test]
fn what_was_withdrawn_is_not_found() {
    let mut gone = record("GHSA-1", "npm", "demo", before("9.0.0"));
    gone["withdrawn"] = json!("2026-02-03T00:00:00Z");
    Trial::new("npm demo 1.0.0").records(&[gone]).check(&expect![[r#"
        1 packages, 1 records, age 2 days
    "#]]);
}

#[test]
fn the_gravest_rating_counts_and_none_is_unknown() {
    let mut four = record("GHSA-4", "npm", "a", before("2.0.0"));
    four["severity"] = json!([
        { "type": "CVSS_V3", "score": "CVSS:3.1/AV:L/AC:H/PR:H/UI:R/S:U/C:L/I:N/A:N" },
        { "type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N" },
    ]);
    let mut two = record("GHSA-2", "npm", "b", before("2.0.0"));
    two["severity"] = json!([{ "type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P" }]);
    let mut word = record("GHSA-w", "npm", "c", before("2.0.0"));
    word["database_specific"] = json!({ "severity": "MODERATE" });
    let mut broken = record("GHSA-x", "npm", "d", before("2.0.0"));
    broken["severity"] = json!([{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:Q" }]);
    Trial::new("npm a 1.0.0\n npm b 1.0.0\n npm c 1.0.0\n npm d 1.0.0\n npm e 1.0.0")
        .records(&[four, two, word, broken, record("GHSA-e", "npm", "e", before("2.0.0"))])
        .check(&expect![[r#"
            critical GHSA-4 pkg:npm/a@1.0.0 fixed in 2.0.0
            high GHSA-2 pkg:npm/b@1.0.0 fixed in 2.0.0
            medium GHSA-w pkg:npm/c@1.0.0 fixed in 2.0.0
            unknown GHSA-x pkg:npm/d@1.0.0 fixed in 2.0.0
            unknown GHSA-e pkg:npm/e@1.0.0 fixed in 2.0.0
            5 packages, 5 records, age 2 days
        "#]]);
}

#[test]
fn an_ignored_hole_is_told_with_its_reason_and_an_unused_one_too() {
    let mut one = record("GHSA-1", "npm", "demo", before("1.1.0"));
    one["aliases"] = json!(["CVE-2026-1"]);
    let trial = Trial::new("npm demo 1.0.0")
        .records(&[one])
        .ignoring("CVE-2026-1", "we never parse what others send")
        .ignoring("CVE-2020-2", "gone");
    assert_eq!(trial.scan().open(), 0);
    trial.check(&expect![[r#"
        unknown GHSA-1 pkg:npm/demo@1.0.0 (CVE-2026-1) fixed in 1.1.0 ignored: we never parse what others send
        unused CVE-2020-2
        1 packages, 1 records, age 2 days
    "#]]);
}

#[test]
fn a_version_that_is_not_known_is_unchecked() {
    Trial::new("PyPI demo -\n PyPI bad french-toast\n PyPI fine 1.0")
        .records(&[
            record("PYSEC-1", "PyPI", "bad", before("2.0")),
            record("PYSEC-2", "PyPI", "fine", before("0.9")),
        ])
        .check(&expect![[r#"
            unchecked pkg:pypi/bad@french-toast: PYSEC-1: `french-toast` has no place in the order of versions
            unchecked pkg:pypi/demo: no version is known
            3 packages, 2 records, age 2 days
        "#]]);
}

#[test]
fn an_alias_that_knows_the_version_answers_for_one_that_does_not() {
    let mut vague =
        record("GHSA-1", "crates.io", "demo", json!([{ "introduced": "0" }, { "fixed": "soon" }]));
    vague["aliases"] = json!(["RUSTSEC-2026-0001"]);
    let exact = record("RUSTSEC-2026-0001", "crates.io", "demo", before("1.1.0"));
    Trial::new("crates.io demo 1.2.0").records(&[vague.clone(), exact]).check(&expect![[r#"
        1 packages, 2 records, age 2 days
    "#]]);
    Trial::new("crates.io demo 1.2.0").records(&[vague]).check(&expect![[r#"
        unchecked pkg:cargo/demo@1.2.0: GHSA-1: its bound `soon` has no place in the order of versions
        1 packages, 1 records, age 2 days
    "#]]);
}

#[test]
fn an_unread_lock_file_is_unchecked() {
    Trial::new("npm demo 1.0.0")
        .records(&[record("GHSA-1", "npm", "other", before("1.1.0"))])
        .unread("web/yarn.lock", "it ends in the middle")
        .check(&expect![[r#"
            unchecked web/yarn.lock: web/yarn.lock: it ends in the middle
            1 packages, 1 records, age 2 days
        "#]]);
}

/// What the packages of such a file need is in use and stands nowhere.
#[test]
fn a_file_that_names_only_what_is_asked_for_leaves_the_rest_unchecked() {
    let trial = |reach| {
        Trial::new("Maven org.example:demo 1.0")
            .records(&[record("GHSA-1", "Maven", "org.example:other", before("1.1.0"))])
            .reaching(reach)
    };
    trial(Reach::DirectOnly).check(&expect![[r#"
        unchecked maven.lock: what its packages need stands nowhere
        1 packages, 1 records, age 2 days
    "#]]);
    trial(Reach::Unknown).check(&expect![[r#"
        perhaps not whole maven.lock
        1 packages, 1 records, age 2 days
    "#]]);
}

#[test]
fn each_version_in_use_has_its_own_way_out() {
    let events = json!([
        { "introduced": "1.0.0" }, { "fixed": "1.4.0" },
        { "introduced": "2.0.0" }, { "fixed": "2.1.0" },
    ]);
    let report = Trial::new("npm demo 1.0.0\n npm demo 2.0.0")
        .records(&[record("GHSA-1", "npm", "demo", events)])
        .scan();
    let written: serde_json::Value = serde_json::from_slice(&report.to_cyclonedx()).unwrap();
    let affects = written["vulnerabilities"][0]["affects"].as_array().unwrap();
    let fixes: Vec<&str> = affects.iter().filter_map(|one| one["versions"][1]["version"].as_str()).collect();
    assert_eq!(fixes, ["1.4.0", "2.1.0"]);
    assert_eq!(report.vulnerabilities[0].fixed, ["1.4.0", "2.1.0"]);
}
