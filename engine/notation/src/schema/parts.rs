//! Schemas of the values that several places share, and of everything but steps.

use serde_json::{Value, json};

/// Shared definitions by name.
pub(super) fn definitions() -> Vec<(&'static str, Value)> {
    let mut found = values();
    found.extend(file());
    found
}

fn values() -> Vec<(&'static str, Value)> {
    let scalar = json!({ "type": ["string", "number", "boolean", "null"] });
    vec![
        (
            "name",
            json!({ "type": "string", "pattern": r"^[^-.\s\[\]{}/=,:][^\s\[\]{}/=,:]*$", "maxLength": 200,
                "description": "Letters, digits, `-`, `_` and `.`, not beginning with `-` or `.`." }),
        ),
        (
            "duration",
            json!({ "type": "string",
                "pattern": r"^\s*([0-9]+w)?([0-9]+d)?([0-9]+h)?([0-9]+m)?([0-9]+s)?([0-9]+ms)?\s*$",
                "minLength": 2, "examples": ["5m", "1h30m", "500ms", "7d"],
                "description": "Whole numbers with units from long to short: w, d, h, m, s, ms." }),
        ),
        (
            "text",
            json!({ "type": ["string", "number", "boolean"], "description": "Any single value, taken as text." }),
        ),
        (
            "texts",
            json!({ "oneOf": [{ "$ref": "#/$defs/text" }, { "type": "array", "items": { "$ref": "#/$defs/text" } }],
                "description": "One text, or a list of texts." }),
        ),
        (
            "argv",
            json!({ "type": "array", "items": { "$ref": "#/$defs/text" }, "minItems": 1,
                "description": "Program and arguments, without a shell." }),
        ),
        (
            "env",
            json!({ "type": "object", "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
                "additionalProperties": scalar,
                "description": "Environment variables. A value may be `${{ matrix.x }}`, `${{ inputs.x }}` or, as a whole, `${{ steps.x.outputs.y }}`." }),
        ),
        (
            "with",
            json!({ "type": "object", "description": "Parameters of the gate, or inputs of the called workflow." }),
        ),
        (
            "shell",
            json!({ "oneOf": [{ "enum": ["sh", "bash", "python"] }, { "$ref": "#/$defs/argv" }], "default": "sh",
                "description": "What scripts are given to: `sh`, `bash`, `python`, or program and arguments before the script." }),
        ),
        (
            "codes",
            json!({ "oneOf": [{ "$ref": "#/$defs/code" }, { "type": "array", "items": { "$ref": "#/$defs/code" } }],
                "description": "One exit code, or several." }),
        ),
        ("code", json!({ "type": "integer", "minimum": 0, "maximum": 255, "description": "An exit code." })),
    ]
}

fn file() -> Vec<(&'static str, Value)> {
    vec![
        (
            "input",
            json!({ "description": "A value that whoever starts the workflow may give.",
                "oneOf": [{ "type": "null" }, { "type": "object", "additionalProperties": false, "properties": {
                    "type": { "enum": ["text", "integer", "boolean", "choice"], "default": "text",
                        "description": "What values it takes." },
                    "default": { "type": ["string", "number", "boolean"], "description": "Its value where none is given." },
                    "required": { "type": "boolean", "default": false, "description": "Must be given." },
                    "choices": { "$ref": "#/$defs/texts", "description": "The values of a choice." },
                    "about": { "type": "string", "description": "What it is for, in a sentence." },
                } }] }),
        ),
        (
            "defaults",
            json!({ "type": "object", "additionalProperties": false,
                "description": "What holds for every step of the file that does not say otherwise.",
                "properties": {
                    "timeout": { "$ref": "#/$defs/duration", "description": "The longest an attempt may take; 30m by default." },
                    "retry": { "$ref": "#/$defs/retry", "description": "When a step is tried again; not for steps that are `idempotent: false`." },
                    "shell": { "$ref": "#/$defs/shell", "description": "What scripts are given to." },
                    "cwd": { "type": "string", "description": "Working directory, relative to the root." },
                    "env": { "$ref": "#/$defs/env", "description": "Environment of every step." },
                    "allow_failure": { "type": "boolean", "default": false, "description": "Failures do not reach the verdict." },
                    "run_timeout": { "$ref": "#/$defs/duration", "description": "The longest the whole run may take; the same as `timeout` of the file." },
                } }),
        ),
        (
            "include",
            json!({ "description": "A file beside this one, or one of another repository at one commit.",
                "oneOf": [{ "type": "string" }, { "type": "object", "additionalProperties": false,
                    "required": ["git", "rev", "path"], "properties": {
                        "git": { "type": "string", "description": "Address of the repository." },
                        "rev": { "type": "string", "pattern": "^[0-9a-f]{40}$", "description": "The full commit id." },
                        "path": { "type": "string", "description": "The file in the repository." },
                    } }] }),
        ),
        (
            "keep",
            json!({ "type": "object", "additionalProperties": false,
                "description": "A run stays as long as one of these says so.",
                "properties": {
                    "runs": { "type": "integer", "minimum": 1, "maximum": 10_000_000, "description": "The newest so many." },
                    "days": { "type": "integer", "minimum": 1, "maximum": 36_500, "description": "Those that are younger." },
                    "branches": { "$ref": "#/$defs/texts", "examples": [["main", "release/**"]],
                        "description": "Globs of branches whose full runs stay for ever; the default branch, `main` and `master` where nobody says which." },
                } }),
        ),
        (
            "project",
            json!({ "type": "object", "additionalProperties": false, "required": ["path", "workflow"],
                "description": "A part of a monorepo with a workflow of its own.",
                "properties": {
                    "path": { "type": "string", "description": "Its folder, relative to the root." },
                    "workflow": { "type": "string", "examples": ["builtin/rust"],
                        "description": "A built-in workflow, or a file." },
                    "with": { "$ref": "#/$defs/with", "description": "Values of its workflow's inputs." },
                    "about": { "type": "string", "description": "What it is, in a sentence." },
                } }),
        ),
    ]
}
