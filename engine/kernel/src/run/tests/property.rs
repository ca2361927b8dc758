//! Claims over random workflows and random orders of completion.

use proptest::prelude::*;

use super::{Teller, build};
use crate::run::*;

/// An acyclic settled workflow: step `n` may need any step before it, in any of the three ways.
fn workflows() -> impl Strategy<Value = String> {
    let step = proptest::collection::vec((any::<prop::sample::Index>(), 0..3u8), 0..4);
    proptest::collection::vec((step, 0..6u8), 1..24).prop_map(|steps| {
        let mut lines = Vec::new();
        for (at, (needs, kind)) in steps.iter().enumerate() {
            let kind = ["", "(gate)", "(if=no)", "(retry=1)", "(pool=p)", "(may_fail)"][usize::from(*kind)];
            let mut line = format!("s{at}{kind}");
            let mut seen = std::collections::BTreeSet::new();
            for (index, how) in needs.iter().filter(|_| at > 0) {
                let need = index.index(at);
                if seen.insert(need) {
                    line += if line.contains('<') { " " } else { " < " };
                    line += &format!("s{need}{}", ["", ":failed", ":any"][usize::from(*how)]);
                }
            }
            lines.push(line);
        }
        lines.join(";")
    })
}

/// Ends whatever runs, in the order and way that `choices` say, until the run has a verdict.
fn run_to_the_end(workflow: &str, choices: &[(prop::sample::Index, u8)], options: &str) -> Teller {
    let mut teller = Teller::new(build::workflow(workflow));
    teller.tell(&format!("start {options}"));
    let mut choices = choices.iter().cycle();
    for _ in 0..10_000 {
        if teller.run.verdict().is_some() {
            return teller;
        }
        let open: Vec<_> = teller.run.in_flight().collect();
        if open.is_empty() {
            teller.tick(20_000);
            continue;
        }
        let (which, how) = choices.next().unwrap();
        let (step, _) = open[which.index(open.len())];
        let name = teller.workflow.node(step.node).name.clone();
        let gate = teller.run.task(step).is_some_and(|task| task.yields_evidence());
        let stopping = teller
            .run
            .outstanding()
            .iter()
            .any(|effect| matches!(effect, Effect::Stop { step: one, .. } if *one == step));
        let end = match (stopping, gate, how % 3) {
            (true, ..) => "is cancelled",
            (_, true, 0) => "finds 1",
            (_, true, _) => "finds nothing",
            (_, false, 0) => "exits 1",
            (_, false, _) => "exits 0",
        };
        teller.tell(&format!("{name} {end}"));
    }
    panic!("the run does not end");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn every_run_ends_with_every_step_settled_exactly_once_and_replays(
        workflow in workflows(),
        choices in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..50),
        options in prop::sample::select(vec!["", "capacity=1", "capacity=3", "fail_fast"]),
    ) {
        let teller = run_to_the_end(&workflow, &choices, options);
        let mut settled: Vec<_> = teller
            .recorded
            .iter()
            .filter_map(|one| match &one.event {
                Event::StepSettled(settled) => Some(settled.step.id),
                _ => None,
            })
            .collect();
        settled.sort();
        let all: Vec<_> = (0..teller.workflow.nodes().len() as u32).map(|at| crate::id::Instance::of(crate::id::NodeId(at))).collect();
        prop_assert_eq!(settled, all);
        teller.replay();
    }

    #[test]
    fn a_cancelled_run_ends_too(
        workflow in workflows(),
        choices in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        after in 0..6usize,
    ) {
        let mut teller = Teller::new(build::workflow(&workflow));
        teller.tell("start capacity=2");
        for (which, _) in choices.iter().take(after) {
            let open: Vec<_> = teller.run.in_flight().collect();
            if open.is_empty() {
                break;
            }
            let name = teller.workflow.node(open[which.index(open.len())].0.node).name.clone();
            teller.tell(&format!("{name} exits 0"));
        }
        if teller.run.verdict().is_none() {
            teller.tell("cancel");
            let open: Vec<_> = teller.run.in_flight().map(|(step, _)| step).collect();
            for step in open {
                let name = teller.workflow.node(step.node).name.clone();
                teller.tell(&format!("{name} is cancelled"));
            }
        }
        prop_assert!(teller.run.verdict().is_some());
        teller.replay();
    }
}
