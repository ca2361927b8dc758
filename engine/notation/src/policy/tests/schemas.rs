//! The schemas know every key that the readers know, and no other.

use serde_json::Value;

use crate::policy::{cases, file, gates, given, members, phrase, required, rules, schema, waivers};

fn keys(of: &str, pointer: &str) -> Vec<String> {
    let text = schema(of).unwrap_or_else(|| panic!("{of} has a schema"));
    let root: Value = serde_json::from_str(text).unwrap();
    let found = root.pointer(pointer).unwrap_or_else(|| panic!("{of} has {pointer}"));
    let mut keys: Vec<String> = found.as_object().unwrap().keys().cloned().collect();
    keys.sort();
    keys
}

fn sorted(keys: &[&str]) -> Vec<String> {
    let mut keys: Vec<String> = keys.iter().map(|key| (*key).to_owned()).collect();
    keys.sort();
    keys
}

#[test]
fn every_key_is_described() {
    for (of, pointer, known) in [
        ("policy", "/properties", file::KEYS),
        ("policy", "/properties/waivers/properties", file::WAIVER_KEYS),
        ("policy", "/properties/approvals/properties", file::APPROVAL_KEYS),
        ("policy", "/properties/quality_gates/properties", phrase::KEYS),
        ("policy", "/$defs/other_repository/properties", file::EXTENDS_KEYS),
        ("policy", "/$defs/test/properties", cases::KEYS),
        ("policy", "/$defs/given/properties", given::KEYS),
        ("policy", "/$defs/given/properties/findings/properties", given::FINDINGS),
        ("policy", "/$defs/given/properties/introduced/properties", given::INTRODUCED),
        ("policy", "/$defs/given/properties/tests/properties", given::TESTS),
        ("policy", "/$defs/given/properties/vulnerabilities/oneOf/0/properties", given::DANGERS),
        ("policy", "/$defs/given/properties/vulnerabilities/oneOf/1/items/properties", given::HOLE),
        ("policy", "/$defs/given/properties/licenses/properties", given::LICENSES),
        ("policy", "/$defs/gate_map/properties", gates::KEYS),
        ("policy", "/$defs/rule/properties", rules::KEYS),
        ("policy", "/$defs/terms/properties", required::KEYS),
        ("policy", "/$defs/required/properties", &[required::ANY_OF]),
        ("waivers", "/items/properties", waivers::KEYS),
        ("roles", "/additionalProperties/items/oneOf/1/properties", members::KEYS),
    ] {
        assert_eq!(keys(of, pointer), sorted(known), "{of} {pointer}");
    }
    let severities: Vec<&str> = file::SEVERITIES.iter().map(|(name, _)| *name).collect();
    let root: Value = serde_json::from_str(schema("policy").unwrap()).unwrap();
    assert_eq!(root.pointer("/$defs/severity/enum").unwrap(), &serde_json::json!(severities));
}
