//! What linters, compilers and static analyses write.
//!
//! **Absent on purpose:** lists of files: every text could be one.

use super::clues::{Clues, Kind, Root};
use crate::format::Format;
use crate::formats::gcc_lines;

pub(super) fn find(clues: &Clues) -> Option<Format> {
    match clues.root {
        Root::Object => object(clues).or_else(|| lines_of_json(clues)),
        Root::JsonLines => lines_of_json(clues),
        Root::Lines if clues.is_objects() => lines_of_json(clues),
        Root::Array => array(clues),
        Root::Xml => clues.is_xml("checkstyle").then_some(Format::Checkstyle),
        Root::Lines | Root::Nothing => None,
    }
}

fn object(clues: &Clues) -> Option<Format> {
    let schema = clues.word("$schema").unwrap_or_default();
    let sarif = clues.has_any(&["runs[].tool", "runs[].results"])
        || (clues.is("runs", Kind::Array) && clues.word("version").is_some_and(|it| it.starts_with("2.")))
        || schema.contains("sarif");
    let results = clues.is("results", Kind::Array);
    match () {
        () if sarif => Some(Format::Sarif),
        () if clues.has_all(&["results[].filePath", "results[].messages"]) => Some(Format::Eslint),
        () if clues.has_any(&["Golang errors", "GosecVersion", "Stats.nosec"]) => Some(Format::Gosec),
        () if clues.has_all(&["Issues[].rule_id", "Issues[].confidence"]) => Some(Format::Gosec),
        () if clues.has("Issues[].FromLinter") => Some(Format::GolangciLint),
        () if clues.has("Issues") && clues.has("Report") => Some(Format::GolangciLint),
        () if clues.has_any(&["Report.Linters", "Report.Error", "Report.Warnings"]) => {
            Some(Format::GolangciLint)
        }
        () if clues.has("results[].test_id") || clues.has_all(&["metrics", "generated_at"]) => {
            Some(Format::Bandit)
        }
        () if clues.has("results[].check_id") => Some(Format::Semgrep),
        () if results && clues.has_all(&["errors", "paths"]) => Some(Format::Semgrep),
        // Old versions wrote no more than this.
        () if results && clues.is("errors", Kind::Array) && clues.keys() == 2 => Some(Format::Semgrep),
        () if clues.has_any(&["paths.scanned", "interfile_languages_used", "engine_requested"]) => {
            Some(Format::Semgrep)
        }
        () if is_gitlab_security(clues) => Some(Format::GitlabSecurity),
        () => None,
    }
}

fn is_gitlab_security(clues: &Clues) -> bool {
    let listed = clues.is("vulnerabilities", Kind::Array);
    let scanned = clues.has_any(&["scan.scanner", "scan.analyzer"]) && clues.has("scan.type");
    scanned
        || (listed && clues.has("vulnerabilities[].identifiers"))
        || (listed && clues.has_all(&["version", "remediations"]))
        || clues.word("schema").is_some_and(|schema| schema.contains("security-report"))
}

fn array(clues: &Clues) -> Option<Format> {
    match () {
        () if clues.has_all(&["[].filePath", "[].messages"]) => Some(Format::Eslint),
        () if clues.has("[].filename") && clues.has_any(&["[].code", "[].noqa_row"]) => Some(Format::Ruff),
        () if clues.has("[].fingerprint") && clues.has_any(&["[].check_name", "[].location.path"]) => {
            Some(Format::GitlabQuality)
        }
        () if clues.has_all(&["[].check_name", "[].location"]) => Some(Format::GitlabQuality),
        () => None,
    }
}

/// What cargo says beside its messages (cargo-criterion has a `reason` too).
const REASONS: &[&str] =
    &["compiler-message", "compiler-artifact", "build-script-executed", "build-finished", "timing-info"];

fn lines_of_json(clues: &Clues) -> Option<Format> {
    let reason = clues.word("reason");
    match () {
        () if reason.is_some_and(|reason| REASONS.contains(&reason)) => Some(Format::Cargo),
        () if reason.is_some() => None,
        () if clues.has("$message_type") => Some(Format::Rustc),
        () if clues.has_all(&["rendered", "spans", "level"]) => Some(Format::Rustc),
        () => None,
    }
}

/// Lines of compilers. They are asked last: a test that fails prints the like.
pub(super) fn find_lines(clues: &Clues) -> Option<Format> {
    if clues.root != Root::Lines {
        return None;
    }
    let any = |test: &dyn Fn(&str) -> bool| clues.lines.iter().any(|line| test(line));
    let closes = |line: &str| {
        line.starts_with("Success: no issues found in ")
            || (line.starts_with("Found ")
                && [" (checked ", " (errors prevented "].iter().any(|it| line.contains(it)))
    };
    if any(&closes) {
        return Some(Format::Mypy);
    }
    if any(&|line| line.contains("): error TS") || line.starts_with("error TS")) {
        return Some(Format::Tsc);
    }
    any(&|line| gcc_lines::parse(line).is_some()).then_some(Format::GccLines)
}
