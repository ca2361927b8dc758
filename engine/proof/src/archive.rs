//! A canonical tar: one way only to write some files, so that a reader can refuse everything else.
//!
//! The format is POSIX ustar (IEEE Std 1003.1, `pax`, "ustar Interchange Format"), which every `tar` reads, with nothing left
//! open: regular files, mode 0644, owner, group and time 0, no names of users, names of at most 100 bytes, contents padded
//! with zeros, two blocks of zeros at the end and nothing behind them. A header that is read is made again from its
//! path and its length, and compared byte by byte: whatever bit is flipped outside of the contents is found.
//!
//! **Order:** first the files that the caller names ([`RUN_FIRST`]), in that order, then the others by the parts of
//! their paths. So a reader that streams knows the log before the blobs that it speaks of.
//!
//! **Absent on purpose:** files and folders on a disk, and whether a content is what its name says.

use std::fmt;
use std::io::{self, Read, Write};

/// Files that an archive can have.
pub const ENTRIES_MAX: u64 = 1 << 20;
/// Bytes that a file can have: eleven octal digits.
pub const ENTRY_BYTES_MAX: u64 = (1 << 33) - 1;
/// Bytes of a path: the field of the header.
pub const PATH_BYTES_MAX: usize = 100;
/// What comes first in an exported run, in this order; all else follows.
pub const RUN_FIRST: &[&str] = &["events.jsonl", "checkpoint", "proof"];

const BLOCK: usize = 512;

/// An archive that cannot be written or taken.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// Its bytes cannot be had, or be put away.
    #[error("it cannot be read or written: {0}")]
    Io(#[from] io::Error),
    /// It ends too early.
    #[error("it is cut off at byte {at}")]
    CutOff {
        /// Where.
        at: u64,
    },
    /// It has a byte that no archive has at this place.
    #[error("byte {at} is not as it must be: {what}")]
    Malformed {
        /// Where.
        at: u64,
        /// What should be there.
        what: &'static str,
    },
    /// A path that an archive cannot have.
    #[error("`{path}` cannot be a path in it: {what}")]
    Path {
        /// The path.
        path: String,
        /// What is wrong with it.
        what: &'static str,
    },
    /// A file that stands twice, or behind one that it should precede.
    #[error("`{path}` cannot stand behind `{after}`")]
    Order {
        /// Its path.
        path: String,
        /// The one before it.
        after: String,
    },
    /// A content that is shorter or longer than was said.
    #[error("`{path}` has not the {len} bytes that it should have")]
    Length {
        /// Its path.
        path: String,
        /// How many bytes it should have.
        len: u64,
    },
    /// More than there may be.
    #[error("it has more than {max} {what}")]
    TooMany {
        /// The bound.
        max: u64,
        /// Of what.
        what: &'static str,
    },
}

type Result<T> = std::result::Result<T, ArchiveError>;

/// Which files come first, and which one was last.
struct Order {
    first: &'static [&'static str],
    last: Option<String>,
    count: u64,
}

impl Order {
    fn new(first: &'static [&'static str]) -> Self {
        Self { first, last: None, count: 0 }
    }

    /// Takes the next path, or says why it cannot be the next one.
    fn take(&mut self, path: &str) -> Result<()> {
        let bad = |what| Err(ArchiveError::Path { path: path.to_owned(), what });
        if let Some(what) = fault(path) {
            return bad(what);
        }
        if self.count == ENTRIES_MAX {
            return Err(ArchiveError::TooMany { max: ENTRIES_MAX, what: "files" });
        }
        // Paths are ordered by their parts, so what lies below a file would follow it at once.
        if self.first.iter().copied().chain(self.last.as_deref()).any(|file| below(path, file)) {
            return bad("it lies below a file");
        }
        if let Some(last) = &self.last
            && self.key(last) >= self.key(path)
        {
            return Err(ArchiveError::Order { path: path.to_owned(), after: last.clone() });
        }
        self.last = Some(path.to_owned());
        self.count += 1;
        Ok(())
    }

    fn key<'p>(&self, path: &'p str) -> (usize, Vec<&'p str>) {
        let rank = self.first.iter().position(|first| *first == path).unwrap_or(self.first.len());
        (rank, path.split('/').collect())
    }
}

fn below(path: &str, file: &str) -> bool {
    path.strip_prefix(file).is_some_and(|rest| rest.starts_with('/'))
}

