//! One run from its definitions to its end: what it begins with, who watches, what is said last.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use dod_host::blob::{Blobs, digest_of};
use dod_host::drive::{Begin, DriveEnd, DriveError, Hands, Settings, Tree, drive, missing_program};
use dod_host::history::{Stored, Taken};
use dod_host::lock::{Lock, LockError};
use dod_host::log::{LOG_FILE, LogError};
use dod_host::seal::run_origin;
use dod_host::workspace::Workspace;
use dod_host::world::{Os, World as _};
use dod_kernel::evidence::Evidence;
use dod_kernel::id::{Digest, Name, RunId};
use dod_kernel::policy::{Governance, Policy, State};
use dod_kernel::record::{FORMAT, RULES};
use dod_kernel::run::{Run, RunStarted};
use dod_kernel::value::Value;
use dod_kernel::workflow::{Kind, Workflow};
use dod_views::plain::Opening;
use dod_views::{Sources, Story, summary};

use crate::blame::{CommandError, Exit};
use crate::comparison;
use crate::engines::Engines;
use crate::exporting;
use crate::governed::Loaded;
use crate::hands::{ProjectTree, Reports};
use crate::house;
use crate::joined::Joined;
use crate::output;
use crate::project::Project;
use crate::recorded;
use crate::screen::{Screen, Talk, look};
use crate::sealing;
use crate::suggest::Suggestions;

/// Time between SIGTERM and SIGKILL.
const GRACE: Duration = Duration::from_secs(5);
/// How long another run on the same tree is waited for.
const TREE_PATIENCE: Duration = Duration::from_millis(200);
/// What is said of a run that nobody signed.
const UNSIGNED: &str = "unsigned   no key signed this run; `dod key new` makes one\n";
/// Bytes of a blob that a view may show.
const BLOB_BYTES_MAX: u64 = 64 << 20;

/// How a run is to go.
#[derive(Clone, Debug)]
pub(crate) struct How {
    pub(crate) jobs: Option<u32>,
    pub(crate) wait_max: Duration,
    pub(crate) json: bool,
    pub(crate) talk: Talk,
    /// Steps left out, by name, and the flags that said so.
    pub(crate) left_out: Vec<Name>,
    pub(crate) fail_fast: bool,
    /// Everything on the command line that changes what is judged.
    pub(crate) settings: Vec<String>,
    pub(crate) reused: BTreeMap<Name, Taken>,
    /// The file that the run is left in, however it ends.
    pub(crate) export: Option<PathBuf>,
}

/// Which steps `--only`, `--skip`, `--tag` and `--local` leave out.
pub(crate) struct Selection<'s> {
    pub(crate) only: &'s [String],
    pub(crate) skip: &'s [String],
    pub(crate) tags: &'s [String],
    pub(crate) local: bool,
}

impl Selection<'_> {
    /// Names of the steps left out.
    pub(crate) fn left_out(&self, workflow: &Workflow, root: &Path) -> Result<Vec<Name>, CommandError> {
        let nodes = workflow.nodes();
        for word in self.only.iter().chain(self.skip) {
            if !nodes.iter().any(|node| names(word, node)) {
                let known = nodes.iter().map(|node| node.name.as_str());
                let near = dod_notation::diagnose::closest(word, known)
                    .map(|near| format!("did you mean `{near}`?"));
                let error = CommandError::usage(format!("no step or kind is called `{word}`"));
                return Err(error.hint(near.unwrap_or_else(|| "`dod plan` lists the steps".to_owned())));
            }
        }
        let tagged = |word: &String| nodes.iter().any(|node| tags(node).iter().any(|tag| **tag == **word));
        if let Some(word) = self.tags.iter().find(|word| !tagged(word)) {
            return Err(CommandError::usage(format!("no step has the tag `{word}`")));
        }
        let mut wanted: Vec<bool> = nodes.iter().map(|node| self.wants(node)).collect();
        if !self.only.is_empty() || !self.tags.is_empty() {
            with_what_they_need(workflow, &mut wanted);
        }
        for (at, node) in nodes.iter().enumerate() {
            wanted[at] &= !self.skip.iter().any(|word| names(word, node));
        }
        if self.local {
            for (at, node) in nodes.iter().enumerate() {
                if let (true, Kind::Task(task)) = (wanted[at], &node.kind)
                    && task.gate.is_some()
                    && missing_program(root, task).is_some()
                {
                    wanted[at] = false;
                }
            }
        }
        let left = nodes.iter().zip(&wanted).filter(|(_, wanted)| !**wanted);
        Ok(left.map(|(node, _)| node.name.clone()).collect())
    }

    fn wants(&self, node: &dod_kernel::workflow::Node) -> bool {
        let only = self.only.is_empty() || self.only.iter().any(|word| names(word, node));
        let tagged =
            self.tags.is_empty() || tags(node).iter().any(|tag| self.tags.iter().any(|word| **tag == **word));
        only && tagged
    }
}

