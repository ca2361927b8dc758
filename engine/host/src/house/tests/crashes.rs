//! Housekeeping on a disk that fails: cut off at every operation, by `kill -9`, power loss, a full disk and errors.
//!
//! `DOD_HOUSE_SEEDS=2` cuts at each operation with so many seeds; else at one of seven.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::path::Path;
use std::rc::Rc;
use std::time::{Duration, SystemTime};

use dod_kernel::id::{RunId, Timestamp};

use super::made::{DAY, Made, Shape, id};
use super::{NOW, keep, old};
use crate::blob::Blobs;
use crate::clone_log::{Leaf, Reader};
use crate::disk;
use crate::exported::{Stands, Survey};
use crate::house::{HouseError, Pruner, Terms, plan, sweep};
use crate::simulated::fate::{Blow, Death, Fate};
use crate::simulated::files::SimulatedDisk;

/// What `dod gc` does, while it holds the lock of the tree.
fn collect(made: &Made) -> Result<(), HouseError> {
    let sealing = made.sealing();
    let plan = plan(&made.workspace, &keep(Some(2), None), Timestamp(NOW), false)?;
    let mut pruner = Pruner::open(&made.workspace, &sealing, Timestamp(NOW))?;
    for one in plan.going() {
        pruner.prune(&one.run)?;
    }
    pruner.finish()?;
    let now = SystemTime::UNIX_EPOCH + Duration::from_secs(10 * 86_400);
    let terms = Terms { without: &BTreeSet::new(), fresh: Duration::from_secs(3600), now, dry: false };
    sweep(&made.workspace, terms, &mut |_| {}).map(drop)
}

/// Makes everything durable that lies here.
pub(super) fn settle(folder: &Path) {
    for entry in disk::read_dir(folder).unwrap() {
        match entry.metadata().unwrap().is_dir() {
            true => settle(&entry.path()),
            false => disk::open(&entry.path()).unwrap().sync_all().unwrap(),
        }
    }
    disk::sync_dir(folder).unwrap();
}

/// Two runs that go, one of a protected branch, and two that stay.
fn shapes() -> Vec<Shape> {
    vec![old("topic"), old("main"), old("topic"), Shape { at: NOW - DAY, ..old("topic") }, old("topic")]
}

const GOING: [usize; 2] = [0, 2];
const STAYING: [usize; 3] = [1, 3, 4];

/// What must hold at any moment: runs that stay are here, and whatever is here is here with all that it names.
fn check(made: &Made, when: &str) {
    let here: BTreeSet<RunId> = made.workspace.runs().unwrap().into_iter().collect();
    for run in STAYING {
        assert!(here.contains(&id(run)), "{when}: run {run} is gone");
    }
    let aside = disk::read_dir(&made.workspace.blobs_folder()).unwrap().len() > 1;
    for run in here {
        let survey = Survey::of(&made.workspace.run_folder(&run)).unwrap();
        for (digest, stands) in survey.blobs(&Blobs::at(made.workspace.blobs_folder())).unwrap() {
            let fine = matches!(stands, Stands::Here(_)) || aside;
            assert!(fine, "{when}: {digest} of {run} is {stands:?}");
        }
    }
}

/// One machine: its life ends at this operation in this way; the next one completes what was begun.
fn live(seed: u64, blow: Option<(u64, Blow)>) -> u64 {
    let fate = Rc::new(RefCell::new(Fate::new(seed)));
    let machine = Rc::new(SimulatedDisk::new(fate.clone()));
    let root = Path::new("/tree");
    disk::simulate(machine.clone(), || {
        disk::create_dir_all(root).unwrap();
        let made = Made::at(root, &shapes());
        made.put(b"nobody names this");
        settle(Path::new("/"));
        fate.borrow_mut().begin(blow.into_iter().collect());
        let ended = collect(&made);
        let (done, death) = (fate.borrow().done(), fate.borrow().death);
        let when = format!("seed {seed}, {blow:?}");
        assert!(blow.is_some() || ended.is_ok(), "{ended:?}");
        machine.begin_again(death == Some(Death::PoweredOff));
        fate.borrow_mut().begin(Vec::new());
        check(&made, &when);
        collect(&made).unwrap_or_else(|error| panic!("{when}: {error}"));
        check(&made, &when);
        let runs: BTreeSet<RunId> = made.workspace.runs().unwrap().into_iter().collect();
        assert_eq!(runs, STAYING.map(id).into(), "{when}");
        let blobs = Blobs::at(made.workspace.blobs_folder()).list().unwrap();
        let named: BTreeSet<_> = STAYING.iter().flat_map(|run| made.named(*run)).collect();
        assert_eq!(blobs.into_iter().map(|(digest, _)| digest).collect::<BTreeSet<_>>(), named, "{when}");
        let (mut pruned, log) = (Vec::new(), Reader::open(&made.workspace.log_folder()).unwrap().unwrap());
        let torn = log.leaves(|_, _, leaf| {
            if let Leaf::Pruned(leaf) = leaf {
                pruned.push((leaf.run, leaf.root));
            }
        });
        assert_eq!(torn.unwrap(), (2, 0), "{when}: one leaf for each run");
        pruned.sort();
        assert_eq!(pruned, GOING.map(|run| (id(run), made.roots[run])), "{when}");
        assert_eq!(log.checkpoint().unwrap().size, 2, "{when}");
        done
    })
}

#[test]
fn wherever_it_is_cut_off_nothing_that_stays_is_lost() {
    let asked: Option<u64> = std::env::var("DOD_HOUSE_SEEDS").ok().and_then(|text| text.parse().ok());
    let (seeds, step) = asked.map_or((1, 7), |seeds| (seeds, 1));
    let operations = live(0, None);
    let mut lives = 0u64;
    for at in (1..=operations).step_by(step) {
        for seed in 0..seeds {
            for blow in [Blow::Kill, Blow::PowerLoss, Blow::Full(3), Blow::Error, Blow::SyncError] {
                live(seed, Some((at, blow)));
                lives += 1;
            }
        }
    }
    println!("{operations} operations, {lives} lives, no violation");
}
