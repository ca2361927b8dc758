//! `libtest`: what `cargo test` prints on a stable toolchain.
//!
//! Several test binaries and doc-tests come one after the other, each with `running N tests`, a line per
//! test, and `test result: …`. The lines are counted; both totals of a binary must agree with them, so that
//! output that was cut, a binary that died, and tests that print into the middle of a line are errors.
//! A failed test's own output may hold anything, also what looks like a result.
//!
//! **Absent on purpose:** `--quiet` (names no tests), `--nocapture` with one thread (breaks lines), and a
//! verdict over zero tests: several binaries may have none, and a report of none at all holds an empty list.

use std::collections::{BTreeMap, BTreeSet};

use dod_kernel::evidence::{Evidence, Outcome};
use dod_kernel::id::Name;

use crate::context::Context;
use crate::error::{ReadError, Result};
use crate::input::{Input, Line};
use crate::results::{Ran, Tests};
use crate::text;

const EXPECTED: &str = "output of libtest";

/// How a test is to be run; no part of its name.
const MODES: &[&str] = &[" - should panic", " - compile fail", " - compile"];

/// What a panic says of itself, in the line that names its place.
const PANICKED: &str = " panicked at ";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let mut reader =
        Reader { context, suite: String::new(), binaries: 0, state: State::Between, tests: Tests::default() };
    let mut buffer = Vec::new();
    while let Some(line) = input.line_into(&mut buffer)? {
        reader.line(&line)?;
    }
    match reader.state {
        State::Between if reader.binaries == 0 => Err(ReadError::OtherFormat {
            expected: EXPECTED,
            found: "text without `running … tests`".to_owned(),
        }),
        State::Between => Ok(Evidence { tests: Some(reader.tests.finish()), ..Evidence::default() }),
        State::Running(_) => Err(ReadError::CutOff { at: input.at() }),
    }
}

struct Reader<'c> {
    context: &'c Context<'c>,
    /// The binary that cargo says it starts, where its talk is in the same stream.
    suite: String,
    binaries: u64,
    state: State,
    tests: Tests,
}

enum State {
    Between,
    Running(Box<Binary>),
}

/// A test binary that has begun and not ended.
struct Binary {
    announced: u64,
    suite: String,
    tests: Tests,
    measured: u64,
    /// What failed tests printed, by name; open from the first `failures:` on.
    details: Option<BTreeMap<String, String>>,
    detail: Option<String>,
    /// Names of the tests, once `failures:` has come.
    names: BTreeSet<Name>,
}

impl Reader<'_> {
    fn line(&mut self, line: &Line<'_>) -> Result<()> {
        let text = line.text;
        match &mut self.state {
            State::Between => self.between(line),
            State::Running(binary) => {
                if let Some(totals) = text.strip_prefix("test result: ") {
                    if !binary.ends_with(totals, line)? {
                        binary.detail_line(text);
                        return Ok(());
                    }
                    let State::Running(binary) = std::mem::replace(&mut self.state, State::Between) else {
                        return Ok(());
                    };
                    return self.close(*binary);
                }
                binary.line(line)
            }
        }
    }

    fn between(&mut self, line: &Line<'_>) -> Result<()> {
        let text = line.text.trim();
        if let Some(announced) = running(line.text) {
            self.binaries += 1;
            let suite = match std::mem::take(&mut self.suite) {
                named if named.is_empty() => format!("binary {}", self.binaries),
                named => named,
            };
            self.state = State::Running(Box::new(Binary {
                announced,
                suite,
                tests: Tests::default(),
                measured: 0,
                details: None,
                detail: None,
                names: BTreeSet::new(),
            }));
        } else if let Some(rest) = text.strip_prefix("Running ") {
            // `unittests src/lib.rs (target/debug/deps/shop-0123)`: the hash changes with every compiler.
            self.suite = rest.split(" (").next().unwrap_or(rest).to_owned();
        } else if text.starts_with("Doc-tests ") {
            self.suite = text.to_owned();
        } else if text.starts_with("test result: ") {
            return Err(line.malformed("behind `running … tests`"));
        } else if !line.ended && !text.is_empty() {
            // It was perhaps going to say that another binary begins.
            return Err(ReadError::CutOff { at: line.at });
        }
        Ok(())
    }

    fn close(&mut self, binary: Binary) -> Result<()> {
        let mut details = binary.details.unwrap_or_default();
        for mut test in binary.tests.finish() {
            if let Some(detail) = details.remove(test.name.as_str()) {
                test.place = panic_place(&detail, self.context);
                test.message = Some(text::message(what_went_wrong(&detail)));
            }
            self.tests.add(test)?;
        }
        Ok(())
    }
}

