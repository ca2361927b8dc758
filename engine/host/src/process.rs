//! Spawning steps, reading what they print, ending them and everything they leave behind.
//!
//! ```text
//!   Supervisor::spawn(Spawn)      -> Started | SpawnError    program found, own group, standard input empty
//!   Supervisor::wait(until, wake) -> [Happening]             one poll loop: no thread, no runtime
//!   Supervisor::stop(token)                                  SIGTERM, grace, SIGKILL; grandchildren too
//! ```
//!
//! **Cost.** On top of what `fork` and `exec` cost anybody, a step that ends at once costs about: two pipes,
//! one pidfd, two polls, one read of this process's list of children, one `wait4`. `wait4` gives a child's
//! own CPU time and peak memory in the very call that reaps it; reading `/proc/<pid>/stat` of the zombie
//! would cost three calls, be rounded to 10 ms and know no peak.
//!
//! **What a step leaves behind.** On Linux this process is a *child subreaper*: a grandchild whose parent ended
//! becomes our child, also after `setsid`. So a step left something behind exactly when our list of children
//! (`/proc/self/task/<pid>/children`, one `pread`) has a process that we did not spawn. To whom it belongs is
//! told by its process group, else by the variable [`STEP_VARIABLE`] in its environment; one that tells
//! nothing belongs to the last step that is running.
//!
//! **Absent on purpose:** time-outs (the kernel owns them and asks for a stop), shells, parsing output,
//! threads, sandboxes. On systems other than Linux there is no subreaper: only the process group is ended.

use std::ffi::OsString;
use std::io;
use std::os::fd::BorrowedFd;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::mask::Masks;

mod capture;
mod family;
mod notice;
mod program;
mod signals;
mod step;
mod supervisor;
mod survivors;

#[cfg(test)]
mod tests;

pub use capture::{Captured, Kept, Stream, Trouble};
pub use program::SpawnError;
pub use signals::{SelfSignal, Signals, Waker};
pub use supervisor::{Options, Supervisor};
pub use survivors::{Ended as SurvivorsEnded, Sidecar, SidecarError, end_survivors};

/// The variable that marks every process of a step. Its value is unique on this machine; a `dod` inside a
/// step appends its own mark behind a colon.
pub const STEP_VARIABLE: &str = "DOD_STEP_TOKEN";

/// How long a step that ended is waited for while something else still holds its output open: `tee` in
/// `cmd > >(tee log)` outlives the shell by a moment.
pub const LINGER_MS: u64 = 250;
/// How long leftovers of a step get between SIGTERM and SIGKILL.
pub const LEFTOVER_GRACE_MS: u64 = 200;
/// How often leftovers are looked for before a step counts as ended although some resist SIGKILL (a
/// process in an uninterruptible wait).
pub const SWEEP_ROUNDS_MAX: u32 = 400;
/// Bytes of the last lines that are kept of a stream that was cut.
pub const TAIL_BYTES_MAX: usize = 64 * 1024;

/// Whoever runs steps: a [`Supervisor`], or a simulation that answers for one.
pub trait Processes {
    /// Starts a step.
    ///
    /// # Errors
    /// It cannot be started, and why.
    fn spawn(&mut self, spawn: &Spawn) -> Result<Started, SpawnError>;

    /// Ends a step and everything that comes from it: see [`Supervisor::stop`].
    fn stop(&mut self, token: u64, grace: Duration) -> bool;

    /// Waits until something happened, `until` has come, or one of `wake` is readable.
    ///
    /// # Errors
    /// The system cannot wait.
    fn wait(&mut self, until: Option<Instant>, wake: &[BorrowedFd<'_>]) -> io::Result<Vec<Happening>>;
}

/// What to run.
#[derive(Clone, Debug)]
pub struct Spawn {
    /// The caller's name for this process; comes back in every [`Happening`].
    pub token: u64,
    /// The program and its arguments. A name without `/` is looked for in the `PATH` of `env`.
    pub argv: Vec<OsString>,
    /// Where it runs.
    pub cwd: PathBuf,
    /// Its whole environment; nothing is inherited. [`STEP_VARIABLE`] is added.
    pub env: Vec<(OsString, OsString)>,
    /// How much of each stream is kept.
    pub keep: Keep,
    /// What is replaced by `***` before anybody sees it.
    pub masks: Arc<Masks>,
    /// Whether [`Happening::Output`] is wanted while it runs.
    pub live: bool,
}

/// How much of a stream is kept. Everything is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Keep {
    /// Bytes in memory; what goes beyond is spooled to a file.
    pub memory_bytes: usize,
    /// Bytes in all, from the beginning of the stream; what comes later is counted and dropped.
    pub output_bytes_max: u64,
    /// How many of the last lines are always known.
    pub tail_lines: usize,
}

/// A process that runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Started {
    /// Its id, which is also the id of its process group.
    pub pid: u32,
    /// When it was started.
    pub start: StartTime,
}

/// Between which two clock ticks since boot a process was started: the unit of `/proc/<pid>/stat`, field 22.
///
/// Read from the clock before and after the spawn, which costs nothing; almost always both are the same.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct StartTime {
    /// Not earlier than.
    pub from: u64,
    /// Not later than.
    pub to: u64,
}

/// Which of the two.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Channel {
    /// Standard output.
    Stdout,
    /// Standard error.
    Stderr,
}

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// By itself, with this exit code.
    Code(i32),
    /// By this signal.
    Signal(i32),
    /// Somebody else in this program reaped it: not a success.
    Unknown,
}

/// Something that [`Supervisor::wait`] saw.
#[derive(Debug)]
pub enum Happening {
    /// A process printed; already masked. Only where [`Spawn::live`] asked for it.
    Output {
        /// Whose.
        token: u64,
        /// Where it was printed.
        channel: Channel,
        /// What; not necessarily whole lines or whole characters.
        bytes: Vec<u8>,
    },
    /// A process and everything it left behind are gone.
    Ended(Box<Ended>),
    /// This one of the caller's descriptors is readable.
    Woken(usize),
    /// We were sent a signal.
    Signal(SelfSignal),
}

/// The end of a process.
#[derive(Debug)]
pub struct Ended {
    /// Whose.
    pub token: u64,
    /// How.
    pub exit: Exit,
    /// From spawn to exit of the process itself.
    pub wall_ms: u64,
    /// User and system time of it, the children it waited for, and the leftovers we waited for.
    pub cpu_ms: u64,
    /// The largest resident set of any one process of it; `None` if it is not above our own, since Linux
    /// counts the moment before `exec` as the child's.
    pub peak_kib: Option<u64>,
    /// What it printed.
    pub output: Captured,
    /// Processes that it left behind and that were ended.
    pub leftovers_ended: u32,
    /// Processes that it left behind and that resist SIGKILL.
    pub leftovers_alive: u32,
}
