//! Processes that end as the scenario says, and the world they run in.
//!
//! **Absent on purpose:** programs. What a step prints and writes is a function of its name and of how many of its
//! attempts have come to an end that was recorded, so that a crash changes nothing about it.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::{Duration, Instant, SystemTime};

use dod_kernel::id::{Name, RunId, Timestamp};

use super::fate::{Doing, Fate, Struck};
use super::scenario::{Ending, Steps};
use crate::disk;
use crate::process::{
    Captured, Ended, Exit, Happening, Kept, Processes, SelfSignal, SidecarError, Spawn, SpawnError,
    StartTime, Started, Stream, SurvivorsEnded,
};
use crate::world::World;

/// The first moment of every simulation: 2026-01-01.
const BEGIN_MS: i64 = 1_767_225_600_000;
/// Looks at the processes in one life; more mean that the drive goes round in circles.
const WAITS_MAX: u32 = 20_000;
/// A stopped process ends after so long.
const STOPPED_MS: u64 = 20;
/// The variable that names the step, and the one that names the file for `name=value` lines.
const STEP: &str = "DOD_STEP";
const OUTPUT: &str = "DOD_OUTPUT";
const REPORTS: &str = "DOD_REPORTS";

/// What outlives a `dod`: the processes, and what was done for the steps.
#[derive(Debug, Default)]
pub struct Past {
    processes: Vec<Process>,
    /// Attempts with an end that is recorded, by step.
    pub recorded: BTreeMap<Name, usize>,
    /// Steps that have settled, as the observer was told.
    pub settled: BTreeSet<Name>,
    /// Steps that were started and may not start again unless a person says so, with how many of their ends were
    /// recorded then: another attempt after an end is what the definition asks for.
    pub once: BTreeMap<Name, usize>,
    /// The next process id.
    pids: u32,
    waits: u32,
}

#[derive(Debug)]
struct Process {
    token: u64,
    life: u32,
    step: Name,
    began_ms: u64,
    ends_ms: u64,
    stopped: bool,
    ending: Ending,
    output: Option<PathBuf>,
    reports: Option<PathBuf>,
    spool: PathBuf,
    pid: u32,
}

/// The world of one life.
#[derive(Clone, Debug)]
pub struct SimulatedWorld {
    /// What goes wrong, and the clock.
    pub fate: Rc<RefCell<Fate>>,
    /// What outlives this life.
    pub past: Rc<RefCell<Past>>,
    steps: Rc<Steps>,
    life: u32,
    zero: Instant,
}

impl SimulatedWorld {
    /// The world of a machine that was just built.
    pub fn new(fate: Rc<RefCell<Fate>>, steps: Rc<Steps>) -> Self {
        Self { fate, past: Rc::default(), steps, life: 0, zero: Instant::now() }
    }

    /// Another `dod` begins; after a power loss, no process is left of the one before.
    pub fn begin_again(&mut self, power_loss: bool) {
        self.life += 1;
        let mut past = self.past.borrow_mut();
        past.waits = 0;
        if power_loss {
            past.processes.clear();
        }
    }

    /// Time passes in which nobody looks: processes end, and write what they write.
    pub fn pass(&self, ms: u64) {
        self.fate.borrow_mut().clock_ms += ms;
        let now = self.fate.borrow().clock_ms;
        let ended: Vec<Process> =
            self.past.borrow_mut().processes.extract_if(.., |it| it.ends_ms <= now).collect();
        for process in ended {
            self.leave_files(&process);
            self.fate.borrow_mut().tally.results_lost += 1;
        }
    }

    fn now_ms(&self) -> u64 {
        self.fate.borrow().clock_ms
    }

    /// Files of a step are written by its process, which is not ours: nothing befalls it.
    fn leave_files(&self, process: &Process) {
        self.fate.borrow_mut().aside = true;
        if let (Some(path), Some(text)) = (&process.output, &process.ending.outputs) {
            let _ = disk::write(path, text.as_bytes());
        }
        if let (Some(folder), Some(text)) = (&process.reports, &process.ending.report) {
            let _ = disk::write(&folder.join("report"), text.as_bytes());
        }
        self.fate.borrow_mut().aside = false;
    }

