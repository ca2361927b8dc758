//! One task outside of a run, in the surroundings that it would have in one: what `dod fix` starts.
//!
//! **Absent on purpose:** the log, reports, secrets, outputs of other steps. A task that needs those is a step.

use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dod_kernel::workflow::{EnvValue, Program, Task};

use super::OUTPUT_BYTES_MAX;
use super::environment;
use crate::mask::Masks;
use crate::process::{Ended, Exit, Happening, Keep, Options, Signals, Spawn, Supervisor};

/// How long it gets between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);
/// Bytes of what it printed that are kept.
const MEMORY_BYTES: usize = 256 << 10;

/// Where a task runs.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a> {
    /// The repository's root, absolute.
    pub root: &'a Path,
    /// The running program, for tasks that name `dod`.
    pub program: &'a Path,
    /// A folder that is there already, for long output and for `$DOD_REPORTS`.
    pub scratch: &'a Path,
}

/// How a task ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum AloneEnd {
    /// By itself, with this exit code.
    Exited(i32),
    /// By a signal that was not ours.
    Signaled,
    /// Somebody asked us to stop.
    Interrupted,
    /// It took longer than it may.
    TimedOut,
}

/// Runs a task to its end. Answers how it ended and the end of what it printed.
///
/// # Errors
/// It could not be started, and why.
pub fn alone(place: Place<'_>, task: &Task, longest: Duration) -> Result<(AloneEnd, String), String> {
    if let Some(missing) = environment::missing_program(place.root, task) {
        return Err(format!(
            "`{missing}` is not {}",
            if missing.contains('/') { "there" } else { "on PATH" }
        ));
    }
    let system = |error: std::io::Error| error.to_string();
    let spawn = spawn(place, task)?;
    let signals = Signals::catch().map_err(system)?;
    let spool: PathBuf = place.scratch.into();
    let options = Options { spool, sidecar: None, signals: Some(signals) };
    let mut supervisor = Supervisor::new(options).map_err(system)?;
    supervisor.spawn(&spawn).map_err(|error| error.to_string())?;
    let until = Instant::now() + longest;
    let mut stopped = None;
    loop {
        let waits = if stopped.is_none() { Some(until) } else { None };
        for happening in supervisor.wait(waits, &[]).map_err(system)? {
            match happening {
                Happening::Ended(ended) => return Ok(end(stopped, &ended)),
                Happening::Signal(_) if stopped.is_none() => {
                    stopped = Some(AloneEnd::Interrupted);
                    supervisor.stop(spawn.token, GRACE);
                }
                Happening::Output { .. } | Happening::Woken(_) | Happening::Signal(_) => {}
            }
        }
        if stopped.is_none() && Instant::now() >= until {
            stopped = Some(AloneEnd::TimedOut);
            supervisor.stop(spawn.token, GRACE);
        }
    }
}

fn end(stopped: Option<AloneEnd>, ended: &Ended) -> (AloneEnd, String) {
    let tail = |tail: &[u8]| String::from_utf8_lossy(tail).trim_end().to_owned();
    let said = [tail(&ended.output.stdout.tail), tail(&ended.output.stderr.tail)];
    let said: Vec<String> = said.into_iter().filter(|text| !text.is_empty()).collect();
    let end = stopped.unwrap_or(match ended.exit {
        Exit::Code(code) => AloneEnd::Exited(code),
        Exit::Signal(_) | Exit::Unknown => AloneEnd::Signaled,
    });
    (end, said.join("\n"))
}

fn spawn(place: Place<'_>, task: &Task) -> Result<Spawn, String> {
    let mut env = environment::inherited();
    environment::activate(place.root, &task.action.cwd, &mut env);
    env.insert("DOD".into(), place.program.into());
    env.insert(super::attempt::REPORTS_VARIABLE.into(), place.scratch.into());
    for (name, value) in &task.action.env {
        let EnvValue::Text(text) = value else { return Err(format!("`{name}` is an output of a step")) };
        env.insert(name.as_str().into(), text.as_str().into());
    }
    let words: Vec<OsString> = match &task.action.run {
        Program::Argv(argv) => argv.iter().map(|word| word.as_str().into()).collect(),
        Program::Shell { script, shell } => {
            shell.iter().chain([script]).map(|word| word.as_str().into()).collect()
        }
    };
    let own =
        |(at, word): (usize, OsString)| if at == 0 && word == "dod" { place.program.into() } else { word };
    Ok(Spawn {
        token: 0,
        argv: words.into_iter().enumerate().map(own).collect(),
        cwd: environment::folder(place.root, &task.action.cwd)?,
        env: env.into_iter().collect(),
        keep: Keep { memory_bytes: MEMORY_BYTES, output_bytes_max: OUTPUT_BYTES_MAX, tail_lines: 40 },
        masks: Masks::new(std::iter::empty()).0,
        live: false,
    })
}
