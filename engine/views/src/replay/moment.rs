//! A run as it stood behind one event: every step, what was owed and waited for, variables, the verdict so far.
//!
//! **Absent on purpose:** what came later.

use std::collections::{BTreeMap, BTreeSet};

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use dod_kernel::id::{Name, NodeId};
use dod_kernel::policy::State;
use dod_kernel::run::{Effect, Run};

use super::decision::is_told;
use crate::look::{Look, Paint, clean, clean_line};
use crate::object::WaitingObject;
use crate::story::{Step, Story};
use crate::{simulation, summary, time, words};

/// Steps that are listed each way; a workflow may have a million.
const STEPS_MAX: usize = 10_000;
/// Characters of a variable that a line shows.
const VARIABLE_CHARS_MAX: usize = 100;

/// A run behind one event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Moment {
    /// The number of the event.
    pub seq: u64,
    /// Its time.
    pub at: String,
    /// Its time.
    pub at_ms: i64,
    /// `passed`, `failed` or `undecided`; `waiting` or `running` before the verdict.
    pub state: &'static str,
    /// What the verdict could be at best: `passed`, `failed` or `undecided`.
    pub at_best: &'static str,
    /// Steps, those that were heard of first, then those that were not reached.
    pub steps: Vec<StepAt>,
    /// Steps that are not listed, because there are very many.
    pub steps_not_listed: u64,
    /// What was owed to the run.
    pub outstanding: Vec<OwedAt>,
    /// What it waited for.
    pub waiting: Vec<WaitingObject>,
    /// The timer that was due first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_timer: Option<String>,
    /// Variables of the run's own scope.
    #[schemars(with = "BTreeMap<String, Json>")]
    pub variables: BTreeMap<Name, Json>,
}

/// A step behind that event.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct StepAt {
    /// Its name, with its round.
    pub name: String,
    /// What it is: `gate`, `command`, `approval`, …
    pub kind: &'static str,
    /// How it stood: `ready`, `running`, …, `passed`; `not_reached` where nothing was heard of it.
    pub standing: &'static str,
    /// Attempts so far.
    pub attempts: u64,
    /// What it came to, or waits for.
    pub text: String,
}

/// Something that was owed to the run, or under way.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct OwedAt {
    /// `start`, `stop`, `end` (an attempt that was under way) or `digest_tree`.
    pub what: &'static str,
    /// The step.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub step: Option<Name>,
    /// Which attempt, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub attempt: Option<u32>,
}

impl Moment {
    /// Of a run and its story, both behind event `seq`.
    pub fn of(run: &Run, story: &Story, seq: u64) -> Self {
        let heard: BTreeSet<NodeId> = story.steps.iter().map(|step| step.id.node).collect();
        let told = story.shown().map(|step| step_at(story, step));
        let nodes = (0u32..).map(NodeId).zip(story.workflow.nodes());
        let silent = nodes.filter(|(id, node)| is_told(&node.kind) && !heard.contains(id));
        let silent = silent.map(|(_, node)| StepAt {
            name: clean_line(&node.name),
            kind: words::kind_of_step(node),
            standing: "not_reached",
            attempts: 0,
            text: String::new(),
        });
        let mut all = told.chain(silent);
        let steps: Vec<StepAt> = all.by_ref().take(STEPS_MAX).collect();
        let steps_not_listed = all.count() as u64;
        let at_best = match (run.verdict(), run.at_best()) {
            (Some(verdict), _) => verdict.state.word(),
            (None, None) => State::Passed.word(),
            (None, Some(state)) => state.word(),
        };
        let variables = run.variables().into_iter().flatten();
        Self {
            seq,
            at: time::rfc3339(story.last_at),
            at_ms: story.last_at.0,
            state: story.state(),
            at_best,
            steps,
            steps_not_listed,
            outstanding: owed(run),
            waiting: story.waiting().map(|step| WaitingObject::of(story, step)).collect(),
            next_timer: run.next_timer().map(|(due, _)| time::rfc3339(due)),
            variables: variables.map(|(name, value)| (name.clone(), simulation::json(value, 0))).collect(),
        }
    }

