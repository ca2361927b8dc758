//! A decision → one [`Table`].
//!
//! **Absent on purpose:** XML, the language of cells.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use dod_kernel::id::Name;
use dod_kernel::workflow::Hit;

use super::cell::Cell;
use super::xml::Document;
use super::{COLUMNS_MAX, DECISIONS_MAX, RULES_MAX, Rule, Table, codes};
use crate::bpmn::dialect::tree::{Node, What};
use crate::bpmn::dialect::{Dialect, Said, rhai};
use crate::bpmn::read::short;
use crate::diagnose::{Diagnostic, Diagnostics};

/// What a decision says about itself and people, without a meaning for a run.
const NOTES: &[&str] = &[
    "allowedAnswers",
    "authorityRequirement",
    "decisionMaker",
    "decisionOwner",
    "description",
    "extensionElements",
    "impactedPerformanceIndicator",
    "informationRequirement",
    "question",
    "supportedObjective",
    "usingProcess",
    "usingTask",
    "variable",
];

struct Reading<'d, 'p> {
    document: &'d Document<'d>,
    problems: &'p mut Diagnostics,
    /// `expressionLanguage` of the file.
    language: Option<&'d str>,
    /// Decisions by id.
    ids: BTreeMap<&'d str, usize>,
    /// Names of decisions and input data: those with spaces are one name.
    names: BTreeSet<&'d str>,
}

/// An input of a table.
struct Input {
    /// What it looks at; `None` where it says nothing.
    asks: Option<Node>,
    tag: Range<usize>,
}

/// The decisions of a file. What is wrong is said; the tables are then not to be used.
pub(super) fn tables(document: &Document<'_>, problems: &mut Diagnostics) -> Vec<Table> {
    let root = &document.elements[0];
    let language = root.attribute("expressionLanguage").map(|(name, _)| name);
    let mut reading = Reading { document, problems, language, ids: BTreeMap::new(), names: BTreeSet::new() };
    let decisions: Vec<usize> = document.all(0, "decision").map(|(at, _)| at).collect();
    if let Some(import) = document.first(0, "import") {
        reading.refuse(
            import,
            codes::UNSUPPORTED,
            "another file is not imported",
            "put the decisions into one file",
        );
    }
    if let Some(more) = decisions.get(DECISIONS_MAX) {
        let message = format!("a file has at most {DECISIONS_MAX} decisions");
        reading.refuse(*more, codes::LIMIT, message, "put the others into a file of their own");
        return Vec::new();
    }
    if decisions.is_empty() {
        reading.refuse(0, codes::SHAPE, "the file has no decision", "a decision is `<decision id=\"…\">`");
    }
    for (number, at) in decisions.iter().enumerate() {
        reading.name(*at, number);
    }
    for (at, _) in document.all(0, "inputData") {
        reading.variable(at);
    }
    let mut tables: Vec<Table> = decisions.iter().map(|at| reading.decision(*at)).collect();
    reading.requirements(&decisions, &mut tables);
    tables
}

