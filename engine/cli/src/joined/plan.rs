//! The workflow of a joined run: one node for each result of its sources, and nothing that runs.
//!
//! ```text
//!   same step, same result everywhere        one node                                  lint
//!   same step, other results                 a leg for each                            test[os=linux], test[os=macos]
//!   a step that one left out by a flag       the other's result
//!   left out by all                          left out here, too: the scope is partial
//!   skipped because of another step          an edge from that step's node
//!   nobody can say                           a node whose condition is not known: undecided
//! ```
//!
//! Conditions, retries, pools and services belong to the sources, which have decided about them. What a leg is to the
//! policy the kernel says ([`dod_kernel::policy::step_of`]).
//!
//! **Absent on purpose:** files, and trust: whoever calls has replayed the sources.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use dod_host::blob::digest_of;
use dod_host::history::Taken;
use dod_kernel::ask::Expression;
use dod_kernel::id::{Name, NodeId, RunId};
use dod_kernel::policy::step_of;
use dod_kernel::run::AttemptEnded;
use dod_kernel::workflow::{
    Body, Defect, Discipline, Edge, Fork, Join, Kind, Limits, Node, Parts, Task, When, Workflow,
};

/// A condition that is false.
const FALSE: &str = "false";
/// A condition that nobody can answer.
const UNKNOWN: &str = "steps.not_run.state == \"passed\"";
/// What a step that was skipped for no step's sake hangs on.
const NOT_REACHED: &str = "not reached";

/// What became of a step in a source.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Came {
    /// Its last attempt ended like this, and settled it.
    Ended(Box<AttemptEnded>),
    /// It is an approval, a wait or the like that came to a good end.
    Done,
    /// A flag left it out.
    LeftOut,
    /// Its own condition left it out.
    NotApplicable,
    /// It was skipped: because of this step and on this condition, or not reached at all.
    Skipped(Option<(Name, When)>),
    /// It is undecided, or was ended early.
    Unknown,
}

/// A step of a source.
#[derive(Clone, Debug)]
pub(super) struct Step {
    pub(super) name: Name,
    /// `None`: an approval, a wait or the like.
    pub(super) task: Option<Arc<Task>>,
    pub(super) allow_failure: bool,
    pub(super) came: Came,
}

/// A source, as far as it is joined.
#[derive(Clone, Debug)]
pub(super) struct Of {
    pub(super) run: RunId,
    /// Facts that may tell it from others, in the order in which they are tried.
    pub(super) facts: Vec<(&'static str, String)>,
    /// Its steps, in the order of its workflow.
    pub(super) steps: Vec<Step>,
}

/// What the joined run consists of.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) workflow: Workflow,
    pub(super) left_out: Vec<Name>,
    pub(super) reused: BTreeMap<Name, Taken>,
}

/// One result, and the sources that came to it.
struct Result<'s> {
    name: Name,
    step: &'s Step,
    sources: Vec<usize>,
}

/// Plans the joined run. Sources are in an order of their own, not that of the command line.
pub(super) fn plan(name: &Name, sources: &[Of]) -> std::result::Result<Plan, Vec<Defect>> {
    let results = name_results(sources, groups(sources));
    let mut at: BTreeMap<(usize, &Name), usize> = BTreeMap::new();
    for (number, result) in results.iter().enumerate() {
        for source in &result.sources {
            at.insert((*source, &result.step.name), number);
        }
    }
    let (mut nodes, mut edges) = (Vec::new(), Vec::new());
    let (mut left_out, mut reused) = (Vec::new(), BTreeMap::new());
    let number = |at: usize| NodeId(u32::try_from(at).unwrap_or(u32::MAX));
    let not_reached = number(results.len());
    for (to, result) in results.iter().enumerate() {
        let (step, source) = (result.step, result.sources[0]);
        let mut condition = None;
        match &step.came {
            Came::Ended(ended) => {
                let (from, ended) = (sources[source].run.clone(), (**ended).clone());
                reused.insert(result.name.clone(), Taken { from, ended });
            }
            Came::Done => {}
            Came::LeftOut => left_out.push(result.name.clone()),
            Came::NotApplicable => condition = Some(expression(FALSE)),
            Came::Unknown => condition = Some(expression(UNKNOWN)),
            Came::Skipped(because) => {
                let upstream = because.as_ref().and_then(|(name, when)| {
                    let from = *at.get(&(source, name))?;
                    (from != to).then(|| (number(from), when.clone()))
                });
                let (from, when) = upstream.unwrap_or((not_reached, When::Failed));
                edges.push(Edge { from, to: number(to), when });
            }
        }
        let kind = step.task.as_ref().map_or(Kind::Pass, |task| Kind::Task(Arc::new(bare(task))));
        let Step { allow_failure, .. } = *step;
        nodes.push(node(result.name.clone(), kind, allow_failure, condition));
    }
    if edges.iter().any(|edge| edge.from == not_reached) {
        let names: BTreeSet<&Name> = nodes.iter().map(|node: &Node| &node.name).collect();
        let name = unused(NOT_REACHED.into(), |name| names.contains(name));
        nodes.push(node(name, Kind::Pass, false, None));
    }
    let body = Body {
        discipline: Discipline::Settled,
        nodes: u32::try_from(nodes.len()).unwrap_or(u32::MAX),
        nodes_first: NodeId(0),
        ..Body::default()
    };
    let parts = Parts {
        bodies: vec![body],
        edges,
        limits: Limits::default(),
        name: name.clone(),
        nodes,
        pools: Vec::new(),
    };
    Ok(Plan { workflow: Workflow::new(parts)?, left_out, reused })
}

