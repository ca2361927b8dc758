//! Events and event sub-processes.

use expect_test::expect;

use super::world::Options;
use super::{check, check_file};

#[test]
fn boundary_events_stand_beside_their_activity() {
    check(
        "start -> a -> end; t(boundary a timer PT1H) -> end2; r(boundary- a timer R3/PT10M) -> b; e(boundary a error failed) -> c",
        &expect![[r#"
              start: pass -> a
              a: approval -> end
              end: pass
              t: catch timer PT1H beside a -> end2
              end2: pass
              r: catch timer R3/PT10M beside a lets run -> b
              b: approval
              e: catch error failed beside a -> c
              c: approval
        "#]],
    );
}

#[test]
fn events_wait_and_throw() {
    check(
        "start -> m(catch message go) -> s(throw signal done) -> n(throw) -> w(catch timer 2026-11-21T10:00:00Z) -> e(throw escalation late) -> end(end error 42)",
        &expect![[r#"
              start: pass -> m
              m: catch message go -> s
              s: throw signal done -> n
              n: pass -> w
              w: catch timer 2026-11-21T10:00:00Z -> e
              e: throw escalation late -> end
              end: throw error 42
        "#]],
    );
}

#[test]
fn ends_throw_or_terminate() {
    check(
        "start -> a(and); a -> e1(end terminate); a -> e2(end message bye); a -> e3(end signal off)",
        &expect![[r#"
              start: pass -> a
              a: pass joins all -> e1 -> e2 -> e3
              e1: terminate
              e2: throw message bye
              e3: throw signal off
        "#]],
    );
}

#[test]
fn a_boundary_without_a_code_catches_any() {
    check(
        "start -> a(sub) -> end; a/b -> a/c(end error any); x(boundary a error any) -> d; y(boundary- a escalation any) -> d",
        &expect![[r#"
            start: pass -> a
            a: call 1 -> end
            end: pass
            x: catch error any beside a -> d
            d: approval
            y: catch escalation any beside a lets run -> d
            body 1
            b: approval -> c
            c: throw error error
        "#]],
    );
}

#[test]
fn the_first_event_behind_a_gateway_wins() {
    check(
        "start -> g(race); g -> m(catch message go) -> end; g -> t(catch timer PT5M) -> end; g -> r(receive) -> end",
        &expect![[r#"
            warning B128 at `<receiveTask id="r">`: receive task `r` names no message; it is taken to be `r`
              help: declare a `message` in the file and refer to it with `messageRef`
            start: pass -> g
            g: pass to the first -> m -> t -> r
            m: catch message go -> end
            end: pass
            t: catch timer PT5M -> end
            r: catch message r -> end
        "#]],
    );
}

#[test]
fn what_follows_an_event_based_gateway_waits_for_an_event() {
    check(
        "start -> g(race); g -> a -> end; g -> t(catch timer PT5M) -> end; start -> t",
        &expect![[r#"
            error B117 at `<sequenceFlow id="g_a" sourceRef="g" targetRef="a"`: task `a` follows event-based gateway `g`, and waits for no event
              `<task id="a">`: it stands here
              help: behind an event-based gateway stand message, signal or timer catch events, or receive tasks
            error B117 at `<sequenceFlow id="g_t" sourceRef="g" targetRef="t"`: intermediate catch event `t` follows event-based gateway `g`, and something else leads to it as well
              `<intermediateCatchEvent id="t">`: it stands here
            warning B113 at `<intermediateCatchEvent id="t">`: branches of start event `start` meet at intermediate catch event `t`, which does not wait for all: what follows happens once for each
              `<startEvent id="start">`: the ways part here
              help: join them with a parallel gateway
        "#]],
    );
}

#[test]
fn an_event_sub_process_is_a_call_behind_a_catch() {
    check(
        "start -> a -> end; h(event); h/s(start message stop) -> h/b -> h/end2",
        &expect![[r#"
            start: pass -> a
            a: approval -> end
            end: pass
            s: catch message stop beside all -> h
            h: call 1
            body 1
            b: approval -> end2
            end2: pass
            (begin of h) <>: pass -> b
        "#]],
    );
    check(
        "start -> a -> end; h(event); h/s(start- timer PT1M) -> h/b -> h/b",
        &expect![[r#"
            start: pass -> a
            a: approval -> end
            end: pass
            s: catch timer PT1M beside all lets run -> h
            h: call 1
            body 1
            b: approval -> b
            (begin of h) <>: pass -> b
        "#]],
    );
}

#[test]
fn an_event_sub_process_begins_with_one_event() {
    check(
        "start -> a; h(event); h/b",
        &expect![[r#"
            error B130 at `<subProcess id="h" triggeredByEvent="true">`: sub-process `h` has 0 start events; an event sub-process has one
              help: draw one start event with a message, signal, timer, error or escalation
            warning B111 at `<task id="b">`: nothing leads to task `b`, so it never begins
              help: lead a sequence flow to it, or remove it
        "#]],
    );
    check(
        "start -> a; h(event); h/s(start) -> h/b",
        &expect![[r#"
            error B110 at `<startEvent id="s">`: start event `s` does not say what it waits for
              help: give it a timer, message or signal
        "#]],
    );
    check(
        "start -> a; h(event); h/s(start- error any) -> h/b; h2(event) -> a",
        &expect![[r#"
            error B110 at `<startEvent id="s" isInterrupting="false">`: start event `s` catches an error and lets go on what failed
              help: an error always interrupts; an escalation need not
            error B130 at `<subProcess id="h2" triggeredByEvent="true">`: sub-process `h2` has 0 start events; an event sub-process has one
              help: draw one start event with a message, signal, timer, error or escalation
            error B104 at `h2`: sequence flow `h2_a` leaves sub-process `h2`, which leads nowhere
              `<subProcess id="h2" triggeredByEvent="true">`: nothing may leave it
              help: what follows belongs inside, behind its start event
        "#]],
    );
}

#[test]
fn a_sub_process_in_the_flow_begins_at_once() {
    check(
        "start -> x(sub) -> end; x/s(start message go) -> x/b",
        &expect![[r#"
            error B130 at `<startEvent id="s">`: start event `s` waits for a trigger inside a sub-process, which begins at once
              help: make it a none start event, or the sub-process an event sub-process
        "#]],
    );
}

#[test]
fn unsupported_events_are_refused() {
    check(
        "start -> a -> c(catch conditional) -> d(throw compensate) -> e(end cancel); f(boundary a compensate)",
        &expect![[r#"
            error B109 at `<conditionalEventDefinition/>`: intermediate catch event `c` has a `conditionalEventDefinition`, which is not supported
              help: ask the condition at an exclusive gateway behind a timer or message
            error B109 at `<compensateEventDefinition/>`: intermediate throw event `d` has a `compensateEventDefinition`, which is not supported
              help: undo with tasks behind an error boundary event
            error B109 at `<cancelEventDefinition/>`: end event `e` has a `cancelEventDefinition`, which is not supported
              help: end with an error, and catch it at the border of the sub-process
            error B109 at `<compensateEventDefinition/>`: boundary event `f` has a `compensateEventDefinition`, which is not supported
              help: undo with tasks behind an error boundary event
        "#]],
    );
    check(
        "start -> a(transaction) -> b(adHocSubProcess) -> c(complexGateway) -> d(task isForCompensation=true) -> e(race instantiate=true)",
        &expect![[r#"
            error B109 at `<transaction id="a">`: transaction `a` is not supported
              help: use a sub-process with error boundary events: a script that undoes is a step like any other
            error B109 at `<adHocSubProcess id="b">`: ad-hoc sub-process `b` is not supported
              help: draw the order of its tasks in a sub-process
            error B109 at `<complexGateway id="c">`: complex gateway `c` is not supported
              help: use exclusive, inclusive or parallel gateways
            error B109 at `<task id="d" isForCompensation="true">`: task `d` is for compensation, which is not supported
              help: undo with tasks behind an error boundary event
            error B109 at `<eventBasedGateway id="e" instantiate="true">`: event-based gateway `e` begins a process with `instantiate`, which is not supported
              help: begin with several start events: the first that is triggered goes on
            warning B117 at `<eventBasedGateway id="e" instantiate="true">`: event-based gateway `e` has less than two ways to go on
              help: a race needs two; to wait for one event, an intermediate catch event is enough
        "#]],
    );
}

#[test]
fn the_first_of_several_definitions_triggers_and_all_are_thrown() {
    check(
        "s(start message go timer PT1H) -> a -> end",
        &expect![[r#"
            s: pass -> a
            a: approval -> end
            end: pass
            (trigger 1 of s) <>: catch message go -> s
            (trigger 2 of s) <>: catch timer PT1H -> s
            (race of s) <>: pass to the first -> (trigger 1 of s) -> (trigger 2 of s)
        "#]],
    );
    check(
        "start -> c(catch message go timer PT1H) -> j(and); start -> j; j -> end",
        &expect![[r#"
            start: pass -> (race of c) -> j
            c: pass -> j
            j: pass joins all -> end
            end: pass
            (trigger 1 of c) <>: catch message go -> c
            (trigger 2 of c) <>: catch timer PT1H -> c
            (race of c) <>: pass to the first -> (trigger 1 of c) -> (trigger 2 of c)
        "#]],
    );
    check(
        "start -> a -> end; b(boundary a message go timer PT1H) -> late",
        &expect![[r#"
          start: pass -> a
          a: approval -> end
          end: pass
          b: pass -> late
          late: approval
          (trigger 1 of b) <>: catch message go beside a -> b
          (trigger 2 of b) <>: catch timer PT1H beside a -> b
    "#]],
    );
    check(
        "start -> t(throw signal one signal two) -> e(end terminate signal three)",
        &expect![[r#"
          start: pass -> t
          t: throw signal one -> (throw 2 of t)
          e: throw signal three -> (throw 2 of e)
          (throw 2 of t) <>: throw signal two -> e
          (throw 2 of e) <>: terminate
    "#]],
    );
    check(
        "start -> r(race) -> c(catch message go timer PT1H) -> end; r -> d(catch signal stop) -> end",
        &expect![[r#"
            start: pass -> r
            r: pass to the first -> (trigger 1 of c) -> (trigger 2 of c) -> d
            c: pass -> end
            end: pass
            d: catch signal stop -> end
            (trigger 1 of c) <>: catch message go -> c
            (trigger 2 of c) <>: catch timer PT1H -> c
        "#]],
    );
    check(
        "s(start message go timer PT1H) -> a -> end; t(start signal stop) -> a",
        &expect![[r#"
            s: pass -> a
            a: approval -> end
            end: pass
            t: catch signal stop -> a
            (trigger 1 of s) <>: catch message go -> s
            (trigger 2 of s) <>: catch timer PT1H -> s
            (start of main) <>: pass to the first -> (trigger 1 of s) -> (trigger 2 of s) -> t
        "#]],
    );
}

#[test]
fn events_have_the_definitions_they_can_have() {
    check(
        "s(start error any) -> c(catch escalation any) -> t(throw timer PT1H) -> d(catch) -> e(throw terminate) -> end(end timer PT1H)",
        &expect![[r#"
            error B110 at `<errorEventDefinition/>`: start event `s`: a start event cannot have a `errorEventDefinition`
            error B110 at `<escalationEventDefinition/>`: intermediate catch event `c`: an intermediate catch event cannot have a `escalationEventDefinition`
            error B110 at `<timerEventDefinition>`: intermediate throw event `t`: an intermediate throw event cannot have a `timerEventDefinition`
            error B110 at `<intermediateCatchEvent id="d">`: intermediate catch event `d` does not say what it waits for
              help: give it a timer, message or signal
            error B110 at `<terminateEventDefinition/>`: intermediate throw event `e`: an intermediate throw event cannot have a `terminateEventDefinition`
            error B110 at `<timerEventDefinition>`: end event `end`: an end event cannot have a `timerEventDefinition`
        "#]],
    );
    check(
        "start -> a -> end; b(boundary a) -> end; c(boundary- a error any) -> end",
        &expect![[r#"
            error B110 at `<boundaryEvent id="b" attachedToRef="a">`: boundary event `b` does not say what it waits for
              help: give it a timer, message or signal
            error B110 at `<boundaryEvent id="c" attachedToRef="a" cancelActi`: boundary event `c` catches an error and lets go on what failed
              help: an error always interrupts; an escalation need not
        "#]],
    );
}

#[test]
fn times_are_iso_8601() {
    check(
        "start -> a(catch timer PT1X) -> b(catch timer -PT5S) -> c(catch timer soon) -> d(catch \"+<timerEventDefinition/>\") -> end",
        &expect![[r#"
            error B115 at `X`: `X` is no unit here
              help: ISO 8601: `P`, then `Y`, `M`, `W`, `D`; then `T` and `H`, `M`, `S`: minutes are `PT5M`, months `P5M`
            error B115 at `-`: a duration has no sign
              help: ISO 8601: one hour is `PT1H`; nothing is due before it is set
            error B115 at `<timerEventDefinition/>`: intermediate catch event `d` does not say when
              help: ISO 8601: `PT1H30M`, `2026-11-21T10:00:00Z`, `R3/PT10S`
        "#]],
    );
}

#[test]
fn words_are_no_time() {
    check_file(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><process id='p'>\
         <intermediateCatchEvent id='c'><timerEventDefinition><timeDuration>five seconds</timeDuration>\
         </timerEventDefinition></intermediateCatchEvent></process></definitions>",
        &[],
        &Options::default(),
        &expect![[r#"
            error B115 at `five seconds`: `five seconds` is neither a time nor an expression
              help: ISO 8601: `PT1H30M`, `2026-11-21T10:00:00Z`, `R3/PT10S`
        "#]],
    );
}

#[test]
fn messages_may_carry_a_key() {
    check(
        "start -> a(catch message go dod:key=order.id) -> b(throw message went \"dod:key='x'\") -> end",
        &expect![[r#"
              start: pass -> a
              a: catch message go with key (order.id) -> b
              b: throw message went with key x -> end
              end: pass
        "#]],
    );
}

#[test]
fn links_have_one_partner() {
    check(
        "start -> a(throw link far); b(catch link fat) -> end; c(catch link near) -> end; d(catch link near) -> end",
        &expect![[r#"
            error B118 at `<intermediateThrowEvent id="a">`: no link event catches `far`, which intermediate throw event `a` throws
              help: did you mean `fat`?
            error B118 at `<intermediateCatchEvent id="d">`: two link events catch `near`: intermediate catch event `c` and intermediate catch event `d`
              `<intermediateCatchEvent id="c">`: the other one
              help: give each pair of links a name of its own
        "#]],
    );
}

#[test]
fn what_is_named_and_not_declared_is_taken_by_its_name() {
    check_file(
        "<definitions xmlns='http://www.omg.org/spec/BPMN/20100524/MODEL'><process id='p'>\
         <startEvent id='s'/><sequenceFlow id='f' sourceRef='s' targetRef='a'/><task id='a'/>\
         <boundaryEvent id='b' attachedToRef='a'><errorEventDefinition errorRef='oops'/></boundaryEvent>\
         </process></definitions>",
        &[],
        &Options::default(),
        &expect![[r#"
            warning B101 at `oops`: boundary event `b` names the error `oops`, which the file does not declare
              help: it is taken as the error's own name
            s: pass -> a
            a: approval
            b: catch error oops beside a
        "#]],
    );
}
