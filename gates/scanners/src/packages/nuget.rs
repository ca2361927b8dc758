//! `packages.lock.json` of NuGet, versions 1 and 2.
//!
//! The file lists packages by framework; the same version for two frameworks is one package. A project is the product.

use std::collections::BTreeMap;

use super::format::{File, mark_direct};
use super::tree;
use super::{Fault, Found, HashAlgorithm, Read, hash};

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let root = tree::json::parse(file.text)?;
    let version = root.required("version")?;
    if !matches!(version, "1" | "2") {
        return Err(root.fault(format!("version {version} of the format is not known")));
    }
    let mut found: Vec<Found> = Vec::new();
    let mut index: BTreeMap<(String, String), usize> = BTreeMap::new();
    let mut direct = Vec::new();
    let mut needs: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (framework, packages) in root.map("dependencies")? {
        let mut here: BTreeMap<String, usize> = BTreeMap::new();
        let all = packages.entries(framework)?;
        for (name, node) in all {
            let kind = node.required("type")?;
            if kind == "Project" {
                continue;
            }
            let version = node.required("resolved")?;
            let at = *index.entry((name.to_lowercase(), version.to_owned())).or_insert(found.len());
            if at == found.len() {
                let mut one = Found::new(name, Some(version), node.line);
                let sum = node.optional("contentHash")?;
                one.hashes =
                    sum.and_then(|sum| hash::base64(HashAlgorithm::Sha512, sum)).into_iter().collect();
                found.push(one);
            }
            here.insert(name.to_lowercase(), at);
            if kind == "Direct" {
                direct.push(at);
            }
        }
        for (name, node) in all {
            let wanted =
                node.map("dependencies")?.filter_map(|(name, _)| here.get(&name.to_lowercase()).copied());
            match here.get(&name.to_lowercase()) {
                Some(at) => needs.entry(*at).or_default().extend(wanted),
                None => direct.extend(wanted),
            }
        }
    }
    for (at, needs) in needs {
        found[at].needs = Some(super::ordered(needs));
    }
    mark_direct(&mut found, &direct);
    Ok(Read::new(found))
}
