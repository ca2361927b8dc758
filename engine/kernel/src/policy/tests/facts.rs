//! What expressions may ask of a run.

use std::collections::BTreeMap;

use expect_test::{Expect, expect};

use super::evidence;
use crate::ask::{Facts, Lookup};
use crate::evidence::Evidence;
use crate::id::Name;
use crate::policy::*;
use crate::value::Value;

/// Looks up as the expression engine does: the longest path whose beginnings are all groups.
fn asked(facts: &RunFacts<'_>, path: &str) -> String {
    // Every second part stood between brackets: dots inside belong to the name.
    let parts = path.split("[\"").flat_map(|part| part.split("\"]")).enumerate();
    let names: Vec<&str> = parts
        .flat_map(|(at, part)| if at % 2 == 1 { vec![part] } else { part.split('.').collect() })
        .filter(|name| !name.is_empty())
        .collect();
    let mut length = 1;
    while length < names.len() && facts.is_group(&names[..length]) {
        length += 1;
    }
    let rest = names[length..].join(".");
    match facts.look_up(&names[..length]) {
        Lookup::Known(value) if rest.is_empty() => format!("{value:?}"),
        Lookup::Known(value) => format!("{rest} of {value:?}"),
        Lookup::Unknown => "unknown".into(),
        Lookup::NoSuchName if facts.is_group(&names[..length]) => "a group".into(),
        Lookup::NoSuchName => "no such name".into(),
    }
}

/// Gates are `NAME | EVIDENCE`; each path is asked over them and a few facts of the host.
#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(gates: &[(&str, &str)], paths: &[&str], expected: Expect) {
    let facts = BTreeMap::from([
        (Name::from("branch"), Value::text("main")),
        ("inputs".into(), Value::Map(BTreeMap::from([("level".into(), Value::Integer(3))]))),
        ("tag".into(), Value::Null),
    ]);
    let outputs = BTreeMap::from([("build".into(), BTreeMap::from([("version".into(), "1.2".into())]))]);
    let variables: BTreeMap<&str, Value> =
        BTreeMap::from([("order", Value::Integer(5)), ("branch", Value::Null)]);
    let names: Vec<Name> = gates.iter().map(|(name, _)| Name::from(*name)).collect();
    let found: Vec<_> = gates.iter().map(|(_, found)| Evidence::summary(&evidence(found))).collect();
    let seen: Vec<GateSeen<'_>> = names
        .iter()
        .zip(&found)
        .map(|(name, summary)| GateSeen {
            allow_failure: false,
            evidence: None,
            kind: name,
            leg: false,
            name,
            outcomes: &[],
            project: None,
            state: GateState::Judged(State::Passed),
            summary: Some(summary),
        })
        .collect();
    let states = |step: &str| (step == "deploy").then_some("failed");
    let variable = |name: &str| variables.get(name).cloned();
    let facts = RunFacts::new(&facts, &outputs, None)
        .with_gates(&seen)
        .with_states(&states)
        .with_variables(&variable);
    let text: String = paths.iter().map(|path| format!("{path} -> {}\n", asked(&facts, path))).collect();
    expected.assert_eq(&text);
}

