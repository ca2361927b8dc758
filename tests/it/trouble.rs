//! Bad input and bad surroundings: each ends in a diagnostic or a recorded event, never in a panic.

use std::time::Duration;

use crate::dod::{Project, Said, said, wait_for};

/// Nothing of a crash, a Debug dump or a bare system error reached the user.
fn civil(said: &Said) {
    for rude in ["panicked", "RUST_BACKTRACE", "os error", "unwrap()", "Err(", "defect of its own"] {
        assert!(!said.stdout.contains(rude) && !said.stderr.contains(rude), "`{rude}`: {said}");
    }
}

#[test]
fn a_tool_that_prints_without_end_is_bounded_and_stopped() {
    let project = Project::of("steps:\n  a: { run: [yes], timeout: 1s }\n");
    let said = project.dod(&["validate"]);
    civil(&said);
    assert_ne!(said.code, 0, "{said}");
    let ended = project.log().into_iter().find(|line| line["event"]["attempt_ended"].is_object()).unwrap();
    let stdout = &ended["event"]["attempt_ended"]["stdout"];
    assert!(stdout["bytes"].as_u64().unwrap() > 10_000_000, "{stdout}");
    let blobs: u64 = walk(&project.path().join(".dod/blobs"));
    assert!(blobs < 80 << 20, "{blobs} bytes kept");
}

fn walk(folder: &std::path::Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| {
            if entry.path().is_dir() {
                walk(&entry.path())
            } else {
                entry.metadata().map_or(0, |meta| meta.len())
            }
        })
        .sum()
}

#[test]
fn a_tool_that_forks_away_is_ended_with_its_step() {
    let project = Project::of("steps:\n  a: { run: 'setsid sleep 47.11 >/dev/null 2>&1 & echo away' }\n");
    let said = project.dod(&["validate"]);
    civil(&said);
    assert_eq!(said.code, 0, "{said}");
    let left = std::fs::read_dir("/proc")
        .unwrap()
        .flatten()
        .filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    assert!(left.into_iter().all(|line| !line.windows(5).any(|part| part == b"47.11")), "it still runs");
}

#[test]
fn invalid_utf8_and_a_closed_stdout_do_no_harm() {
    let project = Project::of(
        "steps:\n  a: { run: 'printf \"\\377\\376 hello\"' }\n  b: { run: 'exec >&-; exec 2>&-; true' }\n",
    );
    let said = project.dod(&["validate"]);
    civil(&said);
    assert_eq!(said.code, 0, "{said}");
}

#[test]
fn a_reader_that_goes_away_is_no_panic() {
    let project = Project::of("steps:\n  a: { run: [\"true\"] }\n");
    let mut child = project.start(&["validate"]);
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    civil(&said(&output));
    assert_eq!(output.status.code(), Some(0));
}

#[test]
fn a_second_run_on_the_same_tree_says_that_there_is_one() {
    let project = Project::of("steps:\n  a: { run: [sleep, \"20\"] }\n");
    let mut first = project.start(&["validate"]);
    wait_for("the first step", || (!project.steps("attempt_started").is_empty()).then_some(()));
    let second = project.dod(&["validate"]);
    civil(&second);
    assert_eq!(second.code, 3, "{second}");
    assert!(second.stderr.contains("another run works on this tree"), "{second}");
    let cancelled = project.dod(&["cancel"]);
    assert_eq!(cancelled.code, 0, "{cancelled}");
    let output = said(&first.wait_with_output_of());
    civil(&output);
    assert_ne!(output.code, 0, "{output}");
}

trait WaitWithOutput {
    fn wait_with_output_of(&mut self) -> std::process::Output;
}

impl WaitWithOutput for std::process::Child {
    fn wait_with_output_of(&mut self) -> std::process::Output {
        use std::io::Read as _;
        let (mut stdout, mut stderr) = (Vec::new(), Vec::new());
        self.stdout.take().unwrap().read_to_end(&mut stdout).unwrap();
        self.stderr.take().unwrap().read_to_end(&mut stderr).unwrap();
        std::process::Output { status: self.wait().unwrap(), stdout, stderr }
    }
}

