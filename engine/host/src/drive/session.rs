//! The loop itself, and the log it keeps.

use std::collections::{BTreeMap, VecDeque};
use std::ffi::OsString;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dod_kernel::evidence::Comparison;
use dod_kernel::id::{Instance, Name, RunId, Timestamp};
use dod_kernel::record::Recorded;
use dod_kernel::run::{Command, Effect, Event, Refusal, Run, TreeDigested, batch, complete};
use dod_kernel::workflow::{Report, ReportPlace, Task, Workflow};

use super::attempt::Flight;
use super::ends;
use super::environment::{self, Secrets};
use super::{Asked, Begin, DriveEnd, DriveError, Hands, Observer, Settings};
use crate::blob::{Blobs, Put};
use crate::disk;
use crate::history::Stored;
use crate::inbox::Inbox;
use crate::log::{LogOptions, LogWriter, Recovered};
use crate::mask::Masks;
use crate::process::{Happening, Processes, SelfSignal};
use crate::storage::StorageError;
use crate::workspace::Workspace;

/// Files of steps that are running, by the process that runs them.
const SCRATCH: &str = "scratch";
/// Bytes of the list of changed paths in the first event, as JSON; with more, every path counts as changed.
const CHANGED_BYTES_MAX: usize = 1 << 20;
/// Events that are recorded and not told yet; with more, the loop waits until they are durable.
const UNTOLD_MAX: usize = 20_000;
/// How long events that are not durable yet may keep the loop from sleeping.
const NOT_DURABLE: Duration = Duration::from_millis(50);

/// Drives a run until it has a verdict, waits for somebody, or is interrupted.
///
/// # Errors
/// The run cannot be begun, taken up or recorded. What was acknowledged is in the log.
pub fn drive(
    begin: Begin,
    workspace: &Workspace,
    settings: &Settings,
    hands: &mut Hands<'_>,
) -> Result<(DriveEnd, Run), DriveError> {
    let asked = Asked::new(hands.expressions, workspace);
    let mut session = match begin {
        Begin::New { workflow, governance, comparison, started } => {
            let run = Run::new(workflow, governance);
            let id = started.id.clone();
            let clone_log = ends::log_of(workspace, settings, started.origin.as_ref())?;
            let folder = workspace.create_run(&id)?;
            let log = LogWriter::create(&folder, log_options(&id))?;
            let mut session = Session::new(run, id, log, workspace, settings, hands, &asked)?;
            session.comparison = comparison;
            session.begin(started)?;
            session.open_in(clone_log)?;
            // Whoever wrote before the inbox was watched is heard, too.
            session.read_letters()?;
            session
        }
        Begin::Resume(id) => resume(&id, workspace, settings, hands, &asked)?,
    };
    let end = session.turn()?;
    session.seal()?;
    session.remove_scratch();
    Ok((end, session.run))
}

fn log_options(id: &RunId) -> LogOptions {
    LogOptions::new(format!("run {id}"))
}

/// Takes up a run: what its last batch owes is decided, processes that outlived their `dod` are ended, and the
/// attempts that were in flight are lost.
fn resume<'a, 'h>(
    id: &RunId,
    workspace: &'a Workspace,
    settings: &'a Settings,
    hands: &'a mut Hands<'h>,
    asked: &'a Asked<'a>,
) -> Result<Session<'a, 'h>, DriveError> {
    let (mut session, recovered) = reopen(id, workspace, settings, hands, asked)?;
    if session.run.verdict().is_some() {
        return Ok(session);
    }
    let tree = match session.run.started().and_then(|started| started.tree) {
        None => None,
        Some(began) => {
            let now = session.hands.tree.digest().map_err(DriveError::Tree)?;
            if now != began {
                return Err(DriveError::OtherTree);
            }
            Some(now)
        }
    };
    if let Err(error) = session.hands.world.end_survivors(&session.sidecar) {
        session.hands.observer.warn(&error.to_string());
    }
    session.say(Command::Resume { cut_bytes: recovered.bytes_cut, tree })?;
    let lost: Vec<(Instance, u32)> = session.run.in_flight().collect();
    for (step, attempt) in lost {
        session.report_lost(step, attempt)?;
    }
    // An answer that comes after the time for it was up must not count because nobody was looking.
    session.fire_timers()?;
    session.read_letters()?;
    Ok(session)
}

