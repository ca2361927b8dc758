//! Events with several definitions (BPMN 2.0.2, clause 10.5.5, *multiple*): the first that comes triggers one that catches,
//! and one that throws throws them all.
//!
//! ```text
//!   catch    (race) ─▶ (trigger 1), (trigger 2) ─▶ the event ─▶ …      the event itself passes, and is counted once
//!   border   (trigger 1), (trigger 2) beside the host ─▶ the event ─▶ …
//!   throw    the event ─▶ (throw 2) ─▶ … ─▶ …                          what ends its token comes last
//! ```
//!
//! **Absent on purpose:** waiting for all of several definitions (*parallel multiple*), which is refused.

use std::collections::BTreeMap;

use dod_kernel::id::NodeId;
use dod_kernel::workflow::{Catch, Fork, Host, Kind as Does, Throw, When};

use super::Lowering;
use super::body::{At, Made};
use crate::bpmn::model::{ElementId, Kind};

/// The events of a body that have several definitions.
#[derive(Debug, Default)]
pub(super) struct Several {
    /// What each does beside what its own node does.
    more: BTreeMap<ElementId, Vec<Does>>,
    /// Further triggers of event sub-processes: the start event, the call behind it, the catch.
    scopes: Vec<(ElementId, NodeId, Catch)>,
    /// Where tokens enter an event, if not at its own node.
    entry: BTreeMap<ElementId, NodeId>,
    /// The catches of an event.
    waits: BTreeMap<ElementId, Vec<NodeId>>,
    /// Where tokens leave an event, if not from its own node.
    exit: BTreeMap<ElementId, NodeId>,
}

impl Lowering<'_> {
    /// What the node of an event with several definitions does itself; the rest is kept for [`Self::draw_several`].
    pub(super) fn several(&mut self, event: ElementId, mut kinds: Vec<Does>) -> Does {
        let own = if matches!(kinds[0], Does::Throw(_)) {
            kinds.sort_by_key(ends_its_token);
            kinds.remove(0)
        } else {
            Does::Pass
        };
        self.several.more.insert(event, kinds);
        own
    }

    /// Keeps a further trigger of an event sub-process.
    pub(super) fn further_trigger(&mut self, start: ElementId, call: NodeId, catch: Catch) {
        self.several.scopes.push((start, call, catch));
    }

    /// Forgets the events of a body.
    pub(super) fn forget_several(&mut self) {
        self.several = Several::default();
    }

    /// Makes the nodes that the diagram does not show. Every node that it does has its number by now. The start events
    /// `begin` race for the process.
    pub(super) fn draw_several(&mut self, at: &At<'_>, begin: &[ElementId]) {
        for (event, kinds) in std::mem::take(&mut self.several.more) {
            let Some(own) = self.node_of[at.index][event.index()] else { continue };
            match &kinds[0] {
                Does::Throw(_) => self.draw_throws(at, event, own, kinds),
                Does::Catch(catch) if catch.host.is_some() => {
                    self.draw_catches(at, event, own, kinds);
                }
                _ => {
                    let waits = self.draw_catches(at, event, own, kinds);
                    // In a race of others its catches take part themselves; one more gateway would begin by itself.
                    if !begin.contains(&event) && !races(at, event) {
                        let made = Made { fork: Fork::Event, ..Made::new(Does::Pass) };
                        let race = self.push_hidden(at, event, "race", made);
                        for wait in &waits {
                            self.edge(race, Some(*wait), When::Any);
                        }
                        self.several.entry.insert(event, race);
                    }
                    self.several.waits.insert(event, waits);
                }
            }
        }
        for (number, (start, call, catch)) in (2u32..).zip(std::mem::take(&mut self.several.scopes)) {
            let made = Made::new(Does::Catch(catch.into()));
            let node = self.push_hidden(at, start, &format!("trigger {number}"), made);
            // It counts as the start event, whichever of its triggers came.
            self.parts.nodes[node.index()].element = Some(at.diagram().id(start).into());
            self.edge(node, Some(call), When::Any);
        }
    }

    fn draw_catches(&mut self, at: &At<'_>, event: ElementId, own: NodeId, kinds: Vec<Does>) -> Vec<NodeId> {
        let mut catches = Vec::new();
        for (number, kind) in (1u32..).zip(kinds) {
            let catch = self.push_hidden(at, event, &format!("trigger {number}"), Made::new(kind));
            self.edge(catch, Some(own), When::Any);
            catches.push(catch);
        }
        catches
    }

    fn draw_throws(&mut self, at: &At<'_>, event: ElementId, own: NodeId, kinds: Vec<Does>) {
        let mut last = own;
        for (number, kind) in (2u32..).zip(kinds) {
            let throw = self.push_hidden(at, event, &format!("throw {number}"), Made::new(kind));
            self.edge(last, Some(throw), When::Any);
            last = throw;
        }
        self.several.exit.insert(event, last);
    }

    /// The node from which tokens leave an element whose own node this is.
    pub(super) fn exit_of(&self, element: ElementId, own: NodeId) -> NodeId {
        self.several.exit.get(&element).copied().unwrap_or(own)
    }

    /// The nodes that a flow leads to, if not to the element's own: a flow of a race leads to each catch of an event.
    pub(super) fn entries(&self, at: &At<'_>, from: ElementId, to: ElementId) -> Option<Vec<NodeId>> {
        if at.diagram()[from].kind == Kind::EventBasedGateway {
            return self.several.waits.get(&to).cloned();
        }
        self.several.entry.get(&to).map(|entry| vec![*entry])
    }

    /// The catches that race for an event.
    pub(super) fn race_entries(&self, at: &At<'_>, event: ElementId) -> Vec<NodeId> {
        let own = || self.node_of[at.index][event.index()].into_iter().collect();
        self.several.waits.get(&event).cloned().unwrap_or_else(own)
    }
}

/// A further trigger stands beside the whole scope, as the first one does.
pub(super) fn beside_scope(interrupts: bool, trigger: dod_kernel::workflow::Trigger) -> Catch {
    Catch { host: Some(Host::Scope), interrupts, trigger }
}

/// Whether an event-based gateway leads to the event.
fn races(at: &At<'_>, event: ElementId) -> bool {
    at.sheet.graph.incoming(event).any(|arc| at.diagram()[arc.from].kind == Kind::EventBasedGateway)
}

fn ends_its_token(kind: &Does) -> bool {
    matches!(kind, Does::Throw(throw) if matches!(**throw, Throw::Error(_) | Throw::Terminate))
}
