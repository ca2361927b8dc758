//! `go_cover`: a profile of `go test -coverprofile`.
//!
//! Its unit is the statement, so it yields `coverage.statement` and no `coverage.line`. The same block may
//! come several times (one per package under test) and is united by file and range before counting.
//!
//! **Cannot be known:** whether whole lines are missing at the end: the format has no end marker.

use std::collections::BTreeMap;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Measure};

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::input::Input;
use crate::text;

const EXPECTED: &str = "a Go cover profile";

/// Blocks of one profile.
const BLOCKS_MAX: usize = 10_000_000;

pub(crate) fn read(input: &mut Input<'_>, _: &Context<'_>) -> Result<Evidence> {
    const BLOCK: &str = "a block like `shop/cart.go:5.12,8.22 3 1`";
    let mut buffer = Vec::new();
    let mut begun = false;
    // Statements and whether any run came through, by file and range.
    let mut blocks: BTreeMap<String, (u64, bool)> = BTreeMap::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        if let Some(mode) = line.text.strip_prefix("mode: ") {
            if !matches!(mode, "set" | "count" | "atomic") {
                return Err(line.malformed("a mode that Go has"));
            }
            // Profiles that were put behind each other repeat it.
            begun = true;
            continue;
        }
        if !begun {
            let found = "text that does not begin with `mode: `".to_owned();
            return Err(ReadError::OtherFormat { expected: EXPECTED, found });
        }
        if line.text.is_empty() {
            continue;
        }
        let (block, statements, hits) = parse(line.text).ok_or(line.malformed(BLOCK))?;
        if blocks.len() == BLOCKS_MAX {
            return Err(ReadError::TooLarge { what: "blocks", max: BLOCKS_MAX as u64 });
        }
        let entry = blocks.entry(block.to_owned()).or_insert((statements, false));
        if entry.0 != statements {
            return Err(line.malformed("the same number of statements for the same block"));
        }
        entry.1 |= hits > 0;
    }
    let sum = |blocks: &mut dyn Iterator<Item = &(u64, bool)>| {
        blocks.fold(0u64, |sum, (statements, _)| sum.saturating_add(*statements))
    };
    let all = sum(&mut blocks.values());
    let hit = sum(&mut blocks.values().filter(|(_, hit)| *hit));
    let mut evidence = Evidence::default();
    if let Some(value) = Decimal::percent(hit, all) {
        evidence.measures.insert("coverage.statement".into(), Measure { unit: "%".into(), value });
    }
    Ok(evidence)
}

/// `name.go:line.column,line.column statements hits`
fn parse(text: &str) -> Option<(&str, u64, u64)> {
    let (rest, hits) = text.rsplit_once(' ')?;
    let (block, statements) = rest.rsplit_once(' ')?;
    let (file, range) = block.rsplit_once(':')?;
    let (from, to) = range.split_once(',')?;
    let point = |point: &str| {
        point
            .split_once('.')
            .is_some_and(|(line, column)| text::count(line).is_some() && text::count(column).is_some())
    };
    let sound = !file.is_empty() && point(from) && point(to);
    sound.then_some((block, text::count(statements)?, text::count(hits)?))
}

#[cfg(test)]
mod tests;
