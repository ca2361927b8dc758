//! A run that is what it says: its bytes are those that its checkpoint and its events name, and its decisions follow.
//!
//! **Absent on purpose:** anchors. Whoever attests looks at the run as it is here.

use std::sync::Arc;

use dod_host::blob::{Blobs, digest_of};
use dod_host::disk;
use dod_host::exported::{CHECKPOINT_FILE, Stands, Survey};
use dod_host::storage::StorageError;
use dod_kernel::id::Digest;
use dod_kernel::policy::Governance;
use dod_proof::checkpoint::Checkpoint;
use dod_proof::key::Verifier;
use dod_proof::note::NOTE_BYTES_MAX;
use dod_views::Story;

use crate::blame::{CommandError, Exit};
use crate::remade::{self, Remake, Status};
use crate::runs::Found;

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
    let root = bytes(&found, known)?;
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

/// What hashes can tell: every blob is there and is what its name says, and a checkpoint is of these lines, with no bad
/// signature of a known key.
fn bytes(found: &Found, known: &[Verifier]) -> Result<String, CommandError> {
    let unread = |error: &dyn std::fmt::Display| {
        CommandError::system(format!("not attested: run {} cannot be read: {error}", found.id))
    };
    let survey = Survey::of(&found.folder).map_err(|error| unread(&error))?;
    let blobs = survey.blobs(&Blobs::at(&found.blobs)).map_err(|error| unread(&error))?;
    for (digest, stands) in blobs {
        match stands {
            Stands::Here(_) => {}
            Stands::Missing => {
                let text = format!("incomplete: the blob {digest} that the run names is not here");
                return Err(differs(Status::Incomplete, &text));
            }
            Stands::Damaged => {
                let text = format!("different: the blob {digest} that the run names was changed");
                return Err(differs(Status::Different, &text));
            }
        }
    }
    let lines = &survey.run;
    let root = lines.frontier.root();
    let path = found.folder.join(CHECKPOINT_FILE);
    let note = match disk::read_bounded(&path, NOTE_BYTES_MAX as u64) {
        Ok(note) => note,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(root.to_string()),
        Err(error) => return Err(StorageError::of("read", &path, &error).into()),
    };
    let wanted = Checkpoint { origin: lines.origin(), size: lines.count(), root };
    let differs = |why: &str| Err(differs(Status::Different, &format!("different: {why}")));
    match Checkpoint::open(&note, known) {
        Ok(signed) if signed.checkpoint == wanted => {}
        Ok(_) => return differs("the log is not the one that its checkpoint was made of"),
        Err(error) => return differs(&error.to_string()),
    }
    Ok(wanted.root.to_string())
}

fn differs(status: Status, text: &str) -> CommandError {
    let error = CommandError::system(format!("not attested: {text}"));
    match status {
        Status::Different => CommandError { exit: Exit::Failed, ..error },
        _ => error,
    }
    .hint("`dod verify` and `dod replay` say more")
}
