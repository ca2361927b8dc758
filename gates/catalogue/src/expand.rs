//! Entry + parameters + place → the task that the kernel stores.
//!
//! **Absent on purpose:** finding programs, reading files: the tracked files are handed in.

mod command;

pub(crate) use command::relative;

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::{Action, EnvValue, ExitCodes, Gate, Task};

use crate::entry::{Entry, Parameter, Shape};
use crate::fault::{did_you_mean, nearest};
use crate::template::{self, FILES};

/// At most this many files are put on one command line through `{files}`.
pub const FILES_MAX: usize = 5_000;

/// Where an entry is used.
#[derive(Clone, Copy, Debug)]
pub struct Site<'a> {
    /// The project's folder relative to the repository root, `/`-separated; empty for the root.
    pub cwd: &'a str,
    /// The project's name in a monorepo.
    pub project: Option<&'a Name>,
    /// Install gates install (CI, `--install`); otherwise they look and change nothing.
    pub install: bool,
    /// Tracked files, relative to the repository root. Only entries with `{files}` look at them.
    pub files: &'a [String],
}

impl Site<'_> {
    /// The repository root, nothing installed, no files known.
    pub const ROOT: Site<'static> = Site { cwd: "", project: None, install: false, files: &[] };
}

/// Why a step's `uses:` cannot become a task. The step is wrong, not the entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ExpandError {
    /// No entry has this name.
    #[error("no gate is called `{name}`")]
    UnknownGate {
        /// The name.
        name: String,
        /// The gate that was perhaps meant.
        near: Option<String>,
    },
    /// The entry itself cannot be read.
    #[error("the definition of `{gate}` is wrong: {message}")]
    BadEntry {
        /// The gate.
        gate: String,
        /// Its first error.
        message: String,
    },
    /// `with` names a parameter that the entry does not have.
    #[error("`{gate}` has no parameter `{parameter}`")]
    UnknownParameter {
        /// The gate.
        gate: String,
        /// The parameter.
        parameter: String,
        /// The parameter that was perhaps meant.
        near: Option<String>,
    },
    /// A value of another shape.
    #[error("`{parameter}` of `{gate}` takes {expected}, not {found}")]
    WrongType {
        /// The gate.
        gate: String,
        /// The parameter.
        parameter: String,
        /// What it takes.
        expected: &'static str,
        /// What it was given.
        found: &'static str,
    },
    /// A parameter without which the gate cannot run.
    #[error("`{gate}` needs `{parameter}`: {about}")]
    MissingParameter {
        /// The gate.
        gate: String,
        /// The parameter.
        parameter: String,
        /// What it is for.
        about: String,
    },
    /// No tracked file is one that the gate looks at.
    #[error("no tracked file is one for `{gate}` ({globs})")]
    NoFiles {
        /// The gate.
        gate: String,
        /// The globs that files were sought with.
        globs: String,
    },
    /// More files than a command line carries.
    #[error("`{gate}` would be given {files} files, more than {files_max}")]
    TooManyFiles {
        /// The gate.
        gate: String,
        /// How many.
        files: usize,
        /// The bound.
        files_max: usize,
    },
}

impl ExpandError {
    /// The parameter the error is about, so that its place in the step can be underlined.
    pub fn parameter(&self) -> Option<&str> {
        match self {
            Self::UnknownParameter { parameter, .. } | Self::WrongType { parameter, .. } => Some(parameter),
            _ => None,
        }
    }

    /// What the writer could do about it, in one line.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownGate { near: Some(near), .. } | Self::UnknownParameter { near: Some(near), .. } => {
                Some(did_you_mean(near))
            }
            Self::WrongType { expected, parameter, .. } if *expected == Shape::List.describe() => {
                Some(format!("write `{parameter}: [a, b]`"))
            }
            Self::TooManyFiles { .. } => Some("name folders in `args` instead".to_owned()),
            _ => None,
        }
    }
}

/// The task of a step that uses `entry`.
pub(crate) fn task(
    entry: &Entry,
    with: &BTreeMap<Name, Value>,
    site: &Site<'_>,
) -> Result<Task, Vec<ExpandError>> {
    let looks_only = entry.check.as_ref().filter(|_| !site.install);
    let argv = fill(entry, looks_only.unwrap_or(&entry.run), with, site)?;
    let evidence = if looks_only.is_some() { Vec::new() } else { entry.evidence.clone() };
    let mut action = action(entry, argv, with, site);
    if let Some(cure) = runner_cure(with) {
        action.install = Some(cure);
    }
    action.evidence = evidence;
    action.exit = if looks_only.is_some() { looking() } else { entry.exit.clone() };
    let gate = Gate {
        kind: entry.kind.clone(),
        must_succeed: entry.must_succeed && looks_only.is_none(),
        project: site.project.cloned(),
        uses: Some(entry.name.clone()),
    };
    Ok(plain(entry, action, Some(gate)))
}

/// The task that puts right what the gate finds; `None` where the entry knows no fixer.
pub(crate) fn fix(
    entry: &Entry,
    with: &BTreeMap<Name, Value>,
    site: &Site<'_>,
) -> Result<Option<Task>, Vec<ExpandError>> {
    let Some(command) = &entry.fix else { return Ok(None) };
    let argv = fill(entry, command, with, site)?;
    let action = action(entry, argv, with, site);
    Ok(Some(plain(entry, action, None)))
}

