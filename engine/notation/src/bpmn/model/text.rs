//! A piece of the file, or what XML's escapes make of it.

use std::num::NonZeroU32;

use super::{Diagram, Extent};
use crate::diagnose::Span;

/// A piece of text that stands in the file. Ask [`Diagram::text`] for it and [`Diagram::span`] for its place.
///
/// Invariant: `end` is the byte behind its last one plus one, so that it is never zero; the top bit of `start`
/// says that the text differs from the file, because it holds references, comments or line ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    start: u32,
    end: NonZeroU32,
}

/// Set in `start` where the text is kept decoded.
const DECODED: u32 = 1 << 31;

impl Text {
    pub(in crate::bpmn) fn new(start: usize, end: usize, decoded: bool) -> Self {
        let small = |at: usize| u32::try_from(at).unwrap_or(DECODED - 1).min(DECODED - 1);
        let end = NonZeroU32::new(small(end) + 1).expect("one more than a number is not zero");
        Self { start: small(start) | if decoded { DECODED } else { 0 }, end }
    }

    /// Where it stands.
    #[must_use]
    pub fn extent(self) -> Extent {
        Extent { start: self.start & !DECODED, end: self.end.get() - 1 }
    }

    pub(in crate::bpmn) fn is_decoded(self) -> bool {
        self.start & DECODED != 0
    }
}

impl Diagram {
    /// What a piece of text says, with references resolved. Not trimmed.
    #[must_use]
    pub fn text(&self, text: Text) -> &str {
        let Extent { start, end } = text.extent();
        if text.is_decoded() {
            let found = self.decoded.binary_search_by_key(&start, |(at, _)| *at);
            return found.map_or("", |at| &self.decoded[at].1);
        }
        self.source.get(start as usize..end as usize).unwrap_or("")
    }

    /// Where a piece of text stands.
    #[must_use]
    pub fn span(&self, text: Text) -> Span {
        self.place(text.extent())
    }

    /// Where something stands.
    #[must_use]
    pub fn place(&self, extent: Extent) -> Span {
        Span { file: self.file, start: extent.start, end: extent.end }
    }

    /// Where a part of a text stands, counted in bytes of [`Diagram::text`]. Exact also where the text holds
    /// references (`&lt;`) or CDATA sections.
    #[must_use]
    pub fn part(&self, text: Text, range: std::ops::Range<usize>) -> Span {
        let whole = self.span(text);
        if !text.is_decoded() {
            return whole.part(range.start, range.end);
        }
        let raw = self.source.get(whole.start as usize..whole.end as usize).unwrap_or("");
        let at = |wanted: usize| crate::bpmn::read::raw_offset(raw, wanted);
        whole.part(at(range.start), at(range.end))
    }
}
