//! `dod doctor`: whether this machine and this project have what a run needs.
//!
//! **Absent on purpose:** mending anything.

mod tools;

use std::path::Path;

use clap::Args;
use dod_notation::diagnose::Severity;
use dod_views::Paint;

use crate::blame::{CommandError, Exit};
use crate::commands::{Globals, check};
use crate::definitions::{Origin, Texts};
use crate::governed;
use crate::output::{self, Stream};
use crate::project::{Project, WORKFLOW_FILE};
use crate::screen;
use tools::Tool;

/// Check that this machine and this project have what a run needs
///
/// Looks at the platform, the repository, the folder `.dod`, the terminal, and the tools that the workflow uses.
/// The only programs that run are those that print a tool's version.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod doctor                    what is here, what is missing, and how to get it
  dod doctor --format json      the same for programs

Exit codes: 0 everything needed is here, 3 something is missing")]
pub(crate) struct DoctorArgs {
    /// Do not ask tools for their versions
    #[arg(long)]
    no_versions: bool,
}

/// How something stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// As it should be.
    Ok,
    /// Not as it could be, and a run works all the same.
    Note,
    /// A run does not work, or cannot come to a verdict.
    Bad,
}

impl State {
    fn word(self) -> &'static str {
        match self {
            Self::Ok => "ok",
            Self::Note => "note",
            Self::Bad => "bad",
        }
    }
}

/// One thing that was looked at.
struct Found {
    what: &'static str,
    state: State,
    says: String,
    cure: Option<String>,
}

impl Found {
    fn new(what: &'static str, state: State, says: impl Into<String>) -> Self {
        Self { what, state, says: says.into(), cure: None }
    }

    fn cure(mut self, cure: impl Into<String>) -> Self {
        self.cure = Some(cure.into());
        self
    }
}

#[expect(clippy::needless_pass_by_value, reason = "every command takes its arguments alike")]
pub(crate) fn run(args: DoctorArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let DoctorArgs { no_versions } = args;
    let mut found = vec![platform(), processes(), terminal()];
    let mut tools = Vec::new();
    match globals.project() {
        Ok(project) => {
            found.push(repository(&project));
            found.push(ci(&project));
            found.push(storage(&project));
            let (workflow, needed) = workflow(&project, !no_versions);
            found.push(workflow);
            tools = needed;
        }
        Err(error) => {
            let bad = Found::new("project", State::Bad, error.message);
            found.push(match error.hint {
                Some(hint) => bad.cure(hint),
                None => bad,
            });
        }
    }
    let missing = tools.iter().filter(|tool| tool.missing.is_some()).count();
    let healthy = missing == 0 && found.iter().all(|one| one.state != State::Bad);
    if globals.json() {
        let checks: Vec<_> = found
            .iter()
            .map(|one| {
                serde_json::json!({ "name": one.what, "state": one.state.word(), "says": one.says, "cure": one.cure })
            })
            .collect();
        let tools: Vec<_> = tools.iter().map(Tool::object).collect();
        let object = serde_json::json!({ "healthy": healthy, "checks": checks, "tools": tools });
        output::result(&format!("{object:#}\n"));
    } else {
        output::result(&text(&found, &tools, missing));
    }
    Ok(if healthy { Exit::Done } else { Exit::Undecided })
}

fn text(found: &[Found], tools: &[Tool], missing: usize) -> String {
    let look = screen::look(Stream::Stdout);
    let mut text = String::new();
    for one in found {
        let paint = match one.state {
            State::Ok => Paint::Good,
            State::Note => Paint::Unknown,
            State::Bad => Paint::Bad,
        };
        let pad = " ".repeat(8 - one.state.word().len());
        text += &format!("{}{pad}{:11} {}\n", look.paint(paint, one.state.word()), one.what, one.says);
        if let Some(cure) = &one.cure {
            text += &format!("{:20}{cure}\n", "");
        }
    }
    if !tools.is_empty() {
        text += "\n";
    }
    let width = tools.iter().map(|tool| tool.name.chars().count()).max().unwrap_or_default();
    for tool in tools {
        let (paint, word) = match tool.missing {
            Some(_) => (Paint::Bad, "missing"),
            None => (Paint::Good, "found"),
        };
        let pad = " ".repeat(8 - word.len());
        text += &format!("{}{pad}{:width$}  {}\n", look.paint(paint, word), tool.name.as_str(), tool.says());
    }
    let bad = found.iter().filter(|one| one.state == State::Bad).count();
    text += &match (bad, missing) {
        (0, 0) => "\neverything needed is here\n".to_owned(),
        (bad, missing) => format!("\n{} to put right\n", bad + missing),
    };
    dod_views::clean(&text, look.color)
}

