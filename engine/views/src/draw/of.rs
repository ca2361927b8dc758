//! A drawing of a checked workflow, for what has no diagram of its own.
//!
//! A graph that one call opens is drawn in the call's place, as a frame; one that several open has a page of its own.
//! Rounds are drawn as what they repeat, with a marker.
//!
//! **Absent on purpose:** what the workflow does not know: pools, lanes, notes, whether a task that a program does
//! was called a service task or a send task.

use std::collections::{BTreeMap, VecDeque};

use dod_kernel::id::{BodyId, EdgeId, Name, NodeId};
use dod_kernel::workflow::{
    Catch, Discipline, Fork, Given, Host, Join, Kind, Node, Throw, Trigger as Waits, When, Workflow,
};

use crate::draw::{Drawing, Flow, Form, Gateway, Line, Page, Rounds, Shape, Stage, Trigger, Work, size};
use crate::look::clean_line;
use crate::story::kind_of;

impl Drawing {
    /// What a workflow looks like without a diagram.
    pub fn of(workflow: &Workflow) -> Self {
        let mut drawing = Self { title: workflow.name().to_string(), ..Self::default() };
        let mut callers: BTreeMap<u32, u32> = BTreeMap::new();
        for node in workflow.nodes() {
            if let Some(body) = opens(&node.kind) {
                *callers.entry(body.0).or_insert(0) += 1;
            }
        }
        let mut at: Vec<Option<usize>> = vec![None; workflow.nodes().len()];
        // Body, the frame around it, the shape that stands for its only node.
        let mut work: VecDeque<(BodyId, Option<usize>, Option<usize>)> = [(BodyId(0), None, None)].into();
        let mut opened = vec![false; workflow.bodies().len()];
        while let Some((body, frame, stands_for)) = work.pop_front() {
            if std::mem::replace(&mut opened[body.index()], true) {
                continue;
            }
            let page = match (frame, stands_for) {
                (Some(around), _) | (None, Some(around)) => drawing.shapes[around].page,
                (None, None) => {
                    let title = if body.0 == 0 { String::new() } else { page_title(workflow, body) };
                    drawing.pages.push(Page { title });
                    drawing.pages.len() - 1
                }
            };
            for id in workflow.nodes_of(body) {
                let shape = match stands_for {
                    Some(shape) => {
                        drawing.shapes[shape].nodes.push(id);
                        shape
                    }
                    None => {
                        drawing.shapes.push(Shape { page, inside: frame, ..shape(workflow, id) });
                        drawing.shapes.len() - 1
                    }
                };
                at[id.index()] = Some(shape);
                if let Some(inner) = opens(&workflow.node(id).kind) {
                    let once = callers.get(&inner.0) == Some(&1);
                    let (frame, stands_for) = open(workflow, id, inner, once, &mut drawing.shapes[shape]);
                    let own = (frame || stands_for).then_some(shape);
                    work.push_back((inner, own.filter(|_| frame), own.filter(|_| stands_for)));
                }
            }
        }
        link(workflow, &at, &mut drawing);
        drawing
    }

    /// Finds the nodes of the workflow for the shapes of a file's diagram, by the id of the element, else by name;
    /// and its edges for the flows.
    pub fn bind(&mut self, workflow: &Workflow) {
        let mut ids: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, shape) in self.shapes.iter().enumerate() {
            ids.entry(shape.id.clone()).or_default().push(at);
        }
        for (id, node) in (0u32..).map(NodeId).zip(workflow.nodes()) {
            let element = node.element.as_ref().unwrap_or(&node.name);
            let element = element.as_str().trim_end_matches(CHILD);
            for at in ids.get(element).map_or(&[][..], Vec::as_slice) {
                self.shapes[*at].nodes.push(id);
            }
        }
        self.bind_flows(workflow);
    }

    /// Of several flows between two shapes, the first shows the first edge between their nodes, and so on.
    fn bind_flows(&mut self, workflow: &Workflow) {
        let mut between: BTreeMap<(NodeId, NodeId), VecDeque<EdgeId>> = BTreeMap::new();
        for (id, edge) in (0u32..).map(EdgeId).zip(workflow.edges()) {
            between.entry((edge.from, edge.to)).or_default().push_back(id);
        }
        for flow in &mut self.flows {
            let (Some(from), Some(to)) = (self.shapes.get(flow.from), self.shapes.get(flow.to)) else {
                continue;
            };
            let ends = from.nodes.iter().flat_map(|from| to.nodes.iter().map(move |to| (*from, *to)));
            let found = ends.take(ENDS_MAX).find_map(|ends| between.get_mut(&ends)?.pop_front());
            flow.edges.extend(found);
        }
    }
}

/// Pairs of nodes that are looked at for one flow.
const ENDS_MAX: usize = 16;
/// What the body of rounds calls the activity that they repeat.
const CHILD: &str = "#child";

fn page_title(workflow: &Workflow, body: BodyId) -> String {
    let caller = workflow.nodes().iter().find(|node| opens(&node.kind) == Some(body));
    caller.map_or_else(String::new, |node| clean_line(&node.name))
}

