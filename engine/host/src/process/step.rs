//! One running process and where it is on its way out.
//!
//! ```text
//!   running --exit--> lingering (its output is still open) --> sweeping (leftovers are ended) --> reaped
//! ```
//!
//! The process itself stays a zombie until the end of the sweep, so that its id, which is also its group's, is
//! not given to anybody else while we still send signals to it.
//!
//! **Absent on purpose:** the poll loop.

use std::collections::BTreeSet;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process_group};

use super::capture::{Capture, Stream, Trouble};
use super::family::{self, Family, Mark, Stat};
use super::notice::ExitNotice;
use super::{Captured, Channel, LEFTOVER_GRACE_MS, LINGER_MS, SWEEP_ROUNDS_MAX};

/// Between the first sight of a leftover and the first signal to it.
const FIRST_LOOK: Duration = Duration::from_millis(20);
/// Between two looks for leftovers.
const SWEEP_EVERY: Duration = Duration::from_millis(5);
/// Between two SIGKILLs to a process that does not go.
const KILL_EVERY: Duration = Duration::from_millis(100);

/// A stream that is still open.
#[derive(Debug)]
pub(super) struct Pipe {
    pub(super) fd: OwnedFd,
    pub(super) capture: Capture,
}

/// One of the two streams.
#[derive(Debug)]
pub(super) enum End {
    Open(Pipe),
    Closed(Stream),
    /// Only while it is being moved from one to the other.
    Moving,
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) token: u64,
    pub(super) pid: Pid,
    pub(super) mark: Vec<u8>,
    /// Readable when the process has ended; `None` from then on.
    pub(super) exit_notice: Option<ExitNotice>,
    pub(super) ends: [End; 2],
    pub(super) live: bool,
    pub(super) started: Instant,
    pub(super) exited: Option<Instant>,
    /// When SIGTERM turns into SIGKILL.
    pub(super) kill_at: Option<Instant>,
    pub(super) sweep_at: Option<Instant>,
    pub(super) rounds: u32,
    pub(super) told: BTreeSet<u32>,
    pub(super) leftovers: u32,
    pub(super) leftovers_alive: u32,
    pub(super) leftover_cpu: Duration,
}

impl Step {
    pub(super) fn pid_number(&self) -> u32 {
        self.pid.as_raw_nonzero().get().cast_unsigned()
    }

    fn is_open(&self) -> bool {
        self.ends.iter().any(|end| matches!(end, End::Open(_)))
    }

    /// The process itself has ended.
    pub(super) fn note_exit(&mut self, now: Instant) {
        self.exit_notice = None;
        self.exited.get_or_insert(now);
    }

    /// When this step wants attention without anything being readable.
    pub(super) fn due(&self) -> Option<Instant> {
        match (self.exited, self.sweep_at) {
            (None, _) => self.kill_at,
            (Some(_), Some(sweep_at)) => Some(sweep_at),
            (Some(exited), None) if self.is_open() => Some(exited + Duration::from_millis(LINGER_MS)),
            (Some(exited), None) => Some(exited),
        }
    }

    /// Begins to end it. A second call can only shorten the grace.
    pub(super) fn stop(
        &mut self,
        family: &Family,
        known: impl Fn(u32) -> bool,
        kill_at: Instant,
        now: Instant,
    ) {
        self.kill_at = Some(self.kill_at.map_or(kill_at, |before| before.min(kill_at)));
        if self.exited.is_none() && now < kill_at {
            self.signal_all(family, known, Signal::TERM);
            self.signal_all_continue();
        }
    }

    /// A stopped process takes SIGTERM only when it continues.
    fn signal_all_continue(&self) {
        let _ = kill_process_group(self.pid, Signal::CONT);
    }

    /// The grace is over.
    pub(super) fn kill(&mut self, family: &Family, known: impl Fn(u32) -> bool, now: Instant) {
        self.signal_all(family, known, Signal::KILL);
        self.kill_at = Some(now + KILL_EVERY);
    }

