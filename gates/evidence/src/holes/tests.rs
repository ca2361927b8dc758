//! Claims about holes, ratings and package URLs.

use dod_kernel::evidence::Danger;
use expect_test::{Expect, expect};

use super::{Hole, Holes, Rating, is_advisory, purl};
use crate::findings::Findings;

fn hole(id: &str, aliases: &[&str], package: &str, word: &str) -> Hole {
    Hole {
        id: id.to_owned(),
        aliases: aliases.iter().map(|&alias| alias.to_owned()).collect(),
        package: package.to_owned(),
        version: "1.0".to_owned(),
        rating: Rating::word(word),
        ..Hole::default()
    }
}

#[expect(clippy::needless_pass_by_value, reason = "so that `expect![…]` can be written in place")]
fn check(entries: Vec<Hole>, expected: Expect) {
    let mut holes = Holes::default();
    entries.into_iter().for_each(|one| holes.push(one).unwrap());
    let mut findings = Findings::default();
    holes.finish(&mut findings).unwrap();
    let mut shown = String::new();
    for finding in findings.finish() {
        let hole = finding.vulnerability.unwrap();
        let suppressed = if finding.suppressed { " (suppressed)" } else { "" };
        shown +=
            &format!("{:?} {} {:?}{suppressed}: {}\n", hole.danger, hole.id, hole.aliases, finding.message);
    }
    expected.assert_eq(&shown);
}

