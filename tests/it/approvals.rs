//! Who answers: roles, authors, names and keys, and signed answers that travel alone.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};

use crate::dod::{Project, Said};

const RELEASE: &str =
    "policy: anything\nsteps:\n  a: { run: [\"true\"] }\n  ready: { judge: anything, needs: [a] }\n";

/// A project whose author is Alice, in which two owners have to sign; `None` where there is no `ssh-keygen`.
fn release(approve: &str) -> Option<Project> {
    let workflow = format!("{RELEASE}  signoff: {{ approve: {approve}, needs: [ready] }}\n");
    let project = Project::with(&[("dod.yaml", &workflow), ("policies/anything.yaml", "policy: anything\n")]);
    project.write(".gitignore", "keys\n*.approval\n*.dodz\n*.txt*\n");
    let keys = ["alice", "bob", "carol", "eve"].map(|name| key(&project, name));
    let [alice, bob, carol, _] = keys;
    let (alice, bob, carol) = (alice?, bob?, carol?);
    project.write(
        "roles.yaml",
        &format!(
            "owners:\n- {{ name: alice, key: \"{alice}\" }}\n- {{ name: bob, key: \"{bob}\" }}\n\
             - {{ name: carol, key: \"{carol}\" }}\n- {{ name: robert, key: \"{bob}\" }}\n"
        ),
    );
    project.commit("first");
    ends(&project.dod(&["validate"]), 4, "WAITING");
    Some(project)
}

/// Makes a key; its public half.
fn key(project: &Project, name: &str) -> Option<String> {
    std::fs::create_dir_all(project.path().join("keys")).unwrap();
    let path = private(project, name);
    let made =
        Command::new("ssh-keygen").args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", &path]).output();
    if !made.is_ok_and(|output| output.status.success()) {
        println!("skipped: `ssh-keygen` does not run here");
        return None;
    }
    Some(project.read(&format!("keys/{name}.pub")).trim().to_owned())
}

fn private(project: &Project, name: &str) -> String {
    project.path().join("keys").join(name).display().to_string()
}

#[track_caller]
fn ends(said: &Said, code: i32, contains: &str) {
    assert_eq!(said.code, code, "{said}");
    assert!(said.stdout.contains(contains) || said.stderr.contains(contains), "no `{contains}` in {said}");
}

fn approve(project: &Project, more: &[&str]) -> Said {
    project.dod(&[&["approve", "latest", "signoff"], more].concat())
}

/// An approval file that this person signed on another clone, over the exported run.
fn elsewhere(project: &Project, name: &str, more: &[&str]) -> (Project, PathBuf) {
    let run = project.path().join("run.dodz").display().to_string();
    ends(&project.dod(&["export", "latest", "--output", &run]), 0, "");
    let clone = Project::with(&[]);
    let (key, file) = (private(project, name), clone.path().join(format!("{name}.approval")));
    let path = file.display().to_string();
    let words = ["approve", &run, "signoff", "--as", name, "--sign-with", &key, "--write", &path];
    let said = clone.dod(&[&words[..], more].concat());
    ends(&said, 0, &format!("{name} says"));
    (clone, file)
}

fn give(project: &Project, files: &[&Path]) -> Said {
    let files: Vec<String> = files.iter().map(|file| file.display().to_string()).collect();
    let files: Vec<&str> = files.iter().map(String::as_str).collect();
    project.dod(&[&["approve", "latest", "--file"], &files[..]].concat())
}

/// A file with something else in its text.
fn edited(file: &Path, edit: impl FnOnce(&mut Value)) -> PathBuf {
    let mut whole: Value = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
    let mut text: Value = serde_json::from_str(whole["text"].as_str().unwrap()).unwrap();
    edit(&mut text);
    whole["by"] = text["by"].clone();
    let sorted: BTreeMap<String, Value> = serde_json::from_value(text).unwrap();
    whole["text"] = json!(serde_json::to_string(&sorted).unwrap() + "\n");
    let path = file.with_extension("edited.approval");
    std::fs::write(&path, whole.to_string()).unwrap();
    path
}

fn answers(project: &Project, kind: &str) -> Vec<(String, bool)> {
    let log = project.log();
    let by = log.iter().map(|line| &line["event"][kind]["by"]).filter(|by| by.is_object());
    by.map(|by| (by["name"].as_str().unwrap().to_owned(), by["proved"] == true)).collect()
}

fn proved(name: &str) -> (String, bool) {
    (name.to_owned(), true)
}

fn claimed(name: &str) -> (String, bool) {
    (name.to_owned(), false)
}

