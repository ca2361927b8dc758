//! What is said of runs that are whole, damaged, cut, exchanged, rolled back, and signed by others.

mod made;

use dod_kernel::id::Digest;
use dod_proof::checkpoint::Checkpoint;
use dod_proof::key::{Signer, Verifier};
use dod_proof::tree::{Tree, leaf_hash};
use expect_test::{Expect, expect};

use super::lines::{BLOBS, End, KINDS, each_line};
use super::*;
use crate::log::LOG_FILE;
use made::{ID, Made, ORIGIN};

fn signer(name: &str, seed: u8) -> Signer {
    Signer::of_seed(name, &[seed; 32]).unwrap()
}

fn known() -> Vec<Verifier> {
    vec![signer("laptop", 1).verifier().clone()]
}

/// What is said of a run, in words.
fn told(memory: &Memory, keys: &Keys<'_>, anchors: &[Anchor]) -> String {
    let verified = run(memory, keys, anchors);
    let problems = verified.problems.list().iter().map(|problem| format!("{problem}\n"));
    let signed = verified.sealed.as_ref().map_or("no checkpoint".to_owned(), |sealed| {
        let by: Vec<&str> = sealed.by.iter().map(Verifier::name).collect();
        format!("signed by {by:?} {:?}", sealed.strangers)
    });
    let Looked { good, .. } = verified.blobs;
    let lines = verified.seen.as_ref().map_or(0, |seen| seen.lines);
    let status = verified.problems.status();
    problems.collect::<String>() + &format!("{status:?}, {lines} events, {good} blobs, {signed}\n")
}

fn check(change: impl FnOnce(&mut Made), expected: &Expect) {
    let mut made = Made::new();
    change(&mut made);
    expected.assert_eq(&told(&made.memory, &Keys { known: &known(), asked: &[] }, &[]));
}

