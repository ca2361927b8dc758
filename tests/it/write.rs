//! The commands with which definitions are written and tried: what they say, on which stream, with which exit code.

mod admin;
mod check;
mod init;
mod packages;
mod pictures;
mod plan;
mod repository;
mod scan;
mod simulate;
mod vulnerabilities;

use expect_test::Expect;

use crate::dod::Project;

/// Runs the program in a project and compares everything that it leaves.
fn check(project: &Project, words: &[&str], expect: &Expect) {
    let said = project.dod(words);
    // The folder has another name each time.
    let folder = project.path().canonicalize().expect("the folder is there");
    let text = said.to_string().replace(folder.to_str().expect("the folder has a plain name"), "FOLDER");
    expect.assert_eq(&text);
}

/// The object that a call prints with `--format json`.
fn object(project: &Project, words: &[&str]) -> serde_json::Value {
    let words: Vec<&str> = words.iter().copied().chain(["--format", "json"]).collect();
    let said = project.dod(&words);
    serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error} in {said}"))
}
