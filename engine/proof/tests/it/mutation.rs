//! Proofs of random trees: each one holds, and none of its changes does.

use dod_proof::tree::{
    Frontier, Hash, PROOF_HASHES_MAX, ProofError, Tree, check_consistency, check_inclusion, leaf_hash,
    prove_consistency, prove_inclusion, root_of,
};
use proptest::prelude::*;

fn tree(size: u64) -> Tree {
    (0..size).map(|at| leaf_hash(&at.to_be_bytes())).collect()
}

/// Every way to drop, double, swap, change or add one hash.
fn changes(proof: &[Hash]) -> Vec<Vec<Hash>> {
    let mut all = Vec::new();
    for at in 0..proof.len() {
        all.push([&proof[..at], &proof[at + 1..]].concat());
        all.push([&proof[..=at], &proof[at..]].concat());
        let mut other = proof.to_vec();
        other[at].0[at % 32] ^= 1 << (at % 8);
        all.push(other);
        for with in at + 1..proof.len() {
            let mut other = proof.to_vec();
            other.swap(at, with);
            all.push(other);
        }
    }
    let stray = leaf_hash(b"stray");
    all.push([proof, &[stray]].concat());
    all.push([&[stray], proof].concat());
    all
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 128, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_inclusion_proof_holds_for_its_leaf_and_no_change_of_it_does(size in 1u64..700, at in any::<u64>()) {
        let (tree, index) = (tree(size), at % size);
        let (root, leaf) = (tree.frontier().root(), leaf_hash(&index.to_be_bytes()));
        let proof = prove_inclusion(index, size, &tree).unwrap();
        prop_assert_eq!(check_inclusion(index, size, &leaf, &proof, &root), Ok(()));
        for other in changes(&proof) {
            prop_assert!(check_inclusion(index, size, &leaf, &other, &root).is_err());
        }
        prop_assert!(check_inclusion(index, size, &root, &proof, &leaf).is_err());
        for other in [index.wrapping_add(1), index.wrapping_sub(1), index ^ 1 << 40, u64::MAX] {
            prop_assert!(check_inclusion(other, size, &leaf, &proof, &root).is_err());
        }
    }

    #[test]
    fn a_consistency_proof_holds_for_its_sizes_and_no_change_of_it_does(new in 2u64..700, at in any::<u64>()) {
        let (tree, old) = (tree(new), at % (new - 1) + 1);
        let (before, after) = (root_of(old, &tree).unwrap(), tree.frontier().root());
        let proof = prove_consistency(old, new, &tree).unwrap();
        prop_assert_eq!(check_consistency(old, new, &before, &after, &proof), Ok(()));
        for other in changes(&proof) {
            prop_assert!(check_consistency(old, new, &before, &after, &other).is_err());
        }
        prop_assert!(check_consistency(old, new, &after, &before, &proof).is_err());
        prop_assert!(check_consistency(new, old, &after, &before, &proof).is_err());
        prop_assert!(check_consistency(0, new, &before, &after, &proof).is_err());
        prop_assert!(check_consistency(old, new, &before, &after, &[]).is_err());
    }

    #[test]
    fn a_frontier_that_was_kept_goes_on_as_if_it_had_not_stopped(size in 0u64..300, more in 0u64..300) {
        let all = tree(size + more);
        let kept = tree(size).frontier().clone();
        let mut again = Frontier::from_parts(kept.size(), kept.peaks().to_vec()).unwrap();
        (size..size + more).for_each(|at| again.push(leaf_hash(&at.to_be_bytes())));
        prop_assert_eq!(&again, all.frontier());
        prop_assert_eq!(root_of(size, &all), Ok(kept.root()));
        prop_assert_eq!(Frontier::from_parts(size + 1, kept.peaks().to_vec()).is_none(), (size + 1).count_ones() != size.count_ones());
    }

    #[test]
    fn no_number_and_no_proof_makes_a_check_panic(
        index in any::<u64>(),
        size in any::<u64>(),
        hashes in prop::collection::vec(any::<[u8; 32]>(), 0..80),
    ) {
        let proof: Vec<_> = hashes.into_iter().map(Hash).collect();
        let leaf = leaf_hash(b"");
        prop_assert!(check_inclusion(index, size, &leaf, &proof, &Hash([0; 32])).is_err());
        prop_assert!(check_consistency(index, size, &leaf, &Hash([0; 32]), &proof).is_err());
        prop_assert!(proof.len() <= PROOF_HASHES_MAX || check_inclusion(0, u64::MAX, &leaf, &proof, &leaf) == Err(ProofError::Length));
    }
}
