//! Help, completions, schemas, graphs and the doctor.

use expect_test::expect;

use super::{check, object};
use crate::dod::Project;

#[test]
fn help_shows_commands_in_their_groups() {
    let project = Project::with(&[]);
    let said = project.dod(&["--help"]);
    assert_eq!((said.code, said.stderr.as_str()), (0, ""));
    let groups = ["Run:", "Write definitions:", "Look at runs:", "Scan:", "Prove:", "Admin:", "Options:"];
    let places: Vec<Option<usize>> = groups.iter().map(|group| said.stdout.find(group)).collect();
    assert!(places.iter().all(Option::is_some) && places.is_sorted(), "{said}");
    assert_eq!(project.dod(&["help", "check"]).stdout, project.dod(&["check", "--help"]).stdout);
}

#[test]
fn a_command_that_does_not_exist_is_a_mistake_with_a_hint() {
    let said = Project::with(&[]).dod(&["validat"]);
    assert_eq!((said.code, said.stdout.as_str()), (2, ""));
    assert!(said.stderr.contains("'validate'"), "{said}");
}

#[test]
fn every_shell_gets_completions_that_know_the_commands() {
    let project = Project::with(&[]);
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let said = project.dod(&["completions", shell]);
        assert_eq!((said.code, said.stderr.as_str()), (0, ""), "{shell}");
        for word in ["validate", "simulate", "completions"] {
            assert!(said.stdout.contains(word), "{shell} does not know `{word}`");
        }
    }
}

