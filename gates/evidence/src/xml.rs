//! XML as a stream of elements, with bounds, and without entities of the document's own.
//!
//! A DOCTYPE is accepted and nothing it names is fetched; a declared entity (`<!ENTITY`) is refused, so
//! that neither expansion nor external entities can happen. A document that ends too early is an error
//! even if all that was wanted came before the break.
//!
//! **Absent on purpose:** namespaces, schemas, a tree.

use std::borrow::Cow;

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use crate::error::{ReadError, Result};
use crate::input::Input;

/// Elements in each other.
const DEPTH_MAX: usize = 200;

/// Bytes of one tag or one piece of text. Captured output of tests is the longest in practice.
pub(crate) const ELEMENT_BYTES_MAX: u64 = 64 << 20;

/// Attributes of one element.
const ATTRIBUTES_MAX: usize = 200;

/// What comes next in a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// An element begins.
    Open(Element),
    /// Characters of the element that is open, perhaps one part of several.
    Text(String),
    /// The element of this name ends.
    Close(String),
}

/// The beginning of an element.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Element {
    /// Its name, without a namespace prefix.
    pub(crate) name: String,
    attributes: Vec<(String, String)>,
    /// Where it stands.
    pub(crate) line: u64,
    pub(crate) at: u64,
}

impl Element {
    /// An attribute's value.
    pub(crate) fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All attributes, by their names with prefixes, in the order of the document.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = (&str, &str)> {
        self.attributes.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// A count that the element declares: absent, or a sound one, or an error.
    pub(crate) fn count(&self, name: &str, expected: &'static str) -> Result<Option<u64>> {
        let declared = self.attribute(name).filter(|text| !text.trim().is_empty());
        declared.map(|text| crate::text::count(text).ok_or(self.malformed(expected))).transpose()
    }

    /// An error at this element.
    pub(crate) fn malformed(&self, expected: &'static str) -> ReadError {
        ReadError::Malformed { line: self.line, at: self.at, expected }
    }
}

/// An XML document, from its beginning to its end.
pub(crate) struct Xml<'i, 'r> {
    reader: Reader<&'i mut Input<'r>>,
    buffer: Vec<u8>,
    depth: usize,
    rooted: bool,
    /// Whether any text is wanted; else it is not copied.
    keep_text: bool,
}

impl<'i, 'r> Xml<'i, 'r> {
    /// Reads up to the root, which must have one of these names.
    pub(crate) fn open(
        input: &'i mut Input<'r>,
        roots: &[&str],
        expected: &'static str,
    ) -> Result<(Self, Element)> {
        if !input.head().trim_ascii_start().starts_with(b"<") {
            return Err(ReadError::OtherFormat { expected, found: "text that is not XML".to_owned() });
        }
        // Behind a byte order mark the text is UTF-8, whatever it declares.
        if input.at() == 0
            && let Some(single) = crate::encoding::declared(input.head())
        {
            input.decode(single);
        }
        let mut reader = Reader::from_reader(input);
        reader.config_mut().expand_empty_elements = true;
        let mut xml = Self { reader, buffer: Vec::new(), depth: 0, rooted: false, keep_text: false };
        match xml.next()? {
            Some(Node::Open(root)) if roots.contains(&root.name.as_str()) => Ok((xml, root)),
            Some(Node::Open(root)) => {
                let name = crate::text::cut(&root.name, 80);
                Err(ReadError::OtherFormat { expected, found: format!("XML with the root `{name}`") })
            }
            _ => Err(ReadError::CutOff { at: xml.reader.get_ref().at() }),
        }
    }

    /// From now on text is handed out, or not.
    pub(crate) fn keep_text(&mut self, keep: bool) {
        self.keep_text = keep;
    }

