//! Housekeeping: what `keep:` lets go, what the archive has, what a backup brings back.

use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use serde_json::Value as Json;

use crate::dod::{Project, Said, said};

const WORKFLOW: &str = "policy: anything
keep: 1
steps:
  test: { run: [cat, tests.xml], kind: test, evidence: { junit: stdout } }
";

/// A committed project on the branch `topic`, which nobody protects.
fn project(workflow: &str) -> Project {
    let project = Project::with(&[("dod.yaml", workflow), ("policies/anything.yaml", "policy: anything\n")]);
    tests_named(&project, "first");
    project.commit("one");
    project.git(&["checkout", "--quiet", "-b", "topic"]);
    project
}

/// The next run has evidence of its own.
fn tests_named(project: &Project, name: &str) {
    let text =
        format!("<testsuites><testsuite name=\"s\"><testcase name=\"{name}\"/></testsuite></testsuites>\n");
    project.write("tests.xml", &text);
}

#[track_caller]
fn run(project: &Project, name: &str) -> String {
    tests_named(project, name);
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "{said}");
    project.runs().pop().unwrap().file_name().unwrap().to_string_lossy().into_owned()
}

/// Makes all blobs look two days old: younger ones are left alone.
fn age(project: &Project) {
    for blob in blobs(project) {
        let file = std::fs::File::options().append(true).open(blob).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(2 * 86_400)).unwrap();
    }
}

fn blobs(project: &Project) -> Vec<PathBuf> {
    let Ok(shards) = std::fs::read_dir(project.path().join(".dod/blobs/sha256")) else { return Vec::new() };
    let shards = shards.flatten().map(|shard| shard.path()).filter(|path| path.is_dir());
    let mut blobs: Vec<PathBuf> =
        shards.flat_map(|shard| std::fs::read_dir(shard).unwrap().flatten().map(|it| it.path())).collect();
    blobs.sort();
    blobs
}

/// Everything that is here is what was written, and every decision of every run is made again.
#[track_caller]
fn all_is_well(project: &Project) {
    let log = project.dod(&["verify", "--log"]);
    assert_eq!(log.code, 0, "{log}");
    for run in project.runs() {
        let id = run.file_name().unwrap().to_string_lossy().into_owned();
        if !id.starts_with('.') {
            let said = project.dod(&["verify", "--replay", &id]);
            assert_eq!(said.code, 0, "{said}");
        }
    }
}

#[track_caller]
fn object(said: &Said, schema: &str) -> Json {
    let object: Json = serde_json::from_str(&said.stdout).unwrap_or_else(|error| panic!("{error}: {said}"));
    let schema: Json = serde_json::from_str(schema).unwrap();
    if let Err(error) = jsonschema::validator_for(&schema).unwrap().validate(&object) {
        panic!("{error}: {said}");
    }
    object
}

fn leaves(project: &Project, kind: &str) -> usize {
    project
        .read(".dod/log/leaves.jsonl")
        .lines()
        .filter(|line| line.starts_with(&format!("{{\"{kind}\"")))
        .count()
}

const GC: &str = include_str!("../../schemas/gc.schema.json");

#[test]
fn a_run_that_goes_leaves_a_leaf_and_takes_its_blobs_with_it() {
    let project = project(WORKFLOW);
    let first = run(&project, "first");
    let last = run(&project, "last");
    age(&project);
    let before = blobs(&project).len();
    let shown = object(&project.dod(&["gc", "--dry-run", "--format", "json"]), GC);
    assert_eq!((&shown["removed"][0]["run"], &shown["blobs"]["removed"]), (&first.clone().into(), &2.into()));
    assert_eq!((project.runs().len(), blobs(&project).len()), (2, before), "it was only shown");
    let said = object(&project.dod(&["gc", "--format", "json"]), GC);
    assert_eq!(said["removed"], shown["removed"]);
    assert_eq!(said["blobs"]["removed"], 2, "report and evidence of the run that went");
    assert_eq!((project.runs().len(), blobs(&project).len()), (1, before - 2));
    assert_eq!((leaves(&project, "closed"), leaves(&project, "pruned")), (2, 1));
    all_is_well(&project);
    let shown = project.dod(&["show", &last]);
    assert_eq!(shown.code, 0, "{shown}");
    let again = object(&project.dod(&["gc", "--format", "json"]), GC);
    assert_eq!((&again["removed"], &again["blobs"]["removed"]), (&Json::Array(Vec::new()), &0.into()));
}

