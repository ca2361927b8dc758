//! Reading what an attempt left: which files, how old, and what they say.
//!
//! **Absent on purpose:** formats. They are handed in.

use std::io::{BufReader, Cursor};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use dod_kernel::evidence::{Evidence, Source};
use dod_kernel::id::Name;
use dod_kernel::run::{Read, Reading};
use dod_kernel::workflow::{Report, ReportPlace};

use super::attempt::{Flight, REPORTS_VARIABLE};
use super::session::Session;
use super::{DriveError, REPORT_BYTES_MAX, REPORTS_MAX, ReportAsked};
use crate::blob::BlobError;
use crate::disk;
use crate::process::{Ended, Kept, Stream};
use crate::storage::StorageError;

/// File times may lag behind the clock by a tick of the system.
const CLOCK_SLACK: Duration = Duration::from_millis(50);
/// Folders that a glob for reports is looked for in, at most this deep.
const DEPTH_MAX: usize = 24;
/// Entries looked at for one glob.
const ENTRIES_MAX: usize = 500_000;
/// Bytes of a summary as JSON.
const SUMMARY_BYTES_MAX: usize = 1 << 20;
/// Bytes kept of why a report cannot be read.
const WHY_BYTES_MAX: usize = 4 << 10;

/// Why there is no report.
enum Unfound {
    /// The step did not leave it as it should.
    Step(String),
    /// Our machine does not give it.
    Storage(StorageError),
}

impl From<String> for Unfound {
    fn from(why: String) -> Self {
        Self::Step(why)
    }
}

/// A file that remembers why it could not be read: a reader of reports only says that it could not.
struct Watched {
    file: disk::File,
    failed: Option<std::io::Error>,
}

impl std::io::Read for Watched {
    fn read(&mut self, into: &mut [u8]) -> std::io::Result<usize> {
        self.file.read(into).inspect_err(|error| {
            if error.kind() != std::io::ErrorKind::Interrupted {
                self.failed = error.raw_os_error().map(std::io::Error::from_raw_os_error);
            }
        })
    }
}

/// One report, before it is read.
enum Found {
    Bytes(Vec<u8>),
    File(PathBuf),
}

impl Session<'_, '_> {
    /// Reads every report of an attempt. All of them must be readable.
    pub(super) fn read_reports(&mut self, flight: &Flight, ended: &Ended) -> Result<Reading, DriveError> {
        let mut all = Vec::new();
        for report in &flight.task.action.evidence {
            let found = match find(flight, ended, report) {
                Ok(found) => found,
                Err(Unfound::Storage(error)) => return Err(error.into()),
                Err(Unfound::Step(why)) => return Ok(unreadable(&why)),
            };
            for (path, found) in found {
                match self.read_report(flight, report, &path, found)? {
                    Ok(evidence) => all.push(evidence),
                    Err(why) => return Ok(unreadable(&format!("{path}: {why}"))),
                }
            }
        }
        let mut evidence = if all.len() == 1 { all.remove(0) } else { self.hands.reports.merge(all) };
        let lines = self.comparison.as_ref().and_then(|comparison| comparison.lines.as_ref());
        self.hands.reports.place(&mut evidence, &mut lines.into_iter().flat_map(|lines| lines.keys()));
        if let Some(comparison) = &self.comparison {
            comparison.mark(&flight.name, &mut evidence);
        }
        let summary = evidence.summary();
        // It lies in an event, and a line of the log is bounded: names come from the report.
        let summary_bytes = serde_json::to_vec(&summary).map_or(usize::MAX, |text| text.len());
        if summary_bytes > SUMMARY_BYTES_MAX {
            let why = format!("the names in its measures take more than {SUMMARY_BYTES_MAX} bytes");
            return Ok(unreadable(&why));
        }
        let bytes = serde_json::to_vec(&evidence).expect("evidence can always be written");
        let digest = self.keep(&bytes)?;
        self.asked.remember(digest, Arc::new(evidence));
        Ok(Reading::Read(Box::new(Read { digest, summary })))
    }

    fn read_report(
        &mut self,
        flight: &Flight,
        report: &Report,
        path: &Name,
        found: Found,
    ) -> Result<Result<Evidence, String>, DriveError> {
        let put = match &found {
            Found::Bytes(bytes) => self.blobs.put(bytes)?,
            Found::File(file) => {
                // What is wrong with the report is the step's trouble, what is wrong with our store is ours.
                match disk::open(file).and_then(|file| file.metadata()) {
                    Err(error) if StorageError::is_of_the_machine(&error) => {
                        return Err(StorageError::of("open", file, &error).into());
                    }
                    Err(error) => return Ok(Err(format!("it cannot be opened: {}", error.kind()))),
                    Ok(meta) if meta.len() > REPORT_BYTES_MAX => {
                        return Ok(Err(format!("it has more than {REPORT_BYTES_MAX} bytes")));
                    }
                    Ok(_) => {}
                }
                match self.blobs.put_file(file, REPORT_BYTES_MAX) {
                    Ok(put) => put,
                    Err(error @ BlobError::SourceTooLarge { .. }) => return Ok(Err(error.to_string())),
                    Err(error) => return Err(error.into()),
                }
            }
        };
        let digest = self.attach(put)?;
        let root = self.settings.root.to_string_lossy().into_owned();
        let asked = ReportAsked {
            format: report.format.as_deref(),
            rule: report.rule.as_deref(),
            root: &root,
            cwd: &flight.task.action.cwd,
            path,
        };
        let read = match found {
            Found::Bytes(bytes) => self.hands.reports.read(&asked, &mut Cursor::new(bytes)),
            // What is read is what was kept: the file itself may change.
            Found::File(_) => {
                let kept = self.blobs.path(&digest);
                let file = disk::open(&kept).map_err(StorageError::when("open", &kept))?;
                let mut file = BufReader::new(Watched { file, failed: None });
                let read = self.hands.reports.read(&asked, &mut file);
                if let Some(error) = file.into_inner().failed {
                    return Err(StorageError::of("read", &kept, &error).into());
                }
                read
            }
        };
        Ok(read.map(|(mut evidence, format)| {
            evidence.sources = vec![Source { digest, format, path: path.clone() }];
            evidence
        }))
    }
}

