//! Inclusive joins: which tokens still keep one that waits from firing (BPMN 2.0.2, table 13.3).
//!
//! A join fires when some incoming edge holds a token and every token that can reach an *empty* edge of it, without
//! visiting the join, can also reach one that *holds* a token. So a token blocks where it can reach the join and no
//! edge that holds one. From each node the edges that can be reached are known beforehand ([`Reach`]); per scope and
//! join that waits the tokens that block are counted ([`Awaited`]), so that a token that moves costs one look-up for
//! each join that waits in its scope, and a join fires when its count is 0.
//!
//! A catch beside a node can be reached from that node: its token may go on from there.
//!
//! **Absent on purpose:** tokens in other scopes. Paths do not leave the scope of the join.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::id::{BodyId, EdgeId, Instance, NodeId, ScopeId};
use crate::run::state::Run;
use crate::workflow::{Host, Join, Kind, Workflow};

/// Nodes that the tables of all inclusive joins may name together; a join beyond that is searched for each time.
const REACHES_MAX: usize = 16_000_000;

/// Rounds of uniting nodes that reach the same edges. More of them make smaller tables, never other answers.
const UNITING_MAX: u32 = 6;

/// From where the incoming edges of one join can be reached without visiting it.
///
/// Nodes that reach the same edges are one class, as far as that is seen cheaply: a chain or a block that ends in one
/// place is one class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Reach {
    /// The class of each node that reaches the join, by node.
    classes: Vec<(NodeId, u32)>,
    /// By class: those that lead into it.
    before: Vec<Vec<u32>>,
}

/// A join that waits in a scope.
#[derive(Clone, Debug)]
pub(super) struct Awaited {
    reach: Arc<Reach>,
    /// By class: tokens there.
    tokens: Vec<u32>,
    /// By class: whether it reaches an edge that holds a token.
    covered: Vec<bool>,
    /// Tokens that block it.
    blocking: u64,
}

/// What a scope over a body with inclusive joins keeps.
#[derive(Clone, Debug, Default)]
pub(super) struct Inclusive {
    /// Tokens by the node they are at, or at whose join they wait.
    at: BTreeMap<NodeId, u32>,
    /// Joins that wait and are counted.
    awaited: BTreeMap<NodeId, Awaited>,
}

/// What a run keeps for all its inclusive joins.
#[derive(Clone, Debug, Default)]
pub(super) struct Joining {
    /// Tables that were made so far.
    reaches: BTreeMap<NodeId, Arc<Reach>>,
    /// Nodes that they name together.
    kept: usize,
    /// Joins that wait and that nothing blocks; and those that have to be searched for.
    unblocked: BTreeSet<(ScopeId, NodeId)>,
}

/// Nodes from which a token comes to this one in a step.
fn leading_to(workflow: &Workflow, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    let beside = match &workflow.node(node).kind {
        Kind::Catch(catch) => match catch.host {
            Some(Host::Node(host)) => Some(host),
            _ => None,
        },
        _ => None,
    };
    workflow.incoming(node).iter().map(|edge| workflow.edge(*edge).from).chain(beside)
}

/// Nodes to which a token comes from this one in a step.
fn behind(workflow: &Workflow, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
    let edges = workflow.outgoing(node).iter().map(|edge| workflow.edge(*edge).to);
    edges.chain(workflow.catches_beside(node).iter().copied())
}

/// Nodes from which one of these edges can be reached without visiting `join`, nearest first.
fn reaching(workflow: &Workflow, edges: &[EdgeId], join: NodeId) -> Vec<NodeId> {
    let body = workflow.body(workflow.body_of(join));
    let mut seen = vec![false; body.nodes as usize];
    let place = |node: NodeId| node.index() - body.nodes_first.index();
    seen[place(join)] = true;
    let mut new = |node: &NodeId| !std::mem::replace(&mut seen[place(*node)], true);
    let mut found: Vec<NodeId> =
        edges.iter().map(|edge| workflow.edge(*edge).from).filter(&mut new).collect();
    let mut at = 0;
    while at < found.len() {
        let node = found[at];
        at += 1;
        found.extend(leading_to(workflow, node).filter(&mut new));
    }
    found
}

