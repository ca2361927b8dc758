//! What each element becomes: gateways, sub-processes, calls; events and tasks have rooms of their own.
//!
//! **Absent on purpose:** passing a token through what is not understood. It is refused.

use dod_kernel::workflow::{Fork, Join, Kind as Does, Repeat};

use super::body::{At, Made};
use super::{Lowering, Opening, What};
use crate::bpmn::codes;
use crate::bpmn::model::{Class, ElementId, Kind, Role, Space};
use crate::bpmn::sound::{called, splits};
use crate::diagnose::Diagnostic;

impl Lowering<'_> {
    /// Says what is not supported of a node, whether a token reaches it or not.
    pub(super) fn supported(&mut self, at: &At<'_>, node: ElementId) {
        let diagram = at.diagram();
        let element = &diagram[node];
        let hint = match element.kind {
            Kind::ComplexGateway => "use exclusive, inclusive or parallel gateways",
            Kind::Transaction => {
                "use a sub-process with error boundary events: a script that undoes is a step like any other"
            }
            Kind::AdHocSubProcess => "draw the order of its tasks in a sub-process",
            Kind::ChoreographyTask | Kind::SubChoreography | Kind::CallChoreography => "draw a process",
            Kind::EventBasedGateway if element.flags.instantiates() => {
                "begin with several start events: the first that is triggered goes on"
            }
            Kind::ReceiveTask if element.flags.instantiates() => "begin with a message start event",
            _ if element.flags.compensates() => "undo with tasks behind an error boundary event",
            _ => return,
        };
        let what = match element.kind {
            _ if element.flags.compensates() => "is for compensation, which is not supported",
            Kind::EventBasedGateway | Kind::ReceiveTask => {
                "begins a process with `instantiate`, which is not supported"
            }
            _ => "is not supported",
        };
        let message = format!("{} {what}", called(diagram, node));
        self.problems.push(Diagnostic::error(codes::UNSUPPORTED, diagram.tag(node), message).hint(hint));
    }

    /// Says which elements of a scope are kept and do nothing.
    pub(super) fn no_effect(&mut self, at: &At<'_>) {
        let diagram = at.diagram();
        for (store, element) in diagram.children(Some(at.scope)) {
            if element.kind == Kind::DataStoreReference {
                let message = format!(
                    "{} has no effect: a run keeps no data but its variables",
                    called(diagram, store)
                );
                let found = Diagnostic::warning(codes::NO_EFFECT, diagram.tag(store), message);
                self.problems
                    .push(found.hint("a task that reads or writes the store says so with its command"));
            }
        }
    }

    /// The node of an element that stands in the flow.
    pub(super) fn node(&mut self, at: &At<'_>, node: ElementId) -> Made {
        let diagram = at.diagram();
        match diagram[node].kind.class() {
            Class::Gateway => self.gateway(at, node),
            Class::Event => self.event(at, node),
            Class::Activity => {
                let Some(characteristics) = super::rounds::characteristics(diagram, node) else {
                    return self.activity(at, node);
                };
                let kind = match self.rounds(at, node, characteristics) {
                    Some(rounds) => {
                        let body = self.open(Opening { sheet: at.index, what: What::Round(node) });
                        Does::Repeat(Repeat { body, ..rounds }.into())
                    }
                    None => Does::Pass,
                };
                Made { fork: fork(at, node), ..Made::new(kind) }
            }
            _ => Made::new(Does::Pass),
        }
    }

    fn gateway(&mut self, at: &At<'_>, node: ElementId) -> Made {
        let made = Made::new(Does::Pass);
        match at.diagram()[node].kind {
            Kind::ExclusiveGateway => Made { fork: Fork::Exclusive, ..made },
            Kind::InclusiveGateway => Made { fork: Fork::Inclusive, join: Join::Inclusive, ..made },
            Kind::ParallelGateway => Made { join: Join::All, ..made },
            Kind::EventBasedGateway => {
                self.race(at, node);
                Made { fork: Fork::Event, ..made }
            }
            _ => made,
        }
    }

    /// Behind an event-based gateway stand catches and receive tasks, to which nothing else leads (BPMN 2.0.2,
    /// clause 10.6.6).
    fn race(&mut self, at: &At<'_>, gateway: ElementId) {
        let diagram = at.diagram();
        if at.sheet.graph.outgoing(gateway).len() < 2 {
            let message = format!("{} has less than two ways to go on", called(diagram, gateway));
            let found = Diagnostic::warning(codes::RACE, diagram.tag(gateway), message);
            self.problems.push(
                found.hint("a race needs two; to wait for one event, an intermediate catch event is enough"),
            );
        }
        for arc in at.sheet.graph.outgoing(gateway) {
            let target = &diagram[arc.to];
            let waits = match target.kind {
                Kind::IntermediateCatchEvent => !at.is_link_catch(arc.to),
                Kind::ReceiveTask => super::rounds::characteristics(diagram, arc.to).is_none(),
                _ => false,
            };
            let span = diagram.tag(arc.flow.unwrap_or(gateway));
            if !waits {
                let message = format!(
                    "{} follows {}, and waits for no event",
                    called(diagram, arc.to),
                    called(diagram, gateway)
                );
                let found = Diagnostic::error(codes::RACE, span, message);
                self.problems.push(found.other(diagram.tag(arc.to), "it stands here").hint(
                    "behind an event-based gateway stand message, signal or timer catch events, or receive tasks",
                ));
            } else if at.sheet.graph.incoming(arc.to).len() > 1 {
                let message = format!(
                    "{} follows {}, and something else leads to it as well",
                    called(diagram, arc.to),
                    called(diagram, gateway)
                );
                self.problems.push(
                    Diagnostic::error(codes::RACE, span, message)
                        .other(diagram.tag(arc.to), "it stands here"),
                );
            }
        }
    }

    /// A task, sub-process or call activity, or one round of it.
    pub(super) fn activity(&mut self, at: &At<'_>, node: ElementId) -> Made {
        let diagram = at.diagram();
        let mut made = match diagram[node].kind {
            Kind::CallActivity => {
                self.mapped(at, node);
                let found = self.callee(at.index, node);
                Made::new(found.map_or(Does::Pass, Does::Call))
            }
            kind if kind.is_scope() => {
                // An empty one passes. With boundary events it is a scope all the same: they stand beside work.
                let full = diagram.children(Some(node)).any(|(_, child)| child.kind.is_node())
                    || at.sheet.graph.beside(node).next().is_some();
                if full {
                    let what = What::Inside(node);
                    Made::new(Does::Call(self.open(Opening { sheet: at.index, what })))
                } else {
                    Made::new(Does::Pass)
                }
            }
            _ => self.task(at, node),
        };
        made.fork = fork(at, node);
        made
    }

    /// Variables that another engine would copy or rename at a call.
    fn mapped(&mut self, at: &At<'_>, call: ElementId) {
        let diagram = at.diagram();
        for (_, extension) in diagram.extensions(call) {
            let name = diagram.text(extension.name);
            let maps = match extension.space {
                Space::Camunda | Space::Flowable => matches!(name, "in" | "out"),
                Space::Zeebe => name == "ioMapping",
                _ => false,
            };
            if maps {
                let message = format!("`{name}` of {} has no effect", called(diagram, call));
                let found = Diagnostic::warning(codes::NO_EFFECT, diagram.place(extension.tag), message);
                self.problems.push(found.hint("a called process sees the variables around it, and what it sets is set there when it ends"));
                return;
            }
        }
    }
}

/// How tokens leave an activity: flows with conditions or a default make it an inclusive split.
fn fork(at: &At<'_>, node: ElementId) -> Fork {
    let diagram = at.diagram();
    let conditional = diagram.reference(node, Role::Default).is_some()
        || at.sheet.graph.outgoing(node).any(|arc| splits::condition(diagram, arc).is_some());
    if conditional { Fork::Inclusive } else { Fork::All }
}
