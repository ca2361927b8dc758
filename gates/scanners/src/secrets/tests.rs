//! Trees in, what was found out. Only the helpers here know the API.
//!
//! Everything that looks like a secret is put together while the test runs, so that this repository scans
//! clean without allowing anything.

mod formats;
mod history;
mod lookalikes;
mod report;
mod trees;

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use expect_test::Expect;

use super::detect::Detector;
use super::rules::RULES;
use super::{Options, Report, ScanError, scan};

pub(super) const LOWER_HEX: &str = "0123456789abcdef";
pub(super) const UPPER: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
pub(super) const ALNUM: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
pub(super) const DIGITS: &str = "0123456789";

/// So many characters of an alphabet that look thrown by dice and are always the same.
pub(super) fn fill(alphabet: &str, length: usize) -> String {
    let letters = alphabet.as_bytes();
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    (0..length)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            char::from(letters[usize::try_from(state >> 33).unwrap() % letters.len()])
        })
        .collect()
}

/// Rules that fire on a text, in its order.
pub(super) fn fired(path: &str, text: &str) -> Vec<&'static str> {
    static DETECTOR: LazyLock<Detector> = LazyLock::new(Detector::new);
    let (hits, cut) = DETECTOR.detect(path, text.as_bytes());
    assert!(!cut);
    hits.iter().map(|hit| RULES[hit.rule].id).collect()
}

pub(super) fn tree(files: &[(&str, &[u8])]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, bytes) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
    root
}

pub(super) fn whole_tree() -> Options {
    Options { paths: None, tracked: Vec::new(), lines: None, allow: None }
}

pub(super) fn found(root: &Path, options: &Options) -> Result<Report, ScanError> {
    scan(root, options, &mut |_, _| {})
}

/// A report as text.
pub(super) fn shown(report: &Report) -> String {
    let run = &report.run;
    let mut text = String::new();
    for finding in &run.results {
        let rule = &run.rules[finding.rule].id;
        let (path, line, column) = (&finding.path, finding.line, finding.column);
        text.push_str(&format!("{path}:{line}:{column}-{} {rule} {}", finding.end_column, finding.message));
        if let Some((kind, why)) = &finding.suppressed {
            text.push_str(&format!(" [{kind}: {why}]"));
        }
        text.push('\n');
    }
    for said in &run.notifications {
        let path = said.path.as_deref().unwrap_or("-");
        text.push_str(&format!("{}: {} {path}: {}\n", said.level.as_str(), said.id, said.message));
    }
    let outcome = if run.successful { "complete" } else { "NOT COMPLETE" };
    let (files, open, suppressed) = (report.files, report.open, report.suppressed);
    text.push_str(&format!("{outcome}: {files} files, {open} open, {suppressed} suppressed\n"));
    text
}

pub(super) fn check(files: &[(&str, &[u8])], options: &Options, expected: &Expect) {
    let root = tree(files);
    let text = match found(root.path(), options) {
        Ok(report) => shown(&report),
        Err(error) => format!("error: {error}\n"),
    };
    expected.assert_eq(&text.replace(&root.path().display().to_string(), "ROOT"));
}
