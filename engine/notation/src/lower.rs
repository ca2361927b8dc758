//! Drafts → the kernel's `Workflow`. The only way in.
//!
//! ```text
//!   files ── include, projects ─▶ units of a body ── matrix ─▶ slots ── nodes and edges ─▶ Workflow::new
//!                                      ▲ one more body per `workflow:` step, from a queue
//! ```
//!
//! Names are resolved, everything left out is filled in, gates are expanded from the catalogue, `${{ }}` is
//! gone. It never fails: what is wrong is a diagnostic, and a step that is wrong stays in the graph as a
//! step that does nothing, so that the steps that need it are still checked.
//!
//! A file that is called, or is the workflow of a project, brings its steps, environment and defaults; its
//! `policy`, `timeout` and `fail_fast` are for runs that begin with it. An included file's hold where the file
//! that includes it is silent.
//!
//! **Invariant:** every loop is over what was read, and reading is bounded by the constants here.
//!
//! **Absent on purpose:** opening files, knowledge of any tool, cases for one front end.

mod body;
mod condition;
mod defects;
mod files;
mod inputs;
mod matrix;
mod names;
mod needs;
mod paths;
mod pools;
mod step;
mod task;
mod text;
mod unit;
mod world;

use std::collections::{BTreeMap, VecDeque};
use std::rc::Rc;
use std::sync::Arc;

use dod_kernel::ask::Expression;
use dod_kernel::id::{Name, PoolId};
use dod_kernel::value::Value;
use dod_kernel::workflow::{Parts, Workflow};

use crate::diagnose::{Diagnostic, Diagnostics, SourceMap, Span};

pub use crate::draft::parse_duration as duration_ms;
pub(crate) use task::RETRY;
pub use world::{Catalogue, Expressions, Loaded, Misuse, Module, Problem, Reference, Site, Sources, World};

/// Nodes of one workflow.
pub const STEPS_MAX: usize = 1_000_000;
/// Edges of one workflow.
pub const EDGES_MAX: usize = 10_000_000;
/// Legs of one matrix.
pub const LEGS_MAX: usize = 10_000;
/// Files of one workflow.
pub const FILES_MAX: usize = 10_000;
/// How deep files may include or call each other.
pub const FILES_DEPTH_MAX: usize = 32;
/// Units opened and files looked through, each as often as it is.
pub const OPENED_MAX: usize = 1_000_000;
/// Texts and lists written out once for each leg and each step: 1 GiB.
pub const EXPANDED_BYTES_MAX: usize = 1 << 30;
/// The time of a step that names none: 30 minutes.
pub const STEP_TIMEOUT_MS: u64 = 30 * 60 * 1000;
/// The time of a run that names none: 6 hours.
pub const RUN_TIMEOUT_MS: u64 = 6 * 60 * 60 * 1000;

/// What became of a workflow file and everything it names.
#[derive(Clone, Debug)]
pub struct Checked {
    /// The workflow; `None` where there is an error.
    pub workflow: Option<Workflow>,
    /// What the files say about the run as a whole.
    pub settings: Settings,
    /// The texts that were read.
    pub sources: SourceMap,
    /// Everything found, by file and place.
    pub problems: Vec<Diagnostic>,
}

/// What a workflow file says about the run as a whole. Defaults are filled in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Settings {
    /// Stop at the first failure.
    pub fail_fast: bool,
    /// Values of the inputs.
    pub inputs: BTreeMap<Name, Value>,
    /// The policy that the file asks for.
    pub policy: Option<Name>,
    /// The longest the run may take.
    pub timeout_ms: u64,
}

/// Checks a workflow and everything it names. `name` is what people are shown.
pub fn check(name: &str, text: &str, world: &World<'_>) -> Checked {
    check_within(
        name,
        text,
        world,
        Bounds { bytes: EXPANDED_BYTES_MAX, edges: EDGES_MAX, opened: OPENED_MAX, steps: STEPS_MAX },
    )
}

/// The bounds on what one workflow becomes; tests have smaller ones.
#[derive(Clone, Copy, Debug)]
struct Bounds {
    bytes: usize,
    edges: usize,
    opened: usize,
    steps: usize,
}

fn check_within(name: &str, text: &str, world: &World<'_>, bounds: Bounds) -> Checked {
    let mut lowering = Lowering::new(world, bounds);
    lowering.run(name, text);
    lowering.finish()
}

/// A fact about an expression that was checked once.
type Condition = (Arc<Expression>, Rc<Vec<Problem>>);

/// Everything known while one workflow is lowered.
struct Lowering<'w> {
    world: &'w World<'w>,
    bounds: Bounds,
    sources: SourceMap,
    problems: Diagnostics,
    /// Files that were read, by name; `None` for one that could not be.
    sheets: BTreeMap<String, Option<Rc<files::Sheet>>>,
    /// Bodies whose call was seen and whose nodes were not made yet, in order.
    bodies: VecDeque<unit::Opening>,
    /// How many bodies are known, made or not.
    bodies_known: u32,
    parts: Parts,
    /// Where each node was written.
    node_spans: Vec<Span>,
    pools: BTreeMap<Name, (PoolId, Option<Span>)>,
    conditions: BTreeMap<String, Condition>,
    settings: Settings,
    /// Prefixes of units that could not be read.
    missing: Vec<String>,
    /// Names of the gates.
    gates: Vec<Name>,
    /// Counted against [`OPENED_MAX`].
    opened: usize,
    /// Counted against [`EXPANDED_BYTES_MAX`].
    expanded: usize,
    /// A bound was reached and said.
    full: bool,
}

impl<'w> Lowering<'w> {
    fn new(world: &'w World<'w>, bounds: Bounds) -> Self {
        Self {
            world,
            bounds,
            sources: SourceMap::default(),
            problems: Diagnostics::default(),
            sheets: BTreeMap::new(),
            bodies: VecDeque::new(),
            bodies_known: 1,
            parts: Parts::default(),
            node_spans: Vec::new(),
            pools: BTreeMap::new(),
            conditions: BTreeMap::new(),
            settings: Settings {
                fail_fast: false,
                inputs: BTreeMap::new(),
                policy: None,
                timeout_ms: RUN_TIMEOUT_MS,
            },
            missing: Vec::new(),
            gates: world.catalogue.names(),
            opened: 0,
            expanded: 0,
            full: false,
        }
    }

    fn run(&mut self, name: &str, text: &str) {
        let Some(root) = self.add_file(name, text) else { return };
        self.bodies.push_back(unit::Opening::root(root));
        while let Some(opening) = self.bodies.pop_front() {
            self.body(opening);
            if self.full {
                // More than the bounds allow: what the rest says does not matter, and might be endless.
                self.parts = Parts::default();
                return;
            }
        }
    }

    fn finish(mut self) -> Checked {
        let mut workflow = None;
        if !self.parts.nodes.is_empty() {
            let names: Vec<Name> = self.parts.nodes.iter().map(|node| node.name.clone()).collect();
            match Workflow::new(std::mem::take(&mut self.parts)) {
                Ok(found) => workflow = Some(found),
                Err(defects) => self.explain(&defects, &names),
            }
        }
        if self.problems.errors() > 0 {
            workflow = None;
        }
        self.sources.set_nodes(self.node_spans);
        Checked { workflow, settings: self.settings, sources: self.sources, problems: self.problems.finish() }
    }
}

#[cfg(test)]
mod tests;
