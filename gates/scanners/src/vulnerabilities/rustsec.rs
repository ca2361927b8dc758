//! Advisories of the RustSec database: Markdown with TOML at its head (`advisory-db`, EXAMPLE_ADVISORY.md).
//!
//! A version is vulnerable unless a requirement of `patched` or `unaffected` holds it. Requirements are compared by
//! the order of versions alone: a prerelease is not left out of a range, as `cargo` leaves it out when it resolves.
//!
//! **Absent on purpose:** platforms (`arch`, `os`): what a product is built for does not stand in its lock file.

use std::cmp::Ordering;
use std::collections::BTreeSet;

use semver::{BuildMetadata, Comparator, Op, Prerelease, Version, VersionReq};
use serde::Deserialize;

use super::affected::Answer;

/// The head of an advisory.
#[derive(Debug, Deserialize)]
pub(super) struct Head {
    pub(super) advisory: Meta,
    versions: Option<Versions>,
    affected: Option<AffectedPart>,
}

/// `[advisory]`.
#[derive(Debug, Deserialize)]
pub(super) struct Meta {
    pub(super) id: String,
    pub(super) package: String,
    pub(super) date: Option<toml::Value>,
    pub(super) url: Option<String>,
    #[serde(default)]
    pub(super) references: Vec<String>,
    #[serde(default)]
    pub(super) aliases: Vec<String>,
    pub(super) cvss: Option<String>,
    /// Not a hole: `unmaintained`, `unsound` or `notice`.
    pub(super) informational: Option<toml::Value>,
    pub(super) withdrawn: Option<toml::Value>,
}

/// `[versions]`.
#[derive(Debug, Deserialize)]
struct Versions {
    #[serde(default)]
    patched: Vec<String>,
    #[serde(default)]
    unaffected: Vec<String>,
}

#[derive(Debug, Deserialize)]
struct AffectedPart {
    #[serde(default)]
    functions: toml::Table,
}

/// An advisory as read.
#[derive(Debug)]
pub(super) struct RustSec {
    pub(super) meta: Meta,
    pub(super) title: Option<String>,
    pub(super) text: String,
    pub(super) functions: BTreeSet<String>,
    patched: Vec<String>,
    unaffected: Vec<String>,
}

/// No advisory.
#[derive(Debug, thiserror::Error)]
pub(super) enum RustSecError {
    #[error("it is not UTF-8")]
    Encoding,
    #[error("it does not begin with a block of TOML")]
    NoHead,
    #[error("its head cannot be read: {0}")]
    Head(String),
    #[error("its head has no `versions`")]
    NoVersions,
}

/// Reads one advisory.
pub(super) fn parse(bytes: &[u8]) -> Result<RustSec, RustSecError> {
    let text = std::str::from_utf8(bytes).map_err(|_| RustSecError::Encoding)?.replace("\r\n", "\n");
    let behind = text.trim_start().strip_prefix("```toml\n").ok_or(RustSecError::NoHead)?;
    let (head, text) = behind.split_once("\n```").ok_or(RustSecError::NoHead)?;
    let head: Head = toml::from_str(head).map_err(|error| RustSecError::Head(error.message().to_owned()))?;
    let versions = head.versions.ok_or(RustSecError::NoVersions)?;
    let text = text.trim();
    let (title, text) = match text.strip_prefix("# ") {
        Some(rest) => {
            let (title, rest) = rest.split_once('\n').unwrap_or((rest, ""));
            (Some(title.trim().to_owned()), rest.trim())
        }
        None => (None, text),
    };
    Ok(RustSec {
        title,
        text: text.to_owned(),
        functions: head.affected.map(|part| part.functions.keys().cloned().collect()).unwrap_or_default(),
        patched: versions.patched,
        unaffected: versions.unaffected,
        meta: head.advisory,
    })
}

