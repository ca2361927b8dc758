//! The poll loop over all running steps.
//!
//! **Absent on purpose:** epoll. With some dozens of descriptors `poll` costs the same, and an epoll set keeps
//! delivering events of a closed descriptor while a child between `fork` and `exec` holds a copy of it.

use std::fs::File;
use std::io;
use std::os::fd::{AsFd as _, BorrowedFd, OwnedFd};
use std::os::unix::process::{CommandExt as _, ExitStatusExt as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, Signal, kill_process_group};

use super::capture::{Capture, Trouble};
use super::family::{self, Family};
use super::notice::ExitNotice;
use super::program::{self, SpawnError};
use super::signals::Signals;
use super::step::{End, Pipe, Step};
use super::survivors::Sidecar;
use super::{Channel, Ended, Exit, Happening, Processes, STEP_VARIABLE, Spawn, StartTime, Started};

/// Bytes of one read; a pipe holds as many.
const READ_BYTES: usize = 64 * 1024;
/// Reads from a stream that somebody still holds open after everything is over.
const LAST_READS_MAX: u32 = 16;
/// How long a dropped supervisor waits for what it killed.
const LAST_WAIT: Duration = Duration::from_secs(2);

/// What a supervisor needs.
#[derive(Debug)]
pub struct Options {
    /// An existing folder for long output.
    pub spool: PathBuf,
    /// Where processes are noted for [`super::end_survivors`].
    pub sidecar: Option<Sidecar>,
    /// Signals to report, if this supervisor is the one who reports them.
    pub signals: Option<Signals>,
}

/// Runs steps. Dropping it kills what still runs.
#[derive(Debug)]
pub struct Supervisor {
    steps: Vec<Step>,
    family: Family,
    spool: Arc<Path>,
    sidecar: Option<Sidecar>,
    signals: Option<Signals>,
    mark: String,
    nothing: File,
    own_peak: OwnPeak,
    buffer: Vec<u8>,
    happened: Vec<Happening>,
}

/// What a descriptor in the poll set stands for.
#[derive(Clone, Copy)]
enum Source {
    Wake(usize),
    Signals,
    Pipe(usize, Channel),
    Exit(usize),
}

impl Supervisor {
    /// Makes this process the one that adopts orphans, and prepares to run steps.
    pub fn new(options: Options) -> io::Result<Self> {
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let family = Family::found();
        // Unique on this machine since it booted: our id, the time, and which supervisor of this process.
        let mark = format!("{}.{}.{count}", family.own_pid, family::ticks_now());
        let mut sidecar = options.sidecar;
        if let Some(sidecar) = &mut sidecar {
            sidecar.begin(&mark)?;
        }
        Ok(Self {
            steps: Vec::new(),
            family,
            spool: options.spool.into(),
            sidecar,
            signals: options.signals,
            mark,
            nothing: File::open("/dev/null")?,
            own_peak: OwnPeak::default(),
            buffer: vec![0; READ_BYTES],
            happened: Vec::new(),
        })
    }

    /// How many steps have not ended yet.
    pub fn running(&self) -> usize {
        self.steps.len()
    }

