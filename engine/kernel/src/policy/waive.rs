//! Which waivers count, and what they waive.
//!
//! A waiver counts while it has not expired (its last day is over at its end, UTC), ends within the time the
//! policy allows, and was not approved by an author of the change; a policy that asks for proved approvers
//! never takes claimed ones. It is bound to where it says: a package with its version, or a path.
//!
//! **Absent on purpose:** checking signatures (the host does, and says so in `proved`), the clock.

use crate::evidence::{Evidence, Finding, Summary};
use crate::id::{Name, Timestamp};
use crate::policy::{Governance, Policy, Waiver, WaiverRefusal, glob, same_name};

const DAY_MS: u64 = 86_400_000;

/// The waivers that count, by a hash of what they waive, so that a finding that none of them names costs little.
pub(super) struct Waivers<'a> {
    /// Ascending; waivers of one hash in the order of the register.
    by_id: Vec<(u64, &'a Waiver)>,
}

/// FNV-1a over eight bytes at a time, without regard to case. Only to look up: what is found is compared.
fn hash(id: &str) -> u64 {
    let mix = |hash: u64, bytes: u64| (hash ^ bytes).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
    let (eights, rest) = id.as_bytes().as_chunks::<8>();
    // Bit 5 is the case of a letter; other characters that differ in it alone only share a hash.
    let of = |bytes: [u8; 8]| u64::from_le_bytes(bytes) | 0x2020_2020_2020_2020;
    let hash = eights.iter().fold(0xcbf2_9ce4_8422_2325, |hash, bytes| mix(hash, of(*bytes)));
    let mut last = [0; 8];
    last[..rest.len()].copy_from_slice(rest);
    mix(mix(hash, of(last)), id.len() as u64)
}

/// Why a waiver does not count; `None` where it does.
pub(super) fn refusal(
    waiver: &Waiver,
    policy: &Policy,
    authors: &[Name],
    now: Timestamp,
) -> Option<WaiverRefusal> {
    if waiver.expires < now {
        return Some(WaiverRefusal::Expired);
    }
    if authors.iter().any(|author| same_name(author, &waiver.approved_by)) {
        return Some(WaiverRefusal::OwnChange);
    }
    if policy.waivers.proved && !waiver.proved {
        return Some(WaiverRefusal::NotProved);
    }
    let last = policy.waivers.days_max.map(|days| now.plus(u64::from(days) * DAY_MS));
    last.is_some_and(|last| waiver.expires > last).then_some(WaiverRefusal::TooLong)
}

impl<'a> Waivers<'a> {
    /// Those of the governed waivers that count under this policy at this time.
    pub(super) fn counting(policy: &Policy, governance: &'a Governance, now: Timestamp) -> Self {
        let counts = |waiver: &&Waiver| refusal(waiver, policy, &governance.authors, now).is_none();
        let counting = governance.waivers.iter().filter(counts);
        let mut by_id: Vec<(u64, &Waiver)> = counting.map(|waiver| (hash(&waiver.of), waiver)).collect();
        by_id.sort_by_key(|(hash, _)| *hash);
        Self { by_id }
    }

    /// Those of this id, whatever the case of its letters, in the order of the register.
    fn of(&self, id: &str) -> impl Iterator<Item = &'a Waiver> {
        let hash = hash(id);
        let from = self.by_id.partition_point(|(other, _)| *other < hash);
        let same = self.by_id[from..].iter().take_while(move |(other, _)| *other == hash);
        same.map(|(_, waiver)| *waiver).filter(move |waiver| waiver.of.eq_ignore_ascii_case(id))
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Waiver> {
        self.by_id.iter().map(|(_, waiver)| *waiver)
    }

