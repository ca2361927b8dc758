//! The attributes of one start tag, as places in the file (XML 1.0, §3.1).
//!
//! quick-xml finds the end of a tag; what is inside is read here, because a tag that is not closed swallows the
//! next one, and the place to point at is known only to whoever reads names and values one by one.

use crate::bpmn::model::Extent;

/// One attribute.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Written {
    /// The whole name.
    pub(super) name: Extent,
    /// Where the part behind the prefix begins; the beginning of the name where there is no prefix.
    pub(super) local: u32,
    /// The value without quotes.
    pub(super) value: Extent,
    /// The value differs from what stands in the file.
    pub(super) escaped: bool,
}

/// What is wrong with the attributes of a tag, and where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// A `<` where a name, a value or the end of the tag should be.
    NotClosed(usize),
    /// Something that is no attribute.
    NoName(usize),
    /// A name without `=`, or without a value in quotes.
    NoValue(usize, usize),
    /// No space before the next attribute.
    NoSpace(usize),
    /// More than [`ATTRIBUTES_MAX`](super::ATTRIBUTES_MAX).
    TooMany(usize),
}

fn is_blank(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | b'\r')
}

fn ends_name(byte: u8) -> bool {
    is_blank(byte) || matches!(byte, b'=' | b'<' | b'>' | b'/' | b'"' | b'\'' | b'&')
}

/// Reads what stands between `at` and `end` of a file into `found`.
pub(super) fn scan(
    source: &[u8],
    mut at: usize,
    end: usize,
    most: usize,
    found: &mut Vec<Written>,
) -> Result<(), Wrong> {
    let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    found.clear();
    loop {
        let before = at;
        at = skip(source, at, end, is_blank);
        if at >= end {
            return Ok(());
        }
        if at == before {
            return Err(if source[at] == b'<' { Wrong::NotClosed(at) } else { Wrong::NoSpace(at) });
        }
        if found.len() == most {
            return Err(Wrong::TooMany(at));
        }
        let start = at;
        at = skip(source, at, end, |byte| !ends_name(byte));
        if at == start {
            return Err(if source[at] == b'<' { Wrong::NotClosed(at) } else { Wrong::NoName(at) });
        }
        let name = Extent { start: small(start), end: small(at) };
        let colon = source[start..at].iter().position(|byte| *byte == b':');
        let local = small(colon.map_or(start, |colon| start + colon + 1));
        at = skip(source, at, end, is_blank);
        if at >= end || source[at] != b'=' {
            return Err(Wrong::NoValue(start, name.end as usize));
        }
        at = skip(source, at + 1, end, is_blank);
        let Some(quote) = source[..end].get(at).copied().filter(|byte| matches!(byte, b'"' | b'\'')) else {
            return Err(Wrong::NoValue(start, name.end as usize));
        };
        let first = at + 1;
        let mut escaped = false;
        at = skip(source, first, end, |byte| {
            escaped |= matches!(byte, b'&' | b'\t' | b'\n' | b'\r');
            byte != quote && byte != b'<'
        });
        if at >= end || source[at] == b'<' {
            return Err(Wrong::NotClosed(at));
        }
        found.push(Written { name, local, value: Extent { start: small(first), end: small(at) }, escaped });
        at += 1;
    }
}

fn skip(source: &[u8], at: usize, end: usize, mut passes: impl FnMut(u8) -> bool) -> usize {
    let rest = source.get(at..end).unwrap_or(&[]);
    rest.iter().position(|byte| !passes(*byte)).map_or(end.max(at), |found| at + found)
}