    /// Starts a step.
    pub fn spawn(&mut self, spawn: &Spawn) -> Result<Started, SpawnError> {
        if self.steps.iter().any(|step| step.token == spawn.token) {
            return Err(SpawnError::TokenInUse { token: spawn.token });
        }
        let Some(program) = spawn.argv.first() else {
            return Err(SpawnError::Malformed { program: String::new(), why: "it is empty" });
        };
        let name = program::text(program);
        let file = program::find(program, &spawn.cwd, &spawn.env)?;
        let mark = format!("{}.{}", self.mark, spawn.token);
        let system = |error: &io::Error| program::explain(error, &spawn.argv, &file, &spawn.cwd, &spawn.env);

        let mut command = self.command(spawn, &file, &mark).map_err(|error| system(&error))?;
        // Before and not after: the child may have run for a while when we are next.
        let (started, from) = (Instant::now(), family::ticks_now());
        let mut child = command.spawn().map_err(|error| system(&error))?;
        let start = StartTime { from, to: family::ticks_now() };
        drop(command);

        let pid = Pid::from_child(&child);
        let notice = match ExitNotice::of(pid) {
            Ok(notice) => notice,
            Err(error) => {
                abandon(&mut child);
                return Err(system(&error));
            }
        };
        if let Some(Err(error)) = self.sidecar.as_mut().map(|it| it.note(spawn.token, child.id(), start)) {
            abandon(&mut child);
            return Err(SpawnError::Sidecar { program: name, kind: error.kind() });
        }
        let (stdout, stderr) = (child.stdout.take(), child.stderr.take());
        let end = |fd: OwnedFd, name: &str| {
            let name = format!("{mark}.{name}");
            End::Open(Pipe {
                fd,
                capture: Capture::new(spawn.masks.clone(), spawn.keep, self.spool.clone(), name),
            })
        };
        let ends = [
            end(stdout.expect("standard output was asked for").into(), "out"),
            end(stderr.expect("standard error was asked for").into(), "err"),
        ];
        let pid_number = child.id();
        self.steps.push(Step {
            token: spawn.token,
            pid,
            mark: mark.into_bytes(),
            exit_notice: Some(notice),
            ends,
            live: spawn.live,
            started,
            exited: None,
            kill_at: None,
            sweep_at: None,
            rounds: 0,
            told: Default::default(),
            leftovers: 0,
            leftovers_alive: 0,
            leftover_cpu: Duration::ZERO,
        });
        Ok(Started { pid: pid_number, start })
    }

    fn command(&self, spawn: &Spawn, file: &Path, mark: &str) -> io::Result<Command> {
        let mut command = Command::new(file);
        command.arg0(&spawn.argv[0]).args(&spawn.argv[1..]).current_dir(&spawn.cwd).process_group(0);
        command.env_clear().envs(spawn.env.iter().map(|(name, value)| (name, value)));
        let outer = spawn.env.iter().rev().find(|(name, _)| name == STEP_VARIABLE);
        match outer {
            Some((_, outer)) => {
                let mut marks = outer.clone();
                marks.push(":");
                marks.push(mark);
                command.env(STEP_VARIABLE, marks);
            }
            None => {
                command.env(STEP_VARIABLE, mark);
            }
        }
        command.stdin(Stdio::from(self.nothing.try_clone()?)).stdout(Stdio::piped()).stderr(Stdio::piped());
        Ok(command)
    }

    /// Ends a step and everything that comes from it: SIGTERM, and SIGKILL after `grace`. Answers whether
    /// it was still known. [`Happening::Ended`] comes as for any other end.
    pub fn stop(&mut self, token: u64, grace: Duration) -> bool {
        let now = Instant::now();
        let known = known(&self.steps);
        let Some(step) = self.steps.iter_mut().find(|step| step.token == token) else { return false };
        step.stop(&self.family, |pid| known.contains(&pid), now + grace, now);
        true
    }

    /// Whether a process of this step is stopped, as by asking for a password on a terminal that it does not
    /// own: it waits for nobody, and only its time-out would end it. Costs a look at every process of the step.
    pub fn is_suspended(&self, token: u64) -> bool {
        let step = self.steps.iter().find(|step| step.token == token);
        step.is_some_and(|step| {
            family::with_descendants(&[step.pid_number()]).values().any(|process| process.stopped)
        })
    }

