//! What the kernel says of a workflow, in words for people who draw.
//!
//! **Absent on purpose:** anything that can happen: it was refused with better words before.

use dod_kernel::id::NodeId;
use dod_kernel::workflow::Defect;

use super::Lowering;
use crate::bpmn::codes;
use crate::diagnose::Diagnostic;

impl Lowering<'_> {
    pub(super) fn explain(&mut self, defects: &[Defect]) {
        for defect in defects {
            let place = |node: &NodeId| self.node_spans.get(node.index()).copied().unwrap_or_default();
            let (code, span) = match defect {
                Defect::Recursion(node) => (codes::RECURSION, place(node)),
                Defect::SameName { node, .. } => (codes::SAME_ID, place(node)),
                Defect::Mixed(node) | Defect::Dangling(node) | Defect::Unreachable(node) => {
                    (codes::UNSUPPORTED, place(node))
                }
                Defect::Empty => (codes::NOTHING, Default::default()),
                _ => (codes::LIMIT, Default::default()),
            };
            self.problems.push(Diagnostic::error(code, span, defect.to_string()));
        }
    }
}
