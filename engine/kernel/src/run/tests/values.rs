//! Variables of scopes: who sees what, where a write goes, and what is said when writes take away each other's.

use expect_test::{Expect, expect};

use super::{check, tell};
use crate::run::Refusal;
use crate::value::Value;

/// Where the run's own scope ends, as `name=value` lines.
#[expect(clippy::needless_pass_by_value, reason = "an expectation is written where it is checked")]
fn ends_with(workflow: &str, story: &str, expect: Expect) {
    let teller = tell(workflow, story);
    teller.replay();
    let variables = teller.run.variables().unwrap();
    let lines = variables.iter().map(|(name, value)| format!("{name} = {}\n", super::render::snake(value)));
    expect.assert_eq(&lines.collect::<String>());
}

#[test]
fn what_a_task_writes_are_variables_with_types() {
    ends_with(
        "tokens; s",
        "start; s exits 0 writes n=3 share=0.50 ok=true name=007 list=[1,\"a\"] said=\"3\" rest=[1",
        expect![[r#"
            list = list [{"integer":"1"},{"text":"a"}]
            n = integer 3
            name = text 007
            ok = bool true
            rest = text [1
            said = text 3
            share = decimal 0.5
        "#]],
    );
}

#[test]
fn steps_of_yaml_have_outputs_and_set_no_variables() {
    ends_with(
        "s",
        "start set=a:1; s exits 0 writes a=2",
        expect![[r#"
        a = integer 1
    "#]],
    );
}

#[test]
fn a_script_sets_what_the_next_condition_asks() {
    check(
        "tokens; s(script=n:=n+1) -> x; x(xor) -> e?n==3 f?default; e(pass); f(pass)",
        "start set=n:2",
        expect![[r#"
            start set=n:2  run started
                           script run: s sets n=integer 3
                           step passed: s (script)
                           flow taken: s along 0
                           step passed: x
                           condition asked: x edge 1: true
                           flow taken: x along 1
                           step passed: e
                           run finished: passed
        "#]],
    );
}

#[test]
fn a_script_that_breaks_leaves_its_step_undecided() {
    check(
        "tokens; s(script=boom) -> e; e(pass)",
        "start",
        expect![[r#"
            start  run started
                   script run: s: wrong (boom)
                   incident: s: value the script cannot be run: boom (line 1, column 1)
                   run finished: undecided
        "#]],
    );
}

#[test]
fn a_write_in_a_part_of_a_process_goes_to_the_process_unless_the_part_declares_the_name() {
    ends_with(
        "tokens; c(call=part) -> e; e(script=seen:=x) | part: tokens around own:1; s(script=x:2&own:3&new:4)",
        "start set=x:1",
        expect![[r#"
            new = integer 4
            seen = integer 2
            x = integer 2
        "#]],
    );
}

#[test]
fn a_called_process_sees_what_is_around_it_and_hands_back_what_it_set_when_it_ends_well() {
    ends_with(
        "tokens; c(call=other) | other: tokens returned own:1; s(script=x:=x+1&y:=own) -> t; t",
        "start set=x:1; t exits 0",
        expect![[r#"
            x = integer 2
            y = integer 1
        "#]],
    );
    ends_with(
        "tokens; c(call=other) | other: tokens returned own:1; s(script=x:=x+1&y:=own) -> t; t",
        "start set=x:1; t exits 1",
        expect![[r#"
            x = integer 1
        "#]],
    );
}

#[test]
fn parts_within_parts_are_looked_through_outwards() {
    ends_with(
        "tokens; c(call=middle) | middle: tokens returned; d(call=inner) | inner: tokens around; s(script=x:=x+1)",
        "start set=x:1",
        expect![[r#"
            x = integer 2
        "#]],
    );
}

#[test]
fn a_workflow_of_yaml_copies_what_is_around_it_and_keeps_what_it_sets() {
    ends_with(
        "tokens; c(call=part) | part: tokens around; d(call=steps) | steps: a(if=x)",
        "start set=x; a exits 0",
        expect![[r#"
            x = bool true
        "#]],
    );
}

#[test]
fn a_message_brings_variables_and_an_answer_sets_some() {
    ends_with(
        "tokens; m(catch=message:paid) -> a; a(approve=1)",
        "start; send paid with sum:3; a yes by alice note:fine",
        expect![[r#"
            note = text fine
            sum = integer 3
        "#]],
    );
}

#[test]
fn an_update_that_takes_away_another_one_is_never_silent() {
    check(
        "tokens; s(pass) -> a b; a; b",
        "start; a exits 0 writes x=1; b exits 0 writes x=2",
        expect![[r#"
            start                 run started
                                  step passed: s
                                  flow taken: s along 0 1
                                  step ready: a
                                  step ready: b
            a exits 0 writes x=1  attempt ended: a (exit code 0)
                                  step passed: a (exit code only)
            b exits 0 writes x=2  attempt ended: b (exit code 0)
                                  variables contested: x by b
                                  step passed: b (exit code only)
                                  run finished: passed
        "#]],
    );
}

#[test]
fn the_same_value_twice_or_one_after_the_other_is_no_contest() {
    check(
        "tokens; s(pass) -> a b; a; b -> c; c",
        "start; a exits 0 writes x=1; b exits 0 writes x=1; c exits 0 writes x=2",
        expect![[r#"
            start                 run started
                                  step passed: s
                                  flow taken: s along 0 1
                                  step ready: a
                                  step ready: b
            a exits 0 writes x=1  attempt ended: a (exit code 0)
                                  step passed: a (exit code only)
            b exits 0 writes x=1  attempt ended: b (exit code 0)
                                  step passed: b (exit code only)
                                  flow taken: b along 2
                                  step ready: c
            c exits 0 writes x=2  attempt ended: c (exit code 0)
                                  step passed: c (exit code only)
                                  run finished: passed
        "#]],
    );
}

#[test]
fn scripts_of_branches_that_run_at_once_are_contested() {
    check(
        "tokens; s(pass) -> a b; a(script=x:1); b(script=x:2)",
        "start",
        expect![[r#"
        start  run started
               step passed: s
               flow taken: s along 0 1
               script run: a sets x=integer 1
               step passed: a (script)
               script run: b sets x=integer 2
               variables contested: x by b
               step passed: b (script)
               run finished: passed
    "#]],
    );
}

#[test]
fn what_a_called_process_hands_back_is_contested_as_well() {
    check(
        "tokens; s(pass) -> c a; c(call=other); a | other: tokens returned; t",
        "start; a exits 0 writes x=1; t exits 0 writes x=2",
        expect![[r#"
            start                 run started
                                  step passed: s
                                  flow taken: s along 0 1
                                  scope opened: 1 by c
                                  step ready: a
                                  step ready: t
            a exits 0 writes x=1  attempt ended: a (exit code 0)
                                  step passed: a (exit code only)
            t exits 0 writes x=2  attempt ended: t (exit code 0)
                                  step passed: t (exit code only)
                                  variables contested: x by c
                                  step passed: c (scope)
                                  run finished: passed
        "#]],
    );
}

#[test]
fn too_much_is_said_and_never_cut() {
    let mut teller = tell("tokens; s -> e; e(pass)", "start");
    let long = "x".repeat(crate::run::SET_BYTES_MAX + 1);
    teller.tell(&format!("s exits 0 writes x={long}"));
    let said = super::render::log(&teller.log[1..]).replace(&long, "…");
    expect![[r#"
        s exits 0 writes x=…  attempt ended: s (exit code 0)
                                  incident: s: value the variables are more than 3145728 bytes
                                  run finished: undecided
    "#]]
    .assert_eq(&said);
    teller.replay();
    let mut deep = Value::Null;
    for _ in 0..40 {
        deep = Value::List(vec![deep]);
    }
    let set = [("x".into(), deep)].into();
    let send = super::Command::Send { by: None, key: None, name: "m".into(), set };
    let waiting = tell("tokens; m(catch=message:m)", "start");
    assert!(matches!(crate::run::decide(&waiting.run, send), Err(Refusal::TooMuch(_))));
}

#[test]
fn what_a_value_takes_in_an_event_is_no_more_than_it_weighs() {
    let texts = [
        "true",
        "0",
        "-9223372036854775808",
        "1.5",
        "-0.000000000000000000000000000001",
        "\"\\u0001\\n\\\"\\\\é\"",
        "plain",
        "[]",
        "[1,2,3]",
        "{\"a\\u0002\":null,\"b\":[true]}",
        "-100000000.00000000000000000000000000001",
    ];
    for value in texts.map(Value::read) {
        let written = serde_json::to_string(&value).unwrap().len();
        let weight = value.weight().unwrap();
        assert!((written..written + 65).contains(&weight), "{value:?} takes {written} and weighs {weight}");
    }
}

#[test]
fn a_variable_of_a_diagram_stands_in_for_a_fact_that_is_not_known() {
    check(
        "tokens; x(xor) -> a?branch b?default; a(pass); b(pass)",
        "start set=branch",
        expect![[r#"
            start set=branch  run started
                              step passed: x
                              condition asked: x edge 0: true
                              flow taken: x along 0
                              step passed: a
                              run finished: passed
        "#]],
    );
    check(
        "a(if=branch)",
        "start set=branch",
        expect![[r#"
        start set=branch  run started
                          condition asked: a: wrong (no expression engine is present)
                          step undecided: a (condition)
                          run finished: undecided
    "#]],
    );
}
