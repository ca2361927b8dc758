//! Collecting test results: names and messages are cut to what is kept, and their number is bounded.

use dod_kernel::evidence::{Outcome, Place, TestResult};

use crate::error::{ReadError, Result};
use crate::text;

/// Test cases of one report.
const TESTS_MAX: usize = 5_000_000;

/// Bytes of a suite's or a test's name that are kept.
const NAME_BYTES_MAX: usize = 1000;

/// A test as a reader sees it.
pub(crate) struct Ran<'a> {
    /// The suite, class, module or package it belongs to.
    pub(crate) suite: &'a str,
    /// Its name.
    pub(crate) name: &'a str,
    /// How it ended.
    pub(crate) outcome: Outcome,
    /// How long it took, where the report says so.
    pub(crate) duration_ms: Option<u64>,
    /// How many of its runs ended otherwise than the last one.
    pub(crate) flaky_runs: u32,
    /// What it says; white space alone says nothing.
    pub(crate) message: Option<&'a str>,
    /// Where it stands or failed.
    pub(crate) place: Option<Place>,
}

impl<'a> Ran<'a> {
    /// A test with nothing but the necessary.
    pub(crate) fn new(suite: &'a str, name: &'a str, outcome: Outcome) -> Self {
        Self { suite, name, outcome, duration_ms: None, flaky_runs: 0, message: None, place: None }
    }
}

/// The tests of a report while it is read.
#[derive(Default)]
pub(crate) struct Tests {
    all: Vec<TestResult>,
}

impl Tests {
    /// Adds one.
    pub(crate) fn push(&mut self, ran: Ran<'_>) -> Result<()> {
        self.add(TestResult {
            duration_ms: ran.duration_ms,
            flaky_runs: ran.flaky_runs,
            message: ran.message.filter(|message| !message.trim().is_empty()).map(text::message),
            name: text::cut(ran.name, NAME_BYTES_MAX).into(),
            outcome: ran.outcome,
            place: ran.place,
            suite: text::cut(ran.suite, NAME_BYTES_MAX).into(),
        })
    }

    /// Adds one that was collected before.
    pub(crate) fn add(&mut self, test: TestResult) -> Result<()> {
        if self.all.len() == TESTS_MAX {
            return Err(ReadError::TooLarge { what: "test cases", max: TESTS_MAX as u64 });
        }
        self.all.push(test);
        Ok(())
    }

    /// Those added so far.
    pub(crate) fn iter(&self) -> impl Iterator<Item = &TestResult> {
        self.all.iter()
    }

    /// How many there are.
    pub(crate) fn len(&self) -> u64 {
        self.all.len() as u64
    }

    /// How many ended so.
    pub(crate) fn count(&self, outcome: Outcome) -> u64 {
        self.all.iter().filter(|test| test.outcome == outcome).count() as u64
    }

    /// All of them, as evidence holds them.
    pub(crate) fn finish(self) -> Vec<TestResult> {
        self.all
    }
}
