//! The steps of a plan: in which order, with which command, and whether they would run.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use dod_host::drive::missing_program;
use dod_kernel::ask::{Answer, Ask};
use dod_kernel::id::{BodyId, Name, NodeId};
use dod_kernel::policy::RunFacts;
use dod_kernel::value::Value;
use dod_kernel::workflow::{Discipline, Host, Kind, Node, Program, Task, When, Workflow};
use dod_views::{Look, Paint};

use crate::blame::CommandError;
use crate::commands::validate::SelectArgs;
use crate::governed::Loaded;
use crate::launch::Selection;

/// Columns that a name takes where it is short enough.
const NAME_WIDTH: usize = 14;

/// A step as it would go.
pub(super) struct Planned {
    pub(super) name: Name,
    /// What it is to a policy.
    kind: Option<Name>,
    /// The entry of the catalogue it was made from.
    uses: Option<Name>,
    /// What it does, as one would type it.
    does: String,
    /// The folder it works in; empty for the root.
    cwd: Name,
    pub(super) needs: Vec<Need>,
    /// Its own condition.
    condition: Option<Name>,
    pub(super) will: Will,
    /// How long it took the last time.
    pub(super) estimate_ms: Option<u64>,
}

/// What a step needs before it.
pub(super) struct Need {
    pub(super) step: Name,
    /// `ok`, `failed` or `any`.
    when: &'static str,
}

/// Whether a step would run.
pub(super) enum Will {
    /// Yes.
    Run,
    /// It would be tried, and its tool is not here.
    Missing { program: Name, cure: Option<Name> },
    /// Its condition asks for what is not known yet, or it is for the case that another step fails.
    Depends(String),
    /// A flag leaves it out.
    LeftOut(String),
    /// Its condition is false.
    Not,
    /// Its condition cannot be evaluated.
    Wrong(Name),
}

/// What a step is to a policy.
pub(super) fn kind(node: &Node) -> Option<&Name> {
    match &node.kind {
        Kind::Task(task) => task.gate.as_ref().map(|gate| &gate.kind),
        _ => None,
    }
}

/// All steps in an order in which they could run one by one.
pub(super) fn planned(
    loaded: &Loaded,
    select: &SelectArgs,
    facts: &BTreeMap<Name, Value>,
    estimates: &BTreeMap<Name, u64>,
    ask: &dyn Ask,
    root: &Path,
) -> Result<Vec<Planned>, CommandError> {
    let workflow = &*loaded.workflow;
    let left_out = left_out(workflow, select, root)?;
    let outputs = BTreeMap::new();
    let facts = RunFacts::new(facts, &outputs, loaded.changed.as_deref());
    let shown = |id: &NodeId| !matches!(workflow.node(*id).kind, Kind::Pass);
    let one = |id: NodeId| {
        let node = workflow.node(id);
        let needs = needs(workflow, id);
        let answer = node.condition.as_ref().map(|condition| ask.evaluate(condition, &facts));
        let unknown = match &answer {
            Some(Answer::Unknown(names)) => names.iter().map(|name| format!("`{name}`")).collect(),
            _ => Vec::new(),
        };
        let asked = answer.map(Answer::truth);
        let will = match (left_out.get(&node.name), asked) {
            (Some(flag), _) => Will::LeftOut(flag.clone()),
            (None, Some(Ok(Some(false)))) => Will::Not,
            (None, Some(Err(wrong))) => Will::Wrong(wrong.message),
            (None, Some(Ok(None))) => {
                Will::Depends(format!("it rests on {}, not known before the run", unknown.join(" and ")))
            }
            (None, _) => missing(node, root).or_else(|| if_failed(&needs)).unwrap_or(Will::Run),
        };
        let (gate, cwd) = match &node.kind {
            Kind::Task(task) => (task.gate.as_ref(), task.action.cwd.clone()),
            _ => (None, Name::default()),
        };
        Planned {
            name: node.name.clone(),
            kind: gate.map(|gate| gate.kind.clone()),
            uses: gate.and_then(|gate| gate.uses.clone()),
            does: does(workflow, node),
            cwd,
            needs,
            condition: node.condition.as_ref().map(|condition| condition.text.clone()),
            will,
            estimate_ms: estimates.get(&node.name).copied(),
        }
    };
    Ok(ordered(workflow).into_iter().filter(shown).map(one).collect())
}

