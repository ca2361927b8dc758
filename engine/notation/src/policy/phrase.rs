//! Thresholds in the words of the people who set them: `>= 80%`, `no critical CVEs`, `p99 < 1s`.
//!
//! ```text
//!   PHRASES = PHRASE (("," | "and") PHRASE)*
//!   PHRASE  = SAYING | [FACT] COMPARISON NUMBER [UNIT]          COMPARISON: >= <= < > == at least, at most, …
//! ```
//!
//! What a phrase means depends on the key it stands under. The table [`PHRASES`](super::table::PHRASES) is the
//! manual; a test reads each of its rows.
//!
//! **Absent on purpose:** YAML, rules, judging. A bare number is never taken for a percentage or a time.

use dod_kernel::decimal::Decimal;
use dod_kernel::id::Name;
use dod_kernel::policy::{Comparison, Threshold, known_units};

/// What a phrase under a key means.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Meaning {
    /// Kinds of gates that are asked; empty for every gate that has the fact.
    pub(super) gates: Vec<Name>,
    /// The gate must be there, and its exit code is enough where it leaves no evidence of the fact: nothing but
    /// "it is fine" was asked for, so nothing needs to be counted.
    pub(super) must_be_there: bool,
    /// What must hold, all of it.
    pub(super) thresholds: Vec<Threshold>,
}

/// Why a phrase is not understood.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Confusion {
    /// What is wrong.
    pub(super) message: String,
    /// What to write.
    pub(super) hint: String,
}

/// What a key of `quality_gates` speaks of.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Subject<'k> {
    /// Findings of gates of this kind.
    Findings(&'k str),
    /// Any fact, named in the phrase.
    Named,
    /// This fact or measure.
    Fact(&'k str),
    /// Components of the product.
    Sbom,
    /// Test results.
    Tests,
    /// Known holes in packages.
    Vulnerabilities,
}

/// Keys with a meaning of their own, for "did you mean". Every other key is the name of a measure.
pub(super) const KEYS: &[&str] = &[
    "build",
    "complexity",
    "coverage",
    "dependencies",
    "docs",
    "flaky",
    "format",
    "licenses",
    "lint",
    "performance",
    "sbom",
    "secrets",
    "security",
    "tests",
    "types",
];

/// How comparisons are written, longer ones first.
const COMPARISONS: &[(&str, Comparison)] = &[
    ("at least ", Comparison::AtLeast),
    ("at most ", Comparison::AtMost),
    ("less than ", Comparison::Below),
    ("more than ", Comparison::Over),
    ("under ", Comparison::Below),
    ("below ", Comparison::Below),
    ("over ", Comparison::Over),
    ("above ", Comparison::Over),
    (">=", Comparison::AtLeast),
    ("<=", Comparison::AtMost),
    ("≥", Comparison::AtLeast),
    ("≤", Comparison::AtMost),
    ("==", Comparison::Equal),
    ("<", Comparison::Below),
    (">", Comparison::Over),
    ("=", Comparison::Equal),
];

/// Words for vulnerabilities.
const HOLES: &[&str] = &["cves", "cve", "vulnerabilities", "vulnerability", "advisories", "holes"];

/// Dangers from the worst on: who wants none that are high wants none that are worse either.
const DANGERS: &[&str] = &["critical", "high", "medium", "low"];

fn subject(key: &str) -> Subject<'_> {
    match key {
        "build" | "docs" | "format" | "licenses" | "lint" | "secrets" | "types" => Subject::Findings(key),
        "coverage" => Subject::Fact("coverage.line"),
        "dependencies" | "security" | "vulnerabilities" => Subject::Vulnerabilities,
        "flaky" => Subject::Fact("tests.flaky_share"),
        "performance" => Subject::Named,
        "sbom" => Subject::Sbom,
        "test" | "tests" => Subject::Tests,
        _ => Subject::Fact(key),
    }
}

