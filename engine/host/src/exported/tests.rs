//! What an exported run keeps, and what is refused of one.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use dod_kernel::evidence::{Evidence, Source as Report};
use dod_kernel::id::{Digest, Instance, Name, NodeId, RunId, ScopeId, StepRef, Timestamp};
use dod_kernel::policy::Definitions;
use dod_kernel::record::{FORMAT, RULES, Recorded};
use dod_kernel::run::{
    AttemptEnded, End, Event, ExitSays, Printed, Read, Reading, RunStarted, Source, Usage,
};

use super::*;
use crate::blob::{Blobs, digest_of};
use crate::log::LOG_FILE;
use crate::workspace::Workspace;

const RUN: &str = "01970000-0000-7000-8000-000000000001";
const SOURCE: &str = "01970000-0000-7000-8000-000000000002";

/// A workspace with a run that has all kinds of blobs.
struct Made {
    folder: tempfile::TempDir,
    workspace: Workspace,
    lines: Vec<String>,
}

fn started(id: &str, definitions: Digest, sources: Vec<Source>) -> Event {
    Event::RunStarted(Box::new(RunStarted {
        capacity: 1,
        changed: None,
        comparison: None,
        definitions: Definitions::Unprotected,
        facts: BTreeMap::new(),
        fail_fast: false,
        format: FORMAT,
        governance: definitions,
        id: RunId(id.into()),
        left_out: Vec::new(),
        origin: Some(format!("here/run/{id}").as_str().into()),
        program: "dod".into(),
        recorded: Vec::new(),
        rules: RULES,
        settings: Vec::new(),
        sources,
        timeout_ms: None,
        tree: None,
        variables: BTreeMap::new(),
        workflow: definitions,
    }))
}

fn ended(stdout: Digest, evidence: Digest) -> Event {
    let step = StepRef { id: Instance { scope: ScopeId(0), node: NodeId(0), round: 0 }, name: "test".into() };
    Event::AttemptEnded(Box::new(AttemptEnded {
        attempt: 1,
        end: End::Exited { code: 0, says: ExitSays::Clean },
        evidence: Reading::Read(Box::new(Read { digest: evidence, summary: Evidence::default().summary() })),
        outputs: BTreeMap::new(),
        reused_from: None,
        stderr: Printed::default(),
        stdout: Printed { blob: Some(stdout), bytes: 6, tail: Name::default() },
        step,
        tool: None,
        usage: Usage::default(),
    }))
}

impl Made {
    fn new() -> Self {
        Self::joining(Vec::new())
    }

    fn joining(sources: Vec<Source>) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let workspace = Workspace::create(folder.path()).unwrap();
        let blobs = Blobs::at(workspace.blobs_folder());
        let put = |bytes: &[u8]| blobs.put(bytes).unwrap().digest;
        let report = Report { digest: put(b"<report/>"), format: "junit".into(), path: "r.xml".into() };
        let evidence = Evidence { sources: vec![report], ..Evidence::default() };
        let evidence = put(&serde_json::to_vec(&evidence).unwrap());
        put(b"nobody names this");
        let events = [
            started(RUN, put(b"{}"), sources),
            ended(put(b"hello\n"), evidence),
            Event::CapacitySet { capacity: 2 },
        ];
        let line = |(seq, event)| serde_json::to_string(&Recorded { at: Timestamp(7), event, seq }).unwrap();
        let lines: Vec<String> = (0u64..).zip(events).map(line).collect();
        let made = Self { folder, workspace, lines };
        made.write(3, "");
        made
    }

    fn run(&self) -> PathBuf {
        self.workspace.run_folder(&RunId(RUN.into()))
    }

    fn blobs(&self) -> Blobs {
        Blobs::at(self.workspace.blobs_folder())
    }

    /// The log has so many lines, and a torn one.
    fn write(&self, lines: usize, torn: &str) {
        std::fs::create_dir_all(self.run()).unwrap();
        let text: String = self.lines[..lines].iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(self.run().join(LOG_FILE), text + torn).unwrap();
    }

    fn export(&self) -> (PathBuf, Written) {
        let file = self.folder.path().join(FILE);
        let written = write_file(&self.run(), &self.blobs(), None, &file).unwrap();
        (file, written)
    }

    fn log(&self) -> String {
        std::fs::read_to_string(self.run().join(LOG_FILE)).unwrap()
    }
}

