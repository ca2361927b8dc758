//! One body: units → slots → nodes and edges.

use dod_kernel::id::NodeId;
use dod_kernel::workflow::{Body, Discipline, Join, Kind, Node};

use super::files::Sheet;
use super::text::Context;
use super::unit::{Opening, Unit};
use super::{Lowering, RUN_TIMEOUT_MS, Settings};
use crate::diagnose::{Diagnostic, Span, codes};
use crate::draft::{Action, Step};

impl Lowering<'_> {
    /// Makes the nodes of a body. A body that came to nothing has one node that does nothing, so that the
    /// numbers of later bodies stay what their calls were told.
    pub(super) fn body(&mut self, opening: Opening) {
        let (at, prefix, is_root) = (opening.at, opening.prefix.clone(), opening.given.is_none());
        // Whatever is wrong with the first file was said before this: then nothing more is said of nothing.
        let before = if is_root { 0 } else { self.problems.errors() };
        let units = self.units(opening);
        for unit in &units {
            self.declare_pools(unit);
        }
        if let Some(unit) = units.first().filter(|_| is_root) {
            self.settle(unit);
        }
        let names = self.gather(&units);
        let (nodes_first, edges_first) = (self.parts.nodes.len(), self.parts.edges.len());
        let mut readings = Vec::new();
        for (slot, found) in names.slots.iter().enumerate() {
            for leg in &found.legs {
                self.full |= self.problems.is_full();
                if self.full {
                    break;
                }
                let unit = &units[found.unit];
                let (sheet, step) = (&*found.sheet, found.step());
                let node = NodeId(u32::try_from(self.parts.nodes.len()).expect("bounded"));
                let context = Context { units: &units, unit, names: &names, slot, sheet, step, leg, node };
                self.spend(step, sheet);
                let made = self.node(&context, &mut readings);
                self.parts.nodes.push(made);
                self.node_spans.push(step.name.span);
            }
        }
        self.check_readings(&readings, edges_first);
        if names.slots.is_empty() {
            if self.problems.errors() == before {
                let found = Diagnostic::error(codes::NO_STEPS, at, "there is nothing to run");
                self.problems.push(found.hint("write at least one step under `steps:`"));
            }
            self.nothing(&prefix, at);
        }
        self.parts.bodies.push(Body {
            discipline: Discipline::Settled,
            nodes: u32::try_from(self.parts.nodes.len() - nodes_first).expect("bounded"),
            nodes_first: NodeId(u32::try_from(nodes_first).expect("bounded")),
            ..Body::default()
        });
    }

    /// Counts what a step is written out to: a file's environment once for each of its steps, a step's lists
    /// once for each of its legs.
    fn spend(&mut self, step: &Step, sheet: &Sheet) {
        /// What one element takes at least.
        const ELEMENT_BYTES: usize = 64;
        let env = sheet.draft.env.len() + sheet.draft.defaults.env.len() + step.env.len();
        let lists = step.inputs.len() + step.outputs.len() + step.tags.len() + step.secrets.len();
        let action = match &step.action {
            Some(Action::Argv(words)) => words.len(),
            Some(Action::Uses { with, .. } | Action::Call { with, .. }) => with.len(),
            Some(Action::Approve { from, .. }) => from.len(),
            _ => 0,
        };
        self.expand(step, ELEMENT_BYTES * (1 + env + lists + step.evidence.len() + action));
    }

    /// Counts bytes that were written out.
    pub(super) fn expand(&mut self, step: &Step, bytes: usize) {
        self.expanded = self.expanded.saturating_add(bytes);
        if self.expanded > self.bounds.bytes {
            self.too_many(step, self.bounds.bytes, "bytes once everything is written out");
        }
    }

    fn nothing(&mut self, prefix: &str, at: Span) {
        self.parts.nodes.push(Node {
            allow_failure: false,
            condition: None,
            element: None,
            fork: Default::default(),
            join: Join::Settled,
            kind: Kind::Pass,
            name: format!("{prefix}(nothing)").into(),
            priority: 0,
        });
        self.node_spans.push(at);
    }

    /// What the first file says about the run, and what its includes say where it is silent.
    fn settle(&mut self, unit: &Unit) {
        let drafts = || unit.sheets.iter().map(|sheet| &sheet.draft);
        let name = drafts().find_map(|draft| draft.name.as_ref());
        self.parts.name = name.map(|name| name.value.clone()).unwrap_or_default();
        let policy = drafts().find_map(|draft| draft.policy.as_ref());
        if let Some(policy) = policy {
            self.policy_is_known(policy);
        }
        self.settings = Settings {
            fail_fast: drafts().find_map(|draft| draft.fail_fast.as_ref()).is_some_and(|flag| flag.value),
            inputs: unit
                .inputs
                .iter()
                .filter_map(|(name, value)| Some((name.clone(), value.clone()?)))
                .collect(),
            policy: policy.map(|policy| policy.value.clone()),
            timeout_ms: drafts()
                .find_map(|draft| draft.timeout.as_ref())
                .map_or(RUN_TIMEOUT_MS, |found| found.value),
        };
    }
}
