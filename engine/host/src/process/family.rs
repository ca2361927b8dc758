//! Which processes come from a step: our children, their descendants, and the mark in their environment.
//!
//! Everything here but [`Family::adopted`] is for unhappy paths: a stop, a leftover, a crash.
//!
//! **Absent on purpose:** deciding when to look.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::io::Read as _;
use std::os::unix::fs::FileExt as _;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Once};

use rustix::process::{Pid, Signal};

use crate::world::since_boot;

use super::STEP_VARIABLE;

/// More descendants of one step are not signaled one by one; the next round finds the rest.
const DESCENDANTS_MAX: usize = 8192;
/// More of an environment is not read.
const ENVIRONMENT_BYTES_MAX: u64 = 4 << 20;

/// A process as `/proc/<pid>/stat` tells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Stat {
    pub(super) zombie: bool,
    /// By a signal, like that for reading from a terminal in the background.
    pub(super) stopped: bool,
    pub(super) parent: u32,
    pub(super) group: u32,
    /// Clock ticks since boot.
    pub(super) start: u64,
}

/// What is known of a process; `None` if it is gone.
pub(super) fn stat(pid: u32) -> Option<Stat> {
    let text = std::fs::read(format!("/proc/{pid}/stat")).ok()?;
    // The second field is the name in brackets, which may hold anything, brackets too (proc(5)).
    let end = text.iter().rposition(|byte| *byte == b')')?;
    let rest = std::str::from_utf8(&text[end + 1..]).ok()?;
    let fields: Vec<&str> = rest.split_ascii_whitespace().collect();
    Some(Stat {
        zombie: matches!(*fields.first()?, "Z" | "X"),
        stopped: *fields.first()? == "T",
        parent: fields.get(1)?.parse().ok()?,
        group: fields.get(2)?.parse().ok()?,
        start: fields.get(19)?.parse().ok()?,
    })
}

/// What the environment of a process says about its step.
pub(super) enum Mark {
    /// This value of [`STEP_VARIABLE`].
    Is(Vec<u8>),
    /// Nothing, or we may not read it.
    Untold,
}

impl Mark {
    pub(super) fn of(pid: u32) -> Self {
        let mut environment = Vec::new();
        let read = File::open(format!("/proc/{pid}/environ"))
            .and_then(|file| file.take(ENVIRONMENT_BYTES_MAX).read_to_end(&mut environment));
        if read.is_err() {
            return Self::Untold;
        }
        let mark = environment.split(|byte| *byte == 0).find_map(|variable| {
            variable.strip_prefix(STEP_VARIABLE.as_bytes())?.strip_prefix(b"=").map(<[u8]>::to_vec)
        });
        mark.map_or(Self::Untold, Self::Is)
    }

    /// Whether one of the marks, outermost first, satisfies `test`.
    pub(super) fn any(&self, test: impl Fn(&[u8]) -> bool) -> bool {
        match self {
            Self::Is(marks) => marks.split(|byte| *byte == b':').any(test),
            Self::Untold => false,
        }
    }
}

/// Our own children.
#[derive(Debug)]
pub(super) struct Family {
    /// The list of the main thread's children, to which Linux adds adopted ones.
    list: Option<File>,
    pub(super) own_pid: u32,
    own_group: u32,
    /// Whoever is older is none of ours: a shell that became us by `exec` may have had children.
    founded: u64,
}

impl Family {
    /// Makes this process the one that adopts its orphaned descendants.
    pub(super) fn found() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(become_adopter);
        let own_pid = std::process::id();
        let own_group = rustix::process::getpgrp().as_raw_nonzero().get().cast_unsigned();
        let list = File::open(format!("/proc/self/task/{own_pid}/children")).ok();
        Self { list, own_pid, own_group, founded: ticks_now() }
    }

    /// Children that are in nobody's books: not `known`, and not in our own process group, as the child of
    /// another part of this program would be.
    pub(super) fn adopted(&self, known: impl Fn(u32) -> bool) -> Vec<(u32, Stat)> {
        let unknown = self.children().into_iter().filter(|pid| !known(*pid));
        let with_stat = unknown.filter_map(|pid| Some((pid, stat(pid)?)));
        let ours =
            |it: &Stat| it.parent == self.own_pid && it.group != self.own_group && it.start >= self.founded;
        with_stat.filter(|(_, it)| ours(it)).collect()
    }

    /// Whether leftovers can be found at all: not without `/proc`.
    pub(super) fn sees(&self) -> bool {
        self.list.is_some() || stat(self.own_pid).is_some()
    }

    fn children(&self) -> Vec<u32> {
        // Not every kernel keeps the list (CONFIG_PROC_CHILDREN); looking at everybody is slow and right.
        self.listed().unwrap_or_else(|| {
            let mine = |pid: &u32| stat(*pid).is_some_and(|it| it.parent == self.own_pid);
            everybody().into_iter().filter(mine).collect()
        })
    }

    fn listed(&self) -> Option<Vec<u32>> {
        let (mut text, mut bytes) = (Vec::new(), [0; 4096]);
        let list = self.list.as_ref()?;
        loop {
            let count = list.read_at(&mut bytes, text.len() as u64).ok()?;
            text.extend_from_slice(&bytes[..count]);
            // The list comes in one piece unless it fills the buffer; asking again costs a call.
            if count < bytes.len() / 2 {
                break;
            }
        }
        let words = text.split(|byte| *byte == b' ');
        Some(words.filter_map(|word| std::str::from_utf8(word).ok()?.trim().parse().ok()).collect())
    }
}