#[test]
fn an_interrupt_ends_the_children_and_says_how_to_go_on() {
    let project = Project::of("steps:\n  a: { run: 'sleep 40.21' }\n");
    let child = project.start(&["validate"]);
    wait_for("the first step", || (!project.steps("attempt_started").is_empty()).then_some(()));
    std::thread::sleep(Duration::from_millis(100));
    let killed = std::process::Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    let output = said(&child.wait_with_output().unwrap());
    civil(&output);
    assert_eq!(output.code, 130, "{output}");
    assert!(output.stdout.contains("dod resume"), "{output}");
}

#[test]
fn a_log_of_a_newer_format_is_refused_by_name() {
    let project = Project::of("steps:\n  a: { run: [\"true\"] }\n");
    assert_eq!(project.dod(&["validate", "-q"]).code, 0);
    let log = project.runs()[0].join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(
        &log,
        text.replace("\"format\":1", "\"format\":9").replace("\"dod 0.1.0\"", "\"dod 9.0\""),
    )
    .unwrap();
    let said = project.dod(&["replay"]);
    civil(&said);
    assert_eq!(said.code, 3, "{said}");
    assert!((said.stdout.clone() + &said.stderr).contains("dod 9.0"), "{said}");
}

#[test]
fn a_read_only_folder_is_told_as_such() {
    let project = Project::of("steps:\n  a: { run: [\"true\"] }\n");
    // Root may write anywhere, so a file stands where the folder should be.
    project.write(".dod", "not a folder");
    let said = project.dod(&["validate"]);
    civil(&said);
    assert!(said.code == 2 || said.code == 3, "{said}");
    assert!(said.stderr.contains(".dod"), "{said}");
}

#[test]
fn definitions_that_are_wrong_run_nothing_and_end_with_2() {
    for (workflow, told) in [
        ("steps:\n  a: { uses: cargo/clipy }\n", "cargo/clippy"),
        ("steps:\n  a: { run: x, needs: [b] }\n  b: { run: x, needs: [a] }\n", "a"),
        ("steps:\n  a: { run: x, retrys: 3 }\n", "retry"),
        ("", "holds nothing"),
        (&"[".repeat(100_000), "dod.yaml"),
        ("include: [./nowhere.yaml]\nsteps:\n  a: { run: x }\n", "nowhere.yaml"),
    ] {
        let project = Project::with(&[("dod.yaml", workflow)]);
        let said = project.dod(&["validate"]);
        civil(&said);
        assert_eq!(said.code, 2, "{}: {said}", &workflow[..workflow.len().min(60)]);
        assert!(said.stderr.contains(told), "{told}: {said}");
        assert!(project.runs().is_empty(), "{said}");
    }
}

#[test]
fn a_shallow_clone_without_the_base_is_an_error_that_says_so() {
    let origin = Project::of("steps:\n  a: { run: [\"true\"] }\n");
    origin.commit("one");
    origin.commit("two");
    origin.commit("three");
    let first = origin.git(&["rev-list", "--max-parents=0", "HEAD"]);
    let clone = Project::with(&[]);
    let url = format!("file://{}", origin.path().display());
    clone.git(&["clone", "--quiet", "--depth=1", &url, "."]);
    let said = clone.dod(&["validate", "--since", first.trim()]);
    civil(&said);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("shallow"), "{said}");
}

#[test]
fn linked_worktrees_and_no_repository_at_all_work() {
    let project = Project::of("steps:\n  a: { run: [\"true\"] }\n");
    assert_eq!(project.dod(&["validate", "-q"]).code, 0, "no repository");
    project.commit("base");
    let elsewhere = tempfile::tempdir().unwrap();
    let tree = elsewhere.path().join("linked");
    project.git(&["worktree", "add", "--quiet", tree.to_str().unwrap()]);
    let output = project.command(&["validate", "-q", "-C", tree.to_str().unwrap()]).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{}", said(&output));
}

#[test]
fn a_step_that_edits_its_inputs_does_not_make_a_verdict_that_can_be_attested() {
    let project = Project::of("steps:\n  a: { run: 'echo changed >> src.txt', inputs: [src.txt] }\n");
    project.write("src.txt", "one\n");
    project.commit("base");
    let said = project.dod(&["validate"]);
    civil(&said);
    assert!(said.stdout.contains("cannot be attested"), "{said}");
}
