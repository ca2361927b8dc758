//! Claims about the ends of a run in the clone's log, and what a crash between any two of its words leaves to be done.

use dod_proof::checkpoint::Checkpoint;
use dod_proof::receipt::Receipt;

use super::*;
use crate::clone_log::{CHECKPOINT_FILE, CloneLogError, LEAVES_FILE, Leaf, LeafKind, Reader};
use crate::exported::PROOF_FILE;
use crate::history::Stored;
use crate::seal::is_owed;

fn sealed() -> Bench {
    let mut bench = bench();
    bench.origin = Some(format!("test/run/{}", bench.id).as_str().into());
    bench
}

fn one(script: &str) -> Parts {
    workflow(vec![("a", task(shell(script)), Join::Settled, &[][..])])
}

impl Bench {
    fn log(&self) -> Reader {
        Reader::open(&self.workspace.log_folder()).unwrap().unwrap()
    }

    /// The leaves, by kind.
    fn leaves(&self) -> Vec<LeafKind> {
        let mut kinds = Vec::new();
        self.log().leaves(|_, _, leaf| kinds.push(leaf.kind())).unwrap();
        kinds
    }

    fn checkpoint(&self) -> (Vec<u8>, Checkpoint) {
        let bytes = std::fs::read(self.run_folder().join(CHECKPOINT_FILE)).unwrap();
        let checkpoint = Checkpoint::open(&bytes, &[]).unwrap().checkpoint;
        (bytes, checkpoint)
    }

    /// Everything that says how the run ended fits together.
    fn check_sealed(&self) {
        assert_eq!(self.leaves(), [LeafKind::Opened, LeafKind::Closed]);
        let (_, leaf) = self.log().find(LeafKind::Closed, &self.id).unwrap().unwrap();
        let (_, checkpoint) = self.checkpoint();
        assert!(leaf.agrees_with(&checkpoint), "{leaf:?} {checkpoint:?}");
        let stored = Stored::read(&self.workspace, &self.id).unwrap();
        let (_, lines) = stored.replay_lines(&dod_kernel::ask::NoOne::default()).unwrap();
        assert_eq!((checkpoint.size, checkpoint.root), (lines.size(), lines.root()));
        assert_eq!(is_owed(&self.workspace, &self.id), Ok(false));
        assert_eq!(self.log().checkpoint().unwrap().size, 2);
        let receipt = std::fs::read(self.run_folder().join(PROOF_FILE)).unwrap();
        let receipt = Receipt::read(&receipt).unwrap();
        let keys = self.keys.known().unwrap();
        assert_eq!(receipt.check(&leaf.to_line(), self.log().origin(), &keys).unwrap().checkpoint.size, 2);
    }
}

#[test]
fn a_run_is_opened_before_its_first_step_and_closed_with_its_root() {
    let mut bench = sealed();
    let log = bench.workspace.log_folder();
    let (_, run) = bench.new_run(one(&format!("test $(wc -l < '{}/leaves.jsonl') = 1", log.display())), None);
    assert_eq!(state(&run), State::Passed);
    bench.check_sealed();
    let (bytes, checkpoint) = bench.checkpoint();
    assert_eq!(String::from_utf8(bytes).unwrap(), checkpoint.body(), "nobody signed");
    let Some((_, Leaf::Opened(opened))) = bench.log().find(LeafKind::Opened, &bench.id).unwrap() else {
        panic!()
    };
    let text = std::fs::read_to_string(bench.run_folder().join("events.jsonl")).unwrap();
    assert_eq!(opened.started, crate::blob::digest_of(text.lines().next().unwrap().as_bytes()));
}

#[test]
fn the_key_signs_the_run_and_the_log() {
    let mut bench = sealed();
    bench.keys.make("ann").unwrap();
    bench.new_run(one("true"), None);
    bench.check_sealed();
    let keys = bench.keys.known().unwrap();
    let (bytes, _) = bench.checkpoint();
    assert_eq!(Checkpoint::open(&bytes, &keys).unwrap().by, keys.iter().collect::<Vec<_>>());
    let log = bench.log();
    assert_eq!(Checkpoint::open(log.note().unwrap(), &keys).unwrap().by.len(), 1);
}

