//! Reading what a step does. Exactly one action, and no key beside it that would be ignored.

use super::{Action, Word, keys, step};
use crate::diagnose::{Diagnostic, Diagnostics, codes};
use crate::yaml::{Fields, Kind, Node, read};

/// Reads the one action of a step, and refuses keys that mean nothing beside it.
pub(super) fn action(name: &Word, fields: &Fields<'_>, problems: &mut Diagnostics) -> Option<Action> {
    let (key, node) = the_one(name, fields, keys::ACTIONS, problems)?;
    misplaced(key, fields, problems);
    match key {
        "uses" | "run" => task(key, node, fields, problems),
        "workflow" => {
            let workflow = read::word(node, "`workflow`", problems)?;
            let with = fields.get("with").map(|node| step::with(node, problems)).unwrap_or_default();
            Some(Action::Call { workflow, with })
        }
        "approve" => approve(node, problems),
        "judge" => read::word(node, "`judge`", problems).map(Action::Judge),
        "wait" => step::duration(node, "`wait`", problems).map(Action::Wait),
        "message" => message(node, problems),
        _ => any(node, fields, problems),
    }
}

/// Reads what a service runs.
pub(super) fn program(name: &Word, fields: &Fields<'_>, problems: &mut Diagnostics) -> Option<Action> {
    let (key, node) = the_one(name, fields, &["uses", "run"], problems)?;
    if let (Some((span, _)), "run") = (fields.entry("with"), key) {
        problems.push(Diagnostic::error(codes::MISPLACED, span, "`with` has no meaning beside `run`"));
    }
    task(key, node, fields, problems)
}

fn the_one<'n>(
    name: &Word,
    fields: &Fields<'n>,
    known: &[&'static str],
    problems: &mut Diagnostics,
) -> Option<(&'static str, &'n Node)> {
    let found: Vec<_> = known.iter().filter_map(|key| Some((*key, fields.entry(key)?))).collect();
    let mut found = found.into_iter();
    let Some((key, (span, node))) = found.next() else {
        if fields.has_unknown() {
            return None;
        }
        let message = format!("`{}` says nothing that it does", &**name);
        let error = Diagnostic::error(codes::NO_ACTION, name.span, message);
        problems.push(error.hint(format!("give it one of {}", read::listed(known))));
        return None;
    };
    if let Some((second, (second_span, _))) = found.next() {
        let message = format!("`{}` has both `{key}` and `{second}`; it can do one thing", &**name);
        let error = Diagnostic::error(codes::TWO_ACTIONS, second_span, message);
        problems.push(error.other(span, "the other stands here"));
        return None;
    }
    if node.is_null() {
        problems.push(Diagnostic::error(codes::EMPTY_VALUE, span, format!("`{key}` is empty")));
        return None;
    }
    Some((key, node))
}

fn task(key: &str, node: &Node, fields: &Fields<'_>, problems: &mut Diagnostics) -> Option<Action> {
    if key == "uses" {
        let entry = read::word(node, "`uses`", problems)?;
        let with = fields.get("with").map(|node| step::with(node, problems)).unwrap_or_default();
        return Some(Action::Uses { entry, with });
    }
    if matches!(node.kind, Kind::List(_)) {
        return argv(node, "`run`", problems).map(Action::Argv);
    }
    read::word(node, "`run`", problems).map(Action::Script)
}

