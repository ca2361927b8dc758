//! `dod scan files`: what every repository should have, and what none should.
//!
//! ```text
//!   tree -> names (required, colliding, links) ┐
//!        -> sizes and bytes of files           ├-> findings -> `dod:allow RULE` in the text -> report
//!        -> documents -> their links           ┘
//! ```
//!
//! **Absent on purpose:** the network: a link to another host is not followed. Style: formatters know it better.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use globset::{GlobBuilder, GlobSet, GlobSetBuilder};
use serde_json::{Map, json};
use sha2::{Digest as _, Sha256};

use crate::read::{self, Content, Skipped};
use crate::sarif::{self, Level, Notification};
use crate::tree::{self, Listing, Named, TreeError};

mod content;
mod document;
mod header;
mod link;
mod names;

pub use self::header::{BadHeader, Header};

/// Findings of one file; more make the report unsuccessful.
pub const FINDINGS_PER_FILE_MAX: usize = 1_000;

/// Findings of one scan; more make the report unsuccessful.
pub const FINDINGS_MAX: usize = 10_000;

/// Bytes of a file that is no large one.
pub const LARGE_BYTES: u64 = 5_000_000;

/// Files that a repository has, as alternatives of globs.
pub const REQUIRED: &[&str] = &["README*", "LICENSE*|LICENCE*|COPYING*|UNLICENSE*|LICENSES/*"];

/// Binary files that nobody can write as text: pictures, fonts, sounds, documents, and what builds bring along.
pub const BINARY: &str = "**/*.{png,jpg,jpeg,gif,ico,icns,webp,avif,bmp,tif,tiff,heic,psd,svgz,woff,woff2,ttf,otf,eot,mp3,\
ogg,wav,flac,m4a,mp4,webm,mov,avi,pdf,doc,docx,xls,xlsx,ppt,pptx,odt,ods,odp,mo,gmo}";

/// A wrapper that builds download the rest with.
const WRAPPERS: &str = "**/{gradle,maven}-wrapper.jar";

/// All rules: id, what it finds, how grave that is, whether it holds without being asked for. Ids are for ever:
/// waivers and baselines name them.
pub const RULES: &[(&str, &str, Level, bool)] = &[
    ("required-file", "a file that the repository should have", Level::Error, true),
    ("license-header", "a file that does not begin with its license", Level::Error, true),
    ("large-file", "a file that every clone has to fetch", Level::Error, true),
    ("binary-file", "a file that no review can read", Level::Warning, true),
    ("merge-marker", "a conflict that nobody resolved", Level::Error, true),
    ("broken-link", "a link to a file that is not there", Level::Error, true),
    ("broken-anchor", "a link to a heading that is not there", Level::Warning, true),
    ("colliding-names", "names that are one name on Windows and macOS", Level::Error, true),
    ("escaping-symlink", "a symbolic link that leaves the repository", Level::Error, true),
    ("broken-symlink", "a symbolic link that leads nowhere", Level::Error, true),
    ("mixed-line-endings", "lines that end in two ways", Level::Warning, false),
];

/// What to look for, and where.
#[derive(Clone, Debug)]
pub struct Options {
    /// Names of rules to look for.
    pub rules: BTreeSet<String>,
    /// Only findings about these files, as paths from the root with `/`; `None` for all.
    pub paths: Option<BTreeSet<String>>,
    /// Files that a change took away: links to them are told, whoever has them.
    pub gone: BTreeSet<String>,
    /// Files under version control: looked into although an ignore rule hides them.
    pub tracked: Vec<String>,
    /// The root of the repository, which links may not leave.
    pub repository: PathBuf,
    /// Globs of the files that there have to be; `|` between alternatives, in any case.
    pub required: Vec<String>,
    /// Headers that files begin with; the first whose glob fits counts.
    pub headers: Vec<Header>,
    /// More bytes make a file large.
    pub large_bytes: u64,
    /// Globs of files that may be large.
    pub allow_large: Vec<String>,
    /// Globs of files that may be binary, beside [`BINARY`].
    pub allow_binary: Vec<String>,
    /// Globs of files that are not looked at.
    pub exclude: Vec<String>,
}

impl Options {
    /// What holds where nobody says anything.
    pub fn new(repository: PathBuf) -> Self {
        let rules = RULES.iter().filter(|(.., usual)| *usual).map(|(id, ..)| (*id).to_owned());
        Self {
            rules: rules.collect(),
            paths: None,
            gone: BTreeSet::new(),
            tracked: Vec::new(),
            repository,
            required: REQUIRED.iter().map(|glob| (*glob).to_owned()).collect(),
            headers: Vec::new(),
            large_bytes: LARGE_BYTES,
            allow_large: Vec::new(),
            allow_binary: Vec::new(),
            exclude: Vec::new(),
        }
    }
}

