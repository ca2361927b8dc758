//! Findings that somebody has allowed: `dod:allow secret` in a comment, or a line of `.dod-secrets-allow`.
//!
//! ```text
//! # comment
//! path tests/fixtures/**
//! fingerprint 8c1f0d2e5a7b9c34 the documented example key
//! ```
//!
//! Allowed findings stay in the report as suppressed, so that a policy can count them.
//!
//! **Absent on purpose:** allowing a whole rule, or a text wherever it occurs.

use std::io;
use std::path::Path;

use ignore::gitignore::{Gitignore, GitignoreBuilder};

use super::ScanError;
use super::judge::FINGERPRINT_DIGITS;
use crate::sarif::{Level, Notification};

/// The file at the root that allows findings.
pub const ALLOW_FILE: &str = ".dod-secrets-allow";

/// What a comment says on the line of a finding, or on the line before it: our word, and those of widely used
/// scanners, whose users have said it already.
pub(super) const INLINE: &[&[u8]] = &[b"dod:allow secret", b"gitleaks:allow", b"pragma: allowlist secret"];

/// Bytes that the allow file may have.
const ALLOW_FILE_BYTES_MAX: u64 = 1024 * 1024;

#[derive(Debug)]
pub(super) struct Allowed {
    entries: Vec<Entry>,
}

#[derive(Debug)]
struct Entry {
    line: usize,
    what: What,
    used: bool,
}

#[derive(Debug)]
enum What {
    Path(String, Box<Gitignore>),
    Fingerprint(String, String),
}

impl Allowed {
    /// A missing file allows nothing; one that cannot be read or understood is an error.
    pub(super) fn read(root: &Path, given: Option<&str>) -> Result<Self, ScanError> {
        let text = match given {
            Some(text) => text.to_owned(),
            None => match text_of(&root.join(ALLOW_FILE)) {
                Ok(text) => text,
                Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
                // A root that cannot be read is said by whoever lists it.
                Err(error) if error.kind() == io::ErrorKind::NotADirectory => String::new(),
                Err(error) => {
                    return Err(ScanError::AllowFile {
                        line: 1,
                        message: format!("cannot be read: {error}"),
                    });
                }
            },
        };
        let mut entries = Vec::new();
        for (at, line) in text.lines().enumerate() {
            let line_number = at + 1;
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let what = entry(line).map_err(|message| ScanError::AllowFile { line: line_number, message })?;
            entries.push(Entry { line: line_number, what, used: false });
        }
        Ok(Self { entries })
    }

    /// Kind of suppression and its justification, where the finding is allowed.
    pub(super) fn suppression(
        &mut self,
        path: &str,
        fingerprint: &str,
        inline: bool,
    ) -> Option<(&'static str, String)> {
        if inline {
            return Some(("inSource", "a comment at the finding allows it".into()));
        }
        let entry = self.entries.iter_mut().find(|entry| match &entry.what {
            What::Path(_, glob) => glob.matched_path_or_any_parents(path, false).is_ignore(),
            What::Fingerprint(allowed, _) => allowed == fingerprint,
        })?;
        entry.used = true;
        let reason = match &entry.what {
            What::Path(glob, _) => format!("`path {glob}`"),
            What::Fingerprint(_, reason) if reason.is_empty() => "its fingerprint".into(),
            What::Fingerprint(_, reason) => reason.clone(),
        };
        Some(("external", format!("line {} of {ALLOW_FILE}: {reason}", entry.line)))
    }

    /// Lines that allowed nothing: leftovers, or mistakes.
    pub(super) fn unused(&self) -> impl Iterator<Item = Notification> {
        self.entries.iter().filter(|entry| !entry.used).map(|entry| Notification {
            level: Level::Note,
            id: "allow-unused",
            path: Some(ALLOW_FILE.into()),
            message: format!("line {} allows nothing that was found", entry.line),
        })
    }
}

fn text_of(path: &Path) -> io::Result<String> {
    if path.metadata()?.len() > ALLOW_FILE_BYTES_MAX {
        return Err(io::Error::other(format!("it has more than {ALLOW_FILE_BYTES_MAX} bytes")));
    }
    std::fs::read_to_string(path)
}

fn entry(line: &str) -> Result<What, String> {
    let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    match word {
        "path" if rest.is_empty() => Err("names no path".into()),
        "path" if rest.starts_with('!') => Err("forbids a path, which this file cannot do".into()),
        "path" => {
            let mut builder = GitignoreBuilder::new("");
            builder.add_line(None, rest).map_err(|error| format!("is not a pattern: {error}"))?;
            let glob = builder.build().map_err(|error| format!("is not a pattern: {error}"))?;
            Ok(What::Path(rest.into(), Box::new(glob)))
        }
        "fingerprint" => {
            let (digits, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
            // A report shows the occurrence behind the fingerprint; it is welcome here and means nothing.
            let digits = digits.split(':').next().unwrap_or_default();
            let hexadecimal = digits.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
            if digits.len() != FINGERPRINT_DIGITS || !hexadecimal {
                return Err(format!("has no fingerprint of {FINGERPRINT_DIGITS} hexadecimal digits"));
            }
            Ok(What::Fingerprint(digits.into(), reason.trim().into()))
        }
        other => Err(format!("begins with `{other}`, not with `path` or `fingerprint`")),
    }
}
