//! The verdict of a run as a SLSA Verification Summary Attestation (SLSA 1.1, predicate `verification_summary/v1`).
//!
//! `verifiedLevels` has a word of ours: nothing here was measured against a level of SLSA. What the verdict rests on
//! stands under [`super::DETAILS`]: the specification takes extension fields that are named by URIs.

use std::collections::BTreeMap;

use serde::Serialize;

use dod_kernel::id::{Digest, Name, RunId, Timestamp};
use dod_kernel::policy::{State, Verdict};
use dod_kernel::run::Source;

use super::{Given, Refused, Resource, SUMMARY, Statement, resource, sha256, subjects};
use crate::story::{Step, Story, kind_of};
use crate::time;

/// The version of SLSA whose text the predicate follows.
const SLSA: &str = "1.1";
/// What evidence is, where it is cited: its canonical JSON, as it lies in the blobs.
const EVIDENCE: &str = "application/vnd.dod.evidence+json";

/// The predicate. Fields are in canonical order.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Summary<'s> {
    /// [`DETAILS`](super::DETAILS)
    #[serde(rename = "https://dod.example/attestation/verdict/v1")]
    details: Details<'s>,
    input_attestations: Vec<Resource>,
    policy: Resource,
    resource_uri: String,
    slsa_version: &'static str,
    time_verified: String,
    verification_result: &'static str,
    verified_levels: [&'static str; 1],
    verifier: Verifier<'s>,
}

#[derive(Serialize)]
struct Verifier<'s> {
    id: &'s str,
    version: BTreeMap<&'static str, &'s Name>,
}

/// What the verdict rests on. Fields are in canonical order.
#[derive(Serialize)]
struct Details<'s> {
    approvals: Vec<Approval<'s>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    document: Option<Digest>,
    events: u64,
    gates: Vec<Gate<'s>>,
    governance: Digest,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<&'s Name>,
    root: &'s str,
    run: &'s RunId,
    settings: &'s [Name],
    sources: &'s [Source],
    #[serde(skip_serializing_if = "Option::is_none")]
    tree: Option<Digest>,
    verdict: &'s Verdict,
    workflow: Workflow<'s>,
}

#[derive(Serialize)]
struct Approval<'s> {
    accept: bool,
    by: &'s Name,
    proved: bool,
    step: &'s Name,
}

#[derive(Serialize)]
struct Gate<'s> {
    #[serde(skip_serializing_if = "Option::is_none")]
    evidence: Option<&'s Digest>,
    #[serde(skip_serializing_if = "Option::is_none")]
    kind: Option<&'s Name>,
    name: &'s Name,
    state: &'static str,
}

#[derive(Serialize)]
struct Workflow<'s> {
    digest: Digest,
    name: &'s Name,
}

/// The verdict of a run as a statement.
///
/// # Errors
/// The verdict is partial or undecided, the tree changed, or what was judged has no name.
pub fn summary(story: &Story, given: &Given<'_>) -> Result<Statement, Refused> {
    let subjects = subjects(story, given)?;
    let (Some((_, started)), Some(finished)) = (&story.started, &story.finished) else {
        return Err(Refused::Unfinished);
    };
    let (result, level) = match finished.verdict.state {
        State::Passed => ("PASSED", "DOD_PASSED"),
        State::Failed => ("FAILED", "FAILED"),
        _ => return Err(Refused::Undecided),
    };
    let mut policy = Resource::of(given.policy.name, &given.policy.digest);
    policy.uri = Some(given.policy.uri());
    let details = Details {
        approvals: approvals(story),
        document: given.document,
        events: story.events,
        gates: gates(story),
        governance: started.governance,
        origin: started.origin.as_ref(),
        root: given.root,
        run: &started.id,
        settings: &started.settings,
        sources: &started.sources,
        tree: started.tree,
        verdict: &finished.verdict,
        workflow: Workflow { digest: started.workflow, name: story.workflow.name() },
    };
    let predicate = Summary {
        details,
        input_attestations: inputs(story),
        policy,
        resource_uri: resource(story, given)?,
        slsa_version: SLSA,
        time_verified: at(finished.at),
        verification_result: result,
        verified_levels: [level],
        verifier: Verifier { id: given.verifier, version: [("dod", &started.program)].into() },
    };
    Ok(Statement::of(SUMMARY, &predicate, subjects))
}

/// A time of the log: RFC 3339 in UTC.
pub(super) fn at(time: Timestamp) -> String {
    time::rfc3339(time)
}

/// Every piece of evidence that was judged, by digest.
fn inputs(story: &Story) -> Vec<Resource> {
    let of_gate = |step: &Step| {
        let digest = step.evidence()?;
        Some(Resource {
            digest: sha256(digest),
            media_type: Some(EVIDENCE),
            name: step.name.to_string(),
            uri: None,
        })
    };
    story.steps.iter().filter_map(of_gate).collect()
}

fn gates(story: &Story) -> Vec<Gate<'_>> {
    story.steps.iter().filter(|step| story.is_gate(step)).map(|step| gate(story, step)).collect()
}

fn gate<'s>(story: &'s Story, step: &'s Step) -> Gate<'s> {
    let kind = story.node(step).and_then(kind_of);
    Gate { evidence: step.evidence(), kind, name: &step.name, state: step.standing().key() }
}

fn approvals(story: &Story) -> Vec<Approval<'_>> {
    let answers = story.steps.iter().flat_map(|step| step.answers.iter().map(move |answer| (step, answer)));
    answers
        .map(|(step, answer)| Approval {
            accept: answer.accept,
            by: &answer.by.name,
            proved: answer.by.proved,
            step: &step.name,
        })
        .collect()
}
