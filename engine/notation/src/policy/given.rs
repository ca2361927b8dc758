//! What gates left, in plain words: the `given:` of a test of a policy.
//!
//! ```yaml
//! given:
//!   test:     { tests: { passed: 10, failed: 1 } }
//!   coverage: { coverage.line: 79.99%, base: { coverage.line: 81% } }
//!   deps:     { vulnerabilities: { critical: 1 } }
//!   lint:     { findings: { error: 2, warning: 1 }, introduced: { error: 1 } }
//!   format:   clean          # it looked and found nothing
//!   build:    passes         # a command, by its exit code
//!   load:     undecided      # also `failed` and `skipped`
//! ```
//!
//! A gate's kind is said (`kind: lint`), or its name, or what it left makes it plain. Every key that is none of these
//! words is the name of a measure.
//!
//! **Absent on purpose:** tests and their expectations (`cases`), judging (`trial`).

use std::collections::BTreeMap;

use dod_kernel::evidence::{
    Compared, Component, Danger, Evidence, Finding, License, Measure, Objection, Outcome, Severity,
    TestResult, Vulnerability,
};
use dod_kernel::id::Name;

use super::compare::number;
use super::rules::KINDS;
use super::{GIVEN_MAX, codes};
use crate::diagnose::{Diagnostic, Diagnostics, closest};
use crate::yaml::{Entry, Fields, Kind, Node, read};

/// A gate of a test.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Given {
    /// What it is to the policy.
    pub kind: Name,
    /// The step's name.
    pub name: Name,
    /// Its project in a monorepo: what stands before `/` in its name.
    pub project: Option<Name>,
    /// What became of it.
    pub left: Left,
}

/// What a gate of a test left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Left {
    /// Evidence to judge.
    Evidence(Box<Evidence>),
    /// It failed as a step.
    Failed,
    /// A command, passed by its exit code.
    Passed,
    /// It was not run because of something before it.
    Skipped,
    /// A broken tool, an unreadable report, a time-out.
    Undecided,
}

/// Words for a gate without numbers.
pub(super) const WORDS: &[&str] = &["clean", "passes", "failed", "skipped", "undecided"];
/// Keys of a gate that are no measures.
pub(super) const KEYS: &[&str] = &[
    "kind",
    "findings",
    "introduced",
    "tests",
    "vulnerabilities",
    "unchecked",
    "licenses",
    "components",
    "base",
];
/// Keys of `findings`.
pub(super) const FINDINGS: &[&str] = &["error", "warning", "note", "suppressed"];
/// Keys of `introduced`.
pub(super) const INTRODUCED: &[&str] =
    &["error", "warning", "note", "critical", "high", "medium", "low", "unknown"];
/// Keys of `tests`.
pub(super) const TESTS: &[&str] = &["passed", "failed", "errored", "skipped", "flaky"];
/// Keys of `vulnerabilities`, where they are counted.
pub(super) const DANGERS: &[&str] = &["critical", "high", "medium", "low", "none", "unknown"];
/// Keys of one vulnerability.
pub(super) const HOLE: &[&str] = &["id", "package", "version", "danger"];
/// Keys of `licenses`.
pub(super) const LICENSES: &[&str] = &["copyleft", "denied", "unknown"];

pub(super) fn read_all(node: &Node, problems: &mut Diagnostics) -> Vec<Given> {
    let entries = read::entries(node, "`given`", problems);
    entries.iter().filter(|entry| !entry.key.is_empty()).filter_map(|entry| gate(entry, problems)).collect()
}

