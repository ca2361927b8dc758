//! A whole drawing as one SVG text: heading, pages, legend.
//!
//! **Absent on purpose:** single shapes (`shape.rs`) and flows (`line.rs`).

use std::collections::BTreeSet;

use crate::draw::arrange::Arranged;
use crate::draw::shape::{self, Drawn, badge, lines, token};
use crate::draw::size::{LINE, SMALL};
use crate::draw::state::Told;
use crate::draw::text::{self, escape, number};
use crate::draw::{Drawing, Flow, Form, Point, Rect, color, line};
use crate::look::clean_line;
use crate::story::{Standing, Story};
use crate::words;

/// Around everything.
const MARGIN: f64 = 24.0;
/// Between two pages.
const BETWEEN: f64 = 48.0;
/// A drawing is at least this wide, so that heading and legend have room.
const NARROW: f64 = 360.0;
/// The height of a heading or a row of the legend.
const ROW: f64 = 26.0;
/// Shapes that the summary names by state.
const DESCRIBED_MAX: usize = 60;

/// Writes a drawing whose shapes have places.
pub(super) fn paint(drawing: &Drawing, arranged: &Arranged, told: &[Told], story: Option<&Story>) -> String {
    let mut body = String::new();
    let (mut width, mut height) = (NARROW, MARGIN);
    if let Some(story) = story {
        heading(&mut body, story, &drawing.title, &mut height, &mut width);
    }
    let many = (0..drawing.pages.len()).filter(|page| extent(drawing, *page).is_some()).count() > 1;
    for (page, named) in drawing.pages.iter().enumerate() {
        let Some(extent) = extent(drawing, page) else { continue };
        let title = clean_line(&named.title);
        if many && !title.is_empty() {
            lines(&mut body, &[text::cut(&title, 14.0, 600.0)], MARGIN, height + 14.0, LINE, "h");
            height += ROW + 8.0;
        }
        let (x, y) = (number(MARGIN - extent.x), number(height - extent.y));
        body.push_str(&format!("<g transform=\"translate({x} {y})\">\n"));
        draw_page(&mut body, drawing, arranged, &States { told, story }, page);
        body.push_str("</g>\n");
        width = width.max(extent.width);
        height += extent.height + BETWEEN;
    }
    height -= BETWEEN - MARGIN;
    if story.is_some() {
        let states = States { told, story };
        let taken = drawing.flows.iter().any(|flow| states.taken(flow));
        legend(&mut body, told, taken, width, &mut height);
    }
    let (width, height) = (number((width + 2.0 * MARGIN).ceil()), number(height.ceil().max(2.0 * MARGIN)));
    let title = Some(clean_line(&drawing.title)).filter(|title| !title.is_empty());
    let title = escape(title.as_deref().unwrap_or("Workflow"));
    let about = escape(&about(drawing, told, story));
    format!(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"{width}\" height=\"{height}\" \
         viewBox=\"0 0 {width} {height}\" role=\"img\" aria-label=\"{title}\">\n\
         <title>{title}</title>\n<desc>{about}</desc>\n<style>\n{}</style>\n\
         <rect class=\"bg\" width=\"{width}\" height=\"{height}\"/>\n{body}</svg>\n",
        color::STYLE
    )
}

/// What a run says.
struct States<'a> {
    told: &'a [Told],
    story: Option<&'a Story>,
}

impl States<'_> {
    fn taken(&self, flow: &Flow) -> bool {
        self.story.is_some_and(|story| flow.edges.iter().any(|edge| story.taken.contains_key(edge)))
    }
}

/// What a run came to, above everything.
fn heading(body: &mut String, story: &Story, title: &str, height: &mut f64, width: &mut f64) {
    let headline = words::headline(story);
    let said = format!("{}{}", headline.word, headline.rest);
    let first = text::cut(&clean_line(title), 14.0, 640.0);
    let second = text::cut(&said, 12.0, 900.0);
    *width = width.max(text::width(&first, 15.0)).max(text::width(&second, 12.0));
    lines(body, &[first], MARGIN, *height + 12.0, LINE, "h");
    lines(body, &[second], MARGIN, *height + 31.0, LINE, "t");
    *height += 52.0;
}

/// In words, for those who do not see the picture.
fn about(drawing: &Drawing, told: &[Told], story: Option<&Story>) -> String {
    let steps = drawing.shapes.iter().filter(|shape| is_step(shape.form)).count();
    let mut about =
        format!("Workflow with {} and {}.", count(steps, "step"), count(drawing.flows.len(), "flow"));
    let Some(story) = story else { return about };
    let headline = words::headline(story);
    about.push_str(&format!(" {}{}.", headline.word, headline.rest));
    let described =
        drawing.shapes.iter().zip(told).filter(|(shape, told)| is_step(shape.form) && !told.words.is_empty());
    for (shape, told) in described.take(DESCRIBED_MAX) {
        about.push_str(&format!(" {}: {}.", clean_line(&shape.name), told.words));
    }
    about
}

fn is_step(form: Form) -> bool {
    matches!(form, Form::Task(..) | Form::Call(_) | Form::SubProcess { .. })
}

fn count(many: usize, what: &str) -> String {
    if many == 1 { format!("1 {what}") } else { format!("{many} {what}s") }
}

