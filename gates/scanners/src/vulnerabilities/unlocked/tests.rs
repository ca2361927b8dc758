//! Which trees ask for packages that nothing pins.

use std::fs;

use tempfile::TempDir;

use super::unlocked;
use crate::packages::{Ecosystem, Inventory, Lock, Reach};

fn check(files: &[(&str, &str)], locked: &[Ecosystem], expected: &[&str]) {
    let folder = TempDir::new().unwrap();
    for (path, text) in files {
        let path = folder.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    let mut inventory = Inventory::default();
    for ecosystem in locked {
        let (path, digest) = ("lock".to_owned(), String::new());
        inventory.locks.push(Lock { path, ecosystem: *ecosystem, digest, packages: 0, reach: Reach::Whole });
    }
    let names: Vec<String> = files.iter().map(|(path, _)| (*path).to_owned()).collect();
    assert_eq!(unlocked(folder.path(), &names, &inventory), expected);
}

#[test]
fn a_file_that_asks_for_packages_wants_a_lock_file_of_its_ecosystem() {
    let files = [
        ("Cargo.toml", "[package]\nname = \"x\"\n[dependencies]\nserde = \"1\"\n"),
        ("web/package.json", "{\"dependencies\": {\"left-pad\": \"1\"}}"),
        ("web/deep/package.json", "{\"dependencies\": {\"left-pad\": \"1\"}}"),
        ("Gemfile", "gem 'rails'\n"),
    ];
    check(&files, &[], &["Cargo.toml", "web/package.json", "Gemfile"]);
    check(&files, &[Ecosystem::CratesIo, Ecosystem::RubyGems], &["web/package.json"]);
}

#[test]
fn a_file_that_asks_for_nothing_wants_none() {
    check(
        &[
            ("package.json", "{\"type\": \"module\", \"dependencies\": {}}"),
            ("composer.json", "{\"require\": {\"php\": \">=8\", \"ext-json\": \"*\"}}"),
            ("go.mod", "module example.org/x\n\ngo 1.25\n"),
            ("pyproject.toml", "[tool.ruff]\nline-length = 100\n"),
            ("Cargo.toml", "[package]\nname = \"x\"\n"),
            ("README.md", "no manifest"),
        ],
        &[],
        &[],
    );
}

#[test]
fn a_file_that_cannot_be_read_may_ask_for_anything() {
    check(&[("package.json", "{"), ("pyproject.toml", "[")], &[], &["package.json", "pyproject.toml"]);
}

#[test]
fn files_of_python_ask_in_several_ways() {
    for text in [
        "[project]\ndependencies = [\"requests\"]\n",
        "[project.optional-dependencies]\ndev = [\"pytest\"]\n",
        "[tool.poetry]\nname = \"x\"\n",
        "[dependency-groups]\ndev = [\"pytest\"]\n",
    ] {
        check(&[("pyproject.toml", text)], &[], &["pyproject.toml"]);
    }
    check(&[("pyproject.toml", "[project]\nname = \"x\"\ndependencies = []\n")], &[], &[]);
}
