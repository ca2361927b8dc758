//! Reading one step or service, and the values that steps and defaults share.

use dod_kernel::id::Name;
use dod_kernel::workflow::RetryOn;

use super::{
    Action, Need, Probe, Ready, Report, Retry, Secret, Shell, Step, Wanted, Word, action, keys, matrix,
    parse_duration,
};
use crate::diagnose::{Diagnostic, Diagnostics, codes};
use crate::yaml::{Entry, Fields, Kind, Located, Node, read};

/// The longest name of anything.
pub(super) const NAME_BYTES_MAX: usize = 200;
/// How often a step may be tried again.
const RETRY_MAX: i64 = 100;

/// Shells by name. Each stops at the first error.
const SHELLS: &[(&str, &[&str])] = &[
    ("sh", &["sh", "-e", "-c"]),
    ("bash", &["bash", "--noprofile", "--norc", "-e", "-o", "pipefail", "-c"]),
    ("python", &["python3", "-c"]),
];

/// A key that is the name of something: letters, digits, `-`, `_` and `.`.
pub(super) fn key_name(entry: &Entry, what: &str, problems: &mut Diagnostics) -> Option<Word> {
    let name = &*entry.key;
    let inner = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_' | '.');
    let fine =
        name.chars().all(inner) && name.starts_with(|first: char| first.is_alphanumeric() || first == '_');
    if name.is_empty() {
        return None;
    }
    if !fine || name.len() > NAME_BYTES_MAX {
        let message = format!("`{name}` cannot be the name of {what}");
        let found = Diagnostic::error(codes::BAD_NAME, entry.key_span, message);
        problems.push(found.hint("letters, digits, `-`, `_` and `.`, not beginning with `-` or `.`"));
        return None;
    }
    Some(Located::new(entry.key.clone().into(), entry.key_span))
}

/// Reads a step. A step that is wrong in itself stays, without what was wrong, so that others may need it.
pub(super) fn step(entry: &Entry, problems: &mut Diagnostics) -> Option<Step> {
    let name = key_name(entry, "a step", problems)?;
    if entry.value.is_null() {
        let message = format!("step `{}` says nothing that it does", &**name);
        let found = Diagnostic::error(codes::NO_ACTION, entry.key_span, message);
        problems.push(found.hint(format!("give it one of {}", read::listed(keys::ACTIONS))));
        return Some(empty(name));
    }
    let fields = Fields::open_with(&entry.value, "a step", keys::STEP, keys::FOREIGN, problems);
    let Some(fields) = fields else {
        return Some(empty(name));
    };
    let mut step = empty(name);
    step.action = action::action(&step.name, &fields, problems);
    common(&mut step, &fields, problems);
    if let Some((key, node)) = fields.entry("matrix") {
        step.matrix = matrix::matrix(key, node, problems);
    }
    step.timeout = fields.get("timeout").and_then(|node| duration(node, "`timeout`", problems));
    step.retry = fields.get("retry").and_then(|node| retry(node, problems));
    step.evidence = fields.get("evidence").map(|node| evidence(node, problems)).unwrap_or_default();
    step.exit = fields.get("exit").and_then(|node| exit(node, problems));
    step.kind = fields.get("kind").and_then(|node| read::word(node, "`kind`", problems));
    step.inputs = globs(&fields, "inputs", problems);
    step.outputs = globs(&fields, "outputs", problems);
    step.idempotent = fields.get("idempotent").and_then(|node| read::flag(node, "`idempotent`", problems));
    step.allow_failure =
        fields.get("allow_failure").and_then(|node| read::flag(node, "`allow_failure`", problems));
    step.services =
        fields.get("services").and_then(|node| read::texts(node, "`services`", problems)).unwrap_or_default();
    if let Some(node) = fields.get("priority") {
        let found = read::whole(node, "`priority`", (-1_000_000, 1_000_000), problems);
        step.priority = found.map_or(0, |found| i32::try_from(found.value).expect("in range"));
    }
    Some(step)
}

/// Reads a service: a step with a probe.
pub(super) fn service(entry: &Entry, problems: &mut Diagnostics) -> Option<Step> {
    let name = key_name(entry, "a service", problems)?;
    let fields = Fields::open_with(&entry.value, "a service", keys::SERVICE, keys::FOREIGN, problems)?;
    let mut step = empty(name);
    step.action = action::program(&step.name, &fields, problems);
    common(&mut step, &fields, problems);
    let ready = fields.need("ready", problems).and_then(|node| ready(node, problems));
    step.probe = Some(Probe {
        ready,
        interval: fields.get("interval").and_then(|node| duration(node, "`interval`", problems)),
        timeout: fields.get("timeout").and_then(|node| duration(node, "`timeout`", problems)),
    });
    Some(step)
}

