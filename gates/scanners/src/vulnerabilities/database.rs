//! Databases of advisories on disk: which records there are, whom they name, how new they are.
//!
//! ```text
//!   folder ─┬─ crates.io/all.zip, npm/all.zip …   the layout of OSV's bucket: only ecosystems in use are opened
//!           ├─ **/*.json                          records in the OSV format
//!           └─ crates/*/RUSTSEC-*.md              RustSec's advisory-db
//!   archive ── the same files
//! ```
//!
//! Every record is looked at, so that a broken one is noticed; only those that name a package in use are kept.
//! The digest is that of the sorted digests of all records read, so that a folder and an archive of the same
//! records are the same database.
//!
//! **Absent on purpose:** the network, caches, git.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use sha2::{Digest as _, Sha256};

use super::advisory::Advisory;
use super::affected::{self, Answer, InUse};
use super::version::scheme;
use super::{archive, osv, rustsec, time};
use crate::packages::{Ecosystem, purl};

/// Bytes of the largest record that is read.
pub(super) const RECORD_BYTES_MAX: u64 = 16 * 1024 * 1024;

/// Records of one scan.
pub(super) const RECORDS_MAX: usize = 3_000_000;

/// Records that name packages in use.
pub(super) const HITS_MAX: usize = 200_000;

/// Folders within folders.
const DEPTH_MAX: usize = 8;

/// Troubles that are told one by one.
const TROUBLES_MAX: usize = 100;

/// Where RustSec keeps advisories about the Rust distribution, whose names are not those of crates.
const RUST_ITSELF: &str = "rust";
const CRATES: &str = "crates";
const EXPORT: &str = "all.zip";

/// The packages in use, by package URL without version: the versions of each, sorted.
pub(super) type InUseByName = BTreeMap<String, (Ecosystem, Vec<Option<String>>)>;

/// A record that names a package in use.
#[derive(Debug)]
pub(super) struct Hit {
    /// The package, as in [`InUseByName`].
    pub(super) package: String,
    pub(super) advisory: Advisory,
    /// What it says about each version in use, in their order.
    pub(super) answers: Vec<Answer>,
}

/// What the databases have on one ecosystem.
#[derive(Clone, Copy, Debug, Default)]
struct Held {
    /// Records about packages of this ecosystem only. An export of another ecosystem has records that also name
    /// packages of this one, and is no database of it.
    own: u64,
    newest: Option<i64>,
}

/// All that was read.
#[derive(Debug, Default)]
pub(super) struct Database {
    pub(super) hits: Vec<Hit>,
    pub(super) records: usize,
    /// What could not be read: with any, nobody knows what else it would have said.
    pub(super) troubles: Vec<String>,
    more_troubles: usize,
    held: BTreeMap<Ecosystem, Held>,
    digests: Vec<[u8; 32]>,
}

impl Database {
    /// Reads all databases.
    pub(super) fn read(paths: &[PathBuf], wanted: &InUseByName) -> Self {
        let ecosystems = wanted.values().map(|(ecosystem, _)| *ecosystem).collect();
        let mut reader = Reader { wanted, ecosystems, database: Self::default() };
        for path in paths {
            reader.path(path);
        }
        let mut database = reader.database;
        if database.more_troubles > 0 {
            database.troubles.push(format!("and {} more records", database.more_troubles));
        }
        database.digests.sort_unstable();
        database.digests.dedup();
        database.records = database.digests.len();
        database
    }

    /// Ecosystems whose advisories are there.
    pub(super) fn covers(&self, ecosystem: Ecosystem) -> bool {
        self.held.get(&ecosystem).is_some_and(|held| held.own > 0)
    }

    /// SHA-256 over the sorted digests of all records.
    pub(super) fn digest(&self) -> String {
        let mut hash = Sha256::new();
        for digest in &self.digests {
            hash.update(digest);
        }
        hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
    }

    /// When the newest record about an ecosystem was changed.
    pub(super) fn newest(&self, ecosystem: Ecosystem) -> Option<i64> {
        self.held.get(&ecosystem)?.newest
    }

    fn trouble(&mut self, place: &str, why: &dyn std::fmt::Display) {
        if self.troubles.len() < TROUBLES_MAX {
            self.troubles.push(format!("{place}: {why}"));
        } else {
            self.more_troubles += 1;
        }
    }
}

struct Reader<'a> {
    wanted: &'a InUseByName,
    ecosystems: BTreeSet<Ecosystem>,
    database: Database,
}

