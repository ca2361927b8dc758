//! Giving a place to everything that has none.
//!
//! Frames are arranged from the inside out: what lies in a frame is laid out by itself, the frame is as large as that
//! needs, and is then one node of the graph around it. Parts without a link between them stand below each other;
//! single shapes in rows. A file that gives places keeps them; what it leaves out of its own diagram is drawn on a
//! page of its own, so that nothing of a process is hidden.
//!
//! **Absent on purpose:** lanes of files without a layout. Their names stand in small letters at what lies in them.

use std::collections::BTreeMap;

use crate::draw::layer::{self, Link, Node, Port};
use crate::draw::state::Told;
use crate::draw::{Drawing, Flow, Form, Line, Page, Point, Rect, Rounds, Work, order, route, size, text};

/// Around what lies in a frame.
const INSET: f64 = 24.0;
/// The title of a frame.
const TITLE: f64 = 30.0;
/// The title of a pool.
const BAND: f64 = 30.0;
/// Between parts that are not linked.
const APART: f64 = 30.0;
/// Single shapes go on in another row beyond this width.
const ROW: f64 = 760.0;
/// What has events on its border is at least this high.
const HOST: f64 = 64.0;
/// From one event on a border to the next.
pub(super) const STRIDE: f64 = 44.0;
/// The first event on a border.
const FIRST: f64 = 24.0;
/// From an event on a border down to the turn of its flow.
const DROP: f64 = 20.0;
/// From one such turn to the next.
const TURN: f64 = 16.0;

/// What was given a place here; the text of such shapes and flows fits.
pub(super) struct Arranged {
    pub(super) shapes: Vec<bool>,
    pub(super) flows: Vec<bool>,
}

/// Gives everything a place. `told` is what a run has to say at each shape.
pub(super) fn arrange(drawing: &mut Drawing, told: &[Told]) -> Arranged {
    sanitize(drawing);
    name_lanes(drawing);
    if drawing.pages.is_empty() {
        drawing.pages.push(Page::default());
    }
    if drawing.shapes.iter().any(|shape| shape.place.is_some()) {
        fill_in(drawing);
    }
    let shapes = drawing.shapes.iter().map(|shape| shape.place.is_none()).collect();
    let mut work = Nest::new(drawing, told);
    for at in work.inside_out() {
        work.frame(at);
    }
    for roots in work.roots() {
        work.layout(None, &roots);
    }
    let flows = work.ways.iter().map(Option::is_some).collect();
    work.spread();
    connect(drawing);
    Arranged { shapes, flows }
}

/// Takes out what cannot be: places outside of this world, indexes of nothing, frames that lie in themselves.
fn sanitize(drawing: &mut Drawing) {
    let count = drawing.shapes.len();
    let pages = drawing.pages.len().max(1);
    for at in 0..count {
        let shape = &mut drawing.shapes[at];
        shape.place = shape.place.filter(|place| place.is_sane());
        shape.label = shape.label.filter(|place| place.is_sane());
        shape.page = shape.page.min(pages - 1);
        shape.inside = shape.inside.filter(|frame| *frame < count && *frame != at);
        shape.host = shape.host.filter(|host| *host < count && *host != at);
    }
    // A frame that lies in itself through others lies nowhere; each shape is looked at once.
    let mut state = vec![0u8; count];
    for start in 0..count {
        let mut way = Vec::new();
        let mut at = Some(start);
        while let Some(now) = at.filter(|now| state[*now] == 0) {
            state[now] = 1;
            way.push(now);
            at = drawing.shapes[now].inside;
        }
        if let (Some(1), Some(last)) = (at.map(|again| state[again]), way.last()) {
            drawing.shapes[*last].inside = None;
        }
        for now in way {
            state[now] = 2;
        }
    }
    drawing.flows.retain(|flow| flow.from < count && flow.to < count);
    for flow in &mut drawing.flows {
        let sane = |point: &Point| Rect { x: point.x, y: point.y, ..Rect::default() }.is_sane();
        if flow.way.len() < 2 || !flow.way.iter().all(sane) {
            flow.way.clear();
        }
        flow.label = flow.label.filter(|place| place.is_sane());
    }
}

/// Work of people in a lane that is not drawn says whose it is, in small letters.
fn name_lanes(drawing: &mut Drawing) {
    for at in 0..drawing.shapes.len() {
        let Some(lane) = drawing.shapes[at].inside else { continue };
        let is_lane = matches!(drawing.shapes[lane].form, Form::Lane { .. });
        let works = matches!(drawing.shapes[at].form, Form::Task(Work::User | Work::Manual, _));
        if is_lane && works && drawing.shapes[lane].place.is_none() && drawing.shapes[at].caption.is_empty() {
            drawing.shapes[at].caption = drawing.shapes[lane].name.clone();
        }
    }
}

