//! Claims about attestations: a story in a line, the statement it becomes or the words of the refusal.

use std::sync::Arc;

use expect_test::{Expect, expect};

use dod_kernel::evidence::{Evidence, Outcome, Source, TestResult};
use dod_kernel::id::Digest;
use dod_kernel::value::Value;

use super::*;
use crate::tests::tell;
use crate::{Sources, Story};

const GATES: &str = "lint(gate=lint); test(gate=test); ship < test lint";
const GOOD: &str = "start tree; lint finds nothing; tick 700; test fails 0 of 2; ship exits 0; tree";
const COMMIT: &str = "9b0e4f1a2c3d4e5f60718293a4b5c6d7e8f90123";

fn given() -> Given<'static> {
    const POLICY: Policy<'_> = Policy { name: "standard@1", digest: Digest([5; 32]) };
    Given {
        verifier: VERIFIER,
        resource: None,
        policy: &POLICY,
        root: "Qk9PT1RCT09UQk9PVEJPT1RCT09UQk9PVEJPT1RCT08=",
        is_commit: Some(true),
        document: None,
    }
}

/// A run of the repository `example.com/org/payments` on a commit.
fn story(workflow: &str, told: &str) -> Story {
    let mut story = tell(workflow, told).story();
    if let Some((_, started)) = &mut story.started {
        started.facts.insert("commit".into(), Value::text(COMMIT));
        started.origin = Some(format!("example.com/org/payments/run/{}", started.id).as_str().into());
    }
    story
}

/// Has a step write this into `$DOD_OUTPUT`.
fn declare(story: &mut Story, step: &str, output: &str, value: &str) {
    let step = story.steps.iter_mut().find(|known| *known.name == *step).unwrap();
    let (_, _, ended) = step.attempts.last_mut().unwrap().ended.as_mut().unwrap();
    Arc::make_mut(ended).outputs.insert(output.into(), value.into());
}

fn pretty(statement: &Statement) -> String {
    serde_json::to_string_pretty(statement).unwrap()
}

#[track_caller]
fn check(told: &str, expect: &Expect) {
    let made = summary(&story(GATES, told), &given());
    expect.assert_eq(&made.map_or_else(|refused| refused.text(), |statement| pretty(&statement)));
}

