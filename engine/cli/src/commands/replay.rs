//! `dod replay`: is a log what its facts lead to?

mod teller;
mod what_if;

use std::path::{Path, PathBuf};

use clap::Args;
use dod_kernel::policy::Policy;
use dod_views::replay::{self, Moment, Telling};
use dod_views::verdict::VerdictDocument;
use serde_json::Value as Json;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output::{self, Stream};
use crate::remade::{self, Place, Remade, Remake, Status};
use crate::runs::Found;
use crate::{launch, screen};
use teller::{End, Teller};

/// Characters of an event that are shown of each side of a difference.
const SHOWN_CHARS_MAX: usize = 600;
/// A page of a log of fewer bytes shows every event.
const EVERY_BYTES_MAX: u64 = 2 << 20;

/// Make every decision of a run again, from its facts alone
///
/// Needs the log and the blobs of the run: no `dod.yaml`, no tool, no network. Prints each decision under the fact that it
/// follows from, with the numbers of the events that tell what else it rests on; what says little is counted. With
/// `--policy` it answers what another policy would have said of the same facts; that never is the verdict of a run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod replay                                     the newest run: facts, decisions, the result
  dod replay latest --quiet                      the result alone
  dod replay ./exported/run --until 12           the run as it stood behind event 12
  dod replay latest --format html > run.html     one page: verdict, people, gates, events
  dod replay latest --verdict verdict.json       the verdict document: the same bytes on every machine
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
    /// Print the result alone
    #[arg(long, short, conflicts_with = "all")]
    quiet: bool,
    /// Print every event, also those that say little
    #[arg(long)]
    all: bool,
    /// Stop behind this event, and show the run as it stood then
    #[arg(long, value_name = "SEQ", conflicts_with_all = ["verdict", "policy"])]
    until: Option<u64>,
    /// Write the verdict document into this file (`-`: to stdout, and nothing else)
    #[arg(long, value_name = "FILE", conflicts_with = "policy")]
    verdict: Option<PathBuf>,
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

/// What is to be told of a replay.
struct Settings {
    form: Form,
    /// The result alone.
    quiet: bool,
    every: bool,
    until: Option<u64>,
    verdict: Option<PathBuf>,
}

/// How it is told.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// The result alone.
    Quiet,
    /// For people.
    Text,
    /// The documented object.
    Json,
    /// A page.
    Html,
    /// Stdout is for the verdict document.
    Document,
}

pub(crate) fn run(args: ReplayArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ReplayArgs { run, quiet, all, until, verdict, policy, since, at } = args;
    if let Some(policy) = policy {
        if globals.html() {
            return Err(CommandError::usage("a what-if has no page: leave `--format html` out".to_owned()));
        }
        let project = globals.project()?;
        return what_if::run(&project, &what_if::Try { run, policy, since, at }, globals);
    }
    let to_stdout = verdict.as_ref().is_some_and(|file| file.as_os_str() == "-");
    let form = match (globals.json(), globals.html()) {
        (true, _) | (_, true) if to_stdout => {
            let error = CommandError::usage("stdout cannot hold the verdict document and something else");
            return Err(error.hint("name a file: `--verdict verdict.json`"));
        }
        (true, _) => Form::Json,
        (_, true) => Form::Html,
        _ if to_stdout => Form::Document,
        _ if quiet => Form::Quiet,
        _ => Form::Text,
    };
    let verdict = verdict.map(|file| {
        if to_stdout {
            file
        } else {
            globals.directory.as_deref().unwrap_or_else(|| Path::new("")).join(file)
        }
    });
    let found = Found::of(&globals.project()?, run.as_deref())?;
    replay(&found, &Settings { form, quiet, every: all, until, verdict })
}

