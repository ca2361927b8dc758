//! A checked definition: nodes, edges, and the bodies they live in.
//!
//! ```text
//!   Workflow ── bodies ── nodes ── edges      one body is one graph; a call node opens another one
//! ```
//!
//! **Invariant:** a `Workflow` that exists is sound: every index is in range, edges stay inside their body,
//! joins fit the discipline of their body, settled bodies are acyclic, calls do not recurse. [`Workflow::new`]
//! checks once, nobody downstream re-checks.
//!
//! **Absent on purpose:** source positions (the front end maps a [`Defect`]'s node to its place), YAML or BPMN
//! words, defaults.

mod check;
mod control;
mod task;

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ask::Expression;
use crate::id::{BodyId, EdgeId, Name, NodeId, PoolId};
use crate::value::Value;

pub use check::{Defect, Unfit};
pub use control::{
    Catch, Collect, Decision, DecisionRule, Given, Hit, Host, Over, Repeat, Throw, Trigger, Variables,
};
pub use task::{
    Action, EnvValue, ExitCodes, Gate, Probe, Program, Ready, Report, ReportPlace, Retry, RetryOn,
    SecretSource, Task,
};

/// A definition as a front end hands it over, not yet checked. Fields are in canonical order.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Parts {
    /// The graphs. Body 0 is where a run begins; the nodes of a body are contiguous.
    pub bodies: Vec<Body>,
    /// The edges, in any order; an event names an edge by its index here.
    pub edges: Vec<Edge>,
    /// Bounds.
    pub limits: Limits,
    /// What people call the workflow.
    pub name: Name,
    /// The nodes, body after body.
    pub nodes: Vec<Node>,
    /// Named pools.
    pub pools: Vec<Pool>,
}

/// How nodes of a body wait for each other.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Discipline {
    /// Every edge settles exactly once (YAML). Acyclic.
    #[default]
    Settled,
    /// Tokens move along edges (BPMN). Cycles are fine.
    Tokens,
}

/// One graph of a workflow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// Variables of its own that a scope over it begins with (BPMN: data objects).
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub declares: BTreeMap<Name, Value>,
    /// How its nodes wait.
    pub discipline: Discipline,
    /// How many nodes it has, from `nodes_first` on.
    pub nodes: u32,
    /// Its first node.
    pub nodes_first: NodeId,
    /// What a scope over it sees of the variables around it, and what becomes of those that are set in it.
    #[serde(default, skip_serializing_if = "Variables::is_default")]
    pub variables: Variables,
}

/// One node of a graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Node {
    /// Its failure or undecidedness does not reach the verdict.
    #[serde(default, skip_serializing_if = "is_false")]
    pub allow_failure: bool,
    /// Asked when it would become ready; false makes it not applicable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub condition: Option<Arc<Expression>>,
    /// The id of the diagram's element that it was made from; absent where there is no diagram.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<Name>,
    /// How its tokens leave it. Meaningless in a settled body.
    #[serde(default)]
    pub fork: Fork,
    /// How it waits for what comes before.
    pub join: Join,
    /// What it is.
    pub kind: Kind,
    /// Its name, unique in the workflow: `test[os=linux]`, `api/test`, `release/smoke`.
    pub name: Name,
    /// Ready steps of higher priority start first.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub priority: i32,
}

/// What a node is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// People say yes or no.
    Approval(Arc<Approval>),
    /// Opens a scope over another body, and settles as that scope does.
    Call(BodyId),
    /// Token bodies: waits for something to happen (BPMN catch events, receive tasks).
    Catch(Arc<Catch>),
    /// Token bodies: sets variables by a decision table (BPMN business rule tasks).
    Decide(Arc<Decision>),
    /// Takes the verdict of the named policy over what is known so far.
    Judge(Name),
    /// Waits for a message from outside.
    Message(Arc<Message>),
    /// Does nothing: a gateway, a join, a start or an end.
    Pass,
    /// Token bodies: opens a scope over another body for each round (BPMN multi-instance and loop activities).
    Repeat(Arc<Repeat>),
    /// Token bodies: sets variables by a script (BPMN script tasks).
    Script(Arc<Expression>),
    /// The host runs something.
    Task(Arc<Task>),
    /// Token bodies: makes something happen (BPMN throw and end events).
    Throw(Arc<Throw>),
    /// Waits for so many milliseconds.
    Wait(u64),
}

