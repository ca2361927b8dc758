//! `dod scan files`: what every repository should have, and what none should.
//!
//! **Absent on purpose:** what is wrong with a file.

use std::path::PathBuf;

use clap::Args;
use dod_scanners::files::{self, Header, Options, RULES, Report, ScanError};

use super::progress::Progress;
use super::{Change, Form, deliver, lines, named, number, said, tracked};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::definitions;
use crate::project::Project;

/// Find missing, large and binary files, conflicts, and links that lead nowhere
///
/// Rules: `required-file`, `license-header` (where `--header` asks for one), `large-file`, `binary-file`,
/// `merge-marker`, `broken-link` and `broken-anchor` (in Markdown, within the repository; nothing is fetched),
/// `colliding-names`, `escaping-symlink`, `broken-symlink`, and on request `mixed-line-endings`.
/// What `.gitignore` hides is not looked at, and a link to it is broken. A line with `dod:allow RULE`, say in a
/// comment, allows what is found there or on the next line.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod scan files                                             the whole project
  dod scan files --since main                                only what differs from where this change left main
  dod scan files --require README.md --require 'LICENSE*|COPYING' --require SECURITY.md
  dod scan files --header '*.rs=SPDX-License-Identifier: Apache-2.0'
  dod scan files --header '*.{c,h}=@tools/header.txt' --header 'vendor/**=none'
  dod scan files --max-size 1MB --allow-large 'data/**' --allow-binary '*.wasm'
  dod scan files --exclude 'tests/fixtures/**' --skip binary-file --also mixed-line-endings

In globs, `*` stays within a folder, `**` does not, and one without `/` is for every folder. A header is a text in
which signs of comments and line breaks do not count and `{year}` is any year; `SPDX` asks for any license of SPDX,
`none` for nothing, `@FILE` for the text of a file. The first header whose glob fits counts.

Exit codes: 0 nothing found, 1 something found, 2 the command line is wrong, 3 something could not be read")]
pub(super) struct FilesArgs {
    /// Only these files and folders
    #[arg(value_name = "PATHS", conflicts_with = "since")]
    paths: Vec<PathBuf>,
    /// Only files that differ from where this change left REF, and links to what it took away
    #[arg(long, value_name = "REF")]
    since: Option<String>,
    /// A file that has to be there, in any case, `|` between alternatives; several times for several. Instead of
    /// README and LICENSE
    #[arg(long, value_name = "GLOB")]
    require: Vec<String>,
    /// What files begin with; may be given several times
    #[arg(long, value_name = "GLOB=TEXT")]
    header: Vec<String>,
    /// More than this is large: bytes, or with kB, MB, KiB, MiB
    #[arg(long, value_name = "SIZE", default_value = "5MB", value_parser = size)]
    max_size: u64,
    /// Files that may be large
    #[arg(long, value_name = "GLOB")]
    allow_large: Vec<String>,
    /// Files that may be binary, beside pictures, fonts, sounds and office documents
    #[arg(long, value_name = "GLOB")]
    allow_binary: Vec<String>,
    /// Files that are not looked at
    #[arg(long, value_name = "GLOB")]
    exclude: Vec<String>,
    /// Rules that do not hold
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = rule)]
    skip: Vec<String>,
    /// Rules that hold as well
    #[arg(long, value_name = "RULES", value_delimiter = ',', value_parser = rule)]
    also: Vec<String>,
    /// The form of the report: a table for people, or SARIF 2.1.0
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Table)]
    form: Form,
    /// Write the report into this file instead of printing it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

fn rule(word: &str) -> Result<String, String> {
    match RULES.iter().any(|(id, ..)| *id == word) {
        true => Ok(word.to_owned()),
        false => {
            let all: Vec<&str> = RULES.iter().map(|(id, ..)| *id).collect();
            Err(format!("the rules are {}", all.join(", ")))
        }
    }
}

