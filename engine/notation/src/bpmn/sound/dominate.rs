//! Which node every way to a node leads through last: its immediate dominator, by semidominators with path compression
//! (Lengauer and Tarjan 1979; the last step as Georgiadis and Tarjan have it). No recursion; steps are bounded, for
//! drawings that nobody draws.
//!
//! **Absent on purpose:** BPMN. Nodes are numbers, 0 is where everything begins.

/// Steps for each node and way, beyond which there is no answer.
const STEPS_PER_NODE_MAX: usize = 64;
const NONE: u32 = u32::MAX;

/// The immediate dominator of each node that can be reached from node 0; `u32::MAX` for the others. `None` where that
/// takes too many steps.
pub(super) fn dominators(following: &[Vec<u32>], before: &[Vec<u32>]) -> Option<Vec<u32>> {
    let count = following.len();
    let ways: usize = following.iter().map(Vec::len).sum();
    let mut left = (count + ways).saturating_mul(STEPS_PER_NODE_MAX);
    // By the order of discovery: the node, and the place of the one that it was discovered from.
    let (order, place, parent) = discover(following);
    let reached = order.len();
    let mut semi: Vec<u32> = (0..small(reached)).collect();
    let mut forest = Forest { above: vec![NONE; reached], best: (0..small(reached)).collect() };
    for at in (1..reached).rev() {
        for from in &before[order[at] as usize] {
            let from = place[*from as usize];
            if from == NONE {
                continue;
            }
            let best = forest.best(from, &semi, &mut left)?;
            semi[at] = semi[at].min(semi[best as usize]);
        }
        forest.above[at] = parent[at];
    }
    let mut dominator = parent;
    for at in 1..reached {
        while dominator[at] > semi[at] {
            dominator[at] = dominator[dominator[at] as usize];
            left = left.checked_sub(1)?;
        }
    }
    let mut found = vec![NONE; count];
    for at in 1..reached {
        found[order[at] as usize] = order[dominator[at] as usize];
    }
    Some(found)
}

/// Depth first from node 0: nodes in that order, each node's place in it, and the place each was discovered from.
fn discover(following: &[Vec<u32>]) -> (Vec<u32>, Vec<u32>, Vec<u32>) {
    let (mut order, mut place, mut parent) = (Vec::new(), vec![NONE; following.len()], Vec::new());
    let mut work = vec![(0u32, 0u32)];
    while let Some((node, from)) = work.pop() {
        if place[node as usize] != NONE {
            continue;
        }
        let at = small(order.len());
        place[node as usize] = at;
        order.push(node);
        parent.push(from);
        work.extend(following[node as usize].iter().rev().map(|next| (*next, at)));
    }
    (order, place, parent)
}

/// The nodes that were looked at, as trees; the best semidominator on the way up is remembered.
struct Forest {
    above: Vec<u32>,
    best: Vec<u32>,
}

impl Forest {
    fn best(&mut self, node: u32, semi: &[u32], left: &mut usize) -> Option<u32> {
        let mut way = Vec::new();
        let mut here = node;
        while self.above[here as usize] != NONE && self.above[self.above[here as usize] as usize] != NONE {
            way.push(here);
            here = self.above[here as usize];
            *left = left.checked_sub(1)?;
        }
        // `here` is a root, or hangs directly below one.
        while let Some(below) = way.pop() {
            let above = self.above[below as usize];
            if semi[self.best[above as usize] as usize] < semi[self.best[below as usize] as usize] {
                self.best[below as usize] = self.best[above as usize];
            }
            self.above[below as usize] = self.above[above as usize];
        }
        Some(self.best[node as usize])
    }
}

fn small(count: usize) -> u32 {
    u32::try_from(count).unwrap_or(NONE - 1)
}
