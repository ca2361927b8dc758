//! `dod graph`: a workflow as a picture: SVG, or a text for Mermaid or Graphviz.

mod diagram;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use clap::{Args, ValueEnum};
use dod_host::history::Stored;
use dod_kernel::workflow::Workflow;
use dod_notation::bpmn::read;
use dod_notation::diagnose::{Diagnostics, Severity, SourceMap};
use dod_views::draw::{self, Drawing, TooLarge};
use dod_views::{Story, graph};

use crate::blame::{CommandError, Exit};
use crate::commands::{Globals, check};
use crate::definitions::{Origin, Texts};
use crate::governed::{self, Asked};
use crate::{notation, output};

/// Draw a workflow as an SVG picture, or as a text for Mermaid or Graphviz
///
/// An SVG of a BPMN file uses the layout of the file, where it has one; everything else is laid out from the left to the
/// right. With `--run` a picture shows how each step stands, by color and by symbol, where tokens are, and how
/// long steps took.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod graph --format svg > done.svg                 the workflow of this project
  dod graph release.bpmn --format svg > release.svg a BPMN file, as it was drawn
  dod graph --run latest --format svg > run.svg     the last run: states, tokens, durations
  dod graph                                         a text for Mermaid (`--format mermaid`)
  dod graph release.yaml --format dot | dot -Tpng > release.png
  dod graph --format json --as svg                  {\"workflow\": ..., \"as\": \"svg\", \"graph\": \"<svg ...\"}

Formats: `svg`, `mermaid` (the default), `dot`, and `json` around any of them")]
pub(crate) struct GraphArgs {
    /// The workflow, instead of the project's own; with `--run`, the diagram that the run is shown on
    #[arg(value_name = "FILE")]
    file: Option<PathBuf>,
    /// The language of the picture, like `--format`; for use with `--format json`
    #[arg(long = "as", value_name = "LANGUAGE", value_enum)]
    language: Option<Language>,
    /// Draw this run: `latest`, or an id or its beginning
    #[arg(long, value_name = "RUN")]
    run: Option<String>,
}

/// The language of a picture.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Language {
    /// As shown by GitHub, GitLab and many editors in Markdown
    Mermaid,
    /// Graphviz
    Dot,
    /// A picture for browsers, documents and editors
    Svg,
}

impl Language {
    /// As typed.
    pub(crate) fn word(self) -> &'static str {
        match self {
            Self::Mermaid => "mermaid",
            Self::Dot => "dot",
            Self::Svg => "svg",
        }
    }
}

pub(crate) fn run(args: GraphArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let GraphArgs { file, language, run } = args;
    let language = match (globals.picture(), language) {
        (Some(one), Some(other)) if one != other => {
            let (one, other) = (one.word(), other.word());
            return Err(CommandError::usage(format!(
                "`--format {one}` and `--as {other}` are two languages"
            )));
        }
        (one, other) => one.or(other).unwrap_or(Language::Mermaid),
    };
    let drawn = match (run, file) {
        (Some(run), file) => of_run(globals, &run, file.as_deref(), language)?,
        (None, Some(file)) => of_file(globals, &file, language)?,
        (None, None) => {
            let asked = Asked { json: globals.json(), quiet: true, ..Asked::default() };
            let workflow = governed::load(&globals.project()?, &asked)?.workflow;
            Drawn { workflow: Some(workflow), drawing: None, story: None }
        }
    };
    let (name, picture) = drawn.picture(language)?;
    if globals.json() {
        let object = serde_json::json!({ "workflow": name, "as": language.word(), "graph": picture });
        output::result(&format!("{object:#}\n"));
    } else {
        output::result(&picture);
    }
    Ok(Exit::Done)
}

/// What there is to draw.
struct Drawn {
    /// Absent for a diagram that can be drawn and not be run.
    workflow: Option<Arc<Workflow>>,
    /// The file's own diagram.
    drawing: Option<Drawing>,
    story: Option<Story>,
}

