//! Who approved a waiver: claimed, or proved by a signature with a key of `roles.yaml`.
//!
//! ```text
//!   no signature, or no key of the approver is known    claimed
//!   a signature by one of the approver's keys           proved
//!   a signature that does not fit                       an error: somebody changed what was signed
//! ```
//!
//! **Absent on purpose:** whether a claimed approver is enough. The policy says so.

use std::collections::BTreeMap;

use dod_host::approval::signers;
use dod_kernel::id::Name;
use dod_kernel::policy::{Member, Waiver};
use dod_notation::policy::{SIGNATURE_NAMESPACE, signed_text};
use dod_proof::sshsig::SignatureError;

/// What is known of an approver.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Approval {
    /// Nothing but a name.
    Claimed,
    /// Signed by a key of a person of that name.
    Proved,
    /// It is signed, and `roles.yaml` has no key of that name that could tell.
    NoKey,
}

/// Looks at the signature of a waiver.
///
/// # Errors
/// The signature, or every key of the approver, is broken or does not fit.
pub(crate) fn approval(
    waiver: &Waiver,
    roles: &BTreeMap<Name, Vec<Member>>,
) -> Result<Approval, SignatureError> {
    let Some(signature) = &waiver.signature else { return Ok(Approval::Claimed) };
    // When it was signed is not recorded, so it is not asked when a key was valid.
    let members = roles.values().flatten();
    let signers =
        signers(members, &waiver.approved_by, SIGNATURE_NAMESPACE, &signed_text(waiver), signature)?;
    Ok(if signers.is_empty() { Approval::NoKey } else { Approval::Proved })
}

/// A waiver as messages name it.
pub(crate) fn named(waiver: &Waiver) -> String {
    match &waiver.scope {
        Some(scope) => format!("`{}` at `{scope}`", waiver.of),
        None => format!("`{}`", waiver.of),
    }
}
