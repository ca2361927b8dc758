//! Results that name an advisory or a license.
//!
//! SARIF has no place for packages. Our own scanners put them into properties; of others what is known is read:
//! GitHub's `security-severity`, the lines `Package: …` of Trivy and Grype, the sentence of osv-scanner. Where
//! nothing is said the package is empty, which no waiver for a package fits.

use dod_kernel::evidence::{License, Objection, Vulnerability};
use dod_kernel::id::Name;

use super::rules::{Rule, score};
use crate::holes::{self, Rating, purl};
use crate::json::Value;
use crate::text;

/// Bytes of a name that are kept.
const NAME_BYTES_MAX: usize = 500;

/// Names of tools that look for known vulnerabilities in packages, in lower case.
const SCANNERS: &[&str] = &[
    "anchore container vulnerability report",
    "anchore grype",
    "cargo-audit",
    "cargo-deny",
    "dependency-check",
    "docker scout",
    "dod scan vulnerabilities",
    "govulncheck",
    "grype",
    "npm audit",
    "osv-scanner",
    "owasp dependency-check",
    "owasp dependency-track",
    "pip-audit",
    "snyk container",
    "snyk open source",
    "trivy",
];

/// Whether the tool of this name looks for known vulnerabilities.
pub(super) fn is_scanner(name: &str) -> bool {
    let name = name.trim().to_ascii_lowercase();
    // Some write their version or edition behind the name.
    SCANNERS
        .iter()
        .any(|known| name.strip_prefix(known).is_some_and(|rest| !rest.starts_with(char::is_alphanumeric)))
}

/// The advisory that a rule is: `CVE-2021-1` of `CVE-2021-1-libfoo`, as Grype names its rules.
pub(super) fn id(rule: &str) -> Option<&str> {
    let rule = rule.trim();
    if !holes::is_advisory(rule) || rule.contains(char::is_whitespace) {
        return None;
    }
    let parts = match rule.get(..4) {
        Some(start) if start.eq_ignore_ascii_case("CVE-") => 3,
        Some(start) if start.eq_ignore_ascii_case("GHSA") => 4,
        _ => return Some(rule),
    };
    let end = rule.match_indices('-').nth(parts - 1).map_or(rule.len(), |(at, _)| at);
    Some(&rule[..end])
}

/// What is said of a package.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Package {
    name: String,
    version: String,
    fixed: Vec<String>,
}

impl Package {
    /// Members that tools use.
    pub(super) fn of_properties(properties: &Value) -> Self {
        let text = |keys: &[&str]| keys.iter().find_map(|key| properties.get(key).text());
        let package = properties.get("package");
        let stated = package.get("name").text().or(text(&["purl", "package", "packageName"]));
        let version =
            package.get("version").text().or(text(&["version", "packageVersion", "installedVersion"]));
        let mut found = Self {
            name: kept(stated.unwrap_or_default()),
            version: kept(version.unwrap_or_default()),
            fixed: text(&["fixedVersion"]).map(versions).unwrap_or_default(),
        };
        if let Some(purl) = purl::parse(&found.name) {
            found.name = purl.package;
            if found.version.is_empty() {
                found.version = purl.version.unwrap_or_default();
            }
        }
        found
    }

    /// `Package: x` and `Installed Version: 1` on lines, or `Package 'x@1' is vulnerable to …`.
    pub(super) fn of_text(text: &str) -> Self {
        let mut found = Self::default();
        for line in text.lines().take(50) {
            let Some((key, value)) = line.split_once(':') else { continue };
            let value = value.trim();
            match key.trim() {
                "Package" if found.name.is_empty() => found.name = kept(value),
                "Version" | "Installed Version" if found.version.is_empty() => found.version = kept(value),
                "Fixed Version" | "Fix Version" => found.fixed = versions(value),
                _ => {}
            }
        }
        if found.name.is_empty() {
            let quoted = text.strip_prefix("Package '").and_then(|rest| rest.split_once('\''));
            let (name, version) = quoted.and_then(|(it, _)| it.rsplit_once('@')).unwrap_or_default();
            (found.name, found.version) = (kept(name), kept(version));
        }
        found
    }

    /// What the other one adds.
    pub(super) fn or(self, other: Self) -> Self {
        let first = |own: String, other: String| if own.is_empty() { other } else { own };
        Self {
            name: first(self.name, other.name),
            version: first(self.version, other.version),
            fixed: if self.fixed.is_empty() { other.fixed } else { self.fixed },
        }
    }
}

fn versions(text: &str) -> Vec<String> {
    let all =
        text.split(',').map(str::trim).filter(|one| !one.is_empty() && !one.eq_ignore_ascii_case("none"));
    all.take(20).map(kept).collect()
}

/// A name as it is kept: every result of a run may repeat what its rule says.
fn kept(name: &str) -> String {
    text::cut(name.trim(), NAME_BYTES_MAX).to_owned()
}

/// The vulnerability that a result reports, if its rule is an advisory.
pub(super) fn vulnerability(
    rule_id: &str,
    rule: Option<&Rule>,
    properties: &Value,
    message: &str,
) -> Option<Vulnerability> {
    let id = id(rule_id)?;
    let named = rule.and_then(|rule| rule.package.clone()).unwrap_or_default();
    let package = Package::of_properties(properties).or(Package::of_text(message)).or(named);
    let score = score(properties).or(rule.and_then(|rule| rule.score));
    let rating = Rating::of(None, score, None);
    let name = |text: &str| Name::from(text::cut(text.trim(), NAME_BYTES_MAX));
    let aliases = properties.get("aliases").list().iter().filter_map(Value::text);
    Some(Vulnerability {
        aliases: aliases.filter(|alias| *alias != id).take(100).map(name).collect(),
        danger: rating.danger,
        fixed: package.fixed.iter().map(|version| name(version)).collect(),
        id: name(id),
        package: name(&package.name),
        score: rating.score,
        vector: None,
        version: name(&package.version),
    })
}

/// The license that a result objects to. An objection that is not understood is never a harmless one.
pub(super) fn license(properties: &Value) -> Option<License> {
    let license = properties.get("license");
    let Value::Map(_) = license else { return None };
    let name = |key: &str| Name::from(text::cut(license.get(key).text().unwrap_or_default(), NAME_BYTES_MAX));
    Some(License {
        expression: name("expression"),
        objection: match license.get("objection").text() {
            Some("copyleft") => Objection::Copyleft,
            Some("denied") => Objection::Denied,
            _ => Objection::Unknown,
        },
        package: name("package"),
        version: name("version"),
    })
}
