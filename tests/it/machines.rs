//! Runs that travel: exported, taken in elsewhere, joined into one verdict, gathered where the team keeps its log.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::dod::{Project, Said, said, wait_for};

/// What a job prints lies outside the tree, so that jobs on one tree differ.
const WORKFLOW: &str = r#"policy: gates
steps:
  build: { run: ["true"], kind: build }
  lint: { run: [cat, lint.sarif], kind: lint, evidence: { sarif: stdout } }
  test: { run: 'cat "$HOME/junit.xml"', kind: test, evidence: { junit: stdout }, needs: [build] }
"#;
const POLICY: &str =
    "policy: gates\nrequired: [build, lint, test]\nquality_gates: { tests: \"no failures\" }\n";
const SARIF: &str = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[]}]}"#;
const GOOD: &str = r#"<testsuite name="s" tests="1"><testcase classname="c" name="a"/></testsuite>"#;
const BAD: &str = r#"<testsuite name="s" tests="1" failures="1"><testcase classname="c" name="a"><failure/></testcase></testsuite>"#;

fn origin(workflow: &str) -> Project {
    let project =
        Project::with(&[("dod.yaml", workflow), ("policies/gates.yaml", POLICY), ("lint.sarif", SARIF)]);
    project.write("roles.yaml", "release: [Bob]\n");
    project.commit("one");
    project
}

fn clone(of: &Project) -> Project {
    let project = Project::with(&[]);
    project.git(&["clone", "--quiet", of.path().to_str().unwrap(), "."]);
    project
}

/// A machine of its own: a clone, and a home with what its tests say.
struct Machine {
    project: Project,
    home: tempfile::TempDir,
}

impl Machine {
    fn of(origin: &Project, junit: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("junit.xml"), junit).unwrap();
        Self { project: clone(origin), home }
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.project.command(words);
        command.env("HOME", self.home.path()).env_remove("XDG_CONFIG_HOME").env_remove("DOD_KEYS");
        command
    }

    fn dod(&self, words: &[&str]) -> Said {
        said(&self.command(words).output().unwrap())
    }

    fn in_ci(&self, words: &[&str]) -> Said {
        said(&self.command(words).env("CI", "true").output().unwrap())
    }

    fn file(&self) -> PathBuf {
        self.project.path().join(".dod/run.dodz")
    }

    fn verdict(&self) -> serde_json::Value {
        self.project.log().last().unwrap()["event"]["run_finished"]["verdict"].clone()
    }
}

/// The path as a word.
fn word(path: &Path) -> &str {
    path.to_str().unwrap()
}

#[test]
fn in_ci_each_end_leaves_the_run_in_one_file_that_is_looked_at_anywhere() {
    let origin = origin(WORKFLOW);
    let one = Machine::of(&origin, BAD);
    let ended = one.in_ci(&["validate"]);
    assert_eq!(ended.code, 1, "{ended}");
    assert!(ended.stderr.contains("exported   ") && ended.stderr.contains(".dod/run.dodz"), "{ended}");
    let other = Project::with(&[]);
    for words in [["show"].as_slice(), &["explain"], &["replay"], &["verify"], &["logs"]] {
        let file = one.file();
        let words: Vec<&str> = words.iter().copied().chain([word(&file)]).collect();
        let looked = other.dod(&words);
        assert!(looked.code == 0, "{words:?}: {looked}");
    }
    assert!(other.runs().is_empty());
    let nothing = Machine::of(&origin, GOOD);
    assert_eq!(nothing.in_ci(&["validate", "--no-export"]).code, 0);
    assert_eq!(nothing.dod(&["validate"]).code, 0);
    assert!(!nothing.file().exists());
}

