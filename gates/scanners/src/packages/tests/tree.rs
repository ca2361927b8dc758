//! Which lock files of a tree are read.

use expect_test::expect;

use super::{check, read, shown, tree_of};
use crate::packages::{InventoryError, Options, inventory};

const LOCK: &str = "six==1.17.0\n";

#[test]
fn folders_of_others_and_ignored_files_are_left_out() {
    check(
        &[
            ("requirements.txt", LOCK),
            ("web/requirements.txt", LOCK),
            ("node_modules/a/requirements.txt", LOCK),
            ("vendor/a/requirements.txt", LOCK),
            (".venv/lib/requirements.txt", LOCK),
            ("target/requirements.txt", LOCK),
            ("out/requirements.txt", LOCK),
            (".gitignore", "out\n"),
        ],
        &expect![[r#"
            requirements.txt:1 pkg:pypi/six@1.17.0
            web/requirements.txt:1 pkg:pypi/six@1.17.0
            requirements.txt: Unknown
            web/requirements.txt: Unknown
        "#]],
    );
}

#[test]
fn what_is_tracked_is_read_although_it_is_ignored() {
    let root = tree_of(&[("out/requirements.txt", LOCK), (".gitignore", "out\n")]);
    let options =
        Options { tracked: vec!["out/requirements.txt".into(), "readme.txt".into()], ..Options::default() };
    expect![[r#"
        out/requirements.txt:1 pkg:pypi/six@1.17.0
        out/requirements.txt: Unknown
    "#]]
    .assert_eq(&shown(&inventory(root.path(), &options).unwrap()));
}

#[test]
fn paths_choose_files_and_folders() {
    let root = tree_of(&[
        ("a/requirements.txt", LOCK),
        ("b/requirements.txt", LOCK),
        ("ab/requirements.txt", LOCK),
        ("b/x.md", ""),
    ]);
    let options = Options {
        paths: vec!["a".into(), "b/requirements.txt".into(), "b/x.md".into()],
        ..Options::default()
    };
    expect![[r#"
        a/requirements.txt:1 pkg:pypi/six@1.17.0
        b/requirements.txt:1 pkg:pypi/six@1.17.0
        a/requirements.txt: Unknown
        b/requirements.txt: Unknown
        unread b/x.md: it is no lock file that is known here
    "#]]
    .assert_eq(&shown(&inventory(root.path(), &options).unwrap()));
}

#[test]
fn a_path_outside_the_root_is_refused() {
    let root = tree_of(&[]);
    let options = Options { paths: vec!["../x".into()], ..Options::default() };
    assert!(matches!(inventory(root.path(), &options), Err(InventoryError::Outside { .. })));
    assert!(matches!(
        inventory(&root.path().join("gone"), &Options::default()),
        Err(InventoryError::Root { .. })
    ));
}

#[test]
fn a_file_has_the_digest_of_its_bytes() {
    let root = tree_of(&[("requirements.txt", LOCK)]);
    let inventory = read(root.path());
    expect!["ebf206bd17b40856161356787b67bd48f6d9f35bc882bc064dc65f140caf47fa"]
        .assert_eq(&inventory.locks[0].digest);
    assert_eq!(inventory.locks[0].packages, 1);
}

#[test]
fn a_lock_file_of_another_package_manager_is_not_read_and_said() {
    check(
        &[("bun.lockb", ""), ("ios/Podfile.lock", "")],
        &expect![[r#"
            unread bun.lockb: lock files of this package manager are not read here
            unread ios/Podfile.lock: lock files of this package manager are not read here
        "#]],
    );
}
