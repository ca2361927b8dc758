//! `dod replay`: is a log what its facts lead to?

mod what_if;

use clap::Args;
use serde_json::Value as Json;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::remade::{Place, Remade, Remake, Status};
use crate::runs::Found;
use crate::{launch, output};

/// Characters of an event that are shown of each side of a difference.
const SHOWN_CHARS_MAX: usize = 600;

/// Make every decision of a run again, from its facts alone
///
/// Needs the log and the blobs of the run: no `dod.yaml`, no tool, no network. With `--policy` it answers what another
/// policy would have said of the same facts; that never is the verdict of a run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod replay                                     the newest run
  dod replay ./exported/run                      a run from elsewhere
  dod replay latest --policy strict              what would another policy say of it?
  dod replay --since 30d --policy candidate      which runs of 30 days would come out otherwise, and why?

Exit codes: 0 every decision was made again (with `--policy`: no run would come out otherwise),
1 one is recorded that does not follow (with `--policy`: a run would come out otherwise),
3 it cannot be said: evidence is missing, another version of an engine answered,
or the log is not readable")]
pub(crate) struct ReplayArgs {
    /// `latest`, an id or its beginning, a commit, or the folder of an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// What would this policy say of the same facts? A built-in, or one of the project's own as it is now
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// Every run since then, not one: `30d`, `2026-01-31`
    #[arg(long, value_name = "DAY|TIME", requires = "policy", conflicts_with = "run")]
    since: Option<String>,
    /// When waivers and ages are looked at: each run's own time, or a day
    #[arg(long, value_name = "run|DAY", requires = "policy", default_value = "run")]
    at: String,
}

pub(crate) fn run(args: ReplayArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ReplayArgs { run, policy, since, at } = args;
    let project = globals.project()?;
    if let Some(policy) = policy {
        return what_if::run(&project, &what_if::Try { run, policy, since, at }, globals);
    }
    let found = Found::of(&project, run.as_deref())?;
    let replayed = match Remake::of(&found, None) {
        Ok(remake) => remake.make(&mut |_, _| {}),
        Err(unreadable) => *unreadable,
    };
    if globals.json() {
        output::result(&(launch::json(&replayed) + "\n"));
    } else {
        output::result(&text(&replayed));
    }
    Ok(match replayed.status {
        Status::Good => Exit::Done,
        Status::Different => Exit::Failed,
        Status::NotRemade | Status::Incomplete | Status::Unreadable => Exit::Undecided,
    })
}

fn text(replayed: &Remade) -> String {
    let Remade { status, difference, text, .. } = replayed;
    let mut lines = Vec::new();
    match difference {
        None => lines.push(text.clone()),
        Some(Place { seq, file, line, why, recorded, expected }) => {
            let event = seq.map(|seq| format!("event {seq}: ")).unwrap_or_default();
            let word = if *status == Status::Different { "different" } else { "unreadable" };
            lines.push(format!("{word}: {event}{why}"));
            lines.extend(recorded.as_ref().map(|event| format!("  recorded  {}", short(event))));
            lines.extend(expected.as_ref().map(|event| format!("  follows   {}", short(event))));
            lines.push(format!("  at        {}:{line}", file.display()));
        }
    }
    lines.join("\n") + "\n"
}

fn short(event: &Json) -> String {
    let text = dod_views::clean(&event.to_string(), false);
    if text.chars().count() <= SHOWN_CHARS_MAX {
        return text;
    }
    text.chars().take(SHOWN_CHARS_MAX).collect::<String>() + "..."
}
