//! `dod simulate`: a workflow on a virtual clock. Nothing runs, nothing is written.
//!
//! ```text
//!   workflow ── prepared ─▶ kernel `Run` ◀── clock: ends, answers, timers, messages ◀── scenario
//! ```
//!
//! **Absent on purpose:** the host. Decisions are the kernel's, as in a real run; everything from the world is
//! made up here.

mod clock;
mod prepared;
mod scenario;

use std::path::{Path, PathBuf};

use clap::Args;
use dod_notation::bpmn::Purpose;
use dod_notation::diagnose::{Diagnostic, Severity, SourceMap};
use dod_notation::lower::Loaded;
use dod_notation::policy::read_roles;
use dod_views::simulation::Simulation;

use crate::blame::{CommandError, Exit};
use crate::commands::validate::parse_inputs;
use crate::commands::{Globals, check};
use crate::definitions::{FILE_BYTES_MAX, Origin, Texts};
use crate::governed::{self, Asked};
use crate::notation::{Definition, Play};
use crate::output;
use clock::Clock;
use prepared::Prepared;
use scenario::Scenario;

/// Lines of each kind that people are shown; JSON has them all.
const SHOWN_MAX: usize = 1_000;
/// A scenario cannot be used as it is written.
const SCENARIO: &str = "S001";

/// Try a workflow on a virtual clock, without running anything
///
/// The workflow is a YAML file or a BPMN diagram, of which no task needs to say what it does.
/// Steps end as the scenario says, and pass where it says nothing. Conditions, needs, retries, approvals, waits
/// and messages are decided as in a real run. The clock begins on 2026-01-01, so that what was due before is due at
/// once, and moves only where the scenario says so, and for the delay between two attempts.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod simulate release.yaml
  dod simulate release.yaml --scenario rollback.json --format json

