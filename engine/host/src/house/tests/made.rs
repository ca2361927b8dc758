//! A workspace with runs that are made by hand: no run was driven, and only what housekeeping looks at is there.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use dod_kernel::evidence::{Evidence, Source};
use dod_kernel::id::{Digest, Instance, Name, NodeId, RunId, ScopeId, StepRef, Timestamp};
use dod_kernel::policy::{Definitions, Scope, State, Verdict};
use dod_kernel::record::{FORMAT, RULES, Recorded};
use dod_kernel::run::{
    AttemptEnded, End, Event, ExitSays, Printed, Read, Reading, RunFinished, RunStarted, Usage,
};
use dod_kernel::value::Value;
use dod_proof::tree::Hash;

use crate::blob::Blobs;
use crate::disk;
use crate::exported::{Survey, lines};
use crate::log::LOG_FILE;
use crate::seal::Sealing;
use crate::workspace::Workspace;

pub(super) const DAY: i64 = 86_400_000;

/// What a run is like.
#[derive(Clone, Copy, Debug)]
pub(super) struct Shape {
    pub(super) at: i64,
    pub(super) branch: &'static str,
    pub(super) tag: Option<&'static str>,
    pub(super) finished: bool,
    pub(super) partial: bool,
    /// The number of a run that its verdict rests on.
    pub(super) rests_on: Option<usize>,
}

impl Default for Shape {
    fn default() -> Self {
        Self { at: 0, branch: "topic", tag: None, finished: true, partial: false, rests_on: None }
    }
}

/// A workspace with runs.
pub(super) struct Made {
    /// Absent on a simulated disk.
    pub(super) folder: Option<tempfile::TempDir>,
    pub(super) workspace: Workspace,
    pub(super) roots: Vec<Hash>,
}

/// The id of the run of this number.
pub(super) fn id(number: usize) -> RunId {
    RunId(format!("01970000-0000-7000-8000-{number:012}").as_str().into())
}

impl Made {
    /// Runs of these shapes, oldest first.
    pub(super) fn of(shapes: &[Shape]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made = Self::at(folder.path(), shapes);
        Self { folder: Some(folder), ..made }
    }

    /// The same in a folder, on the disk of this thread.
    pub(super) fn at(root: &Path, shapes: &[Shape]) -> Self {
        let workspace = Workspace::create(root).unwrap();
        let mut made = Self { folder: None, workspace, roots: Vec::new() };
        for (number, shape) in shapes.iter().enumerate() {
            made.write(number, shape);
        }
        made
    }

    fn write(&mut self, number: usize, shape: &Shape) {
        let report = self.put(format!("<report of=\"{number}\"/>").as_bytes());
        let source = Source { digest: report, format: "junit".into(), path: "r.xml".into() };
        let evidence = Evidence { sources: vec![source], ..Evidence::default() };
        let evidence = self.put(&serde_json::to_vec(&evidence).unwrap());
        let stdout = self.put(format!("output of {number}\n").as_bytes());
        let mut events = vec![started(number, shape, self.put(b"{}")), ended(stdout, evidence)];
        if shape.finished {
            events.push(finished(shape));
        }
        let line = |(seq, event)| {
            serde_json::to_string(&Recorded { at: Timestamp(shape.at), event, seq }).unwrap() + "\n"
        };
        let text: String = (0u64..).zip(events).map(line).collect();
        let run = self.workspace.create_run(&id(number)).unwrap();
        disk::write(&run.join(LOG_FILE), text.as_bytes()).unwrap();
        self.roots.push(lines(&run.join(LOG_FILE)).unwrap().frontier.root());
    }

    pub(super) fn put(&self, bytes: &[u8]) -> Digest {
        Blobs::at(self.workspace.blobs_folder()).put(bytes).unwrap().digest
    }

    pub(super) fn run(&self, number: usize) -> PathBuf {
        self.workspace.run_folder(&id(number))
    }

    pub(super) fn sealing(&self) -> Sealing {
        Sealing::unsigned("example.com/org/repo", "alice".into())
    }

    /// Everything that a run names.
    pub(super) fn named(&self, number: usize) -> BTreeSet<Digest> {
        let store = Blobs::at(self.workspace.blobs_folder());
        let survey = Survey::of(&self.run(number)).unwrap();
        survey.blobs(&store).unwrap().into_keys().collect()
    }

    /// The evidence of a run.
    pub(super) fn evidence(&self, number: usize) -> Digest {
        let text = String::from_utf8(disk::read(&self.run(number).join(LOG_FILE)).unwrap()).unwrap();
        let line: serde_json::Value = serde_json::from_str(text.lines().nth(1).unwrap()).unwrap();
        line["event"]["attempt_ended"]["evidence"]["read"]["digest"].as_str().unwrap().parse().unwrap()
    }
}

fn started(number: usize, shape: &Shape, definition: Digest) -> Event {
    let mut facts: BTreeMap<Name, Value> = [("branch".into(), Value::text(shape.branch))].into();
    facts.extend(shape.tag.map(|tag| ("tag".into(), Value::text(tag))));
    Event::RunStarted(Box::new(RunStarted {
        capacity: 1,
        changed: None,
        comparison: None,
        definitions: Definitions::Unprotected,
        facts,
        fail_fast: false,
        format: FORMAT,
        governance: definition,
        id: id(number),
        left_out: Vec::new(),
        origin: None,
        program: "dod".into(),
        recorded: Vec::new(),
        rules: RULES,
        settings: Vec::new(),
        sources: Vec::new(),
        timeout_ms: None,
        tree: None,
        variables: BTreeMap::new(),
        workflow: definition,
    }))
}

fn ended(stdout: Digest, evidence: Digest) -> Event {
    let step = StepRef { id: Instance { scope: ScopeId(0), node: NodeId(0), round: 0 }, name: "test".into() };
    Event::AttemptEnded(Box::new(AttemptEnded {
        attempt: 1,
        end: End::Exited { code: 0, says: ExitSays::Clean },
        evidence: Reading::Read(Box::new(Read { digest: evidence, summary: Evidence::default().summary() })),
        outputs: BTreeMap::new(),
        reused_from: None,
        stderr: Printed::default(),
        stdout: Printed { blob: Some(stdout), bytes: 6, tail: Name::default() },
        step,
        tool: None,
        usage: Usage::default(),
    }))
}

fn finished(shape: &Shape) -> Event {
    let verdict = Verdict {
        definitions: Definitions::Unprotected,
        few_lines: Vec::new(),
        not_measured: Vec::new(),
        policy: "p".into(),
        reasons: Vec::new(),
        rests_on: shape.rests_on.map(|run| ("load".into(), id(run))).into_iter().collect(),
        scope: if shape.partial { Scope::Partial } else { Scope::Full },
        state: State::Passed,
        tree_changed: false,
        waived: Vec::new(),
        waivers_refused: Vec::new(),
        waivers_unused: Vec::new(),
    };
    Event::RunFinished(Box::new(RunFinished { outcomes: Vec::new(), verdict }))
}
