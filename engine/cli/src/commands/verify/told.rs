//! What came of verifying, told: what is covered and what is not, in words and as an object.
//!
//! **Absent on purpose:** verifying. Nothing here looks at a file.

use std::collections::BTreeSet;
use std::path::Path;

use dod_host::clone_log::{CHECKPOINT_FILE, LEAVES_FILE};
use dod_host::exported::PROOF_FILE;
use dod_host::keys::short;
use dod_host::verify::{
    self, Anchor, Anchored, Keys, LogVerified, Of, Problems, Sealed, Source, Stated, Status, Undecided,
    Verified, Wrong,
};
use dod_host::workspace::Workspace;
use dod_kernel::id::RunId;
use dod_kernel::policy::{Governance, State};
use dod_proof::archive::ArchiveError;
use serde::Serialize;

use super::reread::Reread;
use super::{exit, word};
use crate::blame::Exit;
use crate::remade::{self, Remade};
use crate::waivers::{Approval, approval, named};
use crate::{launch, output};

/// What is said where nothing was remembered.
const NOT_ANCHORED: &str = "not anchored: a rollback to an older state would not be noticed";
/// Runs without an end that are named.
const OPEN_NAMED_MAX: usize = 10;

/// Whether decisions were made again.
#[derive(Debug)]
pub(super) enum Decisions {
    /// Nobody asked.
    NotAsked,
    /// They were, and this came of it.
    Made(Box<Remade>),
    /// They could not be.
    Failed(String),
}

/// What came of verifying one run.
#[derive(Debug)]
pub(super) struct OfRun {
    verified: Option<Verified>,
    log: Option<LogVerified>,
    pub(super) decisions: Decisions,
    pub(super) reread: Option<Reread>,
    waivers: [u64; 2],
    /// What is said of anchors and logs and is no problem: what it is about, and the words.
    notes: Vec<(&'static str, String)>,
    problems: Problems,
}

/// What came of verifying a clone log.
#[derive(Debug)]
pub(super) struct OfLog {
    verified: LogVerified,
    /// As those of a run.
    notes: Vec<(&'static str, String)>,
    problems: Problems,
}

/// Who signed a checkpoint.
#[derive(Debug, Serialize)]
struct Signed {
    origin: String,
    size: u64,
    root: String,
    /// Known keys, as `name+id`.
    signed_by: Vec<String>,
    /// Keys that nobody here knows, as `name+id`.
    unknown_keys: Vec<String>,
}

impl Signed {
    fn of(sealed: &Sealed) -> Self {
        let Sealed { checkpoint, by, strangers } = sealed;
        Self {
            origin: checkpoint.origin.clone(),
            size: checkpoint.size,
            root: checkpoint.root.to_string(),
            signed_by: by.iter().map(short).collect(),
            unknown_keys: strangers.clone(),
        }
    }

