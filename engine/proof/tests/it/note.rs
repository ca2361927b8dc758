//! Notes and keys as C2SP signed-note and Go's `sumdb/note` have them.

use dod_proof::key::{KeyError, NAME_BYTES_MAX, Signer, Verifier};
use dod_proof::note::{NOTE_BYTES_MAX, Note, NoteError, SIGNATURES_MAX, sign};

/// The example of C2SP signed-note.
const KEY: &str = "example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k";
const EXAMPLE: &str = "This is an example message.\n\n\u{2014} example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXmRKuwHjG1Yu72IneyaQM=\n";

/// The example in the documentation of Go's `sumdb/note`.
const GO_SIGNER: &str = "PRIVATE+KEY+PeterNeumann+c74f20a3+AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz";
const GO_VERIFIER: &str = "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW";
const GO_TEXT: &str =
    "If you think cryptography is the answer to your problem,\nthen you don't know what your problem is.\n";
const GO_SIGNATURE: &str = "\u{2014} PeterNeumann x08go/ZJkuBS9UG/SffcvIAQxVBtiFupLLr8pAcElZInNIuGUgYN1FFYC2pZSNXgKvqfqdngotpRZb6KE6RyyBwJnAM=\n";

fn check(note: &str, keys: &[&str]) -> Result<usize, String> {
    let keys: Vec<_> = keys.iter().map(|key| Verifier::read(key).unwrap()).collect();
    let note = Note::read(note.as_bytes()).map_err(|error| error.to_string())?;
    note.signed_by(&keys).map(|by| by.len()).map_err(|error| error.to_string())
}

fn malformed(note: &str, what: &str) {
    assert_eq!(check(note, &[GO_VERIFIER]), Err(format!("it is no signed note: {what}")), "{note:?}");
}

#[test]
fn the_example_of_the_specification_is_good() {
    assert_eq!(check(EXAMPLE, &[KEY]), Ok(1));
    assert_eq!(check(EXAMPLE, &[GO_VERIFIER]), Ok(0));
    let changed = EXAMPLE.replace("example message", "Example message");
    let error = check(&changed, &[KEY]).unwrap_err();
    assert!(error.starts_with("the signature of `example.com/foo` (530d903a) does not fit"), "{error}");
}

#[test]
fn a_key_of_go_signs_what_go_signs() {
    let signer = Signer::read(GO_SIGNER).unwrap();
    assert_eq!(signer.verifier().to_string(), GO_VERIFIER);
    assert_eq!(signer.to_secret_text(), GO_SIGNER);
    assert_eq!(sign(GO_TEXT, &[&signer]), format!("{GO_TEXT}\n{GO_SIGNATURE}"));
    assert_eq!(format!("{signer:?}"), format!("Signer({GO_VERIFIER})"));
}

#[test]
fn a_key_is_its_name_and_its_id_together() {
    // The same name with another id, and the same id with another name, are keys that nobody here knows.
    let signer = Signer::of_seed("PeterNeumann", &[1; 32]).unwrap();
    assert_eq!(check(&sign(GO_TEXT, &[&signer]), &[GO_VERIFIER]), Ok(0));
    let renamed = GO_SIGNATURE.replace("PeterNeumann", "EnochRoot");
    assert_eq!(check(&format!("{GO_TEXT}\n{renamed}"), &[GO_VERIFIER]), Ok(0));
    // Beside a good signature they are passed over, and the same signature counts once.
    let both = format!("{GO_TEXT}\n{renamed}{GO_SIGNATURE}{GO_SIGNATURE}");
    assert_eq!(check(&both, &[GO_VERIFIER]), Ok(1));
    // A bad signature of a known key fails the note, also beside a good one.
    let bad = GO_SIGNATURE.replace("wJnAM", "wJnAQ");
    assert!(check(&format!("{GO_TEXT}\n{GO_SIGNATURE}{bad}"), &[GO_VERIFIER]).is_err());
    let short = "\u{2014} PeterNeumann x08go/ZJ\n";
    assert!(check(&format!("{GO_TEXT}\n{short}"), &[GO_VERIFIER]).is_err());
}

