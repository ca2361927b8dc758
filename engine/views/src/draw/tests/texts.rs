//! The text of a picture: well-formed, closed to the outside, readable without colors.

use expect_test::{Expect, expect};
use quick_xml::events::Event as Xml;

use crate::draw::tests::chance;
use crate::draw::{Drawing, Form, Rounds, Shape, Stage, Trigger, Work, svg, text};
use crate::tests::{build, tell};

fn draw(drawing: Drawing) -> String {
    let text = svg(drawing, None).unwrap();
    well_formed(&text);
    text
}

/// Reads a text as XML: every tag is closed, every reference is known, nothing leads to the outside.
fn well_formed(text: &str) {
    let mut reader = quick_xml::Reader::from_str(text);
    let mut open: Vec<String> = Vec::new();
    loop {
        match reader.read_event().unwrap_or_else(|why| panic!("{why}: {text}")) {
            Xml::Start(tag) => {
                closed_to_the_outside(&tag);
                open.push(tag.name().as_ref().to_owned());
            }
            Xml::Empty(tag) => closed_to_the_outside(&tag),
            Xml::End(tag) => assert_eq!(open.pop().as_deref(), Some(tag.name().as_ref())),
            Xml::GeneralRef(name) => {
                assert!(matches!(name.as_ref(), "amp" | "lt" | "gt" | "quot"), "{name:?}");
            }
            Xml::Eof => break,
            Xml::Text(_) => {}
            other => panic!("{other:?}"),
        }
    }
    assert_eq!(open, Vec::<String>::new());
}

fn closed_to_the_outside(tag: &quick_xml::events::BytesStart<'_>) {
    let known = ["svg", "g", "rect", "circle", "path", "text", "title", "desc", "style"];
    let name = tag.name().as_ref().to_owned();
    assert!(known.contains(&name.as_str()), "{name}");
    for attribute in tag.attributes() {
        let attribute = attribute.unwrap();
        let (key, value) = (attribute.key.as_ref(), attribute.value);
        assert!(!key.starts_with("on") && !key.ends_with("href"), "{name}");
        assert!(key == "xmlns" || !(value.contains("url(") || value.contains("://")), "{name}");
    }
}

/// The texts that are seen, and the titles.
fn seen(text: &str, tag: &str) -> Vec<String> {
    let (open, close) = (format!("<{tag}"), format!("</{tag}>"));
    let parts = text.split(&open).skip(1).filter_map(|part| part.split_once('>'));
    parts.filter_map(|(_, rest)| rest.split_once(&close)).map(|(seen, _)| seen.to_owned()).collect()
}

#[test]
fn no_name_ends_its_element_early() {
    let evil = "</text><script>alert('&\"')</script>\u{1b}[31m\u{202e}\u{0}\u{ffff}]]>";
    let mut drawing = Drawing { title: evil.into(), ..Drawing::default() };
    for form in [
        Form::Task(Work::User, Rounds::Loop),
        Form::Event { stage: Stage::End, trigger: Trigger::Error, interrupts: true },
        Form::Pool { upright: false },
        Form::Note,
        Form::Group,
        Form::Data,
        Form::Store,
    ] {
        drawing.shapes.push(Shape { caption: evil.into(), ..Shape::new(evil, evil, form) });
    }
    let mut flow = crate::draw::Flow::new(evil, crate::draw::Line::Conditional, 0, 1);
    flow.name = evil.into();
    drawing.flows.push(flow);
    let text = draw(drawing);
    assert!(!text.contains("<script") && !text.contains('\u{1b}') && !text.contains('\u{202e}'));
}

#[test]
fn random_pictures_are_well_formed_and_closed_to_the_outside() {
    for workflow in (0..60).filter_map(chance::workflow) {
        draw(Drawing::of(&workflow));
    }
}

#[test]
fn a_long_name_is_broken_and_cut_and_told_in_full_in_its_title() {
    let name = "integration-tests-of-the-payment-service with_all_its_neighbors and then some more words";
    let text = draw(Drawing::of(&build::workflow(&name.replace(' ', "_"))));
    let mut titles = seen(&text, "title");
    assert_eq!(titles.pop().as_deref(), Some(name.replace(' ', "_").as_str()));
    expect![[r#"
        [
            "integration-tests-of-the-",
            "payment-service_with_",
            "all_its_neighbors_and_",
            "then_some_more_…",
        ]
    "#]]
    .assert_eq(&format!("{:#?}\n", seen(&text, "text")));
}

#[test]
fn texts_are_broken_at_words_then_at_seams_then_anywhere() {
    let check = |name: &str, wide: f64, most: usize| text::wrap(name, 12.0, wide, most).join("|");
    assert_eq!(check("", 50.0, 3), "");
    assert_eq!(check("check the invoice", 80.0, 3), "check the|invoice");
    assert_eq!(check("checkTheInvoice", 60.0, 3), "checkThe|Invoice");
    assert_eq!(check("integration-tests", 70.0, 3), "integration-|tests");
    assert_eq!(check("xxxxxxxxxxxxxxxxxxxxxxxx", 60.0, 3), "xxxxxxxxx|xxxxxxxxx|xxxxxx");
    assert_eq!(check("xxxxxxxxxxxxxxxxxxxxxxxx", 60.0, 2), "xxxxxxxxx|xxxxxxxx…");
    assert_eq!(check("請求書を確認する", 50.0, 3), "請求書|を確認|する");
    assert_eq!(text::cut("a rather long text", 11.0, 50.0), "a rather…");
}

#[test]
fn numbers_are_short_and_have_one_form() {
    let texts = [0.0, 1.0, 1.04, 1.05, -0.04, -0.5, -12.25, 100_000.0].map(text::number);
    assert_eq!(texts, ["0", "1", "1", "1.1", "0", "-0.5", "-12.3", "100000"]);
}

/// Titles of the shapes of a run, which tell states, and the words of its legend.
fn check_run(workflow: &str, story: &str, expect: &Expect) {
    let teller = tell(workflow, story);
    let text = svg(Drawing::of(&teller.workflow), Some(&teller.story())).unwrap();
    well_formed(&text);
    let mut lines = seen(&text, "title");
    lines.extend(seen(&text, "text").into_iter().map(|line| format!("  {line}")));
    expect.assert_eq(&(lines.join("\n") + "\n"));
}

#[test]
fn a_run_is_told_by_words_and_symbols_not_by_color_alone() {
    check_run(
        "fmt; lint(gate=lint); build(retry=1); test < build; sign(approve=1)",
        "start; tick 1500; fmt exits 0; lint finds 2; build exits 1; tick 2500",
        &expect![[r#"
            test
            fmt: passed, 1.5s
            lint: failed, 1.5s
            build: running, 2.5s · 2 attempts
            test
            sign: waiting, 2.5s
              test
              NOT FINISHED: 2 of 5 steps settled, 1 failed so far, 2.5s so far
              fmt
              1.5s
              lint
              1.5s
              build
              2.5s · 2 attempts
              test
              sign
              1 of owners · 2.5s
              running
              waiting
              passed
              failed
              token: active or waiting here
        "#]],
    );
}

#[test]
fn every_state_has_a_symbol_of_its_own() {
    use crate::story::Standing::*;
    let all =
        [Ready, Running, Retrying, Waiting, Held, Passed, Failed, Undecided, Waived, Skipped, NotApplicable];
    let mut symbols: Vec<&str> = all.into_iter().map(crate::draw::color::symbol).collect();
    symbols.push(crate::draw::color::HALTED);
    symbols.sort_unstable();
    symbols.dedup();
    assert_eq!(symbols.len(), all.len() + 1);
}
