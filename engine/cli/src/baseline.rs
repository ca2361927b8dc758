//! The baseline: a governed file of what was known on the day it was made, so that only what is new is held against
//! a change.
//!
//! It is JSON with a line for each finding, in a fixed order, so that a review sees what comes and what goes.
//!
//! **Absent on purpose:** lines and messages of findings, which move; and deciding what is new.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use dod_kernel::evidence::{Evidence, Known, KnownFrom, Measure, Summary};
use dod_kernel::id::{Digest, Name};
use serde::{Deserialize, Serialize};

/// The file, beside `dod.yaml`.
pub(crate) const BASELINE_FILE: &str = "baseline.json";
/// The version of its shape.
const VERSION: u32 = 1;

/// What was known.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Baseline {
    /// Shape of the file.
    version: u32,
    /// The run that it was made from last.
    pub(crate) run: Name,
    /// The commit of that run.
    #[serde(default)]
    pub(crate) commit: Option<Name>,
    /// By gate.
    pub(crate) gates: BTreeMap<Name, Gate>,
}

/// What was known of a gate.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Gate {
    /// Its numbers, by the names that rules use.
    #[serde(default)]
    pub(crate) measures: BTreeMap<Name, Measure>,
    /// Its findings.
    #[serde(default)]
    pub(crate) findings: BTreeSet<Entry>,
}

/// A finding that was known.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Entry {
    /// Where, for those who read the file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    path: Option<Name>,
    /// The tool's rule.
    rule: Name,
    /// The finding's identity.
    pub(crate) fingerprint: Name,
}

impl Baseline {
    /// Without any gate.
    pub(crate) fn new(run: Name, commit: Option<Name>) -> Self {
        Self { version: VERSION, run, commit, gates: BTreeMap::new() }
    }

    /// Reads the file's text.
    ///
    /// # Errors
    /// What is wrong, with line and column.
    pub(crate) fn read(text: &str) -> Result<Self, String> {
        let baseline: Self = serde_json::from_str(text).map_err(|error| error.to_string())?;
        match baseline.version {
            VERSION => Ok(baseline),
            other => Err(format!("it has version {other}, and this `dod` reads version {VERSION}")),
        }
    }

    /// What the kernel compares with.
    pub(crate) fn gates(&self, digest: Digest) -> impl Iterator<Item = (Name, Known)> {
        self.gates.iter().map(move |(name, gate)| {
            let known = Known {
                fingerprints: gate.findings.iter().map(|entry| entry.fingerprint.clone()).collect(),
                from: KnownFrom::Baseline { digest },
                measures: gate.measures.clone(),
                moved: BTreeSet::new(),
            };
            (name.clone(), known)
        })
    }

    /// The text of the file.
    pub(crate) fn text(&self) -> String {
        let json = |value: &dyn Fn() -> serde_json::Result<String>| {
            value().expect("plain data can always be written")
        };
        let word = |word: &str| json(&|| serde_json::to_string(word));
        let mut text = format!("{{\n  \"version\": {},\n  \"run\": {}", self.version, word(&self.run));
        if let Some(commit) = &self.commit {
            let _ = write!(text, ",\n  \"commit\": {}", word(commit));
        }
        text += ",\n  \"gates\": {";
        for (at, (name, gate)) in self.gates.iter().enumerate() {
            let comma = if at == 0 { "" } else { "," };
            let _ = write!(text, "{comma}\n    {}: {{\n      \"measures\": {{", word(name));
            let measures = gate.measures.iter().map(|(name, measure)| {
                format!("{}: {}", word(name), json(&|| serde_json::to_string(measure)))
            });
            text += &lines(measures, "        ", "      ");
            text += "},\n      \"findings\": [";
            let findings = gate.findings.iter().map(|entry| json(&|| serde_json::to_string(entry)));
            text += &lines(findings, "        ", "      ");
            text += "]\n    }";
        }
        text += if self.gates.is_empty() { "}\n}\n" } else { "\n  }\n}\n" };
        text
    }
}

/// Values with a comma behind all but the last, a line each; nothing where there are none.
fn lines(values: impl Iterator<Item = String>, indent: &str, end: &str) -> String {
    let all: Vec<String> = values.map(|value| format!("\n{indent}{value}")).collect();
    if all.is_empty() { String::new() } else { format!("{}\n{end}", all.join(",")) }
}

impl Gate {
    /// What a gate shows now. What is suppressed is known too: it must not be new when its suppression goes.
    pub(crate) fn of(evidence: &Evidence, summary: &Summary) -> Self {
        let entry = |finding: &dod_kernel::evidence::Finding| Entry {
            path: finding.place.as_ref().map(|place| place.path.clone()),
            rule: finding.rule.clone(),
            fingerprint: finding.fingerprint.clone(),
        };
        let measures = summary.facts().into_iter();
        Self {
            // What rests on another comparison is nothing to compare with.
            measures: measures.filter(|(name, _)| !name.starts_with("coverage.changed.")).collect(),
            findings: evidence.findings.iter().flatten().map(entry).collect(),
        }
    }

