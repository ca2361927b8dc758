//! How evidence about packages is shown in tests, and claims about all formats that hold some.

use expect_test::Expect;

use super::{read, show};
use crate::{Format, ReadError, detect};

/// Holes, objections to licenses and components, a line each, and what else the report says.
#[expect(clippy::needless_pass_by_value, reason = "so that `expect![…]` can be written in place")]
pub(crate) fn check_packages(format: Format, report: impl AsRef<[u8]>, expected: Expect) {
    let found = read(format, report);
    let Ok(evidence) = &found else { return expected.assert_eq(&show(&found)) };
    let mut shown = String::new();
    for finding in evidence.findings.iter().flatten() {
        let place = finding.place.as_ref().map_or("-".to_owned(), |place| {
            place.line.map_or(place.path.to_string(), |line| format!("{}:{line}", place.path))
        });
        let suppressed = if finding.suppressed { " (suppressed)" } else { "" };
        let message = finding.message.lines().next().unwrap_or_default();
        if let Some(hole) = &finding.vulnerability {
            shown += &format!("{:?} {}", hole.danger, hole.id);
            for alias in &hole.aliases {
                shown += &format!(" = {alias}");
            }
            for part in [
                hole.score.map(|score| score.to_string()),
                finding.original.as_ref().map(ToString::to_string),
            ] {
                shown += &format!(" [{}]", part.unwrap_or_default());
            }
        } else if let Some(license) = &finding.license {
            shown += &format!("{:?} license {}", license.objection, license.expression);
        } else {
            shown += &format!("{:?} {}", finding.severity, finding.rule);
        }
        shown += &format!(" {place}{suppressed}: {message}\n");
    }
    for one in evidence.components.iter().flatten() {
        let or_none = |text: &Option<dod_kernel::id::Name>| text.as_deref().unwrap_or("-").to_owned();
        let licenses = one.licenses.join(" | ");
        shown +=
            &format!("component {} {} {} {licenses}", one.name, or_none(&one.version), or_none(&one.purl));
        shown = shown.trim_end().to_owned() + "\n";
    }
    for (name, measure) in &evidence.measures {
        shown += &format!("{name} = {} {}\n", measure.value, measure.unit);
    }
    for one in &evidence.mismatches {
        shown += &format!("declared {} {}, counted {}\n", one.declared, one.name, one.counted);
    }
    let sought = [
        ("vulnerabilities sought", evidence.vulnerabilities_sought),
        ("licenses sought", evidence.licenses_sought),
        ("findings: nobody looked", evidence.findings.is_none()),
        ("components: an empty list", evidence.components.as_ref().is_some_and(Vec::is_empty)),
        ("packages unchecked", evidence.unchecked > 0),
    ];
    for (what, _) in sought.iter().filter(|(_, is)| *is) {
        shown += &format!("{what}\n");
    }
    expected.assert_eq(&shown);
}

/// Whether a report is refused because it breaks the rules of its format.
pub(crate) fn check_malformed(format: Format, report: &str) {
    let found = read(format, report);
    assert!(matches!(found, Err(ReadError::Malformed { .. })), "{report}: {found:?}");
}

/// Whether a report is refused as something else.
pub(crate) fn check_other(format: Format, report: &str, said: &str) {
    let found = read(format, report).unwrap_err();
    let is = matches!(found, ReadError::OtherFormat { .. } | ReadError::NotRun { .. });
    assert!(is && found.to_string().contains(said), "{report}: {found}");
}

/// A sound report of each format whose end can be seen.
const SOUND: &[(Format, &str)] = &[
    (
        Format::Cyclonedx,
        r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "components": [{"type": "library", "name": "a", "bom-ref": "r"}],
            "vulnerabilities": [{"id": "CVE-1", "ratings": [{"score": 9.8}], "affects": [{"ref": "r"}]}]}"#,
    ),
    (
        Format::Cyclonedx,
        r#"<?xml version="1.0"?><bom xmlns="http://cyclonedx.org/schema/bom/1.5"><components><component type="library">
           <name>a</name></component></components><vulnerabilities><vulnerability><id>CVE-1</id></vulnerability></vulnerabilities></bom>"#,
    ),
    (
        Format::Spdx,
        r#"{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", "packages": [
            {"name": "a", "SPDXID": "SPDXRef-a", "downloadLocation": "NONE", "versionInfo": "1.0"}]}"#,
    ),
    (
        Format::Osv,
        r#"{"id": "CVE-1", "modified": "2021-01-01T00:00:00Z", "affected": [{"package": {"name": "a"}}]}"#,
    ),
    (Format::Osv, r#"[{"id": "CVE-1", "modified": "2021-01-01T00:00:00Z"}]"#),
    (
        Format::OsvScanner,
        r#"{"results": [{"source": {"path": "a.lock"}, "packages": [{"package": {"name": "a", "version": "1", "ecosystem": "npm"},
            "vulnerabilities": [{"id": "CVE-1"}], "groups": [{"ids": ["CVE-1"], "max_severity": "9.8"}]}]}]}"#,
    ),
    (
        Format::Trivy,
        r#"{"SchemaVersion": 2, "Results": [{"Target": "a.lock", "Class": "lang-pkgs", "Vulnerabilities": [
            {"VulnerabilityID": "CVE-1", "PkgName": "a", "InstalledVersion": "1", "Severity": "HIGH"}]}]}"#,
    ),
    (
        Format::Grype,
        r#"{"matches": [{"vulnerability": {"id": "CVE-1", "severity": "High"}, "artifact": {"name": "a", "version": "1"}}],
            "descriptor": {"name": "grype"}}"#,
    ),
];

