//! `osv_scanner`: JSON of osv-scanner 1 and 2: `results[].packages[]`, each with `groups` of advisories.
//!
//! A group is one hole under several ids; its `max_severity` is the score, and where that is empty the word
//! and vectors of its advisories count. Only packages that something is held against are listed, so
//! `results: []` is what a clean project leaves, and what a project without packages leaves: the tool's
//! exit code tells them apart (128), and its entry in the catalogue says so. `results` that are null or
//! absent are no results.
//!
//! A group of which every id is marked as not called, or as unimportant, is suppressed: the tool looked at
//! the code and leaves it out of its own verdict. A license violation is an objection.
//!
//! **Absent on purpose:** components, since clean packages are not listed.

use dod_kernel::evidence::{Evidence, License, Objection, Place, Severity};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::formats::osv::Record;
use crate::holes::{Hole, Holes, Rating, purl};
use crate::input::Input;
use crate::json::{Json, Kind, Value};
use crate::licenses;

const EXPECTED: &str = "JSON of osv-scanner";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut report =
        Report { context, findings: Findings::default(), holes: Holes::default(), licenses: false };
    let mut found = false;
    let mut rest = Vec::new();
    json.object(|json, key| {
        match key {
            "results" if json.kind()? == Kind::Null => return Err(ReadError::NotRun { what: "results" }),
            "results" => {
                found = true;
                if json.kind()? != Kind::Array {
                    return Err(json.malformed("osv-scanner's list of `results`"));
                }
                json.array(|json| report.source(json))?;
            }
            "experimental_config" => {
                let allowed = json.value()?;
                report.licenses |= !allowed.at(&["licenses", "allowlist"]).list().is_empty();
            }
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    if !found {
        return Err(match excuse::excuse(&Value::Map(rest)) {
            Some(message) => ReadError::ToolFailed { message },
            None => ReadError::OtherFormat {
                expected: EXPECTED,
                found: "a JSON object without `results`".to_owned(),
            },
        });
    }
    report.finish()
}

struct Report<'c> {
    context: &'c Context<'c>,
    findings: Findings,
    holes: Holes,
    licenses: bool,
}

impl Report<'_> {
    fn source(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let mut source = Value::Null;
        let mut packages = Vec::new();
        let mut listed = false;
        json.object(|json, key| {
            match key {
                "source" => source = json.value()?,
                "packages" if json.kind()? == Kind::Null => {
                    listed = true;
                    json.skip()?;
                }
                "packages" => {
                    listed = true;
                    json.array(|json| {
                        let value = json.value()?;
                        packages.push(Package::read(&value, &|expected| json.malformed(expected))?);
                        Ok(())
                    })?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if !listed {
            return Err(json.malformed("a result of osv-scanner with `packages`"));
        }
        let path = source.get("path").text().unwrap_or_default();
        // What an image holds is no file of the repository.
        let kinds = [None, Some("lockfile"), Some("sbom"), Some("git"), Some("unknown")];
        let is_file = !path.is_empty() && kinds.contains(&source.get("type").text());
        let place = is_file.then(|| self.context.place(path, None, None));
        packages.into_iter().try_for_each(|package| self.package(package, path, place.as_ref()))
    }

    fn package(&mut self, package: Package, path: &str, place: Option<&Place>) -> Result<()> {
        for hole in package.holes {
            self.holes.push(Hole { place: place.cloned(), within: path.to_owned(), ..hole })?;
        }
        for expression in &package.violations {
            self.licenses = true;
            let objection = match expression.as_str() {
                "" | "UNKNOWN" | "NOASSERTION" | "non-standard" => Objection::Unknown,
                known if licenses::is_copyleft(known) => Objection::Copyleft,
                _ => Objection::Denied,
            };
            let license = License {
                expression: expression.as_str().into(),
                objection,
                package: package.name.as_str().into(),
                version: package.version.as_str().into(),
            };
            let message = format!("{}: license {expression} is not on the list", package.name);
            self.findings.push(Seen {
                license: Some(license),
                ..Seen::new("license", &message, Severity::Error, place.cloned())
            })?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Evidence> {
        self.holes.finish(&mut self.findings)?;
        Ok(Evidence {
            findings: Some(self.findings.finish()),
            licenses_sought: self.licenses,
            vulnerabilities_sought: true,
            ..Evidence::default()
        })
    }
}

/// What is held against one package.
struct Package {
    name: String,
    version: String,
    holes: Vec<Hole>,
    violations: Vec<String>,
}

impl Package {
    fn read(value: &Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<Self> {
        const PACKAGE: &str = "a package of osv-scanner with its `name`";
        let package = value.get("package");
        let plain = package.get("name").text().unwrap_or_default();
        let commit = package.get("commit").text().unwrap_or_default();
        if plain.is_empty() && commit.is_empty() {
            return Err(malformed(PACKAGE));
        }
        let ecosystem = package.get("ecosystem").text().unwrap_or_default();
        let name = if plain.is_empty() { commit.to_owned() } else { purl::of_ecosystem(ecosystem, plain) };
        let version = package.get("version").text().filter(|version| !version.is_empty());
        let version = version.unwrap_or(commit).to_owned();
        let mut records = Vec::new();
        for advisory in list(value.get("vulnerabilities"), malformed)? {
            records.push(Record::read(advisory, malformed)?);
        }
        let mut holes = Vec::new();
        let mut grouped: Vec<String> = Vec::new();
        for group in list(value.get("groups"), malformed)? {
            holes.push(self::group(group, &records, plain, &mut grouped, malformed)?);
        }
        // Every advisory belongs to a group; one that does not is none the less there.
        for record in records.iter().filter(|record| !grouped.contains(&record.id)) {
            holes.push(record.hole(plain));
        }
        for hole in &mut holes {
            (hole.package, hole.version) = (name.clone(), version.clone());
        }
        let violations = list(value.get("license_violations"), malformed)?;
        let violations = violations.iter().filter_map(Value::text).map(str::to_owned).collect();
        Ok(Self { name, version, holes, violations })
    }
}

fn list<'v>(value: &'v Value, malformed: &dyn Fn(&'static str) -> ReadError) -> Result<&'v [Value]> {
    match value {
        Value::Null => Ok(&[]),
        Value::List(list) => Ok(list),
        _ => Err(malformed("a package of osv-scanner with lists of groups and vulnerabilities")),
    }
}

/// One hole under several ids.
fn group(
    group: &Value,
    records: &[Record],
    package: &str,
    grouped: &mut Vec<String>,
    malformed: &dyn Fn(&'static str) -> ReadError,
) -> Result<Hole> {
    const GROUP: &str = "a group of osv-scanner with `ids`";
    let texts = |key: &str| group.get(key).list().iter().filter_map(Value::text).map(str::to_owned);
    let ids: Vec<String> = texts("ids").collect();
    let [first, ..] = ids.as_slice() else { return Err(malformed(GROUP)) };
    let mut members = records.iter().filter(|record| ids.contains(&record.id));
    let mut hole = members.next().map_or(Hole::default(), |record| record.hole(package));
    for record in members {
        let other = record.hole(package);
        hole.rating = hole.rating.worst(other.rating);
        hole.fixed.extend(other.fixed);
        hole.aliases.extend(other.aliases);
        hole.suppressed &= other.suppressed;
    }
    let score = group.get("max_severity").text().and_then(|score| score.trim().parse().ok());
    let stated = Rating::of(None, score, hole.rating.vector.as_deref());
    if score.is_some() && stated.score.is_some() {
        hole.rating = Rating { word: hole.rating.word, ..stated };
    }
    hole.suppressed |= not_called(group, &ids);
    hole.id.clone_from(first);
    hole.aliases.extend(ids.iter().cloned().chain(texts("aliases")));
    grouped.extend(ids);
    Ok(hole)
}

/// Whether the tool's look at the code says of every id that it does not matter here.
fn not_called(group: &Value, ids: &[String]) -> bool {
    let analysis = ["experimental_analysis", "experimentalAnalysis"].map(|key| group.get(key));
    ids.iter().all(|id| {
        analysis.iter().any(|analysis| {
            let one = analysis.get(id);
            one.get("called").bool() == Some(false) || one.get("unimportant").bool() == Some(true)
        })
    })
}

#[cfg(test)]
mod tests;
