//! Damaged diagrams: whatever is missing or stands elsewhere, there is an answer.

use super::build;
use super::world::{self, Options};
use crate::bpmn::Purpose;
use crate::diagnose::Severity;

/// Damaged copies of each diagram.
const COPIES: u64 = 400;

const DIAGRAMS: &[&str] = &[
    "start -> f(and) -> a -> j(and) -> x(xor); f -> b(user) -> j; x -[n > 1]-> o(or); x -*-> end1; o -[m == 1]-> c -> q(or) -> end2; o -*-> d -> q",
    "start -> s(sub) -> end; s/a(start) -> s/b -> s/c(end error 42); h(event); h/hs(start- signal stop) -> h/ht -> h/he(end terminate); t(boundary s timer PT1H) -> late; e(boundary s error any) -> late",
    "start -> g(race); g -> m(catch message go) -> l(throw link far); g -> t(catch timer PT5M) -> end; k(catch link far) -> c(call main2) -> end",
    "start -> a(user \"+<multiInstanceLoopCharacteristics><loopCardinality>3</loopCardinality></multiInstanceLoopCharacteristics>\") -> b(script \"+<script>x = 1</script>\") -> x(xor); x -[x == 1]-> b; x -*-> d(service name=cargo/clippy \"dod:with={args: [-q]}\") -> end",
];

/// A number that looks like chance and is the same on every machine.
fn next(seed: &mut u64) -> usize {
    *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
    usize::try_from(*seed >> 33).unwrap_or(0)
}

/// Swaps, drops and doubles pieces between tags and quotes, so that much of it stays a diagram.
fn damaged(text: &str, seed: &mut u64) -> String {
    let mut pieces: Vec<&str> = text.split_inclusive(['>', '"', ' ', '\n']).collect();
    for _ in 0..=next(seed) % 3 {
        let (one, other) = (next(seed) % pieces.len(), next(seed) % pieces.len());
        match next(seed) % 4 {
            0 => pieces.swap(one, other),
            1 => {
                pieces.remove(one);
            }
            2 => pieces.insert(one, pieces[other]),
            _ => pieces[one] = pieces[other],
        }
    }
    pieces.concat()
}

#[test]
fn a_damaged_diagram_is_a_diagram_or_has_a_located_error() {
    let mut seed = 1;
    let mut sound = 0;
    for diagram in DIAGRAMS {
        let whole = build::file(&[("main", diagram), ("main2", "a2 -> b2")]);
        for _ in 0..COPIES {
            let text = damaged(&whole, &mut seed);
            let options = Options { purpose: Purpose::Simulate, ..Options::default() };
            let checked = world::with(text.as_bytes(), &[], &options);
            let wrong = checked.problems.iter().any(|problem| problem.severity == Severity::Error);
            assert_eq!(checked.workflow.is_none(), wrong, "{text}");
            sound += u32::from(!wrong);
        }
    }
    assert!(sound > 10, "some of them still run: {sound}");
}
