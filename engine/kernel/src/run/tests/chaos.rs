//! Random workflows of every kind of step, with random ends, losses, restarts and cancels; and logs that
//! somebody has tampered with at random.

use std::sync::Arc;

use proptest::prelude::*;

use super::{Teller, build, governance};
use crate::id::Instance;
use crate::record::Recorded;
use crate::run::state::Phase;
use crate::run::*;

const KINDS: &[&str] = &[
    "",
    "(gate)",
    "(if=no)",
    "(if=unknown)",
    "(retry=1)",
    "(gate,retry=2,timeout=50)",
    "(pool=p)",
    "(may_fail)",
    "(once)",
    "(once,pool=p,timeout=40)",
    "(service)",
    "(service,timeout=30,retry=1)",
    "(approve=1)",
    "(wait=0)",
    "(wait=500)",
    "(message=m)",
    "(judge=test)",
    "(must)",
    "(at_least=1)",
    "(first=1)",
    "(first=2)",
    "(call=inner)",
    "(call=flow)",
    "(call=inner,may_fail)",
];

/// Bodies of tokens: parallel, stuck, inclusive, a loop, a call within.
const FLOWS: &[&str] = &[
    "s(pass) -> x y; x -> j; y -> j; j(all) -> e; e",
    "s(xor) -> x?yes y?default; x -> j; y -> j; j(all) -> e; e(pass)",
    "s(or) -> x?yes y?yes e?no; x -> j; y -> j; j(or) -> e; e(once,retry=1)",
    "s(pass) -> m; m(pass) -> t; t(retry=1) -> x; x(xor) -> m?again e?default; e(pass)",
    "s(pass) -> x y; x(call=inner) -> j; y -> j; j(all)",
    "s(wait=10) -> x; x(approve=1) -> y; y(gate)",
    "s(xor) -> x?unknown y?no; x; y",
    "s(pass) -> x; x(repeat=inner,count=2,par) -> y; y",
    "s(pass) -> x; x(repeat=inner,count=2,enough=unknown) -> y; y",
    "s(pass) -> x y; x(repeat=inner,again=yes,max=3,may_fail) -> j; y -> j; j(all)",
];

type Need = (prop::sample::Index, u8);

fn settled(name: &str, steps: &[(Vec<Need>, prop::sample::Index)], calls: bool) -> String {
    let mut lines = Vec::new();
    for (at, (needs, kind)) in steps.iter().enumerate() {
        let mut seen = std::collections::BTreeMap::new();
        for (index, how) in needs.iter().filter(|_| at > 0) {
            seen.entry(index.index(at)).or_insert(["", ":failed", ":any", ""][usize::from(*how)]);
        }
        let mut kind = KINDS[kind.index(KINDS.len())];
        let many = if kind.ends_with("=2)") && kind.starts_with("(first") { 2 } else { 1 };
        let joins = kind.starts_with("(first") || kind.starts_with("(at_least");
        if (joins && seen.len() < many) || (!calls && kind.starts_with("(call")) {
            kind = "";
        }
        let needs: Vec<String> = seen.iter().map(|(at, how)| format!("{name}{at}{how}")).collect();
        let arrow = if needs.is_empty() { "" } else { " < " };
        lines.push(format!("{name}{at}{kind}{arrow}{}", needs.join(" ")));
    }
    lines.join(";")
}

fn workflows() -> impl Strategy<Value = String> {
    let steps = |most| {
        let needs = proptest::collection::vec((any::<prop::sample::Index>(), 0..4u8), 0..4);
        proptest::collection::vec((needs, any::<prop::sample::Index>()), 1..most)
    };
    (steps(14), steps(5), prop::sample::select(FLOWS)).prop_map(|(outer, inner, flow)| {
        format!(
            "{} | inner: {} | flow: tokens; {flow}",
            settled("o", &outer, true),
            settled("i", &inner, false)
        )
    })
}

/// A source of small decisions that never ends.
pub(super) struct Dice<'a>(std::iter::Cycle<std::slice::Iter<'a, u16>>, usize);

impl<'a> Dice<'a> {
    pub(super) fn of(rolls: &'a [u16]) -> Self {
        Self(rolls.iter().cycle(), 0)
    }

    pub(super) fn roll(&mut self, sides: usize) -> usize {
        self.1 += 1;
        (usize::from(*self.0.next().unwrap()) + self.1 / 7) % sides
    }
}

