//! Where a scope begins, and what can be reached from there (BPMN 2.0.2, clauses 10.5.2 and 13.2).
//!
//! **Absent on purpose:** warnings about what is not reached; those are static checks.

use super::Lowering;
use super::body::At;
use crate::bpmn::codes;
use crate::bpmn::model::{Class, ElementId, Kind};
use crate::bpmn::sound::called;
use crate::diagnose::Diagnostic;

/// Where a scope begins.
#[derive(Debug, Default)]
pub(super) struct Starts {
    /// Nodes that a scope begins with.
    pub(super) roots: Vec<ElementId>,
    /// Start events of which the first that is triggered begins. They are not among the roots.
    pub(super) race: Vec<ElementId>,
    /// Every node that something could begin with, for static checks.
    pub(super) all: Vec<ElementId>,
}

impl Lowering<'_> {
    /// Where a process or a sub-process in the flow begins. Where nothing begins, that is said.
    pub(super) fn starts(&mut self, at: &At<'_>, nodes: &[ElementId]) -> Starts {
        let diagram = at.diagram();
        let events: Vec<ElementId> =
            nodes.iter().copied().filter(|node| diagram[*node].kind == Kind::StartEvent).collect();
        if events.is_empty() {
            return self.implicit(at, nodes);
        }
        let is_none = |event: &ElementId| at.definitions(*event).is_empty();
        let (none, triggered): (Vec<_>, Vec<_>) = events.iter().copied().partition(is_none);
        if at.is_inside() {
            for event in &triggered {
                let message = format!(
                    "{} waits for a trigger inside a sub-process, which begins at once",
                    called(diagram, *event)
                );
                let found = Diagnostic::error(codes::START, diagram.tag(*event), message);
                self.problems
                    .push(found.hint("make it a none start event, or the sub-process an event sub-process"));
            }
            return Starts { roots: events.clone(), race: Vec::new(), all: events };
        }
        if none.is_empty() && triggered.len() > 1 {
            return Starts { roots: Vec::new(), race: triggered.clone(), all: triggered };
        }
        let roots = if none.is_empty() { triggered.clone() } else { none };
        for event in triggered.iter().filter(|event| !roots.contains(event)) {
            let message = format!(
                "{} is not used: a run begins at {}",
                called(diagram, *event),
                called(diagram, roots[0])
            );
            self.problems.push(Diagnostic::warning(codes::NO_EFFECT, diagram.tag(*event), message));
        }
        Starts { roots, race: Vec::new(), all: events }
    }

    /// Without a start event everything begins that nothing leads to.
    fn implicit(&mut self, at: &At<'_>, nodes: &[ElementId]) -> Starts {
        let diagram = at.diagram();
        let begins = |node: &ElementId| {
            let element = &diagram[*node];
            let beside = element.kind == Kind::BoundaryEvent || element.flags.compensates();
            let event_scope = element.kind == Kind::SubProcess && element.flags.by_event();
            !beside && !event_scope && !at.is_link_catch(*node) && at.sheet.graph.incoming(*node).len() == 0
        };
        let roots: Vec<ElementId> = nodes.iter().copied().filter(begins).collect();
        let flows = |node: &ElementId| {
            diagram[*node].kind.class() != Class::Event || diagram[*node].kind != Kind::BoundaryEvent
        };
        if roots.is_empty() && nodes.iter().any(flows) {
            let message = format!(
                "nothing begins in {}: something leads to each of its nodes",
                called(diagram, at.scope)
            );
            let found = Diagnostic::error(codes::NOTHING, diagram.tag(at.scope), message);
            self.problems.push(found.hint("draw a start event"));
        }
        Starts { all: roots.clone(), roots, race: Vec::new() }
    }
}

impl At<'_> {
    /// Which elements of a scope tokens can reach, counted from the scope's own number.
    pub(super) fn reached(&self, starts: &Starts) -> Vec<bool> {
        let first = self.scope.index();
        let mut reached = vec![false; self.diagram()[self.scope].end as usize - first];
        let mut work: Vec<ElementId> = starts.roots.iter().chain(&starts.race).copied().collect();
        while let Some(node) = work.pop() {
            let Some(seen) = node.index().checked_sub(first).and_then(|at| reached.get_mut(at)) else {
                continue;
            };
            if std::mem::replace(seen, true) {
                continue;
            }
            work.extend(self.sheet.graph.outgoing(node).map(|arc| arc.to));
            work.extend(self.sheet.graph.beside(node));
        }
        reached
    }
}
