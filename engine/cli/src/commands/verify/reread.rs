//! `--reread`: the raw reports, read again with the readers of this program, against the recorded evidence.
//!
//! What is compared is what can be counted. What the run knew and a report does not say (the base, the lines of the change,
//! where in the repository covered files lie) is taken out of both.
//!
//! **Absent on purpose:** blaming. Another version of a reader may count otherwise; the same version may not.

use std::collections::BTreeMap;
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

/// Counts that are named of one gate.
const NAMED_MAX: usize = 10;

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
        let mut lines = vec![format!("the evidence of {} attempts is what their reports say", self.same)];
        let whose = match &self.other_reader {
            Some(program) => format!("; `{program}` read them first, and its readers may differ"),
            None => String::new(),
        };
        for Differs { gate, line, counts, unreadable } in &self.different {
            let shown = |count: &Count| {
                let Count { name, recorded, read } = count;
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
            Again::Read(found) => differences(&evidence, &found),
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
    Read(Box<Evidence>),
    Missing(Digest),
    Unreadable(String),
}

fn again(blobs: &Blobs, workflow: &Workflow, node: NodeId, recorded: &Evidence) -> Again {
    let task = workflow.nodes().get(node.0 as usize).and_then(|node| match &node.kind {
        Kind::Task(task) => Some(&**task),
        _ => None,
    });
    let mut all = Vec::new();
    for source in &recorded.sources {
        match blobs.check(&source.digest) {
            Ok(bytes) if bytes <= REPORT_BYTES_MAX => {}
            Ok(_) => return Again::Unreadable(format!("{}: it has too many bytes", source.path)),
            Err(BlobError::Missing { digest }) => return Again::Missing(digest),
            Err(error) => return Again::Unreadable(error.to_string()),
        }
        match one(blobs, task, source) {
            Ok(evidence) => all.push(evidence),
            Err(why) => return Again::Unreadable(format!("{}: {why}", source.path)),
        }
    }
    Again::Read(Box::new(if all.len() == 1 { all.remove(0) } else { dod_evidence::merge(all) }))
}

fn one(blobs: &Blobs, task: Option<&Task>, source: &Source) -> Result<Evidence, String> {
    let Source { digest, format, path } = source;
    let format = format.parse::<Format>().map_err(|_| format!("no format is called `{format}`"))?;
    let file = disk::open(&blobs.path(digest)).map_err(|error| error.kind().to_string())?;
    let reports = task.map(|task| task.action.evidence.as_slice()).unwrap_or_default();
    let rule = report_of(reports, path).and_then(|report| report.rule.as_deref());
    let base = task.map(|task| &*task.action.cwd).unwrap_or_default();
    // The folder that the repository lay in is not recorded; counts do not depend on it.
    let context = Context { root: "/", base, rule, report: path };
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

/// What counts differ, once what a report does not say is taken out.
fn differences(recorded: &Evidence, read: &Evidence) -> Vec<Count> {
    let (mut before, mut now) = (BTreeMap::new(), BTreeMap::new());
    for (evidence, counts) in [(recorded, &mut before), (read, &mut now)] {
        let summary =
            serde_json::to_value(bare(evidence).summary()).expect("a summary can always be written");
        let mut open = vec![(String::new(), summary)];
        while let Some((name, value)) = open.pop() {
            let inner = |part: String| if name.is_empty() { part } else { format!("{name}.{part}") };
            match value {
                Json::Object(all) => open.extend(all.into_iter().map(|(part, value)| (inner(part), value))),
                value => drop(counts.insert(name, value)),
            }
        }
    }
    let mut names: Vec<String> = before.keys().chain(now.keys()).cloned().collect();
    names.sort();
    names.dedup();
    let of = |counts: &BTreeMap<String, Json>, name: &str| counts.get(name).cloned().unwrap_or(Json::Null);
    let differs = |name: String| {
        let (recorded, read) = (of(&before, &name), of(&now, &name));
        (recorded != read).then_some(Count { name, recorded, read })
    };
    names.into_iter().filter_map(differs).take(NAMED_MAX).collect()
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
