//! Step completions per second (`decide`, `evolve` and everything that follows, no serialization), and memory
//! per node, over four shapes from a thousand to a million nodes.
//!
//! One item is one step: its start and its end. `max alloc` of the `memory` rows is the run with its workflow.

use std::collections::BTreeMap;
use std::sync::Arc;

use dod_kernel::ask::{Expression, NoOne};
use dod_kernel::id::{Digest, NodeId, RunId, Timestamp};
use dod_kernel::policy::{Definitions, Governance};
use dod_kernel::run::*;
use dod_kernel::workflow::*;

#[global_allocator]
static ALLOC: divan::AllocProfiler = divan::AllocProfiler::system();

const SIZES: [u32; 4] = [1_000, 10_000, 100_000, 1_000_000];

fn main() {
    divan::main();
}

fn task() -> Arc<Task> {
    Arc::new(Task {
        action: Action {
            cwd: "".into(),
            env: BTreeMap::new(),
            evidence: Vec::new(),
            exit: ExitCodes::default(),
            inputs: Vec::new(),
            install: None,
            outputs: Vec::new(),
            programs: Vec::new(),
            run: Program::Argv(vec!["true".into()]),
            secrets: BTreeMap::new(),
            version: Vec::new(),
        },
        gate: None,
        idempotent: true,
        pool: None,
        probe: None,
        retry: None,
        tags: Vec::new(),
        timeout_ms: Some(60_000),
    })
}

fn node(at: u32, kind: Kind, join: Join, fork: Fork) -> Node {
    Node {
        allow_failure: false,
        condition: None,
        element: None,
        fork,
        join,
        kind,
        name: format!("step-{at}").into(),
        priority: 0,
    }
}

fn settled(nodes: u32, edges: impl Iterator<Item = (u32, u32)>) -> Workflow {
    let task = task();
    let nodes: Vec<Node> =
        (0..nodes).map(|at| node(at, Kind::Task(task.clone()), Join::Settled, Fork::All)).collect();
    let edges = edges.map(|(from, to)| Edge { from: NodeId(from), to: NodeId(to), when: When::Ok }).collect();
    workflow(nodes, edges, Discipline::Settled)
}

fn workflow(nodes: Vec<Node>, edges: Vec<Edge>, discipline: Discipline) -> Workflow {
    let bodies =
        vec![Body { discipline, nodes: nodes.len() as u32, nodes_first: NodeId(0), ..Body::default() }];
    Workflow::new(Parts {
        bodies,
        edges,
        limits: Limits::default(),
        name: "bench".into(),
        nodes,
        pools: Vec::new(),
    })
    .expect("the shapes are sound")
}

fn chain(nodes: u32) -> Workflow {
    settled(nodes, (1..nodes).map(|at| (at - 1, at)))
}

/// Layers of a hundred, each step needing three of the layer before.
fn layered(nodes: u32) -> Workflow {
    settled(
        nodes,
        (100..nodes).flat_map(|at| {
            let before = at / 100 * 100 - 100;
            [0, 33, 66].map(|shift| (before + (at + shift) % 100, at))
        }),
    )
}

fn fan(nodes: u32) -> Workflow {
    settled(nodes, (1..nodes - 1).flat_map(|at| [(0, at), (at, nodes - 1)]))
}

/// One task and an exclusive gateway that goes back to it; the gateway's condition is never asked, since the
/// way back has none, and the run is left after so many rounds.
fn round() -> Workflow {
    let nodes = vec![
        node(0, Kind::Pass, Join::Each, Fork::All),
        node(1, Kind::Task(task()), Join::Each, Fork::All),
        node(2, Kind::Pass, Join::Each, Fork::Exclusive),
        node(3, Kind::Pass, Join::Each, Fork::All),
    ];
    let edge = |from, to| Edge { from: NodeId(from), to: NodeId(to), when: When::Any };
    let out = Arc::new(Expression { digest: Digest([0; 32]), text: "done".into() });
    let mut edges = vec![edge(0, 1), edge(1, 2), edge(2, 1)];
    edges.push(Edge { when: When::If(out), ..edge(2, 3) });
    workflow(nodes, edges, Discipline::Tokens)
}

fn any(from: u32, to: u32) -> Edge {
    Edge { from: NodeId(from), to: NodeId(to), when: When::Any }
}