#[test]
fn two_answers_signed_on_other_clones_count_where_the_run_waits() {
    let Some(project) = release("{ from: [owners], min: 2, proved: true }") else { return };
    let (_bobs, bob) = elsewhere(&project, "bob", &[]);
    let (_carols, carol) = elsewhere(&project, "carol", &["--because", "tested"]);
    let said = give(&project, &[&bob, &carol]);
    ends(&said, 0, "bob (proved) says yes to `signoff`");
    ends(&said, 0, "carol (proved) says yes to `signoff`");
    assert_eq!(answers(&project, "answered"), [proved("bob"), proved("carol")]);
    ends(&project.dod(&["resume"]), 0, "PASSED");
    let told = project.dod(&["explain", "latest", "signoff"]);
    ends(&told, 0, "approved by bob (proved) and carol (proved)");
    ends(&project.dod(&["replay"]), 0, "");
    ends(&project.dod(&["explain", "latest", "signoff"]), 0, "carol (proved) says yes: tested");
    let shown: Value = serde_json::from_str(&project.dod(&["show", "--format", "json"]).stdout).unwrap();
    let step = shown["steps"].as_array().unwrap().iter().find(|step| step["name"] == "signoff").unwrap();
    assert_eq!(step["answers"][0], json!({ "by": "bob", "proved": true, "counted": true, "accept": true }));
}

#[test]
fn a_signed_answer_cannot_be_moved_or_turned_around() {
    let Some(project) = release("{ from: [owners], min: 2 }") else { return };
    let (_clone, bob) = elsewhere(&project, "bob", &[]);
    let digest = format!("sha256:{}", "0".repeat(64));
    type Edit<'e> = (&'e str, &'e dyn Fn(&mut Value));
    let edits: [Edit<'_>; 9] = [
        ("it does not fit what is signed", &|text| text["accept"] = json!(false)),
        ("it does not fit what is signed", &|text| text["because"] = json!("because")),
        ("it does not fit what is signed", &|text| text["set"] = json!({ "risk": { "text": "low" } })),
        ("it was made with another key", &|text| text["by"] = json!("carol")),
        ("it is about another tree", &|text| text["tree"] = json!(digest)),
        ("it is about another policy", &|text| text["governance"] = json!(digest)),
        ("another verdict than the one of ready", &|text| text["verdicts"][0]["digest"] = json!(digest)),
        ("does not wait for this answer", &|text| text["step"]["name"] = json!("ready")),
        ("it answers run 1", &|text| text["run"] = json!("1")),
    ];
    for (why, edit) in edits {
        ends(&give(&project, &[&edited(&bob, edit)]), 1, why);
    }
    assert_eq!(answers(&project, "answered"), []);
    ends(&project.dod(&["validate"]), 4, "WAITING");
    ends(&give(&project, &[&bob]), 1, "and this is run");
    // It still fits what it was made for, once.
    let run = project.runs()[0].file_name().unwrap().to_string_lossy().into_owned();
    let bob = bob.display().to_string();
    ends(&project.dod(&["approve", "--file", &bob]), 0, "bob (proved) says yes");
    ends(&project.dod(&["approve", &run, "--file", &bob]), 1, "has answered before");
}

#[test]
fn an_author_a_second_name_and_a_mere_claim_do_not_count_and_are_recorded() {
    let Some(project) = release("{ from: [owners], min: 2 }") else { return };
    let sign = |name: &str| approve(&project, &["--sign-with", &private(&project, name)]);
    ends(&sign("alice"), 1, "`alice` is an author of the change");
    ends(&approve(&project, &["--as", " ALICE "]), 1, "is an author of the change");
    ends(
        &approve(&project, &["--as", "robert", "--sign-with", &private(&project, "bob")]),
        0,
        "robert (proved)",
    );
    ends(
        &approve(&project, &["--as", "bob", "--sign", &private(&project, "bob")]),
        1,
        "under this name or another one",
    );
    ends(&approve(&project, &["--as", "Carol"]), 0, "Carol (claimed) says yes");
    assert_eq!(answers(&project, "answered"), [proved("robert"), claimed("Carol")]);
    assert_eq!(answers(&project, "answer_refused"), [claimed("alice"), claimed(" ALICE "), claimed("bob")]);
    ends(&project.dod(&["replay"]), 0, "");
}

