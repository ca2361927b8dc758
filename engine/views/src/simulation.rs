//! The result of `dod simulate`: how far a workflow came, in which order, and what it waits for.
//!
//! ```text
//!   completed   it came to its end
//!   waiting     something waits for people, a message or time; or tokens wait at a join for what cannot come
//!   failed      it came to its end with a failed step
//!   error       a node could not go on: no condition holds, an expression is wrong or its answer not known
//! ```
//!
//! **Absent on purpose:** verdicts. A simulation runs nothing that could be judged.

mod fold;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Number, Value as Json};

use dod_kernel::id::Name;
use dod_kernel::value::Value;

pub use fold::{Fold, Open, OpenPhase};

/// Values inside values are followed so deep; deeper ones become their text.
const DEPTH_MAX: usize = 32;

/// What a simulation came to.
///
/// Nodes of a diagram are called by the ids of their elements, others by their names. `X#child` are the rounds of a
/// multi-instance or loop activity `X`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Simulation {
    /// `completed`, `waiting`, `failed` or `error`.
    pub state: &'static str,
    /// How often each node was completed, by its name. Nodes of called workflows are counted together with the others.
    #[schemars(with = "BTreeMap<String, u64>")]
    pub completed: BTreeMap<Name, u64>,
    /// How often each node was ended before it came to its own end.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    #[schemars(with = "BTreeMap<String, u64>")]
    pub cancelled: BTreeMap<Name, u64>,
    /// The names of completed nodes, in the order of completion.
    #[schemars(with = "Vec<String>")]
    pub sequence: Vec<Name>,
    /// The sequence grew too long: from its bound on it has only the first completion of each node.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub sequence_cut: bool,
    /// What waits: steps, and joins whose tokens cannot come.
    #[schemars(with = "Vec<String>")]
    pub waiting: Vec<Name>,
    /// What is waited for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub waiting_events: Vec<WaitedFor>,
    /// What went wrong, in words.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub troubles: Vec<String>,
    /// Variables of the run's own scope at the end.
    #[schemars(with = "BTreeMap<String, Json>")]
    pub variables: BTreeMap<Name, Json>,
}

/// An event that a simulation waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WaitedFor {
    /// `message`, `signal`, `timer`, `answer` or `task`.
    pub event_type: &'static str,
    /// The name of the message or signal, else of the node.
    #[schemars(with = "String")]
    pub name: Name,
    /// The node that waits.
    #[schemars(with = "String")]
    pub node: Name,
    /// When its time is up, in milliseconds of the simulation's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub due_ms: Option<i64>,
}

/// Variables as plain JSON.
pub fn variables(all: &BTreeMap<Name, Value>) -> BTreeMap<Name, Json> {
    all.iter().map(|(name, value)| (name.clone(), json(value, 0))).collect()
}

/// A value as plain JSON. A decimal that JSON numbers cannot hold becomes its text.
pub fn json(value: &Value, depth: usize) -> Json {
    if depth > DEPTH_MAX {
        return Json::String(crate::words::value(value));
    }
    match value {
        Value::Bool(yes) => Json::Bool(*yes),
        Value::Integer(number) => Json::Number((*number).into()),
        Value::Decimal(number) => {
            let text = number.to_string();
            let short = text.bytes().filter(u8::is_ascii_digit).count() <= 15;
            let parsed = text.parse::<f64>().ok().filter(|_| short).and_then(Number::from_f64);
            match (number.as_integer(), parsed) {
                (Some(whole), _) => Json::Number(whole.into()),
                (None, Some(number)) => Json::Number(number),
                (None, None) => Json::String(text),
            }
        }
        Value::Text(text) => Json::String(text.to_string()),
        Value::List(all) => Json::Array(all.iter().map(|one| json(one, depth + 1)).collect()),
        Value::Map(all) => {
            Json::Object(all.iter().map(|(name, one)| (name.to_string(), json(one, depth + 1))).collect())
        }
        Value::Null => Json::Null,
    }
}
