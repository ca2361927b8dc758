//! A function of an export, with its regions.
//!
//! A region is `[line, column, last line, last column, count, file, expanded file, kind]`. Instantiations of one
//! generic function begin at the same place and are one function, as `llvm-cov` counts them.

use std::collections::BTreeSet;

use dod_kernel::evidence::{Unit, UnitKind};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::coverage::Coverage;
use crate::error::Result;
use crate::json::{Json, Value};
use crate::text;

/// Kinds of regions: of code, and of a macro whose expansion is a file of its own.
const CODE: u64 = 0;
const EXPANSION: u64 = 1;

/// Numbers of a region.
const REGION_NUMBERS: usize = 8;

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
                let region = json.value()?;
                let region = numbers(&region, REGION_NUMBERS).ok_or(json.malformed(FUNCTION))?;
                function.regions.push(region);
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
    /// Counts the function and its regions, if it stands in a file of the report. As long as none is known, that
    /// is not known either.
    pub(super) fn count(
        self,
        coverage: &mut Coverage,
        listed: &BTreeSet<Name>,
        context: &Context<'_>,
    ) -> Result<()> {
        let main = self.main();
        let Some(name) = usize::try_from(main).ok().and_then(|main| self.files.get(main)) else {
            return Ok(());
        };
        let path = context.path(name);
        let Some(first) = self.regions.iter().find(|region| region[5] == main) else { return Ok(()) };
        if !listed.is_empty() && !listed.contains(&path) {
            return Ok(());
        }
        let file = coverage.file(&path);
        let start = format!("{}:{}", first[0], first[1]);
        coverage.function(file, start.as_str().into(), line(first[0]), self.hits)?;
        for region in self.regions.iter().filter(|region| region[7] == CODE) {
            let [from, column, to, end, hits, of, ..] = *region;
            let expanded = if of == main { String::new() } else { format!(" in {of}") };
            let id = format!("{start} {from}:{column}-{to}:{end}{expanded}");
            let line = line(from).filter(|_| of == main);
            let unit = Unit { hits, id: id.into(), kind: UnitKind::Region, line, weight: 1 };
            coverage.unit(file, unit)?;
        }
        Ok(())
    }

    /// The file that the function stands in: the first one that is no expansion of another.
    fn main(&self) -> u64 {
        let expanded: BTreeSet<u64> =
            self.regions.iter().filter(|region| region[7] == EXPANSION).map(|region| region[6]).collect();
        (0..self.files.len() as u64).find(|file| !expanded.contains(file)).unwrap_or(0)
    }
}

/// The first numbers of a list that has at least `least` of them, each a sound count.
pub(super) fn numbers(list: &Value, least: usize) -> Option<[u64; REGION_NUMBERS]> {
    let list = list.list();
    if list.len() < least {
        return None;
    }
    let mut numbers = [0; REGION_NUMBERS];
    for (number, value) in numbers.iter_mut().zip(list) {
        let Value::Number(digits) = value else { return None };
        *number = text::count(digits)?;
    }
    Some(numbers)
}

/// A line number.
pub(super) fn line(number: u64) -> Option<u32> {
    u32::try_from(number).ok().filter(|line| *line > 0)
}