fn platform() -> Found {
    let machine = dod_host::world::Machine::look();
    let says = format!(
        "dod {} on {} {}, {} processors",
        env!("CARGO_PKG_VERSION"),
        machine.os,
        machine.arch,
        machine.processors
    );
    match machine.os {
        "linux" => Found::new("platform", State::Ok, says),
        other => Found::new("platform", State::Note, format!("{says}; on {other} there is no sandbox")),
    }
}

/// Whether processes that outlive their step are found again.
fn processes() -> Found {
    #[cfg(target_os = "linux")]
    let adopted = rustix::process::set_child_subreaper(Some(rustix::process::getpid())).is_ok();
    #[cfg(not(target_os = "linux"))]
    let adopted = false;
    if adopted {
        return Found::new("processes", State::Ok, "what a step leaves running is found and ended");
    }
    let says = "there is no child subreaper: a process that leaves its group outlives its step";
    Found::new("processes", State::Note, says)
}

fn terminal() -> Found {
    let look = screen::look(Stream::Stdout);
    let place = match look.width {
        Some(width) => format!("a terminal of {width} columns"),
        None => "no terminal".to_owned(),
    };
    let colors = if look.color { "colors" } else { "no colors" };
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .iter()
        .find_map(|name| std::env::var(name).ok().filter(|value| !value.is_empty()))
        .unwrap_or_else(|| "not set".to_owned());
    Found::new("terminal", State::Ok, format!("{place}, {colors}, locale {locale}"))
}

fn repository(project: &Project) -> Found {
    let Some(git) = &project.git else {
        let says = "no git repository: runs are not bound to a commit, and changes cannot be compared";
        return Found::new("git", State::Note, says).cure("git init");
    };
    let root = git.root().display();
    if git.is_shallow() {
        let says = format!("{root} is a shallow clone: a base may be missing");
        return Found::new("git", State::Note, says).cure("git fetch --unshallow, or fetch-depth: 0 in CI");
    }
    match (&project.head.commit, &project.head.branch) {
        (None, _) => Found::new("git", State::Note, format!("{root} has no commit yet")),
        (Some(commit), branch) => {
            let on = branch.as_ref().map(|branch| format!(" on {branch}")).unwrap_or_default();
            Found::new("git", State::Ok, format!("{root} at {}{on}", &commit[..commit.len().min(12)]))
        }
    }
}

fn ci(project: &Project) -> Found {
    match &project.ci {
        Some(ci) => Found::new("ci", State::Ok, format!("{:?} is recognized", ci.system)),
        None => Found::new("ci", State::Ok, "none: this is a person's machine"),
    }
}

/// Whether a run could keep its log.
fn storage(project: &Project) -> Found {
    let dod = project.root.join(dod_host::workspace::FOLDER);
    let folder = if dod.exists() { dod.clone() } else { project.root.clone() };
    let probe = folder.join(format!(".dod-doctor-{}", std::process::id()));
    match try_to_write(&probe) {
        Ok(()) => Found::new("storage", State::Ok, format!("{} can be written", dod.display())),
        Err(error) => {
            let says = format!("{} cannot be written: {}", dod.display(), error.kind());
            Found::new("storage", State::Bad, says)
                .cure("give yourself the right to write there, or make room")
        }
    }
}

fn try_to_write(probe: &Path) -> std::io::Result<()> {
    let written = std::fs::write(probe, b"dod\n");
    let removed = std::fs::remove_file(probe);
    written.and(removed)
}

/// The workflow that a run would use, and its tools.
fn workflow(project: &Project, versions: bool) -> (Found, Vec<Tool>) {
    let bad = |says: String| (Found::new("workflow", State::Bad, says), Vec::new());
    let texts = Texts::new(project, Origin::Tree);
    let (name, text) = match texts.text(WORKFLOW_FILE) {
        Ok(Some(text)) => (WORKFLOW_FILE, text),
        Ok(None) => {
            let found = dod_catalogue::detect(&texts.files, &|path| project.read(path));
            if found.is_empty() {
                let says = format!("there is no `{WORKFLOW_FILE}`, and no project of a known language");
                let found = Found::new("workflow", State::Bad, says).cure("dod init");
                return (found, Vec::new());
            }
            ("detected projects", dod_catalogue::write_workflow(&found))
        }
        Err(why) => return bad(format!("`{WORKFLOW_FILE}`: {why}")),
    };
    let Ok(catalogue) = governed::catalogue(&texts) else {
        return bad("the files in `gates/` have mistakes; `dod check` tells them".to_owned());
    };
    let checked = check::workflow(&texts, &catalogue, name, &text);
    let errors = checked.problems.iter().filter(|one| one.severity == Severity::Error).count();
    match checked.workflow {
        Some(workflow) if errors == 0 => {
            let says = format!("{name} with {} steps", workflow.nodes().len());
            let tools = tools::needed(&project.root, &workflow, versions);
            (Found::new("workflow", State::Ok, says), tools)
        }
        _ => bad(format!("{name} has {errors} mistakes; `dod check` tells them")),
    }
}