#[cfg(target_os = "linux")]
fn become_adopter() {
    // A kernel without it (before 3.4) leaves us with process groups; nothing else depends on it.
    let _ = rustix::process::set_child_subreaper(Some(rustix::process::getpid()));
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let ignored = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let ignored = ignored.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or(0);
    if ignored >> (signal_hook::consts::SIGCHLD - 1) & 1 == 1 {
        // Whoever started us ignores SIGCHLD, and we inherited it: the kernel would reap our children and
        // nobody would ever know how they ended. Any handler puts an end to that.
        drop(signal_hook::flag::register(signal_hook::consts::SIGCHLD, Arc::<AtomicBool>::default()));
    }
}

#[cfg(not(target_os = "linux"))]
fn become_adopter() {}

/// The ids of all processes.
pub(super) fn everybody() -> Vec<u32> {
    let Ok(folders) = std::fs::read_dir("/proc") else { return Vec::new() };
    folders.flatten().filter_map(|folder| folder.file_name().to_str()?.parse().ok()).collect()
}

/// These processes and all their descendants, parents first.
pub(super) fn with_descendants(roots: &[u32]) -> BTreeMap<u32, Stat> {
    let mut found = BTreeMap::new();
    let mut work: Vec<u32> = roots.to_vec();
    let mut seen: BTreeSet<u32> = roots.iter().copied().collect();
    while let Some(pid) = work.pop() {
        let Some(it) = stat(pid) else { continue };
        found.insert(pid, it);
        for child in children_of(pid) {
            if seen.len() < DESCENDANTS_MAX && seen.insert(child) {
                work.push(child);
            }
        }
    }
    found
}

fn children_of(pid: u32) -> Vec<u32> {
    let Ok(threads) = std::fs::read_dir(format!("/proc/{pid}/task")) else { return Vec::new() };
    let lists =
        threads.flatten().filter_map(|thread| std::fs::read_to_string(thread.path().join("children")).ok());
    lists.flat_map(|list| list.split_ascii_whitespace().flat_map(str::parse).collect::<Vec<_>>()).collect()
}

/// Signals exactly this process: not another one that got its id meanwhile.
pub(super) fn signal_exactly(pid: u32, start: u64, signal: Signal) -> bool {
    let Some(raw) = i32::try_from(pid).ok().and_then(Pid::from_raw) else { return false };
    #[cfg(target_os = "linux")]
    let Ok(handle) = rustix::process::pidfd_open(raw, rustix::process::PidfdFlags::empty()) else {
        return false;
    };
    // The handle pins the process; if the id was reused before we opened it, the start time differs.
    if stat(pid).is_none_or(|it| it.start != start || it.zombie) {
        return false;
    }
    #[cfg(target_os = "linux")]
    let sent = rustix::process::pidfd_send_signal(&handle, signal);
    #[cfg(not(target_os = "linux"))]
    let sent = rustix::process::kill_process(raw, signal);
    sent.is_ok()
}

/// Clock ticks since boot, in the unit of `/proc/<pid>/stat`.
pub(super) fn ticks_now() -> u64 {
    let per_second = rustix::param::clock_ticks_per_second().max(1);
    let time = since_boot();
    time.as_secs() * per_second + u64::from(time.subsec_nanos()) / (1_000_000_000 / per_second)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn children_are_found_without_the_list_too() {
        let mut family = Family::found();
        let mut child = std::process::Command::new("sleep").arg("100").spawn().unwrap();
        family.list = None;
        assert!(family.sees() && family.children().contains(&child.id()));
        assert!(family.adopted(|_| false).iter().all(|(pid, _)| *pid != child.id()), "it is in our group");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}
