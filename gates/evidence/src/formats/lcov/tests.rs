//! Claims about `lcov`.

use expect_test::expect;

use crate::Format::Lcov;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn a_line_is_counted_once_and_its_hits_add_up() {
    check(
        Lcov,
        "SF:a.c\nDA:1,0\nDA:1,2,checksum\nDA:2,0\nend_of_record\nSF:./a.c\nDA:2,1\nDA:3,0\nend_of_record\n",
        expect![[r#"
            a.c: lines 2/3, branches 0/0
            coverage.line = 66.6666 %
        "#]],
    );
}

#[test]
fn a_branch_may_be_named_by_text_with_commas() {
    check(
        Lcov,
        "SF:a.py\nDA:1,1\nBRDA:1,0,jump to a, b,1\nBRDA:1,0,jump to c,-\nBRDA:1,e0,1,0\nend_of_record\n",
        expect![[r#"
            a.py: lines 1/1, branches 1/3
            coverage.branch = 33.3333 %
            coverage.line = 100 %
        "#]],
    );
}

#[test]
fn counts_that_cannot_be_are_refused() {
    for record in [
        "DA:1,-1",
        "DA:1,NaN",
        "DA:1,9007199254740993",
        "DA:0,1",
        "DA:1",
        "DA:x,1",
        "DA:-3,1",
        "BRDA:1,0,1",
        "BRDA:1,0,0,-5",
        "LF:-1",
        "LH:x",
        "WHAT:1",
        "nothing known",
    ] {
        let found = read(Lcov, format!("SF:a.c\n{record}\nend_of_record\n"));
        assert!(matches!(found, Err(ReadError::Malformed { line: 2, .. })), "{record}: {found:?}");
    }
}

#[test]
fn totals_are_compared_and_totals_alone_are_nothing() {
    check(
        Lcov,
        "TN:\nSF:a.c\nFN:1,f\nFNDA:1,f\nDA:1,1\nLF:3\nLH:1\nend_of_record\n",
        expect![[r#"
            a.c: lines 1/1, branches 0/0
            coverage.line = 100 %
            declared 3 coverage.lines, counted 1
        "#]],
    );
    let found = read(Lcov, "SF:a.c\nLF:3\nLH:3\nend_of_record\n");
    assert_eq!(found, Err(ReadError::NotRun { what: "lines of a file, only totals" }));
    let beside = read(Lcov, "SF:b.c\nDA:1,1\nLF:1\nend_of_record\nSF:a.c\nLF:3\nLH:3\nend_of_record\n");
    assert!(matches!(beside, Err(ReadError::NotRun { .. })));
}

#[test]
fn records_must_begin_and_end() {
    for report in
        ["DA:1,1\nend_of_record\n", "SF:a\nSF:b\nend_of_record\n", "SF:a\nend_of_record\nend_of_record\n"]
    {
        assert!(matches!(read(Lcov, report), Err(ReadError::Malformed { .. })), "{report}");
    }
    assert_eq!(read(Lcov, "SF:a\nDA:1,1\n"), Err(ReadError::CutOff { at: 12 }));
    assert_eq!(read(Lcov, "TN:\n"), Err(ReadError::CutOff { at: 4 }));
    assert!(matches!(read(Lcov, "mode: set\n"), Err(ReadError::OtherFormat { .. })));
}

#[test]
fn nothing_to_cover_is_not_measured() {
    let found = read(Lcov, "SF:a.c\nend_of_record\n").unwrap();
    assert!(found.summary().measures.is_empty());
}
