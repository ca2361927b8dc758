//! Advisories in the OSV format (OSV schema 1.7), as databases export them.
//!
//! A record is read twice: [`Head`] is what every record is asked for (is it a record, whom does it name, how new is
//! it), [`Record`] is the whole of one that names a package in use.
//!
//! **Absent on purpose:** deciding whether a version is affected, and ranges of commits.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::Value;

/// What is read of every record. Unknown fields are skipped, though never past broken JSON.
#[derive(Debug, Deserialize)]
pub(super) struct Head<'a> {
    /// Without one it is no record.
    #[serde(borrow)]
    pub(super) id: Cow<'a, str>,
    #[serde(borrow, default)]
    pub(super) modified: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) withdrawn: Option<Cow<'a, str>>,
    #[serde(borrow, default)]
    pub(super) affected: Option<Vec<HeadAffected<'a>>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeadAffected<'a> {
    #[serde(borrow, default)]
    pub(super) package: Option<HeadPackage<'a>>,
}

#[derive(Debug, Deserialize)]
pub(super) struct HeadPackage<'a> {
    #[serde(borrow)]
    pub(super) ecosystem: Cow<'a, str>,
    #[serde(borrow)]
    pub(super) name: Cow<'a, str>,
}

/// A record in full. What is `null` is absent: RustSec writes many of these.
#[derive(Debug, Deserialize)]
pub(super) struct Record {
    pub(super) id: String,
    #[serde(default)]
    pub(super) aliases: Option<Vec<String>>,
    #[serde(default)]
    pub(super) summary: Option<String>,
    #[serde(default)]
    pub(super) details: Option<String>,
    #[serde(default)]
    pub(super) published: Option<String>,
    #[serde(default)]
    pub(super) modified: Option<String>,
    #[serde(default)]
    pub(super) severity: Option<Vec<Severity>>,
    #[serde(default)]
    pub(super) affected: Option<Vec<Affected>>,
    #[serde(default)]
    pub(super) references: Option<Vec<Reference>>,
    /// The database's own words: GitHub's severity and weaknesses stand here.
    #[serde(default)]
    pub(super) database_specific: Option<Value>,
}

/// `severity[]`: a method and its vector.
#[derive(Debug, Deserialize)]
pub(super) struct Severity {
    #[serde(rename = "type")]
    pub(super) kind: String,
    pub(super) score: String,
}

/// `references[]`.
#[derive(Debug, Deserialize)]
pub(super) struct Reference {
    pub(super) url: String,
}

/// `affected[]`.
#[derive(Debug, Deserialize)]
pub(super) struct Affected {
    #[serde(default)]
    pub(super) package: Option<Package>,
    #[serde(default)]
    pub(super) ranges: Option<Vec<Range>>,
    #[serde(default)]
    pub(super) versions: Option<Vec<String>>,
    #[serde(default)]
    pub(super) severity: Option<Vec<Severity>>,
    /// RustSec says here that an advisory is informational.
    #[serde(default)]
    pub(super) database_specific: Option<Value>,
    #[serde(default)]
    pub(super) ecosystem_specific: Option<Value>,
}

/// `affected[].package`.
#[derive(Debug, Deserialize)]
pub(super) struct Package {
    pub(super) ecosystem: String,
    pub(super) name: String,
}

/// `affected[].ranges[]`.
#[derive(Debug, Deserialize)]
pub(super) struct Range {
    #[serde(rename = "type")]
    pub(super) kind: String,
    #[serde(default)]
    pub(super) events: Option<Vec<RawEvent>>,
}

/// One event; the schema wants exactly one of these fields.
#[derive(Debug, Deserialize)]
pub(super) struct RawEvent {
    #[serde(default)]
    pub(super) introduced: Option<String>,
    #[serde(default)]
    pub(super) fixed: Option<String>,
    #[serde(default)]
    pub(super) last_affected: Option<String>,
    #[serde(default)]
    pub(super) limit: Option<String>,
}
