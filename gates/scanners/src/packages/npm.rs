//! `package-lock.json` and `npm-shrinkwrap.json`, versions 1 to 3.
//!
//! Versions 2 and 3 list folders (`node_modules/a/node_modules/b`), version 1 nests packages; both become folders
//! here, and a need is looked for as Node.js does, from the folder upwards. Links and folders outside
//! `node_modules` are workspaces: the product.
//!
//! **Absent on purpose:** what is installed. Optional packages of other platforms are locked, so they are listed.

use std::collections::BTreeMap;

use super::format::{File, trace};
use super::tree::{self, Node};
use super::{Fault, Found, Read, Source, hash};

/// Levels of packages inside each other in version 1.
const DEPTH_MAX: usize = 50;

/// Fields whose packages are needed by a package.
const NEEDS: [&str; 3] = ["dependencies", "optionalDependencies", "peerDependencies"];

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let root = tree::json::parse(file.text)?;
    root.entries("the file")?;
    match root.optional("lockfileVersion")?.unwrap_or("1") {
        "1" => nested(file, &root),
        "2" | "3" => folders(&root),
        other => Err(root.fault(format!("`lockfileVersion` {other} is not known"))),
    }
}

fn folders(root: &Node) -> Result<Read, Fault> {
    let all =
        root.get("packages").ok_or_else(|| root.fault("`packages` is missing"))?.entries("`packages`")?;
    let mut found = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for (path, node) in all {
        node.entries("a package")?;
        let Some((_, folder)) = path.rsplit_once("node_modules/") else { continue };
        if node.is_true("link") {
            continue;
        }
        // A package that has another name than its folder is an alias and says so.
        let name = node.optional("name")?.unwrap_or(folder);
        let mut one = Found::new(name, node.optional("version")?, node.line);
        one.source = node.optional("resolved")?.map_or(Source::Registry, source);
        one.hashes = node.optional("integrity")?.map(hash::integrity).unwrap_or_default();
        one.dev = Some(node.is_true("dev"));
        one.licenses = licenses(node);
        index.insert(path, found.len());
        found.push(one);
    }
    let mut direct = Vec::new();
    for (path, node) in all {
        let mut needs = Vec::new();
        for field in NEEDS {
            needs.extend(node.map(field)?.filter_map(|(name, _)| lookup(path, name, &index)));
        }
        match index.get(path.as_str()) {
            Some(at) => found[*at].needs = Some(super::ordered(needs)),
            None => {
                needs.extend(node.map("devDependencies")?.filter_map(|(name, _)| lookup(path, name, &index)));
                direct.extend(needs);
            }
        }
    }
    super::format::mark_direct(&mut found, &direct);
    Ok(Read::new(found))
}

/// The package that `require(name)` finds in a folder.
fn lookup(folder: &str, name: &str, index: &BTreeMap<&str, usize>) -> Option<usize> {
    let mut here = folder;
    loop {
        let slash = if here.is_empty() { "" } else { "/" };
        if let Some(at) = index.get(format!("{here}{slash}node_modules/{name}").as_str()) {
            return Some(*at);
        }
        if here.is_empty() {
            return None;
        }
        // Out of the package, and past the `node_modules` it lies in.
        here = match here.rfind("node_modules/") {
            Some(at) => here[..at].trim_end_matches('/'),
            None => here.rfind('/').map_or("", |at| &here[..at]),
        };
    }
}

/// `"license": "MIT"`, or as old packages have it, an object or a list of them.
pub(super) fn licenses(manifest: &Node) -> Vec<String> {
    let one = |node: &Node| node.as_text().or_else(|| node.get("type")?.as_text()).map(str::to_owned);
    let many = |key: &str| -> Vec<String> {
        manifest.list(key).unwrap_or_default().iter().filter_map(one).collect()
    };
    let alternatives = match manifest.get("license") {
        Some(stated) => one(stated).map_or_else(|| many("license"), |text| vec![text]),
        None => many("licenses"),
    };
    // A list is a choice.
    match alternatives.len() {
        0 | 1 => alternatives,
        _ => vec![format!("({})", alternatives.join(" OR "))],
    }
}

