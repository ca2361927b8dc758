//! Schemas of steps, services and what belongs to them.

use serde_json::{Value, json};

/// Definitions by name.
pub(super) fn definitions() -> Vec<(&'static str, Value)> {
    let step = json!({ "type": "object", "additionalProperties": false,
        "description": "One unit of work. Exactly one of `uses`, `run`, `workflow`, `approve`, `judge`, `wait`, `message` and `any` says what it does.",
        "properties": join(actions(), settings()) });
    vec![
        ("step", step),
        ("service", service()),
        ("ready", ready()),
        ("needs", needs()),
        ("approve", approve()),
        ("message", message()),
        ("retry", retry()),
        (
            "end",
            json!({ "enum": ["failed", "timeout", "undecided"], "description": "How an attempt can end badly." }),
        ),
        ("matrix", matrix()),
        ("evidence", evidence()),
        ("report", report()),
        ("secrets", secrets()),
    ]
}

fn join(mut left: Value, right: Value) -> Value {
    if let (Value::Object(left), Value::Object(right)) = (&mut left, right) {
        left.extend(right);
    }
    left
}

fn actions() -> Value {
    json!({
        "uses": { "type": "string", "examples": ["cargo/clippy"], "description": "A gate of the catalogue." },
        "run": { "oneOf": [{ "type": "string" }, { "$ref": "#/$defs/argv" }],
            "description": "A script for the shell as one text, or program and arguments as a list." },
        "workflow": { "type": "string", "description": "Another workflow file, run as one step; `with` gives its inputs." },
        "approve": { "$ref": "#/$defs/approve", "description": "People say yes or no." },
        "judge": { "type": "string", "description": "Takes the verdict of this policy over what is known so far." },
        "wait": { "$ref": "#/$defs/duration", "description": "Waits this long." },
        "message": { "$ref": "#/$defs/message", "description": "Waits for a message from outside (`dod send`)." },
        "any": { "type": "integer", "minimum": 1, "description": "Goes on when this many of the steps under `of` have passed." },
        "of": { "$ref": "#/$defs/texts", "description": "Beside `any`: the steps that are waited for." },
        "rest": { "enum": ["cancel", "keep"], "default": "keep", "description": "Beside `any`: what happens to the others once it is decided." },
        "with": { "$ref": "#/$defs/with" },
    })
}

fn settings() -> Value {
    json!({
        "needs": { "$ref": "#/$defs/needs" },
        "if": { "type": ["string", "boolean"], "examples": ["branch == \"main\" || changed(\"src/**\")"],
            "description": "Runs only if this expression is true. Put quotes around the whole value." },
        "shell": { "$ref": "#/$defs/shell" },
        "cwd": { "type": "string", "description": "Working directory, relative to the root and inside it." },
        "env": { "$ref": "#/$defs/env" },
        "secrets": { "$ref": "#/$defs/secrets" },
        "services": { "$ref": "#/$defs/texts", "description": "Services that must be ready." },
        "inputs": { "$ref": "#/$defs/texts", "description": "Globs of the files it reads; anything where none is named." },
        "outputs": { "$ref": "#/$defs/texts", "description": "Globs of the files it writes." },
        "evidence": { "$ref": "#/$defs/evidence" },
        "exit": { "type": "object", "additionalProperties": false,
            "description": "What exit codes mean. Every other code means that the tool broke.",
            "properties": {
                "clean": { "$ref": "#/$defs/codes", "description": "Found nothing; 0 by default." },
                "findings": { "$ref": "#/$defs/codes", "description": "Found something; 1 by default for a step with evidence." },
            } },
        "kind": { "type": "string", "examples": ["lint", "test", "coverage", "build"],
            "description": "What the step is to a policy. A gate of the catalogue knows it already." },
        "timeout": { "$ref": "#/$defs/duration", "description": "The longest an attempt may take; 30m by default." },
        "retry": { "$ref": "#/$defs/retry" },
        "matrix": { "$ref": "#/$defs/matrix" },
        "pool": { "type": "string", "description": "Takes one place in this pool while it runs." },
        "idempotent": { "type": "boolean", "default": true,
            "description": "May be started again after a crash. `false` waits for a person." },
        "allow_failure": { "type": "boolean", "default": false, "description": "Its failure does not reach the verdict." },
        "tags": { "$ref": "#/$defs/texts", "description": "Labels for `--tag`." },
        "priority": { "type": "integer", "default": 0, "minimum": -1_000_000, "maximum": 1_000_000,
            "description": "Ready steps of higher priority start first." },
        "about": { "type": "string", "description": "What it is for, in a sentence." },
    })
}

