//! A whole drawing as one SVG text: heading, pages, legend.
//!
//! **Absent on purpose:** what stands on a page (`page.rs`).

use std::collections::BTreeSet;

use crate::draw::arrange::Arranged;
use crate::draw::page::{self, States};
use crate::draw::shape::{badge, lines, token};
use crate::draw::size::{LINE, SMALL};
use crate::draw::state::Told;
use crate::draw::text::{self, escape, number};
use crate::draw::{Drawing, Form, Point, color};
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
    let states = States { told, story };
    let sheets = page::sheets(drawing);
    let many = sheets.len() > 1;
    let printer = page::Printer::new(drawing, arranged, &states);
    for sheet in &sheets {
        let Some(extent) = sheet.extent(drawing) else { continue };
        let Some(named) = drawing.pages.get(sheet.page) else { continue };
        let title = clean_line(&named.title);
        if many && !title.is_empty() {
            lines(&mut body, &[text::cut(&title, 14.0, 600.0)], MARGIN, height + 14.0, LINE, "h");
            height += ROW + 8.0;
        }
        let (x, y) = (number(MARGIN - extent.x), number(height - extent.y));
        body.push_str(&format!("<g transform=\"translate({x} {y})\">\n"));
        printer.print(&mut body, sheet);
        body.push_str("</g>\n");
        width = width.max(extent.width);
        height += extent.height + BETWEEN;
    }
    height -= BETWEEN - MARGIN;
    if story.is_some() {
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