A scenario is a JSON object; every key may be left out:
  {
    \"process_id\": \"release\",                the process of a diagram, as by --process
    \"variables\": { \"amount\": 5 },             variables of the run
    \"facts\": { \"branch\": \"main\" },            what conditions may ask; what is not here is unknown
    \"changed\": [\"src/a.rs\"],                  the files that the change touches
    \"left_out\": [\"load\"],                     steps left out, as by --skip
    \"outcomes\": { \"smoke\": { \"state\": \"failed\" } },
                                              passed, failed, undecided, timeout or skipped; a list
                                              has one for each attempt
    \"task_outputs\": { \"build\": { \"version\": 3 } },
    \"steps\": [                                what happens, in order; without it, one \"run\"
      { \"do\": \"run\", \"auto\": true },          until nothing moves; auto: people say yes
                                              (false: user, manual and plain tasks stay open)
      { \"do\": \"advance\", \"seconds\": 3600 },   the clock, firing timers
      { \"do\": \"send\", \"type\": \"message\", \"name\": \"paid\", \"key\": \"A-1\", \"set\": {} },
      { \"do\": \"answer\", \"step\": \"signoff\", \"accept\": false, \"by\": \"alice\" }
    ]
  }

The result says `completed`, `waiting`, `failed` or `error`.
Exit codes: 0 the simulation itself worked, 2 the workflow or the scenario is wrong")]
pub(crate) struct SimulateArgs {
    /// The workflow
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Files that the workflow calls; they must be there
    #[arg(value_name = "CALLED")]
    called: Vec<PathBuf>,
    /// The process of a BPMN file with several, by id or name
    #[arg(long, value_name = "PROCESS")]
    process: Option<String>,
    /// What happens: a JSON file; without one everything passes and everybody says yes
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Set an input of the workflow
    #[arg(long = "input", value_name = "NAME=VALUE")]
    inputs: Vec<String>,
}

pub(crate) fn run(args: SimulateArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let SimulateArgs { file, called, process, scenario, inputs } = args;
    let base = globals.directory.clone().unwrap_or_default();
    if let Some(missing) = called.iter().find(|path| !base.join(path).is_file()) {
        return Err(CommandError::usage(format!("there is no file `{}`", missing.display())));
    }
    let asked = Asked { json: globals.json(), inputs: parse_inputs(&inputs)?, ..Asked::default() };
    let scenario = scenario.map(|path| ScenarioFile::read(&base, &path)).transpose()?;
    // Which process is played is said by the scenario, so that is read first; what it says of steps is checked after.
    let named = process.or_else(|| scenario.as_ref().and_then(|file| scenario::process_of(&file.text)));
    let prepared = prepare(globals, &file, &called, named.as_deref(), &asked)?;
    let scenario = match scenario {
        Some(file) => file.understand(&prepared, &asked)?,
        None => Scenario::default(),
    };
    let mut clock = Clock::start(prepared, &scenario);
    clock.play(&scenario.steps);
    for said in clock.warnings() {
        output::warning(said);
    }
    tell(&clock, globals);
    Ok(Exit::Done)
}

/// Reads and checks the workflow; warnings are told.
fn prepare(
    globals: &Globals,
    file: &Path,
    called: &[PathBuf],
    process: Option<&str>,
    asked: &Asked,
) -> Result<Prepared, CommandError> {
    let (project, name) = check::locate(globals, file)?;
    let texts = Texts::new(&project, Origin::Tree);
    let unreadable = |name: &str, why: String| CommandError::usage(format!("`{name}`: {why}"));
    let bytes = texts.bytes(&name).map_err(|why| unreadable(&name, why))?;
    let bytes = bytes.ok_or_else(|| CommandError::usage(format!("there is no file `{}`", file.display())))?;
    let definition = Definition::new(&name, bytes).map_err(|why| unreadable(&name, why))?;
    let mut along = Vec::new();
    for path in called {
        let (project, name) = check::locate(globals, path)?;
        let text = Texts::new(&project, Origin::Tree).text(&name).map_err(|why| unreadable(&name, why))?;
        along.extend(text.map(|text| Loaded { name, text }));
    }
    let play = Play { process, along: &along, purpose: Purpose::Simulate };
    let checked = governed::check(&texts, &governed::catalogue(&texts)?, definition, play, asked);
    let errors = checked.problems.iter().any(|problem| problem.severity == Severity::Error);
    let Some(workflow) = checked.workflow.filter(|_| !errors) else {
        return Err(governed::tell(&checked.problems, &checked.sources, asked));
    };
    if !checked.problems.is_empty() && !asked.json {
        let colors = output::colors(output::Stream::Stderr);
        output::talk(&output::diagnostics(&checked.problems, &checked.sources, colors));
    }
    let roles = texts.text("roles.yaml").ok().flatten();
    let roles = roles.and_then(|text| read_roles("roles.yaml", &text).0).unwrap_or_default();
    Ok(Prepared::new(workflow, checked.settings, roles))
}

/// A scenario as it was read, not understood yet.
struct ScenarioFile {
    shown: String,
    text: String,
}

impl ScenarioFile {
    fn read(base: &Path, path: &Path) -> Result<Self, CommandError> {
        let shown = path.display().to_string();
        let file = base.join(path);
        let large = std::fs::metadata(&file).is_ok_and(|meta| meta.len() > FILE_BYTES_MAX);
        if large {
            return Err(CommandError::usage(format!("`{shown}` has more than {FILE_BYTES_MAX} bytes")));
        }
        let bytes = std::fs::read(&file)
            .map_err(|error| CommandError::usage(format!("`{shown}` cannot be read: {}", error.kind())))?;
        let text =
            String::from_utf8(bytes).map_err(|_| CommandError::usage(format!("`{shown}` is not UTF-8")))?;
        Ok(Self { shown, text })
    }

    fn understand(self, prepared: &Prepared, asked: &Asked) -> Result<Scenario, CommandError> {
        let Self { shown, text } = self;
        let (scenario, notes) = match scenario::read(&text, prepared.workflow.nodes()) {
            Ok(read) => read,
            Err(fault) => {
                let mut sources = SourceMap::default();
                let id = sources.add(shown, text.as_str());
                let span = sources.span(id, fault.at.clone());
                let problem = Diagnostic::error(SCENARIO, span, fault.message).maybe_hint(fault.hint);
                return Err(governed::tell(&[problem], &sources, asked));
            }
        };
        for note in notes {
            output::warning(&format!("`{shown}`: {note}"));
        }
        Ok(scenario)
    }
}

fn tell(clock: &Clock<'_>, globals: &Globals) {
    let result = clock.result();
    if globals.json() {
        let text = serde_json::to_string_pretty(&result).expect("a result can always be written");
        return output::result(&(text + "\n"));
    }
    output::result(&dod_views::clean(&in_words(&result, clock.passed_ms()), false));
}

/// For people.
fn in_words(result: &Simulation, passed_ms: u64) -> String {
    let mut text = String::new();
    for (at, name) in result.sequence.iter().take(SHOWN_MAX).enumerate() {
        text += &format!("{:4}  {name}\n", at + 1);
    }
    let count: u64 = result.completed.values().sum();
    if count > SHOWN_MAX as u64 {
        text += &format!("   …  {} more\n", count - SHOWN_MAX as u64);
    }
    let list = |names: &[dod_kernel::id::Name]| {
        names.iter().take(SHOWN_MAX).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
    };
    for trouble in result.troubles.iter().take(SHOWN_MAX) {
        text += &format!("   -  {trouble}\n");
    }
    if !result.waiting.is_empty() {
        text += &format!("waits for: {}\n", list(&result.waiting));
    }
    for (name, value) in &result.variables {
        text += &format!("{name} = {value}\n");
    }
    let steps = if count == 1 { "1 step" } else { &format!("{count} steps") };
    text += &format!("{}: {steps} completed after {}\n", result.state, dod_views::time::duration(passed_ms));
    text
}