#[test]
fn runs_of_protected_branches_and_tags_and_those_that_wait_stay() {
    let project = project(WORKFLOW);
    project.git(&["checkout", "--quiet", "main"]);
    run(&project, "main");
    project.commit("two");
    project.git(&["tag", "v1"]);
    project.git(&["checkout", "--quiet", "topic"]);
    project.git(&["reset", "--quiet", "--hard", "v1"]);
    run(&project, "main");
    project.commit("three");
    run(&project, "topic");
    project.write("dod.yaml", &WORKFLOW.replace("steps:", "steps:\n  go: { approve: { from: [x] } }"));
    project.write("roles.yaml", "x: [{ name: alice }]\n");
    assert_eq!(project.dod(&["validate", "--wait-max", "0s"]).code, 4);
    project.write("dod.yaml", WORKFLOW);
    run(&project, "last");
    let said = object(&project.dod(&["gc", "--format", "json"]), GC);
    assert_eq!(said["removed"].as_array().unwrap().len(), 1, "{said:#}");
    assert_eq!(said["stay"], serde_json::json!({ "newest": 1, "protected": 2, "unfinished": 1 }));
    all_is_well(&project);
}

#[test]
fn without_a_word_nothing_goes_and_a_word_that_is_none_is_refused() {
    let project = project(&WORKFLOW.replace("keep: 1\n", ""));
    run(&project, "first");
    run(&project, "last");
    let said = project.dod(&["gc"]);
    assert_eq!((said.code, project.runs().len()), (0, 2), "{said}");
    assert!(said.stderr.contains("nothing says how long runs stay"), "{said}");
    assert!(said.stderr.contains("this evidence lives only here"), "{said}");
    assert_eq!(project.dod(&["gc", "--keep", "soon"]).code, 2);
    project.write("dod.yaml", &WORKFLOW.replace("keep: 1", "keep: soon"));
    let said = project.dod(&["gc"]);
    assert_eq!((said.code, said.stderr.contains("dod.yaml:2:7")), (2, true), "{said}");
    assert_eq!(project.dod(&["check"]).code, 2);
    project.write("dod.yaml", &WORKFLOW.replace("keep: 1", "keep: 400w"));
    assert_eq!(project.dod(&["gc"]).code, 0);
    assert_eq!(project.dod(&["gc", "--keep", "1"]).code, 0);
    assert_eq!(project.runs().len(), 1, "the flag is instead of the file");
}

#[test]
fn while_a_run_goes_on_nothing_is_removed() {
    let project = project(&format!("{WORKFLOW}  slow: {{ run: 'touch began; sleep 2' }}\n"));
    run(&project, "first");
    tests_named(&project, "last");
    let _ = std::fs::remove_file(project.path().join("began"));
    let mut child = project.start(&["validate"]);
    crate::dod::wait_for("the run", || project.path().join("began").exists().then_some(()));
    let said = project.dod(&["gc"]);
    assert_eq!((said.code, said.stderr.contains("another run works on this tree")), (3, true), "{said}");
    assert_eq!(project.dod(&["gc", "--dry-run"]).code, 0);
    child.wait().unwrap();
    assert_eq!(project.runs().len(), 2);
}