fn gate(entry: &Entry, problems: &mut Diagnostics) -> Option<Given> {
    let name = Name::from(&*entry.key);
    let project = name.rsplit_once('/').map(|(project, _)| Name::from(project));
    let own = name.rsplit('/').next().unwrap_or_default();
    let own = dod_kernel::policy::step_of(own).unwrap_or(own);
    let named = match own {
        "tests" => Some("test"),
        "deps" | "audit" => Some("dependencies"),
        own => KINDS.iter().copied().find(|kind| *kind == own),
    };
    let (kind, left) = match &entry.value.kind {
        Kind::Map(members) => {
            let (kind, evidence) = evidence(&entry.value, members, problems)?;
            let kind = kind.or(named.map(Name::from)).unwrap_or_else(|| inferred(&evidence, own));
            (kind, Left::Evidence(Box::new(evidence)))
        }
        _ => {
            let kind = Name::from(named.unwrap_or(own));
            let word = read::word(&entry.value, &format!("`{name}`"), problems)?;
            let left = match &**word {
                "clean" => Left::Evidence(Box::new(clean(&kind))),
                "passes" | "passed" => Left::Passed,
                "failed" | "fails" => Left::Failed,
                "skipped" => Left::Skipped,
                "undecided" | "broken" => Left::Undecided,
                other => {
                    let message = format!("`{other}` is nothing that a gate leaves");
                    let diagnostic = Diagnostic::error(codes::GIVEN, word.span, message);
                    let diagnostic = diagnostic.did_you_mean(other, WORDS.iter().copied());
                    let hint = "write `clean`, `passes`, `failed`, `skipped`, `undecided`, or a map like `{ findings: { error: 1 } }`";
                    problems.push(if diagnostic.hint.is_some() { diagnostic } else { diagnostic.hint(hint) });
                    return None;
                }
            };
            (kind, left)
        }
    };
    Some(Given { kind, name, project, left })
}

/// It looked and found nothing.
fn clean(kind: &str) -> Evidence {
    Evidence {
        findings: Some(Vec::new()),
        vulnerabilities_sought: kind == "dependencies",
        licenses_sought: kind == "licenses",
        ..Evidence::default()
    }
}

/// The kind of gate that leaves such evidence.
fn inferred(evidence: &Evidence, name: &str) -> Name {
    let covers = || evidence.measures.keys().any(|name| name.starts_with("coverage."));
    let kind = match evidence {
        _ if evidence.vulnerabilities_sought => "dependencies",
        _ if evidence.licenses_sought => "licenses",
        _ if evidence.tests.is_some() => "test",
        _ if evidence.components.is_some() => "sbom",
        _ if covers() => "coverage",
        _ => name,
    };
    kind.into()
}

fn evidence(node: &Node, members: &[Entry], problems: &mut Diagnostics) -> Option<(Option<Name>, Evidence)> {
    let mut found = Evidence::default();
    let (mut kind, mut introduced) = (None, None);
    for member in members {
        let (key, value) = (&*member.key, &member.value);
        match key {
            "kind" => kind = read::word(value, "`kind`", problems).map(|kind| kind.value),
            "findings" => findings(value, &mut found, problems),
            "introduced" => introduced = Some(value),
            "tests" => tests(value, &mut found, problems),
            "vulnerabilities" => vulnerabilities(value, &mut found, problems),
            "unchecked" => {
                found.unchecked = count(value, "`unchecked`", problems);
                found.vulnerabilities_sought = true;
            }
            "licenses" => licenses(value, &mut found, problems),
            "components" => {
                let one = Component { licenses: Vec::new(), name: "c".into(), purl: None, version: None };
                let many = usize::try_from(count(value, "`components`", problems)).unwrap_or(0);
                found.components = Some(vec![one; many]);
            }
            "base" => {
                for entry in read::entries(value, "`base`", problems) {
                    let measure = measure(&entry.value, &entry.key, problems);
                    found.base.extend(measure.map(|measure| (Name::from(&*entry.key), measure)));
                }
            }
            "" => {}
            _ => {
                let is_map = matches!(value.kind, Kind::Map(_) | Kind::List(_));
                let near = closest(key, KEYS.iter().copied()).filter(|_| is_map);
                if let Some(near) = near {
                    let message = format!("a gate leaves no `{key}`");
                    let diagnostic = Diagnostic::error(codes::GIVEN, member.key_span, message);
                    problems.push(diagnostic.hint(format!("did you mean `{near}`?")));
                } else if let Some(measure) = measure(value, key, problems) {
                    found.measures.insert(key.into(), measure);
                }
            }
        }
    }
    if let Some(node) = introduced {
        mark(node, &mut found, problems);
    }
    if found == Evidence::default() && members.iter().all(|member| &*member.key == "kind") {
        let message = "the gate leaves nothing";
        problems
            .push(Diagnostic::error(codes::GIVEN, node.span, message).hint("write `clean` or what it left"));
        return None;
    }
    Some((kind, found))
}

