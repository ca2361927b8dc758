//! Rounds of a script, one after the other, from a thousand to a million: time per round, and the memory that the run
//! takes while it has them. Both must not grow with the rounds.

use std::collections::BTreeMap;
use std::sync::Arc;

use dod_kernel::ask::{Answer, Ask, Expression, Facts, Lookup, Wrong};
use dod_kernel::evidence::Evidence;
use dod_kernel::id::{BodyId, Digest, Name, NodeId, RunId, Timestamp};
use dod_kernel::policy::{Definitions, Governance};
use dod_kernel::run::*;
use dod_kernel::value::Value;
use dod_kernel::workflow::*;

#[global_allocator]
static ALLOC: divan::AllocProfiler = divan::AllocProfiler::system();

const SIZES: [i64; 4] = [1_000, 10_000, 100_000, 1_000_000];

fn main() {
    divan::main();
}

/// Adds one to `n`.
struct Adder;

impl Ask for Adder {
    fn engine(&self) -> Name {
        "adder".into()
    }

    fn evaluate(&self, _: &Expression, _: &dyn Facts) -> Answer {
        Answer::Value(Value::Bool(true))
    }

    fn run_script(&self, _: &Expression, facts: &dyn Facts) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        let before = match facts.look_up(&["n"]) {
            Lookup::Known(Value::Integer(before)) => before,
            _ => 0,
        };
        (self.engine(), Ok([("n".into(), Value::Integer(before + 1))].into()))
    }

    fn evidence(&self, _: &Digest) -> Option<Arc<Evidence>> {
        None
    }
}

fn node(name: &str, kind: Kind) -> Node {
    Node {
        allow_failure: false,
        condition: None,
        element: None,
        fork: Fork::All,
        join: Join::Each,
        kind,
        name: name.into(),
        priority: 0,
    }
}

fn expression(text: &str) -> Arc<Expression> {
    Arc::new(Expression { digest: Digest([0; 32]), text: text.into() })
}

fn rounds(over: Over, parallel: bool) -> Arc<Workflow> {
    let repeat = Repeat { body: BodyId(1), collect: None, element: None, enough: None, over, parallel };
    let body = |first, variables| Body {
        discipline: Discipline::Tokens,
        nodes: 1,
        nodes_first: NodeId(first),
        variables,
        ..Body::default()
    };
    let nodes =
        vec![node("rounds", Kind::Repeat(Arc::new(repeat))), node("add", Kind::Script(expression("n + 1")))];
    let bodies = vec![body(0, Variables::default()), body(1, Variables::Around)];
    let parts = Parts { bodies, name: "bench".into(), nodes, ..Parts::default() };
    Arc::new(Workflow::new(parts).expect("the shape is sound"))
}

fn run(workflow: &Arc<Workflow>, count: i64) -> Run {
    let governance = Governance {
        authors: Vec::new(),
        judging: 2,
        policies: Vec::new(),
        roles: BTreeMap::new(),
        waivers: Vec::new(),
    };
    let mut run = Run::new(workflow.clone(), Arc::new(governance));
    let start = Command::Start(Box::new(started()));
    batch(&mut run, Timestamp(0), start, &Adder, &mut |event| {
        divan::black_box(event);
    })
    .expect("a run can begin");
    let set = run.variables().and_then(|all| all.get("n").cloned());
    assert_eq!(set, Some(Value::Integer(count)), "every round has run");
    run
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

#[divan::bench(args = SIZES, sample_count = 3)]
fn counted(bencher: divan::Bencher<'_, '_>, count: i64) {
    let workflow = rounds(Over::Count(Given::Value(Value::Integer(count))), false);
    bencher.counter(divan::counter::ItemsCount::new(count as u64)).bench_local(|| run(&workflow, count));
}

/// Asked after each round whether there is another one.
#[divan::bench(args = SIZES, sample_count = 3)]
fn asked(bencher: divan::Bencher<'_, '_>, count: i64) {
    let max = u32::try_from(count).ok();
    let workflow = rounds(Over::While { before: false, condition: Some(expression("again")), max }, false);
    bencher.counter(divan::counter::ItemsCount::new(count as u64)).bench_local(|| run(&workflow, count));
}

/// All at once: every scope is open before the first script runs.
#[divan::bench(args = SIZES, sample_count = 3)]
fn at_once(bencher: divan::Bencher<'_, '_>, count: i64) {
    let workflow = rounds(Over::Count(Given::Value(Value::Integer(count - 1))), true);
    bencher.counter(divan::counter::ItemsCount::new(count as u64)).bench_local(|| run(&workflow, count - 1));
}
