//! Each flow as SVG elements (BPMN 2.0.2, table 7.2).
//!
//! **Absent on purpose:** where flows run.

use crate::draw::shape::lines;
use crate::draw::size::{LINE_SMALL, SMALL};
use crate::draw::text::{self, escape, number};
use crate::draw::{Flow, Line, Point};

/// The radius of corners.
const CORNER: f64 = 6.0;
/// The length of an arrow, and half its width.
const ARROW: (f64, f64) = (9.5, 4.2);
/// What the sign of a default or conditional flow takes together with the arrow.
const MARK: f64 = 30.0;
/// Lines of text at a flow.
const LINES_MAX: usize = 4;

/// Appends a flow. `shared`: its beginning is also that of others.
/// `taken`: tokens have gone along it.
pub(super) fn draw(out: &mut String, flow: &Flow, shared: bool, taken: bool) {
    let [first, second, ..] = flow.way[..] else { return };
    let (Some(last), Some(before)) = (flow.way.last().copied(), flow.way.iter().rev().nth(1).copied()) else {
        return;
    };
    out.push_str(if taken { "<g class=\"on\">" } else { "<g>" });
    if !flow.name.trim().is_empty() {
        let name: String = crate::look::clean_line(&flow.name).chars().take(4 * text::NAME_MAX).collect();
        out.push_str(&format!("<title>{}</title>", escape(&name)));
    }
    let (class, filled, open) = match flow.line {
        Line::Association => ("f dots", false, false),
        Line::Data => ("f dots", false, true),
        Line::Failed => ("f dash", true, false),
        Line::Message => ("f dash", false, false),
        Line::Conditional | Line::Default | Line::Sequence => ("f", true, false),
    };
    out.push_str(&format!("<path class=\"{class}\" d=\"{}\"/>", rounded(&flow.way, filled)));
    let back = towards(last, before);
    if filled {
        head(out, last, back, "a", true);
    } else if open {
        head(out, last, back, "f", false);
    }
    let (first, ahead) = if shared { own(&flow.way) } else { (first, towards(first, second)) };
    match flow.line {
        Line::Message => {
            head(out, last, back, "o", true);
            let (x, y) = (number(flow.way[0].x), number(flow.way[0].y));
            out.push_str(&format!("<circle class=\"o\" cx=\"{x}\" cy=\"{y}\" r=\"3.6\"/>"));
        }
        Line::Default => {
            let at = along(first, ahead, 11.0);
            let (x, y) = (ahead.x * 4.2, ahead.y * 4.2);
            // A slash: the direction turned by 60 degrees.
            let (dx, dy) = (x * 0.5 - y * 1.1, y * 0.5 + x * 1.1);
            let one = Point { x: at.x - dx, y: at.y - dy };
            let two = Point { x: at.x + dx, y: at.y + dy };
            out.push_str(&format!("<path class=\"f\" d=\"{}{}\"/>", go('M', one), go('L', two)));
        }
        Line::Conditional => {
            let (tip, middle) = (along(first, ahead, 15.0), along(first, ahead, 7.5));
            let (left, right) = sides(middle, ahead, 4.6);
            let path = format!("{}{}{}{}Z", go('M', first), go('L', left), go('L', tip), go('L', right));
            out.push_str(&format!("<path class=\"o\" d=\"{path}\"/>"));
        }
        _ => {}
    }
    out.push_str("</g>\n");
}

/// Appends the text at a flow. `fitted`: it stands in one line where there was made room for it.
pub(super) fn label(out: &mut String, flow: &Flow, fitted: bool) {
    let Some(label) = flow.label else {
        beside(out, flow);
        return;
    };
    if fitted {
        let line = text::cut(&flow.name, SMALL, label.width + 1.0);
        if !line.is_empty() {
            lines(out, &[line], label.x, label.bottom() - 3.0, LINE_SMALL, "l");
        }
        return;
    }
    let names = text::wrap(&flow.name, SMALL, label.width.max(90.0), LINES_MAX);
    lines(out, &names, label.center().x, label.y + SMALL, LINE_SMALL, "l m");
}

