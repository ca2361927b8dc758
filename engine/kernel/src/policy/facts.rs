//! What expressions may ask of a run: where it runs, what steps wrote, what gates found.
//!
//! ```text
//!   commit tree branch tag base event ci os arch inputs.x        from the host
//!   steps["x"].outputs.y   steps["x"].state   steps["x"].tests.failed
//!   findings.error  tests.failed  vulnerabilities.critical  components  mismatches     sums over all gates
//!   coverage.line   measures["p99"].ms   vulndb.age_days          where all gates that measured it agree
//! ```
//!
//! A measure whose unit is neither `1` nor `%` is asked for in a unit (`measures["p99"].ms`), so that a tool
//! that changes from milliseconds to seconds does not turn a rule into its opposite. Findings are counted as
//! the gates found them: waivers of single findings are for thresholds, not for expressions.
//!
//! `X.drop` and `X.rise` are how much less and more a fact is than it was at the base. A number that is only a
//! lower bound (packages that nobody checked, findings that may be old) is unknown to an expression.
//!
//! **Absent on purpose:** evaluating anything, clocks, files.

use std::collections::BTreeMap;

use crate::ask::{Facts, Lookup};
use crate::evidence::{DangerCounts, FindingCounts, Summary, TestCounts};
use crate::id::Name;
use crate::policy::Threshold;
use crate::policy::picture::GateSeen;
use crate::policy::unit::{Fact, More, is_bare, is_percent};
use crate::value::Value;

/// The names that an expression may begin with, for front ends that check expressions before anything runs.
pub const FACT_ROOTS: &[&str] = &[
    "arch",
    "base",
    "branch",
    "ci",
    "commit",
    "components",
    "coverage",
    "event",
    "findings",
    "inputs",
    "licenses",
    "measures",
    "mismatches",
    "os",
    "steps",
    "tag",
    "tests",
    "tree",
    "unchecked",
    "vulndb",
    "vulnerabilities",
];

/// Facts that the host hands over, one value each.
const HOST: &[&str] = &["arch", "base", "branch", "ci", "commit", "event", "inputs", "os", "tag", "tree"];

/// Facts that gates count, beside measures. Those of `introduced` need something to compare with: a base or a
/// baseline.
const COUNTED: &[&str] = &[
    "components",
    "findings.error",
    "findings.introduced.error",
    "findings.introduced.note",
    "findings.introduced.total",
    "findings.introduced.warning",
    "findings.none",
    "findings.note",
    "findings.suppressed",
    "findings.total",
    "findings.warning",
    "licenses.copyleft",
    "licenses.denied",
    "licenses.total",
    "licenses.unknown",
    "mismatches",
    "tests.errored",
    "tests.failed",
    "tests.flaky",
    "tests.flaky_share",
    "tests.passed",
    "tests.passed_share",
    "tests.skipped",
    "tests.total",
    "tests.unsuccessful",
    "unchecked",
    "vulnerabilities.critical",
    "vulnerabilities.high",
    "vulnerabilities.introduced.critical",
    "vulnerabilities.introduced.high",
    "vulnerabilities.introduced.low",
    "vulnerabilities.introduced.medium",
    "vulnerabilities.introduced.none",
    "vulnerabilities.introduced.total",
    "vulnerabilities.introduced.unknown",
    "vulnerabilities.low",
    "vulnerabilities.medium",
    "vulnerabilities.none",
    "vulnerabilities.total",
    "vulnerabilities.unknown",
];

/// Findings that are not vulnerabilities, for thresholds at a gate: a license or ban that a dependency checker
/// reports beside vulnerabilities. Not for expressions, which see summaries.
pub(super) const PROBLEMS: &[&str] = &["problems.error", "problems.warning"];

/// Groups whose members are measures with dotted names.
const MEASURED: &[&str] = &["coverage", "vulndb"];

/// Units a measure may be asked for in (`measures["p99"].ms`).
const UNITS: &[&str] = &["ns", "us", "ms", "s", "min", "h", "bytes", "KiB", "MiB"];

/// How a step stands, in the words of [`GateState::word`](crate::policy::GateState::word).
pub type StateOf<'a> = &'a dyn Fn(&str) -> Option<&'static str>;

/// What a variable holds, where there is one of this name.
pub type VariableOf<'a> = &'a dyn Fn(&str) -> Option<Value>;

