//! Taking a map apart: every key is either asked for or refused.

use super::{Kind, Node, read};
use crate::diagnose::{Diagnostic, Diagnostics, Span, codes};

/// A map whose keys are all known. Keys that are not were refused when it was opened.
#[derive(Clone, Copy, Debug)]
pub struct Fields<'n> {
    node: &'n Node,
    what: &'static str,
    known: &'static [&'static str],
}

impl<'n> Fields<'n> {
    /// Opens a map; `what` names it in messages (`a step`). Another value is said and `None`; each key that is
    /// not known is said, with the known name that was probably meant.
    pub fn open(
        node: &'n Node,
        what: &'static str,
        known: &'static [&'static str],
        problems: &mut Diagnostics,
    ) -> Option<Self> {
        Self::open_with(node, what, known, &[], problems)
    }

    /// The same, with words that other programs use for one of the known keys: `(theirs, ours)`.
    pub fn open_with(
        node: &'n Node,
        what: &'static str,
        known: &'static [&'static str],
        foreign: &[(&str, &str)],
        problems: &mut Diagnostics,
    ) -> Option<Self> {
        let entries = match &node.kind {
            Kind::Map(entries) => entries,
            Kind::Broken => return None,
            _ => {
                let example = match what {
                    "a step" => Some("like `{ run: ./test.sh }`".to_owned()),
                    _ => None,
                };
                problems.push(read::wrong(node, &format!("{what} is a map")).maybe_hint(example));
                return None;
            }
        };
        for entry in entries.iter().filter(|entry| !entry.key.is_empty()) {
            if problems.is_full() {
                break;
            }
            if !known.contains(&&*entry.key) {
                problems.push(unknown(&entry.key, entry.key_span, what, known, foreign));
            }
        }
        Some(Self { node, what, known })
    }

    /// The value under a key. An empty value is the same as none: `needs:` with nothing behind it.
    pub fn get(&self, key: &'static str) -> Option<&'n Node> {
        self.entry(key).map(|(_, value)| value).filter(|value| !value.is_null())
    }

    /// The place of a key and the value under it, also where that is empty.
    pub fn entry(&self, key: &'static str) -> Option<(Span, &'n Node)> {
        debug_assert!(self.known.contains(&key), "`{key}` is asked of {} and not declared", self.what);
        let Kind::Map(entries) = &self.node.kind else { return None };
        entries.iter().find(|entry| &*entry.key == key).map(|entry| (entry.key_span, &entry.value))
    }

    /// The value under a key that must be there.
    pub fn need(&self, key: &'static str, problems: &mut Diagnostics) -> Option<&'n Node> {
        let found = self.get(key);
        if found.is_none() {
            let span = self.entry(key).map_or(self.node.span, |(span, _)| span);
            let message = format!("{} needs `{key}`", self.what);
            problems.push(Diagnostic::error(codes::MISSING_KEY, span, message));
        }
        found
    }

    /// Whether a key was refused, so that what seems to be missing may be there under a wrong name.
    pub fn has_unknown(&self) -> bool {
        let Kind::Map(entries) = &self.node.kind else { return false };
        entries.iter().any(|entry| !self.known.contains(&&*entry.key))
    }

    /// Where the map stands.
    pub fn span(&self) -> Span {
        self.node.span
    }
}

fn unknown(key: &str, span: Span, what: &str, known: &[&str], foreign: &[(&str, &str)]) -> Diagnostic {
    let message = format!("{what} has no key `{key}`");
    let found = Diagnostic::error(codes::UNKNOWN_KEY, span, message).label("not known here");
    let plain = key.to_lowercase().replace('-', "_");
    let ours = foreign.iter().find(|(theirs, ours)| *theirs == plain && known.contains(ours));
    if let Some((_, ours)) = ours {
        return found.hint(format!("here it is called `{ours}`"));
    }
    let found = found.did_you_mean(key, known.iter().copied());
    if known.len() <= 12 && found.hint.is_none() {
        return found.hint(format!("known are {}", read::listed(known)));
    }
    found
}