/// A run as its log leaves it; what its last batch owes is decided.
pub(super) fn reopen<'a, 'h>(
    id: &RunId,
    workspace: &'a Workspace,
    settings: &'a Settings,
    hands: &'a mut Hands<'h>,
    asked: &'a Asked<'a>,
) -> Result<(Session<'a, 'h>, Recovered), DriveError> {
    let folder = workspace.run_folder(id);
    let (log, recovered) = LogWriter::open(&folder, log_options(id))?;
    let stored = Stored::read(workspace, id)?;
    let replayed = stored.replay_lines(asked);
    asked.check()?;
    let (replay, lines) = replayed?;
    ends::check(workspace, id, log.tree(), &lines)?;
    let last = replay.at();
    let mut session = Session::new(replay.into_run(), id.clone(), log, workspace, settings, hands, asked)?;
    session.comparison = stored.comparison(&session.blobs)?;
    (session.last, session.said) = (last, last);
    session.ahead_ms = u64::try_from(last.0.saturating_sub(session.hands.world.now().0)).unwrap_or(0);
    session.complete(last)?;
    session.open_again()?;
    Ok((session, recovered))
}

pub(super) struct Session<'a, 'h> {
    pub(super) run: Run,
    pub(super) id: RunId,
    pub(super) log: LogWriter,
    pub(super) hands: &'a mut Hands<'h>,
    pub(super) settings: &'a Settings,
    pub(super) blobs: Blobs,
    pub(super) asked: &'a Asked<'a>,
    /// What evidence is compared with.
    pub(super) comparison: Option<Arc<Comparison>>,
    pub(super) supervisor: Box<dyn Processes>,
    pub(super) flights: BTreeMap<u64, Flight>,
    pub(super) tokens: u64,
    pub(super) scratch: PathBuf,
    pub(super) inherited: BTreeMap<OsString, OsString>,
    pub(super) secrets: Secrets,
    pub(super) masks: Arc<Masks>,
    /// What tools say of their version, by command line.
    pub(super) versions: BTreeMap<Vec<Name>, Option<Name>>,
    pub(super) inbox: Inbox,
    /// A signal came, or everything left to do is somebody else's: children end, nothing starts.
    pub(super) leaving: Option<DriveEnd>,
    pub(super) sidecar: PathBuf,
    /// Recorded, and not yet durable; a verdict also while it is not sealed.
    pub(super) untold: VecDeque<Recorded<Event>>,
    /// The end of the run, where it has one, is in its checkpoint and in the clone's log.
    pub(super) sealed: bool,
    pub(super) workspace: &'a Workspace,
    /// The time of the last event.
    pub(super) said: Timestamp,
    seq: u64,
    last: Timestamp,
    /// How far the log is ahead of the clock: somebody set it back since.
    ahead_ms: u64,
    ticked: Instant,
}

impl<'a, 'h> Session<'a, 'h> {
    fn new(
        run: Run,
        id: RunId,
        log: LogWriter,
        workspace: &'a Workspace,
        settings: &'a Settings,
        hands: &'a mut Hands<'h>,
        asked: &'a Asked<'a>,
    ) -> Result<Self, DriveError> {
        let system =
            |doing| move |error: std::io::Error| DriveError::System { doing, why: error.kind().to_string() };
        let folder = workspace.run_folder(&id);
        // What a process left that died is nobody's: a step must not find the output of another one in its file,
        // and what outlived that process must not write into ours. We hold the lock of the log.
        let all = folder.join(SCRATCH);
        let _ = disk::remove_dir_all(&all);
        let scratch = all.join(log.lines().to_string());
        disk::create_dir_all(&scratch).map_err(StorageError::when("create", &scratch))?;
        let sidecar = folder.join("processes");
        let supervisor =
            hands.world.processes(&scratch, &sidecar).map_err(system("steps cannot be supervised"))?;
        let mut inbox = Inbox::open(&folder.join("inbox"))?;
        inbox.watch();
        let observer = &mut *hands.observer;
        let (secrets, masks) =
            environment::secrets(run.workflow(), &settings.root, &mut |text| observer.warn(text));
        let seq = log.lines();
        Ok(Self {
            run,
            id,
            log,
            blobs: Blobs::at(workspace.blobs_folder()),
            asked,
            comparison: None,
            supervisor,
            flights: BTreeMap::new(),
            tokens: 0,
            scratch,
            inherited: environment::inherited(),
            secrets,
            masks,
            versions: BTreeMap::new(),
            inbox,
            leaving: None,
            sidecar,
            untold: VecDeque::new(),
            sealed: false,
            workspace,
            said: Timestamp(0),
            seq,
            last: Timestamp(0),
            ahead_ms: 0,
            ticked: hands.world.instant(),
            hands,
            settings,
        })
    }

