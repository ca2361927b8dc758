//! `dod scan sbom` and `dod scan licenses`: alone, and as gates that a policy asks for.

use expect_test::expect;

use super::{check, object};
use crate::dod::Project;

const LOCK: &str = r#"{ "lockfileVersion": 3, "packages": {
  "": { "name": "shop", "dependencies": { "a": "1", "b": "2" } },
  "node_modules/a": { "version": "1.0.0", "license": "MIT" },
  "node_modules/b": { "version": "2.0.0", "license": "GPL-3.0-or-later" },
  "node_modules/c": { "version": "3.0.0" } } }"#;
const MANIFEST: &str = r#"{ "name": "shop", "version": "1.2.0" }"#;

#[test]
fn a_list_of_components_is_what_the_evidence_readers_take() {
    let project = Project::with(&[("package-lock.json", LOCK), ("package.json", MANIFEST)]);
    check(
        &project,
        &["scan", "sbom", "--output", "sbom.json"],
        &expect![[r#"
        exit code 0
        --- stdout
        --- stderr
        3 components of 1 lock file
    "#]],
    );
    let read = object(&project, &["evidence", "sbom.json"]);
    assert_eq!(
        (read["format"].as_str(), read["components"].as_u64()),
        (Some("cyclonedx"), Some(3)),
        "{read}"
    );
    let first = project.read("sbom.json");
    project.dod(&["scan", "sbom", "--output", "sbom.json"]);
    assert_eq!(first, project.read("sbom.json"), "the same tree gives the same bytes");
}

#[test]
fn a_lock_file_that_cannot_be_read_is_no_shorter_list() {
    let project = Project::with(&[
        ("package-lock.json", LOCK),
        ("api/Cargo.lock", "version = 4\n[[package]]\nname = 1\n"),
        ("api/Cargo.toml", "[package]\nname = \"api\"\n[dependencies]\nitoa = \"1\"\n"),
    ]);
    let said = project.dod(&["scan", "sbom", "--output", "sbom.json"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stderr.contains("api/Cargo.lock:2: `version` is missing"), "{said}");
    assert!(!said.stderr.contains("no lock file says which"), "what is told is told once: {said}");
    let said = project.dod(&[
        "scan",
        "licenses",
        "--deny",
        "JSON",
        "--allow",
        "MIT,GPL",
        "--allow-package",
        "pkg:npm/c=ours",
    ]);
    assert_eq!(said.code, 3, "nothing is held against what was read, and not all was: {said}");
    let nothing = Project::with(&[("README.md", "none\n")]);
    for scanner in ["sbom", "licenses"] {
        let said = nothing.dod(&["scan", scanner]);
        assert_eq!(said.code, 3, "{said}");
    }
}

#[test]
fn licenses_are_held_against_lists() {
    let project = Project::with(&[("package-lock.json", LOCK)]);
    check(
        &project,
        &["scan", "licenses"],
        &expect![[r#"
        exit code 1
        --- stdout
        package-lock.json:4  `b` 2.0.0: `GPL-3.0-or-later` is strong copyleft: what contains it comes under its terms  [license-strong-copyleft]
        package-lock.json:5  `c` 3.0.0: its license is stated neither by the lock file nor by the package on this machine  [license-unknown]
             1  not stated
             1  GPL-3.0-or-later
             1  MIT
        2 objections to 3 packages of 1 lock file
        --- stderr
    "#]],
    );
    check(
        &project,
        &["scan", "licenses", "--allow", "MIT,GPL", "--allow-package", "pkg:npm/c@3.0.0=asked"],
        &expect![[r#"
            exit code 0
            --- stdout
                 1  not stated
                 1  GPL-3.0-or-later
                 1  MIT
            no objections to 3 packages of 1 lock file, 1 allowed
            --- stderr
        "#]],
    );
    check(
        &project,
        &["scan", "licenses", "--allow", "MIT2"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `MIT2` is no license that SPDX knows
    "#]],
    );
    let said = project.dod(&["scan", "licenses", "--allow-package", "pkg:npm/c"]);
    assert_eq!(said.code, 2, "a reason is needed: {said}");
    project.dod(&["scan", "licenses", "--as", "sarif", "--output", "licenses.sarif"]);
    let read = object(&project, &["evidence", "licenses.sarif", "--findings"]);
    assert_eq!(read["findings"]["total"], 2, "{read}");
    assert!(read.to_string().contains("copyleft"), "{read}");
}

#[test]
fn a_policy_that_requires_a_list_and_licenses_gets_them_in_detected_projects() {
    let project = Project::with(&[
        (
            "package-lock.json",
            &LOCK.replace("GPL-3.0-or-later", "ISC").replace("\"3.0.0\"", "\"3.0.0\", \"license\": \"0BSD\""),
        ),
        ("package.json", r#"{ "name": "shop", "version": "1.2.0", "scripts": { "build": "true" } }"#),
    ]);
    project.commit("all");
    let plan = project.dod(&["plan", "--policy", "enterprise"]);
    assert!(plan.stdout.contains("(scan/sbom)") && plan.stdout.contains("(scan/licenses)"), "{plan}");
    let said = project.dod(&["validate", "--policy", "enterprise", "--only", "sbom", "--only", "licenses"]);
    assert!(said.stdout.contains("passed     sbom") && said.stdout.contains("3 components"), "{said}");
    assert!(said.stdout.contains("passed     licenses"), "{said}");
    assert!(!said.to_string().contains("failed"), "{said}");
}