/// The part of a page that is drawn on.
fn extent(drawing: &Drawing, page: usize) -> Option<Rect> {
    let mut low = Point { x: f64::INFINITY, y: f64::INFINITY };
    let mut high = Point { x: f64::NEG_INFINITY, y: f64::NEG_INFINITY };
    let mut add = |place: Rect| {
        low = Point { x: low.x.min(place.x), y: low.y.min(place.y) };
        high = Point { x: high.x.max(place.right()), y: high.y.max(place.bottom()) };
    };
    for shape in drawing.shapes.iter().filter(|shape| shape.page == page) {
        let Some(place) = shape.place else { continue };
        // Badges stand over the border.
        add(Rect {
            x: place.x - 5.0,
            y: place.y - 9.0,
            width: place.width + 10.0,
            height: place.height + 11.0,
        });
        match shape.label {
            Some(label) => add(label),
            None if crate::draw::size::is_labelled(shape.form) => {
                let names = text::wrap(&shape.name, SMALL, crate::draw::size::LABEL, 3);
                let wide = names.iter().map(|name| text::width(name, SMALL)).fold(0.0, f64::max);
                let high = names.len() as f64 * crate::draw::size::LINE_SMALL + 4.0;
                add(Rect { x: place.center().x - wide / 2.0, y: place.bottom(), width: wide, height: high });
            }
            None => {}
        }
    }
    for flow in drawing.flows.iter().filter(|flow| drawing.shapes[flow.from].page == page) {
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

/// Frames from the outside in, then flows, then what stands in frames, then borders, then texts.
fn draw_page(body: &mut String, drawing: &Drawing, arranged: &Arranged, states: &States<'_>, page: usize) {
    let depths = depths(drawing);
    let mut order: Vec<usize> = (0..drawing.shapes.len())
        .filter(|at| drawing.shapes[*at].page == page && drawing.shapes[*at].place.is_some())
        .collect();
    let layer = |at: usize| match drawing.shapes[at].form {
        Form::Pool { .. } => 0,
        Form::Lane { .. } => 1,
        Form::SubProcess { open: true, .. } => 2,
        Form::Group => 3,
        _ if drawing.shapes[at].host.is_some() => 5,
        _ => 4,
    };
    order.sort_by_key(|at| (layer(*at), if layer(*at) < 3 { depths[*at] } else { 0 }, *at));
    let split = order.partition_point(|at| layer(*at) < 4);
    let draw = |body: &mut String, at: usize| {
        let shape = &drawing.shapes[at];
        if let Some(place) = shape.place {
            shape::draw(body, &Drawn { shape, told: &states.told[at], place, fitted: arranged.shapes[at] });
        }
    };
    for at in &order[..split] {
        draw(body, *at);
    }
    let flows = || {
        drawing.flows.iter().zip(&arranged.flows).filter(|(flow, _)| drawing.shapes[flow.from].page == page)
    };
    let mut leaving = vec![0u32; drawing.shapes.len()];
    for (flow, _) in flows() {
        leaving[flow.from] += 1;
    }
    for taken in [false, true] {
        for (flow, fitted) in flows().filter(|(flow, _)| states.taken(flow) == taken) {
            line::draw(body, flow, *fitted && leaving[flow.from] > 1, taken);
        }
    }
    for at in &order[split..] {
        draw(body, *at);
    }
    for (flow, fitted) in flows().filter(|(flow, _)| !flow.name.trim().is_empty()) {
        line::label(body, flow, *fitted);
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

/// What colors, symbols and dots mean: those that occur.
fn legend(body: &mut String, told: &[Told], taken: bool, width: f64, height: &mut f64) {
    let states: BTreeSet<Standing> = told.iter().filter_map(|told| told.standing).collect();
    let halted = told.iter().any(|told| told.halted);
    let tokens = told.iter().any(|told| told.tokens > 0);
    if states.is_empty() {
        return;
    }
    let (mut x, mut y) = (MARGIN, *height + 4.0);
    let mut entry = |body: &mut String, words: &str, sign: &dyn Fn(&mut String, Point)| {
        let wide = 18.0 + text::width(words, SMALL) + 18.0;
        if x > MARGIN && x + wide > width + MARGIN {
            (x, y) = (MARGIN, y + ROW);
        }
        sign(body, Point { x: x + 8.0, y });
        lines(body, &[words.to_owned()], x + 22.0, y + 4.0, LINE, "s");
        x += wide + 4.0;
    };
    for standing in states {
        entry(body, standing.word(), &|body, at| {
            badge(body, at, color::class(standing), color::symbol(standing));
        });
    }
    if halted {
        entry(body, "could not go on", &|body, at| badge(body, at, "unsure", color::HALTED));
    }
    if tokens {
        entry(body, "token: active or waiting here", &|body, at| token(body, at, 1));
    }
    if taken {
        entry(body, "way that tokens took", &|body, at| {
            let (left, y, right) = (number(at.x - 9.0), number(at.y), number(at.x + 9.0));
            body.push_str(&format!("<g class=\"on\"><path class=\"f\" d=\"M{left} {y}H{right}\"/></g>"));
        });
    }
    *height = y + ROW;
}
