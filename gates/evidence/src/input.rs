//! The bytes of a report: sniffed once, counted, digested and bounded while they are read.
//!
//! Every reader takes an [`Input`] and nothing else, so encodings, sizes and positions are settled here.
//!
//! **Absent on purpose:** opening files, decompression, other encodings than UTF-8. Those are refused by name,
//! unless an XML document declares one of a byte per character.

use std::cell::Cell;
use std::io::{self, BufRead, Read};

use dod_kernel::id::Digest;
use sha2::{Digest as _, Sha256};

use crate::encoding::Single;
use crate::error::{ReadError, Result};

/// At most this many bytes of one report are read.
pub(crate) const REPORT_BYTES_MAX: u64 = 1 << 30;

/// At most this many bytes of one line are read.
const LINE_BYTES_MAX: usize = 16 << 20;

/// How many bytes the tests of what a report looks like see.
pub(crate) const HEAD_BYTES: usize = 4096;

const BUFFER_BYTES: usize = 64 << 10;

/// Bytes that are decoded at once.
const SINGLE_BYTES: usize = 8 << 10;

/// The bytes of one report, from the first to the last.
pub(crate) struct Input<'r> {
    report: &'r mut dyn BufRead,
    buffer: Box<[u8]>,
    /// Invariant: `next <= filled <= buffer.len()`.
    next: usize,
    filled: usize,
    /// Line ends before `counted`, a place in the buffer. They are counted when somebody asks, or many at once.
    lines: Cell<u64>,
    counted: Cell<usize>,
    /// Bytes taken from `report`, all of them in the digest.
    taken: u64,
    /// How many bytes may still be handed out before [`Input::allow`] is called again.
    allowance: u64,
    /// Bytes that are no text become a mark instead of an error.
    replaces: bool,
    /// How bytes that are not UTF-8 become text; lines and places are then those of the text.
    single: Option<Single>,
    hasher: Sha256,
    /// Why reading stopped; kept here because parsers of others only carry an `io::Error`.
    broken: Option<ReadError>,
}

impl<'r> Input<'r> {
    /// Looks at the first bytes and refuses what is not UTF-8 text. `empty_is_clean` is for formats of
    /// tools that print nothing when there is nothing to say.
    pub(crate) fn open(report: &'r mut dyn BufRead, empty_is_clean: bool) -> Result<Self> {
        let mut input = Self {
            report,
            buffer: vec![0; BUFFER_BYTES].into_boxed_slice(),
            next: 0,
            filled: 0,
            lines: Cell::new(0),
            counted: Cell::new(0),
            taken: 0,
            allowance: u64::MAX,
            replaces: false,
            single: None,
            hasher: Sha256::new(),
            broken: None,
        };
        while input.filled < HEAD_BYTES && input.refill().map_err(|error| input.blame(&error))? > 0 {}
        refuse_encoding(input.head())?;
        if input.head().starts_with(BOM) {
            input.consume(BOM.len());
        }
        if !empty_is_clean && input.filled < BUFFER_BYTES && input.head().trim_ascii().is_empty() {
            return Err(ReadError::Empty);
        }
        Ok(input)
    }

    /// From here on, bytes of a line that are no text do not make the report unreadable: programs that are
    /// none of the tool's print into it.
    pub(crate) fn replace_what_is_not_text(&mut self) {
        self.replaces = true;
    }

    /// From here on, each byte stands for one character.
    pub(crate) fn decode(&mut self, single: Single) {
        let rest = decoded(self.head(), single);
        let raw = self.filled - self.next;
        self.line();
        self.counted.set(0);
        self.taken += (rest.len() - raw) as u64;
        let mut buffer = vec![0; BUFFER_BYTES.max(rest.len())];
        buffer[..rest.len()].copy_from_slice(&rest);
        (self.next, self.filled) = (0, rest.len());
        self.buffer = buffer.into_boxed_slice();
        self.single = Some(single);
    }

    /// What has been read and not yet handed out; at the beginning at least [`HEAD_BYTES`] if there are.
    pub(crate) fn head(&self) -> &[u8] {
        &self.buffer[self.next..self.filled]
    }

    /// Bytes handed out so far.
    pub(crate) fn at(&self) -> u64 {
        self.taken - (self.filled - self.next) as u64
    }

    /// The line of the next byte, from 1.
    pub(crate) fn line(&self) -> u64 {
        let part = &self.buffer[self.counted.replace(self.next)..self.next];
        self.lines.set(self.lines.get() + line_ends(part));
        self.lines.get() + 1
    }

