//! Files that bring a layout: what they place stays where it is, and nothing of a process is lost.

use expect_test::{Expect, expect};

use crate::draw::tests::arranged;
use crate::draw::{Drawing, Flow, Form, Line, Page, Point, Rect, Rounds, Shape, Stage, Trigger, Work, svg};

const TASK: Form = Form::Task(Work::Any, Rounds::Once);
const FRAME: Form = Form::SubProcess { open: true, event: false, rounds: Rounds::Once };

fn placed(id: &str, form: Form, x: f64, y: f64, width: f64, height: f64) -> Shape {
    Shape { place: Some(Rect { x, y, width, height }), ..Shape::new(id, id, form) }
}

/// Page and place of every shape, and the ways of flows.
fn check(drawing: Drawing, expect: &Expect) {
    let (drawing, _) = arranged(drawing);
    let mut text = String::new();
    for shape in &drawing.shapes {
        let place = shape.place.map_or_else(
            || "nowhere".to_owned(),
            |place| {
                format!("page {} at {},{} {}x{}", shape.page, place.x, place.y, place.width, place.height)
            },
        );
        text.push_str(&format!("{}: {place}\n", shape.id));
    }
    for flow in &drawing.flows {
        let points: Vec<String> = flow.way.iter().map(|point| format!("{},{}", point.x, point.y)).collect();
        text.push_str(&format!("{}: {}\n", flow.id, points.join(" ")));
    }
    for page in drawing.pages.iter().filter(|page| !page.title.is_empty()) {
        text.push_str(&format!("[{}]\n", page.title));
    }
    expect.assert_eq(&text);
}

#[test]
fn places_of_the_file_are_kept_and_missing_ways_are_found() {
    let mut drawing = Drawing { pages: vec![Page::default()], ..Drawing::default() };
    drawing.shapes =
        vec![placed("a", TASK, 100.5, 80.0, 100.0, 80.0), placed("b", TASK, 300.0, 200.0, 100.0, 80.0)];
    let way = vec![Point { x: 200.0, y: 120.0 }, Point { x: 300.0, y: 240.0 }];
    drawing.flows = vec![
        Flow { way, ..Flow::new("drawn", Line::Sequence, 0, 1) },
        Flow::new("found", Line::Sequence, 0, 1),
        Flow::new("up", Line::Message, 1, 0),
    ];
    check(
        drawing,
        &expect![[r#"
        a: page 0 at 100.5,80 100x80
        b: page 0 at 300,200 100x80
        drawn: 200,120 300,240
        found: 200.5,120 250.25,120 250.25,240 300,240
        up: 350,200 350,180 150.5,180 150.5,160
    "#]],
    );
}

#[test]
fn what_the_file_does_not_place_gets_a_page_of_its_own() {
    let mut drawing = Drawing { pages: vec![Page::default()], ..Drawing::default() };
    let event = Form::Event { stage: Stage::Boundary, trigger: Trigger::Timer, interrupts: true };
    drawing.shapes = vec![
        placed("a", TASK, 0.0, 0.0, 100.0, 80.0),
        Shape { host: Some(0), ..Shape::new("on a", "", event) },
        Shape::new("lost", "", TASK),
        Shape::new("frame", "", FRAME),
        Shape { inside: Some(3), ..Shape::new("in frame", "", TASK) },
        placed(
            "closed",
            Form::SubProcess { open: false, event: false, rounds: Rounds::Once },
            200.0,
            0.0,
            100.0,
            80.0,
        ),
        Shape { inside: Some(5), ..Shape::new("hidden", "", TASK) },
    ];
    drawing.flows = vec![Flow::new("f", Line::Sequence, 2, 3)];
    check(
        drawing,
        &expect![[r#"
        a: page 0 at 0,0 100x80
        on a: page 0 at 6,62 36x36
        lost: page 1 at 0,42 104x48
        frame: page 1 at 146,8 152x116
        in frame: page 1 at 170,52 104x48
        closed: page 0 at 200,0 100x80
        hidden: nowhere
        f: 104,66 146,66
        [not in the diagram of the file]
    "#]],
    );
}

#[test]
fn places_that_cannot_be_are_no_places() {
    for bad in [f64::NAN, f64::INFINITY, -1e300, 1e7] {
        let shapes = vec![placed("a", TASK, bad, 0.0, 100.0, 80.0), placed("b", TASK, 0.0, 0.0, -5.0, 1.0)];
        let mut drawing = Drawing { shapes, ..Drawing::default() };
        let way = vec![Point { x: bad, y: 0.0 }, Point::default()];
        drawing.flows = vec![
            Flow { way, ..Flow::new("f", Line::Sequence, 0, 1) },
            Flow::new("nowhere", Line::Sequence, 0, 9),
        ];
        let text = svg(drawing, None).unwrap();
        assert!(!text.contains("NaN") && !text.contains("inf"), "{text}");
        assert!(text.len() < 12_000);
    }
}

#[test]
fn frames_that_lie_in_themselves_end_the_search() {
    let mut drawing = Drawing::default();
    for at in 0..4 {
        let inside = Some((at + 1) % 4);
        drawing.shapes.push(Shape { inside, host: Some(3 - at), ..Shape::new(format!("s{at}"), "", FRAME) });
    }
    drawing.shapes.push(Shape { inside: Some(0), ..placed("in", TASK, 0.0, 0.0, 1.0, 1.0) });
    drawing.shapes.push(Shape { inside: Some(77), page: 5, ..Shape::new("far", "", TASK) });
    assert!(svg(drawing, None).unwrap().ends_with("</svg>\n"));
}