struct Nested<'a> {
    path: String,
    node: &'a Node,
}

fn nested(file: &File<'_>, root: &Node) -> Result<Read, Fault> {
    let mut all: Vec<Nested<'_>> = Vec::new();
    let mut work = vec![(String::new(), root, 0)];
    while let Some((path, node, depth)) = work.pop() {
        if depth > DEPTH_MAX {
            return Err(
                node.fault(format!("packages lie more than {DEPTH_MAX} levels deep inside each other"))
            );
        }
        for (name, inner) in node.map("dependencies")? {
            inner.entries("a package")?;
            let slash = if path.is_empty() { "" } else { "/" };
            let path = format!("{path}{slash}node_modules/{name}");
            work.push((path.clone(), inner, depth + 1));
            all.push(Nested { path, node: inner });
        }
    }
    let mut found = Vec::new();
    let mut index: BTreeMap<&str, usize> = BTreeMap::new();
    for Nested { path, node } in &all {
        let folder = path.rsplit_once("node_modules/").map_or(path.as_str(), |(_, folder)| folder);
        let stated = node.required("version")?;
        let resolved = node.optional("resolved")?;
        let (name, version, from) = match stated.strip_prefix("npm:").and_then(|alias| alias.rsplit_once('@'))
        {
            Some((name, version)) => (name, Some(version), Source::Registry),
            None if stated.starts_with("file:") || stated.starts_with("link:") => {
                // A folder of the tree; an archive is somebody's package.
                if !stated.ends_with(".tgz") && !stated.ends_with(".tar.gz") {
                    continue;
                }
                (folder, None, Source::Path(stated["file:".len()..].to_owned()))
            }
            None if stated.starts_with(|first: char| first.is_ascii_digit()) && !stated.contains('/') => {
                (folder, Some(stated), resolved.map_or(Source::Registry, source))
            }
            None => (folder, None, source(stated)),
        };
        let mut one = Found::new(name, version, node.line);
        one.source = from;
        one.hashes = node.optional("integrity")?.map(hash::integrity).unwrap_or_default();
        one.dev = Some(node.is_true("dev"));
        index.insert(path, found.len());
        found.push(one);
    }
    for Nested { path, node } in &all {
        let Some(at) = index.get(path.as_str()) else { continue };
        let needs = match node.get("requires") {
            // Once, `requires` was a flag of the whole file.
            Some(requires) if requires.entries("").is_ok() => {
                node.map("requires")?.filter_map(|(name, _)| lookup(path, name, &index)).collect()
            }
            _ => Vec::new(),
        };
        found[*at].needs = Some(super::ordered(needs));
    }
    if let Some(manifest) = file.neighbor("package.json").and_then(|text| tree::json::parse(&text).ok()) {
        let wanted = |field: &str| -> Result<Vec<usize>, Fault> {
            Ok(manifest.map(field)?.filter_map(|(name, _)| lookup("", name, &index)).collect())
        };
        let product = [wanted(NEEDS[0])?, wanted(NEEDS[1])?, wanted(NEEDS[2])?].concat();
        trace(&mut found, &product, &wanted("devDependencies")?);
    }
    Ok(Read::new(found))
}

/// Any registry puts archives behind `/-/`; which one it is does not change what the name means.
pub(super) fn source(resolved: &str) -> Source {
    let text = resolved.to_owned();
    if resolved.starts_with("git")
        || resolved.starts_with("ssh:")
        || resolved.split('#').next().unwrap_or_default().ends_with(".git")
    {
        return Source::Git(text);
    }
    if let Some(path) = resolved.strip_prefix("file:") {
        return Source::Path(path.to_owned());
    }
    match resolved.starts_with("http") {
        true if resolved.contains("/-/") => Source::Registry,
        true => Source::Url(text),
        // `owner/repository#commit`
        false if resolved.contains('#') || resolved.contains(':') => Source::Git(text),
        false => Source::Path(text),
    }
}
