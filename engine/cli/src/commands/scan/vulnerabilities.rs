//! `dod scan vulnerabilities`: known holes in locked packages, from databases that lie on this machine.
//!
//! **Absent on purpose:** fetching a database. Whoever wants one downloads it; the message says what and where to.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};
use dod_host::world::{Os, World as _};
use dod_scanners::packages::{self, InventoryError};
use dod_scanners::vulnerabilities::{self, Options, Report, Vulnerability};

use super::{SAID_MAX, tracked};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output;
use crate::project::Project;

/// Where databases lie, in the form of `PATH`.
const DATABASES: &str = "DOD_VULNDB";
/// The present for whoever wants the same bytes twice (reproducible-builds.org).
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// Find known vulnerabilities in the packages of all lock files
///
/// Nothing is fetched: the databases lie on this machine. A database is an export of OSV (`all.zip` or its records),
/// a folder of them as in the bucket `osv-vulnerabilities` (`crates.io/all.zip`, `npm/all.zip`, …), or a clone of
/// RustSec's `advisory-db`. Without `--db` those of `DOD_VULNDB` are taken, else what lies in
/// `~/.local/share/dod/vulndb` (`$XDG_DATA_HOME`) and the clones that cargo's audit tools keep in `~/.cargo`.
///
/// Versions are compared by the rules of their ecosystem, exactly: crates.io, npm, Go, PyPI, RubyGems and Packagist.
/// What cannot be compared, has no version, or has no database is counted as unchecked and never as clean.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod scan vulnerabilities                                      all lock files of the project
  dod scan vulnerabilities --db ~/osv --output vulnerabilities.cdx.json
  dod scan vulnerabilities --as table web                       for people, only below web
  dod scan vulnerabilities --ignore CVE-2026-1234='the parser is never called'
  dod scan vulnerabilities | dod evidence -

Exit codes: 0 none found, 1 some found, 2 the command line is wrong, 3 not everything could be checked")]
pub(super) struct VulnerabilitiesArgs {
    /// Only these lock files, and those in these folders
    #[arg(value_name = "PATHS")]
    paths: Vec<PathBuf>,
    /// A database: a folder or an archive; may be given several times
    #[arg(long, value_name = "PATH")]
    db: Vec<PathBuf>,
    /// A vulnerability that does not matter here, by any of its ids, and why; may be given several times
    #[arg(long, value_name = "ID=REASON", value_parser = ignored)]
    ignore: Vec<(String, String)>,
    /// The form of the report: CycloneDX 1.6 JSON, or a table for people
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Cyclonedx)]
    form: Form,
    /// Write the report into this file instead of printing it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// CycloneDX 1.6 JSON
    Cyclonedx,
    /// For people
    Table,
}

/// An id and a reason. What nobody gives a reason for is not ignored.
fn ignored(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(id, why)| (id.trim(), why.trim())) {
        Some((id, why)) if !id.is_empty() && !why.is_empty() => Ok((id.to_owned(), why.to_owned())),
        _ => Err("an id and a reason are needed: `CVE-2026-1234=why it does not matter here`".to_owned()),
    }
}

