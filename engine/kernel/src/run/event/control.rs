//! What token bodies decide beside steps: throws, values, scripts, decision tables.
//!
//! **Absent on purpose:** facts; all of these follow from others and are made again by replay.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::ask::{Answer, Wrong};
use crate::id::{Digest, Name, StepRef};
use crate::value::Value;

/// Something was thrown inside the run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EventThrown {
    /// The catch that takes an error or escalation; absent where nothing does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub caught_by: Option<StepRef>,
    /// How many catches a message or signal reached.
    #[serde(default, skip_serializing_if = "is_zero")]
    pub reached: u32,
    /// The step that threw.
    pub step: StepRef,
    /// What.
    pub what: Contents,
}

/// What was thrown.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Contents {
    /// An error with this code.
    Error(Name),
    /// An escalation with this code.
    Escalation(Name),
    /// A message.
    Message {
        /// Its correlation key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Name>,
        /// Its name.
        name: Name,
    },
    /// A signal of this name.
    Signal(Name),
    /// The end of the scope.
    Termination,
}

/// An expression that was asked for a value, and what it answered.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ValueAsked {
    /// The answer.
    pub answer: Answer,
    /// Name and version of the engine.
    pub engine: Name,
    /// Digest of the expression's text.
    pub expression: Digest,
    /// What the value is for.
    pub purpose: Purpose,
    /// The step.
    pub step: StepRef,
}

/// What a value is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// A value that a round leaves in a list.
    Collect,
    /// The correlation key of a message.
    Key,
    /// The number of rounds, or the list they go over.
    Rounds,
    /// When a timer is due.
    Timer,
}

/// A script that was run.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ScriptRun {
    /// Name and version of the engine.
    pub engine: Name,
    /// Digest of the script's text.
    pub script: Digest,
    /// Variables it set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<Name, Value>,
    /// The step.
    pub step: StepRef,
    /// Why it could not be run to its end; then it set nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<Wrong>,
}

/// A decision table that was asked.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DecisionTaken {
    /// Name and version of the engine that answered the tests.
    pub engine: Name,
    /// The rules that matched, from 1.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub rules: Vec<u32>,
    /// Variables it set.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub set: BTreeMap<Name, Value>,
    /// The step.
    pub step: StepRef,
    /// Why there is no decision; then it set nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub wrong: Option<Wrong>,
}

fn is_zero(number: &u32) -> bool {
    *number == 0
}