/// The facts of a run as expressions see them. What is not handed over is not known.
#[derive(Clone)]
pub struct RunFacts<'a> {
    changed: Option<&'a [Name]>,
    facts: &'a BTreeMap<Name, Value>,
    gates: Vec<&'a GateSeen<'a>>,
    legs: Vec<&'a GateSeen<'a>>,
    outputs: &'a BTreeMap<Name, BTreeMap<Name, Name>>,
    standing_in: bool,
    states: Option<StateOf<'a>>,
    variables: Option<VariableOf<'a>>,
}

impl<'a> RunFacts<'a> {
    /// The facts from the host, the outputs of steps (by step and name), and what the change touches.
    pub fn new(
        facts: &'a BTreeMap<Name, Value>,
        outputs: &'a BTreeMap<Name, BTreeMap<Name, Name>>,
        changed: Option<&'a [Name]>,
    ) -> Self {
        Self {
            changed,
            facts,
            gates: Vec::new(),
            legs: Vec::new(),
            outputs,
            standing_in: false,
            states: None,
            variables: None,
        }
    }

    /// And what these gates found.
    #[must_use]
    pub fn with_gates(mut self, gates: impl IntoIterator<Item = &'a GateSeen<'a>>) -> Self {
        self.gates = gates.into_iter().collect();
        self
    }

    /// And what legs of one step cover together: asked for coverage instead of the legs.
    #[must_use]
    pub(super) fn with_united(mut self, steps: impl IntoIterator<Item = &'a GateSeen<'a>>) -> Self {
        self.legs = steps.into_iter().collect();
        self
    }

    /// The gates that answer for this path, over the whole run.
    fn asked(&self, path: &[&str]) -> Vec<&'a GateSeen<'a>> {
        let united = !self.legs.is_empty() && path.first() == Some(&"coverage");
        let gates = self.gates.iter().filter(|gate| !(united && gate.leg)).copied();
        gates.chain(self.legs.iter().filter(|_| united).copied()).collect()
    }

    /// And how steps stand, gates and others.
    #[must_use]
    pub fn with_states(mut self, states: StateOf<'a>) -> Self {
        self.states = Some(states);
        self
    }

    /// And the variables of a scope. A variable never hides a fact of the same name.
    #[must_use]
    pub fn with_variables(mut self, variables: VariableOf<'a>) -> Self {
        self.variables = Some(variables);
        self
    }

    /// A variable stands in for a fact of its name of which nothing is known. For diagrams, whose authors call their
    /// variables as they like.
    #[must_use]
    pub fn standing_in(mut self) -> Self {
        self.standing_in = true;
        self
    }

    fn step(&self, path: &[&str]) -> Lookup {
        let known = |value: Option<Value>| value.map_or(Lookup::Unknown, Lookup::Known);
        match path {
            [step, "outputs", output] => {
                let written = self.outputs.get(*step).and_then(|all| all.get(*output));
                known(written.map(|text| Value::Text(text.clone())))
            }
            [step, "state"] => {
                let gate =
                    || self.gates.iter().find(|gate| **gate.name == **step).map(|gate| gate.state.word());
                known(self.states.and_then(|of| of(step)).or_else(gate).map(Value::text))
            }
            [step, rest @ ..] if is_evidence(rest) => {
                let all = self.gates.iter().chain(&self.legs).copied();
                let gates: Vec<_> = all.filter(|gate| **gate.name == **step).collect();
                evidence(&gates, rest)
            }
            _ => Lookup::NoSuchName,
        }
    }
}

impl RunFacts<'_> {
    /// What is known as a fact, or as a variable whose name no fact has.
    fn fact(&self, path: &[&str]) -> Lookup {
        let Some((root, rest)) = path.split_first() else { return Lookup::NoSuchName };
        match *root {
            "steps" => self.step(rest),
            _ if is_evidence(path) => evidence(&self.asked(path), path),
            _ if !rest.is_empty() || FACT_ROOTS.contains(root) && !HOST.contains(root) => Lookup::NoSuchName,
            _ if HOST.contains(root) => {
                self.facts.get(*root).map_or(Lookup::Unknown, |value| Lookup::Known(value.clone()))
            }
            _ => {
                let found = self.variables.and_then(|of| of(root)).or_else(|| self.facts.get(*root).cloned());
                found.map_or(Lookup::NoSuchName, Lookup::Known)
            }
        }
    }

    /// The variable that stands in for a fact of this name.
    fn stand_in(&self, name: &str) -> Option<Value> {
        self.variables.filter(|_| self.standing_in).and_then(|of| of(name))
    }
}

