//! `docs/verify-without-dod.md`, as a stranger follows it: the commands of the page are run, block by block, on a real run with
//! a signed approval, a receipt, an attestation and a log, and on copies in which one thing was changed.
//!
//! Where a tool of the page is missing, the tests say so and pass.

use std::path::{Path, PathBuf};
use std::process::Command;

use dod_host::clone_log::Leaf;
use dod_proof::checkpoint::Checkpoint;
use dod_proof::key::Signer;
use dod_proof::receipt::Receipt;
use dod_proof::tree::{Tree, leaf_hash};

use crate::dod::{Project, Said, said};

const PAGE: &str = include_str!("../../docs/verify-without-dod.md");
const TOOLS: &str = "tar sha256sum base64 xxd awk sed jq openssl ssh-keygen";
const WORKFLOW: &str = "policy: own
steps:
  test: { run: [cat, tests.xml], kind: test, evidence: { junit: stdout } }
  ready: { judge: own, needs: [test] }
  signoff: { approve: { from: [leads], timeout: 7d }, needs: [ready] }
";
const TESTS: &str = "<testsuites><testsuite name=\"é\"><testcase classname=\"api\" name=\"\\ pays %s\"/></testsuite></testsuites>\n";

/// Makes the exported run out of its folder again.
const REPACK: &str = "cd run && find . -type f | cut -c 3- | tar cf ../run.dodz -T -";

/// Everything that a stranger is given, in one folder.
struct Given {
    folder: tempfile::TempDir,
    project: Project,
    key: Signer,
}

impl Given {
    /// A run that passed; `None` where a tool is missing.
    fn new() -> Option<Self> {
        let check = format!(
            "for tool in {TOOLS}; do command -v $tool || exit 1; done; openssl version | grep -q 'OpenSSL [3-9]'"
        );
        let there = Command::new("sh").args(["-c", &check]).output();
        if !there.is_ok_and(|output| output.status.success()) {
            println!("skipped: not all of these are there: {TOOLS} (3 or later)");
            return None;
        }
        let folder = tempfile::tempdir().unwrap();
        let ssh = folder.path().join("bob");
        let made = Command::new("ssh-keygen")
            .args(["-q", "-t", "ed25519", "-N", "", "-C", "", "-f"])
            .arg(&ssh)
            .output();
        assert!(made.unwrap().status.success());
        let public = std::fs::read_to_string(ssh.with_extension("pub")).unwrap();
        std::fs::write(folder.path().join("allowed"), format!("bob {public}")).unwrap();
        let project = Project::with(&[
            ("dod.yaml", WORKFLOW),
            ("policies/own.yaml", "policy: own\nquality_gates: { tests: \"no failures\" }\n"),
            ("roles.yaml", &format!("leads: [{{ name: bob, key: \"{}\" }}]\n", public.trim())),
            ("tests.xml", TESTS),
        ]);
        project.commit("one");
        let it = Self { folder, project, key: Signer::of_seed("ci.example.com/a", &[7; 32]).unwrap() };
        it.dod(&["validate"], 4);
        it.dod(
            &[
                "approve",
                "latest",
                "signoff",
                "--as",
                "bob",
                "--because",
                "é, \"fine\"",
                "--sign-with",
                ssh.to_str().unwrap(),
            ],
            0,
        );
        it.dod(&["resume"], 0);
        it.keep("log/checkpoint", "anchor");
        sh(it.folder.path(), "cp -R \"$LOG\" log.old", &[("LOG", it.log())]);
        it.dod(&["validate"], 4);
        it.dod(&["cancel"], 0);
        it.dod(&["validate"], 4);
        it.seal();
        Some(it)
    }

