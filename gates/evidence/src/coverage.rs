//! Uniting coverage by file, line, branch and unit before anything is counted.
//!
//! The same file may come in several records, classes, shards or matrix legs. The names of what is counted say
//! what it is; there is no bare `coverage`:
//!
//! | measure | counts | read from |
//! |---|---|---|
//! | `coverage.line` | lines, by file and number | all but Go profiles |
//! | `coverage.branch` | branches, by file, line and name | all but Go profiles |
//! | `coverage.statement` | statements | Go profiles, Istanbul |
//! | `coverage.function` | functions and methods | LCOV, JaCoCo, llvm-cov, Istanbul |
//! | `coverage.region` | regions of code | llvm-cov |
//! | `coverage.instruction` | bytecode instructions, by line | JaCoCo |
//!
//! A report that says only *how many* of a line's branches or instructions ran names the first ones for them.
//! United, the greater number stands: what several runs cover together is never overstated.
//!
//! Where a report has totals only and its format is defined by them (llvm-cov), the share is stated as a measure of
//! the same name. It unites with nothing: where another report says otherwise, the metric is not measured.
//!
//! **Absent on purpose:** percentages. The kernel counts, and nothing of nothing is not measured.

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Branch, FileCoverage, Measure, Mismatch, Unit, UnitKind};
use dod_kernel::id::Name;

use crate::error::{ReadError, Result};

/// Lines, branches and units of all files of one report.
const POINTS_MAX: usize = 20_000_000;

/// Branches of one line of which only the number is known.
pub(crate) const BRANCHES_OF_LINE_MAX: u64 = 10_000;

/// What instructions that did not run are named, behind the name of those that did.
const MISSED: &str = " missed";

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
    /// By kind and id.
    units: BTreeMap<(UnitKind, Name), Ran>,
    /// Instructions by the id of those that ran: how many of how many.
    instructions: BTreeMap<Name, Amount>,
}

/// How a unit ran.
struct Ran {
    line: Option<u32>,
    weight: u32,
    hits: u64,
}

/// A part of a file of which only the number of instructions is known.
pub(crate) enum Part<'a> {
    /// A line.
    Line(u32),
    /// A method without lines, or one of which the first is known.
    Named(&'a str, Option<u32>),
}

/// How many of how many ran.
#[derive(Clone, Copy, Debug, Default)]
struct Amount {
    line: Option<u32>,
    covered: u32,
    missed: u32,
}

impl Amount {
    /// The greater number that ran, of the greater number that there are.
    fn unite(&mut self, other: Self) {
        let all = self.covered.saturating_add(self.missed).max(other.covered.saturating_add(other.missed));
        self.line = self.line.or(other.line);
        self.covered = self.covered.max(other.covered);
        self.missed = all - self.covered;
    }
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

    /// So many of a line's branches were taken; which of them is not said. At most [`BRANCHES_OF_LINE_MAX`].
    pub(crate) fn some_branches(&mut self, file: File, line: u32, taken: u64, all: u64) -> Result<()> {
        for branch in 0..all {
            self.branch(file, line, branch.to_string().into(), u64::from(branch < taken))?;
        }
        Ok(())
    }

    /// A function, region or block ran so often; several reports of the same one add up. `false` where it was
    /// seen before with another weight.
    pub(crate) fn unit(&mut self, file: File, unit: Unit) -> Result<bool> {
        let units = &mut self.files[file.0].units;
        let before = units.len();
        let key = (unit.kind, unit.id);
        let known = units.entry(key).or_insert(Ran { line: unit.line, weight: unit.weight, hits: 0 });
        let same = known.weight == unit.weight;
        known.line = known.line.or(unit.line);
        known.hits = known.hits.saturating_add(unit.hits);
        self.points += units.len() - before;
        self.check()?;
        Ok(same)
    }

    /// A function ran so often. `line` is where it stands, where that is known.
    pub(crate) fn function(&mut self, file: File, id: Name, line: Option<u32>, hits: u64) -> Result<()> {
        let unit = Unit { hits, id, kind: UnitKind::Function, line, weight: 1 };
        self.unit(file, unit).map(drop)
    }

    /// So many instructions of a line, or of something else that has an id, ran and so many did not; which of them
    /// is not said.
    pub(crate) fn instructions(&mut self, file: File, of: &Part<'_>, ran: u32, missed: u32) -> Result<()> {
        let (id, line) = match of {
            Part::Line(line) => (line.to_string().into(), Some(*line)),
            Part::Named(id, line) => ((*id).into(), *line),
        };
        self.amount(file, id, Amount { line, covered: ran, missed });
        self.check()
    }

    fn amount(&mut self, file: File, id: Name, amount: Amount) {
        let amounts = &mut self.files[file.0].instructions;
        let before = amounts.len();
        amounts.entry(id).or_default().unite(amount);
        self.points += amounts.len() - before;
    }

