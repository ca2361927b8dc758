//! What troublemakers, full disks and odd machines do to the program, and what a change may not do to its judge.
//!
//! **Absent on purpose:** tools that misbehave while they run; they are in `trouble`.

use std::process::Stdio;
use std::time::{Duration, Instant};

use crate::dod::{Project, Said, said, wait_for};

/// The exit code, and that nothing of the inside of the program reached the user.
#[track_caller]
fn ends(said: &Said, code: i32, told: &str) {
    for rude in ["panicked", "os error", "unwrap()", "Err(", "defect of its own", "repo path"] {
        assert!(!said.stdout.contains(rude) && !said.stderr.contains(rude), "`{rude}`: {said}");
    }
    assert_eq!(said.code, code, "{said}");
    assert!(said.stdout.contains(told) || said.stderr.contains(told), "`{told}` is not said: {said}");
}

const ONE: &str = "steps:\n  a: { run: [\"true\"] }\n";

/// A repository whose main branch has the step `old`, with a branch checked out that edits everything governed.
fn self_judging() -> Project {
    let project = Project::of("steps:\n  old: { run: [\"true\"] }\n");
    project.commit("base");
    project.git(&["checkout", "--quiet", "-b", "feature"]);
    project.write("dod.yaml", "policy: anything\nsteps:\n  evil: { run: [\"true\"] }\n");
    project.write("waivers.yaml", "[]\n");
    project.write("roles.yaml", "{}\n");
    project.write("policies/anything.yaml", "policy: anything\n# looser\n");
    project.commit("a change");
    project
}

#[test]
fn a_change_of_governed_files_is_named_and_has_no_effect() {
    for words in [["--since", "main"], ["--govern-from", "main"]] {
        let project = self_judging();
        let said = project.dod(&[&["validate"], &words[..]].concat());
        ends(
            &said,
            0,
            "governed: this change edits dod.yaml, policies/anything.yaml, roles.yaml, waivers.yaml, and \
             those of the base were used",
        );
        assert_eq!(project.steps("attempt_started"), ["old"], "{said}");
    }
}

#[test]
fn a_workflow_or_policy_is_governed_however_its_path_is_written() {
    let project = self_judging();
    let absolute = project.path().canonicalize().unwrap();
    let of = |path: &str| absolute.join(path).to_str().unwrap().to_owned();
    for words in [
        ["--workflow", "./dod.yaml"],
        ["--workflow", "policies/../dod.yaml"],
        ["--workflow", &of("dod.yaml")],
        ["--policy", &of("policies/anything.yaml")],
        ["--policy", ".//policies/anything.yaml"],
    ] {
        let said = project.dod(&[&["validate", "--since", "main"], &words[..]].concat());
        ends(&said, 0, "governed: this change edits dod.yaml, policies/anything.yaml");
        assert_eq!(project.steps("attempt_started"), ["old"], "{words:?}: {said}");
    }
    let said = project.dod(&["validate", "--since", "main", "--workflow", "/nowhere/dod.yaml"]);
    ends(&said, 2, "lies outside of");
    project.write("policies/mine.yaml", "policy: mine\n");
    let said = project.dod(&["validate", "--since", "main", "--policy", "mine"]);
    ends(&said, 2, "`policies/mine.yaml` counts when it has been merged");
    let said = project.dod(&["validate", "--policy", "../../elsewhere"]);
    ends(&said, 2, "lies outside of");
}

#[test]
fn a_target_branch_that_ci_did_not_fetch_is_told_with_the_cure() {
    let project = Project::of(ONE);
    project.commit("base");
    let mut command = project.command(&["validate"]);
    command.envs([("CI", "true"), ("GITHUB_ACTIONS", "true"), ("GITHUB_BASE_REF", "release")]);
    let said = said(&command.output().unwrap());
    ends(&said, 2, "this change is to be compared with its target `release`");
    assert!(said.stderr.contains("fetch-depth: 0"), "{said}");
    assert!(project.runs().is_empty(), "{said}");
}

#[test]
fn an_include_cannot_run_a_program_when_it_is_read() {
    let rev = "0123456789012345678901234567890123456789";
    for url in ["--upload-pack=touch HERE", "ext::sh -c touch% HERE", "-u"] {
        let project = Project::with(&[]);
        let mark = project.path().join("pwned");
        let url = url.replace("HERE", mark.to_str().unwrap());
        project.write(
            "dod.yaml",
            &format!(
                "include: [ {{ git: '{url}', rev: '{rev}', path: x.yaml }} ]\nsteps: {{ a: {{ run: x }} }}\n"
            ),
        );
        for command in ["check", "validate", "plan"] {
            ends(&project.dod(&[command]), 2, "W009");
        }
        assert!(!mark.exists(), "`{url}` ran");
    }
}

