//! `dod scan vulnerabilities`: known holes in the packages of all lock files, from databases on disk.
//!
//! ```text
//!   packages of lock files ─┐
//!                           ├─ records that name them -> affected? -> one hole by all its ids -> CycloneDX 1.6
//!   OSV exports, RustSec  ──┘
//! ```
//!
//! **Invariant: who was not checked is counted.** A package of an ecosystem without a database, one without a version,
//! one whose version has no place in the order, a record or a lock file that cannot be read: each makes
//! [`Report::unchecked`] larger, and no report with such a count calls a product free of holes.
//!
//! **Absent on purpose:** the network, the clock, and judging: how grave is too grave is a policy's matter.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use self::database::{Database, InUseByName};
use self::join::Joined;
use crate::packages::{Ecosystem, Inventory, Package, Reach, purl};

pub use self::unlocked::unlocked;

mod advisory;
mod affected;
mod archive;
mod bom;
mod database;
mod join;
mod osv;
mod rustsec;
mod severity;
mod time;
mod unlocked;
mod version;

/// What to check with.
#[derive(Clone, Debug)]
pub struct Options {
    /// Databases: folders and archives.
    pub databases: Vec<PathBuf>,
    /// The present, in seconds since 1970: how old the databases are is told against it.
    pub now: i64,
    /// Holes that do not matter here, by any of their ids, and why not.
    pub ignored: BTreeMap<String, String>,
    /// Files that ask for packages which no lock file pins, as [`unlocked()`] lists them.
    pub unlocked: Vec<String>,
}

/// A known hole in a package in use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Vulnerability {
    /// The id it is called by.
    pub id: String,
    /// Its other ids.
    pub aliases: Vec<String>,
    /// What it is, in a line, where the advisory says so.
    pub summary: Option<String>,
    /// How grave, in a word: the highest of its ratings.
    pub severity: &'static str,
    /// Package URLs of the versions in use that have it.
    pub packages: Vec<String>,
    /// Where these are locked: file and line.
    pub places: Vec<(String, u64)>,
    /// Versions that do not have it.
    pub fixed: Vec<String>,
    /// Why it does not matter here, where somebody said so.
    pub ignored: Option<String>,
}

/// Something advisories tell about a package that is no hole: nobody maintains it, it is unsound.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Information {
    /// The id of the advisory.
    pub id: String,
    /// Its kind, in the word of its database.
    pub kind: String,
    /// What it says, in a line.
    pub summary: Option<String>,
    /// Package URLs of the versions in use it is about.
    pub packages: Vec<String>,
}

/// Something that nobody could check.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Unchecked {
    /// A package URL, or the file that was not read.
    pub what: String,
    /// Why.
    pub why: String,
}

/// What was checked, with what, and what was found.
#[derive(Clone, Debug)]
pub struct Report {
    /// Known holes by package and id, ignored ones included.
    pub vulnerabilities: Vec<Vulnerability>,
    /// What else there is to know.
    pub information: Vec<Information>,
    /// What nobody could check, each once, sorted.
    pub unchecked: Vec<Unchecked>,
    /// What could not be read of the databases.
    pub troubles: Vec<String>,
    /// Lock files whose format does not say whether they name every package in use.
    pub perhaps: Vec<String>,
    /// Ids to be ignored that nothing was found for.
    pub unused: Vec<String>,
    /// Packages in use, by URL with version.
    pub packages: usize,
    /// Lock files they come from.
    pub locks: usize,
    /// Records of the databases that were read.
    pub records: usize,
    /// Digest of the databases: SHA-256 in hexadecimal digits.
    pub digest: String,
    /// Days since the newest record changed: of the ecosystem in use whose records are oldest.
    pub age_days: Option<i64>,
    bom: serde_json::Value,
}

impl Report {
    /// Holes that nobody called harmless.
    pub fn open(&self) -> usize {
        self.vulnerabilities.iter().filter(|one| one.ignored.is_none()).count()
    }

    /// The report as CycloneDX 1.6 JSON, `\n`-ended.
    pub fn to_cyclonedx(&self) -> Vec<u8> {
        let mut bytes = format!("{:#}", self.bom).into_bytes();
        bytes.push(b'\n');
        bytes
    }
}

/// A package in use, wherever it is locked.
#[derive(Debug)]
struct Component<'a> {
    package: &'a Package,
    places: BTreeSet<(&'a str, u64)>,
}

/// Checks the packages of an inventory. The same inventory, databases and options always give the same report.
pub fn scan(inventory: &Inventory, options: &Options) -> Report {
    let mut components: BTreeMap<&str, Component<'_>> = BTreeMap::new();
    let mut wanted = InUseByName::new();
    for package in &inventory.packages {
        let one = components.entry(&package.purl);
        let one = one.or_insert_with(|| Component { package, places: BTreeSet::new() });
        one.places.insert((&package.lock, package.line));
        let versions = wanted.entry(key(package)).or_insert_with(|| (package.ecosystem, Vec::new()));
        versions.1.push(package.version.clone());
    }
    for (_, versions) in wanted.values_mut() {
        versions.sort();
        versions.dedup();
    }
    let mut database = Database::read(&options.databases, &wanted);
    let hits = std::mem::take(&mut database.hits);
    let joined = join::join(hits, |package| wanted.get(package).map(|(ecosystem, _)| *ecosystem));
    let scan = Scan { components, wanted, database, joined, options, inventory };
    scan.report()
}

