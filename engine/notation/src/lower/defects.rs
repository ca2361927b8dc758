//! Defects of the graph in words for people: names and places instead of numbers.

use dod_kernel::id::NodeId;
use dod_kernel::workflow::Defect;

use super::Lowering;
use crate::diagnose::{Diagnostic, Span, codes};

/// A longer circle is shown by its beginning and its end.
const CYCLE_SHOWN_MAX: usize = 20;

impl Lowering<'_> {
    /// Says what the kernel found. Most of it cannot happen: it was refused with better words before.
    pub(super) fn explain(&mut self, defects: &[Defect], names: &[dod_kernel::id::Name]) {
        let place = |node: NodeId| self.node_spans.get(node.index()).copied().unwrap_or_default();
        let name = |node: NodeId| names.get(node.index()).cloned().unwrap_or_default();
        let mut found = Vec::new();
        for defect in defects {
            let (code, span) = match defect {
                Defect::Cycle(nodes) => {
                    found.push(cycle(nodes, &name, &place));
                    continue;
                }
                Defect::SameName { node, .. } => (codes::SAME_NAME, place(*node)),
                Defect::Unreachable(node) => (codes::UNREACHABLE, place(*node)),
                Defect::Recursion(node) => (codes::INCLUDE_CYCLE, place(*node)),
                Defect::Mixed(node) | Defect::Dangling(node) | Defect::Unfit { node, .. } => {
                    (codes::LIMIT, place(*node))
                }
                Defect::Empty => (codes::NO_STEPS, Span::default()),
                Defect::NoPlaces(_) => (codes::RANGE, Span::default()),
                Defect::Gap(_) | Defect::TooMany | Defect::EdgeOutside(_) => (codes::LIMIT, Span::default()),
            };
            found.push(Diagnostic::error(code, span, defect.to_string()));
        }
        found.into_iter().for_each(|diagnostic| self.problems.push(diagnostic));
    }
}

/// The whole circle, beginning with the step that was written first.
fn cycle(
    nodes: &[NodeId],
    name: &dyn Fn(NodeId) -> dod_kernel::id::Name,
    place: &dyn Fn(NodeId) -> Span,
) -> Diagnostic {
    let first = (0..nodes.len()).min_by_key(|at| place(nodes[*at])).unwrap_or(0);
    let round: Vec<NodeId> = nodes.iter().cycle().skip(first).take(nodes.len()).copied().collect();
    // The kernel gives the order of running; people read `needs` the other way.
    let mut needs: Vec<NodeId> = round.iter().rev().copied().collect();
    needs.rotate_right(1);
    let mut shown: Vec<String> = needs.iter().map(|node| format!("`{}`", name(*node))).collect();
    shown.push(shown[0].clone());
    if shown.len() > CYCLE_SHOWN_MAX {
        let cut = shown.len() - CYCLE_SHOWN_MAX;
        shown.splice(CYCLE_SHOWN_MAX / 2..CYCLE_SHOWN_MAX / 2 + cut, ["…".to_owned()]);
    }
    let message = format!("steps wait for each other: {}", shown.join(" needs "));
    let mut found = Diagnostic::error(codes::CYCLE, place(needs[0]), message);
    for node in needs.iter().skip(1).take(CYCLE_SHOWN_MAX) {
        found = found.other(place(*node), "waits too");
    }
    found
}
