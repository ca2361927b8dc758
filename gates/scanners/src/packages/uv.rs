//! `uv.lock`, version 1.
//!
//! What is virtual, editable or a folder is the product. One name may have several versions, for different Pythons.
//!
//! **Absent on purpose:** markers: every version that some machine would get is listed.

use std::collections::BTreeMap;

use super::format::{File, trace};
use super::tree::{self, Node};
use super::{Fault, Found, Read, Source, hash};

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let root = tree::toml::parse(file.text)?;
    let version = root.required("version")?;
    if version != "1" {
        return Err(root.fault(format!("version {version} of the format is not known")));
    }
    let all = root.list("package")?;
    let mut found = Vec::new();
    let mut index: Vec<Option<usize>> = Vec::new();
    let mut by_name: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (at, node) in all.iter().enumerate() {
        let name = node.required("name")?;
        by_name.entry(name).or_default().push(at);
        let from =
            node.get("source").ok_or_else(|| node.fault(format!("`source` of `{name}` is missing")))?;
        let Some(source) = source(from)? else {
            index.push(None);
            continue;
        };
        let line = node.get("name").map_or(node.line, |name| name.line);
        let mut one = Found::new(name, node.optional("version")?, line);
        one.source = source;
        one.hashes = hashes(node)?;
        index.push(Some(found.len()));
        found.push(one);
    }
    let (mut product, mut dev) = (Vec::new(), Vec::new());
    for (at, node) in all.iter().enumerate() {
        let targets = |list: &[Node]| -> Result<Vec<usize>, Fault> {
            let mut targets = Vec::new();
            for wanted in list {
                let name = wanted.required("name")?;
                let version = wanted.optional("version")?;
                let same = |at: &&usize| {
                    version.is_none_or(|version| {
                        all[**at].get("version").and_then(Node::as_text) == Some(version)
                    })
                };
                let known = by_name.get(name).map(Vec::as_slice).unwrap_or_default();
                let mut fitting = known.iter().filter(same).peekable();
                if fitting.peek().is_none() {
                    return Err(wanted.fault(format!("`{name}` is needed and not locked")));
                }
                targets.extend(fitting.filter_map(|at| index[*at]));
            }
            Ok(targets)
        };
        let mut needs = targets(node.list("dependencies")?)?;
        for (extra, _) in node.map("optional-dependencies")? {
            needs.extend(targets(
                node.get("optional-dependencies").map_or(Ok(&[][..]), |all| all.list(extra))?,
            )?);
        }
        match index[at] {
            Some(one) => found[one].needs = Some(super::ordered(needs)),
            None => product.extend(needs),
        }
        for (group, _) in node.map("dev-dependencies")? {
            dev.extend(targets(node.get("dev-dependencies").map_or(Ok(&[][..]), |all| all.list(group))?)?);
        }
    }
    trace(&mut found, &product, &dev);
    Ok(Read::new(found))
}

/// `None` for what is the product.
fn source(from: &Node) -> Result<Option<Source>, Fault> {
    for own in ["virtual", "editable", "directory"] {
        if from.get(own).is_some() {
            return Ok(None);
        }
    }
    Ok(Some(if let Some(registry) = from.optional("registry")? {
        super::python::registry(registry)
    } else if let Some(address) = from.optional("git")? {
        Source::Git(address.to_owned())
    } else if let Some(address) = from.optional("url")? {
        Source::Url(address.to_owned())
    } else if let Some(path) = from.optional("path")? {
        Source::Path(path.to_owned())
    } else {
        return Err(from.fault("the source is of no known kind"));
    }))
}

fn hashes(node: &Node) -> Result<Vec<super::Hash>, Fault> {
    let archives = node.get("sdist").into_iter().chain(node.list("wheels")?);
    let sums = archives.filter_map(|archive| archive.get("hash")?.as_text());
    Ok(hash::sorted(sums.filter_map(hash::colon).collect()))
}
