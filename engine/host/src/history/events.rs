//! The events of a log, one after the other, each held against its bytes.
//!
//! **Invariant:** no more than one line is in memory, however long the log is.
//!
//! **Absent on purpose:** what the events lead to.

use std::path::Path;

use dod_kernel::record::Recorded;
use dod_kernel::run::Event;

use super::{HistoryError, event, version};
use crate::log::{LOG_FILE, LogReader, ReadError};

/// An event, and the line that it stands in, without its line feed.
pub type Lined<'l> = (Recorded<Event>, &'l [u8]);

/// Reads the events of a log, strictly: every line is one canonical event. It ends behind the last whole line, and with
/// the first line that is none; a torn last line is no error and is told by its size.
#[derive(Debug)]
pub struct Events {
    reader: LogReader,
    torn_bytes: u64,
    ended: bool,
}

impl Events {
    /// Of the log in this folder.
    ///
    /// # Errors
    /// There is none that can be opened.
    pub fn of(folder: &Path) -> Result<Self, HistoryError> {
        let reader = LogReader::open(&folder.join(LOG_FILE))?;
        Ok(Self { reader, torn_bytes: 0, ended: false })
    }

    /// The next event, and the line that it stands in, without its line feed.
    ///
    /// # Errors
    /// The line is none of ours, or cannot be read.
    pub fn next_line(&mut self) -> Result<Option<Lined<'_>>, HistoryError> {
        if self.ended {
            return Ok(None);
        }
        self.ended = true;
        let line = match self.reader.next_line() {
            Ok(Some(line)) => line,
            Ok(None) => return Ok(None),
            Err(ReadError::Torn { bytes, .. }) => {
                self.torn_bytes = bytes;
                return Ok(None);
            }
            Err(error) => return Err(error.into()),
        };
        if line.number == 1 {
            version(line.bytes)?;
        }
        let event = event(line.number, line.bytes)?;
        self.ended = false;
        Ok(Some((event, line.bytes)))
    }

    /// Bytes of a torn last line, which is no event; known at the end.
    pub fn torn_bytes(&self) -> u64 {
        self.torn_bytes
    }
}

impl Iterator for Events {
    type Item = Result<Recorded<Event>, HistoryError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_line().map(|next| next.map(|(recorded, _)| recorded)).transpose()
    }
}
