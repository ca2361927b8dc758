//! The base of a change: finding it, what changed since, what it held.

use super::*;

/// `main` goes on after `work` left it; `work` changes `a`, the files go further.
fn branches() -> Sandbox {
    let sandbox = Sandbox::with_commit();
    sandbox.sh("cd repo; git checkout -qb work; echo 2 >a; echo 1 >gone; git add .; git commit -qm two");
    sandbox.sh("cd repo; git checkout -q main; echo 5 >b; git commit -qam three; git checkout -q work");
    sandbox
}

fn changed(git: &Git, commit: &str) -> Vec<String> {
    git.changed_since(commit).unwrap().iter().map(TreePath::to_string).collect()
}

#[test]
fn a_change_is_what_was_done_since_the_common_ancestor() {
    let sandbox = branches();
    sandbox.sh("cd repo; rm gone; echo 1 >new; git mv run.sh go.sh; mkdir .dod; echo 1 >.dod/x");
    let git = sandbox.git();
    let base = git.base("main").unwrap();
    assert_eq!(base.reference, "main");
    assert_eq!(base.tip, git.commit("main").unwrap());
    assert_eq!(base.commit, git.commit("main~1").unwrap());
    assert_eq!(changed(&git, &base.commit), ["a", "go.sh", "new", "run.sh"]);
    sandbox.sh("cd repo; echo 1 >a");
    assert_eq!(changed(&sandbox.git(), &base.commit), ["go.sh", "new", "run.sh"]);
}

#[test]
fn a_branch_of_the_remote_alone_is_found() {
    let sandbox = branches();
    sandbox.sh("git clone -q -b work repo clone");
    let base = sandbox.git_in("clone").base("main").unwrap();
    assert_eq!(base.reference, "origin/main");
}

#[test]
fn an_unknown_name_comes_with_near_ones() {
    let sandbox = branches();
    let error = sandbox.git().base("mian").unwrap_err();
    assert_eq!(error.to_string(), "no branch, tag or commit is called `mian`; did you mean `main`?");
    let error = sandbox.git().base("zzz").unwrap_err();
    assert_eq!(error.to_string(), "no branch, tag or commit is called `zzz`");
}

#[test]
fn a_shallow_clone_says_so_and_how_to_fetch() {
    let sandbox = branches();
    sandbox.sh("git clone -q --depth 1 --no-single-branch -b work file://$PWD/repo clone");
    let git = sandbox.git_in("clone");
    assert!(git.is_shallow());
    let error = git.base("main").unwrap_err();
    assert_eq!(
        error.to_string(),
        "this clone is shallow and does not have what is needed of `main`: `git fetch --unshallow`, or `fetch-depth: 0` in CI"
    );
    assert_eq!(git.base("HEAD~1"), Err(GitError::Shallow { reference: "HEAD~1".into() }));
    let missing = sandbox.git().commit("main~1").unwrap();
    assert_eq!(git.base(&missing), Err(GitError::Shallow { reference: missing.clone() }));
    assert_eq!(git.file_at(&missing, "a"), Err(GitError::Shallow { reference: missing }));
}

#[test]
fn branches_without_a_common_ancestor_are_unrelated() {
    let sandbox = branches();
    sandbox.sh("cd repo; git checkout -q --orphan other; git commit -qm other");
    assert_eq!(sandbox.git().base("main"), Err(GitError::Unrelated { reference: "main".into() }));
}

#[test]
fn a_base_can_be_read_without_being_checked_out() {
    let sandbox = branches();
    sandbox.sh("cd repo; mkdir policies; echo p >policies/p.yaml; mkdir policies/sub; echo q >policies/sub/q; git add .; git commit -qm p");
    let git = sandbox.git();
    let (head, main) = (git.commit("HEAD").unwrap(), git.commit("main").unwrap());
    assert_eq!(git.file_at(&main, "b").unwrap().as_deref(), Some(&b"5\n"[..]));
    assert_eq!(git.file_at(&main, "policies/p.yaml").unwrap(), None);
    assert_eq!(git.file_at(&head, "policies/p.yaml").unwrap().as_deref(), Some(&b"p\n"[..]));
    assert!(matches!(git.file_at(&head, "policies"), Err(GitError::NotAFile { .. })));
    assert!(matches!(git.file_at(&head, "link"), Err(GitError::NotAFile { .. })));
    assert_eq!(git.files_at(&head, "policies").unwrap(), ["p.yaml"]);
    assert_eq!(git.files_at(&main, "policies").unwrap(), [""; 0]);
    assert_eq!(git.files_at(&main, "").unwrap(), ["a", "b", "link", "run.sh"]);
}

#[test]
fn the_commits_of_a_range_are_listed_oldest_first() {
    let sandbox = branches();
    let git = sandbox.git();
    let (first, work) = (git.commit("main~1").unwrap(), git.commit("work").unwrap());
    assert_eq!(git.commits("main", "work").unwrap(), [work.as_str()]);
    assert_eq!(git.commits("work", "work").unwrap(), [""; 0]);
    assert!(git.is_ancestor(&first, &work).unwrap());
    assert!(git.is_ancestor(&work, &work).unwrap());
    assert!(!git.is_ancestor(&work, &first).unwrap());
}

#[test]
fn neither_a_flag_nor_a_sparse_checkout_hides_a_change() {
    let sandbox = branches();
    sandbox.sh("cd repo; git update-index --assume-unchanged b; echo 7 >b");
    sandbox.sh("cd repo; mkdir out in; echo 1 >out/y; echo 1 >in/x; git add .; git commit -qm more; git sparse-checkout set in");
    let git = sandbox.git();
    let (base, head) = (git.base("main").unwrap().commit, git.commit("HEAD").unwrap());
    assert_eq!(changed(&git, &base), ["a", "b", "gone", "in/x", "out/y"]);
    assert_eq!(changed(&git, &head), ["b"]);
}

#[test]
fn authors_are_those_of_the_change_and_those_who_wrote_with_them() {
    let sandbox = Sandbox::with_commit();
    sandbox.sh("cd repo; git checkout -qb change; echo 2 >a");
    sandbox.sh("cd repo; GIT_AUTHOR_NAME=Bob GIT_AUTHOR_EMAIL=bob@x git commit -qam 'second\n' -m 'Co-authored-by: Cid <cid@x>'");
    let names = |base: &str| {
        let authors = sandbox.git().authors_since(base).unwrap();
        authors.into_iter().map(|person| format!("{} {}", person.name, person.email)).collect::<Vec<_>>()
    };
    assert_eq!(names("main"), ["Bob bob@x", "Cid cid@x"]);
    assert_eq!(names("HEAD"), [""; 0]);
}
