//! Reading single values: each function returns what it read, or says what is wrong and returns `None`.
//!
//! `what` begins the message and names the value: `` `timeout` ``, `a tag`, `` `size` of a pool ``.

use dod_kernel::id::Name;

use super::{Kind, Located, Node, as_bool};
use crate::diagnose::{Diagnostic, Diagnostics, codes};

/// "`x` is a list, not a map".
pub fn wrong(node: &Node, expected: &str) -> Diagnostic {
    let message = format!("{expected}, not {}", what(node));
    Diagnostic::error(codes::WRONG_TYPE, node.span, message)
}

/// `a list`, `text`, `an empty value`.
pub fn what(node: &Node) -> String {
    match node.what() {
        "text" => "text".to_owned(),
        what if what.starts_with(['a', 'e', 'i', 'o', 'u']) => format!("an {what}"),
        what => format!("a {what}"),
    }
}

/// `a, b and c`, each in backticks.
pub fn listed(names: &[&str]) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => quoted.join(""),
    }
}

/// Any single value as the text that was written.
pub fn text(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Located<Name>> {
    let hint = match &node.kind {
        Kind::Scalar { text, plain } if !plain || !super::is_null(text) => {
            return Some(Located::new(text.clone().into(), node.span));
        }
        Kind::Broken => return None,
        Kind::Map(_) => Some("if this is meant as text, put quotes around the whole value".to_owned()),
        _ => None,
    };
    problems.push(wrong(node, &format!("{what} is text")).maybe_hint(hint));
    None
}

/// Text that is not empty.
pub fn word(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Located<Name>> {
    let found = text(node, what, problems)?;
    if found.trim().is_empty() {
        problems.push(Diagnostic::error(codes::EMPTY_VALUE, node.span, format!("{what} is empty")));
        return None;
    }
    Some(found)
}

/// One of a few words.
pub fn choice<T: Copy>(
    node: &Node,
    what: &str,
    known: &[(&'static str, T)],
    problems: &mut Diagnostics,
) -> Option<Located<T>> {
    let found = word(node, what, problems)?;
    if let Some((_, value)) = known.iter().find(|(name, _)| *name == &**found) {
        return Some(Located::new(*value, node.span));
    }
    let names: Vec<&str> = known.iter().map(|(name, _)| *name).collect();
    let message = format!("{what} is {}, not `{}`", listed(&names).replace(" and ", " or "), &**found);
    problems.push(Diagnostic::error(codes::CHOICE, node.span, message).did_you_mean(&found, names));
    None
}

/// `true` or `false`.
pub fn flag(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Located<bool>> {
    let hint = match &node.kind {
        Kind::Broken => return None,
        Kind::Scalar { text, plain: true } => {
            if let Some(flag) = as_bool(text) {
                return Some(Located::new(flag, node.span));
            }
            match text.to_ascii_lowercase().as_str() {
                "yes" | "on" | "y" => Some("write `true`".to_owned()),
                "no" | "off" | "n" => Some("write `false`".to_owned()),
                _ => None,
            }
        }
        _ => None,
    };
    problems.push(wrong(node, &format!("{what} is `true` or `false`")).maybe_hint(hint));
    None
}

/// A whole number from `least` to `most`.
pub fn whole(
    node: &Node,
    what: &str,
    (least, most): (i64, i64),
    problems: &mut Diagnostics,
) -> Option<Located<i64>> {
    let text = match &node.kind {
        Kind::Broken => return None,
        Kind::Scalar { text, .. } => text.trim(),
        _ => "",
    };
    match text.parse::<i64>() {
        Ok(number) if (least..=most).contains(&number) => Some(Located::new(number, node.span)),
        Ok(number) => {
            let message = format!("{what} is a whole number from {least} to {most}, not {number}");
            problems.push(Diagnostic::error(codes::RANGE, node.span, message));
            None
        }
        Err(_) => {
            problems.push(wrong(node, &format!("{what} is a whole number")));
            None
        }
    }
}

/// A list of texts, or one text alone.
pub fn texts(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Vec<Located<Name>>> {
    match &node.kind {
        Kind::Broken => None,
        Kind::List(items) => {
            let element = format!("an element of {what}");
            Some(items.iter().filter_map(|item| text(item, &element, problems)).collect())
        }
        Kind::Scalar { .. } => text(node, what, problems).map(|found| vec![found]),
        Kind::Map(_) => {
            problems.push(wrong(node, &format!("{what} is a list of texts")));
            None
        }
    }
}

/// The entries of a map with free keys; an empty value is an empty map.
pub fn entries<'n>(node: &'n Node, what: &str, problems: &mut Diagnostics) -> &'n [super::Entry] {
    match &node.kind {
        Kind::Map(entries) => entries,
        Kind::Broken => &[],
        _ if node.is_null() => &[],
        _ => {
            problems.push(wrong(node, &format!("{what} is a map")));
            &[]
        }
    }
}
