//! `dod log consistency`: whether a later state of a log begins with an earlier one.

use std::path::Path;

use clap::Args;
use dod_host::clone_log::Reader;
use dod_host::disk;
use dod_proof::checkpoint::Checkpoint;
use dod_proof::note::NOTE_BYTES_MAX;
use dod_proof::tree::{Hash, check_consistency, prove_consistency, root_of};
use serde_json::json;

use super::{called, log_of};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::project::Project;
use crate::{launch, output, sealing};

/// Check that a later state of a log begins with an earlier one
///
/// The hashes come from the log of this clone. A state is a file with a checkpoint, or a number of leaves.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod log consistency old.checkpoint                the log as it is begins with that
  dod log consistency old.checkpoint new.checkpoint
  dod log consistency 120 old.checkpoint            its first 120 leaves are the log's

Exit codes: 0 it does, 1 it does not, 2 wrong use, 3 a file cannot be read")]
pub(crate) struct ConsistencyArgs {
    /// The earlier state
    old: String,
    /// The later one; the log's checkpoint without one
    new: Option<String>,
}

/// A state of the log.
struct State {
    called: String,
    size: u64,
    root: Hash,
}

pub(super) fn run(args: ConsistencyArgs, project: &Project, globals: &Globals) -> Result<Exit, CommandError> {
    let ConsistencyArgs { old, new } = args;
    let log = log_of(project)?;
    let newest = log.checkpoint().ok_or_else(|| CommandError::usage("the log has no checkpoint yet"))?;
    let old = state(&old, &log, project, globals)?;
    let new = match new {
        Some(word) => state(&word, &log, project, globals)?,
        None => State { called: "the log".to_owned(), size: newest.size, root: newest.root },
    };
    let why = difference(&old, &new, &log);
    if globals.json() {
        let of = |state: &State| json!({ "size": state.size, "root": state.root.to_string() });
        let object = json!({
            "origin": log.origin(), "consistent": why.is_none(), "old": of(&old), "new": of(&new),
            "why": why,
        });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        let log = called(log.origin());
        let State { called: earlier, size, .. } = &old;
        output::result(&match &why {
            None => format!(
                "consistent: {} ({} leaves of {log}) begins with {earlier} ({size} leaves)\n",
                new.called, new.size
            ),
            Some(why) => format!("different: {why}\n"),
        });
    }
    Ok(if why.is_none() { Exit::Done } else { Exit::Failed })
}

/// Why the later state does not begin with the earlier one.
fn difference(old: &State, new: &State, log: &Reader) -> Option<String> {
    let newest = log.checkpoint().map_or(0, |state| state.size);
    if old.size > new.size {
        return Some(format!(
            "{} has {} leaves, more than {} with {}: it was taken back",
            old.called, old.size, new.called, new.size
        ));
    }
    if new.size > newest {
        return Some(format!("{} has {} leaves, and the log of this clone {newest}", new.called, new.size));
    }
    for state in [new, old] {
        if !log.began_with(state.size, &state.root) {
            return Some(format!(
                "{} has another root than the first {} leaves of the log: they are two histories",
                state.called, state.size
            ));
        }
    }
    if old.size == 0 {
        return None;
    }
    let proof = match prove_consistency(old.size, new.size, log) {
        Ok(proof) => proof,
        Err(error) => return Some(error.to_string()),
    };
    check_consistency(old.size, new.size, &old.root, &new.root, &proof).err().map(|error| error.to_string())
}

/// A number of leaves, or a file with a checkpoint of this log.
fn state(word: &str, log: &Reader, project: &Project, globals: &Globals) -> Result<State, CommandError> {
    if let Ok(size) = word.parse::<u64>() {
        let known = log.checkpoint().map_or(0, |state| state.size);
        let root = root_of(size, log).ok().filter(|_| size <= known);
        let root = root.ok_or_else(|| {
            CommandError::usage(format!("the log's checkpoint covers {known} leaves, not {size}"))
        })?;
        return Ok(State { called: format!("its state of {size} leaves"), size, root });
    }
    let path = globals.directory.as_deref().map_or_else(|| Path::new(word).to_owned(), |it| it.join(word));
    let bytes = disk::read_bounded(&path, NOTE_BYTES_MAX as u64).map_err(|error| {
        CommandError::usage(format!("`{word}` is no number and no file that can be read: {}", error.kind()))
    })?;
    let known = sealing::known(project)?;
    let signed = Checkpoint::open(&bytes, &known).map_err(|error| CommandError {
        exit: Exit::Failed,
        message: format!("`{word}`: {error}"),
        hint: None,
    })?;
    let Checkpoint { origin, size, root } = signed.checkpoint;
    if origin != log.origin() {
        return Err(CommandError::usage(format!(
            "`{word}` is of the log `{origin}`, and this is `{}`",
            log.origin()
        )));
    }
    Ok(State { called: format!("`{word}`"), size, root })
}
