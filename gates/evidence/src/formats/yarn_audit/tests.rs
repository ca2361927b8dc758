//! Claims about `yarn_audit`.

use expect_test::expect;

use crate::Format::YarnAudit;
use crate::ReadError;
use crate::tests::{check, read};

const ADVISORY: &str = r#"{"type":"auditAdvisory","data":{"resolution":{"id":118,"path":"a>minimatch"},"advisory":{"findings":[{"version":"0.3.0","paths":["a>minimatch"]}],"id":118,"title":"Slow","module_name":"minimatch","severity":"high","cves":["CVE-2016-10540"],"url":"https://npmjs.com/advisories/118","patched_versions":">=3.0.2"}}}
"#;

fn summary(high: i64) -> String {
    format!(
        "{{\"type\":\"auditSummary\",\"data\":{{\"vulnerabilities\":{{\"info\":0,\"low\":0,\"moderate\":0,\"high\":{high},\"critical\":0}},\"dependencies\":9}}}}\n"
    )
}

#[test]
fn one_advisory_on_two_paths_is_one_hole() {
    check(
        YarnAudit,
        format!("{ADVISORY}{ADVISORY}{}", summary(2)),
        expect![[r#"
        Error CVE-2016-10540 -:-:- pkg:npm/minimatch@0.3.0: Slow (fixed in >=3.0.2)
    "#]],
    );
    check(
        YarnAudit,
        format!("yarn audit v1.22\n{ADVISORY}{}", summary(2)),
        expect![[r#"
        Error CVE-2016-10540 -:-:- pkg:npm/minimatch@0.3.0: Slow (fixed in >=3.0.2)
        declared 2 paths.high, counted 1
    "#]],
    );
    check(YarnAudit, summary(0), expect![["looked and found nothing\n"]]);
}

#[test]
fn without_its_summary_the_report_was_cut() {
    assert!(matches!(read(YarnAudit, ADVISORY), Err(ReadError::CutOff { .. })));
    assert!(matches!(read(YarnAudit, summary(2)), Err(ReadError::NotRun { .. })));
    assert!(matches!(read(YarnAudit, summary(-1)), Err(ReadError::Malformed { .. })));
}

#[test]
fn an_error_is_no_report() {
    for report in [
        format!("{{\"type\":\"error\",\"data\":\"no registry\"}}\n{}", summary(0)),
        "{\"type\":\"error\",\"name\":35,\"displayName\":\"YN0035\",\"data\":\"no registry\"}\n".to_owned(),
        "{\"error\":{\"code\":\"E1\",\"message\":\"no registry\"}}".to_owned(),
    ] {
        let message = "no registry".to_owned();
        assert_eq!(read(YarnAudit, &report), Err(ReadError::ToolFailed { message }), "{report}");
    }
}

#[test]
fn yarn_4_has_a_line_per_advisory() {
    check(
        YarnAudit,
        r#"{"value":"semver","children":{"ID":1096485,"Issue":"Slow","URL":"https://github.com/advisories/GHSA-c2qf-rxjj-qqgw","Severity":"moderate","Vulnerable Versions":"<5.7.2","Tree Versions":["5.7.1","5.7.0"],"Dependents":["a@npm:1"]}}
{"value":"querystring","children":{"ID":"querystring (deprecation)","Issue":"use URLSearchParams","Severity":"moderate","Vulnerable Versions":"0.2.0","Tree Versions":["0.2.0"],"Dependents":["a@npm:1"]}}
"#,
        expect![[r#"
            Warning deprecation -:-:- pkg:npm/querystring: deprecated: use URLSearchParams
            Warning GHSA-c2qf-rxjj-qqgw -:-:- pkg:npm/semver@5.7.1: Slow
            Warning GHSA-c2qf-rxjj-qqgw -:-:- pkg:npm/semver@5.7.0: Slow
        "#]],
    );
    let clean = "{\"type\":\"info\",\"name\":1,\"displayName\":\"YN0001\",\"indent\":\"\",\"data\":\"No audit suggestions\"}\n";
    check(YarnAudit, clean, expect![["looked and found nothing\n"]]);
}

#[test]
fn yarn_2_prints_what_the_registry_says() {
    let registry = |high: u64, advisories: &str| {
        format!(
            "{{\"actions\":[],\"advisories\":{{{advisories}}},\"muted\":[],\"metadata\":{{\"vulnerabilities\":{{\"high\":{high}}}}}}}\n"
        )
    };
    let advisory = r#""1":{"module_name":"a","severity":"high","id":1,"title":"t","findings":[{"version":"1.0.0","paths":["a"]}]}"#;
    check(
        YarnAudit,
        registry(1, advisory),
        expect![[r#"
        Error npm:1 -:-:- pkg:npm/a@1.0.0: t
    "#]],
    );
    let clean = registry(0, "") + "{\"type\":\"info\",\"data\":\"No audit suggestions\"}\n";
    check(YarnAudit, clean, expect![["looked and found nothing\n"]]);
    assert!(matches!(read(YarnAudit, registry(1, "")), Err(ReadError::NotRun { .. })));
}

#[test]
fn other_lines_of_yarn_are_no_audit() {
    for report in ["{\"type\":\"info\",\"data\":\"hello\"}\n", "{\"type\":\"activityStart\",\"data\":{}}\n"] {
        assert!(matches!(read(YarnAudit, report), Err(ReadError::OtherFormat { .. })), "{report}");
    }
}
