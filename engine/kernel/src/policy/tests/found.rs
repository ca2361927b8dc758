//! Evidence from text: `;`-separated items, see the top of [`super`]. `CVE-1=GHSA-2` has an alias.

use crate::evidence::{
    Compared, Component, Danger, Evidence, FileCoverage, Finding, License, Measure, Objection, Outcome,
    Place, Severity, TestResult, Vulnerability,
};
use crate::id::Name;

pub(super) fn evidence(text: &str) -> Evidence {
    let mut evidence = Evidence::default();
    for item in text.split(';').map(str::trim).filter(|item| !item.is_empty()) {
        let words: Vec<&str> = item.split(' ').collect();
        if !reports_findings(&words, &mut evidence) {
            reports_others(&words, &mut evidence);
        }
    }
    evidence
}

fn reports_findings(words: &[&str], evidence: &mut Evidence) -> bool {
    let before = evidence.findings.clone();
    let all = evidence.findings.get_or_insert_default();
    match words {
        ["clean"] => {}
        [word, id, package, version, place @ ..] if danger(word).is_some() => {
            let (id, alias) = id.split_once('=').unwrap_or((id, ""));
            let mut one = finding(all.len(), id, Severity::Error, place.first());
            one.vulnerability = Some(Vulnerability {
                aliases: Some(Name::from(alias)).filter(|alias| !alias.is_empty()).into_iter().collect(),
                danger: danger(word).unwrap(),
                fixed: Vec::new(),
                id: id.into(),
                package: (*package).into(),
                score: None,
                vector: None,
                version: (*version).into(),
            });
            all.push(one);
        }
        [word, rule, place @ ..] if severity(word).is_some() => {
            all.push(finding(all.len(), rule, severity(word).unwrap(), place.first()));
        }
        [word @ ("new" | "old" | "unsure"), rest @ ..] => {
            let from = all.len();
            if !reports_findings(rest, evidence) {
                return false;
            }
            let introduced = [("new", true), ("old", false)].into_iter().find(|(name, _)| name == word);
            for one in evidence.findings.iter_mut().flatten().skip(from) {
                one.introduced = introduced.map(|(_, introduced)| introduced);
            }
        }
        ["license", objection, package] => {
            let mut one = finding(all.len(), "license", Severity::Error, None);
            one.license = Some(License {
                expression: "GPL-3.0-only".into(),
                objection: match *objection {
                    "copyleft" => Objection::Copyleft,
                    "denied" => Objection::Denied,
                    _ => Objection::Unknown,
                },
                package: (*package).into(),
                version: "1".into(),
            });
            all.push(one);
        }
        ["suppressed", rule] => {
            all.push(Finding { suppressed: true, ..finding(all.len(), rule, Severity::Error, None) });
        }
        [count, word] if severity(word).is_some() => {
            for _ in 0..count.parse().unwrap() {
                all.push(finding(all.len(), "E1", severity(word).unwrap(), None));
            }
        }
        _ => {
            evidence.findings = before;
            return false;
        }
    }
    true
}

fn reports_others(words: &[&str], evidence: &mut Evidence) {
    match words {
        ["tests"] => evidence.tests = Some(Vec::new()),
        ["sought"] => evidence.vulnerabilities_sought = true,
        ["licenses"] => evidence.licenses_sought = true,
        ["unchecked", count] => evidence.unchecked = count.parse().unwrap(),
        ["compared", with] => {
            evidence.compared = Some(match *with {
                "lines" => Compared::Lines,
                "fingerprints" => Compared::Fingerprints,
                _ => Compared::LinesAndFingerprints,
            });
        }
        ["base", name, value, unit] => {
            let measure = Measure { unit: (*unit).into(), value: value.parse().unwrap() };
            evidence.base.insert((*name).into(), measure);
        }
        // `file PATH hit 1-3 miss 4-9 changed 2-4`
        ["file", path, rest @ ..] => {
            let mut file = FileCoverage { path: (*path).into(), ..FileCoverage::default() };
            for pair in rest.chunks(2) {
                let (first, last) = pair[1].split_once('-').unwrap();
                let (first, last): (u32, u32) = (first.parse().unwrap(), last.parse().unwrap());
                match pair[0] {
                    "changed" => file.changed.push((first, last)),
                    word => file.lines.extend((first..=last).map(|line| (line, u64::from(word == "hit")))),
                }
            }
            file.lines.sort_unstable();
            evidence.coverage.get_or_insert_default().push(file);
        }
        ["components", count] => {
            let one = Component { licenses: Vec::new(), name: "foo".into(), purl: None, version: None };
            evidence.components = Some(vec![one; count.parse().unwrap()]);
        }
        [count, word, flaky @ ..] if outcome(word).is_some() => {
            let one = TestResult {
                duration_ms: None,
                flaky_runs: u32::from(!flaky.is_empty()),
                message: None,
                name: "adds".into(),
                outcome: outcome(word).unwrap(),
                place: None,
                suite: "sums".into(),
            };
            evidence.tests.get_or_insert_default().extend(vec![one; count.parse().unwrap()]);
        }
        [name, value, unit] => {
            let measure = Measure { unit: (*unit).into(), value: value.parse().unwrap() };
            evidence.measures.insert((*name).into(), measure);
        }
        other => panic!("{other:?}"),
    }
}

fn severity(word: &str) -> Option<Severity> {
    match word {
        "error" => Some(Severity::Error),
        "warning" => Some(Severity::Warning),
        "note" => Some(Severity::Note),
        _ => None,
    }
}

fn danger(word: &str) -> Option<Danger> {
    match word {
        "critical" => Some(Danger::Critical),
        "high" => Some(Danger::High),
        "medium" => Some(Danger::Medium),
        "unrated" => Some(Danger::Unknown),
        _ => None,
    }
}

fn outcome(word: &str) -> Option<Outcome> {
    match word {
        "passed" => Some(Outcome::Passed),
        "failed" => Some(Outcome::Failed),
        "errored" => Some(Outcome::Errored),
        "skipped" => Some(Outcome::Skipped),
        _ => None,
    }
}

fn finding(at: usize, rule: &str, severity: Severity, place: Option<&&str>) -> Finding {
    Finding {
        fingerprint: format!("fp{at}").into(),
        introduced: None,
        license: None,
        message: "wrong".into(),
        original: None,
        place: place.map(|path| Place { column: None, end_line: None, line: Some(1), path: (**path).into() }),
        rule: rule.into(),
        severity,
        suppressed: false,
        vulnerability: None,
    }
}
