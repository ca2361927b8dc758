//! A workflow as a picture in text: Mermaid (`flowchart TD`) and Graphviz.
//!
//! Nodes are called `n0`, `n1`, … by their index, so that the same workflow always gives the same text and no
//! name can end a label early.
//!
//! **Absent on purpose:** layout.

use dod_kernel::id::{BodyId, NodeId};
use dod_kernel::workflow::{Discipline, Fork, Host, Join, Kind, Node, When, Workflow};

use crate::draw::{Form, Stage, Trigger, form, opens};
use crate::look::{clean, clean_line};
use crate::story::{Standing, Story, is_gate, kind_of};

/// Longer conditions are cut in a label.
const LABEL_MAX: usize = 60;

/// Mermaid text; with a story, nodes are classed by how they stand.
pub fn mermaid(workflow: &Workflow, story: Option<&Story>) -> String {
    let mut text = String::from("flowchart TD\n");
    let many = workflow.bodies().len() > 1;
    for (at, body) in (0u32..).map(BodyId).zip(workflow.bodies()) {
        let indent = if many { "    " } else { "  " };
        if many {
            text.push_str(&format!("  subgraph b{} [\"{}\"]\n", at.0, body_label(workflow, at)));
        }
        let first = body.nodes_first.0;
        for id in (first..first + body.nodes).map(NodeId) {
            let node = workflow.node(id);
            let (open, close) = mermaid_shape(workflow, id);
            let label = mermaid_escape(&label(node));
            text.push_str(&format!("{indent}n{}{open}\"{label}\"{close}\n", id.0));
        }
        if many {
            text.push_str("  end\n");
        }
    }
    for edge in workflow.edges() {
        let (from, to) = (edge.from.0, edge.to.0);
        match edge_label(workflow, edge.from, &edge.when) {
            Some(label) => {
                text.push_str(&format!("  n{from} -->|\"{}\"| n{to}\n", mermaid_escape(&label)));
            }
            None => text.push_str(&format!("  n{from} --> n{to}\n")),
        }
    }
    for (id, node) in (0u32..).zip(workflow.nodes()) {
        if let Some(body) = opens(&node.kind) {
            text.push_str(&format!("  n{id} -.-> b{}\n", body.0));
        }
        if let Some(host) = beside(node) {
            text.push_str(&format!("  n{} -.-o n{id}\n", host.0));
        }
    }
    if let Some(story) = story {
        mermaid_states(workflow, story, &mut text);
    }
    clean(&text, false)
}

fn mermaid_states(workflow: &Workflow, story: &Story, text: &mut String) {
    let states = states(workflow, story);
    let mut used: Vec<Standing> = states.iter().flatten().copied().collect();
    used.sort_unstable();
    used.dedup();
    for standing in used {
        let (fill, stroke) = colors(standing);
        text.push_str(&format!("  classDef {} fill:{fill},stroke:{stroke},color:#000\n", standing.key()));
        let of = (0u32..).zip(&states).filter(|(_, found)| **found == Some(standing));
        let names: Vec<String> = of.map(|(id, _)| format!("n{id}")).collect();
        text.push_str(&format!("  class {} {}\n", names.join(","), standing.key()));
    }
}

