//! The packages a product is made of, as its lock files say.
//!
//! ```text
//!   tree -> lock files -> one parser per format -> packages, each with its file and line
//! ```
//!
//! A package is what somebody else made and what the lock file chose: members of a workspace and other packages of
//! the tree are the product itself. The same package in two lock files is two packages here, at two places.
//!
//! **Invariant: a list is whole or says that it is not.** A lock file that cannot be read stands in
//! [`Inventory::unread`], and a dependency without a version is a [`Package`] whose version is `None`.
//!
//! **Absent on purpose:** processes, the network, resolving versions, and what any package means for the product.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::fmt;
use std::path::Path;

use sha2::{Digest as _, Sha256};

use self::format::{File, Format};
pub(crate) use self::purl::normal_python_name;
pub use self::purl::purl;

mod bun;
mod bundler;
mod cargo;
mod composer;
mod find;
mod format;
mod go;
mod gradle;
mod hash;
pub(crate) mod manifest;
mod maven;
mod npm;
mod nuget;
mod pnpm;
mod purl;
mod python;
mod requirements;
mod tree;
mod uv;
mod yarn;

/// Bytes of the largest lock file that is read.
pub const LOCK_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// Lock files of one tree.
pub const LOCKS_MAX: usize = 10_000;

/// Packages of one lock file.
pub const PACKAGES_PER_LOCK_MAX: usize = 200_000;

/// Packages of one tree.
pub const PACKAGES_MAX: usize = 1_000_000;

/// Who publishes a package, which decides how its versions are ordered. Spelled as OSV spells it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ecosystem {
    /// Rust.
    CratesIo,
    /// Go modules.
    Go,
    /// Java and its relatives.
    Maven,
    /// JavaScript.
    Npm,
    /// .NET.
    NuGet,
    /// PHP.
    Packagist,
    /// Python.
    PyPi,
    /// Ruby.
    RubyGems,
}

impl Ecosystem {
    /// All of them.
    pub const ALL: [Self; 8] = [
        Self::CratesIo,
        Self::Go,
        Self::Maven,
        Self::Npm,
        Self::NuGet,
        Self::Packagist,
        Self::PyPi,
        Self::RubyGems,
    ];

    /// As the OSV schema spells it (`affected[].package.ecosystem`).
    pub fn osv(self) -> &'static str {
        match self {
            Self::CratesIo => "crates.io",
            Self::Go => "Go",
            Self::Maven => "Maven",
            Self::Npm => "npm",
            Self::NuGet => "NuGet",
            Self::Packagist => "Packagist",
            Self::PyPi => "PyPI",
            Self::RubyGems => "RubyGems",
        }
    }

    /// The type in a package URL.
    pub fn purl_type(self) -> &'static str {
        match self {
            Self::CratesIo => "cargo",
            Self::Go => "golang",
            Self::Maven => "maven",
            Self::Npm => "npm",
            Self::NuGet => "nuget",
            Self::Packagist => "composer",
            Self::PyPi => "pypi",
            Self::RubyGems => "gem",
        }
    }
}

impl fmt::Display for Ecosystem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.osv())
    }
}

/// How a hash was made.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HashAlgorithm {
    /// MD5.
    Md5,
    /// SHA-1.
    Sha1,
    /// SHA-256 of the file that is downloaded.
    Sha256,
    /// SHA-384.
    Sha384,
    /// SHA-512.
    Sha512,
    /// Go's `h1:`, a SHA-256 over the list of hashes of the files in a module: of no file.
    GoH1,
}

/// A hash of a package's archive.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Hash {
    /// How it was made.
    pub algorithm: HashAlgorithm,
    /// Lower-case hexadecimal digits, of the length the algorithm asks for.
    pub hex: String,
}

/// Where a package comes from, as the lock file says.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// The registry that everybody means.
    Registry,
    /// Another registry, by its address: advisories for the name need not be about it.
    OtherRegistry(String),
    /// A git repository, with the commit behind `#` where the lock file has one.
    Git(String),
    /// An archive at an address.
    Url(String),
    /// A folder or archive of the machine outside the tree.
    Path(String),
}

/// A package at one place of one lock file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Package {
    /// Who publishes it.
    pub ecosystem: Ecosystem,
    /// Its name as the registry spells it; Maven's is `group:artifact`, those of Python are normalized (PEP 503).
    pub name: String,
    /// The version chosen; `None` where the file pins none, so that nobody can say what is in use.
    pub version: Option<String>,
    /// Its package URL, with the version where there is one.
    pub purl: String,
    /// Hashes of its archives, sorted.
    pub hashes: Vec<Hash>,
    /// License expressions or names as the lock file states them; empty where it does not.
    pub licenses: Vec<String>,
    /// The lock file, as a path from the root with `/`.
    pub lock: String,
    /// Its line in the lock file, from 1.
    pub line: u64,
    /// Whether the product itself asks for it, where that can be known.
    pub direct: Option<bool>,
    /// Whether it serves development only, where that can be known.
    pub dev: Option<bool>,
    /// Where it comes from.
    pub source: Source,
    /// The packages it needs, as indexes into [`Inventory::packages`], sorted; `None` where the file does not say.
    pub needs: Option<Vec<usize>>,
}