fn names(file: &Path) -> Vec<String> {
    let bytes = std::fs::read(file).unwrap();
    let mut reader = dod_proof::archive::Reader::new(bytes.as_slice(), dod_proof::archive::RUN_FIRST);
    let mut names = Vec::new();
    while let Some(entry) = reader.next_entry().unwrap() {
        names.push(entry.path().to_owned());
    }
    names
}

fn empty() -> (tempfile::TempDir, Workspace) {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::create(folder.path()).unwrap();
    (folder, workspace)
}

/// How many files and folders there are in a folder.
fn count(folder: &Path) -> usize {
    std::fs::read_dir(folder).unwrap().count()
}

#[test]
fn a_run_travels_with_every_blob_it_names_and_no_other() {
    let made = Made::new();
    let (file, written) = made.export();
    assert_eq!((written.events, written.blobs, written.finished), (3, 4, false));
    assert_eq!(names(&file).len(), 6);
    let (folder, workspace) = empty();
    let imported = import(&file, &workspace).unwrap();
    assert_eq!((imported.taken, imported.missing.len()), (Taken::New, 0));
    assert_eq!(imported.checkpoint.origin, format!("here/run/{RUN}"));
    let there = workspace.run_folder(imported.run());
    assert_eq!(std::fs::read_to_string(there.join(LOG_FILE)).unwrap(), made.log());
    assert_eq!(Blobs::at(workspace.blobs_folder()).list().unwrap().len(), 4);
    assert_eq!((count(&workspace.runs_folder()), count(&there)), (1, 2));
    // The same run is the same file on every machine.
    let again = folder.path().join("again.dodz");
    write_file(&there, &Blobs::at(workspace.blobs_folder()), None, &again).unwrap();
    assert_eq!(std::fs::read(&again).unwrap(), std::fs::read(&file).unwrap());
    assert_eq!(import(&again, &workspace).unwrap().taken, Taken::Same);
}

#[test]
fn a_torn_line_stays_behind() {
    let made = Made::new();
    made.write(2, "{\"at\":");
    let (file, written) = made.export();
    assert_eq!(written.events, 2);
    let (_folder, workspace) = empty();
    assert_eq!(import(&file, &workspace).unwrap().checkpoint.size, 2);
}

#[test]
fn a_longer_version_takes_the_place_of_its_beginning_and_a_fork_does_not() {
    let made = Made::new();
    made.write(2, "");
    let (file, _) = made.export();
    let (_folder, workspace) = empty();
    import(&file, &workspace).unwrap();
    made.write(3, "");
    let (longer, _) = made.export();
    assert_eq!(import(&longer, &workspace).unwrap().taken, Taken::Longer { had: 2 });
    let there = workspace.run_folder(&RunId(RUN.into()));
    assert_eq!(std::fs::read_to_string(there.join(LOG_FILE)).unwrap(), made.log());
    made.write(2, "");
    let (shorter, _) = made.export();
    assert_eq!(import(&shorter, &workspace).unwrap().taken, Taken::Shorter { has: 3 });
    let other = format!("{}\n", made.lines[2].replace("\"capacity\":2", "\"capacity\":3"));
    made.write(2, &other);
    let (fork, _) = made.export();
    let error = import(&fork, &workspace).unwrap_err();
    assert!(matches!(error, ExportedError::Forked { line: 3, .. }), "{error}");
    assert_eq!(count(&workspace.runs_folder()), 1);
}

#[test]
fn a_blob_that_is_gone_is_told_and_a_damaged_one_does_not_travel() {
    let made = Made::new();
    made.blobs().remove(&digest_of(b"hello\n")).unwrap();
    std::fs::write(made.blobs().path(&digest_of(b"{}")), b"[]").unwrap();
    let (file, written) = made.export();
    assert_eq!((written.missing, written.damaged), (vec![digest_of(b"hello\n")], vec![digest_of(b"{}")]));
    let (_folder, workspace) = empty();
    assert_eq!(import(&file, &workspace).unwrap().missing.len(), 2);
}

