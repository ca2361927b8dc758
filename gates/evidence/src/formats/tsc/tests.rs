//! Claims about `tsc`.

use expect_test::expect;

use crate::Format::Tsc;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn a_path_may_hold_what_looks_like_a_place() {
    check(
        Tsc,
        "src/a (1): error TS1/b.ts(3,7): error TS2322: x (y): error z\nwarning TS6133: unused\nFound 2 errors.\n",
        expect![[r#"
            Error TS2322 src/a (1): error TS1/b.ts:3:7 x (y): error z
            Warning TS6133 -:-:- unused
        "#]],
    );
}

#[test]
fn a_line_that_is_not_understood_is_an_error() {
    for line in [
        "npm error code 1",
        "src/a.ts:3:7 - error TS2322: x",
        "src/a.ts(3): error TS2322: x",
        "error 2322: x",
        "  indented before any finding",
    ] {
        let found = read(Tsc, format!("{line}\n"));
        assert!(matches!(found, Err(ReadError::Malformed { line: 1, .. })), "{line}: {found:?}");
    }
}
