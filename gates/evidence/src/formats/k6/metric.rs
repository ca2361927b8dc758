//! One metric of k6, in the shape of `handleSummary` or of `--summary-export`.

use dod_kernel::decimal::Decimal;

use crate::json::Value;
use crate::named;
use crate::text;

/// Metrics of k6 that are times and do not begin with `http_req_`. The older shape does not say what a metric holds.
const TIMES: &[&str] = &[
    "iteration_duration",
    "group_duration",
    "grpc_req_duration",
    "ws_connecting",
    "ws_ping",
    "ws_session_duration",
    "browser_http_req_duration",
];

/// Types of metrics.
const KINDS: &[&str] = &["counter", "gauge", "rate", "trend"];

/// Statistics beside percentiles.
const STATISTICS: &[&str] = &["avg", "count", "fails", "max", "med", "min", "passes", "rate", "value"];

/// A metric that is kept.
pub(super) struct Metric {
    /// As measures are named.
    pub(super) name: String,
    /// As the report names it.
    pub(super) stated: String,
    /// Whether it is the part of another one that has certain tags.
    pub(super) tagged: bool,
    /// Statistics with their units.
    pub(super) statistics: Vec<(String, Decimal, &'static str)>,
    /// Thresholds, and whether each holds.
    pub(super) thresholds: Vec<(String, bool)>,
}

impl Metric {
    pub(super) fn read(stated: &str, metric: &Value) -> Option<Self> {
        let Value::Map(members) = metric else { return None };
        let (values, flat) = match metric.get("values") {
            Value::Map(values) => (values, false),
            Value::Null => (members, true),
            _ => return None,
        };
        // Other tools have metrics as well.
        if !flat && !KINDS.contains(&metric.get("type").text()?) {
            return None;
        }
        let (base, tags) = match stated.strip_suffix('}').and_then(|stated| stated.split_once('{')) {
            Some((base, tags)) => (base, Some(tags)),
            None => (stated, None),
        };
        let name = match tags.filter(|tags| !tags.is_empty()) {
            Some(tags) => format!("{}.{}", named::part(base)?, named::part(tags)?),
            None => named::part(base)?,
        };
        let holds = metric.get("contains").text().unwrap_or_else(|| contents(base));
        let has = |key: &str| values.iter().any(|(name, _)| name == key);
        let is_share = metric.get("type").text() == Some("rate") || (flat && has("passes") && has("fails"));
        let mut statistics = Vec::new();
        for (key, value) in values {
            if flat && key == "thresholds" {
                continue;
            }
            let value = value.decimal()?;
            statistics.push(match key.as_str() {
                // `value` in the older shape.
                "rate" | "value" if is_share => ("rate".to_owned(), value.times(Decimal::from(100u64))?, "%"),
                "passes" | "fails" => (key.clone(), value, "1"),
                "rate" if holds == "data" => (key.clone(), value, "bytes/s"),
                "rate" => (key.clone(), value, "1/s"),
                _ => (statistic(key)?, value, unit(holds)),
            });
        }
        let thresholds = thresholds(metric.get("thresholds"), flat)?;
        Some(Self { name, stated: stated.to_owned(), tagged: tags.is_some(), statistics, thresholds })
    }

    /// A count that the metric declares.
    pub(super) fn count(&self, name: &str) -> Option<u64> {
        let (_, value, _) = self.statistics.iter().find(|(statistic, ..)| statistic == name)?;
        text::count(&value.to_string())
    }
}

/// What the older shape does not say of k6's own metrics.
fn contents(base: &str) -> &'static str {
    match base {
        "data_sent" | "data_received" | "browser_data_sent" | "browser_data_received" => "data",
        "http_req_failed" => "default",
        name if TIMES.contains(&name) || name.starts_with("http_req_") => "time",
        _ => "default",
    }
}

fn unit(contents: &str) -> &'static str {
    match contents {
        "time" => "ms",
        "data" => "bytes",
        _ => "1",
    }
}

/// `p95` of `p(95)`; the others are names already.
fn statistic(key: &str) -> Option<String> {
    match key.strip_prefix("p(").and_then(|rest| rest.strip_suffix(')')) {
        Some(percent) => Some(format!("p{}", named::part(percent)?)),
        None => STATISTICS.contains(&key).then(|| key.to_owned()),
    }
}

/// `{"p(95)<500": {"ok": true}}`, or in the older shape whether it failed.
fn thresholds(stated: &Value, flat: bool) -> Option<Vec<(String, bool)>> {
    let all = match stated {
        Value::Null => return Some(Vec::new()),
        Value::Map(all) => all,
        _ => return None,
    };
    let holds = |outcome: &Value| match outcome {
        Value::Bool(failed) if flat => Some(!failed),
        outcome => outcome.get("ok").bool(),
    };
    all.iter().map(|(threshold, outcome)| Some((threshold.clone(), holds(outcome)?))).collect()
}