    /// Who signed, in words.
    fn words(&self) -> String {
        let unknown = self.unknown_keys.join(", ");
        match (self.signed_by.as_slice(), unknown.as_str()) {
            ([], "") => "unsigned".to_owned(),
            ([], unknown) => format!("signed by a key that is not trusted: {unknown}"),
            (by, "") => format!("signed by {}", by.join(", ")),
            (by, unknown) => {
                format!("signed by {}, and by keys that are not trusted: {unknown}", by.join(", "))
            }
        }
    }
}

/// What a clone log says of the run.
#[derive(Debug, Serialize)]
struct InLog {
    origin: Option<String>,
    leaves: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<Signed>,
    /// The leaf that says that the run began here, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened: Option<u64>,
    /// The leaf that states its end, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    stated: Option<u64>,
    /// It was made elsewhere and taken in.
    added: bool,
}

/// What remembers something.
#[derive(Debug, Serialize)]
struct Remembers {
    anchor: String,
    of: &'static str,
    size: u64,
    /// All that was looked at lies in what is remembered.
    covers: bool,
}

/// Something that is wrong.
#[derive(Debug, Serialize)]
struct Bad {
    file: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    line: Option<u64>,
    status: &'static str,
    text: String,
}

#[derive(Debug, Serialize)]
struct Counts {
    proved: u64,
    claimed: u64,
    #[serde(skip_serializing_if = "is_zero")]
    unchecked: u64,
}

#[derive(Debug, Serialize)]
struct Joined {
    run: RunId,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<Signed>,
}

/// The documented object.
#[derive(Debug, Default, Serialize)]
struct Object {
    status: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<RunId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    events: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    root: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    verdict: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    blobs: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    checkpoint: Option<Signed>,
    #[serde(skip_serializing_if = "Option::is_none")]
    log: Option<InLog>,
    #[serde(skip_serializing_if = "Option::is_none")]
    receipt: Option<Signed>,
    sources: Vec<Joined>,
    anchors: Vec<Remembers>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answers: Option<Counts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    waivers: Option<Counts>,
    #[serde(skip_serializing_if = "Option::is_none")]
    decisions: Option<Remade>,
    #[serde(skip_serializing_if = "Option::is_none")]
    reread: Option<Reread>,
    #[serde(skip_serializing_if = "Option::is_none")]
    leaves: Option<u64>,
    /// Runs that were opened and have no end.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    open: Vec<RunId>,
    problems: Vec<Bad>,
    more_problems: u64,
    text: String,
}

fn is_zero(count: &u64) -> bool {
    *count == 0
}

/// `one event`, `2 events`.
fn count(number: u64, what: &str) -> String {
    match number {
        1 => format!("one {what}"),
        _ => format!("{number} {what}s"),
    }
}

impl OfRun {
    pub(super) fn new(verified: Verified, before: Problems) -> Self {
        let mut problems = before;
        problems.extend(&verified.problems);
        Self { problems, ..Self::nothing(Some(verified)) }
    }

    /// The file is no exported run.
    pub(super) fn no_archive(path: &Path, error: &ArchiveError, mut problems: Problems) -> Self {
        let wrong = match error {
            ArchiveError::Io(error) => Wrong::Unread { kind: error.kind() },
            other => Wrong::Archive { why: other.to_string() },
        };
        problems.add(&path.display().to_string(), None, wrong);
        Self { problems, ..Self::nothing(None) }
    }

    fn nothing(verified: Option<Verified>) -> Self {
        Self {
            verified,
            log: None,
            decisions: Decisions::NotAsked,
            reread: None,
            waivers: [0; 2],
            notes: Vec::new(),
            problems: Problems::default(),
        }
    }

    /// Looks at the log of the clone that the run lies in.
    pub(super) fn bind(&mut self, workspace: &Workspace, keys: &Keys<'_>, anchors: &[Anchor]) {
        let Some(verified) = &mut self.verified else { return };
        let Some(run) = verified.run().cloned() else { return };
        let folder = workspace.log_folder();
        // Another key may have signed the log than the run.
        let unasked = Keys { known: keys.known, asked: &[] };
        // The receipt remembers the log as well: through the leaves it and every anchor are held against each other.
        let mut all = anchors.to_vec();
        let receipt = verified.receipt.as_ref();
        all.extend(receipt.map(|receipt| Anchor {
            name: workspace.run_folder(&run).join(PROOF_FILE).display().to_string(),
            checkpoint: receipt.checkpoint.clone(),
            by: receipt.by.clone(),
        }));
        let Some(mut log) = verify::log(&folder, Some(&run), &unasked, &all) else { return };
        log.anchored.retain(|it| it.index < anchors.len());
        let mut found = Problems::default();
        if !keys.asked.is_empty() && log.sealed.as_ref().is_some_and(Sealed::is_unsigned) {
            found.add(&folder.join(CHECKPOINT_FILE).display().to_string(), None, Wrong::UnsignedLog);
        }
        verify::bind(verified, &log, &folder.join(LEAVES_FILE).display().to_string(), &mut found);
        if !log.runs.contains_key(&run) {
            // Whatever remembers this log does not remember the run.
            log.anchored.clear();
            let named = verified.started().and_then(|it| it.origin.as_ref()).map(ToString::to_string);
            let repository = log.origin.as_deref().and_then(|log| log.rsplit_once("/log/"));
            let ours = named.zip(repository).is_some_and(|(run, (log, _))| {
                run.rsplit_once("/run/").is_some_and(|(repository, _)| repository == log)
            });
            if ours && receipt.is_none() {
                let leaves = folder.join(LEAVES_FILE).display().to_string();
                found.add(&leaves, None, Wrong::NotInLog { run });
            }
        }
        self.problems.extend(&log.problems);
        self.problems.extend(&found);
        self.log = Some(log);
    }

