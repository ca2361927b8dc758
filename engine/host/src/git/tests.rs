//! Claims about what git is asked, on real repositories.

use std::process::Command;

use expect_test::{Expect, expect};
use globset::{Glob, GlobSetBuilder};
use tempfile::TempDir;

use super::*;

mod bases;
mod lines;

/// A repository in a temporary folder, made with the program `git`.
struct Sandbox {
    folder: TempDir,
}

impl Sandbox {
    fn new() -> Self {
        let sandbox = Self { folder: tempfile::tempdir().unwrap() };
        sandbox.sh("git init -q -b main repo");
        sandbox
    }

    /// With one commit of `a`, `b`, `run.sh` and a link.
    fn with_commit() -> Self {
        let sandbox = Self::new();
        sandbox.sh(
            "cd repo; echo 1 >a; echo 1 >b; echo x >run.sh; ln -s a link; git add .; git commit -qm first",
        );
        sandbox
    }

    fn sh(&self, script: &str) {
        let output = Command::new("sh")
            .args(["-ec", script])
            .current_dir(self.folder.path())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_ALLOW_PROTOCOL", "file")
            .envs([("GIT_AUTHOR_NAME", "Ann"), ("GIT_AUTHOR_EMAIL", "ann@example.com")])
            .envs([("GIT_COMMITTER_NAME", "Ann"), ("GIT_COMMITTER_EMAIL", "ann@example.com")])
            .output()
            .unwrap();
        assert!(output.status.success(), "{script}: {}", String::from_utf8_lossy(&output.stderr));
    }

    fn git(&self) -> Git {
        self.git_in("repo")
    }

    fn git_in(&self, path: &str) -> Git {
        Git::discover(&self.folder.path().join(path)).unwrap().unwrap()
    }

    fn state(&self) -> TreeState {
        self.git().tree_state(&GlobSet::empty()).unwrap()
    }
}

fn show(state: &TreeState) -> String {
    let lines = state.differing.iter().map(|(path, it)| {
        let content = if it.content.is_some() { "content" } else { "-" };
        format!("{:?} {:06o} {content} {path}\n", it.status, it.mode)
    });
    lines.collect()
}

/// Runs a script in a repository with one commit and shows how its tree differs.
fn check(script: &str, expected: &Expect) {
    let sandbox = Sandbox::with_commit();
    sandbox.sh(&format!("cd repo; {script}"));
    expected.assert_eq(&show(&sandbox.state()));
}

#[test]
fn a_clean_tree_is_its_commit() {
    check("true", &expect![[""]]);
    let (one, two) = (Sandbox::with_commit(), Sandbox::with_commit());
    two.sh("cd repo; git commit -q --amend -m 'another message'");
    assert_eq!(one.state().digest(), two.state().digest());
}

