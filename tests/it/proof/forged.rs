//! What a skilled forger does: everything is hashed, numbered and signed anew, with a key of the forger's.
//!
//! Who signed tells, where somebody is trusted or asked for; replay tells which event does not follow, whoever signed.

use std::path::PathBuf;

use dod_host::verify::Memory;
use dod_kernel::id::Digest;
use dod_proof::archive::{RUN_FIRST, Writer};
use dod_proof::checkpoint::Checkpoint;
use dod_proof::key::Signer;
use dod_proof::tree::{Tree, leaf_hash};
use serde_json::{Value, json};

use super::{Proven, ends};

const EVENTS: &str = "events.jsonl";

/// A run in the hands of a forger.
pub(super) struct Forged<'p> {
    proven: &'p Proven,
    pub(super) memory: Memory,
    lines: Vec<Value>,
}

impl<'p> Forged<'p> {
    pub(super) fn of(proven: &'p Proven) -> Self {
        let memory = Memory::read(&std::fs::read(proven.export()).unwrap()).unwrap();
        let lines = memory.files[EVENTS].split(|byte| *byte == b'\n').filter(|line| !line.is_empty());
        let lines = lines.map(|line| serde_json::from_slice(line).unwrap()).collect();
        Self { proven, memory, lines }
    }

    /// The first event of this kind of which this is true.
    pub(super) fn event(&mut self, kind: &str, is_it: impl Fn(&Value) -> bool) -> &mut Value {
        let mut all = self.lines.iter_mut().filter_map(|line| line["event"].get_mut(kind));
        all.find(|event| is_it(event)).unwrap()
    }

    /// Exchanges a blob that an event names.
    fn blob(&mut self, kind: &str, name: &str, change: impl FnOnce(&mut Value)) {
        let digest: Digest = self.event(kind, |_| true)[name].as_str().unwrap().parse().unwrap();
        let path = |digest: &Digest| format!("blobs/sha256/{}/{}", &digest.hex()[..2], &digest.hex()[2..]);
        let bytes = self.memory.files.remove(&path(&digest)).unwrap();
        let mut value: Value = serde_json::from_slice(&bytes).unwrap();
        change(&mut value);
        let digest = self.memory.keep(serde_json::to_vec(&value).unwrap());
        self.event(kind, |_| true)[name] = json!(digest.to_string());
    }

    /// Numbers, hashes and signs, and leaves it in a file.
    pub(super) fn write(mut self, signer: &Signer) -> PathBuf {
        for (seq, line) in self.lines.iter_mut().enumerate() {
            line["seq"] = json!(seq);
        }
        let lines: Vec<String> = self.lines.iter().map(Value::to_string).collect();
        let tree: Tree = lines.iter().map(|line| leaf_hash(line.as_bytes())).collect();
        let origin = self.lines[0]["event"]["run_started"]["origin"].as_str().unwrap().to_owned();
        let (size, root) = (tree.frontier().size(), tree.frontier().root());
        let note = Checkpoint { origin, size, root }.note(&[signer]);
        let files = &mut self.memory.files;
        files.insert(EVENTS.to_owned(), (lines.join("\n") + "\n").into_bytes());
        files.insert("checkpoint".to_owned(), note.into_bytes());
        files.remove("proof");
        let mut archive = Writer::new(Vec::new(), RUN_FIRST);
        let first = RUN_FIRST.iter().filter_map(|path| files.get_key_value(*path));
        let rest = files.iter().filter(|(path, _)| !RUN_FIRST.contains(&path.as_str()));
        for (path, bytes) in first.chain(rest) {
            archive.add(path, bytes.len() as u64, bytes.as_slice()).unwrap();
        }
        let file = self.proven.project.path().join("forged.dodz");
        std::fs::write(&file, archive.finish().unwrap()).unwrap();
        file
    }
}

/// Who is trusted, who is asked for, and what follows: each of them finds it, the last with the event.
#[track_caller]
fn found(forged: Forged<'_>, event: &str, why: &str) {
    let proven = forged.proven;
    let forger = Signer::of_seed("auditor", &[7; 32]).unwrap();
    let file = forged.write(&forger);
    let file = file.to_str().unwrap();
    ends(
        &proven.dod(&["verify", file]),
        3,
        &["incomplete: ", "is signed by a key that is not trusted: auditor+"],
    );
    let key = proven.key.to_string();
    ends(
        &proven.stranger(&["verify", file, "--key", &key]),
        1,
        &["and by none of the keys that are asked for"],
    );
    // Somebody who was made to trust the forger's key, or asks for none.
    let fooled = forger.verifier().to_string();
    let said = proven.stranger(&["verify", file, "--key", &fooled, "--replay"]);
    ends(&said, 1, &[&format!("  decisions  different: {event}"), why]);
    let replayed = proven.stranger(&["replay", file]);
    ends(&replayed, 1, &[event, why]);
}

#[test]
fn a_changed_verdict_is_found() {
    let Some(proven) = Proven::new() else { return };
    let mut forged = Forged::of(&proven);
    let last = forged.lines.iter().position(|line| line["event"]["run_finished"].is_object()).unwrap();
    forged.event("run_finished", |_| true)["verdict"]["state"] = json!("passed");
    found(forged, &format!("event {last}: "), "another decision follows from the facts");
}

