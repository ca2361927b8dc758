//! Which format a report looks like, by its first bytes.
//!
//! ```text
//!   head -> Clues (root, paths of keys, tags, first lines) -> one family after the other -> Format
//! ```
//!
//! Each family of formats has a file of its own, a function from [`Clues`] to a format. What could be several
//! formats is not guessed.
//!
//! **Absent on purpose:** file names. A name lies more often than the first bytes do.

use crate::format::Format;

use clues::Clues;

mod clues;
mod coverage;
mod dependencies;
mod findings;
mod scan;
mod tests;

/// So many first bytes are looked at; more teach nothing. Fewer will do, wherever they end.
pub const DETECT_BYTES_MAX: usize = 64 << 10;

/// Which format a report looks like, by its first bytes (give [`DETECT_BYTES_MAX`] where there are so many).
/// `None` where that cannot be said: a `file_list` looks like nothing, and an empty array of JSON like several.
pub fn detect(head: &[u8]) -> Option<Format> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    let clues = scan::scan(&head[..head.len().min(DETECT_BYTES_MAX)]);
    FAMILIES.iter().find_map(|family| family(&clues))
}

/// The first family that knows the report has it; what rests on loose lines comes last.
const FAMILIES: &[fn(&Clues) -> Option<Format>] =
    &[findings::find, coverage::find, dependencies::find, tests::find, findings::find_lines];
