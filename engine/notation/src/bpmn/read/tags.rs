//! The file as a row of tags: well-formedness, bounds, and which element is open.
//!
//! **Absent on purpose:** what the elements mean.

use quick_xml::Reader as Xml;
use quick_xml::errors::{Error, IllFormedError, SyntaxError};
use quick_xml::events::Event;

use super::attributes::{self, Wrong};
use super::{
    ATTRIBUTES_MAX, Frame, NAMESPACE, NESTING_MAX, Open, Reader, Stop, VALUE_BYTES_MAX, codes, escape, names,
};
use crate::bpmn::model::{Extent, Space};
use crate::diagnose::Diagnostic;

fn extent(start: usize, end: usize) -> Extent {
    let small = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    Extent { start: small(start), end: small(end) }
}

impl Reader<'_, '_> {
    /// Refuses characters that XML does not have, wherever they stand.
    pub(super) fn characters(&mut self) -> Result<(), Stop> {
        const BLOCK_BYTES: usize = 4096;
        if self.source.trim_ascii().is_empty() {
            let problem = Diagnostic::error(codes::EMPTY, self.span(0, 0), "the file is empty");
            return self.stop(problem.hint("a BPMN file begins with `<definitions>`"));
        }
        let control = |byte: u8| byte < b' ' && !matches!(byte, b'\t' | b'\n' | b'\r');
        // The first byte of U+FFFE and U+FFFF, and of many that are allowed.
        let last_plane = 0xef;
        // Whole blocks are asked without leaving early, which the compiler turns into wide instructions.
        let suspicious =
            |block: &[u8]| block.iter().fold(false, |any, byte| any | control(*byte) | (*byte == last_plane));
        let bytes = self.source.as_bytes();
        let blocks = bytes.chunks(BLOCK_BYTES).enumerate().filter(|(_, block)| suspicious(block));
        let bad = |at: &usize| match bytes[*at] {
            0xef => matches!(bytes.get(at + 1..at + 3), Some([0xbf, 0xbe | 0xbf])),
            byte => control(byte),
        };
        let mut places = blocks.flat_map(|(at, block)| at * BLOCK_BYTES..at * BLOCK_BYTES + block.len());
        let Some(at) = places.find(bad) else { return Ok(()) };
        let letter = self.source[at..].chars().next().unwrap_or_default();
        let message = match letter {
            '\0' => "the file holds a NUL byte".to_owned(),
            _ => {
                format!("the file holds the character U+{:04X}, which XML does not allow", u32::from(letter))
            }
        };
        let span = self.span(at, at + letter.len_utf8());
        self.stop(Diagnostic::error(codes::CHARACTER, span, message))
    }

    /// Reads from the first to the last byte.
    pub(super) fn document(&mut self) -> Result<(), Stop> {
        let mut xml = Xml::from_str(self.source);
        let config = xml.config_mut();
        config.check_end_names = false;
        config.allow_unmatched_ends = true;
        config.allow_dangling_amp = true;
        loop {
            let start = usize::try_from(xml.buffer_position()).unwrap_or(usize::MAX);
            let event = xml.read_event();
            let end = usize::try_from(xml.buffer_position()).unwrap_or(usize::MAX);
            match event {
                Ok(Event::Start(tag)) => self.start(start, end, tag.name().as_ref().len(), false)?,
                Ok(Event::Empty(tag)) => self.start(start, end, tag.name().as_ref().len(), true)?,
                Ok(Event::End(tag)) => self.end(start, end, tag.name().as_ref().len())?,
                Ok(Event::Text(text)) => self.characters_between(start, end, &text)?,
                Ok(Event::CData(_)) => self.outside(start, end)?,
                Ok(Event::GeneralRef(_)) => self.reference(start, end)?,
                Ok(Event::DocType(_)) => {
                    let problem = Diagnostic::error(
                        codes::DOCTYPE,
                        self.span(start, end),
                        "the file has a document type",
                    );
                    let hint = "remove `<!DOCTYPE …>`; BPMN files have none, and entities are never expanded";
                    return self.stop(problem.hint(hint));
                }
                Ok(Event::Decl(_)) if start > 0 => {
                    let message = "the XML declaration is not at the very beginning of the file";
                    return self.stop(Diagnostic::error(codes::MALFORMED, self.span(start, end), message));
                }
                Ok(Event::Decl(_) | Event::Comment(_) | Event::PI(_)) => {}
                Ok(Event::Eof) => return self.finish(),
                Err(error) => {
                    let at = usize::try_from(xml.error_position()).unwrap_or(usize::MAX);
                    return self.broken(at, &error);
                }
            }
            // Errors that nobody will see are not worth looking for.
            if self.problems.is_full() && self.problems.errors() > 0 {
                return Err(Stop);
            }
        }
    }