    /// What is said of anchors that the receipt alone does not decide, and of the log that it is of. The first anchors
    /// were named by whoever asks: those have to be of use.
    pub(super) fn beside(&mut self, named: usize, in_workspace: bool) {
        let Some(verified) = &self.verified else { return };
        let Some(receipt) = &verified.receipt else { return };
        let origin = &receipt.checkpoint.origin;
        if self.log.as_ref().is_some_and(|log| log.origin.as_ref() == Some(origin)) {
            return;
        }
        let known =
            self.log.as_ref().zip(verified.run()).is_some_and(|(log, run)| log.runs.contains_key(run));
        if in_workspace && !known {
            self.notes.push(("receipt", format!("the log that it is of is not here: `{origin}`")));
        }
        for Undecided { index, anchor, wrong } in &verified.undecided {
            match *index < named {
                true => self.problems.add(anchor, None, wrong.clone()),
                false => self.notes.push(("anchored", format!("`{anchor}`: {wrong}"))),
            }
        }
    }

    /// Checks the signatures of waivers that are said to be proved.
    pub(super) fn waivers(&mut self, source: &dyn Source) {
        let Some(started) = self.verified.as_ref().and_then(Verified::started) else { return };
        let Some((file, bytes)) = verify::governance(source, started) else { return };
        let Ok(governance) = serde_json::from_slice::<Governance>(&bytes) else { return };
        for waiver in &governance.waivers {
            let found = approval(waiver, &governance.roles);
            let proved = found == Ok(Approval::Proved);
            self.waivers[usize::from(!proved)] += 1;
            if waiver.proved && !proved {
                let why =
                    found.map_or_else(|error| error.to_string(), |_| "no key of theirs signed it".to_owned());
                let who = &waiver.approved_by;
                let why = format!(
                    "the waiver of {} is recorded as proved by `{who}`, and is not: {why}",
                    named(waiver)
                );
                self.problems.add(&file, None, Wrong::Unproved { why });
            }
        }
    }

    /// Names anchors that are of something else.
    pub(super) fn elsewhere(&mut self, anchors: &[Anchor]) {
        let Some(verified) = &self.verified else { return };
        let receipt = verified.receipt.as_ref().map(|sealed| &sealed.checkpoint.origin);
        let log = self.log.as_ref().and_then(|log| log.origin.as_ref());
        for anchor in anchors {
            let origin = &anchor.checkpoint.origin;
            let of_run = verified.started().is_some_and(|started| verify::is_origin(started, origin));
            if !of_run && receipt != Some(origin) && log != Some(origin) {
                self.problems.add(&anchor.name, None, Wrong::Elsewhere { origin: origin.clone() });
            }
        }
    }

    /// What the clone log says of the run's lines.
    fn stated(&self) -> Option<&(u64, Stated)> {
        let run = self.verified.as_ref()?.run()?;
        self.log.as_ref()?.runs.get(run)?.stated.as_ref()
    }

