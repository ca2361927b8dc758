//! `Cargo.lock`, versions 1 to 4.
//!
//! A package without a source is a member of the workspace or lies in a folder: it is the product. What members need
//! in tests only is not told apart by the file.
//!
//! **Absent on purpose:** `[[patch.unused]]`, which is in no build.

use std::collections::BTreeMap;

use super::format::File;
use super::tree::{self, Node};
use super::{Fault, Found, HashAlgorithm, Read, Source, hash};

/// The newest version of the format that is known.
const VERSION_MAX: u32 = 4;

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let root = tree::toml::parse(file.text)?;
    if let Some(node) = root.get("version") {
        let version = node.text("`version`")?;
        if !version.parse().is_ok_and(|number| (1..=VERSION_MAX).contains(&number)) {
            return Err(node.fault(format!("version {version} of the format is not known")));
        }
    }
    // Version 1 keeps checksums apart, by the full name of the package.
    let sums: BTreeMap<&str, &Node> = root.map("metadata")?.collect();
    let all = root.list("package")?;
    let mut found = Vec::new();
    let mut index: Vec<Option<usize>> = Vec::new();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, node) in all.iter().enumerate() {
        let (name, version) = (node.required("name")?, node.required("version")?);
        by_name.entry(name).or_default().push(at);
        let Some(address) = node.optional("source")? else {
            index.push(None);
            continue;
        };
        let line = node.get("name").map_or(node.line, |name| name.line);
        let mut one = Found::new(name, Some(version), line);
        one.source = source(address);
        let apart = format!("checksum {name} {version} ({address})");
        let sum = node.get("checksum").or_else(|| sums.get(apart.as_str()).copied());
        let sum = sum.and_then(Node::as_text).and_then(|hex| hash::hex(HashAlgorithm::Sha256, hex));
        one.hashes = sum.into_iter().collect();
        index.push(Some(found.len()));
        found.push(one);
    }
    let mut direct = Vec::new();
    for (at, node) in all.iter().enumerate() {
        let mut needs = Vec::new();
        for wanted in node.list("dependencies")? {
            let text = wanted.text("a dependency")?;
            let target = resolve(text, all, &by_name)
                .ok_or_else(|| wanted.fault(format!("`{text}` is needed and not locked")))?;
            needs.extend(index[target]);
        }
        match index[at] {
            Some(one) => found[one].needs = Some(super::ordered(needs)),
            None => direct.extend(needs),
        }
    }
    super::format::mark_direct(&mut found, &direct);
    Ok(Read::new(found))
}

/// `name`, `name version` or `name version (source)`, as much as is needed to tell packages apart.
fn resolve(text: &str, all: &[Node], by_name: &BTreeMap<&str, Vec<usize>>) -> Option<usize> {
    let mut parts = text.splitn(3, ' ');
    let (name, version, source) = (parts.next()?, parts.next(), parts.next());
    let source = source.map(|source| source.trim_start_matches('(').trim_end_matches(')'));
    let fits = |at: &&usize| {
        let node = &all[**at];
        let is = |key: &str, wanted: Option<&str>| {
            wanted.is_none_or(|wanted| node.get(key).and_then(Node::as_text) == Some(wanted))
        };
        is("version", version) && is("source", source)
    };
    by_name.get(name)?.iter().find(fits).copied()
}

fn source(address: &str) -> Source {
    let (kind, rest) = address.split_once('+').unwrap_or(("", address));
    match kind {
        "registry" | "sparse" if rest.trim_end_matches('/').ends_with("/crates.io-index") => Source::Registry,
        "sparse" if rest.trim_end_matches('/').ends_with("//index.crates.io") => Source::Registry,
        "registry" | "sparse" | "local-registry" | "directory" => Source::OtherRegistry(rest.to_owned()),
        "git" => Source::Git(rest.to_owned()),
        "path" => Source::Path(rest.to_owned()),
        _ => Source::Url(address.to_owned()),
    }
}
