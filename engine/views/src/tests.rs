//! Claims about views: a workflow in a line, a story in a line, the text it becomes.
//!
//! Only this module and `drive` know how a run is made; every story is decided by the kernel itself.

mod build;
mod drive;

mod end;
mod lines;

pub(crate) use drive::tell;
