//! Claims about `coverage_py`.

use expect_test::expect;

use crate::Format::CoveragePy;
use crate::tests::{check, read};
use crate::{ReadError, merge};

/// A report with these files.
fn report(files: &str) -> String {
    format!(
        r#"{{"meta": {{"format": 3, "version": "7.6.1", "branch_coverage": true}}, "files": {{{files}}}}}"#
    )
}

/// A file of such a report.
fn file(executed: &str, missing: &str, branches: &str, gaps: &str) -> String {
    format!(
        r#"{{"executed_lines": [{executed}], "missing_lines": [{missing}], "excluded_lines": [],
            "executed_branches": [{branches}], "missing_branches": [{gaps}]}}"#
    )
}

#[test]
fn lines_and_branches_are_never_blended() {
    check(
        CoveragePy,
        r#"{"meta": {"format": 2, "version": "7.2.0"}, "files": {"src/a.py": {
            "executed_lines": [1, 2, 9], "missing_lines": [3], "excluded_lines": [9, 10],
            "executed_branches": [[2, 3]], "missing_branches": [[2, -1], [2, 5]], "contexts": {"1": ["x"]},
            "functions": {"f": {"executed_lines": [1]}},
            "summary": {"covered_lines": 2, "num_statements": 3, "percent_covered": 50.0, "num_branches": 3}}},
            "totals": {"covered_lines": 2, "num_statements": 3, "percent_covered": 99.0, "num_branches": 3, "covered_branches": 1}}"#,
        expect![[r#"
            src/a.py: lines 2/3, branches 1/3
            coverage.branch = 33.3333 %
            coverage.line = 66.6666 %
        "#]],
    );
}

#[test]
fn totals_are_compared() {
    check(
        CoveragePy,
        r#"{"totals": {"covered_lines": 5, "num_statements": 6, "num_branches": 0}, "meta": {"version": "5.0"},
            "files": {"a.py": {"executed_lines": [1], "missing_lines": [2], "excluded_lines": []}}}"#,
        expect![[r#"
            a.py: lines 1/2, branches 0/0
            coverage.line = 50 %
            declared 6 coverage.lines, counted 2
            declared 5 coverage.lines.hit, counted 1
        "#]],
    );
}

#[test]
fn a_number_of_branches_alone_is_not_measured() {
    check(
        CoveragePy,
        r#"{"meta": {"version": "6.0"}, "files": {"a.py": {"executed_lines": [1], "missing_lines": [],
            "summary": {"num_statements": 1, "num_branches": 2}}}, "totals": {"num_branches": 2, "covered_branches": 2}}"#,
        expect![[r#"
            a.py: lines 1/1, branches 0/0
            coverage.line = 100 %
            declared 2 coverage.branches, counted 0
            declared 2 coverage.branches.hit, counted 0
        "#]],
    );
}

#[test]
fn shards_are_united_by_line_and_branch() {
    let one = report(&format!(r#""a.py": {}"#, file("1", "2", "[1, 2]", "[1, -1]")));
    let two = report(&format!(r#""/repo/a.py": {}"#, file("2", "1", "[1, -1]", "[1, 2]")));
    let merged = merge(vec![read(CoveragePy, one).unwrap(), read(CoveragePy, two).unwrap()]);
    let measures = merged.summary().measures;
    assert_eq!(measures["coverage.line"].value.to_string(), "100");
    assert_eq!(measures["coverage.branch"].value.to_string(), "100");
}

#[test]
fn no_statement_is_not_measured_and_totals_alone_are_nothing() {
    let empty = read(CoveragePy, report(&format!(r#""a.py": {}"#, file("", "", "", "")))).unwrap();
    assert!(empty.summary().measures.is_empty());
    assert!(read(CoveragePy, report("")).unwrap().summary().measures.is_empty());
    let totals = report(r#""a.py": {"summary": {"num_statements": 4, "covered_lines": 4}}"#);
    assert_eq!(read(CoveragePy, totals), Err(ReadError::NotRun { what: "lines of a file, only totals" }));
}

#[test]
fn another_format_number_or_shape_is_refused() {
    for meta in [r#""format": 4"#, r#""format": "3""#, r#""format": -1"#, ""] {
        let found = read(CoveragePy, format!(r#"{{"meta": {{{meta}}}, "files": {{}}}}"#));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{meta}: {found:?}");
    }
    for other in [r#"{"files": {}}"#, r#"{"meta": {"version": "7"}}"#, "{}", "[]", r#"{"a.py": {"s": {}}}"#] {
        let found = read(CoveragePy, other);
        assert!(matches!(found, Err(ReadError::OtherFormat { .. })), "{other}: {found:?}");
    }
    let message = "No data to report.".to_owned();
    let said = read(CoveragePy, r#"{"error": "No data to report."}"#);
    assert_eq!(said, Err(ReadError::ToolFailed { message }));
}

#[test]
fn lines_and_counts_that_cannot_be_are_refused() {
    for (executed, branch) in [
        ("-1", ""),
        ("0", ""),
        ("1.5", ""),
        ("1e99", ""),
        ("\"1\"", ""),
        ("null", ""),
        ("1", "[1]"),
        ("1", "[0, 1]"),
    ] {
        let found = read(CoveragePy, report(&format!(r#""a.py": {}"#, file(executed, "", branch, ""))));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{executed} {branch}: {found:?}");
    }
    let half = report(r#""a.py": {"executed_lines": [1]}"#);
    assert!(matches!(read(CoveragePy, half), Err(ReadError::Malformed { .. })));
    let twice = report(r#""a.py": {"executed_lines": [], "missing_lines": [1], "missing_lines": []}"#);
    assert!(matches!(read(CoveragePy, twice), Err(ReadError::DuplicateKey { .. })));
    let totals = r#"{"meta": {"version": "7"}, "files": {}, "totals": {"num_statements": -1}}"#;
    assert!(matches!(read(CoveragePy, totals), Err(ReadError::Malformed { .. })));
}
