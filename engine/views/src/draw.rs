//! A workflow as a drawing: SVG in the notation of BPMN 2.0, or a plain one for YAML steps.
//!
//! ```text
//!   Workflow ── Drawing::of ──┐
//!   a file's own diagram ─────┴▶ Drawing ── arrange (what has no place gets one) ── svg(…, Story) ──▶ text
//! ```
//!
//! A [`Drawing`] says what is to be seen: shapes, what lies inside what, flows, and places where the file gives
//! them. A shape names the nodes of the workflow that it shows, and a [`Story`] tells how those stand.
//!
//! **Invariant:** the same drawing gives the same bytes. Everything is bounded; nothing here recurses.
//!
//! **Absent on purpose:** reading BPMN files (the command line fills a [`Drawing`] from what it has read), fonts
//! (the width of a text is estimated), scripts, references to anything outside the text.

mod arrange;
mod color;
mod icon;
mod layer;
mod line;
mod of;
mod order;
mod page;
mod paint;
mod route;
mod shape;
mod size;
mod state;
mod text;

#[cfg(test)]
mod tests;

use dod_kernel::id::{EdgeId, NodeId};

use crate::story::Story;

pub(crate) use of::{form, opens};

/// More shapes than this are no picture. Mermaid and Graphviz texts have no such bound.
pub const SHAPES_MAX: usize = 20_000;
/// Coordinates of a file beyond this are taken for mistakes.
pub const COORDINATE_MAX: f64 = 1_000_000.0;

/// What is to be seen.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Drawing {
    /// What people call the whole.
    pub title: String,
    /// Pages, drawn below each other.
    pub pages: Vec<Page>,
    /// Boxes, circles, diamonds and frames. Drawn in this order, frames before what lies in them.
    pub shapes: Vec<Shape>,
    /// Lines between shapes.
    pub flows: Vec<Flow>,
}

/// A part of a drawing with coordinates of its own.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// Stands above it where there are several.
    pub title: String,
}

/// One thing in a drawing.
#[derive(Clone, Debug, PartialEq)]
pub struct Shape {
    /// The id in the file, or the name of the step.
    pub id: String,
    /// What is written in it or below it.
    pub name: String,
    /// A line in small letters: the kind of a gate, who may answer.
    pub caption: String,
    /// What it looks like.
    pub form: Form,
    /// The page it lies on.
    pub page: usize,
    /// The frame it lies in.
    pub inside: Option<usize>,
    /// The activity on whose border it sits.
    pub host: Option<usize>,
    /// Where it is, where the file says so.
    pub place: Option<Rect>,
    /// Where its name is written, where the file says so.
    pub label: Option<Rect>,
    /// The nodes of the workflow that it shows.
    pub nodes: Vec<NodeId>,
}

/// What a shape looks like; words of BPMN 2.0.2, chapters 7 and 10.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// A circle.
    Event {
        /// Where in a process.
        stage: Stage,
        /// Its icon.
        trigger: Trigger,
        /// It ends what it interrupts; where it does not, its line is dashed.
        interrupts: bool,
    },
    /// A rounded box.
    Task(Work, Rounds),
    /// A box with a thick line: something defined elsewhere.
    Call(Rounds),
    /// A frame with what it contains, or a box with a plus sign.
    SubProcess {
        /// What it contains is drawn in it.
        open: bool,
        /// An event starts it; its line is dotted.
        event: bool,
        /// How often.
        rounds: Rounds,
    },
    /// A diamond.
    Gateway(Gateway),
    /// A frame of a participant; its name stands at the left, or above where it is upright.
    Pool {
        /// Its flow goes from the top to the bottom.
        upright: bool,
    },
    /// A part of a pool.
    Lane {
        /// Its flow goes from the top to the bottom.
        upright: bool,
    },
    /// A dashed frame that means nothing.
    Group,
    /// A text with a bracket.
    Note,
    /// A sheet of paper.
    Data,
    /// A drum.
    Store,
}

/// Where an event is in a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// Thin circle.
    Start,
    /// Double circle.
    Catch,
    /// Double circle, filled icon.
    Throw,
    /// Double circle on a border.
    Boundary,
    /// Thick circle, filled icon.
    End,
}

/// What an event is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Trigger {
    /// Nothing.
    None,
    /// A stop of the activity around it.
    Cancel,
    /// Undoing.
    Compensation,
    /// A condition that becomes true.
    Condition,
    /// An error.
    Error,
    /// An escalation.
    Escalation,
    /// A jump.
    Link,
    /// A message.
    Message,
    /// Several of these.
    Multiple,
    /// A signal.
    Signal,
    /// The end of everything.
    Terminate,
    /// Time.
    Timer,
}

