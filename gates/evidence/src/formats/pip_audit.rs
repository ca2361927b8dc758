//! `pip_audit`: `pip-audit --format json`: an object with `dependencies` since version 2.4, an array of them before.
//!
//! pip-audit rates nothing, so every hole is of unknown danger. A dependency with a `skip_reason` was not checked:
//! each is a note, and counts in the evidence's `unchecked`, so that "none found" is no more than a lower bound. An
//! editable distribution that was skipped on request (`--skip-editable`) is the project's own source and no dependency
//! that somebody should have checked: a note, and not counted.
//!
//! A report without a single dependency looked at nothing.
//!
//! **Absent on purpose:** `fixes`: what was or would be upgraded is not what is wrong.

use dod_kernel::evidence::{Evidence, Severity};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::holes::{Hole, Holes, Rating, purl};
use crate::input::Input;
use crate::json::{Json, Kind, Value};

const EXPECTED: &str = "JSON of pip-audit";

/// What pip-audit says of the project's own source.
const EDITABLE: &str = "distribution marked as editable";

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    let mut report = Report::default();
    if json.kind() == Ok(Kind::Array) {
        report.dependencies(&mut json)?;
    } else {
        excuse::object(&mut json, EXPECTED)?;
        let mut rest = Vec::new();
        let mut sought = false;
        json.object(|json, key| {
            match key {
                "dependencies" => {
                    sought = true;
                    report.dependencies(json)?;
                }
                key if excuse::may_excuse(key) => rest.push((key.to_owned(), json.value()?)),
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if !sought {
            let found = "a JSON object without `dependencies`".to_owned();
            return Err(match excuse::excuse(&Value::Map(rest)) {
                Some(message) => ReadError::ToolFailed { message },
                None => ReadError::OtherFormat { expected: EXPECTED, found },
            });
        }
    }
    json.end()?;
    report.finish()
}

#[derive(Default)]
struct Report {
    holes: Holes,
    findings: Findings,
    dependencies: u64,
    unchecked: u64,
}

impl Report {
    fn dependencies(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        json.array(|json| {
            let dependency = json.value()?;
            self.dependency(&dependency, &|expected| json.malformed(expected))
        })
    }

    fn dependency(
        &mut self,
        dependency: &Value,
        malformed: &dyn Fn(&'static str) -> ReadError,
    ) -> Result<()> {
        const DEPENDENCY: &str = "a dependency of pip-audit with `name` and `vulns` or `skip_reason`";
        let name = dependency.get("name").text().ok_or_else(|| malformed(DEPENDENCY))?;
        let package = purl::of("pypi", name);
        self.dependencies += 1;
        if let Some(reason) = dependency.get("skip_reason").text() {
            self.unchecked += u64::from(reason.trim() != EDITABLE);
            let message = format!("{package} was not checked: {reason}");
            let seen = Seen::new("skipped", &message, Severity::Note, None);
            return self.findings.push(Seen { quoted: Some(name), ..seen });
        }
        let version = dependency.get("version").text().unwrap_or_default();
        let Value::List(holes) = dependency.get("vulns") else { return Err(malformed(DEPENDENCY)) };
        for hole in holes {
            let id = hole.get("id").text().ok_or_else(|| malformed("a vulnerability with an `id`"))?;
            let texts =
                |key: &str| hole.get(key).list().iter().filter_map(Value::text).map(str::to_owned).collect();
            self.holes.push(Hole {
                id: id.to_owned(),
                aliases: texts("aliases"),
                package: package.clone(),
                version: version.to_owned(),
                rating: Rating::default(),
                fixed: texts("fix_versions"),
                title: hole.get("description").text().unwrap_or_default().to_owned(),
                ..Hole::default()
            })?;
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Evidence> {
        if self.dependencies == 0 {
            return Err(ReadError::NotRun { what: "dependency that was looked at" });
        }
        self.holes.finish(&mut self.findings)?;
        Ok(Evidence {
            findings: Some(self.findings.finish()),
            unchecked: self.unchecked,
            vulnerabilities_sought: true,
            ..Evidence::default()
        })
    }
}

#[cfg(test)]
mod tests;
