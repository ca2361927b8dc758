//! What the bytes of a file say: conflicts of a merge, ends of lines, permission for a finding.
//!
//! **Absent on purpose:** encodings; every mark looked for is ASCII.

use std::ops::Range;

/// What a comment says on the line of a finding, or on the line before it, in front of the name of the rule.
pub(super) const ALLOW: &str = "dod:allow ";

/// Whether a line allows findings of a rule.
pub(super) fn allows(line: &[u8], rule: &str) -> bool {
    let mark = [ALLOW, rule].concat();
    line.windows(mark.len()).any(|part| part == mark.as_bytes())
}

/// The lines of a text, so that each is found without counting again.
pub(super) struct Lines<'t>(Vec<&'t [u8]>);

impl<'t> Lines<'t> {
    pub(super) fn of(text: &'t [u8]) -> Self {
        Self(text.split(|byte| *byte == b'\n').collect())
    }

    /// A line, from 1, and the one before it.
    pub(super) fn near(&self, number: u64) -> (&'t [u8], &'t [u8]) {
        let at = usize::try_from(number).unwrap_or(usize::MAX);
        let line = |at: Option<usize>| at.and_then(|at| self.0.get(at)).copied().unwrap_or_default();
        (line(at.checked_sub(1)), line(at.checked_sub(2)))
    }
}

/// Lines on which conflicts begin: git's three marks at the beginnings of lines, in order. `code` are places where a
/// document shows text and means none.
pub(super) fn conflicts<'t>(text: &'t [u8], code: &'t [Range<usize>]) -> impl Iterator<Item = u64> + 't {
    let mut at = 0;
    let mut begun = None;
    let mut divided = false;
    let lines = text.split(|byte| *byte == b'\n').zip(1u64..);
    lines.filter_map(move |(line, number)| {
        let start = at;
        at += line.len() + 1;
        let mark = mark(line).filter(|_| !is_in(code, start))?;
        match mark {
            b'<' => (begun, divided) = (Some(number), false),
            b'=' => divided = begun.is_some(),
            b'>' if divided => {
                divided = false;
                return begun.take();
            }
            _ => (begun, divided) = (None, false),
        }
        None
    })
}

/// Whether a place is in one of the ranges, which are in order and apart.
fn is_in(ranges: &[Range<usize>], at: usize) -> bool {
    let behind = ranges.partition_point(|range| range.start <= at);
    behind.checked_sub(1).is_some_and(|last| ranges[last].contains(&at))
}

/// The sign of a line that is a mark: seven of it, then a name, or nothing (git-merge, "How conflicts are
/// presented").
fn mark(line: &[u8]) -> Option<u8> {
    let line = line.strip_suffix(b"\r").unwrap_or(line);
    let sign = *line.first().filter(|sign| matches!(sign, b'<' | b'=' | b'>'))?;
    let (signs, rest) = line.split_at_checked(7)?;
    let whole = signs.iter().all(|byte| *byte == sign);
    let ends = if sign == b'=' { rest.is_empty() } else { rest.first().is_none_or(|byte| *byte == b' ') };
    (whole && ends).then_some(sign)
}

/// The first line that ends in the rarer way, where lines end in two ways.
pub(super) fn mixed_endings(text: &[u8]) -> Option<(u64, String)> {
    let (mut feeds, mut returns) = ((0u64, 0u64), (0u64, 0u64));
    for (line, number) in text.split_inclusive(|byte| *byte == b'\n').zip(1u64..) {
        let (count, first) = match line {
            [.., b'\r', b'\n'] => (&mut returns.0, &mut returns.1),
            [.., b'\n'] => (&mut feeds.0, &mut feeds.1),
            _ => continue,
        };
        *count += 1;
        if *first == 0 {
            *first = number;
        }
    }
    let ((feeds, first_feed), (returns, first_return)) = (feeds, returns);
    if feeds == 0 || returns == 0 {
        return None;
    }
    let first = if returns <= feeds { first_return } else { first_feed };
    Some((first, format!("{returns} lines end with CR LF and {feeds} with LF")))
}
