//! `lcov`: tracefiles of lcov, gcov, `cargo llvm-cov`, coverage.py, Istanbul.
//!
//! A line is a distinct (`SF`, line) over `DA`, hit if its counts add up to more than 0; a branch is a
//! distinct (`SF`, line, block, branch) over `BRDA`, `-` is not taken (geninfo(1), section "FILES").
//! A function is a `FN` by its name, or since lcov 2.2 a `FNL` by its line, whose names are aliases of one; hit
//! if any `FNDA` or `FNA` counts above 0. `LF`, `LH`, `BRF`, `BRH`, `FNF` and `FNH` are compared.
//!
//! A file with totals and no `DA` holds nothing to count. One with totals of branches or functions alone makes
//! these, and no more than these, not measured.
//!
//! **Absent on purpose:** MC/DC (`MCDC`, `MCF`, `MCH`), which is another metric.
//!
//! **Cannot be known:** whether a report was cut off exactly behind an `end_of_record`.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Evidence, UnitKind};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::coverage::{Coverage, File, Metric, compare};
use crate::error::{ReadError, Result};
use crate::input::{Input, Line};
use crate::text;

const EXPECTED: &str = "an LCOV tracefile";

/// Records that say nothing of lines, branches and functions: test names, versions, MC/DC.
const PASSED_OVER: &[&str] = &["TN", "VER", "MCDC", "MCF", "MCH", "MRF", "MRH", "BA"];

/// Bytes of a function's name that are kept: mangled names of generic code are long.
const NAME_BYTES_MAX: usize = 1000;

/// Totals, and what they are of.
const TOTALS: [(&str, &str); 6] = [
    ("LF", "coverage.lines"),
    ("LH", "coverage.lines.hit"),
    ("BRF", "coverage.branches"),
    ("BRH", "coverage.branches.hit"),
    ("FNF", "coverage.functions"),
    ("FNH", "coverage.functions.hit"),
];

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut reader = Reader::default();
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        reader.line(&line, context)?;
    }
    if reader.file.is_some() || reader.records == 0 {
        let at = input.at();
        return Err(match reader.seen {
            true => ReadError::CutOff { at },
            false => ReadError::OtherFormat { expected: EXPECTED, found: "text without a record".to_owned() },
        });
    }
    Ok(reader.finish())
}

#[derive(Default)]
struct Reader {
    coverage: Coverage,
    /// The file of the open record, and what was seen in it.
    file: Option<File>,
    record: Record,
    /// Closed records, and whether any line of the format was seen.
    records: u64,
    seen: bool,
    /// Sums of [`TOTALS`].
    declared: [Option<u64>; TOTALS.len()],
    /// A record had totals of branches, or of functions, and none of them.
    branches_missing: bool,
    functions_missing: bool,
}

/// What one record holds.
#[derive(Default)]
struct Record {
    totals: [u64; TOTALS.len()],
    lines: bool,
    branches: bool,
    functions: bool,
    /// Lines of functions by index (`FNL`), for their counts (`FNA`).
    leaders: BTreeMap<u64, u32>,
}

impl Reader {
    fn line(&mut self, line: &Line<'_>, context: &Context<'_>) -> Result<()> {
        let text = line.text.trim();
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        if text == "end_of_record" {
            self.file.take().ok_or(line.malformed("a record: none is open"))?;
            return self.close();
        }
        let other = || {
            let found = "text that is not an LCOV record".to_owned();
            ReadError::OtherFormat { expected: EXPECTED, found }
        };
        let (key, value) = match text.split_once(':') {
            Some(pair) => pair,
            None if !self.seen => return Err(other()),
            None => return Err(line.malformed("an LCOV record")),
        };
        match key {
            "SF" if self.file.is_some() => return Err(line.malformed("`end_of_record` before the next file")),
            "SF" => self.file = Some(self.coverage.file(&context.path(value))),
            "DA" => self.line_hits(value, line)?,
            "BRDA" => self.branch_hits(value, line)?,
            "FN" => self.function(value, line)?,
            "FNDA" => self.function_hits(value, line)?,
            "FNL" => self.leader(value, line)?,
            "FNA" => self.alias_hits(value, line)?,
            other if PASSED_OVER.contains(&other) => {}
            name => match TOTALS.iter().position(|(total, _)| *total == name) {
                Some(which) => self.total(which, value, line)?,
                None if !self.seen => return Err(other()),
                None => return Err(line.malformed("an LCOV record")),
            },
        }
        self.seen = true;
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        let Record { totals: [lines, _, branches, _, functions, _], .. } = self.record;
        let record = std::mem::take(&mut self.record);
        // There is nothing to count, and the file would vanish from the share.
        if lines > 0 && !record.lines {
            return Err(ReadError::NotRun { what: "lines of a file, only totals" });
        }
        self.branches_missing |= branches > 0 && !record.branches;
        self.functions_missing |= functions > 0 && !record.functions;
        self.records += 1;
        Ok(())
    }

    fn open_file(&self, line: &Line<'_>) -> Result<File> {
        self.file.ok_or(line.malformed("inside a record: `SF` is missing"))
    }

