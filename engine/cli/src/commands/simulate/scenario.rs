//! The scenario of a simulation: JSON → what happens, each mistake with its place.
//!
//! Keys that mean nothing here are told and left alone: files of other programs carry their expectations along.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use dod_kernel::decimal::Decimal;
use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::Node;
use serde::Deserialize;

/// Steps that one scenario may have.
pub(crate) const STEPS_MAX: usize = 10_000;
/// The longest that a scenario may move the clock at once: a thousand years.
const ADVANCE_SECONDS_MAX: f64 = 31_557_600_000.0;
/// Keys that are known.
const KEYS: [&str; 8] =
    ["process_id", "variables", "facts", "changed", "left_out", "outcomes", "task_outputs", "steps"];
/// What the element of a round ends with.
const ROUND: &str = "#child";
/// Words that start something.
const WORDS: [&str; 4] = ["run", "advance", "send", "answer"];

/// What happens in a simulation.
#[derive(Clone, Debug)]
pub(crate) struct Scenario {
    pub(crate) variables: BTreeMap<Name, Value>,
    pub(crate) facts: BTreeMap<Name, Value>,
    pub(crate) changed: Option<Vec<Name>>,
    pub(crate) left_out: Vec<Name>,
    outcomes: BTreeMap<Name, Vec<State>>,
    outputs: BTreeMap<Name, BTreeMap<Name, Value>>,
    pub(crate) steps: Vec<Happening>,
}

/// How a step ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum State {
    Passed,
    Failed,
    Undecided,
    Timeout,
    /// Left out, as by a flag.
    Skipped,
}

/// One step of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Happening {
    /// Goes on until nothing moves; with `auto` people say yes.
    Run { auto: bool },
    /// Moves the clock.
    Advance { ms: u64 },
    /// Sends a message or a signal.
    Send { what: SentAs, name: Name, key: Option<Name>, set: BTreeMap<Name, Value> },
    /// Somebody answers an approval.
    Answer { step: Name, accept: bool, by: Name, set: BTreeMap<Name, Value> },
}

/// What is wrong with a scenario, and where.
#[derive(Debug)]
pub(crate) struct Fault {
    pub(crate) at: Range<usize>,
    pub(crate) message: String,
    pub(crate) hint: Option<String>,
}

impl Default for Scenario {
    fn default() -> Self {
        Self {
            variables: BTreeMap::new(),
            facts: BTreeMap::new(),
            changed: None,
            left_out: Vec::new(),
            outcomes: BTreeMap::new(),
            outputs: BTreeMap::new(),
            steps: vec![Happening::Run { auto: true }],
        }
    }
}

impl Scenario {
    /// How an attempt of a step ends; the last one that is said holds for all after it.
    pub(crate) fn outcome(&self, step: &Node, attempt: u32) -> State {
        let states = of(&self.outcomes, step).map(Vec::as_slice).unwrap_or_default();
        let at = (attempt.max(1) - 1) as usize;
        states.get(at).or(states.last()).copied().unwrap_or(State::Passed)
    }

    /// What a step writes for others.
    pub(crate) fn outputs(&self, step: &Node) -> impl Iterator<Item = (&Name, &Value)> {
        of(&self.outputs, step).into_iter().flatten()
    }

    /// Names of the steps that are left out.
    pub(crate) fn skipped(&self, nodes: &[Node]) -> Vec<Name> {
        let out = |node: &&Node| {
            of(&self.outcomes, node).is_some_and(|states| states.contains(&State::Skipped))
                || self.left_out.iter().any(|left| is_called(node, left))
        };
        nodes.iter().filter(out).map(|node| node.name.clone()).collect()
    }
}

/// What is said of a step: by the id of its element, by its name, else by that of the matrix or activity whose round
/// it is.
fn of<'m, T>(map: &'m BTreeMap<Name, T>, step: &Node) -> Option<&'m T> {
    if map.is_empty() {
        return None;
    }
    words(step).find_map(|word| map.get(word))
}

/// Whether a step is meant by this word.
pub(crate) fn is_called(step: &Node, word: &str) -> bool {
    words(step).any(|own| own == word)
}

/// Everything that a step may be called by.
fn words(step: &Node) -> impl Iterator<Item = &str> {
    let element = step.element.as_ref().map(Name::as_str);
    let round = element.and_then(|element| element.strip_suffix(ROUND));
    element.into_iter().chain(round).chain([step.name.as_str(), base(&step.name)])
}

/// `test` of `test[os=linux]`.
fn base(step: &str) -> &str {
    step.split('[').next().unwrap_or(step)
}

