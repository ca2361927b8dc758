//! Bits, lines and lengths.

use dod_host::blob::Blobs;
use dod_host::verify::{self, Folder, Keys, Memory, Problems, Status};

use super::{Proven, bad, caught};

/// How many of so many cases are tried: all of them, or about so many, each time others of the same kind.
fn step(all: usize, some: usize) -> usize {
    if std::env::var("DOD_FLIPS").is_ok_and(|value| value == "all") { 1 } else { (all / some).max(1) | 1 }
}

#[test]
fn every_bit_that_is_flipped_is_found_and_every_cut() {
    let Some(proven) = Proven::new() else { return };
    let mut bytes = std::fs::read(proven.export()).unwrap();
    assert!(!caught(&bytes, &proven.key));
    let (mut bits, mut cuts) = (0, 0);
    for bit in (0..bytes.len() * 8).step_by(step(bytes.len() * 8, 400)) {
        bytes[bit / 8] ^= 1 << (bit % 8);
        assert!(caught(&bytes, &proven.key), "bit {bit}");
        bytes[bit / 8] ^= 1 << (bit % 8);
        bits += 1;
    }
    for length in (0..bytes.len()).step_by(step(bytes.len(), 100)) {
        assert!(caught(&bytes[..length], &proven.key), "cut at {length}");
        cuts += 1;
    }
    println!("{} bytes exported: {bits} bits flipped, {cuts} cuts, all found", bytes.len());
}

#[test]
fn every_file_that_is_cut_or_gone_is_found_and_every_line() {
    let Some(proven) = Proven::new() else { return };
    let whole = Memory::read(&std::fs::read(proven.export()).unwrap()).unwrap();
    assert!(!bad(&whole, &proven.key));
    let mut changed = whole.clone();
    let (mut cuts, mut lines) = (0, 0);
    for (path, bytes) in &whole.files {
        for length in (0..bytes.len()).step_by(step(bytes.len(), 25)) {
            changed.files.insert(path.clone(), bytes[..length].to_vec());
            assert!(bad(&changed, &proven.key), "{path} cut at {length}");
            cuts += 1;
        }
        changed.files.remove(path);
        // A run may do without a receipt; that it is not there any more is said.
        assert!(bad(&changed, &proven.key) || path == "proof", "{path} is gone");
        changed.files.insert(path.clone(), bytes.clone());
    }
    let all: Vec<&[u8]> = whole.files["events.jsonl"].split_inclusive(|byte| *byte == b'\n').collect();
    let mut found = |what: &str, at: usize, lines_now: Vec<&[u8]>| {
        changed.files.insert("events.jsonl".to_owned(), lines_now.concat());
        assert!(bad(&changed, &proven.key), "line {at} {what}");
        lines += 1;
    };
    for at in 0..all.len() {
        let without = all.iter().enumerate().filter(|(other, _)| *other != at).map(|(_, line)| *line);
        found("is gone", at, without.collect());
        for other in at + 1..all.len() {
            let mut swapped = all.clone();
            swapped.swap(at, other);
            found("is exchanged", at, swapped);
        }
        for behind in [at + 1, all.len()] {
            let mut twice = all.clone();
            twice.insert(behind, all[at]);
            found("is there twice", at, twice);
        }
    }
    println!("{cuts} files cut, {lines} times lines removed, exchanged, doubled, all found");
}

/// In a workspace, where blobs are shared and the clone log binds the run.
#[test]
fn a_workspace_is_held_against_its_log() {
    let Some(proven) = Proven::new() else { return };
    let (folder, dod) = (proven.newest(), proven.project.path().join(".dod"));
    let store = Blobs::at(dod.join("blobs"));
    let keys = std::slice::from_ref(&proven.key);
    let (asked, known) = (Keys { known: keys, asked: keys }, Keys { known: keys, asked: &[] });
    let is_bad = || {
        let verified = verify::run(&Folder::sharing(folder.clone(), store.clone()), &asked, &[]);
        let mut problems = Problems::default();
        problems.extend(&verified.problems);
        let log = verify::log(&dod.join("log"), verified.run(), &known, &[]).unwrap();
        problems.extend(&log.problems);
        verify::bind(&verified, &log, "leaves.jsonl", &mut problems);
        problems.status() != Status::Good
    };
    assert!(!is_bad());
    let log = dod.join("log");
    let files = [
        folder.join("checkpoint"),
        folder.join("events.jsonl"),
        log.join("leaves.jsonl"),
        log.join("checkpoint"),
        log.join("origin"),
    ];
    let mut cases = 0;
    for file in files {
        let whole = std::fs::read(&file).unwrap();
        let mut bytes = whole.clone();
        for bit in (0..whole.len() * 8).step_by(step(whole.len() * 8, 40)) {
            bytes[bit / 8] ^= 1 << (bit % 8);
            std::fs::write(&file, &bytes).unwrap();
            assert!(is_bad(), "bit {bit} of {}", file.display());
            bytes[bit / 8] ^= 1 << (bit % 8);
            cases += 1;
        }
        for length in (0..whole.len()).step_by(step(whole.len(), 15)) {
            std::fs::write(&file, &whole[..length]).unwrap();
            // The clone log's checkpoint, cut behind its text, is that of an unsigned log, and called so.
            let unsigned =
                file.parent() == Some(log.as_path()) && whole[length..].starts_with(b"\n\xe2\x80\x94");
            assert!(is_bad() || unsigned, "{} cut at {length}", file.display());
            cases += 1;
        }
        std::fs::write(&file, &whole).unwrap();
    }
    assert!(!is_bad());
    println!("{cases} bits flipped and cuts, all found");
}
