//! Bytes → [`Diagram`], in one pass over the file, with everything that is wrong with it.
//!
//! ```text
//!   decode   bytes → text                 attributes   one start tag → its attributes
//!   names    what each element becomes    spaces       prefix → namespace
//!   build    tags → rows of the diagram   place        what may stand where
//!   drawing  the same for BPMNDI          resolve      ids → elements, when all are known
//! ```
//!
//! A file that is not XML or not BPMN ends at the place where that is seen, without a diagram. Everything else is
//! reported and read on, so that all of it is known at once.
//!
//! **Absent on purpose:** recursion (open elements are a list with a bound), entities (any document type is
//! refused), other files, and judgement about what a diagram means.

mod attributes;
mod build;
mod decode;
mod drawing;
mod escape;
mod names;
mod place;
mod resolve;
mod spaces;
mod tags;

use std::sync::Arc;

use super::codes;
use super::model::{Diagram, ElementId, Extent, Role, Text};
use crate::diagnose::{Diagnostic, Diagnostics, FileId, SourceMap, Span};

pub(in crate::bpmn) use escape::{content, is_allowed, raw_offset, resolve, value};
pub(in crate::bpmn) use names::{COUNT, name};
pub(in crate::bpmn) use tags::short;

/// BPMN 2.0 in all its minor versions (OMG formal/2011-01-03, `BPMN20.xsd`).
pub const NAMESPACE: &str = "http://www.omg.org/spec/BPMN/20100524/MODEL";

/// Attributes and elements that bind a diagram to `dod`.
pub const DOD_NAMESPACE: &str = "urn:dod:bpmn:1";

/// Longer files are not read. What a file of this size becomes fits into the memory of a small machine.
pub const FILE_BYTES_MAX: usize = 128 << 20;
/// Elements stand in each other at most so deep. People nest a handful.
pub const NESTING_MAX: usize = 256;
/// At most so many elements of any kind are read of one file.
pub const ELEMENTS_MAX: usize = 4_000_000;
/// A tag has at most so many attributes; each is compared with the others.
pub const ATTRIBUTES_MAX: usize = 256;
/// An attribute or a text between tags is at most so long. Scripts fit; what does not is no diagram.
pub const VALUE_BYTES_MAX: usize = 1 << 20;
/// At most so many warnings about one file are kept, so that they do not crowd out errors.
pub const WARNINGS_MAX: usize = 50;
/// An id is at most so long: it stands in every event of a run's log that is about its element.
pub const ID_BYTES_MAX: usize = 500;
/// At most so many namespaces are named by one file, and so many prefixes bound at one place.
pub const NAMESPACES_MAX: usize = 256;

/// Reads a file that people know by `name`. `None` if what it holds is no diagram; then, and whenever something
/// else is wrong, `problems` says so.
pub fn read(
    name: &str,
    bytes: Vec<u8>,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<Diagram> {
    let (source, file) = open(name, bytes, FILE_BYTES_MAX, sources, problems)?;
    read_text(&source, file, problems)
}

/// The text of a file. `None` if it is none, or too long; then `problems` says so.
pub(in crate::bpmn) fn open(
    name: &str,
    bytes: Vec<u8>,
    bytes_max: usize,
    sources: &mut SourceMap,
    problems: &mut Diagnostics,
) -> Option<(Arc<str>, FileId)> {
    if bytes.len() > bytes_max {
        let span = Span { file: sources.add(name, ""), start: 0, end: 0 };
        let message = format!("the file is {} bytes long; at most {bytes_max} are read", bytes.len());
        problems.push(Diagnostic::error(codes::LIMIT, span, message));
        return None;
    }
    let decoded = decode::decode(bytes);
    let source: Arc<str> = decoded.text.into();
    let file = sources.add(name, Arc::clone(&source));
    if let Some(problem) = decoded.problem {
        let span = sources.span(file, problem.at);
        problems.push(Diagnostic::error(problem.code, span, problem.message).hint(problem.hint));
        return None;
    }
    Some((source, file))
}

/// Reads a text that is in a [`SourceMap`] already.
pub fn read_text(source: &Arc<str>, file: FileId, problems: &mut Diagnostics) -> Option<Diagram> {
    read_within(source, file, problems, ELEMENTS_MAX)
}

/// [`read_text`] with a bound that a test can reach.
fn read_within(
    source: &Arc<str>,
    file: FileId,
    problems: &mut Diagnostics,
    elements_max: usize,
) -> Option<Diagram> {
    let mut reader = Reader::new(source, Diagram::empty(file, Arc::clone(source)), problems, elements_max);
    let complete = reader.characters().and_then(|()| reader.document());
    let Reader { mut diagram, hints, mut warnings, problems, .. } = reader;
    if complete.is_err() {
        warnings.finish(problems);
        return None;
    }
    resolve::resolve(&mut diagram, &hints, problems, &mut warnings);
    warnings.finish(problems);
    Some(diagram)
}

/// Warnings, of which the first few are kept and the others counted.
#[derive(Debug, Default)]
struct Warnings {
    kept: Vec<Diagnostic>,
    more: usize,
}

impl Warnings {
    fn push(&mut self, warning: Diagnostic) {
        if self.kept.len() < WARNINGS_MAX {
            self.kept.push(warning);
        } else {
            self.more += 1;
        }
    }

    /// Hands them on, with a word about those that were only counted.
    fn finish(mut self, problems: &mut Diagnostics) {
        if let Some(last) = self.kept.last().filter(|_| self.more > 0) {
            let message = format!("{} more warnings about this file are not shown", self.more);
            self.kept.push(Diagnostic::warning(codes::FOREIGN, last.span, message));
        }
        for warning in self.kept {
            problems.push(warning);
        }
    }
}

/// The rest of the file cannot be read; why was reported.
#[derive(Debug)]
struct Stop;

/// What an element is that is not closed yet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    /// `<definitions>`.
    Definitions,
    /// A row of [`Diagram::elements`].
    Element(ElementId),
    /// A row of the passages.
    Passage(u32),
    /// The name of another element, for an element.
    Reference(ElementId, Role),
    /// `<incoming>` or, if true, `<outgoing>` of a node.
    Hint(ElementId, bool),
    /// `<extensionElements>`; of `<definitions>` where there is no element.
    Extensions(Option<ElementId>),
    /// A row of the extensions, and how deep it is.
    Extension(u32, u16),
    /// `<BPMNDiagram>`.
    Drawing,
    /// `<BPMNPlane>`.
    Plane,
    /// A row of the shapes, or the label of one.
    Shape(u32),
    /// See [`Open::Shape`].
    ShapeLabel(u32),
    /// A row of the edges, or the label of one.
    Edge(u32),
    /// See [`Open::Edge`].
    EdgeLabel(u32),
    /// Something without meaning, or that was reported.
    Ignored,
}

