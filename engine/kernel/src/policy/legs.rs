//! What the legs of one step cover together.
//!
//! A matrix or a sharded test run makes one step into several gates (`test[os=linux]`, `test[shard=2]`), each of
//! which covers a part. Coverage is a property of the product and not of a leg, so its rules are held against the
//! union:
//!
//! ```text
//!   a leg ends            judged at once by every rule but those about coverage     recorded with the leg
//!   the run is judged     the evidence of its legs is asked for by digest, united by file and line, and judged
//!                         by the rules about coverage, once for each step           recorded with the verdict
//! ```
//!
//! A line is hit if any leg hit it. Branches and units are the same if line and name are. Numbers of coverage
//! that a leg left without files and lines cannot be united: where all legs agree on one it is theirs, else it is
//! not known. What the change brought (`coverage.changed.*`) is counted over the union. `drop` and `rise` compare
//! the union with the base where all legs were told the same number for it; where each was told its own, each is
//! compared with its own.
//!
//! A rule that names a leg (`gates: ["test[os=linux]"]`) is about that leg alone and is asked when it ends. A
//! step with one leg is judged like any other gate. Legs that were not asked for (their own `if`, a flag) add nothing,
//! and neither do broken ones that may fail; any other leg without evidence, and one whose evidence is gone, leaves
//! the rule undecided, since it might have covered more.
//!
//! **Replay-safe:** the outcomes are part of the recorded verdict and rest on evidence that the log names by digest.
//! Runs that began before legs were united ([`JUDGING`](super::JUDGING)) are judged as they were.
//!
//! **Absent on purpose:** tests, findings and measures of other kinds: a test that failed in one leg has failed.

use std::collections::BTreeMap;

use crate::ask::Ask;
use crate::evidence::{Branch, Evidence, FileCoverage, Measure, Summary, Unit, UnitKind};
use crate::id::{Digest, Name};
use crate::policy::facts::{kind_of, ratchet};
use crate::policy::{Lack, Require, Rule, RuleOutcome, State, Why};

/// The facts that are united.
const UNITED: &str = "coverage.";

/// The step that a leg belongs to: `test` of `test[os=linux]`.
pub fn step_of(name: &str) -> Option<&str> {
    name.strip_suffix(']')?.split_once('[').map(|(step, _)| step).filter(|step| !step.is_empty())
}

/// Whether a rule is held against the union of a step's legs rather than against this leg.
pub(super) fn is_united(rule: &Rule, leg: &Name) -> bool {
    fact_of(rule).is_some_and(|fact| fact.starts_with(UNITED)) && !rule.gates.contains(leg)
}

fn fact_of(rule: &Rule) -> Option<&Name> {
    match &rule.require {
        Require::Threshold(wanted) => Some(&wanted.fact),
        Require::Expression(_) | Require::Rego(_) => None,
    }
}

/// One leg that left evidence.
pub(super) struct Leg<'a> {
    pub(super) name: &'a Name,
    pub(super) digest: Option<&'a Digest>,
    pub(super) summary: &'a Summary,
}

/// What the legs of a step left together.
pub(super) struct Union {
    /// Only what is united: coverage.
    pub(super) evidence: Evidence,
    pub(super) summary: Summary,
    /// The evidence of a leg is not at hand, so nothing more than a part is known.
    incomplete: bool,
    /// So many legs left no evidence and should have.
    missing: u64,
    /// Measures on which the legs differ.
    differ: bool,
    /// The legs were told different numbers of the base.
    pub(super) own_bases: bool,
}

