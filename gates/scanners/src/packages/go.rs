//! `go.mod`, with the hashes of `go.sum`.
//!
//! Since Go 1.17 `go.mod` names the chosen version of every module that a package of the product needs, also
//! indirectly. `go.sum` holds more: every version that choosing looked at. So the former is the list, and the latter
//! is asked for hashes. An older `go.mod` names only what is asked for directly; then modules of `go.sum` whose
//! archives were hashed are added, each at its highest version, which is the one that Go chooses.
//!
//! **Absent on purpose:** what `go.work` chooses over several modules, and the graph, which neither file has.

use std::collections::BTreeMap;

use super::format::File;
use super::{Fault, Found, Hash, HashAlgorithm, Reach, Read, hash};

/// The first version whose `go.mod` names indirect modules too.
const WHOLE_SINCE: (u32, u32) = (1, 17);

pub(super) fn read_mod(file: &File<'_>) -> Result<Read, Fault> {
    let module = module(file.text)?;
    let sums = match file.neighbor("go.sum") {
        Some(text) => {
            sums(&text).map_err(|fault| Fault { why: format!("of its go.sum: {}", fault.why), ..fault })?
        }
        None => BTreeMap::new(),
    };
    let is_whole = module.go.is_some_and(|go| go >= WHOLE_SINCE);
    let mut modules: BTreeMap<&str, (&str, u64, Option<bool>)> = BTreeMap::new();
    for Require { path, version, line, indirect } in &module.requires {
        modules.insert(path, (version, *line, Some(!indirect)));
    }
    if !is_whole {
        for (path, version) in sums.keys() {
            let known = modules.entry(path).or_insert((version, 1, Some(false)));
            if is_higher(version, known.0) {
                known.0 = version;
            }
        }
    }
    let mut found = Vec::new();
    for (path, (version, line, direct)) in modules {
        let replaced = module
            .replaces
            .iter()
            .find(|one| one.path == path && one.version.as_deref().is_none_or(|only| only == version));
        let (path, version) = match replaced.map(|one| &one.by) {
            // A folder of the tree.
            Some((_, None)) => continue,
            Some((by, Some(by_version))) => (by.as_str(), by_version.as_str()),
            None => (path, version),
        };
        let mut one = Found::new(path, Some(version), line);
        one.direct = direct;
        one.hashes = sums.get(&(path.to_owned(), version.to_owned())).cloned().into_iter().collect();
        found.push(one);
    }
    let mut read = Read::new(found);
    read.reach = if is_whole || !sums.is_empty() || module.requires.is_empty() {
        Reach::Whole
    } else {
        Reach::DirectOnly
    };
    Ok(read)
}

/// A `go.sum` without its `go.mod`.
pub(super) fn read_sum(file: &File<'_>) -> Result<Read, Fault> {
    let mut highest: BTreeMap<String, (String, Hash)> = BTreeMap::new();
    for ((path, version), hash) in sums(file.text)? {
        if highest.get(&path).is_none_or(|(known, _)| is_higher(&version, known)) {
            highest.insert(path, (version, hash));
        }
    }
    let line = |path: &str, version: &str| {
        let start = format!("{path} {version} ");
        file.text.lines().position(|line| line.starts_with(&start)).map_or(1, |at| at as u64 + 1)
    };
    let found = highest.into_iter().map(|(path, (version, hash))| {
        let mut one = Found::new(&path, Some(&version), line(&path, &version));
        one.hashes = vec![hash];
        one
    });
    Ok(Read::new(found.collect()))
}

#[derive(Default)]
struct Module {
    go: Option<(u32, u32)>,
    requires: Vec<Require>,
    replaces: Vec<Replace>,
}

struct Require {
    path: String,
    version: String,
    line: u64,
    indirect: bool,
}

struct Replace {
    path: String,
    version: Option<String>,
    by: (String, Option<String>),
}

/// The directives of a `go.mod` (Go Modules Reference): one on a line, or several in parentheses.
fn module(text: &str) -> Result<Module, Fault> {
    let mut module = Module::default();
    let mut block: Option<String> = None;
    for (number, line) in (1..).zip(text.lines()) {
        let (body, comment) = line.split_once("//").unwrap_or((line, ""));
        let words: Vec<&str> = body.split_whitespace().map(|word| word.trim_matches(['"', '`'])).collect();
        let (verb, rest) = match (words.as_slice(), &block) {
            ([], _) => continue,
            ([")"], Some(_)) => {
                block = None;
                continue;
            }
            ([verb, "("], None) => {
                block = Some((*verb).to_owned());
                continue;
            }
            (rest, Some(verb)) => (verb.clone(), rest),
            ([verb, rest @ ..], None) => ((*verb).to_owned(), rest),
        };
        let odd = || Fault::at(number, format!("`{}` is no directive that is known", body.trim()));
        match (verb.as_str(), rest) {
            ("module" | "toolchain" | "exclude" | "retract" | "godebug" | "tool" | "ignore", _) => {}
            ("go", [version]) => {
                let mut parts = version.split('.').map(|part| part.parse().ok());
                module.go =
                    Some((parts.next().flatten().ok_or_else(odd)?, parts.next().flatten().unwrap_or(0)));
            }
            ("require", [path, version]) => module.requires.push(Require {
                path: (*path).to_owned(),
                version: (*version).to_owned(),
                line: number,
                indirect: comment.trim().starts_with("indirect"),
            }),
            ("replace", _) => {
                let arrow = rest.iter().position(|word| *word == "=>").ok_or_else(odd)?;
                let (path, version) = one_or_two(&rest[..arrow]).ok_or_else(odd)?;
                let by = one_or_two(&rest[arrow + 1..]).ok_or_else(odd)?;
                module.replaces.push(Replace { path, version, by });
            }
            _ => return Err(odd()),
        }
    }
    match block {
        Some(verb) => {
            Err(Fault { line: None, why: format!("the block `{verb}` does not end: the file is cut off") })
        }
        None => Ok(module),
    }
}

fn one_or_two(words: &[&str]) -> Option<(String, Option<String>)> {
    match words {
        [path] => Some(((*path).to_owned(), None)),
        [path, version] => Some(((*path).to_owned(), Some((*version).to_owned()))),
        _ => None,
    }
}

/// Hashes of archives by path and version. Lines with `/go.mod` are about a file that was only looked at.
fn sums(text: &str) -> Result<BTreeMap<(String, String), Hash>, Fault> {
    let mut sums = BTreeMap::new();
    for (number, line) in (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty()) {
        let words: Vec<&str> = line.split_whitespace().collect();
        let [path, version, sum] = words[..] else {
            return Err(Fault::at(number, "the line is not `module version hash`"));
        };
        let hash = sum.strip_prefix("h1:").and_then(|text| hash::base64(HashAlgorithm::GoH1, text));
        let hash = hash.ok_or_else(|| Fault::at(number, "the hash is none that is known"))?;
        if !version.ends_with("/go.mod") {
            sums.insert((path.to_owned(), version.to_owned()), hash);
        }
    }
    Ok(sums)
}

/// Versions of modules are semantic versions with a `v` in front; what is none is lower than any.
fn is_higher(one: &str, other: &str) -> bool {
    let parsed = |text: &str| semver::Version::parse(text.trim_start_matches('v')).ok();
    parsed(one).map(|one| (one.major, one.minor, one.patch, one.pre))
        > parsed(other).map(|other| (other.major, other.minor, other.patch, other.pre))
}
