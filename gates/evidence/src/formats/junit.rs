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
    let mut report = Report { context, tests: Tests::default(), reruns: 0 };
    let mut suites = vec![Suite::open(&root)?];
    // Totals of the suites at the top, for a root that declares none.
    let mut top = Declared::default();
    let mut direct = false;
    while let Some(node) = xml.next()? {
        match node {
            Node::Open(element) => match element.name.as_str() {
                "testsuite" | "testsuites" => {
                    let suite = Suite::open(&element)?;
                    if suites.len() == 1 {
                        top.add(&suite.declared);
                    }
                    suites.push(suite);
                }
                "testcase" => {
                    direct |= suites.len() == 1;
                    let suite = suites.last().map_or("", |suite| suite.name.as_str());
                    report.test_case(&mut xml, &element, suite)?;
                }
                // A suite that broke before its first test case.
                "error" | "failure" => {
                    let suite = suites.last().map_or("", |suite| suite.name.as_str());
                    report.broken_suite(&mut xml, &element, suite)?;
                }
                _ => drop(xml.skip()?),
            },
            Node::Close(_) => drop(suites.pop()),
            Node::Text(_) => {}
        }
    }
    let root = Suite::open(&root)?.declared;
    // Test cases beside suites (`node --test`) are in no suite's total.
    Ok(report.finish(if root.tests.is_some() || direct { &root } else { &top }))
}

/// Totals that an element declares.
#[derive(Default)]
struct Declared {
    tests: Option<u64>,
    failures: Option<u64>,
    errors: Option<u64>,
    skipped: Option<u64>,
}

impl Declared {
    fn add(&mut self, other: &Self) {
        let add = |sum: &mut Option<u64>, more: Option<u64>| {
            *sum = more.map_or(*sum, |more| Some(sum.unwrap_or(0).saturating_add(more)));
        };
        add(&mut self.tests, other.tests);
        add(&mut self.failures, other.failures);
        add(&mut self.errors, other.errors);
        add(&mut self.skipped, other.skipped);
    }
}

struct Suite {
    name: String,
    declared: Declared,
}

impl Suite {
    fn open(element: &Element) -> Result<Self> {
        const COUNT: &str = "a suite with sound totals";
        let skipped = match element.count("skipped", COUNT)? {
            Some(skipped) => Some(skipped),
            None => element.count("skip", COUNT)?,
        };
        Ok(Self {
            name: element.attribute("name").unwrap_or_default().to_owned(),
            declared: Declared {
                tests: element.count("tests", COUNT)?,
                failures: element.count("failures", COUNT)?,
                errors: element.count("errors", COUNT)?,
                skipped,
            },
        })
    }
}

struct Report<'c> {
    context: &'c Context<'c>,
    tests: Tests,
    /// Elements that tell of runs before the last one.
    reruns: u64,
}

impl Report<'_> {
    fn test_case(&mut self, xml: &mut Xml<'_, '_>, element: &Element, suite: &str) -> Result<()> {
        let mut state = State::default();
        xml.keep_text(true);
        loop {
            match xml.next()? {
                Some(Node::Open(child)) => {
                    let text = xml.skip()?;
                    state.see(&child, &text);
                }
                Some(Node::Close(_)) => break,
                Some(Node::Text(_)) => {}
                None => return Err(element.malformed("a test case that ends")),
            }
        }
        xml.keep_text(false);
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
        compare(&mut found, "tests", declared.tests, self.tests.len());
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
        // gtest says with an attribute alone that a disabled test did not run.
        let idle = || matches!(element.attribute("status"), Some("notrun" | "disabled" | "skipped"));
        match self {
            Self { failed: Some(_), .. } => Outcome::Failed,
            Self { errored: Some(_), .. } => Outcome::Errored,
            Self { skipped: Some(_), .. } => Outcome::Skipped,
            _ if idle() => Outcome::Skipped,
            _ => Outcome::Passed,
        }
    }
}

#[cfg(test)]
mod tests;
