//! `dod scan licenses`: what the licenses of packages ask for, against what the team allows.
//!
//! ```text
//!   packages -> what each states (lock file, else what is installed) -> SPDX expression -> objection or none
//! ```
//!
//! Without a list of what is allowed, licenses that ask for derived works under the same terms (copyleft) are
//! objected to; with one, everything that is not on it. A package whose license nobody states is `unknown`, never
//! fine. Every objection is a SARIF result at the package's line in its lock file.
//!
//! **Absent on purpose:** asking a registry, and legal advice: the classes are those of [`judge`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

pub use self::declared::{Installed, declare};
use self::judge::Objection;
pub use self::judge::{List, ListError};
use crate::packages::{Inventory, Package, purl};
use crate::sarif::{self, Level, Notification};

mod declared;
pub mod judge;
mod recognize;

/// What to look at, and what is allowed.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where package managers keep what they fetched.
    pub installed: Installed,
    /// Licenses that may be used; `None`: all but copyleft.
    pub allow: Option<List>,
    /// Licenses that may not be used.
    pub deny: List,
    /// Packages that are fine whatever their license, as package URLs with or without a version, and why.
    pub allow_packages: BTreeMap<String, String>,
    /// Manifests that ask for packages while nothing is locked.
    pub unlocked: Vec<String>,
}

/// What is objected to.
#[derive(Clone, Debug)]
pub struct Report {
    /// The run as it is written.
    pub run: sarif::Run,
    /// Objections that nobody allowed.
    pub open: usize,
    /// Objections that somebody allowed.
    pub suppressed: usize,
    /// Packages looked at: each name and version once.
    pub packages: usize,
    /// Lock files that were read.
    pub locks: usize,
    /// Licenses as stated, with the number of packages; what nobody states is the empty text.
    pub stated: BTreeMap<String, usize>,
}

impl Report {
    /// The report as SARIF 2.1.0.
    pub fn to_sarif(&self) -> Vec<u8> {
        self.run.to_bytes()
    }
}

/// Rules by index.
const RULES: [(&str, &str, Level); 4] = [
    ("license-strong-copyleft", "A license asks for the whole product under the same terms", Level::Error),
    ("license-weak-copyleft", "A license asks for changes to the package under the same terms", Level::Error),
    ("license-denied", "A license is not among those that are allowed", Level::Error),
    ("license-unknown", "A license is not stated, or not one that is known", Level::Warning),
];

/// Looks at the licenses of all packages of a tree. The same inventory and options always give the same report, as
/// long as the same packages are installed.
pub fn scan(root: &Path, mut inventory: Inventory, options: &Options) -> Report {
    declare(root, &mut inventory, &options.installed);
    let mut scan = Scan::default();
    let mut used: BTreeSet<&str> = BTreeSet::new();
    // A package in two lock files has one license and two places; the first stands for both.
    let mut seen: BTreeMap<&str, &Package> = BTreeMap::new();
    for one in &inventory.packages {
        let known = seen.entry(&one.purl).or_insert(one);
        if known.licenses.is_empty() && !one.licenses.is_empty() {
            *known = one;
        }
    }
    let mut packages: Vec<&Package> = seen.into_values().collect();
    packages
        .sort_by(|one, other| (&one.lock, one.line, &one.purl).cmp(&(&other.lock, other.line, &other.purl)));
    for one in &packages {
        *scan.stated.entry(expression(one)).or_default() += 1;
        let plain = purl(one.ecosystem, &one.name, None);
        let allowed = [one.purl.as_str(), plain.as_str()]
            .into_iter()
            .find_map(|purl| options.allow_packages.get_key_value(purl));
        if let Some(objection) = judge::judge(&one.licenses, options.allow.as_ref(), &options.deny) {
            used.extend(allowed.map(|(purl, _)| purl.as_str()));
            scan.objection(one, &plain, &objection, allowed.map(|(_, why)| why.clone()));
        }
    }
    for purl in options.allow_packages.keys().filter(|purl| !used.contains(purl.as_str())) {
        scan.say(
            Level::Warning,
            "unused",
            None,
            format!("`{purl}` is allowed and nothing is held against it"),
        );
    }
    let number = packages.len();
    scan.finish(&inventory, number, &options.unlocked)
}