#[test]
fn what_a_run_names_must_be_known_or_nothing_goes() {
    let project = project(WORKFLOW);
    run(&project, "first");
    run(&project, "last");
    age(&project);
    let log = project.runs()[0].join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("run_started", "run_begun")).unwrap();
    let before = blobs(&project);
    let said = project.dod(&["gc"]);
    assert_eq!((said.code, said.stderr.contains("nothing was removed")), (3, true), "{said}");
    assert_eq!((project.runs().len(), blobs(&project)), (2, before));
}

/// Kills `dod gc` at moments that are spread over its whole life; then it is run to its end.
#[test]
fn a_removal_that_is_killed_at_any_moment_loses_nothing_that_stays() {
    let rounds: u64 = std::env::var("DOD_KILLS").ok().and_then(|text| text.parse().ok()).unwrap_or(6);
    let project = project(WORKFLOW);
    run(&project, "first");
    let mut killed = 0;
    for round in 0..rounds {
        for at in 0..3 {
            run(&project, &format!("{round} {at}"));
        }
        age(&project);
        let last = project.runs().pop().unwrap();
        let mut child = project.start(&["gc"]);
        std::thread::sleep(Duration::from_micros(500 + round * 7919 % 40_000));
        let _ = child.kill();
        killed += u64::from(!child.wait().unwrap().success());
        all_is_well(&project);
        let said = project.dod(&["gc"]);
        assert_eq!(said.code, 0, "{said}");
        assert_eq!(project.runs(), [last]);
        all_is_well(&project);
    }
    println!("{rounds} removals, {killed} of them killed");
}

const ARCHIVED: &str = "policy: anything\nkeep: 1\narchive: PLACE\nsteps: { a: { run: [\"true\"] } }\n";

#[test]
fn a_finished_run_is_put_into_the_archive_and_can_be_verified_there() {
    let project = project(&ARCHIVED.replace("PLACE", "refs/dod/archive"));
    let first = run(&project, "a");
    let path = format!("refs/dod/archive:{}/{first}.dodz", &first[..5]);
    let file = project.path().join("from-git.dodz");
    let output = std::process::Command::new("git")
        .args(["cat-file", "blob", &path])
        .current_dir(project.path())
        .output()
        .unwrap();
    std::fs::write(&file, output.stdout).unwrap();
    let said = project.dod(&["verify", "--replay", "from-git.dodz"]);
    assert_eq!(said.code, 0, "{said}");
    std::fs::remove_file(&file).unwrap();
    let folder = tempfile::tempdir().unwrap();
    project.write("dod.yaml", &ARCHIVED.replace("PLACE", folder.path().to_str().unwrap()));
    let second = run(&project, "b");
    let file = folder.path().join(format!("{second}.dodz"));
    assert_eq!(project.dod(&["verify", "--replay", file.to_str().unwrap()]).code, 0);
    // What went can be taken back from there.
    run(&project, "c");
    assert_eq!(object(&project.dod(&["gc", "--format", "json"]), GC)["removed"][1]["run"], second);
    assert!(folder.path().join(format!("{first}.dodz")).exists(), "it was put there before it went");
    assert_eq!(project.dod(&["import", file.to_str().unwrap()]).code, 0);
    assert_eq!(project.dod(&["verify", "--replay", &second]).code, 0);
}

#[test]
fn a_run_that_cannot_be_archived_stays() {
    let project = project(&ARCHIVED.replace("PLACE", "in-the-way/archive"));
    project.write("in-the-way", "");
    let said = project.dod(&["validate"]);
    assert_eq!(said.code, 0, "an archive changes no verdict: {said}");
    assert!(said.stderr.contains("is not in the archive"), "{said}");
    assert!(said.last().starts_with("PASSED"), "{said}");
    assert_eq!(project.dod(&["validate"]).code, 0);
    let said = project.dod(&["gc", "--format", "json"]);
    assert_eq!(said.code, 3, "{said}");
    assert_eq!(object(&said, GC)["stay"], serde_json::json!({ "newest": 1, "not_archived": 1 }));
    assert_eq!(project.runs().len(), 2);
}

