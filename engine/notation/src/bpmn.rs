//! BPMN 2.0 files.
//!
//! ```text
//!   read   bytes → Diagram          what is written, each with its place; hostile input ends here
//!   model  Diagram                  elements in document order, references resolved, the drawing kept
//! ```
//!
//! **Absent on purpose:** opening files, drawing, running.

pub mod codes;
pub mod model;
pub mod read;
