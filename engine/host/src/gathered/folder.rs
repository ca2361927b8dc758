//! A folder that the team shares, such as one on a server or in a bucket that is mounted.
//!
//! **Absent on purpose:** file systems on which locks do not hold between machines.

use std::path::Path;

use super::{Addition, GatherError, Gathered, add, open};
use crate::seal::Sealing;

/// Adds runs to a folder. All of them are durable when this returns.
///
/// # Errors
/// A run is another one than the one that is there, the log is not what its checkpoint states, or it cannot be written.
pub fn add_to_folder(
    folder: &Path,
    additions: &[Addition],
    sealing: &Sealing,
) -> Result<Gathered, GatherError> {
    let mut log = open(folder, &sealing.repository, &sealing.signing)?;
    let all: Vec<&Addition> = additions.iter().collect();
    let kept = add(folder, &mut log, &all)?;
    if !log.is_sealed(&sealing.signing) {
        log.seal(&sealing.signing)?;
    }
    let runs = additions.iter().map(|one| one.unpacked.run().clone()).zip(kept).collect();
    Ok(Gathered { origin: log.origin().to_owned(), size: log.size(), runs, unsigned: None })
}
