//! Claims about definitions that are not sound.

use super::build;
use crate::id::{BodyId, NodeId};
use crate::workflow::{Defect, Fork, Host, Kind, Over, Parts, Unfit, Workflow};

/// The defects of a definition, in words; nothing where it is sound.
fn check(text: &str, expected: &str) {
    let found = match build::try_workflow(text) {
        Ok(_) => String::new(),
        Err(defects) => defects.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    };
    assert_eq!(found, expected, "{text}");
}

/// The defects of a definition in which something was changed that has no words.
fn changed(text: &str, change: impl FnOnce(&mut Parts)) -> Vec<Defect> {
    let mut parts = Parts::from(build::workflow(text));
    change(&mut parts);
    Workflow::new(parts).err().unwrap_or_default()
}

#[test]
fn what_only_tokens_know_has_no_place_among_steps_that_settle() {
    let words = ["catch=signal:s", "decide=first/?a:1", "script=a:1", "throw=signal:s", "repeat=b,count=1"];
    for words in words {
        check(&format!("s({words}) | b: tokens; x"), "step 0 is of a kind that only graphs of tokens know");
    }
}

#[test]
fn a_loop_asks_one_round_after_the_other() {
    check(
        "tokens; r(repeat=b,while=yes,par) | b: tokens; x",
        "step 0 opens rounds at once that are asked for one after the other",
    );
    check("tokens; r(repeat=b,count=3,par) | b: tokens; x", "");
}

#[test]
fn an_error_is_caught_beside_what_throws_it_and_always_interrupts() {
    check(
        "tokens; c(catch=error:e) -> x; x",
        "step 0 catches an error or escalation and stands beside nothing",
    );
    check(
        "tokens; c(catch=escalation) -> x; x",
        "step 0 catches an error or escalation and stands beside nothing",
    );
    check("tokens; a; c(catch=error,keeps,on=a)", "step 1 catches an error and does not interrupt");
    check("tokens; a; c(catch=escalation,keeps,on=a)", "");
    check("tokens; a; c(catch=error,on=scope)", "");
}

#[test]
fn a_catch_stands_beside_work_in_its_own_graph_and_no_edge_leads_there() {
    check(
        "tokens; g(xor) -> a; a; c(catch=timer:PT1S,on=g)",
        "step 2 stands beside something that does no work",
    );
    check(
        "tokens; a; c(catch=timer:PT1S,on=a); d(catch=timer:PT1S,on=c)",
        "step 2 stands beside something that does no work",
    );
    check("tokens; a -> c; c(catch=timer:PT1S,on=a)", "step 1 stands beside something and edges lead to it");
    check("tokens; a(catch=message:m) -> e; e(pass); c(catch=timer:PT1S,on=a)", "");
    let outside = changed("tokens; a(call=b); c(catch=timer:PT1S,on=a) | b: tokens; x", |parts| {
        let Kind::Catch(catch) = &mut parts.nodes[1].kind else { panic!("it catches") };
        std::sync::Arc::make_mut(catch).host = Some(Host::Node(NodeId(2)));
    });
    assert_eq!(outside, [Defect::Unfit { node: NodeId(1), why: Unfit::HostOutside }]);
}

#[test]
fn only_what_waits_can_race() {
    check(
        "tokens; g(event) -> a m; a; m(catch=message:m)",
        "step 0 lets catches race and leads to something that cannot, or under a condition",
    );
    check(
        "tokens; g(event) -> t m?yes; t(catch=timer:PT1S); m(catch=message:m)",
        "step 0 lets catches race and leads to something that cannot, or under a condition",
    );
    check("tokens; g(event) -> t m; t(catch=timer:PT1S); m(message=m)", "");
    let task = changed("tokens; g -> t; t(catch=timer:PT1S)", |parts| parts.nodes[0].fork = Fork::Event);
    assert_eq!(task, []);
}

#[test]
fn rounds_of_a_graph_that_has_them_never_end() {
    check(
        "tokens; r(repeat=b,count=1) | b: tokens; q(repeat=b,count=1)",
        "step 1 calls a graph that calls it",
    );
    check(
        "tokens; r(repeat=b,count=1) | b: tokens; q(call=c) | c: tokens; p(repeat=b,count=1)",
        "step 1 calls a graph that calls it",
    );
    check("r(call=b) | b: tokens; q(call=c) | c: z(call=b)", "step 1 calls a graph that calls it");
    let dangling = changed("tokens; r(repeat=b,count=1) | b: tokens; x", |parts| {
        let Kind::Repeat(repeat) = &mut parts.nodes[0].kind else { panic!("it has rounds") };
        let repeat = std::sync::Arc::make_mut(repeat);
        repeat.body = BodyId(7);
        repeat.over = Over::While { before: true, condition: None, max: None };
    });
    assert_eq!(dangling, [Defect::Dangling(NodeId(0))]);
}
