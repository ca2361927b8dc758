//! Three other implementations beside ours: `ct-merkle` for trees, `signed_note` for notes, `tlog_tiles` for checkpoints,
//! tiles and proofs.

use ct_merkle::mem_backed_tree::MemoryBackedTree;
use ct_merkle::{ConsistencyProof, InclusionProof};
use dod_proof::checkpoint::Checkpoint;
use dod_proof::key::{Signer, Verifier};
use dod_proof::note::{Note, sign};
use dod_proof::tiles::{Of, Tile, tiles};
use dod_proof::tree::{
    Hash, Tree, check_consistency, check_inclusion, leaf_hash, prove_consistency, prove_inclusion,
};
use proptest::prelude::*;
use sha2::Sha256;
use signed_note::{StandardSigner, StandardVerifier, VerifierList};
use tlog_tiles::{HashReader as _, TileHashReader, TileReader};

/// The proof as `ct-merkle` writes it: the hashes one behind the other.
fn joined(proof: &[Hash]) -> Vec<u8> {
    proof.iter().flat_map(|hash| hash.0).collect()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ct_merkle_makes_the_same_trees_and_takes_our_proofs(
        leaves in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..70), 1..140),
        one in any::<prop::sample::Index>(),
    ) {
        let ours: Tree = leaves.iter().map(|leaf| leaf_hash(leaf)).collect();
        let mut theirs = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        leaves.iter().for_each(|leaf| theirs.push(leaf.clone()));
        let (size, root) = (leaves.len() as u64, ours.frontier().root());
        prop_assert_eq!(theirs.root().as_bytes().to_vec(), root.0);

        let index = one.index(leaves.len());
        let proof = prove_inclusion(index as u64, size, &ours).unwrap();
        prop_assert_eq!(joined(&proof), theirs.prove_inclusion(index).as_bytes().to_vec());
        let taken = InclusionProof::<Sha256>::try_from_bytes(joined(&proof)).unwrap();
        prop_assert!(theirs.root().verify_inclusion(&leaves[index], index as u64, &taken).is_ok());
        prop_assert_eq!(check_inclusion(index as u64, size, &leaf_hash(&leaves[index]), &proof, &root), Ok(()));

        let old = index as u64 + 1;
        let before: Tree = leaves[..=index].iter().map(|leaf| leaf_hash(leaf)).collect();
        let proof = prove_consistency(old, size, &ours).unwrap();
        prop_assert_eq!(joined(&proof), theirs.prove_consistency((size - old) as usize).as_bytes().to_vec());
        let mut older = MemoryBackedTree::<Sha256, Vec<u8>>::new();
        leaves[..=index].iter().for_each(|leaf| older.push(leaf.clone()));
        let taken = ConsistencyProof::<Sha256>::try_from_bytes(joined(&proof)).unwrap();
        prop_assert!(theirs.root().verify_consistency(&older.root(), &taken).is_ok());
        let holds = check_consistency(old, size, &before.frontier().root(), &root, &proof);
        prop_assert_eq!(holds, Ok(()));
    }

    #[test]
    fn signed_note_reads_our_notes_and_we_read_its(
        text in "[ -~é\\n]{0,200}",
        name in "[a-z./é]{1,30}",
        seed in any::<[u8; 32]>(),
        other in any::<[u8; 32]>(),
    ) {
        let text = format!("{}\n", text.trim_end_matches('\n'));
        let signer = Signer::of_seed(&name, &seed).unwrap();
        let stranger = Signer::of_seed(&name, &other).unwrap();
        let known = [signer.verifier().clone()];
        let note = sign(&text, &[&stranger, &signer]);

        let verifier = StandardVerifier::new(&known[0].to_string()).unwrap();
        let list = VerifierList::new(vec![Box::new(verifier)]);
        let theirs = signed_note::Note::from_bytes(note.as_bytes()).unwrap();
        let (good, unknown) = theirs.verify(&list).unwrap();
        prop_assert_eq!((good.len(), unknown.len(), theirs.text()), (1, 1, text.as_bytes()));

        let key = StandardSigner::new(&signer.to_secret_text()).unwrap();
        let mut theirs = signed_note::Note::new(text.as_bytes(), &[]).unwrap();
        theirs.add_sigs(&[&key]).unwrap();
        prop_assert_eq!(String::from_utf8(theirs.to_bytes()).unwrap(), sign(&text, &[&signer]));
        let ours = Note::read(&theirs.to_bytes()).unwrap();
        prop_assert_eq!((ours.text(), ours.signed_by(&known).unwrap().len()), (text.as_str(), 1));
    }

    #[test]
    fn a_changed_note_is_taken_by_both_readers_or_by_none(
        at in any::<prop::sample::Index>(),
        byte in any::<u8>(),
    ) {
        let signer = Signer::of_seed("example.com/a", &[1; 32]).unwrap();
        let known = [signer.verifier().clone()];
        let mut note = sign("one\n\ntwo\n", &[&signer]).into_bytes();
        let at = at.index(note.len());
        note[at] = byte;
        let ours = Note::read(&note).is_ok_and(|note| note.signed_by(&known).is_ok_and(|by| !by.is_empty()));
        let list = VerifierList::new(vec![Box::new(StandardVerifier::new(&known[0].to_string()).unwrap())]);
        let theirs = signed_note::Note::from_bytes(&note).is_ok_and(|note| note.verify(&list).is_ok());
        prop_assert_eq!(ours, theirs, "byte {} at {}", byte, at);
    }
}

