//! Joining the sources of a joined run again: their logs travel with it, so whoever has it can look whether it says what they
//! say. A result that was left out, exchanged or taken from an earlier attempt is found, whoever signed the joined run.
//!
//! **Absent on purpose:** the policy. Which one judges is the joiner's to say, and its digest is in the verdict.

use std::collections::BTreeSet;

use dod_host::blob::digest_of;
use dod_host::exported::{ExportedError, SOURCES_FOLDER, SOURCES_MAX, Survey};
use dod_host::history::Events;
use dod_kernel::id::RunId;
use dod_kernel::run::{AttemptEnded, Event, RunStarted};

use super::{Joined, Joinee, join, weaker};
use crate::blame::{CommandError, Exit};
use crate::runs::Found;

/// What came of joining again.
pub(crate) enum Again {
    /// The same.
    Same,
    /// A run that is cited does not lie beside the one that cites it, or cannot be read.
    Incomplete(String),
    /// Something else, at this event.
    Different { seq: u64, why: String },
}

/// Joins the sources of a run again, and theirs.
pub(crate) fn again(found: &Found, started: &RunStarted) -> Again {
    let survey = match Survey::of(&found.folder) {
        Ok(survey) => survey,
        Err(error @ ExportedError::Different { .. }) => {
            return Again::Different { seq: 0, why: error.to_string() };
        }
        Err(error) => return Again::Incomplete(error.to_string()),
    };
    if let Some(missing) = survey.missing_sources.first() {
        return Again::Incomplete(format!("run {missing}, which it joins, does not lie beside it"));
    }
    let mut runs = vec![(found.clone(), started.clone())];
    let mut seen = BTreeSet::new();
    while let Some((one, started)) = runs.pop() {
        if started.sources.is_empty() || !seen.insert(started.id.clone()) || seen.len() > SOURCES_MAX {
            continue;
        }
        let beside = |run: &RunId| Found {
            folder: found.folder.join(SOURCES_FOLDER).join(run.0.as_str()),
            id: run.clone(),
            workspace: None,
            ..found.clone()
        };
        match compare(&one, &started, &beside) {
            Ok(Ok(())) => {}
            Ok(Err((seq, why))) => return Again::Different { seq, why },
            Err(error) if error.exit == Exit::Failed => {
                return Again::Different { seq: 0, why: error.message };
            }
            Err(error) => return Again::Incomplete(error.message),
        }
        let sources = started.sources.iter().filter_map(|source| {
            let lines = survey.sources.get(&source.run)?;
            Some((beside(&source.run), (*lines.started).clone()))
        });
        runs.extend(sources);
    }
    Again::Same
}

/// The first event of a joined run that is not what its sources come to, and why.
fn compare(
    found: &Found,
    started: &RunStarted,
    beside: &dyn Fn(&RunId) -> Found,
) -> Result<Result<(), (u64, String)>, CommandError> {
    let joinees: Vec<Joinee> = started
        .sources
        .iter()
        .map(|source| Joinee::read(beside(&source.run), &[]))
        .collect::<Result<_, _>>()?;
    let wanted = join(&joinees)?;
    if let Some(what) = differs(started, &wanted) {
        return Ok(Err((0, format!("{what} of the joined run is not what its sources come to"))));
    }
    let unreadable = |error: dod_host::history::HistoryError| CommandError::system(error.to_string());
    for recorded in Events::of(&found.folder).map_err(unreadable)? {
        let recorded = recorded.map_err(unreadable)?;
        let wrong = |why: String| Ok(Err((recorded.seq, why)));
        match &recorded.event {
            Event::AttemptEnded(ended) => {
                let name = &ended.step.name;
                let Some(taken) = wanted.reused.get(name) else {
                    return wrong(format!("none of the joined runs has a result of `{name}`"));
                };
                let from = taken.ended.reused_from.as_ref().unwrap_or(&taken.from);
                let expected = AttemptEnded {
                    attempt: ended.attempt,
                    reused_from: Some(from.clone()),
                    step: ended.step.clone(),
                    ..taken.ended.clone()
                };
                if expected != **ended {
                    return wrong(format!("run {} has another result of `{name}`", taken.from));
                }
            }
            Event::TreeDigested(end) if **end != wanted.tree.ended => {
                return wrong("the tree at the end is not what the joined runs saw".to_owned());
            }
            Event::AttemptStarted { step, .. } => {
                return wrong(format!("`{}` was started, and a joined run starts nothing", step.name));
            }
            _ => {}
        }
    }
    Ok(Ok(()))
}

/// What of the beginning differs.
fn differs(started: &RunStarted, wanted: &Joined) -> Option<&'static str> {
    let workflow = serde_json::to_vec(&wanted.workflow).expect("a workflow can always be written");
    let same = [
        ("the workflow", started.workflow == digest_of(&workflow)),
        ("what was left out", started.left_out == wanted.left_out),
        ("what is known", started.facts == wanted.facts),
        ("what changed", started.changed == wanted.changed),
        ("the comparison", started.comparison == wanted.comparison),
        ("what earlier runs recorded", started.recorded == wanted.recorded),
        ("the tree", started.tree == Some(wanted.tree.began)),
        (
            "the protection of the definitions",
            weaker(started.definitions, wanted.definitions) == started.definitions,
        ),
    ];
    same.iter().find(|(_, same)| !same).map(|(what, _)| *what)
}
