//! `waivers.yaml`: what is lived with, until when, why, and who said so.
//!
//! ```yaml
//! - { finding: RUSTSEC-2024-0001, scope: "pkg:cargo/foo@1.2", reason: not reachable, approved_by: alice, expires: 2027-01-31 }
//! - { rule: performance, scope: "api/*", reason: new hardware is ordered, approved_by: bob, expires: 2027-01-31 }
//! ```
//!
//! A waiver of an advisory is bound to a package with its version: the next version is not the one that somebody
//! looked at. Of a finding the scope is a path, of a rule the names of gates.
//!
//! **Absent on purpose:** whether a waiver counts (the policy knows), what a signature proves (the host finds out).

use std::collections::BTreeMap;

use dod_kernel::calendar::{DAY_MS, Date};
use dod_kernel::id::{Name, Timestamp};
use dod_kernel::policy::Waiver;

use super::{NAME_BYTES_MAX, WAIVERS_MAX, codes};
use crate::diagnose::{Diagnostic, Diagnostics, Span};
use crate::yaml::{Fields, Kind, Located, Node, read as value};

/// Keys of a waiver.
pub(super) const KEYS: &[&str] =
    &["finding", "rule", "scope", "reason", "approved_by", "expires", "signature"];

/// How ids of advisories begin: CVE, GitHub, RustSec, PyPA, Go, OSV and others of the OSV schema.
const ADVISORIES: &[&str] =
    &["CVE-", "GHSA-", "RUSTSEC-", "PYSEC-", "GO-", "OSV-", "GMS-", "MAL-", "DSA-", "USN-", "SNYK-"];

pub(super) fn read(root: &Node, problems: &mut Diagnostics) -> Vec<Waiver> {
    let Kind::List(items) = &root.kind else {
        if !root.is_broken() {
            problems.push(value::wrong(root, "a file of waivers is a list"));
        }
        return Vec::new();
    };
    if items.len() > WAIVERS_MAX {
        let message = format!("a file has at most {WAIVERS_MAX} waivers");
        problems.push(Diagnostic::error(codes::LIMIT, items[WAIVERS_MAX].span, message));
    }
    let mut found: Vec<Waiver> = Vec::new();
    let mut seen: BTreeMap<(Name, Option<Name>), Span> = BTreeMap::new();
    for item in items.iter().take(WAIVERS_MAX) {
        let Some(waiver) = waiver(item, problems) else { continue };
        // A second waiver must not keep alive what the first one lets expire.
        let first = *seen.entry((waiver.of.clone(), waiver.scope.clone())).or_insert(item.span);
        if first == item.span {
            found.push(waiver);
        } else {
            let message = format!("`{}` is waived twice", waiver.of);
            let diagnostic = Diagnostic::error(codes::SAME_WAIVER, item.span, message);
            problems.push(diagnostic.other(first, "the first time"));
        }
    }
    found
}

fn waiver(node: &Node, problems: &mut Diagnostics) -> Option<Waiver> {
    let fields = Fields::open(node, "a waiver", KEYS, problems)?;
    let finding = fields.get("finding").and_then(|node| short(node, "`finding`", problems));
    let rule = fields.get("rule").and_then(|node| short(node, "`rule`", problems));
    let named = [fields.get("finding"), fields.get("rule")].into_iter().flatten().count();
    if named != 1 {
        let message = "a waiver names one `finding` or one `rule`";
        let hint =
            "`finding` is an advisory, a rule of a tool or a fingerprint; `rule` is a rule of a policy";
        problems.push(Diagnostic::error(codes::WAIVER, node.span, message).hint(hint));
    }
    let scope = fields.get("scope").and_then(|node| short(node, "`scope`", problems));
    if let Some(finding) = &finding {
        bound(finding, scope.as_ref(), problems);
    }
    let reason = fields.need("reason", problems).and_then(|node| value::word(node, "`reason`", problems));
    let by = fields.need("approved_by", problems).and_then(|node| short(node, "`approved_by`", problems));
    let expires = fields.need("expires", problems).and_then(|node| day(node, problems));
    let signature = fields.get("signature").and_then(|node| signature(node, problems));
    let (of, by, reason, expires) = (finding.or(rule)?, by?, reason?, expires?);
    Some(Waiver {
        approved_by: by.value,
        expires,
        of: of.value,
        proved: false,
        reason: reason.value,
        scope: scope.map(|scope| scope.value),
        signature,
    })
}

