//! Sums that summaries and totals of `llvm-cov` state.
//!
//! **Absent on purpose:** `percent`.

use crate::error::Result;
use crate::json::{Json, Value};

/// What is summed up.
pub(super) struct Metric {
    /// Its key in a summary.
    pub(super) key: &'static str,
    /// What it is called when totals are compared.
    pub(super) counted: &'static str,
    /// The measure.
    pub(super) measure: &'static str,
}

const fn metric(key: &'static str, counted: &'static str, measure: &'static str) -> Metric {
    Metric { key, counted, measure }
}

/// All that are read.
pub(super) const METRICS: [Metric; 4] = [
    metric("lines", "coverage.lines", "coverage.line"),
    metric("branches", "coverage.branches", "coverage.branch"),
    metric("functions", "coverage.functions", "coverage.function"),
    metric("regions", "coverage.regions", "coverage.region"),
];

/// How much was covered of how much, by metric; absent where a summary does not say.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Sums([Option<(u64, u64)>; METRICS.len()]);

impl Sums {
    /// A summary, `{"lines": {"count": 25, "covered": 17, …}, …}`.
    pub(super) fn read(summary: &Value, json: &Json<'_, '_>) -> Result<Self> {
        let sound = || json.malformed("a summary with sound counts");
        let mut sums = Self::default();
        for (metric, sum) in METRICS.iter().zip(&mut sums.0) {
            let of = summary.get(metric.key);
            if of.is_null() {
                continue;
            }
            let (all, hit) = (of.get("count").count(sound)?, of.get("covered").count(sound)?);
            if hit > all {
                return Err(sound());
            }
            *sum = Some((hit, all));
        }
        Ok(sums)
    }

    /// Adds those of another file or export.
    pub(super) fn add(&mut self, other: &Self) {
        for (sum, more) in self.0.iter_mut().zip(other.0) {
            let Some(more) = more else { continue };
            let (hit, all) = sum.unwrap_or_default();
            *sum = Some((hit.saturating_add(more.0), all.saturating_add(more.1)));
        }
    }

    /// Covered, and all.
    pub(super) fn of(&self, key: &str) -> (u64, u64) {
        self.find(key).unwrap_or_default()
    }

    /// Whether it is said at all.
    pub(super) fn has(&self, key: &str) -> bool {
        self.find(key).is_some()
    }

    /// Whether there is nothing to cover.
    pub(super) fn is_nothing(&self) -> bool {
        self.0.iter().flatten().all(|sum| sum.1 == 0)
    }

    fn find(&self, key: &str) -> Option<(u64, u64)> {
        METRICS.iter().zip(self.0).find(|(metric, _)| metric.key == key)?.1
    }
}
