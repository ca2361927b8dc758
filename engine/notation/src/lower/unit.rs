//! A unit is one workflow file with everything it includes: one namespace, one set of inputs, one prefix.
//!
//! A body holds the unit of its own file and one unit per project of a monorepo.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dod_kernel::id::Name;
use dod_kernel::value::Value;

use super::files::{self, Sheet};
use super::{FILES_DEPTH_MAX, Lowering, Reference, inputs, paths};
use crate::diagnose::{Diagnostic, Span, codes};
use crate::draft::{Include, Word};

/// A value given for an input, and where.
#[derive(Clone, Debug)]
pub(super) struct Given {
    /// The input's name.
    pub(super) name: Word,
    /// The value; `None` where it is not known while a file is only proofread.
    pub(super) value: Option<Value>,
    /// A single value as it was written, so that a version `1.10` stays one.
    pub(super) text: Option<Name>,
    /// Where the value stands.
    pub(super) span: Span,
}

/// A unit that is to be opened.
#[derive(Debug)]
pub(super) struct Opening {
    /// Its file, where that was read already.
    pub(super) sheet: Option<Rc<Sheet>>,
    /// Its file, where it was not.
    pub(super) reference: Option<Reference>,
    /// Where it is named.
    pub(super) at: Span,
    /// What its steps' names begin with.
    pub(super) prefix: String,
    /// The project it belongs to.
    pub(super) project: Option<Name>,
    /// Its folder.
    pub(super) base: String,
    /// Values of its inputs; `None` for the root, whose inputs the user gives.
    pub(super) given: Option<Vec<Given>>,
    /// Files that called or contain it, outermost first.
    pub(super) chain: Vec<String>,
}

impl Opening {
    /// The workflow that a run begins with.
    pub(super) fn root(sheet: Rc<Sheet>) -> Self {
        Self {
            at: sheet.span,
            sheet: Some(sheet),
            reference: None,
            prefix: String::new(),
            project: None,
            base: String::new(),
            given: None,
            chain: Vec::new(),
        }
    }
}

/// An open unit.
#[derive(Debug)]
pub(super) struct Unit {
    /// See [`Opening`].
    pub(super) prefix: String,
    pub(super) project: Option<Name>,
    pub(super) base: String,
    pub(super) chain: Vec<String>,
    /// Whether its inputs are facts of the run.
    pub(super) is_root: bool,
    /// A file that it includes could not be read, so names may be unknown for that reason.
    pub(super) is_incomplete: bool,
    /// Its own file first, then what it includes, in the order of naming.
    pub(super) sheets: Vec<Rc<Sheet>>,
    /// Declared inputs with their values; `None` where none is known.
    pub(super) inputs: BTreeMap<Name, Option<Value>>,
}