    /// An error at the next byte.
    pub(crate) fn malformed(&self, expected: &'static str) -> ReadError {
        ReadError::Malformed { line: self.line(), at: self.at(), expected }
    }

    /// The next `bytes` bytes may be handed out; reaching the end of the allowance is an error. For parsers
    /// of others, which would hold one endless token in memory.
    pub(crate) fn allow(&mut self, bytes: u64) {
        self.allowance = bytes;
    }

    /// The error behind an `io::Error` that this input gave to a parser.
    pub(crate) fn blame(&mut self, error: &io::Error) -> ReadError {
        self.broken.take().unwrap_or(ReadError::Unreadable { kind: error.kind() })
    }

    /// The next byte, left where it is.
    pub(crate) fn peek(&mut self) -> Result<Option<u8>> {
        if self.next == self.filled {
            self.refill_or_blame()?;
        }
        Ok(self.head().first().copied())
    }

    /// Whether [`Input::head`] holds a byte, perhaps after reading on.
    pub(crate) fn has_more(&mut self) -> Result<bool> {
        Ok(self.next < self.filled || self.refill_or_blame()? > 0)
    }

    /// Hands out bytes of [`Input::head`], which must hold so many.
    pub(crate) fn advance(&mut self, count: usize) {
        debug_assert!(self.next + count <= self.filled, "bytes are looked at before they are handed out");
        self.next += count;
    }

    /// The next line without its end (`\n`, `\r\n`), and whether it had one; `None` at the end.
    pub(crate) fn line_into<'b>(&mut self, line: &'b mut Vec<u8>) -> Result<Option<Line<'b>>> {
        line.clear();
        let number = self.line();
        let at = self.at();
        let mut ended = false;
        while !ended {
            if self.next == self.filled && self.refill_or_blame()? == 0 {
                break;
            }
            let rest = self.head();
            let end = rest.iter().position(|&byte| byte == b'\n');
            let part = &rest[..end.unwrap_or(rest.len())];
            if line.len() + part.len() > LINE_BYTES_MAX {
                return Err(ReadError::TooLarge { what: "bytes in one line", max: LINE_BYTES_MAX as u64 });
            }
            line.extend_from_slice(part);
            ended = end.is_some();
            let used = part.len() + usize::from(ended);
            self.consume(used);
        }
        if line.is_empty() && !ended {
            return Ok(None);
        }
        strip_colors(line);
        if self.replaces && ended && std::str::from_utf8(line).is_err() {
            *line = String::from_utf8_lossy(line).into_owned().into_bytes();
        }
        let bytes = line.strip_suffix(b"\r").unwrap_or(line);
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Some(Line { text, number, at, ended })),
            // A character that misses only its end was cut.
            Err(error) if !ended && error.error_len().is_none() => Err(ReadError::CutOff { at }),
            Err(_) => Err(ReadError::Malformed { line: number, at, expected: "UTF-8 text" }),
        }
    }

    /// Reads what is left, so that the digest covers every byte.
    pub(crate) fn digest(mut self) -> Result<Digest> {
        self.next = self.filled;
        while self.refill_or_blame()? > 0 {
            self.next = self.filled;
        }
        Ok(Digest(self.hasher.finalize().into()))
    }

    fn refill_or_blame(&mut self) -> Result<usize> {
        self.refill().map_err(|error| self.blame(&error))
    }

    fn refill(&mut self) -> io::Result<usize> {
        if self.next == self.filled {
            self.line();
            (self.next, self.filled) = (0, 0);
            self.counted.set(0);
        }
        if let Some(single) = self.single {
            return self.refill_decoded(single);
        }
        let count = loop {
            match self.report.read(&mut self.buffer[self.filled..]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.hasher.update(&self.buffer[self.filled..self.filled + count]);
        self.filled += count;
        self.taken += count as u64;
        if self.taken > REPORT_BYTES_MAX {
            return Err(self.stop(ReadError::TooLarge { what: "bytes", max: REPORT_BYTES_MAX }));
        }
        Ok(count)
    }

    /// As [`Input::refill`]: a few bytes at a time, since each may become three.
    fn refill_decoded(&mut self, single: Single) -> io::Result<usize> {
        let mut raw = [0; SINGLE_BYTES];
        let room = ((self.buffer.len() - self.filled) / 3).min(SINGLE_BYTES);
        let count = loop {
            match self.report.read(&mut raw[..room]) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                other => break other?,
            }
        };
        self.hasher.update(&raw[..count]);
        let text = decoded(&raw[..count], single);
        self.buffer[self.filled..self.filled + text.len()].copy_from_slice(&text);
        self.filled += text.len();
        self.taken += text.len() as u64;
        if self.taken > REPORT_BYTES_MAX {
            return Err(self.stop(ReadError::TooLarge { what: "bytes", max: REPORT_BYTES_MAX }));
        }
        Ok(text.len())
    }

    fn stop(&mut self, why: ReadError) -> io::Error {
        self.broken = Some(why);
        io::ErrorKind::FileTooLarge.into()
    }
}

