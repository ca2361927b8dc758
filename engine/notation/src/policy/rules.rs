//! `rules`: comparisons and expressions with an id.

use dod_kernel::ask::Expression;
use dod_kernel::id::Name;
use dod_kernel::policy::{Effect, OTHERS, Require, Rule, is_fact};

use super::compare::is_count;
use super::file::{File, Placed, Reader, name};
use super::{NAME_BYTES_MAX, REQUIREMENTS_MAX, RULES_MAX, codes, phrase};
use crate::diagnose::{Diagnostic, Diagnostics, closest};
use crate::yaml::{Fields, Kind, Node, read};

/// Keys of a rule.
pub(super) const KEYS: &[&str] = &[
    "id",
    "require",
    "if",
    "because",
    "severity",
    "gates",
    "project",
    "when_measured",
    "few_lines",
    "requirements",
];

/// What quality gates and rules have in common.
pub(super) struct Common {
    pub(super) because: Option<Name>,
    pub(super) effect: Effect,
    /// What is said of changes with few lines; `None`: as the file says.
    pub(super) few_lines_ignored: Option<bool>,
    pub(super) requirements: Vec<Name>,
    pub(super) when: Option<Expression>,
    pub(super) when_measured: Option<bool>,
}

impl Default for Common {
    fn default() -> Self {
        Self {
            because: None,
            effect: Effect::Block,
            few_lines_ignored: None,
            requirements: Vec::new(),
            when: None,
            when_measured: None,
        }
    }
}

impl Common {
    pub(super) fn read(fields: &Fields<'_>, reader: &mut Reader<'_>) -> Self {
        let because = fields.get("because");
        let measured = fields.get("when_measured");
        Self {
            because: because
                .and_then(|node| read::text(node, "`because`", reader.problems))
                .map(|text| text.value),
            effect: reader.effect(fields.get("severity")),
            few_lines_ignored: fields.get("few_lines").and_then(|node| few_lines(node, reader.problems)),
            requirements: requirements(fields.get("requirements"), reader.problems),
            when: fields.get("if").and_then(|node| reader.expression(node, "`if`")),
            when_measured: measured
                .and_then(|node| read::flag(node, "`when_measured`", reader.problems))
                .map(|flag| flag.value),
        }
    }
}

/// `few_lines: ignore` leaves changes with few lines out, `judge` does not.
pub(super) fn few_lines(node: &Node, problems: &mut Diagnostics) -> Option<bool> {
    read::choice(node, "`few_lines`", FEW_LINES, problems).map(|found| found.value)
}

/// How changes with few lines are taken.
pub(super) const FEW_LINES: &[(&str, bool)] = &[("judge", false), ("ignore", true)];

/// What something supports: ids like `osps-2026/VM-05`, a framework and a requirement of it.
pub(super) fn requirements(node: Option<&Node>, problems: &mut Diagnostics) -> Vec<Name> {
    let found = node.and_then(|node| read::texts(node, "`requirements`", problems)).unwrap_or_default();
    if let Some(first) = found.get(REQUIREMENTS_MAX) {
        let message = format!("a rule supports at most {REQUIREMENTS_MAX} requirements");
        problems.push(Diagnostic::error(codes::LIMIT, first.span, message));
    }
    let mut sound: Vec<Name> = Vec::new();
    for one in found.into_iter().take(REQUIREMENTS_MAX) {
        let fits = |part: &str| {
            !part.is_empty()
                && part.len() <= NAME_BYTES_MAX
                && part.chars().all(|letter| letter.is_alphanumeric() || "._-()".contains(letter))
        };
        match one.split_once('/') {
            Some((framework, requirement)) if fits(framework) && fits(requirement) => {
                if !sound.contains(&one.value) {
                    sound.push(one.value);
                }
            }
            _ => {
                let message = format!("`{}` is not the id of a requirement", &**one);
                let diagnostic = Diagnostic::error(codes::REQUIREMENT, one.span, message);
                problems.push(diagnostic.hint("write framework and requirement, like `osps-2026/VM-05`"));
            }
        }
    }
    sound
}

pub(super) fn read(node: &Node, file: &mut File, reader: &mut Reader<'_>) {
    let Kind::List(items) = &node.kind else {
        if !node.is_broken() {
            reader.problems.push(read::wrong(node, "`rules` is a list"));
        }
        return;
    };
    for item in items {
        if let Some(placed) = rule(item, file.few_lines_ignored, reader) {
            push(file, placed, reader);
        }
    }
}

/// Adds a rule whose id is new.
pub(super) fn push(file: &mut File, placed: Placed, reader: &mut Reader<'_>) {
    if let Some(first) = file.rules.iter().find(|one| one.rule.id == placed.rule.id) {
        let message = format!("two rules are called `{}`", placed.rule.id);
        let diagnostic = Diagnostic::error(codes::SAME_ID, placed.span, message);
        reader.problems.push(diagnostic.other(first.span, "the first one"));
        return;
    }
    if file.rules.len() == RULES_MAX {
        let message = format!("a policy has at most {RULES_MAX} rules");
        reader.problems.push(Diagnostic::error(codes::LIMIT, placed.span, message));
    }
    if file.rules.len() < RULES_MAX {
        file.rules.push(placed);
    }
}

