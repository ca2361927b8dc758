//! Which runs stay, and that nothing goes which one that stays names.

mod back;
mod crashes;
mod made;

use std::collections::BTreeSet;
use std::time::{Duration, SystemTime};

use dod_kernel::id::{Digest, RunId, Timestamp};

use super::keep::{BRANCHES, Keep, Stays};
use super::*;
use crate::blob::Blobs;
use crate::clone_log::{LeafKind, Reader};
use crate::lock::Lock;
use crate::log::LOCK_FILE;
use made::{DAY, Made, Shape, id};

const NOW: i64 = 1000 * DAY;

fn keep(runs: Option<u32>, days: Option<u32>) -> Keep {
    Keep { runs, days, branches: BRANCHES.iter().map(|name| (*name).into()).collect() }
}

/// Each run in a letter, oldest first: what becomes of it.
#[track_caller]
fn check(shapes: &[Shape], keep: &Keep, wanted: &[Option<Stays>]) {
    let made = Made::of(shapes);
    let plan = plan(&made.workspace, keep, Timestamp(NOW), false).unwrap();
    let mut found: Vec<Option<Stays>> = plan.runs.iter().map(|run| run.stays).collect();
    found.reverse();
    assert_eq!(found, wanted);
}

fn old(branch: &'static str) -> Shape {
    Shape { at: NOW - 500 * DAY, branch, ..Shape::default() }
}

#[test]
fn without_a_word_everything_stays() {
    check(&[old("topic"), old("topic")], &Keep::default(), &[Some(Stays::Unlimited); 2]);
}

#[test]
fn a_run_stays_as_long_as_one_reason_holds() {
    let young = Shape { at: NOW - 9 * DAY, ..old("topic") };
    let shapes = [old("topic"), old("topic"), young, old("topic")];
    let newest = Some(Stays::Newest);
    check(&shapes, &keep(None, Some(10)), &[None, None, Some(Stays::Age), newest]);
    check(&shapes, &keep(None, Some(9)), &[None, None, None, newest]);
    check(&shapes, &keep(Some(3), None), &[None, Some(Stays::Number), Some(Stays::Number), newest]);
    check(&shapes, &keep(Some(2), Some(10)), &[None, None, Some(Stays::Number), newest]);
}

#[test]
fn full_runs_of_protected_branches_and_of_tags_stay_for_ever() {
    let tag = Shape { tag: Some("v1"), ..old("topic") };
    let partial = Shape { partial: true, ..old("main") };
    let shapes = [old("main"), old("master"), old("topic"), tag, partial, old("release/1"), old("topic")];
    let (protected, newest) = (Some(Stays::Protected), Some(Stays::Newest));
    check(&shapes, &keep(None, Some(1)), &[protected, protected, None, protected, None, None, newest]);
    let named = Keep { branches: vec!["release/**".into()], ..keep(None, Some(1)) };
    check(&shapes, &named, &[None, None, None, protected, None, protected, newest]);
}

#[test]
fn what_has_no_verdict_or_is_rested_on_stays() {
    let open = Shape { finished: false, ..old("topic") };
    let rests = Shape { rests_on: Some(0), at: NOW, ..old("topic") };
    let shapes = [old("topic"), old("topic"), open, rests, old("topic")];
    let found = [Some(Stays::Cited), None, Some(Stays::Unfinished), Some(Stays::Age), Some(Stays::Newest)];
    check(&shapes, &keep(None, Some(1)), &found);
    let made = Made::of(&shapes);
    let asked = plan(&made.workspace, &keep(None, Some(1)), Timestamp(NOW), true).unwrap();
    assert_eq!(asked.runs[2].stays, None, "it goes where that is asked for");
    let _held = Lock::try_take(&made.run(2).join(LOCK_FILE), "a run").unwrap();
    let held = plan(&made.workspace, &keep(None, Some(1)), Timestamp(NOW), true).unwrap();
    assert_eq!(held.runs[2].stays, Some(Stays::Held));
}

#[test]
fn a_run_that_cannot_be_read_stops_everything() {
    let made = Made::of(&[old("topic"), old("topic"), old("topic")]);
    std::fs::write(made.run(0).join("events.jsonl"), "{}\n").unwrap();
    let error = plan(&made.workspace, &keep(Some(1), None), Timestamp(NOW), false).unwrap_err();
    assert!(matches!(&error, HouseError::Unread { run, .. } if *run == id(0)), "{error}");
    let error = made.sweep(Duration::ZERO).unwrap_err();
    assert!(matches!(&error, HouseError::Unread { run, .. } if *run == id(0)), "{error}");
}

/// Prunes what the plan says.
fn prune(made: &Made, keep: &Keep) -> Vec<RunId> {
    let sealing = made.sealing();
    let plan = plan(&made.workspace, keep, Timestamp(NOW), false).unwrap();
    let mut pruner = Pruner::open(&made.workspace, &sealing, Timestamp(NOW)).unwrap();
    let gone = plan.going().map(|one| one.run.clone()).filter(|run| pruner.prune(run).unwrap()).collect();
    pruner.finish().unwrap();
    gone
}

