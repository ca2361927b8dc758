//! Expressions as text, answers as text. Only the helpers here know the API.

mod agrees_with_rhai;
mod bounds;
mod checked_before_the_run;
mod scripts;
mod three_values;
mod unlike_values;
mod values;

use std::collections::BTreeMap;

use dod_kernel::ask::{Answer, Facts, Lookup};
use dod_kernel::id::Name;
use dod_kernel::policy::{FACT_ROOTS, RunFacts};
use dod_kernel::value::Value;
use expect_test::Expect;

use crate::{Rhai, check, check_over, names_used};

/// Facts written as `branch = "main"; coverage.line = 79.5; findings.introduced = ?; order:total = 5`.
/// A `:` makes a member of a map, a `.` a group of facts.
#[derive(Debug, Default)]
pub(super) struct Story {
    facts: BTreeMap<Vec<String>, Option<Value>>,
    changed: Option<Vec<Name>>,
}

impl Story {
    pub(super) fn new(text: &str) -> Self {
        let mut story = Self::default();
        for line in text.split(';').map(str::trim).filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(" = ").expect("name = value");
            if name == "changed" {
                story.changed = Some(value.split_whitespace().map(Name::from).collect());
                continue;
            }
            let value = (value != "?").then(|| literal(value));
            let (name, member) = name.split_once(':').map_or((name, None), |(name, part)| (name, Some(part)));
            let path: Vec<String> = name.split('.').map(str::to_owned).collect();
            match (member, value) {
                (Some(member), Some(value)) => {
                    let map = story.facts.entry(path).or_insert_with(|| Some(Value::Map(BTreeMap::new())));
                    let Some(Value::Map(members)) = map else { panic!("{line} is no member") };
                    members.insert(member.into(), value);
                }
                (_, value) => {
                    story.facts.insert(path, value);
                }
            }
        }
        story
    }
}

fn literal(text: &str) -> Value {
    if let Some(items) = text.strip_prefix('[') {
        let items = items.strip_suffix(']').unwrap();
        return Value::List(items.split(", ").filter(|item| !item.is_empty()).map(literal).collect());
    }
    match text {
        "true" | "false" => Value::Bool(text == "true"),
        "null" => Value::Null,
        _ => match text.strip_prefix('"') {
            Some(text) => Value::text(text.strip_suffix('"').unwrap()),
            None => text.parse().map_or_else(|_| Value::Decimal(text.parse().unwrap()), Value::Integer),
        },
    }
}

impl Facts for Story {
    fn look_up(&self, path: &[&str]) -> Lookup {
        match self.facts.iter().find(|(known, _)| known.iter().eq(path)) {
            Some((_, Some(value))) => Lookup::Known(value.clone()),
            Some((_, None)) => Lookup::Unknown,
            None => Lookup::NoSuchName,
        }
    }

    fn is_group(&self, path: &[&str]) -> bool {
        self.facts.keys().any(|known| known.len() > path.len() && known.iter().zip(path).all(|(a, b)| a == b))
    }

    fn changed(&self) -> Option<&[Name]> {
        self.changed.as_deref()
    }
}

pub(super) fn shown(value: &Value) -> String {
    match value {
        Value::Bool(yes) => yes.to_string(),
        Value::Integer(whole) => whole.to_string(),
        Value::Decimal(exact) => format!("{exact} (decimal)"),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Value::Map(members) => format!("map of {}", members.len()),
        Value::Null => "null".into(),
    }
}

pub(super) fn answer(text: &str, facts: &dyn Facts) -> String {
    match Rhai::new().evaluate_text(text, facts) {
        Answer::Value(value) => shown(&value),
        Answer::Unknown(names) => {
            format!("unknown: {}", names.iter().map(Name::as_str).collect::<Vec<_>>().join(", "))
        }
        Answer::Wrong(wrong) => format!("wrong {}:{}: {}", wrong.line, wrong.column, wrong.message),
    }
}

/// Evaluates expressions, one a line, over one story.
pub(super) fn answers(facts: &str, expressions: &str, expected: &Expect) {
    let story = Story::new(facts);
    let lines = expressions.lines().map(str::trim).filter(|line| !line.is_empty());
    let found: String = lines.map(|line| format!("{line:<36} -> {}\n", answer(line, &story))).collect();
    expected.assert_eq(&found);
}

