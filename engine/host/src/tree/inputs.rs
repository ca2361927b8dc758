//! The fingerprint of a step's declared inputs.
//!
//! SHA-256 over `dod inputs 1\n` and, for every file that a pattern names, `<mode> <SHA-256 or -> <path>\0`, sorted by
//! path. Ignored files count if a pattern names them: a step that says it reads `.env` depends on it, whatever git
//! thinks. Only folders that a pattern can reach are walked, so `src/**` does not cost a walk of `node_modules`.
//!
//! Take it before and after a step, and keep a result only if both agree: a file that was edited while the
//! step ran is in neither.
//!
//! **Absent on purpose:** the command, the tool's version and the environment; whoever keeps results adds them.

use std::collections::BTreeSet;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use dod_kernel::id::Digest;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use sha2::{Digest as _, Sha256};

use crate::workspace::FOLDER;

use super::{FILES_MAX, Observed, Seen, TreeError, TreePath, observe, walk_error};

/// Patterns of paths from the root of a tree. `*` stays within a folder, `**` does not; a pattern that begins
/// with `!` takes files away again; one without special characters that names a folder means everything in it.
#[derive(Clone, Debug)]
pub struct Patterns {
    wanted: GlobSet,
    unwanted: GlobSet,
    /// Folders and files to walk, none inside another.
    roots: Vec<PathBuf>,
}

/// A pattern that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{pattern}` is not a pattern for paths: {message}")]
pub struct BadPattern {
    /// The pattern.
    pub pattern: String,
    /// What is wrong.
    pub message: String,
}

impl Patterns {
    /// Reads patterns.
    pub fn new<'a>(patterns: impl IntoIterator<Item = &'a str>) -> Result<Self, BadPattern> {
        let (mut wanted, mut unwanted) = (GlobSetBuilder::new(), GlobSetBuilder::new());
        let mut roots = BTreeSet::new();
        for pattern in patterns {
            let (text, set) = match pattern.strip_prefix('!') {
                Some(rest) => (rest, &mut unwanted),
                None => (pattern, &mut wanted),
            };
            let text = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
            let text = if matches!(text, "" | ".") { "**" } else { text };
            let bad = |message: String| BadPattern { pattern: pattern.to_owned(), message };
            if text.starts_with('/') || text.split('/').any(|part| part == "..") {
                return Err(bad("it leaves the tree".to_owned()));
            }
            let literal = literal_beginning(text);
            let inside = (literal == Path::new(text)).then(|| format!("{text}/**"));
            for text in [Some(text.to_owned()), inside].iter().flatten() {
                let glob = GlobBuilder::new(text).literal_separator(true).build();
                set.add(glob.map_err(|error| bad(error.kind().to_string()))?);
            }
            if !pattern.starts_with('!') {
                roots.insert(literal);
            }
        }
        let build = |set: GlobSetBuilder| {
            set.build().map_err(|error| BadPattern { pattern: String::new(), message: error.to_string() })
        };
        let all: Vec<PathBuf> = roots.iter().cloned().collect();
        roots.retain(|root| !all.iter().any(|other| other != root && root.starts_with(other)));
        let roots =
            if roots.contains(Path::new("")) { vec![PathBuf::new()] } else { roots.into_iter().collect() };
        Ok(Self { wanted: build(wanted)?, unwanted: build(unwanted)?, roots })
    }

    /// Whether a path from the root is meant.
    pub fn matches(&self, path: &Path) -> bool {
        self.wanted.is_match(path) && !self.unwanted.is_match(path)
    }
}

/// The folders of a pattern before the first special character.
fn literal_beginning(pattern: &str) -> PathBuf {
    let plain = |part: &&str| !part.contains(['*', '?', '[', '{', '\\']);
    pattern.split('/').take_while(plain).filter(|part| !part.is_empty() && *part != ".").collect()
}

/// What the inputs of a step are.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Inputs {
    /// Their fingerprint.
    pub digest: Digest,
    /// How many files there are. None: the patterns are perhaps wrong.
    pub files: usize,
}

impl Seen {
    /// The inputs that patterns name, as they are now.
    pub fn inputs(&mut self, root: &Path, patterns: &Patterns) -> Result<Inputs, TreeError> {
        let mut files = BTreeSet::new();
        for start in &patterns.roots {
            let start = root.join(start);
            if start.symlink_metadata().is_err() {
                continue; // no such input: the fingerprint says so by not naming it
            }
            let walk = ignore::WalkBuilder::new(&start)
                .standard_filters(false)
                .follow_links(false)
                .filter_entry(|entry| entry.file_name() != FOLDER && entry.file_name() != ".git")
                .build();
            for entry in walk {
                let entry = entry.map_err(|error| walk_error(root, &error))?;
                let relative = entry.path().strip_prefix(root).unwrap_or(entry.path());
                if entry.file_type().is_none_or(|kind| kind.is_dir()) || !patterns.matches(relative) {
                    continue;
                }
                if files.len() >= FILES_MAX {
                    return Err(TreeError::TooMany { root: root.to_owned() });
                }
                files.insert(TreePath::new(relative.as_os_str().as_bytes()));
            }
        }
        let (mut hash, mut count) = (Sha256::new(), 0);
        hash.update("dod inputs 1\n");
        for path in &files {
            let Some(Observed { mode, content }) = observe(root, path, self)? else { continue };
            let content = content.map_or_else(|| "-".to_owned(), |digest| digest.hex());
            hash.update(format!("{mode:06o} {content} "));
            hash.update(path.as_bytes());
            hash.update([0]);
            count += 1;
        }
        Ok(Inputs { digest: Digest(hash.finalize().into()), files: count })
    }
}