impl Binary {
    fn line(&mut self, line: &Line<'_>) -> Result<()> {
        let text = line.text;
        if self.details.is_some() {
            self.detail_line(text);
            return Ok(());
        }
        if text == "failures:" || text == "successes:" {
            self.details = Some(BTreeMap::new());
            self.names = self.tests.iter().map(|test| test.name.clone()).collect();
            return Ok(());
        }
        if running(text).is_some() {
            return Err(line.malformed("the result of the test binary before"));
        }
        let Some(test) = text.strip_prefix("test ") else { return Ok(()) };
        let Some((name, ended)) = test.split_once(" ... ") else {
            return match test.contains(" has been running for over ") {
                true => Ok(()),
                false => Err(line.malformed("a test with its outcome")),
            };
        };
        let (outcome, message) = outcome(ended).ok_or(line.malformed("a test with its outcome"))?;
        self.measured += u64::from(ended.starts_with("bench:"));
        let duration_ms = duration(ended);
        // What libtest adds to the name here it leaves out where it tells of the failure.
        let name = MODES.iter().find_map(|mode| name.strip_suffix(mode)).unwrap_or(name);
        self.tests.push(Ran { duration_ms, message, ..Ran::new(&self.suite, name, outcome) })
    }

    /// `---- name stdout ----` begins what a test printed.
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
    fn ends_with(&self, totals: &str, line: &Line<'_>) -> Result<bool> {
        const TOTALS: &str = "a result with its totals";
        const AGREE: &str = "in agreement with the tests that were counted";
        let inside = self.details.is_some();
        let Some(totals) = Totals::parse(totals) else {
            return if inside { Ok(false) } else { Err(line.malformed(TOTALS)) };
        };
        let agree = totals == self.counted() && self.announced == self.tests.len();
        match (agree, inside) {
            (true, _) => Ok(true),
            (false, true) if !line.ended => Err(ReadError::CutOff { at: line.at }),
            (false, true) => Ok(false),
            (false, false) => Err(line.malformed(AGREE)),
        }
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
}

/// `running 3 tests`, `running 1 test`.
fn running(text: &str) -> Option<u64> {
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

/// The panic without its backtrace.
fn what_went_wrong(detail: &str) -> &str {
    detail.split("\nstack backtrace:\n").next().unwrap_or(detail)
}

/// `thread 'a' (123) panicked at src/lib.rs:12:9:`
fn panic_place(detail: &str, context: &Context<'_>) -> Option<dod_kernel::evidence::Place> {
    let (_, rest) = detail.split_once(PANICKED)?;
    let mut parts = rest.lines().next()?.trim_end_matches(':').rsplitn(3, ':');
    let column = parts.next().and_then(text::line_number)?;
    let line = parts.next().and_then(text::line_number)?;
    Some(context.place(parts.next()?, Some(line), Some(column)))
}

#[derive(PartialEq, Eq)]
struct Totals {
    ok: bool,
    passed: u64,
    failed: u64,
    ignored: u64,
    measured: u64,
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
}

#[cfg(test)]
mod tests;
