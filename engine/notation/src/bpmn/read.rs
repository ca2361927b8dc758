//! Bytes → [`Diagram`](super::model::Diagram), in one pass over the file, with everything that is wrong.
//!
//! **Absent on purpose:** recursion, entities, other files.

mod escape;
mod names;

pub(in crate::bpmn) use escape::raw_offset;
pub(in crate::bpmn) use names::{COUNT, name};

/// BPMN 2.0, all minor versions (OMG formal/2011-01-03, `BPMN20.xsd`).
pub const NAMESPACE: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

/// The attributes and elements that bind a diagram to `dod`.
pub const DOD_NAMESPACE: &str = "urn:dod:bpmn:1";
