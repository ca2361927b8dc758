//! Every bound, reached.

use dod_kernel::ask::Answer;
use dod_kernel::id::Name;
use dod_kernel::value::Value;

use super::{Story, answer};
use crate::{EXPRESSION_BYTES_MAX, EXPRESSION_DEPTH_MAX, LIST_ITEMS_MAX, Rhai, TEXT_BYTES_MAX};

fn refused(text: &str, word: &str) {
    let found = crate::check(text, &["a"]).expect_err("it is refused");
    assert!(found[0].message.contains(word), "{found:?}");
    let answer = answer(text, &Story::new("a = true"));
    assert!(answer.starts_with("wrong "), "{answer}");
}

#[test]
fn a_long_text_is_refused() {
    refused(&format!("\"{}\"", "x".repeat(EXPRESSION_BYTES_MAX)), "bytes");
}

#[test]
fn deep_nesting_is_refused_and_does_not_overflow_the_stack() {
    for (open, close) in [("(", ")"), ("!", ""), ("-(", ")"), ("[", "]"), ("a[", "]"), ("known(", ")")] {
        for depth in [EXPRESSION_DEPTH_MAX + 1, 1_000] {
            refused(&format!("{}a{}", open.repeat(depth), close.repeat(depth)), "nested");
        }
    }
    refused(&format!("a{}", " && a".repeat(1_000)), "nested");
    refused(&format!("1{}", " + 1".repeat(1_000)), "nested");
    assert!(crate::check(&format!("a{}", ".b".repeat(3_000)), &["a"]).is_err());
    assert!(crate::check(&format!("a{}", "[0]".repeat(2_000)), &["a"]).is_err());
}

#[test]
fn ordinary_lengths_are_not_refused() {
    assert_eq!(crate::check(&format!("a{}", " || a".repeat(50)), &["a"]), Ok(()));
    assert_eq!(crate::check(&format!("{}a{}", "(".repeat(20), ")".repeat(20)), &["a"]), Ok(()));
}

#[test]
fn a_list_with_too_many_elements_is_refused() {
    refused(&format!("1 in [{}]", "1,".repeat(LIST_ITEMS_MAX + 1)), "exceeds");
}

#[test]
fn a_text_that_grows_is_stopped() {
    let mut story = Story::default();
    story.facts.insert(vec!["t".into()], Some(Value::text("x".repeat(TEXT_BYTES_MAX))));
    assert_eq!(answer("t + \"y\"", &story), "wrong 1:3: the text would have more than 65536 bytes");
}

#[test]
fn an_evaluation_ends() {
    let mut story = Story::default();
    let many = Value::List(vec![Value::Integer(1); 200_000]);
    story.facts.insert(vec!["l".into()], Some(many));
    let text = ["2 in l"; 6].join(" || ");
    assert_eq!(answer(&text, &story), "wrong 1:43: the expression takes too many operations");
}

#[test]
fn values_nested_too_deeply_do_not_compare() {
    let mut deep = Value::Integer(1);
    for _ in 0..100 {
        deep = Value::List(vec![deep]);
    }
    let mut story = Story::default();
    story.facts.insert(vec!["l".into()], Some(deep));
    assert_eq!(answer("l == l", &story), "wrong 1:3: the values are nested too deeply to compare");
}

#[test]
fn the_cache_changes_no_answer() {
    let rhai = Rhai::new();
    let story = Story::new("n = 1");
    for round in 0..3 {
        for text in ["n == 1", "n == \"1\"", "n ="] {
            assert_eq!(rhai.evaluate_text(text, &story), Rhai::new().evaluate_text(text, &story), "{round}");
        }
    }
    let text: Name = "n == 1".into();
    assert_eq!(rhai.evaluate_text(&text, &story), Answer::Value(Value::Bool(true)));
}
