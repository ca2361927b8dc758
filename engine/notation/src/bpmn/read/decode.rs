//! Bytes → text: UTF-8, UTF-16 and Latin-1 (XML 1.0, §4.3.3 and appendix F).
//!
//! **Absent on purpose:** every other encoding. It is refused by name, because a wrong guess would change names
//! in silence.

use std::ops::Range;

use crate::bpmn::codes;

/// A text, or as much of it as can be shown, and why it is not read.
pub(super) struct Decoded {
    pub(super) text: String,
    pub(super) problem: Option<Problem>,
}

/// Why bytes are no text, and where in what can be shown of them.
pub(super) struct Problem {
    pub(super) code: &'static str,
    pub(super) at: Range<usize>,
    pub(super) message: String,
    pub(super) hint: &'static str,
}

const HINT: &str = "save the file as UTF-8";

/// The text of a file, without its byte order mark.
pub(super) fn decode(bytes: Vec<u8>) -> Decoded {
    match bytes.as_slice() {
        [0xef, 0xbb, 0xbf, ..] => utf8(bytes, 3),
        [0, 0, 0xfe, 0xff, ..] | [0xff, 0xfe, 0, 0, ..] => {
            refuse(String::new(), codes::ENCODING, 0..0, "the file is encoded in UTF-32".to_owned())
        }
        [0xfe, 0xff, rest @ ..] => utf16(rest, u16::from_be_bytes),
        [0xff, 0xfe, rest @ ..] => utf16(rest, u16::from_le_bytes),
        [0, b'<', 0, _, ..] => utf16(&bytes, u16::from_be_bytes),
        [b'<', 0, _, 0, ..] => utf16(&bytes, u16::from_le_bytes),
        _ => declared(bytes),
    }
}

fn refuse(text: String, code: &'static str, at: Range<usize>, message: String) -> Decoded {
    Decoded { text, problem: Some(Problem { code, at, message, hint: HINT }) }
}

/// What the XML declaration says decides.
fn declared(bytes: Vec<u8>) -> Decoded {
    let Some(range) = encoding(&bytes) else { return utf8(bytes, 0) };
    let name = String::from_utf8_lossy(&bytes[range.clone()]).to_ascii_lowercase();
    match name.as_str() {
        // A file that says UTF-16 and has no sign of it was converted without changing the declaration.
        "utf-8" | "utf8" | "us-ascii" | "ascii" | "utf-16" | "utf16" => utf8(bytes, 0),
        "iso-8859-1" | "iso8859-1" | "iso_8859-1" | "latin1" | "latin-1" => {
            Decoded { text: bytes.iter().map(|byte| char::from(*byte)).collect(), problem: None }
        }
        _ => {
            let message = format!("the file is encoded in `{name}`, which is not read");
            refuse(String::from_utf8_lossy(&bytes).into_owned(), codes::ENCODING, range, message)
        }
    }
}

/// Where the XML declaration names an encoding. Only ASCII comes before it in every encoding that gets here.
fn encoding(bytes: &[u8]) -> Option<Range<usize>> {
    /// A declaration is at the beginning and short.
    const DECLARATION_BYTES_MAX: usize = 200;
    let head = &bytes[..bytes.len().min(DECLARATION_BYTES_MAX)];
    if !head.starts_with(b"<?xml") {
        return None;
    }
    let head = &head[..head.windows(2).position(|pair| pair == b"?>")?];
    let word = b"encoding";
    let mut at = head.windows(word.len()).position(|part| part == word)? + word.len();
    let blank = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_whitespace);
    while blank(head.get(at)) || head.get(at) == Some(&b'=') {
        at += 1;
    }
    let quote = *head.get(at).filter(|byte| matches!(byte, b'"' | b'\''))?;
    let length = head[at + 1..].iter().position(|byte| *byte == quote)?;
    Some(at + 1..at + 1 + length)
}

fn utf8(mut bytes: Vec<u8>, mark: usize) -> Decoded {
    bytes.drain(..mark);
    match String::from_utf8(bytes) {
        Ok(text) => Decoded { text, problem: None },
        Err(wrong) => {
            let at = wrong.utf8_error().valid_up_to();
            let shown = String::from_utf8_lossy(wrong.as_bytes()).into_owned();
            let end = at + '\u{fffd}'.len_utf8();
            refuse(shown, codes::ENCODING, at..end, "the file is not UTF-8: this is no character".to_owned())
        }
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Decoded {
    let units = bytes.chunks_exact(2).map(|pair| unit([pair[0], pair[1]]));
    let mut text = String::with_capacity(bytes.len() / 2);
    for letter in char::decode_utf16(units) {
        let Ok(letter) = letter else {
            let at = text.len();
            return refuse(text, codes::ENCODING, at..at, "the file is not UTF-16 from here on".to_owned());
        };
        text.push(letter);
    }
    if bytes.len() % 2 == 1 {
        let at = text.len();
        return refuse(
            text,
            codes::ENCODING,
            at..at,
            "the file is UTF-16 and ends within a character".to_owned(),
        );
    }
    Decoded { text, problem: None }
}
