//! Advisories as the registry of npm tells them, in the shape of npm 6 and in that of npm 7.
//!
//! **Absent on purpose:** comparing version ranges.

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::Mismatch;

use crate::coverage::compare;
use crate::error::{ReadError, Result};
use crate::holes::{Hole, Holes, Rating, purl};
use crate::json::Value;

/// The words of npm, the least bad first.
pub(crate) const SEVERITIES: &[&str] = &["info", "low", "moderate", "high", "critical"];

/// Advisories while they are read.
#[derive(Default)]
pub(crate) struct Sought {
    pub(crate) holes: Holes,
    /// By severity: advisories, installed versions and paths that they hit. Tools differ on what their totals count.
    counts: BTreeMap<String, [u64; 3]>,
}

impl Sought {
    /// An advisory of npm 6: `module_name`, `severity`, `findings`.
    pub(crate) fn add(&mut self, entry: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<()> {
        const ADVISORY: &str = "an advisory with `module_name` and `severity`";
        let name = entry.get("module_name").text().or(entry.get("name").text());
        let name = name.ok_or_else(|| malformed(ADVISORY))?;
        let severity = entry.get("severity").text().ok_or_else(|| malformed(ADVISORY))?;
        let (id, aliases) = ids(entry, entry.get("id"));
        let fixed = entry.get("patched_versions").text().filter(|range| *range != "<0.0.0");
        let hole = |version: &str| Hole {
            id: id.clone(),
            aliases: aliases.clone(),
            package: purl::of("npm", name),
            version: version.to_owned(),
            rating: rating(entry, severity),
            fixed: fixed.map(str::to_owned).into_iter().collect(),
            title: entry.get("title").text().unwrap_or_default().to_owned(),
            ..Hole::default()
        };
        let findings = entry.get("findings").list();
        if findings.is_empty() {
            self.holes.push(hole(""))?;
        }
        let mut paths = 0;
        for finding in findings {
            paths += finding.get("paths").list().len() as u64;
            self.holes.push(hole(finding.get("version").text().unwrap_or_default()))?;
        }
        let counts = self.counts.entry(severity.to_owned()).or_default();
        for (count, more) in counts.iter_mut().zip([1, findings.len() as u64, paths]) {
            *count += more;
        }
        Ok(())
    }

    /// An advisory that npm 7 gives as the reason why a package is listed.
    pub(crate) fn own(&mut self, package: &str, via: &Value, entry: &Value) -> Result<()> {
        let name = via.get("name").text().unwrap_or(package);
        let severity = via.get("severity").text().or(entry.get("severity").text()).unwrap_or_default();
        let (id, aliases) = ids(via, via.get("source"));
        let fix = entry.get("fixAvailable");
        let fixed = fix.get("version").text().filter(|_| fix.get("name").text() == Some(name));
        self.counts.entry(severity.to_owned()).or_default()[0] += 1;
        self.holes.push(Hole {
            id,
            aliases,
            package: purl::of("npm", name),
            rating: rating(via, severity),
            fixed: fixed.map(str::to_owned).into_iter().collect(),
            title: via.get("title").text().unwrap_or_default().to_owned(),
            ..Hole::default()
        })
    }

    /// How many advisories were read, as often as they were said.
    pub(crate) fn entries(&self) -> u64 {
        self.counts.values().map(|counts| counts[0]).sum()
    }

    /// A declared total agrees if it is the number of advisories, versions or paths.
    pub(crate) fn compare(&self, severity: &str, declared: u64, mismatches: &mut Vec<Mismatch>) {
        let counts = self.counts.get(severity).copied().unwrap_or_default();
        if !counts.contains(&declared) {
            compare(mismatches, &format!("advisories.{severity}"), Some(declared), counts[0]);
        }
    }
}

/// A total of the report's own, where it states one.
pub(crate) fn total(totals: &Value, severity: &str, malformed: &ReadError) -> Result<Option<u64>> {
    match totals.get(severity) {
        Value::Null => Ok(None),
        stated => stated.count(|| malformed.clone()).map(Some),
    }
}

fn rating(entry: &Value, severity: &str) -> Rating {
    let vector = entry.at(&["cvss", "vectorString"]).text();
    // Where nobody scored an advisory, npm writes 0.
    let score = entry.at(&["cvss", "score"]).decimal().filter(|score| *score > Decimal::default());
    Rating::of(Some(severity), score, vector)
}

/// The id under which an advisory is known elsewhere, and its others. A number of the registry is the last resort.
fn ids(entry: &Value, number: &Value) -> (String, Vec<String>) {
    let listed = |key: &str| entry.get(key).list().iter().filter_map(Value::text).map(str::to_owned);
    let github = entry.get("github_advisory_id").text().map(str::to_owned);
    let url = entry.get("url").text().and_then(of_url);
    let mut all: Vec<String> = github.into_iter().chain(url).chain(listed("cves")).collect();
    all.extend(match number {
        Value::Number(number) => Some(format!("npm:{number}")),
        Value::Text(number) if !number.is_empty() => Some(format!("npm:{number}")),
        _ => None,
    });
    let mut all = all.into_iter();
    (all.next().unwrap_or_default(), all.collect())
}

/// `https://github.com/advisories/GHSA-c2qf-rxjj-qqgw`
pub(crate) fn of_url(url: &str) -> Option<String> {
    let id = url.trim_end_matches('/').rsplit('/').next()?;
    crate::holes::is_advisory(id).then(|| id.to_owned())
}
