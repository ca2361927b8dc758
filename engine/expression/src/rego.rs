//! Rego policies behind the same door: existing `deny` and `warn` rules over the typed facts of a run.
//!
//! ```text
//!   module --regorus's parser--> its AST --names--> facts it asks for --look up--> input --regorus--> messages
//! ```
//!
//! Rego answers a missing fact with "undefined", which makes a `deny` rule silently pass, and compares text with
//! numbers without a word. So the facts that a module asks for are read from its text before it runs: one that is not
//! known makes every rule unknown that rests on it, one that no run has is an error with its place, and so is a comparison of a fact with a literal of another type. `input` therefore holds what the module names and
//! nothing else; `input` as a whole, or a name that is worked out, cannot be asked for.
//!
//! **Absent on purpose:** data documents, other modules, the network, the clock, randomness.

use std::collections::BTreeMap;
use std::time::Duration;

use dod_kernel::ask::{Answer, Facts, Lookup, Wrong};
use dod_kernel::id::Name;
use dod_kernel::policy::FACT_ROOTS;
use dod_kernel::value::Value;
use regorus::utils::limits::ExecutionTimerConfig;
use regorus::{Engine, Value as Rego};

use self::names::{Asked, Literal};
use crate::Problem;

mod names;

/// Who answers: recorded with every answer.
pub const ENGINE: &str = "regorus 0.14.1, strict 1";
/// Bytes that a module may have.
pub const MODULE_BYTES_MAX: usize = 256 << 10;
/// Messages of one rule that are kept; one more says how many there were.
pub const MESSAGES_MAX: usize = 100;
/// Bytes of one message that are kept.
const MESSAGE_BYTES_MAX: usize = 1_000;
/// A module that takes longer is wrong.
const TIME_MAX: Duration = if cfg!(test) { Duration::from_millis(300) } else { Duration::from_secs(10) };
/// Steps of a module between two looks at the clock.
const LOOK_EVERY: u32 = 10_000;

/// What breaking a rule of a module does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verb {
    /// `deny`, `violation`, and names that begin with them and `_`.
    Deny,
    /// `warn`, and names that begin with it and `_`.
    Warn,
}

/// A rule of a module that gives messages.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Rule {
    /// Its name: `deny`, `warn_slow`.
    pub name: String,
    /// What breaking it does.
    pub verb: Verb,
}

/// Checks a module before anything runs, and answers its rules in the order of their names. A name that none of these
/// facts has is wrong; values that are not known (yet) are no problem.
///
/// # Errors
/// Everything that is wrong with it; regorus stops at its first error of syntax.
pub fn check(text: &str, facts: &dyn Facts) -> Result<Vec<Rule>, Vec<Problem>> {
    let mut module = Module::read(text)?;
    let mut problems = std::mem::take(&mut module.asked.problems);
    for (path, at) in module.asked.all() {
        if let Err(message) = find(facts, &path) {
            let hint = crate::nearest(&path[0], FACT_ROOTS).map(|near| format!("did you mean `{near}`?"));
            let hint = hint.filter(|_| !FACT_ROOTS.contains(&path[0].as_str()));
            problems.push(Problem { line: at.line, column: at.column, message, hint });
        }
    }
    if !problems.is_empty() {
        problems.sort();
        return Err(problems);
    }
    // What regorus finds only when it orders the statements (a name that nothing binds) shows without facts, too.
    let rules = std::mem::take(&mut module.asked.rules);
    for rule in &rules {
        if let Err(Wrong { line, column, message }) =
            module.run(&rule.name, Tree::Group(BTreeMap::new()).into_rego())
        {
            return Err(vec![Problem { line, column, message: message.to_string(), hint: None }]);
        }
    }
    Ok(rules)
}

/// The facts that a module asks for, as paths.
///
/// # Errors
/// As [`check`].
pub fn facts_used(text: &str) -> Result<Vec<Vec<String>>, Vec<Problem>> {
    let module = Module::read(text)?;
    Ok(module.asked.all().into_keys().collect())
}

/// What a rule of a module has to say: a list of messages, empty where it holds.
pub fn messages(text: &str, rule: &str, facts: &dyn Facts) -> Answer {
    match ask(text, rule, facts) {
        Ok(answer) => answer,
        Err(wrong) => Answer::Wrong(wrong),
    }
}

