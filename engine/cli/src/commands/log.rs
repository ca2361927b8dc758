//! `dod log`: what this clone's log says, whether it only grew, and remembering how far it was.

mod add;
mod anchor;
mod consistency;
mod publish;

use clap::{Args, Subcommand};
use dod_host::anchor::id_of;
use dod_host::clone_log::{KeyChange, Leaf, Reader};
use dod_host::workspace::Workspace;
use dod_kernel::id::RunId;
use dod_kernel::run::Identity;
use dod_proof::checkpoint::Checkpoint;
use serde::Serialize;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::project::Project;
use crate::{launch, output, sealing};

/// Runs without an end that are named.
const OPEN_MAX: usize = 20;

/// Look at the log of this clone: what happened to its runs and keys, and whether it only grew
///
/// The log has a line, a leaf, for each run that began and each that ended here, for runs that were taken from elsewhere, and
/// for keys. Its checkpoint states how many there are and the root over them; remembered elsewhere, it shows later that
/// nothing was taken back.
#[derive(Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "\
Examples:
  dod log                               the newest leaves, and runs without an end
  dod log add *.dodz --to REF           gather runs where the team keeps its log
  dod log anchor --note                 remember the checkpoint in a note on the commit
  dod log consistency old.checkpoint    whether the log begins with what that one states
  dod log publish public/log            the log as files that other readers know

Exit codes: 0 done, 1 the log is not what its checkpoint or an older one states, 2 there is no log, 3 it cannot be read"
)]
pub(crate) struct LogArgs {
    #[command(subcommand)]
    command: Option<LogCommand>,
    #[command(flatten)]
    show: ShowArgs,
}

#[derive(Debug, Subcommand)]
enum LogCommand {
    /// Print the newest leaves, and runs that were opened and have no end
    #[command(after_help = "\
Examples:
  dod log show
  dod log show --all

Exit codes: as of `dod log`")]
    Show(ShowArgs),
    /// Check that a later state of a log begins with an earlier one
    Consistency(consistency::ConsistencyArgs),
    /// Remember the checkpoint in git or in a file, against rollback
    Anchor(anchor::AnchorArgs),
    /// Write the log into a folder, as C2SP tlog-tiles
    Publish(publish::PublishArgs),
    /// Add exported runs to the log of the team: a reference in git, or a folder
    Add(add::AddArgs),
}

/// Which leaves.
#[derive(Debug, Args)]
struct ShowArgs {
    /// How many of the newest leaves
    #[arg(short, long, value_name = "N", default_value_t = 20)]
    limit: usize,
    /// All leaves
    #[arg(long, conflicts_with = "limit")]
    all: bool,
}

/// The documented object.
#[derive(Debug, Serialize)]
struct Object {
    origin: String,
    /// How many leaves there are.
    leaves: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<State>,
    /// Runs that were opened here and are not closed.
    open: Vec<RunId>,
    /// Bytes of a leaf behind the last one that a crash tore.
    torn_bytes: u64,
    /// The newest leaves, the oldest of them first.
    newest: Vec<Numbered>,
}

#[derive(Debug, Serialize)]
struct State {
    size: u64,
    root: String,
    /// Known keys that signed it, as `name+id`.
    signed_by: Vec<String>,
    /// Names of keys that nobody here knows.
    unknown: Vec<String>,
}

#[derive(Debug, Serialize)]
struct Numbered {
    number: u64,
    leaf: Leaf,
}

pub(crate) fn run(args: LogArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let LogArgs { command, show } = args;
    let project = globals.project()?;
    match command {
        None => self::show(&show, &project, globals),
        Some(LogCommand::Show(args)) => self::show(&args, &project, globals),
        Some(LogCommand::Consistency(args)) => consistency::run(args, &project, globals),
        Some(LogCommand::Anchor(args)) => anchor::run(&args, &project, globals),
        Some(LogCommand::Publish(args)) => publish::run(&args, &project, globals),
        Some(LogCommand::Add(args)) => add::run(&args, &project, globals),
    }
}

/// The log of this clone, which must be there.
fn log_of(project: &Project) -> Result<Reader, CommandError> {
    let workspace: Workspace = project.existing_workspace()?;
    Reader::open(&workspace.log_folder())?.ok_or_else(|| {
        CommandError::usage("this clone has no log yet")
            .hint("`dod validate` makes the first run, and the log")
    })
}

