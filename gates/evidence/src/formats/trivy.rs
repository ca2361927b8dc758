//! `trivy`: JSON of Trivy, schema version 2, its lists of before 0.20, and its reports on clusters.
//!
//! `Results` that are absent or null are what a report without anything to look into has; a document
//! without a schema version and without `Results` is no report. `Severity` decides how bad a hole is, and
//! where it says `UNKNOWN` a CVSS vector does. What `ExperimentalModifiedFindings` holds was taken out by
//! VEX or an ignore file: findings marked as suppressed. A check with the status `PASS` is not a finding,
//! an `EXCEPTION` is a suppressed one. A package of which the license is forbidden, restricted or
//! reciprocal is an objection.
//!
//! The same hole of the same package in two targets, or at two paths of one, is two findings.
//!
//! **Absent on purpose:** the matched text of secrets, paths in images (they are none of the repository),
//! vendor ids (an advisory of a distribution covers several holes).

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Component, Evidence, Measure};

use crate::context::Context;
use crate::coverage::compare;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{FINDINGS_MAX, Findings};
use crate::holes::Holes;
use crate::input::Input;
use crate::json::{Json, Kind, Value};
use crate::text;

mod entry;

use entry::{Entry, Line, Target};

const EXPECTED: &str = "JSON of Trivy";

/// The schema that is read; version 1 was a bare list.
const SCHEMA: &str = "2";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    let mut report = Report::default();
    if json.kind().ok() == Some(Kind::Array) {
        report.results(&mut json)?;
        json.end()?;
        if report.targets.is_empty() {
            return Err(ReadError::NotRun { what: "targets" });
        }
        return report.finish(context);
    }
    excuse::object(&mut json, EXPECTED)?;
    let mut head = Head::default();
    json.object(|json, key| report.member(json, key, &mut head))?;
    json.end()?;
    head.check(&report)?;
    report.finish(context)
}

/// What says whether this is a report at all.
#[derive(Default)]
struct Head {
    schema: Option<Value>,
    results: bool,
    cluster: bool,
    /// What was looked into has a name or a type.
    named: bool,
    rest: Vec<(String, Value)>,
}

impl Head {
    fn check(self, report: &Report) -> Result<()> {
        let other = |found: String| ReadError::OtherFormat { expected: EXPECTED, found };
        match &self.schema {
            Some(Value::Number(version)) if version == SCHEMA => {
                match self.results || self.cluster || self.named {
                    true => Ok(()),
                    false => Err(ReadError::NotRun { what: "results, and nothing that was looked into" }),
                }
            }
            Some(Value::Number(version)) => Err(other(format!("schema version {}", text::cut(version, 20)))),
            Some(_) => Err(other("a JSON object with a schema version that is no number".to_owned())),
            None if self.results && (!report.targets.is_empty() || self.cluster) => Ok(()),
            None => Err(match excuse::excuse(&Value::Map(self.rest)) {
                Some(message) => ReadError::ToolFailed { message },
                None if self.results => ReadError::NotRun { what: "results or schema version" },
                None => other("a JSON object without `SchemaVersion` and `Results`".to_owned()),
            }),
        }
    }
}

#[derive(Default)]
struct Report {
    /// What kind of thing was looked into (`container_image`, `repository`).
    artifact: Option<String>,
    targets: Vec<Target>,
    entries: Vec<Entry>,
    components: Option<Vec<Component>>,
    passed: u64,
    failures: Option<u64>,
    failed: u64,
}

