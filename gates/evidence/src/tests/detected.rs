//! Claims about which format a report looks like.

use crate::{Format, detect};

macro_rules! check {
    ($($path:literal => $format:expr,)*) => {
        $({
            let report = include_bytes!(concat!("../../../../tests/evidence/", $path));
            let head = &report[..report.len().min(4096)];
            assert_eq!(detect(head), $format, $path);
        })*
    };
}

#[test]
fn a_report_is_known_by_its_first_bytes() {
    check! {
        "cargo/clippy.jsonl" => Some(Format::Cargo),
        "cargo/clean.jsonl" => Some(Format::Cargo),
        "coverage_py/cobertura.xml" => Some(Format::Cobertura),
        "coverage_py/lcov.info" => Some(Format::Lcov),
        "eslint/check.json" => Some(Format::Eslint),
        "gcc/errors.txt" => Some(Format::GccLines),
        "go/cover.out" => Some(Format::GoCover),
        "go/test_pass.jsonl" => Some(Format::GoTest),
        "libtest/both.txt" => Some(Format::Libtest),
        "libtest/stdout.txt" => Some(Format::Libtest),
        "mypy/clean.txt" => Some(Format::Mypy),
        "mypy/errors.txt" => Some(Format::Mypy),
        "node/junit.xml" => Some(Format::Junit),
        "node/lcov.info" => Some(Format::Lcov),
        "pytest/junit.xml" => Some(Format::Junit),
        "ruff/check.json" => Some(Format::Ruff),
        "ruff/check.sarif" => Some(Format::Sarif),
        "shellcheck/errors.txt" => Some(Format::GccLines),
        "tsc/errors.txt" => Some(Format::Tsc),
    }
    assert_eq!(detect(br#"{"p99": {"value": 812, "unit": "ms"}}"#), Some(Format::Measures));
}

#[test]
fn what_could_be_several_formats_is_not_guessed() {
    for head in
        ["", "[]", "{}", "src/a.rs\n", "<html>", "<report/>", "\u{feff}", "<!", "<?xml", "hello", "[1]"]
    {
        assert_eq!(detect(head.as_bytes()), None, "{head}");
    }
    assert_eq!(detect(b"\xff\xfe\0"), None);
}
