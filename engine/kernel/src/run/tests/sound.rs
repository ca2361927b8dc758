//! What must hold of a run whenever a batch is complete: every count matches what it counts, and every timer
//! and every queue entry belongs to something that is alive.

use std::collections::BTreeSet;

use crate::id::{EdgeId, Instance, ScopeId};
use crate::run::state::{Active, Phase, Run, Scope, is_service};
use crate::run::{Effect, Timer};
use crate::workflow::{Discipline, Join};

#[track_caller]
pub(super) fn assert_sound(run: &Run) {
    if run.started.is_none() {
        return;
    }
    assert!(run.agenda.is_empty(), "the batch is complete");
    room(run);
    queues(run);
    timers(run);
    for (at, scope) in (0u32..).zip(&run.scopes) {
        if let Some(scope) = scope {
            check_scope(run, ScopeId(at), scope);
        }
    }
    let open = run.scopes.iter().flatten().count();
    assert_eq!(run.scopes_open as usize, open, "open scopes");
    let moving = select(run, |_, active| active.phase.moves()).len();
    assert_eq!(run.moving as usize, moving, "steps that move");
    run.assert_joins_counted();
    let waiting: u32 = run.scopes.iter().flatten().flat_map(|scope| scope.waiting.values()).sum();
    assert_eq!(run.tokens_waiting, waiting, "tokens that wait");
    for (step, active) in &run.active {
        if let Phase::Calling(scope) = active.phase {
            assert_eq!(run.scope(scope).map(|scope| scope.parent), Some(Some(*step)), "{step} calls");
        }
    }
    run.assert_rounds_sound();
    if run.finished.is_some() {
        assert!(
            run.active.is_empty() && run.timers.is_empty() && open == 1,
            "nothing is left behind the end"
        );
    } else {
        let idle = run.active.is_empty() && !run.outstanding().contains(&Effect::DigestTree);
        assert!(!idle, "a run without a verdict has something to do");
    }
}

fn select(run: &Run, which: impl Fn(Instance, &Active) -> bool) -> BTreeSet<Instance> {
    run.active.iter().filter(|(step, active)| which(**step, active)).map(|(step, _)| *step).collect()
}

fn room(run: &Run) {
    let runs =
        |step, active: &Active| matches!(active.phase, Phase::Running { .. }) && !is_service(run.node(step));
    let running = select(run, runs);
    assert_eq!(run.running as usize, running.len(), "running");
    for (pool, used) in run.pools_used.iter().enumerate() {
        let in_pool = running.iter().filter(|step| run.queue_of(**step) == pool + 1).count();
        assert_eq!(*used as usize, in_pool, "places taken in pool {pool}");
    }
    let processes = |active: &Active| matches!(active.phase, Phase::Running { .. } | Phase::Serving);
    let stopping = select(run, |_, active| processes(active) && active.stopping.is_some());
    assert_eq!(run.stops, stopping, "attempts to stop");
}

fn queues(run: &Run) {
    let waits = select(run, |step, active| {
        matches!(active.phase, Phase::Waiting { .. } | Phase::Held) && !run.stands_beside(step.node)
    });
    let beside = select(run, |step, _| run.stands_beside(step.node));
    run.catching.assert_sound(&beside, run);
    assert_eq!(run.waits, waits, "what waits");
    let ready = |step, active: &Active, service| {
        matches!(active.phase, Phase::Ready(_)) && is_service(run.node(step)) == service
    };
    assert_eq!(run.ready_services, select(run, |step, active| ready(step, active, true)), "ready services");
    let queued: BTreeSet<Instance> = run.ready.iter().flat_map(|queue| queue.values().copied()).collect();
    assert_eq!(queued, select(run, |step, active| ready(step, active, false)), "ready steps");
    for (at, queue) in run.ready.iter().enumerate() {
        for (key, step) in queue {
            assert_eq!(run.queue_of(*step), at, "{step} waits in its own queue");
            assert!(matches!(run.active[step].phase, Phase::Ready(own) if own == *key), "{step} by its key");
        }
    }
    for step in &run.services_down {
        let comes = matches!(run.active[step].phase, Phase::Ready(_) | Phase::Running { .. });
        assert!(run.has_been_ready(*step) && comes, "{step} comes up again");
    }
}

