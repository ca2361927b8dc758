//! What came from the world, in a sentence.
//!
//! **Absent on purpose:** what follows from it.

use dod_kernel::policy::{Definitions, Governance};
use dod_kernel::run::{Answered, AttemptEnded, Event, Identity, Reading, RunStarted, Timer};
use dod_kernel::value::Value;

use super::{Actor, Said, joined, short};
use crate::look::{Paint, clean_line};
use crate::story::Story;
use crate::words;

/// Paths and variables that are named.
const NAMED_MAX: usize = 10;

pub(super) fn said(story: &Story, governance: &Governance, event: &Event) -> Said {
    match event {
        Event::RunStarted(started) => began(story, governance, started),
        Event::AttemptStarted { attempt, step } => {
            of(&step.name, format!("`{}` attempt {attempt} started", step.name))
        }
        Event::AttemptEnded(ended) => self::ended(story, ended),
        Event::AttemptIgnored { attempt, step } => {
            of(&step.name, format!("`{}` attempt {attempt}: a late result, which changes nothing", step.name))
        }
        Event::Answered(answered) => self::answered(answered),
        Event::AnswerRefused { by, step, why } => {
            let (by_whom, why) = (words::actor(by), words::no_answer(*why));
            let text = format!("the answer of {by_whom} to `{}` does not count: {why}", step.name);
            Said { by: Some(by.into()), paint: Some(Paint::Unknown), ..of(&step.name, text) }
        }
        Event::CancelRequested { by } => Said {
            by: Some(by.into()),
            text: format!("{} asked to end the run", words::actor(by)),
            paint: Some(Paint::Unknown),
            ..Said::default()
        },
        Event::CapacitySet { capacity } => plain(format!("{capacity} steps may run at once from here on")),
        Event::MessageReceived { by, key, name, set } => {
            let key = key.as_ref().map(|key| format!(" with the key `{}`", clean_line(key)));
            let text = format!("the message `{}` came{}", clean_line(name), key.unwrap_or_default());
            came(text, by.as_ref(), set)
        }
        Event::SignalReceived { by, name, set } => {
            came(format!("the signal `{}` came", clean_line(name)), by.as_ref(), set)
        }
        Event::RunResumed { cut_bytes, tree } => {
            let cut = match cut_bytes {
                0 => String::new(),
                cut => format!("; {} of a torn last line were cut", words::count(*cut, "byte", "bytes")),
            };
            let tree = tree.map(|tree| format!(", on the tree {}", short(&tree))).unwrap_or_default();
            plain(format!("another process took the run up{tree}{cut}"))
        }
        Event::ServiceReady { step } => of(&step.name, format!("the service `{}` can be used", step.name)),
        Event::TimerFired { timer } => timer_fired(story, timer),
        Event::TreeDigested(tree) => {
            let before = story.started.as_ref().and_then(|(_, started)| started.tree);
            let digest = short(&tree.tree);
            let changed: Vec<String> = tree.changed.iter().map(|path| clean_line(path)).collect();
            let (text, paint) = match (before, changed.len()) {
                (_, 1..) => {
                    let text = format!("the tree was digested, {digest}: it changed during the run");
                    (text, Some(Paint::Unknown))
                }
                (Some(before), 0) if before == tree.tree => {
                    (format!("the tree was digested, {digest}: unchanged"), None)
                }
                _ => (format!("the tree was digested, {digest}: only what steps declare changed"), None),
            };
            let details = changed.into_iter().take(NAMED_MAX).collect();
            Said { text, paint, details, ..Said::default() }
        }
        _ => plain(super::name_of(event)),
    }
}

fn plain(text: String) -> Said {
    Said { text, ..Said::default() }
}

fn of(step: &dod_kernel::id::Name, text: String) -> Said {
    Said { step: Some(step.clone()), text, ..Said::default() }
}