    fn signal_all(&mut self, family: &Family, known: impl Fn(u32) -> bool, signal: Signal) {
        let mut roots: Vec<u32> =
            self.mine(&family.adopted(known), false).iter().map(|(pid, _)| *pid).collect();
        roots.push(self.pid_number());
        let all = family::with_descendants(&roots);
        let _ = kill_process_group(self.pid, signal);
        for (pid, it) in all {
            if it.group != self.pid_number() {
                family::signal_exactly(pid, it.start, signal);
            }
        }
    }

    /// Those of the adopted processes that this step left behind.
    fn mine(&self, adopted: &[(u32, Stat)], alone: bool) -> Vec<(u32, Stat)> {
        let mine = |pid: u32, it: &Stat| {
            it.group == self.pid_number()
                || match Mark::of(pid) {
                    Mark::Untold => alone,
                    mark => mark.any(|one| one == self.mark),
                }
        };
        adopted.iter().filter(|(pid, it)| !it.zombie && mine(*pid, it)).copied().collect()
    }

    /// Looks for what the step left behind and ends it. Answers whether nothing is left.
    ///
    /// `alone`: no other step runs, so a process that does not tell where it comes from is this one's.
    pub(super) fn sweep(
        &mut self,
        family: &Family,
        known: impl Fn(u32) -> bool,
        alone: bool,
        now: Instant,
    ) -> bool {
        let adopted = family.adopted(known);
        for (pid, it) in adopted.iter().filter(|(_, it)| it.zombie) {
            if let Ok(Some(used)) = wait4::try_wait4_pid(*pid)
                && (it.group == self.pid_number() || self.told.contains(pid))
            {
                self.leftover_cpu += used.rusage.utime + used.rusage.stime;
            }
        }
        let mine = self.mine(&adopted, alone);
        if mine.is_empty() {
            self.leftovers_alive = 0;
            return true;
        }
        if self.sweep_at.is_none() {
            // Whoever held the output open and closed it just now is about to end by itself.
            self.sweep_at = Some(now + FIRST_LOOK);
            return false;
        }
        let grace = Duration::from_millis(LEFTOVER_GRACE_MS);
        let kill_at = *self.kill_at.get_or_insert(now + grace);
        let roots: Vec<u32> = mine.iter().map(|(pid, _)| *pid).collect();
        let all = family::with_descendants(&roots);
        for (pid, it) in &all {
            let first = self.told.insert(*pid);
            self.leftovers += u32::from(first);
            if now >= kill_at {
                family::signal_exactly(*pid, it.start, Signal::KILL);
            } else if first {
                family::signal_exactly(*pid, it.start, Signal::TERM);
                family::signal_exactly(*pid, it.start, Signal::CONT);
            }
        }
        self.rounds += u32::from(now >= kill_at);
        self.leftovers_alive = u32::try_from(all.len()).unwrap_or(u32::MAX);
        self.sweep_at = Some(now + SWEEP_EVERY);
        self.rounds > SWEEP_ROUNDS_MAX
    }

    /// Takes what was read from a stream; returns what may be shown.
    pub(super) fn push(&mut self, channel: Channel, bytes: &[u8]) -> Vec<u8> {
        match &mut self.ends[channel as usize] {
            End::Open(pipe) => pipe.capture.push(bytes),
            End::Closed(_) | End::Moving => Vec::new(),
        }
    }

    /// A stream is over; returns what may still be shown.
    pub(super) fn close(&mut self, channel: Channel, trouble: Option<Trouble>) -> Vec<u8> {
        let end = &mut self.ends[channel as usize];
        match std::mem::replace(end, End::Moving) {
            End::Open(mut pipe) => {
                if let Some(trouble) = trouble {
                    pipe.capture.note(trouble);
                }
                let (stream, rest) = pipe.capture.finish();
                *end = End::Closed(stream);
                rest
            }
            other => {
                *end = other;
                Vec::new()
            }
        }
    }

    /// What was captured, once both streams are closed.
    pub(super) fn into_captured(self) -> Captured {
        let [stdout, stderr] = self.ends.map(|end| match end {
            End::Closed(stream) => stream,
            End::Open(_) | End::Moving => unreachable!("both streams are closed before a step is reaped"),
        });
        Captured { stdout, stderr }
    }
}
