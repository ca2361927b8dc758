//! Claims about `sarif`.

use dod_kernel::evidence::Severity;
use expect_test::expect;

use crate::Format::Sarif;
use crate::ReadError;
use crate::tests::{check, read};

/// A log with one run of these members.
fn run(members: &str) -> String {
    format!(r#"{{"version": "2.1.0", "runs": [{{{members}}}]}}"#)
}

const TOOL: &str = r#""tool": {"driver": {"name": "t", "rules": [
    {"id": "A", "defaultConfiguration": {"level": "error"}},
    {"id": "B", "defaultConfiguration": {"level": "note"}, "messageStrings": {"m": {"text": "{0} is not {1}"}}},
    {"id": "C"}]}, "extensions": [{"rules": [{"id": "X", "defaultConfiguration": {"level": "none"}}]}]}"#;

#[test]
fn a_level_comes_from_the_result_or_its_rule_or_is_warning() {
    check(
        Sarif,
        run(&format!(
            r#""results": [
                {{"ruleId": "A", "message": {{"text": "by id"}}}},
                {{"ruleIndex": 1, "message": {{"text": "by index"}}}},
                {{"rule": {{"index": 0}}, "message": {{"text": "by rule.index"}}}},
                {{"rule": {{"index": 0, "toolComponent": {{"index": 0}}}}, "message": {{"text": "of an extension"}}}},
                {{"ruleId": "A/sub", "message": {{"text": "by the beginning of its id"}}}},
                {{"ruleId": "C", "message": {{"text": "of a rule without a level"}}}},
                {{"ruleId": "unknown", "message": {{"text": "of no rule"}}}},
                {{"ruleId": "A", "level": "note", "message": {{"text": "its own"}}}},
                {{"ruleId": "B", "message": {{"id": "m", "arguments": ["this", "that"]}}}}
            ], {TOOL}"#
        )),
        expect![[r#"
            Error A -:-:- by id
            Note B -:-:- by index
            Error A -:-:- by rule.index
            None X -:-:- of an extension
            Error A/sub -:-:- by the beginning of its id
            Warning C -:-:- of a rule without a level
            Warning unknown -:-:- of no rule
            Note A -:-:- its own
            Note B -:-:- this is not that
        "#]],
    );
}

#[test]
fn what_is_not_a_failure_is_not_judged() {
    check(
        Sarif,
        run(&format!(
            r#"{TOOL}, "results": [
                {{"ruleId": "A", "kind": "pass", "message": {{"text": "holds"}}}},
                {{"ruleId": "A", "kind": "notApplicable", "message": {{"text": "does not apply"}}}},
                {{"ruleId": "A", "kind": "review", "message": {{"text": "look at it"}}}},
                {{"ruleId": "A", "kind": "informational", "level": "error", "message": {{"text": "says error"}}}},
                {{"ruleId": "A", "baselineState": "absent", "message": {{"text": "gone"}}}}
            ]"#
        )),
        expect![[r#"
            None A -:-:- look at it
            Error A -:-:- says error
            results.aside = 2 1
            results.gone = 1 1
        "#]],
    );
}

#[test]
fn no_results_is_not_no_findings() {
    assert_eq!(read(Sarif, run(r#""results": []"#)).unwrap().findings, Some(Vec::new()));
    for members in ["", r#""results": null"#, TOOL] {
        let found = read(Sarif, run(members));
        assert_eq!(found, Err(ReadError::NotRun { what: "results of a run" }), "{members}");
    }
    let found = read(Sarif, r#"{"version": "2.1.0", "runs": []}"#);
    assert_eq!(found, Err(ReadError::NotRun { what: "run" }));
    let one_of_two = r#"{"version": "2.1.0", "runs": [{"results": []}, {"tool": {}}]}"#;
    assert!(matches!(read(Sarif, one_of_two), Err(ReadError::NotRun { .. })));
}

#[test]
fn a_second_list_of_results_cannot_hide_the_first() {
    let result = r#"{"ruleId": "A", "message": {"text": "x"}}"#;
    let found = read(Sarif, run(&format!(r#""results": [{result}], "results": []"#)));
    assert!(matches!(found, Err(ReadError::DuplicateKey { ref key, .. }) if key == "results"), "{found:?}");
}

#[test]
fn a_tool_that_says_it_failed_has_not_looked() {
    check(
        Sarif,
        run(r#""results": [], "invocations": [{"executionSuccessful": true}, {"executionSuccessful": false,
            "toolExecutionNotifications": [{"message": {"text": "out of memory"}}]}]"#),
        expect![[r#"
            the tool says that it failed: out of memory
        "#]],
    );
}

#[test]
fn a_level_or_kind_outside_of_the_standard_is_malformed() {
    for result in [
        r#"{"level": "fatal"}"#,
        r#"{"level": 1}"#,
        r#"{"kind": "maybe"}"#,
        r#"{"kind": 1}"#,
        r#""text""#,
        "null",
    ] {
        let found = read(Sarif, run(&format!(r#""results": [{result}]"#)));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{result}: {found:?}");
    }
    let rules =
        r#""tool": {"driver": {"rules": [{"defaultConfiguration": {"level": "bad"}}]}}, "results": []"#;
    assert!(matches!(read(Sarif, run(rules)), Err(ReadError::Malformed { .. })));
}

#[test]
fn a_suppression_counts_unless_somebody_still_disputes_it() {
    let result = |suppressions| format!(r#"{{"message": {{"text": "x"}}, "suppressions": {suppressions}}}"#);
    let is_suppressed = |suppressions| {
        let report = run(&format!(r#""results": [{}]"#, result(suppressions)));
        read(Sarif, report).unwrap().findings.unwrap()[0].suppressed
    };
    assert!(is_suppressed(r#"[{"kind": "inSource"}]"#));
    assert!(is_suppressed(r#"[{"status": "accepted"}]"#));
    assert!(!is_suppressed("[]"));
    assert!(!is_suppressed("null"));
    assert!(!is_suppressed(r#"[{"status": "accepted"}, {"status": "rejected"}]"#));
    assert!(!is_suppressed(r#"[{"status": "underReview"}]"#));
    for unknown in [r#"[{"status": "Rejected"}]"#, r#"[{"status": ""}]"#, r#"[{"status": 1}]"#] {
        assert!(!is_suppressed(unknown), "{unknown}");
    }
}

#[test]
fn a_place_is_found_through_bases_and_artifacts() {
    check(
        Sarif,
        run(
            r#""originalUriBaseIds": {"SRC": {"uri": "src/", "uriBaseId": "ROOT"}, "ROOT": {"uri": "file:///repo/"}},
            "artifacts": [{"location": {"uri": "a%20b.c", "uriBaseId": "SRC"}}],
            "results": [
                {"ruleId": "A", "message": {"text": "by base"}, "locations": [{"physicalLocation":
                    {"artifactLocation": {"uri": "x.c", "uriBaseId": "SRC"}, "region": {"startLine": 3, "startColumn": 4}}}]},
                {"ruleId": "A", "message": {"text": "by index"}, "locations": [{"physicalLocation":
                    {"artifactLocation": {"index": 0}, "region": {"startLine": 0}}}]},
                {"ruleId": "A", "message": {"text": "alone"}, "locations": [{"physicalLocation":
                    {"artifactLocation": {"uri": "file:///repo/y.c", "uriBaseId": "UNKNOWN"}}}]}]"#,
        ),
        expect![[r#"
            Warning A src/x.c:3:4 by base
            Warning A src/a b.c:-:- by index
            Warning A y.c:-:- alone
        "#]],
    );
}

#[test]
fn another_version_is_another_format() {
    for (report, found) in [
        (r#"{"version": "2.0.0", "runs": [{"results": []}]}"#, "version `2.0.0`"),
        (r#"{"runs": [{"results": []}]}"#, "a JSON object without a `version` of SARIF"),
        (r#"{"version": "2.1.0"}"#, "a JSON object without `runs`"),
        (r#"{"bomFormat": "CycloneDX"}"#, "a JSON object without `version` and `runs`"),
        ("[]", "a JSON array"),
    ] {
        let found = ReadError::OtherFormat { expected: "SARIF 2.1.0", found: found.to_owned() };
        assert_eq!(read(Sarif, report), Err(found), "{report}");
    }
    assert!(matches!(read(Sarif, r#"{"version": "2.1.0", "runs": null}"#), Err(ReadError::Malformed { .. })));
}

#[test]
fn what_is_not_asked_for_may_be_large() {
    let large = format!("[{}0]", "0,".repeat(1_000_001));
    let report = format!(
        r#"{{"version": "2.1.0", "properties": {large}, "runs": [{{"graphs": {large}, "results": []}}]}}"#
    );
    assert!(read(Sarif, report).is_ok());
}

#[test]
fn arguments_are_filled_in_once() {
    let result = |text: &str, arguments: &str| {
        format!(r#"{{"ruleId": "A", "message": {{"text": "{text}", "arguments": [{arguments}]}}}}"#)
    };
    check(
        Sarif,
        run(&format!(
            r#""results": [{}, {}]"#,
            result("{0}{0} of {1} {2} {x} {", r#""{1}", "b""#),
            result("}{1}{0", r#""a", "b""#)
        )),
        expect![[r#"
            Warning A -:-:- {1}{1} of b {2} {x} {
            Warning A -:-:- }b{0
        "#]],
    );
    let arguments: Vec<String> = (1..60).map(|at| format!(r#""{{{at}}}{{{at}}}""#)).collect();
    assert!(read(Sarif, run(&format!(r#""results": [{}]"#, result("{0}", &arguments.join(","))))).is_ok());
}

/// A log with one result of this rule, with properties of the rule and of the result.
fn advisory(driver: &str, rule: &str, of_rule: &str, of_result: &str, text: &str) -> String {
    run(&format!(
        r#""tool": {{"driver": {{"name": "{driver}", "rules": [{{"id": "{rule}", {of_rule}}}]}}}},
           "results": [{{"ruleId": "{rule}", "message": {{"text": "{text}"}}, "properties": {{{of_result}}}}}]"#
    ))
}

fn hole(report: &str) -> String {
    let evidence = read(Sarif, report).unwrap();
    let finding = &evidence.findings.unwrap()[0];
    let Some(it) = &finding.vulnerability else { return "none".to_owned() };
    let score = it.score.map_or("-".to_owned(), |score| score.to_string());
    format!("{:?} {score} {} {}@{} fixed {:?}", it.danger, it.id, it.package, it.version, it.fixed.first())
}

#[test]
fn a_rule_that_is_an_advisory_makes_a_vulnerability() {
    let severity = |score: &str| format!(r#""properties": {{"security-severity": "{score}"}}"#);
    for (score, danger) in [
        ("9.8", "Critical"),
        ("7.0", "High"),
        ("4.0", "Medium"),
        ("3.9", "Low"),
        ("0.0", "None"),
        ("x", "Unknown"),
    ] {
        let found = hole(&advisory("t", "CVE-2024-1", &severity(score), "", "x"));
        assert!(found.starts_with(danger), "{score}: {found}");
    }
    // Nobody said how bad it is.
    let found = hole(&advisory("t", "RUSTSEC-2024-0001", r#""name": "x""#, "", "x"));
    assert_eq!(found, "Unknown - RUSTSEC-2024-0001 @ fixed None");
    // The result knows better than its rule.
    let own = r#""security-severity": 9.1"#;
    assert!(
        hole(&advisory("t", "GHSA-a-b-c", &severity("1.0"), own, "x")).starts_with("Critical 9.1 GHSA-a-b-c")
    );
    assert_eq!(hole(&advisory("t", "py/sql-injection", &severity("9.0"), "", "x")), "none");
}

#[test]
fn the_package_is_taken_from_where_tools_put_it() {
    let trivy = r"Package: openssl\nInstalled Version: 1.1\nVulnerability CVE-2024-1\nSeverity: HIGH\nFixed Version: 1.2, 1.3";
    assert_eq!(
        hole(&advisory("Trivy", "CVE-2024-1", r#""name": "x""#, "", trivy)),
        r#"Unknown - CVE-2024-1 openssl@1.1 fixed Some("1.2")"#
    );
    let grype = r#""help": {"text": "Vulnerability CVE-2024-1\nSeverity: low\nPackage: libc6\nVersion: 2.28\nFix Version: \nType: deb"}"#;
    assert_eq!(
        hole(&advisory("Grype", "CVE-2024-1-libc6", grype, "", "The path x reports libc6")),
        "Unknown - CVE-2024-1 libc6@2.28 fixed None"
    );
    let osv = "Package 'pkg/x@1.0' is vulnerable to 'CVE-2024-1' (also known as 'GHSA-x').";
    assert_eq!(
        hole(&advisory("osv-scanner", "CVE-2024-1", r#""name": "x""#, "", osv)),
        "Unknown - CVE-2024-1 pkg/x@1.0 fixed None"
    );
    let stated = r#""package": "pkg:npm/x@2.0", "fixedVersion": "2.1""#;
    assert_eq!(
        hole(&advisory("t", "CVE-2024-1", r#""name": "x""#, stated, "x")),
        r#"Unknown - CVE-2024-1 pkg:npm/x@2.0 fixed Some("2.1")"#
    );
}

#[test]
fn a_scanner_without_results_has_looked_for_vulnerabilities() {
    for (name, sought) in [
        ("osv-scanner", true),
        ("Trivy", true),
        ("Grype", true),
        ("cargo-audit", true),
        ("Snyk Open Source", true),
        ("CodeQL", false),
        ("trivyish", false),
    ] {
        let report = run(&format!(r#""results": [], "tool": {{"driver": {{"name": "{name}"}}}}"#));
        assert_eq!(read(Sarif, report).unwrap().vulnerabilities_sought, sought, "{name}");
    }
}

#[test]
fn a_license_that_is_objected_to_is_kept_whatever_the_objection_is_called() {
    let result = |objection: &str| {
        format!(
            r#"{{"ruleId": "license", "message": {{"text": "x"}}, "properties": {{"license": {{"package": "pkg:npm/x",
               "version": "1", "expression": "GPL-3.0-only", "objection": {objection}}}}}}}"#
        )
    };
    let report = run(&format!(
        r#""properties": {{"licensesSought": true}}, "results": [{}, {}, {}]"#,
        result(r#""copyleft""#),
        result(r#""denied""#),
        result("7")
    ));
    let evidence = read(Sarif, report).unwrap();
    let counts = evidence.summary().licenses.unwrap();
    assert_eq!((counts.copyleft, counts.denied, counts.unknown), (1, 1, 1));
    let sought = read(Sarif, run(r#""properties": {"licensesSought": true}, "results": []"#)).unwrap();
    assert!(sought.licenses_sought && !read(Sarif, run(r#""results": []"#)).unwrap().licenses_sought);
}

#[test]
fn what_the_tool_says_of_its_own_work_is_counted() {
    check(
        Sarif,
        run(r#""results": [], "invocations": [{"executionSuccessful": true,
            "toolExecutionNotifications": [{"level": "error", "message": {"text": "x"}}, {"message": {"text": "y"}}],
            "toolConfigurationNotifications": [{"level": "note"}]}]"#),
        expect![[r#"
            looked and found nothing
            notices.error = 1 1
            notices.warning = 1 1
        "#]],
    );
}

#[test]
fn results_that_lie_elsewhere_are_not_no_results() {
    let elsewhere = run(
        r#""results": [], "externalPropertyFileReferences": {"results": [{"location": {"uri": "r.json"}}]}"#,
    );
    assert!(matches!(read(Sarif, elsewhere), Err(ReadError::NotRun { .. })));
    let files = run(
        r#""results": [], "externalPropertyFileReferences": {"artifacts": [{"location": {"uri": "a.json"}}]}"#,
    );
    assert!(read(Sarif, files).is_ok());
}

#[test]
fn an_index_that_contradicts_the_id_is_not_believed() {
    check(
        Sarif,
        run(&format!(
            r#"{TOOL}, "results": [
                {{"ruleId": "A", "ruleIndex": 1, "message": {{"text": "A is an error"}}}},
                {{"ruleId": "Z", "ruleIndex": 1, "message": {{"text": "nobody knows Z"}}}},
                {{"rule": {{"id": "X", "index": 0, "toolComponent": {{"name": "e"}}}}, "message": {{"text": "of e"}}}}
            ]"#
        )),
        expect![[r#"
            Error A -:-:- A is an error
            Note Z -:-:- nobody knows Z
            None X -:-:- of e
        "#]],
    );
}

#[test]
fn an_id_with_a_million_levels_costs_its_length_once() {
    let slashes = "/".repeat(2 << 20);
    let report = run(&format!(
        r#""tool": {{"driver": {{"name": "t", "rules": [{{"id": "{slashes}x"}}]}}}},
           "results": [{{"ruleId": "{slashes}", "message": {{"text": "m"}}}}]"#
    ));
    let found = read(Sarif, &report).unwrap().findings.unwrap();
    assert_eq!((found.len(), found[0].severity), (1, Severity::Warning));
}

#[test]
fn what_every_result_repeats_is_kept_short() {
    let long = "y".repeat(4 << 20);
    let bases: Vec<String> = (0..20_000).map(|at| format!(r#""B{at}": {{"uri": "{at}"}}"#)).collect();
    let result = r#"{"ruleIndex": 0, "message": {"id": "m"}, "locations": [{"physicalLocation": {"artifactLocation": {"index": 0}}}]}"#;
    let report = run(&format!(
        r#""tool": {{"driver": {{"name": "t", "rules": [
               {{"id": "CVE-2021-1-{long}", "messageStrings": {{"m": {{"text": "{long}"}}}}, "properties": {{"package": "{long}"}}}}]}}}},
           "artifacts": [{{"location": {{"uri": "{long}", "uriBaseId": "B19999"}}}}],
           "originalUriBaseIds": {{{}}}, "results": [{}]"#,
        bases.join(","),
        vec![result; 5_000].join(",")
    ));
    let found = read(Sarif, &report).unwrap().findings.unwrap();
    assert_eq!(found.len(), 5_000);
    assert!(found[0].place.as_ref().unwrap().path.starts_with("19999/yyy"), "bases are found");
    let size = |one: &dod_kernel::evidence::Finding| one.message.len() + one.rule.len();
    assert!(found.iter().all(|one| size(one) < 4_000));
}

#[test]
fn members_may_come_in_any_order() {
    let result = r#"{"message": {"text": "x"}, "ruleIndex": 0, "locations": [{"physicalLocation": {"artifactLocation":
        {"index": 0}, "region": {"startLine": 3}}}]}"#;
    let artifacts = r#""artifacts": [{"location": {"uri": "a.c", "uriBaseId": "R"}}]"#;
    let bases = r#""originalUriBaseIds": {"R": {"uri": "file:///repo/src/"}}"#;
    let results = format!(r#""results": [{result}, {result}]"#);
    let parts = [TOOL, artifacts, bases, &results];
    let whole = read(Sarif, run(&parts.join(", "))).unwrap().findings;
    assert_eq!(&*whole.as_ref().unwrap()[1].place.as_ref().unwrap().path, "src/a.c");
    for turn in 1..parts.len() {
        let mut turned = parts;
        turned.rotate_left(turn);
        assert_eq!(read(Sarif, run(&turned.join(", "))).unwrap().findings, whole, "{turn}");
    }
}
