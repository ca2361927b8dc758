//! Attestations: made of a real run, signed, checked by others' programs and by `dod verify --attestation`.
//!
//! The foreign check runs `tests/it/attest/check.py` with the Python that `DOD_PYTHON` names, else `python3`; where that
//! has no `cryptography`, it is skipped, and `securesystemslib` and `in-toto-attestation` are asked where they are there.

use std::path::PathBuf;
use std::process::Command;

use dod_proof::key::Signer;
use serde_json::Value as Json;

use crate::dod::{Project, Said, said};

const RESOURCE: &str = "git+https://example.com/org/payments";
const WORKFLOW: &str = "policy: own
steps:
  build:
    run: \"mkdir -p dist && printf app > dist/app.bin && echo \\\"artifact=$(sha256sum dist/app.bin)\\\" >> $DOD_OUTPUT\"
    outputs: [dist/**]
  test: { run: [cat, tests.xml], kind: test, evidence: { junit: stdout } }
  bom: { run: [cat, bom.json], kind: sbom, evidence: { cyclonedx: stdout } }
";
const TESTS: &str = "<testsuites><testsuite name=\"api\"><testcase classname=\"api\" name=\"pays\"/>\
                     <testcase classname=\"api\" name=\"refuses\"/></testsuite></testsuites>\n";
const BOM: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","version":1,"components":[{"type":"library","name":"foo","version":"1.2","purl":"pkg:cargo/foo@1.2"}]}"#;

/// A committed project, its run, and a key.
struct Attesting {
    project: Project,
    key: Signer,
}

impl Attesting {
    fn of(tests: &str) -> Self {
        let project = Project::with(&[
            ("dod.yaml", WORKFLOW),
            ("policies/own.yaml", "policy: own\nquality_gates: { tests: \"no failures\" }\n"),
            ("tests.xml", tests),
            ("bom.json", BOM),
        ]);
        project.commit("one");
        Self { project, key: Signer::of_seed("ci.example.com", &[7; 32]).unwrap() }
    }

    /// The same after `dod validate`.
    fn run(tests: &str, code: i32) -> Self {
        let attesting = Self::of(tests);
        let said = attesting.project.dod(&["validate"]);
        assert_eq!(said.code, code, "{said}");
        attesting
    }

    fn command(&self, words: &[&str]) -> Command {
        let mut command = self.project.command(words);
        command.env("DOD_KEYS", self.project.path().with_extension("keys")).env_remove("DOD_KEY");
        command
    }

    /// Without a key.
    fn dod(&self, words: &[&str]) -> Said {
        said(&self.command(words).output().unwrap())
    }

    /// `dod attest` with the key.
    fn attest(&self, words: &[&str]) -> Said {
        let words: Vec<&str> = ["attest", "--resource", RESOURCE].iter().chain(words).copied().collect();
        let mut command = self.command(&words);
        said(&command.env("DOD_KEY", self.key.to_secret_text()).output().unwrap())
    }

    /// `dod attest` into a file.
    #[track_caller]
    fn file(&self, words: &[&str]) -> PathBuf {
        let words: Vec<&str> = words.iter().copied().chain(["-o", "out.intoto.json"]).collect();
        let said = self.attest(&words);
        assert_eq!(said.code, 0, "{said}");
        self.project.path().join("out.intoto.json")
    }

    fn commit(&self) -> String {
        self.project.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }
}

fn statement(text: &str) -> Json {
    serde_json::from_str(text).unwrap()
}

/// What a foreign program says of an envelope; `None` where there is none.
fn foreign(envelope: &std::path::Path, key: &str) -> Option<Said> {
    let python = std::env::var("DOD_PYTHON").unwrap_or_else(|_| "python3".to_owned());
    let known = Command::new(&python).args(["-c", "import cryptography"]).output();
    if !known.is_ok_and(|output| output.status.success()) {
        println!("skipped: there is no Python with `cryptography`");
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/it/attest/check.py");
    let output = Command::new(python).arg("-B").arg(script).arg(envelope).arg(key).output().unwrap();
    Some(said(&output))
}

#[test]
fn a_verdict_is_attested_for_its_commit_and_what_was_built() {
    let it = Attesting::run(TESTS, 0);
    let said = it.attest(&["--format", "json"]);
    assert_eq!(said.code, 0, "{said}");
    let object = statement(&said.stdout);
    let schema = statement(include_str!("../../schemas/attest.schema.json"));
    jsonschema::validator_for(&schema).unwrap().validate(&object).unwrap();
    assert_eq!(object["result"], "PASSED");
    assert_eq!(object["subjects"][0]["digest"]["gitCommit"], it.commit());
    let app = "a172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333";
    assert_eq!(object["subjects"][1]["digest"]["sha256"], app, "what `sha256sum` says of `app`");
    assert_eq!(object["subjects"][1]["name"], "dist/app.bin");
    let (predicate, log) = (&object["statement"]["predicate"], it.project.log());
    assert_eq!(predicate["policy"]["uri"], "https://dod.example/policy/own");
    assert_eq!(predicate["resourceUri"], RESOURCE);
    let details = &predicate["https://dod.example/attestation/verdict/v1"];
    assert_eq!(details["events"], log.len());
    // It cites the verdict document, which anybody makes again from the log.
    let replayed = it.project.dod(&["replay", "--quiet", "--format", "json"]);
    assert_eq!(details["document"], statement(&replayed.stdout)["verdict_digest"], "{replayed}");
    assert_eq!(details["verdict"], log.last().unwrap()["event"]["run_finished"]["verdict"]);
    let again = it.attest(&["--format", "json"]);
    assert_eq!(said.stdout, again.stdout, "the same log gives the same bytes");
}

#[test]
fn others_find_the_signature_good_and_the_statement_sound() {
    let it = Attesting::run(TESTS, 0);
    let key = it.key.verifier().to_string();
    for (words, kind) in
        [(&[][..], "vsa"), (&["--gate", "test"][..], "test-result"), (&["--gate", "bom"], "statement")]
    {
        let file = it.file(words);
        let Some(found) = foreign(&file, &key) else { return };
        assert_eq!(found.code, 0, "{kind}: {found}");
        assert!(found.stdout.starts_with("ed25519"), "{found}");
        println!("{kind}: checked with {}", found.stdout.trim());
        assert!(!found.stdout.contains("in-toto") || found.stdout.contains(kind), "{found}");
        // One letter of the payload, another key, and a signature of something else are all refused there.
        let text = std::fs::read_to_string(&file).unwrap();
        let changed = text.replacen("\"payload\":\"eyJf", "\"payload\":\"eyJg", 1);
        assert_ne!(changed, text);
        std::fs::write(&file, changed).unwrap();
        assert_ne!(foreign(&file, &key).unwrap().code, 0);
        std::fs::write(&file, &text).unwrap();
        let other = Signer::of_seed("ci.example.com", &[8; 32]).unwrap();
        assert_ne!(foreign(&file, &other.verifier().to_string()).unwrap().code, 0);
    }
}

#[test]
fn without_a_key_there_is_a_hint_and_the_statement_alone() {
    let it = Attesting::run(TESTS, 0);
    let said = it.dod(&["attest", "--resource", RESOURCE]);
    assert_eq!(said.code, 2, "{said}");
    assert!(said.stderr.contains("no key to sign with") && said.stderr.contains("dod key new"), "{said}");
    let said = it.dod(&["attest", "--resource", RESOURCE, "--unsigned"]);
    assert_eq!(said.code, 0, "{said}");
    assert_eq!(statement(&said.stdout)["_type"], "https://in-toto.io/Statement/v1");
}

#[test]
fn what_is_not_the_whole_answer_about_a_commit_is_not_attested() {
    let it = Attesting::of(TESTS);
    let refused = |code: i32, words: &str| {
        let said = it.attest(&[]);
        assert_eq!(said.code, code, "{said}");
        assert!(said.stderr.contains(words), "{words}: {said}");
        assert_eq!(said.stdout, "");
    };
    assert_eq!(it.project.dod(&["validate", "--skip", "bom"]).code, 0);
    refused(3, "the verdict is partial");
    it.project.write("tests.xml", "no tests\n");
    it.project.commit("two");
    assert_eq!(it.project.dod(&["validate"]).code, 3);
    refused(3, "the verdict is undecided");
    it.project.write("tests.xml", TESTS);
    assert_eq!(it.project.dod(&["validate"]).code, 0);
    refused(3, "there were changes that were not committed");
    it.project.write("dod.yaml", &WORKFLOW.replace("    outputs: [dist/**]\n", ""));
    std::fs::remove_dir_all(it.project.path().join("dist")).unwrap();
    it.project.commit("three");
    assert_eq!(it.project.dod(&["validate"]).code, 0);
    refused(3, "the tree changed during the run");
}

#[test]
fn a_failed_verdict_is_attested_as_failed() {
    let it = Attesting::run(&TESTS.replace("name=\"pays\"/>", "name=\"pays\"><failure/></testcase>"), 1);
    let said = it.attest(&["--format", "json"]);
    assert_eq!(statement(&said.stdout)["result"], "FAILED", "{said}");
    let said = it.attest(&["--format", "json", "--gate", "test"]);
    let predicate = &statement(&said.stdout)["statement"]["predicate"];
    assert_eq!(predicate["failedTests"], serde_json::json!(["api::pays"]), "{said}");
    assert_eq!(predicate["passedTests"], serde_json::json!(["api::refuses"]), "{said}");
}

#[test]
fn a_file_that_the_run_did_not_build_is_told() {
    let it = Attesting::run(TESTS, 0);
    assert_eq!(it.attest(&["--artifact", "dist/app.bin"]).code, 0);
    it.project.write("dist/app.bin", "another");
    let said = it.attest(&["--artifact", "dist/app.bin"]);
    assert_eq!(said.code, 3, "{said}");
    assert!(said.stderr.contains("is no artifact of this run"), "{said}");
}

#[test]
fn a_run_that_was_changed_is_not_attested() {
    let it = Attesting::run(TESTS, 0);
    let log = it.project.runs()[0].join("events.jsonl");
    let text = std::fs::read_to_string(&log).unwrap();
    let _ = std::fs::remove_file(it.project.runs()[0].join("checkpoint"));
    std::fs::write(&log, text.replace("\"state\":\"passed\"", "\"state\":\"failed\"")).unwrap();
    let said = it.attest(&[]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stderr.contains("not attested"), "{said}");
    std::fs::write(&log, &text).unwrap();
    let blobs = it.project.path().join(".dod/blobs/sha256");
    let blob =
        std::fs::read_dir(blobs).unwrap().flatten().map(|shard| shard.path()).find(|it| it.is_dir()).unwrap();
    let blob = std::fs::read_dir(blob).unwrap().next().unwrap().unwrap().path();
    let bytes = std::fs::read(&blob).unwrap();
    std::fs::write(&blob, [b"x", &bytes[1..]].concat()).unwrap();
    let said = it.attest(&[]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stderr.contains("was changed"), "{said}");
    std::fs::remove_file(&blob).unwrap();
    assert_eq!(it.attest(&[]).code, 3);
}

/// `dod verify --attestation` of what was written last, as a consumer who has only the envelope and a key.
struct Consumer {
    folder: tempfile::TempDir,
    key: String,
}

impl Consumer {
    fn of(it: &Attesting, words: &[&str]) -> Self {
        let consumer = Self { folder: tempfile::tempdir().unwrap(), key: it.key.verifier().to_string() };
        std::fs::copy(it.file(words), consumer.folder.path().join("a.json")).unwrap();
        consumer
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("a.json")).unwrap()
    }

    fn write(&self, text: &str) {
        std::fs::write(self.folder.path().join("a.json"), text).unwrap();
    }

    fn verify(&self, words: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dod"));
        command.args(["verify", "--attestation", "a.json"]).args(words).current_dir(self.folder.path());
        command.env("DOD_KEYS", self.folder.path().join("keys")).env_remove("DOD_KEY");
        said(&command.output().unwrap())
    }

    #[track_caller]
    fn refuses(&self, words: &[&str], why: &str) {
        let said = self.verify(words);
        assert_eq!(said.code, 1, "{said}");
        assert!(said.stdout.contains(why), "{why}: {said}");
        assert!(!said.stdout.contains("good"), "{said}");
    }
}

#[test]
fn a_known_key_for_its_verifier_about_this_subject_under_this_policy_is_believed() {
    let it = Attesting::run(TESTS, 0);
    let (consumer, commit) = (Consumer::of(&it, &[]), it.commit());
    let key = consumer.key.clone();
    let app = "sha256:a172cedcae47474b615c54d510a5d84a8dea3032e958587430b413538be3f333";
    for subject in [commit.as_str(), app, &format!("gitCommit:{commit}"), &app[7..]] {
        for policy in ["own", "https://dod.example/policy/own"] {
            let said = consumer.verify(&["--subject", subject, "--policy", policy, "--key", &key]);
            assert_eq!(said.code, 0, "{said}");
            assert!(said.stdout.starts_with("good: "), "{said}");
        }
    }
    let said = consumer.verify(&["--subject", &commit, "--policy", "own", "--key", &key, "--format", "json"]);
    let object = statement(&said.stdout);
    let schema = statement(include_str!("../../schemas/attestation.schema.json"));
    jsonschema::validator_for(&schema).unwrap().validate(&object).unwrap();
    assert_eq!(object["status"], "good", "{said}");
    assert_eq!(object["signed_by"][0], format!("ci.example.com+{}", it.key.verifier().id()), "{said}");
    let digest = object["policy"].as_str().unwrap().split(['(', ')']).nth(1).unwrap().to_owned();
    assert_eq!(consumer.verify(&["--subject", &commit, "--policy", &digest, "--key", &key]).code, 0);
}

#[test]
fn whatever_else_is_refused_in_words() {
    let it = Attesting::run(TESTS, 0);
    let (consumer, commit) = (Consumer::of(&it, &[]), it.commit());
    let (key, subject) = (consumer.key.clone(), ["--subject", &commit, "--policy", "own"]);
    let with =
        |words: &[&'static str]| [&subject[..], words].concat().into_iter().map(str::to_owned).collect();
    let refuses = |words: Vec<String>, why: &str| {
        let words: Vec<&str> = words.iter().map(String::as_str).chain(["--key", &key]).collect();
        consumer.refuses(&words, why);
    };
    let other = Signer::of_seed("ci.example.com", &[8; 32]).unwrap().verifier().to_string();
    let words = [&subject[..], &["--key", &other]].concat();
    consumer.refuses(&words, "none of these is trusted for it");
    consumer.refuses(&subject, "no key is trusted here");
    refuses(
        with(&["--verifier", "https://other.example.com"]),
        "the keys are trusted for `https://other.example.com`",
    );
    refuses(
        with(&["--resource", "git+https://example.com/org/other"]),
        "it was verified as `git+https://example.com/org/payments`",
    );
    refuses(with(&["--predicate", attest_type("test-result")]), "it says another kind of thing");
    let (none, words) = ("0".repeat(40), ["--policy", "own", "--key", &key, "--subject"]);
    consumer.refuses(&[&words[..], &[&none]].concat(), "it is not about 0000");
    let both = [&words[..], &[&commit, "--subject", &none]].concat();
    consumer.refuses(&both, "it is not about 0000");
    let policy = ["--subject", &commit, "--key", &key, "--policy"];
    for other in ["strict", "own@2", &format!("sha256:{}", "0".repeat(64))] {
        consumer.refuses(&[&policy[..], &[other]].concat(), "the policy is own");
    }
    for missing in
        [&["--policy", "own"][..], &["--subject", &commit], &["--subject", &commit[..12], "--policy", "own"]]
    {
        assert_eq!(consumer.verify(missing).code, 2);
    }
    let good = consumer.text();
    for (from, to) in [("vnd.in-toto+json", "vnd.in-toto+jso"), ("eyJf", "eyJg")] {
        consumer.write(&good.replacen(from, to, 1));
        refuses(with(&[]), "does not fit");
    }
    consumer.write("{}");
    let said = consumer.verify(&[&subject[..], &["--key", &key]].concat());
    assert_eq!(
        (said.code, said.stdout.starts_with("unreadable: it is no DSSE envelope")),
        (3, true),
        "{said}"
    );
}

fn attest_type(name: &str) -> &'static str {
    match name {
        "test-result" => "https://in-toto.io/attestation/test-result/v0.1",
        _ => "https://cyclonedx.org/bom",
    }
}

#[test]
fn what_failed_is_not_believed_and_tests_are_believed_as_tests() {
    let broken = TESTS.replace("name=\"pays\"/>", "name=\"pays\"><failure/></testcase>");
    let it = Attesting::run(&broken, 1);
    let (consumer, commit) = (Consumer::of(&it, &[]), it.commit());
    let key = consumer.key.clone();
    let subject = ["--subject", &commit, "--policy", "own", "--key", &key];
    consumer.refuses(&subject, "the result is FAILED, not PASSED");
    let consumer = Consumer::of(&it, &["--gate", "test"]);
    let tests = ["--subject", &commit, "--key", &key, "--predicate", attest_type("test-result")];
    consumer.refuses(&tests, "the result is FAILED, not PASSED");
    let it = Attesting::run(TESTS, 0);
    let (consumer, commit) = (Consumer::of(&it, &["--gate", "test"]), it.commit());
    let tests = ["--subject", &commit, "--key", &key, "--predicate", attest_type("test-result")];
    assert_eq!(consumer.verify(&tests).code, 0);
    let consumer = Consumer::of(&it, &["--gate", "bom"]);
    let bom = ["--subject", &commit, "--key", &key, "--predicate", attest_type("bom")];
    assert_eq!(consumer.verify(&bom).code, 0);
}

#[test]
fn every_bit_of_an_envelope_that_counts_is_signed() {
    let it = Attesting::run(TESTS, 0);
    let envelope = dod_proof::dsse::Envelope::read(&std::fs::read(it.file(&[])).unwrap()).unwrap();
    let keys = [it.key.verifier().clone()];
    assert_eq!(envelope.signed_by(&keys).unwrap().len(), 1);
    for bit in 0..envelope.payload.len() * 8 {
        let mut changed = envelope.clone();
        changed.payload[bit / 8] ^= 1 << (bit % 8);
        assert!(changed.signed_by(&keys).is_err(), "bit {bit}");
    }
}
