//! Thresholds in the words of the people who set them: `>= 80%`, `no critical CVEs`, `p99 < 1s`.
//!
//! ```text
//!   PHRASES = PHRASE (("," | "and") PHRASE)*
//!   PHRASE  = SAYING | [FACT] COMPARISON NUMBER [UNIT] | [FACT] "may not" WAY ["by more than" NUMBER [UNIT]]
//! ```
//!
//! COMPARISON is a sign or words (`at least`, `at most`, …), WAY is `drop` or `rise`. What a phrase means depends on
//! the key it stands under. The table [`PHRASES`](super::table::PHRASES) is the manual; a test reads each of its
//! rows. Sayings are in `saying`, comparisons in `compare`.
//!
//! **Absent on purpose:** YAML, rules, judging. A bare number is never taken for a percentage or a time.

use dod_kernel::decimal::Decimal;
use dod_kernel::id::Name;
use dod_kernel::policy::{Comparison, Threshold};

use super::compare::{is_count, is_share, number, split, threshold};
use super::saying::{self, Saying};
use crate::diagnose::closest;

/// What a phrase under a key means.
#[derive(Debug, Default, PartialEq, Eq)]
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
pub(super) enum Subject<'k> {
    /// Coverage, of lines where no other metric is named.
    Coverage,
    /// Findings of gates of this kind.
    Findings(&'k str),
    /// Any fact, named in the phrase.
    Named,
    /// This fact or measure.
    Fact(&'k str),
    /// Licenses of packages.
    Licenses,
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
    "duplication",
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

/// Metrics of coverage, as people call them.
pub(super) const METRICS: &[(&str, &str)] = &[
    ("line", "coverage.line"),
    ("lines", "coverage.line"),
    ("line coverage", "coverage.line"),
    ("branch", "coverage.branch"),
    ("branches", "coverage.branch"),
    ("branch coverage", "coverage.branch"),
    ("function", "coverage.function"),
    ("functions", "coverage.function"),
    ("instruction", "coverage.instruction"),
    ("instructions", "coverage.instruction"),
    ("region", "coverage.region"),
    ("regions", "coverage.region"),
    ("statement", "coverage.statement"),
    ("statements", "coverage.statement"),
    ("changed", "coverage.changed.line"),
    ("changed lines", "coverage.changed.line"),
    ("changed code", "coverage.changed.line"),
    ("new", "coverage.changed.line"),
    ("new lines", "coverage.changed.line"),
    ("new code", "coverage.changed.line"),
];

pub(super) fn subject(key: &str) -> Subject<'_> {
    match key {
        "build" | "docs" | "format" | "lint" | "secrets" | "types" => Subject::Findings(key),
        "coverage" => Subject::Coverage,
        "dependencies" | "security" | "vulnerabilities" => Subject::Vulnerabilities,
        "flaky" => Subject::Fact("tests.flaky_share"),
        "licenses" => Subject::Licenses,
        "performance" => Subject::Named,
        "sbom" => Subject::Sbom,
        "test" | "tests" => Subject::Tests,
        _ => Subject::Fact(key),
    }
}

/// The fact behind a member of a key: `branch` of `coverage`, `critical` of `security`, `p99` of `performance`.
pub(super) fn member(key: &str, name: &str) -> Option<String> {
    let one_of = |names: &[&str], group: &str| names.contains(&name).then(|| format!("{group}.{name}"));
    match subject(key) {
        Subject::Coverage => {
            METRICS.iter().find(|(word, _)| *word == name).map(|(_, fact)| (*fact).to_owned())
        }
        Subject::Vulnerabilities => one_of(saying::DANGERS, "vulnerabilities"),
        Subject::Findings(_) => saying::counted(saying::FINDINGS, name)
            .filter(|_| !name.is_empty())
            .map(|one| format!("findings.{one}")),
        Subject::Licenses => one_of(&["copyleft", "denied", "unknown"], "licenses"),
        _ => None,
    }
}

/// Members of a key that are facts of their own, for "did you mean".
pub(super) fn members(key: &str) -> impl Iterator<Item = &'static str> {
    let (metrics, words): (_, &[&str]) = match subject(key) {
        Subject::Coverage => (METRICS, &[]),
        Subject::Vulnerabilities => (&[][..], saying::DANGERS),
        Subject::Findings(_) => (saying::FINDINGS, &[]),
        Subject::Licenses => (&[][..], &["copyleft", "denied", "unknown"]),
        _ => (&[][..], &[]),
    };
    metrics.iter().map(|(word, _)| *word).filter(|word| !word.is_empty()).chain(words.iter().copied())
}

/// Reads what stands under a member of a key: a comparison of its fact, or `none`.
pub(super) fn read_member(key: &str, fact: &str, text: &str) -> Result<Meaning, Confusion> {
    let meaning = read_as(Subject::Fact(fact), key, text)?;
    Ok(Meaning { gates: gates(subject(key)), must_be_there: false, ..meaning })
}