/// What a look says: all is there, or else nothing is known of the project yet. No process ends with -1, so no
/// code of a look speaks against the product.
fn looking() -> ExitCodes {
    ExitCodes { clean: vec![0], findings: vec![-1] }
}

/// The parameter that names what runs a tool, in the entries that have one.
const RUNNER: &str = "runner";

/// Where a tool runs through another program, that program is what may be missing.
fn runner_cure(with: &BTreeMap<Name, Value>) -> Option<Name> {
    let Value::List(words) = with.get(RUNNER)? else { return None };
    let Value::Text(runner) = words.first()? else { return None };
    Some(match runner.as_str() {
        "uv" | "poetry" | "pdm" | "pipenv" | "hatch" => Name::from(format!("pip install {runner}")),
        other => Name::from(format!("install {other}")),
    })
}

fn plain(entry: &Entry, action: Action, gate: Option<Gate>) -> Task {
    Task {
        action,
        gate,
        idempotent: entry.idempotent,
        pool: None,
        probe: None,
        retry: None,
        tags: Vec::new(),
        timeout_ms: entry.timeout_ms,
    }
}

/// The question for the version; its parameters have been checked with those of `run`.
fn version(entry: &Entry, with: &BTreeMap<Name, Value>) -> Vec<Name> {
    command::words(entry, &entry.version, with).into_iter().map(Name::from).collect()
}

fn action(entry: &Entry, argv: Vec<String>, with: &BTreeMap<Name, Value>, site: &Site<'_>) -> Action {
    let (run, wrapped) = command::program(argv);
    let named: Vec<String> = entry.programs.iter().map(ToString::to_string).collect();
    let mut programs: Vec<Name> = command::words(entry, &named, with).into_iter().map(Name::from).collect();
    let wrapped = wrapped.map(Name::from).filter(|program| !programs.contains(program));
    programs.extend(wrapped);
    let at_site = |globs: &[String]| globs.iter().map(|glob| repository_glob(site.cwd, glob)).collect();
    Action {
        cwd: Name::from(site.cwd),
        env: entry.env.iter().map(|(name, text)| (name.clone(), EnvValue::Text(text.clone()))).collect(),
        evidence: Vec::new(),
        exit: ExitCodes::default(),
        inputs: at_site(&entry.inputs),
        install: entry.install.as_deref().map(Name::from),
        outputs: at_site(&entry.outputs),
        programs,
        run,
        secrets: BTreeMap::new(),
        version: version(entry, with),
    }
}

/// A glob of an entry, relative to the project or (with `/`) to the repository, as one of the repository.
fn repository_glob(cwd: &str, glob: &str) -> Name {
    match glob.strip_prefix('/') {
        Some(rooted) => Name::from(rooted),
        None if cwd.is_empty() => Name::from(glob),
        None => Name::from(format!("{}/{glob}", globset::escape(cwd))),
    }
}

/// A command with its parameters filled in, or everything that is wrong with them.
fn fill(
    entry: &Entry,
    command: &[String],
    with: &BTreeMap<Name, Value>,
    site: &Site<'_>,
) -> Result<Vec<String>, Vec<ExpandError>> {
    let errors: Vec<ExpandError> =
        with.iter().filter_map(|given| unfit(entry, given)).chain(missing(entry, with)).collect();
    if !errors.is_empty() {
        return Err(errors);
    }
    let Some(at) = command.iter().position(|argument| template::whole(argument) == Some(FILES)) else {
        return Ok(command::words(entry, command, with));
    };
    let mut argv = command::words(entry, &command[..at], with);
    argv.extend(command::files(entry, with, site).map_err(|error| vec![error])?);
    argv.extend(command::words(entry, &command[at + 1..], with));
    Ok(argv)
}

/// What is wrong with a value that the step gives.
fn unfit(entry: &Entry, (name, value): (&Name, &Value)) -> Option<ExpandError> {
    let (gate, parameter) = (entry.name.to_string(), name.to_string());
    let shape = match entry.with.get(name) {
        Some(known) => known.shape,
        None if name.as_str() == FILES && command::takes_files(entry) => Shape::List,
        None => {
            let near = nearest(name, entry.with.keys().map(Name::as_str)).map(str::to_owned);
            return Some(ExpandError::UnknownParameter { gate, parameter, near });
        }
    };
    let (expected, found) = (shape.describe(), value.kind());
    (!shape.admits(value)).then_some(ExpandError::WrongType { gate, parameter, expected, found })
}

/// The parameters that the step must give and does not.
fn missing<'a>(entry: &'a Entry, with: &'a BTreeMap<Name, Value>) -> impl Iterator<Item = ExpandError> + 'a {
    let lacking = |(name, parameter): &(&Name, &Parameter)| {
        parameter.required && parameter.default.is_none() && !with.contains_key(*name)
    };
    entry.with.iter().filter(lacking).map(|(name, parameter)| ExpandError::MissingParameter {
        gate: entry.name.to_string(),
        parameter: name.to_string(),
        about: parameter.about.clone(),
    })
}

#[cfg(test)]
mod tests;
