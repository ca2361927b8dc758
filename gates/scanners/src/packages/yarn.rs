//! `yarn.lock`: version 1 in a syntax of its own, and the YAML of later ones.
//!
//! ```text
//!   "a@^1.0.0", a@^1.1.0:        name and ranges that led to the package
//!     version "1.1.0"
//!     resolved "https://…#<sha1>"
//!     dependencies:
//!       b "^2.0.0"
//! ```
//!
//! **Absent on purpose:** checksums of later versions: they are those of yarn's own archives.

use std::collections::BTreeMap;

use super::format::{File, mark_direct, trace};
use super::tree::{self, Node, Value};
use super::{Fault, Found, HashAlgorithm, Read, Source, hash};

const FIRST_LINE: &str = "# yarn lockfile v1";

pub(super) fn read(file: &File<'_>) -> Result<Read, Fault> {
    let is_first =
        file.text.lines().take_while(|line| line.starts_with('#')).any(|line| line.trim() == FIRST_LINE);
    if is_first {
        return first(file);
    }
    if !file.text.lines().any(|line| line.starts_with("__metadata:")) {
        return Err(Fault::at(
            1,
            format!("neither `{FIRST_LINE}` nor `__metadata` says which version it is"),
        ));
    }
    later(file)
}

/// What is needed is found by `name@range`, as it stands in the keys.
#[derive(Default)]
struct Keys(BTreeMap<String, usize>);

impl Keys {
    fn find(&self, name: &str, range: &str) -> Option<usize> {
        let plain = self.0.get(&format!("{name}@{range}"));
        // Yarn 2 and 3 leave the protocol out where it is needed, and write it into the key.
        plain.or_else(|| self.0.get(&format!("{name}@npm:{range}"))).copied()
    }
}

fn first(file: &File<'_>) -> Result<Read, Fault> {
    let entries = entries(file.text)?;
    let mut found: Vec<Found> = Vec::new();
    let mut keys = Keys::default();
    let mut wanted: Vec<Vec<(String, String)>> = Vec::new();
    for entry in entries {
        let key = entry.keys.first().map(String::as_str).unwrap_or_default();
        let (alias, range) =
            split(key).ok_or_else(|| Fault::at(entry.line, format!("`{key}` is no `name@range`")))?;
        // A folder of the tree.
        let is_folder = range.starts_with("link:") || range.starts_with("file:") && !range.ends_with("gz");
        if is_folder {
            continue;
        }
        let name = range.strip_prefix("npm:").and_then(split).map_or(alias, |(real, _)| real);
        let version =
            entry.fields.get("version").ok_or_else(|| Fault::at(entry.line, "`version` is missing"))?;
        let mut one = Found::new(name, Some(version), entry.line);
        let resolved = entry.fields.get("resolved").map(String::as_str);
        one.source = resolved.map_or(Source::Registry, super::npm::source);
        one.hashes = entry.fields.get("integrity").map(|text| hash::integrity(text)).unwrap_or_default();
        if one.hashes.is_empty() {
            let sum = resolved.and_then(|address| address.rsplit_once('#')).map(|(_, sum)| sum);
            // Of a git repository it is the commit.
            let is_archive = !matches!(one.source, Source::Git(_));
            one.hashes = sum
                .filter(|_| is_archive)
                .and_then(|sum| hash::hex(HashAlgorithm::Sha1, sum))
                .into_iter()
                .collect();
        }
        keys.0.extend(entry.keys.iter().map(|key| (key.clone(), found.len())));
        wanted.push(entry.needs);
        found.push(one);
    }
    for (one, wanted) in found.iter_mut().zip(&wanted) {
        let needs = wanted.iter().filter_map(|(name, range)| keys.find(name, range)).collect();
        one.needs = Some(super::ordered(needs));
    }
    ask_manifest(file, &keys, &mut found);
    Ok(Read::new(found))
}

/// What the product asks for stands in its manifest only. With workspaces, whose manifests lie elsewhere, only
/// what the manifest names is known.
fn ask_manifest(file: &File<'_>, keys: &Keys, found: &mut [Found]) {
    let Some(manifest) = file.neighbor("package.json").and_then(|text| tree::json::parse(&text).ok()) else {
        return;
    };
    let named = |field: &str| -> Vec<usize> {
        let entries = manifest.map(field).into_iter().flatten();
        entries.filter_map(|(name, range)| keys.find(name, range.as_text()?)).collect()
    };
    let product = [named("dependencies"), named("optionalDependencies")].concat();
    let dev = named("devDependencies");
    if manifest.get("workspaces").is_none() {
        return trace(found, &product, &dev);
    }
    for at in product.into_iter().chain(dev) {
        found[at].direct = Some(true);
    }
}

/// `name@range`; the `@` of a scope stands first.
fn split(key: &str) -> Option<(&str, &str)> {
    let at = key.char_indices().skip(1).find(|(_, letter)| *letter == '@')?.0;
    Some((&key[..at], &key[at + 1..]))
}

struct Entry {
    line: u64,
    keys: Vec<String>,
    fields: BTreeMap<String, String>,
    needs: Vec<(String, String)>,
}

