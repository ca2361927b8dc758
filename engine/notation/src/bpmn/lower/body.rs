//! One scope → one token body: its nodes in the order of the file, then the helpers that the file does not draw.
//!
//! ```text
//!   process, sub-process   nodes and flows          event sub-process   (begin) → what follows its start event
//!   round of an activity   the activity itself      global task         the task itself
//! ```
//!
//! **Absent on purpose:** what an element becomes; see `node`.

use std::collections::BTreeMap;

use dod_kernel::id::{Name, NodeId};
use dod_kernel::value::Value;
use dod_kernel::workflow::{
    Body, Discipline, Edge, Fork, Join, Kind as Does, Node, Trigger, Variables, When,
};

use super::several::beside_scope;
use super::starts::Starts;
use super::title::{Title, base};
use super::{Lowering, Opening, Sheet, What};
use crate::bpmn::model::{Class, Diagram, ElementId, Kind, Role, Space};
use crate::bpmn::sound::graph::Arc;
use crate::bpmn::sound::{self, splits};
use crate::diagnose::Span;
use crate::yaml;

/// Where an element stands while it is lowered.
pub(super) struct At<'s> {
    pub(super) sheet: &'s Sheet,
    /// The number of the sheet.
    pub(super) index: usize,
    /// The process or sub-process.
    pub(super) scope: ElementId,
    what: What,
    owner: Name,
}

impl<'s> At<'s> {
    pub(super) fn diagram(&self) -> &'s Diagram {
        &self.sheet.diagram
    }

    /// In a sub-process that stands in the flow.
    pub(super) fn is_inside(&self) -> bool {
        matches!(self.what, What::Inside(_))
    }

    /// Event definitions of an event: those in it, and those it names.
    pub(super) fn definitions(&self, event: ElementId) -> Vec<ElementId> {
        let diagram = self.diagram();
        if diagram[event].end as usize == event.index() + 1
            && diagram.reference(event, Role::EventDefinition).is_none()
        {
            return Vec::new();
        }
        let inside =
            diagram.children(Some(event)).filter(|(_, child)| child.kind.class() == Class::EventDefinition);
        let named = diagram.references(event).filter(|reference| reference.role == Role::EventDefinition);
        inside.map(|(at, _)| at).chain(named.filter_map(|reference| reference.to)).collect()
    }

    pub(super) fn is_link_catch(&self, event: ElementId) -> bool {
        self.diagram()[event].kind == Kind::IntermediateCatchEvent
            && self.definitions(event).iter().any(|at| self.diagram()[*at].kind == Kind::LinkEventDefinition)
    }
}

/// What an element becomes.
pub(super) struct Made {
    pub(super) allow_failure: bool,
    pub(super) fork: Fork,
    pub(super) join: Join,
    pub(super) kind: Does,
}

impl Made {
    /// A node whose every token passes.
    pub(super) fn new(kind: Does) -> Self {
        Self { allow_failure: false, fork: Fork::All, join: Join::Each, kind }
    }
}

/// What is known of a node beside what it does.
struct Known {
    title: Title,
    element: Option<Name>,
    span: Span,
}

