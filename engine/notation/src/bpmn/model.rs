//! What one BPMN file says, as it is written: every element in document order, each with its place.
//!
//! ```text
//!   Element   one per element with a meaning: processes, nodes, flows, event definitions, messages, lanes …
//!   Flow      source and target of a sequence flow, resolved
//!   Reference what an element names, by attribute or by child, with what has that id
//!   Passage   text between tags: conditions, timers, scripts, documentation
//!   Attribute everything else a start tag says     Extension  the content of `<extensionElements>`
//!   Shape, Edge                                    the drawing, for drawing only
//! ```
//!
//! **Invariants.** Elements stand in document order, so what is inside an element follows it up to
//! [`Element::end`]; nesting costs no list and no recursion. A [`Text`] is a place in the file; only
//! what XML escapes makes different from the file is kept a second time.
//!
//! **Absent on purpose:** judgement. What is unsupported, dangling or misplaced in meaning is kept here and
//! refused by whoever knows what it means.

mod ask;
mod drawing;
mod kind;
mod role;
mod text;

use std::num::NonZeroU32;
use std::sync::Arc;

pub(super) use ask::Ids;
pub use ask::{Children, Extensions};
pub use drawing::{Bounds, Edge, Plane, Shape};
pub use kind::{Class, Kind};
pub use role::Role;
pub use text::Text;

use crate::diagnose::FileId;

/// An element of a [`Diagram`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ElementId(NonZeroU32);

impl ElementId {
    /// The element at this place of [`Diagram::elements`].
    #[must_use]
    pub fn new(index: usize) -> Self {
        let number = u32::try_from(index).unwrap_or(u32::MAX - 1) + 1;
        Self(NonZeroU32::new(number).expect("one more than a number is not zero"))
    }

    /// Its place in [`Diagram::elements`].
    #[must_use]
    pub fn index(self) -> usize {
        self.0.get() as usize - 1
    }
}

/// A range of bytes of the file.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Extent {
    /// The first byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

/// A range of one of the tables of a [`Diagram`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Run {
    pub(super) start: u32,
    pub(super) end: u32,
}

/// A list threaded through one of the tables of a [`Diagram`]; zero is the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Thread {
    pub(super) first: Option<NonZeroU32>,
    pub(super) last: Option<NonZeroU32>,
}

/// What the boolean attributes of an element say, with the defaults of the standard filled in.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flags(pub(super) u16);

macro_rules! flags {
    ($($bit:literal $name:ident $set:ident $about:literal)*) => {
        impl Flags {
            $(
                #[doc = $about]
                #[must_use]
                pub fn $name(self) -> bool {
                    self.0 & (1 << $bit) != 0
                }

                pub(super) const $set: u16 = 1 << $bit;
            )*
        }
    };
}

flags! {
    0 executable EXECUTABLE "`isExecutable` of a process is `true`."
    1 by_event BY_EVENT "`triggeredByEvent`: the sub-process is an event sub-process."
    2 lets_run LETS_RUN "`cancelActivity` or `isInterrupting` is `false`: nothing is interrupted."
    3 parallel_multiple PARALLEL_MULTIPLE "`parallelMultiple`: all the event definitions are awaited, not one."
    4 instantiates INSTANTIATES "`instantiate` of a receive task or an event-based gateway is `true`."
    5 compensates COMPENSATES "`isForCompensation` of an activity is `true`."
    6 sequential SEQUENTIAL "`isSequential` of multi-instance characteristics is `true`."
    7 test_before TEST_BEFORE "`testBefore` of standard loop characteristics is `true`."
    8 collection COLLECTION "`isCollection` of data is `true`."
    9 unfit UNFIT "`isExecutable` of a process is written and `false`."
    10 closed CLOSED "`isClosed` of a process is `true`."
}

/// One element of the BPMN namespace that is more than text.
#[derive(Clone, Debug)]
pub struct Element {
    /// What it is.
    pub kind: Kind,
    /// What its boolean attributes say.
    pub flags: Flags,
    /// The element it stands in; `None` for the children of `<definitions>`.
    pub parent: Option<ElementId>,
    /// Index of the first element that is not inside this one.
    pub end: u32,
    /// Its start tag.
    pub tag: Extent,
    /// Its `id`.
    pub id: Option<Text>,
    /// Its `name`.
    pub name: Option<Text>,
    pub(super) more: Option<NonZeroU32>,
}

/// What only few elements have.
#[derive(Clone, Debug, Default)]
pub(super) struct More {
    pub(super) attributes: Run,
    pub(super) extensions: Run,
    pub(super) references: Thread,
    pub(super) passages: Thread,
    /// What it holds that it may hold once, as bits.
    pub(super) seen: u64,
}

/// A sequence flow's ends. Its other sides are those of its element.
#[derive(Clone, Debug)]
pub struct Flow {
    /// Its element, of kind [`Kind::SequenceFlow`].
    pub element: ElementId,
    /// `sourceRef` as written; `None` where it is missing, which was reported.
    pub source: Option<Text>,
    /// The element with that id.
    pub from: Option<ElementId>,
    /// `targetRef` as written; `None` where it is missing, which was reported.
    pub target: Option<Text>,
    /// The element with that id.
    pub to: Option<ElementId>,
}

