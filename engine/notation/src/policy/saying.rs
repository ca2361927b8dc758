//! Sayings: `no errors`, `no high or critical CVEs`, `all tests pass`, and the words behind numbers.
//!
//! **Absent on purpose:** comparisons and units; see `compare`.

use dod_kernel::policy::Comparison;

use super::phrase::Subject;

/// What a saying demands.
pub(super) struct Saying {
    /// Facts that are compared with whole numbers.
    pub(super) facts: Vec<(String, Comparison, i64)>,
    /// The gate must be there, and its exit code may speak for it.
    pub(super) there: bool,
}

/// Words for vulnerabilities.
const HOLES: &[&str] = &[
    "cves",
    "cve",
    "vulnerabilities",
    "vulnerability",
    "advisories",
    "advisory",
    "holes",
    "issues",
    "findings",
];

/// Dangers from the worst on: who wants none that are high wants none that are worse either.
pub(super) const DANGERS: &[&str] = &["critical", "high", "medium", "low"];

/// Words behind a number, and what they count.
pub(super) const FINDINGS: &[(&str, &str)] = &[
    ("", "total"),
    ("finding", "total"),
    ("findings", "total"),
    ("issue", "total"),
    ("issues", "total"),
    ("problems", "total"),
    ("violations", "total"),
    ("secrets", "total"),
    ("leaks", "total"),
    ("error", "error"),
    ("errors", "error"),
    ("type errors", "error"),
    ("warning", "warning"),
    ("warnings", "warning"),
    ("note", "note"),
    ("notes", "note"),
    ("suppressed", "suppressed"),
    ("suppressions", "suppressed"),
];
pub(super) const TESTS: &[(&str, &str)] = &[
    ("tests", "total"),
    ("test", "total"),
    ("test cases", "total"),
    ("failures", "unsuccessful"),
    ("failure", "unsuccessful"),
    ("failed", "unsuccessful"),
    ("failed tests", "unsuccessful"),
    ("failing tests", "unsuccessful"),
    ("passed", "passed"),
    ("passing tests", "passed"),
    ("skipped", "skipped"),
    ("skipped tests", "skipped"),
    ("ignored tests", "skipped"),
    ("flaky", "flaky"),
    ("flaky tests", "flaky"),
];
pub(super) const COMPONENTS: &[(&str, &str)] =
    &[("", ""), ("components", ""), ("component", ""), ("packages", ""), ("dependencies", "")];

