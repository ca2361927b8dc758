//! What makes a definition sound. One pass each, work lists instead of recursion.
//!
//! **Absent on purpose:** wording for people; a front end says where the node stands and what to do.

mod control;

use crate::id::{BodyId, EdgeId, Name, NodeId};
use crate::workflow::{Discipline, Join, Kind, Parts, When, Workflow};

pub use control::Unfit;

/// Something that keeps a definition from being a workflow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Defect {
    /// A workflow needs a body with a node.
    #[error("there is nothing to run")]
    Empty,
    /// The nodes of the bodies do not cover all nodes in order.
    #[error("body {} does not begin where the one before ends", .0.0)]
    Gap(BodyId),
    /// More nodes or edges than 32 bits count.
    #[error("more than 4294967295 nodes or edges")]
    TooMany,
    /// Two nodes have one name.
    #[error("two steps are called `{name}`")]
    SameName {
        /// The later of the two.
        node: NodeId,
        /// The name.
        name: Name,
    },
    /// An edge names a node that is not there, or one of another body.
    #[error("edge {} leaves its graph", .0.0)]
    EdgeOutside(EdgeId),
    /// The join or an edge's condition belongs to the other discipline.
    #[error("step {} joins or is reached in a way that its graph does not know", .0.0)]
    Mixed(NodeId),
    /// `AtLeast` asks for none, or for more than there are.
    #[error("step {} asks for more passed steps than it has, or for none", .0.0)]
    Unreachable(NodeId),
    /// A pool, body or number is out of range.
    #[error("step {} names a pool or graph that does not exist", .0.0)]
    Dangling(NodeId),
    /// A pool of size 0.
    #[error("pool `{0}` has no places")]
    NoPlaces(Name),
    /// Steps that wait for each other, in the order of waiting.
    #[error("{} steps wait for each other", .0.len())]
    Cycle(Vec<NodeId>),
    /// A graph calls itself, directly or through others, or has rounds of itself.
    #[error("step {} calls a graph that calls it", .0.0)]
    Recursion(NodeId),
    /// It catches, races or has rounds in a way that cannot work.
    #[error("step {} {why}", .node.0)]
    Unfit {
        /// The node.
        node: NodeId,
        /// What is wrong.
        why: Unfit,
    },
}

/// All defects, as one error for deserialisation.
#[derive(Debug, thiserror::Error)]
#[error("the workflow is not sound: {}", .0.first().map(ToString::to_string).unwrap_or_default())]
pub struct Defects(pub Vec<Defect>);

/// Checks everything but cycles; returns the body of each node.
pub(super) fn check(parts: &Parts) -> Result<Vec<BodyId>, Vec<Defect>> {
    if parts.nodes.is_empty() || parts.bodies.first().is_none_or(|body| body.nodes == 0) {
        return Err(vec![Defect::Empty]);
    }
    if u32::try_from(parts.nodes.len()).is_err() || u32::try_from(parts.edges.len()).is_err() {
        return Err(vec![Defect::TooMany]);
    }
    let body_of = bodies(parts)?;
    let mut defects = Vec::new();
    edges(parts, &body_of, &mut defects);
    nodes(parts, &body_of, &mut defects);
    names(parts, &mut defects);
    for pool in parts.pools.iter().filter(|pool| pool.size == 0) {
        defects.push(Defect::NoPlaces(pool.name.clone()));
    }
    if defects.is_empty() { Ok(body_of) } else { Err(defects) }
}

fn bodies(parts: &Parts) -> Result<Vec<BodyId>, Vec<Defect>> {
    let mut body_of = Vec::with_capacity(parts.nodes.len());
    for (at, body) in parts.bodies.iter().enumerate() {
        let id = BodyId(u32::try_from(at).map_err(|_| vec![Defect::TooMany])?);
        let end = body_of.len() + body.nodes as usize;
        if body.nodes_first.index() != body_of.len() || end > parts.nodes.len() {
            return Err(vec![Defect::Gap(id)]);
        }
        body_of.resize(end, id);
    }
    if body_of.len() == parts.nodes.len() { Ok(body_of) } else { Err(vec![Defect::Gap(BodyId(0))]) }
}

fn edges(parts: &Parts, body_of: &[BodyId], defects: &mut Vec<Defect>) {
    for (at, edge) in parts.edges.iter().enumerate() {
        let id = EdgeId(u32::try_from(at).expect("counted before"));
        let (Some(from), Some(to)) = (body_of.get(edge.from.index()), body_of.get(edge.to.index())) else {
            defects.push(Defect::EdgeOutside(id));
            continue;
        };
        if from != to {
            defects.push(Defect::EdgeOutside(id));
            continue;
        }
        let fits = match parts.bodies[from.index()].discipline {
            Discipline::Settled => matches!(edge.when, When::Ok | When::Failed | When::Any),
            Discipline::Tokens => matches!(edge.when, When::Any | When::Default | When::If(_)),
        };
        if !fits {
            defects.push(Defect::Mixed(edge.to));
        }
    }
}

