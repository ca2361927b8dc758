//! Each shape as SVG elements.
//!
//! **Absent on purpose:** colors (`color.rs`), the order in which shapes are drawn (`paint.rs`).

use crate::draw::size::{self, LETTERS, LINE, LINE_SMALL, SMALL};
use crate::draw::state::Told;
use crate::draw::text::{self, escape, number};
use crate::draw::{Form, Gateway, Point, Rect, Rounds, Shape, Stage, color, icon};
use crate::look::clean_line;
use crate::story::Standing;

/// A pool's or lane's title.
const BAND: f64 = 30.0;
/// What the icon of a task takes, with the space around it.
const ICON: f64 = 23.0;
/// Lines of a name in a box.
const LINES_MAX: usize = 6;

/// A shape and where it is.
pub(super) struct Drawn<'a> {
    pub(super) shape: &'a Shape,
    pub(super) told: &'a Told,
    pub(super) place: Rect,
    /// The place was made for the text, so the text is broken as it was measured.
    pub(super) fitted: bool,
}

/// Appends a shape.
pub(super) fn draw(out: &mut String, drawn: &Drawn<'_>) {
    let class = match drawn.told.standing {
        Some(_) if drawn.told.halted => "unsure",
        standing => standing.map(color::class).unwrap_or_default(),
    };
    if class.is_empty() {
        out.push_str("<g>");
    } else {
        out.push_str(&format!("<g class=\"{class}\">"));
    }
    let name = clean_line(&drawn.shape.name);
    let name = if name.is_empty() { clean_line(&drawn.shape.id) } else { name };
    let name: String = name.chars().take(4 * text::NAME_MAX).collect();
    let said = if drawn.told.words.is_empty() { String::new() } else { format!(": {}", drawn.told.words) };
    out.push_str(&format!("<title>{}{}</title>", escape(&name), escape(&said)));
    match drawn.shape.form {
        Form::Event { .. } => event(out, drawn),
        Form::Gateway(gateway) => diamond(out, drawn, gateway),
        Form::Task(..) | Form::Call(_) | Form::SubProcess { .. } => boxed(out, drawn),
        Form::Pool { upright } | Form::Lane { upright } => band(out, drawn, upright),
        Form::Group => {
            rect(out, drawn.place, "group", 10.0);
            title(out, drawn, "s");
        }
        Form::Note => note(out, drawn),
        Form::Data => data(out, drawn),
        Form::Store => store(out, drawn),
    }
    state(out, drawn);
    out.push_str("</g>\n");
}

fn rect(out: &mut String, place: Rect, class: &str, radius: f64) {
    let Rect { x, y, width, height } = place;
    let radius = if radius > 0.0 { format!(" rx=\"{}\"", number(radius)) } else { String::new() };
    out.push_str(&format!(
        "<rect class=\"{class}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"{radius}/>",
        number(x),
        number(y),
        number(width),
        number(height)
    ));
}

fn circle(out: &mut String, at: Point, radius: f64, class: &str) {
    out.push_str(&format!(
        "<circle class=\"{class}\" cx=\"{}\" cy=\"{}\" r=\"{}\"/>",
        number(at.x),
        number(at.y),
        number(radius.max(0.0))
    ));
}

/// A path made around the origin, moved and scaled.
fn glyph(out: &mut String, path: &str, at: Point, scale: f64, class: &str) {
    let scale = if (scale - 1.0).abs() < 0.01 { String::new() } else { format!(" scale({scale:.2})") };
    let (x, y) = (number(at.x), number(at.y));
    out.push_str(&format!("<path class=\"{class}\" transform=\"translate({x} {y}){scale}\" d=\"{path}\"/>"));
}

/// Lines of text below each other; `y` is the base of the first.
pub(super) fn lines(out: &mut String, lines: &[String], x: f64, y: f64, step: f64, class: &str) {
    for (at, line) in lines.iter().enumerate() {
        out.push_str(&format!(
            "<text class=\"{class}\" x=\"{}\" y=\"{}\">{}</text>",
            number(x),
            number(y + at as f64 * step),
            escape(line)
        ));
    }
}

