//! `dod report`: a run in the form that somebody else wants it in.
//!
//! **Absent on purpose:** judging. A report says what the log says.

use std::path::PathBuf;

use clap::{Args, ValueEnum};
use dod_host::blob::digest_of;
use dod_notation::mapping::{self, BUILTIN_PACKS, read_pack};
use dod_views::controls::{self, Pack, Requirement, RunFact};
use dod_views::object;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::definitions::{Origin, Texts};
use crate::governed::{Asked, tell};
use crate::output;
use crate::project::Project;
use crate::runs::Found;

/// Where a team's own packs lie.
const FOLDER: &str = "mappings";
/// Packs of a team.
const PACKS_MAX: usize = 100;

/// Write what a run shows for others: `--format controls`, which requirements its checks support
///
/// The control matrix has a line for each requirement of each mapping pack (OSPS Baseline, SSDF, SLSA, SOC 2, ISO
/// 27001, and the team's own in `mappings/*.yaml`), and for each that a rule of the policy names under
/// `requirements`: which gates and rules of the run support it, how they came out, the digest of their evidence and
/// the number of the event that tells it. A check supports a requirement; it never fulfils one by itself.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod report --format controls                                   Markdown, of the newest run
  dod report 019aa5 --format controls --as csv --output controls.csv
  dod report --format controls --framework osps-2026             one framework
  dod report --format controls --as json                         the same as an object (`dod schema controls`)")]
pub(crate) struct ReportArgs {
    /// `latest`, an id or its beginning, a commit, or the folder of an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// The form of the report
    #[arg(long = "as", value_name = "FORM", value_enum)]
    form: Option<Form>,
    /// Only this framework; may be given several times
    #[arg(long, value_name = "FRAMEWORK")]
    framework: Vec<String>,
    /// Write the report into this file instead of printing it
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The form of a report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// Tables for people
    Markdown,
    /// One line for each check, for spreadsheets
    Csv,
    /// One documented JSON object
    Json,
}

pub(crate) fn run(args: ReportArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ReportArgs { run, form, framework, output } = args;
    if !globals.json() && !globals.controls() {
        return Err(CommandError::usage("say which report: `--format controls`".to_owned())
            .hint("`dod help report` tells what there is"));
    }
    let form = form.unwrap_or(if globals.json() { Form::Json } else { Form::Markdown });
    let project = globals.project()?;
    let packs = packs(&project, globals)?;
    let told = Found::of(&project, run.as_deref())?.read()?;
    let mut matrix = told.with_sources(|sources| controls::controls(&told.story, &packs, sources));
    let known = matrix.frameworks();
    if let Some(unknown) = framework.iter().find(|wanted| !known.contains(*wanted)) {
        let near = dod_notation::diagnose::closest(unknown, known.iter().map(String::as_str));
        let error = CommandError::usage(format!("no pack and no rule knows the framework `{unknown}`"));
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let hint = near.map_or_else(
            || format!("known are {}", known.join(", ")),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(error.hint(hint));
    }
    if !framework.is_empty() {
        matrix.keep(&framework);
    }
    let text = match form {
        Form::Markdown => controls::markdown(&matrix),
        Form::Csv => controls::csv(&matrix),
        Form::Json => object::text(&matrix) + "\n",
    };
    match &output {
        Some(file) => {
            let file = globals.directory.as_deref().unwrap_or_else(|| std::path::Path::new("")).join(file);
            dod_host::storage::write_atomic(&file, text.as_bytes())?;
            output::talk(&format!("wrote {}\n", file.display()));
        }
        None => output::result(&text),
    }
    Ok(Exit::Done)
}

/// The packs of the program, and those of the team.
fn packs(project: &Project, globals: &Globals) -> Result<Vec<Pack>, CommandError> {
    let asked = Asked { json: globals.json(), ..Asked::default() };
    let mut packs = Vec::new();
    for (name, text) in BUILTIN_PACKS {
        let (pack, ..) = read_pack(name, text);
        let pack = pack.expect("a test reads every pack of the program");
        packs.push(view(pack, "built in", text));
    }
    let texts = Texts::new(project, Origin::Tree);
    let mut names = files(project);
    names.sort();
    if names.len() > PACKS_MAX {
        return Err(CommandError::usage(format!("`{FOLDER}` has more than {PACKS_MAX} packs")));
    }
    for name in names {
        let text = texts.text(&name).map_err(|why| CommandError::usage(format!("`{name}`: {why}")))?;
        let Some(text) = text else { continue };
        let (pack, sources, problems) = read_pack(&name, &text);
        let pack = pack.ok_or_else(|| tell(&problems, &sources, &asked))?;
        packs.push(view(pack, &name, &text));
    }
    Ok(packs)
}

/// `mappings/*.yaml`, not those of folders below.
fn files(project: &Project) -> Vec<String> {
    let Ok(folder) = std::fs::read_dir(project.root.join(FOLDER)) else { return Vec::new() };
    let names = folder.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let packs = names.filter(|name| name.ends_with(".yaml") || name.ends_with(".yml"));
    packs.map(|name| format!("{FOLDER}/{name}")).collect()
}

fn view(pack: mapping::Pack, source: &str, text: &str) -> Pack {
    let mapping::Pack { framework, requirements, title, version } = pack;
    let requirement = |one: mapping::Requirement| {
        let mapping::Requirement { gates, id, rules, run, title } = one;
        Requirement { id, title, gates, rules, run: run.into_iter().map(fact).collect() }
    };
    Pack {
        framework,
        title,
        version,
        source: source.to_owned(),
        digest: digest_of(text.as_bytes()),
        requirements: requirements.into_iter().map(requirement).collect(),
    }
}

fn fact(fact: mapping::RunFact) -> RunFact {
    match fact {
        mapping::RunFact::Approved => RunFact::Approved,
        mapping::RunFact::Judged => RunFact::Judged,
        mapping::RunFact::Passed => RunFact::Passed,
        mapping::RunFact::Protected => RunFact::Protected,
        mapping::RunFact::Unchanged => RunFact::Unchanged,
    }
}
