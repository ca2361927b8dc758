//! Claims about `sarif`.

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