fn began(story: &Story, governance: &Governance, started: &RunStarted) -> Said {
    let mut details = vec![
        format!("workflow {}{}", named(story), started.workflow),
        format!("policies, waivers and roles {}", started.governance),
    ];
    if let Some(Value::Text(commit)) = started.facts.get("commit") {
        details.push(format!("commit {}", clean_line(commit)));
    }
    if let Some(tree) = started.tree {
        details.push(format!("tree {tree}"));
    }
    if let Some(origin) = &started.origin {
        details.push(format!("origin {}", clean_line(origin)));
    }
    details.extend(started.sources.iter().map(|source| format!("joins {}", joined(source))));
    for word in started.settings.iter().filter(|word| word.starts_with("--")) {
        details.push(clean_line(word));
    }
    let policy = governance.policies.first().map(|policy| match policy.version {
        Some(version) => format!("{}@{version}", policy.name),
        None => policy.name.to_string(),
    });
    let definitions = match started.definitions {
        Definitions::IntroducedHere => "introduced here",
        Definitions::Protected => "protected",
        Definitions::Unprotected => "unprotected",
    };
    let text = format!(
        "the run {} began, by {}: judged by `{}`, definitions {definitions}",
        started.id,
        clean_line(&started.program),
        policy.unwrap_or_default()
    );
    Said { text, details, paint: Some(Paint::Strong), ..Said::default() }
}

/// The name of the workflow, where it has one.
pub(super) fn named(story: &Story) -> String {
    match story.workflow.name().as_str() {
        "" => String::new(),
        name => format!("`{}` ", clean_line(name)),
    }
}

fn ended(story: &Story, ended: &AttemptEnded) -> Said {
    let name = &ended.step.name;
    let how = story.step(ended.step.id).map(|step| words::end(ended, step)).unwrap_or_default();
    let tool = ended.tool.as_ref().map(|tool| format!(" ({})", clean_line(tool))).unwrap_or_default();
    let reused = ended.reused_from.as_ref().map(|run| format!(", taken from run {run}"));
    let evidence = match &ended.evidence {
        Reading::None => String::new(),
        Reading::Read(read) => {
            let counts = words::counts(&read.summary);
            let counts = if counts.is_empty() { counts } else { format!(" ({counts})") };
            format!(", evidence {}{counts}", short(&read.digest))
        }
        Reading::Unreadable { why } => format!(", no readable evidence: {}", clean_line(why)),
    };
    let text = format!(
        "`{name}` attempt {} ended{tool}: {how}{evidence}{}",
        ended.attempt,
        reused.unwrap_or_default()
    );
    let outputs = ended.outputs.iter().take(NAMED_MAX);
    let details =
        outputs.map(|(name, value)| format!("{}={}", clean_line(name), clean_line(value))).collect();
    Said { details, ..of(name, text) }
}

fn answered(answered: &Answered) -> Said {
    let Answered { accept, because, by, set, step, proof, .. } = answered;
    let said = if *accept { "yes" } else { "no" };
    let because = because.as_ref().map(|text| format!(": {}", clean_line(text))).unwrap_or_default();
    let mut details = variables(set);
    if proof.is_some() {
        details.push("with a signature, which `dod verify` checks again".to_owned());
    }
    let text = format!("{} says {said} to `{}`{because}", words::actor(by), step.name);
    let paint = Some(if *accept { Paint::Good } else { Paint::Bad });
    Said { by: Some(Actor::from(by)), details, paint, ..of(&step.name, text) }
}

fn came(
    text: String,
    by: Option<&Identity>,
    set: &std::collections::BTreeMap<dod_kernel::id::Name, Value>,
) -> Said {
    let from = by.map(|by| format!(", sent by {}", words::actor(by))).unwrap_or_default();
    let (by, details) = (by.map(Actor::from), variables(set));
    Said { text: text + &from, by, details, ..Said::default() }
}

/// Variables that came along.
pub(super) fn variables(set: &std::collections::BTreeMap<dod_kernel::id::Name, Value>) -> Vec<String> {
    let named = set.iter().take(NAMED_MAX);
    named.map(|(name, value)| format!("{} = {}", clean_line(name), words::value(value))).collect()
}

fn timer_fired(story: &Story, timer: &Timer) -> Said {
    let (instance, what) = match timer {
        Timer::Run => return plain("the time of the whole run was up".to_owned()),
        Timer::Attempt(instance) => (instance, "the time of the attempt was up"),
        Timer::Retry(instance) => (instance, "the time of the next attempt had come"),
        Timer::Wait(instance) => (instance, "the time that it waited for had come"),
    };
    let node = story.workflow.nodes().get(instance.node.index());
    match node {
        Some(node) => of(&node.name, format!("`{}`: {what}", node.name)),
        None => plain(what.to_owned()),
    }
}