impl Facts for RunFacts<'_> {
    fn look_up(&self, path: &[&str]) -> Lookup {
        match (self.fact(path), path) {
            (Lookup::Known(value), _) => Lookup::Known(value),
            (other, [name]) => self.stand_in(name).map_or(other, Lookup::Known),
            (other, _) => other,
        }
    }

    fn is_group(&self, path: &[&str]) -> bool {
        match path {
            [root, ..] if *root != "steps" && self.stand_in(root).is_some() => false,
            ["steps"] | ["steps", _] | ["steps", _, "outputs"] => true,
            ["steps", step, rest @ ..] => {
                let gates: Vec<_> = self.gates.iter().copied().filter(|gate| **gate.name == **step).collect();
                is_evidence_group(&gates, rest)
            }
            _ => is_evidence_group(&self.gates, path),
        }
    }

    fn changed(&self) -> Option<&[Name]> {
        self.changed
    }
}

/// Whether thresholds may ask for a fact of this dotted name without its being a measure of somebody's own.
pub fn is_fact(name: &str) -> bool {
    PROBLEMS.contains(&name) || is_asked(name)
}

/// The facts that gates count, by name, for "did you mean".
pub fn facts() -> impl Iterator<Item = &'static str> {
    COUNTED.iter().chain(PROBLEMS).copied()
}

/// Whether a fact is one that is known only beside a base or a baseline.
pub fn needs_base(fact: &str) -> bool {
    fact.contains(".introduced.") || fact.starts_with(CHANGED) || ratchet(fact).is_some()
}

/// The fact that one beside a base is made of.
pub(super) fn without_base(fact: &str) -> Option<String> {
    match fact.split_once(".introduced.") {
        Some((group, _)) => Some(format!("{group}.total")),
        None if fact.starts_with(CHANGED) => Some("coverage.line".to_owned()),
        None => ratchet(fact).map(|(fact, _)| fact.to_owned()),
    }
}

/// Facts about the lines that a change brought.
pub(super) const CHANGED: &str = "coverage.changed.";
/// How many of them can be covered.
pub(super) const CHANGED_LINES: &str = "coverage.changed.lines";

/// Which way a number has gone since the base.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Way {
    Drop,
    Rise,
}

/// `coverage.line.drop`: the fact, and which way it has gone. Only one step back: nothing drops in its dropping.
pub(super) fn ratchet(name: &str) -> Option<(&str, Way)> {
    let gone = |name| -> Option<(&str, Way)> {
        let drop = str::strip_suffix(name, ".drop").map(|fact| (fact, Way::Drop));
        drop.or_else(|| name.strip_suffix(".rise").map(|fact| (fact, Way::Rise)))
    };
    gone(name).filter(|(fact, _)| !fact.is_empty() && gone(fact).is_none())
}

fn is_asked(name: &str) -> bool {
    let name = ratchet(name).map_or(name, |(fact, _)| fact);
    COUNTED.contains(&name) || MEASURED.iter().any(|group| name.split('.').next() == Some(group))
}

/// The kind of gate that is there to find out a fact, for facts that have one: `coverage.line` is what a gate
/// of kind `coverage` is for.
pub(super) fn kind_of(fact: &str) -> Option<&'static str> {
    Some(match fact.split('.').next()? {
        "coverage" => "coverage",
        "tests" => "test",
        "vulnerabilities" | "vulndb" | "unchecked" => "dependencies",
        "components" => "sbom",
        "licenses" => "licenses",
        _ => return None,
    })
}

/// What a summary says of a fact or measure of this dotted name.
///
/// `vulnerabilities.critical` counts those of unknown danger too: what nobody rated may be critical.
fn of_summary(summary: &Summary, name: &str) -> Option<Fact> {
    // A measure cannot pretend to be a count of ours.
    if !COUNTED.contains(&name) {
        return summary.measures.get(name).map(Fact::from);
    }
    let (group, member) = name.split_once('.').unwrap_or((name, ""));
    if let Some(member) = member.strip_prefix("introduced.") {
        return of_introduced(summary, group, member);
    }
    let count = match group {
        "components" => summary.components,
        "mismatches" => Some(summary.mismatches),
        "unchecked" => {
            (summary.vulnerabilities.is_some() || summary.unchecked > 0).then_some(summary.unchecked)
        }
        "findings" => summary.findings.as_ref().and_then(|counts| of_findings(counts, member)),
        // A license that nobody states may be any.
        "licenses" if matches!(member, "copyleft" | "denied") => {
            let counts = summary.licenses.as_ref()?;
            let count = if member == "copyleft" { counts.copyleft } else { counts.denied };
            let more = if counts.unknown > 0 { More::UpTo(counts.unknown) } else { More::None };
            return Some(Fact::at_least(count, more));
        }
        "licenses" => summary.licenses.as_ref().and_then(|counts| match member {
            "total" => Some(counts.copyleft + counts.denied + counts.unknown),
            "unknown" => Some(counts.unknown),
            _ => None,
        }),
        "tests" if member.ends_with("_share") => {
            let counts = summary.tests.as_ref()?;
            let part = if member == "flaky_share" { counts.flaky } else { counts.passed };
            return Fact::share(part, counts.total() - counts.skipped);
        }
        "tests" => summary.tests.as_ref().and_then(|counts| of_tests(counts, member)),
        "vulnerabilities" => {
            let count = of_dangers(summary.vulnerabilities.as_ref()?, member)?;
            return Some(Fact::at_least(count, unchecked(summary)));
        }
        _ => None,
    };
    count.map(Fact::count)
}

