//! What a run comes to, seen from outside.

use crate::dod::Project;

#[test]
fn a_failed_step_fails_the_run_and_skips_what_needs_it() {
    let project = Project::of("steps:\n  a: { run: [\"false\"] }\n  b: { run: [\"true\"], needs: [a] }\n");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.last().starts_with("FAILED"), "{said}");
    assert!(said.stdout.contains("skipped"), "{said}");
}

#[test]
fn a_missing_program_is_undecided_and_named_with_its_cure() {
    let project = Project::of("steps:\n  lint: { uses: python/ruff }\n");
    project.write("pyproject.toml", "[project]\nname = \"x\"\nversion = \"1\"\n");
    project.write("x.py", "print(1)\n");
    let output = project.command(&["validate"]).env("PATH", "/usr/bin:/bin").output().unwrap();
    let said = crate::dod::said(&output);
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stdout.contains("ruff") && said.stdout.contains("install"), "{said}");
    let output = project.command(&["validate", "--local"]).env("PATH", "/usr/bin:/bin").output().unwrap();
    let said = crate::dod::said(&output);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.last().starts_with("PARTIAL PASS: 1 gate left to CI"), "{said}");
}

#[test]
fn a_part_of_a_monorepo_is_known_by_its_own_files() {
    let project = Project::of(
        "projects:\n  web: { path: web, workflow: builtin/node }\nsteps:\n  secrets: { uses: scan/secrets }\n",
    );
    project.write("web/package.json", "{\"scripts\": {\"test\": \"true\"}}\n");
    let said = project.dod(&["plan"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.contains("web/test"), "{said}");
    for absent in ["web/build", "web/lint", "web/install", "web/secrets"] {
        assert!(!said.stdout.contains(absent), "{absent}: {said}");
    }
}

#[test]
fn a_python_environment_of_the_project_needs_no_activation() {
    let project = Project::of("steps:\n  lint: { uses: python/ruff }\n");
    project.write(".venv/pyvenv.cfg", "");
    project.write(
        ".venv/bin/ruff",
        "#!/bin/sh\nfor a; do case $a in --output-file=*) echo '[]' >${a#*=};; esac; done\n",
    );
    let ruff = project.path().join(".venv/bin/ruff");
    std::fs::set_permissions(&ruff, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let output = project
        .command(&["validate", "--only", "lint", "--policy", "minimal"])
        .env("PATH", "/usr/bin:/bin")
        .output()
        .unwrap();
    let said = crate::dod::said(&output);
    assert!(said.stdout.contains("passed     lint"), "{said}");
}

#[test]
fn values_go_from_step_to_step() {
    let project = Project::of(
        "steps:\n  a: { run: 'echo version=1.2 >> \"$DOD_OUTPUT\"' }\n  b:\n    run: 'test \"$V\" = 1.2'\n    env: { V: '${{ steps.a.outputs.version }}' }\n    needs: [a]\n    if: 'steps[\"a\"].outputs.version == \"1.2\"'\n",
    );
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn a_secret_is_masked_everywhere_also_in_base64() {
    let project = Project::of(
        "steps:\n  a:\n    run: 'echo \"got $TOKEN\"; printf %s \"$TOKEN\" | base64; echo v=$TOKEN >> \"$DOD_OUTPUT\"'\n    secrets: { TOKEN: { env: MY_TOKEN } }\n",
    );
    let secret = ["hunter2", "hunter2", "x"].concat();
    let output = project.command(&["validate", "--verbose"]).env("MY_TOKEN", &secret).output().unwrap();
    let said = crate::dod::said(&output);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.contains("got ***"), "{said}");
    let log = project.runs()[0].join("events.jsonl");
    let everything = said.stdout + &said.stderr + &std::fs::read_to_string(log).unwrap();
    assert!(!everything.contains(&secret));
    assert!(!everything.contains("aHVudGVy"), "base64 of it");
}

#[test]
fn a_service_is_there_for_those_who_need_it_and_gone_afterwards() {
    let project = Project::of(
        "services:\n  web:\n    run: 'echo listening; exec sleep 60'\n    ready: { line: listening }\nsteps:\n  a: { run: [\"true\"], services: [web] }\n",
    );
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn an_approval_waits_with_exit_code_4_and_goes_on_when_somebody_agreed() {
    let project = Project::of(
        "steps:\n  a: { run: [\"true\"] }\n  signoff: { approve: { from: [owners] }, needs: [a] }\n  deploy: { run: [\"true\"], needs: [signoff] }\n",
    );
    project.write("roles.yaml", "owners: [alice]\n");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 4, "{said}");
    let refused = project.dod(&["approve", "latest", "signoff", "--as", "mallory"]);
    assert_eq!(refused.code, 1, "{refused}");
    let agreed = project.dod(&["approve", "latest", "signoff", "--as", "alice"]);
    assert_eq!(agreed.code, 0, "{agreed}");
    let said = project.dod(&["resume"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(project.dod(&["replay"]).code, 0);
}

#[test]
fn a_partial_verdict_says_so_in_its_last_line() {
    let project = Project::of("steps:\n  a: { run: [\"true\"] }\n  b: { run: [\"true\"] }\n");
    let said = project.dod(&["validate", "--only", "a"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.last().starts_with("PARTIAL PASS"), "{said}");
    assert_eq!(project.steps("attempt_started"), ["a"]);
}

#[test]
fn a_change_of_its_own_judge_is_judged_by_the_base() {
    let project = Project::with(&[
        (
            "dod.yaml",
            "policy: own\nsteps:\n  bench: { run: [cat, bench.json], evidence: { measures: stdout } }\n",
        ),
        ("policies/own.yaml", "policy: own\nquality_gates: { performance: \"p99 < 1s\" }\n"),
        ("bench.json", "{\"p99\": {\"value\": 812, \"unit\": \"ms\"}}\n"),
    ]);
    project.commit("base");
    assert_eq!(project.dod(&["validate"]).code, 0);
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.write("bench.json", "{\"p99\": {\"value\": 2, \"unit\": \"s\"}}\n");
    project.write("policies/own.yaml", "policy: own\nquality_gates: { performance: \"p99 < 9s\" }\n");
    project.commit("slower, and a policy that likes it");
    let own = project.dod(&["validate"]);
    assert_eq!(own.code, 0, "without a base the change is its own judge: {own}");
    assert!(own.stdout.contains("definitions: unprotected"), "{own}");
    let judged = project.dod(&["validate", "--since", "main"]);
    assert_eq!(judged.code, 1, "{judged}");
    assert!(judged.stdout.contains("policies/own.yaml"), "the changed judge is named: {judged}");
}

#[test]
fn an_undeclared_change_of_the_tree_is_told_and_a_declared_one_is_not() {
    let project = Project::of("steps:\n  a: { run: 'echo 1 > made.txt' }\n");
    project.commit("base");
    let said = project.dod(&["validate"]);
    assert!(said.stdout.contains("made.txt"), "{said}");
    let project = Project::of("steps:\n  a: { run: 'echo 1 > made.txt', outputs: [made.txt] }\n");
    project.commit("base");
    let said = project.dod(&["validate"]);
    assert!(!said.stdout.contains("made.txt"), "{said}");
}

#[test]
fn one_edited_decision_is_found_by_replay_with_its_number() {
    let project = Project::of("steps:\n  a: { run: [\"false\"] }\n");
    assert_eq!(project.dod(&["validate", "-q"]).code, 1);
    let log = project.runs()[0].join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let at = text.lines().position(|line| line.contains("step_settled")).unwrap();
    std::fs::write(&log, text.replace("\"outcome\":\"failed\"", "\"outcome\":\"passed\"")).unwrap();
    let said = project.dod(&["replay"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stdout.contains(&format!("event {at}")), "event {at}: {said}");
}

#[test]
fn json_is_one_object_on_stdout_and_nothing_else() {
    let project = Project::of("steps:\n  a: { run: [\"true\"] }\n");
    let said = project.dod(&["validate", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said}"));
    assert!(object["id"].is_string(), "{said}");
    let said = project.dod(&["runs", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{said}"));
    assert!(object["runs"][0]["id"].is_string(), "{said}");
}

#[test]
fn a_test_command_without_evidence_that_exits_with_1_failed() {
    let project = Project::of("steps:\n  test: { run: [\"false\"], kind: test }\n");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 1, "{said}");
}

#[test]
fn a_run_that_waits_and_has_failed_already_ends_with_1() {
    let project =
        Project::of("steps:\n  a: { run: [\"false\"] }\n  signoff: { approve: { from: [owners] } }\n");
    project.write("roles.yaml", "owners: [alice]\n");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.last().starts_with("WAITING"), "{said}");
}

#[test]
fn a_value_that_nobody_wrote_is_not_an_empty_text() {
    let project = Project::of(
        "steps:\n  a: { run: [\"true\"] }\n  b:\n    run: 'echo started'\n    env: { V: '${{ steps.a.outputs.version }}' }\n    needs: [a]\n",
    );
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stdout.contains("the output `version` of `a`, which wrote none"), "{said}");
}

#[test]
fn a_tag_chooses_steps_and_what_they_need_and_fail_fast_skips_what_has_not_begun() {
    let project = Project::of(
        "steps:\n  a: { run: [\"true\"] }\n  b: { run: [\"true\"], needs: [a], tags: [heavy] }\n  c: { run: [\"true\"] }\n",
    );
    let said = project.dod(&["validate", "--tag", "heavy"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.last().starts_with("PARTIAL PASS"), "{said}");
    assert_eq!(project.steps("attempt_started"), ["a", "b"]);

    let project = Project::of("steps:\n  a: { run: [\"false\"] }\n  b: { run: [\"true\"] }\n");
    let said = project.dod(&["validate", "--fail-fast", "--jobs", "1"]);
    assert_eq!(said.code, 1, "{said}");
    assert_eq!(project.steps("attempt_started"), ["a"]);
}

#[test]
fn the_workflow_and_the_policy_of_the_readme_are_without_mistakes() {
    let readme = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let readme = std::fs::read_to_string(readme).unwrap();
    let blocks: Vec<&str> =
        readme.split("```yaml\n").skip(1).filter_map(|rest| rest.split("```").next()).collect();
    let [workflow, policy] = blocks[..] else { panic!("{} blocks", blocks.len()) };
    let project = Project::with(&[
        ("dod.yaml", workflow),
        ("policies/payments.yaml", policy),
        ("roles.yaml", "release-managers: [alice, bob]\n"),
    ]);
    let said = project.dod(&["check"]);
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.contains("no mistakes"), "{said}");
}
