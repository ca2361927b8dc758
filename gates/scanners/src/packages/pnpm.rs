//! `pnpm-lock.yaml`, versions 5, 6 and 9.
//!
//! ```text
//!   5  /name/1.0.0_peers      6  /name@1.0.0(peers)      9  name@1.0.0(peers), needs in `snapshots`
//! ```
//!
//! What an importer links to is a workspace: the product. The file may hold several documents; the first is then
//! what pnpm itself was told to use.
//!
//! **Absent on purpose:** peers as a part of identity: they are told apart in the graph and are one package.

use std::collections::BTreeMap;

use super::format::{File, trace};
use super::tree::{self, Node};
use super::{Fault, Found, Read, Source, hash};

/// Fields of an importer, and whether they serve development only.
const FIELDS: [(&str, bool); 3] =
    [("dependencies", false), ("optionalDependencies", false), ("devDependencies", true)];

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let documents = tree::yaml::parse(file.text)?;
    if documents.is_empty() {
        return Err(Fault { line: None, why: "it is empty".to_owned() });
    }
    let mut found = Vec::new();
    for root in &documents {
        let stated = root.required("lockfileVersion")?;
        let major = stated.split('.').next().and_then(|major| major.parse().ok()).unwrap_or(0);
        if !matches!(major, 5 | 6 | 9) {
            return Err(root.fault(format!("`lockfileVersion` {stated} is not known")));
        }
        let mut document = Document { major, found: Vec::new(), index: BTreeMap::new() };
        document.packages(root)?;
        document.graph(root)?;
        super::append(&mut found, document.found);
    }
    Ok(Read::new(found))
}

struct Document {
    major: u32,
    found: Vec<Found>,
    /// By name and version, without peers.
    index: BTreeMap<String, usize>,
}

impl Document {
    fn packages(&mut self, root: &Node) -> Result<(), Fault> {
        for (key, node) in root.map("packages")? {
            node.entries("a package")?;
            let resolution = node.get("resolution").ok_or_else(|| node.fault("`resolution` is missing"))?;
            let (key_name, key_version) = self.name_and_version(key);
            let name = node.optional("name")?.or(key_name);
            let name = name.ok_or_else(|| node.fault(format!("`{key}` names no package")))?;
            let tarball = resolution.optional("tarball")?;
            let git = resolution.optional("repo")?;
            let directory = resolution.optional("directory")?;
            let version = node.optional("version")?.or(key_version);
            let mut one = Found::new(name, version, node.line);
            one.source = match (git, directory, tarball) {
                (Some(repository), _, _) => {
                    let commit = resolution.optional("commit")?.unwrap_or_default();
                    Source::Git(format!("{repository}#{commit}"))
                }
                // A folder of the tree.
                (_, Some(_), _) => continue,
                (_, _, Some(tarball)) => super::npm::source(tarball),
                _ => Source::Registry,
            };
            one.hashes = resolution.optional("integrity")?.map(hash::integrity).unwrap_or_default();
            if self.major < 9 {
                one.dev = Some(node.is_true("dev"));
            }
            let id = self.identity(key);
            // Since peers are a part of the key, a package may be there several times.
            if !self.index.contains_key(&id) {
                self.index.insert(id, self.found.len());
                self.found.push(one);
            }
        }
        Ok(())
    }

    fn graph(&mut self, root: &Node) -> Result<(), Fault> {
        let graph = if self.major < 9 { "packages" } else { "snapshots" };
        let mut needs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (key, node) in root.map(graph)? {
            let Some(at) = self.index.get(&self.identity(key)).copied() else { continue };
            let list = needs.entry(at).or_default();
            for (field, _) in &FIELDS[..2] {
                for (name, version) in node.map(field)? {
                    list.extend(self.target(name, version.text("a version")?));
                }
            }
        }
        for (at, list) in needs {
            self.found[at].needs = Some(super::ordered(list));
        }
        let (mut product, mut dev) = (Vec::new(), Vec::new());
        // Without workspaces, older versions have the one importer's fields at the top.
        let importers = root.map("importers")?.map(|(_, importer)| importer);
        for importer in importers.chain([root]) {
            let extra = [("configDependencies", true), ("packageManagerDependencies", true)];
            for (field, is_dev) in FIELDS.into_iter().chain(extra) {
                for (name, wanted) in importer.map(field)? {
                    let version = wanted.as_text().or_else(|| wanted.get("version")?.as_text());
                    let Some(at) = version.and_then(|version| self.target(name, version)) else { continue };
                    if is_dev { dev.push(at) } else { product.push(at) }
                }
            }
        }
        let stated: Vec<Option<bool>> = self.found.iter().map(|one| one.dev).collect();
        trace(&mut self.found, &product, &dev);
        for (one, stated) in self.found.iter_mut().zip(stated) {
            one.dev = stated.or(one.dev);
        }
        Ok(())
    }

    /// The package that `name: version` means: the version may be the key of another name (an alias).
    fn target(&self, name: &str, version: &str) -> Option<usize> {
        let joined = match self.major {
            5 => format!("/{name}/{version}"),
            6 => format!("/{name}@{version}"),
            _ => format!("{name}@{version}"),
        };
        [joined.as_str(), version].iter().find_map(|key| self.index.get(&self.identity(key))).copied()
    }

    /// A key without its peers.
    fn identity(&self, key: &str) -> String {
        if self.major > 5 {
            return key.split('(').next().unwrap_or(key).to_owned();
        }
        // `_` may be a part of a name, so only what follows the version is cut off.
        match key.rsplit_once('/') {
            Some((path, last)) => format!("{path}/{}", last.split(['_', '(']).next().unwrap_or(last)),
            None => key.to_owned(),
        }
    }

    fn name_and_version<'k>(&self, key: &'k str) -> (Option<&'k str>, Option<&'k str>) {
        let plain = key.split('(').next().unwrap_or(key);
        let split = if self.major == 5 {
            // `registry/name/version`, the registry mostly empty.
            plain.rsplit_once('/').map(|(path, version)| {
                let name = path.find('/').map_or(path, |slash| &path[slash + 1..]);
                (name, version.split('_').next().unwrap_or(version))
            })
        } else {
            let path = match plain.split_once('/') {
                // `/name@1`, and `registry.host/name@1`; in version 9 a slash is a scope's.
                Some((host, rest)) if self.major == 6 && !host.starts_with('@') => rest,
                _ => plain,
            };
            path.char_indices().skip(1).find(|(_, c)| *c == '@').map(|(at, _)| (&path[..at], &path[at + 1..]))
        };
        match split {
            Some((name, version)) => {
                let is_version = version.starts_with(|c: char| c.is_ascii_digit()) && !version.contains('/');
                (Some(name), is_version.then_some(version))
            }
            None => (None, None),
        }
    }
}
