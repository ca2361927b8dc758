//! A workflow in compact text: one line per node, defaults left out.

use std::fmt::Write as _;

use dod_kernel::workflow::{EnvValue, Join, Kind, Program, ReportPlace, Task, When, Workflow};

use crate::lower::{RUN_TIMEOUT_MS, STEP_TIMEOUT_MS, Settings};

pub(super) fn workflow(workflow: &Workflow, settings: &Settings) -> String {
    let mut out = String::new();
    let mut head = vec![format!("workflow {:?}", workflow.name())];
    head.extend(settings.policy.as_ref().map(|policy| format!("policy {policy}")));
    head.extend(settings.fail_fast.then(|| "fail_fast".to_owned()));
    if settings.timeout_ms != RUN_TIMEOUT_MS {
        head.push(format!("timeout {}s", settings.timeout_ms / 1000));
    }
    head.extend(settings.inputs.iter().map(|(name, value)| format!("{name}={value:?}")));
    head.extend(workflow.pools().iter().map(|pool| format!("pool {}:{}", pool.name, pool.size)));
    writeln!(out, "{}", head.join(", ")).unwrap();
    for (at, body) in workflow.bodies().iter().enumerate() {
        if at > 0 {
            writeln!(out, "body {at}").unwrap();
        }
        for id in workflow.nodes_of(dod_kernel::id::BodyId(at as u32)) {
            let node = workflow.node(id);
            write!(out, "  {}: {}", node.name, kind(&node.kind, workflow)).unwrap();
            if let Some(condition) = &node.condition {
                write!(out, " if({})", condition.text).unwrap();
            }
            if node.allow_failure {
                out.push_str(" allow_failure");
            }
            if node.priority != 0 {
                write!(out, " priority={}", node.priority).unwrap();
            }
            if let Join::AtLeast { passed, cancel_rest } = node.join {
                write!(out, " at least {passed}{}", if cancel_rest { ", cancel rest" } else { "" }).unwrap();
            }
            let needs: Vec<String> = workflow
                .incoming(id)
                .iter()
                .map(|edge| {
                    let edge = workflow.edge(*edge);
                    let name = &workflow.node(edge.from).name;
                    match edge.when {
                        When::Any => format!("{name}:any"),
                        When::Failed => format!("{name}:failed"),
                        _ => name.to_string(),
                    }
                })
                .collect();
            if !needs.is_empty() {
                write!(out, " < {}", needs.join(" ")).unwrap();
            }
            out.push('\n');
        }
        assert!(body.nodes > 0);
    }
    out
}

fn kind(kind: &Kind, workflow: &Workflow) -> String {
    match kind {
        Kind::Approval(approval) => {
            let from: Vec<&str> = approval.from.iter().map(dod_kernel::id::Name::as_str).collect();
            let prompt = approval.prompt.as_ref().map(|text| format!(" {text:?}")).unwrap_or_default();
            let time = approval.timeout_ms.map(|ms| format!(" in {}s", ms / 1000)).unwrap_or_default();
            let independent = if approval.independent { " independent" } else { "" };
            let proved = if approval.proved { " proved" } else { "" };
            format!("approve {} of [{}]{independent}{proved}{prompt}{time}", approval.min, from.join(" "))
        }
        Kind::Call(body) => format!("call body {}", body.0),
        Kind::Judge(policy) => format!("judge {policy}"),
        Kind::Message(message) => {
            let key = message.key.as_ref().map(|key| format!(" key {key:?}")).unwrap_or_default();
            let time = message.timeout_ms.map(|ms| format!(" in {}s", ms / 1000)).unwrap_or_default();
            format!("message {}{key}{time}", message.name)
        }
        other @ (Kind::Catch(_) | Kind::Decide(_) | Kind::Repeat(_) | Kind::Script(_) | Kind::Throw(_)) => {
            format!("{other:?}")
        }
        Kind::Pass => "pass".to_owned(),
        Kind::Task(found) => task(found, workflow),
        Kind::Wait(ms) => format!("wait {ms}ms"),
    }
}

fn task(task: &Task, workflow: &Workflow) -> String {
    let mut out = Vec::new();
    let action = &task.action;
    match &action.run {
        Program::Argv(argv) => out.push(format!("{argv:?}")),
        Program::Shell { script, shell } => {
            let shell: Vec<&str> = shell.iter().map(dod_kernel::id::Name::as_str).collect();
            out.push(if shell == ["sh", "-e", "-c"] {
                format!("sh {script:?}")
            } else {
                format!("{} {script:?}", shell.join(" "))
            });
        }
    }
    if let Some(gate) = &task.gate {
        let must = if gate.must_succeed { "!" } else { "" };
        let uses = gate.uses.as_ref().map(|uses| format!(" uses {uses}")).unwrap_or_default();
        let project = gate.project.as_ref().map(|name| format!(" of {name}")).unwrap_or_default();
        out.push(format!("gate({}{must}{uses}{project})", gate.kind));
    }
    if !action.cwd.is_empty() {
        out.push(format!("cwd={}", action.cwd));
    }
    for (name, value) in &action.env {
        out.push(match value {
            EnvValue::Text(text) => format!("{name}={text:?}"),
            EnvValue::Output { name: output, step } => format!("{name}=output({step}, {output})"),
        });
    }
    out.extend(action.secrets.iter().map(|(name, source)| format!("{name}=secret({source:?})")));
    if task.gate.as_ref().is_none_or(|gate| gate.uses.is_none()) {
        for report in &action.evidence {
            let format = report.format.as_ref().map_or("?", |format| format.as_str());
            let from = match &report.from {
                ReportPlace::File(path) => path.as_str(),
                ReportPlace::Stderr => "stderr",
                ReportPlace::Stdout => "stdout",
            };
            out.push(format!("evidence({format} {from})"));
        }
        if action.exit != Default::default() {
            out.push(format!("exit({:?}/{:?})", action.exit.clean, action.exit.findings));
        }
    }
    if !action.inputs.is_empty() {
        out.push(format!("in{:?}", action.inputs));
    }
    if !action.outputs.is_empty() {
        out.push(format!("out{:?}", action.outputs));
    }
    if !task.idempotent {
        out.push("once".to_owned());
    }
    out.extend(task.pool.map(|pool| format!("pool={}", workflow.pool(pool).name)));
    if let Some(probe) = &task.probe {
        out.push(format!("ready({:?} every {}ms in {}ms)", probe.ready, probe.interval_ms, probe.timeout_ms));
    }
    if let Some(retry) = &task.retry {
        let when = &retry.when;
        let (delay, most, factor) = (retry.delay_ms, retry.delay_max_ms, retry.factor);
        let jitter = retry.jitter_percent;
        out.push(format!("retry({}, {when:?}, {delay}ms*{factor}<={most}ms -{jitter}%)", retry.attempts));
    }
    if !task.tags.is_empty() {
        out.push(format!("tags{:?}", task.tags));
    }
    if task.timeout_ms != Some(STEP_TIMEOUT_MS) {
        out.push(format!("timeout={:?}", task.timeout_ms));
    }
    out.join(" ")
}
