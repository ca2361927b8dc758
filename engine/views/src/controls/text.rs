//! The control matrix as Markdown and as CSV.
//!
//! Sources: CommonMark and GitHub's tables; RFC 4180. A cell that a spreadsheet would take for a formula begins with
//! an apostrophe (OWASP, CSV injection).
//!
//! **Absent on purpose:** choosing what is in it.

use std::fmt::Write as _;

use super::{CheckObject, ControlsObject, RequirementObject};
use crate::csv::row;
use crate::look::clean_line;
use crate::story::Standing;

/// The columns of the CSV, in their order.
const COLUMNS: &[&str] = &[
    "framework",
    "requirement",
    "title",
    "state",
    "check",
    "name",
    "gate",
    "check_state",
    "evidence",
    "event",
    "run",
    "recorded_in",
];

/// One line for each check, and one for each requirement without any.
pub fn csv(object: &ControlsObject) -> String {
    let mut text = row(COLUMNS.iter().map(|column| (*column).to_owned()));
    for requirement in &object.requirements {
        let (framework, id) = requirement.id.split_once('/').unwrap_or((&requirement.id, ""));
        let head = [framework, id, &requirement.title, &spaced(requirement.state)].map(str::to_owned);
        if requirement.checks.is_empty() {
            let rest =
                [String::new(), String::new(), String::new(), String::new(), String::new(), String::new()];
            let tail = [object.run.to_string(), String::new()];
            text += &row(head.iter().cloned().chain(rest).chain(tail));
        }
        for check in &requirement.checks {
            let cells = [
                check.kind.to_owned(),
                check.name.to_string(),
                check.gate.as_ref().map(ToString::to_string).unwrap_or_default(),
                Standing::from(check.state).word().to_owned(),
                check.evidence.map(|digest| digest.to_string()).unwrap_or_default(),
                check.seq.map(|seq| seq.to_string()).unwrap_or_default(),
                object.run.to_string(),
                check.rests_on.as_ref().map(ToString::to_string).unwrap_or_default(),
            ];
            text += &row(head.iter().cloned().chain(cells));
        }
    }
    text
}

/// A table for each framework.
pub fn markdown(object: &ControlsObject) -> String {
    let mut text = "# Control matrix\n\n".to_owned();
    let _ = writeln!(text, "{}\n", object.note);
    let _ = writeln!(text, "- run: `{}`", object.run);
    if let Some(commit) = &object.commit {
        let _ = writeln!(text, "- commit: `{}`", clean_line(commit));
    }
    if let Some(policy) = &object.policy {
        let _ = writeln!(text, "- policy: `{}`", clean_line(policy));
    }
    let _ = writeln!(text, "- verdict: {}", cell(&object.headline));
    let _ = writeln!(
        text,
        "- event N is line N + 1 of the run's `events.jsonl`; `dod explain` tells more of a gate or rule"
    );
    let mut last = "";
    for requirement in &object.requirements {
        if requirement.framework() != last {
            last = requirement.framework();
            heading(object, last, &mut text);
        }
        line(requirement, &mut text);
    }
    if !object.packs.is_empty() {
        text.push_str("\n## What says which check supports what\n\n");
    }
    for pack in &object.packs {
        let _ =
            writeln!(text, "- `{}`: {}, {}", clean_line(&pack.framework), cell(&pack.source), pack.digest);
    }
    text
}

fn heading(object: &ControlsObject, framework: &str, text: &mut String) {
    let pack = object.packs.iter().find(|pack| &*pack.framework == framework);
    let title = pack.map_or_else(|| clean_line(framework), |pack| clean_line(&pack.title));
    let version =
        pack.and_then(|pack| pack.version.as_ref()).map(|version| format!(" {}", clean_line(version)));
    let _ = writeln!(text, "\n## {}{}\n", cell(&title), version.unwrap_or_default());
    text.push_str("| requirement | about | state | checks | evidence | event |\n|---|---|---|---|---|---|\n");
}

fn line(requirement: &RequirementObject, text: &mut String) {
    let checks: Vec<String> = requirement.checks.iter().map(told).collect();
    let checks = if checks.is_empty() { "no check of this run".to_owned() } else { checks.join("<br>") };
    let evidence: Vec<String> = requirement.checks.iter().map(evidence).collect();
    let events =
        requirement.checks.iter().map(|check| check.seq.map_or("-".to_owned(), |seq| seq.to_string()));
    let _ = writeln!(
        text,
        "| {} | {} | {} | {checks} | {} | {} |",
        cell(&requirement.id),
        cell(&requirement.title),
        spaced(requirement.state),
        evidence.join("<br>"),
        events.collect::<Vec<_>>().join("<br>"),
    );
}

fn told(check: &CheckObject) -> String {
    let state = Standing::from(check.state).word();
    let name = cell(&check.name);
    let gate = check.gate.as_ref().map(|gate| cell(gate));
    let text = match (check.kind, gate) {
        ("rule", Some(gate)) => format!("rule {name} at {gate}: {state}"),
        ("run", Some(gate)) => format!("{name} ({gate}): {state}"),
        ("run", None) => format!("{name}: {state}"),
        (kind, _) => format!("{kind} {name}: {state}"),
    };
    match &check.rests_on {
        Some(run) => format!("{text} in run {}", cell(run)),
        None => text,
    }
}

fn evidence(check: &CheckObject) -> String {
    check.evidence.map_or("-".to_owned(), |digest| format!("`{digest}`"))
}

fn spaced(state: &str) -> String {
    state.replace('_', " ")
}

/// Text that cannot end a cell, begin a heading or be a tag.
fn cell(text: &str) -> String {
    let mut cell = String::new();
    for char in clean_line(text).chars() {
        match char {
            '|' | '\\' | '`' | '*' | '_' | '[' | ']' => cell.extend(['\\', char]),
            '<' => cell.push_str("&lt;"),
            '>' => cell.push_str("&gt;"),
            '&' => cell.push_str("&amp;"),
            other => cell.push(other),
        }
    }
    cell
}
