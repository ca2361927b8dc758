//! What the project says of runs later, `keep:` and `archive:`, and what is done about it when a run ends.
//!
//! Both are read from the `dod.yaml` that is here: they judge nothing, so a change may change them.
//!
//! **Absent on purpose:** removing anything: `dod gc` does.

use std::io::IsTerminal as _;

use dod_host::git::Git;
use dod_host::house::{Archive, BRANCHES, Keep};
use dod_host::storage::write_atomic;
use dod_host::workspace::Workspace;
use dod_kernel::id::{Name, RunId};
use dod_notation::draft::{self, House, read_house};
use dod_views::Story;

use crate::blame::CommandError;
use crate::governed::{Asked, tell};
use crate::output;
use crate::project::{Project, WORKFLOW_FILE};

/// Said where there is no archive.
pub(crate) const ONLY_HERE: &str =
    "this evidence lives only here: `archive:` in `dod.yaml` puts it elsewhere, too";
/// The file that remembers that this was said.
const SAID_FILE: &str = "said-only-here";

/// What the project's file says.
pub(crate) fn of(project: &Project, json: bool) -> Result<House, CommandError> {
    let Some(text) = project.read(WORKFLOW_FILE) else { return Ok(House::default()) };
    let (house, sources, problems) = read_house(WORKFLOW_FILE, &text);
    match problems.is_empty() {
        true => Ok(house),
        false => Err(tell(&problems, &sources, &Asked { json, ..Asked::default() })),
    }
}

/// How long runs stay. Where nobody names protected branches, they are the usual ones and what the remote calls its
/// default branch.
pub(crate) fn keep(project: &Project, house: &House, flag: Option<&draft::Keep>) -> Keep {
    let said = house.keep.clone().unwrap_or_default();
    let asked = flag.unwrap_or(&said);
    let mut branches = said.branches.clone();
    if branches.is_empty() {
        branches.extend(BRANCHES.iter().map(|branch| Name::from(*branch)));
        let default = project.git.as_ref().and_then(Git::default_branch);
        // A name is no glob: `*` in it stands for itself.
        branches.extend(default.map(|branch| Name::from(globset::escape(&branch).as_str())));
    }
    Keep { runs: asked.runs, days: asked.days, branches }
}

/// Where runs are put.
pub(crate) fn archive(project: &Project, house: &House) -> Option<Archive> {
    house.archive.as_ref().map(|word| Archive::of(word, &project.root))
}

/// A run has its verdict: it is put aside, where that is asked for. A failure is told and changes no verdict.
pub(crate) fn ended(project: &Project, workspace: &Workspace, run: &RunId, story: &Story, elsewhere: bool) {
    if story.finished.is_none() {
        return;
    }
    // What is wrong with the file is said by whoever judges by it.
    let Ok(house) = of(project, false) else { return };
    let Some(archive) = archive(project, &house) else {
        if !elsewhere && !story.is_partial() {
            only_here(workspace);
        }
        return;
    };
    if let Err(error) = archive.put(workspace, run, project.git.as_ref()) {
        let name = archive.name();
        output::warning(&format!(
            "run {run} is not in the archive `{name}`: {error}; `dod gc` tries again before it removes anything"
        ));
    }
}

/// Says to people, once in each clone, that there is no archive.
fn only_here(workspace: &Workspace) {
    let said = workspace.folder().join(SAID_FILE);
    if !std::io::stderr().is_terminal() || said.exists() {
        return;
    }
    output::talk(&format!("{ONLY_HERE}\n"));
    let _ = write_atomic(&said, b"");
}