fn decoded(bytes: &[u8], single: Single) -> Vec<u8> {
    bytes.iter().map(|byte| single(*byte)).collect::<String>().into_bytes()
}

impl Read for Input<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.fill_buf()?.read(into)?;
        self.consume(count);
        Ok(count)
    }
}

impl BufRead for Input<'_> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.next == self.filled {
            self.refill()?;
        }
        if self.allowance == 0 && self.next < self.filled {
            return Err(self.stop(ReadError::TooLarge {
                what: "bytes in one element",
                max: crate::xml::ELEMENT_BYTES_MAX,
            }));
        }
        let end =
            self.filled.min(self.next.saturating_add(usize::try_from(self.allowance).unwrap_or(usize::MAX)));
        Ok(&self.buffer[self.next..end])
    }

    fn consume(&mut self, count: usize) {
        self.next += count;
        self.allowance = self.allowance.saturating_sub(count as u64);
    }
}

/// In parts whose count fits a byte, so that many bytes are compared at once.
fn line_ends(bytes: &[u8]) -> u64 {
    let of = |part: &[u8]| part.iter().map(|&byte| u8::from(byte == b'\n')).sum::<u8>();
    bytes.chunks(usize::from(u8::MAX)).map(|part| u64::from(of(part))).sum()
}

/// One line of a report.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Line<'b> {
    /// The text without its end.
    pub(crate) text: &'b str,
    /// Its number, from 1.
    pub(crate) number: u64,
    /// Its first byte.
    pub(crate) at: u64,
    /// Whether a line end follows: the last line of a report that was cut off has none.
    pub(crate) ended: bool,
}

impl Line<'_> {
    /// An error at this line. Where no line end follows, what is wrong is that the end is missing.
    pub(crate) fn malformed(&self, expected: &'static str) -> ReadError {
        match self.ended {
            true => ReadError::Malformed { line: self.number, at: self.at, expected },
            false => ReadError::CutOff { at: self.at },
        }
    }
}

/// Takes out what colors a terminal: some tools send it into files too. It is never part of what they say.
fn strip_colors(line: &mut Vec<u8>) {
    const ESCAPE: u8 = 0x1b;
    if !line.contains(&ESCAPE) {
        return;
    }
    let mut kept = Vec::with_capacity(line.len());
    let mut rest = line.as_slice();
    while let [first, tail @ ..] = rest {
        rest = match (*first, tail) {
            // ECMA-48, section 5.4: parameters, then one final byte.
            (ESCAPE, [b'[', tail @ ..]) => {
                let end = tail.iter().position(|byte| (0x40..0x7f).contains(byte));
                end.map_or(&[], |end| &tail[end + 1..])
            }
            // ECMA-35: a character set is chosen, `ESC ( B`.
            (ESCAPE, [b'(' | b')', _, tail @ ..]) => tail,
            (byte, tail) => {
                kept.push(byte);
                tail
            }
        };
    }
    *line = kept;
}

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Beginnings of what is not UTF-8 text. UTF-16 is what a redirection in an older `PowerShell` writes.
const FOREIGN: &[(&[u8], &str)] = &[
    (b"\xff\xfe\0\0", "UTF-32"),
    (b"\xff\xfe", "UTF-16"),
    (b"\xfe\xff", "UTF-16"),
    (b"\x1f\x8b", "gzip"),
    (b"\x28\xb5\x2f\xfd", "zstd"),
    (b"\xfd7zXZ\0", "xz"),
    (b"BZh", "bzip2"),
    (b"PK\x03\x04", "a zip archive"),
];

fn refuse_encoding(head: &[u8]) -> Result<()> {
    if let Some((_, found)) = FOREIGN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return Err(ReadError::Encoding { found });
    }
    // No text holds the character 0, and UTF-16 without a mark holds it in every second byte.
    match head.iter().take(HEAD_BYTES).any(|&byte| byte == 0) {
        true => Err(ReadError::Encoding { found: "binary data or UTF-16" }),
        false => Ok(()),
    }
}