/// Steps that flags leave out, each with the flag.
fn left_out(
    workflow: &Workflow,
    select: &SelectArgs,
    root: &Path,
) -> Result<BTreeMap<Name, String>, CommandError> {
    let SelectArgs { only, skip, tag, local } = select;
    let of = |selection: Selection<'_>| selection.left_out(workflow, root);
    let none: &[String] = &[];
    let mut found = BTreeMap::new();
    for word in skip {
        let skip = std::slice::from_ref(word);
        for name in of(Selection { only: none, skip, tags: none, local: false })? {
            found.entry(name).or_insert_with(|| format!("--skip {word}"));
        }
    }
    if !only.is_empty() || !tag.is_empty() {
        let words = only.iter().map(|word| format!("--only {word}"));
        let words: Vec<String> = words.chain(tag.iter().map(|word| format!("--tag {word}"))).collect();
        for name in of(Selection { only, skip: none, tags: tag, local: false })? {
            found.entry(name).or_insert_with(|| words.join(" "));
        }
    }
    if *local {
        for name in of(Selection { only, skip, tags: tag, local: true })? {
            found.entry(name).or_insert_with(|| "--local: its tool is missing here".to_owned());
        }
    }
    Ok(found)
}

fn missing(node: &Node, root: &Path) -> Option<Will> {
    let Kind::Task(task) = &node.kind else { return None };
    let program = missing_program(root, task)?;
    Some(Will::Missing { program, cure: task.action.install.clone() })
}

fn if_failed(needs: &[Need]) -> Option<Will> {
    let failed: Vec<String> =
        needs.iter().filter(|need| need.when == "failed").map(|need| format!("`{}`", need.step)).collect();
    (!failed.is_empty()).then(|| Will::Depends(format!("only if {} fails", failed.join(" and "))))
}

fn needs(workflow: &Workflow, id: NodeId) -> Vec<Need> {
    if workflow.body(workflow.body_of(id)).discipline == Discipline::Tokens {
        return comes_from(workflow, id);
    }
    let one = |edge: &dod_kernel::id::EdgeId| {
        let edge = workflow.edge(*edge);
        let when = match edge.when {
            When::Failed => "failed",
            When::Any => "any",
            _ => "ok",
        };
        Need { step: workflow.node(edge.from).name.clone(), when }
    };
    workflow.incoming(id).iter().map(one).collect()
}

/// What tokens come from: the steps before it, through gateways and events that do nothing; the host of what stands beside
/// one.
fn comes_from(workflow: &Workflow, id: NodeId) -> Vec<Need> {
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::from([id]);
    let mut work = vec![id];
    while let Some(node) = work.pop() {
        if let Kind::Catch(catch) = &workflow.node(node).kind
            && let Some(Host::Node(host)) = catch.host
        {
            found.insert(host);
        }
        for edge in workflow.incoming(node) {
            let from = workflow.edge(*edge).from;
            if !matches!(workflow.node(from).kind, Kind::Pass) {
                found.insert(from);
            } else if seen.insert(from) {
                work.push(from);
            }
        }
    }
    found.into_iter().map(|node| Need { step: workflow.node(node).name.clone(), when: "ok" }).collect()
}

/// Nodes in an order in which they could run, those of a called workflow right behind their call.
fn ordered(workflow: &Workflow) -> Vec<NodeId> {
    let bodies = (0u32..).take(workflow.bodies().len()).map(BodyId);
    let mut bodies: Vec<Option<Vec<NodeId>>> =
        bodies.map(|body| Some(ordered_body(workflow, body))).collect();
    let mut order = Vec::with_capacity(workflow.nodes().len());
    let mut open: Vec<_> = bodies.iter_mut().take(1).filter_map(Option::take).map(Vec::into_iter).collect();
    while let Some(body) = open.last_mut() {
        let Some(id) = body.next() else {
            open.pop();
            continue;
        };
        order.push(id);
        let called = match &workflow.node(id).kind {
            Kind::Call(body) => Some(*body),
            Kind::Repeat(repeat) => Some(repeat.body),
            _ => None,
        };
        if let Some(called) = called
            && let Some(inner) = bodies.get_mut(called.index()).and_then(Option::take)
        {
            open.push(inner.into_iter());
        }
    }
    order
}

/// The nodes of one graph, each behind those it needs; where tokens go in circles, as they were written.
fn ordered_body(workflow: &Workflow, body: BodyId) -> Vec<NodeId> {
    let mut open: BTreeMap<NodeId, usize> =
        workflow.nodes_of(body).map(|id| (id, workflow.incoming(id).len())).collect();
    let mut ready: BTreeSet<NodeId> =
        open.iter().filter(|(_, count)| **count == 0).map(|(id, _)| *id).collect();
    let mut order = Vec::with_capacity(open.len());
    while let Some(id) = ready.pop_first() {
        open.remove(&id);
        order.push(id);
        for edge in workflow.outgoing(id) {
            let to = workflow.edge(*edge).to;
            if let Some(count) = open.get_mut(&to) {
                *count = count.saturating_sub(1);
                if *count == 0 {
                    ready.insert(to);
                }
            }
        }
    }
    order.extend(open.into_keys());
    order
}

