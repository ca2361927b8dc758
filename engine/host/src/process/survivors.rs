//! Ending the processes of a `dod` that crashed.
//!
//! A sidecar file lists what was spawned, one JSON object per line. It is not synced: what it is for does not
//! survive the machine either. A process is ended only if boot id, process id and start time agree, or if its
//! environment carries the mark of that very supervisor, which also finds what called `setsid`.
//!
//! **Absent on purpose:** the log. Whether a step was in flight is the log's knowledge.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde::{Deserialize, Serialize};

use crate::world::boot_id;

use super::StartTime;
use super::family::{self, Mark};

/// A longer sidecar is not read to its end; only its first lines count.
const SIDECAR_BYTES_MAX: u64 = 256 << 20;
/// How long survivors get between SIGTERM and SIGKILL, and again after it.
const SURVIVOR_GRACE_MS: u64 = 2000;

/// One line.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum Line {
    /// A supervisor begins.
    Begin {
        /// The boot that it lives in.
        boot: String,
        /// What its processes carry in their environment, followed by a dot and the token.
        mark: String,
    },
    /// It spawned a process.
    Spawned { pid: u32, start: StartTime, token: u64 },
}

/// Where a supervisor notes what it spawns.
#[derive(Debug)]
pub struct Sidecar {
    file: File,
}

impl Sidecar {
    /// Opens the file, and makes it if there is none. Lines are added at its end.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { file: OpenOptions::new().create(true).append(true).open(path)? })
    }

    pub(super) fn begin(&mut self, mark: &str) -> io::Result<()> {
        self.write(&Line::Begin { boot: boot_id(), mark: mark.to_owned() })
    }

    pub(super) fn note(&mut self, token: u64, pid: u32, start: StartTime) -> io::Result<()> {
        self.write(&Line::Spawned { pid, start, token })
    }

    fn write(&mut self, line: &Line) -> io::Result<()> {
        let mut text = serde_json::to_vec(line)?;
        text.push(b'\n');
        self.file.write_all(&text) // one call, so that a crash leaves at most one torn line
    }
}

/// Survivors could not be looked for.
#[derive(Debug, thiserror::Error)]
pub enum SidecarError {
    /// The file cannot be read.
    #[error("`{}` cannot be read: {kind}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        kind: io::ErrorKind,
    },
}

/// What [`end_survivors`] did.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Ended {
    /// Ids of the processes that were ended.
    pub ended: Vec<u32>,
    /// Ids of those that do not go.
    pub alive: Vec<u32>,
}

/// Ends what is left of the processes in a sidecar. There is none: nothing survived.
///
/// The caller holds the lock of the run, so that no living `dod` owns them.
pub fn end_survivors(path: &Path) -> Result<Ended, SidecarError> {
    let unreadable =
        |error: io::Error| SidecarError::Unreadable { path: path.to_owned(), kind: error.kind() };
    let file = match File::open(path) {
        Ok(file) => file,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Ended::default()),
        Err(error) => return Err(unreadable(error)),
    };
    let (mut marks, mut noted, mut same_boot) = (Vec::new(), BTreeMap::new(), false);
    for line in BufReader::new(file.take(SIDECAR_BYTES_MAX)).split(b'\n') {
        match serde_json::from_slice(&line.map_err(unreadable)?) {
            Ok(Line::Begin { boot, mark }) => {
                same_boot = boot == boot_id();
                if same_boot {
                    marks.push(mark.into_bytes());
                }
            }
            Ok(Line::Spawned { pid, start, .. }) if same_boot => {
                noted.insert(pid, start);
            }
            // Another boot, or a torn line: its process is found by its mark.
            Ok(Line::Spawned { .. }) | Err(_) => {}
        }
    }
    Ok(end(|| survivors(&marks, &noted)))
}

/// Everybody who is in the list or carries a mark, and their descendants.
fn survivors(marks: &[Vec<u8>], noted: &BTreeMap<u32, StartTime>) -> BTreeMap<u32, u64> {
    let own = std::process::id();
    let of_mark = |one: &[u8]| {
        marks.iter().any(|mark| one.strip_prefix(&**mark).is_some_and(|rest| rest.starts_with(b".")))
    };
    let roots: Vec<u32> = family::everybody()
        .into_iter()
        .filter(|pid| *pid != own)
        .filter(|pid| {
            let listed = noted.get(pid).zip(family::stat(*pid));
            listed.is_some_and(|(start, it)| (start.from..=start.to).contains(&it.start))
                || !marks.is_empty() && Mark::of(*pid).any(of_mark)
        })
        .collect();
    let all = family::with_descendants(&roots).into_iter();
    all.filter(|(pid, it)| *pid != own && !it.zombie).map(|(pid, it)| (pid, it.start)).collect()
}

fn end(find: impl Fn() -> BTreeMap<u32, u64>) -> Ended {
    let mut told: BTreeMap<u32, u64> = BTreeMap::new();
    for signal in [Signal::TERM, Signal::KILL] {
        let until = Instant::now() + Duration::from_millis(SURVIVOR_GRACE_MS);
        loop {
            let found = find();
            if found.is_empty() {
                return Ended { ended: told.into_keys().collect(), alive: Vec::new() };
            }
            for (pid, start) in found {
                if told.insert(pid, start).is_none() || signal == Signal::KILL {
                    family::signal_exactly(pid, start, signal);
                }
            }
            if Instant::now() >= until {
                break;
            }
            std::thread::sleep(Duration::from_millis(10));
        }
    }
    let alive: Vec<u32> = find().into_keys().collect();
    Ended { ended: told.into_keys().filter(|pid| !alive.contains(pid)).collect(), alive }
}
