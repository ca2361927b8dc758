//! The verdict document: what a run came to and what that rests on, from its log alone.
//!
//! **Invariant:** the same log gives the same bytes, on every machine: canonical JSON (RFC 8785), fields in order, no
//! floats, no clock, no host name, no path of the machine that writes it. Whoever has the log and the blobs that it
//! names makes the document again and compares digests. Attestations cite it so.
//!
//! **Absent on purpose:** sentences, which may change with a version, and hashes and signatures of the log, which are
//! about its bytes.

use std::collections::{BTreeMap, VecDeque};

use serde::Serialize;

use dod_kernel::id::{Digest, Instance, Name, NodeId, RunId, Timestamp};
use dod_kernel::policy::{
    Definitions, Governance, Policy, Reason, RecordedGate, RuleOutcome, Scope, State, Waiver, WaiverRefusal,
};
use dod_kernel::record::Recorded;
use dod_kernel::run::{Answered, Event, Reading, RunFinished, RunStarted, Source, TreeDigested};
use dod_kernel::value::Value;
use dod_kernel::workflow::Workflow;

use crate::story::kind_of;

/// The shape of the document.
pub const DOCUMENT: u32 = 1;
/// Gates and answers that are listed each; a loop may judge one a million times. Of more, the last ones are.
pub const LISTED_MAX: usize = 10_000;

/// The document. Fields are in canonical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerdictDocument {
    /// What people answered, in the order of the log.
    pub answers: Vec<AnswerGiven>,
    /// Authors of the change, as it claims.
    pub authors: Vec<Name>,
    /// The commit, where it is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<Name>,
    /// What became of the definitions.
    pub definitions: Definitions,
    /// The shape of this document: [`DOCUMENT`].
    pub document: u32,
    /// Events up to the verdict, with it.
    pub events: u64,
    /// When the verdict was taken.
    pub finished_at: Timestamp,
    /// How each gate was judged, in the order of the log.
    pub gates: Vec<GateStands>,
    /// Digest of policies, waivers and roles.
    pub governance: Digest,
    /// Steps that a flag left out.
    pub left_out: Vec<Name>,
    /// Gates and answers that are not listed, because there are more than [`LISTED_MAX`].
    #[serde(skip_serializing_if = "is_zero")]
    pub not_listed: u64,
    /// Kinds that the policy would judge and nothing measured.
    pub not_measured: Vec<Name>,
    /// What checkpoints of the run call it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<Name>,
    /// What it was judged by.
    pub policy: PolicyNamed,
    /// The program that wrote the log.
    pub program: Name,
    /// Why it did not pass, or what a reader must know, worst first.
    pub reasons: Vec<Reason>,
    /// Results of earlier runs that required gates rest on.
    pub rests_on: Vec<RecordedGate>,
    /// How each rule over the whole run came out.
    pub rules: Vec<RuleOutcome>,
    /// The run.
    pub run: RunId,
    /// Whether everything was asked.
    pub scope: Scope,
    /// Everything said on the command line that changes what is judged, word for word.
    pub settings: Vec<Name>,
    /// The runs that this one joins.
    pub sources: Vec<Source>,
    /// When the run began.
    pub started_at: Timestamp,
    /// Digest of the tree at the start.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<Digest>,
    /// Paths that changed during the run and that no step declares; such a verdict cannot be attested.
    pub tree_changed: Vec<Name>,
    /// Digest of the tree at the end.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree_end: Option<Digest>,
    /// `passed`, `failed` or `undecided`.
    pub verdict: State,
    /// All waivers, and what became of each.
    pub waivers: Vec<WaiverStands>,
    /// The definition that was executed.
    pub workflow: WorkflowNamed,
}

/// An answer that counted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct AnswerGiven {
    /// What was answered, and by whom, as in the log.
    pub answer: Answered,
    /// When.
    pub at: Timestamp,
    /// The number of the event.
    pub seq: u64,
}

/// A gate, as it was judged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct GateStands {
    /// Digest of the evidence that it was judged on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence: Option<Digest>,
    /// The number of the event that brought the evidence.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub evidence_seq: Option<u64>,
    /// What a policy calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kind: Option<Name>,
    /// Its name.
    pub name: Name,
    /// How each rule came out at it.
    pub outcomes: Vec<RuleOutcome>,
    /// The number of the event that tells the judgement.
    pub seq: u64,
    /// How it came out.
    pub state: State,
}

/// A policy, named so that it cannot be exchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct PolicyNamed {
    /// Digest of its canonical JSON.
    pub digest: Digest,
    /// The policies it extends, nearest first.
    pub extends: Vec<Name>,
    /// Its name.
    pub name: Name,
    /// Its version, where it states one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version: Option<u32>,
}

/// A definition, named so that it cannot be exchanged.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WorkflowNamed {
    /// Digest of its canonical JSON.
    pub digest: Digest,
    /// Its name.
    pub name: Name,
}

/// A waiver, and what became of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct WaiverStands {
    /// Why it does not count.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub refused: Option<WaiverRefusal>,
    /// `applied`, `refused`, `unused`; `not_asked` where only part was asked.
    pub state: &'static str,
    /// The waiver, as governed.
    pub waiver: Waiver,
}

fn is_zero(number: &u64) -> bool {
    *number == 0
}

