//! Claims about `llvm_cov`.

use expect_test::expect;

use crate::Format::LlvmCov;
use crate::tests::{check, read};
use crate::{ReadError, merge};

/// An export with these members of its one entry.
fn export(members: &str) -> String {
    format!(r#"{{"data": [{{{members}}}], "type": "llvm.coverage.json.export", "version": "2.0.1"}}"#)
}

/// A file with these segments.
fn file(name: &str, segments: &str) -> String {
    format!(r#"{{"filename": "{name}", "segments": [{segments}]}}"#)
}

#[test]
fn lines_come_from_segments_as_llvm_counts_them() {
    // A function over lines 1 to 5, of which a part from within line 3 to within line 4 did not run; a skipped region
    // on line 7; code on line 9. Line 4 begins with what did not run.
    check(
        LlvmCov,
        export(&format!(
            r#""files": [{}], "totals": {{"lines": {{"count": 7, "covered": 5, "percent": 99.9}}}}"#,
            file(
                "/repo/src/a.rs",
                "[1, 1, 4, true, true, false], [3, 5, 0, true, true, false], [4, 2, 4, true, false, false],
                 [5, 2, 0, false, false, false], [7, 1, 0, false, true, false], [8, 1, 0, false, false, false],
                 [9, 1, 0, true, true, false], [9, 9, 0, false, false, false]"
            )
        )),
        expect![[r#"
            src/a.rs: lines 4/6, branches 0/0
            coverage.line = 71.4285 %
            declared 7 coverage.lines, counted 6
            declared 5 coverage.lines.hit, counted 4
        "#]],
    );
}

#[test]
fn branches_functions_and_regions_are_other_metrics() {
    check(
        LlvmCov,
        export(
            r#""files": [{"branches": [[2, 5, 2, 9, 3, 0, 0, 0, 4]], "expansions": [], "filename": "a.rs",
                "segments": [[1, 1, 3, true, true, false], [4, 2, 0, false, false, false]]}],
               "functions": [
                {"branches": [], "count": 3, "filenames": ["a.rs"], "name": "f::<u8>",
                 "regions": [[1, 1, 4, 2, 3, 0, 0, 0], [2, 10, 2, 20, 0, 0, 0, 0], [3, 1, 3, 2, 0, 0, 0, 3]]},
                {"branches": [], "count": 0, "filenames": ["a.rs"], "name": "f::<u16>",
                 "regions": [[1, 1, 4, 2, 0, 0, 0, 0], [2, 10, 2, 20, 0, 0, 0, 0]]},
                {"branches": [], "count": 0, "filenames": ["a.rs", "m.rs"], "name": "g",
                 "regions": [[6, 1, 7, 2, 0, 0, 0, 0], [6, 3, 6, 9, 0, 0, 1, 1], [40, 1, 40, 2, 0, 1, 0, 0]]},
                {"branches": [], "count": 0, "filenames": ["left/out.rs"], "name": "h",
                 "regions": [[1, 1, 4, 2, 0, 0, 0, 0]]}],
               "totals": {"functions": {"count": 2, "covered": 1}, "regions": {"count": 4, "covered": 1},
                 "branches": {"count": 2, "covered": 1}, "lines": {"count": 4, "covered": 4}}"#,
        ),
        expect![[r#"
            a.rs: lines 4/4, branches 1/2
            coverage.branch = 50 %
            coverage.function = 50 %
            coverage.line = 100 %
            coverage.region = 25 %
        "#]],
    );
}

#[test]
fn a_summary_alone_states_shares_and_nothing_of_nothing_is_not_measured() {
    check(
        LlvmCov,
        export(
            r#""files": [{"filename": "a.rs", "summary": {"lines": {"count": 20, "covered": 12, "percent": 1.0},
                 "functions": {"count": 4, "covered": 4}, "regions": {"count": 24, "covered": 17},
                 "branches": {"count": 0, "covered": 0, "percent": 0}}},
                {"filename": "b.rs", "summary": {"lines": {"count": 5, "covered": 5}}}],
               "totals": {"lines": {"count": 26, "covered": 17, "percent": 68}}"#,
        ),
        expect![[r#"
            coverage.function = 100 %
            coverage.line = 68 %
            coverage.region = 70.8333 %
            declared 26 coverage.lines, counted 25
        "#]],
    );
}

#[test]
fn shards_are_united_by_line_function_and_region() {
    let shard = |first: u32, second: u32| {
        let report = export(&format!(
            r#""files": [{}], "functions": [{{"count": {first}, "filenames": ["a.rs"], "regions": [[1, 1, 1, 9, {first}, 0, 0, 0]]}},
                {{"count": {second}, "filenames": ["a.rs"], "regions": [[2, 1, 2, 9, {second}, 0, 0, 0]]}}]"#,
            file(
                "a.rs",
                &format!(
                    "[1, 1, {first}, true, true, false], [1, 9, 0, false, false, false],
                     [2, 1, {second}, true, true, false], [2, 9, 0, false, false, false]"
                )
            )
        ));
        read(LlvmCov, report).unwrap()
    };
    let measures = merge(vec![shard(0, 1), shard(2, 0)]).summary().measures;
    for name in ["coverage.line", "coverage.function", "coverage.region"] {
        assert_eq!(measures[name].value.to_string(), "100", "{name}");
    }
}

#[test]
fn what_is_no_export_of_a_known_version_is_refused() {
    let of = |kind: &str, version: &str| {
        read(LlvmCov, format!(r#"{{"data": [], "type": "{kind}", "version": "{version}"}}"#))
    };
    let kind = "llvm.coverage.json.export";
    for version in ["1.0.0", "4.0.0", "", "20.0"] {
        assert!(matches!(of(kind, version), Err(ReadError::Malformed { .. })), "{version}");
    }
    assert_eq!(of(kind, "3.1.0"), Err(ReadError::NotRun { what: "export" }));
    assert!(matches!(of("other", "2.0.0"), Err(ReadError::OtherFormat { .. })));
    assert!(matches!(read(LlvmCov, "{}"), Err(ReadError::OtherFormat { .. })));
    assert!(matches!(read(LlvmCov, r#"{"error": "no profile"}"#), Err(ReadError::ToolFailed { .. })));
    assert!(read(LlvmCov, export(r#""files": []"#)).unwrap().summary().measures.is_empty());
}

#[test]
fn counts_that_cannot_be_are_refused() {
    for segments in [
        "[1, 1, -1, true, true, false]",
        "[1, 1, 9007199254740993, true, true, false]",
        "[1, 1, 1.5, true, true, false]",
        "[0, 1, 1, true, true, false]",
        "[1, 1, 1, true]",
        "[1, 1, 1, 1, 1, 1]",
        "7",
        "[2, 1, 1, true, true, false], [1, 1, 1, true, true, false]",
    ] {
        let found = read(LlvmCov, export(&format!(r#""files": [{}]"#, file("a", segments))));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{segments}: {found:?}");
    }
    for members in [
        r#""totals": {"lines": {"count": -1, "covered": 0}}"#,
        r#""totals": {"lines": {"count": 1, "covered": 2}}"#,
        r#""totals": {"lines": {"count": 1}}"#,
        r#""files": [{"segments": []}]"#,
        r#""files": [{"filename": "a", "branches": [[1, 1, 1, 2, 3]]}]"#,
        r#""files": [{"filename": "a", "branches": [[0, 1, 1, 2, 3, 4]]}]"#,
        r#""functions": [{"filenames": ["a"], "regions": []}]"#,
        r#""functions": [{"count": 1, "filenames": ["a"], "regions": [[1, 2, 3]]}]"#,
    ] {
        let found = read(LlvmCov, export(members));
        assert!(matches!(found, Err(ReadError::Malformed { .. })), "{members}: {found:?}");
    }
    let endless = "[1, 1, 1, true, true, false], [4294967295, 1, 0, false, false, false]";
    let found = read(LlvmCov, export(&format!(r#""files": [{}]"#, file("a", endless))));
    assert!(matches!(found, Err(ReadError::TooLarge { .. })), "{found:?}");
    let twice = export(r#""files": [], "files": []"#);
    assert!(matches!(read(LlvmCov, twice), Err(ReadError::DuplicateKey { .. })));
}

#[test]
fn a_file_without_segments_among_others_hides_its_lines() {
    let mixed = export(&format!(
        r#""files": [{}, {{"filename": "b", "summary": {{"lines": {{"count": 3, "covered": 3}}}}}}]"#,
        file("a", "[1, 1, 1, true, true, false]")
    ));
    assert_eq!(read(LlvmCov, mixed), Err(ReadError::NotRun { what: "lines of a file, only totals" }));
}

#[test]
fn counts_that_add_up_to_more_than_there_is_are_as_many_as_can_be() {
    let most = 1u64 << 53;
    let regions = vec![format!("[1, 1, 2, 1, {most}, 0, 0, 0]"); 2_049].join(",");
    let function = format!(r#"{{"count": 1, "filenames": ["a.rs"], "regions": [{regions}]}}"#);
    let report = export(&format!(
        r#""files": [{}], "functions": [{function}]"#,
        file("a.rs", "[1, 1, 1, true, true, false], [2, 1, 0, false, false, false]")
    ));
    let found = read(LlvmCov, report).unwrap().coverage.unwrap();
    let region = found[0].units.iter().find(|unit| unit.kind == dod_kernel::evidence::UnitKind::Region);
    assert_eq!(region.map(|unit| unit.hits), Some(u64::MAX));
}
