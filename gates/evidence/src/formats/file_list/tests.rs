//! Claims about `file_list`.

use expect_test::expect;

use crate::Format::FileList;
use crate::tests::{check, read};

#[test]
fn each_path_is_one_finding_however_often_it_is_named() {
    check(
        FileList,
        "src/a.rs\n./src/a.rs\r\n/repo/b.rs\n\nDiff in /repo/c.rs:3:\n-x\n+y\n \nDiff in /repo/c.rs at line 9:\n-z\n",
        expect![[r#"
            Error file_list src/a.rs:-:- is listed
            Error file_list b.rs:-:- is listed
            Error file_list c.rs:3:- is listed
        "#]],
    );
}

#[test]
fn black_and_older_ruff_talk_too() {
    check(
        FileList,
        "would reformat a.py\n\nOh no! 💥 💔 💥\n1 file would be reformatted, 2 files would be left unchanged.\n",
        expect![[r#"
            Error file_list a.py:-:- is listed
        "#]],
    );
    check(
        FileList,
        "Would reformat: a.py\n3 files would be reformatted\n",
        expect![[r#"
            Error file_list a.py:-:- is listed
            declared 3 findings, counted 1
        "#]],
    );
}

#[test]
fn the_concise_form_of_ruff_names_files_and_what_does_not_parse() {
    check(
        FileList,
        "a.py:1:6: unformatted: File would be reformatted\nb.py:2:1: invalid-syntax: Expected x\n\
         1 file would be reformatted\n",
        expect![[r#"
            Error file_list a.py:-:- is listed
            Error file_list b.py:2:- invalid-syntax: Expected x
        "#]],
    );
    assert!(read(FileList, "a.py:1:6: unformatted: File would be reformatted\n").is_err());
}

#[test]
fn no_complaint_is_lost() {
    check(
        FileList,
        "error: cannot read x\nSegmentation fault\n",
        expect![[r#"
            Error file_list -:-:- cannot read x
            Error file_list Segmentation fault:-:- is listed
        "#]],
    );
}