    /// Waits until something happened, `until` has come, or one of `wake` is readable. Nothing happened:
    /// the time has come.
    pub fn wait(&mut self, until: Option<Instant>, wake: &[BorrowedFd<'_>]) -> io::Result<Vec<Happening>> {
        loop {
            self.attend();
            if !self.happened.is_empty() {
                return Ok(std::mem::take(&mut self.happened));
            }
            let due = self.steps.iter().filter_map(Step::due).chain(until).min();
            for (source, flags) in self.ready(due, wake)? {
                self.handle(source, flags);
            }
            if self.happened.is_empty() && until.is_some_and(|until| Instant::now() >= until) {
                self.attend();
                return Ok(std::mem::take(&mut self.happened));
            }
        }
    }

    /// Does what time alone asks for.
    fn attend(&mut self) {
        if self.steps.is_empty() {
            return;
        }
        let now = Instant::now();
        let mut at = 0;
        while at < self.steps.len() {
            if self.steps[at].due().is_some_and(|due| due <= now) && self.move_on(at, now) {
                let step = self.steps.swap_remove(at);
                self.reap(step);
            } else {
                at += 1;
            }
        }
    }

    /// Moves a step on its way out; answers whether it can be reaped.
    fn move_on(&mut self, at: usize, now: Instant) -> bool {
        let known = known(&self.steps);
        let known = |pid: u32| known.contains(&pid);
        let alone = self.steps.len() == 1;
        let step = &mut self.steps[at];
        if step.exited.is_none() {
            step.kill(&self.family, known, now);
            return false;
        }
        step.sweep(&self.family, known, alone, now)
    }

    fn reap(&mut self, mut step: Step) {
        for channel in [Channel::Stdout, Channel::Stderr] {
            let rest = self.drain(&mut step, channel);
            self.show(&step, channel, rest);
        }
        if !self.family.sees() {
            let _ = kill_process_group(step.pid, Signal::KILL); // nobody tells us whether anybody is left
        }
        let used = wait4::try_wait4_pid(step.pid_number()).ok().flatten();
        let exit = used.and_then(|used| {
            used.status.code().map(Exit::Code).or_else(|| used.status.signal().map(Exit::Signal))
        });
        let cpu = used.map(|used| used.rusage.utime + used.rusage.stime).unwrap_or_default();
        let exited = step.exited.unwrap_or_else(Instant::now);
        self.happened.push(Happening::Ended(Box::new(Ended {
            token: step.token,
            exit: exit.unwrap_or(Exit::Unknown),
            wall_ms: millis(exited - step.started),
            cpu_ms: millis(cpu + step.leftover_cpu),
            peak_kib: used.and_then(|used| self.own_peak.above(used.rusage.maxrss / 1024)),
            leftovers_ended: step.leftovers.saturating_sub(step.leftovers_alive),
            leftovers_alive: step.leftovers_alive,
            output: step.into_captured(),
        })));
    }

    /// Reads what a killed leftover has still written, and closes the stream.
    fn drain(&mut self, step: &mut Step, channel: Channel) -> Vec<u8> {
        let mut shown = Vec::new();
        for _ in 0..LAST_READS_MAX {
            let End::Open(pipe) = &step.ends[channel as usize] else { return shown };
            let mut fds = [PollFd::new(&pipe.fd, PollFlags::IN)];
            match poll(&mut fds, Some(&Timespec::default())) {
                Ok(1) => match rustix::io::read(&pipe.fd, &mut self.buffer[..]) {
                    Ok(0) => shown.extend(step.close(channel, None)),
                    Ok(count) => shown.extend(step.push(channel, &self.buffer[..count])),
                    Err(_) => break,
                },
                _ => break,
            }
        }
        shown.extend(step.close(channel, Some(Trouble::HeldOpen)));
        shown
    }

    /// Polls; answers what is ready.
    fn ready(&self, due: Option<Instant>, wake: &[BorrowedFd<'_>]) -> io::Result<Vec<(Source, PollFlags)>> {
        let room = 3 * self.steps.len() + wake.len() + 1;
        let (mut fds, mut sources) = (Vec::with_capacity(room), Vec::with_capacity(room));
        let mut watch = |fd, source| {
            fds.push(PollFd::from_borrowed_fd(fd, PollFlags::IN));
            sources.push(source);
        };
        for (at, step) in self.steps.iter().enumerate() {
            for channel in [Channel::Stdout, Channel::Stderr] {
                if let End::Open(pipe) = &step.ends[channel as usize] {
                    watch(pipe.fd.as_fd(), Source::Pipe(at, channel));
                }
            }
            if let Some(notice) = &step.exit_notice {
                watch(notice.as_fd(), Source::Exit(at));
            }
        }
        wake.iter().enumerate().for_each(|(at, fd)| watch(*fd, Source::Wake(at)));
        self.signals.iter().for_each(|signals| watch(signals.as_fd(), Source::Signals));
        let timeout = due.map(|due| timespec(due.saturating_duration_since(Instant::now())));
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) => {}
            Err(rustix::io::Errno::INTR) => return Ok(Vec::new()),
            Err(error) => return Err(error.into()),
        }
        let flags = fds.iter().map(PollFd::revents);
        Ok(sources.into_iter().zip(flags).filter(|(_, flags)| !flags.is_empty()).collect())
    }

