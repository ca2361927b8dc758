//! Claims about drawings: what is drawn, where, and what the text of it is.

use crate::draw::arrange::{self, Arranged};
use crate::draw::state::Told;
use crate::draw::{Drawing, Form, Shape};

mod chance;
mod geometry;
mod kinds;
mod places;
mod texts;

/// A drawing with places.
fn arranged(mut drawing: Drawing) -> (Drawing, Arranged) {
    let told = vec![Told::default(); drawing.shapes.len()];
    let arranged = arrange::arrange(&mut drawing, &told);
    (drawing, arranged)
}

/// What a drawing shows, a line each.
fn shown(drawing: &Drawing) -> String {
    let name = |at: usize| drawing.shapes[at].id.clone();
    let mut text = String::new();
    for shape in &drawing.shapes {
        let Shape { form, inside, host, page, .. } = shape;
        text.push_str(&format!("{}: {}", shape.id, word(*form)));
        for (where_, at) in [(" in ", inside), (" on ", host)] {
            text.push_str(&at.map_or_else(String::new, |at| format!("{where_}{}", name(at))));
        }
        if *page > 0 {
            text.push_str(&format!(", page {page}"));
        }
        if !shape.caption.is_empty() {
            text.push_str(&format!(" ({})", shape.caption));
        }
        if shape.nodes.len() != 1 {
            text.push_str(&format!(", {} nodes", shape.nodes.len()));
        }
        text.push('\n');
    }
    for flow in &drawing.flows {
        text.push_str(&format!("{} -> {}: {:?} {}", name(flow.from), name(flow.to), flow.line, flow.name));
        text.truncate(text.trim_end().len());
        text.push('\n');
    }
    text
}

fn word(form: Form) -> String {
    match form {
        Form::Event { stage, trigger, interrupts } => {
            let lets_run = if interrupts { "" } else { ", lets run" };
            format!("{stage:?} {trigger:?}{lets_run}").to_lowercase()
        }
        other => format!("{other:?}").to_lowercase(),
    }
}
