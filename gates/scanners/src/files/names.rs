//! What names say without any file being opened: required files, collisions, symbolic links.
//!
//! **Absent on purpose:** names that only Windows refuses.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Component, Path};

use globset::{GlobBuilder, GlobSetBuilder};

use super::{Listing, Named, Options, Scan, ScanError};

pub(super) fn look(
    root: &Path,
    listing: &Listing,
    options: &Options,
    scan: &mut Scan<'_>,
) -> Result<(), ScanError> {
    if scan.asks("required-file") {
        required(root, listing, options, scan)?;
    }
    if scan.asks("colliding-names") {
        collisions(listing, scan);
    }
    for link in &listing.links {
        if scan.wants(&link.shown) {
            symlink(root, link, options, scan);
        }
    }
    Ok(())
}

/// A change is asked for what it took away, a tree for everything.
fn required(root: &Path, listing: &Listing, options: &Options, scan: &mut Scan<'_>) -> Result<(), ScanError> {
    let mut names: BTreeSet<String> =
        listing.files.iter().chain(&listing.links).map(|file| file.shown.clone()).collect();
    if root != options.repository {
        // What the repository has at its root is for all its projects.
        let top = std::fs::read_dir(&options.repository).into_iter().flatten().flatten();
        names.extend(top.map(|entry| entry.file_name().to_string_lossy().into_owned()));
    }
    for wanted in &options.required {
        let mut set = GlobSetBuilder::new();
        for glob in wanted.split('|').map(str::trim) {
            let built = GlobBuilder::new(glob).literal_separator(true).case_insensitive(true).build();
            set.add(built.map_err(|error| ScanError::Glob {
                glob: glob.to_owned(),
                message: error.kind().to_string(),
            })?);
        }
        let bad =
            |error: globset::Error| ScanError::Glob { glob: wanted.clone(), message: error.to_string() };
        let set = set.build().map_err(bad)?;
        let is_asked = options.paths.is_none() || options.gone.iter().any(|path| set.is_match(path));
        if is_asked && !names.iter().any(|name| set.is_match(name)) {
            let names = wanted.split('|').map(|glob| format!("`{}`", glob.trim())).collect::<Vec<_>>();
            let message = format!("there is no {}", names.join(" or "));
            scan.at("required-file", "", 0, message, wanted.clone(), (b"", b""));
        }
    }
    Ok(())
}

/// Names of files and folders that differ in case alone. Of two folders that collide their files are not told.
fn collisions(listing: &Listing, scan: &mut Scan<'_>) {
    let mut names: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for file in listing.files.iter().chain(&listing.links) {
        let mut path = file.shown.as_str();
        loop {
            if !names.entry(path.to_lowercase()).or_default().insert(path) {
                break;
            }
            match path.rsplit_once('/') {
                Some((folder, _)) => path = folder,
                None => break,
            }
        }
    }
    let parent = |path: &str| path.rsplit_once('/').map_or(String::new(), |(folder, _)| folder.to_owned());
    for alike in names.values().filter(|alike| alike.len() > 1) {
        let folders: BTreeSet<String> = alike.iter().map(|path| parent(path)).collect();
        let below = |path: &str| match &scan.options.paths {
            None => true,
            Some(paths) => paths
                .iter()
                .any(|it| it.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))),
        };
        if folders.len() > 1 || !alike.iter().any(|path| below(path)) {
            continue;
        }
        let last = (*alike.last().expect("there are two")).to_owned();
        if scan.globs.exclude.is_match(&last) {
            continue;
        }
        let others: Vec<String> =
            alike.iter().filter(|path| **path != last).map(|path| format!("`{path}`")).collect();
        let message = format!("the name differs from {} in case alone", others.join(", "));
        scan.whole("colliding-names", &last, message);
    }
}

fn symlink(root: &Path, link: &Named, options: &Options, scan: &mut Scan<'_>) {
    let target = match std::fs::read_link(&link.path) {
        Ok(target) => target,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return,
        Err(error) => {
            let message = format!("the symbolic link cannot be read: {error}");
            return scan.found.say(crate::sarif::Level::Error, "unreadable", Some(&link.shown), message);
        }
    };
    let shown = target.to_string_lossy().into_owned();
    if scan.asks("escaping-symlink") && leaves(root, link, &target, options) {
        let message = format!("the symbolic link leads to `{shown}`, out of the repository");
        return scan.at("escaping-symlink", &link.shown, 0, message, shown, (b"", b""));
    }
    if scan.asks("broken-symlink")
        && let Err(error) = std::fs::metadata(&link.path)
    {
        let why = match error.kind() {
            io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => "where nothing is".to_owned(),
            io::ErrorKind::PermissionDenied => return,
            _ if is_loop(&error) => "back to itself".to_owned(),
            _ => format!("where nothing can be read ({error})"),
        };
        let message = format!("the symbolic link leads to `{shown}`, {why}");
        scan.at("broken-symlink", &link.shown, 0, message, shown, (b"", b""));
    }
}

/// Whether a target is absolute, or has more `..` than there are folders up to the root of the repository.
fn leaves(root: &Path, link: &Named, target: &Path, options: &Options) -> bool {
    let folder = link.path.parent().unwrap_or(root);
    let Ok(inside) = folder.strip_prefix(&options.repository) else { return target.is_absolute() };
    let mut depth = inside.components().count();
    for part in target.components() {
        match part {
            Component::RootDir | Component::Prefix(_) => return true,
            Component::CurDir => {}
            Component::Normal(_) => depth += 1,
            Component::ParentDir => match depth.checked_sub(1) {
                Some(less) => depth = less,
                None => return true,
            },
        }
    }
    false
}

/// Too many levels of symbolic links.
fn is_loop(error: &io::Error) -> bool {
    // `ErrorKind::FilesystemLoop` is not stable.
    error.to_string().contains("symbolic links")
}
