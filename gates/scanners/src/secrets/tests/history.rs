//! Lines that a change brought, and versions that are gone.

use std::collections::BTreeMap;

use expect_test::expect;

use super::{ALNUM, check, fill, shown, tree, whole_tree};
use crate::secrets::{History, Options};

fn token(first: char) -> String {
    format!("gh{}_{first}{}", "p", fill(ALNUM, 35))
}

fn of_lines(lines: &[(&str, &[(u32, u32)])]) -> Options {
    let lines: BTreeMap<String, Vec<(u32, u32)>> =
        lines.iter().map(|(path, ranges)| ((*path).to_owned(), ranges.to_vec())).collect();
    Options { lines: Some(lines), ..whole_tree() }
}

#[test]
fn only_secrets_on_the_lines_of_a_change_are_told() {
    let text = format!("{}\nnothing\n{}\n", token('a'), token('b'));
    check(
        &[("a.txt", text.as_bytes()), ("b.txt", text.as_bytes())],
        &of_lines(&[("a.txt", &[(2, 3)])]),
        &expect![[r#"
            a.txt:3:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint 7d33b1efe3851982
            complete: 1 files, 1 open, 0 suppressed
        "#]],
    );
}

#[test]
fn a_key_of_which_a_change_brought_one_line_is_told() {
    let body = |at: usize| fill(ALNUM, 64 + at)[at..].to_owned();
    let block =
        format!("-----BEGIN {0} KEY-----\n{1}\n{2}\n-----END {0} KEY-----\n", "PRIVATE", body(0), body(3));
    check(
        &[("a.pem", block.as_bytes())],
        &of_lines(&[("a.pem", &[(3, 3)])]),
        &expect![[r#"
            a.pem:1:1-28 private-key private key, fingerprint 7bd2804593510bb7
            complete: 1 files, 1 open, 0 suppressed
        "#]],
    );
}

#[test]
fn a_secret_of_the_past_is_told_once_with_its_first_commit() {
    let root = tree(&[]);
    let mut history = History::new(root.path(), None).unwrap();
    let (first, second) =
        ("1111111111111111111111111111111111111111", "2222222222222222222222222222222222222222");
    history.version(first, "a.txt", Ok(token('a').as_bytes()));
    history.version(second, "a.txt", Ok(format!("\n{}", token('a')).as_bytes()));
    history.version(second, "b.bin", Ok(b"\0"));
    history.version(second, "c.txt", Err(1 << 40));
    let report = history.finish();
    expect![[r#"
        a.txt:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint 89622eb7993ce900, since commit 111111111111
        warning: too-large c.txt: not looked into: the file has 1099511627776 bytes, more than 33554432
        note: binary b.bin: not looked into: the file is binary
        complete: 2 files, 1 open, 0 suppressed
    "#]]
    .assert_eq(&shown(&report));
    let log: serde_json::Value = serde_json::from_slice(&report.to_sarif()).unwrap();
    let location = &log["runs"][0]["results"][0]["locations"][0];
    assert_eq!(location["logicalLocations"][0]["fullyQualifiedName"], first);
    assert_eq!(location["physicalLocation"]["artifactLocation"]["uri"], "a.txt");
}

#[test]
fn what_was_allowed_in_the_tree_is_allowed_in_the_past() {
    let root = tree(&[(".dod-secrets-allow", b"path old/**\n")]);
    let mut history = History::new(root.path(), None).unwrap();
    history.version("1", "old/a.txt", Ok(token('a').as_bytes()));
    let report = history.finish();
    assert_eq!((report.open, report.suppressed), (0, 1));
}

#[test]
fn a_history_that_is_not_whole_is_not_complete() {
    let mut history = History::new(tree(&[]).path(), None).unwrap();
    history.incomplete("this clone is shallow".to_owned());
    assert!(!history.finish().run.successful);
}

#[test]
fn comments_of_other_scanners_allow_as_well() {
    for comment in ["dod:allow secret", "gitleaks:allow", "pragma: allowlist secret"] {
        let text = format!("{} # {comment}\n", token('a'));
        let report = super::found(tree(&[("a.txt", text.as_bytes())]).path(), &whole_tree()).unwrap();
        assert_eq!((report.open, report.suppressed), (0, 1), "{comment}");
    }
}