impl Lowering<'_> {
    /// Makes the nodes of a body.
    pub(super) fn body(&mut self, opening: Opening) {
        let file = self.sheet(opening.sheet);
        let diagram = &file.diagram;
        let element = opening.what.element();
        let scope = match opening.what {
            What::Round(_) | What::Decisions(..) => diagram[element].parent.unwrap_or(element),
            _ => element,
        };
        let at = At {
            sheet: &file,
            index: opening.sheet,
            scope,
            what: opening.what,
            owner: owner(diagram, element),
        };
        let nodes_first = self.parts.nodes.len();
        let mut declares = BTreeMap::new();
        match opening.what {
            What::Process(_) | What::Inside(_) | What::Behind(_) => {
                declares = self.declares(&at);
                self.scope(&at);
            }
            What::Round(activity) => {
                declares = super::rounds::own(diagram, activity);
                let made = self.activity(&at, activity);
                let known = known(&at, activity, Some("#child"));
                self.push(known, made);
            }
            What::Decisions(task, chain) => self.decisions(&at, task, chain),
            What::Global(task) => {
                let made = self.activity(&at, task);
                self.push(known(&at, task, None), made);
            }
        }
        if self.parts.nodes.len() == nodes_first {
            self.push(hidden(&at, element, "nothing"), Made::new(Does::Pass));
        }
        let variables = match opening.what {
            What::Process(_) | What::Global(_) if self.parts.bodies.is_empty() => Variables::default(),
            What::Process(_) | What::Global(_) => Variables::Returned,
            _ => Variables::Around,
        };
        self.parts.bodies.push(Body {
            declares,
            discipline: Discipline::Tokens,
            nodes: number(self.parts.nodes.len() - nodes_first),
            nodes_first: NodeId(number(nodes_first)),
            variables,
        });
    }

    /// Data objects with a value, and in sub-processes all of them, so that their names mean those of the sub-process.
    fn declares(&mut self, at: &At<'_>) -> BTreeMap<Name, Value> {
        let diagram = at.diagram();
        let objects = diagram.children(Some(at.scope)).filter(|(_, child)| child.kind == Kind::DataObject);
        let mut declares = BTreeMap::new();
        for (object, _) in objects {
            let value = initial(diagram, object);
            if value.is_some() || at.is_inside() {
                let value = value.unwrap_or(Value::Null);
                let names = [variable(diagram, object), diagram.id(object)];
                let named = names.into_iter().filter(|name| !name.is_empty());
                declares.extend(named.map(|name| (Name::from(name), value.clone())));
            }
        }
        declares
    }

    fn scope(&mut self, at: &At<'_>) {
        let diagram = at.diagram();
        let behind = matches!(at.what, What::Behind(_));
        let all =
            diagram.children(Some(at.scope)).filter(|(_, child)| child.kind.is_node()).map(|(node, _)| node);
        let mut nodes: Vec<ElementId> = all.collect();
        for node in &nodes {
            self.supported(at, *node);
        }
        self.no_effect(at);
        let entry = nodes.iter().copied().find(|node| behind && diagram[*node].kind == Kind::StartEvent);
        let starts = match (behind, entry) {
            (true, Some(entry)) => Starts { roots: vec![entry], race: Vec::new(), all: vec![entry] },
            (true, None) => Starts::default(),
            (false, _) => self.starts(at, &nodes),
        };
        if at.sheet.sound {
            sound::behavior(diagram, &at.sheet.graph, &nodes, &starts.all, &mut self.problems);
        }
        let reached = at.reached(&starts);
        let event_scope =
            |node: &ElementId| diagram[*node].kind == Kind::SubProcess && diagram[*node].flags.by_event();
        nodes.retain(|node| event_scope(node) || reached[node.index() - at.scope.index()]);
        nodes.retain(|node| Some(*node) != entry);
        // Numbers first: a boundary event may be written before its host.
        let mut next = number(self.parts.nodes.len());
        for node in &nodes {
            self.node_of[at.index][node.index()] = Some(NodeId(next));
            next += if event_scope(node) { 2 } else { 1 };
        }
        for node in &nodes {
            if event_scope(node) {
                self.event_scope(at, *node);
            } else {
                let made = self.node(at, *node);
                self.push(known(at, *node, None), made);
            }
        }
        self.draw_several(at, &starts.race);
        if !starts.race.is_empty() {
            let gateway =
                self.push(hidden(at, at.scope, "start"), Made { fork: Fork::Event, ..Made::new(Does::Pass) });
            for event in &starts.race {
                for wait in self.race_entries(at, *event) {
                    self.edge(gateway, Some(wait), When::Any);
                }
            }
        }
        for node in &nodes {
            self.edges(at, *node, self.node_of[at.index][node.index()]);
        }
        self.never(at, &nodes, entry);
        if let Some(entry) = entry {
            let begin = self.push(hidden(at, at.scope, "begin"), Made::new(Does::Pass));
            self.edges(at, entry, Some(begin));
        }
        self.forget_several();
    }

    /// A parallel join waits for a token on each of its flows, also on one that begins where nothing leads: such a flow
    /// begins at a node that waits for itself.
    fn never(&mut self, at: &At<'_>, nodes: &[ElementId], entry: Option<ElementId>) {
        let mut never = None;
        for node in nodes.iter().filter(|node| at.diagram()[**node].kind == Kind::ParallelGateway) {
            for arc in at.sheet.graph.incoming(*node) {
                if self.node_of[at.index][arc.from.index()].is_some() || Some(arc.from) == entry {
                    continue;
                }
                let from = *never.get_or_insert_with(|| {
                    let made = Made { join: Join::All, ..Made::new(Does::Pass) };
                    self.push(hidden(at, at.scope, "never"), made)
                });
                self.edge(from, self.node_of[at.index][node.index()], When::Any);
            }
        }
        if let Some(never) = never {
            self.edge(never, Some(never), When::Any);
        }
    }

    /// An event sub-process: its start event, which waits for as long as the scope lasts, and the call behind it.
    fn event_scope(&mut self, at: &At<'_>, element: ElementId) {
        let diagram = at.diagram();
        let (start, triggers) = self.event_start(at, element);
        let mut triggers = triggers.into_iter();
        let interrupts = !start.is_some_and(|start| diagram[start].flags.lets_run());
        let trigger = triggers.next().unwrap_or(Trigger::Signal(Name::default()));
        let catch = beside_scope(interrupts, trigger);
        let known_start = known(at, start.unwrap_or(element), None);
        let from = self.push(known_start, Made::new(Does::Catch(catch.into())));
        if let Some(start) = start {
            self.node_of[at.index][start.index()] = Some(from);
        }
        let body = self.open(Opening { sheet: at.index, what: What::Behind(element) });
        let call = self.push(known(at, element, None), Made::new(Does::Call(body)));
        self.node_of[at.index][element.index()] = Some(call);
        self.edge(from, Some(call), When::Any);
        for trigger in triggers {
            self.further_trigger(start.unwrap_or(element), call, beside_scope(interrupts, trigger));
        }
    }

    fn edges(&mut self, at: &At<'_>, node: ElementId, from: Option<NodeId>) {
        let diagram = at.diagram();
        if diagram[node].kind == Kind::SubProcess && diagram[node].flags.by_event() {
            return;
        }
        let Some(from) = from else { return };
        let from = self.exit_of(node, from);
        for arc in at.sheet.graph.outgoing(node) {
            let when = self.when(at, node, arc);
            match self.entries(at, node, arc.to) {
                None => self.edge(from, self.node_of[at.index][arc.to.index()], when),
                Some(entries) => {
                    entries.into_iter().for_each(|to| self.edge(from, Some(to), when.clone()));
                }
            }
        }
    }

    fn when(&mut self, at: &At<'_>, node: ElementId, arc: Arc) -> When {
        let diagram = at.diagram();
        if matches!(diagram[node].kind, Kind::ParallelGateway | Kind::EventBasedGateway) {
            return When::Any;
        }
        if arc.flow.is_some() && arc.flow == splits::default(diagram, node) {
            return When::Default;
        }
        let condition = splits::condition(diagram, arc);
        match condition.and_then(|passage| self.condition(at, passage)) {
            Some(expression) => When::If(expression),
            None => When::Any,
        }
    }

    pub(super) fn edge(&mut self, from: NodeId, to: Option<NodeId>, when: When) {
        let Some(to) = to else { return };
        self.parts.edges.push(Edge { from, to, when });
    }

    /// A node that an element needs and the diagram does not show.
    pub(super) fn push_hidden(&mut self, at: &At<'_>, element: ElementId, what: &str, made: Made) -> NodeId {
        let known = hidden(at, element, what);
        self.push(known, made)
    }

    fn push(&mut self, known: Known, made: Made) -> NodeId {
        let node = NodeId(number(self.parts.nodes.len()));
        let Known { title, element, span } = known;
        let Made { allow_failure, fork, join, kind } = made;
        let name = title.base.clone();
        self.titles.push(title);
        self.node_spans.push(span);
        self.parts.nodes.push(Node {
            allow_failure,
            condition: None,
            element,
            fork,
            join,
            kind,
            name,
            priority: 0,
        });
        node
    }
}

