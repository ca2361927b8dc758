//! `dod scan sbom`: the packages of all lock files as CycloneDX 1.6 (ECMA-424, 1st edition).
//!
//! A component is a package URL: a package at several places is one component with several occurrences. What the
//! product itself asks for hangs on it in the graph of dependencies.
//!
//! **Invariant: the same tree gives the same bytes.** The serial number is made of the content, the time is given or
//! absent. And **an inventory with holes says so**: `compositions` tells whether the list is complete.
//!
//! **Absent on purpose:** vulnerabilities: a list of components without that array says that nobody looked.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use serde_json::{Map, Value, json};
use sha2::{Digest as _, Sha256};

use crate::licenses::{self, Installed};
use crate::packages::{Ecosystem, HashAlgorithm, Inventory, Package, Reach, Source};

pub use self::product::Product;

mod product;

/// What to list, and what is known besides.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// Where package managers keep what they fetched, to be asked for licenses.
    pub installed: Installed,
    /// What the product is called where no manifest at the root says so.
    pub name: String,
    /// When the document was made (RFC 3339), where that may be a part of it.
    pub timestamp: Option<String>,
    /// Manifests that ask for packages while nothing is locked.
    pub unlocked: Vec<String>,
}

/// A list of components.
#[derive(Clone, Debug)]
pub struct Report {
    /// What the lock files say.
    pub inventory: Inventory,
    /// The document, `\n`-ended.
    pub document: Vec<u8>,
    /// How many components it has.
    pub components: usize,
    /// Why the list may be too short, one sentence each.
    pub holes: Vec<String>,
    /// Components without a version, one sentence each.
    pub loose: Vec<String>,
}

/// Lists the packages of a tree. The same inventory and options always give the same document, as long as the same
/// packages are installed.
pub fn scan(root: &Path, mut inventory: Inventory, options: &Options) -> Report {
    licenses::declare(root, &mut inventory, &options.installed);
    let product = product::of(root, &options.name);
    let holes = holes(&inventory, &options.unlocked);
    let loose = loose(&inventory);
    let mut document = document(&inventory, &product, options, !(holes.is_empty() && loose.is_empty()));
    let components = document["components"].as_array().map_or(0, Vec::len);
    let serial = serial(&document);
    if let Value::Object(fields) = &mut document {
        fields.shift_insert(3, "serialNumber".to_owned(), json!(serial));
    }
    // A JSON value has only text keys, so its text always exists.
    let document = format!("{document:#}\n").into_bytes();
    Report { inventory, document, components, holes, loose }
}

/// Why a list of packages may be too short.
pub fn holes(inventory: &Inventory, unlocked: &[String]) -> Vec<String> {
    let mut holes: Vec<String> = inventory.unread.iter().map(ToString::to_string).collect();
    let direct = inventory.locks.iter().filter(|lock| lock.reach == Reach::DirectOnly);
    holes.extend(
        direct.map(|lock| format!("{}: it names what the product asks for, not what that needs", lock.path)),
    );
    holes.extend(
        unlocked.iter().map(|path| format!("{path}: it asks for packages, and no lock file says which")),
    );
    holes
}

fn loose(inventory: &Inventory) -> Vec<String> {
    let loose =
        inventory.packages.iter().filter(|one| one.version.is_none() && one.source == Source::Registry);
    loose.map(|one| format!("{}:{}: `{}` has no version", one.lock, one.line, one.name)).collect()
}

/// A UUID (RFC 9562, version 8) of the content.
fn serial(document: &Value) -> String {
    let digest = Sha256::digest(document.to_string().as_bytes());
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&digest[..16]);
    bytes[6] = bytes[6] & 0x0f | 0x80;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    format!("urn:uuid:{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..])
}

fn document(inventory: &Inventory, product: &Product, options: &Options, has_holes: bool) -> Value {
    let mut by_purl: BTreeMap<&str, Vec<&Package>> = BTreeMap::new();
    for one in &inventory.packages {
        by_purl.entry(&one.purl).or_default().push(one);
    }
    let locks = inventory
        .locks
        .iter()
        .map(|lock| json!({ "name": "dod:lock", "value": format!("{} sha256:{}", lock.path, lock.digest) }));
    let mut metadata = Map::new();
    if let Some(timestamp) = &options.timestamp {
        metadata.insert("timestamp".into(), json!(timestamp));
    }
    metadata.insert(
        "tools".into(),
        json!({ "components": [{ "type": "application", "name": "dod", "version": env!("CARGO_PKG_VERSION") }] }),
    );
    let reference = product.reference_beside(|purl| by_purl.contains_key(purl));
    metadata.insert("component".into(), product.component(&reference));
    metadata.insert("properties".into(), locks.collect());
    let unknown = inventory.locks.iter().any(|lock| lock.reach == Reach::Unknown);
    let aggregate = match (has_holes, unknown) {
        (true, _) => "incomplete",
        (false, true) => "unknown",
        (false, false) => "complete",
    };
    json!({
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": metadata,
        "components": by_purl.iter().map(|(purl, places)| component(purl, places)).collect::<Vec<_>>(),
        "dependencies": dependencies(inventory, &by_purl, &reference),
        "compositions": [{ "aggregate": aggregate, "assemblies": [reference] }],
    })
}

