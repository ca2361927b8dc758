//! Claims about recorded output of ruff, pytest, mypy and coverage.py.

use expect_test::expect;

use super::check;
use crate::Format;

#[test]
fn ruff_findings_and_syntax_errors() {
    check(
        Format::Ruff,
        recorded!("ruff/check.json"),
        expect![[r#"
        Error I001 py/shop/__init__.py:1:1 Import block is un-sorted or un-formatted
        Error F401 py/shop/__init__.py:1:8 `os` imported but unused
        Error E401 py/shop/__init__.py:2:1 Multiple imports on one line
        Error F401 py/shop/__init__.py:2:8 `sys` imported but unused
        Error F401 py/shop/__init__.py:2:13 `json` imported but unused
        Error invalid-syntax py/shop/broken.py:1:10 Expected a parameter or the end of the parameter list
        Error invalid-syntax py/shop/broken.py:1:11 Expected `)`, found newline
    "#]],
    );
}

#[test]
fn an_empty_array_of_ruff_is_clean() {
    check(
        Format::Ruff,
        recorded!("ruff/clean.json"),
        expect![[r#"
        looked and found nothing
    "#]],
    );
}

#[test]
fn ruff_in_sarif() {
    check(
        Format::Sarif,
        recorded!("ruff/check.sarif"),
        expect![[r#"
        Error I001 py/shop/__init__.py:1:1 Import block is un-sorted or un-formatted
        Error F401 py/shop/__init__.py:1:8 `os` imported but unused
        Error E401 py/shop/__init__.py:2:1 Multiple imports on one line
        Error F401 py/shop/__init__.py:2:8 `sys` imported but unused
        Error F401 py/shop/__init__.py:2:13 `json` imported but unused
        Error invalid-syntax py/shop/broken.py:1:10 Expected a parameter or the end of the parameter list
        Error invalid-syntax py/shop/broken.py:1:11 Expected `)`, found newline
    "#]],
    );
}

#[test]
fn ruff_in_junit() {
    check(
        Format::Junit,
        recorded!("ruff/check.junit.xml"),
        expect![[r#"
        Failed /tmp/ev/shop/py/shop/__init__ / org.ruff.I001 Import block is un-sorted or un-formatted
        Failed /tmp/ev/shop/py/shop/__init__ / org.ruff.F401 `os` imported but unused
        Failed /tmp/ev/shop/py/shop/__init__ / org.ruff.E401 Multiple imports on one line
        Failed /tmp/ev/shop/py/shop/__init__ / org.ruff.F401 `sys` imported but unused
        Failed /tmp/ev/shop/py/shop/__init__ / org.ruff.F401 `json` imported but unused
        Failed /tmp/ev/shop/py/shop/broken / org.ruff.invalid-syntax Expected a parameter or the end of the parameter list
        Failed /tmp/ev/shop/py/shop/broken / org.ruff.invalid-syntax Expected `)`, found newline
    "#]],
    );
}

#[test]
fn ruff_format_names_files_in_diagnostics() {
    check(
        Format::FileList,
        recorded!("ruff/format.txt"),
        expect![[r#"
        Error formatted a.py:-:- is listed
        Error formatted c.py:-:- is listed
    "#]],
    );
}

#[test]
fn ruff_format_says_that_all_is_well() {
    check(
        Format::FileList,
        recorded!("ruff/format_clean.txt"),
        expect![[r#"
        looked and found nothing
    "#]],
    );
}

#[test]
fn pytest_outcomes() {
    check(
        Format::Junit,
        recorded!("pytest/junit.xml"),
        expect![[r#"
            Passed tests.test_shop / test_total timed
            Passed tests.test_shop / test_discount[1] timed
            Passed tests.test_shop / test_discount[2] timed
            Failed tests.test_shop / test_label timed AssertionError: <a label> & more
            Skipped tests.test_shop / test_paying timed no bank
            Errored tests.test_shop / test_with_fixture timed failed on setup with "RuntimeError: the fixture broke"
            Skipped tests.test_shop / test_expected_to_fail timed
        "#]],
    );
}

#[test]
fn no_test_is_an_empty_list() {
    check(
        Format::Junit,
        recorded!("pytest/none.xml"),
        expect![[r#"
        no tests
    "#]],
    );
}

#[test]
fn a_module_that_cannot_be_imported_is_an_error() {
    check(
        Format::Junit,
        recorded!("pytest/collection.xml"),
        expect![[r#"
        Errored pytest / bad_test timed collection failure
    "#]],
    );
}

#[test]
fn mypy_errors() {
    check(
        Format::Mypy,
        recorded!("mypy/errors.txt"),
        expect![[r#"
        Error return-value shop/__init__.py:16:- Incompatible return value type (got "int", expected "str")
    "#]],
    );
}

#[test]
fn a_note_explains_and_is_no_finding() {
    check(
        Format::Mypy,
        recorded!("mypy/notes.txt"),
        expect![[r#"
        Error return-value shop/__init__.py:16:12 Incompatible return value type (got "int", expected "str")
        Error call-arg shop/typed.py:3:12 Too many arguments for "f"
        Error override shop/typed.py:12:5 Return type "str" of "m" incompatible with return type "int" in supertype "A"
    "#]],
    );
}

#[test]
fn mypy_stops_at_a_syntax_error() {
    check(
        Format::Mypy,
        recorded!("mypy/syntax.txt"),
        expect![[r#"
        Error syntax shop/broken.py:1:- Expected a parameter or the end of the parameter list
        Error syntax shop/broken.py:1:- Expected `)`, found newline
    "#]],
    );
}

#[test]
fn mypy_says_that_it_is_clean() {
    check(
        Format::Mypy,
        recorded!("mypy/clean.txt"),
        expect![[r#"
        looked and found nothing
    "#]],
    );
}

#[test]
fn coverage_py_in_lcov() {
    check(
        Format::Lcov,
        recorded!("coverage_py/lcov.info"),
        expect![[r#"
            shop/__init__.py: lines 10/11, branches 3/4
            shop/clean.py: lines 0/0, branches 0/0
            coverage.branch = 75 %
            coverage.function = 100 %
            coverage.line = 90.909 %
        "#]],
    );
}

#[test]
fn coverage_py_in_cobertura() {
    check(
        Format::Cobertura,
        recorded!("coverage_py/cobertura.xml"),
        expect![[r#"
        py/shop/__init__.py: lines 10/11, branches 3/4
        py/shop/clean.py: lines 0/0, branches 0/0
        coverage.branch = 75 %
        coverage.line = 90.909 %
    "#]],
    );
}

#[test]
fn ruff_format_in_json() {
    check(
        Format::Ruff,
        recorded!("ruff/format.json"),
        expect![[r#"
        Error unformatted py/fmt/a.py:1:6 File would be reformatted
        Error unformatted py/fmt/c.py:1:6 File would be reformatted
    "#]],
    );
}
