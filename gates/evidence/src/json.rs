//! JSON, strictly and as a stream.
//!
//! A reader asks for what it expects (`object`, `array`, `text`) and gets it or an error with its place.
//! Beyond the grammar of RFC 8259 this refuses a key that comes twice in one object, since readers differ
//! on which of the two counts and a second `"results": []` would hide every finding; and it bounds depth,
//! strings and numbers.
//!
//! **Absent on purpose:** floats. A number is handed out as its text, so that nothing is rounded.

use std::collections::BTreeSet;

use crate::error::{ReadError, Result};
use crate::input::Input;

pub(crate) use value::Value;

mod value;

/// Objects and arrays in each other.
const DEPTH_MAX: usize = 128;

/// Bytes of one string.
const STRING_BYTES_MAX: usize = 16 << 20;

/// Characters of one number.
const NUMBER_CHARS_MAX: usize = 400;

/// Values in one value that is read whole.
const VALUE_NODES_MAX: usize = 1_000_000;

/// Up to here keys are compared one by one, which needs no allocation.
const KEYS_IN_LINE_MAX: usize = 32;

/// What comes next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Object,
    Array,
    Text,
    Number,
    Bool,
    Null,
}

impl Kind {
    /// In words, for an error.
    pub(crate) fn words(self) -> &'static str {
        match self {
            Self::Object => "a JSON object",
            Self::Array => "a JSON array",
            Self::Text => "a JSON string",
            Self::Number => "a JSON number",
            Self::Bool => "a JSON boolean",
            Self::Null => "JSON `null`",
        }
    }
}

/// A JSON text, from its beginning to its end.
pub(crate) struct Json<'i, 'r> {
    input: &'i mut Input<'r>,
    depth: usize,
    /// Values read since [`Json::value`] was called.
    nodes: usize,
    /// The string or number read last.
    scratch: Vec<u8>,
    /// Keys of all open objects, one after the other, and where each ends.
    keys: Vec<u8>,
    key_ends: Vec<usize>,
}

impl<'i, 'r> Json<'i, 'r> {
    pub(crate) fn new(input: &'i mut Input<'r>) -> Self {
        Self { input, depth: 0, nodes: 0, scratch: Vec::new(), keys: Vec::new(), key_ends: Vec::new() }
    }

    /// An error at this place.
    pub(crate) fn malformed(&self, expected: &'static str) -> ReadError {
        self.input.malformed(expected)
    }

    /// What comes next, without reading it.
    pub(crate) fn kind(&mut self) -> Result<Kind> {
        Ok(match self.peek()? {
            b'{' => Kind::Object,
            b'[' => Kind::Array,
            b'"' => Kind::Text,
            b'-' | b'0'..=b'9' => Kind::Number,
            b't' | b'f' => Kind::Bool,
            b'n' => Kind::Null,
            _ => return Err(self.malformed("JSON")),
        })
    }

    /// Reads an object; `each` gets every key and must read its value.
    pub(crate) fn object(&mut self, mut each: impl FnMut(&mut Self, &str) -> Result<()>) -> Result<()> {
        if self.kind()? != Kind::Object {
            return Err(self.malformed("a JSON object"));
        }
        self.enter()?;
        let (first, keys) = (self.key_ends.len(), self.keys.len());
        let mut many: BTreeSet<String> = BTreeSet::new();
        let mut key = String::new();
        let mut more = !self.closes(b'}')?;
        while more {
            if self.peek()? != b'"' {
                return Err(self.malformed("a key in quotes"));
            }
            self.scan_string()?;
            key.clear();
            key.push_str(self.scratch_text()?);
            self.remember(&key, first, &mut many)?;
            if self.peek()? != b':' {
                return Err(self.malformed("`:` after a key"));
            }
            self.input.consume_one();
            each(self, &key)?;
            more = self.goes_on(b'}', "`,` or `}`")?;
        }
        self.key_ends.truncate(first);
        self.keys.truncate(keys);
        self.depth -= 1;
        Ok(())
    }

    /// Reads an array; `each` must read one element.
    pub(crate) fn array(&mut self, mut each: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        if self.kind()? != Kind::Array {
            return Err(self.malformed("a JSON array"));
        }
        self.enter()?;
        let mut more = !self.closes(b']')?;
        while more {
            each(self)?;
            more = self.goes_on(b']', "`,` or `]`")?;
        }
        self.depth -= 1;
        Ok(())
    }

    /// Reads a string.
    pub(crate) fn text(&mut self) -> Result<String> {
        if self.kind()? != Kind::Text {
            return Err(self.malformed("a JSON string"));
        }
        self.scan_string()?;
        Ok(self.scratch_text()?.to_owned())
    }

