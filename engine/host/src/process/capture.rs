//! Keeping what a stream printed within bounds: the beginning in memory, then in a file, the last lines
//! always, everything counted.
//!
//! **Absent on purpose:** characters. Output is bytes.

use std::fs::{File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::mask::{Masker, Masks};

use super::{Keep, TAIL_BYTES_MAX};

/// What a process printed, masked.
#[derive(Debug)]
pub struct Captured {
    /// Standard output.
    pub stdout: Stream,
    /// Standard error.
    pub stderr: Stream,
}

/// What was printed to one stream, masked.
#[derive(Debug)]
pub struct Stream {
    /// The beginning, or all of it.
    pub kept: Kept,
    /// Bytes printed, after masking.
    pub total_bytes: u64,
    /// The last lines, at most [`TAIL_BYTES_MAX`] bytes of them.
    pub tail: Vec<u8>,
    /// Why the stream may be incomplete although less than the maximum was printed.
    pub trouble: Option<Trouble>,
}

impl Stream {
    /// Whether `kept` is all that was printed. If not, it is no evidence.
    pub fn is_whole(&self) -> bool {
        self.trouble.is_none() && self.kept.bytes() == self.total_bytes
    }
}

/// Where the beginning of a stream is.
#[derive(Debug)]
pub enum Kept {
    /// In memory.
    Memory(Vec<u8>),
    /// In a file, which belongs to the caller now.
    File {
        /// Where.
        path: PathBuf,
        /// How many bytes.
        bytes: u64,
    },
}

impl Kept {
    /// How many bytes are kept.
    pub fn bytes(&self) -> u64 {
        match self {
            Self::Memory(bytes) => bytes.len() as u64,
            Self::File { bytes, .. } => *bytes,
        }
    }
}

/// Why a stream may be incomplete.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Trouble {
    /// A process that we could not find still had it open when we stopped reading.
    #[error("another process still held the stream open")]
    HeldOpen,
    /// The file for long output could not be written.
    #[error("the output could not be written to {}: {kind}", path.display())]
    Spool {
        /// The file.
        path: PathBuf,
        /// What went wrong.
        kind: std::io::ErrorKind,
    },
    /// Reading failed.
    #[error("the stream could not be read: {0}")]
    Read(std::io::ErrorKind),
}

/// A stream that is being read.
#[derive(Debug)]
pub(super) struct Capture {
    masker: Masker,
    keep: Keep,
    memory: Vec<u8>,
    spool: Option<(File, u64)>,
    spool_path: Arc<Path>,
    name: String,
    total: u64,
    /// The last bytes, once not everything is in memory any more.
    tail: Option<Vec<u8>>,
    trouble: Option<Trouble>,
}

impl Capture {
    /// A stream whose file, if it needs one, is called `name`.
    pub(super) fn new(masks: Arc<Masks>, keep: Keep, spool_path: Arc<Path>, name: String) -> Self {
        Self {
            masker: Masker::new(masks),
            keep,
            memory: Vec::new(),
            spool: None,
            spool_path,
            name,
            total: 0,
            tail: None,
            trouble: None,
        }
    }

