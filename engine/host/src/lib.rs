//! Everything a run needs from the machine below the drive loop: processes, files, git, clock.
//!
//! | module | belongs there |
//! |---|---|
//! | [`process`] | spawning and supervising steps, signals, what survived a crash |
//! | [`mask`] | secrets replaced by `***` in a stream |
//!
//! **Absent on purpose:** what events mean, what a tool's output says, whether a verdict is good. Nothing
//! here parses a report or decides; the kernel decides and the drive loop asks.

pub mod mask;
pub mod process;
pub mod world;
