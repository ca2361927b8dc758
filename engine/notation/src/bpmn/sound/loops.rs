//! Circles in which nothing waits: they turn as fast as the machine can, until their condition or the bound on a run's
//! steps ends them.
//!
//! ```text
//!   nodes that do not wait ─ Tarjan's strongly connected components, with a stack of its own ─▶ circles
//! ```
//!
//! **Absent on purpose:** whether a condition ever ends a loop.

use super::called;
use super::graph::Graph;
use crate::bpmn::codes;
use crate::bpmn::model::{Class, Diagram, ElementId, Kind, Role};
use crate::diagnose::{Diagnostic, Diagnostics};

/// Warns of each circle of nodes that do not wait.
pub(super) fn check(diagram: &Diagram, graph: &Graph, nodes: &[ElementId], problems: &mut Diagnostics) {
    let Some(first) = nodes.iter().map(|node| node.index()).min() else { return };
    let last = nodes.iter().map(|node| node.index()).max().unwrap_or(first);
    let mut search = Search {
        graph,
        first,
        turns: vec![false; last - first + 1],
        state: vec![State::default(); last - first + 1],
        path: Vec::new(),
        next: 1,
    };
    for node in nodes {
        search.turns[node.index() - first] = !waits(diagram, *node);
    }
    let mut circles = Vec::new();
    for node in nodes {
        if search.turns[node.index() - first] && search.state[node.index() - first].number == 0 {
            search.from(*node, &mut circles);
        }
    }
    for circle in circles {
        let head = circle.iter().copied().min().expect("a circle has nodes");
        let message = format!("nothing waits in the loop through {}", called(diagram, head));
        let mut found = Diagnostic::warning(codes::ENDLESS, diagram.tag(head), message);
        for other in circle.iter().filter(|node| **node != head).take(OTHERS_MAX) {
            found = found.other(diagram.tag(*other), "in the loop");
        }
        problems.push(found.hint("its condition must end it; a timer in it gives the world time to change"));
    }
}

/// Nodes of a circle that are shown.
const OTHERS_MAX: usize = 5;

/// Whether a token stays at a node until something happens outside the run.
fn waits(diagram: &Diagram, node: ElementId) -> bool {
    let kind = diagram[node].kind;
    match kind.class() {
        Class::Gateway => false,
        Class::Event => {
            let link =
                || diagram.children(Some(node)).any(|(_, child)| child.kind == Kind::LinkEventDefinition);
            kind == Kind::IntermediateCatchEvent && !link()
        }
        _ => match kind {
            Kind::ScriptTask | Kind::BusinessRuleTask => false,
            Kind::SendTask => diagram.reference(node, Role::Message).is_none(),
            _ => true,
        },
    }
}

#[derive(Clone, Copy, Debug, Default)]
struct State {
    /// The order of discovery, from 1.
    number: u32,
    /// The earliest node on the path that can be reached.
    low: u32,
    on_path: bool,
}

struct Search<'g> {
    graph: &'g Graph,
    first: usize,
    /// Nodes that do not wait.
    turns: Vec<bool>,
    state: Vec<State>,
    path: Vec<ElementId>,
    next: u32,
}

impl Search<'_> {
    fn at(&self, node: ElementId) -> Option<usize> {
        node.index().checked_sub(self.first).filter(|at| self.turns.get(*at) == Some(&true))
    }

    fn discover(&mut self, node: ElementId, at: usize) {
        self.state[at] = State { number: self.next, low: self.next, on_path: true };
        self.next += 1;
        self.path.push(node);
    }

    /// Tarjan's algorithm from one node. A frame holds a node and which of its ways is next.
    fn from(&mut self, root: ElementId, circles: &mut Vec<Vec<ElementId>>) {
        let Some(at) = self.at(root) else { return };
        let graph = self.graph;
        self.discover(root, at);
        let mut frames = vec![(root, at, graph.outgoing(root))];
        while let Some((node, at, ways)) = frames.last_mut() {
            let (node, at) = (*node, *at);
            if let Some(arc) = ways.next() {
                let Some(to) = self.at(arc.to) else { continue };
                if self.state[to].number == 0 {
                    self.discover(arc.to, to);
                    frames.push((arc.to, to, graph.outgoing(arc.to)));
                } else if self.state[to].on_path {
                    self.state[at].low = self.state[at].low.min(self.state[to].number);
                }
                continue;
            }
            frames.pop();
            if let Some((_, before, _)) = frames.last() {
                self.state[*before].low = self.state[*before].low.min(self.state[at].low);
            }
            if self.state[at].low == self.state[at].number {
                self.close(node, circles);
            }
        }
    }

    /// A component is complete: everything on the path from its first node on.
    fn close(&mut self, node: ElementId, circles: &mut Vec<Vec<ElementId>>) {
        let mut component = Vec::new();
        while let Some(member) = self.path.pop() {
            self.state[member.index() - self.first].on_path = false;
            component.push(member);
            if member == node {
                break;
            }
        }
        let turns = component.len() > 1 || self.graph.outgoing(node).any(|arc| arc.to == node);
        if turns {
            component.reverse();
            circles.push(component);
        }
    }
}