/// Reads what stands under a key of `quality_gates`.
pub(super) fn read(key: &str, text: &str) -> Result<Meaning, Confusion> {
    let subject = subject(key);
    Ok(Meaning { gates: gates(subject), ..read_as(subject, key, text)? })
}

fn gates(subject: Subject<'_>) -> Vec<Name> {
    match subject {
        Subject::Findings(kind) => vec![kind.into()],
        Subject::Licenses => vec!["licenses".into()],
        Subject::Sbom => vec!["sbom".into()],
        _ => Vec::new(),
    }
}

fn read_as(subject: Subject<'_>, key: &str, text: &str) -> Result<Meaning, Confusion> {
    let normal = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(number) = with_comma(&normal) {
        return Err(Confusion {
            message: format!("`{number}` is not a number"),
            hint: format!(
                "write `{}` for a fraction; thousands stand without a sign",
                number.replace(',', ".")
            ),
        });
    }
    let parts: Vec<&str> = normal.split(',').flat_map(|part| part.split(" and ")).map(str::trim).collect();
    let each: Result<Vec<Phrase>, Confusion> = parts
        .iter()
        .map(|part| phrase(subject, part)?.ok_or_else(|| confusion(subject, key, part)))
        .collect();
    let found = match each {
        Ok(found) => found,
        // `no high and critical CVEs` is one phrase.
        Err(confusion) => match phrase(subject, &normal) {
            Ok(Some(found)) => vec![found],
            _ => return Err(confusion),
        },
    };
    let must_be_there = found.iter().all(|(_, there)| *there);
    let thresholds: Vec<Threshold> = found.into_iter().flat_map(|(thresholds, _)| thresholds).collect();
    Ok(Meaning { gates: Vec::new(), must_be_there, thresholds })
}

/// `80,5` and `1,000`: a comma joins phrases, and none of them begins with a digit.
fn with_comma(text: &str) -> Option<&str> {
    let is_part = |letter: char| letter.is_ascii_digit() || letter == ',';
    let digit = |part: &str, at: usize| part.as_bytes().get(at).is_some_and(u8::is_ascii_digit);
    text.split(|letter| !is_part(letter)).find(|part| {
        part.match_indices(',').any(|(at, _)| at > 0 && digit(part, at - 1) && digit(part, at + 1))
    })
}

/// What nothing can meet at once, of everything that one gate demands.
pub(super) fn contradiction(thresholds: &[Threshold]) -> Option<Confusion> {
    use Comparison::{AtLeast, AtMost, Below, Equal, Over};
    let shown = |one: &Threshold| {
        let sign = match one.is {
            AtLeast => ">=",
            AtMost => "<=",
            Below => "<",
            Equal => "==",
            Over => ">",
        };
        let unit = if *one.unit == *"1" { "" } else { &*one.unit };
        format!("{sign} {}{unit}", one.value)
    };
    thresholds.iter().enumerate().find_map(|(at, left)| {
        let same = |right: &&Threshold| right.fact == left.fact && right.unit == left.unit;
        thresholds[at + 1..].iter().filter(same).find_map(|right| {
            let pairs = [(left, right), (right, left)];
            let cannot = pairs.into_iter().any(|(low, high)| match (low.is, high.is) {
                (AtLeast | Equal, AtMost | Equal) => low.value > high.value,
                (AtLeast | Equal, Below) | (Over, AtMost | Below | Equal) => low.value >= high.value,
                _ => false,
            });
            cannot.then(|| Confusion {
                message: format!("nothing is both {} and {}: `{}`", shown(left), shown(right), left.fact),
                hint: "leave one of the two out".to_owned(),
            })
        })
    })
}

/// Reads `FACT COMPARISON NUMBER [UNIT]`, as `rules:` take it; `None` where it is not of this form.
pub(super) fn comparison(text: &str) -> Option<Result<Threshold, Confusion>> {
    let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let (fact, is, value, unit) = split(&text)?;
    let named = fact.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"._-".contains(&byte));
    // With operators behind the number it is part of an expression.
    let ends = unit.chars().all(|letter| letter.is_alphanumeric() || "%/._-^ ".contains(letter));
    (!fact.is_empty() && named && ends).then(|| threshold(fact, is, value, unit))
}

/// Thresholds, and whether the gate must be there for them.
type Phrase = (Vec<Threshold>, bool);

