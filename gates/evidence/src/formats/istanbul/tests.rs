//! Claims about `istanbul`.

use expect_test::expect;

use crate::Format::Istanbul;
use crate::tests::{check, read};
use crate::{ReadError, merge};

/// A file with these maps and counts.
fn file(statements: &str, s: &str, branches: &str, b: &str) -> String {
    format!(
        r#"{{"path": "/repo/src/a.js", "statementMap": {{{statements}}}, "fnMap": {{}}, "branchMap": {{{branches}}},
            "s": {{{s}}}, "f": {{}}, "b": {{{b}}}, "inputSourceMap": {{"version": 3, "mappings": "AAAA"}}, "hash": "x"}}"#
    )
}

/// A place on one line.
fn place(line: u32, from: u32, to: u32) -> String {
    format!(r#"{{"start": {{"line": {line}, "column": {from}}}, "end": {{"line": {line}, "column": {to}}}}}"#)
}

#[test]
fn a_line_has_the_greatest_count_of_its_statements() {
    let statements = format!(
        r#""0": {}, "1": {}, "2": {}, "3": {}"#,
        place(1, 0, 9),
        place(1, 10, 19),
        place(2, 0, 9),
        place(2, 0, 9)
    );
    let branches = format!(
        r#""0": {{"type": "if", "loc": {0}, "locations": [{0}, {{"start": {{}}, "end": {{}}}}]}},
           "1": {{"type": "cond-expr", "locations": [{0}, {1}, {1}]}}"#,
        place(1, 0, 9),
        place(2, 0, 9)
    );
    check(
        Istanbul,
        format!(
            r#"{{"/repo/src/a.js": {}}}"#,
            file(
                &statements,
                r#""0": 0, "1": 3, "2": 0, "3": 0"#,
                &branches,
                r#""0": [1, 0], "1": [0, 2, 0]"#
            )
        ),
        expect![[r#"
            src/a.js: lines 1/2, branches 2/5
            coverage.branch = 40 %
            coverage.line = 50 %
            coverage.statement = 25 %
        "#]],
    );
}

#[test]
fn functions_are_counted_and_what_is_ignored_is_not() {
    check(
        Istanbul,
        format!(
            r#"{{"a.js": {{"data": {{"path": "a.js", "statementMap": {{}}, "s": {{}}, "branchMap": {{}}, "b": {{}},
                "fnMap": {{"0": {{"name": "f", "decl": {0}, "loc": {0}, "line": 1}}, "1": {{"name": "g", "line": 3}},
                          "2": {{"name": "h", "loc": {0}, "skip": true}}}},
                "f": {{"0": 2, "1": 0, "2": 0}}}}}}}}"#,
            place(1, 0, 9)
        ),
        expect![[r#"
            a.js: lines 0/0, branches 0/0
            coverage.function = 50 %
        "#]],
    );
}

#[test]
fn shards_are_united_by_place_and_not_by_number() {
    let two = format!(r#""0": {}, "1": {}"#, place(1, 0, 9), place(2, 0, 9));
    let turned = format!(r#""7": {}, "8": {}"#, place(2, 0, 9), place(1, 0, 9));
    let one = format!(r#"{{"a": {}}}"#, file(&two, r#""0": 1, "1": 0"#, "", ""));
    let other = format!(r#"{{"b": {}}}"#, file(&turned, r#""7": 1, "8": 0"#, "", ""));
    let merged = merge(vec![read(Istanbul, one).unwrap(), read(Istanbul, other).unwrap()]);
    let measures = merged.summary().measures;
    assert_eq!(merged.coverage.unwrap().len(), 1);
    assert_eq!(measures["coverage.line"].value.to_string(), "100");
    assert_eq!(measures["coverage.statement"].value.to_string(), "100");
}

#[test]
fn a_summary_has_nothing_to_count() {
    let share = r#"{"total": 4, "covered": 3, "skipped": 0, "pct": 75}"#;
    let summary = format!(
        r#"{{"total": {{"lines": {share}, "statements": {share}, "functions": {share}, "branches": {share}}},
            "/repo/a.js": {{"lines": {share}, "statements": {share}, "functions": {share}, "branches": {share}}}}}"#
    );
    assert_eq!(read(Istanbul, summary), Err(ReadError::NotRun { what: "lines of a file, only totals" }));
}

#[test]
fn no_file_and_other_objects_are_refused() {
    assert_eq!(read(Istanbul, "{}"), Err(ReadError::NotRun { what: "file" }));
    assert!(matches!(read(Istanbul, "[]"), Err(ReadError::OtherFormat { .. })));
    assert!(matches!(read(Istanbul, r#"{"version": "2.1.0"}"#), Err(ReadError::OtherFormat { .. })));
    let message = "no coverage".to_owned();
    let said = read(Istanbul, r#"{"error": "no coverage"}"#);
    assert_eq!(said, Err(ReadError::ToolFailed { message }));
    assert!(matches!(read(Istanbul, r#"{"a.js": {}}"#), Err(ReadError::Malformed { .. })));
}

#[test]
fn counts_and_places_that_cannot_be_are_refused() {
    let place = place(1, 0, 9);
    let one = format!(r#""0": {place}"#);
    let branch = format!(r#""0": {{"loc": {place}, "locations": []}}"#);
    for (statements, s, branches, b) in [
        (one.as_str(), r#""0": -1"#, "", ""),
        (&one, r#""0": 1.5"#, "", ""),
        (&one, r#""0": "1""#, "", ""),
        (&one, r#""0": 9007199254740993"#, "", ""),
        (&one, r#""0": null"#, "", ""),
        (&one, "", "", ""),
        (&one, r#""1": 1"#, "", ""),
        ("", r#""0": 1"#, "", ""),
        (r#""0": {"start": {"line": 0}}"#, r#""0": 1"#, "", ""),
        (r#""0": {}"#, r#""0": 1"#, "", ""),
        ("", "", &branch, r#""0": [1, -1]"#),
        ("", "", &branch, r#""0": 1"#),
        ("", "", r#""0": {}"#, r#""0": [1]"#),
    ] {
        let found = read(Istanbul, format!(r#"{{"a": {}}}"#, file(statements, s, branches, b)));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{statements} {s} {b}: {found:?}");
    }
    let twice = format!(r#"{{"a": {0}, "a": {0}}}"#, file("", "", "", ""));
    assert!(matches!(read(Istanbul, twice), Err(ReadError::DuplicateKey { .. })));
}
