//! A whole run: its verdict, what speaks against it, and what a reader must know beside that.
//!
//! **Absent on purpose:** single steps and findings; they are followed in `point` and `finding`.

use std::collections::BTreeSet;

use dod_kernel::id::Name;
use dod_kernel::policy::{Definitions, Reason, RuleOutcome, Verdict, Waiver, Why};

use super::point::{self, Depth, Point};
use super::{FOLLOWED_MAX, legs, proof};
use crate::look::{Look, clean_line};
use crate::story::{Finished, Step, Story};
use crate::words::advice;
use crate::{Sources, summary, time, words};

pub(super) fn run(story: &Story, sources: Sources<'_>) -> Point {
    let headline = summary::headline(story, Look::PLAIN);
    let Some(finished) = &story.finished else {
        let mut top = Point::new("run", headline);
        let open = story.shown().filter(|step| step.settled.is_none() || step.standing().is_bad());
        top.add_all(open.take(FOLLOWED_MAX).map(|step| point::step(story, step, sources, Depth::SHORT)));
        return top;
    };
    let verdict = &finished.verdict;
    let mut top = Point::new("verdict", headline).at(finished.seq);
    top.add_all(ground(story, verdict, sources));
    if verdict.reasons.is_empty() {
        top.add(Point::new("reason", "nothing speaks against it".to_owned()));
    }
    top.add_all(reasons(story, finished, sources));
    top.add_all(waivers(story, verdict, sources));
    for (gate, run) in verdict.rests_on.iter().take(FOLLOWED_MAX) {
        top.add(Point::new("rests_on", words::rests_on(story, gate, run)).at(0));
    }
    for (gate, lines) in verdict.few_lines.iter().take(FOLLOWED_MAX) {
        top.add(Point::new("few_lines", words::few_lines(gate, *lines)));
    }
    top.add_all(governed(story, verdict));
    if verdict.tree_changed {
        let text =
            "the tree changed during the run, and no step declares it: this verdict cannot be attested";
        let mut changed = Point::new("tree_changed", text.to_owned());
        let paths = story.tree.iter().flat_map(|tree| &tree.changed).take(FOLLOWED_MAX);
        changed.add_all(paths.map(|path| Point::new("path", clean_line(path))));
        changed.add(Point::todo("declare what steps write as their `outputs`, or let them write elsewhere"));
        top.add(changed);
    }
    for kind in &verdict.not_measured {
        top.add(Point::new("not_measured", format!("not measured: {}", words::not_measured(story, kind))));
    }
    top
}

/// What the run was judged by and compared with.
fn ground(story: &Story, verdict: &Verdict, sources: Sources<'_>) -> Vec<Point> {
    let mut points = Vec::new();
    let settings = || story.started.iter().flat_map(|(_, started)| &started.settings);
    let from = settings().find_map(|word| word.strip_prefix("policy from "));
    let from = from.map(|from| format!(", read from {}", clean_line(from))).unwrap_or_default();
    let mut policy = Point::new("policy", format!("judged by policy `{}`{from}", verdict.policy)).at(0);
    let parents = sources.policy().map(|policy| policy.extends.as_slice()).unwrap_or_default();
    if !parents.is_empty() {
        let parents = words::list(&words::ticked(parents), "and");
        policy.add(Point::new("extends", format!("it extends {parents}")));
    }
    points.push(policy);
    if let Some(workflow) = settings().find_map(|word| word.strip_prefix("workflow from ")) {
        points.push(Point::new("workflow", format!("workflow read from {}", clean_line(workflow))).at(0));
    }
    let compared =
        settings().filter(|word| word.contains("changed since base ") || word.starts_with("compared with "));
    points.extend(compared.map(|word| Point::new("compared", clean_line(word)).at(0)));
    if let Some(said) = words::definitions(verdict.definitions) {
        points.push(Point::new("definitions", said.to_owned()).at(0));
    }
    points
}

/// The reasons, those of one step together.
fn reasons(story: &Story, finished: &Finished, sources: Sources<'_>) -> Vec<Point> {
    let verdict = &finished.verdict;
    let mut points = Vec::new();
    let mut told: BTreeSet<&Name> = BTreeSet::new();
    for reason in verdict.reasons.iter().take(FOLLOWED_MAX) {
        let steps = about(story, reason);
        let speaks_for_itself = match reason {
            Reason::Rule(outcome) => outcome.gate.as_ref().is_some_and(|gate| story.named(gate).is_some()),
            Reason::StepFailed { .. } | Reason::StepUndecided { .. } => true,
            _ => false,
        };
        if speaks_for_itself && !steps.is_empty() {
            let new = steps.into_iter().filter(|step| told.insert(&step.name));
            points.extend(new.map(|step| point::step(story, step, sources, Depth::SHORT)));
            continue;
        }
        let mut why = match reason {
            Reason::Rule(outcome) => over_the_run(story, outcome, finished.seq, sources),
            reason => {
                let mut why = Point::new("reason", words::reason(story, reason, sources.policy()));
                why.add_all(advice::of_reason(story, reason, sources).map(Point::todo));
                why
            }
        };
        let new = steps.into_iter().filter(|step| told.insert(&step.name));
        why.add_all(new.map(|step| point::step(story, step, sources, Depth::SHORT)));
        points.push(why);
    }
    if verdict.reasons.len() > FOLLOWED_MAX {
        points
            .push(Point::new("reason", format!("and {} more reasons", verdict.reasons.len() - FOLLOWED_MAX)));
    }
    points
}

