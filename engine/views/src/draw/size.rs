//! How large a shape is that has no place yet, and how its name is broken into lines.
//!
//! **Absent on purpose:** positions.

use crate::draw::text;
use crate::draw::{Form, Shape};

/// Letters in boxes.
pub(super) const LETTERS: f64 = 12.0;
/// Letters below events, at flows, in captions.
pub(super) const SMALL: f64 = 11.0;
/// From one line to the next, in boxes.
pub(super) const LINE: f64 = 14.5;
/// From one line to the next, in small letters.
pub(super) const LINE_SMALL: f64 = 13.0;
/// An event (BPMN DI has no rule; editors agree on 36).
pub(super) const EVENT: f64 = 36.0;
/// A gateway.
pub(super) const GATEWAY: f64 = 50.0;
/// Names below events and gateways are at most this wide.
pub(super) const LABEL: f64 = 104.0;
/// Lines of such a name.
pub(super) const LABEL_LINES_MAX: usize = 3;
/// Texts at flows are at most this wide.
pub(super) const FLOW_TEXT: f64 = 132.0;
/// A box is at least and at most this wide.
const BOX: (f64, f64) = (104.0, 190.0);
/// Beside and above the text of a box: room for its icon and its state.
pub(super) const BESIDE: f64 = 26.0;

/// Width and height of the shape itself.
pub(super) fn size(shape: &Shape, told: &str) -> (f64, f64) {
    match shape.form {
        Form::Event { .. } => (EVENT, EVENT),
        Form::Gateway(_) => (GATEWAY, GATEWAY),
        Form::Data => (36.0, 50.0),
        Form::Store => (50.0, 50.0),
        Form::Note => {
            let lines = text::wrap(&shape.name, SMALL, 150.0, 8);
            let wide = lines.iter().map(|line| text::width(line, SMALL)).fold(40.0, f64::max);
            ((wide + 16.0).ceil(), (lines.len().max(1) as f64 * LINE_SMALL + 12.0).ceil())
        }
        Form::Pool { .. } | Form::Lane { .. } | Form::Group => (320.0, 64.0),
        Form::Task(..) | Form::Call(_) | Form::SubProcess { .. } => boxed(shape, told),
    }
}

fn boxed(shape: &Shape, told: &str) -> (f64, f64) {
    let (narrow, wide) = BOX;
    let room = wide - 2.0 * BESIDE;
    let lines = text::wrap(&shape.name, LETTERS, room, 3);
    let name = lines.iter().map(|line| text::width(line, LETTERS)).fold(0.0, f64::max);
    let caption = text::width(&caption(&shape.caption, told), SMALL) + 16.0;
    let width = (name + 2.0 * BESIDE).max(caption).clamp(narrow, wide).ceil();
    let marked = match shape.form {
        Form::Task(_, rounds) | Form::Call(rounds) => rounds != crate::draw::Rounds::Once,
        _ => true,
    };
    let extra = if shape.caption.is_empty() && told.is_empty() { 0.0 } else { LINE_SMALL };
    let height = lines.len().max(1) as f64 * LINE + extra + 24.0 + if marked { 14.0 } else { 0.0 };
    // A lone icon needs no less.
    let height = if shape.name.is_empty() { height.max(48.0) } else { height };
    // Even numbers, so that the middle is a whole pixel.
    (width + width % 2.0, (height / 2.0).ceil() * 2.0)
}

/// What stands in small letters: what the shape says and what the run says.
pub(super) fn caption(own: &str, told: &str) -> String {
    match (own.is_empty(), told.is_empty()) {
        (false, false) => format!("{own} · {told}"),
        (true, _) => told.to_owned(),
        (false, true) => own.to_owned(),
    }
}

/// Whether the name stands below the shape.
pub(super) fn is_labelled(form: Form) -> bool {
    matches!(form, Form::Event { .. } | Form::Gateway(_) | Form::Data | Form::Store)
}

/// The lines of a name below a shape.
pub(super) fn label(shape: &Shape) -> Vec<String> {
    if is_labelled(shape.form) { text::wrap(&shape.name, SMALL, LABEL, LABEL_LINES_MAX) } else { Vec::new() }
}
