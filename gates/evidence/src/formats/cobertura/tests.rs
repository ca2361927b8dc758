//! Claims about `cobertura`.

use expect_test::expect;

use crate::Format::Cobertura;
use crate::ReadError;
use crate::tests::{check, read};

/// A document with these classes.
fn document(attributes: &str, classes: &str) -> String {
    format!(
        "<!DOCTYPE coverage SYSTEM 'http://nowhere.example/x.dtd'><coverage {attributes}><packages><package><classes>{classes}</classes></package></packages></coverage>"
    )
}

#[test]
fn a_half_covered_line_is_hit_and_one_of_its_branches_is_not() {
    check(
        Cobertura,
        document(
            "line-rate='0.5'",
            "<class filename='a.py'><methods><method><lines><line number='9' hits='9'/></lines></method></methods>
             <lines><line number='1' hits='1' branch='true' condition-coverage='50% (1/2)'>
             <conditions><condition number='0' type='jump' coverage='50%'/></conditions></line>
             <line number='2' hits='0'/></lines></class>",
        ),
        expect![[r#"
            a.py: lines 1/2, branches 1/2
            coverage.branch = 50 %
            coverage.line = 50 %
        "#]],
    );
}

#[test]
fn classes_of_one_file_are_united() {
    check(
        Cobertura,
        document(
            "",
            "<class filename='a.py'><lines><line number='1' hits='0'/><line number='2' hits='0'/></lines></class>
             <class filename='./a.py'><lines><line number='1' hits='1'/></lines></class>",
        ),
        expect![[r#"
            a.py: lines 1/2, branches 0/0
            coverage.line = 50 %
        "#]],
    );
}

#[test]
fn declared_totals_and_rates_are_compared() {
    check(
        Cobertura,
        document(
            "line-rate='0.99' lines-valid='7' lines-covered='1' branch-rate='NaN'",
            "<class filename='a.py'><lines><line number='1' hits='1'/><line number='2' hits='0'/></lines></class>",
        ),
        expect![[r#"
            a.py: lines 1/2, branches 0/0
            coverage.line = 50 %
            declared 7 coverage.lines, counted 2
            declared 99 coverage.line, counted 50
        "#]],
    );
}

#[test]
fn a_source_inside_of_the_repository_leads_to_its_files() {
    let path = |sources: &str, file: &str| {
        let sources: String = sources.split(' ').map(|one| format!("<source>{one}</source>")).collect();
        let report = format!(
            "<coverage><sources>{sources}</sources><class filename='{file}'><lines/></class></coverage>"
        );
        read(Cobertura, report).unwrap().coverage.unwrap()[0].path.to_string()
    };
    for (sources, file, expected) in [
        ("/repo/py", "a.py", "py/a.py"),
        ("/repo/py /usr/lib", "a.py", "py/a.py"),
        ("/repo", "py/a.py", "py/a.py"),
        ("/repo/py/", "/repo/py/a.py", "py/a.py"),
        (".", "py/a.py", "py/a.py"),
        ("src", "a.py", "src/a.py"),
        ("src", "src/a.py", "src/a.py"),
        // Which of them it is cannot be said, nor where the repository was.
        ("/repo/py /repo/tests", "a.py", "a.py"),
        ("/builds/elsewhere", "a.py", "a.py"),
        ("", "a.py", "a.py"),
    ] {
        assert_eq!(path(sources, file), expected, "{file} in {sources}");
    }
}

#[test]
fn counts_that_cannot_be_are_refused() {
    for line in [
        "<line number='1' hits='-1'/>",
        "<line number='1' hits='NaN'/>",
        "<line number='1' hits='9007199254740993'/>",
        "<line number='0' hits='1'/>",
        "<line hits='1'/>",
        "<line number='1'/>",
        "<line number='1' hits='1' condition-coverage='half'/>",
        "<line number='1' hits='1' condition-coverage='50% (1 of 2)'/>",
        "<line number='1' hits='1' condition-coverage='150% (3/2)'/>",
        "<line number='1' hits='1' condition-coverage='0% (0/99999999)'/>",
    ] {
        let found =
            read(Cobertura, document("", &format!("<class filename='a'><lines>{line}</lines></class>")));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{line}: {found:?}");
    }
    assert!(matches!(read(Cobertura, document("lines-valid='-1'", "")), Err(ReadError::Malformed { .. })));
    assert!(matches!(read(Cobertura, document("", "<class/>")), Err(ReadError::Malformed { .. })));
}

#[test]
fn clover_and_jacoco_are_other_formats() {
    for report in ["<coverage generated='1' clover='3.2.0'><project/></coverage>", "<report name='jacoco'/>"]
    {
        assert!(read(Cobertura, report).is_err(), "{report}");
    }
}

#[test]
fn a_share_of_an_unknown_number_of_branches_is_not_measured() {
    check(
        Cobertura,
        document(
            "",
            "<class filename='a'><lines><line number='1' hits='1' condition-coverage='50% (1/2)'/></lines></class>
             <class filename='b'><lines><line number='1' hits='1' condition-coverage='50%'/></lines></class>
             <class filename='c'><lines/></class>",
        ),
        expect![[r#"
            a: lines 1/1, branches 0/0
            b: lines 1/1, branches 0/0
            c: lines 0/0, branches 0/0
            coverage.line = 100 %
        "#]],
    );
}

#[test]
fn totals_without_lines_are_nothing_to_count() {
    check(
        Cobertura,
        document(
            "line-rate='0.5' lines-valid='2' lines-covered='1' branches-valid='1.0' branches-covered='1.0'",
            "<class filename='a.swift' line-rate='0.5'><methods><method name='m'><lines><line number='1' hits='1'/></lines></method></methods><lines/></class>",
        ),
        expect![[r#"
            a.swift: lines 0/0, branches 0/0
            declared 2 coverage.lines, counted 0
            declared 1 coverage.lines.hit, counted 0
            declared 1 coverage.branches, counted 0
            declared 1 coverage.branches.hit, counted 0
        "#]],
    );
}