#[test]
fn a_seal_that_a_crash_interrupted_is_completed_and_nothing_is_said_twice() {
    let mut bench = sealed();
    bench.keys.make("ann").unwrap();
    bench.new_run(one("true"), None);
    let log = bench.workspace.log_folder();
    let files = [bench.run_folder().join(CHECKPOINT_FILE), log.join(LEAVES_FILE), log.join(CHECKPOINT_FILE)];
    let good: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
    let first = good[1].iter().position(|byte| *byte == b'\n').unwrap() + 1;
    // What is there after a crash before the run's checkpoint, the leaf, its end, the log's checkpoint.
    for (checkpoint, leaves) in [(false, first), (true, first), (true, first + 7), (true, good[1].len())] {
        if !checkpoint {
            std::fs::remove_file(&files[0]).unwrap();
        }
        if leaves < good[1].len() {
            // The log is signed after its leaf is written.
            std::fs::remove_dir_all(bench.keys.folder().join("signed")).unwrap();
        }
        std::fs::write(&files[1], &good[1][..leaves]).unwrap();
        std::fs::remove_file(&files[2]).unwrap();
        assert_eq!(is_owed(&bench.workspace, &bench.id), Ok(true), "{checkpoint} {leaves}");
        bench.ears.events.clear();
        let (end, run) = bench.resume();
        assert_eq!((end, state(&run)), (DriveEnd::Finished, State::Passed));
        bench.check_sealed();
        let again: Vec<Vec<u8>> = files.iter().map(|path| std::fs::read(path).unwrap()).collect();
        assert!(again == good, "{checkpoint} {leaves}");
    }
}

#[test]
fn a_run_is_not_begun_in_a_log_that_lost_leaves() {
    let mut bench = sealed();
    bench.new_run(one("true"), None);
    std::fs::write(bench.workspace.log_folder().join(LEAVES_FILE), "").unwrap();
    bench.id = RunId("0197b5a6-0000-7000-8000-000000000002".into());
    bench.origin = Some(format!("test/run/{}", bench.id).as_str().into());
    let error = bench.try_run(one("true"), None).unwrap_err();
    assert!(matches!(error, DriveError::CloneLog(CloneLogError::Shorter { .. })), "{error}");
    assert!(!bench.run_folder().exists());
}

#[test]
fn a_run_that_lost_lines_is_not_taken_up() {
    let mut bench = sealed();
    bench.new_run(one("true"), None);
    let path = bench.run_folder().join("events.jsonl");
    let text = std::fs::read_to_string(&path).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    std::fs::write(&path, lines[..3].join("\n") + "\n").unwrap();
    let error = bench.drive(Begin::Resume(bench.id.clone())).unwrap_err();
    assert!(matches!(error, DriveError::CloneLog(CloneLogError::Shorter { leaves: 3, .. })), "{error}");
    assert_eq!(std::fs::read_to_string(&path).unwrap().lines().count(), 3, "nothing is added");
}

#[test]
fn another_end_than_the_log_states_is_refused() {
    let mut bench = sealed();
    bench.new_run(one("true"), None);
    // The same run, made anew with another end and without its checkpoint.
    std::fs::remove_dir_all(bench.run_folder()).unwrap();
    let error = bench.try_run(one("false"), None).unwrap_err();
    assert!(matches!(error, DriveError::CloneLog(CloneLogError::OtherEnd { leaf: 1, .. })), "{error}");
    let told = bench.ears.events.iter().filter(|event| matches!(event, Event::RunFinished(_))).count();
    assert_eq!(told, 1, "the verdict of the second one is not told");
}

#[test]
fn a_waiting_run_is_open_until_it_is_answered() {
    let mut bench = sealed();
    let parts = workflow(vec![("ask", approval(), Join::Settled, &[][..])]);
    let (end, _) = bench.new_run(parts, None);
    assert_eq!(end, DriveEnd::Waiting);
    assert_eq!(bench.leaves(), [LeafKind::Opened]);
    assert!(!bench.run_folder().join(CHECKPOINT_FILE).exists());
}

#[test]
fn a_run_that_was_brought_here_is_opened_where_it_goes_on() {
    let mut bench = sealed();
    let parts = workflow(vec![("ask", approval(), Join::Settled, &[][..])]);
    bench.new_run(parts, None);
    std::fs::remove_dir_all(bench.workspace.log_folder()).unwrap();
    let (end, _) = bench.resume();
    assert_eq!((end, bench.leaves()), (DriveEnd::Waiting, vec![LeafKind::Opened]));
    bench.resume();
    assert_eq!(bench.leaves(), [LeafKind::Opened]);
}
