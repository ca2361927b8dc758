//! Reading the file as a whole: everything but steps.

use super::house::house;
use super::step::{self, key_name};
use super::{Defaults, Draft, Include, Input, InputKind, Project, Word, keys};
use crate::diagnose::{Diagnostic, Diagnostics, codes};
use crate::yaml::{Fields, Kind, Located, Node, read};

/// The newest version of the notation.
const VERSION: i64 = 1;
/// How many places a pool may have.
const POOL_SIZE_MAX: i64 = 100_000;

/// Reads a workflow file. What is wrong is said; what could be read is returned.
pub fn read(root: &Node, problems: &mut Diagnostics) -> Draft {
    let Some(fields) = Fields::open_with(root, "a workflow file", keys::FILE, keys::FOREIGN, problems) else {
        return Draft::default();
    };
    let mut draft = Draft::default();
    if let Some(node) = fields.get("version") {
        version(node, problems);
    }
    draft.name = fields.get("name").and_then(|node| read::word(node, "`name`", problems));
    draft.program = fields.get("dod").and_then(|node| read::word(node, "`dod`", problems));
    draft.policy = fields.get("policy").and_then(|node| read::word(node, "`policy`", problems));
    draft.fail_fast = fields.get("fail_fast").and_then(|node| read::flag(node, "`fail_fast`", problems));
    draft.timeout = fields.get("timeout").and_then(|node| step::duration(node, "`timeout`", problems));
    draft.house = house(fields.get("keep"), fields.get("archive"), problems);
    if let Some(node) = fields.get("about") {
        read::text(node, "`about`", problems);
    }
    if let Some(node) = fields.get("inputs") {
        draft.inputs = inputs(node, problems);
    }
    if let Some(node) = fields.get("env") {
        draft.env = step::env(node, "`env`", problems);
    }
    if let Some(node) = fields.get("defaults") {
        defaults(node, &mut draft, problems);
    }
    if let Some(node) = fields.get("pools") {
        draft.pools = pools(node, problems);
    }
    if let Some(node) = fields.get("include") {
        draft.include = includes(node, problems);
    }
    if let Some(node) = fields.get("projects") {
        draft.projects = projects(node, problems);
    }
    if let Some(node) = fields.get("services") {
        let entries = read::entries(node, "`services`", problems).iter();
        draft.services = entries.filter_map(|entry| step::service(entry, problems)).collect();
    }
    steps(&fields, &mut draft, problems);
    draft
}

fn version(node: &Node, problems: &mut Diagnostics) {
    let text = read::text(node, "`version`", problems);
    if let Some(found) = text.filter(|text| text.parse() != Ok(VERSION)) {
        let message = format!("version `{}` of the notation is not known", &*found.value);
        let found = Diagnostic::error(codes::FILE_VERSION, found.span, message);
        problems.push(found.hint("write `version: 1`, or leave it out"));
    }
}

fn steps(fields: &Fields<'_>, draft: &mut Draft, problems: &mut Diagnostics) {
    let (steps, gates) = (fields.entry("steps"), fields.entry("gates"));
    if let (Some((first, _)), Some((second, _))) = (steps, gates) {
        let message = "`gates` is another word for `steps`; a file has one of them";
        let found = Diagnostic::error(codes::TWO_ACTIONS, second.max(first), message);
        problems.push(found.other(first.min(second), "the other stands here"));
    }
    for (_, node) in steps.into_iter().chain(gates) {
        if matches!(node.kind, Kind::List(_)) {
            let found = read::wrong(node, "`steps` is a map");
            problems.push(found.hint("each step has its name as its key: `test: { run: ./test.sh }`"));
            continue;
        }
        for entry in read::entries(node, "`steps`", problems) {
            if problems.is_full() {
                return;
            }
            draft.steps.extend(step::step(entry, problems));
        }
    }
}

fn inputs(node: &Node, problems: &mut Diagnostics) -> Vec<Input> {
    let mut found = Vec::new();
    for entry in read::entries(node, "`inputs`", problems) {
        let Some(name) = key_name(entry, "an input", problems) else { continue };
        if entry.value.is_null() {
            found.push(Input { name, kind: InputKind::Text, default: None, required: false });
            continue;
        }
        let Some(fields) = Fields::open(&entry.value, "an input", keys::INPUT, problems) else { continue };
        found.push(input(name, &fields, problems));
    }
    found
}

