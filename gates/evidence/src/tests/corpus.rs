//! Real files of other people's tools, with counts made by independent tools. They are not part of the
//! project: where they are absent the test says so and proves nothing.

use std::collections::BTreeSet;
use std::path::PathBuf;

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Severity};
use serde_json::Value;

use crate::{Context, DETECT_BYTES_MAX, Format, ReadError, detect};

/// Where the real files lie.
pub(super) fn folder() -> PathBuf {
    let default = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/corpus");
    let root = std::env::var_os("DOD_CORPUS").map_or(PathBuf::from(default), PathBuf::from);
    root.join("evidence")
}

/// The manifest's word for a format, in ours. All of them are told apart, also those not compared below.
fn named(name: &str) -> Format {
    match name {
        "clippy" => Format::Cargo,
        "gitlab-codequality" => Format::GitlabQuality,
        "gitlab-sast" => Format::GitlabSecurity,
        "llvm-cov-json" => Format::LlvmCov,
        "osv-record" => Format::Osv,
        other => other.replace('-', "_").parse().unwrap(),
    }
}

/// The formats whose counts are compared with the truth.
fn format(name: &str) -> Option<Format> {
    Some(named(name)).filter(|format| COMPARED.contains(format))
}

const COMPARED: &[Format] = &[
    Format::Bandit,
    Format::Cargo,
    Format::Cobertura,
    Format::Eslint,
    Format::GitlabQuality,
    Format::GitlabSecurity,
    Format::GoCover,
    Format::Junit,
    Format::Lcov,
    Format::Sarif,
    Format::Semgrep,
];