/// Why a report is no evidence, in a bounded sentence: a reader may quote what it could not read.
fn unreadable(why: &str) -> Reading {
    let end = why.char_indices().map(|(at, _)| at).take_while(|at| *at <= WHY_BYTES_MAX).last();
    let cut = if why.len() > WHY_BYTES_MAX { end.unwrap_or(0) } else { why.len() };
    Reading::Unreadable { why: why[..cut].into() }
}

fn find(flight: &Flight, ended: &Ended, report: &Report) -> Result<Vec<(Name, Found)>, Unfound> {
    match &report.from {
        ReportPlace::Stdout => Ok(vec![stream(&ended.output.stdout, "stdout")?]),
        ReportPlace::Stderr => Ok(vec![stream(&ended.output.stderr, "stderr")?]),
        ReportPlace::File(pattern) => files(flight, pattern),
    }
}

fn stream(stream: &Stream, name: &str) -> Result<(Name, Found), String> {
    if !stream.is_whole() {
        return Err(format!("{name} is cut off: {} bytes were printed", stream.total_bytes));
    }
    let found = match &stream.kept {
        Kept::Memory(bytes) => Found::Bytes(bytes.clone()),
        Kept::File { path, .. } => Found::File(path.clone()),
    };
    Ok((name.into(), found))
}

/// The files that a path or glob names and that are not older than the attempt.
fn files(flight: &Flight, pattern: &str) -> Result<Vec<(Name, Found)>, Unfound> {
    let (base, rest) = match (pattern.strip_prefix('$'), &flight.reports) {
        (Some(rest), Some(folder)) => {
            let rest = rest.strip_prefix(REPORTS_VARIABLE).or_else(|| rest.strip_prefix("{DOD_REPORTS}"));
            (folder.clone(), rest.unwrap_or_default().trim_start_matches('/'))
        }
        _ => (flight.cwd.clone(), pattern),
    };
    let mut found: Vec<PathBuf> =
        if rest.contains(['*', '?', '[', '{']) { glob(&base, rest)? } else { vec![base.join(rest)] };
    found.sort();
    let fresh_from = flight.began.checked_sub(CLOCK_SLACK).unwrap_or(SystemTime::UNIX_EPOCH);
    let (mut old, mut fresh) = (0, Vec::new());
    for path in found {
        match disk::metadata(&path) {
            Ok(meta) if !meta.is_file() => {}
            Ok(meta) if meta.modified().is_some_and(|time| time < fresh_from) => old += 1,
            Ok(_) => fresh.push(path),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
            Err(error) if StorageError::is_of_the_machine(&error) => {
                return Err(Unfound::Storage(StorageError::of("look at", &path, &error)));
            }
            // One that is there and cannot be looked at may be the one that says what is wrong.
            Err(error) => {
                return Err(format!("`{}` cannot be read: {}", shown(&base, &path), error.kind()).into());
            }
        }
    }
    if fresh.is_empty() {
        let only_old = if old > 0 { "; what is there is older than this attempt" } else { "" };
        return Err(format!("the tool left no report at `{pattern}`{only_old}").into());
    }
    if fresh.len() > REPORTS_MAX {
        return Err(format!("`{pattern}` names {} reports, more than {REPORTS_MAX}", fresh.len()).into());
    }
    Ok(fresh.into_iter().map(|path| (shown(&base, &path), Found::File(path))).collect())
}

fn shown(base: &Path, path: &Path) -> Name {
    path.strip_prefix(base).unwrap_or(path).to_string_lossy().as_ref().into()
}

/// Nothing is there, or not any more.
fn gone(error: &ignore::Error) -> bool {
    error.io_error().is_some_and(|error| error.kind() == std::io::ErrorKind::NotFound)
}

/// Files below `base` that a glob names, hidden and ignored ones included.
fn glob(base: &Path, pattern: &str) -> Result<Vec<PathBuf>, String> {
    let matcher = globset::GlobBuilder::new(pattern)
        .literal_separator(true)
        .build()
        .map_err(|error| format!("`{pattern}` is not a glob: {}", error.kind()))?
        .compile_matcher();
    // Only the part of the tree that the pattern's plain beginning names is looked at.
    let plain: PathBuf = pattern.split('/').take_while(|part| !part.contains(['*', '?', '[', '{'])).collect();
    let walk = ignore::WalkBuilder::new(base.join(plain))
        .standard_filters(false)
        .max_depth(Some(DEPTH_MAX))
        .filter_entry(|entry| entry.file_name() != ".git" && entry.file_name() != ".dod")
        .build();
    let mut found = Vec::new();
    for (at, entry) in walk.enumerate() {
        if at > ENTRIES_MAX {
            return Err(format!("`{pattern}` makes it look at more than {ENTRIES_MAX} files"));
        }
        let entry = match entry {
            Ok(entry) => entry,
            Err(error) if gone(&error) => continue,
            Err(error) => return Err(format!("`{pattern}` cannot be looked for: {error}")),
        };
        if entry.path().strip_prefix(base).is_ok_and(|path| matcher.is_match(path)) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}
