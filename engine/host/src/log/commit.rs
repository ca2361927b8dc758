//! The group commit: one thread that syncs what is written, at most once per interval.
//!
//! A commit is made of pieces, between which the writer may go on. On a simulated disk there is no thread: the pieces
//! are done by whoever asks, at moments that the simulation chooses.
//!
//! **Absent on purpose:** encoding, and opening files.

use std::io::Write as _;
use std::path::PathBuf;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use crate::disk::{self, File};
use crate::storage::{StorageError, Unsynced, sync_file, sync_folder};

/// Called with the number of durable lines, from the thread that synced them.
pub(super) type OnDurable = Box<dyn Fn(u64) + Send>;

/// What the writer and the thread share.
pub(super) struct Shared {
    pub(super) file: File,
    pub(super) path: PathBuf,
    state: Mutex<State>,
    /// The thread waits here for work.
    work: Condvar,
    /// The writer waits here for durability.
    done: Condvar,
    /// The commit under way where no thread does it.
    inline: Option<Mutex<(Piece, Option<OnDurable>)>>,
}

/// What a commit does next. Between two pieces the writer may go on.
#[derive(Debug, Default)]
enum Piece {
    /// Looks at what there is to do.
    #[default]
    Look,
    /// Syncs files, and writes the lines that waited for them: so many lines are there then.
    Files { files: Vec<Unsynced>, held: Vec<u8>, count: u64 },
    /// Syncs so many lines.
    Lines(u64),
    /// Syncs the folders that name the log.
    Folders(u64),
}

/// Counts are numbers of lines since the beginning of the log.
#[derive(Default)]
struct State {
    /// Lines that wait for `files`, in order; `accepted` is the count up to their end.
    held: Vec<u8>,
    /// To be synced before `held` is written.
    files: Vec<Unsynced>,
    /// To be synced before anything counts as durable.
    folders: Vec<PathBuf>,
    /// The thread is syncing files without the lock: later lines must be held, too.
    holding: bool,
    accepted: u64,
    written: u64,
    durable: u64,
    /// Somebody waits for this many lines.
    wanted: u64,
    closing: bool,
    failed: Option<StorageError>,
}

impl Shared {
    pub(super) fn new(file: File, path: PathBuf, lines: u64, folders: Vec<PathBuf>) -> Self {
        let state = State { accepted: lines, written: lines, durable: lines, folders, ..State::default() };
        let (state, work, done) = (Mutex::new(state), Condvar::new(), Condvar::new());
        Self { file, path, state, work, done, inline: None }
    }

