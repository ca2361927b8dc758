//! One `check`: a file in, what is wrong with it out, each with its place.

mod accepted;
mod corpus;
mod hostile;
mod mangled;
mod refused;

use std::fmt::Write as _;

use expect_test::Expect;

use super::*;
use crate::diagnose::testing::show;

/// What a small file is wrapped in, so that a test says only what is unusual.
fn wrapped(inside: &str) -> String {
    let dod = DOD_NAMESPACE;
    format!(
        "<definitions xmlns=\"{NAMESPACE}\" xmlns:dod=\"{dod}\" xmlns:camunda=\"http://camunda.org/schema/1.0/bpmn\">\n\
         {inside}\n</definitions>\n"
    )
}

/// Reads a file and shows what is wrong with it.
fn problems(bytes: &[u8]) -> (Option<Diagram>, String) {
    let (mut sources, mut found) = (SourceMap::default(), Diagnostics::default());
    let diagram = read("a.bpmn", bytes.to_vec(), &mut sources, &mut found);
    let found = found.finish();
    let mut shown = show(&sources, &found);
    for problem in &found {
        let known = problem.code == crate::diagnose::codes::TOO_MANY;
        assert!(
            known || codes::ALL.iter().any(|(code, _)| *code == problem.code),
            "{} is explained",
            problem.code
        );
    }
    if diagram.is_none() {
        assert!(!shown.is_empty(), "a file that is not read has a reason");
        shown.push_str("no diagram\n");
    }
    (diagram, shown)
}

/// What is wrong with a file.
#[track_caller]
fn check(bytes: impl AsRef<[u8]>, expected: &Expect) {
    expected.assert_eq(&problems(bytes.as_ref()).1);
}

/// What is wrong with what stands in `<definitions>`, and what was read.
#[track_caller]
fn check_inside(inside: &str, expected: &Expect) {
    let (diagram, mut shown) = problems(wrapped(inside).as_bytes());
    if let Some(diagram) = diagram {
        shown.push_str(&outline(&diagram));
    }
    expected.assert_eq(&shown);
}

/// Everything a diagram holds, one line per element.
fn outline(diagram: &Diagram) -> String {
    let mut out = String::new();
    for (id, element) in diagram.all() {
        let mut depth = 0;
        let mut parent = element.parent;
        while let Some(around) = parent {
            depth += 1;
            parent = diagram[around].parent;
        }
        write!(out, "{}{}", "  ".repeat(depth), element.kind.name()).unwrap();
        for (before, text) in [(" ", diagram.id(id)), (" = ", diagram.name(id))] {
            if !text.is_empty() {
                write!(out, "{before}{text}").unwrap();
            }
        }
        if let Some(flow) = diagram.flow(id) {
            let end = |end: Option<ElementId>| end.map_or("?", |end| diagram.id(end));
            write!(out, ": {} -> {}", end(flow.from), end(flow.to)).unwrap();
        }
        if element.flags != super::super::model::Flags::default() {
            write!(out, " {:?}", element.flags).unwrap();
        }
        for one in diagram.references(id) {
            let to = one.to.map_or("nothing", |to| diagram[to].kind.name());
            write!(out, " | {:?} {} ({to})", one.role, diagram.text(one.text)).unwrap();
        }
        for one in diagram.attributes(id) {
            let (name, value) = (diagram.text(one.name), diagram.text(one.value));
            write!(out, " | {:?} {name}={value:?}", one.space).unwrap();
        }
        for one in diagram.passages(id) {
            let text = one.text.map_or("", |text| diagram.text(text));
            let language = one.language.map_or("", |text| diagram.text(text));
            write!(out, " | {:?}{} {text:?}", one.role, if language.is_empty() { "" } else { " in " })
                .unwrap();
            out.push_str(language);
        }
        out.push('\n');
        let mut work: Vec<_> = diagram.extensions(id).collect();
        work.reverse();
        while let Some((at, one)) = work.pop() {
            let indent = "  ".repeat(depth + 2 + usize::from(one.depth));
            write!(out, "{indent}+ {:?} {}", one.space, diagram.text(one.name)).unwrap();
            for one in diagram.extension_attributes(one) {
                write!(out, " {}={:?}", diagram.text(one.name), diagram.text(one.value)).unwrap();
            }
            if let Some(text) = one.text {
                write!(out, " {:?}", diagram.text(text)).unwrap();
            }
            out.push('\n');
            let inside: Vec<_> = diagram.inside(at).collect();
            work.extend(inside.into_iter().rev());
        }
    }
    out
}

#[test]
fn every_code_of_the_reader_is_shown_by_a_test() {
    let shown = concat!(include_str!("tests/hostile.rs"), include_str!("tests/refused.rs"));
    let codes = codes::ALL.iter().filter(|(code, _)| code.starts_with("B0"));
    let unseen: Vec<_> = codes.filter(|(code, _)| !shown.contains(&format!(" {code} "))).collect();
    assert_eq!(unseen, Vec::<&crate::diagnose::Code>::new());
}
