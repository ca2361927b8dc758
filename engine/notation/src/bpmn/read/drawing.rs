//! The drawing: BPMNDI, DC and DI (BPMN 2.0, §12). It means nothing for a run, so nothing in it is an error.

use std::borrow::Cow;

use super::tags::short;
use super::{Named, Open, Reader, codes};
use crate::bpmn::model::{Bounds, Edge, Plane, Run, Shape, Text};
use crate::diagnose::Diagnostic;

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}

impl<'s> Reader<'s, '_> {
    /// An element of the drawing inside another one.
    pub(super) fn drawn(&mut self, parent: Open, name: &str) -> Open {
        match (parent, name) {
            (Open::Definitions, "BPMNDiagram") => Open::Drawing,
            (Open::Drawing, "BPMNPlane") => {
                let of = self.drawn_name("bpmnElement");
                self.diagram.planes.push(Plane { of, element: None });
                Open::Plane
            }
            (Open::Plane, "BPMNShape") => {
                let shape = Shape {
                    of: self.drawn_name("bpmnElement"),
                    element: None,
                    bounds: None,
                    label: None,
                    expanded: self.drawn_flag("isExpanded"),
                    horizontal: self.drawn_flag("isHorizontal"),
                    marker: self.drawn_flag("isMarkerVisible"),
                    plane: self.plane(),
                };
                self.diagram.shapes.push(shape);
                Open::Shape(count(self.diagram.shapes.len() - 1))
            }
            (Open::Plane, "BPMNEdge") => {
                let at = count(self.diagram.points.len());
                let (of, plane) = (self.drawn_name("bpmnElement"), self.plane());
                let points = Run { start: at, end: at };
                self.diagram.edges.push(Edge { of, element: None, label: None, plane, points });
                Open::Edge(count(self.diagram.edges.len() - 1))
            }
            (Open::Shape(at), "BPMNLabel") => Open::ShapeLabel(at),
            (Open::Edge(at), "BPMNLabel") => Open::EdgeLabel(at),
            (Open::Shape(at), "Bounds") => {
                let bounds = self.bounds();
                self.diagram.shapes[at as usize].bounds = bounds;
                Open::Ignored
            }
            (Open::ShapeLabel(at), "Bounds") => {
                let bounds = self.bounds();
                self.diagram.shapes[at as usize].label = bounds;
                Open::Ignored
            }
            (Open::EdgeLabel(at), "Bounds") => {
                let bounds = self.bounds();
                self.diagram.edges[at as usize].label = bounds;
                Open::Ignored
            }
            (Open::Edge(at), "waypoint") => {
                if let (Some(x), Some(y)) = (self.number("x"), self.number("y")) {
                    self.diagram.points.push((x, y));
                    self.diagram.edges[at as usize].points.end = count(self.diagram.points.len());
                }
                Open::Ignored
            }
            _ => Open::Ignored,
        }
    }

    fn plane(&self) -> u32 {
        count(self.diagram.planes.len().saturating_sub(1))
    }

    fn drawn_attribute(&self, name: &str) -> Option<Named<'s>> {
        self.named.iter().find(|one| one.local == name).copied()
    }

    fn drawn_name(&mut self, name: &str) -> Option<Text> {
        let one = self.drawn_attribute(name)?;
        self.trimmed(one.value)
    }

    fn drawn_flag(&self, name: &str) -> Option<bool> {
        match self.slice(self.drawn_attribute(name)?.value) {
            "true" | "1" => Some(true),
            "false" | "0" => Some(false),
            _ => None,
        }
    }

    fn bounds(&mut self) -> Option<Bounds> {
        let (x, y) = (self.number("x")?, self.number("y")?);
        let (width, height) = (self.number("width")?, self.number("height")?);
        Some(Bounds { x, y, width, height })
    }

    /// A finite number. Anything else would come out of the drawing as nonsense.
    fn number(&mut self, name: &str) -> Option<f32> {
        let one = self.drawn_attribute(name)?;
        let written = self.slice(one.value).trim();
        let number = written.parse::<f32>().ok().filter(|number| number.is_finite());
        if number.is_none() {
            let message: Cow<'_, str> = format!("`{name}` is a number, not `{}`", short(written)).into();
            self.warnings.push(Diagnostic::warning(codes::DRAWING, self.at(one.value), message));
        }
        number
    }
}
