//! JSON Schemas of policies, waivers and roles, for editors.
//!
//! They are written by hand, since they describe what people write and not the types it becomes; a test holds
//! every key of a reader against them.

/// A schema: the name of its file below `schemas`, and its text.
pub const SCHEMAS: &[(&str, &str)] = &[
    ("policy.schema.json", include_str!("../../../../schemas/policy.schema.json")),
    ("waivers.schema.json", include_str!("../../../../schemas/waivers.schema.json")),
    ("roles.schema.json", include_str!("../../../../schemas/roles.schema.json")),
];

/// The text of a schema, by `policy`, `waivers` or `roles`.
pub fn schema(of: &str) -> Option<&'static str> {
    SCHEMAS.iter().find(|(file, _)| file.strip_suffix(".schema.json") == Some(of)).map(|(_, text)| *text)
}
