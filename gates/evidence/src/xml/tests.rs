//! Claims about XML.

use super::{Node, Xml};
use crate::error::ReadError;
use crate::input::Input;

fn read(text: &str) -> Result<String, ReadError> {
    let mut bytes = text.as_bytes();
    let mut input = Input::open(&mut bytes, false)?;
    let (mut xml, root) = Xml::open(&mut input, &["r"], "a test document")?;
    xml.keep_text(true);
    let mut seen = format!("<{}", root.name);
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(element) => seen += &format!(" <{} {:?}", element.name, element.attributes),
            Node::Text(text) => seen += &format!(" {text:?}"),
            Node::Close(name) => seen += &format!(" {name}>"),
        }
    }
    Ok(seen)
}

const SAMPLE: &str = "<?xml version=\"1.0\"?><!DOCTYPE r SYSTEM \"http://nowhere.example/r.dtd\"><!-- c --><r><n:a \
                      x='1 &lt; 2'>t&amp;&#233;<![CDATA[<z>]]></n:a><b/></r>\n";

#[test]
fn elements_attributes_text_and_references_come_through() {
    assert_eq!(read(SAMPLE).unwrap(), r#"<r <a [("x", "1 < 2")] "t" "&" "é" "<z>" a> <b [] b> r>"#);
}

#[test]
fn every_cut_of_a_document_is_an_error() {
    for cut in 0..SAMPLE.len() - 1 {
        assert!(read(&SAMPLE[..cut]).is_err(), "{}", &SAMPLE[..cut]);
    }
}

#[test]
fn a_declared_entity_is_refused_and_so_is_an_unknown_one() {
    for text in [
        "<!DOCTYPE r [<!ENTITY a \"b\">]><r>&a;</r>",
        "<!DOCTYPE r [ <!entity % a SYSTEM \"file:///etc/passwd\">]><r/>",
        "<r>&a;</r>",
        "<r><b x='&a;'/></r>",
    ] {
        assert!(matches!(read(text), Err(ReadError::Malformed { .. })), "{text}");
    }
}

#[test]
fn what_is_not_well_formed_is_refused() {
    for text in [
        "<r></r><r></r>",
        "<r></r>text",
        "<r><a></b></r>",
        "<r><a x='1' x='2'/></r>",
        "<r><a x=1/></r>",
        "</r>",
        "<r/><",
    ] {
        assert!(read(text).is_err(), "{text}");
    }
}

#[test]
fn another_root_is_another_format() {
    assert_eq!(
        read("<html><body>Sign in</body></html>").unwrap_err().to_string(),
        "the report is not a test document: it is XML with the root `html`"
    );
}

#[test]
fn depth_has_a_bound() {
    let deep = format!("<r>{}{}</r>", "<a>".repeat(100_000), "</a>".repeat(100_000));
    assert!(matches!(read(&deep), Err(ReadError::TooLarge { .. })));
}