    fn dod(&self, words: &[&str], code: i32) {
        let mut command = self.project.command(words);
        command.env("DOD_KEYS", self.folder.path().join("keys")).env("DOD_KEY", self.key.to_secret_text());
        let said = said(&command.output().unwrap());
        assert_eq!(said.code, code, "{words:?}: {said}");
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn keep(&self, from: &str, name: &str) {
        if let Ok(bytes) = std::fs::read(self.project.path().join(".dod").join(from)) {
            std::fs::write(self.path(name), bytes).unwrap();
        }
    }

    fn log(&self) -> String {
        self.project.path().join(".dod/log").to_str().unwrap().to_owned()
    }

    /// The exported run as a folder, its receipt, its attestation, and a copy of the log.
    fn seal(&self) {
        let run = self.project.runs().remove(0);
        let id = run.file_name().unwrap().to_str().unwrap();
        let file = self.path("run.dodz");
        self.dod(&["export", id, "-o", file.to_str().unwrap()], 0);
        self.dod(
            &[
                "attest",
                id,
                "--resource",
                "git+https://example.com/a",
                "-o",
                self.path("attestation").to_str().unwrap(),
            ],
            0,
        );
        sh(
            self.folder.path(),
            "mkdir run && tar xf run.dodz -C run && cp -R \"$LOG\" log",
            &[("LOG", self.log())],
        );
    }

    /// Follows the page on what lies in a folder like this one.
    fn follow(&self, folder: &Path) -> Said {
        sh(folder, REPACK, &[]);
        sh(folder, "rm -rf work && mkdir work", &[]);
        let paths =
            ["ALLOWED", "ANCHOR", "ATTESTATION", "LOG"].map(|name| (name, folder.join(name.to_lowercase())));
        let mut given: Vec<(&str, String)> =
            paths.iter().map(|(name, path)| (*name, path.to_str().unwrap().to_owned())).collect();
        given.push(("RUN", folder.join("run.dodz").to_str().unwrap().to_owned()));
        given.push(("KEY", self.key.verifier().to_string()));
        sh(&folder.join("work"), &blocks_before("# the end"), &given)
    }

    fn copy(&self, change: impl FnOnce(&Copy<'_>)) -> tempfile::TempDir {
        let folder = tempfile::tempdir().unwrap();
        let from = self.folder.path().to_str().unwrap().to_owned();
        sh(folder.path(), "cp -R \"$FROM\"/. .", &[("FROM", from)]);
        change(&Copy { folder: folder.path(), given: self });
        folder
    }

    /// Changes something in a copy, and follows the page.
    #[track_caller]
    fn changed(&self, change: impl FnOnce(&Copy<'_>), complaint: &str) {
        let folder = self.copy(change);
        let said = self.follow(folder.path());
        assert_eq!((said.code, said.stderr.lines().last()), (1, Some(complaint)), "{said}");
    }
}

/// A copy in which something is changed.
struct Copy<'g> {
    folder: &'g Path,
    given: &'g Given,
}

impl Copy<'_> {
    fn edit(&self, name: &str, change: impl FnOnce(String) -> String) {
        let path = self.folder.join(name);
        let text = change(std::fs::read_to_string(&path).unwrap());
        std::fs::write(&path, text).unwrap();
    }

    /// Makes the checkpoint of the lines anew, signed by these.
    fn reseal(&self, signers: &[&Signer]) {
        let lines = std::fs::read_to_string(self.folder.join("run/events.jsonl")).unwrap();
        let tree: Tree = lines.lines().map(|line| leaf_hash(line.as_bytes())).collect();
        self.edit("run/checkpoint", |old| {
            let origin = old.lines().next().unwrap().to_owned();
            let (size, root) = (tree.frontier().size(), tree.frontier().root());
            Checkpoint { origin, size, root }.note(signers)
        });
    }

    /// Makes a log with one leaf, the one that closes the run as it is now, and the receipt of it.
    fn receipt(&self) {
        let checkpoint = std::fs::read(self.folder.join("run/checkpoint")).unwrap();
        let root = Checkpoint::open(&checkpoint, &[]).unwrap().checkpoint.root;
        let leaves = std::fs::read_to_string(self.folder.join("log/leaves.jsonl")).unwrap();
        let Leaf::Closed(mut leaf) = Leaf::read(leaves.lines().nth(1).unwrap().as_bytes()).unwrap() else {
            panic!("the second leaf closes the first run");
        };
        leaf.root = root;
        let tree: Tree = [leaf_hash(&Leaf::Closed(leaf).to_line())].into_iter().collect();
        let origin = std::fs::read_to_string(self.folder.join("log/origin")).unwrap().trim().to_owned();
        let log = Checkpoint { origin, size: 1, root: tree.frontier().root() };
        let receipt = Receipt::make(0, &log.note(&[&self.given.key]), &tree).unwrap();
        std::fs::write(self.folder.join("run/proof"), receipt.to_string()).unwrap();
    }

    fn blob(&self, what: &str) -> PathBuf {
        let first = std::fs::read_to_string(self.folder.join("run/events.jsonl")).unwrap();
        let first: serde_json::Value = serde_json::from_str(first.lines().next().unwrap()).unwrap();
        let hex = first["event"]["run_started"][what].as_str().unwrap().replace("sha256:", "");
        self.folder.join("run/blobs/sha256").join(&hex[..2]).join(&hex[2..])
    }
}

/// The commands of the page, in its order, up to a heading.
fn blocks_before(heading: &str) -> String {
    let mut blocks = String::new();
    let mut inside = false;
    for line in PAGE.lines().take_while(|line| *line != heading) {
        match line {
            "```sh" => inside = true,
            "```" => inside = false,
            line if inside => blocks += &format!("{line}\n"),
            _ => {}
        }
    }
    blocks
}

fn sh(folder: &Path, script: &str, given: &[(&str, String)]) -> Said {
    let mut command = Command::new("sh");
    command.arg("-c").arg(script).current_dir(folder);
    said(&command.envs(given.iter().map(|(name, value)| (name, value))).output().unwrap())
}

#[test]
fn a_stranger_finds_a_real_run_good() {
    let Some(given) = Given::new() else { return };
    let said = given.follow(given.folder.path());
    assert_eq!(said.code, 0, "{said}");
    let good: Vec<&str> = said.stdout.lines().filter(|line| line.starts_with("good: ")).collect();
    assert_eq!(good.len(), 10, "{said}");
    for claim in [
        "signed by ci.example.com/a",
        "bob signed {\"accept\":true,\"because\":\"é, \\\"fine\\\"\"",
        "PASSED for commit",
    ] {
        assert!(said.stdout.contains(claim), "{claim}: {said}");
    }
    let third = given.project.runs().remove(2);
    let opened = format!("opened and not closed: {} ", third.file_name().unwrap().to_str().unwrap());
    assert_eq!(said.stdout.lines().last(), Some(opened.as_str()));
}

#[test]
fn a_stranger_finds_what_was_changed_in_a_run() {
    let Some(given) = Given::new() else { return };
    let other_root = "different: events.jsonl has another root than its checkpoint states";
    given.changed(
        |copy| copy.edit("run/events.jsonl", |text| text.replacen("passed", "passes", 1)),
        other_root,
    );
    given.changed(|copy| copy.edit("run/events.jsonl", |text| swapped(&text)), other_root);
    given.changed(
        |copy| {
            copy.edit("run/events.jsonl", |text| {
                text.lines().skip(1).map(|line| format!("{line}\n")).collect()
            });
        },
        "different: events.jsonl has fewer lines than its checkpoint states",
    );
    given.changed(
        |copy| copy.edit("run/events.jsonl", |text| text[..text.len() - 1].to_owned()),
        "different: the last line of events.jsonl is cut off",
    );
    given.changed(|copy| copy.reseal(&[]), "different: ci.example.com/a has not signed checkpoint");
    let stranger = Signer::of_seed("ci.example.com/a", &[8; 32]).unwrap();
    given.changed(|copy| copy.reseal(&[&stranger]), "different: ci.example.com/a has not signed checkpoint");
    given.changed(
        |copy| copy.edit("run/checkpoint", |text| text.replacen("/run/", "/ran/", 1)),
        "different: the checkpoint is of another run",
    );
    given.changed(
        |copy| std::fs::write(copy.blob("workflow"), "{}").unwrap(),
        "different: a blob is not what its name says",
    );
    given.changed(
        |copy| {
            let blob = copy.blob("governance");
            std::fs::remove_file(blob).unwrap();
        },
        &format!("different: {} is missing", governance(&given)),
    );
    given.changed(
        |copy| std::fs::write(copy.folder.join("run/evil.sh"), "").unwrap(),
        "different: there are files in it that no run has",
    );
}

#[test]
fn a_stranger_finds_what_the_holder_of_the_key_forged() {
    let Some(given) = Given::new() else { return };
    // An answer that its signer did not give, sealed by the team's own key.
    let forge = |copy: &Copy<'_>| {
        copy.edit("run/events.jsonl", |text| text.replacen("é, ", "e, ", 1));
        copy.reseal(&[&copy.given.key]);
    };
    given.changed(forge, "different: the receipt is not for this run");
    given.changed(
        |copy| {
            forge(copy);
            copy.receipt();
        },
        "different: the answer of bob is not what bob signed",
    );
    given.changed(
        |copy| copy.edit("run/proof", |text| text.replacen("index ", "index 1", 1)),
        "different: the receipt is for a leaf that the log has not",
    );
    given.changed(
        |copy| copy.edit("allowed", |text| text.replacen("bob", "ann", 1)),
        "different: the answer of bob is not what bob signed",
    );
    given.changed(
        |copy| {
            copy.edit("attestation", |text| {
                let (head, rest) = text.split_once("\"payload\":\"").unwrap();
                format!("{head}\"payload\":\"{}", rest.replacen("ey", "eo", 1))
            });
        },
        "different: the signature of ci.example.com/a does not fit the attestation",
    );
}

