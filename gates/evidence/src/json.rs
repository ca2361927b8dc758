//! JSON, strictly and as a stream.
//!
//! A reader asks for what it expects (`object`, `array`, `text`) and gets it or an error with its place.
//! Beyond the grammar of RFC 8259 this refuses a key that comes twice in one object, since readers differ
//! on which of the two counts and a second `"results": []` would hide every finding; and it bounds depth,
//! strings and numbers.
//!
//! **Absent on purpose:** floats. A number is handed out as its text, so that nothing is rounded.

use crate::error::{ReadError, Result};
use crate::input::Input;

use keys::Keys;
pub(crate) use value::Value;

mod keys;
mod token;
mod value;

/// Objects and arrays in each other.
const DEPTH_MAX: usize = 128;

/// Values in one value that is read whole.
const VALUE_NODES_MAX: usize = 1_000_000;

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
    /// Keys of all open objects.
    keys: Keys,
    /// Strings that held keys, to be used again.
    spare: Vec<String>,
}

impl<'i, 'r> Json<'i, 'r> {
    pub(crate) fn new(input: &'i mut Input<'r>) -> Self {
        let (scratch, spare) = (Vec::new(), Vec::new());
        Self { input, depth: 0, nodes: 0, scratch, keys: Keys::default(), spare }
    }

    /// An error at this place.
    pub(crate) fn malformed(&self, expected: &'static str) -> ReadError {
        self.input.malformed(expected)
    }

    /// What comes next, without reading it.
    #[inline]
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
        let mut name = self.spare.pop().unwrap_or_default();
        let mut more = !self.closes(b'}')?;
        while more {
            self.key()?;
            name.clear();
            name.push_str(self.keys.last());
            each(self, &name)?;
            more = self.goes_on(b'}', "`,` or `}`")?;
        }
        self.spare.push(name);
        self.keys.close();
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
        self.keys.close();
        self.depth -= 1;
        Ok(())
    }

    /// Reads a string.
    pub(crate) fn text(&mut self) -> Result<String> {
        if self.kind()? != Kind::Text {
            return Err(self.malformed("a JSON string"));
        }
        Ok(self.string()?.to_owned())
    }

    /// Reads a string; anything else says nothing and is passed over.
    pub(crate) fn maybe_text(&mut self) -> Result<Option<String>> {
        match self.kind()? {
            Kind::Text => self.text().map(Some),
            _ => self.skip().map(|()| None),
        }
    }

    /// Reads a line, a column, an index; anything else says nothing and is passed over.
    pub(crate) fn maybe_index(&mut self) -> Result<Option<u32>> {
        match self.kind()? {
            Kind::Number => {
                if let Some(number) = self.short_number() {
                    return Ok(Some(number));
                }
                let text = self.number()?;
                Ok(Value::Number(text.to_owned()).index())
            }
            _ => self.skip().map(|()| None),
        }
    }

    /// Reads an object as [`Json::object`] does; anything else says nothing and is passed over.
    pub(crate) fn maybe_object(&mut self, each: impl FnMut(&mut Self, &str) -> Result<()>) -> Result<()> {
        match self.kind()? {
            Kind::Object => self.object(each),
            _ => self.skip(),
        }
    }

    /// Reads an array as [`Json::array`] does; anything else says nothing and is passed over.
    pub(crate) fn maybe_array(&mut self, each: impl FnMut(&mut Self) -> Result<()>) -> Result<()> {
        match self.kind()? {
            Kind::Array => self.array(each),
            _ => self.skip(),
        }
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
            Kind::Text => Value::Text(self.string()?.to_owned()),
            Kind::Number => Value::Number(self.number()?.to_owned()),
            Kind::Bool => Value::Bool(self.word(&[b"true", b"false"])? == 0),
            Kind::Null => {
                self.word(&[b"null"])?;
                Value::Null
            }
        })
    }

    /// Reads a value and forgets it, as strictly as any other.
    pub(crate) fn skip(&mut self) -> Result<()> {
        match self.kind()? {
            Kind::Object => {
                self.enter()?;
                let mut more = !self.closes(b'}')?;
                while more {
                    self.key()?;
                    self.skip()?;
                    more = self.goes_on(b'}', "`,` or `}`")?;
                }
                self.keys.close();
                self.depth -= 1;
                Ok(())
            }
            Kind::Array => self.array(Self::skip),
            Kind::Text => self.skip_string(),
            Kind::Number => match self.short_number() {
                Some(_) => Ok(()),
                None => self.number().map(drop),
            },
            Kind::Bool => self.word(&[b"true", b"false"]).map(drop),
            Kind::Null => self.word(&[b"null"]).map(drop),
        }
    }

    /// Nothing but white space follows.
    pub(crate) fn end(mut self) -> Result<()> {
        match self.peek_if_any()? {
            None => Ok(()),
            Some(_) => Err(self.malformed("the end of the report")),
        }
    }

    fn enter(&mut self) -> Result<()> {
        self.depth += 1;
        if self.depth > DEPTH_MAX {
            return Err(ReadError::TooLarge { what: "levels of JSON", max: DEPTH_MAX as u64 });
        }
        self.input.advance(1);
        self.keys.open();
        Ok(())
    }

    #[inline]
    fn closes(&mut self, end: u8) -> Result<bool> {
        let closes = self.peek()? == end;
        if closes {
            self.input.advance(1);
        }
        Ok(closes)
    }

    #[inline]
    fn goes_on(&mut self, end: u8, expected: &'static str) -> Result<bool> {
        let next = self.peek()?;
        if next != b',' && next != end {
            return Err(self.malformed(expected));
        }
        self.input.advance(1);
        Ok(next == b',')
    }

    /// Reads a key and the colon behind it.
    fn key(&mut self) -> Result<()> {
        if self.peek()? != b'"' {
            return Err(self.malformed("a key in quotes"));
        }
        if !self.key_in_place()? {
            self.string()?;
            self.keys.add(&self.scratch);
        }
        if self.keys.are_too_many() {
            return Err(ReadError::TooLarge { what: "keys in one object", max: keys::KEYS_MAX as u64 });
        }
        if self.keys.is_again() {
            let (line, at) = (self.input.line(), self.input.at());
            let key = crate::text::cut(self.keys.last(), 80).to_owned();
            return Err(ReadError::DuplicateKey { line, at, key });
        }
        if self.peek()? != b':' {
            return Err(self.malformed("`:` after a key"));
        }
        self.input.advance(1);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
