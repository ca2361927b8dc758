//! `dod cancel`: ends a run.

use clap::Args;
use dod_host::drive::Letter;
use dod_kernel::run::{Event, Identity};
use serde_json::json;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::letters;
use crate::runs::Found;
use crate::{launch, output};

/// End a run: what runs is ended, nothing starts any more
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod cancel             the newest run that is not finished
  dod cancel 019aa5

A run that no process works on has its verdict at once.")]
pub(crate) struct CancelArgs {
    /// `latest`, an id or its beginning, or a commit; the newest run that is not finished without one
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

pub(crate) fn run(args: CancelArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let CancelArgs { run } = args;
    let project = globals.project()?;
    let told = Found::to_act_on(&project, run.as_deref())?.read()?;
    letters::check_open(&told)?;
    let by = Identity { name: project.user(), proved: false };
    let sent = letters::send(&project, told, &Letter::Cancel { by: by.clone() })?;
    if let Some(holder) = &sent.unheard {
        return Err(letters::unheard(holder));
    }
    let taken = sent.events.iter().any(|one| matches!(one.event, Event::CancelRequested { .. }));
    if !taken {
        let why = sent.refused.unwrap_or_else(|| "the run has ended".to_owned());
        return Err(CommandError {
            exit: Exit::Failed,
            message: format!("nothing was cancelled: {why}"),
            hint: None,
        });
    }
    let next = letters::next(&sent.after)?;
    if globals.json() {
        let object = json!({ "run": sent.after.found.id, "cancelled": true, "by": by.name, "next": next });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        output::result(&format!("cancelled: run {}\n{}\n", sent.after.found.id, next.join("\n")));
    }
    Ok(Exit::Done)
}