    fn stream(&self, process: &Process) -> Stream {
        let bytes = process.ending.printed.bytes();
        let total_bytes = bytes.len() as u64;
        let tail = bytes[bytes.len().saturating_sub(2_000)..].to_vec();
        let kept = if process.ending.spooled {
            let path = process.spool.join(format!("{}.printed", process.pid));
            self.fate.borrow_mut().aside = true;
            let written = disk::write(&path, &bytes);
            self.fate.borrow_mut().aside = false;
            match written {
                Ok(()) => Kept::File { path, bytes: total_bytes },
                Err(_) => Kept::Memory(bytes),
            }
        } else {
            Kept::Memory(bytes)
        };
        Stream { kept, total_bytes, tail, trouble: None }
    }

    fn ended(&self, process: &Process) -> Happening {
        let empty =
            || Stream { kept: Kept::Memory(Vec::new()), total_bytes: 0, tail: Vec::new(), trouble: None };
        let output = match process.stopped {
            true => Captured { stdout: empty(), stderr: empty() },
            false => Captured { stdout: self.stream(process), stderr: empty() },
        };
        let exit = if process.stopped { Exit::Signal(15) } else { process.ending.exit };
        Happening::Ended(Box::new(Ended {
            token: process.token,
            exit,
            wall_ms: self.now_ms() - process.began_ms,
            cpu_ms: 1,
            peak_kib: None,
            output,
            leftovers_ended: 0,
            leftovers_alive: 0,
        }))
    }
}

impl World for SimulatedWorld {
    fn now(&self) -> Timestamp {
        let fate = self.fate.borrow();
        Timestamp(BEGIN_MS + fate.calendar_off_ms + i64::try_from(fate.clock_ms).unwrap_or(i64::MAX))
    }

    fn instant(&self) -> Instant {
        self.zero + Duration::from_millis(self.now_ms())
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_millis(self.now_ms())
    }

    fn new_run_id(&self) -> RunId {
        RunId(format!("01970000-0000-7000-8000-{:012}", self.life).into())
    }

    fn processes(&self, spool: &Path, sidecar: &Path) -> io::Result<Box<dyn Processes>> {
        let _ = disk::open_as(sidecar, disk::How::AppendOrCreate)?;
        Ok(Box::new(SimulatedProcesses { world: self.clone(), spool: spool.to_owned() }))
    }

    fn end_survivors(&self, _: &Path) -> Result<SurvivorsEnded, SidecarError> {
        let mut past = self.past.borrow_mut();
        past.processes.retain(|process| process.life == self.life);
        Ok(SurvivorsEnded::default())
    }
}

struct SimulatedProcesses {
    world: SimulatedWorld,
    spool: PathBuf,
}

fn variable<'s>(spawn: &'s Spawn, name: &str) -> Option<&'s OsStr> {
    spawn.env.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_os_str())
}

impl SimulatedProcesses {
    /// What must hold whenever a step starts.
    fn judge(&self, step: &Name) {
        let past = self.world.past.borrow();
        let mut fate = self.world.fate.borrow_mut();
        if let Some(old) = past.processes.iter().find(|process| process.life != self.world.life) {
            fate.blame(format!("`{step}` starts while `{}` of an earlier life still runs", old.step));
        }
        if past.settled.contains(step) {
            fate.blame(format!("`{step}` had settled, which was told, and starts again"));
        }
        if past
            .once
            .get(step)
            .is_some_and(|recorded| past.recorded.get(step).copied().unwrap_or(0) == *recorded)
        {
            fate.blame(format!("`{step}` must not run twice and starts again"));
        }
    }

