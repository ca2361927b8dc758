//! One attempt: from the fact that it starts to the fact that it ended.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant, SystemTime};

use dod_kernel::id::{Instance, Name};
use dod_kernel::run::{Command, End, EndReport, ExitSays, Printed, Reading, StopReason, Usage};
use dod_kernel::workflow::{Kind, Program, Task};

use super::session::Session;
use super::{DriveError, INLINE_BYTES_MAX, OUTPUT_BYTES_MAX, OUTPUTS_BYTES_MAX, environment};
use crate::disk;
use crate::history::Taken;
use crate::process::{Ended, Exit, Keep, Kept, Spawn, SpawnError, Stream, Trouble};
use crate::storage::StorageError;

/// The longest that a tool may take to say its version.
const VERSION_MAX: Duration = Duration::from_secs(20);
/// Bytes of a tool's word for its version.
const VERSION_BYTES_MAX: usize = 200;
/// The variable that names the file for `name=value` lines.
const OUTPUT_VARIABLE: &str = "DOD_OUTPUT";
/// The variable that names a folder for reports that are nobody else's business.
pub(super) const REPORTS_VARIABLE: &str = "DOD_REPORTS";

/// A process of an attempt.
pub(super) struct Flight {
    pub(super) step: Instance,
    pub(super) attempt: u32,
    pub(super) name: Name,
    pub(super) task: Arc<Task>,
    pub(super) stage: Stage,
    pub(super) env: BTreeMap<OsString, OsString>,
    pub(super) cwd: PathBuf,
    /// For reports that the step leaves outside the tree.
    pub(super) reports: Option<PathBuf>,
    pub(super) output: PathBuf,
    pub(super) began: SystemTime,
    pub(super) stop: Option<StopReason>,
    pub(super) service: Option<super::probe::Service>,
    /// When a version that nobody says is given up.
    pub(super) give_up: Option<Instant>,
}

/// What the process is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    /// The tool says its version.
    Version,
    /// The step itself.
    Main,
    /// A service is asked whether it is ready; this is the service's own token.
    Probe(u64),
}

impl Flight {
    pub(super) fn is_serving(&self) -> bool {
        self.service.as_ref().is_some_and(|service| service.ready) || matches!(self.stage, Stage::Probe(_))
    }

    pub(super) fn gives_up(&self) -> Option<Instant> {
        self.give_up
    }
}

impl Session<'_, '_> {
    /// Starts an attempt, or takes its result from an earlier run. Answers whether the run moved on by itself.
    pub(super) fn start(&mut self, step: Instance, attempt: u32) -> Result<bool, DriveError> {
        let node = self.run.workflow().node(step.node);
        let (name, Kind::Task(task)) = (node.name.clone(), node.kind.clone()) else { return Ok(false) };
        if let Some(taken) = self.hands.reused.remove(&name) {
            self.take_over(step, attempt, taken)?;
            return Ok(true);
        }
        if self.run.started().is_some_and(|started| !started.sources.is_empty()) {
            let why = "none of the joined runs has a result of it, and a joined run runs nothing";
            self.report(step, attempt, End::NotStarted { why: why.into() })?;
            return Ok(true);
        }
        self.say(Command::ReportStart { attempt, step })?;
        if task.idempotent {
            self.log.hand_over()?;
        } else {
            self.log.flush_and_wait()?;
        }
        match self.launch(step, attempt, name, task)? {
            Ok(()) => Ok(false),
            Err(why) => {
                self.report(step, attempt, End::NotStarted { why: why.into() })?;
                Ok(true)
            }
        }
    }

    fn take_over(&mut self, step: Instance, attempt: u32, taken: Taken) -> Result<(), DriveError> {
        let Taken { from, ended } = taken;
        self.say(Command::ReportEnd(Box::new(EndReport {
            attempt,
            end: ended.end,
            evidence: ended.evidence,
            outputs: ended.outputs,
            reused_from: Some(ended.reused_from.unwrap_or(from)),
            stderr: ended.stderr,
            stdout: ended.stdout,
            step,
            tool: ended.tool,
            usage: ended.usage,
        })))
    }

