//! Diagrams → the kernel's `Workflow`.
//!
//! ```text
//!   process   which process, and the files that called processes are in
//!   body      one scope (process, sub-process, round) → one token body      starts  where it begins
//!   node      what each element becomes      event  catches and throws      rounds  loops, multi-instance
//!   task      what a task does: bind → catalogue, command, approval         people  who may act
//!   decide    business rule tasks → decision tables
//!   express   conditions, values, scripts → expressions                     title   what people call a node
//! ```
//!
//! It never fails: what is wrong is a diagnostic, and an element that is wrong stays in the graph as a step that does
//! nothing. What is not supported is refused where it stands.
//!
//! **Invariant:** scopes wait in a queue and are made once, so neither nesting nor calls cost recursion.
//!
//! **Absent on purpose:** opening files, knowledge of any tool, the drawing.

mod bind;
mod body;
mod decide;
mod defects;
mod event;
mod express;
mod node;
mod people;
mod process;
mod rounds;
mod several;
mod starts;
mod task;
mod title;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use dod_kernel::ask::Expression;
use dod_kernel::id::{BodyId, Name, NodeId};
use dod_kernel::workflow::{Limits, Parts, Workflow};

use super::model::{Diagram, ElementId};
use super::sound;
use super::{Purpose, Wanted};
use crate::diagnose::{Diagnostics, SourceMap, Span};
use crate::lower::{Checked, RUN_TIMEOUT_MS, Settings, World};

/// Node activations in one run of a diagram. A loop in which nothing waits ends here, before it has filled the disk;
/// a million rounds of a handful of nodes do not reach it.
pub const ACTIVATIONS_MAX: u64 = 5_000_000;
/// Sub-processes, calls and rounds that may be open at once.
pub const SCOPES_MAX: u32 = 200_000;
/// Tokens at once in one scope.
pub const TOKENS_MAX: u32 = 1_000_000;
/// Files that the processes of one workflow may be in.
pub const FILES_MAX: usize = 1_000;
/// Files that are looked at for called processes and decisions, each as often as it is.
pub const LOOKS_MAX: usize = 20_000;

/// One file.
pub(super) struct Sheet {
    pub(super) name: String,
    pub(super) diagram: Diagram,
    pub(super) graph: sound::graph::Graph,
    /// Nothing is wrong with its structure, so that it can be looked at as a whole.
    sound: bool,
    /// The innermost lane of each element, where the file has lanes.
    lanes: Vec<Option<ElementId>>,
}

/// A body whose nodes were not made yet.
#[derive(Clone, Copy, Debug)]
struct Opening {
    sheet: usize,
    what: What,
}

/// What a body is made from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum What {
    /// A process: the one that is run, or one that is called.
    Process(ElementId),
    /// A sub-process that stands in the flow.
    Inside(ElementId),
    /// An event sub-process, behind its start event.
    Behind(ElementId),
    /// One round of an activity.
    Round(ElementId),
    /// A task that is called like a process.
    Global(ElementId),
    /// The decisions that the one of a business rule task rests on, and itself.
    Decisions(ElementId, decide::Chain),
}

impl What {
    /// The element that it is made from.
    fn element(self) -> ElementId {
        match self {
            Self::Process(element)
            | Self::Inside(element)
            | Self::Behind(element)
            | Self::Round(element)
            | Self::Global(element)
            | Self::Decisions(element, _) => element,
        }
    }
}

