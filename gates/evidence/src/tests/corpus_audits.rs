//! Real audits and TAP, with counts made by independent tools. They are not part of the project: where they are absent
//! the test says so and proves nothing.

use dod_kernel::evidence::Evidence;
use serde_json::Value;

use super::corpus::folder;
use crate::{Context, Format, detect};

const FORMATS: &[(&str, Format)] = &[
    ("cargo-audit", Format::CargoAudit),
    ("npm-audit", Format::NpmAudit),
    ("pip-audit", Format::PipAudit),
    ("tap", Format::Tap),
];

#[test]
fn real_audits_and_tests_hold_what_was_counted() {
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
        assert_eq!(detect(&bytes), Some(format), "{name}");
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
    let count = |value: &Value| value.as_u64().unwrap_or(0);
    let summary = found.summary();
    let dangers = summary.vulnerabilities.unwrap_or_default();
    let holes =
        dangers.critical + dangers.high + dangers.medium + dangers.low + dangers.none + dangers.unknown;
    let rule = |name: &str| found.findings.iter().flatten().filter(|one| &*one.rule == name).count() as u64;
    let measure = |name: &str| {
        let value = found.measures.get(name).and_then(|measure| measure.value.as_integer());
        u64::try_from(value.unwrap_or(0)).unwrap()
    };
    match format {
        Format::CargoAudit => vec![
            ("holes", holes, count(&truth["count"])),
            ("without a vector", dangers.unknown, count(&truth["by_cvss_severity"]["none"])),
            ("unmaintained", rule("unmaintained"), count(&truth["warnings"]["unmaintained"])),
            ("yanked", rule("yanked"), count(&truth["warnings"]["yanked"])),
        ],
        Format::NpmAudit => vec![
            ("holes", holes, count(&truth["distinct_advisories"])),
            ("moderate", dangers.medium, count(&truth["by_severity_advisory"]["moderate"])),
            ("low", dangers.low, count(&truth["by_severity_advisory"]["low"])),
            // npm's totals count packages, and agree with what is listed.
            ("mismatches", summary.mismatches, 0),
        ],
        Format::PipAudit => vec![
            ("holes", holes, count(&truth["vulnerabilities"])),
            ("skipped", rule("skipped"), count(&truth["skipped"])),
            ("unchecked", summary.unchecked, count(&truth["skipped"])),
        ],
        _ => {
            let tests = summary.tests.unwrap();
            let (ours, theirs) = (&truth["own_top_level"], &truth["perl_TAP_Parser"]);
            vec![
                ("tests", tests.total(), count(&theirs["tests_run"])),
                ("failed", tests.failed, count(&theirs["failed_not_todo"])),
                ("skip", measure("tests.skip"), count(&ours["skip"])),
                ("todo", measure("tests.todo"), count(&ours["todo"])),
            ]
        }
    }
}
