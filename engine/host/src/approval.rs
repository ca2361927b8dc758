//! Whether an answer is proved: signed, over what it answers, with a key that the roles of its run have for that name.
//!
//! ```text
//!   no signature                                      claimed
//!   a signature, and no key of that name is known     no key: kept, and proves nothing
//!   a signature by one of the keys, valid at the time  proved
//!   a signature that does not fit                     an error: the answer, or what it answers, is another one
//! ```
//!
//! The live path asks [`standing`] before an answer is recorded, and whoever verifies a log asks [`recheck`] with the run as
//! it was just before the event `answered`, and the event's time. Both read nothing but the run: the roles lie in its
//! governance, the text that was signed follows from its state ([`Run::statement`]). So a log and its blobs are enough,
//! years later, without network.
//!
//! **Absent on purpose:** whether a claimed answer is enough (the kernel refuses it where it is not), private keys.

use dod_kernel::id::{Name, Timestamp};
use dod_kernel::policy::{Member, Verdict, same_name};
use dod_kernel::run::{Answered, Run};
use dod_proof::sshsig::{PublicKey, SignatureError, verify};

use crate::blob::digest_of;

/// The namespace of signatures of answers (`ssh-keygen -Y sign -n`).
pub const NAMESPACE: &str = "dod-approval";

/// How it is known who answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// Nothing but a name.
    Claimed,
    /// It is signed, and the roles have no key of that name that could tell.
    NoKey,
    /// A signature proves it.
    Proved {
        /// The public key, as the roles have it.
        key: Name,
    },
}

/// A signed answer that is not what its signer signed, or says of itself what is not so.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ApprovalError {
    /// The signature does not fit.
    #[error("the signature of `{by}` for `{step}`: {error}")]
    Signature {
        /// Who is said to have answered.
        by: Name,
        /// The step.
        step: Name,
        /// What is wrong with it.
        error: SignatureError,
    },
    /// The key fits, and was not valid then.
    #[error("the signature of `{by}` for `{step}` was made with a key that was not valid at that time")]
    OutOfTime {
        /// Who answered.
        by: Name,
        /// The step.
        step: Name,
    },
    /// The event says that the answer is proved, and it is not; or the other way round.
    #[error("the answer of `{by}` to `{step}` is recorded as {recorded}, and it is {found}")]
    SaysOtherwise {
        /// Who is said to have answered.
        by: Name,
        /// The step.
        step: Name,
        /// As recorded.
        recorded: &'static str,
        /// As it is.
        found: &'static str,
    },
    /// The run has no such step, or has not begun.
    #[error("the run has no step `{step}` that could be answered")]
    NoSuchStep {
        /// The step.
        step: Name,
    },
}

/// What a signature of this answer is over, as the run stands now: one line of canonical JSON with its line feed. `None`:
/// the run has not begun, or has no such step.
pub fn text(run: &Run, answer: &Answered) -> Option<String> {
    let digest =
        |verdict: &Verdict| digest_of(&serde_json::to_vec(verdict).expect("a verdict can always be written"));
    let statement = run.statement(answer, &digest)?;
    Some(serde_json::to_string(&statement).expect("a statement can always be written") + "\n")
}

/// How it is known who gives this answer to the run as it stands, at this time. What the answer says about itself
/// (`by.proved`) is not asked.
///
/// # Errors
/// It is signed, and the signature does not fit.
pub fn standing(run: &Run, answer: &Answered, at: Timestamp) -> Result<Standing, ApprovalError> {
    let Some(proof) = &answer.proof else { return Ok(Standing::Claimed) };
    let (by, step) = (answer.by.name.clone(), answer.step.name.clone());
    let text = text(run, answer).ok_or_else(|| ApprovalError::NoSuchStep { step: step.clone() })?;
    let members = run.governance().roles.values().flatten();
    let signers = match signers(members, &by, NAMESPACE, &text, proof) {
        Ok(signers) => signers,
        Err(error) => return Err(ApprovalError::Signature { by, step, error }),
    };
    if signers.is_empty() {
        return Ok(Standing::NoKey);
    }
    match signers.into_iter().find(|(member, _)| is_valid(member, at)) {
        Some((_, key)) => Ok(Standing::Proved { key: key.clone() }),
        None => Err(ApprovalError::OutOfTime { by, step }),
    }
}

/// The same for a recorded answer: `run` is the run just before it, `at` the event's time. What the event says must agree.
///
/// # Errors
/// The signature does not fit, or the event says that the answer is proved and it is not, or is not and it is.
pub fn recheck(run: &Run, answered: &Answered, at: Timestamp) -> Result<Standing, ApprovalError> {
    let standing = standing(run, answered, at)?;
    let word = |proved: bool| if proved { "proved" } else { "claimed" };
    let found = matches!(standing, Standing::Proved { .. });
    if found == answered.by.proved {
        return Ok(standing);
    }
    let (by, step) = (answered.by.name.clone(), answered.step.name.clone());
    Err(ApprovalError::SaysOtherwise { by, step, recorded: word(answered.by.proved), found: word(found) })
}

/// Members of this name whose key made the signature, each with the key; none where no key of the name is known.
///
/// # Errors
/// There are keys of that name, and the signature fits none of them.
pub fn signers<'m>(
    members: impl Iterator<Item = &'m Member>,
    name: &str,
    namespace: &str,
    text: &str,
    signature: &str,
) -> Result<Vec<(&'m Member, &'m Name)>, SignatureError> {
    let (mut found, mut wrong) = (Vec::new(), None);
    for member in members.filter(|member| same_name(&member.name, name)) {
        let Some(line) = &member.key else { continue };
        let key = PublicKey::read(line);
        match key.and_then(|key| verify(&key, namespace, text.as_bytes(), signature)) {
            Ok(()) => found.push((member, line)),
            // What the right key has against the signature tells more than that there are other keys.
            Err(SignatureError::OtherKey) => wrong = wrong.or(Some(SignatureError::OtherKey)),
            Err(error) => wrong = Some(error),
        }
    }
    match wrong {
        Some(error) if found.is_empty() => Err(error),
        _ => Ok(found),
    }
}

fn is_valid(member: &Member, at: Timestamp) -> bool {
    member.valid_after.is_none_or(|from| at >= from) && member.valid_before.is_none_or(|until| at < until)
}

#[cfg(test)]
mod tests;
