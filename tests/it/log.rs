//! The log of a clone, keys, signatures and anchors: what is said when all is well, and when something was taken back.

use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::dod::{Project, Said};

const HELLO: &str = "steps:\n  a: { run: 'true' }\n";

fn project() -> Project {
    let project = Project::of(HELLO);
    project.write(".gitignore", ".dod\n");
    project.commit("first");
    project
}

impl Project {
    /// Says these words and checks the JSON against its schema.
    #[track_caller]
    fn object(&self, schema: &str, words: &[&str]) -> Value {
        let said = self.dod(&[words, &["--format", "json"]].concat());
        let text: Value = serde_json::from_str(&said.stdout).unwrap_or_else(|_| panic!("{words:?}: {said}"));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../schemas/{schema}.schema.json"));
        let schema: Value = serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap();
        let wrong: Vec<String> = jsonschema::validator_for(&schema)
            .unwrap()
            .iter_errors(&text)
            .map(|error| format!("{}: {error}", error.instance_path()))
            .collect();
        assert!(wrong.is_empty(), "{words:?}: {wrong:?}\n{text:#}");
        text
    }

    #[track_caller]
    fn good(&self, words: &[&str]) -> Said {
        let said = self.dod(words);
        assert_eq!(said.code, 0, "{words:?}: {said}");
        said
    }

    fn leaves(&self) -> PathBuf {
        self.path().join(".dod/log/leaves.jsonl")
    }

    /// The kinds of the leaves, in order.
    fn kinds(&self) -> Vec<String> {
        let text = std::fs::read_to_string(self.leaves()).unwrap();
        let kind = |line: &str| {
            let leaf: Value = serde_json::from_str(line).unwrap();
            leaf.as_object().unwrap().keys().next().unwrap().clone()
        };
        text.lines().map(kind).collect()
    }

    /// All files of the clone log.
    fn keep_log(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let files = std::fs::read_dir(self.path().join(".dod/log")).unwrap();
        files
            .map(|entry| entry.unwrap().path())
            .map(|path| (path.clone(), std::fs::read(path).unwrap()))
            .collect()
    }
}

#[track_caller]
fn refused(said: &Said, code: i32, words: &[&str]) {
    assert_eq!(said.code, code, "{said}");
    for word in words {
        assert!(said.stderr.contains(word), "`{word}` is not said: {said}");
    }
}

#[test]
fn a_run_has_a_leaf_when_it_begins_and_one_when_it_ends() {
    let project = project();
    refused(&project.dod(&["log"]), 2, &["nothing was run here yet"]);
    project.good(&["validate"]);
    project.good(&["validate"]);
    assert_eq!(project.kinds(), ["opened", "closed", "opened", "closed"]);
    let log = project.object("log", &["log"]);
    assert_eq!(
        (&log["leaves"], &log["checkpoint"]["size"], &log["open"]),
        (&4.into(), &4.into(), &serde_json::json!([]))
    );
    let text = project.good(&["log", "--limit", "1"]);
    assert_eq!(text.stdout.lines().count(), 4, "{text}");
    assert!(text.stdout.contains("checkpoint over 4 leaves") && text.stdout.contains("unsigned"), "{text}");
}

#[test]
fn a_run_that_waits_is_open_and_closed_when_it_is_answered() {
    let project = Project::of("steps:\n  a: { approve: { from: [managers] } }\n");
    project.write("roles.yaml", "managers: [{ name: alice }]\n");
    let said = project.dod(&["validate", "--wait-max", "0s"]);
    assert_eq!(said.code, 4, "{said}");
    let log = project.object("log", &["log"]);
    assert_eq!(log["open"].as_array().unwrap().len(), 1);
    assert!(project.good(&["log"]).stdout.contains("opened and not closed: 1 run\n"));
    project.dod(&["cancel"]);
    assert_eq!(project.kinds(), ["opened", "closed"]);
}

