//! Attestations: what a run proved, as in-toto Statements that other programs can check.
//!
//! ```text
//!   verdict ── SLSA VSA v1 ───────┐
//!   gate ───── test-result v0.1 ──┼── in-toto Statement v1 ── (whoever has a key puts it into an envelope)
//!   gate ───── CycloneDX, SPDX ───┘
//! ```
//!
//! Made from the log alone: the time is that of the verdict, and the same log gives the same bytes. What cannot be said
//! without more than the log (who verifies, which repository, whether the tree was the commit's) is handed over, and is
//! stated as such.
//!
//! Texts that this follows: in-toto attestation framework, spec/v1 (`statement.md`, `resource_descriptor.md`,
//! `digest_set.md`); SLSA 1.1, Verification Summary Attestation; in-toto predicates `test-result` 0.1.0, `cyclonedx`,
//! `spdx`.
//!
//! **Absent on purpose:** signing, and a statement of what is partial or undecided: there is none ([`Refused`]).

mod artifact;
mod gate;
mod read;
mod refused;
mod summary;
#[cfg(test)]
mod tests;

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value as Json;

use dod_kernel::id::Digest;
use dod_kernel::value::Value;

use crate::story::Story;

pub use artifact::{Artifact, artifacts};
pub use gate::gate;
pub use read::{Seen, SeenPolicy, SeenSubject, Unread, read};
pub use refused::Refused;
pub use summary::summary;

/// The type of every statement.
pub const STATEMENT: &str = "https://in-toto.io/Statement/v1";
/// The type of the payload of an envelope that holds a statement.
pub const PAYLOAD: &str = "application/vnd.in-toto+json";
/// The predicate of a verdict.
pub const SUMMARY: &str = "https://slsa.dev/verification_summary/v1";
/// The predicate of the tests of a gate.
pub const TEST_RESULT: &str = "https://in-toto.io/attestation/test-result/v0.1";
/// The predicate of a bill of materials in CycloneDX.
pub const CYCLONEDX: &str = "https://cyclonedx.org/bom";
/// The predicate of a bill of materials in SPDX.
pub const SPDX: &str = "https://spdx.dev/Document";
/// Who verifies, unless somebody says otherwise.
pub const VERIFIER: &str = "https://dod.example/verifier";
/// The field of our own in the predicate of a verdict: what the verdict rests on.
pub const DETAILS: &str = "https://dod.example/attestation/verdict/v1";
/// The field of our own in the predicate of tests: the gate they belong to.
pub const GATE: &str = "https://dod.example/attestation/gate/v1";
/// What the address of a policy begins with.
pub const POLICY: &str = "https://dod.example/policy/";

/// What is handed over beside the log.
#[derive(Clone, Copy, Debug)]
pub struct Given<'g> {
    /// Who verifies, as a URI.
    pub verifier: &'g str,
    /// What the attestation is about, as a URI; `None`: the repository that the log names.
    pub resource: Option<&'g str>,
    /// Digest of the run's policy.
    pub policy: &'g Policy<'g>,
    /// The root over all lines of the log, in base64 as in its checkpoint.
    pub root: &'g str,
    /// Whether the tree that was judged is exactly what the commit holds; `None`: nobody could say.
    pub is_commit: Option<bool>,
    /// Digest of the verdict document ([`crate::verdict`]), which whoever has the log makes again; `None`: nobody made it.
    pub document: Option<Digest>,
}

/// The policy that a run was judged by.
#[derive(Clone, Copy, Debug)]
pub struct Policy<'g> {
    /// Its name, with its version where it has one: `standard@1`.
    pub name: &'g str,
    /// Of its canonical JSON.
    pub digest: Digest,
}

impl Policy<'_> {
    /// Its address: [`POLICY`] and its name.
    pub fn uri(&self) -> String {
        format!("{POLICY}{}", uri_path(self.name))
    }
}

