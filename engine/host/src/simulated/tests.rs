//! Claims about crashes, on a machine that fails; and that the machine itself is able to lose what is not durable.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::io::Write as _;
use std::path::Path;
use std::rc::Rc;

use super::fate::Fate;
use super::files::SimulatedDisk;
use super::scenario::Scenario;
use super::trial::play_all;
use crate::disk;

#[test]
fn whatever_fails_nothing_that_was_told_is_lost() {
    for seed in 0..80 {
        for outcome in play_all(&Scenario::random(seed).disturbed(4)) {
            assert!(outcome.violations.is_empty(), "seed {seed}: {:#?}", outcome.violations);
        }
    }
}

/// What is left of two writes, of which the first was synced or not, and of a name, after a power loss.
fn left(seed: u64, synced: bool, named: bool) -> Option<Vec<u8>> {
    let fate = Rc::new(RefCell::new(Fate::new(seed)));
    let simulated = Rc::new(SimulatedDisk::new(fate));
    disk::simulate(simulated.clone(), || {
        let path = Path::new("/file");
        let mut file = disk::create_new(path).unwrap();
        file.write_all(b"one ").unwrap();
        if synced {
            file.sync_data().unwrap();
        }
        if named {
            disk::sync_dir(Path::new("/")).unwrap();
        }
        file.write_all(b"two").unwrap();
        drop(file);
        simulated.begin_again(true);
        disk::read(path).ok()
    })
}

#[test]
fn the_machine_loses_what_is_not_durable_and_nothing_else() {
    let all = |synced, named| (0..400).map(|seed| left(seed, synced, named)).collect::<BTreeSet<_>>();
    assert!(all(true, false).contains(&None), "a name that was never synced is always there");
    assert!(!all(true, true).contains(&None));
    let whole = b"one two".to_vec();
    let durable = all(true, true);
    assert!(durable.iter().flatten().all(|bytes| bytes.starts_with(b"one ")), "{durable:?}");
    assert!(durable.contains(&Some(whole)) && durable.contains(&Some(b"one ".to_vec())));
    assert!(durable.contains(&Some(b"one t".to_vec())), "no write is torn");
    let hole = all(false, true);
    assert!(
        hole.contains(&Some(b"\0\0\0\0two".to_vec())),
        "writes are never done in another order: {hole:?}"
    );
}
