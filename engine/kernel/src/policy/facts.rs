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
//! **Absent on purpose:** evaluating anything, clocks, files.

use std::collections::BTreeMap;

use crate::ask::{Facts, Lookup};
use crate::evidence::{FindingCounts, Summary, TestCounts};
use crate::id::Name;
use crate::policy::picture::GateSeen;
use crate::policy::unit::{Fact, is_bare};
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
    "vulndb",
    "vulnerabilities",
];

/// Facts that the host hands over, one value each.
const HOST: &[&str] = &["arch", "base", "branch", "ci", "commit", "event", "inputs", "os", "tag", "tree"];

/// Facts that gates count, beside measures. `findings.introduced.*` and `coverage.changed.line` need a
/// baseline, `licenses.*` a license list; they are names that may be asked for and are not known yet.
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
    "licenses.unknown",
    "mismatches",
    "tests.errored",
    "tests.failed",
    "tests.flaky",
    "tests.flaky_share",
    "tests.passed",
    "tests.skipped",
    "tests.total",
    "tests.unsuccessful",
    "vulnerabilities.critical",
    "vulnerabilities.high",
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

/// The facts of a run as expressions see them. What is not handed over is not known.
#[derive(Clone)]
pub struct RunFacts<'a> {
    changed: Option<&'a [Name]>,
    facts: &'a BTreeMap<Name, Value>,
    gates: Vec<&'a GateSeen<'a>>,
    outputs: &'a BTreeMap<Name, BTreeMap<Name, Name>>,
    states: Option<StateOf<'a>>,
    variables: Option<&'a BTreeMap<Name, Value>>,
}

impl<'a> RunFacts<'a> {
    /// The facts from the host, the outputs of steps (by step and name), and what the change touches.
    pub fn new(
        facts: &'a BTreeMap<Name, Value>,
        outputs: &'a BTreeMap<Name, BTreeMap<Name, Name>>,
        changed: Option<&'a [Name]>,
    ) -> Self {
        Self { changed, facts, gates: Vec::new(), outputs, states: None, variables: None }
    }

    /// And what these gates found.
    #[must_use]
    pub fn with_gates(mut self, gates: impl IntoIterator<Item = &'a GateSeen<'a>>) -> Self {
        self.gates = gates.into_iter().collect();
        self
    }

    /// And how steps stand, gates and others.
    #[must_use]
    pub fn with_states(mut self, states: StateOf<'a>) -> Self {
        self.states = Some(states);
        self
    }

    /// And the variables of a scope. A variable never hides a fact of the same name.
    #[must_use]
    pub fn with_variables(mut self, variables: &'a BTreeMap<Name, Value>) -> Self {
        self.variables = Some(variables);
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
                let gates: Vec<_> = self.gates.iter().copied().filter(|gate| **gate.name == **step).collect();
                evidence(&gates, rest)
            }
            _ => Lookup::NoSuchName,
        }
    }
}

impl Facts for RunFacts<'_> {
    fn look_up(&self, path: &[&str]) -> Lookup {
        let Some((root, rest)) = path.split_first() else { return Lookup::NoSuchName };
        match *root {
            "steps" => self.step(rest),
            _ if is_evidence(path) => evidence(&self.gates, path),
            _ if !rest.is_empty() || FACT_ROOTS.contains(root) && !HOST.contains(root) => Lookup::NoSuchName,
            _ if HOST.contains(root) => {
                self.facts.get(*root).map_or(Lookup::Unknown, |value| Lookup::Known(value.clone()))
            }
            _ => {
                let found = self.variables.and_then(|all| all.get(*root)).or_else(|| self.facts.get(*root));
                found.map_or(Lookup::NoSuchName, |value| Lookup::Known(value.clone()))
            }
        }
    }

    fn is_group(&self, path: &[&str]) -> bool {
        match path {
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

fn is_asked(name: &str) -> bool {
    COUNTED.contains(&name) || MEASURED.iter().any(|group| name.split('.').next() == Some(group))
}

/// The kind of gate that is there to find out a fact, for facts that have one: `coverage.line` is what a gate
/// of kind `coverage` is for.
pub(super) fn kind_of(fact: &str) -> Option<&'static str> {
    Some(match fact.split('.').next()? {
        "coverage" => "coverage",
        "tests" => "test",
        "vulnerabilities" | "vulndb" => "dependencies",
        "components" => "sbom",
        "licenses" => "licenses",
        _ => return None,
    })
}

/// What a summary says of a fact or measure of this dotted name.
///
/// `vulnerabilities.critical` counts those of unknown danger too: what nobody rated may be critical.
fn of_summary(summary: &Summary, name: &str) -> Option<Fact> {
    let (group, member) = name.split_once('.').unwrap_or((name, ""));
    let count = match group {
        "components" if member.is_empty() => summary.components,
        "mismatches" if member.is_empty() => Some(summary.mismatches),
        "findings" => summary.findings.as_ref().and_then(|counts| of_findings(counts, member)),
        "tests" if member == "flaky_share" => {
            let counts = summary.tests.as_ref()?;
            return Fact::share(counts.flaky, counts.total() - counts.skipped);
        }
        "tests" => summary.tests.as_ref().and_then(|counts| of_tests(counts, member)),
        "vulnerabilities" => summary.vulnerabilities.as_ref().and_then(|all| match member {
            "critical" => Some(all.critical + all.unknown),
            "high" => Some(all.high),
            "low" => Some(all.low),
            "medium" => Some(all.medium),
            "none" => Some(all.none),
            "total" => Some(all.critical + all.high + all.medium + all.low + all.none + all.unknown),
            "unknown" => Some(all.unknown),
            _ => None,
        }),
        _ => None,
    };
    // A measure cannot pretend to be a count of ours.
    if COUNTED.contains(&name) { count.map(Fact::count) } else { summary.measures.get(name).map(Fact::from) }
}

/// What a gate says of a fact: its summary, and for holes in packages what it found without rating it.
///
/// A gate of kind `dependencies` whose report tells findings and no dangers (SARIF without ratings) has looked;
/// each of its findings counts as a hole of unknown danger, and so as a critical one.
pub(super) fn of_gate(kind: &str, summary: &Summary, name: &str) -> Option<Fact> {
    of_summary(summary, name).or_else(|| {
        let member = name.strip_prefix("vulnerabilities.").filter(|_| COUNTED.contains(&name))?;
        let findings = summary.findings.as_ref().filter(|_| kind_of(name) == Some(kind))?;
        let open = findings.error + findings.warning + findings.note;
        Some(Fact::count(if UNRATED.contains(&member) { open } else { 0 }))
    })
}

/// What a hole of unknown danger counts as.
const UNRATED: &[&str] = &["critical", "total", "unknown"];

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
    let mut all = gates.iter().filter_map(|gate| of_gate(gate.kind, gate.summary?, name));
    let first = all.next()?;
    let sums = COUNTED.contains(&name);
    all.try_fold(first, |sum, one| {
        if sums {
            let whole = match (sum.whole, one.whole) {
                (Some(left), Some(right)) => Some(left.checked_add(right)?),
                _ => None,
            };
            Some(Fact { part: sum.part.plus(one.part)?, whole, unit: sum.unit })
        } else {
            (sum == one).then_some(sum)
        }
    })
}
