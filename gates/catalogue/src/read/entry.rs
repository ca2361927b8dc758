//! One entry, from its keys.
//!
//! **Absent on purpose:** other entries: two of one name are found by the catalogue.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::id::Name;
use dod_kernel::workflow::{ExitCodes, Report, ReportPlace};
use serde_saphyr::{Location, Spanned};

use super::Placed;
use super::field::{Keys, duration_ms, text, texts, value, wrong};
use crate::entry::{Detect, Entry, KINDS, Parameter, Shape, Text, glob};
use crate::fault::{Fault, Located, nearest};
use crate::node::{At, Node};
use crate::template::{self, Piece};

const ENTRY: &[&str] = &[
    "about",
    "check",
    "detect",
    "detect_text",
    "env",
    "evidence",
    "exit",
    "fix",
    "gate",
    "idempotent",
    "inputs",
    "install",
    "kind",
    "must_succeed",
    "outputs",
    "programs",
    "run",
    "timeout",
    "version",
    "with",
];
const PARAMETER: &[&str] = &["about", "args", "default", "required", "type"];
const EVIDENCE: &[&str] = &["format", "from", "rule"];
const EXIT: &[&str] = &["clean", "findings"];
const TEXT: &[&str] = &["contains", "file"];

type Map = [(Spanned<String>, At)];
type Faults = Vec<Located>;

/// Reads an entry; `None` where it has no name or something is wrong with it.
pub(super) fn entry(at: &At, map: &Map, formats: &[&str], faults: &mut Faults) -> Option<Placed> {
    let before = faults.len();
    let keys = Keys::new("an entry", at.referenced, map, ENTRY, faults);
    let name = keys.need("gate", faults).and_then(|found| gate_name(found, faults));
    let about = keys.need("about", faults).and_then(|found| text("about", found, faults));
    let kind = keys.need("kind", faults).and_then(|found| kind(found, faults));
    keys.need("run", faults);
    let entry = Entry {
        name: name.clone().unwrap_or_default(),
        about: about.unwrap_or_default().to_owned(),
        kind: kind.unwrap_or_default(),
        detect: detect(&keys, faults),
        run: keys.command("run", faults).unwrap_or_default(),
        check: keys.command("check", faults),
        fix: keys.command("fix", faults),
        with: parameters(&keys, faults),
        exit: exit(&keys, faults),
        evidence: evidence(&keys, formats, faults),
        version: keys.command("version", faults).unwrap_or_default(),
        programs: keys.texts("programs", faults).into_iter().map(Name::from).collect(),
        inputs: globs(&keys, "inputs", faults),
        outputs: globs(&keys, "outputs", faults),
        install: keys.text("install", faults).map(str::to_owned),
        must_succeed: keys.flag("must_succeed", false, faults),
        env: env(&keys, faults),
        idempotent: keys.flag("idempotent", true, faults),
        timeout_ms: timeout(&keys, faults),
    };
    placeholders(&entry, &keys, faults);
    if entry.evidence.is_empty() && !entry.exit.findings.is_empty() {
        faults.push(Located::at(keys.place("exit"), Fault::FindingsWithoutEvidence));
    }
    (faults.len() == before).then(|| Placed { place: keys.place("gate"), entry })
}

fn gate_name(found: &At, faults: &mut Faults) -> Option<Name> {
    let name = text("gate", found, faults)?;
    let word = |word: &str| {
        word.starts_with(|first: char| first.is_ascii_lowercase() || first.is_ascii_digit())
            && word.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_.".contains(c))
    };
    if name.split_once('/').is_some_and(|(family, tool)| word(family) && word(tool)) {
        return Some(Name::from(name));
    }
    let expected = "a gate's name: `family/tool` in lower case";
    faults.push(Located::at(found.referenced, Fault::BadName { name: name.to_owned(), expected }));
    None
}

/// A kind that is one letter away from a known one would silently count for no policy.
fn kind(found: &At, faults: &mut Faults) -> Option<Name> {
    let kind = text("kind", found, faults)?;
    if !KINDS.contains(&kind) {
        let slip = KINDS.iter().find(|known| strsim::damerau_levenshtein(kind, known) == 1);
        if let Some(near) = slip {
            let near = Some((*near).to_owned());
            let fault = Fault::UnknownWord { found: kind.to_owned(), expected: "a known kind of gate", near };
            faults.push(Located::at(found.referenced, fault));
            return None;
        }
        if !template::is_parameter(&kind.replace('-', "_")) {
            let expected = "a kind: one word in lower case";
            let fault = Fault::BadName { name: kind.to_owned(), expected };
            faults.push(Located::at(found.referenced, fault));
            return None;
        }
    }
    Some(Name::from(kind))
}

