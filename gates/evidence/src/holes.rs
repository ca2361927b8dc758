//! Known holes in packages: what is said of one hole, in one package, at one place, is one finding.
//!
//! ```text
//!   Rating::of(word, score, vector)        how bad one source says it is
//!   purl::parse / purl::of / of_ecosystem  the package in one spelling, and its version
//!   Holes::push(Hole { … })                joins entries that share an id (CVE, GHSA, RUSTSEC, …)
//!   Holes::finish(&mut findings)           one finding each, in the order of the report
//! ```
//!
//! Two entries are one hole if they name the same package, version and place and share an id. What is
//! joined is as bad as the worst of it, and suppressed only if all of it is.
//!
//! **Absent on purpose:** comparing versions, names of databases, deciding what is bad enough.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::evidence::{Danger, Measure, Place, Severity, Vulnerability};
use dod_kernel::id::Name;

use crate::error::{ReadError, Result};
use crate::findings::{FINDINGS_MAX, Findings, Seen};
use crate::text;

pub(crate) use rating::{Rating, is_word};

pub(crate) mod purl;
mod rating;

/// Bytes of an id, a package or a version that are kept.
const NAME_BYTES_MAX: usize = 500;

/// Bytes of a title that are kept.
const TITLE_BYTES_MAX: usize = 500;

/// Other ids that are taken from one entry, and that one hole keeps; no advisory has as many.
const ALIASES_MAX: usize = 100;

/// Bytes that the holes of one report may take. One vulnerability with many ids and many packages is
/// written in few bytes and held in many.
const HELD_BYTES_MAX: usize = 512 << 20;

/// Versions with a fix that one hole keeps.
const FIXED_MAX: usize = 20;

/// One entry of a report: an advisory that hits a package.
#[derive(Clone, Debug, Default)]
pub(crate) struct Hole {
    /// The advisory's id, as the tool names it.
    pub(crate) id: String,
    /// Other ids of the same hole. Not those of bundles (RHSA, DSA) or of related holes.
    pub(crate) aliases: Vec<String>,
    /// The package without its version, from [`purl`] where that is possible.
    pub(crate) package: String,
    /// The version in use; empty where it is not said.
    pub(crate) version: String,
    /// How bad.
    pub(crate) rating: Rating,
    /// Versions that do not have it.
    pub(crate) fixed: Vec<String>,
    /// What it is, in a line: [`title`] of a longer text.
    pub(crate) title: String,
    /// Where the package is asked for: a lock file and perhaps a line.
    pub(crate) place: Option<Place>,
    /// What tells two copies of the package apart beside the place: an image, an artifact. Never shown.
    pub(crate) within: String,
    /// Said not to apply, or ignored by the tool's configuration.
    pub(crate) suppressed: bool,
}

/// Entries that may be the same hole.
type Group = (String, String, Option<Place>, String);

/// The holes of a report while it is read.
#[derive(Default)]
pub(crate) struct Holes {
    /// In the order of the report; `None` where an entry was joined with an earlier one.
    all: Vec<Option<Hole>>,
    groups: BTreeMap<Group, usize>,
    /// Invariant: leads to `Some` of `all`.
    by_id: BTreeMap<(usize, String), usize>,
    joined: u64,
    held: usize,
}

impl Holes {
    /// Adds an entry, or joins it with what is known of its hole. An entry without an id stays alone.
    pub(crate) fn push(&mut self, mut hole: Hole) -> Result<()> {
        if self.all.len() == FINDINGS_MAX {
            return Err(ReadError::TooLarge { what: "vulnerabilities", max: FINDINGS_MAX as u64 });
        }
        hole.aliases.truncate(ALIASES_MAX);
        if hole.title.len() > TITLE_BYTES_MAX {
            hole.title = title(&hole.title).to_owned();
        }
        self.held = self.held.saturating_add(hole.bytes());
        if self.held > HELD_BYTES_MAX {
            return Err(ReadError::TooLarge { what: "bytes of vulnerabilities", max: HELD_BYTES_MAX as u64 });
        }
        let key = (hole.package.clone(), hole.version.clone(), hole.place.clone(), hole.within.clone());
        let next = self.groups.len();
        let group = *self.groups.entry(key).or_insert(next);
        let ids = ids(&hole);
        let known: BTreeSet<usize> =
            ids.iter().filter_map(|id| self.by_id.get(&(group, id.clone())).copied()).collect();
        let mut joined = known.into_iter();
        let at = match joined.next() {
            Some(at) => {
                self.all[at].as_mut().expect("ids lead to what is still there").join(hole);
                self.joined += 1;
                at
            }
            None => {
                self.all.push(Some(hole));
                self.all.len() - 1
            }
        };
        for id in ids {
            self.by_id.insert((group, id), at);
        }
        // The entry may show that two that looked different are one.
        for other in joined {
            let other = self.all[other].take().expect("ids lead to what is still there");
            self.joined += 1;
            for id in self::ids(&other) {
                self.by_id.insert((group, id), at);
            }
            self.all[at].as_mut().expect("ids lead to what is still there").join(other);
        }
        Ok(())
    }

    /// How many entries were said of holes that other entries had told of, for reports that list matches:
    /// where there are any, a reader of the report counts more than there are findings.
    pub(crate) fn count_joined(&self, measures: &mut BTreeMap<Name, Measure>) {
        if self.joined > 0 {
            let measure = Measure { unit: "1".into(), value: self.joined.into() };
            measures.insert("results.joined".into(), measure);
        }
    }

