//! What a BPMN file draws, for the views: which shapes and flows there are, and where the file places them.
//!
//! Shapes of the file's own diagram keep their places, on one page per plane. What has no place there is handed over
//! without one; the views find one.
//!
//! **Absent on purpose:** meaning. A file that cannot be run can be drawn.

use std::collections::{BTreeMap, BTreeSet};

use dod_notation::bpmn::model::{Bounds, Class, Diagram, Element, ElementId, Kind, Role, Space};
use dod_views::draw::{
    Drawing, Flow, Form, Gateway, Line, Page, Point, Rect, Rounds, Shape, Stage, Trigger, Work,
};

/// Conditions are written at their flows up to this many characters.
const CONDITION_MAX: usize = 60;

/// The drawing of a file.
pub(super) fn drawing(diagram: &Diagram, title: &str) -> Drawing {
    let mut drafter = Drafter::new(diagram, title);
    drafter.placed();
    drafter.unplaced();
    drafter.nest();
    drafter.flows();
    drafter.drawing
}

struct Drafter<'d> {
    diagram: &'d Diagram,
    drawing: Drawing,
    /// Shapes by element, in the order of the planes.
    at: BTreeMap<ElementId, Vec<usize>>,
    /// The element of each shape.
    of: Vec<ElementId>,
    /// The lane that a node of a process is in.
    lanes: BTreeMap<ElementId, ElementId>,
    /// The pool of a process.
    pools: BTreeMap<ElementId, ElementId>,
    /// Sub-processes that are drawn closed, by plane.
    closed: BTreeSet<(ElementId, usize)>,
}

impl<'d> Drafter<'d> {
    fn new(diagram: &'d Diagram, title: &str) -> Self {
        let mut lanes = BTreeMap::new();
        let mut pools = BTreeMap::new();
        for (id, element) in diagram.all() {
            match element.kind {
                Kind::Lane => {
                    let members = diagram.references(id).filter(|one| one.role == Role::Member);
                    lanes.extend(members.filter_map(|one| Some((one.to?, id))));
                }
                Kind::Participant => {
                    let process = diagram.reference(id, Role::Process).and_then(|one| one.to);
                    pools.extend(process.map(|process| (process, id)));
                }
                _ => {}
            }
        }
        let pages = diagram.planes.iter().map(|plane| {
            let named = plane.element.filter(|of| diagram[*of].kind.is_scope() || diagram.planes.len() > 1);
            Page { title: named.map(|of| name_or_id(diagram, of)).unwrap_or_default() }
        });
        let drawing = Drawing { title: title.to_owned(), pages: pages.collect(), ..Drawing::default() };
        let (at, of, closed) = (BTreeMap::new(), Vec::new(), BTreeSet::new());
        Self { diagram, drawing, at, of, lanes, pools, closed }
    }

    /// The shapes of the file's own diagram.
    fn placed(&mut self) {
        let diagram = self.diagram;
        let mut drawn_inside: BTreeSet<(ElementId, usize)> = BTreeSet::new();
        for shape in diagram.shapes.iter().filter(|shape| shape.bounds.is_some()) {
            if let Some(parent) = shape.element.and_then(|of| diagram[of].parent) {
                drawn_inside.insert((parent, shape.plane as usize));
            }
        }
        for shape in &diagram.shapes {
            let Some(of) = shape.element else { continue };
            let plane = shape.plane as usize;
            let open = shape.expanded.unwrap_or_else(|| drawn_inside.contains(&(of, plane)));
            if diagram[of].kind.is_scope() && !open {
                self.closed.insert((of, plane));
            }
        }
        for drawn in &diagram.shapes {
            let (Some(of), Some(bounds)) = (drawn.element, drawn.bounds) else { continue };
            let page = drawn.plane as usize;
            let upright = drawn.horizontal == Some(false);
            let Some(form) = self.form(of, upright, !self.closed.contains(&(of, page))) else { continue };
            if self.is_closed_in(of, page) {
                continue;
            }
            let shape = Shape {
                page,
                place: Some(rect(bounds)),
                label: drawn.label.map(rect),
                ..self.shape(of, form)
            };
            self.add(of, shape);
        }
    }

    /// Whether something around it is drawn closed on the same page.
    fn is_closed_in(&self, of: ElementId, page: usize) -> bool {
        let mut around = self.diagram[of].parent;
        while let Some(parent) = around {
            if self.closed.contains(&(parent, page)) {
                return true;
            }
            around = self.diagram[parent].parent;
        }
        false
    }

