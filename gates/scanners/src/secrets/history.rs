//! Secrets in versions of files that may be gone: whoever finds one can still read it.
//!
//! **Absent on purpose:** git. Versions are handed over, oldest first, each content once.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::json;

use super::allow::Allowed;
use super::detect::Detector;
use super::rules::RULES;
use super::{Report, Scan, ScanError, judge};
use crate::read::{self, Skipped};
use crate::sarif::{COMMIT, Level};

/// Secrets that are told apart; more make the report unsuccessful.
const SECRETS_MAX: usize = 1_000_000;

/// A scan of versions.
pub struct History {
    scan: Scan,
    detector: Detector,
    allowed: Allowed,
    known: BTreeSet<String>,
}

impl std::fmt::Debug for History {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("History").field("scan", &self.scan).finish_non_exhaustive()
    }
}

impl History {
    /// Nothing was looked into so far. The allow file is that of the tree, or the given text.
    ///
    /// # Errors
    /// The allow file has a line that allows nothing.
    pub fn new(root: &Path, allow: Option<&str>) -> Result<Self, ScanError> {
        let allowed = Allowed::read(root, allow)?;
        Ok(Self { scan: Scan::default(), detector: Detector::new(), allowed, known: BTreeSet::new() })
    }

    /// Looks into what a commit made of a file, or says that it is too large. A secret is told once for each file:
    /// where it came from, not every version that still has it.
    pub fn version(&mut self, commit: &str, path: &str, content: Result<&[u8], u64>) {
        let text = match content {
            Ok(bytes) => match read::text(bytes.to_vec()) {
                Some(text) => text,
                None => return self.scan.skipped(path, &Skipped::Binary),
            },
            Err(size) => return self.scan.skipped(path, &Skipped::TooLarge(size)),
        };
        for hit in self.scan.hits(path, &text, &self.detector) {
            let identity = judge::fingerprint(RULES[hit.rule].id, path, hit.secret);
            if self.known.len() >= SECRETS_MAX {
                self.scan.left_out += 1;
                continue;
            }
            if !self.known.insert(identity.clone()) {
                continue;
            }
            let suppressed = self.allowed.suppression(path, &identity, hit.inline);
            let before = self.scan.results.len();
            self.scan.keep(path, &hit, &identity, 1, suppressed);
            if let Some(finding) = self.scan.results.get_mut(before) {
                finding.message += &format!(", since commit {}", short(commit));
                finding.properties.insert(COMMIT.to_owned(), json!(commit));
            }
        }
    }

    /// Makes the report one of an unfinished work, and says why.
    pub fn incomplete(&mut self, message: String) {
        self.scan.say(Level::Error, "history-cut", None, message);
    }

    /// What was found.
    pub fn finish(self) -> Report {
        self.scan.finish("history")
    }
}

/// As many digits of a commit's id as people look at.
pub(crate) fn short(commit: &str) -> &str {
    commit.get(..12).unwrap_or(commit)
}
