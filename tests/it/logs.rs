//! Frozen logs: runs that this program or an older one recorded are made again, to the same bytes, for ever.
//!
//! `tests/logs/*` are exported runs, unpacked, beside what they came to: `result.txt`, what `dod replay --quiet` says, and
//! `verdict.json`, the verdict document. `tests/logs/record.sh` tells how each was recorded.
//!
//! **Nothing here is ever rewritten**, by `UPDATE_EXPECT` or by hand: an auditor has such logs. A test that fails means
//! that `dod` broke its promise. What is new gets a log of its own.

use std::path::PathBuf;

use crate::dod::Project;

fn logs() -> Vec<PathBuf> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/logs");
    let entries = std::fs::read_dir(folder).unwrap().flatten().map(|entry| entry.path());
    let mut logs: Vec<PathBuf> = entries.filter(|path| path.is_dir()).collect();
    logs.sort();
    logs
}

#[test]
fn every_recorded_run_comes_out_as_it_did() {
    let nowhere = Project::with(&[]);
    let logs = logs();
    assert!(logs.len() >= 17, "logs are missing: {logs:?}");
    for log in logs {
        let word = log.to_str().unwrap();
        let said = nowhere.dod(&["replay", word, "--quiet"]);
        let result = std::fs::read_to_string(log.join("result.txt")).unwrap();
        assert_eq!((said.code, &said.stdout), (0, &result), "{word}: {said}");
        let document = nowhere.dod(&["replay", word, "--verdict", "-"]);
        let verdict = std::fs::read_to_string(log.join("verdict.json")).unwrap();
        assert_eq!(document.stdout, verdict, "{word}: {document}");
    }
}

#[test]
fn every_recorded_run_can_be_told() {
    let nowhere = Project::with(&[]);
    for log in logs() {
        let word = log.to_str().unwrap();
        for words in [&["replay", word][..], &["replay", word, "--format", "html"], &["show", word]] {
            let said = nowhere.dod(words);
            assert_eq!(said.code, 0, "{words:?}: {said}");
        }
    }
}

#[test]
fn the_recorded_runs_are_many_kinds_and_small() {
    let mut kinds = std::collections::BTreeSet::new();
    let mut bytes = 0;
    for log in logs() {
        for line in std::fs::read_to_string(log.join("events.jsonl")).unwrap().lines() {
            let event: serde_json::Value = serde_json::from_str(line).unwrap();
            kinds.extend(event["event"].as_object().unwrap().keys().cloned());
        }
        let mut open = vec![log];
        while let Some(folder) = open.pop() {
            for entry in std::fs::read_dir(folder).unwrap().flatten() {
                let meta = entry.metadata().unwrap();
                if meta.is_dir() { open.push(entry.path()) } else { bytes += meta.len() }
            }
        }
    }
    assert!(bytes < 1 << 20, "{bytes} bytes");
    for kind in [
        "answered",
        "answer_refused",
        "attempt_ended",
        "attempt_stopping",
        "cancel_requested",
        "condition_asked",
        "decision_taken",
        "event_thrown",
        "flow_taken",
        "gate_judged",
        "join_fired",
        "judge_taken",
        "message_received",
        "retry_scheduled",
        "run_finished",
        "run_resumed",
        "run_stopping",
        "scope_opened",
        "script_run",
        "service_ready",
        "step_held",
        "step_waiting",
        "stuck",
        "timer_fired",
        "tree_digested",
        "value_asked",
    ] {
        assert!(kinds.contains(kind), "no log has a `{kind}`: {kinds:?}");
    }
}
