//! Artifacts that steps declare: an output called `artifact`, or beginning with `artifact-` or `artifact_`, whose value
//! is what `sha256sum FILE` prints, or `sha256:HEX`, with the artifact's name behind it or without.
//!
//! ```sh
//!   echo "artifact=$(sha256sum dist/app.tar.gz)" >> $DOD_OUTPUT
//!   echo "artifact-image=sha256:9f86…" >> $DOD_OUTPUT
//! ```
//!
//! The value goes through `$DOD_OUTPUT` into the log, so the digest is a fact of the run like any other.

use std::collections::BTreeMap;

use dod_kernel::id::{Digest, Name};
use dod_kernel::run::Outcome;

use super::Refused;
use crate::story::Story;

/// An artifact that a step of the run declares.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Artifact {
    /// What it is called: what stands behind the digest, else the name of the output.
    pub name: String,
    /// Of its bytes.
    pub digest: Digest,
    /// The step that declared it.
    pub step: Name,
}

/// The artifacts that steps which did their work declare, in the order of their names.
///
/// # Errors
/// A declaration is no digest, or two of one name differ.
pub fn artifacts(story: &Story) -> Result<Vec<Artifact>, Refused> {
    let mut found: BTreeMap<String, Artifact> = BTreeMap::new();
    for step in &story.steps {
        let did = |outcome| matches!(outcome, Outcome::Passed | Outcome::Finished);
        if !step.settled.as_ref().is_some_and(|settled| did(settled.outcome)) {
            continue;
        }
        for (output, value) in step.ended().into_iter().flat_map(|ended| &ended.outputs) {
            if !declares(output) {
                continue;
            }
            let refused = || Refused::NotADigest { step: step.name.clone(), output: output.clone() };
            let (digest, name) = digest_and_name(value).ok_or_else(refused)?;
            let name = if name.is_empty() { output.to_string() } else { name.to_owned() };
            if found.get(&name).is_some_and(|before| before.digest != digest) {
                return Err(Refused::TwoArtifacts { name });
            }
            let step = step.name.clone();
            found.entry(name.clone()).or_insert(Artifact { name, digest, step });
        }
    }
    Ok(found.into_values().collect())
}

fn declares(output: &str) -> bool {
    let rest = output.strip_prefix("artifact");
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(['-', '_']))
}

/// `HEX  NAME` and `HEX *NAME` of `sha256sum`, `sha256:HEX`, `sha256:HEX NAME`.
fn digest_and_name(value: &str) -> Option<(Digest, &str)> {
    let value = value.trim();
    let (digest, name) = value.split_once(' ').unwrap_or((value, ""));
    let hex = digest.strip_prefix("sha256:").unwrap_or(digest);
    let digest = format!("sha256:{hex}").parse().ok()?;
    let name = name.trim_start();
    Some((digest, name.strip_prefix('*').unwrap_or(name)))
}
