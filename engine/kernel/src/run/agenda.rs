//! What has to be decided next. Only `evolve` writes here; `follow` reads the front.
//!
//! **Invariant:** every item yields exactly one decision event, whose `evolve` takes the item off. Items that
//! became void (their step settled meanwhile) are dropped by `evolve` as well, before anybody can look.

use crate::id::{EdgeId, Instance, Name};
use crate::run::catch::Arming;
use crate::run::event::{IncidentKind, Outcome, SettledBy, StopReason};
use crate::run::repeat::RoundEnd;
use crate::value::Value;

/// One thing to decide.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Todo {
    /// All that the node waits for has come: should it go on, and how?
    Enter(Instance),
    /// As before, its condition having been answered.
    Entered { instance: Instance, truth: Option<bool> },
    /// An attempt left evidence that has not been judged.
    Judge(Instance),
    /// An attempt ended and, if it is a gate, was judged: settle, retry or hold?
    Conclude(Instance),
    /// Make the step ready for its next attempt.
    Again(Instance),
    /// Settle the step like this.
    Settle { instance: Instance, outcome: Outcome, why: SettledBy },
    /// End the running attempt.
    StopAttempt(Instance, StopReason),
    /// Where do the tokens of this node go? `next` is the first outgoing edge not yet asked.
    Fork { instance: Instance, next: usize, taken: Vec<EdgeId>, wrong: Option<Name> },
    /// A step of a token body cannot go on; its token ends, or goes to a catch.
    Trouble { instance: Instance, what: Trouble },
    /// Stop the run.
    Stop(StopReason),
    /// The catch's trigger is to be waited for.
    Arm(Box<Arming>),
    /// Throw what the node throws; `given` is its key, once it is known.
    Throw { instance: Instance, given: Option<Value> },
    /// A step with rounds goes on: the next one, or its end.
    Rounds(Instance),
    /// A round has ended: ask what has to be asked then.
    Round(RoundEnd),
    /// Say that the step took away what others had set meanwhile.
    Contested { names: Vec<Name>, step: Instance },
    /// Say that a bound was reached; the run stops.
    Limit(&'static str),
}

/// Why a step of a token body cannot go on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Trouble {
    /// It failed, or nobody can say: an error with this code for whatever catches it.
    Ended(&'static str),
    /// What it needs could not be evaluated.
    Incident(IncidentKind),
}