/// The body that a node opens a scope over.
pub(crate) fn opens(kind: &Kind) -> Option<BodyId> {
    match kind {
        Kind::Call(body) => Some(*body),
        Kind::Repeat(repeat) => Some(repeat.body),
        _ => None,
    }
}

/// How the body behind a node is drawn: in it as a frame, or (one node that is repeated) as the node itself.
fn open(workflow: &Workflow, id: NodeId, inner: BodyId, once: bool, shape: &mut Shape) -> (bool, bool) {
    let node = workflow.node(id);
    if let (Kind::Repeat(_), Some(only)) = (&node.kind, only_node(workflow, inner)) {
        let rounds = rounds(&node.kind);
        shape.form = match form(workflow, only) {
            Form::Task(work, _) => Form::Task(work, rounds),
            Form::Call(_) => Form::Call(rounds),
            Form::SubProcess { open, event, .. } => Form::SubProcess { open, event, rounds },
            other => other,
        };
        return (false, once);
    }
    if once {
        let rounds = match shape.form {
            Form::SubProcess { rounds, .. } | Form::Call(rounds) | Form::Task(_, rounds) => rounds,
            _ => rounds(&node.kind),
        };
        let before = workflow.incoming(id).iter().map(|edge| workflow.edge(*edge).from);
        let event = before.clone().count() > 0 && before.clone().all(|from| is_of_scope(workflow.node(from)));
        shape.form = Form::SubProcess { open: true, event, rounds };
        return (true, false);
    }
    (false, false)
}

fn only_node(workflow: &Workflow, body: BodyId) -> Option<NodeId> {
    let mut nodes = workflow.nodes_of(body);
    let first = nodes.next()?;
    nodes.next().is_none().then_some(first)
}

fn is_of_scope(node: &Node) -> bool {
    matches!(&node.kind, Kind::Catch(catch) if catch.host == Some(Host::Scope))
}

fn rounds(kind: &Kind) -> Rounds {
    match kind {
        Kind::Repeat(repeat) if repeat.parallel => Rounds::Parallel,
        Kind::Repeat(repeat) if matches!(repeat.over, dod_kernel::workflow::Over::While { .. }) => {
            Rounds::Loop
        }
        Kind::Repeat(_) => Rounds::Sequential,
        _ => Rounds::Once,
    }
}

fn shape(workflow: &Workflow, id: NodeId) -> Shape {
    let node = workflow.node(id);
    let form = form(workflow, id);
    // An event or gateway that nobody gave a name is called by its id; that is in its title.
    let nameless = size::is_labelled(form) && node.element.as_ref() == Some(&node.name);
    let name = if nameless { String::new() } else { clean_line(&node.name) };
    let mut shape = Shape::new(node.element.as_ref().unwrap_or(&node.name).to_string(), name, form);
    shape.caption = caption(node);
    if node.allow_failure {
        shape.caption.push_str(if shape.caption.is_empty() { "may fail" } else { " · may fail" });
    }
    if let Some(condition) = &node.condition {
        let only_if = format!("if {}", clean_line(&condition.text));
        shape.caption =
            if shape.caption.is_empty() { only_if } else { format!("{} · {only_if}", shape.caption) };
    }
    shape.nodes.push(id);
    shape
}

fn caption(node: &Node) -> String {
    match &node.kind {
        Kind::Approval(approval) if approval.from.is_empty() => {
            format!("approval of {}", approval.min.max(1))
        }
        Kind::Approval(approval) => {
            let from: Vec<String> = approval.from.iter().map(|role| clean_line(role)).collect();
            format!("{} of {}", approval.min.max(1), from.join(", "))
        }
        Kind::Judge(policy) => format!("judge {}", clean_line(policy)),
        Kind::Message(message) => format!("message {}", clean_line(&message.name)),
        Kind::Wait(ms) => format!("wait {}", crate::time::duration(*ms)),
        Kind::Task(_) => {
            // `api/lint` says by its name that it is a `lint`.
            let told = |kind: &&Name| node.name.rsplit('/').next() == Some(kind.as_str());
            kind_of(node).filter(|kind| !told(kind)).map(|kind| clean_line(kind)).unwrap_or_default()
        }
        _ => String::new(),
    }
}

/// What a node looks like.
pub(crate) fn form(workflow: &Workflow, id: NodeId) -> Form {
    let node = workflow.node(id);
    match &node.kind {
        Kind::Approval(_) => Form::Task(Work::User, Rounds::Once),
        Kind::Call(_) => Form::Call(Rounds::Once),
        Kind::Catch(catch) => caught(workflow, id, catch),
        Kind::Decide(_) => Form::Task(Work::Rule, Rounds::Once),
        Kind::Judge(_) => Form::Task(Work::Judge, Rounds::Once),
        Kind::Message(_) => Form::Task(Work::Receive, Rounds::Once),
        Kind::Pass => pass(workflow, id),
        Kind::Repeat(_) => Form::SubProcess { open: false, event: false, rounds: rounds(&node.kind) },
        Kind::Script(_) => Form::Task(Work::Script, Rounds::Once),
        Kind::Task(task) if task.gate.is_some() || task.yields_evidence() => {
            Form::Task(Work::Gate, Rounds::Once)
        }
        Kind::Task(_) => {
            let tokens = is_tokens(workflow, id);
            Form::Task(if tokens { Work::Service } else { Work::Any }, Rounds::Once)
        }
        Kind::Throw(throw) => thrown(workflow, id, throw),
        Kind::Wait(_) => Form::Task(Work::Wait, Rounds::Once),
    }
}

