//! `dod verify --attestation`: may somebody else's word for a commit or an artifact be taken?
//!
//! Only what a known key has signed counts, as the verifier that this key is known for, about this subject, under this
//! policy, and only if it passed (SLSA 1.1: a consumer accepts only specific pairs of signer and verifier).
//!
//! **Absent on purpose:** the run behind the statement. Who has its exported file verifies that.

use std::path::{Path, PathBuf};

use dod_host::disk;
use dod_host::keys::short;
use dod_proof::dsse::{ENVELOPE_BYTES_MAX, Envelope, EnvelopeError};
use dod_proof::key::Verifier;
use dod_views::attest::{self, Seen, SeenSubject};
use serde::Serialize;

use crate::blame::{CommandError, Exit};
use crate::{launch, output};

/// Subjects of a statement that are named where none fits.
const NAMED_MAX: usize = 10;

/// What is expected of an attestation.
pub(super) struct Expected<'a> {
    /// The file with the envelope.
    pub(super) file: &'a Path,
    /// Digests that it must be about, each of them.
    pub(super) subjects: &'a [String],
    /// The policy: its address, its name with or without version, or its digest.
    pub(super) policy: Option<&'a str>,
    /// What kind of statement it must be.
    pub(super) predicate: &'a str,
    /// Who must have verified.
    pub(super) verifier: &'a str,
    /// What it must be about, as a URI.
    pub(super) resource: Option<&'a str>,
    /// Keys that are known for this verifier.
    pub(super) keys: &'a [Verifier],
}

/// The documented object.
#[derive(Debug, Serialize)]
struct Judged {
    attestation: PathBuf,
    /// `good`, `refused` or `unreadable`.
    status: &'static str,
    /// Known keys whose signatures are good, as `name+id`.
    signed_by: Vec<String>,
    /// Why it is not to be believed.
    problems: Vec<String>,
    #[serde(flatten)]
    statement: Option<Said>,
}

/// What the statement says.
#[derive(Debug, Serialize)]
struct Said {
    predicate_type: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<String>,
    subjects: Vec<Subject>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verifier: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    resource: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    policy: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    time: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    definitions: Option<String>,
}

#[derive(Debug, Serialize)]
struct Subject {
    name: String,
    digest: std::collections::BTreeMap<String, String>,
}

/// Judges an attestation, and says so.
pub(super) fn run(expected: &Expected<'_>, json: bool) -> Result<Exit, CommandError> {
    let subjects = wanted(expected)?;
    let read = disk::read_bounded(expected.file, ENVELOPE_BYTES_MAX as u64).map_err(|error| {
        let file = expected.file.display();
        CommandError::usage(format!("the attestation `{file}` cannot be read: {}", error.kind()))
    });
    let judged = judge(expected, &subjects, &read?);
    let exit = match judged.status {
        "good" => Exit::Done,
        "refused" => Exit::Failed,
        _ => Exit::Undecided,
    };
    output::result(&if json { launch::json(&judged) + "\n" } else { text(&judged) });
    Ok(exit)
}

/// A subject that is asked for: an algorithm, where one is named, and hexadecimal digits.
struct Wanted<'a> {
    word: &'a str,
    algorithm: Option<&'a str>,
    hex: String,
}

fn wanted<'a>(expected: &Expected<'a>) -> Result<Vec<Wanted<'a>>, CommandError> {
    if expected.subjects.is_empty() {
        return Err(CommandError::usage("say what the attestation must be about: `--subject DIGEST`")
            .hint("the commit's id, or what `sha256sum FILE` prints"));
    }
    if expected.policy.is_none() && expected.predicate == attest::SUMMARY {
        return Err(CommandError::usage("say which policy must have been kept: `--policy NAME`")
            .hint("its name, its address, or its digest"));
    }
    let one = |word: &'a String| {
        let (algorithm, hex) = match word.split_once(':') {
            Some((algorithm, hex)) => (Some(algorithm), hex),
            None => (None, word.as_str()),
        };
        let whole = hex.len() >= 40 && hex.bytes().all(|digit| digit.is_ascii_hexdigit());
        let not = || {
            CommandError::usage(format!("`{word}` is no digest: `--subject` takes the whole of one"))
                .hint("the commit's full id, `sha256:HEX`, or `gitCommit:HEX`")
        };
        whole.then(|| Wanted { word, algorithm, hex: hex.to_ascii_lowercase() }).ok_or_else(not)
    };
    expected.subjects.iter().map(one).collect()
}

