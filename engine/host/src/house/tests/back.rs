//! Backups on a disk made of memory: there and back, with any bit changed, and cut off at every operation.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::crashes::settle;
use super::made::{Made, Shape};
use super::old;
use crate::disk;
use crate::house::{Restored, backup, restore};
use crate::simulated::fate::{Blow, Death, Fate};
use crate::simulated::files::SimulatedDisk;
use crate::workspace::Workspace;

const FILE: &str = "/backup.dodb";

/// A backup of two runs and a log, in bytes.
fn made(shapes: &[Shape]) -> Vec<u8> {
    disk::create_dir_all(Path::new("/tree")).unwrap();
    let made = Made::at(Path::new("/tree"), shapes);
    let sealing = made.sealing();
    let mut log = sealing.log(&made.workspace).unwrap();
    log.seal(&sealing.signing).unwrap();
    drop(log);
    let backed = backup(&made.workspace, Path::new(FILE), &mut |_, _| {}).unwrap();
    assert_eq!((backed.runs, backed.damaged.len()), (shapes.len() as u64, 0));
    disk::read(Path::new(FILE)).unwrap()
}

/// Restores into an empty tree.
fn back(root: &str) -> Result<Restored, String> {
    disk::create_dir_all(Path::new(root)).map_err(|error| error.to_string())?;
    let workspace = Workspace::create(Path::new(root)).map_err(|error| error.to_string())?;
    restore(Path::new(FILE), &workspace, &mut |_, _| {}).map_err(|error| error.to_string())
}

/// What lies in a tree, without what is made again.
fn all(root: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut work) = (BTreeMap::new(), vec![root.join(".dod")]);
    while let Some(folder) = work.pop() {
        for entry in disk::read_dir(&folder).unwrap() {
            let (path, name) = (entry.path(), entry.file_name().into_string().unwrap());
            if entry.metadata().unwrap().is_dir() {
                work.push(path);
            } else if !["lock", "hashes", "index", ".gitignore"].contains(&name.as_str()) {
                let bytes = disk::read(&path).unwrap();
                found.insert(path.strip_prefix(root).unwrap().to_owned(), bytes);
            }
        }
    }
    found
}

fn machine(seed: u64) -> (Rc<RefCell<Fate>>, Rc<SimulatedDisk>) {
    let fate = Rc::new(RefCell::new(Fate::new(seed)));
    let machine = Rc::new(SimulatedDisk::new(fate.clone()));
    (fate, machine)
}

/// `DOD_ALL_BITS=1` flips all of them.
#[test]
fn no_bit_of_a_backup_can_be_changed() {
    let step = if std::env::var_os("DOD_ALL_BITS").is_some() { 1 } else { 211 };
    let (_, machine) = machine(0);
    disk::simulate(machine, || {
        let good = made(&[old("topic")]);
        let mut refused = 0u64;
        for bit in (0..good.len() * 8).step_by(step) {
            let mut bad = good.clone();
            bad[bit / 8] ^= 1 << (bit % 8);
            disk::write(Path::new(FILE), &bad).unwrap();
            back("/empty").expect_err(&format!("bit {bit}"));
            refused += 1;
        }
        assert_eq!(all(Path::new("/empty")), BTreeMap::new(), "nothing is left behind");
        println!("{refused} flipped bits of {} bytes, all refused", good.len());
    });
}

#[test]
fn a_restore_that_is_cut_off_anywhere_is_completed_by_the_next() {
    let seeds = std::env::var("DOD_HOUSE_SEEDS").ok().and_then(|text| text.parse().ok()).unwrap_or(1);
    let shapes = [old("topic"), old("main")];
    let live = |seed: u64, blow: Option<(u64, Blow)>| {
        let (fate, machine) = machine(seed);
        disk::simulate(machine.clone(), || {
            made(&shapes);
            disk::create_dir_all(Path::new("/new")).unwrap();
            settle(Path::new("/"));
            fate.borrow_mut().begin(blow.into_iter().collect());
            let ended = back("/new");
            let (done, death) = (fate.borrow().done(), fate.borrow().death);
            assert!(blow.is_some() || ended.is_ok(), "{ended:?}");
            machine.begin_again(death == Some(Death::PoweredOff));
            fate.borrow_mut().begin(Vec::new());
            let when = format!("seed {seed}, {blow:?}");
            back("/new").unwrap_or_else(|error| panic!("{when}: {error}"));
            let (wanted, mut found) = (all(Path::new("/tree")), all(Path::new("/new")));
            // What a life that was cut off had unpacked is garbage of that name.
            found.retain(|path, _| !path.to_string_lossy().contains("/.tmp-"));
            assert_eq!(found, wanted, "{when}");
            done
        })
    };
    let (operations, mut lives) = (live(0, None), 0u64);
    for at in (1..=operations).step_by(if seeds > 1 { 1 } else { 5 }) {
        for seed in 0..seeds {
            for blow in [Blow::Kill, Blow::PowerLoss, Blow::Full(3), Blow::Error, Blow::SyncError] {
                live(seed, Some((at, blow)));
                lives += 1;
            }
        }
    }
    println!("{operations} operations, {lives} lives, all completed");
}