/// What was found, and what was not looked into.
#[derive(Clone, Debug)]
pub struct Report {
    /// The run as it is written.
    pub run: sarif::Run,
    /// Findings that nobody allowed.
    pub open: usize,
    /// Findings that a comment allows.
    pub suppressed: usize,
    /// Files looked at.
    pub files: u64,
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
    /// A pattern is none.
    #[error("`{glob}` is not a glob: {message}")]
    Glob {
        /// As given.
        glob: String,
        /// What is wrong.
        message: String,
    },
}

/// Scans a tree. The same files and options always give the same report. `progress` is told before each file how
/// many of how many are done.
pub fn scan(
    root: &Path,
    options: &Options,
    progress: &mut dyn FnMut(usize, usize),
) -> Result<Report, ScanError> {
    let mut listing = tree::list(root, None, &options.tracked)?;
    if let Some(paths) = &options.paths {
        // What is named is looked at, ignored or not.
        let named: Vec<String> =
            paths.iter().filter(|path| root.join(path).symlink_metadata().is_ok()).cloned().collect();
        let mut named = tree::list(root, Some(&named), &[])?.files;
        named.retain(|file| !listing.links.contains(file));
        listing.files.extend(named);
    }
    let globs = Globs {
        exclude: globs(&options.exclude)?,
        large: globs(&options.allow_large)?,
        binary: globs(options.allow_binary.iter().map(String::as_str).chain([BINARY, WRAPPERS]))?,
    };
    let mut scan = Scan {
        options,
        globs,
        found: Found { notifications: std::mem::take(&mut listing.notifications), ..Found::default() },
    };
    let total = listing.files.len();
    names::look(root, &listing, options, &mut scan)?;
    let mut links = link::Links::new(root, &listing, options);
    for (at, file) in listing.files.iter().enumerate() {
        progress(at, total);
        scan.file(file, &mut links);
    }
    links.settle(&mut scan);
    if total == 0 {
        scan.found.say(Level::Warning, "empty", None, "no file of the tree was looked at".into());
    }
    Ok(scan.finish())
}

struct Globs {
    exclude: GlobSet,
    large: GlobSet,
    binary: GlobSet,
}

/// Globs over paths from the root: `*` stays within a folder, and a glob without `/` is for every folder.
fn globs<G: AsRef<str>>(globs: impl IntoIterator<Item = G>) -> Result<GlobSet, ScanError> {
    let bad = |glob: &str, error: &globset::Error| ScanError::Glob {
        glob: glob.to_owned(),
        message: error.kind().to_string(),
    };
    let mut set = GlobSetBuilder::new();
    for glob in globs {
        let glob = glob.as_ref();
        let anywhere = if glob.contains('/') { glob.to_owned() } else { format!("**/{glob}") };
        let built = GlobBuilder::new(anywhere.trim_start_matches('/')).literal_separator(true).build();
        set.add(built.map_err(|error| bad(glob, &error))?);
    }
    set.build().map_err(|error| bad("", &error))
}

/// A finding before it is one of a report.
struct Fault {
    rule: &'static str,
    path: String,
    /// 0 for the whole file.
    line: u64,
    message: String,
    /// What of it stays the same when lines move.
    identity: String,
}

struct Scan<'o> {
    options: &'o Options,
    globs: Globs,
    found: Found,
}

#[derive(Default)]
struct Found {
    results: Vec<sarif::Finding>,
    notifications: Vec<Notification>,
    /// How often an identity was met, so that two alike have two fingerprints.
    occurrences: BTreeMap<String, usize>,
    files: u64,
    left_out: usize,
}

