//! `quality_gates`: thresholds in the words of the people who set them.
//!
//! ```yaml
//! coverage: ">= 80%"
//! performance: { require: "p99 < 1s", if: 'changed("src/**")' }
//! lint: [no errors, "<= 10 warnings"]                                              # all of them
//! lint: { api: no errors, etl: { require: "<= 10 warnings", severity: warn } }     # by project
//! coverage: { line: ">= 80%", branch: ">= 70%", changed: ">= 80%" }                # by metric
//! ```
//!
//! **Absent on purpose:** the phrases; see `phrase` and `table`.

use dod_kernel::id::Name;
use dod_kernel::policy::{Effect, Require, Required, Rule, is_fact};

use super::compare::split;
use super::file::{File, Placed, Reader};
use super::phrase::{Confusion, Meaning, Subject};
use super::rules::Common;
use super::{codes, phrase, rules};
use crate::diagnose::{Diagnostic, Span, closest};
use crate::yaml::{Entry, Fields, Kind, Located, Node, read};

/// Keys of a quality gate that is more than a phrase.
pub(super) const KEYS: &[&str] =
    &["require", "if", "because", "severity", "when_measured", "few_lines", "requirements"];

pub(super) fn read(node: &Node, file: &mut File, reader: &mut Reader<'_>) {
    for entry in read::entries(node, "`quality_gates`", reader.problems) {
        let key = &*entry.key;
        if key.is_empty() || is_misspelled(entry, reader) || is_no_name(entry, reader) {
            continue;
        }
        let gate = Gate { key, project: None, part: None, span: entry.key_span };
        match members(&entry.value) {
            Some(members) => {
                for member in members {
                    gate.member(member, file, reader);
                }
            }
            None => gate.read(&entry.value, file, reader),
        }
    }
}

/// The members of a map that is by project or by metric.
fn members(node: &Node) -> Option<&[Entry]> {
    match &node.kind {
        Kind::Map(members) if !members.iter().any(|member| KEYS.contains(&&*member.key)) => Some(members),
        _ => None,
    }
}

/// A key close to a known one: told, and an error where it makes no sense as the name of a measure either.
fn is_misspelled(entry: &Entry, reader: &mut Reader<'_>) -> bool {
    let key = &*entry.key;
    let known = phrase::KEYS.contains(&key) || matches!(key, "test" | "vulnerabilities") || is_fact(key);
    let Some(near) = closest(key, phrase::KEYS.iter().copied()).filter(|_| !known) else { return false };
    let senseless = match &entry.value.kind {
        Kind::Scalar { text, .. } => phrase::read(key, text).is_err(),
        _ => false,
    };
    let message = format!("`{key}` is taken for the name of a measure");
    let diagnostic = match senseless {
        true => {
            Diagnostic::error(codes::PHRASE, entry.key_span, format!("no quality gate is called `{key}`"))
        }
        false => Diagnostic::warning(codes::PROBABLY, entry.key_span, message),
    };
    reader.problems.push(diagnostic.hint(format!("did you mean `{near}`?")));
    senseless
}

/// A key that no measure can be called, so that it would never be known.
fn is_no_name(entry: &Entry, reader: &mut Reader<'_>) -> bool {
    let sound = |letter: char| letter.is_ascii_alphanumeric() || "._-".contains(letter);
    if entry.key.chars().all(sound) {
        return false;
    }
    let message = format!("no quality gate and no measure is called `{}`", entry.key);
    let diagnostic = Diagnostic::error(codes::PHRASE, entry.key_span, message);
    reader.problems.push(diagnostic.hint("names of measures have letters, digits and `._-`"));
    true
}

/// One key, or one project or metric under a key.
#[derive(Clone)]
struct Gate<'a> {
    key: &'a str,
    project: Option<Name>,
    part: Option<Part<'a>>,
    span: Span,
}