    fn broken(&mut self, at: usize, error: &Error) -> Result<(), Stop> {
        let (code, message) = match error {
            Error::Syntax(SyntaxError::UnclosedTag) => {
                (codes::TAGS, "the tag that begins here is not closed")
            }
            Error::Syntax(
                SyntaxError::UnclosedSingleQuotedAttributeValue
                | SyntaxError::UnclosedDoubleQuotedAttributeValue,
            ) => (codes::TAGS, "a quote in the tag that begins here is not closed"),
            Error::Syntax(SyntaxError::UnclosedComment) => {
                (codes::MALFORMED, "the comment is not closed by `-->`")
            }
            Error::Syntax(SyntaxError::UnclosedCData) => {
                (codes::MALFORMED, "the CDATA section is not closed by `]]>`")
            }
            Error::Syntax(SyntaxError::UnclosedDoctype)
            | Error::IllFormed(IllFormedError::MissingDoctypeName) => {
                (codes::DOCTYPE, "the file has a document type")
            }
            Error::Syntax(SyntaxError::UnclosedPI | SyntaxError::UnclosedXmlDecl) => {
                (codes::MALFORMED, "the processing instruction is not closed by `?>`")
            }
            _ => (codes::MALFORMED, "this is not XML"),
        };
        self.stop(Diagnostic::error(code, self.span(at, at + 1), message))
    }

    /// The end of the file.
    fn finish(&mut self) -> Result<(), Stop> {
        let end = self.source.len();
        if let Some(frame) = self.open.last() {
            let name = self.slice(frame.name);
            let message = format!("the file ends, and `<{name}>` is not closed");
            let begun = self.at(frame.name);
            let problem = Diagnostic::error(codes::TAGS, self.span(end, end), message);
            return self.stop(problem.other(begun, "it begins here"));
        }
        if !self.done {
            let problem =
                Diagnostic::error(codes::MALFORMED, self.span(0, end.min(1)), "the file holds no element");
            return self.stop(problem.hint("a BPMN file begins with `<definitions>`"));
        }
        Ok(())
    }

    /// Text outside the root, or directly in an element that has none.
    fn outside(&mut self, start: usize, end: usize) -> Result<(), Stop> {
        let Some(frame) = self.open.last() else {
            let span = self.span(start, end);
            let message = if self.done { "text behind the end of the diagram" } else { "this is not XML" };
            let problem = Diagnostic::error(codes::MALFORMED, span, message);
            return self.stop(problem.hint("a BPMN file begins with `<definitions>`"));
        };
        if matches!(frame.open, Open::Element(_) | Open::Definitions) {
            let message = format!("text stands in `{}`, where it has no effect", self.slice(frame.name));
            self.warnings.push(Diagnostic::warning(codes::FOREIGN, self.span(start, end), message));
        }
        Ok(())
    }

    fn characters_between(&mut self, start: usize, end: usize, text: &str) -> Result<(), Stop> {
        let blank = text.trim_ascii();
        if blank.is_empty() {
            return Ok(());
        }
        if text.starts_with('&') {
            self.entity(start, start + 1);
            return Ok(());
        }
        let first = start + (text.len() - text.trim_ascii_start().len());
        self.outside(first, (first + blank.len()).min(end))
    }

    fn reference(&mut self, start: usize, end: usize) -> Result<(), Stop> {
        if escape::resolve(self.slice(extent(start, end))).is_none() {
            self.entity(start, end);
            return Ok(());
        }
        self.outside(start, end)
    }

    /// Says that a reference cannot be resolved. The rest of the file can be read.
    pub(super) fn entity(&mut self, start: usize, end: usize) {
        let written = self.slice(extent(start, end));
        let message = match written {
            "&" => "`&` stands alone".to_owned(),
            _ if written.starts_with("&#") => format!("`{}` is no character that XML allows", short(written)),
            _ => format!("`{}` is not one of the five entities of XML", short(written)),
        };
        let hint = match written {
            "&" => "write `&amp;` for `&`",
            _ => "write the character itself; `&amp;` means `&`",
        };
        let problem = Diagnostic::error(codes::ENTITY, self.span(start, end), message);
        self.problems.push(problem.hint(hint));
    }

