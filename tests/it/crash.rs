//! `kill -9` at any moment, then `dod resume`: the same verdict, and no step whose end was acknowledged runs
//! again.

use std::io::{BufRead as _, BufReader};
use std::time::Duration;

use crate::dod::{Project, said, wait_for};

/// Twelve steps in three layers; each notes that it ran, so that a second run of one is seen.
fn workflow() -> String {
    let mut text = "steps:\n".to_owned();
    for layer in 0..3 {
        for at in 0..4 {
            let needs: Vec<String> = if layer == 0 {
                Vec::new()
            } else {
                (0..4).map(|at| format!("s{}{at}", layer - 1)).collect()
            };
            text += &format!(
                "  s{layer}{at}:\n    run: 'sleep 0.03; echo s{layer}{at} >> \"$HOME/ran\"; test s{layer}{at} != s11'\n    needs: {{{}}}\n",
                needs.iter().map(|need| format!("{need}: any")).collect::<Vec<_>>().join(", ")
            );
        }
    }
    text
}

fn verdict(project: &Project) -> String {
    let log = project.log();
    let last = log.last().map(|line| &line["event"]["run_finished"]["verdict"]);
    last.map_or_else(|| "none".to_owned(), |verdict| format!("{} {}", verdict["state"], verdict["reasons"]))
}

#[test]
fn killed_at_many_moments_the_run_is_resumed_to_the_same_verdict() {
    let undisturbed = Project::of(&workflow());
    let home = tempfile::tempdir().unwrap();
    let output = undisturbed.command(&["validate", "-q"]).env("HOME", home.path()).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    let expected = verdict(&undisturbed);

    for moment in 0..12u64 {
        let project = Project::of(&workflow());
        let home = tempfile::tempdir().unwrap();
        let mut child =
            project.command(&["validate", "--format", "json"]).env("HOME", home.path()).spawn().unwrap();
        std::thread::sleep(Duration::from_millis(20 + 23 * moment));
        child.kill().unwrap();
        child.wait().unwrap();
        if project.log().is_empty() {
            continue; // killed before it began: nothing was acknowledged
        }
        let acknowledged = project.steps("step_settled");
        let resumed = project.command(&["resume", "-q"]).env("HOME", home.path()).output().unwrap();
        assert_eq!(resumed.status.code(), Some(1), "moment {moment}: {}", said(&resumed));
        assert_eq!(verdict(&project), expected, "moment {moment}");
        let ran = std::fs::read_to_string(home.path().join("ran")).unwrap_or_default();
        for step in acknowledged {
            let times = ran.lines().filter(|line| **line == *step).count();
            assert_eq!(times, 1, "moment {moment}: {step} had ended and ran again");
        }
        let replayed = project.dod(&["replay"]);
        assert_eq!(replayed.code, 0, "moment {moment}: {replayed}");
    }
}

#[test]
fn what_was_printed_as_done_is_in_the_log_after_a_kill() {
    let project = Project::of(&workflow());
    let home = tempfile::tempdir().unwrap();
    let mut child = project
        .command(&["validate"])
        .env("HOME", home.path())
        .stdout(std::process::Stdio::piped())
        .spawn()
        .unwrap();
    let mut printed = Vec::new();
    for line in BufReader::new(child.stdout.take().unwrap()).lines() {
        let line = line.unwrap();
        if let Some(step) = line.strip_prefix("passed").or_else(|| line.strip_prefix("failed")) {
            printed.push(step.split_whitespace().next().unwrap().to_owned());
        }
        if printed.len() == 5 {
            break;
        }
    }
    child.kill().unwrap();
    child.wait().unwrap();
    let settled = project.steps("step_settled");
    let missing: Vec<&String> = printed.iter().filter(|step| !settled.contains(step)).collect();
    assert!(missing.is_empty(), "printed and not in the log: {missing:?}");
}

#[test]
fn a_log_torn_at_any_byte_of_its_end_is_resumed() {
    let text = "steps:\n  a: { run: [\"true\"] }\n  b: { run: [\"true\"], needs: [a] }\n";
    let project = Project::of(text);
    assert_eq!(project.dod(&["validate", "-q"]).code, 0);
    let log = project.runs()[0].join("events.jsonl");
    let whole = std::fs::read(&log).unwrap();
    let first_end = whole.iter().position(|byte| *byte == b'\n').unwrap() + 1;
    for cut in (first_end..whole.len()).step_by(41) {
        std::fs::write(&log, &whole[..cut]).unwrap();
        let resumed = project.dod(&["resume", "-q"]);
        assert_eq!(resumed.code, 0, "cut at {cut}: {resumed}");
        let replayed = project.dod(&["replay"]);
        assert_eq!(replayed.code, 0, "cut at {cut}: {replayed}");
    }
}

#[test]
fn a_step_that_must_not_run_twice_waits_for_a_person() {
    let project =
        Project::of("steps:\n  deploy: { run: 'echo x >> \"$HOME/ran\"; sleep 30', idempotent: false }\n");
    let home = tempfile::tempdir().unwrap();
    let mut child = project.command(&["validate", "-q"]).env("HOME", home.path()).spawn().unwrap();
    wait_for("the step", || home.path().join("ran").exists().then_some(()));
    child.kill().unwrap();
    child.wait().unwrap();
    let resumed = project.command(&["resume"]).env("HOME", home.path()).output().unwrap();
    assert_eq!(resumed.status.code(), Some(4), "{}", said(&resumed));
    assert_eq!(project.steps("step_held"), ["deploy"]);
    let ran = std::fs::read_to_string(home.path().join("ran")).unwrap();
    assert_eq!(ran.lines().count(), 1, "it must not run again by itself");
    let answered = project.dod(&["approve", "latest", "deploy", "--reject", "--because", "checked by hand"]);
    assert_eq!(answered.code, 0, "{answered}");
    assert_eq!(project.dod(&["resume", "-q"]).code, 1);
}

#[test]
fn processes_that_outlive_a_killed_dod_are_ended_before_it_goes_on() {
    let project = Project::of("steps:\n  long: { run: 'echo $$ > \"$HOME/pid\"; exec sleep 30' }\n");
    let home = tempfile::tempdir().unwrap();
    let mut child = project.command(&["validate", "-q"]).env("HOME", home.path()).spawn().unwrap();
    let pid_file = home.path().join("pid");
    let pid: u32 =
        wait_for("the process id", || std::fs::read_to_string(&pid_file).ok()?.trim().parse().ok());
    child.kill().unwrap();
    child.wait().unwrap();
    std::fs::remove_file(&pid_file).unwrap();
    let mut second = project.command(&["resume", "-q"]).env("HOME", home.path()).spawn().unwrap();
    wait_for("the second process", || {
        assert!(second.try_wait().unwrap().is_none(), "resume ended early");
        pid_file.exists().then_some(())
    });
    // One that is dead and that nobody has buried yet has no command line.
    let line = std::fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
    assert!(line.is_empty(), "the first process still runs");
    second.kill().unwrap();
    second.wait().unwrap();
}
