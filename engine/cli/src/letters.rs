//! Answers, messages and cancels: handed to the process that holds the run, or taken at once where none does.
//!
//! ```text
//!   post ─┬─ held: wait until its process has taken the letter
//!         └─ free: deliver                                      ─> read the log: did it count?
//! ```
//!
//! **Absent on purpose:** whether somebody may. The kernel refuses, and what it recorded is read back.

use std::time::{Duration, Instant};

use dod_host::drive::{DriveError, Hands, Letter, LetterEnd, Observer, Tree, deliver, post};
use dod_host::lock::Holder;
use dod_host::log::LogError;
use dod_kernel::id::{Digest, Name, Timestamp};
use dod_kernel::record::Recorded;
use dod_kernel::run::Event;
use dod_views::object::RunObject;
use dod_views::summary;

use crate::blame::CommandError;
use crate::engines::Engines;
use crate::hands::{ProjectTree, Reports};
use crate::output::{self, Stream};
use crate::project::Project;
use crate::runs::{Found, Going, Told};
use crate::screen;

/// How long the process that holds a run is given to take a letter.
const PATIENCE: Duration = Duration::from_secs(10);
/// How often is looked whether it has.
const LOOK_EVERY: Duration = Duration::from_millis(20);

/// A run after a letter to it.
pub(crate) struct Sent {
    /// Events since the letter was written.
    pub(crate) events: Vec<Recorded<Event>>,
    /// Why the run did not take it, where that is known.
    pub(crate) refused: Option<String>,
    /// The process that has not taken it yet.
    pub(crate) unheard: Option<Holder>,
    /// The run now.
    pub(crate) after: Told,
}

/// Checks that something can still be said to a run.
pub(crate) fn check_open(told: &Told) -> Result<(), CommandError> {
    told.found.workspace()?;
    check_unfinished(told)
}

/// Checks that a run has no verdict yet.
pub(crate) fn check_unfinished(told: &Told) -> Result<(), CommandError> {
    match told.story.verdict() {
        None => Ok(()),
        Some(verdict) => {
            Err(CommandError::usage(format!("run {} has ended: {}", told.found.id, verdict.state.word())))
        }
    }
}

/// Says something to a run, and waits until it is known what came of it.
pub(crate) fn send(project: &Project, told: Told, letter: &Letter) -> Result<Sent, CommandError> {
    let Told { found, story, .. } = told;
    let since = story.events;
    let workspace = found.workspace()?;
    let name = post(workspace, &found.id, letter)?;
    let file = found.folder.join("inbox").join(&name);
    let until = Instant::now() + PATIENCE;
    let (mut refused, mut unheard) = (None, None);
    loop {
        match found.holder()? {
            Some(_) if !file.exists() => break,
            Some(holder) if Instant::now() > until => {
                unheard = Some(holder);
                break;
            }
            Some(_) => std::thread::sleep(LOOK_EVERY),
            None if !file.exists() => break,
            None => {
                if let Some(letters) = take(project, &found)? {
                    let mine = letters.into_iter().find(|(letter, _)| *letter == name);
                    refused = mine.and_then(|(_, taken)| taken.err());
                    break;
                }
            }
        }
    }
    let after = found.read()?;
    let mut events = Vec::new();
    for recorded in after.stored.events()? {
        let recorded = recorded?;
        if recorded.seq >= since {
            events.push(recorded);
        }
    }
    Ok(Sent { events, refused, unheard, after })
}

/// Takes the letters of a run that nobody holds; `None` where somebody has begun to.
fn take(project: &Project, found: &Found) -> Result<Option<Vec<LetterEnd>>, CommandError> {
    let settings = crate::launch::settings(project, Duration::ZERO)?;
    let conditions = Engines::default();
    let mut hands = Hands {
        expressions: &conditions,
        reports: &Reports::of(project),
        tree: &TreeNow { project },
        observer: &mut Nobody,
        reused: std::collections::BTreeMap::new(),
        world: &dod_host::world::Os::new(),
    };
    match deliver(&found.id, found.workspace()?, &settings, &mut hands) {
        Ok(delivered) => Ok(Some(delivered.letters)),
        Err(DriveError::Log(LogError::Lock(dod_host::lock::LockError::Held { .. }))) => Ok(None),
        Err(error) => Err(error.into()),
    }
}

/// The tree, digested only where a run ends by a letter.
struct TreeNow<'p> {
    project: &'p Project,
}

impl Tree for TreeNow<'_> {
    fn digest(&self) -> Result<Digest, String> {
        ProjectTree::look(self.project, &[]).map(|tree| tree.began())
    }

    fn digest_at_end(&self) -> Result<(Digest, Vec<Name>), String> {
        Ok((self.digest()?, Vec::new()))
    }
}

/// Watches nothing: what happened is read from the log.
struct Nobody;

impl Observer for Nobody {
    fn event(&mut self, _: &Recorded<Event>) {}
    fn output(&mut self, _: &str, _: &[u8]) {}
    fn tick(&mut self, _: Timestamp) {}
    fn tick_every(&self) -> Option<Duration> {
        None
    }
    fn wants_output(&self) -> bool {
        false
    }
    fn warn(&mut self, text: &str) {
        output::warning(text);
    }
}

/// What happens next, in lines for people.
pub(crate) fn next(after: &Told) -> Result<Vec<String>, CommandError> {
    let id = &after.found.id;
    Ok(match after.going()? {
        Going::Ended => vec![summary::headline(&after.story, screen::look(Stream::Stdout))],
        Going::Held(holder) => vec![format!("process {} goes on with the run", holder.pid)],
        Going::Interrupted => vec![format!("`dod resume {id}` goes on with the run")],
        Going::Waiting => {
            let object = after.with_sources(|sources| RunObject::of(&after.story, sources));
            object
                .waiting
                .iter()
                .map(|waiting| format!("still waits: {}: {}", waiting.step, waiting.text))
                .collect()
        }
    })
}

/// The letter lies in the inbox, and nobody has said what became of it.
pub(crate) fn unheard(holder: &Holder) -> CommandError {
    CommandError::system(format!(
        "process {} holds the run and has not taken this within {} s; it is in the run's inbox",
        holder.pid,
        PATIENCE.as_secs()
    ))
    .hint("`dod show` tells whether it was taken")
}
