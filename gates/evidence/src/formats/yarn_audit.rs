//! `yarn_audit`: `yarn audit --json` of yarn 1, `yarn npm audit --json` of yarn 2 and 3 and of yarn 4.
//!
//! | yarn | shape | looked and found nothing |
//! |---|---|---|
//! | 1 | a line per advisory and path, and `auditSummary` as the last | a summary of zeros |
//! | 2, 3 | one object with `advisories` and `metadata`, as npm 6, perhaps a line behind it | no advisories |
//! | 4 | a line per advisory: `value` (the package), `children` (`ID`, `Severity`, …) | a line that says so |
//!
//! Yarn 1 repeats an advisory for each path to the package; that is one hole. Without its summary the report was cut
//! off. Yarn 4 also lists deprecated packages, which are no vulnerabilities.

use dod_kernel::evidence::{Evidence, Mismatch, Severity};

use super::npm_audit::advisory::{self, SEVERITIES, Sought};
use crate::context::Context;
use crate::coverage::compare;
use crate::documents::{self, Next, Spot};
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::holes::{Hole, Rating, purl};
use crate::input::Input;
use crate::json::Value;
use crate::text;

const EXPECTED: &str = "JSON of yarn audit";

/// What yarn 2 and later say.
const NOTHING_FOUND: &str = "No audit suggestions";

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    let mut report = Report::default();
    documents::each(input, |next, spot| match next {
        Next::Document(line) => report.line(&line, spot),
        // What node and the shell print.
        Next::Plain(_) => Ok(()),
    })?;
    report.finish(input.at())
}

#[derive(Default)]
struct Report {
    /// Yarn 1: lines of advisories, by severity.
    lines: Vec<u64>,
    sought: Sought,
    findings: Findings,
    mismatches: Vec<Mismatch>,
    summary: bool,
    /// Lines of yarn 1 that want a summary, and lines of yarn 4.
    classic: bool,
    modern: bool,
    /// A line that says that there is nothing.
    clean: bool,
}

impl Report {
    fn line(&mut self, line: &Value, spot: Spot) -> Result<()> {
        if !line.get("value").is_null() && !line.get("children").is_null() {
            self.modern = true;
            return self.modern(line, spot);
        }
        if let Value::Map(advisories) = line.get("advisories") {
            return self.registry(advisories, line.at(&["metadata", "vulnerabilities"]), spot);
        }
        let Some(kind) = line.get("type").text() else {
            return Err(match excuse::excuse(line) {
                Some(message) => ReadError::ToolFailed { message },
                None if self.classic || self.modern => spot.malformed("a line of yarn with a `type`"),
                None => other("JSON lines without a `type`"),
            });
        };
        let data = line.get("data");
        match kind {
            "auditAdvisory" => self.classic(data.get("advisory"), spot),
            "auditSummary" => self.summary(data, spot),
            "error" => {
                let said = data.text().map(str::to_owned).or_else(|| excuse::excuse(data));
                let message = said.unwrap_or_else(|| "yarn reports an error".to_owned());
                Err(ReadError::ToolFailed { message: text::cut(&message, 500).to_owned() })
            }
            _ => {
                self.clean |= data.text().is_some_and(|said| said.contains(NOTHING_FOUND));
                Ok(())
            }
        }
    }

    /// What the registry answered, as yarn 2 and 3 print it; a line that it is clean may follow.
    fn registry(&mut self, advisories: &[(String, Value)], totals: &Value, spot: Spot) -> Result<()> {
        self.modern = true;
        for (_, advisory) in advisories {
            self.sought.add(advisory, &|expected| spot.malformed(expected))?;
        }
        let malformed = spot.malformed("an audit with sound totals");
        let mut declared = 0u64;
        for word in SEVERITIES {
            let Some(total) = advisory::total(totals, word, &malformed)? else { continue };
            declared = declared.saturating_add(total);
            self.sought.compare(word, total, &mut self.mismatches);
        }
        match declared > 0 && advisories.is_empty() {
            true => Err(ReadError::NotRun { what: "advisories, only their number" }),
            false => Ok(()),
        }
    }

    fn classic(&mut self, advisory: &Value, spot: Spot) -> Result<()> {
        self.classic = true;
        self.sought.add(advisory, &|expected| spot.malformed(expected))?;
        let severity = advisory.get("severity").text().unwrap_or_default();
        let known = SEVERITIES.iter().position(|word| *word == severity);
        self.lines.resize(SEVERITIES.len(), 0);
        if let Some(known) = known {
            self.lines[known] += 1;
        }
        Ok(())
    }

    fn summary(&mut self, data: &Value, spot: Spot) -> Result<()> {
        let malformed = spot.malformed("a summary of yarn with sound totals");
        let totals = data.get("vulnerabilities");
        if totals.is_null() {
            return Err(malformed);
        }
        self.lines.resize(SEVERITIES.len(), 0);
        let (mut declared, mut counted) = (0u64, 0u64);
        for (word, lines) in SEVERITIES.iter().zip(&self.lines) {
            let Some(total) = advisory::total(totals, word, &malformed)? else { continue };
            declared = declared.saturating_add(total);
            counted += lines;
            compare(&mut self.mismatches, &format!("paths.{word}"), Some(total), *lines);
        }
        if declared > 0 && counted == 0 {
            return Err(ReadError::NotRun { what: "advisories, only their number" });
        }
        self.summary = true;
        self.classic = true;
        Ok(())
    }

    fn modern(&mut self, line: &Value, spot: Spot) -> Result<()> {
        const ADVISORY: &str = "an advisory of yarn with `ID` and `Severity`";
        let name = line.get("value").text().ok_or_else(|| spot.malformed(ADVISORY))?;
        let child = |key: &str| line.at(&["children", key]);
        let id = match child("ID") {
            Value::Number(id) => format!("npm:{id}"),
            Value::Text(id) => id.clone(),
            _ => return Err(spot.malformed(ADVISORY)),
        };
        let title = child("Issue").text().unwrap_or_default();
        if id.ends_with("(deprecation)") {
            let message = format!("{}: deprecated: {title}", purl::of("npm", name));
            let place = None;
            return self.findings.push(Seen::new("deprecation", &message, Severity::Warning, place));
        }
        let severity = child("Severity").text().ok_or_else(|| spot.malformed(ADVISORY))?;
        let known = child("URL").text().and_then(advisory::of_url);
        let hole = |version: &str| Hole {
            id: known.clone().unwrap_or_else(|| id.clone()),
            aliases: vec![id.clone()],
            package: purl::of("npm", name),
            version: version.to_owned(),
            rating: Rating::word(severity),
            title: title.to_owned(),
            ..Hole::default()
        };
        let versions: Vec<&str> = child("Tree Versions").list().iter().filter_map(Value::text).collect();
        if versions.is_empty() {
            return self.sought.holes.push(hole(""));
        }
        versions.into_iter().try_for_each(|version| self.sought.holes.push(hole(version)))
    }

    fn finish(mut self, at: u64) -> Result<Evidence> {
        if self.classic && !self.summary {
            return Err(ReadError::CutOff { at });
        }
        if !self.classic && !self.modern && !self.clean {
            return Err(other("JSON lines without an advisory or a summary"));
        }
        self.sought.holes.finish(&mut self.findings)?;
        Ok(Evidence {
            findings: Some(self.findings.finish()),
            mismatches: self.mismatches,
            vulnerabilities_sought: true,
            ..Evidence::default()
        })
    }
}

fn other(found: &str) -> ReadError {
    ReadError::OtherFormat { expected: EXPECTED, found: found.to_owned() }
}

#[cfg(test)]
mod tests;