/// What was not checked may hold any number of holes.
fn unchecked(summary: &Summary) -> More {
    if summary.unchecked > 0 { More::Any } else { More::None }
}

/// What the change brought; findings that may be old or new leave the number open.
fn of_introduced(summary: &Summary, group: &str, member: &str) -> Option<Fact> {
    let introduced = summary.introduced.as_ref()?;
    let (count, open, more) = if group == "findings" {
        summary.findings.as_ref()?;
        let of = |counts| of_findings(counts, member);
        (of(&introduced.findings)?, of(&introduced.findings_open)?, More::None)
    } else {
        summary.vulnerabilities.as_ref()?;
        let of = |counts| of_dangers(counts, member);
        (of(&introduced.vulnerabilities)?, of(&introduced.vulnerabilities_open)?, unchecked(summary))
    };
    let open = if open > 0 { More::UpTo(open) } else { More::None };
    Some(Fact::at_least(count, open.plus(more)))
}

/// What a gate says of a fact: its summary, and for holes in packages what it found without rating it.
///
/// A gate of kind `dependencies` whose report tells findings and no dangers (SARIF without ratings) has looked;
/// each of its findings counts as a hole of unknown danger, and so as a critical one.
pub(super) fn of_gate(kind: &str, summary: &Summary, name: &str) -> Option<Fact> {
    of_summary(summary, name).or_else(|| unrated(kind, summary, name)).or_else(|| {
        let (fact, way) = ratchet(name)?;
        let rise = of_gate(kind, summary, fact)?.rise_over(summary.base.get(fact)?)?;
        if way == Way::Rise { Some(rise) } else { rise.negated() }
    })
}

/// Like [`of_gate`], for a threshold: a change of something that is no percentage, asked for in percent, is a
/// share of what there was.
pub(super) fn of_gate_for(kind: &str, summary: &Summary, wanted: &Threshold) -> Option<Fact> {
    let found = of_gate(kind, summary, &wanted.fact)?;
    match ratchet(&wanted.fact) {
        Some((fact, _)) if !wanted.is_nothing() && is_percent(&wanted.unit) && !is_percent(&found.unit) => {
            // Where there is no share (of nothing), the units do not compare, and that is said.
            Some(found.share_of(summary.base.get(fact)?).unwrap_or(found))
        }
        _ => Some(found),
    }
}

impl Threshold {
    /// Whether it asks that a number has not gone up or down at all, which needs no unit.
    pub(super) fn is_nothing(&self) -> bool {
        ratchet(&self.fact).is_some() && self.value == crate::decimal::Decimal::from(0i64)
    }
}

fn unrated(kind: &str, summary: &Summary, name: &str) -> Option<Fact> {
    let member = name.strip_prefix("vulnerabilities.").filter(|_| COUNTED.contains(&name))?;
    if kind_of(name) != Some(kind) || summary.vulnerabilities.is_some() {
        return None;
    }
    let all = |counts: &FindingCounts| counts.error + counts.warning + counts.note;
    let (member, open, more) = match (member.strip_prefix("introduced."), &summary.introduced) {
        (None, _) => (member, all(summary.findings.as_ref()?), More::None),
        (Some(member), Some(introduced)) => {
            let more = all(&introduced.findings_open);
            let more = if more > 0 { More::UpTo(more) } else { More::None };
            (member, all(&introduced.findings), more)
        }
        (Some(_), None) => return None,
    };
    let (open, more) = if UNRATED.contains(&member) { (open, more) } else { (0, More::None) };
    Some(Fact::at_least(open, more.plus(unchecked(summary))))
}

/// What a hole of unknown danger counts as.
const UNRATED: &[&str] = &["critical", "total", "unknown"];

