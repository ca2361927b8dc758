//! What boundary events stand on (BPMN 2.0.2, clause 10.5.6, and table 10.93).
//!
//! **Absent on purpose:** their event definitions; lowering reads those.

use super::called;
use super::flows::missing;
use crate::bpmn::codes;
use crate::bpmn::model::{Class, Diagram, Kind, Role};
use crate::diagnose::{Diagnostic, Diagnostics};

/// Checks that every boundary event stands on an activity beside it.
pub(super) fn check(diagram: &Diagram, problems: &mut Diagnostics) {
    for (at, element) in diagram.all() {
        if element.kind != Kind::BoundaryEvent {
            continue;
        }
        let Some(reference) = diagram.reference(at, Role::AttachedTo) else {
            let message = format!("{} stands on nothing: it has no `attachedToRef`", called(diagram, at));
            let found = Diagnostic::error(codes::HOST, diagram.tag(at), message);
            problems.push(found.hint("put it on the border of a task or sub-process"));
            continue;
        };
        let Some(host) = reference.to else {
            problems.push(missing(diagram, at, "attachedToRef", reference.text));
            continue;
        };
        let found = &diagram[host];
        let event_scope = found.kind == Kind::SubProcess && found.flags.by_event();
        let (what, hint) = if found.kind.class() != Class::Activity {
            ("which is no activity", "put it on the border of a task or sub-process")
        } else if event_scope {
            ("which is an event sub-process", "put it on what the event sub-process stands in")
        } else if found.parent != element.parent {
            ("which is in another process or sub-process", "move it beside the activity")
        } else {
            continue;
        };
        let message = format!("{} stands on {}, {what}", called(diagram, at), called(diagram, host));
        let problem = Diagnostic::error(codes::HOST, diagram.span(reference.text), message);
        problems.push(problem.other(diagram.tag(host), "it stands here").hint(hint));
    }
}