fn input(name: Word, fields: &Fields<'_>, problems: &mut Diagnostics) -> Input {
    let types = [("text", 't'), ("integer", 'i'), ("boolean", 'b'), ("choice", 'c')];
    let kind = fields.get("type").and_then(|node| read::choice(node, "`type`", &types, problems));
    let choices = fields.get("choices").and_then(|node| read::texts(node, "`choices`", problems));
    let kind = match (kind.map(|kind| kind.value), choices) {
        (Some('c') | None, Some(choices)) => InputKind::Choice(choices),
        (Some('c'), None) => {
            let message = format!("input `{}` is a choice and has no `choices`", &**name);
            problems.push(Diagnostic::error(codes::MISSING_KEY, fields.span(), message));
            InputKind::Text
        }
        (Some(kind), choices) => {
            if choices.is_some()
                && let Some((span, _)) = fields.entry("choices")
            {
                let message = "`choices` belong to an input of type `choice`";
                problems.push(Diagnostic::error(codes::MISPLACED, span, message));
            }
            match kind {
                'i' => InputKind::Integer,
                'b' => InputKind::Boolean,
                _ => InputKind::Text,
            }
        }
        (None, None) => InputKind::Text,
    };
    let flag = fields.get("required").and_then(|node| read::flag(node, "`required`", problems));
    let required = flag.is_some_and(|flag| flag.value);
    let default = fields.get("default").cloned();
    if let Some(node) = fields.get("about") {
        read::text(node, "`about`", problems);
    }
    if let (true, Some(default)) = (required, &default) {
        let message = "an input that must be given needs no `default`";
        problems.push(Diagnostic::error(codes::MISPLACED, default.span, message));
    }
    Input { name, kind, default, required }
}

fn defaults(node: &Node, draft: &mut Draft, problems: &mut Diagnostics) {
    let Some(fields) = Fields::open_with(node, "`defaults`", keys::DEFAULTS, keys::FOREIGN, problems) else {
        return;
    };
    draft.defaults = Defaults {
        allow_failure: fields
            .get("allow_failure")
            .and_then(|node| read::flag(node, "`allow_failure`", problems)),
        cwd: fields.get("cwd").and_then(|node| read::text(node, "`cwd`", problems)),
        env: fields.get("env").map(|node| step::env(node, "`env`", problems)).unwrap_or_default(),
        retry: fields.get("retry").and_then(|node| step::retry(node, problems)),
        shell: fields.get("shell").and_then(|node| step::shell(node, problems)),
        timeout: fields.get("timeout").and_then(|node| step::duration(node, "`timeout`", problems)),
    };
    if let Some(node) = fields.get("run_timeout") {
        let found = step::duration(node, "`run_timeout`", problems);
        if let (Some(_), Some(first)) = (&found, &draft.timeout) {
            let message = "the time of the whole run is said twice";
            let twice = Diagnostic::error(codes::SAME_NAME, node.span, message);
            problems.push(twice.other(first.span, "first said here"));
        }
        draft.timeout = draft.timeout.take().or(found);
    }
}

fn pools(node: &Node, problems: &mut Diagnostics) -> Vec<(Word, Located<i64>)> {
    let mut found = Vec::new();
    for entry in read::entries(node, "`pools`", problems) {
        let name = key_name(entry, "a pool", problems);
        let what = format!("the size of pool `{}`", entry.key);
        let size = read::whole(&entry.value, &what, (1, POOL_SIZE_MAX), problems);
        found.extend(name.zip(size));
    }
    found
}

fn includes(node: &Node, problems: &mut Diagnostics) -> Vec<Include> {
    let items: &[Node] = match &node.kind {
        Kind::List(items) => items,
        _ => std::slice::from_ref(node),
    };
    items.iter().filter_map(|item| include(item, problems)).collect()
}

fn include(node: &Node, problems: &mut Diagnostics) -> Option<Include> {
    if !matches!(node.kind, Kind::Map(_)) {
        return read::word(node, "an included file", problems).map(Include::Local);
    }
    let fields = Fields::open(node, "an included file of another repository", keys::INCLUDE, problems)?;
    let mut part = |key| fields.need(key, problems).and_then(|node| read::word(node, key, problems));
    let (url, rev, path) = (part("git"), part("rev"), part("path"));
    let rev = rev.filter(|rev| {
        let full = rev.len() == 40 && rev.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if !full {
            let message = format!("`{}` is not a full commit id", &***rev);
            let found = Diagnostic::error(codes::COMMIT, rev.span, message);
            problems.push(found.hint("a branch or tag can move: write the 40 hexadecimal digits"));
        }
        full
    });
    Some(Include::Git { url: url?, rev: rev?, path: path? })
}

fn projects(node: &Node, problems: &mut Diagnostics) -> Vec<Project> {
    let mut found = Vec::new();
    for entry in read::entries(node, "`projects`", problems) {
        let name = key_name(entry, "a project", problems);
        let Some(fields) = Fields::open(&entry.value, "a project", keys::PROJECT, problems) else { continue };
        let path = fields.need("path", problems).and_then(|node| read::text(node, "`path`", problems));
        let workflow =
            fields.need("workflow", problems).and_then(|node| read::word(node, "`workflow`", problems));
        let with = fields.get("with").map(|node| step::with(node, problems)).unwrap_or_default();
        if let Some(node) = fields.get("about") {
            read::text(node, "`about`", problems);
        }
        if let (Some(name), Some(path), Some(workflow)) = (name, path, workflow) {
            found.push(Project { name, path, with, workflow });
        }
    }
    found
}
