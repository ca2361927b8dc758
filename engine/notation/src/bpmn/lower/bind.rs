//! What a task does: a gate of the catalogue, a command, the verdict of a policy.
//!
//! ```text
//!   1. the file beside the diagram     release.bindings.yaml for release.bpmn, by the task's id or name (`side`)
//!   2. its own words                   dod:gate + dod:with, dod:run, dod:judge, and how: dod:timeout, dod:retry, …
//!   3. its name                        name="cargo/clippy"
//!   4. its type in another engine      <zeebe:taskDefinition type="cargo/clippy"/>, camunda:topic="cargo/clippy"
//! ```
//!
//! A word may be an attribute (`dod:gate="…"`), an element (`<dod:run>…</dod:run>` among the extension elements) or a
//! property of Camunda's and Zeebe's (`<zeebe:property name="dod:gate" value="…"/>`), which is what an editor writes
//! that knows nothing of `dod`.
//!
//! **Absent on purpose:** expanding gates; the catalogue does that.

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::{Action, ExitCodes, Kind as Does, Program, Retry, RetryOn, Task};

use super::Lowering;
use super::body::{At, Made};
use crate::bpmn::codes;
use crate::bpmn::model::{Diagram, ElementId, Kind, Role, Space, Text};
use crate::bpmn::sound::{called, shown};
use crate::diagnose::{self, Diagnostic, Diagnostics, SourceMap, codes as common};
use crate::lower::{Misuse, RETRY, STEP_TIMEOUT_MS, Site, duration_ms};
use crate::yaml;

mod side;

pub(super) use side::{Bindings, file_name};

/// What runs scripts.
const SHELL: &[&str] = &["sh", "-e", "-c"];
/// The most attempts beyond the first.
const RETRIES_MAX: u32 = 100;

/// One of `dod`'s own words on an element.
pub(super) fn word(diagram: &Diagram, element: ElementId, name: &str) -> Option<Text> {
    if let Some(found) = diagram.attribute(element, Space::Dod, name) {
        return Some(found);
    }
    for (at, extension) in diagram.extensions(element) {
        let found = match extension.space {
            Space::Dod if diagram.text(extension.name) == name => {
                extension.text.or_else(|| diagram.extension_attribute(extension, "value"))
            }
            Space::Camunda | Space::Zeebe if diagram.text(extension.name) == "properties" => {
                property(diagram, at, name)
            }
            _ => None,
        };
        if found.is_some() {
            return found;
        }
    }
    None
}

fn property(diagram: &Diagram, properties: usize, name: &str) -> Option<Text> {
    let mut inside = diagram.inside(properties).map(|(_, property)| property);
    inside.find_map(|property| {
        let own = diagram.text(diagram.extension_attribute(property, "name")?).trim();
        let same = own.strip_prefix("dod:") == Some(name);
        if same { diagram.extension_attribute(property, "value").or(property.text) } else { None }
    })
}

/// What another engine calls the kind of work that a task is.
pub(super) fn foreign_type(diagram: &Diagram, task: ElementId) -> Option<Text> {
    let zeebe = diagram.extension(task, Space::Zeebe, "taskDefinition");
    let zeebe = zeebe.and_then(|(_, found)| diagram.extension_attribute(found, "type"));
    let other = || {
        let spaces = [Space::Camunda, Space::Flowable];
        spaces.into_iter().find_map(|space| {
            ["topic", "type"].into_iter().find_map(|name| diagram.attribute(task, space, name))
        })
    };
    zeebe.or_else(other).filter(|text| !diagram.text(*text).trim().is_empty())
}

/// A task with an action and nothing else said.
pub(super) fn plain(run: Program) -> Task {
    Task {
        action: Action {
            cwd: Name::default(),
            env: BTreeMap::new(),
            evidence: Vec::new(),
            exit: ExitCodes::default(),
            inputs: Vec::new(),
            install: None,
            outputs: Vec::new(),
            programs: Vec::new(),
            run,
            secrets: BTreeMap::new(),
            version: Vec::new(),
        },
        gate: None,
        idempotent: true,
        pool: None,
        probe: None,
        retry: None,
        tags: Vec::new(),
        timeout_ms: None,
    }
}

/// A task that does nothing when it is played through.
pub(super) fn nothing_to_run(run: Program) -> Does {
    Does::Task(plain(run).into())
}