fn event(out: &mut String, drawn: &Drawn<'_>) {
    let Form::Event { stage, trigger, interrupts } = drawn.shape.form else { return };
    let center = drawn.place.center();
    let radius = drawn.place.width.min(drawn.place.height) / 2.0;
    let class = match (stage, interrupts) {
        (Stage::End, _) => "box end",
        (_, true) => "box",
        (_, false) => "box dash",
    };
    circle(out, center, radius - if stage == Stage::End { 1.0 } else { 0.0 }, class);
    if matches!(stage, Stage::Catch | Stage::Throw | Stage::Boundary) {
        circle(out, center, radius - 3.2, if interrupts { "ring" } else { "ring dash" });
    }
    if let Some((path, filled)) = icon::trigger(trigger, matches!(stage, Stage::Throw | Stage::End)) {
        let scale = radius / 18.0 * if stage == Stage::Start || stage == Stage::End { 0.95 } else { 0.88 };
        glyph(out, path, center, scale, if filled { "j" } else { "i" });
    }
    below(out, drawn);
}

/// A name below its shape, or where the file wants it.
fn below(out: &mut String, drawn: &Drawn<'_>) {
    let (shape, place) = (drawn.shape, drawn.place);
    let Some(label) = shape.label else {
        let names = text::wrap(&shape.name, SMALL, size::LABEL, size::LABEL_LINES_MAX);
        lines(out, &names, place.center().x, place.bottom() + LINE_SMALL + 1.0, LINE_SMALL, "l m");
        return;
    };
    if drawn.fitted {
        let name = text::cut(&shape.name, SMALL, size::FLOW_TEXT);
        if !name.is_empty() {
            lines(out, &[name], label.x, label.bottom(), LINE_SMALL, "l");
        }
        return;
    }
    let names = text::wrap(&shape.name, SMALL, label.width.max(90.0), LINES_MAX);
    lines(out, &names, label.center().x, label.y + SMALL, LINE_SMALL, "l m");
}

fn diamond(out: &mut String, drawn: &Drawn<'_>, gateway: Gateway) {
    let Rect { x, y, width, height } = drawn.place;
    let center = drawn.place.center();
    let (right, bottom) = (x + width, y + height);
    out.push_str(&format!(
        "<path class=\"box\" d=\"M{} {}L{} {} {} {} {} {}Z\"/>",
        number(center.x),
        number(y),
        number(right),
        number(center.y),
        number(center.x),
        number(bottom),
        number(x),
        number(center.y)
    ));
    let scale = width.min(height) / 50.0;
    match (icon::gateway(gateway), gateway) {
        (Some((path, thick)), _) => glyph(out, path, center, scale, if thick { "i g" } else { "i" }),
        (None, Gateway::AtLeast(many)) => {
            lines(out, &[format!("≥{many}")], center.x, center.y + 4.5, LINE, "t m");
        }
        (None, _) => {}
    }
    below(out, drawn);
}

fn boxed(out: &mut String, drawn: &Drawn<'_>) {
    let place = drawn.place;
    let (class, rounds, plus, open) = match drawn.shape.form {
        Form::Call(rounds) => ("box thick", rounds, false, false),
        Form::SubProcess { open, event, rounds } => {
            let class = match (open, event) {
                (true, true) => "box frame dots",
                (true, false) => "box frame",
                (false, true) => "box dots",
                (false, false) => "box",
            };
            (class, rounds, !open, open)
        }
        Form::Task(_, rounds) => ("box", rounds, false, false),
        _ => ("box", Rounds::Once, false, false),
    };
    rect(out, place, class, 10.0f64.min(place.width.min(place.height) / 4.0));
    let center = place.center();
    let marks: Vec<&str> = icon::rounds(rounds).into_iter().chain(plus.then_some(icon::PLUS)).collect();
    for (at, mark) in marks.iter().enumerate() {
        let x = center.x + (at as f64 - (marks.len() as f64 - 1.0) / 2.0) * 20.0;
        glyph(out, mark, Point { x, y: place.bottom() - 10.0 }, 1.0, "i");
    }
    if open {
        title(out, drawn, "t");
        let small = size::caption(&drawn.shape.caption, &drawn.told.line);
        if !small.is_empty() {
            let line = text::cut(&small, SMALL, place.width - 24.0);
            let y = place.bottom() - if marks.is_empty() { 8.0 } else { 22.0 };
            lines(out, &[line], center.x, y, LINE_SMALL, "s m");
        }
        return;
    }
    if let Form::Task(work, _) = drawn.shape.form
        && let Some((path, filled)) = icon::work(work)
    {
        let at = Point { x: place.x + 14.0, y: place.y + 14.0 };
        glyph(out, path, at, 1.0, if filled { "j" } else { "i" });
    }
    names(out, drawn, if marks.is_empty() { 0.0 } else { 15.0 });
}