/// A library with one workflow file, and its commit.
fn library() -> (Project, String) {
    let library = Project::with(&[("gates.yaml", "steps:\n  shared: { run: [\"true\"] }\n")]);
    library.commit("a library");
    let rev = library.git(&["rev-parse", "HEAD"]).trim().to_owned();
    (library, rev)
}

fn includes(library: &Project, rev: &str) -> Project {
    let url = library.path().display();
    Project::of(&format!("include: [ {{ git: 'file://{url}', rev: {rev}, path: gates.yaml }} ]\n{ONE}"))
}

#[test]
fn an_include_is_locked_where_a_person_is_and_never_in_ci() {
    let (library, rev) = library();
    let project = includes(&library, &rev);
    let in_ci = || said(&project.command(&["validate"]).env("CI", "true").output().unwrap());
    ends(&in_ci(), 2, "it is not in `dod.lock`");
    ends(&project.dod(&["validate"]), 0, "passed     shared");
    ends(&in_ci(), 0, "passed     shared");
    let lock = project.read("dod.lock");
    assert!(lock.contains(&rev), "{lock}");
    project.write("dod.lock", &lock.replace("sha256:", "sha256:0"));
    ends(&project.dod(&["validate"]), 2, "its content is not the one that `dod.lock` has locked");
    project.write("dod.lock", "garbage\n");
    ends(&project.dod(&["validate"]), 2, "line 1 of `dod.lock`");
    let missing = includes(&library, "0123456789012345678901234567890123456789");
    ends(&missing.dod(&["validate"]), 2, "the repository has no commit 0123456789");
}

#[test]
fn an_include_is_fetched_also_in_a_hook_of_git() {
    let (library, rev) = library();
    let project = includes(&library, &rev);
    project.commit("base");
    let output = project
        .command(&["validate"])
        .env("GIT_DIR", project.path().join(".git"))
        .env("GIT_INDEX_FILE", project.path().join(".git/index"))
        .output()
        .unwrap();
    ends(&said(&output), 0, "passed     shared");
    let refs = project.git(&["for-each-ref", "--format=%(refname)"]);
    assert_eq!(refs, "refs/heads/main\n", "the library was fetched into the project");
}

