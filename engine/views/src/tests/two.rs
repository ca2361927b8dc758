//! Claims about the difference between two runs.

use expect_test::{Expect, expect};

use crate::Look;
use crate::diff::{diff, render};
use crate::tests::tell;

fn check(workflow: &str, one: &str, other: &str, expect: &Expect) {
    let (a, b) = (tell(workflow, one), tell(workflow, other));
    let text = a.with_sources(|left| {
        b.with_sources(|right| {
            let found = diff((&a.story(), left), (&b.story(), right));
            crate::object::text(&found);
            render(&found, Look::PLAIN)
        })
    });
    expect.assert_eq(&text);
}

#[test]
fn what_changed_between_two_runs_is_told() {
    check(
        "lint(gate=lint); test(gate=test); cov(gate=coverage); slow",
        "start; tick 1000; lint finds 2; test fails 1 of 3; cov covers 81.5; slow exits 0",
        "start; tick 1000; lint finds 3; test fails 0 of 3; cov covers 90; tick 9000; slow exits 0",
        &expect![[r#"
            A  019aa6c1-5d00-7abc-8def-0123456789ab  2026-11-21 15:00 UTC  main              FAILED: 2 gates (1 passed) in 1.0s
            B  019aa6c1-5d00-7abc-8def-0123456789ab  2026-11-21 15:00 UTC  main              FAILED: 1 gate (2 passed) in 10.0s

            steps
              test  failed -> passed

            findings introduced
              lint  src/a.rs:30:5  R1  this is wrong

            measures
              cov  coverage.line  81.5 % -> 90 %

            durations
              slow  1.0s -> 10.0s

            the verdict is the same: failed
        "#]],
    );
}

#[test]
fn the_same_run_twice_is_no_difference() {
    let story = "start; lint finds nothing";
    check(
        "lint(gate=lint)",
        story,
        story,
        &expect![[r#"
        A  019aa6c1-5d00-7abc-8def-0123456789ab  2026-11-21 15:00 UTC  main              PASSED: 1 gate in 0ms
        B  019aa6c1-5d00-7abc-8def-0123456789ab  2026-11-21 15:00 UTC  main              PASSED: 1 gate in 0ms

        no difference; the verdict is passed
    "#]],
    );
}

#[test]
fn a_gate_that_broke_does_not_count_as_fixed() {
    check(
        "lint(gate=lint)",
        "start; lint finds 2",
        "start; lint crashes",
        &expect![[r#"
        A  019aa6c1-5d00-7abc-8def-0123456789ab  2026-11-21 15:00 UTC  main              FAILED: 1 gate in 0ms
        B  019aa6c1-5d00-7abc-8def-0123456789ab  2026-11-21 15:00 UTC  main              UNDECIDED: 1 gate in 0ms

        steps
          lint  failed -> undecided

        not compared, since the evidence of one run is missing
          lint

        the verdict changed: failed -> undecided
    "#]],
    );
}
