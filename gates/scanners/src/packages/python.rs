//! `poetry.lock`, `pdm.lock` and `Pipfile.lock`, and what all formats of Python share.
//!
//! **Absent on purpose:** markers: every package that some machine would get is listed.

use std::collections::{BTreeMap, BTreeSet};

use super::format::File;
use super::purl::normal_python_name;
use super::tree::{self, Node};
use super::{Fault, Found, Hash, Read, Source, hash};

/// An index by its address. Mirrors of the public one are not told from private ones.
pub(super) fn registry(address: &str) -> Source {
    let host = address.split("://").nth(1).unwrap_or(address).split('/').next().unwrap_or_default();
    if host.is_empty() || host == "pypi.org" || host.ends_with(".pypi.org") || host == "pypi.python.org" {
        Source::Registry
    } else {
        Source::OtherRegistry(address.to_owned())
    }
}

pub(super) fn poetry(file: &File<'_>) -> Result<Read, Fault> {
    let root = tree::toml::parse(file.text)?;
    // Every version has this table, and since 1.1 its own number in it.
    let meta = root.get("metadata").ok_or_else(|| root.fault("`metadata` is missing"))?;
    let major = meta.optional("lock-version")?.unwrap_or("1").split('.').next().unwrap_or_default();
    if !matches!(major, "1" | "2") {
        return Err(meta.fault(format!("`lock-version` {major} is not known")));
    }
    let apart = meta.get("files");
    let mut found = Vec::new();
    let mut nodes = Vec::new();
    for node in root.list("package")? {
        let name = node.required("name")?;
        let source = poetry_source(node)?;
        let Some(source) = source else { continue };
        let line = node.get("name").map_or(node.line, |name| name.line);
        let mut one = Found::new(name, Some(node.required("version")?), line);
        one.source = source;
        let files = match (node.get("files"), apart) {
            (None, Some(apart)) => apart.list(name)?,
            _ => node.list("files")?,
        };
        one.hashes = file_hashes(files);
        let groups = node.list("groups")?;
        one.dev = match node.optional("category")? {
            Some(category) => Some(category == "dev"),
            None if groups.is_empty() => None,
            None => Some(!groups.iter().any(|group| group.as_text() == Some("main"))),
        };
        found.push(one);
        nodes.push(node);
    }
    let index = Index::new(&found);
    for (at, node) in nodes.iter().enumerate() {
        let needs = node.map("dependencies")?.flat_map(|(name, _)| index.find(name)).collect();
        found[at].needs = Some(super::ordered(needs));
    }
    ask_project(file, &index, &mut found);
    Ok(Read::new(found))
}

fn poetry_source(node: &Node) -> Result<Option<Source>, Fault> {
    let Some(from) = node.get("source") else { return Ok(Some(Source::Registry)) };
    let address = from.optional("url")?.unwrap_or_default().to_owned();
    Ok(match from.optional("type")? {
        Some("directory") => None,
        Some("git") => Some(Source::Git(format!(
            "{address}#{}",
            from.optional("resolved_reference")?.unwrap_or_default()
        ))),
        Some("file") => Some(Source::Path(address)),
        Some("url") => Some(Source::Url(address)),
        _ => Some(registry(&address)),
    })
}

/// What the product asks for stands in its `pyproject.toml` only.
fn ask_project(file: &File<'_>, index: &Index, found: &mut [Found]) {
    let Some(manifest) = file.neighbor("pyproject.toml").and_then(|text| tree::toml::parse(&text).ok())
    else {
        return;
    };
    let mut names: BTreeSet<String> = BTreeSet::new();
    let mut take = |list: &[Node]| {
        let texts = list.iter().filter_map(Node::as_text);
        names.extend(texts.map(|text| normal_python_name(requirement_name(text))));
    };
    if let Some(project) = manifest.get("project") {
        take(project.list("dependencies").unwrap_or_default());
        let groups = project.get("optional-dependencies");
        groups.iter().flat_map(|all| all.entries("").into_iter().flatten()).for_each(|(name, _)| {
            take(groups.and_then(|all| all.list(name).ok()).unwrap_or_default());
        });
    }
    if let Some(groups) = manifest.get("dependency-groups") {
        groups
            .entries("")
            .into_iter()
            .flatten()
            .for_each(|(name, _)| take(groups.list(name).unwrap_or_default()));
    }
    if let Some(poetry) = manifest.get("tool").and_then(|tool| tool.get("poetry")) {
        let tables = ["dependencies", "dev-dependencies"].into_iter().filter_map(|key| poetry.get(key));
        let groups = poetry.get("group").into_iter().flat_map(|all| all.entries("").into_iter().flatten());
        let tables = tables.chain(groups.filter_map(|(_, group)| group.get("dependencies")));
        tables.flat_map(|table| table.entries("").into_iter().flatten()).for_each(|(name, _)| {
            names.insert(normal_python_name(name));
        });
    }
    let direct: Vec<usize> = names.iter().flat_map(|name| index.find(name)).collect();
    super::format::mark_direct(found, &direct);
}

