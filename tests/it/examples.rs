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

/// Whether one of these command lines cannot be run here. Being on `PATH` is not enough: rustup leaves a
/// `cargo-clippy` there that only says how to install it.
fn missing(tools: &[&[&str]]) -> bool {
    let runs = |words: &[&str]| {
        let output = std::process::Command::new(words[0]).args(&words[1..]).output();
        output.is_ok_and(|output| output.status.success())
    };
    let gone: Vec<&&[&str]> = tools.iter().filter(|words| !runs(words)).collect();
    if !gone.is_empty() {
        println!("skipped: {gone:?} cannot be run here");
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
    if missing(&[
        &["cargo", "clippy", "--version"],
        &["cargo", "fmt", "--version"],
        &["rustfmt", "--version"],
    ]) {
        return;
    }
    let said = copy("rust").dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn python_passes_with_python_alone() {
    if missing(&[&["python3", "--version"]]) {
        return;
    }
    let said = copy("python").dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn node_passes_with_node_alone() {
    if missing(&[&["node", "--version"], &["npm", "--version"]]) {
        return;
    }
    let said = copy("node").dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn polyglot_fails_on_purpose() {
    if missing(&[&["node", "--version"], &["python3", "--version"]]) {
        return;
    }
    let said = copy("polyglot").dod(&["validate"]);
    assert_eq!(said.code, 1, "{said}");
}

#[test]
fn release_bpmn_waits_for_people_and_passes() {
    let project = copy("release-bpmn");
    let said = project.dod(&["validate", "--workflow", "release.bpmn"]);
    assert_eq!(said.code, 4, "{said}");
    let step = "Approve the release";
    let said = project.dod(&["approve", "latest", step, "--as", "alice", "--set", "approved=true"]);
    assert_eq!(said.code, 0, "{said}");
    let said = project.dod(&["resume", "latest"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(project.path().join("dist/lib.rs").exists(), "{said}");
    assert_eq!(project.dod(&["replay", "latest"]).code, 0);
    assert_eq!(project.dod(&["check", "release.bpmn"]).code, 0);
}

#[test]
fn every_example_is_proofread_without_a_word() {
    for name in ["hello", "rust", "python", "node", "polyglot"] {
        let said = copy(name).dod(&["check"]);
        assert_eq!(said.code, 0, "{name}: {said}");
    }
}
