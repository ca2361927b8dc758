//! Link events: a throw goes on at the catch of the same name in its scope (BPMN 2.0.2, clause 10.5.7).
//!
//! **Absent on purpose:** tokens. A link is an arc like any other.

use std::collections::BTreeMap;

use super::called;
use super::graph::Arc;
use crate::bpmn::codes;
use crate::bpmn::model::{Diagram, ElementId, Kind};
use crate::diagnose::{Diagnostic, Diagnostics};

/// The arcs that links are. What is wrong with links is said.
pub(super) fn check(diagram: &Diagram, problems: &mut Diagnostics) -> Vec<Arc> {
    let mut catches: BTreeMap<(Option<ElementId>, &str), ElementId> = BTreeMap::new();
    let mut throws = Vec::new();
    for (definition, element) in
        diagram.all().filter(|(_, element)| element.kind == Kind::LinkEventDefinition)
    {
        let Some(event) = element.parent else { continue };
        let name = name(diagram, event, definition);
        let key = (diagram[event].parent, name);
        match diagram[event].kind {
            Kind::IntermediateThrowEvent => throws.push((event, key)),
            Kind::IntermediateCatchEvent => {
                let Some(first) = catches.insert(key, event) else { continue };
                let message = format!(
                    "two link events catch `{name}`: {} and {}",
                    called(diagram, first),
                    called(diagram, event)
                );
                let found = Diagnostic::error(codes::LINK, diagram.tag(event), message);
                problems.push(
                    found
                        .other(diagram.tag(first), "the other one")
                        .hint("give each pair of links a name of its own"),
                );
            }
            _ => {}
        }
    }
    let mut arcs = Vec::new();
    for (throw, key) in throws {
        match catches.get(&key) {
            Some(catch) => arcs.push(Arc { from: throw, to: *catch, flow: None }),
            None => {
                let message =
                    format!("no link event catches `{}`, which {} throws", key.1, called(diagram, throw));
                let found = Diagnostic::error(codes::LINK, diagram.tag(throw), message);
                let known = catches.keys().filter(|(scope, _)| *scope == key.0).map(|(_, name)| *name);
                problems.push(
                    found
                        .hint("a link catches in the same process or sub-process")
                        .did_you_mean(key.1, known),
                );
            }
        }
    }
    arcs
}

/// The name of a link: that of its definition, else that of its event.
fn name(diagram: &Diagram, event: ElementId, definition: ElementId) -> &str {
    let own = diagram.name(definition).trim();
    if own.is_empty() { diagram.name(event).trim() } else { own }
}
