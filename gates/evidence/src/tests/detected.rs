//! Claims about which format a report looks like.

use std::path::Path;

use crate::{DETECT_BYTES_MAX, Format, detect};

/// Folders and files under `tests/evidence` and the format each is; `None` where nobody can tell by looking.
const RECORDED: &[(&str, Option<Format>)] = &[
    ("ansible_lint/", Some(Format::Sarif)),
    ("bandit/", Some(Format::Bandit)),
    ("basedpyright/", Some(Format::GitlabQuality)),
    ("bats/", Some(Format::Tap)),
    ("biome/", Some(Format::Sarif)),
    ("buf/format", None),
    ("buf/", Some(Format::GccLines)),
    ("cargo/", Some(Format::Cargo)),
    ("checkov/", Some(Format::Sarif)),
    ("checkstyle/", Some(Format::Checkstyle)),
    ("clang_tidy/", Some(Format::GccLines)),
    ("codespell/", Some(Format::GccLines)),
    ("coverage_py/cobertura.xml", Some(Format::Cobertura)),
    ("coverage_py/lcov.info", Some(Format::Lcov)),
    ("cppcheck/", Some(Format::GccLines)),
    ("cspell/", Some(Format::GccLines)),
    ("eslint/", Some(Format::Eslint)),
    ("flake8/", Some(Format::GccLines)),
    ("gcc/", Some(Format::GccLines)),
    ("go/cover", Some(Format::GoCover)),
    ("go/gofmt.txt", None),
    ("go/setup_failed", Some(Format::GoTest)),
    ("go/test", Some(Format::GoTest)),
    ("hadolint/", Some(Format::Sarif)),
    ("ktlint/", Some(Format::Checkstyle)),
    ("libtest/nightly.jsonl", Some(Format::LibtestJson)),
    ("libtest/", Some(Format::Libtest)),
    ("markdownlint/", Some(Format::GccLines)),
    // A closing line that the head does not hold leaves lines like any compiler's.
    ("mypy/", Some(Format::Mypy)),
    ("nextest/junit.xml", Some(Format::Junit)),
    ("node/junit.xml", Some(Format::Junit)),
    ("node/lcov.info", Some(Format::Lcov)),
    ("oxlint/", Some(Format::Checkstyle)),
    ("prettier/", None),
    ("pylint/", Some(Format::GccLines)),
    ("pytest/", Some(Format::Junit)),
    ("redocly/", Some(Format::Checkstyle)),
    ("ruff/check.json", Some(Format::Ruff)),
    ("ruff/check.junit.xml", Some(Format::Junit)),
    ("ruff/check.sarif", Some(Format::Sarif)),
    ("ruff/clean.json", None),
    ("ruff/format.json", Some(Format::Ruff)),
    ("ruff/format", None),
    ("rustc/", Some(Format::Rustc)),
    ("rustfmt/", None),
    ("semgrep/", Some(Format::Semgrep)),
    ("shellcheck/", Some(Format::GccLines)),
    ("spectral/", Some(Format::Sarif)),
    ("sqlfluff/", Some(Format::Sarif)),
    ("stylelint/", Some(Format::GccLines)),
    ("tsc/", Some(Format::Tsc)),
    ("ty/", Some(Format::GitlabQuality)),
    ("typos/", Some(Format::Sarif)),
    ("yamllint/", Some(Format::GccLines)),
    ("zizmor/", Some(Format::Sarif)),
];

/// Every recorded report, with its name below `tests/evidence`.
fn recorded() -> Vec<(String, Vec<u8>)> {
    let root = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/evidence"));
    let mut found = Vec::new();
    for folder in std::fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path()) {
        for file in folder.is_dir().then(|| std::fs::read_dir(&folder).unwrap()).into_iter().flatten() {
            let path = file.unwrap().path();
            let name = path.strip_prefix(root).unwrap().to_str().unwrap().replace('\\', "/");
            if path.is_file() && !name.ends_with(".md") {
                found.push((name, std::fs::read(&path).unwrap()));
            }
        }
    }
    found
}

#[test]
fn a_report_is_known_by_its_first_bytes() {
    let mut wrong = Vec::new();
    for (name, bytes) in recorded() {
        let Some((_, expected)) = RECORDED.iter().find(|(path, _)| name.starts_with(path)) else { continue };
        // A silent tool left nothing to look at, and an empty list may be of several formats.
        let expected = expected.filter(|_| !matches!(bytes.trim_ascii(), b"" | b"[]"));
        for head in [4096, DETECT_BYTES_MAX] {
            let found = detect(&bytes[..bytes.len().min(head)]);
            if found != expected {
                wrong.push(format!("{name}: {found:?}, and not {expected:?}, by {head} bytes"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Where the head ends makes a report unknown at worst, and never another one.
#[test]
fn no_cut_makes_a_report_another_format() {
    for (name, bytes) in recorded() {
        let Some((_, Some(expected))) = RECORDED.iter().find(|(path, _)| name.starts_with(path)) else {
            continue;
        };
        for cut in (0..bytes.len().min(2000)).step_by(7) {
            let found = detect(&bytes[..cut]);
            let unknown = found.is_none_or(|found| found == *expected);
            let lines = (found, *expected) == (Some(Format::GccLines), Format::Mypy);
            assert!(unknown || lines, "{name} at {cut}: {found:?}");
        }
    }
}

#[test]
fn a_mark_white_space_and_the_order_of_keys_hide_no_format() {
    for (head, expected) in [
        ("\u{feff}\r\n {\"runs\" : [ {\"results\" : []", Format::Sarif),
        (r#"{"runs":[{"results":[{"ruleId":"a","message":{"text":"{\"Action\": 1}"#, Format::Sarif),
        (r#"{"version":"2.1.0","runs":[]}"#, Format::Sarif),
        (
            "<?xml version='1.0'?><!-- <testsuite> --><!DOCTYPE x>\n<checkstyle version='4'>",
            Format::Checkstyle,
        ),
        (r#"{"p99": {"value": 812, "unit": "ms"}}"#, Format::Measures),
        (r#"{"SPDXID":"SPDXRef-DOCUMENT","creationInfo":{},"files":[{"fileName":"a.gemspec""#, Format::Spdx),
        ("warning: x\n{\"reason\":\"build-finished\",\"success\":true}", Format::Cargo),
        (r#"{"$message_type":"diagnostic","message":"x""#, Format::Rustc),
        (r#"{"Issues":null,"Report":{"Linters":[]}}"#, Format::GolangciLint),
        (r#"{"Golang errors":{},"Issues":[],"Stats":{}}"#, Format::Gosec),
    ] {
        assert_eq!(detect(head.as_bytes()), Some(expected), "{head}");
    }
}

#[test]
fn what_could_be_several_formats_is_not_guessed() {
    for head in
        ["", "[]", "{}", "src/a.rs\n", "<html>", "<report/>", "\u{feff}", "<!", "<?xml", "hello", "[1]"]
    {
        assert_eq!(detect(head.as_bytes()), None, "{head}");
    }
    assert_eq!(detect(b"\xff\xfe\0"), None);
}

#[test]
fn what_begins_and_ends_in_one_breath_ends_nowhere() {
    for text in ["<?>", "<!-->", "<!--->", "<?xml ?><?>", "<![CDATA[]>", "<!>", "<>", "<?><testsuites>"] {
        assert_eq!(detect(text.as_bytes()), None, "{text}");
    }
}