/// The name a requirement begins with (PEP 508).
pub(super) fn requirement_name(text: &str) -> &str {
    let text = text.trim_start();
    let ends = |letter: char| !(letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.'));
    &text[..text.find(ends).unwrap_or(text.len())]
}

/// Packages by normal name: several where versions differ by machine.
pub(super) struct Index(BTreeMap<String, Vec<usize>>);

impl Index {
    pub(super) fn new(found: &[Found]) -> Self {
        let mut by_name: BTreeMap<String, Vec<usize>> = BTreeMap::new();
        for (at, one) in found.iter().enumerate() {
            by_name.entry(normal_python_name(&one.name)).or_default().push(at);
        }
        Self(by_name)
    }

    pub(super) fn find(&self, name: &str) -> Vec<usize> {
        self.0.get(&normal_python_name(name)).cloned().unwrap_or_default()
    }
}

fn file_hashes(files: &[Node]) -> Vec<Hash> {
    let sums = files.iter().filter_map(|file| file.get("hash")?.as_text());
    hash::sorted(sums.filter_map(hash::colon).collect())
}

pub(super) fn pdm(file: &File<'_>) -> Result<Read, Fault> {
    let root = tree::toml::parse(file.text)?;
    let meta = root.get("metadata").ok_or_else(|| root.fault("`metadata` is missing"))?;
    let mut found: Vec<Found> = Vec::new();
    let mut wanted: Vec<&[Node]> = Vec::new();
    let mut seen = BTreeSet::new();
    for node in root.list("package")? {
        let (name, version) = (node.required("name")?, node.required("version")?);
        let is_own = node.is_true("editable")
            || node.optional("path")?.is_some_and(|path| !path.contains(".whl") && !path.ends_with("gz"));
        // A package with extras is there once with and once without them.
        if is_own || !seen.insert((name, version)) {
            continue;
        }
        let line = node.get("name").map_or(node.line, |name| name.line);
        let mut one = Found::new(name, Some(version), line);
        one.source = match (node.optional("git")?, node.optional("url")?, node.optional("path")?) {
            (Some(address), _, _) => {
                Source::Git(format!("{address}#{}", node.optional("revision")?.unwrap_or_default()))
            }
            (_, Some(address), _) => Source::Url(address.to_owned()),
            (_, _, Some(path)) => Source::Path(path.to_owned()),
            _ => Source::Registry,
        };
        let files = match (node.get("files"), meta.get("files")) {
            // Before version 4 of the format.
            (None, Some(apart)) => apart.list(&format!("{name} {version}"))?,
            _ => node.list("files")?,
        };
        one.hashes = file_hashes(files);
        let groups = node.list("groups")?;
        one.dev =
            (!groups.is_empty()).then(|| !groups.iter().any(|group| group.as_text() == Some("default")));
        found.push(one);
        wanted.push(node.list("dependencies")?);
    }
    let index = Index::new(&found);
    for (one, wanted) in found.iter_mut().zip(wanted) {
        let names = wanted.iter().filter_map(Node::as_text).map(requirement_name);
        one.needs = Some(super::ordered(names.flat_map(|name| index.find(name)).collect()));
    }
    ask_project(file, &index, &mut found);
    Ok(Read::new(found))
}

pub(super) fn pipfile(file: &File<'_>) -> Result<Read, Fault> {
    let root = tree::json::parse(file.text)?;
    if root.get("_meta").is_none() {
        return Err(root.fault("`_meta` is missing"));
    }
    let mut found: Vec<Found> = Vec::new();
    let sections = root.entries("the file")?.iter().filter(|(section, _)| *section != "_meta");
    for (section, packages) in sections {
        for (name, node) in packages.entries("a section")? {
            let stated = node.optional("version")?;
            let version = stated.and_then(|text| text.strip_prefix("=="));
            let mut one = Found::new(name, version, node.line);
            let git = node.optional("git")?;
            let path = node.optional("path")?;
            // A folder of the tree.
            if node.is_true("editable") && git.is_none() {
                continue;
            }
            one.source = match (git, path, node.optional("file")?) {
                (Some(address), _, _) => {
                    Source::Git(format!("{address}#{}", node.optional("ref")?.unwrap_or_default()))
                }
                (_, Some(path), _) => Source::Path(path.to_owned()),
                (_, _, Some(address)) => Source::Url(address.to_owned()),
                _ => Source::Registry,
            };
            let sums = node.list("hashes")?.iter().filter_map(Node::as_text).filter_map(hash::colon);
            one.hashes = hash::sorted(sums.collect());
            one.dev = Some(section != "default");
            found.push(one);
        }
    }
    Ok(Read::new(found))
}
