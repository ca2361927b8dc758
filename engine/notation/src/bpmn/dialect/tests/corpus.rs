//! The expressions of real files, with the equals that somebody else wrote down.

use std::path::PathBuf;

use dod_kernel::moment::Moment;
use serde_json::Value as Json;

use super::*;

fn corpus() -> Option<PathBuf> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let folder =
        std::env::var_os("DOD_CORPUS").map_or(root.join("../shared/corpus"), PathBuf::from).join("bpmn");
    folder.is_dir().then_some(folder)
}

/// Written down as without an equal, and yet with one: bpmn-engine's own way to name a variable.
const MORE: &[&str] = &["${environment.variables.retry}"];

#[test]
fn what_real_files_ask_is_translated_exactly_if_it_has_an_equal() {
    let Some(folder) = corpus() else {
        println!("skipped: there is no corpus");
        return;
    };
    let (mut translated, mut refused, mut literal, mut scripts, mut other) = (0, 0, 0, 0, 0);
    let mut files: Vec<PathBuf> = folder.read_dir().unwrap().map(|entry| entry.unwrap().path()).collect();
    files.sort();
    for file in files.iter().filter(|file| file.extension().is_some_and(|ending| ending == "json")) {
        let case: Json = serde_json::from_str(&std::fs::read_to_string(file).unwrap()).unwrap();
        for expression in case["expressions"].as_array().unwrap_or(&Vec::new()) {
            let text = expression["text"].as_str().unwrap();
            let place = expression["where"].as_str().unwrap();
            let dialect = Dialect::of(text, expression["language"].as_str(), None).unwrap();
            if place.starts_with("condition") {
                match (condition(text, dialect), expression["rhai_equivalent"].as_str()) {
                    (Ok(found), Some(equal)) => {
                        assert_eq!(found.text, equal.replace("var ==", "vars[\"var\"] =="), "{text}");
                        translated += 1;
                    }
                    (Ok(_), None) => {
                        assert!(MORE.contains(&text), "{text} has no equal");
                        translated += 1;
                    }
                    (Err(_), None) => refused += 1,
                    (Err(wrong), Some(equal)) => panic!("{text} is {equal}: {}", misfit(text, &wrong)),
                }
            } else if place.starts_with("time") {
                match time(text, dialect).unwrap_or_else(|wrong| panic!("{text}: {}", misfit(text, &wrong))) {
                    Said::Literal(Value::Text(time), _) => {
                        Moment::parse(&time).unwrap();
                        literal += 1;
                    }
                    found => assert!(
                        matches!(found, Said::Expression(_)) && text.contains("environment"),
                        "{text}"
                    ),
                }
            } else if place == "loopCardinality" {
                let found = value(text, dialect);
                assert!(matches!(found, Ok(Said::Literal(Value::Integer(1.. | 0), _))), "{text}");
                literal += 1;
            } else {
                let found = script(text, dialect).unwrap();
                if found.text == text { other += 1 } else { scripts += 1 }
            }
        }
    }
    println!(
        "conditions: {translated} translated, {refused} refused; {literal} literals; \
         scripts: {scripts} translated, {other} left to rhai"
    );
    assert!(translated > 25 && literal > 50);
}
