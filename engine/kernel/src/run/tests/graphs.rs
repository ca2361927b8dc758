//! Random graphs of tokens that nobody has checked: cycles, joins of every kind that wait for each other, catches and
//! throws anywhere. Nothing panics, each comes to its end or waits for something that is named, and what is counted
//! for the inclusive joins is what the rule says whenever a batch is complete (`sound` asks).

use proptest::prelude::*;

use super::chaos::{Dice, crash, goes_on_after_a_cut, report};
use super::{Teller, build};
use crate::id::Instance;
use crate::run::*;
use crate::workflow::{Limits, Parts, Workflow};

/// Steps that a random graph is made of. `H` stands for an activity, `B` for the graph within.
const KINDS: &[&str] = &[
    "",
    "",
    "(pass)",
    "(pass)",
    "(xor)",
    "(or)",
    "(or)",
    "(or)",
    "(all)",
    "(all)",
    "(may_fail)",
    "(retry=1)",
    "(approve=1)",
    "(call=B)",
    "(call=B,may_fail)",
    "(repeat=B,count=3,par)",
    "(repeat=B,count=2)",
    "(repeat=B,count=4,par,enough=v)",
    "(repeat=B,while=v,max=3)",
    "(repeat=B,again=v,max=3)",
    "(repeat=B,over=1+2+3,element=n,collect==n>v,par)",
    "(repeat=B,count=3,par,enough=unknown)",
    "(repeat=B,count=2,collect==unknown>v)",
    "(decide=first/v==yes?v:no/?v:yes)",
    "(decide=unique/unknown?v:yes)",
    "(script=boom)",
    "(event)",
    "(script=v:yes)",
    "(script=v:no)",
    "(catch=timer:PT1S)",
    "(catch=message:m)",
    "(catch=signal:g)",
    "(throw=error:e)",
    "(throw=terminate)",
    "(throw=signal:g)",
    "(throw=message:m)",
    "(throw=escalation:x)",
    "(catch=timer:PT1S,on=H)",
    "(catch=timer:R3/PT1S,on=H,keeps)",
    "(catch=timer:=u,on=H)",
    "(catch=error,on=H)",
    "(catch=error:failed,on=H)",
    "(catch=message:m,on=H,keeps)",
    "(catch=message:m,on=H)",
    "(catch=escalation,on=H,keeps)",
    "(catch=escalation:x,on=H)",
    "(catch=signal:g,on=scope,keeps)",
    "(catch=signal:g,on=scope)",
    "(catch=error,on=scope)",
];

const CONDITIONS: &[&str] = &["", "", "?yes", "?no", "?default", "?v", "?unknown"];

/// How one step was drawn: its kind, its host, and where it leads under which condition.
pub(super) type Drawn = (prop::sample::Index, prop::sample::Index, Vec<(prop::sample::Index, usize)>);

fn is_activity(kind: &str) -> bool {
    ["", "(may_fail)", "(retry=1)", "(approve=1)"].contains(&kind) || kind.contains("=B")
}

/// A graph with these steps over another one, where there is one.
fn graph(prefix: &str, kinds: &[&str], drawn: &[Drawn], within: Option<&str>) -> String {
    let mut chosen: Vec<&str> = drawn.iter().map(|(kind, ..)| kinds[kind.index(kinds.len())]).collect();
    if within.is_none() {
        chosen.iter_mut().filter(|kind| kind.contains("=B")).for_each(|kind| *kind = "");
    }
    // Nothing leads to the first, so that a token begins there.
    chosen[0] = if chosen[0].contains("catch") { "(pass)" } else { chosen[0] };
    let hosts: Vec<usize> = (0..chosen.len()).filter(|at| is_activity(chosen[*at])).collect();
    let beside = |at: usize| chosen[at].contains("on=");
    let mut lines = Vec::new();
    for (at, (_, host, edges)) in drawn.iter().enumerate() {
        let kind = match chosen[at] {
            kind if kind.contains("on=H") && hosts.is_empty() => kind.replace("on=H", "on=scope"),
            kind if kind.contains("on=H") => {
                kind.replace("on=H", &format!("on={prefix}{}", hosts[host.index(hosts.len())]))
            }
            kind => kind.replace("=B", &format!("={}", within.unwrap_or_default())),
        };
        let race = kind == "(event)";
        let mut seen = std::collections::BTreeSet::new();
        let mut targets = Vec::new();
        for (to, condition) in edges {
            let to = to.index(drawn.len());
            let waits = chosen[to].starts_with("(catch");
            if to == 0 || beside(to) || (race && !waits) || !seen.insert(to) {
                continue;
            }
            let condition = if race { "" } else { CONDITIONS[condition % CONDITIONS.len()] };
            targets.push(format!("{prefix}{to}{condition}"));
        }
        let kind = if race && targets.is_empty() { "(pass)" } else { &kind };
        lines.push(format!("{prefix}{at}{kind} -> {}", targets.join(" ")));
    }
    lines.join(";").replace(" -> ;", ";").trim_end_matches(" -> ").to_owned()
}

