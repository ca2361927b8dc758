//! A run that is what it says: its bytes are those that its checkpoint and its events name, and its decisions follow.
//!
//! **Absent on purpose:** anchors. Whoever attests looks at the run as it is here.

use std::sync::Arc;

use dod_host::blob::digest_of;
use dod_kernel::id::Digest;
use dod_kernel::policy::Governance;
use dod_proof::key::Verifier;
use dod_views::Story;

use crate::blame::{CommandError, Exit};
use crate::remade::{self, Remake, Status};
use crate::runs::Found;
use crate::whole::{self, Asks};

/// A run whose bytes are whole and whose decisions follow from its facts.
pub(super) struct Checked {
    pub(super) found: Found,
    pub(super) story: Story,
    pub(super) governance: Arc<Governance>,
    /// The root over its lines, in base64.
    pub(super) root: String,
    /// Digest of its verdict document, where it has a verdict.
    pub(super) document: Option<Digest>,
}

/// Looks at every byte of a run and makes every decision again.
pub(super) fn check(found: Found, known: &[Verifier]) -> Result<Checked, CommandError> {
    let verified = whole::check(&found, known, Asks::Good, "not attested")?;
    let root = verified.seen.map(|seen| seen.root.to_string()).unwrap_or_default();
    let remake =
        Remake::of(&found, None).map_err(|unreadable| differs(unreadable.status, &unreadable.text))?;
    let mut story = Story::new(Arc::clone(&remake.stored().workflow));
    let governance = Arc::clone(&remake.stored().governance);
    let (remade, document) = remade::with_document(&remake, &mut |recorded, _| story.push(recorded));
    if remade.status != Status::Good {
        return Err(differs(remade.status, &remade.text));
    }
    let id = remake.stored().id.clone();
    drop(remake);
    let document = document.map(|document| digest_of(&document.bytes()));
    Ok(Checked { found: Found { id, ..found }, story, governance, root, document })
}

fn differs(status: Status, text: &str) -> CommandError {
    let error = CommandError::system(format!("not attested: {text}"));
    match status {
        Status::Different => CommandError { exit: Exit::Failed, ..error },
        _ => error,
    }
    .hint("`dod verify` and `dod replay` say more")
}
