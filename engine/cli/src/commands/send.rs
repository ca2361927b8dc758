//! `dod send`: a message or a signal to a run.

use clap::Args;
use dod_host::drive::Letter;
use dod_kernel::id::Name;
use dod_kernel::run::{Event, Identity};
use dod_kernel::workflow::{Catch, Kind, Trigger};
use dod_notation::diagnose::closest;
use dod_views::story::Step;
use serde_json::json;

use super::validate::parse_set;
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::letters;
use crate::runs::{Found, Told};
use crate::{launch, output};

/// Send a message or a signal that a run waits for
///
/// A message is taken by what waits for its name and its key; a signal is heard by everything that waits for its name.
/// Who sends it is recorded as claimed: the name that a CI, git or the system knows.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod send latest deployed
  dod send 019aa5 deployed --key eu-west --set version=1.4.0
  dod send latest freeze --signal

Exit codes: 0 the run took it, 1 it did not, 2 nothing waits for it")]
pub(crate) struct SendArgs {
    /// `latest`, an id or its beginning, or a commit
    #[arg(value_name = "RUN")]
    run: String,
    /// The name of the message or signal
    #[arg(value_name = "MESSAGE")]
    message: String,
    /// Which of those that wait for this message
    #[arg(long, value_name = "KEY", conflicts_with = "signal")]
    key: Option<String>,
    /// It is a signal
    #[arg(long)]
    signal: bool,
    /// Set a variable of the run along with it
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

pub(crate) fn run(args: SendArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let SendArgs { run, message, key, signal, set } = args;
    let project = globals.project()?;
    let told = Found::of(&project, Some(&run))?.read()?;
    letters::check_open(&told)?;
    check_awaited(&told, &message, signal, key.as_deref())?;
    let name = Name::from(message.as_str());
    let set = parse_set(&set)?;
    let user = project.user();
    let by = Some(Identity { name: user.clone(), proved: false });
    let letter = match signal {
        true => Letter::Signal { by, name: name.clone(), set },
        false => Letter::Send { by, key: key.map(Name::from), name: name.clone(), set },
    };
    let sent = letters::send(&project, told, &letter)?;
    if let Some(holder) = &sent.unheard {
        return Err(letters::unheard(holder));
    }
    let taken = |event: &Event| match event {
        Event::MessageReceived { name: found, .. } => !signal && *found == name,
        Event::SignalReceived { name: found, .. } => signal && *found == name,
        _ => false,
    };
    if !sent.events.iter().any(|one| taken(&one.event)) {
        let what = word(signal);
        let why =
            sent.refused.unwrap_or_else(|| format!("nothing waits for the {what} `{message}` any more"));
        return Err(CommandError { exit: Exit::Failed, message: why, hint: None });
    }
    let next = letters::next(&sent.after)?;
    if globals.json() {
        let object = json!({ "run": sent.after.found.id, "message": message, "by": user, "taken": true, "next": next });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        output::result(&format!("run {} took `{message}`\n{}\n", sent.after.found.id, next.join("\n")));
    }
    Ok(Exit::Done)
}

fn word(signal: bool) -> &'static str {
    if signal { "signal" } else { "message" }
}

/// Something that a step waits to hear.
struct Awaited<'t> {
    name: &'t str,
    key: Option<&'t str>,
}

/// What a step waits for, where that is a message, or a signal.
fn awaited<'t>(told: &'t Told, step: &'t Step, signal: bool) -> Option<Awaited<'t>> {
    let of_catch = |catch: &'t Catch| match &catch.trigger {
        Trigger::Message { name, .. } if !signal => Some(Awaited { name, key: step.key.as_deref() }),
        Trigger::Signal(name) if signal => Some(Awaited { name, key: None }),
        _ => None,
    };
    match &told.story.node(step)?.kind {
        Kind::Message(message) if !signal => {
            Some(Awaited { name: &message.name, key: message.key.as_deref() })
        }
        Kind::Catch(catch) => of_catch(catch),
        _ => None,
    }
}

/// Checks that a step waits for it, with this key where it asks for one.
fn check_awaited(told: &Told, message: &str, signal: bool, key: Option<&str>) -> Result<(), CommandError> {
    let what = word(signal);
    let all: Vec<Awaited<'_>> = told.story.waiting().filter_map(|step| awaited(told, step, signal)).collect();
    let mut named = all.iter().filter(|one| one.name == message).peekable();
    if named.peek().is_none() {
        let error =
            CommandError::usage(format!("run {} does not wait for a {what} `{message}`", told.found.id));
        let other = told.story.waiting().filter_map(|step| awaited(told, step, !signal));
        if other.into_iter().any(|one| one.name == message) {
            return Err(error.hint(match signal {
                true => "a message of this name is awaited: leave `--signal` out",
                false => "a signal of this name is awaited: `--signal`",
            }));
        }
        let names = || all.iter().map(|one| one.name);
        return Err(match closest(message, names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None if all.is_empty() => error.hint(format!("no step of this run waits for a {what}")),
            None => error.hint(format!("these are awaited: {}", names().collect::<Vec<_>>().join(", "))),
        });
    }
    let keys: Vec<Option<&str>> = named.map(|one| one.key).collect();
    if keys.iter().any(|wanted| wanted.is_none() || *wanted == key) {
        return Ok(());
    }
    let keys: Vec<&str> = keys.into_iter().flatten().collect();
    let said = key.map_or("without a key".to_owned(), |key| format!("with the key `{key}`"));
    let error = CommandError::usage(format!("nothing waits for the message `{message}` {said}"));
    Err(error.hint(format!("awaited with `--key`: {}", keys.join(", "))))
}
