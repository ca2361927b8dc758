//! Parser events → tree: aliases, merge keys, unique keys, bounds.
//!
//! The stack is a vector, so no depth of nesting can exhaust the thread's. A text that YAML reads otherwise
//! than it was meant (`>= 80%` without quotes) is reported, blanked out and read again, so that the
//! problems behind it are found too.
//!
//! **Absent on purpose:** types of scalars; see [`super::Node::value`].

use std::collections::BTreeMap;
use std::ops::Range;

use serde_saphyr::granit_parser::{Event, Options, Parser, ScalarStyle, Tag};

use super::{ALIASED_NODES_MAX, DEPTH_MAX, Entry, FILE_BYTES_MAX, Kind, NODES_MAX, Node, read, trap};
use crate::diagnose::{DIAGNOSTICS_MAX, Diagnostic, Diagnostics, FileId, SourceMap, Span, codes};

/// How often a text is read again after a trap was blanked out.
const RECOVERIES_MAX: usize = 50;
/// How many bytes are read again in all.
const REREAD_BYTES_MAX: usize = 8 << 20;

/// Reads a file. `None` where there is nothing to decode; what is wrong was said.
pub fn parse(sources: &SourceMap, file: FileId, problems: &mut Diagnostics) -> Option<Node> {
    let original = sources.text(file);
    if original.len() > FILE_BYTES_MAX {
        let span = sources.span(file, 0..0);
        let message = format!("the file is longer than {} MiB", FILE_BYTES_MAX >> 20);
        problems.push(Diagnostic::error(codes::TOO_BIG, span, message));
        return None;
    }
    let mut text = original.to_string();
    let mut broken = Vec::new();
    loop {
        let mut attempt = Composer::new(sources, file, &broken);
        let again = broken.len() < RECOVERIES_MAX && text.len() * (broken.len() + 1) <= REREAD_BYTES_MAX;
        match attempt.run(&text) {
            Ok(()) => {
                let root = attempt.finish(problems);
                return root;
            }
            Err(Stop::Trap(range, diagnostic)) if again => {
                problems.push(*diagnostic);
                text.replace_range(range.clone(), &"x".repeat(range.len()));
                broken.push(range);
            }
            Err(Stop::Trap(_, diagnostic) | Stop::Syntax(diagnostic)) => {
                let mut found = std::mem::take(&mut attempt.problems);
                found.push(*diagnostic);
                found.into_iter().for_each(|diagnostic| problems.push(diagnostic));
                return None;
            }
        }
    }
}

/// Why reading ended before the end.
pub(super) enum Stop {
    /// A value that needs quotes; blanked out, the rest can be read.
    Trap(Range<usize>, Box<Diagnostic>),
    /// Not YAML from here on.
    Syntax(Box<Diagnostic>),
}

/// A list or map whose end has not come.
struct Open {
    anchor: usize,
    span: Span,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Map { entries: Vec<Entry>, key: Option<(Box<str>, Span)>, merges: Vec<(Span, Node)> },
}

/// A value that aliases may stand for.
struct Anchored {
    node: Node,
    nodes: usize,
    depth: usize,
}

struct Composer<'a> {
    sources: &'a SourceMap,
    file: FileId,
    broken: &'a [Range<usize>],
    open: Vec<Open>,
    anchors: BTreeMap<usize, Anchored>,
    root: Option<Node>,
    nodes: usize,
    aliased: usize,
    problems: Vec<Diagnostic>,
}

impl<'a> Composer<'a> {
    fn new(sources: &'a SourceMap, file: FileId, broken: &'a [Range<usize>]) -> Self {
        Self {
            sources,
            file,
            broken,
            open: Vec::new(),
            anchors: BTreeMap::new(),
            root: None,
            nodes: 0,
            aliased: 0,
            problems: Vec::new(),
        }
    }

