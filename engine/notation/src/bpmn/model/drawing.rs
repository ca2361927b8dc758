//! The drawing of a diagram (BPMNDI, DC and DI; BPMN 2.0, §12), as far as it is used for drawing.
//!
//! **Absent on purpose:** colors and fonts of vendors.

use super::{ElementId, Run, Text};

/// A rectangle of the drawing.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bounds {
    /// Left edge.
    pub x: f32,
    /// Upper edge.
    pub y: f32,
    /// Width.
    pub width: f32,
    /// Height.
    pub height: f32,
}

/// A shape of the drawing.
#[derive(Clone, Debug)]
pub struct Shape {
    /// `bpmnElement` as written.
    pub of: Option<Text>,
    /// The element with that id.
    pub element: Option<ElementId>,
    /// Where it is drawn.
    pub bounds: Option<Bounds>,
    /// Where its label is drawn.
    pub label: Option<Bounds>,
    /// `isExpanded` of a sub-process.
    pub expanded: Option<bool>,
    /// `isHorizontal` of a pool or a lane.
    pub horizontal: Option<bool>,
    /// `isMarkerVisible` of an exclusive gateway.
    pub marker: Option<bool>,
    /// Which plane, from 0.
    pub plane: u32,
}

/// An edge of the drawing.
#[derive(Clone, Debug)]
pub struct Edge {
    /// `bpmnElement` as written.
    pub of: Option<Text>,
    /// The element with that id.
    pub element: Option<ElementId>,
    /// Where its label is drawn.
    pub label: Option<Bounds>,
    /// Which plane, from 0.
    pub plane: u32,
    pub(in crate::bpmn) points: Run,
}

/// A plane of the drawing; each sub-process may have its own.
#[derive(Clone, Debug)]
pub struct Plane {
    /// `bpmnElement` as written.
    pub of: Option<Text>,
    /// The element with that id.
    pub element: Option<ElementId>,
}