/// The union of these legs. None of them is looked at twice, and nothing is read where none
/// measured coverage or is there for it.
pub(super) fn unite(kind: &Name, legs: &[Leg<'_>], missing: u64, ask: &dyn Ask) -> Option<Union> {
    let measured = |name: &Name| name.starts_with(UNITED);
    if **kind != *"coverage" && !legs.iter().any(|leg| leg.summary.measures.keys().any(measured)) {
        return None;
    }
    let mut files: BTreeMap<Name, File> = BTreeMap::new();
    let mut measures: BTreeMap<Name, Measure> = BTreeMap::new();
    let mut base: BTreeMap<Name, Measure> = BTreeMap::new();
    let (mut incomplete, mut differ, mut own_bases, mut changed_unknown, mut compared, mut first) =
        (false, false, false, false, None, true);
    for leg in legs {
        let Some(evidence) = leg.digest.and_then(|digest| ask.evidence(digest)) else {
            incomplete = true;
            continue;
        };
        for file in evidence.coverage.iter().flatten() {
            files.entry(file.path.clone()).or_default().add(file);
        }
        // Totals that are stated beside files and lines are those of one leg; the union is counted.
        let stated = evidence.coverage.as_ref().is_none_or(Vec::is_empty);
        for (name, measure) in evidence.measures.iter().filter(|(name, _)| stated && measured(name)) {
            differ |= measures.insert(name.clone(), measure.clone()).is_some_and(|other| other != *measure);
        }
        let told = || evidence.base.iter().filter(|(name, _)| measured(name));
        if std::mem::take(&mut first) {
            base.extend(told().map(|(name, measure)| (name.clone(), measure.clone())));
        } else {
            own_bases |= !told().eq(base.iter());
        }
        compared = compared.max_by_reach(evidence.compared);
        changed_unknown |= evidence.changed_unknown;
    }
    if differ {
        measures.clear();
    }
    let coverage = files.into_iter().map(|(path, file)| file.into_coverage(path)).collect();
    let evidence = Evidence {
        base,
        changed_unknown,
        compared,
        coverage: Some(coverage),
        measures,
        ..Evidence::default()
    };
    let summary = evidence.summary();
    Some(Union { evidence, summary, incomplete, missing, differ, own_bases })
}

/// Which comparison knows of changed lines.
trait Reach {
    fn max_by_reach(self, other: Self) -> Self;
}

impl Reach for Option<crate::evidence::Compared> {
    fn max_by_reach(self, other: Self) -> Self {
        use crate::evidence::Compared::Fingerprints;
        match (self, other) {
            (None | Some(Fingerprints), Some(other)) => Some(other),
            (own, _) => own,
        }
    }
}

impl Union {
    /// An outcome over the union, corrected by what is missing of it.
    pub(super) fn corrected(&self, rule: &Rule, mut outcome: RuleOutcome) -> RuleOutcome {
        let lacks = match () {
            // The rule was not asked, so nothing is lacking.
            () if outcome.why == Why::NotAsked => return outcome,
            () if self.incomplete => Lack::Evidence,
            () if self.missing > 0 => Lack::LegsMissing(self.missing),
            () if self.differ && outcome.why.is_unmeasured() => Lack::Legs,
            () => return outcome,
        };
        let Require::Threshold(wanted) = &rule.require else { return outcome };
        // More legs cover more of the same lines, or bring lines of their own: both ways are open.
        outcome.state = State::Undecided;
        let fact = wanted.fact.clone();
        outcome.why = Why::Open { fact, found: None, lacks, wanted: wanted.clone() };
        outcome
    }

    /// Whether a rule is one that each leg answers for itself: a ratchet, where each was told its own base.
    pub(super) fn is_for_each(&self, rule: &Rule) -> bool {
        self.own_bases && fact_of(rule).is_some_and(|fact| ratchet(fact).is_some())
    }
}

/// Whether a leg is there for coverage and left none: its part of the union is not known.
pub(super) fn is_silent(rule: &Rule, kind: &Name, leg: &Leg<'_>) -> bool {
    let kind_of = fact_of(rule).and_then(|fact| kind_of(fact));
    let about = rule.gates.contains(kind) || rule.gates.is_empty() && kind_of == Some(kind.as_str());
    about && !leg.summary.measures.keys().any(|name| name.starts_with(UNITED))
}

/// One file as several legs saw it.
#[derive(Default)]
struct File {
    changed: Vec<(u32, u32)>,
    lines: BTreeMap<u32, u64>,
    branches: BTreeMap<(u32, Name), u64>,
    units: BTreeMap<(UnitKind, Name), Unit>,
}

impl File {
    fn add(&mut self, file: &FileCoverage) {
        if self.changed.is_empty() {
            self.changed.clone_from(&file.changed);
        }
        for (line, hits) in &file.lines {
            let sum = self.lines.entry(*line).or_default();
            *sum = sum.saturating_add(*hits);
        }
        for Branch { branch, hits, line } in &file.branches {
            let sum = self.branches.entry((*line, branch.clone())).or_default();
            *sum = sum.saturating_add(*hits);
        }
        for unit in &file.units {
            let known = self.units.entry((unit.kind, unit.id.clone()));
            let known = known.or_insert_with(|| Unit { hits: 0, ..unit.clone() });
            known.hits = known.hits.saturating_add(unit.hits);
        }
    }

    fn into_coverage(self, path: Name) -> FileCoverage {
        let branches = self.branches.into_iter();
        FileCoverage {
            branches: branches.map(|((line, branch), hits)| Branch { branch, hits, line }).collect(),
            changed: self.changed,
            lines: self.lines.into_iter().collect(),
            path,
            units: self.units.into_values().collect(),
        }
    }
}
