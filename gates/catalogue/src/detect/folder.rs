//! A folder of the repository as a project sees it: paths relative to it, texts of its files.
//!
//! **Absent on purpose:** languages.

use super::{NEVER, hidden, passes_through};
use crate::catalogue::Catalogue;
use crate::expand::relative;

/// At most this many bytes of a manifest are looked at.
const MANIFEST_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Hidden folders that tools keep their configuration in.
const CONFIGURATION: &[&str] = &[".cargo", ".config"];

/// All tracked files, sorted, and how to read one.
pub(super) struct Tree<'a> {
    pub(super) files: Vec<&'a str>,
    read: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Tree<'a> {
    pub(super) fn new(files: &'a [String], read: &'a dyn Fn(&str) -> Option<String>) -> Self {
        let mut files: Vec<&str> = files.iter().map(String::as_str).collect();
        files.sort_unstable();
        Self { files, read }
    }
}

/// A folder of a tree. Making one costs two binary searches, since many are looked at and few are projects.
#[derive(Clone, Copy)]
pub(super) struct Folder<'a> {
    pub(super) path: &'a str,
    /// Everything below the folder, with paths from the root.
    inside: &'a [&'a str],
    read: &'a dyn Fn(&str) -> Option<String>,
}

impl<'a> Folder<'a> {
    pub(super) fn new(path: &'a str, tree: &'a Tree<'a>) -> Self {
        let below = format!("{path}/");
        let start = tree.files.partition_point(|file| *file < below.as_str());
        let count = tree.files[start..].partition_point(|file| file.starts_with(&below));
        let inside = if path.is_empty() { &tree.files[..] } else { &tree.files[start..start + count] };
        Self { path, inside, read: tree.read }
    }

    /// Files relative to the folder, without those that tools made or others wrote.
    pub(super) fn files(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        let path = self.path;
        let own = |file: &&str| {
            let folder = file.rsplit_once('/').map_or("", |(folder, _)| folder);
            !passes_through(folder, NEVER) && (!hidden(folder) || CONFIGURATION.contains(&folder))
        };
        self.inside.iter().filter_map(move |file| relative(path, file)).filter(own)
    }

    fn full(&self, file: &str) -> String {
        if self.path.is_empty() { file.to_owned() } else { format!("{}/{file}", self.path) }
    }

    pub(super) fn has(&self, file: &str) -> bool {
        self.inside.binary_search(&self.full(file).as_str()).is_ok()
    }

    pub(super) fn has_suffix(&self, suffixes: &[&str]) -> bool {
        self.files().any(|file| suffixes.iter().any(|suffix| file.ends_with(suffix)))
    }

    /// The text of a file of the folder; empty where there is none.
    pub(super) fn text(&self, file: &str) -> String {
        self.read(file).unwrap_or_default()
    }

    fn read(&self, file: &str) -> Option<String> {
        if !self.has(file) {
            return None;
        }
        (self.read)(&self.full(file)).filter(|text| text.len() <= MANIFEST_BYTES_MAX)
    }

    /// Whether a gate's own `detect` says that the folder has a use for it.
    pub(super) fn wants(&self, gate: &str) -> bool {
        let catalogue = Catalogue::builtin();
        let Ok(entry) = catalogue.entry(gate) else { return false };
        let files: Vec<&str> = self.files().collect();
        entry.detect.holds(&files, &|file| self.read(file))
    }
}

/// Whether a folder lies below another, at whatever depth.
pub(super) fn is_inside(folder: &str, above: &str) -> bool {
    folder != above && relative(above, folder).is_some()
}

/// Whether a text names a tool: the word, not part of a longer one.
pub(super) fn names(text: &str, word: &str) -> bool {
    let part = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
    text.match_indices(word)
        .any(|(at, found)| !text[..at].ends_with(part) && !text[at + found.len()..].starts_with(part))
}
