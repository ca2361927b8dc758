//! `dod key`: keys that sign runs and the clone's log.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use dod_host::clone_log::{KeyChange, KeyChanged, Leaf};
use dod_host::keys::{Keys, Own, Rotation, SECRET_VARIABLE, short};
use dod_host::seal::Sealing;
use dod_host::workspace::Workspace;
use dod_host::world::{Machine, Os, World as _};
use dod_proof::key::Verifier;
use serde::Serialize;

use crate::blame::{CommandError, Exit};
use crate::commands::Globals;
use crate::project::Project;
use crate::{launch, output, sealing};

/// Bytes of a file that is said to hold a key.
const FILE_BYTES_MAX: u64 = 4096;

/// Make, list, exchange and trust the keys that sign runs
///
/// A run is signed at its end with the key of whoever runs it; without a key it is unsigned. Keys lie outside of the
/// repository, in `$DOD_KEYS` or `~/.config/dod/keys`, and only their owner may read them. In CI the variable `DOD_KEY` holds
/// the text of a secret key instead; no step is given it.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  dod key new                       a key for this machine; it signs from now on
  dod key show                      the verifier key: what those who verify need
  dod key trust 'ann@laptop+1f…'    signatures of Ann's key count
  dod key rotate                    a new key in place of the old one, which vouches for it

Exit codes: 0 done, 2 there is no such key or it cannot be used")]
pub(crate) struct KeyArgs {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Debug, Subcommand)]
enum KeyCommand {
    /// Make a key
    #[command(after_help = "\
Examples:
  dod key new
  dod key new ci.example.com/shop

Exit codes: 0 made, 2 the name is taken or cannot be one")]
    New {
        /// What it is called, like `ann@laptop` or `ci.example.com/x`; user and machine without one
        name: Option<String>,
    },
    /// List our keys and those that are trusted
    #[command(after_help = "\
Examples:
  dod key list
  dod key list --format json

Exit codes: 0 always")]
    List,
    /// Print a verifier key, to be given to those who verify
    #[command(after_help = "\
Examples:
  dod key show
  dod key show ci > ci.pub

Exit codes: 0 printed, 2 there is no such key")]
    Show {
        /// Which of our keys; the one that signs without one
        name: Option<String>,
    },
    /// Say which of our keys signs
    #[command(after_help = "\
Examples:
  dod key use ci

Exit codes: 0 done, 2 there is no such key")]
    Use {
        /// Which
        name: String,
    },
    /// Count the signatures of somebody's key
    #[command(after_help = "\
Examples:
  dod key trust ci.pub
  dod key trust 'ci+1f2e3d4c+AT…'

Exit codes: 0 done, 2 it is no verifier key")]
    Trust {
        /// The verifier key, or the file that holds it
        key: String,
    },
    /// Count the signatures of a key no more
    #[command(after_help = "\
Examples:
  dod key untrust ci

Exit codes: 0 done, 2 no such key is trusted")]
    Untrust {
        /// Its name, its id, or `name+id`
        key: String,
    },
    /// Make a new key in place of an old one, which signs it, stays trusted, and is removed
    #[command(after_help = "\
Examples:
  dod key rotate
  dod key rotate ci

Exit codes: 0 done, 2 there is no such key")]
    Rotate {
        /// Which of our keys; the one that signs without one
        name: Option<String>,
    },
}

/// The documented object.
#[derive(Debug, Serialize)]
struct Object {
    /// What was done: `made`, `listed`, `shown`, `chosen`, `trusted`, `untrusted`, `rotated`.
    what: &'static str,
    /// Where keys are.
    folder: PathBuf,
    /// Those that it is about.
    keys: Vec<One>,
    /// The key whose place another one took.
    #[serde(skip_serializing_if = "Option::is_none")]
    old: Option<String>,
    /// The number of the leaf that tells of it in the log of this clone.
    #[serde(skip_serializing_if = "Option::is_none")]
    leaf: Option<u64>,
}

#[derive(Debug, Serialize)]
struct One {
    name: String,
    id: String,
    /// The verifier key.
    key: String,
    /// Whether the secret is here.
    own: bool,
    /// Whether it signs.
    signs: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    file: Option<PathBuf>,
}

impl One {
    fn own(own: Own) -> Self {
        let Own { verifier, file, signs } = own;
        Self { own: true, signs, file: Some(file), ..Self::trusted(&verifier) }
    }

    fn trusted(key: &Verifier) -> Self {
        let (name, id) = (key.name().to_owned(), key.id().to_string());
        Self { name, id, key: key.to_string(), own: false, signs: false, file: None }
    }
}