impl Scan<'_> {
    /// Whether findings about this file are wanted.
    fn wants(&self, path: &str) -> bool {
        self.options.paths.as_ref().is_none_or(|paths| paths.contains(path))
            && !self.globs.exclude.is_match(path)
    }

    fn asks(&self, rule: &str) -> bool {
        self.options.rules.contains(rule)
    }

    fn file(&mut self, file: &Named, links: &mut link::Links<'_>) {
        let path = file.shown.as_str();
        let wanted = self.wants(path);
        let is_document = document::is_one(path) && !self.globs.exclude.is_match(path);
        if !wanted && !is_document {
            return;
        }
        let size = file.path.symlink_metadata().map(|about| about.len()).unwrap_or_default();
        let is_large = size > self.options.large_bytes && !self.globs.large.is_match(path);
        if wanted && is_large && self.asks("large-file") {
            let message = format!("the file has {size} bytes, more than {}", self.options.large_bytes);
            self.whole("large-file", path, message);
        }
        let text = match read::read(&file.path) {
            Content::Text(text) => text,
            Content::Skipped(Skipped::Binary) => {
                self.found.files += u64::from(wanted);
                if wanted && self.asks("binary-file") && !self.globs.binary.is_match(path) {
                    self.whole("binary-file", path, "the file is binary".to_owned());
                }
                return;
            }
            Content::Skipped(why) => return self.skipped(path, &why, is_large),
        };
        let document = is_document.then(|| document::Document::read(path, &text));
        if wanted {
            self.found.files += 1;
            self.text(path, &text, document.as_ref());
        }
        if let Some(document) = document {
            links.add(path, document, wanted);
        }
    }

    fn text(&mut self, path: &str, text: &[u8], document: Option<&document::Document>) {
        if self.asks("license-header")
            && let Some(header) = self.options.headers.iter().find(|header| header.is_for(path))
            && let Err(message) = header.check(text)
        {
            self.whole("license-header", path, message);
        }
        let mut told: Vec<(&'static str, u64, String)> = Vec::new();
        if self.asks("merge-marker") {
            let code = document.map_or(&[][..], |document| &document.code);
            let conflicts = content::conflicts(text, code).take(FINDINGS_PER_FILE_MAX);
            told.extend(conflicts.map(|line| {
                ("merge-marker", line, "a conflict begins here that nobody resolved".to_owned())
            }));
        }
        if self.asks("mixed-line-endings") {
            let mixed = content::mixed_endings(text);
            told.extend(mixed.map(|(line, message)| ("mixed-line-endings", line, message)));
        }
        if told.is_empty() {
            return;
        }
        let lines = content::Lines::of(text);
        for (rule, line, message) in told {
            self.at(rule, path, line, message, String::new(), lines.near(line));
        }
    }

    fn skipped(&mut self, path: &str, why: &Skipped, is_told: bool) {
        let (level, id) = match why {
            Skipped::Unreadable(_) => (Level::Error, "unreadable"),
            Skipped::TooLarge(_) if is_told => (Level::Note, "too-large"),
            Skipped::TooLarge(_) => (Level::Warning, "too-large"),
            Skipped::Binary => (Level::Note, "binary"),
            Skipped::Special => (Level::Note, "special"),
            Skipped::Gone => (Level::Note, "gone"),
        };
        self.found.say(level, id, Some(path), why.to_string());
    }

    /// A finding about a whole file.
    fn whole(&mut self, rule: &'static str, path: &str, message: String) {
        self.at(rule, path, 0, message, String::new(), (b"", b""));
    }

    /// A finding on a line; its text and that of the line before may allow it.
    fn at(
        &mut self,
        rule: &'static str,
        path: &str,
        line: u64,
        message: String,
        identity: String,
        (own, before): (&[u8], &[u8]),
    ) {
        let allowed = content::allows(own, rule) || content::allows(before, rule);
        self.found.keep(Fault { rule, path: path.to_owned(), line, message, identity }, allowed);
    }

    fn finish(self) -> Report {
        let Found { mut results, mut notifications, files, left_out, .. } = self.found;
        if left_out > 0 {
            let message = format!("{left_out} findings beyond {FINDINGS_MAX} are left out");
            notifications.push(Notification { level: Level::Error, id: "findings-cut", path: None, message });
        }
        results.sort_by(|one, next| {
            (&one.path, one.line, one.rule, &one.fingerprint).cmp(&(
                &next.path,
                next.line,
                next.rule,
                &next.fingerprint,
            ))
        });
        let successful = notifications.iter().all(|said| said.level != Level::Error);
        let suppressed = results.iter().filter(|finding| finding.suppressed.is_some()).count();
        let open = results.len() - suppressed;
        let mut properties = Map::new();
        let scope = if self.options.paths.is_some() { "paths" } else { "tree" };
        properties.insert("scope".into(), json!(scope));
        properties.insert("filesScanned".into(), json!(files));
        properties.insert("rules".into(), json!(self.options.rules));
        let rules = RULES.iter().map(|(id, about, level, _)| sarif::Rule {
            id: (*id).to_owned(),
            about: (*about).to_owned(),
            level: *level,
            severity: None,
        });
        let run = sarif::Run {
            tool: "dod scan files",
            version: env!("CARGO_PKG_VERSION"),
            rules: rules.collect(),
            results,
            notifications: crate::secrets::bounded(notifications),
            successful,
            properties,
        };
        Report { run, open, suppressed, files }
    }
}

impl Found {
    fn say(&mut self, level: Level, id: &'static str, path: Option<&str>, message: String) {
        self.notifications.push(Notification { level, id, path: path.map(str::to_owned), message });
    }

    fn keep(&mut self, fault: Fault, allowed: bool) {
        if self.results.len() >= FINDINGS_MAX {
            self.left_out += 1;
            return;
        }
        let rule = RULES.iter().position(|(id, ..)| *id == fault.rule).expect("every fault has a rule");
        let mut hash = Sha256::new();
        for part in ["dod file 1", fault.rule, &fault.path, &fault.identity] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        let digits: String = hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
        let occurrence = self.occurrences.entry(digits.clone()).or_default();
        *occurrence += 1;
        self.results.push(sarif::Finding {
            rule,
            message: fault.message,
            path: fault.path,
            line: fault.line,
            column: 0,
            end_column: 0,
            fingerprint: format!("{digits}:{occurrence}"),
            suppressed: allowed.then(|| ("inSource", "a comment at the finding allows it".to_owned())),
            properties: Map::new(),
        });
    }
}

#[cfg(test)]
mod tests;
