//! Claims about `go_cover`.

use expect_test::expect;

use crate::Format::GoCover;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn a_block_counts_once_and_is_hit_if_any_run_came_through() {
    check(
        GoCover,
        "mode: atomic\nm/a.go:1.1,2.2 3 0\nm/a.go:3.1,4.2 1 0\nmode: atomic\nm/a.go:1.1,2.2 3 7\nC:\\m\\b.go:1.1,1.9 0 1",
        expect![[r#"
            m/a.go: lines 0/0, branches 0/0
            coverage.statement = 75 %
        "#]],
    );
}

#[test]
fn there_is_no_line_coverage() {
    let found = read(GoCover, "mode: set\nm/a.go:1.1,2.2 3 1\n").unwrap();
    assert!(!found.summary().measures.contains_key("coverage.line"));
}

#[test]
fn what_is_not_a_block_is_refused() {
    for line in [
        "m/a.go:1.1,2.2 3 -1",
        "m/a.go:1.1,2.2 3",
        "m/a.go:1.1 3 1",
        "m/a.go:1,2 3 1",
        ":1.1,2.2 3 1",
        "m/a.go 3 1",
        "m/a.go:1.1,2.2 3 NaN",
        "m/a.go:1.1,2.2 3 9007199254740993",
        "FAIL",
        "mode: other",
    ] {
        let found = read(GoCover, format!("mode: set\n{line}\n"));
        assert!(matches!(found, Err(ReadError::Malformed { line: 2, .. })), "{line}: {found:?}");
    }
    let differing = "mode: set\nm/a.go:1.1,2.2 3 1\nm/a.go:1.1,2.2 4 1\n";
    assert!(matches!(read(GoCover, differing), Err(ReadError::Malformed { line: 3, .. })));
}