    /// The first event names the definitions by digest; they lie in the blobs before it does.
    fn begin(&mut self, mut started: Box<dod_kernel::run::RunStarted>) -> Result<(), DriveError> {
        let workflow = serde_json::to_vec(self.run.workflow()).expect("a workflow can always be written");
        let governance = serde_json::to_vec(self.run.governance()).expect("policies can always be written");
        self.bound_changed(&mut started);
        started.workflow = self.keep(&workflow)?;
        started.governance = self.keep(&governance)?;
        if let Some(comparison) = &self.comparison {
            let text = serde_json::to_vec(&**comparison).expect("a comparison can always be written");
            started.comparison = Some(self.keep(&text)?);
        }
        self.say(Command::Start(started))?;
        // A run that has spawned something can be taken up, however soon its `dod` dies.
        self.log.flush_and_wait()?;
        Ok(())
    }

    /// A line of the log is bounded, and so is the list of what changed: where it is too long it is as if no base
    /// were known, which runs more and not less, and that is recorded.
    fn bound_changed(&mut self, started: &mut dod_kernel::run::RunStarted) {
        let Some(changed) = &started.changed else { return };
        let bytes = serde_json::to_vec(changed).map_or(usize::MAX, |text| text.len());
        if bytes > CHANGED_BYTES_MAX {
            let said =
                format!("{} changed paths are too many to list: every path counts as changed", changed.len());
            self.hands.observer.warn(&said);
            started.settings.push(said.into());
            started.changed = None;
        }
    }

    pub(super) fn remove_scratch(&self) {
        let all = self.scratch.parent().unwrap_or(&self.scratch);
        let _ = disk::remove_dir_all(all);
    }

    pub(super) fn keep(&mut self, bytes: &[u8]) -> Result<dod_kernel::id::Digest, DriveError> {
        let put = self.blobs.put(bytes)?;
        self.attach(put)
    }

    pub(super) fn attach(&mut self, put: Put) -> Result<dod_kernel::id::Digest, DriveError> {
        let Put { digest, unsynced, .. } = put;
        self.log.attach(unsynced)?;
        Ok(digest)
    }

    /// What the clock says, never before what it said last. Time goes on from there also where the clock was set back
    /// while nobody drove the run: timers do not wait for it to catch up.
    pub(super) fn now(&mut self) -> Timestamp {
        self.last = self.last.max(self.hands.world.now().plus(self.ahead_ms));
        self.last
    }

    /// This moment.
    pub(super) fn instant(&self) -> Instant {
        self.hands.world.instant()
    }

    /// Tells the run, and writes the whole batch.
    pub(super) fn say(&mut self, command: Command) -> Result<(), DriveError> {
        self.try_say(command)?.map_err(DriveError::Refused)
    }

    /// As [`Session::say`], for commands that people send and that may be refused.
    pub(super) fn try_say(&mut self, command: Command) -> Result<Result<(), Refusal>, DriveError> {
        let at = self.now();
        let Self { run, asked, log, untold, seq, hands, .. } = self;
        let mut scribe = Scribe { at, asked, log, untold, seq, observer: &mut *hands.observer, failed: None };
        if let Err(refusal) = batch(run, at, command, *asked, &mut |event| scribe.write(event)) {
            return Ok(Err(refusal));
        }
        let failed = scribe.failed;
        self.said = at;
        failed.map_or(Ok(Ok(())), Err)
    }

    fn complete(&mut self, at: Timestamp) -> Result<(), DriveError> {
        let Self { run, asked, log, untold, seq, hands, .. } = self;
        let mut scribe = Scribe { at, asked, log, untold, seq, observer: &mut *hands.observer, failed: None };
        complete(run, at, *asked, &mut |event| scribe.write(event));
        scribe.failed.map_or(Ok(()), Err)
    }

    /// Tells the observer what has become durable.
    pub(super) fn tell(&mut self) -> Result<(), DriveError> {
        tell(&self.log, &mut self.untold, self.sealed, &mut *self.hands.observer)
    }

