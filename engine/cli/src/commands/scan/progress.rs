//! What a scan that takes its time says meanwhile.
//!
//! **Absent on purpose:** guessing how long it will be.

use std::io::IsTerminal as _;
use std::time::{Duration, Instant};

use crate::output;

/// Shorter work is done before anybody wonders.
const PATIENCE: Duration = Duration::from_secs(2);
/// How often a line of a terminal is written anew, and how often a log gets another line.
const AGAIN: Duration = Duration::from_millis(200);
const AGAIN_IN_A_LOG: Duration = Duration::from_secs(20);

/// A line on stderr that counts.
pub(super) struct Progress {
    what: &'static str,
    next: Instant,
    terminal: bool,
    is_shown: bool,
}

impl Progress {
    /// Nothing is said before two seconds are over.
    pub(super) fn new(what: &'static str) -> Self {
        let terminal = std::io::stderr().is_terminal();
        Self { what, next: Instant::now() + PATIENCE, terminal, is_shown: false }
    }

    /// So many of so many are done.
    pub(super) fn tell(&mut self, done: usize, of: usize) {
        let now = Instant::now();
        if now < self.next {
            return;
        }
        let what = self.what;
        self.next = now + if self.terminal { AGAIN } else { AGAIN_IN_A_LOG };
        self.is_shown = true;
        output::talk(&match self.terminal {
            true => format!("\r\x1b[K{what}: {done} of {of}"),
            false => format!("{what}: {done} of {of}\n"),
        });
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        if self.is_shown && self.terminal {
            output::talk("\r\x1b[K");
        }
    }
}