#[test]
fn a_whole_run_is_good() {
    check(
        |_| {},
        &expect![[r#"
        Good, 4 events, 4 blobs, signed by ["laptop"] []
    "#]],
    );
    check(
        |made| made.sign(&[]),
        &expect![[r#"
        Good, 4 events, 4 blobs, signed by [] []
    "#]],
    );
}

#[test]
fn a_changed_line_is_found() {
    check(
        |made| made.replace("hello", "hallo"),
        &expect![[r#"
        events.jsonl: the root over its 4 lines differs from the one in the checkpoint: a line was changed
        Different, 4 events, 4 blobs, signed by ["laptop"] []
    "#]],
    );
    check(
        |made| made.replace(r#""capacity":2"#, r#""capacity": 2"#),
        &expect![[r#"
            events.jsonl:3: the line is not as `dod` writes it: a value is missing, at byte 44
            events.jsonl: the root over its 4 lines differs from the one in the checkpoint: a line was changed
            Different, 4 events, 4 blobs, signed by ["laptop"] []
        "#]],
    );
    check(
        |made| made.replace(r#""seq":2"#, r#""seq":3"#),
        &expect![[r#"
        events.jsonl:3: event 3 stands where event 2 should: events were removed, added or exchanged
        events.jsonl:4: event 3 stands where event 4 should: events were removed, added or exchanged
        events.jsonl: the root over its 4 lines differs from the one in the checkpoint: a line was changed
        Different, 4 events, 4 blobs, signed by ["laptop"] []
    "#]],
    );
    check(
        |made| made.replace("capacity_set", "capacity_let"),
        &expect![[r#"
        events.jsonl:3: this `dod` does not know what the line says; a newer one may have written it (the kind of its event)
        events.jsonl: the root over its 4 lines differs from the one in the checkpoint: a line was changed
        Different, 4 events, 4 blobs, signed by ["laptop"] []
    "#]],
    );
    check(
        |made| made.replace(r#""at":7,"event":{"capacity_set""#, r#""event":{"capacity_set""#),
        &expect![[r#"
            events.jsonl:3: the line is no event: it has not the members `at`, `event`, `seq`, and one kind in its `event`
            events.jsonl: the root over its 4 lines differs from the one in the checkpoint: a line was changed
            Different, 4 events, 4 blobs, signed by ["laptop"] []
        "#]],
    );
    check(
        |made| made.replace(r#""format":1"#, r#""format":2"#),
        &expect![[r#"
        events.jsonl:1: the log has format 2, and this `dod` reads format 1: use the `dod` that wrote it
        events.jsonl: the root over its 4 lines differs from the one in the checkpoint: a line was changed
        Different, 4 events, 4 blobs, signed by ["laptop"] []
    "#]],
    );
}

#[test]
fn lines_that_are_missing_added_or_exchanged_are_found() {
    check(
        |made| drop(made.lines(|lines| drop(lines.pop()))),
        &expect![[r#"
            events.jsonl:4: the checkpoint counts 4 lines, and there are 3: the last ones are missing
            Different, 3 events, 4 blobs, signed by ["laptop"] []
        "#]],
    );
    check(
        |made| drop(made.lines(|lines| drop(lines.remove(1)))),
        &expect![[r#"
            events.jsonl:2: event 2 stands where event 1 should: events were removed, added or exchanged
            events.jsonl:4: the checkpoint counts 4 lines, and there are 3: the last ones are missing
            blobs/sha256/58/91b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03: nothing in the run names it: it does not belong to it
            blobs/sha256/92/fdd1566b31f8de35c35e8d3fa8093066842d5dd87ceef271a9d5ad4b9f6848: nothing in the run names it: it does not belong to it
            blobs/sha256/e1/4c4d513cf8a064fdd09e07e5bcc5107ae3626328b21f94d3587c826154fcf4: nothing in the run names it: it does not belong to it
            Different, 3 events, 1 blobs, signed by ["laptop"] []
        "#]],
    );
    check(
        |made| drop(made.lines(|lines| lines.swap(1, 2))),
        &expect![[r#"
        events.jsonl:2: event 2 stands where event 1 should: events were removed, added or exchanged
        events.jsonl:3: event 1 stands where event 3 should: events were removed, added or exchanged
        events.jsonl:4: event 3 stands where event 2 should: events were removed, added or exchanged
        events.jsonl: the root over its 4 lines differs from the one in the checkpoint: a line was changed
        Different, 4 events, 4 blobs, signed by ["laptop"] []
    "#]],
    );
    check(
        |made| drop(made.lines(|lines| lines.insert(1, lines[1].clone()))),
        &expect![[r#"
            events.jsonl:3: event 1 stands where event 2 should: events were removed, added or exchanged
            checkpoint: it counts 4 of 5 lines, and the run has ended behind them: nobody sealed its end
            events.jsonl: the root over its 4 lines differs from the one in the checkpoint: a line was changed
            Different, 5 events, 4 blobs, signed by ["laptop"] []
        "#]],
    );
    let more = r#"{"at":7,"event":{"capacity_set":{"capacity":9}},"seq":4}"#;
    check(
        |made| drop(made.lines(|lines| lines.push(more.to_owned()))),
        &expect![[r#"
            events.jsonl:5: the checkpoint counts 4 lines, and there are 5: what stands from here on was added later
            Different, 5 events, 4 blobs, signed by ["laptop"] []
        "#]],
    );
    check(
        |made| assert!(made.log().pop().is_some()),
        &expect![[r#"
            events.jsonl:4: the last 142 bytes are no whole line: a crash, or the file was cut
            events.jsonl:4: the checkpoint counts 4 lines, and there are 3: the last ones are missing
            Different, 3 events, 4 blobs, signed by ["laptop"] []
        "#]],
    );
    check(
        |made| made.log().clear(),
        &expect![[r#"
            events.jsonl: there is no event in it: the run was lost before it began, or everything was removed
            events.jsonl:1: the checkpoint counts 4 lines, and there are 0: the last ones are missing
            blobs/sha256/44/136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a: nothing in the run names it: it does not belong to it
            blobs/sha256/58/91b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03: nothing in the run names it: it does not belong to it
            blobs/sha256/92/fdd1566b31f8de35c35e8d3fa8093066842d5dd87ceef271a9d5ad4b9f6848: nothing in the run names it: it does not belong to it
            blobs/sha256/e1/4c4d513cf8a064fdd09e07e5bcc5107ae3626328b21f94d3587c826154fcf4: nothing in the run names it: it does not belong to it
            Different, 0 events, 0 blobs, signed by ["laptop"] []
        "#]],
    );
    check(
        |made| drop(made.memory.files.remove(LOG_FILE)),
        &expect![[r#"
        events.jsonl: it is missing
        Incomplete, 0 events, 0 blobs, no checkpoint
    "#]],
    );
}

#[test]
fn a_checkpoint_that_is_damaged_or_of_something_else_is_found() {
    check(
        |made| drop(made.memory.files.remove("checkpoint")),
        &expect![[r#"
        checkpoint: it is missing, and the run has ended: nothing says how many events there were
        Incomplete, 4 events, 4 blobs, no checkpoint
    "#]],
    );
    check(
        |made| made.change("checkpoint", |text| text.replacen('4', "3", 1)),
        &expect![[r#"
        checkpoint: the signature of `laptop` (3122ebf2) does not fit: the text was changed, or the signature was
        Different, 4 events, 4 blobs, no checkpoint
    "#]],
    );
    check(
        |made| made.change("checkpoint", |text| text.replacen("laptop", "another", 1)),
        &expect![[r#"
        checkpoint: it is signed by a key that is not trusted: another+3122ebf2
        Incomplete, 4 events, 4 blobs, signed by [] ["another+3122ebf2"]
    "#]],
    );
    check(
        |made| made.change("checkpoint", |text| text.trim_end().to_owned()),
        &expect![[r#"
        checkpoint: it is no signed note: its last line has no end
        Unreadable, 4 events, 4 blobs, no checkpoint
    "#]],
    );
    check(
        |made| made.sign_as("elsewhere/run/x", &[&signer("laptop", 1)]),
        &expect![[r#"
        checkpoint:1: it is the checkpoint of `elsewhere/run/x` and not of `example.com/app/run/01970000-0000-7000-8000-000000000001`
        Different, 4 events, 4 blobs, signed by ["laptop"] []
    "#]],
    );
    check(
        |made| made.sign(&[&signer("laptop", 2)]),
        &expect![[r#"
        checkpoint: it is signed by a key that is not trusted: laptop+3d66f6a4
        Incomplete, 4 events, 4 blobs, signed by [] ["laptop+3d66f6a4"]
    "#]],
    );
}

#[test]
fn a_blob_that_is_missing_damaged_or_strange_is_found() {
    check(
        |made| drop(made.memory.files.remove(&made.path(made.stdout))),
        &expect![[r#"
        blobs/sha256/58/91b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03: it is missing: the output of line 2 cannot be looked at
        Incomplete, 4 events, 3 blobs, signed by ["laptop"] []
    "#]],
    );
    check(
        |made| drop(made.memory.files.remove(&made.path(made.report))),
        &expect![[r#"
        blobs/sha256/e1/4c4d513cf8a064fdd09e07e5bcc5107ae3626328b21f94d3587c826154fcf4: it is missing: a report of line 2 cannot be looked at
        Incomplete, 4 events, 3 blobs, signed by ["laptop"] []
    "#]],
    );
    check(
        |made| made.change(&made.path(made.stdout), |text| text + "!"),
        &expect![[r#"
        blobs/sha256/58/91b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03: its content has the digest sha256:0cdc171c4c981e0909a245753db8fee570d7a6f1a1f28c64fa8366c1da32520f: the output of line 2 was changed
        Different, 4 events, 3 blobs, signed by ["laptop"] []
    "#]],
    );
    check(
        |made| assert_ne!(made.memory.keep(b"x".to_vec()), made.report),
        &expect![[r#"
        blobs/sha256/2d/711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881: nothing in the run names it: it does not belong to it
        Different, 4 events, 4 blobs, signed by ["laptop"] []
    "#]],
    );
}

#[test]
fn who_is_asked_for_must_have_signed() {
    let asked = |key: &Signer, signers: &[&Signer]| {
        let mut made = Made::new();
        made.sign(signers);
        let asked = [key.verifier().clone()];
        let known: Vec<Verifier> = known().into_iter().chain(asked.clone()).collect();
        told(&made.memory, &Keys { known: &known, asked: &asked }, &[])
    };
    let (laptop, ci) = (signer("laptop", 1), signer("ci", 3));
    expect![[r#"
        checkpoint: it is signed by laptop+3122ebf2, and by none of the keys that are asked for
        Different, 4 events, 4 blobs, signed by ["laptop"] []
    "#]]
    .assert_eq(&asked(&ci, &[&laptop]));
    expect![[r#"
        checkpoint: it is signed by ci+2b6e8d4b, and by none of the keys that are asked for
        Different, 4 events, 4 blobs, signed by [] ["ci+2b6e8d4b"]
    "#]]
    .assert_eq(&asked(&ci, &[&signer("ci", 4)]));
    expect![[r#"
        checkpoint: it is unsigned, and a signature is asked for
        Different, 4 events, 4 blobs, signed by [] []
    "#]]
    .assert_eq(&asked(&ci, &[]));
    expect![[r#"
        Good, 4 events, 4 blobs, signed by ["laptop", "ci"] []
    "#]]
    .assert_eq(&asked(&ci, &[&laptop, &ci]));
}

#[test]
fn a_rollback_is_found_by_an_anchor_and_not_without() {
    let anchor = |size: usize, change: &dyn Fn(&mut Made)| {
        let made = Made::new();
        let text = String::from_utf8(made.memory.files[LOG_FILE].clone()).unwrap();
        let tree: Tree = text.lines().take(size).map(|line| leaf_hash(line.as_bytes())).collect();
        let checkpoint =
            Checkpoint { origin: ORIGIN.to_owned(), size: size as u64, root: tree.frontier().root() };
        let anchor = Anchor { name: "audit.txt".to_owned(), checkpoint, by: Vec::new() };
        let mut made = Made::new();
        change(&mut made);
        told(&made.memory, &Keys { known: &known(), asked: &[] }, &[anchor])
    };
    let back = |made: &mut Made| {
        made.lines(|lines| lines.truncate(2));
        made.sign(&[&signer("laptop", 1)]);
    };
    let rewritten = |made: &mut Made| {
        made.replace("hello", "hallo");
        made.sign(&[&signer("laptop", 1)]);
    };
    expect![[r#"
        Good, 4 events, 4 blobs, signed by ["laptop"] []
    "#]]
    .assert_eq(&anchor(4, &|_| {}));
    expect![[r#"
        Good, 4 events, 4 blobs, signed by ["laptop"] []
    "#]]
    .assert_eq(&anchor(3, &|_| {}));
    expect![[r#"
        events.jsonl:3: it has 2 lines, and `audit.txt` remembers 4: it was rolled back to an older state
        Different, 2 events, 4 blobs, signed by ["laptop"] []
    "#]]
    .assert_eq(&anchor(4, &back));
    expect![[r#"
        Good, 2 events, 4 blobs, signed by ["laptop"] []
    "#]]
    .assert_eq(&anchor(2, &back));
    expect![[r#"
        events.jsonl: its first 4 lines are not those that `audit.txt` remembers: they were rewritten
        Different, 4 events, 4 blobs, signed by ["laptop"] []
    "#]]
    .assert_eq(&anchor(4, &rewritten));
    let mut made = Made::new();
    back(&mut made);
    expect![[r#"
        Good, 2 events, 4 blobs, signed by ["laptop"] []
    "#]]
    .assert_eq(&told(&made.memory, &Keys { known: &known(), asked: &[] }, &[]));
}

#[test]
fn a_run_that_goes_on_after_its_checkpoint_is_no_forgery() {
    let mut made = Made::new();
    let all = made.lines(|lines| lines.truncate(3));
    made.sign(&[&signer("laptop", 1)]);
    made.write(&all);
    expect![[r#"
        checkpoint: it counts 3 of 4 lines, and the run has ended behind them: nobody sealed its end
        Incomplete, 4 events, 4 blobs, signed by ["laptop"] []
    "#]]
    .assert_eq(&told(&made.memory, &Keys { known: &known(), asked: &[] }, &[]));
    made.log().extend(b"{\"at\":7,");
    expect![[r#"
        events.jsonl:5: the last 8 bytes are no whole line: a crash, or the file was cut
        checkpoint: it counts 3 of 4 lines, and the run has ended behind them: nobody sealed its end
        Incomplete, 4 events, 4 blobs, signed by ["laptop"] []
    "#]]
    .assert_eq(&told(&made.memory, &Keys { known: &known(), asked: &[] }, &[]));
}

#[test]
fn the_kinds_of_events_are_those_of_the_kernel() {
    let error = serde_json::from_str::<dod_kernel::run::Event>(r#"{"":0}"#).unwrap_err().to_string();
    let (_, kinds) = error.split_once("expected one of ").unwrap();
    let (kinds, _) = kinds.split_once(" at line").unwrap();
    let mut kinds: Vec<&str> = kinds.split(", ").map(|kind| kind.trim_matches('`')).collect();
    kinds.sort_unstable();
    assert_eq!(kinds, KINDS);
}

/// Every digest in an event either names a blob that is looked at, or is one of these, which name none.
#[test]
fn no_digest_of_an_event_is_overlooked() {
    const NO_BLOBS: &[&str] = &[
        "condition_asked.expression",
        "run_resumed.tree",
        "run_started.tree",
        "script_run.script",
        "tree_digested.tree",
        "value_asked.expression",
    ];
    let samples = include_str!("../../../../schemas/sample.events.jsonl");
    let mut found = std::collections::BTreeSet::new();
    for line in samples.lines() {
        let value: serde_json::Value = serde_json::from_str(line).unwrap();
        let mut open = vec![(String::new(), &value["event"])];
        while let Some((path, value)) = open.pop() {
            let inner = |name: &str| if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") };
            match value {
                serde_json::Value::Object(all) => open.extend(all.iter().map(|(name, it)| (inner(name), it))),
                serde_json::Value::Array(all) => open.extend(all.iter().map(|it| (inner("*"), it))),
                serde_json::Value::String(text) if text.parse::<Digest>().is_ok() => drop(found.insert(path)),
                _ => {}
            }
        }
    }
    let path = |names: &[&[u8]]| {
        names[1..].iter().map(|name| String::from_utf8_lossy(name)).collect::<Vec<_>>().join(".")
    };
    let known: Vec<String> = BLOBS.iter().map(|(names, _)| path(names)).collect();
    let overlooked: Vec<&String> =
        found.iter().filter(|path| !known.contains(path) && !NO_BLOBS.contains(&path.as_str())).collect();
    assert!(overlooked.is_empty(), "{overlooked:?}");
    assert!(found.len() >= 6, "{found:?}");
}

#[test]
fn a_line_that_is_longer_than_what_is_read_at_once_is_one_line() {
    for length in [1, 65_535, 65_536, 65_537, 200_000] {
        let text = format!("{}\n\n{}\nx", "a".repeat(length), "b".repeat(length));
        let mut lengths = Vec::new();
        let end = each_line(text.as_bytes(), 300_000, &mut |line| lengths.push(line.len() - 1));
        assert_eq!((end.unwrap(), lengths), (End::Torn(1), vec![length, 0, length]));
    }
    let end = each_line("x".repeat(99_999).as_bytes(), 70_000, &mut |_| {});
    assert_eq!(end.unwrap(), End::TooLong);
}

#[test]
fn every_bit_that_is_flipped_is_found_and_every_cut() {
    let made = Made::new();
    let keys = known();
    let keys = Keys { known: &keys, asked: &keys };
    let bad = |memory: &Memory| run(memory, &keys, &[]).problems.status() != Status::Good;
    assert!(!bad(&made.memory) && made.memory.files.len() == 6, "{ID}");
    let mut memory = made.memory.clone();
    for path in made.memory.files.keys() {
        for bit in 0..made.memory.files[path].len() * 8 {
            memory.files.get_mut(path).unwrap()[bit / 8] ^= 1 << (bit % 8);
            assert!(bad(&memory), "bit {bit} of {path}");
            memory.files.get_mut(path).unwrap()[bit / 8] ^= 1 << (bit % 8);
        }
        for length in 0..made.memory.files[path].len() {
            let whole = memory.files.insert(path.clone(), made.memory.files[path][..length].to_vec());
            assert!(bad(&memory), "{path} cut at {length}");
            memory.files.insert(path.clone(), whole.unwrap());
        }
        let whole = memory.files.remove(path);
        assert!(bad(&memory), "{path} removed");
        memory.files.insert(path.clone(), whole.unwrap());
    }
}