    /// What belongs to a process and has no shape in the file.
    fn unplaced(&mut self) {
        let diagram = self.diagram;
        let bare = self.at.is_empty();
        let noted: BTreeSet<ElementId> = diagram
            .all()
            .filter(|(_, element)| element.kind == Kind::Association)
            .flat_map(|(id, _)| self.ends(id).into_iter().flatten())
            .collect();
        let closed: BTreeSet<ElementId> = self.closed.iter().map(|(of, _)| *of).collect();
        for (of, element) in diagram.all() {
            let wanted = match element.kind {
                kind if kind.is_node() => true,
                // Lanes are not laid out; the views name them at the work of people.
                Kind::Participant | Kind::Lane => bare,
                Kind::TextAnnotation => bare && noted.contains(&of),
                _ => false,
            };
            if !wanted || self.at.contains_key(&of) {
                continue;
            }
            let open = element.kind.is_scope() && (bare || !closed.contains(&of));
            let Some(form) = self.form(of, false, open) else { continue };
            let shape = self.shape(of, form);
            self.add(of, shape);
        }
        if bare {
            self.pages();
        }
    }

    /// Without a layout, processes without a pool have a page each.
    fn pages(&mut self) {
        let diagram = self.diagram;
        let mut pages: BTreeMap<Option<ElementId>, usize> = BTreeMap::new();
        for (at, of) in self.of.iter().enumerate() {
            let mut top = *of;
            while let Some(parent) = diagram[top].parent.filter(|parent| diagram[*parent].kind.is_scope()) {
                top = parent;
            }
            let process =
                Some(top).filter(|top| diagram[*top].kind == Kind::Process && !self.pools.contains_key(top));
            let count = pages.len();
            self.drawing.shapes[at].page = *pages.entry(process).or_insert(count);
        }
        let mut titles = vec![Page::default(); pages.len()];
        for (process, page) in pages {
            titles[page].title = process.map(|of| name_or_id(diagram, of)).unwrap_or_default();
        }
        self.drawing.pages = titles;
    }

    fn add(&mut self, of: ElementId, shape: Shape) {
        self.at.entry(of).or_default().push(self.drawing.shapes.len());
        self.drawing.shapes.push(shape);
        self.of.push(of);
    }

    /// The shape of an element on a page, else its first one.
    fn on(&self, of: ElementId, page: usize) -> Option<usize> {
        let all = self.at.get(&of)?;
        all.iter().copied().find(|at| self.drawing.shapes[*at].page == page).or_else(|| all.first().copied())
    }

    /// What lies in what, and on which border.
    fn nest(&mut self) {
        let diagram = self.diagram;
        for at in 0..self.of.len() {
            let (of, page) = (self.of[at], self.drawing.shapes[at].page);
            let same_page = |at: &usize| self.drawing.shapes[*at].page == page;
            let host = diagram.reference(of, Role::AttachedTo).and_then(|one| one.to);
            let host = host.and_then(|host| self.on(host, page)).filter(same_page);
            let parent = diagram[of].parent;
            let around = match diagram[of].kind {
                Kind::Lane => self.around_lane(of),
                _ => self.lanes.get(&of).copied().or(parent),
            };
            let found = around.and_then(|around| self.on(around, page).or_else(|| self.pool(around, page)));
            let found = found.or_else(|| self.pool(parent?, page));
            let around = found.filter(same_page).filter(|around| *around != at);
            self.drawing.shapes[at].host = host;
            self.drawing.shapes[at].inside = around;
        }
    }

    /// The lane around a lane, else its process.
    fn around_lane(&self, of: ElementId) -> Option<ElementId> {
        let mut around = self.diagram[of].parent?;
        while matches!(self.diagram[around].kind, Kind::LaneSet | Kind::ChildLaneSet) {
            around = self.diagram[around].parent?;
        }
        Some(around)
    }

    fn pool(&self, process: ElementId, page: usize) -> Option<usize> {
        self.pools.get(&process).and_then(|pool| self.on(*pool, page))
    }

    fn shape(&self, of: ElementId, form: Form) -> Shape {
        let diagram = self.diagram;
        let name = match diagram[of].kind {
            Kind::TextAnnotation => {
                let text = diagram.passage(of, Role::Annotation).and_then(|passage| passage.text);
                text.map_or("", |text| diagram.text(text)).trim()
            }
            Kind::Group => {
                let value = diagram.reference(of, Role::Category).and_then(|one| one.to);
                let value = value.and_then(|value| diagram.attribute(value, Space::Plain, "value"));
                value.map_or("", |value| diagram.text(value))
            }
            _ => diagram.name(of),
        };
        Shape::new(diagram.id(of), name, form)
    }

