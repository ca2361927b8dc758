//! Whether every blob that a run names is there and is what its name says; and the reports that evidence was read from.
//!
//! Evidence says itself which reports it was read from, so it is looked through while it is hashed. It is not read as JSON:
//! a quote within a string is always escaped, so the member `sources` can be found by its bytes.
//!
//! **Absent on purpose:** what blobs mean. Replay counts evidence again.

use std::collections::BTreeMap;
use std::io::{self, Read};

use dod_kernel::evidence::Source as Report;
use dod_kernel::id::Digest;
use memchr::memmem::Finder;
use sha2::{Digest as _, Sha256};

use super::lines::{BLOBS_MAX, Named, What};
use super::problem::{Problems, Wrong};
use super::source::{Source, blob_path};

/// Bytes that are hashed at once.
const CHUNK_BYTES: usize = 128 << 10;
/// Bytes that the list of reports of one evidence may have.
const REPORTS_BYTES_MAX: usize = 8 << 20;
/// How the list of reports begins.
const REPORTS: &[u8] = b"\"sources\":[";

/// What was looked at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Looked {
    /// Blobs that are there and are what their names say.
    pub good: u64,
    /// Their bytes.
    pub bytes: u64,
}

/// Looks at all blobs that are named, and at those that they name; these are added.
pub(super) fn check(
    source: &dyn Source,
    blobs: &mut BTreeMap<Digest, Named>,
    problems: &mut Problems,
) -> Looked {
    let mut looked = Looked::default();
    let mut hashing = Hashing::new();
    let mut reports = BTreeMap::new();
    for (digest, named) in blobs.iter() {
        hashing.one(source, digest, *named, &mut looked, &mut reports, problems);
    }
    reports.retain(|digest, _| !blobs.contains_key(digest));
    let mut none = BTreeMap::new();
    for (digest, named) in &reports {
        hashing.one(source, digest, *named, &mut looked, &mut none, problems);
    }
    blobs.append(&mut reports);
    looked
}

/// Memory that is used for one blob after the other.
struct Hashing {
    buffer: Vec<u8>,
    finder: Finder<'static>,
}

impl Hashing {
    fn new() -> Self {
        Self { buffer: vec![0; REPORTS.len() + CHUNK_BYTES], finder: Finder::new(REPORTS) }
    }

    fn one(
        &mut self,
        source: &dyn Source,
        digest: &Digest,
        named: Named,
        looked: &mut Looked,
        reports: &mut BTreeMap<Digest, Named>,
        problems: &mut Problems,
    ) {
        let path = blob_path(digest);
        let Named { line, what } = named;
        let mut add = |wrong| problems.add(&source.name(&path), None, wrong);
        let is_evidence = what == What::Evidence;
        let hashed = match source.open(&path) {
            Ok(Some(reader)) => self.hash(reader, is_evidence),
            Ok(None) => return add(Wrong::BlobMissing { what: what.word(), line }),
            Err(error) => Err(error),
        };
        let (found, bytes, list) = match hashed {
            Ok(hashed) => hashed,
            Err(error) => return add(Wrong::Unread { kind: error.kind() }),
        };
        if found != *digest {
            return add(Wrong::BlobDamaged { what: what.word(), line, found });
        }
        looked.good += 1;
        looked.bytes += bytes;
        match list.as_deref().map(read).transpose() {
            Ok(list) => {
                let room = BLOBS_MAX.saturating_sub(reports.len());
                let list = list.unwrap_or_default().into_iter().take(room);
                reports.extend(list.map(|report| (report.digest, Named { line, what: What::Report })));
            }
            Err(why) => add(Wrong::NoEvidence { line, why }),
        }
    }

    /// The digest of what is read, how many bytes it has, and of evidence what follows the beginning of its list of reports.
    fn hash(
        &mut self,
        mut reader: impl Read,
        is_evidence: bool,
    ) -> io::Result<(Digest, u64, Option<Vec<u8>>)> {
        const KEPT: usize = REPORTS.len() - 1;
        let (mut hash, mut total, mut list) = (Sha256::new(), 0, None::<Vec<u8>>);
        // The first bytes of the buffer are the last of what was read before: the beginning may lie across.
        let mut kept = 0;
        loop {
            let count = match reader.read(&mut self.buffer[kept..kept + CHUNK_BYTES]) {
                Ok(0) => return Ok((Digest(hash.finalize().into()), total, list)),
                Ok(count) => count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => return Err(error),
            };
            let chunk = &self.buffer[kept..kept + count];
            hash.update(chunk);
            total += count as u64;
            if !is_evidence {
                continue;
            }
            if let Some(list) = &mut list {
                let room = REPORTS_BYTES_MAX.saturating_sub(list.len());
                list.extend_from_slice(&chunk[..room.min(count)]);
                continue;
            }
            let all = &self.buffer[..kept + count];
            if let Some(at) = self.finder.find(all) {
                list = Some(all[at + KEPT..].to_vec());
                kept = 0;
            } else {
                let from = all.len().saturating_sub(KEPT);
                let length = all.len() - from;
                self.buffer.copy_within(from..from + length, 0);
                kept = length;
            }
        }
    }
}

/// Reads the list of reports, and nothing behind it.
fn read(list: &[u8]) -> Result<Vec<Report>, String> {
    let mut values = serde_json::Deserializer::from_slice(list).into_iter::<Vec<Report>>();
    match values.next() {
        Some(Ok(reports)) => Ok(reports),
        Some(Err(error)) => Err(error.to_string()),
        None => Err("its list of reports is cut off".to_owned()),
    }
}