/// An element with a node, or with another one within that.
fn known(at: &At<'_>, element: ElementId, part: Option<&str>) -> Known {
    let diagram = at.diagram();
    let id: Name = diagram.id(element).into();
    let rounds = part.is_none() && super::rounds::characteristics(diagram, element).is_some();
    let mut title = base(diagram, element, &id);
    if rounds {
        title = format!("{title} (rounds)").into();
    }
    let own = part.map_or_else(|| id.clone(), |part| format!("{id}{part}").into());
    let element_id = if own.is_empty() { None } else { Some(own.clone()) };
    let title = if title.is_empty() { diagram[element].kind.name().into() } else { title };
    Known {
        title: Title { base: title, id: own, owner: at.owner.clone() },
        element: element_id,
        span: diagram.id_span(element),
    }
}

/// A node that the diagram does not show.
fn hidden(at: &At<'_>, element: ElementId, what: &str) -> Known {
    let diagram = at.diagram();
    let scope = diagram.id(element);
    let title: Name = format!("({what} of {})", if scope.is_empty() { "it" } else { scope }).into();
    Known {
        title: Title { base: title.clone(), id: title, owner: at.owner.clone() },
        element: None,
        span: diagram.tag(element),
    }
}

/// The id of the process that an element stands in.
fn owner(diagram: &Diagram, mut element: ElementId) -> Name {
    while let Some(parent) = diagram[element].parent {
        element = parent;
    }
    diagram.id(element).into()
}