fn empty(name: Word) -> Step {
    Step {
        action: None,
        allow_failure: None,
        condition: None,
        cwd: None,
        env: Vec::new(),
        evidence: Vec::new(),
        exit: None,
        idempotent: None,
        inputs: Vec::new(),
        kind: None,
        matrix: None,
        name,
        needs: Vec::new(),
        outputs: Vec::new(),
        pool: None,
        priority: 0,
        probe: None,
        retry: None,
        secrets: Vec::new(),
        services: Vec::new(),
        shell: None,
        tags: Vec::new(),
        timeout: None,
    }
}

/// What steps and services share.
fn common(step: &mut Step, fields: &Fields<'_>, problems: &mut Diagnostics) {
    step.condition = fields.get("if").and_then(|node| read::word(node, "`if`", problems));
    step.cwd = fields.get("cwd").and_then(|node| read::text(node, "`cwd`", problems));
    step.env = fields.get("env").map(|node| env(node, "`env`", problems)).unwrap_or_default();
    step.secrets = fields.get("secrets").map(|node| secrets(node, problems)).unwrap_or_default();
    step.needs = fields.get("needs").map(|node| needs(node, problems)).unwrap_or_default();
    step.shell = fields.get("shell").and_then(|node| shell(node, problems));
    if let (Some((span, _)), Some(action)) = (fields.entry("shell"), &step.action)
        && !matches!(action, Action::Script(_))
    {
        let found = Diagnostic::error(codes::MISPLACED, span, "`shell` belongs to a script");
        problems.push(found.hint("write `run` as one text"));
    }
    step.pool = fields.get("pool").and_then(|node| read::word(node, "`pool`", problems));
    step.tags = fields.get("tags").and_then(|node| read::texts(node, "`tags`", problems)).unwrap_or_default();
    if let Some(node) = fields.get("about") {
        read::text(node, "`about`", problems);
    }
}

/// A duration in milliseconds, longer than nothing.
pub(super) fn duration(node: &Node, what: &str, problems: &mut Diagnostics) -> Option<Located<u64>> {
    let text = read::word(node, what, problems)?;
    let why = match parse_duration(&text) {
        Ok(0) => "it is no time at all".to_owned(),
        Ok(length) => return Some(Located::new(length, node.span)),
        Err(why) => why,
    };
    let message = format!("{what} is a duration, and `{}` is none: {why}", &**text);
    problems
        .push(Diagnostic::error(codes::DURATION, node.span, message).hint("like `5m`, `1h30m` or `500ms`"));
    None
}

/// Environment variables.
pub(super) fn env(node: &Node, what: &str, problems: &mut Diagnostics) -> Vec<(Word, Word)> {
    let mut found = Vec::new();
    for entry in read::entries(node, what, problems) {
        let Some(name) = variable(entry, problems) else { continue };
        if entry.value.is_null() {
            found.push((name, Located::new(Name::from(""), entry.value.span)));
            continue;
        }
        let value = read::text(&entry.value, &format!("variable `{}`", entry.key), problems);
        found.extend(value.map(|value| (name, value)));
    }
    found
}

/// POSIX.1-2024, base definitions 8.1: letters, digits and `_`, not beginning with a digit.
fn variable(entry: &Entry, problems: &mut Diagnostics) -> Option<Word> {
    let name = &*entry.key;
    let fine = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_');
    if name.is_empty() {
        return None;
    }
    if !fine || name.as_bytes()[0].is_ascii_digit() || name.len() > NAME_BYTES_MAX {
        let message = format!("`{name}` cannot be the name of an environment variable");
        let found = Diagnostic::error(codes::BAD_NAME, entry.key_span, message);
        problems.push(found.hint("letters, digits and `_`, not beginning with a digit"));
        return None;
    }
    Some(Located::new(name.into(), entry.key_span))
}

/// Parameters of a gate or inputs of a called workflow.
pub(super) fn with(node: &Node, problems: &mut Diagnostics) -> Vec<(Word, Node)> {
    let named = |entry: &Entry| (Located::new(entry.key.clone().into(), entry.key_span), entry.value.clone());
    let entries = read::entries(node, "`with`", problems).iter();
    entries.filter(|entry| !entry.key.is_empty() && !entry.value.is_broken()).map(named).collect()
}