/// What an approval asks for.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Approval {
    /// Roles whose members may answer; empty for anybody.
    pub from: Vec<Name>,
    /// Authors of the change may not answer. Absent in definitions from before it was asked.
    #[serde(default, skip_serializing_if = "is_false")]
    pub independent: bool,
    /// How many different people must say yes. One no ends it.
    pub min: u32,
    /// What they are asked, where the definition says.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub prompt: Option<Name>,
    /// Only people whom a signature proves may answer.
    #[serde(default, skip_serializing_if = "is_false")]
    pub proved: bool,
    /// How long it stays open; then it has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// A message a node waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// The correlation key that a message must carry, where one is asked for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub key: Option<Name>,
    /// The message's name.
    pub name: Name,
    /// How long it waits; then it has failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timeout_ms: Option<u64>,
}

/// How a node waits for its incoming edges.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Join {
    /// Token bodies: one token from every incoming edge (BPMN parallel gateway).
    All,
    /// Settled bodies: goes on as soon as `passed` of the incoming edges have passed, fails when that cannot
    /// be reached any more.
    AtLeast {
        /// Cancel what is still open behind the incoming edges once it is decided.
        cancel_rest: bool,
        /// How many.
        passed: u32,
    },
    /// Token bodies: every token passes (BPMN activities and exclusive merges).
    Each,
    /// Token bodies: the OR-join of BPMN 2.0.2, table 13.3.
    Inclusive,
    /// Settled bodies: every incoming edge has settled.
    Settled,
}

/// How tokens leave a node of a token body.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fork {
    /// Along every edge whose condition holds; edges without one always (BPMN parallel, uncontrolled).
    #[default]
    All,
    /// Along all edges, to catches of which the first that is triggered withdraws the others (BPMN event-based).
    Event,
    /// Along the first edge whose condition holds, else along the default (BPMN exclusive).
    Exclusive,
    /// Along every edge whose condition holds, else along the default (BPMN inclusive).
    Inclusive,
}

/// One edge of a graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Edge {
    /// Where it begins.
    pub from: NodeId,
    /// Where it ends.
    pub to: NodeId,
    /// When it is taken or satisfied.
    pub when: When,
}

/// When an edge is satisfied (settled bodies) or taken (token bodies).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum When {
    /// Tokens: always. Settled (`{x: any}`): however the other settled.
    Any,
    /// Tokens: where no condition of the fork holds.
    Default,
    /// Settled (`{x: failed}`): the other failed, or is a gate that was judged failed.
    Failed,
    /// Tokens: where the expression is true.
    If(Arc<Expression>),
    /// Settled (`[x]`): the other finished or passed, or is not applicable.
    Ok,
}

/// A named bound on how many steps run at once.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pool {
    /// What steps call it.
    pub name: Name,
    /// How many of its steps may run at once; 1 is a mutex.
    pub size: u32,
}

/// Bounds of a run. Reaching one is an event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    /// Node activations in one run.
    pub activations_max: u64,
    /// Rounds of one [`Repeat`].
    #[serde(default = "rounds_max")]
    pub rounds_max: u32,
    /// Scopes open at once.
    pub scopes_max: u32,
    /// Tokens at once in one scope.
    pub tokens_max: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            activations_max: 50_000_000,
            rounds_max: rounds_max(),
            scopes_max: 1_000_000,
            tokens_max: 2_000_000,
        }
    }
}

fn rounds_max() -> u32 {
    1_000_000
}

/// A checked definition. See the module's invariant.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Parts", into = "Parts")]
pub struct Workflow {
    parts: Parts,
    body_of: Vec<BodyId>,
    outgoing: Adjacency,
    incoming: Adjacency,
    catches: control::Catches,
}

/// Edges by node, flat: the edges of node n are `edges[first[n]..first[n + 1]]`.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Adjacency {
    first: Vec<u32>,
    edges: Vec<EdgeId>,
}

impl Adjacency {
    fn new(nodes: usize, ends: impl Iterator<Item = NodeId> + Clone) -> Self {
        let mut first = vec![0u32; nodes + 1];
        for end in ends.clone() {
            first[end.index() + 1] += 1;
        }
        for at in 0..nodes {
            first[at + 1] += first[at];
        }
        let mut next = first.clone();
        let mut edges = vec![EdgeId(0); first[nodes] as usize];
        for (at, end) in ends.enumerate() {
            let place = &mut next[end.index()];
            edges[*place as usize] = EdgeId(u32::try_from(at).expect("checked: edge counts fit 32 bits"));
            *place += 1;
        }
        Self { first, edges }
    }