impl Reach {
    pub(super) fn of(workflow: &Workflow, join: NodeId) -> Self {
        let found = reaching(workflow, workflow.incoming(join), join);
        let body = workflow.body(workflow.body_of(join));
        let mut places = vec![u32::MAX; body.nodes as usize];
        for (node, at) in found.iter().zip(0u32..) {
            places[node.index() - body.nodes_first.index()] = at;
        }
        let place = |node: NodeId| {
            let at = places[node.index() - body.nodes_first.index()];
            (at != u32::MAX).then_some(at)
        };
        let next = Next::of(workflow, &found, join, place);
        let united = next.unite();
        let (class_of, count) = numbered(united);
        let mut before = vec![Vec::new(); count];
        for from in 0..found.len() {
            for to in next.of_place(from).iter().filter(|to| **to != Next::THE_JOIN) {
                let (from, to) = (class_of[from], class_of[*to as usize]);
                if from != to {
                    before[to as usize].push(from);
                }
            }
        }
        for classes in &mut before {
            classes.sort_unstable();
            classes.dedup();
        }
        let nodes = (body.nodes_first.0..).map(NodeId).zip(&places);
        let reaching = nodes.filter(|(_, at)| **at != u32::MAX);
        let classes = reaching.map(|(node, at)| (node, class_of[*at as usize])).collect();
        Self { classes, before }
    }

    fn class(&self, node: NodeId) -> Option<usize> {
        let at = self.classes.binary_search_by_key(&node, |(node, _)| *node).ok()?;
        Some(self.classes[at].1 as usize)
    }
}

/// Where a token goes in a step from each of the nodes that reach a join, by their places in the search; flat.
struct Next {
    first: Vec<u32>,
    places: Vec<u32>,
}

impl Next {
    /// An edge into the join itself.
    const THE_JOIN: u32 = u32::MAX;

    fn of(
        workflow: &Workflow,
        found: &[NodeId],
        join: NodeId,
        place: impl Fn(NodeId) -> Option<u32>,
    ) -> Self {
        let (mut first, mut places) = (vec![0], Vec::new());
        for node in found {
            let to = behind(workflow, *node);
            places.extend(to.filter_map(|to| if to == join { Some(Self::THE_JOIN) } else { place(to) }));
            first.push(u32::try_from(places.len()).expect("checked: edge counts fit 32 bits"));
        }
        Self { first, places }
    }

    fn of_place(&self, at: usize) -> &[u32] {
        &self.places[self.first[at] as usize..self.first[at + 1] as usize]
    }

    /// Unites a place with the one class to which all its ways lead: it reaches what that class reaches.
    fn unite(&self) -> Vec<u32> {
        let count = self.first.len() - 1;
        let mut united: Vec<u32> = (0..).take(count).collect();
        for _ in 0..UNITING_MAX {
            let mut changed = false;
            for at in 0..count {
                if united[at] as usize != at {
                    continue;
                }
                let mut only = None;
                let lead_to_one = self.of_place(at).iter().all(|to| {
                    let to = if *to == Self::THE_JOIN { *to } else { root(&mut united, *to) };
                    to as usize == at || (to != Self::THE_JOIN && *only.get_or_insert(to) == to)
                });
                if let (true, Some(only)) = (lead_to_one, only) {
                    united[at] = only;
                    changed = true;
                }
            }
            if !changed {
                break;
            }
        }
        for at in 0..count {
            united[at] = root(&mut united, at as u32);
        }
        united
    }
}

/// The place that stands for the class of this one; the way there is made shorter.
fn root(united: &mut [u32], mut at: u32) -> u32 {
    while united[at as usize] != at {
        united[at as usize] = united[united[at as usize] as usize];
        at = united[at as usize];
    }
    at
}

/// Numbers classes from 0, and says how many there are.
fn numbered(united: Vec<u32>) -> (Vec<u32>, usize) {
    let mut number = vec![u32::MAX; united.len()];
    let mut count = 0u32;
    let classes = united
        .into_iter()
        .map(|class| {
            let number = &mut number[class as usize];
            if *number == u32::MAX {
                *number = count;
                count += 1;
            }
            *number
        })
        .collect();
    (classes, count as usize)
}

impl Awaited {
    fn new(reach: Arc<Reach>, at: &BTreeMap<NodeId, u32>) -> Self {
        let count = reach.before.len();
        let mut tokens = vec![0; count];
        if at.len() < reach.classes.len() {
            for (node, here) in at {
                if let Some(class) = reach.class(*node) {
                    tokens[class] += here;
                }
            }
        } else {
            for (node, class) in &reach.classes {
                tokens[*class as usize] += at.get(node).copied().unwrap_or(0);
            }
        }
        let blocking = tokens.iter().copied().map(u64::from).sum();
        Self { reach, tokens, covered: vec![false; count], blocking }
    }

    /// An edge from this node holds a token from now on.
    fn cover(&mut self, from: NodeId) {
        let mut work: Vec<usize> = self.reach.class(from).into_iter().collect();
        while let Some(class) = work.pop() {
            if !std::mem::replace(&mut self.covered[class], true) {
                self.blocking -= u64::from(self.tokens[class]);
                work.extend(self.reach.before[class].iter().map(|class| *class as usize));
            }
        }
    }