#[test]
fn a_key_is_made_signs_and_is_exchanged() {
    let project = project();
    refused(&project.dod(&["sign"]), 2, &["there is no key to sign with", "dod key new"]);
    let made = project.object("key", &["key", "new", "ann@laptop"]);
    assert_eq!(made["keys"][0]["signs"], true);
    let file = PathBuf::from(made["keys"][0]["file"].as_str().unwrap());
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    refused(&project.dod(&["key", "new", "ann@laptop"]), 2, &["there is a key `ann@laptop` already"]);
    project.good(&["validate"]);
    let note = std::fs::read_to_string(project.runs()[0].join("checkpoint")).unwrap();
    assert!(note.contains("\n\n\u{2014} ann@laptop "), "{note}");
    let old = project.good(&["key", "show"]).stdout;
    assert_eq!(old.trim(), made["keys"][0]["key"].as_str().unwrap());

    let rotated = project.object("key", &["key", "rotate"]);
    assert_eq!(rotated["old"].as_str().unwrap(), old.trim());
    assert_eq!(rotated["leaf"], 2);
    project.good(&["validate"]);
    let listed = project.object("key", &["key", "list"]);
    assert_eq!(listed["keys"].as_array().unwrap().len(), 2, "the old one is trusted");
    let log = project.object("log", &["log"]);
    assert_eq!(log["checkpoint"]["signed_by"].as_array().unwrap().len(), 1);
    let key = &log["newest"][2]["leaf"]["key"];
    assert!(key["note"].as_str().unwrap().contains(&format!("old {old}new ")), "{key}");
    // Both runs verify: the first under the key that signs no more.
    for run in project.runs() {
        let said = project.good(&["verify", run.file_name().unwrap().to_str().unwrap()]);
        assert!(said.stdout.contains("signed by ann@laptop+"), "{said}");
    }
    let untrusted = project.object("key", &["key", "untrust", "ann@laptop"]);
    assert_eq!(untrusted["what"], "untrusted");
}

#[test]
fn a_key_that_others_may_read_or_that_lies_in_the_repository_is_refused() {
    let project = project();
    let made = project.object("key", &["key", "new", "ann"]);
    let file = PathBuf::from(made["keys"][0]["file"].as_str().unwrap());
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o644)).unwrap();
    let said = project.dod(&["validate"]);
    refused(&said, 2, &["others may use", "chmod 600"]);
    assert!(project.runs().is_empty(), "nothing ran");
    let inside = project.path().join("keys");
    let said = project.command(&["key", "new"]).env("DOD_KEYS", &inside).output().unwrap();
    refused(&crate::dod::said(&said), 2, &["lies inside the repository"]);
    assert!(!inside.exists());
}

#[test]
fn the_key_of_the_environment_signs_and_no_step_sees_it() {
    let project = Project::of(
        "steps:\n  a: { run: 'env; cat /proc/$PPID/environ 2>/dev/null | tr \"\\0\" \"\\n\" | grep -a DOD_KEY=; true' }\n",
    );
    let secret = dod_proof::key::Signer::of_seed("ci", &[7; 32]).unwrap().to_secret_text();
    let said = project.command(&["validate"]).env("DOD_KEY", &secret).output().unwrap();
    let said = crate::dod::said(&said);
    assert_eq!(said.code, 0, "{said}");
    let note = std::fs::read_to_string(project.runs()[0].join("checkpoint")).unwrap();
    assert!(note.contains("\u{2014} ci "), "{note}");
    let kept = format!("{said}{}", project.good(&["logs", "latest", "a"]).stdout);
    assert!(!kept.contains(&secret), "{kept}");
    assert!(!kept.contains("\nDOD_KEY=PRIVATE"), "{kept}");
    let wrong = project.command(&["validate"]).env("DOD_KEY", "nonsense").output().unwrap();
    refused(&crate::dod::said(&wrong), 2, &["the text of `DOD_KEY` is no key"]);
}

#[test]
fn a_run_is_signed_by_who_holds_the_key_after_all_of_it_was_looked_at() {
    let project = project();
    project.good(&["validate"]);
    let run = project.runs()[0].clone();
    project.good(&["key", "new", "signer"]);
    let events = run.join("events.jsonl");
    let text = std::fs::read_to_string(&events).unwrap();
    std::fs::write(&events, text.replacen("\"passed\"", "\"failed\"", 1)).unwrap();
    let said = project.dod(&["sign"]);
    refused(&said, 1, &["not signed: ", "a line was changed"]);
    std::fs::write(&events, &text).unwrap();
    let signed = project.object("sign", &["sign"]);
    assert_eq!(signed["events"], text.lines().count());
    let before = std::fs::read(run.join("checkpoint")).unwrap();
    project.good(&["sign"]);
    assert_eq!(std::fs::read(run.join("checkpoint")).unwrap(), before, "signing again changes nothing");
    // Another signer's line is kept.
    let other = dod_proof::key::Signer::of_seed("other", &[9; 32]).unwrap();
    let said = project.command(&["sign"]).env("DOD_KEY", other.to_secret_text()).output().unwrap();
    assert_eq!(said.status.code(), Some(0));
    let note = std::fs::read_to_string(run.join("checkpoint")).unwrap();
    assert_eq!(note.matches("\n\u{2014} ").count(), 2, "{note}");
    project.good(&["key", "trust", &other.verifier().to_string()]);
    let said = project.good(&["verify"]);
    assert!(said.stdout.contains("signer+") && said.stdout.contains("other+"), "{said}");
}

