//! The house rules that a compiler does not know (see `engine/ARCHITECTURE.md`).

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// Which workspace crates each crate may name. One direction; the crates in the middle never see each other.
const MAY_DEPEND_ON: &[(&str, &[&str])] = &[
    ("engine/kernel", &[]),
    ("engine/expression", &["dod-kernel"]),
    ("engine/notation", &["dod-kernel"]),
    ("engine/views", &["dod-kernel"]),
    ("engine/host", &["dod-kernel", "dod-proof"]),
    ("engine/proof", &[]),
    ("gates/evidence", &["dod-kernel"]),
    ("gates/catalogue", &["dod-kernel"]),
    ("gates/scanners", &["dod-kernel"]),
    (
        "engine/cli",
        &[
            "dod-kernel",
            "dod-expression",
            "dod-notation",
            "dod-views",
            "dod-host",
            "dod-proof",
            "dod-evidence",
            "dod-catalogue",
            "dod-scanners",
        ],
    ),
];

/// Crates that only compute: values in, values out.
const PURE: &[&str] = &[
    "engine/kernel",
    "engine/expression",
    "engine/notation",
    "engine/views",
    "engine/proof",
    "gates/evidence",
    "gates/catalogue",
];

/// Words that mean that a pure crate reached outside. A tripwire, not a proof.
const REACHES_OUT: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::env",
    "SystemTime",
    "Instant::",
    "thread::spawn",
    "async fn",
    "HashMap",
    "HashSet",
    "println!",
    "eprintln!",
    "print!",
    "rand::",
];

/// Words that change files past `engine/host/src/disk.rs`, where a simulation could not see it.
const WRITES: &[&str] = &[
    "fs::write",
    "fs::create_dir",
    "fs::remove_",
    "fs::rename",
    "fs::copy",
    "fs::hard_link",
    "fs::set_permissions",
    "File::create",
    "OpenOptions",
    "DirBuilder",
];

/// Files of the host that may: the door itself; what children print and who they are, which a simulation answers for;
/// a folder for the owner alone, where the door has none; objects of git.
const MAY_WRITE: &[&str] = &[
    "engine/host/src/disk.rs",
    "engine/host/src/gathered/reference.rs",
    "engine/host/src/git/store.rs",
    "engine/host/src/keys.rs",
    "engine/host/src/process/capture.rs",
    "engine/host/src/process/survivors.rs",
];

/// Lines that a file may have. The list of exceptions is empty and stays so.
const LINES_MAX: usize = 800;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().unwrap()
}

/// Rust sources below a folder, as (path from the root, text).
fn sources(folder: &str) -> Vec<(String, String)> {
    let root = root();
    let mut work = vec![root.join(folder)];
    let mut found = Vec::new();
    while let Some(folder) = work.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() && !path.ends_with("target") {
                work.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path.strip_prefix(&root).unwrap().to_str().unwrap().to_owned();
                found.push((name, std::fs::read_to_string(&path).unwrap()));
            }
        }
    }
    found.sort();
    found
}

fn is_test(name: &str) -> bool {
    name.ends_with("/tests.rs") || name.contains("/tests/") || name.contains("/benches/")
}

