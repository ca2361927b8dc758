//! What a reader must be told about a report, because the report cannot say it.

use dod_kernel::evidence::Place;
use dod_kernel::id::Name;

use crate::path;
use crate::text;

/// Bytes of a path that are kept; no system of ours has longer ones.
const PATH_BYTES_MAX: usize = 4096;

/// Where a report came from. All of it is data; nothing is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    /// The repository's absolute root, so that absolute paths in the report become relative to it.
    pub root: &'a str,
    /// The folder in which the tool ran, relative to the repository; empty for the root.
    pub base: &'a str,
    /// The rule that findings of a format without rules get (`file_list`).
    pub rule: Option<&'a str>,
    /// The report's own path, or `stdout`; recorded as the evidence's source.
    pub report: &'a str,
}

impl<'a> Context<'a> {
    /// A report that was read from standard output of a tool that ran at this root.
    pub fn at(root: &'a str) -> Self {
        Self { root, base: "", rule: None, report: "stdout" }
    }

    /// A path of the report in our spelling.
    pub(crate) fn path(&self, path: &str) -> Name {
        path::normalize(text::cut(path, PATH_BYTES_MAX), self.root, self.base)
    }

    /// A place in our spelling; lines and columns that are not there stay absent.
    pub(crate) fn place(&self, path: &str, line: Option<u32>, column: Option<u32>) -> Place {
        let line = line.filter(|line| *line > 0);
        let column = column.filter(|column| *column > 0 && line.is_some());
        Place { column, end_line: None, line, path: self.path(path) }
    }
}