    /// Forgets what is gone, and takes over better numbers only: a baseline that shrinks.
    pub(crate) fn shrink(&self, now: &Self) -> Self {
        let known: BTreeSet<&Name> = now.findings.iter().map(|entry| &entry.fingerprint).collect();
        let findings = self.findings.iter().filter(|entry| known.contains(&entry.fingerprint)).cloned();
        let mut measures = self.measures.clone();
        for (name, measure) in &mut measures {
            if let Some(found) = now.measures.get(name).filter(|found| found.unit == measure.unit) {
                let better = match more_is_better(name) {
                    Some(true) => found.value > measure.value,
                    Some(false) => found.value < measure.value,
                    None => false,
                };
                if better {
                    *measure = found.clone();
                }
            }
        }
        Self { measures, findings: findings.collect() }
    }
}

/// Which direction of a number is good; `None` where that is not known.
fn more_is_better(name: &str) -> Option<bool> {
    match name.split('.').next()? {
        "coverage" => Some(true),
        "findings" | "licenses" | "vulnerabilities" => Some(false),
        "tests" => match name {
            "tests.passed" | "tests.passed_share" | "tests.total" => Some(true),
            _ => Some(false),
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    //! Claims about the file of what was known.

    use super::*;

    const TEXT: &str = r#"{
  "version": 1,
  "run": "01J",
  "commit": "abc",
  "gates": {
    "lint": {
      "measures": {
        "findings.error": {"unit":"1","value":"2"}
      },
      "findings": [
        {"path":"a.py","rule":"E1","fingerprint":"11"},
        {"rule":"E2","fingerprint":"22"}
      ]
    },
    "test": {
      "measures": {},
      "findings": []
    }
  }
}
"#;

    #[test]
    fn what_is_written_is_what_was_read() {
        let baseline = Baseline::read(TEXT).unwrap();
        let sorted = Baseline::read(&baseline.text()).unwrap();
        assert_eq!(sorted, baseline);
        assert_eq!(
            Baseline::new("r".into(), None).text(),
            "{\n  \"version\": 1,\n  \"run\": \"r\",\n  \"gates\": {}\n}\n"
        );
        assert_eq!(baseline.text().lines().count(), TEXT.lines().count());
    }

    #[test]
    fn a_file_that_is_not_understood_says_where() {
        for (text, wanted) in [
            ("", "EOF while parsing a value at line 1 column 0"),
            (
                r#"{"version": 2, "run": "r", "gates": {}}"#,
                "it has version 2, and this `dod` reads version 1",
            ),
            (r#"{"version": 1, "run": "r", "gates": {}, "more": 1}"#, "unknown field `more`"),
            (r#"{"version": 1, "version": 1, "run": "r", "gates": {}}"#, "duplicate field `version`"),
        ] {
            let found = Baseline::read(text).unwrap_err();
            assert!(found.contains(wanted), "{found}");
        }
    }

    #[test]
    fn a_baseline_that_shrinks_learns_nothing_bad() {
        let before = Baseline::read(TEXT).unwrap().gates["lint"].clone();
        let number = |value: u64| Measure { unit: "1".into(), value: value.into() };
        let entry =
            |fingerprint: &str| Entry { path: None, rule: "E".into(), fingerprint: fingerprint.into() };
        let now = Gate {
            measures: [("findings.error".into(), number(1)), ("tests.failed".into(), number(0))].into(),
            findings: [entry("22"), entry("33")].into(),
        };
        let after = before.shrink(&now);
        let left: Vec<&str> = after.findings.iter().map(|entry| &*entry.fingerprint).collect();
        assert_eq!((left, after.measures.len()), (vec!["22"], 1));
        assert_eq!(after.measures["findings.error"], number(1));
        let worse = Gate { measures: [("findings.error".into(), number(9))].into(), ..now };
        assert_eq!(before.shrink(&worse).measures["findings.error"], number(2));
        for (name, better, worse) in [
            ("coverage.line", 80, 70),
            ("tests.passed", 9, 8),
            ("tests.passed_share", 99, 98),
            ("tests.flaky_share", 1, 2),
            ("vulnerabilities.total", 0, 1),
        ] {
            let of = |value| Gate { measures: [(name.into(), number(value))].into(), ..Gate::default() };
            assert_eq!(of(better).shrink(&of(worse)), of(better), "{name}");
            assert_eq!(of(worse).shrink(&of(better)), of(better), "{name}");
        }
    }
}