/// A part of what a key speaks of.
#[derive(Clone)]
enum Part<'a> {
    /// `branch` of `coverage`, `critical` of `security`: a fact of its own, and how it was called.
    Fact { fact: String, name: &'a str },
    /// `p99` of `performance`.
    Measure(&'a str),
}

impl<'a> Gate<'a> {
    /// A metric or a project. A project of the workflow goes before a metric of its name.
    fn member(&self, member: &'a Entry, file: &mut File, reader: &mut Reader<'_>) {
        let name = &*member.key;
        let gate = Gate { span: member.key_span, ..self.clone() };
        let is_project = self.project.is_none()
            && reader.world.projects.is_some_and(|all| all.iter().any(|one| **one == *name));
        if let Some(part) = part(self.key, name, &member.value).filter(|_| !is_project) {
            Gate { part: Some(part), ..gate }.read(&member.value, file, reader);
            return;
        }
        if self.project.is_some() {
            let message = format!("`{name}` is nothing that `{}` speaks of", self.key);
            let diagnostic = Diagnostic::error(codes::PHRASE, member.key_span, message);
            let near = closest(name, phrase::members(self.key)).map(|near| format!("did you mean `{near}`?"));
            reader.problems.push(diagnostic.hint(near.unwrap_or_else(|| super::table::understood(self.key))));
            return;
        }
        if let Some(near) = closest(name, KEYS.iter().copied()).filter(|_| !is_project) {
            let message = format!("a quality gate has no key `{name}`");
            let diagnostic = Diagnostic::error(codes::PHRASE, member.key_span, message);
            reader.problems.push(diagnostic.hint(format!("did you mean `{near}`?")));
            return;
        }
        let metric = closest(name, phrase::members(self.key)).filter(|_| reader.world.projects.is_some());
        match metric.filter(|_| !is_project) {
            Some(near) => {
                let message = format!("`{name}` is no project, and nothing that `{}` speaks of", self.key);
                let diagnostic = Diagnostic::error(codes::PHRASE, member.key_span, message);
                reader.problems.push(diagnostic.hint(format!("did you mean `{near}`?")));
                return;
            }
            None => reader.project(name, member.key_span),
        }
        let gate = Gate { project: Some(name.into()), ..gate };
        match members(&member.value) {
            Some(members) => {
                for member in members {
                    gate.member(member, file, reader);
                }
            }
            None => gate.read(&member.value, file, reader),
        }
    }

    fn read(&self, node: &Node, file: &mut File, reader: &mut Reader<'_>) {
        let (text, fields) = match &node.kind {
            Kind::Map(_) => {
                let Some(fields) = Fields::open(node, "a quality gate", KEYS, reader.problems) else {
                    return;
                };
                (fields.need("require", reader.problems), Some(fields))
            }
            _ => (Some(node), None),
        };
        let meaning = text.and_then(|node| self.meaning(node, reader));
        let common = fields.map(|fields| Common::read(&fields, reader)).unwrap_or_default();
        if let Some(meaning) = meaning {
            self.push(meaning, &common, file, reader);
        }
    }

    /// What one phrase means, or all phrases of a list together.
    fn meaning(&self, node: &Node, reader: &mut Reader<'_>) -> Option<Meaning> {
        let what = format!("`{}`", self.key);
        let items = match &node.kind {
            Kind::List(items) if !items.is_empty() => items.as_slice(),
            _ => std::slice::from_ref(node),
        };
        let mut all = Meaning { must_be_there: true, ..Meaning::default() };
        let mut sound = true;
        for item in items {
            let Some(text) = read::word(item, &what, reader.problems) else {
                sound = false;
                continue;
            };
            let found = match &self.part {
                None => phrase::read(self.key, &text),
                Some(Part::Fact { fact, .. }) => phrase::read_member(self.key, fact, &text),
                Some(Part::Measure(name)) => phrase::read(self.key, &format!("{name} {}", &**text)),
            };
            match found {
                Ok(meaning) => {
                    all.gates = meaning.gates;
                    all.must_be_there &= meaning.must_be_there;
                    all.thresholds.extend(meaning.thresholds);
                }
                Err(confusion) => {
                    sound = false;
                    confused(confusion, codes::PHRASE, text.span, reader);
                }
            }
        }
        if let Some(contradiction) = phrase::contradiction(&all.thresholds) {
            confused(contradiction, codes::CONTRADICTION, node.span, reader);
            return None;
        }
        sound.then_some(all)
    }

    fn push(&self, meaning: Meaning, common: &Common, file: &mut File, reader: &mut Reader<'_>) {
        // Where the gate itself is required, its exit code is enough. A condition, a project or a mere warning
        // cannot be required of a kind of gate, so there the fact itself must be known.
        let there = meaning.must_be_there
            && common.effect == Effect::Block
            && common.when.is_none()
            && self.project.is_none()
            && common.when_measured.is_none();
        if there {
            let required = Required {
                any_of: Vec::new(),
                from_ancestor: false,
                gate: kind(self.key).into(),
                requirements: common.requirements.clone(),
                within_ms: None,
            };
            if !file.required.iter().any(|one| one.gate == required.gate) {
                file.required.push(Located::new(required, self.span));
            }
        }
        let several = meaning.thresholds.len() > 1;
        let mut ids: Vec<String> = Vec::new();
        for threshold in meaning.thresholds {
            let mut id = self.id();
            if several {
                id = format!("{id}.{}", shortest(&threshold.fact));
            }
            let same = ids.iter().filter(|one| **one == id).count();
            ids.push(id.clone());
            if same > 0 {
                id = format!("{id}-{}", same + 1);
            }
            let changed = threshold.fact.starts_with("coverage.changed.");
            let rule = Rule {
                because: common.because.clone(),
                effect: common.effect,
                few_lines_ignored: changed && common.few_lines_ignored.unwrap_or(file.few_lines_ignored),
                gates: meaning.gates.clone(),
                id: id.into(),
                project: self.project.clone(),
                require: Require::Threshold(threshold),
                requirements: common.requirements.clone(),
                when: common.when.clone(),
                when_measured: common.when_measured.unwrap_or(there),
            };
            rules::push(file, Placed { rule, span: self.span, from_gate: true }, reader);
        }
    }

    fn id(&self) -> String {
        let own = match &self.part {
            // What the key alone means as well.
            Some(Part::Fact { fact, .. }) if fact == "coverage.line" => self.key.to_owned(),
            Some(Part::Fact { name, .. } | Part::Measure(name)) => {
                format!("{}.{}", self.key, name.replace(' ', "-"))
            }
            None => self.key.to_owned(),
        };
        match &self.project {
            Some(project) => format!("{project}/{own}"),
            None => own,
        }
    }
}

/// What a member of a key speaks of, if not of a project.
fn part<'a>(key: &str, name: &'a str, value: &Node) -> Option<Part<'a>> {
    if let Some(fact) = phrase::member(key, name) {
        return Some(Part::Fact { fact, name });
    }
    let begins_with_sign = |node: &Node| match &node.kind {
        Kind::Scalar { text, .. } => split(text).is_some_and(|(fact, ..)| fact.is_empty()),
        _ => false,
    };
    let compares = match &value.kind {
        Kind::Map(entries) => {
            entries.iter().any(|entry| &*entry.key == "require" && begins_with_sign(&entry.value))
        }
        _ => begins_with_sign(value),
    };
    (phrase::subject(key) == Subject::Named && compares).then_some(Part::Measure(name))
}

/// A fact without the group that the key names already.
fn shortest(fact: &str) -> &str {
    const GROUPS: &[&str] = &["coverage.", "findings.", "licenses.", "tests.", "vulnerabilities."];
    GROUPS.iter().find_map(|group| fact.strip_prefix(group)).unwrap_or(fact)
}

fn confused(confusion: Confusion, code: &'static str, span: Span, reader: &mut Reader<'_>) {
    let diagnostic = Diagnostic::error(code, span, confusion.message);
    let diagnostic = if code == codes::PHRASE { diagnostic.label("not understood") } else { diagnostic };
    reader.problems.push(diagnostic.hint(confusion.hint));
}

/// The kind of gate that a key speaks of.
fn kind(key: &str) -> &str {
    match key {
        "tests" => "test",
        other => other,
    }
}
