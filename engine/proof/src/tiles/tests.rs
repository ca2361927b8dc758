//! A log as tiles: paths, sizes, what is new, and every flipped bit found where it is.

use std::collections::BTreeMap;

use super::*;
use crate::tree::Tree;

type Files = BTreeMap<String, Vec<u8>>;

fn leaf(at: u64) -> Vec<u8> {
    format!("{{\"leaf\":{at}}}").into_bytes()
}

/// The files of a log that had each of these sizes.
fn publish(sizes: &[u64]) -> (Files, Checkpoint, Tree) {
    let size = *sizes.last().unwrap();
    let tree: Tree = (0..size).map(|at| leaf_hash(&leaf(at))).collect();
    let mut files = Files::new();
    for (old, new) in [0].iter().chain(sizes).zip(sizes) {
        for tile in tiles_since(*old, *new) {
            let bytes = match tile.of {
                Of::Hashes(_) => tile.hashes(&tree).unwrap(),
                Of::Entries => {
                    let first = tile.index * TILE_WIDTH;
                    let leaves: Vec<_> = (first..first + tile.width).map(leaf).collect();
                    bundle(first, leaves.iter().map(Vec::as_slice)).unwrap()
                }
            };
            files.insert(tile.to_string(), bytes);
        }
    }
    let checkpoint = Checkpoint { origin: "o".to_owned(), size, root: tree.frontier().root() };
    (files, checkpoint, tree)
}

fn check(files: &Files, checkpoint: &Checkpoint) -> Result<u64> {
    let mut count = 0;
    check_log(
        checkpoint,
        |path| files.get(path).cloned(),
        |at, bytes| {
            assert_eq!(at, count);
            assert!(bytes.len() < 100);
            count += 1;
        },
    )
    .map(|()| count)
}

#[test]
fn a_path_is_written_in_one_way() {
    let tile = |of, index, width| Tile { of, index, width };
    for (tile, path) in [
        (tile(Of::Hashes(0), 0, 256), "tile/0/000"),
        (tile(Of::Hashes(7), 999, 1), "tile/7/999.p/1"),
        (tile(Of::Entries, 1_234_067, 255), "tile/entries/x001/x234/067.p/255"),
        (tile(Of::Hashes(1), (1 << 56) - 2, 256), "tile/1/x072/x057/x594/x037/x927/934"),
    ] {
        assert_eq!(tile.to_string(), path);
        assert_eq!(Tile::read(path), Some(tile));
    }
    for path in [
        "",
        "tile/0",
        "tile/0/",
        "tile/0/0",
        "tile/0/00",
        "tile/0/0000",
        "tile/00/000",
        "tile/8/000",
        "tile/64/000",
        "tile/-1/000",
        "tile/0/000.p/0",
        "tile/0/000.p/256",
        "tile/0/000.p/01",
        "tile/0/000.p/",
        "tile/0/x000/000",
        "tile/0/001/000",
        "tile/0/x001/x000",
        "/tile/0/000",
        "tile/0/000/",
        "tile/entries/+00",
        "tile/Entries/000",
        "tile/1/x072/x057/x594/x037/x927/935",
        "tile/1/x100/x018/x446/x744/x073/x709/x551/615",
    ] {
        assert_eq!(Tile::read(path), None, "{path}");
    }
}

#[test]
fn the_example_of_the_specification_has_these_tiles() {
    let count = |size, of, full: bool| {
        tiles(size)
            .filter(|tile| tile.of == of && (tile.width == TILE_WIDTH) == full)
            .map(|tile| tile.width)
            .collect::<Vec<_>>()
    };
    assert_eq!(count(70_000, Of::Hashes(0), true).len(), 273);
    assert_eq!(count(70_000, Of::Hashes(0), false), [112]);
    assert_eq!(count(70_000, Of::Hashes(1), true).len(), 1);
    assert_eq!(count(70_000, Of::Hashes(1), false), [17]);
    assert_eq!(count(70_000, Of::Hashes(2), false), [1]);
    assert_eq!(count(70_000, Of::Entries, false), [112]);
    let paths = |size| tiles(size).map(|tile| tile.to_string()).collect::<Vec<_>>();
    assert_eq!(paths(256), ["tile/entries/000", "tile/0/000", "tile/1/000.p/1"]);
    assert!(paths(0).is_empty());
    assert_eq!(tiles(u64::MAX).next().unwrap().to_string(), "tile/entries/000");
}

