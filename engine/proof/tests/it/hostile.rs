//! Nothing that is read here makes a reader panic, and what is taken is written again as it was.

use dod_proof::checkpoint::Checkpoint;
use dod_proof::dsse::Envelope;
use dod_proof::key::{Signer, Verifier};
use dod_proof::note::Note;
use dod_proof::receipt::Receipt;
use dod_proof::sshsig::{PublicKey, signed_with, verify};
use dod_proof::tiles::{Tile, bundle};
use dod_proof::tree::{Tree, leaf_hash};
use proptest::prelude::*;

const SSH_KEY: &str = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJdVE2CZE/TsgOV7vbM6X71N0oYhOxsmdCdq50lwgC94";
const SSH_SIGNATURE: &str = "-----BEGIN SSH SIGNATURE-----\nU1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAgl1UTYJkT9OyA5Xu9szpfvU3Shi\nE7GyZ0J2rnSXCAL3gAAAAMZG9kLWFwcHJvdmFsAAAAAAAAAAZzaGE1MTIAAABTAAAAC3Nz\naC1lZDI1NTE5AAAAQEJq0MB7H+z7S4F+6/Nm7NMz3HAuTXYsOKgjJ9A1o+m+VQvV7e00M4\nXs0PvwmG1SBrTiKeKbDeUYtxF2YUoSygw=\n-----END SSH SIGNATURE-----";

fn signer() -> Signer {
    Signer::of_seed("example.com/a", &[3; 32]).unwrap()
}

/// One of each thing that is read, good.
fn good() -> Vec<Vec<u8>> {
    let signer = signer();
    let tree: Tree = (0u8..9).map(|at| leaf_hash(&[at])).collect();
    let root = tree.frontier().root();
    let checkpoint = Checkpoint { origin: "example.com/a/log/1".to_owned(), size: 9, root }.note(&[&signer]);
    let receipt = Receipt::make(4, &checkpoint, &tree).unwrap().to_string();
    let envelope = Envelope::sign("application/vnd.in-toto+json", b"{}".to_vec(), &[&signer]).to_json();
    let leaves = bundle(0, [&b"one"[..], b"", b"three"]).unwrap();
    let texts = [
        checkpoint,
        receipt,
        envelope,
        signer.verifier().to_string(),
        signer.to_secret_text(),
        SSH_KEY.to_owned(),
        SSH_SIGNATURE.to_owned(),
        "tile/entries/x001/234.p/3".to_owned(),
    ];
    texts.into_iter().map(String::into_bytes).chain([leaves]).collect()
}

/// Lets everything that reads have a look.
fn read_all(bytes: &[u8]) {
    let known = [signer().verifier().clone()];
    if let Ok(note) = Note::read(bytes) {
        let _ = note.signed_by(&known);
    }
    if let Ok(signed) = Checkpoint::open(bytes, &known) {
        let again = signed.checkpoint.note(&[]);
        assert!(bytes.starts_with(again.as_bytes()), "a checkpoint has one spelling");
    }
    if let Ok(receipt) = Receipt::read(bytes) {
        let _ = receipt.check(b"leaf", "example.com/a/log/1", &known);
        assert_eq!(receipt.to_string().as_bytes(), bytes, "a receipt has one spelling");
    }
    if let Ok(envelope) = Envelope::read(bytes) {
        let _ = envelope.signed_by(&known);
        assert_eq!(Envelope::read(envelope.to_json().as_bytes()), Ok(envelope));
    }
    for width in [1, 3, 256] {
        let tile = Tile { width, ..Tile::read("tile/entries/000").unwrap() };
        if let Ok(leaves) = tile.read_bundle(bytes) {
            assert_eq!(bundle(0, leaves).unwrap(), bytes, "a bundle has one spelling");
        }
        let tree = Tree::default();
        let _ = (
            tile.check(bytes, &tree),
            Tile { width, ..Tile::read("tile/7/000").unwrap() }.check(bytes, &tree),
        );
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    if let Ok(key) = Verifier::read(text) {
        assert_eq!(key.to_string(), text, "a key has one spelling");
    }
    if let Ok(key) = Signer::read(text) {
        assert_eq!(key.to_secret_text(), text, "a key has one spelling");
    }
    if let Some(tile) = Tile::read(text) {
        assert_eq!(tile.to_string(), text, "a path has one spelling");
    }
    let key = PublicKey::read(SSH_KEY).unwrap();
    assert!(verify(&key, "dod-approval", b"something else", text).is_err());
    let _ = (PublicKey::read(text), signed_with(text));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_can_be_read(bytes in prop::collection::vec(any::<u8>(), 0..400)) {
        read_all(&bytes);
    }

    #[test]
    fn any_damage_can_be_read(
        which in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>(), 0u8..3), 1..5),
    ) {
        let all = good();
        let mut bytes = which.get(&all).clone();
        for (at, byte, what) in edits {
            let at = at.index(bytes.len().max(1)).min(bytes.len());
            match what {
                0 => bytes.insert(at, byte),
                1 if at < bytes.len() => bytes[at] = byte,
                _ => bytes.truncate(at),
            }
        }
        read_all(&bytes);
    }
}

#[test]
fn what_is_good_is_read_by_all() {
    good().iter().for_each(|bytes| read_all(bytes));
    assert_eq!(signed_with(SSH_SIGNATURE).unwrap().to_string(), SSH_KEY);
}

#[test]
fn a_receipt_of_a_large_log_is_small() {
    let signer = signer();
    for (leaves, hashes, bytes) in [(100_000, 17, 1020), (200_000, 18, 1066)] {
        let tree: Tree = (0..leaves).map(|at: u64| leaf_hash(&at.to_be_bytes())).collect();
        let origin = "example.com/a/log/01970000-0000-7000-8000-000000000000".to_owned();
        let checkpoint = Checkpoint { origin, size: leaves, root: tree.frontier().root() }.note(&[&signer]);
        let receipts =
            [0, 1, leaves / 2, leaves - 1].map(|at| Receipt::make(at, &checkpoint, &tree).unwrap());
        let longest = receipts.iter().map(|receipt| (receipt.hashes.len(), receipt.to_string().len())).max();
        assert_eq!(longest, Some((hashes, bytes)), "{leaves} leaves");
    }
}
