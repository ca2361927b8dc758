//! One execution of one workflow: deciding what happens next.
//!
//! ```text
//!   decide(&Run, Command)  -> the fact, or a Refusal    may say no, changes nothing
//!   evolve(&mut Run, ..)                                 may not say no
//!   follow(&Run)           -> the next decision owed    until there is none: the batch is complete
//!   outstanding(&Run)      -> effects the host owes     derived from state, so a restarted host asks again
//! ```
//!
//! What has to be decided next lies in the run's *agenda*, which only `evolve` writes. Each decision is taken
//! from its front and looks at a run that has already seen the decision before it, so one command can make
//! three steps ready and finish the run without an overlay, and a batch that was torn by a crash is completed
//! by asking `follow` again.
//!
//! **Invariant: replay is the truth.** Folding `evolve` over the log rebuilds the very run that was looked at,
//! and `follow`, fed the facts alone, makes every recorded decision again. A [`Run`] has no field that
//! `evolve` does not write.
//!
//! **Absent on purpose:** clocks, random numbers, paths, processes, `async`, scans over all nodes: the cost of
//! a command is proportional to what it changes.

mod agenda;
mod catch;
mod command;
mod event;
mod evolve;
mod follow;
mod gates;
mod human;
mod inclusive;
mod outstanding;
mod repeat;
mod replay;
mod settle;
mod state;
mod table;
mod throw;
mod token;
mod values;
mod view;

#[cfg(test)]
mod tests;

pub use command::{Command, EndReport, Refusal, decide};
pub use event::*;
pub use evolve::evolve;
pub use follow::follow;
pub use human::{JudgedBefore, Statement};
pub use outstanding::{Effect, Waiting, WaitingFor};
pub use repeat::COLLECTED_BYTES_MAX;
pub use replay::{Difference, Replay};
pub use state::Run;
pub use table::MATCHES_MAX;
pub use values::SET_BYTES_MAX;

use crate::ask::Ask;
use crate::id::Timestamp;

/// Decides a command and everything that follows from it, hands each event of the batch to `each`, in order,
/// and leaves the run as it is after the last.
///
/// # Errors
/// The command was refused; nothing changed and `each` was not called.
pub fn batch(
    run: &mut Run,
    at: Timestamp,
    command: Command,
    ask: &dyn Ask,
    each: &mut dyn FnMut(Event),
) -> Result<(), Refusal> {
    let fact = decide(run, command)?;
    evolve(run, at, &fact);
    each(fact);
    complete(run, at, ask, each);
    Ok(())
}

/// Makes the decisions that are still owed: all of a batch, or the rest of one that a crash tore.
pub fn complete(run: &mut Run, at: Timestamp, ask: &dyn Ask, each: &mut dyn FnMut(Event)) {
    while let Some(decision) = follow(run, ask) {
        evolve(run, at, &decision);
        each(decision);
    }
}
