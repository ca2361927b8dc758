//! Claims about blobs.

use super::*;

fn store() -> (tempfile::TempDir, Blobs) {
    let folder = tempfile::tempdir().unwrap();
    let blobs = Blobs::at(folder.path());
    (folder, blobs)
}

const HELLO: &str = "sha256:2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824";

#[test]
fn a_blob_is_found_under_its_digest() {
    let (folder, blobs) = store();
    let put = blobs.put(b"hello").unwrap();
    assert_eq!((put.digest.to_string().as_str(), put.bytes), (HELLO, 5));
    put.unsynced.sync().unwrap();
    let path = folder.path().join("sha256/2c").join(&HELLO[9..]);
    assert_eq!(std::fs::read(path).unwrap(), b"hello");
    assert_eq!(blobs.get(&put.digest, 5).unwrap(), b"hello");
    assert_eq!(blobs.check(&put.digest), Ok(5));
    assert_eq!(blobs.get(&put.digest, 4), Err(BlobError::TooLarge { digest: put.digest, bytes_max: 4 }));
}

#[test]
fn the_same_content_is_stored_once_and_leaves_no_temporary_file() {
    let (folder, blobs) = store();
    let path = folder.path().join("report");
    std::fs::write(&path, "hello").unwrap();
    blobs.put(b"hello").unwrap();
    assert_eq!(blobs.put_file(&path, 5).unwrap().digest.to_string(), HELLO);
    blobs.put(b"hello").unwrap();
    assert_eq!(std::fs::read_dir(folder.path().join("sha256")).unwrap().count(), 1);
    assert_eq!(std::fs::read_dir(folder.path().join("sha256/2c")).unwrap().count(), 1);
}

#[test]
fn damage_is_reported_and_repaired_by_putting_again() {
    let (_folder, blobs) = store();
    let digest = blobs.put(b"hello").unwrap().digest;
    for damage in ["", "hellO", "hello, world"] {
        std::fs::write(blobs.path(&digest), damage).unwrap();
        assert!(matches!(blobs.get(&digest, 99), Err(BlobError::Damaged { .. })));
        assert!(matches!(blobs.check(&digest), Err(BlobError::Damaged { .. })));
        blobs.put(b"hello").unwrap();
        assert_eq!(blobs.get(&digest, 99).unwrap(), b"hello");
    }
}

#[test]
fn a_missing_blob_is_not_an_empty_one() {
    let (_folder, blobs) = store();
    let digest = digest_of(b"never put");
    assert_eq!(blobs.get(&digest, 99), Err(BlobError::Missing { digest }));
    assert!(!blobs.contains(&digest));
}

#[test]
fn a_file_that_is_too_large_is_not_stored_in_part() {
    let (folder, blobs) = store();
    let path = folder.path().join("report");
    std::fs::write(&path, vec![7; 200_000]).unwrap();
    assert!(matches!(blobs.put_file(&path, 199_999), Err(BlobError::SourceTooLarge { .. })));
    assert_eq!(std::fs::read_dir(folder.path().join("sha256")).unwrap().count(), 0);
    assert_eq!(blobs.put_file(&path, 200_000).unwrap().bytes, 200_000);
    assert!(matches!(blobs.put_file(&folder.path().join("none"), 9), Err(BlobError::Storage(_))));
}

#[test]
fn a_file_can_be_moved_in() {
    let (folder, blobs) = store();
    for _ in 0..2 {
        let path = folder.path().join("spooled");
        std::fs::write(&path, "hello").unwrap();
        let put = blobs.move_in(&path, 5).unwrap();
        put.unsynced.sync().unwrap();
        assert_eq!((put.digest.to_string().as_str(), path.exists()), (HELLO, false));
        assert_eq!(blobs.get(&put.digest, 5).unwrap(), b"hello");
    }
}

#[test]
fn what_nothing_names_can_be_removed() {
    let (folder, blobs) = store();
    assert_eq!(blobs.list(), Ok(Vec::new()));
    let mut digests = [blobs.put(b"hello").unwrap().digest, blobs.put(b"world!").unwrap().digest];
    digests.sort();
    std::fs::write(folder.path().join("sha256/.tmp-crashed"), "half").unwrap();
    let names: Vec<Digest> = blobs.list().unwrap().into_iter().map(|(digest, _)| digest).collect();
    assert_eq!(names, digests);
    assert_eq!((blobs.remove(&digests[0]), blobs.remove(&digests[0])), (Ok(true), Ok(false)));
    assert_eq!(blobs.list().unwrap().len(), 1);
    assert_eq!(blobs.remove_garbage(Duration::from_secs(3600)), Ok(0));
    assert_eq!(blobs.remove_garbage(Duration::ZERO), Ok(1));
}
