//! What is said before anything runs.

use expect_test::expect;

use super::world::Options;
use super::{build, check, check_file};

#[test]
fn flows_lead_from_node_to_node_of_one_scope() {
    check(
        "start -> a -> end -> b; b -> start; s(sub) -> e(event); e/x(start signal y); s/c -> a; q(boundary a timer PT1H); b -> q",
        &expect![[r#"
            error B104 at `end`: sequence flow `end_b` leaves end event `end`, which only ends
              `<endEvent id="end">`: nothing may leave it
              help: make it an intermediate event, or remove the flow
            error B103 at `start`: sequence flow `b_start` leads to start event `start`, a start event
              `<startEvent id="start">`: nothing may lead here
              help: make it an intermediate event, or lead the flow to what follows it
            error B103 at `q`: sequence flow `b_q` leads to boundary event `q`, a boundary event
              `<boundaryEvent id="q" attachedToRef="a">`: nothing may lead here
              help: it begins when its activity is interrupted; lead the flow elsewhere
            error B102 at `a`: sequence flow `c_a` leads from task `c` to task `a`, across the border of a process or sub-process
              `<task id="c">`: it begins here
              `<task id="a">`: it ends here
              help: end the flow inside, and go on from the sub-process itself, or from a boundary event on it
            error B103 at `e`: sequence flow `s_e` leads to sub-process `e`, which begins by its trigger
              `<subProcess id="e" triggeredByEvent="true">`: nothing may lead here
              help: it begins with its start event; no flow leads to it
        "#]],
    );
}

#[test]
fn names_of_nothing_are_told() {
    let file = build::diagram("start -> a -> end; b(boundary zz timer PT1H) -> end");
    let file = file.replace("targetRef=\"end\"", "targetRef=\"nowhere\"");
    check_file(
        &file,
        &[],
        &Options::default(),
        &expect![[r#"
            error B101 at `nowhere`: sequence flow `a_end` names `nowhere` as `targetRef`, which the file does not have
            error B101 at `zz`: boundary event `b` names `zz` as `attachedToRef`, which the file does not have
            error B101 at `nowhere`: sequence flow `b_end` names `nowhere` as `targetRef`, which the file does not have
        "#]],
    );
}

#[test]
fn a_boundary_event_stands_on_an_activity_beside_it() {
    check(
        "start -> g(xor) -> s(sub) -> end; s/a; t(boundary g timer PT1H) -> end; u(boundary a timer PT1H) -> end",
        &expect![[r#"
            error B108 at `g`: boundary event `t` stands on exclusive gateway `g`, which is no activity
              `<exclusiveGateway id="g">`: it stands here
              help: put it on the border of a task or sub-process
            error B108 at `a`: boundary event `u` stands on task `a`, which is in another process or sub-process
              `<task id="a">`: it stands here
              help: move it beside the activity
        "#]],
    );
}

#[test]
fn an_exclusive_split_has_a_condition_on_each_flow() {
    check(
        "start -> x(xor); x -[n == 1]-> a; x -> b; x -*-> c",
        &expect![[r#"
            error B106 at `<sequenceFlow id="x_b" sourceRef="x" targetRef="b"`: sequence flow `x_b` leaves exclusive gateway `x` with neither a condition nor being its default
              `<exclusiveGateway id="x" default="x_c">`: the split
              help: give it a condition, or make it the default flow
        "#]],
    );
    check(
        "start -> x(xor); x -[n == 1]-> a; x -[n == 2]-> b",
        &expect![[r#"
            warning B107 at `<exclusiveGateway id="x">`: exclusive gateway `x` has no default flow: where no condition holds, the run stops there with an incident
              help: make one of its flows the default
            start: pass -> x
            x: pass to one -[n == 1]-> a -[n == 2]-> b
            a: approval
            b: approval
        "#]],
    );
}

#[test]
fn a_default_flow_leaves_its_node() {
    let file = build::diagram("start -> x(xor default=a_end); x -[n == 1]-> a; x -[n == 2]-> b; a -> end");
    check_file(
        &file,
        &[],
        &Options::default(),
        &expect![[r#"
            error B105 at `a_end`: exclusive gateway `x` has sequence flow `a_end` as its default, which does not leave it
              `<sequenceFlow id="a_end" sourceRef="a" targetRef="`: this one
              help: the default is one of the flows that leave the node
        "#]],
    );
}

#[test]
fn what_nothing_leads_to_is_told_once() {
    check(
        "start -> a; lost -> b -> c; d -> e -> d",
        &expect![[r#"
            warning B111 at `<task id="lost">`: nothing leads to task `lost`, so it never begins
              help: lead a sequence flow to it, or remove it
            warning B111 at `<task id="d">`: only a circle that nothing leads into leads to task `d`, so it never begins
            start: pass -> a
            a: approval
        "#]],
    );
}

#[test]
fn a_parallel_join_behind_an_exclusive_split_can_wait_for_ever() {
    check(
        "start -> x(xor); x -[n == 1]-> a -> j(and) -> end; x -*-> b -> j",
        &expect![[r#"
            warning B112 at `<parallelGateway id="j">`: parallel gateway `j` waits for a token on each of its flows, and exclusive gateway `x` need not send one to each
              `<exclusiveGateway id="x" default="x_b">`: the ways part here
              help: join with the same kind of gateway that splits
            start: pass -> x
            x: pass to one -[n == 1]-> a -*-> b
            a: approval -> j
            j: pass joins all -> end
            end: pass
            b: approval -> j
        "#]],
    );
    check(
        "start -> x(or); x -[n == 1]-> a -> j(and) -> end; x -*-> j",
        &expect![[r#"
            warning B112 at `<parallelGateway id="j">`: parallel gateway `j` waits for a token on each of its flows, and inclusive gateway `x` need not send one to each
              `<inclusiveGateway id="x" default="x_j">`: the ways part here
              help: join with the same kind of gateway that splits
            start: pass -> x
            x: pass joins some to some -[n == 1]-> a -*-> j
            a: approval -> j
            j: pass joins all -> end
            end: pass
        "#]],
    );
}

#[test]
fn an_exclusive_merge_behind_a_parallel_split_multiplies() {
    check(
        "start -> f(and); f -> a -> m(xor) -> c -> end; f -> b -> m",
        &expect![[r#"
            warning B113 at `<exclusiveGateway id="m">`: branches of parallel gateway `f` meet at exclusive gateway `m`, which does not wait for all: what follows happens once for each
              `<parallelGateway id="f">`: the ways part here
              help: join them with a parallel gateway
            start: pass -> f
            f: pass joins all -> a -> b
            a: approval -> m
            m: pass to one -> c
            c: approval -> end
            end: pass
            b: approval -> m
        "#]],
    );
    check(
        "start -> f; f -> a -> c -> end; f -> c",
        &expect![[r#"
            warning B113 at `<task id="c">`: branches of task `f` meet at task `c`, which does not wait for all: what follows happens once for each
              `<task id="f">`: the ways part here
              help: join them with a parallel gateway
            start: pass -> f
            f: approval -> a -> c
            a: approval -> c
            c: approval -> end
            end: pass
        "#]],
    );
}

#[test]
fn crossing_branches_that_fit_are_not_told() {
    check(
        "start -> x(xor); x -[n == 1]-> f(and); x -*-> g(and); f -> m1(xor) -> j(and) -> end; f -> m2(xor) -> j; g -> m1; g -> m2",
        &expect![[r#"
              start: pass -> x
              x: pass to one -[n == 1]-> f -*-> g
              f: pass joins all -> m1 -> m2
              g: pass joins all -> m1 -> m2
              m1: pass to one -> j
              j: pass joins all -> end
              end: pass
              m2: pass to one -> j
        "#]],
    );
    check(
        "start -> f(and); f -> a -> j(and) -> end; f -> x(xor); x -[n == 1]-> b -> m(xor); x -*-> c -> m; m -> j",
        &expect![[r#"
              start: pass -> f
              f: pass joins all -> a -> x
              a: approval -> j
              j: pass joins all -> end
              end: pass
              x: pass to one -[n == 1]-> b -*-> c
              b: approval -> m
              m: pass to one -> j
              c: approval -> m
        "#]],
    );
}

#[test]
fn a_loop_in_which_nothing_waits_is_told() {
    check(
        "start -> m(xor) -> s(script) -> x(xor); x -[n == 1]-> m; x -*-> end",
        &expect![[r#"
            warning B114 at `<exclusiveGateway id="m">`: nothing waits in the loop through exclusive gateway `m`
              `<scriptTask id="s">`: in the loop
              `<exclusiveGateway id="x" default="x_end">`: in the loop
              help: its condition must end it; a timer in it gives the world time to change
            start: pass -> m
            m: pass to one -> s
            s: pass -> x
            x: pass to one -[n == 1]-> m -*-> end
            end: pass
        "#]],
    );
    check(
        "start -> m(xor) -> s(user) -> x(xor); x -[n == 1]-> m; x -*-> end",
        &expect![[r#"
              start: pass -> m
              m: pass to one -> s
              s: approval -> x
              x: pass to one -[n == 1]-> m -*-> end
              end: pass
        "#]],
    );
    check(
        "start -> s(script) -> end; s -> s",
        &expect![[r#"
            warning B114 at `<scriptTask id="s">`: nothing waits in the loop through script task `s`
              help: its condition must end it; a timer in it gives the world time to change
            start: pass -> s
            s: pass -> end -> s
            end: pass
        "#]],
    );
}

#[test]
fn a_process_has_something_to_run() {
    check(
        "",
        &expect![[r#"
        error B119 at `<process id="main" isExecutable="true">`: process `main` has nothing to run
          help: draw a start event, a task and an end event
    "#]],
    );
    check(
        "a -> b -> a",
        &expect![[r#"
        error B119 at `<process id="main" isExecutable="true">`: nothing begins in process `main`: something leads to each of its nodes
          help: draw a start event
        warning B111 at `<task id="a">`: only a circle that nothing leads into leads to task `a`, so it never begins
    "#]],
    );
    check_file(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'/>",
        &[],
        &Options::default(),
        &expect![[r#"
        error B119 at `<definitions xmlns='http://www.omg.org/spec/BPMN/2`: the file has no process
          help: draw a process with a start event, a task and an end event
    "#]],
    );
}

#[test]
fn conditions_that_are_never_asked_are_told() {
    check(
        "start -> f(and); f -[n == 1]-> a; f -> b",
        &expect![[r#"
            warning B127 at `<conditionExpression>`: a condition behind parallel gateway `f` has no effect: all its flows are taken
              help: an inclusive gateway asks conditions
            start: pass -> f
            f: pass joins all -> a -> b
            a: approval
            b: approval
        "#]],
    );
}

#[test]
fn own_words_that_nothing_reads_are_refused() {
    check(
        "start -> a(service dod:rum=x dod:gate=cargo/clippy) -> g(xor dod:run=./deploy.sh) -> u(user dod:key=x) -> \
         m(catch message go dod:key=x) -> s(sub dod:timeout=1m) -> end; s/c(task +<extensionElements><dod:form/></extensionElements>)",
        &expect![[r#"
            error B126 at `rum`: service task `a` says `dod:rum`, a word that there is not
              help: did you mean `run`?
            error B126 at `run`: `dod:run` has no effect on exclusive gateway `g`
              help: it belongs on a task
            error B126 at `key`: `dod:key` has no effect on user task `u`
              help: it belongs on a message event, or a send or receive task
            error B126 at `timeout`: `dod:timeout` has no effect on sub-process `s`
              help: it belongs on a task, or on the process
            error B126 at `<dod:form/>`: task `c` says `dod:form`, a word that there is not
              help: did you mean `from`?
        "#]],
    );
    check_file(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:dod='urn:dod:bpmn:1' dod:polcy='enterprise' dod:policy='enterprise'>\
         <message id='m' name='go'/><process id='p' dod:fail-fast='yes'>\
         <intermediateCatchEvent id='a'><messageEventDefinition messageRef='m' dod:key='id'/></intermediateCatchEvent></process></definitions>",
        &[],
        &Options::default(),
        &expect![[r#"
            error B126 at `polcy`: `definitions` says `dod:polcy`, a word that there is not
              help: did you mean `policy`?
            error B126 at `yes`: `dod:fail-fast` is `yes`, neither `true` nor `false`
            error B126 at `key`: `dod:key` has no effect on this message event definition
              help: it belongs on a message event, or a send or receive task
        "#]],
    );
}

#[test]
fn a_task_that_is_called_almost_like_a_gate_is_told() {
    check(
        "start -> a(service name=cargo/clipy) -> b(task name=cargo/clipy) -> c(user name=cargo/clippy) -> d(task name=and/or) -> end",
        &expect![[r#"
            error B125 at `<serviceTask id="a" name="cargo/clipy">`: nothing says what service task `a` (“cargo/clipy”) does
              help: did you mean `cargo/clippy`? Otherwise: name it like a gate (`cargo/clippy`), give it `dod:gate` or `dod:run`, or bind it in `release.bindings.yaml`
            error W019 at `<task id="b" name="cargo/clipy">`: the catalogue has no gate `cargo/clipy`, after which task `b` (“cargo/clipy”) is called
              help: did you mean `cargo/clippy`? A question to people is a user task
            warning B126 at `<userTask id="c" name="cargo/clippy">`: user task `c` (“cargo/clippy”) asks people, and nothing runs the gate `cargo/clippy`
              help: a service task runs the gate that it is called after
        "#]],
    );
    check_file(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL' xmlns:dod='http://dod.example/bpmn'>\
         <process id='p'><task id='a' dod:run='./x.sh'/></process></definitions>",
        &[],
        &Options::default(),
        &expect![[r#"
            warning B127 at `http://dod.example/bpmn`: the namespace `http://dod.example/bpmn` is not that of `dod`, so its words have no effect
              help: it is `urn:dod:bpmn:1`
            a: approval
        "#]],
    );
}
