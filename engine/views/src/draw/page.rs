//! One page of a drawing: what stands on it, how much room that takes, and in which order it is drawn.
//!
//! **Absent on purpose:** single shapes (`shape.rs`) and flows (`line.rs`), heading and legend (`paint.rs`).

use std::collections::BTreeMap;

use crate::draw::arrange::Arranged;
use crate::draw::shape::{self, Drawn};
use crate::draw::size::{self, SMALL};
use crate::draw::state::Told;
use crate::draw::{Drawing, Flow, Form, Point, Rect, line, text};
use crate::story::Story;

/// What stands on a page.
#[derive(Default)]
pub(super) struct Sheet {
    pub(super) page: usize,
    shapes: Vec<usize>,
    flows: Vec<usize>,
}

/// The pages on which something stands, in their order.
pub(super) fn sheets(drawing: &Drawing) -> Vec<Sheet> {
    let mut sheets: BTreeMap<usize, Sheet> = BTreeMap::new();
    for (at, shape) in drawing.shapes.iter().enumerate().filter(|(_, shape)| shape.place.is_some()) {
        let page = shape.page;
        sheets.entry(page).or_insert_with(|| Sheet { page, ..Sheet::default() }).shapes.push(at);
    }
    for (at, flow) in drawing.flows.iter().enumerate() {
        if let Some(sheet) = sheets.get_mut(&drawing.shapes[flow.from].page) {
            sheet.flows.push(at);
        }
    }
    sheets.into_values().collect()
}

/// What a run says.
pub(super) struct States<'a> {
    pub(super) told: &'a [Told],
    pub(super) story: Option<&'a Story>,
}

impl States<'_> {
    /// Whether tokens went along a flow.
    pub(super) fn taken(&self, flow: &Flow) -> bool {
        self.story.is_some_and(|story| flow.edges.iter().any(|edge| story.taken.contains_key(edge)))
    }
}

impl Sheet {
    /// The part of the page that is drawn on.
    pub(super) fn extent(&self, drawing: &Drawing) -> Option<Rect> {
        let mut low = Point { x: f64::INFINITY, y: f64::INFINITY };
        let mut high = Point { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY };
        let mut add = |place: Rect| {
            low = Point { x: low.x.min(place.x), y: low.y.min(place.y) };
            high = Point { x: high.x.max(place.right()), y: high.y.max(place.bottom()) };
        };
        for shape in self.shapes.iter().map(|at| &drawing.shapes[*at]) {
            let Some(place) = shape.place else { continue };
            // Badges stand over the border.
            add(Rect {
                x: place.x - 5.0,
                y: place.y - 9.0,
                width: place.width + 10.0,
                height: place.height + 11.0,
            });
            match shape.label {
                Some(label) if !shape.name.is_empty() => add(label),
                Some(_) => {}
                None if size::is_labelled(shape.form) => {
                    let names = text::wrap(&shape.name, SMALL, size::LABEL, 3);
                    let wide = names.iter().map(|name| text::width(name, SMALL)).fold(0.0, f64::max);
                    let high = names.len() as f64 * size::LINE_SMALL + 4.0;
                    add(Rect {
                        x: place.center().x - wide / 2.0,
                        y: place.bottom(),
                        width: wide,
                        height: high,
                    });
                }
                None => {}
            }
        }
        for flow in self.flows.iter().map(|at| &drawing.flows[*at]) {
            for point in &flow.way {
                add(Rect { x: point.x - 2.0, y: point.y - 2.0, width: 4.0, height: 4.0 });
            }
            if let Some(label) = flow.label.filter(|_| !flow.name.is_empty() && !flow.way.is_empty()) {
                add(label);
            }
        }
        let size = Rect { x: low.x, y: low.y, width: high.x - low.x, height: high.y - low.y };
        low.x.is_finite().then_some(size)
    }
}

/// Everything that pages are printed from.
pub(super) struct Printer<'a> {
    drawing: &'a Drawing,
    arranged: &'a Arranged,
    states: &'a States<'a>,
    /// How deep each shape lies.
    depths: Vec<usize>,
    /// How many flows leave each shape.
    leaving: Vec<u32>,
}

impl<'a> Printer<'a> {
    pub(super) fn new(drawing: &'a Drawing, arranged: &'a Arranged, states: &'a States<'a>) -> Self {
        let mut leaving = vec![0u32; drawing.shapes.len()];
        for flow in drawing.flows.iter().filter(|flow| !flow.way.is_empty()) {
            leaving[flow.from] += 1;
        }
        Self { drawing, arranged, states, depths: depths(drawing), leaving }
    }

    /// Frames from the outside in, then flows, then what stands in frames, then borders, then texts.
    pub(super) fn print(&self, body: &mut String, sheet: &Sheet) {
        let mut order = sheet.shapes.clone();
        order.sort_by_key(|at| {
            let layer = self.layer(*at);
            (layer, if layer < 3 { self.depths[*at] } else { 0 }, *at)
        });
        let split = order.partition_point(|at| self.layer(*at) < 4);
        for at in &order[..split] {
            self.shape(body, *at);
        }
        let flows = || sheet.flows.iter().map(|at| (&self.drawing.flows[*at], self.arranged.flows[*at]));
        for taken in [false, true] {
            for (flow, fitted) in flows().filter(|(flow, _)| self.states.taken(flow) == taken) {
                line::draw(body, flow, fitted && self.leaving[flow.from] > 1, taken);
            }
        }
        for at in &order[split..] {
            self.shape(body, *at);
        }
        for (flow, fitted) in flows().filter(|(flow, _)| !flow.name.trim().is_empty()) {
            line::label(body, flow, fitted);
        }
    }

    fn layer(&self, at: usize) -> u8 {
        match self.drawing.shapes[at].form {
            Form::Pool { .. } => 0,
            Form::Lane { .. } => 1,
            Form::SubProcess { open: true, .. } => 2,
            Form::Group => 3,
            _ if self.drawing.shapes[at].host.is_some() => 5,
            _ => 4,
        }
    }

    fn shape(&self, body: &mut String, at: usize) {
        let shape = &self.drawing.shapes[at];
        if let Some(place) = shape.place {
            let (told, fitted) = (&self.states.told[at], self.arranged.shapes[at]);
            shape::draw(body, &Drawn { shape, told, place, fitted });
        }
    }
}

/// How deep each shape lies; frames do not lie in themselves.
fn depths(drawing: &Drawing) -> Vec<usize> {
    let mut depths: Vec<Option<usize>> = vec![None; drawing.shapes.len()];
    for start in 0..depths.len() {
        let mut way = Vec::new();
        let mut at = Some(start);
        while let Some(now) = at.filter(|now| depths[*now].is_none() && way.len() <= drawing.shapes.len()) {
            way.push(now);
            at = drawing.shapes[now].inside;
        }
        let first = at.and_then(|at| depths[at]).map_or(0, |depth| depth + 1);
        for (deeper, now) in way.into_iter().rev().enumerate() {
            depths[now] = Some(first + deeper);
        }
    }
    depths.into_iter().map(|depth| depth.unwrap_or(0)).collect()
}
