//! `grype`: JSON of Grype: `matches`, and `ignoredMatches` that a rule or VEX took out.
//!
//! `severity` decides, and where it says `Unknown` a CVSS vector of the same entry does. A single CVE among
//! the related vulnerabilities is another id of the same hole; several mean that the advisory bundles them,
//! and then they are not. The same package at two places of an image is two artifacts, and two findings.
//! How old the database is follows from the report's own times: from when it was built to when it was
//! asked.
//!
//! **Absent on purpose:** places inside images, the configuration of Grype, clocks.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Measure, Place};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{FINDINGS_MAX, Findings};
use crate::holes::{self, Hole, Holes, Rating, purl};
use crate::input::Input;
use crate::json::{Json, Kind, Value};
use crate::moment;
use crate::text;

const EXPECTED: &str = "JSON of Grype";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut report = Report::default();
    json.object(|json, key| report.member(json, key))?;
    json.end()?;
    if !report.matches {
        return Err(match excuse::excuse(&Value::Map(report.rest)) {
            Some(message) => ReadError::ToolFailed { message },
            None => other("a JSON object without `matches`"),
        });
    }
    report.finish(context)
}

fn other(found: &str) -> ReadError {
    ReadError::OtherFormat { expected: EXPECTED, found: found.to_owned() }
}

#[derive(Default)]
struct Report {
    matches: bool,
    all: Vec<(Hole, Option<String>)>,
    source: Value,
    descriptor: Value,
    unchecked: u64,
    rest: Vec<(String, Value)>,
}