    fn turn(&mut self) -> Result<DriveEnd, DriveError> {
        loop {
            self.fire_timers()?;
            self.perform()?;
            self.log.hand_over()?;
            self.tell()?;
            if self.run.verdict().is_some() && self.flights.is_empty() {
                return Ok(DriveEnd::Finished);
            }
            if let Some(end) = self.rest()? {
                return Ok(end);
            }
            self.sleep()?;
        }
    }

    /// Does what is owed.
    fn perform(&mut self) -> Result<(), DriveError> {
        while self.perform_some()? {}
        Ok(())
    }

    /// Does what is owed, up to the first thing that makes the run move on by itself: a result that is taken
    /// over, or a program that cannot be started, may make others ready, or not wanted any more.
    fn perform_some(&mut self) -> Result<bool, DriveError> {
        for effect in self.run.outstanding() {
            let moved = match effect {
                Effect::Start { .. } if self.leaving.is_some() => false,
                Effect::Start { attempt, step } => self.start(step, attempt)?,
                Effect::Stop { attempt, step, why } => {
                    self.stop(step, attempt, &why);
                    false
                }
                Effect::DigestTree => {
                    self.digest_tree()?;
                    true
                }
            };
            if moved {
                return Ok(true);
            }
        }
        Ok(false)
    }

    pub(super) fn digest_tree(&mut self) -> Result<(), DriveError> {
        let (tree, changed) = self.hands.tree.digest_at_end().map_err(DriveError::Tree)?;
        self.say(Command::ReportTree(Box::new(TreeDigested { changed, tree })))
    }

    fn fire_timers(&mut self) -> Result<(), DriveError> {
        while let Some((due, timer)) = self.run.next_timer() {
            let now = self.now();
            if due > now {
                break;
            }
            self.say(Command::FireTimer { timer, now })?;
        }
        Ok(())
    }

    /// Whether there is nothing left to do here, and why.
    fn rest(&mut self) -> Result<Option<DriveEnd>, DriveError> {
        if let Some(end) = &self.leaving {
            return Ok(self.flights.is_empty().then(|| end.clone()));
        }
        let working = self.flights.values().any(|flight| !flight.is_serving());
        if working || self.run.verdict().is_some() {
            return Ok(None);
        }
        let now = self.now();
        let soon = now.plus(u64::try_from(self.settings.wait_max.as_millis()).unwrap_or(u64::MAX));
        // A retry that is far away is waited for no longer than anything else.
        let rests = match self.run.next_wake() {
            Some(due) => due > soon,
            None => self.run.waiting().next().is_some(),
        };
        if !rests {
            return Ok(None);
        }
        // Services would only wait along: they end, and start again when the run is taken up.
        self.leave(DriveEnd::Waiting);
        Ok(self.flights.is_empty().then_some(DriveEnd::Waiting))
    }

    pub(super) fn leave(&mut self, end: DriveEnd) {
        self.leaving = Some(end);
        let grace = self.settings.grace;
        for token in self.flights.keys() {
            self.supervisor.stop(*token, grace);
        }
    }

    /// Waits until something happens.
    fn sleep(&mut self) -> Result<(), DriveError> {
        let until = self.until();
        let wakes: Vec<_> = self.inbox.notice().into_iter().collect();
        let happened = self.supervisor.wait(until, &wakes).map_err(|error| DriveError::System {
            doing: "steps cannot be waited for",
            why: error.kind().to_string(),
        })?;
        for happening in happened {
            match happening {
                Happening::Output { token, channel: _, bytes } => self.printed(token, &bytes),
                Happening::Ended(ended) => self.ended(*ended)?,
                Happening::Woken(_) => self.read_letters()?,
                Happening::Signal(signal) => self.signaled(signal),
            }
        }
        if self.inbox.notice().is_none() {
            // This system tells of no letters: they are looked for.
            self.read_letters()?;
        }
        self.probe()?;
        if self.hands.observer.tick_every().is_some_and(|every| self.instant() >= self.ticked + every) {
            self.ticked = self.instant();
            let now = self.now();
            self.hands.observer.tick(now);
        }
        Ok(())
    }