fn globs(keys: &Keys<'_>, key: &'static str, faults: &mut Faults) -> Vec<String> {
    let found = keys.texts(key, faults);
    for text in &found {
        if let Err(error) = glob(text) {
            let message = error.kind().to_string();
            faults.push(Located::at(keys.place(key), Fault::BadGlob { glob: text.clone(), message }));
        }
    }
    found
}

fn detect(keys: &Keys<'_>, faults: &mut Faults) -> Detect {
    let mut detect = Detect { globs: globs(keys, "detect", faults), texts: Vec::new() };
    let items: &[At] = match keys.get("detect_text") {
        None => &[],
        Some(Spanned { value: Node::List(items), .. }) => items,
        Some(one) => std::slice::from_ref(one),
    };
    for item in items {
        let Node::Map(map) = &item.value else {
            faults.push(wrong("detect_text", "`{file: …, contains: …}`", &item.value, item.referenced));
            continue;
        };
        let inner = Keys::new("`detect_text`", item.referenced, map, TEXT, faults);
        let part = |key, faults: &mut Faults| {
            inner.need(key, faults).and_then(|found| text(key, found, faults)).unwrap_or_default().to_owned()
        };
        let file = part("file", faults);
        detect.texts.push(Text { file, contains: part("contains", faults) });
    }
    detect
}

fn exit(keys: &Keys<'_>, faults: &mut Faults) -> ExitCodes {
    let Some(found) = keys.get("exit") else { return ExitCodes::default() };
    let Node::Map(map) = &found.value else {
        faults.push(wrong("exit", "`{clean: [0], findings: [1]}`", &found.value, found.referenced));
        return ExitCodes::default();
    };
    let inner = Keys::new("`exit`", found.referenced, map, EXIT, faults);
    let clean = inner.need("clean", faults).map(|found| codes(found, faults)).unwrap_or_default();
    let findings = inner.get("findings").map(|found| codes(found, faults)).unwrap_or_default();
    for code in findings.iter().filter(|code| clean.contains(code)) {
        faults.push(Located::at(inner.place("findings"), Fault::ExitCodeTwice { code: *code }));
    }
    ExitCodes { clean, findings }
}

fn codes(found: &At, faults: &mut Faults) -> Vec<i32> {
    let Node::List(items) = &found.value else {
        faults.push(wrong("exit", "a list of exit codes", &found.value, found.referenced));
        return Vec::new();
    };
    let mut codes = Vec::new();
    for item in items {
        match item.value {
            Node::Integer(code @ 0..=255) => codes.push(code as i32),
            ref other => faults.push(wrong("exit", "an exit code from 0 to 255", other, item.referenced)),
        }
    }
    codes
}

fn evidence(keys: &Keys<'_>, formats: &[&str], faults: &mut Faults) -> Vec<Report> {
    let items: &[At] = match keys.get("evidence") {
        None => &[],
        Some(Spanned { value: Node::List(items), .. }) => items,
        Some(one) => std::slice::from_ref(one),
    };
    let mut reports = Vec::new();
    for item in items {
        let Node::Map(map) = &item.value else {
            faults.push(wrong("evidence", "`{from: stdout, format: …}`", &item.value, item.referenced));
            continue;
        };
        let inner = Keys::new("`evidence`", item.referenced, map, EVIDENCE, faults);
        let from = inner.need("from", faults).and_then(|found| text("from", found, faults));
        let format = inner.need("format", faults).and_then(|found| {
            let word = text("format", found, faults)?;
            if !formats.is_empty() && !formats.contains(&word) {
                let near = nearest(word, formats.iter().copied()).map(str::to_owned);
                let expected = "an evidence format that can be read";
                let fault = Fault::UnknownWord { found: word.to_owned(), expected, near };
                faults.push(Located::at(found.referenced, fault));
            }
            Some(Name::from(word))
        });
        let rule = inner.text("rule", faults).map(Name::from);
        reports.push(Report { format, from: report_place(from.unwrap_or_default()), rule });
    }
    reports
}

fn report_place(from: &str) -> ReportPlace {
    match from {
        "stdout" => ReportPlace::Stdout,
        "stderr" => ReportPlace::Stderr,
        file => ReportPlace::File(Name::from(file)),
    }
}

fn env(keys: &Keys<'_>, faults: &mut Faults) -> BTreeMap<Name, Name> {
    let Some(found) = keys.get("env") else { return BTreeMap::new() };
    let Node::Map(map) = &found.value else {
        faults.push(wrong("env", "names and texts", &found.value, found.referenced));
        return BTreeMap::new();
    };
    let mut env = BTreeMap::new();
    for (key, value) in map {
        match &value.value {
            Node::Text(text) => env.insert(Name::from(key.value.as_str()), Name::from(text.as_str())),
            Node::Integer(number) => {
                env.insert(Name::from(key.value.as_str()), Name::from(number.to_string()))
            }
            other => {
                faults.push(wrong(&key.value, "text", other, value.referenced));
                None
            }
        };
    }
    env
}