pub(super) fn counted(words: &[(&str, &'static str)], unit: &str) -> Option<&'static str> {
    words.iter().find(|(word, _)| *word == unit).map(|(_, member)| *member)
}

/// `errors`, `new warnings`: findings as a fact.
pub(super) fn findings(words: &str) -> Option<String> {
    match words.strip_prefix("new ") {
        Some(words) => {
            let member = counted(FINDINGS, words).filter(|member| *member != "suppressed")?;
            Some(format!("findings.introduced.{member}"))
        }
        None => counted(FINDINGS, words).map(|member| format!("findings.{member}")),
    }
}

/// `copyleft licenses`, `unknown`.
pub(super) fn licenses_counted(words: &str) -> Option<String> {
    let words = words.strip_suffix(" licenses").or_else(|| words.strip_suffix(" license")).unwrap_or(words);
    let member = match words {
        "copyleft" => "copyleft",
        "denied" | "forbidden" | "disallowed" => "denied",
        "unknown" | "missing" | "unlicensed packages" => "unknown",
        "objections" | "objectionable" => "total",
        _ => return None,
    };
    Some(format!("licenses.{member}"))
}

/// `high CVEs`, `new critical`, `vulnerabilities`: holes of one danger as a fact.
pub(super) fn dangers_counted(words: &str) -> Option<String> {
    let (group, words) = of_change(words);
    let (danger, holes) = words.split_once(' ').unwrap_or((words, ""));
    if danger.is_empty() || HOLES.contains(&danger) && holes.is_empty() {
        return Some(format!("{group}.total"));
    }
    let holes = holes.strip_prefix("severity").map_or(holes, str::trim_start);
    let known = holes.is_empty() || HOLES.contains(&holes);
    let danger = DANGERS.iter().find(|one| **one == danger && known)?;
    Some(format!("{group}.{danger}"))
}

/// What the change brought, or everything.
fn of_change(words: &str) -> (&'static str, &str) {
    let new = ["new ", "introduced "].iter().find_map(|new| words.strip_prefix(new));
    new.map_or(("vulnerabilities", words), |words| ("vulnerabilities.introduced", words))
}

/// Facts that a saying compares, and whether it requires the gate.
pub(super) fn read(subject: Subject<'_>, said: &str) -> Option<Saying> {
    let none = |facts: &[&str]| {
        let facts = facts.iter().map(|fact| ((*fact).to_owned(), Comparison::Equal, 0));
        Some(facts.collect::<Vec<_>>())
    };
    let facts = match (subject, said) {
        (Subject::Findings(kind), said) => {
            return of_findings(kind, said).map(|facts| {
                // The exit code of a tool does not say what was there before.
                let there = facts.iter().all(|fact| !fact.contains(".introduced."));
                Saying { facts: none(&facts).unwrap_or_default(), there }
            });
        }
        (Subject::Licenses, said) => return of_licenses(said),
        (Subject::Tests, said) => none(&[of_tests(said)?]),
        (Subject::Fact("tests.flaky_share"), "none" | "no flaky tests" | "no flakes") => {
            none(&["tests.flaky"])
        }
        (Subject::Fact(fact), "none" | "zero") if super::compare::is_count(fact) => none(&[fact]),
        (Subject::Sbom, "present" | "exists" | "there" | "required") => {
            Some(vec![("components".to_owned(), Comparison::AtLeast, 1)])
        }
        (Subject::Vulnerabilities, said) => holes(said),
        _ => None,
    }?;
    let there = matches!(subject, Subject::Tests | Subject::Sbom);
    Some(Saying { facts, there })
}

fn of_findings(kind: &str, said: &str) -> Option<Vec<&'static str>> {
    Some(match said {
        "no errors" | "no error" | "error-free" => vec!["findings.error"],
        "no type errors" if kind == "types" => vec!["findings.error"],
        "succeeds" | "passes" | "pass" | "passing" | "ok" | "works" | "green" => match kind {
            // What a formatter or a secret scanner finds is what it is there for, whatever its severity.
            "format" | "secrets" => vec!["findings.total"],
            _ => vec!["findings.error"],
        },
        "no warnings"
        | "no errors or warnings"
        | "no warnings or errors"
        | "no errors and warnings"
        | "no errors and no warnings" => vec!["findings.error", "findings.warning"],
        "clean" | "none" | "no findings" | "no issues" | "no problems" | "no violations" | "zero" => {
            vec!["findings.total"]
        }
        "no secrets" | "no leaks" | "no leaked secrets" | "no keys" if kind == "secrets" => {
            vec!["findings.total"]
        }
        "formatted" | "no changes" | "no differences" if kind == "format" => vec!["findings.total"],
        "no new errors" => vec!["findings.introduced.error"],
        "no new warnings" | "no new errors or warnings" | "no new errors and warnings" => {
            vec!["findings.introduced.error", "findings.introduced.warning"]
        }
        "no new findings" | "no new issues" | "no new problems" | "no new violations" | "nothing new"
        | "none new" => vec!["findings.introduced.total"],
        "no new secrets" | "no new leaks" if kind == "secrets" => vec!["findings.introduced.total"],
        _ => return None,
    })
}

fn of_licenses(said: &str) -> Option<Saying> {
    let facts: Vec<(String, Comparison, i64)> = match said {
        "clean" | "none" | "no objections" | "all allowed" | "only allowed" => {
            vec![("licenses.total".to_owned(), Comparison::Equal, 0)]
        }
        _ => {
            match said.strip_prefix("no ").map(|words| words.split(" or ").map(licenses_counted).collect()) {
                Some(Some(facts)) => {
                    let facts: Vec<String> = facts;
                    facts.into_iter().map(|fact| (fact, Comparison::Equal, 0)).collect()
                }
                _ => {
                    let facts = of_findings("licenses", said)?;
                    let there = facts.iter().all(|fact| !fact.contains(".introduced."));
                    let facts =
                        facts.into_iter().map(|fact| (fact.to_owned(), Comparison::Equal, 0)).collect();
                    return Some(Saying { facts, there });
                }
            }
        }
    };
    Some(Saying { facts, there: false })
}

fn of_tests(said: &str) -> Option<&'static str> {
    Some(match said {
        "no failures"
        | "no failing tests"
        | "no failed tests"
        | "no test failures"
        | "no errors"
        | "all pass"
        | "all tests pass"
        | "all passing"
        | "all green"
        | "pass"
        | "passes"
        | "passing"
        | "green"
        | "100% pass"
        | "100 % pass"
        | "100% passed"
        | "100% passing"
        | "100% green"
        | "none fail"
        | "no failures or errors" => "tests.unsuccessful",
        "no skipped" | "no skipped tests" | "no skips" | "no ignored tests" | "none skipped" => {
            "tests.skipped"
        }
        "no flaky" | "no flaky tests" | "no flakes" => "tests.flaky",
        _ => return None,
    })
}

/// `no high or critical CVEs`: none of the least danger named, and none that are worse.
fn holes(said: &str) -> Option<Vec<(String, Comparison, i64)>> {
    let none = |fact: String| (fact, Comparison::Equal, 0);
    match said {
        "none" | "clean" | "zero" => return Some(vec![none("vulnerabilities.total".to_owned())]),
        "nothing new" | "none new" => return Some(vec![none("vulnerabilities.introduced.total".to_owned())]),
        "no unchecked packages" | "everything checked" | "all packages checked" => {
            return Some(vec![none("unchecked".to_owned())]);
        }
        _ => {}
    }
    let words = said.strip_prefix("no ")?;
    let words = words.strip_prefix("known ").unwrap_or(words);
    let (group, words) = of_change(words);
    let words: Vec<&str> = words.split([' ', ',', '/']).filter(|word| !word.is_empty()).collect();
    let (mut least, mut named) = (0, false);
    for (at, word) in words.iter().enumerate() {
        let last = at + 1 == words.len();
        match DANGERS.iter().position(|danger| danger == word) {
            Some(danger) => {
                (least, named) = (danger.max(least), true);
            }
            None if last && HOLES.contains(word) => {}
            None if *word == "criticals" && last => named = true,
            None if named && (["or", "and"].contains(word) && !last || *word == "severity") => {}
            None => return None,
        }
    }
    if words.is_empty() {
        return None;
    }
    if !named {
        return Some(vec![none(format!("{group}.total"))]);
    }
    Some(DANGERS[..=least].iter().map(|danger| none(format!("{group}.{danger}"))).collect())
}

/// A hint for what people write and what is to be said otherwise.
pub(super) fn cure(subject: Subject<'_>, said: &str) -> Option<&'static str> {
    const LICENSES: &[&str] = &["gpl", "mit", "apache", "bsd", "mpl", "proprietary", "only "];
    let has = |words: &[&str]| words.iter().any(|word| said.contains(word));
    match subject {
        Subject::Licenses if has(LICENSES) => Some(
            "single licenses are listed where they are looked for (`deny` and `allow` of the gate \
             `scan/licenses`); here write `no denied licenses`, and `no copyleft` for the GPL family",
        ),
        Subject::Vulnerabilities if said.contains("cvss") => {
            Some("say the danger: 9.0 and above is `critical`, 7.0 `high`, 4.0 `medium`, like `no high CVEs`")
        }
        Subject::Vulnerabilities if has(&["secret", "leak"]) => {
            Some("leaked keys have a key of their own: `secrets: none`")
        }
        Subject::Named if has(&["regress", "slower"]) => {
            Some("name what is measured, like `p99 may not rise by more than 5%`")
        }
        Subject::Named if said.starts_with(['<', '>', '=', '≤', '≥']) => {
            Some("name what is measured, like `p99 < 1s`")
        }
        Subject::Tests if said.contains("new fail") => Some("tests have no baseline: write `no failures`"),
        Subject::Tests if said.contains("cover") => {
            Some("coverage has a key of its own: `coverage: \">= 80%\"`")
        }
        Subject::Tests if said.trim_end().ends_with('%') => {
            Some("say what the share is of: `>= 99% pass`, `100% pass` or `<= 1% flaky`")
        }
        _ => None,
    }
}
