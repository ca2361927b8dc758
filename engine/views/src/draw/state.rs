//! What a run says about each shape: how it stands, what is active there, how long it took.
//!
//! **Absent on purpose:** colors and symbols.

use std::collections::BTreeMap;

use dod_kernel::id::NodeId;
use dod_kernel::workflow::{Host, Kind};

use crate::draw::{Form, Shape};
use crate::story::{Standing, Step, Story};
use crate::time;

/// What a run says about a shape.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Told {
    /// How it stands; absent where nothing has come here.
    pub(super) standing: Option<Standing>,
    /// A token ended here because nothing could go on, or waits here for what cannot come.
    pub(super) halted: bool,
    /// How many tokens are here: activations that are active or wait.
    pub(super) tokens: usize,
    /// For the shape itself: time, attempts, rounds.
    pub(super) line: String,
    /// The same in a sentence.
    pub(super) words: String,
}

/// Activations by node, in the order of the story.
pub(super) struct Run<'a> {
    story: &'a Story,
    steps: BTreeMap<NodeId, Vec<&'a Step>>,
}

impl<'a> Run<'a> {
    pub(super) fn new(story: &'a Story) -> Self {
        let mut steps: BTreeMap<NodeId, Vec<&'a Step>> = BTreeMap::new();
        for step in &story.steps {
            steps.entry(step.id.node).or_default().push(step);
        }
        Self { story, steps }
    }

    /// What happened at a shape.
    pub(super) fn of(&self, shape: &Shape) -> Told {
        let all = |id: &NodeId| self.steps.get(id).map_or(&[][..], Vec::as_slice);
        let Some(outer) = shape.nodes.iter().map(&all).find(|steps| !steps.is_empty()) else {
            return Told::default();
        };
        // Of rounds, the last node is what is repeated.
        let inner = shape.nodes.iter().rev().map(all).find(|steps| !steps.is_empty()).unwrap_or(outer);
        let beside: Vec<&Step> = outer.iter().copied().filter(|step| !self.is_armed(step)).collect();
        let Some(shown) = beside.iter().max_by_key(|step| (step.settled.is_none(), step.id)) else {
            return Told::default();
        };
        let names = |name: &&dod_kernel::id::Name| **name == shown.name;
        let halted = self.story.stuck.iter().any(|name| names(&name))
            || self.story.incidents.iter().any(|incident| names(&&incident.step));
        let tokens = if matches!(shape.form, Form::SubProcess { open: true, .. }) {
            0
        } else {
            inner.iter().filter(|step| step.settled.is_none() && !self.is_armed(step)).count()
        };
        let times = shape.nodes.iter().filter_map(|node| self.story.activations.get(node)).max();
        let line = self.line(shown, times.copied().unwrap_or(1), shape.form);
        let mut words = shown.standing().word().to_owned();
        for part in [line.as_str(), if halted { "could not go on" } else { "" }] {
            if !part.is_empty() {
                words.push_str(", ");
                words.push_str(part);
            }
        }
        Told { standing: Some(shown.standing()), halted, tokens, line, words }
    }

    /// A catch on a border or of a whole scope that nothing has triggered.
    fn is_armed(&self, step: &Step) -> bool {
        let Some(node) = self.story.node(step) else { return false };
        let beside = matches!(&node.kind, Kind::Catch(catch) if matches!(catch.host, Some(Host::Node(_) | Host::Scope)));
        beside && !matches!(step.settled.as_ref().map(|_| step.standing()), Some(Standing::Passed))
    }

    fn line(&self, step: &Step, times: u64, form: Form) -> String {
        let mut parts = Vec::new();
        let ms = step.duration_ms().or_else(|| {
            let from = step.started_at().unwrap_or(step.since);
            let open = step.settled.is_none() && self.story.last_at > from;
            let ms = u64::try_from(self.story.last_at.0 - from.0).unwrap_or(0);
            // Of what waits, a moment is no news.
            (open && (ms >= 1000 || step.standing() != Standing::Waiting)).then_some(ms)
        });
        let lasts = matches!(form, Form::Task(..) | Form::Call(_) | Form::SubProcess { .. });
        if let Some(ms) = ms.filter(|_| lasts) {
            parts.push(time::duration(ms));
        }
        if step.attempts.len() > 1 {
            parts.push(format!("{} attempts", step.attempts.len()));
        }
        if times > 1 {
            parts.push(format!("{times} times"));
        }
        parts.join(" · ")
    }
}