impl Lowering<'_> {
    /// Opens the units of a body: its own and those of its projects.
    pub(super) fn units(&mut self, first: Opening) -> Vec<Unit> {
        let mut found = Vec::new();
        let mut work = vec![first];
        while let Some(opening) = work.pop() {
            if self.opened > self.bounds.opened {
                if !std::mem::replace(&mut self.full, true) {
                    let message =
                        format!("projects and called workflows name more than {} files", self.bounds.opened);
                    self.problems.push(Diagnostic::error(codes::LIMIT, opening.at, message));
                }
                break;
            }
            let prefix = opening.prefix.clone();
            let Some(unit) = self.unit(opening) else {
                self.missing.push(prefix);
                continue;
            };
            let mut projects = self.projects(&unit);
            projects.reverse();
            work.extend(projects);
            found.push(unit);
        }
        found
    }

    fn unit(&mut self, opening: Opening) -> Option<Unit> {
        let Opening { sheet, reference, at, prefix, project, base, given, mut chain } = opening;
        let sheet = match (sheet, reference) {
            (Some(sheet), _) => sheet,
            (None, reference) => self.load(&reference?, &base, at)?,
        };
        if chain.contains(&sheet.name) {
            let circle = chain.iter().skip_while(|name| **name != sheet.name).cloned();
            let path: Vec<String> = circle.chain([sheet.name.clone()]).collect();
            let message = format!("workflows call each other in a circle: {}", path.join(" → "));
            self.problems.push(Diagnostic::error(codes::INCLUDE_CYCLE, at, message));
            return None;
        }
        if chain.len() >= FILES_DEPTH_MAX {
            let message = format!("workflows call each other more than {FILES_DEPTH_MAX} levels deep");
            self.problems.push(Diagnostic::error(codes::LIMIT, at, message));
            return None;
        }
        chain.push(sheet.name.clone());
        self.opened += 1;
        let (sheets, is_incomplete) = self.with_includes(&sheet, &base);
        let is_root = given.is_none();
        let inputs = self.bind(&sheets, given, at);
        Some(Unit { prefix, project, base, chain, is_root, is_incomplete, sheets, inputs })
    }

    /// A file and everything it includes, each once.
    fn with_includes(&mut self, first: &Rc<Sheet>, base: &str) -> (Vec<Rc<Sheet>>, bool) {
        let mut is_incomplete = false;
        let mut seen = BTreeSet::from([first.name.clone()]);
        let mut found = vec![Rc::clone(first)];
        let mut work = vec![(Rc::clone(first), vec![first.name.clone()])];
        while let Some((sheet, path)) = work.pop() {
            self.opened += 1;
            let mut next = Vec::new();
            for include in &sheet.draft.include {
                let (reference, at) = match include {
                    Include::Local(word) => (files::reference(&sheet.name, word), word.span),
                    Include::Git { url, rev, path } => {
                        let (url, rev, path) = (url.to_string(), rev.to_string(), path);
                        (Reference::Git { url, rev, path: path.to_string() }, path.span)
                    }
                };
                let Some(included) = self.load(&reference, base, at) else {
                    is_incomplete = true;
                    continue;
                };
                if path.contains(&included.name) {
                    let message = format!("{} → {} is a circle", path.join(" → "), included.name);
                    self.problems.push(Diagnostic::error(codes::INCLUDE_CYCLE, at, message));
                } else if path.len() >= FILES_DEPTH_MAX {
                    let message = format!("files include each other more than {FILES_DEPTH_MAX} levels deep");
                    self.problems.push(Diagnostic::error(codes::LIMIT, at, message));
                } else if seen.insert(included.name.clone()) {
                    found.push(Rc::clone(&included));
                    let mut path = path.clone();
                    path.push(included.name.clone());
                    next.push((included, path));
                }
            }
            next.reverse();
            work.extend(next);
        }
        (found, is_incomplete)
    }

    fn projects(&mut self, unit: &Unit) -> Vec<Opening> {
        let mut found = Vec::new();
        let mut seen: BTreeMap<Name, Span> = BTreeMap::new();
        for sheet in &unit.sheets {
            for project in &sheet.draft.projects {
                if let Some(first) = seen.insert(project.name.value.clone(), project.name.span) {
                    let message = format!("two projects are called `{}`", &**project.name);
                    let error = Diagnostic::error(codes::SAME_NAME, project.name.span, message);
                    self.problems.push(error.other(first, "first written here"));
                    continue;
                }
                let base = paths::join(&unit.base, &project.path).unwrap_or_else(|_| {
                    let message = format!("the path of project `{}` leaves the repository", &**project.name);
                    self.problems.push(Diagnostic::error(codes::OUTSIDE, project.path.span, message));
                    unit.base.clone()
                });
                let given = project.with.iter().map(|(name, node)| Given {
                    name: name.clone(),
                    value: Some(node.value()),
                    text: inputs::scalar_text(node),
                    span: node.span,
                });
                let name = format!("{}{}", unit.prefix, &**project.name);
                found.push(Opening {
                    sheet: None,
                    reference: Some(files::reference(&sheet.name, &project.workflow)),
                    at: project.workflow.span,
                    prefix: format!("{name}/"),
                    project: Some(name.into()),
                    base,
                    given: Some(given.collect()),
                    chain: unit.chain.clone(),
                });
            }
        }
        found
    }
}