    fn token_came(&mut self, node: NodeId, count: u32) {
        let Some(class) = self.reach.class(node) else { return };
        self.tokens[class] += count;
        if !self.covered[class] {
            self.blocking += u64::from(count);
        }
    }

    fn token_left(&mut self, node: NodeId, count: u32) {
        let Some(class) = self.reach.class(node) else { return };
        self.tokens[class] = self.tokens[class].saturating_sub(count);
        if !self.covered[class] {
            self.blocking = self.blocking.saturating_sub(u64::from(count));
        }
    }
}

impl Inclusive {
    /// What a new scope over this body keeps; nothing where no join needs it.
    pub(super) fn of(workflow: &Workflow, body: BodyId) -> Option<Box<Self>> {
        let joins = |node: NodeId| is_inclusive(workflow, node);
        workflow.nodes_of(body).any(joins).then(Box::default)
    }
}

/// Whether a token waits at the node for others. Where one edge leads there, none can come by another.
pub(super) fn is_inclusive(workflow: &Workflow, node: NodeId) -> bool {
    workflow.node(node).join == Join::Inclusive && workflow.incoming(node).len() > 1
}

impl Run {
    /// Tokens came to a node, or to a join where they wait.
    pub(super) fn tokens_came(&mut self, id: ScopeId, node: NodeId, count: u32) {
        let Self { scopes, joining, .. } = self;
        let Some(inclusive) = inclusive_of(scopes, id) else { return };
        *inclusive.at.entry(node).or_default() += count;
        for (join, awaited) in &mut inclusive.awaited {
            let before = awaited.blocking;
            awaited.token_came(node, count);
            if before == 0 && awaited.blocking > 0 {
                joining.unblocked.remove(&(id, *join));
            }
        }
    }

    /// Tokens left a node, or a join where they waited.
    pub(super) fn tokens_left(&mut self, id: ScopeId, node: NodeId, count: u32) {
        let Self { scopes, joining, .. } = self;
        let Some(inclusive) = inclusive_of(scopes, id) else { return };
        if let Some(here) = inclusive.at.get_mut(&node) {
            *here = here.saturating_sub(count);
            if *here == 0 {
                inclusive.at.remove(&node);
            }
        }
        for (join, awaited) in &mut inclusive.awaited {
            let before = awaited.blocking;
            awaited.token_left(node, count);
            if before > 0 && awaited.blocking == 0 {
                joining.unblocked.insert((id, *join));
            }
        }
    }

    /// An edge of an inclusive join holds a token that held none.
    pub(super) fn edge_held(&mut self, id: ScopeId, edge: EdgeId, join: NodeId) {
        let from = self.workflow.edge(edge).from;
        let Self { scopes, joining, .. } = &mut *self;
        let Some(inclusive) = inclusive_of(scopes, id) else { return };
        match inclusive.awaited.get_mut(&join) {
            Some(awaited) => {
                awaited.cover(from);
                if awaited.blocking == 0 {
                    joining.unblocked.insert((id, join));
                }
            }
            None => self.await_join(id, join),
        }
    }

    /// The join fired, or begins to wait: its count is made anew.
    pub(super) fn await_join(&mut self, id: ScopeId, join: NodeId) {
        self.joining.unblocked.remove(&(id, join));
        let held = self.held_by(id, join).0;
        let reach = if held.is_empty() { None } else { self.reach_of(join) };
        let Self { scopes, joining, workflow, .. } = self;
        let Some(inclusive) = inclusive_of(scopes, id) else { return };
        inclusive.awaited.remove(&join);
        if held.is_empty() {
            return;
        }
        let Some(reach) = reach else {
            joining.unblocked.insert((id, join));
            return;
        };
        let mut awaited = Awaited::new(reach, &inclusive.at);
        for edge in held {
            awaited.cover(workflow.edge(edge).from);
        }
        if awaited.blocking == 0 {
            joining.unblocked.insert((id, join));
        }
        inclusive.awaited.insert(join, awaited);
    }

    /// No join waits in the scope any more.
    pub(super) fn await_none(&mut self, id: ScopeId) {
        let Self { scopes, joining, .. } = self;
        let Some(inclusive) = inclusive_of(scopes, id) else { return };
        inclusive.awaited.clear();
        let (first, last) = ((id, NodeId(0)), (id, NodeId(u32::MAX)));
        let gone: Vec<_> = joining.unblocked.range(first..=last).copied().collect();
        for join in gone {
            joining.unblocked.remove(&join);
        }
    }

