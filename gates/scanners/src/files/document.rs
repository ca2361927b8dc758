//! Markdown → the places it links to and the places that can be linked to.
//!
//! Read as CommonMark with what GitHub adds. Anchors are those that GitHub makes of headings, those of HTML (`id`,
//! `name`), and those that static site builders take from `{#id}` behind a heading.
//!
//! **Absent on purpose:** whether a place is there; other languages of documents.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;
use std::sync::LazyLock;

use pulldown_cmark::{BrokenLink, Event, LinkType, Options, Parser, Tag, TagEnd};
use regex::Regex;

/// Ends of the names of documents.
const ENDS: &[&str] = &[".md", ".markdown", ".mdown", ".mkd"];

/// Bytes of a document that are read.
const DOCUMENT_BYTES_MAX: usize = 8 * 1024 * 1024;

/// Whether a file is a document.
pub(super) fn is_one(path: &str) -> bool {
    let lower = path.to_ascii_lowercase();
    ENDS.iter().any(|end| lower.ends_with(end))
}

/// A place that a document links to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Link {
    /// As written, or the label of a reference that nothing defines.
    pub(super) target: Target,
    /// Line, from 1.
    pub(super) line: u64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    Place(String),
    Undefined(String),
}

/// A document.
#[derive(Debug, Default)]
pub(super) struct Document {
    pub(super) links: Vec<Link>,
    pub(super) anchors: BTreeSet<String>,
    /// Bytes in blocks of code.
    pub(super) code: Vec<Range<usize>>,
    /// Lines on which a comment allows findings, by rule.
    allowed: BTreeMap<&'static str, BTreeSet<u64>>,
    /// It was not read to its end.
    pub(super) is_cut: bool,
}

impl Document {
    pub(super) fn read(path: &str, text: &[u8]) -> Self {
        let is_cut = text.len() > DOCUMENT_BYTES_MAX;
        let text = String::from_utf8_lossy(&text[..text.len().min(DOCUMENT_BYTES_MAX)]);
        let mut reader = Reader::new(&text);
        reader.read();
        let Reader { mut document, .. } = reader;
        document.is_cut = is_cut;
        // Whoever sees the document on GitHub is at its beginning with these.
        document.anchors.extend(["".to_owned(), "top".to_owned()]);
        if path.to_ascii_lowercase().contains("readme") {
            document.anchors.insert("readme".to_owned());
        }
        document
    }
}

impl Document {
    /// Whether a comment on the line, or on the line before it, allows a finding.
    pub(super) fn allows(&self, rule: &str, line: u64) -> bool {
        let lines = self.allowed.get(rule);
        lines.is_some_and(|lines| lines.contains(&line) || lines.contains(&(line - 1)))
    }
}

struct Reader<'t> {
    text: &'t str,
    /// Where lines begin.
    lines: Vec<usize>,
    document: Document,
    /// Text of the heading that is being read, and how deep in pictures, whose words are no part of it.
    heading: Option<String>,
    pictures: usize,
    slugs: Slugs,
}

impl<'t> Reader<'t> {
    fn new(text: &'t str) -> Self {
        let ends = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(ends).collect();
        let (document, slugs) = (Document::default(), Slugs::default());
        Self { text, lines, document, heading: None, pictures: 0, slugs }
    }

