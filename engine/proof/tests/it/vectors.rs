//! The inclusion and consistency vectors of transparency-dev/merkle: each one with the outcome it wants.

use std::path::Path;

use dod_proof::tree::{Hash, check_consistency, check_inclusion};
use serde_json::Value;

/// The one vector that wants success with roots that are no hashes: equal sizes, equal roots, no proof. Hashes have a
/// type here, so it cannot even be asked.
const NO_HASHES: &str = "sizes are equal";

/// Asks `holds` of every vector below a folder; it says `None` where something is not a hash of 32 bytes.
fn check(folder: &str, holds: impl Fn(&Value) -> Option<bool>) {
    let Some(folder) = super::corpus(folder) else { return };
    let (mut asked, mut no_hashes, mut folders) = (0, 0, vec![folder]);
    while let Some(folder) = folders.pop() {
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let vector: Value = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            let wanted = !vector["wantErr"].as_bool().unwrap();
            let held = holds(&vector);
            no_hashes += usize::from(held.is_none());
            asked += 1;
            if held.is_none() && wanted {
                exception(&path, &vector);
            } else {
                assert_eq!(held.unwrap_or(false), wanted, "{}: {}", path.display(), vector["desc"]);
            }
        }
    }
    eprintln!("{asked} vectors, {no_hashes} of them without hashes of 32 bytes");
    assert_eq!(asked, 98);
}

fn exception(path: &Path, vector: &Value) {
    assert!(vector["desc"].as_str().unwrap().contains(NO_HASHES), "{}: {}", path.display(), vector["desc"]);
    assert_eq!((&vector["size1"], &vector["root1"]), (&vector["size2"], &vector["root2"]));
    assert!(vector["proof"].as_array().is_none_or(Vec::is_empty));
}

fn hash(value: &Value) -> Option<Hash> {
    Hash::from_base64(value.as_str()?)
}

fn proof(value: &Value) -> Option<Vec<Hash>> {
    value.as_array().map_or(Some(vec![]), |hashes| hashes.iter().map(hash).collect())
}

#[test]
fn every_inclusion_vector_has_its_outcome() {
    check("merkle-rfc6962/inclusion", |vector| {
        let number = |field: &str| vector[field].as_u64().unwrap();
        let (leaf, root) = (hash(&vector["leafHash"])?, hash(&vector["root"])?);
        let proof = proof(&vector["proof"])?;
        Some(check_inclusion(number("leafIdx"), number("treeSize"), &leaf, &proof, &root).is_ok())
    });
}

#[test]
fn every_consistency_vector_has_its_outcome() {
    check("merkle-rfc6962/consistency", |vector| {
        let number = |field: &str| vector[field].as_u64().unwrap();
        let (old, new) = (hash(&vector["root1"])?, hash(&vector["root2"])?);
        let proof = proof(&vector["proof"])?;
        Some(check_consistency(number("size1"), number("size2"), &old, &new, &proof).is_ok())
    });
}
