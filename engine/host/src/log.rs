//! A log of lines: appended by one writer, made durable together, never edited.
//!
//! ```text
//!   append ── buffer ── hand_over ── write(2) ──┐
//!   attach (a blob) ── held until it is synced ─┴── fdatasync, at most every 20 ms ── durable_up_to
//! ```
//!
//! **Durable** means: the lines, the folder entry of the file, and every file that was attached before them are
//! on the disk. A line never reaches the file before the files it names are durable.
//!
//! **Failure is final.** After an error of a write or a sync, every call fails with that error: the disk may hold
//! any part of what was not durable.
//!
//! **A torn tail** is bytes after the last `\n`, a last line that is no JSON, or everything from the first line with a
//! zero byte on (a hole: later bytes reached the disk and earlier ones did not): what a crash may leave of lines that
//! were not durable. Opening to go on cuts it; reading reports it.
//!
//! **Absent on purpose:** what the lines say, hashes, retries.

mod commit;
mod reader;
mod writer;

#[cfg(test)]
mod tests;

pub use reader::{Line, LogReader, ReadError};
pub use writer::{LogError, LogOptions, LogWriter, Recovered};

/// The file's name in a run's folder.
pub const LOG_FILE: &str = "events.jsonl";
/// The lock's name in a run's folder.
pub const LOCK_FILE: &str = "lock";
/// A longer line is refused when writing and an error when reading.
pub const LINE_BYTES_MAX: usize = 4 << 20;
/// More appended bytes are handed over at once.
pub const BUFFER_BYTES_MAX: usize = 64 << 10;
/// More files waiting for the next sync are synced at once by whoever attaches them.
pub const ATTACHED_FILES_MAX: usize = 128;
