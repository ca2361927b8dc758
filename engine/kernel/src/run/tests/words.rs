//! A small language of values, expressions, scripts, decision tables and rounds, for claims about them.
//!
//! ```text
//!   3  yes  no  null  text  a+b  a+  +      values; with `+` a list: of two, of one, empty
//!   x  x==3  x!=3  x>3  x+1                 expressions over variables and values; `unknown`
//!   x:1&y:=x+1                              a script, or what a rule sets; behind `=` an expression
//!   first>out/a?x:1/?x:2                    a table: hit policy, where its result goes, rules behind their tests
//! ```

use std::collections::BTreeMap;
use std::sync::Arc;

use super::build::expression;
use crate::ask::{Answer, Facts, Lookup, Wrong};
use crate::id::Name;
use crate::value::Value;
use crate::workflow::{Collect, Decision, DecisionRule, Given, Hit, Over, Repeat};

pub(super) fn value(text: &str) -> Value {
    match text {
        "yes" => Value::Bool(true),
        "no" => Value::Bool(false),
        "null" => Value::Null,
        list if list.contains('+') => {
            Value::List(list.split('+').filter(|item| !item.is_empty()).map(value).collect())
        }
        other => other.parse().map_or_else(|_| Value::text(other), Value::Integer),
    }
}

/// Behind `=` an expression, else a value.
pub(super) fn given(text: &str) -> Given {
    match text.strip_prefix('=') {
        Some(text) => Given::Expression(expression(text)),
        None => Given::Value(value(text)),
    }
}

/// `name:value` pairs; a name alone is true.
pub(super) fn variable(pair: &str) -> (Name, Value) {
    let (name, text) = pair.split_once(':').unwrap_or((pair, "yes"));
    (name.into(), value(text))
}

pub(super) fn evaluate(text: &str, facts: &dyn Facts) -> Answer {
    if text == "unknown" {
        return Answer::Unknown(vec!["something".into()]);
    }
    let operator = ["==", "!=", ">", "+"].into_iter().find(|operator| text.contains(operator));
    let Some(operator) = operator else { return operand(text, facts) };
    let (left, right) = text.split_once(operator).unwrap();
    let (left, right) = match (operand(left, facts), operand(right, facts)) {
        (Answer::Value(left), Answer::Value(right)) => (left, right),
        (Answer::Value(_), other) | (other, _) => return other,
    };
    Answer::Value(match (operator, left, right) {
        ("==", left, right) => Value::Bool(left == right),
        ("!=", left, right) => Value::Bool(left != right),
        (">", Value::Integer(left), Value::Integer(right)) => Value::Bool(left > right),
        ("+", Value::Integer(left), Value::Integer(right)) => Value::Integer(left + right),
        _ => return wrong(&format!("`{text}` makes no sense")),
    })
}

fn operand(text: &str, facts: &dyn Facts) -> Answer {
    match facts.look_up(&[text]) {
        Lookup::Known(value) => Answer::Value(value),
        _ if ["yes", "no", "null"].contains(&text) || text.parse::<i64>().is_ok() => {
            Answer::Value(value(text))
        }
        _ => wrong("no expression engine is present"),
    }
}

fn wrong(message: &str) -> Answer {
    Answer::Wrong(Wrong { column: 1, line: 1, message: message.into() })
}

pub(super) fn script(text: &str, facts: &dyn Facts) -> Result<BTreeMap<Name, Value>, Wrong> {
    let mut set = BTreeMap::new();
    for pair in text.split('&').filter(|pair| !pair.is_empty()) {
        let Some((name, to)) = pair.split_once(':') else {
            return Err(Wrong { column: 1, line: 1, message: pair.into() });
        };
        let value = match to.strip_prefix('=') {
            None => value(to),
            Some(asked) => match evaluate(asked, facts) {
                Answer::Value(value) => value,
                Answer::Wrong(wrong) => return Err(wrong),
                Answer::Unknown(_) => {
                    return Err(Wrong { column: 1, line: 1, message: "something is not known".into() });
                }
            },
        };
        set.insert(name.into(), value);
    }
    Ok(set)
}

pub(super) fn decision(text: &str) -> Decision {
    let mut parts = text.split('/');
    let head = parts.next().unwrap();
    let (hit, into) = head.split_once('>').map_or((head, None), |(hit, into)| (hit, Some(into.into())));
    let hit = match hit {
        "any" => Hit::Any,
        "first" => Hit::First,
        "unique" => Hit::Unique,
        other => panic!("no hit policy is called `{other}`"),
    };
    let rule = |text: &str| {
        let (when, set) = text.split_once('?').unwrap();
        let pairs = set.split('&').filter(|pair| !pair.is_empty());
        let set = pairs.map(|pair| pair.split_once(':').map(|(name, to)| (name.into(), given(to))).unwrap());
        DecisionRule { set: set.collect(), when: (!when.is_empty()).then(|| expression(when)) }
    };
    Decision { hit, into, rules: parts.map(rule).collect() }
}

/// Rounds over a body; `word`s say how many and how.
pub(super) fn repeat(body: crate::id::BodyId) -> Repeat {
    let over = Over::While { before: false, condition: None, max: None };
    Repeat { body, collect: None, element: None, enough: None, over, parallel: false }
}

/// Whether the word says something about rounds; it then has.
pub(super) fn about_rounds(repeat: &mut Arc<Repeat>, word: &str, text: &str) -> bool {
    let repeat = Arc::make_mut(repeat);
    match (word, &mut repeat.over) {
        ("par", _) => repeat.parallel = true,
        ("count", over) => *over = Over::Count(given(text)),
        ("over", over) => *over = Over::Elements(given(text)),
        ("element", _) => repeat.element = Some(text.into()),
        ("enough", _) => repeat.enough = Some(expression(text)),
        ("collect", _) => {
            let (each, into) = text.rsplit_once('>').unwrap();
            repeat.collect = Some(Collect { each: given(each), into: into.into() });
        }
        ("while" | "again", Over::While { before, condition, .. }) => {
            (*before, *condition) = (word == "while", Some(expression(text)));
        }
        ("max", Over::While { max, .. }) => *max = Some(text.parse().unwrap()),
        _ => return false,
    }
    true
}