/// A lock file that was read in full.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lock {
    /// Path from the root, with `/`.
    pub path: String,
    /// Whose packages it locks.
    pub ecosystem: Ecosystem,
    /// SHA-256 of its bytes, in hexadecimal digits.
    pub digest: String,
    /// How many packages it locks.
    pub packages: usize,
    /// How much of what is in use it names.
    pub reach: Reach,
}

/// How much of what is in use a file names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reach {
    /// Every package, also those that packages need.
    Whole,
    /// Perhaps every package: the format does not say.
    Unknown,
    /// What the product itself asks for. What that needs stands nowhere.
    DirectOnly,
}

/// A file that should have been read and could not be, or not in full.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unread {
    /// Path from the root, with `/`.
    pub path: String,
    /// The line, from 1, where one is known.
    pub line: Option<u64>,
    /// Why.
    pub why: String,
}

impl fmt::Display for Unread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            Some(line) => write!(out, "{}:{line}: {}", self.path, self.why),
            None => write!(out, "{}: {}", self.path, self.why),
        }
    }
}

/// What all lock files of a tree say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Inventory {
    /// All packages, by lock file and line.
    pub packages: Vec<Package>,
    /// The lock files that were read, by path.
    pub locks: Vec<Lock>,
    /// What was not read: with any, the list of packages is too short.
    pub unread: Vec<Unread>,
}

/// What to look at.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Only these lock files, and those below these folders, as paths from the root with `/`; empty is the tree.
    pub paths: Vec<String>,
    /// Files under version control: looked at although an ignore rule hides them.
    pub tracked: Vec<String>,
}

/// Nothing was listed. Never mistake this for a product without dependencies.
#[derive(Debug, thiserror::Error)]
pub enum InventoryError {
    /// The root cannot be listed.
    #[error("the folder `{path}` cannot be read: {message}")]
    Root {
        /// The root as given.
        path: String,
        /// What the system said.
        message: String,
    },
    /// A path to look at is not below the root.
    #[error("`{path}` is not a path below the root")]
    Outside {
        /// The path as given.
        path: String,
    },
}

/// Reads every lock file of a tree. The same files and options always give the same inventory.
pub fn inventory(root: &Path, options: &Options) -> Result<Inventory, InventoryError> {
    let listing = find::list(root, options)?;
    let mut reading = Reading::default();
    reading.inventory.unread = listing.unread;
    let mut seen: BTreeSet<String> = BTreeSet::new();
    let files = &listing.files;
    let named = files.iter().filter(|path| !format::is_overruled(path, files));
    let named = named.filter_map(|path| Some((Format::of(path)?, path.clone())));
    let mut work: VecDeque<(Format, String)> = named.collect();
    while let Some((format, path)) = work.pop_front() {
        if seen.insert(path.clone()) {
            work.extend(reading.file(root, format, &path).into_iter().map(|path| (format, path)));
        }
    }
    Ok(reading.finish())
}

#[derive(Default)]
struct Reading {
    inventory: Inventory,
    /// Packages that are modules of the tree.
    own: BTreeSet<String>,
}