fn rule(node: &Node, few_lines_ignored: bool, reader: &mut Reader<'_>) -> Option<Placed> {
    let fields = Fields::open(node, "a rule", KEYS, reader.problems)?;
    let id =
        fields.need("id", reader.problems).and_then(|node| name(node, "`id` of a rule", reader.problems));
    let require = fields.need("require", reader.problems).and_then(|node| require(node, reader));
    let common = Common::read(&fields, reader);
    let gates = fields.get("gates").map(|node| gates(node, reader)).unwrap_or_default();
    let project = fields.get("project").and_then(|node| read::word(node, "`project`", reader.problems));
    if let Some(project) = &project {
        reader.project(project, project.span);
    }
    let (id, require) = (id?, require?);
    let changed =
        matches!(&require, Require::Threshold(wanted) if wanted.fact.starts_with("coverage.changed."));
    let rule = Rule {
        because: common.because,
        effect: common.effect,
        few_lines_ignored: changed && common.few_lines_ignored.unwrap_or(few_lines_ignored),
        gates,
        id: id.value,
        project: project.map(|project| project.value),
        require,
        requirements: common.requirements,
        when: common.when,
        when_measured: common.when_measured.unwrap_or(false),
    };
    Some(Placed { rule, span: id.span, from_gate: false })
}

/// A comparison of one fact with one number, or an expression.
fn require(node: &Node, reader: &mut Reader<'_>) -> Option<Require> {
    if let Kind::List(_) = &node.kind {
        let diagnostic = read::wrong(node, "`require` of a rule is text");
        reader.problems.push(diagnostic.hint("write a rule for each, or join them with `&&`"));
        return None;
    }
    let text = read::word(node, "`require`", reader.problems)?;
    if let Some(hint) = said_like_a_gate(&text) {
        let message = format!("`require` of a rule is not understood: `{}`", &*text);
        reader.problems.push(Diagnostic::error(codes::RULE, text.span, message).hint(hint));
        return None;
    }
    match phrase::comparison(&text) {
        Some(Ok(threshold)) => {
            let group = threshold.fact.split('.').next().unwrap_or_default();
            let counted = is_count(&format!("{group}."));
            if counted && !is_fact(&threshold.fact) {
                let message = format!("no fact is called `{}`", threshold.fact);
                let diagnostic = Diagnostic::error(codes::RULE, text.span, message);
                reader.problems.push(diagnostic.did_you_mean(&threshold.fact, dod_kernel::policy::facts()));
                return None;
            }
            Some(Require::Threshold(threshold))
        }
        Some(Err(confusion)) => {
            let diagnostic = Diagnostic::error(codes::RULE, text.span, confusion.message);
            reader.problems.push(diagnostic.hint(confusion.hint));
            None
        }
        None => reader.expression(node, "`require`").map(Require::Expression),
    }
}

/// What to write instead of a phrase that only a key of `quality_gates` gives a meaning.
fn said_like_a_gate(text: &str) -> Option<&'static str> {
    let said = text.trim().to_lowercase();
    if said.starts_with(['<', '>', '=', '≤', '≥']) {
        return Some("name the fact that is compared, like `coverage.line >= 80%`");
    }
    let first = said.split(' ').next().unwrap_or_default();
    let is_saying = said.contains(' ') && ["no", "may", "must", "at", "none", "zero"].contains(&first);
    is_saying.then_some(
        "phrases stand under `quality_gates`; a rule compares a fact, like `findings.error == 0`, or is an expression",
    )
}

fn gates(node: &Node, reader: &mut Reader<'_>) -> Vec<Name> {
    let found = read::texts(node, "`gates`", reader.problems).unwrap_or_default();
    for gate in &found {
        near_kind(gate, gate.span, reader.problems);
    }
    if found.len() > 1
        && let Some(others) = found.iter().find(|gate| gate.as_str() == OTHERS)
    {
        let message = "`*` means the gates that no other rule names, and stands alone";
        reader.problems.push(Diagnostic::error(codes::RULE, others.span, message));
    }
    found.into_iter().map(|gate| gate.value).collect()
}

/// Kinds of gates that a name is probably meant to be. Steps have any name, so this only warns.
pub(super) const KINDS: &[&str] = &[
    "build",
    "coverage",
    "dependencies",
    "docs",
    "format",
    "install",
    "licenses",
    "lint",
    "performance",
    "sbom",
    "secrets",
    "test",
    "types",
];

/// Warns of a name that is close to a kind of gate and none.
pub(super) fn near_kind(name: &str, span: crate::diagnose::Span, problems: &mut Diagnostics) {
    if KINDS.contains(&name) || name == OTHERS {
        return;
    }
    if let Some(near) = closest(name, KINDS.iter().copied()) {
        let message = format!("`{name}` is taken for the name of a step; no kind of gate is called so");
        let diagnostic = Diagnostic::warning(codes::PROBABLY, span, message);
        problems.push(diagnostic.hint(format!("did you mean `{near}`?")));
    }
}
