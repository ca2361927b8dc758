//! `go_cover`: a profile of `go test -coverprofile`.
//!
//! Its unit is the statement, so it yields `coverage.statement` and no `coverage.line`. The same block may
//! come several times (one per package under test, one per shard) and is united by file and range.
//!
//! **Cannot be known:** whether whole lines are missing at the end: the format has no end marker.

use dod_kernel::evidence::{Evidence, Unit, UnitKind};

use crate::context::Context;
use crate::coverage::Coverage;
use crate::error::{ReadError, Result};
use crate::input::Input;
use crate::text;

const EXPECTED: &str = "a Go cover profile";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    const BLOCK: &str = "a block like `shop/cart.go:5.12,8.22 3 1`";
    let mut buffer = Vec::new();
    let mut begun = false;
    let mut coverage = Coverage::default();
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
        let block = parse(line.text).ok_or(line.malformed(BLOCK))?;
        // A block without statements is no unit: nothing in it can be covered.
        let weight = u32::try_from(block.statements).map_err(|_| line.malformed(BLOCK))?;
        if weight == 0 {
            continue;
        }
        let file = coverage.file(&context.path(block.file));
        let unit = Unit {
            hits: block.hits,
            id: block.range.into(),
            kind: UnitKind::Statement,
            line: Some(block.line),
            weight,
        };
        if !coverage.unit(file, unit)? {
            return Err(line.malformed("the same number of statements for the same block"));
        }
    }
    Ok(Evidence { coverage: Some(coverage.finish()), ..Evidence::default() })
}

/// A line of a profile.
struct Block<'t> {
    file: &'t str,
    range: &'t str,
    line: u32,
    statements: u64,
    hits: u64,
}

/// `name.go:line.column,line.column statements hits`
fn parse(text: &str) -> Option<Block<'_>> {
    let (rest, hits) = text.rsplit_once(' ')?;
    let (block, statements) = rest.rsplit_once(' ')?;
    let (file, range) = block.rsplit_once(':')?;
    let (from, to) = range.split_once(',')?;
    let point = |point: &str| -> Option<u32> {
        let (line, column) = point.split_once('.')?;
        text::count(column)?;
        u32::try_from(text::count(line)?).ok()
    };
    let line = point(from)?;
    point(to)?;
    (!file.is_empty()).then_some(())?;
    Some(Block { file, range, line, statements: text::count(statements)?, hits: text::count(hits)? })
}

#[cfg(test)]
mod tests;