#[test]
fn a_passed_verdict_says_what_it_rests_on() {
    check(
        GOOD,
        &expect![[r#"
        {
          "_type": "https://in-toto.io/Statement/v1",
          "predicate": {
            "https://dod.example/attestation/verdict/v1": {
              "approvals": [],
              "events": 17,
              "gates": [
                {
                  "evidence": "sha256:6464646464646464646464646464646464646464646464646464646464646464",
                  "kind": "lint",
                  "name": "lint",
                  "state": "passed"
                },
                {
                  "evidence": "sha256:6565656565656565656565656565656565656565656565656565656565656565",
                  "kind": "test",
                  "name": "test",
                  "state": "passed"
                }
              ],
              "governance": "sha256:0202020202020202020202020202020202020202020202020202020202020202",
              "origin": "example.com/org/payments/run/019aa6c1-5d00-7abc-8def-0123456789ab",
              "root": "Qk9PT1RCT09UQk9PVEJPT1RCT09UQk9PVEJPT1RCT08=",
              "run": "019aa6c1-5d00-7abc-8def-0123456789ab",
              "settings": [],
              "sources": [],
              "tree": "sha256:0101010101010101010101010101010101010101010101010101010101010101",
              "verdict": {
                "definitions": "protected",
                "not_measured": [
                  "coverage",
                  "dependencies"
                ],
                "policy": "standard",
                "scope": "full",
                "state": "passed"
              },
              "workflow": {
                "digest": "sha256:0303030303030303030303030303030303030303030303030303030303030303",
                "name": "test"
              }
            },
            "inputAttestations": [
              {
                "digest": {
                  "sha256": "6464646464646464646464646464646464646464646464646464646464646464"
                },
                "mediaType": "application/vnd.dod.evidence+json",
                "name": "lint"
              },
              {
                "digest": {
                  "sha256": "6565656565656565656565656565656565656565656565656565656565656565"
                },
                "mediaType": "application/vnd.dod.evidence+json",
                "name": "test"
              }
            ],
            "policy": {
              "digest": {
                "sha256": "0505050505050505050505050505050505050505050505050505050505050505"
              },
              "name": "standard@1",
              "uri": "https://dod.example/policy/standard@1"
            },
            "resourceUri": "git+https://example.com/org/payments",
            "slsaVersion": "1.1",
            "timeVerified": "2026-11-21T15:00:00.700Z",
            "verificationResult": "PASSED",
            "verifiedLevels": [
              "DOD_PASSED"
            ],
            "verifier": {
              "id": "https://dod.example/verifier",
              "version": {
                "dod": "dod 0.1.0"
              }
            }
          },
          "predicateType": "https://slsa.dev/verification_summary/v1",
          "subject": [
            {
              "digest": {
                "gitCommit": "9b0e4f1a2c3d4e5f60718293a4b5c6d7e8f90123"
              },
              "name": "commit"
            }
          ]
        }"#]],
    );
}

#[test]
fn a_failed_verdict_is_attested_as_failed() {
    let told = "start tree; lint finds 2; test fails 0 of 2; ship exits 0; tree";
    let statement = summary(&story(GATES, told), &given()).unwrap();
    let seen = read(&statement.bytes()).unwrap();
    assert_eq!(seen.result.as_deref(), Some("FAILED"));
    assert_eq!(statement.predicate["verifiedLevels"], serde_json::json!(["FAILED"]));
}

#[test]
fn what_is_not_decided_in_full_is_not_attested() {
    check(
        "start tree; lint finds nothing",
        &expect!["the run has no verdict yet: there is nothing to attest"],
    );
    check(
        "start tree without=ship --skip=ship; lint finds nothing; test fails 0 of 2; tree",
        &expect!["the verdict is partial: a flag left something out, and such a verdict is never attested"],
    );
    check(
        "start tree; lint garbles; test fails 0 of 2; ship exits 0; tree",
        &expect![
            "the verdict is undecided: it is neither passed nor failed, and such a verdict is never attested"
        ],
    );
    check(
        "start tree; lint finds nothing; test fails 0 of 2; ship exits 0; tree src/x.rs",
        &expect![
            "the tree changed during the run in a way that no step declares: what was judged is nothing that could be named"
        ],
    );
}

#[test]
fn the_commit_is_attested_only_where_it_is_what_was_judged() {
    let story = story(GATES, GOOD);
    let with = |is_commit| summary(&story, &Given { is_commit, ..given() }).unwrap_err();
    assert_eq!(with(Some(false)), Refused::NotCommitted { commit: COMMIT.into() });
    assert_eq!(with(None), Refused::TreeUnknown { commit: COMMIT.into() });
    let treeless = self::story(GATES, &GOOD.replace(" tree", "").replace("; tree", ""));
    assert_eq!(summary(&treeless, &given()), Err(Refused::TreeUnknown { commit: COMMIT.into() }));
    for odd in ["main", &COMMIT.to_uppercase(), &COMMIT[1..]] {
        let mut story = story.clone();
        let (_, started) = story.started.as_mut().unwrap();
        started.facts.insert("commit".into(), Value::text(odd));
        assert_eq!(summary(&story, &given()), Err(Refused::NoCommitId { commit: odd.into() }));
    }
}

#[test]
fn a_repository_that_others_do_not_know_has_to_be_named() {
    let mut story = story(GATES, GOOD);
    let (_, started) = story.started.as_mut().unwrap();
    started.origin = Some(format!("payments/run/{}", started.id).as_str().into());
    assert_eq!(summary(&story, &given()), Err(Refused::NoResource));
    let resource = Some("git+https://example.com/org/payments");
    let said = read(&summary(&story, &Given { resource, ..given() }).unwrap().bytes()).unwrap();
    assert_eq!(said.resource.as_deref(), resource);
}

#[test]
fn artifacts_are_those_that_steps_declare() {
    let hex = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
    let mut story = story(GATES, GOOD);
    declare(&mut story, "ship", "artifact", &format!("{hex}  dist/app.tar.gz"));
    declare(&mut story, "ship", "artifact-image", &format!("sha256:{hex}"));
    declare(&mut story, "ship", "artifact_two", &format!("{hex} *dist/two.bin"));
    declare(&mut story, "ship", "artifacts", "12");
    declare(&mut story, "ship", "base", &format!("sha256:{hex}"));
    let statement = summary(&story, &given()).unwrap();
    let names: Vec<&str> = statement.subject.iter().map(|one| one.name.as_str()).collect();
    assert_eq!(names, ["commit", "artifact-image", "dist/app.tar.gz", "dist/two.bin"]);
    assert_eq!(statement.subject[1].digest, [("sha256", hex.to_owned())].into());
    for no_digest in ["", "abc", &hex[1..], &format!("md5:{hex}"), &hex.to_uppercase()] {
        declare(&mut story, "ship", "artifact", no_digest);
        let refused = Refused::NotADigest { step: "ship".into(), output: "artifact".into() };
        assert_eq!(summary(&story, &given()), Err(refused), "{no_digest}");
    }
    declare(&mut story, "ship", "artifact", &format!("{hex} app"));
    declare(&mut story, "ship", "artifact-b", &format!("{} app", "0".repeat(64)));
    assert_eq!(summary(&story, &given()), Err(Refused::TwoArtifacts { name: "app".into() }));
}

#[test]
fn a_step_that_failed_declares_nothing() {
    let mut story = story("a(may_fail); b", "start tree; a exits 1; b exits 0; tree");
    declare(&mut story, "a", "artifact", &"0".repeat(64));
    assert_eq!(artifacts(&story), Ok(Vec::new()));
}

#[test]
fn the_same_log_gives_the_same_bytes_and_they_are_canonical() {
    let one = summary(&story(GATES, GOOD), &given()).unwrap().bytes();
    assert_eq!(one, summary(&story(GATES, GOOD), &given()).unwrap().bytes());
    let value: serde_json::Value = serde_json::from_slice(&one).unwrap();
    assert!(is_sorted(&value), "{value:#}");
}

fn is_sorted(value: &serde_json::Value) -> bool {
    match value {
        serde_json::Value::Object(map) => {
            let keys: Vec<&String> = map.keys().collect();
            keys.is_sorted() && map.values().all(is_sorted)
        }
        serde_json::Value::Array(all) => all.iter().all(is_sorted),
        _ => true,
    }
}

/// The test gate of a run, whose tests ended so.
fn tests_of(outcomes: &[(Outcome, u32)]) -> Result<Statement, Refused> {
    let story = story(GATES, GOOD);
    let tests = outcomes.iter().enumerate().map(|(at, (outcome, flaky_runs))| TestResult {
        duration_ms: None,
        flaky_runs: *flaky_runs,
        message: None,
        name: format!("case {at}").as_str().into(),
        outcome: *outcome,
        place: None,
        suite: if at == 0 { "".into() } else { "api".into() },
    });
    let evidence = Evidence { tests: Some(tests.collect()), ..Evidence::default() };
    gate(&story, "test", Sources { evidence: &|_| Some(evidence.clone()), ..Sources::NONE }, &given())
}

#[test]
fn tests_are_named_by_how_they_ended() {
    use Outcome::{Errored, Failed, Passed, Skipped};
    let statement = tests_of(&[(Passed, 0), (Passed, 1), (Failed, 0), (Errored, 0), (Skipped, 0)]).unwrap();
    expect![[r#"
        {
          "_type": "https://in-toto.io/Statement/v1",
          "predicate": {
            "configuration": [
              {
                "digest": {
                  "sha256": "0303030303030303030303030303030303030303030303030303030303030303"
                },
                "name": "test"
              }
            ],
            "failedTests": [
              "api::case 2",
              "api::case 3"
            ],
            "https://dod.example/attestation/gate/v1": {
              "ended_at": "2026-11-21T15:00:00.700Z",
              "evidence": [
                "sha256:6565656565656565656565656565656565656565656565656565656565656565"
              ],
              "gate": "test",
              "root": "Qk9PT1RCT09UQk9PVEJPT1RCT09UQk9PVEJPT1RCT08=",
              "run": "019aa6c1-5d00-7abc-8def-0123456789ab",
              "skipped": 1,
              "state": "passed"
            },
            "passedTests": [
              "case 0"
            ],
            "result": "FAILED",
            "warnedTests": [
              "api::case 1"
            ]
          },
          "predicateType": "https://in-toto.io/attestation/test-result/v0.1",
          "subject": [
            {
              "digest": {
                "gitCommit": "9b0e4f1a2c3d4e5f60718293a4b5c6d7e8f90123"
              },
              "name": "commit"
            }
          ]
        }"#]]
    .assert_eq(&pretty(&statement));
    let result = |outcomes: &[(Outcome, u32)]| read(&tests_of(outcomes).unwrap().bytes()).unwrap().result;
    assert_eq!(result(&[(Passed, 0)]).as_deref(), Some("PASSED"));
    assert_eq!(result(&[(Passed, 2), (Skipped, 0)]).as_deref(), Some("WARNED"));
    assert_eq!(tests_of(&[]), Err(Refused::NothingToSay { gate: "test".into() }));
}

#[test]
fn a_bill_of_materials_is_attested_as_it_was_reported() {
    let story = story(GATES, GOOD);
    let source =
        |format: &str, byte| Source { digest: Digest([byte; 32]), format: format.into(), path: "bom".into() };
    let with = |sources: Vec<Source>, bytes: Option<&str>| {
        let evidence = Evidence { sources, ..Evidence::default() };
        let blob = |_: &Digest| bytes.map(|text| text.as_bytes().to_vec());
        gate(
            &story,
            "lint",
            Sources { evidence: &|_| Some(evidence.clone()), blob: &blob, ..Sources::NONE },
            &given(),
        )
    };
    let bom = r#"{"bomFormat":"CycloneDX","specVersion":"1.5","components":[]}"#;
    let statement = with(vec![source("cyclonedx", 1)], Some(bom)).unwrap();
    assert_eq!(statement.predicate_type, CYCLONEDX);
    assert_eq!(statement.predicate.to_string(), bom);
    assert_eq!(with(vec![source("spdx", 1)], Some("{}")).unwrap().predicate_type, SPDX);
    let lint = || "lint".into();
    assert_eq!(with(vec![source("cyclonedx", 1)], None), Err(Refused::EvidenceGone { gate: lint() }));
    assert_eq!(with(vec![source("cyclonedx", 1)], Some("<bom/>")), Err(Refused::NotJson { gate: lint() }));
    let two = vec![source("cyclonedx", 1), source("cyclonedx", 2)];
    assert_eq!(with(two, Some(bom)), Err(Refused::SeveralBills { gate: lint() }));
    assert_eq!(with(vec![source("sarif", 1)], Some("{}")), Err(Refused::NothingToSay { gate: lint() }));
    let nobody = gate(&story, "types", Sources::NONE, &given());
    assert_eq!(nobody, Err(Refused::NoGate { gate: "types".into() }));
    assert_eq!(
        gate(&story, "test", Sources::NONE, &given()),
        Err(Refused::EvidenceGone { gate: "test".into() })
    );
}

#[test]
fn what_is_no_statement_is_refused_in_words() {
    let good = String::from_utf8(summary(&story(GATES, GOOD), &given()).unwrap().bytes()).unwrap();
    let refused = |text: &str| read(text.as_bytes()).unwrap_err().text();
    expect![[r#"
        it is no in-toto Statement: EOF while parsing a value at line 1 column 0
        it is no in-toto Statement: invalid length 0, expected struct Statement with 4 elements at line 1 column 2
        its type is `https://in-toto.io/Statement/v0.1`, and only `https://in-toto.io/Statement/v1` is known
        it is no in-toto Statement: it has no subject, or too many
        it is no in-toto Statement: invalid type: integer `1`, expected a string at line 1 column 1857
        it is no in-toto Statement: its predicate: duplicate field `verificationResult` at line 1 column 1671
        it is no in-toto Statement: duplicate field `predicate` at line 1 column 69
        it is no in-toto Statement: its predicate: missing field `timeVerified` at line 1 column 1754"#]].assert_eq(
        &[
            refused(""),
            refused("[]"),
            refused(&good.replace("Statement/v1", "Statement/v0.1")),
            refused(&good.replace("\"subject\":[", "\"subject\":[],\"other\":[")),
            refused(&good.replace("\"gitCommit\":", "\"gitCommit\":1,\"x\":")),
            refused(&good.replace("\"verificationResult\"", "\"verificationResult\":\"FAILED\",\"verificationResult\"")),
            refused(&good.replace("\"predicate\":", "\"predicate\":{},\"predicate\":")),
            refused(&good.replace("\"timeVerified\"", "\"time\"")),
        ]
        .join("\n"),
    );
}
