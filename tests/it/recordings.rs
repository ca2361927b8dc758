//! What real tools wrote, as `tests/evidence` keeps it, read by the real program.
//!
//! `gates.json` there says for every gate what must be read from its recordings; the counts were made by hand or
//! by other programs, never by the readers.
//!
//! **Absent on purpose:** running the tools. What their exit codes mean is held against the catalogue there.

use std::path::Path;
use std::process::Command;

use serde_json::Value;

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/evidence")
}

/// The format that a built-in gate says its report has.
fn format_of(gate: &str) -> String {
    let file = folder().join(format!("../../gates/catalogue/entries/{gate}.yaml"));
    let text = std::fs::read_to_string(&file).unwrap_or_else(|error| panic!("{gate}: {error}"));
    let evidence = text.split("\nevidence: ").nth(1).unwrap_or_else(|| panic!("{gate} reads no report"));
    let format = evidence.split("format: ").nth(1).unwrap();
    format.split([',', ' ', '}']).next().unwrap().to_owned()
}

/// Whether everything that is expected is there; more may be.
fn holds(expected: &Value, found: &Value) -> bool {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            expected.iter().all(|(key, value)| found.get(key).is_some_and(|found| holds(value, found)))
        }
        (Value::Number(expected), Value::Number(found)) => expected.as_f64() == found.as_f64(),
        _ => expected == found,
    }
}

#[test]
fn every_recorded_report_is_read_as_what_it_is() {
    let told: Value =
        serde_json::from_str(&std::fs::read_to_string(folder().join("gates.json")).unwrap()).unwrap();
    let mut wrong = Vec::new();
    let mut seen = 0;
    for (gate, files) in told["recorded"].as_object().unwrap() {
        let format = format_of(gate);
        for one in files.as_array().unwrap() {
            let Some(expected) = one.get("reads") else { continue };
            let file = folder().join(one["file"].as_str().unwrap());
            let mut program = Command::new(env!("CARGO_BIN_EXE_dod"));
            program.arg("evidence").arg(&file).args(["--as", &format, "--format", "json"]);
            let output = program.output().unwrap();
            let found: Value = serde_json::from_slice(&output.stdout).unwrap_or_default();
            seen += 1;
            if !holds(expected, &found) {
                wrong.push(format!("{gate}, {}: {expected} is not in {found}", file.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(seen > 150, "{seen} recordings");
}

#[test]
fn failed_tools_are_among_the_recordings() {
    let told: Value =
        serde_json::from_str(&std::fs::read_to_string(folder().join("gates.json")).unwrap()).unwrap();
    let unreadable = |one: &&&Value| one["reads"]["status"] == "unreadable";
    let gates = told["recorded"].as_object().unwrap().values();
    let all: Vec<&Value> = gates.flat_map(|files| files.as_array().unwrap()).collect();
    // A tool that failed is told by its exit code or by its report; both kinds are among the recordings.
    assert!(all.iter().filter(unreadable).count() >= 7);
    assert!(all.iter().filter(|one| one.get("reads").is_none()).count() >= 6);
}
