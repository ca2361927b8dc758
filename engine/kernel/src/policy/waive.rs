//! Which waivers count, and what they waive.
//!
//! A waiver counts while it has not expired (its last day is over at its end, UTC), ends within the time the
//! policy allows, and was not approved by an author of the change; a policy that asks for proved approvers
//! never takes claimed ones. It is bound to where it says: a package with its version, or a path.
//!
//! **Absent on purpose:** checking signatures (the host does, and says so in `proved`), the clock.

use std::collections::BTreeMap;

use crate::evidence::{Evidence, Finding, Summary, Vulnerability};
use crate::id::{Name, Timestamp};
use crate::policy::{Governance, Policy, Waiver, WaiverRefusal, glob};

const DAY_MS: u64 = 86_400_000;

/// The waivers that count, by what they waive in lower case.
pub(super) struct Waivers<'a> {
    by_id: BTreeMap<String, Vec<&'a Waiver>>,
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
    if authors.iter().any(|author| author.trim().eq_ignore_ascii_case(waiver.approved_by.trim())) {
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
        let mut by_id: BTreeMap<String, Vec<&Waiver>> = BTreeMap::new();
        for waiver in &governance.waivers {
            if refusal(waiver, policy, &governance.authors, now).is_none() {
                by_id.entry(waiver.of.to_ascii_lowercase()).or_default().push(waiver);
            }
        }
        Self { by_id }
    }

    /// All of them.
    pub(super) fn all(&self) -> impl Iterator<Item = &'a Waiver> {
        self.by_id.values().flatten().copied()
    }

    /// The waiver of a policy's rule at a gate, or over the run. A scope is matched with the gate's name.
    pub(super) fn of_rule(&self, rule: &Name, gate: Option<&Name>) -> Option<&'a Waiver> {
        self.by_id.get(&rule.to_ascii_lowercase())?.iter().copied().find(|waiver| {
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
            .filter_map(|id| self.by_id.get(&id.to_ascii_lowercase()))
            .flatten()
            .copied()
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
        let mut skip = waived.iter().map(|(finding, _)| *finding).peekable();
        let left = all.iter().filter(|finding| skip.next_if(|next| std::ptr::eq(*next, *finding)).is_none());
        let counted = Evidence {
            findings: Some(left.cloned().collect()),
            compared: evidence.compared,
            licenses_sought: summary.licenses.is_some(),
            vulnerabilities_sought: summary.vulnerabilities.is_some(),
            ..Evidence::default()
        }
        .summary();
        let open = Summary {
            findings: counted.findings,
            introduced: counted.introduced,
            licenses: counted.licenses,
            vulnerabilities: counted.vulnerabilities,
            ..summary.clone()
        };
        Some((open, waived))
    }
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
        return hole.is_some_and(|hole| is_package(scope, hole));
    }
    finding.place.as_ref().is_some_and(|place| glob::matches(scope, &place.path))
}

/// Whether a package URL with a version names the package of a hole. `@1.2` means 1.2 and every 1.2.x; a
/// package URL without a version names nothing, since the next version is not the one that was looked at.
/// Source: purl specification, `pkg:type/namespace/name@version?qualifiers#subpath`.
fn is_package(scope: &str, hole: &Vulnerability) -> bool {
    let (package, version) = split_purl(scope);
    let Some(version) = version else { return false };
    let (found, _) = split_purl(&hole.package);
    let same = if found.starts_with("pkg:") {
        found == package
    } else {
        // The tool names no ecosystem; the advisory's id is bound to one.
        package.rsplit('/').next() == Some(found)
    };
    let found = hole.version.strip_prefix('v').unwrap_or(&hole.version);
    let wanted = version.strip_prefix('v').unwrap_or(version);
    let rest = found.strip_prefix(wanted);
    same && !wanted.is_empty() && rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
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
