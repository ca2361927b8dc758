//! Files of other people: each is read, and holds as many elements of each name as was counted elsewhere.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::*;

fn folder() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var_os("DOD_CORPUS").map_or(root.join("../shared/corpus"), PathBuf::from).join("bpmn")
}

/// What was read of a file, and what is wrong with it.
fn read_file(path: &Path) -> (Option<Diagram>, String) {
    problems(&std::fs::read(path).unwrap())
}

#[test]
fn files_of_other_people_hold_the_elements_that_others_counted() {
    let Ok(entries) = std::fs::read_dir(folder()) else {
        println!("skipped: {} is not there", folder().display());
        return;
    };
    let (mut cases, mut wrong) = (0, String::new());
    for entry in entries.flatten().filter(|entry| entry.path().extension().is_some_and(|end| end == "json")) {
        let case: serde_json::Value = serde_json::from_slice(&std::fs::read(entry.path()).unwrap()).unwrap();
        let (Some(file), Some(expected)) = (case["file"].as_str(), case["elements"].as_object()) else {
            continue;
        };
        cases += 1;
        let (diagram, shown) = read_file(&folder().join(file));
        if shown.contains(" error ") {
            writeln!(wrong, "{file}\n{shown}").unwrap();
        }
        let Some(diagram) = diagram else { continue };
        let expected: BTreeMap<&str, usize> =
            expected.iter().map(|(name, count)| (name.as_str(), count.as_u64().unwrap() as usize)).collect();
        if diagram.counts() != expected {
            writeln!(wrong, "{file}\n  here      {:?}\n  elsewhere {expected:?}", diagram.counts()).unwrap();
        }
        for called in case["called_files"].as_array().into_iter().flatten() {
            let name = called["file"].as_str().unwrap();
            let (_, shown) = read_file(&folder().join(name));
            if shown.contains(" error ") {
                writeln!(wrong, "{name}\n{shown}").unwrap();
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong}");
    println!("{cases} files");
}