/// Where a way that begins together with others is its own, and its direction there.
fn own(way: &[Point]) -> (Point, Point) {
    let last = way[way.len() - 1];
    let (from, to) = match way {
        [_, _, third, fourth, ..] => (*third, *fourth),
        [.., before, _] => (*before, last),
        _ => (last, last),
    };
    let direction = towards(from, to);
    let length = ((to.x - from.x).powi(2) + (to.y - from.y).powi(2)).sqrt();
    // Right before the arrow, where the line is short, or where nobody knows which part of it is shared.
    let far = if way.len() < 4 { length - MARK } else { (length - MARK).clamp(0.0, 2.0) };
    (along(from, direction, far), direction)
}

/// A text that the file gives no place: above the longest part of the way, or right of it where that runs up or down.
fn beside(out: &mut String, flow: &Flow) {
    let length = |pair: &[Point]| (pair[1].x - pair[0].x).abs() + (pair[1].y - pair[0].y).abs();
    let longest = flow.way.windows(2).max_by(|a, b| length(a).total_cmp(&length(b)));
    let Some([one, other]) = longest else { return };
    let at = Point { x: (one.x + other.x) / 2.0, y: (one.y + other.y) / 2.0 };
    let (across, down) = ((other.x - one.x).abs(), (other.y - one.y).abs());
    if down > across {
        let names = text::wrap(&flow.name, SMALL, 110.0, LINES_MAX);
        let top = at.y - (names.len() as f64 - 1.0) * LINE_SMALL / 2.0 + 4.0;
        lines(out, &names, at.x + 6.0, top, LINE_SMALL, "l");
        return;
    }
    let names = text::wrap(&flow.name, SMALL, (across - 8.0).clamp(58.0, 160.0), LINES_MAX);
    let top = at.y - 5.0 - (names.len() as f64 - 1.0) * LINE_SMALL;
    lines(out, &names, at.x, top, LINE_SMALL, "l m");
}

/// The direction from a point to another one, of length 1.
fn towards(from: Point, to: Point) -> Point {
    let (x, y) = (to.x - from.x, to.y - from.y);
    let length = (x * x + y * y).sqrt();
    if length < 0.01 { Point { x: 1.0, y: 0.0 } } else { Point { x: x / length, y: y / length } }
}

fn along(from: Point, direction: Point, far: f64) -> Point {
    Point { x: from.x + direction.x * far, y: from.y + direction.y * far }
}

fn sides(at: Point, direction: Point, far: f64) -> (Point, Point) {
    let (x, y) = (direction.y * far, direction.x * far);
    (Point { x: at.x - x, y: at.y + y }, Point { x: at.x + x, y: at.y - y })
}

fn go(word: char, at: Point) -> String {
    format!("{word}{} {}", number(at.x), number(at.y))
}

fn head(out: &mut String, tip: Point, back: Point, class: &str, closed: bool) {
    let (long, half) = ARROW;
    let (left, right) = sides(along(tip, back, long), back, half);
    let end = if closed { "Z" } else { "" };
    let path = format!("{}{}{}{end}", go('M', left), go('L', tip), go('L', right));
    out.push_str(&format!("<path class=\"{class}\" d=\"{path}\"/>"));
}

/// A way with round corners. Under a filled arrow the line ends before its tip.
fn rounded(way: &[Point], arrow: bool) -> String {
    let mut path = String::new();
    for (at, point) in way.iter().enumerate() {
        match (at.checked_sub(1).map(|before| way[before]), way.get(at + 1)) {
            (None, _) => path.push_str(&go('M', *point)),
            (Some(before), None) => {
                let length = ((point.x - before.x).powi(2) + (point.y - before.y).powi(2)).sqrt();
                let short = if arrow { (ARROW.0 / 2.0).min(length) } else { 0.0 };
                path.push_str(&go('L', along(*point, towards(*point, before), short)));
            }
            (Some(before), Some(after)) => {
                let half =
                    |other: Point| ((point.x - other.x).powi(2) + (point.y - other.y).powi(2)).sqrt() / 2.0;
                let radius = CORNER.min(half(before)).min(half(*after));
                path.push_str(&go('L', along(*point, towards(*point, before), radius)));
                let end = along(*point, towards(*point, *after), radius);
                path.push_str(&format!(
                    "Q{} {} {} {}",
                    number(point.x),
                    number(point.y),
                    number(end.x),
                    number(end.y)
                ));
            }
        }
    }
    path
}
