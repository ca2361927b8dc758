//! `dod logs`: all that steps printed.

use std::io::IsTerminal as _;
use std::path::Path;
use std::time::Duration;

use clap::Args;
use dod_host::log::{LOG_FILE, LogReader, ReadError};
use dod_kernel::record::Recorded;
use dod_kernel::run::{AttemptEnded, Event, Printed};
use dod_views::clean;
use dod_views::object::{self, AllLogsObject, LogsObject};
use dod_views::story::Step;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::launch::Lookup;
use crate::output::{self, Stream};
use crate::project::Project;
use crate::runs::{Found, Going, Told, run_and_word};
use crate::screen;

/// How often a log that is being written is looked at again.
const LOOK_EVERY: Duration = Duration::from_millis(150);

/// Print all that steps printed, secrets masked
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod logs test                       both streams of the step `test` in the newest run
  dod logs latest test --stderr       one of them
  dod logs 019aa5                     every step of that run
  dod logs test --attempt 1           an earlier attempt
  dod logs --follow                   steps as they end, until the run does")]
pub(crate) struct LogsArgs {
    /// `latest`, an id or its beginning, a commit, or the folder of an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// The step; all of them without one
    #[arg(value_name = "STEP")]
    step: Option<String>,
    /// Only standard error; JSON has both
    #[arg(long, conflicts_with = "stdout")]
    stderr: bool,
    /// Only standard output; JSON has both
    #[arg(long)]
    stdout: bool,
    /// Which attempt, from 1; the last one without it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    attempt: Option<u32>,
    /// Go on until the run ends
    #[arg(short, long)]
    follow: bool,
}

/// Which streams.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Wanted {
    Both,
    Stdout,
    Stderr,
}

pub(crate) fn run(args: LogsArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let LogsArgs { run, step, stderr, stdout, attempt, follow } = args;
    let project = globals.project()?;
    let wanted = match (stdout, stderr) {
        (true, _) => Wanted::Stdout,
        (_, true) => Wanted::Stderr,
        _ => Wanted::Both,
    };
    let (mut told, step) = run_and_word(&project, run.as_deref(), step.as_deref())?;
    if let Some(step) = &step {
        told.check_step(step)?;
    }
    if follow && matches!(told.going()?, Going::Held(_)) {
        told = followed(&project, told, &Asked { step: step.as_deref(), wanted, attempt }, globals.json())?;
        if !globals.json() {
            return Ok(Exit::Done);
        }
    }
    if globals.json() {
        as_json(&told, step.as_deref(), attempt)
    } else {
        as_text(&told, step.as_deref(), wanted, attempt)
    }
}

/// Steps that were asked for: the last activation of one, or all of them.
fn asked<'t>(told: &'t Told, step: Option<&str>) -> Vec<&'t Step> {
    match step {
        Some(name) => told.story.named(name).into_iter().collect(),
        None => told.story.shown().filter(|step| step.ended().is_some()).collect(),
    }
}

fn as_json(told: &Told, step: Option<&str>, attempt: Option<u32>) -> Result<Exit, CommandError> {
    let mut all = Vec::new();
    told.with_sources(|sources| {
        for one in asked(told, step) {
            if let Some(found) = LogsObject::of(&told.story, one, attempt, sources) {
                all.push(found);
            }
        }
    });
    match step {
        Some(step) => {
            let one = all.pop().ok_or_else(|| nothing(told, step, attempt))?;
            output::result(&(object::text(&one) + "\n"));
        }
        None => {
            let all = AllLogsObject { run: told.found.id.0.clone(), logs: all };
            output::result(&(object::text(&all) + "\n"));
        }
    }
    Ok(Exit::Done)
}

fn as_text(
    told: &Told,
    step: Option<&str>,
    wanted: Wanted,
    attempt: Option<u32>,
) -> Result<Exit, CommandError> {
    let lookup = Lookup::at(&told.found.blobs);
    let mut exit = Exit::Done;
    let mut printed = false;
    for one in asked(told, step) {
        let ends =
            one.attempts.iter().rev().filter(|tried| attempt.is_none_or(|wanted| wanted == tried.number));
        let Some((_, _, ended)) = ends.filter_map(|tried| tried.ended.as_ref()).next() else { continue };
        printed = true;
        if !print(ended, &lookup, wanted, step.is_none()) {
            exit = Exit::Undecided;
        }
    }
    match step {
        Some(step) if !printed => Err(nothing(told, step, attempt)),
        _ if !printed => {
            output::talk("no step has ended yet\n");
            Ok(exit)
        }
        _ => Ok(exit),
    }
}