#[test]
fn every_difference_is_named() {
    check(
        "echo 2 >a; rm b; chmod +x run.sh; ln -sf b link; echo 3 >new; mkdir -p deep/er; echo 4 >deep/er/x",
        &expect![[r#"
            Modified 100644 content a
            Deleted 000000 - b
            Added 100644 content deep/er/x
            Modified 120000 content link
            Added 100644 content new
            Modified 100755 content run.sh
        "#]],
    );
}

#[test]
fn ignored_files_and_our_own_folder_do_not_count() {
    check(
        "echo target >.gitignore; mkdir target .dod sub; echo 1 >target/x; echo 1 >.dod/x; mkdir sub/.dod; echo 1 >sub/.dod/x",
        &expect![[r#"
            Added 100644 content .gitignore
        "#]],
    );
}

#[test]
fn staging_changes_nothing() {
    let sandbox = Sandbox::with_commit();
    sandbox.sh("cd repo; echo 2 >a; echo 3 >new; rm b");
    let before = sandbox.state();
    sandbox.sh("cd repo; git add -A");
    assert_eq!(sandbox.state(), before);
    sandbox.sh("cd repo; echo 1 >a; rm new; echo 1 >b"); // staged, and taken back in the files alone
    assert_eq!(show(&sandbox.state()), "");
}

#[test]
fn a_touched_file_is_not_a_changed_one() {
    check("touch -d '1 hour ago' a; chmod 600 b", &expect![[""]]);
}

#[test]
fn a_file_of_the_same_size_and_time_is_still_a_changed_one() {
    check("t=$(stat -c %y a); echo 2 >a; touch -d \"$t\" a", &expect![["Modified 100644 content a\n"]]);
}

#[test]
fn a_file_that_became_a_folder_and_a_folder_that_became_a_file() {
    check(
        "mkdir d; echo 1 >d/x; git add d; git commit -qm d; rm -r d; echo 1 >d; rm a; mkdir a; echo 1 >a/y",
        &expect![[r#"
            Deleted 000000 - a
            Added 100644 content a/y
            Added 100644 content d
            Deleted 000000 - d/x
        "#]],
    );
}

#[test]
fn declared_outputs_are_no_changes() {
    let sandbox = Sandbox::with_commit();
    sandbox.sh("cd repo; mkdir out; echo 1 >out/report.xml; echo 1 >other");
    let excluded = GlobSetBuilder::new().add(Glob::new("out/**").unwrap()).build().unwrap();
    let state = sandbox.git().tree_state(&excluded).unwrap();
    assert_eq!(show(&state), "Added 100644 content other\n");
}

#[test]
fn a_repository_inside_the_tree_is_seen_into() {
    let sandbox = Sandbox::with_commit();
    sandbox.sh("git clone -q repo repo/nested");
    let clean = sandbox.state();
    assert_eq!(show(&clean), "Added 160000 content nested\n");
    sandbox.sh("echo 2 >repo/nested/a");
    assert_ne!(sandbox.state().digest(), clean.digest());
}

#[test]
fn a_submodule_differs_when_its_files_do() {
    let sandbox = Sandbox::with_commit();
    sandbox.sh("git init -q -b main lib; cd lib; echo 1 >l; git add l; git commit -qm l");
    sandbox.sh("cd repo; git -c protocol.file.allow=always submodule -q add ../lib lib; git commit -qm lib");
    assert_eq!(show(&sandbox.state()), "");
    assert_eq!(sandbox.git_in("repo/lib").root().file_name().unwrap(), "lib");
    sandbox.sh("echo 2 >repo/lib/l");
    let one = sandbox.state();
    assert_eq!(show(&one), "Modified 160000 content lib\n");
    sandbox.sh("echo 3 >repo/lib/l");
    assert_ne!(sandbox.state().digest(), one.digest());
}

#[test]
fn a_repository_without_a_commit_is_all_its_files() {
    let sandbox = Sandbox::new();
    sandbox.sh("cd repo; echo 1 >a; echo 2 >b; git add a");
    let git = sandbox.git();
    assert_eq!(git.head().unwrap(), Head { branch: Some("main".into()), ..Head::default() });
    assert_eq!(sandbox.state().head_tree, None);
    assert_eq!(show(&sandbox.state()), "Added 100644 content a\nAdded 100644 content b\n");
    assert_eq!(git.base("main"), Err(GitError::NoCommit { reference: "main".into() }));
}

#[test]
fn what_is_checked_out_is_told() {
    let sandbox = Sandbox::with_commit();
    sandbox.sh("cd repo; git tag v1; git tag -am annotated release-1; git config user.name Bob; git config user.email b@x");
    let head = sandbox.git().head().unwrap();
    assert_eq!(head.branch.as_deref(), Some("main"));
    assert_eq!(head.tags, ["release-1", "v1"]);
    assert_eq!(head.author.unwrap().email, "ann@example.com");
    assert_eq!(head.summary.as_deref(), Some("first"));
    assert_eq!(sandbox.git().user().unwrap().name, "Bob");
    sandbox.sh("cd repo; git checkout -q --detach");
    assert_eq!(sandbox.git().head().unwrap().branch, None);
}

#[test]
fn a_linked_worktree_is_a_tree_of_its_own() {
    let sandbox = Sandbox::with_commit();
    sandbox.sh("cd repo; git worktree add -q -b side ../side; mkdir ../side/sub; echo 9 >../side/a");
    let git = sandbox.git_in("side/sub");
    assert_eq!(git.root().file_name().unwrap(), "side");
    assert_eq!(git.head().unwrap().branch.as_deref(), Some("side"));
    assert_eq!(show(&git.tree_state(&GlobSet::empty()).unwrap()), "Modified 100644 content a\n");
    assert_eq!(show(&sandbox.state()), "");
}

#[test]
fn no_repository_and_a_bare_one_are_two_things() {
    let sandbox = Sandbox::with_commit();
    assert!(Git::discover(sandbox.folder.path()).unwrap().is_none());
    sandbox.sh("git clone -q --bare repo bare.git");
    let error = Git::discover(&sandbox.folder.path().join("bare.git")).unwrap_err();
    assert!(matches!(error, GitError::Bare { .. }), "{error}");
}

#[test]
fn the_remote_is_told_without_its_password() {
    let sandbox = Sandbox::new();
    assert_eq!(sandbox.git().remote(), None);
    sandbox.sh("cd repo; git remote add origin https://ann:hunter2@example.com:8443/a/b@c.git");
    assert_eq!(sandbox.git().remote().unwrap(), "https://example.com:8443/a/b@c.git");
    assert_eq!(without_credentials("git@example.com:a/b.git"), "git@example.com:a/b.git");
    assert_eq!(without_credentials("file:///srv/x.git"), "file:///srv/x.git");
}

#[test]
fn a_flag_in_the_index_hides_no_change() {
    check(
        "git update-index --assume-unchanged a; git update-index --skip-worktree b; echo 2 >a; echo 2 >b",
        &expect![[r#"
            Modified 100644 content a
            Modified 100644 content b
        "#]],
    );
    check("git update-index --assume-unchanged a b; rm b", &expect![["Deleted 000000 - b\n"]]);
    check("git update-index --skip-worktree a b; rm b", &expect![["Deleted 000000 - b\n"]]);
}

#[test]
fn what_a_sparse_checkout_leaves_out_is_not_deleted() {
    check(
        "mkdir in out; echo 1 >in/x; echo 1 >out/y; git add .; git commit -qm dirs; git sparse-checkout set in; test ! -e out/y",
        &expect![[""]],
    );
}