#[test]
fn a_run_is_exported_and_imported_and_stays_the_same() {
    let one = Machine::of(&origin(WORKFLOW), GOOD);
    assert_eq!(one.dod(&["validate", "-q"]).code, 0);
    let exported = one.dod(&["export", "--format", "json"]);
    assert_eq!(exported.code, 0, "{exported}");
    let object: serde_json::Value = serde_json::from_str(&exported.stdout).unwrap();
    assert_eq!((object["finished"].as_bool(), object["missing"].as_array().unwrap().len()), (Some(true), 0));
    let other = Project::with(&[]);
    std::fs::copy(one.project.path().join("run.dodz"), other.path().join("r.dodz")).unwrap();
    for expected in ["new", "same"] {
        let imported = other.dod(&["import", "r.dodz", "--format", "json"]);
        assert_eq!(imported.code, 0, "{imported}");
        let object: serde_json::Value = serde_json::from_str(&imported.stdout).unwrap();
        assert_eq!(object["runs"][0]["taken"], expected, "{imported}");
        assert_eq!(object["runs"][0]["state"], "passed");
    }
    let replayed = other.dod(&["replay"]);
    assert_eq!(replayed.code, 0, "{replayed}");
    let again = other.command(&["export", "-o", "-"]).output().unwrap();
    assert!(again.stdout == std::fs::read(one.project.path().join("run.dodz")).unwrap());
    let mut bytes = again.stdout;
    bytes[700] ^= 1;
    other.write("bad.dodz", "");
    std::fs::write(other.path().join("bad.dodz"), bytes).unwrap();
    let refused = other.dod(&["import", "bad.dodz"]);
    assert!(refused.code == 1 || refused.code == 3, "{refused}");
}

#[test]
fn three_jobs_on_three_clones_come_to_one_verdict() {
    let origin = origin(WORKFLOW);
    let machines = [Machine::of(&origin, GOOD), Machine::of(&origin, BAD), Machine::of(&origin, GOOD)];
    let files: Vec<PathBuf> = machines
        .iter()
        .map(|machine| {
            machine.in_ci(&["validate", "-q"]);
            machine.file()
        })
        .collect();
    let third = Machine::of(&origin, "");
    let joined = third.in_ci(&["join", word(&files[0]), word(&files[1]), word(&files[2])]);
    assert_eq!(joined.code, 1, "{joined}");
    let verdict = third.verdict();
    assert_eq!(verdict["scope"], "full", "{verdict}");
    let text = verdict.to_string();
    assert!(text.contains("test[job="), "{text}");
    // What is the same everywhere is one step.
    let mut steps = third.project.steps("step_settled");
    steps.sort();
    assert_eq!(steps.len(), 4, "{steps:?}");
    let log = third.project.log();
    let started = &log[0]["event"]["run_started"];
    assert_eq!(started["sources"].as_array().unwrap().len(), 3);
    assert_eq!(third.project.dod(&["replay"]).code, 0);
    let elsewhere = Project::with(&[]);
    let (folder, copy) = read_only(&third.file());
    for words in
        [&["verify", word(&copy)][..], &["verify", "--replay", word(&copy)], &["replay", word(&copy)]]
    {
        let verified = cut_off(words, folder.path());
        assert_eq!(verified.code, 0, "{words:?}: {verified}");
    }
    assert!(elsewhere.runs().is_empty());

    // A result that is not the one of its source is found, though every decision follows from it.
    let events = third.project.runs().pop().unwrap().join("events.jsonl");
    let text = std::fs::read_to_string(&events).unwrap();
    let at = text.find("\"wall_ms\":").unwrap() + "\"wall_ms\":".len();
    std::fs::write(&events, format!("{}9{}", &text[..at], &text[at..])).unwrap();
    let forged = third.dod(&["replay"]);
    assert_eq!(forged.code, 1, "{forged}");
    assert!(forged.to_string().contains("has another result of"), "{forged}");
    std::fs::write(&events, text).unwrap();

    // In the other order the same run, but for its id and its times.
    let good = third.dod(&["join", word(&files[2]), word(&files[0])]);
    assert_eq!(good.code, 0, "{good}");
    let stranger = Machine::of(&self::origin(WORKFLOW), GOOD);
    stranger.project.write("more", "x");
    stranger.in_ci(&["validate", "-q"]);
    let file = stranger.file();
    let refused = third.dod(&["join", word(&files[0]), word(&file)]);
    assert_eq!(refused.code, 2, "{refused}");
    assert!(refused.stderr.contains("not of the same tree"), "{refused}");
}

