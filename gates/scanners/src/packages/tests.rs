//! Lock files in, packages out. Only the helpers here know the API.
//!
//! Files of `tests/data` were written by the tools themselves, for a product with an alias, a workspace and two
//! versions of one package where the tool knows such things. They have other names, so that nobody takes them for
//! lock files of this repository.

mod broken;
mod node;
mod others;
mod python;
mod tree;

use std::fs;
use std::path::Path;

use expect_test::Expect;

use super::{Inventory, Options, Reach, Source, inventory};

/// A tree of files.
pub(super) fn tree_of(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

pub(super) fn read(root: &Path) -> Inventory {
    inventory(root, &Options::default()).unwrap()
}

/// What the lock files of a tree say.
pub(super) fn check(files: &[(&str, &str)], expected: &Expect) {
    expected.assert_eq(&shown(&read(tree_of(files).path())));
}

/// An inventory as text: packages by line, then files that were read in part or not.
pub(super) fn shown(inventory: &Inventory) -> String {
    let mut text = String::new();
    for one in &inventory.packages {
        text += &format!("{}:{} {}", one.lock, one.line, one.purl);
        if one.version.is_none() {
            text += " (no version)";
        }
        text += if one.direct == Some(true) { " direct" } else { "" };
        text += if one.dev == Some(true) { " dev" } else { "" };
        text += &match &one.source {
            Source::Registry => String::new(),
            other => format!(" {other:?}"),
        };
        for hash in &one.hashes {
            text += &format!(" {:?}:{}", hash.algorithm, &hash.hex[..6]);
        }
        for license in &one.licenses {
            text += &format!(" <{license}>");
        }
        let names = |at: &usize| inventory.packages[*at].name.clone();
        if let Some(needs) = one.needs.as_ref().filter(|needs| !needs.is_empty()) {
            text += &format!(" -> {}", needs.iter().map(names).collect::<Vec<_>>().join(", "));
        }
        text += "\n";
    }
    for lock in inventory.locks.iter().filter(|lock| lock.reach != Reach::Whole) {
        text += &format!("{}: {:?}\n", lock.path, lock.reach);
    }
    for unread in &inventory.unread {
        text += &format!("unread {unread}\n");
    }
    text
}