impl Report {
    fn member(&mut self, json: &mut Json<'_, '_>, key: &str) -> Result<()> {
        match key {
            "matches" => {
                self.matches = true;
                if json.kind()? != Kind::Array {
                    return Err(json.malformed("Grype's list of `matches`"));
                }
                json.array(|json| self.entry(json, false))?;
            }
            "ignoredMatches" => match json.kind()? {
                Kind::Null => json.skip()?,
                _ => json.array(|json| self.entry(json, true))?,
            },
            "source" => self.source = json.value()?,
            "alertsByPackage" => self.unchecked = unchecked(&json.value()?),
            "descriptor" => self.descriptor = json.value()?,
            key if excuse::may_excuse(key) => self.rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    }

    fn entry(&mut self, json: &mut Json<'_, '_>, ignored: bool) -> Result<()> {
        if self.all.len() == FINDINGS_MAX {
            return Err(ReadError::TooLarge { what: "matches", max: FINDINGS_MAX as u64 });
        }
        let value = json.value()?;
        let (mut hole, path) = entry(&value, &|expected| json.malformed(expected))?;
        hole.suppressed = ignored;
        self.all.push((hole, path));
        Ok(())
    }

    fn finish(self, context: &Context<'_>) -> Result<Evidence> {
        if self.descriptor.get("name").text().is_some_and(|name| name != "grype") {
            return Err(other("a JSON object of another tool"));
        }
        let database = self.descriptor.get("db");
        for error in [database.get("error"), database.at(&["status", "error"])] {
            if let Some(message) = error.text().filter(|text| !text.trim().is_empty()) {
                return Err(ReadError::ToolFailed { message: text::cut(message, 500).to_owned() });
            }
        }
        let mut evidence =
            Evidence { unchecked: self.unchecked, vulnerabilities_sought: true, ..Evidence::default() };
        let built = database.at(&["status", "built"]).text().or(database.get("built").text());
        let asked = self.descriptor.get("timestamp").text();
        if let Some(days) = built.zip(asked).and_then(|(built, asked)| moment::days_between(built, asked)) {
            let measure = Measure { unit: "1".into(), value: Decimal::from(days) };
            evidence.measures.insert("vulndb.age_days".into(), measure);
        }
        let folder = folder(&self.source);
        let (mut findings, mut holes) = (Findings::default(), Holes::default());
        for (mut hole, path) in self.all {
            hole.place =
                folder.as_deref().zip(path.as_deref()).map(|(root, path)| place(root, path, context));
            holes.push(hole)?;
        }
        holes.count_joined(&mut evidence.measures);
        holes.finish(&mut findings)?;
        evidence.findings = Some(findings.finish());
        Ok(evidence)
    }
}

/// A match, and where the package was found.
fn entry(value: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<(Hole, Option<String>)> {
    const MATCH: &str = "a match of Grype with `vulnerability.id` and `artifact.name`";
    let (advisory, artifact) = (value.get("vulnerability"), value.get("artifact"));
    let must = |value: &Value| value.text().filter(|text| !text.is_empty()).map(str::to_owned);
    let id = must(advisory.get("id")).ok_or(malformed(MATCH))?;
    let name = must(artifact.get("name")).ok_or(malformed(MATCH))?;
    let word = match advisory.get("severity") {
        Value::Null => None,
        other => Some(other.text().ok_or(malformed("a match of Grype with a word for its severity"))?),
    };
    let related = value.get("relatedVulnerabilities").list();
    let summary = advisory.get("description").text();
    let summary = summary.or_else(|| related.iter().find_map(|one| one.get("description").text()));
    let (score, vector) = cvss(advisory.get("cvss").list());
    let path = artifact.get("locations").list().first().and_then(|one| one.get("path").text());
    let package = artifact.get("purl").text().and_then(purl::parse).map_or(name, |purl| purl.package);
    let text = |value: &Value| value.text().unwrap_or_default().to_owned();
    let hole = Hole {
        aliases: aliases(&id, related),
        id,
        package,
        version: text(artifact.get("version")),
        rating: Rating::of(word, score, vector),
        fixed: advisory.at(&["fix", "versions"]).list().iter().map(text).collect(),
        title: holes::title(summary.unwrap_or_default()).to_owned(),
        within: artifact.get("id").text().or(path).unwrap_or_default().to_owned(),
        ..Hole::default()
    };
    Ok((hole, path.map(str::to_owned)))
}

/// Packages of a distribution that the database says nothing of. The end of a distribution's support is
/// another alert.
fn unchecked(alerts: &Value) -> u64 {
    let blind = |one: &&Value| {
        let kinds = one.get("alerts").list().iter().filter_map(|alert| alert.get("type").text());
        kinds.into_iter().any(|kind| matches!(kind, "distro-unknown" | "distro-disabled"))
    };
    alerts.list().iter().filter(blind).count() as u64
}

/// The CVE that a match is related to, if it is one alone.
fn aliases(id: &str, related: &[Value]) -> Vec<String> {
    let is_cve = |id: &&str| id.get(..4).is_some_and(|begin| begin.eq_ignore_ascii_case("CVE-"));
    let mut cves: Vec<&str> = related.iter().filter_map(|one| one.get("id").text()).filter(is_cve).collect();
    cves.sort_unstable();
    cves.dedup();
    match cves.as_slice() {
        [only] if *only != id => vec![(*only).to_owned()],
        _ => Vec::new(),
    }
}

/// The newest version's score, the primary one before others.
fn cvss(all: &[Value]) -> (Option<Decimal>, Option<&str>) {
    let rank = |one: &&Value| {
        let version = one.get("version").text().unwrap_or_default();
        (version.to_owned(), one.get("type").text() == Some("Primary"))
    };
    let Some(best) = all.iter().rev().max_by_key(rank) else { return (None, None) };
    (best.at(&["metrics", "baseScore"]).decimal(), best.get("vector").text())
}

/// The folder or file that was looked into, where it is one; packages of images have no place in a
/// repository.
fn folder(source: &Value) -> Option<String> {
    match source.get("type").text()? {
        "directory" => Some(source.get("target").text().unwrap_or(".").to_owned()),
        "file" => Some(String::new()),
        _ => None,
    }
}

/// Grype writes paths from the root of the folder it looks into, with a `/` in front.
fn place(root: &str, path: &str, context: &Context<'_>) -> Place {
    match root {
        "" => context.place(path, None, None),
        _ if path.starts_with(root) && root.len() > 1 => context.place(path, None, None),
        _ => context.place(
            &format!("{}/{}", root.trim_end_matches('/'), path.trim_start_matches('/')),
            None,
            None,
        ),
    }
}

#[cfg(test)]
mod tests;