/// Reads what stands under a key of `quality_gates`.
pub(super) fn read(key: &str, text: &str) -> Result<Meaning, Confusion> {
    let subject = subject(key);
    let gates = match subject {
        Subject::Findings(kind) => vec![kind.into()],
        Subject::Sbom => vec!["sbom".into()],
        _ => Vec::new(),
    };
    let normal = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let parts: Vec<&str> = normal.split(',').flat_map(|part| part.split(" and ")).map(str::trim).collect();
    let each: Result<Vec<Phrase>, Confusion> = parts
        .iter()
        .map(|part| {
            phrase(subject, part)?.ok_or_else(|| Confusion {
                message: format!("`{key}` is not understood: `{part}`"),
                hint: super::table::understood(key),
            })
        })
        .collect();
    let found = match each {
        Ok(found) => found,
        // `no high and critical CVEs` is one phrase.
        Err(confusion) => match phrase(subject, &normal) {
            Ok(Some(found)) => vec![found],
            _ => return Err(confusion),
        },
    };
    let must_be_there = found.iter().all(|(_, saying)| *saying);
    let thresholds = found.into_iter().flat_map(|(thresholds, _)| thresholds).collect();
    Ok(Meaning { gates, must_be_there, thresholds })
}

/// Reads `FACT COMPARISON NUMBER [UNIT]`, as `rules:` take it; `None` where it is not of this form.
pub(super) fn comparison(text: &str) -> Option<Result<Threshold, Confusion>> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (fact, is, value, unit) = split(&text)?;
    let named = fact.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    (!fact.is_empty() && named).then(|| threshold(fact, is, value, unit))
}

type Phrase = (Vec<Threshold>, bool);

/// One phrase; `None` where it is none that is known under this subject.
fn phrase(subject: Subject<'_>, text: &str) -> Result<Option<Phrase>, Confusion> {
    let said = text.to_lowercase();
    if let Some(facts) = saying(subject, &said) {
        let there = matches!(subject, Subject::Findings(_) | Subject::Tests | Subject::Sbom)
            && !facts.iter().any(|(fact, ..)| fact.contains(".introduced.") || fact.starts_with("licenses."));
        let of = |(fact, is, value): (String, Comparison, i64)| Threshold {
            fact: fact.into(),
            is,
            unit: "1".into(),
            value: value.into(),
        };
        return Ok(Some((facts.into_iter().map(of).collect(), there)));
    }
    let Some((name, is, value, unit)) = split(text) else { return Ok(None) };
    let (fact, unit) = match subject {
        Subject::Named if name.is_empty() => return Ok(None),
        Subject::Named => (name.to_owned(), unit),
        _ if !name.is_empty() => return Ok(None),
        Subject::Fact("tests.flaky_share") if unit.is_empty() || unit == "tests" => {
            ("tests.flaky".into(), "")
        }
        Subject::Fact(fact) => (fact.to_owned(), unit),
        Subject::Findings(_) => match counted(FINDINGS, unit) {
            Some(member) => (format!("findings.{member}"), ""),
            None => return Ok(None),
        },
        Subject::Tests => match counted(TESTS, unit) {
            Some(member) => (format!("tests.{member}"), ""),
            None if unit == "% flaky" || unit == "%" => ("tests.flaky_share".into(), "%"),
            None => return Ok(None),
        },
        Subject::Sbom => match counted(COMPONENTS, unit) {
            Some(_) => ("components".into(), ""),
            None => return Ok(None),
        },
        Subject::Vulnerabilities => match danger_counted(unit) {
            Some(member) => (format!("vulnerabilities.{member}"), ""),
            None => return Ok(None),
        },
    };
    Ok(Some((vec![threshold(&fact, is, value, unit)?], false)))
}

