//! `junit`: JUnit XML in all its dialects (Ant, Maven Surefire, pytest, gtest, `PHPUnit`, nextest, …).
//!
//! There is no standard. What all dialects share is a `testcase` with children; it is counted once,
//! wherever it stands. `failure` makes it failed, `error` without `failure` errored, `skipped` without
//! either skipped. Children of flaky and repeated runs (Surefire's `flakyFailure`, `rerunFailure`, …) do
//! not decide: the last run does. Declared totals are compared and never believed.
//!
//! **Absent on purpose:** a verdict over zero test cases. The evidence then holds an empty list, and the
//! policy calls that undecided.

use dod_kernel::decimal::Decimal;
use dod_kernel::evidence::{Evidence, Measure, Mismatch, Outcome};

use crate::context::Context;
use crate::coverage::compare;
use crate::error::Result;
use crate::input::Input;
use crate::results::{Ran, Tests};
use crate::text;
use crate::xml::{Element, Node, Xml};

const EXPECTED: &str = "JUnit XML";

pub(crate) fn read(input: &mut Input<'_>, context: &Context<'_>) -> Result<Evidence> {
    let (mut xml, root) = Xml::open(input, &["testsuites", "testsuite"], EXPECTED)?;
    let mut report = Report { context, tests: Tests::default(), reruns: 0, broken: 0 };
    let mut open = vec![Open::Suite(name_of(&root))];
    let declared = Declared::read(&root)?;
    // Totals of the suites at the top, for a root that declares none.
    let mut top: Option<Declared> = None;
    let mut direct = false;
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(element) => match element.name.as_str() {
                "testsuite" | "testsuites" => {
                    let totals = Declared::read(&element)?;
                    if open.len() == 1 {
                        top = Some(top.map_or(totals, |top| top.plus(totals)));
                    }
                    open.push(Open::Suite(name_of(&element)));
                }
                "testcase" => {
                    direct |= open.len() == 1;
                    open.push(Open::Case(Box::new(element), State::default()));
                }
                _ => match open.last_mut() {
                    Some(Open::Case(_, state)) => state.child(&mut xml, &element)?,
                    // A suite that broke before its first test case.
                    Some(Open::Suite(suite)) if matches!(element.name.as_str(), "error" | "failure") => {
                        report.broken_suite(&mut xml, &element, suite)?;
                    }
                    _ => drop(xml.skip()?),
                },
            },
            Node::Close(_) => {
                if let Some(Open::Case(element, state)) = open.pop() {
                    report.test_case(&element, &state, suite_of(&open))?;
                }
            }
            Node::Text(_) => {}
        }
    }
    // Test cases beside suites (`node --test`) are in no suite's total.
    let top = top.filter(|_| !direct).unwrap_or_default();
    Ok(report.finish(&declared.or(top)))
}

/// An element that is not yet closed. A test case may hold others, in a few dialects.
enum Open {
    Suite(String),
    Case(Box<Element>, State),
}

fn name_of(element: &Element) -> String {
    element.attribute("name").unwrap_or_default().to_owned()
}

/// The innermost suite.
fn suite_of(open: &[Open]) -> &str {
    let names = open.iter().rev().map(|one| match one {
        Open::Suite(name) => Some(name.as_str()),
        Open::Case(..) => None,
    });
    names.flatten().next().unwrap_or_default()
}

/// Totals that an element declares.
#[derive(Clone, Copy, Default)]
struct Declared {
    tests: Option<u64>,
    failures: Option<u64>,
    errors: Option<u64>,
    skipped: Option<u64>,
}

impl Declared {
    fn read(element: &Element) -> Result<Self> {
        const COUNT: &str = "a suite with sound totals";
        let skipped = match element.count("skipped", COUNT)? {
            Some(skipped) => Some(skipped),
            None => element.count("skip", COUNT)?,
        };
        Ok(Self {
            tests: element.count("tests", COUNT)?,
            failures: element.count("failures", COUNT)?,
            errors: element.count("errors", COUNT)?,
            skipped,
        })
    }

    /// The sum; nothing where one of the two says nothing.
    fn plus(self, other: Self) -> Self {
        let add = |sum: Option<u64>, more: Option<u64>| Some(sum?.saturating_add(more?));
        Self {
            tests: add(self.tests, other.tests),
            failures: add(self.failures, other.failures),
            errors: add(self.errors, other.errors),
            skipped: add(self.skipped, other.skipped),
        }
    }

    fn or(self, other: Self) -> Self {
        Self {
            tests: self.tests.or(other.tests),
            failures: self.failures.or(other.failures),
            errors: self.errors.or(other.errors),
            skipped: self.skipped.or(other.skipped),
        }
    }
}

struct Report<'c> {
    context: &'c Context<'c>,
    tests: Tests,
    /// Elements that tell of runs before the last one.
    reruns: u64,
    /// Suites that broke; they are errored and no declared total counts them as tests.
    broken: u64,
}

