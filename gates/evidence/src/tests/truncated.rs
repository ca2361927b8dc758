//! A report that was cut off is an error, and never a shorter report.
//!
//! Line formats without an end marker cannot know whether whole lines are missing; there a cut inside a line
//! must never make a finding vanish that the lines before it held, and nothing more can be asked.

use dod_kernel::evidence::Evidence;

use super::read;
use crate::{Format, ReadError};

macro_rules! recorded {
    ($path:literal) => {
        include_bytes!(concat!("../../../../tests/evidence/", $path)).as_slice()
    };
}

/// How much a report says: findings, tests, lines of coverage.
fn size(evidence: &Evidence) -> usize {
    let lines = evidence.coverage.iter().flatten().map(|file| file.lines.len()).sum::<usize>();
    evidence.findings.as_ref().map_or(0, Vec::len) + evidence.tests.as_ref().map_or(0, Vec::len) + lines
}

/// Cuts at every byte, or at every twenty-third of a long report.
fn cuts(report: &[u8]) -> impl Iterator<Item = &[u8]> {
    let step = if report.len() > 3000 { 23 } else { 1 };
    let end = report.trim_ascii_end().len();
    (0..end).step_by(step).map(|cut| &report[..cut])
}

fn check_every_cut_is_an_error(format: Format, report: &[u8]) {
    let whole = read(format, report);
    assert!(whole.is_ok(), "{format}: {whole:?}");
    for cut in cuts(report) {
        let found = read(format, cut);
        assert!(found.is_err(), "{format}, cut at {}: {found:?}", cut.len());
    }
}