/// `x`, `[x, y]` or `{x: failed}`.
fn needs(node: &Node, problems: &mut Diagnostics) -> Vec<Need> {
    let Kind::Map(entries) = &node.kind else {
        let found = read::texts(node, "`needs`", problems).unwrap_or_default();
        return found.into_iter().map(|step| Need { step, when: Wanted::Ok }).collect();
    };
    let words = [("ok", Wanted::Ok), ("failed", Wanted::Failed), ("any", Wanted::Any)];
    let mut found = Vec::new();
    for entry in entries.iter().filter(|entry| !entry.key.is_empty()) {
        let what = format!("what is asked of `{}`", entry.key);
        let when = if entry.value.is_null() {
            Some(Wanted::Ok)
        } else {
            read::choice(&entry.value, &what, &words, problems).map(|found| found.value)
        };
        let step = Located::new(entry.key.clone().into(), entry.key_span);
        found.extend(when.map(|when| Need { step, when }));
    }
    found
}

fn globs(fields: &Fields<'_>, key: &'static str, problems: &mut Diagnostics) -> Vec<Word> {
    let found = fields.get(key).and_then(|node| read::texts(node, &format!("`{key}`"), problems));
    found.unwrap_or_default()
}

/// `measures: bench.json`, `{format: x, from: stdout}`, or a list of these.
fn evidence(node: &Node, problems: &mut Diagnostics) -> Vec<Report> {
    match &node.kind {
        Kind::List(items) => items.iter().flat_map(|item| evidence(item, problems)).collect(),
        Kind::Map(entries)
            if entries.iter().any(|entry| matches!(&*entry.key, "format" | "from" | "rule")) =>
        {
            let Some(fields) = Fields::open(node, "a report", keys::REPORT, problems) else {
                return Vec::new();
            };
            let mut part = |key| fields.get(key).and_then(|node| read::word(node, key, problems));
            let (format, rule) = (part("format"), part("rule"));
            let from = fields.need("from", problems).and_then(|node| read::word(node, "`from`", problems));
            from.map(|from| Report { format, from, rule }).into_iter().collect()
        }
        Kind::Map(entries) => {
            let mut found = Vec::new();
            for entry in entries.iter().filter(|entry| !entry.key.is_empty()) {
                let what = format!("the place of report `{}`", entry.key);
                for from in read::texts(&entry.value, &what, problems).unwrap_or_default() {
                    let format = Some(Located::new(entry.key.clone().into(), entry.key_span));
                    found.push(Report { format, from, rule: None });
                }
            }
            found
        }
        Kind::Broken => Vec::new(),
        Kind::Scalar { .. } => {
            let found = read::wrong(node, "`evidence` is a map of format and place");
            problems.push(found.hint("like `evidence: { junit: target/junit.xml }`"));
            Vec::new()
        }
    }
}

/// A number of further attempts, or the long form.
pub(super) fn retry(node: &Node, problems: &mut Diagnostics) -> Option<Retry> {
    let attempts = |node, problems: &mut Diagnostics| {
        let found = read::whole(node, "the number of further attempts", (0, RETRY_MAX), problems);
        found.map(|found| u32::try_from(found.value).expect("in range"))
    };
    if matches!(node.kind, Kind::Scalar { .. }) {
        let max = attempts(node, problems)?;
        return Some(Retry {
            max,
            when: Vec::new(),
            delay: None,
            max_delay: None,
            factor: None,
            jitter: None,
        });
    }
    let fields = Fields::open(node, "`retry`", keys::RETRY, problems)?;
    let max = fields.need("max", problems).and_then(|node| attempts(node, problems));
    let ends =
        [("failed", RetryOn::Failed), ("timeout", RetryOn::Timeout), ("undecided", RetryOn::Undecided)];
    let mut when = Vec::new();
    if let Some(node) = fields.get("when") {
        let items = if let Kind::List(items) = &node.kind { items } else { std::slice::from_ref(node) };
        for item in items {
            when.extend(read::choice(item, "an element of `when`", &ends, problems).map(|end| end.value));
        }
        when.sort_unstable();
        when.dedup();
    }
    let delay = fields.get("delay").and_then(|node| duration(node, "`delay`", problems));
    let max_delay = fields.get("max_delay").and_then(|node| duration(node, "`max_delay`", problems));
    if let (Some(least), Some(most)) = (&delay, &max_delay)
        && least.value > most.value
    {
        let message = "`max_delay` is shorter than `delay`";
        problems.push(Diagnostic::error(codes::RANGE, most.span, message).other(least.span, "`delay`"));
    }
    let mut number = |key: &'static str, most| {
        let found = fields.get(key).and_then(|node| read::whole(node, &format!("`{key}`"), most, problems));
        found.map(|found| u32::try_from(found.value).expect("in range"))
    };
    let (factor, jitter) = (number("factor", (1, 100)), number("jitter", (0, 100)));
    let millis = |found: Option<Located<u64>>| found.map(|found| found.value);
    Some(Retry { max: max?, when, delay: millis(delay), max_delay: millis(max_delay), factor, jitter })
}

