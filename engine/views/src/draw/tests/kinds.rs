//! What a workflow looks like that has no diagram of its own.

use std::sync::Arc;

use dod_kernel::id::{BodyId, Name, NodeId};
use dod_kernel::value::Value;
use dod_kernel::workflow::{
    Catch, Given, Host, Kind, Node, Over, Parts, Repeat, Throw, Trigger as Waits, Workflow,
};
use expect_test::{Expect, expect};

use crate::draw::Drawing;
use crate::draw::tests::shown;
use crate::tests::build;

fn check(text: &str, expect: &Expect) {
    expect.assert_eq(&shown(&Drawing::of(&build::workflow(text))));
}

/// A workflow in which some nodes are of other kinds than the small language knows.
fn changed(text: &str, change: impl Fn(&mut Node)) -> Workflow {
    let mut parts = Parts::from(build::workflow(text));
    parts.nodes.iter_mut().for_each(change);
    Workflow::new(parts).unwrap_or_else(|defects| panic!("{defects:?}"))
}

#[test]
fn steps_say_what_they_are() {
    let text = "lint(gate=lint); test(gate=unit,if=yes) < lint:any; sign(approve=2,may_fail) < test; \
                w(wait=90000) < sign; j(judge=standard) < w; msg(message=go) < j; roll < msg:failed; \
                some(at_least=2) < lint roll";
    check(
        text,
        &expect![[r#"
        lint: task(gate, once)
        test: task(gate, once) (unit · if yes)
        sign: task(user, once) (2 of owners · may fail)
        w: task(wait, once) (wait 1m 30s)
        j: task(judge, once) (judge standard)
        msg: task(receive, once) (message go)
        roll: task(any, once)
        some: gateway(atleast(2))
        lint -> test: Sequence in any case
        test -> sign: Sequence
        sign -> w: Sequence
        w -> j: Sequence
        j -> msg: Sequence
        msg -> roll: Failed failed
        lint -> some: Sequence
        roll -> some: Sequence
    "#]],
    );
}

#[test]
fn gateways_starts_and_ends_are_told_from_what_leads_there() {
    let text = "tokens; start(pass) -> split; split(xor) -> a?yes b?default; a -> join; b -> join; \
                join(all) -> or; or(or) -> end; end(pass)";
    check(
        text,
        &expect![[r#"
        start: start none
        split: gateway(exclusive)
        a: task(service, once)
        b: task(service, once)
        join: gateway(parallel)
        or: gateway(inclusive)
        end: end none
        start -> split: Sequence
        split -> a: Sequence yes
        split -> b: Default
        a -> join: Sequence
        b -> join: Sequence
        join -> or: Sequence
        or -> end: Sequence
    "#]],
    );
}

#[test]
fn a_graph_that_one_call_opens_is_a_frame_and_a_shared_one_a_page() {
    let text = "a(call=one); b(call=two) < a; c(call=two) < b | one: x; y < x | two: z";
    check(
        text,
        &expect![[r#"
        a: subprocess { open: true, event: false, rounds: once }
        b: call(once)
        c: call(once)
        x: task(any, once) in a
        y: task(any, once) in a
        z: task(any, once), page 1
        a -> b: Sequence
        b -> c: Sequence
        x -> y: Sequence
    "#]],
    );
}

#[test]
fn events_stand_on_the_border_of_what_they_wait_beside() {
    let workflow = changed(
        "tokens; work -> end; late(pass) -> end; alarm(pass) -> end; fail(pass); end(pass) -> fail",
        |node| {
            let catch =
                |trigger, host, interrupts| Kind::Catch(Arc::new(Catch { host, interrupts, trigger }));
            match &*node.name {
                "late" => {
                    let timer = Waits::Timer(Given::Value(Value::text("PT1H")));
                    node.kind = catch(timer, Some(Host::Node(NodeId(0))), false);
                }
                "alarm" => node.kind = catch(Waits::Signal("alarm".into()), Some(Host::Scope), true),
                "end" => node.kind = catch(Waits::Message { key: None, name: "go".into() }, None, true),
                "fail" => node.kind = Kind::Throw(Arc::new(Throw::Error("E1".into()))),
                _ => {}
            }
        },
    );
    expect![[r#"
        work: task(service, once)
        late: boundary timer, lets run on work
        alarm: start signal
        fail: end error
        end: catch message
        work -> end: Sequence
        late -> end: Sequence
        alarm -> end: Sequence
        end -> fail: Sequence
    "#]]
    .assert_eq(&shown(&Drawing::of(&workflow)));
}

#[test]
fn rounds_are_drawn_as_what_they_repeat() {
    let repeat = |body, parallel, over| {
        let (collect, element, enough) = (None, None, None);
        Kind::Repeat(Arc::new(Repeat { body: BodyId(body), collect, element, enough, over, parallel }))
    };
    let count = || Over::Count(Given::Value(Value::read("3")));
    let workflow = changed(
        "tokens; each(call=task) -> stage; stage(call=wrap) -> again; again(call=loop) \
         | task: tokens; each#child | wrap: tokens; stage#child(call=in) | in: tokens; x -> y; y \
         | loop: tokens; again#child",
        |node| match &*node.name {
            "each" => node.kind = repeat(1, true, count()),
            "stage" => node.kind = repeat(2, false, count()),
            "again" => {
                node.kind = repeat(4, false, Over::While { before: false, condition: None, max: Some(3) });
            }
            _ => {}
        },
    );
    expect![[r#"
        each: task(service, parallel), 2 nodes
        stage: subprocess { open: true, event: false, rounds: sequential }, 2 nodes
        again: task(service, loop), 2 nodes
        x: task(service, once) in stage
        y: task(service, once) in stage
        each -> stage: Sequence
        stage -> again: Sequence
        x -> y: Sequence
    "#]]
    .assert_eq(&shown(&Drawing::of(&workflow)));
}

#[test]
fn a_diagram_finds_its_nodes_by_the_id_of_their_element() {
    let workflow = changed("tokens; Build it -> other; other(call=in) | in: tokens; other#child", |node| {
        node.element = match &*node.name {
            "Build it" => Some(Name::from("Task_1")),
            "other#child" => Some(Name::from("other")),
            _ => None,
        };
    });
    let mut drawing = Drawing::default();
    for id in ["Task_1", "other", "note"] {
        drawing.shapes.push(crate::draw::Shape::new(id, "", crate::draw::Form::Note));
    }
    drawing.bind(&workflow);
    let nodes: Vec<_> = drawing.shapes.iter().map(|shape| shape.nodes.clone()).collect();
    assert_eq!(nodes, [vec![NodeId(0)], vec![NodeId(1), NodeId(2)], vec![]]);
}
