//! Which files of a tree are lock files.
//!
//! The tree is what `.gitignore` shows, and what version control holds anyway. Folders of package managers and
//! builders are not descended: what they hold is what a lock file chose, or what others locked for themselves.
//! Neither the user's own ignore files nor those above the root count, so that two machines list the same files.
//!
//! **Absent on purpose:** reading the files.

use std::collections::BTreeSet;
use std::path::{Component, Path};

use ignore::WalkBuilder;

use super::format::Format;
use super::{InventoryError, LOCKS_MAX, Options, Unread};

/// Folders whose lock files are not the product's.
const NEVER: &[&str] = &[
    ".git",
    ".dod",
    ".venv",
    "__pycache__",
    "bower_components",
    "node_modules",
    "site-packages",
    "target",
    "vendor",
    "venv",
];

/// Lock files by path from the root, sorted, and what could not be listed.
#[derive(Debug, Default)]
pub(super) struct Listing {
    pub(super) files: BTreeSet<String>,
    pub(super) unread: Vec<Unread>,
}

pub(super) fn list(root: &Path, options: &Options) -> Result<Listing, InventoryError> {
    // Asked first and by itself: a root that cannot be listed is no empty tree.
    std::fs::read_dir(root).map_err(|error| InventoryError::Root {
        path: root.display().to_string(),
        message: error.to_string(),
    })?;
    for path in options.paths.iter().chain(&options.tracked) {
        let plain = |part| matches!(part, Component::Normal(_));
        if path.is_empty() || !Path::new(path).components().all(plain) {
            return Err(InventoryError::Outside { path: path.clone() });
        }
    }
    let mut listing = Listing::default();
    walk(root, &mut listing);
    let tracked = options.tracked.iter().filter(|path| is_lock(path) && !below_never(path));
    listing.files.extend(tracked.cloned());
    // A file that is named is looked at, whatever hides it.
    listing
        .files
        .extend(options.paths.iter().filter(|path| is_lock(path) && root.join(path).is_file()).cloned());
    if !options.paths.is_empty() {
        let wanted = |path: &str| {
            options.paths.iter().any(|one| {
                path == one || path.strip_prefix(one.as_str()).is_some_and(|rest| rest.starts_with('/'))
            })
        };
        listing.files.retain(|path| wanted(path));
        listing.unread.retain(|one| wanted(&one.path));
        for path in options.paths.iter().filter(|path| root.join(path).is_file() && !is_lock(path)) {
            let why = "it is no lock file that is known here".to_owned();
            listing.unread.push(Unread { path: path.clone(), line: None, why });
        }
    }
    if listing.files.len() > LOCKS_MAX {
        let why = format!("there are {} lock files; at most {LOCKS_MAX} are read", listing.files.len());
        listing.unread.push(Unread { path: ".".to_owned(), line: None, why });
        listing.files = listing.files.into_iter().take(LOCKS_MAX).collect();
    }
    Ok(listing)
}

fn walk(root: &Path, listing: &mut Listing) {
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .parents(false)
        .follow_links(false)
        .filter_entry(|entry| {
            let folder = entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir());
            !folder || !entry.file_name().to_str().is_some_and(|name| NEVER.contains(&name))
        });
    for entry in builder.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let why = format!("cannot be listed: {error}");
                listing.unread.push(Unread { path: ".".to_owned(), line: None, why });
                continue;
            }
        };
        let is_file = entry.file_type().is_some_and(|kind| kind.is_file());
        let Some(path) = entry.path().strip_prefix(root).ok().filter(|_| is_file) else { continue };
        let parts: Option<Vec<&str>> = path.components().map(|part| part.as_os_str().to_str()).collect();
        let is_named = path.file_name().and_then(|name| name.to_str()).is_some_and(is_lock);
        match parts {
            Some(parts) if is_named => {
                listing.files.insert(parts.join("/"));
            }
            None if is_named => {
                let path = path.to_string_lossy().into_owned();
                let why = "its path is not Unicode".to_owned();
                listing.unread.push(Unread { path, line: None, why });
            }
            _ => {}
        }
    }
}

fn below_never(path: &str) -> bool {
    path.split('/').rev().skip(1).any(|part| NEVER.contains(&part))
}

fn is_lock(path: &str) -> bool {
    Format::of(path).is_some()
}
