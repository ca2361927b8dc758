//! Claims about recorded coverage: JaCoCo, llvm-cov, coverage.py, c8 and nyc.

use expect_test::expect;

use super::check;
use crate::tests::read;
use crate::{Context, Format, ReadError};

#[test]
fn jacoco_with_debug_information() {
    check(
        Format::Jacoco,
        recorded!("jacoco/report.xml"),
        expect![[r#"
        com/shop/Cart.java: lines 9/12, branches 4/8
        com/shop/Main.java: lines 3/4, branches 0/0
        coverage.branch = 50 %
        coverage.function = 50 %
        coverage.instruction = 68.421 %
        coverage.line = 75 %
    "#]],
    );
}

#[test]
fn jacoco_without_debug_information() {
    check(
        Format::Jacoco,
        recorded!("jacoco/no_debug.xml"),
        expect![[r#"
        com/shop/Cart: lines 0/0, branches 0/0
        com/shop/Main: lines 0/0, branches 0/0
        coverage.function = 50 %
        coverage.instruction = 68.421 %
        declared 8 coverage.branches, counted 0
        declared 4 coverage.branches.hit, counted 0
    "#]],
    );
}

#[test]
fn jacoco_in_groups() {
    check(
        Format::Jacoco,
        recorded!("jacoco/groups.xml"),
        expect![[r#"
        legs/m1/com/shop/Cart.java: lines 9/12, branches 4/8
        legs/m1/com/shop/Main.java: lines 3/4, branches 0/0
        legs/m2/com/shop/Cart.java: lines 9/12, branches 4/8
        legs/m2/com/shop/Main.java: lines 3/4, branches 0/0
        coverage.branch = 50 %
        coverage.function = 50 %
        coverage.instruction = 68.421 %
        coverage.line = 75 %
    "#]],
    );
}

#[test]
fn llvm_cov_in_full() {
    check(
        Format::LlvmCov,
        recorded!("llvm_cov/full.json"),
        expect![[r#"
            src/shop.rs: lines 21/25, branches 0/0
            coverage.function = 85.7142 %
            coverage.line = 85.7142 %
            coverage.region = 84 %
            declared 28 coverage.lines, counted 25
            declared 24 coverage.lines.hit, counted 21
        "#]],
    );
}

#[test]
fn llvm_cov_in_summary() {
    check(
        Format::LlvmCov,
        recorded!("llvm_cov/summary.json"),
        expect![[r#"
        coverage.function = 85.7142 %
        coverage.line = 85.7142 %
        coverage.region = 84 %
    "#]],
    );
}

#[test]
fn llvm_cov_without_functions() {
    check(
        Format::LlvmCov,
        recorded!("llvm_cov/skip_functions.json"),
        expect![[r#"
            src/shop.rs: lines 21/25, branches 0/0
            coverage.function = 85.7142 %
            coverage.line = 85.7142 %
            coverage.region = 84 %
            declared 28 coverage.lines, counted 25
            declared 24 coverage.lines.hit, counted 21
        "#]],
    );
}

#[test]
fn llvm_cov_with_branches() {
    check(
        Format::LlvmCov,
        recorded!("llvm_cov/branches.json"),
        expect![[r#"
            src/shop.rs: lines 21/25, branches 5/8
            coverage.branch = 62.5 %
            coverage.function = 85.7142 %
            coverage.line = 85.7142 %
            coverage.region = 84 %
            declared 28 coverage.lines, counted 25
            declared 24 coverage.lines.hit, counted 21
        "#]],
    );
}

#[test]
fn llvm_cov_in_lcov() {
    check(
        Format::Lcov,
        recorded!("llvm_cov/lcov.info"),
        expect![[r#"
        src/shop.rs: lines 21/25, branches 0/0
        coverage.function = 87.5 %
        coverage.line = 84 %
        declared 28 coverage.lines, counted 25
        declared 24 coverage.lines.hit, counted 21
        declared 7 coverage.functions, counted 8
        declared 6 coverage.functions.hit, counted 7
    "#]],
    );
}

#[test]
fn coverage_py_in_json() {
    check(
        Format::CoveragePy,
        recorded!("coverage_py/coverage.json"),
        expect![[r#"
        other.py: lines 1/2, branches 0/0
        shop.py: lines 13/20, branches 7/10
        test_shop.py: lines 5/5, branches 0/0
        coverage.branch = 70 %
        coverage.line = 70.3703 %
    "#]],
    );
    check(
        Format::CoveragePy,
        recorded!("coverage_py/coverage_lines.json"),
        expect![[r#"
        other.py: lines 1/2, branches 0/0
        shop.py: lines 13/20, branches 0/0
        test_shop.py: lines 5/5, branches 0/0
        coverage.line = 70.3703 %
    "#]],
    );
}

#[test]
fn c8_in_full() {
    check(
        Format::Istanbul,
        recorded!("c8/coverage-final.json"),
        expect![[r#"
        src/cart.js: lines 27/29, branches 5/9
        coverage.branch = 55.5555 %
        coverage.function = 66.6666 %
        coverage.line = 93.1034 %
        coverage.statement = 93.1034 %
    "#]],
    );
    check(
        Format::Lcov,
        recorded!("c8/lcov.info"),
        expect![[r#"
        src/cart.js: lines 27/29, branches 5/9
        coverage.branch = 55.5555 %
        coverage.function = 66.6666 %
        coverage.line = 93.1034 %
    "#]],
    );
}

#[test]
fn nyc_in_full() {
    check(
        Format::Istanbul,
        recorded!("nyc/coverage-final.json"),
        expect![[r#"
        src/cart.js: lines 10/12, branches 7/11
        coverage.branch = 63.6363 %
        coverage.function = 80 %
        coverage.line = 83.3333 %
        coverage.statement = 73.3333 %
    "#]],
    );
    check(
        Format::Lcov,
        recorded!("nyc/lcov.info"),
        expect![[r#"
        src/cart.js: lines 10/12, branches 7/11
        coverage.branch = 63.6363 %
        coverage.function = 80 %
        coverage.line = 83.3333 %
    "#]],
    );
}

#[test]
fn nyc_in_summary_has_nothing_to_count() {
    let found = read(Format::Istanbul, recorded!("nyc/coverage-summary.json"));
    assert_eq!(found, Err(ReadError::NotRun { what: "lines of a file, only totals" }));
}

/// What one run says line by line is the same in every format.
#[test]
fn twins_of_one_run_have_the_same_lines() {
    let lines = |format, report: &[u8]| {
        let context = Context::at("/tmp/ev/shop");
        let files = crate::read(format, &mut &*report, &context).unwrap().coverage.unwrap();
        let lines = files.into_iter().map(|file| {
            (file.path, file.lines.into_iter().map(|(line, hits)| (line, hits > 0)).collect::<Vec<_>>())
        });
        lines.collect::<Vec<_>>()
    };
    for (format, report, lcov) in [
        (Format::LlvmCov, &recorded!("llvm_cov/full.json")[..], &recorded!("llvm_cov/lcov.info")[..]),
        (Format::Istanbul, recorded!("c8/coverage-final.json"), recorded!("c8/lcov.info")),
        (Format::Istanbul, recorded!("nyc/coverage-final.json"), recorded!("nyc/lcov.info")),
    ] {
        assert_eq!(lines(format, report), lines(Format::Lcov, lcov), "{format}");
    }
}

#[test]
fn gcovr_in_cobertura() {
    check(
        Format::Cobertura,
        recorded!("gcovr/coverage.xml"),
        expect![[r#"
        bad.c: lines 3/4, branches 1/2
        good.c: lines 2/2, branches 0/0
        coverage.branch = 50 %
        coverage.line = 83.3333 %
    "#]],
    );
    check(Format::Cobertura, recorded!("gcovr/nothing.xml"), expect![]);
}

#[test]
fn jest_in_full() {
    check(
        Format::Istanbul,
        recorded!("jest/coverage-final.json"),
        expect![[r#"
        /tmp/rec/jest/src/cart.js: lines 5/6, branches 0/0
        coverage.function = 50 %
        coverage.line = 83.3333 %
        coverage.statement = 85.7142 %
    "#]],
    );
}
