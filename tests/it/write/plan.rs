//! `dod plan`: what would run and why. Nothing runs.

use expect_test::expect;

use super::{check, object};
use crate::dod::Project;

const WORKFLOW: &str = r#"
policy: standard
steps:
  build:  { run: "touch built", kind: build }
  test:   { run: [no-such-tool, "a b"], kind: test, needs: [build] }
  load:   { run: ./bench.sh, tags: [heavy], needs: [test] }
  deploy: { run: ./deploy.sh, needs: [test], if: 'branch == "production"' }
  undo:   { run: ./undo.sh, needs: { deploy: failed } }
  other:  { run: "true", if: 'os == "plan9"' }
"#;

#[test]
fn a_plan_says_what_would_run_and_why_and_runs_nothing() {
    let project = Project::with(&[("dod.yaml", WORKFLOW)]);
    check(
        &project,
        &["plan", "--skip", "load"],
        &expect![[r#"
            exit code 0
            --- stdout
            dod.yaml, judged by standard@1 (builtin/standard@1 sha256:0f0ccb211b12)

            would run, in this order
              build          touch built
              test           no-such-tool 'a b'
                             - needs build
                             - `no-such-tool` is missing here: undecided
              deploy         ./deploy.sh
                             - needs test
                             - if branch == "production"
                             - it rests on `branch`, not known before the run
              undo           ./undo.sh
                             - needs deploy: failed
                             - only if `deploy` fails

            would not run
              load           ./bench.sh
                             - needs test
                             - left out by --skip load
              other          true
                             - if os == "plan9"
                             - its condition is false

            asked for by standard@1
              build          build
              lint           required, and no step is of this kind
              test           test
              secrets        required, and no step is of this kind
              coverage       no step measures it
              dependencies   no step measures it
              format         no step measures it
              types          no step measures it

            nothing was run; `dod validate` runs it
            --- stderr
        "#]],
    );
    assert!(!project.path().join("built").exists());
    assert!(!project.path().join(".dod").exists());
}

#[test]
fn a_selection_names_the_flag_that_leaves_a_step_out() {
    let project = Project::with(&[("dod.yaml", WORKFLOW)]);
    let steps = object(&project, &["plan", "--only", "test", "--local"])["steps"].clone();
    let states: Vec<String> = steps
        .as_array()
        .unwrap()
        .iter()
        .map(|step| format!("{} {} {}", step["name"], step["state"], step["why"]))
        .collect();
    expect![[r#"
        "build" "run" null
        "test" "left_out" "--local: its tool is missing here"
        "load" "left_out" "--only test"
        "deploy" "left_out" "--only test"
        "undo" "left_out" "--only test"
        "other" "left_out" "--only test""#]]
    .assert_eq(&states.join("\n"));
}

#[test]
fn a_policy_of_the_team_says_what_has_to_be_measured() {
    let project = Project::with(&[
        (
            "dod.yaml",
            "policy: team\nsteps: { unit: { run: 'true', kind: test }, c: { run: 'true', kind: coverage } }\n",
        ),
        (
            "policies/team.yaml",
            "policy: team\nrequired: { load: { within: 24h, from: ancestor }, unit: {} }\n\
             quality_gates: { coverage: '>= 80%', dependencies: no critical CVEs, performance: { require: p99 < 1s, when_measured: true } }\n",
        ),
    ]);
    check(
        &project,
        &["plan"],
        &expect![[r#"
            exit code 0
            --- stdout
            dod.yaml, judged by team (policies/team.yaml sha256:d6b618f25b49)

            would run, in this order
              unit           true
              c              true

            asked for by team
              load           required, and no step is of this kind: only a recorded result will do
              unit           unit
              coverage       c
              dependencies   required, and no step is of this kind
              performance    no step measures it

            nothing was run; `dod validate` runs it
            --- stderr
        "#]],
    );
}

#[test]
fn a_change_is_planned_by_the_definitions_of_its_base() {
    let project =
        Project::with(&[("dod.yaml", "policy: minimal\nsteps: { unit: { run: 'true', kind: test } }\n")]);
    project.commit("base");
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.write("dod.yaml", "policy: minimal\nsteps: { other: { run: 'true' } }\n");
    project.commit("change");
    let plan = object(&project, &["plan", "--since", "main"]);
    assert_eq!(plan["steps"][0]["name"], "unit");
    assert_eq!(plan["definitions"], "protected");
    assert_eq!(plan["governed_changes"], serde_json::json!(["dod.yaml"]));
    assert!(plan["base"].is_string());
}

#[test]
fn what_judges_is_that_of_the_base_also_where_nobody_wrote_a_workflow() {
    let project = Project::with(&[("go.mod", "module example.org/a\n"), ("waivers.yaml", "[]\n")]);
    project.commit("base");
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.write("waivers.yaml", "no waivers at all\n");
    project.commit("change");
    let plan = object(&project, &["plan", "--since", "main"]);
    assert_eq!(plan["definitions"], "protected");
    assert_eq!(plan["governed_changes"], serde_json::json!(["waivers.yaml"]));
    // Where the base has nothing to judge by, a change may bring the first.
    let project = Project::with(&[("go.mod", "module example.org/a\n")]);
    project.commit("base");
    project.git(&["checkout", "--quiet", "-b", "change"]);
    project.write("waivers.yaml", "[]\n");
    project.commit("change");
    assert_eq!(object(&project, &["plan", "--since", "main"])["definitions"], "introduced_here");
}

#[test]
fn the_steps_of_a_called_workflow_stand_behind_their_call() {
    let project = Project::with(&[
        ("dod.yaml", "steps: { c: { run: z, needs: [b] }, b: { workflow: ./sub.yaml }, a: { run: x } }\n"),
        ("sub.yaml", "steps: { two: { run: x, needs: [one] }, one: { run: x } }\n"),
    ]);
    let plan = object(&project, &["plan"]);
    let names = plan["steps"].as_array().unwrap().iter().filter_map(|step| step["name"].as_str());
    assert_eq!(names.collect::<Vec<_>>(), ["b", "b/one", "b/two", "c", "a"]);
}

#[test]
fn times_come_from_earlier_runs() {
    let project = Project::of("steps: { a: { run: 'sleep 0.01' }, b: { run: 'true', needs: [a] } }\n");
    assert_eq!(project.dod(&["validate"]).code, 0);
    let plan = object(&project, &["plan"]);
    assert!(plan["estimate_ms"].as_u64().unwrap() >= 10, "{plan}");
}

#[test]
fn a_plan_of_a_wrong_workflow_or_policy_is_a_mistake() {
    let project = Project::with(&[("dod.yaml", "steps: { a: { run: x, needs: [b] } }\n")]);
    check(
        &project,
        &["plan"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error[W012]: step `a` needs `b`, which does not exist
         --> dod.yaml:1:31
          |
        1 | steps: { a: { run: x, needs: [b] } }
          |                               ^ no step has this name

    "#]],
    );
    project.write("dod.yaml", "steps: { a: { run: x } }\n");
    check(
        &project,
        &["plan", "--policy", "standart"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: no policy is called `standart`
          = help: did you mean `standard`?
    "#]],
    );
    check(
        &project,
        &["plan", "--only", "b"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: no step or kind is called `b`
          = help: `dod plan` lists the steps
    "#]],
    );
}
