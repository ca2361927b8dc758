//! Claims about `cargo_deny`.

use expect_test::expect;

use crate::Format::CargoDeny;
use crate::ReadError;
use crate::tests::{check, read};

const GRAPH: &str = r#""graphs":[{"Krate":{"name":"hyper","version":"0.13.9"},"parents":[{"Krate":{"name":"shop","version":"0.1.0"}}]}]"#;

fn diagnostic(code: &str, severity: &str, message: &str, more: &str) -> String {
    format!(
        "{{\"type\":\"diagnostic\",\"fields\":{{\"code\":\"{code}\",\"severity\":\"{severity}\",\"message\":\"{message}\",{GRAPH}{more}}}}}\n"
    )
}

fn summary(errors: i64, warnings: i64) -> String {
    let clean = r#"{"errors":0,"warnings":0,"notes":0,"helps":0}"#;
    format!(
        "{{\"type\":\"summary\",\"fields\":{{\"advisories\":{clean},\"bans\":{clean},\"licenses\":{{\"errors\":{errors},\"warnings\":{warnings},\"notes\":0,\"helps\":9}}}}}}\n"
    )
}

const ADVISORY: &str = r#","advisory":{"id":"RUSTSEC-2021-0020","package":"hyper","aliases":["CVE-2021-21299"],"cvss":"CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"},"notes":["ID: RUSTSEC-2021-0020","Solution: Upgrade to >=0.14.3 OR >=0.13.10, <0.14.0 (try `cargo update -p hyper`)"]"#;

#[test]
fn a_vulnerability_is_a_hole_and_an_allowed_one_is_suppressed() {
    let report = diagnostic("vulnerability", "error", "Smuggling", ADVISORY) + &summary(1, 0);
    check(
        CargoDeny,
        &report,
        expect![[r#"
        Error RUSTSEC-2021-0020 -:-:- pkg:cargo/hyper@0.13.9: Smuggling (fixed in >=0.14.3, >=0.13.10, <0.14.0)
    "#]],
    );
    assert_eq!(read(CargoDeny, report).unwrap().summary().vulnerabilities.unwrap().critical, 1);
    check(
        CargoDeny,
        diagnostic("A001", "help", "Smuggling", ADVISORY) + &summary(0, 0),
        expect![[r#"
        Error RUSTSEC-2021-0020 -:-:- pkg:cargo/hyper@0.13.9: Smuggling (fixed in >=0.14.3, >=0.13.10, <0.14.0) (suppressed)
    "#]],
    );
}

#[test]
fn a_license_that_is_rejected_is_objected_to() {
    let label = |says: &str| {
        format!(
            r#","labels":[{{"message":"license expression","span":"GPL-3.0","line":1,"column":1}},{{"message":"{says}","span":"GPL-3.0","line":1,"column":1}}]"#
        )
    };
    let report = diagnostic(
        "rejected",
        "error",
        "failed to satisfy license requirements",
        &label("rejected: license is not explicitly allowed"),
    ) + &diagnostic(
        "rejected",
        "error",
        "failed to satisfy license requirements",
        &label("rejected: license is copyleft"),
    ) + &diagnostic("unlicensed", "error", "hyper is unlicensed", "")
        + &diagnostic("accepted", "help", "license requirements satisfied", "")
        + &summary(3, 0);
    check(
        CargoDeny,
        &report,
        expect![[r#"
            Error rejected -:-:- pkg:cargo/hyper@0.13.9: failed to satisfy license requirements (rejected: license is not explicitly allowed)
            Error rejected -:-:- pkg:cargo/hyper@0.13.9: failed to satisfy license requirements (rejected: license is copyleft)
            Error unlicensed -:-:- pkg:cargo/hyper@0.13.9: hyper is unlicensed
        "#]],
    );
    let counts = read(CargoDeny, report).unwrap().summary().licenses.unwrap();
    assert_eq!((counts.denied, counts.copyleft, counts.unknown), (1, 1, 1));
}

#[test]
fn the_rest_are_findings_under_their_codes() {
    let report = "    Updating index\n".to_owned()
        + &diagnostic("unmaintained", "warning", "gone", r#","advisory":{"id":"RUSTSEC-2020-0016"}"#)
        + &diagnostic("duplicate", "warning", "found 2 duplicate entries", "")
        + &diagnostic("banned", "error", "crate is banned", "")
        + &diagnostic("license-not-encountered", "note", "not seen", "")
        + &summary(1, 2);
    check(
        CargoDeny,
        report,
        expect![[r#"
        Warning unmaintained -:-:- pkg:cargo/hyper@0.13.9: gone (RUSTSEC-2020-0016)
        Warning duplicate -:-:- pkg:cargo/hyper@0.13.9: found 2 duplicate entries
        Error banned -:-:- pkg:cargo/hyper@0.13.9: crate is banned
        Note license-not-encountered -:-:- pkg:cargo/hyper@0.13.9: not seen
    "#]],
    );
}

#[test]
fn only_what_the_summary_names_was_looked_for() {
    let bans = "{\"type\":\"summary\",\"fields\":{\"bans\":{\"errors\":0,\"warnings\":0,\"notes\":0,\"helps\":0}}}\n";
    let found = read(CargoDeny, bans).unwrap();
    assert!(!found.vulnerabilities_sought && !found.licenses_sought && found.findings.is_some());
    let found = read(CargoDeny, summary(0, 0)).unwrap();
    assert!(found.vulnerabilities_sought && found.licenses_sought);
    let nothing = "{\"type\":\"summary\",\"fields\":{}}\n";
    assert!(matches!(read(CargoDeny, nothing), Err(ReadError::NotRun { .. })));
}

#[test]
fn without_its_summary_the_run_was_cut_or_failed() {
    let report = diagnostic("banned", "error", "crate is banned", "");
    assert!(matches!(read(CargoDeny, &report), Err(ReadError::CutOff { .. })));
    assert!(matches!(read(CargoDeny, summary(0, 0) + &report), Err(ReadError::CutOff { .. })));
    let logged = "{\"type\":\"log\",\"fields\":{\"timestamp\":\"\",\"level\":\"ERROR\",\"message\":\"failed to fetch advisory database\"}}\n";
    let message = "failed to fetch advisory database".to_owned();
    assert_eq!(read(CargoDeny, logged), Err(ReadError::ToolFailed { message }));
    assert!(read(CargoDeny, logged.to_owned() + &summary(0, 0)).is_ok());
}

#[test]
fn totals_are_counted_again() {
    let one = diagnostic("banned", "error", "crate is banned", "");
    check(
        CargoDeny,
        one + &summary(3, 0),
        expect![[r#"
        Error banned -:-:- pkg:cargo/hyper@0.13.9: crate is banned
        declared 3 findings.error, counted 1
    "#]],
    );
    assert!(matches!(read(CargoDeny, summary(2, 0)), Err(ReadError::NotRun { .. })));
    assert!(matches!(read(CargoDeny, summary(-2, 0)), Err(ReadError::Malformed { .. })));
}

#[test]
fn other_lines_are_refused() {
    let found = read(CargoDeny, "{\"reason\":\"build-finished\",\"success\":true}\n");
    assert!(matches!(found, Err(ReadError::OtherFormat { .. })));
    let odd = diagnostic("banned", "fatal", "x", "") + &summary(0, 0);
    assert!(matches!(read(CargoDeny, odd), Err(ReadError::Malformed { .. })));
}
