//! What token bodies know beside steps: catching and throwing, rounds, decision tables, variables of scopes
//! (BPMN 2.0.2, clauses 10.3.3, 10.5 and 13).
//!
//! **Absent on purpose:** how any of it runs; BPMN's words where the field has a plainer one.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::ask::Expression;
use crate::id::{BodyId, Name, NodeId};
use crate::value::Value;
use crate::workflow::{Kind, Parts};

/// A value that the definition gives, or an expression that is asked for it when it is needed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    /// Asked in the scope of the node.
    Expression(Arc<Expression>),
    /// As written.
    Value(Value),
}

/// What a scope sees of the variables around it, and what becomes of those that are set in it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Variables {
    /// It is a part of the scope around it: names that it does not declare are looked up and set there
    /// (BPMN embedded sub-processes).
    Around,
    /// It begins with a copy, and what is set in it ends with it (calls of YAML workflows).
    #[default]
    Copied,
    /// It sees those around it; what is set in it stays there, and is set around it when it ends well
    /// (BPMN called processes).
    Returned,
}

impl Variables {
    /// For serde: what is left out.
    pub(super) fn is_default(&self) -> bool {
        *self == Self::default()
    }
}

/// Waits for something to happen.
///
/// Without a host it stands in the flow: its token waits. With one it stands beside it, takes no token and is armed as
/// long as its host is at work.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Catch {
    /// What it stands beside.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub host: Option<Host>,
    /// Triggered, it ends its host and takes over its token; otherwise it brings a token of its own.
    pub interrupts: bool,
    /// What it waits for.
    pub trigger: Trigger,
}

/// What a catch stands beside.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Host {
    /// An activity of the same body (BPMN boundary events).
    Node(NodeId),
    /// The whole scope (BPMN event sub-processes).
    Scope,
}

/// What a catch waits for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trigger {
    /// An error with this code, or any. Only beside a host.
    Error(Option<Name>),
    /// An escalation with this code, or any. Only beside a host.
    Escalation(Option<Name>),
    /// A message.
    Message {
        /// The correlation key that it must carry, where one is asked for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Given>,
        /// Its name.
        name: Name,
    },
    /// A signal of this name.
    Signal(Name),
    /// Time: an ISO 8601 duration, date or repeating interval.
    Timer(Given),
}

/// Makes something happen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Throw {
    /// An error with this code; the token ends.
    Error(Name),
    /// An escalation with this code.
    Escalation(Name),
    /// A message, to whatever waits for it in this run.
    Message {
        /// Its correlation key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        key: Option<Given>,
        /// Its name.
        name: Name,
    },
    /// A signal, to everything that waits for it in this run.
    Signal(Name),
    /// The scope ends here and now, and ends well.
    Terminate,
}

/// Opens a scope over a body for each round.
///
/// Every scope has `loopCounter`, from 1, and around it stand `numberOfInstances`, `numberOfActiveInstances`,
/// `numberOfCompletedInstances` and `numberOfTerminatedInstances` (BPMN 2.0.2, table 10.31).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Repeat {
    /// What each round runs.
    pub body: BodyId,
    /// What is kept of each round.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub collect: Option<Collect>,
    /// The variable that holds a round's element.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub element: Option<Name>,
    /// Asked when a round has ended; true ends the rounds that are open and opens no more.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub enough: Option<Arc<Expression>>,
    /// How many rounds, or over what.
    pub over: Over,
    /// All rounds are opened at once, else one after the other.
    pub parallel: bool,
}

/// How many rounds there are.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// So many, a whole number.
    Count(Given),
    /// One for each element of a list.
    Elements(Given),
    /// As long as the condition holds (BPMN standard loops). Never parallel.
    While {
        /// Asked before the first round as well, else after each.
        before: bool,
        /// Where it is absent, only `max` ends the rounds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        condition: Option<Arc<Expression>>,
        /// The most rounds.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        max: Option<u32>,
    },
}

/// A list of a value from each round that has ended well, in the order of the rounds. It is set when the last one has ended.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Collect {
    /// The value, asked in the round's scope at its end.
    pub each: Given,
    /// The variable around the rounds that holds the list.
    pub into: Name,
}

/// A decision table (DMN 1.3, clause 8) whose tests are expressions. Where no rule matches the result is null: every
/// output is, or what takes them all.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Decision {
    /// What it means that several rules match.
    pub hit: Hit,
    /// The variable that takes the outputs as a map, or the single output; absent: each output is a variable.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<Name>,
    /// In the order of the table.
    pub rules: Vec<DecisionRule>,
}

/// What several matching rules mean (DMN 1.3, clause 8.2.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Hit {
    /// They must all say the same.
    Any,
    /// The first counts.
    First,
    /// There must not be several.
    Unique,
}

/// A rule of a decision table.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecisionRule {
    /// Its outputs.
    pub set: BTreeMap<Name, Given>,
    /// When it matches; absent: always.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub when: Option<Arc<Expression>>,
}

/// Catches that have a host, by host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Catches {
    beside: BTreeMap<NodeId, Vec<NodeId>>,
    of_scope: BTreeMap<BodyId, Vec<NodeId>>,
}

impl Catches {
    pub(super) fn of(parts: &Parts, body_of: &[BodyId]) -> Self {
        let mut found = Self::default();
        for ((at, node), body) in (0u32..).zip(&parts.nodes).zip(body_of) {
            let Kind::Catch(catch) = &node.kind else { continue };
            match catch.host {
                Some(Host::Node(host)) => found.beside.entry(host).or_default().push(NodeId(at)),
                Some(Host::Scope) => found.of_scope.entry(*body).or_default().push(NodeId(at)),
                None => {}
            }
        }
        found
    }

    pub(super) fn beside(&self, host: NodeId) -> &[NodeId] {
        self.beside.get(&host).map_or(&[], Vec::as_slice)
    }

    pub(super) fn of_scope(&self, body: BodyId) -> &[NodeId] {
        self.of_scope.get(&body).map_or(&[], Vec::as_slice)
    }
}
