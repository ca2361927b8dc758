//! One finding: what it is, who counts it, whether the change brought it, and where it was read.
//!
//! **Absent on purpose:** deciding whether it is new. That was decided when the evidence was read, and is in it.

use dod_kernel::evidence::{Compared, Comparison, Evidence, Finding, KnownFrom, Place};
use dod_kernel::id::Name;

use super::point::Point;
use super::{proof, run};
use crate::look::clean_line;
use crate::story::{Step, Story};
use crate::words::advice;
use crate::{Sources, failing, summary, words};

/// Characters of a commit that are shown.
const COMMIT_CHARS: usize = 12;

/// What the run was compared with, where that is at hand.
pub(super) fn compared(story: &Story, sources: Sources<'_>) -> Option<Comparison> {
    let digest = story.started.as_ref().and_then(|(_, started)| started.comparison)?;
    serde_json::from_slice(&(sources.blob)(&digest)?).ok()
}

/// One finding.
pub(super) fn point(
    story: &Story,
    step: &Step,
    finding: &Finding,
    (evidence, compared): (&Evidence, Option<&Comparison>),
    sources: Sources<'_>,
) -> Point {
    let mut top = Point::new("finding", words::finding(finding));
    top.seq = step.ended_seq();
    let label = summary::label(step);
    let mut by = Point::new("step", format!("found by `{label}`, which {}", words::is(step.standing())));
    by.seq = step.settled.as_ref().map(|settled| settled.seq);
    top.add(by);
    top.add(introduced(step, finding, evidence, compared));
    top.add_all(about(finding));
    top.add_all(counted(step, finding, sources));
    let waivers = sources.governance.map(|all| all.waivers.as_slice()).unwrap_or_default();
    for waiver in waivers.iter().filter(|waiver| failing::names(waiver, finding)) {
        let mut named = Point::new("waiver", "a waiver names it".to_owned()).at(0);
        let refused = story.verdict().map(|verdict| verdict.waivers_refused.as_slice()).unwrap_or_default();
        named.add(run::said(waiver));
        if let Some((_, why)) = refused.iter().find(|(of, _)| *of == waiver.of) {
            named.add(Point::new("waiver_refused", format!("it does not count: {}", words::refused(*why))));
            named.add(Point::todo(advice::of_refusal(*why, &waiver.of, sources.policy())));
        }
        top.add(named);
    }
    top.add(Point::new("fingerprint", format!("fingerprint {}", clean_line(&finding.fingerprint))));
    let mut read = proof::reports(evidence);
    if let Some(digest) = step.evidence() {
        let mut from = Point::new("evidence", "it stands in the evidence".to_owned()).of(*digest);
        from.add_all(read.drain(..));
        read.push(from);
    }
    top.add_all(read);
    if !finding.suppressed {
        let waived = failing::is_named_by_waiver(sources, finding);
        top.add(Point::todo(advice::of_finding(finding, waived)));
    }
    top
}

/// What a vulnerability or a license is about.
fn about(finding: &Finding) -> Vec<Point> {
    let mut points = Vec::new();
    let own = |word: &&Name| !word.is_empty() && !word.eq_ignore_ascii_case(words::severity(finding));
    if let Some(original) = finding.original.as_ref().filter(own) {
        points.push(Point::new("original", format!("the tool calls it {}", clean_line(original))));
    }
    if let Some(hole) = &finding.vulnerability {
        if !hole.aliases.is_empty() {
            let all: Vec<String> = hole.aliases.iter().map(|id| clean_line(id)).collect();
            points.push(Point::new("aliases", format!("also called {}", words::list(&all, "and"))));
        }
        let score = hole.score.map(|score| format!("CVSS score {score}"));
        let vector = hole.vector.as_ref().map(|vector| clean_line(vector));
        let said: Vec<String> = score.into_iter().chain(vector).collect();
        if !said.is_empty() {
            points.push(Point::new("danger", said.join(", ")));
        }
    }
    if let Some(license) = &finding.license {
        let package = words::package(&license.package, &license.version);
        let expression = match clean_line(&license.expression) {
            text if text.is_empty() => "no license".to_owned(),
            text => format!("the license {text}"),
        };
        let why = words::objection(license.objection);
        points.push(Point::new("license", format!("{package} states {expression}: {why}")));
    }
    points
}

