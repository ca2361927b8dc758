//! A log as text: what was said on the left, what happened on the right.

use std::collections::BTreeMap;

use crate::ask::Answer;
use crate::id::Name;
use crate::run::tests::Batch;
use crate::run::*;
use crate::value::Value;

pub(super) fn log(batches: &[Batch]) -> String {
    let width = batches.iter().map(|batch| batch.said.len()).max().unwrap_or(0).min(24);
    let mut text = String::new();
    for batch in batches {
        let mut said = batch.said.as_str();
        if batch.events.is_empty() {
            text.push_str(said);
            text.push('\n');
        }
        for event in &batch.events {
            text.push_str(format!("{said:width$}  {}", line(event)).trim_end());
            text.push('\n');
            said = "";
        }
    }
    text
}

fn names(set: &BTreeMap<Name, Value>) -> String {
    set.iter().map(|(name, value)| format!("{name}={}", snake(value))).collect::<Vec<_>>().join(" ")
}

pub(super) fn snake(value: &impl serde::Serialize) -> String {
    match serde_json::to_value(value).unwrap() {
        serde_json::Value::String(word) => word.replace('_', " "),
        serde_json::Value::Object(map) => {
            let (word, rest) = map.into_iter().next().unwrap();
            let rest = rest.as_str().map_or_else(|| rest.to_string(), str::to_owned);
            format!("{} {}", word.replace('_', " "), rest.replace('_', " "))
        }
        other => other.to_string(),
    }
}