impl RustSec {
    /// What the advisory says about a version.
    pub(super) fn answer(&self, version: Option<&str>) -> Answer {
        let safe: Result<Vec<VersionReq>, String> = self
            .patched
            .iter()
            .chain(&self.unaffected)
            .map(|text| {
                VersionReq::parse(text).map_err(|_| format!("`{text}` is no requirement on versions"))
            })
            .collect();
        let safe = match safe {
            Ok(safe) if safe.is_empty() => return Answer::Affected(BTreeSet::new()),
            Ok(safe) => safe,
            Err(why) => return Answer::Unknown(why),
        };
        let Some(text) = version else { return Answer::Unknown("no version is known".to_owned()) };
        let Ok(version) = Version::parse(text) else {
            return Answer::Unknown(format!("`{text}` has no place in the order of versions"));
        };
        match safe.iter().map(|requirement| holds(requirement, &version)).collect::<Option<Vec<bool>>>() {
            None => Answer::Unknown("it has a requirement of a kind that is not known".to_owned()),
            Some(held) if held.contains(&true) => Answer::Unaffected,
            Some(_) => Answer::Affected(fixes(&safe[..self.patched.len()], &version)),
        }
    }
}

/// Where the patched ranges above a version begin.
fn fixes(patched: &[VersionReq], version: &Version) -> BTreeSet<String> {
    let is_beginning =
        |one: &&Comparator| matches!(one.op, Op::Exact | Op::GreaterEq | Op::Tilde | Op::Caret);
    let beginnings = patched.iter().flat_map(|one| one.comparators.iter().filter(is_beginning).map(lowest));
    let mut above: Vec<Version> =
        beginnings.filter(|fix| fix.cmp_precedence(version) == Ordering::Greater).collect();
    above.sort();
    // One range is enough to leave the hole, and the nearest is the smallest step.
    above.first().map(ToString::to_string).into_iter().collect()
}

/// `None` for an operator of a later `semver`.
fn holds(requirement: &VersionReq, version: &Version) -> Option<bool> {
    let held: Option<Vec<bool>> = requirement.comparators.iter().map(|one| is_within(one, version)).collect();
    held.map(|held| !held.contains(&false))
}

/// Upper bounds that are not written out are the lowest prerelease of the next version: `^1.2` does not hold
/// `2.0.0-alpha`. So a range that is safe is never taken to be wider than it says.
fn is_within(one: &Comparator, version: &Version) -> Option<bool> {
    let lowest = lowest(one);
    let order = version.cmp_precedence(&lowest);
    let below = |upper: Version| version.cmp_precedence(&upper) == Ordering::Less;
    let whole = one.patch.is_some();
    Some(match one.op {
        Op::Exact | Op::Wildcard if !whole => order.is_ge() && below(behind(one)),
        Op::Exact => order.is_eq(),
        Op::Greater if !whole => {
            version.cmp_precedence(&Version { pre: Prerelease::EMPTY, ..behind(one) }).is_ge()
        }
        Op::Greater => order.is_gt(),
        Op::GreaterEq => order.is_ge(),
        Op::Less => order.is_lt(),
        Op::LessEq if !whole => below(behind(one)),
        Op::LessEq => order.is_le(),
        Op::Tilde => {
            let minor = Comparator { patch: None, ..one.clone() };
            order.is_ge() && below(behind(&minor))
        }
        Op::Caret => order.is_ge() && below(behind_caret(one)),
        _ => return None,
    })
}

fn lowest(one: &Comparator) -> Version {
    Version {
        major: one.major,
        minor: one.minor.unwrap_or(0),
        patch: one.patch.unwrap_or(0),
        pre: one.pre.clone(),
        build: BuildMetadata::EMPTY,
    }
}

fn before_release(major: u64, minor: u64, patch: u64) -> Version {
    let pre = Prerelease::new("0").expect("`0` is a prerelease");
    Version { major, minor, patch, pre, build: BuildMetadata::EMPTY }
}

/// The first version behind all that the written numbers begin.
fn behind(one: &Comparator) -> Version {
    match (one.minor, one.patch) {
        (None, _) => before_release(one.major.saturating_add(1), 0, 0),
        (Some(minor), None) => before_release(one.major, minor.saturating_add(1), 0),
        (Some(minor), Some(patch)) => before_release(one.major, minor, patch.saturating_add(1)),
    }
}

/// Caret requirements let everything behind the first number that is not zero grow.
fn behind_caret(one: &Comparator) -> Version {
    match (one.major, one.minor, one.patch) {
        (0, Some(0), Some(_)) => behind(one),
        (0, Some(_), _) => behind(&Comparator { patch: None, ..one.clone() }),
        _ => behind(&Comparator { minor: None, patch: None, ..one.clone() }),
    }
}

#[cfg(test)]
mod tests;