/// Graphviz text; with a story, nodes are filled by how they stand.
pub fn dot(workflow: &Workflow, story: Option<&Story>) -> String {
    let states = story.map(|story| states(workflow, story)).unwrap_or_default();
    let mut text =
        format!("digraph \"{}\" {{\n  node [style=filled, fillcolor=white];\n", dot_escape(workflow.name()));
    let many = workflow.bodies().len() > 1;
    for (at, body) in (0u32..).map(BodyId).zip(workflow.bodies()) {
        if many {
            let label = dot_escape(&body_label(workflow, at));
            text.push_str(&format!("  subgraph cluster_{} {{\n  label=\"{label}\";\n", at.0));
        }
        let first = body.nodes_first.0;
        for id in (first..first + body.nodes).map(NodeId) {
            let node = workflow.node(id);
            let fill = states.get(id.index()).copied().flatten().map(|standing| colors(standing).0);
            let fill = fill.map(|color| format!(", fillcolor=\"{color}\"")).unwrap_or_default();
            let label = dot_escape(&label(node));
            text.push_str(&format!(
                "  n{} [label=\"{label}\", shape={}{fill}];\n",
                id.0,
                dot_shape(workflow, id)
            ));
        }
        if many {
            text.push_str("  }\n");
        }
    }
    for edge in workflow.edges() {
        let label = edge_label(workflow, edge.from, &edge.when);
        let label = label.map(|label| format!(" [label=\"{}\"]", dot_escape(&label))).unwrap_or_default();
        text.push_str(&format!("  n{} -> n{}{label};\n", edge.from.0, edge.to.0));
    }
    for (id, node) in (0u32..).zip(workflow.nodes()) {
        if let Some(body) = opens(&node.kind) {
            let first = workflow.body(body).nodes_first.0;
            text.push_str(&format!("  n{id} -> n{first} [style=dotted];\n"));
        }
        if let Some(host) = beside(node) {
            text.push_str(&format!("  n{} -> n{id} [style=dotted, arrowhead=odot];\n", host.0));
        }
    }
    text.push_str("}\n");
    clean(&text, false)
}

/// How each node stands, by its index: the last activation counts.
fn states(workflow: &Workflow, story: &Story) -> Vec<Option<Standing>> {
    let mut states = vec![None; workflow.nodes().len()];
    for step in &story.steps {
        if let Some(state) = states.get_mut(step.id.node.index()) {
            *state = Some(step.standing());
        }
    }
    states
}

fn body_label(workflow: &Workflow, id: BodyId) -> String {
    if id.0 == 0 {
        return clean_line(workflow.name());
    }
    let caller = workflow.nodes().iter().find(|node| opens(&node.kind) == Some(id));
    caller.map_or_else(|| format!("graph {}", id.0), |node| clean_line(&node.name))
}

/// What a catch waits beside.
fn beside(node: &Node) -> Option<NodeId> {
    match &node.kind {
        Kind::Catch(catch) => match catch.host? {
            Host::Node(host) => Some(host),
            Host::Scope => None,
        },
        _ => None,
    }
}

/// Whether a node is a bare start or end of tokens.
fn bare_event(workflow: &Workflow, id: NodeId) -> Option<Stage> {
    match form(workflow, id) {
        Form::Event { stage, trigger: Trigger::None, .. } => Some(stage),
        _ => None,
    }
}

/// A node's name, with what it is where the shape does not say.
fn label(node: &Node) -> String {
    let name = clean_line(&node.name);
    let detail = match &node.kind {
        Kind::Approval(approval) => format!("approval of {}", approval.min.max(1)),
        Kind::Judge(policy) => format!("judge {}", clean_line(policy)),
        Kind::Message(message) => format!("message {}", clean_line(&message.name)),
        Kind::Wait(ms) => format!("wait {}", crate::time::duration(*ms)),
        Kind::Task(_) => match kind_of(node).filter(|kind| **kind != node.name) {
            Some(kind) => clean_line(kind),
            None => String::new(),
        },
        Kind::Pass => match (node.join, node.fork) {
            (Join::AtLeast { passed, .. }, _) => format!("at least {passed}"),
            (Join::All, _) => "all".to_owned(),
            (Join::Inclusive, _) | (_, Fork::Inclusive) => "inclusive".to_owned(),
            (_, Fork::Event) => "first event".to_owned(),
            (_, Fork::Exclusive) => "exclusive".to_owned(),
            _ => String::new(),
        },
        Kind::Catch(catch) => crate::words::trigger(&catch.trigger),
        Kind::Throw(throw) => crate::words::throw(throw),
        Kind::Repeat(repeat) => if repeat.parallel { "in parallel" } else { "one by one" }.to_owned(),
        Kind::Decide(_) => "decision".to_owned(),
        Kind::Script(_) => "script".to_owned(),
        Kind::Call(_) => String::new(),
    };
    let mut label = if detail.is_empty() { name } else { format!("{name} ({detail})") };
    if let Some(condition) = &node.condition {
        label.push_str(&format!(" if {}", cut(&condition.text)));
    }
    label
}

