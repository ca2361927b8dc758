//! `dod sign`: signs a run that ended without the key, after having looked at all of it.

use std::path::Path;

use clap::Args;
use dod_host::blob::Blobs;
use dod_host::exported::{EXTENSION, write_file};
use dod_host::keys::short;
use dod_host::seal::write_checkpoint;
use dod_proof::checkpoint::Checkpoint;
use dod_proof::tree::{Frontier, leaf_hash};
use serde_json::json;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::remade::{Remake, Status};
use crate::runs::Found;
use crate::whole::{self, Asks};
use crate::{launch, output, sealing};

/// Sign a run, after its bytes were verified and its decisions made again
///
/// For a job that holds the key while another one ran the steps. What is signed is the checkpoint of the run: how many events
/// it has, and the root over them. A run that does not verify, or whose verdict does not follow from its facts, is not signed.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod sign                  the newest run
  dod sign run.dodz         an exported run; the file is written anew with the signature

Exit codes: 0 signed, 1 the run is not what it claims to be, 2 there is no key or no verdict,
3 it cannot be read, or lacks something")]
pub(crate) struct SignArgs {
    /// `latest`, an id or its beginning, a commit, or an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

pub(crate) fn run(args: SignArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let SignArgs { run } = args;
    let project = globals.project()?;
    let signing = sealing::signing(&project)?;
    if !signing.is_some() {
        return Err(CommandError::usage("there is no key to sign with")
            .hint("`dod key new` makes one; in CI the variable `DOD_KEY` holds its text"));
    }
    let found = Found::of(&project, run.as_deref())?;
    let known = sealing::known(&project)?;
    whole::check(&found, &known, Asks::Good, "not signed")?;
    let checkpoint = made_again(&found)?;
    write_checkpoint(&found.folder, &checkpoint, &signing)?;
    let file =
        run.as_deref().map(Path::new).filter(|path| path.extension().is_some_and(|it| it == EXTENSION));
    if let Some(file) = file.filter(|file| file.is_file()) {
        write_file(&found.folder, &Blobs::at(&found.blobs), None, file)?;
    }
    let by: Vec<String> = signing.verifiers().iter().map(short).collect();
    let Checkpoint { origin, size, root } = &checkpoint;
    if globals.json() {
        let object = json!({
            "run": found.id, "origin": origin, "events": size, "root": root.to_string(), "signed_by": by,
        });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        let by = by.join(", ");
        output::result(&format!("signed by {by}: run {}, {size} events, root {root}\n", found.id));
    }
    Ok(Exit::Done)
}

/// Every decision follows; with the root over the very lines that were gone through.
fn made_again(found: &Found) -> Result<Checkpoint, CommandError> {
    let mut lines = Frontier::new();
    let not_signed = |exit, why: &str| {
        let message = format!("run {} is not signed: {why}", found.id);
        CommandError { exit, message, hint: Some(format!("`dod replay {}` tells more", found.id)) }
    };
    let remake = Remake::of(found, None).map_err(|remade| not_signed(Exit::Undecided, &remade.text))?;
    // A line that is not the one way to write its event is refused before it comes here.
    let remade = remake.make(&mut |recorded, _| {
        let line = serde_json::to_vec(recorded).expect("an event can always be written");
        lines.push(leaf_hash(&line));
    });
    match remade.status {
        Status::Good if remade.finished => {}
        Status::Good => {
            return Err(CommandError::usage(format!("run {} has no verdict yet", found.id))
                .hint("what may still grow is signed at its end"));
        }
        Status::Different => return Err(not_signed(Exit::Failed, &remade.text)),
        _ => return Err(not_signed(Exit::Undecided, &remade.text)),
    }
    let started = &remake.stored().started.event;
    let Some(origin) = &started.origin else {
        return Err(CommandError::usage(format!(
            "run {} was made before runs had a name for their checkpoint",
            found.id
        )));
    };
    Ok(Checkpoint { origin: origin.to_string(), size: lines.size(), root: lines.root() })
}
