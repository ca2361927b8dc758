//! `dod scan files`, `dod scan commits`, and secrets of the past: alone, and as steps of a workflow.

use expect_test::expect;

use super::{check, object};
use crate::dod::Project;

/// Not a key of anybody; written in two pieces, so that this file has none.
fn key() -> String {
    format!("key = \"AKIA{}\"\n", "IOSFODNN7ABCDEFG")
}

#[test]
fn files_are_looked_at_and_what_a_change_broke_is_told() {
    let project = Project::with(&[
        ("README.md", "# Title\n\n[a](docs/a.md#setup) [b](gone.md)\n"),
        ("LICENSE", "MIT\n"),
        ("docs/a.md", "# Setup\n"),
        ("big.bin", &"\0".repeat(100)),
    ]);
    project.commit("feat: first");
    check(
        &project,
        &["scan", "files", "--max-size", "99B"],
        &expect![[r#"
            exit code 1
            --- stdout
            README.md:3  `gone.md`: there is no `gone.md`  [broken-link]
            big.bin  the file has 100 bytes, more than 99  [large-file]
            big.bin  the file is binary  [binary-file]
            3 objections in 4 files
            --- stderr
        "#]],
    );
    std::fs::remove_file(project.path().join("docs/a.md")).unwrap();
    check(
        &project,
        &["scan", "files", "--since", "main"],
        &expect![[r#"
            exit code 1
            --- stdout
            README.md:3  `docs/a.md#setup`: there is no `docs/a.md`  [broken-link]
            1 objection in 0 files
            --- stderr
        "#]],
    );
    let report = object(&project, &["scan", "files", "--skip", "broken-link,binary-file"]);
    assert_eq!((report["open"].as_u64(), report["complete"].as_bool()), (Some(0), Some(true)), "{report}");
}

#[test]
fn a_header_may_be_a_file_and_a_wrong_option_is_told() {
    let project = Project::with(&[
        ("h.txt", "Copyright {year} Corp\n"),
        ("a.rs", "// Copyright 2026 Corp\n"),
        ("b.rs", "x\n"),
    ]);
    let said = project.dod(&["scan", "files", "--skip", "required-file", "--header", "*.rs=@h.txt"]);
    assert!(said.code == 1 && said.stdout.starts_with("b.rs  the file does not begin with"), "{said}");
    for (words, part) in [
        (["--header", "x"], "is not `GLOB=TEXT`"),
        (["--header", "*.rs=@gone.txt"], "the header `gone.txt` is not there"),
        (["--header", "[=x"], "is not a glob"),
        (["--max-size", "5 apples"], "a whole number is needed"),
        (["--skip", "spelling"], "the rules are required-file"),
        (["--since", "gone"], "no branch, tag or commit is called `gone`"),
    ] {
        project.commit("feat: x");
        let said = project.dod(&[["scan", "files"], words].concat());
        assert!(said.code == 2 && said.stderr.contains(part), "{words:?} {said}");
    }
}

#[test]
fn commits_of_a_change_are_held_to_the_convention() {
    let project = Project::with(&[("a.txt", "x")]);
    project.commit("first");
    project.git(&["checkout", "--quiet", "-b", "work"]);
    project.commit("feat: good\n\nSigned-off-by: Alice <alice@example.com>");
    project.commit("bad one");
    let said = project.dod(&["scan", "commits", "--since", "main"]);
    assert!(said.code == 1 && said.stdout.contains("`bad one`: there is no type"), "{said}");
    assert_eq!(said.last(), "1 objection in 2 commits (since main)");
    let said = project.dod(&["scan", "commits", "main..HEAD~1", "--sign-off", "--domain", "example.com"]);
    assert_eq!((said.code, said.last()), (0, "nothing to object to in 1 commit (main..HEAD~1)"), "{said}");
    let report =
        object(&project, &["scan", "commits", "--convention", "none", "--domain", "corp.io", "--signed"]);
    let rules: Vec<&str> =
        report["findings"].as_array().unwrap().iter().filter_map(|one| one["rule"].as_str()).collect();
    assert_eq!(rules, ["author-domain", "signature"]);
    assert_eq!(report["notifications"][0]["id"], "last-only", "{report}");
}

#[test]
fn a_signature_is_checked_with_the_keys_of_the_roles() {
    let project = Project::with(&[("a.txt", "x")]);
    let made = std::process::Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f"])
        .arg(project.path().join("key"))
        .status();
    if !made.is_ok_and(|status| status.success()) {
        println!("skipped: there is no ssh-keygen");
        return;
    }
    let key = project.read("key.pub");
    let roles = format!("developers:\n  - {{ name: alice, key: \"{}\" }}\n", key.trim());
    project.write("roles.yaml", &roles);
    project.write(".gitignore", "key*\n");
    project.commit("feat: first");
    project.git(&["checkout", "--quiet", "-b", "work"]);
    let sign = ["-c", "gpg.format=ssh", "-c", "user.signingkey=key.pub"];
    project.git(&[&sign[..], &["commit", "--quiet", "--allow-empty", "-S", "-m", "feat: signed"]].concat());
    let said = project.dod(&["scan", "commits", "--since", "main", "--signed=proved"]);
    assert_eq!(said.code, 0, "{said}");
    project.write("roles.yaml", "# nobody\n");
    project.git(&["commit", "--quiet", "--all", "-m", "feat: unsigned"]);
    let said = project.dod(&["scan", "commits", "--since", "main", "--signed=proved"]);
    assert!(said.code == 1 && said.stdout.contains("`feat: unsigned`: it is not signed"), "{said}");
    assert!(!said.stdout.contains("not checked"), "the roles of the base hold: {said}");
    // Nobody's keys are known: it is signed, and nobody can tell by whom.
    let said = project.dod(&["scan", "commits", "HEAD~1", "--signed=proved"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stdout.contains("is signed, not checked: `roles.yaml` names no key"), "{said}");
    assert_eq!(project.dod(&["scan", "commits", "HEAD~1", "--signed"]).code, 0);
}

#[test]
fn a_clone_that_is_too_shallow_leaves_it_open() {
    let origin = Project::with(&[("a.txt", "x"), ("old.py", &key())]);
    origin.commit("feat: first");
    for at in 0..3 {
        origin.write("old.py", &format!("{at}\n"));
        origin.commit("fix: gone");
    }
    let clone = Project::with(&[]);
    let from = format!("file://{}", origin.path().display());
    clone.git(&["clone", "--quiet", "--depth", "2", &from, "."]);
    let said = clone.dod(&["scan", "commits", "HEAD~3..HEAD"]);
    assert!(said.code != 0 && said.stderr.contains("shallow"), "{said}");
    let said = clone.dod(&["scan", "secrets", "--history"]);
    assert_eq!(
        (said.code, said.last()),
        (3, "no secrets in 3 versions of files; not everything could be read")
    );
}

#[test]
fn a_secret_of_the_past_is_found_with_its_commit() {
    let project = Project::with(&[("a.py", &key())]);
    project.commit("feat: first");
    project.write("a.py", "clean\n");
    project.commit("fix: gone");
    assert_eq!(project.dod(&["scan", "secrets"]).code, 0);
    let report = object(&project, &["scan", "secrets", "--history"]);
    let first = project.git(&["rev-parse", "HEAD~1"]);
    assert_eq!(report["findings"][0]["commit"], first.trim(), "{report}");
    assert!(!report.to_string().contains("IOSFODNN7"));
    let said = project.dod(&["scan", "secrets", "--history=HEAD~1..HEAD"]);
    assert_eq!((said.code, said.last()), (0, "no secrets in 1 version of files"), "{said}");
}

#[test]
fn a_change_does_not_allow_its_own_secrets() {
    let project = Project::with(&[(".dod-secrets-allow", "path old/**\n")]);
    project.commit("feat: first");
    project.write("a.py", &key());
    project.write(".dod-secrets-allow", "path **\n");
    let said = project.dod(&["scan", "secrets", "--since", "main"]);
    assert_eq!(said.code, 1, "{said}");
    assert_eq!(project.dod(&["scan", "secrets"]).code, 0);
}

#[test]
fn a_file_with_a_name_that_is_no_text_is_looked_into() {
    use std::os::unix::ffi::OsStrExt as _;
    let project = Project::with(&[("a.txt", "x")]);
    project.commit("feat: first");
    let name = std::ffi::OsStr::from_bytes(b"b\xff.py");
    std::fs::write(project.path().join(name), key()).unwrap();
    for words in [&["scan", "secrets"][..], &["scan", "secrets", "--since", "main"]] {
        assert_eq!(project.dod(words).code, 1, "{words:?}");
    }
}

#[test]
fn the_gates_of_the_catalogue_call_them_rightly() {
    let workflow = "policy: minimal\nsteps:\n  test: { run: 'true', kind: test }\n\
                    \x20 files: { uses: scan/files, with: { header: ['*.rs=SPDX'], max_size: 1MB, skip: [broken-anchor] } }\n\
                    \x20 commits: { uses: scan/commits, with: { sign_off: true, types: [feat, fix] } }\n\
                    \x20 past: { uses: scan/secrets, with: { history: HEAD } }\n";
    let project = Project::with(&[("dod.yaml", workflow), ("README.md", "x"), ("LICENSE", "x")]);
    project.commit("feat: first\n\nSigned-off-by: Alice <alice@example.com>");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
    project.write("a.rs", "fn main() {}\n");
    project.commit("chore: no");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 1, "{said}");
}
