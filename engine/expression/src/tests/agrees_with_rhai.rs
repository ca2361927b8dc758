//! Where plain rhai is strict by itself (well-typed operands, no division), both give the same answer: so
//! the walk over rhai's AST means what rhai means.

use dod_kernel::ask::Answer;
use dod_kernel::value::Value;
use proptest::prelude::*;
use rhai::packages::{Package, StandardPackage};
use rhai::{Dynamic, Engine, Scope};

use super::Story;
use crate::Rhai;

const FACTS: &str = r#"yes = true; no = false; n = 3; m = 7; t = "abc"; o:n = 5; o:t = "b"; o:l = [1, 2, 3];
    o:s = ["a", "b"]"#;

/// The same facts for rhai.
fn scope() -> Scope<'static> {
    let mut scope = Scope::new();
    let list =
        |items: &[i64]| Dynamic::from_array(items.iter().map(|item| Dynamic::from_int(*item)).collect());
    let mut o = rhai::Map::new();
    o.insert("n".into(), 5i64.into());
    o.insert("t".into(), "b".into());
    o.insert("l".into(), list(&[1, 2, 3]));
    o.insert("s".into(), Dynamic::from_array(vec!["a".into(), "b".into()]));
    scope.push("yes", true).push("no", false).push("n", 3i64).push("m", 7i64).push("t", "abc");
    scope.push("o", o);
    scope
}

fn number() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        (-9i64..99).prop_map(|number| number.to_string()),
        prop::sample::select(vec![
            "n",
            "m",
            "o.n",
            "o[\"n\"]",
            "(o).n",
            "o.l[0]",
            "o[\"l\"][n - 1]",
            "o.l[o.l[0]]",
            "t.len()",
            "o.l.len()",
            "o.s[0].len()",
            "o[\"s\"][1].len()",
            "(t + \"x\").len()",
        ])
        .prop_map(str::to_owned),
    ];
    leaf.prop_recursive(3, 12, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["+", "-", "*"]), inner.clone())
                .prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.prop_map(|inner| format!("-({inner})")),
        ]
    })
}

fn words() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "t",
        "\"b\"",
        "o.t",
        "o[\"t\"]",
        "t + o.t",
        "o.s[0]",
        "o.s[1].to_lower()",
        "\"AbC\".to_lower()",
        "\"\"",
    ])
    .prop_map(str::to_owned)
}

fn yes_or_no() -> impl Strategy<Value = String> {
    let compare = || prop::sample::select(vec!["==", "!=", "<", "<=", ">", ">="]);
    let leaf = prop_oneof![
        prop::sample::select(vec!["yes", "no", "true", "false", "t.is_empty()"]).prop_map(str::to_owned),
        (number(), compare(), number()).prop_map(|(left, how, right)| format!("{left} {how} {right}")),
        (words(), compare(), words()).prop_map(|(left, how, right)| format!("{left} {how} {right}")),
        (words(), words()).prop_map(|(left, right)| format!("({left}) in ({right})")),
        (number(), prop::sample::select(vec!["in", "!in"]))
            .prop_map(|(left, how)| format!("{left} {how} o.l")),
        words().prop_map(|word| format!("o.s.contains({word})")),
        (words(), prop::sample::select(vec!["starts_with", "ends_with", "contains"]), words())
            .prop_map(|(of, method, part)| format!("({of}).{method}({part})")),
    ];
    leaf.prop_recursive(4, 24, 2, |inner| {
        prop_oneof![
            (inner.clone(), prop::sample::select(vec!["&&", "||"]), inner.clone())
                .prop_map(|(left, sign, right)| format!("{left} {sign} {right}")),
            inner.clone().prop_map(|inner| format!("({inner})")),
            inner.prop_map(|inner| format!("!({inner})")),
        ]
    })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn well_typed_expressions_mean_what_rhai_means(text in prop_oneof![yes_or_no(), number()]) {
        let mut engine = Engine::new_raw();
        engine.register_global_module(StandardPackage::new().as_shared_module());
        let plain = engine.eval_expression_with_scope::<Dynamic>(&mut scope(), &text);
        let plain = plain.unwrap_or_else(|error| panic!("{text}: {error}"));
        let plain = plain.as_bool().map(Value::Bool).or_else(|_| plain.as_int().map(Value::Integer));
        let ours = Rhai::new().evaluate_text(&text, &Story::new(FACTS));
        prop_assert_eq!(ours, Answer::Value(plain.expect("a boolean or a number")), "{}", text);
    }

    #[test]
    fn no_text_makes_it_panic(text in "[a-c0-9 .,()\\[\\]!&|=<>+*/%\"'`?#{}$@:;_-]{0,40}") {
        let _ = crate::check(&text, &["a"]);
        let _ = Rhai::new().evaluate_text(&text, &Story::new("a = [1, 2]; b = 1.5"));
    }
}
