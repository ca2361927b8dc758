//! `dod scan`: the built-in scanners, as steps of a workflow call them and usable alone.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use dod_host::tree::TreePath;
use dod_scanners::sarif::{COMMIT, Finding, Level, Run};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output;
use crate::project::Project;

mod commits;
mod files;
mod licenses;
mod progress;
mod sbom;
mod secrets;
mod vulnerabilities;

/// Notifications that people are told one by one.
const SAID_MAX: usize = 20;

/// Look for things that no tool has to be installed for
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod scan secrets                      keys, tokens and passwords in the tree
  dod scan vulnerabilities              known holes in locked packages
  dod scan sbom                         the packages of all lock files, as CycloneDX
  dod scan licenses                     licenses that are not allowed
  dod scan files                        missing, large and binary files, conflicts, broken links
  dod scan commits --since main         messages, sign-off, signatures and authors of commits")]
pub(crate) struct ScanArgs {
    #[command(subcommand)]
    scanner: Scanner,
}

#[derive(Debug, Subcommand)]
enum Scanner {
    Secrets(secrets::SecretsArgs),
    Vulnerabilities(vulnerabilities::VulnerabilitiesArgs),
    Sbom(sbom::SbomArgs),
    Licenses(licenses::LicensesArgs),
    Files(files::FilesArgs),
    Commits(commits::CommitsArgs),
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// For people
    Table,
    /// SARIF 2.1.0
    Sarif,
}

pub(crate) fn run(args: ScanArgs, globals: &Globals) -> Result<Exit, CommandError> {
    match args.scanner {
        Scanner::Secrets(args) => secrets::run(&args, globals),
        Scanner::Vulnerabilities(args) => vulnerabilities::run(args, globals),
        Scanner::Sbom(args) => sbom::run(args, globals),
        Scanner::Licenses(args) => licenses::run(args, globals),
        Scanner::Files(args) => files::run(&args, globals),
        Scanner::Commits(args) => commits::run(&args, globals),
    }
}

/// Hands over a report: into a file or to stdout, as a table, SARIF or JSON. What else the scanner has to say goes to
/// stderr where it is not in the table.
fn deliver(
    run: &Run,
    table: impl FnOnce() -> String,
    (form, output): (Form, Option<&Path>),
    globals: &Globals,
    counts: serde_json::Value,
) -> Result<Exit, CommandError> {
    let open = run.results.iter().filter(|finding| finding.suppressed.is_none()).count();
    let text = match form {
        _ if globals.json() => format!("{:#}\n", object(run, counts)),
        Form::Table => table(),
        Form::Sarif => String::from_utf8_lossy(&run.to_bytes()).into_owned(),
    };
    let base = globals.directory.as_deref().unwrap_or(Path::new("."));
    match output {
        Some(file) => dod_host::storage::write_atomic(&base.join(file), text.as_bytes())?,
        None => output::result(&text),
    }
    if form != Form::Table || output.is_some() || globals.json() {
        output::talk(&said(run));
    }
    Ok(match (open, run.successful) {
        (0, true) => Exit::Done,
        (0, false) => Exit::Undecided,
        _ => Exit::Failed,
    })
}

/// Files under version control: looked into although an ignore rule hides them.
fn tracked(project: &Project) -> Result<Vec<String>, CommandError> {
    let Some(git) = &project.git else { return Ok(Vec::new()) };
    let files: Vec<String> =
        git.tracked()?.iter().map(|path| String::from_utf8_lossy(path.as_bytes()).into_owned()).collect();
    let own = files.iter().filter_map(|path| project.in_project(path));
    // What the working tree does not have any more is no part of it, nor is a link's target.
    let there = |path: &&str| {
        std::fs::symlink_metadata(project.root.join(path)).is_ok_and(|file| file.file_type().is_file())
    };
    Ok(own.filter(there).map(str::to_owned).collect())
}

/// What differs from where a change left its base, as the project knows it.
#[derive(Debug, Default)]
struct Change {
    /// Lines by file.
    lines: BTreeMap<String, Vec<(u32, u32)>>,
    /// Files that are there and differ, in whatever way.
    files: BTreeSet<String>,
    /// Files that are not there any more.
    gone: BTreeSet<String>,
}

impl Change {
    fn since(project: &Project, reference: &str) -> Result<Self, CommandError> {
        let git = project.git.as_ref().ok_or_else(|| no_repository(reference))?;
        let base = git.base(reference)?;
        let touched = git.changed_since(&base.commit)?;
        let lines = git.changed_lines(&base.commit, &touched)?.lines;
        let name = |path: &TreePath| {
            let text = String::from_utf8_lossy(path.as_bytes()).into_owned();
            project.in_project(&text).map(str::to_owned)
        };
        let mut change = Self::default();
        for path in &touched {
            let Some(name) = name(path) else { continue };
            // A name that is no text is asked for as the bytes that it is.
            let there = git.root().join(path.as_path()).symlink_metadata().is_ok();
            if there { &mut change.files } else { &mut change.gone }.insert(name);
        }
        for (path, ranges) in lines {
            if let Some(name) = name(&path).filter(|name| change.files.contains(name)) {
                change.lines.insert(name, ranges);
            }
        }
        Ok(change)
    }
}

