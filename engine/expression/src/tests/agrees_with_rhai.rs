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

/// A value for rhai.
fn dynamic(value: &Value) -> Dynamic {
    match value {
        Value::List(items) => Dynamic::from_array(items.iter().map(dynamic).collect()),
        Value::Map(members) => Dynamic::from_map(
            members.iter().map(|(name, value)| (name.as_str().into(), dynamic(value))).collect(),
        ),
        Value::Text(text) => text.as_str().to_owned().into(),
        Value::Integer(whole) => (*whole).into(),
        other => panic!("{other:?} is not used here"),
    }
}

#[test]
fn long_chains_mean_what_rhai_means() {
    let map = |members: Vec<(&str, Value)>| {
        Value::Map(members.into_iter().map(|(name, value)| (name.into(), value)).collect())
    };
    let ints = |items: [i64; 2]| Value::List(items.map(Value::Integer).to_vec());
    let leaf = |at: i64| map(vec![("a", ints([at, 1])), ("t", Value::text(format!("T{at}")))]);
    let row = |at: i64| Value::List(vec![leaf(at), leaf(at + 1)]);
    let inner = map(vec![("l", Value::List(vec![row(0), row(10)])), ("i", Value::Integer(1))]);
    let o = map(vec![("l", Value::List(vec![row(20), row(30)])), ("o", inner), ("k", Value::text("l"))]);
    let mut story = Story::default();
    story.facts.insert(vec!["o".into()], Some(o.clone()));
    let mut engine = Engine::new_raw();
    engine.register_global_module(StandardPackage::new().as_shared_module());
    for text in [
        "o.l[1][0].a[1]",
        "o.l[1][0].a[o.l[0][0].a[1]]",
        "o.o.l[o.o.i][0].t",
        "o.o.l[o.o.i][o.o.i].t.to_lower().len()",
        "o[\"o\"].l[1][1][\"a\"][0]",
        "o[o.k][0][1].a[0] + o.o[o.k][0][1].a[0]",
        "o.o[o[\"k\"]][o.o.l[1][1].a[1]][0].t.contains(o.l[0][0].t)",
        "(o.o).l[0][1].a[(o.o.i)]",
        "((o.o.l)[0])[1].a[0]",
        "(o.o.l[0][1]).a[0]",
        "[o.l, o.o.l][1][0][0].a",
        "[[1, 2], [3, 4]][1][o.o.i]",
        "-o.l[1][0].a[0] - -o.l[0][0].a.len()",
        "o.l[1][0].a.contains(o.o.l[0][1].a[1])",
        "o.l[1][0].t.to_lower().contains(\"t\") && o.l[0].len() == 2",
        "o.l.len() in o.o.l[0][1].a",
        "o.l[0].len() !in o.o.l[0][1].a",
    ] {
        let mut scope = Scope::new();
        scope.push("o", dynamic(&o));
        let plain = engine.eval_expression_with_scope::<Dynamic>(&mut scope, text);
        let plain = plain.unwrap_or_else(|error| panic!("{text}: {error}"));
        let Answer::Value(ours) = Rhai::new().evaluate_text(text, &story) else { panic!("{text}") };
        let same = match ours {
            Value::Bool(yes) => plain.as_bool() == Ok(yes),
            ours => format!("{plain:?}") == format!("{:?}", dynamic(&ours)),
        };
        assert!(same, "{text}: {plain:?}");
    }
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

/// Why this crate does not let rhai evaluate: here rhai answers, and the answer is no ground for a verdict.
#[test]
fn what_rhai_answers_quietly_is_an_error_here() {
    let mut engine = Engine::new_raw();
    engine.register_global_module(StandardPackage::new().as_shared_module());
    for text in [
        "1 == \"1\"",
        "1 != \"1\"",
        "\"79\" >= 80",
        "\"79\" < 80",
        "true == 1",
        "() == 0",
        "() != false",
        "[1] == 1",
        "[1] == [\"1\"]",
        "1 in [\"1\"]",
        "\"a\" + 1 == \"a1\"",
        "0.0 / 0.0 != 0.0 / 0.0",
        "1.0 / 0.0 > 1000000",
        "[1, 2][-1] == 2",
        "false && 1 == \"1\"",
        "true || no_such_name",
        "o.no_such_member == ()",
        "o?.n == 5",
        "o.no_such_member ?? 1 == 1",
    ] {
        let plain = engine.eval_expression_with_scope::<bool>(&mut scope(), text);
        assert!(plain.is_ok(), "{text}: {plain:?}");
        let problems = crate::check(text, &["yes", "no", "n", "m", "t", "o"]);
        let ours = Rhai::new().evaluate_text(text, &Story::new(FACTS));
        let undecided = matches!(ours, Answer::Wrong(_) | Answer::Unknown(_));
        assert!(problems.is_err() || undecided, "{text}: {ours:?}");
    }
    for (text, plain, ours) in
        [("79.9999999999999999 >= 80", true, false), ("7 / 2 == 3", true, false), ("1 / 3 == 0", true, false)]
    {
        assert_eq!(engine.eval_expression::<bool>(text).ok(), Some(plain), "{text}");
        let found = Rhai::new().evaluate_text(text, &Story::default());
        assert_eq!(found, Answer::Value(Value::Bool(ours)), "{text}");
    }
}