fn ask(text: &str, rule: &str, facts: &dyn Facts) -> Result<Answer, Wrong> {
    let mut module = Module::read(text).map_err(first)?;
    if !module.asked.problems.is_empty() {
        return Err(first(module.asked.problems));
    }
    let mut input = BTreeMap::new();
    let mut unknown: Vec<Name> = Vec::new();
    let needed = module.asked.behind(rule);
    for (path, at) in module.asked.all() {
        let words: Vec<&str> = path.iter().map(String::as_str).collect();
        match find(facts, &path).map_err(|message| at.wrong(message))? {
            Some(value) => place(&mut input, &words, rego(&value)),
            None if needed.contains(&path) => unknown.push(path.join(".").into()),
            None => {}
        }
    }
    for compared in &module.asked.comparisons {
        let found = look_in(&input, &compared.path).map(kind);
        if let Some(found) = found.filter(|found| !compared.literal.is(found)) {
            let literal = compared.literal.name();
            return Err(compared.at.wrong(format!(
                "`{}` is a {found} and is compared with a {literal}",
                compared.path.join(".")
            )));
        }
    }
    // A rule that denies what is not known (`not input.x`) would say no for want of evidence, and one that does not
    // would say yes for it: neither is an answer.
    if !unknown.is_empty() {
        return Ok(Answer::Unknown(unknown));
    }
    let said = module.run(rule, Tree::Group(input).into_rego())?;
    Ok(Answer::Value(Value::List(said.into_iter().map(Value::Text).collect())))
}

/// The value of a fact, or of a member inside it; `None` where it is not known.
fn find(facts: &dyn Facts, path: &[String]) -> Result<Option<Value>, String> {
    let words: Vec<&str> = path.iter().map(String::as_str).collect();
    if words == ["changed"] {
        let list = |paths: &[Name]| Value::List(paths.iter().cloned().map(Value::Text).collect());
        return Ok(facts.changed().map(list));
    }
    let mut length = 1;
    while length < words.len() && facts.is_group(&words[..length]) {
        length += 1;
    }
    let spelled = |upto: usize| words[..upto].join(".");
    let mut value = match facts.look_up(&words[..length]) {
        Lookup::Known(value) => value,
        Lookup::Unknown => return Ok(None),
        Lookup::NoSuchName if facts.is_group(&words[..length]) => {
            return Err(format!("`{}` is a group of facts: name one of them", spelled(length)));
        }
        Lookup::NoSuchName => return Err(format!("no fact is called `{}`", spelled(length))),
    };
    for (upto, word) in words.iter().enumerate().skip(length) {
        value = match value {
            Value::Map(mut members) => match members.remove(*word) {
                Some(value) => value,
                None => return Ok(None),
            },
            other => {
                return Err(format!("`{}` is a {} and has no member `{word}`", spelled(upto), other.kind()));
            }
        };
    }
    Ok(Some(value))
}

fn first(problems: Vec<Problem>) -> Wrong {
    let problem = problems.into_iter().next();
    let (line, column) = problem.as_ref().map_or((1, 1), |problem| (problem.line, problem.column));
    Wrong {
        column,
        line,
        message: problem.map_or("it is no module".into(), |problem| problem.message.into()),
    }
}

/// A module, parsed.
struct Module {
    engine: Engine,
    package: String,
    asked: Asked,
}

impl Module {
    /// Version 1 of the language, else version 0: policies of both are about.
    fn read(text: &str) -> Result<Self, Vec<Problem>> {
        let problem = |message: String, line, column| vec![Problem { line, column, message, hint: None }];
        if text.len() > MODULE_BYTES_MAX {
            return Err(problem(format!("a module has at most {MODULE_BYTES_MAX} bytes"), 1, 1));
        }
        let parse = |version0: bool| {
            let mut engine = Engine::new();
            engine.set_rego_v0(version0);
            engine.set_strict_builtin_errors(true);
            let limit = std::num::NonZeroU32::new(LOOK_EVERY).unwrap_or(std::num::NonZeroU32::MIN);
            engine
                .set_execution_timer_config(ExecutionTimerConfig { limit: TIME_MAX, check_interval: limit });
            let package = engine.add_policy("policy.rego".to_owned(), text.to_owned())?;
            let ast = engine.get_ast_as_json()?;
            Ok::<_, anyhow::Error>((engine, package, ast))
        };
        let (engine, package, ast) =
            parse(false).or_else(|error| parse(true).map_err(|_| error)).map_err(|error| {
                let (line, column, message) = located(&error.to_string());
                problem(message, line, column)
            })?;
        let ast: serde_json::Value = serde_json::from_str(&ast)
            .map_err(|error| problem(format!("it cannot be looked at: {error}"), 1, 1))?;
        let asked = names::read(&ast, &package);
        Ok(Self { engine, package, asked })
    }