fn service() -> Value {
    json!({ "type": "object", "additionalProperties": false, "required": ["ready"],
        "description": "A program that runs beside the steps that need it.",
        "properties": {
            "uses": { "type": "string", "description": "A gate of the catalogue." },
            "run": { "oneOf": [{ "type": "string" }, { "$ref": "#/$defs/argv" }], "description": "What is started." },
            "with": { "$ref": "#/$defs/with" },
            "ready": { "$ref": "#/$defs/ready" },
            "timeout": { "$ref": "#/$defs/duration", "description": "Time after which a service that is not ready has failed; 1m by default." },
            "interval": { "$ref": "#/$defs/duration", "description": "Time between two tries; 250ms by default." },
            "shell": { "$ref": "#/$defs/shell" },
            "cwd": { "type": "string", "description": "Working directory, relative to the root and inside it." },
            "env": { "$ref": "#/$defs/env" },
            "secrets": { "$ref": "#/$defs/secrets" },
            "needs": { "$ref": "#/$defs/needs" },
            "if": { "type": ["string", "boolean"], "description": "Runs only if this expression is true." },
            "pool": { "type": "string", "description": "Takes one place in this pool while it runs." },
            "tags": { "$ref": "#/$defs/texts", "description": "Labels." },
            "about": { "type": "string", "description": "What it is for, in a sentence." },
        } })
}

fn ready() -> Value {
    json!({ "type": "object", "additionalProperties": false, "minProperties": 1, "maxProperties": 1,
        "description": "When the service is ready.",
        "properties": {
            "tcp": { "type": "integer", "minimum": 1, "maximum": 65535, "description": "This port of this machine accepts a connection." },
            "http": { "type": "string", "description": "This address of this machine answers with a status below 400." },
            "line": { "type": "string", "description": "It prints a line that holds this text." },
            "command": { "$ref": "#/$defs/argv", "description": "This program exits with 0." },
        } })
}

fn needs() -> Value {
    json!({ "description": "What must have settled before: a step, `test[os=linux]` for one leg, a service, or a whole project.",
        "oneOf": [
            { "$ref": "#/$defs/texts" },
            { "type": "object", "additionalProperties": { "enum": ["ok", "failed", "any", null],
                "description": "`ok`: finished or passed. `failed`: failed or judged failed. `any`: settled in any way." } },
        ] })
}

fn approve() -> Value {
    json!({ "description": "People say yes or no.",
        "oneOf": [{ "$ref": "#/$defs/texts" }, { "type": "object", "additionalProperties": false, "properties": {
            "from": { "$ref": "#/$defs/texts", "description": "Roles whose members may answer; anybody where none is named." },
            "min": { "type": "integer", "minimum": 1, "maximum": 1000, "default": 1,
                "description": "How many different people must say yes. A person with several names or spellings counts once." },
            "proved": { "type": "boolean", "default": false,
                "description": "Only answers that are signed with a key of `roles.yaml` count: `dod approve --sign-with KEY`." },
            "authors": { "type": "boolean",
                "description": "Authors of the change may answer as well. Where `from` is given or `min` is more than 1 they may not, unless this says so." },
            "timeout": { "$ref": "#/$defs/duration", "description": "How long it stays open; then it has failed." },
            "prompt": { "type": "string", "description": "What they are asked." },
        } }] })
}

