//! `istanbul`: `coverage-final.json` of Istanbul, nyc, c8, Jest and Vitest.
//!
//! Statements are those of `statementMap`, functions those of `fnMap`, branches each path of `branchMap`; each is
//! known by its place, since its key is only a number of this one report. A line is one on which a statement begins,
//! with the greatest count of these (`getLineCoverage` of istanbul-lib-coverage).
//!
//! `coverage-summary.json` only has totals: there is nothing to count in it, and it says so.
//!
//! **Absent on purpose:** `inputSourceMap`, which the tools have followed before; `bT`, another metric.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Evidence, Unit, UnitKind};

use crate::context::Context;
use crate::coverage::Coverage;
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::input::Input;
use crate::json::{Json, Kind, Value};

const EXPECTED: &str = "Istanbul coverage";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut coverage = Coverage::default();
    let (mut files, mut totals) = (0u64, false);
    let mut excuses = Vec::new();
    json.object(|json, key| {
        if excuse::may_excuse(key) || json.kind()? != Kind::Object {
            excuses.push((key.to_owned(), json.value()?));
            return Ok(());
        }
        let mut file = File::default();
        file.read(json)?;
        if file.totals {
            totals = true;
            return Ok(());
        }
        files += 1;
        file.count(key, &mut coverage, context).ok_or(json.malformed(
            "a file with `statementMap`, `fnMap` and `branchMap`, places, and a sound count for each of them",
        ))?
    })?;
    json.end()?;
    if totals {
        return Err(ReadError::NotRun { what: "lines of a file, only totals" });
    }
    if !excuses.is_empty() {
        if let Some(message) = excuse::excuse(&Value::Map(excuses)) {
            return Err(ReadError::ToolFailed { message });
        }
        let found = "a JSON object of something else than files".to_owned();
        return Err(ReadError::OtherFormat { expected: EXPECTED, found });
    }
    if files == 0 {
        return Err(ReadError::NotRun { what: "file" });
    }
    Ok(Evidence { coverage: Some(coverage.finish()), ..Evidence::default() })
}

/// One file while it is read.
#[derive(Default)]
struct File {
    path: Option<String>,
    statements: Value,
    functions: Value,
    branches: Value,
    statement_hits: Value,
    function_hits: Value,
    branch_hits: Value,
    /// It is an entry of a summary.
    totals: bool,
}

impl File {
    fn read(&mut self, json: &mut Json<'_, '_>) -> Result<()> {
        let mut inner = None;
        json.object(|json, key| {
            match key {
                "path" => self.path = json.value()?.text().map(str::to_owned),
                "statementMap" => self.statements = json.value()?,
                "fnMap" => self.functions = json.value()?,
                "branchMap" => self.branches = json.value()?,
                "s" => self.statement_hits = json.value()?,
                "f" => self.function_hits = json.value()?,
                "b" => self.branch_hits = json.value()?,
                "lines" | "statements" => {
                    let share = json.value()?;
                    self.totals |= !share.get("total").is_null() && !share.get("covered").is_null();
                }
                // An object of istanbul-lib-coverage that was written as it is.
                "data" if json.kind()? == Kind::Object => {
                    let mut file = Self::default();
                    file.read(json)?;
                    inner = Some(file);
                }
                _ => json.skip()?,
            }
            Ok(())
        })?;
        if let Some(inner) = inner {
            *self = inner;
        }
        Ok(())
    }

    /// `None` where anything that is counted is broken.
    fn count(&self, key: &str, coverage: &mut Coverage, context: &Context<'_>) -> Option<Result<()>> {
        let path = context.path(self.path.as_deref().unwrap_or(key));
        let statements = pairs(&self.statements, &self.statement_hits)?;
        let functions = pairs(&self.functions, &self.function_hits)?;
        let branches = pairs(&self.branches, &self.branch_hits)?;
        let file = coverage.file(&path);
        let mut lines: BTreeMap<u32, u64> = BTreeMap::new();
        let mut names = Names::default();
        let mut units = Vec::new();
        for (place, hits) in statements {
            let (line, id) = (line(place)?, span(place));
            let hits = count(hits)?;
            let greatest = lines.entry(line).or_default();
            *greatest = hits.max(*greatest);
            units.push((UnitKind::Statement, names.distinct(id), line, hits));
        }
        for (function, hits) in functions {
            let place = first_place(&[function.get("decl"), function.get("loc")]);
            let line = line(place).or(function.get("line").index())?;
            let id = names.distinct(format!("function {}", span(place)));
            units.push((UnitKind::Function, id, line, count(hits)?));
        }
        let mut taken = Vec::new();
        for (branch, hits) in branches {
            let first = branch.get("locations").list().first().unwrap_or(&Value::Null);
            let place = first_place(&[branch.get("loc"), first]);
            let line = line(place).or(branch.get("line").index()).filter(|line| *line > 0)?;
            let kind = branch.get("type").text().unwrap_or("branch");
            let id = names.distinct(format!("{kind} {}", span(place)));
            let Value::List(paths) = hits else { return None };
            for (at, hits) in paths.iter().enumerate() {
                taken.push((line, format!("{id} {at}"), count(hits)?));
            }
        }
        let add = || -> Result<()> {
            for (line, hits) in lines {
                coverage.line(file, line, hits)?;
            }
            for (kind, id, line, hits) in units {
                coverage.unit(file, Unit { hits, id: id.into(), kind, line: Some(line), weight: 1 })?;
            }
            for (line, id, hits) in taken {
                coverage.branch(file, line, id.into(), hits)?;
            }
            Ok(())
        };
        Some(add())
    }
}

/// What a map describes, beside its count; what the source asked to ignore is left out. `None` where one of the two
/// is missing.
fn pairs<'v>(map: &'v Value, counts: &'v Value) -> Option<Vec<(&'v Value, &'v Value)>> {
    let (Value::Map(map), Value::Map(counts)) = (map, counts) else { return None };
    if map.len() != counts.len() {
        return None;
    }
    let counts: BTreeMap<&str, &Value> = counts.iter().map(|(key, count)| (key.as_str(), count)).collect();
    let ignored = |place: &Value| place.get("skip").bool() == Some(true);
    let found = map.iter().filter(|(_, place)| !ignored(place));
    found.map(|(key, place)| Some((place, *counts.get(key.as_str())?))).collect()
}

fn count(hits: &Value) -> Option<u64> {
    hits.count(|| ReadError::Empty).ok()
}

/// The line on which a place begins.
fn line(place: &Value) -> Option<u32> {
    place.at(&["start", "line"]).index().filter(|line| *line > 0)
}

/// The first one that is a place: that of a missing `else` is empty.
fn first_place<'v>(places: &[&'v Value]) -> &'v Value {
    places.iter().find(|place| line(place).is_some()).copied().unwrap_or(&Value::Null)
}

/// `3:4-5:1`; a column that is not a number is the end of its line.
fn span(place: &Value) -> String {
    let number = |end: &str, what: &str| {
        place.at(&[end, what]).index().map_or("end".to_owned(), |number| number.to_string())
    };
    let point = |end: &str| format!("{}:{}", number(end, "line"), number(end, "column"));
    format!("{}-{}", point("start"), point("end"))
}

/// Tells apart what stands at one place several times.
#[derive(Default)]
struct Names(BTreeMap<String, u32>);

impl Names {
    fn distinct(&mut self, id: String) -> String {
        let times = self.0.entry(id.clone()).or_default();
        *times += 1;
        if *times == 1 { id } else { format!("{id} ({times})") }
    }
}

#[cfg(test)]
mod tests;
