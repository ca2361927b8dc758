//! A workflow, or what is wrong with a diagram, in compact text.

use std::fmt::Write as _;

use dod_kernel::id::{BodyId, Name};
use dod_kernel::value::Value;
use dod_kernel::workflow::{
    Approval, Fork, Given, Host, Join, Kind, Over, Program, Repeat, Throw, Trigger, Variables, When, Workflow,
};

use crate::diagnose::Severity;
use crate::lower::{Checked, STEP_TIMEOUT_MS};

/// Problems, each with the beginning of what it underlines; then the graph, where there is one.
pub(super) fn checked(checked: &Checked) -> String {
    let mut out = String::new();
    for problem in &checked.problems {
        let severity = if problem.severity == Severity::Error { "error" } else { "warning" };
        let slice: String = checked.sources.slice(problem.span).chars().take(50).collect();
        writeln!(out, "{severity} {} at `{slice}`: {}", problem.code, problem.message).unwrap();
        for other in &problem.others {
            let slice: String = checked.sources.slice(other.span).chars().take(50).collect();
            writeln!(out, "  `{slice}`: {}", other.text).unwrap();
        }
        if let Some(hint) = &problem.hint {
            writeln!(out, "  help: {hint}").unwrap();
        }
    }
    if let Some(found) = &checked.workflow {
        workflow(found, &mut out);
    }
    out
}

fn workflow(workflow: &Workflow, out: &mut String) {
    for (at, body) in (0u32..).zip(workflow.bodies()) {
        if at > 0 {
            let variables = match body.variables {
                Variables::Around => "",
                Variables::Copied => " copied",
                Variables::Returned => " returned",
            };
            writeln!(out, "body {at}{variables}").unwrap();
        }
        for (name, value) in &body.declares {
            writeln!(out, "{name} = {}", shown(value)).unwrap();
        }
        for id in workflow.nodes_of(BodyId(at)) {
            let node = workflow.node(id);
            write!(out, "{}", node.name).unwrap();
            match &node.element {
                Some(element) if *element == node.name => {}
                Some(element) => write!(out, " <{element}>").unwrap(),
                None => out.push_str(" <>"),
            }
            write!(out, ": {}", kind(&node.kind, workflow)).unwrap();
            match node.join {
                Join::All => out.push_str(" joins all"),
                Join::Inclusive => out.push_str(" joins some"),
                _ => {}
            }
            match node.fork {
                Fork::Exclusive => out.push_str(" to one"),
                Fork::Inclusive => out.push_str(" to some"),
                Fork::Event => out.push_str(" to the first"),
                _ => {}
            }
            if node.allow_failure {
                out.push_str(" allow_failure");
            }
            for edge in workflow.outgoing(id) {
                let edge = workflow.edge(*edge);
                let arrow = match &edge.when {
                    When::If(condition) => format!("-[{}]->", condition.text),
                    When::Default => "-*->".to_owned(),
                    _ => "->".to_owned(),
                };
                write!(out, " {arrow} {}", workflow.node(edge.to).name).unwrap();
            }
            out.push('\n');
        }
    }
}

