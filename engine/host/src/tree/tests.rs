//! Claims about trees.

use expect_test::{Expect, expect};
use globset::{Glob, GlobSetBuilder};

use super::*;

fn show(state: &TreeState) -> String {
    let lines = state.differing.iter().map(|(path, it)| {
        let content = it.content.map_or_else(|| "-".to_owned(), |digest| digest.hex()[..8].to_owned());
        format!("{} {:06o} {content} {path}\n", it.status.letter(), it.mode)
    });
    lines.collect()
}

/// Makes files (`path=content`, `path->target` for a link) and shows the state.
fn check(files: &[&str], excluded: &str, expected: &Expect) -> TreeState {
    let folder = tempfile::tempdir().unwrap();
    for file in files {
        let make = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            path
        };
        match (file.split_once("->"), file.split_once('=')) {
            (Some((path, target)), _) => std::os::unix::fs::symlink(target, make(path)).unwrap(),
            (None, Some((path, content))) => fs::write(make(path), content).unwrap(),
            _ => panic!("{file}"),
        }
    }
    let excluded = GlobSetBuilder::new().add(Glob::new(excluded).unwrap()).build().unwrap();
    let state = without_git(folder.path(), &excluded).unwrap();
    expected.assert_eq(&show(&state));
    state
}

#[test]
fn a_tree_without_git_is_all_its_files() {
    check(
        &[
            "a.txt=hello",
            "src/b=",
            ".hidden=x",
            "link->/nowhere",
            ".dod/runs/x=1",
            "sub/.dod/x=1",
            ".git/config=x",
        ],
        "none",
        &expect![[r#"
            A 100644 2d711642 .hidden
            A 100644 2cf24dba a.txt
            A 120000 00147101 link
            A 100644 e3b0c442 src/b
        "#]],
    );
}

#[test]
fn ignored_files_and_declared_outputs_do_not_count() {
    check(
        &[".gitignore=target\n", "target/x=1", "out/report.xml=1", "src/x=1"],
        "out/**",
        &expect![[r#"
            A 100644 c97ecfda .gitignore
            A 100644 6b86b273 src/x
        "#]],
    );
}

#[test]
fn the_digest_is_that_of_the_documented_text() {
    let state = check(&["a=hello"], "none", &expect![["A 100644 2cf24dba a\n"]]);
    let hello = "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";
    let text = format!("dod tree 1\nhead none\nA 100644 {hello} a\0");
    assert_eq!(state.digest(), crate::blob::digest_of(text.as_bytes()));
}

#[test]
fn what_changed_between_two_looks_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: &str| fs::write(folder.path().join(name), text).unwrap();
    let look = || without_git(folder.path(), &GlobSet::empty()).unwrap();
    ["a", "b", "c"].iter().for_each(|name| put(name, "1"));
    let before = look();
    put("b", "2");
    put("d", "1");
    fs::remove_file(folder.path().join("c")).unwrap();
    let after = look();
    assert_ne!(before.digest(), after.digest());
    let changed: Vec<String> = before.changed_until(&after).iter().map(TreePath::to_string).collect();
    assert_eq!(changed, ["b", "c", "d"]);
    assert_eq!(before.changed_until(&before), []);
}

#[test]
fn a_mode_is_content_and_a_pipe_does_not_hang() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.sh");
    fs::write(&path, "x").unwrap();
    let before = without_git(folder.path(), &GlobSet::empty()).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    let after = without_git(folder.path(), &GlobSet::empty()).unwrap();
    assert_ne!(before.digest(), after.digest());
    std::process::Command::new("mkfifo").arg(folder.path().join("pipe")).status().unwrap();
    let state = without_git(folder.path(), &GlobSet::empty()).unwrap();
    assert_eq!(state.differing[&TreePath::new("pipe")].content, None);
}

#[test]
fn a_path_that_is_no_text_is_shown_and_kept() {
    let path = TreePath::new(b"a\xffb".to_vec());
    assert_eq!(path.to_string(), "a\\xffb");
    assert_eq!(path.as_path().as_os_str().as_bytes(), b"a\xffb");
}

/// Makes files `path=content`, and answers the fingerprint and count of what the patterns name.
fn inputs(files: &[&str], patterns: &[&str]) -> (Digest, usize) {
    let folder = tempfile::tempdir().unwrap();
    for (path, content) in files.iter().filter_map(|file| file.split_once('=')) {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
    let patterns = Patterns::new(patterns.iter().copied()).unwrap();
    let inputs = Seen::nothing().inputs(folder.path(), &patterns).unwrap();
    (inputs.digest, inputs.files)
}

#[test]
fn inputs_are_what_the_patterns_name() {
    let tree =
        ["src/a=1", "src/deep/b=2", "bench.sh=3", ".env=4", ".gitignore=.env", "other/a=5", ".dod/x=6"];
    for (patterns, count) in [
        (&["src/**", "bench.sh"][..], 3),
        (&["src"], 2),
        (&["./src/"], 2),
        (&["src/*"], 1),
        (&["**/a"], 2),
        (&["src/**", "!src/deep"], 1),
        (&[".env"], 1),
        (&["**"], 6),
        (&["."], 6),
        (&["./"], 6),
        (&["none/**"], 0),
        (&["src/**", "src/deep/**"], 2),
        (&["{src,other}/a"], 2),
    ] {
        assert_eq!(inputs(&tree, patterns).1, count, "{patterns:?}");
    }
}

#[test]
fn a_fingerprint_changes_with_content_names_and_nothing_else() {
    let (one, _) = inputs(&["src/a=1", "other=1"], &["src/**"]);
    assert_eq!(inputs(&["src/a=1", "other=2"], &["src/**"]).0, one);
    assert_ne!(inputs(&["src/a=2"], &["src/**"]).0, one);
    assert_ne!(inputs(&["src/b=1"], &["src/**"]).0, one);
    assert_ne!(inputs(&["src/a=1", "src/b="], &["src/**"]).0, one);
}

#[test]
fn a_pattern_that_leaves_the_tree_is_refused() {
    for pattern in ["/etc/passwd", "../x", "a/../../x", "src/[", "!../x"] {
        assert_eq!(Patterns::new([pattern]).unwrap_err().pattern, pattern);
    }
}

#[test]
fn a_file_that_was_seen_is_read_again_only_when_it_changed() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a");
    let look = |seen: &mut Seen| seen.without_git(folder.path(), &GlobSet::empty()).unwrap().digest();
    fs::write(&path, "1").unwrap();
    let mut seen = Seen::nothing();
    let one = look(&mut seen);
    assert!(seen.is_empty(), "it was written a moment ago, so its time says nothing yet");
    std::thread::sleep(std::time::Duration::from_millis(2100));
    assert_eq!((look(&mut seen), seen.len()), (one, 1));
    assert_eq!(look(&mut seen), one);
    // The same size, and the old time of modification.
    let modified = fs::metadata(&path).unwrap().modified().unwrap();
    fs::write(&path, "2").unwrap();
    File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert_ne!(look(&mut seen), one);
}
