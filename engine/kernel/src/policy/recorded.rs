//! Results of earlier runs that a required gate may rest on: `required: { load: { within: 24h, from: ancestor } }`.
//!
//! ```text
//!   this run produced the gate     this run decides, never an older one
//!   newest result, good, in time   the gate is there, and the verdict names the run
//!   newest result, not good        not there, whatever an older one said
//!   too old                        not there, and the reason says so
//! ```
//!
//! **Absent on purpose:** looking for runs, and asking git which commits are ancestors. The host finds what may be
//! used and hands it over with the run's start, so that replay needs no other run.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::{Name, RunId, Timestamp};
use crate::policy::{Required, RuleOutcome, State};

/// Results of earlier runs that a run may keep.
pub const RECORDED_MAX: usize = 1_000;

/// How a gate came out in an earlier run: a fact of the run that may rest on it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RecordedGate {
    /// When it came to its end there: a run may have waited for people long after.
    pub at: Timestamp,
    /// The commit that it ran on.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub commit: Option<Name>,
    /// The step's name.
    pub gate: Name,
    /// `lint`, `test`, …; absent where the step has none.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub kind: Option<Name>,
    /// How the rules of this run's policy come out on what it found there.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub outcomes: Vec<RuleOutcome>,
    /// That run.
    pub run: RunId,
    /// How it came out: the worse of what was said there and what this run's policy says of it.
    pub state: State,
}

/// Why a recorded result does not do.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Unusable {
    /// The gate did not pass there.
    NotPassed {
        /// When it came to its end there.
        at: Timestamp,
        /// That run.
        run: RunId,
        /// How the gate came out.
        state: State,
    },
    /// It is older than the policy allows.
    Stale {
        /// When it came to its end there.
        at: Timestamp,
        /// That run.
        run: RunId,
    },
}

impl Required {
    /// Whether it asks for gates of this kind, or for this gate.
    pub fn names(&self, kind: Option<&Name>, gate: &Name) -> bool {
        let wanted = |name: &Name| *name == self.gate || self.any_of.contains(name);
        wanted(gate) || kind.is_some_and(wanted)
    }

    /// Whether a result of that time is not too old. Without `within` every recorded one is.
    pub fn is_in_time(&self, at: Timestamp, now: Timestamp) -> bool {
        self.within_ms.is_some_and(|within| at.plus(within) >= now)
    }
}

/// What a required gate may rest on, or why not: as in one run, one result must be good and none bad. `Ok` of
/// nothing: nothing is recorded. Which commits are ancestors of this run's `commit` the host has found out.
pub(super) fn rest<'a>(
    required: &Required,
    recorded: &'a [RecordedGate],
    commit: Option<&Name>,
    now: Timestamp,
) -> Result<Vec<&'a RecordedGate>, Unusable> {
    if required.within_ms.is_none() {
        return Ok(Vec::new());
    }
    let of: Vec<&RecordedGate> = newest(recorded)
        .filter(|one| required.names(one.kind.as_ref(), &one.gate))
        .filter(|one| required.from_ancestor || one.commit.is_some() && one.commit.as_ref() == commit)
        .collect();
    let fresh: Vec<&RecordedGate> =
        of.iter().copied().filter(|one| required.is_in_time(one.at, now)).collect();
    let is_good = |one: &RecordedGate| matches!(one.state, State::Passed | State::Waived);
    if let Some(bad) = fresh.iter().find(|one| !is_good(one)) {
        let RecordedGate { at, run, state, .. } = (*bad).clone();
        return Err(Unusable::NotPassed { at, run, state });
    }
    match of.iter().max_by_key(|one| one.at) {
        Some(stale) if fresh.is_empty() => Err(Unusable::Stale { at: stale.at, run: stale.run.clone() }),
        _ => Ok(fresh),
    }
}

/// Of each gate the newest result; all of them, where several steps of one run have one name.
fn newest(recorded: &[RecordedGate]) -> impl Iterator<Item = &RecordedGate> {
    let mut newest: BTreeMap<&Name, &RecordedGate> = BTreeMap::new();
    for one in recorded {
        let known = newest.entry(&one.gate).or_insert(one);
        if one.at > known.at {
            *known = one;
        }
    }
    recorded.iter().filter(move |one| newest.get(&one.gate).is_some_and(|newest| newest.run == one.run))
}
