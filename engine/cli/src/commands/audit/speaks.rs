//! What a run says of a commit, and whether that counts.
//!
//! **Absent on purpose:** blobs and the log of the clone: `dod verify` looks at all of a run, this at its lines.

use dod_host::blob::{Blobs, digest_of};
use dod_host::clone_log::{LeafKind, Reader};
use dod_host::exported::CHECKPOINT_FILE;
use dod_host::history::{HistoryError, Stored};
use dod_host::verify::Sealed;
use dod_kernel::id::{Digest, Timestamp};
use dod_kernel::policy::{Definitions, Policy, Scope, State, Verdict};
use dod_kernel::run::Event;
use dod_proof::key::Verifier;
use dod_proof::note::NOTE_BYTES_MAX;
use dod_proof::tree::{Frontier, leaf_hash};
use dod_views::audit::{self, Matched, RunSpeaks};
use dod_views::replay::Actor;
use dod_views::time;

use super::found::Candidate;
use crate::blame::CommandError;
use crate::launch::named;
use crate::project::Project;
use crate::remade::{Remake, Status};
use crate::sealing;
use crate::whole;

/// Answers that are listed.
const ANSWERS_MAX: usize = 1_000;

/// What is asked of runs.
pub(super) struct Asked<'a> {
    pub(super) policy: Option<&'a str>,
    pub(super) replay: bool,
    /// Keys that are known here.
    pub(super) keys: Vec<Verifier>,
}

/// The keys that are known here; none where there is no place for any.
pub(super) fn keys(project: &Project) -> Result<Vec<Verifier>, CommandError> {
    match sealing::keys(project) {
        Ok(keys) => Ok(keys.known()?),
        Err(_) => Ok(Vec::new()),
    }
}

/// A run that was looked at.
pub(super) struct Speaks {
    run: RunSpeaks,
    verdict: Option<Verdict>,
    /// The policy, where the definitions are at hand.
    policy: Option<(Policy, Digest)>,
    /// What is wrong with the log.
    broken: Option<String>,
}

/// Reads a run.
pub(super) fn look(candidate: &Candidate, asked: &Asked<'_>) -> Speaks {
    let started = &candidate.started.event;
    let stored = Stored::read_at(&candidate.found.folder, &Blobs::at(&candidate.found.blobs));
    let policy = stored.as_ref().ok().and_then(|stored| stored.governance.policies.first()).map(|policy| {
        let canonical = serde_json::to_vec(policy).expect("a policy can always be written");
        (policy.clone(), digest_of(&canonical))
    });
    let mut read = Read::default();
    let mut sealed = None;
    let mut broken = read.lines(candidate).err().map(|error| format!("its log is not readable: {error}"));
    if broken.is_none() {
        match checkpoint(candidate, &read.frontier, &asked.keys) {
            Ok(found) => sealed = found,
            Err(why) => broken = Some(why),
        }
    }
    if broken.is_none() && read.finished.is_some() {
        broken = closed_otherwise(candidate, &read.frontier);
    }
    // Nobody is called proved whose signature was not checked.
    if broken.is_none() && read.approvers.iter().any(|actor| actor.proved) {
        broken = whole::changed(&candidate.found, &asked.keys);
    }
    let mut checked = match (&broken, &sealed) {
        (Some(why), _) => why.clone(),
        (None, Some(_)) => "its checkpoint is that of its lines".to_owned(),
        (None, None) => "it has no checkpoint".to_owned(),
    };
    if asked.replay && broken.is_none() {
        let remade = match Remake::of(&candidate.found, None) {
            Ok(remake) => remake.make(&mut |_, _| {}),
            Err(unreadable) => *unreadable,
        };
        checked = format!("{checked}; {}", remade.text);
        if remade.status != Status::Good {
            broken = Some(format!("{}: {}", remade.status.word().replace('_', " "), remade.text));
        }
    }
    let verdict = read.finished.as_ref().map(|(_, verdict)| verdict.clone());
    let governance = stored.as_ref().ok().map(|stored| &*stored.governance);
    let name = policy.as_ref().map(|(policy, _)| named(policy));
    let run = RunSpeaks {
        id: started.id.0.clone(),
        place: candidate.place.clone(),
        matched: Matched::Commit,
        state: verdict.as_ref().map_or("unfinished", |verdict| verdict.state.word()),
        scope: verdict.as_ref().map(|verdict| match verdict.scope {
            Scope::Full => "full",
            Scope::Partial => "partial",
        }),
        finished_at: read.finished.as_ref().map(|(at, _)| time::rfc3339(*at)),
        workflow: stored.as_ref().ok().map(|stored| stored.workflow.name().clone()),
        workflow_digest: started.workflow,
        policy: name.or_else(|| verdict.as_ref().map(|verdict| verdict.policy.to_string())),
        policy_digest: policy.as_ref().map(|(_, digest)| *digest),
        definitions: match started.definitions {
            Definitions::IntroducedHere => "introduced_here",
            Definitions::Protected => "protected",
            Definitions::Unprotected => "unprotected",
        },
        approvers: read.approvers,
        waivers: verdict.as_ref().map(|verdict| audit::waivers(verdict, governance)).unwrap_or_default(),
        signed_by: sealed.as_ref().map(known).unwrap_or_default(),
        unknown_keys: sealed.map(|sealed| sealed.strangers).unwrap_or_default(),
        checked,
    };
    Speaks { run, verdict, policy, broken }
}