    fn run(&mut self, text: &str) -> Result<(), Stop> {
        let mut options = Options::default();
        options.set_emit_comments(false);
        options.emit_unresolved_aliases = true;
        options.emit_anchor_events = true;
        options.flow_nesting_limit = DEPTH_MAX;
        options.block_nesting_limit = DEPTH_MAX;
        let mut documents = 0usize;
        for event in Parser::new_from_str_with_options(text, options) {
            let (event, at) = match event {
                Ok(found) => found,
                Err(error) => return Err(trap::explain(self.sources, self.file, &error)),
            };
            let span = self.sources.span(self.file, at.byte_range().unwrap_or(0..0));
            if matches!(event, Event::DocumentStart(..)) {
                documents += 1;
                if documents > 1 {
                    let message = "the file holds several YAML documents";
                    let found = Diagnostic::error(codes::DOCUMENTS, span, message);
                    return Err(Stop::Syntax(Box::new(
                        found.hint("one file holds one document; remove `---`"),
                    )));
                }
            }
            let tag_at = at.tag_span().and_then(|tag| tag.byte_range());
            self.take(event, span, tag_at)?;
        }
        Ok(())
    }

    fn take(&mut self, event: Event<'_>, span: Span, tag_at: Option<Range<usize>>) -> Result<(), Stop> {
        match event {
            Event::Scalar(text, style, anchor, tag) => {
                let mut plain = style == ScalarStyle::Plain;
                let kind = if self.broken.iter().any(|range| range.start == span.start as usize) {
                    Kind::Broken
                } else if self.tag_is_fine(tag.as_deref(), tag_at, span, &mut plain) {
                    Kind::Scalar { text: text.into(), plain }
                } else {
                    Kind::Broken
                };
                self.put(Node { span, kind }, anchor)
            }
            Event::SequenceStart(_, anchor, tag) => {
                self.tag_is_fine(tag.as_deref(), tag_at, span, &mut false);
                self.begin(anchor, span, Content::List(Vec::new()))
            }
            Event::MappingStart(_, anchor, tag) => {
                self.tag_is_fine(tag.as_deref(), tag_at, span, &mut false);
                let content = Content::Map { entries: Vec::new(), key: None, merges: Vec::new() };
                self.begin(anchor, span, content)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end(span),
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                let diagnostic = if name.contains(['*', '/', '.', '(']) {
                    trap::quotes(self.sources, span, "`*` at the beginning of a value is a YAML alias")
                } else {
                    let message = format!("no anchor `&{name}` is defined above");
                    Diagnostic::error(codes::ANCHOR, span, message)
                };
                say(&mut self.problems, diagnostic);
                self.put(Node { span, kind: Kind::Broken }, 0)
            }
            Event::Anchor(_, name) => {
                if name
                    .contains(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.')))
                {
                    let why = "`&` at the beginning of a value is a YAML anchor";
                    say(&mut self.problems, trap::quotes(self.sources, span, why));
                }
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Tags have no meaning here; the standard ones for text are obeyed, and an unquoted `!` is explained.
    fn tag_is_fine(
        &mut self,
        tag: Option<&Tag>,
        at: Option<Range<usize>>,
        span: Span,
        plain: &mut bool,
    ) -> bool {
        let Some(tag) = tag else { return true };
        if tag.is_yaml_core_schema() {
            *plain = *plain && tag.core_suffix() != Some("str");
            return true;
        }
        let start = at.map_or(span.start as usize, |range| range.start);
        let place = self.sources.span(self.file, start..span.end as usize);
        let message = "`!` at the beginning of a value is a YAML tag";
        say(&mut self.problems, trap::quotes(self.sources, place, message));
        false
    }

    fn begin(&mut self, anchor: usize, span: Span, content: Content) -> Result<(), Stop> {
        if self.open.len() >= DEPTH_MAX {
            return Err(self.too_deep(span));
        }
        self.open.push(Open { anchor, span, content });
        Ok(())
    }

    fn too_deep(&self, span: Span) -> Stop {
        let message = format!("values lie more than {DEPTH_MAX} levels deep inside each other");
        Stop::Syntax(Box::new(Diagnostic::error(codes::TOO_BIG, span, message)))
    }

    fn end(&mut self, span: Span) -> Result<(), Stop> {
        let Some(open) = self.open.pop() else { return Ok(()) };
        let whole = open.span.to(span);
        let kind = match open.content {
            Content::List(items) => Kind::List(items),
            Content::Map { entries, merges, .. } => {
                let mut entries = self.unique(entries);
                for (at, node) in merges {
                    self.merge(&mut entries, at, node)?;
                }
                Kind::Map(entries)
            }
        };
        // The end of a block collection is where the next thing begins: cut the space between.
        let text = self.sources.slice(whole);
        let whole = whole.part(0, text.trim_end().len());
        self.put(Node { span: whole, kind }, open.anchor)
    }

    /// Puts a finished value where it belongs: into the list or map that is open, or at the root.
    fn put(&mut self, node: Node, anchor: usize) -> Result<(), Stop> {
        self.nodes += 1;
        if self.nodes + self.aliased > NODES_MAX {
            let message = format!("the file holds more than {NODES_MAX} values");
            return Err(Stop::Syntax(Box::new(Diagnostic::error(codes::TOO_BIG, node.span, message))));
        }
        if anchor != 0 {
            let (nodes, depth) = extent(&node);
            self.anchors.insert(anchor, Anchored { node: node.clone(), nodes, depth });
            // A copy is kept for the aliases, so an anchor costs as much as an alias.
            self.spend(nodes, node.span)?;
        }
        self.place(node);
        Ok(())
    }

    fn place(&mut self, node: Node) {
        match self.open.last_mut().map(|open| &mut open.content) {
            None => self.root = Some(node),
            Some(Content::List(items)) => items.push(node),
            Some(Content::Map { entries, key, merges }) => match key.take() {
                None => *key = Some(as_key(self.sources, &mut self.problems, node)),
                Some((name, span)) if &*name == "<<" => merges.push((span, node)),
                Some((name, span)) => entries.push(Entry { key: name, key_span: span, value: node }),
            },
        }
    }

    fn alias(&mut self, id: usize, span: Span) -> Result<(), Stop> {
        let Some(found) = self.anchors.get(&id) else {
            let message = "an alias stands inside the value that it names";
            say(&mut self.problems, Diagnostic::error(codes::ANCHOR, span, message));
            return self.put(Node { span, kind: Kind::Broken }, 0);
        };
        if self.open.len() + found.depth > DEPTH_MAX {
            return Err(self.too_deep(span));
        }
        let (nodes, node) = (found.nodes, Node { span, kind: found.node.kind.clone() });
        self.spend(nodes, span)?;
        self.place(node);
        Ok(())
    }

    /// Counts values that were not written but copied.
    fn spend(&mut self, nodes: usize, span: Span) -> Result<(), Stop> {
        self.aliased += nodes;
        if self.aliased <= ALIASED_NODES_MAX {
            return Ok(());
        }
        let message = format!("aliases expand to more than {ALIASED_NODES_MAX} values");
        Err(Stop::Syntax(Box::new(Diagnostic::error(codes::TOO_BIG, span, message))))
    }

    /// Refuses a key that is there twice, with both places; the first stays.
    fn unique(&mut self, entries: Vec<Entry>) -> Vec<Entry> {
        let mut seen: BTreeMap<&str, Span> = BTreeMap::new();
        let mut twice = Vec::new();
        for (at, entry) in entries.iter().enumerate() {
            if entry.key.is_empty() {
                continue;
            }
            match seen.get(&*entry.key) {
                Some(first) => {
                    twice.push(at);
                    let message = format!("the key `{}` is here twice", entry.key);
                    let found = Diagnostic::error(codes::DUPLICATE_KEY, entry.key_span, message);
                    say(&mut self.problems, found.other(*first, "first written here"));
                }
                None => {
                    seen.insert(&entry.key, entry.key_span);
                }
            }
        }
        if twice.is_empty() {
            return entries;
        }
        let kept = entries.into_iter().enumerate().filter(|(at, _)| twice.binary_search(at).is_err());
        kept.map(|(_, entry)| entry).collect()
    }

    /// `<<`: keys that are not there yet are taken over; earlier maps of a list win.
    fn merge(&mut self, entries: &mut Vec<Entry>, key: Span, node: Node) -> Result<(), Stop> {
        let sources = match node.kind {
            Kind::Broken => return Ok(()),
            Kind::List(items) => items,
            _ => vec![node],
        };
        let mut present: BTreeMap<Box<str>, ()> =
            entries.iter().map(|entry| (entry.key.clone(), ())).collect();
        for source in sources {
            let Kind::Map(found) = source.kind else {
                let message = format!("`<<` takes a map, not {}", read::what(&source));
                let found = Diagnostic::error(codes::MERGE, source.span, message).other(key, "merged here");
                say(&mut self.problems, found);
                continue;
            };
            self.spend(found.len(), source.span)?;
            for entry in found {
                if present.insert(entry.key.clone(), ()).is_none() {
                    entries.push(entry);
                }
            }
        }
        Ok(())
    }

    fn finish(self, problems: &mut Diagnostics) -> Option<Node> {
        self.problems.into_iter().for_each(|diagnostic| problems.push(diagnostic));
        let nothing =
            self.root.as_ref().is_none_or(|root| root.is_null() && root.span.start == root.span.end);
        if nothing {
            let span = self.sources.span(self.file, 0..0);
            problems.push(Diagnostic::error(codes::EMPTY, span, "the file holds nothing"));
            return None;
        }
        self.root
    }
}

/// Keeps as many as will be shown, and one more.
fn say(problems: &mut Vec<Diagnostic>, diagnostic: Diagnostic) {
    if problems.len() <= DIAGNOSTICS_MAX {
        problems.push(diagnostic);
    }
}

/// The text of a key. Whatever else stands there is said and named by the empty text.
fn as_key(sources: &SourceMap, problems: &mut Vec<Diagnostic>, node: Node) -> (Box<str>, Span) {
    let span = node.span;
    let diagnostic = match node.kind {
        // The parser gives a key that is not there as `~` in no place.
        Kind::Scalar { text, plain } if !plain || span.start < span.end => return (text, span),
        Kind::Broken => return (Box::default(), span),
        Kind::Scalar { .. } => Diagnostic::error(codes::KEY, span, "a key is missing before the `:`"),
        Kind::Map(_) if sources.slice(span).starts_with('{') => {
            let before = sources.span(span.file, 0..span.start as usize);
            let outer = sources.slice(before).trim_end();
            let start = if outer.ends_with('{') { outer.len() - 1 } else { span.start as usize };
            let whole = sources.span(span.file, start..span.end as usize);
            trap::quotes(sources, whole, "`{` at the beginning of a value opens a YAML map")
        }
        kind => {
            let what = read::what(&Node { span, kind });
            Diagnostic::error(codes::KEY, span, format!("a key must be text, not {what}"))
        }
    };
    say(problems, diagnostic);
    (Box::default(), span)
}

/// How many values a tree holds, and how deep it is. Bounded by [`DEPTH_MAX`].
fn extent(node: &Node) -> (usize, usize) {
    let inner = |found: (usize, usize), child: &Node| {
        let (nodes, depth) = extent(child);
        (found.0 + nodes, found.1.max(depth + 1))
    };
    match &node.kind {
        Kind::List(items) => items.iter().fold((1, 1), inner),
        Kind::Map(entries) => entries.iter().map(|entry| &entry.value).fold((1, 1), inner),
        Kind::Broken | Kind::Scalar { .. } => (1, 0),
    }
}