/// The name in a box, and the small line below it.
fn names(out: &mut String, drawn: &Drawn<'_>, marks: f64) {
    let place = drawn.place;
    let small = size::caption(&drawn.shape.caption, &drawn.told.line);
    let foot = if small.is_empty() { 0.0 } else { LINE_SMALL };
    let room = (place.height - 8.0 - marks - foot).max(LINE);
    let most = ((room / LINE).floor() as usize).clamp(1, LINES_MAX);
    let wide = if drawn.fitted { place.width - 2.0 * size::BESIDE + 1.0 } else { place.width - 12.0 };
    let names = text::wrap(&drawn.shape.name, LETTERS, wide.max(20.0), most);
    let block = names.len() as f64 * LINE + foot;
    let mut top = place.y + (place.height - marks - block) / 2.0;
    let center = place.center().x;
    // A long first line goes below the icon, as far as there is room.
    let first = names.first().map_or(0.0, |line| text::width(line, LETTERS));
    let beside = matches!(drawn.shape.form, Form::Task(work, _) if icon::work(work).is_some());
    if beside && first > place.width - 2.0 * ICON && top < place.y + ICON - 3.0 {
        top = (place.y + ICON - 3.0).min(place.bottom() - marks - block - 3.0).max(top);
    }
    lines(out, &names, center, top + LETTERS - 0.5, LINE, "t m");
    if !small.is_empty() {
        let line = text::cut(&small, SMALL, place.width - 8.0);
        lines(out, &[line], center, top + names.len() as f64 * LINE + SMALL - 1.0, LINE_SMALL, "s m");
    }
}

/// The name at the top of a frame.
fn title(out: &mut String, drawn: &Drawn<'_>, class: &str) {
    let line = text::cut(&drawn.shape.name, LETTERS, (drawn.place.width - 40.0).max(20.0));
    if !line.is_empty() {
        let class = format!("{class} m");
        lines(out, &[line], drawn.place.center().x, drawn.place.y + 18.0, LINE, &class);
    }
}

fn band(out: &mut String, drawn: &Drawn<'_>, upright: bool) {
    let place = drawn.place;
    let class = if matches!(drawn.shape.form, Form::Pool { .. }) { "pool" } else { "lane" };
    rect(out, place, class, 0.0);
    let (x, y) = (number(place.x), number(place.y));
    // What has no room for a band beside its title is only a title: a participant whose process is not shown.
    let flat = if upright { place.width } else { place.height };
    let across = if upright { place.height } else { place.width };
    if across < 3.0 * BAND || (class == "pool" && flat <= 80.0 && !upright) {
        let lines_of = text::wrap(&drawn.shape.name, LETTERS, place.width - 16.0, 3);
        let top = place.center().y - lines_of.len() as f64 * LINE / 2.0 + LETTERS - 0.5;
        lines(out, &lines_of, place.center().x, top, LINE, "t m");
        return;
    }
    if class == "pool" {
        let line = if upright {
            format!("M{x} {}H{}", number(place.y + BAND), number(place.right()))
        } else {
            format!("M{} {y}V{}", number(place.x + BAND), number(place.bottom()))
        };
        out.push_str(&format!("<path class=\"lane\" d=\"{line}\"/>"));
    }
    if upright {
        let line = text::cut(&drawn.shape.name, LETTERS, place.width - 12.0);
        lines(out, &[line], place.center().x, place.y + 19.0, LINE, "t m");
        return;
    }
    let names = text::wrap(&drawn.shape.name, LETTERS, (place.height - 12.0).max(20.0), 2);
    let first = place.x + if names.len() > 1 { 13.0 } else { 19.0 };
    for (at, line) in names.iter().enumerate() {
        let (x, y) = (number(first + at as f64 * 13.0), number(place.center().y));
        out.push_str(&format!(
            "<text class=\"t m\" transform=\"translate({x} {y}) rotate(-90)\">{}</text>",
            escape(line)
        ));
    }
}