#[test]
fn a_stranger_finds_a_log_that_was_changed_or_rolled_back() {
    let Some(given) = Given::new() else { return };
    let leaves = |copy: &Copy<'_>, change: fn(String) -> String| copy.edit("log/leaves.jsonl", change);
    given.changed(
        |copy| leaves(copy, |text| text.replacen("passed", "failed", 1)),
        "different: leaves.jsonl has another root than its checkpoint states",
    );
    given.changed(
        |copy| leaves(copy, |text| text.lines().take(2).map(|line| format!("{line}\n")).collect()),
        "different: leaves.jsonl has fewer lines than its checkpoint states",
    );
    // An older state, genuine and signed: nothing but the anchor tells.
    let back = |copy: &Copy<'_>| {
        sh(copy.folder, "cp log/checkpoint newer && rm -r log && mv log.old log", &[]);
    };
    given.changed(
        |copy| {
            back(copy);
            sh(copy.folder, "mv newer anchor", &[]);
        },
        "different: the log was rolled back: it had 4 leaves",
    );
    let folder = given.copy(back);
    assert_eq!(given.follow(folder.path()).code, 0);
}

fn swapped(text: &str) -> String {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.swap(2, 3);
    lines.join("\n") + "\n"
}

fn governance(given: &Given) -> String {
    given.project.log()[0]["event"]["run_started"]["governance"].as_str().unwrap().to_owned()
}

