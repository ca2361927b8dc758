//! `coverage_py`: what `coverage json` writes (formats 1 to 3).
//!
//! Lines are those of `executed_lines` and `missing_lines`, without `excluded_lines`: `covered_lines` of
//! `num_statements`. Branches are `executed_branches` and `missing_branches`, each from a line to a line or, where
//! negative, out of the function that begins there; where a file only has their number, branches are not measured.
//! The totals are compared.
//!
//! **Absent on purpose:** `percent_covered`, which blends lines and branches; functions and classes, which hold the
//! same lines once more.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::Evidence;

use crate::context::Context;
use crate::coverage::{Coverage, Metric, compare};
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::input::Input;
use crate::json::{Json, Value};

const EXPECTED: &str = "a JSON report of coverage.py";

/// The newest `meta.format` that is known. Versions before 7.0 name none.
const FORMAT_MAX: u64 = 3;

/// Totals, and what they are of.
const TOTALS: [(&str, &str); 4] = [
    ("num_statements", "coverage.lines"),
    ("covered_lines", "coverage.lines.hit"),
    ("num_branches", "coverage.branches"),
    ("covered_branches", "coverage.branches.hit"),
];

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut coverage = Coverage::default();
    let mut branches_missing = false;
    let (mut meta, mut files, mut totals) = (false, false, Value::Null);
    let mut excuses = Vec::new();
    json.object(|json, key| match key {
        "meta" => {
            meta = true;
            check_meta(&json.value()?, json)
        }
        "files" => {
            files = true;
            json.object(|json, path| {
                branches_missing |= !file(json, path, &mut coverage, context)?;
                Ok(())
            })
        }
        "totals" => {
            totals = json.value()?;
            Ok(())
        }
        other if excuse::may_excuse(other) => {
            excuses.push((other.to_owned(), json.value()?));
            Ok(())
        }
        _ => json.skip(),
    })?;
    let sound = json.malformed("totals with sound counts");
    json.end()?;
    if !meta || !files {
        if let Some(message) = excuse::excuse(&Value::Map(excuses)) {
            return Err(ReadError::ToolFailed { message });
        }
        let found = "a JSON object without `meta` and `files`".to_owned();
        return Err(ReadError::OtherFormat { expected: EXPECTED, found });
    }
    let mut evidence = Evidence::default();
    let counted = coverage.totals();
    let counted = [counted.lines, counted.lines_hit, counted.branches, counted.branches_hit];
    for ((key, name), counted) in TOTALS.into_iter().zip(counted) {
        let declared = declared(&totals, key, || sound.clone())?;
        compare(&mut evidence.mismatches, name, declared, counted);
    }
    if branches_missing {
        coverage.forget(Metric::Branch);
    }
    evidence.coverage = Some(coverage.finish());
    Ok(evidence)
}

fn check_meta(meta: &Value, json: &Json<'_, '_>) -> Result<()> {
    const META: &str = "`meta` of coverage.py in a format up to 3";
    let known = match meta.get("format") {
        Value::Null => meta.get("version").text().is_some(),
        format => (1..=FORMAT_MAX).contains(&format.count(|| json.malformed(META))?),
    };
    if known { Ok(()) } else { Err(json.malformed(META)) }
}

/// One file; only its lines and branches are held. `false` where it has only the number of its branches, as
/// before version 6.5.
fn file(json: &mut Json<'_, '_>, path: &str, coverage: &mut Coverage, context: &Context<'_>) -> Result<bool> {
    const BOTH: &str = "a file with `executed_lines` and `missing_lines`";
    let (mut executed, mut missing, mut excluded) = (None, None, Vec::new());
    let (mut taken, mut untaken) = (None, None);
    let mut summary = Value::Null;
    json.object(|json, key| {
        match key {
            "executed_lines" => executed = Some(lines(json)?),
            "missing_lines" => missing = Some(lines(json)?),
            "excluded_lines" => excluded = lines(json)?,
            "executed_branches" => taken = Some(arcs(json)?),
            "missing_branches" => untaken = Some(arcs(json)?),
            "summary" => summary = json.value()?,
            // `contexts`, `functions`, `classes`, and what a later version adds.
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let sound = || json.malformed("a summary with sound counts");
    let statements = declared(&summary, "num_statements", sound)?;
    let (executed, missing) = match (executed, missing) {
        (Some(executed), Some(missing)) => (executed, missing),
        (None, None) if statements > Some(0) => {
            return Err(ReadError::NotRun { what: "lines of a file, only totals" });
        }
        _ => return Err(json.malformed(BOTH)),
    };
    if taken.is_some() != untaken.is_some() {
        return Err(json.malformed("a file with `executed_branches` and `missing_branches`"));
    }
    let at = coverage.file(&context.path(path));
    excluded.sort_unstable();
    for (list, hits) in [(executed, 1), (missing, 0)] {
        for line in list.into_iter().filter(|line| excluded.binary_search(line).is_err()) {
            coverage.line(at, line, hits)?;
        }
    }
    let branches = taken.is_some() || declared(&summary, "num_branches", sound)?.unwrap_or(0) == 0;
    for (list, hits) in [(taken, 1), (untaken, 0)] {
        for (from, to) in list.into_iter().flatten() {
            coverage.branch(at, from, to.into(), hits)?;
        }
    }
    Ok(branches)
}

fn declared(totals: &Value, key: &str, error: impl Fn() -> ReadError) -> Result<Option<u64>> {
    match totals.get(key) {
        Value::Null => Ok(None),
        count => count.count(error).map(Some),
    }
}

/// `[1, 2, 5]`
fn lines(json: &mut Json<'_, '_>) -> Result<Vec<u32>> {
    let mut all = Vec::new();
    json.array(|json| {
        let line = json.value()?.index().filter(|line| *line > 0);
        all.push(line.ok_or(json.malformed("a line number"))?);
        Ok(())
    })?;
    Ok(all)
}

/// `[[5, 6], [5, -4]]`: from a line, to what the report calls the other end.
fn arcs(json: &mut Json<'_, '_>) -> Result<Vec<(u32, String)>> {
    let mut all = Vec::new();
    json.array(|json| {
        let arc = json.value()?;
        let [from, to] = arc.list() else { return Err(json.malformed(ARC)) };
        let to = to.decimal().and_then(Decimal::as_integer).ok_or(json.malformed(ARC))?;
        let from = from.index().filter(|line| *line > 0).ok_or(json.malformed(ARC))?;
        all.push((from, to.to_string()));
        Ok(())
    })?;
    Ok(all)
}

const ARC: &str = "a branch from a line to a line";

#[cfg(test)]
mod tests;