impl Report<'_> {
    fn test_case(&mut self, element: &Element, state: &State, suite: &str) -> Result<()> {
        self.reruns += u64::from(state.reruns);
        let outcome = state.outcome(element);
        let line = element.attribute("line").and_then(text::line_number);
        let suite = element.attribute("classname").filter(|name| !name.is_empty()).unwrap_or(suite);
        let name = element.attribute("name").unwrap_or_default();
        self.tests.push(Ran {
            duration_ms: element.attribute("time").and_then(text::seconds_to_ms),
            // For a test that failed in the end, the runs before ended as the last one did.
            flaky_runs: if outcome == Outcome::Passed { state.reruns } else { state.flaky },
            message: state.said(outcome),
            place: element.attribute("file").map(|file| self.context.place(file, line, None)),
            ..Ran::new(suite, name, outcome)
        })
    }

    fn broken_suite(&mut self, xml: &mut Xml<'_, '_>, element: &Element, suite: &str) -> Result<()> {
        xml.keep_text(true);
        let body = xml.skip()?;
        xml.keep_text(false);
        let said = element.attribute("message").filter(|text| !text.is_empty()).unwrap_or(&body);
        self.broken += 1;
        self.tests
            .push(Ran { message: Some(said), ..Ran::new(suite, "(the suite itself)", Outcome::Errored) })
    }

    fn finish(self, declared: &Declared) -> Evidence {
        let mut evidence = Evidence { mismatches: self.mismatches(declared), ..Evidence::default() };
        if self.reruns > 0 {
            let measure = Measure { unit: "1".into(), value: Decimal::from(self.reruns) };
            evidence.measures.insert("tests.reruns".into(), measure);
        }
        evidence.tests = Some(self.tests.finish());
        evidence
    }

    fn mismatches(&self, declared: &Declared) -> Vec<Mismatch> {
        let count = |outcome| self.tests.count(outcome);
        let mut found = Vec::new();
        compare(&mut found, "tests", declared.tests, self.tests.len() - self.broken);
        compare(&mut found, "tests.failed", declared.failures, count(Outcome::Failed));
        compare(&mut found, "tests.errored", declared.errors, count(Outcome::Errored));
        compare(&mut found, "tests.skipped", declared.skipped, count(Outcome::Skipped));
        found
    }
}

/// What the children of a test case have said so far. A child that was seen has a message, perhaps empty.
#[derive(Default)]
struct State {
    failed: Option<String>,
    errored: Option<String>,
    skipped: Option<String>,
    /// Runs before the last one that ended otherwise, and all runs before the last one.
    flaky: u32,
    reruns: u32,
}

impl State {
    /// Reads a child; what it holds matters only where it tells how the test ended.
    fn child(&mut self, xml: &mut Xml<'_, '_>, child: &Element) -> Result<()> {
        xml.keep_text(matches!(child.name.as_str(), "failure" | "error" | "skipped"));
        let text = xml.skip()?;
        xml.keep_text(false);
        self.see(child, &text);
        Ok(())
    }

    fn see(&mut self, child: &Element, text: &str) {
        let slot = match child.name.as_str() {
            "failure" => &mut self.failed,
            "error" => &mut self.errored,
            "skipped" => &mut self.skipped,
            "flakyFailure" | "flakyError" => {
                self.flaky = self.flaky.saturating_add(1);
                self.reruns = self.reruns.saturating_add(1);
                return;
            }
            "rerunFailure" | "rerunError" => {
                self.reruns = self.reruns.saturating_add(1);
                return;
            }
            _ => return,
        };
        let said = child.attribute("message").filter(|message| !message.trim().is_empty());
        slot.get_or_insert_with(|| said.unwrap_or(text).to_owned());
    }

    fn said(&self, outcome: Outcome) -> Option<&str> {
        let said = match outcome {
            Outcome::Failed => &self.failed,
            Outcome::Errored => &self.errored,
            Outcome::Skipped | Outcome::Passed => &self.skipped,
        };
        said.as_deref()
    }

    fn outcome(&self, element: &Element) -> Outcome {
        match self {
            Self { failed: Some(_), .. } => Outcome::Failed,
            Self { errored: Some(_), .. } => Outcome::Errored,
            Self { skipped: Some(_), .. } => Outcome::Skipped,
            _ => stated(element).unwrap_or(Outcome::Passed),
        }
    }
}

/// What a test case without a telling child says of itself: googletest and CTest tell with an attribute alone that
/// a test did not run, and nothing that calls itself failed is a pass.
fn stated(element: &Element) -> Option<Outcome> {
    let words = ["status", "result"].iter().filter_map(|name| element.attribute(name));
    let outcome = |word: &str| match word.trim().to_ascii_lowercase().as_str() {
        "fail" | "failed" | "failure" | "timedout" | "timeout" => Some(Outcome::Failed),
        "error" | "errored" | "panicked" | "aborted" | "interrupted" | "crashed" | "broken" => {
            Some(Outcome::Errored)
        }
        "notrun" | "disabled" | "skipped" | "suppressed" | "ignored" | "pending" => Some(Outcome::Skipped),
        _ => None,
    };
    // The worst word, as `Outcome` orders failed and errored before skipped.
    words.filter_map(outcome).min()
}

#[cfg(test)]
mod tests;