    /// Reads a value whole: one element of a report, never the report.
    pub(crate) fn value(&mut self) -> Result<Value> {
        self.nodes = 0;
        self.whole()
    }

    fn whole(&mut self) -> Result<Value> {
        self.nodes += 1;
        if self.nodes > VALUE_NODES_MAX {
            let max = VALUE_NODES_MAX as u64;
            return Err(ReadError::TooLarge { what: "values in one element", max });
        }
        Ok(match self.kind()? {
            Kind::Object => {
                let mut map = Vec::new();
                self.object(|json, key| {
                    map.push((key.to_owned(), json.whole()?));
                    Ok(())
                })?;
                Value::Map(map)
            }
            Kind::Array => {
                let mut list = Vec::new();
                self.array(|json| {
                    list.push(json.whole()?);
                    Ok(())
                })?;
                Value::List(list)
            }
            Kind::Text => Value::Text(self.text()?),
            Kind::Number => {
                self.scan_number()?;
                Value::Number(self.scratch_text()?.to_owned())
            }
            Kind::Bool => Value::Bool(self.scan_word(&[b"true", b"false"])? == 0),
            Kind::Null => {
                self.scan_word(&[b"null"])?;
                Value::Null
            }
        })
    }

    /// Reads a value and forgets it, as strictly as any other.
    pub(crate) fn skip(&mut self) -> Result<()> {
        match self.kind()? {
            Kind::Object => self.object(|json, _| json.skip()),
            Kind::Array => self.array(Self::skip),
            Kind::Text => {
                self.scan_string()?;
                self.scratch_text().map(drop)
            }
            Kind::Number => self.scan_number(),
            Kind::Bool => self.scan_word(&[b"true", b"false"]).map(drop),
            Kind::Null => self.scan_word(&[b"null"]).map(drop),
        }
    }

