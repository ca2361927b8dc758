//! Claims about all views at once.

use dod_kernel::id::{Digest, Timestamp};

use crate::explain::Target;
use crate::object::{LogsObject, RunLine, RunObject, RunsObject, text};
use crate::plain::{Opening, Plain};
use crate::progress::{Estimates, lines};
use crate::simulation::Fold;
use crate::summary::Contents;
use crate::tests::drive::Teller;
use crate::tests::{BAD, tell};
use crate::{Look, Story, annotations, diff, draw, explain, graph, summary};

/// What every view says of the first events of a run.
fn all(teller: &Teller, events: usize, look: Look) -> Vec<(&'static str, String)> {
    let log = &teller.log[..events];
    let story = Story::of(teller.workflow.clone(), log);
    let opening =
        Opening { policy: "standard@1".into(), source: "builtin".into(), digest: Some(Digest([1; 32])) };
    let mut plain = Plain::new(teller.workflow.clone(), opening, look);
    let printed: Vec<String> = log.iter().flat_map(|recorded| plain.push(recorded)).collect();
    let mut fold = Fold::new(teller.workflow.clone());
    log.iter().for_each(|recorded| fold.push(&recorded.event));
    let now = Timestamp(story.last_at.0).plus(10);
    teller.with_sources(|sources| {
        let explained: Vec<String> = story
            .steps
            .iter()
            .map(|step| Target::Step(step.name.clone()))
            .chain([Target::Run, Target::Rule("no-errors".into()), Target::Finding("R1".into())])
            .map(|target| explain::render(&explain::explain(&story, &target, sources), look))
            .collect();
        let logs: Vec<String> = story
            .steps
            .iter()
            .filter_map(|step| LogsObject::of(&story, step, None, sources))
            .map(|object| text(&object))
            .collect();
        let difference = diff::diff((&story, sources), (&teller.story(), sources));
        vec![
            ("plain", printed.join("\n")),
            ("summary", summary::render(&story, sources, look, Contents { steps: true })),
            ("progress", lines(&story, now, &Estimates::new(), look).join("\n")),
            ("explain", explained.join("")),
            ("run", text(&RunObject::of(&story, sources))),
            ("runs", text(&RunsObject { runs: vec![RunLine::of(&story)] }) + &RunLine::of(&story).line()),
            ("logs", logs.join("")),
            ("diff", diff::render(&difference, look)),
            ("annotations", annotations::render(&story, sources)),
            ("simulation", text(&fold.result(story.finished.is_some(), teller.variables()))),
            ("mermaid", graph::mermaid(&teller.workflow, Some(&story))),
            ("dot", graph::dot(&teller.workflow, Some(&story))),
            ("svg", draw::svg(draw::Drawing::of(&teller.workflow), Some(&story)).unwrap()),
        ]
    })
}

const WHOLE: (&str, &str) = (
    "lint(gate=lint); test(gate=test,retry=1); docs(if=no); sub(call=inner); db(service) < lint; \
     e2e(gate=test) < db; ready(judge=standard) < lint test; sign(approve=1) < ready:any; \
     deploy(once) < sign; note(message=done) < deploy:any | inner: x; y < x",
    "start --local tree; x exits 0; y exits 0; lint finds nothing; test crashes out of memory; db ready; tick 1000; \
     test fails 1 of 3; e2e fails 0 of 5; db is cancelled; sign yes by alice; deploy is lost; resume; \
     deploy no by bob; send done version=3; tree",
);

#[test]
fn every_view_tells_a_run_that_broke_off_anywhere() {
    let look = Look { color: true, unicode: true, width: Some(40) };
    for (workflow, story) in [BAD, WHOLE] {
        let teller = tell(workflow, story);
        for events in 0..=teller.log.len() {
            for (view, text) in all(&teller, events, look) {
                assert!(!text.contains("\x1b[2J"), "{view}");
            }
        }
    }
}

#[test]
fn names_and_tools_cannot_reach_the_terminal() {
    let teller = tell(
        "e\x1b[2Jvil(gate=lint\x07); s\x1b[2Jign(approve=1); next < e\x1b[2Jvil:failed; flop < next",
        "start; e\x1b[2Jvil finds 3 on one line; next exits 2 \x1b[2J \\n \r::error::x \x08",
    );
    for (view, text) in all(&teller, teller.log.len(), Look::PLAIN) {
        let control = text.chars().find(|char| char.is_control() && *char != '\n');
        assert_eq!(control, None, "{view}: {text:?}");
    }
}

#[test]
fn a_log_of_another_workflow_is_told_without_a_panic() {
    let mut teller = tell(WHOLE.0, WHOLE.1);
    teller.workflow = tell("a", "start").workflow;
    let events = teller.log.len();
    assert_eq!(all(&teller, events, Look::PLAIN).len(), 13);
}

#[test]
fn text_without_color_has_no_escapes_and_ascii_is_ascii() {
    let teller = tell(BAD.0, BAD.1);
    // A picture goes to no terminal.
    for (view, text) in all(&teller, teller.log.len(), Look::PLAIN).iter().filter(|(view, _)| *view != "svg")
    {
        assert!(text.is_ascii(), "{view}");
    }
    let look = Look { color: true, unicode: true, width: None };
    let texts = all(&teller, teller.log.len(), look);
    assert!(texts.iter().any(|(view, text)| *view == "summary" && text.contains("\x1b[31mFAILED\x1b[0m")));
}