#[test]
fn an_exported_run_is_signed_in_its_file() {
    let project = project();
    project.good(&["validate"]);
    project.good(&["export", "-o", "run.dodz"]);
    project.good(&["key", "new", "signer"]);
    project.good(&["sign", "run.dodz"]);
    let said = project.good(&["verify", "run.dodz"]);
    assert!(said.stdout.contains("signed by signer+"), "{said}");
}

#[test]
fn a_log_that_was_taken_back_is_refused_and_each_anchor_tells_of_it() {
    let project = project();
    project.good(&["validate"]);
    let old = project.keep_log();
    project.good(&["validate"]);
    project.object("log_anchor", &["log", "anchor"]);
    project.object("log_anchor", &["log", "anchor", "--ref", "--file", "kept.checkpoint"]);
    let said = project.good(&["verify", "--log"]);
    assert!(said.stdout.starts_with("good: "), "{said}");
    assert_eq!(
        project.object("log_consistency", &["log", "consistency", "2", "kept.checkpoint"])["consistent"],
        true
    );

    // Back to an older, genuine state, with everything that goes with it.
    let new = project.keep_log();
    old.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    let told = project.object("log_consistency", &["log", "consistency", "kept.checkpoint"]);
    assert_eq!(told["consistent"], false);
    let said = project.dod(&["verify", "--log"]);
    assert_eq!(said.code, 1, "{said}");
    assert!(said.stdout.contains("refs/notes/dod") && said.stdout.contains("refs/dod/anchors/"), "{said}");
    for words in
        [&["log", "anchor"][..], &["log", "anchor", "--ref"], &["log", "anchor", "--file", "kept.checkpoint"]]
    {
        refused(&project.dod(words), 1, &["remembers 4 leaves"]);
    }
    new.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    project.good(&["log", "anchor", "--ref", "--file", "kept.checkpoint"]);

    // Leaves alone: the stored checkpoint tells of it, and nothing runs.
    std::fs::write(project.leaves(), &old.iter().find(|(path, _)| *path == project.leaves()).unwrap().1)
        .unwrap();
    refused(&project.dod(&["validate"]), 3, &["has 2 lines, and its checkpoint states 4"]);
    assert_eq!(project.runs().len(), 2);
}

#[test]
fn the_signer_remembers_what_it_signed() {
    let project = project();
    project.good(&["key", "new", "ann"]);
    project.good(&["validate"]);
    let old = project.keep_log();
    project.good(&["validate"]);
    old.iter().for_each(|(path, bytes)| std::fs::write(path, bytes).unwrap());
    refused(&project.dod(&["validate"]), 3, &["4 of it were signed before", "an older state"]);
    // What the hint says helps: a new log begins.
    std::fs::rename(project.path().join(".dod/log"), project.path().join(".dod/old-log")).unwrap();
    project.good(&["validate"]);
    assert_eq!(project.kinds(), ["opened", "closed"]);
}

#[test]
fn a_seal_that_is_missing_is_completed_by_resume() {
    let project = project();
    project.good(&["validate"]);
    let leaves = std::fs::read_to_string(project.leaves()).unwrap();
    let first = leaves.split_inclusive('\n').next().unwrap();
    std::fs::write(project.leaves(), first).unwrap();
    std::fs::remove_file(project.path().join(".dod/log/checkpoint")).unwrap();
    std::fs::remove_file(project.runs()[0].join("checkpoint")).unwrap();
    assert!(project.good(&["log"]).stdout.contains("opened and not closed: 1 run"));
    let said = project.good(&["resume"]);
    assert!(said.last().starts_with("PASSED"), "{said}");
    assert_eq!(std::fs::read_to_string(project.leaves()).unwrap(), leaves, "the same leaf");
    assert!(project.good(&["resume"]).stderr.contains("nothing is left to do"));
    assert_eq!(project.kinds(), ["opened", "closed"]);
}

#[test]
fn processes_that_append_at_once_wait_for_each_other() {
    let project = project();
    project.good(&["validate"]);
    project.good(&["key", "new", "ann"]);
    let keys: Vec<String> = (1..9)
        .map(|seed| dod_proof::key::Signer::of_seed("x", &[seed; 32]).unwrap().verifier().to_string())
        .collect();
    let children: Vec<_> = keys.iter().map(|key| project.start(&["key", "trust", key])).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
    let log = project.object("log", &["log"]);
    assert_eq!((&log["leaves"], &log["checkpoint"]["size"]), (&11.into(), &11.into()));
    project.good(&["verify", "--log"]);
}
