//! One test binary of `libtest`: its lines, its totals, and what they say of lines that were lost.
//!
//! A test that prints past the harness may break its own line or another's. The totals are printed on a line
//! of their own; where they agree with what was announced, the tests whose lines are lost are known by their
//! number, the failed ones also by their names.
//!
//! **Absent on purpose:** cargo's talk.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::evidence::{Outcome, TestResult};
use dod_kernel::id::Name;

use super::PANICKED;
use crate::error::{ReadError, Result};
use crate::input::Line;
use crate::results::{Ran, Tests};
use crate::text;

/// How a test is to be run; no part of its name.
const MODES: &[&str] = &[" - should panic", " - compile fail", " - compile"];

/// Tests of one binary whose lines may be lost.
const LOST_MAX: u64 = 100_000;

/// A test binary that has begun and not ended.
pub(super) struct Binary {
    announced: u64,
    suite: String,
    tests: Tests,
    measured: u64,
    /// What failed tests printed, by name; open from the first `failures:` on.
    details: Option<BTreeMap<String, String>>,
    detail: Option<String>,
    /// Names of the tests, once `failures:` has come.
    names: BTreeSet<Name>,
    /// Names in lines whose outcome was overwritten.
    lost: Vec<String>,
    /// Names in the last list of failures.
    failures: Vec<String>,
    /// Cargo says that it did not end well, and there is no result.
    dying: bool,
    /// The last line that is none of libtest's.
    noise: String,
}

impl Binary {
    pub(super) fn new(announced: u64, suite: String) -> Self {
        Self {
            announced,
            suite,
            tests: Tests::default(),
            measured: 0,
            details: None,
            detail: None,
            names: BTreeSet::new(),
            lost: Vec::new(),
            failures: Vec::new(),
            dying: false,
            noise: String::new(),
        }
    }

    pub(super) fn suite(&self) -> &str {
        &self.suite
    }

    pub(super) fn is_dying(&self) -> bool {
        self.dying
    }

    pub(super) fn last_words(&self) -> &str {
        &self.noise
    }

    /// Reads a line; true where it was the last one.
    pub(super) fn line(&mut self, line: &Line<'_>) -> Result<bool> {
        let text = line.text;
        if let Some(totals) = text.strip_prefix("test result: ") {
            let ends = self.ends_with(totals, line)?;
            if !ends {
                self.detail_line(text);
            }
            return Ok(ends);
        }
        if self.details.is_some() {
            self.detail_line(text);
            return Ok(false);
        }
        if text == "failures:" || text == "successes:" {
            self.details = Some(BTreeMap::new());
            self.names = self.tests.iter().map(|test| test.name.clone()).collect();
            self.names.extend(self.lost.iter().map(|name| Name::from(name.as_str())));
            return Ok(false);
        }
        if running(text).is_some() {
            return Err(line.malformed("the result of the test binary before"));
        }
        self.dying |= text.contains("error: test failed, to rerun pass ");
        self.test_line(text)?;
        Ok(false)
    }

    /// `test shop::sums ... ok`, or anything else that a test prints past the harness.
    fn test_line(&mut self, text: &str) -> Result<()> {
        let Some((name, ended)) = text.strip_prefix("test ").and_then(|test| test.split_once(" ... ")) else {
            if !self.dying && !text.trim().is_empty() {
                text::cut(text, text::MESSAGE_BYTES_MAX).clone_into(&mut self.noise);
            }
            return Ok(());
        };
        // What libtest adds to the name here it leaves out where it tells of the failure.
        let name = MODES.iter().find_map(|mode| name.strip_suffix(mode)).unwrap_or(name);
        let Some((outcome, message)) = outcome(ended) else {
            if (self.lost.len() as u64) < LOST_MAX {
                self.lost.push(name.to_owned());
            }
            return Ok(());
        };
        self.measured += u64::from(ended.starts_with("bench:"));
        let duration_ms = duration(ended);
        self.tests.push(Ran { duration_ms, message, ..Ran::new(&self.suite, name, outcome) })
    }

