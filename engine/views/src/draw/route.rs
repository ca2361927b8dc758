//! Where columns stand, and the ways of links between them: horizontal lines in the columns, vertical ones on
//! *tracks* in the channels between.
//!
//! Links of one source share a track, so that a fan reads as one line that branches. The order of tracks is chosen
//! to save crossings, and so that no line seems to be the beginning of another one.
//!
//! **Absent on purpose:** moving nodes; that is done.

use std::collections::BTreeMap;

use crate::draw::Point;
use crate::draw::layer::{Layers, Link, Node, Path};

/// Channels with more bundles than this get their tracks by a rule of thumb.
const BUNDLES_MAX: usize = 120;
/// Tracks of a channel; more bundles share them.
const TRACKS_MAX: usize = 60;
/// Passes over the bundles of a channel.
const PASSES_MAX: usize = 12;
/// Between two tracks.
const TRACK: f64 = 12.0;
/// Between a column and the first track.
const BEFORE: f64 = 18.0;
/// Between the last track and the next column: room for an arrow.
const AFTER: f64 = 24.0;
/// The height of a line of text at a link.
const TEXT: f64 = 13.0;

/// A graph with places.
pub(super) struct Placed {
    /// The middle of each node.
    pub(super) at: Vec<Point>,
    /// The points of each link.
    pub(super) ways: Vec<Vec<Point>>,
    /// Where the text of each link begins (its lower left corner), where it has one.
    pub(super) texts: Vec<Option<Point>>,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// Lines that share a track in a channel.
#[derive(Default)]
struct Bundle {
    /// Heights at which it is reached from the left.
    lefts: Vec<f64>,
    /// Heights at which it goes on to the right.
    rights: Vec<f64>,
    /// Its place in the order, from the left.
    track: usize,
}

/// What makes lines share a track: a source, a target they lead back to, or nothing but themselves.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Source(usize),
    Target(usize),
    Own(usize, usize),
}

/// A channel; number `n` lies left of column `n`.
#[derive(Default)]
struct Channel {
    bundles: Vec<Bundle>,
    at: BTreeMap<Key, usize>,
    /// Room for texts before the tracks, at links that leave their source alone.
    text_before: f64,
    /// Room for texts behind the tracks.
    text: f64,
    tracks: usize,
    left: f64,
    /// Where texts begin.
    text_left: f64,
    /// How many texts there are at a height.
    texts: BTreeMap<i64, u32>,
}

impl Channel {
    fn add(&mut self, key: Key, left: &[f64], right: &[f64]) {
        let at = *self.at.entry(key).or_insert_with(|| {
            self.bundles.push(Bundle::default());
            self.bundles.len() - 1
        });
        self.bundles[at].lefts.extend(left);
        self.bundles[at].rights.extend(right);
    }

    fn x(&self, key: Key) -> f64 {
        let track = self.at.get(&key).map_or(0, |at| self.bundles[*at].track);
        self.left + self.text_before + BEFORE + track as f64 * TRACK
    }
}

/// Places a graph whose columns are ordered and whose heights are known.
pub(super) fn route(graph: &Layers, y: &[f64], nodes: &[Node], links: &[Link]) -> Placed {
    let count = graph.layers.len();
    let mut channels: Vec<Channel> = (0..=count).map(|_| Channel::default()).collect();
    let mut leaving = vec![0u32; nodes.len()];
    for link in links {
        leaving[link.from] += 1;
    }
    let alone: Vec<bool> = links.iter().map(|link| leaving[link.from] == 1 && link.port.is_none()).collect();
    for (at, (link, path)) in links.iter().zip(&graph.paths).enumerate() {
        claim(&mut channels, graph, y, at, link, path);
        if let (Path::Forward(_), true, true) = (path, alone[at], link.label > 0.0) {
            let channel = &mut channels[graph.items[link.from].layer + 1];
            channel.text_before = channel.text_before.max(link.label - BEFORE + 10.0);
        } else if let Path::Forward(_) = path {
            let channel = &mut channels[graph.items[link.from].layer + 1];
            channel.text = channel.text.max(link.label);
        }
    }
    for channel in &mut channels {
        assign(channel);
    }
    let mut x = 0.0;
    let mut middles = Vec::with_capacity(count);
    for (at, channel) in channels.iter_mut().enumerate() {
        channel.left = x;
        let tracks = channel.tracks.saturating_sub(1) as f64 * TRACK;
        channel.text_left = x + channel.text_before + BEFORE + tracks + 5.0;
        let used = !channel.bundles.is_empty();
        let outer = at == 0 || at == count;
        x += match (used, outer) {
            (true, _) => channel.text_before + BEFORE + tracks + channel.text + AFTER,
            (false, true) => 0.0,
            (false, false) => BEFORE + AFTER,
        };
        if let Some(layer) = graph.layers.get(at) {
            let wide =
                layer.iter().filter_map(|item| nodes.get(*item)).map(|node| node.width).fold(0.0, f64::max);
            middles.push(x + (wide / 2.0).round());
            x += wide.round();
        }
    }
    let at: Vec<Point> =
        (0..nodes.len()).map(|node| Point { x: middles[graph.items[node].layer], y: y[node] }).collect();
    let mut ways = Vec::with_capacity(links.len());
    let mut texts = Vec::with_capacity(links.len());
    for (number, (link, path)) in links.iter().zip(&graph.paths).enumerate() {
        let way = way(&channels, graph, y, number, link, path, nodes, &at);
        let source = alone[number].then_some(nodes[link.from]);
        texts.push(
            (link.label > 0.0).then(|| text(&mut channels, graph, y, link, path, &middles, &way, source)),
        );
        ways.push(simple(way));
    }
    let height = (0..y.len()).map(|at| y[at] + graph.items[at].below).fold(0.0, f64::max);
    Placed { at, ways, texts, width: x, height }
}

