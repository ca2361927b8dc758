//! What one gate showed: its tests (in-toto test-result 0.1), or its bill of materials (CycloneDX, SPDX) as it was
//! reported.
//!
//! Names of tests are `suite::name`; where a step has several legs, the leg stands before them. A test that passed only
//! when it was tried again is *warned*; one that was skipped says nothing and is only counted.

use serde::Serialize;
use serde_json::Value as Json;

use dod_kernel::evidence::{Evidence, Outcome, Source, TestResult};
use dod_kernel::id::{Digest, Name, RunId};

use super::summary::at;
use super::{CYCLONEDX, Given, Refused, Resource, SPDX, Statement, TEST_RESULT, subjects};
use crate::Sources;
use crate::story::{Standing, Step, Story};

/// Formats of bills of materials, and the predicates they are.
const BILLS: &[(&str, &str)] = &[("cyclonedx", CYCLONEDX), ("spdx", SPDX)];

/// The predicate. Fields are in canonical order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct TestPredicate<'s> {
    configuration: [Resource; 1],
    failed_tests: Vec<String>,
    /// [`GATE`](super::GATE)
    #[serde(rename = "https://dod.example/attestation/gate/v1")]
    gate: Details<'s>,
    passed_tests: Vec<String>,
    result: &'static str,
    warned_tests: Vec<String>,
}

/// The gate. Fields are in canonical order.
#[derive(Serialize)]
struct Details<'s> {
    ended_at: Option<String>,
    evidence: Vec<&'s Digest>,
    gate: &'s str,
    root: &'s str,
    run: &'s RunId,
    skipped: usize,
    state: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    tool: Option<&'s Name>,
}

/// What a gate of this name showed, as a statement: of all of its legs where it has several.
///
/// # Errors
/// The run cannot be attested, the gate came to no decision, or there is nothing to say of it.
pub fn gate(
    story: &Story,
    name: &str,
    sources: Sources<'_>,
    given: &Given<'_>,
) -> Result<Statement, Refused> {
    let subjects = subjects(story, given)?;
    let legs = legs(story, name);
    if legs.is_empty() {
        return Err(Refused::NoGate { gate: name.to_owned() });
    }
    let mut found: Vec<(&Step, Evidence)> = Vec::new();
    for leg in legs {
        let gone = || Refused::EvidenceGone { gate: leg.name.clone() };
        if !matches!(leg.standing(), Standing::Passed | Standing::Failed | Standing::Waived) {
            return Err(Refused::GateUndecided { gate: leg.name.clone() });
        }
        let digest = leg.evidence().ok_or_else(|| Refused::NothingToSay { gate: leg.name.clone() })?;
        found.push((leg, (sources.evidence)(digest).ok_or_else(gone)?));
    }
    if found.iter().any(|(_, evidence)| evidence.tests.as_ref().is_some_and(|tests| !tests.is_empty())) {
        let predicate = tests(story, name, &found, given);
        return Ok(Statement::of(TEST_RESULT, &predicate, subjects));
    }
    let (predicate_type, bill) = bill(&found, sources)?;
    Ok(Statement::of(predicate_type, &bill, subjects))
}

/// The gate, or the legs of the step: those of the last round.
fn legs<'s>(story: &'s Story, name: &str) -> Vec<&'s Step> {
    let is_it = |step: &&Step| story.is_gate(step);
    if let Some(step) = story.named(name).filter(is_it) {
        return vec![step];
    }
    let of_name = |step: &&Step| {
        let rest = step.name.strip_prefix(name);
        rest.is_some_and(|rest| rest.starts_with('[') && rest.ends_with(']'))
    };
    let all = story.steps.iter().filter(of_name).filter(is_it);
    all.filter(|step| story.named(&step.name).is_some_and(|last| last.id == step.id)).collect()
}

fn tests<'s>(
    story: &'s Story,
    name: &'s str,
    found: &[(&'s Step, Evidence)],
    given: &Given<'s>,
) -> TestPredicate<'s> {
    let several = found.len() > 1;
    let (mut passed, mut warned, mut failed, mut skipped) = (Vec::new(), Vec::new(), Vec::new(), 0);
    for (leg, evidence) in found {
        for test in evidence.tests.iter().flatten() {
            let name = called(several.then_some(&leg.name), test);
            match test.outcome {
                Outcome::Passed if test.flaky_runs > 0 => warned.push(name),
                Outcome::Passed => passed.push(name),
                Outcome::Failed | Outcome::Errored => failed.push(name),
                Outcome::Skipped => skipped += 1,
            }
        }
    }
    let bad = found.iter().any(|(leg, _)| leg.standing() == Standing::Failed);
    let result = match () {
        () if bad || !failed.is_empty() => "FAILED",
        () if !warned.is_empty() => "WARNED",
        () => "PASSED",
    };
    let (_, started) = story.started.as_ref().expect("what has subjects has begun");
    let last = found.iter().filter_map(|(leg, _)| leg.settled.as_ref()).map(|settled| settled.at).max();
    let standing = match found {
        [(leg, _)] => leg.standing().key(),
        _ if bad => Standing::Failed.key(),
        _ => Standing::Passed.key(),
    };
    TestPredicate {
        configuration: [Resource::of(story.workflow.name(), &started.workflow)],
        failed_tests: failed,
        gate: Details {
            ended_at: last.map(at),
            evidence: found.iter().filter_map(|(leg, _)| leg.evidence()).collect(),
            gate: name,
            root: given.root,
            run: &started.id,
            skipped,
            state: standing,
            tool: found.first().and_then(|(leg, _)| leg.ended()?.tool.as_ref()),
        },
        passed_tests: passed,
        result,
        warned_tests: warned,
    }
}

fn called(leg: Option<&Name>, test: &TestResult) -> String {
    let leg = leg.map(|leg| format!("{leg}: ")).unwrap_or_default();
    match test.suite.is_empty() {
        true => format!("{leg}{}", test.name),
        false => format!("{leg}{}::{}", test.suite, test.name),
    }
}

/// The one bill of materials that the gate reported, as its report has it.
fn bill(found: &[(&Step, Evidence)], sources: Sources<'_>) -> Result<(&'static str, Json), Refused> {
    let first = &found.first().expect("a gate has a leg").0.name;
    let reports = found.iter().flat_map(|(leg, evidence)| evidence.sources.iter().map(move |one| (leg, one)));
    let mut bills = reports.filter_map(|(leg, source): (_, &Source)| {
        let (_, predicate_type) = BILLS.iter().find(|(format, _)| *source.format == **format)?;
        Some((leg.name.clone(), source.digest, *predicate_type))
    });
    let Some((gate, digest, predicate_type)) = bills.next() else {
        return Err(Refused::NothingToSay { gate: first.clone() });
    };
    if bills.any(|(_, other, _)| other != digest) {
        return Err(Refused::SeveralBills { gate });
    }
    let bytes = (sources.blob)(&digest).ok_or_else(|| Refused::EvidenceGone { gate: gate.clone() })?;
    let json: Json = serde_json::from_slice(&bytes).map_err(|_| Refused::NotJson { gate })?;
    Ok((predicate_type, json))
}
