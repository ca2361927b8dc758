//! Evidence of a change that was compared with its base, and the rules that ask for it.

use dod_kernel::evidence::{
    Compared, Comparison, Danger, Evidence, FileCoverage, Finding, Known, KnownFrom, License, Measure,
    Objection, Place, Severity, Source, Vulnerability,
};
use dod_kernel::id::{Digest, Name, RunId};
use dod_kernel::policy::Rule;

/// Under which the comparison lies in the blobs.
pub(crate) const DIGEST: Digest = Digest([5; 32]);

const BASE: &str = "68e3149a1f1104c609b14c6021ab361ea09034c9";

/// No new errors, no copyleft, no drop, and the lines of the change covered.
pub(crate) fn rules() -> Vec<Rule> {
    let rule = |id: &str, gate: &str, fact: &str, is: &str, unit: &str, value: &str| {
        let text = format!(
            r#"{{ "because": "clean as you code", "effect": "block", "gates": ["{gate}"], "id": "{id}", "require":
            {{ "threshold": {{ "fact": "{fact}", "is": "{is}", "unit": "{unit}", "value": "{value}" }} }},
            "requirements": ["house-1/A"] }}"#
        );
        serde_json::from_str(&text).unwrap()
    };
    vec![
        rule("no-new", "lint", "findings.introduced.error", "equal", "1", "0"),
        rule("no-copyleft", "licenses", "licenses.copyleft", "equal", "1", "0"),
        rule("no-drop", "coverage", "coverage.line.drop", "at_most", "%", "0.1"),
        rule("changed", "coverage", "coverage.changed.line", "at_least", "%", "80"),
    ]
}

/// What the host says of it in the settings.
pub(crate) fn settings() -> Vec<Name> {
    let run = "019aa5b2-0000-7abc-8def-0123456789ab";
    vec![
        "workflow from ci/gates.yaml".into(),
        "policy from policies/team.yaml (sha256:00)".into(),
        "governed file changed: waivers.yaml".into(),
        format!("7 lines changed since base {BASE}").as_str().into(),
        format!("compared with run {run} of base {BASE}").as_str().into(),
    ]
}

/// The comparison: lines 10 to 16 are new, and a run of the base knows what is old.
pub(crate) fn blob() -> Vec<u8> {
    let from = KnownFrom::Run { id: RunId("019aa5b2-0000-7abc-8def-0123456789ab".into()) };
    let known = |fingerprint: &str| Known {
        fingerprints: [Name::from(fingerprint)].into(),
        from: from.clone(),
        measures: [].into(),
        moved: [].into(),
    };
    let comparison = Comparison {
        base: Some(BASE.into()),
        gates: [("lint".into(), known("old"))].into(),
        lines: Some([("src/a.rs".into(), vec![(10, 16)])].into()),
        moved: [].into(),
    };
    serde_json::to_vec(&comparison).unwrap()
}

/// `errors`, `unknown` ones, a `license`, a `hole` in a lock file, or `lines`.
pub(crate) fn evidence(what: &str) -> Evidence {
    let found = |all: Vec<Finding>| Evidence {
        compared: Some(Compared::LinesAndFingerprints),
        findings: Some(all),
        sources: vec![Source {
            digest: Digest([8; 32]),
            format: "sarif".into(),
            path: "out/lint.sarif".into(),
        }],
        ..Evidence::default()
    };
    match what {
        "errors" => found(vec![
            finding("old", 3, Some(false)),
            finding("elsewhere", 40, Some(true)),
            finding("here", 12, Some(true)),
        ]),
        "unknown" => Evidence { compared: Some(Compared::Lines), ..found(vec![finding("maybe", 3, None)]) },
        "license" => Evidence { licenses_sought: true, ..found(vec![license()]) },
        "hole" => Evidence { vulnerabilities_sought: true, ..found(vec![hole()]) },
        "lines" => covered(),
        other => panic!("nobody understands `{other}`"),
    }
}

fn finding(fingerprint: &str, line: u32, introduced: Option<bool>) -> Finding {
    Finding {
        fingerprint: fingerprint.into(),
        introduced,
        license: None,
        message: "this is wrong".into(),
        original: Some("major".into()),
        place: Some(Place { column: None, end_line: None, line: Some(line), path: "src/a.rs".into() }),
        rule: "R1".into(),
        severity: Severity::Error,
        suppressed: false,
        vulnerability: None,
    }
}

fn license() -> Finding {
    let license = License {
        expression: "GPL-3.0-only".into(),
        objection: Objection::Copyleft,
        package: "pkg:cargo/foo".into(),
        version: "1.0".into(),
    };
    Finding { license: Some(license), rule: "license".into(), ..finding("license", 4, Some(true)) }
}

fn hole() -> Finding {
    let vulnerability = Vulnerability {
        aliases: vec!["CVE-2024-1".into()],
        danger: Danger::Critical,
        fixed: vec!["2.11.4".into(), "3.1".into()],
        id: "GHSA-1".into(),
        package: "pkg:pypi/jinja2".into(),
        score: Some("9.8".parse().unwrap()),
        vector: None,
        version: "2.11.3".into(),
    };
    Finding {
        message: "pkg:pypi/jinja2@2.11.3: the sandbox (of 2.x) leaks (fixed in 2.11.4, 3.1)".into(),
        rule: "GHSA-1".into(),
        vulnerability: Some(vulnerability),
        ..finding("hole", 3, Some(true))
    }
}

fn covered() -> Evidence {
    let lines = vec![(9, 1), (10, 1), (11, 0), (13, 0), (14, 1), (16, 0), (20, 0)];
    let file =
        FileCoverage { changed: vec![(10, 16)], lines, path: "src/a.rs".into(), ..FileCoverage::default() };
    let was = Measure { unit: "%".into(), value: "60".parse().unwrap() };
    Evidence {
        base: [("coverage.line".into(), was)].into(),
        compared: Some(Compared::LinesAndFingerprints),
        coverage: Some(vec![file]),
        ..Evidence::default()
    }
}
