//! Bytes of a file → text to look into, or why not.
//!
//! Text is any bytes without NUL at the beginning: encodings that extend ASCII need no decoding, since all
//! rules are about ASCII. UTF-16 with a byte order mark is decoded.
//!
//! **Absent on purpose:** looking into archives, images and other containers.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;

/// Bytes of the largest file that is looked into.
pub const FILE_BYTES_MAX: u64 = 32 * 1024 * 1024;

/// Bytes at the beginning of a file that decide whether it is text; git looks at as many.
const TEXT_PROBE_BYTES: usize = 8_000;

pub(crate) enum Content {
    Text(Vec<u8>),
    Skipped(Skipped),
}

/// Why a file was not looked into.
#[derive(Debug)]
pub(crate) enum Skipped {
    Binary,
    TooLarge(u64),
    Special,
    Gone,
    Unreadable(io::Error),
}

impl fmt::Display for Skipped {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Binary => f.write_str("not looked into: the file is binary"),
            Self::TooLarge(size) => {
                write!(f, "not looked into: the file has {size} bytes, more than {FILE_BYTES_MAX}")
            }
            Self::Special => f.write_str("not looked into: this is not a regular file"),
            Self::Gone => f.write_str("there is no such file (any more)"),
            Self::Unreadable(error) => write!(f, "the file cannot be read: {error}"),
        }
    }
}

pub(crate) fn read(path: &Path) -> Content {
    match bytes(path) {
        Ok(content) => content,
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Content::Skipped(Skipped::Gone)
        }
        Err(error) => Content::Skipped(Skipped::Unreadable(error)),
    }
}

fn bytes(path: &Path) -> io::Result<Content> {
    // Asked before opening: opening a pipe would wait for its writer.
    let about = fs::symlink_metadata(path)?;
    if !about.is_file() {
        return Ok(Content::Skipped(Skipped::Special));
    }
    if about.len() > FILE_BYTES_MAX {
        return Ok(Content::Skipped(Skipped::TooLarge(about.len())));
    }
    let mut bytes = Vec::with_capacity(usize::try_from(about.len()).unwrap_or(0));
    File::open(path)?.take(FILE_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > FILE_BYTES_MAX {
        return Ok(Content::Skipped(Skipped::TooLarge(bytes.len() as u64)));
    }
    Ok(text(bytes).map_or(Content::Skipped(Skipped::Binary), Content::Text))
}

/// Bytes as text, `None` for what is binary.
pub(crate) fn text(bytes: Vec<u8>) -> Option<Vec<u8>> {
    match bytes.as_slice() {
        [0xff, 0xfe, rest @ ..] => Some(utf16(rest, u16::from_le_bytes)),
        [0xfe, 0xff, rest @ ..] => Some(utf16(rest, u16::from_be_bytes)),
        all => (!all[..all.len().min(TEXT_PROBE_BYTES)].contains(&0)).then_some(bytes),
    }
}

fn utf16(bytes: &[u8], unit: fn([u8; 2]) -> u16) -> Vec<u8> {
    let units: Vec<u16> = bytes.as_chunks::<2>().0.iter().map(|pair| unit(*pair)).collect();
    String::from_utf16_lossy(&units).into_bytes()
}
