//! Answers of people: who may give one, and what a signature of one is over.
//!
//! ```text
//!   waits for an answer ─> has a role ─> is no author, where these may not ─> has not answered before
//!     ─> is proved, where the step or a policy of the run asks for that ─> counts
//! ```
//!
//! A person answers once, whatever they are called: names are compared without regard to case, and names with one key
//! are one person. An answer that does not count is recorded.
//!
//! **Absent on purpose:** keys and signatures. The host checks a signature over the [`Statement`] before it says that
//! somebody is proved, and whoever verifies a log checks it again.

use std::collections::{BTreeMap, BTreeSet};

use serde::Serialize;

use crate::id::{BodyId, Digest, Instance, Name, NodeId, RunId, StepRef};
use crate::policy::{PEOPLE_COUNTED, Person, Verdict, same_name};
use crate::run::command::Refusal;
use crate::run::event::*;
use crate::run::state::{Active, Phase, Run};
use crate::value::Value;
use crate::workflow::{Approval, Host, Kind};

/// Takes an answer, or records that it does not count.
pub(super) fn answer(run: &Run, answer: Answered) -> Result<Event, Refusal> {
    let step = answer.step.id;
    let fits = |proof: &Name| proof.len() <= PROOF_BYTES_MAX;
    if answer.by.proved && answer.proof.is_none() || !answer.proof.as_ref().is_none_or(fits) {
        return Err(Refusal::Proof);
    }
    let active = run.active.get(&step).ok_or(Refusal::NotWaiting(step))?;
    let refused = match (&active.phase, &run.node(step).kind) {
        (Phase::Held, _) => None,
        (Phase::Waiting { .. }, Kind::Approval(approval)) => refusal(run, active, approval, &answer.by),
        _ => return Err(Refusal::NotWaiting(step)),
    };
    Ok(match refused {
        Some(why) => {
            let by = Identity { proved: false, ..answer.by };
            Event::AnswerRefused { by, step: answer.step, why }
        }
        None => Event::Answered(Box::new(answer)),
    })
}

/// Why an answer does not count. Whether it is proved is asked last, so that every other refusal is made again without
/// the signature.
fn refusal(run: &Run, active: &Active, approval: &Approval, by: &Identity) -> Option<AnswerRefusal> {
    let governance = &run.governance;
    // Before that, names were compared letter by letter, and logs of that time say so.
    let counted = governance.judging >= PEOPLE_COUNTED;
    let same = |name: &str| if counted { same_name(name, &by.name) } else { *name == *by.name };
    let in_role = approval.from.is_empty()
        || approval
            .from
            .iter()
            .any(|role| governance.roles.get(role).is_some_and(|all| all.iter().any(|one| same(&one.name))));
    if !in_role {
        return Some(AnswerRefusal::NotInRole);
    }
    let person = Person::of(governance, &by.name);
    if approval.independent && person.is_author(&governance.authors) {
        return Some(AnswerRefusal::AuthorOfTheChange);
    }
    let answered = |one: &Identity| same(&one.name) || counted && person.is_called(&one.name);
    if active.answers.iter().any(answered) {
        return Some(AnswerRefusal::AlreadyAnswered);
    }
    let proved = approval.proved || governance.policies.iter().any(|policy| policy.approvals.proved);
    (proved && !by.proved).then_some(AnswerRefusal::NotProved)
}

/// What a signature of an answer is over: its canonical JSON on one line, ended by a line feed, in the namespace
/// `dod-approval` (`PROTOCOL.sshsig` of OpenSSH). Fields are in canonical order.
///
/// It names what the answer is about, so that it cannot be moved to another run, step, tree or verdict, and what was said,
/// so that it cannot be turned around.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Statement<'r> {
    /// Yes or no.
    pub accept: bool,
    /// Why, in the person's words.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub because: Option<&'r Name>,
    /// Who.
    pub by: &'r Name,
    /// The commit that the run is of, where it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<&'r Name>,
    /// Digest of the policies, waivers and roles that the run is judged by.
    pub governance: Digest,
    /// The run.
    pub run: &'r RunId,
    /// Variables set along with it.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub set: &'r BTreeMap<Name, Value>,
    /// The approval, or the held step.
    pub step: StepRef,
    /// Digest of the tree that the run is of, where it is of one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tree: Option<Digest>,
    /// The verdicts of the judge steps before it.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub verdicts: Vec<JudgedBefore>,
    /// Digest of the checked workflow.
    pub workflow: Digest,
}

