//! `dod policy test`: does a policy say what its own tests expect of it?

use std::collections::BTreeMap;

use clap::{Args, Subcommand};
use dod_kernel::id::Name;
use dod_notation::diagnose::{SourceMap, closest};
use dod_notation::policy::{Case, Difference, PolicyWorld, Tested, read_policy_tests, try_out};
use serde_json::json;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::definitions::{Dialect, Origin, Texts};
use crate::engines::Engines;
use crate::governed::{Asked, tell};
use crate::output;

/// Try policies
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod policy test             every policy in `policies/`, on the examples in its own file
  dod policy test payments    policies/payments.yaml")]
pub(crate) struct PolicyArgs {
    #[command(subcommand)]
    command: PolicyCommand,
}

#[derive(Debug, Subcommand)]
enum PolicyCommand {
    Test(TestArgs),
}

/// Try policies on the example evidence in their own files
///
/// A policy file may hold `tests:`, each with evidence in plain words and what the policy is expected to say of it. Nothing
/// is run.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod policy test                     every policy in `policies/`
  dod policy test payments            policies/payments.yaml
  dod policy test payments --only leaked

A test in a policy file:
  tests:
    - name: a leaked key blocks
      given: { secrets: { findings: { error: 1 } } }
      others: pass
      expect: failed
      because: [secrets]

Exit codes: 0 every policy says what its tests expect, 1 one does not, 2 a file is wrong or there is no test")]
struct TestArgs {
    /// Policies by name or file; all of `policies/` without one
    #[arg(value_name = "POLICY")]
    policies: Vec<String>,
    /// Only tests whose name holds this text
    #[arg(long, value_name = "TEXT")]
    only: Option<String>,
}

/// What came of one test.
struct Outcome {
    file: String,
    line: u32,
    name: Name,
    differences: Vec<Difference>,
}

pub(crate) fn run(args: PolicyArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let PolicyCommand::Test(args) = args.command;
    let project = globals.project()?;
    let texts = Texts::new(&project, Origin::Tree);
    let files = files(&texts, &args.policies)?;
    let asked = Asked { json: globals.json(), ..Asked::default() };
    let mut outcomes = Vec::new();
    let mut without = Vec::new();
    for file in files {
        let text = texts.text(&file).map_err(|why| CommandError::usage(format!("`{file}`: {why}")))?;
        let text = text.ok_or_else(|| unknown(&texts, &file))?;
        let world = PolicyWorld { expressions: &Dialect, projects: None, sources: &texts };
        let (tested, sources, problems) = read_policy_tests(&file, &text, &world);
        let tested = tested.ok_or_else(|| tell(&problems, &sources, &asked))?;
        if tested.cases.is_empty() {
            without.push(file);
            continue;
        }
        let wanted = |case: &&Case| args.only.as_ref().is_none_or(|only| case.name.contains(only.as_str()));
        let Tested { policy, cases } = &tested;
        outcomes.extend(cases.iter().filter(wanted).map(|case| Outcome {
            file: file.clone(),
            line: line_of(&sources, case),
            name: case.name.clone(),
            differences: try_out(policy, case, &Engines::default().alone()).differences,
        }));
    }
    if outcomes.is_empty() {
        return Err(CommandError::usage("there is no test of a policy here".to_owned())
            .hint("`tests:` in a policy file; `dod help policy test` shows one"));
    }
    tell_outcomes(&outcomes, &without, globals);
    Ok(if outcomes.iter().all(|one| one.differences.is_empty()) { Exit::Done } else { Exit::Failed })
}

/// The files of the named policies, or of all in `policies/`.
fn files(texts: &Texts<'_>, words: &[String]) -> Result<Vec<String>, CommandError> {
    if words.is_empty() {
        let own = |path: &&String| {
            path.strip_prefix("policies/").is_some_and(|rest| !rest.contains('/') && is_yaml(rest))
        };
        let all: Vec<String> = texts.files.iter().filter(own).cloned().collect();
        return match all.is_empty() {
            true => {
                Err(CommandError::usage("there is no policy in `policies/`").hint("name a policy's file"))
            }
            false => Ok(all),
        };
    }
    let file = |word: &String| {
        let path = if is_yaml(word) { word.clone() } else { format!("policies/{word}.yaml") };
        let outside =
            || CommandError::usage(format!("`{word}` lies outside of {}", texts.project.root.display()));
        texts.project.inside(&path).ok_or_else(outside)
    };
    words.iter().map(file).collect()
}

fn is_yaml(path: &str) -> bool {
    path.ends_with(".yaml") || path.ends_with(".yml")
}

fn unknown(texts: &Texts<'_>, file: &str) -> CommandError {
    let near = closest(file, texts.files.iter().filter(|path| is_yaml(path)).map(String::as_str));
    let error = CommandError::usage(format!("there is no policy file `{file}`"));
    match near {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None => error,
    }
}

fn line_of(sources: &SourceMap, case: &Case) -> u32 {
    sources.place(case.span).line
}

fn tell_outcomes(outcomes: &[Outcome], without: &[String], globals: &Globals) {
    let failed = outcomes.iter().filter(|one| !one.differences.is_empty()).count();
    if globals.json() {
        let one = |outcome: &Outcome| {
            json!({
                "file": outcome.file,
                "line": outcome.line,
                "name": outcome.name,
                "holds": outcome.differences.is_empty(),
                "differences": outcome.differences.iter().map(said).collect::<Vec<_>>(),
            })
        };
        let tests: Vec<_> = outcomes.iter().map(one).collect();
        let object = json!({ "tests": tests, "failed": failed, "without_tests": without });
        output::result(&format!("{object:#}\n"));
        return;
    }
    let mut by_file: BTreeMap<&str, usize> = BTreeMap::new();
    for Outcome { file, line, name, differences } in outcomes {
        *by_file.entry(file).or_default() += 1;
        if !differences.is_empty() {
            output::result(&format!("failed  {file}:{line}  {name}\n"));
            differences.iter().for_each(|one| output::result(&format!("          {}\n", said(one))));
        }
    }
    for file in without {
        output::talk(&format!("{file} has no tests\n"));
    }
    let passed = outcomes.len() - failed;
    let failed = if failed > 0 { format!(", {failed} failed") } else { String::new() };
    output::result(&format!("{passed} tests hold{failed}, of {} policies\n", by_file.len()));
}

fn said(difference: &Difference) -> String {
    match difference {
        Difference::Verdict { expected, found } => {
            format!("expected {}, and the policy says {}", expected.word(), found.word())
        }
        Difference::Names { key, missing, unexpected } => {
            let names =
                |names: &[Name]| names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
            let mut parts = Vec::new();
            if !missing.is_empty() {
                parts.push(format!("{} expected and not so", names(missing)));
            }
            if !unexpected.is_empty() {
                parts.push(format!("{} not expected", names(unexpected)));
            }
            format!("{key}: {}", parts.join("; "))
        }
    }
}
