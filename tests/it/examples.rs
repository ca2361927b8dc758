//! The shipped examples give the verdicts that their READMEs state. What needs a tool that is missing here is
//! left out aloud.

use std::path::{Path, PathBuf};

use crate::dod::Project;

fn example(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../examples").join(name)
}

/// A copy of an example, committed, so that nothing is written into the source tree.
fn copy(name: &str) -> Project {
    let project = Project::with(&[]);
    let mut work = vec![example(name)];
    while let Some(folder) = work.pop() {
        for entry in std::fs::read_dir(&folder).unwrap().flatten() {
            let path = entry.path();
            let rest = path.strip_prefix(example(name)).unwrap().to_owned();
            if ["target", "node_modules", ".dod", ".venv", "__pycache__"]
                .iter()
                .any(|name| path.ends_with(name))
            {
                continue;
            }
            if path.is_dir() {
                work.push(path);
            } else {
                let to = project.path().join(rest);
                std::fs::create_dir_all(to.parent().unwrap()).unwrap();
                std::fs::copy(&path, to).unwrap();
            }
        }
    }
    project.commit("example");
    project
}

/// Programs that must be on `PATH` for the full verdict.
fn missing(programs: &[&str]) -> bool {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let gone: Vec<&&str> = programs
        .iter()
        .filter(|name| !std::env::split_paths(&path).any(|folder| folder.join(name).is_file()))
        .collect();
    if !gone.is_empty() {
        println!("skipped: {gone:?} missing");
    }
    !gone.is_empty()
}

#[test]
fn hello_passes_with_cargo_alone() {
    let said = copy("hello").dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.last().starts_with("PASSED: 2 gates"), "{said}");
}

#[test]
fn rust_passes() {
    if missing(&["cargo-clippy", "rustfmt"]) {
        return;
    }
    let said = copy("rust").dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn python_passes_with_python_alone() {
    if missing(&["python3"]) {
        return;
    }
    let said = copy("python").dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn node_passes_with_node_alone() {
    if missing(&["node", "npm"]) {
        return;
    }
    let said = copy("node").dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn polyglot_fails_on_purpose() {
    if missing(&["node", "python3"]) {
        return;
    }
    let said = copy("polyglot").dod(&["validate"]);
    assert_eq!(said.code, 1, "{said}");
}

#[test]
fn every_example_is_proofread_without_a_word() {
    for name in ["hello", "rust", "python", "node", "polyglot"] {
        let said = copy(name).dod(&["check"]);
        assert_eq!(said.code, 0, "{name}: {said}");
    }
}