/// The armor alone is looked at here; whether it proves anything the host finds out.
fn signature(node: &Node, problems: &mut Diagnostics) -> Option<Name> {
    let text = value::word(node, "`signature`", problems)?;
    let armored =
        text.trim().starts_with("-----BEGIN SSH SIGNATURE-----") && text.len() <= SIGNATURE_BYTES_MAX;
    if !armored {
        let message = "a signature begins with `-----BEGIN SSH SIGNATURE-----`";
        let hint = "`dod waive --sign KEY` writes one; in YAML it is a block: `signature: |`";
        problems.push(Diagnostic::error(codes::SIGNATURE, node.span, message).hint(hint));
        return None;
    }
    Some(text.trim().into())
}

/// What the approver of a waiver signs: a first line, then one line of JSON whose keys are sorted.
///
/// Anybody can check a signature with `ssh-keygen -Y verify -n dod-waiver` over this text.
pub fn signed_text(waiver: &Waiver) -> String {
    let text = |word: &str| serde_json::Value::String(word.to_owned()).to_string();
    let scope = waiver.scope.as_ref().map_or("null".to_owned(), |scope| text(scope));
    format!(
        "dod waiver 1\n{{\"approved_by\":{},\"expires\":\"{}\",\"of\":{},\"reason\":{},\"scope\":{scope}}}\n",
        text(&waiver.approved_by),
        day_of(waiver.expires),
        text(&waiver.of),
        text(&waiver.reason),
    )
}

/// The day of a moment, UTC, as waivers write it: `2027-01-31`.
pub fn day_of(at: Timestamp) -> String {
    Date::of(at).to_string()
}

/// The namespace of signatures of waivers.
pub const SIGNATURE_NAMESPACE: &str = "dod-waiver";
/// Bytes of an armored signature.
const SIGNATURE_BYTES_MAX: usize = 16 << 10;

fn short(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Located<Name>> {
    let found = value::word(node, what, problems)?;
    if found.len() <= NAME_BYTES_MAX {
        return Some(found);
    }
    let message = format!("{what} is longer than {NAME_BYTES_MAX} bytes");
    problems.push(Diagnostic::error(codes::BAD_NAME, node.span, message));
    None
}

/// An advisory needs a package with its version; a path stays inside the repository.
fn bound(finding: &Located<Name>, scope: Option<&Located<Name>>, problems: &mut Diagnostics) {
    let upper = finding.to_ascii_uppercase();
    let advisory = ADVISORIES.iter().any(|prefix| upper.starts_with(prefix));
    let package = scope.is_some_and(|scope| scope.starts_with("pkg:"));
    let (span, message) = match scope {
        None if advisory => {
            (finding.span, format!("a waiver of `{}` is bound to a package and its version", &**finding))
        }
        Some(scope) if advisory && !package => {
            (scope.span, format!("a waiver of `{}` is bound to a package and its version", &**finding))
        }
        Some(scope) if package && !has_version(scope) => {
            (scope.span, format!("`{}` names no version", &**scope))
        }
        Some(scope) if !package && leaves(scope) => {
            (scope.span, format!("`{}` is not a path inside the repository", &**scope))
        }
        _ => return,
    };
    let hint = if package || advisory {
        "write `scope: \"pkg:cargo/foo@1.2\"`"
    } else {
        "write a path with `/`, like `src/legacy/**`"
    };
    problems.push(Diagnostic::error(codes::SCOPE, span, message).hint(hint));
}

fn has_version(purl: &str) -> bool {
    let purl = purl.split(['?', '#']).next().unwrap_or_default();
    let name = purl.rsplit('/').next().unwrap_or_default();
    let version = name.get(1..).and_then(|name| name.split_once('@')).map(|(_, version)| version);
    version.is_some_and(|version| !version.is_empty())
}

fn leaves(path: &str) -> bool {
    path.starts_with('/') || path.contains('\\') || path.split('/').any(|part| part == "..")
}

/// The last moment of a day, UTC.
pub(super) fn day(node: &Node, problems: &mut Diagnostics) -> Option<Timestamp> {
    day_called(node, "`expires`", problems)
}

/// The last moment of the day that stands here.
pub(super) fn day_called(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Timestamp> {
    let text = value::word(node, what, problems)?;
    let end = end_of_day(&text);
    if end.is_none() {
        let message = format!("`{}` is not a day", &**text);
        let diagnostic = Diagnostic::error(codes::DATE, node.span, message);
        problems.push(diagnostic.hint("write year, month and day: `2027-01-31`"));
    }
    end
}

/// The last moment of a day, UTC, as waivers write it: `2027-01-31`. `None`: it is no day of the calendar, or one
/// before 1970.
pub fn end_of_day(text: &str) -> Option<Timestamp> {
    let day = Date::parse(text).filter(|day| day.day_number() >= 0)?;
    Some(Timestamp(day.start().0 + DAY_MS - 1))
}
