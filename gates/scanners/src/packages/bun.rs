//! `bun.lock`, versions 0 to 2 of its text form.
//!
//! ```text
//!   "a":   ["a@1.0.0", "registry or empty", { "dependencies": {…} }, "sha512-…"]
//!   "a/b": ["b@2.0.0", …]                   the `b` that `a` finds, where it is not the common one
//! ```
//!
//! The file is JSON with commas behind last entries, which is YAML in its flow style.
//!
//! **Absent on purpose:** `bun.lockb`, the binary form of old versions.

use std::collections::BTreeMap;

use super::format::{File, trace};
use super::tree::{self, Node, Value};
use super::{Fault, Found, Read, Source, hash, npm};

/// The newest version of the format that is known.
const VERSION_MAX: u32 = 2;

/// Fields whose packages are needed by a package.
const NEEDS: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let documents = tree::yaml::parse(file.text)?;
    let [root] = documents.as_slice() else {
        return Err(Fault { line: None, why: "it is not one JSON object".to_owned() });
    };
    let version = root.required("lockfileVersion")?;
    if !version.parse().is_ok_and(|number: u32| number <= VERSION_MAX) {
        return Err(root.fault(format!("`lockfileVersion` {version} is not known")));
    }
    let mut found = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    let mut about: Vec<(&str, Option<&Node>)> = Vec::new();
    for (key, node) in root.map("packages")? {
        let Value::List(parts) = &node.value else { return Err(node.fault("a package is no list")) };
        let id = parts.first().ok_or_else(|| node.fault("a package is an empty list"))?.text("a package")?;
        let at = id.char_indices().skip(1).find(|(_, letter)| *letter == '@').map(|(at, _)| at);
        let (name, version) = at
            .map(|at| (&id[..at], &id[at + 1..]))
            .ok_or_else(|| node.fault(format!("`{id}` is no `name@version`")))?;
        let is_folder = ["workspace:", "link:", "file:", "root:"].iter().any(|own| version.starts_with(own));
        if is_folder && !version.ends_with("gz") {
            continue;
        }
        let is_version = version.starts_with(|first: char| first.is_ascii_digit());
        let mut one = Found::new(name, is_version.then_some(version), node.line);
        one.source = if is_version { Source::Registry } else { npm::source(version) };
        one.hashes = parts.last().and_then(Node::as_text).map(hash::integrity).unwrap_or_default();
        index.insert(key, found.len());
        about.push((key, parts.iter().find(|part| matches!(part.value, Value::Map(_)))));
        found.push(one);
    }
    let needed = |key: &str, node: &Node, fields: &[&str]| -> Result<Vec<usize>, Fault> {
        let mut needs = Vec::new();
        for field in fields {
            needs.extend(node.map(field)?.filter_map(|(name, _)| lookup(key, name, &index)));
        }
        Ok(needs)
    };
    let needs: Vec<Vec<usize>> = about
        .iter()
        .map(|(key, node)| node.map_or(Ok(Vec::new()), |node| needed(key, node, &NEEDS)))
        .collect::<Result<_, _>>()?;
    for (one, needs) in found.iter_mut().zip(needs) {
        one.needs = Some(super::ordered(needs));
    }
    let (mut product, mut dev) = (Vec::new(), Vec::new());
    for (path, node) in root.map("workspaces")? {
        let key = if path.is_empty() { "" } else { node.optional("name")?.unwrap_or_default() };
        product.extend(needed(key, node, &NEEDS)?);
        dev.extend(needed(key, node, &["devDependencies"])?);
    }
    trace(&mut found, &product, &dev);
    Ok(Read::new(found))
}

/// The package that a name means inside another: the one of its own, else that of the one it lies in, and so on.
fn lookup(key: &str, name: &str, index: &BTreeMap<&str, usize>) -> Option<usize> {
    let mut here = key;
    while !here.is_empty() {
        if let Some(at) = index.get(format!("{here}/{name}").as_str()) {
            return Some(*at);
        }
        let outer = here.rfind('/').map_or("", |at| &here[..at]);
        // A scope and its name are one step.
        here = match outer.rfind('/').map_or(outer, |at| &outer[at + 1..]) {
            scope if scope.starts_with('@') => outer[..outer.len() - scope.len()].trim_end_matches('/'),
            _ => outer,
        };
    }
    index.get(name).copied()
}
