//! What runs tests and measures time.

use super::clues::{Clues, Root};
use crate::format::Format;

pub(super) fn find(clues: &Clues) -> Option<Format> {
    match clues.root {
        Root::Xml => matches!(clues.tag.name.as_str(), "testsuite" | "testsuites").then_some(Format::Junit),
        Root::Object => lines_of_json(clues).or_else(|| object(clues)),
        Root::JsonLines => lines_of_json(clues),
        Root::Lines if clues.is_objects() => lines_of_json(clues).or_else(|| lines(clues)),
        Root::Lines => lines(clues),
        Root::Array | Root::Nothing => None,
    }
}

fn lines_of_json(clues: &Clues) -> Option<Format> {
    match () {
        () if clues.has("Action") && clues.has_any(&["Package", "ImportPath", "Test"]) => {
            Some(Format::GoTest)
        }
        () if clues.has("event") && matches!(clues.word("type"), Some("suite" | "test" | "bench")) => {
            Some(Format::LibtestJson)
        }
        () if matches!(clues.word("reason"), Some("benchmark-complete" | "group-complete")) => {
            Some(Format::Criterion)
        }
        () => None,
    }
}

fn object(clues: &Clues) -> Option<Format> {
    match () {
        () if clues.has("results[].command") && clues.has_any(&["results[].mean", "results[].times"]) => {
            Some(Format::Hyperfine)
        }
        () if clues.has_any(&["mean.point_estimate", "median.point_estimate", "slope.point_estimate"]) => {
            Some(Format::Criterion)
        }
        () if clues.has("metrics") && clues.has_any(&["root_group", "state.testRunDurationMs"]) => {
            Some(Format::K6)
        }
        () if clues.has_any(&["metrics.http_req_duration", "metrics.iterations", "metrics.vus"]) => {
            Some(Format::K6)
        }
        () if clues.has_all(&["*.value", "*.unit"]) => Some(Format::Measures),
        () => None,
    }
}

fn lines(clues: &Clues) -> Option<Format> {
    let any = |test: &dyn Fn(&str) -> bool| clues.lines.iter().any(|line| test(line.trim_end()));
    let is_plan = |line: &str| {
        line.strip_prefix("1..").is_some_and(|rest| {
            let number = rest.split([' ', '#']).next().unwrap_or_default();
            !number.is_empty() && number.bytes().all(|digit| digit.is_ascii_digit())
        })
    };
    if any(&|line| line.starts_with("TAP version ")) || any(&is_plan) {
        return Some(Format::Tap);
    }
    let is_running = |line: &str| line.starts_with("running ") && line.ends_with(['t', 's']);
    if any(&is_running) {
        return Some(Format::Libtest);
    }
    // TAP may have its plan at the end.
    any(&|line| line.starts_with("ok 1") || line.starts_with("not ok 1")).then_some(Format::Tap)
}
