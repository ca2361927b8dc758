//! BPMN 2.0 files.
//!
//! ```text
//!   read   bytes → Diagram          what is written, each with its place; hostile input ends here
//!   model  Diagram                  elements in document order, references resolved, the drawing kept
//!   dialect  conditions, values, scripts → rhai
//! ```
//!
//! **Absent on purpose:** opening files, drawing, running.

pub mod codes;
pub mod dialect;
pub mod model;
pub mod read;
