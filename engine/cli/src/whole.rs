//! Whether a run is what was written, as far as its own bytes tell: lines, checkpoint, receipt, blobs, the signatures of
//! people; and whether its decisions follow from its facts.
//!
//! Whoever vouches for a run (signs, attests or joins it, counts it in an audit) and whoever takes one in looks here first.
//!
//! **Absent on purpose:** anchors and the log of the clone (`dod verify`), printing.

use std::path::Path;

use dod_host::blob::Blobs;
use dod_host::exported::BLOBS_FOLDER;
use dod_host::verify::{self, Exported, Folder, Keys, Problem, Source, Status, Verified, Wrong};
use dod_proof::key::Verifier;

use crate::blame::{CommandError, Exit};
use crate::remade::{self, Remake};
use crate::runs::Found;

/// Where the pieces of a run are.
pub(crate) fn source(found: &Found) -> Box<dyn Source> {
    if found.blobs == found.folder.join(BLOBS_FOLDER) {
        return Box::new(Folder::unpacked(found.folder.clone()));
    }
    Box::new(Folder::sharing(found.folder.clone(), Blobs::at(&found.blobs)))
}

/// What a run has to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Asks {
    /// Good, and signed by nobody or by a key that is known here.
    Good,
    /// Good, whoever signed it.
    Whole,
    /// Not changed; something may be missing.
    Unchanged,
}

/// Looks at every byte of a run; `refused` begins the message if it is not what is asked for: `not attested`.
///
/// # Errors
/// What is wrong with it first.
pub(crate) fn check(
    found: &Found,
    known: &[Verifier],
    asks: Asks,
    refused: &str,
) -> Result<Verified, CommandError> {
    let verified = look(&*source(found), known);
    match stops(&verified, asks) {
        None => Ok(verified),
        Some(problem) => Err(told(problem, refused, found.unpacked.is_some().then_some(&*found.folder))),
    }
}

/// The same of an exported run that is about to be taken in. A file that is none is left to whoever reads it.
///
/// # Errors
/// What is wrong with it first.
pub(crate) fn check_file(
    file: &Path,
    known: &[Verifier],
    asks: Asks,
    refused: &str,
) -> Result<(), CommandError> {
    let Ok(exported) = Exported::open(file) else { return Ok(()) };
    match stops(&look(&exported, known), asks) {
        None => Ok(()),
        Some(problem) => Err(told(problem, refused, None)),
    }
}

/// Makes every decision of a run again. One that cannot be made here, for want of a blob or of an engine, is none that differs.
///
/// # Errors
/// One does not follow from the facts.
pub(crate) fn follows(found: &Found, refused: &str) -> Result<(), CommandError> {
    let remade = match Remake::of(found, None) {
        Ok(remake) => remake.make(&mut |_, _| {}),
        Err(unreadable) => *unreadable,
    };
    if remade.status != remade::Status::Different {
        return Ok(());
    }
    let event = remade.difference.as_ref().and_then(|place| place.seq);
    let event = event.map(|seq| format!("event {seq}: ")).unwrap_or_default();
    let message = format!("{refused}: run {}: {event}{}", remade.run, remade.text);
    let hint = Some("`dod replay` tells more".to_owned());
    Err(CommandError { exit: Exit::Failed, message, hint })
}

/// What was changed in a run, if something was.
pub(crate) fn changed(found: &Found, known: &[Verifier]) -> Option<String> {
    let verified = look(&*source(found), known);
    let is_bad = |problem: &&Problem| problem.wrong.status() == Status::Different;
    verified.problems.list().iter().find(is_bad).map(ToString::to_string)
}

/// The first of the worst problems that count.
fn stops(verified: &Verified, asks: Asks) -> Option<&Problem> {
    let counts = |problem: &&Problem| match (asks, problem.wrong.status()) {
        (_, Status::Good) | (Asks::Unchanged, Status::Incomplete) => false,
        (Asks::Whole, Status::Incomplete) => !matches!(problem.wrong, Wrong::Stranger { .. }),
        _ => true,
    };
    // Of several that are as bad, the first.
    verified.problems.list().iter().filter(counts).rev().max_by_key(|problem| problem.wrong.status())
}

fn look(source: &dyn Source, known: &[Verifier]) -> Verified {
    verify::run(source, &Keys { known, asked: &[] }, &[])
}

/// `unpacked`: a folder that is there for a while only, and that nobody knows.
fn told(problem: &Problem, refused: &str, unpacked: Option<&Path>) -> CommandError {
    let mut what = problem.to_string();
    if let Some(folder) = unpacked {
        what = what.replace(&format!("{}/", folder.display()), "");
    }
    let exit = match problem.wrong.status() {
        Status::Different => Exit::Failed,
        _ => Exit::Undecided,
    };
    let hint = "`dod verify` and `dod replay` tell all of it".to_owned();
    CommandError { exit, message: format!("{refused}: {what}"), hint: Some(hint) }
}
