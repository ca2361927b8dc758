//! Tokens: how they move along edges, wait at joins and die (BPMN 2.0.2, chapter 13).
//!
//! **Absent on purpose:** settled bodies, which have no tokens.

use std::collections::BTreeSet;

use crate::id::{EdgeId, Instance, NodeId, ScopeId};
use crate::run::agenda::Todo;
use crate::run::inclusive::is_inclusive;
use crate::run::state::{Phase, Run};
use crate::workflow::{Fork, Join};

/// Joins that one event names.
const STUCK_MAX: usize = 1_000;

impl Run {
    pub(super) fn tokens_added(&mut self, scope: ScopeId, count: u32) {
        let bound = self.workflow.limits().tokens_max;
        let Some(scope) = self.scope_mut(scope) else { return };
        let before = scope.open;
        scope.open = scope.open.saturating_add(count);
        if before <= bound && scope.open > bound {
            self.agenda.push_back(Todo::Limit("tokens_max"));
        }
    }

    pub(super) fn tokens_removed(&mut self, scope_id: ScopeId, count: u32) {
        let Some(scope) = self.scope_mut(scope_id) else { return };
        scope.open = scope.open.saturating_sub(count);
        let done = scope.open == 0;
        if !done {
            self.resume_interrupted(scope_id);
        } else if !self.withdraw_armed(scope_id) && self.active_in(scope_id).next().is_none() {
            // What stood beside its last step is gone as well.
            self.scope_done(scope_id);
        }
    }

    /// Activates a node for one token.
    pub(super) fn enter_token(&mut self, scope: ScopeId, node: NodeId) -> Option<Instance> {
        let instance = self.next_round(scope, node)?;
        self.activate(instance, Phase::Entered);
        self.agenda.push_back(Todo::Enter(instance));
        self.arm_beside(instance);
        Some(instance)
    }

    /// Counts an activation of a node, and says which one it is.
    pub(super) fn next_round(&mut self, scope: ScopeId, node: NodeId) -> Option<Instance> {
        let first = Instance { scope, node, round: 0 };
        let state = self.node_state_mut(first)?;
        let instance = Instance { round: state.rounds, ..first };
        state.rounds += 1;
        self.count_activation();
        Some(instance)
    }

    /// A node's token goes along these edges; none of them means that it dies.
    pub(super) fn flow(&mut self, from: Instance, edges: &[EdgeId]) {
        if self.stop_for(from).is_some() {
            // At a join it would wait for ever: those that wait there have died.
            return self.tokens_removed(from.scope, 1);
        }
        self.tokens_added(from.scope, edges.len() as u32);
        let racing = self.node(from).fork == Fork::Event;
        let mut entered = Vec::new();
        for edge in edges {
            let instance = self.arrive(from.scope, *edge);
            entered.extend(instance.filter(|_| racing));
        }
        if racing {
            self.race(from, entered);
        }
        self.tokens_removed(from.scope, 1);
    }

    fn arrive(&mut self, scope_id: ScopeId, edge: EdgeId) -> Option<Instance> {
        let workflow = self.workflow.clone();
        let to = workflow.edge(edge).to;
        match workflow.node(to).join {
            Join::All => {
                if self.hold_token(scope_id, edge, to) as usize == workflow.incoming(to).len() {
                    self.take_waiting(scope_id, to);
                    return self.enter_token(scope_id, to);
                }
            }
            Join::Inclusive if is_inclusive(&workflow, to) => {
                self.hold_token(scope_id, edge, to);
            }
            _ => return self.enter_token(scope_id, to),
        }
        None
    }

    /// A token goes on from a step that has settled; or dies, where nothing leads on.
    pub(super) fn go_on(&mut self, step: Instance) {
        if self.stop_for(step).is_some() || self.workflow.outgoing(step.node).is_empty() {
            self.tokens_removed(step.scope, 1);
        } else {
            self.agenda.push_back(Todo::Fork { instance: step, next: 0, taken: Vec::new(), wrong: None });
        }
    }

    /// Keeps a token at a join. Returns how many of the join's edges hold one, without looking at them all.
    fn hold_token(&mut self, scope: ScopeId, edge: EdgeId, join: NodeId) -> u32 {
        let Some(waiting) = self.scope_mut(scope).map(|scope| scope.waiting.entry(edge).or_default()) else {
            return 0;
        };
        *waiting += 1;
        let first = *waiting == 1;
        self.tokens_waiting += 1;
        let Some(state) = self.node_state_mut(Instance { scope, node: join, round: 0 }) else { return 0 };
        state.satisfied += u32::from(first);
        let satisfied = state.satisfied;
        self.tokens_came(scope, join, 1);
        if first && self.workflow.node(join).join == Join::Inclusive {
            self.edge_held(scope, edge, join);
        }
        satisfied
    }

