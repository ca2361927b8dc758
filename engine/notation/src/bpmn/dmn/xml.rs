//! A small XML file as flat elements, each with its place. Whatever is hostile ends here.
//!
//! **Absent on purpose:** recursion, entities (any document type is refused), other files, meaning.

use std::ops::Range;

use quick_xml::NsReader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};
use quick_xml::name::ResolveResult;

use super::{ELEMENTS_MAX, NAMESPACES, NESTING_MAX, codes};
use crate::bpmn::read::{self, short};
use crate::diagnose::{Diagnostic, Diagnostics, FileId, Span};

/// An element of DMN. Those of other namespaces are left out, with all that is in them.
#[derive(Debug)]
pub(super) struct Element {
    /// Its name without prefix.
    pub(super) name: String,
    /// Attributes without prefix, decoded, and the place of the value.
    pub(super) attributes: Vec<(String, String, Range<usize>)>,
    pub(super) children: Vec<usize>,
    /// Its start tag.
    pub(super) tag: Range<usize>,
    /// What stands between its tags.
    pub(super) inside: Range<usize>,
}

/// One file. Invariant: there is a root, and it is the first.
pub(super) struct Document<'s> {
    pub(super) source: &'s str,
    pub(super) file: FileId,
    pub(super) elements: Vec<Element>,
}

impl Document<'_> {
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        span(self.file, range)
    }

    pub(super) fn children(&self, of: usize) -> impl Iterator<Item = (usize, &Element)> {
        self.elements[of].children.iter().map(|at| (*at, &self.elements[*at]))
    }

    /// The children with this name.
    pub(super) fn all(&self, of: usize, name: &str) -> impl Iterator<Item = (usize, &Element)> {
        self.children(of).filter(move |(_, child)| child.name == name)
    }

    pub(super) fn first(&self, of: usize, name: &str) -> Option<usize> {
        self.all(of, name).next().map(|(at, _)| at)
    }
}

impl Element {
    /// An attribute that says something, trimmed.
    pub(super) fn attribute(&self, name: &str) -> Option<(&str, &Range<usize>)> {
        let found = self.attributes.iter().find(|(known, ..)| known == name);
        found.map(|(_, value, range)| (value.trim(), range)).filter(|(value, _)| !value.is_empty())
    }
}

fn span(file: FileId, range: &Range<usize>) -> Span {
    let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Span { file, start: small(range.start), end: small(range.end) }
}

/// Reads a whole file. `None`: it is not XML or not DMN, and that was said.
pub(super) fn read<'s>(source: &'s str, file: FileId, problems: &mut Diagnostics) -> Option<Document<'s>> {
    let mut reading = Reading { source, file, found: Vec::new(), open: Vec::new(), foreign: 0, seen: 0 };
    match reading.document() {
        Ok(()) => Some(Document { source, file, elements: reading.found }),
        Err(problem) => {
            problems.push(*problem);
            None
        }
    }
}

type Read<T> = Result<T, Box<Diagnostic>>;

struct Reading<'s> {
    source: &'s str,
    file: FileId,
    found: Vec<Element>,
    /// Elements of DMN that are not closed yet.
    open: Vec<usize>,
    /// Open elements of other namespaces, the innermost ones.
    foreign: usize,
    seen: usize,
}