/// Tokens: one task behind the other.
fn token_chain(nodes: u32) -> Workflow {
    let task = Kind::Task(task());
    let nodes: Vec<Node> = (0..nodes).map(|at| node(at, task.clone(), Join::Each, Fork::All)).collect();
    let edges = (1..nodes.len() as u32).map(|at| any(at - 1, at)).collect();
    workflow(nodes, edges, Discipline::Tokens)
}

/// Tokens: a fork, so many tasks, and a join of this kind.
fn token_fan(tasks: u32, join: Join) -> Workflow {
    let task = Kind::Task(task());
    let mut nodes = vec![node(0, Kind::Pass, Join::Each, Fork::All)];
    nodes.extend((1..=tasks).map(|at| node(at, task.clone(), Join::Each, Fork::All)));
    nodes.push(node(tasks + 1, Kind::Pass, join, Fork::All));
    let edges = (1..=tasks).flat_map(|at| [any(0, at), any(at, tasks + 1)]).collect();
    workflow(nodes, edges, Discipline::Tokens)
}

/// Tokens: blocks of two tasks between inclusive gateways, one behind the other.
fn inclusive_blocks(tasks: u32) -> Workflow {
    let task = Kind::Task(task());
    let (mut nodes, mut edges) = (vec![node(0, Kind::Pass, Join::Each, Fork::All)], Vec::new());
    for block in 0..tasks / 2 {
        let split = block * 3;
        nodes.extend((1..3).map(|at| node(split + at, task.clone(), Join::Each, Fork::All)));
        nodes.push(node(split + 3, Kind::Pass, Join::Inclusive, Fork::All));
        edges.extend((1..3).flat_map(|at| [any(split, split + at), any(split + at, split + 3)]));
    }
    workflow(nodes, edges, Discipline::Tokens)
}

/// Tokens: two tasks between inclusive gateways, again and again.
fn inclusive_round() -> Workflow {
    let out = Arc::new(Expression { digest: Digest([0; 32]), text: "done".into() });
    let task = Kind::Task(task());
    let nodes = vec![
        node(0, Kind::Pass, Join::Each, Fork::All),
        node(1, Kind::Pass, Join::Each, Fork::All),
        node(2, task.clone(), Join::Each, Fork::All),
        node(3, task, Join::Each, Fork::All),
        node(4, Kind::Pass, Join::Inclusive, Fork::Exclusive),
        node(5, Kind::Pass, Join::Each, Fork::All),
    ];
    let mut edges = vec![any(0, 1), any(1, 2), any(1, 3), any(2, 4), any(3, 4), any(4, 1)];
    edges.push(Edge { when: When::If(out), ..any(4, 5) });
    workflow(nodes, edges, Discipline::Tokens)
}

/// Tokens: so many catches that wait for one message.
fn catches(count: u32) -> Workflow {
    let trigger = Trigger::Message { key: None, name: "go".into() };
    let catch = Kind::Catch(Arc::new(Catch { host: None, interrupts: false, trigger }));
    let mut nodes = vec![node(0, Kind::Pass, Join::Each, Fork::All)];
    nodes.extend((1..=count).map(|at| node(at, catch.clone(), Join::Each, Fork::All)));
    nodes.push(node(count + 1, Kind::Pass, Join::All, Fork::All));
    let edges = (1..=count).flat_map(|at| [any(0, at), any(at, count + 1)]).collect();
    workflow(nodes, edges, Discipline::Tokens)
}

/// Completes so many steps with eight at a time.
fn complete(workflow: &Arc<Workflow>, steps: u32) -> Run {
    let governance = Governance {
        authors: Vec::new(),
        judging: 2,
        policies: Vec::new(),
        roles: BTreeMap::new(),
        waivers: Vec::new(),
    };
    let mut run = Run::new(workflow.clone(), Arc::new(governance));
    let ask = NoOne::default();
    let say = |run: &mut Run, command| {
        batch(run, Timestamp(0), command, &ask, &mut |event| {
            divan::black_box(event);
        })
        .expect("the bench asks for what is owed");
    };
    say(&mut run, Command::Start(Box::new(started())));
    let mut done = 0;
    let mut running = std::collections::VecDeque::new();
    while done < steps {
        for effect in run.outstanding() {
            if let Effect::Start { attempt, step } = effect {
                say(&mut run, Command::ReportStart { attempt, step });
                running.push_back((attempt, step));
            }
        }
        let (attempt, step) = running.pop_front().expect("the shapes do not get stuck");
        say(&mut run, Command::ReportEnd(Box::new(ended(attempt, step))));
        done += 1;
    }
    run
}