#[test]
fn real_reports_are_known_by_their_first_bytes() {
    let Ok(manifest) = std::fs::read(folder().join("manifest.json")) else {
        println!("skipped: no corpus at {}", folder().display());
        return;
    };
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut wrong = Vec::new();
    for file in manifest["files"].as_array().unwrap() {
        let name = file["file"].as_str().unwrap();
        let expected = Some(named(file["format"].as_str().unwrap()));
        let bytes = std::fs::read(folder().join(name)).unwrap();
        for head in [4096, DETECT_BYTES_MAX] {
            let found = detect(&bytes[..bytes.len().min(head)]);
            if found != expected {
                wrong.push(format!("{name}: {found:?} by {head} bytes"));
            }
        }
        for cut in (0..bytes.len().min(3000)).step_by(37) {
            let found = detect(&bytes[..cut]);
            if found.is_some() && found != expected {
                wrong.push(format!("{name}: {found:?} by {cut} bytes"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn real_reports_hold_what_independent_tools_counted() {
    let folder = folder();
    let Ok(manifest) = std::fs::read(folder.join("manifest.json")) else {
        println!("skipped: no corpus at {}", folder.display());
        return;
    };
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    let mut wrong = Vec::new();
    let mut checked = 0;
    for file in manifest["files"].as_array().unwrap() {
        let Some(format) = format(file["format"].as_str().unwrap()) else { continue };
        let name = file["file"].as_str().unwrap();
        let bytes = std::fs::read(folder.join(name)).unwrap();
        let found = crate::read(format, &mut bytes.as_slice(), &Context::at("/repo"));
        for (what, ours, theirs) in compare(format, &found, &file["truth"], &bytes) {
            if ours != theirs {
                wrong.push(format!(
                    "{name}: {what}: {ours} here, {theirs} in truth ({:?})",
                    found.as_ref().err()
                ));
            }
        }
        checked += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    println!("{checked} files checked");
}

/// Read as what they are not, real reports are refused or complained of, and never clean.
#[test]
fn a_real_report_is_never_clean_as_another_format() {
    let Ok(manifest) = std::fs::read(folder().join("manifest.json")) else {
        println!("skipped: no corpus at {}", folder().display());
        return;
    };
    let manifest: Value = serde_json::from_slice(&manifest).unwrap();
    for file in manifest["files"].as_array().unwrap() {
        let name = file["file"].as_str().unwrap();
        let own = Some(named(file["format"].as_str().unwrap()));
        let bytes = std::fs::read(folder().join(name)).unwrap();
        for &other in Format::ALL.iter().filter(|other| Some(**other) != own) {
            // Bytes beyond this teach nothing more, and a list of files takes every line.
            let head = &bytes[..bytes.len().min(20_000)];
            let found = crate::read(other, &mut &*head, &Context::at("/repo"));
            let clean = found.as_ref().is_ok_and(|found| {
                found.findings.as_ref().is_none_or(Vec::is_empty)
                    && found.tests.as_ref().is_none_or(Vec::is_empty)
            });
            assert!(!clean, "{name} as {other}: {found:?}");
        }
    }
}

type Compared = Vec<(&'static str, u64, u64)>;

fn compare(format: Format, found: &Result<Evidence, ReadError>, truth: &Value, bytes: &[u8]) -> Compared {
    let count = |key: &str| truth[key].as_u64().unwrap_or(0);
    let Ok(evidence) = found else {
        // The only real file that is not evidence: it holds no run.
        let no_run = format == Format::Sarif && count("runs") == 0;
        let unread = u64::from(*found != Err(ReadError::NotRun { what: "run" }) || !no_run);
        return vec![("unread", unread, 0)];
    };
    match format {
        Format::Junit => junit(evidence, truth),
        Format::Sarif => sarif(evidence, truth),
        Format::Lcov => coverage(evidence, truth, "lines", "lines_hit", "branches", "branches_hit"),
        Format::Cobertura => coverage(
            evidence,
            truth,
            "unique_file_lines",
            "unique_file_lines_hit",
            "unique_branches",
            "unique_branches_hit",
        ),
        Format::Cargo => clippy(evidence, truth, bytes),
        Format::Bandit | Format::GitlabQuality | Format::GitlabSecurity | Format::Semgrep => {
            by_severity(evidence, truth)
        }
        Format::Eslint => {
            let counts = evidence.summary().findings.unwrap();
            vec![
                ("errors", counts.error, count("errors")),
                ("warnings", counts.warning, count("warnings")),
                ("suppressed", counts.suppressed, count("suppressed")),
                ("mismatches", evidence.mismatches.len() as u64, 0),
            ]
        }
        Format::GoCover => {
            let share = evidence.summary().measures["coverage.statement"].value;
            let same = Decimal::percent(count("statements_hit"), count("statements")) == Some(share);
            vec![("share", u64::from(same), 1)]
        }
        _ => vec![("unexpected format", 1, 0)],
    }
}

/// All findings, and how often each word of the tool for a severity comes.
fn by_severity(evidence: &Evidence, truth: &Value) -> Compared {
    let findings = evidence.findings.as_ref().unwrap();
    let total = ["results", "findings", "vulnerabilities"].iter().find_map(|key| truth[*key].as_u64());
    let word = |word: &str| {
        let is = |original: &str| original.eq_ignore_ascii_case(word);
        findings.iter().filter(|one| one.original.as_deref().is_some_and(is)).count() as u64
    };
    let mut compared = vec![("findings", findings.len() as u64, total.unwrap())];
    for (name, count) in truth["by_severity"].as_object().unwrap() {
        compared.push(("of a severity", word(name), count.as_u64().unwrap()));
    }
    compared
}

fn junit(evidence: &Evidence, truth: &Value) -> Compared {
    let counts = evidence.summary().tests.unwrap();
    let count = |key: &str| truth[key].as_u64().unwrap_or(0);
    let reruns = evidence.measures.get("tests.reruns").map_or(0, |one| one.value.as_integer().unwrap());
    let declared = truth["declared"]["tests"].as_str().and_then(|tests| tests.parse::<u64>().ok());
    let declared = declared.or(truth["declared_sum_top_suites"]["tests"].as_u64());
    let differs = declared.is_some_and(|declared| declared != count("testcases"));
    let noticed = evidence.mismatches.iter().any(|one| &*one.name == "tests");
    vec![
        ("testcases", counts.total(), count("testcases")),
        ("failed", counts.failed, count("testcases_failed")),
        ("errored", counts.errored, count("testcases_errored")),
        ("skipped", counts.skipped, count("testcases_skipped")),
        ("passed", counts.passed, count("testcases_passed")),
        ("reruns", u64::try_from(reruns).unwrap(), count("flaky_or_rerun_elements")),
        ("declared total noticed", u64::from(noticed), u64::from(differs)),
    ]
}

fn sarif(evidence: &Evidence, truth: &Value) -> Compared {
    let findings = evidence.findings.as_ref().unwrap();
    let level = |severity| findings.iter().filter(|one| one.severity == severity).count() as u64;
    let theirs = |key: &str| truth["effective_level"][key].as_u64().unwrap_or(0);
    let suppressed = findings.iter().filter(|one| one.suppressed).count() as u64;
    vec![
        ("error", level(Severity::Error), theirs("error")),
        ("warning", level(Severity::Warning), theirs("warning")),
        ("note", level(Severity::Note), theirs("note")),
        ("none", level(Severity::None), theirs("none")),
        ("suppressed", suppressed, truth["suppressed_accepted"].as_u64().unwrap()),
    ]
}

fn coverage(
    evidence: &Evidence,
    truth: &Value,
    lines: &str,
    hit: &str,
    branches: &str,
    taken: &str,
) -> Compared {
    let files = evidence.coverage.as_ref().unwrap();
    let all = |hits: &dyn Fn(u64) -> bool| {
        files.iter().flat_map(|file| &file.lines).filter(|line| hits(line.1)).count() as u64
    };
    let all_branches = |hits: &dyn Fn(u64) -> bool| {
        files.iter().flat_map(|file| &file.branches).filter(|branch| hits(branch.hits)).count() as u64
    };
    let count = |key: &str| truth[key].as_u64().unwrap();
    vec![
        ("lines", all(&|_| true), count(lines)),
        ("lines hit", all(&|hits| hits > 0), count(hit)),
        ("branches", all_branches(&|_| true), count(branches)),
        ("branches taken", all_branches(&|hits| hits > 0), count(taken)),
    ]
}

/// The truth counts every message; a finding is one that is not a closing line and not said before.
fn clippy(evidence: &Evidence, truth: &Value, bytes: &[u8]) -> Compared {
    let mut input: &[u8] = bytes;
    let mut input = crate::input::Input::open(&mut input, false).unwrap();
    let raw = crate::formats::cargo::messages(&mut input, &Context::at("/repo")).unwrap();
    let coded: u64 =
        truth["with_code_by_level"].as_object().unwrap().values().map(|one| one.as_u64().unwrap()).sum();
    let mut unique = BTreeSet::new();
    for line in std::str::from_utf8(bytes).unwrap().lines().filter(|line| line.starts_with('{')) {
        let line: Value = serde_json::from_str(line).unwrap();
        let message = &line["message"];
        if !message["code"].is_null() {
            unique.insert(format!("{} {} {}", message["code"]["code"], message["message"], message["spans"]));
        }
    }
    vec![
        ("messages with a code", raw.len() as u64, coded),
        ("distinct ones", evidence.findings.as_ref().unwrap().len() as u64, unique.len() as u64),
    ]
}
