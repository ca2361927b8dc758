//! `dod validate`: the main job.

use std::collections::BTreeMap;
use std::time::Duration;

use clap::Args;
use dod_kernel::id::Name;
use dod_kernel::value::Value;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::exporting::ExportArgs;
use crate::governed::{self, Asked};
use crate::launch::{self, How, Selection};
use crate::screen::Talk;

/// Run the gates and give a verdict
///
/// Without a `dod.yaml` the projects in the tree are detected (Rust, Python, Node, Go) and the matching
/// built-in workflow runs; `dod init` writes it out.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod validate                          the workflow and policy of this project
  dod validate --policy enterprise      another policy
  dod validate --since main             as a change against main: definitions are read from there
  dod validate --only test --only lint  some steps and what they need; the verdict is partial
  dod validate --local                  leave gates whose tool is missing here to CI
  dod validate --workflow release.bpmn  a BPMN diagram; it stops where a person has to act (exit code 4)

Exit codes: 0 passed, 1 failed, 2 nothing ran, 3 undecided, 4 waiting, 130 interrupted")]
pub(crate) struct ValidateArgs {
    /// The policy to judge by: a built-in (minimal, standard, strict, enterprise), or one of the project's own
    #[arg(long, value_name = "POLICY")]
    policy: Option<String>,
    /// The workflow, instead of `dod.yaml`: a YAML file or a BPMN diagram
    #[arg(long, value_name = "FILE")]
    workflow: Option<String>,
    /// The process of a BPMN file with several, by id or name
    #[arg(long, value_name = "PROCESS", requires = "workflow")]
    process: Option<String>,
    /// Compare with where this change left REF; definitions are read from there
    #[arg(long, value_name = "REF")]
    since: Option<String>,
    /// Read definitions and policies from REF
    #[arg(long, value_name = "REF")]
    govern_from: Option<String>,
    #[command(flatten)]
    select: SelectArgs,
    #[command(flatten)]
    go: GoArgs,
    /// Let install gates install; they only look otherwise (CI installs)
    #[arg(long)]
    install: bool,
    /// Stop at the first step that fails
    #[arg(long)]
    fail_fast: bool,
    /// Set an input of the workflow
    #[arg(long = "input", value_name = "NAME=VALUE")]
    inputs: Vec<String>,
}

/// Which steps.
#[derive(Debug, Default, Args)]
pub(crate) struct SelectArgs {
    /// Only this step, kind or project, and what it needs
    #[arg(long, value_name = "GATE")]
    pub(crate) only: Vec<String>,
    /// Not this step, kind or project
    #[arg(long, value_name = "GATE")]
    pub(crate) skip: Vec<String>,
    /// Only steps with this tag, and what they need
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Vec<String>,
    /// Leave gates whose tool is missing here to CI
    #[arg(long)]
    pub(crate) local: bool,
}

/// How a run goes.
#[derive(Debug, Args)]
pub(crate) struct GoArgs {
    /// How many steps may run at once; as many as there are processors
    #[arg(short, long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) jobs: Option<u32>,
    /// End with exit code 4 when the next timer is further away than this
    #[arg(long, value_name = "TIME", default_value = "10m", value_parser = duration)]
    pub(crate) wait_max: Duration,
    /// Say only how it ended
    #[arg(short, long, conflicts_with = "verbose")]
    pub(crate) quiet: bool,
    /// Also what steps print, as they print it
    #[arg(short, long)]
    pub(crate) verbose: bool,
    #[command(flatten)]
    pub(crate) export: ExportArgs,
}

/// A time such as `90s`, `10m`, `1h30m`, in the words of workflow files.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    dod_notation::draft::parse_duration(text).map(Duration::from_millis)
}

pub(crate) fn run(args: ValidateArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ValidateArgs {
        policy,
        workflow,
        process,
        since,
        govern_from,
        select,
        go,
        install,
        fail_fast,
        inputs,
    } = args;
    let project = globals.project()?;
    let asked = Asked {
        workflow,
        process,
        policy,
        since,
        govern_from,
        inputs: parse_inputs(&inputs)?,
        install: install || project.ci.is_some(),
        json: globals.json(),
        quiet: go.quiet,
    };
    let loaded = governed::load(&project, &asked)?;
    let selection =
        Selection { only: &select.only, skip: &select.skip, tags: &select.tag, local: select.local };
    let left_out = selection.left_out(&loaded.workflow, &project.root)?;
    let how = How {
        jobs: go.jobs,
        wait_max: go.wait_max,
        json: globals.json(),
        talk: Talk::suited(go.quiet || globals.json(), go.verbose),
        left_out,
        fail_fast,
        settings: said(&asked, &select, fail_fast),
        reused: BTreeMap::new(),
        export: go.export.target(&project, None),
    };
    launch::new(&project, &loaded, how)
}

/// Every flag that changes what is judged, for the log.
fn said(asked: &Asked, select: &SelectArgs, fail_fast: bool) -> Vec<String> {
    let mut said = Vec::new();
    let one = |name: &str, value: &Option<String>| value.as_ref().map(|value| format!("--{name} {value}"));
    said.extend(one("policy", &asked.policy));
    said.extend(one("workflow", &asked.workflow));
    said.extend(one("process", &asked.process));
    said.extend(one("since", &asked.since));
    said.extend(one("govern-from", &asked.govern_from));
    for (name, words) in [("only", &select.only), ("skip", &select.skip), ("tag", &select.tag)] {
        said.extend(words.iter().map(|word| format!("--{name} {word}")));
    }
    for (name, set) in [("local", select.local), ("install", asked.install), ("fail-fast", fail_fast)] {
        said.extend(set.then(|| format!("--{name}")));
    }
    said
}

/// `name=value` words. Whole numbers, true and false are what they look like; everything else is text.
pub(crate) fn parse_inputs(words: &[String]) -> Result<BTreeMap<Name, Value>, CommandError> {
    parse_words(words, value_of)
}

/// `name=value` words for variables: numbers, true and false, lists and objects as JSON writes them are what they look
/// like, as in `$DOD_OUTPUT`; everything else is text.
pub(crate) fn parse_set(words: &[String]) -> Result<BTreeMap<Name, Value>, CommandError> {
    parse_words(words, Value::read)
}

fn parse_words(words: &[String], read: fn(&str) -> Value) -> Result<BTreeMap<Name, Value>, CommandError> {
    let one = |word: &String| {
        let (name, value) = word
            .split_once('=')
            .filter(|(name, _)| !name.is_empty())
            .ok_or_else(|| CommandError::usage(format!("`{word}` is not NAME=VALUE")))?;
        Ok((name.into(), read(value)))
    };
    words.iter().map(one).collect()
}

/// A value as people type it.
pub(crate) fn value_of(text: &str) -> Value {
    match text {
        "true" => Value::Bool(true),
        "false" => Value::Bool(false),
        _ => text.parse().map_or_else(|_| Value::text(text), Value::Integer),
    }
}
