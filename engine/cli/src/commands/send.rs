//! `dod send`: a message to a run.

use clap::Args;
use dod_host::drive::Letter;
use dod_kernel::id::Name;
use dod_kernel::run::Event;
use dod_kernel::workflow::{Kind, Message};
use dod_notation::diagnose::closest;
use serde_json::json;

use super::validate::parse_inputs;
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::letters;
use crate::runs::{Found, Told};
use crate::{launch, output};

/// Send a message that a run waits for
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod send latest deployed
  dod send 019aa5 deployed --key eu-west --set version=1.4.0

Exit codes: 0 the run took it, 1 it did not, 2 nothing waits for it")]
pub(crate) struct SendArgs {
    /// `latest`, an id or its beginning, or a commit
    #[arg(value_name = "RUN")]
    run: String,
    /// The message's name
    #[arg(value_name = "MESSAGE")]
    message: String,
    /// Which of those that wait for this message
    #[arg(long, value_name = "KEY")]
    key: Option<String>,
    /// Set a variable of the run along with it
    #[arg(long, value_name = "NAME=VALUE")]
    set: Vec<String>,
}

pub(crate) fn run(args: SendArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let SendArgs { run, message, key, set } = args;
    let project = globals.project()?;
    let told = Found::of(&project, Some(&run))?.read()?;
    letters::check_open(&told)?;
    check_awaited(&told, &message, key.as_deref())?;
    let name = Name::from(message.as_str());
    let letter = Letter::Send { key: key.map(Name::from), name: name.clone(), set: parse_inputs(&set)? };
    let sent = letters::send(&project, told, &letter)?;
    if let Some(holder) = &sent.unheard {
        return Err(letters::unheard(holder));
    }
    let taken = |event: &Event| matches!(event, Event::MessageReceived { name: found, .. } if *found == name);
    if !sent.events.iter().any(|one| taken(&one.event)) {
        let why =
            sent.refused.unwrap_or_else(|| format!("nothing waits for the message `{message}` any more"));
        return Err(CommandError { exit: Exit::Failed, message: why, hint: None });
    }
    let next = letters::next(&sent.after)?;
    if globals.json() {
        let object = json!({ "run": sent.after.found.id, "message": message, "taken": true, "next": next });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        output::result(&format!("run {} took `{message}`\n{}\n", sent.after.found.id, next.join("\n")));
    }
    Ok(Exit::Done)
}

/// Checks that a step waits for the message, with this key where it asks for one.
fn check_awaited(told: &Told, message: &str, key: Option<&str>) -> Result<(), CommandError> {
    let awaited: Vec<&Message> = told
        .story
        .waiting()
        .filter_map(|step| match told.story.node(step).map(|node| &node.kind) {
            Some(Kind::Message(message)) => Some(&**message),
            _ => None,
        })
        .collect();
    let mut named = awaited.iter().filter(|one| *one.name == *message).peekable();
    if named.peek().is_none() {
        let error =
            CommandError::usage(format!("run {} does not wait for a message `{message}`", told.found.id));
        let names = || awaited.iter().map(|one| one.name.as_str());
        return Err(match closest(message, names()) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None if awaited.is_empty() => error.hint("no step of this run waits for a message"),
            None => error.hint(format!("these are awaited: {}", names().collect::<Vec<_>>().join(", "))),
        });
    }
    let keys: Vec<Option<&str>> = named.map(|one| one.key.as_deref()).collect();
    if keys.iter().any(|wanted| wanted.is_none() || *wanted == key) {
        return Ok(());
    }
    let keys: Vec<&str> = keys.into_iter().flatten().collect();
    let said = key.map_or("without a key".to_owned(), |key| format!("with the key `{key}`"));
    let error = CommandError::usage(format!("nothing waits for the message `{message}` {said}"));
    Err(error.hint(format!("awaited with `--key`: {}", keys.join(", "))))
}