/// A program and its arguments.
pub(super) fn argv(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Vec<Word>> {
    let before = problems.errors();
    let Kind::List(_) = &node.kind else {
        if !node.is_broken() {
            let found = read::wrong(node, &format!("{what} is a list of program and arguments"));
            problems.push(found.hint("like `[pg_isready, -q]`"));
        }
        return None;
    };
    let found = read::texts(node, what, problems)?;
    if found.first().is_none_or(|program| program.trim().is_empty()) && problems.errors() == before {
        problems.push(Diagnostic::error(codes::EMPTY_VALUE, node.span, format!("{what} names no program")));
        return None;
    }
    (problems.errors() == before).then_some(found)
}

/// Refuses keys that the action would silently ignore.
fn misplaced(action: &'static str, fields: &Fields<'_>, problems: &mut Diagnostics) {
    let mut refuse = |key: &'static str, hint: Option<&str>| {
        if let Some((span, _)) = fields.entry(key) {
            let message = format!("`{key}` has no meaning beside `{action}`");
            let found = Diagnostic::error(codes::MISPLACED, span, message);
            problems.push(found.maybe_hint(hint.map(str::to_owned)));
        }
    };
    if !matches!(action, "uses" | "run") {
        for key in keys::TASK_ONLY {
            let hint = match (action, *key) {
                ("approve" | "message", "timeout") => Some("put it inside, where the other words are"),
                ("workflow", _) => Some("put it on the steps of the called workflow"),
                _ => None,
            };
            refuse(key, hint);
        }
        refuse("shell", None);
    }
    if !matches!(action, "uses" | "workflow") {
        refuse("with", Some("a command takes its values from `env` or its arguments"));
    }
    if action == "any" {
        refuse("needs", Some("`of` names the steps that are waited for"));
        refuse("services", None);
    } else {
        refuse("of", Some("`of` belongs to `any`"));
        refuse("rest", Some("`rest` belongs to `any`"));
    }
}

fn approve(node: &Node, problems: &mut Diagnostics) -> Option<Action> {
    if !matches!(node.kind, Kind::Map(_)) {
        let from = read::texts(node, "`approve`", problems)?;
        let (authors, prompt, proved, timeout) = (None, None, false, None);
        return Some(Action::Approve { authors, from, min: 1, prompt, proved, timeout });
    }
    let fields = Fields::open(node, "`approve`", keys::APPROVE, problems)?;
    let from = fields.get("from").and_then(|node| read::texts(node, "`from`", problems));
    let min = fields.get("min").and_then(|node| read::whole(node, "`min`", (1, 1000), problems));
    let authors = fields.get("authors").and_then(|node| read::flag(node, "`authors`", problems));
    let proved = fields.get("proved").and_then(|node| read::flag(node, "`proved`", problems));
    Some(Action::Approve {
        authors: authors.map(|found| found.value),
        from: from.unwrap_or_default(),
        min: min.map_or(1, |min| u32::try_from(min.value).expect("in range")),
        prompt: fields.get("prompt").and_then(|node| read::text(node, "`prompt`", problems)),
        proved: proved.is_some_and(|found| found.value),
        timeout: fields.get("timeout").and_then(|node| step::duration(node, "`timeout`", problems)),
    })
}

fn message(node: &Node, problems: &mut Diagnostics) -> Option<Action> {
    if !matches!(node.kind, Kind::Map(_)) {
        let name = read::word(node, "`message`", problems)?;
        return Some(Action::Message { name, key: None, timeout: None });
    }
    let fields = Fields::open(node, "`message`", keys::MESSAGE, problems)?;
    let name = fields.need("name", problems).and_then(|node| read::word(node, "`name`", problems));
    let key = fields.get("key").and_then(|node| read::text(node, "`key`", problems));
    let timeout = fields.get("timeout").and_then(|node| step::duration(node, "`timeout`", problems));
    Some(Action::Message { name: name?, key, timeout })
}

fn any(node: &Node, fields: &Fields<'_>, problems: &mut Diagnostics) -> Option<Action> {
    let count = read::whole(node, "`any`", (1, 1_000_000), problems);
    let of = fields.need("of", problems).and_then(|node| read::texts(node, "`of`", problems));
    let words = [("cancel", true), ("keep", false)];
    let rest = fields.get("rest").and_then(|node| read::choice(node, "`rest`", &words, problems));
    Some(Action::Any { count: count?, of: of?, cancel_rest: rest.is_some_and(|rest| rest.value) })
}
