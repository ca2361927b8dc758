//! `dod`'s own words: each is one that there is, and stands where it is read.
//!
//! A word that nothing reads is refused: whoever writes `dod:rum` or gives a gateway a command expects something of
//! it, and a run that goes on without it passes what nobody checked.
//!
//! **Absent on purpose:** what the words say. Lowering reads that.

use super::called;
use crate::bpmn::codes;
use crate::bpmn::model::{Class, Diagram, ElementId, Kind, Role, Space, Text};
use crate::bpmn::read::DOD_NAMESPACE;
use crate::diagnose::{Diagnostic, Diagnostics, Span};

/// Where a word is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum On {
    Tasks,
    People,
    Decisions,
    Messages,
    Data,
    Processes,
}

const WORDS: &[(&str, &[On])] = &[
    ("gate", &[On::Tasks]),
    ("uses", &[On::Tasks]),
    ("with", &[On::Tasks]),
    ("run", &[On::Tasks]),
    ("judge", &[On::Tasks]),
    ("timeout", &[On::Tasks, On::Processes]),
    ("retry", &[On::Tasks]),
    ("idempotent", &[On::Tasks]),
    ("allow-failure", &[On::Tasks]),
    ("from", &[On::People]),
    ("min", &[On::People]),
    ("proved", &[On::People]),
    ("authors", &[On::People]),
    ("decision", &[On::Decisions]),
    ("result", &[On::Decisions]),
    ("key", &[On::Messages]),
    ("value", &[On::Data]),
    ("policy", &[On::Processes]),
    ("fail-fast", &[On::Processes]),
];

impl On {
    fn words(self) -> &'static str {
        match self {
            Self::Tasks => "a task",
            Self::People => "a user or manual task",
            Self::Decisions => "a business rule task",
            Self::Messages => "a message event, or a send or receive task",
            Self::Data => "a data object",
            Self::Processes => "the process",
        }
    }

    fn holds(self, diagram: &Diagram, of: ElementId) -> bool {
        let kind = diagram[of].kind;
        match self {
            Self::Tasks => is_task(kind),
            Self::People => matches!(
                kind,
                Kind::Task
                    | Kind::UserTask
                    | Kind::ManualTask
                    | Kind::GlobalTask
                    | Kind::GlobalUserTask
                    | Kind::GlobalManualTask
            ),
            Self::Decisions => matches!(kind, Kind::BusinessRuleTask | Kind::GlobalBusinessRuleTask),
            Self::Messages => {
                matches!(kind, Kind::SendTask | Kind::ReceiveTask) || is_of_message(diagram, of)
            }
            Self::Data => matches!(kind, Kind::DataObject | Kind::DataObjectReference),
            Self::Processes => kind == Kind::Process,
        }
    }
}

fn is_task(kind: Kind) -> bool {
    let called = kind.class() == Class::Callable && kind != Kind::Process;
    let holds_others = kind.is_scope() || kind == Kind::CallActivity;
    called || (kind.class() == Class::Activity && !holds_others)
}

fn is_of_message(diagram: &Diagram, event: ElementId) -> bool {
    diagram[event].kind.class() == Class::Event
        && (diagram.children(Some(event)).any(|(_, child)| child.kind == Kind::MessageEventDefinition)
            || diagram.reference(event, Role::EventDefinition).is_some())
}

/// Says which words there are not, and which nothing reads where they stand.
pub(super) fn check(diagram: &Diagram, problems: &mut Diagnostics) {
    for at in 0..diagram.namespaces.len() {
        strange(diagram, diagram.namespaces[at], problems);
    }
    for attribute in diagram.root_attributes().iter().filter(|one| one.space == Space::Dod) {
        one(diagram, None, diagram.text(attribute.name), diagram.span(attribute.name), problems);
    }
    for (of, _) in diagram.all() {
        for attribute in diagram.attributes(of) {
            if attribute.space == Space::Dod {
                one(diagram, Some(of), diagram.text(attribute.name), diagram.span(attribute.name), problems);
            }
        }
        for (at, extension) in diagram.extensions(of) {
            match extension.space {
                Space::Dod => {
                    let name = diagram.text(extension.name);
                    one(diagram, Some(of), name, diagram.place(extension.tag), problems);
                }
                Space::Camunda | Space::Zeebe if diagram.text(extension.name) == "properties" => {
                    for (_, property) in diagram.inside(at) {
                        let name: Option<Text> = diagram.extension_attribute(property, "name");
                        let own = name
                            .and_then(|text| Some((text, diagram.text(text).trim().strip_prefix("dod:")?)));
                        if let Some((text, own)) = own {
                            one(diagram, Some(of), own, diagram.span(text), problems);
                        }
                    }
                }
                _ => {}
            }
        }
    }
}

/// A namespace that is almost that of `dod`: its words would mean nothing.
fn strange(diagram: &Diagram, namespace: Text, problems: &mut Diagnostics) {
    let uri = diagram.text(namespace);
    if uri
        .to_ascii_lowercase()
        .split(|letter: char| !letter.is_ascii_alphanumeric())
        .any(|word| word == "dod")
    {
        let uri = super::shown(uri, 60);
        let message = format!("the namespace `{uri}` is not that of `dod`, so its words have no effect");
        let found = Diagnostic::warning(codes::NO_EFFECT, diagram.span(namespace), message);
        problems.push(found.hint(format!("it is `{DOD_NAMESPACE}`")));
    }
}

/// `of` is `None` for `<definitions>`, which says what holds for its processes.
fn one(diagram: &Diagram, of: Option<ElementId>, word: &str, span: Span, problems: &mut Diagnostics) {
    let place = || of.map_or_else(|| "`definitions`".to_owned(), |of| called(diagram, of));
    let Some((_, places)) = WORDS.iter().find(|(known, _)| *known == word) else {
        let message = format!("{} says `dod:{}`, a word that there is not", place(), super::shown(word, 40));
        let found = Diagnostic::error(codes::BINDING, span, message);
        problems.push(found.did_you_mean(word, WORDS.iter().map(|(known, _)| *known)));
        return;
    };
    let read = places.iter().any(|on| of.map_or(*on == On::Processes, |of| on.holds(diagram, of)));
    if !read {
        let message = format!("`dod:{word}` has no effect on {}", place());
        let places: Vec<&str> = places.iter().map(|on| on.words()).collect();
        let found = Diagnostic::error(codes::BINDING, span, message);
        problems.push(found.hint(format!("it belongs on {}", places.join(", or on "))));
    }
}
