//! A reference in git, here or at a remote: each addition is a commit on top of the one before.
//!
//! ```text
//!   look where it is ─▶ add in a folder of its own ─▶ commit ─▶ move it, if it is still there   else once more
//!                                                                └─▶ sign what is there now ─▶ commit ─▶ move it
//! ```
//!
//! **Absent on purpose:** merging: leaves have an order, and a commit that lost the race is made anew.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::{Addition, GatherError, Gathered, Kept, RUNS_FOLDER, TRIES_MAX, add, open, run_file};
use crate::clone_log::{CHECKPOINT_FILE, LEAVES_FILE, ORIGIN_FILE};
use crate::exported::EXTENSION;
use crate::git::{Git, Person};
use crate::keys::Signing;
use crate::seal::Sealing;
use crate::storage::StorageError;

/// The longest wait before the next try.
const PAUSE_MAX: Duration = Duration::from_millis(400);

/// Where runs are gathered.
#[derive(Clone, Copy, Debug)]
pub struct Into<'a> {
    /// The repository.
    pub git: &'a Git,
    /// The reference, like `refs/dod/logs/team`.
    pub reference: &'a str,
    /// The remote that has it, too, and that is asked.
    pub remote: Option<&'a str>,
    /// Who commits.
    pub by: &'a Person,
}

impl Into<'_> {
    /// Where the reference is now.
    fn tip(&self) -> Result<Option<String>, GatherError> {
        match self.remote {
            Some(remote) => Ok(self.git.fetch_tip(remote, self.reference)?),
            None => Ok(self.git.tip(self.reference)?),
        }
    }

    /// Moves the reference, if it is still there.
    fn swap(&self, from: Option<&str>, to: &str) -> Result<bool, GatherError> {
        let Some(remote) = self.remote else { return Ok(self.git.swap_tip(self.reference, from, to)?) };
        if !self.git.push_tip(remote, self.reference, from, to)? {
            return Ok(false);
        }
        // What lies here follows, and whoever was faster here is further.
        let here = self.git.tip(self.reference)?;
        let _ = self.git.swap_tip(self.reference, here.as_deref(), to)?;
        Ok(true)
    }

    /// The files of the log as a commit has them.
    fn copy_out(&self, commit: &str, folder: &Path) -> Result<(), GatherError> {
        for file in [ORIGIN_FILE, LEAVES_FILE, CHECKPOINT_FILE] {
            self.git.copy_out(commit, file, &folder.join(file))?;
        }
        Ok(())
    }
}

/// Adds runs to a reference, on top of whatever others have added in the meantime.
///
/// # Errors
/// A run is another one than the one that is there, the log is not what its checkpoint states, or git or the remote
/// refuses.
pub fn add_to_reference(
    into: Into<'_>,
    additions: &[Addition],
    sealing: &Sealing,
) -> Result<Gathered, GatherError> {
    let given = additions.len();
    let mut pause = Pause::new();
    for _ in 0..TRIES_MAX {
        let tip = into.tip()?;
        let work = temporary()?;
        let folder = work.path();
        if let Some(tip) = &tip {
            into.copy_out(tip, folder)?;
        }
        let runs = folder.join(RUNS_FOLDER);
        std::fs::create_dir(&runs).map_err(StorageError::when("create", &runs))?;
        let more = unpushed(&into, tip.as_deref(), &runs, sealing)?;
        let all: Vec<&Addition> = additions.iter().chain(&more).collect();
        if let Some(tip) = &tip {
            for addition in &all {
                let file = run_file(addition.unpacked.run());
                into.git.copy_out(tip, &file, &folder.join(&file))?;
            }
        }
        let mut log = open(folder, &sealing.repository, &Signing::none())?;
        let before = log.size();
        let kept = add(folder, &mut log, &all)?;
        if !sealing.signing.is_some() && !log.is_sealed(&sealing.signing) {
            log.seal(&sealing.signing)?;
        }
        let (origin, size) = (log.origin().to_owned(), log.size());
        drop(log);
        let written = all.iter().zip(&kept).filter(|(_, kept)| kept.is_written());
        let mut files: Vec<(String, PathBuf)> = written
            .map(|(one, _)| run_file(one.unpacked.run()))
            .map(|file| (file.clone(), folder.join(file)))
            .collect();
        if size > before || !files.is_empty() {
            files.extend(log_files(folder));
            let ids: Vec<String> = all.iter().map(|one| one.unpacked.run().to_string()).collect();
            let message = format!("dod log add\n\n{}\n", ids.join("\n"));
            let commit = into.git.commit_files(tip.as_deref(), &files, &message, into.by)?;
            if !into.swap(tip.as_deref(), &commit)? {
                pause.wait();
                continue;
            }
        }
        let named = all.iter().map(|one| one.unpacked.run().clone()).zip(kept).take(given);
        let runs: Vec<(_, Kept)> = named.collect();
        let unsigned = seal(&into, sealing).err().map(|error| error.to_string());
        return Ok(Gathered { origin, size, runs, unsigned });
    }
    Err(GatherError::Contended { place: into.reference.to_owned() })
}