fn message() -> Value {
    json!({ "description": "A message from outside.",
        "oneOf": [{ "type": "string" }, { "type": "object", "additionalProperties": false, "required": ["name"],
            "properties": {
                "name": { "type": "string", "description": "The message's name." },
                "key": { "$ref": "#/$defs/text", "description": "The key it must carry." },
                "timeout": { "$ref": "#/$defs/duration", "description": "How long it is waited for; then it has failed." },
            } }] })
}

fn retry() -> Value {
    json!({ "description": "When and how often it is tried again: a number of further attempts, or more words.",
        "oneOf": [{ "type": "integer", "minimum": 0, "maximum": 100 }, { "type": "object",
            "additionalProperties": false, "required": ["max"], "properties": {
                "max": { "type": "integer", "minimum": 0, "maximum": 100, "description": "Attempts beyond the first." },
                "when": { "oneOf": [{ "$ref": "#/$defs/end" }, { "type": "array", "items": { "$ref": "#/$defs/end" } }],
                    "description": "Which ends are worth another attempt; all of them by default." },
                "delay": { "$ref": "#/$defs/duration", "description": "Before the second attempt; 1s by default." },
                "factor": { "type": "integer", "minimum": 1, "maximum": 100, "default": 2,
                    "description": "What each further delay is multiplied by." },
                "max_delay": { "$ref": "#/$defs/duration", "description": "The longest delay; 1m by default." },
                "jitter": { "type": "integer", "minimum": 0, "maximum": 100, "default": 20,
                    "description": "How much of a delay may be taken off, in percent." },
            } }] })
}

fn matrix() -> Value {
    let leg = json!({ "type": "object", "additionalProperties": { "$ref": "#/$defs/text" } });
    json!({ "type": "object", "description": "Runs the step once for each combination; the legs are called `test[os=linux,py=3.12]`. A value is `${{ matrix.os }}`.",
        "properties": {
            "include": { "type": "array", "items": leg, "description": "Legs to add, or values to add to legs." },
            "exclude": { "type": "array", "items": leg, "description": "Legs to take away." },
        },
        "additionalProperties": { "type": "array", "items": { "$ref": "#/$defs/text" }, "minItems": 1,
            "uniqueItems": true, "description": "An axis and its values." } })
}

fn evidence() -> Value {
    json!({ "description": "Reports it leaves: `{ junit: target/junit.xml }`, `{ sarif: stdout }`, or a list of these.",
        "oneOf": [{ "$ref": "#/$defs/report" }, { "type": "array", "items": { "$ref": "#/$defs/report" } }] })
}

fn report() -> Value {
    json!({ "type": "object", "minProperties": 1,
        "description": "Format and place. The place is `stdout`, `stderr`, or a path or glob relative to the working directory.",
        "properties": {
            "format": { "type": "string", "description": "The format; detected where it is left out." },
            "from": { "type": "string", "description": "`stdout`, `stderr`, or a path or glob." },
            "rule": { "type": "string", "description": "The rule of findings that name none." },
        },
        "additionalProperties": { "$ref": "#/$defs/texts" } })
}

fn secrets() -> Value {
    json!({ "type": "object", "propertyNames": { "pattern": "^[A-Za-z_][A-Za-z0-9_]*$" },
        "description": "Secrets by environment variable. The value itself never stands in a file.",
        "additionalProperties": { "type": "object", "additionalProperties": false,
            "minProperties": 1, "maxProperties": 1, "properties": {
                "env": { "type": "string", "description": "A variable of the environment of dod itself." },
                "file": { "type": "string", "description": "A file, without its last newline." },
                "command": { "$ref": "#/$defs/argv", "description": "What this program prints, without the last newline." },
            } } })
}
