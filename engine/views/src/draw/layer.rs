//! Which column a node stands in.
//!
//! Sugiyama's first two steps: cycles are broken at the edges that a walk in depth finds to lead back, and every
//! node stands one column right of the last one before it (longest path). A link over several columns gets a
//! *bend* in each of those between; one that leads back gets a bend in every column from its source to its target,
//! so that it has a row of its own to run in.
//!
//! **Absent on purpose:** coordinates; what a node is.

use std::collections::VecDeque;

/// Bends in one graph. Links beyond that are straight lines.
const BENDS_MAX: usize = 200_000;
/// What a bend needs above and below.
const BEND: f64 = 7.0;
/// What a text at a bend needs above it.
const BEND_TEXT: f64 = 14.0;

/// A node to be placed; its links arrive at the left of its shape, at the height of its middle.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The room it needs.
    pub(super) width: f64,
    /// Half the width of the shape itself, which stands in the middle of the room.
    pub(super) half: f64,
    /// The room above the middle of the shape.
    pub(super) above: f64,
    /// The room below it.
    pub(super) below: f64,
}

/// A link to be drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Link {
    pub(super) from: usize,
    pub(super) to: usize,
    /// Where it leaves the node, if not at the right.
    pub(super) port: Option<Port>,
    /// The width of the text at it.
    pub(super) label: f64,
}

/// A link that leaves at the lower border.
#[derive(Clone, Copy, Debug)]
pub(super) struct Port {
    /// To the right of the node's middle.
    pub(super) x: f64,
    /// Where it begins, below the middle.
    pub(super) top: f64,
    /// Where it turns to the right, below the middle.
    pub(super) drop: f64,
}

/// What stands in a column: a node or a bend.
#[derive(Clone, Debug, Default)]
pub(super) struct Item {
    pub(super) layer: usize,
    pub(super) above: f64,
    pub(super) below: f64,
    pub(super) is_node: bool,
    /// Items it is linked with in the column to the left, and how far below them it would like to be.
    pub(super) before: Vec<(usize, f64)>,
    /// The same to the right.
    pub(super) after: Vec<(usize, f64)>,
    /// The node that a link leads back from or to, of the same column.
    pub(super) mate: Option<usize>,
}

/// The way of a link through the columns.
#[derive(Clone, Debug)]
pub(super) enum Path {
    /// To the right, through these bends.
    Forward(Vec<usize>),
    /// Back: through these bends, the first in the column of the source, the last in that of the target.
    Back(Vec<usize>),
    /// There are too many bends.
    Straight,
}

/// A graph in columns. The first items are the nodes.
pub(super) struct Layers {
    pub(super) items: Vec<Item>,
    pub(super) layers: Vec<Vec<usize>>,
    pub(super) paths: Vec<Path>,
}

/// Puts a graph into columns.
pub(super) fn layers(nodes: &[Node], links: &[Link]) -> Layers {
    let back = back_links(nodes.len(), links);
    let ranks = ranks(nodes.len(), links, &back);
    let mut items: Vec<Item> = nodes
        .iter()
        .zip(&ranks)
        .map(|(node, rank)| Item {
            layer: *rank,
            above: node.above,
            below: node.below,
            is_node: true,
            ..Item::default()
        })
        .collect();
    let mut paths = Vec::with_capacity(links.len());
    for (link, back) in links.iter().zip(&back) {
        paths.push(if *back {
            lead_back(&mut items, link)
        } else {
            lead_forward(&mut items, link, nodes.len())
        });
    }
    let count = items.iter().map(|item| item.layer + 1).max().unwrap_or(0);
    let mut layers = vec![Vec::new(); count];
    for at in discovery(&items) {
        layers[items[at].layer].push(at);
    }
    Layers { items, layers, paths }
}

/// Which links lead back to a node that the walk has not left yet.
fn back_links(nodes: usize, links: &[Link]) -> Vec<bool> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    let mut entered = vec![0usize; nodes];
    for (at, link) in links.iter().enumerate() {
        out[link.from].push(at);
        entered[link.to] += usize::from(link.from != link.to);
    }
    let mut back = vec![false; links.len()];
    // 0: not seen, 1: on the way, 2: left.
    let mut seen = vec![0u8; nodes];
    let roots = (0..nodes).filter(|node| entered[*node] == 0).chain(0..nodes);
    for root in roots {
        if seen[root] != 0 {
            continue;
        }
        seen[root] = 1;
        let mut way: Vec<(usize, usize)> = vec![(root, 0)];
        while let Some((node, next)) = way.last_mut() {
            let Some(link) = out[*node].get(*next).copied() else {
                seen[*node] = 2;
                way.pop();
                continue;
            };
            *next += 1;
            let to = links[link].to;
            match seen[to] {
                0 => {
                    seen[to] = 1;
                    way.push((to, 0));
                }
                1 => back[link] = true,
                _ => {}
            }
        }
    }
    back
}