#[test]
fn a_failure_that_was_removed_is_found() {
    let Some(proven) = Proven::new() else { return };
    let mut forged = Forged::of(&proven);
    let judged = |line: &Value| line["event"]["gate_judged"]["state"] == "failed";
    let at = forged.lines.iter().position(judged).unwrap();
    forged.lines.remove(at);
    found(forged, &format!("event {at}: "), "another decision follows from the facts");
    // The counts alone: what the evidence holds says otherwise.
    let mut forged = Forged::of(&proven);
    let of_test = |ended: &Value| ended["step"]["name"] == "test";
    let at = forged.lines.iter().position(|line| of_test(&line["event"]["attempt_ended"])).unwrap();
    let tests = &mut forged.event("attempt_ended", of_test)["evidence"]["read"]["summary"]["tests"];
    *tests = json!({ "errored": 0, "failed": 0, "flaky": 0, "passed": 2, "skipped": 0 });
    let counts = tests.clone();
    let mut honest = Forged::of(&proven);
    let was = honest.event("attempt_ended", of_test)["evidence"]["read"]["summary"]["tests"].clone();
    let same = was.as_object().unwrap().keys().eq(counts.as_object().unwrap().keys());
    assert!(same, "{was}");
    found(forged, &format!("event {at}: "), "the counts that are recorded are not those of the evidence");
}

#[test]
fn a_waiver_that_was_added_afterwards_is_found() {
    let Some(proven) = Proven::new() else { return };
    let mut forged = Forged::of(&proven);
    let last =
        forged.lines.iter().position(|line| line["event"]["gate_judged"]["state"] == "failed").unwrap();
    forged.blob("run_started", "governance", |governance| {
        let mut waiver = governance["waivers"][0].clone();
        waiver["of"] = json!("tests");
        waiver
            .as_object_mut()
            .unwrap()
            .retain(|name, _| !matches!(name.as_str(), "proved" | "signature" | "scope"));
        governance["waivers"].as_array_mut().unwrap().push(waiver);
    });
    forged.event("run_finished", |_| true)["verdict"]["state"] = json!("passed");
    let policy = forged.lines[0]["event"]["run_started"]["governance"].clone();
    assert!(policy.is_string() && last > 0);
    let file = forged.write(&Signer::of_seed("auditor", &[7; 32]).unwrap());
    let key = proven.key.to_string();
    let said = proven.stranger(&["verify", file.to_str().unwrap(), "--key", &key]);
    ends(&said, 1, &["different: ", "and by none of the keys that are asked for"]);
    ends(&proven.stranger(&["replay", file.to_str().unwrap()]), 1, &["event "]);
}

#[test]
fn a_waiver_that_says_it_is_proved_and_is_not_is_found() {
    let Some(proven) = Proven::new() else { return };
    let mut forged = Forged::of(&proven);
    forged.blob("run_started", "governance", |governance| {
        governance["waivers"][0]["reason"] = json!("it does not matter");
    });
    let forger = Signer::of_seed("forger", &[7; 32]).unwrap();
    let file = forged.write(&forger);
    let key = forger.verifier().to_string();
    let said = proven.stranger(&["verify", file.to_str().unwrap(), "--key", &key]);
    ends(&said, 1, &["different: ", "the waiver of `R1`", "is recorded as proved by `dora`, and is not: "]);
}

#[test]
fn an_answer_that_says_it_is_proved_and_is_not_is_found() {
    let Some(proven) = Proven::new() else { return };
    let forger = Signer::of_seed("forger", &[7; 32]).unwrap();
    let key = forger.verifier().to_string();
    let verify = |forged: Forged<'_>| {
        let file = forged.write(&forger);
        proven.stranger(&["verify", file.to_str().unwrap(), "--key", &key])
    };
    let mut forged = Forged::of(&proven);
    forged.event("answered", |_| true)["because"] = json!("all is well");
    let line = forged.lines.iter().position(|line| line["event"]["answered"].is_object()).unwrap() + 1;
    let sorted: std::collections::BTreeMap<String, Value> =
        serde_json::from_value(forged.event("answered", |_| true).clone()).unwrap();
    *forged.event("answered", |_| true) = json!(sorted);
    let place = format!("events.jsonl:{line}: the signature of `dora` for `signoff`: ");
    ends(&verify(forged), 1, &["different: ", &place, "it does not fit what is signed"]);
    let mut forged = Forged::of(&proven);
    forged.event("answered", |_| true).as_object_mut().unwrap().remove("proof");
    ends(&verify(forged), 1, &["is recorded as proved, and it is claimed"]);
}

#[test]
fn a_first_line_that_dod_would_not_have_written_is_found() {
    let Some(proven) = Proven::new() else { return };
    let mut forged = Forged::of(&proven);
    forged.event("run_started", |_| true)["sources"] = json!([]);
    let forger = Signer::of_seed("forger", &[7; 32]).unwrap();
    let file = forged.write(&forger);
    let key = forger.verifier().to_string();
    let said = proven.stranger(&["verify", file.to_str().unwrap(), "--key", &key]);
    ends(&said, 1, &["different: ", "events.jsonl:1: the line is not as `dod` writes it: "]);
}