    fn until(&mut self) -> Option<Instant> {
        let (now, instant) = (self.now(), self.instant());
        let timer = self.run.next_timer().map(|(due, _)| {
            let ms = u64::try_from(due.0.saturating_sub(now.0)).unwrap_or(0);
            // A timer far away is looked at again in an hour: the clock of the system may be set.
            instant + Duration::from_millis(ms.min(3_600_000))
        });
        let untold = (!self.untold.is_empty()).then(|| instant + NOT_DURABLE);
        let tick = self.hands.observer.tick_every().map(|every| self.ticked + every);
        let letters = self.inbox.notice().is_none().then(|| instant + Duration::from_secs(1));
        [timer, untold, tick, letters, self.next_probe()].into_iter().flatten().min()
    }

    fn signaled(&mut self, signal: SelfSignal) {
        let at_once = self.leaving.is_some() || signal == SelfSignal::Quit;
        if self.leaving.is_none() {
            let name = match signal {
                SelfSignal::Interrupt => "interrupted",
                SelfSignal::Terminate => "asked to end",
                SelfSignal::HangUp => "the terminal is gone",
                SelfSignal::Quit => "asked to quit",
            };
            let how = if at_once { "at once" } else { "(once more ends them at once)" };
            self.hands
                .observer
                .warn(&format!("{name}: steps are being ended {how}; `dod resume {}` goes on", self.id));
            self.leave(DriveEnd::Interrupted);
            // An error is told by whatever is written next.
            let _ = self.log.hand_over();
            self.hands.observer.leaving();
        }
        if at_once {
            let tokens: Vec<u64> = self.flights.keys().copied().collect();
            for token in tokens {
                self.supervisor.stop(token, Duration::ZERO);
            }
        }
    }
}

/// Writes the events of a batch as they are decided: a loop in which nothing waits is one batch of millions.
///
/// An error does not stop the batch, which has no way back; it is kept, and nothing is written after it.
struct Scribe<'s> {
    at: Timestamp,
    asked: &'s Asked<'s>,
    log: &'s mut LogWriter,
    untold: &'s mut VecDeque<Recorded<Event>>,
    seq: &'s mut u64,
    observer: &'s mut dyn Observer,
    failed: Option<DriveError>,
}

impl Scribe<'_> {
    fn write(&mut self, event: Event) {
        if self.failed.is_none()
            && let Err(error) = self.try_write(event)
        {
            self.failed = Some(error);
        }
    }

    fn try_write(&mut self, event: Event) -> Result<(), DriveError> {
        self.asked.check()?;
        let recorded = Recorded { at: self.at, event, seq: *self.seq };
        *self.seq += 1;
        let line = serde_json::to_vec(&recorded).expect("an event can always be written");
        self.log.append(&line)?;
        self.untold.push_back(recorded);
        if self.untold.len() >= UNTOLD_MAX {
            self.log.flush_and_wait()?;
            tell(self.log, self.untold, false, self.observer)?;
        }
        Ok(())
    }
}

/// Tells the observer what has become durable; of a verdict only when it is sealed.
fn tell(
    log: &LogWriter,
    untold: &mut VecDeque<Recorded<Event>>,
    sealed: bool,
    observer: &mut dyn Observer,
) -> Result<(), DriveError> {
    let durable = log.durable_up_to()?;
    let good = |recorded: &Recorded<Event>| {
        recorded.seq < durable && (sealed || !matches!(recorded.event, Event::RunFinished(_)))
    };
    while untold.front().is_some_and(good) {
        if let Some(recorded) = untold.pop_front() {
            observer.event(&recorded);
        }
    }
    Ok(())
}

/// A report that a step leaves in the tree is something it says it writes.
fn report_in_tree(task: &Task, report: &Report) -> Option<Name> {
    match &report.from {
        ReportPlace::File(path) if !path.starts_with('$') => {
            let cwd = &task.action.cwd;
            let path = path.trim_start_matches("./");
            Some(if cwd.is_empty() { path.into() } else { format!("{cwd}/{path}").into() })
        }
        _ => None,
    }
}

/// What steps say they write, as globs relative to the root.
pub fn declared_outputs(workflow: &Workflow) -> Vec<Name> {
    let mut declared = Vec::new();
    for node in workflow.nodes() {
        if let dod_kernel::workflow::Kind::Task(task) = &node.kind {
            declared.extend(task.action.outputs.iter().cloned());
            declared.extend(task.action.evidence.iter().filter_map(|report| report_in_tree(task, report)));
        }
    }
    declared.sort();
    declared.dedup();
    declared
}
