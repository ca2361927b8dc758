//! The flows of a diagram that can be followed, both ways. Links count as flows.
//!
//! **Absent on purpose:** conditions, and what hangs beside a node: see [`Graph::beside`].

use crate::bpmn::model::{Diagram, ElementId, Kind, Role};

/// A way from one node to another one of the same scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::bpmn) struct Arc {
    /// Where it begins.
    pub(in crate::bpmn) from: ElementId,
    /// Where it ends.
    pub(in crate::bpmn) to: ElementId,
    /// The sequence flow; `None` for a link.
    pub(in crate::bpmn) flow: Option<ElementId>,
}

/// Arcs by node, flat. Rows are numbers of elements.
#[derive(Debug, Default)]
struct Table {
    first: Vec<u32>,
    arcs: Vec<u32>,
}

impl Table {
    fn new(elements: usize, ends: impl Iterator<Item = ElementId> + Clone) -> Self {
        let mut first = vec![0u32; elements + 2];
        for end in ends.clone() {
            first[end.index() + 2] += 1;
        }
        for at in 2..first.len() {
            first[at] += first[at - 1];
        }
        let mut arcs = vec![0u32; first.last().map_or(0, |last| *last as usize)];
        for (at, end) in (0u32..).zip(ends) {
            let place = &mut first[end.index() + 1];
            arcs[*place as usize] = at;
            *place += 1;
        }
        Self { first, arcs }
    }

    fn of(&self, node: ElementId) -> &[u32] {
        &self.arcs[self.first[node.index()] as usize..self.first[node.index() + 1] as usize]
    }
}

/// The flows of a file.
#[derive(Debug, Default)]
pub(in crate::bpmn) struct Graph {
    arcs: Vec<Arc>,
    outgoing: Table,
    incoming: Table,
    /// Boundary events by host, sorted by host.
    beside: Vec<(ElementId, ElementId)>,
}

impl Graph {
    /// The arcs of a file with so many elements. Those of one node stay in the order given.
    pub(in crate::bpmn) fn new(elements: usize, arcs: Vec<Arc>) -> Self {
        let outgoing = Table::new(elements, arcs.iter().map(|arc| arc.from));
        let incoming = Table::new(elements, arcs.iter().map(|arc| arc.to));
        Self { arcs, outgoing, incoming, beside: Vec::new() }
    }

    /// With the boundary events of the file.
    pub(in crate::bpmn) fn with_beside(mut self, diagram: &Diagram) -> Self {
        let boundary = diagram.all().filter(|(_, element)| element.kind == Kind::BoundaryEvent);
        self.beside = boundary
            .filter_map(|(event, _)| Some((diagram.reference(event, Role::AttachedTo)?.to?, event)))
            .collect();
        self.beside.sort_unstable();
        self
    }

    /// Ways that leave a node.
    pub(in crate::bpmn) fn outgoing(&self, node: ElementId) -> impl ExactSizeIterator<Item = Arc> + Clone {
        self.outgoing.of(node).iter().map(|at| self.arcs[*at as usize])
    }

    /// Ways that lead to a node.
    pub(in crate::bpmn) fn incoming(&self, node: ElementId) -> impl ExactSizeIterator<Item = Arc> + Clone {
        self.incoming.of(node).iter().map(|at| self.arcs[*at as usize])
    }

    /// Boundary events on a node.
    pub(in crate::bpmn) fn beside(&self, node: ElementId) -> impl Iterator<Item = ElementId> {
        let first = self.beside.partition_point(|(host, _)| *host < node);
        self.beside[first..].iter().take_while(move |(host, _)| *host == node).map(|(_, event)| *event)
    }
}