/// `79.99%`, `812 ms`, `42`.
fn measure(node: &Node, name: &str, problems: &mut Diagnostics) -> Option<Measure> {
    let text = read::word(node, &format!("`{name}`"), problems)?;
    let unit_fits = |unit: &str| !unit.contains(char::is_whitespace);
    match number(text.trim()).filter(|(_, unit)| unit_fits(unit)) {
        Some((value, "")) => Some(Measure { unit: "1".into(), value }),
        Some((value, unit)) => Some(Measure { unit: unit.into(), value }),
        None => {
            let message = format!("`{name}` is a number with its unit, not `{}`", &**text);
            let diagnostic = Diagnostic::error(codes::GIVEN, text.span, message);
            problems.push(diagnostic.hint("write `79.99%`, `812 ms` or `42`"));
            None
        }
    }
}

fn count(node: &Node, what: &str, problems: &mut Diagnostics) -> u64 {
    let most = i64::try_from(GIVEN_MAX).unwrap_or(i64::MAX);
    let found = read::whole(node, what, (0, most), problems);
    found.and_then(|found| u64::try_from(found.value).ok()).unwrap_or(0)
}

/// Counts by word, as many as each says.
fn counts(
    node: &Node,
    what: &'static str,
    keys: &'static [&'static str],
    problems: &mut Diagnostics,
) -> Vec<(&'static str, usize)> {
    let Some(fields) = Fields::open(node, what, keys, problems) else { return Vec::new() };
    let mut found = Vec::new();
    for key in keys.iter().copied() {
        if let Some(value) = fields.get(key) {
            let many = count(value, &format!("`{key}`"), problems);
            found.push((key, usize::try_from(many).unwrap_or(0)));
        }
    }
    found
}

fn finding(severity: Severity) -> Finding {
    Finding {
        fingerprint: "given".into(),
        introduced: None,
        license: None,
        message: "given by a test of the policy".into(),
        original: None,
        place: None,
        rule: "given".into(),
        severity,
        suppressed: false,
        vulnerability: None,
    }
}

fn findings(node: &Node, evidence: &mut Evidence, problems: &mut Diagnostics) {
    let all = evidence.findings.get_or_insert_default();
    for (word, many) in counts(node, "`findings` of a gate", FINDINGS, problems) {
        let one = match word {
            "warning" => finding(Severity::Warning),
            "note" => finding(Severity::Note),
            "suppressed" => Finding { suppressed: true, ..finding(Severity::Error) },
            _ => finding(Severity::Error),
        };
        all.extend(std::iter::repeat_n(one, many));
    }
}

fn tests(node: &Node, evidence: &mut Evidence, problems: &mut Diagnostics) {
    let all = evidence.tests.get_or_insert_default();
    for (word, many) in counts(node, "`tests` of a gate", TESTS, problems) {
        let outcome = match word {
            "failed" => Outcome::Failed,
            "errored" => Outcome::Errored,
            "skipped" => Outcome::Skipped,
            _ => Outcome::Passed,
        };
        let one = TestResult {
            duration_ms: None,
            flaky_runs: u32::from(word == "flaky"),
            message: None,
            name: "given".into(),
            outcome,
            place: None,
            suite: "given".into(),
        };
        all.extend(std::iter::repeat_n(one, many));
    }
}