/// What is wrong with a path. Few characters are allowed: it must be harmless on every file system.
fn fault(path: &str) -> Option<&'static str> {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_' | b'/');
    if path.len() > PATH_BYTES_MAX {
        Some("it is longer than 100 bytes")
    } else if !path.bytes().all(plain) {
        Some("only letters, digits and `.`, `-`, `_`, `/` are allowed")
    } else if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
        Some("a part of it is empty, `.` or `..`")
    } else {
        None
    }
}

/// The header of a file: everything but its path and its length is fixed.
fn header(path: &str, len: u64) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    let mut put = |at: usize, bytes: &[u8]| block[at..at + bytes.len()].copy_from_slice(bytes);
    put(0, path.as_bytes());
    put(100, b"0000644\0"); // mode
    put(108, b"0000000\0"); // user
    put(116, b"0000000\0"); // group
    put(124, format!("{len:011o}\0").as_bytes());
    put(136, b"00000000000\0"); // time
    put(148, b"        "); // the checksum, which counts as spaces in itself
    put(156, b"0"); // a regular file
    put(257, b"ustar\x0000");
    put(329, b"0000000\0"); // device
    put(337, b"0000000\0");
    let sum: u32 = block.iter().map(|byte| u32::from(*byte)).sum();
    block[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    block
}

/// Bytes of zeros behind a content.
fn padding(len: u64) -> usize {
    (BLOCK - (len % BLOCK as u64) as usize) % BLOCK
}

/// Writes an archive. An archive that was not finished is none: a reader finds it cut off.
pub struct Writer<W> {
    sink: W,
    order: Order,
}

impl<W> fmt::Debug for Writer<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Writer({} files)", self.order.count)
    }
}

impl<W: Write> Writer<W> {
    /// An archive in which these files come first, where they are there.
    pub fn new(sink: W, first: &'static [&'static str]) -> Self {
        Self { sink, order: Order::new(first) }
    }

    /// Appends a file of so many bytes.
    ///
    /// # Errors
    /// It cannot stand here, it has another length, or it cannot be read or written. The archive is of no use then.
    pub fn add(&mut self, path: &str, len: u64, mut content: impl Read) -> Result<()> {
        if len > ENTRY_BYTES_MAX {
            return Err(ArchiveError::TooMany { max: ENTRY_BYTES_MAX, what: "bytes in one file" });
        }
        self.order.take(path)?;
        self.sink.write_all(&header(path, len))?;
        let copied = io::copy(&mut content.by_ref().take(len), &mut self.sink)?;
        if copied != len || content.read(&mut [0])? != 0 {
            return Err(ArchiveError::Length { path: path.to_owned(), len });
        }
        self.sink.write_all(&[0; BLOCK][..padding(len)])?;
        Ok(())
    }

    /// Ends the archive, and gives back what it was written to. Syncing is up to its owner.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn finish(mut self) -> Result<W> {
        self.sink.write_all(&[0; 2 * BLOCK])?;
        self.sink.flush()?;
        Ok(self.sink)
    }
}

/// Reads an archive, file by file, from its beginning to its end.
///
/// Only when [`Reader::next_entry`] has said `None` is the whole archive known to be one.
pub struct Reader<R> {
    source: R,
    order: Order,
    /// Where the next byte comes from.
    at: u64,
    /// Bytes of the current content that nobody has read yet.
    left: u64,
    /// Zeros behind it.
    padding: usize,
    state: State,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    Ended,
    /// There was an error: nothing behind it can be trusted.
    Broken,
}

impl<R> fmt::Debug for Reader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Reader({} files, at byte {})", self.order.count, self.at)
    }
}

