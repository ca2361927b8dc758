//! Everything that may be done to one exported run without its key, tried case by case: each has to be found.
//!
//! `cargo bench -p dod-host --bench flips -- FILE KEY` flips every bit of the file, cuts it at every length, cuts each piece in
//! it at every length, and removes, exchanges and doubles every line of its log. `tests/it/proof/damage.rs` does the same for a
//! part of the cases, with a program that was not made for speed.

use std::time::Instant;

use dod_host::verify::{Keys, Memory, Status, run};
use dod_proof::key::Verifier;

#[expect(clippy::print_stdout, reason = "it prints what it found")]
fn main() {
    // `cargo bench` itself passes `--bench`.
    let words: Vec<String> = std::env::args().skip(1).filter(|word| word != "--bench").collect();
    let [file, key] = words.as_slice() else { return println!("skipped: no FILE and KEY were given") };
    let mut archive = std::fs::read(file).expect("the file can be read");
    let key = Verifier::read(key.trim()).expect("a verifier key");
    assert!(!caught(&archive, &key), "the run is not good to begin with");
    let began = Instant::now();
    let bits = archive.len() * 8;
    let mut missed = 0;
    for bit in 0..bits {
        archive[bit / 8] ^= 1 << (bit % 8);
        missed += usize::from(!caught(&archive, &key));
        archive[bit / 8] ^= 1 << (bit % 8);
    }
    println!("{} bytes: {bits} bits flipped, {missed} not found", archive.len());
    let missed = (0..archive.len()).filter(|length| !caught(&archive[..*length], &key)).count();
    println!("{} lengths of the file, {missed} not found", archive.len());
    let whole = Memory::read(&archive).expect("it is an archive");
    let (cuts, missed) = pieces(&whole, &key);
    println!("{cuts} lengths of {} pieces, {missed} not found", whole.files.len());
    let (cases, missed) = lines(&whole, &key);
    println!("{cases} times lines removed, exchanged, doubled, {missed} not found");
    println!("{} s", began.elapsed().as_secs());
}

fn caught(archive: &[u8], key: &Verifier) -> bool {
    Memory::read(archive).map_or(true, |memory| is_bad(&memory, key))
}

fn is_bad(memory: &Memory, key: &Verifier) -> bool {
    let keys = std::slice::from_ref(key);
    run(memory, &Keys { known: keys, asked: keys }, &[]).problems.status() != Status::Good
}

fn pieces(whole: &Memory, key: &Verifier) -> (usize, usize) {
    let (mut changed, mut cuts, mut missed) = (whole.clone(), 0, 0);
    for (path, bytes) in &whole.files {
        for length in 0..bytes.len() {
            changed.files.insert(path.clone(), bytes[..length].to_vec());
            cuts += 1;
            missed += usize::from(!is_bad(&changed, key));
        }
        changed.files.insert(path.clone(), bytes.clone());
    }
    (cuts, missed)
}

fn lines(whole: &Memory, key: &Verifier) -> (usize, usize) {
    const LOG: &str = "events.jsonl";
    let (mut changed, mut cases, mut missed) = (whole.clone(), 0, 0);
    let all: Vec<&[u8]> = whole.files[LOG].split_inclusive(|byte| *byte == b'\n').collect();
    let mut found = |now: Vec<&[u8]>| {
        changed.files.insert(LOG.to_owned(), now.concat());
        cases += 1;
        missed += usize::from(!is_bad(&changed, key));
    };
    for at in 0..all.len() {
        let mut without = all.clone();
        without.remove(at);
        found(without);
        for other in at + 1..all.len() {
            let mut exchanged = all.clone();
            exchanged.swap(at, other);
            found(exchanged);
        }
        for behind in at + 1..=all.len() {
            let mut twice = all.clone();
            twice.insert(behind, all[at]);
            found(twice);
        }
    }
    (cases, missed)
}