/// Words behind a number, and what they count.
const FINDINGS: &[(&str, &str)] = &[
    ("", "total"),
    ("finding", "total"),
    ("findings", "total"),
    ("error", "error"),
    ("errors", "error"),
    ("warning", "warning"),
    ("warnings", "warning"),
    ("note", "note"),
    ("notes", "note"),
    ("suppressed", "suppressed"),
    ("suppressions", "suppressed"),
];
const TESTS: &[(&str, &str)] = &[
    ("tests", "total"),
    ("test", "total"),
    ("failures", "unsuccessful"),
    ("failure", "unsuccessful"),
    ("skipped", "skipped"),
    ("skipped tests", "skipped"),
    ("flaky", "flaky"),
    ("flaky tests", "flaky"),
];
const COMPONENTS: &[(&str, &str)] = &[("", ""), ("components", ""), ("component", "")];

fn counted(words: &[(&str, &'static str)], unit: &str) -> Option<&'static str> {
    words.iter().find(|(word, _)| word.eq_ignore_ascii_case(unit)).map(|(_, member)| *member)
}

fn danger_counted(unit: &str) -> Option<&'static str> {
    let unit = unit.to_lowercase();
    let (danger, holes) = unit.split_once(' ').unwrap_or((unit.as_str(), ""));
    if HOLES.contains(&danger) && holes.is_empty() || danger.is_empty() {
        return Some("total");
    }
    let known = holes.is_empty() || HOLES.contains(&holes);
    DANGERS.iter().find(|one| **one == danger && known).copied()
}

/// Facts that a saying compares.
fn saying(subject: Subject<'_>, said: &str) -> Option<Vec<(String, Comparison, i64)>> {
    let none = |facts: &[&str]| {
        Some(facts.iter().map(|fact| ((*fact).to_owned(), Comparison::Equal, 0)).collect::<Vec<_>>())
    };
    match (subject, said) {
        (Subject::Findings(_), "no errors") => none(&["findings.error"]),
        (Subject::Findings("build" | "docs"), "succeeds" | "passes") => none(&["findings.error"]),
        (Subject::Findings(_), "no warnings" | "no errors or warnings") => {
            none(&["findings.error", "findings.warning"])
        }
        (Subject::Findings(_), "clean" | "none" | "no findings") => none(&["findings.total"]),
        (Subject::Findings("secrets"), "no secrets") => none(&["findings.total"]),
        (Subject::Findings(_), "no new errors") => none(&["findings.introduced.error"]),
        (Subject::Findings(_), "no new warnings") => {
            none(&["findings.introduced.error", "findings.introduced.warning"])
        }
        (Subject::Findings(_), "no new findings" | "nothing new") => none(&["findings.introduced.total"]),
        (Subject::Findings("licenses"), "no copyleft") => none(&["licenses.copyleft"]),
        (Subject::Findings("licenses"), "no denied" | "no denied licenses") => none(&["licenses.denied"]),
        (Subject::Findings("licenses"), "no unknown" | "no unknown licenses") => none(&["licenses.unknown"]),
        (Subject::Tests, "no failures" | "all pass" | "pass") => none(&["tests.unsuccessful"]),
        (Subject::Tests, "no skipped" | "no skipped tests") => none(&["tests.skipped"]),
        (Subject::Tests, "no flaky" | "no flaky tests") => none(&["tests.flaky"]),
        (Subject::Fact("tests.flaky_share"), "none") => none(&["tests.flaky"]),
        (Subject::Sbom, "present") => Some(vec![("components".to_owned(), Comparison::AtLeast, 1)]),
        (Subject::Vulnerabilities, "none") => none(&["vulnerabilities.total"]),
        (Subject::Vulnerabilities, said) => holes(said),
        _ => None,
    }
}

/// `no high or critical CVEs`: none of the least danger named, and none that are worse.
fn holes(said: &str) -> Option<Vec<(String, Comparison, i64)>> {
    let (dangers, holes) = said.strip_prefix("no ")?.rsplit_once(' ').or_else(|| Some(("", &said[3..])))?;
    if !HOLES.contains(&holes) {
        return None;
    }
    if dangers.is_empty() || dangers == "known" {
        return Some(vec![("vulnerabilities.total".to_owned(), Comparison::Equal, 0)]);
    }
    let mut least = 0;
    for word in dangers.split([' ', ',']).filter(|word| !matches!(*word, "" | "or" | "and")) {
        least = DANGERS.iter().position(|danger| *danger == word)?.max(least);
    }
    let none = |danger: &&str| (format!("vulnerabilities.{danger}"), Comparison::Equal, 0);
    Some(DANGERS[..=least].iter().map(none).collect())
}

/// `[FACT] COMPARISON NUMBER [UNIT]` in its parts.
fn split(text: &str) -> Option<(&str, Comparison, Decimal, &str)> {
    let first = |(sign, is): &(&'static str, Comparison)| {
        let at =
            text.find(sign).filter(|at| *at == 0 || !sign.ends_with(' ') || text[..*at].ends_with(' '))?;
        Some((at, *sign, *is))
    };
    // Of signs that begin at one place the longer one, which is listed first, is meant.
    let (at, sign, is) = COMPARISONS.iter().filter_map(first).min_by_key(|(at, ..)| *at)?;
    let rest = text[at + sign.len()..].trim_start();
    let sign = usize::from(rest.starts_with('-'));
    let digits = rest[sign..].bytes().take_while(|byte| byte.is_ascii_digit() || *byte == b'.').count();
    let number = sign + digits;
    let value = rest[..number].parse().ok()?;
    Some((text[..at].trim_end(), is, value, rest[number..].trim_start()))
}

/// A threshold whose unit fits its fact.
fn threshold(fact: &str, is: Comparison, value: Decimal, unit: &str) -> Result<Threshold, Confusion> {
    let group = fact.split('.').next().unwrap_or_default();
    let unit = if group == "coverage" || fact == "tests.flaky_share" {
        percent(fact, value, unit)?
    } else if matches!(
        group,
        "findings" | "tests" | "vulnerabilities" | "components" | "mismatches" | "licenses" | "problems"
    ) {
        if !unit.is_empty() {
            return Err(Confusion {
                message: format!("`{fact}` is a count, and `{unit}` is not"),
                hint: format!("write the number alone, like `{fact} <= {value}`"),
            });
        }
        "1"
    } else {
        measured(fact, value, unit)?
    };
    Ok(Threshold { fact: fact.into(), is, unit: unit.into(), value })
}

fn percent<'u>(fact: &str, value: Decimal, unit: &'u str) -> Result<&'u str, Confusion> {
    if unit != "%" {
        return Err(Confusion {
            message: format!("`{fact}` is a percentage, and `{value}{unit}` is not"),
            hint: format!("write `{}%`", as_percentage(value)),
        });
    }
    if value > Decimal::from(100i64) {
        return Err(Confusion {
            message: format!("`{fact}` cannot be more than 100%"),
            hint: "write a number from 0 to 100".to_owned(),
        });
    }
    Ok(unit)
}

/// What was probably meant: a share of at most 1 is 100 times as many percent.
fn as_percentage(value: Decimal) -> Decimal {
    let share = value <= Decimal::from(1i64) && value > Decimal::from(0i64);
    value.times(if share { 100i64 } else { 1 }.into()).unwrap_or(value)
}

/// The unit of somebody's own measure: any word, but not a known unit in the wrong case.
fn measured<'u>(fact: &str, value: Decimal, unit: &'u str) -> Result<&'u str, Confusion> {
    if unit.is_empty() {
        return Ok("1");
    }
    if unit.contains(char::is_whitespace) {
        return Err(Confusion {
            message: format!("`{unit}` is not a unit of `{fact}`"),
            hint: "a unit is one word, like `ms`, `MB` or `req/s`".to_owned(),
        });
    }
    let near = known_units().find(|known| known.eq_ignore_ascii_case(unit));
    match near {
        Some(known) if known_units().all(|exact| exact != unit) => Err(Confusion {
            message: format!("`{unit}` is not a unit"),
            hint: format!("did you mean `{value} {known}`?"),
        }),
        _ => Ok(unit),
    }
}
