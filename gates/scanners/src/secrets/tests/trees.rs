//! Which files are looked into, and what is said of the others.

use expect_test::expect;

use super::{ALNUM, check, fill, found, tree, whole_tree};
use crate::FILE_BYTES_MAX;
use crate::secrets::{ALLOW_FILE, Options};

fn secret() -> Vec<u8> {
    format!("gh{}_{}\n", "p", fill(ALNUM, 36)).into_bytes()
}

#[test]
fn hidden_files_are_looked_into_and_ignored_ones_are_not() {
    let secret = secret();
    check(
        &[
            (".env", &secret),
            (".github/workflows/ci.yml", &secret),
            ("ignored.txt", &secret),
            ("sub/also.log", &secret),
            (".gitignore", b"ignored.txt\n"),
            ("sub/.gitignore", b"*.log\n"),
            (".ignore", b".env\n"),
            (".git/config", &secret),
            (".dod/runs/x", &secret),
        ],
        &whole_tree(),
        &expect![[r#"
            .env:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint 4540e498b41c126c
            .github/workflows/ci.yml:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint 3400cb2e4894235e
            complete: 5 files, 2 open, 0 suppressed
        "#]],
    );
}

#[test]
fn what_version_control_holds_is_looked_into_although_it_is_ignored() {
    let secret = secret();
    let options = Options { tracked: vec!["forced.env".into()], ..whole_tree() };
    check(
        &[("forced.env", &secret), (".gitignore", b"*.env\n")],
        &options,
        &expect![[r#"
            forced.env:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint ad337fdf78fcf684
            complete: 2 files, 1 open, 0 suppressed
        "#]],
    );
}

#[test]
fn folders_that_are_left_out_are_named() {
    let secret = secret();
    check(
        &[
            ("node_modules/x/index.js", &secret),
            ("web/node_modules/x/index.js", &secret),
            ("target/debug/x", &secret),
            ("target/CACHEDIR.TAG", b"Signature: 8a477f597d28d172789f06886806bc55\n"),
            ("src/target/main.java", &secret),
        ],
        &whole_tree(),
        &expect![[r#"
            src/target/main.java:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint adc35addf6f875ed
            note: folder node_modules: packages of others are not looked into
            note: folder target: what a build made is not looked into
            note: folder web/node_modules: packages of others are not looked into
            complete: 1 files, 1 open, 0 suppressed
        "#]],
    );
}

#[test]
fn binary_and_large_files_are_named() {
    let root = tree(&[("a.bin", b"x\0y"), ("b.txt", b"text")]);
    let large = std::fs::File::create(root.path().join("large.txt")).unwrap();
    large.set_len(FILE_BYTES_MAX + 1).unwrap();
    let report = found(root.path(), &whole_tree()).unwrap();
    expect![[r#"
        warning: too-large large.txt: not looked into: the file has 33554433 bytes, more than 33554432
        note: binary a.bin: not looked into: the file is binary
        complete: 1 files, 0 open, 0 suppressed
    "#]]
    .assert_eq(&super::shown(&report));
}

#[test]
fn text_in_utf_16_is_read() {
    let text = String::from_utf8(secret()).unwrap();
    let little: Vec<u8> =
        [0xff, 0xfe].into_iter().chain(text.encode_utf16().flat_map(u16::to_le_bytes)).collect();
    let big: Vec<u8> =
        [0xfe, 0xff].into_iter().chain(text.encode_utf16().flat_map(u16::to_be_bytes)).collect();
    check(
        &[("big.ps1", &big), ("little.ps1", &little)],
        &whole_tree(),
        &expect![[r#"
            big.ps1:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint ec09ca056b1be598
            little.ps1:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint d5d24b0031302785
            complete: 2 files, 2 open, 0 suppressed
        "#]],
    );
}

#[test]
fn only_the_files_asked_for_are_looked_into_ignored_or_not() {
    let secret = secret();
    let files: &[(&str, &[u8])] = &[("a.txt", &secret), ("b.txt", &secret), (".gitignore", b"a.txt\n")];
    let only = |paths: &[&str]| Options {
        paths: Some(paths.iter().map(|path| (*path).to_owned()).collect()),
        ..whole_tree()
    };
    check(
        files,
        &only(&["a.txt", "deleted.txt"]),
        &expect![[r#"
            a.txt:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint b4b3c8d2f87763d7
            note: gone deleted.txt: there is no such file (any more)
            complete: 1 files, 1 open, 0 suppressed
        "#]],
    );
    check(
        files,
        &only(&[]),
        &expect![[r#"
        complete: 0 files, 0 open, 0 suppressed
    "#]],
    );
    check(
        files,
        &only(&["../x"]),
        &expect![[r#"
        error: `../x` is not a path below the root
    "#]],
    );
    check(
        files,
        &only(&["/etc/passwd"]),
        &expect![[r#"
        error: `/etc/passwd` is not a path below the root
    "#]],
    );
}

#[test]
fn allowed_findings_stay_in_the_report_as_suppressed() {
    let secret = String::from_utf8(secret()).unwrap();
    let root = tree(&[("a.txt", secret.as_bytes())]);
    let report = found(root.path(), &whole_tree()).unwrap();
    let fingerprint = report.run.results[0].fingerprint.clone();
    let inline = format!("# dod:{} secret\n{secret}\n{secret}x = 1 # dod:{} secret\n", "allow", "allow");
    // The comment is about its own line and not about the next one.
    let same_line = secret.trim_end().to_owned() + " # dod:allow" + " secret\n" + &secret;
    let allow =
        format!("# ours\npath fixtures/**\n\nfingerprint {fingerprint} a key of nobody\npath unused/\n");
    check(
        &[
            ("a.txt", secret.as_bytes()),
            ("b.txt", inline.as_bytes()),
            ("c.txt", same_line.as_bytes()),
            ("fixtures/deep/d.txt", secret.as_bytes()),
            (ALLOW_FILE, allow.as_bytes()),
        ],
        &whole_tree(),
        &expect![[r#"
            a.txt:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint b4b3c8d2f87763d7 [external: line 4 of .dod-secrets-allow: a key of nobody]
            b.txt:2:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint a9fc742e96228c5d [inSource: a comment at the finding allows it]
            b.txt:4:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint a9fc742e96228c5d
            c.txt:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint 087b992a7e30da3e [inSource: a comment at the finding allows it]
            c.txt:2:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint 087b992a7e30da3e
            fixtures/deep/d.txt:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint f270d8d4a300de4a [external: line 2 of .dod-secrets-allow: `path fixtures/**`]
            note: allow-unused .dod-secrets-allow: line 5 allows nothing that was found
            complete: 5 files, 2 open, 4 suppressed
        "#]],
    );
    let given = Options { allow: Some("path a.txt".into()), ..whole_tree() };
    check(
        &[("a.txt", secret.as_bytes()), (ALLOW_FILE, b"nonsense")],
        &given,
        &expect![[r#"
            a.txt:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint b4b3c8d2f87763d7 [external: line 1 of .dod-secrets-allow: `path a.txt`]
            complete: 2 files, 0 open, 1 suppressed
        "#]],
    );
}

#[test]
fn a_new_secret_in_an_allowed_place_is_not_allowed() {
    let root = tree(&[("a.txt", &secret())]);
    let report = found(root.path(), &whole_tree()).unwrap();
    let allow = format!("fingerprint {}", report.run.results[0].fingerprint);
    let other = format!("gh{}_{}\n", "p", fill("ZYXWVUTSRQ987654", 36));
    let options = Options { allow: Some(allow), ..whole_tree() };
    check(
        &[("a.txt", other.as_bytes())],
        &options,
        &expect![[r#"
            a.txt:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint 6b5344f35eb9b9ec
            note: allow-unused .dod-secrets-allow: line 1 allows nothing that was found
            complete: 1 files, 1 open, 0 suppressed
        "#]],
    );
}

#[test]
fn an_allow_file_that_is_not_understood_stops_the_scan() {
    for text in ["src/**", "path", "path !x", "fingerprint 12", "fingerprint XYZ4567890123456", "path a{"] {
        let files: &[(&str, &[u8])] = &[(ALLOW_FILE, text.as_bytes())];
        let root = tree(files);
        let result = found(root.path(), &whole_tree());
        assert!(result.is_err(), "{text}");
    }
    check(
        &[(ALLOW_FILE, b"# fine\nsrc/**\n")],
        &whole_tree(),
        &expect![[r#"
        error: line 2 of `.dod-secrets-allow` begins with `src/**`, not with `path` or `fingerprint`
    "#]],
    );
}

#[test]
fn a_root_that_cannot_be_read_is_an_error_and_no_clean_tree() {
    let root = tree(&[]);
    assert!(found(&root.path().join("nowhere"), &whole_tree()).is_err());
    std::fs::write(root.path().join("file"), "x").unwrap();
    assert!(found(&root.path().join("file"), &whole_tree()).is_err());
}

#[test]
fn ignore_files_above_the_root_hide_nothing() {
    let root = tree(&[(".gitignore", b"*\n"), ("inner/a.txt", &secret())]);
    let report = found(&root.path().join("inner"), &whole_tree()).unwrap();
    assert_eq!(report.open, 1);
}

#[test]
fn a_tree_without_files_says_so() {
    let secret = secret();
    check(
        &[(".gitignore", b"*\n"), ("a.txt", &secret)],
        &whole_tree(),
        &expect![[r#"
        warning: empty -: no file of the tree was looked into
        complete: 0 files, 0 open, 0 suppressed
    "#]],
    );
}

#[test]
fn a_name_that_the_system_refuses_makes_the_report_incomplete() {
    let options = Options { paths: Some(vec!["x".repeat(5_000)]), ..whole_tree() };
    let report = found(tree(&[]).path(), &options).unwrap();
    assert!(!report.run.successful);
    assert_eq!(report.run.notifications[0].id, "unreadable");
}

#[cfg(target_os = "linux")]
#[test]
fn a_name_that_is_not_unicode_is_looked_into() {
    use std::os::unix::ffi::OsStrExt;

    let root = tree(&[]);
    std::fs::write(root.path().join(std::ffi::OsStr::from_bytes(b"a\xff.txt")), secret()).unwrap();
    let report = found(root.path(), &whole_tree()).unwrap();
    assert_eq!(super::shown(&report).lines().count(), 2, "{}", super::shown(&report));
    assert_eq!(report.open, 1);
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_be_read_makes_the_report_incomplete() {
    use std::os::unix::fs::PermissionsExt;

    let root = tree(&[("closed.txt", b"x"), ("open.txt", b"y")]);
    let closed = root.path().join("closed.txt");
    std::fs::set_permissions(&closed, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&closed).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    let report = found(root.path(), &whole_tree()).unwrap();
    assert!(!report.run.successful);
    assert_eq!(report.run.notifications[0].id, "unreadable");
}

#[cfg(unix)]
#[test]
fn links_and_pipes_do_not_lead_anywhere() {
    let root = tree(&[("a/x.txt", &secret())]);
    std::os::unix::fs::symlink(root.path(), root.path().join("a/loop")).unwrap();
    std::os::unix::fs::symlink("/etc", root.path().join("etc")).unwrap();
    let report = found(root.path(), &whole_tree()).unwrap();
    expect![[r#"
        a/x.txt:1:1-41 github-token GitHub token `ghp_…` (40 characters), fingerprint 982c81af265ea454
        complete: 1 files, 1 open, 0 suppressed
    "#]]
    .assert_eq(&super::shown(&report));
    let asked = Options { paths: Some(vec!["a/loop".into()]), ..whole_tree() };
    expect![[r#"
        note: special a/loop: not looked into: this is not a regular file
        complete: 0 files, 0 open, 0 suppressed
    "#]]
    .assert_eq(&super::shown(&found(root.path(), &asked).unwrap()));
}
