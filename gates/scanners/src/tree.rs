//! Which files are looked into: the tree as `.gitignore` shows it, and what version control holds anyway.
//!
//! Hidden files are looked into (`.env` is where secrets live), links are not followed (their targets are
//! looked into where they are). Neither the user's own ignore files nor those of other tools nor those above
//! the root count, so that two machines list the same files.
//!
//! **Absent on purpose:** reading the files, and asking git.

use std::collections::BTreeSet;
use std::path::{Component, Path, PathBuf};

use ignore::{DirEntry, WalkBuilder};

use crate::sarif::{Level, Notification};

/// Folders of `dod`, git and package managers. Their contents are not the team's.
const NEVER: &[&str] = &[".git", ".dod"];
const PACKAGES: &str = "node_modules";
const BUILD: &str = "target";
/// What `cargo` and other builders put into a folder that can be made again (Cache Directory Tagging
/// Specification): without it a folder called `target` may as well be sources.
const BUILD_TAG: &str = "CACHEDIR.TAG";

/// A file by its path from the root, with `/`, as it is shown, and where it really is: a name need not be
/// Unicode.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Named {
    pub(crate) shown: String,
    pub(crate) path: PathBuf,
}

/// Files sorted by what is shown.
#[derive(Debug, Default)]
pub(crate) struct Listing {
    pub(crate) files: BTreeSet<Named>,
    /// Symbolic links, which are nowhere else.
    pub(crate) links: BTreeSet<Named>,
    pub(crate) notifications: Vec<Notification>,
}

/// Nothing was listed. Never mistake this for an empty tree.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The root cannot be listed.
    #[error("the folder `{path}` cannot be read: {message}")]
    Root {
        /// The root as given.
        path: String,
        /// What the system said.
        message: String,
    },
    /// A path to scan is not below the root.
    #[error("`{path}` is not a path below the root")]
    Outside {
        /// The path as given.
        path: String,
    },
}

/// Only these paths, whether or not they are ignored; or, without them, the tree and what version control holds.
pub(crate) fn list(root: &Path, paths: Option<&[String]>, tracked: &[String]) -> Result<Listing, TreeError> {
    // Asked first and by itself: a root that cannot be listed is no empty tree.
    std::fs::read_dir(root)
        .map_err(|error| TreeError::Root { path: root.display().to_string(), message: error.to_string() })?;
    match paths {
        Some(paths) => Ok(Listing { files: below(root, paths)?, ..Listing::default() }),
        None => {
            let mut listing = walk(root);
            listing.files.extend(below(root, tracked)?);
            Ok(listing)
        }
    }
}

/// Refuses paths that leave the root.
fn below(root: &Path, paths: &[String]) -> Result<BTreeSet<Named>, TreeError> {
    let inside = |path: &&String| {
        let mut parts = Path::new(path.as_str()).components().peekable();
        parts.peek().is_some() && parts.all(|part| matches!(part, Component::Normal(_)))
    };
    match paths.iter().find(|path| !inside(path)) {
        Some(path) => Err(TreeError::Outside { path: path.clone() }),
        None => Ok(paths.iter().map(|path| Named { shown: path.clone(), path: root.join(path) }).collect()),
    }
}

fn walk(root: &Path) -> Listing {
    let mut listing = Listing::default();
    let mut builder = WalkBuilder::new(root);
    builder
        .hidden(false)
        .ignore(false)
        .git_global(false)
        .git_exclude(false)
        .require_git(false)
        .parents(false)
        .follow_links(false)
        .filter_entry(|entry| not_looked_into(entry).is_none());
    for entry in builder.build() {
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) => {
                let message = format!("cannot be listed: {error}");
                listing.notifications.push(Notification {
                    level: Level::Error,
                    id: "unreadable",
                    path: None,
                    message,
                });
                continue;
            }
        };
        // A malformed ignore file may have hidden too much.
        if let Some(error) = entry.error() {
            let message = format!("an ignore file is malformed: {error}");
            listing.notifications.push(Notification {
                level: Level::Warning,
                id: "ignore-file",
                path: relative(root, entry.path()),
                message,
            });
        }
        let Some(path) = relative(root, entry.path()) else { continue };
        match entry.file_type() {
            Some(kind) if kind.is_dir() => listing.notifications.extend(skipped_inside(&entry, &path)),
            Some(kind) if kind.is_symlink() => {
                listing.links.insert(Named { shown: path, path: entry.into_path() });
            }
            // Devices and pipes go on, so that the reader says what they are.
            _ => {
                listing.files.insert(Named { shown: path, path: entry.into_path() });
            }
        }
    }
    // The root itself has no relative path; its folders are asked here.
    listing.notifications.extend(skipped_below(root, ""));
    listing
}

fn relative(root: &Path, path: &Path) -> Option<String> {
    let path = path.strip_prefix(root).ok()?;
    let parts: Vec<_> = path.components().map(|part| part.as_os_str().to_string_lossy()).collect();
    (!parts.is_empty()).then(|| parts.join("/"))
}

/// Why a folder is not looked into.
fn not_looked_into(entry: &DirEntry) -> Option<&'static str> {
    let folder = entry.depth() > 0 && entry.file_type().is_some_and(|kind| kind.is_dir());
    folder.then(|| reason(entry.path())).flatten()
}

fn reason(folder: &Path) -> Option<&'static str> {
    let name = folder.file_name()?.to_str()?;
    if NEVER.contains(&name) {
        return Some("");
    }
    if name == PACKAGES {
        return Some("packages of others are not looked into");
    }
    (name == BUILD && folder.join(BUILD_TAG).is_file()).then_some("what a build made is not looked into")
}

fn skipped_inside(entry: &DirEntry, path: &str) -> Vec<Notification> {
    skipped_below(entry.path(), &format!("{path}/"))
}

/// Says which folders directly below this one are left out, those of `dod` and git excepted.
fn skipped_below(folder: &Path, prefix: &str) -> Vec<Notification> {
    [PACKAGES, BUILD]
        .into_iter()
        .filter(|name| folder.join(name).is_dir())
        .filter_map(|name| {
            Some(Notification {
                level: Level::Note,
                id: "folder",
                path: Some(format!("{prefix}{name}")),
                message: reason(&folder.join(name))?.to_owned(),
            })
        })
        .collect()
}
