//! What the first bytes of a report show, in words that a family of formats can ask about.
//!
//! A path of keys is written `runs[].tool.driver`: `[]` is any element, and `*` any key. For JSON lines the
//! paths of all lines are put together, and plain lines between them are passed over.

use std::collections::{BTreeMap, BTreeSet};

/// What a report is made of.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Root {
    /// White space, or nothing.
    #[default]
    Nothing,
    /// One JSON object.
    Object,
    /// A JSON array.
    Array,
    /// JSON objects behind each other, one per line.
    JsonLines,
    /// XML.
    Xml,
    /// Any other text, perhaps with lines of JSON in it.
    Lines,
}

/// What kind of value stands at a path.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Kind {
    Object,
    Array,
    Text,
    /// A number, a boolean or `null`.
    Word,
}

/// All that was seen.
#[derive(Debug, Default)]
pub(super) struct Clues {
    /// What the report is made of.
    pub(super) root: Root,
    /// The first tag and its attributes.
    pub(super) tag: Tag,
    /// The first lines; the last one may be cut.
    pub(super) lines: Vec<String>,
    /// Paths of JSON keys, with the kinds of value found there.
    pub(super) paths: BTreeMap<Vec<String>, BTreeSet<Kind>>,
    /// The first short text, number or word at a path.
    pub(super) words: BTreeMap<Vec<String>, String>,
    /// Paths of tags, `checkstyle/file/error`.
    pub(super) tags: BTreeSet<String>,
    /// The document type, where XML states one.
    pub(super) doctype: String,
}

/// An XML tag.
#[derive(Debug, Default)]
pub(super) struct Tag {
    /// Its name, without a prefix.
    pub(super) name: String,
    /// Its attributes, namespaces included.
    pub(super) attributes: Vec<(String, String)>,
}

impl Clues {
    /// One object of JSON, or one per line, perhaps with other lines between them.
    pub(super) fn is_objects(&self) -> bool {
        matches!(self.root, Root::Object | Root::JsonLines)
            || (self.root == Root::Lines && !self.paths.is_empty())
    }

    /// Whether there is something at this path.
    pub(super) fn has(&self, path: &str) -> bool {
        self.kinds(path).next().is_some()
    }

    /// Whether there is something at each of these paths.
    pub(super) fn has_all(&self, paths: &[&str]) -> bool {
        paths.iter().all(|path| self.has(path))
    }

    /// Whether there is something at one of these paths.
    pub(super) fn has_any(&self, paths: &[&str]) -> bool {
        paths.iter().any(|path| self.has(path))
    }

    /// How many keys the object has at the top.
    pub(super) fn keys(&self) -> usize {
        self.paths.keys().filter(|path| path.len() == 1).count()
    }

    /// Whether a value of this kind is at this path.
    pub(super) fn is(&self, path: &str, kind: Kind) -> bool {
        self.kinds(path).any(|found| found == kind)
    }

    /// The first short text, number or word at this path; the path has no `*`.
    pub(super) fn word(&self, path: &str) -> Option<&str> {
        self.words.get(&pattern(path)).map(String::as_str)
    }

    /// Whether the report is XML with this root.
    pub(super) fn is_xml(&self, root: &str) -> bool {
        self.root == Root::Xml && self.tag.name == root
    }

    /// An attribute of the XML root, `xmlns` included.
    pub(super) fn attribute(&self, name: &str) -> Option<&str> {
        self.tag.attributes.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Whether the tags lie in each other so, from the root: `report/package/sourcefile`.
    pub(super) fn has_tag(&self, path: &str) -> bool {
        self.tags.contains(path)
    }

    fn kinds(&self, path: &str) -> impl Iterator<Item = Kind> {
        let pattern = pattern(path);
        let matches = move |path: &[String]| {
            path.len() == pattern.len()
                && pattern
                    .iter()
                    .zip(path)
                    .all(|(asked, found)| asked == found || (asked == "*" && found != "[]"))
        };
        self.paths.iter().filter(move |(path, _)| matches(path)).flat_map(|(_, kinds)| kinds.iter().copied())
    }
}

/// `runs[].tool` as `runs`, `[]`, `tool`.
fn pattern(path: &str) -> Vec<String> {
    let mut parts = Vec::new();
    for part in path.split('.') {
        let name = part.trim_end_matches("[]");
        if !name.is_empty() {
            parts.push(name.to_owned());
        }
        parts.extend((0..(part.len() - name.len()) / 2).map(|_| "[]".to_owned()));
    }
    parts
}
