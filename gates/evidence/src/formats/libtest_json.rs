//! `libtest_json`: JSON lines of `cargo test -- -Zunstable-options --format json`, of harnesses that write the
//! same, and of nextest (`libtest-json`, `libtest-json-plus`).
//!
//! A suite begins, its tests end, the suite ends; its totals are compared with what was counted. libtest runs one
//! suite after the other and names none of them. nextest writes `crate::binary$test`, may have several suites open
//! at once, and puts `#2` behind a test that needed two runs.
//!
//! A suite that began and did not end was cut off, unless another one follows or cargo says that it died: then it is
//! errored. Where cargo's own talk is in the same stream, its errors count as in `libtest`.
//!
//! **Absent on purpose:** tests that are only listed; nobody ran them.

use std::collections::BTreeMap;

use dod_kernel::evidence::{Evidence, Mismatch, Outcome};

use self::suite::Suite;
use crate::context::Context;
use crate::documents::{self, Next};
use crate::error::{ReadError, Result};
use crate::input::Input;
use crate::json::Value;
use crate::results::{Ran, Tests};
use crate::text;

mod suite;

const EXPECTED: &str = "JSON lines of libtest";

/// The suite of what does not compile.
const COMPILING: &str = "compile";

/// Suites that are open at once.
const SUITES_MAX: usize = 10_000;

type Malformed<'m> = &'m dyn Fn(&'static str) -> ReadError;

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    // Tests print what they like between the lines that count.
    input.replace_what_is_not_text();
    let mut reader = Reader::new(context);
    let mut documents = 0u64;
    documents::each(input, |next, spot| {
        let event = match next {
            Next::Document(event) => event,
            Next::Plain(text) => return reader.plain(text),
        };
        documents += 1;
        match (event.get("type").text(), event.get("reason").text()) {
            (Some(kind), _) => reader.event(kind, &event, &|expected| spot.malformed(expected)),
            (None, Some(reason)) => {
                reader.cargo(reason, &event);
                Ok(())
            }
            (None, None) if documents == 1 => Err(other("JSON lines without a `type`")),
            (None, None) if !event.get("event").is_null() => Err(spot.malformed("an event with a `type`")),
            // A log in JSON lines, which a test has printed.
            (None, None) => Ok(()),
        }
    })?;
    reader.end(input.at())
}

fn other(found: &str) -> ReadError {
    ReadError::OtherFormat { expected: EXPECTED, found: found.to_owned() }
}

struct Reader<'c> {
    context: &'c Context<'c>,
    /// Suites that began and did not end: by `crate::binary`, or the one without a name.
    open: BTreeMap<String, Suite>,
    /// What cargo says that it runs next.
    announced: Option<String>,
    /// Suites that began.
    suites: u64,
    listed: bool,
    /// Cargo says in JSON that the build failed.
    unbuilt: bool,
    /// A test failed, or a suite did, since cargo named what it runs.
    failed: bool,
    tests: Tests,
    mismatches: Vec<Mismatch>,
}

impl<'c> Reader<'c> {
    fn new(context: &'c Context<'c>) -> Self {
        Self {
            context,
            open: BTreeMap::new(),
            announced: None,
            suites: 0,
            listed: false,
            unbuilt: false,
            failed: false,
            tests: Tests::default(),
            mismatches: Vec::new(),
        }
    }

    fn event(&mut self, kind: &str, event: &Value, malformed: Malformed<'_>) -> Result<()> {
        let word = event.get("event").text().unwrap_or_default();
        match (kind, word) {
            ("suite", "started") => self.begin(event, malformed),
            ("suite", "ok" | "failed") => self.finish(word == "failed", event, malformed),
            ("suite", "discovery" | "completed") | ("test", "discovered") => {
                self.listed = true;
                Ok(())
            }
            ("test", "started") => {
                let name = event.get("name").text().ok_or(malformed("a test with a name"))?;
                let (suite, test) = self.suite_of(name, malformed)?;
                suite.begin(test);
                Ok(())
            }
            // It takes long, and goes on.
            ("test", "timeout") | ("report", _) => Ok(()),
            ("test", "ok") => self.test(Outcome::Passed, event, malformed),
            ("bench", _) => self.test(Outcome::Passed, event, malformed),
            ("test", "failed") => self.test(Outcome::Failed, event, malformed),
            ("test", "ignored") => self.test(Outcome::Skipped, event, malformed),
            _ => Err(match self.suites {
                0 => other("JSON lines of another kind"),
                _ => malformed("an event that libtest has"),
            }),
        }
    }

