//! When something goes wrong: a plan of blows, each due at an operation of the machine; and the clock.
//!
//! **Absent on purpose:** what a blow does to files: see [`super::files`].

use std::collections::VecDeque;

use super::Dice;

/// Something that goes wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Blow {
    /// `kill -9`: what was written stays, and steps go on without their `dod`.
    Kill,
    /// The machine stops: only what is durable stays, and perhaps some of the rest.
    PowerLoss,
    /// No space is left for so many operations that need some.
    Full(u64),
    /// One operation fails with EIO.
    Error,
    /// One sync fails with EIO, and what it was to make durable is gone.
    SyncError,
    /// Somebody sends SIGTERM.
    Terminate,
}

/// What the machine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Doing {
    /// Looking at files.
    Read,
    /// Changing a file.
    Write,
    /// Making a file durable.
    Sync,
    /// Changing names.
    Name,
    /// Making names durable.
    SyncFolder,
    /// Starting a process, or waiting for one.
    Process,
}

/// What becomes of an operation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Struck {
    /// It is done.
    Not,
    /// The process died before it.
    Before,
    /// It is done, and nobody is there any more to hear of it.
    After,
    /// The system refuses, with this number.
    Refused(i32),
    /// Nobody is there any more.
    Gone,
}

/// How a life ended that did not end by itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Death {
    /// The process died.
    Killed,
    /// The machine stopped.
    PoweredOff,
}

/// How often what happened.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Operations of files and processes.
    pub operations: u64,
    /// `kill -9`.
    pub kills: u64,
    /// The machine stopped.
    pub power_losses: u64,
    /// Writes of which a part was done when the process died or the disk was full.
    pub torn_writes: u64,
    /// Operations refused because the disk was full.
    pub full: u64,
    /// Operations that failed with EIO.
    pub errors: u64,
    /// Syncs that failed and lost what they were to make durable.
    pub sync_errors: u64,
    /// Writes that were not durable and were lost, or of which a part was.
    pub writes_lost: u64,
    /// Names that were not durable and were lost.
    pub names_lost: u64,
    /// Signals sent.
    pub signals: u64,
    /// Results of steps that nobody was there for any more.
    pub results_lost: u64,
    /// Results of steps that came twice.
    pub results_twice: u64,
    /// The clock was set, forwards or backwards.
    pub clock_jumps: u64,
}

impl Tally {
    /// Adds another one.
    pub fn add(&mut self, other: &Self) {
        for ((_, own), (_, more)) in self.fields().into_iter().zip(other.clone().fields()) {
            *own += *more;
        }
    }

    /// Everything, with its name.
    pub fn fields(&mut self) -> [(&'static str, &mut u64); 13] {
        [
            ("operations", &mut self.operations),
            ("kill -9", &mut self.kills),
            ("power losses", &mut self.power_losses),
            ("torn writes", &mut self.torn_writes),
            ("disk full", &mut self.full),
            ("I/O errors", &mut self.errors),
            ("failed syncs", &mut self.sync_errors),
            ("unsynced writes lost", &mut self.writes_lost),
            ("unsynced names lost", &mut self.names_lost),
            ("signals", &mut self.signals),
            ("results lost", &mut self.results_lost),
            ("results twice", &mut self.results_twice),
            ("clock jumps", &mut self.clock_jumps),
        ]
    }
}

/// Operations that writing a file again takes.
const SPARED: u64 = 8;

const ENOSPC: i32 = 28;
const EIO: i32 = 5;

/// The plan of a life, and how far it has come.
#[derive(Debug)]
pub struct Fate {
    /// Decides what the plan leaves open.
    pub dice: Dice,
    /// Milliseconds since the machine was built; never goes back.
    pub clock_ms: u64,
    /// What the calendar is wrong by.
    pub calendar_off_ms: i64,
    /// Counts.
    pub tally: Tally,
    /// How this life ended, if it has.
    pub death: Option<Death>,
    /// Something was refused in this life.
    pub refused: bool,
    /// A signal is waiting to be heard.
    pub signal: bool,
    /// Claims that were broken.
    pub violations: Vec<String>,
    /// Operations are somebody else's, whom nothing befalls.
    pub aside: bool,
    done: u64,
    plan: VecDeque<(u64, Blow)>,
    full: u64,
    /// Nothing else befalls until this operation.
    spared: u64,
}

impl Fate {
    /// A machine that was just built.
    pub fn new(seed: u64) -> Self {
        Self {
            dice: Dice::of(seed),
            clock_ms: 0,
            calendar_off_ms: 0,
            tally: Tally::default(),
            death: None,
            refused: false,
            signal: false,
            violations: Vec::new(),
            aside: false,
            done: 0,
            plan: VecDeque::new(),
            full: 0,
            spared: 0,
        }
    }

    /// Begins a life: each blow falls at its operation, or at the next one that it fits.
    pub fn begin(&mut self, mut blows: Vec<(u64, Blow)>) {
        blows.sort_unstable();
        (self.death, self.refused, self.signal) = (None, false, false);
        (self.done, self.full, self.spared) = (0, 0, 0);
        self.plan = blows.into();
    }

    /// How many operations this life has had.
    pub fn done(&self) -> u64 {
        self.done
    }

    /// An operation is about to be done.
    pub fn strike(&mut self, doing: Doing) -> Struck {
        if self.aside {
            return Struck::Not;
        }
        if self.death.is_some() {
            return Struck::Gone;
        }
        self.done += 1;
        self.tally.operations += 1;
        if self.done < self.spared {
            return Struck::Not;
        }
        let needs_room = matches!(doing, Doing::Write | Doing::Name);
        if self.full > 0 && needs_room {
            self.full -= 1;
            return self.refuse(ENOSPC);
        }
        let Some((due, blow)) = self.plan.front().copied() else { return Struck::Not };
        let fits = match blow {
            Blow::Kill | Blow::PowerLoss => true,
            Blow::Full(_) => needs_room,
            Blow::Error => doing != Doing::Process,
            Blow::SyncError => doing == Doing::Sync,
            Blow::Terminate => doing == Doing::Process,
        };
        if due > self.done || !fits {
            return Struck::Not;
        }
        self.plan.pop_front();
        match blow {
            Blow::Kill => self.die(Death::Killed),
            Blow::PowerLoss => self.die(Death::PoweredOff),
            Blow::Full(more) => {
                self.full = more;
                self.refuse(ENOSPC)
            }
            Blow::Error | Blow::SyncError => self.refuse(EIO),
            Blow::Terminate => {
                self.tally.signals += 1;
                self.signal = true;
                Struck::Not
            }
        }
    }

    /// A sync failed: whoever asked for it is spared until it has written again what may be lost. Two blows in the same
    /// microseconds are one too many: see `storage::sync_file`.
    pub fn spare(&mut self) {
        self.spared = self.done + SPARED;
    }

    fn die(&mut self, death: Death) -> Struck {
        self.death = Some(death);
        match death {
            Death::Killed => self.tally.kills += 1,
            Death::PoweredOff => self.tally.power_losses += 1,
        }
        if self.dice.once_in(2) { Struck::Before } else { Struck::After }
    }

    fn refuse(&mut self, number: i32) -> Struck {
        self.refused = true;
        match number {
            ENOSPC => self.tally.full += 1,
            _ => self.tally.errors += 1,
        }
        Struck::Refused(number)
    }

    /// A claim does not hold.
    pub fn blame(&mut self, what: impl Into<String>) {
        self.violations.push(what.into());
    }
}