/// One phrase; `None` where it is none that is known under this subject.
fn phrase(subject: Subject<'_>, text: &str) -> Result<Option<Phrase>, Confusion> {
    let text = text.trim_end_matches(['.', '!']);
    let said = &*text.to_lowercase();
    if let Some(Saying { facts, there }) = saying::read(subject, said) {
        let of = |(fact, is, value): (String, Comparison, i64)| Threshold {
            fact: fact.into(),
            is,
            unit: "1".into(),
            value: value.into(),
        };
        return Ok(Some((facts.into_iter().map(of).collect(), there)));
    }
    if let Some(found) = ratchet(subject, text, said) {
        return found.map(|threshold| Some((vec![threshold], false)));
    }
    let Some((name, is, value, unit)) = split(text) else { return Ok(None) };
    let Some((fact, unit)) = compared(subject, name, unit) else { return Ok(None) };
    if subject == Subject::Named && is_percentile(&fact) && !TIMES.contains(&unit) {
        let what = match unit {
            "" => format!("`{value}` has no unit"),
            unit => format!("`{unit}` is no unit of time"),
        };
        return Err(Confusion {
            message: format!("`{fact}` is a time, and {what}"),
            hint: format!("write `{value}ms` or `{value}s`"),
        });
    }
    Ok(Some((vec![threshold(&fact, is, value, unit)?], false)))
}

/// Units of time.
const TIMES: &[&str] =
    &["ns", "us", "µs", "μs", "ms", "s", "sec", "second", "seconds", "min", "h", "d", "day", "days"];

/// `p99`, `p99.9`: a percentile, which nobody states without a unit of time.
fn is_percentile(fact: &str) -> bool {
    let digits = fact.strip_prefix('p').unwrap_or_default();
    digits.starts_with(|first: char| first.is_ascii_digit())
        && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.')
}

/// The fact that a comparison under this subject speaks of, and the unit that is left.
fn compared<'u>(subject: Subject<'_>, name: &str, unit: &'u str) -> Option<(String, &'u str)> {
    let lower = unit.to_lowercase();
    let of = |fact: Option<String>| fact.map(|fact| (fact, ""));
    match subject {
        Subject::Named if name.is_empty() || name.contains(' ') => None,
        Subject::Named => Some((name.to_owned(), unit)),
        Subject::Coverage => coverage(name, unit),
        Subject::Tests if ["pass rate", "success rate"].contains(&&*name.to_lowercase()) => {
            Some(("tests.passed_share".to_owned(), unit))
        }
        Subject::Vulnerabilities if ["database", "the database"].contains(&&*name.to_lowercase()) => {
            let unit = unit.strip_suffix(" old").unwrap_or(unit);
            Some(("vulndb.age_days".to_owned(), unit))
        }
        _ if !name.is_empty() => None,
        Subject::Fact("tests.flaky_share") if ["", "tests", "flaky tests"].contains(&&*lower) => {
            of(Some("tests.flaky".to_owned()))
        }
        Subject::Fact(fact) => Some((fact.to_owned(), unit)),
        Subject::Findings(_) => of(saying::findings(&lower)),
        Subject::Licenses => of(saying::licenses_counted(&lower).or_else(|| saying::findings(&lower))),
        Subject::Tests => match saying::counted(saying::TESTS, &lower) {
            Some(member) => of(Some(format!("tests.{member}"))),
            None if ["% flaky", "% of tests flaky"].contains(&&*lower) => {
                Some(("tests.flaky_share".to_owned(), "%"))
            }
            None if ["% pass", "% passed", "% passing", "% of tests pass"].contains(&&*lower) => {
                Some(("tests.passed_share".to_owned(), "%"))
            }
            None => None,
        },
        Subject::Sbom => of(saying::counted(saying::COMPONENTS, &lower).map(|_| "components".to_owned())),
        Subject::Vulnerabilities => of(saying::dangers_counted(&lower)),
    }
}

/// `branch >= 70%`, `>= 70% branches`, `>= 90% of changed lines`.
fn coverage<'u>(name: &str, unit: &'u str) -> Option<(String, &'u str)> {
    let metric = |word: &str| {
        let word = word.to_lowercase();
        let word =
            ["of ", "on ", "for ", "in "].iter().find_map(|small| word.strip_prefix(small)).unwrap_or(&word);
        let word = word.strip_prefix("the ").unwrap_or(word);
        METRICS.iter().find(|(known, _)| *known == word).map(|(_, fact)| (*fact).to_owned())
    };
    if !name.is_empty() {
        return metric(name).map(|fact| (fact, unit));
    }
    match unit.strip_prefix('%').map(str::trim) {
        Some("") | None => Some(("coverage.line".to_owned(), unit)),
        Some(word) => metric(word).map(|fact| (fact, "%")),
    }
}

