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
        "FNF:x",
        "FN:1",
        "FN:x,f",
        "FNDA:1",
        "FNDA:-1,f",
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
            coverage.function = 100 %
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

#[test]
fn a_function_is_counted_by_its_name_whatever_its_record() {
    check(
        Lcov,
        "SF:a.c\nFN:1,9,main\nFN:11,fmt::Write, with commas\nFN:0,made\nFNDA:0,main\nFNDA:3,fmt::Write, with commas\nFNDA:1,nameless\nFNDA:2,main\nDA:1,1\nFNF:4\nFNH:2\nend_of_record\n",
        expect![[r#"
            a.c: lines 1/1, branches 0/0
            coverage.function = 75 %
            coverage.line = 100 %
            declared 2 coverage.functions.hit, counted 3
        "#]],
    );
}

#[test]
fn aliases_of_lcov_2_are_one_function() {
    check(
        Lcov,
        "TN:t\nSF:a.c\nVER:1\nFNL:0,1,9\nFNA:0,0,_Z1fi\nFNA:0,5,_Z1fj\nFNL:1,12\nFNA:1,0,g\nFNF:2\nFNH:1\nDA:1,1\nend_of_record\n",
        expect![[r#"
            a.c: lines 1/1, branches 0/0
            coverage.function = 50 %
            coverage.line = 100 %
        "#]],
    );
    for records in ["FNA:0,1,f", "FNL:0,1\nFNL:0,2", "FNL:x,1", "FNL:0,0", "FNL:0", "FNL:0,1\nFNA:0,-1,f"] {
        let found = read(Lcov, format!("SF:a.c\n{records}\nend_of_record\n"));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{records}: {found:?}");
    }
}

#[test]
fn totals_of_branches_or_functions_alone_leave_the_lines() {
    check(
        Lcov,
        "SF:a.c\nDA:1,1\nBRDA:1,0,0,1\nFN:1,f\nFNDA:1,f\nend_of_record\nSF:b.c\nDA:1,0\nBRF:4\nBRH:4\nFNF:1\nend_of_record\n",
        expect![[r#"
            a.c: lines 1/1, branches 0/0
            b.c: lines 0/1, branches 0/0
            coverage.line = 50 %
            declared 4 coverage.branches, counted 1
            declared 4 coverage.branches.hit, counted 1
        "#]],
    );
}

#[test]
fn shards_are_united_by_line_branch_and_function() {
    let one = "SF:a.c\nFN:1,f\nFNDA:0,f\nFN:5,g\nFNDA:1,g\nDA:1,0\nDA:5,1\nBRDA:5,0,0,1\nBRDA:5,0,1,-\nend_of_record\n";
    let two = "SF:/repo/a.c\nFN:1,f\nFNDA:2,f\nFN:5,g\nFNDA:0,g\nDA:1,2\nDA:5,0\nBRDA:5,0,0,-\nBRDA:5,0,1,-\nend_of_record\n";
    let measures = crate::merge(vec![read(Lcov, one).unwrap(), read(Lcov, two).unwrap()]).summary().measures;
    let value = |name: &str| measures[name].value.to_string();
    assert_eq!((value("coverage.line"), value("coverage.function")), ("100".to_owned(), "100".to_owned()));
    assert_eq!(value("coverage.branch"), "50");
}