impl<R: Read> Reader<R> {
    /// Reads an archive that was written with the same first files.
    pub fn new(source: R, first: &'static [&'static str]) -> Self {
        Self { source, order: Order::new(first), at: 0, left: 0, padding: 0, state: State::Open }
    }

    /// The next file, or `None` at the end. What was not read of the one before is passed over.
    ///
    /// # Errors
    /// It is no archive as [`Writer`] writes one. There is nothing to be had from it any more.
    pub fn next_entry(&mut self) -> Result<Option<Entry<'_, R>>> {
        match self.state {
            State::Open => {}
            State::Ended => return Ok(None),
            State::Broken => {
                return Err(ArchiveError::Malformed { at: self.at, what: "there was an error before it" });
            }
        }
        self.state = State::Broken;
        let Some((path, len)) = self.header()? else {
            self.state = State::Ended;
            return Ok(None);
        };
        self.state = State::Open;
        Ok(Some(Entry { path, len, reader: self }))
    }

    /// Goes to the next header and reads it; `None`: the end.
    fn header(&mut self) -> Result<Option<(String, u64)>> {
        let left = self.left;
        let passed = io::copy(&mut self.source.by_ref().take(left), &mut io::sink())?;
        self.at += passed;
        self.left -= passed;
        if self.left > 0 {
            return Err(ArchiveError::CutOff { at: self.at });
        }
        let mut zeros = [0; BLOCK];
        let padding = self.padding;
        self.block(&mut zeros[..padding])?;
        self.equal(&zeros[..padding], &[0; BLOCK][..padding], "zeros up to the next block")?;
        let start = self.at;
        let mut block = [0; BLOCK];
        self.block(&mut block)?;
        if block == [0; BLOCK] {
            self.block(&mut block)?;
            self.equal(&block, &[0; BLOCK], "a second block of zeros")?;
            return match fill(&mut self.source, &mut [0])? {
                0 => Ok(None),
                _ => Err(ArchiveError::Malformed { at: self.at, what: "the end" }),
            };
        }
        let malformed = |at, what| ArchiveError::Malformed { at: start + at, what };
        let name = block[..PATH_BYTES_MAX].split(|byte| *byte == 0).next().unwrap_or_default();
        let path = std::str::from_utf8(name).map_err(|_| malformed(0, "a path in UTF-8"))?.to_owned();
        let octal = std::str::from_utf8(&block[124..135]).ok();
        let len = octal.and_then(|octal| u64::from_str_radix(octal, 8).ok());
        let len = len.ok_or(malformed(124, "a length in octal digits"))?;
        self.equal(&block, &header(&path, len), "the header of such a file")?;
        self.order.take(&path)?;
        (self.left, self.padding) = (len, self::padding(len));
        Ok(Some((path, len)))
    }

    fn block(&mut self, block: &mut [u8]) -> Result<()> {
        let had = fill(&mut self.source, block)?;
        self.at += had as u64;
        if had < block.len() { Err(ArchiveError::CutOff { at: self.at }) } else { Ok(()) }
    }

    /// The bytes that were read last are these.
    fn equal(&self, found: &[u8], wanted: &[u8], what: &'static str) -> Result<()> {
        match found.iter().zip(wanted).position(|(found, wanted)| found != wanted) {
            None => Ok(()),
            Some(at) => Err(ArchiveError::Malformed { at: self.at - (found.len() - at) as u64, what }),
        }
    }
}

/// Reads until the buffer is full or the source ends; how many bytes there were.
fn fill(source: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut had = 0;
    while had < buffer.len() {
        match source.read(&mut buffer[had..]) {
            Ok(0) => break,
            Ok(more) => had += more,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(had)
}

/// A file of an archive. Reading it ends behind its last byte; an archive that ends sooner is an error
/// (`UnexpectedEof`), never a short content.
#[derive(Debug)]
pub struct Entry<'r, R> {
    path: String,
    len: u64,
    reader: &'r mut Reader<R>,
}

impl<R: Read> Entry<'_, R> {
    /// Its path.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// How many bytes its content has.
    pub fn len(&self) -> u64 {
        self.len
    }

    /// Whether its content is empty.
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The whole content, if it has at most `max` bytes.
    ///
    /// # Errors
    /// It has more, or cannot be read to its end.
    pub fn content(&mut self, max: u64) -> Result<Vec<u8>> {
        if self.len > max {
            return Err(ArchiveError::TooMany { max, what: "bytes in such a file" });
        }
        let mut bytes = Vec::new();
        self.read_to_end(&mut bytes)?;
        Ok(bytes)
    }
}

impl<R: Read> Read for Entry<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let reader = &mut *self.reader;
        let most = buffer.len().min(usize::try_from(reader.left).unwrap_or(usize::MAX));
        if most == 0 {
            return Ok(0);
        }
        let had = reader.source.read(&mut buffer[..most])?;
        if had == 0 {
            let cut = ArchiveError::CutOff { at: reader.at };
            return Err(io::Error::new(io::ErrorKind::UnexpectedEof, cut.to_string()));
        }
        reader.at += had as u64;
        reader.left -= had as u64;
        Ok(had)
    }
}

#[cfg(test)]
mod tests;
