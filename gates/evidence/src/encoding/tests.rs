//! Claims about encodings that XML declares.

use super::declared;
use crate::Format::Junit;
use crate::tests::read;

fn name(encoding: &str, name: &[u8]) -> Result<String, String> {
    let mut report =
        format!("<?xml version='1.0' encoding=\"{encoding}\" ?><testsuite><testcase name='").into_bytes();
    report.extend(name);
    report.extend(b"'/></testsuite>");
    let found = read(Junit, report).map_err(|error| error.to_string())?;
    Ok(found.tests.unwrap()[0].name.to_string())
}

#[test]
fn a_declared_encoding_of_one_byte_is_decoded() {
    assert_eq!(name("ISO-8859-1", b"Gr\xf6\xdfe").as_deref(), Ok("Größe"));
    assert_eq!(name("windows-1252", b"\x80 \x93a\x94").as_deref(), Ok("€ “a”"));
    assert_eq!(name("iso-8859-15", b"\xa4").as_deref(), Ok("€"));
    assert_eq!(name("utf-8", "Größe".as_bytes()).as_deref(), Ok("Größe"));
    assert_eq!(name("us-ascii", b"size").as_deref(), Ok("size"));
}

#[test]
fn what_is_declared_otherwise_must_be_utf_8_all_the_same() {
    assert_eq!(name("UTF-16", "Größe".as_bytes()).as_deref(), Ok("Größe"));
    for encoding in ["utf-8", "shift_jis", "us-ascii", ""] {
        assert!(name(encoding, b"Gr\xf6\xdfe").is_err(), "{encoding}");
    }
}

#[test]
fn long_reports_are_decoded_to_their_end() {
    let long = vec![0xe9; 300_000];
    assert_eq!(name("latin1", &long).unwrap(), "é".repeat(500));
}

#[test]
fn only_a_declaration_declares() {
    for head in [
        "",
        "<a encoding='latin1'/>",
        "<?xml encoding=latin1?>",
        "<?xml encoding='latin1",
        "<?xml?>",
        "<?xml encoding?>",
    ] {
        assert!(declared(head.as_bytes()).is_none(), "{head}");
    }
}