impl PolicyNamed {
    /// A policy, with the digest of its canonical JSON.
    pub fn of(policy: &Policy, digest: Digest) -> Self {
        let Policy { extends, name, version, .. } = policy;
        Self { digest, extends: extends.clone(), name: name.clone(), version: *version }
    }
}

impl VerdictDocument {
    /// The bytes: canonical JSON, without a line feed.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a document can always be written")
    }
}

/// Folds a log into its verdict document.
#[derive(Debug, Default)]
pub struct VerdictFold {
    answers: VecDeque<AnswerGiven>,
    gates: VecDeque<GateStands>,
    /// The last evidence of a step, and the event that brought it.
    reads: BTreeMap<Instance, (Digest, u64)>,
    not_listed: u64,
    started: Option<(Timestamp, Box<RunStarted>)>,
    tree: Option<TreeDigested>,
    finished: Option<(Timestamp, u64, Box<RunFinished>)>,
}

impl VerdictFold {
    /// Takes the next event. What comes after the verdict does not change it.
    pub fn push(&mut self, recorded: &Recorded<Event>, workflow: &Workflow) {
        if self.finished.is_some() {
            return;
        }
        let Recorded { at, ref event, seq } = *recorded;
        match event {
            Event::RunStarted(started) => self.started = Some((at, started.clone())),
            Event::Answered(answer) => {
                let given = AnswerGiven { answer: (**answer).clone(), at, seq };
                self.not_listed += keep(&mut self.answers, given);
            }
            Event::AttemptEnded(ended) => match &ended.evidence {
                Reading::Read(read) => drop(self.reads.insert(ended.step.id, (read.digest, seq))),
                Reading::None | Reading::Unreadable { .. } => drop(self.reads.remove(&ended.step.id)),
            },
            Event::GateJudged(judged) => {
                let read = self.reads.remove(&judged.step.id);
                let stands = GateStands {
                    evidence: read.map(|(digest, _)| digest),
                    evidence_seq: read.map(|(_, seq)| seq),
                    kind: kind(workflow, judged.step.id.node),
                    name: judged.step.name.clone(),
                    outcomes: judged.outcomes.clone(),
                    seq,
                    state: judged.state,
                };
                self.not_listed += keep(&mut self.gates, stands);
            }
            Event::TreeDigested(tree) => self.tree = Some((**tree).clone()),
            Event::RunFinished(finished) => self.finished = Some((at, seq, finished.clone())),
            _ => {}
        }
    }

    /// The document; `None` where there is no verdict. `digest` is the digest of the run's policy in its canonical JSON.
    pub fn finish(
        self,
        workflow: &Workflow,
        governance: &Governance,
        digest: Digest,
    ) -> Option<VerdictDocument> {
        let (started_at, started) = self.started?;
        let (finished_at, seq, finished) = self.finished?;
        let RunFinished { outcomes, verdict } = *finished;
        let commit = match started.facts.get("commit") {
            Some(Value::Text(commit)) => Some(commit.clone()),
            _ => None,
        };
        let rests_on = started
            .recorded
            .iter()
            .filter(|one| verdict.rests_on.iter().any(|(gate, run)| *gate == one.gate && *run == one.run));
        let policy = governance.policies.first();
        let policy = policy.map(|policy| PolicyNamed::of(policy, digest)).unwrap_or_else(|| PolicyNamed {
            digest,
            extends: Vec::new(),
            name: verdict.policy.clone(),
            version: None,
        });
        let waivers = governance.waivers.iter().map(|waiver| {
            let refused = verdict.waivers_refused.iter().find(|(of, _)| *of == waiver.of);
            let applied = (waiver.of.clone(), waiver.approved_by.clone());
            let (state, refused) = match refused {
                _ if verdict.waived.contains(&applied) => ("applied", None),
                Some((_, why)) => ("refused", Some(*why)),
                None if verdict.waivers_unused.contains(&waiver.of) => ("unused", None),
                None => ("not_asked", None),
            };
            WaiverStands { refused, state, waiver: waiver.clone() }
        });
        Some(VerdictDocument {
            answers: self.answers.into(),
            authors: governance.authors.clone(),
            commit,
            definitions: verdict.definitions,
            document: DOCUMENT,
            events: seq + 1,
            finished_at,
            gates: self.gates.into(),
            governance: started.governance,
            left_out: started.left_out.clone(),
            not_listed: self.not_listed,
            not_measured: verdict.not_measured,
            origin: started.origin.clone(),
            policy,
            program: started.program.clone(),
            reasons: verdict.reasons,
            rests_on: rests_on.cloned().collect(),
            rules: outcomes,
            run: started.id.clone(),
            scope: verdict.scope,
            settings: started.settings.clone(),
            sources: started.sources.clone(),
            started_at,
            tree: started.tree,
            tree_changed: self.tree.as_ref().map(|tree| tree.changed.clone()).unwrap_or_default(),
            tree_end: self.tree.map(|tree| tree.tree),
            verdict: verdict.state,
            waivers: waivers.collect(),
            workflow: WorkflowNamed { digest: started.workflow, name: workflow.name().clone() },
        })
    }
}

/// Keeps the newest; how many were given up for it.
fn keep<T>(all: &mut VecDeque<T>, one: T) -> u64 {
    let full = all.len() >= LISTED_MAX;
    if full {
        all.pop_front();
    }
    all.push_back(one);
    u64::from(full)
}

fn kind(workflow: &Workflow, node: NodeId) -> Option<Name> {
    kind_of(workflow.nodes().get(node.index())?).cloned()
}