#[test]
fn a_cut_is_an_error_wherever_it_is() {
    for (format, report) in SOUND {
        let whole = read(*format, report);
        assert!(whole.is_ok(), "{format}: {whole:?}");
        for cut in 0..report.len() {
            let found = read(*format, &report.as_bytes()[..cut]);
            assert!(found.is_err(), "{format}, cut at {cut}: {found:?}");
        }
    }
}

#[test]
fn a_key_or_element_that_comes_twice_is_refused() {
    for (format, report) in SOUND {
        let twice = match report.starts_with('<') {
            true => report.replace("</bom>", "<vulnerabilities/></bom>"),
            false if report.starts_with('[') => report.replace("}]", r#", "id": "x"}]"#),
            false => {
                let (_, key) = report.split_once('"').unwrap();
                let (key, _) = key.split_once('"').unwrap();
                format!("{}, \"{key}\": null}}", report.trim_end().strip_suffix('}').unwrap())
            }
        };
        let found = read(*format, &twice);
        let refused = matches!(found, Err(ReadError::DuplicateKey { .. } | ReadError::Malformed { .. }));
        assert!(refused, "{format}: {found:?}");
    }
}

#[test]
fn an_excuse_is_no_list_of_packages() {
    for format in
        [Format::Cyclonedx, Format::Spdx, Format::Osv, Format::OsvScanner, Format::Trivy, Format::Grype]
    {
        for excuse in
            [r#"{"error": "registry answered 405"}"#, r#"{"errors": [{"message": "registry answered 405"}]}"#]
        {
            let message = "registry answered 405".to_owned();
            assert_eq!(read(format, excuse), Err(ReadError::ToolFailed { message }), "{format}");
        }
        for other in ["null", "{}", "[]", "true", "\"x\"", "1", "<report/>", "<bom/>", "Segmentation fault"] {
            let found = read(format, other);
            let is = matches!(found, Err(ReadError::OtherFormat { .. } | ReadError::NotRun { .. }));
            assert!(is, "{format}: {other}: {found:?}");
        }
    }
}

#[test]
fn lists_of_packages_and_holes_are_known_by_their_first_bytes() {
    for (format, report) in SOUND {
        assert_eq!(detect(report.as_bytes()), Some(*format), "{report}");
    }
    for (format, report) in [
        (
            Format::Cyclonedx,
            r#"<?xml version="1.0"?><c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.6"><c:metadata/></c:bom>"#,
        ),
        (Format::Cyclonedx, r#"{"bomFormat": "CycloneDX", "specVersion": "1.6", "vulnerabilities": []}"#),
        (Format::Spdx, "SPDXVersion: SPDX-2.3\nDataLicense: CC0-1.0\n"),
        (Format::Spdx, "# made by a tool\n\nSPDXVersion: SPDX-2.3\n"),
        (Format::Spdx, r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}"#),
        (
            Format::Osv,
            "{\"id\": \"CVE-1\", \"modified\": \"x\", \"aliases\": []}\n{\"id\": \"CVE-2\", \"modified\": \"x\"}\n",
        ),
        (Format::OsvScanner, r#"{"results": [], "experimental_config": {}}"#),
        (Format::Trivy, r#"[{"Target": "a.lock", "Vulnerabilities": null}]"#),
        (
            Format::Trivy,
            r#"{"ClusterName": "c", "Resources": [{"Kind": "Pod", "Results": [{"Target": "i"}]}]}"#,
        ),
        (Format::Trivy, r#"{"SchemaVersion": 2, "CreatedAt": "x", "ArtifactName": "."}"#),
        (Format::Grype, r#"{"matches": [], "source": {}, "distro": {}, "descriptor": {}}"#),
    ] {
        assert_eq!(detect(report.as_bytes()), Some(format), "{report}");
    }
}

/// One project as one tool wrote it down in four ways: readers tested against each other.
#[test]
fn twins_in_four_notations_list_the_same_packages() {
    let packages = |format, report: &[u8]| {
        let found = read(format, report).unwrap();
        assert!(found.findings.is_none() && !found.vulnerabilities_sought, "{format}");
        let mut all = found.components.unwrap();
        // SPDX counts the folder itself as a package.
        all.retain(|one| &*one.name != "small");
        all.sort_by(|left, right| left.name.cmp(&right.name));
        all
    };
    let json = packages(Format::Cyclonedx, include_bytes!("../../../../tests/evidence/syft/npm.cdx.json"));
    assert_eq!(json.len(), 3);
    assert_eq!(json.iter().filter(|one| one.licenses.len() == 1).count(), 2);
    for (format, report) in [
        (Format::Cyclonedx, include_bytes!("../../../../tests/evidence/syft/npm.cdx.xml").as_slice()),
        (Format::Spdx, include_bytes!("../../../../tests/evidence/syft/npm.spdx.json")),
        (Format::Spdx, include_bytes!("../../../../tests/evidence/syft/npm.spdx")),
    ] {
        assert_eq!(packages(format, report), json, "{format}");
    }
}
