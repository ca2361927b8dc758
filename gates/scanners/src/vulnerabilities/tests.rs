//! Packages and records in, what is found out: `check` and the trees it works on.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use tempfile::TempDir;

use super::{Options, Report, scan};
use crate::packages::{Ecosystem, Inventory, Lock, Package, Reach, Source, Unread, purl};

mod archives;
mod databases;
mod found;
mod schema;
mod written;

/// 2026-11-21T00:00:00Z.
const NOW: i64 = 1_795_219_200;

/// Files of databases below one folder, and packages in use.
struct Trial {
    folder: TempDir,
    inventory: Inventory,
    options: Options,
}

impl Trial {
    /// Packages as lines `ecosystem name version`; `-` is no version. Line and lock file follow from their order.
    fn new(packages: &str) -> Self {
        let mut inventory = Inventory::default();
        for (at, line) in packages.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate() {
            let words: Vec<&str> = line.split_whitespace().collect();
            let [ecosystem, name, version] = words[..] else { panic!("`{line}` is no package") };
            let ecosystem = Ecosystem::ALL.into_iter().find(|one| one.osv() == ecosystem).unwrap();
            let version = Some(version.to_owned()).filter(|version| version != "-");
            let lock = format!("{}.lock", ecosystem.purl_type());
            if !inventory.locks.iter().any(|one| one.path == lock) {
                let digest = "0".repeat(64);
                let reach = Reach::Whole;
                inventory.locks.push(Lock { path: lock.clone(), ecosystem, digest, packages: 1, reach });
            }
            inventory.packages.push(Package {
                ecosystem,
                name: name.to_owned(),
                purl: purl(ecosystem, name, version.as_deref()),
                version,
                hashes: Vec::new(),
                licenses: Vec::new(),
                lock,
                line: at as u64 + 1,
                direct: None,
                dev: None,
                source: Source::Registry,
                needs: None,
            });
        }
        let folder = TempDir::new().unwrap();
        let options = Options {
            databases: vec![folder.path().to_owned()],
            now: NOW,
            ignored: BTreeMap::new(),
            unlocked: Vec::new(),
        };
        Self { folder, inventory, options }
    }

    fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
        self
    }

    /// One record per file, in a folder of its own.
    fn records(self, records: &[Value]) -> Self {
        records.iter().fold(self, |trial, record| {
            let path = format!("{}.json", record["id"].as_str().unwrap());
            trial.file(&path, record.to_string())
        })
    }

    fn ignoring(mut self, id: &str, why: &str) -> Self {
        self.options.ignored.insert(id.to_owned(), why.to_owned());
        self
    }

    fn unread(mut self, path: &str, why: &str) -> Self {
        self.inventory.unread.push(Unread { path: path.to_owned(), line: None, why: why.to_owned() });
        self
    }

    fn reaching(mut self, reach: Reach) -> Self {
        self.inventory.locks.iter_mut().for_each(|lock| lock.reach = reach);
        self
    }

    fn database(mut self, path: &str) -> Self {
        self.options.databases = vec![self.path(path)];
        self
    }

    fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    fn scan(&self) -> Report {
        scan(&self.inventory, &self.options)
    }

    fn check(&self, expected: &expect_test::Expect) {
        expected.assert_eq(&told(&self.scan(), self.folder.path()));
    }
}

/// A report as lines, without the folder's name.
fn told(report: &Report, folder: &Path) -> String {
    let mut text = String::new();
    for one in &report.vulnerabilities {
        text += &format!("{} {} {}", one.severity, one.id, one.packages.join(" "));
        if !one.aliases.is_empty() {
            text += &format!(" ({})", one.aliases.join(", "));
        }
        if !one.fixed.is_empty() {
            text += &format!(" fixed in {}", one.fixed.join(", "));
        }
        if let Some(why) = &one.ignored {
            text += &format!(" ignored: {why}");
        }
        text += "\n";
    }
    for one in &report.information {
        text += &format!("{} {} {}\n", one.kind, one.id, one.packages.join(" "));
    }
    for one in &report.unchecked {
        text += &format!("unchecked {}: {}\n", one.what, one.why);
    }
    let folder = folder.display().to_string();
    for trouble in &report.troubles {
        text += &format!("trouble {}\n", trouble.replace(&folder, ""));
    }
    for lock in &report.perhaps {
        text += &format!("perhaps not whole {lock}\n");
    }
    for id in &report.unused {
        text += &format!("unused {id}\n");
    }
    let age = report.age_days.map_or("unknown".to_owned(), |days| format!("{days} days"));
    text + &format!("{} packages, {} records, age {age}\n", report.packages, report.records)
}

/// A record about one package with one range of the type that its ecosystem uses.
fn record(id: &str, ecosystem: &str, name: &str, events: impl Into<Value>) -> Value {
    let events: Value = events.into();
    let kind = if matches!(ecosystem, "crates.io" | "npm" | "Go") { "SEMVER" } else { "ECOSYSTEM" };
    json!({
        "schema_version": "1.7.0",
        "id": id,
        "modified": "2026-11-18T10:00:00Z",
        "published": "2026-01-02T03:04:05Z",
        "summary": format!("{name} is broken"),
        "details": "Much can go wrong.",
        "affected": [{
            "package": { "ecosystem": ecosystem, "name": name },
            "ranges": [{ "type": kind, "events": events }],
        }],
    })
}

/// The usual events: everything before a fix.
fn before(fixed: &str) -> Value {
    json!([{ "introduced": "0" }, { "fixed": fixed }])
}
