//! `dod verify`: is what lies here what was written, who says so, and what is not covered?
//!
//! **Absent on purpose:** looking at bytes ([`dod_host::verify`]) and making decisions again ([`crate::remade`]); here
//! the two meet, and are told.

mod attestation;
mod reread;
mod told;

use std::path::{Path, PathBuf};

use clap::Args;
use dod_host::anchor::{self, Remembered};
use dod_host::clone_log::ORIGIN_FILE;
use dod_host::disk;
use dod_host::git::Git;
use dod_host::keys::{Keys as KeyStore, SECRET_VARIABLE};
use dod_host::log::LOG_FILE;
use dod_host::verify::{self, Anchor, Exported, Keys, Problems, Source, Status, Wrong};
use dod_host::workspace::Workspace;
use dod_kernel::id::RunId;
use dod_proof::archive::ArchiveError;
use dod_proof::key::{Signer, Verifier};
use dod_proof::note::NOTE_BYTES_MAX;
use dod_views::attest;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::project::Project;
use crate::remade::Remake;
use crate::runs::Found;
use crate::whole;
use told::{Decisions, OfLog, OfRun};

/// Bytes of a file with a key.
const KEY_BYTES_MAX: u64 = 4096;
/// Bytes of the file that says what a log is called.
const ORIGIN_BYTES_MAX: u64 = 2048;

/// Check that nothing was changed, left out or rolled back
///
/// Looks at every byte of a run: lines, root, checkpoint and signatures, every blob, the runs that it joins, the log of
/// this clone or the receipt that came with it, and the signatures of people. Says what is covered and what is not. Needs no
/// network, no tool and no `dod.yaml`, and writes nothing.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod verify                                   the newest run
  dod verify run.dodz --key ci.pub             an exported run, which this key must have signed
  dod verify run.dodz --anchor remembered.txt  and which must continue what was remembered
  dod verify --replay                          and whose decisions follow from its facts
  dod verify --log                             the log of this clone, with all runs that it knows
  dod verify --attestation verdict.intoto.json --subject 9b0e4f1a… --policy standard

Exit codes: 0 good, and good but not anchored; 1 different: something is not what was written, or a key that is
asked for has not signed; 3 incomplete (a blob, a checkpoint or a key is missing) or unreadable")]
pub(crate) struct VerifyArgs {
    /// `latest`, an id or its beginning, a commit, or an exported run: its file or folder
    #[arg(value_name = "RUN")]
    run: Option<String>,
    /// The log of this clone, not one run
    #[arg(long, conflicts_with_all = ["run", "replay", "reread"])]
    log: bool,
    /// A verifier key, or a file with one: it must have signed; may be given several times, then one of them
    #[arg(long, value_name = "KEY|FILE")]
    key: Vec<String>,
    /// A checkpoint that was remembered elsewhere; may be given several times
    #[arg(long, value_name = "FILE")]
    anchor: Vec<PathBuf>,
    /// Make every decision again, too
    #[arg(long)]
    replay: bool,
    /// Read the raw reports again with the readers of this program, and compare with the recorded evidence
    #[arg(long)]
    reread: bool,
    /// An attestation, not a run
    #[arg(long, value_name = "FILE", requires = "subject", conflicts_with_all = ["run", "log", "replay", "reread", "anchor"])]
    attestation: Option<PathBuf>,
    /// What the attestation must be about: a commit, or the digest of an artifact
    #[arg(long, value_name = "DIGEST", requires = "attestation")]
    subject: Vec<String>,
    /// The policy that must have been kept: its name, its address or its digest
    #[arg(long, value_name = "POLICY", requires = "attestation")]
    policy: Option<String>,
    /// What kind of statement the attestation must be
    #[arg(long, value_name = "URI", requires = "attestation", default_value = attest::SUMMARY)]
    predicate: String,
    /// Who must have verified
    #[arg(long, value_name = "URI", requires = "attestation", default_value = attest::VERIFIER)]
    verifier: String,
    /// What it must be about, as a URI
    #[arg(long, value_name = "URI", requires = "attestation")]
    resource: Option<String>,
}