/// `may not drop`, `p99 may not rise by more than 5%`; `None` where it is no such phrase.
fn ratchet(subject: Subject<'_>, text: &str, said: &str) -> Option<Result<Threshold, Confusion>> {
    const MAY_NOT: &[&str] =
        &["may not ", "must not ", "does not ", "do not ", "cannot ", "should not ", "not "];
    const DROP: &[&str] = &["drop", "fall", "decrease", "shrink", "go down"];
    const RISE: &[&str] = &["rise", "grow", "increase", "go up"];
    let (name, rest) = MAY_NOT.iter().find_map(|may_not| {
        let at = said.find(may_not).filter(|at| *at == 0 || said[..*at].ends_with(' '))?;
        Some((said[..at].trim_end(), &said[at + may_not.len()..]))
    })?;
    let way = |words: &[&str]| words.iter().find_map(|word| rest.strip_prefix(word));
    let (way, rest) =
        way(DROP).map(|rest| ("drop", rest)).or_else(|| way(RISE).map(|rest| ("rise", rest)))?;
    let limit = rest.trim().strip_prefix("by ").unwrap_or(rest.trim());
    let limit = ["more than ", "over "].iter().find_map(|more| limit.strip_prefix(more)).unwrap_or(limit);
    // Names of measures are told apart by case; what is said is not.
    let fact = of_ratchet(subject, text.get(..name.len()).unwrap_or(name))?;
    let fact = format!("{fact}.{way}");
    let plain = fact.rsplit_once('.').map_or(&*fact, |(plain, _)| plain);
    if limit.is_empty() {
        let unit = if is_share(plain) { "%" } else { "" };
        return Some(threshold(&fact, Comparison::AtMost, Decimal::from(0i64), unit));
    }
    let (value, unit) = number(limit)?;
    let unit = match unit {
        "point" | "points" | "pp" | "percentage point" | "percentage points" | "% points" => "%",
        // `5 warnings`, `3 tests`: what is counted has been named.
        unit if is_count(plain)
            && unit != "%"
            && unit.chars().all(|letter| letter.is_alphabetic() || letter == ' ') =>
        {
            ""
        }
        unit => text.get(text.len() - unit.len()..).unwrap_or(unit),
    };
    Some(threshold(&fact, Comparison::AtMost, value, unit))
}

/// What may not go up or down.
fn of_ratchet(subject: Subject<'_>, name: &str) -> Option<String> {
    let lower = name.to_lowercase();
    let lower = ["the number of ", "number of ", "the "]
        .iter()
        .find_map(|small| lower.strip_prefix(small))
        .unwrap_or(&lower);
    match subject {
        Subject::Coverage if lower.is_empty() || lower == "coverage" || lower == "it" => {
            Some("coverage.line".to_owned())
        }
        Subject::Coverage => {
            METRICS.iter().find(|(word, _)| *word == lower).map(|(_, fact)| (*fact).to_owned())
        }
        Subject::Named => (!name.is_empty() && !name.contains(' ')).then(|| name.to_owned()),
        Subject::Fact(fact) => lower.is_empty().then(|| fact.to_owned()),
        Subject::Findings(_) => saying::findings(lower),
        Subject::Licenses => saying::licenses_counted(lower),
        Subject::Sbom => saying::counted(saying::COMPONENTS, lower).map(|_| "components".to_owned()),
        Subject::Tests if lower.is_empty() => Some("tests.total".to_owned()),
        Subject::Tests => saying::counted(saying::TESTS, lower).map(|one| format!("tests.{one}")),
        Subject::Vulnerabilities => saying::dangers_counted(lower),
    }
}

/// What is wrong with a phrase that nobody knows, as exactly as can be said.
fn confusion(subject: Subject<'_>, key: &str, part: &str) -> Confusion {
    let message = format!("`{key}` is not understood: `{part}`");
    let said = part.to_lowercase();
    let special = saying::cure(subject, &said);
    let bare = || {
        let (value, unit) = number(part)?;
        if value == Decimal::from(0i64) && subject != Subject::Coverage {
            let none = if unit.is_empty() { "none".to_owned() } else { format!("no {unit}") };
            if let Ok(Some(_)) = phrase(subject, &none) {
                return Some(format!("write `{none}`"));
            }
        }
        let least = matches!(subject, Subject::Coverage | Subject::Tests | Subject::Sbom);
        let sign = if least { ">=" } else { "<=" };
        let unit = if subject == Subject::Coverage && unit.is_empty() { "%" } else { unit };
        let space = if unit.is_empty() || unit.starts_with('%') { "" } else { " " };
        let text = format!("{sign} {value}{space}{unit}");
        phrase(subject, &text).ok().flatten().map(|_| format!("a number needs a comparison: write `{text}`"))
    };
    let near = || {
        let near = closest(&said, super::table::under(key).map(|row| row.phrase))?;
        Some(format!("did you mean `{near}`?"))
    };
    let hint = special.map(str::to_owned).or_else(bare).or_else(near);
    let hint = hint.unwrap_or_else(|| super::table::understood(key));
    Confusion { message, hint }
}
