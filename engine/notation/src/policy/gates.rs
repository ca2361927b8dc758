//! `quality_gates`: thresholds in the words of the people who set them.
//!
//! ```yaml
//! coverage: ">= 80%"
//! performance: { require: "p99 < 1s", if: 'changed("src/**")' }
//! lint: { api: no errors, etl: { require: "<= 10 warnings", severity: warn } }     # by project
//! ```
//!
//! **Absent on purpose:** the phrases; see `phrase` and `table`.

use dod_kernel::id::Name;
use dod_kernel::policy::{Effect, Require, Required, Rule, is_fact};

use super::file::{File, Placed, Reader};
use super::{codes, phrase, rules};
use crate::diagnose::{Diagnostic, Span, closest};
use crate::yaml::{Fields, Kind, Located, Node, read};

/// Keys of a quality gate that is more than a phrase.
pub(super) const KEYS: &[&str] = &["require", "if", "because", "severity", "when_measured"];

pub(super) fn read(node: &Node, file: &mut File, reader: &mut Reader<'_>) {
    for entry in read::entries(node, "`quality_gates`", reader.problems) {
        let key = &*entry.key;
        if key.is_empty() {
            continue;
        }
        let known = phrase::KEYS.contains(&key) || matches!(key, "test" | "vulnerabilities") || is_fact(key);
        if let Some(near) = closest(key, phrase::KEYS.iter().copied()).filter(|_| !known) {
            let message = format!("`{key}` is taken for the name of a measure");
            let diagnostic = Diagnostic::warning(codes::PROBABLY, entry.key_span, message);
            reader.problems.push(diagnostic.hint(format!("did you mean `{near}`?")));
        }
        match &entry.value.kind {
            Kind::Map(members) if !members.iter().any(|member| KEYS.contains(&&*member.key)) => {
                for member in members {
                    reader.project(&member.key, member.key_span);
                    let gate = Gate { key, project: Some(member.key.as_ref().into()), span: member.key_span };
                    gate.read(&member.value, file, reader);
                }
            }
            _ => Gate { key, project: None, span: entry.key_span }.read(&entry.value, file, reader),
        }
    }
}

/// One key, or one project under a key.
struct Gate<'a> {
    key: &'a str,
    project: Option<Name>,
    span: Span,
}

impl Gate<'_> {
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
        let what = format!("`{}`", self.key);
        let Some(text) = text.and_then(|node| read::word(node, &what, reader.problems)) else { return };
        let common = fields.map(|fields| rules::Common::read(&fields, reader)).unwrap_or_default();
        let meaning = match phrase::read(self.key, &text) {
            Ok(meaning) => meaning,
            Err(confusion) => {
                let diagnostic = Diagnostic::error(codes::PHRASE, text.span, confusion.message);
                reader.problems.push(diagnostic.label("not understood").hint(confusion.hint));
                return;
            }
        };
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
                requirements: Vec::new(),
                within_ms: None,
            };
            if !file.required.iter().any(|one| one.gate == required.gate) {
                file.required.push(Located::new(required, self.span));
            }
        }
        let several = meaning.thresholds.len() > 1;
        for threshold in meaning.thresholds {
            let mut id = self.key.to_owned();
            if several {
                id.push('.');
                id.push_str(threshold.fact.rsplit('.').next().unwrap_or_default());
            }
            if let Some(project) = &self.project {
                id = format!("{project}/{id}");
            }
            let rule = Rule {
                because: common.because.clone(),
                effect: common.effect,
                few_lines_ignored: false,
                gates: meaning.gates.clone(),
                id: id.into(),
                project: self.project.clone(),
                require: Require::Threshold(threshold),
                requirements: Vec::new(),
                when: common.when.clone(),
                when_measured: common.when_measured.unwrap_or(there),
            };
            rules::push(file, Placed { rule, span: self.span, from_gate: true }, reader);
        }
    }
}

/// The kind of gate that a key speaks of.
fn kind(key: &str) -> &str {
    match key {
        "tests" => "test",
        other => other,
    }
}