fn edge_label(workflow: &Workflow, from: NodeId, when: &When) -> Option<String> {
    let tokens = workflow.body(workflow.body_of(from)).discipline == Discipline::Tokens;
    match when {
        When::Any if tokens => None,
        When::Any => Some("any".to_owned()),
        When::Default => Some("default".to_owned()),
        When::Failed => Some("failed".to_owned()),
        When::If(condition) => Some(cut(&condition.text)),
        When::Ok => None,
    }
}

fn cut(text: &str) -> String {
    let line = clean_line(text);
    if line.chars().count() <= LABEL_MAX {
        return line;
    }
    line.chars().take(LABEL_MAX - 3).chain("...".chars()).collect()
}

fn mermaid_shape(workflow: &Workflow, id: NodeId) -> (&'static str, &'static str) {
    let node = workflow.node(id);
    match &node.kind {
        Kind::Pass if bare_event(workflow, id) == Some(Stage::End) => ("(((", ")))"),
        Kind::Pass if bare_event(workflow, id).is_some() => ("((", "))"),
        Kind::Approval(_) => ("[/", "/]"),
        Kind::Call(_) | Kind::Repeat(_) => ("[[", "]]"),
        Kind::Catch(_) | Kind::Throw(_) => ("((", "))"),
        Kind::Decide(_) | Kind::Script(_) => ("[", "]"),
        Kind::Judge(_) => ("{{", "}}"),
        Kind::Message(_) => (">", "]"),
        Kind::Pass => ("{", "}"),
        Kind::Task(_) if is_gate(node) => ("([", "])"),
        Kind::Task(_) => ("[", "]"),
        Kind::Wait(_) => ("((", "))"),
    }
}

fn dot_shape(workflow: &Workflow, id: NodeId) -> &'static str {
    let node = workflow.node(id);
    match &node.kind {
        Kind::Pass if bare_event(workflow, id) == Some(Stage::End) => "doublecircle",
        Kind::Pass if bare_event(workflow, id).is_some() => "circle",
        Kind::Approval(_) => "parallelogram",
        Kind::Call(_) | Kind::Repeat(_) => "box3d",
        Kind::Catch(_) | Kind::Throw(_) => "circle",
        Kind::Decide(_) | Kind::Script(_) => "box",
        Kind::Judge(_) => "hexagon",
        Kind::Message(_) => "cds",
        Kind::Pass => "diamond",
        Kind::Task(_) if is_gate(node) => "oval",
        Kind::Task(_) => "box",
        Kind::Wait(_) => "circle",
    }
}

fn colors(standing: Standing) -> (&'static str, &'static str) {
    match standing {
        Standing::Passed => ("#c8e6c9", "#2e7d32"),
        Standing::Failed => ("#ffcdd2", "#c62828"),
        Standing::Undecided | Standing::Waived | Standing::Held => ("#fff3c4", "#f9a825"),
        Standing::Skipped | Standing::NotApplicable => ("#eeeeee", "#9e9e9e"),
        Standing::Ready | Standing::Running | Standing::Retrying | Standing::Waiting => {
            ("#bbdefb", "#1565c0")
        }
    }
}

/// Mermaid reads entities in quoted labels: `#` and a name or number, then `;`. Everything that means something
/// to Mermaid, Markdown or HTML is written as one.
fn mermaid_escape(text: &str) -> String {
    let mut escaped = String::new();
    for char in text.chars() {
        match char {
            '"' | '#' | '<' | '>' | '&' | '`' | '*' | '_' | '\\' | '|' | ';' | '[' | ']' | '{' | '}' => {
                escaped.push_str(&format!("#{};", u32::from(char)));
            }
            other => escaped.push(other),
        }
    }
    escaped
}

/// In a quoted id of the DOT language only `"` needs an escape; a label also knows `\n` and others, so `\`
/// does too.
fn dot_escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"")
}