/// Why there is nothing to print.
fn nothing(told: &Told, step: &str, attempt: Option<u32>) -> CommandError {
    let Some(found) = told.story.named(step) else {
        return CommandError::usage(format!("step `{step}` was not reached"));
    };
    let ended = found.attempts.iter().filter(|one| one.ended.is_some()).count();
    match attempt {
        Some(attempt) if ended > 0 => {
            CommandError::usage(format!("step `{step}` has no attempt {attempt}; it has {ended}"))
        }
        _ => CommandError::usage(format!("step `{step}` printed nothing: it is {}", found.standing().word())),
    }
}

/// Prints what an attempt printed; answers whether all of it is at hand.
fn print(ended: &AttemptEnded, lookup: &Lookup, wanted: Wanted, header: bool) -> bool {
    let streams = [("stdout", &ended.stdout, Wanted::Stderr), ("stderr", &ended.stderr, Wanted::Stdout)];
    let streams: Vec<_> =
        streams.into_iter().filter(|(_, printed, not)| *not != wanted && printed.bytes > 0).collect();
    let several = streams.len() > 1;
    let name = &ended.step.name;
    if header && streams.is_empty() {
        output::result(&format!("--- {name} printed nothing ---\n"));
    }
    let mut whole = true;
    for (stream, printed, _) in streams {
        if header || several {
            output::result(&format!("--- {stream} of {name} ---\n"));
        }
        let (bytes, all) = bytes_of(printed, lookup);
        if !all {
            output::warning(&format!(
                "the whole {stream} of `{name}` is gone from the blobs: these are its last lines"
            ));
            whole = false;
        }
        let mut text = dressed(&bytes);
        if (header || several) && !text.ends_with('\n') && !text.is_empty() {
            text.push('\n');
        }
        output::result(&text);
        if printed.blob.is_some() && all && (bytes.len() as u64) < printed.bytes {
            output::warning(&format!(
                "{stream} of `{name}` was cut: the step wrote {} bytes, {} were kept",
                printed.bytes,
                bytes.len()
            ));
        }
    }
    whole
}

/// What is kept of a stream, and whether it is all that was kept once.
fn bytes_of(printed: &Printed, lookup: &Lookup) -> (Vec<u8>, bool) {
    let tail = || printed.tail.as_bytes().to_vec();
    match &printed.blob {
        None => (tail(), true),
        Some(digest) => lookup.blob(digest).map_or_else(|| (tail(), false), |bytes| (bytes, true)),
    }
}

/// Output as it was, unless it goes to a terminal, which it must not be able to command.
fn dressed(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    if std::io::stdout().is_terminal() {
        clean(&text, screen::look(Stream::Stdout).color)
    } else {
        text.into_owned()
    }
}

/// What is to be followed.
struct Asked<'a> {
    step: Option<&'a str>,
    wanted: Wanted,
    attempt: Option<u32>,
}

/// Prints attempts as they end until the run has a verdict or its process is gone; answers the run as it is then.
fn followed(project: &Project, told: Told, asked: &Asked<'_>, silent: bool) -> Result<Told, CommandError> {
    let found = told.found;
    let lookup = Lookup::at(&found.blobs);
    let log = found.folder.join(LOG_FILE);
    let mut reader = LogReader::open(&log).map_err(|error| unreadable(&log, &error))?;
    loop {
        // Asked before reading: what the process wrote before it went is still read.
        let gone = found.holder()?.is_none();
        while let Some(event) = next(&mut reader, &log)? {
            match event {
                Event::AttemptEnded(ended) if !silent && is_asked(&ended, asked) => {
                    print(&ended, &lookup, asked.wanted, true);
                }
                _ => {}
            }
        }
        if gone {
            break;
        }
        std::thread::sleep(LOOK_EVERY);
    }
    let word = found.id.0.as_str().to_owned();
    let told = Found::of(project, Some(&word))?.read()?;
    let status = super::show::status(&told, &told.going()?);
    output::talk(&status.map(|line| line + "\n").unwrap_or_default());
    Ok(told)
}

fn is_asked(ended: &AttemptEnded, asked: &Asked<'_>) -> bool {
    asked.step.is_none_or(|step| *ended.step.name == *step)
        && asked.attempt.is_none_or(|attempt| attempt == ended.attempt)
}

fn next(reader: &mut LogReader, log: &Path) -> Result<Option<Event>, CommandError> {
    match reader.next_line() {
        Ok(Some(line)) => {
            let number = line.number;
            let read: Recorded<Event> = serde_json::from_slice(line.bytes).map_err(|error| {
                CommandError::system(format!("line {number} of `{}` is no event: {error}", log.display()))
            })?;
            Ok(Some(read.event))
        }
        Ok(None) | Err(ReadError::Torn { .. }) => Ok(None),
        Err(error) => Err(unreadable(log, &error)),
    }
}

fn unreadable(log: &Path, error: &ReadError) -> CommandError {
    CommandError::system(format!("`{}` cannot be followed: {error}", log.display()))
}
