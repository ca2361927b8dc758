//! Whether people who are said to have proved who they are have: the signature of each answer is checked again.
//!
//! What was signed follows from the run as it was just before the answer, so the events up to there are read as events,
//! and only where somebody signed.
//!
//! **Absent on purpose:** whether the run could have taken the answer (replay), and waivers: what was signed of these is
//! for whoever reads definitions to say.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use dod_kernel::id::Digest;
use dod_kernel::record::Recorded;
use dod_kernel::run::{Event, Run, evolve};
use serde::de::DeserializeOwned;

use super::lines::{Seen, each_line};
use super::problem::{Problems, Status, Wrong};
use super::source::{Source, blob_path, small};
use crate::approval::{Standing, recheck};
use crate::history::DEFINITION_BYTES_MAX;
use crate::log::{LINE_BYTES_MAX, LOG_FILE};

/// How it is known who answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct People {
    /// Answers that a signature proves.
    pub proved: u64,
    /// Answers that are nothing but claimed.
    pub claimed: u64,
    /// Answers that are signed, and were not checked since something else is wrong.
    pub unchecked: u64,
}

/// Checks the signatures of answers.
pub(super) fn check(source: &dyn Source, seen: &Seen, problems: &mut Problems) -> People {
    let (unchecked, claimed) = (seen.signed_answers, seen.answers - seen.signed_answers);
    let nobody = People { proved: 0, claimed, unchecked };
    if unchecked == 0 {
        return nobody;
    }
    let file = source.name(LOG_FILE);
    let mut cannot = |why: String| {
        problems.add(&file, None, Wrong::NotJudged { why });
        nobody
    };
    let Some(started) = &seen.started else { return cannot("the run's start is not known".to_owned()) };
    let run = definition(source, &started.workflow)
        .and_then(|workflow| Some(Run::new(workflow, definition(source, &started.governance)?)));
    let Some(run) = run else { return cannot("its workflow or its policy is not there".to_owned()) };
    // Only a log whose every line is as it should be is followed; a forged one may still lead to a state that no run has.
    if problems.status() == Status::Different {
        return nobody;
    }
    let walked = catch_unwind(AssertUnwindSafe(|| walk(source, run)));
    let Ok(Ok((people, wrong))) = walked else {
        problems.add(&file, None, Wrong::NotJudged { why: "its events lead nowhere".to_owned() });
        return nobody;
    };
    for (line, why) in wrong {
        problems.add(&file, Some(line), Wrong::Unproved { why });
    }
    people
}

fn definition<T: DeserializeOwned>(source: &dyn Source, digest: &Digest) -> Option<Arc<T>> {
    let bytes = small(source, &blob_path(digest), DEFINITION_BYTES_MAX).ok()??;
    serde_json::from_slice(&bytes).ok().map(Arc::new)
}

type Walked = (People, Vec<(u64, String)>);

/// Goes through the events up to the end, and looks at each answer in the state that it was given in.
fn walk(source: &dyn Source, mut run: Run) -> std::io::Result<Walked> {
    let (mut people, mut wrong, mut number) = (People::default(), Vec::new(), 0);
    let Some(reader) = source.open(LOG_FILE)? else { return Ok((people, wrong)) };
    let mut readable = true;
    each_line(reader, LINE_BYTES_MAX, &mut |line| {
        number += 1;
        readable &= match serde_json::from_slice::<Recorded<Event>>(&line[1..]) {
            Ok(Recorded { at, event, .. }) if readable => {
                if let Event::Answered(answered) = &event {
                    match recheck(&run, answered, at) {
                        Ok(Standing::Proved { .. }) => people.proved += 1,
                        Ok(Standing::Claimed | Standing::NoKey) => people.claimed += 1,
                        Err(error) => wrong.push((number, error.to_string())),
                    }
                }
                evolve(&mut run, at, &event);
                true
            }
            _ => false,
        };
    })?;
    if readable { Ok((people, wrong)) } else { Err(std::io::ErrorKind::InvalidData.into()) }
}