/// An element that is not closed yet.
#[derive(Clone, Copy, Debug)]
struct Frame {
    open: Open,
    /// Its name with the prefix, as it must be closed.
    name: Extent,
    /// The byte behind its start tag.
    text: u32,
    /// How many prefixes were bound around it.
    bound: u32,
    /// Where text holds elements: the beginning of the first, the end of the last.
    inner: Option<(u32, u32)>,
}

/// What `<incoming>` or `<outgoing>` says of a node.
#[derive(Clone, Copy, Debug)]
struct Hint {
    node: ElementId,
    flow: Text,
    outgoing: bool,
}

/// An attribute whose namespace is known.
#[derive(Clone, Copy, Debug)]
struct Named<'s> {
    space: super::model::Space,
    local: &'s str,
    name: Extent,
    value: Extent,
    escaped: bool,
}

/// One pass over one file.
struct Reader<'s, 'p> {
    source: &'s str,
    problems: &'p mut Diagnostics,
    warnings: Warnings,
    /// What was read so far.
    diagram: Diagram,
    open: Vec<Frame>,
    spaces: spaces::Spaces<'s>,
    /// Attributes of the tag that is being read.
    written: Vec<attributes::Written>,
    named: Vec<Named<'s>>,
    hints: Vec<Hint>,
    /// Elements of any kind so far, and how many there may be.
    seen: usize,
    elements_max: usize,
    /// The root was closed.
    done: bool,
}

impl<'s, 'p> Reader<'s, 'p> {
    fn new(source: &'s str, diagram: Diagram, problems: &'p mut Diagnostics, elements_max: usize) -> Self {
        Self {
            source,
            problems,
            warnings: Warnings::default(),
            diagram,
            open: Vec::new(),
            spaces: spaces::Spaces::default(),
            written: Vec::new(),
            named: Vec::new(),
            hints: Vec::new(),
            seen: 0,
            elements_max,
            done: false,
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        let cut = |at: usize| u32::try_from(at.min(self.source.len())).unwrap_or(u32::MAX);
        Span { file: self.diagram.file, start: cut(start), end: cut(end).max(cut(start)) }
    }

    fn at(&self, extent: Extent) -> Span {
        self.span(extent.start as usize, extent.end as usize)
    }

    fn slice(&self, extent: Extent) -> &'s str {
        self.source.get(extent.start as usize..extent.end as usize).unwrap_or("")
    }

    fn stop<T>(&mut self, problem: Diagnostic) -> Result<T, Stop> {
        self.problems.push(problem);
        Err(Stop)
    }

    /// A text whose escapes are resolved; kept a second time only if that changes it.
    fn keep(&mut self, extent: Extent, decoded: Option<&str>) -> Text {
        let text = Text::new(extent.start as usize, extent.end as usize, decoded.is_some());
        if let Some(decoded) = decoded {
            self.diagram.decoded.push((extent.start, decoded.into()));
        }
        text
    }
}

#[cfg(test)]
mod tests;