#[test]
fn schemas_are_listed_printed_and_written() {
    let project = Project::with(&[]);
    check(
        &project,
        &["schema"],
        &expect![[r#"
            exit code 0
            --- stdout
            workflow   the gates of a change: dod.yaml and the files it names
            policy     what must hold: policies/NAME.yaml
            waivers    what is lived with, until when: waivers.yaml
            roles      who may approve: roles.yaml
            mapping    which checks support which requirements: mappings/NAME.yaml
            approval   the JSON of `dod approve --write`
            approvals  the JSON of `dod approve --file`
            approve    the JSON of `dod approve`
            attest     the JSON of `dod attest`
            attestation the JSON of `dod verify --attestation`
            audit      the JSON of `dod audit`
            backup     the JSON of `dod backup`
            baseline   the JSON of `dod baseline`
            cancel     the JSON of `dod cancel`
            check      the JSON of `dod check`
            controls   the JSON of `dod report --format controls --as json`
            diff       the JSON of `dod diff`
            doctor     the JSON of `dod doctor`
            evidence   the JSON of `dod evidence`
            explain    the JSON of `dod explain`
            export     the JSON of `dod export`
            fix        the JSON of `dod fix`
            gc         the JSON of `dod gc`
            graph      the JSON of `dod graph`
            import     the JSON of `dod import`
            init       the JSON of `dod init`
            key        the JSON of `dod key`
            log        the JSON of `dod log`
            log_add    the JSON of `dod log add`
            log_anchor the JSON of `dod log anchor`
            log_consistency the JSON of `dod log consistency`
            log_publish the JSON of `dod log publish`
            logs       the JSON of `dod logs`
            plan       the JSON of `dod plan`
            policy_test the JSON of `dod policy test`
            replay     the JSON of `dod replay`
            restore    the JSON of `dod restore`
            run        the JSON of `dod validate` and `dod show`
            runs       the JSON of `dod runs`
            secrets    the JSON of `dod scan secrets`
            send       the JSON of `dod send`
            sign       the JSON of `dod sign`
            simulation the JSON of `dod simulate`
            verdict    the JSON of `dod replay --verdict`
            verify     the JSON of `dod verify`
            waive      the JSON of `dod waive`
            what_if    the JSON of `dod replay --policy`
            --- stderr
        "#]],
    );
    check(
        &project,
        &["schema", "polcy"],
        &expect![[r#"
            exit code 2
            --- stdout
            --- stderr
            error: no schema is called `polcy`
              = help: did you mean `policy`?
        "#]],
    );
    check(
        &project,
        &["schema", "--write", "schemas"],
        &expect![[r#"
            exit code 0
            --- stdout
            wrote schemas/workflow.schema.json
            wrote schemas/policy.schema.json
            wrote schemas/waivers.schema.json
            wrote schemas/roles.schema.json
            wrote schemas/mapping.schema.json
            wrote schemas/approval.schema.json
            wrote schemas/approvals.schema.json
            wrote schemas/approve.schema.json
            wrote schemas/attest.schema.json
            wrote schemas/attestation.schema.json
            wrote schemas/audit.schema.json
            wrote schemas/backup.schema.json
            wrote schemas/baseline.schema.json
            wrote schemas/cancel.schema.json
            wrote schemas/check.schema.json
            wrote schemas/controls.schema.json
            wrote schemas/diff.schema.json
            wrote schemas/doctor.schema.json
            wrote schemas/evidence.schema.json
            wrote schemas/explain.schema.json
            wrote schemas/export.schema.json
            wrote schemas/fix.schema.json
            wrote schemas/gc.schema.json
            wrote schemas/graph.schema.json
            wrote schemas/import.schema.json
            wrote schemas/init.schema.json
            wrote schemas/key.schema.json
            wrote schemas/log.schema.json
            wrote schemas/log_add.schema.json
            wrote schemas/log_anchor.schema.json
            wrote schemas/log_consistency.schema.json
            wrote schemas/log_publish.schema.json
            wrote schemas/logs.schema.json
            wrote schemas/plan.schema.json
            wrote schemas/policy_test.schema.json
            wrote schemas/replay.schema.json
            wrote schemas/restore.schema.json
            wrote schemas/run.schema.json
            wrote schemas/runs.schema.json
            wrote schemas/secrets.schema.json
            wrote schemas/send.schema.json
            wrote schemas/sign.schema.json
            wrote schemas/simulation.schema.json
            wrote schemas/verdict.schema.json
            wrote schemas/verify.schema.json
            wrote schemas/waive.schema.json
            wrote schemas/what_if.schema.json
            --- stderr
        "#]],
    );
    let listed = object(&project, &["schema"]);
    let names = listed["schemas"].as_array().unwrap().iter().filter_map(|schema| schema["name"].as_str());
    for name in names {
        let said = project.dod(&["schema", name]);
        let schema: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        jsonschema::validator_for(&schema).unwrap();
        assert_eq!(project.read(&format!("schemas/{name}.schema.json")), said.stdout);
    }
}

#[test]
fn what_is_printed_is_what_the_schema_says() {
    let project = Project::of("steps: { a: { run: [no-such-tool] }, b: { run: x, needs: [a], if: 'ci' } }\n");
    project.write("key.py", &format!("key = \"AKIA{}\"\n", "IOSFODNN7ABCDEFG"));
    project.write("wrong.yaml", "steps: { a: { rnu: x }, a: { run: x } }\n");
    let calls: &[(&str, &[&str])] = &[
        ("check", &["check", "dod.yaml", "wrong.yaml", "no.yaml"]),
        ("doctor", &["doctor"]),
        ("graph", &["graph"]),
        ("plan", &["plan", "--skip", "b", "--policy", "standard"]),
        ("secrets", &["scan", "secrets"]),
        ("simulation", &["simulate", "dod.yaml"]),
        ("init", &["init", "--force"]),
    ];
    for (name, words) in calls {
        let printed = object(&project, words);
        let schema = serde_json::from_str(&project.dod(&["schema", name]).stdout).unwrap();
        let validator = jsonschema::validator_for(&schema).unwrap();
        let problems: Vec<String> = validator.iter_errors(&printed).map(|error| error.to_string()).collect();
        assert!(problems.is_empty(), "{words:?}: {problems:?}\n{printed:#}");
    }
}

#[test]
fn a_workflow_and_a_run_are_drawn() {
    let project = Project::of("steps: { a: { run: 'true' }, b: { run: 'false', needs: [a], kind: test } }\n");
    check(
        &project,
        &["graph"],
        &expect![[r#"
        exit code 0
        --- stdout
        flowchart TD
          n0["a"]
          n1(["b (test)"])
          n0 --> n1
        --- stderr
    "#]],
    );
    check(
        &project,
        &["graph", "dod.yaml", "--as", "dot"],
        &expect![[r#"
        exit code 0
        --- stdout
        digraph "" {
          node [style=filled, fillcolor=white];
          n0 [label="a", shape=box];
          n1 [label="b (test)", shape=oval];
          n0 -> n1;
        }
        --- stderr
    "#]],
    );
    check(
        &project,
        &["graph", "--run", "latest"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `FOLDER` has no `.dod`: nothing was run here yet
          = help: `dod validate` makes the first run
    "#]],
    );
    project.dod(&["validate"]);
    check(
        &project,
        &["graph", "--run", "latest"],
        &expect![[r#"
            exit code 0
            --- stdout
            flowchart TD
              n0["a"]
              n1(["b (test)"])
              n0 --> n1
              classDef passed fill:#c8e6c9,stroke:#2e7d32,color:#000
              class n0 passed
              classDef failed fill:#ffcdd2,stroke:#c62828,color:#000
              class n1 failed
            --- stderr
        "#]],
    );
    check(
        &project,
        &["graph", "no.yaml"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: there is no file `no.yaml`
    "#]],
    );
}

#[test]
fn the_doctor_says_what_is_missing_and_how_to_get_it() {
    let project = Project::with(&[(
        "dod.yaml",
        "steps:\n  a: { run: [no-such-tool] }\n  secrets: { uses: scan/secrets }\n",
    )]);
    let said = project.dod(&["doctor"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stdout.contains("missing no-such-tool"), "{said}");
    assert!(said.stdout.ends_with("\n1 to put right\n"), "{said}");
    let object = object(&project, &["doctor"]);
    assert_eq!(object["healthy"], false);
    assert_eq!(object["tools"][0]["steps"], serde_json::json!(["a"]));
    assert_eq!(object["tools"][1]["version"], concat!("dod ", env!("CARGO_PKG_VERSION")));
    assert!(!project.path().join(".dod").exists());
}

#[test]
fn the_doctor_is_content_where_everything_is_there() {
    let project = Project::with(&[("dod.yaml", "steps: { a: { run: 'true' } }\n")]);
    let said = project.dod(&["doctor"]);
    assert_eq!(said.code, 0, "{said}");
    project.write("dod.yaml", "steps: { a: { rnu: 'true' } }\n");
    let said = project.dod(&["doctor"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stdout.contains("`dod check` tells them"), "{said}");
}