#[test]
fn a_pruned_run_stays_as_its_leaf() {
    let made = Made::of(&[old("topic"), old("topic"), old("topic")]);
    assert_eq!(prune(&made, &keep(Some(1), None)), [id(0), id(1)]);
    assert_eq!(made.workspace.runs().unwrap(), [id(2)]);
    let log = Reader::open(&made.workspace.log_folder()).unwrap().unwrap();
    assert_eq!(log.checkpoint().unwrap().size, 2);
    for run in 0..2 {
        let (_, leaf) = log.find(LeafKind::Pruned, &id(run)).unwrap().unwrap();
        let crate::clone_log::Leaf::Pruned(leaf) = leaf else { panic!("{leaf:?}") };
        assert_eq!(leaf.root, made.roots[run], "the leaf says which lines went");
    }
    assert_eq!(prune(&made, &keep(Some(1), None)), []);
}

#[test]
fn a_removal_that_was_interrupted_is_completed() {
    let made = Made::of(&[old("topic"), old("topic")]);
    // After the leaf: the leaf is not written again.
    let sealing = made.sealing();
    let copy = made.folder.as_ref().unwrap().path().join("copy");
    copy_all(&made.run(0), &copy);
    Pruner::open(&made.workspace, &sealing, Timestamp(NOW)).unwrap().prune(&id(0)).unwrap();
    copy_all(&copy, &made.run(0));
    assert_eq!(prune(&made, &keep(Some(1), None)), [id(0)]);
    let log = Reader::open(&made.workspace.log_folder()).unwrap().unwrap();
    assert_eq!(log.checkpoint().unwrap().size, 1);
    // After the renaming: what is left is garbage.
    copy_all(&copy, &made.workspace.runs_folder().join(".pruned-0"));
    assert_eq!(made.sweep(Duration::ZERO).unwrap().garbage, 1);
    assert_eq!(std::fs::read_dir(made.workspace.runs_folder()).unwrap().count(), 1);
}

fn copy_all(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap().flatten() {
        std::fs::copy(entry.path(), to.join(entry.file_name())).unwrap();
    }
}

impl Made {
    fn sweep(&self, fresh: Duration) -> Result<Swept, HouseError> {
        let without = BTreeSet::new();
        let now = SystemTime::now() + Duration::from_secs(1);
        sweep(&self.workspace, Terms { without: &without, fresh, now, dry: false }, &mut |_| {})
    }

    fn blobs(&self) -> BTreeSet<Digest> {
        Blobs::at(self.workspace.blobs_folder())
            .list()
            .unwrap()
            .into_iter()
            .map(|(digest, _)| digest)
            .collect()
    }
}

#[test]
fn blobs_that_a_run_names_stay_and_the_others_go() {
    let made = Made::of(&[old("topic"), old("topic")]);
    let extra = made.put(b"nobody names this");
    let all = made.blobs();
    assert_eq!(made.sweep(FRESH).unwrap().blobs, 0, "what is fresh may belong to a run that comes in");
    assert_eq!(made.blobs(), all);
    let swept = made.sweep(Duration::ZERO).unwrap();
    assert_eq!((swept.blobs, swept.bytes, swept.kept), (1, 17, all.len() as u64 - 1));
    assert!(!made.blobs().contains(&extra));
    prune(&made, &keep(Some(1), None));
    let swept = made.sweep(Duration::ZERO).unwrap();
    // Report, evidence and output of the run that went; the definitions are those of both.
    assert_eq!(swept.blobs, 3);
    assert_eq!(made.blobs(), made.named(1), "all that the other run names is there");
}

#[test]
fn evidence_that_is_gone_leaves_all_blobs_alone() {
    let made = Made::of(&[old("topic"), old("topic")]);
    let evidence = made.evidence(1);
    let store = Blobs::at(made.workspace.blobs_folder());
    store.remove(&evidence).unwrap();
    made.put(b"nobody names this");
    let before = made.blobs();
    let error = made.sweep(Duration::ZERO).unwrap_err();
    assert!(matches!(error, HouseError::EvidenceGone { evidence: gone, .. } if gone == evidence), "{error}");
    assert_eq!(made.blobs(), before);
}

#[test]
fn a_blob_that_a_crash_left_aside_comes_back() {
    let made = Made::of(&[old("topic")]);
    let store = Blobs::at(made.workspace.blobs_folder());
    let (evidence, before) = (made.evidence(0), made.blobs());
    let aside = made.workspace.blobs_folder().join(format!(".aside-{}", evidence.hex()));
    std::fs::rename(store.path(&evidence), aside).unwrap();
    made.sweep(Duration::ZERO).unwrap();
    assert_eq!(made.blobs(), before);
}

#[test]
fn what_is_only_shown_changes_nothing() {
    let made = Made::of(&[old("topic"), old("topic")]);
    let without = BTreeSet::from([id(0)]);
    let now = SystemTime::now() + Duration::from_secs(1);
    let before = made.blobs();
    let terms = Terms { without: &without, fresh: Duration::ZERO, now, dry: true };
    assert_eq!(sweep(&made.workspace, terms, &mut |_| {}).unwrap().blobs, 3);
    assert_eq!((made.blobs(), made.workspace.runs().unwrap().len()), (before, 2));
}

#[test]
fn a_run_that_never_began_is_garbage_when_it_is_old() {
    let made = Made::of(&[old("topic")]);
    made.workspace.create_run(&id(7)).unwrap();
    std::fs::write(made.workspace.runs_folder().join(".tmp-1"), "x").unwrap();
    assert_eq!(made.sweep(FRESH).unwrap().garbage, 0);
    assert_eq!(made.sweep(Duration::ZERO).unwrap().garbage, 2);
    assert_eq!(std::fs::read_dir(made.workspace.runs_folder()).unwrap().count(), 1);
}