    /// `---- name stdout ----` begins what a test printed; `failures:` begins a list of names.
    fn detail_line(&mut self, text: &str) {
        let header = text.strip_prefix("---- ").and_then(|rest| rest.strip_suffix(" ----"));
        let header = header.and_then(|rest| rest.strip_suffix(" stdout").or(rest.strip_suffix(" stderr")));
        let known = header.filter(|name| self.names.contains(*name));
        if let Some(name) = known {
            self.detail = Some(name.to_owned());
            return;
        }
        if text == "failures:" {
            self.detail = None;
            self.failures.clear();
        } else if let Some(name) = text.strip_prefix("    ")
            && (self.failures.len() as u64) < LOST_MAX
        {
            self.failures.push(name.to_owned());
        }
        let (Some(name), Some(details)) = (&self.detail, &mut self.details) else { return };
        let kept = details.entry(name.clone()).or_default();
        if text.contains(PANICKED) && !kept.contains(PANICKED) {
            // What the test printed before is less than why it failed.
            kept.clear();
        }
        if kept.len() < text::MESSAGE_BYTES_MAX {
            kept.push_str(text::cut(text, text::MESSAGE_BYTES_MAX));
            kept.push('\n');
        }
    }

    /// Whether this line ends the binary. Inside of what failed tests printed, only a line that agrees does.
    fn ends_with(&mut self, totals: &str, line: &Line<'_>) -> Result<bool> {
        const TOTALS: &str = "a result with its totals";
        const AGREE: &str = "in agreement with the tests that were counted";
        let inside = self.details.is_some();
        let Some(totals) = Totals::parse(totals) else {
            return if inside { Ok(false) } else { Err(line.malformed(TOTALS)) };
        };
        let whole = line.ended || is_whole(line.text);
        let lost = totals.beyond(&self.counted()).filter(|_| totals.sum() == Some(self.announced));
        match (lost, inside) {
            (Some(_), _) if !whole => Err(ReadError::CutOff { at: line.at }),
            (Some(lost), _) => self.recover(&lost).map(|()| true),
            (None, true) if !line.ended => Err(ReadError::CutOff { at: line.at }),
            (None, true) => Ok(false),
            (None, false) => Err(line.malformed(AGREE)),
        }
    }

    /// Adds the tests whose lines are lost. Failed ones have a name, the others one where it was seen.
    fn recover(&mut self, lost: &Totals) -> Result<()> {
        if lost.sum().is_none_or(|lost| lost > LOST_MAX) {
            return Err(ReadError::TooLarge { what: "lines of tests that are broken", max: LOST_MAX });
        }
        let known: BTreeSet<&str> = self.tests.iter().map(|test| test.name.as_str()).collect();
        let mut failed: Vec<String> =
            self.failures.iter().filter(|name| !known.contains(name.as_str())).cloned().collect();
        let mut seen: Vec<String> =
            std::mem::take(&mut self.lost).into_iter().filter(|name| !failed.contains(name)).collect();
        failed.reverse();
        seen.reverse();
        let mut number = 0;
        let mut unnamed = || {
            number += 1;
            format!("(its line is broken by what tests print) {number}")
        };
        for _ in 0..lost.failed {
            let name = failed.pop().unwrap_or_else(&mut unnamed);
            self.tests.push(Ran::new(&self.suite, &name, Outcome::Failed))?;
        }
        let others = [(Outcome::Passed, lost.passed + lost.measured), (Outcome::Skipped, lost.ignored)];
        for (outcome, count) in others {
            for _ in 0..count {
                let name = seen.pop().unwrap_or_else(&mut unnamed);
                self.tests.push(Ran::new(&self.suite, &name, outcome))?;
            }
        }
        self.measured += lost.measured;
        Ok(())
    }

