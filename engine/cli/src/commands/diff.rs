//! `dod diff`: what is different between two runs.

use clap::Args;
use dod_views::{diff, object};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output::{self, Stream};
use crate::runs::Found;
use crate::screen;

/// Compare two runs: verdicts, steps, findings, measures, times
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod diff main latest                 the newest run against the one on `main`
  dod diff 019aa5 019aa7 --format json

The exit code is 0 whatever is different.")]
pub(crate) struct DiffArgs {
    /// The run to compare with
    #[arg(value_name = "A")]
    a: String,
    /// The run that is looked at
    #[arg(value_name = "B")]
    b: String,
}

pub(crate) fn run(args: DiffArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let DiffArgs { a, b } = args;
    let project = globals.project()?;
    let a = Found::of(&project, Some(&a))?.read()?;
    let b = Found::of(&project, Some(&b))?.read()?;
    let (going_a, going_b) = (a.going()?, b.going()?);
    let mut found =
        a.with_sources(|of_a| b.with_sources(|of_b| diff::diff((&a.story, of_a), (&b.story, of_b))));
    found.a.state = going_a.state(found.a.state);
    found.b.state = going_b.state(found.b.state);
    if globals.json() {
        output::result(&(object::text(&found) + "\n"));
    } else {
        output::result(&diff::render(&found, screen::look(Stream::Stdout)));
    }
    Ok(Exit::Done)
}
