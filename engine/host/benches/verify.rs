//! What verifying costs beside the hashing that nobody can spare.
//!
//! `cargo bench -p dod-host --bench verify` prints, by CPU time of this process: bare SHA-256 of each line and blob,
//! verifying the same, and the ratio of the two. Lines should be at a quarter or better, blobs at 0.8.

use std::collections::BTreeMap;
use std::hint::black_box;

use dod_host::blob::Blobs;
use dod_host::verify::{Folder, Keys, Memory, Source, Status, run};
use dod_kernel::evidence::{Evidence, Finding, Severity, Source as Report};
use dod_kernel::id::{Digest, Instance, NodeId, RunId, ScopeId, StepRef, Timestamp};
use dod_kernel::policy::Definitions;
use dod_kernel::record::{FORMAT, RULES, Recorded};
use dod_kernel::run::{
    AttemptEnded, End, Event, ExitSays, Outcome, Printed, Read, Reading, RunStarted, SettledBy, StepSettled,
    Usage,
};
use rustix::time::{ClockId, clock_gettime};
use sha2::{Digest as _, Sha256};

/// Bytes of each log, and of each set of blobs.
const BYTES: usize = 128 << 20;
/// Each is measured so often, and the best counts.
const ROUNDS: usize = 5;

fn main() {
    lines("short lines", &|_| String::new());
    lines("lines with output", &|at| format!("line {at} of the output\n").repeat(40));
    lines("long lines", &|at| format!("\u{1b}[31mfailed\u{1b}[0m: \"{at}\" är fel\n").repeat(900));
    let folder = tempfile::tempdir().expect("a temporary folder");
    for (name, bytes) in [
        ("blobs of 4 KiB", 4 << 10),
        ("blobs of 64 KiB", 64 << 10),
        ("blobs of 1 MiB", 1 << 20),
        ("blobs of 32 MiB", 32 << 20),
    ] {
        blobs(folder.path(), name, bytes, false);
    }
    blobs(folder.path(), "evidence of 1 MiB", 1 << 20, true);
}

/// CPU time of this process, in nanoseconds.
fn cpu() -> u64 {
    let time = clock_gettime(ClockId::ProcessCPUTime);
    u64::try_from(time.tv_sec * 1_000_000_000 + time.tv_nsec).expect("time passes")
}

fn best(task: &mut dyn FnMut()) -> u64 {
    (0..ROUNDS).fold(u64::MAX, |best, _| {
        let began = cpu();
        task();
        best.min(cpu() - began)
    })
}

#[expect(clippy::print_stdout, reason = "a benchmark prints its result")]
fn report(name: &str, bytes: usize, bare: u64, verified: u64) {
    let rate = |time: u64| bytes as f64 / time as f64;
    let (hashed, checked) = (rate(bare), rate(verified));
    println!(
        "{name:20} SHA-256 {hashed:5.2} GB/s   verify {checked:5.2} GB/s   ratio {:.2}",
        checked / hashed
    );
}

fn step() -> StepRef {
    StepRef { id: Instance { scope: ScopeId(0), node: NodeId(17), round: 0 }, name: "unit tests".into() }
}

fn started(definitions: Digest) -> Event {
    Event::RunStarted(Box::new(RunStarted {
        capacity: 4,
        changed: None,
        comparison: None,
        definitions: Definitions::Unprotected,
        facts: BTreeMap::new(),
        fail_fast: false,
        format: FORMAT,
        governance: definitions,
        id: RunId("01970000-0000-7000-8000-000000000001".into()),
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
        workflow: definitions,
    }))
}

fn ended(stdout: &str, evidence: Option<Digest>, blob: Option<Digest>) -> Event {
    let read = |digest| Reading::Read(Box::new(Read { digest, summary: Evidence::default().summary() }));
    Event::AttemptEnded(Box::new(AttemptEnded {
        attempt: 1,
        end: End::Exited { code: 0, says: ExitSays::Clean },
        evidence: evidence.map_or(Reading::None, read),
        outputs: BTreeMap::new(),
        reused_from: None,
        stderr: Printed::default(),
        stdout: Printed { blob, bytes: stdout.len() as u64 + 1, tail: stdout.into() },
        step: step(),
        tool: None,
        usage: Usage { cpu_ms: 1234, peak_kib: Some(56_789), wall_ms: 2345 },
    }))
}