pub(crate) fn run(args: KeyArgs, globals: &Globals) -> Result<Exit, CommandError> {
    let project = globals.project()?;
    let keys = sealing::keys(&project)?;
    let folder = keys.folder().to_owned();
    let object = |what, keys| Object { what, folder: folder.clone(), keys, old: None, leaf: None };
    let (object, text) = match args.command {
        KeyCommand::New { name } => {
            let own = keys.make(&name.unwrap_or_else(usual_name))?;
            let leaf = tell(&project, KeyChange::Made, Some(&own.verifier), None, None)?;
            let text = made(&own);
            (Object { leaf, ..object("made", vec![One::own(own)]) }, text)
        }
        KeyCommand::List => {
            let mut all: Vec<One> = keys.own()?.into_iter().map(One::own).collect();
            all.extend(from_environment(&project)?);
            all.extend(keys.trusted()?.iter().map(One::trusted));
            let text = list(&all);
            (object("listed", all), text)
        }
        KeyCommand::Show { name } => {
            let one = one_of(&keys, name.as_deref())?;
            let text = format!("{}\n", one.verifier);
            (object("shown", vec![One::own(one)]), text)
        }
        KeyCommand::Use { name } => {
            let verifier = keys.choose(&name)?;
            let text = format!("{} signs from now on\n", short(&verifier));
            (object("chosen", vec![One::own(one_of(&keys, Some(&name))?)]), text)
        }
        KeyCommand::Trust { key } => {
            let verifier = keys.trust(&key_text(&key)?)?;
            let leaf = tell(&project, KeyChange::Trusted, Some(&verifier), None, None)?;
            let text = format!("trusted: {}\n", short(&verifier));
            (Object { leaf, ..object("trusted", vec![One::trusted(&verifier)]) }, text)
        }
        KeyCommand::Untrust { key } => {
            let verifier = keys.untrust(&key)?;
            let leaf = tell(&project, KeyChange::Untrusted, None, Some(&verifier), None)?;
            let text = format!("trusted no more: {}\n", short(&verifier));
            (Object { leaf, ..object("untrusted", vec![One::trusted(&verifier)]) }, text)
        }
        KeyCommand::Rotate { name } => {
            let name = one_of(&keys, name.as_deref())?.verifier.name().to_owned();
            let Rotation { old, new, note } = keys.rotate(&name)?;
            let leaf = tell(&project, KeyChange::Rotated, Some(&new), Some(&old), Some(&note))?;
            let text = rotated(&old, &new);
            let keys = vec![One::own(one_of(&keys, Some(&name))?)];
            (Object { leaf, old: Some(old.to_string()), ..object("rotated", keys) }, text)
        }
    };
    output::result(&if globals.json() { launch::json(&object) + "\n" } else { text });
    Ok(Exit::Done)
}

/// `user@machine`, as far as that can be a name.
fn usual_name() -> String {
    let Machine { user, host, .. } = Machine::look();
    let plain = |char: char| if char.is_ascii_alphanumeric() || "._-@".contains(char) { char } else { '-' };
    format!("{user}@{host}").chars().map(plain).collect()
}

/// One of our keys; without a name the one that signs.
fn one_of(keys: &Keys, name: Option<&str>) -> Result<Own, CommandError> {
    let mut all = keys.own()?;
    let found = match name {
        Some(name) => all.iter().position(|own| own.verifier.name() == name || short(&own.verifier) == name),
        None => all.iter().position(|own| own.signs),
    };
    match (found, name) {
        (Some(at), _) => Ok(all.swap_remove(at)),
        (None, Some(name)) => {
            Err(CommandError::usage(format!("there is no key `{name}`")).hint("`dod key list` lists them"))
        }
        (None, None) => Err(CommandError::usage("there is no key yet").hint("`dod key new` makes one")),
    }
}

/// The key of `DOD_KEY`, where there is one.
fn from_environment(project: &Project) -> Result<Vec<One>, CommandError> {
    if std::env::var_os(SECRET_VARIABLE).is_none_or(|text| text.is_empty()) {
        return Ok(Vec::new());
    }
    let signing = sealing::signing(project)?;
    let one = |key: &Verifier| One { own: true, signs: true, ..One::trusted(key) };
    Ok(signing.verifiers().iter().map(one).collect())
}

/// A verifier key as it was typed, or the content of the file of that name.
fn key_text(word: &str) -> Result<String, CommandError> {
    let path = std::path::Path::new(word);
    if !path.is_file() {
        return Ok(word.to_owned());
    }
    let bytes = dod_host::disk::read_bounded(path, FILE_BYTES_MAX)
        .map_err(|error| CommandError::system(format!("`{word}` cannot be read: {}", error.kind())))?;
    Ok(String::from_utf8_lossy(&bytes).into_owned())
}

/// Tells the clone's log of a key, where there is one; it is signed by whoever signs from now on.
fn tell(
    project: &Project,
    what: KeyChange,
    new: Option<&Verifier>,
    old: Option<&Verifier>,
    note: Option<&str>,
) -> Result<Option<u64>, CommandError> {
    let Ok(workspace) = Workspace::open(&project.root) else { return Ok(None) };
    let sealing: Sealing = sealing::sealing(project)?;
    let leaf = Leaf::Key(Box::new(KeyChanged {
        at: Os::new().now(),
        by: sealing.by.clone(),
        new: new.map(|key| key.to_string().as_str().into()),
        note: note.map(Into::into),
        old: old.map(|key| key.to_string().as_str().into()),
        what,
    }));
    let mut log = sealing.log(&workspace)?;
    let number = log.append(&leaf)?;
    log.seal(&sealing.signing)?;
    Ok(Some(number))
}

fn made(own: &Own) -> String {
    let Own { verifier, file, signs } = own;
    let signs = match signs {
        true => "it signs runs from now on".to_owned(),
        false => format!("`dod key use {}` lets it sign", verifier.name()),
    };
    format!("made: {}; {signs}\n  secret    {}\n  verifier  {verifier}\n", short(verifier), file.display())
}

fn rotated(old: &Verifier, new: &Verifier) -> String {
    format!(
        "rotated: {} in place of {}, which has signed it and stays trusted\n  verifier  {new}\n",
        short(new),
        short(old)
    )
}

fn list(all: &[One]) -> String {
    if all.is_empty() {
        return "there is no key yet: `dod key new` makes one\n".to_owned();
    }
    let line = |one: &One| {
        let what = match (one.signs, one.own) {
            (true, _) => "signs",
            (false, true) => "own",
            (false, false) => "trusted",
        };
        format!("{what:8} {}\n", one.key)
    };
    all.iter().map(line).collect()
}
