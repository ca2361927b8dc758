//! What a live display shows at one moment: what runs, for how long, how much is left.
//!
//! A pure function of the story, the time and what earlier runs took. The caller draws the lines over the ones
//! before, and prints what [`plain`](crate::plain) says above them.
//!
//! **Absent on purpose:** moving a cursor, frames per second, the clock.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::id::{Name, Timestamp};
use dod_kernel::workflow::Kind;

use crate::look::{Look, Paint, clean};
use crate::story::{Phase, Step, Story, since};
use crate::summary::{label, pad};
use crate::{time, words};

/// Lines of running steps; more are counted.
pub const LINES_MAX: usize = 8;

/// How long steps took in earlier runs, by name, in milliseconds.
pub type Estimates = BTreeMap<Name, u64>;

/// The lines to draw now, the last of which counts the run. Empty for a run that has not begun or has ended.
pub fn lines(story: &Story, now: Timestamp, estimates: &Estimates, look: Look) -> Vec<String> {
    let Some(began) = story.started_at().filter(|_| story.finished.is_none()) else { return Vec::new() };
    let open: Vec<&Step> = story.open().filter(|step| story.is_shown(step)).collect();
    let live = |step: &&&Step| {
        !matches!(step.phase, Phase::Ready | Phase::Entered | Phase::Settled) && !is_call(story, step)
    };
    let mut live: Vec<&Step> = open.iter().filter(live).copied().collect();
    // Those that have run longest are what one waits for.
    live.sort_by_key(|step| (rank(step), step.id));
    let names = live.iter().take(LINES_MAX).map(|step| label(step).chars().count()).max().unwrap_or(0);
    let mut lines: Vec<String> = live
        .iter()
        .take(LINES_MAX)
        .map(|step| line(story, step, now, estimates, look, names.min(32)))
        .collect();
    if live.len() > LINES_MAX {
        lines.push(look.cut(&format!("  and {} more", live.len() - LINES_MAX)));
    }
    let left = left_ms(story, &open, now, estimates);
    lines.push(total(story, &open, since(began, now), left, look));
    lines.iter().map(|line| clean(line, look.color)).collect()
}

fn is_call(story: &Story, step: &Step) -> bool {
    story.node(step).is_some_and(|node| matches!(node.kind, Kind::Call(_)))
}

/// Running before the rest, earliest first.
fn rank(step: &Step) -> (u8, i64) {
    match step.phase {
        Phase::Running(at) => (0, at.0),
        Phase::Backoff(due) => (1, due.0),
        Phase::Waiting(due) => (2, due.map_or(i64::MAX, |due| due.0)),
        _ => (3, 0),
    }
}

fn line(
    story: &Story,
    step: &Step,
    now: Timestamp,
    estimates: &Estimates,
    look: Look,
    width: usize,
) -> String {
    let about = match step.phase {
        Phase::Running(at) => {
            let runs = time::duration(since(at, now));
            match estimates.get(&step.name) {
                Some(usual) => format!("{runs} of about {}", time::duration(*usual)),
                None => runs,
            }
        }
        Phase::Backoff(due) => format!("again in {}", time::duration(since(now, due))),
        _ => words::waits_for(story, step),
    };
    let rest = format!("{}  {about}", pad(&label(step), width));
    let narrow = Look { width: look.width.map(|width| width.saturating_sub(10)), ..look };
    format!("{} {}", look.standing(step.standing(), 9), narrow.cut(rest.trim_end()))
}

/// The line that counts: `12 of 20 settled, 1 failed, 2 running, 5 to go, 1m 02s, about 30s left`.
fn total(story: &Story, open: &[&Step], ran_ms: u64, left_ms: Option<u64>, look: Look) -> String {
    let counts = story.step_counts();
    let running = open.iter().filter(|step| matches!(step.phase, Phase::Running(_))).count();
    let waiting = story.waiting().count();
    let mut parts = vec![format!("{} of {} settled", counts.settled(), story.steps_planned())];
    let numbers = [
        (counts.failed, "failed"),
        (counts.undecided, "undecided"),
        (running as u64, "running"),
        (waiting as u64, "waiting"),
    ];
    parts.extend(
        numbers.iter().filter(|(number, _)| *number > 0).map(|(number, word)| format!("{number} {word}")),
    );
    parts.push(time::duration(ran_ms));
    parts.extend(left_ms.map(|ms| format!("about {} left", time::duration(ms))));
    if let Some(why) = &story.stopping {
        parts.push(format!("stopping: {}", words::stop(why)));
    }
    look.paint(Paint::Strong, &look.cut(&parts.join(look.dot())))
}

/// How long the longest chain of what is left takes, as far as earlier runs tell; `None` where one of its steps
/// has never been seen, since a guess would be worse than nothing.
///
/// Only for runs whose graph is settled edge by edge, and looks at each of its edges once.
fn left_ms(story: &Story, open: &[&Step], now: Timestamp, estimates: &Estimates) -> Option<u64> {
    let workflow = &story.workflow;
    if estimates.is_empty()
        || workflow.nodes().len() > ESTIMATED_NODES_MAX
        || story.steps.len() > ESTIMATED_NODES_MAX
    {
        return None;
    }
    let settled: BTreeSet<&Name> =
        story.steps.iter().filter(|step| step.settled.is_some()).map(|step| &step.name).collect();
    let running: BTreeMap<&Name, u64> = open
        .iter()
        .filter_map(|step| match step.phase {
            Phase::Running(at) => Some((&step.name, since(at, now))),
            _ => None,
        })
        .collect();
    let mut unmet: Vec<usize> = Vec::new();
    let mut ends: Vec<u64> = Vec::new();
    let nodes: Vec<_> = workflow.nodes_of(dod_kernel::id::BodyId(0)).collect();
    for id in &nodes {
        unmet.push(workflow.incoming(*id).len());
        ends.push(0);
    }
    let first = nodes.first()?.index();
    let mut work: Vec<_> = nodes.iter().filter(|id| workflow.incoming(**id).is_empty()).copied().collect();
    let (mut longest, mut seen) = (0, 0);
    while let Some(id) = work.pop() {
        seen += 1;
        let node = workflow.node(id);
        let own = match (&node.kind, settled.contains(&node.name)) {
            (_, true) | (Kind::Pass | Kind::Judge(_), _) => 0,
            (Kind::Task(_), _) => {
                let usual = *estimates.get(&node.name)?;
                usual.saturating_sub(running.get(&node.name).copied().unwrap_or(0))
            }
            _ => return None,
        };
        let end = ends[id.index() - first] + own;
        longest = longest.max(end);
        for edge in workflow.outgoing(id) {
            let to = workflow.edge(*edge).to;
            let at = to.index() - first;
            ends[at] = ends[at].max(end);
            unmet[at] -= 1;
            if unmet[at] == 0 {
                work.push(to);
            }
        }
    }
    // A cycle (tokens) is never worked off.
    (seen == nodes.len()).then_some(longest)
}

/// Larger workflows are not estimated: the display is drawn many times a second.
const ESTIMATED_NODES_MAX: usize = 5_000;
