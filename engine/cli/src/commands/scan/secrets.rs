//! `dod scan secrets`: credentials in the tree, in a change, or in the past.
//!
//! **Absent on purpose:** what a secret looks like.

use std::path::PathBuf;

use clap::Args;
use dod_scanners::FILE_BYTES_MAX;
use dod_scanners::secrets::{self, ALLOW_FILE, History, Options, Report, ScanError};

use super::progress::Progress;
use super::{Change, Form, deliver, lines, named, number, said, tracked};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::definitions::{Origin, Texts};
use crate::project::Project;

/// Find keys, tokens and passwords in the files of the project
///
/// Looks into what `.gitignore` does not hide, and into everything that is committed although it is hidden. A
/// secret is never printed: a finding shows four characters of it and a fingerprint. What is no secret is allowed
/// by a line `# dod:allow secret` or in `.dod-secrets-allow`, which has lines `path GLOB` and
/// `fingerprint DIGITS why it is none`. A file of it that the change brings does not count with `--since`: that of
/// the base does.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod scan secrets                          the whole tree
  dod scan secrets src deploy.sh            only these files and folders
  dod scan secrets --since main             only lines that differ from where this change left main
  dod scan secrets --history                every version of every file, back to the first commit
  dod scan secrets --history=v1.0..HEAD     every version since v1.0
  dod scan secrets --as sarif --output secrets.sarif

Exit codes: 0 none found, 1 some found, 2 the command line is wrong, 3 something could not be read")]
pub(super) struct SecretsArgs {
    /// Only these files and folders
    #[arg(value_name = "PATHS", conflicts_with_all = ["since", "history"])]
    paths: Vec<PathBuf>,
    /// Only lines that differ from where this change left REF
    #[arg(long, value_name = "REF", conflicts_with = "history")]
    since: Option<String>,
    /// Every version that commits brought instead of the files of now: all of them, `A..B`, or those up to B
    #[arg(long, value_name = "RANGE", num_args = 0..=1, require_equals = true, default_missing_value = "HEAD")]
    history: Option<String>,
    /// The form of the report: a table for people, or SARIF 2.1.0
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Table)]
    form: Form,
    /// Write the report into this file instead of printing it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: &SecretsArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let SecretsArgs { paths, since, history, form, output } = args;
    let project = globals.project()?;
    let report = match history {
        Some(range) => past(&project, range)?,
        None => {
            let change = since.as_deref().map(|reference| Change::since(&project, reference)).transpose()?;
            let options = Options {
                paths: named(&project, globals, paths)?,
                tracked: tracked(&project)?,
                lines: change.map(|change| change.lines),
                allow: since
                    .as_deref()
                    .map(|reference| allowed_at(&project, reference))
                    .transpose()?
                    .flatten(),
            };
            let mut progress = Progress::new("files looked into");
            secrets::scan(&project.root, &options, &mut |done, of| progress.tell(done, of))
                .map_err(|error| not_scanned(&error))?
        }
    };
    let counts = serde_json::json!({ "files": report.files, "bytes": report.bytes });
    deliver(&report.run, || table(&report, history.is_some()), (*form, output.as_deref()), globals, counts)
}

fn not_scanned(error: &ScanError) -> CommandError {
    let text = error.to_string();
    match error {
        ScanError::Tree(dod_scanners::TreeError::Root { .. }) => CommandError::system(text),
        _ => CommandError::usage(text),
    }
}

/// The allow file of the base: a change does not say by itself which of its secrets are none. `None` where the base
/// has no such file, so that the first one counts.
fn allowed_at(project: &Project, reference: &str) -> Result<Option<String>, CommandError> {
    let git = project.git.as_ref().ok_or_else(|| super::no_repository(reference))?;
    let base = git.base(reference)?;
    let texts = Texts::new(project, Origin::Commit(base.commit));
    texts.text(ALLOW_FILE).map_err(|why| CommandError::usage(format!("`{ALLOW_FILE}`: {why}")))
}

/// Looks into what commits brought.
fn past(project: &Project, range: &str) -> Result<Report, CommandError> {
    let git = project
        .git
        .as_ref()
        .ok_or_else(|| CommandError::usage("there is no git repository, so there is no history"))?;
    let range = git.range(range)?;
    let commits = git.commits_of(&range)?;
    let mut history = History::new(&project.root, None).map_err(|error| not_scanned(&error))?;
    let cut = git.cut_off()?;
    if commits.iter().any(|commit| cut.contains(commit)) {
        history.incomplete(
            "this clone is shallow, so older versions are not looked into: `git fetch --unshallow`"
                .to_owned(),
        );
    }
    let mut progress = Progress::new("commits looked into");
    let whole = git.versions(
        &commits,
        FILE_BYTES_MAX,
        &mut |version| {
            let path = String::from_utf8_lossy(version.path.as_bytes()).into_owned();
            if let Some(path) = project.in_project(&path) {
                history.version(version.commit, path, version.content);
            }
        },
        &mut |done| progress.tell(done, commits.len()),
    )?;
    if !whole {
        history.incomplete(format!(
            "more than {} versions of files were brought; the others are not looked into",
            dod_host::git::VERSIONS_MAX
        ));
    }
    Ok(history.finish())
}

/// The report for people: open findings by place, what was not looked into, the count.
fn table(report: &Report, past: bool) -> String {
    let run = &report.run;
    let found = match report.open {
        0 => "no secrets".to_owned(),
        many => number(many, "secret"),
    };
    let allowed = match report.suppressed {
        0 => String::new(),
        number => format!(", {number} allowed"),
    };
    let looked = usize::try_from(report.files).unwrap_or(usize::MAX);
    let files = if past { format!("{} of files", number(looked, "version")) } else { number(looked, "file") };
    let whole = if run.successful { "" } else { "; not everything could be read" };
    format!("{}{}{found} in {files}{allowed}{whole}\n", lines(run), said(run))
}
