//! The cost of a command is proportional to what it changes, never to the size of the workflow.

use super::{Teller, build};

/// Node states touched by the end of one step in a chain beside many others.
fn touched(beside: usize) -> u64 {
    let mut text: Vec<String> = (0..beside).map(|at| format!("s{at}")).collect();
    text.push("a".into());
    text.push("b < a".into());
    let mut teller = Teller::new(build::workflow(&text.join(";")));
    teller.tell("start capacity=1000000");
    let before = teller.run.touched();
    teller.tell("a exits 0");
    teller.run.touched() - before
}

#[test]
fn a_completion_touches_its_successors_and_nothing_else() {
    assert_eq!(touched(10), touched(2000));
    assert!(touched(10) <= 4, "{}", touched(10));
}

#[test]
fn a_fan_out_touches_each_successor_once_or_twice() {
    let mut text: Vec<String> = vec!["a".into()];
    text.extend((0..500).map(|at| format!("s{at} < a")));
    let mut teller = Teller::new(build::workflow(&text.join(";")));
    teller.tell("start");
    let before = teller.run.touched();
    teller.tell("a exits 0");
    let cost = teller.run.touched() - before;
    assert!((500..=1010).contains(&cost), "{cost}");
}
