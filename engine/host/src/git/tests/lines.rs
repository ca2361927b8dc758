//! Claims about the lines that a change brought.

use super::*;

/// The changed lines of the sandbox's repository since its first commit, one file a line.
#[expect(clippy::needless_pass_by_value, reason = "snapshots are written in place")]
fn check(sandbox: &Sandbox, wanted: Expect) {
    let git = sandbox.git();
    let first = git.commit("first-commit").unwrap();
    let changed = git.changed_since(&first).unwrap();
    let found = git.changed_lines(&first, &changed).unwrap();
    let mut text = String::new();
    for (path, ranges) in &found.lines {
        let ranges: Vec<String> = ranges.iter().map(|(first, last)| format!("{first}-{last}")).collect();
        text += &format!("{path}: {}\n", ranges.join(" "));
    }
    for (new, old) in &found.moved {
        text += &format!("{new} was {old}\n");
    }
    wanted.assert_eq(&text);
}

/// With one commit of a file of ten lines.
fn sandbox() -> Sandbox {
    let sandbox = Sandbox::new();
    sandbox
        .sh("cd repo; seq 10 >ten; seq 100 130 >far; git add .; git commit -qm first; git tag first-commit");
    sandbox
}

#[test]
fn committed_staged_written_and_untracked_lines_are_changed_lines() {
    let sandbox = sandbox();
    sandbox.sh("cd repo; sed -i 2s/.*/two/ ten; git commit -qam second; sed -i 5s/.*/five/ ten; git add ten");
    sandbox.sh("cd repo; sed -i '9a nine and a half' ten; printf 'a\\nb' >new");
    check(
        &sandbox,
        expect![[r#"
        new: 1-2
        ten: 2-2 5-5 10-10
    "#]],
    );
}

#[test]
fn lines_that_are_gone_are_nowhere() {
    let sandbox = sandbox();
    sandbox.sh("cd repo; sed -i 3,4d ten; rm far");
    check(&sandbox, expect![""]);
}

#[test]
fn a_file_that_moved_brings_only_the_lines_that_differ() {
    let sandbox = sandbox();
    sandbox.sh("cd repo; mkdir sub; git mv far sub/near; sed -i '3s/.*/other/' sub/near");
    check(
        &sandbox,
        expect![[r#"
        sub/near: 3-3
        sub/near was far
    "#]],
    );
    // Also where git was not told.
    let sandbox = self::sandbox();
    sandbox.sh("cd repo; mv far away");
    check(
        &sandbox,
        expect![[r#"
        away was far
    "#]],
    );
}

#[test]
fn a_file_that_git_is_told_to_overlook_is_changed_in_every_line() {
    let sandbox = sandbox();
    sandbox.sh("cd repo; git update-index --assume-unchanged ten; echo eleven >>ten");
    check(
        &sandbox,
        expect![[r#"
        ten: 1-4294967295
    "#]],
    );
}

#[test]
fn a_file_that_the_change_calls_binary_is_changed_in_every_line() {
    let sandbox = sandbox();
    sandbox.sh("cd repo; echo '* -diff' >.gitattributes; sed -i 2s/.*/two/ ten; rm far; echo b >new");
    check(
        &sandbox,
        expect![[r#"
        .gitattributes: 1-4294967295
        new: 1-4294967295
        ten: 1-4294967295
    "#]],
    );
}

#[test]
fn the_tree_of_a_commit_is_the_digest_of_a_clean_checkout_of_it() {
    let sandbox = sandbox();
    let git = sandbox.git();
    let clean = git.clean_tree(&git.commit("first-commit").unwrap()).unwrap();
    assert_eq!(sandbox.state().digest(), clean);
    sandbox.sh("cd repo; echo >dirt");
    assert_ne!(sandbox.state().digest(), clean);
}