/// What data is called in expressions: its id, as people wrote it; where an editor did, or there is none, its name.
pub(super) fn variable(diagram: &Diagram, data: ElementId) -> &str {
    let (id, name) = (diagram.id(data), diagram.name(data).trim());
    let plain = |letter: char| letter.is_alphanumeric() || letter == '_';
    let fits =
        name.starts_with(|first: char| first.is_alphabetic() || first == '_') && name.chars().all(plain);
    let by_name = id.is_empty() || is_generated(id) || initial(diagram, data).is_some();
    if fits && by_name { name } else { id }
}

/// An id that an editor has made up: `DataObject_0k3f9ax`.
pub(super) fn is_generated(id: &str) -> bool {
    const LETTERS_MIN: usize = 6;
    let Some((_, end)) = id.rsplit_once('_') else { return false };
    end.len() >= LETTERS_MIN
        && end.chars().all(|letter| letter.is_ascii_alphanumeric())
        && end.contains(|letter: char| letter.is_ascii_digit())
}

/// The value that a data object begins with.
fn initial(diagram: &Diagram, object: ElementId) -> Option<Value> {
    let own = diagram.attribute(object, Space::Dod, "value");
    let flowable = || diagram.extension(object, Space::Flowable, "value").and_then(|(_, found)| found.text);
    let text = diagram.text(own.or_else(flowable)?).trim();
    let node =
        yaml::Node { span: Span::default(), kind: yaml::Kind::Scalar { text: text.into(), plain: true } };
    Some(node.value())
}

/// Nodes are fewer than elements, which are counted in 32 bits.
pub(super) fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