    fn finish(mut self) -> Evidence {
        let lines = self.coverage.totals();
        let (functions_hit, functions) = self.coverage.units(UnitKind::Function);
        let counted =
            [lines.lines, lines.lines_hit, lines.branches, lines.branches_hit, functions, functions_hit];
        let mut evidence = Evidence::default();
        for (((_, name), declared), counted) in TOTALS.into_iter().zip(self.declared).zip(counted) {
            compare(&mut evidence.mismatches, name, declared, counted);
        }
        if self.branches_missing {
            self.coverage.forget(Metric::Branch);
        }
        if self.functions_missing {
            self.coverage.forget(Metric::Unit(UnitKind::Function));
        }
        evidence.coverage = Some(self.coverage.finish());
        evidence
    }

    /// `DA:<line>,<count>[,<checksum>]`
    fn line_hits(&mut self, value: &str, line: &Line<'_>) -> Result<()> {
        const DA: &str = "`DA:line,count` with a sound count";
        let (number, rest) = value.split_once(',').ok_or(line.malformed(DA))?;
        let hits = rest.split_once(',').map_or(rest, |(hits, _)| hits);
        let number = text::line_number(number).ok_or(line.malformed(DA))?;
        let hits = text::count(hits).ok_or(line.malformed(DA))?;
        let file = self.open_file(line)?;
        self.record.lines = true;
        self.coverage.line(file, number, hits)
    }

    /// `BRDA:<line>,[e]<block>,<branch>,<taken>`; a branch may be an expression with commas in it.
    fn branch_hits(&mut self, value: &str, line: &Line<'_>) -> Result<()> {
        const BRDA: &str = "`BRDA:line,block,branch,taken` with a sound count";
        let (number, rest) = value.split_once(',').ok_or(line.malformed(BRDA))?;
        let (branch, taken) = rest.rsplit_once(',').ok_or(line.malformed(BRDA))?;
        let number = text::line_number(number).ok_or(line.malformed(BRDA))?;
        let taken = if taken == "-" { Some(0) } else { text::count(taken) };
        let taken = taken.ok_or(line.malformed(BRDA))?;
        if !branch.contains(',') {
            return Err(line.malformed(BRDA));
        }
        let file = self.open_file(line)?;
        self.record.branches = true;
        self.coverage.branch(file, number, branch.into(), taken)
    }

    /// `FN:<line>,[<last line>,]<name>`; a name may hold commas, and never begins with a digit.
    fn function(&mut self, value: &str, line: &Line<'_>) -> Result<()> {
        const FN: &str = "`FN:line,name`";
        let (number, rest) = value.split_once(',').ok_or(line.malformed(FN))?;
        let last = rest.split_once(',').filter(|(last, _)| text::line_number(last).is_some());
        let name = last.map_or(rest, |(_, name)| name);
        // Line 0 stands for functions that the compiler made.
        let number = text::count(number).ok_or(line.malformed(FN))?;
        let number = u32::try_from(number).ok().filter(|number| *number > 0);
        let file = self.open_file(line)?;
        self.record.functions = true;
        self.coverage.function(file, function_id(name), number, 0)
    }

    /// `FNDA:<count>,<name>`
    fn function_hits(&mut self, value: &str, line: &Line<'_>) -> Result<()> {
        const FNDA: &str = "`FNDA:count,name` with a sound count";
        let (hits, name) = value.split_once(',').ok_or(line.malformed(FNDA))?;
        let hits = text::count(hits).ok_or(line.malformed(FNDA))?;
        let file = self.open_file(line)?;
        self.record.functions = true;
        self.coverage.function(file, function_id(name), None, hits)
    }

    /// `FNL:<index>,<line>[,<last line>]`
    fn leader(&mut self, value: &str, line: &Line<'_>) -> Result<()> {
        const FNL: &str = "`FNL:index,line` with an index of its own";
        let (index, rest) = value.split_once(',').ok_or(line.malformed(FNL))?;
        let number = rest.split_once(',').map_or(rest, |(number, _)| number);
        let (index, number) = (text::count(index), text::line_number(number));
        let (Some(index), Some(number)) = (index, number) else { return Err(line.malformed(FNL)) };
        let file = self.open_file(line)?;
        if self.record.leaders.insert(index, number).is_some() {
            return Err(line.malformed(FNL));
        }
        self.record.functions = true;
        self.coverage.function(file, format!("line {number}").into(), Some(number), 0)
    }

    /// `FNA:<index>,<count>,<name>`
    fn alias_hits(&mut self, value: &str, line: &Line<'_>) -> Result<()> {
        const FNA: &str = "`FNA:index,count,name` behind its `FNL`, with a sound count";
        let (index, rest) = value.split_once(',').ok_or(line.malformed(FNA))?;
        let hits = rest.split_once(',').map_or(rest, |(hits, _)| hits);
        let (index, hits) = (text::count(index), text::count(hits));
        let number = index.and_then(|index| self.record.leaders.get(&index).copied());
        let (Some(number), Some(hits)) = (number, hits) else { return Err(line.malformed(FNA)) };
        let file = self.open_file(line)?;
        self.coverage.function(file, format!("line {number}").into(), Some(number), hits)
    }

    fn total(&mut self, which: usize, value: &str, line: &Line<'_>) -> Result<()> {
        let more = text::count(value).ok_or(line.malformed("a total that is a sound count"))?;
        let sum = &mut self.record.totals[which];
        *sum = sum.saturating_add(more);
        let sum = &mut self.declared[which];
        *sum = Some(sum.unwrap_or(0).saturating_add(more));
        Ok(())
    }
}

fn function_id(name: &str) -> Name {
    text::cut(name, NAME_BYTES_MAX).into()
}

#[cfg(test)]
mod tests;
