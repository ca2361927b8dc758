//! Business rule tasks: decision tables in files beside the diagram.
//!
//! A task names its decision with `dod:decision`, `camunda:decisionRef`, `<zeebe:calledDecision decisionId>`. The file is
//! one that was named along, `<decision>.dmn`, the diagram's own name with `.dmn`, or any other `.dmn` beside it.
//!
//! ```text
//!   one table             → Kind::Decide
//!   one that rests on others → Kind::Call of a body in which each is taken after those that it rests on
//! ```
//!
//! **Absent on purpose:** reading tables; see [`dmn`].

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dod_kernel::id::Name;
use dod_kernel::workflow::{Decision, DecisionRule, Given, Kind as Does, When};

use super::body::{At, Made};
use super::process::is_file_name;
use super::{FILES_MAX, Lowering, Opening, What, bind};
use crate::bpmn::codes;
use crate::bpmn::dialect::{Said, Translated};
use crate::bpmn::dmn::{self, Decisions};
use crate::bpmn::model::{Diagram, ElementId, Space, Text};
use crate::bpmn::sound::{called, shown};
use crate::diagnose::Diagnostic;
use crate::lower::{Loaded, Reference};

/// A decision: which file, and which of its tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Chain {
    file: usize,
    table: usize,
}

/// The files of decisions that were read, in order.
#[derive(Debug, Default)]
pub(super) struct Tables {
    files: Vec<Rc<Decisions>>,
    read: BTreeSet<String>,
}