    /// The table of a join, made when it is first needed; `None` where there is no room for one more.
    fn reach_of(&mut self, join: NodeId) -> Option<Arc<Reach>> {
        if let Some(reach) = self.joining.reaches.get(&join) {
            return Some(reach.clone());
        }
        let reach = Arc::new(Reach::of(&self.workflow, join));
        let Joining { reaches, kept, .. } = &mut self.joining;
        if *kept + reach.classes.len() > REACHES_MAX {
            // Those of joins that wait are in use; the others can be made again.
            reaches.retain(|_, reach| Arc::strong_count(reach) > 1);
            *kept = reaches.values().map(|reach| reach.classes.len()).sum();
        }
        if *kept + reach.classes.len() > REACHES_MAX {
            return None;
        }
        *kept += reach.classes.len();
        reaches.insert(join, reach.clone());
        Some(reach)
    }

    /// An inclusive join that may fire now, in the order of scopes and nodes.
    pub(super) fn inclusive_ready(&self) -> Option<Instance> {
        let counted = |id: ScopeId, join: NodeId| {
            let inclusive = self.scope(id).and_then(|scope| scope.inclusive.as_deref());
            inclusive.is_some_and(|inclusive| inclusive.awaited.contains_key(&join))
        };
        let fires = |id, join| counted(id, join) || self.has_all_that_can_come(id, join);
        let (scope, node) = self.joining.unblocked.iter().copied().find(|(id, join)| fires(*id, *join))?;
        let first = Instance { scope, node, round: 0 };
        let round = self.node_state(first)?.rounds;
        Some(Instance { round, ..first })
    }

    /// The incoming edges of a join that hold a token, and those that do not.
    fn held_by(&self, id: ScopeId, join: NodeId) -> (Vec<EdgeId>, Vec<EdgeId>) {
        let waiting = self.scope(id).map(|scope| &scope.waiting);
        let holds = |edge: &&EdgeId| waiting.is_some_and(|waiting| waiting.contains_key(edge));
        self.workflow.incoming(join).iter().partition(holds)
    }

    /// The rule itself, by a search: for joins that are not counted, and for tests of those that are.
    pub(super) fn has_all_that_can_come(&self, id: ScopeId, join: NodeId) -> bool {
        let Some(scope) = self.scope(id) else { return false };
        let (held, empty) = self.held_by(id, join);
        let of = |edges: &[EdgeId]| -> BTreeSet<NodeId> {
            reaching(&self.workflow, edges, join).into_iter().collect()
        };
        let (to_empty, to_held) = (of(&empty), of(&held));
        let blocks = |node: NodeId| to_empty.contains(&node) && !to_held.contains(&node);
        let at_nodes = self.active_in(id).map(|(instance, _)| instance.node);
        let at_nodes = at_nodes.filter(|node| !self.stands_beside(*node));
        let at_joins =
            scope.waiting.keys().map(|edge| self.workflow.edge(*edge).to).filter(|node| *node != join);
        !held.is_empty() && !at_nodes.chain(at_joins).any(blocks)
    }
}

fn inclusive_of(scopes: &mut [Option<Box<crate::run::state::Scope>>], id: ScopeId) -> Option<&mut Inclusive> {
    scopes.get_mut(id.index())?.as_deref_mut()?.inclusive.as_deref_mut()
}

#[cfg(test)]
impl Run {
    /// What is counted is what the search finds; for tests.
    pub(super) fn assert_joins_counted(&self) {
        for (id, scope) in (0u32..).map(ScopeId).zip(&self.scopes) {
            let Some(scope) = scope else { continue };
            let Some(inclusive) = &scope.inclusive else { continue };
            let mut at = BTreeMap::new();
            let active = self.active_in(id).map(|(instance, _)| (instance.node, 1));
            let active = active.filter(|(node, _)| !self.stands_beside(*node));
            let waits = scope.waiting.iter().map(|(edge, count)| (self.workflow.edge(*edge).to, *count));
            for (node, count) in active.chain(waits) {
                *at.entry(node).or_insert(0u32) += count;
            }
            assert_eq!(inclusive.at, at, "tokens by node in scope {}", id.0);
            let joins: BTreeSet<NodeId> = scope
                .waiting
                .keys()
                .map(|edge| self.workflow.edge(*edge).to)
                .filter(|node| is_inclusive(&self.workflow, *node))
                .collect();
            let counted: BTreeSet<NodeId> = inclusive.awaited.keys().copied().collect();
            assert_eq!(counted, joins, "joins that wait in scope {}", id.0);
            for join in joins {
                let free = inclusive.awaited[&join].blocking == 0;
                assert_eq!(free, self.has_all_that_can_come(id, join), "join {} is free", join.0);
                assert_eq!(free, self.joining.unblocked.contains(&(id, join)), "join {} is listed", join.0);
            }
        }
        for (scope, join) in &self.joining.unblocked {
            let held = self.held_by(*scope, *join).0;
            assert!(!held.is_empty(), "join {} waits", join.0);
        }
    }
}
