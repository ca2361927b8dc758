//! What is written holds against the official schema of CycloneDX, where the corpus is at hand.

use std::fs;
use std::path::{Path, PathBuf};

use jsonschema::Registry;
use serde_json::{Value, json};

use super::{Report, Trial, before, record};

fn schemas() -> Option<PathBuf> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let corpus = std::env::var_os("DOD_CORPUS").map_or(beside, PathBuf::from);
    Some(corpus.join("schemas")).filter(|folder| folder.is_dir())
}

fn check(folder: &Path, report: &Report) {
    let read =
        |name: &str| -> Value { serde_json::from_slice(&fs::read(folder.join(name)).unwrap()).unwrap() };
    let registry = Registry::new()
        .add("http://cyclonedx.org/schema/spdx.schema.json", read("cyclonedx-spdx.schema.json"))
        .unwrap()
        .add("http://cyclonedx.org/schema/jsf-0.82.schema.json", read("cyclonedx-jsf-0.82.schema.json"))
        .unwrap()
        .prepare()
        .unwrap();
    let schema = read("cyclonedx-bom-1.6.schema.json");
    let validator =
        jsonschema::options().with_registry(&registry).should_validate_formats(true).build(&schema).unwrap();
    let written: Value = serde_json::from_slice(&report.to_cyclonedx()).unwrap();
    let wrong: Vec<String> =
        validator.iter_errors(&written).map(|error| format!("{}: {error}", error.instance_path())).collect();
    assert_eq!(wrong, Vec::<String>::new());
}

#[test]
fn every_report_holds_against_the_schema() {
    let Some(folder) = schemas() else { return println!("skipped: no schemas") };
    let mut rich = record("GHSA-aaaa-bbbb-cccc", "npm", "@scope/demo", before("1.1.0"));
    rich["aliases"] = json!(["CVE-2026-1", "odd id with spaces", "https://example.org/1"]);
    rich["severity"] = json!([
        { "type": "CVSS_V2", "score": "AV:N/AC:L/Au:N/C:P/I:P/A:P" },
        { "type": "CVSS_V3", "score": "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" },
        { "type": "CVSS_V4", "score": "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N" },
        { "type": "CVSS_V5", "score": "CVSS:5.0/?" },
        { "type": "Ubuntu", "score": "negligible" },
    ]);
    rich["database_specific"] = json!({ "severity": "HIGH", "cwe_ids": ["CWE-0", "CWE-79", 12] });
    rich["references"] = json!([
        { "type": "WEB", "url": "https://example.org/a?b=c#d" },
        { "type": "WEB", "url": "https://example.org/<broken>" },
        { "type": "WEB", "url": "https://example.org/ü" },
    ]);
    rich["published"] = json!("2026-01-02T03:04:05.678901Z");
    rich["modified"] = json!("yesterday");
    let mut told = record("RUSTSEC-2026-0001", "crates.io", "demo", json!([{ "introduced": "0" }]));
    told["affected"][0]["database_specific"] = json!({ "informational": "unmaintained" });
    let full = Trial::new(
        "npm @scope/demo 1.0.0
         npm @scope/demo 1.0.1-beta+build
         crates.io demo 1.0.0
         PyPI Odd_Name.x -
         Go example.org/m v1.0.0+incompatible",
    )
    .records(&[rich, told])
    .file("broken.json", "{")
    .ignoring("CVE-2026-1", "never called");
    check(&folder, &full.scan());
    check(&folder, &Trial::new("").scan());
}
