//! `k6`: the summary of a run, as `handleSummary` is given it and as `--summary-export` writes it.
//!
//! A measure is metric and statistic, `http_req_duration.p95` for `p(95)`; percentiles of `http_req_duration` have
//! the plain name `p95` too. A metric with tags is `http_req_duration.expected_response-true.p95`.
//!
//! | metric | statistics | unit |
//! |---|---|---|
//! | trend | `avg`, `min`, `med`, `max`, `p90`, `p95`, … | `ms`; `bytes`; else `1` |
//! | counter | `count`, `rate` | `1` or `bytes`; `rate` in `1/s` or `bytes/s` |
//! | rate | `rate`, `passes`, `fails` | `%`; `1` |
//! | gauge | `value`, `min`, `max` | like a trend |
//!
//! A threshold that does not hold is an error, a check that failed at least once a warning. Metrics with tags are
//! left out where they would be more measures than evidence holds.
//!
//! **A trap:** under a threshold `handleSummary` says `{"ok": true}`, and `--summary-export` says `false`, which means
//! that it did *not* fail.

use dod_kernel::evidence::{Evidence, Finding, Severity};

use crate::context::Context;
use crate::coverage::compare;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Value};
use crate::named::Measures;

use metric::Metric;

mod metric;

const EXPECTED: &str = "a summary of k6";

/// Metrics, and checks, of one report.
const METRICS_MAX: usize = 10_000;

/// The metric whose percentiles have plain names too.
const MAIN: &str = "http_req_duration";

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut metrics: Option<Vec<Metric>> = None;
    let mut root = Value::Null;
    let mut excuses = Vec::new();
    json.object(|json, key| {
        match key {
            "metrics" => json.object(|json, name| {
                let all = metrics.get_or_insert_default();
                if all.len() == METRICS_MAX {
                    return Err(ReadError::TooLarge { what: "metrics", max: METRICS_MAX as u64 });
                }
                let found = Metric::read(name, &json.value()?);
                all.push(found.ok_or(json.malformed("a metric of k6 with sound numbers"))?);
                Ok(())
            })?,
            "root_group" => root = json.value()?,
            other if excuse::may_excuse(other) => excuses.push((other.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let broken = json.malformed("checks with a name and sound counts");
    json.end()?;
    let Some(metrics) = metrics else {
        if let Some(message) = excuse::excuse(&Value::Map(excuses)) {
            return Err(ReadError::ToolFailed { message });
        }
        let found = "a JSON object without metrics".to_owned();
        return Err(ReadError::OtherFormat { expected: EXPECTED, found });
    };
    let checks = checks(&root, &broken)?;
    let mut evidence = Evidence { findings: findings(&metrics, &checks)?, ..Evidence::default() };
    let sums = checks.iter().fold((0, 0), |sums, check| (sums.0 + check.passes, sums.1 + check.fails));
    if let Some(declared) = metrics.iter().find(|metric| metric.name == "checks" && !checks.is_empty()) {
        compare(&mut evidence.mismatches, "checks.passes", declared.count("passes"), sums.0);
        compare(&mut evidence.mismatches, "checks.fails", declared.count("fails"), sums.1);
    }
    evidence.measures = measures(metrics)?.finish()?;
    Ok(evidence)
}

fn measures(metrics: Vec<Metric>) -> Result<Measures> {
    let mut measures = Measures::default();
    let (whole, tagged): (Vec<Metric>, Vec<Metric>) = metrics.into_iter().partition(|metric| !metric.tagged);
    for metric in &whole {
        for (name, value, unit) in &metric.statistics {
            measures.add(&format!("{}.{name}", metric.name), *value, unit)?;
            if metric.name == MAIN && name.starts_with("p") {
                measures.add(name, *value, unit)?;
            }
        }
    }
    if tagged.iter().map(|metric| metric.statistics.len()).sum::<usize>() <= measures.room() {
        for metric in &tagged {
            for (name, value, unit) in &metric.statistics {
                measures.add(&format!("{}.{name}", metric.name), *value, unit)?;
            }
        }
    }
    Ok(measures)
}

/// Thresholds that do not hold and checks that failed; `None` where there are neither thresholds nor checks.
fn findings(metrics: &[Metric], checks: &[Check]) -> Result<Option<Vec<Finding>>> {
    let mut findings = Findings::default();
    let mut looked = !checks.is_empty();
    for metric in metrics {
        for (threshold, holds) in &metric.thresholds {
            looked = true;
            if !holds {
                let message = format!("`{}` does not hold `{threshold}`", metric.stated);
                let seen = Seen::new("threshold", &message, Severity::Error, None);
                findings.push(Seen { quoted: Some(threshold), ..seen })?;
            }
        }
    }
    for check in checks.iter().filter(|check| check.fails > 0) {
        let all = check.fails + check.passes;
        let message = format!("`{}` failed {} of {all} times", check.path, check.fails);
        findings.push(Seen::new("check", &message, Severity::Warning, None))?;
    }
    Ok(looked.then(|| findings.finish()))
}

/// A check of any group.
struct Check {
    path: String,
    passes: u64,
    fails: u64,
}

/// Checks of all groups. Groups and checks are lists, or maps by name in `--summary-export`.
fn checks(root: &Value, broken: &ReadError) -> Result<Vec<Check>> {
    let mut found = Vec::new();
    let mut groups = vec![root];
    while let Some(group) = groups.pop() {
        groups.extend(members(group.get("groups")));
        for check in members(group.get("checks")) {
            if found.len() == METRICS_MAX {
                return Err(ReadError::TooLarge { what: "checks", max: METRICS_MAX as u64 });
            }
            let name = check.get("path").text().or(check.get("name").text()).ok_or_else(|| broken.clone())?;
            let count = |key| check.get(key).count(|| broken.clone());
            let (passes, fails) = (count("passes")?, count("fails")?);
            found.push(Check { path: name.trim_start_matches(':').to_owned(), passes, fails });
        }
    }
    Ok(found)
}

fn members(of: &Value) -> Box<dyn DoubleEndedIterator<Item = &Value> + '_> {
    match of {
        Value::Map(map) => Box::new(map.iter().map(|(_, value)| value)),
        other => Box::new(other.list().iter()),
    }
}

#[cfg(test)]
mod tests;
