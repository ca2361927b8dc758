//! Which databases there are, what they cover, how old they are.

use std::fs;

use expect_test::expect;
use serde_json::json;

use super::{Trial, before, record, told};

const ADVISORY: &str = r#"```toml
[advisory]
id = "RUSTSEC-2026-0007"
package = "demo"
date = "2026-11-01"
url = "https://example.org/demo/issues/7"
categories = ["memory-corruption"]
cvss = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:H"
aliases = ["CVE-2026-7"]

[affected.functions]
"demo::parse" = ["< 1.4.2"]

[versions]
patched = ["^1.2.5", ">= 1.4.2"]
unaffected = ["< 1.0.0"]
```

# Parsing reads behind the end

A crafted header makes `parse` read what it should not.
"#;

fn rustsec(id: &str, package: &str, more: &str, versions: &str) -> String {
    format!(
        "```toml\n[advisory]\nid = \"{id}\"\npackage = \"{package}\"\ndate = \"2026-10-01\"\n{more}\n\n[versions]\n{versions}\n```\n\n# About {package}\n\nText.\n"
    )
}

#[test]
fn a_rustsec_advisory_is_met_unless_a_safe_range_holds_the_version() {
    Trial::new(
        "crates.io demo 0.9.9
         crates.io demo 1.0.0
         crates.io demo 1.2.4
         crates.io demo 1.2.5
         crates.io demo 1.3.0-alpha.1
         crates.io demo 1.4.2
         crates.io demo 2.0.0-beta.1",
    )
    .file("crates/demo/RUSTSEC-2026-0007.md", ADVISORY)
    .file("README.md", "no advisory")
    .check(&expect![[r#"
        high RUSTSEC-2026-0007 pkg:cargo/demo@1.0.0 pkg:cargo/demo@1.2.4 (CVE-2026-7) fixed in 1.2.5
        7 packages, 1 records, age 20 days
    "#]]);
}

#[test]
fn an_advisory_without_a_patch_holds_every_version() {
    Trial::new("crates.io demo 1.0.0")
        .file("crates/demo/RUSTSEC-2026-0008.md", rustsec("RUSTSEC-2026-0008", "demo", "", "patched = []"))
        .check(&expect![[r#"
            unknown RUSTSEC-2026-0008 pkg:cargo/demo@1.0.0
            1 packages, 1 records, age 51 days
        "#]]);
}

#[test]
fn information_is_no_hole() {
    let kinds = ["unmaintained", "unsound", "notice"];
    let trial = kinds.iter().enumerate().fold(Trial::new("crates.io demo 1.0.0"), |trial, (at, kind)| {
        let id = format!("RUSTSEC-2026-001{at}");
        let more = format!("informational = \"{kind}\"");
        trial.file(&format!("crates/demo/{id}.md"), rustsec(&id, "demo", &more, "patched = []"))
    });
    assert_eq!(trial.scan().open(), 0);
    trial.check(&expect![[r#"
        unmaintained RUSTSEC-2026-0010 pkg:cargo/demo@1.0.0
        unsound RUSTSEC-2026-0011 pkg:cargo/demo@1.0.0
        notice RUSTSEC-2026-0012 pkg:cargo/demo@1.0.0
        1 packages, 3 records, age 51 days
    "#]]);
    let mut exported = record("RUSTSEC-2026-0020", "crates.io", "demo", json!([{ "introduced": "0.0.0-0" }]));
    exported["affected"][0]["database_specific"] = json!({ "informational": "unmaintained", "cvss": null });
    Trial::new("crates.io demo 1.0.0").records(&[exported]).check(&expect![[r#"
        unmaintained RUSTSEC-2026-0020 pkg:cargo/demo@1.0.0
        1 packages, 1 records, age 2 days
    "#]]);
}

#[test]
fn advisories_about_rust_itself_are_not_about_crates_of_the_same_name() {
    Trial::new("crates.io cargo 0.50.0")
        .file("rust/cargo/RUSTSEC-2026-0009.md", rustsec("RUSTSEC-2026-0009", "cargo", "", "patched = []"))
        .file("crates/demo/RUSTSEC-2026-0007.md", ADVISORY)
        .check(&expect![[r#"
            1 packages, 1 records, age 20 days
        "#]]);
}

#[test]
fn withdrawn_and_broken_advisories_of_rustsec_are_told_apart() {
    Trial::new("crates.io demo 1.0.0")
        .file(
            "crates/demo/RUSTSEC-2026-0010.md",
            rustsec("RUSTSEC-2026-0010", "demo", "withdrawn = \"2026-10-02\"", "patched = []"),
        )
        .check(&expect![[r#"
            1 packages, 1 records, age 51 days
        "#]]);
    Trial::new("crates.io demo 1.0.0")
        .file("crates/demo/RUSTSEC-2026-0010.md", "# No head\n")
        .file("crates/demo/RUSTSEC-2026-0011.md", "```toml\n[advisory]\nid = 1\n```\n")
        .file("crates/other/RUSTSEC-2026-0012.md", rustsec("RUSTSEC-2026-0012", "other", "", "patched = []"))
        .check(&expect![[r#"
            unchecked pkg:cargo/demo@1.0.0: a database could not be read in full
            trouble /crates/demo/RUSTSEC-2026-0010.md: it does not begin with a block of TOML
            trouble /crates/demo/RUSTSEC-2026-0011.md: its head cannot be read: invalid type: integer `1`, expected a string
            1 packages, 1 records, age 51 days
        "#]]);
}

#[test]
fn both_databases_of_one_ecosystem_are_joined() {
    let mut exported = record("GHSA-aaaa-bbbb-cccc", "crates.io", "demo", before("1.2.5"));
    exported["aliases"] = json!(["CVE-2026-7"]);
    Trial::new("crates.io demo 1.0.0")
        .file("advisory-db/crates/demo/RUSTSEC-2026-0007.md", ADVISORY)
        .file("crates.io/GHSA-aaaa-bbbb-cccc.json", exported.to_string())
        .check(&expect![[r#"
            high RUSTSEC-2026-0007 pkg:cargo/demo@1.0.0 (CVE-2026-7, GHSA-aaaa-bbbb-cccc) fixed in 1.2.5
            1 packages, 2 records, age 2 days
        "#]]);
}

#[test]
fn an_ecosystem_without_a_database_is_unchecked() {
    Trial::new("npm demo 1.0.0\n PyPI demo 1.0\n PyPI second 1.0")
        .records(&[record("GHSA-1", "npm", "other", before("1.0.0"))])
        .check(&expect![[r#"
            unchecked pkg:pypi/demo@1.0: there is no database of PyPI
            unchecked pkg:pypi/second@1.0: there is no database of PyPI
            3 packages, 1 records, age 2 days
        "#]]);
}

/// An export of npm has records that name packages of PyPI as well. It is no database of PyPI.
#[test]
fn a_record_about_two_ecosystems_makes_no_database_of_either() {
    let mut both = record("GHSA-1", "npm", "demo", before("1.1.0"));
    let second = record("x", "PyPI", "demo", before("1.1"))["affected"][0].clone();
    both["affected"].as_array_mut().unwrap().push(second);
    Trial::new("PyPI demo 1.0\n PyPI other 1.0")
        .records(&[both, record("GHSA-2", "npm", "other", before("1.0.0"))])
        .check(&expect![[r#"
            unknown GHSA-1 pkg:pypi/demo@1.0 fixed in 1.1
            unchecked pkg:pypi/demo@1.0: there is no database of PyPI
            unchecked pkg:pypi/other@1.0: there is no database of PyPI
            2 packages, 2 records, age unknown
        "#]]);
}

#[test]
fn only_ecosystems_in_use_are_opened() {
    Trial::new("npm demo 1.0.0")
        .file("npm/GHSA-1.json", record("GHSA-1", "npm", "demo", before("1.1.0")).to_string())
        .file("PyPI/broken.json", "{")
        .file("Debian/all.zip", "no archive")
        .check(&expect![[r#"
            unknown GHSA-1 pkg:npm/demo@1.0.0 fixed in 1.1.0
            1 packages, 1 records, age 2 days
        "#]]);
}

#[test]
fn an_empty_database_covers_nothing() {
    Trial::new("npm demo 1.0.0").check(&expect![[r#"
        unchecked pkg:npm/demo@1.0.0: there is no database of npm
        1 packages, 0 records, age unknown
    "#]]);
    Trial::new("npm demo 1.0.0").database("not-there").check(&expect![[r#"
        unchecked pkg:npm/demo@1.0.0: there is no database of npm
        trouble /not-there: No such file or directory (os error 2)
        1 packages, 0 records, age unknown
    "#]]);
}

#[test]
fn a_broken_record_may_have_been_about_anything() {
    let good = record("GHSA-1", "npm", "demo", before("1.1.0")).to_string();
    Trial::new("npm demo 1.0.0\n npm other 1.0.0")
        .file("GHSA-1.json", &good)
        .file("GHSA-2.json", &good[..good.len() / 2])
        .file("list.json", "[]")
        .check(&expect![[r#"
            unknown GHSA-1 pkg:npm/demo@1.0.0 fixed in 1.1.0
            unchecked pkg:npm/demo@1.0.0: a database could not be read in full
            unchecked pkg:npm/other@1.0.0: a database could not be read in full
            trouble /GHSA-2.json: is no record: EOF while parsing a string at line 1 column 151
            trouble /list.json: is no record: invalid length 0, expected struct Head with 4 elements at line 1 column 2
            2 packages, 1 records, age 2 days
        "#]]);
}

/// Such a record says something about the packages it names, and about no others.
#[test]
fn a_record_of_another_form_leaves_the_packages_it_names_unchecked() {
    let mut odd = record("GHSA-1", "npm", "demo", before("1.1.0"));
    odd["severity"] = json!("high");
    Trial::new("npm demo 1.0.0\n npm other 1.0.0")
        .records(&[odd, record("GHSA-2", "npm", "x", before("1.1.0"))])
        .check(&expect![[r#"
            unchecked pkg:npm/demo@1.0.0: GHSA-1: it cannot be read in full: invalid type: string "high", expected a sequence at line 1 column 320
            2 packages, 2 records, age 2 days
        "#]]);
}

/// Whatever a record holds, it is read, or told about, and nothing falls over.
#[test]
fn turned_bytes_of_records_are_no_accident() {
    let good = record("GHSA-1", "npm", "demo", before("1.1.0")).to_string().into_bytes();
    let trial = Trial::new("npm demo 1.0.0").file("crates/demo/RUSTSEC-2026-0007.md", ADVISORY);
    for (at, turn) in (0..good.len()).flat_map(|at| [(at, 0x01), (at, 0x10), (at, 0x80)]) {
        let mut turned = good.clone();
        turned[at] ^= turn;
        fs::write(trial.path("GHSA-1.json"), &turned).unwrap();
        let report = trial.scan();
        assert!(!report.digest.is_empty(), "byte {at}");
    }
}

#[test]
fn long_texts_are_cut_at_a_character() {
    let mut long = record("GHSA-1", "npm", "demo", before("1.1.0"));
    long["details"] = json!("ä".repeat(40_000));
    let report = Trial::new("npm demo 1.0.0").records(&[long]).scan();
    assert!(report.to_cyclonedx().len() < 40_000);
    assert_eq!(report.open(), 1);
}

#[test]
fn the_age_is_that_of_the_ecosystem_that_is_oldest() {
    let fresh = record("GHSA-1", "npm", "a", before("1.0.0"));
    let mut old = record("PYSEC-1", "PyPI", "b", before("1.0"));
    old["modified"] = json!("2026-10-21T23:30:00.5+02:00");
    let mut older = record("PYSEC-2", "PyPI", "b", before("1.0"));
    older["modified"] = json!("2019-10-22T00:00:00Z");
    Trial::new("npm a 1.0.0\n PyPI b 1.0").records(&[fresh.clone(), old, older]).check(&expect![[r#"
        2 packages, 3 records, age 30 days
    "#]]);
    // Changed after the present: a variable says another one, or the clock is wrong.
    let mut ahead = fresh.clone();
    ahead["modified"] = json!("2026-12-24T00:00:00Z");
    Trial::new("npm a 1.0.0").records(&[ahead]).check(&expect![[r#"
        1 packages, 1 records, age unknown
    "#]]);
    let mut undated = fresh;
    undated.as_object_mut().unwrap().remove("modified");
    Trial::new("npm a 1.0.0").records(&[undated]).check(&expect![[r#"
        1 packages, 1 records, age unknown
    "#]]);
}

#[test]
fn the_digest_is_that_of_the_records_wherever_they_lie() {
    let one = record("GHSA-1", "npm", "a", before("1.0.0"));
    let two = record("GHSA-2", "npm", "b", before("1.0.0"));
    let packages = "npm a 1.0.0";
    let flat = Trial::new(packages).records(&[one.clone(), two.clone()]).scan();
    let nested = Trial::new(packages)
        .file("npm/2026/x.json", two.to_string())
        .file("npm/y.json", one.to_string())
        .file("npm/again.json", one.to_string())
        .scan();
    assert_eq!((&flat.digest, flat.records), (&nested.digest, 2));
    assert_ne!(flat.digest, Trial::new(packages).records(&[one]).scan().digest);
}

#[test]
fn links_are_not_followed() {
    let trial = Trial::new("npm a 1.0.0").records(&[record("GHSA-1", "npm", "a", before("1.0.0"))]);
    std::os::unix::fs::symlink(trial.path("."), trial.path("loop")).unwrap();
    trial.check(&expect![[r#"
        unchecked pkg:npm/a@1.0.0: a database could not be read in full
        trouble /loop: is a link or a device, not read
        1 packages, 1 records, age 2 days
    "#]]);
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let trial = Trial::new("crates.io demo 1.0.0\n npm a 1.0.0")
        .file("crates/demo/RUSTSEC-2026-0007.md", ADVISORY)
        .file("npm/x.json", record("GHSA-1", "npm", "a", before("1.1.0")).to_string());
    let first = trial.scan();
    assert_eq!(first.to_cyclonedx(), trial.scan().to_cyclonedx());
    assert!(!told(&first, trial.folder.path()).is_empty());
    fs::remove_dir_all(trial.path("npm")).unwrap();
    assert_ne!(first.to_cyclonedx(), trial.scan().to_cyclonedx());
}