    /// Starts the first process of an attempt, or says why the step cannot be started.
    fn launch(
        &mut self,
        step: Instance,
        attempt: u32,
        name: Name,
        task: Arc<Task>,
    ) -> Result<Result<(), String>, DriveError> {
        if let Some(missing) = environment::missing_program(&self.settings.root, &task) {
            let place = if missing.contains('/') { "there" } else { "on PATH" };
            return Ok(Err(format!("`{missing}` is not {place}")));
        }
        let cwd = match environment::folder(&self.settings.root, &task.action.cwd) {
            Ok(cwd) => cwd,
            Err(why) => return Ok(Err(why)),
        };
        let token = self.tokens;
        let output = self.scratch.join(format!("{token}.out"));
        let mut env = self.inherited.clone();
        environment::activate(&self.settings.root, &task.action.cwd, &mut env);
        env.insert(OUTPUT_VARIABLE.into(), output.clone().into());
        env.insert("DOD".into(), self.settings.program.clone().into());
        env.insert("DOD_RUN".into(), self.id.to_string().into());
        env.insert("DOD_STEP".into(), name.as_str().into());
        let reports = if wants_reports(&task) {
            let folder = self.scratch.join(format!("{token}.reports"));
            disk::create_dir_all(&folder).map_err(StorageError::when("create", &folder))?;
            env.insert(REPORTS_VARIABLE.into(), folder.clone().into());
            Some(folder)
        } else {
            None
        };
        environment::variables(&self.run, step, &mut env);
        if let Err(why) = environment::of_step(&self.run, &task, &self.secrets, &mut env) {
            return Ok(Err(why));
        }
        let service = task.probe.as_ref().map(|probe| super::probe::Service::new(probe, self.instant()));
        let mut flight = Flight {
            step,
            attempt,
            name,
            stage: Stage::Main,
            env,
            cwd,
            reports,
            output,
            began: self.hands.world.calendar(),
            stop: None,
            service,
            give_up: None,
            task,
        };
        let version = &flight.task.action.version;
        if !version.is_empty() && !self.versions.contains_key(version) {
            flight.stage = Stage::Version;
            flight.give_up = Some(self.instant() + VERSION_MAX);
        }
        self.fly(flight)
    }

    /// Spawns the process of a stage.
    pub(super) fn fly(&mut self, mut flight: Flight) -> Result<Result<(), String>, DriveError> {
        let task = &flight.task;
        let argv = match (&flight.stage, &task.action.run) {
            (Stage::Version, _) => task.action.version.clone(),
            (Stage::Probe(_), _) => {
                flight.service.as_ref().map(super::probe::Service::command).unwrap_or_default()
            }
            (Stage::Main, Program::Argv(argv)) => argv.clone(),
            (Stage::Main, Program::Shell { script, shell }) => {
                shell.iter().chain(std::iter::once(script)).cloned().collect()
            }
        };
        let shell = matches!(task.action.run, Program::Shell { .. }) && flight.stage == Stage::Main;
        let reports = flight.reports.as_ref().map(|folder| folder.to_string_lossy().into_owned());
        let argv = argv.iter().enumerate().map(|(at, word)| match (at, word.as_str()) {
            (0, "dod") => self.settings.program.clone().into_os_string(),
            // A list is given to no shell, so the one variable that commands need is put in here.
            (_, text) if !shell => fill_in(text, reports.as_deref()).into(),
            (_, text) => text.into(),
        });
        let token = self.tokens;
        self.tokens += 1;
        let live = flight.service.is_some() || self.hands.observer.wants_output();
        let spawn = Spawn {
            token,
            argv: argv.collect(),
            cwd: flight.cwd.clone(),
            env: flight.env.iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            keep: Keep { memory_bytes: 256 << 10, output_bytes_max: OUTPUT_BYTES_MAX, tail_lines: 40 },
            masks: self.masks.clone(),
            live,
        };
        flight.began = self.hands.world.calendar();
        match self.supervisor.spawn(&spawn) {
            Ok(_) => {
                self.flights.insert(token, flight);
                Ok(Ok(()))
            }
            Err(error @ SpawnError::Sidecar { .. }) => {
                Err(DriveError::System { doing: "processes cannot be noted", why: error.to_string() })
            }
            Err(error) => Ok(Err(error.to_string())),
        }
    }

    pub(super) fn stop(&mut self, step: Instance, attempt: u32, why: &StopReason) {
        let grace = self.settings.grace;
        for (token, flight) in &mut self.flights {
            if (flight.step, flight.attempt) == (step, attempt) && flight.stop.is_none() {
                flight.stop = Some(why.clone());
                self.supervisor.stop(*token, grace);
            }
        }
    }

    pub(super) fn printed(&mut self, token: u64, bytes: &[u8]) {
        let Some(flight) = self.flights.get_mut(&token) else { return };
        if flight.stage == Stage::Main {
            if let Some(service) = &mut flight.service {
                service.printed(bytes);
            }
            self.hands.observer.output(&flight.name, bytes);
        }
    }