#[test]
fn tlog_tiles_reads_our_checkpoints() {
    for size in [0, 1, 255, u64::from(u32::MAX)] {
        let ours = Checkpoint { origin: "example.com/a/log/1".to_owned(), size, root: leaf_hash(b"") };
        let theirs = tlog_tiles::Checkpoint::from_bytes(ours.body().as_bytes()).unwrap();
        assert_eq!(
            (theirs.origin(), theirs.size(), theirs.hash().0),
            ("example.com/a/log/1", size, ours.root.0)
        );
        assert_eq!(Checkpoint::read_body(&String::from_utf8(theirs.to_bytes()).unwrap()), Ok(ours));
    }
}

/// A tree, published: what a foreign reader asks for by path.
struct Published(Tree);

impl TileReader for Published {
    fn height(&self) -> u8 {
        8
    }

    fn read_tiles(&self, asked: &[tlog_tiles::Tile]) -> Result<Vec<Vec<u8>>, tlog_tiles::Error> {
        let read = |asked: &tlog_tiles::Tile| {
            // Its paths have the height in them, as those of Go's checksum database; C2SP's have not.
            let path = asked.path().replacen("tile/8/", "tile/", 1);
            let tile = Tile::read(&path).unwrap_or_else(|| panic!("{path}"));
            tile.hashes(&self.0).unwrap()
        };
        Ok(asked.iter().map(read).collect())
    }

    fn save_tiles(&self, _: &[tlog_tiles::Tile], _: &[Vec<u8>]) {}
}

#[test]
fn tlog_tiles_reads_our_tiles_and_its_proofs_are_ours() {
    let theirs =
        |proof: Vec<tlog_tiles::Hash>| proof.into_iter().map(|hash| Hash(hash.0)).collect::<Vec<_>>();
    for size in [1, 2, 3, 255, 256, 257, 300, 600, 70_000] {
        let published = Published((0..size).map(|at: u64| leaf_hash(&at.to_be_bytes())).collect());
        let root = published.0.frontier().root();
        let reader = TileHashReader::new(size, tlog_tiles::Hash(root.0), &published);
        for index in [0, 1, size / 3, size / 2, size - 1].into_iter().filter(|index| *index < size) {
            let proof = tlog_tiles::prove_record(size, index, &reader).unwrap();
            assert_eq!(theirs(proof), prove_inclusion(index, size, &published.0).unwrap(), "{index} {size}");
            let asked = tlog_tiles::stored_hash_index(0, index);
            let leaf = reader.read_hashes(&[asked]).unwrap()[0];
            assert_eq!(leaf.0, leaf_hash(&index.to_be_bytes()).0);
            let proof = tlog_tiles::prove_tree(size, index + 1, &reader).unwrap();
            assert_eq!(
                theirs(proof),
                prove_consistency(index + 1, size, &published.0).unwrap(),
                "{index} {size}"
            );
        }
        let wrong = TileHashReader::new(size, tlog_tiles::Hash(leaf_hash(b"").0), &published);
        assert!(tlog_tiles::prove_record(size, 0, &wrong).is_err() || size == 1);
    }
}

#[test]
fn tlog_tiles_names_the_same_files() {
    for size in [1, 255, 256, 257, 70_000, 1 << 33] {
        let mut theirs: Vec<String> = tlog_tiles::Tile::new_tiles(8, size - size % 1000, size)
            .iter()
            .map(|tile| tile.path().replacen("tile/8/", "tile/", 1))
            .collect();
        let ours = dod_proof::tiles::tiles_since(size - size % 1000, size);
        let mut ours: Vec<String> =
            ours.filter(|tile| tile.of != Of::Entries).map(|tile| tile.to_string()).collect();
        theirs.sort();
        ours.sort();
        assert_eq!(ours, theirs, "{size}");
    }
    assert_eq!(tiles(300).filter(|tile| tile.of == Of::Entries).count(), 2);
}

#[test]
fn signed_note_and_we_read_the_same_keys() {
    let signer = Signer::of_seed("example.com/a", &[9; 32]).unwrap();
    let text = signer.verifier().to_string();
    assert_eq!(Verifier::read(&text).unwrap(), *signer.verifier());
    assert!(StandardVerifier::new(&text).is_ok());
    for wrong in
        [text.replace("/a+", "/b+"), text.replace("example.com", "example com"), text.replace('+', "-")]
    {
        assert!(Verifier::read(&wrong).is_err() && StandardVerifier::new(&wrong).is_err(), "{wrong}");
    }
}
