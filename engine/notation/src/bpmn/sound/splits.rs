//! Conditions and defaults (BPMN 2.0.2, clauses 8.4.13, 10.6.2, 10.6.3 and 13.4).
//!
//! **Absent on purpose:** reading conditions; lowering does that.

use super::called;
use super::flows::missing;
use super::graph::{Arc, Graph};
use crate::bpmn::codes;
use crate::bpmn::model::{Class, Diagram, ElementId, Kind, Role};
use crate::diagnose::{Diagnostic, Diagnostics};

/// The text of a flow's condition; `None` where there is none, or nothing in it.
pub(in crate::bpmn) fn condition(diagram: &Diagram, arc: Arc) -> Option<&crate::bpmn::model::Passage> {
    let passage = diagram.passage(arc.flow?, Role::Condition)?;
    let written = passage.text.is_some_and(|text| !diagram.text(text).trim().is_empty());
    (written || passage.resource.is_some()).then_some(passage)
}

/// The default flow of a node.
pub(in crate::bpmn) fn default(diagram: &Diagram, node: ElementId) -> Option<ElementId> {
    diagram.reference(node, Role::Default)?.to
}

/// Checks what leaves each node.
pub(super) fn check(diagram: &Diagram, graph: &Graph, problems: &mut Diagnostics) {
    for (node, element) in diagram.all() {
        if !element.kind.is_node() {
            continue;
        }
        let class = element.kind.class();
        if class == Class::Activity || class == Class::Gateway {
            check_default(diagram, graph, node, problems);
        }
        match element.kind {
            Kind::ExclusiveGateway | Kind::InclusiveGateway => split(diagram, graph, node, problems),
            Kind::ParallelGateway | Kind::EventBasedGateway => unconditional(diagram, graph, node, problems),
            _ => {}
        }
    }
}

fn check_default(diagram: &Diagram, graph: &Graph, node: ElementId, problems: &mut Diagnostics) {
    let Some(reference) = diagram.reference(node, Role::Default) else { return };
    let Some(flow) = reference.to else {
        problems.push(missing(diagram, node, "default", reference.text));
        return;
    };
    let span = diagram.span(reference.text);
    let leaves = diagram.flow(flow).is_some_and(|flow| flow.from == Some(node));
    if !leaves {
        let message = format!(
            "{} has {} as its default, which does not leave it",
            called(diagram, node),
            called(diagram, flow)
        );
        let found = Diagnostic::error(codes::DEFAULT_FLOW, span, message);
        problems.push(
            found
                .other(diagram.tag(flow), "this one")
                .hint("the default is one of the flows that leave the node"),
        );
        return;
    }
    if matches!(diagram[node].kind, Kind::ParallelGateway | Kind::EventBasedGateway) {
        let message =
            format!("the default flow of {} has no effect: it has no conditions", called(diagram, node));
        problems.push(Diagnostic::warning(codes::NO_EFFECT, span, message));
        return;
    }
    let conditional =
        graph.outgoing(node).find(|arc| arc.flow == Some(flow)).and_then(|arc| condition(diagram, arc));
    if let Some(condition) = conditional {
        let message = format!("the condition of {} is never asked: it is the default", called(diagram, flow));
        problems.push(Diagnostic::warning(codes::DEFAULT_FLOW, diagram.place(condition.tag), message));
    }
}

/// Flows of a split that is not the only way: each has a condition or is the default.
fn split(diagram: &Diagram, graph: &Graph, node: ElementId, problems: &mut Diagnostics) {
    let outgoing = graph.outgoing(node);
    if outgoing.len() < 2 {
        return;
    }
    let default = default(diagram, node);
    let exclusive = diagram[node].kind == Kind::ExclusiveGateway;
    let mut open = false;
    for arc in outgoing {
        if arc.flow == default || condition(diagram, arc).is_some() {
            continue;
        }
        open = true;
        let flow = arc.flow.unwrap_or(node);
        let message = format!(
            "{} leaves {} with neither a condition nor being its default",
            called(diagram, flow),
            called(diagram, node)
        );
        let hint = "give it a condition, or make it the default flow";
        let found = if exclusive {
            Diagnostic::error(codes::NO_CONDITION, diagram.tag(flow), message)
        } else {
            Diagnostic::warning(codes::NO_CONDITION, diagram.tag(flow), message + ": it is always taken")
        };
        problems.push(found.other(diagram.tag(node), "the split").hint(hint));
    }
    if default.is_none() && !open {
        let message = format!(
            "{} has no default flow: where no condition holds, the run stops there with an incident",
            called(diagram, node)
        );
        let found = Diagnostic::warning(codes::NO_DEFAULT, diagram.tag(node), message);
        problems.push(found.hint("make one of its flows the default"));
    }
}

fn unconditional(diagram: &Diagram, graph: &Graph, node: ElementId, problems: &mut Diagnostics) {
    for arc in graph.outgoing(node) {
        let Some(condition) = condition(diagram, arc) else { continue };
        let message =
            format!("a condition behind {} has no effect: all its flows are taken", called(diagram, node));
        let found = Diagnostic::warning(codes::NO_EFFECT, diagram.place(condition.tag), message);
        problems.push(found.hint("an inclusive gateway asks conditions"));
    }
}