    /// A process is gone.
    pub(super) fn ended(&mut self, ended: Ended) -> Result<(), DriveError> {
        let Some(flight) = self.flights.remove(&ended.token) else { return Ok(()) };
        match flight.stage {
            Stage::Version => self.version_said(flight, &ended),
            Stage::Probe(service) => {
                self.probed(service, ended.exit == Exit::Code(0));
                Ok(())
            }
            Stage::Main => {
                if flight.service.is_some() {
                    self.stop_asking(ended.token);
                }
                self.main_ended(&flight, ended)
            }
        }
    }

    fn version_said(&mut self, mut flight: Flight, ended: &Ended) -> Result<(), DriveError> {
        let text = String::from_utf8_lossy(&ended.output.stdout.tail).into_owned()
            + &String::from_utf8_lossy(&ended.output.stderr.tail);
        let line = text.lines().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default();
        let cut = line.char_indices().map(|(at, _)| at).take_while(|at| *at < VERSION_BYTES_MAX).last();
        let word = line.get(..cut.map_or(0, |at| at + line[at..].chars().next().map_or(0, char::len_utf8)));
        let said = word.filter(|word| !word.is_empty() && ended.exit == Exit::Code(0)).map(Name::from);
        self.versions.insert(flight.task.action.version.clone(), said);
        let (step, attempt) = (flight.step, flight.attempt);
        if self.leaving.is_some() || flight.stop.is_some() {
            return self.report(step, attempt, self.end_of(&flight, ended.exit));
        }
        flight.stage = Stage::Main;
        flight.give_up = None;
        match self.fly(flight)? {
            Ok(()) => Ok(()),
            Err(why) => self.report(step, attempt, End::NotStarted { why: why.into() }),
        }
    }

    fn end_of(&self, flight: &Flight, exit: Exit) -> End {
        match (&flight.stop, &self.leaving, exit) {
            (Some(StopReason::Timeout), ..) if !self.run.is_stopping() => End::TimedOut,
            (Some(_), ..) => End::Cancelled,
            (None, Some(_), _) => End::Lost,
            (None, None, Exit::Signal(signal)) => End::Signaled { signal },
            (None, None, Exit::Unknown) => End::Signaled { signal: 0 },
            (None, None, Exit::Code(code)) => {
                let meaning = &flight.task.action.exit;
                let says = if meaning.clean.contains(&code) {
                    ExitSays::Clean
                } else if meaning.findings.contains(&code) {
                    ExitSays::Findings
                } else {
                    ExitSays::Broken
                };
                End::Exited { code, says }
            }
        }
    }

    fn main_ended(&mut self, flight: &Flight, ended: Ended) -> Result<(), DriveError> {
        let mut end = self.end_of(flight, ended.exit);
        if flight.service.as_ref().is_some_and(|service| service.late) {
            end = End::TimedOut;
        }
        for stream in [&ended.output.stdout, &ended.output.stderr] {
            if let Some(Trouble::Spool { path, kind }) = &stream.trouble {
                return Err(StorageError::of("keep output in", path, &(*kind).into()).into());
            }
        }
        let readable = matches!(&end, End::Exited { says, .. } if *says != ExitSays::Broken);
        let evidence = if readable && flight.task.yields_evidence() {
            self.read_reports(flight, &ended)?
        } else {
            Reading::None
        };
        let (outputs, evidence) = match (self.outputs(flight)?, evidence) {
            (Ok(outputs), evidence) => (outputs, evidence),
            (Err(why), _) => (BTreeMap::new(), Reading::Unreadable { why: why.into() }),
        };
        let usage = Usage { cpu_ms: ended.cpu_ms, peak_kib: ended.peak_kib, wall_ms: ended.wall_ms };
        let stdout = self.printed_as(ended.output.stdout)?;
        let stderr = self.printed_as(ended.output.stderr)?;
        let tool = self.versions.get(&flight.task.action.version).cloned().flatten();
        let (step, attempt) = (flight.step, flight.attempt);
        let report = EndReport {
            attempt,
            end,
            evidence,
            outputs,
            reused_from: None,
            stderr,
            stdout,
            step,
            tool,
            usage,
        };
        self.say(Command::ReportEnd(Box::new(report)))?;
        if let Some(folder) = &flight.reports {
            let _ = disk::remove_dir_all(folder);
        }
        if !flight.task.idempotent {
            self.log.flush_and_wait()?;
        }
        Ok(())
    }