fn note(out: &mut String, drawn: &Drawn<'_>) {
    let place = drawn.place;
    let (x, edge) = (number(place.x), number(place.x + 10.0));
    let (y, bottom) = (number(place.y), number(place.bottom()));
    out.push_str(&format!("<path class=\"i\" d=\"M{edge} {y}H{x}V{bottom}H{edge}\"/>"));
    let most = ((place.height / LINE_SMALL).floor() as usize).clamp(1, 40);
    let names = text::wrap(&drawn.shape.name, SMALL, (place.width - 12.0).max(40.0), most);
    lines(out, &names, place.x + 7.0, place.y + SMALL + 3.0, LINE_SMALL, "s");
}

fn data(out: &mut String, drawn: &Drawn<'_>) {
    let place = drawn.place;
    let fold = 10.0f64.min(place.width / 2.0);
    let (x, y) = (number(place.x), number(place.y));
    let (right, bottom) = (number(place.right()), number(place.bottom()));
    let (corner, down) = (number(place.right() - fold), number(place.y + fold));
    out.push_str(&format!(
        "<path class=\"box\" d=\"M{x} {y}H{corner}L{right} {down}V{bottom}H{x}ZM{corner} {y}V{down}H{right}\"/>"
    ));
    below(out, drawn);
}

fn store(out: &mut String, drawn: &Drawn<'_>) {
    let Rect { x, y, width, height } = drawn.place;
    let (rx, ry) = (width / 2.0, (height / 8.0).max(1.0));
    let (left, right) = (number(x), number(x + width));
    let (top, bottom) = (number(y + ry), number(y + height - ry));
    let (rx, ry) = (number(rx), number(ry));
    out.push_str(&format!(
        "<path class=\"box\" d=\"M{left} {top}A{rx} {ry} 0 0 1 {right} {top}V{bottom}A{rx} {ry} 0 0 1 {left} {bottom}Z\
         M{left} {top}A{rx} {ry} 0 0 0 {right} {top}\"/>"
    ));
    below(out, drawn);
}

/// The badge of a state and the dot of tokens, on the upper border.
fn state(out: &mut String, drawn: &Drawn<'_>) {
    let place = drawn.place;
    let round = matches!(drawn.shape.form, Form::Event { .. } | Form::Gateway(_));
    let inset = if round { place.width * 0.12 } else { 4.0 };
    let right = Point { x: place.right() - inset, y: place.y + if round { inset } else { 1.0 } };
    let left = Point { x: place.x + inset, y: right.y };
    if drawn.told.halted {
        badge(out, right, "unsure", color::HALTED);
    } else if let Some(standing) =
        drawn.told.standing.filter(|standing| !round || *standing != Standing::Passed)
    {
        badge(out, right, color::class(standing), color::symbol(standing));
    }
    if drawn.told.tokens > 0 {
        token(out, left, drawn.told.tokens);
    }
}

/// A state's symbol in a circle.
pub(super) fn badge(out: &mut String, at: Point, class: &str, symbol: &str) {
    let (x, y) = (number(at.x), number(at.y));
    out.push_str(&format!(
        "<g class=\"{class}\" transform=\"translate({x} {y})\"><circle class=\"{class} b\" r=\"8\"/>\
         <path class=\"y\" d=\"{symbol}\"/></g>"
    ));
}

/// A dot for what is active or waits, with a number where it is more than one.
pub(super) fn token(out: &mut String, at: Point, many: usize) {
    circle(out, at, if many > 1 { 8.0 } else { 5.5 }, "token");
    if many > 1 {
        let text = if many > 99 { "99+".to_owned() } else { many.to_string() };
        lines(out, &[text], at.x, at.y + 3.2, LINE_SMALL, "n");
    }
}
