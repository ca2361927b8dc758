//! `composer.lock`.
//!
//! A list of licenses is a choice (Composer's schema, `license`).
//!
//! **Absent on purpose:** PHP itself and its extensions, which no registry has.

use std::collections::BTreeMap;

use super::format::{File, trace};
use super::tree::{self, Node};
use super::{Fault, Found, HashAlgorithm, Read, Source, hash};

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let root = tree::json::parse(file.text)?;
    if root.get("packages").is_none() {
        return Err(root.fault("`packages` is missing"));
    }
    let mut found = Vec::new();
    let mut nodes = Vec::new();
    for (field, is_dev) in [("packages", false), ("packages-dev", true)] {
        for node in root.list(field)? {
            let dist = node.get("dist");
            let source = node.get("source");
            let kind =
                |from: Option<&Node>| from.and_then(|from| from.get("type")?.as_text().map(str::to_owned));
            // A folder of the tree.
            if kind(dist).as_deref() == Some("path") {
                continue;
            }
            let name = node.required("name")?;
            let line = node.get("name").map_or(node.line, |name| name.line);
            let mut one = Found::new(name, Some(node.required("version")?), line);
            one.dev = Some(is_dev);
            one.licenses = licenses(node)?;
            // The registry notes itself; what has no note comes from a repository of the product's choice.
            one.source = match (node.get("notification-url"), source) {
                (None, Some(from)) => {
                    let address = from.optional("url")?.unwrap_or_default();
                    Source::Git(format!("{address}#{}", from.optional("reference")?.unwrap_or_default()))
                }
                _ => Source::Registry,
            };
            let sum = dist.and_then(|dist| dist.get("shasum")?.as_text());
            one.hashes = sum.and_then(|sum| hash::hex(HashAlgorithm::Sha1, sum)).into_iter().collect();
            found.push(one);
            nodes.push(node);
        }
    }
    let index: BTreeMap<String, usize> =
        found.iter().enumerate().map(|(at, one): (usize, &Found)| (one.name.to_lowercase(), at)).collect();
    let find = |name: &str| index.get(&name.to_lowercase()).copied();
    for (at, node) in nodes.iter().enumerate() {
        let needs = match node.get("require") {
            // An empty list is how PHP writes an empty map.
            Some(requires) if requires.entries("").is_err() => Vec::new(),
            _ => node.map("require")?.filter_map(|(name, _)| find(name)).collect(),
        };
        found[at].needs = Some(super::ordered(needs));
    }
    if let Some(manifest) = file.neighbor("composer.json").and_then(|text| tree::json::parse(&text).ok()) {
        let named = |field: &str| -> Vec<usize> {
            manifest.map(field).into_iter().flatten().filter_map(|(name, _)| find(name)).collect()
        };
        let stated: Vec<Option<bool>> = found.iter().map(|one| one.dev).collect();
        trace(&mut found, &named("require"), &named("require-dev"));
        found.iter_mut().zip(stated).for_each(|(one, stated)| one.dev = stated);
    }
    Ok(Read::new(found))
}

pub(super) fn licenses(node: &Node) -> Result<Vec<String>, Fault> {
    let stated: Vec<&str> = match node.get("license") {
        Some(license) => match license.as_text() {
            Some(text) => vec![text],
            None => node.list("license")?.iter().filter_map(Node::as_text).collect(),
        },
        None => Vec::new(),
    };
    Ok(match stated.as_slice() {
        [] => Vec::new(),
        [one] => vec![(*one).to_owned()],
        many => vec![format!("({})", many.join(" OR "))],
    })
}