/// Whether a shape is seen only when somebody opens what it lies in.
fn is_hidden(drawing: &Drawing, at: usize) -> bool {
    let mut at = at;
    for _ in 0..=drawing.shapes.len() {
        let shape = &drawing.shapes[at];
        let Some(frame) = shape.inside.or(shape.host) else { return false };
        let around = &drawing.shapes[frame];
        if shape.inside.is_some() && matches!(around.form, Form::SubProcess { open: false, .. }) {
            return true;
        }
        at = frame;
    }
    true
}

/// A file with places: what belongs to a process and has none goes to a page of its own.
fn fill_in(drawing: &mut Drawing) {
    let page = drawing.pages.len();
    let mut missing = false;
    for at in 0..drawing.shapes.len() {
        let shape = &drawing.shapes[at];
        if shape.place.is_some() {
            continue;
        }
        let host = shape.host.and_then(|host| drawing.shapes[host].place.map(|place| (host, place)));
        if let Some((host, place)) = host {
            let before = drawing.shapes[..at].iter().filter(|other| other.host == Some(host)).count();
            let x = place.x + FIRST + STRIDE * before as f64 - size::EVENT / 2.0;
            let y = place.bottom() - size::EVENT / 2.0;
            drawing.shapes[at].place = Some(Rect { x, y, width: size::EVENT, height: size::EVENT });
            drawing.shapes[at].page = drawing.shapes[host].page;
            continue;
        }
        let runs = matches!(
            shape.form,
            Form::Event { .. } | Form::Task(..) | Form::Call(_) | Form::SubProcess { .. } | Form::Gateway(_)
        );
        if !runs || is_hidden(drawing, at) {
            drawing.shapes[at].page = usize::MAX;
            continue;
        }
        missing = true;
        let alone = shape.inside.is_none_or(|frame| {
            drawing.shapes[frame].place.is_some()
                || !matches!(drawing.shapes[frame].form, Form::SubProcess { .. })
        });
        let shape = &mut drawing.shapes[at];
        shape.page = page;
        if alone {
            shape.inside = None;
        }
    }
    if missing {
        drawing.pages.push(Page { title: "not in the diagram of the file".into() });
    }
}

struct Nest<'a> {
    drawing: &'a mut Drawing,
    /// The frame around each shape, lanes left out.
    frames: Vec<Option<usize>>,
    /// What lies in each frame.
    kids: Vec<Vec<usize>>,
    /// Events on each border.
    guests: Vec<Vec<usize>>,
    /// Size of each shape without a place.
    sizes: Vec<(f64, f64)>,
    /// Places and ways relative to the frame around.
    places: Vec<Option<Rect>>,
    flows_of: Vec<Vec<usize>>,
    ways: Vec<Option<(Option<usize>, Vec<Point>)>>,
}

impl<'a> Nest<'a> {
    fn new(drawing: &'a mut Drawing, told: &[Told]) -> Self {
        let count = drawing.shapes.len();
        let mut frames = vec![None; count];
        let mut kids = vec![Vec::new(); count];
        let mut guests = vec![Vec::new(); count];
        let mut sizes = vec![(0.0, 0.0); count];
        for at in 0..count {
            let shape = &drawing.shapes[at];
            let mut frame = shape.inside;
            while let Some(around) = frame.filter(|at| matches!(drawing.shapes[*at].form, Form::Lane { .. }))
            {
                frame = drawing.shapes[around].inside;
            }
            frames[at] = frame;
            if shape.place.is_some() || shape.page == usize::MAX || matches!(shape.form, Form::Lane { .. }) {
                continue;
            }
            sizes[at] = size::size(shape, told.get(at).map_or("", |told| &told.line));
            match (shape.host, frame) {
                (Some(host), _) => guests[host].push(at),
                (None, Some(frame)) => kids[frame].push(at),
                (None, None) => {}
            }
        }
        let mut flows_of = vec![Vec::new(); count];
        for (at, flow) in drawing.flows.iter().enumerate() {
            flows_of[flow.from].push(at);
        }
        let flows = drawing.flows.len();
        let (places, ways) = (vec![None; count], vec![None; flows]);
        Self { drawing, frames, kids, guests, sizes, places, flows_of, ways }
    }

