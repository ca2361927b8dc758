//! `sarif`: SARIF 2.1.0 (OASIS), the common report of linters and scanners.
//!
//! Strict on `version`, `runs`, `results` and `level`, lenient elsewhere: real files break the schema and
//! carry sound findings. `results` that are absent or null mean that the run produced none (3.14.23), and
//! `executionSuccessful: false` that the tool failed, whatever it found. Results may come before the rules
//! and files they refer to, so a run is settled at its end.
//!
//! **Absent on purpose:** code flows, fixes, graphs, external property files.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Measure};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::Findings;
use crate::input::Input;
use crate::json::{Json, Kind, Value};

mod result;
mod rules;

use result::Pending;
use rules::Rules;

const EXPECTED: &str = "SARIF 2.1.0";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut report = Report { context, findings: Findings::default(), aside: 0, gone: 0, runs: 0 };
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

struct Report<'c> {
    context: &'c Context<'c>,
    findings: Findings,
    /// Results that say that something holds or does not apply, and results that are gone since the baseline.
    aside: u64,
    gone: u64,
    runs: u64,
}

impl Report<'_> {
    fn run(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let mut pending: Option<Vec<Pending>> = None;
        let mut run = Run::default();
        let known = self.findings.len();
        let (mut aside, mut gone) = (0, 0);
        json.object(|json, key| {
            match key {
                "results" if json.kind()? == Kind::Null => json.skip()?,
                "results" => {
                    let mut results = Vec::new();
                    json.array(|json| {
                        let result = json.value()?;
                        if known + results.len() >= crate::findings::FINDINGS_MAX {
                            let max = crate::findings::FINDINGS_MAX as u64;
                            return Err(ReadError::TooLarge { what: "findings", max });
                        }
                        match Pending::read(&result, &|expected| json.malformed(expected))? {
                            result::Sort::Open(pending) => results.push(*pending),
                            result::Sort::Aside => aside += 1,
                            result::Sort::Gone => gone += 1,
                        }
                        Ok(())
                    })?;
                    pending = Some(results);
                }
                "tool" => run.rules = Rules::read(&json.value()?, &|expected| json.malformed(expected))?,
                "invocations" => failed(&json.value()?)?,
                "artifacts" => run.artifacts = json.value()?,
                "originalUriBaseIds" => run.bases = json.value()?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let Some(pending) = pending else { return Err(ReadError::NotRun { what: "results of a run" }) };
        self.aside += aside;
        self.gone += gone;
        self.runs += 1;
        pending.iter().try_for_each(|one| one.settle(&run, self.context, &mut self.findings))
    }

    fn finish(self) -> Result<Evidence> {
        if self.runs == 0 {
            return Err(ReadError::NotRun { what: "run" });
        }
        let mut evidence = Evidence { findings: Some(self.findings.finish()), ..Evidence::default() };
        for (name, count) in [("results.aside", self.aside), ("results.gone", self.gone)] {
            if count > 0 {
                let measure = Measure { unit: "1".into(), value: Decimal::from(count) };
                evidence.measures.insert(name.into(), measure);
            }
        }
        Ok(evidence)
    }
}

/// What results refer to.
#[derive(Default)]
struct Run {
    rules: Rules,
    artifacts: Value,
    bases: Value,
}

/// A tool that says that it failed has not looked, or not everywhere (3.20.14).
fn failed(invocations: &Value) -> Result<()> {
    for invocation in invocations.list() {
        if invocation.get("executionSuccessful").bool() != Some(false) {
            continue;
        }
        let notices = ["toolExecutionNotifications", "toolConfigurationNotifications"];
        let said = notices
            .iter()
            .flat_map(|key| invocation.get(key).list())
            .find_map(|notice| notice.at(&["message", "text"]).text())
            .or(invocation.get("exitCodeDescription").text());
        let message = crate::text::cut(said.unwrap_or("`executionSuccessful` is false"), 500).to_owned();
        return Err(ReadError::ToolFailed { message });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
