//! Reading `matrix`: axes, `include`, `exclude`.

use super::{Matrix, Word};
use crate::diagnose::{Diagnostic, Diagnostics, Span, codes};
use crate::yaml::{Kind, Located, Node, read};

/// Reads the axes of a step.
pub(super) fn matrix(key: Span, node: &Node, problems: &mut Diagnostics) -> Option<Matrix> {
    let mut found = Matrix { key, axes: Vec::new(), exclude: Vec::new(), include: Vec::new() };
    for entry in read::entries(node, "`matrix`", problems) {
        match &*entry.key {
            "include" => found.include = legs(&entry.value, "include", problems),
            "exclude" => found.exclude = legs(&entry.value, "exclude", problems),
            _ => {
                let Some(axis) = axis_name(&entry.key, entry.key_span, problems) else { continue };
                let values = values(&entry.value, &axis, problems);
                found.axes.push((axis, values));
            }
        }
    }
    let nothing = found.axes.is_empty() && found.include.is_empty();
    if nothing && !node.is_broken() {
        let message = "`matrix` names no axis, so the step would never run";
        problems.push(Diagnostic::error(codes::EMPTY_VALUE, key, message).hint("like `os: [linux, macos]`"));
        return None;
    }
    Some(found)
}

fn axis_name(name: &str, span: Span, problems: &mut Diagnostics) -> Option<Word> {
    let fine = name.chars().all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-'))
        && name.starts_with(|first: char| first.is_ascii_alphabetic());
    if !fine {
        let message = format!("`{name}` cannot be the name of an axis");
        let found = Diagnostic::error(codes::BAD_NAME, span, message);
        problems.push(found.hint("letters, digits, `-` and `_`, beginning with a letter"));
        return None;
    }
    Some(Located::new(name.into(), span))
}

fn values(node: &Node, axis: &Word, problems: &mut Diagnostics) -> Vec<Word> {
    let what = format!("axis `{}`", &**axis);
    let items = match &node.kind {
        Kind::List(items) => items,
        Kind::Broken => return Vec::new(),
        _ => {
            problems.push(read::wrong(node, &format!("{what} is a list of values")));
            return Vec::new();
        }
    };
    if items.is_empty() {
        let message = format!("{what} has no values, so the step would never run");
        problems.push(Diagnostic::error(codes::EMPTY_VALUE, node.span, message));
    }
    let mut found: Vec<Word> = Vec::new();
    let mut seen = std::collections::BTreeMap::new();
    for item in items {
        let Some(value) = value(item, &what, problems) else { continue };
        match seen.insert(value.value.clone(), value.span) {
            Some(first) => {
                let message = format!("{what} has the value `{}` twice", &*value.value);
                let twice = Diagnostic::error(codes::SAME_NAME, value.span, message);
                problems.push(twice.other(first, "first written here"));
            }
            None => found.push(value),
        }
    }
    found
}

/// A value goes into the name of its leg, so it must not look like one.
fn value(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Word> {
    let found = read::word(node, &format!("a value of {what}"), problems)?;
    let bad = |letter: char| letter.is_control() || matches!(letter, '[' | ']' | ',' | '=');
    if found.contains(bad) || found.len() > super::step::NAME_BYTES_MAX {
        let message = format!("a value of {what} cannot be part of a step's name");
        let error = Diagnostic::error(codes::BAD_NAME, node.span, message);
        problems.push(error.hint("it holds none of `[`, `]`, `,`, `=`, and at most 200 bytes"));
        return None;
    }
    Some(found)
}

fn legs(node: &Node, key: &str, problems: &mut Diagnostics) -> Vec<Vec<(Word, Word)>> {
    let Kind::List(items) = &node.kind else {
        if !node.is_null() && !node.is_broken() {
            problems.push(read::wrong(node, &format!("`{key}` of a matrix is a list of maps")));
        }
        return Vec::new();
    };
    let mut found = Vec::new();
    for item in items {
        let mut leg = Vec::new();
        for entry in read::entries(item, &format!("an element of `{key}`"), problems) {
            let name = axis_name(&entry.key, entry.key_span, problems);
            let value = value(&entry.value, &format!("`{key}`"), problems);
            leg.extend(name.zip(value));
        }
        if !leg.is_empty() {
            found.push(leg);
        }
    }
    found
}