    fn counted(&self) -> Totals {
        let failed = self.tests.count(Outcome::Failed);
        Totals {
            ok: failed == 0,
            passed: self.tests.count(Outcome::Passed) - self.measured,
            failed,
            ignored: self.tests.count(Outcome::Skipped),
            measured: self.measured,
        }
    }

    /// Its tests, the failed ones with what they printed.
    pub(super) fn finish(self) -> impl Iterator<Item = TestResult> {
        let mut details = self.details.unwrap_or_default();
        self.tests.finish().into_iter().map(move |mut test| {
            if let Some(detail) = details.remove(test.name.as_str()) {
                test.message = Some(detail.as_str().into());
            }
            test
        })
    }
}

/// `running 3 tests`, `running 1 test`.
pub(super) fn running(text: &str) -> Option<u64> {
    let (count, noun) = text.strip_prefix("running ")?.split_once(' ')?;
    if noun == "test" || noun == "tests" { text::count(count) } else { None }
}

/// `ok`, `ok <0.002s>`, `FAILED`, `ignored`, `ignored, reason`, `bench: …`, `FAILED (time limit exceeded)`.
fn outcome(ended: &str) -> Option<(Outcome, Option<&str>)> {
    let word = |word: &str| {
        ended
            .strip_prefix(word)
            .filter(|rest| rest.is_empty() || rest.starts_with(" <") || rest.starts_with(" ("))
    };
    if word("ok").is_some() {
        return Some((Outcome::Passed, None));
    }
    if word("FAILED").is_some() {
        return Some((Outcome::Failed, None));
    }
    if ended.starts_with("bench:") && ended.contains("ns/iter") {
        return Some((Outcome::Passed, None));
    }
    match ended.strip_prefix("ignored")? {
        "" => Some((Outcome::Skipped, None)),
        rest => Some((Outcome::Skipped, Some(rest.strip_prefix(", ")?))),
    }
}

/// The `<0.002s>` of `--report-time`.
fn duration(ended: &str) -> Option<u64> {
    let (_, time) = ended.rsplit_once(" <")?;
    text::seconds_to_ms(time.strip_suffix("s>")?)
}

struct Totals {
    ok: bool,
    passed: u64,
    failed: u64,
    ignored: u64,
    measured: u64,
}

/// Whether a result goes on to its last word, which is a time since Rust 1.49. Behind it, another binary may follow.
fn is_whole(text: &str) -> bool {
    let last = text.trim_end().rsplit("; ").next().unwrap_or_default();
    last.ends_with(" filtered out") || (last.starts_with("finished in ") && last.ends_with('s'))
}

impl Totals {
    /// `FAILED. 1 passed; 1 failed; 0 ignored; 0 measured; 2 filtered out; finished in 0.00s`
    fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(". ")?;
        let ok = match word {
            "ok" => true,
            "FAILED" => false,
            _ => return None,
        };
        let mut counts = rest.split("; ");
        let mut next = |noun: &str| text::count(counts.next()?.strip_suffix(noun)?);
        let totals = Self {
            ok,
            passed: next(" passed")?,
            failed: next(" failed")?,
            ignored: next(" ignored")?,
            measured: next(" measured")?,
        };
        next(" filtered out")?;
        Some(totals)
    }

    /// What these have more than others; none where they have less of anything, or contradict themselves.
    fn beyond(&self, counted: &Self) -> Option<Self> {
        Some(Self {
            ok: (self.ok == (self.failed == 0)).then_some(self.ok)?,
            passed: self.passed.checked_sub(counted.passed)?,
            failed: self.failed.checked_sub(counted.failed)?,
            ignored: self.ignored.checked_sub(counted.ignored)?,
            measured: self.measured.checked_sub(counted.measured)?,
        })
    }

    fn sum(&self) -> Option<u64> {
        self.passed.checked_add(self.failed)?.checked_add(self.ignored)?.checked_add(self.measured)
    }
}
