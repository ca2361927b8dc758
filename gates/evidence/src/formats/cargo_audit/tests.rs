//! Claims about `cargo_audit`.

use expect_test::expect;

use crate::Format::CargoAudit;
use crate::ReadError;
use crate::tests::{check, read};

fn report(vulnerabilities: &str, warnings: &str) -> String {
    format!(
        r#"{{"database": {{"advisory-count": 800, "last-updated": "2026-11-01T00:00:00Z"}}, "lockfile": {{"dependency-count": 3}},
        "settings": {{"ignore": []}}, "vulnerabilities": {vulnerabilities}, "warnings": {warnings}}}"#
    )
}

fn entry(version: &str, cvss: &str) -> String {
    format!(
        r#"{{"advisory": {{"id": "RUSTSEC-2021-0003", "package": "smallvec", "title": "Overflow", "aliases": ["CVE-2021-25900"],
        "cvss": {cvss}}}, "versions": {{"patched": [">=1.6.1"]}}, "package": {{"name": "smallvec", "version": "{version}"}}}}"#
    )
}

#[test]
fn a_hole_without_a_vector_is_of_unknown_danger() {
    let list = format!(
        r#"{{"found": true, "count": 2, "list": [{}, {}]}}"#,
        entry("0.6.13", "null"),
        entry("1.5.0", "\"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H\"")
    );
    check(
        CargoAudit,
        report(&list, "{}"),
        expect![[r#"
        Error RUSTSEC-2021-0003 -:-:- pkg:cargo/smallvec@0.6.13: Overflow (fixed in >=1.6.1)
        Error RUSTSEC-2021-0003 -:-:- pkg:cargo/smallvec@1.5.0: Overflow (fixed in >=1.6.1)
    "#]],
    );
    let counts = read(CargoAudit, report(&list, "{}")).unwrap().summary().vulnerabilities.unwrap();
    assert_eq!((counts.unknown, counts.critical), (1, 1));
}

#[test]
fn warnings_are_rules_of_their_own_and_no_holes() {
    let warnings = r#"{"unmaintained": [{"kind": "unmaintained", "package": {"name": "net2", "version": "0.2.35"},
        "advisory": {"id": "RUSTSEC-2020-0016", "title": "deprecated"}, "versions": null}],
        "yanked": [{"kind": "yanked", "package": {"name": "a", "version": "1.0.0"}, "advisory": null}]}"#;
    let none = r#"{"found": false, "count": 0, "list": []}"#;
    check(
        CargoAudit,
        report(none, warnings),
        expect![[r#"
        Warning unmaintained -:-:- pkg:cargo/net2@0.2.35: deprecated (RUSTSEC-2020-0016)
        Warning yanked -:-:- pkg:cargo/a@1.0.0: yanked
    "#]],
    );
    let array = r#"[{"kind": "notice", "package": {"name": "b", "version": "1"}, "advisory": {"id": "RUSTSEC-2020-0001", "title": "t"}}]"#;
    check(
        CargoAudit,
        report(none, array),
        expect![[r#"
        Note notice -:-:- pkg:cargo/b@1: t (RUSTSEC-2020-0001)
    "#]],
    );
    assert_eq!(
        read(CargoAudit, report(none, warnings)).unwrap().summary().vulnerabilities.unwrap().unknown,
        0
    );
}

#[test]
fn numbers_are_counted_again() {
    check(
        CargoAudit,
        report(&format!(r#"{{"found": true, "count": 3, "list": [{}]}}"#, entry("1", "null")), "{}"),
        expect![[r#"
            Error RUSTSEC-2021-0003 -:-:- pkg:cargo/smallvec@1: Overflow (fixed in >=1.6.1)
            declared 3 vulnerabilities, counted 1
        "#]],
    );
    for list in [r#"{"found": true, "count": 1, "list": []}"#, r#"{"found": true, "list": []}"#] {
        assert!(matches!(read(CargoAudit, report(list, "{}")), Err(ReadError::NotRun { .. })), "{list}");
    }
}

#[test]
fn an_empty_database_found_nothing_because_it_could_not() {
    let report = report(r#"{"found": false, "count": 0, "list": []}"#, "{}").replace(": 800", ": 0");
    assert!(matches!(read(CargoAudit, report), Err(ReadError::NotRun { .. })));
}

#[test]
fn without_the_list_nobody_looked() {
    for report in [
        report("null", "{}"),
        report("{}", "{}"),
        report("[]", "{}"),
        "{}".to_owned(),
        report(r#"{"list": [{}]}"#, "{}"),
        report(r#"{"list": [], "count": -1}"#, "{}"),
    ] {
        assert!(read(CargoAudit, &report).is_err(), "{report}");
    }
    let message = "couldn't fetch advisory database".to_owned();
    let found = read(CargoAudit, r#"{"error": "couldn't fetch advisory database"}"#);
    assert_eq!(found, Err(ReadError::ToolFailed { message }));
}
