//! Trees that nobody would make by accident.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;

use super::{Options, found, only, shown, tree};
use crate::files::RULES;

fn all(root: &std::path::Path) -> Options {
    only(root, &RULES.iter().map(|(id, ..)| *id).filter(|id| *id != "required-file").collect::<Vec<_>>())
}

#[test]
fn one_long_line_is_read_once() {
    let links = "[x](gone.md)".repeat(50_000);
    let brackets = "[".repeat(200_000);
    let marks = "<".repeat(1_000_000);
    let root =
        tree(&[("a.md", &links), ("b.md", &brackets), ("c.txt", &marks), ("d.md", &"> ".repeat(20_000))]);
    let report = found(root.path(), &all(root.path()));
    assert_eq!(report.open, 1, "{}", shown(&report));
}

#[test]
fn pipes_names_that_are_no_text_and_loops_are_no_trouble() {
    let root = tree(&[("a.md", "[x](b%FF.md) [y](%ff%fe) [z](%) [w](%4)\n"), ("sub/x.md", "")]);
    let made = std::process::Command::new("mkfifo").arg(root.path().join("pipe.md")).status();
    std::fs::write(root.path().join(OsStr::from_bytes(b"b\xff.md")), "# x\n").unwrap();
    std::os::unix::fs::symlink("..", root.path().join("sub/up")).unwrap();
    std::os::unix::fs::symlink("two", root.path().join("one")).unwrap();
    std::os::unix::fs::symlink("one", root.path().join("two")).unwrap();
    let report = found(root.path(), &all(root.path()));
    let text = shown(&report);
    assert!(made.is_err() || text.contains("note: special pipe.md"), "{text}");
    assert!(text.contains("one:0 broken-symlink") && text.contains("two:0 broken-symlink"), "{text}");
    assert!(text.contains("`%`: there is no `%`") && !text.contains("`b%FF.md`"), "{text}");
}

#[test]
fn a_file_that_cannot_be_read_leaves_the_report_open() {
    use std::os::unix::fs::PermissionsExt as _;
    let root = tree(&[("a.txt", "x")]);
    let path = root.path().join("a.txt");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o000)).unwrap();
    if std::fs::read(&path).is_ok() {
        println!("skipped: this user may read everything");
        return;
    }
    assert!(!found(root.path(), &all(root.path())).run.successful);
}

#[test]
fn a_root_that_is_not_there_is_no_clean_tree() {
    let root = tree(&[]);
    let gone = root.path().join("gone");
    assert!(super::scan(&gone, &Options::new(gone.clone()), &mut |_, _| {}).is_err());
    let report = found(root.path(), &all(root.path()));
    assert_eq!(report.run.notifications[0].id, "empty");
}