    /// Takes one token from each of the join's edges that holds one, and leaves one token alive for the join.
    fn take_waiting(&mut self, id: ScopeId, join: NodeId) {
        let workflow = self.workflow.clone();
        let Some(scope) = self.scope_mut(id) else { return };
        let (mut taken, mut emptied) = (0, 0);
        for edge in workflow.incoming(join) {
            if let Some(count) = scope.waiting.get_mut(edge) {
                *count -= 1;
                taken += 1;
                if *count == 0 {
                    scope.waiting.remove(edge);
                    emptied += 1;
                }
            }
        }
        scope.open -= taken - 1;
        self.tokens_waiting -= taken;
        if let Some(state) = self.node_state_mut(Instance { scope: id, node: join, round: 0 }) {
            state.satisfied -= emptied;
        }
        self.tokens_left(id, join, taken);
    }

    /// The run stops: tokens that wait at joins die.
    pub(super) fn drop_waiting(&mut self) {
        for at in 0..self.scopes.len() {
            self.drop_waiting_in(ScopeId(at as u32));
        }
    }

    /// Tokens that wait at the joins of a scope die.
    pub(super) fn drop_waiting_in(&mut self, id: ScopeId) {
        let Some(scope) = self.scope_mut(id) else { return };
        let waiting = std::mem::take(&mut scope.waiting);
        let workflow = self.workflow.clone();
        self.await_none(id);
        for (edge, count) in &waiting {
            let join = Instance { scope: id, node: workflow.edge(*edge).to, round: 0 };
            if let Some(state) = self.node_state_mut(join) {
                state.satisfied -= 1;
            }
            self.tokens_left(id, join.node, *count);
        }
        let count: u32 = waiting.into_values().sum();
        self.tokens_waiting -= count;
        if count > 0 {
            self.tokens_removed(id, count);
        }
    }

    /// At rest nothing moves in a scope that has tokens and no active node: they die, and nobody can say what
    /// it would have come to.
    pub(super) fn drop_stuck(&mut self) {
        for id in self.stuck_scopes() {
            if let Some(scope) = self.scope_mut(id) {
                scope.undecided += 1;
            }
            self.drop_waiting_in(id);
        }
    }

    /// Scopes where tokens wait while nothing in them is active.
    fn stuck_scopes(&self) -> Vec<ScopeId> {
        let scopes = (0u32..).zip(&self.scopes).map(|(at, scope)| (ScopeId(at), scope));
        let waits = |scope: &Option<Box<crate::run::state::Scope>>| {
            scope.as_ref().is_some_and(|scope| !scope.waiting.is_empty())
        };
        scopes
            .filter(|(id, scope)| waits(scope) && self.active_in(*id).next().is_none())
            .map(|(id, _)| id)
            .collect()
    }

    /// Active instances of a scope.
    pub(super) fn active_in(&self, id: ScopeId) -> impl Iterator<Item = (Instance, &Phase)> {
        let from = Instance { scope: id, node: NodeId(0), round: 0 };
        let until = Instance { scope: id, node: NodeId(u32::MAX), round: u32::MAX };
        self.active.range(from..=until).map(|(instance, active)| (*instance, &active.phase))
    }

    pub(super) fn fire_inclusive(&mut self, join: Instance) {
        self.take_waiting(join.scope, join.node);
        self.await_join(join.scope, join.node);
        self.enter_token(join.scope, join.node);
    }

    /// Joins where tokens wait while nothing else can move; the first of them, so that an event is bounded.
    pub(super) fn stuck_joins(&self) -> Vec<Instance> {
        let mut joins = Vec::new();
        for id in self.stuck_scopes() {
            let Some(scope) = self.scope(id) else { continue };
            let nodes: BTreeSet<NodeId> =
                scope.waiting.keys().map(|edge| self.workflow.edge(*edge).to).collect();
            joins.extend(nodes.into_iter().map(|node| {
                let first = Instance { scope: id, node, round: 0 };
                let round = self.node_state(first).map_or(0, |state| state.rounds);
                Instance { round, ..first }
            }));
        }
        joins.truncate(STUCK_MAX);
        joins
    }
}
