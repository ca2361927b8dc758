//! `dod scan commits`: messages, sign-off, signatures and authors of the commits of a change.
//!
//! Commits come as data; signatures come checked, as far as they can be. Merge commits are held to what is about
//! people, not to what is about messages: git writes those.
//!
//! **Absent on purpose:** asking git, and checking signatures.

use std::collections::BTreeMap;

use regex::Regex;
use serde_json::{Map, json};
use sha2::{Digest as _, Sha256};

use crate::sarif::{self, COMMIT, Level, Notification};

mod message;
mod people;

pub use self::message::TYPES;

/// Characters of a subject that fit where git and forges show one.
pub const SUBJECT_MAX: usize = 72;

/// Findings of one scan; more make the report unsuccessful.
pub const FINDINGS_MAX: usize = 10_000;

/// Bytes of a message that are looked into.
const MESSAGE_BYTES_MAX: usize = 1 << 20;

/// Somebody, as a commit claims.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    /// Name.
    pub name: String,
    /// Address.
    pub email: String,
}

/// What is known of a commit's signature.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Signed {
    /// There is none.
    No,
    /// It is of this commit, by the owner of a known key.
    By(String),
    /// It is there and could not be checked: what it is, and why not.
    Unchecked(String),
    /// It is not of this commit, and why.
    Wrong(String),
}

/// A commit to judge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Commit {
    /// Its id.
    pub id: String,
    /// How many parents it has.
    pub parents: usize,
    /// Who wrote it.
    pub author: Person,
    /// Who made the commit.
    pub committer: Person,
    /// Its message.
    pub message: String,
    /// Its signature.
    pub signed: Signed,
}

/// How much a signature must be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signatures {
    /// Nothing is asked for; one that is wrong is told all the same.
    Any,
    /// Every commit has one.
    Present,
    /// Every commit has one that was checked; one that could not be checked leaves the scan undecided.
    Proved,
}

/// How messages are to be.
#[derive(Clone, Debug)]
pub enum Convention {
    /// Any way.
    None,
    /// Conventional Commits 1.0.0, with these types, and these scopes unless there are none.
    Conventional {
        /// Allowed types.
        types: Vec<String>,
        /// Allowed scopes; empty for any.
        scopes: Vec<String>,
    },
    /// Subjects that this expression finds something in.
    Subject(Regex),
}

impl Convention {
    /// Subjects that an expression finds something in.
    ///
    /// # Errors
    /// It is no expression; in words.
    pub fn subject(pattern: &str) -> Result<Self, String> {
        let built = Regex::new(pattern);
        built.map(Self::Subject).map_err(|error| format!("`{pattern}` is no regular expression: {error}"))
    }
}

/// What commits are held to.
#[derive(Clone, Debug)]
pub struct Options {
    /// How messages are to be.
    pub convention: Convention,
    /// Characters of a subject; 0 for any number.
    pub subject_max: usize,
    /// Every commit is signed off by its author (Developer Certificate of Origin 1.1).
    pub sign_off: bool,
    /// How much a signature must be.
    pub signatures: Signatures,
    /// Domains that authors' addresses must be of; empty for any.
    pub domains: Vec<String>,
    /// Addresses that are fine whatever their domain is.
    pub authors: Vec<String>,
    /// Which commits these are, for the report.
    pub scope: String,
}

/// What was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// The run as it is written.
    pub run: sarif::Run,
    /// Findings.
    pub open: usize,
    /// Commits looked at.
    pub commits: usize,
}

impl Report {
    /// The report as SARIF 2.1.0.
    pub fn to_sarif(&self) -> Vec<u8> {
        self.run.to_bytes()
    }
}

