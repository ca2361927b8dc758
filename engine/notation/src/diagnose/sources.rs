//! The texts that were read, so that a place can be shown and a node be found again.
//!
//! **Absent on purpose:** reading files. Names are what people are shown, not paths to open.

use std::sync::{Arc, OnceLock};

use dod_kernel::id::NodeId;

/// A file of a [`SourceMap`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FileId(pub u32);

/// A range of bytes of one file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    /// The file.
    pub file: FileId,
    /// Its first byte.
    pub start: u32,
    /// The byte behind its last one.
    pub end: u32,
}

impl Span {
    /// The part of this span from `start` to `end`, counted from its own beginning and cut to fit.
    #[must_use]
    pub fn part(self, start: usize, end: usize) -> Self {
        let cut = |at: usize| self.end.min(self.start.saturating_add(u32::try_from(at).unwrap_or(u32::MAX)));
        Self { file: self.file, start: cut(start), end: cut(end).max(cut(start)) }
    }

    /// From the beginning of this span to the end of the other, which is in the same file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start, end: other.end.max(self.start) }
    }
}

/// A span in words for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file's name.
    pub file: String,
    /// The line it begins on, from 1.
    pub line: u32,
    /// The character of that line it begins at, from 1.
    pub column: u32,
    /// The line it ends on.
    pub line_end: u32,
    /// The character behind its last one.
    pub column_end: u32,
}

#[derive(Clone, Debug)]
struct Source {
    name: String,
    text: Arc<str>,
    /// Worked out when the first place is asked for: most files have nothing to show.
    line_starts: OnceLock<Vec<u32>>,
}

fn line_starts(text: &str) -> Vec<u32> {
    let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n');
    let starts = ends.map(|(at, _)| u32::try_from(at + 1).unwrap_or(u32::MAX));
    std::iter::once(0).chain(starts).collect()
}

/// Every text that was read for one check, in the order of reading, and where each node of the workflow
/// was written. File 0 is the one that the check began with.
#[derive(Clone, Debug, Default)]
pub struct SourceMap {
    files: Vec<Source>,
    nodes: Vec<Span>,
}

impl SourceMap {
    /// Adds a text under the name that people are shown.
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<Arc<str>>) -> FileId {
        self.files.push(Source { name: name.into(), text: text.into(), line_starts: OnceLock::new() });
        FileId(u32::try_from(self.files.len() - 1).expect("a check reads few files"))
    }

    /// How many files there are.
    pub fn files(&self) -> impl ExactSizeIterator<Item = FileId> + use<> {
        (0..u32::try_from(self.files.len()).expect("a check reads few files")).map(FileId)
    }

    /// A file's name.
    pub fn name(&self, file: FileId) -> &str {
        self.files.get(file.0 as usize).map_or("", |source| &source.name)
    }

    /// A file's text. Cheap to clone.
    pub fn text(&self, file: FileId) -> Arc<str> {
        self.files.get(file.0 as usize).map_or_else(|| Arc::from(""), |source| Arc::clone(&source.text))
    }

    /// A span of a file, cut to fit.
    pub fn span(&self, file: FileId, range: std::ops::Range<usize>) -> Span {
        let length = self.files.get(file.0 as usize).map_or(0, |source| source.text.len());
        let cut = |at: usize| u32::try_from(at.min(length)).unwrap_or(u32::MAX);
        Span { file, start: cut(range.start), end: cut(range.end).max(cut(range.start)) }
    }

    /// The text of a span; empty where it does not lie in its file.
    pub fn slice(&self, span: Span) -> &str {
        self.files
            .get(span.file.0 as usize)
            .and_then(|source| source.text.get(span.start as usize..span.end as usize))
            .unwrap_or("")
    }

    /// A span in words for people.
    pub fn place(&self, span: Span) -> Place {
        let (line, column) = self.line_column(span.file, span.start);
        let (line_end, column_end) = self.line_column(span.file, span.end);
        Place { file: self.name(span.file).to_owned(), line, column, line_end, column_end }
    }

    fn line_column(&self, file: FileId, at: u32) -> (u32, u32) {
        let Some(source) = self.files.get(file.0 as usize) else { return (1, 1) };
        let line_starts = source.line_starts.get_or_init(|| line_starts(&source.text));
        let line = line_starts.partition_point(|start| *start <= at).max(1);
        let start = line_starts[line - 1] as usize;
        let before = source.text.get(start..at as usize).unwrap_or("");
        let count = |number: usize| u32::try_from(number).unwrap_or(u32::MAX);
        (count(line), count(before.chars().count() + 1))
    }

    /// Where the node was written: the name of its step.
    pub fn node(&self, node: NodeId) -> Option<Span> {
        self.nodes.get(node.index()).copied()
    }

    /// Says where the nodes were written, in their order.
    pub(crate) fn set_nodes(&mut self, nodes: Vec<Span>) {
        self.nodes = nodes;
    }
}
