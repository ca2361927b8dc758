//! JSON Schema (draft 2020-12) of workflow files, for editors.
//!
//! It is written by hand and not derived: the reader accepts several forms of one word (`needs: x`, `[x]`,
//! `{x: failed}`), and an editor should show the sentence that a person would want to read. A test holds it
//! against [`crate::draft::keys`], so no key can be missing.
//!
//! **Absent on purpose:** rules that need more than one place (one action per step, names that exist). The
//! checker says those with a position.

mod parts;
mod step;

use serde_json::{Map, Value, json};

/// The JSON Schema of workflow files.
pub fn workflow() -> Value {
    let mut definitions = Map::new();
    for (name, schema) in parts::definitions().into_iter().chain(step::definitions()) {
        definitions.insert(name.to_owned(), schema);
    }
    definitions.sort_keys();
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "dod workflow",
        "description": "A Definition of Done: the gates of a change, what they need, and when they run.",
        "type": "object",
        "additionalProperties": false,
        "properties": properties(),
        "$defs": Value::Object(definitions),
    })
}

/// The schema as the text of its file.
pub fn workflow_text() -> String {
    let mut text = serde_json::to_string_pretty(&workflow()).expect("a value of JSON is JSON");
    text.push('\n');
    text
}

fn properties() -> Value {
    let steps = json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/step" },
        "propertyNames": { "$ref": "#/$defs/name" } });
    let with = |about: &str| {
        let mut schema = steps.clone();
        schema["description"] = json!(about);
        schema
    };
    json!({
        "version": { "const": 1, "description": "Version of the notation. May be left out." },
        "name": { "type": "string", "description": "What people call the workflow." },
        "about": { "type": "string", "description": "What the workflow is for, in a sentence." },
        "dod": { "type": "string", "examples": [">=0.1"],
            "description": "Versions of dod that this file was written for." },
        "policy": { "type": "string", "examples": ["standard", "enterprise"],
            "description": "The policy that judges the run that begins with this file. `--policy` overrides it." },
        "inputs": { "type": "object", "additionalProperties": { "$ref": "#/$defs/input" },
            "description": "Values that whoever starts the workflow may give; used as `${{ inputs.x }}`." },
        "env": { "$ref": "#/$defs/env", "description": "Environment of every step of this file." },
        "defaults": { "$ref": "#/$defs/defaults",
            "description": "What holds for every step of this file that does not say otherwise." },
        "fail_fast": { "type": "boolean", "default": false, "description": "Stop at the first failure." },
        "timeout": { "$ref": "#/$defs/duration", "description": "The longest a run that begins with this file may take; 6h by default." },
        "pools": { "type": "object", "additionalProperties": { "type": "integer", "minimum": 1, "maximum": 100_000 },
            "description": "How many steps of each pool may run at once; 1 is a mutex. A pool that is not named here has one place." },
        "keep": { "oneOf": [{ "type": "string", "pattern": "^[1-9][0-9]*[dw]$" }, { "type": "integer", "minimum": 1 },
            { "$ref": "#/$defs/keep" }], "examples": ["90d"],
            "description": "How long runs stay; `dod gc` removes the others. Full runs of protected branches and of tags stay for ever." },
        "archive": { "type": "string", "examples": ["refs/dod/archive", "/mnt/evidence"],
            "description": "Where finished runs are put, each as one file: a git ref, or a folder." },
        "include": { "oneOf": [{ "$ref": "#/$defs/include" }, { "type": "array", "items": { "$ref": "#/$defs/include" } }],
            "description": "Other files whose steps join this one's." },
        "projects": { "type": "object", "additionalProperties": { "$ref": "#/$defs/project" },
            "description": "Parts of a monorepo; their gates are called `project/gate`." },
        "services": { "type": "object", "additionalProperties": { "$ref": "#/$defs/service" },
            "description": "Programs that run beside the steps that need them." },
        "steps": with("What is done. Each step has its name as its key."),
        "gates": with("Another word for `steps`."),
    })
}

#[cfg(test)]
mod tests;
