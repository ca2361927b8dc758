//! `criterion`: `estimates.json` of Criterion.rs, and the lines of `cargo criterion --message-format=json`.
//!
//! | measure | of one iteration |
//! |---|---|
//! | `mean`, `median` | as estimated, in the unit that is named, else `ns` |
//! | `typical` | the slope where one was fitted, else the mean |
//! | `std_dev` | only in `estimates.json` |
//! | `change.mean`, `change.median` | against the run before, in `%` |
//!
//! A line names its benchmark: `fib.20.mean` for `fib/20`. `estimates.json` does not, so its path does, where it
//! leads through a folder `criterion`; elsewhere the names are plain. A line that says `Regressed` is a finding.
//!
//! The file beside `change` has the same shape and holds fractions: it has no deviation, and is told by that.

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, MEASURES_MAX, Measure, Severity};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::findings::{Findings, Seen};
use crate::input::Input;
use crate::json::{Json, Value};
use crate::named::{self, Measures};

const EXPECTED: &str = "JSON of Criterion";

/// What is kept of a benchmark of many, in the order in which it is given up.
const STATISTICS: [&str; 3] = ["mean", "typical", "median"];

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut buffer = Vec::new();
    let mut benchmarks: Vec<Benchmark> = Vec::new();
    let mut findings = Findings::default();
    let (mut lines, mut open, mut compared) = (0u64, false, false);
    while let Some(first) = input.peek()? {
        if first.is_ascii_whitespace() {
            input.line_into(&mut buffer)?;
            continue;
        }
        let (line, at) = (input.line(), input.at());
        let malformed = |expected| ReadError::Malformed { line, at, expected };
        let mut json = Json::new(input);
        match lines {
            0 => excuse::object(&mut json, EXPECTED)?,
            _ => drop(json.kind()?),
        }
        let document = json.value()?;
        let Some(reason) = document.get("reason").text() else {
            if lines > 0 {
                return Err(malformed("a message with a `reason`"));
            }
            json.end()?;
            return estimates(&document, context);
        };
        lines += 1;
        match reason {
            "benchmark-complete" => {
                if benchmarks.len() == MEASURES_MAX {
                    return Err(ReadError::TooLarge { what: "benchmarks", max: MEASURES_MAX as u64 });
                }
                let found = benchmark(&document);
                let found = found.ok_or(malformed("a benchmark with an id and estimates"))?;
                compared |= found.change.is_some();
                if found.change.as_deref() == Some("Regressed") {
                    let message = format!("`{}` is slower than before", found.id);
                    findings.push(Seen::new("regression", &message, Severity::Warning, None))?;
                }
                benchmarks.push(found);
                open = true;
            }
            "group-complete" => open = false,
            // Messages of cargo, and those that later versions add.
            _ => {}
        }
    }
    if open {
        return Err(ReadError::CutOff { at: input.at() });
    }
    if lines == 0 {
        return Err(ReadError::Empty);
    }
    let mut evidence = Evidence { measures: measures(benchmarks)?, ..Evidence::default() };
    evidence.findings = compared.then(|| findings.finish());
    Ok(evidence)
}

/// A benchmark of a line.
struct Benchmark {
    id: String,
    /// Statistics with their units.
    statistics: Vec<(&'static str, Decimal, String)>,
    /// What is said of it against the run before.
    change: Option<String>,
}

fn benchmark(document: &Value) -> Option<Benchmark> {
    let id = document.get("id").text()?.to_owned();
    let mut statistics = Vec::new();
    for name in STATISTICS {
        let estimate = document.get(name);
        if estimate.is_null() && name != "mean" {
            continue;
        }
        let unit = estimate.get("unit").text().filter(|unit| !unit.is_empty())?;
        statistics.push((name, estimate.get("estimate").decimal()?, unit.to_owned()));
    }
    let change = document.at(&["change", "change"]).text().map(str::to_owned);
    Some(Benchmark { id, statistics, change })
}

fn measures(benchmarks: Vec<Benchmark>) -> Result<BTreeMap<Name, Measure>> {
    let kept = STATISTICS.len().min(MEASURES_MAX / benchmarks.len().max(1));
    let mut measures = Measures::default();
    for (at, benchmark) in benchmarks.into_iter().enumerate() {
        let prefix = match named::part(&benchmark.id) {
            Some(part) if !measures.has(&format!("{part}.mean")) => part,
            part => format!("{}-{}", part.unwrap_or_else(|| "benchmark".to_owned()), at + 1),
        };
        for (name, value, unit) in benchmark.statistics {
            if STATISTICS[..kept].contains(&name) {
                measures.add(&format!("{prefix}.{name}"), value, &unit)?;
            }
        }
    }
    measures.finish()
}

/// `{"mean": {"point_estimate": …, …}, "median": …, "std_dev": …, "slope": …}`
fn estimates(document: &Value, context: &Context<'_>) -> Result<Evidence> {
    let point = |name: &str| document.at(&[name, "point_estimate"]).decimal();
    let (Some(mean), Some(median)) = (point("mean"), point("median")) else {
        if let Some(message) = excuse::excuse(document) {
            return Err(ReadError::ToolFailed { message });
        }
        let found = "a JSON object without estimates".to_owned();
        return Err(ReadError::OtherFormat { expected: EXPECTED, found });
    };
    let prefix = prefix(context.report);
    let mut measures = Measures::default();
    let mut add = |name: &str, value: Decimal, unit| measures.add(&format!("{prefix}{name}"), value, unit);
    if let Some(deviation) = point("std_dev") {
        add("mean", mean, "ns")?;
        add("median", median, "ns")?;
        add("std_dev", deviation, "ns")?;
        add("typical", point("slope").unwrap_or(mean), "ns")?;
    } else {
        for (name, share) in [("change.mean", mean), ("change.median", median)] {
            let percent = share.times(Decimal::from(100u64));
            add(name, percent.ok_or(ReadError::NotRun { what: "change that can be held" })?, "%")?;
        }
    }
    Ok(Evidence { measures: measures.finish()?, ..Evidence::default() })
}

/// `fib.20.` of `target/criterion/fib/20/new/estimates.json`.
fn prefix(report: &str) -> String {
    let path = report.replace('\\', "/");
    let inside = path.strip_prefix("criterion/").or_else(|| path.rsplit_once("/criterion/").map(|it| it.1));
    // The file, and the folder of the run: `new`, `base`, `change`, or the name of a baseline.
    let id =
        inside.and_then(|inside| inside.rsplit_once('/')).and_then(|(folder, _)| folder.rsplit_once('/'));
    id.and_then(|(id, _)| named::part(id)).map_or(String::new(), |part| format!("{part}."))
}

#[cfg(test)]
mod tests;