fn go_on(teller: &mut Teller, dice: &mut Dice<'_>) {
    let open: Vec<(Instance, u32)> = teller.run.in_flight().collect();
    let waiting: Vec<_> = teller.run.waiting().collect();
    match dice.roll(24) {
        0 if dice.roll(4) == 0 => teller.tell("cancel"),
        1 => teller.tell(&format!("capacity {}", dice.roll(4))),
        2 => crash(teller),
        3 | 4 => teller.tell("tick 35"),
        5..8 if !waiting.is_empty() => {
            let waiting = &waiting[dice.roll(waiting.len())];
            let by = Identity { name: "alice".into(), proved: false };
            let command = match &waiting.what {
                WaitingFor::Message(name) => {
                    Command::Send { by: None, key: None, name: name.clone(), set: Default::default() }
                }
                _ => {
                    let (accept, step) = (dice.roll(3) > 0, waiting.step);
                    Command::Answer { accept, because: None, by, proof: None, set: Default::default(), step }
                }
            };
            teller.say("an answer", command);
        }
        _ if !open.is_empty() => {
            let (step, attempt) = open[dice.roll(open.len())];
            end(teller, dice, step, attempt);
        }
        _ => {
            teller.tell("capacity 2");
            teller.tell("tick 6000");
        }
    }
}

/// The process dies: another one makes the run again from its log, and what was in flight is lost.
pub(super) fn crash(teller: &mut Teller) {
    let mut replay = Replay::new(Run::new(teller.workflow.clone(), Arc::new(governance())));
    for recorded in &teller.recorded {
        replay.push(recorded, &teller.ask).unwrap();
    }
    teller.run = replay.into_run();
    teller.hold_starts = true;
    teller.tell("resume");
    let lost: Vec<(Instance, u32)> = teller.run.in_flight().collect();
    for (step, attempt) in lost {
        report(teller, step, attempt, End::Lost, Reading::None);
    }
    teller.hold_starts = false;
    teller.start_what_is_ready();
}

fn end(teller: &mut Teller, dice: &mut Dice<'_>, step: Instance, attempt: u32) {
    let active = &teller.run.active[&step];
    let asked = active.stopping.clone();
    let service = teller.run.task(step).is_some_and(|task| task.probe.is_some());
    let gate = teller.run.task(step).is_some_and(|task| task.yields_evidence());
    if service && asked.is_none() && matches!(active.phase, Phase::Running { .. }) && dice.roll(4) > 0 {
        return teller.say("ready", Command::ReportReady { step });
    }
    if service && asked.is_none() && dice.roll(4) > 0 {
        return teller.tell("tick 10");
    }
    let clean = End::Exited { code: 0, says: ExitSays::Clean };
    let (end, evidence) = match (asked, gate, dice.roll(8)) {
        (Some(StopReason::Timeout), ..) if !teller.run.is_stopping() => (End::TimedOut, Reading::None),
        (Some(_), _, 1..) => (End::Cancelled, Reading::None),
        (_, _, 0) => (End::Exited { code: 1, says: ExitSays::Broken }, Reading::None),
        (_, _, 1) => (End::NotStarted { why: "missing".into() }, Reading::None),
        (_, _, 2) => (End::Signaled { signal: 11 }, Reading::None),
        (_, _, 3) => (End::Lost, Reading::None),
        (_, true, 4) => (End::Exited { code: 1, says: ExitSays::Findings }, teller.findings(1)),
        (_, true, _) => (clean, teller.findings(0)),
        (_, false, _) => (clean, Reading::None),
    };
    report(teller, step, attempt, end, evidence);
}

pub(super) fn report(teller: &mut Teller, step: Instance, attempt: u32, end: End, evidence: Reading) {
    let report = EndReport {
        attempt,
        end,
        evidence,
        outputs: Default::default(),
        reused_from: None,
        stderr: Printed::default(),
        stdout: Printed::default(),
        step,
        tool: None,
        usage: Usage::default(),
    };
    teller.say("an end", Command::ReportEnd(Box::new(report)));
}

fn live(workflow: &str, dice: &mut Dice<'_>, options: &str) -> Teller {
    let mut teller = Teller::new(build::workflow(workflow));
    teller.tell(&format!("start {options}"));
    for _ in 0..3_000 {
        if teller.run.verdict().is_some() {
            return teller;
        }
        if teller.run.tree_is_due() {
            teller.tell("tree");
            continue;
        }
        go_on(&mut teller, dice);
    }
    panic!("the run does not end: {:?}", teller.run.active);
}

const OPTIONS: &[&str] =
    &["", "capacity=1", "fail_fast capacity=3", "tree timeout=9000", "without=o0,i0 fail_fast"];