    /// What remembers the run, and whether it remembers all of it.
    fn remembers(&self) -> Vec<Remembers> {
        let Some(verified) = &self.verified else { return Vec::new() };
        let lines = verified.seen.as_ref().map_or(0, |seen| seen.lines);
        let of_log = self.log.iter().flat_map(|log| &log.anchored);
        let stated = self.stated().map(|(line, _)| *line);
        // A receipt covers the run. The clone log does as far as the leaf that states its end.
        let one = |Anchored { anchor, size, of, .. }: &Anchored, stated: Option<Option<u64>>| {
            let (of, covers) = match of {
                Of::Run => ("run", *size == lines),
                Of::Log => ("log", stated.is_none_or(|line| line.is_some_and(|line| line <= *size))),
            };
            Remembers { anchor: anchor.clone(), of, size: *size, covers }
        };
        // What the leaves say of an anchor, the receipt need not say again.
        let here: BTreeSet<usize> = of_log.clone().map(|it| it.index).collect();
        let of_run = verified.anchored.iter().filter(|it| it.of == Of::Run || !here.contains(&it.index));
        of_run.map(|it| one(it, None)).chain(of_log.map(|it| one(it, Some(stated)))).collect()
    }

    fn status(&self) -> Status {
        let decisions = match &self.decisions {
            Decisions::NotAsked => Status::Good,
            Decisions::Failed(_) => Status::Incomplete,
            Decisions::Made(remade) => match remade.status {
                remade::Status::Good => Status::Good,
                remade::Status::Different => Status::Different,
                remade::Status::NotRemade | remade::Status::Incomplete => Status::Incomplete,
                remade::Status::Unreadable => Status::Unreadable,
            },
        };
        let reread = self.reread.as_ref().map_or(Status::Good, Reread::status);
        self.problems.status().max(decisions).max(reread)
    }

    /// Prints it, and answers how the program ends.
    pub(super) fn tell(self, json: bool) -> Exit {
        let status = self.status();
        let anchors = self.remembers();
        let word = word(status, anchors.iter().any(|anchor| anchor.covers));
        let mut object = Object { status: word, anchors, ..Object::default() };
        object.problems_of(&self.problems);
        object.text = self.text(word, &object);
        let Self { verified, log, decisions, reread, waivers: [proved, claimed], .. } = self;
        object.log = log.as_ref().zip(verified.as_ref()).map(|(log, verified)| in_log(log, verified.run()));
        if let Some(verified) = verified {
            object.waivers = Some(Counts { proved, claimed, unchecked: 0 });
            object.fill(verified);
        }
        object.decisions = match decisions {
            Decisions::Made(remade) => Some(*remade),
            Decisions::NotAsked | Decisions::Failed(_) => None,
        };
        object.reread = reread;
        print(&object, json);
        exit(status)
    }

    fn text(&self, word: &str, object: &Object) -> String {
        let mut text = Text::new();
        let Some(verified) = &self.verified else {
            text.head(word, "the file is no exported run", object);
            return text.done();
        };
        let run = verified.run().map_or("the run".to_owned(), |run| format!("run {run}"));
        let said =
            if self.problems.status() == Status::Good { "is what was written" } else { "was looked at" };
        let lines = verified.seen.as_ref().map_or(0, |seen| seen.lines);
        let events = count(lines, "event");
        let blobs = count(verified.blobs.good, "blob");
        text.head(word, &format!("{run} {said}: {events}, {blobs}"), object);
        self.text_of_seals(verified, lines, &mut text);
        for anchor in &object.anchors {
            let Remembers { anchor, of, size, covers } = anchor;
            let what = if *of == "run" { "events of the run" } else { "leaves of the clone log" };
            let behind = if *covers { "" } else { "; what came after that is not anchored" };
            text.line("anchored", &format!("`{anchor}` remembers {size} {what}{behind}"));
        }
        self.notes.iter().for_each(|(name, what)| text.line(name, what));
        if !object.anchors.iter().any(|anchor| anchor.covers) && !is_rolled_back(&self.problems) {
            text.line("anchored", NOT_ANCHORED);
        }
        self.text_of_people(verified, &mut text);
        match &self.decisions {
            Decisions::NotAsked => text.line("decisions", "not asked: `dod replay` makes each of them again"),
            Decisions::Failed(why) => text.line("decisions", why),
            Decisions::Made(remade) => remade_text(remade, &mut text),
        }
        if let Some(reread) = &self.reread {
            reread.lines().iter().for_each(|line| text.line("reports", line));
        }
        text.done()
    }