/// A fault of a commit: the rule and what is wrong.
type Fault = (&'static str, String);

/// All rules. Ids are for ever: waivers and baselines name them.
const RULES: &[(&str, &str, Level)] = &[
    ("message-empty", "a commit without a message", Level::Error),
    ("message-convention", "a subject that does not follow the convention", Level::Error),
    ("message-type", "a type that is not on the list", Level::Error),
    ("message-scope", "a scope that is not on the list", Level::Error),
    ("message-body", "a body that no blank line separates from the subject", Level::Error),
    ("message-unfinished", "a commit that was to be changed before it is shared", Level::Error),
    ("message-breaking", "a breaking change that no tool will see", Level::Warning),
    ("subject-length", "a subject that is cut off where it is shown", Level::Warning),
    ("sign-off", "a commit that its author did not sign off", Level::Error),
    ("signature", "a commit without a signature that holds", Level::Error),
    ("author-domain", "an author whose address is not of an allowed domain", Level::Error),
    ("person-unnamed", "an author or committer without name or address", Level::Error),
];

/// Judges commits. `notes` are what the caller has to say about which commits these are; an error among them makes
/// the report one of an unfinished work.
pub fn judge(commits: &[Commit], options: &Options, notes: Vec<Notification>) -> Report {
    let mut results = Vec::new();
    let mut notifications = notes;
    let mut left_out = 0;
    for commit in commits {
        let mut faults = people::faults(commit, options);
        if commit.parents < 2 {
            faults.extend(message::faults(commit, options));
        }
        for (rule, message) in faults {
            if results.len() >= FINDINGS_MAX {
                left_out += 1;
                continue;
            }
            results.push(finding(commit, rule, &message));
        }
    }
    if left_out > 0 {
        let message = format!("{left_out} findings beyond {FINDINGS_MAX} are left out");
        notifications.push(said(Level::Error, "findings-cut", message));
    }
    notifications.extend(told(commits, options));
    let successful = notifications.iter().all(|said| said.level != Level::Error);
    let mut properties = Map::new();
    properties.insert("scope".into(), json!(options.scope));
    properties.insert("commits".into(), json!(commits.len()));
    properties.insert("signatures".into(), json!(counted(commits)));
    let rules = RULES.iter().map(|(id, about, level)| sarif::Rule {
        id: (*id).to_owned(),
        about: (*about).to_owned(),
        level: *level,
        severity: None,
    });
    let open = results.len();
    let run = sarif::Run {
        tool: "dod scan commits",
        version: env!("CARGO_PKG_VERSION"),
        rules: rules.collect(),
        results,
        notifications: crate::secrets::bounded(notifications),
        successful,
        properties,
    };
    Report { run, open, commits: commits.len() }
}

fn finding(commit: &Commit, rule: &str, message: &str) -> sarif::Finding {
    let at = RULES.iter().position(|(id, ..)| *id == rule).expect("every fault has a rule");
    let mut hash = Sha256::new();
    for part in ["dod commit 1", rule, &commit.id] {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part);
    }
    let digits: String = hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect();
    let mut properties = Map::new();
    properties.insert(COMMIT.to_owned(), json!(commit.id));
    sarif::Finding {
        rule: at,
        message: format!("{} `{}`: {message}", short(&commit.id), shown(subject(&commit.message))),
        path: String::new(),
        line: 0,
        column: 0,
        end_column: 0,
        fingerprint: digits,
        suppressed: None,
        properties,
    }
}

/// What is to be known of people and signatures without being a fault.
fn told(commits: &[Commit], options: &Options) -> Vec<Notification> {
    let mut notes = Vec::new();
    for commit in commits {
        let id = short(&commit.id);
        if let Signed::Unchecked(why) = &commit.signed {
            let level = match options.signatures {
                Signatures::Proved => Level::Error,
                Signatures::Any | Signatures::Present => Level::Note,
            };
            notes.push(said(level, "signature-unchecked", format!("{id} is signed, not checked: {why}")));
        }
        let (author, committer) = (&commit.author, &commit.committer);
        if !author.email.eq_ignore_ascii_case(&committer.email) {
            let message = format!(
                "{id} was written by {} and committed by {}",
                people::shown(author),
                people::shown(committer)
            );
            notes.push(said(Level::Note, "other-committer", message));
        }
    }
    notes
}

fn counted(commits: &[Commit]) -> BTreeMap<&'static str, usize> {
    let mut counts = BTreeMap::new();
    for commit in commits {
        let word = match commit.signed {
            Signed::No => "none",
            Signed::By(_) => "checked",
            Signed::Unchecked(_) => "unchecked",
            Signed::Wrong(_) => "wrong",
        };
        *counts.entry(word).or_default() += 1;
    }
    counts
}

/// A notification about no file.
fn said(level: Level, id: &'static str, message: String) -> Notification {
    Notification { level, id, path: None, message }
}

/// As many digits of a commit's id as people look at.
fn short(id: &str) -> &str {
    id.get(..12).unwrap_or(id)
}

fn subject(message: &str) -> &str {
    message.trim_start_matches('\n').lines().next().unwrap_or_default()
}

/// A text of somebody else in a message for people: bounded, and without what moves a terminal's cursor.
fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 80;
    let mut short: String =
        text.chars().take(SHOWN_MAX).map(|c| if c.is_control() { '\u{fffd}' } else { c }).collect();
    if text.chars().nth(SHOWN_MAX).is_some() {
        short.push('…');
    }
    short
}

#[cfg(test)]
mod tests;