    /// One finding for each hole.
    pub(crate) fn finish(self, findings: &mut Findings) -> Result<()> {
        self.all.into_iter().flatten().try_for_each(|hole| hole.finish(findings))
    }
}

/// All ids, in the spelling they are compared in.
fn ids(hole: &Hole) -> BTreeSet<String> {
    let all = std::iter::once(&hole.id).chain(&hole.aliases).filter(|id| !id.trim().is_empty());
    all.map(|id| id.trim().to_ascii_uppercase()).collect()
}

impl Hole {
    /// About how much memory it takes.
    fn bytes(&self) -> usize {
        let texts = [&self.id, &self.package, &self.version, &self.title, &self.within];
        let lists = self.aliases.iter().chain(&self.fixed);
        let place = self.place.as_ref().map_or(0, |place| place.path.len());
        texts.into_iter().chain(lists).map(|text| text.len() + size_of::<String>()).sum::<usize>() + place
    }

    fn join(&mut self, other: Self) {
        self.aliases.push(other.id);
        self.aliases.extend(other.aliases);
        self.fixed.extend(other.fixed);
        self.rating = std::mem::take(&mut self.rating).worst(other.rating);
        self.suppressed &= other.suppressed;
        if self.title.is_empty() {
            self.title = other.title;
        }
    }

    fn finish(self, findings: &mut Findings) -> Result<()> {
        let name = |text: &str| Name::from(text::cut(text.trim(), NAME_BYTES_MAX));
        let mut known = BTreeSet::from([self.id.trim().to_ascii_uppercase(), String::new()]);
        let mut aliases: Vec<Name> = Vec::new();
        for alias in self.aliases.iter().take(ALIASES_MAX) {
            if known.insert(alias.trim().to_ascii_uppercase()) {
                aliases.push(name(alias));
            }
        }
        aliases.sort();
        let mut fixed: Vec<Name> = Vec::new();
        for version in self.fixed.iter().map(|version| name(version)).filter(|version| !version.is_empty()) {
            if !fixed.contains(&version) && fixed.len() < FIXED_MAX {
                fixed.push(version);
            }
        }
        let message = self.message(&fixed);
        let id = if self.id.trim().is_empty() { "unnamed" } else { self.id.trim() };
        findings.push(Seen {
            original: self.rating.word.as_deref(),
            suppressed: self.suppressed,
            vulnerability: Some(Vulnerability {
                aliases,
                danger: self.rating.danger,
                fixed,
                id: name(id),
                package: name(&self.package),
                score: self.rating.score,
                vector: self.rating.vector.as_deref().map(name),
                version: name(&self.version),
            }),
            ..Seen::new(id, &message, severity(self.rating.danger), self.place)
        })
    }

    /// `pkg:npm/x@1.0: what it is (fixed in 1.1)`
    fn message(&self, fixed: &[Name]) -> String {
        let between = if self.version.is_empty() || self.package.is_empty() {
            ""
        } else if self.package.starts_with("pkg:") {
            "@"
        } else {
            " "
        };
        let title = title(&self.title);
        let title = if title.is_empty() { "known vulnerability" } else { title };
        let fixed = match fixed {
            [] => String::new(),
            all => format!(" (fixed in {})", all.iter().map(|one| &**one).collect::<Vec<_>>().join(", ")),
        };
        let subject = format!("{}{between}{}", self.package, self.version);
        let colon = if subject.is_empty() { "" } else { ": " };
        format!("{subject}{colon}{title}{fixed}")
    }
}

/// The first line that says something, cut: descriptions are long, and a report holds many.
pub(crate) fn title(text: &str) -> &str {
    let line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default().trim();
    text::cut(line, TITLE_BYTES_MAX)
}

/// The common scale of findings. What nobody rated may be the worst.
pub(crate) fn severity(danger: Danger) -> Severity {
    match danger {
        Danger::Unknown | Danger::Critical | Danger::High => Severity::Error,
        Danger::Medium => Severity::Warning,
        Danger::Low => Severity::Note,
        Danger::None => Severity::None,
    }
}

/// Whether an id is that of an advisory, whatever its database.
pub(crate) fn is_advisory(id: &str) -> bool {
    const DATABASES: &[&str] = &[
        "ALAS", "ALBA", "ALEA", "ALINUX", "ALPINE", "ALSA", "ASB", "BIT", "CGA", "CVE", "DLA", "DSA", "DTSA",
        "ELSA", "GHSA", "GMS", "GO", "GSD", "HSEC", "LBSEC", "MAL", "NSWG", "OSEC", "OSV", "PVE", "PYSEC",
        "RHBA", "RHEA", "RHSA", "RLSA", "RSEC", "RUSTSEC", "RXSA", "SNYK", "SUSE", "TEMP", "USN",
    ];
    let Some((database, rest)) = id.trim().split_once('-') else { return false };
    let is = |known: &&str| database.eq_ignore_ascii_case(known);
    // `GHSA-jfh8-c2jp-5v3q` may be without a digit, by chance.
    DATABASES.iter().any(&is) && (is(&"GHSA") || rest.bytes().any(|byte| byte.is_ascii_digit()))
}

#[cfg(test)]
mod tests;