fn replay(found: &Found, settings: &Settings) -> Result<Exit, CommandError> {
    let Settings { form, quiet, every, until, verdict } = settings;
    let remake = match Remake::of(found, *until) {
        Ok(remake) => remake,
        Err(unreadable) => {
            say(*form, &unreadable, None);
            return refuse_document(verdict.as_deref(), &unreadable);
        }
    };
    let stored = remake.stored();
    let every = *every || (*form == Form::Html && is_short(found));
    let telling = Telling::new(stored.workflow.clone(), stored.governance.clone(), every);
    let mut teller = Teller::new(*form, *quiet, telling);
    let (mut reached, mut moment) = (false, None);
    let (remade, document) = remade::with_document(&remake, &mut |recorded, run| {
        teller.push(recorded);
        if *until == Some(recorded.seq) {
            reached = true;
            moment = teller.story().map(|story| Moment::of(run, story, recorded.seq));
        }
    });
    if let (Some(until), false, Status::Good) = (until, reached, remade.status) {
        let last = remade.events.saturating_sub(1);
        let error = CommandError::usage(format!("run {} has no event {until}", remade.run));
        return Err(error.hint(format!("its last one is {last}")));
    }
    let told = teller.finish();
    let end = Told { told, moment, document, policy: stored.governance.policies.first() };
    say(*form, &remade, Some(&end));
    match (&end.document, verdict) {
        (_, None) => {}
        (Some(document), Some(file)) if file.as_os_str() == "-" => {
            output::result(&String::from_utf8_lossy(&document.bytes()));
        }
        (Some(document), Some(file)) => dod_host::storage::write_atomic(file, &document.bytes())?,
        (None, Some(_)) => return refuse_document(verdict.as_deref(), &remade),
    }
    Ok(exit_of(remade.status))
}

fn exit_of(status: Status) -> Exit {
    match status {
        Status::Good => Exit::Done,
        Status::Different => Exit::Failed,
        Status::NotRemade | Status::Incomplete | Status::Unreadable => Exit::Undecided,
    }
}

/// A verdict that was not made again is no document.
fn refuse_document(file: Option<&Path>, remade: &Remade) -> Result<Exit, CommandError> {
    let exit = exit_of(remade.status);
    match (file, remade.status) {
        (None, _) => Ok(exit),
        (Some(_), Status::Good) => {
            let message = format!("run {} has no verdict yet, and so no verdict document", remade.run);
            Err(CommandError { exit: Exit::Undecided, message, hint: None })
        }
        (Some(_), _) => {
            let message =
                format!("run {}: no verdict document is written, since it was not made again", remade.run);
            Err(CommandError { exit, message, hint: None })
        }
    }
}

/// Whether a page may show every event of a log.
fn is_short(found: &Found) -> bool {
    let log = found.folder.join(dod_host::log::LOG_FILE);
    std::fs::metadata(log).is_ok_and(|log| log.len() < EVERY_BYTES_MAX)
}

/// What was told, at the end.
struct Told<'p> {
    told: End,
    moment: Option<Moment>,
    document: Option<VerdictDocument>,
    policy: Option<&'p Policy>,
}

/// Says what came of a replay, in the form that was asked for.
fn say(form: Form, remade: &Remade, end: Option<&Told<'_>>) {
    match form {
        Form::Document => output::talk(&text(remade)),
        Form::Quiet => output::result(&text(remade)),
        Form::Text => {
            let moment = end.and_then(|end| end.moment.as_ref());
            let moment = moment.map(|moment| format!("\n{}", moment.render(screen::look(Stream::Stdout))));
            output::result(&format!("{}\n{}", moment.unwrap_or_default(), text(remade)));
        }
        Form::Json => {
            output::result(&(launch::json(&object(remade, end)) + "\n"));
        }
        Form::Html => {
            let Some(Told { told, moment, document, policy }) = end else {
                // There is nothing to make a page of.
                output::talk(&text(remade));
                return;
            };
            let page = replay::page(replay::Page {
                story: &told.story,
                document: document.as_ref(),
                policy: *policy,
                lines: &told.lines,
                lines_cut: told.cut,
                status: remade.status.word(),
                result: &remade.text,
                moment: moment.as_ref(),
            });
            output::result(&page);
            if remade.status != Status::Good {
                output::talk(&text(remade));
            }
        }
    }
}

/// The documented object.
fn object(remade: &Remade, end: Option<&Told<'_>>) -> Json {
    let mut object = as_json(remade);
    let (Some(fields), Some(end)) = (object.as_object_mut(), end) else { return object };
    fields.insert("lines".to_owned(), as_json(&end.told.lines));
    fields.insert("lines_cut".to_owned(), end.told.cut.into());
    if let Some(moment) = &end.moment {
        fields.insert("moment".to_owned(), as_json(moment));
    }
    if let Some(document) = &end.document {
        fields.insert("verdict_digest".to_owned(), as_json(&dod_host::blob::digest_of(&document.bytes())));
    }
    object
}

fn as_json(object: &impl serde::Serialize) -> Json {
    serde_json::to_value(object).expect("an object can always be written")
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