#[test]
fn every_crate_names_only_those_below_it() {
    let mut wrong = Vec::new();
    for (folder, allowed) in MAY_DEPEND_ON {
        let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let names = manifest.lines().filter_map(|line| line.split(['.', ' ', '=']).next());
        for name in names.filter(|name| name.starts_with("dod-") && !allowed.contains(name)) {
            wrong.push(format!("{folder}/Cargo.toml names {name}"));
        }
    }
    let folders: Vec<String> = ["engine", "gates"]
        .iter()
        .flat_map(|top| std::fs::read_dir(root().join(top)).unwrap().flatten().map(move |entry| (top, entry)))
        .filter(|(_, entry)| entry.path().join("Cargo.toml").is_file())
        .map(|(top, entry)| format!("{top}/{}", entry.file_name().to_str().unwrap()))
        .collect();
    let unknown = folders.iter().filter(|folder| !MAY_DEPEND_ON.iter().any(|(known, _)| known == folder));
    wrong.extend(unknown.map(|folder| format!("{folder} has no line in MAY_DEPEND_ON")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn pure_crates_do_not_reach_outside() {
    let mut wrong = Vec::new();
    for folder in PURE {
        for (name, text) in sources(&format!("{folder}/src")).into_iter().filter(|(name, _)| !is_test(name)) {
            // What stands behind `mod tests` in a file is a test too.
            let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
            for (at, line) in
                code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//"))
            {
                for word in REACHES_OUT.iter().filter(|word| line.contains(**word)) {
                    wrong.push(format!("{name}:{}: `{word}` in a pure crate", at + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn files_of_a_run_are_changed_through_one_door() {
    let mut wrong = Vec::new();
    for (name, text) in sources("engine/host/src").into_iter().filter(|(name, _)| !is_test(name)) {
        if MAY_WRITE.contains(&name.as_str()) {
            continue;
        }
        let code = text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        for (at, line) in code.lines().enumerate().filter(|(_, line)| !line.trim_start().starts_with("//")) {
            for word in WRITES.iter().filter(|word| line.contains(**word)) {
                wrong.push(format!("{name}:{}: `{word}` past the door", at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_module_says_what_belongs_there() {
    let all = ["engine", "gates", "tests"].into_iter().flat_map(sources);
    let silent: Vec<String> = all
        .filter(|(_, text)| !text.starts_with("//!"))
        .map(|(name, _)| format!("{name} does not begin with `//!`"))
        .collect();
    assert!(silent.is_empty(), "{}", silent.join("\n"));
}

#[test]
fn no_file_is_longer_than_a_reader_can_hold() {
    let all = ["engine", "gates", "tests"].into_iter().flat_map(sources);
    let long: Vec<String> = all
        .map(|(name, text)| (name, text.lines().count()))
        .filter(|(_, lines)| *lines > LINES_MAX)
        .map(|(name, lines)| format!("{name} has {lines} lines; at most {LINES_MAX}"))
        .collect();
    assert!(long.is_empty(), "{}", long.join("\n"));
}

#[test]
fn nothing_is_left_for_later_behind_a_mark() {
    let marks = ["todo!(", "unimplemented!(", "#[ignore", "#[allow(", "#![allow("];
    let mut wrong = Vec::new();
    // A test that another test starts as a process of its own is marked as ignored.
    for (name, text) in ["engine", "gates"].into_iter().flat_map(sources).filter(|(name, _)| !is_test(name)) {
        for (at, line) in text.lines().enumerate() {
            for mark in marks.iter().filter(|mark| line.contains(**mark)) {
                wrong.push(format!("{name}:{}: `{mark}`", at + 1));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn every_dependency_is_named_once_and_its_version_only_at_the_root() {
    let mut wrong = Vec::new();
    for (folder, _) in MAY_DEPEND_ON {
        let manifest = std::fs::read_to_string(root().join(folder).join("Cargo.toml")).unwrap();
        let mut seen: BTreeMap<(String, String), usize> = BTreeMap::new();
        let mut section = String::new();
        for line in manifest.lines() {
            if line.starts_with('[') {
                section = line.to_owned();
            } else if section.contains("dependencies") && !line.trim().is_empty() && !line.starts_with('#') {
                let name = line.split(['.', ' ', '=']).next().unwrap_or_default().to_owned();
                *seen.entry((section.clone(), name)).or_default() += 1;
                if !line.contains("workspace = true") {
                    wrong.push(format!("{folder}/Cargo.toml: `{line}` has a version of its own"));
                }
            }
        }
        wrong.extend(
            seen.into_iter()
                .filter(|(_, count)| *count > 1)
                .map(|((_, name), _)| format!("{folder}: {name} twice")),
        );
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_map_names_every_crate_and_every_path_in_it_exists() {
    let map = std::fs::read_to_string(root().join("engine/ARCHITECTURE.md")).unwrap();
    assert!(map.lines().count() <= 200, "the map has {} lines; at most 200", map.lines().count());
    let mut wrong: Vec<String> = MAY_DEPEND_ON
        .iter()
        .filter(|(folder, _)| !map.contains(*folder))
        .map(|(folder, _)| format!("{folder} is not on the map"))
        .collect();
    let paths = map.split('`').skip(1).step_by(2).filter(|word| {
        ["engine/", "gates/", "tests/", "workflows/", "schemas/", "examples/"]
            .iter()
            .any(|top| word.starts_with(top))
            && !word.contains(['*', ' ', '<', '{'])
    });
    wrong.extend(
        paths
            .filter(|path| !root().join(path).exists())
            .map(|path| format!("the map names `{path}`, which does not exist")),
    );
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
