//! Rounds: how many, in which order, with which variables, and every way in which they end.

use expect_test::expect;

use super::{check, tell};

#[test]
fn rounds_run_one_after_the_other() {
    check(
        "tokens; r(repeat=b,count=2) -> e; e(pass) | b: tokens around; x",
        "start; x exits 0; x exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by r
                       step ready: x
            x exits 0  attempt ended: x (exit code 0)
                       step passed: x (exit code only)
                       scope opened: 2 by r
                       step ready: x
            x exits 0  attempt ended: x (exit code 0)
                       step passed: x (exit code only)
                       step passed: r (scope)
                       flow taken: r along 0
                       step passed: e
                       run finished: passed
        "#]],
    );
}

#[test]
fn rounds_run_at_once_and_the_step_ends_with_the_last() {
    check(
        "tokens; r(repeat=b,count=2,par) -> e; e(pass) | b: tokens around; x",
        "start; x exits 0; x@1 exits 0",
        expect![[r#"
            start        run started
                         scope opened: 1 by r
                         scope opened: 2 by r
                         step ready: x
                         step ready: x
            x exits 0    attempt ended: x (exit code 0)
                         step passed: x (exit code only)
            x@1 exits 0  attempt ended: x (exit code 0)
                         step passed: x (exit code only)
                         step passed: r (scope)
                         flow taken: r along 0
                         step passed: e
                         run finished: passed
        "#]],
    );
}

#[test]
fn each_round_has_its_counter_its_element_and_leaves_a_value() {
    check(
        "tokens; r(repeat=b,over==items,element=e,collect==out>all) -> z; z(script=last:=all)
         | b: tokens around out:0; x(script=out:=e&n:=loopCounter)",
        "start set=items:a+b",
        expect![[r#"
            start set=items:a+b  run started
                                 value asked: r rounds: list [{"text":"a"},{"text":"b"}]
                                 scope opened: 1 by r
                                 script run: x sets n=integer 1 out=text a
                                 step passed: x (script)
                                 value asked: r collect: text a
                                 scope opened: 2 by r
                                 script run: x sets n=integer 2 out=text b
                                 step passed: x (script)
                                 value asked: r collect: text b
                                 step passed: r (scope)
                                 flow taken: r along 0
                                 script run: z sets last=list [{"text":"a"},{"text":"b"}]
                                 step passed: z (script)
                                 run finished: passed
        "#]],
    );
}

#[test]
fn what_rounds_leave_stands_in_the_order_of_the_rounds() {
    check(
        "tokens; r(repeat=b,over=a+b,element=e,par,collect==e>all) -> z; z(script=last:=all) | b: tokens around; x",
        "start; x@2 exits 0; x@1 exits 0",
        expect![[r#"
            start        run started
                         scope opened: 1 by r
                         scope opened: 2 by r
                         step ready: x
                         step ready: x
            x@2 exits 0  attempt ended: x (exit code 0)
                         step passed: x (exit code only)
                         value asked: r collect: text b
            x@1 exits 0  attempt ended: x (exit code 0)
                         step passed: x (exit code only)
                         value asked: r collect: text a
                         step passed: r (scope)
                         flow taken: r along 0
                         script run: z sets last=list [{"text":"a"},{"text":"b"}]
                         step passed: z (script)
                         run finished: passed
        "#]],
    );
}

#[test]
fn no_rounds_are_done_at_once() {
    check(
        "tokens; r(repeat=b,over==items,collect=1>all) -> e; e(script=last:=all) | b: tokens around; x",
        "start set=items:+",
        expect![[r#"
            start set=items:+  run started
                               value asked: r rounds: list []
                               step passed: r (scope)
                               flow taken: r along 0
                               script run: e sets last=list []
                               step passed: e (script)
                               run finished: passed
        "#]],
    );
    check(
        "tokens; r(repeat=b,count=0,par) -> e; e(pass) | b: tokens around; x",
        "start",
        expect![[r#"
        start  run started
               step passed: r (scope)
               flow taken: r along 0
               step passed: e
               run finished: passed
    "#]],
    );
}

#[test]
fn a_number_of_rounds_that_is_none_is_an_incident() {
    for (over, n) in [("count", "-1"), ("count", "a"), ("count", "a+b"), ("over", "3"), ("over", "null")] {
        let teller = tell(
            &format!("tokens; r(repeat=b,{over}==n) -> e; e(pass) | b: tokens around; x"),
            &format!("start set=n:{n}"),
        );
        teller.replay();
        let text = super::render::log(&teller.log);
        assert!(text.contains("incident: r: value") && text.contains("finished: undecided"), "{text}");
    }
    check(
        "tokens; r(repeat=b,count==unknown,par) -> e; e(pass) | b: tokens around; x",
        "start",
        expect![[r#"
        start  run started
               value asked: r rounds: unknown
               incident: r: value something is not known
               run finished: undecided
    "#]],
    );
}

#[test]
fn a_huge_number_of_rounds_is_refused_before_any_is_opened() {
    check(
        "tokens; r(repeat=b,count=1000000000,par) | b: tokens around; x",
        "start",
        expect![[r#"
        start  run started
               incident: r: value 1000000000 rounds are more than `rounds max` (1000000) allows
               run finished: undecided
    "#]],
    );
    check(
        "tokens; r(repeat=b,count==n) | b: tokens around; x",
        "start set=n:9000000000000000000",
        expect![[r#"
            start set=n:9000000000000000000  run started
                                      value asked: r rounds: integer 9000000000000000000
                                      incident: r: value 9000000000000000000 rounds are more than `rounds max` (1000000) allows
                                      run finished: undecided
        "#]],
    );
}

#[test]
fn enough_rounds_end_those_that_are_open() {
    check(
        "tokens; r(repeat=b,count=3,par,enough=numberOfCompletedInstances==2) -> e; e(pass) | b: tokens around; x",
        "start; x@1 exits 0; x@2 exits 0; x@3 is cancelled",
        expect![[r#"
            start             run started
                              scope opened: 1 by r
                              scope opened: 2 by r
                              scope opened: 3 by r
                              step ready: x
                              step ready: x
                              step ready: x
            x@1 exits 0       attempt ended: x (exit code 0)
                              step passed: x (exit code only)
                              condition asked: r: false
            x@2 exits 0       attempt ended: x (exit code 0)
                              step passed: x (exit code only)
                              condition asked: r: true
                              attempt stopping: x, decided
            x@3 is cancelled  attempt ended: x (cancelled)
                              step skipped: x (decided)
                              step passed: r (scope)
                              flow taken: r along 0
                              step passed: e
                              run finished: passed
        "#]],
    );
    check(
        "tokens; r(repeat=b,count=3,enough=nrOfCompletedInstances==1) -> e; e(pass) | b: tokens around; x",
        "start; x exits 0",
        expect![[r#"
            start      run started
                       scope opened: 1 by r
                       step ready: x
            x exits 0  attempt ended: x (exit code 0)
                       step passed: x (exit code only)
                       condition asked: r: true
                       step passed: r (scope)
                       flow taken: r along 0
                       step passed: e
                       run finished: passed
        "#]],
    );
}

#[test]
fn whether_rounds_are_enough_must_be_known() {
    check(
        "tokens; r(repeat=b,count=2,par,enough=unknown) -> e; e(pass) | b: tokens around; x",
        "start; x@1 exits 0; x@2 is cancelled",
        expect![[r#"
            start             run started
                              scope opened: 1 by r
                              scope opened: 2 by r
                              step ready: x
                              step ready: x
            x@1 exits 0       attempt ended: x (exit code 0)
                              step passed: x (exit code only)
                              condition asked: r: unknown
                              attempt stopping: x, decided
            x@2 is cancelled  attempt ended: x (cancelled)
                              step skipped: x (decided)
                              incident: r: condition something is not known
                              run finished: undecided
        "#]],
    );
}

#[test]
fn counts_are_known_around_the_rounds_and_inside() {
    check(
        "tokens; r(repeat=b,count=2,par,enough=unknown)
         | b: tokens around; x(script=i:=numberOfInstances&a:=nrOfActiveInstances&c:=numberOfCompletedInstances&t:=numberOfTerminatedInstances)",
        "start",
        expect![[r#"
            start  run started
                   scope opened: 1 by r
                   scope opened: 2 by r
                   script run: x sets a=integer 2 c=integer 0 i=integer 2 t=integer 0
                   step passed: x (script)
                   condition asked: r: unknown
                   step skipped: x (decided)
                   incident: r: condition something is not known
                   run finished: undecided
        "#]],
    );
}

#[test]
fn a_loop_is_asked_before_each_round_or_after() {
    check(
        "tokens; r(repeat=b,while=n!=2) -> e; e(pass) | b: tokens around; x(script=n:=n+1)",
        "start set=n:1",
        expect![[r#"
            start set=n:1  run started
                           condition asked: r: true
                           scope opened: 1 by r
                           script run: x sets n=integer 2
                           step passed: x (script)
                           condition asked: r: false
                           step passed: r (scope)
                           flow taken: r along 0
                           step passed: e
                           run finished: passed
        "#]],
    );
    check(
        "tokens; r(repeat=b,again=n!=3) -> e; e(pass) | b: tokens around; x(script=n:=n+1)",
        "start set=n:1",
        expect![[r#"
            start set=n:1  run started
                           scope opened: 1 by r
                           script run: x sets n=integer 2
                           step passed: x (script)
                           condition asked: r: true
                           scope opened: 2 by r
                           script run: x sets n=integer 3
                           step passed: x (script)
                           condition asked: r: false
                           step passed: r (scope)
                           flow taken: r along 0
                           step passed: e
                           run finished: passed
        "#]],
    );
    check(
        "tokens; r(repeat=b,while=no) -> e; e(pass) | b: tokens around; x",
        "start",
        expect![[r#"
        start  run started
               condition asked: r: false
               step passed: r (scope)
               flow taken: r along 0
               step passed: e
               run finished: passed
    "#]],
    );
}

#[test]
fn a_loop_has_a_most() {
    check(
        "tokens; r(repeat=b,again=yes,max=2) -> e; e(pass) | b: tokens around; x(pass)",
        "start",
        expect![[r#"
        start  run started
               scope opened: 1 by r
               step passed: x
               condition asked: r: true
               scope opened: 2 by r
               step passed: x
               step passed: r (scope)
               flow taken: r along 0
               step passed: e
               run finished: passed
    "#]],
    );
}

#[test]
fn whether_a_loop_goes_on_must_be_known() {
    check(
        "tokens; r(repeat=b,while=unknown) -> e; e(pass) | b: tokens around; x",
        "start",
        expect![[r#"
        start  run started
               condition asked: r: unknown
               incident: r: condition something is not known
               run finished: undecided
    "#]],
    );
    check(
        "tokens; r(repeat=b,again=3) -> e; e(pass) | b: tokens around; x(pass)",
        "start",
        expect![[r#"
        start  run started
               scope opened: 1 by r
               step passed: x
               condition asked: r: wrong (the answer is a whole number, not true or false)
               incident: r: condition the answer is a whole number, not true or false
               run finished: undecided
    "#]],
    );
}

#[test]
fn a_loop_that_never_ends_stops_at_the_bound() {
    let mut parts = crate::workflow::Parts::from(super::build::workflow(
        "tokens; r(repeat=b,again=yes) -> e; e(pass) | b: tokens around; x(pass)",
    ));
    parts.limits.rounds_max = 3;
    let mut teller = super::Teller::new(crate::workflow::Workflow::new(parts).unwrap());
    teller.tell("start");
    teller.replay();
    let text = super::render::log(&teller.log);
    assert!(text.contains("more rounds than `rounds max` (3) allows"), "{text}");
    assert_eq!(text.matches("scope opened").count(), 3);
}

#[test]
fn a_round_that_fails_says_so_inside_and_no_more_are_opened() {
    check(
        "tokens; r(repeat=b,count=3) -> e; e(pass) | b: tokens around; x",
        "start; x exits 1",
        expect![[r#"
            start      run started
                       scope opened: 1 by r
                       step ready: x
            x exits 1  attempt ended: x (exit code 1)
                       step failed: x
                       incident: x: task failed
                       step failed: r (scope)
                       run finished: failed
        "#]],
    );
    check(
        "tokens; r(repeat=b,count=2,par) -> e; e(pass) | b: tokens around; x",
        "start; x@1 exits 1; x@2 exits 0",
        expect![[r#"
            start        run started
                         scope opened: 1 by r
                         scope opened: 2 by r
                         step ready: x
                         step ready: x
            x@1 exits 1  attempt ended: x (exit code 1)
                         step failed: x
                         incident: x: task failed
            x@2 exits 0  attempt ended: x (exit code 0)
                         step passed: x (exit code only)
                         step failed: r (scope)
                         run finished: failed
        "#]],
    );
}

#[test]
fn an_error_of_a_round_is_caught_beside_the_step_and_ends_all_rounds() {
    check(
        "tokens; r(repeat=b,count=2,par) -> e; c(catch=error:bad,on=r) -> h; e(pass); h(pass)
         | b: tokens around; x -> t; t(throw=error:bad)",
        "start; x@1 exits 0; x@2 is cancelled",
        expect![[r#"
            start             run started
                              scope opened: 1 by r
                              scope opened: 2 by r
                              step ready: x
                              step ready: x
            x@1 exits 0       attempt ended: x (exit code 0)
                              step passed: x (exit code only)
                              flow taken: x along 2
                              thrown: error bad by t, caught by c
                              step passed: t (thrown)
                              step passed: c (error bad)
                              attempt stopping: x, interrupted
            x@2 is cancelled  attempt ended: x (cancelled)
                              step skipped: x (interrupted)
                              step skipped: r (scope)
                              flow taken: c along 1
                              step passed: h
                              run finished: passed
        "#]],
    );
}

#[test]
fn a_catch_beside_rounds_is_armed_once_and_interrupts_them_all() {
    check(
        "tokens; r(repeat=b,count=2,par) -> e; c(catch=message:stop,on=r) -> h; e(pass); h(pass) | b: tokens around; x",
        "start; send stop; x@1 is cancelled; x@2 is cancelled",
        expect![[r#"
            start             run started
                              scope opened: 1 by r
                              scope opened: 2 by r
                              step waiting: c
                              step ready: x
                              step ready: x
            send stop         message received: stop
                              step passed: c (message)
                              attempt stopping: x, interrupted
                              attempt stopping: x, interrupted
            x@1 is cancelled  attempt ended: x (cancelled)
                              step skipped: x (interrupted)
            x@2 is cancelled  attempt ended: x (cancelled)
                              step skipped: x (interrupted)
                              step skipped: r (scope)
                              flow taken: c along 1
                              step passed: h
                              run finished: passed
        "#]],
    );
    check(
        "tokens; r(repeat=b,count=2) -> e; c(catch=timer:PT5S,on=r) -> h; e(pass); h(pass) | b: tokens around; x",
        "start; x exits 0; tick 6000; x is cancelled",
        expect![[r#"
            start           run started
                            scope opened: 1 by r
                            step waiting: c until 5000
                            step ready: x
            x exits 0       attempt ended: x (exit code 0)
                            step passed: x (exit code only)
                            scope opened: 2 by r
                            step ready: x
            at 5000         timer fired: wait
                            step passed: c (time)
                            attempt stopping: x, interrupted
            x is cancelled  attempt ended: x (cancelled)
                            step skipped: x (interrupted)
                            step skipped: r (scope)
                            flow taken: c along 1
                            step passed: h
                            run finished: passed
        "#]],
    );
}

#[test]
fn a_termination_beside_rounds_ends_them_and_one_inside_ends_its_round() {
    check(
        "tokens; s(pass) -> r t; r(repeat=b,count=2,par); t -> z; z(throw=terminate) | b: tokens around; x",
        "start; t exits 0; x@1 is cancelled; x@2 is cancelled",
        expect![[r#"
            start             run started
                              step passed: s
                              flow taken: s along 0 1
                              scope opened: 1 by r
                              scope opened: 2 by r
                              step ready: t
                              step ready: x
                              step ready: x
            t exits 0         attempt ended: t (exit code 0)
                              step passed: t (exit code only)
                              flow taken: t along 2
                              thrown: termination by z
                              step passed: z (thrown)
                              attempt stopping: x, terminated
                              attempt stopping: x, terminated
            x@1 is cancelled  attempt ended: x (cancelled)
                              step skipped: x (terminated)
            x@2 is cancelled  attempt ended: x (cancelled)
                              step skipped: x (terminated)
                              step skipped: r (scope)
                              run finished: passed
        "#]],
    );
    check(
        "tokens; r(repeat=b,count=2) -> e; e(pass) | b: tokens around; s(pass) -> x z; x(wait=5); z(throw=terminate)",
        "start",
        expect![[r#"
            start  run started
                   scope opened: 1 by r
                   step passed: s
                   flow taken: s along 1 2
                   step waiting: x until 5
                   thrown: termination by z
                   step passed: z (thrown)
                   step skipped: x (terminated)
                   scope opened: 2 by r
                   step passed: s
                   flow taken: s along 1 2
                   step waiting: x until 5
                   thrown: termination by z
                   step passed: z (thrown)
                   step skipped: x (terminated)
                   step passed: r (scope)
                   flow taken: r along 0
                   step passed: e
                   run finished: passed
        "#]],
    );
}

#[test]
fn a_cancelled_run_ends_its_rounds() {
    check(
        "tokens; r(repeat=b,count=3) -> e; e(pass) | b: tokens around; x",
        "start; cancel; x is cancelled",
        expect![[r#"
            start           run started
                            scope opened: 1 by r
                            step ready: x
            cancel          cancel requested by alice
                            run stopping: cancelled
                            attempt stopping: x, cancelled
            x is cancelled  attempt ended: x (cancelled)
                            step skipped: x (cancelled)
                            step skipped: r (scope)
                            run finished: undecided
        "#]],
    );
}

#[test]
fn rounds_of_rounds_count_for_themselves() {
    check(
        "tokens; r(repeat=b,count=2) | b: tokens around; q(repeat=c,count==loopCounter) | c: tokens around; x(script=n:=n+1&at:=loopCounter)",
        "start set=n:0",
        expect![[r#"
            start set=n:0  run started
                           scope opened: 1 by r
                           value asked: q rounds: integer 1
                           scope opened: 2 by q
                           script run: x sets at=integer 1 n=integer 1
                           step passed: x (script)
                           step passed: q (scope)
                           scope opened: 3 by r
                           value asked: q rounds: integer 2
                           scope opened: 4 by q
                           script run: x sets at=integer 1 n=integer 2
                           step passed: x (script)
                           scope opened: 5 by q
                           script run: x sets at=integer 2 n=integer 3
                           step passed: x (script)
                           step passed: q (scope)
                           step passed: r (scope)
                           run finished: passed
        "#]],
    );
}

#[test]
fn rounds_that_set_one_variable_at_once_are_contested_also_when_they_hand_it_back() {
    check(
        "tokens; r(repeat=b,count=2,par) | b: tokens returned; x",
        "start; x@1 exits 0 writes v=1; x@2 exits 0 writes v=2",
        expect![[r#"
            start                   run started
                                    scope opened: 1 by r
                                    scope opened: 2 by r
                                    step ready: x
                                    step ready: x
            x@1 exits 0 writes v=1  attempt ended: x (exit code 0)
                                    step passed: x (exit code only)
            x@2 exits 0 writes v=2  attempt ended: x (exit code 0)
                                    step passed: x (exit code only)
                                    variables contested: v by r
                                    step passed: r (scope)
                                    run finished: passed
        "#]],
    );
}

#[test]
fn a_step_with_a_condition_of_its_own_is_asked_that_first() {
    check(
        "tokens; r(if=yes,repeat=b,while=n!=1) -> e; e(pass) | b: tokens around; x(script=n:1)",
        "start set=n:0",
        expect![[r#"
            start set=n:0  run started
                           condition asked: r: true
                           condition asked: r: true
                           scope opened: 1 by r
                           script run: x sets n=integer 1
                           step passed: x (script)
                           condition asked: r: false
                           step passed: r (scope)
                           flow taken: r along 0
                           step passed: e
                           run finished: passed
        "#]],
    );
}

#[test]
fn two_errors_of_one_part_are_caught_once() {
    check(
        "tokens; p(call=inner) -> e; e; c(catch=error,on=p) -> d; d(pass) | inner: tokens; s(pass) -> a b; a(script=boom); b(script=boom)",
        "start",
        expect![[r#"
            start  run started
                   scope opened: 1 by p
                   step passed: s
                   flow taken: s along 2 3
                   script run: a: wrong (boom)
                   step undecided: a (script)
                   script run: b: wrong (boom)
                   step undecided: b (script)
                   thrown: error undecided by a, caught by c
                   step passed: c (error undecided)
                   step skipped: p (scope)
                   flow taken: c along 1
                   step passed: d
                   run finished: undecided
        "#]],
    );
    check(
        "tokens; r(repeat=b,count=2,par) -> e; e; c(catch=error,on=r) -> d; d(pass) | b: tokens; x(script=boom)",
        "start",
        expect![[r#"
            start  run started
                   scope opened: 1 by r
                   scope opened: 2 by r
                   script run: x: wrong (boom)
                   step undecided: x (script)
                   script run: x: wrong (boom)
                   step undecided: x (script)
                   thrown: error undecided by x, caught by c
                   step passed: c (error undecided)
                   step skipped: r (scope)
                   flow taken: c along 1
                   step passed: d
                   run finished: undecided
        "#]],
    );
}

/// How the run ends over a gate, and how it stands.
fn verdict(workflow: &str, story: &str) -> String {
    let teller = tell(workflow, story);
    teller.replay();
    let text = super::render::log(&teller.log);
    text.lines().last().unwrap_or_default().trim().to_owned()
}

#[test]
fn what_one_round_of_a_gate_found_is_not_made_good_by_the_next_one() {
    for how in ["", ",par"] {
        let workflow = format!("tokens; r(repeat=b,count=3{how}) -> e; e(pass) | b: tokens; x(gate)");
        let rounds = |ends: [&str; 3]| {
            let scopes = ["x@1", "x@2", "x@3"];
            scopes.iter().zip(ends).map(|(step, end)| format!("; {step} {end}")).collect::<String>()
        };
        let check = |ends: [&str; 3], expected: &str| {
            assert_eq!(verdict(&workflow, &format!("start{}", rounds(ends))), expected, "{how} {ends:?}");
        };
        check(["finds nothing", "finds nothing", "finds nothing"], "run finished: passed");
        check(["finds 1", "finds nothing", "finds nothing"], "run finished: failed");
        check(["finds nothing", "finds 1", "finds nothing"], "run finished: failed");
        check(["finds nothing", "finds nothing", "finds 1"], "run finished: failed");
    }
}

#[test]
fn a_gate_that_is_run_until_it_is_green_is_green() {
    let workflow = "tokens; r(repeat=b,again=more) -> e; e(pass) | b: tokens around; x(gate) -> s; s";
    let story = "start set=more:yes; x finds 1; s exits 0; x finds nothing; s exits 0 writes more=false";
    assert_eq!(verdict(workflow, story), "run finished: passed");
    let story = "start set=more:yes; x finds nothing; s exits 0; x finds 1; s exits 0 writes more=false";
    assert_eq!(verdict(workflow, story), "run finished: failed");
}

#[test]
fn rounds_of_a_gate_that_were_not_needed_take_nothing_from_those_that_passed() {
    let workflow = "tokens; r(repeat=b,count=2,par,enough=yes) -> e; e(pass) | b: tokens; x(gate)";
    assert_eq!(verdict(workflow, "start; x@1 finds nothing; x@2 is cancelled"), "run finished: passed");
}

#[test]
fn rounds_at_once_leave_what_each_of_them_set_where_the_name_is_their_own() {
    check(
        "tokens; r(repeat=b,over=5+6,element=e,par,collect==out>all) -> z; z(script=last:=all)
         | b: tokens around out:null; x(script=out:=e)",
        "start",
        expect![[r#"
            start  run started
                   scope opened: 1 by r
                   scope opened: 2 by r
                   script run: x sets out=integer 5
                   step passed: x (script)
                   value asked: r collect: integer 5
                   script run: x sets out=integer 6
                   step passed: x (script)
                   value asked: r collect: integer 6
                   step passed: r (scope)
                   flow taken: r along 0
                   script run: z sets last=list [{"integer":"5"},{"integer":"6"}]
                   step passed: z (script)
                   run finished: passed
        "#]],
    );
}