/// Signs the log as it is now. What it is over is there for good, so no signature is ever made in vain.
fn seal(into: &Into<'_>, sealing: &Sealing) -> Result<(), GatherError> {
    if !sealing.signing.is_some() {
        return Ok(());
    }
    let mut pause = Pause::new();
    for _ in 0..TRIES_MAX {
        let Some(tip) = into.tip()? else { return Ok(()) };
        let work = temporary()?;
        into.copy_out(&tip, work.path())?;
        let mut log = open(work.path(), &sealing.repository, &sealing.signing)?;
        if log.is_sealed(&sealing.signing) {
            return Ok(());
        }
        log.seal(&sealing.signing)?;
        let files = [(CHECKPOINT_FILE.to_owned(), work.path().join(CHECKPOINT_FILE))];
        let commit = into.git.commit_files(Some(&tip), &files, "dod log: checkpoint\n", into.by)?;
        if into.swap(Some(&tip), &commit)? {
            return Ok(());
        }
        pause.wait();
    }
    Err(GatherError::Contended { place: into.reference.to_owned() })
}

fn log_files(folder: &Path) -> Vec<(String, PathBuf)> {
    let files = [ORIGIN_FILE, LEAVES_FILE, CHECKPOINT_FILE].map(|file| (file.to_owned(), folder.join(file)));
    files.into_iter().filter(|(_, path)| path.is_file()).collect()
}

/// Runs that were added here and that the remote does not have.
fn unpushed(
    into: &Into<'_>,
    tip: Option<&str>,
    folder: &Path,
    sealing: &Sealing,
) -> Result<Vec<Addition>, GatherError> {
    let (Some(_), Some(here)) = (into.remote, into.git.tip(into.reference)?) else { return Ok(Vec::new()) };
    let there = tip.map(|tip| into.git.names_in(tip, RUNS_FOLDER)).transpose()?.unwrap_or_default();
    let mut found = Vec::new();
    for (name, id) in into.git.names_in(&here, RUNS_FOLDER)? {
        let is_run = Path::new(&name).extension().is_some_and(|end| end == EXTENSION);
        if !is_run || there.iter().any(|(known, content)| *known == name && *content == id) {
            continue;
        }
        let file = folder.join(format!(".{name}"));
        into.git.copy_out(&here, &format!("{RUNS_FOLDER}/{name}"), &file)?;
        found.push(Addition::of(&file, &sealing.by)?);
    }
    Ok(found)
}

fn temporary() -> Result<tempfile::TempDir, StorageError> {
    let folder = std::env::temp_dir();
    tempfile::tempdir_in(&folder).map_err(StorageError::when("create a folder in", &folder))
}

/// Waits a little longer each time, and not as long as others do.
struct Pause(Duration);

impl Pause {
    fn new() -> Self {
        Self(Duration::from_millis(5))
    }

    fn wait(&mut self) {
        let spread = uuid::Uuid::now_v7().as_u128() % 1_000;
        let share = u32::try_from(spread).unwrap_or(0);
        std::thread::sleep(self.0 / 2 + self.0 * share / 1_000);
        self.0 = (self.0 * 2).min(PAUSE_MAX);
    }
}
