//! Lines of a file from its segments, by the rules of `LineCoverageStats` in LLVM's `CoverageMapping.cpp`.
//!
//! A segment is a place from which a count holds: `[line, column, count, has count, is region entry, is gap]`, the
//! last one since version 2.0. A line has the greatest count of the regions that begin on it and of the one that
//! reaches into it.

use crate::error::{ReadError, Result};
use crate::json::{Json, Kind};
use crate::text;

/// Lines of one file.
const LINES_MAX: u32 = 2_000_000;

/// A place from which a count holds.
#[derive(Clone, Copy, Debug)]
struct Segment {
    line: u32,
    count: u64,
    has_count: bool,
    is_entry: bool,
    is_gap: bool,
}

impl Segment {
    /// Whether a region of code begins here.
    fn begins(&self) -> bool {
        self.is_entry && self.has_count && !self.is_gap
    }
}

/// Lines that are mapped to code, ascending, with their hits. Of the segments, only those of one line are held.
pub(super) fn lines(json: &mut Json<'_, '_>) -> Result<Vec<(u32, u64)>> {
    const ORDER: &str = "segments in the order of their lines";
    let mut found = Vec::new();
    let mut wrapped: Option<Segment> = None;
    let mut here: Vec<Segment> = Vec::new();
    json.array(|json| {
        let segment = segment(json)?;
        let line = here.first().map_or(segment.line, |first| first.line);
        if segment.line < line {
            return Err(json.malformed(ORDER));
        }
        if segment.line > line {
            if segment.line - line > LINES_MAX || found.len() > LINES_MAX as usize {
                return Err(ReadError::TooLarge { what: "lines in one file", max: LINES_MAX.into() });
            }
            found.extend(hits(&here, wrapped).map(|hits| (line, hits)));
            wrapped = here.last().copied();
            here.clear();
            if let Some(hits) = hits(&[], wrapped) {
                found.extend((line + 1..segment.line).map(|line| (line, hits)));
            }
        }
        here.push(segment);
        Ok(())
    })?;
    if let Some(last) = here.first() {
        found.extend(hits(&here, wrapped).map(|hits| (last.line, hits)));
    }
    Ok(found)
}

/// How often a line ran on which these segments begin and into which this one reaches; `None` where it is no code.
fn hits(here: &[Segment], wrapped: Option<Segment>) -> Option<u64> {
    let begins_skipped = here.first().is_some_and(|first| first.is_entry && !first.has_count);
    let reaches = wrapped.is_some_and(|segment| segment.has_count);
    let mapped =
        here.iter().any(|segment| segment.is_entry && segment.has_count) || (!begins_skipped && reaches);
    let begin = here.iter().filter(|segment| segment.begins()).map(|segment| segment.count).max();
    let before = wrapped.map_or(0, |segment| segment.count);
    mapped.then(|| before.max(begin.unwrap_or(0)))
}

/// `[3, 1, 12, true, true, false]`
fn segment(json: &mut Json<'_, '_>) -> Result<Segment> {
    const SEGMENT: &str = "a segment like `[3, 1, 12, true, true, false]` with a sound count";
    let (mut numbers, mut flags, mut count) = ([0; 3], [false; 3], 0);
    json.array(|json| {
        match (count, json.kind()?) {
            (0..3, Kind::Number) => {
                let number = text::count(json.number()?);
                numbers[count] = number.ok_or_else(|| json.malformed(SEGMENT))?;
            }
            (3..6, Kind::Bool) => flags[count - 3] = json.value()?.bool() == Some(true),
            _ => return Err(json.malformed(SEGMENT)),
        }
        count += 1;
        Ok(())
    })?;
    let line = u32::try_from(numbers[0]).ok().filter(|line| *line > 0 && count >= 5);
    let line = line.ok_or_else(|| json.malformed(SEGMENT))?;
    let [has_count, is_entry, is_gap] = flags;
    Ok(Segment { line, count: numbers[2], has_count, is_entry, is_gap })
}