    /// Nothing but white space follows.
    pub(crate) fn end(mut self) -> Result<()> {
        self.skip_space()?;
        match self.input.peek()? {
            None => Ok(()),
            Some(_) => Err(self.malformed("the end of the report")),
        }
    }

    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(ReadError::TooLarge { what: "levels of JSON", max: DEPTH_MAX as u64 });
        }
        self.input.consume_one();
        Ok(())
    }

    fn closes(&mut self, end: u8) -> Result<bool> {
        let closes = self.peek()? == end;
        if closes {
            self.input.consume_one();
        }
        Ok(closes)
    }

    fn goes_on(&mut self, end: u8, expected: &'static str) -> Result<bool> {
        let next = self.peek()?;
        if next != b',' && next != end {
            return Err(self.malformed(expected));
        }
        self.input.consume_one();
        Ok(next == b',')
    }

    fn remember(&mut self, key: &str, first: usize, many: &mut BTreeSet<String>) -> Result<()> {
        let again = if self.key_ends.len() - first < KEYS_IN_LINE_MAX {
            let begin = |at: usize| if at == 0 { 0 } else { self.key_ends[at - 1] };
            let again = (first..self.key_ends.len())
                .any(|at| &self.keys[begin(at)..self.key_ends[at]] == key.as_bytes());
            self.keys.extend_from_slice(key.as_bytes());
            self.key_ends.push(self.keys.len());
            again
        } else {
            if many.is_empty() {
                let mut begin = if first == 0 { 0 } else { self.key_ends[first - 1] };
                for &end in &self.key_ends[first..] {
                    many.insert(String::from_utf8_lossy(&self.keys[begin..end]).into_owned());
                    begin = end;
                }
            }
            !many.insert(key.to_owned())
        };
        if again {
            let (line, at) = (self.input.line(), self.input.at());
            return Err(ReadError::DuplicateKey { line, at, key: crate::text::cut(key, 80).to_owned() });
        }
        Ok(())
    }

    fn peek(&mut self) -> Result<u8> {
        self.skip_space()?;
        self.must_peek()
    }

    fn must_peek(&mut self) -> Result<u8> {
        self.input.peek()?.ok_or(ReadError::CutOff { at: self.input.at() })
    }

    fn skip_space(&mut self) -> Result<()> {
        while let Some(b' ' | b'\t' | b'\n' | b'\r') = self.input.peek()? {
            let head = self.input.head();
            let end = head.iter().position(|byte| !matches!(byte, b' ' | b'\t' | b'\n' | b'\r'));
            let count = end.unwrap_or(head.len());
            self.input.consume_counted(count);
        }
        Ok(())
    }

    fn scratch_text(&self) -> Result<&str> {
        std::str::from_utf8(&self.scratch).map_err(|_| self.malformed("UTF-8 text"))
    }

    fn scan_word(&mut self, words: &[&[u8]]) -> Result<usize> {
        let first = self.must_peek()?;
        let found = words.iter().position(|word| word[0] == first).ok_or(self.malformed("JSON"))?;
        for &expected in words[found] {
            if self.must_peek()? != expected {
                return Err(self.malformed("JSON"));
            }
            self.input.consume_one();
        }
        Ok(found)
    }

    fn scan_number(&mut self) -> Result<()> {
        self.scratch.clear();
        while self.input.peek()?.is_some_and(is_of_number) {
            let head = self.input.head();
            let end = head.iter().position(|byte| !is_of_number(*byte));
            let count = end.unwrap_or(head.len());
            if self.scratch.len() + count > NUMBER_CHARS_MAX {
                return Err(ReadError::TooLarge {
                    what: "characters in one number",
                    max: NUMBER_CHARS_MAX as u64,
                });
            }
            self.scratch.extend_from_slice(&head[..count]);
            self.input.consume_counted(count);
        }
        match is_number(&self.scratch) {
            true => Ok(()),
            // `12.` at the very end was perhaps `12.5`.
            false if self.input.peek()?.is_none() => Err(ReadError::CutOff { at: self.input.at() }),
            false => Err(self.malformed("a number")),
        }
    }

    /// Reads a string, whose opening quote is next, into `scratch`.
    fn scan_string(&mut self) -> Result<()> {
        self.scratch.clear();
        self.input.consume_one();
        loop {
            self.must_peek()?;
            let head = self.input.head();
            let end = head.iter().position(|byte| matches!(byte, b'"' | b'\\' | 0..=31));
            let count = end.unwrap_or(head.len());
            if self.scratch.len() + count > STRING_BYTES_MAX {
                return Err(ReadError::TooLarge {
                    what: "bytes in one string",
                    max: STRING_BYTES_MAX as u64,
                });
            }
            self.scratch.extend_from_slice(&head[..count]);
            self.input.consume_counted(count);
            match self.must_peek()? {
                b'"' => {
                    self.input.consume_one();
                    return Ok(());
                }
                b'\\' => self.scan_escape()?,
                0..=31 => return Err(self.malformed("a string without control characters")),
                // The buffer ended inside the string.
                _ => {}
            }
        }
    }

    fn scan_escape(&mut self) -> Result<()> {
        self.input.consume_one();
        let escape = self.must_peek()?;
        self.input.consume_one();
        let character = match escape {
            b'"' | b'\\' | b'/' => char::from(escape),
            b'b' => '\u{8}',
            b'f' => '\u{c}',
            b'n' => '\n',
            b'r' => '\r',
            b't' => '\t',
            b'u' => self.scan_unicode()?,
            _ => return Err(self.malformed("an escape of JSON")),
        };
        self.scratch.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
        Ok(())
    }

    fn scan_unicode(&mut self) -> Result<char> {
        const PAIR: &str = "a character: half of a surrogate pair stands alone";
        let first = self.scan_hex()?;
        if !(0xd800..0xe000).contains(&first) {
            return char::from_u32(first).ok_or(self.malformed(PAIR));
        }
        for expected in [b'\\', b'u'] {
            if self.must_peek()? != expected {
                return Err(self.malformed(PAIR));
            }
            self.input.consume_one();
        }
        let second = self.scan_hex()?;
        if first >= 0xdc00 || !(0xdc00..0xe000).contains(&second) {
            return Err(self.malformed(PAIR));
        }
        char::from_u32(0x1_0000 + ((first - 0xd800) << 10) + (second - 0xdc00)).ok_or(self.malformed(PAIR))
    }

    fn scan_hex(&mut self) -> Result<u32> {
        let mut code = 0;
        for _ in 0..4 {
            let digit =
                char::from(self.must_peek()?).to_digit(16).ok_or(self.malformed("four hex digits"))?;
            code = code * 16 + digit;
            self.input.consume_one();
        }
        Ok(code)
    }
}

fn is_of_number(byte: u8) -> bool {
    matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E')
}

/// The grammar of RFC 8259, section 6.
fn is_number(text: &[u8]) -> bool {
    let digits = |text: &[u8]| text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text[0] == b'0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(part) = rest.strip_prefix(b".") {
        let count = digits(part);
        if count == 0 {
            return false;
        }
        rest = &part[count..];
    }
    match rest {
        [] => true,
        [b'e' | b'E', power @ ..] => {
            let power = power.strip_prefix(b"+").or(power.strip_prefix(b"-")).unwrap_or(power);
            !power.is_empty() && digits(power) == power.len()
        }
        _ => false,
    }
}

#[cfg(test)]
mod tests;
