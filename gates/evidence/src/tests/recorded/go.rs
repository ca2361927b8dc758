//! Claims about recorded output of `go test`, its cover profile and `gofmt`.

use expect_test::expect;

use super::check;
use crate::Format;

#[test]
fn gofmt_lists() {
    check(
        Format::FileList,
        recorded!("go/gofmt.txt"),
        expect![[r#"
        Error formatted cart/ugly.go:-:- is listed
    "#]],
    );
}

#[test]
fn go_packages_that_do_not_build_or_exit_are_errored() {
    check(
        Format::GoTest,
        recorded!("go/test.jsonl"),
        expect![[r#"
            Errored example.com/shop/broken / (the package itself) example.com/shop/broken [build failed]
            Passed example.com/shop/cart / TestTotal timed
            Passed example.com/shop/cart / TestTable/one timed
            Failed example.com/shop/cart / TestTable/two timed cart_test.go:15: two is wrong
            Failed example.com/shop/cart / TestTable timed --- FAIL: TestTable (0.00s)
            Skipped example.com/shop/cart / TestLater timed cart_test.go:21: no bank
            Passed example.com/shop/dead / TestLives timed
            Errored example.com/shop/dead / TestDies
        "#]],
    );
}

#[test]
fn go_passes_and_skips() {
    check(
        Format::GoTest,
        recorded!("go/test_pass.jsonl"),
        expect![[r#"
            Passed example.com/shop/cart / TestTotal timed
            Skipped example.com/shop/cart / TestLater timed cart_test.go:21: no bank
        "#]],
    );
}

#[test]
fn go_says_in_plain_text_that_nothing_was_set_up() {
    check(
        Format::GoTest,
        recorded!("go/setup_failed.jsonl"),
        expect![[r#"
        Errored example.com/shop/broken / (the package itself) example.com/shop/broken [setup failed]
        Errored example.com/shop/cart / (the package itself) example.com/shop/cart [setup failed]
        Errored example.com/shop/dead / (the package itself) example.com/shop/dead [setup failed]
    "#]],
    );
}

#[test]
fn go_without_a_test_is_an_empty_list() {
    check(
        Format::GoTest,
        recorded!("go/test_none.jsonl"),
        expect![[r#"
        no tests
    "#]],
    );
}

#[test]
fn go_counts_statements() {
    check(
        Format::GoCover,
        recorded!("go/cover.out"),
        expect![[r#"
            example.com/shop/cart/cart.go: lines 0/0, branches 0/0
            coverage.statement = 50 %
        "#]],
    );
}

#[test]
fn a_profile_without_blocks_measures_nothing() {
    check(Format::GoCover, recorded!("go/cover_none.out"), expect![[""]]);
}