impl Reader<'_> {
    fn path(&mut self, path: &Path) {
        let shown = path.display().to_string();
        match fs::metadata(path) {
            Ok(about) if about.is_dir() => self.folder(path, 0),
            Ok(about) if about.is_file() => self.file(path, true),
            Ok(_) => self.database.trouble(&shown, &"is no file and no folder"),
            Err(error) => self.database.trouble(&shown, &error),
        }
    }

    fn folder(&mut self, folder: &Path, depth: usize) {
        let shown = folder.display().to_string();
        if depth > DEPTH_MAX {
            return self.database.trouble(&shown, &format!("lies more than {DEPTH_MAX} folders deep"));
        }
        let listed: io::Result<Vec<fs::DirEntry>> = fs::read_dir(folder).and_then(Iterator::collect);
        let mut entries = match listed {
            Ok(entries) => entries,
            Err(error) => return self.database.trouble(&shown, &error),
        };
        entries.sort_by_key(fs::DirEntry::file_name);
        let is_rustsec = entries.iter().any(|entry| entry.file_name() == CRATES);
        for entry in entries {
            let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
            // Hidden files are git's and the like, no records.
            if name.starts_with('.') {
                continue;
            }
            match entry.file_type() {
                Ok(kind) if kind.is_dir() => {
                    let is_about_rust = is_rustsec && name == RUST_ITSELF;
                    if !is_about_rust && !self.is_other_ecosystem(&path, &name) {
                        self.folder(&path, depth + 1);
                    }
                }
                Ok(kind) if kind.is_file() => self.file(&path, false),
                Ok(_) => {
                    self.database.trouble(&path.display().to_string(), &"is a link or a device, not read");
                }
                Err(error) => self.database.trouble(&path.display().to_string(), &error),
            }
        }
    }

    /// A folder of the bucket whose ecosystem nothing in use belongs to.
    fn is_other_ecosystem(&self, path: &Path, name: &str) -> bool {
        let of_name = Ecosystem::ALL.into_iter().find(|one| one.osv() == name);
        match of_name {
            Some(ecosystem) => !self.ecosystems.contains(&ecosystem),
            None => path.join(EXPORT).is_file(),
        }
    }

    fn file(&mut self, path: &Path, is_named: bool) {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let shown = path.display().to_string();
        match form(&name) {
            Some(Form::Osv) => self.whole(path, &shown, Self::record),
            Some(Form::RustSec) => self.whole(path, &shown, Self::rustsec),
            None if is_named || name.ends_with(".zip") => self.archive(path, &shown),
            None => {}
        }
    }

    fn whole(&mut self, path: &Path, shown: &str, take: fn(&mut Self, &str, &[u8])) {
        let mut bytes = Vec::new();
        let read = File::open(path).and_then(|file| file.take(RECORD_BYTES_MAX + 1).read_to_end(&mut bytes));
        match read {
            Ok(length) if length as u64 > RECORD_BYTES_MAX => {
                self.database.trouble(shown, &archive::EntryError::TooLarge);
            }
            Ok(_) => take(self, shown, &bytes),
            Err(error) => self.database.trouble(shown, &error),
        }
    }

    fn archive(&mut self, path: &Path, shown: &str) {
        let file = match File::open(path) {
            Ok(file) => file,
            Err(error) => return self.database.trouble(shown, &error),
        };
        let is_wanted = |name: &str| form(name).is_some();
        let read = archive::each(file, is_wanted, |name, bytes| {
            let place = format!("{shown}: {name}");
            match (bytes, form(name)) {
                (Ok(bytes), Some(Form::RustSec)) => self.rustsec(&place, bytes),
                (Ok(bytes), _) => self.record(&place, bytes),
                (Err(error), _) => self.database.trouble(&place, &error),
            }
        });
        if let Err(error) = read {
            self.database.trouble(shown, &error);
        }
    }

    /// Whether one more record may be kept in mind.
    fn counted(&mut self, place: &str, bytes: &[u8]) -> bool {
        if self.database.digests.len() >= RECORDS_MAX {
            self.database.trouble(place, &format!("is beyond the {RECORDS_MAX} records that are read"));
            return false;
        }
        self.database.digests.push(Sha256::digest(bytes).into());
        true
    }

    fn record(&mut self, place: &str, bytes: &[u8]) {
        let head: osv::Head<'_> = match serde_json::from_slice(bytes) {
            Ok(head) => head,
            Err(error) => return self.database.trouble(place, &format!("is no record: {error}")),
        };
        if !self.counted(place, bytes) {
            return;
        }
        let mut ecosystems = BTreeSet::new();
        let mut is_alone = true;
        let mut named = BTreeSet::new();
        for package in head.affected.iter().flatten().filter_map(|one| one.package.as_ref()) {
            match ecosystem(&package.ecosystem) {
                None => is_alone = false,
                Some(one) => {
                    ecosystems.insert(one);
                    if self.ecosystems.contains(&one) {
                        let key = purl(one, &package.name, None);
                        named.extend(self.wanted.contains_key(&key).then_some(key));
                    }
                }
            }
        }
        is_alone &= ecosystems.len() == 1;
        let modified = head.modified.as_deref().and_then(time::seconds);
        for one in ecosystems {
            self.hold(one, is_alone, modified);
        }
        if head.withdrawn.is_some() || named.is_empty() {
            return;
        }
        let read = serde_json::from_slice::<osv::Record>(bytes);
        for key in named {
            match &read {
                Ok(record) => self.hit(place, key, record),
                Err(error) => self.unread(place, key, &head, error),
            }
        }
    }

    /// A record that names a package and cannot be read in full says something about it that nobody knows.
    fn unread(&mut self, place: &str, key: String, head: &osv::Head<'_>, error: &serde_json::Error) {
        let versions = self.wanted.get(&key).map_or(0, |(_, versions)| versions.len());
        let answers = vec![Answer::Unknown(format!("it cannot be read in full: {error}")); versions];
        self.keep(place, Hit { package: key, advisory: Advisory::named(&head.id), answers });
    }

    fn hold(&mut self, ecosystem: Ecosystem, is_alone: bool, modified: Option<i64>) {
        let held = self.database.held.entry(ecosystem).or_default();
        held.own += u64::from(is_alone);
        held.newest = held.newest.max(modified);
    }

    fn hit(&mut self, place: &str, key: String, record: &osv::Record) {
        let Some((own, versions)) = self.wanted.get(&key) else { return };
        let entries: Vec<&osv::Affected> = record
            .affected
            .iter()
            .flatten()
            .filter(|entry| {
                entry.package.as_ref().is_some_and(|package| {
                    ecosystem(&package.ecosystem) == Some(*own) && purl(*own, &package.name, None) == key
                })
            })
            .collect();
        let answers = versions
            .iter()
            .map(|version| {
                let version = InUse::new(version.as_deref(), scheme(*own));
                affected::of_entries(entries.iter().copied(), &version)
            })
            .collect();
        self.keep(place, Hit { package: key, advisory: Advisory::of_record(record, &entries), answers });
    }

    fn rustsec(&mut self, place: &str, bytes: &[u8]) {
        if !self.ecosystems.contains(&Ecosystem::CratesIo) {
            return;
        }
        let read = match rustsec::parse(bytes) {
            Ok(read) => read,
            Err(error) => return self.database.trouble(place, &error),
        };
        if !self.counted(place, bytes) {
            return;
        }
        let advisory = Advisory::of_rustsec(&read);
        let date = advisory.published.as_deref().and_then(time::seconds);
        self.hold(Ecosystem::CratesIo, true, date);
        let key = purl(Ecosystem::CratesIo, &read.meta.package, None);
        let Some((_, versions)) = self.wanted.get(&key) else { return };
        if read.meta.withdrawn.is_some() {
            return;
        }
        let answers = versions.iter().map(|version| read.answer(version.as_deref())).collect();
        self.keep(place, Hit { package: key, advisory, answers });
    }

    fn keep(&mut self, place: &str, hit: Hit) {
        if self.database.hits.len() >= HITS_MAX {
            return self
                .database
                .trouble(place, &format!("is beyond the {HITS_MAX} advisories that are kept"));
        }
        self.database.hits.push(hit);
    }
}

/// The form of a record.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    Osv,
    RustSec,
}

/// What a file is by its path, as far as that is known: hidden ones are no records, here as in folders.
fn form(path: &str) -> Option<Form> {
    let is_hidden = |part: &str| part.starts_with('.') && part != "." && part != "..";
    let mut parts = path.rsplit('/');
    let (name, _, kind) = (parts.next()?, parts.next(), parts.next());
    match name {
        _ if path.split('/').any(is_hidden) => None,
        _ if name.ends_with(".json") => Some(Form::Osv),
        _ if kind == Some(RUST_ITSELF) => None,
        _ => (name.starts_with("RUSTSEC-") && name.ends_with(".md")).then_some(Form::RustSec),
    }
}

/// What stands behind a colon is a part of the ecosystem: a release, another registry.
fn ecosystem(text: &str) -> Option<Ecosystem> {
    let name = text.split(':').next().unwrap_or(text);
    Ecosystem::ALL.into_iter().find(|one| one.osv() == name)
}