#[test]
fn an_archive_is_not_overwritten_with_another_history() {
    let project = project(&ARCHIVED.replace("PLACE", "archive"));
    let first = run(&project, "a");
    run(&project, "b");
    let names: Vec<PathBuf> = ["archive"]
        .iter()
        .flat_map(|it| std::fs::read_dir(project.path().join(it)).unwrap())
        .flatten()
        .map(|it| it.path())
        .filter(|it| it.extension().is_some_and(|it| it == "dodz"))
        .collect();
    assert_eq!(names.len(), 2);
    assert!(project.git(&["status", "--porcelain", "archive"]).is_empty(), "the archive ignores itself");
    let (one, other) = (
        project.path().join(format!("archive/{first}.dodz")),
        names.iter().find(|it| !it.ends_with(format!("{first}.dodz"))).unwrap(),
    );
    std::fs::copy(other, &one).unwrap();
    let said = project.dod(&["gc"]);
    assert_eq!((said.code, said.stderr.contains("another history of the run")), (3, true), "{said}");
    assert_eq!(project.runs().len(), 2);
}

/// All files of `.dod` that a backup has, with their bytes.
fn kept(root: &Path) -> Vec<(String, Vec<u8>)> {
    let mut all = Vec::new();
    let mut work = vec![root.join(".dod")];
    while let Some(folder) = work.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            let name = path.strip_prefix(root.join(".dod")).unwrap().to_string_lossy().into_owned();
            let derived = ["lock", "hashes", "index", "processes", ".gitignore", "said-only-here"];
            if path.is_dir() {
                work.push(path);
            } else if !derived.iter().any(|it| name.ends_with(it)) {
                all.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    all.sort();
    all
}

const RESTORE: &str = include_str!("../../schemas/restore.schema.json");

#[test]
fn a_backup_comes_back_as_it_was() {
    let project = project(WORKFLOW);
    run(&project, "first");
    run(&project, "second");
    assert_eq!(project.dod(&["gc"]).code, 0, "a pruned run stays as its leaf in a backup, too");
    run(&project, "third");
    let said = project.dod(&["backup", "all.dodb", "--format", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let schema = include_str!("../../schemas/backup.schema.json");
    assert_eq!(object(&said, schema)["runs"], 2);
    let before = kept(project.path());
    let again = project.dod(&["backup", "again.dodb"]);
    assert_eq!(again.code, 0, "{again}");
    let read = |name: &str| std::fs::read(project.path().join(name)).unwrap();
    assert_eq!(read("all.dodb"), read("again.dodb"), "the same state gives the same bytes");
    let listed =
        std::process::Command::new("tar").arg("tf").arg(project.path().join("all.dodb")).output().unwrap();
    let listed = String::from_utf8(listed.stdout).unwrap();
    assert!(listed.starts_with("manifest\nblobs/sha256/"), "{listed}");
    std::fs::remove_dir_all(project.path().join(".dod")).unwrap();
    let said = project.dod(&["restore", "all.dodb", "--format", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let told = object(&said, RESTORE);
    assert_eq!((&told["runs"], &told["log"], &told["status"]), (&2.into(), &true.into(), &"good".into()));
    assert_eq!(kept(project.path()), before);
    all_is_well(&project);
    let said = object(&project.dod(&["restore", "all.dodb", "--format", "json"]), RESTORE);
    assert_eq!((&said["runs"], &said["had"]), (&0.into(), &2.into()), "nothing is left to do");
    assert_eq!(kept(project.path()), before);
    run(&project, "fourth");
    all_is_well(&project);
}

#[test]
fn a_longer_log_is_not_rolled_back_and_another_history_is_refused() {
    let project = project(WORKFLOW);
    let first = run(&project, "first");
    assert_eq!(project.dod(&["backup", "old.dodb"]).code, 0);
    run(&project, "second");
    let before = kept(project.path());
    let said = project.dod(&["restore", "old.dodb"]);
    assert_eq!((said.code, said.stderr.contains("would roll the log back")), (1, true), "{said}");
    assert_eq!(kept(project.path()), before);
    assert_eq!(project.dod(&["backup", "new.dodb"]).code, 0);
    std::fs::remove_dir_all(project.path().join(".dod")).unwrap();
    assert_eq!(project.dod(&["restore", "old.dodb"]).code, 0);
    assert_eq!(project.dod(&["restore", "new.dodb"]).code, 0, "what is shorter here is continued");
    assert_eq!(kept(project.path()), before);
    let log = project.path().join(format!(".dod/runs/{first}/events.jsonl"));
    let text = std::fs::read_to_string(&log).unwrap();
    std::fs::write(&log, text.replace("\"passed\"", "\"failed\"")).unwrap();
    let changed = kept(project.path());
    let said = project.dod(&["restore", "new.dodb"]);
    assert_eq!((said.code, said.stderr.contains(&format!("runs/{first}/events.jsonl"))), (1, true), "{said}");
    assert_eq!(kept(project.path()), changed);
    std::fs::remove_dir_all(project.path().join(".dod")).unwrap();
    run(&project, "another clone");
    let said = project.dod(&["restore", "new.dodb"]);
    assert_eq!((said.code, said.stderr.contains("the log of this clone is")), (1, true), "{said}");
}

#[test]
fn a_damaged_blob_is_repaired_and_a_missing_run_comes_back() {
    let project = project(WORKFLOW);
    run(&project, "first");
    assert_eq!(project.dod(&["backup", "all.dodb"]).code, 0);
    let before = kept(project.path());
    let all = blobs(&project);
    std::fs::write(&all[0], "damaged").unwrap();
    std::fs::remove_file(&all[1]).unwrap();
    std::fs::remove_dir_all(&project.runs()[0]).unwrap();
    let said = object(&project.dod(&["restore", "all.dodb", "--format", "json"]), RESTORE);
    assert_eq!((&said["repaired"], &said["blobs"], &said["runs"]), (&1.into(), &1.into(), &1.into()));
    assert_eq!(kept(project.path()), before);
}

/// `DOD_ALL_BITS=1` flips all of them; else one in a few hundred, in every part of the file.
#[test]
fn a_flipped_bit_of_a_backup_is_refused_and_named() {
    let project = project(WORKFLOW);
    let first = run(&project, "first");
    assert_eq!(project.dod(&["backup", "all.dodb"]).code, 0);
    let good = std::fs::read(project.path().join("all.dodb")).unwrap();
    let empty = tempfile::tempdir().unwrap();
    let restore = |bytes: &[u8]| {
        std::fs::write(empty.path().join("bad.dodb"), bytes).unwrap();
        said(
            &project
                .command(&["-C", empty.path().to_str().unwrap(), "restore", "bad.dodb"])
                .output()
                .unwrap(),
        )
    };
    let step = if std::env::var_os("DOD_ALL_BITS").is_some() { 1 } else { good.len() * 8 / 150 };
    let mut refused = 0;
    for bit in (0..good.len() * 8).step_by(step.max(1)) {
        let mut bad = good.clone();
        bad[bit / 8] ^= 1 << (bit % 8);
        let said = restore(&bad);
        assert_eq!(said.code, 1, "bit {bit}: {said}");
        assert!(!empty.path().join(".dod/log/leaves.jsonl").exists(), "bit {bit}: {said}");
        refused += 1;
    }
    for cut in [0, 1, 511, 512, good.len() / 2, good.len() - 1] {
        assert_eq!(restore(&good[..cut]).code, 1, "cut at {cut}");
    }
    println!("{refused} flipped bits, all refused");
    let at = good.windows(13).rposition(|window| window == b"\"run_started\"").unwrap();
    let mut bad = good.clone();
    bad[at + 1] ^= 1;
    let said = restore(&bad);
    assert!(
        said.stderr.contains(&format!("`runs/{first}/events.jsonl` in the backup was changed")),
        "{said}"
    );
}