    fn begin(&mut self, event: &Value, malformed: Malformed<'_>) -> Result<()> {
        let planned = event.get("test_count");
        let planned = match planned.is_null() {
            true => None,
            false => Some(planned.count(|| malformed("a suite with a sound `test_count`"))?),
        };
        self.suites += 1;
        let key = key(event);
        let name = match (&key, self.announced.take()) {
            (key, _) if !key.is_empty() => key.clone(),
            (_, Some(announced)) => announced,
            _ => format!("suite {}", self.suites),
        };
        if self.open.len() == SUITES_MAX {
            return Err(ReadError::TooLarge { what: "suites open at once", max: SUITES_MAX as u64 });
        }
        // libtest runs one after the other, so the one before has ended without a word.
        if let Some(dead) = self.open.insert(key, Suite::new(name, planned)) {
            self.bury(&dead, "it ended before its tests did")?;
        }
        Ok(())
    }

    /// The suite that a test belongs to, and the test's own name.
    fn suite_of<'n>(&mut self, name: &'n str, malformed: Malformed<'_>) -> Result<(&mut Suite, &'n str)> {
        let (prefix, test) = name.split_once('$').unwrap_or(("", name));
        let prefix = prefix.split('@').next().unwrap_or(prefix);
        let of_nextest = prefix.contains("::") && !prefix.contains(char::is_whitespace);
        let key = if of_nextest && self.open.contains_key(prefix) { prefix } else { "" };
        let suite = self.open.get_mut(key).ok_or(malformed("a test of a suite that began"))?;
        if !of_nextest {
            return Ok((suite, name));
        }
        suite.of_nextest(prefix);
        Ok((suite, test))
    }

    fn test(&mut self, outcome: Outcome, event: &Value, malformed: Malformed<'_>) -> Result<()> {
        let name = event.get("name").text().ok_or(malformed("a test with a name"))?;
        let (suite, test) = self.suite_of(name, malformed)?;
        let (test, runs) = if suite.is_of_nextest() { retried(test) } else { (test, 1) };
        suite.end(test, outcome);
        let suite = suite.name().to_owned();
        self.failed |= outcome == Outcome::Failed;
        let told =
            ["message", "stdout", "reason"].map(|key| event.get(key).text().unwrap_or_default().trim());
        let told = told.into_iter().find(|text| !text.is_empty());
        let printed = event.get("stdout").text().unwrap_or_default();
        let message =
            told.map(from_panic).map(super::libtest::what_went_wrong).filter(|_| outcome != Outcome::Passed);
        self.tests.push(Ran {
            duration_ms: duration_ms(event.get("exec_time")),
            flaky_runs: if outcome == Outcome::Passed { runs - 1 } else { 0 },
            message,
            place: Some(printed)
                .filter(|_| outcome == Outcome::Failed)
                .and_then(|printed| super::libtest::panic_place(printed, self.context)),
            ..Ran::new(&suite, test, outcome)
        })
    }

    fn finish(&mut self, failed: bool, event: &Value, malformed: Malformed<'_>) -> Result<()> {
        let suite = self.open.remove(&key(event)).ok_or(malformed("the end of a suite that began"))?;
        self.failed |= failed;
        if !failed && suite.still_open().next().is_some() {
            return Err(malformed("the end of a suite whose tests have all ended"));
        }
        let seen = suite.compare(event, &mut self.mismatches, malformed)?;
        for test in suite.still_open() {
            let message = Some("it began, and its suite ended without it");
            self.tests.push(Ran { message, ..Ran::new(suite.name(), test, Outcome::Errored) })?;
        }
        if failed && !seen.failed {
            let message = Some("the suite failed, and none of its tests says why");
            let ran = Ran::new(suite.name(), "(the suite itself)", Outcome::Errored);
            self.tests.push(Ran { message, ..ran })?;
        }
        match seen.declared > 0 && seen.counted == 0 {
            true => Err(ReadError::NotRun { what: "tests of a suite, only their number" }),
            false => Ok(()),
        }
    }

    /// Notes a suite that died: what its tests did not come to, and that it died.
    fn bury(&mut self, suite: &Suite, how: &str) -> Result<()> {
        self.failed = true;
        let last: Vec<&str> = suite.still_open().take(5).collect();
        let running =
            if last.is_empty() { String::new() } else { format!(" while it ran {}", last.join(", ")) };
        let message = format!("{how}{running}");
        let ran = Ran::new(suite.name(), "(the suite itself)", Outcome::Errored);
        self.tests.push(Ran { message: Some(&message), ..ran })
    }

    /// Cargo in JSON, from `cargo test --message-format=json`.
    fn cargo(&mut self, reason: &str, event: &Value) {
        self.unbuilt |= reason == "build-finished" && event.get("success").bool() == Some(false);
    }

    fn compiling(&mut self, what: &str) -> Result<()> {
        let message = Some("it does not compile");
        self.tests.push(Ran { message, ..Ran::new(COMPILING, what, Outcome::Errored) })
    }

    /// Cargo in words, where both streams were kept.
    fn plain(&mut self, text: &str) -> Result<()> {
        if let Some((name, _)) = text.strip_prefix("     Running ").and_then(|rest| rest.rsplit_once(" (")) {
            self.announced = Some(name.to_owned());
            self.failed = false;
        } else if let Some(library) = text.strip_prefix("   Doc-tests ") {
            self.announced = Some(format!("Doc-tests {library}"));
            self.failed = false;
        } else if let Some(rest) = text.strip_prefix("error: could not compile ") {
            let name = rest.split(" due to ").next().unwrap_or(rest).replace('`', "");
            self.compiling(&name)?;
        } else if super::libtest::failed_to_run(text) {
            if let Some(dead) = self.open.remove("") {
                self.bury(&dead, "it ended before its tests did")?;
            }
            if !self.failed {
                self.failed = true;
                let name = self.announced.clone().unwrap_or_else(|| format!("suite {}", self.suites));
                self.tests.push(Ran {
                    message: Some(text),
                    ..Ran::new(&name, "(the suite itself)", Outcome::Errored)
                })?;
            }
        }
        Ok(())
    }

    fn end(mut self, at: u64) -> Result<Evidence> {
        if !self.open.is_empty() {
            return Err(ReadError::CutOff { at });
        }
        if self.suites == 0 {
            let unbuilt = self.unbuilt || self.tests.iter().any(|test| &*test.suite == COMPILING);
            return Err(match () {
                () if self.listed => ReadError::NotRun { what: "test that ran: they are only listed" },
                () if unbuilt => ReadError::ToolFailed { message: "it does not compile".to_owned() },
                () => other("text without JSON lines of a suite"),
            });
        }
        if self.unbuilt {
            self.compiling("the build")?;
        }
        Ok(Evidence { mismatches: self.mismatches, tests: Some(self.tests.finish()), ..Evidence::default() })
    }
}

/// `crate::binary`, where nextest says more than libtest does.
fn key(event: &Value) -> String {
    let part = |name| event.at(&["nextest", name]).text();
    match (part("crate"), part("test_binary")) {
        (Some(package), Some(binary)) => format!("{package}::{binary}"),
        _ => String::new(),
    }
}

/// `parses#3` ended in its third run.
fn retried(name: &str) -> (&str, u32) {
    let runs = name.rsplit_once('#').and_then(|(test, runs)| Some((test, runs.parse().ok()?)));
    runs.filter(|(_, runs)| *runs > 1).unwrap_or((name, 1))
}

/// What a test printed, from its panic on.
fn from_panic(printed: &str) -> &str {
    let panic = printed.find(" panicked at ");
    panic.and_then(|at| printed[..at].rfind('\n')).map_or(printed, |line| &printed[line + 1..])
}

/// `0.0012`, or `"0.001s"` of older versions.
fn duration_ms(time: &Value) -> Option<u64> {
    match time {
        Value::Number(seconds) => text::seconds_to_ms(seconds),
        Value::Text(seconds) => text::seconds_to_ms(seconds.trim_end_matches('s')),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
