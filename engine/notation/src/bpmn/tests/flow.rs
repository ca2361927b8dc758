//! Flows, gateways, sub-processes, starts, names.

use expect_test::expect;

use super::world::Options;
use super::{build, check, check_file, check_with};
use crate::bpmn::Purpose;

#[test]
fn tasks_follow_each_other_under_their_names() {
    check(
        "start -> a(service name=cargo/clippy) -> b(user \"name=Sign   off\") -> end",
        &expect![[r#"
              start: pass -> cargo/clippy
              cargo/clippy <a>: ["cargo/clippy"] -> Sign off
              Sign off <b>: approval -> end
              end: pass
        "#]],
    );
}

#[test]
fn equal_names_are_told_apart_by_their_ids() {
    check(
        "start -> a(user name=Test) -> b(user name=Test) -> c(user name=c2) -> c2(user) -> end",
        &expect![[r#"
              start: pass -> Test (a)
              Test (a) <a>: approval -> Test (b)
              Test (b) <b>: approval -> c2 (c)
              c2 (c) <c>: approval -> c2
              c2: approval -> end
              end: pass
        "#]],
    );
}

#[test]
fn gateways_split_and_join_in_their_ways() {
    check(
        "start -> f(and) -> a -> j(and) -> x(xor); f -> b -> j
         x -[n > 1]-> o(or); x -*-> end1; o -[m == 1]-> c -> p(or) -> end2; o -*-> d -> p",
        &expect![[r#"
              start: pass -> f
              f: pass joins all -> a -> b
              a: approval -> j
              j: pass joins all -> x
              x: pass to one -[n > 1]-> o -*-> end1
              b: approval -> j
              o: pass joins some to some -[m == 1]-> c -*-> d
              end1: pass
              c: approval -> p
              p: pass joins some to some -> end2
              end2: pass
              d: approval -> p
        "#]],
    );
}

#[test]
fn conditions_of_other_languages_are_translated() {
    check(
        "start -> x(xor); x -[${a == 'b'}]-> e1(end); x -[= n <= 2 and not(done)]-> e2(end); x -*-> e3(end)",
        &expect![[r#"
              start: pass -> x
              x: pass to one -[a == "b"]-> e1 -[n <= 2 && !done]-> e2 -*-> e3
              e1: pass
              e2: pass
              e3: pass
        "#]],
    );
}

#[test]
fn an_activity_splits_by_conditions_too() {
    check(
        "start -> a; a -[n == 1]-> end1; a -*-> end2; a -> end3",
        &expect![[r#"
              start: pass -> a
              a: approval to some -[n == 1]-> end1 -*-> end2 -> end3
              end1: pass
              end2: pass
              end3: pass
        "#]],
    );
}

#[test]
fn a_sub_process_is_a_body_of_its_own() {
    check(
        "start -> sub(sub) -> end; sub/s(start) -> sub/a -> sub/inner(sub); sub/inner/b",
        &expect![[r#"
            start: pass -> sub
            sub: call 1 -> end
            end: pass
            body 1
            s: pass -> a
            a: approval -> inner
            inner: call 2
            body 2
            b: approval
        "#]],
    );
}

#[test]
fn an_empty_sub_process_passes() {
    check(
        "start -> sub(sub) -> end",
        &expect![[r#"
              start: pass -> sub
              sub: pass -> end
              end: pass
        "#]],
    );
}

#[test]
fn without_a_start_event_everything_begins_that_nothing_leads_to() {
    check(
        "a -> c; b -> c; t(boundary a timer PT1H) -> d",
        &expect![[r#"
              a: approval -> c
              c: approval
              b: approval -> c
              t: catch timer PT1H beside a -> d
              d: approval
        "#]],
    );
}

#[test]
fn a_triggered_start_waits_and_several_race() {
    check(
        "s(start message go) -> a",
        &expect![[r#"
              s: catch message go -> a
              a: approval
        "#]],
    );
    check(
        "s(start message go) -> a; t(start timer PT1H) -> a",
        &expect![[r#"
              s: catch message go -> a
              a: approval
              t: catch timer PT1H -> a
              (start of main) <>: pass to the first -> s -> t
        "#]],
    );
    check(
        "s(start message go) -> a; start -> a",
        &expect![[r#"
            warning B127 at `<startEvent id="s">`: start event `s` is not used: a run begins at start event `start`
            a: approval
            start: pass -> a
        "#]],
    );
}

#[test]
fn what_nothing_leads_to_is_left_out_and_keeps_joins_waiting() {
    check(
        "start -> j(and) -> end; lost -> j",
        &expect![[r#"
            warning B111 at `<task id="lost">`: nothing leads to task `lost`, so it never begins
              help: lead a sequence flow to it, or remove it
            start: pass -> j
            j: pass joins all -> end
            end: pass
            (never of main) <>: pass joins all -> j -> (never of main)
        "#]],
    );
}

#[test]
fn links_are_flows() {
    check(
        "start -> t(throw link far); c(catch link far) -> a -> end",
        &expect![[r#"
              start: pass -> t
              t: pass -> c
              c: pass -> a
              a: approval -> end
              end: pass
        "#]],
    );
}

#[test]
fn called_processes_are_made_once() {
    check_file(
        &build::file(&[
            ("p", "start -> a(call q) -> b(call q) -> end"),
            ("q", "start_q -> t(user name=T) -> end_q"),
        ]),
        &[],
        &Options::default(),
        &expect![[r#"
            start: pass -> a
            a: call 1 -> b
            b: call 1 -> end
            end: pass
            body 1 returned
            start_q: pass -> T
            T <t>: approval -> end_q
            end_q: pass
        "#]],
    );
}

#[test]
fn called_processes_may_be_in_files_beside() {
    let other = build::file(&[("q", "start -> t(user name=T) -> end")]);
    check_with(
        "start -> a(call q) -> t(user name=T) -> end",
        &[("q.bpmn", &other)],
        &Options::default(),
        &expect![[r#"
            start: pass -> a
            a: call 1 -> T (t)
            T (t) <t>: approval -> end
            end: pass
            body 1 returned
            q/start <start>: pass -> q/T (t)
            q/T (t) <t>: approval -> q/end
            q/end <end>: pass
        "#]],
    );
    check_with(
        "start -> a(call q) -> end",
        &[("other.bpmn", &other)],
        &Options::default(),
        &expect![[r#"
            start: pass -> a
            a: call 1 -> end
            end: pass
            body 1 returned
            q/start <start>: pass -> T
            T <t>: approval -> q/end
            q/end <end>: pass
        "#]],
    );
    check_with(
        "start -> a(call ../q) -> end",
        &[("q.bpmn", &other)],
        &Options::default(),
        &expect![[r#"
            error B121 at `../q`: call activity `a` calls `../q`, which is in no file at hand
              help: name its file along with this one
        "#]],
    );
}

#[test]
fn processes_that_call_each_other_are_refused() {
    check(
        "start -> a(call main) -> end",
        &expect![[r#"
        error B122 at `a`: `a` is part of a circle of calls: a process that calls itself never ends
          help: draw a loop: a flow that leads back, or a loop activity
    "#]],
    );
    check_file(
        &build::file(&[("p", "start -> a(call q)"), ("q", "b(call r)"), ("r", "c(sub); c/d(call q)")]),
        &[],
        &Options::default(),
        &expect![[r#"
            error B122 at `b`: `b` is part of a circle of calls: a process that calls itself never ends
              help: draw a loop: a flow that leads back, or a loop activity
        "#]],
    );
}

#[test]
fn the_process_can_be_named() {
    let file = build::file(&[("p", "start -> a"), ("q", "b -> c")]);
    check_file(
        &file,
        &[],
        &Options { process: Some("q"), ..Options::default() },
        &expect![[r#"
              b: approval -> c
              c: approval
        "#]],
    );
    check_file(
        &file,
        &[],
        &Options { process: Some("pp"), ..Options::default() },
        &expect![[r#"
        error B120 at `<definitions xmlns="http://www.omg.org/spec/BPMN/2`: the file has no process `pp`
          help: did you mean `p`?
    "#]],
    );
}

#[test]
fn several_processes_without_a_word_are_a_question() {
    let file =
        build::file(&[("p", "a"), ("q", "b")]).replace("isExecutable=\"false\"", "isExecutable=\"true\"");
    check_file(
        &file,
        &[],
        &Options::default(),
        &expect![[r#"
        error B120 at `<process id="p" isExecutable="true">`: the file has several processes that could be run: `p`, `q`
          help: say which one with `--process`
    "#]],
    );
    check_file(
        &file,
        &[],
        &Options { purpose: Purpose::Simulate, ..Options::default() },
        &expect![[r#"
            warning B120 at `<process id="p" isExecutable="true">`: the file has several processes that could be run: `p`, `q`; this is about the first one
              help: say which one with `--process`
            a: approval
        "#]],
    );
}
