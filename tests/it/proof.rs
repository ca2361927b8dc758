//! A real finished run, with an approval, a waiver, a failure and blobs, and whatever may be done to it: `dod verify` finds it.
//!
//! Every bit, line and length is tried where `DOD_FLIPS=all` is set, and a part of them otherwise: the run is verified once
//! for each. What a skilled forger does, who hashes and signs everything anew, is left to keys and to replay.

mod beside;
mod damage;
mod forged;
mod reread;

use std::path::{Path, PathBuf};
use std::process::Command;

use dod_host::verify::{Keys, Memory, Status, run};
use dod_proof::key::Verifier;

use crate::dod::{Project, Said, said};

const WORKFLOW: &str = r#"policy: own
steps:
  lint: { run: [cat, lint.sarif], kind: lint, evidence: { sarif: stdout } }
  test: { run: [cat, junit.xml], kind: test, evidence: { junit: stdout } }
  noise: { run: [cat, noise.txt] }
  signoff: { approve: { from: [leads] }, needs: [lint] }
  after: { run: ["true"], needs: [signoff] }
"#;
const POLICY: &str = "policy: own\nquality_gates: { lint: \"no errors\", tests: \"no failures\" }\n";
const SARIF: &str = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"ruleId":"R1","level":"error","message":{"text":"bad"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"a.c"},"region":{"startLine":1}}}]}]}]}"#;
const JUNIT: &str = r#"<testsuite name="s" tests="2" failures="1"><testcase classname="c" name="good"/><testcase classname="c" name="bad"><failure message="no"/></testcase></testsuite>"#;

/// A run that ended, where it was made, and who signed it.
struct Proven {
    project: Project,
    keys: tempfile::TempDir,
    key: Verifier,
}

impl Proven {
    /// `None` where there is no `ssh-keygen`.
    fn new() -> Option<Self> {
        let project = Project::with(&[
            ("dod.yaml", WORKFLOW),
            ("policies/own.yaml", POLICY),
            ("lint.sarif", SARIF),
            ("junit.xml", JUNIT),
            ("a.c", "int a;\n"),
            (".gitignore", "dora*\n*.dodz\n*.txt\n"),
            ("noise.txt", &(0..700).map(|at| format!("line {at} of a long output\n")).collect::<String>()),
        ]);
        let keys = tempfile::tempdir().unwrap();
        let dora = project.path().join("dora");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "dora", "-f"])
            .arg(&dora)
            .output();
        if !made.is_ok_and(|output| output.status.success()) {
            println!("skipped: `ssh-keygen` does not run here");
            return None;
        }
        let public = project.read("dora.pub");
        project.write("roles.yaml", &format!("leads: [{{ name: dora, key: \"{}\" }}]\n", public.trim()));
        project.commit("one");
        let key = new_key(&project, &keys.path().join("own"), "auditor");
        let proven = Self { project, keys, key };
        proven.finish();
        Some(proven)
    }

    /// Makes a run that waits for dora, who waives a finding and agrees, and lets it end.
    fn finish(&self) {
        let first = self.dod(&["validate", "-q"]);
        assert!(first.code == 1 || first.code == 4, "{first}");
        let words =
            ["waive", "R1", "--reason", "known", "--expires", "30d", "--by", "dora", "--sign", "dora"];
        let waived = self.dod(&words);
        assert_eq!(waived.code, 0, "{waived}");
        self.project.commit("waived");
        self.again();
    }

    /// A second run, to its end.
    fn again(&self) {
        self.dod(&["validate", "-q"]);
        let answered = self.dod(&["approve", "latest", "signoff", "--as", "dora", "--sign-with", "dora"]);
        assert_eq!(answered.code, 0, "{answered}");
        let ended = self.dod(&["resume", "-q"]);
        assert_eq!(ended.code, 1, "{ended}");
    }

    fn dod(&self, words: &[&str]) -> Said {
        said(&self.project.command(words).env("DOD_KEYS", self.keys.path().join("own")).output().unwrap())
    }

    /// On a machine that has no keys.
    fn stranger(&self, words: &[&str]) -> Said {
        let nowhere = self.keys.path().join("nobody's");
        said(&self.project.command(words).env("DOD_KEYS", nowhere).output().unwrap())
    }

    fn export(&self) -> PathBuf {
        let file = self.project.path().join("run.dodz");
        let exported = self.dod(&["export", "-o", file.to_str().unwrap()]);
        assert_eq!(exported.code, 0, "{exported}");
        file
    }

    fn newest(&self) -> PathBuf {
        self.project.runs().pop().unwrap()
    }
}

/// Makes a key in this folder.
fn new_key(project: &Project, folder: &Path, name: &str) -> Verifier {
    let made = said(&project.command(&["key", "new", name]).env("DOD_KEYS", folder).output().unwrap());
    assert_eq!(made.code, 0, "{made}");
    let text = std::fs::read_to_string(folder.join(format!("{name}.pub"))).unwrap();
    Verifier::read(text.trim()).unwrap()
}

/// Whether an exported run is anything but good, signed by this key.
fn caught(archive: &[u8], key: &Verifier) -> bool {
    match Memory::read(archive) {
        Ok(memory) => bad(&memory, key),
        Err(_) => true,
    }
}

fn bad(memory: &Memory, key: &Verifier) -> bool {
    let keys = std::slice::from_ref(key);
    run(memory, &Keys { known: keys, asked: keys }, &[]).problems.status() != Status::Good
}

#[track_caller]
fn ends(said: &Said, code: i32, contains: &[&str]) {
    assert_eq!(said.code, code, "{said}");
    for text in contains {
        assert!(said.stdout.contains(text) || said.stderr.contains(text), "no `{text}` in {said}");
    }
}