    fn form(&self, of: ElementId, upright: bool, open: bool) -> Option<Form> {
        let element = &self.diagram[of];
        Some(match element.kind {
            Kind::StartEvent => self.event(of, Stage::Start),
            Kind::EndEvent => self.event(of, Stage::End),
            Kind::IntermediateCatchEvent => self.event(of, Stage::Catch),
            Kind::IntermediateThrowEvent | Kind::ImplicitThrowEvent => self.event(of, Stage::Throw),
            Kind::BoundaryEvent => self.event(of, Stage::Boundary),
            Kind::ExclusiveGateway => Form::Gateway(Gateway::Exclusive),
            Kind::ParallelGateway => Form::Gateway(Gateway::Parallel),
            Kind::InclusiveGateway => Form::Gateway(Gateway::Inclusive),
            Kind::EventBasedGateway => Form::Gateway(Gateway::Event),
            Kind::ComplexGateway => Form::Gateway(Gateway::Complex),
            Kind::SubProcess | Kind::Transaction | Kind::AdHocSubProcess => {
                Form::SubProcess { open, event: element.flags.by_event(), rounds: self.rounds(of) }
            }
            Kind::CallActivity => Form::Call(self.rounds(of)),
            Kind::Participant => Form::Pool { upright },
            Kind::Lane => Form::Lane { upright },
            Kind::Group => Form::Group,
            Kind::TextAnnotation => Form::Note,
            Kind::DataObject | Kind::DataObjectReference | Kind::DataInput | Kind::DataOutput => Form::Data,
            Kind::DataStoreReference | Kind::DataStore => Form::Store,
            kind if kind.class() == Class::Activity => Form::Task(work(kind), self.rounds(of)),
            kind if matches!(kind.class(), Class::Choreography | Class::Collaboration) => {
                Form::Task(Work::Any, Rounds::Once)
            }
            _ => return None,
        })
    }

    fn event(&self, of: ElementId, stage: Stage) -> Form {
        let diagram = self.diagram;
        let own = diagram.children(Some(of)).map(|(_, child)| child.kind);
        let named = diagram.references(of).filter(|one| one.role == Role::EventDefinition);
        let named = named.filter_map(|one| one.to).map(|to| diagram[to].kind);
        let mut all = own.chain(named).filter(|kind| kind.class() == Class::EventDefinition);
        let trigger = match (all.next(), all.next()) {
            (None, _) => Trigger::None,
            (Some(_), Some(_)) => Trigger::Multiple,
            (Some(kind), None) => trigger(kind),
        };
        Form::Event { stage, trigger, interrupts: !diagram[of].flags.lets_run() }
    }

    fn rounds(&self, of: ElementId) -> Rounds {
        let loops = |(_, child): (ElementId, &Element)| match child.kind {
            Kind::StandardLoop => Some(Rounds::Loop),
            Kind::MultiInstance if child.flags.sequential() => Some(Rounds::Sequential),
            Kind::MultiInstance => Some(Rounds::Parallel),
            _ => None,
        };
        self.diagram.children(Some(of)).find_map(loops).unwrap_or_default()
    }

    /// Both ends of something between two elements, as far as they are known.
    fn ends(&self, of: ElementId) -> [Option<ElementId>; 2] {
        if let Some(flow) = self.diagram.flow(of) {
            return [flow.from, flow.to];
        }
        let end = |role| self.diagram.reference(of, role).and_then(|one| one.to);
        let [from, to] = [end(Role::Source), end(Role::Target)];
        // What an activity reads or writes goes to or from the activity itself.
        let owner = self.diagram[of].parent;
        match self.diagram[of].kind {
            Kind::DataInputAssociation => [from, owner],
            Kind::DataOutputAssociation => [owner, to],
            _ => [from, to],
        }
    }

