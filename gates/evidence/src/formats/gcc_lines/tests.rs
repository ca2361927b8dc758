//! Claims about `gcc_lines`.

use expect_test::expect;

use crate::Format::GccLines;
use crate::tests::{check, read};
use crate::{Context, ReadError};

#[test]
fn a_line_is_read_whatever_its_path_holds() {
    check(
        GccLines,
        "C:\\src\\a.c:3:7: warning: x [-Wfoo]\n/repo/b.c:4: error: y\nsome file: error: 5: error: z [a b]\n\
         d.sh:1:2: note: n [SC1000]\r\ne.c:1:2: fatal error: gone.h: No such file\n",
        expect![[r#"
            Warning foo C:/src/a.c:3:7 x
            Error error b.c:4:- y
            Error error some file:-:- 5: error: z [a b]
            Note SC1000 d.sh:1:2 n
            Error fatal error e.c:1:2 gone.h: No such file
        "#]],
    );
}

#[test]
fn a_line_we_do_not_understand_is_an_error_not_a_skipped_line() {
    for line in ["make: *** [all] Error 1", "error", "a.c:1:2: disaster: x", "Segmentation fault", "a.c:1:2:"]
    {
        let found = read(GccLines, format!("a.c:1:1: error: x\n{line}\n"));
        assert!(matches!(found, Err(ReadError::Malformed { line: 2, .. })), "{line}: {found:?}");
    }
}

#[test]
fn the_callers_rule_stands_where_the_tool_names_none() {
    let context = Context { rule: Some("compiler"), ..Context::at("/repo") };
    let mut report = &b"a.c:1:1: error: x\na.c:1:1: warning: y [-Wy]\n"[..];
    let findings = crate::read(GccLines, &mut report, &context).unwrap().findings.unwrap();
    let rules: Vec<&str> = findings.iter().map(|one| &*one.rule).collect();
    assert_eq!(rules, ["compiler", "y"]);
}

#[test]
fn a_note_before_any_finding_is_one() {
    check(
        GccLines,
        "a.py:1: note: Revealed type is int\n",
        expect![[r#"
            Note note a.py:1:- Revealed type is int
        "#]],
    );
}

#[test]
fn colors_are_no_part_of_a_line() {
    check(
        GccLines,
        "\u{1b}[01m\u{1b}[Ka.c:1:2:\u{1b}[m\u{1b}[K \u{1b}[01;31m\u{1b}[Kerror: \u{1b}[m\u{1b}[Kx\n",
        expect![[r#"
            Error error a.c:1:2 x
        "#]],
    );
}
