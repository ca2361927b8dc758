//! Claims about `checkstyle`.

use expect_test::expect;

use crate::Format::Checkstyle;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn each_severity_in_several_files_is_on_the_common_scale() {
    check(
        Checkstyle,
        r#"<?xml version="1.0" encoding="UTF-8"?>
        <checkstyle version="10.12.0">
        <file name="/repo/src/A.java">
        <error line="3" column="5" severity="error" message="a &lt;b&gt;" source="com.example.checks.NameCheck"/>
        <error line="4" severity="warning" message="w" source="W"></error>
        <error line="0" severity="info" message="i" source="I"/>
        </file>
        <file name="src/B.java"/>
        <file name="src/C.java"><error severity="ignore" message="g" source="G"/><error message="d"/></file>
        </checkstyle>"#,
        expect![[r#"
            Error com.example.checks.NameCheck src/A.java:3:5 a <b>
            Warning W src/A.java:4:- w
            Note I src/A.java:-:- i
            None G src/C.java:-:- g
            Error checkstyle src/C.java:-:- d
        "#]],
    );
}

#[test]
fn a_file_that_was_not_checked_is_an_error() {
    check(
        Checkstyle,
        "<checkstyle><file name='a.java'><exception><![CDATA[java.lang.Error: x\n at y]]></exception></file>\
         <exception/></checkstyle>",
        expect![[r#"
            Error exception a.java:-:- java.lang.Error: x
            Error exception -:-:- the file was not checked
        "#]],
    );
}

#[test]
fn no_file_with_findings_is_clean_and_no_end_is_not() {
    for clean in [
        "<checkstyle/>",
        "<checkstyle version='8'></checkstyle>",
        "<checkstyle><file name='a'/></checkstyle>",
    ] {
        assert_eq!(read(Checkstyle, clean).unwrap().findings, Some(Vec::new()), "{clean}");
    }
    assert!(matches!(read(Checkstyle, "<checkstyle>"), Err(ReadError::CutOff { .. })));
    assert!(matches!(read(Checkstyle, "<pmd/>"), Err(ReadError::OtherFormat { .. })));
}

#[test]
fn what_is_not_understood_is_malformed() {
    for inner in [
        "<error message='m'/>",
        "<file/>",
        "<file name='a'><error/></file>",
        "<file name='a'><error message='m' severity='cosmic'/></file>",
        "<file name='a'><file name='b'/></file>",
        "<file name='a' name='b'/>",
        "<file name='a'><error message='m' message='n'/></file>",
    ] {
        let found = read(Checkstyle, format!("<checkstyle>{inner}</checkstyle>"));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{inner}: {found:?}");
    }
}