/// What a step does, in one line.
fn does(workflow: &Workflow, node: &Node) -> String {
    match &node.kind {
        Kind::Task(task) => command(task),
        Kind::Approval(approval) => {
            let from: Vec<&str> = approval.from.iter().map(Name::as_str).collect();
            let from = if from.is_empty() { "anybody".to_owned() } else { from.join(" or ") };
            format!("asks for {} of {from}", approval.min.max(1))
        }
        Kind::Call(body) => format!("runs {} steps of another workflow", workflow.body(*body).nodes),
        Kind::Judge(policy) => format!("takes the verdict of {policy}"),
        Kind::Message(message) => format!("waits for the message {}", message.name),
        Kind::Wait(ms) => format!("waits {}", dod_views::time::duration(*ms)),
        Kind::Catch(catch) => format!("waits for {}", dod_views::trigger(&catch.trigger)),
        Kind::Throw(throw) => format!("throws {}", dod_views::throw(throw)),
        Kind::Repeat(repeat) if repeat.parallel => "runs rounds in parallel".to_owned(),
        Kind::Repeat(_) => "runs rounds one by one".to_owned(),
        Kind::Decide(decision) => format!("asks a table of {} rules", decision.rules.len()),
        Kind::Script(_) => "runs a script".to_owned(),
        Kind::Pass => String::new(),
    }
}

fn command(task: &Task) -> String {
    match &task.action.run {
        Program::Argv(words) => words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
        Program::Shell { script, .. } => {
            let mut lines = script.lines().filter(|line| !line.trim().is_empty());
            let first = lines.next().unwrap_or_default().trim().to_owned();
            match lines.count() {
                0 => first,
                more => format!("{first} … and {more} more lines"),
            }
        }
    }
}

/// A word as one would type it into a shell.
fn quoted(word: &str) -> String {
    let plain = |char: char| char.is_ascii_alphanumeric() || "-_./=:,@%+".contains(char);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    format!("'{}'", word.replace('\'', "'\\''"))
}

impl Planned {
    pub(super) fn object(&self) -> serde_json::Value {
        let (state, why) = match &self.will {
            Will::Run => ("run", None),
            Will::Missing { program, .. } => ("missing", Some(format!("`{program}` is missing"))),
            Will::Depends(why) => ("depends", Some(why.clone())),
            Will::LeftOut(flag) => ("left_out", Some(flag.clone())),
            Will::Not => ("not_applicable", Some("its condition is false".to_owned())),
            Will::Wrong(why) => ("undecided", Some(why.to_string())),
        };
        let cure = match &self.will {
            Will::Missing { cure, .. } => cure.clone(),
            _ => None,
        };
        let need = |need: &Need| serde_json::json!({ "step": need.step, "when": need.when });
        serde_json::json!({
            "name": self.name,
            "kind": self.kind,
            "uses": self.uses,
            "does": self.does,
            "cwd": self.cwd,
            "needs": self.needs.iter().map(need).collect::<Vec<_>>(),
            "if": self.condition,
            "state": state,
            "why": why,
            "cure": cure,
            "estimate_ms": self.estimate_ms,
        })
    }

    /// Two or more lines: the step with what it does, then everything that has to be known about it.
    pub(super) fn text(&self, look: Look) -> String {
        let uses = self.uses.as_ref().map(|uses| format!("  ({uses})")).unwrap_or_default();
        let mut text = format!("  {:NAME_WIDTH$} {}{uses}\n", self.name.as_str(), self.does);
        let mut note = |paint: Option<Paint>, words: &str| {
            let words = paint.map_or_else(|| words.to_owned(), |paint| look.paint(paint, words));
            text += &format!("  {:NAME_WIDTH$} - {words}\n", "");
        };
        if !self.cwd.is_empty() {
            note(None, &format!("in {}", self.cwd));
        }
        if !self.needs.is_empty() {
            let needs: Vec<String> = self
                .needs
                .iter()
                .map(|need| match need.when {
                    "ok" => need.step.to_string(),
                    when => format!("{}: {when}", need.step),
                })
                .collect();
            note(None, &format!("needs {}", needs.join(", ")));
        }
        if let Some(condition) = &self.condition {
            note(None, &format!("if {condition}"));
        }
        if let Some(ms) = self.estimate_ms {
            note(None, &format!("took {} the last time", dod_views::time::duration(ms)));
        }
        match &self.will {
            Will::Run => {}
            Will::Missing { program, cure } => {
                let cure = cure.as_ref().map(|cure| format!("; {cure}")).unwrap_or_default();
                note(Some(Paint::Unknown), &format!("`{program}` is missing here: undecided{cure}"));
            }
            Will::Depends(why) => note(None, why),
            Will::LeftOut(flag) => note(Some(Paint::Unknown), &format!("left out by {flag}")),
            Will::Not => note(None, "its condition is false"),
            Will::Wrong(why) => note(Some(Paint::Bad), &format!("its condition cannot be evaluated: {why}")),
        }
        dod_views::clean(&text, look.color)
    }
}