/// One component from all places of a package.
fn component(purl: &str, places: &[&Package]) -> Value {
    let first = places[0];
    let mut fields = Map::new();
    fields.insert("type".into(), json!("library"));
    fields.insert("bom-ref".into(), json!(purl));
    let (group, name) = split(first.ecosystem, &first.name);
    if let Some(group) = group {
        fields.insert("group".into(), json!(group));
    }
    fields.insert("name".into(), json!(name));
    if let Some(version) = &first.version {
        fields.insert("version".into(), json!(version));
    }
    // What serves development only is no part of what is shipped.
    let is_dev = places.iter().all(|one| one.dev == Some(true));
    if is_dev {
        fields.insert("scope".into(), json!("excluded"));
    }
    let hashes: BTreeSet<_> = places.iter().flat_map(|one| &one.hashes).collect();
    let hashes: Vec<Value> = hashes
        .iter()
        .filter_map(|hash| Some(json!({ "alg": algorithm(hash.algorithm)?, "content": hash.hex })))
        .collect();
    if !hashes.is_empty() {
        fields.insert("hashes".into(), json!(hashes));
    }
    if let Some(stated) = places.iter().map(|one| &one.licenses).find(|stated| !stated.is_empty()) {
        fields.insert("licenses".into(), licenses::cyclonedx(stated));
    }
    fields.insert("purl".into(), json!(purl));
    let occurrences: BTreeSet<(&str, u64)> = places.iter().map(|one| (one.lock.as_str(), one.line)).collect();
    let occurrences: Vec<Value> =
        occurrences.iter().map(|(lock, line)| json!({ "location": lock, "line": line })).collect();
    fields.insert("evidence".into(), json!({ "occurrences": occurrences }));
    let properties = properties(places);
    if !properties.is_empty() {
        fields.insert("properties".into(), json!(properties));
    }
    Value::Object(fields)
}

fn properties(places: &[&Package]) -> Vec<Value> {
    let mut all: BTreeSet<(&str, String)> = BTreeSet::new();
    for one in places {
        if one.version.is_none() {
            all.insert(("dod:version", "not pinned".to_owned()));
        }
        if one.direct == Some(true) {
            all.insert(("dod:direct", "true".to_owned()));
        }
        if let Some((kind, address)) = origin(&one.source) {
            all.insert(("dod:source", format!("{kind} {address}")));
        }
        for hash in one.hashes.iter().filter(|hash| hash.algorithm == HashAlgorithm::GoH1) {
            all.insert(("dod:go-h1", hash.hex.clone()));
        }
    }
    all.into_iter().map(|(name, value)| json!({ "name": name, "value": value })).collect()
}

fn origin(source: &Source) -> Option<(&'static str, String)> {
    Some(match source {
        Source::Registry => return None,
        Source::OtherRegistry(address) => ("registry", without_credentials(address)),
        Source::Git(address) => ("git", without_credentials(address)),
        Source::Url(address) => ("url", without_credentials(address)),
        Source::Path(path) => ("path", path.clone()),
    })
}

/// An address as it may be shown: tokens in front of the host stay where they are.
fn without_credentials(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    match rest[..end].rfind('@') {
        Some(at) => format!("{scheme}://{}", &rest[at + 1..]),
        None => address.to_owned(),
    }
}

fn algorithm(algorithm: HashAlgorithm) -> Option<&'static str> {
    Some(match algorithm {
        HashAlgorithm::Md5 => "MD5",
        HashAlgorithm::Sha1 => "SHA-1",
        HashAlgorithm::Sha256 => "SHA-256",
        HashAlgorithm::Sha384 => "SHA-384",
        HashAlgorithm::Sha512 => "SHA-512",
        // It is the hash of no file.
        HashAlgorithm::GoH1 => return None,
    })
}

/// Group and name, where names have two parts.
fn split(ecosystem: Ecosystem, name: &str) -> (Option<&str>, &str) {
    let parts = match ecosystem {
        Ecosystem::Maven => name.split_once(':'),
        Ecosystem::Packagist => name.split_once('/'),
        Ecosystem::Npm if name.starts_with('@') => name.split_once('/'),
        _ => None,
    };
    parts.map_or((None, name), |(group, name)| (Some(group), name))
}

/// Who needs whom, as far as the lock files say. A component that is not there has needs that nobody knows.
fn dependencies(inventory: &Inventory, by_purl: &BTreeMap<&str, Vec<&Package>>, product: &str) -> Vec<Value> {
    let direct: BTreeSet<&str> = inventory
        .packages
        .iter()
        .filter(|one| one.direct == Some(true))
        .map(|one| one.purl.as_str())
        .collect();
    let mut all = vec![json!({ "ref": product, "dependsOn": direct })];
    for (purl, places) in by_purl {
        if places.iter().all(|one| one.needs.is_none()) {
            continue;
        }
        let needs = places.iter().filter_map(|one| one.needs.as_ref()).flatten();
        let needs: BTreeSet<&str> =
            needs.map(|at| inventory.packages[*at].purl.as_str()).filter(|needed| needed != purl).collect();
        all.push(json!({ "ref": purl, "dependsOn": needs }));
    }
    all
}

#[cfg(test)]
mod tests;