impl Lowering<'_> {
    /// What a task is bound to; `None` where nothing binds it. What people do is bound to nothing by its name.
    pub(super) fn bound(&mut self, at: &At<'_>, task: ElementId, people: bool) -> Option<Made> {
        let diagram = at.diagram();
        if let Some(made) = self.bound_beside(at, task) {
            return Some(made);
        }
        let has_words = !diagram.attributes(task).is_empty() || diagram.extensions(task).next().is_some();
        if has_words && let Some(made) = self.own_words(at, task, people) {
            return Some(made);
        }
        if people || !by_name(diagram, task) {
            return None;
        }
        let name = diagram.name(task).trim();
        let gate = if self.is_gate(name) {
            diagram[task].name?
        } else {
            foreign_type(diagram, task).filter(|text| self.is_gate(diagram.text(*text).trim()))?
        };
        let kind = self.gate(at, task, gate);
        Some(self.with_how(at, task, kind))
    }

    fn is_gate(&self, name: &str) -> bool {
        self.gates.binary_search_by(|gate| gate.as_str().cmp(name)).is_ok()
    }

    fn own_words(&mut self, at: &At<'_>, task: ElementId, people: bool) -> Option<Made> {
        let diagram = at.diagram();
        let gate = word(diagram, task, "gate").or_else(|| word(diagram, task, "uses"));
        let all =
            [("gate", gate), ("run", word(diagram, task, "run")), ("judge", word(diagram, task, "judge"))];
        let mut said = all.into_iter().filter_map(|(name, text)| Some((name, text?)));
        let (name, text) = said.next()?;
        if people {
            let message = format!("{} is done by people, and has `dod:{name}`", called(diagram, task));
            let found = Diagnostic::error(codes::BINDING, diagram.span(text), message);
            self.problems.push(found.hint("make it a service task"));
            return None;
        }
        if let Some((other, second)) = said.next() {
            let message =
                format!("{} has `dod:{name}` and `dod:{other}`; it can do one", called(diagram, task));
            let found = Diagnostic::error(codes::BINDING, diagram.span(second), message);
            self.problems.push(found.other(diagram.span(text), format!("`dod:{name}`")));
        }
        let kind = match name {
            "gate" => self.gate(at, task, text),
            "run" => Some(command(diagram.text(text))),
            _ => {
                self.policy_is_known(diagram, text);
                return Some(Made::new(Does::Judge(diagram.text(text).trim().into())));
            }
        };
        Some(self.with_how(at, task, kind))
    }

    /// A gate of the catalogue. `None` where it cannot be used, and that was said.
    fn gate(&mut self, at: &At<'_>, task: ElementId, name: Text) -> Option<Task> {
        let diagram = at.diagram();
        let with = word(diagram, task, "with");
        let values = match with {
            Some(with) => self.with(diagram, with)?,
            None => BTreeMap::new(),
        };
        let gate = diagram.text(name).trim();
        if !self.is_gate(gate) {
            let message = format!("the catalogue has no gate `{}`", shown(gate, 60));
            let found = Diagnostic::error(common::UNKNOWN_GATE, diagram.span(name), message);
            self.problems.push(found.did_you_mean(gate, self.gates.iter().map(Name::as_str)));
            return None;
        }
        match self.world.catalogue.expand(gate, &values, Site { cwd: "", project: None }) {
            Ok(task) => Some(task),
            Err(misuses) => {
                for Misuse { message, hint, key } in misuses {
                    let span = with.filter(|_| key.is_some()).unwrap_or(name);
                    let found = Diagnostic::error(common::GATE_USE, diagram.span(span), message);
                    self.problems.push(found.maybe_hint(hint));
                }
                None
            }
        }
    }

    /// The values of `dod:with`: a map as YAML writes it.
    fn with(&mut self, diagram: &Diagram, text: Text) -> Option<BTreeMap<Name, Value>> {
        let (mut sources, mut problems) = (SourceMap::default(), Diagnostics::default());
        let file = sources.add("dod:with", diagram.text(text));
        let node = yaml::parse(&sources, file, &mut problems);
        let wrong =
            problems.finish().into_iter().find(|problem| problem.severity == diagnose::Severity::Error);
        if let Some(wrong) = wrong {
            let span = diagram.part(text, wrong.span.start as usize..wrong.span.end as usize);
            let found =
                Diagnostic::error(codes::BINDING, span, format!("`dod:with` is not YAML: {}", wrong.message));
            self.problems.push(found.maybe_hint(wrong.hint));
            return None;
        }
        match node.map(|node| node.value()) {
            Some(Value::Map(values)) => Some(values),
            None | Some(Value::Null) => Some(BTreeMap::new()),
            Some(other) => {
                let message = format!("`dod:with` is a {}, not a map", other.kind());
                let found = Diagnostic::error(codes::BINDING, diagram.span(text), message);
                self.problems.push(found.hint("like `{args: [-q], level: strict}`"));
                None
            }
        }
    }

    /// How a task is done, where its words say: timeout, retries, whether its failure counts.
    fn with_how(&mut self, at: &At<'_>, task: ElementId, found: Option<Task>) -> Made {
        let diagram = at.diagram();
        let Some(mut found) = found else { return Made::new(Does::Pass) };
        found.timeout_ms =
            self.duration(diagram, task, "timeout").or(found.timeout_ms).or(Some(STEP_TIMEOUT_MS));
        if let Some(idempotent) = self.flag(diagram, task, "idempotent") {
            found.idempotent = idempotent;
        }
        if let Some(text) = word(diagram, task, "retry") {
            match diagram.text(text).trim().parse::<u32>() {
                Ok(0) => found.retry = None,
                Ok(attempts) if attempts <= RETRIES_MAX => {
                    let when = vec![RetryOn::Failed, RetryOn::Timeout, RetryOn::Undecided];
                    found.retry = Some(Retry { attempts, when, ..RETRY });
                }
                _ => {
                    let message =
                        format!("`{}` is no number of further attempts", shown(diagram.text(text), 40));
                    let problem = Diagnostic::error(codes::BINDING, diagram.span(text), message);
                    self.problems.push(problem.hint(format!("a whole number from 0 to {RETRIES_MAX}")));
                }
            }
        }
        let allow_failure = self.flag(diagram, task, "allow-failure").unwrap_or(false);
        Made { allow_failure, ..Made::new(Does::Task(found.into())) }
    }

    pub(super) fn flag(&mut self, diagram: &Diagram, task: ElementId, name: &str) -> Option<bool> {
        let text = word(diagram, task, name)?;
        self.truth(diagram, text, name)
    }

    /// What one of `dod`'s own words says, that can say yes or no.
    pub(super) fn truth(&mut self, diagram: &Diagram, text: Text, name: &str) -> Option<bool> {
        match diagram.text(text).trim() {
            "true" => Some(true),
            "false" => Some(false),
            other => {
                let message = format!("`dod:{name}` is `{}`, neither `true` nor `false`", shown(other, 40));
                self.problems.push(Diagnostic::error(codes::BINDING, diagram.span(text), message));
                None
            }
        }
    }

    /// A duration in `dod`'s own words.
    pub(super) fn duration(&mut self, diagram: &Diagram, task: ElementId, name: &str) -> Option<u64> {
        let text = word(diagram, task, name)?;
        match duration_ms(diagram.text(text)) {
            Ok(ms) => Some(ms),
            Err(why) => {
                self.wrong_duration(diagram, text, &why);
                None
            }
        }
    }

    /// `enterprise`, `builtin/enterprise`, `enterprise@1`: the name without origin and version is asked.
    pub(super) fn policy_is_known(&mut self, diagram: &Diagram, text: Text) {
        let Some(known) = self.world.policies else { return };
        let name = diagram.text(text).trim();
        let bare = name.strip_prefix("builtin/").unwrap_or(name);
        let bare = bare.split_once('@').map_or(bare, |(name, _)| name);
        if !known.iter().any(|policy| **policy == *name || **policy == *bare) {
            let message = format!("policy `{}` is not known", shown(name, 60));
            let found = Diagnostic::error(common::UNKNOWN_POLICY, diagram.span(text), message);
            self.problems.push(found.did_you_mean(bare, known.iter().map(Name::as_str)));
        }
    }
}

/// A task that may be bound by what it is called: one that a program does.
fn by_name(diagram: &Diagram, task: ElementId) -> bool {
    match diagram[task].kind {
        Kind::ReceiveTask => false,
        Kind::SendTask => diagram.reference(task, Role::Message).is_none(),
        Kind::ScriptTask => diagram.passage(task, Role::Script).is_none(),
        _ => true,
    }
}

fn command(script: &str) -> Task {
    let shell = SHELL.iter().map(|word| Name::from(*word)).collect();
    plain(Program::Shell { script: script.trim().into(), shell })
}