#[test]
fn formats_with_an_end_know_every_cut() {
    check_every_cut_is_an_error(Format::Bandit, recorded!("bandit/findings.json"));
    check_every_cut_is_an_error(Format::Checkstyle, recorded!("checkstyle/findings.xml"));
    check_every_cut_is_an_error(Format::Cobertura, recorded!("coverage_py/cobertura.xml"));
    check_every_cut_is_an_error(Format::Eslint, recorded!("eslint/check.json"));
    check_every_cut_is_an_error(Format::GitlabQuality, recorded!("ty/findings.json"));
    check_every_cut_is_an_error(Format::Junit, recorded!("pytest/junit.xml"));
    check_every_cut_is_an_error(Format::Junit, recorded!("node/junit.xml"));
    check_every_cut_is_an_error(Format::Measures, br#"{"p99": {"value": 812, "unit": "ms"}}"#);
    check_every_cut_is_an_error(Format::Mypy, recorded!("mypy/errors.txt"));
    check_every_cut_is_an_error(Format::Ruff, recorded!("ruff/check.json"));
    check_every_cut_is_an_error(Format::Sarif, recorded!("hadolint/findings.sarif"));
    check_every_cut_is_an_error(Format::Sarif, recorded!("ruff/check.sarif"));
    check_every_cut_is_an_error(Format::Semgrep, recorded!("semgrep/findings.json"));
    check_every_cut_is_an_error(Format::Tap, b"TAP version 13\nok 1 - a\nnot ok 2 - b\n1..2");
}

/// `build-finished` is the end, so a cut anywhere before it is seen.
#[test]
fn cargo_knows_every_cut() {
    check_every_cut_is_an_error(Format::Cargo, recorded!("cargo/clippy.jsonl"));
    check_every_cut_is_an_error(Format::Cargo, recorded!("cargo/broken.jsonl"));
    check_every_cut_is_an_error(Format::Cargo, recorded!("cargo/clean.jsonl"));
}

/// The end of one record, binary or package may be the end of the report: there, and only there, a cut
/// cannot be seen.
fn check_cuts_between(format: Format, report: &[u8], ends: &str) {
    let whole = size(&read(format, report).unwrap());
    for cut in cuts(report) {
        let Ok(found) = read(format, cut) else { continue };
        let text = String::from_utf8_lossy(cut);
        let last = text.trim_end().lines().last().unwrap_or_default();
        assert!(size(&found) == whole || last.starts_with(ends) || last.ends_with(ends), "{format}: {text}");
    }
}

#[test]
fn an_lcov_report_is_only_cut_unseen_behind_a_record() {
    check_cuts_between(Format::Lcov, recorded!("coverage_py/lcov.info"), "end_of_record");
    check_cuts_between(Format::Lcov, recorded!("node/lcov.info"), "end_of_record");
}

#[test]
fn go_test_is_only_cut_unseen_behind_a_package() {
    for report in [recorded!("go/test.jsonl"), recorded!("go/test_pass.jsonl")] {
        for cut in cuts(report) {
            let text = String::from_utf8_lossy(cut);
            let last = text.trim_end().lines().last().unwrap_or_default();
            // A package ends with an event that names no test, or with a plain line.
            let between = (last.ends_with('}') && !last.contains("\"Test\"")) || last.starts_with("FAIL\t");
            let found = read(Format::GoTest, cut);
            assert!(found.is_err() || between, "{text}: {found:?}");
        }
    }
}

#[test]
fn libtest_is_only_cut_unseen_behind_a_result() {
    for report in
        [recorded!("libtest/stdout.txt"), recorded!("libtest/clean.txt"), recorded!("libtest/both.txt")]
    {
        for cut in cuts(report) {
            let text = String::from_utf8_lossy(cut);
            let begun = text.lines().filter(|line| line.starts_with("running ")).count();
            let ended = text.lines().filter(|line| line.starts_with("test result: ")).count();
            let found = read(Format::Libtest, cut);
            // The recorded failure prints one line of each kind itself.
            assert!(found.is_err() || begun == ended, "{text}: {found:?}");
            if let Ok(found) = found {
                let told =
                    text.lines().filter(|line| line.starts_with("test ") && line.contains(" ... ")).count();
                assert_eq!(size(&found), told, "{text}");
            }
        }
    }
}

/// A plan behind the tests is the end; what node writes behind it are comments.
#[test]
fn tap_is_only_cut_unseen_behind_its_plan() {
    for cut in cuts(recorded!("node/tests.tap")) {
        let text = String::from_utf8_lossy(cut);
        assert!(read(Format::Tap, cut).is_err() || text.contains("\n1..5"), "{text}");
    }
}

#[test]
fn libtest_json_is_only_cut_unseen_behind_a_suite() {
    for cut in cuts(recorded!("libtest/nightly.jsonl")) {
        let text = String::from_utf8_lossy(cut);
        let last = text.trim_end().lines().last().unwrap_or_default();
        assert!(read(Format::LibtestJson, cut).is_err() || last.contains("\"passed\":"), "{text}");
    }
}

/// What whole lines say is never lost, and a broken last line is an error or says more, not less.
#[test]
fn lines_that_were_whole_are_never_lost() {
    for (format, report) in [
        (Format::GccLines, recorded!("gcc/errors.txt")),
        (Format::GccLines, recorded!("shellcheck/errors.txt")),
        (Format::Tsc, recorded!("tsc/errors.txt")),
        (Format::FileList, recorded!("go/gofmt.txt")),
        (Format::FileList, recorded!("rustfmt/list.txt")),
        (Format::GoCover, recorded!("go/cover.out")),
    ] {
        for cut in cuts(report) {
            let whole_lines = cut.iter().rposition(|&byte| byte == b'\n').map_or(0, |at| at + 1);
            let before = read(format, &cut[..whole_lines]);
            match (before, read(format, cut)) {
                (Ok(before), Ok(found)) => {
                    assert!(size(&found) >= size(&before), "{format} at {}", cut.len());
                }
                (_, Err(ReadError::CutOff { .. } | ReadError::Empty | ReadError::OtherFormat { .. })) => {}
                // A profile of which only the mode is there.
                (Err(ReadError::Empty), Ok(_)) => {}
                (before, found) => panic!("{format} at {}: {before:?}, {found:?}", cut.len()),
            }
        }
    }
}

#[test]
fn a_formatter_that_talks_must_come_to_its_end() {
    check_every_cut_is_an_error_after(
        Format::FileList,
        recorded!("ruff/format.txt"),
        "unformatted: File would be reformatted",
    );
    check_every_cut_is_an_error_after(
        Format::FileList,
        recorded!("prettier/check_warn.txt"),
        "Checking formatting...",
    );
}

/// Like the others, once the first line has shown who talks; a part of that line is taken for a path.
fn check_every_cut_is_an_error_after(format: Format, report: &[u8], first: &str) {
    for cut in cuts(report).filter(|cut| cut.len() >= first.len()) {
        let found = read(format, cut);
        let text = String::from_utf8_lossy(cut);
        let closes = text.lines().last().is_some_and(|line| {
            line.starts_with("[warn] Code style issues ") || line.starts_with("2 files would be reformatted")
        });
        assert!(found.is_err() || closes, "{text}: {found:?}");
    }
}
