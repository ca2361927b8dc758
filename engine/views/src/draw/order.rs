//! In which order the items of a column stand, and how high.
//!
//! Order: sweeps to the right and back, each item at the mean place of its neighbors (barycenter); the sweep with
//! the fewest crossings wins. Height: sweeps again, each column as close as possible to where its neighbors would
//! like it, without overlaps (the least squares of pool-adjacent-violators). The number of sweeps is bounded, and
//! smaller for large graphs, so that the work stays near linear.
//!
//! **Absent on purpose:** an optimum; that is hard (NP).

use crate::draw::layer::Layers;

/// Sweeps over graphs of up to so many items.
const SWEEPS: [(usize, usize); 3] = [(1_000, 16), (10_000, 6), (usize::MAX, 2)];
/// Between two items of a column.
pub(super) const GAP: f64 = 22.0;
/// Passes that take out small steps, and how high those may be.
const STRAIGHTEN: usize = 3;
const STEP: f64 = 30.0;
/// Between two bends.
const GAP_BENDS: f64 = 2.0;

fn sweeps(items: usize) -> usize {
    SWEEPS.iter().find(|(most, _)| items <= *most).map_or(2, |(_, sweeps)| *sweeps)
}

/// Orders every column.
pub(super) fn order(graph: &mut Layers) {
    let mut place = vec![0f64; graph.items.len()];
    note(&graph.layers, &mut place);
    let mut best = graph.layers.clone();
    let mut fewest = crossings(graph, &place);
    for sweep in 0..sweeps(graph.items.len()) {
        if fewest == 0 {
            break;
        }
        let rightwards = sweep % 2 == 0;
        let count = graph.layers.len();
        for step in 0..count {
            let layer = if rightwards { step } else { count - 1 - step };
            sort(graph, layer, rightwards, &mut place);
        }
        let found = crossings(graph, &place);
        if found < fewest {
            fewest = found;
            best.clone_from(&graph.layers);
        }
    }
    graph.layers = best;
}

fn note(layers: &[Vec<usize>], place: &mut [f64]) {
    for layer in layers {
        for (at, item) in layer.iter().enumerate() {
            place[*item] = at as f64;
        }
    }
}

fn sort(graph: &mut Layers, layer: usize, rightwards: bool, place: &mut [f64]) {
    let mut wanted: Vec<(f64, usize)> = Vec::with_capacity(graph.layers[layer].len());
    for at in &graph.layers[layer] {
        let item = &graph.items[*at];
        let near = if rightwards { &item.before } else { &item.after };
        let sum: f64 =
            near.iter().map(|(next, offset)| place[*next] + if *offset > 0.0 { 0.3 } else { 0.0 }).sum();
        let mean = if near.is_empty() { place[*at] } else { sum / near.len() as f64 };
        wanted.push((mean, *at));
    }
    let means: std::collections::BTreeMap<usize, f64> =
        wanted.iter().map(|(mean, at)| (*at, *mean)).collect();
    for (mean, at) in &mut wanted {
        let item = &graph.items[*at];
        let near = if rightwards { &item.before } else { &item.after };
        if let (Some(mate), true) = (item.mate, near.is_empty()) {
            *mean = means.get(&mate).copied().unwrap_or(*mean) + 0.4;
        }
    }
    wanted.sort_by(|a, b| a.0.total_cmp(&b.0));
    for (at, (_, item)) in wanted.iter().enumerate() {
        place[*item] = at as f64;
        graph.layers[layer][at] = *item;
    }
}

/// How many pairs of links cross, counted with a Fenwick tree per column.
fn crossings(graph: &Layers, place: &[f64]) -> u64 {
    let mut total = 0u64;
    for pair in graph.layers.windows(2) {
        let mut tree = vec![0u64; pair[1].len() + 1];
        let mut seen = 0u64;
        for left in &pair[0] {
            let mut ends: Vec<usize> =
                graph.items[*left].after.iter().map(|(next, _)| place[*next] as usize).collect();
            ends.sort_unstable();
            for end in &ends {
                let mut at = end + 1;
                let mut not_below = 0;
                while at > 0 {
                    not_below += tree[at];
                    at &= at - 1;
                }
                total += seen - not_below;
            }
            for end in ends {
                let mut at = end + 1;
                while at < tree.len() {
                    tree[at] += 1;
                    at += at & at.wrapping_neg();
                }
                seen += 1;
            }
        }
    }
    total
}