/// Algorithms that count: those that the framework asks for and that nobody can find a second content for. The ids of
/// git are what a commit is called.
const ALGORITHMS: &[&str] = &["gitCommit", "sha256", "sha384", "sha512"];

impl Wanted<'_> {
    fn is(&self, subject: &SeenSubject) -> bool {
        subject.digest.iter().any(|(algorithm, hex)| {
            ALGORITHMS.contains(&algorithm.as_str())
                && self.algorithm.is_none_or(|wanted| wanted == algorithm)
                && *hex == self.hex
        })
    }
}

fn judge(expected: &Expected<'_>, subjects: &[Wanted<'_>], bytes: &[u8]) -> Judged {
    let mut judged = Judged {
        attestation: expected.file.to_owned(),
        status: "unreadable",
        signed_by: Vec::new(),
        problems: Vec::new(),
        statement: None,
    };
    let envelope = match Envelope::read(bytes) {
        Ok(envelope) => envelope,
        Err(error) => {
            judged.problems.push(error.to_string());
            return judged;
        }
    };
    judged.status = "refused";
    match envelope.signed_by(expected.keys) {
        Ok(by) => judged.signed_by = by.into_iter().map(short).collect(),
        Err(error @ EnvelopeError::BadSignature { .. }) => judged.problems.push(error.to_string()),
        Err(error) => judged.problems.push(error.to_string()),
    }
    if judged.signed_by.is_empty() && judged.problems.is_empty() {
        judged.problems.push(strangers(&envelope, expected.keys));
    }
    if envelope.payload_type != attest::PAYLOAD {
        let found = clean(&envelope.payload_type);
        let wanted = attest::PAYLOAD;
        judged.problems.push(format!("what was signed is of the type `{found}`, not `{wanted}`"));
        return judged;
    }
    match attest::read(&envelope.payload) {
        Ok(seen) => {
            judged.problems.extend(contradictions(expected, subjects, &seen));
            judged.statement = Some(said(seen));
        }
        Err(unread) => judged.problems.push(unread.text()),
    }
    if judged.problems.is_empty() {
        judged.status = "good";
    }
    judged
}

/// Nobody signed it whom anybody here knows.
fn strangers(envelope: &Envelope, keys: &[Verifier]) -> String {
    let named = envelope.signatures.iter().map(|(id, _)| id.as_str()).filter(|id| !id.is_empty());
    let named: Vec<String> = named.take(NAMED_MAX).map(clean).collect();
    let by = if named.is_empty() { "keys that it does not name".to_owned() } else { named.join(", ") };
    let known: Vec<String> = keys.iter().take(NAMED_MAX).map(short).collect();
    match known.as_slice() {
        [] => format!("signed by {by}, and no key is trusted here: `--key KEY` or `dod key trust` names one"),
        known => {
            format!("signed by {by}, and none of these is trusted for it; trusted are {}", known.join(", "))
        }
    }
}

