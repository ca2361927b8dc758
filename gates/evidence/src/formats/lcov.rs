//! `lcov`: tracefiles of lcov, gcov, `cargo llvm-cov`, coverage.py, Istanbul.
//!
//! A line is a distinct (`SF`, line) over `DA`, hit if its counts add up to more than 0; a branch is a
//! distinct (`SF`, line, block, branch) over `BRDA`, `-` is not taken (geninfo(1), section "FILES").
//! `LF`, `LH`, `BRF` and `BRH` are compared. A file with totals and no `DA` holds nothing to count.
//!
//! **Cannot be known:** whether a report was cut off exactly behind an `end_of_record`.

use dod_kernel::evidence::Evidence;

use crate::context::Context;
use crate::coverage::{Coverage, File, compare};
use crate::error::{ReadError, Result};
use crate::input::{Input, Line};
use crate::text;

const EXPECTED: &str = "an LCOV tracefile";

/// Records that say nothing of lines and branches: functions, test names, versions, MC/DC.
const PASSED_OVER: &[&str] =
    &["TN", "VER", "FN", "FNDA", "FNL", "FNA", "FNF", "FNH", "MCDC", "MCF", "MCH", "MRF", "MRH", "BA"];

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
    let totals = reader.coverage.totals();
    let mut evidence = Evidence::default();
    for (declared, name, counted) in [
        (reader.declared[0], "coverage.lines", totals.lines),
        (reader.declared[1], "coverage.lines.hit", totals.lines_hit),
        (reader.declared[2], "coverage.branches", totals.branches),
        (reader.declared[3], "coverage.branches.hit", totals.branches_hit),
    ] {
        compare(&mut evidence.mismatches, name, declared, counted);
    }
    evidence.coverage = Some(reader.coverage.finish());
    Ok(evidence)
}

#[derive(Default)]
struct Reader {
    coverage: Coverage,
    /// The file of the open record.
    file: Option<File>,
    /// Closed records, and whether any line of the format was seen.
    records: u64,
    seen: bool,
    /// What `LF` of the open record says, and whether it has a `DA`.
    record_total: u64,
    record_lines: bool,
    /// Sums of `LF`, `LH`, `BRF`, `BRH`.
    declared: [Option<u64>; 4],
}

impl Reader {
    fn line(&mut self, line: &Line<'_>, context: &Context<'_>) -> Result<()> {
        let text = line.text.trim();
        if text.is_empty() || text.starts_with('#') {
            return Ok(());
        }
        if text == "end_of_record" {
            self.file.take().ok_or(line.malformed("a record: none is open"))?;
            // There is nothing to count, and the file would vanish from the share.
            if std::mem::take(&mut self.record_total) > 0 && !std::mem::take(&mut self.record_lines) {
                return Err(ReadError::NotRun { what: "lines of a file, only totals" });
            }
            self.record_lines = false;
            self.records += 1;
            return Ok(());
        }
        let (key, value) = match text.split_once(':') {
            Some(pair) => pair,
            None if !self.seen => {
                let found = "text that is not an LCOV record".to_owned();
                return Err(ReadError::OtherFormat { expected: EXPECTED, found });
            }
            None => return Err(line.malformed("an LCOV record")),
        };
        match key {
            "SF" if self.file.is_some() => return Err(line.malformed("`end_of_record` before the next file")),
            "SF" => {
                self.file = Some(self.coverage.file(&context.path(value)));
            }
            "DA" => self.line_hits(value, line)?,
            "BRDA" => self.branch_hits(value, line)?,
            "LF" => self.total(0, value, line)?,
            "LH" => self.total(1, value, line)?,
            "BRF" => self.total(2, value, line)?,
            "BRH" => self.total(3, value, line)?,
            other if PASSED_OVER.contains(&other) => {}
            _ if !self.seen => {
                let found = "text that is not an LCOV record".to_owned();
                return Err(ReadError::OtherFormat { expected: EXPECTED, found });
            }
            _ => return Err(line.malformed("an LCOV record")),
        }
        self.seen = true;
        Ok(())
    }

    /// `DA:<line>,<count>[,<checksum>]`
    fn line_hits(&mut self, value: &str, line: &Line<'_>) -> Result<()> {
        const DA: &str = "`DA:line,count` with a sound count";
        let (number, rest) = value.split_once(',').ok_or(line.malformed(DA))?;
        let hits = rest.split_once(',').map_or(rest, |(hits, _)| hits);
        let number = text::line_number(number).ok_or(line.malformed(DA))?;
        let hits = text::count(hits).ok_or(line.malformed(DA))?;
        let file = self.file.ok_or(line.malformed("inside a record: `SF` is missing"))?;
        self.record_lines = true;
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
        let file = self.file.ok_or(line.malformed("inside a record: `SF` is missing"))?;
        self.coverage.branch(file, number, branch.into(), taken)
    }

    fn total(&mut self, which: usize, value: &str, line: &Line<'_>) -> Result<()> {
        let more = text::count(value).ok_or(line.malformed("a total that is a sound count"))?;
        if which == 0 {
            self.record_total = more;
        }
        let sum = &mut self.declared[which];
        *sum = Some(sum.unwrap_or(0).saturating_add(more));
        Ok(())
    }
}

#[cfg(test)]
mod tests;