/// An in-toto Statement. Fields are in canonical order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Statement {
    /// [`STATEMENT`]
    #[serde(rename = "_type")]
    kind: &'static str,
    /// What is said of the subjects.
    predicate: Json,
    /// What kind of thing is said.
    pub predicate_type: &'static str,
    /// What it is said of.
    pub subject: Vec<Subject>,
}

impl Statement {
    fn of(predicate_type: &'static str, predicate: &impl Serialize, subject: Vec<Subject>) -> Self {
        let predicate =
            serde_json::to_value(predicate).expect("predicates have text keys and no floats of ours");
        Self { kind: STATEMENT, predicate, predicate_type, subject }
    }

    /// The bytes that are signed.
    pub fn bytes(&self) -> Vec<u8> {
        serde_json::to_vec(self).expect("a statement can always be written")
    }
}

/// Something that a statement is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, JsonSchema)]
pub struct Subject {
    /// Its digests by algorithm: `gitCommit`, `sha256`.
    pub digest: BTreeMap<&'static str, String>,
    /// What it is called.
    pub name: String,
}

/// Something that a predicate names by digest (in-toto ResourceDescriptor).
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Resource {
    digest: BTreeMap<&'static str, String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<&'static str>,
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    uri: Option<String>,
}

impl Resource {
    fn of(name: &str, digest: &Digest) -> Self {
        Self { digest: sha256(digest), media_type: None, name: name.to_owned(), uri: None }
    }
}

fn sha256(digest: &Digest) -> BTreeMap<&'static str, String> {
    [("sha256", digest.hex())].into()
}

/// What any statement about this run is about: the commit, and the artifacts that its steps declare.
///
/// # Errors
/// The run has come to no end, was partial, or its tree was not that of the commit; there is no subject.
fn subjects(story: &Story, given: &Given<'_>) -> Result<Vec<Subject>, Refused> {
    let Some((_, started)) = &story.started else { return Err(Refused::Unfinished) };
    let Some(verdict) = story.verdict() else { return Err(Refused::Unfinished) };
    if story.is_partial() {
        return Err(Refused::Partial { settings: started.settings.clone() });
    }
    if verdict.tree_changed {
        return Err(Refused::TreeChanged);
    }
    let mut subjects = Vec::new();
    if let Some(Value::Text(commit)) = started.facts.get("commit") {
        let named = || commit.clone();
        match (started.tree, given.is_commit) {
            (Some(_), Some(true)) => {}
            (Some(_), Some(false)) => return Err(Refused::NotCommitted { commit: named() }),
            _ => return Err(Refused::TreeUnknown { commit: named() }),
        }
        let hex = commit.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
        if !hex || !matches!(commit.len(), 40 | 64) {
            return Err(Refused::NoCommitId { commit: named() });
        }
        let digest = [("gitCommit", commit.to_string())].into();
        subjects.push(Subject { digest, name: "commit".to_owned() });
    }
    let declared = artifacts(story)?.into_iter();
    subjects.extend(declared.map(|one| Subject { digest: sha256(&one.digest), name: one.name }));
    if subjects.is_empty() { Err(Refused::NoSubject) } else { Ok(subjects) }
}

/// The repository that the run's origin names, as a URI; a folder's name alone is nothing that others know it by.
fn resource(story: &Story, given: &Given<'_>) -> Result<String, Refused> {
    if let Some(said) = given.resource {
        return Ok(said.to_owned());
    }
    let started = story.started.as_ref().map(|(_, started)| started);
    let repository = started.and_then(|started| {
        let origin = started.origin.as_deref()?;
        origin.strip_suffix(started.id.0.as_str())?.strip_suffix("/run/")
    });
    let known = repository.filter(|it| it.split_once('/').is_some_and(|(host, _)| host.contains('.')));
    known.map(|repository| format!("git+https://{repository}")).ok_or(Refused::NoResource)
}

/// A name as the path of a URI (RFC 3986, section 3.3).
fn uri_path(name: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~/@:".contains(&byte);
    let mut text = String::new();
    for byte in name.bytes() {
        match plain(byte) {
            true => text.push(char::from(byte)),
            false => text += &format!("%{byte:02X}"),
        }
    }
    text
}