/// The package URL without version: names of one package in two spellings have one.
fn key(package: &Package) -> String {
    purl(package.ecosystem, &package.name, None)
}

struct Scan<'a> {
    components: BTreeMap<&'a str, Component<'a>>,
    wanted: InUseByName,
    database: Database,
    joined: Vec<Joined>,
    options: &'a Options,
    inventory: &'a Inventory,
}

impl Scan<'_> {
    fn report(self) -> Report {
        let unchecked = self.unchecked();
        let (mut vulnerabilities, mut information) = (Vec::new(), Vec::new());
        let mut used: BTreeSet<&str> = BTreeSet::new();
        for one in self.joined.iter().filter(|one| !one.affected.is_empty()) {
            let (advisory, packages) = (&one.advisory, self.urls(one, &one.versions()));
            if let Some(kind) = &advisory.information {
                let (id, summary) = (advisory.id.clone(), advisory.summary.clone());
                information.push(Information { id, kind: kind.clone(), summary, packages });
                continue;
            }
            let ignored = self.ignored(one);
            used.extend(ignored.map(|(id, _)| id));
            vulnerabilities.push(Vulnerability {
                id: advisory.id.clone(),
                aliases: advisory.aliases.iter().cloned().collect(),
                summary: advisory.summary.clone(),
                severity: bom::highest(&advisory.ratings),
                places: self.places(&packages),
                packages,
                fixed: one.fixed().into_iter().map(str::to_owned).collect(),
                ignored: ignored.map(|(_, why)| why.to_owned()),
            });
        }
        let unused = self.options.ignored.keys().filter(|id| !used.contains(id.as_str())).cloned().collect();
        let digest = self.database.digest();
        let age_days = self.age_days();
        let bom = bom::bom(&self, &unchecked, &digest, age_days);
        Report {
            vulnerabilities,
            information,
            unchecked,
            perhaps: self.of_reach(Reach::Unknown).map(str::to_owned).collect(),
            unused,
            packages: self.components.len(),
            locks: self.inventory.locks.len(),
            records: self.database.records,
            troubles: self.database.troubles,
            digest,
            age_days,
            bom,
        }
    }

    /// The package URLs of versions in use.
    fn urls(&self, one: &Joined, versions: &[usize]) -> Vec<String> {
        let Some((ecosystem, all)) = self.wanted.get(&one.package) else { return Vec::new() };
        let is_one = |package: &Package| {
            package.ecosystem == *ecosystem
                && versions.iter().any(|at| all[*at] == package.version)
                && key(package) == one.package
        };
        // All URLs of a package begin alike, so only its neighbors are looked at.
        let behind = self.components.range(one.package.as_str()..);
        let neighbors = behind.take_while(|(url, _)| url.starts_with(one.package.as_str()));
        neighbors.filter(|(_, each)| is_one(each.package)).map(|(url, _)| (*url).to_owned()).collect()
    }

    fn places(&self, urls: &[String]) -> Vec<(String, u64)> {
        let components = urls.iter().filter_map(|url| self.components.get(url.as_str()));
        components.flat_map(|one| one.places.iter().map(|(lock, line)| ((*lock).to_owned(), *line))).collect()
    }

    /// The id by which a hole is ignored, and why it is.
    fn ignored(&self, one: &Joined) -> Option<(&str, &str)> {
        let ignored = &self.options.ignored;
        one.advisory
            .ids()
            .find_map(|id| ignored.get_key_value(id))
            .map(|(id, why)| (id.as_str(), why.as_str()))
    }

    fn age_days(&self) -> Option<i64> {
        let ecosystems: BTreeSet<Ecosystem> = self.wanted.values().map(|(ecosystem, _)| *ecosystem).collect();
        let covered = ecosystems.into_iter().filter(|one| self.database.covers(*one));
        // One of unknown age may be of any age, and so may one that was changed after what is told to be the present.
        let ages = covered.map(|one| time::days_until(self.options.now, self.database.newest(one)?));
        let ages: Option<Vec<i64>> = ages.collect();
        ages?.into_iter().max()
    }

    fn of_reach(&self, reach: Reach) -> impl Iterator<Item = &str> {
        self.inventory.locks.iter().filter(move |lock| lock.reach == reach).map(|lock| lock.path.as_str())
    }

    fn unchecked(&self) -> Vec<Unchecked> {
        let mut why: BTreeMap<String, String> = BTreeMap::new();
        for one in &self.joined {
            for (version, reason) in &one.unknown {
                for url in self.urls(one, &[*version]) {
                    why.entry(url).or_insert_with(|| format!("{}: {reason}", one.advisory.id));
                }
            }
        }
        for (url, one) in &self.components {
            let package = one.package;
            let reason = if !self.database.covers(package.ecosystem) {
                format!("there is no database of {}", package.ecosystem)
            } else if package.version.is_none() {
                "no version is known".to_owned()
            } else if !self.database.troubles.is_empty() {
                "a database could not be read in full".to_owned()
            } else {
                continue;
            };
            why.insert((*url).to_owned(), reason);
        }
        for lock in self.of_reach(Reach::DirectOnly) {
            why.insert(lock.to_owned(), "what its packages need stands nowhere".to_owned());
        }
        for unread in &self.inventory.unread {
            why.insert(unread.path.clone(), unread.to_string());
        }
        for path in &self.options.unlocked {
            why.insert(path.clone(), "no lock file pins the packages it asks for".to_owned());
        }
        why.into_iter().map(|(what, why)| Unchecked { what, why }).collect()
    }
}

#[cfg(test)]
mod tests;