pub(super) fn run(args: VulnerabilitiesArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let VulnerabilitiesArgs { paths, db, ignore, form, output } = args;
    let project = globals.project()?;
    let base = globals.directory.as_deref().unwrap_or(Path::new("."));
    let databases = databases(base, db)?;
    let paths = inside(&project, base, &paths)?;
    let wanted = packages::Options { paths: paths.clone(), tracked: tracked(&project)? };
    let inventory = packages::inventory(&project.root, &wanted).map_err(|error| {
        let text = error.to_string();
        match error {
            InventoryError::Root { .. } => CommandError::system(text),
            InventoryError::Outside { .. } => CommandError::usage(text),
        }
    })?;
    let is_asked = |file: &String| {
        paths.is_empty()
            || paths.iter().any(|path| {
                file.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            })
    };
    let files: Vec<String> = project.files().into_iter().filter(is_asked).collect();
    let unlocked = vulnerabilities::unlocked(&project.root, &files, &inventory);
    if databases.is_empty() && !(inventory.packages.is_empty() && inventory.unread.is_empty()) {
        return Err(none_there());
    }
    let ignored = ignore.into_iter().collect();
    let report = vulnerabilities::scan(&inventory, &Options { databases, now: now()?, ignored, unlocked });
    let text = match form {
        Form::Cyclonedx => String::from_utf8_lossy(&report.to_cyclonedx()).into_owned(),
        Form::Table => table(&report),
    };
    match &output {
        Some(file) => dod_host::storage::write_atomic(&base.join(file), text.as_bytes())?,
        None => output::result(&text),
    }
    if form != Form::Table || output.is_some() {
        output::talk(&table(&report));
    }
    Ok(match (report.open(), report.unchecked.is_empty() && report.troubles.is_empty()) {
        (0, true) => Exit::Done,
        (0, false) => Exit::Undecided,
        _ => Exit::Failed,
    })
}

/// Paths of the command line as the project knows them; empty for the whole.
pub(super) fn inside(project: &Project, base: &Path, paths: &[PathBuf]) -> Result<Vec<String>, CommandError> {
    let mut inside = Vec::new();
    for path in paths {
        let shown = path.display();
        let whole = base
            .join(path)
            .canonicalize()
            .map_err(|error| CommandError::usage(format!("`{shown}` cannot be read: {}", error.kind())))?;
        match whole.strip_prefix(&project.root).ok().and_then(Path::to_str) {
            Some("") => return Ok(Vec::new()),
            Some(path) => inside.push(path.to_owned()),
            None => {
                let root = project.root.display();
                return Err(CommandError::usage(format!("`{shown}` is outside the project {root}")));
            }
        }
    }
    Ok(inside)
}

/// The databases to use: those named, else those of the variable, else all that lie where they usually do.
fn databases(base: &Path, named: Vec<PathBuf>) -> Result<Vec<PathBuf>, CommandError> {
    let named: Vec<PathBuf> = named.into_iter().map(|path| base.join(path)).collect();
    let named = match std::env::var_os(DATABASES).filter(|value| !value.is_empty()) {
        Some(value) if named.is_empty() => std::env::split_paths(&value).collect(),
        _ => named,
    };
    if let Some(gone) = named.iter().find(|path| !path.exists()) {
        return Err(CommandError::usage(format!("there is no database `{}`", gone.display())));
    }
    Ok(if named.is_empty() { usual() } else { named })
}

fn usual() -> Vec<PathBuf> {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = variable("HOME");
    let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
    let data = variable("XDG_DATA_HOME").or_else(|| below_home(".local/share"));
    let cargo = variable("CARGO_HOME").or_else(|| below_home(".cargo"));
    let own = data.map(|data| data.join("dod/vulndb")).filter(|path| path.is_dir());
    let mut clones = Vec::new();
    if let Some(cargo) = cargo {
        clones.push(cargo.join("advisory-db"));
        let entries = std::fs::read_dir(cargo.join("advisory-dbs")).into_iter().flatten().flatten();
        clones.extend(entries.map(|entry| entry.path()));
    }
    clones.sort();
    own.into_iter().chain(clones.into_iter().filter(|path| path.join("crates").is_dir())).collect()
}

fn none_there() -> CommandError {
    CommandError::system("there is no database of vulnerabilities, so nothing was checked").hint(
        "put `ECOSYSTEM/all.zip` of the bucket `osv-vulnerabilities` (say `crates.io/all.zip`) into \
         `~/.local/share/dod/vulndb`, or name a folder, an archive or a clone of RustSec's advisory-db with `--db`",
    )
}

/// The present, in seconds.
fn now() -> Result<i64, CommandError> {
    match std::env::var(EPOCH) {
        Ok(text) if !text.is_empty() => text.parse().map_err(|_| {
            CommandError::usage(format!("`{EPOCH}` is `{text}`, which is no number of seconds"))
        }),
        _ => Ok(Os::new().now().0.div_euclid(1_000)),
    }
}

