//! What supply chain rules say of the package they matched.

use dod_kernel::evidence::Vulnerability;
use dod_kernel::id::Name;

use crate::holes::{Rating, is_advisory, purl};
use crate::json::Value;
use crate::text;

/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 500;

/// Versions with a fix that are kept.
const FIXED_MAX: usize = 20;

pub(super) fn vulnerability(rule: &str, extra: &Value) -> Option<Vulnerability> {
    let found = extra.at(&["sca_info", "dependency_match", "found_dependency"]);
    let metadata = extra.get("metadata");
    let package = found.get("package").text()?;
    let name = |text: &str| Name::from(text::cut(text.trim(), NAME_BYTES_MAX));
    let stated =
        ["sca-vuln-database-identifier", "cve", "ghsa"].iter().find_map(|key| metadata.get(key).text());
    let id = stated.filter(|id| is_advisory(id)).unwrap_or(rule);
    let word = metadata.get("sca-severity").text().or(extra.get("severity").text());
    let rating = Rating::of(word, None, None);
    let fixed = metadata.get("sca-fix-versions").list().iter().filter_map(|fix| fix.get(package).text());
    let kind = found.get("ecosystem").text().unwrap_or_default();
    Some(Vulnerability {
        aliases: Vec::new(),
        danger: rating.danger,
        fixed: fixed.take(FIXED_MAX).map(name).collect(),
        id: name(id),
        package: name(&purl::of_ecosystem(kind, package)),
        score: None,
        vector: None,
        version: name(found.get("version").text().unwrap_or_default()),
    })
}
