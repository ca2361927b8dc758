//! Diagrams in a line, written out as XML.
//!
//! ```text
//!   start -> a(user) -> x(xor); x -[n > 1]-> b; x -*-> end        nodes, flows, conditions, a default
//!   sub/start -> sub/a -> sub/end                                 nodes inside `sub`
//!   t(boundary a timer PT1H) -> end2                              what stands beside `a`; `boundary-` lets it run
//!   a(service dod:gate=cargo/clippy "name=Run it")                attributes; `+<xml/>` is put inside
//! ```
//!
//! A node is what its first mention says; without a word `start…` is a start event, `end…` an end event, else a task.

use std::collections::BTreeMap;
use std::fmt::Write as _;

/// What a diagram needs around its nodes.
const HEAD: &str = "<definitions xmlns=\"http://www.omg.org/spec/BPMN/20100524/MODEL\" xmlns:dod=\"urn:dod:bpmn:1\" \
     xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\" xmlns:zeebe=\"http://camunda.org/schema/zeebe/1.0\">\n";

#[derive(Default)]
struct Shape {
    words: Vec<String>,
    flows: Vec<String>,
    default: Option<String>,
}

/// One file with one process `main`, executable.
pub(super) fn diagram(text: &str) -> String {
    file(&[("main", text)])
}

/// One file with several processes.
pub(super) fn file(processes: &[(&str, &str)]) -> String {
    let mut out = String::from(HEAD);
    let mut declared = BTreeMap::new();
    for (id, text) in processes {
        let (order, shapes) = read(text);
        let first = *id == processes[0].0;
        writeln!(out, "<process id=\"{id}\" isExecutable=\"{first}\">").unwrap();
        children("", &order, &shapes, &mut out, &mut declared);
        out += "</process>\n";
    }
    for (id, element) in declared {
        writeln!(out, "<{element} id=\"{id}\" name=\"{id}\"/>").unwrap();
    }
    out + "</definitions>\n"
}

fn read(text: &str) -> (Vec<String>, BTreeMap<String, Shape>) {
    let (mut order, mut shapes) = (Vec::new(), BTreeMap::<String, Shape>::new());
    for line in lines(text) {
        let (mut rest, mut from) = (line, None::<String>);
        loop {
            let (path, words, behind) = node(rest);
            let shape = shapes.entry(path.clone()).or_insert_with(|| {
                order.push(path.clone());
                Shape::default()
            });
            shape.words.extend(words);
            if let Some((from, condition, default)) = from.take().map(|from: String| split_arrow(&from)) {
                flow(&mut shapes, &from, &path, condition, default);
            }
            rest = behind.trim_start();
            if rest.is_empty() {
                break;
            }
            let end = rest.find("->").expect("an arrow") + 2;
            from = Some(format!("{path}\n{}", &rest[..end]));
            rest = rest[end..].trim_start();
        }
    }
    (order, shapes)
}

/// Chains, which `;` and line ends divide outside quotes.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    let mut quoted = false;
    let ends = text.split(move |letter: char| {
        quoted ^= letter == '"';
        !quoted && matches!(letter, ';' | '\n')
    });
    ends.map(str::trim).filter(|line| !line.is_empty())
}

fn split_arrow(from: &str) -> (String, Option<String>, bool) {
    let (path, arrow) = from.split_once('\n').unwrap();
    let inner = arrow.trim_start_matches('-').trim_end_matches("->");
    let condition = inner.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
    (path.to_owned(), condition.map(str::to_owned), inner == "*")
}

fn flow(
    shapes: &mut BTreeMap<String, Shape>,
    from: &str,
    to: &str,
    condition: Option<String>,
    default: bool,
) {
    let last = |path: &str| path.rsplit('/').next().unwrap().to_owned();
    let (source, target) = (last(from), last(to));
    let shape = shapes.get_mut(from).unwrap();
    let id = format!("{source}_{target}");
    let condition = condition.map_or_else(String::new, |text| {
        format!("<conditionExpression>{}</conditionExpression>", escaped(&text))
    });
    shape.flows.push(format!(
        "<sequenceFlow id=\"{id}\" sourceRef=\"{source}\" targetRef=\"{target}\">{condition}</sequenceFlow>\n"
    ));
    if default {
        shape.default = Some(id);
    }
}