    fn handle(&mut self, source: Source, flags: PollFlags) {
        match source {
            Source::Wake(at) => self.happened.push(Happening::Woken(at)),
            Source::Signals => {
                let arrived = self.signals.as_mut().map(Signals::take).unwrap_or_default();
                self.happened.extend(arrived.into_iter().map(Happening::Signal));
            }
            Source::Exit(at) => {
                if self.steps[at].exit_notice.as_mut().is_some_and(ExitNotice::is_true) {
                    self.steps[at].note_exit(Instant::now());
                }
            }
            Source::Pipe(at, channel) => self.read(at, channel, flags),
        }
    }

    fn read(&mut self, at: usize, channel: Channel, flags: PollFlags) {
        let step = &mut self.steps[at];
        let End::Open(pipe) = &step.ends[channel as usize] else { return };
        let read = if flags.contains(PollFlags::IN) {
            // There is something and nobody else reads, so this does not block although the pipe may.
            rustix::io::read(&pipe.fd, &mut self.buffer[..])
        } else {
            Ok(0)
        };
        let shown = match read {
            Ok(0) => step.close(channel, None),
            Ok(count) => step.push(channel, &self.buffer[..count]),
            Err(rustix::io::Errno::INTR | rustix::io::Errno::AGAIN) => return,
            Err(error) => step.close(channel, Some(Trouble::Read(io::Error::from(error).kind()))),
        };
        if self.steps[at].live && !shown.is_empty() {
            let token = self.steps[at].token;
            self.happened.push(Happening::Output { token, channel, bytes: shown });
        }
    }

    fn show(&mut self, step: &Step, channel: Channel, bytes: Vec<u8>) {
        if step.live && !bytes.is_empty() {
            self.happened.push(Happening::Output { token: step.token, channel, bytes });
        }
    }
}

impl Processes for Supervisor {
    fn spawn(&mut self, spawn: &Spawn) -> Result<Started, SpawnError> {
        Self::spawn(self, spawn)
    }

    fn stop(&mut self, token: u64, grace: Duration) -> bool {
        Self::stop(self, token, grace)
    }

    fn wait(&mut self, until: Option<Instant>, wake: &[BorrowedFd<'_>]) -> io::Result<Vec<Happening>> {
        Self::wait(self, until, wake)
    }
}

impl Drop for Supervisor {
    fn drop(&mut self) {
        let now = Instant::now();
        let tokens: Vec<u64> = self.steps.iter().map(|step| step.token).collect();
        for token in tokens {
            self.stop(token, Duration::ZERO);
        }
        while !self.steps.is_empty() && now.elapsed() < LAST_WAIT {
            if self.wait(Some(now + LAST_WAIT), &[]).is_err() {
                break;
            }
        }
    }
}

/// The largest resident set of this process so far, in KiB.
///
/// A child begins in our memory, and Linux counts that moment as the child's: a peak that is not above our
/// own says nothing about the child.
#[derive(Debug, Default)]
struct OwnPeak(u64);

impl OwnPeak {
    fn above(&mut self, peak: u64) -> Option<u64> {
        if cfg!(target_os = "linux") && peak > self.0 {
            let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
            let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
            let own = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
            self.0 = own.unwrap_or(self.0);
        }
        (peak > self.0).then_some(peak)
    }
}

/// The ids that are in the books.
fn known(steps: &[Step]) -> Vec<u32> {
    steps.iter().map(Step::pid_number).collect()
}

/// Ends a child that cannot be supervised.
fn abandon(child: &mut Child) {
    let _ = kill_process_group(Pid::from_child(child), Signal::KILL);
    let _ = child.wait();
}

fn millis(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

/// Rounded up, so that a poll does not come back a moment too early and then spin.
fn timespec(time: Duration) -> Timespec {
    Timespec::try_from(time + Duration::from_nanos(1)).unwrap_or(Timespec { tv_sec: 3600, tv_nsec: 0 })
}
