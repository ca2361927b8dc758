//! What a clone log withstands: crashes at any byte, lost derived files, rollbacks, two writers.

use dod_kernel::id::{Digest, Timestamp};
use dod_kernel::policy::State;
use dod_kernel::run::Identity;
use dod_proof::tree::{check_inclusion, leaf_hash};

use super::*;
use crate::keys::Keys;

struct Log {
    _around: tempfile::TempDir,
    folder: PathBuf,
    keys: Keys,
}

impl Log {
    fn new() -> Self {
        let around = tempfile::tempdir().unwrap();
        let (folder, keys) = (around.path().join("log"), Keys::at(&around.path().join("keys")));
        Self { _around: around, folder, keys }
    }

    fn with_key() -> Self {
        let log = Self::new();
        log.keys.make("ann").unwrap();
        log
    }

    fn signing(&self) -> Signing {
        self.keys.signing(None).unwrap()
    }

    fn open(&self) -> Result<Writer, CloneLogError> {
        Writer::open(&self.folder, "x/y", &self.signing())
    }

    /// Appends these runs, each opened and closed, and seals.
    fn grow(&self, runs: std::ops::Range<u64>) -> Checkpoint {
        let mut log = self.open().unwrap();
        for run in runs {
            log.append(&opened(run)).unwrap();
            log.append(&closed(run)).unwrap();
        }
        log.seal(&self.signing()).unwrap()
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.join(name)
    }

    fn read(&self, name: &str) -> Vec<u8> {
        std::fs::read(self.path(name)).unwrap()
    }

    fn write(&self, name: &str, bytes: &[u8]) {
        std::fs::write(self.path(name), bytes).unwrap();
    }

    /// Every leaf that the checkpoint covers is proved under it.
    fn check_proofs(&self) {
        let log = Reader::open(&self.folder).unwrap().unwrap();
        let state = log.checkpoint().unwrap().clone();
        for index in 0..state.size {
            let Inclusion { line, proof, .. } = log.inclusion(index).unwrap();
            assert_eq!(check_inclusion(index, state.size, &leaf_hash(&line), &proof, &state.root), Ok(()));
        }
        assert!(log.inclusion(state.size).is_err());
    }
}

fn id(run: u64) -> RunId {
    RunId(format!("01970000-0000-7000-8000-{run:012x}").as_str().into())
}

fn opened(run: u64) -> Leaf {
    let by = Identity { name: "ann".into(), proved: false };
    Leaf::Opened(Box::new(Opened { at: Timestamp(1), by, run: id(run), started: Digest([1; 32]) }))
}

fn closed(run: u64) -> Leaf {
    Leaf::Closed(Box::new(Closed {
        at: Timestamp(2),
        events: run + 3,
        policy: Digest([2; 32]),
        root: Hash([run as u8; 32]),
        run: id(run),
        state: State::Passed,
        verdict: Digest([3; 32]),
    }))
}

#[test]
fn every_leaf_is_proved_under_the_checkpoint() {
    for runs in [1, 2, 3, 7, 8, 20] {
        let log = Log::new();
        log.grow(0..runs);
        log.check_proofs();
        let reader = Reader::open(&log.folder).unwrap().unwrap();
        assert_eq!(reader.find(LeafKind::Closed, &id(runs - 1)), Ok(Some((2 * runs - 1, closed(runs - 1)))));
        assert_eq!(reader.find(LeafKind::Pruned, &id(0)), Ok(None));
        assert_eq!(reader.find(LeafKind::Closed, &id(runs)), Ok(None));
        let mut all = Vec::new();
        let read = reader.leaves(|number, _, leaf| all.push((number, leaf)));
        assert_eq!((read, all.len() as u64, &all[0]), (Ok((2 * runs, 0)), 2 * runs, &(0, opened(0))));
    }
}

