//! Uniting coverage by file, line and branch before anything is counted.
//!
//! The same file may come in several records, classes, shards or matrix legs.
//!
//! **Absent on purpose:** percentages. The kernel counts.

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Branch, FileCoverage, Mismatch, Unit, UnitKind};
use dod_kernel::id::Name;

use crate::error::{ReadError, Result};

/// Lines and branches of all files of one report.
const POINTS_MAX: usize = 20_000_000;

/// Hits of all files while a report is read.
#[derive(Default)]
pub(crate) struct Coverage {
    numbers: BTreeMap<Name, File>,
    files: Vec<Hits>,
    points: usize,
}

/// A file of a [`Coverage`]: named once, so that its many lines need no search by name.
#[derive(Clone, Copy, Debug)]
pub(crate) struct File(usize);

#[derive(Default)]
struct Hits {
    lines: BTreeMap<u32, u64>,
    branches: BTreeMap<(u32, Name), u64>,
    /// By kind and id: first line, weight, hits.
    units: BTreeMap<(UnitKind, Name), (Option<u32>, u32, u64)>,
}

impl Coverage {
    /// Names a file, also one without any line.
    pub(crate) fn file(&mut self, path: &Name) -> File {
        if let Some(file) = self.numbers.get(path) {
            return *file;
        }
        let file = File(self.files.len());
        self.files.push(Hits::default());
        self.numbers.insert(path.clone(), file);
        file
    }

    /// A line was hit so often; hits of the same line add up.
    pub(crate) fn line(&mut self, file: File, line: u32, hits: u64) -> Result<()> {
        let lines = &mut self.files[file.0].lines;
        let before = lines.len();
        let sum = lines.entry(line).or_default();
        *sum = sum.saturating_add(hits);
        self.points += lines.len() - before;
        self.check()
    }

    /// A branch was taken so often; several reports of the same branch add up.
    pub(crate) fn branch(&mut self, file: File, line: u32, branch: Name, hits: u64) -> Result<()> {
        let branches = &mut self.files[file.0].branches;
        let before = branches.len();
        let sum = branches.entry((line, branch)).or_default();
        *sum = sum.saturating_add(hits);
        self.points += branches.len() - before;
        self.check()
    }

    /// A function, region or block ran so often; several reports of the same one add up. `false` where it was
    /// seen before with another weight.
    pub(crate) fn unit(&mut self, file: File, unit: Unit) -> Result<bool> {
        let units = &mut self.files[file.0].units;
        let before = units.len();
        let known = units.entry((unit.kind, unit.id)).or_insert((unit.line, unit.weight, 0));
        let same = known.1 == unit.weight;
        known.2 = known.2.saturating_add(unit.hits);
        self.points += units.len() - before;
        self.check()?;
        Ok(same)
    }

    /// All that another report counted.
    pub(crate) fn unite(&mut self, file: FileCoverage) {
        let File(number) = self.file(&file.path);
        let hits = &mut self.files[number];
        for (line, count) in file.lines {
            let sum = hits.lines.entry(line).or_default();
            *sum = sum.saturating_add(count);
        }
        for branch in file.branches {
            let sum = hits.branches.entry((branch.line, branch.branch)).or_default();
            *sum = sum.saturating_add(branch.hits);
        }
        for unit in file.units {
            let known = hits.units.entry((unit.kind, unit.id)).or_insert((unit.line, unit.weight, 0));
            known.2 = known.2.saturating_add(unit.hits);
        }
    }

    /// Lines hit, lines, branches taken, branches.
    pub(crate) fn totals(&self) -> Totals {
        let mut totals = Totals::default();
        for file in &self.files {
            totals.lines += file.lines.len() as u64;
            totals.lines_hit += file.lines.values().filter(|hits| **hits > 0).count() as u64;
            totals.branches += file.branches.len() as u64;
            totals.branches_hit += file.branches.values().filter(|hits| **hits > 0).count() as u64;
        }
        totals
    }

    /// By file and line, ascending.
    pub(crate) fn finish(mut self) -> Vec<FileCoverage> {
        let file = |(path, File(number)): (Name, File)| {
            let hits = std::mem::take(&mut self.files[number]);
            let branch = |((line, branch), hits)| Branch { branch, hits, line };
            let unit = |((kind, id), (line, weight, hits))| Unit { hits, id, kind, line, weight };
            FileCoverage {
                branches: hits.branches.into_iter().map(branch).collect(),
                changed: Vec::new(),
                lines: hits.lines.into_iter().collect(),
                path,
                units: hits.units.into_iter().map(unit).collect(),
            }
        };
        self.numbers.into_iter().map(file).collect()
    }

    fn check(&self) -> Result<()> {
        match self.points > POINTS_MAX {
            true => Err(ReadError::TooLarge { what: "lines and branches", max: POINTS_MAX as u64 }),
            false => Ok(()),
        }
    }
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) lines: u64,
    pub(crate) lines_hit: u64,
    pub(crate) branches: u64,
    pub(crate) branches_hit: u64,
}

/// A declared total beside the counted one, where the two differ.
pub(crate) fn compare(mismatches: &mut Vec<Mismatch>, name: &str, declared: Option<u64>, counted: u64) {
    if let Some(declared) = declared.filter(|declared| *declared != counted) {
        mismatches.push(Mismatch {
            counted: Decimal::from(counted),
            declared: Decimal::from(declared),
            name: name.into(),
        });
    }
}