#[test]
fn what_is_no_note_says_why() {
    assert_eq!(check(GO_TEXT, &[GO_VERIFIER]), Ok(0));
    let note = format!("{GO_TEXT}\n{GO_SIGNATURE}");
    malformed("", "its last line has no end");
    malformed("text", "its last line has no end");
    malformed(&note[..note.len() - 1], "its last line has no end");
    malformed(&format!("{GO_TEXT}\n"), "there is no signature behind the blank line");
    malformed(&format!("{note}\n"), "there is no signature behind the blank line");
    for control in ['\0', '\r', '\t', '\u{7f}', '\u{85}'] {
        malformed(&note.replace("you think", &format!("you{control}think")), "it has control characters");
    }
    for (from, to) in [
        ("\u{2014} ", "\u{2013} "),
        ("\u{2014} ", "\u{2014}\u{a0}"),
        ("\u{2014} ", "- "),
        ("\u{2014} ", "\u{2014}  "),
        ("Neumann ", "Neumann"),
        ("Neumann ", "Neumann  "),
        ("PeterNeumann", "Peter+Neumann"),
        ("PeterNeumann", "Peter\u{a0}Neumann"),
        ("PeterNeumann", ""),
        ("AM=\n", "AM\n"),
        ("AM=\n", "AN=\n"),
        ("AM=\n", "AM= \n"),
        ("AM=\n", "AM==\n"),
        ("x08go/ZJ", "x08go_ZJ"),
        (GO_SIGNATURE, "\u{2014} PeterNeumann x08gow==\n"),
        (GO_SIGNATURE, "\u{2014} PeterNeumann \n"),
    ] {
        malformed(&note.replace(from, to), "a signature line is not one");
    }
    let many = GO_SIGNATURE.repeat(SIGNATURES_MAX);
    assert_eq!(check(&format!("{GO_TEXT}\n{many}"), &[GO_VERIFIER]), Ok(1));
    malformed(&format!("{GO_TEXT}\n{many}{GO_SIGNATURE}"), "it has too many signatures");
    malformed(&"x".repeat(NOTE_BYTES_MAX + 1), "it is too long");
    let bytes = [b"\xff\n\n", GO_SIGNATURE.as_bytes()].concat();
    assert_eq!(Note::read(&bytes), Err(NoteError::Malformed { what: "it is not UTF-8" }));
}

#[test]
fn what_is_no_key_says_why() {
    let verifier = |text: &str| Verifier::read(text).unwrap_err();
    assert_eq!(verifier(""), KeyError::Shape);
    assert_eq!(verifier("a+b"), KeyError::Shape);
    assert_eq!(verifier(&GO_VERIFIER.replace("Peter", "Peter ")), KeyError::Name);
    assert_eq!(verifier(&GO_VERIFIER.replace("Peter", "Pete")), KeyError::Id);
    assert_eq!(verifier(&GO_VERIFIER.replace("c74f20a3", "C74F20A3")), KeyError::Id);
    assert_eq!(verifier(&GO_VERIFIER.replace("+ARpc", "+AhPc")), KeyError::Kind);
    assert_eq!(verifier("a+00000000+AQ=="), KeyError::Bytes);
    assert_eq!(verifier("a+00000000+"), KeyError::Shape);
    assert_eq!(verifier(&format!("{}+00000000+AQ==", "a".repeat(NAME_BYTES_MAX + 1))), KeyError::Name);
    assert_eq!(Signer::read(GO_VERIFIER).unwrap_err(), KeyError::Shape);
    assert_eq!(Signer::read(&GO_SIGNER.replace("c74f", "c74e")).unwrap_err(), KeyError::Id);
    assert_eq!(Signer::read(&format!("{GO_SIGNER}\n")).unwrap_err(), KeyError::Shape);
    // Every flipped bit of a verifier key leaves no key.
    for bit in 0..GO_VERIFIER.len() * 8 {
        let mut bytes = GO_VERIFIER.as_bytes().to_vec();
        bytes[bit / 8] ^= 1 << (bit % 8);
        let read = String::from_utf8(bytes).map(|text| Verifier::read(&text));
        assert!(!matches!(read, Ok(Ok(_))), "bit {bit}");
    }
}
