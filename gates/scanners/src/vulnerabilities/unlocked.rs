//! Files that ask for packages although no lock file says which were chosen.
//!
//! A tree without any lock file of an ecosystem, but with such a file, has packages that nobody can check.
//!
//! **Absent on purpose:** resolving what they ask for.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::packages::{Ecosystem, Inventory};

/// Bytes of the largest file that is asked whether it wants packages; a larger one does.
const MANIFEST_BYTES_MAX: u64 = 4 * 1024 * 1024;

/// One file for each ecosystem that has files asking for packages and no lock file, among `files` (paths from the
/// root with `/`).
pub fn unlocked(root: &Path, files: &[String], inventory: &Inventory) -> Vec<String> {
    let is_locked = |ecosystem: Ecosystem| inventory.locks.iter().any(|lock| lock.ecosystem == ecosystem);
    // An unread lock file is told about already.
    let mut found: BTreeMap<Ecosystem, &String> = BTreeMap::new();
    for path in files {
        let name = path.rsplit('/').next().unwrap_or(path);
        let Some(ecosystem) = asks_for(name) else { continue };
        if !is_locked(ecosystem) && !found.contains_key(&ecosystem) && wants_packages(name, &root.join(path))
        {
            found.insert(ecosystem, path);
        }
    }
    found.into_values().cloned().collect()
}

fn asks_for(name: &str) -> Option<Ecosystem> {
    Some(match name {
        "Cargo.toml" => Ecosystem::CratesIo,
        "go.mod" => Ecosystem::Go,
        "pom.xml" | "build.gradle" | "build.gradle.kts" => Ecosystem::Maven,
        "package.json" => Ecosystem::Npm,
        "composer.json" => Ecosystem::Packagist,
        "pyproject.toml" | "setup.py" | "Pipfile" => Ecosystem::PyPi,
        "Gemfile" => Ecosystem::RubyGems,
        _ if name.ends_with(".csproj") || name.ends_with(".fsproj") => Ecosystem::NuGet,
        _ => return None,
    })
}

/// Whether the file asks for anything. One that cannot be read may ask for everything.
fn wants_packages(name: &str, path: &Path) -> bool {
    let is_small = fs::metadata(path).is_ok_and(|about| about.is_file() && about.len() <= MANIFEST_BYTES_MAX);
    let Some(text) = fs::read_to_string(path).ok().filter(|_| is_small) else { return true };
    match name {
        "package.json" | "composer.json" => {
            let Ok(value) = serde_json::from_str::<Value>(&text) else { return true };
            let keys = [
                "dependencies",
                "devDependencies",
                "optionalDependencies",
                "peerDependencies",
                "require",
                "require-dev",
            ];
            // `php` and its extensions are no packages.
            let is_package = |name: &String| name != "php" && !name.starts_with("ext-");
            keys.iter().filter_map(|key| value.get(key)?.as_object()).any(|all| all.keys().any(is_package))
        }
        "Cargo.toml" => text.parse::<toml::Table>().map_or(true, |table| has_dependencies(&table)),
        "pyproject.toml" => text.parse::<toml::Table>().map_or(true, |table| is_python_project(&table)),
        "go.mod" => text.lines().any(|line| line.trim_start().starts_with("require")),
        _ => true,
    }
}

fn has_dependencies(manifest: &toml::Table) -> bool {
    let keys = ["dependencies", "dev-dependencies", "build-dependencies", "target", "workspace"];
    keys.iter()
        .any(|key| manifest.get(*key).and_then(toml::Value::as_table).is_some_and(|table| !table.is_empty()))
}

/// Many files of this name only set up tools.
fn is_python_project(manifest: &toml::Table) -> bool {
    let listed = |key: &str| manifest.get("project").and_then(|project| project.get(key));
    let has = |value: &toml::Value| {
        value.as_array().is_some_and(|all| !all.is_empty())
            || value.as_table().is_some_and(|all| !all.is_empty())
    };
    let poetry = manifest.get("tool").and_then(|tool| tool.get("poetry")).is_some();
    let groups = manifest.get("dependency-groups").is_some_and(has);
    poetry || groups || ["dependencies", "optional-dependencies"].into_iter().filter_map(listed).any(has)
}

#[cfg(test)]
mod tests;
