//! Claims about `k6`.

use expect_test::expect;

use crate::Format::K6;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn a_summary_of_handle_summary_has_units_and_findings() {
    check(
        K6,
        r#"{"root_group": {"name": "", "path": "", "id": "d4", "groups": [
              {"name": "cart", "path": "::cart", "groups": [], "checks": [{"name": "paid", "path": "::cart::paid", "passes": 8, "fails": 2}]}],
             "checks": [{"name": "status is 200", "path": "::status is 200", "id": "0", "passes": 10, "fails": 0}]},
            "options": {"summaryTrendStats": ["avg"], "summaryTimeUnit": "s", "noColor": false},
            "state": {"isStdOutTTY": false, "testRunDurationMs": 1000.5},
            "metrics": {
             "http_req_duration": {"type": "trend", "contains": "time", "values": {"avg": 140.36, "med": 139, "p(95)": 148.21, "p(99.9)": 150},
               "thresholds": {"p(95)<100": {"ok": false}, "avg<500": {"ok": true}}},
             "http_req_duration{expected_response:true}": {"type": "trend", "contains": "time", "values": {"p(95)": 148.21}},
             "http_req_failed": {"type": "rate", "contains": "default", "values": {"rate": 0.025, "passes": 1, "fails": 39}},
             "checks": {"type": "rate", "contains": "default", "values": {"rate": 0.9, "passes": 18, "fails": 2}},
             "data_received": {"type": "counter", "contains": "data", "values": {"count": 1300000, "rate": 31000.5}},
             "iterations": {"type": "counter", "contains": "default", "values": {"count": 45, "rate": 1.5}},
             "vus": {"type": "gauge", "contains": "default", "values": {"value": 1, "min": 1, "max": 19}}}}"#,
        expect![[r#"
            Error threshold -:-:- `http_req_duration` does not hold `p(95)<100`
            Warning check -:-:- `cart::paid` failed 2 of 10 times
            checks.fails = 2 1
            checks.passes = 18 1
            checks.rate = 90 %
            data_received.count = 1300000 bytes
            data_received.rate = 31000.5 bytes/s
            http_req_duration.avg = 140.36 ms
            http_req_duration.expected_response-true.p95 = 148.21 ms
            http_req_duration.med = 139 ms
            http_req_duration.p95 = 148.21 ms
            http_req_duration.p99.9 = 150 ms
            http_req_failed.fails = 39 1
            http_req_failed.passes = 1 1
            http_req_failed.rate = 2.5 %
            iterations.count = 45 1
            iterations.rate = 1.5 1/s
            p95 = 148.21 ms
            p99.9 = 150 ms
            vus.max = 19 1
            vus.min = 1 1
            vus.value = 1 1
        "#]],
    );
}

/// There, `false` under a threshold means that it did not fail.
#[test]
fn the_older_shape_says_of_a_threshold_whether_it_failed() {
    check(
        K6,
        r#"{"metrics": {
             "http_req_duration": {"avg": 1.5, "max": 2, "p(95)": 2, "thresholds": {"p(95)<1": true, "avg<9": false}},
             "checks": {"fails": 1, "passes": 3, "value": 0.75, "thresholds": {"rate>0.9": true}},
             "data_sent": {"count": 10, "rate": 2}, "my_trend": {"avg": 3}, "vus": {"max": 1, "min": 1, "value": 1}},
            "root_group": {"name": "", "path": "", "groups": {}, "checks": {"ok": {"name": "ok", "path": "::ok", "passes": 3, "fails": 0}}}}"#,
        expect![[r#"
            Error threshold -:-:- `http_req_duration` does not hold `p(95)<1`
            Error threshold -:-:- `checks` does not hold `rate>0.9`
            checks.fails = 1 1
            checks.passes = 3 1
            checks.rate = 75 %
            data_sent.count = 10 bytes
            data_sent.rate = 2 bytes/s
            http_req_duration.avg = 1.5 ms
            http_req_duration.max = 2 ms
            http_req_duration.p95 = 2 ms
            my_trend.avg = 3 1
            p95 = 2 ms
            vus.max = 1 1
            vus.min = 1 1
            vus.value = 1 1
            declared 1 checks.fails, counted 0
        "#]],
    );
}

#[test]
fn without_thresholds_and_checks_nobody_looked() {
    let plain = r#"{"metrics": {"a": {"avg": 1}}}"#;
    assert_eq!(read(K6, plain).unwrap().findings, None);
    let held = r#"{"metrics": {"a": {"avg": 1, "thresholds": {"avg<2": false}}}}"#;
    assert_eq!(read(K6, held).unwrap().findings, Some(Vec::new()));
}

#[test]
fn thresholds_of_one_metric_are_two_findings() {
    let report = r#"{"metrics": {"a": {"avg": 1, "thresholds": {"p(95)<2": true, "p(99)<3": true}}}}"#;
    let found = read(K6, report).unwrap().findings.unwrap();
    assert_ne!(found[0].fingerprint, found[1].fingerprint);
}

#[test]
fn metrics_with_tags_give_way_to_whole_ones() {
    let metrics = |from: u32, to: u32, tags: &str| {
        let all: Vec<String> =
            (from..to).map(|at| format!(r#""m{at}{tags}": {{"avg": 1, "max": 2}}"#)).collect();
        all.join(",")
    };
    let report = |whole: u32, tagged: u32| {
        let tagged = metrics(0, tagged, "{a:b}");
        let report = format!(r#"{{"metrics": {{{}, {tagged}}}}}"#, metrics(0, whole, ""));
        read(K6, report).map(|found| found.measures.len())
    };
    assert_eq!(report(50, 50), Ok(200));
    assert_eq!(report(50, 51), Ok(100));
    assert!(matches!(report(101, 1), Err(ReadError::TooLarge { .. })));
}

#[test]
fn what_is_no_number_or_no_metric_is_refused() {
    for metric in [
        "7",
        r#"{"avg": "1"}"#,
        r#"{"avg": null}"#,
        r#"{"avg": 1e999}"#,
        r#"{"values": 7}"#,
        r#"{"values": {"avg": 1}}"#,
        r#"{"type": "histogram", "values": {"avg": 1}}"#,
        r#"{"type": "trend", "values": {"avg": 1}, "thresholds": {"avg<1": {}}}"#,
        r#"{"type": "trend", "values": {"avg": 1}, "thresholds": {"avg<1": true}}"#,
        r#"{"loc": 1}"#,
        r#"{"avg": 1, "thresholds": ["avg<1"]}"#,
    ] {
        let found = read(K6, format!(r#"{{"metrics": {{"a": {metric}}}}}"#));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{metric}: {found:?}");
    }
    let check = r#"{"metrics": {"a": {"avg": 1}}, "root_group": {"checks": [{"name": "a", "passes": -1, "fails": 0}]}}"#;
    assert!(matches!(read(K6, check), Err(ReadError::Malformed { .. })));
    assert_eq!(
        read(K6, r#"{"metrics": {}}"#),
        Err(ReadError::OtherFormat {
            expected: "a summary of k6",
            found: "a JSON object without metrics".to_owned()
        })
    );
    assert!(matches!(read(K6, "{}"), Err(ReadError::OtherFormat { .. })));
    assert!(matches!(read(K6, r#"{"error": "x"}"#), Err(ReadError::ToolFailed { .. })));
    let twice = r#"{"metrics": {"a": {"avg": 1}, "a": {"avg": 2}}}"#;
    assert!(matches!(read(K6, twice), Err(ReadError::DuplicateKey { .. })));
}
