//! Rounds: multi-instance and loop activities (BPMN 2.0.2, clause 13.3.6 and table 10.31).
//!
//! **Absent on purpose:** what a round does; each is a scope over a body of its own.

use crate::ask::Ask;
use crate::id::Instance;
use crate::run::event::*;
use crate::run::state::Run;
use crate::workflow::Repeat;

/// The first round.
pub(super) fn begin(run: &Run, _ask: &dyn Ask, step: Instance, _repeat: &Repeat) -> Event {
    Event::StepWaiting { due: None, key: None, step: run.step(step) }
}
