//! The clock, ids, and what the machine and a CI system say about themselves.
//!
//! [`World`] is the door through which a run asks for time and ids, so that a simulation can answer instead.
//!
//! **Absent on purpose:** believing any of it. User, host and CI variables are claims.

use std::cell::Cell;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use dod_kernel::id::{RunId, Timestamp};

mod ci;

pub use ci::{Ci, CiSystem};

/// Where time and ids come from.
pub trait World {
    /// What time it is.
    fn now(&self) -> Timestamp;

    /// An id for a new run. Ids sort by time.
    fn new_run_id(&self) -> RunId;
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
}

/// A world in which every look at the clock takes a fixed time, and ids count. For tests.
#[derive(Debug)]
pub struct Simulated {
    now: Cell<i64>,
    step_ms: i64,
    ids: Cell<u64>,
}

impl Simulated {
    /// Begins at `start`; each look at the clock moves it by `step_ms`.
    pub fn new(start: Timestamp, step_ms: i64) -> Self {
        Self { now: Cell::new(start.0), step_ms, ids: Cell::new(0) }
    }
}

impl World for Simulated {
    fn now(&self) -> Timestamp {
        Timestamp(self.now.replace(self.now.get() + self.step_ms))
    }

    fn new_run_id(&self) -> RunId {
        let id = self.ids.replace(self.ids.get() + 1);
        let millis = self.now.get().unsigned_abs();
        let uuid = uuid::Builder::from_unix_timestamp_millis(
            millis,
            &(u128::from(id).to_be_bytes()[6..].try_into().expect("ten bytes")),
        );
        RunId(uuid.into_uuid().to_string().into())
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
        let simulated = Simulated::new(Timestamp(1_700_000_000_000), 10);
        assert_eq!(simulated.new_run_id().to_string(), "018bcfe5-6800-7000-8000-000000000000");
        assert_eq!(simulated.new_run_id().to_string(), "018bcfe5-6800-7000-8000-000000000001");
        assert_eq!(
            (simulated.now(), simulated.now()),
            (Timestamp(1_700_000_000_000), Timestamp(1_700_000_000_010))
        );
    }

    #[test]
    fn a_user_is_found_by_number() {
        let users = "root:x:0:0:root:/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\n";
        assert_eq!(user_name(users, 1000), Some("ann"));
        assert_eq!(user_name(users, 1), None);
        assert_ne!(Machine::look().host, "");
    }
}