impl Lowering<'_> {
    /// The decision that a business rule task asks for.
    pub(super) fn asked_decision(&self, at: &At<'_>, task: ElementId) -> Option<String> {
        let diagram = at.diagram();
        let written = bind::word(diagram, task, "decision").or_else(|| foreign(diagram, task))?;
        Some(shown(diagram.text(written), 60))
    }

    /// What a business rule task decides. `None` where it names no decision that can be found; `Some(Pass)` where
    /// something is wrong with it, and that was said.
    pub(super) fn decision(&mut self, at: &At<'_>, task: ElementId) -> Option<Does> {
        let diagram = at.diagram();
        let own = bind::word(diagram, task, "decision");
        let written = own.or_else(|| foreign(diagram, task))?;
        let name = diagram.text(written).trim().to_owned();
        let before = self.problems.errors();
        let found = self.find_decision(&at.sheet.name, &name);
        if self.problems.errors() > before {
            return Some(Does::Pass);
        }
        let Some(chain) = found else {
            own?;
            let message = format!(
                "{} asks for the decision `{}`, which is in no file at hand",
                called(diagram, task),
                shown(&name, 60)
            );
            let found = Diagnostic::error(codes::DECISION, diagram.span(written), message);
            self.problems.push(found.hint("put its file beside the diagram, with the ending `.dmn`"));
            return Some(Does::Pass);
        };
        let steps = self.tables.files[chain.file].steps(chain.table).len();
        if steps > 1 {
            return Some(Does::Call(
                self.open(Opening { sheet: at.index, what: What::Decisions(task, chain) }),
            ));
        }
        let into = result(diagram, task);
        Some(self.table(chain.file, chain.table, into))
    }

    /// The nodes of a decision that rests on others.
    pub(super) fn decisions(&mut self, at: &At<'_>, task: ElementId, chain: Chain) {
        let file = Rc::clone(&self.tables.files[chain.file]);
        let steps = file.steps(chain.table);
        let mut before = None;
        for (number, step) in steps.iter().enumerate() {
            let last = number + 1 == steps.len();
            let into = if last { result(at.diagram(), task) } else { step.into.cloned() };
            let kind = self.table(chain.file, step.at, into);
            let node = self.push_hidden(
                at,
                task,
                &format!("decision {}", file.tables()[step.at].id),
                Made::new(kind),
            );
            if let Some(before) = before {
                self.edge(before, Some(node), When::Any);
            }
            before = Some(node);
        }
    }

    fn table(&mut self, file: usize, table: usize, into: Option<Name>) -> Does {
        let file = Rc::clone(&self.tables.files[file]);
        let table = &file.tables()[table];
        let mut rules = Vec::with_capacity(table.rules.len());
        for rule in &table.rules {
            let when = match &rule.when {
                Some(translated) => self.cell(&file, translated),
                None => None,
            };
            let mut set = BTreeMap::new();
            for (name, said) in &rule.set {
                let given = match said {
                    Said::Literal(value, _) => Some(Given::Value(value.clone())),
                    Said::Expression(translated) => self.cell(&file, translated).map(Given::Expression),
                };
                set.extend(given.map(|given| (name.clone(), given)));
            }
            rules.push(DecisionRule { set, when });
        }
        Does::Decide(Decision { hit: table.hit, into, rules }.into())
    }

    /// The expression of a cell. `None` where it is wrong, and that was said.
    fn cell(
        &mut self,
        file: &Decisions,
        translated: &Translated,
    ) -> Option<std::sync::Arc<dod_kernel::ask::Expression>> {
        let problems = self.world.expressions.check_over_variables(&translated.text);
        let fine = problems.is_empty();
        for problem in problems {
            let span = file.span(translated.origin(problem.line, problem.column));
            self.problems
                .push(Diagnostic::error(codes::DECISION, span, problem.message).maybe_hint(problem.hint));
        }
        fine.then(|| self.intern(&translated.text))
    }

    fn find_decision(&mut self, from_file: &str, name: &str) -> Option<Chain> {
        for file in self.wanted.along.iter().filter(|file| file.name.ends_with(".dmn")) {
            self.read_tables(file);
        }
        let find = |tables: &Tables| {
            let found = |(file, decisions): (usize, &Rc<Decisions>)| {
                Some(Chain { file, table: decisions.find(name)? })
            };
            tables.files.iter().enumerate().find_map(found)
        };
        if let Some(found) = find(&self.tables) {
            return Some(found);
        }
        if !self.may_look() {
            return None;
        }
        let mut beside = self.world.sources.beside(from_file, ".dmn");
        let own = bind::file_name(from_file).replace(".bindings.yaml", ".dmn");
        // The likely ones first, so that a mistake in another file is not this diagram's.
        beside.sort_by_key(|path| (*path != format!("{name}.dmn"), *path != own));
        beside.retain(|path| path.strip_suffix(".dmn").is_some_and(is_file_name));
        for path in beside.into_iter().take(FILES_MAX) {
            let reference = Reference::Local { from_file: from_file.to_owned(), path };
            if !self.may_look() {
                break;
            }
            let Ok(file) = self.world.sources.load(&reference) else { continue };
            if file.text.contains(name) {
                self.read_tables(&file);
            }
            if let Some(found) = find(&self.tables) {
                return Some(found);
            }
        }
        None
    }

    fn read_tables(&mut self, file: &Loaded) {
        if !self.tables.read.insert(file.name.clone()) {
            return;
        }
        let text = file.text.clone().into_bytes();
        let found = dmn::read(&file.name, text, &mut self.sources, &mut self.problems);
        self.tables.files.extend(found.map(Rc::new));
    }
}

/// The decision that a task names in the words of another engine. An expression names none.
fn foreign(diagram: &Diagram, task: ElementId) -> Option<Text> {
    let spaces = [Space::Camunda, Space::Flowable];
    let attribute = spaces.into_iter().find_map(|space| diagram.attribute(task, space, "decisionRef"));
    let zeebe = || {
        let (_, found) = diagram.extension(task, Space::Zeebe, "calledDecision")?;
        diagram.extension_attribute(found, "decisionId")
    };
    let found = attribute.or_else(zeebe)?;
    let text = diagram.text(found).trim();
    (!text.is_empty() && !text.starts_with('=') && !text.contains("${")).then_some(found)
}

/// The variable that takes what was decided.
fn result(diagram: &Diagram, task: ElementId) -> Option<Name> {
    let own = bind::word(diagram, task, "result");
    let attribute = || {
        let spaces = [Space::Camunda, Space::Flowable];
        spaces.into_iter().find_map(|space| diagram.attribute(task, space, "resultVariable"))
    };
    let zeebe = || {
        let (_, found) = diagram.extension(task, Space::Zeebe, "calledDecision")?;
        diagram.extension_attribute(found, "resultVariable")
    };
    let text = diagram.text(own.or_else(attribute).or_else(zeebe)?).trim();
    (!text.is_empty()).then(|| text.into())
}