    /// Takes raw bytes; returns what may be shown.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<u8> {
        let mut shown = Vec::with_capacity(bytes.len());
        self.masker.push(bytes, &mut shown);
        self.store(&shown);
        shown
    }

    /// Notes why the stream may be incomplete; the first reason stays.
    pub(super) fn note(&mut self, trouble: Trouble) {
        self.trouble.get_or_insert(trouble);
    }

    /// The stream is over; returns also what was held back.
    pub(super) fn finish(mut self) -> (Stream, Vec<u8>) {
        let mut rest = Vec::new();
        self.masker.finish(&mut rest);
        self.store(&rest);
        let tail = last_lines(self.tail.as_deref().unwrap_or(&self.memory), self.keep.tail_lines).to_vec();
        let kept = match self.spool {
            Some((_, bytes)) => Kept::File { path: self.spool_path.join(&self.name), bytes },
            None => Kept::Memory(self.memory),
        };
        (Stream { kept, total_bytes: self.total, tail, trouble: self.trouble }, rest)
    }

    fn store(&mut self, bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        let room = self.keep.output_bytes_max.saturating_sub(self.total);
        let fitting = &bytes[..bytes.len().min(usize::try_from(room).unwrap_or(usize::MAX))];
        self.total += bytes.len() as u64;
        let in_memory = self.spool.is_none() && self.memory.len() + fitting.len() <= self.keep.memory_bytes;
        if self.tail.is_none() && !(in_memory && fitting.len() == bytes.len()) {
            let from = self.memory.len().saturating_sub(TAIL_BYTES_MAX);
            self.tail = Some(self.memory[from..].to_vec());
        }
        if let Some(tail) = &mut self.tail {
            if tail.len() + bytes.len() > 4 * TAIL_BYTES_MAX {
                tail.drain(..tail.len().saturating_sub(TAIL_BYTES_MAX));
            }
            tail.extend_from_slice(&bytes[bytes.len().saturating_sub(TAIL_BYTES_MAX)..]);
        }
        if in_memory {
            self.memory.extend_from_slice(fitting);
        } else if !fitting.is_empty() {
            self.spill(fitting);
        }
    }

    /// Writes to the file, which begins with what was in memory.
    fn spill(&mut self, bytes: &[u8]) {
        if matches!(self.trouble, Some(Trouble::Spool { .. })) {
            return; // a full disk is not tried again for every line
        }
        let path = self.spool_path.join(&self.name);
        if let Err(error) = self.try_spill(&path, bytes) {
            self.note(Trouble::Spool { path, kind: error.kind() });
        }
    }

    fn try_spill(&mut self, path: &Path, bytes: &[u8]) -> std::io::Result<()> {
        if self.spool.is_none() {
            let file = OpenOptions::new().write(true).create_new(true).open(path)?;
            self.spool = Some((file, 0));
        }
        let (file, written) = self.spool.as_mut().expect("opened above");
        for part in [&*self.memory, bytes] {
            file.write_all(part)?;
            *written += part.len() as u64;
        }
        self.memory = Vec::new();
        Ok(())
    }
}

/// The last `lines` lines of `bytes`, at most [`TAIL_BYTES_MAX`] of them.
fn last_lines(bytes: &[u8], lines: usize) -> &[u8] {
    let bytes = &bytes[bytes.len().saturating_sub(TAIL_BYTES_MAX)..];
    let body = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    let start = match lines {
        0 => bytes.len(),
        _ => {
            let ends = body.iter().enumerate().rev().filter(|(_, byte)| **byte == b'\n');
            ends.map(|(at, _)| at + 1).nth(lines - 1).unwrap_or(0)
        }
    };
    &bytes[start..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_the_last_lines() {
        for (text, lines, expected) in
            [("a\nb\nc\n", 2, "b\nc\n"), ("a\nb\nc", 2, "b\nc"), ("a", 9, "a"), ("", 1, ""), ("a\n", 0, "")]
        {
            assert_eq!(last_lines(text.as_bytes(), lines), expected.as_bytes(), "{text:?} {lines}");
        }
    }

    #[test]
    fn the_end_of_a_long_stream_is_known_whatever_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        for (memory_bytes, output_bytes_max) in [(10, 10), (10, 100), (1 << 20, 1 << 20), (0, 0), (5, 5000)] {
            let keep = Keep { memory_bytes, output_bytes_max, tail_lines: 2 };
            let name = format!("{memory_bytes}-{output_bytes_max}");
            let mut capture = Capture::new(Masks::none(), keep, folder.path().into(), name);
            (0..1000).for_each(|at| drop(capture.push(format!("line {at}\n").as_bytes())));
            let (stream, _) = capture.finish();
            assert_eq!(stream.tail, b"line 998\nline 999\n");
            assert_eq!(stream.total_bytes, 8890);
            assert_eq!(stream.kept.bytes(), output_bytes_max.min(8890));
            assert_eq!(stream.is_whole(), output_bytes_max >= 8890);
            if let Kept::File { path, bytes } = stream.kept {
                assert_eq!(std::fs::metadata(path).unwrap().len(), bytes);
            }
        }
    }

    #[test]
    fn a_spool_that_cannot_be_written_is_no_whole_output() {
        let keep = Keep { memory_bytes: 1, output_bytes_max: 100, tail_lines: 1 };
        let mut capture = Capture::new(Masks::none(), keep, Path::new("/nonexistent").into(), "x".into());
        capture.push(b"hello\n");
        let (stream, _) = capture.finish();
        assert!(!stream.is_whole());
        assert_eq!(stream.tail, b"hello\n");
        assert!(matches!(stream.trouble, Some(Trouble::Spool { .. })));
    }
}
