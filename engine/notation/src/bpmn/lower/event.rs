//! Events: what they wait for and what they make happen (BPMN 2.0.2, clause 10.5).
//!
//! **Absent on purpose:** links, which are arcs; conditional, compensation and cancel events, which are refused.

use dod_kernel::id::Name;
use dod_kernel::workflow::{Catch, Given, Host, Kind as Does, Throw, Trigger};

use super::Lowering;
use super::body::{At, Made};
use crate::bpmn::codes;
use crate::bpmn::model::{ElementId, Kind, Role, Space, Text};
use crate::bpmn::sound::{called, shown};
use crate::diagnose::Diagnostic;

/// What an error is called that has no code, for catches that take any.
const ANY_ERROR: &str = "error";
/// What an escalation is called that has no code, for catches that take any.
const ANY_ESCALATION: &str = "escalation";

/// Where an event stands, as far as its definitions depend on it (BPMN 2.0.2, table 10.93).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Start,
    EventScopeStart,
    Boundary,
    Catch,
    Throw,
    End,
}

impl Place {
    fn knows(self, kind: Kind) -> bool {
        match kind {
            Kind::MessageEventDefinition | Kind::SignalEventDefinition => true,
            Kind::TimerEventDefinition => !matches!(self, Self::Throw | Self::End),
            Kind::ErrorEventDefinition => matches!(self, Self::EventScopeStart | Self::Boundary | Self::End),
            Kind::EscalationEventDefinition => !matches!(self, Self::Start | Self::Catch),
            Kind::LinkEventDefinition => matches!(self, Self::Catch | Self::Throw),
            Kind::TerminateEventDefinition => self == Self::End,
            _ => false,
        }
    }

    fn words(self) -> &'static str {
        match self {
            Self::Start => "a start event",
            Self::EventScopeStart => "the start of an event sub-process",
            Self::Boundary => "a boundary event",
            Self::Catch => "an intermediate catch event",
            Self::Throw => "an intermediate throw event",
            Self::End => "an end event",
        }
    }
}

