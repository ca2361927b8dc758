//! `dod graph`: a workflow as a picture in text.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use dod_host::history::Stored;
use dod_kernel::workflow::Workflow;
use dod_notation::diagnose::Severity;
use dod_views::{Story, graph};

use crate::blame::{CommandError, Exit};
use crate::commands::{Globals, check};
use crate::definitions::{Origin, Texts};
use crate::governed::{self, Asked};
use crate::output;

/// Draw a workflow as a Mermaid or Graphviz text
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod graph                             the workflow of this project, for Mermaid
  dod graph release.yaml --as dot | dot -Tsvg > release.svg
  dod graph --run latest                the last run, each step colored by how it ended")]
pub(crate) struct GraphArgs {
    /// The workflow, instead of the project's own
    #[arg(value_name = "FILE", conflicts_with = "run")]
    file: Option<PathBuf>,
    /// The language of the picture
    #[arg(long = "as", value_name = "LANGUAGE", value_enum, default_value_t = Language::Mermaid)]
    language: Language,
    /// Draw this run: `latest`, or an id or its beginning
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

/// The language of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Language {
    /// As shown by GitHub, GitLab and many editors in Markdown
    Mermaid,
    /// Graphviz
    Dot,
}

pub(crate) fn run(args: GraphArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let GraphArgs { file, language, run } = args;
    let (workflow, story) = match (run, file) {
        (Some(run), _) => {
            let workspace = globals.project()?.existing_workspace()?;
            let stored = Stored::read(&workspace, &workspace.resolve(&run)?)?;
            let story = Story::of(stored.workflow.clone(), &stored.events);
            (stored.workflow, Some(story))
        }
        (None, Some(file)) => (Arc::new(from_file(globals, &file)?), None),
        (None, None) => {
            let asked = Asked { json: globals.json(), quiet: true, ..Asked::default() };
            (governed::load(&globals.project()?, &asked)?.workflow, None)
        }
    };
    let picture = match language {
        Language::Mermaid => graph::mermaid(&workflow, story.as_ref()),
        Language::Dot => graph::dot(&workflow, story.as_ref()),
    };
    if globals.json() {
        let word = language.to_possible_value().map(|value| value.get_name().to_owned());
        let object = serde_json::json!({ "workflow": workflow.name(), "as": word, "graph": picture });
        output::result(&format!("{object:#}\n"));
    } else {
        output::result(&picture);
    }
    Ok(Exit::Done)
}

/// A workflow file as it lies in the tree; inputs need no values.
fn from_file(globals: &Globals, file: &Path) -> Result<Workflow, CommandError> {
    let (project, name) = check::locate(globals, file)?;
    let texts = Texts::new(&project, Origin::Tree);
    let text = texts.text(&name).map_err(|why| CommandError::usage(format!("`{name}`: {why}")))?;
    let text = text.ok_or_else(|| CommandError::usage(format!("there is no file `{}`", file.display())))?;
    let checked = check::workflow(&texts, &governed::catalogue(&texts)?, &name, &text);
    let errors: Vec<_> =
        checked.problems.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect();
    let asked = Asked { json: globals.json(), ..Asked::default() };
    checked.workflow.ok_or_else(|| governed::tell(&errors, &checked.sources, &asked))
}