fn known(sealed: &Sealed) -> Vec<String> {
    sealed.by.iter().map(|key| format!("{}+{}", key.name(), key.id())).collect()
}

/// What speaks against a run of this clone: the clone's log has its end, and knows another one or none.
fn closed_otherwise(candidate: &Candidate, lines: &Frontier) -> Option<String> {
    let run = &candidate.started.event.id;
    let workspace = candidate.found.workspace.as_ref()?;
    // A run that was made before there were checkpoints stands in no log.
    candidate.started.event.origin.as_ref()?;
    let log = match Reader::open(&workspace.log_folder()) {
        Ok(Some(log)) => log,
        Ok(None) => return Some("the log of this clone, in which it should stand, is not here".to_owned()),
        Err(error) => return Some(format!("the log of this clone is not good: {error}")),
    };
    let leaves = [LeafKind::Closed, LeafKind::Added].map(|kind| log.find(kind, run));
    let mut known = false;
    for leaf in leaves {
        match leaf {
            Ok(Some((_, leaf))) if leaf.states() == Some((lines.size(), lines.root())) => return None,
            Ok(found) => known |= found.is_some(),
            Err(error) => return Some(format!("the log of this clone is not good: {error}")),
        }
    }
    Some(match known {
        true => "the log of this clone states another end of it: it was changed since".to_owned(),
        false => "the log of this clone does not know its end".to_owned(),
    })
}

/// What the lines of a log say that matters here.
#[derive(Default)]
struct Read {
    frontier: Frontier,
    approvers: Vec<Actor>,
    finished: Option<(Timestamp, Verdict)>,
}

impl Read {
    fn lines(&mut self, candidate: &Candidate) -> Result<(), HistoryError> {
        let mut events = dod_host::history::Events::of(&candidate.found.folder)?;
        while let Some((recorded, line)) = events.next_line()? {
            self.frontier.push(leaf_hash(line));
            match recorded.event {
                Event::Answered(answered) if answered.accept => {
                    let actor = Actor::from(&answered.by);
                    if !self.approvers.contains(&actor) && self.approvers.len() < ANSWERS_MAX {
                        self.approvers.push(actor);
                    }
                }
                Event::RunFinished(finished) => self.finished = Some((recorded.at, finished.verdict)),
                _ => {}
            }
        }
        Ok(())
    }
}

