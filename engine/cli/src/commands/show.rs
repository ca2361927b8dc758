//! `dod show`: one run, from its first line to its verdict.

use clap::Args;
use dod_views::object::RunObject;
use dod_views::plain::Plain;
use dod_views::{object, summary};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output::{self, Stream};
use crate::runs::{Found, Going, Told};
use crate::{launch, screen};

/// Show one run: its steps, what is wrong, its verdict
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod show                  the newest run
  dod show 019aa5           the run whose id begins so
  dod show main             the newest run on the commit that `main` points to
  dod show --format json    the same as an object

A run that is not finished is shown as far as it has come.")]
pub(crate) struct ShowArgs {
    /// `latest`, an id or its beginning, a commit, or the folder of an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
}

pub(crate) fn run(args: ShowArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ShowArgs { run } = args;
    let project = globals.project()?;
    let told = Found::of(&project, run.as_deref())?.read()?;
    let going = told.going()?;
    if globals.json() {
        let mut object = told.with_sources(|sources| RunObject::of(&told.story, sources));
        object.state = going.state(object.state);
        let mut object = serde_json::to_value(object).expect("an object can always be written");
        if let (Going::Held(holder), Some(object)) = (&going, object.as_object_mut()) {
            object.insert("process".to_owned(), holder.pid.into());
        }
        output::result(&(object::text(&object) + "\n"));
        return Ok(Exit::Done);
    }
    let look = screen::look(Stream::Stdout);
    let mut first = Plain::new(told.stored.workflow.clone(), launch::stored_opening(&told.stored), look);
    let opening =
        told.stored.events()?.next().transpose()?.map(|event| first.push(&event)).unwrap_or_default();
    let text = told.with_sources(|sources| {
        summary::render(&told.story, sources, look, summary::Contents { steps: true })
    });
    let status = status(&told, &going).map(|line| line + "\n").unwrap_or_default();
    output::result(&format!("{}\n{status}\n{text}", opening.join("\n")));
    Ok(Exit::Done)
}

/// What becomes of a run without a verdict, in a line.
pub(crate) fn status(told: &Told, going: &Going) -> Option<String> {
    let id = &told.found.id;
    match going {
        Going::Ended => None,
        Going::Held(holder) => Some(format!("running: process {} works on it", holder.pid)),
        Going::Waiting => Some("waiting: no process works on it".to_owned()),
        Going::Interrupted if told.found.workspace.is_none() => {
            Some("not finished: it was exported before its verdict".to_owned())
        }
        Going::Interrupted => Some(format!("interrupted: `dod resume {id}` goes on")),
    }
}