    /// Frames with something in them, the innermost first.
    fn inside_out(&self) -> Vec<usize> {
        let roots = (0..self.kids.len()).filter(|at| self.frames[*at].is_none());
        let mut order = Vec::new();
        let mut work: Vec<usize> = roots.collect();
        while let Some(at) = work.pop() {
            if !self.kids[at].is_empty() {
                order.push(at);
                work.extend(&self.kids[at]);
            }
        }
        order.reverse();
        order
    }

    /// What lies in no frame, for each page that has something of it.
    fn roots(&self) -> Vec<Vec<usize>> {
        let mut roots: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (at, shape) in self.drawing.shapes.iter().enumerate() {
            let drawn = shape.place.is_none() && shape.page != usize::MAX && shape.host.is_none();
            if drawn && self.frames[at].is_none() && !matches!(shape.form, Form::Lane { .. }) {
                roots.entry(shape.page).or_default().push(at);
            }
        }
        roots.into_values().collect()
    }

    /// Lays out what lies in a frame.
    fn frame(&mut self, frame: usize) {
        let kids = self.kids[frame].clone();
        self.layout(Some(frame), &kids);
    }

    /// Lays out what lies in a frame, or on a page.
    fn layout(&mut self, frame: Option<usize>, kids: &[usize]) {
        if kids.is_empty() {
            return;
        }
        for at in kids {
            let guests = self.guests[*at].len() as f64;
            if guests > 0.0 {
                // The markers in the middle of the lower border stay free, and the text above it.
                let marked = matches!(
                    self.drawing.shapes[*at].form,
                    Form::Task(_, rounds) | Form::Call(rounds) | Form::SubProcess { rounds, .. } if rounds != Rounds::Once
                );
                let last = FIRST + STRIDE * (guests - 1.0);
                let wide = if marked { 2.0 * (last + STRIDE) } else { last + FIRST };
                let (width, height) = self.sizes[*at];
                self.sizes[*at] = (width.max(wide), height.max(HOST));
            }
        }
        let parts = self.parts(kids);
        let (left, top) = match frame.map(|at| self.drawing.shapes[at].form) {
            Some(Form::Pool { .. }) => (BAND + INSET, INSET),
            Some(_) => (INSET, TITLE + 6.0),
            None => (0.0, 0.0),
        };
        let (mut width, mut y) = (0.0f64, top);
        let (many, single): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| part.len() > 1);
        for part in many {
            let (wide, high) = self.part(&part, frame, left, y);
            width = width.max(wide);
            y += high + APART;
        }
        let single: Vec<usize> = single.into_iter().flatten().collect();
        // Many single shapes make a page of the shape of a screen.
        let area: f64 = single.iter().map(|at| self.sizes[*at].0 * self.sizes[*at].1).sum();
        let (wide, high) = self.rows(&single, left, y, width.max(ROW).max((3.0 * area).sqrt()));
        width = width.max(wide);
        y += high;
        let height = if single.is_empty() { y - APART } else { y };
        let Some(frame) = frame else { return };
        let title = text::width(&self.drawing.shapes[frame].name, size::LETTERS).min(240.0) + 40.0;
        let size = &mut self.sizes[frame];
        size.0 = (left + width + INSET).max(title).max(size.0).ceil();
        size.1 = (height + INSET).ceil();
        size.1 += size.1 % 2.0;
        size.0 += size.0 % 2.0;
    }

    /// Shapes that are linked, in the order of their first one.
    fn parts(&self, kids: &[usize]) -> Vec<Vec<usize>> {
        let local: BTreeMap<usize, usize> = kids.iter().enumerate().map(|(place, at)| (*at, place)).collect();
        let mut leader: Vec<usize> = (0..kids.len()).collect();
        let find = |leader: &mut Vec<usize>, mut at: usize| {
            while leader[at] != at {
                leader[at] = leader[leader[at]];
                at = leader[at];
            }
            at
        };
        for (from, _, to, _) in self.links(kids) {
            let (Some(from), Some(to)) = (local.get(&from), local.get(&to)) else { continue };
            let (from, to) = (find(&mut leader, *from), find(&mut leader, *to));
            let (low, high) = (from.min(to), from.max(to));
            leader[high] = low;
        }
        let mut parts: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for (place, at) in kids.iter().enumerate() {
            parts.entry(find(&mut leader, place)).or_default().push(*at);
        }
        parts.into_values().collect()
    }

    /// Flows that begin at these shapes or at events on their borders: (shape, event, target, flow).
    fn links(&self, kids: &[usize]) -> Vec<(usize, Option<usize>, usize, usize)> {
        let mut links = Vec::new();
        for at in kids {
            let own = self.flows_of[*at].iter().map(|flow| (None, *flow));
            let of_guests = self.guests[*at]
                .iter()
                .flat_map(|guest| self.flows_of[*guest].iter().map(|flow| (Some(*guest), *flow)));
            for (guest, flow) in own.chain(of_guests) {
                let Flow { to, line, .. } = self.drawing.flows[flow];
                if line != Line::Message {
                    links.push((*at, guest, to, flow));
                }
            }
        }
        links
    }

    /// Lays out linked shapes; says how much room they took.
    fn part(&mut self, part: &[usize], frame: Option<usize>, left: f64, top: f64) -> (f64, f64) {
        let local: BTreeMap<usize, usize> = part.iter().enumerate().map(|(place, at)| (*at, place)).collect();
        let nodes: Vec<Node> = part.iter().map(|at| self.node(*at)).collect();
        let mut links = Vec::new();
        let mut flows = Vec::new();
        for (from, guest, to, flow) in self.links(part) {
            let Some(to) = local.get(&to) else { continue };
            let name = text::cut(&self.drawing.flows[flow].name, size::SMALL, size::FLOW_TEXT);
            let label = if name.is_empty() { 0.0 } else { text::width(&name, size::SMALL).ceil() };
            let port = guest.map(|guest| self.port(from, guest));
            links.push(Link { from: local[&from], to: *to, port, label });
            flows.push(flow);
        }
        let mut graph = layer::layers(&nodes, &links);
        order::order(&mut graph);
        let y = order::heights(&graph);
        let placed = route::route(&graph, &y, &nodes, &links);
        for (at, middle) in part.iter().zip(&placed.at) {
            self.put(*at, left + middle.x, top + middle.y);
        }
        let widths = links.iter().map(|link| link.label);
        for (((flow, way), text), width) in flows.into_iter().zip(placed.ways).zip(placed.texts).zip(widths) {
            let moved = way.into_iter().map(|point| Point { x: point.x + left, y: point.y + top });
            self.ways[flow] = Some((frame, moved.collect()));
            let height = size::LINE_SMALL;
            self.drawing.flows[flow].label =
                text.map(|at| Rect { x: at.x + left, y: at.y + top - height + 3.0, width, height });
        }
        (placed.width, placed.height)
    }

    /// Shapes without links, in rows; pools below each other.
    fn rows(&mut self, single: &[usize], left: f64, top: f64, most: f64) -> (f64, f64) {
        let (mut x, mut y, mut high, mut width) = (left, top, 0.0f64, 0.0f64);
        for at in single {
            let node = self.node(*at);
            let frame =
                matches!(self.drawing.shapes[*at].form, Form::Pool { .. }) || !self.kids[*at].is_empty();
            if x > left && (frame || x + node.width > left + most) {
                (x, y, high) = (left, y + high + order::GAP, 0.0);
            }
            self.put(*at, x + node.width / 2.0, y + node.above);
            x += node.width + order::GAP;
            width = width.max(x - order::GAP - left);
            high = high.max(node.above + node.below);
            if frame {
                (x, y, high) = (left, y + high + APART, 0.0);
            }
        }
        (width, if single.is_empty() { 0.0 } else { y + high - top })
    }

    fn node(&self, at: usize) -> Node {
        let (width, height) = self.sizes[at];
        let lines = size::label(&self.drawing.shapes[at]);
        let wide = lines.iter().map(|line| text::width(line, size::SMALL)).fold(width, f64::max).ceil();
        let label = if lines.is_empty() { 0.0 } else { lines.len() as f64 * size::LINE_SMALL + 6.0 };
        let guests = self.guests[at].len() as f64;
        let border = if guests > 0.0 { size::EVENT / 2.0 + DROP + TURN * (guests - 1.0) + 2.0 } else { 0.0 };
        let below = height / 2.0 + label.max(border);
        Node { width: wide, half: width / 2.0, above: height / 2.0 + 8.0, below }
    }

    fn port(&self, host: usize, guest: usize) -> Port {
        let place = self.guests[host].iter().position(|at| *at == guest).unwrap_or(0);
        let after = (self.guests[host].len() - 1).saturating_sub(place) as f64;
        let (width, height) = self.sizes[host];
        let top = height / 2.0 + size::EVENT / 2.0;
        Port { x: FIRST + STRIDE * place as f64 - width / 2.0, top, drop: top + DROP + TURN * after }
    }

    /// Puts a shape, and the events on its border, where its middle is to be.
    fn put(&mut self, at: usize, x: f64, y: f64) {
        let (width, height) = self.sizes[at];
        self.places[at] = Some(Rect { x: x - width / 2.0, y: y - height / 2.0, width, height });
        for guest in self.guests[at].clone() {
            let port = self.port(at, guest);
            let (wide, high) = (size::EVENT, size::EVENT);
            let place =
                Rect { x: x + port.x - wide / 2.0, y: y + port.top - high, width: wide, height: high };
            self.places[guest] = Some(place);
            let room = port.drop - 4.0 - size::LINE_SMALL;
            let label =
                Rect { x: x + port.x + 5.0, y: y + room, width: size::FLOW_TEXT, height: size::LINE_SMALL };
            self.drawing.shapes[guest].label = Some(label);
        }
    }

    /// Turns places in frames into places on pages, from the outside in.
    fn spread(self) {
        let count = self.places.len();
        let mut origin: Vec<Option<(f64, f64)>> = vec![None; count];
        let mut work: Vec<usize> = (0..count).filter(|at| self.frames[*at].is_none()).collect();
        let mut pools: BTreeMap<usize, f64> = BTreeMap::new();
        while let Some(at) = work.pop() {
            let around = self.frames[at].and_then(|frame| origin[frame]).unwrap_or((0.0, 0.0));
            let page =
                self.frames[at].map_or(self.drawing.shapes[at].page, |frame| self.drawing.shapes[frame].page);
            if let Some(place) = self.places[at] {
                let moved = place.moved(around.0, around.1);
                origin[at] = Some((moved.x, moved.y));
                let shape = &mut self.drawing.shapes[at];
                shape.place = Some(moved);
                shape.page = page;
                if let Form::Pool { .. } = shape.form {
                    let widest = pools.entry(page).or_insert(0.0);
                    *widest = widest.max(moved.width);
                }
            }
            for guest in self.guests[at].clone() {
                if let Some(place) = self.places[guest] {
                    let shape = &mut self.drawing.shapes[guest];
                    shape.place = Some(place.moved(around.0, around.1));
                    shape.label = shape.label.map(|label| label.moved(around.0, around.1));
                    shape.page = page;
                }
            }
            work.extend(&self.kids[at]);
        }
        for (at, place) in self.places.iter().enumerate() {
            let shape = &mut self.drawing.shapes[at];
            if let (Form::Pool { .. }, Some(_), Some(place)) = (shape.form, place, &mut shape.place) {
                place.width = pools.get(&shape.page).copied().unwrap_or(0.0).max(place.width);
            }
        }
        for (at, way) in self.ways.into_iter().enumerate() {
            let Some((frame, way)) = way else { continue };
            let (x, y) = frame.and_then(|frame| origin[frame]).unwrap_or((0.0, 0.0));
            let flow = &mut self.drawing.flows[at];
            flow.way = way.into_iter().map(|point| Point { x: point.x + x, y: point.y + y }).collect();
            flow.label = flow.label.map(|label| label.moved(x, y));
        }
    }
}