/// Checks expressions, one a line, over the names that facts have.
pub(super) fn problems(names: &[&str], expressions: &str, expected: &Expect) {
    let mut found = String::new();
    for line in expressions.lines().map(str::trim).filter(|line| !line.is_empty()) {
        found.push_str(&format!("{line}\n"));
        for problem in check(line, names).err().unwrap_or_default() {
            found.push_str(&format!("    {}:{}: {}", problem.line, problem.column, problem.message));
            if let Some(hint) = problem.hint {
                found.push_str(&format!("  ({hint})"));
            }
            found.push('\n');
        }
    }
    expected.assert_eq(&found);
}

#[test]
fn the_engine_says_which_rhai_it_is() {
    let lock = include_str!("../../../Cargo.lock");
    let (_, rhai) = lock.split_once("name = \"rhai\"\nversion = \"").expect("rhai is locked");
    let version = &rhai[..rhai.find('"').unwrap()];
    assert_eq!(Rhai::new().engine().as_str(), format!("rhai {version}, strict 2"));
}

#[test]
fn the_facts_of_an_expression_are_named_once_and_sorted() {
    let names = |text: &str| names_used(text).unwrap().iter().map(Name::to_string).collect::<Vec<_>>();
    assert_eq!(names("b.c == a && a != 1 || known(d[\"x y\"].e)"), ["a", "b.c", "d[\"x y\"].e"]);
    assert_eq!(names("x[0].y == x[i] && f.len() > 2"), ["f", "i", "x"]);
    assert_eq!(names("a.b.contains(a.c)"), ["a.b", "a.c"]);
    assert_eq!(names("a.b[a.c]"), ["a.b", "a.c"]);
    assert!(names_used("a ==").is_err());
    assert_eq!(crate::asks_for_changes("!changed(\"a\") && b"), Ok(true));
    assert_eq!(crate::asks_for_changes("b"), Ok(false));
}

/// The kernel's own facts, looked up through the engine.
#[test]
fn the_facts_of_a_run_answer() {
    let map = |all: &[(&str, Value)]| -> BTreeMap<Name, Value> {
        all.iter().map(|(name, value)| ((*name).into(), value.clone())).collect()
    };
    let inputs = Value::Map(map(&[("level", Value::Integer(3))]));
    let facts = map(&[("branch", Value::text("main")), ("tag", Value::Null), ("inputs", inputs)]);
    let outputs = BTreeMap::from([("build".into(), BTreeMap::from([("version".into(), Name::from("1.2"))]))]);
    let run = RunFacts::new(&facts, &outputs, None);
    for (text, expected) in [
        ("branch == \"main\" && inputs.level > 2", "true"),
        ("tag != () && tag.starts_with(\"v\")", "false"),
        ("steps[\"build\"].outputs.version == \"1.2\"", "true"),
        ("steps.build.outputs.other == \"1.2\"", "unknown: steps.build.outputs.other"),
        ("findings.error == 0", "unknown: findings.error"),
        ("known(coverage.line) && coverage.line >= 80", "false"),
        ("commit == \"x\" || branch == \"main\"", "true"),
        ("findings.eror == 0", "wrong 1:10: no fact is called `findings.eror`"),
        ("coverage > 80", "wrong 1:1: `coverage` is a group of facts; ask for one of them"),
    ] {
        assert_eq!(answer(text, &run), expected, "{text}");
        assert_eq!(check(text, FACT_ROOTS), Ok(()), "{text}");
    }
}

/// Before a run its facts hold no value, and already know which names there are.
#[test]
fn a_name_behind_the_first_point_is_checked_before_the_run() {
    let (facts, outputs) = (BTreeMap::new(), BTreeMap::new());
    let nothing_yet = RunFacts::new(&facts, &outputs, None);
    let problems = |text: &str| match check_over(text, FACT_ROOTS, &nothing_yet) {
        Ok(()) => "none".to_owned(),
        Err(all) => {
            let lines = all.iter().map(|one| format!("{}:{}: {}", one.line, one.column, one.message));
            lines.collect::<Vec<_>>().join("; ")
        }
    };
    for (text, expected) in [
        ("findings.error == 0 && coverage.line > 80 && measures[\"p99\"].ms < 5", "none"),
        ("steps[\"a\"].outputs.b == inputs.c && known(tag)", "none"),
        ("known(findings.eror)", "1:16: no fact is called `findings.eror`"),
        (
            "ok && tests.faild == 0 && coverage > 80",
            "1:1: no fact is called `ok`; 1:13: no fact is called `tests.faild`; \
             1:27: `coverage` is a group of facts; ask for one of them",
        ),
    ] {
        assert_eq!(problems(text), expected, "{text}");
    }
}
