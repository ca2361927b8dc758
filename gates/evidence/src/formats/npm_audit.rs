//! `npm_audit`: `npm audit --json`, of npm 6 (`advisories`) and of npm 7 and later (`vulnerabilities`).
//!
//! npm 7 lists packages: those with an advisory of their own, and those that only depend on such a package. A hole is
//! an advisory in its own package; the others are the same hole seen from above. npm's totals count packages, so they
//! are compared with the packages listed. It does not say which version is installed.
//!
//! A registry that did not answer leaves a well-formed object with `error` or `message`: nobody looked.
//!
//! **Absent on purpose:** the proposed fixes (`fixAvailable` mostly names another package), paths in the tree.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::evidence::{Evidence, Mismatch};

use crate::context::Context;
use crate::coverage::compare;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::Findings;
use crate::holes::{Hole, Rating, purl};
use crate::input::Input;
use crate::json::{Json, Value};
use advisory::{SEVERITIES, Sought};

pub(super) mod advisory;

const EXPECTED: &str = "JSON of npm audit";

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    read_as(input, EXPECTED)
}

/// Reads either shape; pnpm and older yarns write that of npm 6.
pub(super) fn read_as(input: &mut Input<'_>, expected: &'static str) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, expected)?;
    let mut report = Report::default();
    json.object(|json, key| {
        match key {
            "advisories" => {
                report.sought = true;
                json.object(|json, _| {
                    let entry = json.value()?;
                    report.advisories.add(&entry, &|expected| json.malformed(expected))
                })?;
            }
            "vulnerabilities" => {
                report.sought = true;
                json.object(|json, name| {
                    let entry = json.value()?;
                    report.package(name, &entry, &|expected| json.malformed(expected))
                })?;
            }
            "metadata" => report.metadata = json.value()?,
            "auditReportVersion" => report.version = json.value()?,
            key if excuse::may_excuse(key) => report.rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let malformed = json.malformed("an audit with sound totals");
    json.end()?;
    report.finish(expected, &malformed)
}

#[derive(Default)]
struct Report {
    /// A list was there, perhaps without an entry.
    sought: bool,
    version: Value,
    metadata: Value,
    rest: Vec<(String, Value)>,
    advisories: Sought,
    /// Packages of npm 7 by name.
    packages: BTreeMap<String, Package>,
}

/// A package as npm 7 lists it.
struct Package {
    severity: String,
    /// Packages through which it is affected.
    through: Vec<String>,
    /// An advisory names it.
    own: bool,
}

impl Report {
    fn package(
        &mut self,
        name: &str,
        entry: &Value,
        malformed: &dyn Fn(&'static str) -> ReadError,
    ) -> Result<()> {
        const PACKAGE: &str = "a package of npm audit with `severity` and `via`";
        let severity = entry.get("severity").text().ok_or_else(|| malformed(PACKAGE))?;
        let Value::List(via) = entry.get("via") else { return Err(malformed(PACKAGE)) };
        let mut package = Package { severity: severity.to_owned(), through: Vec::new(), own: false };
        for one in via {
            match one {
                Value::Text(through) => package.through.push(through.clone()),
                Value::Map(_) => {
                    package.own = true;
                    self.advisories.own(name, one, entry)?;
                }
                _ => return Err(malformed(PACKAGE)),
            }
        }
        self.packages.insert(name.to_owned(), package);
        Ok(())
    }

    fn finish(mut self, expected: &'static str, malformed: &ReadError) -> Result<Evidence> {
        let rest = Value::Map(std::mem::take(&mut self.rest));
        let excuse = excuse::excuse(&rest);
        if let Some(message) = excuse.filter(|_| !self.sought || !rest.get("error").is_null()) {
            return Err(ReadError::ToolFailed { message });
        }
        let other = |found: &str| ReadError::OtherFormat { expected, found: found.to_owned() };
        if !self.sought {
            return Err(other("a JSON object without `vulnerabilities` and `advisories`"));
        }
        if !self.version.is_null() && self.version.index() != Some(2) {
            return Err(other("an `auditReportVersion` other than 2"));
        }
        self.orphans()?;
        let mut evidence = Evidence { vulnerabilities_sought: true, ..Evidence::default() };
        self.mismatches(&mut evidence.mismatches, malformed)?;
        let mut findings = Findings::default();
        self.advisories.holes.finish(&mut findings)?;
        evidence.findings = Some(findings.finish());
        Ok(evidence)
    }

    /// A package whose advisory is nowhere in the report is a hole of which only the severity is known.
    fn orphans(&mut self) -> Result<()> {
        let explained = explained(&self.packages);
        for (name, package) in self.packages.iter().filter(|(name, _)| !explained.contains(name.as_str())) {
            let through = package.through.join(", ");
            self.advisories.holes.push(Hole {
                id: format!("npm:{name}"),
                package: purl::of("npm", name),
                rating: Rating::word(&package.severity),
                title: format!("affected through {through}, whose advisory is not part of the report"),
                ..Hole::default()
            })?;
        }
        Ok(())
    }

    fn mismatches(&self, mismatches: &mut Vec<Mismatch>, malformed: &ReadError) -> Result<()> {
        let totals = self.metadata.get("vulnerabilities");
        let mut declared = 0u64;
        for word in SEVERITIES {
            let Some(total) = advisory::total(totals, word, malformed)? else { continue };
            declared = declared.saturating_add(total);
            if self.packages.is_empty() {
                self.advisories.compare(word, total, mismatches);
            } else {
                let counted = self.packages.values().filter(|one| one.severity == *word).count() as u64;
                compare(mismatches, &format!("packages.{word}"), Some(total), counted);
            }
        }
        match declared > 0 && self.packages.is_empty() && self.advisories.entries() == 0 {
            true => Err(ReadError::NotRun { what: "advisories, only their number" }),
            false => Ok(()),
        }
    }
}

/// Packages that have an advisory, themselves or through others. Each package is looked at once, however the report
/// has them lead to each other.
fn explained(packages: &BTreeMap<String, Package>) -> BTreeSet<&str> {
    let mut above: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (name, package) in packages {
        package.through.iter().for_each(|through| above.entry(through).or_default().push(name));
    }
    let own = packages.iter().filter(|(_, package)| package.own);
    let mut open: Vec<&str> = own.map(|(name, _)| name.as_str()).collect();
    let mut explained: BTreeSet<&str> = open.iter().copied().collect();
    while let Some(name) = open.pop() {
        let next = above.get(name).into_iter().flatten().copied();
        open.extend(next.filter(|name| explained.insert(name)));
    }
    explained
}

#[cfg(test)]
mod tests;