/// A rule over the run, or over the legs of a step together.
fn over_the_run(story: &Story, outcome: &RuleOutcome, seq: u64, sources: Sources<'_>) -> Point {
    let mut point = point::rule(story, outcome, seq, sources);
    let Some(gate) = &outcome.gate else { return point };
    for leg in legs(story, gate).into_iter().take(FOLLOWED_MAX) {
        let text =
            format!("`{}` is one of the legs of `{gate}`, which are judged together", summary::label(leg));
        let mut of = Point::new("leg", text);
        of.seq = leg.settled.as_ref().map(|settled| settled.seq);
        of.add_all(proof::evidence(leg, sources, Depth::SHORT, &[outcome]));
        if leg.evidence().is_none() {
            of.add(Point::new("evidence", format!("it {} and left no evidence", words::is(leg.standing()))));
        }
        point.add(of);
    }
    point
}

/// The steps that a reason is about.
fn about<'a>(story: &'a Story, reason: &'a Reason) -> Vec<&'a Step> {
    let name = match reason {
        Reason::Missing { any_of, gate, .. } => {
            return words::gates_of(story, gate, any_of).take(FOLLOWED_MAX).collect();
        }
        Reason::Stuck { .. } | Reason::Cancelled { .. } | Reason::LeftOut { .. } | Reason::Limit { .. } => {
            None
        }
        Reason::Timeout => None,
        Reason::Rule(outcome) => outcome.gate.as_ref(),
        Reason::StepFailed { step } | Reason::StepUndecided { step } | Reason::Incident { step, .. } => {
            Some(step)
        }
    };
    // A gateway that could not go on has no end of its own: its reason says it all.
    let says = |step: &&Step| !matches!(reason, Reason::Incident { .. }) || step.standing().is_bad();
    name.and_then(|name| story.troubled(name)).filter(says).into_iter().collect()
}

/// Every waiver that was looked at, and what became of it.
fn waivers(story: &Story, verdict: &Verdict, sources: Sources<'_>) -> Vec<Point> {
    let all = sources.governance.map(|all| all.waivers.as_slice()).unwrap_or_default();
    let named = |of: &Name| all.iter().find(|waiver| waiver.of == *of);
    let mut points = Vec::new();
    for (of, by) in verdict.waived.iter().take(FOLLOWED_MAX) {
        let text = format!("waived: {}", words::waiver(sources.governance, of, by));
        let mut point = Point::new("waived", text);
        point.add_all(all.iter().find(|waiver| waiver.of == *of && waiver.approved_by == *by).map(said));
        let changed = story.outcomes().filter(|(_, outcome)| {
            matches!(&outcome.why, Why::Waived { by: all, .. } if all.contains(&(of.clone(), by.clone())))
        });
        for (seq, outcome) in changed.take(FOLLOWED_MAX) {
            let at = outcome.gate.as_ref().map(|gate| format!(" at `{gate}`")).unwrap_or_default();
            let why = words::why(outcome, sources.policy());
            point.add(Point::new("rule", format!("it changed rule `{}`{at}: {why}", outcome.rule)).at(seq));
        }
        points.push(point);
    }
    for (of, why) in verdict.waivers_refused.iter().take(FOLLOWED_MAX) {
        let text = format!("waiver refused: `{}`, {}", clean_line(of), words::refused(*why));
        let mut point = Point::new("waiver_refused", text);
        point.add_all(named(of).map(said));
        point.add(Point::todo(advice::of_refusal(*why, of, sources.policy())));
        points.push(point);
    }
    for of in verdict.waivers_unused.iter().take(FOLLOWED_MAX) {
        let text = format!("waiver unused: `{}`; it changed no outcome", clean_line(of));
        let mut point = Point::new("waiver_unused", text);
        point.add(Point::todo("take it out of `waivers.yaml`"));
        points.push(point);
    }
    points
}

/// A waiver in its author's words.
pub(super) fn said(waiver: &Waiver) -> Point {
    let proved = if waiver.proved { "approved and signed by" } else { "approved by" };
    let scope = waiver.scope.as_ref().map(|scope| format!(", for {}", clean_line(scope))).unwrap_or_default();
    let text = format!(
        "its reason: {} ({proved} {}, until {}{scope})",
        clean_line(&waiver.reason),
        clean_line(&waiver.approved_by),
        time::minute(waiver.expires)
    );
    Point::new("waiver", text).at(0)
}

/// Files that define or judge and that the change edits.
fn governed(story: &Story, verdict: &Verdict) -> Vec<Point> {
    let settings = story.started.iter().flat_map(|(_, started)| &started.settings);
    let files = settings.filter_map(|word| word.strip_prefix(summary::GOVERNED_CHANGE)).take(FOLLOWED_MAX);
    let mut points = Vec::new();
    for file in files {
        let file = clean_line(file);
        let (text, todo) = match verdict.definitions {
            Definitions::Protected => (
                format!("this change edits {file}, which judges it: the base's was used"),
                "it counts once it is merged; `dod validate` without a base tries it here",
            ),
            Definitions::IntroducedHere | Definitions::Unprotected => (
                format!("this change edits {file}, which judges it, and was judged by its own"),
                "let somebody look at that file; `--govern-from REF` judges by another one",
            ),
        };
        let mut point = Point::new("governed", text).at(0);
        point.add(Point::todo(todo));
        points.push(point);
    }
    points
}
