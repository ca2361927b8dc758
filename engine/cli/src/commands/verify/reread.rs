//! `--reread`: the raw reports, read again with the readers of this program, against the recorded evidence.
//!
//! All of it is compared ([`differences`]). What the run knew and a report does not say (the base, the lines of the change) is
//! taken out of both; where covered files lie in the repository, and which folder that lay in, is taken from what is recorded.
//!
//! **Absent on purpose:** blaming. Another version of a reader may count otherwise; the same version may not.

mod compare;

use std::collections::BTreeSet;
use std::io::{BufReader, Read as _};

use dod_evidence::{Context, Format};
use dod_host::blob::{BlobError, Blobs};
use dod_host::disk;
use dod_host::drive::{EVIDENCE_BYTES_MAX, REPORT_BYTES_MAX};
use dod_host::history::Stored;
use dod_host::verify::Status;
use dod_kernel::evidence::{Evidence, Source};
use dod_kernel::id::{Digest, Name, NodeId};
use dod_kernel::run::{Event, Reading};
use dod_kernel::workflow::{Kind, Report, ReportPlace, Task, Workflow};
use serde::Serialize;
use serde_json::Value as Json;

use crate::blame::CommandError;
use crate::runs::{Found, unread};
use compare::differences;

/// Folders that are tried as the one that the repository lay in.
const ROOTS_MAX: usize = 3;

/// What came of reading reports again.
#[derive(Debug, Serialize)]
pub(super) struct Reread {
    /// Gates whose evidence is what their reports say.
    same: u64,
    /// Gates whose evidence is not.
    different: Vec<Differs>,
    /// Reports that are not here.
    missing: Vec<Digest>,
    /// The program that read them first, where it is another version than this one.
    #[serde(skip_serializing_if = "Option::is_none")]
    other_reader: Option<Name>,
}

/// Evidence that reads otherwise.
#[derive(Debug, Serialize)]
struct Differs {
    gate: Name,
    /// The line of the log that records the evidence.
    line: u64,
    /// What differs: the count, as recorded, as read.
    counts: Vec<Count>,
    /// Why a report cannot be read any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    unreadable: Option<String>,
}

#[derive(Debug, Serialize)]
struct Count {
    name: String,
    recorded: Json,
    read: Json,
}

impl Reread {
    /// How good it is. Another reader that reads otherwise proves nothing.
    pub(super) fn status(&self) -> Status {
        match (self.different.is_empty(), &self.other_reader) {
            (true, _) if self.missing.is_empty() => Status::Good,
            (true, _) | (false, Some(_)) => Status::Incomplete,
            (false, None) => Status::Different,
        }
    }

    /// The same for people.
    pub(super) fn lines(&self) -> Vec<String> {
        let mut lines = vec![match self.same {
            1 => "the evidence of one attempt is what its reports say".to_owned(),
            same => format!("the evidence of {same} attempts is what their reports say"),
        }];
        let whose = match &self.other_reader {
            Some(program) => format!("; `{program}` read them first, and its readers may differ"),
            None => String::new(),
        };
        for Differs { gate, line, counts, unreadable } in &self.different {
            let shown = |count: &Count| {
                let Count { name, recorded, read } = count;
                let [recorded, read] = [recorded, read].map(|it| match it {
                    Json::Null => "nothing".to_owned(),
                    it => it.to_string(),
                });
                format!("{name} recorded {recorded}, read {read}")
            };
            let counts: Vec<String> = counts.iter().map(shown).collect();
            let what = unreadable.clone().unwrap_or_else(|| counts.join("; "));
            lines.push(format!("different: `{gate}` (line {line}): {what}{whose}"));
        }
        lines.extend(self.missing.iter().map(|digest| format!("the report {digest} is not here")));
        lines
    }
}

/// Reads every report of a run again.
pub(super) fn reread(found: &Found) -> Result<Reread, CommandError> {
    let blobs = Blobs::at(&found.blobs);
    let stored = Stored::read_at(&found.folder, &blobs).map_err(|error| unread(&found.id, &error))?;
    let program = &stored.started.event.program;
    let other = **program != *concat!("dod ", env!("CARGO_PKG_VERSION"));
    let other_reader = other.then(|| program.clone());
    let mut reread = Reread { same: 0, different: Vec::new(), missing: Vec::new(), other_reader };
    let events = stored.events().map_err(|error| unread(&found.id, &error))?;
    for (line, recorded) in (1..).zip(events) {
        let recorded = recorded.map_err(|error| unread(&found.id, &error))?;
        let Event::AttemptEnded(ended) = recorded.event else { continue };
        let Reading::Read(read) = &ended.evidence else { continue };
        let Some(evidence) = evidence(&blobs, &read.digest) else {
            reread.missing.push(read.digest);
            continue;
        };
        let gate = ended.step.name.clone();
        let differs = match again(&blobs, &stored.workflow, ended.step.id.node, &evidence) {
            Again::Read(found) => found,
            Again::Missing(digest) => {
                reread.missing.push(digest);
                continue;
            }
            Again::Unreadable(why) => {
                let unreadable = Some(why);
                reread.different.push(Differs { gate, line, counts: Vec::new(), unreadable });
                continue;
            }
        };
        match differs.is_empty() {
            true => reread.same += 1,
            false => reread.different.push(Differs { gate, line, counts: differs, unreadable: None }),
        }
    }
    Ok(reread)
}

