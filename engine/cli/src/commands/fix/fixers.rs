//! Which gates of the workflow have a fixer.
//!
//! A checked workflow has tasks and no parameters, so what a step handed to its gate is noted while the workflow is
//! lowered: the fixer is made from the very same values.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::{ExitCodes, Kind, Program, Task, Workflow};
use dod_notation::diagnose::{Severity, closest};
use dod_notation::lower::{Catalogue, Checked, Misuse, Site, World};

use crate::blame::CommandError;
use crate::definitions::{Dialect, Gates, Origin, Texts};
use crate::governed::{self, Asked};
use crate::notation::Play;
use crate::project::{Project, WORKFLOW_FILE};

/// What puts right what a gate finds.
pub(super) struct Fixer {
    pub(super) step: Name,
    pub(super) kind: Name,
    /// The gate of the catalogue.
    pub(super) uses: Name,
    /// What runs, for people.
    pub(super) command: String,
    pub(super) task: Task,
    exit: ExitCodes,
}

impl Fixer {
    /// Whether the gate itself knows an exit code, as clean or as findings.
    pub(super) fn gate_knows(&self, code: i32) -> bool {
        self.exit.clean.contains(&code) || self.exit.findings.contains(&code) || code == 0
    }

    fn is_called(&self, word: &str) -> bool {
        [&self.step, &self.kind, &self.uses].into_iter().any(|name| name.as_str() == word)
    }
}

/// All gates of a workflow, in its order.
pub(super) struct Known {
    fixers: Vec<Fixer>,
    /// Steps without a fixer, with their kinds and gates.
    others: Vec<[Name; 3]>,
}

/// What is to be run.
pub(super) struct Choice {
    pub(super) fixers: Vec<Fixer>,
    /// Gates that failed and have no fixer.
    pub(super) without: Vec<Name>,
}

impl Known {
    /// Those of gates that failed.
    pub(super) fn failing(self, failed: &BTreeSet<Name>) -> Choice {
        let without = self.others.into_iter().map(|[step, ..]| step).filter(|step| failed.contains(step));
        let fixers = self.fixers.into_iter().filter(|fixer| failed.contains(&fixer.step));
        Choice { without: without.collect(), fixers: fixers.collect() }
    }

    /// Those that words mean: a step, a kind, a gate of the catalogue.
    pub(super) fn named(self, words: &[String]) -> Result<Choice, CommandError> {
        for word in words {
            if self.fixers.iter().any(|fixer| fixer.is_called(word)) {
                continue;
            }
            if self.others.iter().flatten().any(|name| name.as_str() == word) {
                let error = CommandError::usage(format!("no fixer is known for `{word}`"));
                let having: Vec<&str> = self.fixers.iter().map(|fixer| fixer.step.as_str()).collect();
                return Err(match having.as_slice() {
                    [] => error,
                    having => error.hint(format!("these have one: {}", having.join(", "))),
                });
            }
            let names = self.fixers.iter().flat_map(|fixer| [&fixer.step, &fixer.kind, &fixer.uses]);
            let names = names.chain(self.others.iter().flatten()).map(Name::as_str);
            let near = closest(word, names).map(|near| format!("did you mean `{near}`?"));
            let error = CommandError::usage(format!("no gate of the workflow is called `{word}`"));
            return Err(error.hint(near.unwrap_or_else(|| "`dod plan` lists them".to_owned())));
        }
        let named = |fixer: &Fixer| words.iter().any(|word| fixer.is_called(word));
        Ok(Choice { fixers: self.fixers.into_iter().filter(named).collect(), without: Vec::new() })
    }
}

/// The gates of the workflow in the working tree, and their fixers.
pub(super) fn known(project: &Project, workflow: Option<String>, json: bool) -> Result<Known, CommandError> {
    let file = workflow.as_deref().map_or(Some(WORKFLOW_FILE.to_owned()), |word| project.inside(word));
    let file = file.or_else(|| workflow.clone()).unwrap_or_else(|| WORKFLOW_FILE.to_owned());
    let asked = Asked { workflow, install: true, json, quiet: true, ..Asked::default() };
    let texts = Texts::new(project, Origin::Tree);
    let definition = governed::definition(project, &texts, &asked, &file)?;
    let catalogue = governed::catalogue(&texts)?;
    let gates = Gates { catalogue: &catalogue, install: asked.install, files: &texts.files };
    let noting = Noting { gates, seen: RefCell::new(Vec::new()) };
    let Checked { workflow, sources, problems, .. } = definition.check(
        Play::run(None),
        &World {
            catalogue: &noting,
            expressions: &Dialect,
            formats: None,
            inputs: None,
            policies: None,
            program: env!("CARGO_PKG_VERSION").parse().expect("the program has a version"),
            roles: None,
            sources: &texts,
        },
    );
    let sound = problems.iter().all(|problem| problem.severity != Severity::Error);
    match workflow.filter(|_| sound) {
        Some(workflow) => Ok(sorted(&workflow, &noting.seen.into_inner())),
        None => Err(governed::tell(&problems, &sources, &asked)),
    }
}

/// A gate that was expanded, and what puts it right.
struct Seen {
    run: Program,
    cwd: Name,
    uses: Option<Name>,
    fix: Option<Task>,
}

/// The catalogue, noting what it is asked.
struct Noting<'c> {
    gates: Gates<'c>,
    seen: RefCell<Vec<Seen>>,
}

impl Catalogue for Noting<'_> {
    fn names(&self) -> Vec<Name> {
        self.gates.names()
    }

    fn expand(&self, name: &str, with: &BTreeMap<Name, Value>, site: Site<'_>) -> Result<Task, Vec<Misuse>> {
        let Site { cwd, project } = site;
        let place = dod_catalogue::Site { cwd, project, install: true, files: self.gates.files };
        let fix = self.gates.catalogue.expand_fix(name, with, &place).ok().flatten();
        let task = self.gates.expand(name, with, site)?;
        let uses = task.gate.as_ref().and_then(|gate| gate.uses.clone());
        let seen = Seen { run: task.action.run.clone(), cwd: task.action.cwd.clone(), uses, fix };
        self.seen.borrow_mut().push(seen);
        Ok(task)
    }
}

fn sorted(workflow: &Workflow, seen: &[Seen]) -> Known {
    let mut known = Known { fixers: Vec::new(), others: Vec::new() };
    for node in workflow.nodes() {
        let Kind::Task(task) = &node.kind else { continue };
        let Some(gate) = &task.gate else { continue };
        let uses = gate.uses.clone().unwrap_or_default();
        let is =
            |one: &&Seen| one.uses == gate.uses && one.run == task.action.run && one.cwd == task.action.cwd;
        match seen.iter().find(is).and_then(|one| one.fix.clone()) {
            // What the step adds to its gate, such as variables, its fixer has as well.
            Some(mut fix) => {
                fix.action.env.extend(task.action.env.clone());
                fix.action.install.clone_from(&task.action.install);
                let command = command(&fix.action.run);
                let (step, kind) = (node.name.clone(), gate.kind.clone());
                known.fixers.push(Fixer {
                    step,
                    kind,
                    uses,
                    command,
                    task: fix,
                    exit: task.action.exit.clone(),
                });
            }
            None => known.others.push([node.name.clone(), gate.kind.clone(), uses]),
        }
    }
    known
}

/// A command in a line.
fn command(run: &Program) -> String {
    match run {
        Program::Argv(argv) => argv.join(" "),
        Program::Shell { script, .. } => script.to_string(),
    }
}