#[test]
fn whatever_is_flipped_or_cut_is_refused_and_nothing_is_left() {
    let made = Made::new();
    let (file, _) = made.export();
    let good = std::fs::read(&file).unwrap();
    let (folder, workspace) = empty();
    let bad = folder.path().join("bad.dodz");
    let refused = |bytes: &[u8], what: &str| {
        std::fs::write(&bad, bytes).unwrap();
        assert!(import(&bad, &workspace).is_err(), "{what}");
        assert_eq!(count(&workspace.runs_folder()), 0, "{what}");
    };
    for bit in (0..good.len() * 8).step_by(173) {
        let mut bytes = good.clone();
        bytes[bit / 8] ^= 1 << (bit % 8);
        refused(&bytes, &format!("bit {bit}"));
    }
    for end in (0..good.len()).step_by(397) {
        refused(&good[..end], &format!("cut at {end}"));
    }
    assert!(Blobs::at(workspace.blobs_folder()).list().unwrap().is_empty());
}

#[test]
fn what_the_run_does_not_speak_of_is_refused() {
    let made = Made::new();
    let (file, _) = made.export();
    let bytes = std::fs::read(&file).unwrap();
    let with = |extra: &[(&str, &[u8])]| {
        let mut reader = dod_proof::archive::Reader::new(bytes.as_slice(), dod_proof::archive::RUN_FIRST);
        let mut all: Vec<(String, Vec<u8>)> = Vec::new();
        while let Some(mut entry) = reader.next_entry().unwrap() {
            all.push((entry.path().to_owned(), entry.content(u64::MAX).unwrap()));
        }
        all.extend(extra.iter().map(|(path, content)| ((*path).to_owned(), content.to_vec())));
        all[2..].sort_by(|left, right| left.0.cmp(&right.0));
        let mut writer = dod_proof::archive::Writer::new(Vec::new(), dod_proof::archive::RUN_FIRST);
        for (path, content) in &all {
            writer.add(path, content.len() as u64, content.as_slice()).unwrap();
        }
        let file = made.folder.path().join("more.dodz");
        std::fs::write(&file, writer.finish().unwrap()).unwrap();
        let (_folder, workspace) = empty();
        import(&file, &workspace).unwrap_err().to_string()
    };
    let stranger = blob_path(&digest_of(b"x"));
    assert!(with(&[(&stranger, b"x")]).contains("nothing in the run names"));
    assert!(with(&[("notes", b"x")]).contains("`notes` does not belong there"));
    let source = format!("{SOURCES_FOLDER}/{SOURCE}/{CHECKPOINT_FILE}");
    assert!(with(&[(&source, b"x")]).contains("does not cite"));
    assert!(
        with(&[(&format!("{SOURCES_FOLDER}/../x/{LOG_FILE}").replace("../", "a/"), b"x")]).contains("belong")
    );
}

#[test]
fn a_joined_run_travels_with_its_sources_and_they_are_held_against_it() {
    let source = Made::new();
    let found = lines(&source.run().join(LOG_FILE)).unwrap();
    let text = source.log().replace(RUN, SOURCE);
    let cite = |text: &str| {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join(LOG_FILE), text).unwrap();
        let lines = lines(&folder.path().join(LOG_FILE)).unwrap();
        let root = lines.frontier.root().to_string().as_str().into();
        Source { events: lines.count(), root, run: RunId(SOURCE.into()), signed_by: Vec::new() }
    };
    assert_eq!(found.count(), 3);
    let made = Made::joining(vec![cite(&text)]);
    let beside = made.run().join(SOURCES_FOLDER).join(SOURCE);
    std::fs::create_dir_all(&beside).unwrap();
    std::fs::write(beside.join(LOG_FILE), &text).unwrap();
    let (file, _) = made.export();
    assert!(names(&file).contains(&format!("{SOURCES_FOLDER}/{SOURCE}/{LOG_FILE}")));
    let (_folder, workspace) = empty();
    import(&file, &workspace).unwrap();
    let survey = Survey::of(&workspace.run_folder(&RunId(RUN.into()))).unwrap();
    assert_eq!((survey.sources.len(), survey.missing_sources.len()), (1, 0));
    std::fs::write(beside.join(LOG_FILE), text.replace("\"capacity\":2", "\"capacity\":3")).unwrap();
    let error = write_file(&made.run(), &made.blobs(), None, &file).unwrap_err().to_string();
    assert!(error.contains("not the one that the joined run cites"), "{error}");
}