fn drawn(most: usize) -> impl Strategy<Value = Vec<Drawn>> {
    let edges = proptest::collection::vec((any::<prop::sample::Index>(), 0..CONDITIONS.len()), 0..4);
    let step = (any::<prop::sample::Index>(), any::<prop::sample::Index>(), edges);
    proptest::collection::vec(step, 2..most)
}

/// Three graphs, of which one calls the next.
fn graphs() -> impl Strategy<Value = String> {
    let sees = || prop::sample::select(vec!["", " around", " around v:yes", " returned"]);
    (drawn(14), drawn(6), drawn(5), sees(), sees()).prop_map(|(outer, inner, deep, sees, deep_sees)| {
        let outer = graph("o", KINDS, &outer, Some("inner"));
        let (inner, deep) = (graph("i", KINDS, &inner, Some("deep")), graph("d", KINDS, &deep, None));
        format!("tokens; {outer} | inner: tokens{sees}; {inner} | deep: tokens{deep_sees}; {deep}")
    })
}

/// Mostly inclusive gateways, so that they wait for each other.
const JOINS: &[&str] = &["", "(or)", "(or)", "(or)", "(or)", "(pass)", "(all)", "(catch=error:failed,on=H)"];

fn joins() -> impl Strategy<Value = String> {
    drawn(16).prop_map(|steps| format!("tokens; {}", graph("o", JOINS, &steps, None)))
}

/// A small budget, so that what goes round for ever comes to its end.
fn bounded(text: &str) -> Workflow {
    let mut parts = Parts::from(build::workflow(text));
    parts.limits = Limits { activations_max: 150, rounds_max: 20, scopes_max: 12, tokens_max: 30 };
    Workflow::new(parts).unwrap()
}

/// One move of the world; what the dice say.
fn go_on(teller: &mut Teller, dice: &mut Dice<'_>, patience: bool) {
    let open: Vec<(Instance, u32)> = teller.run.in_flight().collect();
    let waiting: Vec<Waiting> = teller.run.waiting().collect();
    match dice.roll(16) {
        0 if !patience => teller.tell("cancel"),
        1 => crash(teller),
        2 => teller.tell("tick 1500"),
        3 => teller.tell("send m"),
        4 => teller.tell("signal g"),
        5 | 6 if !waiting.is_empty() => {
            let step = waiting[dice.roll(waiting.len())].step;
            let by = super::identity("alice");
            let accept = dice.roll(3) > 0;
            let set = Default::default();
            teller.say("an answer", Command::Answer { accept, because: None, by, proof: None, set, step });
        }
        _ if !open.is_empty() => {
            let (step, attempt) = open[dice.roll(open.len())];
            let stopped = teller.run.active[&step].stopping.is_some();
            let end = match dice.roll(8) {
                _ if stopped => End::Cancelled,
                0 => End::Exited { code: 1, says: ExitSays::Broken },
                1 => End::NotStarted { why: "missing".into() },
                _ => End::Exited { code: 0, says: ExitSays::Clean },
            };
            report(teller, step, attempt, end, Reading::None);
        }
        _ => teller.tell("tick 500"),
    }
}

fn live(workflow: &str, dice: &mut Dice<'_>) -> Teller {
    let mut teller = Teller::new(bounded(workflow));
    teller.tell("start capacity=4 set=v");
    for step in 0..1_500 {
        if teller.run.verdict().is_some() {
            return teller;
        }
        go_on(&mut teller, dice, step < 300);
    }
    panic!("the run does not end: {:?}", teller.run.active);
}

fn cases(suite: u32) -> ProptestConfig {
    ProptestConfig { cases: super::cases(suite), max_shrink_iters: 1_500, ..ProptestConfig::default() }
}

proptest! {
    #![proptest_config(cases(250))]

    #[test]
    fn whatever_a_graph_looks_like_its_run_ends_and_replays(
        workflow in graphs(),
        rolls in proptest::collection::vec(any::<u16>(), 11..120),
        cuts in proptest::collection::vec(any::<prop::sample::Index>(), 3),
    ) {
        let teller = live(&workflow, &mut Dice::of(&rolls));
        teller.replay();
        for cut in cuts {
            goes_on_after_a_cut(&teller, 1 + cut.index(teller.recorded.len()));
        }
    }

    #[test]
    fn inclusive_joins_that_wait_for_each_other_fire_as_the_standard_says(
        workflow in joins(),
        rolls in proptest::collection::vec(any::<u16>(), 11..60),
    ) {
        live(&workflow, &mut Dice::of(&rolls)).replay();
    }
}