fn ended(attempt: u32, step: dod_kernel::id::Instance) -> EndReport {
    EndReport {
        attempt,
        end: End::Exited { code: 0, says: ExitSays::Clean },
        evidence: Reading::None,
        outputs: BTreeMap::new(),
        reused_from: None,
        stderr: Printed::default(),
        stdout: Printed::default(),
        step,
        tool: None,
        usage: Usage::default(),
    }
}

fn started() -> RunStarted {
    RunStarted {
        capacity: 8,
        changed: None,
        comparison: None,
        definitions: Definitions::Unprotected,
        facts: BTreeMap::new(),
        fail_fast: false,
        format: dod_kernel::record::FORMAT,
        governance: Digest([0; 32]),
        id: RunId("bench".into()),
        left_out: Vec::new(),
        origin: None,
        program: "bench".into(),
        recorded: Vec::new(),
        rules: dod_kernel::record::RULES,
        settings: Vec::new(),
        sources: Vec::new(),
        timeout_ms: None,
        tree: None,
        variables: BTreeMap::new(),
        workflow: Digest([0; 32]),
    }
}

fn bench(bencher: divan::Bencher<'_, '_>, workflow: Workflow, steps: u32) {
    let workflow = Arc::new(workflow);
    bencher.counter(divan::counter::ItemsCount::new(steps)).bench_local(|| complete(&workflow, steps));
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn chains(bencher: divan::Bencher<'_, '_>, nodes: u32) {
    bench(bencher, chain(nodes), nodes);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn fans(bencher: divan::Bencher<'_, '_>, nodes: u32) {
    bench(bencher, fan(nodes), nodes);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn layers(bencher: divan::Bencher<'_, '_>, nodes: u32) {
    bench(bencher, layered(nodes), nodes);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn loops(bencher: divan::Bencher<'_, '_>, rounds: u32) {
    bench(bencher, round(), rounds);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn token_chains(bencher: divan::Bencher<'_, '_>, nodes: u32) {
    bench(bencher, token_chain(nodes), nodes);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn token_fans(bencher: divan::Bencher<'_, '_>, tasks: u32) {
    bench(bencher, token_fan(tasks, Join::All), tasks);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn inclusive_fans(bencher: divan::Bencher<'_, '_>, tasks: u32) {
    bench(bencher, token_fan(tasks, Join::Inclusive), tasks);
}

/// The table of each join names all nodes before it, so that this grows with the square: see `run/inclusive.rs`.
#[divan::bench(args = [1_000, 10_000], sample_count = 3)]
fn inclusive_chains(bencher: divan::Bencher<'_, '_>, tasks: u32) {
    bench(bencher, inclusive_blocks(tasks), tasks);
}

#[divan::bench(args = SIZES, sample_count = 3)]
fn inclusive_loops(bencher: divan::Bencher<'_, '_>, tasks: u32) {
    bench(bencher, inclusive_round(), tasks);
}

/// One message reaches them all.
#[divan::bench(args = [1_000, 10_000, 100_000], sample_count = 3)]
fn messages(bencher: divan::Bencher<'_, '_>, count: u32) {
    let workflow = Arc::new(catches(count));
    bencher.counter(divan::counter::ItemsCount::new(count)).bench_local(|| {
        let mut run = complete(&workflow, 0);
        let send = Command::Send { by: None, key: None, name: "go".into(), set: BTreeMap::new() };
        batch(&mut run, Timestamp(1), send, &NoOne::default(), &mut |event| {
            divan::black_box(event);
        })
        .expect("they wait");
        run
    });
}

/// Memory: a workflow and its run at the end, all nodes settled.
#[divan::bench(args = SIZES, sample_count = 1)]
fn memory_layers(bencher: divan::Bencher<'_, '_>, nodes: u32) {
    bencher.counter(divan::counter::ItemsCount::new(nodes)).bench_local(|| {
        let workflow = Arc::new(layered(nodes));
        complete(&workflow, nodes)
    });
}

/// Memory: a fan-out, where almost every node is ready at once.
#[divan::bench(args = SIZES, sample_count = 1)]
fn memory_fans(bencher: divan::Bencher<'_, '_>, nodes: u32) {
    bencher.counter(divan::counter::ItemsCount::new(nodes)).bench_local(|| {
        let workflow = Arc::new(fan(nodes));
        complete(&workflow, nodes)
    });
}
