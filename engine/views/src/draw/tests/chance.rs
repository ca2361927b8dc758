//! Random workflows from a seed, so that a failure can be made again.

use std::sync::Arc;

use dod_kernel::id::{BodyId, NodeId};
use dod_kernel::workflow::{
    Body, Catch, Defect, Discipline, Edge, Fork, Host, Join, Kind, Node, Parts, Throw, Trigger, Variables,
    When, Workflow,
};

/// A small generator (xorshift64*); good enough for graphs.
pub(super) struct Chance(u64);

impl Chance {
    pub(super) fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    pub(super) fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) >> 33) as usize % bound.max(1)
    }
}

/// A workflow of a few bodies: tokens with cycles and events on borders, or settled and acyclic. `None` where a body
/// has come out without a start.
pub(super) fn workflow(seed: u64) -> Option<Workflow> {
    let mut chance = Chance::new(seed);
    let bodies = 1 + chance.below(4);
    let mut parts = Parts { name: format!("chance {seed}").as_str().into(), ..Parts::default() };
    let sizes: Vec<usize> = (0..bodies).map(|_| 1 + chance.below(14)).collect();
    for (at, size) in sizes.iter().enumerate() {
        // A body is called from the one before it, so calls do not recurse.
        let calls = (at + 1 < bodies).then(|| BodyId(at as u32 + 1));
        body(&mut parts, &mut chance, *size, calls);
    }
    match Workflow::new(parts) {
        Ok(workflow) => Some(workflow),
        Err(defects) if defects.iter().all(|defect| matches!(defect, Defect::Empty)) => None,
        Err(defects) => panic!("seed {seed}: {defects:?}"),
    }
}

fn body(parts: &mut Parts, chance: &mut Chance, size: usize, calls: Option<BodyId>) {
    let tokens = chance.below(2) == 0;
    let first = parts.nodes.len();
    let discipline = if tokens { Discipline::Tokens } else { Discipline::Settled };
    for at in 0..size {
        let name = format!("n{} {}", first + at, "word ".repeat(chance.below(9)));
        let kind = match calls {
            Some(body) if at == 0 || (at == 1 && chance.below(2) == 0) => Kind::Call(body),
            _ if chance.below(3) == 0 => Kind::Pass,
            _ => Kind::Wait(1000),
        };
        parts.nodes.push(Node {
            allow_failure: false,
            condition: None,
            element: None,
            fork: [Fork::All, Fork::Exclusive, Fork::Inclusive][chance.below(3)],
            join: if tokens { [Join::Each, Join::All][chance.below(2)] } else { Join::Settled },
            kind,
            name: name.trim().into(),
            priority: 0,
        });
    }
    let mut hosts = 0;
    if tokens {
        for at in 0..size {
            if chance.below(4) == 0 && !matches!(parts.nodes[first + at].kind, Kind::Pass) {
                hosts += 1;
                let host = Some(Host::Node(NodeId((first + at) as u32)));
                let trigger = [Trigger::Error(None), Trigger::Signal("s".into())][chance.below(2)].clone();
                // An error always interrupts.
                let interrupts = matches!(trigger, Trigger::Error(_)) || chance.below(2) == 0;
                let kind = Kind::Catch(Arc::new(Catch { host, interrupts, trigger }));
                let name = format!("catch {}", parts.nodes.len());
                let node =
                    Node { join: Join::Each, kind, name: name.as_str().into(), ..parts.nodes[first].clone() };
                parts.nodes.push(node);
            }
        }
        if chance.below(3) == 0 {
            let kind = Kind::Throw(Arc::new(Throw::Terminate));
            let name = format!("end {}", parts.nodes.len());
            parts.nodes.push(Node { kind, name: name.as_str().into(), ..parts.nodes[first].clone() });
            hosts += 1;
        }
    }
    edges(parts, chance, first, size, size + hosts, tokens);
    let count = parts.nodes.len() - first;
    parts.bodies.push(Body {
        discipline,
        nodes: count as u32,
        nodes_first: NodeId(first as u32),
        variables: Variables::Around,
        ..Body::default()
    });
}

fn edges(parts: &mut Parts, chance: &mut Chance, first: usize, size: usize, all: usize, tokens: bool) {
    for _ in 0..chance.below(2 * all) {
        let (from, to) = (chance.below(if tokens { all } else { size }), chance.below(size));
        let (from, to) = if tokens || from < to { (from, to) } else { (to, from) };
        let into_catch = matches!(&parts.nodes[first + to].kind, Kind::Catch(_));
        let from_end = matches!(&parts.nodes[first + from].kind, Kind::Throw(_));
        let same =
            parts.edges.iter().any(|edge| edge.from.index() == first + from && edge.to.index() == first + to);
        if into_catch || from_end || same || (!tokens && from == to) {
            continue;
        }
        let when = match (tokens, chance.below(4)) {
            (true, 0) => When::Default,
            (true, _) => When::Any,
            (false, 0) => When::Failed,
            (false, 1) => When::Any,
            (false, _) => When::Ok,
        };
        let (from, to) = (NodeId((first + from) as u32), NodeId((first + to) as u32));
        parts.edges.push(Edge { from, to, when });
    }
}
