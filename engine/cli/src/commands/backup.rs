//! `dod backup`: all runs, blobs and the log of this clone in one file.

use std::io::IsTerminal as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use clap::Args;
use dod_host::house::{Backed, BackupError, backup};
use dod_host::lock::Lock;
use serde::Serialize;

use super::gc::{Progress, size};
use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::launch::tree_lock;
use crate::{launch, output};

/// How long somebody who writes a leaf is waited for.
const LOG_PATIENCE: Duration = Duration::from_secs(10);

/// Write all runs, blobs and the log of this clone into one file
///
/// The file is a tar archive that can be written in one way only, with a manifest of digests. It holds no keys, no cache and
/// nothing that can be made again. `dod restore` takes it back, after everything in it was checked.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod backup /mnt/backup/payments.dodb
  dod backup /mnt/backup/                 named by the folder and the day

Exit codes: 0 done, 2 the command line is wrong, 3 something cannot be read or written, or a blob is damaged")]
pub(crate) struct BackupArgs {
    /// The file, or a folder that it is put into
    #[arg(value_name = "FILE|FOLDER")]
    target: PathBuf,
}

/// The documented object.
#[derive(Debug, Serialize)]
struct Written {
    file: PathBuf,
    runs: u64,
    blobs: u64,
    files: u64,
    bytes: u64,
    /// Blobs that are damaged here, and were left out.
    damaged: Vec<dod_kernel::id::Digest>,
}

pub(crate) fn run(args: &BackupArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let project = globals.project()?;
    let workspace = project.existing_workspace()?;
    let asked = globals.directory.as_deref().unwrap_or_else(|| Path::new("")).join(&args.target);
    let file = if asked.is_dir() { asked.join(named(&project.root)) } else { asked };
    let _tree = tree_lock(&workspace)?;
    let log = workspace.log_folder();
    let _log = match log.is_dir() {
        true => Some(
            Lock::take(&log.join("lock"), "a backup", LOG_PATIENCE)
                .map_err(|error| CommandError::system(error.to_string()))?,
        ),
        false => None,
    };
    let progress = Progress { shown: std::io::stderr().is_terminal() && !globals.json() };
    let backed = backup(&workspace, &file, &mut |at, all| progress.say(&format!("file {at} of {all}")));
    progress.end();
    let Backed { runs, blobs, files, bytes, damaged } = backed.map_err(|error| match error {
        BackupError::Storage(error) => error.into(),
        error @ BackupError::Archive { .. } => CommandError::system(error.to_string()),
    })?;
    let whole = damaged.is_empty();
    if globals.json() {
        let written = Written { file, runs, blobs, files, bytes, damaged };
        output::result(&(launch::json(&written) + "\n"));
    } else {
        let size = size(bytes);
        output::result(&format!("wrote {}: {runs} runs, {blobs} blobs, {size}\n", file.display()));
        for digest in damaged {
            output::warning(&format!("the blob {digest} is damaged here, and was left out"));
        }
    }
    Ok(if whole { Exit::Done } else { Exit::Undecided })
}

/// `payments-2026-11-22.dodb`
fn named(root: &Path) -> String {
    use dod_host::world::{Os, World as _};
    let name = root.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let day: String = dod_views::time::rfc3339(Os::new().now()).chars().take(10).collect();
    format!("{name}-{day}.dodb")
}
