//! Being told: signals sent to this process, and a wake-up from another thread.
//!
//! Signal handlers only set a number and write to a pipe, which the poll loop reads. Nothing is blocked, so
//! children begin with the default behavior of every signal.
//!
//! **Absent on purpose:** what to do about a signal.

use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use signal_hook::SigId;
use signal_hook::consts::{SIGHUP, SIGINT, SIGQUIT, SIGTERM};

/// A signal that asks us to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum SelfSignal {
    /// Ctrl-C.
    Interrupt,
    /// `kill`, or the CI system ends the job.
    Terminate,
    /// The terminal is gone.
    HangUp,
    /// Ctrl-\: whoever is not heard otherwise. Dying of it would leave the steps running without us.
    Quit,
}

const WATCHED: [(i32, SelfSignal); 4] = [
    (SIGINT, SelfSignal::Interrupt),
    (SIGTERM, SelfSignal::Terminate),
    (SIGHUP, SelfSignal::HangUp),
    (SIGQUIT, SelfSignal::Quit),
];

/// Catches SIGINT, SIGTERM, SIGHUP and SIGQUIT until dropped.
///
/// After a drop the process ignores these signals rather than dying of them, since std has replaced
/// nothing: keep it for the life of the process.
#[derive(Debug)]
pub struct Signals {
    pipe: UnixStream,
    arrived: [Arc<AtomicBool>; WATCHED.len()],
    ids: Vec<SigId>,
}

impl Signals {
    /// Begins to catch.
    pub fn catch() -> io::Result<Self> {
        let (pipe, write) = UnixStream::pair()?;
        pipe.set_nonblocking(true)?;
        let arrived: [Arc<AtomicBool>; WATCHED.len()] = Default::default();
        let mut ids = Vec::new();
        for ((number, _), flag) in WATCHED.iter().zip(&arrived) {
            // In this order: whoever reads the pipe finds the flag set.
            ids.push(signal_hook::flag::register(*number, flag.clone())?);
            ids.push(signal_hook::low_level::pipe::register(*number, write.try_clone()?)?);
        }
        Ok(Self { pipe, arrived, ids })
    }

    /// What arrived since the last call.
    pub fn take(&mut self) -> Vec<SelfSignal> {
        drain(&mut self.pipe);
        let arrived = WATCHED.iter().zip(&self.arrived);
        arrived
            .filter(|(_, flag)| flag.swap(false, Ordering::SeqCst))
            .map(|((_, signal), _)| *signal)
            .collect()
    }
}

impl AsFd for Signals {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

impl Drop for Signals {
    fn drop(&mut self) {
        for id in self.ids.drain(..) {
            signal_hook::low_level::unregister(id);
        }
    }
}

fn drain(pipe: &mut UnixStream) {
    let mut bytes = [0; 64];
    while pipe.read(&mut bytes).is_ok_and(|count| count == bytes.len()) {}
}

/// Wakes [`super::Supervisor::wait`] from another thread.
#[derive(Debug)]
pub struct Waker {
    read: UnixStream,
    write: Arc<UnixStream>,
}

impl Waker {
    /// A new one.
    pub fn new() -> io::Result<Self> {
        let (read, write) = UnixStream::pair()?;
        read.set_nonblocking(true)?;
        write.set_nonblocking(true)?;
        Ok(Self { read, write: Arc::new(write) })
    }

    /// What another thread calls. Never blocks; a wake-up that is already waiting is enough.
    pub fn handle(&self) -> impl Fn() + Send + Sync + 'static + use<> {
        let write = self.write.clone();
        move || drop((&*write).write(&[0]))
    }

    /// Forgets the wake-ups so far. Call it on [`super::Happening::Woken`], before looking for the reason.
    pub fn clear(&mut self) {
        drain(&mut self.read);
    }
}

impl AsFd for Waker {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.read.as_fd()
    }
}