/// What a chosen step needs is chosen with it, services too, or it could not run.
fn with_what_they_need(workflow: &Workflow, wanted: &mut [bool]) {
    let mut work: Vec<dod_kernel::id::NodeId> = (0u32..)
        .zip(wanted.iter())
        .filter(|(_, wanted)| **wanted)
        .map(|(at, _)| dod_kernel::id::NodeId(at))
        .collect();
    while let Some(node) = work.pop() {
        for edge in workflow.incoming(node) {
            let from = workflow.edge(*edge).from;
            if !std::mem::replace(&mut wanted[from.index()], true) {
                work.push(from);
            }
        }
    }
}

/// Whether a word on the command line means this step: its name, a matrix of it, its kind, or its project.
fn names(word: &str, node: &dod_kernel::workflow::Node) -> bool {
    let base = node.name.split('[').next().unwrap_or_default();
    let (kind, project) = match &node.kind {
        Kind::Task(task) => {
            let gate = task.gate.as_ref();
            (gate.map(|gate| gate.kind.as_str()), gate.and_then(|gate| gate.project.as_deref()))
        }
        _ => (None, None),
    };
    let drawn = node.element.as_deref() == Some(word);
    *node.name == *word || drawn || base == word || kind == Some(word) || project == Some(word)
}

fn tags(node: &dod_kernel::workflow::Node) -> &[Name] {
    match &node.kind {
        Kind::Task(task) => &task.tags,
        _ => &[],
    }
}

/// Runs a new run to its end and says how it ended.
pub(crate) fn new(project: &Project, loaded: &Loaded, how: How) -> Result<Exit, CommandError> {
    let workspace = project.workspace()?;
    let _lock = tree_lock(&workspace)?;
    exporting::clear(&project.root, how.export.as_deref());
    let declared = dod_host::drive::declared_outputs(&loaded.workflow);
    let tree = ProjectTree::look(project, &declared).map_err(CommandError::system)?;
    let id = Os::new().new_run_id();
    let mut started = started(project, loaded, &how, id.clone(), tree.began());
    let ground = comparison::Ground {
        base: loaded.base.as_deref(),
        touched: &loaded.touched,
        baseline: loaded.baseline.as_ref(),
    };
    let (compared, words) = comparison::find(project, &workspace, &ground)?.unzip();
    started.settings.extend(words.into_iter().flatten().map(Name::from));
    started.recorded = recorded::find(project, &workspace, &loaded.governance, &started, Os::new().now());
    let begin = Begin::New {
        workflow: loaded.workflow.clone(),
        governance: loaded.governance.clone(),
        comparison: compared.map(Arc::new),
        started: Box::new(started),
    };
    let screen = Screen::new(loaded.workflow.clone(), opening(loaded), how.talk, how.json);
    go(project, &workspace, begin, screen, &id, how, &tree)
}

/// What a joined run is judged by, and where that was read.
pub(crate) struct Judged {
    pub(crate) governance: Arc<Governance>,
    pub(crate) source: String,
}