/// Columns by the longest path; nodes that nothing leads to stand close to what they lead to.
fn ranks(nodes: usize, links: &[Link], back: &[bool]) -> Vec<usize> {
    let mut out: Vec<Vec<usize>> = vec![Vec::new(); nodes];
    let mut unmet = vec![0usize; nodes];
    for (link, _) in links.iter().zip(back).filter(|(_, back)| !**back) {
        out[link.from].push(link.to);
        unmet[link.to] += 1;
    }
    let roots: Vec<usize> = (0..nodes).filter(|node| unmet[*node] == 0).collect();
    let mut ranks = vec![0usize; nodes];
    let mut work: VecDeque<usize> = roots.iter().copied().collect();
    while let Some(node) = work.pop_front() {
        for to in &out[node] {
            ranks[*to] = ranks[*to].max(ranks[node] + 1);
            unmet[*to] -= 1;
            if unmet[*to] == 0 {
                work.push_back(*to);
            }
        }
    }
    for root in roots {
        if let Some(nearest) = out[root].iter().map(|to| ranks[*to]).min() {
            ranks[root] = nearest.saturating_sub(1);
        }
    }
    ranks
}

fn lead_forward(items: &mut Vec<Item>, link: &Link, nodes: usize) -> Path {
    let (first, last) = (items[link.from].layer, items[link.to].layer);
    if items.len() - nodes + (last - first) > BENDS_MAX && last > first + 1 {
        return Path::Straight;
    }
    let drop = link.port.map_or(0.0, |port| port.drop);
    let (mut from, mut offset) = (link.from, drop);
    let mut bends = Vec::new();
    for layer in first + 1..last {
        let bend = items.len();
        items.push(Item { layer, above: BEND, below: BEND, ..Item::default() });
        join(items, from, bend, offset);
        (from, offset) = (bend, 0.0);
        bends.push(bend);
    }
    join(items, from, link.to, offset);
    Path::Forward(bends)
}

fn lead_back(items: &mut Vec<Item>, link: &Link) -> Path {
    let (from, to) = (items[link.from].layer, items[link.to].layer);
    if from - to > BENDS_MAX / 10 {
        return Path::Straight;
    }
    let mut bends: Vec<usize> = Vec::new();
    for layer in (to..=from).rev() {
        let bend = items.len();
        let above = if layer == from && link.label > 0.0 { BEND + BEND_TEXT } else { BEND };
        let mate = match layer {
            layer if layer == from => Some(link.from),
            layer if layer == to => Some(link.to),
            _ => None,
        };
        items.push(Item { layer, above, below: BEND, mate, ..Item::default() });
        if let Some(right) = bends.last() {
            join(items, bend, *right, 0.0);
        }
        bends.push(bend);
    }
    Path::Back(bends)
}

fn join(items: &mut [Item], left: usize, right: usize, offset: f64) {
    items[left].after.push((right, -offset));
    items[right].before.push((left, offset));
}

/// All items in the order in which a walk in depth from the left finds them: a first order in each column that
/// keeps together what belongs together.
fn discovery(items: &[Item]) -> Vec<usize> {
    let mut order = Vec::with_capacity(items.len());
    let mut seen = vec![false; items.len()];
    let mates: Vec<Vec<usize>> = {
        let mut mates = vec![Vec::new(); items.len()];
        for (at, item) in items.iter().enumerate() {
            if let Some(mate) = item.mate {
                mates[mate].push(at);
            }
        }
        mates
    };
    let roots = (0..items.len()).filter(|at| items[*at].before.is_empty() && items[*at].mate.is_none());
    for root in roots.chain(0..items.len()) {
        let mut work = vec![root];
        while let Some(at) = work.pop() {
            if std::mem::replace(&mut seen[at], true) {
                continue;
            }
            order.push(at);
            work.extend(mates[at].iter().rev());
            work.extend(items[at].after.iter().rev().map(|(next, _)| *next));
        }
    }
    order
}
