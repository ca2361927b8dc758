//! Reading a log line by line, within bounds, also while it is being written.

use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};

use crate::disk::{self, File};
use crate::storage::StorageError;

use super::LINE_BYTES_MAX;

/// A log cannot be read from here on. What was read before is good.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It ends inside a line, or has a hole there: a crash, or its writer is not done with it.
    #[error("the log ends inside line {line}: {bytes} bytes from byte {at_byte} have no line break")]
    Torn {
        /// The line's number, from 1.
        line: u64,
        /// Where the line begins.
        at_byte: u64,
        /// How many bytes there are of it.
        bytes: u64,
    },
    /// A line is longer than any that was ever written.
    #[error("line {line} of the log, at byte {at_byte}, is longer than {LINE_BYTES_MAX} bytes")]
    TooLong {
        /// The line's number, from 1.
        line: u64,
        /// Where the line begins.
        at_byte: u64,
    },
    /// The file cannot be read.
    #[error(transparent)]
    Storage(#[from] StorageError),
}

/// A line of a log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'a> {
    /// Its number, from 1.
    pub number: u64,
    /// Where it begins.
    pub at_byte: u64,
    /// What it says, without the line break.
    pub bytes: &'a [u8],
}

/// Whether a line is one JSON value.
pub(super) fn looks_like_json(line: &[u8]) -> bool {
    serde_json::from_slice::<serde::de::IgnoredAny>(line).is_ok()
}

/// Reads a log from its beginning.
#[derive(Debug)]
pub struct LogReader {
    file: BufReader<File>,
    path: PathBuf,
    line: Vec<u8>,
    /// `line` is not complete yet.
    partial: bool,
    number: u64,
    at_byte: u64,
}

impl LogReader {
    /// Opens the file of a log.
    pub fn open(path: &Path) -> Result<Self, ReadError> {
        let file = disk::open(path).map_err(StorageError::when("open", path))?;
        Ok(Self {
            file: BufReader::with_capacity(64 << 10, file),
            path: path.to_owned(),
            line: Vec::new(),
            partial: false,
            number: 0,
            at_byte: 0,
        })
    }

    /// The next line, or `None` at the end. After `None` or [`ReadError::Torn`] it may be asked again, for
    /// what has been written since.
    pub fn next_line(&mut self) -> Result<Option<Line<'_>>, ReadError> {
        if !self.partial {
            self.at_byte += self.line.len() as u64;
            self.line.clear();
        }
        self.partial = true;
        loop {
            let chunk = self.file.fill_buf().map_err(StorageError::when("read", &self.path))?;
            let end = chunk.iter().position(|byte| *byte == b'\n');
            let count = end.map_or(chunk.len(), |end| end + 1);
            if self.line.len() + count > LINE_BYTES_MAX + 1 {
                return Err(ReadError::TooLong { line: self.number + 1, at_byte: self.at_byte });
            }
            self.line.extend_from_slice(&chunk[..count]);
            self.file.consume(count);
            if end.is_some() {
                break;
            }
            if count == 0 {
                if self.line.is_empty() {
                    return Ok(None);
                }
                let (line, bytes) = (self.number + 1, self.line.len() as u64);
                return Err(ReadError::Torn { line, at_byte: self.at_byte, bytes });
            }
        }
        self.partial = false;
        if self.line.contains(&0) {
            return Err(self.hole());
        }
        self.number += 1;
        let bytes = &self.line[..self.line.len() - 1];
        Ok(Some(Line { number: self.number, at_byte: self.at_byte, bytes }))
    }

    /// Bytes that a crash kept from the disk read as zeros, which JSON never has; what stands behind them was never
    /// durable either.
    fn hole(&mut self) -> ReadError {
        let (line, at_byte) = (self.number + 1, self.at_byte);
        // It stays the end of what can be read.
        self.partial = true;
        let rest = |file: &File| Ok::<u64, std::io::Error>(file.metadata()?.len().saturating_sub(at_byte));
        match rest(self.file.get_ref()) {
            Ok(bytes) => ReadError::Torn { line, at_byte, bytes },
            Err(error) => StorageError::of("look at", &self.path, &error).into(),
        }
    }
}
