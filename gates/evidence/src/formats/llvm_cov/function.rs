//! A function of an export, with its regions.
//!
//! A region is `[line, column, last line, last column, count, file, expanded file, kind]`. Instantiations of one
//! generic function begin at the same place and are one function, as `llvm-cov` counts them: it ran if any of them
//! did, and has the regions of the one of which most ran (`RegionCoverageInfo::merge`).

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::evidence::{Unit, UnitKind};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::coverage::Coverage;
use crate::error::Result;
use crate::json::{Json, Kind};
use crate::text;

/// Kinds of regions: of code, and of a macro whose expansion is a file of its own.
const CODE: u64 = 0;
const EXPANSION: u64 = 1;

/// Numbers of a region.
const REGION_NUMBERS: usize = 8;

/// Functions and regions of one report.
pub(super) const REGIONS_MAX: usize = 5_000_000;

/// Where a function begins: line and column.
pub(super) type Start = (u64, u64);

/// Where a region is, and the expansion it is in.
type Place = [u64; 5];

/// The function itself, no expansion.
const HERE: u64 = u64::MAX;

/// Instantiations of one function.
#[derive(Default)]
pub(super) struct Group {
    hits: u64,
    regions: BTreeMap<Place, u64>,
}

impl Group {
    /// Counts the function and its regions.
    pub(super) fn count(self, path: &Name, start: Start, coverage: &mut Coverage) -> Result<()> {
        let file = coverage.file(path);
        let begin = format!("{}:{}", start.0, start.1);
        coverage.function(file, begin.as_str().into(), line(start.0), self.hits)?;
        for ([from, column, to, end, of], hits) in self.regions {
            let expanded = if of == HERE { String::new() } else { format!(" in {of}") };
            let id = format!("{begin} {from}:{column}-{to}:{end}{expanded}");
            let line = line(from).filter(|_| of == HERE);
            coverage.unit(file, Unit { hits, id: id.into(), kind: UnitKind::Region, line, weight: 1 })?;
        }
        Ok(())
    }
}

/// A function while it is read.
#[derive(Default)]
pub(super) struct Function {
    hits: u64,
    files: Vec<String>,
    regions: Vec<[u64; REGION_NUMBERS]>,
}

pub(super) fn read(json: &mut Json<'_, '_>) -> Result<Function> {
    const FUNCTION: &str = "a function with a sound count, files and regions";
    let mut function = Function::default();
    let mut hits = None;
    json.object(|json, key| {
        match key {
            "count" => hits = Some(json.value()?.count(|| json.malformed(FUNCTION))?),
            "filenames" => json.array(|json| {
                function.files.push(json.text()?);
                Ok(())
            })?,
            "regions" => json.array(|json| {
                function.regions.push(numbers(json, REGION_NUMBERS, FUNCTION)?);
                Ok(())
            })?,
            _ => json.skip()?,
        }
        Ok(())
    })?;
    function.hits = hits.ok_or(json.malformed(FUNCTION))?;
    Ok(function)
}

impl Function {
    /// Puts the function to others of its place, if it stands in a file of the report. As long as none is known,
    /// that is not known either. How many regions that adds.
    pub(super) fn join(
        self,
        groups: &mut BTreeMap<(Name, Start), Group>,
        listed: &BTreeSet<Name>,
        context: &Context<'_>,
    ) -> usize {
        let main = self.main();
        let name = usize::try_from(main).ok().and_then(|main| self.files.get(main));
        let first = self.regions.iter().find(|region| region[5] == main);
        let (Some(name), Some(first)) = (name, first) else { return 0 };
        let path = context.path(name);
        if !listed.is_empty() && !listed.contains(&path) {
            return 0;
        }
        let start = (first[0], first[1]);
        let mut regions: BTreeMap<Place, u64> = BTreeMap::new();
        for region in self.regions.iter().filter(|region| region[7] == CODE) {
            let [from, column, to, end, hits, of, ..] = *region;
            let sum = regions.entry([from, column, to, end, if of == main { HERE } else { of }]).or_default();
            *sum = sum.saturating_add(hits);
        }
        let group = groups.entry((path, start)).or_default();
        group.hits = group.hits.saturating_add(self.hits);
        let ran = |regions: &BTreeMap<Place, u64>| regions.values().filter(|hits| **hits > 0).count();
        let before = group.regions.len();
        if (ran(&regions), regions.len()) > (ran(&group.regions), before) || before == 0 {
            group.regions = regions;
        }
        group.regions.len().saturating_sub(before)
    }

    /// The file that the function stands in: the first one that is no expansion of another.
    fn main(&self) -> u64 {
        let expanded: BTreeSet<u64> =
            self.regions.iter().filter(|region| region[7] == EXPANSION).map(|region| region[6]).collect();
        (0..self.files.len() as u64).find(|file| !expanded.contains(file)).unwrap_or(0)
    }
}

/// A list of at least `least` numbers, each a sound count; those beyond [`REGION_NUMBERS`] are of later versions.
pub(super) fn numbers(
    json: &mut Json<'_, '_>,
    least: usize,
    expected: &'static str,
) -> Result<[u64; REGION_NUMBERS]> {
    let mut numbers = [0; REGION_NUMBERS];
    let mut count = 0;
    json.array(|json| {
        let number = match json.kind()? {
            Kind::Number => text::count(json.number()?),
            _ => None,
        };
        let number = number.ok_or_else(|| json.malformed(expected))?;
        if let Some(slot) = numbers.get_mut(count) {
            *slot = number;
        }
        count += 1;
        Ok(())
    })?;
    if count < least { Err(json.malformed(expected)) } else { Ok(numbers) }
}

/// A line number.
pub(super) fn line(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|line| *line > 0)
}
