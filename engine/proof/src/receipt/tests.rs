//! Receipts: their text, what they show, and what a changed bit does.

use expect_test::{Expect, expect};

use super::*;
use crate::key::Signer;
use crate::tree::Tree;

const ORIGIN: &str = "example.com/team/log/1";

fn signer() -> Signer {
    Signer::of_seed("example.com/team", &[7; 32]).unwrap()
}

fn leaf(at: u64) -> Vec<u8> {
    format!("leaf {at}").into_bytes()
}

fn log(size: u64) -> (Tree, String) {
    let tree: Tree = (0..size).map(|at| leaf_hash(&leaf(at))).collect();
    let checkpoint = Checkpoint { origin: ORIGIN.to_owned(), size, root: tree.frontier().root() };
    (tree, checkpoint.note(&[&signer()]))
}

fn check(text: &str, expected: &Expect) {
    let found = match Receipt::read(text.as_bytes()) {
        Ok(receipt) => format!("{receipt:?}"),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&found);
}

#[test]
fn a_receipt_shows_its_leaf_and_no_other() {
    let known = [signer().verifier().clone()];
    let (tree, checkpoint) = log(11);
    for index in 0..11 {
        let receipt = Receipt::make(index, &checkpoint, &tree).unwrap();
        let text = receipt.to_string();
        assert_eq!(Receipt::read(text.as_bytes()).as_ref(), Ok(&receipt));
        let signed = receipt.check(&leaf(index), ORIGIN, &known).unwrap();
        assert_eq!(signed.by, [&known[0]]);
        assert_eq!(receipt.check(&leaf(11), ORIGIN, &known), Err(ReceiptError::Proof(ProofError::Root)));
        let other = receipt.check(&leaf(index), "other", &known).unwrap_err().to_string();
        assert_eq!(other, "it is a receipt of the log `example.com/team/log/1`, not of `other`");
    }
    assert_eq!(Receipt::make(11, &checkpoint, &tree), Err(ReceiptError::Proof(ProofError::Sizes)));
    let (other, _) = log(10);
    Receipt::make(3, &checkpoint, &other).unwrap_err();
}

#[test]
fn the_text_is_that_of_the_specification() {
    let (tree, checkpoint) = log(3);
    let receipt = Receipt::make(2, &checkpoint, &tree).unwrap();
    expect![[r#"
        c2sp.org/tlog-proof@v1
        index 2
        /F9riP+FVPdbsvnm85wxsZNtRLaSdu33sSBalVuXYeM=

        example.com/team/log/1
        3
        1Pksj7uJcg6ztVZ3x9fvrd/rENEaGoSguo8aIzN/qpU=

        — example.com/team +3ZmDylsc6o+ax+3oRE9cIdWknmc6u1aAKB3lmNsbJLzyKtABovGtnm5/OK6Yw/J6k+13t6AkBDzmqTWo2/DliU+SQ8=
    "#]]
    .assert_eq(&receipt.to_string());
}

#[test]
fn every_flipped_bit_of_a_receipt_is_refused_or_leaves_it_unsigned() {
    let known = [signer().verifier().clone()];
    let (tree, checkpoint) = log(6);
    let text = Receipt::make(4, &checkpoint, &tree).unwrap().to_string();
    let mut unsigned = 0;
    for bit in 0..text.len() * 8 {
        let mut bytes = text.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let checked = Receipt::read(&bytes).and_then(|other| other.check(&leaf(4), ORIGIN, &known));
        if let Ok(signed) = checked {
            assert!(signed.by.is_empty(), "bit {bit}");
            unsigned += 1;
        }
    }
    // Only the name and the id of the key: 16 letters and 4 bytes in base64.
    assert!(unsigned < (16 + 6) * 8, "{unsigned}");
    for to in 0..text.len() {
        let checked = Receipt::read(&text.as_bytes()[..to])
            .and_then(|other| other.check(&leaf(4), ORIGIN, &known).map(|signed| signed.by.len()));
        assert!(!matches!(checked, Ok(1)), "{to}");
    }
}

#[test]
fn what_is_no_receipt_says_why() {
    let (tree, checkpoint) = log(2);
    let text = Receipt::make(1, &checkpoint, &tree).unwrap().to_string();
    check("", &expect!["it is no receipt: it has no blank line"]);
    check(
        &text.replace("@v1", "@v2"),
        &expect!["it is no receipt: its first line is not `c2sp.org/tlog-proof@v1`"],
    );
    for index in
        ["index 01", "index +1", "index", "index ", "index 18446744073709551616", "extra YQ==\nindex 1"]
    {
        check(
            &text.replace("index 1", index),
            &expect!["it is no receipt: its second line is not `index` and a decimal number"],
        );
    }
    check(
        &text.replace("=\n\nexample", "\n\nexample"),
        &expect!["it is no receipt: a line is not a hash in base64"],
    );
    check(
        &text.replace("\n\nexample", " \n\nexample"),
        &expect!["it is no receipt: a line is not a hash in base64"],
    );
    check(&text.replace("\n2\n", "\n02\n"), &expect!["it is no checkpoint: its size is no decimal number"]);
    let line = format!("{}\n", text.lines().nth(2).unwrap());
    check(&text.replace(&line, &line.repeat(66)), &expect!["it is no receipt: it has too many hashes"]);
    check(&"x".repeat(RECEIPT_BYTES_MAX + 1), &expect!["it is no receipt: it is too long"]);
}