    fn start(&mut self, spawn: &Spawn) -> Started {
        let step: Name =
            variable(spawn, STEP).map_or_else(|| "?".into(), |name| name.to_string_lossy().as_ref().into());
        self.judge(&step);
        let world = &self.world;
        let mut past = world.past.borrow_mut();
        past.pids += 1;
        let (pid, now) = (past.pids, world.now_ms());
        let before = past.recorded.get(&step).copied().unwrap_or(0);
        let ending = world.steps.ending(&step, before);
        if world.steps.is_once(&step) {
            past.once.insert(step.clone(), before);
        }
        past.processes.push(Process {
            token: spawn.token,
            life: world.life,
            began_ms: now,
            ends_ms: now + ending.takes_ms,
            stopped: false,
            output: variable(spawn, OUTPUT).map(PathBuf::from),
            reports: variable(spawn, REPORTS).map(PathBuf::from),
            spool: self.spool.clone(),
            pid,
            step,
            ending,
        });
        Started { pid, start: StartTime { from: 0, to: 0 } }
    }

    fn dead<T>() -> io::Result<T> {
        Err(io::Error::other("the process is dead"))
    }

    /// The processes of this life that have ended by now.
    fn reap(&mut self) -> Vec<Happening> {
        let (life, now) = (self.world.life, self.world.now_ms());
        let is_over = |it: &mut Process| it.life == life && it.ends_ms <= now;
        let ended: Vec<Process> = self.world.past.borrow_mut().processes.extract_if(.., is_over).collect();
        let mut happened = Vec::new();
        for process in ended {
            if !process.stopped {
                self.world.leave_files(&process);
            }
            *self.world.past.borrow_mut().recorded.entry(process.step.clone()).or_default() += 1;
            happened.push(self.world.ended(&process));
            if self.world.fate.borrow_mut().dice.once_in(16) {
                self.world.fate.borrow_mut().tally.results_twice += 1;
                happened.push(self.world.ended(&process));
            }
        }
        happened
    }
}

impl Processes for SimulatedProcesses {
    fn spawn(&mut self, spawn: &Spawn) -> Result<Started, SpawnError> {
        let struck = self.world.fate.borrow_mut().strike(Doing::Process);
        if struck == Struck::Not {
            return Ok(self.start(spawn));
        }
        if struck == Struck::After {
            self.start(spawn);
        }
        let kind = io::ErrorKind::Other;
        Err(SpawnError::System { program: "the process is dead".into(), kind, number: 0 })
    }

    fn stop(&mut self, token: u64, _: Duration) -> bool {
        let (life, now) = (self.world.life, self.world.now_ms());
        let mut past = self.world.past.borrow_mut();
        let process = past.processes.iter_mut().find(|it| it.life == life && it.token == token);
        let Some(process) = process else { return false };
        if !process.stopped && process.ends_ms > now {
            process.stopped = true;
            process.ends_ms = process.ends_ms.min(now + STOPPED_MS);
        }
        true
    }

    fn wait(&mut self, until: Option<Instant>, _: &[BorrowedFd<'_>]) -> io::Result<Vec<Happening>> {
        if self.world.fate.borrow_mut().strike(Doing::Process) != Struck::Not {
            return Self::dead();
        }
        self.world.past.borrow_mut().waits += 1;
        if self.world.past.borrow().waits > WAITS_MAX {
            self.world.fate.borrow_mut().blame("the drive goes round in circles");
            return Self::dead();
        }
        if std::mem::take(&mut self.world.fate.borrow_mut().signal) {
            return Ok(vec![Happening::Signal(SelfSignal::Terminate)]);
        }
        let happened = self.reap();
        if !happened.is_empty() {
            return Ok(happened);
        }
        let life = self.world.life;
        let mut ends: Vec<u64> = Vec::new();
        ends.extend(
            self.world.past.borrow().processes.iter().filter(|it| it.life == life).map(|it| it.ends_ms),
        );
        let until = until.map(|until| {
            let ms = until.saturating_duration_since(self.world.zero).as_micros().div_ceil(1_000);
            u64::try_from(ms).unwrap_or(u64::MAX)
        });
        let Some(next) = ends.into_iter().chain(until).min() else {
            self.world.fate.borrow_mut().blame("the drive waits for nothing");
            return Self::dead();
        };
        let mut fate = self.world.fate.borrow_mut();
        fate.clock_ms = fate.clock_ms.max(next);
        drop(fate);
        Ok(self.reap())
    }
}