    fn start(&mut self, start: usize, end: usize, name_bytes: usize, empty: bool) -> Result<(), Stop> {
        self.seen += 1;
        let tag = extent(start, end);
        let name = extent(start + 1, start + 1 + name_bytes);
        if self.done {
            let problem = Diagnostic::error(codes::TAGS, self.at(name), "a second root element");
            return self.stop(problem.hint("everything stands in one `<definitions>`"));
        }
        if self.seen > self.elements_max {
            let message = format!("the file holds more than {} elements", self.elements_max);
            return self.stop(Diagnostic::error(codes::LIMIT, self.at(name), message));
        }
        if self.open.len() == NESTING_MAX {
            let message = format!("elements are nested more than {NESTING_MAX} deep");
            return self.stop(Diagnostic::error(codes::LIMIT, self.at(name), message));
        }
        let written = self.slice(name);
        if name_bytes == 0 {
            return self.no_name(name);
        }
        let inside = end - if empty { 2 } else { 1 };
        let mut found = std::mem::take(&mut self.written);
        let scanned =
            attributes::scan(self.source.as_bytes(), name.end as usize, inside, ATTRIBUTES_MAX, &mut found);
        self.written = found;
        if let Err(wrong) = scanned {
            return self.wrong(name, wrong);
        }
        let bound = u32::try_from(self.spaces.len()).unwrap_or(u32::MAX);
        self.name_attributes()?;
        let colon = written.bytes().position(|byte| byte == b':');
        let (prefix, local) = colon.map_or(("", written), |colon| (&written[..colon], &written[colon + 1..]));
        let space = self.spaces.find(prefix);
        // A name that BPMN has is well-formed.
        let known = if space == Some(Space::Bpmn) { names::look_up(local) } else { None };
        if known.is_none() && !is_name(written) {
            return self.no_name(name);
        }
        let space = space.unwrap_or_else(|| self.unbound(prefix, name));
        let local_at = Extent { start: name.end - u32::try_from(local.len()).unwrap_or(0), end: name.end };
        let open = match self.open.last().map(|frame| frame.open) {
            Some(parent) => self.element(parent, space, known, local_at, tag),
            None => self.root(space, local_at, tag)?,
        };
        let frame = Frame { open, name, text: tag.end, bound, inner: None };
        if empty {
            self.close(frame, tag.end, tag.end);
        } else {
            self.open.push(frame);
        }
        Ok(())
    }

    fn no_name(&mut self, name: Extent) -> Result<(), Stop> {
        let written = self.slice(name);
        if let Some(at) = written.find('<') {
            return self.wrong(name, Wrong::NotClosed(name.start as usize + at));
        }
        let message = format!("`<{}` begins no element", short(written));
        let span = self.span((name.start as usize).saturating_sub(1), name.end as usize);
        let problem = Diagnostic::error(codes::MALFORMED, span, message);
        self.stop(problem.hint("write `&lt;` for `<` in text"))
    }

    fn root(&mut self, space: Space, local: Extent, tag: Extent) -> Result<Open, Stop> {
        let name = self.slice(local);
        if space == Space::Bpmn && name == "definitions" {
            self.definitions(tag);
            return Ok(Open::Definitions);
        }
        let found = match space {
            Space::Bpmn => format!("the root is `{}`, not `definitions`", short(name)),
            Space::Plain => format!("the root `{}` is in no namespace", short(name)),
            Space::Other(u16::MAX) => return Err(Stop),
            _ => {
                let uri = self.uri(space);
                format!("the root `{}` is in the namespace `{}`, not BPMN 2.0", short(name), short(&uri))
            }
        };
        let problem = Diagnostic::error(codes::NAMESPACE, self.at(local), found);
        self.stop(problem.hint(format!("a BPMN 2.0 file begins with `<definitions xmlns=\"{NAMESPACE}\">`")))
    }

