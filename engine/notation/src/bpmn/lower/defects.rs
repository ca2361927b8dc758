//! What the kernel says of a workflow, in words for people who draw.
//!
//! **Absent on purpose:** what was refused with better words before.

use dod_kernel::id::{BodyId, NodeId};
use dod_kernel::workflow::{Defect, Kind};

use super::Lowering;
use crate::bpmn::codes;
use crate::diagnose::Diagnostic;

impl Lowering<'_> {
    /// Says which processes call each other in a circle: such a run would never end (Kahn's algorithm over bodies).
    pub(super) fn circles(&mut self) {
        let bodies = &self.parts.bodies;
        let mut calls: Vec<Vec<(NodeId, BodyId)>> = vec![Vec::new(); bodies.len()];
        let mut open = vec![0u32; bodies.len()];
        for (at, body) in bodies.iter().enumerate() {
            for node in body.nodes_first.0..body.nodes_first.0 + body.nodes {
                let to = match &self.parts.nodes[node as usize].kind {
                    Kind::Call(to) => *to,
                    Kind::Repeat(repeat) => repeat.body,
                    _ => continue,
                };
                calls[at].push((NodeId(node), to));
                open[to.index()] += 1;
            }
        }
        let mut work: Vec<usize> = (0..bodies.len()).filter(|body| open[*body] == 0).collect();
        while let Some(body) = work.pop() {
            for (_, to) in &calls[body] {
                open[to.index()] -= 1;
                if open[to.index()] == 0 {
                    work.push(to.index());
                }
            }
        }
        let Some((node, _)) = calls
            .iter()
            .enumerate()
            .filter(|(body, _)| open[*body] > 0)
            .find_map(|(_, calls)| calls.iter().find(|(_, to)| open[to.index()] > 0))
        else {
            return;
        };
        let span = self.node_spans.get(node.index()).copied().unwrap_or_default();
        let title = &self.titles[node.index()];
        let message =
            format!("`{}` is part of a circle of calls: a process that calls itself never ends", title.base);
        let found = Diagnostic::error(codes::RECURSION, span, message);
        self.problems.push(found.hint("draw a loop: a flow that leads back, or a loop activity"));
    }

    pub(super) fn explain(&mut self, defects: &[Defect]) {
        for defect in defects {
            let place = |node: &NodeId| self.node_spans.get(node.index()).copied().unwrap_or_default();
            let title = |node: &NodeId| {
                self.titles.get(node.index()).map(|title| title.base.clone()).unwrap_or_default()
            };
            let (code, span, message) = match defect {
                Defect::Unfit { node, why } => {
                    (codes::UNSUPPORTED, place(node), format!("`{}` {why}", title(node)))
                }
                Defect::Recursion(node) => (codes::RECURSION, place(node), defect.to_string()),
                Defect::SameName { node, .. } => (codes::SAME_ID, place(node), defect.to_string()),
                Defect::Mixed(node) | Defect::Dangling(node) | Defect::Unreachable(node) => {
                    (codes::UNSUPPORTED, place(node), defect.to_string())
                }
                Defect::Empty => (codes::NOTHING, Default::default(), defect.to_string()),
                _ => (codes::LIMIT, Default::default(), defect.to_string()),
            };
            self.problems.push(Diagnostic::error(code, span, message));
        }
    }
}