fn show(args: &ShowArgs, project: &Project, globals: &Globals) -> Result<Exit, CommandError> {
    let log = log_of(project)?;
    let limit = if args.all { usize::MAX } else { args.limit };
    let (mut newest, mut open) = (std::collections::VecDeque::new(), std::collections::BTreeSet::new());
    let (leaves, torn_bytes) = log.leaves(|number, _, leaf| {
        match &leaf {
            Leaf::Opened(opened) => drop(open.insert(opened.run.clone())),
            Leaf::Closed(closed) => drop(open.remove(&closed.run)),
            Leaf::Pruned(pruned) => drop(open.remove(&pruned.run)),
            // It was begun here and came back with its end.
            Leaf::Added(added) if added.state.is_some() => drop(open.remove(&added.run)),
            Leaf::Added(_) | Leaf::Key(_) => {}
        }
        newest.push_back(Numbered { number, leaf });
        if newest.len() > limit {
            newest.pop_front();
        }
    })?;
    let checkpoint = log.note().map(|note| state(note, project)).transpose()?;
    let object = Object {
        origin: log.origin().to_owned(),
        leaves,
        checkpoint,
        open: open.into_iter().collect(),
        torn_bytes,
        newest: newest.into(),
    };
    output::result(&if globals.json() { launch::json(&object) + "\n" } else { text(&object) });
    Ok(Exit::Done)
}

fn state(note: &[u8], project: &Project) -> Result<State, CommandError> {
    let known = sealing::known(project)?;
    let signed = Checkpoint::open(note, &known).map_err(|error| {
        let message = format!("the checkpoint of the log: {error}");
        CommandError { exit: Exit::Failed, message, hint: None }
    })?;
    Ok(State {
        size: signed.checkpoint.size,
        root: signed.checkpoint.root.to_string(),
        signed_by: signed.by.into_iter().map(dod_host::keys::short).collect(),
        unknown: signed.unknown,
    })
}

fn text(object: &Object) -> String {
    let Object { origin, leaves, checkpoint, open, torn_bytes, newest } = object;
    let mut text = String::new();
    for Numbered { number, leaf } in newest {
        text += &format!("{number:>6}  {}  {}\n", dod_views::time::minute(leaf.at()), line(leaf));
    }
    text += &format!("\n{origin}: {}\n", count(*leaves, "leaf", "leaves"));
    if let Some(State { size, root, signed_by, unknown }) = checkpoint {
        let by = match (signed_by.as_slice(), unknown.as_slice()) {
            ([], []) => "unsigned".to_owned(),
            ([], unknown) => format!("signed by a key that is not known here: {}", unknown.join(", ")),
            (known, _) => format!("signed by {}", known.join(", ")),
        };
        text += &format!("checkpoint over {}, root {root}, {by}\n", count(*size, "leaf", "leaves"));
    }
    if *torn_bytes > 0 {
        text += &format!("{torn_bytes} bytes behind the last leaf are no whole one\n");
    }
    if !open.is_empty() {
        text += &format!("opened and not closed: {}\n", count(open.len() as u64, "run", "runs"));
        open.iter().rev().take(OPEN_MAX).for_each(|run| text += &format!("  {run}\n"));
        if open.len() > OPEN_MAX {
            text += &format!("  and {} more\n", open.len() - OPEN_MAX);
        }
    }
    text
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// A leaf in one line.
fn line(leaf: &Leaf) -> String {
    let by = |by: &Identity| dod_views::actor(by);
    match leaf {
        Leaf::Opened(it) => format!("opened  {} by {}", it.run, by(&it.by)),
        Leaf::Closed(it) => format!("closed  {} {}, {} events", it.run, it.state.word(), it.events),
        Leaf::Added(it) => {
            let state = it.state.map_or("without a verdict", |state| state.word());
            format!("added   {} {state}, {} events, of {} by {}", it.run, it.events, it.from, by(&it.by))
        }
        Leaf::Pruned(it) => format!("pruned  {} by {}", it.run, by(&it.by)),
        Leaf::Key(it) => {
            let short = |key: &Option<dod_kernel::id::Name>| {
                let key = key.as_deref().unwrap_or_default();
                key.splitn(3, '+').take(2).collect::<Vec<_>>().join("+")
            };
            let what = match it.what {
                KeyChange::Made => format!("made {}", short(&it.new)),
                KeyChange::Rotated => format!("{} in place of {}", short(&it.new), short(&it.old)),
                KeyChange::Trusted => format!("trusted {}", short(&it.new)),
                KeyChange::Untrusted => format!("trusted no more {}", short(&it.old)),
            };
            format!("key     {what} by {}", by(&it.by))
        }
    }
}

/// A log as people call it: the end of its id.
fn called(origin: &str) -> String {
    let id = id_of(origin);
    format!("log {}", &id[id.len().saturating_sub(8)..])
}