/// The report for people: holes, what else there is to know, what was not checked, the count.
fn table(report: &Report) -> String {
    let mut text = String::new();
    for one in report.vulnerabilities.iter().filter(|one| one.ignored.is_none()) {
        text += &hole(one);
    }
    for one in &report.information {
        let said = one.summary.as_deref().map(|said| format!(": {said}")).unwrap_or_default();
        text += &format!("note: {} {} {}{said}\n", one.packages.join(" "), one.kind, one.id);
    }
    limited(&mut text, "unchecked", report.unchecked.iter().map(|one| format!("{}: {}", one.what, one.why)));
    limited(&mut text, "database", report.troubles.iter().cloned());
    for lock in &report.perhaps {
        text += &format!("note: {lock} may not name every package in use: its format does not say\n");
    }
    for id in &report.unused {
        text += &format!("warning: `{id}` is to be ignored and was not found\n");
    }
    text += &count(report);
    text
}

fn hole(one: &Vulnerability) -> String {
    let place = one.places.first().map(|(lock, line)| format!("{lock}:{line}  ")).unwrap_or_default();
    let more = match one.places.len() {
        0 | 1 => String::new(),
        many => format!(" (and {} more places)", many - 1),
    };
    let said = one.summary.as_deref().map(|said| format!("  {said}")).unwrap_or_default();
    let aliases =
        if one.aliases.is_empty() { String::new() } else { format!(" ({})", one.aliases.join(", ")) };
    let fixed = match one.fixed.as_slice() {
        [] => "no fixed version is known".to_owned(),
        fixed => format!("fixed in {}", fixed.join(", ")),
    };
    format!("{place}{}  {}  {}{aliases}{said}; {fixed}{more}\n", one.packages.join(" "), one.severity, one.id)
}

fn limited(text: &mut String, kind: &str, lines: impl Iterator<Item = String>) {
    let mut more = 0;
    for (at, line) in lines.enumerate() {
        if at < SAID_MAX {
            *text += &format!("{kind}: {line}\n");
        } else {
            more += 1;
        }
    }
    if more > 0 {
        *text += &format!("{kind}: and {more} more\n");
    }
}

fn count(report: &Report) -> String {
    let number = |count: usize, one: &str, many: &str| match count {
        0 => format!("no {many}"),
        1 => format!("1 {one}"),
        count => format!("{count} {many}"),
    };
    let mut by_severity: BTreeMap<&str, usize> = BTreeMap::new();
    for one in report.vulnerabilities.iter().filter(|one| one.ignored.is_none()) {
        *by_severity.entry(one.severity).or_default() += 1;
    }
    let order = ["critical", "high", "medium", "low", "none", "unknown"];
    let parts: Vec<String> =
        order.iter().filter_map(|word| Some(format!("{} {word}", by_severity.get(word)?))).collect();
    let parts = if parts.is_empty() { String::new() } else { format!(" ({})", parts.join(", ")) };
    let ignored = report.vulnerabilities.len() - report.open();
    let ignored = if ignored == 0 { String::new() } else { format!(", {ignored} ignored") };
    let unchecked = match report.unchecked.len() {
        0 => String::new(),
        count => format!("; {} could not be checked", number(count, "thing", "things")),
    };
    let age = match report.age_days {
        None if report.records == 0 => String::new(),
        None => ", of unknown age".to_owned(),
        Some(1) => ", 1 day old".to_owned(),
        Some(days) => format!(", {days} days old"),
    };
    format!(
        "{}{parts} in {} of {}{ignored}; {}{age}{unchecked}\n",
        number(report.open(), "vulnerability", "vulnerabilities"),
        number(report.packages, "package", "packages"),
        number(report.locks, "lock file", "lock files"),
        number(report.records, "record", "records"),
    )
}