/// The checkpoint of a run, held against its lines; `None` where there is none.
fn checkpoint(candidate: &Candidate, lines: &Frontier, keys: &[Verifier]) -> Result<Option<Sealed>, String> {
    let file = candidate.found.folder.join(CHECKPOINT_FILE);
    let bytes = match dod_host::disk::read_bounded(&file, NOTE_BYTES_MAX as u64) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(format!("its checkpoint cannot be read: {}", error.kind())),
    };
    let sealed =
        Sealed::read(&bytes, keys).map_err(|error| format!("its checkpoint is not good: {error}"))?;
    let said = &sealed.checkpoint;
    let origin = candidate.started.event.origin.as_deref();
    match () {
        () if origin.is_some_and(|origin| origin != said.origin) => {
            Err(format!("its checkpoint is of `{}`", said.origin))
        }
        () if (said.size, said.root) != (lines.size(), lines.root()) => {
            Err("its lines are not those of its checkpoint: the log was changed".to_owned())
        }
        () => Ok(Some(sealed)),
    }
}

impl Speaks {
    /// What is shown of it.
    pub(super) fn run(&self, matched: Matched) -> RunSpeaks {
        RunSpeaks { matched, ..self.run.clone() }
    }

    /// Whether it makes a commit gated, and why or why not.
    pub(super) fn counts(&self, matched: Matched, asked: &Asked<'_>) -> (bool, String) {
        let no = |why: &str| (false, why.to_owned());
        if matched == Matched::Changed {
            return no("the run was made on files that were not those of the commit");
        }
        if let Some(why) = &self.broken {
            return (false, why.clone());
        }
        let Some(verdict) = &self.verdict else { return no("its run has no verdict yet") };
        match (verdict.state, verdict.scope) {
            (State::Passed, Scope::Full) if verdict.tree_changed => {
                no("the files changed while they were judged, and no step declares it")
            }
            (State::Passed, Scope::Full) => match asked.policy {
                Some(wanted) if !self.is_under(wanted, verdict) => {
                    let own = self.run.policy.clone().unwrap_or_default();
                    (
                        false,
                        format!("it was judged by `{own}`, which is not `{wanted}` and does not extend it"),
                    )
                }
                _ => (true, format!("a full run passed, found by its {}", matched.word())),
            },
            (State::Passed, Scope::Partial) => no("only a partial run passed"),
            (state, Scope::Full) => (false, format!("its run is {}", state.word())),
            (state, Scope::Partial) => (false, format!("only a partial run, which is {}", state.word())),
        }
    }

    /// Whether the run was judged by this policy, or by one that extends it.
    fn is_under(&self, wanted: &str, verdict: &Verdict) -> bool {
        match &self.policy {
            Some((policy, digest)) => {
                let own = named(policy);
                digest.to_string() == wanted
                    || is_named(&own, wanted)
                    || policy.extends.iter().any(|parent| is_named(parent, wanted))
            }
            // Without its definitions only the name is known.
            None => is_named(&verdict.policy, wanted),
        }
    }
}

/// Whether a policy is the one that is meant: its name, and its version where one is asked for.
fn is_named(own: &str, wanted: &str) -> bool {
    let parts = |text: &str| {
        let text = text.strip_prefix("builtin/").unwrap_or(text);
        let (name, version) =
            text.split_once('@').map_or((text, None), |(name, version)| (name, Some(version)));
        (name.to_owned(), version.map(str::to_owned))
    };
    let ((own, own_version), (wanted, version)) = (parts(own), parts(wanted));
    own == wanted && (version.is_none() || version == own_version)
}

#[cfg(test)]
mod tests {
    use super::is_named;

    #[test]
    fn a_version_counts_where_one_is_asked_for() {
        assert!(is_named("standard@1", "standard"));
        assert!(is_named("builtin/standard@1", "standard@1"));
        assert!(!is_named("standard@1", "standard@2"));
        assert!(!is_named("standard", "standard@1"));
        assert!(!is_named("standards@1", "standard"));
    }
}
