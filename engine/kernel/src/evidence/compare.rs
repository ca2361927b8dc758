//! What findings and numbers are compared with, so that only what a change brought is held against it.
//!
//! ```text
//!   base       the commit that the change will be merged onto: which lines differ, and what its own run showed
//!   baseline   a governed file of what was known on the day it was made
//! ```
//!
//! Of each gate one of the two speaks: the base's run where there is one, else the baseline. A finding is
//! *introduced* if it lies on changed lines or if the one that speaks does not have its fingerprint. Where nothing
//! speaks of a gate, what does not lie on changed lines is not known: neither new nor old.
//!
//! **Absent on purpose:** asking git and reading files (the host does), and judging.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::{Compared, Evidence, Finding, Measure, Place, Summary};
use crate::id::{Digest, Name, RunId};

/// Everything that the evidence of one run is compared with; recorded with the run's start, by digest.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Comparison {
    /// The commit that the change is compared with.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub base: Option<Name>,
    /// What the gates showed there, by name of the gate.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub gates: BTreeMap<Name, Known>,
    /// Lines that the change brought, by path, as ranges from first to last line, ascending and apart. A file
    /// without any is not in it. `None` where no base is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub lines: Option<BTreeMap<Name, Vec<Lines>>>,
    /// Files that the change moved: the new path, and the one at the base.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub moved: BTreeMap<Name, Name>,
}

/// First and last line, from 1.
pub type Lines = (u32, u32);

/// What a gate showed at the base or on the day of the baseline.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Known {
    /// Fingerprints of its findings, suppressed ones included.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub fingerprints: BTreeSet<Name>,
    /// Who says so.
    pub from: KnownFrom,
    /// Its facts, by name.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub measures: BTreeMap<Name, Measure>,
    /// Findings in files that the change moved, by their identity at the new path ([`identity`]): a fingerprint
    /// holds the path, so it cannot be looked for.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub moved: BTreeSet<Name>,
}

/// Who says what was known.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KnownFrom {
    /// The baseline file.
    Baseline {
        /// Of its bytes.
        digest: Digest,
    },
    /// A run of the base commit.
    Run {
        /// Its id.
        id: RunId,
    },
}

/// What a finding is, apart from the lines it stands on: rule, path, and message without its digits.
pub fn identity(rule: &str, path: &str, message: &str) -> Name {
    let message: String = message.chars().filter(|character| !character.is_ascii_digit()).collect();
    format!("{rule}\n{path}\n{message}").into()
}

impl Comparison {
    /// Writes into the evidence of a gate what the comparison says of it.
    pub fn mark(&self, gate: &Name, evidence: &mut Evidence) {
        let known = self.gates.get(gate);
        evidence.compared = match (&self.lines, known) {
            (None, None) => None,
            (None, Some(_)) => Some(Compared::Fingerprints),
            (Some(_), None) => Some(Compared::Lines),
            (Some(_), Some(_)) => Some(Compared::LinesAndFingerprints),
        };
        for finding in evidence.findings.iter_mut().flatten() {
            finding.introduced = self.is_introduced(known, finding);
        }
        if let Some(lines) = &self.lines {
            for file in evidence.coverage.iter_mut().flatten() {
                file.changed = lines.get(&file.path).cloned().unwrap_or_default();
            }
        }
        evidence.base = known.map(|known| known.measures.clone()).unwrap_or_default();
    }

    fn is_introduced(&self, known: Option<&Known>, finding: &Finding) -> Option<bool> {
        if finding.place.as_ref().is_some_and(|place| self.is_changed(place)) {
            return Some(true);
        }
        let known = known?;
        if known.fingerprints.contains(&finding.fingerprint) {
            return Some(false);
        }
        let moved = finding.place.as_ref().filter(|place| self.moved.contains_key(&place.path));
        let Some(place) = moved else { return Some(true) };
        match known.from {
            KnownFrom::Run { .. } => {
                Some(!known.moved.contains(&identity(&finding.rule, &place.path, &finding.message)))
            }
            // A baseline knows fingerprints alone, and those hold the old path.
            KnownFrom::Baseline { .. } => None,
        }
    }

    /// Whether a place lies on changed lines. A place without a line says nothing of lines.
    fn is_changed(&self, place: &Place) -> bool {
        let ranges = self.lines.as_ref().and_then(|lines| lines.get(&place.path));
        let (Some(ranges), Some(first)) = (ranges, place.line) else { return false };
        let last = place.end_line.unwrap_or(first).max(first);
        touches(ranges, first, last)
    }

    /// How many lines the change brought; `None` where no base is known. A file that counts as changed to its end,
    /// wherever that is, has no lines to count.
    pub fn changed_lines(&self) -> Option<u64> {
        let count = |(first, last): &Lines| u64::from(last.saturating_sub(*first)) + 1;
        let ends = |range: &&Lines| range.1 != u32::MAX;
        self.lines.as_ref().map(|lines| lines.values().flatten().filter(ends).map(count).sum())
    }
}

/// Whether any of the ranges, ascending and apart, has a line of `first..=last`.
pub(super) fn touches(ranges: &[Lines], first: u32, last: u32) -> bool {
    let next = ranges.partition_point(|range| range.1 < first);
    ranges.get(next).is_some_and(|range| range.0 <= last)
}

impl Known {
    /// What a gate showed, for a change that moved these files (new path → old path).
    pub fn of(from: KnownFrom, evidence: &Evidence, summary: &Summary, moved: &BTreeMap<Name, Name>) -> Self {
        let mut now: BTreeMap<&Name, Vec<&Name>> = BTreeMap::new();
        for (new, old) in moved {
            now.entry(old).or_default().push(new);
        }
        let findings = || evidence.findings.iter().flatten();
        let identities = findings().flat_map(|finding| {
            let at = finding.place.as_ref().and_then(|place| now.get(&place.path));
            at.into_iter().flatten().map(|path| identity(&finding.rule, path, &finding.message))
        });
        Self {
            fingerprints: findings().map(|finding| finding.fingerprint.clone()).collect(),
            from,
            measures: summary.facts(),
            moved: identities.collect(),
        }
    }
}

#[cfg(test)]
mod tests;
