//! The event reference: `schemas/events.md` is made from the table here, and `schemas/sample.events.jsonl` by a
//! run of the kernel.
//!
//! `UPDATE_EXPECT=1 cargo test -p dod-views` writes both files anew.

mod shared;
mod table;

use std::collections::BTreeSet;

use expect_test::expect_file;
use serde_json::Value as Json;

use dod_kernel::record::{FORMAT, RULES, Recorded};
use dod_kernel::run::Event;

use crate::tests::tell;

use table::{Entry, TABLE};

/// The names of all events, asked of the type itself: serde lists them when it meets one that is not there.
fn variants() -> BTreeSet<String> {
    let error = serde_json::from_str::<Event>(r#"{"no such event":{}}"#).unwrap_err().to_string();
    let list = error.split_once("expected one of").expect("serde names what it expects").1;
    list.split('`').skip(1).step_by(2).map(str::to_owned).collect()
}

fn line(entry: &Entry) -> String {
    format!(r#"{{"at":1795273200000,"event":{{"{}":{}}},"seq":7}}"#, entry.name, entry.sample)
}

#[test]
fn every_event_is_in_the_reference_once() {
    let named: BTreeSet<String> = TABLE.iter().map(|entry| entry.name.to_owned()).collect();
    assert_eq!(named, variants());
    assert_eq!(named.len(), TABLE.len(), "an event stands in the table twice");
}

#[test]
fn every_sample_is_a_canonical_line_with_all_fields_of_its_event() {
    for entry in TABLE {
        let line = line(entry);
        let read: Recorded<Event> =
            serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        assert_eq!(serde_json::to_string(&read).unwrap(), line, "the sample is not canonical");
        assert_eq!(read.event.is_fact(), entry.fact, "{}", entry.name);
        let sample: Json = serde_json::from_str(entry.sample).unwrap();
        let fields: Vec<&str> = sample.as_object().unwrap().keys().map(String::as_str).collect();
        let told: Vec<&str> = entry.fields.iter().map(|(name, _)| name.trim_end_matches('?')).collect();
        assert_eq!(told, fields, "the fields of `{}`", entry.name);
    }
}

#[test]
fn the_reference_is_up_to_date() {
    expect_file!["../../../../schemas/events.md"].assert_eq(&reference());
}

#[test]
fn the_sample_log_is_up_to_date() {
    let teller = tell(
        "lint(gate=lint); test(gate=test,retry=1); docs(if=no); sub(call=inner); db(service) < lint; \
         e2e(gate=test) < db; ready(judge=standard) < lint test; sign(approve=1) < ready:any; \
         deploy(once) < sign; note(message=done) < deploy:any | inner: x; y < x",
        "start definitions=unprotected --jobs=2 tree; tick 400; x exits 0; y exits 0; tick 900; lint finds nothing; \
         capacity 4; test crashes out of memory; db ready; tick 1000; test fails 1 of 3; e2e fails 0 of 5; \
         db is cancelled; sign yes by alice; deploy is lost; resume; deploy no by bob; send done version=3; tree",
    );
    let mut text = String::new();
    for recorded in &teller.log {
        text.push_str(&serde_json::to_string(recorded).unwrap());
        text.push('\n');
    }
    assert!(teller.story().verdict().is_some(), "the sample is a whole run");
    expect_file!["../../../../schemas/sample.events.jsonl"].assert_eq(&text);
}

fn reference() -> String {
    let mut text = format!(
        "# Events of a run\n\n\
         Made from `engine/views/src/tests/reference/`; a test keeps it current. Do not edit.\n\n\
         A run's log `events.jsonl` has one event per line: canonical JSON (RFC 8785), ended by a line feed. This is \
         format {FORMAT}, rules {RULES}; both numbers stand in the first event. `sample.events.jsonl` beside this \
         file is the log of a small run.\n\n\
         ```json\n{{\"at\":1795273200000,\"event\":{{\"<name>\":{{…}}}},\"seq\":7}}\n```\n\n\
         | field | meaning |\n|---|---|\n\
         | `at` | the time of the event's batch, in milliseconds since 1970-01-01T00:00:00Z |\n\
         | `event` | an object with one member: the event's name, with its fields |\n\
         | `seq` | the event's number: 0 for the first, then without gaps |\n\n\
         **Facts** come from the world. **Decisions** follow from them: `dod replay` feeds the facts alone to the \
         kernel and must get every decision again, in order. A *batch* is one fact and the decisions that follow it. \
         Fields with a `?` are left out where there is nothing to say; nothing is ever `null`. There are no floats: \
         times are integers in milliseconds, decimal numbers and 64-bit integers are text.\n\n"
    );
    for (title, fact) in [("Facts", true), ("Decisions", false)] {
        let entries: Vec<&Entry> = TABLE.iter().filter(|entry| entry.fact == fact).collect();
        text.push_str(&format!("## {title}\n\n| event | meaning |\n|---|---|\n"));
        for entry in &entries {
            text.push_str(&format!("| [`{0}`](#{0}) | {1} |\n", entry.name, entry.about));
        }
        text.push('\n');
        for entry in entries {
            text.push_str(&format!("### `{}`\n\n{}.\n\n", entry.name, capital(entry.about)));
            text.push_str("| field | meaning |\n|---|---|\n");
            for (name, about) in entry.fields {
                text.push_str(&format!("| `{name}` | {about} |\n"));
            }
            text.push_str(&format!("\n```json\n{}\n```\n\n", line(entry)));
        }
    }
    text.push_str("## Objects inside events\n\n");
    text.push_str(shared::OBJECTS);
    text
}

fn capital(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |first| first.to_uppercase().chain(chars).collect())
}
