//! Ids → elements, when every element is known.
//!
//! **Absent on purpose:** saying that a name means nothing. What has to exist depends on what it is for.

use super::tags::short;
use super::{Hint, Warnings, codes, place};
use crate::bpmn::model::{Diagram, ElementId, Flow, Ids, Kind, Text};
use crate::diagnose::{Diagnostic, Diagnostics};

/// Finds what everything refers to, and says which ids are not unique and which hints are wrong.
pub(super) fn resolve(
    diagram: &mut Diagram,
    hints: &[Hint],
    problems: &mut Diagnostics,
    warnings: &mut Warnings,
) {
    // Texts that were closed before one that began earlier: rare, and the list is searched by place.
    if !diagram.decoded.is_sorted_by_key(|(at, _)| *at) {
        diagram.decoded.sort_by_key(|(at, _)| *at);
    }
    ids(diagram, problems, warnings);
    let mut last = None;
    for at in 0..diagram.flows.len() {
        let Flow { element, source, target, .. } = diagram.flows[at];
        let from = near(diagram, source, element, last);
        let to = near(diagram, target, element, from.or(last));
        last = to.or(last);
        (diagram.flows[at].from, diagram.flows[at].to) = (from, to);
    }
    for at in 0..diagram.references.len() {
        diagram.references[at].to = find(diagram, Some(diagram.references[at].text));
    }
    for at in 0..diagram.shapes.len() {
        diagram.shapes[at].element = find(diagram, diagram.shapes[at].of);
    }
    for at in 0..diagram.edges.len() {
        diagram.edges[at].element = find(diagram, diagram.edges[at].of);
    }
    for at in 0..diagram.planes.len() {
        diagram.planes[at].element = find(diagram, diagram.planes[at].of);
    }
    compare(diagram, hints, warnings);
    diagram.elements.shrink_to_fit();
    diagram.flows.shrink_to_fit();
    diagram.attributes.shrink_to_fit();
    diagram.more.shrink_to_fit();
}

fn find(diagram: &Diagram, name: Option<Text>) -> Option<ElementId> {
    diagram.find_qualified(diagram.text(name?))
}

/// Most flows are written beside their nodes, or in the order of the nodes. Looking there first saves asking the
/// table of all ids, which is a walk through memory when a file is large.
fn near(
    diagram: &Diagram,
    name: Option<Text>,
    flow: ElementId,
    last: Option<ElementId>,
) -> Option<ElementId> {
    let text = name?;
    let wanted = diagram.text(text);
    let beside = [flow.index().wrapping_sub(1), flow.index() + 1];
    let after = last.map_or([usize::MAX; 2], |last| [last.index(), last.index() + 1]);
    let found = beside.into_iter().chain(after).find(|at| {
        let id = diagram.elements.get(*at).and_then(|element| element.id);
        id.is_some_and(|id| diagram.text(id) == wanted)
    });
    found.map(ElementId::new).or_else(|| diagram.find_qualified(wanted))
}

fn ids(diagram: &mut Diagram, problems: &mut Diagnostics, warnings: &mut Warnings) {
    let mut ids = Ids::with_capacity(diagram.elements.iter().filter(|element| element.id.is_some()).count());
    for (at, element) in diagram.all() {
        let Some(text) = element.id else { continue };
        let id = diagram.text(text);
        if let Some(first) = ids.insert(id, at, |other| diagram.id(other) == id) {
            let known = [first, at].iter().all(|one| place::is_known_by_id(diagram[*one].kind));
            let problem = same_id(diagram, first, at, known);
            if known { problems.push(problem) } else { warnings.push(problem) }
        }
    }
    diagram.ids = ids;
}

fn same_id(diagram: &Diagram, first: ElementId, second: ElementId, known: bool) -> Diagnostic {
    let (one, other) = (diagram[first].kind, diagram[second].kind);
    let id = short(diagram.id(first));
    let message = if one == other {
        format!("two elements `{}` have the id `{id}`", one.name())
    } else {
        format!("`{}` has the id `{id}`, and so has `{}`", other.name(), one.name())
    };
    let span = diagram.id_span(second);
    let problem = if known {
        Diagnostic::error(codes::SAME_ID, span, message)
    } else {
        Diagnostic::warning(codes::SAME_ID, span, message)
    };
    problem.other(diagram.id_span(first), "the first one").hint("an id is used once in a file")
}

/// Warns where `<incoming>` or `<outgoing>` names a flow that goes elsewhere (facts decide, hints do not).
fn compare(diagram: &Diagram, hints: &[Hint], warnings: &mut Warnings) {
    let mut last = None;
    for hint in hints {
        let name = diagram.text(hint.flow);
        let side = if hint.outgoing { "outgoing" } else { "incoming" };
        let is_flow = |found: &ElementId| diagram[*found].kind == Kind::SequenceFlow;
        let flow = near(diagram, Some(hint.flow), hint.node, last).filter(is_flow);
        last = flow.or(last);
        let row = flow.and_then(|flow| diagram.flow(flow));
        let really = row.and_then(|row| if hint.outgoing { row.from } else { row.to });
        if really == Some(hint.node) {
            continue;
        }
        let node = short(diagram.id(hint.node));
        let message = match row {
            None => format!("`{node}` has `{}` as {side}, and there is no such sequence flow", short(name)),
            Some(_) => {
                let end = if hint.outgoing { "begins" } else { "ends" };
                format!("`{node}` has `{}` as {side}, which {end} elsewhere", short(name))
            }
        };
        let mut problem = Diagnostic::warning(codes::HINT, diagram.span(hint.flow), message);
        if let Some(flow) = flow {
            problem = problem.other(diagram.tag(flow), "the sequence flow, which decides");
        }
        warnings.push(problem.hint("the sequence flows decide; correct the hint or remove it"));
    }
}
