//! Trees in, what was found out. Only the helpers here know the API.

mod hostile;
mod links;

use std::fs;
use std::path::Path;

use expect_test::{Expect, expect};

use super::{Header, Options, Report, scan};

pub(super) fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

/// Only these rules, in the whole tree.
pub(super) fn only(root: &Path, rules: &[&str]) -> Options {
    let rules = rules.iter().map(|rule| (*rule).to_owned()).collect();
    Options { rules, ..Options::new(root.to_owned()) }
}

pub(super) fn found(root: &Path, options: &Options) -> Report {
    scan(root, options, &mut |_, _| {}).unwrap()
}

pub(super) fn shown(report: &Report) -> String {
    let mut text = String::new();
    for one in &report.run.results {
        let rule = &report.run.rules[one.rule].id;
        let allowed = if one.suppressed.is_some() { " [allowed]" } else { "" };
        text += &format!("{}:{} {rule} {}{allowed}\n", one.path, one.line, one.message);
    }
    for said in &report.run.notifications {
        let path = said.path.as_deref().unwrap_or("-");
        text += &format!("{}: {} {path}: {}\n", said.level.as_str(), said.id, said.message);
    }
    text
}

fn check(files: &[(&str, &str)], rules: &[&str], expected: &Expect) {
    let root = tree(files);
    let report = found(root.path(), &only(root.path(), rules));
    expected.assert_eq(&shown(&report));
}

/// Lines of a conflict, put together here, so that this file has none.
fn conflict() -> String {
    let mark = |sign: &str| sign.repeat(7);
    format!("a\n{} HEAD\nb\n{}\nc\n{} other\nd\n", mark("<"), mark("="), mark(">"))
}