/// Ways of flows that nobody gave one: message flows, associations, flows of a file without waypoints.
fn connect(drawing: &mut Drawing) {
    for at in 0..drawing.flows.len() {
        let flow = &drawing.flows[at];
        let (from, to) = (&drawing.shapes[flow.from], &drawing.shapes[flow.to]);
        let (Some(start), Some(end)) = (from.place, to.place) else { continue };
        if !flow.way.is_empty() || from.page != to.page {
            continue;
        }
        let (a, b) = (start.center(), end.center());
        let way = if start.right() + 8.0 < end.x {
            let middle = (start.right() + end.x) / 2.0;
            vec![(start.right(), a.y), (middle, a.y), (middle, b.y), (end.x, b.y)]
        } else if start.bottom() + 8.0 < end.y {
            let middle = (start.bottom() + end.y) / 2.0;
            vec![(a.x, start.bottom()), (a.x, middle), (b.x, middle), (b.x, end.y)]
        } else if end.bottom() + 8.0 < start.y {
            let middle = (end.bottom() + start.y) / 2.0;
            vec![(a.x, start.y), (a.x, middle), (b.x, middle), (b.x, end.bottom())]
        } else {
            let below = start.bottom().max(end.bottom()) + 24.0;
            vec![(a.x, start.bottom()), (a.x, below), (b.x, below), (b.x, end.bottom())]
        };
        drawing.flows[at].way = way.into_iter().map(|(x, y)| Point { x, y }).collect();
    }
}