#[test]
fn facts_of_the_host_are_known_or_unknown_and_never_hidden_by_variables() {
    check(
        &[],
        &["branch", "tag", "commit", "brunch", "inputs.level", "order", "branch.name"],
        expect![[r#"
        branch -> Text("main")
        tag -> Null
        commit -> unknown
        brunch -> no such name
        inputs.level -> level of Map({"level": Integer(3)})
        order -> Integer(5)
        branch.name -> name of Text("main")
    "#]],
    );
}

#[test]
fn steps_are_asked_for_outputs_and_state() {
    check(
        &[("lint", "2 error")],
        &[
            "steps[\"build\"].outputs.version",
            "steps[\"build\"].outputs.other",
            "steps[\"nope\"].outputs.version",
            "steps[\"lint\"].state",
            "steps[\"deploy\"].state",
            "steps[\"build\"].state",
            "steps[\"lint\"].findings.error",
            "steps[\"build\"].findings.error",
            "steps[\"lint\"].color",
            "steps[\"lint\"]",
        ],
        expect![[r#"
            steps["build"].outputs.version -> Text("1.2")
            steps["build"].outputs.other -> unknown
            steps["nope"].outputs.version -> unknown
            steps["lint"].state -> Text("passed")
            steps["deploy"].state -> Text("failed")
            steps["build"].state -> unknown
            steps["lint"].findings.error -> Integer(2)
            steps["build"].findings.error -> unknown
            steps["lint"].color -> no such name
            steps["lint"] -> a group
        "#]],
    );
}

#[test]
fn counts_are_summed_and_unknown_where_nobody_looked() {
    check(
        &[("a", "2 error; 1 note"), ("b", "1 error; suppressed E2"), ("c", "3 passed; 1 failed")],
        &[
            "findings.error",
            "findings.total",
            "findings.suppressed",
            "findings.introduced.error",
            "findings.errors",
            "findings",
            "tests.total",
            "tests.flaky_share",
            "vulnerabilities.critical",
            "components",
            "mismatches",
            "licenses.copyleft",
        ],
        expect![[r#"
            findings.error -> Integer(3)
            findings.total -> Integer(4)
            findings.suppressed -> Integer(1)
            findings.introduced.error -> unknown
            findings.errors -> no such name
            findings -> a group
            tests.total -> Integer(4)
            tests.flaky_share -> Integer(0)
            vulnerabilities.critical -> unknown
            components -> unknown
            mismatches -> Integer(0)
            licenses.copyleft -> unknown
        "#]],
    );
}

#[test]
fn measures_are_known_where_all_gates_agree() {
    check(
        &[("a", "coverage.line 81.5 %; size 7 1"), ("b", "coverage.line 81.5 %; size 8 1")],
        &[
            "coverage.line",
            "coverage.branch",
            "coverage.changed.line",
            "measures[\"size\"]",
            "coverage",
            "size",
        ],
        expect![[r#"
            coverage.line -> Decimal(Decimal { digits: 815, scale: 1 })
            coverage.branch -> unknown
            coverage.changed.line -> unknown
            measures["size"] -> unknown
            coverage -> a group
            size -> no such name
        "#]],
    );
}

#[test]
fn a_measure_with_a_unit_is_asked_for_in_a_unit() {
    check(
        &[("a", "p99 1.2 s; n 3 1; rate 5 req/s")],
        &[
            "measures[\"p99\"].ms",
            "measures[\"p99\"].ns",
            "measures[\"p99\"].bytes",
            "measures[\"p99\"].h",
            "measures[\"p99\"].parsecs",
            "measures[\"p99\"]",
            "measures[\"n\"]",
            "measures[\"p50\"]",
            "measures[\"p50\"].ms",
            "measures",
        ],
        expect![[r#"
            measures["p99"].ms -> Integer(1200)
            measures["p99"].ns -> Integer(1200000000)
            measures["p99"].bytes -> unknown
            measures["p99"].h -> unknown
            measures["p99"].parsecs -> no such name
            measures["p99"] -> a group
            measures["n"] -> Integer(3)
            measures["p50"] -> unknown
            measures["p50"].ms -> unknown
            measures -> a group
        "#]],
    );
}

#[test]
fn every_root_is_a_name_and_nothing_else_is() {
    let (facts, outputs) = (BTreeMap::new(), BTreeMap::new());
    let facts = RunFacts::new(&facts, &outputs, None);
    for root in FACT_ROOTS {
        let known = facts.is_group(&[root]) || facts.look_up(&[root]) == Lookup::Unknown;
        assert!(known, "{root}");
    }
    assert_eq!(facts.look_up(&[]), Lookup::NoSuchName);
    assert_eq!(facts.look_up(&["p99"]), Lookup::NoSuchName);
    assert!(facts.changed().is_none());
}
