//! Claims about recorded output of gcc and shellcheck.

use expect_test::expect;

use super::check;
use crate::Format;

#[test]
fn gcc_quotes_code_between_findings() {
    check(
        Format::GccLines,
        recorded!("gcc/errors.txt"),
        expect![[r#"
        Warning sign-compare cart.c:5:21 comparison of integer expressions of different signedness: ‘int’ and ‘unsigned int’
        Error formatted cart.c:6:13 expected ‘;’ before ‘}’ token
        Warning unused-variable cart.c:3:7 unused variable ‘unused’
        Warning format= cart.c:8:27 format ‘%s’ expects argument of type ‘char *’, but argument 2 has type ‘int’
        Error formatted cart.c:8:44 ‘missing’ undeclared (first use in this function)
    "#]],
    );
}

#[test]
fn gcc_is_silent_when_clean() {
    check(
        Format::GccLines,
        recorded!("gcc/clean.txt"),
        expect![[r#"
        looked and found nothing
    "#]],
    );
}

#[test]
fn shellcheck_notes_are_findings() {
    check(
        Format::GccLines,
        recorded!("shellcheck/errors.txt"),
        expect![[r#"
        Error SC2045 run.sh:2:10 Iterating over ls output is fragile. Use globs.
        Note SC2035 run.sh:2:15 Use ./*glob* or -- *glob* so names with dashes won't become options.
        Note SC2086 run.sh:3:8 Double quote to prevent globbing and word splitting.
        Warning SC3010 run.sh:5:1 In POSIX sh, [[ ]] is undefined.
        Warning SC2154 run.sh:5:4 x is referenced but not assigned.
    "#]],
    );
}

#[test]
fn shellcheck_is_silent_when_clean() {
    check(
        Format::GccLines,
        recorded!("shellcheck/clean.txt"),
        expect![[r#"
        looked and found nothing
    "#]],
    );
}

#[test]
fn flake8_in_the_form_of_gcc() {
    check(
        Format::GccLines,
        recorded!("flake8/errors.txt"),
        expect![[r#"
        Error F401 shop/__init__.py:1:1 'os' imported but unused
        Error F401 shop/__init__.py:2:1 'sys' imported but unused
        Error F401 shop/__init__.py:2:1 'json' imported but unused
        Error E401 shop/__init__.py:2:11 multiple imports on one line
    "#]],
    );
}
