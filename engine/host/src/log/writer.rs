//! The one writer of a log.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use dod_proof::tree::{Frontier, leaf_hash};

use crate::disk::{self, File, How};
use crate::lock::{Lock, LockError};
use crate::storage::{StorageError, Unsynced, sync_file, sync_folder};

use super::commit::{OnDurable, Shared};
use super::reader::{LogReader, ReadError, looks_like_json};
use super::{ATTACHED_FILES_MAX, BUFFER_BYTES_MAX, LINE_BYTES_MAX, LOCK_FILE, LOG_FILE};

/// How long a lock is waited for that somebody may only be looking at.
const LOOKS: Duration = Duration::from_millis(60);

/// The log cannot be written, or was not opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LogError {
    /// Another process writes it.
    #[error(transparent)]
    Lock(#[from] LockError),
    /// A file cannot be used. Final: every later call fails with it, too.
    #[error(transparent)]
    Storage(#[from] StorageError),
    /// What is there is no log.
    #[error(transparent)]
    Read(#[from] ReadError),
    /// The line is longer than [`LINE_BYTES_MAX`].
    #[error("a line of {bytes} bytes is too long for the log (at most {LINE_BYTES_MAX})")]
    TooLong {
        /// Its length.
        bytes: usize,
    },
    /// The line is empty or has a line break inside.
    #[error("a line of the log has exactly one line break, which the log adds")]
    NotALine,
}

/// How a log is written.
pub struct LogOptions {
    /// The time between two syncs that nobody waits for.
    pub sync_every: Duration,
    /// Told how many lines are durable after each sync, by the thread that synced; told 0 after a failure.
    pub on_durable: Option<OnDurable>,
    /// What the lock says to others, like `run 0197…`.
    pub what: String,
}

impl LogOptions {
    /// Syncs every 20 ms: measured, that costs one point over no sync at all, where 5 ms cost fourteen.
    pub fn new(what: impl Into<String>) -> Self {
        Self { sync_every: Duration::from_millis(20), on_durable: None, what: what.into() }
    }
}

/// What was found when a log was opened to go on.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Recovered {
    /// Whole lines.
    pub lines: u64,
    /// Their bytes.
    pub bytes: u64,
    /// Bytes behind them that were cut off.
    pub bytes_cut: u64,
}

/// Appends lines. Dropping it hands over and syncs what is left, without telling of errors: call
/// [`LogWriter::flush_and_wait`] before.
pub struct LogWriter {
    shared: Arc<Shared>,
    buffer: Vec<u8>,
    files: Vec<Unsynced>,
    tree: Frontier,
    failed: Option<StorageError>,
    thread: Option<JoinHandle<()>>,
    _lock: Lock,
}

impl std::fmt::Debug for LogWriter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "LogWriter({}, {} lines)", self.shared.path.display(), self.lines())
    }
}

impl LogWriter {
    /// Begins a log in an existing folder that has none.
    pub fn create(folder: &Path, options: LogOptions) -> Result<Self, LogError> {
        let lock = Lock::try_take(&folder.join(LOCK_FILE), &options.what)?;
        let path = folder.join(LOG_FILE);
        let file = disk::open_as(&path, How::AppendNew).map_err(StorageError::when("create", &path))?;
        // The folder names the log, and its parent names the folder.
        let folders = [Some(folder), folder.parent()].into_iter().flatten().map(Path::to_owned).collect();
        Ok(Self::start(lock, file, path, Frontier::new(), folders, options)?)
    }

    /// Opens a log to go on with it: cuts a torn tail, and makes what is there durable.
    pub fn open(folder: &Path, options: LogOptions) -> Result<(Self, Recovered), LogError> {
        // Somebody who only looks shares the lock for a moment.
        let lock = Lock::take(&folder.join(LOCK_FILE), &options.what, LOOKS)?;
        let path = folder.join(LOG_FILE);
        let (found, tree) = survey(&path)?;
        let file = disk::append(&path).map_err(StorageError::when("open", &path))?;
        if found.bytes_cut > 0 {
            file.set_len(found.bytes).map_err(StorageError::when("cut", &path))?;
        }
        // What is found here is believed from now on, and others speak of it: it is durable under its name first, whoever
        // died before that.
        sync_file(&file, &path)?;
        sync_folder(folder)?;
        folder.parent().map_or(Ok(()), sync_folder)?;
        let writer = Self::start(lock, file, path, tree, Vec::new(), options)?;
        Ok((writer, found))
    }

