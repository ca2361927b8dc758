//! `dod replay --policy`: what another policy would have said of recorded facts.
//!
//! A run is tried only if its log replays under its own policy: facts that nothing follows from are no ground.
//!
//! **Absent on purpose:** changing anything, and calling the answer a verdict.

use dod_host::history::HistoryError;
use dod_host::world::{Os, World as _};
use dod_kernel::id::Timestamp;
use dod_kernel::policy::Policy;
use dod_notation::policy::end_of_day;
use dod_views::time;
use dod_views::what_if::{self, LeftOut, RunTried, WhatIfObject};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::commands::waive::not_a_day;
use crate::definitions::{Origin, Texts};
use crate::governed;
use crate::project::Project;
use crate::remade::Asked;
use crate::runs::{Found, Told};
use crate::{launch, output, screen};

const DAY_MS: i64 = 86_400_000;

/// What was asked.
pub(super) struct Try {
    pub(super) run: Option<String>,
    pub(super) policy: String,
    pub(super) since: Option<String>,
    pub(super) at: String,
}

pub(super) fn run(project: &Project, asked: &Try, globals: &Globals) -> Result<Exit, CommandError> {
    let texts = Texts::new(project, Origin::Tree);
    let about = governed::Asked { json: globals.json(), ..governed::Asked::default() };
    let (policy, source) = governed::policy(&texts, &about, &asked.policy)?;
    let at = match asked.at.as_str() {
        "run" => None,
        day => Some(end_of_day(day).ok_or_else(|| not_a_day(day))?),
    };
    let canonical = serde_json::to_vec(&policy).expect("a policy can always be written");
    let mut object = WhatIfObject {
        what_if: true,
        policy: launch::named(&policy),
        policy_source: source,
        policy_digest: dod_host::blob::digest_of(&canonical),
        at: at.map_or_else(|| "run".to_owned(), time::rfc3339),
        runs: Vec::new(),
        flips: 0,
        left_out: Vec::new(),
    };
    match &asked.since {
        None => {
            let found = Found::of(project, asked.run.as_deref())?;
            object.runs.push(tried(found.read()?, &policy, at).map_err(|why| {
                let error = CommandError { exit: Exit::Undecided, message: why, hint: None };
                error.hint("`dod replay` without `--policy` says more")
            })?);
        }
        Some(since) => history(project, begin_of(since)?, &policy, at, &mut object)?,
    }
    object.flips = object.runs.iter().filter(|run| run.flips).count();
    match globals.json() {
        true => output::result(&(launch::json(&object) + "\n")),
        false => output::result(&what_if::render(&object, screen::look(output::Stream::Stdout))),
    }
    let incomplete = !object.left_out.is_empty() || object.runs.iter().any(|run| !run.missing.is_empty());
    Ok(match (object.flips, incomplete) {
        (1.., _) => Exit::Failed,
        (0, true) => Exit::Undecided,
        (0, false) => Exit::Done,
    })
}

/// Every run since then that has ended; what cannot be tried is named.
fn history(
    project: &Project,
    since: Timestamp,
    policy: &Policy,
    at: Option<Timestamp>,
    object: &mut WhatIfObject,
) -> Result<(), CommandError> {
    let workspace = project.existing_workspace()?;
    let began = std::time::Instant::now();
    let mut told = 0;
    for id in workspace.runs()? {
        let found = Found::at(workspace.clone(), id.clone());
        match dod_host::history::glance(&found.folder) {
            // Ids are in the order of time.
            Ok(seen) if seen.started.at < since => break,
            Ok(_) => {}
            Err(error) => {
                object.left_out.push(LeftOut { run: id.0, why: error.to_string() });
                continue;
            }
        }
        let outcome = found.read().map_err(|error| error.message).and_then(|told| tried(told, policy, at));
        match outcome {
            Ok(run) => object.runs.push(run),
            Err(why) => object.left_out.push(LeftOut { run: id.0, why }),
        }
        // Something that takes longer says that it goes on.
        let seconds = began.elapsed().as_secs();
        if seconds >= told + 2 {
            told = seconds;
            output::talk(&format!("{} runs tried\n", object.runs.len()));
        }
    }
    Ok(())
}

fn tried(told: Told, policy: &Policy, at: Option<Timestamp>) -> Result<RunTried, String> {
    let Told { found, stored, story, .. } = told;
    if story.finished.is_none() {
        return Err(format!("run {} has no verdict yet", found.id));
    }
    let asked = Asked::of(&found);
    let replay = stored.replay(&asked).map_err(|error| match error {
        HistoryError::Different { seq, .. } => format!("event {seq} does not follow from those before it"),
        other => other.to_string(),
    })?;
    // The replay may have asked for evidence as well; what is gone is named once.
    let judgement = replay.run().judged_by(policy, at, &asked);
    let missing = asked.missing();
    Ok(what_if::tried(&story, policy, stored.governance.policies.first(), &judgement, missing))
}

/// A day, or so long ago.
fn begin_of(word: &str) -> Result<Timestamp, CommandError> {
    if word.contains('-') {
        let end = end_of_day(word).ok_or_else(|| not_a_day(word))?;
        return Ok(Timestamp(end.0 - DAY_MS + 1));
    }
    let time = crate::commands::validate::duration(word).map_err(|why| {
        CommandError::usage(format!("`--since {word}`: {why}"))
            .hint("a time like `30d`, or a day like `2026-01-31`")
    })?;
    let ms = i64::try_from(time.as_millis()).unwrap_or(i64::MAX);
    Ok(Timestamp(Os::new().now().0.saturating_sub(ms)))
}
