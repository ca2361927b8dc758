//! The bytes that are written.

use expect_test::expect_file;
use serde_json::json;

use super::{Trial, before, record};

#[test]
fn the_report_is_cyclonedx() {
    let mut github = record("GHSA-aaaa-bbbb-cccc", "npm", "demo", before("1.1.0"));
    github["aliases"] = json!(["CVE-2026-1"]);
    github["severity"] =
        json!([{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }]);
    github["database_specific"] = json!({ "severity": "CRITICAL", "cwe_ids": ["CWE-787", "CWE-0"] });
    github["references"] = json!([
        { "type": "ADVISORY", "url": "https://example.org/advisory" },
        { "type": "WEB", "url": "not an address" },
    ]);
    let second = record("GHSA-dddd", "npm", "demo", json!([{ "introduced": "0" }]));
    let trial = Trial::new("npm demo 1.0.0\n npm demo 1.0.5\n npm demo 1.0.0\n PyPI loose -")
        .records(&[github, second])
        .ignoring("GHSA-dddd", "only on other systems");
    let written = String::from_utf8(trial.scan().to_cyclonedx()).unwrap();
    expect_file!["report.cdx.json"].assert_eq(&written);
}