#[test]
fn what_one_job_left_out_and_another_ran_is_not_left_out() {
    let origin = origin(WORKFLOW);
    let (one, other) = (Machine::of(&origin, GOOD), Machine::of(&origin, GOOD));
    assert_eq!(one.in_ci(&["validate", "-q", "--only", "lint"]).code, 0);
    assert_eq!(other.in_ci(&["validate", "-q", "--only", "build"]).code, 0);
    let third = Machine::of(&origin, "");
    let (lint, build) = (one.file(), other.file());
    let partial = third.dod(&["join", word(&lint), word(&build)]);
    assert_eq!(third.verdict()["scope"], "partial", "{partial}");
    assert_eq!(other.in_ci(&["validate", "-q", "--only", "test"]).code, 0);
    let full = third.dod(&["join", word(&lint), word(&build)]);
    assert_eq!(full.code, 0, "{full}");
    assert_eq!(third.verdict()["scope"], "full", "{full}");
    assert_eq!(third.project.steps("step_settled"), ["build", "lint", "test"]);
    // Another policy is read from the tree that it judges.
    let strict = third.dod(&["join", word(&lint), word(&build), "--policy", "strict"]);
    assert_eq!(strict.code, 3, "{strict}");
    third.project.write("more", "x");
    let other_tree = third.dod(&["join", word(&lint), word(&build), "--policy", "strict"]);
    assert_eq!(other_tree.code, 2, "{other_tree}");
}

const SLOW: &str = r#"policy: gates
steps:
  build: { run: ["true"], kind: build }
  lint: { run: 'if [ -e "$HOME/slow" ]; then touch "$HOME/began"; sleep 60; fi; cat lint.sarif', kind: lint, evidence: { sarif: stdout }, needs: [build] }
  test: { run: 'cat "$HOME/junit.xml"', kind: test, evidence: { junit: stdout }, needs: [lint] }
"#;

#[test]
fn a_job_that_is_asked_to_end_leaves_a_run_that_another_clone_resumes() {
    let origin = origin(SLOW);
    let one = Machine::of(&origin, GOOD);
    std::fs::write(one.home.path().join("slow"), "").unwrap();
    let child = one.command(&["validate", "-q"]).env("CI", "true").spawn().unwrap();
    wait_for("the slow step", || one.home.path().join("began").exists().then_some(()));
    let asked = std::time::Instant::now();
    Command::new("kill").args(["-TERM", &child.id().to_string()]).status().unwrap();
    wait_for("the file", || one.file().exists().then_some(()));
    println!("{} ms from SIGTERM to the exported run", asked.elapsed().as_millis());
    let ended = child.wait_with_output().unwrap();
    assert_eq!(ended.status.code(), Some(130), "{}", said(&ended));
    let other = Machine::of(&origin, GOOD);
    std::fs::copy(one.file(), other.project.path().join("run.dodz")).unwrap();
    let resumed = other.dod(&["resume", "run.dodz"]);
    assert_eq!(resumed.code, 0, "{resumed}");
    let undisturbed = Machine::of(&origin, GOOD);
    assert_eq!(undisturbed.dod(&["validate", "-q"]).code, 0);
    assert_eq!(other.verdict(), undisturbed.verdict());
    // What was good is taken over from a file, too.
    let third = Machine::of(&origin, GOOD);
    let again = third.dod(&["rerun", word(&other.project.path().join("run.dodz")), "--failed"]);
    assert_eq!(again.code, 0, "{again}");
    assert!(again.stdout.contains("reused from"), "{again}");
    // It goes back in the same file, and the first clone takes the longer version.
    std::fs::copy(other.project.path().join("run.dodz"), one.project.path().join("back.dodz")).unwrap();
    let back = one.dod(&["import", "back.dodz"]);
    assert_eq!(back.code, 0, "{back}");
    assert_eq!(one.verdict(), undisturbed.verdict());
}

