//! Splits and joins that do not fit each other: a parallel join behind an exclusive split can wait for ever, an exclusive
//! merge behind a parallel split lets what follows happen several times (BPMN 2.0.2, clause 13.4).
//!
//! ```text
//!   join ─ its immediate dominator ─▶ split ─ which of its branches reach which flows of the join ─▶ do they fit?
//! ```
//!
//! A drawing in which branches cross may fit all the same, so every flow of the join is followed back to the split.
//! What is said is a warning: conditions that never hold together are not known here.
//!
//! **Absent on purpose:** proofs. A drawing that is not warned of can still be stuck; the run says so then.

use super::called;
use super::dominate::dominators;
use super::graph::Graph;
use super::splits::condition;
use crate::bpmn::codes;
use crate::bpmn::model::{Diagram, ElementId, Kind};
use crate::diagnose::{Diagnostic, Diagnostics};

/// Steps for each node and way that following flows back may take in all.
const STEPS_PER_NODE_MAX: usize = 64;
/// Flows of one join that are followed back.
const FLOWS_MAX: usize = 64;

/// What a split does with a token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Split {
    /// One branch gets it.
    One,
    /// Some branches get one each.
    Some,
    /// Every branch gets one.
    All,
}

/// Warns of joins that do not fit the split before them.
pub(super) fn check(
    diagram: &Diagram,
    graph: &Graph,
    nodes: &[ElementId],
    starts: &[ElementId],
    problems: &mut Diagnostics,
) {
    let joins = |node: &&ElementId| graph.incoming(**node).len() > 1 && cares(diagram, graph, **node);
    if !nodes.iter().any(|node| joins(&node)) {
        return;
    }
    let net = Net::new(diagram, graph, nodes, starts);
    let Some(dominators) = dominators(&net.following, &net.before) else { return };
    let ways: usize = net.following.iter().map(Vec::len).sum();
    let mut left = (nodes.len() + ways).saturating_mul(STEPS_PER_NODE_MAX);
    let mut seen = vec![(0, 0); net.following.len()];
    for join in nodes.iter().filter(joins) {
        let at = net.number(*join);
        let split = dominators[at as usize];
        let Some(node) = (split as usize).checked_sub(1).and_then(|at| nodes.get(at)).copied() else {
            continue;
        };
        let Some(kind) = kind_of(diagram, graph, node) else { continue };
        let waits = diagram[*join].kind == Kind::ParallelGateway;
        if kind == if waits { Split::All } else { Split::One } {
            continue;
        }
        let Some(branches) = net.branches(at, split, &mut seen, &mut left) else { return };
        if waits && branches.iter().any(|one| *one != branches[0]) {
            problems.push(deadlock(diagram, node, *join));
        }
        let different =
            || branches.iter().enumerate().any(|(at, one)| meets_another(one, &branches[at + 1..]));
        if !waits && different() {
            problems.push(multiplies(diagram, node, *join));
        }
    }
}

/// Whether two flows of a join bring tokens of different branches.
fn meets_another(one: &[u32], others: &[Vec<u32>]) -> bool {
    others.iter().any(|other| other.iter().any(|branch| one.iter().any(|own| own != branch)))
}

/// Nodes at which it matters how many tokens come: not where they end.
fn cares(diagram: &Diagram, graph: &Graph, node: ElementId) -> bool {
    match diagram[node].kind {
        Kind::EndEvent | Kind::InclusiveGateway | Kind::ComplexGateway => false,
        Kind::ParallelGateway => true,
        _ => graph.outgoing(node).len() > 0,
    }
}

fn kind_of(diagram: &Diagram, graph: &Graph, node: ElementId) -> Option<Split> {
    let beside = graph.beside(node).count();
    let lets_run = graph.beside(node).any(|event| diagram[event].flags.lets_run());
    let ways = graph.outgoing(node).len();
    match diagram[node].kind {
        Kind::ExclusiveGateway | Kind::EventBasedGateway => Some(Split::One),
        Kind::InclusiveGateway => Some(Split::Some),
        Kind::ParallelGateway => Some(Split::All),
        _ if lets_run => None,
        _ if beside > 0 => (ways <= 1).then_some(Split::One),
        _ if graph.outgoing(node).any(|arc| condition(diagram, arc).is_some()) => Some(Split::Some),
        _ => Some(Split::All),
    }
}