/// `path(words)` at the beginning of a text, and what is behind it. Words in quotes hold spaces.
fn node(text: &str) -> (String, Vec<String>, &str) {
    let end = text.find(['(', ' ', '-']).unwrap_or(text.len());
    let (path, rest) = text.split_at(end);
    let Some(inside) = rest.strip_prefix('(') else { return (path.to_owned(), Vec::new(), rest) };
    let (mut words, mut word, mut quoted, mut depth) = (Vec::new(), String::new(), false, 0);
    for (at, letter) in inside.char_indices() {
        match letter {
            '"' => quoted = !quoted,
            ')' if !quoted && depth == 0 => {
                words.extend((!word.is_empty()).then_some(word));
                return (path.to_owned(), words, &inside[at + 1..]);
            }
            ' ' if !quoted => words.extend((!word.is_empty()).then(|| std::mem::take(&mut word))),
            _ => {
                depth += i32::from(letter == '(') - i32::from(letter == ')');
                word.push(letter);
            }
        }
    }
    panic!("no end of `{text}`");
}

fn children(
    scope: &str,
    order: &[String],
    shapes: &BTreeMap<String, Shape>,
    out: &mut String,
    declared: &mut BTreeMap<String, &'static str>,
) {
    for path in order.iter().filter(|path| path.rsplit_once('/').map_or("", |(parent, _)| parent) == scope) {
        element(path, order, shapes, out, declared);
    }
}

fn element(
    path: &str,
    order: &[String],
    shapes: &BTreeMap<String, Shape>,
    out: &mut String,
    declared: &mut BTreeMap<String, &'static str>,
) {
    let id = path.rsplit('/').next().unwrap();
    let shape = &shapes[path];
    let mut words = shape.words.iter().map(String::as_str).peekable();
    let named = words.peek().is_some_and(|word| !word.contains('=') && !word.starts_with('+'));
    let kind = if named { words.next().unwrap() } else { "" };
    let mut attributes = String::new();
    let tag = match kind {
        "" if id.starts_with("start") => "startEvent",
        "" if id.starts_with("end") => "endEvent",
        "" => "task",
        "user" | "service" | "script" | "manual" | "send" | "receive" | "businessRule" => {
            &format!("{kind}Task")
        }
        "xor" => "exclusiveGateway",
        "and" => "parallelGateway",
        "or" => "inclusiveGateway",
        "race" => "eventBasedGateway",
        "sub" => "subProcess",
        "catch" => "intermediateCatchEvent",
        "throw" => "intermediateThrowEvent",
        "event" | "event-" => {
            attributes += " triggeredByEvent=\"true\"";
            "subProcess"
        }
        "call" => {
            write!(attributes, " calledElement=\"{}\"", words.next().unwrap()).unwrap();
            "callActivity"
        }
        "boundary" | "boundary-" => {
            write!(attributes, " attachedToRef=\"{}\"", words.next().unwrap()).unwrap();
            if kind == "boundary-" {
                attributes += " cancelActivity=\"false\"";
            }
            "boundaryEvent"
        }
        "start" => "startEvent",
        "start-" => {
            attributes += " isInterrupting=\"false\"";
            "startEvent"
        }
        "end" => "endEvent",
        other => other,
    };
    let mut inside = String::new();
    while let Some(word) = words.next() {
        if let Some(xml) = word.strip_prefix('+') {
            inside += &xml.replace('\'', "\"");
        } else if let Some((name, value)) = word.split_once('=') {
            write!(attributes, " {name}=\"{}\"", escaped(value)).unwrap();
        } else {
            inside += &definition(word, &mut words, declared);
        }
    }
    if let Some(default) = &shape.default {
        write!(attributes, " default=\"{default}\"").unwrap();
    }
    writeln!(out, "<{tag} id=\"{id}\"{attributes}>{inside}").unwrap();
    children(path, order, shapes, out, declared);
    writeln!(out, "</{tag}>").unwrap();
    for flow in &shape.flows {
        *out += flow;
    }
}

fn definition<'w>(
    word: &str,
    words: &mut impl Iterator<Item = &'w str>,
    declared: &mut BTreeMap<String, &'static str>,
) -> String {
    let mut reference = |element: &'static str| {
        let name = words.next().unwrap_or_default();
        if name == "any" {
            return format!("<{element}EventDefinition/>");
        }
        declared.insert(name.to_owned(), element);
        format!("<{element}EventDefinition {element}Ref=\"{name}\"/>")
    };
    match word {
        "message" => reference("message"),
        "signal" => reference("signal"),
        "error" => reference("error"),
        "escalation" => reference("escalation"),
        "timer" => {
            let text = words.next().unwrap();
            format!(
                "<timerEventDefinition><timeDuration>{}</timeDuration></timerEventDefinition>",
                escaped(text)
            )
        }
        "link" => format!("<linkEventDefinition name=\"{}\"/>", words.next().unwrap()),
        other => format!("<{other}EventDefinition/>"),
    }
}

fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}