/// What a package states, as one expression; empty where nobody states anything.
fn expression(one: &Package) -> String {
    match one.licenses.as_slice() {
        [] => String::new(),
        [only] => only.clone(),
        many => many.join(" AND "),
    }
}

/// Licenses as CycloneDX writes them: an expression where it is one, an id or a name else.
pub(crate) fn cyclonedx(stated: &[String]) -> Value {
    let id = |one: &str| spdx::license_id(one).filter(|_| judge::parse(one).is_some());
    match stated {
        [one] if id(one).is_none() && judge::parse(one).is_some() && spdx::Expression::parse(one).is_ok() => {
            json!([{ "expression": one }])
        }
        many => many
            .iter()
            .map(|one| match id(one) {
                Some(id) => json!({ "license": { "id": id.name } }),
                None => json!({ "license": { "name": one } }),
            })
            .collect(),
    }
}

#[derive(Debug, Default)]
struct Scan {
    results: Vec<sarif::Finding>,
    notifications: Vec<Notification>,
    stated: BTreeMap<String, usize>,
}

impl Scan {
    fn say(&mut self, level: Level, id: &'static str, path: Option<&str>, message: String) {
        self.notifications.push(Notification { level, id, path: path.map(str::to_owned), message });
    }

    fn objection(&mut self, one: &Package, plain: &str, objection: &Objection, why: Option<String>) {
        let version = one.version.as_deref().unwrap_or_default();
        let name = format!("`{}` {version}", one.name);
        let name = name.trim_end();
        let expression = expression(one);
        let (rule, word) = objection.rule();
        let mut properties = Map::new();
        let license = json!({
            "package": plain, "version": version, "expression": expression, "objection": word,
        });
        properties.insert("license".into(), license);
        // Neither line nor lock file: the same package under the same license is the same objection anywhere.
        let identity = Sha256::digest(format!("{} {} {expression}", RULES[rule].0, one.purl).as_bytes());
        self.results.push(sarif::Finding {
            rule,
            message: format!("{name}: {}", objection.message(&expression)),
            path: one.lock.clone(),
            line: one.line,
            column: 1,
            end_column: 1,
            fingerprint: identity[..8].iter().map(|byte| format!("{byte:02x}")).collect(),
            suppressed: why.map(|why| ("external", why)),
            properties,
        });
    }

    fn finish(mut self, inventory: &Inventory, packages: usize, unlocked: &[String]) -> Report {
        for hole in crate::sbom::holes(inventory, unlocked) {
            self.say(Level::Error, "unread", None, hole);
        }
        if inventory.locks.is_empty() && inventory.unread.is_empty() {
            self.say(Level::Error, "empty", None, "no lock file was found, so nothing was looked at".into());
        }
        let successful = self.notifications.iter().all(|said| said.level != Level::Error);
        let suppressed = self.results.iter().filter(|finding| finding.suppressed.is_some()).count();
        let open = self.results.len() - suppressed;
        let mut properties = Map::new();
        properties.insert("licensesSought".into(), json!(true));
        properties.insert("lockFiles".into(), json!(inventory.locks.len()));
        properties.insert("packages".into(), json!(packages));
        properties.insert("licenses".into(), json!(self.stated));
        let rule = |(id, about, level): &(&str, &str, Level)| sarif::Rule {
            id: (*id).to_owned(),
            about: (*about).to_owned(),
            level: *level,
            severity: None,
        };
        let run = sarif::Run {
            tool: "dod scan licenses",
            version: env!("CARGO_PKG_VERSION"),
            rules: RULES.iter().map(rule).collect(),
            results: self.results,
            notifications: self.notifications,
            successful,
            properties,
        };
        Report { run, open, suppressed, packages, locks: inventory.locks.len(), stated: self.stated }
    }
}

#[cfg(test)]
mod tests;