pub(crate) fn run(args: &VerifyArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let place = |path: &Path| globals.directory.as_deref().unwrap_or(Path::new("")).join(path);
    let asked = args.key.iter().map(|word| key(word, &place)).collect::<Result<Vec<_>, _>>()?;
    let known = known(&asked)?;
    if let Some(file) = &args.attestation {
        let expected = attestation::Expected {
            file: &place(file),
            subjects: &args.subject,
            policy: args.policy.as_deref(),
            predicate: &args.predicate,
            verifier: &args.verifier,
            resource: args.resource.as_deref(),
            keys: if asked.is_empty() { &known } else { &asked },
        };
        return attestation::run(&expected, globals.json());
    }
    let keys = Keys { known: &known, asked: &asked };
    let mut problems = Problems::default();
    let anchors = anchors(&args.anchor, &place, &known, &mut problems)?;
    if args.log {
        let workspace = globals.project()?.existing_workspace()?;
        let InGit { anchors: here, siblings } = in_git(&workspace, None, &known, &mut problems);
        let anchors = [anchors, here].concat();
        return Ok(log(&workspace, &keys, &anchors, &siblings, problems)?.tell(globals.json()));
    }
    let target = Target::of(args.run.as_deref(), globals, &place)?;
    let here = match &target {
        Target::Folder(found) => {
            found.workspace.as_ref().map(|it| in_git(it, Some(&found.id), &known, &mut problems).anchors)
        }
        Target::File(_) => None,
    };
    // Those that were named come first: they have to be of use.
    let named = anchors.len();
    let anchors = [anchors, here.unwrap_or_default()].concat();
    one(&target, args, &keys, (&anchors, named), problems).map(|run| run.tell(globals.json()))
}

/// What a repository remembers.
#[derive(Default)]
struct InGit {
    /// Of this clone's log, of the run, and of the log that its receipt is of.
    anchors: Vec<Anchor>,
    /// Where other logs of the same repository are remembered, and what they are called.
    siblings: Vec<(String, String)>,
}

/// What the notes and references of the repository remember.
fn in_git(workspace: &Workspace, run: Option<&RunId>, known: &[Verifier], problems: &mut Problems) -> InGit {
    let Ok(Some(git)) = Git::discover(workspace.root()) else { return InGit::default() };
    let remembered = match anchor::in_repository(&git) {
        Ok(remembered) => remembered,
        Err(error) => {
            problems.add(anchor::NOTES, None, Wrong::NoAnchors { why: error.to_string() });
            return InGit::default();
        }
    };
    let log =
        disk::read_bounded(&workspace.log_folder().join(ORIGIN_FILE), ORIGIN_BYTES_MAX).unwrap_or_default();
    let log = String::from_utf8_lossy(log.trim_ascii_end());
    let receipt = run.and_then(|run| verify::log_of_receipt(&workspace.run_folder(run)));
    let run = run.map(|run| format!("/run/{run}"));
    let mut found = InGit::default();
    for Remembered { place, note } in remembered {
        // Notes of other clones and of other runs are theirs.
        let origin = String::from_utf8_lossy(note.split(|byte| *byte == b'\n').next().unwrap_or_default());
        let ours = (!log.is_empty() && origin == log) || receipt.as_deref() == Some(&*origin);
        if !ours && !run.as_ref().is_some_and(|run| origin.ends_with(run)) {
            // What was published was gathered of many clones.
            if verify::is_sibling(&log, &origin) && !place.starts_with(anchor::LOGS) {
                found.siblings.push((place, origin.into_owned()));
            }
            continue;
        }
        match Anchor::read(&place, &note, known) {
            Ok(anchor) => found.anchors.push(anchor),
            Err(error) => problems.add(&place, None, Wrong::Checkpoint(error)),
        }
    }
    found
}

/// A verifier key, or a file with one.
fn key(word: &str, place: &dyn Fn(&Path) -> PathBuf) -> Result<Verifier, CommandError> {
    let path = place(Path::new(word));
    let text = match disk::is_file(&path) {
        true => {
            let bytes = disk::read_bounded(&path, KEY_BYTES_MAX).map_err(|error| {
                CommandError::usage(format!("the key `{word}` cannot be read: {}", error.kind()))
            })?;
            String::from_utf8_lossy(&bytes).into_owned()
        }
        false => word.to_owned(),
    };
    Verifier::read(text.trim()).map_err(|error| {
        let is_path = !word.contains('+') && !path.exists();
        let message = match is_path {
            true => format!("there is no file `{word}`, and it is no verifier key"),
            false => format!("`{word}` is no verifier key and no file with one: {error}"),
        };
        CommandError::usage(message)
            .hint("a verifier key is one line, `name+id+base64`: `dod key list` shows them")
    })
}

/// Everybody whose signatures count here: those that are asked for, our own and those that we trust.
fn known(asked: &[Verifier]) -> Result<Vec<Verifier>, CommandError> {
    let mut known = asked.to_vec();
    // A machine without a place for keys trusts none.
    if let Ok(store) = KeyStore::find(&|name| std::env::var_os(name), &[]) {
        known.extend(store.known()?);
    }
    let secret = std::env::var(SECRET_VARIABLE).ok();
    known.extend(secret.and_then(|text| Signer::read(text.trim()).ok()).map(|it| it.verifier().clone()));
    let mut seen = Vec::new();
    known.retain(|key| {
        let new = !seen.contains(key);
        seen.extend(new.then(|| key.clone()));
        new
    });
    Ok(known)
}