type Json = serde_json::Value;

/// The file as it is written.
#[derive(Deserialize)]
struct Written {
    #[serde(default)]
    variables: BTreeMap<String, Json>,
    #[serde(default)]
    facts: BTreeMap<String, Json>,
    #[serde(default)]
    changed: Option<Vec<String>>,
    #[serde(default)]
    left_out: Vec<String>,
    #[serde(default)]
    outcomes: BTreeMap<String, WrittenOutcome>,
    #[serde(default)]
    task_outputs: BTreeMap<String, BTreeMap<String, Json>>,
    #[serde(default)]
    steps: Option<Vec<WrittenStep>>,
    #[serde(default)]
    process_id: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenOutcome {
    #[serde(deserialize_with = "one_or_many")]
    state: Vec<State>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenStep {
    #[serde(rename = "do")]
    word: String,
    auto: Option<bool>,
    seconds: Option<f64>,
    #[serde(rename = "type")]
    kind: Option<SentAs>,
    name: Option<String>,
    key: Option<String>,
    #[serde(default)]
    set: BTreeMap<String, Json>,
    step: Option<String>,
    accept: Option<bool>,
    by: Option<String>,
}

/// What is sent.
#[derive(Clone, Copy, Debug, PartialEq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum SentAs {
    /// One that waits for it takes it.
    Message,
    /// Everything that waits for it hears it.
    Signal,
}

/// `"failed"` or `["failed", "passed"]`, without guessing that loses the place of an error.
fn one_or_many<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Vec<State>, D::Error> {
    struct States;
    impl<'de> serde::de::Visitor<'de> for States {
        type Value = Vec<State>;
        fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str("`passed`, `failed`, `undecided`, `timeout`, `skipped`, or a list of these")
        }
        fn visit_str<E: serde::de::Error>(self, word: &str) -> Result<Self::Value, E> {
            let one = serde::de::value::StrDeserializer::<E>::new(word);
            State::deserialize(one).map(|state| vec![state])
        }
        fn visit_seq<A: serde::de::SeqAccess<'de>>(self, mut items: A) -> Result<Self::Value, A::Error> {
            let mut all = Vec::new();
            while let Some(state) = items.next_element()? {
                all.push(state);
            }
            Ok(all)
        }
    }
    deserializer.deserialize_any(States)
}

/// Reads a scenario. The texts are what is odd about it and harmless. `nodes`: the steps of the workflow.
pub(crate) fn read(text: &str, nodes: &[Node]) -> Result<(Scenario, Vec<String>), Fault> {
    let written: Written = serde_json::from_str(text).map_err(|error| located(text, &error))?;
    let whole: Json = serde_json::from_str(text).map_err(|error| located(text, &error))?;
    let mut notes: Vec<String> = Vec::new();
    let keys = whole.as_object().into_iter().flatten().map(|(key, _)| key.as_str());
    for key in keys.filter(|key| !KEYS.contains(key)) {
        notes.push(format!("`{key}` means nothing here and is left alone"));
    }
    let Written { process_id: _, variables, facts, changed, left_out, outcomes, task_outputs, steps } =
        written;
    let named = outcomes.keys().chain(task_outputs.keys()).chain(&left_out);
    let known: BTreeSet<&str> = nodes.iter().flat_map(words).collect();
    for name in named.filter(|name| !known.contains(name.as_str())) {
        let near = dod_notation::diagnose::closest(name, known.iter().copied());
        let near = near.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default();
        notes.push(format!("the workflow has no step `{name}`{near}"));
    }
    let steps = match steps {
        Some(steps) if steps.len() > STEPS_MAX => {
            return Err(Fault {
                at: at_key(text, "steps"),
                message: format!("more than {STEPS_MAX} steps"),
                hint: None,
            });
        }
        Some(steps) => {
            let one = |(at, step)| {
                happening(step).map_err(|(message, hint)| Fault {
                    at: at_step(text, at),
                    message: format!("step {} of the scenario {message}", at + 1),
                    hint,
                })
            };
            steps.into_iter().enumerate().map(one).collect::<Result<_, _>>()?
        }
        None => Scenario::default().steps,
    };
    let named = |(name, value): (String, Json)| (Name::from(name), value_of(&value));
    let scenario = Scenario {
        variables: variables.into_iter().map(named).collect(),
        facts: facts.into_iter().map(named).collect(),
        changed: changed.map(|paths| paths.into_iter().map(Name::from).collect()),
        left_out: left_out.into_iter().map(Name::from).collect(),
        outcomes: outcomes.into_iter().map(|(name, outcome)| (name.into(), outcome.state)).collect(),
        outputs: task_outputs
            .into_iter()
            .map(|(step, outputs)| (step.into(), outputs.into_iter().map(named).collect()))
            .collect(),
        steps,
    };
    Ok((scenario, notes))
}

