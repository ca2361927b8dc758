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

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Number, Value as Json};

use dod_kernel::id::Name;
use dod_kernel::run::{IncidentKind, Outcome};
use dod_kernel::value::Value;
use dod_kernel::workflow::Kind;

use crate::story::{Phase, Step, Story};

/// Values inside values are followed so deep; deeper ones become their text.
const DEPTH_MAX: usize = 32;

/// What a simulation came to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Simulation {
    /// `completed`, `waiting`, `failed` or `error`.
    pub state: &'static str,
    /// How often each node was completed, by its name.
    #[schemars(with = "BTreeMap<String, u64>")]
    pub completed: BTreeMap<Name, u64>,
    /// The names of completed nodes, in the order of completion.
    #[schemars(with = "Vec<String>")]
    pub sequence: Vec<Name>,
    /// What waits: steps, and joins whose tokens cannot come.
    #[schemars(with = "Vec<String>")]
    pub waiting: Vec<Name>,
    /// Variables of the run's own scope at the end.
    #[schemars(with = "BTreeMap<String, Json>")]
    pub variables: BTreeMap<Name, Json>,
}

impl Simulation {
    /// From a run that was simulated, finished or not.
    pub fn of(story: &Story) -> Self {
        let mut done: Vec<(u64, &Name)> = story
            .steps
            .iter()
            .filter_map(|step| {
                let settled = step.settled.as_ref()?;
                let good = matches!(settled.outcome, Outcome::Passed | Outcome::Finished);
                good.then_some((settled.order, &step.name))
            })
            .collect();
        done.sort_unstable();
        let sequence: Vec<Name> = done.into_iter().map(|(_, name)| name.clone()).collect();
        let mut completed = BTreeMap::new();
        for name in &sequence {
            *completed.entry(name.clone()).or_default() += 1;
        }
        let open = story.steps.iter().filter(|step| is_waiting(story, step));
        let mut waiting: Vec<Name> = open.map(|step| step.name.clone()).collect();
        waiting.extend(story.stuck.iter().cloned());
        Self {
            state: state(story, &waiting),
            completed,
            sequence,
            waiting,
            variables: story.variables.iter().map(|(name, value)| (name.clone(), json(value, 0))).collect(),
        }
    }
}

/// A step that nobody said the end of waits too: a scenario may leave a task open.
fn is_waiting(story: &Story, step: &Step) -> bool {
    let is_call = story.node(step).is_some_and(|node| matches!(node.kind, Kind::Call(_)));
    step.settled.is_none() && !matches!(step.phase, Phase::Settled) && !is_call
}

fn state(story: &Story, waiting: &[Name]) -> &'static str {
    let broken = |what: &IncidentKind| !matches!(what, IncidentKind::TaskFailed);
    if story.incidents.iter().any(|incident| broken(&incident.what)) || !story.limits.is_empty() {
        return "error";
    }
    if !waiting.is_empty() {
        return "waiting";
    }
    let allowed = |step: &Step| story.node(step).is_some_and(|node| node.allow_failure);
    let any = |outcome: Outcome| {
        let of = |step: &Step| step.settled.as_ref().is_some_and(|settled| settled.outcome == outcome);
        story.steps.iter().any(|step| of(step) && !allowed(step))
    };
    if any(Outcome::Failed) {
        "failed"
    } else if any(Outcome::Undecided) || !story.incidents.is_empty() {
        "error"
    } else {
        "completed"
    }
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
