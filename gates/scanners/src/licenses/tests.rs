//! Statements and trees in, objections out. Only the helpers here know the API.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use expect_test::{Expect, expect};

use super::judge::judge;
use super::recognize::recognize;
use super::{Installed, List, Options, Report, scan};
use crate::packages;

fn list(entries: &[&str]) -> List {
    List::new(entries.iter().copied()).unwrap()
}

/// What is held against each statement.
fn check(statements: &[&str], allow: Option<&[&str]>, deny: &[&str], expected: &Expect) {
    let (allow, deny) = (allow.map(list), list(deny));
    let mut text = String::new();
    for stated in statements {
        let stated: Vec<String> = if stated.is_empty() { Vec::new() } else { vec![(*stated).to_owned()] };
        let said = judge(&stated, allow.as_ref(), &deny);
        let said = said
            .map_or("fine".to_owned(), |one| format!("{} {}", one.rule().1, one.message(&stated.concat())));
        text += &format!("{}: {said}\n", stated.concat());
    }
    expected.assert_eq(&text);
}

#[test]
fn without_lists_copyleft_and_the_unknown_are_objected_to() {
    check(
        &[
            "MIT",
            "Apache-2.0 WITH LLVM-exception",
            "MIT/Apache-2.0",
            "GPL-3.0-only",
            "GPL-2.0",
            "GPL-3.0+",
            "AGPL-3.0-or-later",
            "LGPL-2.1",
            "MPL-2.0",
            "EPL-2.0",
            "CDDL-1.0",
            "SSPL-1.0",
            "CC-BY-SA-4.0",
            "CECILL-B",
            "GPL-2.0-only WITH Classpath-exception-2.0",
            "GPL-2.0-with-classpath-exception",
            "MIT OR GPL-3.0-only",
            "MIT AND GPL-3.0-only",
            "(MIT AND LGPL-3.0-only) OR GPL-2.0-only",
            "MIT AND (LGPL-3.0-only AND GPL-2.0-only)",
            "",
            "UNLICENSED",
            "SEE LICENSE IN LICENSE.md",
            "NOASSERTION",
            "LicenseRef-Own",
            "MIT OR LicenseRef-Own",
            "MIT AND",
            "BSD",
            "Apache License 2.0",
            "The MIT License (MIT)",
            "mit",
        ],
        None,
        &[],
        &expect![[r#"
            MIT: fine
            Apache-2.0 WITH LLVM-exception: fine
            MIT/Apache-2.0: fine
            GPL-3.0-only: copyleft `GPL-3.0-only` is strong copyleft: what contains it comes under its terms
            GPL-2.0: copyleft `GPL-2.0` is strong copyleft: what contains it comes under its terms
            GPL-3.0+: copyleft `GPL-3.0-or-later` of `GPL-3.0+` is strong copyleft: what contains it comes under its terms
            AGPL-3.0-or-later: copyleft `AGPL-3.0-or-later` is strong copyleft: what contains it comes under its terms
            LGPL-2.1: copyleft `LGPL-2.1` is weak copyleft: changes to it stay under its terms
            MPL-2.0: copyleft `MPL-2.0` is weak copyleft: changes to it stay under its terms
            EPL-2.0: copyleft `EPL-2.0` is weak copyleft: changes to it stay under its terms
            CDDL-1.0: copyleft `CDDL-1.0` is weak copyleft: changes to it stay under its terms
            SSPL-1.0: copyleft `SSPL-1.0` is strong copyleft: what contains it comes under its terms
            CC-BY-SA-4.0: copyleft `CC-BY-SA-4.0` is strong copyleft: what contains it comes under its terms
            CECILL-B: fine
            GPL-2.0-only WITH Classpath-exception-2.0: copyleft `GPL-2.0-only WITH Classpath-exception-2.0` is weak copyleft: changes to it stay under its terms
            GPL-2.0-with-classpath-exception: copyleft `GPL-2.0-with-classpath-exception` is weak copyleft: changes to it stay under its terms
            MIT OR GPL-3.0-only: fine
            MIT AND GPL-3.0-only: copyleft `GPL-3.0-only` of `MIT AND GPL-3.0-only` is strong copyleft: what contains it comes under its terms
            (MIT AND LGPL-3.0-only) OR GPL-2.0-only: copyleft `GPL-2.0-only`, `LGPL-3.0-only` of `(MIT AND LGPL-3.0-only) OR GPL-2.0-only` is weak copyleft: changes to it stay under its terms
            MIT AND (LGPL-3.0-only AND GPL-2.0-only): copyleft `GPL-2.0-only` of `MIT AND (LGPL-3.0-only AND GPL-2.0-only)` is strong copyleft: what contains it comes under its terms
            : unknown its license is stated neither by the lock file nor by the package on this machine
            UNLICENSED: unknown `UNLICENSED` is no license that SPDX knows
            SEE LICENSE IN LICENSE.md: unknown `SEE LICENSE IN LICENSE.md` is no license that SPDX knows
            NOASSERTION: unknown `NOASSERTION` is no license that SPDX knows
            LicenseRef-Own: unknown `LicenseRef-Own` is no license that SPDX knows
            MIT OR LicenseRef-Own: fine
            MIT AND: unknown `MIT AND` is no license that SPDX knows
            BSD: unknown `BSD` is no license that SPDX knows
            Apache License 2.0: fine
            The MIT License (MIT): fine
            mit: fine
        "#]],
    );
}

#[test]
fn a_list_of_what_is_allowed_leaves_nothing_else() {
    check(
        &[
            "MIT",
            "ISC",
            "MIT AND ISC",
            "MIT OR ISC",
            "Apache-2.0 WITH LLVM-exception",
            "GPL-3.0-only",
            "LGPL-2.1",
            "",
            "GPL-2.0 OR LGPL-3.0+",
        ],
        Some(&["MIT", "Apache-2.0", "LGPL"]),
        &[],
        &expect![[r#"
            MIT: fine
            ISC: denied `ISC` is not allowed
            MIT AND ISC: denied `ISC` of `MIT AND ISC` is not allowed
            MIT OR ISC: fine
            Apache-2.0 WITH LLVM-exception: fine
            GPL-3.0-only: denied `GPL-3.0-only` is not allowed
            LGPL-2.1: fine
            : unknown its license is stated neither by the lock file nor by the package on this machine
            GPL-2.0 OR LGPL-3.0+: fine
        "#]],
    );
}

#[test]
fn what_is_denied_is_denied_whatever_is_allowed() {
    check(
        &["MIT", "JSON", "JSON OR MIT", "BUSL-1.1 AND MIT", "GPL-3.0-or-later", "GPL-3.0+", "GPL-3.0-only"],
        None,
        &["JSON", "BUSL-1.1", "GPL-3.0-or-later"],
        &expect![[r#"
            MIT: fine
            JSON: denied `JSON` is not allowed
            JSON OR MIT: fine
            BUSL-1.1 AND MIT: denied `BUSL-1.1` of `BUSL-1.1 AND MIT` is not allowed
            GPL-3.0-or-later: denied `GPL-3.0-or-later` is not allowed
            GPL-3.0+: denied `GPL-3.0-or-later` of `GPL-3.0+` is not allowed
            GPL-3.0-only: copyleft `GPL-3.0-only` is strong copyleft: what contains it comes under its terms
        "#]],
    );
    check(
        &["MIT", "ISC"],
        Some(&["MIT", "ISC"]),
        &["ISC"],
        &expect![[r#"
        MIT: fine
        ISC: denied `ISC` is not allowed
    "#]],
    );
}

#[test]
fn an_exception_may_be_allowed_by_itself() {
    check(
        &["GPL-2.0-only WITH Classpath-exception-2.0", "GPL-2.0-only"],
        Some(&["GPL-2.0-only WITH Classpath-exception-2.0"]),
        &[],
        &expect![[r#"
            GPL-2.0-only WITH Classpath-exception-2.0: fine
            GPL-2.0-only: denied `GPL-2.0-only` is not allowed
        "#]],
    );
}

#[test]
fn a_list_of_things_that_are_no_licenses_is_refused() {
    for wrong in ["MIT2", "MIT OR ISC", "permissive"] {
        assert_eq!(List::new([wrong]).unwrap_err().entry, wrong);
    }
}

fn tree(files: &[(&str, &str)]) -> tempfile::TempDir {
    let root = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    root
}

fn shown(report: &Report) -> String {
    let run = &report.run;
    let mut text = String::new();
    for one in &run.results {
        let why = one.suppressed.as_ref().map(|(_, why)| format!(" [allowed: {why}]")).unwrap_or_default();
        text += &format!("{}:{} {} {}{why}\n", one.path, one.line, run.rules[one.rule].id, one.message);
    }
    for said in &run.notifications {
        text += &format!("{}: {}\n", said.level.as_str(), said.message);
    }
    text += &format!("{} of {} packages, complete: {}\n", report.open, report.packages, run.successful);
    text
}

fn scanned(root: &Path, options: &Options) -> Report {
    let inventory = packages::inventory(root, &packages::Options::default()).unwrap();
    scan(root, inventory, options)
}

const LOCK: &str = r#"{ "lockfileVersion": 3, "packages": {
  "node_modules/a": { "version": "1.0.0", "license": "MIT" },
  "node_modules/b": { "version": "2.0.0", "license": "GPL-3.0-or-later" },
  "node_modules/@s/c": { "version": "3.0.0" },
  "node_modules/d": { "version": "4.0.0", "license": "MPL-2.0" } } }"#;

#[test]
fn objections_stand_at_lines_of_the_lock_file_and_packages_may_be_allowed() {
    let root = tree(&[("package-lock.json", LOCK), ("web/package-lock.json", LOCK)]);
    let allow_packages = [("pkg:npm/d", "never shipped"), ("pkg:npm/a@1.0.0", "not needed")];
    let allow_packages =
        allow_packages.into_iter().map(|(purl, why)| (purl.to_owned(), why.to_owned())).collect();
    let options = Options { allow_packages, ..Options::default() };
    expect![[r#"
        package-lock.json:3 license-strong-copyleft `b` 2.0.0: `GPL-3.0-or-later` is strong copyleft: what contains it comes under its terms
        package-lock.json:4 license-unknown `@s/c` 3.0.0: its license is stated neither by the lock file nor by the package on this machine
        package-lock.json:5 license-weak-copyleft `d` 4.0.0: `MPL-2.0` is weak copyleft: changes to it stay under its terms [allowed: never shipped]
        warning: `pkg:npm/a@1.0.0` is allowed and nothing is held against it
        2 of 4 packages, complete: true
    "#]].assert_eq(&shown(&scanned(root.path(), &options)));
}

#[test]
fn the_report_has_the_license_of_each_objection_in_fields() {
    let root = tree(&[("package-lock.json", LOCK)]);
    let report = scanned(root.path(), &Options::default());
    let log: serde_json::Value = serde_json::from_slice(&report.to_sarif()).unwrap();
    expect![[r#"
        {
          "ruleId": "license-strong-copyleft",
          "ruleIndex": 0,
          "level": "error",
          "message": {
            "text": "`b` 2.0.0: `GPL-3.0-or-later` is strong copyleft: what contains it comes under its terms"
          },
          "locations": [
            {
              "physicalLocation": {
                "artifactLocation": {
                  "uri": "package-lock.json",
                  "uriBaseId": "%SRCROOT%"
                },
                "region": {
                  "startLine": 3
                }
              }
            }
          ],
          "partialFingerprints": {
            "primaryLocationLineHash": "d6708d1a9804edbf"
          },
          "properties": {
            "license": {
              "package": "pkg:npm/b",
              "version": "2.0.0",
              "expression": "GPL-3.0-or-later",
              "objection": "copyleft"
            }
          }
        }"#]]
    .assert_eq(&format!("{:#}", log["runs"][0]["results"][0]));
    assert_eq!(log["runs"][0]["properties"]["licensesSought"], true);
}

#[test]
fn no_lock_file_is_no_clean_bill() {
    expect![[r#"
        error: no lock file was found, so nothing was looked at
        0 of 0 packages, complete: false
    "#]]
    .assert_eq(&shown(&scanned(tree(&[]).path(), &Options::default())));
    let broken = tree(&[("Cargo.lock", "version = 9\n")]);
    expect![[r#"
        error: Cargo.lock:1: version 9 of the format is not known
        0 of 0 packages, complete: false
    "#]]
    .assert_eq(&shown(&scanned(broken.path(), &Options::default())));
}

#[test]
fn what_is_installed_in_the_locked_version_states_its_license() {
    let home = tree(&[
        (
            "registry/src/index-1/itoa-1.0.9/Cargo.toml",
            "[package]\nname = \"itoa\"\nversion = \"1.0.9\"\nlicense = \"MIT OR Apache-2.0\"\n",
        ),
        (
            "registry/src/index-1/log-0.4.20/Cargo.toml",
            "[package]\nname = \"log\"\nversion = \"0.4.20\"\nlicense-file = \"LICENSE\"\n",
        ),
        ("registry/src/index-1/log-0.4.20/LICENSE", MIT),
    ]);
    let go = tree(&[("github.com/!a/b@v1.2.0/LICENSE", MIT)]);
    let root = tree(&[
        (
            "Cargo.lock",
            "version = 4\n[[package]]\nname = \"itoa\"\nversion = \"1.0.9\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
            [[package]]\nname = \"log\"\nversion = \"0.4.20\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n\
            [[package]]\nname = \"gone\"\nversion = \"0.1.0\"\nsource = \"registry+https://github.com/rust-lang/crates.io-index\"\n",
        ),
        ("go.mod", "module m\ngo 1.20\nrequire github.com/A/b v1.2.0\n"),
        ("web/yarn.lock", "# yarn lockfile v1\n\na@1:\n  version \"1.0.0\"\n\nb@1:\n  version \"1.0.0\"\n"),
        (
            "web/node_modules/a/package.json",
            r#"{ "name": "a", "version": "1.0.0", "licenses": [{ "type": "MIT" }, { "type": "GPL-2.0" }] }"#,
        ),
        ("web/node_modules/b/package.json", r#"{ "name": "b", "version": "1.0.1", "license": "MIT" }"#),
        ("py/requirements.txt", "Zope_Event==5.0\nsix==1.17.0\n"),
        (
            "py/.venv/lib/python3.11/site-packages/zope.event-5.0.dist-info/METADATA",
            "Metadata-Version: 2.1\nName: zope.event\nVersion: 5.0\nLicense: ZPL-2.1\nClassifier: License :: OSI Approved :: Zope Public License\n\ntext",
        ),
        (
            "py/.venv/lib/python3.11/site-packages/six-1.17.0.dist-info/METADATA",
            "Name: six\nVersion: 1.17.0\nClassifier: License :: OSI Approved :: MIT License\n",
        ),
    ]);
    let installed = Installed {
        cargo_home: Some(home.path().to_owned()),
        go_modules: Some(go.path().to_owned()),
        ..Installed::default()
    };
    let report = scanned(root.path(), &Options { installed, ..Options::default() });
    expect![[r#"
        Cargo.lock:11 license-unknown `gone` 0.1.0: its license is stated neither by the lock file nor by the package on this machine
        web/yarn.lock:6 license-unknown `b` 1.0.0: its license is stated neither by the lock file nor by the package on this machine
        2 of 8 packages, complete: true
    "#]]
    .assert_eq(&shown(&report));
    let stated: BTreeMap<&str, usize> =
        report.stated.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    expect![[r#"{"": 2, "(MIT OR GPL-2.0)": 1, "MIT": 3, "MIT OR Apache-2.0": 1, "ZPL-2.1": 1}"#]]
        .assert_eq(&format!("{stated:?}"));
}

const MIT: &str = "The MIT License\n\nPermission is hereby granted, free of charge, to any person obtaining a copy of this \
    software …\n\nThe above copyright notice and this permission notice shall be included in all copies.\n\n\
    THE SOFTWARE IS PROVIDED \"AS IS\" …";

#[test]
fn a_text_is_known_only_if_it_is_one_license() {
    assert_eq!(recognize(MIT), Some("MIT"));
    assert_eq!(recognize(&format!("{MIT}\nGNU GENERAL PUBLIC LICENSE\nVersion 2, June 1991")), None);
    assert_eq!(recognize("All rights reserved."), None);
}