fn deadlock(diagram: &Diagram, split: ElementId, join: ElementId) -> Diagnostic {
    let message = format!(
        "{} waits for a token on each of its flows, and {} need not send one to each",
        called(diagram, join),
        called(diagram, split)
    );
    Diagnostic::warning(codes::DEADLOCK, diagram.tag(join), message)
        .label("the run can be stuck here")
        .other(diagram.tag(split), "the ways part here")
        .hint("join with the same kind of gateway that splits")
}

fn multiplies(diagram: &Diagram, split: ElementId, join: ElementId) -> Diagnostic {
    let message = format!(
        "branches of {} meet at {}, which does not wait for all: what follows happens once for each",
        called(diagram, split),
        called(diagram, join)
    );
    Diagnostic::warning(codes::MULTIPLIES, diagram.tag(join), message)
        .other(diagram.tag(split), "the ways part here")
        .hint("join them with a parallel gateway")
}

/// The nodes of a scope as numbers from 1, in their order; 0 leads to where it begins.
struct Net {
    first: usize,
    numbers: Vec<u32>,
    following: Vec<Vec<u32>>,
    before: Vec<Vec<u32>>,
}

impl Net {
    fn new(diagram: &Diagram, graph: &Graph, nodes: &[ElementId], starts: &[ElementId]) -> Self {
        let first = nodes.iter().map(|node| node.index()).min().unwrap_or(0);
        let last = nodes.iter().map(|node| node.index()).max().unwrap_or(first);
        let mut numbers = vec![0; last - first + 1];
        for (number, node) in (1u32..).zip(nodes) {
            numbers[node.index() - first] = number;
        }
        let empty = vec![Vec::new(); nodes.len() + 1];
        let mut net = Self { first, numbers, following: empty.clone(), before: empty };
        for start in starts {
            net.way(0, net.number(*start));
        }
        for node in nodes {
            let from = net.number(*node);
            for arc in graph.outgoing(*node) {
                net.way(from, net.number(arc.to));
            }
            for event in graph.beside(*node) {
                net.way(from, net.number(event));
            }
            let element = &diagram[*node];
            if element.kind == Kind::SubProcess && element.flags.by_event() {
                net.way(0, from);
            }
        }
        net
    }

    /// 0 for what is no node of the scope.
    fn number(&self, node: ElementId) -> u32 {
        node.index().checked_sub(self.first).and_then(|at| self.numbers.get(at)).copied().unwrap_or(0)
    }

    fn way(&mut self, from: u32, to: u32) {
        if to != 0 {
            self.following[from as usize].push(to);
            self.before[to as usize].push(from);
        }
    }

    /// For each flow of a join, the branches of the split that lead to it: nodes behind the split, and for a flow that
    /// leaves the split itself a number beyond all nodes. `None` where that takes too many steps.
    fn branches(
        &self,
        join: u32,
        split: u32,
        seen: &mut [(u32, u32)],
        left: &mut usize,
    ) -> Option<Vec<Vec<u32>>> {
        let beyond = u32::try_from(self.following.len()).unwrap_or(u32::MAX);
        let mut all = Vec::new();
        for (flow, from) in (0u32..).zip(&self.before[join as usize]).take(FLOWS_MAX) {
            let mut branches = Vec::new();
            let mut work = vec![*from];
            if *from == split {
                branches.push(beyond.saturating_add(flow));
                work.clear();
            }
            while let Some(node) = work.pop() {
                *left = left.checked_sub(1)?;
                // Each flow of each join has a mark of its own.
                let mark = (join, flow + 1);
                if node == join || node == 0 || seen[node as usize] == mark {
                    continue;
                }
                seen[node as usize] = mark;
                for before in &self.before[node as usize] {
                    if *before == split {
                        branches.push(node);
                    } else {
                        work.push(*before);
                    }
                }
            }
            branches.sort_unstable();
            branches.dedup();
            all.push(branches);
        }
        Some(all)
    }
}
