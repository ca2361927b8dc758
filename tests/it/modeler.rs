//! What editors of diagrams are told of `dod`: the XSD of its words, and templates for the Camunda Modeler.
//!
//! `UPDATE_EXPECT=1 cargo test -p dod --test it modeler` writes the templates anew, with the gates of the catalogue.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use expect_test::expect_file;
use serde_json::{Value as Json, json};

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

fn xsd() -> String {
    std::fs::read_to_string(root().join("schemas/dod-bpmn.xsd")).unwrap()
}

/// The values of `name="…"` in tags that begin so.
fn names_in(text: &str, tag: &str) -> BTreeSet<String> {
    let tags = text.split(tag).skip(1).filter_map(|rest| rest.split_once("name=\""));
    tags.filter_map(|(_, rest)| rest.split_once('"')).map(|(name, _)| name.to_owned()).collect()
}

/// The words that the source asks a diagram for: the first text behind a call of one of these.
fn words_asked() -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    let mut work = vec![root().join("engine/notation/src/bpmn/lower")];
    while let Some(folder) = work.pop() {
        for entry in std::fs::read_dir(folder).unwrap().flatten() {
            let path = entry.path();
            if path.is_dir() {
                work.push(path);
                continue;
            }
            let text = std::fs::read_to_string(&path).unwrap();
            for call in ["word(", "self.flag(", "self.duration("] {
                for (_, rest) in text.match_indices(call).map(|(at, _)| text[at..].split_at(call.len())) {
                    let line = rest.lines().next().unwrap_or_default();
                    words.extend(line.split('"').nth(1).map(str::to_owned));
                }
            }
        }
    }
    words
}

#[test]
fn the_xsd_has_the_words_that_are_read_and_no_others() {
    let text = xsd();
    assert!(text.contains(&format!("targetNamespace=\"{}\"", dod_notation::bpmn::read::DOD_NAMESPACE)));
    // The attribute `value` of elements is nobody's word.
    let told: BTreeSet<String> =
        names_in(&text, "<xs:attribute ").into_iter().filter(|name| name != "value").collect();
    assert_eq!(told, words_asked());
    let elements = names_in(&text, "<xs:element ");
    assert!(elements.is_subset(&told), "elements are words too: {elements:?}");
}

/// What a template is about.
struct Template {
    id: &'static str,
    name: &'static str,
    about: &'static str,
    applies: &'static [&'static str],
    words: Vec<Word>,
}

/// A word of `dod` in a template.
struct Word {
    name: &'static str,
    label: &'static str,
    about: &'static str,
    kind: Kind,
    needed: bool,
}

enum Kind {
    Text,
    Lines,
    Choice(Vec<String>),
}

fn word(name: &'static str, label: &'static str, about: &'static str) -> Word {
    Word { name, label, about, kind: Kind::Text, needed: false }
}

fn how() -> [Word; 3] {
    [
        word("timeout", "Time-out", "The longest that an attempt may take, like 10m"),
        word("retry", "Further attempts", "How often it is tried again, like 2"),
        word("allow-failure", "May fail", "true: its failure does not reach the verdict"),
    ]
}

fn templates() -> Vec<Template> {
    let tasks: &[&str] = &["bpmn:Task", "bpmn:ServiceTask", "bpmn:SendTask"];
    let gates = dod_catalogue::Catalogue::builtin().names().into_iter().map(str::to_owned).collect();
    let mut gate = vec![
        Word { kind: Kind::Choice(gates), needed: true, ..word("gate", "Gate", "A gate of the catalogue") },
        word("with", "Parameters", "A map in YAML, like {args: [-q]}"),
    ];
    gate.extend(how());
    let mut run =
        vec![Word { kind: Kind::Lines, needed: true, ..word("run", "Command", "What sh -e -c runs") }];
    run.extend(how());
    run.push(word("idempotent", "May run twice", "false: lost in a crash, it waits for a person"));
    vec![
        Template {
            id: "dod.gate",
            name: "dod: gate",
            about: "A tool of the catalogue, judged by the policy",
            applies: tasks,
            words: gate,
        },
        Template {
            id: "dod.command",
            name: "dod: command",
            about: "A command; exit code 0 is good",
            applies: tasks,
            words: run,
        },
        Template {
            id: "dod.judge",
            name: "dod: verdict",
            about: "The verdict of a policy over what is known so far",
            applies: tasks,
            words: vec![Word { needed: true, ..word("judge", "Policy", "Like standard or enterprise") }],
        },
        Template {
            id: "dod.approval",
            name: "dod: approval",
            about: "People say yes or no with `dod approve`",
            applies: &["bpmn:UserTask", "bpmn:ManualTask"],
            words: vec![
                word("from", "Roles", "Of roles.yaml, with commas; otherwise the lane says who may answer"),
                word("min", "How many", "Different people who must say yes"),
                word("proved", "Signed", "true: only answers that are signed with a key of roles.yaml count"),
                word("authors", "Authors", "true: authors of the change may answer as well"),
                word("timeout", "Time-out", "How long it stays open, like 7d"),
            ],
        },
    ]
}

/// For one of the two families of the Modeler: where they keep properties is called otherwise.
fn of(template: &Template, family: &str) -> Json {
    let cloud = family == "cloud";
    let binding = if cloud { "zeebe:property" } else { "camunda:property" };
    let package = if cloud { "zeebe-element-templates-json-schema" } else { "element-templates-json-schema" };
    let properties: Vec<Json> = template
        .words
        .iter()
        .map(|word| {
            let mut property = json!({
                "label": word.label,
                "description": word.about,
                "type": "String",
                "binding": { "type": binding, "name": format!("dod:{}", word.name) },
                "constraints": { "notEmpty": word.needed },
            });
            if cloud && !word.needed {
                property["optional"] = true.into();
            }
            match &word.kind {
                Kind::Text => {}
                Kind::Lines => property["type"] = "Text".into(),
                Kind::Choice(values) => {
                    property["type"] = "Dropdown".into();
                    let choices = values.iter().map(|value| json!({ "name": value, "value": value }));
                    property["choices"] = choices.collect();
                }
            }
            property
        })
        .collect();
    json!({
        "$schema": format!("https://unpkg.com/@camunda/{package}/resources/schema.json"),
        "id": format!("{}.{family}", template.id),
        "version": 1,
        "name": template.name,
        "description": template.about,
        "appliesTo": template.applies,
        "properties": properties,
    })
}

#[test]
fn the_templates_have_the_gates_of_the_catalogue() {
    let all: Vec<Json> = ["platform", "cloud"]
        .iter()
        .flat_map(|family| templates().into_iter().map(|one| of(&one, family)))
        .collect();
    let text = serde_json::to_string_pretty(&all).unwrap() + "\n";
    expect_file!["../../schemas/camunda-modeler/dod.json"].assert_eq(&text);
    let told = names_in(&xsd(), "<xs:attribute ");
    for word in templates().iter().flat_map(|one| &one.words) {
        assert!(told.contains(word.name), "`{}` is a word that nobody reads", word.name);
    }
}
