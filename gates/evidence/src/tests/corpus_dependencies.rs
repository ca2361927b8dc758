//! Real lists of packages and of their holes, with counts made by independent tools. They are not part of the
//! project: where they are absent the test says so and proves nothing.

use dod_kernel::evidence::Evidence;
use serde_json::Value;

use super::corpus::folder;
use crate::{Context, Format};

const FORMATS: &[(&str, Format)] = &[
    ("cyclonedx", Format::Cyclonedx),
    ("grype", Format::Grype),
    ("osv-record", Format::Osv),
    ("osv-scanner", Format::OsvScanner),
    ("spdx", Format::Spdx),
    ("trivy", Format::Trivy),
];

#[test]
fn real_lists_of_packages_and_holes_hold_what_was_counted() {
    let folder = folder();
    let Ok(manifest) = std::fs::read(folder.join("manifest.json")) else {
        println!("skipped: no corpus at {}", folder.display());
        return;
    };
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut wrong = Vec::new();
    for file in manifest["files"].as_array().unwrap() {
        let format = FORMATS.iter().find(|(name, _)| file["format"] == *name);
        let Some(&(_, format)) = format else { continue };
        let name = file["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let found = crate::read(format, &mut bytes.as_slice(), &Context::at("/repo"));
        let found = found.unwrap_or_else(|error| panic!("{name}: {error}"));
        for (what, ours, theirs) in compare(format, &found, &file["truth"]) {
            if ours != theirs {
                wrong.push(format!("{name}: {what}: {ours} here, {theirs} in truth"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

type Compared = Vec<(&'static str, u64, u64)>;

fn compare(format: Format, found: &Evidence, truth: &Value) -> Compared {
    let summary = found.summary();
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let dangers = summary.vulnerabilities.unwrap_or_default();
    let rated =
        dangers.critical + dangers.high + dangers.medium + dangers.low + dangers.none + dangers.unknown;
    let by_word = |words: &Value| {
        vec![
            ("critical", dangers.critical, count(&words["critical"])),
            ("high", dangers.high, count(&words["high"])),
            ("medium", dangers.medium, count(&words["medium"])),
            ("low", dangers.low, count(&words["low"]) + count(&words["negligible"])),
            ("none", dangers.none, count(&words["none"]) + count(&words["info"])),
            ("unknown", dangers.unknown, count(&words["unknown"])),
        ]
    };
    let findings = summary.findings.unwrap_or_default();
    let fixed = found.findings.iter().flatten().filter_map(|one| one.vulnerability.as_ref());
    let fixed = fixed.filter(|hole| !hole.fixed.is_empty()).count() as u64;
    let mut all = match format {
        Format::Cyclonedx => {
            let sought = u64::from(found.vulnerabilities_sought);
            let mut all = by_word(&truth["vuln_by_max_rating"]);
            all.push(("components", summary.components.unwrap(), count(&truth["components_recursive"])));
            all.push(("vulnerabilities", rated, count(&truth["vulnerabilities"])));
            all.push(("sought", sought, u64::from(count(&truth["vulnerabilities"]) > 0)));
            all
        }
        Format::Spdx => vec![("packages", summary.components.unwrap(), count(&truth["packages"]))],
        Format::Osv => vec![
            ("packages", findings.total(), count(&truth["affected"])),
            ("unknown", dangers.unknown, count(&truth["affected"])),
            ("aliases", found.findings.iter().flatten().map(aliases).sum(), count(&truth["aliases"])),
        ],
        Format::OsvScanner => by_word(&truth["by_group_max_severity"]),
        Format::Trivy | Format::Grype => {
            let mut all = by_word(&truth["by_severity"]);
            let entries = truth["matches"].as_u64().or(truth["vulnerabilities"].as_u64()).unwrap();
            all.push(("vulnerabilities", rated, entries));
            all.push(("others", findings.total() - rated, count(&truth["misconfigurations"])));
            all.push(("fixed", fixed, truth["fixed"].as_u64().or(truth["fixable"].as_u64()).unwrap()));
            all
        }
        _ => vec![("unexpected format", 1, 0)],
    };
    let suppressed = truth["suppressed"].as_u64().or(truth["ignored"].as_u64()).unwrap_or(0);
    all.push(("suppressed", findings.suppressed, suppressed));
    all.push(("mismatches", found.mismatches.len() as u64, 0));
    all
}

fn aliases(finding: &dod_kernel::evidence::Finding) -> u64 {
    finding.vulnerability.as_ref().map_or(0, |hole| hole.aliases.len() as u64)
}