/// A shell by name, or as program and arguments.
pub(super) fn shell(node: &Node, problems: &mut Diagnostics) -> Option<Shell> {
    if matches!(node.kind, Kind::List(_)) {
        let found = read::texts(node, "`shell`", problems)?;
        if found.is_empty() {
            problems.push(Diagnostic::error(codes::EMPTY_VALUE, node.span, "`shell` is empty"));
            return None;
        }
        return Some(Shell::Argv(found));
    }
    let name = read::word(node, "`shell`", problems)?;
    let found = SHELLS.iter().find(|(known, _)| *known == &**name);
    if found.is_none() {
        let message = format!("`{}` is not a shell known by name", &**name);
        let names = SHELLS.iter().map(|(name, _)| *name);
        let error = Diagnostic::error(codes::SHELL, node.span, message)
            .hint("known are `sh`, `bash` and `python`; write any other as a list: `[fish, -c]`");
        problems.push(error.did_you_mean(&name, names));
    }
    found.map(|(_, argv)| Shell::Named(Located::new(*argv, node.span)))
}

fn secrets(node: &Node, problems: &mut Diagnostics) -> Vec<(Word, Secret)> {
    let mut found = Vec::new();
    for entry in read::entries(node, "`secrets`", problems) {
        let Some(name) = variable(entry, problems) else { continue };
        if matches!(entry.value.kind, Kind::Scalar { .. }) && !entry.value.is_null() {
            let error = read::wrong(&entry.value, "a secret says where it comes from");
            problems.push(error.hint("a secret never stands in a file: `{ env: NAME }`, `{ file: PATH }`"));
            continue;
        }
        let Some(fields) = Fields::open(&entry.value, "a secret", keys::SECRET, problems) else { continue };
        let secret = one_of(&fields, keys::SECRET, problems).and_then(|(key, node)| match key {
            "env" => read::word(node, "`env`", problems).map(Secret::Env),
            "file" => read::word(node, "`file`", problems).map(Secret::File),
            _ => action::argv(node, "`command`", problems).map(Secret::Command),
        });
        found.extend(secret.map(|secret| (name, secret)));
    }
    found
}

fn ready(node: &Node, problems: &mut Diagnostics) -> Option<Ready> {
    let fields = Fields::open(node, "`ready`", keys::READY, problems)?;
    let (key, node) = one_of(&fields, keys::READY, problems)?;
    match key {
        "tcp" => {
            let port = read::whole(node, "a TCP port", (1, 65_535), problems)?;
            Some(Ready::Tcp(u16::try_from(port.value).expect("in range")))
        }
        "http" => read::word(node, "`http`", problems).map(Ready::Http),
        "line" => read::word(node, "`line`", problems).map(Ready::Line),
        _ => action::argv(node, "`command`", problems).map(Ready::Command),
    }
}

/// The one key of a map of which exactly one must be there.
fn one_of<'n>(
    fields: &Fields<'n>,
    known: &[&'static str],
    problems: &mut Diagnostics,
) -> Option<(&'static str, &'n Node)> {
    let mut found = known.iter().filter_map(|key| fields.get(key).map(|node| (*key, node)));
    let (first, second) = (found.next(), found.next());
    if first.is_none() || second.is_some() {
        let names = read::listed(known).replace(" and ", " or ");
        let message = format!("exactly one of {names} belongs here");
        problems.push(Diagnostic::error(codes::MISSING_KEY, fields.span(), message));
        return None;
    }
    first
}

fn exit(node: &Node, problems: &mut Diagnostics) -> Option<(Vec<i32>, Vec<i32>)> {
    let fields = Fields::open(node, "`exit`", keys::EXIT, problems)?;
    let mut codes_of = |key: &'static str, default: &[i32]| {
        let Some(node) = fields.get(key) else { return default.to_vec() };
        let items = if let Kind::List(items) = &node.kind { items } else { std::slice::from_ref(node) };
        let read = |item| read::whole(item, "an exit code", (0, 255), problems);
        let found = items.iter().filter_map(read);
        found.map(|code| i32::try_from(code.value).expect("in range")).collect()
    };
    Some((codes_of("clean", &[0]), codes_of("findings", &[])))
}
