//! The evaluation of the OSV schema: its rules and its examples.

use expect_test::{Expect, expect};

use super::{Answer, InUse, of_entries};
use crate::vulnerabilities::osv;
use crate::vulnerabilities::version::Scheme;

/// Asks one entry about several versions; `-` is none.
fn check(scheme: Option<Scheme>, entry: &str, versions: &str, expected: &Expect) {
    check_all(scheme, &format!("[{entry}]"), versions, expected);
}

fn check_all(scheme: Option<Scheme>, entries: &str, versions: &str, expected: &Expect) {
    let entries: Vec<osv::Affected> = serde_json::from_str(entries).unwrap();
    let mut text = String::new();
    for version in versions.split_whitespace() {
        let known = (version != "-").then_some(version);
        let answer = of_entries(entries.iter(), &InUse::new(known, scheme));
        let said = match answer {
            Answer::Affected(fixed) if fixed.is_empty() => "affected".to_owned(),
            Answer::Affected(fixed) => format!("affected, fixed in {fixed:?}"),
            Answer::Unaffected => "unaffected".to_owned(),
            Answer::Unknown(why) => format!("unknown: {why}"),
        };
        text += &format!("{version}: {said}\n");
    }
    expected.assert_eq(&text);
}

fn range(kind: &str, events: &str) -> String {
    format!(r#"{{"ranges": [{{"type": "{kind}", "events": [{events}]}}]}}"#)
}

#[test]
fn a_range_holds_its_beginning_and_not_its_fix() {
    let entry = range("SEMVER", r#"{"introduced": "1.2.0"}, {"fixed": "1.4.1"}"#);
    check(
        Some(Scheme::SemVer),
        &entry,
        "1.1.9 1.2.0-rc.1 1.2.0 1.4.1-rc.1 1.4.1 2.0.0",
        &expect![[r#"
        1.1.9: unaffected
        1.2.0-rc.1: unaffected
        1.2.0: affected, fixed in {"1.4.1"}
        1.4.1-rc.1: affected, fixed in {"1.4.1"}
        1.4.1: unaffected
        2.0.0: unaffected
    "#]],
    );
}

#[test]
fn zero_is_before_everything() {
    let entry = range("SEMVER", r#"{"introduced": "0"}, {"fixed": "1.0.0"}"#);
    check(
        Some(Scheme::SemVer),
        &entry,
        "0.0.0-0 0.0.1 1.0.0",
        &expect![[r#"
        0.0.0-0: affected, fixed in {"1.0.0"}
        0.0.1: affected, fixed in {"1.0.0"}
        1.0.0: unaffected
    "#]],
    );
}

#[test]
fn events_are_sorted_before_they_are_looked_at() {
    let entry = range(
        "SEMVER",
        r#"{"fixed": "3.1.0"}, {"introduced": "3.0.0"}, {"fixed": "1.1.0"}, {"introduced": "1.0.0"}"#,
    );
    check(
        Some(Scheme::SemVer),
        &entry,
        "0.9.0 1.0.5 2.0.0 3.0.0 3.1.0",
        &expect![[r#"
        0.9.0: unaffected
        1.0.5: affected, fixed in {"1.1.0"}
        2.0.0: unaffected
        3.0.0: affected, fixed in {"3.1.0"}
        3.1.0: unaffected
    "#]],
    );
}

#[test]
fn the_last_affected_version_is_affected() {
    let entry = range("SEMVER", r#"{"last_affected": "1.5.0"}, {"introduced": "1.0.0"}"#);
    check(
        Some(Scheme::SemVer),
        &entry,
        "1.5.0 1.5.1",
        &expect![[r#"
        1.5.0: affected
        1.5.1: unaffected
    "#]],
    );
    let single = range("SEMVER", r#"{"last_affected": "1.0.0"}, {"introduced": "1.0.0"}"#);
    check(
        Some(Scheme::SemVer),
        &single,
        "1.0.0 1.0.1",
        &expect![[r#"
        1.0.0: affected
        1.0.1: unaffected
    "#]],
    );
}

#[test]
fn a_limit_cuts_the_range_off_and_a_star_does_not() {
    let entry = range("SEMVER", r#"{"introduced": "1.0.0"}, {"limit": "2.0.0"}"#);
    check(
        Some(Scheme::SemVer),
        &entry,
        "1.9.0 2.0.0",
        &expect![[r#"
        1.9.0: affected
        2.0.0: unaffected
    "#]],
    );
    let open = range("SEMVER", r#"{"introduced": "1.0.0"}, {"limit": "*"}"#);
    check(
        Some(Scheme::SemVer),
        &open,
        "9.0.0",
        &expect![[r#"
        9.0.0: affected
    "#]],
    );
}

#[test]
fn any_of_several_ranges_and_entries_is_enough() {
    check_all(
        Some(Scheme::SemVer),
        r#"[{"ranges": [
             {"type": "SEMVER", "events": [{"introduced": "1.0.0"}, {"fixed": "1.1.0"}]},
             {"type": "SEMVER", "events": [{"introduced": "2.0.0"}, {"fixed": "2.1.0"}]}]},
            {"ranges": [{"type": "SEMVER", "events": [{"introduced": "3.0.0"}]}]}]"#,
        "1.0.0 1.1.0 2.0.5 3.5.0",
        &expect![[r#"
            1.0.0: affected, fixed in {"1.1.0"}
            1.1.0: unaffected
            2.0.5: affected, fixed in {"2.1.0"}
            3.5.0: affected
        "#]],
    );
}

#[test]
fn listed_versions_are_affected_also_where_no_order_is_known() {
    check(
        None,
        r#"{"versions": ["1.0", "1.1-jre"], "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "2.0"}]}]}"#,
        "1.1-jre 2.0 1.5",
        &expect![[r#"
            1.1-jre: affected
            2.0: unknown: the order of versions of this ecosystem is not known here
            1.5: unknown: the order of versions of this ecosystem is not known here
        "#]],
    );
    check(
        None,
        r#"{"versions": ["1.0"]}"#,
        "1.0 2.0 -",
        &expect![[r#"
        1.0: affected
        2.0: unaffected
        -: unknown: no version is known
    "#]],
    );
}

#[test]
fn a_listed_version_may_be_spelled_otherwise() {
    check(
        Some(Scheme::Pep440),
        r#"{"versions": ["1.0"]}"#,
        "1.0.0 1.0+cpu 1.0.post1",
        &expect![[r#"
        1.0.0: affected
        1.0+cpu: affected
        1.0.post1: unaffected
    "#]],
    );
}

#[test]
fn versions_of_python_are_ordered_by_their_own_rules() {
    let entry = range("ECOSYSTEM", r#"{"introduced": "2.0"}, {"last_affected": "2.0.1"}"#);
    check(
        Some(Scheme::Pep440),
        &entry,
        "2.0rc1 2.0.0 2.0.1+cu118 2.0.1.post1 2.0.2.dev1",
        &expect![[r#"
        2.0rc1: unaffected
        2.0.0: affected
        2.0.1+cu118: affected
        2.0.1.post1: unaffected
        2.0.2.dev1: unaffected
    "#]],
    );
}

#[test]
fn commits_alone_tell_nothing() {
    check(
        Some(Scheme::SemVer),
        &range("GIT", r#"{"introduced": "0"}"#),
        "1.0.0",
        &expect![[r#"
        1.0.0: unknown: it names commits only
    "#]],
    );
    check(
        Some(Scheme::SemVer),
        "{}",
        "1.0.0",
        &expect![[r#"
        1.0.0: unknown: it names no versions
    "#]],
    );
}

#[test]
fn every_version_is_affected_where_a_package_is_malicious() {
    let entry = range("SEMVER", r#"{"introduced": "0"}"#);
    check(
        Some(Scheme::SemVer),
        &entry,
        "1.0.0 not-a-version -",
        &expect![[r#"
        1.0.0: affected
        not-a-version: affected
        -: affected
    "#]],
    );
}

#[test]
fn what_has_no_place_in_the_order_is_unknown() {
    let entry = range("SEMVER", r#"{"introduced": "0"}, {"fixed": "1.0.0"}"#);
    check(
        Some(Scheme::SemVer),
        &entry,
        "one - 1.2",
        &expect![[r#"
        one: unknown: `one` has no place in the order of versions
        -: unknown: no version is known
        1.2: unknown: `1.2` has no place in the order of versions
    "#]],
    );
    let broken = range("SEMVER", r#"{"introduced": "0"}, {"fixed": "soon"}"#);
    check(
        Some(Scheme::SemVer),
        &broken,
        "1.0.0",
        &expect![[r#"
        1.0.0: unknown: its bound `soon` has no place in the order of versions
    "#]],
    );
    let headless = range("SEMVER", r#"{"fixed": "1.0.0"}"#);
    check(
        Some(Scheme::SemVer),
        &headless,
        "0.1.0",
        &expect![[r#"
        0.1.0: unknown: a range of it has no beginning
    "#]],
    );
    let odd = range("SEMVER", r#"{"introduced": "0"}, {"mended": "1.0.0"}"#);
    check(
        Some(Scheme::SemVer),
        &odd,
        "0.1.0",
        &expect![[r#"
        0.1.0: unknown: an event of it is of a kind that is not known
    "#]],
    );
    let strange = range("VERS", r#"{"introduced": "0"}"#);
    check(
        Some(Scheme::SemVer),
        &strange,
        "0.1.0",
        &expect![[r#"
        0.1.0: unknown: a range of type `VERS` is not known
    "#]],
    );
}

#[test]
fn ranges_that_touch_have_no_hole_between_them() {
    let entry = range(
        "SEMVER",
        r#"{"introduced": "1.0.0"}, {"fixed": "2.0.0"}, {"introduced": "2.0.0"}, {"fixed": "3.0.0"}"#,
    );
    check(
        Some(Scheme::SemVer),
        &entry,
        "2.0.0 3.0.0",
        &expect![[r#"
        2.0.0: affected, fixed in {"3.0.0"}
        3.0.0: unaffected
    "#]],
    );
}