/// Bytes, by the prefixes of SI (`kB`) or of IEC 80000-13 (`KiB`).
fn size(word: &str) -> Result<u64, String> {
    const UNITS: &[(&str, u64)] = &[
        ("", 1),
        ("b", 1),
        ("kb", 1_000),
        ("k", 1_000),
        ("mb", 1_000_000),
        ("m", 1_000_000),
        ("gb", 1_000_000_000),
        ("g", 1_000_000_000),
        ("kib", 1 << 10),
        ("mib", 1 << 20),
        ("gib", 1 << 30),
    ];
    let digits = word.len() - word.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    let unit = word[digits..].trim().to_ascii_lowercase();
    let factor = UNITS.iter().find(|(name, _)| *name == unit).map(|(_, factor)| *factor);
    let number = word[..digits].parse::<u64>().ok();
    let bytes = number.zip(factor).and_then(|(number, factor)| number.checked_mul(factor));
    bytes.ok_or_else(|| {
        "a whole number is needed, with `kB`, `MB`, `KiB` or `MiB` behind it or nothing".to_owned()
    })
}

pub(super) fn run(args: &FilesArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let project = globals.project()?;
    let options = options(args, &project, globals)?;
    let mut progress = Progress::new("files looked at");
    let report = files::scan(&project.root, &options, &mut |done, of| progress.tell(done, of));
    drop(progress);
    let report = report.map_err(|error| {
        let text = error.to_string();
        match error {
            ScanError::Tree(dod_scanners::TreeError::Root { .. }) => CommandError::system(text),
            _ => CommandError::usage(text),
        }
    })?;
    let counts = serde_json::json!({ "files": report.files });
    deliver(&report.run, || table(&report), (args.form, args.output.as_deref()), globals, counts)
}

fn options(args: &FilesArgs, project: &Project, globals: &Globals) -> Result<Options, CommandError> {
    let top = project.git.as_ref().and_then(|git| git.root().canonicalize().ok());
    let mut options = Options::new(top.unwrap_or_else(|| project.root.clone()));
    options.rules.extend(args.also.iter().cloned());
    options.rules.retain(|rule| !args.skip.contains(rule));
    if let Some(reference) = &args.since {
        let change = Change::since(project, reference)?;
        (options.paths, options.gone) = (Some(change.files), change.gone);
    } else if let Some(paths) = named(project, globals, &args.paths)? {
        options.paths = Some(paths.into_iter().collect());
    }
    options.tracked = tracked(project)?;
    if !args.require.is_empty() {
        options.required = args.require.clone();
    }
    for header in &args.header {
        options.headers.push(read_header(project, header)?);
    }
    options.large_bytes = args.max_size;
    options.allow_large = args.allow_large.clone();
    options.allow_binary = args.allow_binary.clone();
    options.exclude = args.exclude.clone();
    Ok(options)
}

fn read_header(project: &Project, word: &str) -> Result<Header, CommandError> {
    let Some((glob, text)) = word.split_once('=').filter(|(glob, _)| !glob.trim().is_empty()) else {
        return Err(CommandError::usage(format!("`--header {word}` is not `GLOB=TEXT`")));
    };
    let text = match text.trim().strip_prefix('@') {
        None => text.to_owned(),
        Some(file) => {
            let unreadable = |why: &str| CommandError::usage(format!("the header `{file}` {why}"));
            let bytes = definitions::bounded(&project.root.join(file))
                .map_err(|why| unreadable(&format!("cannot be read: {why}")))?;
            let bytes = bytes.ok_or_else(|| unreadable("is not there"))?;
            String::from_utf8(bytes).map_err(|_| unreadable("is no text"))?
        }
    };
    Header::new(glob.trim(), &text).map_err(|error| CommandError::usage(error.to_string()))
}

/// The report for people: open findings by place, what was not looked at, the count.
fn table(report: &Report) -> String {
    let run = &report.run;
    let found = match report.open {
        0 => "nothing to object to".to_owned(),
        many => number(many, "objection"),
    };
    let allowed = match report.suppressed {
        0 => String::new(),
        number => format!(", {number} allowed"),
    };
    let files = number(usize::try_from(report.files).unwrap_or(usize::MAX), "file");
    let whole = if run.successful { "" } else { "; not everything could be read" };
    format!("{}{}{found} in {files}{allowed}{whole}\n", lines(run), said(run))
}
