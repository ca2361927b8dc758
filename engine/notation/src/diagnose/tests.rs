//! Codes, places, bounds.

use super::*;

#[test]
fn every_code_is_unique_and_explained() {
    for (at, (code, about)) in codes::ALL.iter().enumerate() {
        assert!(codes::ALL[..at].iter().all(|(other, _)| other != code), "{code} twice");
        assert!(about.ends_with('.') && about.len() > 15, "{code}");
        assert_eq!(codes::explain(code), Some(*about));
    }
}

#[test]
fn a_place_counts_characters_from_one() {
    let mut sources = SourceMap::default();
    let file = sources.add("a.yaml", "eins\nzwölf: ß\n");
    let place = sources.place(sources.span(file, 13..15));
    assert_eq!((place.line, place.column, place.column_end), (2, 8, 9));
    assert_eq!(sources.slice(sources.span(file, 5..11)), "zwölf");
    assert_eq!(sources.span(file, 10..9999).end, 16);
}

#[test]
fn one_mistake_is_said_once_and_a_flood_is_bounded() {
    let mut problems = Diagnostics::default();
    for at in 0..2 * DIAGNOSTICS_MAX as u32 {
        let span = Span { file: FileId(0), start: at / 2, end: at / 2 };
        problems.push(Diagnostic::error(codes::SYNTAX, span, "no"));
    }
    assert_eq!(problems.clone().finish().len(), DIAGNOSTICS_MAX);
    let far = Span { file: FileId(0), start: 9999, end: 9999 };
    problems.push(Diagnostic::error(codes::SYNTAX, far, "no"));
    let found = problems.finish();
    assert_eq!(found.len(), DIAGNOSTICS_MAX + 1);
    assert_eq!(found.last().unwrap().message, "there are more problems than are shown");
}

#[test]
fn a_typo_finds_its_name_and_nonsense_finds_none() {
    let known = ["test", "lint", "build_release", "types"];
    assert_eq!(closest("tests", known), Some("test"));
    assert_eq!(closest("build-relase", known), Some("build_release"));
    assert_eq!(closest("tset", known), Some("test"));
    assert_eq!(closest("deploy", known), None);
}

/// Texts of tests that show diagnostics.
const SHOWN: &[&str] = &[
    include_str!("../lower/tests/mistakes.rs"),
    include_str!("../lower/tests/hostile.rs"),
    include_str!("../yaml/tests.rs"),
];

#[test]
fn every_code_is_shown_by_a_test() {
    let unseen = codes::ALL.iter().filter(|(code, _)| {
        *code != codes::TOO_MANY && !SHOWN.iter().any(|text| text.contains(&format!(" {code} ")))
    });
    assert_eq!(unseen.collect::<Vec<_>>(), Vec::<&Code>::new());
}