#[test]
fn a_stranger_finds_the_sources_of_a_joined_run() {
    let Some(given) = Given::new() else { return };
    let (folder, project) = (tempfile::tempdir().unwrap(), &given.project);
    let gates: String = WORKFLOW.lines().take(3).map(|line| format!("{line}\n")).collect();
    project.write("dod.yaml", &gates);
    project.commit("two");
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    for name in ["a.dodz", "b.dodz"] {
        given.dod(&["validate", "--export", &path(name)], 0);
    }
    given.dod(&["join", &path("a.dodz"), &path("b.dodz")], 0);
    given.dod(&["export", "-o", &path("run.dodz")], 0);
    let follow = || {
        let values = [("RUN", path("run.dodz")), ("KEY", given.key.verifier().to_string())];
        sh(folder.path(), "rm -rf work run && mkdir work run && tar xf run.dodz -C run", &[]);
        sh(&folder.path().join("work"), &blocks_before("## 6. The receipt"), &values)
    };
    let said = follow();
    assert_eq!(said.code, 0, "{said}");
    assert!(said.stdout.contains("good: 2 other runs are those that it cites"), "{said}");
    let source =
        std::fs::read_dir(folder.path().join("run/sources")).unwrap().next().unwrap().unwrap().path();
    let id = source.file_name().unwrap().to_str().unwrap().to_owned();
    for (name, from, to, complaint) in [
        (
            "events.jsonl",
            "exited",
            "exiled",
            "events.jsonl has another root than its checkpoint states".to_owned(),
        ),
        ("checkpoint", "\n", "\n1", "events.jsonl has fewer lines than its checkpoint states".to_owned()),
    ] {
        let path = source.join(name);
        let good = std::fs::read_to_string(&path).unwrap();
        std::fs::write(&path, good.replacen(from, to, 1)).unwrap();
        sh(folder.path(), REPACK, &[]);
        let said = follow();
        assert_eq!((said.code, said.stderr.trim()), (1, &*format!("different: {complaint}")), "{id}: {said}");
        std::fs::write(&path, good).unwrap();
        sh(folder.path(), REPACK, &[]);
    }
    // Changed, and its checkpoint made anew: it is not the run that was cited.
    let path = source.join("events.jsonl");
    let lines = std::fs::read_to_string(&path).unwrap().replacen("exited", "exiled", 1);
    std::fs::write(&path, &lines).unwrap();
    let tree: Tree = lines.lines().map(|line| leaf_hash(line.as_bytes())).collect();
    let (size, root) = (tree.frontier().size(), tree.frontier().root());
    let note = Checkpoint { origin: "x".to_owned(), size, root }.note(&[]);
    std::fs::write(source.join("checkpoint"), note).unwrap();
    sh(folder.path(), REPACK, &[]);
    let said = follow();
    assert_eq!(said.stderr.trim(), format!("different: the run {id} is not the one that is cited"), "{said}");
}