#[test]
fn one_hole_in_one_package_is_one_finding_whatever_its_ids() {
    check(
        vec![
            hole("GHSA-1", &["CVE-1"], "pkg:npm/a", "low"),
            hole("CVE-1", &[], "pkg:npm/a", "high"),
            hole("cve-1", &[], "pkg:npm/b", "low"),
            hole("CVE-2", &[], "pkg:npm/a", "unknown"),
        ],
        expect![[r#"
            High GHSA-1 ["CVE-1"]: pkg:npm/a@1.0: known vulnerability
            Low cve-1 []: pkg:npm/b@1.0: known vulnerability
            Unknown CVE-2 []: pkg:npm/a@1.0: known vulnerability
        "#]],
    );
}

#[test]
fn a_later_entry_may_show_that_two_are_one() {
    check(
        vec![
            hole("RUSTSEC-1", &[], "pkg:cargo/a", "unknown"),
            hole("GHSA-1", &[], "pkg:cargo/a", "medium"),
            hole("CVE-1", &["GHSA-1", "RUSTSEC-1"], "pkg:cargo/a", "none"),
            hole("GHSA-1", &[], "pkg:cargo/a", "low"),
        ],
        expect![[r#"
            Medium RUSTSEC-1 ["CVE-1", "GHSA-1"]: pkg:cargo/a@1.0: known vulnerability
        "#]],
    );
}

#[test]
fn what_is_joined_is_suppressed_only_if_all_of_it_is() {
    let ignored = |id| Hole { suppressed: true, ..hole(id, &["CVE-1"], "a", "low") };
    check(
        vec![ignored("GHSA-1"), ignored("CVE-1"), ignored("CVE-2"), hole("CVE-3", &["cve-2"], "a", "low")],
        expect![[r#"
            Low GHSA-1 ["CVE-1", "CVE-2", "CVE-3"]: a 1.0: known vulnerability
        "#]],
    );
    check(
        vec![ignored("GHSA-1"), ignored("CVE-1")],
        expect![[r#"
            Low GHSA-1 ["CVE-1"] (suppressed): a 1.0: known vulnerability
        "#]],
    );
}

#[test]
fn holes_of_very_many_ids_are_joined_like_others() {
    let mut holes = Holes::default();
    let mut push = |id: String, alias: String| holes.push(hole(&id, &[&alias], "a", "low")).unwrap();
    // Two chains of 300 ids each, and then one entry that joins them.
    for at in 0..300 {
        push(format!("CVE-{at}"), format!("CVE-{}", at + 1));
        push(format!("GHSA-{at}"), format!("GHSA-{}", at + 1));
    }
    push("CVE-300".to_owned(), "GHSA-300".to_owned());
    push("GHSA-250".to_owned(), "CVE-7".to_owned());
    let mut findings = Findings::default();
    holes.finish(&mut findings).unwrap();
    assert_eq!(findings.len(), 1);
}

#[test]
fn entries_without_an_id_stay_apart() {
    check(
        vec![hole("", &[], "a", "low"), hole(" ", &[], "a", "low")],
        expect![[r#"
            Low unnamed []: a 1.0: known vulnerability
            Low unnamed []: a 1.0: known vulnerability
        "#]],
    );
}

#[test]
fn a_vector_of_every_version_has_its_score() {
    for (vector, score) in [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", "9.8"),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", "6.1"),
        ("AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N", "7.5"),
        ("AV:N/AC:M/Au:N/C:N/I:P/A:N", "4.3"),
        ("(AV:N/AC:L/Au:N/C:C/I:C/A:C)", "10"),
        ("CVSS:2.0/AV:N/AC:L/Au:N/C:P/I:P/A:P", "7.5"),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", "9.3"),
        ("CVSS:3.1/AV:P/AC:H/PR:H/UI:R/S:U/C:N/I:N/A:N", "0"),
    ] {
        let found = super::rating::score(vector);
        assert_eq!(found.map(|score| score.to_string()).as_deref(), Some(score), "{vector}");
    }
}

#[test]
fn a_vector_that_lacks_something_has_no_score() {
    for vector in [
        "",
        "CVSS:3.1",
        "CVSS:3.1/AV:N",
        "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:X",
        "CVSS:5.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H",
        "AV:N/AC:L",
        "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H",
        "high",
        "////",
        "CVSS:4.0/VC",
    ] {
        assert_eq!(super::rating::score(vector), None, "{vector}");
    }
}

#[test]
fn the_word_decides_and_a_vector_fills_in() {
    let of = |word, score: Option<&str>, vector| {
        Rating::of(word, score.map(|text| text.parse().unwrap()), vector).danger
    };
    let critical = Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H");
    assert_eq!(of(Some("LOW"), Some("9.8"), critical), Danger::Low);
    assert_eq!(of(Some("moderate"), None, None), Danger::Medium);
    assert_eq!(of(Some("UNKNOWN"), None, critical), Danger::Critical);
    assert_eq!(of(Some("scary"), None, None), Danger::Unknown);
    assert_eq!(of(Some("scary"), Some("5"), None), Danger::Medium);
    assert_eq!(of(Some("none"), Some("5"), None), Danger::Medium);
    assert_eq!(of(Some("none"), None, None), Danger::None);
    assert_eq!(of(None, Some("11"), None), Danger::Unknown);
    assert_eq!(of(None, Some("-1"), critical), Danger::Critical);
    assert_eq!(of(None, Some("0"), None), Danger::None);
    assert_eq!(of(None, None, Some("nonsense")), Danger::Unknown);
    assert_eq!(of(None, None, None), Danger::Unknown);
}

#[test]
fn a_package_has_one_spelling() {
    for (text, package, version) in [
        ("pkg:npm/%40babel/core@7.0.0", "pkg:npm/%40babel/core", Some("7.0.0")),
        ("pkg:npm/@babel/core@7.0.0", "pkg:npm/%40babel/core", Some("7.0.0")),
        ("pkg:npm/@babel/core", "pkg:npm/%40babel/core", None),
        ("PKG:PyPI/Django_-Rest.x@2.0", "pkg:pypi/django-rest-x", Some("2.0")),
        (
            "pkg:golang/github.com/Docker/x@v2.7.1%2Bincompatible",
            "pkg:golang/github.com/docker/x",
            Some("v2.7.1+incompatible"),
        ),
        ("pkg:deb/debian/openssl@1.1?arch=amd64&distro=debian-10", "pkg:deb/debian/openssl", Some("1.1")),
        ("pkg:maven/org.a/b@1.0?type=jar", "pkg:maven/org.a/b", Some("1.0")),
        ("pkg:golang/a.b/c@v1#sub/path", "pkg:golang/a.b/c", Some("v1")),
        ("pkg:cargo/serde", "pkg:cargo/serde", None),
    ] {
        let found = purl::parse(text).unwrap();
        assert_eq!((found.package.as_str(), found.version.as_deref()), (package, version), "{text}");
    }
    for text in ["", "pkg:", "pkg:npm", "pkg:npm/", "npm/a@1", "pkg:/a", "pkg:n p/a", "é"] {
        assert_eq!(purl::parse(text), None, "{text}");
    }
    assert_eq!(purl::of("maven", "org.a:b"), "pkg:maven/org.a/b");
    assert_eq!(purl::of("npm", "@babel/core"), "pkg:npm/%40babel/core");
    assert_eq!(purl::of_ecosystem("Debian:12", "openssl"), "pkg:deb/debian/openssl");
    assert_eq!(purl::of_ecosystem("crates.io", "serde"), "pkg:cargo/serde");
    assert_eq!(purl::of_ecosystem("Elsewhere", "x"), "x");
}

#[test]
fn ids_of_advisories_are_known() {
    for id in [
        "CVE-2021-1",
        "GHSA-aaaa-bbbb-cccc",
        "RUSTSEC-2020-0001",
        "PYSEC-2020-1",
        "GO-2021-0053",
        "cve-2021-1",
    ] {
        assert!(is_advisory(id), "{id}");
    }
    for id in ["CVE", "CWE-79", "F401", "go-vet", "no-unused-vars", "GO-", "rust-analyzer"] {
        assert!(!is_advisory(id), "{id}");
    }
}

#[test]
fn a_hole_is_the_same_when_the_version_moves_on_or_the_advisory_is_worded_anew() {
    let fingerprint = |title: &str, version: &str, package: &str| {
        let (title, version) = (title.to_owned(), version.to_owned());
        let mut holes = Holes::default();
        holes.push(Hole { title, version, ..hole("CVE-1", &[], package, "low") }).unwrap();
        let mut findings = Findings::default();
        holes.finish(&mut findings).unwrap();
        findings.finish().remove(0).fingerprint
    };
    let first = fingerprint("bad", "1.0", "pkg:npm/a1");
    assert_eq!(first, fingerprint("very bad", "2.0-beta", "pkg:npm/a1"));
    assert_ne!(first, fingerprint("bad", "1.0", "pkg:npm/a2"));
}
