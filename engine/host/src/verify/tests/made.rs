//! A small run in memory that has all kinds of pieces.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Evidence, Source as Report};
use dod_kernel::id::{Digest, Instance, Name, NodeId, RunId, ScopeId, StepRef, Timestamp};
use dod_kernel::policy::{Definitions, Scope, State, Verdict};
use dod_kernel::record::{FORMAT, RULES, Recorded};
use dod_kernel::run::{
    AttemptEnded, End, Event, ExitSays, Printed, Read, Reading, RunFinished, RunStarted, Usage,
};
use dod_proof::checkpoint::Checkpoint;
use dod_proof::key::Signer;
use dod_proof::tree::{Tree, leaf_hash};

use super::super::source::{Memory, blob_path};
use crate::log::LOG_FILE;

pub(super) const ID: &str = "01970000-0000-7000-8000-000000000001";
pub(super) const ORIGIN: &str = "example.com/app/run/01970000-0000-7000-8000-000000000001";

pub(super) struct Made {
    pub(super) memory: Memory,
    pub(super) stdout: Digest,
    pub(super) report: Digest,
}

impl Made {
    pub(super) fn new() -> Self {
        let mut memory = Memory::default();
        let definitions = memory.keep(b"{}".to_vec());
        let stdout = memory.keep(b"hello\n".to_vec());
        let report = memory.keep(b"<report/>".to_vec());
        let sources = vec![Report { digest: report, format: "junit".into(), path: "r.xml".into() }];
        let evidence = Evidence { sources, ..Evidence::default() };
        let evidence = memory.keep(serde_json::to_vec(&evidence).unwrap());
        let events =
            [started(definitions), ended(stdout, evidence), Event::CapacitySet { capacity: 2 }, finished()];
        let line = |(seq, event)| serde_json::to_string(&Recorded { at: Timestamp(7), event, seq }).unwrap();
        let lines: Vec<String> = (0u64..).zip(events).map(line).collect();
        let mut made = Self { memory, stdout, report };
        made.write(&lines);
        made.sign(&[&super::signer("laptop", 1)]);
        made
    }

    pub(super) fn path(&self, digest: Digest) -> String {
        blob_path(&digest)
    }

    pub(super) fn log(&mut self) -> &mut Vec<u8> {
        self.memory.files.entry(LOG_FILE.to_owned()).or_default()
    }

    pub(super) fn write(&mut self, lines: &[String]) {
        *self.log() = lines.iter().flat_map(|line| format!("{line}\n").into_bytes()).collect();
    }

    /// Changes the lines, and answers what they were.
    pub(super) fn lines(&mut self, change: impl FnOnce(&mut Vec<String>)) -> Vec<String> {
        let text = String::from_utf8(self.log().clone()).unwrap();
        let before: Vec<String> = text.lines().map(str::to_owned).collect();
        let mut after = before.clone();
        change(&mut after);
        self.write(&after);
        before
    }

    pub(super) fn replace(&mut self, from: &str, to: &str) {
        self.change(LOG_FILE, |text| {
            assert!(text.contains(from), "{text}");
            text.replacen(from, to, 1)
        });
    }

    pub(super) fn change(&mut self, path: &str, change: impl FnOnce(String) -> String) {
        let text = String::from_utf8(self.memory.files[path].clone()).unwrap();
        self.memory.files.insert(path.to_owned(), change(text).into_bytes());
    }

    /// Makes the checkpoint of what is there.
    pub(super) fn sign(&mut self, signers: &[&Signer]) {
        self.sign_as(ORIGIN, signers);
    }

    pub(super) fn sign_as(&mut self, origin: &str, signers: &[&Signer]) {
        let text = String::from_utf8(self.log().clone()).unwrap();
        let tree: Tree = text.lines().map(|line| leaf_hash(line.as_bytes())).collect();
        let (size, root) = (tree.frontier().size(), tree.frontier().root());
        let note = Checkpoint { origin: origin.to_owned(), size, root }.note(signers);
        self.memory.files.insert("checkpoint".to_owned(), note.into_bytes());
    }
}

fn started(definitions: Digest) -> Event {
    Event::RunStarted(Box::new(RunStarted {
        capacity: 1,
        changed: None,
        comparison: None,
        definitions: Definitions::Unprotected,
        facts: BTreeMap::new(),
        fail_fast: false,
        format: FORMAT,
        governance: definitions,
        id: RunId(ID.into()),
        left_out: Vec::new(),
        origin: Some(ORIGIN.into()),
        program: "dod".into(),
        recorded: Vec::new(),
        rules: RULES,
        settings: Vec::new(),
        sources: Vec::new(),
        timeout_ms: None,
        tree: None,
        variables: BTreeMap::new(),
        workflow: definitions,
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
        stdout: Printed { blob: Some(stdout), bytes: 6, tail: Name::from("hello") },
        step,
        tool: None,
        usage: Usage::default(),
    }))
}

fn finished() -> Event {
    let verdict = Verdict {
        definitions: Definitions::Unprotected,
        few_lines: Vec::new(),
        not_measured: Vec::new(),
        policy: "p".into(),
        reasons: Vec::new(),
        rests_on: Vec::new(),
        scope: Scope::Full,
        state: State::Passed,
        tree_changed: false,
        waived: Vec::new(),
        waivers_refused: Vec::new(),
        waivers_unused: Vec::new(),
    };
    Event::RunFinished(Box::new(RunFinished { outcomes: Vec::new(), verdict }))
}
