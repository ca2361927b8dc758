//! Why a run came out so, down to the report's digest, and which requirements its checks support.

use crate::dod::Project;

const REPORT: &str = "a.c:2:1: error: trouble [R1]\n";
/// What `sha256sum` says of it.
const DIGEST: &str = "589ac421d00f7b9203db894d8b9fd969d66484bfcfebc81c1a8969c4c2196489";

fn project() -> Project {
    Project::with(&[
        (
            "dod.yaml",
            "policy: team\nsteps:\n  lint: { run: cat lint.txt, kind: lint, evidence: { gcc_lines: stdout } }\n",
        ),
        (
            "policies/team.yaml",
            "policy: team\nrequired: [lint, secrets]\nquality_gates:\n  lint: { require: no errors, because: clean as \
             you code, requirements: [house-1/A, soc2/CC7.1] }\n",
        ),
        ("lint.txt", REPORT),
        (
            "mappings/house.yaml",
            "framework: house-1\ntitle: Ours\nrequirements:\n  - { id: A, title: Code is clean, run: [judged] }\n",
        ),
    ])
}

#[test]
fn a_failure_is_followed_down_to_the_digest_of_the_report_and_the_event() {
    let project = project();
    project.dod(&["validate"]);
    let said = project.dod(&["explain"]);
    assert_eq!(said.code, 0, "{said}");
    let digest = format!("read from stdout as gcc_lines  sha256:{DIGEST}");
    for part in [
        digest.as_str(),
        "because: clean as you code",
        "it supports house-1/A and soc2/CC7.1",
        "to do: put them right",
        "add `secrets: { uses: scan/secrets }` to the steps of `dod.yaml`",
    ] {
        assert!(said.stdout.contains(part), "{part}\n{said}");
    }
    let events = project.log();
    let object: serde_json::Value =
        serde_json::from_str(&project.dod(&["explain", "--format", "json"]).stdout).unwrap();
    let mut points: Vec<&serde_json::Value> = object["points"].as_array().unwrap().iter().collect();
    let mut rules = 0;
    while let Some(point) = points.pop() {
        let seq = point["seq"].as_u64().unwrap_or_else(|| panic!("no event: {point}"));
        let event = &events[usize::try_from(seq).unwrap()];
        if point["kind"] == "rule" {
            rules += 1;
            assert!(event["event"]["gate_judged"].is_object(), "{point} {event}");
        }
        points.extend(point["points"].as_array().into_iter().flatten());
    }
    assert_eq!(rules, 1);
}

#[test]
fn the_control_matrix_merges_packs_and_the_requirements_of_rules() {
    let project = project();
    project.dod(&["validate"]);
    let said = project.dod(&["report", "--format", "controls"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.contains("it never fulfils one by itself"), "{said}");
    assert!(said.stdout.contains("| house-1/A | Code is clean | not supported |"), "{said}");
    assert!(said.stdout.contains("rule lint at lint: failed"), "{said}");
    assert!(said.stdout.contains("`house-1`: mappings/house.yaml, sha256:"), "{said}");
    let said = project.dod(&["report", "--format", "controls", "--framework", "house-1", "--as", "csv"]);
    let lines: Vec<&str> = said.stdout.lines().collect();
    assert_eq!(lines.len(), 3, "{said}");
    assert!(
        lines[0].starts_with("framework,requirement,title,state,check,name,gate,check_state,evidence,event")
    );
    assert!(
        lines[2].starts_with("house-1,A,Code is clean,not supported,rule,lint,lint,failed,sha256:"),
        "{said}"
    );
}

#[test]
fn the_control_matrix_as_an_object_keeps_its_schema_and_goes_into_a_file() {
    let project = project();
    project.dod(&["validate"]);
    let said = project.dod(&["report", "--format", "controls", "--as", "json", "--output", "controls.json"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, ""), "{said}");
    let object: serde_json::Value = serde_json::from_str(&project.read("controls.json")).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(&project.dod(&["schema", "controls"]).stdout).unwrap();
    let errors: Vec<String> = jsonschema::validator_for(&schema)
        .unwrap()
        .iter_errors(&object)
        .map(|error| error.to_string())
        .collect();
    assert!(errors.is_empty(), "{errors:?}");
    assert_eq!(object["packs"].as_array().unwrap().len(), 6);
}

#[test]
fn a_report_that_cannot_be_made_is_refused_with_a_hint() {
    let project = project();
    project.dod(&["validate"]);
    let said = project.dod(&["report", "--format", "controls", "--framework", "soc3"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("did you mean `soc2`?"), "{said}");
    assert_eq!(project.dod(&["report"]).code, 2);
    assert_eq!(project.dod(&["runs", "--format", "controls"]).code, 2);
    project.write("mappings/house.yaml", "framework: house-1\ntitle: Ours\nrequirements:\n  - { id: A }\n");
    let said = project.dod(&["report", "--format", "controls"]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("a requirement needs `title`"), "{said}");
    assert!(said.stderr.contains("mappings/house.yaml:4"), "{said}");
}