fn no_repository(reference: &str) -> CommandError {
    CommandError::usage(format!("`{reference}` cannot be compared with: there is no git repository"))
}

/// Files on the command line; `None` for the whole tree.
fn named(
    project: &Project,
    globals: &Globals,
    paths: &[PathBuf],
) -> Result<Option<Vec<String>>, CommandError> {
    let base = globals.directory.as_deref().unwrap_or(Path::new("."));
    if paths.is_empty() {
        return Ok(None);
    }
    let named: Vec<Vec<String>> =
        paths.iter().map(|path| in_project(project, base, path)).collect::<Result<_, _>>()?;
    Ok(Some(named.concat()))
}

/// A file on the command line, or the files of a folder that are not ignored, as the project knows them.
fn in_project(project: &Project, base: &Path, path: &Path) -> Result<Vec<String>, CommandError> {
    let shown = path.display();
    let whole = base
        .join(path)
        .canonicalize()
        .map_err(|error| CommandError::usage(format!("`{shown}` cannot be read: {}", error.kind())))?;
    let inside = whole.strip_prefix(&project.root).ok().and_then(Path::to_str);
    let inside = inside.ok_or_else(|| {
        CommandError::usage(format!("`{shown}` is outside the project {}", project.root.display()))
    })?;
    if !whole.is_dir() {
        return Ok(vec![inside.to_owned()]);
    }
    let below = if inside.is_empty() { String::new() } else { format!("{inside}/") };
    Ok(project.files().into_iter().filter(|file| file.starts_with(&below)).collect())
}

/// What is printed with `--format json`: counts, then what all scanners have.
fn object(run: &Run, counts: serde_json::Value) -> serde_json::Value {
    let finding = |finding: &Finding| {
        let mut value = serde_json::json!({
            "rule": run.rules[finding.rule].id,
            "path": finding.path,
            "line": finding.line,
            "column": finding.column,
            "message": finding.message,
            "fingerprint": finding.fingerprint,
            "suppressed": finding.suppressed.as_ref().map(|(_, why)| why),
        });
        if let Some(commit) = finding.properties.get(COMMIT) {
            value["commit"] = commit.clone();
        }
        value
    };
    let suppressed = run.results.iter().filter(|finding| finding.suppressed.is_some()).count();
    let mut object = counts;
    object["open"] = (run.results.len() - suppressed).into();
    object["suppressed"] = suppressed.into();
    object["complete"] = run.successful.into();
    object["findings"] = run.results.iter().map(finding).collect();
    object["notifications"] = run
        .notifications
        .iter()
        .map(|said| {
            serde_json::json!({
                "level": said.level.as_str(), "id": said.id, "path": said.path, "message": said.message,
            })
        })
        .collect();
    object
}

/// Open findings for people, by place.
fn lines(run: &Run) -> String {
    let mut text = String::new();
    for finding in run.results.iter().filter(|finding| finding.suppressed.is_none()) {
        let rule = &run.rules[finding.rule].id;
        let place = match (finding.path.as_str(), finding.line, finding.column) {
            ("", ..) => String::new(),
            (path, 0, _) => format!("{path}  "),
            (path, line, 0) => format!("{path}:{line}  "),
            (path, line, column) => format!("{path}:{line}:{column}  "),
        };
        text += &format!("{place}{}  [{rule}]\n", finding.message);
    }
    text
}

/// A number with its noun.
fn number(count: usize, one: &str) -> String {
    if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") }
}

/// What the scanner says about its own work, notes only as a count.
fn said(run: &Run) -> String {
    let mut text = String::new();
    let grave = run.notifications.iter().filter(|said| said.level != Level::Note);
    for said in grave.clone().take(SAID_MAX) {
        let place = said.path.as_ref().map(|path| format!("{path}: ")).unwrap_or_default();
        text += &format!("{}: {place}{}\n", said.level.as_str(), said.message);
    }
    let more = grave.count().saturating_sub(SAID_MAX);
    if more > 0 {
        text += &format!("and {more} more, in the SARIF report\n");
    }
    let mut notes: BTreeMap<&str, usize> = BTreeMap::new();
    for note in run.notifications.iter().filter(|said| said.level == Level::Note) {
        *notes.entry(note.id).or_default() += 1;
    }
    if !notes.is_empty() {
        let counts: Vec<String> = notes.iter().map(|(id, number)| format!("{number} {id}")).collect();
        text += &format!("notes: {}\n", counts.join(", "));
    }
    text
}
