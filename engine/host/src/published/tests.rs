//! What is published is the log, at every size; other histories are not written over.

use dod_kernel::id::{Digest, RunId, Timestamp};
use dod_kernel::run::Identity;

use super::*;
use crate::clone_log::{Leaf, Opened, Writer};
use crate::keys::Signing;

struct Log {
    around: tempfile::TempDir,
}

impl Log {
    fn new() -> Self {
        Self { around: tempfile::tempdir().unwrap() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.around.path().join(name)
    }

    /// Appends leaves up to this many, and seals.
    fn grow(&self, name: &str, to: u64) -> Reader {
        let mut log = Writer::open(&self.path(name), "x/y", &Signing::none()).unwrap();
        for at in log.size()..to {
            let by = Identity { name: name.into(), proved: false };
            let run = RunId(format!("01970000-0000-7000-8000-{at:012x}").as_str().into());
            let leaf = Opened { at: Timestamp(1), by, run, started: Digest([1; 32]) };
            log.append(&Leaf::Opened(Box::new(leaf))).unwrap();
        }
        log.seal(&Signing::none()).unwrap();
        drop(log);
        Reader::open(&self.path(name)).unwrap().unwrap()
    }

    #[track_caller]
    fn check(&self, size: u64) {
        let mut leaves = Vec::new();
        let signed = check(&self.path("out"), &[], |_, leaf| leaves.push(leaf.to_vec())).unwrap();
        assert_eq!((signed.checkpoint.size, leaves.len() as u64), (size, size));
        let lines = std::fs::read(self.path("log/leaves.jsonl")).unwrap();
        assert_eq!(leaves.join(&b'\n'), lines[..lines.len() - 1]);
    }
}

#[test]
fn a_log_is_published_as_it_grows() {
    let log = Log::new();
    for (size, before, files) in [(1, 0, 2), (5, 1, 2), (5, 5, 0), (256, 5, 3), (260, 256, 2)] {
        let published = publish(&log.grow("log", size), &log.path("out")).unwrap();
        assert_eq!((published.before, published.files, published.checkpoint.size), (before, files, size));
        log.check(size);
    }
    assert!(!log.path("out/tile/0/000.p").exists(), "the full tile has taken its place");
    assert!(log.path("out/tile/0/001.p/4").exists());
}

#[test]
fn another_history_is_not_written_over() {
    let log = Log::new();
    publish(&log.grow("log", 3), &log.path("out")).unwrap();
    let other = log.grow("other", 4);
    let error = publish(&other, &log.path("out")).unwrap_err().to_string();
    assert!(error.contains("which are not the first ones of this log"), "{error}");
    // The same name with another history.
    std::fs::copy(log.path("log/origin"), log.path("other/origin")).unwrap();
    std::fs::remove_file(log.path("other/checkpoint")).unwrap();
    let other = log.grow("other", 5);
    assert!(matches!(publish(&other, &log.path("out")), Err(PublishedError::Other { size: 3, .. })));
    log.check(3);
    // A log that was rolled back does not roll back what is published.
    publish(&log.grow("log", 6), &log.path("out")).unwrap();
    std::fs::remove_file(log.path("log/checkpoint")).unwrap();
    let lines = std::fs::read_to_string(log.path("log/leaves.jsonl")).unwrap();
    let older: String = lines.lines().take(4).map(|line| format!("{line}\n")).collect();
    std::fs::write(log.path("log/leaves.jsonl"), older).unwrap();
    assert!(matches!(
        publish(&log.grow("log", 4), &log.path("out")),
        Err(PublishedError::Other { size: 6, .. })
    ));
}

#[test]
fn what_is_published_and_damaged_is_found() {
    let log = Log::new();
    let reader = log.grow("log", 20);
    publish(&reader, &log.path("out")).unwrap();
    for (name, found) in [
        ("tile/entries/000.p/20", "`tile/0/000.p/20` is not what the other files say"),
        ("tile/0/000.p/20", "`tile/0/000.p/20` is not what the other files say"),
        ("checkpoint", "the tiles lead to another root than the checkpoint has"),
    ] {
        let path = log.path("out").join(name);
        let good = std::fs::read(&path).unwrap();
        let mut bad = good.clone();
        let at = bad.len() - 10;
        bad[at] = if bad[at] == b'1' { b'2' } else { b'1' };
        std::fs::write(&path, &bad).unwrap();
        let error = check(&log.path("out"), &[], |_, _| {}).unwrap_err().to_string();
        assert!(error.contains(found), "{name}: {error}");
        std::fs::write(&path, good).unwrap();
    }
    std::fs::remove_file(log.path("out/tile/0/000.p/20")).unwrap();
    let error = check(&log.path("out"), &[], |_, _| {}).unwrap_err().to_string();
    assert!(error.ends_with("`tile/0/000.p/20` is missing"), "{error}");
}

#[test]
fn a_log_without_a_checkpoint_is_not_published() {
    let log = Log::new();
    drop(Writer::open(&log.path("log"), "x/y", &Signing::none()).unwrap());
    let reader = Reader::open(&log.path("log")).unwrap().unwrap();
    assert!(matches!(publish(&reader, &log.path("out")), Err(PublishedError::NoCheckpoint { .. })));
    assert!(!log.path("out").exists());
}