fn is_tokens(workflow: &Workflow, id: NodeId) -> bool {
    workflow.body(workflow.body_of(id)).discipline == Discipline::Tokens
}

fn caught(workflow: &Workflow, id: NodeId, catch: &Catch) -> Form {
    let stage = match catch.host {
        Some(Host::Node(_)) => Stage::Boundary,
        Some(Host::Scope) => Stage::Start,
        None if workflow.incoming(id).is_empty() => Stage::Start,
        None => Stage::Catch,
    };
    let trigger = match &catch.trigger {
        Waits::Error(_) => Trigger::Error,
        Waits::Escalation(_) => Trigger::Escalation,
        Waits::Message { .. } => Trigger::Message,
        Waits::Signal(_) => Trigger::Signal,
        Waits::Timer(Given::Expression(_) | Given::Value(_)) => Trigger::Timer,
    };
    Form::Event { stage, trigger, interrupts: catch.host.is_none() || catch.interrupts }
}

fn thrown(workflow: &Workflow, id: NodeId, throw: &Throw) -> Form {
    let trigger = match throw {
        Throw::Error(_) => Trigger::Error,
        Throw::Escalation(_) => Trigger::Escalation,
        Throw::Message { .. } => Trigger::Message,
        Throw::Signal(_) => Trigger::Signal,
        Throw::Terminate => Trigger::Terminate,
    };
    let stage = if workflow.outgoing(id).is_empty() { Stage::End } else { Stage::Throw };
    Form::Event { stage, trigger, interrupts: true }
}

/// A node that does nothing is a start, an end or a gateway.
fn pass(workflow: &Workflow, id: NodeId) -> Form {
    let node = workflow.node(id);
    let (before, after) = (workflow.incoming(id).len(), workflow.outgoing(id).len());
    if let Join::AtLeast { passed, .. } = node.join {
        return Form::Gateway(Gateway::AtLeast(passed));
    }
    if !is_tokens(workflow, id) {
        return Form::Gateway(Gateway::Parallel);
    }
    let event = |stage| Form::Event { stage, trigger: Trigger::None, interrupts: true };
    match (node.join, node.fork) {
        (_, Fork::Event) => Form::Gateway(Gateway::Event),
        (Join::Inclusive, _) | (_, Fork::Inclusive) => Form::Gateway(Gateway::Inclusive),
        (Join::All, _) if before > 1 || after > 1 => Form::Gateway(Gateway::Parallel),
        (_, Fork::Exclusive) if after > 1 => Form::Gateway(Gateway::Exclusive),
        _ if before == 0 => event(Stage::Start),
        _ if after == 0 => event(Stage::End),
        (_, Fork::Exclusive) => Form::Gateway(Gateway::Exclusive),
        _ if after > 1 => Form::Gateway(Gateway::Parallel),
        _ if before > 1 => Form::Gateway(Gateway::Exclusive),
        _ => event(Stage::Throw),
    }
}

/// Flows; catches go to the border of what they stand beside.
fn link(workflow: &Workflow, at: &[Option<usize>], drawing: &mut Drawing) {
    for (id, node) in (0u32..).map(NodeId).zip(workflow.nodes()) {
        let Kind::Catch(catch) = &node.kind else { continue };
        let (Some(Host::Node(host)), Some(own)) = (catch.host, at[id.index()]) else { continue };
        drawing.shapes[own].host = at[host.index()].filter(|host| *host != own);
    }
    for (number, edge) in workflow.edges().iter().enumerate() {
        let (Some(from), Some(to)) = (at[edge.from.index()], at[edge.to.index()]) else { continue };
        let line = match edge.when {
            When::Any | When::Ok => Line::Sequence,
            When::Default => Line::Default,
            When::Failed => Line::Failed,
            When::If(_) if matches!(workflow.node(edge.from).kind, Kind::Pass) => Line::Sequence,
            When::If(_) => Line::Conditional,
        };
        let mut flow = Flow::new(format!("e{number}"), line, from, to);
        flow.edges = u32::try_from(number).map(EdgeId).into_iter().collect();
        flow.name = match &edge.when {
            When::Any if !is_tokens(workflow, edge.from) => "in any case".to_owned(),
            When::Failed => "failed".to_owned(),
            When::If(condition) => clean_line(&condition.text),
            When::Any | When::Default | When::Ok => String::new(),
        };
        drawing.flows.push(flow);
    }
}