fn timeout(keys: &Keys<'_>, faults: &mut Faults) -> Option<u64> {
    let found = keys.get("timeout")?;
    let parsed = match &found.value {
        Node::Text(text) => duration_ms(text),
        _ => None,
    };
    if parsed.is_none() {
        faults.push(wrong("timeout", "a duration such as `90s`, `5m`, `2h`", &found.value, found.referenced));
    }
    parsed
}

fn parameters(keys: &Keys<'_>, faults: &mut Faults) -> BTreeMap<Name, Parameter> {
    let Some(found) = keys.get("with") else { return BTreeMap::new() };
    let Node::Map(map) = &found.value else {
        faults.push(wrong("with", "parameters by name", &found.value, found.referenced));
        return BTreeMap::new();
    };
    let mut parameters = BTreeMap::new();
    for (key, value) in map {
        if !template::is_parameter(&key.value) {
            let expected = "a parameter's name: lower case, digits, `_`";
            let fault = Fault::BadName { name: key.value.clone(), expected };
            faults.push(Located::at(key.referenced, fault));
        }
        match &value.value {
            Node::Map(inner) => {
                let parameter = parameter(&key.value, value.referenced, inner, faults);
                parameters.insert(Name::from(key.value.as_str()), parameter);
            }
            other => faults.push(wrong(&key.value, "`{type: …, about: …}`", other, value.referenced)),
        }
    }
    parameters
}

fn parameter(name: &str, place: Location, map: &Map, faults: &mut Faults) -> Parameter {
    let keys = Keys::new("a parameter", place, map, PARAMETER, faults);
    let about = keys.need("about", faults).and_then(|found| text("about", found, faults));
    let word = keys.need("type", faults).and_then(|found| text("type", found, faults));
    let shape = word.and_then(|word| {
        let known = Shape::WORDS.iter().find(|(known, _)| *known == word);
        if known.is_none() {
            let near = nearest(word, Shape::WORDS.iter().map(|(known, _)| *known)).map(str::to_owned);
            let fault = Fault::UnknownWord { found: word.to_owned(), expected: "a parameter's type", near };
            faults.push(Located::at(keys.place("type"), fault));
        }
        known.map(|(_, shape)| *shape)
    });
    let default = keys.get("default").and_then(|found| {
        let value = value(&found.value).filter(|value| shape.is_none_or(|shape| shape.admits(value)));
        if let (None, Some(shape)) = (&value, shape) {
            faults.push(wrong(name, shape.describe(), &found.value, found.referenced));
        }
        value
    });
    let args = keys.get("args").map(|found| texts("args", found, faults)).unwrap_or_default();
    Parameter {
        about: about.unwrap_or_default().to_owned(),
        shape: shape.unwrap_or(Shape::Text),
        default,
        required: keys.flag("required", false, faults),
        args,
    }
}

/// Every `{name}` is a parameter, every parameter is used, and what stands inside an argument is one text.
fn placeholders(entry: &Entry, keys: &Keys<'_>, faults: &mut Faults) {
    let mut used = BTreeSet::new();
    let commands = [
        ("run", Some(&entry.run)),
        ("check", entry.check.as_ref()),
        ("fix", entry.fix.as_ref()),
        ("version", Some(&entry.version)),
    ];
    for (key, command) in commands {
        for argument in command.into_iter().flatten() {
            let whole = template::whole(argument).is_some();
            for piece in template::pieces(argument) {
                let Piece::Parameter(name) = piece else { continue };
                used.insert(name);
                if name == template::FILES && whole && key != "version" {
                    continue;
                }
                if let Some(fault) = misuse(entry, name, whole) {
                    faults.push(Located::at(keys.place(key), fault));
                }
            }
        }
    }
    for name in entry.with.keys().filter(|name| !used.contains(name.as_str())) {
        let fault = Fault::UnusedParameter { name: name.to_string() };
        faults.push(Located::at(keys.place("with"), fault));
    }
}

fn misuse(entry: &Entry, name: &str, whole: bool) -> Option<Fault> {
    let Some(parameter) = entry.with.get(name) else {
        let near = nearest(name, entry.with.keys().map(Name::as_str)).map(str::to_owned);
        return Some(Fault::UnknownParameter { name: name.to_owned(), near });
    };
    let one_text = matches!(parameter.shape, Shape::Text | Shape::Integer)
        && parameter.args.is_empty()
        && (parameter.required || parameter.default.is_some());
    let shown_as_text = whole && (parameter.shape != Shape::Bool || !parameter.args.is_empty());
    (!one_text && !shown_as_text).then(|| Fault::NotOneText { name: name.to_owned() })
}