    /// For people.
    pub fn render(&self, look: Look) -> String {
        let mut lines = vec![look.paint(Paint::Strong, &format!("behind event {}, {}", self.seq, self.at))];
        let verdict = match self.state {
            "running" | "waiting" => format!("{}; the verdict can at best be {}", self.state, self.at_best),
            state => format!("the verdict is {state}"),
        };
        lines.push(format!("  {verdict}"));
        lines.push("steps:".to_owned());
        let width = self.steps.iter().map(|step| step.name.chars().count()).max().unwrap_or(0).min(40);
        for step in &self.steps {
            let StepAt { name, kind, standing, attempts, text } = step;
            let standing = standing.replace('_', " ");
            let tries = match attempts {
                0 | 1 => String::new(),
                many => format!("{many} attempts"),
            };
            let rest = [tries, text.clone()];
            let rest: Vec<&str> = rest.iter().map(String::as_str).filter(|part| !part.is_empty()).collect();
            lines.push(format!("  {standing:14}  {name:width$}  {kind:8}  {}", rest.join(", ")));
        }
        if self.steps_not_listed > 0 {
            lines.push(format!("  and {}", words::count(self.steps_not_listed, "more step", "more steps")));
        }
        lines.push("outstanding:".to_owned());
        if self.outstanding.is_empty() {
            lines.push("  nothing".to_owned());
        }
        lines.extend(self.outstanding.iter().map(|owed| format!("  {}", owed.text())));
        for waiting in &self.waiting {
            lines.push(format!("  `{}` waits for {}", waiting.step, waiting.text));
        }
        lines.extend(self.next_timer.iter().map(|due| format!("  the next timer is due {due}")));
        if !self.variables.is_empty() {
            lines.push("variables:".to_owned());
        }
        for (name, value) in &self.variables {
            let text: String = value.to_string().chars().take(VARIABLE_CHARS_MAX).collect();
            lines.push(format!("  {} = {text}", clean_line(name)));
        }
        let lines: Vec<String> = lines.iter().map(|line| line.trim_end().to_owned()).collect();
        clean(&(lines.join("\n") + "\n"), look.color)
    }
}

impl OwedAt {
    /// For people.
    pub fn text(&self) -> String {
        let attempt = self.attempt.unwrap_or(1);
        let step = self.step.as_ref().map(|step| clean_line(step)).unwrap_or_default();
        match self.what {
            "start" => format!("to start: `{step}` attempt {attempt}"),
            "stop" => format!("to end early: `{step}` attempt {attempt}"),
            "end" => format!("under way: `{step}` attempt {attempt}"),
            _ => "to digest: the tree".to_owned(),
        }
    }
}

fn step_at(story: &Story, step: &Step) -> StepAt {
    StepAt {
        name: summary::label(step),
        kind: story.node(step).map_or("step", words::kind_of_step),
        standing: step.standing().key(),
        attempts: step.attempts.len() as u64,
        text: words::result(story, step),
    }
}

fn owed(run: &Run) -> Vec<OwedAt> {
    let name = |node: NodeId| run.workflow().nodes().get(node.index()).map(|node| node.name.clone());
    let effects = run.outstanding().into_iter().map(|effect| match effect {
        Effect::Start { attempt, step } => {
            OwedAt { what: "start", step: name(step.node), attempt: Some(attempt) }
        }
        Effect::Stop { attempt, step, .. } => {
            OwedAt { what: "stop", step: name(step.node), attempt: Some(attempt) }
        }
        Effect::DigestTree => OwedAt { what: "digest_tree", step: None, attempt: None },
    });
    let effects: Vec<OwedAt> = effects.collect();
    let stopping =
        |step: Option<&Name>| effects.iter().any(|owed| owed.what == "stop" && owed.step.as_ref() == step);
    let under_way = run.in_flight().map(|(step, attempt)| OwedAt {
        what: "end",
        step: name(step.node),
        attempt: Some(attempt),
    });
    let under_way: Vec<OwedAt> = under_way.filter(|owed| !stopping(owed.step.as_ref())).collect();
    under_way.into_iter().chain(effects).collect()
}