/// What a task does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Work {
    /// It is not said.
    Any,
    /// A gate: it leaves evidence.
    Gate,
    /// It takes a verdict.
    Judge,
    /// People do it, without the program.
    Manual,
    /// It waits for a message.
    Receive,
    /// It asks a decision table.
    Rule,
    /// It runs a script.
    Script,
    /// It sends a message.
    Send,
    /// A program does it.
    Service,
    /// People say yes or no.
    User,
    /// It waits for time to pass.
    Wait,
}

/// How often an activity is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Rounds {
    /// Once.
    #[default]
    Once,
    /// Until a condition says so.
    Loop,
    /// For each of several, at once.
    Parallel,
    /// For each of several, one after the other.
    Sequential,
}

/// What a gateway decides.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gateway {
    /// So many of those before it.
    AtLeast(u32),
    /// Something that nobody runs.
    Complex,
    /// The first event behind it.
    Event,
    /// One way.
    Exclusive,
    /// Some ways.
    Inclusive,
    /// All ways.
    Parallel,
}

/// A line between two shapes.
#[derive(Clone, Debug, PartialEq)]
pub struct Flow {
    /// The id in the file.
    pub id: String,
    /// What is written at it.
    pub name: String,
    /// What it looks like.
    pub line: Line,
    /// Where it begins.
    pub from: usize,
    /// Where it ends.
    pub to: usize,
    /// The edges of the workflow that it shows.
    pub edges: Vec<EdgeId>,
    /// Its points, where the file gives them.
    pub way: Vec<Point>,
    /// Where its name is written, where the file says so.
    pub label: Option<Rect>,
}

/// What a flow looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Line {
    /// A dotted line without an arrow.
    Association,
    /// A diamond at its beginning.
    Conditional,
    /// A dotted line with an open arrow: data.
    Data,
    /// A slash at its beginning.
    Default,
    /// A dashed arrow: taken after a failure.
    Failed,
    /// A dashed line with a circle and an open arrow.
    Message,
    /// An arrow.
    Sequence,
}

/// A point, in the units of BPMN DI: pixels, down and to the right.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Point {
    /// To the right.
    pub x: f64,
    /// Down.
    pub y: f64,
}

/// A box.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Rect {
    /// Its left side.
    pub x: f64,
    /// Its upper side.
    pub y: f64,
    /// Its width.
    pub width: f64,
    /// Its height.
    pub height: f64,
}

impl Rect {
    /// Its right side.
    pub fn right(self) -> f64 {
        self.x + self.width
    }

    /// Its lower side.
    pub fn bottom(self) -> f64 {
        self.y + self.height
    }

    /// Its middle.
    pub fn center(self) -> Point {
        Point { x: self.x + self.width / 2.0, y: self.y + self.height / 2.0 }
    }

    /// Finite, of this world, and not turned inside out.
    pub(crate) fn is_sane(self) -> bool {
        let near = |value: f64| value.is_finite() && value.abs() <= COORDINATE_MAX;
        near(self.x)
            && near(self.y)
            && near(self.width)
            && near(self.height)
            && self.width >= 0.0
            && self.height >= 0.0
    }

    fn moved(self, x: f64, y: f64) -> Self {
        Self { x: self.x + x, y: self.y + y, ..self }
    }
}

impl Shape {
    /// A shape that lies nowhere yet.
    pub fn new(id: impl Into<String>, name: impl Into<String>, form: Form) -> Self {
        Self {
            id: id.into(),
            name: name.into(),
            caption: String::new(),
            form,
            page: 0,
            inside: None,
            host: None,
            place: None,
            label: None,
            nodes: Vec::new(),
        }
    }
}

impl Flow {
    /// A flow without a way.
    pub fn new(id: impl Into<String>, line: Line, from: usize, to: usize) -> Self {
        Self {
            id: id.into(),
            name: String::new(),
            line,
            from,
            to,
            edges: Vec::new(),
            way: Vec::new(),
            label: None,
        }
    }
}

/// There is too much to draw.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLarge {
    /// How many shapes there are.
    pub shapes: usize,
}

impl std::fmt::Display for TooLarge {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} shapes are more than a picture shows ({SHAPES_MAX})", self.shapes)
    }
}

impl std::error::Error for TooLarge {}

/// The drawing as SVG 1.1, with a story: how each step stands. What has no place yet gets one.
///
/// # Errors
/// More than [`SHAPES_MAX`] shapes.
pub fn svg(mut drawing: Drawing, story: Option<&Story>) -> Result<String, TooLarge> {
    if drawing.shapes.len() > SHAPES_MAX {
        return Err(TooLarge { shapes: drawing.shapes.len() });
    }
    let run = story.map(state::Run::new);
    let told: Vec<state::Told> = drawing
        .shapes
        .iter()
        .map(|shape| run.as_ref().map(|run| run.of(shape)).unwrap_or_default())
        .collect();
    let arranged = arrange::arrange(&mut drawing, &told);
    Ok(paint::paint(&drawing, &arranged, &told, story))
}