impl Report {
    fn member(&mut self, json: &mut Json<'_, '_>, key: &str, head: &mut Head) -> Result<()> {
        match key {
            "SchemaVersion" => head.schema = Some(json.value()?),
            "ArtifactName" => {
                head.named = true;
                json.skip()?;
            }
            "ArtifactType" => {
                head.named = true;
                self.artifact = json.value()?.text().map(str::to_owned);
            }
            "ClusterName" => {
                head.cluster = true;
                json.skip()?;
            }
            "Results" => {
                head.results = true;
                self.results(json)?;
            }
            // A cluster is a list of resources, each with results of its own; once it was two lists.
            "Resources" | "Findings" | "Vulnerabilities" | "Misconfigurations" => {
                head.results = true;
                match json.kind()? {
                    Kind::Null => json.skip()?,
                    _ => json.array(|json| self.resource(json))?,
                }
            }
            key if excuse::may_excuse(key) => head.rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    }

    fn resource(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let mut named = false;
        json.object(|json, key| {
            match key {
                "Results" => self.results(json)?,
                "Kind" => {
                    named = true;
                    json.skip()?;
                }
                "Error" => {
                    if let Some(message) = json.value()?.text().filter(|text| !text.trim().is_empty()) {
                        return Err(ReadError::ToolFailed { message: text::cut(message, 500).to_owned() });
                    }
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if named { Ok(()) } else { Err(json.malformed("a resource of a cluster with its `Kind`")) }
    }

    fn results(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        match json.kind()? {
            Kind::Null => json.skip(),
            Kind::Array => json.array(|json| self.result(json)),
            _ => Err(json.malformed("a list of `Results`")),
        }
    }

    fn result(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let mut target = Target::default();
        let mut lines: BTreeMap<String, Line> = BTreeMap::new();
        let first = self.entries.len();
        let mut named = false;
        json.object(|json, key| {
            match key {
                "Target" => {
                    target.name = json.text()?;
                    named = true;
                }
                "Class" => target.class = json.value()?.text().unwrap_or_default().to_owned(),
                "Type" => target.kind = json.value()?.text().unwrap_or_default().to_owned(),
                "MisconfSummary" => self.declared(&json.value()?, json)?,
                _ if json.kind()? == Kind::Null => json.skip()?,
                "Packages" => {
                    let components = self.components.get_or_insert_default();
                    json.array(|json| entry::package(&json.value()?, components, &mut lines))?;
                }
                "Vulnerabilities"
                | "Misconfigurations"
                | "Secrets"
                | "Licenses"
                | "ExperimentalModifiedFindings" => {
                    target.sought(key);
                    json.array(|json| self.entry(key, json))?;
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if !named {
            return Err(json.malformed("a result of Trivy with its `Target`"));
        }
        for entry in &mut self.entries[first..] {
            entry.settle(self.targets.len(), &lines);
        }
        self.targets.push(target);
        Ok(())
    }

    fn entry(&mut self, list: &str, json: &mut Json<'_, '_>) -> Result<()> {
        if self.entries.len() == FINDINGS_MAX {
            return Err(ReadError::TooLarge { what: "findings", max: FINDINGS_MAX as u64 });
        }
        let value = json.value()?;
        let malformed = |expected| json.malformed(expected);
        match entry::read(list, &value, &malformed)? {
            Some(entry) => {
                self.failed += u64::from(list == "Misconfigurations" && !entry.suppressed());
                self.entries.push(entry);
            }
            None => self.passed += u64::from(list == "Misconfigurations"),
        }
        Ok(())
    }

    /// How many checks Trivy says failed.
    fn declared(&mut self, summary: &Value, json: &Json<'_, '_>) -> Result<()> {
        let failures = summary.get("Failures");
        if !failures.is_null() {
            let more = failures.count(|| json.malformed("a summary of Trivy with sound totals"))?;
            self.failures = Some(self.failures.unwrap_or(0).saturating_add(more));
        }
        Ok(())
    }

    fn finish(self, context: &Context<'_>) -> Result<Evidence> {
        let mut evidence = Evidence { components: self.components, ..Evidence::default() };
        // A report with nothing in it, or with packages; one of checks alone says nothing of packages.
        let packages = |target: &Target| target.has_packages();
        evidence.vulnerabilities_sought = self.targets.is_empty() || self.targets.iter().any(packages);
        evidence.licenses_sought = self.targets.iter().any(Target::has_licenses);
        let image = matches!(self.artifact.as_deref(), Some("container_image" | "vm"));
        let (mut findings, mut holes) = (Findings::default(), Holes::default());
        for entry in self.entries {
            let target = &self.targets[entry.target];
            entry.push(target, image, context, &mut findings, &mut holes)?;
        }
        holes.count_joined(&mut evidence.measures);
        holes.finish(&mut findings)?;
        evidence.findings = Some(findings.finish());
        compare(&mut evidence.mismatches, "misconfigurations.failed", self.failures, self.failed);
        if self.passed > 0 {
            let measure = Measure { unit: "1".into(), value: Decimal::from(self.passed) };
            evidence.measures.insert("results.aside".into(), measure);
        }
        Ok(evidence)
    }
}

#[cfg(test)]
mod tests;
