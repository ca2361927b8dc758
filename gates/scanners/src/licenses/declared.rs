//! What packages state of their licenses, where package managers keep what they fetched.
//!
//! A manifest is asked only if it is of the very version that is locked. Nothing is fetched: what is not on this
//! machine stays unknown.
//!
//! **Absent on purpose:** formats that are programs (gemspecs).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::recognize::{TEXT_BYTES_MAX, recognize};
use crate::packages::{Ecosystem, Inventory, Package, manifest};

/// Folders of Pythons and of registries that are looked into.
const FOLDERS_MAX: usize = 1_000;

/// Files of packages that hold a license's text, the first that is there.
const TEXTS: &[&str] = &[
    "LICENSE",
    "LICENSE.txt",
    "LICENSE.md",
    "COPYING",
    "License",
    "LICENCE",
    "license",
    "COPYING.txt",
    "UNLICENSE",
];

/// Where package managers keep what they fetched, besides the tree itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Installed {
    /// Cargo's home (`CARGO_HOME`).
    pub cargo_home: Option<PathBuf>,
    /// Go's modules (`GOMODCACHE`).
    pub go_modules: Option<PathBuf>,
    /// The environment of Python that is active (`VIRTUAL_ENV`).
    pub python: Option<PathBuf>,
    /// NuGet's packages (`NUGET_PACKAGES`).
    pub nuget: Option<PathBuf>,
}

/// Fills in what packages state where their lock file does not.
pub fn declare(root: &Path, inventory: &mut Inventory, installed: &Installed) {
    let mut known = Known { root, installed, registries: None, pythons: BTreeMap::new() };
    for one in inventory.packages.iter_mut().filter(|one| one.licenses.is_empty()) {
        one.licenses = known.of(one).into_iter().collect();
    }
}

struct Known<'a> {
    root: &'a Path,
    installed: &'a Installed,
    /// Folders below cargo's `registry/src`.
    registries: Option<Vec<PathBuf>>,
    /// Licenses by name and version, for each folder that may have an environment.
    pythons: BTreeMap<PathBuf, BTreeMap<(String, String), String>>,
}

impl Known<'_> {
    fn of(&mut self, one: &Package) -> Option<String> {
        let version = one.version.as_deref()?;
        // Names are data: nothing of them may lead out of the folders that are looked into.
        let is_plain =
            |text: &str| !text.split('/').any(|part| matches!(part, "" | "." | "..")) && !text.contains('\\');
        if !is_plain(&one.name) || !is_plain(version) || version.contains('/') {
            return None;
        }
        let folder = self.root.join(one.lock.rsplit_once('/').map_or("", |(folder, _)| folder));
        match one.ecosystem {
            Ecosystem::CratesIo => self.cargo(&folder, &one.name, version),
            Ecosystem::Npm => self.npm(&folder, &one.name, version),
            Ecosystem::PyPi => self.python(&folder, &one.name, version),
            Ecosystem::Go => self.go(&folder, &one.name, version),
            Ecosystem::Packagist => {
                stated(&folder.join("vendor").join(&one.name).join("composer.json"), None)
            }
            Ecosystem::NuGet => self.nuget(&one.name, version),
            Ecosystem::Maven | Ecosystem::RubyGems => None,
        }
    }

    fn cargo(&mut self, folder: &Path, name: &str, version: &str) -> Option<String> {
        let sources = self.installed.cargo_home.as_ref().map(|home| home.join("registry/src"));
        let registries =
            self.registries.get_or_insert_with(|| sources.map(|all| folders(&all)).unwrap_or_default());
        let vendor = folder.join("vendor");
        let exact = format!("{name}-{version}");
        let mut places: Vec<PathBuf> = vec![vendor.join(name), vendor.join(&exact)];
        places.extend(registries.iter().map(|registry| registry.join(&exact)));
        places.iter().find_map(|place| {
            stated(&place.join("Cargo.toml"), Some(version)).or_else(|| {
                // A manifest may name a file instead.
                manifest::about(&place.join("Cargo.toml"))
                    .filter(|about| about.version.as_deref() == Some(version))?;
                by_text(place)
            })
        })
    }

    fn npm(&self, folder: &Path, name: &str, version: &str) -> Option<String> {
        let flat = name.replace('/', "+");
        let inside = |modules: &Path| {
            let store =
                modules.join(".pnpm").join(format!("{flat}@{version}")).join("node_modules").join(name);
            [modules.join(name), store]
                .iter()
                .find_map(|place| stated(&place.join("package.json"), Some(version)))
        };
        inside(&folder.join("node_modules"))
    }

    fn python(&mut self, folder: &Path, name: &str, version: &str) -> Option<String> {
        let active = self.installed.python.clone();
        let environments = [".venv", "venv"].map(|name| folder.join(name)).into_iter().chain(active);
        let key = (name.to_owned(), version.to_owned());
        for environment in environments.collect::<Vec<_>>() {
            let known = self.pythons.entry(environment).or_insert_with_key(|path| distributions(path));
            if let Some(license) = known.get(&key) {
                return Some(license.clone());
            }
        }
        None
    }

    fn go(&self, folder: &Path, name: &str, version: &str) -> Option<String> {
        let vendored = folder.join("vendor").join(name);
        let cached = self.installed.go_modules.as_ref();
        let cached = cached.map(|modules| modules.join(format!("{}@{}", escaped(name), escaped(version))));
        cached.and_then(|place| by_text(&place)).or_else(|| by_text(&vendored))
    }

    fn nuget(&self, name: &str, version: &str) -> Option<String> {
        let (name, version) = (name.to_lowercase(), version.to_lowercase());
        let place = self.installed.nuget.as_ref()?.join(&name).join(version).join(format!("{name}.nuspec"));
        let text = text(&place)?;
        let (_, rest) = text.split_once("<license type=\"expression\">")?;
        rest.split_once("</license>").map(|(expression, _)| expression.trim().to_owned())
    }
}