fn timers(run: &Run) {
    let mut expected = BTreeSet::new();
    for (step, active) in &run.active {
        match active.phase {
            Phase::Running { due: Some(due) } => expected.insert((due, Timer::Attempt(*step))),
            Phase::Backoff { due } => expected.insert((due, Timer::Retry(*step))),
            Phase::Waiting { due: Some(due) } => expected.insert((due, Timer::Wait(*step))),
            _ => false,
        };
    }
    // The timer of an attempt that is being stopped because of it has fired.
    let fired = |(_, timer): &&(_, Timer)| match timer {
        Timer::Attempt(step) => run.active[step].stopping.is_none(),
        _ => true,
    };
    let set: BTreeSet<_> = run.timers.iter().filter(|(_, timer)| *timer != Timer::Run).cloned().collect();
    assert!(set.is_subset(&expected), "a timer belongs to nobody: {:?}", set.difference(&expected));
    assert!(expected.iter().filter(fired).all(|timer| set.contains(timer)), "a timer is missing");
}

fn check_scope(run: &Run, id: ScopeId, scope: &Scope) {
    // What stands beside something has no token; a catch that ends its scope has one and is not active any more.
    let active = run.active_in(id).filter(|(step, _)| !run.stands_beside(step.node)).count() as u32
        + u32::from(scope.interrupted_by.is_some());
    let nodes = (0u32..).zip(&scope.nodes).map(|(at, state)| {
        (Instance { scope: id, node: crate::id::NodeId(scope.first.0 + at), round: 0 }, state)
    });
    if run.workflow.body(scope.body).discipline == Discipline::Tokens {
        let waiting: u32 = scope.waiting.values().sum();
        assert_eq!(scope.open, waiting + active, "tokens of scope {}", id.0);
        for (step, state) in nodes {
            let held = |edge: &&EdgeId| scope.waiting.contains_key(edge);
            let held = run.workflow.incoming(step.node).iter().filter(held).count();
            if matches!(run.workflow.node(step.node).join, Join::All | Join::Inclusive) {
                assert_eq!(state.satisfied as usize, held, "edges of {step} that hold a token");
            }
        }
        return;
    }
    let settled = |node| run.node_state(Instance { scope: id, node, round: 0 }).unwrap().outcome.is_some();
    let open = scope.nodes.iter().filter(|state| state.outcome.is_none()).count();
    assert_eq!(scope.open as usize, open, "open steps of scope {}", id.0);
    for (step, state) in nodes {
        let incoming = run.workflow.incoming(step.node).iter().map(|edge| run.workflow.edge(*edge).from);
        assert_eq!(state.unmet as usize, incoming.filter(|from| !settled(*from)).count(), "unmet of {step}");
        if is_service(run.workflow.node(step.node)) {
            let users = run.workflow.outgoing(step.node).iter().map(|edge| run.workflow.edge(*edge).to);
            assert_eq!(state.users as usize, users.filter(|to| !settled(*to)).count(), "users of {step}");
        }
        let settled_and_active = state.outcome.is_some() && run.active.contains_key(&step);
        assert!(!settled_and_active || run.has_been_ready(step), "{step} has settled and is active");
        let lost = state.outcome.is_none() && state.unmet == 0 && !run.active.contains_key(&step);
        assert!(!lost, "{step} has all that it needs and nothing happens to it");
    }
}

/// What a host would ask next of a run that a forged log led to.
pub(super) fn assert_no_panic(run: &Run) {
    let _ = (run.outstanding(), run.next_timer(), run.next_wake(), run.verdict());
    let _ = run.waiting().count() + run.in_flight().count();
}
