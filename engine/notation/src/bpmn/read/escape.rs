//! What XML's escapes make of a piece of the file: references, CDATA sections, comments, line ends
//! (XML 1.0, §2.4, §2.7, §2.11, §3.3.3, §4.6).
//!
//! **Absent on purpose:** entities of a document type. Only the five that XML defines exist.

use std::borrow::Cow;
use std::ops::Range;

/// Longer references are not read: `&#x10FFFF;` with room for leading zeros.
const REFERENCE_BYTES_MAX: usize = 32;

/// A part of raw text that becomes one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    /// Stands as it is.
    Same(Range<usize>),
    /// Becomes one character.
    One(char, Range<usize>),
    /// Becomes nothing: markup, and references that cannot be resolved.
    Nothing,
}

struct Parts<'r> {
    raw: &'r str,
    at: usize,
    /// End of the CDATA section that is being read.
    section: usize,
    /// In an attribute, where line ends and tabs are spaces and `<` is no markup.
    attribute: bool,
}

impl<'r> Parts<'r> {
    fn new(raw: &'r str, attribute: bool) -> Self {
        Self { raw, at: 0, section: 0, attribute }
    }

    /// Skips to behind `end`, or to the end.
    fn skip(&mut self, from: usize, end: &str) -> Part {
        let rest = self.raw.get(from..).unwrap_or("");
        self.at = rest.find(end).map_or(self.raw.len(), |found| from + found + end.len());
        Part::Nothing
    }

    fn markup(&mut self) -> Part {
        let rest = &self.raw[self.at..];
        if rest.starts_with("<![CDATA[") {
            self.at += "<![CDATA[".len();
            let rest = &self.raw[self.at..];
            self.section = rest.find("]]>").map_or(self.raw.len(), |found| self.at + found);
            return Part::Nothing;
        }
        if rest.starts_with("<!--") {
            return self.skip(self.at + "<!--".len(), "-->");
        }
        if rest.starts_with("<?") {
            return self.skip(self.at, "?>");
        }
        self.skip(self.at, ">")
    }

    fn reference(&mut self) -> Part {
        let start = self.at;
        match resolve(&self.raw[start..]) {
            Some((letter, length)) => {
                self.at += length;
                Part::One(letter, start..self.at)
            }
            None => {
                self.at += 1;
                Part::Nothing
            }
        }
    }
}

impl Iterator for Parts<'_> {
    type Item = Part;

    fn next(&mut self) -> Option<Part> {
        let bytes = self.raw.as_bytes();
        let first = *bytes.get(self.at)?;
        let start = self.at;
        let inside = start < self.section;
        if !inside && start == self.section && start > 0 && self.raw[start..].starts_with("]]>") {
            self.at += "]]>".len();
            self.section = 0;
            return Some(Part::Nothing);
        }
        match first {
            b'\r' => {
                self.at += if bytes.get(start + 1) == Some(&b'\n') { 2 } else { 1 };
                Some(Part::One(if self.attribute { ' ' } else { '\n' }, start..self.at))
            }
            b'\n' | b'\t' if self.attribute => {
                self.at += 1;
                Some(Part::One(' ', start..self.at))
            }
            b'&' if !inside => Some(self.reference()),
            b'<' if !inside && !self.attribute => Some(self.markup()),
            _ => {
                let stop = |byte: &u8| {
                    *byte == b'\r'
                        || (!inside && *byte == b'&')
                        || (!inside && !self.attribute && *byte == b'<')
                        || (self.attribute && matches!(*byte, b'\n' | b'\t'))
                };
                let limit = if inside { self.section } else { bytes.len() };
                let length = bytes[start + 1..limit].iter().position(stop);
                self.at = length.map_or(limit, |length| start + 1 + length);
                Some(Part::Same(start..self.at))
            }
        }
    }
}

/// The character that a reference at the beginning of a text means, and how long the reference is.
pub(in crate::bpmn) fn resolve(text: &str) -> Option<(char, usize)> {
    let bytes = text.as_bytes();
    let end = bytes.iter().take(REFERENCE_BYTES_MAX).position(|byte| *byte == b';')?;
    let letter = match text.get(1..end)? {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        number => {
            let digits = number.strip_prefix('#')?;
            let (digits, radix) = digits.strip_prefix('x').map_or((digits, 10), |digits| (digits, 16));
            // `from_str_radix` would take a sign.
            if !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return None;
            }
            char::from_u32(u32::from_str_radix(digits, radix).ok()?).filter(|letter| is_allowed(*letter))?
        }
    };
    Some((letter, end + 1))
}

/// XML 1.0, §2.2: the characters that a document can hold, be they written out or by number.
pub(in crate::bpmn) fn is_allowed(letter: char) -> bool {
    !matches!(letter, '\0'..='\u{8}' | '\u{b}' | '\u{c}' | '\u{e}'..='\u{1f}' | '\u{fffe}' | '\u{ffff}')
}

/// Text between tags, with everything resolved.
pub(in crate::bpmn) fn content(raw: &str) -> Cow<'_, str> {
    if raw.bytes().any(|byte| matches!(byte, b'&' | b'<' | b'\r')) { decode(raw, false) } else { raw.into() }
}

/// The value of an attribute, with everything resolved.
pub(in crate::bpmn) fn value(raw: &str) -> Cow<'_, str> {
    let special = |byte| matches!(byte, b'&' | b'\r' | b'\n' | b'\t');
    if raw.bytes().any(special) { decode(raw, true) } else { raw.into() }
}

fn decode(raw: &str, attribute: bool) -> Cow<'_, str> {
    let mut out = String::with_capacity(raw.len());
    for part in Parts::new(raw, attribute) {
        match part {
            Part::Same(range) => out.push_str(&raw[range]),
            Part::One(letter, _) => out.push(letter),
            Part::Nothing => {}
        }
    }
    out.into()
}

/// If all of a text is one CDATA section that needs no decoding, what is in it.
pub(super) fn only_section(raw: &str) -> Option<Range<usize>> {
    let start = raw.len() - raw.trim_start().len();
    let inner = raw.trim().strip_prefix("<![CDATA[")?.strip_suffix("]]>")?;
    let start = start + "<![CDATA[".len();
    (!inner.contains("]]>") && !inner.contains('\r')).then(|| start..start + inner.len())
}

/// Which byte of raw text a byte of the decoded text comes from. Attributes are decoded to the same lengths as
/// text between tags, so one function serves both.
pub(in crate::bpmn) fn raw_offset(raw: &str, wanted: usize) -> usize {
    let mut decoded = 0;
    for part in Parts::new(raw, false) {
        let (length, range) = match part {
            Part::Same(range) => (range.len(), range),
            Part::One(letter, range) => (letter.len_utf8(), range),
            Part::Nothing => continue,
        };
        if wanted < decoded + length {
            let inside = if length == range.len() { wanted - decoded } else { 0 };
            return range.start + inside;
        }
        decoded += length;
    }
    raw.len()
}