impl Reading<'_> {
    fn wrong<T>(&self, code: &'static str, range: Range<usize>, message: impl Into<String>) -> Read<T> {
        Err(Box::new(Diagnostic::error(code, span(self.file, &range), message)))
    }

    fn document(&mut self) -> Read<()> {
        if let Some((at, letter)) = self.source.char_indices().find(|(_, letter)| !read::is_allowed(*letter))
        {
            let message =
                format!("the file holds the character U+{:04X}, which XML does not allow", u32::from(letter));
            return self.wrong(codes::XML, at..at + letter.len_utf8(), message);
        }
        let mut xml = NsReader::from_str(self.source);
        loop {
            let start = usize::try_from(xml.buffer_position()).unwrap_or(usize::MAX);
            let event = xml.read_resolved_event();
            let (space, event) = match event {
                Ok((space, event)) => (is_dmn(&space), event),
                Err(error) => {
                    let at =
                        usize::try_from(xml.error_position()).unwrap_or(usize::MAX).min(self.source.len());
                    return self.broken(at, &error);
                }
            };
            let end = usize::try_from(xml.buffer_position()).unwrap_or(usize::MAX);
            match event {
                Event::Start(tag) => self.start(&tag, start..end, space, false)?,
                Event::Empty(tag) => self.start(&tag, start..end, space, true)?,
                Event::End(_) => self.end(start),
                Event::DocType(_) => {
                    let hint = "remove `<!DOCTYPE …>`; DMN files have none, and entities are never expanded";
                    let problem = self.wrong::<()>(codes::XML, start..end, "the file has a document type");
                    return problem.map_err(|problem| Box::new(problem.hint(hint)));
                }
                Event::GeneralRef(_) if read::resolve(&self.source[start..end]).is_none() => {
                    let message = format!(
                        "`{}` is not one of the five entities of XML",
                        short(&self.source[start..end])
                    );
                    return self.wrong(codes::XML, start..end, message);
                }
                Event::Text(text) if self.open.is_empty() && !text.trim().is_empty() => {
                    return self.wrong(codes::XML, start..end, "this is not XML");
                }
                Event::Eof => break,
                _ => {}
            }
        }
        let end = self.source.len();
        match (self.open.last(), self.found.is_empty()) {
            (Some(open), _) => {
                let message =
                    format!("the file ends, and `<{}>` is not closed", short(&self.found[*open].name));
                self.wrong(codes::XML, end..end, message)
            }
            (None, true) => self.wrong(codes::XML, 0..end.min(1), "the file holds no element"),
            (None, false) => Ok(()),
        }
    }

    fn broken(&self, at: usize, error: &Error) -> Read<()> {
        let message = match error {
            Error::Syntax(SyntaxError::UnclosedTag) => "the tag that begins here is not closed".to_owned(),
            Error::Syntax(_) => "this is not XML".to_owned(),
            Error::IllFormed(wrong) => format!("this is not XML: {}", short(&wrong.to_string())),
            _ => "this is not XML".to_owned(),
        };
        let at = (0..=at).rev().find(|at| self.source.is_char_boundary(*at)).unwrap_or(0);
        let length = self.source[at..].chars().next().map_or(0, char::len_utf8);
        self.wrong(codes::XML, at..at + length, message)
    }

    fn start(&mut self, tag: &BytesStart<'_>, range: Range<usize>, is_dmn: bool, empty: bool) -> Read<()> {
        self.seen += 1;
        if self.seen > ELEMENTS_MAX {
            let message = format!("the file holds more than {ELEMENTS_MAX} elements");
            return self.wrong(codes::LIMIT, range, message);
        }
        if self.open.len() + self.foreign >= NESTING_MAX {
            let message = format!("elements are nested more than {NESTING_MAX} deep");
            return self.wrong(codes::LIMIT, range, message);
        }
        let name = tag.local_name();
        if self.found.is_empty() && !(is_dmn && name.as_ref() == "definitions") {
            let message = format!("the root `{}` is not `definitions` of DMN", short(name.as_ref()));
            let hint = format!("a DMN file begins with `<definitions xmlns=\"{}\">`", NAMESPACES[3]);
            let problem = self.wrong::<()>(codes::NAMESPACE, range, message);
            return problem.map_err(|problem| Box::new(problem.hint(hint)));
        }
        if self.open.is_empty() && !self.found.is_empty() {
            return self.wrong(codes::XML, range, "a second root element");
        }
        if self.foreign > 0 || !is_dmn {
            self.foreign += usize::from(!empty);
            return Ok(());
        }
        let attributes = self.attributes(tag, &range)?;
        let at = self.found.len();
        let inside = range.end..range.end;
        let name = name.as_ref().to_owned();
        self.found.push(Element { name, attributes, children: Vec::new(), tag: range, inside });
        if let Some(parent) = self.open.last() {
            self.found[*parent].children.push(at);
        }
        if !empty {
            self.open.push(at);
        }
        Ok(())
    }

    fn attributes(
        &self,
        tag: &BytesStart<'_>,
        range: &Range<usize>,
    ) -> Read<Vec<(String, String, Range<usize>)>> {
        let mut found = Vec::new();
        for attribute in tag.attributes() {
            let Ok(attribute) = attribute else {
                return self.wrong(
                    codes::XML,
                    range.clone(),
                    "an attribute of this tag cannot be read, or stands twice",
                );
            };
            if attribute.key.prefix().is_some() || attribute.key.as_ref() == "xmlns" {
                continue;
            }
            // The value stands in the tag as it is.
            let raw = attribute.value.as_ref();
            let offset = (raw.as_ptr() as usize).wrapping_sub(self.source.as_ptr() as usize);
            let place = offset..offset.saturating_add(raw.len());
            let place = if self.source.get(place.clone()) == Some(raw) { place } else { range.clone() };
            found.push((attribute.key.as_ref().to_owned(), read::value(raw).into_owned(), place));
        }
        Ok(found)
    }

    fn end(&mut self, start: usize) {
        if self.foreign > 0 {
            self.foreign -= 1;
        } else if let Some(at) = self.open.pop() {
            self.found[at].inside.end = start;
        }
    }
}

fn is_dmn(space: &ResolveResult<'_>) -> bool {
    matches!(space, ResolveResult::Bound(space) if NAMESPACES.iter().any(|known| *known == space.as_ref()))
}
