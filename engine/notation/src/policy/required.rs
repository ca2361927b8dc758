//! `required`: gates that must be there, by kind or by the name of a step.
//!
//! ```yaml
//! required: [lint, test]
//! required: [{ any_of: [build, test] }]
//! required: { load: { within: 24h, from: ancestor } }
//! ```

use dod_kernel::id::Name;
use dod_kernel::policy::Required;

use super::file::name;
use super::rules::{near_kind, requirements};
use super::{REQUIRED_MAX, codes};
use crate::diagnose::{Diagnostic, Diagnostics, Span};
use crate::draft::parse_duration;
use crate::yaml::{Fields, Kind, Located, Node, read};

/// Keys of a required gate.
pub(super) const KEYS: &[&str] = &["within", "from", "requirements"];
/// The key of alternatives.
pub(super) const ANY_OF: &str = "any_of";

pub(super) fn read(node: &Node, found: &mut Vec<Located<Required>>, problems: &mut Diagnostics) {
    match &node.kind {
        Kind::List(items) => {
            for item in items {
                one(item, found, problems);
            }
        }
        Kind::Map(_) | Kind::Scalar { .. } => one(node, found, problems),
        Kind::Broken => {}
    }
}

/// A name, a map of names to terms, or a map of alternatives.
fn one(node: &Node, found: &mut Vec<Located<Required>>, problems: &mut Diagnostics) {
    let Kind::Map(entries) = &node.kind else {
        if let Some(gate) = name(node, "a required gate", problems) {
            near_kind(&gate, gate.span, problems);
            push(gate.value, Vec::new(), gate.span, None, found, problems);
        }
        return;
    };
    for entry in entries {
        if &*entry.key == ANY_OF {
            let names = read::texts(&entry.value, "`any_of`", problems).unwrap_or_default();
            for name in &names {
                near_kind(name, name.span, problems);
            }
            let mut names = names.into_iter().map(|name| name.value);
            match names.next() {
                Some(first) => push(first, names.collect(), entry.key_span, None, found, problems),
                None if entry.value.is_broken() => {}
                None => {
                    let message = "`any_of` names at least one gate";
                    problems.push(Diagnostic::error(codes::RULE, entry.value.span, message));
                }
            }
            continue;
        }
        near_kind(&entry.key, entry.key_span, problems);
        let terms = Some(&entry.value).filter(|value| !value.is_null());
        push(entry.key.as_ref().into(), Vec::new(), entry.key_span, terms, found, problems);
    }
}

fn push(
    gate: Name,
    any_of: Vec<Name>,
    span: Span,
    terms: Option<&Node>,
    found: &mut Vec<Located<Required>>,
    problems: &mut Diagnostics,
) {
    let mut required =
        Required { any_of, from_ancestor: false, gate, requirements: Vec::new(), within_ms: None };
    if let Some(fields) = terms.and_then(|node| Fields::open(node, "a required gate", KEYS, problems)) {
        if let Some(within) = fields.get("within").and_then(|node| read::word(node, "`within`", problems)) {
            match parse_duration(&within) {
                Ok(ms) => required.within_ms = Some(ms),
                Err(why) => {
                    let message = format!("`within` is not a duration: {why}");
                    let code = crate::diagnose::codes::DURATION;
                    problems.push(Diagnostic::error(code, within.span, message).hint("write `24h`"));
                }
            }
        }
        let from = fields.get("from");
        let from = from.and_then(|node| read::choice(node, "`from`", &[("ancestor", true)], problems));
        required.from_ancestor = from.is_some();
        required.requirements = requirements(fields.get("requirements"), problems);
    }
    if let Some(first) = found.iter().find(|one| one.gate == required.gate && one.any_of == required.any_of) {
        let message = format!("`{}` is required twice", required.gate);
        problems.push(Diagnostic::error(codes::SAME_ID, span, message).other(first.span, "the first time"));
    } else if found.len() == REQUIRED_MAX {
        let message = format!("a policy requires at most {REQUIRED_MAX} gates");
        problems.push(Diagnostic::error(codes::LIMIT, span, message));
    } else {
        found.push(Located::new(required, span));
    }
}