    fn end(&mut self, start: usize, end: usize, name_bytes: usize) -> Result<(), Stop> {
        let name = extent(start + 2, start + 2 + name_bytes);
        let written = self.slice(name);
        let Some(frame) = self.open.pop() else {
            let message = format!("`</{}>` closes nothing", short(written));
            return self.stop(Diagnostic::error(codes::TAGS, self.span(start, end), message));
        };
        let opened = self.slice(frame.name);
        if opened != written {
            let message = format!("`</{}>` closes `<{}>`", short(written), short(opened));
            let begun = self.at(frame.name);
            let problem = Diagnostic::error(codes::TAGS, self.span(start, end), message);
            return self.stop(problem.other(begun, "it begins here"));
        }
        let closing = extent(start, end);
        self.close(frame, closing.start, closing.end);
        Ok(())
    }

    /// A tag whose attributes cannot be read.
    fn wrong(&mut self, name: Extent, wrong: Wrong) -> Result<(), Stop> {
        let tag = short(self.slice(name));
        let (code, start, end, message) = match wrong {
            Wrong::NotClosed(at) => {
                (codes::TAGS, at, at + 1, format!("`<{tag}` is not closed before this `<`"))
            }
            Wrong::NoName(at) => {
                (codes::ATTRIBUTE, at, at + 1, format!("no attribute of `{tag}` begins like this"))
            }
            Wrong::NoValue(start, end) => {
                let name = short(self.source.get(start..end).unwrap_or(""));
                (codes::ATTRIBUTE, start, end, format!("the attribute `{name}` has no value in quotes"))
            }
            Wrong::NoSpace(at) => {
                (codes::ATTRIBUTE, at, at + 1, format!("two attributes of `{tag}` are not set apart"))
            }
            Wrong::TooMany(at) => {
                (codes::LIMIT, at, at + 1, format!("`{tag}` has more than {ATTRIBUTES_MAX} attributes"))
            }
        };
        let mut problem = Diagnostic::error(code, self.span(start, end), message);
        if code == codes::TAGS {
            problem = problem.other(self.at(name), "it begins here").hint("write `&lt;` for `<` in a value");
        }
        self.stop(problem)
    }

    /// A piece of the file, unless it is too long; then that is said.
    pub(super) fn bounded(&mut self, what: &str, extent: Extent) -> bool {
        let length = (extent.end - extent.start) as usize;
        if length > VALUE_BYTES_MAX {
            let what = short(what);
            let message = format!("`{what}` is {length} bytes long; at most {VALUE_BYTES_MAX} are read");
            let start = extent.start as usize;
            self.problems.push(Diagnostic::error(codes::LIMIT, self.span(start, start + 1), message));
        }
        length <= VALUE_BYTES_MAX
    }

    /// An unknown element of BPMN, with what was probably meant.
    pub(super) fn stranger(&mut self, local: Extent) {
        let name = self.slice(local);
        let message = format!("BPMN has no element `{}`", short(name));
        let problem = Diagnostic::error(codes::UNKNOWN, self.at(local), message);
        self.problems.push(problem.did_you_mean(name, names::all()));
        let text = crate::bpmn::model::Text::new(local.start as usize, local.end as usize, false);
        self.diagram.strangers.push(text);
    }
}

/// XML 1.0, §2.3, without its tables: what quick-xml takes for a name and cannot be one.
pub(super) fn is_name(name: &str) -> bool {
    let first = |letter: char| letter.is_alphabetic() || letter == '_';
    let rest =
        |letter: char| letter.is_alphanumeric() || !letter.is_ascii() || matches!(letter, '_' | '-' | '.');
    // Nearly all names are plain letters with one colon at most, inside.
    let bytes = name.as_bytes();
    let plain = bytes.iter().all(|byte| byte.is_ascii_alphabetic() || *byte == b':');
    let colons = bytes.iter().fold(0, |colons, byte| colons + usize::from(*byte == b':'));
    if plain && (colons == 0 || (colons == 1 && !name.starts_with(':') && !name.ends_with(':'))) {
        return !name.is_empty();
    }
    let part = |part: &str| part.starts_with(first) && part.chars().all(rest);
    let mut parts = name.split(':');
    colons < 2 && parts.all(part)
}

/// A piece of a file for a message: bounded, and without line ends.
pub(in crate::bpmn) fn short(text: &str) -> String {
    /// Longer names say nothing more.
    const LETTERS_MAX: usize = 80;
    let mut letters = text.chars().map(|letter| if letter.is_control() { '␀' } else { letter });
    let mut shown: String = letters.by_ref().take(LETTERS_MAX).collect();
    if letters.next().is_some() {
        shown.push('…');
    }
    shown
}