/// Where the statement is not what is expected, in the order in which people ask.
fn contradictions(expected: &Expected<'_>, subjects: &[Wanted<'_>], seen: &Seen) -> Vec<String> {
    let mut found = Vec::new();
    if seen.predicate_type != expected.predicate {
        let (is, wanted) = (clean(&seen.predicate_type), expected.predicate);
        found.push(format!("it says another kind of thing: `{is}`, not `{wanted}`"));
        return found;
    }
    let verifier = seen.verifier.as_deref();
    if let Some(verifier) = verifier.filter(|verifier| *verifier != expected.verifier) {
        let (is, wanted) = (clean(verifier), expected.verifier);
        found.push(format!("its verifier is `{is}`, and the keys are trusted for `{wanted}`"));
    }
    for wanted in subjects.iter().filter(|wanted| !seen.subjects.iter().any(|one| wanted.is(one))) {
        let about = seen.subjects.iter().flat_map(|one| &one.digest);
        let about = about.take(NAMED_MAX).map(|(name, hex)| format!("{}:{}", clean(name), clean(hex)));
        let about: Vec<String> = about.collect();
        found.push(format!("it is not about {}, but about {}", wanted.word, about.join(", ")));
    }
    if let Some(resource) = expected.resource.filter(|wanted| seen.resource.as_deref() != Some(*wanted)) {
        let is = clean(seen.resource.as_deref().unwrap_or("nothing"));
        found.push(format!("it was verified as `{is}`, not as `{resource}`"));
    }
    if let Some(policy) = expected.policy.filter(|policy| !is_policy(seen, policy)) {
        let is = clean(&policy_of(seen).unwrap_or_else(|| "none".to_owned()));
        found.push(format!("the policy is {is}, not `{policy}`"));
    }
    match seen.result.as_deref() {
        Some("PASSED") | None => {}
        Some(result) => found.push(format!("the result is {}, not PASSED", clean(result))),
    }
    found
}

/// Whether a word means the policy of a statement.
fn is_policy(seen: &Seen, word: &str) -> bool {
    let policy = &seen.policy;
    let named = policy
        .name
        .as_deref()
        .is_some_and(|name| name == word || name.split_once('@').is_some_and(|(name, _)| name == word));
    let digest = word
        .strip_prefix("sha256:")
        .is_some_and(|hex| policy.digest.get("sha256").is_some_and(|it| it == hex));
    named || digest || policy.uri.as_deref() == Some(word)
}

fn policy_of(seen: &Seen) -> Option<String> {
    let policy = &seen.policy;
    let named = policy.name.as_ref().or(policy.uri.as_ref())?;
    let digest = policy.digest.get("sha256").map(|hex| format!(" (sha256:{hex})")).unwrap_or_default();
    Some(format!("{named}{digest}"))
}

fn said(seen: Seen) -> Said {
    let policy = policy_of(&seen);
    let Seen { predicate_type, subjects, verifier, resource, time, policy: _, result, run, definitions } =
        seen;
    let subject = |SeenSubject { name, digest }| Subject { name, digest };
    let subjects = subjects.into_iter().map(subject).collect();
    Said { predicate_type, result, subjects, verifier, resource, policy, time, run, definitions }
}

/// A word of a stranger, which stays in its line.
fn clean(text: &str) -> String {
    dod_views::clean(text, false).replace(['\n', '\t'], " ")
}

fn text(judged: &Judged) -> String {
    let mut lines = match judged.problems.as_slice() {
        [] => vec!["good: the attestation can be relied on".to_owned()],
        problems => problems.iter().map(|problem| format!("{}: {problem}", judged.status)).collect(),
    };
    let mut line = |name: &str, value: Option<&str>| {
        lines.extend(value.map(|value| format!("  {name:11} {}", clean(value))));
    };
    let by = judged.signed_by.join(", ");
    line("signed by", Some(if by.is_empty() { "nobody who is known" } else { &by }));
    if let Some(said) = &judged.statement {
        line("result", said.result.as_deref());
        line("policy", said.policy.as_deref());
        line("definitions", said.definitions.as_deref());
        for subject in &said.subjects {
            let digests: Vec<String> =
                subject.digest.iter().map(|(name, hex)| format!("{name}:{hex}")).collect();
            line("subject", Some(&format!("{} {}", digests.join(" "), subject.name)));
        }
        line("resource", said.resource.as_deref());
        line("verifier", said.verifier.as_deref());
        line("time", said.time.as_deref());
        line("run", said.run.as_deref());
    }
    lines.join("\n") + "\n"
}