fn evidence(blobs: &Blobs, digest: &Digest) -> Option<Evidence> {
    serde_json::from_slice(&blobs.get(digest, EVIDENCE_BYTES_MAX).ok()?).ok()
}

/// What reports say now.
enum Again {
    /// This differs.
    Read(Vec<Count>),
    Missing(Digest),
    Unreadable(String),
}

fn again(blobs: &Blobs, workflow: &Workflow, node: NodeId, recorded: &Evidence) -> Again {
    let task = workflow.nodes().get(node.0 as usize).and_then(|node| match &node.kind {
        Kind::Task(task) => Some(&**task),
        _ => None,
    });
    for source in &recorded.sources {
        match blobs.check(&source.digest) {
            Ok(bytes) if bytes <= REPORT_BYTES_MAX => {}
            Ok(_) => return Again::Unreadable(format!("{}: it has too many bytes", source.path)),
            Err(BlobError::Missing { digest }) => return Again::Missing(digest),
            Err(error) => return Again::Unreadable(error.to_string()),
        }
    }
    let recorded = bare(recorded);
    // The folder that the repository lay in is not recorded. Where a report names it, the recorded paths tell which it was.
    let found = match all(blobs, task, &recorded, "/") {
        Ok(found) => found,
        Err(why) => return Again::Unreadable(why),
    };
    let differs = differences(&recorded, &found);
    if differs.is_empty() {
        return Again::Read(differs);
    }
    let mut best = differs;
    for root in roots(&recorded, &found) {
        let Ok(found) = all(blobs, task, &recorded, &root) else { continue };
        let differs = differences(&recorded, &found);
        if differs.len() < best.len() {
            best = differs;
        }
        if best.is_empty() {
            break;
        }
    }
    Again::Read(best)
}

/// All reports of one attempt, as if the repository had lain in this folder.
fn all(blobs: &Blobs, task: Option<&Task>, recorded: &Evidence, root: &str) -> Result<Evidence, String> {
    let mut all = Vec::new();
    for source in &recorded.sources {
        all.push(one(blobs, task, source, root).map_err(|why| format!("{}: {why}", source.path))?);
    }
    let mut found = if all.len() == 1 { all.remove(0) } else { dod_evidence::merge(all) };
    let files: Vec<Name> = recorded.coverage.iter().flatten().map(|file| file.path.clone()).collect();
    dod_evidence::locate(&mut found, files.iter().map(|file| &**file));
    Ok(bare(&found))
}

/// Folders that make absolute paths of a report to recorded ones.
fn roots(recorded: &Evidence, found: &Evidence) -> Vec<String> {
    let known: BTreeSet<&str> = paths(recorded).collect();
    let mut roots: Vec<String> = Vec::new();
    for path in paths(found).filter(|path| path.starts_with('/') && !known.contains(path)) {
        let ends = path.match_indices('/').map(|(at, _)| at).filter(|at| *at > 0);
        for at in ends.filter(|at| known.contains(&path[at + 1..])) {
            let root = &path[..at];
            if roots.len() < ROOTS_MAX && !roots.iter().any(|it| it == root) {
                roots.push(root.to_owned());
            }
        }
    }
    roots
}

/// Where findings and tests are, also where a suite is called by its file.
fn paths(evidence: &Evidence) -> impl Iterator<Item = &str> {
    let findings = evidence.findings.iter().flatten().filter_map(|it| Some(&*it.place.as_ref()?.path));
    let tests = evidence.tests.iter().flatten();
    let tests = tests.flat_map(|it| [Some(&*it.suite), it.place.as_ref().map(|place| &*place.path)]);
    let covered = evidence.coverage.iter().flatten().map(|file| &*file.path);
    findings.chain(tests.flatten()).chain(covered)
}

fn one(blobs: &Blobs, task: Option<&Task>, source: &Source, root: &str) -> Result<Evidence, String> {
    let Source { digest, format, path } = source;
    let format = format.parse::<Format>().map_err(|_| format!("no format is called `{format}`"))?;
    let file = disk::open(&blobs.path(digest)).map_err(|error| error.kind().to_string())?;
    let reports = task.map(|task| task.action.evidence.as_slice()).unwrap_or_default();
    let rule = report_of(reports, path).and_then(|report| report.rule.as_deref());
    let base = task.map(|task| &*task.action.cwd).unwrap_or_default();
    let context = Context { root, base, rule, report: path };
    dod_evidence::read(format, &mut BufReader::new(file.take(REPORT_BYTES_MAX)), &context)
        .map_err(|error| error.to_string())
}

/// The report of the definition that a source was.
fn report_of<'r>(reports: &'r [Report], path: &str) -> Option<&'r Report> {
    let is_it = |report: &&Report| match &report.from {
        ReportPlace::Stdout => path == "stdout",
        ReportPlace::Stderr => path == "stderr",
        ReportPlace::File(pattern) => {
            **pattern == *path
                || globset::Glob::new(pattern).is_ok_and(|glob| glob.compile_matcher().is_match(path))
        }
    };
    reports.iter().find(is_it).or(reports.first())
}

/// Evidence without what was written into it after its reports were read.
fn bare(evidence: &Evidence) -> Evidence {
    let mut bare = evidence.clone();
    bare.base.clear();
    bare.changed_unknown = false;
    bare.compared = None;
    bare.findings.iter_mut().flatten().for_each(|finding| finding.introduced = None);
    bare.coverage.iter_mut().flatten().for_each(|file| file.changed.clear());
    bare
}
