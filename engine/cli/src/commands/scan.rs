//! `dod scan`: the built-in scanners, as steps of a workflow call them and usable alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand, ValueEnum};
use dod_scanners::sarif::{Level, Run};
use dod_scanners::secrets::{self, Options, Report};

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output;
use crate::project::Project;

mod licenses;
mod sbom;
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
  dod scan licenses                     licenses that are not allowed")]
pub(crate) struct ScanArgs {
    #[command(subcommand)]
    scanner: Scanner,
}

#[derive(Debug, Subcommand)]
enum Scanner {
    Secrets(SecretsArgs),
    Vulnerabilities(vulnerabilities::VulnerabilitiesArgs),
    Sbom(sbom::SbomArgs),
    Licenses(licenses::LicensesArgs),
}

/// Find keys, tokens and passwords in the files of the project
///
/// Looks into what `.gitignore` does not hide, and into everything that is committed although it is hidden. A
/// secret is never printed: a finding shows four characters of it and a fingerprint. What is no secret is allowed
/// by a line `# dod:allow secret` or in `.dod-secrets-allow`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod scan secrets                          the whole tree
  dod scan secrets src deploy.sh            only these files and folders
  dod scan secrets --changed main           what differs from where this change left main
  dod scan secrets --as sarif --output secrets.sarif

Exit codes: 0 none found, 1 some found, 2 the command line is wrong, 3 something could not be read")]
struct SecretsArgs {
    /// Only these files and folders
    #[arg(value_name = "PATHS", conflicts_with = "changed")]
    paths: Vec<PathBuf>,
    /// Only files that differ from where this change left REF
    #[arg(long, value_name = "REF")]
    changed: Option<String>,
    /// The form of the report: a table for people, or SARIF 2.1.0
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Table)]
    form: Form,
    /// Write the report into this file instead of printing it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
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
        Scanner::Secrets(args) => secrets(args, globals),
        Scanner::Vulnerabilities(args) => vulnerabilities::run(args, globals),
        Scanner::Sbom(args) => sbom::run(args, globals),
        Scanner::Licenses(args) => licenses::run(args, globals),
    }
}

fn secrets(args: SecretsArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let SecretsArgs { paths, changed, form, output } = args;
    let project = globals.project()?;
    let base = globals.directory.as_deref().unwrap_or(Path::new("."));
    let paths = match changed {
        Some(reference) => Some(changed_files(&project, &reference)?),
        None if paths.is_empty() => None,
        None => {
            let named: Vec<Vec<String>> =
                paths.iter().map(|path| in_project(&project, base, path)).collect::<Result<_, _>>()?;
            Some(named.concat())
        }
    };
    let options = Options { paths, tracked: tracked(&project)?, allow: None };
    let report = secrets::scan(&project.root, &options).map_err(|error| {
        let error_text = error.to_string();
        match error {
            secrets::ScanError::Root { .. } => CommandError::system(error_text),
            _ => CommandError::usage(error_text),
        }
    })?;
    let text = match form {
        _ if globals.json() => format!("{:#}\n", object(&report)),
        Form::Table => table(&report),
        Form::Sarif => String::from_utf8_lossy(&report.to_sarif()).into_owned(),
    };
    match &output {
        Some(file) => dod_host::storage::write_atomic(&base.join(file), text.as_bytes())?,
        None => output::result(&text),
    }
    if form != Form::Table || output.is_some() {
        output::talk(&said(&report.run));
    }
    Ok(match (report.open, report.run.successful) {
        (0, true) => Exit::Done,
        (0, false) => Exit::Undecided,
        _ => Exit::Failed,
    })
}

/// Committed files: looked into although an ignore rule hides them.
fn tracked(project: &Project) -> Result<Vec<String>, CommandError> {
    let (Some(git), Some(commit)) = (&project.git, &project.head.commit) else { return Ok(Vec::new()) };
    let files = git.files_at(commit, &project.prefix)?;
    let own = files.iter().filter_map(|path| project.in_project(path));
    // What the working tree does not have any more is no part of it, nor is a link's target.
    let there = |path: &&str| {
        std::fs::symlink_metadata(project.root.join(path)).is_ok_and(|file| file.file_type().is_file())
    };
    Ok(own.filter(there).map(str::to_owned).collect())
}

fn changed_files(project: &Project, reference: &str) -> Result<Vec<String>, CommandError> {
    let git = project.git.as_ref().ok_or_else(|| {
        CommandError::usage(format!("`{reference}` cannot be compared with: there is no git repository"))
    })?;
    let base = git.base(reference)?;
    let changed = git.changed_since(&base.commit)?;
    let texts = changed.iter().map(|path| String::from_utf8_lossy(path.as_bytes()).into_owned());
    let own = texts.filter_map(|path| project.in_project(&path).map(str::to_owned));
    Ok(own.filter(|path| project.root.join(path).is_file()).collect())
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

/// What is printed with `--format json`.
fn object(report: &Report) -> serde_json::Value {
    let run = &report.run;
    let finding = |finding: &dod_scanners::sarif::Finding| {
        serde_json::json!({
            "rule": run.rules[finding.rule].id,
            "path": finding.path,
            "line": finding.line,
            "column": finding.column,
            "message": finding.message,
            "fingerprint": finding.fingerprint,
            "suppressed": finding.suppressed.as_ref().map(|(_, why)| why),
        })
    };
    serde_json::json!({
        "files": report.files,
        "bytes": report.bytes,
        "open": report.open,
        "suppressed": report.suppressed,
        "complete": run.successful,
        "findings": run.results.iter().map(finding).collect::<Vec<_>>(),
        "notifications": run.notifications.iter().map(|said| serde_json::json!({
            "level": said.level.as_str(), "id": said.id, "path": said.path, "message": said.message,
        })).collect::<Vec<_>>(),
    })
}

/// The report for people: open findings by place, what was not looked into, the count.
fn table(report: &Report) -> String {
    let run = &report.run;
    let mut text = String::new();
    for finding in run.results.iter().filter(|finding| finding.suppressed.is_none()) {
        let rule = &run.rules[finding.rule].id;
        text +=
            &format!("{}:{}:{}  {}  [{rule}]\n", finding.path, finding.line, finding.column, finding.message);
    }
    text += &said(run);
    let found = match report.open {
        0 => "no secrets".to_owned(),
        1 => "1 secret".to_owned(),
        many => format!("{many} secrets"),
    };
    let allowed = match report.suppressed {
        0 => String::new(),
        number => format!(", {number} allowed"),
    };
    let files = if report.files == 1 { "1 file".to_owned() } else { format!("{} files", report.files) };
    let whole = if run.successful { "" } else { "; not everything could be read" };
    text += &format!("{found} in {files}{allowed}{whole}\n");
    text
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
