//! `release.bindings.yaml` beside `release.bpmn`: what its tasks do, without a change of the diagram.
//!
//! It is a workflow file like `dod.yaml`, so a step has all its keys (`uses`, `run`, `approve`, `judge`, `env`,
//! `evidence`, `retry`, …). A step binds the task whose id it has as its name, or whose name is the same but for case
//! and for what stands between words (`run-tests`: “Run tests”). What comes after what, the diagram says.
//!
//! **Absent on purpose:** `needs`, `if`, services, matrices and calls: a diagram has flows, gateways and activities for
//! all of that.

use std::collections::BTreeMap;

use dod_kernel::id::{BodyId, NodeId};
use dod_kernel::workflow::{Kind as Does, Workflow};

use super::super::Lowering;
use super::super::body::{At, Made};
use super::super::people::slug;
use crate::bpmn::codes;
use crate::bpmn::model::ElementId;
use crate::bpmn::sound::called;
use crate::diagnose::{Diagnostic, FileId, Span};
use crate::lower::{self, Reference};

/// What the file beside a diagram says.
#[derive(Debug, Default)]
pub(in crate::bpmn::lower) struct Bindings {
    workflow: Option<Workflow>,
    /// It is there and wrong, which was said; so nothing more is said of tasks that nothing binds.
    pub(in crate::bpmn::lower) broken: bool,
    /// By the step's name, and by its slug.
    by_name: BTreeMap<String, NodeId>,
    spans: Vec<Span>,
    /// The task that each step binds.
    used: Vec<Option<Span>>,
}

/// The name of the file that binds the tasks of a diagram.
pub(in crate::bpmn::lower) fn file_name(diagram: &str) -> String {
    let own = diagram.rsplit('/').next().unwrap_or(diagram);
    let stem =
        own.strip_suffix(".bpmn20.xml").or_else(|| own.rsplit_once('.').map(|(stem, _)| stem)).unwrap_or(own);
    format!("{stem}.bindings.yaml")
}

impl Lowering<'_> {
    /// Reads the file beside the diagram that a run begins with, where there is one.
    pub(in crate::bpmn::lower) fn bind_files(&mut self, sheet: usize) {
        let diagram = self.sheets[sheet].name.clone();
        let path = file_name(&diagram);
        if !self.world.sources.beside(&diagram, ".bindings.yaml").contains(&path) {
            return;
        }
        let reference = Reference::Local { from_file: diagram, path: path.clone() };
        let loaded = match self.world.sources.load(&reference) {
            Ok(loaded) => loaded,
            Err(why) => {
                let span = self.sheets[sheet].diagram.place(self.sheets[sheet].diagram.definitions.tag);
                let message = format!("`{path}`, which stands beside the diagram, could not be read: {why}");
                self.problems.push(Diagnostic::error(codes::BINDING, span, message));
                self.bindings.broken = true;
                return;
            }
        };
        let checked = lower::check(&loaded.name, &loaded.text, self.world);
        let first = u32::try_from(self.sources.files().len()).unwrap_or(u32::MAX);
        for file in checked.sources.files() {
            self.sources.add(checked.sources.name(file), checked.sources.text(file));
        }
        let moved = |span: Span| Span { file: FileId(span.file.0 + first), ..span };
        for mut problem in checked.problems {
            problem.span = moved(problem.span);
            problem.others.iter_mut().for_each(|other| other.span = moved(other.span));
            self.problems.push(problem);
        }
        let Some(workflow) = checked.workflow else {
            self.bindings.broken = true;
            return;
        };
        let nodes = workflow.nodes().len();
        let span = |node: usize| checked.sources.node(NodeId(number(node))).map(moved).unwrap_or_default();
        let spans: Vec<Span> = (0..nodes).map(span).collect();
        let mut by_name = BTreeMap::new();
        for node in workflow.nodes_of(BodyId(0)) {
            let name = workflow.node(node).name.to_string();
            by_name.entry(slug(&name)).or_insert(node);
            by_name.insert(name, node);
        }
        self.settings.policy = checked.settings.policy;
        self.settings.timeout_ms = checked.settings.timeout_ms;
        self.settings.fail_fast = checked.settings.fail_fast;
        self.parts.pools = workflow.pools().to_vec();
        self.bindings =
            Bindings { workflow: Some(workflow), broken: false, by_name, spans, used: vec![None; nodes] };
        self.only_steps();
    }

    /// Says what a diagram has other means for.
    fn only_steps(&mut self) {
        let Some(workflow) = &self.bindings.workflow else { return };
        for node in workflow.nodes_of(BodyId(0)) {
            let found = workflow.node(node);
            let (what, hint) = if !workflow.incoming(node).is_empty() {
                ("needs another step", "the diagram says what comes after what: draw a sequence flow")
            } else if found.condition.is_some() {
                ("has a condition", "draw an exclusive gateway")
            } else {
                match &found.kind {
                    Does::Call(_) => ("calls a workflow", "draw a call activity"),
                    Does::Task(task) if task.probe.is_some() => {
                        ("is a service", "start and stop it in the command")
                    }
                    _ if found.name.contains('[') => ("has a matrix", "draw a multi-instance activity"),
                    _ => continue,
                }
            };
            let message = format!("step `{}` {what}, and a step that binds a task cannot", found.name);
            let span = self.bindings.spans[node.index()];
            self.problems.push(Diagnostic::error(codes::BINDING, span, message).hint(hint));
        }
    }

    /// What the file says of a task.
    pub(super) fn bound_beside(&mut self, at: &At<'_>, task: ElementId) -> Option<Made> {
        let workflow = self.bindings.workflow.as_ref()?;
        let diagram = at.diagram();
        let node = [diagram.id(task).to_owned(), slug(diagram.id(task)), slug(diagram.name(task))]
            .into_iter()
            .find_map(|name| self.bindings.by_name.get(&name))?;
        let found = workflow.node(*node);
        let made = Made { allow_failure: found.allow_failure, ..Made::new(found.kind.clone()) };
        let used = &mut self.bindings.used[node.index()];
        if let Some(first) = used.replace(diagram.tag(task)) {
            let by_id = |name: &str| name == diagram.id(task);
            if by_id(&found.name) && first != diagram.tag(task) {
                let message = format!(
                    "step `{}` binds {} by its id, and another task by its name",
                    found.name,
                    called(diagram, task)
                );
                let problem = Diagnostic::warning(codes::BINDING, self.bindings.spans[node.index()], message);
                self.problems.push(problem.other(first, "the other task"));
            }
        }
        Some(made)
    }

    /// Says which steps bind nothing.
    pub(in crate::bpmn::lower) fn unused_bindings(&mut self) {
        let Some(workflow) = &self.bindings.workflow else { return };
        let file = &self.sheets[0];
        for node in workflow.nodes_of(BodyId(0)).filter(|node| self.bindings.used[node.index()].is_none()) {
            let name = &workflow.node(node).name;
            let message =
                format!("step `{name}` binds nothing: no task of `{}` has this id or name", file.name);
            let tasks = file
                .diagram
                .all()
                .filter(|(_, element)| element.kind.class() == crate::bpmn::model::Class::Activity);
            let known: Vec<&str> =
                tasks.flat_map(|(task, _)| [file.diagram.id(task), file.diagram.name(task)]).collect();
            let found = Diagnostic::error(codes::BINDING, self.bindings.spans[node.index()], message);
            self.problems.push(found.did_you_mean(name, known));
        }
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(u32::MAX)
}
