//! The rules of a run: what may happen, what happened, what follows.
//!
//! ```text
//!   decide(&Run, Command)     -> the fact, or a Refusal     may say no, changes nothing
//!   evolve(&mut Run, &Event)                                may not say no
//!   follow(&Run)              -> the next decision owed     until there is none: the batch is complete
//!   outstanding(&Run)         -> effects the host owes      derived from state
//! ```
//!
//! **Absent on purpose:** clocks, random numbers, files, processes, threads, `async`, hash-ordered maps,
//! YAML, BPMN, tool names, sentences for people. Time, ids and digests arrive in commands.

pub mod ask;
pub mod calendar;
pub mod decimal;
pub mod evidence;
pub mod id;
pub mod moment;
pub mod policy;
pub mod record;
pub mod run;
pub mod value;
pub mod workflow;