#[test]
fn what_every_repository_has_is_missed() {
    check(
        &[("a.txt", "x")],
        &["required-file"],
        &expect![[r#"
        :0 required-file there is no `README*`
        :0 required-file there is no `LICENSE*` or `LICENCE*` or `COPYING*` or `UNLICENSE*` or `LICENSES/*`
    "#]],
    );
    check(&[("readme.md", "x"), ("LICENSES/MIT.txt", "x")], &["required-file"], &expect![[""]]);
    check(
        &[("docs/README.md", "x"), ("COPYING", "x")],
        &["required-file"],
        &expect![[r#"
        :0 required-file there is no `README*`
    "#]],
    );
}

#[test]
fn the_license_of_a_repository_is_that_of_its_projects() {
    let root = tree(&[("LICENSE", "x"), ("api/README.md", "x")]);
    let options = Options { repository: root.path().to_owned(), ..only(root.path(), &["required-file"]) };
    assert_eq!(found(&root.path().join("api"), &options).open, 0);
}

#[test]
fn headers_are_texts_in_any_comment() {
    let text = "Copyright {year} Corp\nLicensed under the Apache License, Version 2.0 (the \"License\")";
    let root = tree(&[
        (
            "a.rs",
            "// Copyright 2019-2026 Corp\n// Licensed under the Apache License, Version 2.0 (the \"License\")\n",
        ),
        (
            "b.py",
            "#!/usr/bin/env python3\n# Copyright 2026 Corp\n# Licensed under the Apache License,\n# Version 2.0 (the \"License\")\n",
        ),
        (
            "c.c",
            "/*\n * Copyright 2026 Corp\n * Licensed under the Apache License, Version 2.0 (the \"License\")\n */\n",
        ),
        ("d.rs", "fn main() {}\n"),
        ("gen/e.rs", "fn main() {}\n"),
        ("f.rs", ""),
    ]);
    let headers =
        [("gen/**", "none"), ("*.{rs,py,c}", text)].map(|(glob, text)| Header::new(glob, text).unwrap());
    let options = Options { headers: headers.to_vec(), ..only(root.path(), &["license-header"]) };
    expect![[r#"
        d.rs:0 license-header the file does not begin with `Copyright {year} Corp Licensed under the Apache License, Ver`
    "#]].assert_eq(&shown(&found(root.path(), &options)));
}

#[test]
fn headers_are_licenses_of_spdx() {
    let root = tree(&[
        ("a.rs", "// SPDX-License-Identifier: MIT OR Apache-2.0\n"),
        ("b.css", "/* SPDX-License-Identifier: MIT */\n"),
        ("c.html", "<!-- SPDX-License-Identifier: MIT -->\n"),
        ("d.rs", "// SPDX-License-Identifier: Mine\n"),
        ("e.rs", "// MIT\n"),
        ("f.rs", "// SPDX-License-Identifier: Apache-2.0\n"),
    ]);
    let any = vec![Header::new("**", "SPDX").unwrap()];
    let options = Options { headers: any, ..only(root.path(), &["license-header"]) };
    expect![[r#"
        d.rs:0 license-header `Mine` is no license expression of SPDX
        e.rs:0 license-header the file has no line `SPDX-License-Identifier: …`
    "#]]
    .assert_eq(&shown(&found(root.path(), &options)));
    let mit = vec![Header::new("*.rs", "SPDX-License-Identifier: MIT").unwrap()];
    let options = Options { headers: mit, ..options };
    expect![[r#"
        a.rs:0 license-header the license of the file is `MIT OR Apache-2.0`, not `MIT`
        d.rs:0 license-header the license of the file is `Mine`, not `MIT`
        e.rs:0 license-header the file has no line `SPDX-License-Identifier: MIT`
        f.rs:0 license-header the license of the file is `Apache-2.0`, not `MIT`
    "#]]
    .assert_eq(&shown(&found(root.path(), &options)));
    assert!(Header::new("*.rs", "//").is_err());
    assert!(Header::new("[", "x").is_err());
}

#[test]
fn large_and_binary_files_are_told_unless_they_may_be() {
    let root = tree(&[
        ("a.txt", "x".repeat(11).as_str()),
        ("b.txt", "x".repeat(10).as_str()),
        ("c.bin", "\0"),
        ("d.png", "\0"),
        ("data/e.bin", "\0"),
    ]);
    let options = Options {
        large_bytes: 10,
        allow_binary: vec!["data/**".to_owned()],
        ..only(root.path(), &["large-file", "binary-file"])
    };
    expect![[r#"
        a.txt:0 large-file the file has 11 bytes, more than 10
        c.bin:0 binary-file the file is binary
    "#]]
    .assert_eq(&shown(&found(root.path(), &options)));
    let options = Options { allow_large: vec!["*.txt".to_owned()], ..options };
    assert_eq!(found(root.path(), &options).open, 1);
}

#[test]
fn a_conflict_is_three_marks_in_order_at_the_beginnings_of_lines() {
    let real = conflict();
    let windows = real.replace('\n', "\r\n");
    let shifted = real.replace('<', " <");
    let heading = format!("Title\n{}\ntext\n", "=".repeat(7));
    let open = real.split('>').next().unwrap().to_owned();
    let shown = format!("How it looks:\n\n```\n{real}```\n");
    let long = real.replace(&"<".repeat(7), &"<".repeat(8));
    check(
        &[
            ("a.rs", &real),
            ("b.rs", &windows),
            ("c.rs", &shifted),
            ("d.rst", &heading),
            ("e.rs", &open),
            ("f.md", &shown),
            ("g.md", &real),
            ("h.rs", &long),
            ("i.rs", &format!("{real}{real}")),
            ("j.rs", &real.replacen('a', "// dod:allow merge-marker", 1)),
        ],
        &["merge-marker"],
        &expect![[r#"
            a.rs:2 merge-marker a conflict begins here that nobody resolved
            b.rs:2 merge-marker a conflict begins here that nobody resolved
            g.md:2 merge-marker a conflict begins here that nobody resolved
            i.rs:2 merge-marker a conflict begins here that nobody resolved
            i.rs:9 merge-marker a conflict begins here that nobody resolved
            j.rs:2 merge-marker a conflict begins here that nobody resolved [allowed]
        "#]],
    );
}

#[test]
fn names_that_differ_in_case_alone_are_told_once() {
    check(
        &[("a/x.txt", ""), ("A/x.txt", ""), ("b/readme", ""), ("b/README", ""), ("c", "")],
        &["colliding-names"],
        &expect![[r#"
            a:0 colliding-names the name differs from `A` in case alone
            b/readme:0 colliding-names the name differs from `b/README` in case alone
        "#]],
    );
}

#[test]
fn links_out_of_the_repository_are_told() {
    let root = tree(&[("a/b.txt", "x")]);
    let link = |target: &str, name: &str| std::os::unix::fs::symlink(target, root.path().join(name)).unwrap();
    link("b.txt", "a/fine");
    link("../a/b.txt", "a/fine-too");
    link("../../x", "a/out");
    link("/etc/passwd", "absolute");
    link("gone", "broken");
    link("round", "round");
    let options = only(root.path(), &["escaping-symlink", "broken-symlink"]);
    expect![[r#"
        a/out:0 escaping-symlink the symbolic link leads to `../../x`, out of the repository
        absolute:0 escaping-symlink the symbolic link leads to `/etc/passwd`, out of the repository
        broken:0 broken-symlink the symbolic link leads to `gone`, where nothing is
        round:0 broken-symlink the symbolic link leads to `round`, back to itself
    "#]]
    .assert_eq(&shown(&found(root.path(), &options)));
}

#[test]
fn lines_end_in_one_way() {
    check(
        &[("a.txt", "x\r\ny\nz\n"), ("b.txt", "x\r\ny\r\n"), ("c.txt", "x\ny\nz")],
        &["mixed-line-endings"],
        &expect![[r#"
            a.txt:1 mixed-line-endings 1 lines end with CR LF and 2 with LF
        "#]],
    );
}

#[test]
fn only_files_of_the_change_are_told_of() {
    let real = conflict();
    let root =
        tree(&[("a.rs", &real), ("b.rs", &real), ("ignored.rs", &real), (".gitignore", "ignored.rs\n")]);
    let asked = |paths: &[&str]| Options {
        paths: Some(paths.iter().map(|path| (*path).to_owned()).collect()),
        ..only(root.path(), &["merge-marker", "required-file"])
    };
    expect![[r#"
        b.rs:2 merge-marker a conflict begins here that nobody resolved
        ignored.rs:2 merge-marker a conflict begins here that nobody resolved
    "#]]
    .assert_eq(&shown(&found(root.path(), &asked(&["b.rs", "gone.rs", "ignored.rs"]))));
    let gone = Options { gone: ["README.md".to_owned()].into(), ..asked(&[]) };
    expect![[r#"
        :0 required-file there is no `README*`
    "#]]
    .assert_eq(&shown(&found(root.path(), &gone)));
}

#[test]
fn excluded_files_are_not_looked_at_and_can_be_linked_to() {
    let real = conflict();
    let root = tree(&[("tests/data/a.rs", &real), ("a.md", "[x](tests/data/a.rs)\n")]);
    let options = Options {
        exclude: vec!["tests/data/**".to_owned()],
        ..only(root.path(), &["merge-marker", "broken-link"])
    };
    assert_eq!(shown(&found(root.path(), &options)), "");
}

#[test]
fn a_finding_keeps_its_fingerprint_when_lines_move() {
    let report = |text: &str| {
        let root = tree(&[("a.md", text)]);
        found(root.path(), &only(root.path(), &["broken-link"])).run.results[0].fingerprint.clone()
    };
    assert_eq!(report("[x](gone.md)\n"), report("moved\n\n\n[x](gone.md)\n"));
    assert_ne!(report("[x](gone.md)\n"), report("[x](other.md)\n"));
}