/// A verdict that an answer was given on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JudgedBefore {
    /// Digest of the verdict's canonical JSON (`verdict` in the event `judge_taken`).
    pub digest: Digest,
    /// The judge step.
    pub step: StepRef,
}

impl Run {
    /// What a signature of this answer is over, as the run stands now: just before the answer. `digest` is asked for the
    /// digest of a verdict's canonical JSON. `None`: the run has not begun, or has no such step.
    pub fn statement<'r>(
        &'r self,
        answer: &'r Answered,
        digest: &dyn Fn(&Verdict) -> Digest,
    ) -> Option<Statement<'r>> {
        let started = self.started.as_deref().filter(|_| self.knows(answer.step.id))?;
        let commit = match started.facts.get("commit") {
            Some(Value::Text(commit)) => Some(commit),
            _ => None,
        };
        let verdicts = self.judged_before(answer.step.id);
        Some(Statement {
            accept: answer.accept,
            because: answer.because.as_ref(),
            by: &answer.by.name,
            commit,
            governance: started.governance,
            run: &started.id,
            set: &answer.set,
            step: self.step(answer.step.id),
            tree: started.tree,
            verdicts: verdicts
                .into_iter()
                .map(|(step, verdict)| JudgedBefore { digest: digest(verdict), step: self.step(step) })
                .collect(),
            workflow: started.workflow,
        })
    }

    /// The last verdict of every judge step that lies before this one, in its own graph, in those around it, and in what
    /// calls before it opened. Looks at what lies before: when somebody answers, not for every event.
    fn judged_before(&self, step: Instance) -> BTreeMap<Instance, &Verdict> {
        let mut found = BTreeMap::new();
        let mut here = Some(step);
        while let Some(step) = here {
            for node in self.nodes_before(step.node) {
                match &self.workflow.node(node).kind {
                    Kind::Judge(_) => {
                        let taken = self.scope(step.scope).and_then(|scope| scope.verdicts.get(&node));
                        found.extend(
                            taken.map(|(round, verdict)| {
                                (Instance { node, round: *round, ..step }, &**verdict)
                            }),
                        );
                    }
                    Kind::Call(body) => self.judged_within(*body, &mut found),
                    Kind::Repeat(repeat) => self.judged_within(repeat.body, &mut found),
                    _ => {}
                }
            }
            here = self.scope(step.scope).and_then(|scope| scope.parent);
        }
        found
    }

    /// Nodes of the same graph from which edges lead here.
    fn nodes_before(&self, node: NodeId) -> BTreeSet<NodeId> {
        let (mut before, mut open) = (BTreeSet::new(), vec![node]);
        while let Some(node) = open.pop() {
            let from = self.workflow.incoming(node).iter().map(|edge| self.workflow.edge(*edge).from);
            let host = match &self.workflow.node(node).kind {
                Kind::Catch(catch) => catch.host,
                _ => None,
            };
            let host = host.and_then(|host| if let Host::Node(node) = host { Some(node) } else { None });
            open.extend(from.chain(host).filter(|from| before.insert(*from)));
        }
        before
    }

    /// The last verdicts of the judge steps of a graph that was called, and of those that it calls.
    fn judged_within<'r>(&'r self, body: BodyId, found: &mut BTreeMap<Instance, &'r Verdict>) {
        let (mut seen, mut open) = (BTreeSet::from([body]), vec![body]);
        while let Some(body) = open.pop() {
            for node in self.workflow.nodes_of(body) {
                let called = match &self.workflow.node(node).kind {
                    Kind::Call(body) => *body,
                    Kind::Repeat(repeat) => repeat.body,
                    _ => {
                        found.extend(self.verdicts.get(&node).map(|(step, verdict)| (*step, &**verdict)));
                        continue;
                    }
                };
                if seen.insert(called) {
                    open.push(called);
                }
            }
        }
    }
}
