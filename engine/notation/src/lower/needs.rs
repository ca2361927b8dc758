//! `needs`, `of` and `services` → edges.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::id::NodeId;
use dod_kernel::workflow::{Edge, When};

use super::Lowering;
use super::text::Context;
use crate::diagnose::{Diagnostic, Span, codes};
use crate::draft::{Action, Need, Wanted, Word};

/// How many edges are followed in one body to see whether outputs are read in time.
const ANCESTORS_MAX: usize = 20_000_000;

/// An output that is read, to be checked once all edges are there.
#[derive(Debug)]
pub(super) struct Reading {
    pub(super) reader: NodeId,
    pub(super) from: Vec<NodeId>,
    pub(super) span: Span,
    pub(super) step: String,
}

impl Lowering<'_> {
    /// The edges into one node. Returns how many there are, `None` where a name is wrong and some are missing.
    pub(super) fn edges(&mut self, context: &Context<'_>, to: NodeId) -> Option<usize> {
        let step = context.step;
        let mut from: BTreeMap<NodeId, Span> = BTreeMap::new();
        let (before, errors) = (self.parts.edges.len(), self.problems.errors());
        let of = match &step.action {
            Some(Action::Any { of, .. }) => of.as_slice(),
            _ => &[],
        };
        let needed = |word: &Word| Need { step: word.clone(), when: Wanted::Ok };
        let of: Vec<Need> = of.iter().map(needed).collect();
        for need in step.needs.iter().chain(&of) {
            self.need(context, need, to, &mut from);
        }
        for word in &step.services {
            self.service(context, word, to, &mut from);
        }
        let sound =
            self.problems.errors() == errors && !context.unit.is_incomplete && self.missing.is_empty();
        sound.then(|| self.parts.edges.len() - before)
    }

    fn need(&mut self, context: &Context<'_>, need: &Need, to: NodeId, from: &mut BTreeMap<NodeId, Span>) {
        let named_by = format!("step `{}` needs", &**context.step.name);
        let from_unit = context.slot().unit;
        let found = self.resolve(context.units, context.names, from_unit, &need.step, &named_by);
        let Some(found) = found else {
            return;
        };
        let name = &**need.step;
        if found.contains(&to) {
            let message = format!("step `{}` needs itself", &**context.step.name);
            self.problems.push(Diagnostic::error(codes::NEEDS_ITSELF, need.step.span, message));
            return;
        }
        if need.when == Wanted::Failed && found.len() > 1 {
            let message = format!("`{name}` has {} legs, and `failed` asks one", found.len());
            let error = Diagnostic::error(codes::FAILED_OF_MANY, need.step.span, message);
            self.problems.push(error.hint("name one leg, like `test[os=linux]`"));
            return;
        }
        let when = match need.when {
            Wanted::Any => When::Any,
            Wanted::Failed => When::Failed,
            Wanted::Ok => When::Ok,
        };
        self.connect(context, &found, to, &when, need.step.span, from);
    }

    fn service(&mut self, context: &Context<'_>, word: &Word, to: NodeId, from: &mut BTreeMap<NodeId, Span>) {
        let full = format!("{}{}", context.unit.prefix, &***word);
        let slot = context.names.by_name.get(&full).map(|slot| &context.names.slots[*slot]);
        if let Some(slot) = slot.filter(|slot| slot.is_service) {
            self.connect(context, &[slot.first], to, &When::Ok, word.span, from);
            return;
        }
        let message = format!("service `{}` is not declared", &***word);
        let found = Diagnostic::error(codes::UNKNOWN_SERVICE, word.span, message);
        let known = context.unit.sheets.iter().flat_map(|sheet| &sheet.draft.services);
        let known: Vec<&str> = known.map(|service| service.name.as_str()).collect();
        self.problems.push(found.did_you_mean(word, known));
    }

    fn connect(
        &mut self,
        context: &Context<'_>,
        found: &[NodeId],
        to: NodeId,
        when: &When,
        span: Span,
        from: &mut BTreeMap<NodeId, Span>,
    ) {
        for node in found {
            if let Some(first) = from.insert(*node, span) {
                let message = format!("step `{}` needs this twice", &**context.step.name);
                let twice = Diagnostic::error(codes::NEEDED_TWICE, span, message);
                self.problems.push(if first == span {
                    twice
                } else {
                    twice.other(first, "first needed here")
                });
                return;
            }
            if self.parts.edges.len() >= self.bounds.edges {
                self.too_many(context.step, self.bounds.edges, "needs");
                return;
            }
            self.parts.edges.push(Edge { from: *node, to, when: when.clone() });
        }
    }

    /// Every step whose output is read must have ended before: the reader needs it, directly or not.
    pub(super) fn check_readings(&mut self, readings: &[Reading], edges_first: usize) {
        if readings.is_empty() {
            return;
        }
        let mut incoming: BTreeMap<NodeId, Vec<NodeId>> = BTreeMap::new();
        for edge in &self.parts.edges[edges_first..] {
            incoming.entry(edge.to).or_default().push(edge.from);
        }
        let mut reader = None;
        let mut before: BTreeSet<NodeId> = BTreeSet::new();
        let mut budget = ANCESTORS_MAX;
        for reading in readings {
            let direct = incoming.get(&reading.reader).map_or(&[][..], Vec::as_slice);
            if reading.from.iter().all(|node| direct.contains(node)) {
                continue;
            }
            if reader.replace(reading.reader) != Some(reading.reader) {
                before = ancestors(&incoming, reading.reader, &mut budget);
            }
            if budget == 0 {
                let message =
                    "so many steps read outputs of steps far away that this was not checked further";
                self.problems.push(Diagnostic::warning(codes::LIMIT, reading.span, message));
                return;
            }
            if reading.from.iter().any(|node| !before.contains(node)) {
                let message = format!("`{}` need not have ended before this step begins", reading.step);
                let found = Diagnostic::error(codes::OUTPUT_TOO_EARLY, reading.span, message);
                self.problems.push(found.hint(format!("add `{}` to `needs`", reading.step)));
            }
        }
    }
}

/// Every step that must have settled before this one; `budget` counts down to 0, and then some are missing.
fn ancestors(incoming: &BTreeMap<NodeId, Vec<NodeId>>, node: NodeId, budget: &mut usize) -> BTreeSet<NodeId> {
    let mut found = BTreeSet::new();
    let mut work = vec![node];
    while let Some(node) = work.pop() {
        for from in incoming.get(&node).into_iter().flatten() {
            *budget = budget.saturating_sub(1);
            if *budget == 0 {
                return found;
            }
            if found.insert(*from) {
                work.push(*from);
            }
        }
    }
    found
}