    /// The next node; `None` behind the root.
    pub(crate) fn next(&mut self) -> Result<Option<Node>> {
        loop {
            self.buffer.clear();
            self.reader.get_mut().allow(ELEMENT_BYTES_MAX);
            let (line, at) = (self.reader.get_ref().line(), self.reader.get_ref().at());
            let malformed = |expected| ReadError::Malformed { line, at, expected };
            // The buffer is taken out so that the event does not borrow the reader.
            let mut buffer = std::mem::take(&mut self.buffer);
            let event = match self.reader.read_event_into(&mut buffer) {
                Ok(event) => event,
                Err(error) => return Err(self.explain(&error, line, at)),
            };
            let found = match event {
                Event::Start(start) => {
                    self.depth += 1;
                    if self.depth > DEPTH_MAX {
                        return Err(ReadError::TooLarge { what: "levels of XML", max: DEPTH_MAX as u64 });
                    }
                    if self.depth == 1 && std::mem::replace(&mut self.rooted, true) {
                        return Err(malformed("the end of the document: a second root stands there"));
                    }
                    Some(Node::Open(element(&start, line, at)?))
                }
                Event::End(end) => {
                    self.depth = self.depth.checked_sub(1).ok_or(malformed("a tag that was opened"))?;
                    Some(Node::Close(end.local_name().as_ref().to_owned()))
                }
                Event::Text(text) => self.text(text.xml10_content(), malformed)?,
                Event::CData(text) if self.depth > 0 => self.text(text.xml10_content(), malformed)?,
                Event::GeneralRef(entity) => {
                    let name = entity.into_inner();
                    let text = resolve(&name).ok_or(malformed("an entity that XML itself knows"))?;
                    self.text(text.to_string().into(), malformed)?
                }
                Event::DocType(text) if text.to_ascii_uppercase().contains("<!ENTITY") => {
                    return Err(malformed("accepted: it declares an entity"));
                }
                Event::Eof if self.depth > 0 || !self.rooted => return Err(ReadError::CutOff { at }),
                Event::Eof => return Ok(None),
                Event::CData(_) => return Err(malformed("inside the root")),
                // `expand_empty_elements` leaves no `Empty`.
                Event::Empty(_) | Event::DocType(_) | Event::Comment(_) | Event::Decl(_) | Event::PI(_) => {
                    None
                }
            };
            self.buffer = buffer;
            if found.is_some() {
                return Ok(found);
            }
        }
    }

    /// The report ended here, and should not have.
    pub(crate) fn cut_off(&self) -> ReadError {
        ReadError::CutOff { at: self.reader.get_ref().at() }
    }

    /// Reads on to the end of the element that was opened last, and its text where text is kept.
    pub(crate) fn skip(&mut self) -> Result<String> {
        let mut text = String::new();
        let mut depth = 1;
        while depth > 0 {
            match self.next()? {
                Some(Node::Open(_)) => depth += 1,
                Some(Node::Close(_)) => depth -= 1,
                Some(Node::Text(part)) if text.len() < crate::text::MESSAGE_BYTES_MAX => text += &part,
                Some(Node::Text(_)) => {}
                None => return Err(ReadError::CutOff { at: self.reader.get_ref().at() }),
            }
        }
        Ok(text)
    }

    fn text(
        &self,
        text: Cow<'_, str>,
        malformed: impl Fn(&'static str) -> ReadError,
    ) -> Result<Option<Node>> {
        if self.depth == 0 && !text.trim().is_empty() {
            return Err(malformed("XML: text stands outside of the root"));
        }
        Ok((self.keep_text && self.depth > 0).then(|| Node::Text(text.into_owned())))
    }

    fn explain(&mut self, error: &Error, line: u64, at: u64) -> ReadError {
        let input = self.reader.get_mut();
        match error {
            Error::Io(error) => input.blame(error),
            // A wrong `<!x` is an error of its own; all other syntax errors are something left open.
            Error::Syntax(SyntaxError::InvalidBangMarkup) if input.peek() != Ok(None) => {
                ReadError::Malformed { line, at, expected: "well-formed XML" }
            }
            Error::Syntax(_) => ReadError::CutOff { at: input.at() },
            Error::Encoding(_) => ReadError::Malformed { line, at, expected: "UTF-8 text" },
            _ => ReadError::Malformed { line, at, expected: "well-formed XML" },
        }
    }
}

fn element(start: &BytesStart<'_>, line: u64, at: u64) -> Result<Element> {
    let malformed = |expected| ReadError::Malformed { line, at, expected };
    let mut attributes = Vec::new();
    // The iterator refuses an attribute that comes twice.
    for attribute in start.attributes() {
        let attribute = attribute.map_err(|_| malformed("well-formed XML: an attribute is broken"))?;
        if attributes.len() == ATTRIBUTES_MAX {
            return Err(ReadError::TooLarge {
                what: "attributes of one element",
                max: ATTRIBUTES_MAX as u64,
            });
        }
        let value = attribute
            .normalized_value(quick_xml::XmlVersion::default())
            .map_err(|_| malformed("well-formed XML: an entity is not known"))?;
        attributes.push((attribute.key.as_ref().to_owned(), value.into_owned()));
    }
    Ok(Element { name: start.local_name().as_ref().to_owned(), attributes, line, at })
}

/// The five entities of XML 1.0, section 4.6, and character references.
fn resolve(name: &str) -> Option<char> {
    let code = match name {
        "lt" => return Some('<'),
        "gt" => return Some('>'),
        "amp" => return Some('&'),
        "quot" => return Some('"'),
        "apos" => return Some('\''),
        _ => name.strip_prefix('#')?,
    };
    let code = match code.strip_prefix('x') {
        Some(hex) => u32::from_str_radix(hex, 16),
        None => code.parse(),
    };
    // Control characters are not XML, and old tools write them all the same: harmless in a message.
    char::from_u32(code.ok()?)
}

#[cfg(test)]
mod tests;