/// Blocks by indentation: 0 for keys, 2 for fields, 4 for what is needed.
fn entries(text: &str) -> Result<Vec<Entry>, Fault> {
    let mut entries: Vec<Entry> = Vec::new();
    let mut section = None;
    for (number, line) in (1..).zip(text.lines()) {
        let body = line.trim_start_matches(' ');
        if body.trim().is_empty() || body.starts_with('#') {
            continue;
        }
        let odd = || Fault::at(number, "the line is none of a yarn.lock");
        let words = words(body).ok_or_else(odd)?;
        match (line.len() - body.len(), words.as_slice(), entries.last_mut()) {
            (0, [.., end], _) if end == ":" => {
                let keys = words.iter().filter(|word| !matches!(word.as_str(), "," | ":")).cloned().collect();
                entries.push(Entry { line: number, keys, fields: BTreeMap::new(), needs: Vec::new() });
                section = None;
            }
            (2, [name, end], Some(_)) if end == ":" => section = Some(name.clone()),
            (2, [name, value], Some(entry)) => {
                section = None;
                if entry.fields.insert(name.clone(), value.clone()).is_some() {
                    return Err(Fault::at(number, format!("`{name}` is there twice")));
                }
            }
            (4, [name, value], Some(entry)) => match section.as_deref() {
                Some("dependencies" | "optionalDependencies") => {
                    entry.needs.push((name.clone(), value.clone()));
                }
                Some(_) => {}
                None => return Err(odd()),
            },
            _ => return Err(odd()),
        }
    }
    Ok(entries)
}

/// Words of a line, JSON texts unquoted; `:` at the end and `,` between keys are words of their own.
fn words(line: &str) -> Option<Vec<String>> {
    let mut words = Vec::new();
    let mut rest = line.trim_end();
    while !rest.is_empty() {
        if rest.starts_with('"') {
            let mut end = None;
            let mut escaped = false;
            for (at, letter) in rest.char_indices().skip(1) {
                match letter {
                    '"' if !escaped => {
                        end = Some(at + 1);
                        break;
                    }
                    _ => escaped = letter == '\\' && !escaped,
                }
            }
            let end = end?;
            words.push(serde_json::from_str(&rest[..end]).ok()?);
            rest = &rest[end..];
        } else if let Some(after) = rest.strip_prefix(',') {
            words.push(",".to_owned());
            rest = after;
        } else if rest == ":" {
            words.push(":".to_owned());
            rest = "";
        } else {
            let end = rest.find([' ', ',', '"']).unwrap_or(rest.len());
            let end = if end == rest.len() && rest.ends_with(':') { end - 1 } else { end };
            if end == 0 {
                return None;
            }
            words.push(rest[..end].to_owned());
            rest = &rest[end..];
        }
        rest = rest.trim_start_matches(' ');
    }
    Some(words)
}

fn later(file: &File<'_>) -> Result<Read, Fault> {
    let documents = tree::yaml::parse(file.text)?;
    let [root] = documents.as_slice() else {
        return Err(Fault { line: None, why: "it is not one YAML document".to_owned() });
    };
    let meta = root.get("__metadata").ok_or_else(|| root.fault("`__metadata` is missing"))?;
    meta.required("version")?;
    let mut found: Vec<Found> = Vec::new();
    let mut keys = Keys::default();
    let mut nodes: Vec<&Node> = Vec::new();
    let mut workspaces: Vec<&Node> = Vec::new();
    for (key, node) in root.entries("the file")?.iter().filter(|(key, _)| *key != "__metadata") {
        let resolution = node.required("resolution")?;
        let (name, range) =
            split(resolution).ok_or_else(|| node.fault(format!("`{resolution}` names no package")))?;
        let (protocol, _) = range.split_once(':').unwrap_or(("", range));
        match protocol {
            "workspace" => {
                workspaces.push(node);
                continue;
            }
            "link" | "portal" => continue,
            _ => {}
        }
        let mut one = Found::new(name, Some(node.required("version")?), node.line);
        one.source = match protocol {
            // A patched package is the package of the registry and more.
            "npm" | "patch" => Source::Registry,
            "file" => Source::Path(range.to_owned()),
            _ => super::npm::source(range),
        };
        for pattern in key.split(", ") {
            keys.0.insert(pattern.to_owned(), found.len());
        }
        found.push(one);
        nodes.push(node);
    }
    let needed = |node: &Node| -> Result<Vec<usize>, Fault> {
        let mut needs = Vec::new();
        for (name, range) in node.map("dependencies")? {
            let Value::Text(range) = &range.value else { return Err(range.fault("a range is no text")) };
            needs.extend(keys.find(name, range));
        }
        Ok(super::ordered(needs))
    };
    let needs: Vec<Vec<usize>> = nodes.into_iter().map(needed).collect::<Result<_, _>>()?;
    for (one, needs) in found.iter_mut().zip(needs) {
        one.needs = Some(needs);
    }
    let direct: Vec<Vec<usize>> = workspaces.into_iter().map(needed).collect::<Result<_, _>>()?;
    mark_direct(&mut found, &direct.concat());
    Ok(Read::new(found))
}
