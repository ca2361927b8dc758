//! Tags → rows of the diagram.
//!
//! **Absent on purpose:** well-formedness, which `tags` has checked, and what refers to what, which `resolve`
//! finds out when every id is known.

use std::borrow::Cow;
use std::num::NonZeroU32;

use super::names::{self, What};
use super::spaces::INCLUSION;
use super::tags::short;
use super::{Frame, Hint, ID_BYTES_MAX, Named, Open, Reader, codes, escape, place};
use crate::bpmn::model::{
    Attribute, Element, ElementId, Extension, Extent, Flags, Flow, Kind, More, Passage, Reference, Role, Run,
    Space, Text,
};
use crate::diagnose::Diagnostic;

/// What an element may hold once, as bits beside those of the roles.
const EXTENSIONS: u64 = 1 << 63;
const LOOP: u64 = 1 << 62;
const IO: u64 = 1 << 61;

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

/// The number of the row that is pushed next to a table of this length.
fn next(length: usize) -> Option<NonZeroU32> {
    NonZeroU32::new(count(length).saturating_add(1))
}

impl<'s> Reader<'s, '_> {
    /// `<definitions>` itself.
    pub(super) fn definitions(&mut self, tag: Extent) {
        if let Some((number, _)) = names::look_up("definitions") {
            self.diagram.counts[number] += 1;
        }
        self.diagram.definitions.tag = tag;
        for at in 0..self.named.len() {
            let one = self.named[at];
            let value = self.value(&one);
            let definitions = &mut self.diagram.definitions;
            let field = match (one.space, one.local) {
                (Space::Plain, "id") => &mut definitions.id,
                (Space::Plain, "name") => &mut definitions.name,
                (Space::Plain, "targetNamespace") => &mut definitions.target_namespace,
                (Space::Plain, "expressionLanguage") => &mut definitions.expression_language,
                (Space::Plain, "typeLanguage") => &mut definitions.type_language,
                (Space::Plain, "exporter") => &mut definitions.exporter,
                (Space::Plain, "exporterVersion") => &mut definitions.exporter_version,
                _ => {
                    self.attribute(&one, value);
                    continue;
                }
            };
            *field = Some(value);
        }
        self.diagram.definitions.attributes = Run { start: 0, end: count(self.diagram.attributes.len()) };
    }

    /// An element inside another one.
    pub(super) fn element(
        &mut self,
        parent: Open,
        space: Space,
        known: Option<(usize, What)>,
        local: Extent,
        tag: Extent,
    ) -> Open {
        if let Some((number, _)) = known {
            self.diagram.counts[number] += 1;
        }
        let what = known.map(|(_, what)| what);
        match parent {
            Open::Definitions => self.below(None, what, space, local, tag),
            Open::Element(owner) => self.below(Some(owner), what, space, local, tag),
            Open::Extensions(owner) => self.extension(owner, 0, space, local, tag),
            Open::Extension(_, depth) => self.extension(None, depth + 1, space, local, tag),
            Open::Passage(_) | Open::Reference(..) | Open::Hint(..) => {
                // An expression is an element too, and may be documented (BPMN 2.0, §8.2.1).
                let about = matches!(what, Some(What::Extensions | What::Passage(Role::Documentation)));
                if space == Space::Bpmn && !about && !self.in_prose() {
                    self.misplaced(local, "no text");
                }
                if let Some(frame) = self.open.last_mut().filter(|frame| frame.inner.is_none()) {
                    frame.inner = Some((tag.start, tag.end));
                }
                Open::Ignored
            }
            Open::Ignored => Open::Ignored,
            _ if space == Space::Drawing => self.drawn(parent, self.slice(local)),
            _ => Open::Ignored,
        }
    }

    /// Documentation, annotations and scripts may hold markup of any kind.
    fn in_prose(&self) -> bool {
        let Some(Open::Passage(at)) = self.open.last().map(|frame| frame.open) else { return false };
        matches!(
            self.diagram.passages[at as usize].role,
            Role::Documentation | Role::Annotation | Role::Script
        )
    }

    fn misplaced(&mut self, local: Extent, belongs: &str) {
        let name = self.slice(local);
        let parent = self.open.last().map_or("", |frame| self.slice(frame.name));
        let message = format!("`{}` cannot stand in `{}`", short(name), short(parent));
        let problem = Diagnostic::error(codes::MISPLACED, self.at(local), message);
        self.problems.push(match belongs {
            "no text" => problem.hint(format!("`{}` holds text", short(parent))),
            _ => problem.hint(format!("it belongs in {belongs}")),
        });
    }

    fn below(
        &mut self,
        owner: Option<ElementId>,
        what: Option<What>,
        space: Space,
        local: Extent,
        tag: Extent,
    ) -> Open {
        if space != Space::Bpmn {
            return self.foreign(owner, space, local);
        }
        let kind = owner.map(|owner| self.diagram[owner].kind);
        match what {
            None => self.stranger(local),
            Some(What::Definitions) => self.misplaced(local, "a file of its own"),
            Some(What::Element(child)) => {
                if let Some(belongs) = place::wrong_parent(child, kind) {
                    self.misplaced(local, belongs);
                }
                return Open::Element(self.row(child, owner, local, tag));
            }
            Some(What::Passage(role)) => match place::wrong_owner(role, kind) {
                Some(belongs) => self.misplaced(local, belongs),
                None => return owner.map_or(Open::Ignored, |owner| self.passage(owner, role, local, tag)),
            },
            Some(What::Reference(role)) => match (place::wrong_owner(role, kind), owner) {
                (None, Some(owner)) => return Open::Reference(owner, role),
                (belongs, _) => self.misplaced(local, belongs.unwrap_or("the element it is about")),
            },
            Some(side @ (What::Incoming | What::Outgoing)) => {
                if let Some(owner) = owner.filter(|owner| self.diagram[*owner].kind.is_node()) {
                    return Open::Hint(owner, side == What::Outgoing);
                }
            }
            Some(What::Extensions) => {
                if owner.is_none_or(|owner| self.once(owner, EXTENSIONS, local)) {
                    return Open::Extensions(owner);
                }
            }
        }
        Open::Ignored
    }

    /// An element of another namespace outside of `<extensionElements>`.
    fn foreign(&mut self, owner: Option<ElementId>, space: Space, local: Extent) -> Open {
        let name = self.slice(local);
        if space == Space::Drawing && owner.is_none() {
            return self.drawn(Open::Definitions, name);
        }
        let message = match space {
            Space::Dod | Space::Camunda | Space::Zeebe | Space::Flowable | Space::Spiff => {
                format!("`{}` has no effect outside of `extensionElements`", short(name))
            }
            Space::Plain => format!("`{}` is in no namespace and has no effect", short(name)),
            Space::Other(_) if self.uri(space) == INCLUSION => "other files are never included".to_owned(),
            _ => return Open::Ignored,
        };
        self.warnings.push(Diagnostic::warning(codes::FOREIGN, self.at(local), message));
        Open::Ignored
    }

    /// Says so if an element holds something a second time that it may hold once.
    fn once(&mut self, owner: ElementId, bit: u64, local: Extent) -> bool {
        let more = self.more(owner);
        let first = more.seen & bit == 0;
        more.seen |= bit;
        if !first {
            let parent = self.diagram[owner].kind.name();
            let message = format!("`{parent}` holds a second `{}`", short(self.slice(local)));
            self.problems.push(Diagnostic::error(codes::TWICE, self.at(local), message));
        }
        first
    }

    fn more(&mut self, owner: ElementId) -> &mut More {
        let length = self.diagram.more.len();
        let at = *self.diagram.elements[owner.index()].more.get_or_insert_with(|| {
            self.diagram.more.push(More::default());
            next(length).expect("one more than a number is not zero")
        });
        &mut self.diagram.more[at.get() as usize - 1]
    }

    /// A new row of the elements, with what its start tag says.
    fn row(&mut self, kind: Kind, parent: Option<ElementId>, local: Extent, tag: Extent) -> ElementId {
        let id = ElementId::new(self.diagram.elements.len());
        let end = count(self.diagram.elements.len() + 1);
        let (flags, more) = (Flags::default(), None);
        self.diagram.elements.push(Element { kind, flags, parent, end, tag, id: None, name: None, more });
        if kind == Kind::SequenceFlow {
            self.diagram.flows.push(Flow { element: id, source: None, from: None, target: None, to: None });
        }
        let first = count(self.diagram.attributes.len());
        for at in 0..self.named.len() {
            let one = self.named[at];
            if one.space == Space::Plain {
                self.plain(id, kind, &one);
            } else {
                let value = self.value(&one);
                self.attribute(&one, value);
            }
        }
        let run = Run { start: first, end: count(self.diagram.attributes.len()) };
        if run.start < run.end {
            self.more(id).attributes = run;
        }
        let bit = match kind {
            Kind::StandardLoop | Kind::MultiInstance => LOOP,
            Kind::IoSpecification => IO,
            _ => 0,
        };
        if let Some(parent) = parent.filter(|_| bit != 0) {
            self.once(parent, bit, local);
        }
        self.required(id, kind, local);
        id
    }

    /// An attribute without a prefix.
    fn plain(&mut self, id: ElementId, kind: Kind, one: &Named<'s>) {
        match one.local {
            "id" => self.diagram.elements[id.index()].id = self.id_of(one),
            "name" => {
                let value = self.value(one);
                self.diagram.elements[id.index()].name = Some(value);
            }
            "sourceRef" if kind == Kind::SequenceFlow => {
                let name = self.trimmed(one.value);
                self.last_flow().source = name;
            }
            "targetRef" if kind == Kind::SequenceFlow => {
                let name = self.trimmed(one.value);
                self.last_flow().target = name;
            }
            _ => {
                if let Some(bit) = flag(one.local) {
                    self.flag(id, bit, one);
                } else if let Some(role) = names::attribute_role(one.local) {
                    if let Some(text) = self.trimmed(one.value) {
                        self.refer(id, role, text);
                    }
                } else {
                    let value = self.value(one);
                    self.attribute(one, value);
                }
            }
        }
    }

    fn last_flow(&mut self) -> &mut Flow {
        self.diagram.flows.last_mut().expect("a sequence flow was pushed before its attributes are read")
    }

    fn flag(&mut self, id: ElementId, (name, no, yes): (&str, u16, u16), one: &Named<'s>) {
        let bit = match self.slice(one.value).trim() {
            "true" | "1" => yes,
            "false" | "0" => no,
            other => {
                let message = format!("`{name}` is `true` or `false`, not `{}`", short(other));
                self.problems.push(Diagnostic::error(codes::BOOLEAN, self.at(one.value), message));
                return;
            }
        };
        self.diagram.elements[id.index()].flags.0 |= bit;
    }

    /// What an element cannot be without.
    fn required(&mut self, id: ElementId, kind: Kind, local: Extent) {
        let at = self.at(local);
        let say = |reader: &mut Self, code, attribute: &str, hint: &str| {
            let message = format!("`{}`{} has no `{attribute}`", kind.name(), reader.known_as(id));
            reader.problems.push(Diagnostic::error(code, at, message).hint(hint.to_owned()));
        };
        let written = self.named.iter().any(|one| one.space == Space::Plain && one.local == "id");
        // Nothing can name an event sub-process, so files leave its id out.
        let unnamed = kind == Kind::ComplexBehaviorEvent || self.diagram[id].flags.by_event();
        if kind.is_node() && !unnamed && !written {
            say(self, codes::NO_ID, "id", "sequence flows and the log of a run name it by its `id`");
        }
        if kind == Kind::SequenceFlow {
            let flow = self.last_flow();
            let (source, target) = (flow.source, flow.target);
            if source.is_none() {
                say(self, codes::REQUIRED, "sourceRef", "name the node where the flow begins");
            }
            if target.is_none() {
                say(self, codes::REQUIRED, "targetRef", "name the node where the flow ends");
            }
        }
        if kind == Kind::BoundaryEvent && self.diagram.reference(id, Role::AttachedTo).is_none() {
            say(self, codes::REQUIRED, "attachedToRef", "name the activity whose edge it sits on");
        }
    }

    fn known_as(&self, id: ElementId) -> String {
        self.diagram[id].id.map_or_else(String::new, |text| format!(" `{}`", short(self.diagram.text(text))))
    }

    /// The value of an attribute, not trimmed.
    fn value(&mut self, one: &Named<'s>) -> Text {
        if !one.escaped {
            return self.keep(one.value, None);
        }
        let decoded = escape::value(self.slice(one.value));
        self.keep(one.value, Some(&decoded))
    }

    /// A name in an attribute or between tags: white space around it does not belong to it. `None` for nothing.
    pub(super) fn trimmed(&mut self, extent: Extent) -> Option<Text> {
        if !self.bounded("name", extent) {
            return None;
        }
        let raw = self.slice(extent);
        let start = extent.start + count(raw.len() - raw.trim_ascii_start().len());
        let raw = raw.trim_ascii();
        let extent = Extent { start, end: start + count(raw.len()) };
        let text = match escape::content(raw) {
            Cow::Borrowed(_) => self.keep(extent, None),
            Cow::Owned(decoded) => self.keep(extent, Some(decoded.trim())),
        };
        (!self.diagram.text(text).is_empty()).then_some(text)
    }

    /// An id, if it can be one. An id is shown, logged and compared; it is never part of a path. Some tools write
    /// ids with spaces, though XML has none in ids; nobody is misled by them.
    fn id_of(&mut self, one: &Named<'s>) -> Option<Text> {
        let text = self.trimmed(one.value);
        let id = text.map_or("", |text| self.diagram.text(text));
        let strange = |letter: &char| {
            let directions =
                matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
            letter.is_control() || (letter.is_whitespace() && *letter != ' ') || directions
        };
        let message = if id.is_empty() {
            "the id is empty".to_owned()
        } else if id.len() > ID_BYTES_MAX {
            format!("the id is {} bytes long; at most {ID_BYTES_MAX} are allowed", id.len())
        } else if let Some(letter) = id.chars().find(strange) {
            format!("the id holds the character U+{:04X}, which ids cannot hold", u32::from(letter))
        } else {
            return text;
        };
        let problem = Diagnostic::error(codes::BAD_ID, self.at(one.value), message);
        self.problems.push(problem.hint("ids are made of letters, digits, `_`, `-` and `.`"));
        None
    }

    /// Keeps an attribute that has no place of its own, unless its namespace means nothing here.
    fn attribute(&mut self, one: &Named<'s>, value: Text) {
        if !matches!(one.space, Space::Other(_) | Space::Schema | Space::Xml) {
            let name = Text::new(one.name.start as usize, one.name.end as usize, false);
            self.diagram.attributes.push(Attribute { space: one.space, name, value });
        }
    }

    fn refer(&mut self, owner: ElementId, role: Role, text: Text) {
        let at = next(self.diagram.references.len());
        self.diagram.references.push(Reference { role, text, to: None, next: None });
        let thread = &mut self.more(owner).references;
        let before = thread.last.replace(at.expect("one more than a number is not zero"));
        thread.first = thread.first.or(at);
        if let Some(before) = before {
            self.diagram.references[before.get() as usize - 1].next = at;
        }
    }

    fn passage(&mut self, owner: ElementId, role: Role, local: Extent, tag: Extent) -> Open {
        if place::is_single(role) && !self.once(owner, 1 << role as u64, local) {
            return Open::Ignored;
        }
        let (mut language, mut resource) = (None, None);
        for at in 0..self.named.len() {
            let one = self.named[at];
            match (one.space, one.local) {
                (Space::Plain, "language" | "textFormat") => language = Some(self.value(&one)),
                (Space::Camunda | Space::Flowable | Space::Zeebe, "resource") => {
                    resource = Some(self.value(&one));
                }
                _ => {}
            }
        }
        let row = self.diagram.passages.len();
        let at = next(row);
        self.diagram.passages.push(Passage { role, tag, text: None, language, resource, next: None });
        let thread = &mut self.more(owner).passages;
        let before = thread.last.replace(at.expect("one more than a number is not zero"));
        thread.first = thread.first.or(at);
        if let Some(before) = before {
            self.diagram.passages[before.get() as usize - 1].next = at;
        }
        Open::Passage(count(row))
    }

    fn extension(
        &mut self,
        owner: Option<ElementId>,
        depth: u16,
        space: Space,
        local: Extent,
        tag: Extent,
    ) -> Open {
        let means = matches!(
            space,
            Space::Dod | Space::Camunda | Space::Zeebe | Space::Flowable | Space::Spiff | Space::Bpmn
        );
        if !means {
            return Open::Ignored;
        }
        let first = count(self.diagram.attributes.len());
        for at in 0..self.named.len() {
            let one = self.named[at];
            let value = self.value(&one);
            self.attribute(&one, value);
        }
        let attributes = Run { start: first, end: count(self.diagram.attributes.len()) };
        let name = Text::new(local.start as usize, local.end as usize, false);
        let row = count(self.diagram.extensions.len());
        self.diagram.extensions.push(Extension {
            space,
            name,
            depth,
            end: row + 1,
            tag,
            text: None,
            attributes,
        });
        if let Some(owner) = owner {
            // What is inside lies behind `row` and is found through it, so the last one ends the run.
            let run = &mut self.more(owner).extensions;
            *run = Run { start: if run.start == run.end { row } else { run.start }, end: row + 1 };
        }
        Open::Extension(row, depth)
    }

    /// The end of an element, whose text ended before `text_end`.
    pub(super) fn close(&mut self, frame: Frame, text_end: u32, tag_end: u32) {
        let inside = Extent { start: frame.text.min(text_end), end: text_end };
        if let Some((_, end)) = self.open.last_mut().and_then(|around| around.inner.as_mut()) {
            *end = tag_end;
        }
        match frame.open {
            Open::Element(id) => self.diagram.elements[id.index()].end = count(self.diagram.elements.len()),
            Open::Passage(row) => {
                let text = self.between(frame, self.own_text(frame, row, inside));
                self.diagram.passages[row as usize].text = text;
            }
            Open::Reference(owner, role) => {
                if let Some(text) = self.trimmed(inside) {
                    self.refer(owner, role, text);
                }
            }
            Open::Hint(node, outgoing) => {
                if let Some(flow) = self.trimmed(inside) {
                    self.hints.push(Hint { node, flow, outgoing });
                }
            }
            Open::Extension(row, _) => {
                let end = count(self.diagram.extensions.len());
                let text = if end == row + 1 { self.between(frame, inside) } else { None };
                let extension = &mut self.diagram.extensions[row as usize];
                (extension.end, extension.text) = (end, text);
            }
            _ => {}
        }
        self.spaces.leave(frame.bound as usize);
        self.done = self.open.is_empty();
    }

    /// The text of a passage without the elements in it: what stands before them, or else behind them.
    fn own_text(&self, frame: Frame, row: u32, inside: Extent) -> Extent {
        let prose =
            matches!(self.diagram.passages[row as usize].role, Role::Documentation | Role::Annotation);
        let Some((start, end)) = frame.inner.filter(|_| !prose) else { return inside };
        let before = Extent { start: inside.start, end: start };
        if self.slice(before).trim_ascii().is_empty() {
            return Extent { start: end.min(inside.end), end: inside.end };
        }
        before
    }

    /// Text between tags, not trimmed. `None` if there is nothing but white space.
    fn between(&mut self, frame: Frame, inside: Extent) -> Option<Text> {
        let raw = self.slice(inside);
        if raw.trim_ascii().is_empty() || !self.bounded(self.slice(frame.name), inside) {
            return None;
        }
        if let Some(section) = escape::only_section(raw) {
            let at = inside.start;
            return Some(
                self.keep(Extent { start: at + count(section.start), end: at + count(section.end) }, None),
            );
        }
        match escape::content(raw) {
            Cow::Borrowed(_) => Some(self.keep(inside, None)),
            Cow::Owned(decoded) => Some(self.keep(inside, Some(&decoded))),
        }
    }
}

/// The bits of a boolean attribute: its name, those for `false`, those for `true`.
fn flag(name: &str) -> Option<(&'static str, u16, u16)> {
    Some(match name {
        "isExecutable" => ("isExecutable", Flags::UNFIT, Flags::EXECUTABLE),
        "triggeredByEvent" => ("triggeredByEvent", 0, Flags::BY_EVENT),
        "cancelActivity" => ("cancelActivity", Flags::LETS_RUN, 0),
        "isInterrupting" => ("isInterrupting", Flags::LETS_RUN, 0),
        "parallelMultiple" => ("parallelMultiple", 0, Flags::PARALLEL_MULTIPLE),
        "instantiate" => ("instantiate", 0, Flags::INSTANTIATES),
        "isForCompensation" => ("isForCompensation", 0, Flags::COMPENSATES),
        "isSequential" => ("isSequential", 0, Flags::SEQUENTIAL),
        "testBefore" => ("testBefore", 0, Flags::TEST_BEFORE),
        "isCollection" => ("isCollection", 0, Flags::COLLECTION),
        "isClosed" => ("isClosed", 0, Flags::CLOSED),
        _ => return None,
    })
}
