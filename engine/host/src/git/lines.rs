//! Which lines of the working tree a change brought.
//!
//! **Absent on purpose:** what the lines say, and whether anybody minds.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use git2::{DiffFindOptions, DiffOptions};

use super::{Git, GitError, failed};
use crate::tree::TreePath;

/// Ranges of changed lines that are told apart; with more of them, whole files count as changed.
const RANGES_MAX: usize = 2_000_000;
/// Pairs of files that are compared to find out what only moved.
const RENAMES_MAX: usize = 1_000;
/// The last line of a file whose lines are not told apart.
const WHOLE_FILE: (u32, u32) = (1, u32::MAX);

/// Lines that a change brought, and files that it moved.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ChangedLines {
    /// By path as it is now: ranges from first to last line, ascending and apart. Deleted lines are nowhere.
    pub lines: BTreeMap<TreePath, Vec<(u32, u32)>>,
    /// The path now, and the path at the base.
    pub moved: BTreeMap<TreePath, TreePath>,
}

impl Git {
    /// The lines in which the working tree differs from a commit: committed since, not committed, or untracked. A file
    /// that moved differs in those lines alone that are not at its old place.
    ///
    /// `changed` is what [`Git::changed_since`] answers: a path in it that git does not compare by itself (it is
    /// flagged as unchanged) counts as changed in every line, and so does a file that git takes for binary: the change
    /// itself may say so in `.gitattributes`.
    ///
    /// # Errors
    /// The commit is not there, or the repository is damaged.
    pub fn changed_lines(
        &self,
        commit: &str,
        changed: &BTreeSet<TreePath>,
    ) -> Result<ChangedLines, GitError> {
        let doing = "compare the lines with the base";
        let tree = self.commit_object(commit)?.tree().map_err(failed("read the base's tree"))?;
        let mut options = DiffOptions::new();
        options
            .context_lines(0)
            .interhunk_lines(0)
            .include_untracked(true)
            .recurse_untracked_dirs(true)
            .show_untracked_content(true)
            .include_ignored(false)
            .include_typechange(true);
        let diff = self.repository.diff_tree_to_workdir_with_index(Some(&tree), Some(&mut options));
        let mut diff = diff.map_err(failed(doing))?;
        let mut similar = DiffFindOptions::new();
        similar.renames(true).for_untracked(true).rename_limit(RENAMES_MAX);
        diff.find_similar(Some(&mut similar)).map_err(failed(doing))?;
        let found = RefCell::new(ChangedLines::default());
        let compared = RefCell::new(BTreeSet::new());
        let ranges = RefCell::new(0usize);
        let mut file = |delta: git2::DiffDelta<'_>, _: f32| {
            let path = |file: git2::DiffFile<'_>| file.path_bytes().map(TreePath::new);
            let (old, new) = (path(delta.old_file()), path(delta.new_file()));
            if let (git2::Delta::Renamed, Some(old), Some(new)) = (delta.status(), &old, &new) {
                found.borrow_mut().moved.insert(new.clone(), old.clone());
            }
            compared.borrow_mut().extend([old, new].into_iter().flatten());
            true
        };
        let mut hunk = |delta: git2::DiffDelta<'_>, hunk: git2::DiffHunk<'_>| {
            let Some(path) = delta.new_file().path_bytes().map(TreePath::new) else { return true };
            let (first, count) = (hunk.new_start().max(1), hunk.new_lines());
            if count > 0 && !path.is_ours() {
                let mut found = found.borrow_mut();
                let lines = found.lines.entry(path).or_default();
                *ranges.borrow_mut() += 1;
                match *ranges.borrow() > RANGES_MAX {
                    true => *lines = vec![WHOLE_FILE],
                    false => lines.push((first, first.saturating_add(count - 1))),
                }
            }
            true
        };
        let mut binary = |delta: git2::DiffDelta<'_>, _: git2::DiffBinary<'_>| {
            let there = delta.status() != git2::Delta::Deleted;
            let path = delta.new_file().path_bytes().map(TreePath::new);
            if let Some(path) = path.filter(|path| there && !path.is_ours()) {
                found.borrow_mut().lines.insert(path, vec![WHOLE_FILE]);
            }
            true
        };
        diff.foreach(&mut file, Some(&mut binary), Some(&mut hunk), None).map_err(failed(doing))?;
        let (mut found, compared) = (found.into_inner(), compared.into_inner());
        for path in changed.difference(&compared) {
            found.lines.insert(path.clone(), vec![WHOLE_FILE]);
        }
        Ok(found)
    }

    /// The digest that a working tree has which is exactly what a commit holds.
    ///
    /// # Errors
    /// The commit is not there, or the repository is damaged.
    pub fn clean_tree(&self, commit: &str) -> Result<dod_kernel::id::Digest, GitError> {
        let tree = self.commit_object(commit)?.tree_id().to_string();
        Ok(crate::tree::TreeState { head_tree: Some(tree), differing: BTreeMap::new() }.digest())
    }
}