/// The height of every item's middle; the uppermost edge is at 0.
pub(super) fn heights(graph: &Layers) -> Vec<f64> {
    let mut y = vec![0f64; graph.items.len()];
    for layer in &graph.layers {
        let mut edge = 0.0;
        for (at, item) in layer.iter().enumerate() {
            let gap = if at == 0 { 0.0 } else { gap(graph, layer[at - 1], *item) };
            y[*item] = edge + gap + graph.items[*item].above;
            edge = y[*item] + graph.items[*item].below;
        }
    }
    let count = graph.layers.len();
    for sweep in 0..sweeps(graph.items.len()) + 2 {
        let rightwards = sweep % 2 == 0;
        for step in 0..count {
            let layer = if rightwards { step } else { count - 1 - step };
            settle(graph, layer, rightwards, sweep, &mut y);
        }
    }
    for _ in 0..STRAIGHTEN {
        straighten(graph, true, &mut y);
        straighten(graph, false, &mut y);
    }
    let top = (0..y.len()).map(|at| y[at] - graph.items[at].above).fold(f64::INFINITY, f64::min);
    if top.is_finite() {
        for value in &mut y {
            // Whole pixels keep lines sharp and texts short.
            *value = (*value - top).ceil();
        }
    }
    y
}

/// Takes out small steps: an item moves to the height of its only neighbor, where there is room.
fn straighten(graph: &Layers, rightwards: bool, y: &mut [f64]) {
    let count = graph.layers.len();
    for step in 0..count {
        let column = &graph.layers[if rightwards { step } else { count - 1 - step }];
        for (place, at) in column.iter().enumerate() {
            let item = &graph.items[*at];
            let near = if rightwards { &item.before } else { &item.after };
            let [(next, offset)] = near[..] else { continue };
            let wanted = y[next] + offset;
            if (wanted - y[*at]).abs() > STEP || (wanted - y[*at]).abs() < 0.01 {
                continue;
            }
            let room = |above: usize, below: usize, apart: f64| {
                apart >= graph.items[above].below + gap(graph, above, below) + graph.items[below].above - 0.01
            };
            let above = place.checked_sub(1).map(|before| column[before]);
            let below = column.get(place + 1).copied();
            let free = above.is_none_or(|above| room(above, *at, wanted - y[above]))
                && below.is_none_or(|below| room(*at, below, y[below] - wanted));
            if free {
                y[*at] = wanted;
            }
        }
    }
}

fn gap(graph: &Layers, above: usize, below: usize) -> f64 {
    if graph.items[above].is_node || graph.items[below].is_node { GAP } else { GAP_BENDS }
}

/// Moves the items of a column to where their neighbors want them.
fn settle(graph: &Layers, layer: usize, rightwards: bool, sweep: usize, y: &mut [f64]) {
    let column = &graph.layers[layer];
    let mut shift = 0.0;
    // Blocks of items that stand as close as they may: (wanted place of the first, weight, how many).
    let mut blocks: Vec<(f64, f64, usize)> = Vec::with_capacity(column.len());
    let mut shifts = Vec::with_capacity(column.len());
    for (at, item) in column.iter().enumerate() {
        if at > 0 {
            let above = column[at - 1];
            shift += graph.items[above].below + gap(graph, above, *item) + graph.items[*item].above;
        }
        shifts.push(shift);
        let (wanted, weight) = wanted(graph, *item, rightwards, sweep, y);
        blocks.push((wanted - shift, weight, 1));
        while let [.., upper, lower] = blocks[..] {
            if upper.0 <= lower.0 {
                break;
            }
            let weight = upper.1 + lower.1;
            let place = (upper.0 * upper.1 + lower.0 * lower.1) / weight;
            blocks.truncate(blocks.len() - 2);
            blocks.push((place, weight, upper.2 + lower.2));
        }
    }
    let mut at = 0;
    for (place, _, many) in blocks {
        for _ in 0..many {
            y[column[at]] = place + shifts[at];
            at += 1;
        }
    }
}

/// Where an item would like to be, and how much.
fn wanted(graph: &Layers, at: usize, rightwards: bool, sweep: usize, y: &[f64]) -> (f64, f64) {
    let item = &graph.items[at];
    let (near, far) = if rightwards { (&item.before, &item.after) } else { (&item.after, &item.before) };
    let mut sum = 0.0;
    let mut weight = 0.0;
    let mut pull = |links: &[(usize, f64)], strength: f64| {
        for (next, offset) in links {
            // Long links are to be straight.
            let bends = usize::from(!item.is_node) + usize::from(!graph.items[*next].is_node);
            let strength = strength * [1.0, 2.0, 8.0][bends];
            // What leaves from a border makes room for the main flow.
            let strength = if *offset == 0.0 { strength } else { strength * 0.3 };
            sum += (y[*next] + offset) * strength;
            weight += strength;
        }
    };
    pull(near, 1.0);
    // Later sweeps look to both sides, so that a node stands in the middle of what it joins.
    if sweep >= 2 || near.is_empty() {
        pull(far, if near.is_empty() { 1.0 } else { 0.6 });
    }
    if let Some(mate) = item.mate {
        let beside = y[mate] + graph.items[mate].below + GAP + item.above;
        let beside =
            if y[at] < y[mate] { y[mate] - graph.items[mate].above - GAP - item.below } else { beside };
        sum += beside * 0.5;
        weight += 0.5;
    }
    if weight == 0.0 { (y[at], 0.1) } else { (sum / weight, weight) }
}
