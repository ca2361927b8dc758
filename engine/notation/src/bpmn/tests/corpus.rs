//! Real files of others, where they are at hand: each loads, or is refused with a place and a reason.

use std::path::PathBuf;

use super::world::{self, Options};
use crate::bpmn::Purpose;
use crate::diagnose::Severity;
use crate::lower::Loaded;

/// The folder of sample files; `None` where it is not at hand.
fn folder() -> Option<PathBuf> {
    let default = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../shared/corpus");
    let folder = std::env::var_os("DOD_CORPUS").map_or(default, PathBuf::from).join("bpmn");
    folder.is_dir().then_some(folder)
}

/// A text of a JSON file by its key, without a reader for all of JSON.
fn word(json: &serde_json::Value, key: &str) -> String {
    json[key].as_str().unwrap_or_default().to_owned()
}

/// Cases that do not load, and the code of the first reason.
fn refused(purpose: Purpose) -> Option<Vec<(String, String)>> {
    let folder = folder()?;
    let mut cases: Vec<PathBuf> = std::fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|end| end == "json"))
        .collect();
    cases.sort();
    let mut refused = Vec::new();
    for case in cases {
        let json: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&case).unwrap()).unwrap();
        let bytes = std::fs::read(folder.join(word(&json, "file"))).unwrap();
        let along: Vec<Loaded> = json["called_files"]
            .as_array()
            .into_iter()
            .flatten()
            .map(|file| Loaded {
                name: word(file, "file"),
                text: std::fs::read_to_string(folder.join(word(file, "file"))).unwrap(),
            })
            .collect();
        let process = word(&json, "process_id");
        let options = Options { along: &along, process: Some(&process), purpose, ..Options::default() };
        let checked = world::with(&bytes, &[], &options);
        for problem in &checked.problems {
            let place = checked.sources.place(problem.span);
            println!(
                "{}:{}:{}: {:?} {} {} ({})",
                word(&json, "id"),
                place.line,
                place.column,
                problem.severity,
                problem.code,
                problem.message,
                problem.hint.as_deref().unwrap_or("")
            );
        }
        if checked.workflow.is_none() {
            let first = checked.problems.iter().find(|problem| problem.severity == Severity::Error);
            refused.push((word(&json, "id"), first.map_or("no reason", |problem| problem.code).to_owned()));
        }
    }
    Some(refused)
}

/// Cases of tiers 1 and 2 that cannot be run, each with the reason.
const REFUSED: &[(&str, &str, &str)] = &[
    ("bpmn-elements--issue-31-cm", "B123", "a condition calls a service of the engine, which has no equal"),
    (
        "flowable--ConditionalEventSubprocessTest.testInterruptingNestedSubProcess",
        "B109",
        "a conditional event: tier 3",
    ),
    (
        "flowable--TransactionSubProcessTest.testCancelEndNoTransactionFails",
        "B109",
        "a cancel end event: tier 3",
    ),
    (
        "spiff--CallActivity-Escalation-Test-Sub",
        "B123",
        "a condition calls `vars()` of Python, which has no equal",
    ),
    (
        "zeebe--LinkEventTest.testCatchLinkEventAfterEventBasedGatewayNotAllowed",
        "B117",
        "a link event behind an event-based gateway: the standard allows message, signal, timer, conditional and \
         receive tasks there (BPMN 2.0.2, clause 10.6.6)",
    ),
];

#[test]
fn files_of_others_load_or_are_refused_for_a_reason() {
    let Some(refused) = refused(Purpose::Simulate) else {
        println!("skipped: no corpus");
        return;
    };
    for (case, code) in refused {
        let known = REFUSED.iter().find(|(known, _, _)| *known == case);
        assert_eq!(
            known.map(|(_, code, _)| *code),
            Some(&*code),
            "{case} is refused for a reason that is known"
        );
    }
}