    fn text_of_seals(&self, verified: &Verified, lines: u64, text: &mut Text) {
        let verdict = verified.seen.as_ref().and_then(verify::Seen::state);
        text.line("verdict", verdict.map_or("there is none: the run has not ended", State::word));
        match &verified.sealed {
            None => text.line("checkpoint", "none: nothing says how many events there should be"),
            Some(sealed) => {
                let signed = Signed::of(sealed);
                let size = signed.size;
                let behind = if size < lines {
                    format!(", and {} stand behind it", lines - size)
                } else {
                    String::new()
                };
                text.line(
                    "checkpoint",
                    &format!("over {}{behind}: {}", count(size, "event"), signed.words()),
                );
            }
        }
        for (run, sealed) in &verified.sources {
            let signed = sealed.as_ref().map_or("no checkpoint".to_owned(), |it| Signed::of(it).words());
            text.line("joined", &format!("run {run}: {signed}"));
        }
        if let Some(receipt) = &verified.receipt {
            let signed = Signed::of(receipt);
            let (origin, size) = (&signed.origin, count(signed.size, "leaf").replace("leafs", "leaves"));
            text.line("receipt", &format!("it stands among {size} of `{origin}`, {}", signed.words()));
        }
        match (&self.log, &verified.receipt) {
            (Some(log), _) => {
                let named = verified.started().is_some_and(|started| started.origin.is_some());
                text.line("clone log", &in_log_text(log, verified.run(), named));
            }
            (None, None) => text.line("clone log", "none here, and no receipt of one"),
            (None, Some(_)) => {}
        }
    }