/// Something that an element names.
#[derive(Clone, Debug)]
pub struct Reference {
    /// What for.
    pub role: Role,
    /// The name as written, possibly with a prefix.
    pub text: Text,
    /// The element of this file with that id.
    pub to: Option<ElementId>,
    pub(super) next: Option<NonZeroU32>,
}

/// Text between tags.
#[derive(Clone, Debug)]
pub struct Passage {
    /// What it is in its element.
    pub role: Role,
    /// Its start tag.
    pub tag: Extent,
    /// The text, not trimmed; `None` where there is none.
    pub text: Option<Text>,
    /// `language` of an expression; `textFormat` of documentation.
    pub language: Option<Text>,
    /// `resource` in a vendor's namespace: the text is in another file.
    pub resource: Option<Text>,
    pub(super) next: Option<NonZeroU32>,
}

/// A namespace that means something here. Known by URI, never by prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Space {
    /// No namespace: the attributes of BPMN itself.
    Plain,
    /// [`NAMESPACE`](super::read::NAMESPACE).
    Bpmn,
    /// The drawing: BPMNDI, DC and DI.
    Drawing,
    /// [`DOD_NAMESPACE`](super::read::DOD_NAMESPACE): what binds a task to the catalogue.
    Dod,
    /// Camunda 7.
    Camunda,
    /// Camunda 8.
    Zeebe,
    /// Flowable and, as it speaks the same words, Activiti.
    Flowable,
    /// SpiffWorkflow.
    Spiff,
    /// `xsi:type` and its kin.
    Schema,
    /// `xml:lang` and its kin.
    Xml,
    /// Any other; see [`Diagram::namespace`].
    Other(u16),
}

/// An attribute without a place of its own in the model.
#[derive(Clone, Debug)]
pub struct Attribute {
    /// The namespace of its name.
    pub space: Space,
    /// Its name without prefix.
    pub name: Text,
    /// Its value.
    pub value: Text,
}

/// An element below `<extensionElements>`.
#[derive(Clone, Debug)]
pub struct Extension {
    /// The namespace of its name.
    pub space: Space,
    /// Its name without prefix.
    pub name: Text,
    /// How deep below `<extensionElements>` it stands, from 0.
    pub depth: u16,
    /// Index of the first extension that is not inside this one.
    pub end: u32,
    /// Its start tag.
    pub tag: Extent,
    /// Its text, where it has no children.
    pub text: Option<Text>,
    pub(super) attributes: Run,
}

/// What `<definitions>` says of the whole file.
#[derive(Clone, Debug, Default)]
pub struct Definitions {
    /// Its start tag.
    pub tag: Extent,
    /// `id`.
    pub id: Option<Text>,
    /// `name`.
    pub name: Option<Text>,
    /// `targetNamespace`.
    pub target_namespace: Option<Text>,
    /// `expressionLanguage`.
    pub expression_language: Option<Text>,
    /// `typeLanguage`.
    pub type_language: Option<Text>,
    /// `exporter`.
    pub exporter: Option<Text>,
    /// `exporterVersion`.
    pub exporter_version: Option<Text>,
    pub(super) attributes: Run,
}

/// One BPMN file. See the [module](self) for its shape.
#[derive(Clone, Debug)]
pub struct Diagram {
    /// The file.
    pub file: FileId,
    /// What its root says.
    pub definitions: Definitions,
    /// Every element that is more than text, in document order.
    pub elements: Vec<Element>,
    /// Every sequence flow, in document order.
    pub flows: Vec<Flow>,
    /// Shapes of the drawing, in document order, which is the order of painting.
    pub shapes: Vec<Shape>,
    /// Edges of the drawing.
    pub edges: Vec<Edge>,
    /// Planes of the drawing.
    pub planes: Vec<Plane>,
    pub(super) source: Arc<str>,
    pub(super) decoded: Vec<(u32, Box<str>)>,
    pub(super) more: Vec<More>,
    pub(super) references: Vec<Reference>,
    pub(super) passages: Vec<Passage>,
    pub(super) attributes: Vec<Attribute>,
    pub(super) extensions: Vec<Extension>,
    pub(super) points: Vec<(f32, f32)>,
    pub(super) namespaces: Vec<Text>,
    /// By number of the name.
    pub(super) counts: Box<[u32]>,
    /// Elements in the namespace of BPMN that it does not have.
    pub(super) strangers: Vec<Text>,
    pub(super) ids: Ids,
}

impl Diagram {
    /// A diagram of this text that says nothing yet.
    pub(super) fn empty(file: FileId, source: Arc<str>) -> Self {
        Self {
            file,
            definitions: Definitions::default(),
            elements: Vec::new(),
            flows: Vec::new(),
            shapes: Vec::new(),
            edges: Vec::new(),
            planes: Vec::new(),
            source,
            decoded: Vec::new(),
            more: Vec::new(),
            references: Vec::new(),
            passages: Vec::new(),
            attributes: Vec::new(),
            extensions: Vec::new(),
            points: Vec::new(),
            namespaces: Vec::new(),
            counts: vec![0; super::read::COUNT].into(),
            strangers: Vec::new(),
            ids: Ids::default(),
        }
    }
}
