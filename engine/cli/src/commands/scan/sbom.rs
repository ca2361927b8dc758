//! `dod scan sbom`: the packages of all lock files as CycloneDX.
//!
//! **Absent on purpose:** package managers: what they locked is read, none is asked.

use std::path::{Path, PathBuf};

use clap::Args;
use dod_kernel::id::Timestamp;
use dod_scanners::licenses::Installed;
use dod_scanners::packages::{self, Inventory, InventoryError};
use dod_scanners::sbom::{self, Options, Report};
use dod_scanners::vulnerabilities;

use super::{SAID_MAX, tracked};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output;
use crate::project::Project;

/// The time of a document for whoever wants one (reproducible-builds.org).
const EPOCH: &str = "SOURCE_DATE_EPOCH";

/// List the packages that the product is made of (SBOM)
///
/// Writes CycloneDX 1.6 JSON from Cargo.lock, package-lock.json, npm-shrinkwrap.json, pnpm-lock.yaml, yarn.lock, bun.lock,
/// uv.lock, poetry.lock, pdm.lock, Pipfile.lock, requirements files, go.mod with go.sum, pom.xml, gradle.lockfile,
/// Gemfile.lock, composer.lock and packages.lock.json. Nothing is fetched: licenses are those that lock files state, or
/// packages that lie on this machine. The same tree gives the same bytes; the time is that of `SOURCE_DATE_EPOCH`, or
/// absent. A pom.xml names only what the product asks for itself, so a list with one is never complete, and says so.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod scan sbom                                 the whole project
  dod scan sbom web --output web.cdx.json       lock files below web
  dod scan sbom | dod evidence -

Exit codes: 0 every lock file is listed, 2 the command line is wrong, 3 the list may be too short, or there is no lock file")]
pub(super) struct SbomArgs {
    /// Only these lock files, and those in these folders
    #[arg(value_name = "PATHS")]
    paths: Vec<PathBuf>,
    /// Write the document into this file instead of printing it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

pub(super) fn run(args: SbomArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let SbomArgs { paths, output } = args;
    let project = globals.project()?;
    let base = globals.directory.as_deref().unwrap_or(Path::new("."));
    let (inventory, unlocked) = locked(&project, base, &paths)?;
    let name = project.root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let options = Options { installed: installed(), name, timestamp: timestamp()?, unlocked };
    let report = sbom::scan(&project.root, inventory, &options);
    match &output {
        Some(file) => dod_host::storage::write_atomic(&base.join(file), &report.document)?,
        None => output::result(&String::from_utf8_lossy(&report.document)),
    }
    output::talk(&said(&report));
    let is_empty = report.inventory.locks.is_empty();
    Ok(if report.holes.is_empty() && !is_empty { Exit::Done } else { Exit::Undecided })
}

/// What lock files say, and manifests that ask for packages while nothing is locked.
pub(super) fn locked(
    project: &Project,
    base: &Path,
    paths: &[PathBuf],
) -> Result<(Inventory, Vec<String>), CommandError> {
    let paths = super::vulnerabilities::inside(project, base, paths)?;
    let wanted = packages::Options { paths, tracked: tracked(project)? };
    let inventory = packages::inventory(&project.root, &wanted).map_err(|error| {
        let text = error.to_string();
        match error {
            InventoryError::Root { .. } => CommandError::system(text),
            InventoryError::Outside { .. } => CommandError::usage(text),
        }
    })?;
    let is_wanted = |file: &String| {
        let below = |path: &String| {
            file.strip_prefix(path.as_str()).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
        };
        wanted.paths.is_empty() || wanted.paths.iter().any(below)
    };
    let files: Vec<String> = project.files().into_iter().filter(is_wanted).collect();
    let mut unlocked = vulnerabilities::unlocked(&project.root, &files, &inventory);
    // Where a lock file lies beside it that could not be read, that is told.
    let folder = |path: &str| path.rsplit_once('/').map_or("", |(folder, _)| folder).to_owned();
    unlocked.retain(|path| !inventory.unread.iter().any(|one| folder(&one.path) == folder(path)));
    Ok((inventory, unlocked))
}

/// Where package managers keep what they fetched, as their own variables say.
pub(super) fn installed() -> Installed {
    let variable = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let home = variable("HOME");
    let below_home = |path: &str| home.as_ref().map(|home| home.join(path));
    Installed {
        cargo_home: variable("CARGO_HOME").or_else(|| below_home(".cargo")),
        go_modules: variable("GOMODCACHE")
            .or_else(|| variable("GOPATH").map(|path| path.join("pkg/mod")))
            .or_else(|| below_home("go/pkg/mod")),
        python: variable("VIRTUAL_ENV"),
        nuget: variable("NUGET_PACKAGES").or_else(|| below_home(".nuget/packages")),
    }
}

fn timestamp() -> Result<Option<String>, CommandError> {
    let Some(text) = std::env::var(EPOCH).ok().filter(|text| !text.is_empty()) else { return Ok(None) };
    let seconds = text.parse::<i64>().ok().and_then(|seconds| seconds.checked_mul(1_000));
    let at = seconds.ok_or_else(|| {
        CommandError::usage(format!("`{EPOCH}` is `{text}`, which is no number of seconds"))
    })?;
    Ok(Some(dod_views::time::rfc3339(Timestamp(at))))
}

/// What people are told beside the document.
fn said(report: &Report) -> String {
    let mut text = String::new();
    let holes = report.holes.iter().map(|hole| format!("error: {hole}\n"));
    let loose = report.loose.iter().map(|one| format!("warning: {one}\n"));
    let all: Vec<String> = holes.chain(loose).collect();
    all.iter().take(SAID_MAX).for_each(|line| text += line);
    if all.len() > SAID_MAX {
        text += &format!("and {} more\n", all.len() - SAID_MAX);
    }
    let number =
        |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let locks = report.inventory.locks.len();
    let short = if report.holes.is_empty() { "" } else { "; the list may be too short" };
    text += &match locks {
        0 => "no lock file was read, so nothing is listed\n".to_owned(),
        _ => format!("{} of {}{short}\n", number(report.components, "component"), number(locks, "lock file")),
    };
    text
}