impl Drawn {
    /// The name of the workflow, and its picture.
    fn picture(self, language: Language) -> Result<(String, String), CommandError> {
        let Self { workflow, drawing, story } = self;
        let story = story.as_ref();
        if language == Language::Svg {
            let drawing = match (drawing, &workflow) {
                (Some(mut drawing), Some(workflow)) => {
                    drawing.bind(workflow);
                    drawing
                }
                (Some(drawing), None) => drawing,
                (None, Some(workflow)) => Drawing::of(workflow),
                (None, None) => Drawing::default(),
            };
            let name = workflow.map_or_else(|| drawing.title.clone(), |workflow| workflow.name().to_string());
            return Ok((name, draw::svg(drawing, story).map_err(too_large)?));
        }
        let workflow = workflow.expect("only an SVG is made without a workflow");
        let text = match language {
            Language::Dot => graph::dot(&workflow, story),
            Language::Mermaid | Language::Svg => graph::mermaid(&workflow, story),
        };
        Ok((workflow.name().to_string(), text))
    }
}

fn too_large(why: TooLarge) -> CommandError {
    CommandError::usage(format!("{why}")).hint("`--format dot` and `--format mermaid` have no such bound")
}

/// A workflow file as it lies in the tree; inputs need no values.
fn of_file(globals: &Globals, file: &Path, language: Language) -> Result<Drawn, CommandError> {
    let (project, name) = check::locate(globals, file)?;
    let texts = Texts::new(&project, Origin::Tree);
    let bytes = texts.bytes(&name).map_err(|why| CommandError::usage(format!("`{name}`: {why}")))?;
    let bytes = bytes.ok_or_else(|| CommandError::usage(format!("there is no file `{}`", file.display())))?;
    let checked = check::workflow_of(&texts, &governed::catalogue(&texts)?, &name, &bytes);
    let drawing = if language == Language::Svg { own_diagram(&name, bytes) } else { None };
    let errors: Vec<_> =
        checked.problems.iter().filter(|problem| problem.severity == Severity::Error).cloned().collect();
    let asked = Asked { json: globals.json(), ..Asked::default() };
    match (checked.workflow, &drawing) {
        (Some(workflow), _) => Ok(Drawn { workflow: Some(Arc::new(workflow)), drawing, story: None }),
        // What can be read can be looked at.
        (None, Some(_)) => {
            let many = errors.len();
            let says = if many == 1 { "1 mistake keeps".to_owned() } else { format!("{many} mistakes keep") };
            output::talk(&format!("{says} this diagram from running: `dod check {}`\n", file.display()));
            Ok(Drawn { workflow: None, drawing, story: None })
        }
        (None, None) => Err(governed::tell(&errors, &checked.sources, &asked)),
    }
}

/// What a file draws itself, if it is a diagram that can be read.
fn own_diagram(name: &str, bytes: Vec<u8>) -> Option<Drawing> {
    if !notation::is_diagram(name, &bytes) {
        return None;
    }
    let read = read::read(name, bytes, &mut SourceMap::default(), &mut Diagnostics::default())?;
    let title = read.definitions.name.map(|title| read.text(title).to_owned());
    let stem = || Path::new(name).file_stem().map(|stem| stem.to_string_lossy().into_owned());
    Some(diagram::drawing(&read, &title.or_else(stem).unwrap_or_default()))
}

/// What the log says of the workflow's file: see `launch`.
const FROM: &str = "workflow from ";

/// A run, on the diagram that it ran. A file that is named, or that the run was made from, is taken for that if it
/// still says what the run ran.
fn of_run(
    globals: &Globals,
    run: &str,
    file: Option<&Path>,
    language: Language,
) -> Result<Drawn, CommandError> {
    let workspace = globals.project()?.existing_workspace()?;
    let stored = Stored::read(&workspace, &workspace.resolve(run)?)?;
    let mut story = Story::new(stored.workflow.clone());
    for recorded in stored.events()? {
        story.push(&recorded?);
    }
    let told =
        |drawing| Drawn { workflow: Some(stored.workflow.clone()), drawing, story: Some(story.clone()) };
    let words = story.started.iter().flat_map(|(_, started)| started.settings.iter());
    let from = words.filter_map(|word| word.strip_prefix(FROM)).next().map(str::to_owned);
    let from = match (file, from) {
        (Some(file), _) => file.to_owned(),
        (None, Some(from)) if notation::has_ending(&from) => globals.project()?.root.join(from),
        (None, _) => return Ok(told(None)),
    };
    if language != Language::Svg {
        return Ok(told(None));
    }
    let drawn = of_file(globals, &from, language);
    if let Ok(Drawn { workflow: Some(workflow), drawing: Some(drawing), .. }) = drawn
        && workflow == stored.workflow
    {
        return Ok(told(Some(drawing)));
    }
    output::talk(&format!("`{}` is not what this run ran; its workflow is laid out anew\n", from.display()));
    Ok(told(None))
}
