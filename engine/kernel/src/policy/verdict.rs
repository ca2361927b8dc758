//! The verdict over a whole run.
use crate::ask::Ask;
use crate::policy::{Governance, Picture, Policy, RuleOutcome, State, Verdict};

/// A verdict, and how each rule over the run came out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Judgement {
    /// Rules over the whole run, in the policy's order.
    pub outcomes: Vec<RuleOutcome>,
    /// The verdict.
    pub verdict: Verdict,
}

/// Judges a run.
pub fn verdict(
    policy: &Policy,
    _governance: &Governance,
    picture: &Picture<'_>,
    _ask: &dyn Ask,
) -> Judgement {
    Judgement {
        outcomes: Vec::new(),
        verdict: Verdict {
            definitions: picture.definitions,
            not_measured: Vec::new(),
            policy: policy.name.clone(),
            reasons: picture.own_reasons.clone(),
            scope: picture.scope,
            state: if picture.own_reasons.is_empty() { State::Passed } else { State::Failed },
            tree_changed: picture.tree_changed,
            waived: Vec::new(),
            waivers_refused: Vec::new(),
            waivers_unused: Vec::new(),
        },
    }
}
