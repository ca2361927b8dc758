//! Claims about `cyclonedx`.

use expect_test::expect;

use crate::Format::Cyclonedx;
use crate::ReadError;
use crate::tests::packages::{check_malformed, check_other, check_packages};
use crate::tests::read;

fn json(rest: &str) -> String {
    format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "1.6", {rest}}}"#)
}

fn xml(rest: &str) -> String {
    format!(r#"<bom xmlns="http://cyclonedx.org/schema/bom/1.6" version="1">{rest}</bom>"#)
}

#[test]
fn components_nest_and_the_product_is_none() {
    check_packages(
        Cyclonedx,
        json(
            r#""metadata": {"component": {"type": "application", "name": "product", "bom-ref": "p", "components": [{"type": "library", "name": "part", "bom-ref": "q"}]}},
            "components": [
              {"type": "library", "group": "@a", "name": "b", "version": "1", "purl": "pkg:npm/%40a/b@1",
               "licenses": [{"license": {"id": "MIT"}}, {"license": {"name": "Own"}}, {"license": {"url": "https://example.com"}}],
               "components": [{"type": "file", "name": "inner", "licenses": [{"expression": "MIT OR Apache-2.0"}],
                               "components": [{"type": "data", "name": "innermost"}]}]},
              {"type": "library", "name": "c"}]"#,
        ),
        expect![[r#"
            component @a/b 1 pkg:npm/%40a/b@1 MIT | Own
            component inner - - MIT OR Apache-2.0
            component innermost - -
            component c - -
            findings: nobody looked
        "#]],
    );
}

#[test]
fn both_notations_say_the_same() {
    let in_json = json(
        r#""serialNumber": "urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79",
        "metadata": {"properties": [{"name": "dod:vulndb.age_days", "value": "3"}, {"name": "dod:unchecked", "value": "2"}]},
        "components": [
          {"type": "library", "bom-ref": "a", "name": "a", "version": "1.0", "purl": "pkg:cargo/a@1.0", "licenses": [{"license": {"id": "MIT"}}],
           "evidence": {"occurrences": [{"location": "Cargo.lock", "line": 12}, {"location": "sub/Cargo.lock"}]},
           "components": [{"type": "library", "bom-ref": "b", "name": "b", "licenses": [{"expression": "MIT AND Zlib"}]}]}],
        "services": [{"bom-ref": "s", "name": "service"}],
        "vulnerabilities": [
          {"id": "RUSTSEC-1", "references": [{"id": "CVE-1"}], "description": "bad",
           "ratings": [{"severity": "low"}, {"score": 9.8, "method": "CVSSv31", "vector": "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"}],
           "affects": [{"ref": "a", "versions": [{"version": "1.0"}, {"version": "1.1", "status": "unaffected"}]}, {"ref": "b"}]},
          {"id": "CVE-2", "ratings": [{"severity": "high"}], "analysis": {"state": "not_affected"}, "affects": [{"ref": "a"}]},
          {"id": "CVE-3", "ratings": [{"severity": "info", "score": 9.0, "method": "OWASP"}],
           "affects": [{"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a"}, {"ref": "s"}]}]"#,
    );
    let in_xml = r#"<?xml version="1.0"?><c:bom xmlns:c="http://cyclonedx.org/schema/bom/1.6" serialNumber="urn:uuid:3e671687-395b-41f5-a30f-a58921a69b79">
        <c:metadata><c:properties><c:property name="dod:vulndb.age_days">3</c:property><c:property name="dod:unchecked">2</c:property></c:properties></c:metadata>
        <c:components><c:component type="library" bom-ref="a"><c:name>a</c:name><c:version>1.0</c:version>
          <c:licenses><c:license><c:id>MIT</c:id></c:license></c:licenses><c:purl>pkg:cargo/a@1.0</c:purl>
          <c:components><c:component type="library" bom-ref="b"><c:name> b </c:name><c:licenses><c:expression bom-ref="x">MIT AND Zlib</c:expression></c:licenses></c:component></c:components>
          <c:evidence><c:occurrences><c:occurrence><c:location>Cargo.lock</c:location><c:line>12</c:line></c:occurrence><c:occurrence><c:location>sub/Cargo.lock</c:location></c:occurrence></c:occurrences></c:evidence>
        </c:component></c:components>
        <c:services><c:service bom-ref="s"><c:name>service</c:name></c:service></c:services>
        <c:vulnerabilities>
          <c:vulnerability><c:id>RUSTSEC-1</c:id><c:references><c:reference><c:id>CVE-1</c:id></c:reference></c:references>
            <c:ratings><c:rating><c:severity>low</c:severity></c:rating>
              <c:rating><c:score>9.8</c:score><c:method>CVSSv31</c:method><c:vector>CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H</c:vector></c:rating></c:ratings>
            <c:description>b<![CDATA[ad]]></c:description>
            <c:affects><c:target><c:ref>a</c:ref><c:versions><c:version><c:version>1.0</c:version></c:version>
              <c:version><c:version>1.1</c:version><c:status>unaffected</c:status></c:version></c:versions></c:target><c:target><c:ref>b</c:ref></c:target></c:affects></c:vulnerability>
          <c:vulnerability><c:id>CVE-2</c:id><c:ratings><c:rating><c:severity>high</c:severity></c:rating></c:ratings>
            <c:analysis><c:state>not_affected</c:state></c:analysis><c:affects><c:target><c:ref>a</c:ref></c:target></c:affects></c:vulnerability>
          <c:vulnerability><c:id>CVE-3</c:id><c:ratings><c:rating><c:score>9.0</c:score><c:severity>info</c:severity><c:method>OWASP</c:method></c:rating></c:ratings>
            <c:affects><c:target><c:ref>urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#a</c:ref></c:target><c:target><c:ref>s</c:ref></c:target></c:affects></c:vulnerability>
        </c:vulnerabilities></c:bom>"#;
    check_packages(
        Cyclonedx,
        &in_json,
        expect![[r#"
            Critical RUSTSEC-1 = CVE-1 [9.8] [] Cargo.lock:12: pkg:cargo/a@1.0: bad (fixed in 1.1)
            Critical RUSTSEC-1 = CVE-1 [9.8] [] -: b: bad
            High CVE-2 [] [high] Cargo.lock:12 (suppressed): pkg:cargo/a@1.0: known vulnerability
            None CVE-3 [] [info] Cargo.lock:12: pkg:cargo/a@1.0: known vulnerability
            None CVE-3 [] [info] -: service: known vulnerability
            component a 1.0 pkg:cargo/a@1.0 MIT
            component b - - MIT AND Zlib
            vulndb.age_days = 3 1
            vulnerabilities sought
            packages unchecked
        "#]],
    );
    let strip = |report: &str| {
        let mut found = read(Cyclonedx, report).unwrap();
        found.sources.clear();
        found
    };
    assert_eq!(strip(&in_json), strip(in_xml));
}

#[test]
fn a_list_of_vulnerabilities_means_that_somebody_looked() {
    check_packages(
        Cyclonedx,
        json(r#""components": [], "vulnerabilities": []"#),
        expect![[r#"
        vulnerabilities sought
        components: an empty list
    "#]],
    );
    check_packages(
        Cyclonedx,
        json(r#""components": []"#),
        expect![[r#"
        findings: nobody looked
        components: an empty list
    "#]],
    );
    check_packages(
        Cyclonedx,
        xml("<components/>"),
        expect![[r#"
        findings: nobody looked
        components: an empty list
    "#]],
    );
    let empty = |tools: &str| {
        json(&format!(r#""metadata": {{"tools": {tools}}}, "components": [], "vulnerabilities": []"#))
    };
    for tools in [
        r#"{"components": [{"type": "application", "name": "trivy"}]}"#,
        r#"[{"vendor": "a", "name": "trivy"}]"#,
    ] {
        let found = read(Cyclonedx, empty(tools)).unwrap();
        assert!(!found.vulnerabilities_sought && found.findings.is_none(), "{tools}");
    }
    assert!(read(Cyclonedx, empty(r#"[{"name": "other"}]"#)).unwrap().vulnerabilities_sought);
    check_other(Cyclonedx, &json(r#""version": 1"#), "no components");
    check_other(Cyclonedx, &json(r#""components": null"#), "no components");
}

#[test]
fn states_of_vex_suppress_and_do_not_drop() {
    let one = |at: usize, state: &str| format!(r#"{{"id": "CVE-{at}", "analysis": {{"state": "{state}"}}}}"#);
    let states =
        ["resolved", "resolved_with_pedigree", "false_positive", "not_affected", "exploitable", "in_triage"];
    let all: Vec<String> = states.iter().enumerate().map(|(at, state)| one(at, state)).collect();
    check_packages(
        Cyclonedx,
        json(&format!(r#""vulnerabilities": [{}]"#, all.join(","))),
        expect![[r#"
            Unknown CVE-0 [] [] - (suppressed): known vulnerability
            Unknown CVE-1 [] [] - (suppressed): known vulnerability
            Unknown CVE-2 [] [] - (suppressed): known vulnerability
            Unknown CVE-3 [] [] - (suppressed): known vulnerability
            Unknown CVE-4 [] [] -: known vulnerability
            Unknown CVE-5 [] [] -: known vulnerability
            vulnerabilities sought
        "#]],
    );
    check_malformed(Cyclonedx, &json(&format!(r#""vulnerabilities": [{}]"#, one(1, "fine"))));
    check_malformed(Cyclonedx, &json(r#""vulnerabilities": [{"id": "CVE-1", "analysis": {"state": true}}]"#));
}

#[test]
fn a_reference_that_leads_nowhere_is_still_affected() {
    check_packages(
        Cyclonedx,
        json(
            r#""components": [{"type": "library", "name": "a", "bom-ref": "a", "version": "1"}],
            "vulnerabilities": [
              {"bom-ref": "v", "id": "sonatype-1", "references": [{"id": "CVE-1"}],
               "affects": [{"ref": "pkg:npm/x@2.0"}, {"ref": "nowhere", "versions": [{"version": "3"}]},
                           {"ref": "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/1#pkg%3Anpm%2Fy%401.0"},
                           {"ref": "a", "versions": [{"version": "1", "status": "unaffected"}]}, {"ref": "v"}]}]"#,
        ),
        expect![[r#"
            Unknown CVE-1 = sonatype-1 [] [] -: pkg:npm/x@2.0: known vulnerability
            Unknown CVE-1 = sonatype-1 [] [] -: nowhere 3: known vulnerability
            Unknown CVE-1 = sonatype-1 [] [] -: pkg:npm/y@1.0: known vulnerability
            Unknown CVE-1 = sonatype-1 [] [] - (suppressed): a 1: known vulnerability (fixed in 1)
            Unknown CVE-1 = sonatype-1 [] [] -: v: known vulnerability
            component a 1 -
            vulnerabilities sought
        "#]],
    );
}

#[test]
fn one_hole_of_several_ids_is_one_in_each_component() {
    check_packages(
        Cyclonedx,
        json(
            r#""components": [{"type": "library", "name": "a", "bom-ref": "a", "version": "1"}],
            "vulnerabilities": [
              {"id": "GHSA-1", "ratings": [{"severity": "medium"}], "affects": [{"ref": "a"}]},
              {"id": "CVE-1", "references": [{"id": "GHSA-1"}], "ratings": [{"severity": "critical"}], "affects": [{"ref": "a"}]}]"#,
        ),
        expect![[r#"
            Critical GHSA-1 = CVE-1 [] [critical] -: a 1: known vulnerability
            component a 1 -
            results.joined = 1 1
            vulnerabilities sought
        "#]],
    );
}

#[test]
fn other_versions_and_formats_are_refused() {
    for version in ["1.3", "1.8", "2.0", "1", ""] {
        let report = format!(r#"{{"bomFormat": "CycloneDX", "specVersion": "{version}", "components": []}}"#);
        check_other(Cyclonedx, &report, &format!("CycloneDX {version}"));
        let report = format!(r#"<bom xmlns="http://cyclonedx.org/schema/bom/{version}"><components/></bom>"#);
        check_other(Cyclonedx, &report, &format!("CycloneDX {version}"));
    }
    check_other(
        Cyclonedx,
        r#"{"bomFormat": "Other", "specVersion": "1.6", "components": []}"#,
        "of the format `Other`",
    );
    check_other(Cyclonedx, r#"{"bomFormat": "CycloneDX", "components": []}"#, "without a `specVersion`");
    check_other(
        Cyclonedx,
        r#"{"bomFormat": "CycloneDX", "specVersion": 1.6, "components": []}"#,
        "without a `specVersion`",
    );
    check_other(Cyclonedx, r#"{"specVersion": "1.6", "components": []}"#, "without `bomFormat`");
    check_other(Cyclonedx, r#"<bom xmlns="http://example.com/"/>"#, "another namespace");
    check_other(Cyclonedx, "<project/>", "the root `project`");
}

#[test]
fn what_decides_is_strict() {
    for rest in [
        r#""components": {}"#,
        r#""components": [7]"#,
        r#""components": [{"name": "a"}]"#,
        r#""components": [{"type": "library"}]"#,
        r#""components": [{"type": "libary", "name": "a"}]"#,
        r#""components": [{"type": "library", "name": "a", "components": {}}]"#,
        r#""components": [{"type": "library", "name": "a", "bom-ref": "1"}, {"type": "library", "name": "b", "bom-ref": "1"}]"#,
        r#""components": [{"type": "library", "name": "a", "bom-ref": "1", "components": [{"type": "library", "name": "b", "bom-ref": "1"}]}]"#,
        r#""metadata": {"component": {"type": "library", "name": "a", "bom-ref": "1"}}, "components": [{"type": "library", "name": "b", "bom-ref": "1"}]"#,
        r#""vulnerabilities": {}"#,
        r#""vulnerabilities": ["CVE-1"]"#,
        r#""vulnerabilities": [{"id": "CVE-1", "ratings": [{"severity": "scary"}]}]"#,
        r#""vulnerabilities": [{"id": "CVE-1", "ratings": [{"severity": 9}]}]"#,
        r#""vulnerabilities": [{"id": "CVE-1", "ratings": {}}]"#,
        r#""vulnerabilities": [{"id": "CVE-1", "affects": [{}]}]"#,
        r#""vulnerabilities": [{"id": "CVE-1", "affects": [{"ref": "a", "versions": [{"version": "1", "status": "perhaps"}]}]}]"#,
        r#""components": [], "metadata": {"properties": [{"name": "dod:vulndb.age_days", "value": "old"}]}"#,
        r#""components": [], "metadata": {"properties": [{"name": "dod:unchecked", "value": "-1"}]}"#,
        r#""components": [], "metadata": {"properties": [{"name": "dod:vulndb.digest", "value": "sha256:12"}]}"#,
    ] {
        check_malformed(Cyclonedx, &json(rest));
    }
    for rest in [
        "<components><component type='library'/></components>",
        "<components><component><name>a</name></component></components>",
        "<components><component type='library'><name>a</name><name>b</name></component></components>",
        "<components/><components/>",
        "<vulnerabilities><vulnerability><id>CVE-1</id><affects><target/></affects></vulnerability></vulnerabilities>",
        "<vulnerabilities><vulnerability><analysis><state>resolved</state><state>exploitable</state></analysis></vulnerability></vulnerabilities>",
        "<vulnerabilities><vulnerability><ratings><rating><severity>scary</severity></rating></ratings></vulnerability></vulnerabilities>",
    ] {
        check_malformed(Cyclonedx, &xml(rest));
    }
}

#[test]
fn parts_that_decide_nothing_may_repeat() {
    let component = "<component type='library'><name>a</name><swhid>swh:1:cnt:1</swhid><swhid>swh:1:cnt:2</swhid>\
                     <licenses><license><id>MIT</id><x:y xmlns:x='x'>1</x:y><x:y xmlns:x='x'>2</x:y></license></licenses>\
                     <data><type>dataset</type></data><data><type>other</type></data></component>";
    let rest = format!("<components>{component}</components><x:y xmlns:x='x'/><x:y xmlns:x='x'/>");
    let found = read(Cyclonedx, xml(&rest)).unwrap();
    let components = found.components.unwrap();
    assert_eq!(components.len(), 1);
    assert_eq!(components[0].licenses.len(), 1);
}

#[test]
fn components_as_deep_as_they_come_break_nothing() {
    let deep = |levels: usize| {
        let open = r#"{"type": "library", "name": "a", "components": ["#.repeat(levels);
        json(&format!(r#""components": [{open}{}]"#, "]}".repeat(levels)))
    };
    assert_eq!(read(Cyclonedx, deep(60)).unwrap().components.unwrap().len(), 60);
    assert!(read(Cyclonedx, deep(100_000)).is_err());
    let deep = |levels: usize| {
        let open = "<component type='library'><name>a</name><components>".repeat(levels);
        xml(&format!("<components>{open}{}</components>", "</components></component>".repeat(levels)))
    };
    assert_eq!(read(Cyclonedx, deep(90)).unwrap().components.unwrap().len(), 90);
    assert!(read(Cyclonedx, deep(100_000)).is_err());
}

#[test]
fn our_own_scanner_says_what_its_database_was() {
    let digest = "sha256:a0add7978df76632371beb390a1b528c8c1f4fce05382e8a160ac57b1a9e7913";
    let report = json(&format!(
        r#""metadata": {{"properties": [{{"name": "dod:vulndb.digest", "value": "{digest}"}}, {{"name": "dod:unchecked", "value": "4"}}]}},
        "components": [], "vulnerabilities": [{{"id": "CVE-1", "affects": [{{"ref": "pkg:npm/a@1"}}],
            "properties": [{{"name": "dod:fixed", "value": "1.1,2.0"}}]}}]"#
    ));
    let found = read(Cyclonedx, report).unwrap();
    assert_eq!(found.unchecked, 4);
    assert_eq!(found.sources[0].digest.to_string(), digest);
    assert_eq!(&*found.sources[0].format, "vulndb");
    let hole = found.findings.unwrap().remove(0).vulnerability.unwrap();
    assert_eq!(hole.fixed, ["1.1".into(), "2.0".into()]);
}

#[test]
fn a_few_bytes_that_mean_many_are_refused() {
    let references = format!("{{\"id\": \"{}\"}}", "x".repeat(100_000));
    let references = vec![references; 50].join(",");
    let affects: Vec<String> = (0..2000).map(|at| format!("{{\"ref\": \"{at}\"}}")).collect();
    let report = json(&format!(
        r#""vulnerabilities": [{{"id": "CVE-1", "references": [{references}], "affects": [{}]}}]"#,
        affects.join(",")
    ));
    assert!(matches!(read(Cyclonedx, report), Err(ReadError::TooLarge { .. })));
}