    fn flows(&mut self) {
        let diagram = self.diagram;
        let mut drawn: BTreeMap<ElementId, Vec<usize>> = BTreeMap::new();
        for (at, edge) in diagram.edges.iter().enumerate() {
            if let Some(of) = edge.element {
                drawn.entry(of).or_default().push(at);
            }
        }
        for (of, element) in diagram.all() {
            let Some(line) = self.line(of, element.kind) else { continue };
            let ends = self.ends(of);
            let name = self.flow_name(of);
            for at in drawn.get(&of).map_or(&[][..], Vec::as_slice) {
                let edge = &diagram.edges[*at];
                let page = edge.plane as usize;
                let on = |end: Option<ElementId>| {
                    let at = self.on(end?, page)?;
                    (self.drawing.shapes[at].page == page).then_some(at)
                };
                let (from, to) = (on(ends[0]), on(ends[1]));
                let (Some(from), Some(to)) = (from.or(to), to.or(from)) else { continue };
                let points = diagram.points(edge).iter();
                let way = points.map(|(x, y)| Point { x: f64::from(*x), y: f64::from(*y) }).collect();
                let flow = Flow::new(diagram.id(of), line, from, to);
                self.drawing.flows.push(Flow {
                    name: name.clone(),
                    way,
                    label: edge.label.map(rect),
                    ..flow
                });
            }
            let [Some(from), Some(to)] = ends else { continue };
            if drawn.contains_key(&of) {
                continue;
            }
            let Some(from) = self.at.get(&from).and_then(|all| all.first()).copied() else { continue };
            let Some(to) = self.on(to, self.drawing.shapes[from].page) else { continue };
            let flow = Flow { name, ..Flow::new(diagram.id(of), line, from, to) };
            self.drawing.flows.push(flow);
        }
    }

    fn line(&self, of: ElementId, kind: Kind) -> Option<Line> {
        let diagram = self.diagram;
        Some(match kind {
            Kind::SequenceFlow => {
                let from = diagram.flow(of).and_then(|flow| flow.from);
                let default =
                    from.and_then(|from| diagram.reference(from, Role::Default)).and_then(|one| one.to);
                let gateway = from.is_some_and(|from| diagram[from].kind.class() == Class::Gateway);
                if default == Some(of) {
                    Line::Default
                } else if !gateway && diagram.passage(of, Role::Condition).is_some() {
                    Line::Conditional
                } else {
                    Line::Sequence
                }
            }
            Kind::MessageFlow => Line::Message,
            Kind::Association | Kind::ConversationLink => Line::Association,
            Kind::DataInputAssociation | Kind::DataOutputAssociation => Line::Data,
            _ => return None,
        })
    }

    /// A flow's name, else its condition.
    fn flow_name(&self, of: ElementId) -> String {
        let diagram = self.diagram;
        let name = diagram.name(of).trim();
        if !name.is_empty() {
            return name.to_owned();
        }
        let condition = diagram.passage(of, Role::Condition).and_then(|passage| passage.text);
        let text = condition.map_or("", |text| diagram.text(text)).trim();
        let short: String = text.chars().take(CONDITION_MAX).collect();
        if short.len() < text.len() { format!("{short}…") } else { short }
    }
}

fn name_or_id(diagram: &Diagram, of: ElementId) -> String {
    let name = diagram.name(of).trim();
    if name.is_empty() { diagram.id(of).to_owned() } else { name.to_owned() }
}

fn rect(bounds: Bounds) -> Rect {
    let Bounds { x, y, width, height } = bounds;
    Rect { x: f64::from(x), y: f64::from(y), width: f64::from(width), height: f64::from(height) }
}

fn trigger(kind: Kind) -> Trigger {
    match kind {
        Kind::CancelEventDefinition => Trigger::Cancel,
        Kind::CompensateEventDefinition => Trigger::Compensation,
        Kind::ConditionalEventDefinition => Trigger::Condition,
        Kind::ErrorEventDefinition => Trigger::Error,
        Kind::EscalationEventDefinition => Trigger::Escalation,
        Kind::LinkEventDefinition => Trigger::Link,
        Kind::MessageEventDefinition => Trigger::Message,
        Kind::SignalEventDefinition => Trigger::Signal,
        Kind::TerminateEventDefinition => Trigger::Terminate,
        Kind::TimerEventDefinition => Trigger::Timer,
        _ => Trigger::None,
    }
}

fn work(kind: Kind) -> Work {
    match kind {
        Kind::BusinessRuleTask => Work::Rule,
        Kind::ManualTask => Work::Manual,
        Kind::ReceiveTask => Work::Receive,
        Kind::ScriptTask => Work::Script,
        Kind::SendTask => Work::Send,
        Kind::ServiceTask => Work::Service,
        Kind::UserTask => Work::User,
        _ => Work::Any,
    }
}