fn settles_once(teller: &Teller) {
    let mut seen = std::collections::BTreeSet::new();
    for recorded in &teller.recorded {
        if let Event::StepSettled(settled) = &recorded.event {
            assert!(seen.insert(settled.step.id), "{} settles twice", settled.step.id);
        }
    }
    for node in teller.workflow.nodes_of(crate::id::BodyId(0)) {
        assert!(seen.contains(&Instance::of(node)), "{} never settles", node.0);
    }
}

/// Whatever is left of a log, what it owes is what the log went on with.
pub(super) fn goes_on_after_a_cut(teller: &Teller, kept: usize) {
    let log = &teller.recorded;
    let mut replay = Replay::new(Run::new(teller.workflow.clone(), Arc::new(governance())));
    log[..kept].iter().for_each(|recorded| replay.push(recorded, &teller.ask).unwrap());
    let (mut run, mut at) = (replay.into_run(), kept);
    complete(&mut run, log[kept - 1].at, &teller.ask, &mut |event| {
        assert_eq!(event, log[at].event, "event {at} after a cut behind event {kept}");
        at += 1;
    });
    assert!(log.get(at).is_none_or(|next| next.event.is_fact()), "the batch is complete");
}

/// Changes one number, word or flag somewhere in an event.
fn edit(event: &Event, place: usize, how: usize) -> Option<Event> {
    let mut value = serde_json::to_value(event).unwrap();
    let mut leaves: Vec<&mut serde_json::Value> = Vec::new();
    let mut work = vec![&mut value];
    while let Some(value) = work.pop() {
        match value {
            serde_json::Value::Array(all) => work.extend(all),
            serde_json::Value::Object(all) => work.extend(all.values_mut()),
            leaf => leaves.push(leaf),
        }
    }
    let count = leaves.len();
    let leaf = leaves.swap_remove(place.checked_rem(count)?);
    let words = ["0", "1", "3", "0#1", "1/2", "9/9#9", "77", "passed", "failed", "skipped", "lost", "o0"];
    *leaf = match leaf {
        serde_json::Value::Bool(flag) => (!*flag).into(),
        serde_json::Value::Number(_) => [0, 1, 2, 7, 4_294_967_295, i64::MAX as u64][how % 6].into(),
        _ => words[how % words.len()].into(),
    };
    serde_json::from_value(value).ok()
}

fn tamper(log: &mut Vec<Recorded<Event>>, dice: &mut Dice<'_>) {
    for _ in 0..=dice.roll(3) {
        let (one, other) = (dice.roll(log.len()), dice.roll(log.len()));
        match dice.roll(5) {
            0 => log.swap(one, other),
            1 if log.len() > 1 => drop(log.remove(one)),
            2 => log.insert(other, log[one].clone()),
            3 => log[one].at.0 = [i64::MIN, i64::MAX, 0, -1][dice.roll(4)],
            _ => {
                if let Some(edited) = edit(&log[one].event, dice.roll(97), dice.roll(89)) {
                    log[one].event = edited;
                }
            }
        }
    }
    for (seq, recorded) in log.iter_mut().enumerate() {
        recorded.seq = seq as u64;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: super::cases(300), ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_a_run_ends_settles_each_step_once_and_replays(
        workflow in workflows(),
        rolls in proptest::collection::vec(any::<u16>(), 11..120),
        options in prop::sample::select(OPTIONS),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 6),
    ) {
        let teller = live(&workflow, &mut Dice::of(&rolls), options);
        settles_once(&teller);
        teller.replay();
        for cut in cuts {
            goes_on_after_a_cut(&teller, 1 + cut.index(teller.recorded.len()));
        }
    }

    #[test]
    fn a_forged_log_is_a_difference_and_never_a_panic(
        workflow in workflows(),
        rolls in proptest::collection::vec(any::<u16>(), 11..60),
        options in prop::sample::select(OPTIONS),
        forged in proptest::collection::vec(any::<u16>(), 29..31),
    ) {
        let teller = live(&workflow, &mut Dice::of(&rolls), options);
        let mut dice = Dice::of(&forged);
        for _ in 0..20 {
            let mut log = teller.recorded.clone();
            tamper(&mut log, &mut dice);
            let mut replay = Replay::new(Run::new(teller.workflow.clone(), Arc::new(governance())));
            for recorded in &log {
                if replay.push(recorded, &teller.ask).is_err() {
                    break;
                }
                super::sound::assert_no_panic(replay.run());
            }
        }
    }
}
