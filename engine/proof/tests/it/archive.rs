//! Random archives and random damage: whatever is taken is, byte for byte, what would have been written.

use std::collections::BTreeMap;

use dod_proof::archive::{ArchiveError, RUN_FIRST, Reader, Writer};
use proptest::prelude::*;

const BLOCK: usize = 512;

fn write(files: &[(String, Vec<u8>)]) -> Vec<u8> {
    let mut writer = Writer::new(Vec::new(), RUN_FIRST);
    for (path, content) in files {
        writer.add(path, content.len() as u64, content.as_slice()).unwrap();
    }
    writer.finish().unwrap()
}

fn read(bytes: &[u8]) -> Result<Vec<(String, Vec<u8>)>, ArchiveError> {
    let mut reader = Reader::new(bytes, RUN_FIRST);
    let mut files = Vec::new();
    while let Some(mut entry) = reader.next_entry()? {
        let content = entry.content(1 << 20)?;
        files.push((entry.path().to_owned(), content));
    }
    Ok(files)
}

/// Files in the order of an exported run.
fn files() -> impl Strategy<Value = Vec<(String, Vec<u8>)>> {
    let content = || prop::collection::vec(any::<u8>(), 0..1100);
    let blobs = prop::collection::btree_map("blobs/sha256/[0-9a-f]{2}/[0-9a-f]{62}", content(), 0..4);
    (content(), prop::option::of(content()), blobs).prop_map(|(log, checkpoint, blobs)| {
        let first = [("events.jsonl".to_owned(), log)].into_iter();
        let second = checkpoint.map(|content| ("checkpoint".to_owned(), content));
        first.chain(second).chain(blobs).collect()
    })
}

/// Makes the checksum of a header right again, as whoever forges one does.
fn mend(header: &mut [u8]) {
    header[148..156].fill(b' ');
    let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
    header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 256, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn what_was_written_is_read(files in files()) {
        prop_assert_eq!(read(&write(&files)).unwrap(), files);
    }

    #[test]
    fn what_is_taken_is_what_would_have_been_written(
        files in files(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..6),
        header in any::<prop::sample::Index>(),
        in_header in prop::collection::vec((0usize..BLOCK, any::<u8>()), 0..3),
    ) {
        let mut bytes = write(&files);
        for (at, byte) in &edits {
            let at = at.index(bytes.len());
            bytes[at] = *byte;
        }
        let start = header.index(bytes.len() / BLOCK) * BLOCK;
        let block = &mut bytes[start..start + BLOCK];
        for (at, byte) in in_header {
            block[at] = byte;
        }
        if block[257..262] == *b"ustar" {
            mend(block);
        }
        if let Ok(found) = read(&bytes) {
            prop_assert_eq!(write(&found), bytes);
        }
    }

    #[test]
    fn blocks_in_another_order_are_refused_or_are_another_archive(
        files in files(),
        order in prop::collection::vec(any::<prop::sample::Index>(), 0..12),
    ) {
        let bytes = write(&files);
        let blocks: Vec<&[u8]> = bytes.chunks(BLOCK).collect();
        let other: Vec<u8> = order.iter().flat_map(|at| at.get(&blocks).to_vec()).collect();
        if let Ok(found) = read(&other) {
            prop_assert_eq!(write(&found), other);
        }
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes in prop::collection::vec(any::<u8>(), 0..3000)) {
        let _ = read(&bytes);
    }
}

#[test]
fn the_same_files_have_one_archive() {
    let files: BTreeMap<String, Vec<u8>> = [("b", "2"), ("a/x", "1"), ("a-", "3")]
        .map(|(path, text)| (path.to_owned(), text.as_bytes().to_vec()))
        .into();
    let mut orders = Vec::new();
    let all: Vec<_> = files.into_iter().collect();
    for order in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let mut writer = Writer::new(Vec::new(), RUN_FIRST);
        let added = order.iter().try_for_each(|at| {
            let (path, content) = &all[*at];
            writer.add(path, 1, content.as_slice())
        });
        orders.extend(added.is_ok().then_some(order));
    }
    assert_eq!(orders, [[1, 0, 2]], "`a/x`, `a-`, `b`: by the parts of the paths");
}
