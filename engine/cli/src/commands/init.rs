//! `dod init`: writes a first workflow for what is in the tree.

use clap::Args;
use dod_catalogue::{WorkflowFile, detect, write_workflow};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::definitions::{Origin, Texts};
use crate::governed::{self, Asked, DEFAULT_POLICY};
use crate::output;
use crate::project::{Project, WORKFLOW_FILE};

/// Write a first `dod.yaml` for the projects in this folder
///
/// Looks for Rust, Python, Node and Go projects and writes the gates that suit each, with comments. Nothing runs,
/// and no file is overwritten without `--force`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod init                        what `dod validate` would run without a `dod.yaml`, written out
  dod init --policy strict        to be judged by another policy
  dod init --force                write it again")]
pub(crate) struct InitArgs {
    /// The policy that the workflow asks for
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// Overwrite a `dod.yaml` that is there
    #[arg(long)]
    force: bool,
}

/// The workflow of a folder in which nothing is recognized.
const EXAMPLE: &str = "\
# The gates of this repository. No project of a known language was found, so this is an example to change.
# `dod plan` says what would run and why, `dod check` proofreads this file.
version: 1
policy: minimal

steps:
  # A step is a command; it has passed if its exit code is 0. A kind says what it is to a policy.
  test: { run: 'echo \"put your own command here\"', kind: test }
  # With a report a policy can judge more than the exit code:
  # test: { run: make test, kind: test, evidence: { junit: 'build/*.xml' } }
  # The scanner for keys, tokens and passwords is part of dod; `dod schema workflow` lists every word.
  secrets: { uses: scan/secrets }
";

pub(crate) fn run(args: InitArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let InitArgs { policy, force } = args;
    let project = place(globals)?;
    let path = project.root.join(WORKFLOW_FILE);
    if !force && path.symlink_metadata().is_ok() {
        return Err(CommandError::usage(format!("`{}` exists already", path.display()))
            .hint("`dod check` proofreads it; `dod init --force` overwrites it"));
    }
    let texts = Texts::new(&project, Origin::Tree);
    let asked = Asked { quiet: true, ..Asked::default() };
    if let Some(policy) = &policy {
        governed::policy(&texts, &asked, policy)?;
    }
    let found = detect(&texts.files, &|path| project.read(path));
    let text = if found.is_empty() { EXAMPLE.to_owned() } else { write_workflow(&found) };
    let text = with_policy(&text, policy.as_deref());
    let file = WorkflowFile { path: WORKFLOW_FILE.to_owned(), text };
    dod_host::storage::write_atomic(&path, file.text.as_bytes())?;
    let projects: Vec<serde_json::Value> = found
        .iter()
        .map(|one| serde_json::json!({ "name": one.name, "path": one.path, "marker": one.marker }))
        .collect();
    if globals.json() {
        let object = serde_json::json!({ "written": [file.path], "projects": projects });
        output::result(&format!("{object:#}\n"));
        return Ok(Exit::Done);
    }
    output::result(&format!("wrote {}\n", file.path));
    for one in &found {
        let place = if one.path.is_empty() { "." } else { &one.path };
        output::result(&format!("  {} in {place}, from {}\n", one.language.word(), one.marker));
    }
    if found.is_empty() {
        output::result(
            "  no Rust, Python, Node or Go project was found: it is an example with a step of its own\n",
        );
    }
    output::result("next: `dod plan` says what would run, `dod validate` runs it\n");
    Ok(Exit::Done)
}

/// Where the file goes: the folder named with `-C` or the current one, also where a folder above has a workflow
/// or is the root of the repository: a part of a monorepo may have one of its own.
fn place(globals: &Globals) -> Result<Project, CommandError> {
    let mut project = globals.project()?;
    let asked = globals.directory.as_deref().unwrap_or_else(|| std::path::Path::new("."));
    let start = asked.canonicalize().unwrap_or_else(|_| project.root.clone());
    if start != project.root {
        if let Some(inner) = start.strip_prefix(&project.root).ok().and_then(std::path::Path::to_str) {
            project.prefix = project.in_repository(inner);
        }
        project.root = start;
    }
    Ok(project)
}

/// The text with the policy that was asked for.
fn with_policy(text: &str, policy: Option<&str>) -> String {
    let Some(policy) = policy.filter(|policy| *policy != DEFAULT_POLICY || text.contains("policy: minimal"))
    else {
        return text.to_owned();
    };
    let line = |line: &str| {
        let of_policy = line.starts_with("policy: ");
        if of_policy { format!("policy: {}\n", quoted(policy)) } else { format!("{line}\n") }
    };
    text.lines().map(line).collect()
}

/// A name as YAML: in quotes unless it is plainly a word.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./".contains(char);
    if word.starts_with(|char: char| char.is_ascii_alphabetic() || char == '.') && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "''"))
}
