//! Tasks: done by a program, by people, by a script, by an event, by a table (BPMN 2.0.2, clause 10.3.3).
//!
//! ```text
//!   what binds it (`bind`)      a gate, a command, a judge, …         whatever kind of task it is
//!   user, manual, plain task    people say that it is done            script task       a script
//!   receive, send task          waits for, throws a message           business rule     a decision table
//!   service task, unbound       nothing to run: refused where it is to be run
//! ```
//!
//! **Absent on purpose:** implementations of other engines (classes, delegates, connectors).

use std::sync::Arc;

use dod_kernel::id::Name;
use dod_kernel::workflow::{Approval, Catch, Kind as Does, Program, Throw, Trigger};

use super::Lowering;
use super::bind::{self, nothing_to_run};
use super::body::{At, Made};
use crate::bpmn::codes;
use crate::bpmn::dialect::{self, Dialect};
use crate::bpmn::model::{ElementId, Kind, Role, Space};
use crate::bpmn::sound::{called, shown};
use crate::diagnose::{Diagnostic, closest, codes as common};

/// A question to people is at most so long.
const PROMPT_CHARS_MAX: usize = 500;

impl Lowering<'_> {
    /// The node of a task.
    pub(super) fn task(&mut self, at: &At<'_>, task: ElementId) -> Made {
        let kind = at.diagram()[task].kind;
        let people =
            matches!(kind, Kind::UserTask | Kind::ManualTask | Kind::GlobalUserTask | Kind::GlobalManualTask);
        if let Some(made) = self.bound(at, task, people) {
            return made;
        }
        if matches!(kind, Kind::BusinessRuleTask | Kind::GlobalBusinessRuleTask)
            && let Some(does) = self.decision(at, task)
        {
            return Made::new(does);
        }
        Made::new(match kind {
            _ if people => {
                self.called_like_a_gate(at, task, people);
                self.approval(at, task)
            }
            Kind::Task | Kind::GlobalTask => {
                self.called_like_a_gate(at, task, people);
                self.approval(at, task)
            }
            Kind::ScriptTask | Kind::GlobalScriptTask => self.script_task(at, task),
            Kind::ReceiveTask => {
                let name = self.message(at, task, task);
                let trigger = Trigger::Message { key: self.key(at, task), name };
                Does::Catch(Catch { host: None, interrupts: true, trigger }.into())
            }
            Kind::SendTask if at.diagram().reference(task, Role::Message).is_some() => {
                let name = self.message(at, task, task);
                Does::Throw(Throw::Message { key: self.key(at, task), name }.into())
            }
            _ => self.unbound(at, task),
        })
    }

    /// Somebody says that it is done.
    fn approval(&mut self, at: &At<'_>, task: ElementId) -> Does {
        let diagram = at.diagram();
        let mut documentation = diagram.passages(task).filter(|passage| passage.role == Role::Documentation);
        let prompt = documentation.next().and_then(|passage| passage.text);
        let prompt =
            prompt.map(|text| shown(diagram.text(text), PROMPT_CHARS_MAX)).filter(|text| !text.is_empty());
        let min = match bind::word(diagram, task, "min") {
            None => 1,
            Some(text) => match diagram.text(text).trim().parse::<u32>() {
                Ok(min) if min > 0 => min,
                _ => {
                    let message = format!("`{}` is no number of people", shown(diagram.text(text), 40));
                    let found = Diagnostic::error(codes::BINDING, diagram.span(text), message);
                    self.problems.push(found.hint("a whole number from 1 on"));
                    1
                }
            },
        };
        let timeout_ms = self.duration(diagram, task, "timeout");
        let proved = self.flag(diagram, task, "proved").unwrap_or(false);
        // A lane says who does the work. Whoever asks for certain people, or for several, in words of ours asks for others
        // than the authors.
        let asks = bind::word(diagram, task, "from").is_some() || min > 1;
        let independent = !self.flag(diagram, task, "authors").unwrap_or(!asks);
        let from = self.roles(at, task);
        let prompt = prompt.map(Into::into);
        Does::Approval(Arc::new(Approval { from, independent, min, prompt, proved, timeout_ms }))
    }

    fn script_task(&mut self, at: &At<'_>, task: ElementId) -> Does {
        let diagram = at.diagram();
        if let Some((_, extension)) = diagram.extension(task, Space::Zeebe, "script")
            && let Some(text) = diagram.extension_attribute(extension, "expression")
            && let Some(variable) = diagram.extension_attribute(extension, "resultVariable")
        {
            let dialect = Dialect::of_shape(diagram.text(text));
            let found = dialect::assignment(diagram.text(variable).trim(), diagram.text(text), dialect);
            return self.script(diagram, text, found).map_or(Does::Pass, Does::Script);
        }
        let passage = diagram.passage(task, Role::Script);
        let text = passage.and_then(|passage| self.passage(diagram, passage));
        let Some(text) = text.filter(|text| !diagram.text(*text).trim().is_empty()) else {
            // Without a script it does nothing (BPMN 2.0.2, clause 10.3.3).
            return Does::Pass;
        };
        let format = ["scriptFormat", "scriptLanguage"]
            .into_iter()
            .find_map(|name| diagram.attribute(task, Space::Plain, name));
        let own = format.map(|format| diagram.text(format));
        let dialect =
            match Dialect::of("", own, None) {
                Ok(dialect) => dialect,
                Err(unknown) => {
                    let message = format!(
                        "{} is written in `{}`, which is not understood",
                        called(diagram, task),
                        shown(unknown, 40)
                    );
                    let found = Diagnostic::error(
                        codes::SCRIPT,
                        format.map_or(diagram.tag(task), |text| diagram.span(text)),
                        message,
                    );
                    self.problems.push(found.hint(
                        "write it in rhai, with `scriptFormat=\"rhai\"`; or bind the task to a command",
                    ));
                    return Does::Pass;
                }
            };
        let found = dialect::script(diagram.text(text), dialect);
        self.script(diagram, text, found).map_or(Does::Pass, Does::Script)
    }

    /// Whoever calls a task like a gate wants the gate: a question to people instead is said, or refused where the
    /// name is but almost that of a gate.
    fn called_like_a_gate(&mut self, at: &At<'_>, task: ElementId, people: bool) {
        let diagram = at.diagram();
        let Some(gate) = self.meant_gate(diagram.name(task)) else { return };
        if people {
            let message =
                format!("{} asks people, and nothing runs the gate `{gate}`", called(diagram, task));
            let found = Diagnostic::warning(codes::BINDING, diagram.tag(task), message);
            self.problems.push(found.hint("a service task runs the gate that it is called after"));
        } else if self.is_run() {
            let name = shown(diagram.name(task), 60);
            let message = format!(
                "the catalogue has no gate `{name}`, after which {} is called",
                called(diagram, task)
            );
            let found = Diagnostic::error(common::UNKNOWN_GATE, diagram.tag(task), message);
            self.problems
                .push(found.hint(format!("did you mean `{gate}`? A question to people is a user task")));
        }
    }

    /// The gate that somebody means with a name of the form `family/tool`.
    pub(super) fn meant_gate(&self, name: &str) -> Option<Name> {
        let name: String = name.split_whitespace().collect::<String>().to_lowercase();
        let (family, tool) = name.split_once('/')?;
        if family.is_empty() || tool.is_empty() || tool.contains('/') {
            return None;
        }
        closest(&name, self.gates.iter().map(Name::as_str)).map(Name::from)
    }

    /// Nothing says what it does. Played through, it does nothing.
    fn unbound(&mut self, at: &At<'_>, task: ElementId) -> Does {
        if self.is_run() && !self.bindings.broken {
            let diagram = at.diagram();
            let message = format!("nothing says what {} does", called(diagram, task));
            let found = Diagnostic::error(codes::UNBOUND, diagram.tag(task), message);
            let hint = match bind::foreign_type(diagram, task) {
                Some(text) => format!(
                    "its type `{}` is no gate of the catalogue; {}",
                    shown(diagram.text(text), 40),
                    self.how_to_bind(at)
                ),
                None => self.how_to_bind(at),
            };
            let hint = match (self.asked_decision(at, task), self.meant_gate(diagram.name(task))) {
                (Some(decision), _) => {
                    format!(
                        "no `.dmn` file beside the diagram has the decision `{decision}`; put it there, or {hint}"
                    )
                }
                (None, Some(gate)) => format!("did you mean `{gate}`? Otherwise: {hint}"),
                (None, None) => hint,
            };
            self.problems.push(found.hint(hint));
        }
        nothing_to_run(Program::Argv(Vec::new()))
    }

    fn how_to_bind(&self, at: &At<'_>) -> String {
        format!(
            "name it like a gate (`cargo/clippy`), give it `dod:gate` or `dod:run`, or bind it in `{}`",
            bind::file_name(&at.sheet.name)
        )
    }
}
