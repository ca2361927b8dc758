//! Claims about recorded output of cargo, clippy, libtest and rustfmt.

use expect_test::expect;

use super::check;
use crate::Format;

#[test]
fn clippy_says_everything_of_library_and_tests_once() {
    check(
        Format::Cargo,
        recorded!("cargo/clippy.jsonl"),
        expect![[r#"
        Warning unused_variables src/lib.rs:9:9 unused variable: `unused`
        Warning clippy::needless_return src/lib.rs:14:5 unneeded `return` statement
        Warning clippy::needless_range_loop src/lib.rs:11:14 the loop variable `i` is only used to index `prices`
        Warning clippy::get_first src/lib.rs:19:5 accessing first element with `prices.get(0)`
    "#]],
    );
}

#[test]
fn denied_warnings_are_errors() {
    check(
        Format::Cargo,
        recorded!("cargo/clippy_deny.jsonl"),
        expect![[r#"
        Error unused_variables src/lib.rs:9:9 unused variable: `unused`
        Error clippy::needless_return src/lib.rs:14:5 unneeded `return` statement
        Error clippy::needless_range_loop src/lib.rs:11:14 the loop variable `i` is only used to index `prices`
        Error clippy::get_first src/lib.rs:19:5 accessing first element with `prices.get(0)`
    "#]],
    );
}

#[test]
fn a_build_that_fails_says_why() {
    check(
        Format::Cargo,
        recorded!("cargo/broken.jsonl"),
        expect![[r#"
            Error E0277 src/lib.rs:5:25 a value of type `u64` cannot be made by summing an iterator over elements of type `&u32`
            Error E0308 src/lib.rs:5:5 mismatched types
        "#]],
    );
}

#[test]
fn a_build_without_messages_is_clean() {
    check(
        Format::Cargo,
        recorded!("cargo/clean.jsonl"),
        expect![[r#"
        looked and found nothing
    "#]],
    );
}

#[test]
fn a_failed_test_may_print_what_looks_like_a_result() {
    check(
        Format::Libtest,
        recorded!("libtest/stdout.txt"),
        expect![[r#"
            Passed binary 1 / tests::a_sum_is_a_sum
            Skipped binary 1 / tests::paying needs a bank
            Passed binary 1 / tests::nothing_is_nothing
            Failed binary 1 / tests::the_first_is_the_last at src/lib.rs:Some(35) assertion `left == right` failed: first of two
            Passed binary 2 / a_cart_adds_up
            Passed binary 3 / src/lib.rs - sum (line 5)
        "#]],
    );
}

#[test]
fn cargo_s_own_talk_names_the_binaries() {
    check(
        Format::Libtest,
        recorded!("libtest/both.txt"),
        expect![[r#"
            Passed unittests src/lib.rs / tests::a_sum_is_a_sum
            Skipped unittests src/lib.rs / tests::paying needs a bank
            Passed unittests src/lib.rs / tests::nothing_is_nothing
            Failed unittests src/lib.rs / tests::the_first_is_the_last at src/lib.rs:Some(35) assertion `left == right` failed: first of two
            Passed tests/whole.rs / a_cart_adds_up
            Passed Doc-tests shop / src/lib.rs - sum (line 5)
        "#]],
    );
}

#[test]
fn a_binary_without_tests_is_no_reason_to_stop() {
    check(
        Format::Libtest,
        recorded!("libtest/clean.txt"),
        expect![[r#"
            Passed binary 2 / a_cart_adds_up
            Passed binary 3 / src/lib.rs - sum (line 5)
        "#]],
    );
}

#[test]
fn a_crash_is_not_a_clean_bill_of_health() {
    check(
        Format::Libtest,
        recorded!("libtest/crash.txt"),
        expect![[r#"
        line 5 of the report (byte 45) is not the result of the test binary before
    "#]],
    );
}

#[test]
fn rustfmt_colors_its_differences_even_in_a_file() {
    check(
        Format::FileList,
        recorded!("rustfmt/check.txt"),
        expect![[r#"
        Error formatted rust/src/ugly.rs:1:- is listed
        Error formatted rust/src/lib.rs:30:- is listed
    "#]],
    );
}

#[test]
fn rustfmt_lists() {
    check(
        Format::FileList,
        recorded!("rustfmt/list.txt"),
        expect![[r#"
        Error formatted rust/src/ugly.rs:-:- is listed
        Error formatted rust/src/lib.rs:-:- is listed
    "#]],
    );
}

#[test]
fn rustdoc_speaks_as_rustc_does() {
    check(
        Format::Cargo,
        recorded!("cargo/doc.jsonl"),
        expect![[r#"
        Warning rustdoc::broken_intra_doc_links src/lib.rs:59:11 unresolved link to `nowhere`
    "#]],
    );
}

#[test]
fn nextest_repeats_what_failed() {
    check(
        Format::Junit,
        recorded!("nextest/junit.xml"),
        expect![[r#"
        Passed shop / tests::nothing_is_nothing timed
        Passed shop / tests::a_sum_is_a_sum timed
        Failed shop / tests::the_first_is_the_last timed thread 'tests::the_first_is_the_last' (2612) panicked at src/lib.rs:35:9
        Passed shop / tests::sometimes timed
        Passed shop::whole / a_cart_adds_up timed
        tests.reruns = 3 1
    "#]],
    );
}

#[test]
fn how_a_test_is_run_is_no_part_of_its_name() {
    check(
        Format::Libtest,
        recorded!("libtest/modes.txt"),
        expect![[r#"
        Failed binary 1 / tests::panics_not note: test did not panic as expected at src/lib.rs:32:8
        Failed binary 1 / tests::returns_an_error Error: "no bank"
        Passed binary 2 / src/lib.rs - here (line 17)
        Failed binary 2 / src/lib.rs - here (line 23) note: test did not panic as expected at src/lib.rs:23:0
        Failed binary 3 / src/lib.rs - here (line 11) Test compiled successfully, but it's marked `compile_fail`.
        Passed binary 3 / src/lib.rs - here (line 5)
    "#]],
    );
}

#[test]
fn libtest_in_json_tells_of_a_binary_that_died() {
    check(
        Format::LibtestJson,
        recorded!("libtest/nightly.jsonl"),
        expect![[r#"
            Passed suite 1 / tests::doubles timed
            Skipped suite 1 / tests::later not yet
            Failed suite 1 / tests::halves at src/lib.rs:Some(11) timed assertion `left == right` failed: no
            Failed suite 1 / tests::panics at src/lib.rs:Some(13) timed panic did not contain expected string
            Errored suite 2 / (the suite itself) it ended before its tests did while it ran dies
            Passed suite 3 / works timed
            Passed suite 4 / src/lib.rs - double (line 4) timed
        "#]],
    );
}