    fn read(&mut self) {
        let mut options = Options::empty();
        options.insert(Options::ENABLE_TABLES);
        options.insert(Options::ENABLE_FOOTNOTES);
        options.insert(Options::ENABLE_STRIKETHROUGH);
        options.insert(Options::ENABLE_TASKLISTS);
        options.insert(Options::ENABLE_HEADING_ATTRIBUTES);
        options.insert(Options::ENABLE_YAML_STYLE_METADATA_BLOCKS);
        options.insert(Options::ENABLE_GFM);
        let text = self.text;
        let mut undefined = Vec::new();
        let mut note = |link: BrokenLink<'_>| {
            // `[text]` and `[text][]` are brackets to most who write them; so is what follows a word: `a[i][j]`.
            let behind_word = text[..link.span.start].ends_with(|c: char| c.is_alphanumeric() || c == ']');
            if link.link_type == LinkType::Reference && !behind_word {
                undefined.push((link.span.start, link.reference.to_string()));
            }
            None
        };
        let events = Parser::new_with_broken_link_callback(text, options, Some(&mut note)).into_offset_iter();
        for (event, range) in events {
            self.event(event, range);
        }
        for (at, label) in undefined {
            self.link(Target::Undefined(label), at);
        }
        self.document.links.sort_by_key(|link| link.line);
        for rule in ["broken-link", "broken-anchor"] {
            let mark = format!("{}{rule}", super::content::ALLOW);
            let lines = text.match_indices(&mark).map(|(at, _)| self.line(at));
            self.document.allowed.insert(rule, lines.collect());
        }
    }

    fn line(&self, at: usize) -> u64 {
        self.lines.partition_point(|start| *start <= at) as u64
    }

    fn event(&mut self, event: Event<'_>, range: Range<usize>) {
        match event {
            Event::Start(Tag::Heading { id, .. }) => {
                self.document.anchors.extend(id.map(|id| id.to_string()));
                self.heading = Some(String::new());
            }
            Event::End(TagEnd::Heading(_)) => {
                let heading = self.heading.take().unwrap_or_default();
                let slug = self.slugs.next(&heading);
                self.document.anchors.insert(slug);
            }
            Event::Start(Tag::Link { link_type, dest_url, .. })
                if !matches!(link_type, LinkType::Autolink | LinkType::Email) =>
            {
                self.link(Target::Place(dest_url.to_string()), range.start);
            }
            Event::Start(Tag::Image { dest_url, .. }) => {
                self.pictures += 1;
                self.link(Target::Place(dest_url.to_string()), range.start);
            }
            Event::End(TagEnd::Image) => self.pictures = self.pictures.saturating_sub(1),
            Event::Start(Tag::CodeBlock(_)) => self.document.code.push(range),
            Event::Start(Tag::HtmlBlock) | Event::InlineHtml(_) => self.html(range),
            Event::Start(Tag::FootnoteDefinition(label)) => {
                self.document.anchors.insert(format!("fn-{label}"));
            }
            Event::Text(words) | Event::Code(words) if self.pictures == 0 => {
                if let Some(heading) = &mut self.heading {
                    heading.push_str(&words);
                }
            }
            Event::SoftBreak | Event::HardBreak => {
                if let Some(heading) = &mut self.heading {
                    heading.push(' ');
                }
            }
            _ => {}
        }
    }

    /// Attributes of tags that link or can be linked to, comments left out.
    fn html(&mut self, range: Range<usize>) {
        static COMMENT: LazyLock<Regex> =
            LazyLock::new(|| Regex::new(r"(?s)<!--.*?(?:-->|\z)").expect("it is a pattern"));
        static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
            Regex::new(r#"(?i)(?:^|[\s"'])(id|name|href|src)\s*=\s*(?:"([^"]*)"|'([^']*)')"#)
                .expect("it is a pattern")
        });
        let start = range.start;
        let html = &self.text[range];
        let comments: Vec<Range<usize>> = COMMENT.find_iter(html).map(|comment| comment.range()).collect();
        for found in ATTRIBUTE.captures_iter(html) {
            let (Some(name), Some(value)) = (found.get(1), found.get(2).or(found.get(3))) else { continue };
            if comments.iter().any(|comment| comment.contains(&name.start())) {
                continue;
            }
            let value_text = value.as_str().trim().replace("&amp;", "&");
            match name.as_str().to_ascii_lowercase().as_str() {
                "id" | "name" => {
                    self.document.anchors.insert(value_text);
                }
                _ => self.link(Target::Place(value_text), start + name.start()),
            }
        }
    }

    fn link(&mut self, target: Target, at: usize) {
        let link = Link { target, line: self.line(at) };
        if self.document.links.last() != Some(&link) {
            self.document.links.push(link);
        }
    }
}

/// Anchors of headings, as GitHub makes them: letters, digits, marks, `_` and `-` in lower case, spaces as `-`, and a
/// number behind what was there before.
#[derive(Debug, Default)]
struct Slugs {
    made: BTreeMap<String, usize>,
}

impl Slugs {
    fn next(&mut self, heading: &str) -> String {
        let plain = slug(heading);
        let mut slug = plain.clone();
        while self.made.contains_key(&slug) {
            let count = self.made.entry(plain.clone()).or_default();
            *count += 1;
            slug = format!("{plain}-{count}");
        }
        self.made.insert(slug.clone(), 0);
        slug
    }
}

fn slug(heading: &str) -> String {
    static LEFT_OUT: LazyLock<Regex> = LazyLock::new(|| Regex::new(r"[^\w\- ]").expect("it is a pattern"));
    LEFT_OUT.replace_all(&heading.trim().to_lowercase(), "").replace(' ', "-")
}