const RELEASE: &str = r#"policy: gates
steps:
  build: { run: ["true"], kind: build }
  lint: { run: [cat, lint.sarif], kind: lint, evidence: { sarif: stdout } }
  test: { run: 'cat "$HOME/junit.xml"', kind: test, evidence: { junit: stdout }, needs: [build] }
  signoff: { approve: { from: [release] }, needs: [lint, test] }
"#;

/// Runs the program in an empty network namespace as an ordinary user, if that can be had here; said otherwise.
fn cut_off(words: &[&str], folder: &Path) -> Said {
    let isolated = || {
        let mut command = Command::new("unshare");
        command.args(["--net", "--", "setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"]);
        command
    };
    let here = isolated().arg("true").output().is_ok_and(|output| output.status.success());
    if !here {
        println!("skipped: no namespaces and other users here; verified as this user, with the network");
    }
    let mut command = if here { isolated() } else { Command::new("env") };
    command.arg(env!("CARGO_BIN_EXE_dod")).args(words).current_dir(folder).env("HOME", "/nonexistent");
    said(&command.output().unwrap())
}

/// A copy that nobody may write to.
fn read_only(file: &Path) -> (tempfile::TempDir, PathBuf) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let copy = folder.path().join("run.dodz");
    std::fs::copy(file, &copy).unwrap();
    std::fs::set_permissions(&copy, std::fs::Permissions::from_mode(0o444)).unwrap();
    std::fs::set_permissions(folder.path(), std::fs::Permissions::from_mode(0o555)).unwrap();
    (folder, copy)
}

