//! Envelopes: the signed bytes of the protocol, who signed, and what a changed bit does.

use expect_test::{Expect, expect};

use super::*;

const TYPE: &str = "application/vnd.in-toto+json";

fn signer(seed: u8) -> Signer {
    Signer::of_seed("example.com/team", &[seed; 32]).unwrap()
}

fn check(json: &str, expected: &Expect) {
    let found = match Envelope::read(json.as_bytes()) {
        Ok(envelope) => format!("{envelope:?}"),
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&found);
}

#[test]
fn the_signed_bytes_are_those_of_the_protocol() {
    assert_eq!(
        signed_bytes("http://example.com/HelloWorld", b"hello world"),
        b"DSSEv1 29 http://example.com/HelloWorld 11 hello world"
    );
    assert_eq!(signed_bytes("é", b""), "DSSEv1 2 é 0 ".as_bytes());
}

#[test]
fn the_envelope_of_the_protocol_is_read_and_its_key_is_of_a_kind_that_nobody_here_knows() {
    let envelope = Envelope::read(
        br#"{"payload": "aGVsbG8gd29ybGQ=",
             "payloadType": "http://example.com/HelloWorld",
             "signatures": [{"sig": "A3JqsQGtVsJ2O2xqrI5IcnXip5GToJ3F+FnZ+O88SjtR6rDAajabZKciJTfUiHqJPcIAriEGAHTVeCUjW2JIZA=="}]}"#,
    )
    .unwrap();
    assert_eq!(envelope.payload, b"hello world");
    assert_eq!(envelope.signed_by(&[signer(1).verifier().clone()]), Ok(vec![]));
}

#[test]
fn who_signed_is_found_with_and_without_a_hint() {
    let (ann, bob, eve) = (signer(1), signer(2), signer(3));
    let known = [bob.verifier().clone(), ann.verifier().clone()];
    let mut envelope = Envelope::sign(TYPE, b"{}".to_vec(), &[&ann, &bob, &eve]);
    let json = envelope.to_json();
    assert_eq!(Envelope::read(json.as_bytes()).as_ref(), Ok(&envelope));
    assert_eq!(envelope.signed_by(&known).unwrap(), [&known[1], &known[0]]);
    envelope.signatures.iter_mut().for_each(|signature| signature.0.clear());
    assert_eq!(envelope.signed_by(&known).unwrap(), [&known[1], &known[0]]);
    assert_eq!(envelope.signed_by(&[signer(4).verifier().clone()]), Ok(vec![]));
}

#[test]
fn a_changed_statement_is_a_forgery() {
    let ann = signer(1);
    let known = [ann.verifier().clone()];
    let mut envelope = Envelope::sign(TYPE, b"{}".to_vec(), &[&ann]);
    envelope.payload.push(b' ');
    let error = envelope.signed_by(&known).unwrap_err().to_string();
    let id = ann.verifier().id();
    assert_eq!(
        error,
        format!(
            "the signature of `example.com/team` ({id}) does not fit: the statement was changed, or the signature was"
        )
    );
    // Without the hint the signature is one of a key that nobody knows.
    envelope.signatures[0].0.clear();
    assert_eq!(envelope.signed_by(&known), Ok(vec![]));
}

#[test]
fn every_flipped_bit_is_refused_or_leaves_it_unsigned_or_changes_nothing_that_is_signed() {
    let ann = signer(1);
    let known = [ann.verifier().clone()];
    let envelope = Envelope::sign(TYPE, b"{\"a\":1}".to_vec(), &[&ann]);
    let json = envelope.to_json();
    for bit in 0..json.len() * 8 {
        let mut bytes = json.clone().into_bytes();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let Ok(other) = Envelope::read(&bytes) else { continue };
        if other.signed_by(&known).is_ok_and(|by| !by.is_empty()) {
            assert_eq!(
                (other.payload, other.payload_type),
                (envelope.payload.clone(), TYPE.to_owned()),
                "{bit}"
            );
        }
    }
}

#[test]
fn what_is_no_envelope_says_why() {
    check("", &expect!["it is no DSSE envelope: line 1, column 0 of the JSON is not as it should be"]);
    check("{}", &expect!["it is no DSSE envelope: line 1, column 2 of the JSON is not as it should be"]);
    check(
        r#"{"payload":"","payload":"","payloadType":"t","signatures":[{"sig":""}]}"#,
        &expect!["it is no DSSE envelope: line 1, column 23 of the JSON is not as it should be"],
    );
    check(
        r#"{"payload":"","signatures":[{"sig":""}]}"#,
        &expect!["it is no DSSE envelope: it has no `payloadType`"],
    );
    check(
        r#"{"payload":"","payloadType":"t","signatures":[]}"#,
        &expect!["it is no DSSE envelope: it has no signature, or too many"],
    );
    for payload in ["YQ", "YR==", "YQ==\\n", "+_==", "Y"] {
        check(
            &format!(r#"{{"payload":"{payload}","payloadType":"t","signatures":[{{"sig":""}}]}}"#),
            &expect!["it is no DSSE envelope: its `payload` is not base64"],
        );
    }
    check(
        r#"{"payload":"-_8=","payloadType":"t","signatures":[{"sig":"+/8="}],"more":1}"#,
        &expect![[r#"Envelope { payload_type: "t", payload: [251, 255], signatures: [("", [251, 255])] }"#]],
    );
}
