//! `dod scan secrets`: credentials that were left in the tree.
//!
//! ```text
//!   files -> text -> keywords -> rules, only on the lines around a keyword -> judge -> allow -> report
//! ```
//!
//! A secret is never stored and never printed: a finding keeps its first four characters, its length and a
//! fingerprint. Findings that somebody allowed are kept, marked as suppressed.
//!
//! The history of a repository is looked into as well ([`History`]): whoever knows git hands over the versions.
//!
//! **Absent on purpose:** asking a service whether a credential is alive, and asking git.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, json};

pub use self::allow::ALLOW_FILE;
use self::allow::Allowed;
use self::detect::{Detector, Hit};
use self::rules::{Check, RULES, Rule};
use crate::read::{self, Content, Skipped};
use crate::sarif::{self, Level, Notification};
use crate::tree::{self, Named, TreeError};

mod allow;
mod detect;
mod history;
mod judge;
mod rules;

pub use self::history::History;

/// Findings of one file; more make the report unsuccessful.
pub const FINDINGS_PER_FILE_MAX: usize = 1_000;

/// Findings of one scan; more make the report unsuccessful.
pub const FINDINGS_MAX: usize = 10_000;

/// Notifications of one level and kind that name their file; the others are counted.
pub const NOTIFICATIONS_MAX: usize = 1_000;

/// What to look into.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Options {
    /// Only these files, as paths from the root with `/`, also if ignore rules hide them; `None` is the tree.
    pub paths: Option<Vec<String>>,
    /// Files under version control: looked into although an ignore rule hides them.
    pub tracked: Vec<String>,
    /// Only secrets on these lines, from first to last line, and only these files.
    pub lines: Option<BTreeMap<String, Vec<(u32, u32)>>>,
    /// The text of the allow file where it is not to be read from the tree (a governed file is read from
    /// the base of a change).
    pub allow: Option<String>,
}

/// What was found, and what was not looked into.
#[derive(Clone, Debug)]
pub struct Report {
    /// The run as it is written.
    pub run: sarif::Run,
    /// Findings that nobody allowed.
    pub open: usize,
    /// Findings that somebody allowed.
    pub suppressed: usize,
    /// Files read in full.
    pub files: u64,
    /// Bytes read.
    pub bytes: u64,
}

impl Report {
    /// The report as SARIF 2.1.0.
    pub fn to_sarif(&self) -> Vec<u8> {
        self.run.to_bytes()
    }
}