/// The line of judgement: an approval given on a second clone, and everything verified on a third.
#[test]
fn an_approval_of_another_clone_counts_and_a_third_one_verifies_it_cut_off_from_everything() {
    let keys = tempfile::tempdir().unwrap();
    let key = keys.path().join("bob");
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-C", "bob", "-f", word(&key)])
        .output();
    if !made.is_ok_and(|output| output.status.success()) {
        return println!("skipped: `ssh-keygen` does not run here");
    }
    let public = std::fs::read_to_string(key.with_extension("pub")).unwrap();
    let origin = origin(RELEASE);
    origin.write("roles.yaml", &format!("release:\n- {{ name: bob, key: \"{}\" }}\n", public.trim()));
    origin.commit("roles");

    let job = Machine::of(&origin, GOOD);
    let waits = job.in_ci(&["validate", "-q"]);
    assert_eq!(waits.code, 4, "{waits}");
    let second = Project::with(&[]);
    std::fs::copy(job.file(), second.path().join("run.dodz")).unwrap();
    let signed =
        second.dod(&["approve", "run.dodz", "signoff", "--sign-with", word(&key), "--write", "bob.approval"]);
    assert_eq!(signed.code, 0, "{signed}");
    let approval = second.path().join("bob.approval");
    assert!(std::fs::metadata(&approval).unwrap().len() < 4096);

    // A later job on the same commit goes on with the run.
    let later = Machine::of(&origin, "");
    let file = job.file();
    let resumed = later.in_ci(&["resume", word(&file), "--approval", word(&approval)]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert!(later.project.log().iter().any(|line| line["event"]["answered"]["by"]["proved"] == true));
    // It is not moved to another run.
    let moved = Machine::of(&origin, GOOD);
    assert_eq!(moved.in_ci(&["validate", "-q"]).code, 4);
    let file = moved.file();
    let refused = moved.dod(&["resume", word(&file), "--approval", word(&approval)]);
    assert_eq!(refused.code, 1, "{refused}");

    let (folder, copy) = read_only(&later.file());
    for words in
        [&["verify", word(&copy)][..], &["verify", "--replay", word(&copy)], &["replay", word(&copy)]]
    {
        let verified = cut_off(words, folder.path());
        assert_eq!(verified.code, 0, "{words:?}: {verified}");
    }
}

/// An approval is no task, and no less asked for.
#[test]
fn an_approval_that_all_jobs_left_out_makes_the_joined_verdict_partial() {
    let origin = origin(RELEASE);
    let machines = [Machine::of(&origin, GOOD), Machine::of(&origin, GOOD)];
    let files = machines.each_ref().map(|machine| {
        assert_eq!(machine.in_ci(&["validate", "-q", "--skip", "signoff"]).code, 0);
        machine.file()
    });
    let third = Machine::of(&origin, "");
    let joined = third.in_ci(&["join", word(&files[0]), word(&files[1])]);
    assert_eq!(joined.code, 0, "{joined}");
    assert_eq!(third.verdict()["scope"], "partial", "{joined}");
    let waits = Machine::of(&origin, GOOD);
    assert_eq!(waits.in_ci(&["validate", "-q"]).code, 4);
    let file = waits.file();
    let refused = third.dod(&["join", word(&files[0]), word(&file)]);
    assert_eq!(refused.code, 3, "{refused}");
    assert!(refused.stderr.contains("has no verdict yet"), "{refused}");
}

/// What commands print as JSON is what their schemas say.
#[test]
fn what_is_printed_keeps_to_its_schema() {
    let one = Machine::of(&origin(WORKFLOW), GOOD);
    assert_eq!(one.in_ci(&["validate", "-q"]).code, 0);
    let (file, team) = (one.file(), one.home.path().join("team"));
    let other = Project::with(&[]);
    let said = [
        ("export", one.dod(&["export", "--format", "json"])),
        ("import", other.dod(&["import", word(&file), "--format", "json"])),
        ("log_add", one.dod(&["log", "add", word(&file), "--to", word(&team), "--format", "json"])),
    ];
    for (name, said) in said {
        assert_eq!(said.code, 0, "{name}: {said}");
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
        let schema = std::fs::read_to_string(root.join(format!("schemas/{name}.schema.json"))).unwrap();
        let schema = jsonschema::validator_for(&serde_json::from_str(&schema).unwrap()).unwrap();
        let object: serde_json::Value = serde_json::from_str(&said.stdout).unwrap();
        let wrong: Vec<String> = schema.iter_errors(&object).map(|error| error.to_string()).collect();
        assert!(wrong.is_empty(), "{name}: {wrong:?}");
    }
}

/// A second signal, and a step that does not listen: the file is there all the same.
#[test]
fn a_run_that_breaks_off_leaves_what_it_has() {
    let one = Machine::of(
        &origin(
            "policy: gates\nsteps:\n  build: { run: 'trap \"\" TERM INT; touch \"$HOME/began\"; for i in 1 2 3 4 5 6 7 8; do sleep 1; done', kind: build }\n",
        ),
        GOOD,
    );
    let mut child = one.command(&["validate", "-q"]).env("CI", "true").spawn().unwrap();
    wait_for("the step", || one.home.path().join("began").exists().then_some(()));
    let kill = |signal: &str| Command::new("kill").args([signal, &child.id().to_string()]).status().unwrap();
    kill("-INT");
    wait_for("the file", || one.file().exists().then_some(()));
    // What the CI system does when its patience ends.
    kill("-KILL");
    child.wait().unwrap();
    let shown = Project::with(&[]).dod(&["show", word(&one.file())]);
    assert_eq!(shown.code, 0, "{shown}");
}

#[test]
fn an_answer_in_a_file_goes_back_where_the_run_waits() {
    let job = Machine::of(&origin(RELEASE), GOOD);
    assert_eq!(job.in_ci(&["validate", "-q"]).code, 4);
    let second = Project::with(&[]);
    std::fs::copy(job.file(), second.path().join("run.dodz")).unwrap();
    let answered = second.dod(&["approve", "run.dodz", "signoff", "--as", "Bob"]);
    assert_eq!(answered.code, 0, "{answered}");
    let back = second.path().join("run.dodz");
    let resumed = job.dod(&["resume", word(&back)]);
    assert_eq!(resumed.code, 0, "{resumed}");
    assert_eq!(second.dod(&["import", "run.dodz"]).code, 0);
    assert_eq!(second.log(), job.project.log());
}

/// As many jobs as this add at once.
const JOBS: usize = 6;

/// Exported runs, one for each job, all made by one machine.
fn exported(machine: &Machine, count: usize) -> Vec<PathBuf> {
    let one = |at: usize| {
        assert_eq!(machine.in_ci(&["validate", "-q"]).code, 0);
        let file = machine.home.path().join(format!("{at}.dodz"));
        std::fs::copy(machine.file(), &file).unwrap();
        file
    };
    (0..count).map(one).collect()
}

/// All of them at once, each from its own clone; what each says.
fn add_at_once(machines: &[Machine], files: &[PathBuf], more: &[&str]) -> Vec<Said> {
    let children: Vec<_> = machines
        .iter()
        .zip(files)
        .map(|(machine, file)| {
            let words = [&["log", "add", word(file)], more].concat();
            let mut command = machine.command(&words);
            command.stdout(std::process::Stdio::piped()).stderr(std::process::Stdio::piped());
            command.spawn().unwrap()
        })
        .collect();
    children.into_iter().map(|child| said(&child.wait_with_output().unwrap())).collect()
}

#[track_caller]
fn leaves(folder: &Path) -> Vec<serde_json::Value> {
    let text = std::fs::read_to_string(folder.join("leaves.jsonl")).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn jobs_that_add_to_a_folder_at_once_lose_nothing() {
    let origin = origin(WORKFLOW);
    let machines: Vec<Machine> = (0..JOBS).map(|_| Machine::of(&origin, GOOD)).collect();
    let files = exported(&machines[0], JOBS);
    let team = tempfile::tempdir().unwrap();
    let folder = team.path().join("team");
    for said in add_at_once(&machines, &files, &["--to", word(&folder)]) {
        assert_eq!(said.code, 0, "{said}");
    }
    assert_eq!(leaves(&folder).len(), JOBS);
    assert_eq!(std::fs::read_dir(folder.join("runs")).unwrap().count(), JOBS);
    let again = machines[0].dod(&["log", "add", word(&files[0]), "--to", word(&folder), "--format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&again.stdout).unwrap();
    assert_eq!(object["runs"][0]["kept"], "same", "{again}");
    assert_eq!(leaves(&folder).len(), JOBS);
}

#[test]
fn jobs_that_push_to_one_reference_at_once_lose_nothing() {
    let origin = origin(WORKFLOW);
    let bare = tempfile::tempdir().unwrap();
    origin.git(&["clone", "--quiet", "--bare", ".", word(bare.path())]);
    let machines: Vec<Machine> = (0..JOBS).map(|_| Machine::of(&origin, GOOD)).collect();
    // One of them signs, so that signatures and races meet.
    let made = machines[1].dod(&["key", "new", "ci"]);
    assert_eq!(made.code, 0, "{made}");
    let files = exported(&machines[0], JOBS);
    let to = ["--to", "refs/dod/logs/team", "--push", word(bare.path())];
    for said in add_at_once(&machines, &files, &to) {
        assert_eq!(said.code, 0, "{said}");
        assert!(!said.stderr.contains("not signed"), "{said}");
    }
    let fresh = clone(&origin);
    fresh.git(&["fetch", "--quiet", word(bare.path()), "refs/dod/logs/team:refs/dod/logs/team"]);
    let files = fresh.git(&["ls-tree", "-r", "--name-only", "refs/dod/logs/team"]);
    assert_eq!(files.lines().filter(|file| file.ends_with(".dodz")).count(), JOBS, "{files}");
    let all = fresh.git(&["cat-file", "blob", "refs/dod/logs/team:leaves.jsonl"]);
    assert_eq!(all.lines().count(), JOBS, "{all}");
    // Each run comes out as it went in.
    let id = fresh.git(&["ls-tree", "--name-only", "refs/dod/logs/team:runs"]);
    let run = fresh.path().join("out.dodz");
    let blob = format!("refs/dod/logs/team:runs/{}", id.lines().next().unwrap());
    let output =
        Command::new("git").args(["cat-file", "blob", &blob]).current_dir(fresh.path()).output().unwrap();
    std::fs::write(&run, output.stdout).unwrap();
    assert_eq!(fresh.dod(&["verify", word(&run)]).code, 0);
}
