//! BPMN 2.0 files → diagrams, and the kernel's `Workflow`.
//!
//! ```text
//!   read     bytes → Diagram         what is written, each with its place; hostile input ends here
//!   model    Diagram                 elements in document order, references resolved, the drawing kept
//!   sound    static checks           what cannot run as it is drawn, and what was probably not meant
//!   lower    Diagram → Workflow      one token body per scope
//!   dialect  conditions, values, scripts → rhai        dmn  decision tables → conditions
//! ```
//!
//! **Absent on purpose:** opening files, drawing, running.

pub mod codes;
pub mod dialect;
pub mod dmn;
mod lower;
pub mod model;
pub mod read;
mod sound;

use crate::lower::{Checked, Loaded, World};

pub use lower::{ACTIVATIONS_MAX, FILES_MAX, LOOKS_MAX, SCOPES_MAX, TOKENS_MAX};

/// What a workflow is made for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Purpose {
    /// Its tasks are done: every one must say what it does.
    Run,
    /// It is only played through: a task may say nothing.
    Simulate,
}

/// What is wanted of a BPMN file.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// Files that were named along with it: called processes (`.bpmn`), decisions (`.dmn`). Others are looked for
    /// beside the file.
    pub along: &'a [Loaded],
    /// The process, by id, name or pool; where it is not named, the one that is executable and that nothing calls.
    pub process: Option<&'a str>,
    /// What for.
    pub purpose: Purpose,
}

/// Checks a BPMN file and everything it names. `name` is what people are shown.
#[must_use]
pub fn check(name: &str, bytes: Vec<u8>, wanted: &Wanted<'_>, world: &World<'_>) -> Checked {
    let mut lowering = lower::Lowering::new(world, wanted);
    lowering.run(name, bytes);
    lowering.finish()
}

#[cfg(test)]
mod tests;