fn kind(kind: &Kind, workflow: &Workflow) -> String {
    match kind {
        Kind::Approval(approval) => people(approval),
        Kind::Call(body) => format!("call {}", body.0),
        Kind::Catch(catch) => {
            let host = match catch.host {
                Some(Host::Node(host)) => format!(" beside {}", workflow.node(host).name),
                Some(Host::Scope) => " beside all".to_owned(),
                None => String::new(),
            };
            let lets = if catch.interrupts { "" } else { " lets run" };
            format!("catch {}{host}{lets}", trigger(&catch.trigger))
        }
        Kind::Repeat(repeat) => rounds(repeat),
        Kind::Script(script) => format!("script {:?}", script.text),
        Kind::Task(task) => {
            let mut out = match &task.action.run {
                Program::Argv(argv) if argv.is_empty() => "nothing to run".to_owned(),
                Program::Argv(argv) => format!("{argv:?}"),
                Program::Shell { script, .. } => format!("sh {script:?}"),
            };
            if let Some(timeout) = task.timeout_ms.filter(|timeout| *timeout != STEP_TIMEOUT_MS) {
                write!(out, " timeout {timeout}ms").unwrap();
            }
            if let Some(retry) = &task.retry {
                write!(out, " retry {}", retry.attempts).unwrap();
            }
            if !task.idempotent {
                out.push_str(" once");
            }
            out
        }
        Kind::Throw(throw) => match &**throw {
            Throw::Error(code) => format!("throw error {code}"),
            Throw::Escalation(code) => format!("throw escalation {code}"),
            Throw::Message { key, name } => format!("throw message {name}{}", with_key(key.as_ref())),
            Throw::Signal(name) => format!("throw signal {name}"),
            Throw::Terminate => "terminate".to_owned(),
        },
        Kind::Decide(decision) => {
            let mut out = format!("decide {:?}", decision.hit);
            if let Some(into) = &decision.into {
                write!(out, " into {into}").unwrap();
            }
            for rule in &decision.rules {
                let set: Vec<String> =
                    rule.set.iter().map(|(name, value)| format!("{name} = {}", given(value))).collect();
                let when = rule.when.as_ref().map_or("always", |when| when.text.as_str());
                write!(out, ", {} if {when}", set.join(" ")).unwrap();
            }
            out
        }
        Kind::Judge(policy) => format!("judge {policy}"),
        Kind::Pass => "pass".to_owned(),
        other => format!("{other:?}"),
    }
}

fn people(approval: &Approval) -> String {
    let mut out = "approval".to_owned();
    if !approval.from.is_empty() {
        let from: Vec<&str> = approval.from.iter().map(Name::as_str).collect();
        write!(out, " from {}", from.join(", ")).unwrap();
    }
    if approval.min != 1 {
        write!(out, " min {}", approval.min).unwrap();
    }
    out += if approval.independent { " independent" } else { "" };
    out += if approval.proved { " proved" } else { "" };
    if let Some(prompt) = &approval.prompt {
        write!(out, " “{prompt}”").unwrap();
    }
    out
}

fn rounds(repeat: &Repeat) -> String {
    let over = match &repeat.over {
        Over::Count(count) => given(count),
        Over::Elements(list) => format!("each of {}", given(list)),
        Over::While { before, condition, max } => format!(
            "{} {}{}",
            if *before { "while" } else { "do while" },
            condition.as_ref().map_or("true", |condition| condition.text.as_str()),
            max.map(|max| format!(" max {max}")).unwrap_or_default()
        ),
    };
    let mut out = format!("rounds {} of {over}", repeat.body.0);
    if repeat.parallel {
        out.push_str(" at once");
    }
    if let Some(element) = &repeat.element {
        write!(out, " as {element}").unwrap();
    }
    if let Some(enough) = &repeat.enough {
        write!(out, " until {}", enough.text).unwrap();
    }
    if let Some(collect) = &repeat.collect {
        write!(out, " collects {} into {}", given(&collect.each), collect.into).unwrap();
    }
    out
}

fn trigger(trigger: &Trigger) -> String {
    let any = |code: &Option<Name>| code.as_ref().map_or("any".to_owned(), ToString::to_string);
    match trigger {
        Trigger::Error(code) => format!("error {}", any(code)),
        Trigger::Escalation(code) => format!("escalation {}", any(code)),
        Trigger::Message { key, name } => format!("message {name}{}", with_key(key.as_ref())),
        Trigger::Signal(name) => format!("signal {name}"),
        Trigger::Timer(time) => format!("timer {}", given(time)),
    }
}

fn with_key(key: Option<&Given>) -> String {
    key.map(|key| format!(" with key {}", given(key))).unwrap_or_default()
}

fn given(given: &Given) -> String {
    match given {
        Given::Expression(expression) => format!("({})", expression.text),
        Given::Value(value) => shown(value),
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.to_string(),
        Value::Integer(number) => number.to_string(),
        other => format!("{other:?}"),
    }
}
