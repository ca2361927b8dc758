//! `cargo_audit`: `cargo audit --json`.
//!
//! `vulnerabilities` are holes; many advisories carry no CVSS vector, and then their danger is unknown. `warnings` are
//! findings under rules of their own: `unmaintained`, `unsound`, `yanked`, `notice`.
//!
//! A database without an advisory found nothing because it could not.
//!
//! **Absent on purpose:** the age of the database: the report says when it was updated and not when it was asked, and a
//! reader has no clock.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::coverage::compare;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::holes::{Hole, Holes, Rating, purl};
use crate::input::Input;
use crate::json::{Json, Kind, Value};

const EXPECTED: &str = "JSON of cargo-audit";

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut report = Report::default();
    let mut rest = Vec::new();
    json.object(|json, key| {
        match key {
            "database" => report.database(&json.value()?, &|expected| json.malformed(expected))?,
            "vulnerabilities" => report.vulnerabilities(json)?,
            "warnings" => report.warnings(json)?,
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    if !report.sought {
        let found = "a JSON object without a list of `vulnerabilities`".to_owned();
        return Err(match excuse::excuse(&Value::Map(rest)) {
            Some(message) => ReadError::ToolFailed { message },
            None => ReadError::OtherFormat { expected: EXPECTED, found },
        });
    }
    report.finish()
}

#[derive(Default)]
struct Report {
    sought: bool,
    holes: Holes,
    entries: u64,
    declared: Option<u64>,
    findings: Findings,
}

type Malformed<'m> = &'m dyn Fn(&'static str) -> ReadError;

impl Report {
    fn database(&mut self, database: &Value, malformed: Malformed<'_>) -> Result<()> {
        let advisories = database.get("advisory-count");
        if advisories.is_null() {
            return Ok(());
        }
        match advisories.count(|| malformed("a database with a sound `advisory-count`"))? {
            0 => Err(ReadError::NotRun { what: "advisory in its database" }),
            _ => Ok(()),
        }
    }

    fn vulnerabilities(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let mut found = None;
        excuse::object(json, EXPECTED)?;
        json.object(|json, key| {
            match key {
                "found" => found = json.value()?.bool(),
                "count" => {
                    let count = json.value()?;
                    self.declared = Some(count.count(|| json.malformed("a sound `count`"))?);
                }
                "list" => {
                    self.sought = true;
                    json.array(|json| {
                        let entry = json.value()?;
                        self.hole(&entry, &|expected| json.malformed(expected))
                    })?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let declared = self.declared.is_some_and(|declared| declared > 0) || found == Some(true);
        match declared && self.entries == 0 {
            true => Err(ReadError::NotRun { what: "vulnerabilities, only their number" }),
            false => Ok(()),
        }
    }

    fn hole(&mut self, entry: &Value, malformed: Malformed<'_>) -> Result<()> {
        const ENTRY: &str = "a vulnerability with `advisory.id` and `package.name`";
        let advisory = entry.get("advisory");
        let id = advisory.get("id").text().ok_or_else(|| malformed(ENTRY))?;
        let name = entry.at(&["package", "name"]).text().or(advisory.get("package").text());
        let name = name.ok_or_else(|| malformed(ENTRY))?;
        self.entries += 1;
        self.holes.push(Hole {
            id: id.to_owned(),
            aliases: texts(advisory.get("aliases")),
            package: purl::of("cargo", name),
            version: entry.at(&["package", "version"]).text().unwrap_or_default().to_owned(),
            rating: Rating::of(None, None, advisory.get("cvss").text()),
            fixed: texts(entry.at(&["versions", "patched"])),
            title: advisory.get("title").text().unwrap_or_default().to_owned(),
            ..Hole::default()
        })
    }

    /// Lists by kind; an array of warnings that name their kind in old versions.
    fn warnings(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        match json.kind()? {
            Kind::Object => json.object(|json, kind| {
                json.array(|json| {
                    let warning = json.value()?;
                    self.warning(kind, &warning, &|expected| json.malformed(expected))
                })
            }),
            Kind::Array => json.array(|json| {
                let warning = json.value()?;
                let kind = warning.get("kind").text().unwrap_or("warning");
                self.warning(kind, &warning, &|expected| json.malformed(expected))
            }),
            _ => json.skip(),
        }
    }

    fn warning(&mut self, kind: &str, warning: &Value, malformed: Malformed<'_>) -> Result<()> {
        let advisory = warning.get("advisory");
        let name = warning.at(&["package", "name"]).text().or(advisory.get("package").text());
        let name = name.ok_or_else(|| malformed("a warning with `package.name`"))?;
        let version = warning.at(&["package", "version"]).text().unwrap_or_default();
        let id = advisory.get("id").text().unwrap_or_default();
        let title = advisory.get("title").text().unwrap_or(kind);
        let package = format!("{}@{version}", purl::of("cargo", name));
        let message = match id.is_empty() {
            true => format!("{package}: {title}"),
            false => format!("{package}: {title} ({id})"),
        };
        let severity = if kind == "notice" { Severity::Note } else { Severity::Warning };
        self.findings.push(Seen { quoted: Some(id), ..Seen::new(kind, &message, severity, None) })
    }

    fn finish(mut self) -> Result<Evidence> {
        let mut evidence = Evidence { vulnerabilities_sought: true, ..Evidence::default() };
        compare(&mut evidence.mismatches, "vulnerabilities", self.declared, self.entries);
        self.holes.finish(&mut self.findings)?;
        evidence.findings = Some(self.findings.finish());
        Ok(evidence)
    }
}

fn texts(list: &Value) -> Vec<String> {
    list.list().iter().filter_map(Value::text).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