#[test]
fn a_definition_that_is_no_regular_file_is_not_read_for_ever() {
    let project = Project::of(ONE);
    std::os::unix::fs::symlink("/dev/zero", project.path().join("policies/zero.yaml")).unwrap();
    ends(
        &project.dod(&["validate", "--policy", "zero"]),
        2,
        "`policies/zero.yaml`: it is not a regular file",
    );
    std::fs::remove_file(project.path().join("dod.yaml")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", project.path().join("dod.yaml")).unwrap();
    ends(&project.dod(&["validate"]), 2, "`dod.yaml`: it is not a regular file");
}

#[test]
fn a_result_that_is_cut_off_is_not_good() {
    let project = Project::of(ONE);
    for words in [&["validate"][..], &["runs"], &["show", "--format", "json"], &["--help"]] {
        let full = std::fs::File::options().write(true).open("/dev/full").unwrap();
        let output = project.command(words).stdout(Stdio::from(full)).output().unwrap();
        ends(&said(&output), 3, "the result cannot be written to stdout");
    }
}

#[test]
fn a_wrong_command_line_is_an_object_where_json_is_asked_for() {
    let project = Project::of(ONE);
    project.write("gates/wrong.yaml", "neither: key\n");
    for words in [
        &["validate", "--format", "json", "--polcy", "x"][..],
        &["--format=json", "validat"],
        &["show", "nope", "--format", "json"],
        &["validate", "--since", "main", "--format", "json"],
        &["validate", "--format", "json"],
        &["plan", "--format", "json"],
    ] {
        let said = project.dod(words);
        ends(&said, 2, "");
        let object: serde_json::Value = serde_json::from_str(&said.stdout).expect(&said.stdout);
        assert_eq!(object["error"]["exit_code"], 2, "{said}");
        assert!(object["error"]["message"].as_str().is_some_and(|text| !text.is_empty()), "{said}");
    }
}

#[test]
fn a_secret_that_cannot_be_had_says_why() {
    for (source, told) in [
        ("env: NOT_SET_ANYWHERE", "the environment variable `NOT_SET_ANYWHERE` is not set"),
        ("file: nowhere.txt", "the file `nowhere.txt` cannot be read"),
        ("file: /dev/zero", "has more than 65536 bytes"),
        ("command: [not-a-program]", "the command `not-a-program` is not on PATH"),
        ("command: [sh, -c, exit 3]", "the command `sh` exited with 3"),
        ("command: [\"true\"]", "the command `true` is empty"),
    ] {
        let project =
            Project::of(&format!("steps:\n  a: {{ run: 'echo $T', secrets: {{ T: {{ {source} }} }} }}\n"));
        ends(&project.dod(&["validate"]), 3, told);
    }
}

#[test]
fn a_full_disk_says_how_to_go_on_and_nothing_is_lost() {
    let disk = tempfile::tempdir().unwrap();
    let mounted = std::process::Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=300k", "none"])
        .arg(disk.path())
        .stderr(Stdio::null())
        .status();
    if !mounted.is_ok_and(|status| status.success()) {
        println!("skipped: nothing can be mounted here");
        return;
    }
    let _unmounts = Mounted(disk.path().to_owned());
    let project = Project::of("steps:\n  a: { run: 'test -e .dod/room || yes | head -c 2000000' }\n");
    std::os::unix::fs::symlink(disk.path(), project.path().join(".dod")).unwrap();
    let full = project.dod(&["validate"]);
    ends(&full, 3, "no space is left");
    assert!(full.stderr.contains("`dod resume "), "{full}");
    std::fs::write(disk.path().join("room"), "").unwrap();
    ends(&project.dod(&["resume"]), 0, "PASSED");
    ends(&project.dod(&["replay"]), 0, "every decision was made again");
}

struct Mounted(std::path::PathBuf);

impl Drop for Mounted {
    fn drop(&mut self) {
        let _ = std::process::Command::new("umount").arg(&self.0).status();
    }
}

#[test]
fn a_number_of_failures_that_was_cut_off_says_so() {
    let steps: String = (0..1100).map(|number| format!("  s{number}: {{ run: [\"false\"] }}\n")).collect();
    let project = Project::of(&format!("steps:\n{steps}"));
    let said = project.dod(&["validate", "-q"]);
    ends(&said, 1, "FAILED: at least 999 steps");
}

#[test]
fn a_step_that_removes_the_log_is_told_what_it_did() {
    let project = Project::of("steps:\n  a: { run: 'rm -rf .dod' }\n  b: { run: \"true\", needs: [a] }\n");
    ends(&project.dod(&["validate"]), 3, "a step must leave it alone");
}

#[test]
fn a_service_that_goes_down_is_told_as_what_it_is() {
    let project = Project::of(
        "services:\n  db: { run: [sh, -c, 'sleep 0.3; exit 7'], ready: { command: [\"true\"] } }\n\
         steps:\n  a: { run: 'sleep 1', services: [db] }\n",
    );
    let told = "the service was ready and ended while it was used: exit code 7";
    ends(&project.dod(&["validate"]), 1, told);
    ends(&project.dod(&["show"]), 0, told);
}

#[test]
fn a_folder_that_was_removed_under_the_program_is_told() {
    let gone = tempfile::tempdir().unwrap();
    let command =
        format!("rmdir '{}' && exec '{}' validate", gone.path().display(), env!("CARGO_BIN_EXE_dod"));
    let output =
        std::process::Command::new("sh").args(["-c", &command]).current_dir(gone.path()).output().unwrap();
    ends(&said(&output), 2, "the current folder is not there any more");
}

#[test]
fn whoever_quits_leaves_no_step_behind() {
    let project =
        Project::of("steps:\n  a: { run: 'trap \"\" TERM INT; sleep 47.23 & wait; sleep 47.23' }\n");
    let child = project.start(&["validate"]);
    wait_for("the first step", || (!project.steps("attempt_started").is_empty()).then_some(()));
    std::thread::sleep(Duration::from_millis(200));
    let began = Instant::now();
    let killed =
        std::process::Command::new("kill").args(["-QUIT", &child.id().to_string()]).status().unwrap();
    assert!(killed.success());
    ends(&said(&child.wait_with_output().unwrap()), 130, "`dod resume ");
    assert!(began.elapsed() < Duration::from_secs(4), "it did not end at once");
    let processes = std::fs::read_dir("/proc").unwrap().flatten();
    let mut lines = processes.filter_map(|entry| std::fs::read(entry.path().join("cmdline")).ok());
    assert!(lines.all(|line| !line.windows(5).any(|part| part == b"47.23")), "it still runs");
}

#[test]
fn a_retry_that_is_far_away_is_not_waited_for() {
    let project = Project::of("steps:\n  a: { run: [\"false\"], retry: { max: 1, delay: 2h } }\n");
    let began = Instant::now();
    ends(&project.dod(&["validate", "--wait-max", "1s"]), 4, "dod resume");
    ends(&project.dod(&["resume", "--wait-max", "1s"]), 4, "dod resume");
    assert!(began.elapsed() < Duration::from_secs(20));
    assert_eq!(project.steps("attempt_started"), ["a"]);
}
