//! `dod log add`: gathers runs of many machines where the team keeps its log.

use std::path::PathBuf;

use clap::Args;
use dod_host::gathered::{Addition, GatherError, Gathered, Into, add_to_folder, add_to_reference};
use serde_json::json;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::project::Project;
use crate::runs::Found;
use crate::whole::{self, Asks};
use crate::{launch, output, sealing};

/// How references begin.
const REFERENCES: &str = "refs/";

/// Add exported runs to the log of the team: a reference in git, or a folder
///
/// Each file is checked as a whole first. Many jobs may add at once: none of them loses what another one has added. A longer
/// or better signed version of a run takes the place of the one that is there.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod log add .dod/run.dodz --to refs/dod/logs/team --push origin
  dod log add jobs/*.dodz --to /srv/dod/team

`git fetch origin refs/dod/logs/team:refs/dod/logs/team` brings it to another clone.
Exit codes: 0 all of them are there, 1 a run is not what it says, or another run of its id is there, 3 the log or the
remote cannot be written")]
pub(crate) struct AddArgs {
    /// Exported runs
    #[arg(value_name = "FILE", required = true)]
    files: Vec<PathBuf>,
    /// A reference, such as `refs/dod/logs/team`, or a folder
    #[arg(long, value_name = "REF|FOLDER")]
    to: String,
    /// Take the reference of this remote, and push to it
    #[arg(long, value_name = "REMOTE")]
    push: Option<String>,
}

pub(super) fn run(args: &AddArgs, project: &Project, globals: &Globals) -> Result<Exit, CommandError> {
    let AddArgs { files, to, push } = args;
    let sealing = sealing::sealing(project)?;
    let known = sealing::known(project)?;
    for file in files {
        whole::check_file(file, &known, Asks::Whole, "not added")?;
        if let Some(found) = Found::exported(&file.to_string_lossy())? {
            whole::follows(&found, "not added")?;
        }
    }
    let additions: Vec<Addition> =
        files.iter().map(|file| Addition::of(file, &sealing.by)).collect::<Result<_, _>>()?;
    let gathered = match to.starts_with(REFERENCES) {
        true => {
            let (git, by) = super::anchor::git(project)?;
            let into = Into { git, reference: to, remote: push.as_deref(), by: &by };
            add_to_reference(into, &additions, &sealing)?
        }
        false if push.is_some() => {
            let error = format!("`{to}` is a folder: nothing of it is pushed");
            return Err(CommandError::usage(error).hint("a reference is `refs/dod/logs/NAME`"));
        }
        false => {
            let folder = globals.directory.as_deref().map_or_else(|| PathBuf::from(to), |here| here.join(to));
            add_to_folder(&folder, &additions, &sealing)?
        }
    };
    tell(&gathered, args, globals);
    Ok(Exit::Done)
}

fn tell(gathered: &Gathered, args: &AddArgs, globals: &Globals) {
    let Gathered { origin, size, runs, unsigned } = gathered;
    if globals.json() {
        let one = |((run, kept), file): (&(_, dod_host::gathered::Kept), &PathBuf)| json!({ "run": run, "file": file, "kept": kept.word() });
        let runs: Vec<_> = runs.iter().zip(&args.files).map(one).collect();
        let object =
            json!({ "origin": origin, "to": args.to, "size": size, "runs": runs, "unsigned": unsigned });
        output::result(&(launch::json(&object) + "\n"));
    } else {
        for (run, kept) in runs {
            output::result(&format!("run {run}: {}\n", kept.word()));
        }
        output::result(&format!(
            "{}: {} in {}\n",
            super::called(origin),
            super::count(*size, "leaf", "leaves"),
            args.to
        ));
    }
    if let Some(why) = unsigned {
        output::warning(&format!("the log is not signed as it is now: {why}"));
    }
}

impl From<GatherError> for CommandError {
    fn from(error: GatherError) -> Self {
        let message = error.to_string();
        match error {
            GatherError::Exported(error) => error.into(),
            GatherError::CloneLog(error) => error.into(),
            GatherError::Git(error) => error.into(),
            GatherError::Storage(error) => error.into(),
            GatherError::Contended { .. } => Self::system(message).hint("try it again"),
        }
    }
}