    fn of(&self, node: NodeId) -> &[EdgeId] {
        &self.edges[self.first[node.index()] as usize..self.first[node.index() + 1] as usize]
    }
}

impl Workflow {
    /// Checks a definition and builds its tables, in one pass without recursion.
    ///
    /// # Errors
    /// Every defect of the definition, each with the node or edge it is about.
    pub fn new(parts: Parts) -> Result<Self, Vec<Defect>> {
        let body_of = check::check(&parts)?;
        let nodes = parts.nodes.len();
        let outgoing = Adjacency::new(nodes, parts.edges.iter().map(|edge| edge.from));
        let incoming = Adjacency::new(nodes, parts.edges.iter().map(|edge| edge.to));
        let catches = control::Catches::of(&parts, &body_of);
        let workflow = Self { parts, body_of, outgoing, incoming, catches };
        check::acyclic(&workflow)?;
        Ok(workflow)
    }

    /// What people call it.
    pub fn name(&self) -> &Name {
        &self.parts.name
    }

    /// The graphs.
    pub fn bodies(&self) -> &[Body] {
        &self.parts.bodies
    }

    /// All nodes.
    pub fn nodes(&self) -> &[Node] {
        &self.parts.nodes
    }

    /// All edges.
    pub fn edges(&self) -> &[Edge] {
        &self.parts.edges
    }

    /// Named pools.
    pub fn pools(&self) -> &[Pool] {
        &self.parts.pools
    }

    /// Bounds of a run.
    pub fn limits(&self) -> &Limits {
        &self.parts.limits
    }

    /// One node.
    pub fn node(&self, id: NodeId) -> &Node {
        &self.parts.nodes[id.index()]
    }

    /// One edge.
    pub fn edge(&self, id: EdgeId) -> &Edge {
        &self.parts.edges[id.index()]
    }

    /// One graph.
    pub fn body(&self, id: BodyId) -> &Body {
        &self.parts.bodies[id.index()]
    }

    /// One pool.
    pub fn pool(&self, id: PoolId) -> &Pool {
        &self.parts.pools[id.index()]
    }

    /// The graph a node belongs to.
    pub fn body_of(&self, id: NodeId) -> BodyId {
        self.body_of[id.index()]
    }

    /// Edges that leave a node, in the order they were written.
    pub fn outgoing(&self, id: NodeId) -> &[EdgeId] {
        self.outgoing.of(id)
    }

    /// Edges that enter a node, in the order they were written.
    pub fn incoming(&self, id: NodeId) -> &[EdgeId] {
        self.incoming.of(id)
    }

    /// Catches beside a node (BPMN boundary events), in the order of the definition.
    pub fn catches_beside(&self, host: NodeId) -> &[NodeId] {
        self.catches.beside(host)
    }

    /// Catches of a whole scope over this body (BPMN event sub-processes), in the order of the definition.
    pub fn catches_of(&self, body: BodyId) -> &[NodeId] {
        self.catches.of_scope(body)
    }

    /// Whether a scope over the node's body begins with it: nothing leads there, and it stands beside nothing.
    pub fn is_start(&self, node: NodeId) -> bool {
        self.incoming(node).is_empty()
            && !matches!(&self.node(node).kind, Kind::Catch(catch) if catch.host.is_some())
    }

    /// The node with this name. Looks through all of them: for people's words, not for every event.
    pub fn find(&self, name: &str) -> Option<NodeId> {
        let at = self.parts.nodes.iter().position(|node| &*node.name == name)?;
        Some(NodeId(u32::try_from(at).expect("checked: node counts fit 32 bits")))
    }

    /// Ids of all nodes of a body.
    pub fn nodes_of(&self, body: BodyId) -> impl Iterator<Item = NodeId> + use<> {
        let Body { nodes_first, nodes, .. } = *self.body(body);
        (nodes_first.0..nodes_first.0 + nodes).map(NodeId)
    }
}

impl From<Workflow> for Parts {
    fn from(workflow: Workflow) -> Self {
        workflow.parts
    }
}

impl TryFrom<Parts> for Workflow {
    type Error = check::Defects;

    fn try_from(parts: Parts) -> Result<Self, check::Defects> {
        Self::new(parts).map_err(check::Defects)
    }
}

fn is_false(flag: &bool) -> bool {
    !*flag
}

fn is_zero(number: &i32) -> bool {
    *number == 0
}
