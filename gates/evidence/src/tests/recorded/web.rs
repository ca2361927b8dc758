//! Claims about recorded output of ESLint, the TypeScript compiler, prettier and `node --test`.

use expect_test::expect;

use super::check;
use crate::Format;

#[test]
fn eslint_messages_suppressions_and_parse_failures() {
    check(
        Format::Eslint,
        recorded!("eslint/check.json"),
        expect![[r#"
        Error fatal /tmp/ev/js/src/broken.mjs:1:14 Parsing error: Unexpected token =
        Error no-unused-vars /tmp/ev/js/src/cart.mjs:4:7 'unused' is assigned a value but never used.
        Warning prefer-const /tmp/ev/js/src/cart.mjs:4:7 'unused' is never reassigned. Use 'const' instead.
        Error no-unused-vars /tmp/ev/js/src/cart.mjs:10:7 'never' is assigned a value but never used.
        Warning prefer-const /tmp/ev/js/src/cart.mjs:10:7 'never' is never reassigned. Use 'const' instead.
        Error no-undef /tmp/ev/js/src/cart.mjs:10:15 'missing' is not defined.
        Error no-unused-vars /tmp/ev/js/src/cart.mjs:6:9 'kept' is assigned a value but never used. (suppressed)
    "#]],
    );
}

#[test]
fn a_clean_file_is_listed_by_eslint() {
    check(
        Format::Eslint,
        recorded!("eslint/clean.json"),
        expect![[r#"
        looked and found nothing
    "#]],
    );
}

#[test]
fn tsc_errors_with_continuations() {
    check(
        Format::Tsc,
        recorded!("tsc/errors.txt"),
        expect![[r#"
        Error TS2322 src/base.ts:2:32 Type 'string' is not assignable to type 'number'.
        Error TS2322 src/base.ts:2:44 Type 'number' is not assignable to type 'string'.
        Error TS2322 src/base.ts:2:56 Type '(a: string) => string' is not assignable to type '(discount: number) => number'.
        Error TS2345 src/base.ts:5:3 Argument of type 'string' is not assignable to parameter of type 'number'.
        Error TS2322 src/typed.ts:1:14 Type 'string' is not assignable to type 'number'.
        Error TS2322 src/typed.ts:3:3 Type '{ er: number; }' is not assignable to type 'string'.
        Error TS2322 src/typed.ts:5:13 Type 'string' is not assignable to type 'number'.
    "#]],
    );
}

#[test]
fn a_broken_configuration_of_tsc_is_a_finding() {
    check(
        Format::Tsc,
        recorded!("tsc/config.txt"),
        expect![[r#"
        Error TS5058 -:-:- The specified path does not exist: '/tmp/ev/js/nowhere.json'.
    "#]],
    );
}

#[test]
fn tsc_is_silent_when_clean() {
    check(
        Format::Tsc,
        recorded!("tsc/clean.txt"),
        expect![[r#"
        looked and found nothing
    "#]],
    );
}

#[test]
fn prettier_warns_and_fails_to_parse() {
    check(
        Format::FileList,
        recorded!("prettier/check.txt"),
        expect![[r#"
        Error formatted -:-:- src/broken.mjs: SyntaxError: Unexpected token (1:14)
        Error formatted src/cart.mjs:-:- is listed
    "#]],
    );
}

#[test]
fn prettier_warns() {
    check(
        Format::FileList,
        recorded!("prettier/check_warn.txt"),
        expect![[r#"
        Error formatted src/cart.mjs:-:- is listed
    "#]],
    );
}

#[test]
fn prettier_is_content() {
    check(
        Format::FileList,
        recorded!("prettier/check_clean.txt"),
        expect![[r#"
        looked and found nothing
    "#]],
    );
}

#[test]
fn prettier_that_began_and_never_closed_is_cut_off() {
    check(
        Format::FileList,
        recorded!("prettier/check_stdout.txt"),
        expect![[r#"
        the report is cut off at byte 23
    "#]],
    );
}

#[test]
fn prettier_lists() {
    check(
        Format::FileList,
        recorded!("prettier/list.txt"),
        expect![[r#"
        Error formatted src/cart.mjs:-:- is listed
    "#]],
    );
}

#[test]
fn node_nests_suites_beside_test_cases() {
    check(
        Format::Junit,
        recorded!("node/junit.xml"),
        expect![[r#"
            Passed test / adds up timed
            Passed test / inner timed
            Failed test / fails timed 1 == 2
            Skipped test / later timed no bank
            Failed test / some day timed not yet
        "#]],
    );
}

#[test]
fn node_in_lcov() {
    check(
        Format::Lcov,
        recorded!("node/lcov.info"),
        expect![[r#"
            src/cart.mjs: lines 10/12, branches 3/4
            test/cart.test.mjs: lines 11/11, branches 6/6
            coverage.branch = 90 %
            coverage.function = 85.7142 %
            coverage.line = 91.3043 %
        "#]],
    );
}

#[test]
fn node_in_tap() {
    check(
        Format::Tap,
        recorded!("node/tests.tap"),
        expect![[r#"
        Passed  / adds timed
        Failed  / divides # by zero at test/tap.test.js:Some(3) timed Expected values to be strictly equal:
        Skipped  / later timed no disk
        Skipped  / not yet timed soon
        Failed  / a group at test/tap.test.js:Some(6) timed 1 subtest failed
        tests.skip = 1 1
        tests.todo = 1 1
    "#]],
    );
}