    fn text_of_people(&self, verified: &Verified, text: &mut Text) {
        let verify::People { proved, claimed, unchecked } = verified.people;
        if proved + claimed + unchecked > 0 {
            let unchecked = if unchecked > 0 { format!(", {unchecked} not checked") } else { String::new() };
            text.line("answers", &format!("{proved} proved, {claimed} claimed{unchecked}"));
        }
        let [proved, claimed] = self.waivers;
        if proved + claimed > 0 {
            text.line("waivers", &format!("{proved} proved, {claimed} claimed"));
        }
    }
}

/// What came of making decisions again.
fn remade_text(remade: &Remade, text: &mut Text) {
    match &remade.difference {
        None => text.line("decisions", &remade.text),
        Some(place) => {
            let event = place.seq.map(|seq| format!("event {seq}: ")).unwrap_or_default();
            let at = format!("{}:{}", place.file.display(), place.line);
            text.line("decisions", &format!("different: {event}{} ({at})", place.why));
        }
    }
}

/// Whether something that was remembered is not there any more: then nobody asks whether that would be noticed.
fn is_rolled_back(problems: &Problems) -> bool {
    problems.list().iter().any(|problem| matches!(problem.wrong, Wrong::Rollback(_)))
}

/// Runs here that the log of the clone says nothing of.
fn strangers(
    log: &LogVerified,
    workspace: &Workspace,
    runs: Vec<RunId>,
    problems: &mut Problems,
    notes: &mut Vec<(&'static str, String)>,
) {
    let (unknown, old) = verify::unknown(log, runs, workspace);
    for run in unknown {
        let folder = workspace.run_folder(&run);
        let of = verify::log_of_receipt(&folder);
        let gone = of.filter(|of| log.origin.as_ref().is_some_and(|log| verify::is_sibling(log, of)));
        let (file, wrong) = match gone {
            Some(origin) => (folder.join(PROOF_FILE), Wrong::LogGone { origin }),
            None => (folder, Wrong::NotInLog { run }),
        };
        problems.add(&file.display().to_string(), None, wrong);
    }
    if !old.is_empty() {
        let runs = count(old.len() as u64, "run");
        notes.push(("older", format!("{runs} here may be older than the log, which does not know of them")));
    }
}

fn in_log(log: &LogVerified, run: Option<&RunId>) -> InLog {
    let told = run.and_then(|run| log.runs.get(run));
    let stated = told.and_then(|told| told.stated.as_ref());
    InLog {
        origin: log.origin.clone(),
        leaves: log.leaves,
        checkpoint: log.sealed.as_ref().map(Signed::of),
        opened: told.and_then(|told| told.opened.map(|(line, _)| line - 1)),
        stated: stated.map(|(line, _)| line - 1),
        added: stated.is_some_and(|(_, stated)| stated.added),
    }
}

/// `named`: the run says what it is called, as runs do since there are clone logs.
fn in_log_text(log: &LogVerified, run: Option<&RunId>, named: bool) -> String {
    let InLog { origin, leaves, checkpoint, opened, stated, added } = in_log(log, run);
    let origin = origin.unwrap_or_else(|| "a log without a name".to_owned());
    let said = match (opened, stated, added) {
        (_, Some(line), true) => format!("taken in by leaf {line}"),
        (Some(first), Some(line), false) => format!("opened by leaf {first}, closed by leaf {line}"),
        (None, Some(line), false) => format!("closed by leaf {line}"),
        (Some(line), None, _) => format!("opened by leaf {line}, and not closed"),
        (None, None, _) => {
            let signed = checkpoint.map_or("no checkpoint".to_owned(), |signed| signed.words());
            let why = if named { "it was put here past it" } else { "it may be older than the log" };
            return format!("`{origin}`: this clone's log does not know this run: {why}; {signed}");
        }
    };
    let signed = checkpoint.map_or("no checkpoint".to_owned(), |signed| signed.words());
    let leaves = count(leaves, "leaf").replace("leafs", "leaves");
    format!("`{origin}`: {said} (of {leaves}); {signed}")
}

impl OfLog {
    pub(super) fn new(
        verified: LogVerified,
        workspace: &Workspace,
        runs: Vec<RunId>,
        anchors: &[Anchor],
        siblings: &[(String, String)],
        before: Problems,
    ) -> Self {
        let mut problems = before;
        problems.extend(&verified.problems);
        let mut notes = Vec::new();
        strangers(&verified, workspace, runs, &mut problems, &mut notes);
        for (place, origin) in siblings {
            let what = format!(
                "`{place}` remembers another log of this repository, `{origin}`: that of another clone, or one that was here and is gone"
            );
            notes.push(("beside", what));
        }
        let leaves = workspace.log_folder().join(LEAVES_FILE).display().to_string();
        verify::runs(&verified, workspace, &leaves, &mut problems);
        for anchor in anchors {
            let origin = &anchor.checkpoint.origin;
            if verified.origin.as_ref() != Some(origin) {
                problems.add(&anchor.name, None, Wrong::Elsewhere { origin: origin.clone() });
            }
        }
        Self { verified, notes, problems }
    }

    /// Prints it, and answers how the program ends.
    pub(super) fn tell(self, json: bool) -> Exit {
        let Self { verified, notes, problems } = self;
        let status = problems.status();
        let anchors: Vec<Remembers> = verified
            .anchored
            .iter()
            .map(|it| {
                let Anchored { anchor, size, .. } = it;
                Remembers { anchor: anchor.clone(), of: "log", size: *size, covers: *size == verified.leaves }
            })
            .collect();
        let word = word(status, !anchors.is_empty());
        let mut object = Object { status: word, anchors, leaves: Some(verified.leaves), ..Object::default() };
        object.problems_of(&problems);
        object.open = verified.open().cloned().collect();
        object.text = log_text(&verified, word, &object, &notes, is_rolled_back(&problems));
        object.root = Some(verified.root.to_string());
        object.checkpoint = verified.sealed.as_ref().map(Signed::of);
        object.origin = verified.origin;
        print(&object, json);
        exit(status)
    }
}

fn log_text(
    verified: &LogVerified,
    word: &str,
    object: &Object,
    notes: &[(&'static str, String)],
    rolled_back: bool,
) -> String {
    let mut text = Text::new();
    let origin = verified.origin.as_deref().unwrap_or("without a name");
    let leaves = count(verified.leaves, "leaf").replace("leafs", "leaves");
    let runs = count(verified.runs.len() as u64, "run");
    text.head(word, &format!("the clone log `{origin}`: {leaves}, {runs}"), object);
    match verified.sealed.as_ref().map(Signed::of) {
        None => text.line("checkpoint", "none: nothing says how many leaves there should be"),
        Some(signed) => {
            let size = count(signed.size, "leaf").replace("leafs", "leaves");
            text.line("checkpoint", &format!("over {size}: {}", signed.words()));
        }
    }
    if verified.torn_bytes > 0 {
        let torn = verified.torn_bytes;
        text.line(
            "torn",
            &format!("{torn} bytes behind the last leaf are none: a crash; the next run cuts them"),
        );
    }
    for anchor in &object.anchors {
        let Remembers { anchor, size, .. } = anchor;
        text.line(
            "anchored",
            &format!("`{anchor}` remembers {size} leaves, and they are the first ones here"),
        );
    }
    if object.anchors.is_empty() && !rolled_back {
        text.line("anchored", NOT_ANCHORED);
    }
    notes.iter().for_each(|(name, what)| text.line(name, what));
    for run in object.open.iter().take(OPEN_NAMED_MAX) {
        text.line(
            "open",
            &format!("run {run} was opened and never closed: it waits, was interrupted, or is gone"),
        );
    }
    if object.open.len() > OPEN_NAMED_MAX {
        text.line("open", &format!("and {} more", object.open.len() - OPEN_NAMED_MAX));
    }
    text.done()
}

impl Object {
    fn problems_of(&mut self, problems: &Problems) {
        let bad = |problem: &verify::Problem| Bad {
            file: problem.file.clone(),
            line: problem.line,
            status: word(problem.wrong.status(), true),
            text: problem.wrong.to_string(),
        };
        self.problems = problems.list().iter().map(bad).collect();
        self.more_problems = problems.more();
    }

    fn fill(&mut self, verified: Verified) {
        let verify::People { proved, claimed, unchecked } = verified.people;
        self.run = verified.run().cloned();
        self.origin = verified.started().and_then(|it| it.origin.as_ref()).map(ToString::to_string);
        self.events = verified.seen.as_ref().map(|seen| seen.lines);
        self.root = verified.seen.as_ref().map(|seen| seen.root.to_string());
        self.verdict = verified.seen.as_ref().and_then(verify::Seen::state).map(State::word);
        self.blobs = Some(verified.blobs.good);
        self.checkpoint = verified.sealed.as_ref().map(Signed::of);
        self.receipt = verified.receipt.as_ref().map(Signed::of);
        self.answers = Some(Counts { proved, claimed, unchecked });
        let joined = |(run, sealed): (RunId, Option<Sealed>)| Joined {
            run,
            checkpoint: sealed.as_ref().map(Signed::of),
        };
        self.sources = verified.sources.into_iter().map(joined).collect();
    }
}

fn print(object: &Object, json: bool) {
    output::result(&if json { launch::json(object) + "\n" } else { object.text.clone() });
}

/// Lines of a result: a head, what is wrong, and statements.
struct Text(Vec<String>);

impl Text {
    fn new() -> Self {
        Self(Vec::new())
    }

    fn head(&mut self, word: &str, what: &str, object: &Object) {
        self.0.push(format!("{}: {what}", word.replace("not_anchored", "good, not anchored")));
        for Bad { file, line, text, .. } in &object.problems {
            let line = line.map(|line| format!(":{line}")).unwrap_or_default();
            self.0.push(format!("  {}{line}: {}", clean(file), clean(text)));
        }
        if object.more_problems > 0 {
            self.0.push(format!("  and {} more problems", object.more_problems));
        }
    }

    fn line(&mut self, name: &str, what: &str) {
        self.0.push(format!("  {name:10} {}", clean(what)));
    }

    fn done(self) -> String {
        self.0.join("\n") + "\n"
    }
}

/// Words from a log or a file, which stay in their line.
fn clean(text: &str) -> String {
    dod_views::clean(text, false).replace(['\n', '\t'], " ")
}
