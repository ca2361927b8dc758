//! Mapping packs: which checks of a run support which requirements of a framework (`mappings/*.yaml`).
//!
//! A pack judges nothing. What it names need not exist: a gate that a workflow does not have checks nothing, and the
//! control matrix says so.
//!
//! **Absent on purpose:** what became of the checks; that is for views.

use dod_kernel::id::Name;

use crate::diagnose::{Diagnostic, Diagnostics, SourceMap, codes};
use crate::policy::{NAME_BYTES_MAX, REQUIREMENTS_MAX as NAMES_MAX, codes as policy_codes};
use crate::yaml::{self, Fields, Kind, Located, Node, read};

/// Requirements that a pack may map.
pub const REQUIREMENTS_MAX: usize = 1_000;

/// The packs that are part of the program, by the name of their file.
pub const BUILTIN_PACKS: &[(&str, &str)] = &[
    ("iso27001-2022", include_str!("../../../workflows/mappings/iso27001-2022.yaml")),
    ("osps-2026", include_str!("../../../workflows/mappings/osps-2026.yaml")),
    ("slsa-1.2", include_str!("../../../workflows/mappings/slsa-1.2.yaml")),
    ("soc2", include_str!("../../../workflows/mappings/soc2.yaml")),
    ("ssdf-1.1", include_str!("../../../workflows/mappings/ssdf-1.1.yaml")),
];

/// A framework, and what supports its requirements.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pack {
    /// What stands before the slash in `requirements: [osps-2026/VM-05]`.
    pub framework: Name,
    /// Its requirements, in the order of the file.
    pub requirements: Vec<Requirement>,
    /// Its name for people.
    pub title: Name,
    /// Its version, where one is stated.
    pub version: Option<Name>,
}

/// One requirement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Requirement {
    /// Kinds of gates or names of steps that support it.
    pub gates: Vec<Name>,
    /// Its id within the framework.
    pub id: Name,
    /// Rules of the policy that support it.
    pub rules: Vec<Name>,
    /// Facts of the run itself that support it.
    pub run: Vec<RunFact>,
    /// What it is about, in a few words.
    pub title: Name,
}

/// Something about a run as a whole that may support a requirement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum RunFact {
    /// An approval was answered with yes.
    Approved,
    /// A policy has judged everything it asks for.
    Judged,
    /// The verdict is passed, and full.
    Passed,
    /// The change was judged by definitions of its base.
    Protected,
    /// The tree was the same at the end.
    Unchanged,
}

const RUN_FACTS: &[(&str, RunFact)] = &[
    ("approved", RunFact::Approved),
    ("judged", RunFact::Judged),
    ("passed", RunFact::Passed),
    ("protected", RunFact::Protected),
    ("unchanged", RunFact::Unchanged),
];

/// Reads a pack. None is returned where an error was found.
pub fn read_pack(name: &str, text: &str) -> (Option<Pack>, SourceMap, Vec<Diagnostic>) {
    let mut sources = SourceMap::default();
    let mut problems = Diagnostics::default();
    let file = sources.add(name, text);
    let found = yaml::parse(&sources, file, &mut problems).and_then(|node| pack(&node, &mut problems));
    let sound = problems.errors() == 0;
    (found.filter(|_| sound), sources, problems.finish())
}

fn pack(node: &Node, problems: &mut Diagnostics) -> Option<Pack> {
    let known = &["framework", "title", "version", "requirements"];
    let fields = Fields::open(node, "a mapping pack", known, problems)?;
    let framework = fields.need("framework", problems).and_then(|node| id(node, "`framework`", problems));
    let title = fields.need("title", problems).and_then(|node| read::word(node, "`title`", problems));
    let version = fields.get("version").and_then(|node| read::word(node, "`version`", problems));
    let requirements = fields.need("requirements", problems)?;
    let mut all: Vec<Located<Requirement>> = Vec::new();
    match &requirements.kind {
        Kind::List(items) => {
            for item in items.iter().take(REQUIREMENTS_MAX) {
                let Some(found) = requirement(item, problems) else { continue };
                if let Some(first) = all.iter().find(|one| one.id == found.id) {
                    let message = format!("two requirements are called `{}`", found.id);
                    let diagnostic = Diagnostic::error(policy_codes::SAME_ID, item.span, message);
                    problems.push(diagnostic.other(first.span, "the first one"));
                }
                all.push(Located::new(found, item.span));
            }
            if let Some(more) = items.get(REQUIREMENTS_MAX) {
                let message = format!("a pack has at most {REQUIREMENTS_MAX} requirements");
                problems.push(Diagnostic::error(policy_codes::LIMIT, more.span, message));
            }
        }
        Kind::Broken => {}
        _ => problems.push(read::wrong(requirements, "`requirements` is a list")),
    }
    Some(Pack {
        framework: framework?,
        requirements: all.into_iter().map(|one| one.value).collect(),
        title: title?.value,
        version: version.map(|version| version.value),
    })
}

fn requirement(node: &Node, problems: &mut Diagnostics) -> Option<Requirement> {
    let known = &["id", "title", "gates", "rules", "run"];
    let fields = Fields::open(node, "a requirement", known, problems)?;
    let id = fields.need("id", problems).and_then(|node| id(node, "`id` of a requirement", problems));
    let title = fields.need("title", problems).and_then(|node| read::word(node, "`title`", problems));
    let gates = names(fields.get("gates"), "`gates`", problems);
    let rules = names(fields.get("rules"), "`rules`", problems);
    let run = run_facts(fields.get("run"), problems);
    Some(Requirement { gates, id: id?, rules, run, title: title?.value })
}

/// An id as it stands before or behind the slash of `osps-2026/VM-05`.
fn id(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Name> {
    let found = read::word(node, what, problems)?;
    let fits = |letter: char| letter.is_alphanumeric() || "._-()".contains(letter);
    if found.len() > NAME_BYTES_MAX || !found.chars().all(fits) {
        let message = format!("{what} is letters, digits, `.`, `_`, `-` and brackets, not `{}`", &**found);
        problems.push(Diagnostic::error(policy_codes::REQUIREMENT, node.span, message));
        return None;
    }
    Some(found.value)
}

fn names(node: Option<&Node>, what: &str, problems: &mut Diagnostics) -> Vec<Name> {
    let found = node.and_then(|node| read::texts(node, what, problems)).unwrap_or_default();
    if let Some(more) = found.get(NAMES_MAX) {
        let message = format!("{what} has at most {NAMES_MAX} names");
        problems.push(Diagnostic::error(policy_codes::LIMIT, more.span, message));
    }
    found.into_iter().take(NAMES_MAX).map(|one| one.value).collect()
}

fn run_facts(node: Option<&Node>, problems: &mut Diagnostics) -> Vec<RunFact> {
    let found = node.and_then(|node| read::texts(node, "`run`", problems)).unwrap_or_default();
    let mut facts = Vec::new();
    for one in found {
        match RUN_FACTS.iter().find(|(word, _)| *word == &**one) {
            Some((_, fact)) if facts.contains(fact) => {}
            Some((_, fact)) => facts.push(*fact),
            None => {
                let words: Vec<&str> = RUN_FACTS.iter().map(|(word, _)| *word).collect();
                let known = read::listed(&words).replace(" and ", " or ");
                let message = format!("`run` names {known}, not `{}`", &**one);
                let diagnostic = Diagnostic::error(codes::CHOICE, one.span, message);
                problems.push(diagnostic.did_you_mean(&one, words));
            }
        }
    }
    facts
}

#[cfg(test)]
mod tests;
