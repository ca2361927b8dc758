//! Records of a zip archive (APPNOTE 6.3), one after the other, in bounded memory.
//!
//! Nothing is extracted: names are labels and never paths, so a name like `../../x.json` is as good as any other.
//!
//! **Absent on purpose:** encryption, methods other than stored and deflated (no export uses them), archives inside
//! archives.

use std::fs::File;
use std::io::{self, Read};

use flate2::read::DeflateDecoder;
use rawzip::{CompressionMethod, RECOMMENDED_BUFFER_SIZE, ZipArchive};

use super::database::RECORD_BYTES_MAX;

/// Entries of one archive.
pub(super) const ENTRIES_MAX: u64 = 3_000_000;

/// What an archive may hold, unpacked, for each of its own bytes. Exports are near 5; entries that share their
/// bytes, or that are made to unpack to nothing but zeros, are far beyond.
pub(super) const RATIO_MAX: u64 = 100;

/// What any archive may hold, whatever its own size.
const UNPACKED_FLOOR: u64 = 64 * 1024 * 1024;

/// The archive cannot be read in full.
#[derive(Debug, thiserror::Error)]
pub(super) enum ArchiveError {
    #[error("the archive cannot be read: {0}")]
    Io(#[from] io::Error),
    #[error("the archive is broken: {0}")]
    Broken(#[from] rawzip::Error),
    #[error("the archive says that it has {declared} entries and has {found}")]
    Entries { declared: u64, found: u64 },
    #[error("the archive has more than {ENTRIES_MAX} entries")]
    TooMany,
    #[error("the archive unpacks to more than {RATIO_MAX} times its size")]
    Bomb,
}

/// One record could not be read.
#[derive(Debug, thiserror::Error)]
pub(super) enum EntryError {
    #[error("it is encrypted")]
    Encrypted,
    #[error("it is packed with method {0}; only stored and deflated ones are read")]
    Method(u16),
    #[error("it has more than {RECORD_BYTES_MAX} bytes")]
    TooLarge,
    #[error("it cannot be unpacked: {0}")]
    Packed(String),
}

/// Hands over every entry with a wanted name, in the order of the archive's directory.
pub(super) fn each(
    file: File,
    is_wanted: impl Fn(&str) -> bool,
    mut visit: impl FnMut(&str, Result<&[u8], EntryError>),
) -> Result<(), ArchiveError> {
    let unpacked_max = (file.metadata()?.len().saturating_mul(RATIO_MAX)).max(UNPACKED_FLOOR);
    let mut search = vec![0; RECOMMENDED_BUFFER_SIZE];
    let archive = ZipArchive::from_file(file, &mut search)?;
    let declared = archive.entries_hint();
    if declared > ENTRIES_MAX {
        return Err(ArchiveError::TooMany);
    }
    let mut entries = archive.entries(&mut search);
    let (mut found, mut unpacked, mut bytes) = (0, 0_u64, Vec::new());
    while let Some(entry) = entries.next_entry()? {
        found += 1;
        if found > ENTRIES_MAX {
            return Err(ArchiveError::TooMany);
        }
        let name = String::from_utf8_lossy(entry.file_path().as_bytes()).into_owned();
        if entry.is_dir() || !is_wanted(&name) {
            continue;
        }
        bytes.clear();
        let left = unpacked_max.saturating_sub(unpacked);
        let read = if entry.flags().is_encrypted() {
            Err(EntryError::Encrypted)
        } else {
            unpack(&archive, entry.wayfinder(), entry.compression_method(), left, &mut bytes)
        };
        unpacked += bytes.len() as u64;
        if unpacked >= unpacked_max {
            return Err(ArchiveError::Bomb);
        }
        visit(&name, read.map(|()| bytes.as_slice()));
    }
    if found != declared {
        return Err(ArchiveError::Entries { declared, found });
    }
    Ok(())
}

/// Reads one entry, at most `left` bytes of it, and checks its size and checksum.
fn unpack<R: rawzip::ReaderAt>(
    archive: &ZipArchive<R>,
    at: rawzip::ZipArchiveEntryWayfinder,
    method: CompressionMethod,
    left: u64,
    bytes: &mut Vec<u8>,
) -> Result<(), EntryError> {
    let broken = |error: &dyn std::fmt::Display| EntryError::Packed(error.to_string());
    let entry = archive.get_entry(at).map_err(|error| broken(&error))?;
    let most = left.min(RECORD_BYTES_MAX + 1);
    let read = match method {
        CompressionMethod::STORE => entry.verifying_reader(entry.reader()).take(most).read_to_end(bytes),
        CompressionMethod::DEFLATE => {
            entry.verifying_reader(DeflateDecoder::new(entry.reader())).take(most).read_to_end(bytes)
        }
        other => return Err(EntryError::Method(other.as_u16())),
    };
    if bytes.len() as u64 > RECORD_BYTES_MAX {
        return Err(EntryError::TooLarge);
    }
    read.map(|_| ()).map_err(|error| broken(&error))
}