/// The different results of one step, each with the numbers of the sources that have it.
type Group<'s> = Vec<(&'s Step, Vec<usize>)>;

/// Steps by name, those of one step beside each other, in the order in which they are first met; within a name one
/// entry for each result that is not the same.
fn groups(sources: &[Of]) -> Vec<Group<'_>> {
    let mut order: BTreeMap<&str, usize> = BTreeMap::new();
    let mut groups: BTreeMap<(usize, usize), Group<'_>> = BTreeMap::new();
    let mut names: BTreeMap<&Name, (usize, usize)> = BTreeMap::new();
    for (number, source) in sources.iter().enumerate() {
        for step in &source.steps {
            let next = order.len();
            let first = *order.entry(step_of(&step.name).unwrap_or(&step.name)).or_insert(next);
            let next = names.len();
            let key = *names.entry(&step.name).or_insert((first, next));
            let group = groups.entry(key).or_default();
            match group.iter_mut().find(|(known, _)| is_same(known, step)) {
                Some((_, sources)) => sources.push(number),
                None => group.push((step, vec![number])),
            }
        }
    }
    groups.into_values().map(without_those_who_say_nothing).collect()
}

/// Who left a step out, or had none, says nothing where another one has a result.
fn without_those_who_say_nothing(mut group: Group<'_>) -> Group<'_> {
    for silent in [Came::LeftOut, Came::NotApplicable] {
        if group.iter().any(|(step, _)| step.came != silent) {
            group.retain(|(step, _)| step.came != silent);
        }
    }
    group
}

/// Whether two sources have the same to say of a step. What it printed and what it cost is not asked.
fn is_same(one: &Step, other: &Step) -> bool {
    let came = match (&one.came, &other.came) {
        (Came::Ended(one), Came::Ended(other)) => {
            (&one.end, &one.evidence, &one.outputs) == (&other.end, &other.evidence, &other.outputs)
        }
        (one, other) => one == other,
    };
    let task = |step: &Step| step.task.as_ref().map(|task| bare(task));
    came && one.allow_failure == other.allow_failure && task(one) == task(other)
}

/// Names the results: a step alone keeps its name, several become legs.
fn name_results<'s>(sources: &[Of], groups: Vec<Group<'s>>) -> Vec<Result<'s>> {
    let mut taken: BTreeSet<Name> = groups.iter().flatten().map(|(step, _)| step.name.clone()).collect();
    let mut results = Vec::new();
    for group in groups {
        let alone = group.len() == 1;
        let firsts: Vec<usize> = group.iter().map(|(_, sources)| sources[0]).collect();
        let label = labels(sources, &firsts);
        for ((step, of), label) in group.into_iter().zip(label) {
            let name = match alone {
                true => step.name.clone(),
                false => unused(leg(&step.name, &label), |name| taken.contains(name)),
            };
            taken.insert(name.clone());
            results.push(Result { name, step, sources: of });
        }
    }
    results
}

/// What tells these sources from each other: a fact in which all of them differ, else their number.
fn labels(sources: &[Of], of: &[usize]) -> Vec<String> {
    let facts = |at: usize, count: usize| sources[at].facts.get(..count);
    let most = of.iter().map(|at| sources[*at].facts.len()).min().unwrap_or_default();
    for count in 1..=most {
        let told: BTreeSet<_> = of.iter().map(|at| facts(*at, count)).collect();
        if told.len() == of.len() {
            let text = |at: &usize| {
                let facts = sources[*at].facts[..count].iter();
                facts.map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join(",")
            };
            return of.iter().map(text).collect();
        }
    }
    of.iter().map(|at| format!("job={}", at + 1)).collect()
}

/// `test` and `os=linux` are `test[os=linux]`; `test[py=3]` is `test[py=3,os=linux]`.
fn leg(name: &Name, label: &str) -> Name {
    let text = match (step_of(name), name.strip_suffix(']')) {
        (Some(_), Some(open)) => format!("{open},{label}]"),
        _ => format!("{name}[{label}]"),
    };
    text.as_str().into()
}

/// A name that no other node has.
fn unused(wanted: Name, is_taken: impl Fn(&Name) -> bool) -> Name {
    if !is_taken(&wanted) {
        return wanted;
    }
    let more = (2u32..).map(|count| match wanted.strip_suffix(']') {
        Some(open) => Name::from(format!("{open},again={count}]").as_str()),
        None => Name::from(format!("{wanted} {count}").as_str()),
    });
    more.into_iter().find(|name| !is_taken(name)).unwrap_or(wanted)
}

/// A task as far as its result is judged by it: nothing of it runs.
fn bare(task: &Task) -> Task {
    let mut bare = task.clone();
    (bare.idempotent, bare.pool, bare.probe, bare.retry, bare.timeout_ms) = (true, None, None, None, None);
    bare.action.env.clear();
    bare.action.secrets.clear();
    bare
}

fn node(name: Name, kind: Kind, allow_failure: bool, condition: Option<Arc<Expression>>) -> Node {
    Node {
        allow_failure,
        condition,
        element: None,
        fork: Fork::default(),
        join: Join::Settled,
        kind,
        name,
        priority: 0,
    }
}

fn expression(text: &str) -> Arc<Expression> {
    Arc::new(Expression { digest: digest_of(text.as_bytes()), text: text.into() })
}