/// Joins runs into a new one and says how it ended. No step is started, so the tree is free.
pub(crate) fn join(
    project: &Project,
    joined: Joined,
    judged: &Judged,
    keep: impl FnOnce(&Workspace, &RunId) -> Result<(), CommandError>,
    how: How,
) -> Result<Exit, CommandError> {
    let workspace = project.workspace()?;
    let id = Os::new().new_run_id();
    keep(&workspace, &id)?;
    exporting::clear(&project.root, how.export.as_deref());
    let policy = judged.governance.policies.first().expect("a run always has a policy");
    let digest = digest_of(&serde_json::to_vec(policy).expect("a policy can always be written"));
    let mut settings = how.settings.clone();
    settings.extend(joined.settings);
    settings.push(format!("policy from {} ({digest})", judged.source));
    let none = digest_of(b"");
    let started = RunStarted {
        capacity: u32::try_from(joined.reused.len()).unwrap_or(u32::MAX).max(1),
        changed: joined.changed,
        comparison: joined.comparison,
        definitions: joined.definitions,
        facts: joined.facts,
        fail_fast: false,
        format: FORMAT,
        governance: none,
        left_out: joined.left_out,
        origin: Some(run_origin(&sealing::repository(project), &id)),
        id: id.clone(),
        program: concat!("dod ", env!("CARGO_PKG_VERSION")).into(),
        recorded: joined.recorded,
        rules: RULES,
        settings: settings.iter().map(|word| Name::from(word.as_str())).collect(),
        sources: joined.sources,
        timeout_ms: None,
        tree: Some(joined.tree.began),
        variables: BTreeMap::new(),
        workflow: none,
    };
    let workflow = Arc::new(joined.workflow);
    let opening = Opening { policy: named(policy), source: judged.source.clone(), digest: Some(digest) };
    let screen = Screen::new(workflow.clone(), opening, how.talk, how.json);
    let (governance, started) = (judged.governance.clone(), Box::new(started));
    // What the evidence was compared with is in the evidence.
    let begin = Begin::New { workflow, governance, comparison: None, started };
    let how = How { reused: joined.reused, ..how };
    go(project, &workspace, begin, screen, &id, how, &joined.tree)
}

/// Takes up a run and says how it ended.
pub(crate) fn resume(project: &Project, id: &RunId, how: How) -> Result<Exit, CommandError> {
    let workspace = project.existing_workspace()?;
    let _lock = tree_lock(&workspace)?;
    let stored = Stored::read(&workspace, id)?;
    if !stored.started.event.sources.is_empty() {
        return Err(CommandError::usage(format!("run {id} joins others and was interrupted"))
            .hint("`dod join` of them again takes a moment"));
    }
    let declared = dod_host::drive::declared_outputs(&stored.workflow);
    let tree = ProjectTree::look(project, &declared).map_err(CommandError::system)?;
    let opening = stored_opening(&stored);
    let mut how = how;
    how.reused = reused_before(&workspace, &stored);
    let screen = Screen::new(stored.workflow.clone(), opening, how.talk, how.json);
    let screen = screen.recalling(stored.events()?)?;
    go(project, &workspace, Begin::Resume(id.clone()), screen, id, how, &tree)
}

/// Results that an interrupted `dod rerun` had still to take over.
fn reused_before(workspace: &Workspace, stored: &Stored) -> BTreeMap<Name, Taken> {
    let from = stored.started.event.settings.iter().find_map(|word| word.strip_prefix("rerun of "));
    let Some(from) = from.map(|id| RunId(id.into())) else { return BTreeMap::new() };
    Stored::read(workspace, &from).and_then(|stored| stored.good_results()).unwrap_or_default()
}

/// One run on a tree at a time.
pub(crate) fn tree_lock(workspace: &Workspace) -> Result<Lock, CommandError> {
    Lock::take(&workspace.tree_lock(), "a run", TREE_PATIENCE).map_err(|error| match error {
        LockError::Held { holder, .. } => {
            let who = holder.map(|holder| format!(" (process {})", holder.pid)).unwrap_or_default();
            CommandError::system(format!("another run works on this tree{who}"))
                .hint("wait for it, or end it with `dod cancel`")
        }
        LockError::Storage(error) => error.into(),
    })
}

