//! Claims about `junit`.

use expect_test::expect;

use crate::Format::Junit;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn failure_wins_over_error_and_both_over_skipped() {
    check(
        Junit,
        "<testsuite name='s'>
           <testcase name='a'><error message='e'/><failure message='f'/><skipped message='s'/></testcase>
           <testcase name='b'><skipped/><error>broke</error></testcase>
           <testcase name='c'><skipped message='later'/></testcase>
           <testcase name='d'><system-out>failure</system-out></testcase>
         </testsuite>",
        expect![[r#"
            Failed s / a f
            Errored s / b broke
            Skipped s / c later
            Passed s / d
        "#]],
    );
}

#[test]
fn a_case_counts_once_however_deep_its_suite() {
    check(
        Junit,
        "<testsuites><testsuite name='a'><testcase name='1'/><testsuite name='b'><testcase name='2'/>
         <testsuite name='c'><properties><property name='x'/></properties><testcase name='3'/></testsuite>
         </testsuite><testcase name='4'/></testsuite></testsuites>",
        expect![[r#"
            Passed a / 1
            Passed b / 2
            Passed c / 3
            Passed a / 4
        "#]],
    );
}

#[test]
fn the_last_run_decides_and_the_runs_before_are_recorded() {
    let report = "<testsuite>
        <testcase name='flaky'><flakyFailure message='x'><stackTrace/></flakyFailure><flakyError/></testcase>
        <testcase name='hopeless'><failure/><rerunFailure/><rerunError/></testcase></testsuite>";
    check(
        Junit,
        report,
        expect![[r#"
            Passed  / flaky
            Failed  / hopeless
            tests.reruns = 4 1
        "#]],
    );
    let tests = read(Junit, report).unwrap().tests.unwrap();
    assert_eq!((tests[0].flaky_runs, tests[1].flaky_runs), (2, 0));
}

#[test]
fn totals_are_counted_again_and_compared() {
    check(
        Junit,
        "<testsuite tests='173' failures='0' errors='0' skipped='0'><testcase name='a'><failure/></testcase></testsuite>",
        expect![[r#"
            Failed  / a
            declared 173 tests, counted 1
            declared 0 tests.failed, counted 1
        "#]],
    );
    check(
        Junit,
        "<testsuites><testsuite tests='1'><testcase name='a'/></testsuite><testsuite tests='2'/></testsuites>",
        expect![[r#"
            Passed  / a
            declared 3 tests, counted 1
        "#]],
    );
}

#[test]
fn a_total_that_cannot_be_is_refused() {
    for total in ["-1", "NaN", "9007199254740993", "1e300", "many", "1.5"] {
        let found = read(Junit, format!("<testsuite tests='{total}'><testcase/></testsuite>"));
        assert!(matches!(found, Err(ReadError::Malformed { line: 1, .. })), "{total}: {found:?}");
    }
    assert!(read(Junit, "<testsuite tests='' skipped=' 0 '><testcase/></testsuite>").is_ok());
}

#[test]
fn a_time_that_cannot_be_read_is_absent() {
    let time = |text: &str| {
        let report = format!("<testsuite><testcase name='a' time='{text}'/></testsuite>");
        read(Junit, report).unwrap().tests.unwrap()[0].duration_ms
    };
    assert_eq!(time("1.2345"), Some(1234));
    assert_eq!(time("0"), Some(0));
    assert_eq!(time("5e-05"), Some(0));
    for bad in ["1,5", "bad", "", "-1", "NaN", "1:02"] {
        assert_eq!(time(bad), None, "{bad}");
    }
}

#[test]
fn a_suite_that_broke_is_an_error() {
    check(
        Junit,
        "<testsuite name='s' errors='1'><error message='no database'/><testcase name='a'/></testsuite>",
        expect![[r#"
            Errored s / (the suite itself) no database
            Passed s / a
        "#]],
    );
}

#[test]
fn a_disabled_test_did_not_run() {
    check(
        Junit,
        "<testsuite><testcase name='a' status='notrun'/><testcase name='b' status='run'/></testsuite>",
        expect![[r#"
            Skipped  / a
            Passed  / b
        "#]],
    );
}

#[test]
fn what_an_attribute_calls_failed_is_no_pass() {
    check(
        Junit,
        "<testsuite><testcase name='a' status='FAILED'/><testcase name='b' status='run' result='suppressed'/>
         <testcase name='c' status='notrun' result='error'/><testcase name='d' status='disabled'/>
         <testcase name='e' status='run' result='completed'><failure message='1'/><failure message='2'/></testcase>
         </testsuite>",
        expect![[r#"
            Failed  / a
            Skipped  / b
            Errored  / c
            Skipped  / d
            Failed  / e 1
        "#]],
    );
}

#[test]
fn a_case_in_a_case_counts_too() {
    check(
        Junit,
        "<testsuite name='s'><testcase name='a'><system-out>x</system-out><testcase name='b'><failure/></testcase>
         <testsuite name='t'><testcase name='c'/></testsuite></testcase></testsuite>",
        expect![[r#"
            Failed s / b
            Passed t / c
            Passed s / a
        "#]],
    );
}

#[test]
fn totals_are_compared_where_all_that_count_state_them() {
    check(
        Junit,
        "<testsuites><testsuite tests='1' failures='1'><testcase name='a'/></testsuite>
         <testsuite><testcase name='b'/></testsuite></testsuites>",
        expect![[r#"
            Passed  / a
            Passed  / b
        "#]],
    );
    check(
        Junit,
        "<testsuites tests='1'><testsuite tests='1' failures='1'><testcase name='a'/></testsuite></testsuites>",
        expect![[r#"
            Passed  / a
            declared 1 tests.failed, counted 0
        "#]],
    );
}

#[test]
fn a_prefix_a_document_type_and_output_of_megabytes_are_fine() {
    let output = "x".repeat(5 << 20);
    check(
        Junit,
        format!(
            "<?xml version='1.0' encoding='ISO-8859-1'?><!DOCTYPE testsuites SYSTEM 'a.dtd'>
             <j:testsuites xmlns:j='urn:j'><j:testsuite name='s'><j:properties><j:property name='p' value='v'/></j:properties>
             <j:testcase name='a'><j:system-out><![CDATA[{output}]]></j:system-out><j:error/></j:testcase>
             <j:system-err>{output}</j:system-err></j:testsuite></j:testsuites>"
        ),
        expect![[r#"
            Errored s / a
        "#]],
    );
    let entity = "<!DOCTYPE t [<!ENTITY a 'b'>]><testsuite><testcase name='&a;'/></testsuite>";
    assert!(matches!(read(Junit, entity), Err(ReadError::Malformed { .. })));
    assert!(matches!(
        read(Junit, "<testsuite><testcase name='&a;'/></testsuite>"),
        Err(ReadError::Malformed { .. })
    ));
}

#[test]
fn a_place_is_kept_where_the_report_has_one() {
    check(
        Junit,
        "<testsuite><testcase classname='c' name='a' file='/repo/t/a.rb' line='12'/></testsuite>",
        expect![[r#"
            Passed c / a at t/a.rb:Some(12)
        "#]],
    );
}
