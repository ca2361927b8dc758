//! Where sequence flows may begin and end (BPMN 2.0.2, clauses 7.6.1 and 8.4.13).
//!
//! **Absent on purpose:** conditions; see `splits`.

use super::called;
use super::graph::Arc;
use crate::bpmn::codes;
use crate::bpmn::model::{Diagram, ElementId, Flow, Kind, Text};
use crate::diagnose::{Diagnostic, Diagnostics};

/// The flows that can be followed. What is wrong with the others is said.
pub(super) fn check(diagram: &Diagram, problems: &mut Diagnostics) -> Vec<Arc> {
    let mut arcs = Vec::with_capacity(diagram.flows.len());
    for flow in &diagram.flows {
        let before = problems.errors();
        dangling(diagram, flow, problems);
        let (Some(from), Some(to)) = (flow.from, flow.to) else { continue };
        crossing(diagram, flow, from, to, problems);
        into(diagram, flow, to, problems);
        out_of(diagram, flow, from, problems);
        if problems.errors() == before {
            arcs.push(Arc { from, to, flow: Some(flow.element) });
        }
    }
    arcs
}

fn dangling(diagram: &Diagram, flow: &Flow, problems: &mut Diagnostics) {
    let ends = [("sourceRef", flow.source, flow.from), ("targetRef", flow.target, flow.to)];
    for (attribute, written, found) in ends {
        let (Some(written), None) = (written, found) else { continue };
        problems.push(missing(diagram, flow.element, attribute, written));
    }
}

/// An element names what is not there.
pub(super) fn missing(diagram: &Diagram, element: ElementId, attribute: &str, written: Text) -> Diagnostic {
    let name = super::shown(diagram.text(written), 60);
    let message =
        format!("{} names `{name}` as `{attribute}`, which the file does not have", called(diagram, element));
    Diagnostic::error(codes::DANGLING, diagram.span(written), message).label("nothing has this id")
}

/// A flow joins two nodes of one process or sub-process.
fn crossing(diagram: &Diagram, flow: &Flow, from: ElementId, to: ElementId, problems: &mut Diagnostics) {
    let span =
        |written: Option<Text>| written.map_or_else(|| diagram.tag(flow.element), |text| diagram.span(text));
    let mut nodes = true;
    for (end, written, verb) in [(from, flow.source, "begins"), (to, flow.target, "ends")] {
        if !diagram[end].kind.is_node() {
            nodes = false;
            let message = format!(
                "{} {verb} at {}, which is no activity, event or gateway",
                called(diagram, flow.element),
                called(diagram, end)
            );
            problems.push(Diagnostic::error(codes::CROSSING, span(written), message));
        }
    }
    if !nodes || diagram[from].parent == diagram[to].parent {
        return;
    }
    let message = format!(
        "{} leads from {} to {}, across the border of a process or sub-process",
        called(diagram, flow.element),
        called(diagram, from),
        called(diagram, to)
    );
    let hint = if same_process(diagram, from, to) {
        "end the flow inside, and go on from the sub-process itself, or from a boundary event on it"
    } else {
        "between pools there are message flows; sequence flows stay in their pool"
    };
    let found = Diagnostic::error(codes::CROSSING, span(flow.target), message);
    problems.push(
        found.other(diagram.tag(from), "it begins here").other(diagram.tag(to), "it ends here").hint(hint),
    );
}

fn same_process(diagram: &Diagram, left: ElementId, right: ElementId) -> bool {
    let root = |mut at: ElementId| {
        while let Some(parent) = diagram[at].parent {
            at = parent;
        }
        at
    };
    root(left) == root(right)
}

fn into(diagram: &Diagram, flow: &Flow, to: ElementId, problems: &mut Diagnostics) {
    let element = &diagram[to];
    let (what, hint) = match element.kind {
        Kind::StartEvent => {
            ("a start event", "make it an intermediate event, or lead the flow to what follows it")
        }
        Kind::BoundaryEvent => {
            ("a boundary event", "it begins when its activity is interrupted; lead the flow elsewhere")
        }
        Kind::SubProcess if element.flags.by_event() => {
            ("which begins by its trigger", "it begins with its start event; no flow leads to it")
        }
        _ => return,
    };
    let message = format!("{} leads to {}, {what}", called(diagram, flow.element), called(diagram, to));
    let span = flow.target.map_or_else(|| diagram.tag(flow.element), |text| diagram.span(text));
    let found = Diagnostic::error(codes::INTO_START, span, message);
    problems.push(found.other(diagram.tag(to), "nothing may lead here").hint(hint));
}

fn out_of(diagram: &Diagram, flow: &Flow, from: ElementId, problems: &mut Diagnostics) {
    let element = &diagram[from];
    let (what, hint) = match element.kind {
        Kind::EndEvent => ("which only ends", "make it an intermediate event, or remove the flow"),
        Kind::SubProcess if element.flags.by_event() => {
            ("which leads nowhere", "what follows belongs inside, behind its start event")
        }
        _ => return,
    };
    let message = format!("{} leaves {}, {what}", called(diagram, flow.element), called(diagram, from));
    let span = flow.source.map_or_else(|| diagram.tag(flow.element), |text| diagram.span(text));
    let found = Diagnostic::error(codes::OUT_OF_END, span, message);
    problems.push(found.other(diagram.tag(from), "nothing may leave it").hint(hint));
}