#[test]
fn where_proof_is_asked_for_a_claim_and_a_foreign_key_do_not_do() {
    let Some(project) = release("{ from: [owners], proved: true, authors: true }") else { return };
    ends(&project.dod(&["show"]), 0, "dod approve");
    ends(&approve(&project, &["--as", "bob"]), 1, "only signed answers count here");
    let foreign = approve(&project, &["--as", "bob", "--sign-with", &private(&project, "eve")]);
    ends(&foreign, 2, "it was made with another key");
    let missing = approve(&project, &["--as", "bob", "--sign-with", "no-such-key"]);
    ends(&missing, 3, "`ssh-keygen` cannot sign with `no-such-key`");
    let waits = project.dod(&["show"]);
    ends(&waits, 0, "the answer of bob (claimed) does not count: only signed answers count");
    ends(&waits, 0, "signoff --sign-with KEY");
    // Authors may, where the definition says so.
    let said = approve(&project, &["--sign-with", &private(&project, "alice"), "--format", "json"]);
    let said: Value = serde_json::from_str(&said.stdout).unwrap();
    assert_eq!(
        (&said["by"], &said["proved"], &said["counted"]),
        (&json!("alice"), &json!(true), &json!(true))
    );
}

#[test]
fn a_signature_of_which_no_key_is_known_proves_nothing_and_says_so() {
    let Some(project) = release("{ min: 2 }") else { return };
    let said = approve(&project, &["--as", "eve", "--sign-with", &private(&project, "eve")]);
    ends(&said, 0, "eve (claimed) says yes");
    ends(&said, 0, "the roles of this run have no key of `eve`");
    assert_eq!(answers(&project, "answered"), [claimed("eve")]);
    let Some(project) = release("{ proved: true }") else { return };
    let said = approve(&project, &["--as", "eve", "--sign-with", &private(&project, "eve")]);
    ends(&said, 1, "had no key of `eve` when the run began");
    // A policy asks for proof, too.
    let Some(project) = release("{ min: 1 }") else { return };
    project.write("policies/anything.yaml", "policy: anything\napprovals: { proved: true }\n");
    ends(&project.dod(&["validate"]), 4, "WAITING");
    ends(&approve(&project, &["--as", "bob"]), 1, "only signed answers count here");
    ends(&approve(&project, &["--as", "bob", "--sign-with", &private(&project, "bob")]), 0, "bob (proved)");
}

#[test]
fn a_cancel_is_shown_with_how_its_person_is_known() {
    let Some(project) = release("{ min: 1 }") else { return };
    let said = project.dod(&["cancel"]);
    ends(&said, 0, "cancelled");
    ends(&project.dod(&["show"]), 0, "(claimed)");
    assert_eq!(answers(&project, "cancel_requested").len(), 1);
}

#[test]
fn a_signed_answer_is_checked_and_made_without_dod() {
    let Some(project) = release("{ from: [owners] }") else { return };
    let (clone, bob) = elsewhere(&project, "bob", &[]);
    let file: Value = serde_json::from_str(&std::fs::read_to_string(&bob).unwrap()).unwrap();
    clone.write("answer.sig", file["signature"].as_str().unwrap());
    clone.write("answer.txt", file["text"].as_str().unwrap());
    clone.write("allowed_signers", &format!("bob {}\n", project.read("keys/bob.pub").trim()));
    let said = Command::new("ssh-keygen")
        .args([
            "-Y",
            "verify",
            "-f",
            "allowed_signers",
            "-I",
            "bob",
            "-n",
            "dod-approval",
            "-s",
            "answer.sig",
        ])
        .current_dir(clone.path())
        .stdin(Stdio::from(std::fs::File::open(clone.path().join("answer.txt")).unwrap()))
        .output()
        .unwrap();
    assert!(said.status.success(), "{}", String::from_utf8_lossy(&said.stderr));

    let words = ["--as", "carol", "--reject", "--because", "not today"];
    let printed = approve(&project, &[&words[..], &["--print"]].concat());
    ends(&printed, 0, "ssh-keygen -Y sign -n dod-approval");
    project.write("answer.txt", &printed.stdout);
    let signed = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", "dod-approval", "-f", &private(&project, "carol"), "answer.txt"])
        .current_dir(project.path())
        .output()
        .unwrap();
    assert!(signed.status.success(), "{}", String::from_utf8_lossy(&signed.stderr));
    let said = approve(&project, &[&words[..], &["--signature", "answer.txt.sig"]].concat());
    ends(&said, 0, "carol (proved) says no to `signoff`");
    ends(&project.dod(&["resume"]), 1, "FAILED");
    ends(&project.dod(&["show"]), 0, "rejected by carol (proved): not today");
}

#[test]
fn a_key_that_is_out_of_time_proves_nothing() {
    let Some(project) = release("{ from: [owners] }") else { return };
    let roles = project.read("roles.yaml").replace("name: bob, ", "name: bob, valid_before: 2020-01-31, ");
    project.write("roles.yaml", &roles);
    ends(&project.dod(&["validate"]), 4, "WAITING");
    let said = approve(&project, &["--as", "bob", "--sign-with", &private(&project, "bob")]);
    ends(&said, 2, "was not valid at that time");
}