    fn run(&mut self, rule: &str, input: Rego) -> Result<Vec<Name>, Wrong> {
        let wrong = |error: anyhow::Error| {
            let (line, column, message) = located(&error.to_string());
            Wrong { column, line, message: message.into() }
        };
        self.engine.set_input(input);
        let answer = self.engine.eval_rule(format!("{}.{rule}", self.package)).map_err(wrong)?;
        let mut said: Vec<Name> = match &answer {
            Rego::Undefined | Rego::Bool(false) => Vec::new(),
            Rego::Bool(true) => vec![rule.into()],
            Rego::Set(all) => all.iter().map(message).collect(),
            Rego::Array(all) => all.iter().map(message).collect(),
            Rego::Object(all) => all.values().map(message).collect(),
            other => vec![message(other)],
        };
        if said.len() > MESSAGES_MAX {
            let more = said.len() - MESSAGES_MAX;
            said.truncate(MESSAGES_MAX);
            said.push(format!("and {more} more messages").into());
        }
        Ok(said)
    }
}

/// A message is a text, or an object with one under `msg`.
fn message(value: &Rego) -> Name {
    let text = match value {
        Rego::String(text) => text.to_string(),
        Rego::Object(all) => match all.get(&Rego::from("msg")) {
            Some(Rego::String(text)) => text.to_string(),
            _ => value.to_string(),
        },
        _ => value.to_string(),
    };
    let end =
        text.char_indices().map(|(at, _)| at).take_while(|at| *at <= MESSAGE_BYTES_MAX).last().unwrap_or(0);
    if text.len() > MESSAGE_BYTES_MAX { text[..end].into() } else { text.into() }
}

/// `--> policy.rego:3:7` and, further down, `error: …`, as regorus writes them.
fn located(error: &str) -> (u32, u32, String) {
    let place = error.lines().find_map(|line| line.trim().strip_prefix("--> policy.rego:"));
    let mut numbers =
        place.into_iter().flat_map(|place| place.split(':')).filter_map(|number| number.trim().parse().ok());
    let (line, column) = (numbers.next().unwrap_or(1), numbers.next().unwrap_or(1));
    let said = error.lines().rev().find_map(|line| line.trim().strip_prefix("error: "));
    let said = said
        .or(error.lines().map(str::trim).find(|line| !line.is_empty()))
        .unwrap_or("it cannot be evaluated");
    (line, column, said.to_owned())
}

/// The input while it is put together.
enum Tree {
    Group(BTreeMap<String, Tree>),
    Value(Rego),
}

impl Tree {
    fn into_rego(self) -> Rego {
        match self {
            Self::Value(value) => value,
            Self::Group(members) => {
                let all = members.into_iter().map(|(name, member)| (Rego::from(name), member.into_rego()));
                Rego::from(all.collect::<BTreeMap<_, _>>())
            }
        }
    }
}

fn place(input: &mut BTreeMap<String, Tree>, path: &[&str], value: Rego) {
    let Some((first, rest)) = path.split_first() else { return };
    if rest.is_empty() {
        input.entry((*first).to_owned()).or_insert(Tree::Value(value));
        return;
    }
    let member = input.entry((*first).to_owned()).or_insert_with(|| Tree::Group(BTreeMap::new()));
    if let Tree::Group(members) = member {
        place(members, rest, value);
    }
}

fn look_in<'t>(input: &'t BTreeMap<String, Tree>, path: &[String]) -> Option<&'t Rego> {
    let (first, rest) = path.split_first()?;
    match (input.get(first)?, rest) {
        (Tree::Value(value), []) => Some(value),
        (Tree::Group(members), rest) => look_in(members, rest),
        (Tree::Value(_), _) => None,
    }
}

fn kind(value: &Rego) -> &'static str {
    match value {
        Rego::Bool(_) => "boolean",
        Rego::Number(_) => "number",
        Rego::String(_) => "text",
        Rego::Array(_) => "list",
        Rego::Object(_) => "map",
        _ => "null",
    }
}

impl Literal {
    fn name(self) -> &'static str {
        match self {
            Self::Number => "number",
            Self::Text => "text",
            Self::Bool => "boolean",
        }
    }

    fn is(self, kind: &str) -> bool {
        self.name() == kind
    }
}

fn rego(value: &Value) -> Rego {
    match value {
        Value::Null => Rego::Null,
        Value::Bool(yes) => Rego::from(*yes),
        Value::Integer(number) => Rego::from(*number),
        // Exact: regorus reads a number from its digits.
        Value::Decimal(number) => Rego::from_numeric_string(&number.to_string()).unwrap_or(Rego::Undefined),
        Value::Text(text) => Rego::from(text.to_string()),
        Value::List(items) => Rego::from(items.iter().map(rego).collect::<Vec<_>>()),
        Value::Map(members) => {
            let all = members.iter().map(|(name, member)| (Rego::from(name.to_string()), rego(member)));
            Rego::from(all.collect::<BTreeMap<_, _>>())
        }
    }
}

#[cfg(test)]
mod tests;
