//! `dod scan licenses`: what the licenses of packages ask for, against what the team allows.
//!
//! **Absent on purpose:** asking a registry.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use dod_scanners::licenses::{self, List, Options, Report};

use super::{Form, said, sbom};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::output;

/// Object to licenses of packages that the team does not allow
///
/// Looks at every package of every lock file. Without `--allow`, strong and weak copyleft is objected to; with it,
/// whatever is not on the list. A license that nobody states, or that SPDX does not know, is always objected to. Of a
/// choice (`MIT OR GPL-3.0-only`) one part must be fine, of a sum (`AND`) all. Nothing is fetched: a license is what the
/// lock file states, or the package where it lies on this machine (node_modules, cargo's and Go's caches, a Python
/// environment).
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod scan licenses                                       no copyleft, nothing unknown
  dod scan licenses --allow MIT,Apache-2.0,BSD-3-Clause,MPL
  dod scan licenses --deny AGPL,SSPL,BUSL-1.1
  dod scan licenses --allow-package pkg:npm/left-pad='asked the author, 3 May'
  dod scan licenses --as sarif --output licenses.sarif

A list has ids of SPDX, or families for all their versions: AGPL, CC-BY, CC-BY-SA, CDDL, EPL, EUPL, GPL, LGPL, MPL,
OSL, SSPL.

Exit codes: 0 no objection, 1 some, 2 the command line is wrong, 3 not everything could be read")]
pub(super) struct LicensesArgs {
    /// Only these lock files, and those in these folders
    #[arg(value_name = "PATHS")]
    paths: Vec<PathBuf>,
    /// Licenses that may be used; nothing else may
    #[arg(long, value_name = "LICENSES", value_delimiter = ',')]
    allow: Vec<String>,
    /// Licenses that may not be used, whatever is allowed
    #[arg(long, value_name = "LICENSES", value_delimiter = ',')]
    deny: Vec<String>,
    /// A package whose license does not matter, as a package URL, and why; may be given several times
    #[arg(long, value_name = "PURL=REASON", value_parser = allowed)]
    allow_package: Vec<(String, String)>,
    /// The form of the report: a table for people, or SARIF 2.1.0
    #[arg(long = "as", value_name = "FORM", value_enum, default_value_t = Form::Table)]
    form: Form,
    /// Write the report into this file instead of printing it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// A package URL and a reason. What nobody gives a reason for is not allowed.
fn allowed(text: &str) -> Result<(String, String), String> {
    match text.split_once('=').map(|(purl, why)| (purl.trim(), why.trim())) {
        Some((purl, why)) if purl.starts_with("pkg:") && !why.is_empty() => {
            Ok((purl.to_owned(), why.to_owned()))
        }
        _ => {
            Err("a package URL and a reason are needed: `pkg:npm/left-pad=why it does not matter`".to_owned())
        }
    }
}

pub(super) fn run(args: LicensesArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let LicensesArgs { paths, allow, deny, allow_package, form, output } = args;
    let project = globals.project()?;
    let base = globals.directory.as_deref().unwrap_or(Path::new("."));
    let list = |entries: &[String]| {
        List::new(entries.iter().map(String::as_str)).map_err(|error| CommandError::usage(error.to_string()))
    };
    let (inventory, unlocked) = sbom::locked(&project, base, &paths)?;
    let options = Options {
        unlocked,
        installed: sbom::installed(),
        allow: if allow.is_empty() { None } else { Some(list(&allow)?) },
        deny: list(&deny)?,
        allow_packages: allow_package.into_iter().collect::<BTreeMap<_, _>>(),
    };
    let report = licenses::scan(&project.root, inventory, &options);
    let text = match form {
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

/// The report for people: objections by place, what was not read, licenses with their numbers, the count.
fn table(report: &Report) -> String {
    let run = &report.run;
    let mut text = String::new();
    for finding in run.results.iter().filter(|finding| finding.suppressed.is_none()) {
        let rule = &run.rules[finding.rule].id;
        text += &format!("{}:{}  {}  [{rule}]\n", finding.path, finding.line, finding.message);
    }
    text += &said(run);
    let mut stated: Vec<(&String, &usize)> = report.stated.iter().collect();
    stated.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), name.as_str()));
    for (name, count) in stated {
        let name = if name.is_empty() { "not stated" } else { name };
        text += &format!("{count:>6}  {name}\n");
    }
    let number =
        |count: usize, one: &str| if count == 1 { format!("1 {one}") } else { format!("{count} {one}s") };
    let found = if report.open == 0 { "no objections".to_owned() } else { number(report.open, "objection") };
    let allowed =
        if report.suppressed == 0 { String::new() } else { format!(", {} allowed", report.suppressed) };
    let whole = if run.successful { "" } else { "; not everything could be read" };
    let (packages, locks) = (number(report.packages, "package"), number(report.locks, "lock file"));
    text += &format!("{found} to {packages} of {locks}{allowed}{whole}\n");
    text
}
