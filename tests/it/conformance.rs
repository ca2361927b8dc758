//! Third-party BPMN files with known outcomes: every case of the folder `bpmn` of `$DOD_CORPUS`, through the program.
//!
//! What two engines agree on (grade A) and what one says without objection (grade B) has to come out so; the rest are
//! questions, which are counted and not judged. What we see otherwise is in [`known`], each with its reason.
//!
//! **Absent on purpose:** the files. They belong to others; without them the test says that it is skipped.

mod known;

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use serde_json::{Value as Json, json};

use crate::dod::Project;
use known::KNOWN;

/// How a scenario came out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum End {
    Passed,
    Failed,
    Known,
    /// Its expectation is no firm one.
    Question,
}

fn corpus() -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    std::env::var_os("DOD_CORPUS").map_or(root.join("../shared/corpus"), PathBuf::from).join("bpmn")
}

#[test]
fn third_party_files_come_out_as_others_say_or_differ_for_a_reason() {
    let folder = corpus();
    let Ok(entries) = std::fs::read_dir(&folder) else {
        println!("skipped: there is no {}", folder.display());
        return;
    };
    let mut cases: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    cases.retain(|path| path.extension().is_some_and(|end| end == "json"));
    cases.sort();
    let mut counts: BTreeMap<(u64, End), u32> = BTreeMap::new();
    let mut wrong: Vec<String> = Vec::new();
    let mut met: BTreeSet<&str> = BTreeSet::new();
    for path in cases {
        let case: Json = serde_json::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
        let id = case["id"].as_str().unwrap().to_owned();
        for scenario in case["scenarios"].as_array().unwrap() {
            let name = scenario["name"].as_str().unwrap_or_default();
            let differs = differences(&folder, &case, scenario);
            let listed = KNOWN
                .iter()
                .find(|one| one.case == id && (one.scenarios.is_empty() || one.scenarios.contains(&name)));
            let end = match (differs.is_empty(), listed) {
                (true, _) => End::Passed,
                (false, Some(known)) => {
                    met.insert(known.case);
                    End::Known
                }
                (false, None) if is_firm(scenario) => {
                    wrong.push(format!("{id} ({name}): {}", differs.join("; ")));
                    End::Failed
                }
                (false, None) => End::Question,
            };
            *counts.entry((case["tier"].as_u64().unwrap_or(0), end)).or_default() += 1;
        }
    }
    for ((tier, end), count) in &counts {
        println!("tier {tier}: {count} {}", format!("{end:?}").to_lowercase());
    }
    for known in KNOWN.iter().filter(|one| met.contains(one.case)) {
        println!("otherwise: {}: {}", known.case, known.because);
    }
    assert!(wrong.is_empty(), "{} scenarios come out otherwise:\n{}", wrong.len(), wrong.join("\n"));
    let of_sample = counts.values().sum::<u32>() == 141;
    let stale: Vec<&str> = KNOWN.iter().map(|one| one.case).filter(|case| !met.contains(case)).collect();
    assert!(!of_sample || stale.is_empty(), "these agree now and are no difference any more: {stale:?}");
}

/// What two engines agree on, or one says without objection.
fn is_firm(scenario: &Json) -> bool {
    scenario["scored"].as_bool().unwrap_or_else(|| {
        let agree = scenario["cross_check"]["verdict"] == "agree";
        agree && scenario["expected"]["schedule_dependent"] != true
    })
}

/// Plays a scenario; what comes out otherwise.
fn differences(folder: &Path, case: &Json, scenario: &Json) -> Vec<String> {
    let project = Project::with(&[]);
    let mut played = json!({
        "process_id": case["process_id"], "variables": scenario["variables"], "steps": scenario["steps"],
    });
    if scenario["task_outputs"].is_object() {
        played["task_outputs"] = scenario["task_outputs"].clone();
    }
    project.write("scenario.json", &played.to_string());
    let file = |name: &Json| folder.join(name.as_str().unwrap()).to_str().unwrap().to_owned();
    let mut words = vec!["simulate".to_owned(), file(&case["file"])];
    words.extend(case["called_files"].as_array().into_iter().flatten().map(|one| file(&one["file"])));
    words.extend(["--scenario", "scenario.json", "--format", "json"].map(str::to_owned));
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let said = project.dod(&words);
    match serde_json::from_str::<Json>(&said.stdout) {
        Ok(result) if said.code == 0 => compare(&result, scenario),
        _ => vec![format!("refused: {}{}", said.stdout, said.stderr)],
    }
}

fn compare(result: &Json, scenario: &Json) -> Vec<String> {
    let expected = &scenario["expected"];
    let mut wrong = Vec::new();
    if result["state"] != expected["state"] {
        wrong.push(format!("state {} instead of {}", result["state"], expected["state"]));
    }
    let optional: BTreeSet<&str> =
        scenario["optional_nodes"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let (got, wanted) = (counts_of(&result["completed"]), counts_of(&expected["completed"]));
    let names: BTreeSet<&str> = got.keys().chain(wanted.keys()).copied().collect();
    // Engines differ on how often the activity around its rounds counts.
    let around = |name: &str| names.contains(format!("{name}#child").as_str());
    for name in names.iter().filter(|name| !optional.contains(*name) && !around(name)) {
        let (got, wanted) = (got.get(name).unwrap_or(&0), wanted.get(name).unwrap_or(&0));
        if got != wanted {
            wrong.push(format!("`{name}` completed {got} times instead of {wanted}"));
        }
    }
    let sequence: Vec<&str> =
        result["sequence"].as_array().into_iter().flatten().filter_map(Json::as_str).collect();
    let first = |name: &Json| sequence.iter().position(|one| Some(*one) == name.as_str());
    for pair in expected["order"].as_array().into_iter().flatten() {
        let rounds = [&pair[0], &pair[1]].into_iter().any(|name| around(name.as_str().unwrap_or_default()));
        if let (Some(before), Some(after), false) = (first(&pair[0]), first(&pair[1]), rounds)
            && before > after
        {
            wrong.push(format!("{} comes behind {}", pair[0], pair[1]));
        }
    }
    for (name, value) in expected["variables"].as_object().into_iter().flatten() {
        if result["variables"][name] != *value {
            wrong.push(format!("`{name}` is {} instead of {value}", result["variables"][name]));
        }
    }
    wrong
}

fn counts_of(map: &Json) -> BTreeMap<&str, u64> {
    let entries = map.as_object().into_iter().flatten();
    entries.map(|(name, count)| (name.as_str(), count.as_u64().unwrap_or(0))).collect()
}
