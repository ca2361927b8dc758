//! Claims about several reports of one gate.

use super::read;
use crate::{Format, merge};

#[test]
fn coverage_is_united_line_by_line_before_it_is_counted() {
    let one =
        read(Format::Lcov, "SF:a.rs\nDA:1,1\nDA:2,0\nBRDA:1,0,0,1\nBRDA:1,0,1,-\nend_of_record\n").unwrap();
    let two =
        read(Format::Lcov, "SF:a.rs\nDA:1,0\nDA:2,3\nBRDA:1,0,0,0\nBRDA:1,0,1,2\nend_of_record\n").unwrap();
    let measures = merge(vec![one, two]).summary().measures;
    assert_eq!(measures["coverage.line"].value.to_string(), "100");
    assert_eq!(measures["coverage.branch"].value.to_string(), "100");
}

#[test]
fn the_same_finding_from_two_reports_is_one() {
    let report =
        r#"[{"code": "F401", "message": "unused", "filename": "a.py", "location": {"row": 1, "column": 8}}]"#;
    let other = report.replace("\"row\": 1", "\"row\": 2");
    let reports = [report, report, &other].map(|report| read(Format::Ruff, report).unwrap());
    let found = merge(reports.to_vec()).findings.unwrap();
    assert_eq!(found.len(), 2);
    assert_eq!(format!("{}:2", found[0].fingerprint), &*found[1].fingerprint);
}

#[test]
fn one_report_alone_is_what_it_was() {
    let twice = r#"[{"code": "E1", "message": "m", "filename": "a"}, {"code": "E1", "message": "m", "filename": "a"}]"#;
    let report = read(Format::Ruff, twice).unwrap();
    assert_eq!(merge(vec![report.clone()]), report);
    assert_eq!(merge(vec![report.clone(), report]).findings.unwrap().len(), 2);
}

#[test]
fn tests_of_shards_are_put_behind_each_other() {
    let report = "<testsuite><testcase classname='s' name='a'/></testsuite>";
    let reports = vec![read(Format::Junit, report).unwrap(), read(Format::Junit, report).unwrap()];
    let merged = merge(reports);
    assert_eq!(merged.tests.unwrap().len(), 2);
    assert_eq!(merged.sources.len(), 2);
}

#[test]
fn a_measure_with_two_values_has_none() {
    let report = |value| {
        read(Format::Measures, format!("{{\"p99\": {{\"value\": {value}, \"unit\": \"ms\"}}}}")).unwrap()
    };
    let agreed = merge(vec![report(5), report(5)]);
    assert_eq!(agreed.measures["p99"].value.to_string(), "5");
    let contested = merge(vec![report(5), report(6), report(5)]);
    assert!(contested.measures.is_empty());
    assert!(!contested.mismatches.is_empty());
}

#[test]
fn nobody_looked_and_nothing_found_stay_apart() {
    let tests = read(Format::Junit, "<testsuite/>").unwrap();
    let clean = read(Format::Ruff, "[]").unwrap();
    assert_eq!(merge(vec![tests.clone()]).findings, None);
    let both = merge(vec![tests, clean]);
    assert_eq!(both.findings, Some(Vec::new()));
    assert_eq!(both.tests, Some(Vec::new()));
    assert_eq!(merge(Vec::new()), dod_kernel::evidence::Evidence::default());
}

/// One run of a tool in several formats must give one answer.
#[test]
fn twins_of_one_run_agree() {
    let count = |format, report: &[u8]| {
        let summary = read(format, report).unwrap().summary();
        summary.findings.map_or_else(|| summary.tests.unwrap().failed, |findings| findings.total())
    };
    let json = count(Format::Ruff, include_bytes!("../../../../tests/evidence/ruff/check.json"));
    assert_eq!(json, count(Format::Sarif, include_bytes!("../../../../tests/evidence/ruff/check.sarif")));
    assert_eq!(json, count(Format::Junit, include_bytes!("../../../../tests/evidence/ruff/check.junit.xml")));
    let lcov =
        read(Format::Lcov, include_bytes!("../../../../tests/evidence/coverage_py/lcov.info")).unwrap();
    let cobertura = include_bytes!("../../../../tests/evidence/coverage_py/cobertura.xml");
    let cobertura = read(Format::Cobertura, cobertura).unwrap();
    let (lcov, cobertura) = (lcov.summary().measures, cobertura.summary().measures);
    for name in ["coverage.line", "coverage.branch"] {
        assert_eq!(lcov[name], cobertura[name], "{name}");
    }
}

/// What `llvm-cov export --summary-only` says of one file.
fn stated(covered: u32) -> dod_kernel::evidence::Evidence {
    let report = format!(
        r#"{{"data": [{{"files": [{{"filename": "a.rs", "summary": {{"lines": {{"count": 4, "covered": {covered}}}}}}}]}}],
            "type": "llvm.coverage.json.export", "version": "2.0.1"}}"#
    );
    read(Format::LlvmCov, report).unwrap()
}

#[test]
fn shares_that_are_only_stated_are_never_averaged() {
    let share =
        |reports| merge(reports).summary().measures.get("coverage.line").map(|one| one.value.to_string());
    assert_eq!(share(vec![stated(3)]), Some("75".to_owned()));
    assert_eq!(share(vec![stated(3), stated(3)]), Some("75".to_owned()));
    assert_eq!(share(vec![stated(3), stated(1)]), None);
    let counted =
        read(Format::Lcov, "SF:a.rs\nDA:1,1\nDA:2,1\nDA:3,1\nDA:4,0\nBRDA:1,0,0,1\nend_of_record\n").unwrap();
    assert_eq!(share(vec![stated(3), counted.clone()]), Some("75".to_owned()));
    // The lines of one report are not all lines, so they are no share.
    assert_eq!(share(vec![stated(1), counted.clone()]), None);
    assert_eq!(share(vec![stated(1), counted.clone(), stated(3)]), None);
    let merged = merge(vec![counted, stated(1)]);
    assert!(!merged.mismatches.is_empty());
    assert_eq!(merged.summary().measures["coverage.branch"].value.to_string(), "100");
}

#[test]
fn blocks_of_two_versions_are_told() {
    let report = |weight| read(Format::GoCover, format!("mode: set\nm/a.go:1.1,2.2 {weight} 1\n")).unwrap();
    assert!(merge(vec![report(3), report(3)]).mismatches.is_empty());
    assert_eq!(merge(vec![report(3), report(4)]).mismatches.len(), 1);
}

/// One shard that only has the number of its branches leaves those of the other as a part of nobody knows how many.
#[test]
fn what_one_shard_only_declares_is_not_measured_in_the_whole() {
    let one = read(Format::Lcov, "SF:a.c\nDA:1,1\nBRF:4\nBRH:0\nend_of_record\n").unwrap();
    let two = read(Format::Lcov, "SF:b.c\nDA:1,1\nBRDA:1,0,0,1\nend_of_record\n").unwrap();
    assert!(two.summary().measures.contains_key("coverage.branch"));
    for reports in [vec![one.clone(), two.clone()], vec![two, one]] {
        let measures = merge(reports).summary().measures;
        assert!(!measures.contains_key("coverage.branch"));
        assert_eq!(measures["coverage.line"].value.to_string(), "100");
    }
}
