//! Claims about reports of linters that hold whatever the tool: cut off, said twice, of another shape.

use super::read;
use crate::{Format, ReadError, detect};

/// A sound report of each, with findings. Where it stands, `KEY` is a member that decides and may not come twice.
const SOUND: &[(Format, &str)] = &[
    (
        Format::Bandit,
        r#"{"errors": [], "generated_at": "x", "metrics": {"_totals": {"nosec": 0}}, "results": [{"filename": "a.py",
            "issue_severity": "LOW", "issue_text": "t", "line_number": 2, "test_id": "B101"}]}"#,
    ),
    (
        Format::Checkstyle,
        "<checkstyle version='1'><file name='a'><error line='1' severity='error' message='m' source='s'/></file></checkstyle>",
    ),
    (
        Format::GitlabQuality,
        r#"[{"check_name": "r", "description": "d", "fingerprint": "f", "severity": "major", "location": {"path": "a",
            "lines": {"begin": 1}}}]"#,
    ),
    (
        Format::GitlabSecurity,
        r#"{"version": "15.0.0", "scan": {"type": "sast", "status": "success"}, "vulnerabilities": [{"name": "n",
            "severity": "High", "location": {"file": "a"}, "identifiers": [{"type": "t", "name": "n", "value": "v"}]}]}"#,
    ),
    (
        Format::GolangciLint,
        r#"{"Issues": [{"FromLinter": "l", "Text": "t", "Pos": {"Filename": "a.go", "Line": 1}}], "Report": {}}"#,
    ),
    (
        Format::Gosec,
        r#"{"Golang errors": {}, "Issues": [{"severity": "LOW", "rule_id": "G1", "details": "d", "file": "a.go", "line": "1",
            "confidence": "HIGH"}], "Stats": {"files": 1, "found": 1}}"#,
    ),
    (
        Format::Rustc,
        "{\"$message_type\":\"diagnostic\",\"message\":\"w\",\"code\":{\"code\":\"dead_code\"},\"level\":\"warning\",\"spans\":[]}\n\
         {\"$message_type\":\"diagnostic\",\"message\":\"1 warning emitted\",\"code\":null,\"level\":\"warning\",\"spans\":[]}",
    ),
    (
        Format::Semgrep,
        r#"{"version": "1", "paths": {"scanned": ["a"]}, "errors": [], "results": [{"check_id": "r", "path": "a",
            "start": {"line": 1, "col": 1}, "extra": {"message": "m", "severity": "INFO"}}]}"#,
    ),
];

#[test]
fn a_sound_report_is_known_and_read() {
    for &(format, report) in SOUND {
        assert_eq!(detect(report.as_bytes()), Some(format), "{format}");
        assert_eq!(read(format, report).unwrap().findings.unwrap().len(), 1, "{format}");
    }
}

#[test]
fn every_cut_is_an_error() {
    for &(format, report) in SOUND {
        for cut in 1..report.len() {
            let found = read(format, &report[..cut]);
            assert!(found.is_err(), "{format}: {}: {found:?}", &report[..cut]);
        }
    }
}

#[test]
fn a_member_that_comes_twice_is_refused() {
    for &(format, report) in SOUND {
        for (key, _) in report.match_indices("\": ").map(|(at, _)| (report[..at].rfind('"').unwrap(), at)) {
            // `"key": ` becomes `"key": 0, "key": `.
            let end = key + report[key..].find("\": ").unwrap() + 3;
            let twice = format!("{}{}0, {}", &report[..key], &report[key..end], &report[key..]);
            let found = read(format, &twice);
            let refused = matches!(found, Err(ReadError::DuplicateKey { .. } | ReadError::Malformed { .. }));
            assert!(refused, "{format}: {twice}: {found:?}");
        }
    }
}

#[test]
fn another_type_in_a_place_that_decides_is_never_fewer_findings() {
    for &(format, report) in SOUND.iter().filter(|(format, _)| *format != Format::Checkstyle) {
        for (at, _) in report.match_indices("\":") {
            let behind = at + 2;
            for other in ["null", "[]", "{}", "7", "\"x\"", "true"] {
                // The value that stood there is put aside under a name that means nothing.
                let changed = format!("{}{other}, \"zzz{at}\":{}", &report[..behind], &report[behind..]);
                let Ok(found) = read(format, &changed) else { continue };
                let count = found.findings.map_or(0, |all| all.len());
                // A list that says that there is nothing is one.
                let list =
                    ["results", "Issues", "vulnerabilities"].iter().any(|key| report[..at].ends_with(key));
                let empty = list && matches!(other, "[]" | "null");
                assert!(count == 1 || empty, "{format}: {changed}");
            }
        }
    }
}

#[test]
fn an_excuse_is_not_a_report() {
    for &(format, _) in
        SOUND.iter().filter(|(format, _)| !matches!(format, Format::Checkstyle | Format::Rustc))
    {
        for excuse in [
            r#"{"error": "no configuration found"}"#,
            r#"{"errors": [{"message": "no configuration found"}]}"#,
            r#"{"message": "no configuration found"}"#,
        ] {
            let message = "no configuration found".to_owned();
            assert_eq!(read(format, excuse), Err(ReadError::ToolFailed { message }), "{format}: {excuse}");
        }
    }
}

#[test]
fn no_report_is_clean_as_another_format() {
    for &(own, report) in SOUND {
        for &format in Format::ALL.iter().filter(|format| **format != own) {
            let silent = read(format, report)
                .is_ok_and(|found| found.findings.is_none_or(|all| all.is_empty()) && found.tests.is_none());
            assert!(!silent, "{own} as {format}");
        }
    }
}

#[test]
fn a_finding_on_another_line_is_the_same_finding() {
    let lines =
        ["\"Line\": 1", "\"line\": 1", "\"line\": \"1\"", "line='1'", "\"begin\": 1", "\"line_number\": 2"];
    for &(format, report) in SOUND {
        let moved = lines.iter().fold(report.to_owned(), |text, line| {
            let digit = line.trim_end_matches(['"', '\'']).len() - 1;
            text.replace(line, &format!("{}4{}", &line[..digit], &line[digit..]))
        });
        let finding = |report: &str| read(format, report).unwrap().findings.unwrap().remove(0);
        let (before, after) = (finding(report), finding(&moved));
        assert_eq!(before.fingerprint, after.fingerprint, "{format}");
        let placed = before.place.as_ref().is_some_and(|place| place.line.is_some());
        assert_eq!(placed, before.place != after.place, "{format}: {moved}");
    }
}