/// Which rules count it.
fn counted(step: &Step, finding: &Finding, sources: Sources<'_>) -> Vec<Point> {
    let rules = failing::counting(step, finding);
    let seq = step.judged.as_ref().map(|judged| judged.seq);
    if finding.suppressed {
        let text = "it is suppressed in the source or by the tool, so that no rule counts it";
        return vec![Point { seq, ..Point::new("counts", text.to_owned()) }];
    }
    if rules.is_empty() {
        let text = "no rule that failed counts it";
        return vec![Point { seq, ..Point::new("counts", text.to_owned()) }];
    }
    let unless =
        if failing::is_named_by_waiver(sources, finding) { ", unless a waiver covers it" } else { "" };
    let point = |outcome: &&dod_kernel::policy::RuleOutcome| {
        let is = words::is(crate::story::Standing::from(outcome.state));
        let why = words::why(outcome, sources.policy());
        let text = format!("rule `{}` counts it{unless}; it {is}: {why}", outcome.rule);
        Point { seq, ..Point::new("counts", text) }
    };
    rules.iter().map(point).collect()
}

/// Why it is new, or not, or why nobody knows.
fn introduced(step: &Step, finding: &Finding, evidence: &Evidence, compared: Option<&Comparison>) -> Point {
    let known = compared.and_then(|all| all.gates.get(&step.name));
    let from = known.map(|known| who(&known.from, compared.and_then(|all| all.base.as_ref())));
    let line = compared.zip(finding.place.as_ref()).and_then(|(all, place)| changed_line(all, place));
    let text = match (finding.introduced, line, from) {
        (Some(true), Some(line), _) => {
            let base =
                compared.and_then(|all| all.base.as_ref()).map(|base| format!(" since {}", commit(base)));
            format!("new: line {line} is one that the change brought{}", base.unwrap_or_default())
        }
        (Some(true), None, Some(from)) => format!("new: {from} has no finding with its fingerprint"),
        (Some(true), None, None) => "new: the change brought it".to_owned(),
        (Some(false), _, Some(from)) => format!("not new: {from} has it too"),
        (Some(false), _, None) => "not new: it was there before".to_owned(),
        (None, ..) => unknown(evidence.compared, known.is_some()).to_owned(),
    };
    Point::new("introduced", text)
}

fn unknown(compared: Option<Compared>, known: bool) -> &'static str {
    match compared {
        None => {
            "whether it is new is not known: nothing was compared (`dod validate --since REF` names a base, `dod \
             baseline` records what there is)"
        }
        Some(_) if known => {
            "whether it is new is not known: the change moved its file, and the baseline knows the old path alone"
        }
        Some(_) => {
            "whether it is new is not known: it lies on no line of the change, and no run of the base and no baseline \
             says what was there"
        }
    }
}

fn who(from: &KnownFrom, base: Option<&Name>) -> String {
    match from {
        KnownFrom::Baseline { digest } => format!("`baseline.json` ({digest})"),
        KnownFrom::Run { id } => {
            let base = base.map(|base| format!(" of base {}", commit(base))).unwrap_or_default();
            format!("run {}{base}", clean_line(words::short(id)))
        }
    }
}

fn commit(id: &str) -> String {
    clean_line(id).chars().take(COMMIT_CHARS).collect()
}

/// The first changed line that a place touches.
fn changed_line(compared: &Comparison, place: &Place) -> Option<u32> {
    let first = place.line?;
    let last = place.end_line.unwrap_or(first).max(first);
    let ranges = compared.lines.as_ref()?.get(&place.path)?;
    ranges.iter().find(|range| range.0 <= last && range.1 >= first).map(|range| range.0.max(first))
}
