//! What must hold of every layout that is made here.

use dod_kernel::workflow::Workflow;

use crate::draw::tests::{arranged, chance};
use crate::draw::{Drawing, Form, Point, Rect, SHAPES_MAX, Shape, svg};
use crate::tests::build;

/// Random workflows that are laid out.
const SEEDS: u64 = 600;

/// Everything that is wrong with a layout.
fn defects(drawing: &Drawing) -> Vec<String> {
    let mut defects = Vec::new();
    let place = |at: usize| drawing.shapes[at].place.unwrap_or_default();
    for (at, shape) in drawing.shapes.iter().enumerate() {
        if !shape.place.is_some_and(Rect::is_sane) {
            defects.push(format!("{} has no place", shape.id));
        }
        if let Some(frame) = shape.inside.filter(|frame| !holds(place(*frame), place(at))) {
            defects.push(format!("{} sticks out of {}", shape.id, drawing.shapes[frame].id));
        }
        for other in &drawing.shapes[at + 1..] {
            let together = shape.page == other.page && shape.inside == other.inside;
            let on_border = shape.host.is_some() || other.host.is_some();
            if together && !on_border && overlap(place(at), other.place.unwrap_or_default()) {
                defects.push(format!("{} and {} overlap", shape.id, other.id));
            }
        }
    }
    for flow in &drawing.flows {
        let (from, to) = (&drawing.shapes[flow.from], &drawing.shapes[flow.to]);
        let (Some(first), Some(last)) = (flow.way.first(), flow.way.last()) else {
            defects.push(format!("{} -> {} has no way", from.id, to.id));
            continue;
        };
        if !on_border(place(flow.from), *first) || !on_border(place(flow.to), *last) {
            defects.push(format!("{} -> {} does not touch its ends", from.id, to.id));
        }
        for pair in flow.way.windows(2) {
            if pair[0].x != pair[1].x && pair[0].y != pair[1].y {
                defects.push(format!("{} -> {} is askew", from.id, to.id));
            }
            let crossed = |(at, other): (usize, &Shape)| {
                let beside = other.page == from.page && other.inside == from.inside && other.host.is_none();
                let host = from.host == Some(at);
                (beside && !host && through(place(at), pair[0], pair[1])).then(|| other.id.clone())
            };
            if let Some(other) = drawing.shapes.iter().enumerate().find_map(crossed) {
                defects.push(format!("{} -> {} runs through {other}", from.id, to.id));
            }
        }
    }
    defects
}

fn holds(outer: Rect, inner: Rect) -> bool {
    inner.x >= outer.x
        && inner.y >= outer.y
        && inner.right() <= outer.right()
        && inner.bottom() <= outer.bottom()
}

fn overlap(a: Rect, b: Rect) -> bool {
    a.x < b.right() && b.x < a.right() && a.y < b.bottom() && b.y < a.bottom()
}

fn on_border(place: Rect, at: Point) -> bool {
    let within = |low: f64, value: f64, high: f64| value >= low - 0.6 && value <= high + 0.6;
    let near = |a: f64, b: f64| (a - b).abs() <= 0.6;
    within(place.x, at.x, place.right())
        && within(place.y, at.y, place.bottom())
        && (near(at.x, place.x)
            || near(at.x, place.right())
            || near(at.y, place.y)
            || near(at.y, place.bottom()))
}

/// Whether a line runs through the inside of a box.
fn through(place: Rect, a: Point, b: Point) -> bool {
    let line = Rect { x: a.x.min(b.x), y: a.y.min(b.y), width: (a.x - b.x).abs(), height: (a.y - b.y).abs() };
    let inner =
        Rect { x: place.x + 1.0, y: place.y + 1.0, width: place.width - 2.0, height: place.height - 2.0 };
    line.x < inner.right()
        && inner.x < line.right().max(line.x + 0.01)
        && line.y < inner.bottom()
        && inner.y < line.bottom().max(line.y + 0.01)
}

fn check(text: &str) {
    let (drawing, _) = arranged(Drawing::of(&build::workflow(text)));
    assert_eq!(defects(&drawing), Vec::<String>::new(), "{text}");
}

#[test]
fn nothing_overlaps_and_flows_touch_their_ends() {
    check("a; b < a; c < a; d < b c; e; f < a d:failed");
    check("tokens; s(pass) -> a b; a -> j; b -> j; j(all) -> a");
    check("tokens; s(pass) -> a; a -> a b; b -> a s2; s2 -> s2");
    check("a(call=in); b < a; c(call=other) < b | in: x; y < x | other: z(call=deep) | deep: q; r");
}

#[test]
fn that_holds_of_random_workflows_too() {
    let (mut drawn, mut flows) = (0, 0);
    for (seed, workflow) in (0..SEEDS).filter_map(|seed| Some((seed, chance::workflow(seed)?))) {
        let (drawing, _) = arranged(Drawing::of(&workflow));
        let wrong = defects(&drawing);
        assert!(wrong.is_empty(), "seed {seed}: {wrong:#?}");
        (drawn, flows) = (drawn + 1, flows + drawing.flows.len());
    }
    assert!(
        drawn > SEEDS / 2 && flows > 5 * drawn as usize,
        "{drawn} drawings with {flows} flows prove little"
    );
}

#[test]
fn the_same_workflow_gives_the_same_bytes() {
    for (seed, workflow) in (0..40).filter_map(|seed| Some((seed, chance::workflow(seed)?))) {
        let draw = || svg(Drawing::of(&workflow), None).unwrap();
        assert_eq!(draw(), draw(), "seed {seed}");
    }
}

/// Each name on `names` steps, each but the first behind the one at `before(n)`.
fn many(names: usize, before: impl Fn(usize) -> usize) -> Workflow {
    let mut text = String::from("n0");
    for at in 1..names {
        text.push_str(&format!("; n{at} < n{}", before(at)));
    }
    build::workflow(&text)
}

#[test]
fn large_workflows_cost_in_proportion() {
    for (shape, before) in [
        ("chain", (|at| at - 1) as fn(usize) -> usize),
        ("fan", |_| 0),
        ("tree", |at| at / 2),
        ("far", |at| (at * 7919) % at),
    ] {
        let size = |names| svg(Drawing::of(&many(names, before)), None).unwrap().len() as f64 / names as f64;
        let (small, large) = (size(300), size(3_000));
        assert!(large < 1.5 * small + 200.0, "{shape}: {small} and then {large} bytes for a step");
    }
}

#[test]
fn too_many_shapes_are_refused_with_their_number() {
    let shapes = vec![Shape::new("x", "x", Form::Group); SHAPES_MAX + 1];
    let drawing = Drawing { shapes, ..Drawing::default() };
    let why = svg(drawing, None).unwrap_err().to_string();
    assert_eq!(why, "20001 shapes are more than a picture shows (20000)");
}
