//! YAML → entries, with every error of a file.
//!
//! **Absent on purpose:** names of evidence formats, which the caller hands in, since the readers are
//! another crate's; files.

mod entry;
mod field;

use crate::entry::Entry;
use crate::fault::{EntryError, Fault, Located};
use crate::node::{self, At, Node};

/// An entry and where its name stands.
pub(crate) struct Placed {
    pub(crate) entry: Entry,
    pub(crate) place: serde_saphyr::Location,
}

/// Reads a file: one entry or a list of them. `formats` are the evidence formats that have a reader;
/// an empty list means that formats are not checked.
pub(crate) fn file(name: &str, text: &str, formats: &[&str]) -> (Vec<Placed>, Vec<EntryError>) {
    let mut faults = Vec::new();
    let entries = match node::parse(text) {
        Ok(root) => entries(&root, formats, &mut faults),
        Err(fault) => {
            faults.push(fault);
            Vec::new()
        }
    };
    let mut errors: Vec<EntryError> = faults.into_iter().map(|fault| fault.into_error(name)).collect();
    errors.sort_by_key(|error| (error.line, error.column));
    (entries, errors)
}

fn entries(root: &At, formats: &[&str], faults: &mut Vec<Located>) -> Vec<Placed> {
    match &root.value {
        Node::Map(keys) => entry::entry(root, keys, formats, faults).into_iter().collect(),
        Node::List(items) if !items.is_empty() => items
            .iter()
            .filter_map(|item| match &item.value {
                Node::Map(keys) => entry::entry(item, keys, formats, faults),
                other => {
                    faults.push(Located::at(item.referenced, Fault::NoEntry { found: other.kind() }));
                    None
                }
            })
            .collect(),
        other => {
            faults.push(Located::at(root.referenced, Fault::NoEntry { found: other.kind() }));
            Vec::new()
        }
    }
}

#[cfg(test)]
mod tests;
