//! Claims about a run that is told for an auditor.

use std::sync::Arc;

use expect_test::{Expect, expect};

use crate::Look;
use crate::replay::{LineKind, Lines, Telling};
use crate::tests::{BAD, tell};

fn check((workflow, story): (&str, &str), every: bool, expect: &Expect) {
    let teller = tell(workflow, story);
    let governance = teller.with_sources(|sources| sources.governance.cloned()).unwrap();
    let mut telling = Telling::new(teller.workflow.clone(), Arc::new(governance), every);
    let mut told: Vec<_> = teller.log.iter().flat_map(|recorded| telling.push(recorded)).collect();
    told.extend(telling.last_lines());
    let mut lines = Lines::default();
    expect.assert_eq(&told.iter().map(|line| lines.render(line, Look::PLAIN)).collect::<String>());
    // Every event is told once, and in its place.
    let mut next = 0;
    for line in &told {
        assert_eq!(line.seq, next, "{line:?}");
        next = line.last.unwrap_or(line.seq) + 1;
        assert!(!(every && line.kind == LineKind::Folded));
    }
    assert_eq!(next, teller.log.len() as u64);
}

#[test]
fn decisions_stand_beneath_their_fact_and_name_what_else_they_rest_on() {
    check(
        BAD,
        false,
        &expect![[r#"
        2026-11-21 (UTC)
              0  15:00:00.000  the run 019aa6c1-5d00-7abc-8def-0123456789ab began, by dod 0.1.0: judged by `standard@1`, definitions protected
                                 workflow `test` sha256:0303030303030303030303030303030303030303030303030303030303030303
                                 policies, waivers and roles sha256:0202020202020202020202020202020202020202020202020202020202020202
            1-8                8 events of little weight: 4 attempts started, 4 steps became ready
              9  15:00:01.500  `fmt` attempt 1 ended: exit code 0
             10            ->  `fmt` passed: exit code only
             11  15:00:01.500  `lint` attempt 1 ended: exit code 1, evidence sha256:646464646464 (3 errors, 1 warning, 1 suppressed)
             12            ->  gate `lint` judged failed: findings.error is 2, wanted 0 (rule `no-errors` of `standard@1`), from evidence sha256:646464646464, read at 11
             13            ->  `lint` finished
             14  15:00:01.500  `test` attempt 1 ended: exit code 1, evidence sha256:656565656565 (1 of 28 tests failed)
             15            ->  gate `test` judged failed: tests.failed is 1, wanted 0 (rule `tests-pass` of `standard@1`), from evidence sha256:656565656565, read at 14
             16            ->  `test` finished
             17  15:00:01.500  `cov` attempt 1 ended: `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)
             18            ->  `cov` is undecided: `cargo-llvm-cov` was not found in any folder of `PATH` (/bin)
             19            ->  `pack` is skipped: because `cov` is undecided (from 18)
             20            ->  `ship` is skipped: because `pack` was skipped (from 19)
             21            ->  the verdict: FAILED, scope full, policy `standard` (from 12, 15 and 18)
                                 because: `lint`: findings.error is 2, wanted 0 (rule `no-errors`), told by 12
                                 because: `test`: tests.failed is 1, wanted 0 (rule `tests-pass`), told by 15
                                 because: `cov` is undecided: `cargo-llvm-cov` was not found in any folder of `PATH` (/bin), told by 18
                                 because: a `secrets` gate is required, and this workflow has none
    "#]],
    );
}

#[test]
fn every_event_has_a_line_where_that_is_asked_for() {
    check(
        ("a; b < a", "start; a exits 1"),
        true,
        &expect![[r#"
        2026-11-21 (UTC)
              0  15:00:00.000  the run 019aa6c1-5d00-7abc-8def-0123456789ab began, by dod 0.1.0: judged by `standard@1`, definitions protected
                                 workflow `test` sha256:0303030303030303030303030303030303030303030303030303030303030303
                                 policies, waivers and roles sha256:0202020202020202020202020202020202020202020202020202020202020202
              1            ->  `a` is ready for attempt 1
              2  15:00:00.000  `a` attempt 1 started
              3  15:00:00.000  `a` attempt 1 ended: exit code 1
              4            ->  `a` failed: exit code 1
              5            ->  `b` is skipped: because `a` failed (from 4)
              6            ->  the verdict: FAILED, scope full, policy `standard` (from 4)
                                 because: `a` failed: exit code 1, told by 4
    "#]],
    );
}
