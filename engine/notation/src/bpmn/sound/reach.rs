//! What nothing leads to (BPMN 2.0.2, clauses 10.5.2 and 13.2): it never begins, where something else does.
//!
//! **Absent on purpose:** event sub-processes, which begin by their trigger.

use super::called;
use super::graph::Graph;
use crate::bpmn::codes;
use crate::bpmn::model::{Diagram, ElementId, Kind};
use crate::diagnose::{Diagnostic, Diagnostics};

/// Warns of nodes that no token reaches. Only the first of those behind each other is told.
pub(super) fn check(
    diagram: &Diagram,
    graph: &Graph,
    nodes: &[ElementId],
    starts: &[ElementId],
    problems: &mut Diagnostics,
) {
    let Some(first) = nodes.iter().map(|node| node.index()).min() else { return };
    let last = nodes.iter().map(|node| node.index()).max().unwrap_or(first);
    let mut seen = vec![false; last - first + 1];
    follow(graph, &mut seen, first, starts);
    for node in nodes {
        let element = &diagram[*node];
        let event_scope = element.kind == Kind::SubProcess && element.flags.by_event();
        if seen[node.index() - first] || event_scope || element.kind == Kind::StartEvent {
            continue;
        }
        if graph.incoming(*node).len() == 0 && element.kind != Kind::BoundaryEvent {
            let message = format!("nothing leads to {}, so it never begins", called(diagram, *node));
            let found = Diagnostic::warning(codes::UNREACHED, diagram.tag(*node), message);
            problems.push(found.hint("lead a sequence flow to it, or remove it"));
            follow(graph, &mut seen, first, &[*node]);
        }
    }
    for node in nodes {
        let element = &diagram[*node];
        let event_scope = element.kind == Kind::SubProcess && element.flags.by_event();
        if !seen[node.index() - first]
            && !event_scope
            && element.kind != Kind::StartEvent
            && element.kind != Kind::BoundaryEvent
        {
            let message = format!(
                "only a circle that nothing leads into leads to {}, so it never begins",
                called(diagram, *node)
            );
            problems.push(Diagnostic::warning(codes::UNREACHED, diagram.tag(*node), message));
            follow(graph, &mut seen, first, &[*node]);
        }
    }
}

fn follow(graph: &Graph, seen: &mut [bool], first: usize, from: &[ElementId]) {
    let mut work = from.to_vec();
    while let Some(node) = work.pop() {
        let Some(place) = node.index().checked_sub(first).and_then(|at| seen.get_mut(at)) else { continue };
        if std::mem::replace(place, true) {
            continue;
        }
        work.extend(graph.outgoing(node).map(|arc| arc.to));
        work.extend(graph.beside(node));
    }
}