fn started(project: &Project, loaded: &Loaded, how: &How, id: RunId, tree: Digest) -> RunStarted {
    let mut facts = project.facts();
    facts.insert("tree".into(), Value::text(tree.to_string().as_str()));
    if let Some(base) = &loaded.base {
        facts.insert("base".into(), Value::text(base.as_str()));
    }
    facts.insert("inputs".into(), Value::Map(loaded.settings.inputs.clone()));
    let mut settings = how.settings.clone();
    settings.push(format!("workflow from {}", loaded.workflow_name));
    settings.push(format!("policy from {} ({})", loaded.policy_source, loaded.policy_digest));
    settings.extend(loaded.governed_changes.iter().map(|file| format!("{}{file}", summary::GOVERNED_CHANGE)));
    let none = digest_of(b"");
    RunStarted {
        capacity: how.jobs.unwrap_or_else(|| u32::try_from(project.machine.processors).unwrap_or(1)).max(1),
        changed: loaded.changed.clone(),
        comparison: None,
        definitions: loaded.definitions,
        facts,
        fail_fast: how.fail_fast || loaded.settings.fail_fast,
        format: FORMAT,
        governance: none,
        left_out: how.left_out.clone(),
        origin: Some(run_origin(&sealing::repository(project), &id)),
        id,
        program: concat!("dod ", env!("CARGO_PKG_VERSION")).into(),
        recorded: Vec::new(),
        rules: RULES,
        settings: settings.iter().map(|word| Name::from(word.as_str())).collect(),
        sources: Vec::new(),
        timeout_ms: Some(loaded.settings.timeout_ms),
        tree: Some(tree),
        variables: BTreeMap::new(),
        workflow: none,
    }
}

fn opening(loaded: &Loaded) -> Opening {
    let policy = &loaded.governance.policies[0];
    Opening {
        policy: named(policy),
        source: loaded.policy_source.clone(),
        digest: Some(loaded.policy_digest),
    }
}

/// A policy as people call it: `standard@1`.
pub(crate) fn named(policy: &Policy) -> String {
    policy.version.map_or_else(|| policy.name.to_string(), |version| format!("{}@{version}", policy.name))
}

/// The first line of a run that is read back.
pub(crate) fn stored_opening(stored: &Stored) -> Opening {
    let policy = stored.governance.policies.first();
    let digest = policy.and_then(|policy| serde_json::to_vec(policy).ok()).map(|text| digest_of(&text));
    Opening { policy: policy.map(named).unwrap_or_default(), source: "the run's own log".to_owned(), digest }
}

/// How the runs of a project are driven.
pub(crate) fn settings(project: &Project, wait_max: Duration) -> Result<Settings, CommandError> {
    Ok(Settings {
        grace: GRACE,
        wait_max,
        root: project.root.clone(),
        program: std::env::current_exe().unwrap_or_else(|_| Path::new("dod").to_owned()),
        sealing: sealing::sealing(project)?,
    })
}

fn go(
    project: &Project,
    workspace: &Workspace,
    begin: Begin,
    mut screen: Screen,
    id: &RunId,
    how: How,
    tree: &dyn Tree,
) -> Result<Exit, CommandError> {
    if how.talk == Talk::Live {
        screen = screen.with_estimates(dod_host::history::durations(workspace));
    }
    if let Some(target) = how.export.clone() {
        let (workspace, id) = (workspace.clone(), id.clone());
        // Said at the end, where the run is written again.
        screen = screen.on_leaving(move || drop(exporting::leave(&workspace, &id, &target)));
    }
    let settings = settings(project, how.wait_max)?;
    let conditions = Engines::default();
    let mut hands = Hands {
        expressions: &conditions,
        reports: &Reports::of(project),
        tree,
        observer: &mut screen,
        reused: how.reused,
        world: &Os::new(),
    };
    let driven = drive(begin, workspace, &settings, &mut hands);
    drop(hands);
    let story = screen.into_story();
    let leave = |exit| match &how.export {
        Some(target) => exporting::leave_and_say(workspace, id, target, exit),
        None => exit,
    };
    let (end, run) = driven.map_err(|error| {
        let error = broken_off(error, workspace, id);
        if is_recorded(workspace, id) {
            leave(error.exit);
        }
        error
    })?;
    let exit = leave(exit_of(&run, &end));
    if end == DriveEnd::Finished && how.talk != Talk::Quiet && !settings.sealing.signing.is_some() {
        output::talk(UNSIGNED);
    }
    conclude(workspace, id, &story, &run, &end, how.json);
    house::ended(project, workspace, id, &story, how.export.is_some());
    Ok(exit)
}