impl Reading {
    /// Reads a file and tells which others it includes.
    fn file(&mut self, root: &Path, format: Format, path: &str) -> Vec<String> {
        let bytes =
            if format == Format::Foreign { Ok(String::new()) } else { format::text(&root.join(path)) };
        let text = match bytes {
            Ok(text) => text,
            Err(why) => {
                self.unread(path, None, why);
                return Vec::new();
            }
        };
        let mut read = match format.read(&File { root, path, text: &text }) {
            Ok(read) => read,
            Err(fault) => {
                self.unread(path, fault.line, fault.why);
                return Vec::new();
            }
        };
        for fault in std::mem::take(&mut read.faults) {
            self.unread(path, fault.line, fault.why);
        }
        let mut includes = Vec::new();
        for (line, target) in std::mem::take(&mut read.includes) {
            match inside(path, &target) {
                Some(target) => includes.push(target),
                None => self.unread(
                    path,
                    Some(line),
                    format!("`{target}`, which it includes, lies outside the tree"),
                ),
            }
        }
        self.own.extend(read.own.take());
        let digest = Sha256::digest(text.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect();
        if let Some(ecosystem) = format.ecosystem() {
            self.take(ecosystem, path, digest, read);
        }
        includes
    }

    fn unread(&mut self, path: &str, line: Option<u64>, why: String) {
        self.inventory.unread.push(Unread { path: path.to_owned(), line, why });
    }

    fn take(&mut self, ecosystem: Ecosystem, path: &str, digest: String, read: Read) {
        let all = &mut self.inventory.packages;
        let (first, number) = (all.len(), read.found.len());
        if number > PACKAGES_PER_LOCK_MAX || first + number > PACKAGES_MAX {
            let why = format!(
                "it has {number} packages; at most {PACKAGES_PER_LOCK_MAX} of a file and {PACKAGES_MAX} of a tree are read"
            );
            return self.unread(path, None, why);
        }
        let order = by_line(&read.found);
        let mut found: Vec<(usize, Found)> = read.found.into_iter().enumerate().collect();
        found.sort_by_key(|(at, _)| order[*at]);
        all.extend(found.into_iter().map(|(_, one)| Package {
            ecosystem,
            purl: purl(ecosystem, &one.name, one.version.as_deref()),
            name: match ecosystem {
                Ecosystem::PyPi => normal_python_name(&one.name),
                _ => one.name,
            },
            version: one.version,
            hashes: one.hashes,
            licenses: one.licenses,
            lock: path.to_owned(),
            line: one.line,
            direct: one.direct,
            dev: one.dev,
            source: one.source,
            needs: one.needs.map(|needs| ordered(needs.into_iter().map(|at| first + order[at]).collect())),
        }));
        let lock = Lock { path: path.to_owned(), ecosystem, digest, packages: number, reach: read.reach };
        self.inventory.locks.push(lock);
    }

    fn finish(mut self) -> Inventory {
        let own = |one: &Package| one.ecosystem == Ecosystem::Maven && self.own.contains(&one.name);
        let mut moved: Vec<Option<usize>> = Vec::new();
        let mut kept = 0;
        for one in &self.inventory.packages {
            moved.push((!own(one)).then_some(kept));
            kept += usize::from(!own(one));
        }
        self.inventory.packages.retain(|one| !own(one));
        for needs in self.inventory.packages.iter_mut().filter_map(|one| one.needs.as_mut()) {
            *needs = needs.iter().filter_map(|at| moved[*at]).collect();
        }
        let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
        for one in &self.inventory.packages {
            *counts.entry(one.lock.as_str()).or_default() += 1;
        }
        for lock in &mut self.inventory.locks {
            lock.packages = counts.get(lock.path.as_str()).copied().unwrap_or_default();
        }
        self.inventory.unread.sort();
        self.inventory.unread.dedup();
        self.inventory
    }
}

/// For each package its rank by line.
fn by_line(found: &[Found]) -> Vec<usize> {
    let mut sorted: Vec<usize> = (0..found.len()).collect();
    sorted.sort_by_key(|at| (found[*at].line, *at));
    let mut rank = vec![0; found.len()];
    for (at, original) in sorted.into_iter().enumerate() {
        rank[original] = at;
    }
    rank
}

/// A package as a parser finds it; needs are indexes into the same list.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Found {
    name: String,
    version: Option<String>,
    line: u64,
    hashes: Vec<Hash>,
    licenses: Vec<String>,
    direct: Option<bool>,
    dev: Option<bool>,
    source: Source,
    needs: Option<Vec<usize>>,
}

impl Found {
    /// A package of the registry of which nothing else is known.
    fn new(name: &str, version: Option<&str>, line: u64) -> Self {
        Self {
            name: name.to_owned(),
            version: version.filter(|version| !version.is_empty()).map(str::to_owned),
            line,
            hashes: Vec::new(),
            licenses: Vec::new(),
            direct: None,
            dev: None,
            source: Source::Registry,
            needs: None,
        }
    }
}

/// What a parser makes of a file.
#[derive(Clone, Debug)]
struct Read {
    found: Vec<Found>,
    /// Parts of the file that are not understood; the others are.
    faults: Vec<Fault>,
    /// Files of the same format that belong to it, relative to it, by line.
    includes: Vec<(u64, String)>,
    /// The name by which other files of the tree may depend on the product itself.
    own: Option<String>,
    reach: Reach,
}

impl Read {
    fn new(found: Vec<Found>) -> Self {
        Self { found, faults: Vec::new(), includes: Vec::new(), own: None, reach: Reach::Whole }
    }
}

/// Sorted, each once.
fn ordered(mut indexes: Vec<usize>) -> Vec<usize> {
    indexes.sort_unstable();
    indexes.dedup();
    indexes
}

/// Puts a second list behind the first, with its indexes moved.
fn append(all: &mut Vec<Found>, more: Vec<Found>) {
    let first = all.len();
    all.extend(more.into_iter().map(|mut one| {
        if let Some(needs) = &mut one.needs {
            needs.iter_mut().for_each(|at| *at += first);
        }
        one
    }));
}

/// A path relative to a file, as a path from the root; `None` if it leaves the root.
fn inside(file: &str, relative: &str) -> Option<String> {
    if relative.is_empty() || relative.starts_with('/') || relative.contains("://") {
        return None;
    }
    let mut parts: Vec<&str> = file.split('/').collect();
    parts.pop();
    for part in relative.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join("/")).filter(|path| !path.is_empty())
}

/// Why a lock file cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Fault {
    line: Option<u64>,
    why: String,
}

impl Fault {
    fn at(line: u64, why: impl Into<String>) -> Self {
        Self { line: Some(line), why: why.into() }
    }
}

#[cfg(test)]
mod tests;