    /// All that another report counted. How many of its units have another weight here.
    pub(crate) fn unite(&mut self, file: FileCoverage) -> u64 {
        let mut differing = 0;
        let at = self.file(&file.path);
        let hits = &mut self.files[at.0];
        for (line, count) in file.lines {
            let sum = hits.lines.entry(line).or_default();
            *sum = sum.saturating_add(count);
        }
        for branch in file.branches {
            let sum = hits.branches.entry((branch.line, branch.branch)).or_default();
            *sum = sum.saturating_add(branch.hits);
        }
        // The two parts of an amount belong together before they meet those of another report.
        let mut amounts: BTreeMap<Name, Amount> = BTreeMap::new();
        for unit in file.units {
            let Unit { hits: ran, id, kind, line, weight } = unit;
            if kind == UnitKind::Instruction {
                let all = id.strip_suffix(MISSED);
                let amount = amounts.entry(all.map_or(id.clone(), Name::from)).or_default();
                amount.line = line;
                *if all.is_some() { &mut amount.missed } else { &mut amount.covered } = weight;
                continue;
            }
            let known = hits.units.entry((kind, id)).or_insert(Ran { line, weight, hits: 0 });
            known.hits = known.hits.saturating_add(ran);
            differing += u64::from(known.weight != weight);
            known.weight = known.weight.max(weight);
        }
        for (id, amount) in amounts {
            self.amount(at, id, amount);
        }
        differing
    }

    /// What some files or reports only have the number of is not measured in any.
    pub(crate) fn forget(&mut self, metric: Metric) {
        for file in &mut self.files {
            match metric {
                Metric::Line => file.lines.clear(),
                Metric::Branch => file.branches.clear(),
                Metric::Unit(UnitKind::Instruction) => file.instructions.clear(),
                Metric::Unit(kind) => file.units.retain(|key, _| key.0 != kind),
            }
        }
    }

    /// How much ran of how much there is, over all files.
    pub(crate) fn share(&self, metric: Metric) -> (u64, u64) {
        let totals = self.totals();
        match metric {
            Metric::Line => (totals.lines_hit, totals.lines),
            Metric::Branch => (totals.branches_hit, totals.branches),
            Metric::Unit(kind) => self.units(kind),
        }
    }

    /// Lines and branches of all files.
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

    /// How much of the units of this kind ran, and how much there is of them, over all files.
    pub(crate) fn units(&self, kind: UnitKind) -> (u64, u64) {
        let mut sums = (0, 0);
        for file in &self.files {
            let parts = file.instructions.values().filter(|_| kind == UnitKind::Instruction);
            for amount in parts {
                sums.0 += u64::from(amount.covered);
                sums.1 += u64::from(amount.covered) + u64::from(amount.missed);
            }
            for (_, ran) in file.units.iter().filter(|(key, _)| key.0 == kind) {
                sums.0 += if ran.hits > 0 { u64::from(ran.weight) } else { 0 };
                sums.1 += u64::from(ran.weight);
            }
        }
        sums
    }

    /// By file and line, ascending.
    pub(crate) fn finish(mut self) -> Vec<FileCoverage> {
        let numbers = std::mem::take(&mut self.numbers);
        numbers.into_iter().map(|(path, at)| std::mem::take(&mut self.files[at.0]).finish(path)).collect()
    }

    fn check(&self) -> Result<()> {
        match self.points > POINTS_MAX {
            true => Err(ReadError::TooLarge { what: "lines, branches and units", max: POINTS_MAX as u64 }),
            false => Ok(()),
        }
    }
}

impl Hits {
    fn finish(self, path: Name) -> FileCoverage {
        let branch = |((line, branch), hits)| Branch { branch, hits, line };
        let unit = |((kind, id), ran): ((UnitKind, Name), Ran)| Unit {
            hits: ran.hits,
            id,
            kind,
            line: ran.line,
            weight: ran.weight,
        };
        let mut units: Vec<Unit> = self.units.into_iter().map(unit).collect();
        for (id, amount) in self.instructions {
            let missed: Name = format!("{id}{MISSED}").into();
            for (id, weight, hits) in [(id, amount.covered, 1), (missed, amount.missed, 0)] {
                if weight > 0 {
                    units.push(Unit { hits, id, kind: UnitKind::Instruction, line: amount.line, weight });
                }
            }
        }
        FileCoverage {
            branches: self.branches.into_iter().map(branch).collect(),
            lines: self.lines.into_iter().collect(),
            path,
            units,
            // What the change brought is the host's to say.
            ..FileCoverage::default()
        }
    }
}

/// What a share may be of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Metric {
    Line,
    Branch,
    Unit(UnitKind),
}

impl Metric {
    /// Every metric, with its measure.
    pub(crate) const ALL: [(Self, &'static str); 6] = [
        (Self::Line, "coverage.line"),
        (Self::Branch, "coverage.branch"),
        (Self::Unit(UnitKind::Function), "coverage.function"),
        (Self::Unit(UnitKind::Instruction), "coverage.instruction"),
        (Self::Unit(UnitKind::Region), "coverage.region"),
        (Self::Unit(UnitKind::Statement), "coverage.statement"),
    ];
}

/// What was counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Totals {
    pub(crate) lines: u64,
    pub(crate) lines_hit: u64,
    pub(crate) branches: u64,
    pub(crate) branches_hit: u64,
}

/// States a share of which only the totals are known; nothing of nothing is not stated.
pub(crate) fn state(measures: &mut BTreeMap<Name, Measure>, name: &str, hit: u64, all: u64) {
    if let Some(value) = Decimal::percent(hit, all) {
        measures.insert(name.into(), Measure { unit: "%".into(), value });
    }
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