/// A log as a run writes it: each attempt is made ready, started, ended and settled.
fn lines(name: &str, output: &dyn Fn(usize) -> String) {
    let mut memory = Memory::default();
    let definitions = memory.keep(b"{}".to_vec());
    let (mut log, mut seq) = (Vec::new(), 0);
    let mut add = |event: Event, log: &mut Vec<u8>| {
        let at = Timestamp(1_795_273_200_000);
        serde_json::to_writer(&mut *log, &Recorded { at, event, seq }).expect("an event can be written");
        log.push(b'\n');
        seq += 1;
    };
    add(started(definitions), &mut log);
    for at in 0.. {
        if log.len() >= BYTES {
            break;
        }
        add(Event::StepReady { attempt: 1, step: step() }, &mut log);
        add(Event::AttemptStarted { attempt: 1, step: step() }, &mut log);
        add(ended(&output(at), None, None), &mut log);
        let settled = StepSettled { outcome: Outcome::Passed, step: step(), why: SettledBy::Exit };
        add(Event::StepSettled(Box::new(settled)), &mut log);
    }
    let bare = best(&mut || {
        for line in log.split(|byte| *byte == b'\n') {
            black_box(Sha256::digest(line));
        }
    });
    // Finding the ends of lines is no hashing.
    let split = best(&mut || {
        black_box(log.split(|byte| *byte == b'\n').map(<[u8]>::len).sum::<usize>());
    });
    let bytes = log.len();
    memory.files.insert("events.jsonl".to_owned(), log);
    let verified = best(&mut || verify(&memory));
    report(name, bytes, bare - split, verified);
}

fn verify(source: &dyn Source) {
    let verified = run(source, &Keys { known: &[], asked: &[] }, &[]);
    assert_eq!(verified.problems.status(), Status::Good, "{:?}", verified.problems);
}

/// Blobs in a store, as a run leaves them; all of them are in the memory of the system.
fn blobs(folder: &std::path::Path, name: &str, size: usize, is_evidence: bool) {
    let folder = folder.join(name);
    let store = Blobs::at(folder.join("blobs"));
    let put = |bytes: &[u8]| store.put(bytes).expect("a blob can be put").digest;
    let mut log = Vec::new();
    let mut add = |seq: u64, event: Event| {
        serde_json::to_writer(&mut log, &Recorded { at: Timestamp(7), event, seq })
            .expect("it can be written");
        log.push(b'\n');
    };
    add(0, started(put(b"{}")));
    let report_blob = if is_evidence { put(b"<report/>") } else { Digest([0; 32]) };
    let mut all = Vec::new();
    for at in 0..BYTES / size {
        let mut bytes = format!("{at} ").into_bytes();
        if is_evidence {
            bytes = evidence(at, size, report_blob);
        } else {
            bytes.resize(size, b'x');
        }
        let digest = put(&bytes);
        let (evidence, blob) = if is_evidence { (Some(digest), None) } else { (None, Some(digest)) };
        add(at as u64 + 1, ended("x", evidence, blob));
        all.push(bytes);
    }
    std::fs::write(folder.join("events.jsonl"), &log).expect("it can be written");
    let bare = best(&mut || {
        for bytes in &all {
            black_box(Sha256::digest(bytes));
        }
    });
    let bytes = all.iter().map(Vec::len).sum();
    drop(all);
    let source = Folder::sharing(folder.clone(), store.clone());
    let log_alone = best(&mut || {
        black_box(Sha256::digest(&log));
    });
    let verified = best(&mut || verify(&source));
    report(name, bytes, bare + log_alone, verified);
    std::fs::remove_dir_all(&folder).expect("it can be removed");
}

fn evidence(at: usize, size: usize, report: Digest) -> Vec<u8> {
    let finding = |number: usize| Finding {
        fingerprint: format!("{at:08x}{number:08x}").into(),
        introduced: None,
        license: None,
        message: "this variable is never used, and its name is long enough".into(),
        original: None,
        place: None,
        rule: "unused-variable".into(),
        severity: Severity::Warning,
        suppressed: false,
        vulnerability: None,
    };
    let sources = vec![Report { digest: report, format: "sarif".into(), path: "out/report.sarif".into() }];
    let findings = Some((0..size / 160).map(finding).collect());
    serde_json::to_vec(&Evidence { findings, sources, ..Evidence::default() }).expect("it can be written")
}
