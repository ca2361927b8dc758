//! Texts that people write → checked definitions, with located diagnostics.
//!
//! ```text
//!   yaml      text → located tree             diagnose   what is wrong, where, and what to do
//!   draft     tree → unchecked workflow       lower      draft → kernel `Workflow`: the only way in
//!   schema    JSON Schema for editors         mapping    which checks support which requirements
//!   bpmn      BPMN 2.0 → located diagram → kernel `Workflow`
//! ```
//!
//! **Absent on purpose:** opening files, the network, running anything, rendering. Other files, the catalogue
//! and the expression language are handed in as traits. This crate never fails and never panics: it returns
//! what it could make of a text, and a list of diagnostics.

#[macro_use]
pub mod diagnose;
pub mod bpmn;
pub mod draft;
pub mod lower;
pub mod mapping;
pub mod policy;
pub mod schema;
pub mod yaml;
