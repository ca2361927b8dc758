//! Claims about `pnpm_audit`.

use expect_test::expect;

use crate::Format::PnpmAudit;
use crate::ReadError;
use crate::tests::{check, read};

#[test]
fn an_advisory_is_a_hole_per_version() {
    check(
        PnpmAudit,
        r#"{"actions": [], "advisories": {"1096485": {"findings": [{"version": "5.7.1", "paths": [".>semver"]}], "id": 1096485,
            "title": "Slow", "module_name": "semver", "severity": "moderate", "github_advisory_id": "GHSA-c2qf-rxjj-qqgw",
            "cves": ["CVE-2022-25883"], "patched_versions": ">=5.7.2", "url": "https://github.com/advisories/GHSA-c2qf-rxjj-qqgw",
            "cvss": {"score": 5.3, "vectorString": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:L"}}},
            "muted": [], "metadata": {"vulnerabilities": {"info": 0, "low": 0, "moderate": 1, "high": 0, "critical": 0}}}"#,
        expect![[r#"
            Warning GHSA-c2qf-rxjj-qqgw -:-:- pkg:npm/semver@5.7.1: Slow (fixed in >=5.7.2)
        "#]],
    );
}

#[test]
fn what_failed_says_so() {
    let report = r#"{"error": {"code": "ERR_PNPM_AUDIT_BAD_RESPONSE", "message": "The audit endpoint responded with 405"}}"#;
    let message = "The audit endpoint responded with 405".to_owned();
    assert_eq!(read(PnpmAudit, report), Err(ReadError::ToolFailed { message }));
}