    /// The `name=value` lines of a step. A file that is not such lines makes the attempt unreadable.
    fn outputs(&self, flight: &Flight) -> Result<Result<BTreeMap<Name, Name>, String>, DriveError> {
        let path = &flight.output;
        match self.outputs_in(path) {
            Err(error) if StorageError::is_of_the_machine(&error) => {
                Err(StorageError::of("read", path, &error).into())
            }
            Err(_) => Ok(Err("what it wrote to $DOD_OUTPUT cannot be read".to_owned())),
            Ok(outputs) => Ok(outputs),
        }
    }

    fn outputs_in(&self, path: &Path) -> std::io::Result<Result<BTreeMap<Name, Name>, String>> {
        match disk::symlink_metadata(path) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Ok(BTreeMap::new())),
            // Only a file: a pipe would be waited for without end.
            Ok(meta) if meta.is_file() => {}
            Ok(_) => return Err(std::io::ErrorKind::InvalidInput.into()),
            Err(error) => return Err(error),
        }
        let bytes = disk::read_bounded(path, OUTPUTS_BYTES_MAX)?;
        if bytes.len() as u64 > OUTPUTS_BYTES_MAX {
            return Ok(Err(format!("it wrote more than {OUTPUTS_BYTES_MAX} bytes to $DOD_OUTPUT")));
        }
        let _ = disk::remove_file(path);
        Ok(outputs_of(&self.masks.apply(&bytes)))
    }

    fn printed_as(&mut self, stream: Stream) -> Result<Printed, DriveError> {
        let Stream { kept, total_bytes, tail, .. } = stream;
        if total_bytes == 0 {
            return Ok(Printed::default());
        }
        if let Kept::Memory(bytes) = &kept
            && bytes.len() as u64 == total_bytes
            && bytes.len() <= INLINE_BYTES_MAX
            && let Ok(text) = std::str::from_utf8(bytes)
        {
            return Ok(Printed { blob: None, bytes: total_bytes, tail: text.into() });
        }
        let put = match &kept {
            Kept::Memory(bytes) => self.blobs.put(bytes)?,
            Kept::File { path, .. } => {
                let put = self.blobs.put_file(path, OUTPUT_BYTES_MAX)?;
                let _ = disk::remove_file(path);
                put
            }
        };
        let blob = Some(self.attach(put)?);
        let from = tail.len().saturating_sub(INLINE_BYTES_MAX);
        let tail = String::from_utf8_lossy(&tail[from..]);
        Ok(Printed { blob, bytes: total_bytes, tail: tail.as_ref().into() })
    }

    /// Reports an end of which there is nothing else to tell.
    pub(super) fn report(&mut self, step: Instance, attempt: u32, end: End) -> Result<(), DriveError> {
        self.say(Command::ReportEnd(Box::new(EndReport {
            attempt,
            end,
            evidence: Reading::None,
            outputs: BTreeMap::new(),
            reused_from: None,
            stderr: Printed::default(),
            stdout: Printed::default(),
            step,
            tool: None,
            usage: Usage::default(),
        })))
    }

    pub(super) fn report_lost(&mut self, step: Instance, attempt: u32) -> Result<(), DriveError> {
        self.report(step, attempt, End::Lost)
    }
}

/// `name=value` lines.
fn outputs_of(bytes: &[u8]) -> Result<BTreeMap<Name, Name>, String> {
    let text = str::from_utf8(bytes).map_err(|_| "what it wrote to $DOD_OUTPUT is not UTF-8".to_owned())?;
    let mut outputs = BTreeMap::new();
    let is_name =
        |name: &str| !name.is_empty() && name.chars().all(|c| c.is_alphanumeric() || c == '_' || c == '-');
    for (at, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let pair = line.split_once('=').filter(|(name, _)| is_name(name));
        let (name, value) = pair
            .ok_or_else(|| format!("line {} of what it wrote to $DOD_OUTPUT is not `name=value`", at + 1))?;
        outputs.insert(name.into(), value.into());
    }
    Ok(outputs)
}

fn fill_in(text: &str, reports: Option<&str>) -> String {
    match reports {
        Some(folder) => text.replace("${DOD_REPORTS}", folder).replace("$DOD_REPORTS", folder),
        None => text.to_owned(),
    }
}

/// Whether the step speaks of its folder for reports: most do not, and then none is made.
fn wants_reports(task: &Task) -> bool {
    let speaks = |word: &Name| word.contains(REPORTS_VARIABLE);
    let in_program = match &task.action.run {
        Program::Argv(argv) => argv.iter().any(speaks),
        Program::Shell { script, shell } => speaks(script) || shell.iter().any(speaks),
    };
    let in_reports = task.action.evidence.iter().any(|report| match &report.from {
        dod_kernel::workflow::ReportPlace::File(path) => speaks(path),
        _ => false,
    });
    in_program || in_reports
}
