//! Claims about `tap`.

use dod_kernel::evidence::Outcome;
use expect_test::expect;

use crate::Format::Tap;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn a_test_is_ok_or_not() {
    check(
        Tap,
        "TAP version 13\n1..3\nok 1 - reads\nnot ok 2 - writes\nok\n",
        expect![[r#"
            Passed  / reads
            Failed  / writes
            Passed  / test 3
        "#]],
    );
}

#[test]
fn todo_forgives_and_skip_does_not() {
    check(
        Tap,
        "1..6\nok 1 - a # SKIP no disk\nnot ok 2 - b #skip: later\nnot ok 3 - c # TODO not yet\nok 4 - d # todo\n\
         ok 5 #Skipped\nok 6 # skipper\n",
        expect![[r#"
            Skipped  / a no disk
            Failed  / b later
            Skipped  / c not yet
            Passed  / d
            Skipped  / test 5
            Passed  / # skipper
            tests.skip = 3 1
            tests.todo = 2 1
        "#]],
    );
}

#[test]
fn what_is_escaped_is_no_directive_and_a_later_one_forgives_nothing() {
    check(
        Tap,
        "TAP version 14\n1..5\nnot ok 1 - a \\# TODO b\nnot ok 2 - issue #5 # TODO c\nok 3 - issue #5 # SKIP d\n\
         not ok 4 - path C:\\\\ # TODO e\nok 5 - \\\\\\#\n",
        expect![[r#"
            Failed  / a # TODO b
            Failed  / issue #5 # TODO c
            Skipped  / issue #5 d
            Skipped  / path C:\ e
            Passed  / \#
            tests.skip = 1 1
            tests.todo = 1 1
        "#]],
    );
}

#[test]
fn the_plan_stands_at_either_end() {
    for report in
        ["1..2\nok 1\nok 2\n", "ok 1\nok 2\n1..2\n", "# hi\nok\nok\n1..2 # done\nbye\n", "1..2\nok 2\nok 1"]
    {
        assert_eq!(read(Tap, report).unwrap().tests.unwrap().len(), 2, "{report}");
    }
    for report in
        ["ok 1\n1..2\nok 2\n", "1..2\nok 1\nok 2\n1..2\n", "ok 1\nok 2\n", "1..2 tests\nok 1\nok 2\n"]
    {
        assert!(matches!(read(Tap, report), Err(ReadError::Malformed { .. })), "{report}");
    }
}

#[test]
fn fewer_tests_than_planned_are_a_cut_and_more_are_a_lie() {
    for report in ["1..3\nok 1\nok 2\n", "ok 1\n1..2\n", "1..2\n"] {
        assert!(matches!(read(Tap, report), Err(ReadError::CutOff { .. })), "{report}");
    }
    for report in [
        "1..1\nok 1\nok 2\n",
        "1..2\nok 1\nok 1\n",
        "1..2\nok 1\nok 3\n",
        "1..1\nok 0\n",
        "ok 1\nok 2\n1..1\n",
        "ok 1\nok 3\n1..2\n",
        "1..0\nok 1\n",
    ] {
        assert!(matches!(read(Tap, report), Err(ReadError::Malformed { .. })), "{report}");
    }
}

#[test]
fn a_run_that_skipped_everything_ran_no_test() {
    check(Tap, "1..0 # SKIP no database\n", expect![["no tests\n"]]);
    check(Tap, "TAP version 13\n1..0\n", expect![["no tests\n"]]);
}

#[test]
fn bailing_out_is_an_error_of_the_run() {
    check(
        Tap,
        "1..9\nok 1 - a\nBail out!  no database\nok 2 - b\n",
        expect![[r#"
            Passed  / a
            Errored  / (the run itself) no database
        "#]],
    );
    check(Tap, "bail out!\n", expect![["Errored  / (the run itself) bailed out\n"]]);
}

#[test]
fn a_subtest_counts_in_its_parent_alone() {
    check(
        Tap,
        "TAP version 14\n# Subtest: math\n    1..2\n    ok 1 - adds\n    not ok 2 - divides\n    Bail out!\nnot ok 1 - math\n1..1\n",
        expect![[r#"
            Failed  / math
        "#]],
    );
}

#[test]
fn details_of_a_failure_are_kept() {
    check(
        Tap,
        "TAP version 13\nnot ok 1 - parses\n  ---\n  message: |-\n    expected 1\n  duration_ms: 12.7\n  at: 'Test.run (/repo/lib/a.js:12:5)'\n  ...\nnot ok 2\n#   Failed test\n#   at t/a.t line 7.\nok 3 - quick # time=1.5ms\n1..3\n",
        expect![[r#"
            Failed  / parses at lib/a.js:Some(12) timed expected 1
            Failed  / test 2 at t/a.t:Some(7) Failed test
            Passed  / quick timed
        "#]],
    );
}

#[test]
fn a_block_that_does_not_end_was_cut() {
    let report = "TAP version 13\n1..1\nnot ok 1\n  ---\n  message: 'a'\n";
    assert!(matches!(read(Tap, report), Err(ReadError::CutOff { .. })));
    assert!(matches!(
        read(Tap, format!("{report}    ...\n    1..9\n    ok 1\n")),
        Err(ReadError::CutOff { .. })
    ));
    assert!(read(Tap, format!("{report}    ...\n  ...\n")).is_ok());
}

#[test]
fn a_version_is_said_first_and_is_a_known_one() {
    for report in [
        "1..1\nTAP version 13\nok 1\n",
        "TAP version 13\nTAP version 13\n1..1\nok 1\n",
        "ok 1\nTAP version 14\n1..1\n",
    ] {
        assert!(matches!(read(Tap, report), Err(ReadError::Malformed { .. })), "{report}");
    }
    for version in ["11", "12", "15", "", "thirteen"] {
        let found = read(Tap, format!("TAP version {version}\n1..1\nok 1\n"));
        assert!(matches!(found, Err(ReadError::OtherFormat { .. })), "{version}: {found:?}");
    }
    assert!(read(Tap, "> shop@1.0.0 test\n> tape *.js\n\nTAP version 13\n1..1\nok 1\n").is_ok());
}

#[test]
fn other_text_is_passed_over_unless_a_pragma_forbids_it() {
    let report = |pragma: &str| format!("TAP version 13\n{pragma}1..1\nhello\nokay then\nok 1\n");
    assert_eq!(read(Tap, report("")).unwrap().tests.unwrap().len(), 1);
    assert!(matches!(read(Tap, report("pragma +strict\n")), Err(ReadError::Malformed { line: 4, .. })));
    assert!(read(Tap, report("pragma +strict\npragma +bail,-strict\n")).is_ok());
}

#[test]
fn the_oldest_plans_name_what_is_to_do() {
    check(
        Tap,
        "1..2 todo 2;\nok 1\nnot ok 2\n",
        expect![[r#"
            Passed  / test 1
            Skipped  / test 2
            tests.todo = 1 1
        "#]],
    );
}

#[test]
fn a_not_on_a_line_of_its_own_belongs_to_the_next() {
    check(
        Tap,
        "1..3\nnot \nok 1\nok 2\nnot\nhello\nok 3\n",
        expect![[r#"
            Failed  / test 1
            Passed  / test 2
            Passed  / test 3
        "#]],
    );
}

#[test]
fn a_plan_that_forgives_much_is_looked_into_once_a_test() {
    let count = 30_000;
    let forgiven: Vec<String> = (1..=count).map(|number| number.to_string()).collect();
    let told: String = (1..=count).map(|number| format!("not ok {number}\n")).collect();
    let found = read(Tap, format!("1..{count} todo {};\n{told}", forgiven.join(" "))).unwrap();
    assert!(found.tests.unwrap().iter().all(|test| test.outcome == Outcome::Skipped));
}
