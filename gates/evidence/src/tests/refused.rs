//! Claims about what is refused in the same way whatever the format.

use std::io::{self, BufRead, BufReader, Read};

use super::read;
use crate::{Context, Format, ReadError};

/// Formats whose tools always say something.
fn talkative() -> impl Iterator<Item = Format> {
    Format::ALL.iter().copied().filter(|format| !format.empty_is_clean())
}

#[test]
fn an_empty_report_is_not_a_clean_one() {
    for format in talkative() {
        for nothing in ["", " \n\r\n\t", "\u{feff}", "\u{feff}\n"] {
            assert_eq!(read(format, nothing), Err(ReadError::Empty), "{format}: {nothing:?}");
        }
    }
}

#[test]
fn silence_is_clean_only_where_a_clean_tool_is_silent() {
    for format in [Format::FileList, Format::GccLines, Format::Tsc] {
        assert_eq!(read(format, "").unwrap().findings, Some(Vec::new()), "{format}");
    }
}

#[test]
fn compressed_and_foreign_text_is_refused_by_name() {
    for (bytes, name) in [
        (&b"\x1f\x8b\x08\0\0\0\0\0"[..], "gzip"),
        (b"\xff\xfe<\0?\0x\0m\0l\0", "UTF-16"),
        (b"\xfe\xff\0<\0?", "UTF-16"),
        (b"<\0?\0x\0m\0l\0", "binary data or UTF-16"),
        (b"PK\x03\x04\x14\0", "a zip archive"),
        (b"\x28\xb5\x2f\xfd\x04\0", "zstd"),
    ] {
        for &format in Format::ALL {
            assert_eq!(read(format, bytes), Err(ReadError::Encoding { found: name }), "{format}");
        }
    }
}

#[test]
fn a_login_page_is_not_a_report() {
    for &format in Format::ALL {
        for page in
            ["<!DOCTYPE html><html><body>Sign in</body></html>", "\n<HTML lang=en>", "<!doctype HTML>"]
        {
            let found = read(format, page).unwrap_err();
            assert_eq!(found.to_string(), format!("the report is not {format}: it is an HTML page"));
        }
    }
}

#[test]
fn an_error_object_is_an_excuse_and_not_a_report() {
    for format in [Format::Eslint, Format::Ruff, Format::Sarif] {
        for excuse in [
            r#"{"error": "registry answered 405"}"#,
            r#"{"errors": [{"message": "registry answered 405"}]}"#,
            r#"{"error": {"code": "E405", "summary": "registry answered 405"}}"#,
            r#"{"message": "registry answered 405"}"#,
        ] {
            let message = "registry answered 405".to_owned();
            assert_eq!(read(format, excuse), Err(ReadError::ToolFailed { message }), "{format}: {excuse}");
        }
    }
}

#[test]
fn text_of_another_kind_is_another_format() {
    for format in talkative().filter(|format| *format != Format::Cargo) {
        for text in ["Segmentation fault\n", "null\n", "{}\n", "command not found: ruff\n"] {
            let found = read(format, text).unwrap_err();
            let named = matches!(
                found,
                ReadError::OtherFormat { .. } | ReadError::NotRun { .. } | ReadError::Malformed { .. }
            );
            assert!(named, "{format}: {text:?}: {found:?}");
        }
    }
    assert!(read(Format::Cargo, "Segmentation fault\n").is_err());
}

#[test]
fn bytes_that_are_no_characters_are_never_replaced() {
    for (format, report) in [
        (Format::Junit, &b"<testsuite name='\xff'><testcase name='a'/></testsuite>"[..]),
        (Format::Ruff, b"[{\"code\": \"F1\", \"message\": \"\xff\", \"filename\": \"a\"}]"),
        (Format::Sarif, b"{\"version\": \"2.1.0\", \"x\": \"\xff\", \"runs\": []}"),
        (Format::Lcov, b"SF:\xff\nend_of_record\n"),
        (Format::GccLines, b"a.c:1: error: \xff\n"),
    ] {
        assert!(matches!(read(format, report), Err(ReadError::Malformed { .. })), "{format}");
    }
}

#[test]
fn a_byte_order_mark_is_no_part_of_a_report() {
    let report = "\u{feff}<testsuite><testcase name='a'/></testsuite>";
    assert_eq!(read(Format::Junit, report).unwrap().tests.unwrap().len(), 1);
    assert!(read(Format::Ruff, "\u{feff}[]").is_ok());
    assert!(read(Format::GoCover, "\u{feff}mode: set\n").is_ok());
}

#[test]
fn a_document_behind_the_document_is_refused() {
    let sarif = r#"{"version": "2.1.0", "runs": [{"results": []}]}"#;
    assert!(read(Format::Sarif, sarif).is_ok());
    for (format, report) in [
        (Format::Sarif, format!("{sarif}{sarif}")),
        (Format::Ruff, "[][]".to_owned()),
        (Format::Junit, "<testsuite/><testsuite/>".to_owned()),
    ] {
        assert!(matches!(read(format, report), Err(ReadError::Malformed { .. })), "{format}");
    }
}

/// Breaks in one way or the other.
struct Broken(bool);

impl Read for Broken {
    fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
        if self.0 { panic!("a defect") } else { Err(io::ErrorKind::PermissionDenied.into()) }
    }
}

#[test]
fn a_defect_in_a_reader_is_an_error_of_this_report_alone() {
    let context = Context::at("/repo");
    let mut report: Box<dyn BufRead> = Box::new(BufReader::new(Broken(true)));
    let found = crate::read(Format::Junit, &mut report, &context);
    assert_eq!(found, Err(ReadError::ReaderBroke { format: "junit" }));
    let mut report: Box<dyn BufRead> = Box::new(BufReader::new(Broken(false)));
    let found = crate::read(Format::Junit, &mut report, &context);
    assert_eq!(found, Err(ReadError::Unreadable { kind: io::ErrorKind::PermissionDenied }));
}

/// Gives one byte at a time, as a slow pipe does.
struct Trickle<'a>(&'a [u8]);

impl Read for Trickle<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let count = self.0.len().min(into.len()).min(1);
        into[..count].copy_from_slice(&self.0[..count]);
        self.0 = &self.0[count..];
        Ok(count)
    }
}

#[test]
fn how_the_bytes_arrive_does_not_matter() {
    let report = include_bytes!("../../../../tests/evidence/ruff/check.sarif");
    let whole = read(Format::Sarif, report).unwrap();
    let mut slow = BufReader::with_capacity(1, Trickle(report));
    let found = crate::read(Format::Sarif, &mut slow, &Context::at("/repo")).unwrap();
    assert_eq!(found, whole);
}

#[test]
fn the_source_holds_the_digest_of_every_byte() {
    // The digest of sha256sum over these bytes, the mark in front and the white space behind included.
    let found = read(Format::Ruff, "\u{feff}[] \n").unwrap();
    assert_eq!(found.sources.len(), 1);
    assert_eq!(&*found.sources[0].format, "ruff");
    assert_eq!(&*found.sources[0].path, "stdout");
    assert_eq!(
        found.sources[0].digest.to_string(),
        "sha256:a0add7978df76632371beb390a1b528c8c1f4fce05382e8a160ac57b1a9e7913"
    );
}

#[test]
fn a_format_reads_back_its_own_name() {
    for &format in Format::ALL {
        assert_eq!(format.name().parse(), Ok(format));
    }
    assert!("chequestyle".parse::<Format>().is_err());
}
