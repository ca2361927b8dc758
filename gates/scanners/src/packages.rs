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

use std::fmt;
use std::path::Path;

use sha2::{Digest as _, Sha256};

pub use self::purl::purl;

mod find;
mod purl;
mod tree;

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
    let mut inventory = Inventory { unread: listing.unread, ..Inventory::default() };
    for path in listing.files {
        inventory.take(root, &path);
    }
    inventory.unread.sort();
    Ok(inventory)
}

impl Inventory {
    fn take(&mut self, root: &Path, path: &str) {
        let _ = (root, path, Sha256::digest(b""));
    }
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