/// The license a manifest states, if it is of this version.
fn stated(path: &Path, version: Option<&str>) -> Option<String> {
    let about = manifest::about(path)?;
    let is_it = version.is_none_or(|version| about.version.as_deref() == Some(version));
    about.license.filter(|license| is_it && !license.trim().is_empty())
}

fn by_text(folder: &Path) -> Option<String> {
    let text = TEXTS.iter().find_map(|name| text(&folder.join(name)))?;
    recognize(&text).map(str::to_owned)
}

fn text(path: &Path) -> Option<String> {
    let is_small =
        std::fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= TEXT_BYTES_MAX);
    std::fs::read(path).ok().filter(|_| is_small).map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
}

/// Folders of a folder, sorted.
fn folders(path: &Path) -> Vec<PathBuf> {
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten().take(FOLDERS_MAX);
    let mut found: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| path.is_dir()).collect();
    found.sort();
    found
}

/// Capital letters as Go's module cache writes them (Go Modules Reference, "Module cache").
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        if letter.is_ascii_uppercase() {
            out.push('!');
        }
        out.push(letter.to_ascii_lowercase());
    }
    out
}

/// Licenses of the distributions of an environment, by normal name and version.
fn distributions(environment: &Path) -> BTreeMap<(String, String), String> {
    let mut known = BTreeMap::new();
    let pythons = folders(&environment.join("lib")).into_iter().map(|python| python.join("site-packages"));
    for packages in pythons.chain([environment.join("Lib/site-packages")]) {
        let entries = std::fs::read_dir(packages).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name().to_string_lossy().ends_with(".dist-info")) {
            let Some(text) = text(&entry.path().join("METADATA")) else { continue };
            if let Some((name, version, license)) = metadata(&text) {
                known.insert((name, version), license);
            }
        }
    }
    known
}

/// Name, version and license of core metadata (PEP 566, PEP 639): an expression, else classifiers, else a short text.
fn metadata(text: &str) -> Option<(String, String, String)> {
    let head = text.split("\n\n").next().unwrap_or(text);
    let field = |name: &str| {
        head.lines()
            .find_map(|line| line.strip_prefix(name)?.strip_prefix(':').map(|value| value.trim().to_owned()))
    };
    let classifiers: Vec<&str> = head
        .lines()
        .filter_map(|line| line.strip_prefix("Classifier: License ::"))
        .filter_map(|classifier| classifier.rsplit("::").next().map(str::trim))
        .filter(|name| *name != "OSI Approved")
        .collect();
    let known: Option<Vec<&str>> = classifiers.iter().map(|name| classified(name)).collect();
    let by_classifiers = known.filter(|known| !known.is_empty()).map(|known| known.join(" AND "));
    // A text of one line is a name, one of many the license itself.
    let named = field("License").filter(|name| !name.is_empty() && name.len() < 100 && name != "UNKNOWN");
    let readable = named.clone().filter(|name| super::judge::parse(name).is_some());
    let license = field("License-Expression")
        .or(readable)
        .or(by_classifiers)
        .or(named)
        .or_else(|| (!classifiers.is_empty()).then(|| classifiers.join(" AND ")))?;
    Some((crate::packages::normal_python_name(&field("Name")?), field("Version")?, license))
}

/// Trove classifiers that mean one license only. `BSD License` and `GNU … (GPL)` may be several.
fn classified(name: &str) -> Option<&'static str> {
    Some(match name {
        "MIT License" => "MIT",
        "MIT No Attribution License (MIT-0)" => "MIT-0",
        "Apache Software License" => "Apache-2.0",
        "ISC License (ISCL)" => "ISC",
        "Mozilla Public License 2.0 (MPL 2.0)" => "MPL-2.0",
        "Python Software Foundation License" => "PSF-2.0",
        "The Unlicense (Unlicense)" => "Unlicense",
        "zlib/libpng License" => "Zlib",
        "GNU General Public License v2 (GPLv2)" => "GPL-2.0-only",
        "GNU General Public License v2 or later (GPLv2+)" => "GPL-2.0-or-later",
        "GNU General Public License v3 (GPLv3)" => "GPL-3.0-only",
        "GNU General Public License v3 or later (GPLv3+)" => "GPL-3.0-or-later",
        "GNU Affero General Public License v3" => "AGPL-3.0-only",
        "GNU Affero General Public License v3 or later (AGPLv3+)" => "AGPL-3.0-or-later",
        "GNU Lesser General Public License v2 or later (LGPLv2+)" => "LGPL-2.0-or-later",
        "GNU Lesser General Public License v3 (LGPLv3)" => "LGPL-3.0-only",
        "GNU Lesser General Public License v3 or later (LGPLv3+)" => "LGPL-3.0-or-later",
        "CC0 1.0 Universal (CC0 1.0) Public Domain Dedication" => "CC0-1.0",
        "Boost Software License 1.0 (BSL-1.0)" => "BSL-1.0",
        _ => return None,
    })
}