/// Nothing was scanned. Never mistake this for a clean tree.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The files cannot be listed.
    #[error(transparent)]
    Tree(#[from] TreeError),
    /// The allow file has a line that allows nothing.
    #[error("line {line} of `{}` {message}", ALLOW_FILE)]
    AllowFile {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
}

/// Scans a tree, or the files named in the options. The same files and options always give the same report.
/// `progress` is told before each file how many of how many are done.
pub fn scan(
    root: &Path,
    options: &Options,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Report, ScanError> {
    let mut allowed = Allowed::read(root, options.allow.as_deref())?;
    let mut listing = tree::list(root, options.paths.as_deref(), &options.tracked)?;
    if let Some(lines) = &options.lines {
        // Out of the whole tree, since a name need not be text; what it does not have is hidden by an ignore rule.
        listing.files.retain(|file| lines.contains_key(&file.shown));
        let known: BTreeSet<&str> = listing.files.iter().map(|file| file.shown.as_str()).collect();
        let hidden: Vec<String> =
            lines.keys().filter(|path| !known.contains(path.as_str())).cloned().collect();
        listing.files.extend(tree::list(root, Some(&hidden), &[])?.files);
        listing.notifications.retain(|said| said.level == Level::Error);
    }
    let detector = Detector::new();
    let mut scan = Scan { notifications: listing.notifications, ..Scan::default() };
    for (at, file) in listing.files.iter().enumerate() {
        progress(at, listing.files.len());
        let lines = options.lines.as_ref().map(|lines| lines.get(&file.shown).map_or(&[][..], Vec::as_slice));
        scan.file(file, lines, &detector, &mut allowed);
    }
    if options.paths.is_none() && options.lines.is_none() {
        if scan.files == 0 {
            scan.say(Level::Warning, "empty", None, "no file of the tree was looked into".into());
        }
        scan.notifications.extend(allowed.unused());
    }
    Ok(scan.finish(match (&options.lines, &options.paths) {
        (Some(_), _) => "lines",
        (None, Some(_)) => "paths",
        (None, None) => "tree",
    }))
}

#[derive(Debug, Default)]
struct Scan {
    results: Vec<sarif::Finding>,
    notifications: Vec<Notification>,
    files: u64,
    bytes: u64,
    left_out: usize,
}

impl Scan {
    fn file(
        &mut self,
        file: &Named,
        lines: Option<&[(u32, u32)]>,
        detector: &Detector,
        allowed: &mut Allowed,
    ) {
        let path = file.shown.as_str();
        let text = match read::read(&file.path) {
            Content::Text(text) => text,
            Content::Skipped(why) => return self.skipped(path, &why),
        };
        let hits = self.hits(path, &text, detector);
        // The same secret twice in one file has one identity but two occurrences.
        let mut occurrences: BTreeMap<String, usize> = BTreeMap::new();
        for hit in hits {
            let identity = judge::fingerprint(RULES[hit.rule].id, path, hit.secret);
            let occurrence = occurrences.entry(identity.clone()).or_default();
            *occurrence += 1;
            let brought =
                |&(first, last): &(u32, u32)| hit.line <= last.into() && u64::from(first) <= hit.last_line;
            if lines.is_none_or(|lines| lines.iter().any(brought)) {
                let suppressed = allowed.suppression(path, &identity, hit.inline);
                self.keep(path, &hit, &identity, *occurrence, suppressed);
            }
        }
    }

    fn hits<'t>(&mut self, path: &str, text: &'t [u8], detector: &Detector) -> Vec<Hit<'t>> {
        self.files += 1;
        self.bytes += text.len() as u64;
        let (hits, cut) = detector.detect(path, text);
        if cut {
            let message =
                format!("the file has more than {FINDINGS_PER_FILE_MAX} findings; the others are left out");
            self.say(Level::Error, "findings-cut", Some(path), message);
        }
        hits
    }

    fn keep(
        &mut self,
        path: &str,
        hit: &Hit<'_>,
        identity: &str,
        occurrence: usize,
        suppressed: Option<(&'static str, String)>,
    ) {
        if self.results.len() >= FINDINGS_MAX {
            self.left_out += 1;
            return;
        }
        self.results.push(sarif::Finding {
            rule: hit.rule,
            message: message(hit.rule, hit.secret, identity),
            path: path.to_owned(),
            line: hit.line,
            column: hit.column,
            end_column: hit.end_column,
            suppressed,
            fingerprint: format!("{identity}:{occurrence}"),
            properties: Map::new(),
        });
    }

    fn skipped(&mut self, path: &str, why: &Skipped) {
        let (level, id) = match why {
            Skipped::Unreadable(_) => (Level::Error, "unreadable"),
            Skipped::TooLarge(_) => (Level::Warning, "too-large"),
            Skipped::Binary => (Level::Note, "binary"),
            Skipped::Special => (Level::Note, "special"),
            Skipped::Gone => (Level::Note, "gone"),
        };
        self.say(level, id, Some(path), why.to_string());
    }

    fn say(&mut self, level: Level, id: &'static str, path: Option<&str>, message: String) {
        self.notifications.push(Notification { level, id, path: path.map(str::to_owned), message });
    }

    fn finish(mut self, scope: &str) -> Report {
        if self.left_out > 0 {
            let message = format!("{} findings beyond {FINDINGS_MAX} are left out", self.left_out);
            self.say(Level::Error, "findings-cut", None, message);
        }
        let successful = self.notifications.iter().all(|said| said.level != Level::Error);
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for said in &self.notifications {
            *counts.entry(said.id).or_default() += 1;
        }
        let suppressed = self.results.iter().filter(|finding| finding.suppressed.is_some()).count();
        let open = self.results.len() - suppressed;
        let mut properties = Map::new();
        properties.insert("scope".into(), json!(scope));
        properties.insert("filesScanned".into(), json!(self.files));
        properties.insert("bytesScanned".into(), json!(self.bytes));
        properties.insert("findingsOpen".into(), json!(open));
        properties.insert("findingsSuppressed".into(), json!(suppressed));
        properties.insert("notifications".into(), json!(counts));
        let run = sarif::Run {
            tool: "dod scan secrets",
            version: env!("CARGO_PKG_VERSION"),
            rules: RULES.iter().map(Rule::described).collect(),
            results: self.results,
            notifications: bounded(self.notifications),
            successful,
            properties,
        };
        Report { run, open, suppressed, files: self.files, bytes: self.bytes }
    }
}

/// Of a key in several lines nothing is shown: its beginning says nothing. The identity is what the allow
/// file takes, and it tells two secrets of one format apart for readers that look at messages only.
fn message(rule: usize, secret: &[u8], identity: &str) -> String {
    let Rule { about, check, .. } = RULES[rule];
    let shown = if check == Check::Block { String::new() } else { format!(" {}", judge::masked(secret)) };
    format!("{about}{shown}, fingerprint {identity}")
}

/// In order, and at most [`NOTIFICATIONS_MAX`] of one kind: the rest is one line with their number.
pub(crate) fn bounded(mut notifications: Vec<Notification>) -> Vec<Notification> {
    notifications.sort();
    let mut kept: Vec<Notification> = Vec::new();
    let mut more: BTreeMap<(Level, &'static str), usize> = BTreeMap::new();
    let mut seen: BTreeMap<(Level, &'static str), usize> = BTreeMap::new();
    for said in notifications {
        let count = seen.entry((said.level, said.id)).or_default();
        *count += 1;
        if *count <= NOTIFICATIONS_MAX {
            kept.push(said);
        } else {
            *more.entry((said.level, said.id)).or_default() += 1;
        }
    }
    kept.extend(more.into_iter().map(|((level, id), count)| Notification {
        level,
        id,
        path: None,
        message: format!("and {count} more of this kind"),
    }));
    kept
}

#[cfg(test)]
mod tests;