/// Whether anything of the run is on the disk.
fn is_recorded(workspace: &Workspace, id: &RunId) -> bool {
    let log = workspace.run_folder(id).join(LOG_FILE);
    std::fs::metadata(log).is_ok_and(|meta| meta.len() > 0)
}

/// An error in the middle of a run. What was recorded is safe, so the run need not be begun anew.
fn broken_off(error: DriveError, workspace: &Workspace, id: &RunId) -> CommandError {
    let of_the_machine =
        matches!(error, DriveError::Blob(_) | DriveError::Log(LogError::Storage(_)) | DriveError::Storage(_));
    let error = CommandError::from(error);
    match (of_the_machine, is_recorded(workspace, id)) {
        (true, true) => {
            error.hint(format!("put that right, and `dod resume {id}` goes on; what was recorded is safe"))
        }
        (true, false) => {
            error.hint("the run's own folder in `.dod/runs` is gone; a step must leave it alone")
        }
        (false, _) => error,
    }
}

fn conclude(workspace: &Workspace, id: &RunId, story: &Story, run: &Run, end: &DriveEnd, as_json: bool) {
    let lookup = Lookup::new(workspace);
    let evidence = |digest: &Digest| lookup.evidence(digest);
    let blob = |digest: &Digest| lookup.blob(digest);
    let suggestions = Suggestions::at(Some(workspace.root()));
    let suggest = |kind: &str| suggestions.gate(kind);
    let sources =
        Sources { evidence: &evidence, blob: &blob, governance: Some(run.governance()), suggest: &suggest };
    if as_json {
        output::result(&(dod_views::object::run_text(story, sources) + "\n"));
        return;
    }
    if *end == DriveEnd::Interrupted {
        output::result(&format!("INTERRUPTED: `dod resume {id}` goes on\n"));
        return;
    }
    let text =
        summary::render(story, sources, look(output::Stream::Stdout), summary::Contents { steps: false });
    output::result(&format!("\n{text}"));
}

/// A documented object as text.
pub(crate) fn json(object: &impl serde::Serialize) -> String {
    serde_json::to_string_pretty(object).expect("an object can always be written")
}

/// Evidence and blobs of a workspace, for views.
pub(crate) struct Lookup(Blobs);

impl Lookup {
    pub(crate) fn new(workspace: &Workspace) -> Self {
        Self::at(&workspace.blobs_folder())
    }

    /// Of blobs in a folder.
    pub(crate) fn at(folder: &Path) -> Self {
        Self(Blobs::at(folder))
    }

    pub(crate) fn evidence(&self, digest: &Digest) -> Option<Evidence> {
        let bytes = self.0.get(digest, dod_host::drive::EVIDENCE_BYTES_MAX).ok()?;
        serde_json::from_slice(&bytes).ok()
    }

    pub(crate) fn blob(&self, digest: &Digest) -> Option<Vec<u8>> {
        self.0.get(digest, BLOB_BYTES_MAX).ok()
    }
}

/// The exit code of a run: interrupted, failed, undecided, waiting, done, in this order (design §7).
pub(crate) fn exit_of(run: &Run, end: &DriveEnd) -> Exit {
    match (end, run.verdict().map(|verdict| verdict.state)) {
        (DriveEnd::Interrupted, _) => Exit::Interrupted,
        (DriveEnd::Waiting, _) => match run.at_best() {
            Some(State::Failed) => Exit::Failed,
            Some(_) => Exit::Undecided,
            None => Exit::Waiting,
        },
        (_, Some(State::Passed)) => Exit::Done,
        (_, Some(State::Failed)) => Exit::Failed,
        _ => Exit::Undecided,
    }
}
