//! A log that another program wrote: 15 leaves, with a checkpoint, tiles and bundles of every size.

use std::path::{Path, PathBuf};

use dod_proof::checkpoint::Checkpoint;
use dod_proof::key::Verifier;
use dod_proof::receipt::Receipt;
use dod_proof::tiles::{Tile, check_log, tiles};
use dod_proof::tree::{
    Tree, check_consistency, check_inclusion, empty_root, leaf_hash, prove_consistency, prove_inclusion,
    root_of,
};

const KEY: &str = "example.com/log/testdata+33d7b496+AeHTu4Q3hEIMHNqc6fASMsq3rKNx280NI+oO5xCFkkSx";
const ORIGIN: &str = "example.com/log/testdata";
const SIZE: u64 = 15;

struct Log {
    folder: PathBuf,
    known: [Verifier; 1],
    leaves: Vec<Vec<u8>>,
    tree: Tree,
}

impl Log {
    fn read() -> Option<Self> {
        let folder = super::corpus("tessera-log16")?;
        let known = [Verifier::read(KEY).unwrap()];
        let bundle = Tile::read("tile/entries/000.p/15").unwrap();
        let bytes = std::fs::read(folder.join(bundle.to_string())).unwrap();
        let leaves: Vec<_> = bundle.read_bundle(&bytes).unwrap().into_iter().map(<[u8]>::to_vec).collect();
        let tree = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        Some(Self { folder, known, leaves, tree })
    }

    fn checkpoint(&self, name: &str) -> Checkpoint {
        let signed = Checkpoint::open(&self.note(name), &self.known).unwrap();
        assert_eq!((signed.by.len(), signed.unknown.len()), (1, 0));
        assert_eq!(signed.checkpoint.origin, ORIGIN);
        signed.checkpoint
    }

    fn note(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.folder.join(name)).unwrap()
    }
}

fn read(folder: &Path, path: &str) -> Option<Vec<u8>> {
    std::fs::read(folder.join(path)).ok()
}

#[test]
fn the_log_of_another_program_is_good_at_every_size() {
    let Some(log) = Log::read() else { return };
    for size in 0..=SIZE {
        let checkpoint = log.checkpoint(&format!("checkpoint.{size}"));
        assert_eq!(checkpoint.size, size);
        assert_eq!(root_of(size, &log.tree), Ok(checkpoint.root));
        assert!(size > 0 || checkpoint.root == empty_root());
        let mut leaves = Vec::new();
        check_log(&checkpoint, |path| read(&log.folder, path), |_, leaf| leaves.push(leaf.to_vec())).unwrap();
        assert_eq!(leaves, log.leaves[..size as usize]);
        for tile in tiles(size) {
            let bytes = read(&log.folder, &tile.to_string()).unwrap();
            assert_eq!(tile.check(&bytes, &log.tree), Ok(()));
        }
    }
    assert_eq!(log.checkpoint("checkpoint").size, SIZE);
}

#[test]
fn proofs_between_all_its_sizes_hold_and_lead_nowhere_else() {
    let Some(log) = Log::read() else { return };
    let roots: Vec<_> = (0..=SIZE).map(|size| log.checkpoint(&format!("checkpoint.{size}")).root).collect();
    for new in 1..=SIZE {
        let root = &roots[new as usize];
        for old in 1..=new {
            let proof = prove_consistency(old, new, &log.tree).unwrap();
            for (other, before) in roots.iter().enumerate() {
                let holds = check_consistency(old, new, before, root, &proof).is_ok();
                assert_eq!(holds, other as u64 == old, "{old} {new} {other}");
            }
        }
        for index in 0..new {
            let proof = prove_inclusion(index, new, &log.tree).unwrap();
            for (other, leaf) in log.leaves.iter().enumerate() {
                let holds = check_inclusion(index, new, &leaf_hash(leaf), &proof, root).is_ok();
                assert_eq!(holds, other as u64 == index, "{index} {new} {other}");
            }
            let note = String::from_utf8(log.note(&format!("checkpoint.{new}"))).unwrap();
            let receipt = Receipt::make(index, &note, &log.tree).unwrap().to_string();
            let receipt = Receipt::read(receipt.as_bytes()).unwrap();
            let signed = receipt.check(&log.leaves[index as usize], ORIGIN, &log.known).unwrap();
            assert_eq!(signed.by.len(), 1);
        }
    }
}

#[test]
fn every_flipped_bit_of_its_checkpoint_is_refused_or_leaves_it_unsigned() {
    let Some(log) = Log::read() else { return };
    let note = log.note("checkpoint");
    let (mut refused, mut unsigned) = (0, 0);
    for bit in 0..note.len() * 8 {
        let mut flipped = note.clone();
        flipped[bit / 8] ^= 1 << (bit % 8);
        match Checkpoint::open(&flipped, &log.known) {
            Err(_) => refused += 1,
            Ok(signed) => {
                assert!(signed.by.is_empty(), "bit {bit}");
                assert_eq!(signed.unknown.len(), 1, "bit {bit}");
                unsigned += 1;
            }
        }
    }
    eprintln!("{} bits: {refused} refused, {unsigned} of another name or key id", note.len() * 8);
    assert_eq!(refused + unsigned, 1568);
}

#[test]
fn every_truncation_of_its_checkpoint_is_refused_or_leaves_it_unsigned() {
    let Some(log) = Log::read() else { return };
    let note = log.note("checkpoint");
    for to in 0..note.len() {
        let signed = Checkpoint::open(&note[..to], &log.known);
        assert!(signed.is_err() || signed.is_ok_and(|signed| signed.by.is_empty()), "{to}");
    }
}