/// Where a link begins to run to the right.
fn begin(y: &[f64], link: &Link) -> f64 {
    y[link.from] + link.port.map_or(0.0, |port| port.drop)
}

fn first_key(number: usize, link: &Link) -> Key {
    if link.port.is_some() { Key::Own(number, 0) } else { Key::Source(link.from) }
}

fn claim(channels: &mut [Channel], graph: &Layers, y: &[f64], number: usize, link: &Link, path: &Path) {
    let layer = graph.items[link.from].layer;
    match path {
        Path::Straight => {}
        Path::Forward(bends) => {
            let mut left = begin(y, link);
            for (hop, next) in bends.iter().chain([&link.to]).enumerate() {
                let key = if hop == 0 { first_key(number, link) } else { Key::Own(number, hop) };
                channels[layer + 1 + hop].add(key, &[left], &[y[*next]]);
                left = y[*next];
            }
        }
        Path::Back(bends) => {
            channels[layer + 1].add(first_key(number, link), &[begin(y, link), y[bends[0]]], &[]);
            for (hop, pair) in bends.windows(2).enumerate() {
                channels[layer - hop].add(Key::Own(number, hop + 1), &[y[pair[1]]], &[y[pair[0]]]);
            }
            let last = y[bends[bends.len() - 1]];
            channels[graph.items[link.to].layer].add(Key::Target(link.to), &[], &[last, y[link.to]]);
        }
    }
}

impl Bundle {
    fn span(&self) -> (f64, f64) {
        let all = self.lefts.iter().chain(&self.rights);
        all.fold((f64::INFINITY, f64::NEG_INFINITY), |(low, high), y| (low.min(*y), high.max(*y)))
    }

    fn is_flat(&self) -> bool {
        let (low, high) = self.span();
        high - low < 0.5
    }

    /// What it costs to have this one left of the other: crossings, and lines that would lie on each other.
    fn cost_before(&self, other: &Self) -> u32 {
        let (low, high) = self.span();
        let (other_low, other_high) = other.span();
        let crossed = |ys: &[f64], low: f64, high: f64| {
            ys.iter().filter(|y| **y > low + 0.5 && **y < high - 0.5).count() as u32
        };
        let mut cost = crossed(&other.lefts, low, high) + crossed(&self.rights, other_low, other_high);
        for right in &self.rights {
            let close = other.lefts.iter().filter(|left| (*left - right).abs() < 3.0).count();
            cost += 8 * close as u32;
        }
        cost
    }

    fn overlaps(&self, other: &Self) -> bool {
        let ((low, high), (other_low, other_high)) = (self.span(), other.span());
        low <= other_high + 3.0 && other_low <= high + 3.0
    }
}

/// Gives every bundle of a channel its track.
fn assign(channel: &mut Channel) {
    let mut order: Vec<usize> =
        (0..channel.bundles.len()).filter(|at| !channel.bundles[*at].is_flat()).collect();
    let bundles = &channel.bundles;
    // Lines down: the lowest first; lines up: the uppermost first.
    let key = |at: &usize| {
        let bundle = &bundles[*at];
        let first = bundle.lefts.first().or(bundle.rights.first()).copied().unwrap_or(0.0);
        let end = bundle.rights.last().or(bundle.lefts.last()).copied().unwrap_or(0.0);
        let down = end > first;
        (down, if down { -first } else { first })
    };
    order.sort_by(|a, b| {
        let (a, b) = (key(a), key(b));
        a.0.cmp(&b.0).then(a.1.total_cmp(&b.1))
    });
    if order.len() > BUNDLES_MAX {
        for (place, at) in order.iter().enumerate() {
            channel.bundles[*at].track = place % TRACKS_MAX;
        }
        channel.tracks = order.len().min(TRACKS_MAX);
        return;
    }
    for _ in 0..PASSES_MAX {
        let mut changed = false;
        for at in 1..order.len() {
            let (left, right) = (&bundles[order[at - 1]], &bundles[order[at]]);
            if right.cost_before(left) < left.cost_before(right) {
                order.swap(at - 1, at);
                changed = true;
            }
        }
        if !changed {
            break;
        }
    }
    for place in 0..order.len() {
        let own = &channel.bundles[order[place]];
        let before = order[..place].iter().filter(|at| channel.bundles[**at].overlaps(own));
        let track = before.map(|at| channel.bundles[*at].track + 1).max().unwrap_or(0);
        channel.bundles[order[place]].track = track;
        channel.tracks = channel.tracks.max(track + 1);
    }
}

