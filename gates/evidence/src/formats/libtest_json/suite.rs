//! A suite while it runs: what began, what ended, and what its totals say in the end.

use std::collections::BTreeSet;

use dod_kernel::evidence::{Mismatch, Outcome};

use super::Malformed;
use crate::coverage::compare;
use crate::error::Result;
use crate::json::Value;

pub(super) struct Suite {
    name: String,
    nextest: bool,
    planned: Option<u64>,
    open: BTreeSet<String>,
    passed: u64,
    failed: u64,
    skipped: u64,
}

/// What a suite's end shows.
pub(super) struct Seen {
    /// A test failed.
    pub(super) failed: bool,
    pub(super) counted: u64,
    pub(super) declared: u64,
}

impl Suite {
    pub(super) fn new(name: String, planned: Option<u64>) -> Self {
        Self { name, nextest: false, planned, open: BTreeSet::new(), passed: 0, failed: 0, skipped: 0 }
    }

    pub(super) fn name(&self) -> &str {
        &self.name
    }

    pub(super) fn is_of_nextest(&self) -> bool {
        self.nextest
    }

    /// A test says which crate and binary it is of.
    pub(super) fn of_nextest(&mut self, name: &str) {
        if !self.nextest {
            self.nextest = true;
            name.clone_into(&mut self.name);
        }
    }

    pub(super) fn begin(&mut self, test: &str) {
        self.open.insert(test.to_owned());
    }

    pub(super) fn end(&mut self, test: &str, outcome: Outcome) {
        self.open.remove(test);
        *match outcome {
            Outcome::Passed => &mut self.passed,
            Outcome::Failed | Outcome::Errored => &mut self.failed,
            Outcome::Skipped => &mut self.skipped,
        } += 1;
    }

    /// Tests that began and did not end.
    pub(super) fn still_open(&self) -> impl Iterator<Item = &str> {
        self.open.iter().map(String::as_str)
    }

    /// Compares what was counted with what the suite's end and its beginning say.
    pub(super) fn compare(
        &self,
        event: &Value,
        mismatches: &mut Vec<Mismatch>,
        malformed: Malformed<'_>,
    ) -> Result<Seen> {
        let total = |key: &str| match event.get(key) {
            Value::Null => Ok(None),
            stated => stated.count(|| malformed("a suite with sound totals")).map(Some),
        };
        let measured = total("measured")?.unwrap_or(0);
        let passed = total("passed")?.map(|passed| passed.saturating_add(measured));
        let (failed, ignored) = (total("failed")?, total("ignored")?);
        let counted = self.passed + self.failed + self.skipped;
        compare(mismatches, "tests.passed", passed, self.passed);
        compare(mismatches, "tests.failed", failed, self.failed);
        compare(mismatches, "tests.skipped", ignored, self.skipped);
        compare(mismatches, "tests", self.planned, counted);
        let declared = [passed, failed, ignored].into_iter().flatten().fold(0, u64::saturating_add);
        Ok(Seen { failed: self.failed > 0, counted, declared })
    }
}
