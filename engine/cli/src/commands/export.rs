//! `dod export`: a run in one file.

use std::io::Write as _;
use std::path::{Path, PathBuf};

use clap::Args;
use dod_host::blob::Blobs;
use dod_host::exported::{self, Written, write, write_file};
use dod_host::workspace::Workspace;
use serde_json::json;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::runs::Found;
use crate::{exporting, launch, output};

/// Write a run into one file, with everything that it names
///
/// The file holds the log, its checkpoint and every blob, and is the same on every machine. Commands that look at a run
/// take it in place of one; a run without a verdict can be exported, too, and goes on elsewhere with `dod resume`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod export                        the newest run, into `run.dodz`
  dod export 019aa5 -o gate.dodz
  dod export latest -o - | ssh auditor 'cat > run.dodz'

Exit codes: 0 all of it is in the file, 3 blobs are missing or damaged")]
pub(crate) struct ExportArgs {
    /// `latest`, an id or its beginning, a commit, or an exported run
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// The file; `-` for stdout
    #[arg(short, long, value_name = "FILE", default_value = exported::FILE)]
    output: PathBuf,
}

pub(crate) fn run(args: ExportArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let ExportArgs { run, output: target } = args;
    let project = globals.project()?;
    let found = Found::of(&project, run.as_deref())?;
    let store = Blobs::at(&found.blobs);
    let log = found.workspace.as_ref().map(Workspace::log_folder);
    let to_stdout = target == Path::new("-");
    if to_stdout && globals.json() {
        return Err(CommandError::usage("the file and the JSON cannot both go to stdout"));
    }
    let written = match to_stdout {
        false => write_file(&found.folder, &store, log.as_deref(), &target)?,
        true => {
            let mut stdout = std::io::BufWriter::new(std::io::stdout().lock());
            let written = write(&found.folder, &store, log.as_deref(), &mut stdout, Path::new("stdout"))?;
            let flushed = stdout.flush();
            flushed
                .map_err(|error| CommandError::system(format!("cannot write to stdout: {}", error.kind())))?;
            written
        }
    };
    let Written { run, events, finished, blobs, missing, damaged } = &written;
    if globals.json() {
        let object = json!({
            "run": run, "file": target, "events": events, "finished": finished, "blobs": blobs,
            "missing": missing, "damaged": damaged,
        });
        output::result(&(launch::json(&object) + "\n"));
    } else if !to_stdout {
        output::result(&format!("{}\n", exporting::said(&written, &target)));
    }
    exporting::warn(&written);
    Ok(if missing.is_empty() && damaged.is_empty() { Exit::Done } else { Exit::Undecided })
}
