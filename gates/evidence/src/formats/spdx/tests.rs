//! Claims about `spdx`.

use expect_test::expect;

use crate::Format::Spdx;
use crate::tests::packages::{check_malformed, check_other, check_packages};
use crate::tests::read;
use crate::{ReadError, detect};

fn json(rest: &str) -> String {
    format!(r#"{{"spdxVersion": "SPDX-2.3", "SPDXID": "SPDXRef-DOCUMENT", {rest}}}"#)
}

const TAGS: &str = "SPDXVersion: SPDX-2.3
DataLicense: CC0-1.0
SPDXID: SPDXRef-DOCUMENT
DocumentComment: <text>of several
PackageName: not one
lines</text>

## a comment
PackageName: a
SPDXID: SPDXRef-a
PackageVersion: 1.0
PackageDownloadLocation: NOASSERTION
PackageLicenseConcluded: NOASSERTION
PackageLicenseDeclared: MIT AND Zlib
PackageLicenseComments: <text>one line</text>
ExternalRef: SECURITY cpe23Type cpe:2.3:a:a:a:1.0:*:*:*:*:*:*:*
ExternalRef: PACKAGE-MANAGER purl pkg:cargo/a@1.0
ExternalRefComment: <text>where
from</text>
FileName: ./a.c
SPDXID: SPDXRef-file
LicenseConcluded: GPL-2.0
PackageName: b
SPDXID: SPDXRef-b
PackageDownloadLocation: NONE
PackageLicenseConcluded: (MIT OR LicenseRef-1)
PackageLicenseDeclared: NONE
Relationship: SPDXRef-DOCUMENT DESCRIBES SPDXRef-a
";

#[test]
fn packages_keep_their_license_expressions_and_package_urls() {
    let report = json(
        r#""packages": [
          {"name": "a", "SPDXID": "SPDXRef-a", "versionInfo": "1.0", "downloadLocation": "NOASSERTION",
           "licenseConcluded": "NOASSERTION", "licenseDeclared": "MIT AND Zlib",
           "externalRefs": [{"referenceCategory": "SECURITY", "referenceType": "cpe23Type", "referenceLocator": "cpe:2.3:a"},
                            {"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": "pkg:cargo/a@1.0"}]},
          {"name": "b", "SPDXID": "SPDXRef-b", "downloadLocation": "NONE", "licenseConcluded": "(MIT OR LicenseRef-1)", "licenseDeclared": "NONE"}],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-a"}]"#,
    );
    check_packages(
        Spdx,
        &report,
        expect![[r#"
        component a 1.0 pkg:cargo/a@1.0 MIT AND Zlib
        component b - - (MIT OR LicenseRef-1)
        findings: nobody looked
    "#]],
    );
    assert_eq!(read(Spdx, &report).unwrap().components, read(Spdx, TAGS).unwrap().components);
}

#[test]
fn older_versions_2_are_read_and_others_are_not() {
    for version in ["SPDX-2.1", "SPDX-2.2", "SPDX-2.3"] {
        assert!(read(Spdx, TAGS.replace("SPDX-2.3", version)).is_ok(), "{version}");
    }
    for version in ["SPDX-1.2", "SPDX-2.0", "SPDX-2.4", "SPDX-3.0", "2.3"] {
        check_other(Spdx, &TAGS.replace("SPDX-2.3", version), &format!("of the version `{version}`"));
        let report =
            format!(r#"{{"spdxVersion": "{version}", "SPDXID": "SPDXRef-DOCUMENT", "packages": []}}"#);
        check_other(Spdx, &report, &format!("of the version `{version}`"));
    }
    let three = r#"{"@context": "https://spdx.org/rdf/3.0.1/spdx-context.jsonld", "@graph": []}"#;
    check_other(Spdx, three, "SPDX 3");
    check_other(Spdx, "<rdf:RDF xmlns:rdf='x'/>", "RDF");
    check_other(Spdx, "spdxVersion: SPDX-2.3\nSPDXID: x\n", "before `SPDXVersion`");
}

#[test]
fn a_document_without_packages_lists_none() {
    assert_eq!(read(Spdx, json(r#""packages": []"#)).unwrap().components, Some(Vec::new()));
    check_other(Spdx, &json(r#""files": []"#), "no packages");
    check_other(Spdx, "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\n", "no packages");
    check_other(Spdx, r#"{"spdxVersion": "SPDX-2.3", "packages": []}"#, "without its document");
}

#[test]
fn a_document_may_be_wrapped() {
    let plain = json(r#""packages": [{"name": "a", "SPDXID": "SPDXRef-a", "downloadLocation": "NONE"}]"#);
    let wrapped = format!(r#"{{"sbom": {plain}}}"#);
    assert_eq!(read(Spdx, &wrapped).unwrap().components, read(Spdx, &plain).unwrap().components);
    assert_eq!(detect(wrapped.as_bytes()), Some(Spdx));
    check_malformed(Spdx, &format!(r#"{{"sbom": {plain}, "packages": []}}"#));
    check_other(Spdx, r#"{"sbom": {}}"#, "without `spdxVersion`");
}

#[test]
fn what_decides_is_strict() {
    for package in [
        r#"{"SPDXID": "SPDXRef-a", "downloadLocation": "NONE"}"#,
        r#"{"name": "a", "downloadLocation": "NONE"}"#,
        r#"{"name": "", "SPDXID": "SPDXRef-a", "downloadLocation": "NONE"}"#,
        "7",
    ] {
        check_malformed(Spdx, &json(&format!(r#""packages": [{package}]"#)));
    }
    let one = r#"{"name": "a", "SPDXID": "SPDXRef-a", "downloadLocation": "NONE"}"#;
    check_malformed(Spdx, &json(&format!(r#""packages": [{one}, {one}]"#)));
    for (from, to) in [
        ("SPDXID: SPDXRef-b\n", ""),
        ("SPDXID: SPDXRef-b\n", "SPDXID: SPDXRef-a\n"),
        ("PackageDownloadLocation: NONE\n", ""),
        ("PackageVersion: 1.0\n", "PackageVersion: 1.0\nPackageVersion: 2.0\n"),
        ("PackageVersion: 1.0\n", "a line without a tag\n"),
        ("DataLicense", "SPDXVersion: SPDX-2.3\nDataLicense"),
    ] {
        check_malformed(Spdx, &TAGS.replacen(from, to, 1));
    }
}

#[test]
fn a_package_that_nobody_can_download_is_still_one() {
    let found = read(Spdx, json(r#""packages": [{"name": "gem", "SPDXID": "SPDXRef-gem"}]"#)).unwrap();
    assert_eq!(found.components.unwrap().len(), 1);
}

#[test]
fn tags_that_were_cut_off_inside_a_text_or_a_package_are_missed() {
    for cut in 0..TAGS.len() {
        let Ok(found) = read(Spdx, &TAGS[..cut]) else { continue };
        // Whole packages are there, and the last one is closed by what it must have.
        let text = &TAGS[..cut];
        let packages = found.components.unwrap().len();
        let begun = text.matches("\nPackageName: ").count() - 1;
        assert_eq!(packages, begun, "{text}");
        assert_eq!(text.matches("<text>").count(), text.matches("</text>").count(), "{text}");
    }
    let name = TAGS.find("(MIT OR").unwrap();
    assert!(matches!(read(Spdx, &TAGS[..name]), Err(ReadError::CutOff { .. })));
    assert!(read(Spdx, TAGS.trim_end()).is_ok(), "what follows the packages may be trimmed");
    let open = "SPDXVersion: SPDX-2.3\nSPDXID: SPDXRef-DOCUMENT\nDocumentComment: <text>no end\n";
    assert!(matches!(read(Spdx, open), Err(ReadError::CutOff { .. })));
}