    /// The waiver of a policy's rule at a gate, or over the run. A scope is matched with the gate's name.
    pub(super) fn of_rule(&self, rule: &Name, gate: Option<&Name>) -> Option<&'a Waiver> {
        self.of(rule).find(|waiver| {
            waiver.of == *rule
                && waiver
                    .scope
                    .as_ref()
                    .is_none_or(|scope| gate.is_some_and(|gate| glob::matches(scope, gate)))
        })
    }

    /// The waiver of a finding.
    pub(super) fn of_finding(&self, finding: &Finding) -> Option<&'a Waiver> {
        let advisory = finding.vulnerability.iter();
        let advisories = advisory.flat_map(|hole| std::iter::once(&hole.id).chain(&hole.aliases));
        [&finding.rule, &finding.fingerprint]
            .into_iter()
            .chain(advisories)
            .flat_map(|id| self.of(id))
            .find(|waiver| covers(waiver, finding))
    }

    /// The summary without the waived findings, and those findings with what waives them; `None` where
    /// nothing is waived.
    pub(super) fn open<'e>(
        &self,
        evidence: &'e Evidence,
        summary: &Summary,
    ) -> Option<(Summary, Vec<(&'e Finding, &'a Waiver)>)> {
        if self.by_id.is_empty() {
            return None;
        }
        let all = evidence.findings.as_deref()?;
        let waived: Vec<_> = all
            .iter()
            .filter(|finding| !finding.suppressed)
            .filter_map(|finding| Some((finding, self.of_finding(finding)?)))
            .collect();
        if waived.is_empty() {
            return None;
        }
        Some((summary.with_findings(except(all, &waived)), waived))
    }
}

/// The findings but for the waived ones, which come in the same order.
pub(super) fn except<'e>(
    all: &'e [Finding],
    waived: &[(&'e Finding, &Waiver)],
) -> impl Iterator<Item = &'e Finding> + Clone {
    let mut skip = waived.iter().map(|(finding, _)| *finding).peekable();
    all.iter().filter(move |one| skip.next_if(|next| std::ptr::eq(*next, *one)).is_none())
}

/// Ids of rules and fingerprints are compared as they are, ids of advisories without regard to case.
fn covers(waiver: &Waiver, finding: &Finding) -> bool {
    let hole = finding.vulnerability.as_ref();
    let advisory = hole.is_some_and(|hole| {
        std::iter::once(&hole.id).chain(&hole.aliases).any(|id| id.eq_ignore_ascii_case(&waiver.of))
    });
    if !advisory && waiver.of != finding.rule && waiver.of != finding.fingerprint {
        return false;
    }
    let Some(scope) = waiver.scope.as_deref() else { return true };
    if scope.starts_with("pkg:") {
        let hole = hole.map(|hole| (&hole.package, &hole.version));
        let package = hole.or(finding.license.as_ref().map(|license| (&license.package, &license.version)));
        return package.is_some_and(|(package, version)| is_package(scope, package, version));
    }
    finding.place.as_ref().is_some_and(|place| glob::matches(scope, &place.path))
}

/// Whether a package URL with a version names the package of a hole. `@1.2` means 1.2 and every 1.2.x; a
/// package URL without a version names nothing, since the next version is not the one that was looked at.
/// Source: purl specification, `pkg:type/namespace/name@version?qualifiers#subpath`.
fn is_package(scope: &str, package: &str, version: &str) -> bool {
    let (found, used) = (decoded(package), decoded(version));
    let scope = decoded(scope);
    let (package, version) = split_purl(&scope);
    let Some(version) = version else { return false };
    let (found, _) = split_purl(&found);
    let same = if found.starts_with("pkg:") {
        found == package
    } else {
        // The tool names no ecosystem; the advisory's id is bound to one.
        package.rsplit('/').next() == Some(found)
    };
    let found = used.strip_prefix('v').unwrap_or(&used);
    let wanted = version.strip_prefix('v').unwrap_or(version);
    let rest = found.strip_prefix(wanted);
    same && !wanted.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// A purl with its percent-encoding undone: `pkg:npm/%40a/b` and `pkg:npm/@a/b` are one package. What is not ASCII
/// stays encoded, the same way on both sides.
fn decoded(purl: &str) -> String {
    let mut parts = purl.split('%');
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let byte = part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(u8::is_ascii_graphic) {
            Some(byte) => {
                text.push(char::from(byte));
                text += &part[2..];
            }
            None => {
                text.push('%');
                text += part;
            }
        }
    }
    text
}

fn split_purl(purl: &str) -> (&str, Option<&str>) {
    let end = purl.find(['?', '#']).unwrap_or(purl.len());
    let purl = &purl[..end];
    let name = purl.rfind('/').map_or(0, |slash| slash + 1);
    match purl[name..].find('@') {
        // An `@` in front belongs to the name: `@scope` of npm, written plainly.
        Some(at) if at > 0 => (&purl[..name + at], Some(&purl[name + at + 1..])),
        _ => (purl, None),
    }
}
