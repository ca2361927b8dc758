//! Recorded results that a verdict rests on, or cannot rest on, in sentences.
//!
//! **Absent on purpose:** layout.

use dod_kernel::id::{Name, RunId, Timestamp};
use dod_kernel::policy::{State, Unusable};

use crate::look::clean_line;
use crate::story::{Standing, Story};
use crate::{time, words};

/// A required gate that this run did not produce, and where it did: `load: passed in run 019aa6c1-5d00, 3h 00m ago`.
pub(crate) fn rests_on(story: &Story, gate: &Name, run: &RunId) -> String {
    let recorded = story.started.iter().flat_map(|(_, started)| &started.recorded);
    let found = recorded.into_iter().find(|one| one.gate == *gate && one.run == *run);
    let gate = clean_line(gate);
    match found {
        Some(one) => {
            format!("{gate}: {} in run {}", stood(one.state), when(story, run, one.at))
        }
        None => format!("{gate}: as in run {}", short(run)),
    }
}

/// Why the newest recorded result of a required gate does not do.
pub(crate) fn unusable(story: &Story, why: &Unusable) -> String {
    match why {
        Unusable::NotPassed { at, run, state } => {
            format!("it {} in run {}", stood(*state), when(story, run, *at))
        }
        Unusable::Stale { at, run } => {
            format!("the newest result is of run {}, older than the policy allows", when(story, run, *at))
        }
    }
}

fn stood(state: State) -> String {
    match state {
        State::Passed | State::Failed => state.word().to_owned(),
        other => format!("was {}", Standing::from(other).word()),
    }
}

fn when(story: &Story, run: &RunId, at: Timestamp) -> String {
    let now = story.finished.as_ref().map(|end| end.at).or(story.started_at()).unwrap_or(at);
    // Clocks of two runs need not agree; what seems to come later was just now.
    let ago = u64::try_from(now.0.saturating_sub(at.0)).unwrap_or(0);
    format!("{}, {} ago", short(run), time::duration(ago))
}

fn short(run: &RunId) -> String {
    clean_line(words::short(run))
}