fn of_dangers(all: &DangerCounts, member: &str) -> Option<u64> {
    Some(match member {
        "critical" => all.critical + all.unknown,
        "high" => all.high,
        "low" => all.low,
        "medium" => all.medium,
        "none" => all.none,
        "total" => all.total(),
        "unknown" => all.unknown,
        _ => return None,
    })
}

fn of_findings(counts: &FindingCounts, member: &str) -> Option<u64> {
    Some(match member {
        "error" => counts.error,
        "none" => counts.none,
        "note" => counts.note,
        "suppressed" => counts.suppressed,
        "total" => counts.total(),
        "warning" => counts.warning,
        _ => return None,
    })
}

fn of_tests(counts: &TestCounts, member: &str) -> Option<u64> {
    Some(match member {
        "errored" => counts.errored,
        "failed" => counts.failed,
        "flaky" => counts.flaky,
        "passed" => counts.passed,
        "skipped" => counts.skipped,
        "total" => counts.total(),
        "unsuccessful" => counts.failed + counts.errored,
        _ => return None,
    })
}

/// Whether a path is one that evidence may answer.
fn is_evidence(path: &[&str]) -> bool {
    match path {
        ["measures", _] => true,
        ["measures", _, unit] => UNITS.contains(unit),
        [_, ..] => is_asked(&path.join(".")) && !(path.len() == 1 && MEASURED.contains(&path[0])),
        [] => false,
    }
}

fn is_evidence_group(gates: &[&GateSeen<'_>], path: &[&str]) -> bool {
    match path {
        ["measures"] => true,
        ["measures", name] => over(gates, name).is_none_or(|fact| !is_bare(&fact.unit)),
        [] => false,
        _ => {
            let prefix = format!("{}.", path.join("."));
            let measured = || {
                gates.iter().filter_map(|gate| gate.summary).any(|summary| {
                    summary
                        .measures
                        .range(Name::from(&*prefix)..)
                        .next()
                        .is_some_and(|(name, _)| name.starts_with(&prefix))
                })
            };
            MEASURED.contains(&path[0]) && (path.len() == 1 || path == ["coverage", "changed"] || measured())
                || COUNTED.iter().any(|name| name.starts_with(&prefix))
        }
    }
}

fn evidence(gates: &[&GateSeen<'_>], path: &[&str]) -> Lookup {
    let (name, unit) = match path {
        ["measures", name] => ((*name).to_owned(), None),
        ["measures", name, unit] => ((*name).to_owned(), Some(*unit)),
        _ => (path.join("."), None),
    };
    let Some(fact) = over(gates, &name) else { return Lookup::Unknown };
    match unit {
        // A unit that the measure cannot be said in leaves the answer open rather than guessed.
        Some(unit) => fact.in_unit(unit).map_or(Lookup::Unknown, |number| Lookup::Known(value(number))),
        None if is_bare(&fact.unit) => Lookup::Known(value(fact.measure().value)),
        None => Lookup::NoSuchName,
    }
}

fn value(number: crate::decimal::Decimal) -> Value {
    number.as_integer().map_or(Value::Decimal(number), Value::Integer)
}

/// A fact over several gates: counts and shares are summed, measures must agree.
fn over(gates: &[&GateSeen<'_>], name: &str) -> Option<Fact> {
    let beside = without_base(name);
    // A gate that has the number and nothing to compare it with leaves the sum open.
    let lacks_base = |gate: &&&GateSeen<'_>| {
        let has =
            |fact: &str| gate.summary.is_some_and(|summary| of_gate(gate.kind, summary, fact).is_some());
        beside.as_deref().is_some_and(has) && !has(name)
    };
    if gates.iter().any(|gate| lacks_base(&gate)) {
        return None;
    }
    let mut all = gates.iter().filter_map(|gate| of_gate(gate.kind, gate.summary?, name));
    let first = all.next()?;
    let sums = COUNTED.contains(&name)
        || ratchet(name).is_some_and(|(fact, _)| COUNTED.contains(&fact) && !fact.ends_with("_share"));
    let sum = all.try_fold(first, |sum, one| {
        if sums {
            let whole = match (sum.whole, one.whole) {
                (Some(left), Some(right)) => Some(left.checked_add(right)?),
                _ => None,
            };
            let more = sum.more.plus(one.more);
            Some(Fact { part: sum.part.plus(one.part)?, whole, unit: sum.unit, more })
        } else {
            (sum == one).then_some(sum)
        }
    })?;
    // An expression has no word for "at least".
    (sum.more == More::None).then_some(sum)
}