fn nodes(parts: &Parts, body_of: &[BodyId], defects: &mut Vec<Defect>) {
    let mut incoming = vec![0u32; parts.nodes.len()];
    for edge in &parts.edges {
        if let Some(count) = incoming.get_mut(edge.to.index()) {
            *count += 1;
        }
    }
    for (at, node) in parts.nodes.iter().enumerate() {
        let id = NodeId(u32::try_from(at).expect("counted before"));
        let settled = parts.bodies[body_of[at].index()].discipline == Discipline::Settled;
        if settled != matches!(node.join, Join::Settled | Join::AtLeast { .. }) {
            defects.push(Defect::Mixed(id));
        }
        if let Join::AtLeast { passed, .. } = node.join
            && (passed == 0 || passed > incoming[at])
        {
            defects.push(Defect::Unreachable(id));
        }
        let dangling = match &node.kind {
            Kind::Call(body) => is_empty(parts, *body),
            Kind::Repeat(repeat) => is_empty(parts, repeat.body),
            Kind::Task(task) => task.pool.is_some_and(|pool| pool.index() >= parts.pools.len()),
            _ => false,
        };
        if dangling {
            defects.push(Defect::Dangling(id));
        }
        // A service is stopped when the last step that needs it has settled, which tokens never do.
        let service = matches!(&node.kind, Kind::Task(task) if task.probe.is_some());
        if service && !settled {
            defects.push(Defect::Mixed(id));
        }
    }
    for body in parts.bodies.iter().filter(|body| body.discipline == Discipline::Tokens && body.nodes > 0) {
        let first = body.nodes_first.index();
        // Without a node that nothing leads to, no token begins; what stands beside another node is no beginning.
        let begins = |at: usize| {
            let beside = matches!(&parts.nodes[at].kind, Kind::Catch(catch) if catch.host.is_some());
            incoming[at] == 0 && !beside
        };
        if !(first..first + body.nodes as usize).any(begins) {
            defects.push(Defect::Empty);
        }
    }
    control::check(parts, body_of, &incoming, defects);
}

/// Whether there is nothing to run in a body.
fn is_empty(parts: &Parts, body: BodyId) -> bool {
    parts.bodies.get(body.index()).is_none_or(|body| body.nodes == 0)
}

fn names(parts: &Parts, defects: &mut Vec<Defect>) {
    let mut order: Vec<u32> = (0..u32::try_from(parts.nodes.len()).expect("counted before")).collect();
    order.sort_by(|left, right| {
        (&parts.nodes[*left as usize].name, left).cmp(&(&parts.nodes[*right as usize].name, right))
    });
    for pair in order.windows(2) {
        let (first, second) = (&parts.nodes[pair[0] as usize], &parts.nodes[pair[1] as usize]);
        if first.name == second.name {
            defects.push(Defect::SameName { node: NodeId(pair[1]), name: second.name.clone() });
        }
    }
}

/// Kahn's algorithm over each settled body, and over the calls between bodies.
pub(super) fn acyclic(workflow: &Workflow) -> Result<(), Vec<Defect>> {
    let mut defects = Vec::new();
    let mut unmet: Vec<u32> = workflow
        .nodes()
        .iter()
        .enumerate()
        .map(|(at, _)| workflow.incoming(NodeId(at as u32)).len() as u32)
        .collect();
    let mut work: Vec<NodeId> =
        (0..unmet.len() as u32).map(NodeId).filter(|id| unmet[id.index()] == 0).collect();
    while let Some(node) = work.pop() {
        for edge in workflow.outgoing(node) {
            let to = workflow.edge(*edge).to;
            unmet[to.index()] -= 1;
            if unmet[to.index()] == 0 {
                work.push(to);
            }
        }
    }
    let settled = |id: NodeId| workflow.body(workflow.body_of(id)).discipline == Discipline::Settled;
    let caught = (0..unmet.len() as u32).map(NodeId).find(|id| unmet[id.index()] > 0 && settled(*id));
    if let Some(start) = caught {
        defects.push(Defect::Cycle(cycle(workflow, &unmet, start)));
    }
    calls(workflow, &mut defects);
    if defects.is_empty() { Ok(()) } else { Err(defects) }
}

/// Walks back from a node that never became free until a node repeats: that loop is the cycle.
fn cycle(workflow: &Workflow, unmet: &[u32], start: NodeId) -> Vec<NodeId> {
    let mut seen_at = vec![usize::MAX; unmet.len()];
    let mut path: Vec<NodeId> = Vec::new();
    let mut node = start;
    while seen_at[node.index()] == usize::MAX {
        seen_at[node.index()] = path.len();
        path.push(node);
        node = workflow
            .incoming(node)
            .iter()
            .map(|edge| workflow.edge(*edge).from)
            .find(|from| unmet[from.index()] > 0)
            .expect("a node that never became free waits for another such node");
    }
    let mut found = path.split_off(seen_at[node.index()]);
    found.reverse();
    found
}

/// Bodies that call each other in a circle would never end: the depth of calls is bounded by refusing them.
fn calls(workflow: &Workflow, defects: &mut Vec<Defect>) {
    let bodies = workflow.bodies().len();
    let mut called = vec![0u32; bodies];
    let mut by_body: Vec<Vec<(NodeId, BodyId)>> = vec![Vec::new(); bodies];
    for (at, node) in workflow.nodes().iter().enumerate() {
        let body = match &node.kind {
            Kind::Call(body) => *body,
            Kind::Repeat(repeat) => repeat.body,
            _ => continue,
        };
        let id = NodeId(at as u32);
        by_body[workflow.body_of(id).index()].push((id, body));
        called[body.index()] += 1;
    }
    let mut work: Vec<usize> = (0..bodies).filter(|body| called[*body] == 0).collect();
    while let Some(body) = work.pop() {
        for (_, callee) in &by_body[body] {
            called[callee.index()] -= 1;
            if called[callee.index()] == 0 {
                work.push(callee.index());
            }
        }
    }
    let circling = |body: usize| called[body] > 0;
    let mut calls = (0..bodies).filter(|body| circling(*body)).flat_map(|body| &by_body[body]);
    if let Some((node, _)) = calls.find(|(_, callee)| circling(callee.index())) {
        defects.push(Defect::Recursion(*node));
    }
}
