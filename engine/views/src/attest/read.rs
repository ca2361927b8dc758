//! A statement read back, by whoever is asked to believe it: only what has to be compared.
//!
//! Fields that nobody here knows are ignored, as the framework asks (in-toto spec/v1, parsing rules); a field that is
//! known and is there twice, or of another type, is refused.
//!
//! **Absent on purpose:** signatures, and trust: the caller has checked the envelope before it looks in here.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value as Json;

use super::{DETAILS, GATE, STATEMENT, SUMMARY, TEST_RESULT};

/// Subjects that a statement may have.
pub(super) const SUBJECTS_MAX: usize = 10_000;

/// Bytes that are no statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unread {
    /// They are no JSON of the shape of a statement.
    NotAStatement {
        /// Why.
        why: String,
    },
    /// Its `_type` is another one.
    OtherType {
        /// What it says.
        found: String,
    },
}

impl Unread {
    /// Why, for people.
    pub fn text(&self) -> String {
        match self {
            Self::NotAStatement { why } => format!("it is no in-toto Statement: {why}"),
            Self::OtherType { found } => {
                format!("its type is `{}`, and only `{STATEMENT}` is known", crate::clean(found, false))
            }
        }
    }
}

/// What has to be known of a statement to believe it, or not.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// The predicate's type.
    pub predicate_type: String,
    /// What it is about.
    pub subjects: Vec<SeenSubject>,
    /// Who verified, where the predicate is a summary and says so.
    pub verifier: Option<String>,
    /// What it was verified as.
    pub resource: Option<String>,
    /// When.
    pub time: Option<String>,
    /// The policy's address, name and SHA-256.
    pub policy: SeenPolicy,
    /// `PASSED`, `FAILED`, `WARNED`.
    pub result: Option<String>,
    /// The run, where `dod` made the statement.
    pub run: Option<String>,
    /// What became of the definitions, where `dod` made the statement.
    pub definitions: Option<String>,
}

/// A subject of a statement.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
pub struct SeenSubject {
    /// What it is called.
    #[serde(default)]
    pub name: String,
    /// Its digests by algorithm.
    pub digest: BTreeMap<String, String>,
}

/// The policy of a summary.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub struct SeenPolicy {
    /// Its address.
    #[serde(default)]
    pub uri: Option<String>,
    /// Its name.
    #[serde(default)]
    pub name: Option<String>,
    /// Its digests by algorithm.
    #[serde(default)]
    pub digest: BTreeMap<String, String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Statement {
    #[serde(rename = "_type")]
    kind: String,
    subject: Vec<SeenSubject>,
    predicate_type: String,
    #[serde(default)]
    predicate: Json,
}

/// The statement again, for what its predicate must have: from the text, so that nothing is there twice.
#[derive(Deserialize)]
struct Of<P> {
    predicate: P,
}

/// The part of a result of tests that is required (in-toto `test-result`).
#[derive(Deserialize)]
struct Tests {
    result: String,
}

/// The part of a summary that is required (SLSA 1.1, `verification_summary`).
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Summary {
    verifier: Verifier,
    time_verified: String,
    resource_uri: String,
    policy: SeenPolicy,
    verification_result: String,
}

#[derive(Deserialize)]
struct Verifier {
    id: String,
}

/// Reads a statement.
///
/// # Errors
/// It is none, or a summary lacks what a summary must have.
pub fn read(bytes: &[u8]) -> Result<Seen, Unread> {
    let not = |why: String| Unread::NotAStatement { why };
    let statement: Statement = serde_json::from_slice(bytes).map_err(|error| not(error.to_string()))?;
    let Statement { kind, subject, predicate_type, predicate } = statement;
    if kind != STATEMENT {
        return Err(Unread::OtherType { found: kind });
    }
    if subject.is_empty() || subject.len() > SUBJECTS_MAX {
        return Err(not("it has no subject, or too many".to_owned()));
    }
    if subject.iter().any(|one| one.digest.is_empty()) {
        return Err(not("a subject has no digest".to_owned()));
    }
    let text = |pointer: &[&str]| {
        let found = pointer.iter().try_fold(&predicate, |value, key| value.get(key))?;
        found.as_str().map(str::to_owned)
    };
    let mut seen = Seen {
        subjects: subject,
        verifier: None,
        resource: None,
        time: None,
        policy: SeenPolicy::default(),
        result: None,
        run: text(&[DETAILS, "run"]).or_else(|| text(&[GATE, "run"])),
        definitions: text(&[DETAILS, "verdict", "definitions"]),
        predicate_type,
    };
    let wrong = |error: serde_json::Error| not(format!("its predicate: {error}"));
    match seen.predicate_type.as_str() {
        SUMMARY => {
            let whole: Of<Summary> = serde_json::from_slice(bytes).map_err(wrong)?;
            let Summary { verifier, time_verified, resource_uri, policy, verification_result } =
                whole.predicate;
            seen.verifier = Some(verifier.id);
            seen.time = Some(time_verified);
            seen.resource = Some(resource_uri);
            seen.policy = policy;
            seen.result = Some(verification_result);
        }
        TEST_RESULT => {
            let whole: Of<Tests> = serde_json::from_slice(bytes).map_err(wrong)?;
            seen.result = Some(whole.predicate.result);
        }
        _ => {}
    }
    Ok(seen)
}
