//! `dod replay`: a log is what its facts lead to, or the difference is named.

use expect_test::expect;

use super::{THREE, check, json};
use crate::dod::Project;

fn with_log(change: impl Fn(&str) -> String) -> Project {
    let project = Project::of(THREE);
    assert_eq!(project.dod(&["validate"]).code, 1);
    let log = project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, change(&text)).unwrap();
    project
}

#[test]
fn every_decision_is_made_again() {
    let project = with_log(str::to_owned);
    check(
        &project,
        &["replay"],
        &expect![[r#"
        exit code 0
        --- stdout
        replayed 12 events: every decision was made again; verdict failed
        --- stderr
    "#]],
    );
    let object = json(&project, &["replay"]);
    assert_eq!((&object["status"], &object["verdict"]), (&"good".into(), &"failed".into()));
}

#[test]
fn an_edited_verdict_is_found() {
    let project = with_log(|log| {
        let (head, last) = log.trim_end().rsplit_once('\n').unwrap();
        format!("{head}\n{}\n", last.replace("\"state\":\"failed\"", "\"state\":\"passed\""))
    });
    let said = check(
        &project,
        &["replay"],
        &expect![[r#"
        exit code 1
        --- stdout
        different: event 11: another decision follows from the facts than the one that is recorded
          recorded  {"run_finished":{"outcomes":[],"verdict":{"definitions":"unprotected","policy":"anything","reasons":[{"step_failed":{"step":"bad"}}],"scope":"full","state":"passed"}}}
          follows  {"run_finished":{"outcomes":[],"verdict":{"definitions":"unprotected","policy":"anything","reasons":[{"step_failed":{"step":"bad"}}],"scope":"full","state":"failed"}}}
          at  ROOT/.dod/runs/RUN/events.jsonl:12
        --- stderr
    "#]],
    );
    assert_eq!(said.code, 1);
}

#[test]
fn a_forged_step_is_found_where_it_stands() {
    let project = with_log(|log| log.replace("\"outcome\":\"failed\"", "\"outcome\":\"passed\""));
    check(
        &project,
        &["replay"],
        &expect![[r#"
        exit code 1
        --- stdout
        different: event 8: another decision follows from the facts than the one that is recorded
          recorded  {"step_settled":{"outcome":"passed","step":{"id":"1","name":"bad"},"why":"exit"}}
          follows  {"step_settled":{"outcome":"failed","step":{"id":"1","name":"bad"},"why":"exit"}}
          at  ROOT/.dod/runs/RUN/events.jsonl:9
        --- stderr
    "#]],
    );
    let object = json(&project, &["replay"]);
    assert_eq!(object["status"], "different");
    assert!(object["difference"]["line"].is_u64() && object["difference"]["expected"].is_object());
}

#[test]
fn a_line_that_was_taken_out_is_found() {
    let project = with_log(|log| {
        let lines: Vec<&str> =
            log.lines().enumerate().filter(|(at, _)| *at != 1).map(|(_, line)| line).collect();
        lines.join("\n") + "\n"
    });
    check(
        &project,
        &["replay"],
        &expect![[r#"
            exit code 1
            --- stdout
            different: event 2: event 1 should stand here: events are missing or were added
              recorded  {"attempt_started":{"attempt":1,"step":{"id":"0","name":"hello"}}}
              at  ROOT/.dod/runs/RUN/events.jsonl:2
            --- stderr
        "#]],
    );
}

#[test]
fn a_line_that_is_spelled_otherwise_is_no_line_of_ours() {
    let project = with_log(|log| log.replacen("\"seq\":3", "\"seq\": 3", 1));
    check(
        &project,
        &["replay"],
        &expect![[r#"
        exit code 1
        --- stdout
        different: line 4 of the log is not in canonical form: it was not written by `dod`
          at  ROOT/.dod/runs/RUN/events.jsonl:4
        --- stderr
    "#]],
    );
}

#[test]
fn a_log_without_its_end_is_replayed_as_far_as_it_goes() {
    let project = with_log(|log| log.lines().take(4).collect::<Vec<_>>().join("\n") + "\n{\"at\":1");
    check(
        &project,
        &["replay"],
        &expect![[r#"
            exit code 0
            --- stdout
            replayed 4 events: every decision was made again; there is no verdict yet; the last batch is not complete, `dod resume` completes it; 7 bytes behind them are no whole line
            --- stderr
        "#]],
    );
}

#[test]
fn a_log_of_another_version_names_the_program_that_wrote_it() {
    let project = with_log(|log| log.replace("\"rules\":1", "\"rules\":2"));
    check(
        &project,
        &["replay"],
        &expect![[r#"
        exit code 3
        --- stdout
        unreadable: the log has format 1 and rules 2, and this `dod` reads format 1 and rules 1; use the `dod` that wrote it (dod 0.1.0)
        --- stderr
    "#]],
    );
}

#[test]
fn without_its_blobs_a_run_is_incomplete() {
    let project = with_log(str::to_owned);
    std::fs::remove_dir_all(project.path().join(".dod/blobs")).unwrap();
    let said = check(
        &project,
        &["replay"],
        &expect![[r#"
        exit code 3
        --- stdout
        incomplete: the workflow that the run was started with cannot be read: the blob DIGEST is not in the store
        --- stderr
    "#]],
    );
    assert_eq!(said.code, 3);
    assert_eq!(json(&project, &["replay"])["status"], "incomplete");
}

#[test]
fn counts_that_are_not_those_of_the_evidence_are_found() {
    let report = r#"<testsuite tests="1"><testcase name="a" classname="b"/></testsuite>"#;
    let project = Project::of(
        "steps:\n  test: { run: 'cp report.xml junit.xml', evidence: { junit: junit.xml }, outputs: [junit.xml] }\n",
    );
    project.write("report.xml", report);
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(project.dod(&["replay"]).code, 0);
    let log = project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("\"passed\":1,\"skipped\":0", "\"passed\":9,\"skipped\":0")).unwrap();
    let said = project.dod(&["replay"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stdout.contains("not those of the evidence"), "{said}");
    std::fs::write(&log, &text).unwrap();
    let ended =
        project.log().into_iter().find_map(|line| line["event"].get("attempt_ended").cloned()).unwrap();
    let digest =
        ended["evidence"]["read"]["digest"].as_str().unwrap().trim_start_matches("sha256:").to_owned();
    std::fs::remove_file(project.path().join(".dod/blobs/sha256").join(&digest[..2]).join(&digest[2..]))
        .unwrap();
    check(
        &project,
        &["replay"],
        &expect![[r#"
        exit code 3
        --- stdout
        incomplete: not every decision could be made again: the blob DIGEST is not in the store
        --- stderr
    "#]],
    );
}

#[test]
fn another_engine_that_answered_is_no_tampering() {
    let project = Project::of("steps:\n  a: { run: 'true', if: 'os != \"none\"' }\n");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
    let log = project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let engine = project
        .log()
        .iter()
        .find_map(|line| line["event"]["condition_asked"]["engine"].as_str().map(str::to_owned));
    std::fs::write(&log, text.replace(&engine.unwrap(), "rhai 0.1")).unwrap();
    check(
        &project,
        &["replay"],
        &expect![[r#"
            exit code 3
            --- stdout
            not re-made: another version of the engine answered at event 1; all else was made again
            --- stderr
        "#]],
    );
    assert_eq!(json(&project, &["replay"])["status"], "not_remade");
}
