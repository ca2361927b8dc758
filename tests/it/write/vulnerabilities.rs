//! `dod scan vulnerabilities`: alone, read back by `dod evidence`, and as the step of a workflow.

use expect_test::expect;

use crate::dod::{Project, Said, said};

const LOCK: &str = r#"version = 4

[[package]]
name = "demo"
version = "1.0.0"
source = "registry+https://github.com/rust-lang/crates.io-index"
checksum = "0000000000000000000000000000000000000000000000000000000000000000"
"#;

const MANIFEST: &str =
    "[package]\nname = \"x\"\nversion = \"0.1.0\"\nedition = \"2024\"\n\n[dependencies]\ndemo = \"1\"\n";

const RECORD: &str = r#"{
  "id": "GHSA-aaaa-bbbb-cccc",
  "aliases": ["CVE-2026-1"],
  "modified": "2026-11-18T10:00:00Z",
  "summary": "demo reads behind the end",
  "severity": [{ "type": "CVSS_V3", "score": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H" }],
  "affected": [{
    "package": { "ecosystem": "crates.io", "name": "demo" },
    "ranges": [{ "type": "SEMVER", "events": [{ "introduced": "0" }, { "fixed": "1.0.1" }] }]
  }]
}"#;

fn project() -> Project {
    Project::with(&[("Cargo.toml", MANIFEST), ("Cargo.lock", LOCK), (".vulndb/crates.io/1.json", RECORD)])
}

/// Runs the program where no database lies anywhere by default, at 2026-11-21.
fn scan(project: &Project, words: &[&str]) -> Said {
    let words: Vec<&str> = ["scan", "vulnerabilities"].iter().chain(words).copied().collect();
    let mut command = project.command(&words);
    command.env("HOME", project.path().join("home")).env("SOURCE_DATE_EPOCH", "1795219200");
    for name in ["DOD_VULNDB", "XDG_DATA_HOME", "CARGO_HOME"] {
        command.env_remove(name);
    }
    said(&command.output().unwrap())
}

#[test]
fn a_known_hole_is_told_with_its_place_and_its_way_out() {
    expect![[r#"
        exit code 1
        --- stdout
        Cargo.lock:4  pkg:cargo/demo@1.0.0  critical  GHSA-aaaa-bbbb-cccc (CVE-2026-1)  demo reads behind the end; fixed in 1.0.1
        1 vulnerability (1 critical) in 1 package of 1 lock file; 1 record, 2 days old
        --- stderr
    "#]]
    .assert_eq(&scan(&project(), &["--db", ".vulndb", "--as", "table"]).to_string());
}

#[test]
fn what_is_written_is_read_back_as_the_same() {
    let project = project();
    let said = scan(&project, &["--db", ".vulndb", "--output", "found.cdx.json"]);
    assert_eq!((said.code, said.stdout.as_str()), (1, ""), "{said}");
    assert!(said.stderr.starts_with("Cargo.lock:4  pkg:cargo/demo@1.0.0  critical"), "{said}");
    let read = project.dod(&["evidence", "found.cdx.json", "--format", "json", "--findings"]);
    let read: serde_json::Value = serde_json::from_str(&read.stdout).unwrap();
    assert_eq!(read["format"], "cyclonedx");
    assert_eq!(read["vulnerabilities"]["critical"], 1, "{read:#}");
    assert_eq!(read["components"], 1);
    assert_eq!(read["measures"]["vulndb.age_days"]["value"], 2, "{read:#}");
    assert!(read.to_string().contains("1.0.1"), "{read:#}");
}

#[test]
fn without_a_database_nothing_is_clean() {
    expect![[r#"
        exit code 3
        --- stdout
        --- stderr
        error: there is no database of vulnerabilities, so nothing was checked
          = help: put `ECOSYSTEM/all.zip` of the bucket `osv-vulnerabilities` (say `crates.io/all.zip`) into `~/.local/share/dod/vulndb`, or name a folder, an archive or a clone of RustSec's advisory-db with `--db`
    "#]]
    .assert_eq(&scan(&project(), &[]).to_string());
    let said = scan(&project(), &["--db", "gone"]);
    assert_eq!((said.code, said.stderr.contains("there is no database `./gone`")), (2, true), "{said}");
}

#[test]
fn databases_are_looked_for_where_they_usually_lie() {
    let project = project();
    for place in
        [".local/share/dod/vulndb/crates.io/1.json", ".cargo/advisory-dbs/some-clone/crates/demo/1.json"]
    {
        project.write(&format!("home/{place}"), RECORD);
        let said = scan(&project, &["--as", "table"]);
        assert_eq!((said.code, said.stdout.contains("1 record,")), (1, true), "{said}");
        std::fs::remove_dir_all(project.path().join("home")).unwrap();
    }
    let mut command = project.command(&["scan", "vulnerabilities", "--as", "table"]);
    let output = command.env("DOD_VULNDB", project.path().join(".vulndb")).output().unwrap();
    assert_eq!(said(&output).code, 1);
}

#[test]
fn what_has_no_database_or_no_lock_file_is_undecided() {
    let project = project();
    project.write("Cargo.lock", &LOCK.replace("1.0.0", "1.0.1"));
    assert_eq!(scan(&project, &["--db", ".vulndb"]).code, 0);
    project.write("package.json", "{\"dependencies\": {\"left-pad\": \"1\"}}");
    let said = scan(&project, &["--db", ".vulndb"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(
        said.stderr.contains("unchecked: package.json: no lock file pins the packages it asks for"),
        "{said}"
    );
    assert_eq!(scan(&project, &["--db", ".vulndb", "Cargo.lock"]).code, 0);
    let bare = Project::with(&[("Cargo.toml", MANIFEST), (".vulndb/1.json", RECORD)]);
    assert_eq!(scan(&bare, &["--db", ".vulndb"]).code, 3);
    let empty = Project::with(&[("README.md", "no packages\n")]);
    assert_eq!(scan(&empty, &[]).code, 0);
}

#[test]
fn a_hole_is_ignored_only_with_a_reason() {
    let project = project();
    let said = scan(&project, &["--db", ".vulndb", "--ignore", "CVE-2026-1"]);
    assert_eq!((said.code, said.stderr.contains("an id and a reason are needed")), (2, true), "{said}");
    let said = scan(&project, &["--db", ".vulndb", "--as", "table", "--ignore", "CVE-2026-1=never called"]);
    assert_eq!(
        (said.code, said.last()),
        (0, "no vulnerabilities in 1 package of 1 lock file, 1 ignored; 1 record, 2 days old"),
        "{said}"
    );
}

#[test]
fn as_a_step_it_is_judged_by_the_policy() {
    let project = project();
    project.write(
        "dod.yaml",
        "policy: own\nsteps:\n  vulnerabilities: { uses: scan/vulnerabilities, with: { db: [.vulndb] } }\n",
    );
    project.write("policies/own.yaml", "policy: own\nquality_gates:\n  security: \"no critical CVEs\"\n");
    project.commit("all");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 1, "{said}");
    project.write("Cargo.lock", &LOCK.replace("1.0.0", "1.0.1"));
    project.commit("fixed");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
    std::fs::remove_dir_all(project.path().join(".vulndb/crates.io")).unwrap();
    project.commit("no database");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 3, "{said}");
}