/// The process that a scenario is about. A text that is no scenario says nothing here, and is told by [`read`].
pub(crate) fn process_of(text: &str) -> Option<String> {
    serde_json::from_str::<Written>(text).ok()?.process_id
}

/// What is wrong with one step, and what to do.
type StepFault = (String, Option<String>);

fn happening(step: WrittenStep) -> Result<Happening, StepFault> {
    let WrittenStep { word, auto, seconds, kind, name, key, set, step, accept, by } = step;
    let missing = |what: &str| (format!("needs `{what}`"), None);
    let set = || set.iter().map(|(name, value)| (Name::from(name.as_str()), value_of(value))).collect();
    match word.as_str() {
        "run" => Ok(Happening::Run { auto: auto.unwrap_or(true) }),
        "advance" => {
            let seconds = seconds.ok_or_else(|| missing("seconds"))?;
            if !(0.0..=ADVANCE_SECONDS_MAX).contains(&seconds) {
                return Err((format!("moves the clock by {seconds} seconds, which is not possible"), None));
            }
            Ok(Happening::Advance { ms: (seconds * 1000.0).round() as u64 })
        }
        "send" => {
            let name = name.ok_or_else(|| missing("name"))?;
            let what = kind.unwrap_or(SentAs::Message);
            Ok(Happening::Send { what, name: name.into(), key: key.map(Name::from), set: set() })
        }
        "answer" => {
            let step = step.ok_or_else(|| missing("step"))?;
            let by = by.unwrap_or_else(|| super::clock::PERSON.to_owned());
            Ok(Happening::Answer {
                step: step.into(),
                accept: accept.unwrap_or(true),
                by: by.into(),
                set: set(),
            })
        }
        other => {
            let near =
                dod_notation::diagnose::closest(other, WORDS).map(|near| format!("did you mean `{near}`?"));
            let hint = near.or_else(|| Some(format!("it can be one of {}", WORDS.join(", "))));
            Err((format!("says `{other}`, which is nothing that can happen"), hint))
        }
    }
}

fn located(text: &str, error: &serde_json::Error) -> Fault {
    let line_start: usize =
        text.split_inclusive('\n').take(error.line().saturating_sub(1)).map(str::len).sum();
    let at = (line_start + error.column().saturating_sub(1)).min(text.len());
    let at = (0..=at).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    let end = text[at..].chars().next().map_or(at, |char| at + char.len_utf8());
    let whole = error.to_string();
    let message = whole.split(" at line ").next().unwrap_or(&whole);
    Fault { at: at..end, message: format!("this is no scenario: {message}"), hint: None }
}

/// Where a key is written.
fn at_key(text: &str, key: &str) -> Range<usize> {
    let quoted = format!("\"{key}\"");
    text.find(&quoted).map_or(0..0, |at| at..at + quoted.len())
}

/// Where the word of a step is written: the `"do"` with this number behind `"steps"`.
fn at_step(text: &str, number: usize) -> Range<usize> {
    let from = at_key(text, "steps").end;
    let at = text[from..].match_indices("\"do\"").nth(number).map(|(at, _)| from + at);
    at.map_or(0..0, |at| {
        let end = text[at..].find(['\n', '}']).map_or(text.len(), |length| at + length);
        at..end
    })
}

/// JSON as a value of variables. Numbers are exact as far as JSON itself keeps them.
fn value_of(json: &Json) -> Value {
    match json {
        Json::Null => Value::Null,
        Json::Bool(yes) => Value::Bool(*yes),
        Json::Number(number) => match number.as_i64() {
            Some(whole) => Value::Integer(whole),
            None => {
                let text = number.to_string();
                let parsed = text.parse().ok().or_else(|| Decimal::from_text_of_float(&text));
                parsed.map_or_else(|| Value::text(text.as_str()), Value::Decimal)
            }
        },
        Json::String(text) => Value::text(text.as_str()),
        Json::Array(items) => Value::List(items.iter().map(value_of).collect()),
        Json::Object(entries) => Value::Map(
            entries.iter().map(|(name, value)| (Name::from(name.as_str()), value_of(value))).collect(),
        ),
    }
}