impl<'d> Reading<'d, '_> {
    fn wrong(&mut self, code: &'static str, range: &Range<usize>, message: impl Into<String>) {
        self.problems.push(Diagnostic::error(code, self.document.span(range), message));
    }

    fn refuse(&mut self, element: usize, code: &'static str, message: impl Into<String>, hint: &str) {
        let place = self.document.span(&self.document.elements[element].tag);
        self.problems.push(Diagnostic::error(code, place, message).hint(hint));
    }

    fn name(&mut self, at: usize, number: usize) {
        let element = &self.document.elements[at];
        match element.attribute("id") {
            Some((id, place)) => {
                if self.ids.insert(id, number).is_some() {
                    self.wrong(codes::NAME, place, format!("two decisions have the id `{}`", short(id)));
                }
            }
            None => self.wrong(codes::NAME, &element.tag, "a decision has no id"),
        }
        self.variable(at);
    }

    /// Remembers what a decision or an input is called.
    fn variable(&mut self, at: usize) {
        let variable = self.document.first(at, "variable");
        for element in [Some(at), variable].into_iter().flatten() {
            if let Some((name, _)) = self.document.elements[element].attribute("name") {
                self.names.insert(name);
            }
        }
    }

    fn decision(&mut self, at: usize) -> Table {
        let document = self.document;
        let element = &document.elements[at];
        let id = Name::from(element.attribute("id").map_or("", |(id, _)| id));
        let name = element.attribute("name").map_or(id.clone(), |(name, _)| name.into());
        let variable = document.first(at, "variable").and_then(|at| document.elements[at].attribute("name"));
        let result = variable.map_or(name.clone(), |(name, _)| name.into());
        let mut table = Table {
            id,
            name,
            range: element.tag.clone(),
            hit: Hit::Unique,
            outputs: Vec::new(),
            rules: Vec::new(),
            result,
            needs: Vec::new(),
            uses: BTreeSet::new(),
        };
        let mut logic = 0;
        for (child, inner) in document.children(at) {
            match inner.name.as_str() {
                "decisionTable" => self.table(child, &mut table),
                "literalExpression" => self.literal(child, &mut table),
                "knowledgeRequirement" => {
                    self.refuse(
                        child,
                        codes::UNSUPPORTED,
                        "a decision requires a function",
                        "write it into the table",
                    );
                    continue;
                }
                name if NOTES.contains(&name) => continue,
                name => {
                    let message = format!("`{}` is not supported as the logic of a decision", short(name));
                    self.refuse(
                        child,
                        codes::UNSUPPORTED,
                        message,
                        "write a decision table, or one expression",
                    );
                }
            }
            logic += 1;
        }
        if logic != 1 {
            let message = format!("the decision `{}` has no table", short(&table.name));
            let message = if logic == 0 { message } else { "a decision has one table".to_owned() };
            self.refuse(at, codes::SHAPE, message, "a decision holds a `<decisionTable>`");
        }
        table
    }

    /// A decision that is one expression.
    fn literal(&mut self, at: usize, table: &mut Table) {
        table.outputs.push(table.result.clone());
        let Some(Some(said)) = self.said(at, table) else { return };
        let set = [(table.result.clone(), said)].into();
        table.rules.push(Rule { range: table.range.clone(), when: None, set });
    }

    fn table(&mut self, at: usize, table: &mut Table) {
        let document = self.document;
        let element = &document.elements[at];
        if let Some((policy, place)) = element.attribute("hitPolicy") {
            table.hit = match policy {
                "UNIQUE" => Hit::Unique,
                "FIRST" => Hit::First,
                "ANY" => Hit::Any,
                other => {
                    let message = format!("the hit policy `{}` is not supported", short(other));
                    let problem = Diagnostic::error(codes::HIT_POLICY, document.span(place), message);
                    self.problems.push(problem.hint("UNIQUE, FIRST and ANY are; the default is UNIQUE"));
                    Hit::Unique
                }
            };
        }
        let mut inputs = Vec::new();
        let mut outputs = Vec::new();
        let mut rules = Vec::new();
        for (child, inner) in document.children(at) {
            match inner.name.as_str() {
                "input" => inputs.push(child),
                "output" => outputs.push(child),
                "rule" => rules.push(child),
                "annotation" | "description" | "extensionElements" => {}
                other => {
                    let message = format!("`{}` does not belong into a table", short(other));
                    self.wrong(codes::UNSUPPORTED, &inner.tag, message);
                }
            }
        }
        for (what, most, all) in [
            ("inputs", COLUMNS_MAX, &inputs),
            ("outputs", COLUMNS_MAX, &outputs),
            ("rules", RULES_MAX, &rules),
        ] {
            if let Some(first) = all.get(most) {
                let tag = &document.elements[*first].tag;
                return self.wrong(codes::LIMIT, tag, format!("a table has at most {most} {what}"));
            }
        }
        let inputs: Vec<Input> = inputs.into_iter().map(|input| self.input(input, table)).collect();
        self.outputs(at, &outputs, table);
        for rule in rules {
            self.rule(rule, &inputs, table);
        }
        self.otherwise(&outputs, table);
    }

    fn input(&mut self, at: usize, table: &mut Table) -> Input {
        let document = self.document;
        let tag = document.elements[at].tag.clone();
        let Some(expression) = document.first(at, "inputExpression") else {
            return Input { asks: None, tag };
        };
        let cell = Cell::of(document, expression);
        if cell.is_empty() {
            return Input { asks: None, tag };
        }
        let asks = self.expression(&cell, expression);
        if let Some(asks) = &asks {
            self.note(asks, table);
        }
        // What is wrong with it was said; its cells are then read over nothing in particular.
        let nothing = || Node::new(tag.clone(), What::Name(String::new()));
        Input { asks: Some(asks.unwrap_or_else(nothing)), tag }
    }

    /// The tree of a cell that is one expression. `None` where it is wrong, and that was said.
    fn expression(&mut self, cell: &Cell<'_>, element: usize) -> Option<Node> {
        let dialect = cell.dialect(element, self.language, self.problems)?;
        let whole = cell.text.trim();
        if dialect == Dialect::Feel && self.names.contains(whole) {
            let start = cell.text.len() - cell.text.trim_start().len();
            let node = Node::new(start..start + whole.len(), What::Name(whole.to_owned()));
            return Some(cell.placed(node));
        }
        #[expect(clippy::redundant_closure_for_method_calls, reason = "a path would name one lifetime")]
        let node = cell.read(dialect, self.problems, |parser| parser.whole())?;
        Some(cell.placed(node))
    }

    /// Remembers which variables an expression looks at.
    fn note(&mut self, node: &Node, table: &mut Table) {
        node.clone().each(&mut |part| {
            if let What::Name(name) = &part.what {
                table.uses.insert(Name::from(name.as_str()));
            }
        });
    }

    fn outputs(&mut self, at: usize, outputs: &[usize], table: &mut Table) {
        let document = self.document;
        for output in outputs {
            let element = &document.elements[*output];
            let named = element.attribute("name").or_else(|| element.attribute("label"));
            let name = match named {
                Some((name, _)) => Name::from(name),
                None if outputs.len() == 1 => table.result.clone(),
                None => {
                    self.wrong(codes::NAME, &element.tag, "an output of several has no name");
                    continue;
                }
            };
            if table.outputs.contains(&name) {
                self.wrong(codes::NAME, &element.tag, format!("two outputs are called `{}`", short(&name)));
            }
            table.outputs.push(name);
        }
        if outputs.is_empty() {
            self.refuse(at, codes::SHAPE, "the table has no output", "an output is `<output name=\"…\">`");
        }
    }

    fn rule(&mut self, at: usize, inputs: &[Input], table: &mut Table) {
        let document = self.document;
        let tag = document.elements[at].tag.clone();
        let tests: Vec<usize> = document.all(at, "inputEntry").map(|(at, _)| at).collect();
        let said: Vec<usize> = document.all(at, "outputEntry").map(|(at, _)| at).collect();
        for (what, found, wanted) in
            [("inputs", tests.len(), inputs.len()), ("outputs", said.len(), table.outputs.len())]
        {
            if found != wanted {
                return self.wrong(codes::SHAPE, &tag, format!("a rule has {found} {what} of {wanted}"));
            }
        }
        let mut terms = Vec::new();
        for (test, input) in tests.into_iter().zip(inputs) {
            match self.test(test, input).map(|found| (found.what.clone(), found)) {
                Some((What::All(parts), _)) => terms.extend(parts),
                Some((_, found)) => terms.push(found),
                None => {}
            }
        }
        for term in &terms {
            self.note(term, table);
        }
        let when = match terms.len() {
            0 => None,
            1 => terms.pop(),
            _ => Some(Node::new(tag.clone(), What::All(terms))),
        };
        let mut set = BTreeMap::new();
        for (entry, name) in said.into_iter().zip(table.outputs.clone()) {
            if let Some(Some(value)) = self.said(entry, table) {
                set.insert(name, value);
            }
        }
        table.rules.push(Rule { range: tag, when: when.as_ref().map(rhai::expression), set });
    }

    /// One test of a rule. `None`: the cell says nothing, or is wrong, and that was said.
    fn test(&mut self, at: usize, input: &Input) -> Option<Node> {
        let cell = Cell::of(self.document, at);
        if matches!(cell.text.trim(), "" | "-") {
            return None;
        }
        let Some(asks) = &input.asks else {
            self.wrong(codes::SHAPE, &input.tag, "an input has tests and looks at nothing");
            return None;
        };
        let dialect = cell.dialect(at, self.language, self.problems)?;
        if dialect != Dialect::Feel {
            let message = "tests of a table are in FEEL";
            let problem = Diagnostic::error(codes::LANGUAGE, self.document.span(&cell.tag), message);
            self.problems.push(problem.hint("as in `\"a\",\"b\"`, `< 5` or `[1..10]`"));
            return None;
        }
        let node = cell.read(dialect, self.problems, |parser| {
            // Until it is placed, the input stands nowhere in the cell.
            parser.unary_tests(&Node::new(0..0, asks.what.clone()))
        })??;
        let mut node = cell.placed(node);
        node.each(&mut |part| {
            if part.what == asks.what {
                part.range = asks.range.clone();
            }
        });
        Some(node)
    }

    /// What a cell says. The outer `None`: it is wrong, and that was said; the inner one: it is empty.
    fn said(&mut self, at: usize, table: &mut Table) -> Option<Option<Said>> {
        let cell = Cell::of(self.document, at);
        if matches!(cell.text.trim(), "" | "-") {
            return Some(None);
        }
        let node = self.expression(&cell, at)?;
        self.note(&node, table);
        Some(Some(match node.literal() {
            Some(value) => Said::Literal(value, node.range),
            None => Said::Expression(rhai::expression(&node)),
        }))
    }

    /// Default outputs: a rule that matches where no other does.
    fn otherwise(&mut self, outputs: &[usize], table: &mut Table) {
        let mut set = BTreeMap::new();
        for (output, name) in outputs.iter().zip(table.outputs.clone()) {
            let Some(default) = self.document.first(*output, "defaultOutputEntry") else { continue };
            if let Some(Some(value)) = self.said(default, table) {
                set.insert(name, value);
            }
        }
        if set.is_empty() {
            return;
        }
        if table.hit != Hit::First {
            let message = "default outputs are supported with the hit policy FIRST";
            return self.wrong(codes::UNSUPPORTED, &table.range.clone(), message);
        }
        table.rules.push(Rule { range: table.range.clone(), when: None, set });
    }

    /// Which decisions require which, without a circle.
    fn requirements(&mut self, decisions: &[usize], tables: &mut [Table]) {
        for (table, at) in tables.iter_mut().zip(decisions) {
            for (requirement, _) in self.document.all(*at, "informationRequirement") {
                for (_, required) in self.document.all(requirement, "requiredDecision") {
                    let Some((href, place)) = required.attribute("href") else {
                        self.wrong(codes::REQUIREMENT, &required.tag, "a requirement names no decision");
                        continue;
                    };
                    match href.rsplit_once('#').and_then(|(_, id)| self.ids.get(id)) {
                        Some(number) if !table.needs.contains(number) => table.needs.push(*number),
                        Some(_) => {}
                        None => {
                            let message = format!("the file has no decision `{}`", short(href));
                            self.wrong(codes::REQUIREMENT, place, message);
                        }
                    }
                }
            }
        }
        // What requires nothing that is left is taken away; what stays goes in a circle.
        let mut left: Vec<usize> = (0..tables.len()).collect();
        loop {
            let before = left.len();
            let open = left.clone();
            left.retain(|at| tables[*at].needs.iter().any(|need| open.contains(need)));
            if left.len() == before {
                break;
            }
        }
        for at in left {
            let message = format!("the decision `{}` requires itself", short(&tables[at].name));
            self.wrong(codes::REQUIREMENT, &tables[at].range.clone(), message);
        }
    }
}