    /// The same without a thread.
    pub(super) fn inline(self, on_durable: Option<OnDurable>) -> Self {
        Self { inline: Some(Mutex::new((Piece::Look, on_durable))), ..self }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Takes lines: writes them, unless they or earlier ones have to wait for files.
    pub(super) fn accept(
        &self,
        lines: &[u8],
        count: u64,
        files: &mut Vec<Unsynced>,
    ) -> Result<(), StorageError> {
        let mut state = self.lock();
        state.check()?;
        let idle = state.written == state.durable && state.held.is_empty() && state.files.is_empty();
        state.files.append(files);
        state.accepted = count;
        if state.files.is_empty() && state.held.is_empty() && !state.holding {
            self.write(&mut state, lines, count)?;
        } else {
            state.held.extend_from_slice(lines);
        }
        drop(state);
        if idle {
            self.work.notify_one();
        }
        Ok(())
    }

    pub(super) fn attached(&self) -> usize {
        self.lock().files.len()
    }

    pub(super) fn durable(&self) -> Result<u64, StorageError> {
        while self.inline.is_some() && disk::syncs_now() && self.lock().is_owing() {
            self.work_inline();
        }
        let state = self.lock();
        state.check()?;
        Ok(state.durable)
    }

    /// Asks for these lines to be durable soon, without waiting.
    pub(super) fn want(&self, count: u64) {
        let mut state = self.lock();
        state.wanted = state.wanted.max(count);
        drop(state);
        self.work.notify_one();
    }

    pub(super) fn wait_for(&self, count: u64) -> Result<u64, StorageError> {
        self.want(count);
        let mut state = self.lock();
        while state.durable < count {
            state.check()?;
            if self.inline.is_some() {
                drop(state);
                self.work_inline();
                state = self.lock();
                continue;
            }
            state = self.done.wait(state).unwrap_or_else(PoisonError::into_inner);
        }
        Ok(state.durable)
    }

    pub(super) fn close(&self) {
        let mut state = self.lock();
        state.closing = true;
        if self.inline.is_some() {
            while state.failed.is_none() && state.is_owing() {
                drop(state);
                self.work_inline();
                state = self.lock();
            }
        }
        drop(state);
        self.work.notify_one();
    }

    /// Does one piece of what the thread would do.
    fn work_inline(&self) {
        let Some(inline) = &self.inline else { return };
        let mut inline = inline.lock().unwrap_or_else(PoisonError::into_inner);
        let (piece, on_durable) = &mut *inline;
        match self.do_piece(std::mem::take(piece)) {
            Ok(Err(next)) => *piece = next,
            Ok(Ok(durable)) => on_durable.iter().for_each(|tell| tell(durable)),
            Err(error) => {
                self.lock().failed.get_or_insert(error);
                on_durable.iter().for_each(|tell| tell(0));
            }
        }
    }

    fn write(&self, state: &mut State, lines: &[u8], count: u64) -> Result<(), StorageError> {
        if let Err(error) = (&self.file).write_all(lines) {
            let error = StorageError::of("write", &self.path, &error);
            state.failed = Some(error.clone());
            self.done.notify_all();
            return Err(error);
        }
        state.written = count;
        Ok(())
    }

    /// The thread. Whatever ends it early, even a panic of `on_durable`, is a failure for those who wait.
    pub(super) fn run(&self, interval: Duration, on_durable: Option<&OnDurable>) {
        struct Gone<'a>(&'a Shared);
        impl Drop for Gone<'_> {
            fn drop(&mut self) {
                let mut state = self.0.lock();
                if !state.closing {
                    let path = self.0.path.clone();
                    let (kind, number) = (std::io::ErrorKind::Other, 0);
                    let gone = StorageError::Other { doing: "go on syncing", path, kind, number };
                    state.failed.get_or_insert(gone);
                }
                drop(state);
                self.0.done.notify_all();
            }
        }
        let _gone = Gone(self);
        self.serve(interval, on_durable);
    }

    fn serve(&self, interval: Duration, on_durable: Option<&OnDurable>) {
        let mut last: Option<Instant> = None;
        while self.wait_for_work(interval, last) {
            last = Some(Instant::now());
            match self.commit() {
                Ok(durable) => {
                    self.done.notify_all();
                    if let Some(tell) = on_durable {
                        tell(durable);
                    }
                }
                Err(error) => {
                    self.lock().failed.get_or_insert(error);
                    self.done.notify_all();
                    if let Some(tell) = on_durable {
                        tell(0); // so that somebody who only waits for a wake-up learns of the failure
                    }
                    return;
                }
            }
        }
    }

    /// Waits until there is work and either somebody waits for it or the interval is over.
    fn wait_for_work(&self, interval: Duration, last: Option<Instant>) -> bool {
        let mut state = self.lock();
        loop {
            if state.failed.is_some() {
                return false;
            }
            if !state.is_owing() {
                if state.closing {
                    return false;
                }
                state = self.work.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            }
            let rest = last.map_or(interval, |last| interval.saturating_sub(last.elapsed()));
            if state.wanted > state.durable || state.closing || rest.is_zero() {
                return true;
            }
            let waited = self.work.wait_timeout(state, rest).unwrap_or_else(PoisonError::into_inner);
            state = waited.0;
            if waited.1.timed_out() {
                return state.failed.is_none();
            }
        }
    }

    /// Syncs files, writes the lines that waited for them, syncs the log. Answers how many lines are durable.
    fn commit(&self) -> Result<u64, StorageError> {
        let mut piece = Piece::Look;
        loop {
            match self.do_piece(piece)? {
                Ok(durable) => return Ok(durable),
                Err(next) => piece = next,
            }
        }
    }

    /// Does one piece of a commit. Answers how many lines are durable, or the piece that is next.
    fn do_piece(&self, piece: Piece) -> Result<Result<u64, Piece>, StorageError> {
        match piece {
            Piece::Look => {
                let mut state = self.lock();
                state.check()?;
                if state.files.is_empty() && state.held.is_empty() {
                    return Ok(Err(Piece::Lines(state.written)));
                }
                let (files, held) = (std::mem::take(&mut state.files), std::mem::take(&mut state.held));
                state.holding = true;
                Ok(Err(Piece::Files { files, held, count: state.accepted }))
            }
            Piece::Files { files, held, count } => {
                sync_files(&files)?;
                let mut state = self.lock();
                self.write(&mut state, &held, count)?;
                state.holding = false;
                Ok(Err(Piece::Look))
            }
            Piece::Lines(written) => {
                sync_file(&self.file, &self.path)?;
                Ok(Err(Piece::Folders(written)))
            }
            Piece::Folders(written) => {
                let folders = std::mem::take(&mut self.lock().folders);
                folders.iter().try_for_each(|folder| sync_folder(folder))?;
                self.lock().durable = written;
                Ok(Ok(written))
            }
        }
    }
}

impl State {
    fn check(&self) -> Result<(), StorageError> {
        self.failed.clone().map_or(Ok(()), Err)
    }

    fn is_owing(&self) -> bool {
        self.durable < self.accepted || !self.files.is_empty() || !self.folders.is_empty()
    }
}

/// Every file, and every folder once.
fn sync_files(files: &[Unsynced]) -> Result<(), StorageError> {
    for it in files {
        sync_file(&it.file, &it.path)?;
    }
    let folders: std::collections::BTreeSet<&PathBuf> = files.iter().flat_map(|it| &it.folders).collect();
    folders.into_iter().try_for_each(|folder| sync_folder(folder))
}