#[test]
fn a_log_goes_on_where_it_was_and_keeps_its_name() {
    let log = Log::new();
    let before = log.grow(0..5);
    let after = log.grow(5..9);
    assert_eq!((before.size, after.size, &before.origin), (10, 18, &after.origin));
    assert!(before.origin.starts_with("x/y/log/"), "{}", before.origin);
    let reader = Reader::open(&log.folder).unwrap().unwrap();
    let proof = reader.consistency(10).unwrap();
    assert_eq!(check_consistency(10, 18, &before.root, &after.root, &proof), Ok(()));
    log.check_proofs();
}

#[test]
fn derived_files_that_are_lost_or_damaged_are_made_again() {
    let log = Log::new();
    log.grow(0..11);
    for name in ["hashes", "index"] {
        let good = log.read(name);
        let mut zeros = good.clone();
        let half = zeros.len() / 2;
        zeros[half..].fill(0);
        for bad in [None, Some(vec![]), Some(good[..half].to_vec()), Some(zeros)] {
            match &bad {
                None => std::fs::remove_file(log.path(name)).unwrap(),
                Some(bytes) => log.write(name, bytes),
            }
            // Who only looks makes them in memory, who writes on the disk.
            log.check_proofs();
            assert_eq!(log.open().unwrap().size(), 22);
            assert_eq!(log.read(name), good);
        }
    }
}

#[test]
fn a_leaf_that_was_written_is_there_although_no_checkpoint_tells_of_it() {
    let log = Log::new();
    log.grow(0..3);
    log.open().unwrap().append(&opened(3)).unwrap();
    let mut writer = log.open().unwrap();
    assert_eq!(writer.size(), 7);
    assert_eq!(writer.find(LeafKind::Opened, &id(3)), Ok(Some((6, opened(3)))));
    assert!(!writer.is_sealed(&Signing::none()));
    writer.seal(&Signing::none()).unwrap();
    assert!(writer.is_sealed(&Signing::none()));
    drop(writer);
    log.check_proofs();
}

#[test]
fn a_torn_leaf_is_cut_wherever_it_is_torn() {
    let log = Log::new();
    log.grow(0..3);
    log.open().unwrap().append(&opened(3)).unwrap();
    let whole = log.read(LEAVES_FILE);
    let line = opened(3).to_line();
    for kept in 1..line.len() {
        log.write(LEAVES_FILE, &whole[..whole.len() - 1 - line.len() + kept]);
        let mut writer = log.open().unwrap();
        assert_eq!((writer.size(), writer.cut()), (6, kept as u64), "{kept}");
        writer.append(&opened(3)).unwrap();
        drop(writer);
        assert_eq!(log.read(LEAVES_FILE), whole);
    }
    // Zeros with a line feed behind them are what some file systems leave.
    log.write(LEAVES_FILE, &[&whole[..whole.len() - 1 - line.len()], b"\0\0\0\n"].concat());
    assert_eq!(log.open().unwrap().cut(), 4);
}

#[test]
fn a_line_that_is_no_leaf_is_damage() {
    let log = Log::new();
    log.grow(0..3);
    let whole = log.read(LEAVES_FILE);
    for line in ["{}", "{ \"opened\":1}", "null"] {
        log.write(LEAVES_FILE, &[&whole[..], line.as_bytes(), b"\n"].concat());
        let error = log.open().unwrap_err();
        assert!(matches!(error, CloneLogError::Leaf { leaf: 6, .. }), "{error}");
    }
    log.write(LEAVES_FILE, &[&whole[..], b"\0\0\n", &opened(4).to_line(), b"\n"].concat());
    assert!(matches!(log.open(), Err(CloneLogError::Leaf { leaf: 6, .. })));
}

#[test]
fn a_log_that_is_shorter_than_its_checkpoint_is_refused() {
    let log = Log::new();
    log.grow(0..4);
    let whole = log.read(LEAVES_FILE);
    let six: usize = whole.split_inclusive(|byte| *byte == b'\n').take(6).map(<[u8]>::len).sum();
    for bytes in [six, six + 10, 0] {
        log.write(LEAVES_FILE, &whole[..bytes]);
        let expected = if bytes == 0 { 0 } else { 6 };
        let error = log.open().unwrap_err();
        assert!(
            matches!(error, CloneLogError::Shorter { leaves, expected: 8, .. } if leaves == expected),
            "{error}"
        );
        assert!(Reader::open(&log.folder).is_err());
        assert_eq!(log.read(LEAVES_FILE).len(), bytes, "nothing is repaired");
    }
    std::fs::remove_file(log.path(LEAVES_FILE)).unwrap();
    assert!(matches!(log.open(), Err(CloneLogError::Shorter { leaves: 0, expected: 8, .. })));
}

