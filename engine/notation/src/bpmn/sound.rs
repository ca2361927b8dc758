//! Static checks: what can be said of a diagram before it runs (BPMN 2.0.2, chapters 7, 10 and 13).
//!
//! ```text
//!   flows   where sequence flows may begin and end        hosts    what boundary events stand on
//!   graph   the flows that are left, both ways            names    references that lead nowhere
//!   splits  conditions and defaults                       links    throws and catches that belong together
//!   reach   what nothing leads to                         meet     splits and joins that do not fit each other
//!   loops   circles in which nothing waits                own      words of `dod` that nothing reads
//! ```
//!
//! What the standard forbids is an error; what it allows and people rarely mean is a warning. Each costs time in
//! proportion to the size of the file, and none recurses.
//!
//! **Absent on purpose:** what is supported. Lowering says so, of what it is asked to run.

mod dominate;
pub(super) mod flows;
pub(super) mod graph;
mod hosts;
mod links;
mod loops;
mod meet;
mod names;
mod own;
mod reach;
pub(super) mod splits;

use super::model::{Diagram, ElementId, Kind};
use crate::diagnose::Diagnostics;
use graph::Graph;

/// Checks the structure of a whole file, and returns the flows that can be followed.
pub(super) fn structure(diagram: &Diagram, problems: &mut Diagnostics) -> Graph {
    names::check(diagram, problems);
    own::check(diagram, problems);
    hosts::check(diagram, problems);
    let mut arcs = flows::check(diagram, problems);
    arcs.extend(links::check(diagram, problems));
    let graph = Graph::new(diagram.elements.len(), arcs).with_beside(diagram);
    splits::check(diagram, &graph, problems);
    graph
}

/// Checks what a scope that is to be run looks like as a whole. `nodes` are its nodes.
pub(super) fn behavior(
    diagram: &Diagram,
    graph: &Graph,
    nodes: &[ElementId],
    starts: &[ElementId],
    problems: &mut Diagnostics,
) {
    reach::check(diagram, graph, nodes, starts, problems);
    loops::check(diagram, graph, nodes, problems);
    meet::check(diagram, graph, nodes, starts, problems);
}

/// How people find an element again: its kind, its name and its id.
pub(super) fn called(diagram: &Diagram, element: ElementId) -> String {
    const NAME_SHOWN_MAX: usize = 60;
    let kind = words(diagram[element].kind);
    let id = shown(diagram.id(element), NAME_SHOWN_MAX);
    let name = shown(diagram.name(element), NAME_SHOWN_MAX);
    match (id.is_empty(), name.is_empty() || name == id) {
        (false, true) => format!("{kind} `{id}`"),
        (false, false) => format!("{kind} `{id}` (“{name}”)"),
        (true, false) => format!("{kind} “{name}”"),
        (true, true) => format!("this {kind}"),
    }
}

/// What people call an element: `exclusive gateway`, `sub-process`.
fn words(kind: Kind) -> String {
    match kind {
        Kind::SubProcess => return "sub-process".to_owned(),
        Kind::AdHocSubProcess => return "ad-hoc sub-process".to_owned(),
        Kind::EventBasedGateway => return "event-based gateway".to_owned(),
        _ => {}
    }
    let mut words = String::new();
    for letter in kind.name().chars() {
        if letter.is_uppercase() {
            words.push(' ');
        }
        words.extend(letter.to_lowercase());
    }
    words
}

/// One line of at most so many characters.
pub(super) fn shown(text: &str, max: usize) -> String {
    let mut words = String::new();
    for word in text.split(|letter: char| letter.is_whitespace() || letter.is_control()) {
        if word.is_empty() {
            continue;
        }
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
        if words.len() > 4 * max {
            break;
        }
    }
    match words.char_indices().nth(max) {
        Some((at, _)) => {
            words.truncate(at);
            words.push('…');
            words
        }
        None => words,
    }
}
