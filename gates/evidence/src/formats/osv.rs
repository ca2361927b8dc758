//! `osv`: records of the OSV schema 1: one, an array of them, or one after the other (JSON lines).
//!
//! A record is an advisory and not a scan: it says which versions of a package have a hole, and nothing of
//! what is in use here. So a record is a finding for each package it names, without a version, and never
//! says that anybody looked for others: a file of records can complain, and cannot be a clean bill of
//! health. A withdrawn record is a suppressed finding.
//!
//! **Absent on purpose:** comparing versions with ranges (`dod scan vulnerabilities` does), joining by
//! `related`.

use std::collections::BTreeMap;
use std::io::BufRead as _;

use dod_kernel::evidence::Evidence;

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::Findings;
use crate::holes::{self, Hole, Holes, Rating, purl};
use crate::input::Input;
use crate::json::{Json, Kind, Value};
use crate::text;

const EXPECTED: &str = "records of the OSV schema";

/// Packages of one record.
const PACKAGES_MAX: usize = 10_000;

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    let mut report = Report { holes: Holes::default(), records: 0 };
    let mut json = Json::new(input);
    match json.kind() {
        Ok(Kind::Array) => {
            json.array(|json| report.record(json))?;
            json.end()?;
        }
        _ => {
            excuse::object(&mut json, EXPECTED)?;
            report.record(&mut json)?;
            while goes_on(input)? {
                report.record(&mut Json::new(input))?;
            }
        }
    }
    if report.records == 0 {
        return Err(ReadError::NotRun { what: "records" });
    }
    let mut findings = Findings::default();
    report.holes.finish(&mut findings)?;
    Ok(Evidence { findings: Some(findings.finish()), ..Evidence::default() })
}

/// Whether anything but white space follows; the white space is left behind.
fn goes_on(input: &mut Input<'_>) -> Result<bool> {
    while let Some(byte) = input.peek()? {
        if !byte.is_ascii_whitespace() {
            return Ok(true);
        }
        let head = input.head();
        let space = head.iter().position(|byte| !byte.is_ascii_whitespace()).unwrap_or(head.len());
        input.consume(space);
    }
    Ok(false)
}

struct Report {
    holes: Holes,
    records: u64,
}

impl Report {
    fn record(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let value = json.value()?;
        if value.get("id").is_null() {
            if let Some(message) = excuse::excuse(&value) {
                return Err(ReadError::ToolFailed { message });
            }
            let found = "JSON without the `id` of an advisory".to_owned();
            return Err(ReadError::OtherFormat { expected: EXPECTED, found });
        }
        let malformed = |expected| json.malformed(expected);
        let record = Record::read(&value, &malformed)?;
        if value.get("modified").text().is_none() {
            return Err(malformed("a record of OSV with the time it was `modified`"));
        }
        if let Some(version) = value.get("schema_version").text().filter(|version| !version.starts_with("1."))
        {
            let found = format!("schema version {}", text::cut(version, 20));
            return Err(ReadError::OtherFormat { expected: EXPECTED, found });
        }
        self.records += 1;
        if record.affected.is_empty() {
            return self.holes.push(Hole { within: record.id.clone(), ..record.hole("") });
        }
        for (name, package) in &record.affected {
            self.holes.push(Hole { package: package.purl.clone(), ..record.hole(name) })?;
        }
        Ok(())
    }
}

/// An advisory.
pub(crate) struct Record {
    pub(crate) id: String,
    aliases: Vec<String>,
    withdrawn: bool,
    title: String,
    rating: Rating,
    /// By plain name.
    affected: BTreeMap<String, Affected>,
}

struct Affected {
    purl: String,
    rating: Rating,
    fixed: Vec<String>,
}

impl Record {
    pub(crate) fn read(value: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Self> {
        const RECORD: &str = "a record of OSV with an `id`";
        let id = value.get("id").text().filter(|id| !id.trim().is_empty()).ok_or(malformed(RECORD))?;
        let title = value.get("summary").text().or(value.get("details").text()).unwrap_or_default();
        let mut affected = BTreeMap::new();
        for one in value.get("affected").list() {
            let package = one.get("package");
            let Some(name) = package.get("name").text() else { continue };
            if affected.len() == PACKAGES_MAX {
                return Err(ReadError::TooLarge { what: "packages of one record", max: PACKAGES_MAX as u64 });
            }
            let named = package.get("purl").text().and_then(purl::parse).map(|purl| purl.package);
            let ecosystem = package.get("ecosystem").text().unwrap_or_default();
            let entry = affected.entry(name.to_owned()).or_insert_with(|| Affected {
                purl: named.unwrap_or_else(|| purl::of_ecosystem(ecosystem, name)),
                rating: Rating::default(),
                fixed: Vec::new(),
            });
            let word =
                [one.at(&["ecosystem_specific", "severity"]), one.at(&["database_specific", "severity"])];
            let rating = rated(one.get("severity").list(), word.iter().find_map(|word| word.text()));
            entry.rating = std::mem::take(&mut entry.rating).worst(rating);
            let events = one.get("ranges").list().iter().flat_map(|range| range.get("events").list());
            entry.fixed.extend(events.filter_map(|event| event.get("fixed").text()).map(str::to_owned));
        }
        Ok(Self {
            id: id.to_owned(),
            aliases: value.get("aliases").list().iter().filter_map(Value::text).map(str::to_owned).collect(),
            withdrawn: !value.get("withdrawn").is_null(),
            title: holes::title(title).to_owned(),
            rating: rated(value.get("severity").list(), value.at(&["database_specific", "severity"]).text()),
            affected,
        })
    }

    /// The hole in a package of this plain name; how bad it is there goes before how bad it is at all.
    pub(crate) fn hole(&self, package: &str) -> Hole {
        let here = self.affected.get(package);
        let own = here.map(|one| one.rating.clone()).filter(|one| *one != Rating::default());
        Hole {
            id: self.id.clone(),
            aliases: self.aliases.clone(),
            rating: own.unwrap_or_else(|| self.rating.clone()),
            fixed: here.map(|one| one.fixed.clone()).unwrap_or_default(),
            title: self.title.clone(),
            suppressed: self.withdrawn,
            ..Hole::default()
        }
    }
}

/// `severity[]` holds vectors (`CVSS_V3`) and words (`Ubuntu`); the word of a database, where there is one,
/// decides.
fn rated(severities: &[Value], word: Option<&str>) -> Rating {
    let mut worst = Rating::default();
    for one in severities {
        let Some(stated) = one.get("score").text() else { continue };
        let is_vector = one.get("type").text().is_some_and(|kind| kind.starts_with("CVSS"));
        let rating = match is_vector {
            true => Rating::of(None, stated.parse().ok(), Some(stated)),
            false => Rating::word(stated),
        };
        worst = worst.worst(rating);
    }
    match word {
        Some(word) => Rating::of(Some(word), worst.score, worst.vector.as_deref()),
        None => worst,
    }
}

#[cfg(test)]
mod tests;