#[test]
fn a_whole_run_is_good_and_what_is_not_covered_is_said() {
    let Some(proven) = Proven::new() else { return };
    let good = proven.dod(&["verify", "--replay", "--reread"]);
    let said = [
        "good, not anchored: run ",
        " is what was written: ",
        "  verdict    failed\n",
        ": signed by auditor+",
        "opened by leaf 1, closed by leaf 2 (of 3 leaves); signed by auditor+",
        "  anchored   not anchored: a rollback to an older state would not be noticed\n",
        "  answers    1 proved, 0 claimed\n",
        "  waivers    1 proved, 0 claimed\n",
        "every decision was made again; verdict failed\n",
        "  reports    the evidence of 2 attempts is what their reports say\n",
    ];
    ends(&good, 0, &said);
    ends(
        &proven.dod(&["verify", "--log"]),
        0,
        &[
            "good, not anchored: the clone log `",
            "3 leaves, 2 runs",
            " was opened and never closed: it waits",
        ],
    );
    let file = proven.export();
    let file = file.to_str().unwrap();
    ends(&proven.dod(&["verify", file]), 0, &["it stands among 3 leaves of `"]);
    ends(
        &proven.stranger(&["verify", file]),
        3,
        &["incomplete: ", "is signed by a key that is not trusted: auditor+"],
    );
    let key = proven.key.to_string();
    ends(&proven.stranger(&["verify", file, "--key", &key]), 0, &["signed by auditor+"]);
    let object = proven.dod(&["verify", file, "--replay", "--reread", "--format", "json"]);
    let object: serde_json::Value = serde_json::from_str(&object.stdout).unwrap();
    let schema: serde_json::Value =
        serde_json::from_str(include_str!("../../schemas/verify.schema.json")).unwrap();
    jsonschema::validate(&schema, &object).unwrap();
    let log = proven.dod(&["verify", "--log", "--format", "json"]);
    jsonschema::validate(&schema, &serde_json::from_str(&log.stdout).unwrap()).unwrap();
}

#[test]
fn an_unsigned_run_is_good_and_called_unsigned() {
    let project = Project::of("steps: { a: { run: [\"true\"] } }\n");
    let keys = tempfile::tempdir().unwrap();
    let dod = |words: &[&str]| {
        said(&project.command(words).env("DOD_KEYS", keys.path().join("none")).output().unwrap())
    };
    ends(&dod(&["validate", "-q"]), 0, &[]);
    ends(&dod(&["verify"]), 0, &["good, not anchored", ": unsigned\n"]);
    let key = new_key(&project, &keys.path().join("some"), "x").to_string();
    ends(
        &dod(&["verify", "--key", &key]),
        1,
        &["different: ", "it is unsigned, and a signature is asked for"],
    );
}

#[test]
fn a_rollback_is_noticed_by_any_anchor_and_called_possible_without() {
    let Some(proven) = Proven::new() else { return };
    let beside = tempfile::tempdir().unwrap();
    let dod = proven.project.path().join(".dod");
    let (kept, newer) = (beside.path().join("kept"), beside.path().join("newer"));
    let copy = |from: &PathBuf, to: &PathBuf| {
        let _ = std::fs::remove_dir_all(to);
        assert!(Command::new("cp").arg("-a").args([from, to]).status().unwrap().success());
    };
    copy(&dod, &kept);
    proven.again();
    copy(&dod, &newer);
    ends(&proven.dod(&["log", "anchor", "--file", "log.checkpoint"]), 0, &[]);
    let checkpoint = proven.newest().join("checkpoint");
    std::fs::copy(&checkpoint, proven.project.path().join("run.checkpoint")).unwrap();
    let anchors = ["--anchor", "log.checkpoint", "--anchor", "run.checkpoint"];
    let anchored = proven.dod(&[&["verify"], &anchors[..]].concat());
    ends(&anchored, 0, &["good: run ", "remembers 5 leaves of the clone log\n", " events of the run\n"]);
    // All of it goes back to what it was before the last run: every hash and signature is right.
    copy(&kept, &dod);
    let said = ["good, not anchored: ", "not anchored: a rollback to an older state would not be noticed"];
    ends(&proven.dod(&["verify"]), 0, &said);
    ends(&proven.dod(&["verify", "--log"]), 0, &said);
    for words in [["verify"].as_slice(), &["verify", "--log"]] {
        let found = proven.dod(&[words, &["--anchor", "log.checkpoint"]].concat());
        let said = "it has 3 lines, and `log.checkpoint` remembers 5: it was rolled back to an older state";
        ends(&found, 1, &["different: ", said]);
    }
    let elsewhere = proven.dod(&["verify", "--anchor", "run.checkpoint"]);
    ends(&elsewhere, 3, &["incomplete: ", "which nothing that was looked at is: it shows nothing here"]);
    // What is remembered in git is asked without being named.
    copy(&newer, &dod);
    ends(&proven.dod(&["log", "anchor"]), 0, &[]);
    ends(&proven.dod(&["verify"]), 0, &["good: run ", "`refs/notes/dod on "]);
    copy(&kept, &dod);
    ends(&proven.dod(&["verify"]), 1, &["`refs/notes/dod on ", " remembers 5: it was rolled back"]);
}

#[test]
fn a_run_of_which_the_log_knows_and_that_is_gone_is_missed() {
    let Some(proven) = Proven::new() else { return };
    std::fs::remove_dir_all(proven.newest()).unwrap();
    let said = [
        "incomplete: ",
        "leaves.jsonl:3: the files of run ",
        "no leaf says that they were removed on purpose",
    ];
    ends(&proven.dod(&["verify", "--log"]), 3, &said);
}
