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
    /// The name is made of letters, with one colon at most, inside: nothing else is wrong with it.
    pub(super) plain: bool,
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

/// What a byte means inside a tag. Every byte of every tag is asked for, so it is looked up.
const CLASSES: [Class; 256] = {
    let mut classes = [Class::Other; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b' ' | b'\t' | b'\n' | b'\r' => Class::Blank,
            b'a'..=b'z' | b'A'..=b'Z' => Class::Letter,
            b':' => Class::Colon,
            b'&' => Class::Reference,
            b'<' | b'>' | b'=' | b'/' | b'"' | b'\'' => Class::Mark,
            _ => Class::Other,
        };
        byte += 1;
    }
    classes
};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Class {
    Blank,
    Letter,
    Colon,
    Reference,
    Mark,
    Other,
}

fn class(byte: u8) -> Class {
    CLASSES[usize::from(byte)]
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
        at = skip(source, at, end);
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
        let (mut colon, mut plain) = (None, true);
        for (offset, byte) in source[start..end].iter().enumerate() {
            match class(*byte) {
                Class::Letter => {}
                Class::Colon => {
                    plain &= colon.is_none() && offset > 0;
                    colon = colon.or(Some(offset));
                }
                Class::Other => plain = false,
                Class::Blank | Class::Reference | Class::Mark => break,
            }
            at += 1;
        }
        if at == start {
            return Err(if source[at] == b'<' { Wrong::NotClosed(at) } else { Wrong::NoName(at) });
        }
        let name = Extent { start: small(start), end: small(at) };
        let local = small(colon.map_or(start, |colon| start + colon + 1));
        plain &= local < name.end;
        at = skip(source, at, end);
        if at >= end || source[at] != b'=' {
            return Err(Wrong::NoValue(start, name.end as usize));
        }
        at = skip(source, at + 1, end);
        let Some(quote) = source[..end].get(at).copied().filter(|byte| matches!(byte, b'"' | b'\'')) else {
            return Err(Wrong::NoValue(start, name.end as usize));
        };
        let first = at + 1;
        let mut escaped = false;
        at = first;
        for byte in &source[first.min(end)..end] {
            match class(*byte) {
                Class::Mark if *byte == quote || *byte == b'<' => break,
                Class::Blank => escaped |= *byte != b' ',
                Class::Reference => escaped = true,
                _ => {}
            }
            at += 1;
        }
        if at >= end || source[at] == b'<' {
            return Err(Wrong::NotClosed(at));
        }
        let value = Extent { start: small(first), end: small(at) };
        found.push(Written { name, local, value, escaped, plain });
        at += 1;
    }
}

/// The first byte at or after `at` that is no white space.
fn skip(source: &[u8], at: usize, end: usize) -> usize {
    let rest = source.get(at..end).unwrap_or(&[]);
    rest.iter().position(|byte| class(*byte) != Class::Blank).map_or(end.max(at), |found| at + found)
}
