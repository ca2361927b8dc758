//! JSON Schemas of the documented objects, made from their types.
//!
//! The kernel's own types do not know about schemas; how they look in JSON is said here, and a test asks the
//! types themselves whether that is true.
//!
//! **Absent on purpose:** schemas of what people write; the front end has those.

use std::borrow::Cow;

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde_json::Value as Json;

use crate::{audit, controls, diff, explain, object, simulation, what_if};

/// The schemas of all documented objects, by the name of their file: `run` for `run.schema.json`.
pub fn schemas() -> Vec<(&'static str, Json)> {
    vec![
        ("run", of::<object::RunObject>("run")),
        ("runs", of::<object::RunsObject>("runs")),
        ("logs", of::<object::LogsAnswer>("logs")),
        ("audit", of::<audit::AuditObject>("audit")),
        ("controls", of::<controls::ControlsObject>("report --format controls --as json")),
        ("diff", of::<diff::DiffObject>("diff")),
        ("explain", of::<explain::ExplainObject>("explain")),
        ("simulation", of::<simulation::Simulation>("simulation")),
        ("what_if", of::<what_if::WhatIfObject>("replay --policy")),
    ]
}

fn of<T: JsonSchema>(name: &str) -> Json {
    // What is written, not what would be read: a field that may be left out is not required.
    let settings = SchemaSettings::draft2020_12().for_serialize();
    let mut schema = settings.into_generator().into_root_schema_for::<T>();
    schema.insert("title".to_owned(), format!("dod {name}").into());
    schema.to_value()
}

/// A type that is only ever looked at for its schema.
macro_rules! shape {
    ($name:ident, $schema:expr) => {
        pub(crate) enum $name {}

        impl JsonSchema for $name {
            fn inline_schema() -> bool {
                true
            }

            fn schema_name() -> Cow<'static, str> {
                stringify!($name).into()
            }

            fn json_schema(_: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

macro_rules! words {
    ($name:ident: $($word:literal)*) => {
        shape!($name, json_schema!({ "type": "string", "enum": [$($word),*] }));
    };
}

macro_rules! counts {
    ($name:ident: $($field:literal)*) => {
        shape!($name, json_schema!({
            "type": "object",
            "properties": { $($field: { "type": "integer", "minimum": 0 }),* },
            "required": [$($field),*],
        }));
    };
}

words!(AnswerRefusal: "already_answered" "author_of_the_change" "not_in_role" "not_proved");
words!(Danger: "none" "low" "medium" "high" "critical" "unknown");
words!(Definitions: "introduced_here" "protected" "unprotected");
words!(Effect: "block" "info" "warn");
words!(Outcome: "failed" "finished" "not_applicable" "passed" "skipped" "undecided");
words!(Scope: "full" "partial");
words!(Severity: "none" "note" "warning" "error");
words!(State: "failed" "not_applicable" "passed" "skipped" "undecided" "waived");
words!(WaiverRefusal: "expired" "not_proved" "own_change" "too_long");

counts!(DangerCounts: "critical" "high" "low" "medium" "none" "unknown");
counts!(FindingCounts: "error" "none" "note" "suppressed" "warning");
counts!(TestCounts: "errored" "failed" "flaky" "passed" "skipped");

shape!(DigestText, json_schema!({ "type": "string", "pattern": "^sha256:[0-9a-f]{64}$" }));

shape!(
    Measure,
    json_schema!({
        "type": "object",
        "properties": {
            "unit": { "type": "string" },
            "value": { "type": "string", "description": "An exact decimal number." },
        },
        "required": ["unit", "value"],
    })
);

shape!(
    Threshold,
    json_schema!({
        "type": "object",
        "properties": {
            "fact": { "type": "string" },
            "is": { "type": "string", "enum": ["at_least", "at_most", "below", "equal", "over"] },
            "unit": { "type": "string" },
            "value": { "type": "string", "description": "An exact decimal number." },
        },
        "required": ["fact", "is", "unit", "value"],
    })
);

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use expect_test::expect_file;
    use serde::de::DeserializeOwned;

    use dod_kernel::{evidence, policy, run};

    use super::*;

    /// Words of an enumeration, asked of the type itself.
    fn words<T: DeserializeOwned>() -> BTreeSet<String> {
        let Err(error) = serde_json::from_str::<T>("\"no such word\"") else { panic!("everything is taken") };
        error.to_string().split('`').skip(3).step_by(2).map(str::to_owned).collect()
    }

    fn check<T: DeserializeOwned, S: JsonSchema>() {
        let schema = S::json_schema(&mut SchemaGenerator::default()).to_value();
        let said = schema["enum"].as_array().unwrap().iter().map(|word| word.as_str().unwrap().to_owned());
        assert_eq!(said.collect::<BTreeSet<_>>(), words::<T>(), "{}", S::schema_name());
    }

    /// Fields of a kernel object, as it is written.
    fn fields<S: JsonSchema>(written: &impl serde::Serialize) {
        let schema = S::json_schema(&mut SchemaGenerator::default()).to_value();
        let named = |value: &Json| value.as_object().unwrap().keys().cloned().collect::<BTreeSet<_>>();
        let written = serde_json::to_value(written).unwrap();
        assert_eq!(named(&schema["properties"]), named(&written), "{}", S::schema_name());
    }

    #[test]
    fn a_schema_has_the_words_and_fields_that_the_kernel_writes() {
        check::<run::AnswerRefusal, AnswerRefusal>();
        check::<evidence::Danger, Danger>();
        check::<policy::Definitions, Definitions>();
        check::<policy::Effect, Effect>();
        check::<run::Outcome, Outcome>();
        check::<policy::Scope, Scope>();
        check::<evidence::Severity, Severity>();
        check::<policy::State, State>();
        check::<policy::WaiverRefusal, WaiverRefusal>();
        fields::<DangerCounts>(&evidence::DangerCounts::default());
        fields::<FindingCounts>(&evidence::FindingCounts::default());
        fields::<TestCounts>(&evidence::TestCounts::default());
        let value = "1".parse().unwrap();
        fields::<Measure>(&evidence::Measure { unit: "1".into(), value });
        let is = policy::Comparison::Equal;
        fields::<Threshold>(&policy::Threshold { fact: "f".into(), is, unit: "1".into(), value });
    }

    #[test]
    fn the_schemas_are_up_to_date() {
        for (name, schema) in schemas() {
            let text = serde_json::to_string_pretty(&schema).unwrap() + "\n";
            expect_file![format!("../../../schemas/{name}.schema.json")].assert_eq(&text);
        }
    }
}
