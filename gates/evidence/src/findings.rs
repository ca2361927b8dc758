//! Collecting findings and giving each an identity that survives moved lines.
//!
//! A fingerprint is a hash of rule, normalized path, message without its digits, and the source text
//! where the report quotes it; for a hole in a package, of rule, path and package. Line and column are no
//! part of it. Where one file has the same finding on several lines, the second and later ones, by line,
//! carry an ordinal.

use dod_kernel::evidence::{Finding, License, Place, Severity, Vulnerability};
use dod_kernel::id::Name;
use sha2::{Digest as _, Sha256};

use crate::error::{ReadError, Result};
use crate::text;

/// Findings in one report.
pub(crate) const FINDINGS_MAX: usize = 1_000_000;

/// Between the hash of a fingerprint and its ordinal.
const ORDINAL: char = ':';

/// A finding as a reader sees it.
pub(crate) struct Seen<'a> {
    /// The tool's id for what it looks for.
    pub(crate) rule: &'a str,
    /// What it says.
    pub(crate) message: &'a str,
    /// On the common scale.
    pub(crate) severity: Severity,
    /// Where.
    pub(crate) place: Option<Place>,
    /// Severity in the tool's own word, where it says more than the common scale.
    pub(crate) original: Option<&'a str>,
    /// Suppressed in the source.
    pub(crate) suppressed: bool,
    /// The source text it is about, or another identity that the tool gives.
    pub(crate) quoted: Option<&'a str>,
    /// The license it objects to.
    pub(crate) license: Option<License>,
    /// The vulnerability it reports.
    pub(crate) vulnerability: Option<Vulnerability>,
}

impl<'a> Seen<'a> {
    /// A finding with nothing but the necessary.
    pub(crate) fn new(rule: &'a str, message: &'a str, severity: Severity, place: Option<Place>) -> Self {
        Self {
            rule,
            message,
            severity,
            place,
            original: None,
            suppressed: false,
            quoted: None,
            license: None,
            vulnerability: None,
        }
    }
}

/// The findings of a report while it is read.
#[derive(Default)]
pub(crate) struct Findings {
    all: Vec<Finding>,
    scratch: String,
}

impl Findings {
    /// Adds one.
    pub(crate) fn push(&mut self, seen: Seen<'_>) -> Result<()> {
        if self.all.len() == FINDINGS_MAX {
            return Err(ReadError::TooLarge { what: "findings", max: FINDINGS_MAX as u64 });
        }
        let fingerprint = fingerprint(&seen, &mut self.scratch).into();
        self.all.push(Finding {
            fingerprint,
            introduced: None,
            license: seen.license,
            message: text::message(seen.message),
            original: seen.original.map(Name::from),
            place: seen.place,
            rule: if seen.rule.is_empty() { "unnamed".into() } else { text::cut(seen.rule, 500).into() },
            severity: seen.severity,
            suppressed: seen.suppressed,
            vulnerability: seen.vulnerability,
        });
        Ok(())
    }

    pub(crate) fn len(&self) -> usize {
        self.all.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &Finding> {
        self.all.iter()
    }

    /// All of them, as often as they were said.
    pub(crate) fn finish(self) -> Vec<Finding> {
        number(self.all)
    }

    /// All of them, and once what was said more than once of the same place: a compiler that builds a
    /// library and its tests says everything twice.
    pub(crate) fn finish_once(self) -> Vec<Finding> {
        number(once(self.all))
    }
}

/// Leaves the first of findings that agree in rule, place and message.
fn once(all: Vec<Finding>) -> Vec<Finding> {
    let mut seen = std::collections::BTreeSet::new();
    all.into_iter()
        .filter(|one| seen.insert((one.rule.clone(), one.place.clone(), one.message.clone())))
        .collect()
}

/// Gives ordinals, by place, to findings with the same hash. Ordinals given before are forgotten.
pub(crate) fn number(mut all: Vec<Finding>) -> Vec<Finding> {
    for one in &mut all {
        if let Some((hash, _)) = one.fingerprint.split_once(ORDINAL) {
            one.fingerprint = hash.into();
        }
    }
    let place = |one: &Finding| one.place.as_ref().map(|place| (place.line, place.column));
    // Most comparisons end within the first bytes, which lie beside the index.
    let mut order: Vec<(u128, usize)> =
        all.iter().enumerate().map(|(at, one)| (head(&one.fingerprint), at)).collect();
    order.sort_unstable_by(|&(left, a), &(right, b)| {
        left.cmp(&right).then_with(|| {
            let (one, other) = (&all[a], &all[b]);
            one.fingerprint
                .cmp(&other.fingerprint)
                .then_with(|| place(one).cmp(&place(other)))
                .then_with(|| a.cmp(&b))
        })
    });
    let mut rest = order.as_slice();
    while let [(_, first), more @ ..] = rest {
        let twins = more.iter().take_while(|(_, at)| all[*at].fingerprint == all[*first].fingerprint).count();
        if twins > 0 {
            let hash = all[*first].fingerprint.clone();
            for (ordinal, (_, at)) in more[..twins].iter().enumerate() {
                all[*at].fingerprint = format!("{hash}{ORDINAL}{}", ordinal + 2).into();
            }
        }
        rest = &more[twins..];
    }
    all
}

/// The first sixteen bytes of a text, in an order that is the text's.
fn head(text: &str) -> u128 {
    let mut bytes = [0; 16];
    bytes.iter_mut().zip(text.bytes()).for_each(|(to, from)| *to = from);
    u128::from_be_bytes(bytes)
}

/// `scratch` is any text; it is taken so that not every finding allocates.
fn fingerprint(seen: &Seen<'_>, scratch: &mut String) -> String {
    let mut hasher = Sha256::new();
    let mut part = |text: &str| {
        hasher.update((text.len() as u64).to_le_bytes());
        hasher.update(text.as_bytes());
    };
    // A hole in a package stays the same when its advisory is worded anew or the version moves on.
    let package = seen.vulnerability.as_ref().map(|hole| &*hole.package).filter(|name| !name.is_empty());
    let (message, quoted) = match package {
        Some(package) => ("", package),
        None => (seen.message, seen.quoted.unwrap_or_default()),
    };
    part(seen.rule);
    part(seen.place.as_ref().map_or("", |place| &*place.path));
    // Numbers in a message are often lines, counts and sizes, which move with the code.
    scratch.clear();
    let message = text::cut(message.trim(), text::MESSAGE_BYTES_MAX);
    message.split(|character: char| character.is_ascii_digit()).for_each(|piece| scratch.push_str(piece));
    part(scratch);
    scratch.clear();
    for word in quoted.split_whitespace() {
        if !scratch.is_empty() {
            scratch.push(' ');
        }
        scratch.push_str(word);
    }
    part(scratch);
    let nibble =
        |nibble: u8| char::from_digit(u32::from(nibble), 16).expect("half a byte is a hexadecimal digit");
    hasher.finalize()[..16].iter().flat_map(|byte| [nibble(byte >> 4), nibble(byte & 15)]).collect()
}

#[cfg(test)]
mod tests;