#[test]
fn a_leaf_that_was_changed_is_found_when_the_derived_files_are_made_again() {
    let log = Log::new();
    log.grow(0..4);
    let text = String::from_utf8(log.read(LEAVES_FILE)).unwrap();
    log.write(LEAVES_FILE, text.replacen("\"passed\"", "\"failed\"", 1).as_bytes());
    std::fs::remove_file(log.path("hashes")).unwrap();
    let error = log.open().unwrap_err();
    assert!(matches!(error, CloneLogError::Differs { size: 8, .. }), "{error}");
    assert!(matches!(Reader::open(&log.folder), Err(CloneLogError::Differs { .. })));
}

#[test]
fn what_was_changed_with_all_hashes_is_still_another_log_for_the_signer() {
    let log = Log::with_key();
    let folder = log.folder.clone();
    log.grow(0..4);
    // Everything is taken back to an older, genuine state.
    let old: Vec<(PathBuf, Vec<u8>)> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .map(|path| (path.clone(), std::fs::read(path).unwrap()))
        .collect();
    log.grow(4..6);
    old.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    let error = log.open().unwrap_err();
    assert!(matches!(error, CloneLogError::Keys(KeysError::Shorter { size: 8, signed: 12, .. })), "{error}");
    // Without the key it grows past that state; the key's memory tells that it is not what was signed.
    let mut writer = Writer::open(&folder, "x/y", &Signing::none()).unwrap();
    for run in 7..12 {
        writer.append(&opened(run)).unwrap();
    }
    writer.seal(&Signing::none()).unwrap();
    drop(writer);
    let error = log.open().unwrap_err();
    assert!(matches!(error, CloneLogError::Keys(KeysError::Forked { signed: 12, .. })), "{error}");
}

#[test]
fn the_checkpoint_must_be_of_this_log() {
    let (log, other) = (Log::new(), Log::new());
    log.grow(0..2);
    other.grow(0..2);
    log.write(CHECKPOINT_FILE, &other.read(CHECKPOINT_FILE));
    assert!(matches!(log.open(), Err(CloneLogError::OtherOrigin { .. })));
    log.write(CHECKPOINT_FILE, b"x\n");
    assert!(matches!(log.open(), Err(CloneLogError::Checkpoint { .. })));
    std::fs::remove_file(log.path(CHECKPOINT_FILE)).unwrap();
    std::fs::remove_file(log.path(ORIGIN_FILE)).unwrap();
    assert!(matches!(log.open(), Err(CloneLogError::Origin { .. })));
    assert!(matches!(Reader::open(&log.folder), Err(CloneLogError::Origin { .. })));
}

#[test]
fn writers_wait_for_each_other() {
    let log = Log::with_key();
    let leaves = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|thread| {
                let log = &log;
                scope.spawn(move || {
                    (0..5).for_each(|run| {
                        log.grow(thread * 100 + run..thread * 100 + run + 1);
                    });
                })
            })
            .collect();
        threads.into_iter().for_each(|thread| thread.join().unwrap());
        log.open().unwrap().size()
    });
    assert_eq!(leaves, 40);
    log.check_proofs();
}

#[test]
fn a_log_that_nobody_wrote_is_none() {
    let log = Log::new();
    assert!(Reader::open(&log.folder).unwrap().is_none());
    assert_eq!(log.open().unwrap().size(), 0);
    let reader = Reader::open(&log.folder).unwrap().unwrap();
    assert_eq!((reader.checkpoint(), reader.find(LeafKind::Closed, &id(1))), (None, Ok(None)));
}
