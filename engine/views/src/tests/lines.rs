//! Claims about the lines printed while a run goes on.

use expect_test::{Expect, expect};

use dod_kernel::id::Digest;

use crate::Look;
use crate::plain::{Opening, Plain};
use crate::tests::tell;

fn check(workflow: &str, story: &str, expect: &Expect) {
    let teller = tell(workflow, story);
    let opening =
        Opening { policy: "standard@1".into(), source: "builtin".into(), digest: Some(Digest([171; 32])) };
    let mut view = Plain::new(teller.workflow.clone(), opening, Look::PLAIN);
    let mut text = String::new();
    for recorded in &teller.log {
        for line in view.push(recorded) {
            text.push_str(&line);
            text.push('\n');
        }
    }
    expect.assert_eq(&text);
}

#[test]
fn each_step_is_one_line_when_it_ends() {
    check(
        "fmt; lint(gate=lint); test(gate=test) < fmt; cov(gate=coverage); docs(if=no); fuzz(if=whatever)",
        "start; tick 340; fmt exits 0; tick 900; lint finds nothing; test fails 0 of 28; cov covers 91.25",
        &expect![[r#"
            dod 0.1.0, run 019aa6c1-5d00-7abc-8def-0123456789ab, policy standard@1 (builtin sha256:abababababab), definitions protected
            not applicable  docs           its `if` is false
            undecided  fuzz           its `if` cannot be answered: `whatever` is not known
            passed     fmt     340ms  exit code only
            passed     lint     1.2s  no findings
            passed     test    900ms  28 tests
            passed     cov      1.2s  91.25 % of lines
        "#]],
    );
}

#[test]
fn output_of_a_failing_step_begins_at_column_one() {
    check(
        "build; test(gate=test) < build; publish < test",
        "start; tick 1200; build exits 2 ::error file=a.rs,line=1::no \\n make: *** stop",
        &expect![[r#"
            dod 0.1.0, run 019aa6c1-5d00-7abc-8def-0123456789ab, policy standard@1 (builtin sha256:abababababab), definitions protected
            failed     build       1.2s  exit code 2
            --- output of build ---
            ::error file=a.rs,line=1::no
            make: *** stop
            --- end of build ---
            skipped    test              because `build` failed
            skipped    publish           because `test` was skipped
        "#]],
    );
}

#[test]
fn retries_waits_and_answers_are_told() {
    check(
        "flaky(retry=2); sign(approve=2) < flaky; deploy(once) < sign",
        "start; tick 50; flaky crashes out of luck; tick 1000; flaky exits 0; sign yes by alice; sign yes by bob; \
         deploy is lost; resume; deploy no by alice",
        &expect![[r#"
            dod 0.1.0, run 019aa6c1-5d00-7abc-8def-0123456789ab, policy standard@1 (builtin sha256:abababababab), definitions protected
            retrying   flaky            ended by signal 11 (SIGSEGV, it crashed); attempt 2 in 1.0s
            passed     flaky      50ms  exit code only, 2 attempts
            waiting    sign             2 people of `owners` to say yes, until 2026-11-21 16:00 UTC
            answered: alice (claimed) says yes to sign
            answered: bob (claimed) says yes to sign
            passed     sign             approved by alice (claimed) and bob (claimed)
            held       deploy           it was running when the run was lost and must not run twice: somebody has to say whether it may run again
            resumed; 12 bytes of a torn last line were cut
            answered: alice (claimed) says no to deploy
            failed     deploy      0ms  rejected by alice (claimed): not today
        "#]],
    );
}
