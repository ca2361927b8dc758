//! The clock, ids, and what the machine and a CI system say about themselves.
//!
//! [`World`] is the door through which a run asks for time, ids and processes, so that a simulation can answer
//! instead; [`crate::disk`] is the one to files.
//!
//! **Absent on purpose:** believing any of it. User, host and CI variables are claims.

use std::io;
use std::path::Path;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use dod_kernel::id::{RunId, Timestamp};

use crate::process::{
    Options, Processes, Sidecar, SidecarError, Signals, Supervisor, SurvivorsEnded, end_survivors,
};

mod ci;

pub use ci::{Ci, CiSystem};

/// Where time, ids and processes come from.
pub trait World {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// This moment, for measuring how long something takes.
    fn instant(&self) -> Instant;

    /// What the calendar says, for comparing with the times of files.
    fn calendar(&self) -> SystemTime;

    /// An id for a new run. Ids sort by time.
    fn new_run_id(&self) -> RunId;

    /// Whoever runs the steps of a run, and tells of the signals that are sent to us.
    ///
    /// # Errors
    /// Steps cannot be run here.
    fn processes(&self, spool: &Path, sidecar: &Path) -> io::Result<Box<dyn Processes>>;

    /// Ends what is left of the processes in a sidecar: see [`end_survivors`].
    ///
    /// # Errors
    /// It cannot be read.
    fn end_survivors(&self, sidecar: &Path) -> Result<SurvivorsEnded, SidecarError>;
}

/// The real one.
///
/// It looks at the calendar once and then counts the time since boot, which goes on during sleep and never
/// jumps: a corrected clock must not fire time-outs.
#[derive(Clone, Copy, Debug)]
pub struct Os {
    /// What the calendar said when the machine had been up for no time, in effect.
    boot: Duration,
}

impl Os {
    /// Looks at the calendar.
    pub fn new() -> Self {
        let calendar = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Self { boot: calendar.saturating_sub(since_boot()) }
    }
}

impl Default for Os {
    fn default() -> Self {
        Self::new()
    }
}

impl World for Os {
    fn now(&self) -> Timestamp {
        Timestamp(i64::try_from((self.boot + since_boot()).as_millis()).unwrap_or(i64::MAX))
    }

    fn new_run_id(&self) -> RunId {
        RunId(uuid::Uuid::now_v7().to_string().into())
    }

    fn instant(&self) -> Instant {
        Instant::now()
    }

    fn calendar(&self) -> SystemTime {
        SystemTime::now()
    }

    fn processes(&self, spool: &Path, sidecar: &Path) -> io::Result<Box<dyn Processes>> {
        let signals = Some(Signals::catch()?);
        let sidecar = Some(Sidecar::open(sidecar)?);
        Ok(Box::new(Supervisor::new(Options { spool: spool.to_owned(), sidecar, signals })?))
    }

    fn end_survivors(&self, sidecar: &Path) -> Result<SurvivorsEnded, SidecarError> {
        end_survivors(sidecar)
    }
}

/// The time since the machine was started, sleep included.
pub(crate) fn since_boot() -> Duration {
    #[cfg(target_os = "linux")]
    let clock = rustix::time::ClockId::Boottime;
    #[cfg(not(target_os = "linux"))]
    let clock = rustix::time::ClockId::Monotonic;
    let now = rustix::time::clock_gettime(clock);
    Duration::try_from(now).unwrap_or_default()
}

/// Which boot of the machine this is; empty where the system does not say.
pub fn boot_id() -> String {
    let text = std::fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default();
    text.trim().to_owned()
}

/// What the machine says about itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// `linux`, `macos`.
    pub os: &'static str,
    /// `x86_64`, `aarch64`.
    pub arch: &'static str,
    /// The name of the user, or `uid 1000` where it has none.
    pub user: String,
    /// The name of the machine.
    pub host: String,
    /// How many processors we may use: the limits of a container count.
    pub processors: usize,
}

impl Machine {
    /// Asks it.
    pub fn look() -> Self {
        let uid = rustix::process::getuid().as_raw();
        let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
        let name = user_name(&users, uid).map(str::to_owned).or_else(|| std::env::var("USER").ok());
        Self {
            os: std::env::consts::OS,
            arch: std::env::consts::ARCH,
            user: name.unwrap_or_else(|| format!("uid {uid}")),
            host: rustix::system::uname().nodename().to_string_lossy().into_owned(),
            processors: std::thread::available_parallelism().map_or(1, usize::from),
        }
    }
}

/// The name of a user in the text of `passwd(5)`.
fn user_name(users: &str, uid: u32) -> Option<&str> {
    users.lines().find_map(|line| {
        let mut fields = line.split(':');
        let name = fields.next()?;
        (fields.nth(1)?.parse() == Ok(uid)).then_some(name)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_tells_the_time_and_never_goes_back() {
        let (world, calendar) = (Os::new(), SystemTime::now().duration_since(UNIX_EPOCH).unwrap());
        let mut last = world.now();
        assert!(last.0.abs_diff(calendar.as_millis() as i64) < 1000);
        for _ in 0..1000 {
            let now = world.now();
            assert!(now >= last);
            last = now;
        }
    }

    #[test]
    fn ids_sort_by_time_and_name_runs() {
        let world = Os::new();
        let ids: Vec<RunId> = (0..100).map(|_| world.new_run_id()).collect();
        assert!(ids.is_sorted());
        assert_eq!(ids[0].0.len(), 36);
    }

    #[test]
    fn a_user_is_found_by_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(user_name(users, 1000), Some("ann"));
        assert_eq!(user_name(users, 1), None);
        assert_ne!(Machine::look().host, "");
    }
}
