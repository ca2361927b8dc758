//! `dod verify --reread`: evidence is what the reports say, finding by finding and test by test, wherever the repository lay.

use dod_kernel::id::Digest;
use dod_proof::key::Signer;
use serde_json::{Value, json};

use super::forged::Forged;
use super::{Proven, ends};
use crate::dod::Project;

/// Changes the evidence of a step, and of what it counts nothing; whoever holds the key does so.
#[track_caller]
fn changed(proven: &Proven, step: &str, change: impl Fn(&mut Value), said: &[&str]) {
    let mut forged = Forged::of(proven);
    let ended = forged.event("attempt_ended", |ended| ended["step"]["name"] == step);
    let digest: Digest = ended["evidence"]["read"]["digest"].as_str().unwrap().parse().unwrap();
    let path = format!("blobs/sha256/{}/{}", &digest.hex()[..2], &digest.hex()[2..]);
    let bytes = forged.memory.files.remove(&path).unwrap();
    let mut evidence: Value = serde_json::from_slice(&bytes).unwrap();
    change(&mut evidence);
    let digest = forged.memory.keep(serde_json::to_vec(&evidence).unwrap());
    let ended = forged.event("attempt_ended", |ended| ended["step"]["name"] == step);
    ended["evidence"]["read"]["digest"] = json!(digest.to_string());
    let forger = Signer::of_seed("forger", &[7; 32]).unwrap();
    let file = forged.write(&forger);
    let key = forger.verifier().to_string();
    let file = file.to_str().unwrap();
    ends(&proven.stranger(&["verify", file, "--key", &key]), 0, &[]);
    let reread = proven.stranger(&["verify", file, "--key", &key, "--reread"]);
    ends(&reread, 1, &["different: "]);
    ends(&reread, 1, said);
}

#[test]
fn evidence_whose_counts_alone_are_those_of_the_report_is_found() {
    let Some(proven) = Proven::new() else { return };
    let finding = |name: &'static str, to: Value| {
        move |evidence: &mut Value| evidence["findings"][0][name] = to.clone()
    };
    changed(
        &proven,
        "lint",
        finding("rule", json!("R2")),
        &[
            r#"`lint` (line "#,
            r#"finding recorded "R2 (error) in a.c:1: bad", read "R1 (error) in a.c:1: bad""#,
        ],
    );
    changed(&proven, "lint", finding("message", json!("good")), &["a.c:1: good"]);
    changed(&proven, "lint", finding("fingerprint", json!("sha256:00")), &["fingerprint"]);
    changed(
        &proven,
        "lint",
        |evidence| evidence["findings"][0]["place"]["path"] = json!("b.c"),
        &["in b.c:1: bad"],
    );
    changed(
        &proven,
        "test",
        |evidence| evidence["tests"][1]["name"] = json!("other"),
        &["`test` (line ", "test recorded \"c other failed\", read \"c bad failed\""],
    );
}

#[test]
fn where_the_repository_lay_and_where_covered_files_lie_is_no_difference() {
    let sarif = r#"{"version":"2.1.0","runs":[{"tool":{"driver":{"name":"x"}},"results":[{"ruleId":"R1","level":"note","message":{"text":"m"},"locations":[{"physicalLocation":{"artifactLocation":{"uri":"file://ROOT/src/a.c"},"region":{"startLine":1}}}]}]}]}"#;
    let jacoco = r#"<report name="r"><package name="com/shop"><sourcefile name="Cart.java"><line nr="1" mi="0" ci="1" mb="0" cb="0"/><line nr="2" mi="1" ci="0" mb="0" cb="0"/></sourcefile></package></report>"#;
    let workflow = r#"policy: own
steps:
  lint: { run: [sh, -c, 'sed "s#ROOT#$PWD#" lint.sarif'], kind: lint, evidence: { sarif: stdout } }
  inner: { run: [sh, -c, 'sed "s#ROOT#$PWD#" ../lint.sarif'], cwd: src, kind: lint, evidence: { sarif: stdout } }
  cover: { run: [cat, jacoco.xml], kind: coverage, evidence: { jacoco: stdout } }
"#;
    let project = Project::with(&[
        ("dod.yaml", workflow),
        ("policies/own.yaml", "policy: own\n"),
        ("lint.sarif", sarif),
        ("jacoco.xml", jacoco),
        ("src/a.c", "int a;\n"),
        ("java/src/main/java/com/shop/Cart.java", "class Cart {}\n"),
    ]);
    project.commit("one");
    project.dod(&["validate", "-q"]);
    let log = project.log();
    let placed = log.iter().filter(|line| line.to_string().contains("\"read\":{")).count();
    assert_eq!(placed, 3, "{log:?}");
    let said = project.dod(&["verify", "--reread"]);
    ends(&said, 0, &["  reports    the evidence of 3 attempts is what their reports say\n"]);
}