impl Lowering<'_> {
    /// The node of an event in the flow, or on the border of an activity.
    pub(super) fn event(&mut self, at: &At<'_>, event: ElementId) -> Made {
        let diagram = at.diagram();
        let element = &diagram[event];
        let place = match element.kind {
            Kind::StartEvent => Place::Start,
            Kind::BoundaryEvent => Place::Boundary,
            Kind::IntermediateCatchEvent => Place::Catch,
            Kind::IntermediateThrowEvent => Place::Throw,
            Kind::EndEvent => Place::End,
            _ => return Made::new(Does::Pass),
        };
        let mut kinds: Vec<Does> = Vec::new();
        for definition in self.event_definitions(at, event, place) {
            kinds.extend(match place {
                Place::Throw | Place::End => {
                    self.throw(at, event, definition).map(|throw| Does::Throw(throw.into()))
                }
                _ => {
                    let host = match place {
                        Place::Boundary => self.host(at, event),
                        _ => None,
                    };
                    let interrupts = host.is_none() || !element.flags.lets_run();
                    let trigger = self.trigger(at, event, definition);
                    trigger.map(|trigger| Does::Catch(Catch { host, interrupts, trigger }.into()))
                }
            });
        }
        Made::new(match kinds.len() {
            0 => Does::Pass,
            1 => kinds.remove(0),
            _ => self.several(event, kinds),
        })
    }

    fn host(&self, at: &At<'_>, event: ElementId) -> Option<Host> {
        let host = at.diagram().reference(event, Role::AttachedTo)?.to?;
        self.node_of[at.index][host.index()].map(Host::Node)
    }

    /// The start event of an event sub-process, and what it waits for: the first of several that comes.
    pub(super) fn event_start(&mut self, at: &At<'_>, scope: ElementId) -> (Option<ElementId>, Vec<Trigger>) {
        let diagram = at.diagram();
        let starts: Vec<ElementId> = diagram
            .children(Some(scope))
            .filter(|(_, child)| child.kind == Kind::StartEvent)
            .map(|(event, _)| event)
            .collect();
        let [start] = starts[..] else {
            let message = format!(
                "{} has {} start events; an event sub-process has one",
                called(diagram, scope),
                starts.len()
            );
            let found = Diagnostic::error(codes::START, diagram.tag(scope), message);
            self.problems
                .push(found.hint("draw one start event with a message, signal, timer, error or escalation"));
            return (starts.first().copied(), Vec::new());
        };
        let definitions = self.event_definitions(at, start, Place::EventScopeStart);
        let triggers = definitions.into_iter().filter_map(|definition| self.trigger(at, start, definition));
        (Some(start), triggers.collect())
    }

    /// The definitions of an event that it can have; what is wrong was said.
    fn event_definitions(&mut self, at: &At<'_>, event: ElementId, place: Place) -> Vec<ElementId> {
        let diagram = at.diagram();
        let all = at.definitions(event);
        if diagram[event].flags.parallel_multiple() {
            let message = format!(
                "{} waits for all of its definitions, which is not supported",
                called(diagram, event)
            );
            let found = Diagnostic::error(codes::UNSUPPORTED, diagram.tag(event), message);
            self.problems.push(found.hint("draw an event for each, between two parallel gateways"));
            return Vec::new();
        }
        if all.is_empty() && matches!(place, Place::Boundary | Place::Catch | Place::EventScopeStart) {
            let message = format!("{} does not say what it waits for", called(diagram, event));
            let found = Diagnostic::error(codes::EVENT, diagram.tag(event), message);
            self.problems.push(found.hint("give it a timer, message or signal"));
        }
        let links = all.iter().any(|one| diagram[*one].kind == Kind::LinkEventDefinition);
        if links && all.len() > 1 {
            let message = format!("{} is a link and something else", called(diagram, event));
            let found = Diagnostic::error(codes::EVENT, diagram.tag(event), message);
            self.problems.push(found.hint("a link is a flow that is drawn in two parts: draw it by itself"));
            return Vec::new();
        }
        all.into_iter().filter_map(|definition| self.definition(at, event, definition, place)).collect()
    }

    /// A definition, where the event can have it; where not, that was said. A link is none: it is a flow.
    fn definition(
        &mut self,
        at: &At<'_>,
        event: ElementId,
        definition: ElementId,
        place: Place,
    ) -> Option<ElementId> {
        let diagram = at.diagram();
        let kind = diagram[definition].kind;
        let span = diagram.tag(definition);
        let refused = match kind {
            Kind::ConditionalEventDefinition => {
                Some("ask the condition at an exclusive gateway behind a timer or message")
            }
            Kind::CompensateEventDefinition => Some("undo with tasks behind an error boundary event"),
            Kind::CancelEventDefinition => {
                Some("end with an error, and catch it at the border of the sub-process")
            }
            _ => None,
        };
        if let Some(hint) = refused {
            let message =
                format!("{} has a `{}`, which is not supported", called(diagram, event), kind.name());
            self.problems.push(Diagnostic::error(codes::UNSUPPORTED, span, message).hint(hint));
            return None;
        }
        if !place.knows(kind) {
            let message =
                format!("{}: {} cannot have a `{}`", called(diagram, event), place.words(), kind.name());
            self.problems.push(Diagnostic::error(codes::EVENT, span, message));
            return None;
        }
        if kind == Kind::ErrorEventDefinition && diagram[event].flags.lets_run() && place != Place::End {
            let message = format!("{} catches an error and lets go on what failed", called(diagram, event));
            let found = Diagnostic::error(codes::EVENT, diagram.tag(event), message);
            self.problems.push(found.hint("an error always interrupts; an escalation need not"));
        }
        (kind != Kind::LinkEventDefinition).then_some(definition)
    }

    fn trigger(&mut self, at: &At<'_>, event: ElementId, definition: ElementId) -> Option<Trigger> {
        let diagram = at.diagram();
        match diagram[definition].kind {
            Kind::MessageEventDefinition => {
                let name = self.message(at, event, definition);
                Some(Trigger::Message { key: self.key(at, event), name })
            }
            Kind::SignalEventDefinition => {
                Some(Trigger::Signal(self.event_name(at, event, definition, Role::Signal)))
            }
            Kind::TimerEventDefinition => self.timer(at, event, definition).map(Trigger::Timer),
            Kind::ErrorEventDefinition => Some(Trigger::Error(self.code(at, definition, Role::Error))),
            Kind::EscalationEventDefinition => {
                Some(Trigger::Escalation(self.code(at, definition, Role::Escalation)))
            }
            _ => None,
        }
    }

    fn throw(&mut self, at: &At<'_>, event: ElementId, definition: ElementId) -> Option<Throw> {
        match at.diagram()[definition].kind {
            Kind::MessageEventDefinition => {
                let name = self.message(at, event, definition);
                Some(Throw::Message { key: self.key(at, event), name })
            }
            Kind::SignalEventDefinition => {
                Some(Throw::Signal(self.event_name(at, event, definition, Role::Signal)))
            }
            Kind::ErrorEventDefinition => {
                Some(Throw::Error(self.code(at, definition, Role::Error).unwrap_or_else(|| ANY_ERROR.into())))
            }
            Kind::EscalationEventDefinition => {
                let code = self.code(at, definition, Role::Escalation);
                Some(Throw::Escalation(code.unwrap_or_else(|| ANY_ESCALATION.into())))
            }
            Kind::TerminateEventDefinition => Some(Throw::Terminate),
            _ => None,
        }
    }

    /// The name of the message that an event or task is about.
    pub(super) fn message(&mut self, at: &At<'_>, node: ElementId, holder: ElementId) -> Name {
        let diagram = at.diagram();
        let declared = diagram.reference(holder, Role::Message).and_then(|found| found.to);
        let foreign = declared.and_then(|message| diagram.extension(message, Space::Zeebe, "subscription"));
        if let Some((_, subscription)) = foreign
            && super::bind::word(diagram, node, "key").is_none()
        {
            let message = format!("the correlation key of {} has no effect", called(diagram, node));
            let found = Diagnostic::warning(codes::NO_EFFECT, diagram.place(subscription.tag), message);
            self.problems.push(found.hint("`dod:key` of the event says which key a message must carry"));
        }
        self.event_name(at, node, holder, Role::Message)
    }

    /// The name of the message or signal that `holder` refers to; where it does not, what the node itself is called.
    fn event_name(&mut self, at: &At<'_>, node: ElementId, holder: ElementId, role: Role) -> Name {
        let diagram = at.diagram();
        let what = if role == Role::Signal { "signal" } else { "message" };
        if let Some(reference) = diagram.reference(holder, role) {
            if let Some(found) = reference.to {
                let name = diagram.name(found).trim();
                return if name.is_empty() { diagram.id(found) } else { name }.into();
            }
            let written = diagram.text(reference.text).trim();
            if !written.is_empty() {
                self.undeclared(at, node, reference.text, what);
                return written.into();
            }
        }
        let name = shown(diagram.name(node), super::title::TITLE_CHARS_MAX);
        let name = if name.is_empty() { diagram.id(node).to_owned() } else { name };
        let message = format!("{} names no {what}; it is taken to be `{name}`", called(diagram, node));
        let found = Diagnostic::warning(codes::UNNAMED, diagram.tag(node), message);
        self.problems
            .push(found.hint(format!("declare a `{what}` in the file and refer to it with `{what}Ref`")));
        name.into()
    }

    fn undeclared(&mut self, at: &At<'_>, node: ElementId, written: Text, what: &str) {
        let diagram = at.diagram();
        let name = shown(diagram.text(written), 60);
        let message =
            format!("{} names the {what} `{name}`, which the file does not declare", called(diagram, node));
        let found = Diagnostic::warning(codes::DANGLING, diagram.span(written), message);
        self.problems.push(found.hint(format!("it is taken as the {what}'s own name")));
    }

    /// The code of an error or escalation; `None` where it is not said which.
    fn code(&mut self, at: &At<'_>, definition: ElementId, role: Role) -> Option<Name> {
        let diagram = at.diagram();
        let reference = diagram.reference(definition, role)?;
        let attribute = if role == Role::Error { "errorCode" } else { "escalationCode" };
        let Some(found) = reference.to else {
            let written = diagram.text(reference.text).trim();
            if written.is_empty() {
                return None;
            }
            let event = diagram[definition].parent.unwrap_or(definition);
            self.undeclared(
                at,
                event,
                reference.text,
                if role == Role::Error { "error" } else { "escalation" },
            );
            return Some(written.into());
        };
        let code = diagram.attribute(found, Space::Plain, attribute).map(|code| diagram.text(code).trim());
        let name = diagram.name(found).trim();
        let candidates = [code.unwrap_or(""), name, diagram.id(found)];
        candidates.into_iter().find(|text| !text.is_empty()).map(Name::from)
    }

    /// The correlation key of a message (`dod:key`).
    pub(super) fn key(&mut self, at: &At<'_>, node: ElementId) -> Option<Given> {
        let text = super::bind::word(at.diagram(), node, "key")?;
        self.value(at, text, None)
    }

    fn timer(&mut self, at: &At<'_>, event: ElementId, definition: ElementId) -> Option<Given> {
        let diagram = at.diagram();
        let timers = [Role::Date, Role::Duration, Role::Cycle];
        let mut passages = diagram.passages(definition).filter(|passage| timers.contains(&passage.role));
        let text = passages.next().and_then(|passage| Some((passage, self.passage(diagram, passage)?)));
        let Some((passage, text)) = text else {
            let message = format!("{} does not say when", called(diagram, event));
            let found = Diagnostic::error(codes::TIMER, diagram.tag(definition), message);
            self.problems.push(found.hint("ISO 8601: `PT1H30M`, `2026-11-21T10:00:00Z`, `R3/PT10S`"));
            return None;
        };
        if let Some(second) = passages.next() {
            let message = format!("{} says twice when", called(diagram, event));
            let found = Diagnostic::error(codes::TIMER, diagram.place(second.tag), message);
            self.problems.push(
                found
                    .other(diagram.place(passage.tag), "the first time")
                    .hint("a timer is a date, a duration or a cycle"),
            );
        }
        self.time(at, text, passage.language)
    }
}