#[test]
fn a_published_log_of_any_size_is_read_back() {
    for size in [0, 1, 2, 255, 256, 257, 511, 512, 70_000] {
        let (files, checkpoint, tree) = publish(&[size]);
        assert_eq!(check(&files, &checkpoint), Ok(size));
        for (path, bytes) in &files {
            assert_eq!(Tile::read(path).unwrap().check(bytes, &tree), Ok(()), "{path}");
        }
    }
}

#[test]
fn what_is_new_since_the_last_time_is_all_that_must_be_published() {
    let sizes = [1, 3, 3, 255, 256, 258, 600, 66_000];
    let (mut files, checkpoint, tree) = publish(&sizes);
    assert_eq!(check(&files, &checkpoint), Ok(66_000));
    for size in sizes {
        let root = crate::tree::root_of(size, &tree).unwrap();
        assert_eq!(check(&files, &Checkpoint { size, root, ..checkpoint.clone() }), Ok(size));
    }
    // Partial tiles may be taken away as soon as the full one is there.
    files.retain(|path, _| !path.contains("000.p/"));
    files.insert("tile/2/000.p/1".to_owned(), tree.node(16, 0).unwrap().0.to_vec());
    let root = crate::tree::root_of(256, &tree).unwrap();
    assert_eq!(check(&files, &Checkpoint { size: 256, root, ..checkpoint.clone() }), Ok(256));
    assert_eq!(check(&files, &checkpoint), Ok(66_000));
}

#[test]
fn every_flipped_bit_and_every_truncation_of_every_file_is_found_where_it_is() {
    let (files, checkpoint, tree) = publish(&[260]);
    let mut found = 0;
    for (path, bytes) in &files {
        let tile = Tile::read(path).unwrap();
        let refused = |bytes: Vec<u8>, what: &str| {
            let mut files = files.clone();
            files.insert(path.clone(), bytes.clone());
            check(&files, &checkpoint).expect_err(what);
            tile.check(&bytes, &tree).expect_err(what);
        };
        for bit in (0..bytes.len() * 8).step_by(if tile.width == TILE_WIDTH { 101 } else { 1 }) {
            let mut flipped = bytes.clone();
            flipped[bit / 8] ^= 1 << (bit % 8);
            refused(flipped, &format!("{path}: bit {bit}"));
            found += 1;
        }
        for to in (0..bytes.len()).step_by(31) {
            refused(bytes[..to].to_vec(), &format!("{path}: cut at {to}"));
        }
        refused([bytes.as_slice(), &[0]].concat(), path);
        refused([bytes.as_slice(), bytes].concat(), path);
        let mut files = files.clone();
        files.remove(path);
        assert_eq!(check(&files, &checkpoint), Err(TileError::Missing { tile }));
    }
    assert!(found > 2_000, "{found}");
}

#[test]
fn an_error_says_where() {
    let (files, checkpoint, _) = publish(&[300]);
    let error = |path: &str, change: &dyn Fn(&mut Vec<u8>)| {
        let mut files = files.clone();
        change(files.get_mut(path).unwrap());
        check(&files, &checkpoint).unwrap_err().to_string()
    };
    assert_eq!(
        error("tile/0/001.p/44", &|bytes| bytes[64] ^= 1),
        "number 2 of `tile/0/001.p/44` is not what the other files say"
    );
    assert_eq!(
        error("tile/entries/000", &|bytes| bytes[5] ^= 1),
        "number 0 of `tile/0/000` is not what the other files say"
    );
    assert_eq!(
        error("tile/1/000.p/1", &|bytes| bytes.truncate(31)),
        "`tile/1/000.p/1` has not the 1 hashes that its name says"
    );
    assert_eq!(
        error("tile/entries/001.p/44", &|bytes| bytes.truncate(31)),
        "`tile/entries/001.p/44` has not the 44 leaves that its name says"
    );
    let other = Checkpoint { root: crate::tree::empty_root(), ..checkpoint };
    assert_eq!(check(&files, &other), Err(TileError::Root));
}

#[test]
fn a_leaf_fits_into_two_bytes_of_length() {
    let longest = vec![0; LEAF_BYTES_MAX];
    let bytes = bundle(0, [longest.as_slice()]).unwrap();
    let tile = Tile { of: Of::Entries, index: 0, width: 1 };
    assert_eq!(tile.read_bundle(&bytes).unwrap(), [longest.as_slice()]);
    let longer = vec![0; LEAF_BYTES_MAX + 1];
    assert_eq!(bundle(7, [longer.as_slice()]), Err(TileError::Long { index: 7, len: LEAF_BYTES_MAX + 1 }));
}
