//! `dod runs`, `dod show`, `dod logs`, `dod explain`, `dod diff`, and what RUN may be.

use expect_test::expect;

use super::{THREE, check, json, newest};
use crate::dod::Project;

fn three() -> Project {
    let project = Project::of(THREE);
    assert_eq!(project.dod(&["validate"]).code, 1);
    project
}

#[test]
fn a_run_is_listed_with_how_it_ended() {
    let project = three();
    check(
        &project,
        &["runs"],
        &expect![[r#"
        exit code 0
        --- stdout
        RUN  STATE  STARTED  TOOK  COMMIT  BRANCH
        RUN  failed  WHEN  TIME  -  -  anything
        --- stderr
    "#]],
    );
    let object = json(&project, &["runs"]);
    let run = &object["runs"][0];
    assert_eq!(run["id"], newest(&project));
    assert_eq!(run["state"], "failed");
    assert!(run["started_at"].as_str().unwrap().ends_with('Z'));
    assert_eq!(object.as_object().unwrap().len(), 1);
}

#[test]
fn before_the_first_run_the_list_is_empty() {
    let project = Project::of(THREE);
    check(
        &project,
        &["runs"],
        &expect![[r#"
            exit code 0
            --- stdout
            --- stderr
            there is no run yet: `dod validate` makes the first
        "#]],
    );
    assert_eq!(json(&project, &["runs"]), serde_json::json!({ "runs": [] }));
    check(
        &project,
        &["show"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `ROOT` has no `.dod`: nothing was run here yet
          = help: `dod validate` makes the first run
    "#]],
    );
}

#[test]
fn a_run_that_cannot_be_read_is_listed_with_the_reason() {
    let project = three();
    let log = project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("\"format\":1", "\"format\":7")).unwrap();
    check(
        &project,
        &["runs"],
        &expect![[r#"
        exit code 0
        --- stdout
        RUN  STATE  STARTED  TOOK  COMMIT  BRANCH
        RUN  unreadable  -  -  the log has format 7 and rules 1, and this `dod` reads format 1 and rules 1; use the `dod` that wrote it (dod 0.1.0)
        --- stderr
    "#]],
    );
    check(
        &project,
        &["show"],
        &expect![[r#"
        exit code 3
        --- stdout
        --- stderr
        error: run RUN cannot be read: the log has format 7 and rules 1, and this `dod` reads format 1 and rules 1; use the `dod` that wrote it (dod 0.1.0)
    "#]],
    );
    std::fs::write(&log, text.replace("\"verdict\"", "\"urteil\"")).unwrap();
    assert_eq!(json(&project, &["runs"])["runs"][0]["state"], "unreadable");
}

#[test]
fn a_thousand_runs_are_listed_at_once() {
    let project = three();
    let run = project.runs().pop().unwrap();
    let text = std::fs::read_to_string(run.join("events.jsonl")).unwrap();
    for at in 0..1_000 {
        let id = format!("01970000-0000-7000-8000-{at:012}");
        let folder = run.parent().unwrap().join(&id);
        std::fs::create_dir(&folder).unwrap();
        std::fs::write(folder.join("events.jsonl"), text.replace(&newest(&project), &id)).unwrap();
    }
    let start = std::time::Instant::now();
    let object = json(&project, &["runs", "-n", "2000"]);
    assert_eq!(object["runs"].as_array().unwrap().len(), 1_001);
    // A debug build on a busy machine; in release it is a tenth of this.
    assert!(start.elapsed().as_secs() < 10, "{:?}", start.elapsed());
}

#[test]
fn a_run_is_shown_with_all_of_its_steps() {
    let project = three();
    check(
        &project,
        &["show"],
        &expect![[r#"
        exit code 0
        --- stdout
        dod 0.1.0, run RUN, policy anything (the run's own log DIGEST), definitions unprotected

        passed  hello  TIME  exit code only
        failed  bad  TIME  exit code 3
        skipped  after  because `bad` failed

        failed  bad
          exit code 3
          | nope

        definitions: unprotected (no base is known, so this change could have written its own judge; `--govern-from REF` names one)

        next:
          dod explain RUN  why, down to the lines of the reports
          dod rerun RUN --failed  run again what did not pass
          dod logs RUN bad  all that it printed

        FAILED: 1 step in TIME
        --- stderr
    "#]],
    );
    let object = json(&project, &["show"]);
    assert_eq!(object["state"], "failed");
    assert_eq!(object["steps"].as_array().unwrap().len(), 3);
}

#[test]
fn run_may_be_latest_an_id_its_beginning_a_commit_or_a_folder() {
    let project = Project::of(THREE);
    project.commit("one");
    project.dod(&["validate"]);
    let first = newest(&project);
    project.write("file", "two");
    project.commit("two");
    project.dod(&["validate"]);
    let second = newest(&project);
    let shown = |run: &str| json(&project, &["show", run])["id"].as_str().unwrap_or_default().to_owned();
    assert_eq!(shown("latest"), second);
    assert_eq!(shown(&first), first);
    assert_eq!(shown(&first[..13]), first);
    let commit = project.git(&["rev-parse", "HEAD~1"]);
    assert_eq!(shown(commit.trim()), first);
    assert_eq!(shown(&commit[..8]), first);
    assert_eq!(shown("HEAD~1"), first);
    assert_eq!(shown("main"), second);
    assert_eq!(shown(&format!(".dod/runs/{first}")), first);
    let away = tempfile::tempdir().unwrap();
    let copied = std::process::Command::new("cp")
        .arg("-r")
        .args([project.path().join(".dod/blobs"), project.path().join(".dod/runs").join(&first)])
        .arg(away.path())
        .status();
    assert!(copied.unwrap().success());
    assert_eq!(shown(away.path().join(&first).to_str().unwrap()), first);
    check(
        &project,
        &["show", "lates"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: `lates` is no run: not `latest`, the beginning of an id, a commit, a folder or a `.dodz` file
          = help: did you mean `latest`?
    "#]],
    );
}

#[test]
fn logs_are_both_streams_of_a_step() {
    let project = three();
    check(
        &project,
        &["logs", "hello"],
        &expect![[r#"
        exit code 0
        --- stdout
        --- stdout of hello ---
        hi
        --- stderr of hello ---
        oops
        --- stderr
    "#]],
    );
    let said = project.dod(&["logs", "latest", "hello", "--stderr"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "oops\n"));
    let said = project.dod(&["logs", "bad"]);
    assert_eq!((said.code, said.stdout.as_str()), (0, "nope\n"));
    check(
        &project,
        &["logs"],
        &expect![[r#"
        exit code 0
        --- stdout
        --- stdout of hello ---
        hi
        --- stderr of hello ---
        oops
        --- stderr of bad ---
        nope
        --- stderr
    "#]],
    );
    check(
        &project,
        &["logs", "latest", "helo"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: run RUN has no step `helo`
          = help: did you mean `hello`?
    "#]],
    );
    check(
        &project,
        &["logs", "after"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: step `after` printed nothing: it is skipped
    "#]],
    );
    check(
        &project,
        &["logs", "bad", "--attempt", "2"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: step `bad` has no attempt 2; it has 1
    "#]],
    );
    let object = json(&project, &["logs", "hello"]);
    assert_eq!((&object["stdout"]["text"], &object["stderr"]["text"]), (&"hi\n".into(), &"oops\n".into()));
}

#[test]
fn long_output_is_kept_to_its_last_byte_and_its_loss_is_said() {
    let project = Project::of("steps:\n  long: { run: 'seq 1 20000' }\n");
    assert_eq!(project.dod(&["validate"]).code, 0);
    let said = project.dod(&["logs", "long"]);
    let all: String = (1..=20_000).map(|number| format!("{number}\n")).collect();
    assert!(said.code == 0 && said.stdout == all, "{} bytes", said.stdout.len());
    let ended =
        project.log().into_iter().find_map(|line| line["event"].get("attempt_ended").cloned()).unwrap();
    let digest = ended["stdout"]["blob"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    std::fs::remove_file(project.path().join(".dod/blobs/sha256").join(&digest[..2]).join(&digest[2..]))
        .unwrap();
    let said = project.dod(&["logs", "long"]);
    assert_eq!(said.code, 3);
    assert!(
        said.stdout.ends_with("20000\n") && said.stderr.contains("is gone from the blobs"),
        "{}",
        said.stderr
    );
}

#[test]
fn logs_follow_a_run_until_it_ends() {
    let project = Project::of(
        "steps:\n  a: { run: 'sleep 0.5; echo one' }\n  b: { run: 'sleep 0.5; echo two', needs: [a] }\n",
    );
    let mut run = project.start(&["validate"]);
    while project.steps("attempt_started").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    check(
        &project,
        &["logs", "--follow"],
        &expect![[r#"
        exit code 0
        --- stdout
        --- stdout of a ---
        one
        --- stdout of b ---
        two
        --- stderr
    "#]],
    );
    assert!(run.wait().unwrap().success());
}

#[test]
fn a_verdict_is_explained_down_to_the_event() {
    let project = three();
    check(
        &project,
        &["explain", "latest", "bad"],
        &expect![[r#"
            exit code 0
            --- stdout
            `bad` failed after TIME: exit code 3  (event 8)
              attempt 1: ended with exit code 3  (event 7)
              to do: `dod logs RUN bad` shows all that it printed

            next:
              dod explain RUN
              dod rerun RUN --failed
              dod logs RUN bad
            --- stderr
        "#]],
    );
    check(
        &project,
        &["explain", "bda"],
        &expect![[r#"
        exit code 2
        --- stdout
        --- stderr
        error: run RUN knows no step, rule or finding `bda`
          = help: did you mean `bad`?
    "#]],
    );
    assert_eq!(json(&project, &["explain"])["target"], "run");
}

#[test]
fn two_runs_differ_in_what_came_out_otherwise() {
    let project = three();
    let first = newest(&project);
    project.write("dod.yaml", &format!("policy: anything\n{}", THREE.replace("exit 3", "exit 0")));
    assert_eq!(project.dod(&["validate"]).code, 0);
    check(
        &project,
        &["diff", &first, "latest"],
        &expect![[r#"
        exit code 0
        --- stdout
        A  RUN  WHEN  -  FAILED: 1 step in TIME
        B  RUN  WHEN  -  PASSED: 3 steps in TIME

        steps
          after  skipped -> passed
          bad  failed -> passed

        the verdict changed: failed -> passed
        --- stderr
    "#]],
    );
    assert_eq!(json(&project, &["diff", &first, "latest"])["verdict_changed"], true);
}

#[test]
fn a_run_that_goes_on_is_told_from_one_that_was_interrupted() {
    let project = Project::of("steps:\n  slow: { run: 'sleep 30' }\n");
    let mut run = project.start(&["validate"]);
    while project.steps("attempt_started").is_empty() {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let object = json(&project, &["runs"]);
    assert_eq!(object["runs"][0]["state"], "running");
    assert_eq!(object["runs"][0]["process"], run.id());
    assert_eq!(json(&project, &["show"])["process"], run.id());
    assert!(project.dod(&["show"]).stdout.contains(&format!("running: process {} works on it", run.id())));
    let said = project.dod(&["resume"]);
    assert_eq!(said.code, 3);
    assert!(said.stderr.contains("works on run"), "{said}");
    run.kill().unwrap();
    run.wait().unwrap();
    assert_eq!(json(&project, &["show"])["state"], "interrupted");
    check(
        &project,
        &["runs"],
        &expect![[r#"
        exit code 0
        --- stdout
        RUN  STATE  STARTED  TOOK  COMMIT  BRANCH
        RUN  interrupted  WHEN  TIME  -  -  `dod resume RUN` goes on
        --- stderr
    "#]],
    );
    check(
        &project,
        &["show"],
        &expect![[r#"
        exit code 0
        --- stdout
        dod 0.1.0, run RUN, policy anything (the run's own log DIGEST), definitions unprotected
        interrupted: `dod resume RUN` goes on

        running  slow

        next:
          dod resume RUN  go on

        NOT FINISHED: 0 of 1 step settled, TIME so far
        --- stderr
    "#]],
    );
    check(
        &project,
        &["cancel"],
        &expect![[r#"
        exit code 0
        --- stdout
        cancelled: run RUN
        UNDECIDED: cancelled, 1 step in TIME
        --- stderr
    "#]],
    );
    assert_eq!(json(&project, &["replay"])["status"], "good");
}
