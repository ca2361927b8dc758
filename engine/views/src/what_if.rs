//! What another policy would have said of recorded runs.
//!
//! ```text
//!   recorded facts, other policy ──▶ per run: recorded verdict, the what-if's, reasons that come and go
//! ```
//!
//! The answer is labelled as a what-if everywhere: it is never the verdict of the run.
//!
//! **Absent on purpose:** judging. The kernel does, and hands its judgement over.

use schemars::JsonSchema;
use serde::Serialize;

use dod_kernel::ask::Answer;
use dod_kernel::id::{Digest, Name, Timestamp};
use dod_kernel::policy::{Answered, Judgement, Policy, Reason, State, Why};
use dod_kernel::value::Value;

use crate::look::{Look, Paint, clean};
use crate::story::Story;
use crate::{time, words};

/// Reasons that are listed of each run in a text; the object has all that a verdict keeps.
const REASONS_SHOWN_MAX: usize = 5;

/// `dod replay --policy P --format json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct WhatIfObject {
    /// Always true: nothing here is the verdict of a run.
    pub what_if: bool,
    /// The policy that is tried.
    pub policy: String,
    /// Where it was read.
    pub policy_source: String,
    /// Digest of the policy in its canonical form.
    #[schemars(with = "String")]
    pub policy_digest: Digest,
    /// The moment at which waivers and ages are looked at: `run` for each run's own, else RFC 3339.
    pub at: String,
    /// The runs, newest first.
    pub runs: Vec<RunTried>,
    /// Runs that would come out otherwise.
    pub flips: usize,
    /// Runs of which it cannot be said: no verdict, or a log that cannot be read or does not replay.
    pub left_out: Vec<LeftOut>,
}

/// One run under the other policy.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct RunTried {
    /// Its id.
    #[schemars(with = "String")]
    pub run: Name,
    /// When it began, RFC 3339.
    pub began: String,
    /// The commit that it ran on.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub commit: Option<String>,
    /// Its verdict.
    pub recorded: &'static str,
    /// What the other policy says.
    pub would_be: &'static str,
    /// The two differ.
    pub flips: bool,
    /// Reasons that the other policy has and the recorded verdict has not.
    pub because: Vec<String>,
    /// Reasons of the recorded verdict that the other policy does not have.
    pub no_longer: Vec<String>,
    /// Facts that rules of the other policy ask for and that were never recorded.
    #[schemars(with = "Vec<String>")]
    pub never_recorded: Vec<Name>,
    /// Evidence that is gone, so that the answer rests on counts alone.
    #[schemars(with = "Vec<String>")]
    pub missing: Vec<Digest>,
}

/// A run that could not be tried.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct LeftOut {
    /// Its id.
    #[schemars(with = "String")]
    pub run: Name,
    /// Why.
    pub why: String,
}

/// One run under another policy.
pub fn tried(
    story: &Story,
    policy: &Policy,
    own: Option<&Policy>,
    judgement: &Judgement,
    missing: Vec<Digest>,
) -> RunTried {
    let sentence =
        |reason: &Reason, policy: Option<&Policy>| clean(&words::reason(story, reason, policy), false);
    let recorded = story.verdict();
    let before: Vec<&Reason> = recorded.iter().flat_map(|verdict| &verdict.reasons).collect();
    let after = &judgement.verdict.reasons;
    let said = |reasons: Vec<&Reason>, policy| {
        let mut said: Vec<String> = Vec::new();
        for reason in reasons {
            let text = sentence(reason, policy);
            if !said.contains(&text) {
                said.push(text);
            }
        }
        said
    };
    let came = after.iter().filter(|reason| !before.contains(reason)).collect();
    let went = before.iter().copied().filter(|reason| !after.contains(reason)).collect();
    let started = story.started.as_ref().map(|(_, started)| &**started);
    let commit = match started.and_then(|started| started.facts.get("commit")) {
        Some(Value::Text(commit)) => Some(commit.to_string()),
        _ => None,
    };
    let state = recorded.map_or("no verdict", |verdict| verdict.state.word());
    let would_be = judgement.verdict.state.word();
    let mut never_recorded: Vec<Name> = after.iter().flat_map(unknown).collect();
    never_recorded.sort();
    never_recorded.dedup();
    RunTried {
        run: story.id().map(|id| id.0.clone()).unwrap_or_default(),
        began: time::rfc3339(story.started_at().unwrap_or(Timestamp(0))),
        commit,
        recorded: state,
        would_be,
        flips: state != would_be,
        because: said(came, Some(policy)),
        no_longer: said(went, own),
        never_recorded,
        missing,
    }
}

/// The facts that a reason lacks.
fn unknown(reason: &Reason) -> Vec<Name> {
    let Reason::Rule(outcome) = reason else { return Vec::new() };
    match &outcome.why {
        Why::NotMeasured { fact, .. } | Why::Open { fact, found: None, .. }
            if outcome.state == State::Undecided =>
        {
            vec![fact.clone()]
        }
        Why::Answered(Answered { answer: Answer::Unknown(names), .. }) => names.clone(),
        _ => Vec::new(),
    }
}

/// For people.
pub fn render(object: &WhatIfObject, look: Look) -> String {
    let at =
        if object.at == "run" { "at each run's own time".to_owned() } else { format!("at {}", object.at) };
    let mut lines = vec![format!(
        "what if: policy {} ({} {}), {at}; no verdict of a run changes",
        object.policy,
        object.policy_source,
        object.policy_digest.to_string().get(..19).unwrap_or_default()
    )];
    for run in &object.runs {
        let id = words::short(&dod_kernel::id::RunId(run.run.clone())).to_owned();
        let paint = if run.flips { Paint::Bad } else { Paint::Quiet };
        let change = match run.flips {
            true => format!("{} -> {}", run.recorded, run.would_be),
            false => format!("{}, as recorded", run.recorded),
        };
        lines.push(format!("{id}  {}  {}", run.began, look.paint(paint, &change)));
        if run.flips || object.runs.len() == 1 {
            lines.extend(listed("  + ", &run.because));
            lines.extend(listed("  - ", &run.no_longer));
        }
        if !run.missing.is_empty() {
            lines.push(format!(
                "    evidence of {} is gone: judged on counts",
                words::count(run.missing.len() as u64, "gate", "gates")
            ));
        }
    }
    lines.extend(object.left_out.iter().map(|one| format!("{}  left out: {}", one.run, one.why)));
    let runs = words::count(object.runs.len() as u64, "run", "runs");
    lines.push(format!("{} of {runs} would come out otherwise", object.flips));
    clean(&(lines.join("\n") + "\n"), look.color)
}

fn listed(lead: &str, reasons: &[String]) -> Vec<String> {
    let mut lines: Vec<String> =
        reasons.iter().take(REASONS_SHOWN_MAX).map(|reason| format!("{lead}{reason}")).collect();
    if reasons.len() > REASONS_SHOWN_MAX {
        lines.push(format!("{lead}and {} more", reasons.len() - REASONS_SHOWN_MAX));
    }
    lines
}
