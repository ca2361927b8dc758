//! The schema is current, complete, and describes everything.

use std::collections::BTreeSet;
use std::path::Path;

use serde_json::Value;

use super::*;
use crate::draft::keys;

/// `UPDATE_EXPECT=1 cargo test` writes the file.
#[test]
fn the_file_is_current() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../schemas/workflow.schema.json");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, workflow_text()).unwrap();
    }
    let found = std::fs::read_to_string(&path).unwrap();
    assert_eq!(found, workflow_text(), "run `UPDATE_EXPECT=1 cargo test -p dod-notation`");
}

#[test]
fn every_key_that_is_read_is_described_and_no_other() {
    let schema = workflow();
    let check = |pointer: &str, keys: &[&str]| {
        let found = schema.pointer(pointer).and_then(Value::as_object).unwrap_or_else(|| panic!("{pointer}"));
        let found: BTreeSet<&str> = found.keys().map(String::as_str).collect();
        assert_eq!(found, keys.iter().copied().collect(), "{pointer}");
    };
    check("/properties", keys::FILE);
    check("/$defs/defaults/properties", keys::DEFAULTS);
    check("/$defs/keep/properties", keys::KEEP);
    check("/$defs/input/oneOf/1/properties", keys::INPUT);
    check("/$defs/include/oneOf/1/properties", keys::INCLUDE);
    check("/$defs/project/properties", keys::PROJECT);
    check("/$defs/step/properties", keys::STEP);
    check("/$defs/step/properties/exit/properties", keys::EXIT);
    check("/$defs/service/properties", keys::SERVICE);
    check("/$defs/ready/properties", keys::READY);
    check("/$defs/approve/oneOf/1/properties", keys::APPROVE);
    check("/$defs/message/oneOf/1/properties", keys::MESSAGE);
    check("/$defs/retry/oneOf/1/properties", keys::RETRY);
    check("/$defs/secrets/additionalProperties/properties", keys::SECRET);
    check("/$defs/report/properties", keys::REPORT);
}

#[test]
fn every_reference_leads_somewhere_and_every_property_says_what_it_is() {
    let schema = workflow();
    let mut work = vec![&schema];
    while let Some(value) = work.pop() {
        match value {
            Value::Object(map) => {
                if let Some(Value::String(reference)) = map.get("$ref") {
                    let pointer = reference.strip_prefix('#').unwrap();
                    let target = schema.pointer(pointer).unwrap_or_else(|| panic!("{reference}"));
                    assert!(target.get("description").is_some(), "{reference}");
                }
                if let Some(Value::Object(properties)) = map.get("properties") {
                    for (name, property) in properties {
                        assert!(
                            property.get("description").is_some() || property.get("$ref").is_some(),
                            "{name}"
                        );
                    }
                }
                work.extend(map.values());
            }
            Value::Array(items) => work.extend(items),
            _ => {}
        }
    }
}
