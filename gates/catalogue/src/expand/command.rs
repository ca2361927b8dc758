//! Command lines: parameters become arguments, `$DOD_REPORTS` becomes the attempt's scratch folder.
//!
//! `$DOD_REPORTS` is known only when an attempt starts, so a command that names it is handed to `sh`,
//! every other character quoted. A command that does not needs no shell.
//!
//! **Absent on purpose:** checks that reading an entry has made already.

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::Program;

use super::{ExpandError, FILES_MAX, Site};
use crate::entry::{Entry, glob_set};
use crate::template::{self, FILES, Piece};

/// The variable that names the scratch folder for reports.
const REPORTS: &str = "$DOD_REPORTS";
/// Programs that fill in `$DOD_REPORTS` themselves.
const SHELLS: &[&str] = &["bash", "sh"];

fn value<'a>(entry: &'a Entry, name: &str, with: &'a BTreeMap<Name, Value>) -> Option<&'a Value> {
    with.get(name).or_else(|| entry.with.get(name)?.default.as_ref())
}

fn scalar(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        Value::Bool(flag) => flag.to_string(),
        Value::Decimal(_) | Value::List(_) | Value::Map(_) | Value::Null => String::new(),
    }
}

/// A command with its parameters filled in.
pub(super) fn words(entry: &Entry, command: &[String], with: &BTreeMap<Name, Value>) -> Vec<String> {
    let mut words = Vec::new();
    for argument in command {
        match template::whole(argument) {
            Some(name) => words.extend(arguments(entry, name, with)),
            None => words.push(self::argument(entry, argument, with)),
        }
    }
    words
}

/// The arguments that a parameter standing alone becomes.
fn arguments(entry: &Entry, name: &str, with: &BTreeMap<Name, Value>) -> Vec<String> {
    let args: &[String] = entry.with.get(name).map_or(&[], |parameter| &parameter.args);
    let one = |value: &Value| -> Vec<String> {
        let text = scalar(value);
        if args.is_empty() { vec![text] } else { args.iter().map(|arg| arg.replace("{}", &text)).collect() }
    };
    match value(entry, name, with) {
        None | Some(Value::Bool(false) | Value::Null) => Vec::new(),
        Some(Value::Bool(true)) => args.to_vec(),
        Some(Value::List(items)) => items.iter().flat_map(one).collect(),
        Some(scalar) => one(scalar),
    }
}

/// An argument with parameters inside it.
fn argument(entry: &Entry, argument: &str, with: &BTreeMap<Name, Value>) -> String {
    template::pieces(argument)
        .into_iter()
        .map(|piece| match piece {
            Piece::Literal(text) => text.to_owned(),
            Piece::Parameter(name) => value(entry, name, with).map(scalar).unwrap_or_default(),
        })
        .collect()
}

/// Whether one of the entry's commands names the files it looks at.
pub(super) fn takes_files(entry: &Entry) -> bool {
    [Some(&entry.run), entry.check.as_ref(), entry.fix.as_ref()]
        .into_iter()
        .flatten()
        .flatten()
        .any(|argument| template::whole(argument) == Some(FILES))
}

/// The files for `{files}`: those a step names, or the tracked ones of the project that `detect` is about.
pub(super) fn files(
    entry: &Entry,
    with: &BTreeMap<Name, Value>,
    site: &Site<'_>,
) -> Result<Vec<String>, ExpandError> {
    let gate = || entry.name.to_string();
    let files: Vec<String> = match with.get(FILES) {
        Some(Value::List(items)) => items.iter().map(scalar).collect(),
        // Anything else has been refused.
        Some(_) => Vec::new(),
        None => {
            let globs = glob_set(&entry.detect.globs);
            let inside = |file: &'_ String| relative(site.cwd, file).map(str::to_owned);
            site.files.iter().filter_map(inside).filter(|file| globs.is_match(file)).map(dashless).collect()
        }
    };
    if files.is_empty() {
        return Err(ExpandError::NoFiles { gate: gate(), globs: entry.detect.globs.join(", ") });
    }
    if files.len() > FILES_MAX {
        return Err(ExpandError::TooManyFiles { gate: gate(), files: files.len(), files_max: FILES_MAX });
    }
    Ok(files)
}

/// A file's path from a folder, where it lies in that folder.
pub(crate) fn relative<'a>(folder: &str, file: &'a str) -> Option<&'a str> {
    if folder.is_empty() { Some(file) } else { file.strip_prefix(folder)?.strip_prefix('/') }
}

/// A file called `-x` must not become an option.
fn dashless(file: String) -> String {
    if file.starts_with('-') { format!("./{file}") } else { file }
}

/// The program, and the name of the real one where a shell stands before it.
pub(super) fn program(argv: Vec<String>) -> (Program, Option<String>) {
    let is_shell = argv.first().is_some_and(|program| SHELLS.contains(&program.as_str()));
    if is_shell || !argv.iter().any(|argument| argument.contains(REPORTS)) {
        return (Program::Argv(argv.into_iter().map(Name::from).collect()), None);
    }
    let wrapped = argv.first().cloned();
    let words: Vec<String> = argv.iter().map(|argument| quoted(argument)).collect();
    let script = Name::from(format!("exec {}", words.join(" ")));
    let shell = ["sh", "-e", "-c"].into_iter().map(Name::from).collect();
    (Program::Shell { script, shell }, wrapped)
}

/// An argument as `sh` reads it back, with nothing but `$DOD_REPORTS` replaced.
fn quoted(argument: &str) -> String {
    argument.split(REPORTS).map(quoted_literal).collect::<Vec<_>>().join("\"$DOD_REPORTS\"")
}

fn quoted_literal(text: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_=./:,@+%".contains(c);
    if text.chars().all(plain) { text.to_owned() } else { format!("'{}'", text.replace('\'', r"'\''")) }
}