fn anchors(
    files: &[PathBuf],
    place: &dyn Fn(&Path) -> PathBuf,
    known: &[Verifier],
    problems: &mut Problems,
) -> Result<Vec<Anchor>, CommandError> {
    let mut anchors = Vec::new();
    for file in files {
        let name = file.display().to_string();
        let bytes = disk::read_bounded(&place(file), NOTE_BYTES_MAX as u64).map_err(|error| {
            CommandError::usage(format!("the anchor `{name}` cannot be read: {}", error.kind()))
        })?;
        match Anchor::read(&name, &bytes, known) {
            Ok(anchor) => anchors.push(anchor),
            Err(error) => problems.add(&name, None, Wrong::Checkpoint(error)),
        }
    }
    Ok(anchors)
}

/// What is to be verified.
enum Target {
    /// A run in a folder.
    Folder(Box<Found>),
    /// The file of an exported run.
    File(PathBuf),
}

impl Target {
    fn of(
        word: Option<&str>,
        globals: &Globals,
        place: &dyn Fn(&Path) -> PathBuf,
    ) -> Result<Self, CommandError> {
        if let Some(word) = word {
            let path = place(Path::new(word));
            let is_log = path.file_name().is_some_and(|name| name == LOG_FILE);
            if !is_log && path.is_file() {
                return Ok(Self::File(path));
            }
            // An exported run is verified wherever it lies, without a project around it.
            if path.exists()
                && let Some(found) = Found::exported(&path.to_string_lossy())?
            {
                return Ok(Self::Folder(Box::new(found)));
            }
        }
        let project: Project = globals.project()?;
        Found::of(&project, word).map(|found| Self::Folder(Box::new(found)))
    }
}

fn one(
    target: &Target,
    args: &VerifyArgs,
    keys: &Keys<'_>,
    (anchors, named): (&[Anchor], usize),
    problems: Problems,
) -> Result<OfRun, CommandError> {
    let (source, found): (Box<dyn Source>, Option<&Found>) = match target {
        Target::Folder(found) => (whole::source(found), Some(found)),
        Target::File(path) => match Exported::open(path) {
            Ok(exported) => (Box::new(exported), None),
            Err(ArchiveError::Io(error)) if error.kind() == std::io::ErrorKind::NotFound => {
                return Err(CommandError::usage(format!("`{}` does not exist", path.display())));
            }
            Err(error) => return Ok(OfRun::no_archive(path, &error, problems)),
        },
    };
    let verified = verify::run(&*source, keys, anchors);
    let workspace = found.and_then(|found| found.workspace.as_ref());
    let mut run = OfRun::new(verified, problems);
    if let Some(workspace) = workspace {
        run.bind(workspace, keys, anchors);
    }
    run.beside(named, workspace.is_some());
    run.waivers(&*source);
    run.elsewhere(anchors);
    if args.replay || args.reread {
        let unpacked;
        let found = match target {
            Target::Folder(found) => &**found,
            Target::File(path) => match Found::exported(&path.to_string_lossy()) {
                Ok(Some(found)) => {
                    unpacked = found;
                    &unpacked
                }
                Ok(None) | Err(_) => {
                    let why = "not made again: the file cannot be unpacked".to_owned();
                    run.decisions = Decisions::Failed(why);
                    return Ok(run);
                }
            },
        };
        if args.replay {
            let remade = match Remake::of(found, None) {
                Ok(remake) => remake.make(&mut |_, _| {}),
                Err(unreadable) => *unreadable,
            };
            run.decisions = Decisions::Made(Box::new(remade));
        }
        if args.reread {
            run.reread = Some(reread::reread(found)?);
        }
    }
    Ok(run)
}

fn log(
    workspace: &Workspace,
    keys: &Keys<'_>,
    anchors: &[Anchor],
    siblings: &[(String, String)],
    problems: Problems,
) -> Result<OfLog, CommandError> {
    let Some(verified) = verify::log(&workspace.log_folder(), None, keys, anchors) else {
        let folder = workspace.log_folder();
        return Err(CommandError::usage(format!("there is no log of this clone: `{}`", folder.display()))
            .hint("it begins with the first run of `dod validate`"));
    };
    Ok(OfLog::new(verified, workspace, workspace.runs()?, anchors, siblings, problems))
}

/// How good it is, in one word.
fn word(status: Status, anchored: bool) -> &'static str {
    match (status, anchored) {
        (Status::Good, true) => "good",
        (Status::Good, false) => "not_anchored",
        (Status::Incomplete, _) => "incomplete",
        (Status::Unreadable, _) => "unreadable",
        (Status::Different, _) => "different",
    }
}

fn exit(status: Status) -> Exit {
    match status {
        Status::Good => Exit::Done,
        Status::Different => Exit::Failed,
        Status::Incomplete | Status::Unreadable => Exit::Undecided,
    }
}
