//! `sarif`: SARIF 2.1.0 (OASIS), the common report of linters and scanners.
//!
//! Strict on `version`, `runs`, `results` and `level`, lenient elsewhere: real files break the schema and
//! carry sound findings. `results` that are absent or null mean that the run produced none (3.14.23), and
//! `executionSuccessful: false` that the tool failed, whatever it found. A result is settled as soon as the
//! rules and files it refers to are known, at the end of its run at the latest.
//!
//! A result whose rule is an advisory (`CVE-…`) is a vulnerability; one with `properties.license` objects to a
//! license. `properties.licensesSought` of a run, and the names of known scanners, say that somebody looked.
//!
//! **Absent on purpose:** code flows, fixes, graphs, and results that lie in other files: a run that says it has
//! such is not read at all.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Measure};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::Findings;
use crate::input::Input;
use crate::json::{Json, Kind, Value};

mod advisory;
mod result;
mod rules;
mod settle;

use result::{Pending, Sort};
use rules::Rules;
use settle::{Artifact, Run};

const EXPECTED: &str = "SARIF 2.1.0";

/// Files that one run lists.
const ARTIFACTS_MAX: usize = 1_000_000;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut report = Report { context, findings: Findings::default(), counts: Counts::default(), runs: 0 };
    let mut version = None;
    let mut runs_seen = false;
    let mut rest = Vec::new();
    json.object(|json, key| {
        match key {
            "version" => version = Some(json.value()?),
            "runs" => {
                runs_seen = true;
                if json.kind()? != Kind::Array {
                    return Err(json.malformed("SARIF with an array of `runs`"));
                }
                json.array(|json| report.run(json))?;
            }
            key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    json.end()?;
    if version.is_none() && !runs_seen {
        return Err(match excuse::excuse(&Value::Map(rest)) {
            Some(message) => ReadError::ToolFailed { message },
            None => other("a JSON object without `version` and `runs`"),
        });
    }
    match version.as_ref().and_then(Value::text) {
        Some("2.1.0") if runs_seen => {}
        Some("2.1.0") => return Err(other("a JSON object without `runs`")),
        Some(found) => return Err(other(&format!("version `{}`", crate::text::cut(found, 40)))),
        None => return Err(other("a JSON object without a `version` of SARIF")),
    }
    report.finish()
}

fn other(found: &str) -> ReadError {
    ReadError::OtherFormat { expected: EXPECTED, found: found.to_owned() }
}

/// What is counted beside findings.
#[derive(Default)]
struct Counts {
    /// Results that say that something holds or does not apply.
    aside: u64,
    /// Results that are gone since the baseline.
    gone: u64,
    /// Errors and warnings of the tool about its own work.
    errors: u64,
    warnings: u64,
    licenses_sought: bool,
    vulnerabilities_sought: bool,
}

struct Report<'c> {
    context: &'c Context<'c>,
    findings: Findings,
    counts: Counts,
    runs: u64,
}

impl Report<'_> {
    fn run(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let mut run = Run::default();
        let mut results = false;
        let mut pending = Waiting::new();
        json.object(|json, key| {
            match key {
                "results" if json.kind()? == Kind::Null => json.skip()?,
                "results" => {
                    results = true;
                    json.array(|json| self.result(json, &run, &mut pending))?;
                }
                "tool" => {
                    run.rules = Some(Rules::read(json)?);
                }
                "invocations" => self.invocations(&json.value()?)?,
                "conversion" => failed(json.value()?.get("invocation"))?,
                "artifacts" => run.artifacts = Some(artifacts(json)?),
                "originalUriBaseIds" => run.bases = Some(settle::bases(json.value()?)),
                "properties" => {
                    let sought = json.value()?.get("licensesSought").bool();
                    self.counts.licenses_sought |= sought == Some(true);
                }
                "externalPropertyFileReferences" => {
                    let elsewhere = json.value()?;
                    if !elsewhere.get("results").is_null() {
                        return Err(ReadError::NotRun { what: "results of a run: they lie in other files" });
                    }
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if !results {
            return Err(ReadError::NotRun { what: "results of a run" });
        }
        self.runs += 1;
        self.counts.vulnerabilities_sought |= run.rules.as_ref().is_some_and(Rules::seeks_vulnerabilities);
        let run = run.complete();
        pending.into_iter().try_for_each(|one| one.settle(&run, self.context, &mut self.findings))
    }

    fn result(&mut self, json: &mut Json<'_, '_>, run: &Run, pending: &mut Waiting) -> Result<()> {
        if self.findings.len() + pending.len() >= crate::findings::FINDINGS_MAX {
            let max = crate::findings::FINDINGS_MAX as u64;
            return Err(ReadError::TooLarge { what: "findings", max });
        }
        match Pending::read(json)? {
            // Once one waits all do, so that they stay in the order of the report.
            (Sort::Open, one) if pending.is_empty() && one.can_settle(run) => {
                one.settle(run, self.context, &mut self.findings)?;
            }
            (Sort::Open, one) => pending.push(Box::new(one)),
            (Sort::Aside, _) => self.counts.aside += 1,
            (Sort::Gone, _) => self.counts.gone += 1,
        }
        Ok(())
    }

    fn invocations(&mut self, invocations: &Value) -> Result<()> {
        for invocation in invocations.list() {
            failed(invocation)?;
            for notice in NOTICES.iter().flat_map(|key| invocation.get(key).list()) {
                match notice.get("level").text() {
                    Some("error") => self.counts.errors += 1,
                    // 3.58.6: absent means `warning`.
                    Some("warning") | None => self.counts.warnings += 1,
                    Some(_) => {}
                }
            }
        }
        Ok(())
    }

    fn finish(self) -> Result<Evidence> {
        if self.runs == 0 {
            return Err(ReadError::NotRun { what: "run" });
        }
        let mut evidence = Evidence { findings: Some(self.findings.finish()), ..Evidence::default() };
        let Counts { aside, gone, errors, warnings, licenses_sought, vulnerabilities_sought } = self.counts;
        let counts = [
            ("notices.error", errors),
            ("notices.warning", warnings),
            ("results.aside", aside),
            ("results.gone", gone),
        ];
        for (name, count) in counts {
            if count > 0 {
                let measure = Measure { unit: "1".into(), value: Decimal::from(count) };
                evidence.measures.insert(name.into(), measure);
            }
        }
        evidence.licenses_sought = licenses_sought;
        evidence.vulnerabilities_sought = vulnerabilities_sought;
        Ok(evidence)
    }
}

/// Results whose run is not known yet. In boxes, so that each goes when it is settled.
type Waiting = Vec<Box<Pending>>;

/// Where files are that results name by index.
fn artifacts(json: &mut Json<'_, '_>) -> Result<Vec<Artifact>> {
    let mut all = Vec::new();
    json.maybe_array(|json| {
        let mut artifact = Artifact::default();
        json.maybe_object(|json, key| match key {
            "location" => artifact.read(json),
            _ => json.skip(),
        })?;
        if all.len() == ARTIFACTS_MAX {
            return Err(ReadError::TooLarge { what: "files of a run", max: ARTIFACTS_MAX as u64 });
        }
        all.push(artifact);
        Ok(())
    })?;
    Ok(all)
}

const NOTICES: [&str; 2] = ["toolExecutionNotifications", "toolConfigurationNotifications"];

/// A tool that says that it failed has not looked, or not everywhere (3.20.14).
fn failed(invocation: &Value) -> Result<()> {
    if invocation.get("executionSuccessful").bool() != Some(false) {
        return Ok(());
    }
    let notices = || NOTICES.iter().flat_map(|key| invocation.get(key).list());
    let text = |notice: &Value| notice.at(&["message", "text"]).text().map(str::to_owned);
    let said = notices()
        .filter(|notice| notice.get("level").text() == Some("error"))
        .find_map(text)
        .or_else(|| notices().find_map(text))
        .or_else(|| invocation.get("exitCodeDescription").text().map(str::to_owned));
    let message = said.unwrap_or_else(|| "`executionSuccessful` is false".to_owned());
    Err(ReadError::ToolFailed { message: crate::text::cut(&message, 500).to_owned() })
}

#[cfg(test)]
mod tests;