#[expect(clippy::too_many_arguments, reason = "everything that is known about one link")]
fn way(
    channels: &[Channel],
    graph: &Layers,
    y: &[f64],
    number: usize,
    link: &Link,
    path: &Path,
    nodes: &[Node],
    at: &[Point],
) -> Vec<Point> {
    let (from, to) = (at[link.from], at[link.to]);
    let layer = graph.items[link.from].layer;
    let mut way = match link.port {
        None => vec![Point { x: from.x + nodes[link.from].half, y: from.y }],
        Some(port) => {
            let x = from.x + port.x;
            vec![Point { x, y: from.y + port.top }, Point { x, y: from.y + port.drop }]
        }
    };
    let mut up_and_down = |x: f64, first: f64, second: f64| {
        way.push(Point { x, y: first });
        way.push(Point { x, y: second });
    };
    match path {
        Path::Straight => {}
        Path::Forward(bends) => {
            let mut left = begin(y, link);
            for (hop, next) in bends.iter().chain([&link.to]).enumerate() {
                let key = if hop == 0 { first_key(number, link) } else { Key::Own(number, hop) };
                up_and_down(channels[layer + 1 + hop].x(key), left, y[*next]);
                left = y[*next];
            }
        }
        Path::Back(bends) => {
            up_and_down(channels[layer + 1].x(first_key(number, link)), begin(y, link), y[bends[0]]);
            for (hop, pair) in bends.windows(2).enumerate() {
                up_and_down(channels[layer - hop].x(Key::Own(number, hop + 1)), y[pair[0]], y[pair[1]]);
            }
            let target = graph.items[link.to].layer;
            up_and_down(channels[target].x(Key::Target(link.to)), y[bends[bends.len() - 1]], y[link.to]);
        }
    }
    way.push(Point { x: to.x - nodes[link.to].half, y: to.y });
    way
}

/// Where the text of a link stands: above its line, behind the tracks, several at one line above each other; where
/// the link leaves its source alone, before the tracks.
#[expect(clippy::too_many_arguments, reason = "everything that is known about one link")]
fn text(
    channels: &mut [Channel],
    graph: &Layers,
    y: &[f64],
    link: &Link,
    path: &Path,
    middles: &[f64],
    way: &[Point],
    source: Option<Node>,
) -> Point {
    let layer = graph.items[link.from].layer;
    match path {
        Path::Straight => way[0],
        Path::Back(bends) => Point { x: middles[layer] - link.label / 2.0, y: y[bends[0]] - 4.0 },
        Path::Forward(_) if source.is_some() => {
            let half = source.map_or(0.0, |source| source.half);
            Point {
                x: (middles[layer] + half + 6.0).max(channels[layer + 1].left - 4.0),
                y: y[link.from] - 4.0,
            }
        }
        Path::Forward(bends) => {
            let height = y[*bends.first().unwrap_or(&link.to)];
            let channel = &mut channels[layer + 1];
            let above = channel.texts.entry(height.round() as i64).or_insert(0);
            let y = height - 4.0 - f64::from(*above) * TEXT;
            *above += 1;
            Point { x: channel.text_left, y }
        }
    }
}

/// Without points that change nothing.
fn simple(way: Vec<Point>) -> Vec<Point> {
    let mut kept: Vec<Point> = Vec::with_capacity(way.len());
    for point in way {
        if kept.last().is_some_and(|last| (last.x - point.x).abs() < 0.05 && (last.y - point.y).abs() < 0.05)
        {
            continue;
        }
        while let [.., before, last] = kept[..] {
            let upright = (before.x - last.x).abs() < 0.05 && (last.x - point.x).abs() < 0.05;
            let level = (before.y - last.y).abs() < 0.05 && (last.y - point.y).abs() < 0.05;
            if !upright && !level {
                break;
            }
            kept.pop();
        }
        kept.push(point);
    }
    kept
}
