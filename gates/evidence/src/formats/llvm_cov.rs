//! `llvm_cov`: what `llvm-cov export` and `cargo llvm-cov --json` write (versions 2 and 3).
//!
//! With segments, lines are counted from them by the rules of `llvm-cov` itself, so that they are the lines of the
//! same run in LCOV: a line that two functions share, as a closure's often is, is one line. `totals.lines` has it
//! twice: the two may differ, are compared, and the share of one report is that of its totals, as LLVM says it; over
//! several reports lines are counted. Branches are those of a file, functions one for all
//! instantiations at a place, regions those of code in a function.
//!
//! Without segments (`--summary-only`) and without functions (`--skip-functions`) only the summaries of files can be
//! added up. Then the shares are stated as measures, which unite with nothing.
//!
//! **Absent on purpose:** `percent`, which is 0 where nothing was counted; instantiations; MC/DC; branches that the
//! compiler folded, which the export does not mark.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::evidence::{Evidence, UnitKind};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::coverage::{Coverage, compare, state};
use crate::error::{ReadError, Result};
use crate::excuse;
use crate::input::Input;
use crate::json::{Json, Value};

use function::{Group, Start};
use summary::{METRICS, Sums};

mod function;
mod segments;
mod summary;

const EXPECTED: &str = "JSON of llvm-cov";

/// What `type` says.
const TYPE: &str = "llvm.coverage.json.export";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut json = Json::new(input);
    excuse::object(&mut json, EXPECTED)?;
    let mut reader = Reader::default();
    let (mut kind, mut version) = (Value::Null, Value::Null);
    let mut excuses = Vec::new();
    json.object(|json, key| {
        match key {
            "data" => json.array(|json| reader.export(json, context))?,
            "type" => kind = json.value()?,
            "version" => version = json.value()?,
            other if excuse::may_excuse(other) => excuses.push((other.to_owned(), json.value()?)),
            _ => json.skip()?,
        }
        Ok(())
    })?;
    let unknown = json.malformed("an export of version 2 or 3");
    json.end()?;
    if kind.text() != Some(TYPE) {
        if let Some(message) = excuse::excuse(&Value::Map(excuses)) {
            return Err(ReadError::ToolFailed { message });
        }
        let found = "a JSON object of another `type`".to_owned();
        return Err(ReadError::OtherFormat { expected: EXPECTED, found });
    }
    match version.text().and_then(|version| version.split('.').next()) {
        Some("2" | "3") => reader.finish(),
        _ => Err(unknown),
    }
}

#[derive(Default)]
struct Reader {
    coverage: Coverage,
    /// Files of the report. Functions of others, which were left out of it, are listed all the same.
    listed: BTreeSet<Name>,
    groups: BTreeMap<(Name, Start), Group>,
    regions: usize,
    exports: u64,
    /// Whether any file has segments, whether any that has lines has none, and whether functions are listed.
    segments: bool,
    bare: bool,
    functions: bool,
    /// What the summaries of files say, and what the totals do.
    files: Sums,
    totals: Option<Sums>,
}

impl Reader {
    fn export(&mut self, json: &mut Json<'_, '_>, context: &Context<'_>) -> Result<()> {
        self.exports += 1;
        json.object(|json, key| match key {
            "files" => json.array(|json| self.file(json, context)),
            "functions" => {
                self.functions = true;
                json.array(|json| {
                    let function = function::read(json)?;
                    self.regions += function.join(&mut self.groups, &self.listed, context);
                    match self.groups.len() + self.regions > function::REGIONS_MAX {
                        true => Err(ReadError::TooLarge {
                            what: "functions and regions",
                            max: function::REGIONS_MAX as u64,
                        }),
                        false => Ok(()),
                    }
                })
            }
            "totals" => {
                let totals = Sums::read(&json.value()?, json)?;
                self.totals.get_or_insert_default().add(&totals);
                Ok(())
            }
            _ => json.skip(),
        })
    }

    fn file(&mut self, json: &mut Json<'_, '_>, context: &Context<'_>) -> Result<()> {
        const BRANCH: &str = "a branch with a place and two sound counts";
        let (mut name, mut summary) = (None, Value::Null);
        let (mut lines, mut branches) = (None, Vec::new());
        json.object(|json, key| {
            match key {
                "filename" => name = Some(json.text()?),
                "segments" => lines = Some(segments::lines(json)?),
                "branches" => json.array(|json| {
                    branches.push(function::numbers(json, 6, BRANCH)?);
                    Ok(())
                })?,
                "summary" => summary = json.value()?,
                _ => json.skip()?,
            }
            Ok(())
        })?;
        let name = name.ok_or(json.malformed("a file with a name"))?;
        let path = context.path(&name);
        let file = self.coverage.file(&path);
        self.listed.insert(path);
        let sums = Sums::read(&summary, json)?;
        match lines {
            None => self.bare |= sums.of("lines").1 > 0,
            Some(lines) => {
                self.segments = true;
                for (line, hits) in lines {
                    self.coverage.line(file, line, hits)?;
                }
            }
        }
        self.files.add(&sums);
        for branch in branches {
            let line = function::line(branch[0]).ok_or(json.malformed(BRANCH))?;
            for (hits, way) in [(branch[4], "true"), (branch[5], "false")] {
                let id = format!("{}-{}:{} {way}", branch[1], branch[2], branch[3]);
                self.coverage.branch(file, line, id.into(), hits)?;
            }
        }
        Ok(())
    }

    fn finish(mut self) -> Result<Evidence> {
        if self.exports == 0 {
            return Err(ReadError::NotRun { what: "export" });
        }
        if self.segments && self.bare {
            return Err(ReadError::NotRun { what: "lines of a file, only totals" });
        }
        for ((path, start), group) in std::mem::take(&mut self.groups) {
            if self.listed.contains(&path) {
                group.count(&path, start, &mut self.coverage)?;
            }
        }
        let mut evidence = Evidence::default();
        let lines = self.coverage.totals();
        for metric in METRICS {
            let (counted, there) = match metric.key {
                "lines" => ((lines.lines_hit, lines.lines), self.segments),
                "branches" => ((lines.branches_hit, lines.branches), self.segments),
                "functions" => (self.coverage.units(UnitKind::Function), self.functions),
                _ => (self.coverage.units(UnitKind::Region), self.functions),
            };
            let summed = self.files.of(metric.key);
            let counted = if there { counted } else { summed };
            if !there {
                state(&mut evidence.measures, metric.measure, counted.0, counted.1);
            }
            // Summaries of files stand in for totals that are not there.
            let declared = self.totals.as_ref().unwrap_or(&self.files);
            if declared.has(metric.key) {
                let (hit, all) = declared.of(metric.key);
                compare(&mut evidence.mismatches, metric.counted, Some(all), counted.1);
                compare(&mut evidence.mismatches, &format!("{}.hit", metric.counted), Some(hit), counted.0);
                // What LLVM calls line coverage is its totals; counted lines serve shards and changes.
                if there && (hit, all) != counted {
                    state(&mut evidence.measures, metric.measure, hit, all);
                }
            }
        }
        if self.segments || self.functions || self.files.is_nothing() {
            evidence.coverage = Some(self.coverage.finish());
        }
        Ok(evidence)
    }
}

#[cfg(test)]
mod tests;