/// Counts by danger, or a list of holes with their packages, so that waivers of them can be tried.
fn vulnerabilities(node: &Node, evidence: &mut Evidence, problems: &mut Diagnostics) {
    evidence.vulnerabilities_sought = true;
    let all = evidence.findings.get_or_insert_default();
    let Kind::List(items) = &node.kind else {
        for (word, many) in counts(node, "`vulnerabilities` of a gate", DANGERS, problems) {
            let one = hole(word, "given".into(), "given".into(), "1".into());
            all.extend(std::iter::repeat_n(one, many));
        }
        return;
    };
    for item in items.iter().take(GIVEN_MAX) {
        let Some(fields) = Fields::open(item, "a vulnerability", HOLE, problems) else { continue };
        let mut part = |key| fields.need(key, problems).and_then(|node| read::word(node, key, problems));
        let (id, package, version) = (part("id"), part("package"), part("version"));
        let words: Vec<(&str, &str)> = DANGERS.iter().map(|word| (*word, *word)).collect();
        let danger = match fields.get("danger") {
            Some(node) => read::choice(node, "`danger`", &words, problems).map(|found| found.value),
            None => Some("unknown"),
        };
        if let (Some(id), Some(package), Some(version), Some(danger)) = (id, package, version, danger) {
            all.push(hole(danger, id.value, package.value, version.value));
        }
    }
}

fn hole(danger: &str, id: Name, package: Name, version: Name) -> Finding {
    let danger = match danger {
        "critical" => Danger::Critical,
        "high" => Danger::High,
        "medium" => Danger::Medium,
        "low" => Danger::Low,
        "none" => Danger::None,
        _ => Danger::Unknown,
    };
    let vulnerability = Vulnerability {
        aliases: Vec::new(),
        danger,
        fixed: Vec::new(),
        id: id.clone(),
        package,
        score: None,
        vector: None,
        version,
    };
    Finding { rule: id, vulnerability: Some(vulnerability), ..finding(Severity::Error) }
}

fn licenses(node: &Node, evidence: &mut Evidence, problems: &mut Diagnostics) {
    evidence.licenses_sought = true;
    let all = evidence.findings.get_or_insert_default();
    for (word, many) in counts(node, "`licenses` of a gate", LICENSES, problems) {
        let objection = match word {
            "copyleft" => Objection::Copyleft,
            "denied" => Objection::Denied,
            _ => Objection::Unknown,
        };
        let (package, version) = ("given".into(), "1".into());
        let license = License { expression: Name::default(), objection, package, version };
        let one = Finding { license: Some(license), ..finding(Severity::Error) };
        all.extend(std::iter::repeat_n(one, many));
    }
}

/// How many of the findings the change brought; all others were there before.
fn mark(node: &Node, evidence: &mut Evidence, problems: &mut Diagnostics) {
    evidence.compared = Some(Compared::LinesAndFingerprints);
    let all = evidence.findings.get_or_insert_default();
    for one in all.iter_mut() {
        one.introduced = Some(false);
    }
    let mut left: BTreeMap<&str, usize> =
        counts(node, "`introduced` of a gate", INTRODUCED, problems).into_iter().collect();
    for one in all.iter_mut().filter(|one| !one.suppressed) {
        let word = match &one.vulnerability {
            Some(hole) => word_of(hole.danger),
            None => match one.severity {
                Severity::Error => "error",
                Severity::Warning => "warning",
                _ => "note",
            },
        };
        if let Some(many) = left.get_mut(word).filter(|many| **many > 0) {
            *many -= 1;
            one.introduced = Some(true);
        }
    }
    if let Some((word, _)) = left.iter().find(|(_, many)| **many > 0) {
        let message = format!("the change brings more `{word}` than the gate found");
        let diagnostic = Diagnostic::error(codes::GIVEN, node.span, message);
        problems.push(diagnostic.hint("`introduced` says how many of the findings are new"));
    }
}

fn word_of(danger: Danger) -> &'static str {
    match danger {
        Danger::Critical => "critical",
        Danger::High => "high",
        Danger::Medium => "medium",
        Danger::Low => "low",
        Danger::None => "none",
        Danger::Unknown => "unknown",
    }
}