/// Everything known while one workflow is lowered.
pub(super) struct Lowering<'w> {
    world: &'w World<'w>,
    wanted: &'w Wanted<'w>,
    sources: SourceMap,
    problems: Diagnostics,
    sheets: Vec<Rc<Sheet>>,
    /// Bodies whose opening was seen and whose nodes were not made yet, in order.
    openings: VecDeque<Opening>,
    /// How many bodies are known, made or not.
    bodies_known: u32,
    /// Processes that something calls, by sheet and element.
    called: BTreeMap<(usize, ElementId), BodyId>,
    /// Where a process is that is not in the file that calls it; `None`: nowhere.
    elsewhere: BTreeMap<String, Option<(usize, ElementId)>>,
    /// Counted against [`LOOKS_MAX`].
    looks: usize,
    /// Files of decisions that were read.
    tables: decide::Tables,
    parts: Parts,
    /// Where each node was written, and what it is called.
    node_spans: Vec<Span>,
    titles: Vec<title::Title>,
    /// The node that each element of each sheet became.
    node_of: Vec<Vec<Option<NodeId>>>,
    expressions: BTreeMap<String, Arc<Expression>>,
    /// Scripts that were found good.
    scripts: BTreeMap<String, Arc<Expression>>,
    /// Names of the gates, sorted.
    gates: Vec<Name>,
    bindings: bind::Bindings,
    settings: Settings,
    several: several::Several,
}

impl<'w> Lowering<'w> {
    pub(super) fn new(world: &'w World<'w>, wanted: &'w Wanted<'w>) -> Self {
        let mut gates = world.catalogue.names();
        gates.sort_unstable();
        let limits = Limits {
            activations_max: ACTIVATIONS_MAX,
            scopes_max: SCOPES_MAX,
            tokens_max: TOKENS_MAX,
            ..Limits::default()
        };
        Self {
            world,
            wanted,
            sources: SourceMap::default(),
            problems: Diagnostics::default(),
            sheets: Vec::new(),
            openings: VecDeque::new(),
            bodies_known: 0,
            called: BTreeMap::new(),
            elsewhere: BTreeMap::new(),
            looks: 0,
            tables: decide::Tables::default(),
            parts: Parts { limits, ..Parts::default() },
            node_spans: Vec::new(),
            titles: Vec::new(),
            node_of: Vec::new(),
            expressions: BTreeMap::new(),
            scripts: BTreeMap::new(),
            gates,
            bindings: bind::Bindings::default(),
            settings: Settings {
                fail_fast: false,
                inputs: world.inputs.cloned().unwrap_or_default(),
                policy: None,
                timeout_ms: RUN_TIMEOUT_MS,
            },
            several: several::Several::default(),
        }
    }

    pub(super) fn run(&mut self, name: &str, bytes: Vec<u8>) {
        let Some(first) = self.add_file(name, bytes) else { return };
        let Some((sheet, process)) = self.root(first) else { return };
        self.bind_files(sheet);
        self.settle(sheet, process);
        let body = self.open(Opening { sheet, what: What::Process(process) });
        self.called.insert((sheet, process), body);
        while let Some(opening) = self.openings.pop_front() {
            self.body(opening);
            if self.problems.is_full() {
                return;
            }
        }
        self.unused_bindings();
    }

    /// Promises a body; its nodes are made when the queue comes to it.
    fn open(&mut self, opening: Opening) -> BodyId {
        let body = BodyId(self.bodies_known);
        self.bodies_known += 1;
        self.openings.push_back(opening);
        body
    }

    fn sheet(&self, at: usize) -> Rc<Sheet> {
        Rc::clone(&self.sheets[at])
    }

    fn is_run(&self) -> bool {
        self.wanted.purpose == Purpose::Run
    }

    pub(super) fn finish(mut self) -> Checked {
        let mut workflow = None;
        let complete = self.bodies_known > 0 && self.parts.bodies.len() == self.bodies_known as usize;
        if self.problems.errors() == 0 && complete {
            self.circles();
        }
        if self.problems.errors() == 0 && complete {
            title::give(&mut self.parts.nodes, &self.titles);
            match Workflow::new(std::mem::take(&mut self.parts)) {
                Ok(found) => workflow = Some(found),
                Err(defects) => self.explain(&defects),
            }
        }
        if self.problems.errors() > 0 {
            workflow = None;
        }
        self.sources.set_nodes(self.node_spans);
        Checked { workflow, settings: self.settings, sources: self.sources, problems: self.problems.finish() }
    }
}
