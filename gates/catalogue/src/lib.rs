//! The known tools as data: how each is detected and run, what its exit codes mean, what it leaves.
//!
//! ```text
//!   entries/family/tool.yaml ─┐
//!   gates/*.yaml of a team   ─┴─> Catalogue ─ expand(name, with, site) -> dod_kernel::workflow::Task
//!   tracked files ─> detect ─> Projects ─ write_workflow -> the text of a dod.yaml
//! ```
//!
//! Adding a tool is one YAML file and one line in `builtin`. Nothing is parsed before it is used.
//!
//! **Absent on purpose:** opening files, finding programs, running anything, reading reports, and any
//! judgement of what a tool says.

mod builtin;
mod catalogue;
mod detect;
mod entry;
mod expand;
mod fault;
mod node;
mod read;
mod template;
mod write;

pub use catalogue::Catalogue;
pub use detect::{Language, LeftOut, PROJECTS_MAX, Project, Step, StepAction, builtin_workflow, detect};
pub use entry::{Detect, Entry, KINDS, Parameter, Shape, Text};
pub use expand::{ExpandError, FILES_MAX, Site};
pub use fault::{EntryError, Fault};
pub use node::{DEPTH_MAX, FILE_BYTES_MAX, NODES_MAX};
pub use write::{WorkflowFile, write_files, write_workflow, write_workflow_for};