fn line(event: &Event) -> String {
    match event {
        Event::RunStarted(_) => "run started".into(),
        Event::StepReady { attempt: 1, step } => format!("step ready: {}", name(step)),
        Event::StepReady { attempt, step } => format!("step ready: {} (attempt {attempt})", name(step)),
        Event::AttemptEnded(ended) => format!("attempt ended: {} ({})", name(&ended.step), end(ended)),
        Event::AttemptIgnored { step, .. } => format!("attempt ignored: {}", name(step)),
        Event::AttemptStopping { step, why, .. } => {
            format!("attempt stopping: {}, {}", name(step), snake(why))
        }
        Event::GateJudged(judged) => format!("gate judged: {} {}", name(&judged.step), snake(&judged.state)),
        Event::StepSettled(settled) => settle(settled),
        Event::StepWaiting { due, key, step } => {
            let due = due.map(|due| format!(" until {}", due.0)).unwrap_or_default();
            let key = key.as_ref().map(|key| format!(" for {key}")).unwrap_or_default();
            format!("step waiting: {}{key}{due}", name(step))
        }
        Event::EventThrown(thrown) => {
            let what = match &thrown.what {
                Contents::Error(code) => format!("error {code}"),
                Contents::Escalation(code) => format!("escalation {code}"),
                Contents::Message { key, name } => {
                    format!(
                        "message {name}{}",
                        key.as_ref().map(|key| format!(" for {key}")).unwrap_or_default()
                    )
                }
                Contents::Signal(name) => format!("signal {name}"),
                Contents::Termination => "termination".into(),
            };
            let by =
                thrown.caught_by.as_ref().map(|by| format!(", caught by {}", name(by))).unwrap_or_default();
            let reached =
                if thrown.reached > 0 { format!(", reaches {}", thrown.reached) } else { String::new() };
            format!("thrown: {what} by {}{by}{reached}", name(&thrown.step))
        }
        Event::SignalReceived { name, .. } => format!("signal received: {name}"),
        Event::ValueAsked(asked) => match &asked.answer {
            Answer::Value(value) => {
                format!("value asked: {} {}: {}", name(&asked.step), snake(&asked.purpose), snake(value))
            }
            Answer::Unknown(_) => {
                format!("value asked: {} {}: unknown", name(&asked.step), snake(&asked.purpose))
            }
            Answer::Wrong(wrong) => format!("value asked: {}: wrong ({})", name(&asked.step), wrong.message),
        },
        Event::ScriptRun(ran) => match &ran.wrong {
            Some(wrong) => format!("script run: {}: wrong ({})", name(&ran.step), wrong.message),
            None => format!("script run: {} sets {}", name(&ran.step), names(&ran.set)),
        },
        Event::DecisionTaken(taken) => match &taken.wrong {
            Some(wrong) => format!("decision taken: {}: wrong ({})", name(&taken.step), wrong.message),
            None => format!(
                "decision taken: {} by rules {:?} sets {}",
                name(&taken.step),
                taken.rules,
                names(&taken.set)
            ),
        },
        Event::VariablesContested { names, step } => {
            let names: Vec<&str> = names.iter().map(Name::as_str).collect();
            format!("variables contested: {} by {}", names.join(", "), name(step))
        }
        Event::StepHeld { step } => format!("step held: {}", name(step)),
        Event::RetryScheduled { attempt, due, step } => {
            format!("retry scheduled: {} (attempt {attempt}) at {}", name(step), due.0)
        }
        Event::TimerFired { timer } => match timer {
            Timer::Run => "timer fired: run".into(),
            Timer::Attempt(_) => "timer fired: attempt".into(),
            Timer::Retry(_) => "timer fired: retry".into(),
            Timer::Wait(_) => "timer fired: wait".into(),
        },
        Event::ConditionAsked(asked) => {
            let answer = match asked.answer.clone().truth() {
                Ok(Some(yes)) => yes.to_string(),
                Ok(None) => "unknown".into(),
                Err(wrong) => format!("wrong ({})", wrong.message),
            };
            let edge = asked.edge.map(|edge| format!(" edge {}", edge.0)).unwrap_or_default();
            format!("condition asked: {}{edge}: {answer}", name(&asked.step))
        }
        Event::Answered(answered) => {
            let word = if answered.accept { "yes" } else { "no" };
            let proved = if answered.by.proved { " (proved)" } else { "" };
            format!("answered: {} {word} by {}{proved}", name(&answered.step), answered.by.name)
        }
        Event::AnswerRefused { by, step, why } => {
            format!("answer refused: {} by {}: {}", name(step), by.name, snake(why))
        }
        Event::JudgeTaken(taken) => {
            format!("judge taken: {} {}", name(&taken.step), snake(&taken.verdict.state))
        }
        Event::RunFinished(finished) => {
            let changed = if finished.verdict.tree_changed { ", tree changed" } else { "" };
            format!("run finished: {}{changed}", snake(&finished.verdict.state))
        }
        Event::RunStopping { why } => format!("run stopping: {}", snake(why)),
        Event::ScopeOpened { scope, step } => format!("scope opened: {} by {}", scope.0, name(step)),
        Event::FlowTaken { edges, step } => {
            let edges: Vec<String> = edges.iter().map(|edge| edge.0.to_string()).collect();
            format!("flow taken: {} along {}", name(step), edges.join(" "))
        }
        Event::JoinFired { step } => format!("join fired: {}", name(step)),
        Event::Incident { step, what } => format!("incident: {}: {}", name(step), snake(what)),
        Event::Stuck { steps } => {
            let steps: Vec<String> = steps.iter().map(name).collect();
            format!("stuck: {}", steps.join(" "))
        }
        Event::LimitReached { limit } => format!("limit reached: {limit}"),
        Event::ServiceReady { step } => format!("service ready: {}", name(step)),
        Event::CancelRequested { by } => format!("cancel requested by {}", by.name),
        Event::CapacitySet { capacity } => format!("capacity set: {capacity}"),
        Event::MessageReceived { name, .. } => format!("message received: {name}"),
        Event::TreeDigested(_) => "tree digested".into(),
        Event::RunResumed { .. } => "run resumed".into(),
        Event::AttemptStarted { step, .. } => format!("attempt started: {}", name(step)),
    }
}

fn name(step: &crate::id::StepRef) -> String {
    match step.id.round {
        0 => step.name.to_string(),
        round => format!("{}#{round}", step.name),
    }
}

fn end(ended: &AttemptEnded) -> String {
    let evidence = match &ended.evidence {
        Reading::None => String::new(),
        Reading::Read(read) => {
            let findings = read.summary.findings.map_or(0, |counts| counts.total());
            format!(", {findings} findings")
        }
        Reading::Unreadable { why } => format!(", unreadable: {why}"),
    };
    match &ended.end {
        End::Exited { code, .. } => format!("exit code {code}{evidence}"),
        other => snake(other),
    }
}

fn settle(settled: &StepSettled) -> String {
    let step = name(&settled.step);
    let outcome = snake(&settled.outcome);
    match (&settled.outcome, &settled.why) {
        (Outcome::Passed, SettledBy::Exit) => format!("step passed: {step} (exit code only)"),
        (Outcome::Passed, SettledBy::Nothing) | (Outcome::Failed, SettledBy::Exit) => {
            format!("step {outcome}: {step}")
        }
        (_, SettledBy::Upstream(other)) => format!("step {outcome}: {step}, because of {}", name(other)),
        (_, SettledBy::Stopped(why)) => format!("step {outcome}: {step} ({})", snake(why)),
        (_, why) => format!("step {outcome}: {step} ({})", snake(why)),
    }
}
