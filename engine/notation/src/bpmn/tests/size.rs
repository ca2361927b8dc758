//! Large diagrams: linear, without recursion.

use std::fmt::Write as _;
use std::time::{Duration, Instant};

use super::world::{self, Options};
use crate::bpmn::Purpose;

const HEAD: &str = "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\"><process id=\"p\" isExecutable=\"true\">";

fn flow(out: &mut String, from: &str, to: &str) {
    writeln!(out, "<sequenceFlow id=\"{from}_{to}\" sourceRef=\"{from}\" targetRef=\"{to}\"/>").unwrap();
}

/// A chain of script tasks.
fn chain(count: usize) -> String {
    let mut out = format!("{HEAD}<startEvent id=\"t0\"/>\n");
    for at in 1..=count {
        writeln!(out, "<scriptTask id=\"t{at}\" name=\"Task {at}\"><script>x = {at}</script></scriptTask>")
            .unwrap();
        flow(&mut out, &format!("t{}", at - 1), &format!("t{at}"));
    }
    out + "</process></definitions>"
}

/// A split into so many branches, and their join.
fn fan(count: usize, join: &str) -> String {
    let mut out = format!(
        "{HEAD}<startEvent id=\"s\"/><parallelGateway id=\"f\"/><{join} id=\"j\"/><endEvent id=\"e\"/>\n"
    );
    flow(&mut out, "s", "f");
    flow(&mut out, "j", "e");
    for at in 1..=count {
        writeln!(out, "<task id=\"t{at}\" name=\"Task\"/>").unwrap();
        flow(&mut out, "f", &format!("t{at}"));
        flow(&mut out, &format!("t{at}"), "j");
    }
    out + "</process></definitions>"
}

/// Steps that each may end the process: every exclusive split leads on and to the one end.
fn guarded(count: usize) -> String {
    let mut out = format!("{HEAD}<startEvent id=\"x0\"/><endEvent id=\"e\"/><parallelGateway id=\"j\"/>\n");
    flow(&mut out, "j", "e");
    for at in 1..=count {
        writeln!(out, "<exclusiveGateway id=\"x{at}\" default=\"x{at}_j\"/>").unwrap();
        writeln!(out, "<sequenceFlow id=\"c{at}\" sourceRef=\"x{}\" targetRef=\"x{at}\"><conditionExpression>n == {at}</conditionExpression></sequenceFlow>", at - 1).unwrap();
        flow(&mut out, &format!("x{at}"), "j");
    }
    out + "</process></definitions>"
}

/// Sub-processes in each other.
fn nested(depth: usize) -> String {
    let mut out = HEAD.to_owned();
    (0..depth).for_each(|at| write!(out, "<subProcess id=\"s{at}\">").unwrap());
    out += "<task id=\"t\"/>";
    (0..depth).for_each(|_| out += "</subProcess>");
    out + "</process></definitions>"
}

fn lowered(text: &str) -> (Duration, usize, usize) {
    let options = Options { purpose: Purpose::Simulate, ..Options::default() };
    let began = Instant::now();
    let checked = world::with(text.as_bytes(), &[], &options);
    let took = began.elapsed();
    (took, checked.workflow.map_or(0, |workflow| workflow.nodes().len()), checked.problems.len())
}

#[test]
fn large_diagrams_cost_in_proportion() {
    // Generous: builds for tests are slow, and machines are busy.
    const MOST: Duration = Duration::from_secs(60);
    let count = if cfg!(debug_assertions) { 20_000 } else { 100_000 };
    let large = [
        ("chain", chain(count), count + 1),
        ("fan", fan(count, "parallelGateway"), count + 4),
        ("multi-merge", fan(count, "exclusiveGateway"), count + 4),
        ("guarded", guarded(count), count + 3),
    ];
    for (what, text, nodes) in large {
        let (took, found, problems) = lowered(&text);
        println!("{what} of {count}: {} KB, {took:?}, {problems} problems", text.len() / 1024);
        assert_eq!(found, nodes, "{what}");
        assert!(took < MOST, "{what} took {took:?}");
    }
}

#[test]
fn deep_diagrams_need_no_stack() {
    let (_, found, _) = lowered(&nested(200));
    assert_eq!(found, 201);
}
