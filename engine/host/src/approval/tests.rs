//! Answers signed by `ssh-keygen`, and what becomes of them when something else is said.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Arc;

use dod_kernel::ask::NoOne;
use dod_kernel::id::{Digest, Instance, NodeId, RunId, StepRef};
use dod_kernel::policy::{Definitions, Governance, JUDGING};
use dod_kernel::record::{FORMAT, RULES};
use dod_kernel::run::{Command as Said, Identity, RunStarted, batch};
use dod_kernel::workflow::{Approval, Body, Fork, Join, Kind, Node, Parts, Workflow};

use super::*;

/// A run of this id that waits for an answer, and knows these members.
fn waiting(id: &str, members: Vec<Member>) -> Run {
    let mut parts = Parts { name: "test".into(), ..Parts::default() };
    parts.bodies.push(Body { nodes: 1, ..Body::default() });
    parts.nodes.push(Node {
        allow_failure: false,
        condition: None,
        element: None,
        fork: Fork::All,
        join: Join::Settled,
        kind: Kind::Approval(Arc::new(Approval { min: 1, ..Approval::default() })),
        name: "signoff".into(),
        priority: 0,
    });
    let governance = Governance {
        authors: Vec::new(),
        judging: JUDGING,
        policies: Vec::new(),
        roles: [("owners".into(), members)].into(),
        waivers: Vec::new(),
    };
    let mut run = Run::new(Arc::new(Workflow::new(parts).unwrap()), Arc::new(governance));
    let started = RunStarted {
        capacity: 1,
        changed: None,
        comparison: None,
        definitions: Definitions::Unprotected,
        facts: BTreeMap::new(),
        fail_fast: false,
        format: FORMAT,
        governance: Digest([0; 32]),
        id: RunId(id.into()),
        left_out: Vec::new(),
        origin: None,
        program: "test".into(),
        recorded: Vec::new(),
        rules: RULES,
        settings: Vec::new(),
        sources: Vec::new(),
        timeout_ms: None,
        tree: None,
        variables: BTreeMap::new(),
        workflow: Digest([1; 32]),
    };
    let start = Said::Start(Box::new(started));
    batch(&mut run, Timestamp(0), start, &NoOne::default(), &mut |_| {}).unwrap();
    run
}

fn answer(by: &str) -> Answered {
    Answered {
        accept: true,
        because: None,
        by: Identity { name: by.into(), proved: true },
        proof: None,
        set: BTreeMap::new(),
        step: StepRef { id: Instance::of(NodeId(0)), name: "signoff".into() },
    }
}

/// A key pair in a folder; `None` where there is no `ssh-keygen`.
fn key(folder: &Path) -> Option<Name> {
    let made = Command::new("ssh-keygen")
        .args(["-q", "-t", "ed25519", "-N", "", "-f", "key"])
        .current_dir(folder)
        .output();
    if !made.is_ok_and(|output| output.status.success()) {
        println!("skipped: `ssh-keygen` does not run here");
        return None;
    }
    Some(std::fs::read_to_string(folder.join("key.pub")).unwrap().trim().into())
}

fn sign(folder: &Path, namespace: &str, text: &str) -> Name {
    std::fs::write(folder.join("text"), text).unwrap();
    let said = Command::new("ssh-keygen")
        .args(["-Y", "sign", "-n", namespace, "-f", "key"])
        .current_dir(folder)
        .stdin(Stdio::from(std::fs::File::open(folder.join("text")).unwrap()))
        .output()
        .unwrap();
    assert!(said.status.success());
    String::from_utf8(said.stdout).unwrap().as_str().into()
}

fn member(name: &str, key: &Name) -> Member {
    Member { key: Some(key.clone()), name: name.into(), ..Member::default() }
}

#[test]
fn an_answer_is_proved_by_a_key_of_its_name_over_this_run_and_answer() {
    let folder = tempfile::tempdir().unwrap();
    let Some(key) = key(folder.path()) else { return };
    let run = waiting("1", vec![member("alice", &key)]);
    let text = text(&run, &answer("alice")).unwrap();
    let signed = Answered { proof: Some(sign(folder.path(), NAMESPACE, &text)), ..answer("alice") };
    let now = Timestamp(5);
    assert_eq!(recheck(&run, &signed, now), Ok(Standing::Proved { key: key.clone() }));

    let wrong = |run: &Run, signed: &Answered| match recheck(run, signed, now) {
        Err(ApprovalError::Signature { error, .. }) => error,
        other => panic!("{other:?}"),
    };
    assert_eq!(wrong(&waiting("2", vec![member("alice", &key)]), &signed), SignatureError::Wrong);
    let no = Answered { accept: false, ..signed.clone() };
    assert_eq!(wrong(&run, &no), SignatureError::Wrong);
    let other = Answered { proof: Some(sign(folder.path(), "dod-waiver", &text)), ..signed.clone() };
    assert!(matches!(wrong(&run, &other), SignatureError::Namespace { .. }));

    let nobody = waiting("1", vec![member("bob", &key)]);
    assert_eq!(standing(&nobody, &signed, now), Ok(Standing::NoKey));
    let says = |proved: bool, proof: &Option<Name>, run: &Run| {
        let by = Identity { proved, ..answer("alice").by };
        recheck(run, &Answered { by, proof: proof.clone(), ..signed.clone() }, now)
    };
    assert!(matches!(says(true, &signed.proof, &nobody), Err(ApprovalError::SaysOtherwise { .. })));
    assert!(matches!(says(true, &None, &run), Err(ApprovalError::SaysOtherwise { .. })));
    assert!(matches!(says(false, &signed.proof, &run), Err(ApprovalError::SaysOtherwise { .. })));
    assert_eq!(says(false, &None, &run), Ok(Standing::Claimed));
    assert_eq!(says(false, &signed.proof, &nobody), Ok(Standing::NoKey));
}

#[test]
fn a_key_counts_at_the_time_of_the_answer_and_one_of_several_entries_is_enough() {
    let folder = tempfile::tempdir().unwrap();
    let Some(key) = key(folder.path()) else { return };
    let then = Member {
        valid_after: Some(Timestamp(10)),
        valid_before: Some(Timestamp(20)),
        ..member("Alice ", &key)
    };
    let run = waiting("1", vec![then.clone()]);
    let text = text(&run, &answer("alice")).unwrap();
    let signed = Answered { proof: Some(sign(folder.path(), NAMESPACE, &text)), ..answer("alice") };
    for (at, counts) in [(9, false), (10, true), (19, true), (20, false)] {
        assert_eq!(standing(&run, &signed, Timestamp(at)).is_ok(), counts, "{at}");
    }
    let later = Member { valid_after: Some(Timestamp(20)), valid_before: None, ..then.clone() };
    let run = waiting("1", vec![then, later]);
    assert!(standing(&run, &signed, Timestamp(20)).is_ok());
}
