//! What a tree over the lines of a log costs beside hashing the lines.
//!
//! `cargo bench -p dod-proof` prints both rates; `proof` must stay close to `bare`. `receipt` is the proof of one
//! run in a large log.

use divan::counter::BytesCount;
use divan::{Bencher, black_box};
use dod_proof::checkpoint::Checkpoint;
use dod_proof::receipt::Receipt;
use dod_proof::tree::{Frontier, Tree, leaf_hash};
use sha2::{Digest as _, Sha256};

/// Bytes of a line: the shortest events, the usual ones, those with a summary.
const LINES: [usize; 4] = [100, 250, 500, 2_000];
/// Bytes of a log.
const LOG_BYTES: usize = 4 << 20;

fn main() {
    divan::main();
}

fn lines(bytes: usize) -> Vec<Vec<u8>> {
    (0..LOG_BYTES / bytes).map(|at| vec![at as u8; bytes]).collect()
}

#[divan::bench(args = LINES)]
fn bare(bencher: Bencher, bytes: usize) {
    let lines = lines(bytes);
    bencher.counter(BytesCount::new(LOG_BYTES)).bench_local(|| {
        for line in &lines {
            black_box(Sha256::digest(line));
        }
    });
}

#[divan::bench(args = LINES)]
fn proof(bencher: Bencher, bytes: usize) {
    let lines = lines(bytes);
    bencher.counter(BytesCount::new(LOG_BYTES)).bench_local(|| {
        let mut frontier = Frontier::new();
        for line in &lines {
            frontier.push(leaf_hash(line));
        }
        frontier.root()
    });
}

/// The proof of one run in a log of so many leaves.
#[divan::bench(args = [100_000, 200_000])]
fn receipt(bencher: Bencher, leaves: u64) {
    let tree: Tree = (0..leaves).map(|at| leaf_hash(&at.to_be_bytes())).collect();
    let checkpoint = Checkpoint { origin: "x/log/1".to_owned(), size: leaves, root: tree.frontier().root() };
    let note = checkpoint.note(&[]);
    bencher.bench_local(|| Receipt::make(leaves / 2 - 1, &note, &tree).map(|receipt| receipt.to_string()));
}

#[divan::bench]
fn whole(bencher: Bencher) {
    let log = vec![7; LOG_BYTES];
    bencher.counter(BytesCount::new(LOG_BYTES)).bench_local(|| Sha256::digest(&log));
}