    fn start(
        lock: Lock,
        file: File,
        path: PathBuf,
        tree: Frontier,
        folders: Vec<PathBuf>,
        options: LogOptions,
    ) -> Result<Self, StorageError> {
        let shared = Shared::new(file, path, tree.size(), folders);
        let LogOptions { sync_every, on_durable, what: _ } = options;
        let (shared, thread) = if disk::is_simulated() {
            (Arc::new(shared.inline(on_durable)), None)
        } else {
            let shared = Arc::new(shared);
            let of_thread = shared.clone();
            let thread = std::thread::Builder::new()
                .name("log".to_owned())
                .spawn(move || of_thread.run(sync_every, on_durable.as_ref()))
                .map_err(StorageError::when("start the sync of", &shared.path))?;
            (shared, Some(thread))
        };
        let (buffer, files) = (Vec::new(), Vec::new());
        Ok(Self { shared, buffer, files, tree, failed: None, thread, _lock: lock })
    }

    /// How many lines the log has, with those that are not durable yet.
    pub fn lines(&self) -> u64 {
        self.tree.size()
    }

    /// The root over these lines, accumulated while they were written, and on opening while they were read.
    pub fn tree(&self) -> &Frontier {
        &self.tree
    }

    /// Appends a line, given without its line break. Answers how many lines there are now: the line is
    /// durable when [`LogWriter::durable_up_to`] has reached that number.
    pub fn append(&mut self, line: &[u8]) -> Result<u64, LogError> {
        if let Some(failed) = &self.failed {
            return Err(failed.clone().into());
        }
        if line.is_empty() || line.contains(&b'\n') {
            return Err(LogError::NotALine);
        }
        if line.len() > LINE_BYTES_MAX {
            return Err(LogError::TooLong { bytes: line.len() });
        }
        self.buffer.extend_from_slice(line);
        self.buffer.push(b'\n');
        self.tree.push(leaf_hash(line));
        if self.buffer.len() >= BUFFER_BYTES_MAX {
            self.hand_over()?;
        }
        Ok(self.lines())
    }

    /// Lines appended from now on name this file: it is synced before they are written.
    pub fn attach(&mut self, file: Unsynced) -> Result<(), LogError> {
        if self.files.len() + self.shared.attached() >= ATTACHED_FILES_MAX {
            file.sync()?;
        } else {
            self.files.push(file);
        }
        Ok(())
    }

    /// Gives appended lines to the system, so that a crash of this process does not lose them. Call it at
    /// the end of a batch, and before a step is spawned.
    pub fn hand_over(&mut self) -> Result<(), LogError> {
        if !self.buffer.is_empty() {
            let accepted = self.shared.accept(&self.buffer, self.tree.size(), &mut self.files);
            self.failed = accepted.clone().err();
            accepted?;
            self.buffer.clear();
        }
        Ok(())
    }

    /// Hands over, and asks for a sync without waiting for it.
    pub fn sync_now(&mut self) -> Result<(), LogError> {
        self.hand_over()?;
        self.shared.want(self.lines());
        Ok(())
    }

    /// Hands over, and waits until everything is durable. Answers how many lines that are.
    pub fn flush_and_wait(&mut self) -> Result<u64, LogError> {
        self.hand_over()?;
        Ok(self.shared.wait_for(self.lines())?)
    }

    /// How many lines are durable.
    pub fn durable_up_to(&self) -> Result<u64, LogError> {
        Ok(self.shared.durable()?)
    }
}

impl Drop for LogWriter {
    fn drop(&mut self) {
        let _ = self.hand_over();
        self.shared.close();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// Counts the whole lines, accumulates their root, and finds a torn tail.
fn survey(path: &Path) -> Result<(Recovered, Frontier), LogError> {
    let mut reader = LogReader::open(path)?;
    let (mut found, mut tree) = (Recovered::default(), Frontier::new());
    // The last line is looked at once it is known to be the last, so it is remembered.
    let (mut last, mut last_at) = (Vec::new(), 0);
    loop {
        match reader.next_line() {
            Ok(Some(line)) => {
                if found.lines > 0 {
                    tree.push(leaf_hash(&last));
                }
                found.lines += 1;
                found.bytes = line.at_byte + line.bytes.len() as u64 + 1;
                last_at = line.at_byte;
                last.clear();
                last.extend_from_slice(line.bytes);
            }
            Ok(None) => break,
            Err(ReadError::Torn { bytes, .. }) => {
                found.bytes_cut = bytes;
                break;
            }
            Err(error) => return Err(error.into()),
        }
    }
    if found.lines > 0 && !looks_like_json(&last) {
        found.lines -= 1;
        found.bytes_cut += found.bytes - last_at;
        found.bytes = last_at;
    } else if found.lines > 0 {
        tree.push(leaf_hash(&last));
    }
    Ok((found, tree))
}
