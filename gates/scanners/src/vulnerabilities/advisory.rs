//! An advisory about one package, whatever database it comes from.
//!
//! **Absent on purpose:** which versions it is about: that is asked of the record while it is read.

use std::collections::BTreeSet;

use serde_json::Value;

use super::osv;
use super::rustsec::RustSec;
use super::severity::{self, Rating};

/// Bytes of a text that are kept. A database may hold more than fits into memory, and nobody reads on.
const TEXT_BYTES_MAX: usize = 32 * 1024;

/// What is kept of an advisory.
#[derive(Clone, Debug)]
pub(super) struct Advisory {
    pub(super) id: String,
    pub(super) aliases: BTreeSet<String>,
    pub(super) summary: Option<String>,
    pub(super) details: Option<String>,
    pub(super) published: Option<String>,
    pub(super) updated: Option<String>,
    pub(super) ratings: Vec<Rating>,
    pub(super) urls: Vec<String>,
    /// Common Weakness Enumeration.
    pub(super) weaknesses: BTreeSet<u64>,
    /// Functions that have the hole; none where the advisory names none.
    pub(super) functions: BTreeSet<String>,
    /// What kind of information it is where it is no hole (`unmaintained`, `unsound`, `notice`).
    pub(super) information: Option<String>,
}

impl Advisory {
    /// One of which nothing is known but its id.
    pub(super) fn named(id: &str) -> Self {
        Self {
            id: id.to_owned(),
            aliases: BTreeSet::new(),
            summary: None,
            details: None,
            published: None,
            updated: None,
            ratings: Vec::new(),
            urls: Vec::new(),
            weaknesses: BTreeSet::new(),
            functions: BTreeSet::new(),
            information: None,
        }
    }

    /// What a record says about the entries that name one package.
    pub(super) fn of_record(record: &osv::Record, entries: &[&osv::Affected]) -> Self {
        let own = record.severity.iter().flatten();
        let of_entries = entries.iter().flat_map(|entry| entry.severity.iter().flatten());
        let mut ratings: Vec<Rating> = Vec::new();
        for rating in own.chain(of_entries).filter_map(rating) {
            if !ratings.contains(&rating) {
                ratings.push(rating);
            }
        }
        let word = text_at(record.database_specific.as_ref(), "severity");
        ratings.extend(word.as_deref().and_then(severity::of_word));
        let weaknesses = record.database_specific.as_ref().and_then(|own| own.get("cwe_ids")?.as_array());
        let mut kinds =
            entries.iter().map(|entry| text_at(entry.database_specific.as_ref(), "informational"));
        // An entry that is a hole makes the whole a hole.
        let information = match kinds.next() {
            Some(Some(kind)) if kinds.all(|other| other.is_some()) => Some(kind),
            _ => None,
        };
        Self {
            id: record.id.clone(),
            aliases: record.aliases.iter().flatten().filter(|alias| **alias != record.id).cloned().collect(),
            summary: record.summary.as_deref().and_then(shortened),
            details: record.details.as_deref().and_then(shortened),
            published: record.published.clone(),
            updated: record.modified.clone(),
            ratings,
            urls: record.references.iter().flatten().map(|one| one.url.clone()).collect(),
            weaknesses: weaknesses.into_iter().flatten().filter_map(weakness).collect(),
            functions: entries.iter().flat_map(|entry| functions(entry)).collect(),
            information,
        }
    }

    /// What a RustSec advisory says.
    pub(super) fn of_rustsec(read: &RustSec) -> Self {
        let meta = &read.meta;
        let date = meta.date.as_ref().map(plain);
        Self {
            id: meta.id.clone(),
            aliases: meta.aliases.iter().filter(|alias| **alias != meta.id).cloned().collect(),
            summary: read.title.as_deref().and_then(shortened),
            details: shortened(&read.text),
            published: date.clone(),
            updated: None,
            ratings: meta.cvss.iter().map(|vector| severity::of_vector(vector)).collect(),
            urls: meta.url.iter().chain(&meta.references).cloned().collect(),
            weaknesses: BTreeSet::new(),
            functions: read.functions.clone(),
            information: meta.informational.as_ref().map(plain),
        }
    }

    /// Its own id and all its other ones.
    pub(super) fn ids(&self) -> impl Iterator<Item = &str> {
        std::iter::once(self.id.as_str()).chain(self.aliases.iter().map(String::as_str))
    }
}

/// The text, or its beginning; `None` where it is empty.
fn shortened(text: &str) -> Option<String> {
    match text.len() {
        0 => None,
        length if length <= TEXT_BYTES_MAX => Some(text.to_owned()),
        _ => Some(format!("{}…", &text[..text.floor_char_boundary(TEXT_BYTES_MAX)])),
    }
}

fn rating(stated: &osv::Severity) -> Option<Rating> {
    if stated.kind.starts_with("CVSS_") {
        return Some(severity::of_vector(&stated.score));
    }
    severity::of_word(&stated.score)
}

fn text_at(value: Option<&Value>, key: &str) -> Option<String> {
    value?.get(key)?.as_str().map(str::to_owned)
}

/// `CWE-79` is 79.
fn weakness(id: &Value) -> Option<u64> {
    id.as_str()?.strip_prefix("CWE-")?.parse().ok()
}

fn functions(entry: &osv::Affected) -> Vec<String> {
    let affects = entry.ecosystem_specific.as_ref().and_then(|own| own.get("affects"));
    let names = affects.and_then(|affects| affects.get("functions")).and_then(Value::as_array);
    names.into_iter().flatten().filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// The text of a TOML value: a string, a date, or the one thing in `{ other = "…" }`.
fn plain(value: &toml::Value) -> String {
    match value {
        toml::Value::String(text) => text.clone(),
        toml::Value::Datetime(date) => date.to_string(),
        toml::Value::Table(table) => {
            let only = table.values().find_map(toml::Value::as_str);
            only.unwrap_or("information").to_owned()
        }
        other => other.type_str().to_owned(),
    }
}
