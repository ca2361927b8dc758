//! Claims about the drive, with real processes: what a run does when the world does not do what it should.

use std::collections::BTreeMap;
use std::io::BufRead;
use std::sync::Arc;
use std::time::{Duration, Instant};

use dod_kernel::ask::{Answer, Expression, Facts};
use dod_kernel::evidence::Evidence;
use dod_kernel::id::{Digest, Name, NodeId, RunId, Timestamp};
use dod_kernel::policy::{Definitions, Governance, State};
use dod_kernel::record::{FORMAT, RULES, Recorded};
use dod_kernel::run::*;
use dod_kernel::workflow::*;

use super::*;
use crate::keys::Keys;
use crate::workspace::Workspace;

mod ends;

struct Nobody;

impl Expressions for Nobody {
    fn engine(&self) -> Name {
        "none".into()
    }
    fn evaluate(&self, _: &Expression, _: &dyn Facts) -> Answer {
        Answer::Unknown(Vec::new())
    }
    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        dod_kernel::ask::NoOne::default().run_script(script, facts)
    }

    fn messages(&self, _: &Name, _: &Expression, _: &dyn Facts) -> (Name, Answer) {
        ("none".into(), Answer::Unknown(Vec::new()))
    }
}

impl ReadReports for Nobody {
    fn read(&self, _: &ReportAsked<'_>, report: &mut dyn BufRead) -> Result<(Evidence, Name), String> {
        let mut text = String::new();
        std::io::Read::read_to_string(report, &mut text).map_err(|error| error.to_string())?;
        if let Some(name) = text.strip_prefix("measure ") {
            let measures = serde_json::json!({ "measures": { name: { "unit": "1", "value": "1" } } });
            return Ok((serde_json::from_value(measures).map_err(|error| error.to_string())?, "m".into()));
        }
        if text.is_empty() { Ok((Evidence::default(), "empty".into())) } else { Err(text) }
    }
    fn place(&self, _: &mut Evidence, _: &mut dyn Iterator<Item = &Name>) {}

    fn merge(&self, all: Vec<Evidence>) -> Evidence {
        all.into_iter().next().unwrap_or_default()
    }
}

impl Tree for Nobody {
    fn digest(&self) -> Result<Digest, String> {
        Ok(Digest([0; 32]))
    }
    fn digest_at_end(&self) -> Result<(Digest, Vec<Name>), String> {
        Ok((Digest([0; 32]), Vec::new()))
    }
}

#[derive(Default)]
struct Ears {
    events: Vec<Event>,
    warnings: Vec<String>,
}

impl Observer for Ears {
    fn event(&mut self, recorded: &Recorded<Event>) {
        self.events.push(recorded.event.clone());
    }
    fn output(&mut self, _: &str, _: &[u8]) {}
    fn tick(&mut self, _: Timestamp) {}
    fn tick_every(&self) -> Option<std::time::Duration> {
        None
    }
    fn wants_output(&self) -> bool {
        false
    }
    fn warn(&mut self, text: &str) {
        self.warnings.push(text.to_owned());
    }
}

/// A project in a folder of its own, and what was heard of its run.
struct Bench {
    folder: tempfile::TempDir,
    workspace: Workspace,
    id: RunId,
    ears: Ears,
    keys: Keys,
    /// What checkpoints call the run; without one it has none.
    origin: Option<Name>,
}

fn bench() -> Bench {
    let folder = tempfile::tempdir().unwrap();
    let workspace = Workspace::create(folder.path()).unwrap();
    let id = RunId("0197b5a6-0000-7000-8000-000000000001".into());
    let keys = Keys::at(&folder.path().join("keys"));
    Bench { folder, workspace, id, ears: Ears::default(), keys, origin: None }
}

impl Bench {
    fn sealing(&self) -> Sealing {
        Sealing { signing: self.keys.signing(None).unwrap(), ..Sealing::unsigned("test", "ann".into()) }
    }

    fn drive(&mut self, begin: Begin) -> Result<(DriveEnd, Run), DriveError> {
        let settings = Settings {
            grace: Duration::from_millis(500),
            wait_max: Duration::from_secs(1),
            root: self.folder.path().to_owned(),
            program: "/bin/false".into(),
            sealing: self.sealing(),
        };
        let reused = BTreeMap::new();
        let ears = &mut self.ears;
        let mut hands = Hands {
            expressions: &Nobody,
            reports: &Nobody,
            tree: &Nobody,
            observer: ears,
            reused,
            world: &crate::world::Os::new(),
        };
        drive(begin, &self.workspace, &settings, &mut hands)
    }

    fn new_run(&mut self, parts: Parts, changed: Option<Vec<Name>>) -> (DriveEnd, Run) {
        self.try_run(parts, changed).unwrap()
    }

    fn try_run(&mut self, parts: Parts, changed: Option<Vec<Name>>) -> Result<(DriveEnd, Run), DriveError> {
        let started = RunStarted {
            capacity: 4,
            changed,
            comparison: None,
            definitions: Definitions::Unprotected,
            facts: BTreeMap::new(),
            fail_fast: false,
            format: FORMAT,
            governance: Digest([0; 32]),
            id: self.id.clone(),
            left_out: Vec::new(),
            origin: self.origin.clone(),
            program: "dod test".into(),
            recorded: Vec::new(),
            rules: RULES,
            settings: Vec::new(),
            sources: Vec::new(),
            timeout_ms: None,
            tree: None,
            variables: BTreeMap::new(),
            workflow: Digest([0; 32]),
        };
        let governance = Arc::new(Governance {
            authors: Vec::new(),
            judging: dod_kernel::policy::JUDGING,
            policies: Vec::new(),
            roles: BTreeMap::new(),
            waivers: Vec::new(),
        });
        let workflow = Arc::new(Workflow::new(parts).unwrap());
        let begin = Begin::New { workflow, governance, comparison: None, started: Box::new(started) };
        self.drive(begin)
    }

    fn resume(&mut self) -> (DriveEnd, Run) {
        self.drive(Begin::Resume(self.id.clone())).unwrap()
    }

    fn run_folder(&self) -> PathBuf {
        self.workspace.run_folder(&self.id)
    }

    fn ends(&self, step: &str) -> Vec<&AttemptEnded> {
        let ends = self.ears.events.iter().filter_map(|event| match event {
            Event::AttemptEnded(ended) if *ended.step.name == *step => Some(&**ended),
            _ => None,
        });
        ends.collect()
    }
}

fn shell(script: &str) -> Task {
    let shell = vec!["/bin/sh".into(), "-c".into()];
    Task {
        action: Action {
            cwd: "".into(),
            env: BTreeMap::new(),
            evidence: Vec::new(),
            exit: ExitCodes::default(),
            inputs: Vec::new(),
            install: None,
            outputs: Vec::new(),
            programs: Vec::new(),
            run: Program::Shell { script: script.into(), shell },
            secrets: BTreeMap::new(),
            version: Vec::new(),
        },
        gate: None,
        idempotent: true,
        pool: None,
        probe: None,
        retry: None,
        tags: Vec::new(),
        timeout_ms: None,
    }
}

fn task(task: Task) -> Kind {
    Kind::Task(Arc::new(task))
}

fn approval() -> Kind {
    Kind::Approval(Arc::new(Approval { min: 1, ..Approval::default() }))
}

/// One body of settled steps; each needs those of its numbers.
fn workflow(steps: Vec<(&str, Kind, Join, &[u32])>) -> Parts {
    let mut parts = Parts { name: "test".into(), ..Parts::default() };
    let count = u32::try_from(steps.len()).unwrap();
    parts.bodies.push(Body { nodes: count, ..Body::default() });
    for (at, (name, kind, join, needs)) in (0u32..).zip(steps) {
        let edges = needs.iter().map(|need| Edge { from: NodeId(*need), to: NodeId(at), when: When::Ok });
        parts.edges.extend(edges);
        parts.nodes.push(Node {
            allow_failure: false,
            condition: None,
            element: None,
            fork: Fork::All,
            join,
            kind,
            name: name.into(),
            priority: 0,
        });
    }
    parts
}

fn state(run: &Run) -> State {
    run.verdict().unwrap().state
}

#[test]
fn a_missing_tool_may_make_what_was_about_to_start_unwanted() {
    let mut missing = shell("true");
    missing.action.programs = vec!["no-such-program-anywhere".into()];
    let both = Join::AtLeast { cancel_rest: true, passed: 2 };
    let steps = vec![
        ("a", task(missing), Join::Settled, &[][..]),
        ("b", task(shell("true")), Join::Settled, &[]),
        ("both", Kind::Pass, both, &[0, 1]),
    ];
    let (end, run) = bench().new_run(workflow(steps), None);
    assert_eq!((end, state(&run)), (DriveEnd::Finished, State::Failed));
}

#[test]
fn a_list_of_changes_that_is_too_long_is_recorded_as_if_everything_had_changed() {
    let mut bench = bench();
    let changed = (0..200_000).map(|at| format!("a/rather/long/path/{at}.rs").into()).collect();
    let steps = vec![("a", task(shell("true")), Join::Settled, &[][..])];
    let (_, run) = bench.new_run(workflow(steps), Some(changed));
    assert_eq!(state(&run), State::Passed);
    let started = run.started().unwrap();
    assert_eq!(started.changed, None);
    assert!(started.settings[0].contains("200000 changed paths"), "{:?}", started.settings);
    assert_eq!(bench.ears.warnings.len(), 1);
}

#[test]
fn a_run_that_is_taken_up_finds_no_output_of_the_process_before() {
    let mut bench = bench();
    let steps = vec![
        ("wait", approval(), Join::Settled, &[][..]),
        ("a", task(shell("echo own=1 >> $DOD_OUTPUT")), Join::Settled, &[0]),
    ];
    assert_eq!(bench.new_run(workflow(steps), None).0, DriveEnd::Waiting);
    for name in std::iter::once(String::new()).chain((0..40).map(|at| at.to_string())) {
        let left = bench.run_folder().join("scratch").join(name);
        std::fs::create_dir_all(&left).unwrap();
        (0..9).for_each(|at| std::fs::write(left.join(format!("{at}.out")), "stale=1\n").unwrap());
    }
    yes(&bench, "wait");
    let (end, run) = bench.resume();
    assert_eq!((end, state(&run)), (DriveEnd::Finished, State::Passed));
    let outputs: Vec<&str> = bench.ends("a")[0].outputs.keys().map(Name::as_str).collect();
    assert_eq!(outputs, ["own"]);
    assert!(!bench.run_folder().join("scratch").exists(), "nothing is left behind");
}

#[test]
fn a_step_of_a_diagram_finds_the_variables_that_it_sees() {
    let mut bench = bench();
    let first = r#"printf 'region=eu\nlist=["a",{"b":1.50}]\nodd-name=1\n' >> $DOD_OUTPUT"#;
    let second =
        r#"printf 'said=%s %s %s\n' "$DOD_VAR_region" "$DOD_VAR_list" "$(env | grep -c odd)" >> $DOD_OUTPUT"#;
    let mut parts = workflow(vec![
        ("a", task(shell(first)), Join::Each, &[][..]),
        ("b", task(shell(second)), Join::Each, &[0]),
    ]);
    parts.bodies[0].discipline = Discipline::Tokens;
    parts.edges.iter_mut().for_each(|edge| edge.when = When::Any);
    let (end, run) = bench.new_run(parts, None);
    assert_eq!((end, state(&run)), (DriveEnd::Finished, State::Passed));
    let said = bench.ends("b")[0].outputs.get("said").unwrap().to_string();
    assert_eq!(said, r#"eu ["a",{"b":1.5}] 0"#);
}

fn yes(bench: &Bench, step: &str) {
    let by = Identity { name: "alice".into(), proved: false };
    let (instance, proof, set, step) = (None, None, BTreeMap::new(), step.into());
    let letter = Letter::Answer { accept: true, because: None, by, instance, proof, set, step };
    post(&bench.workspace, &bench.id, &letter).unwrap();
}

fn service(script: &str, ready: Ready, timeout_ms: u64) -> Kind {
    let probe = Some(Probe { interval_ms: 20, ready, timeout_ms });
    task(Task { probe, ..shell(script) })
}

#[test]
fn a_service_comes_up_again_when_a_run_that_waited_is_taken_up() {
    let mut bench = bench();
    let up = bench.folder.path().join("up");
    let is_up: Vec<Name> = vec!["/usr/bin/test".into(), "-e".into(), up.to_str().unwrap().into()];
    let script = "trap 'rm up; exit' TERM; touch up; while :; do sleep 0.02; done";
    let steps = vec![
        ("db", service(script, Ready::Command(is_up), 5_000), Join::Settled, &[][..]),
        ("wait", approval(), Join::Settled, &[]),
        ("t", task(shell("test -e up")), Join::Settled, &[0, 1]),
    ];
    assert_eq!(bench.new_run(workflow(steps), None).0, DriveEnd::Waiting);
    assert!(!up.exists(), "a service does not wait along");
    yes(&bench, "wait");
    let (end, run) = bench.resume();
    assert_eq!((end, state(&run)), (DriveEnd::Finished, State::Passed), "{:?}", bench.ends("t"));
    assert_eq!(bench.ends("db").len(), 2);
}

#[test]
fn a_probe_that_never_answers_does_not_outlive_its_service() {
    let mut bench = bench();
    let never = Ready::Command(vec!["sleep".into(), "1000".into()]);
    let steps = vec![("db", service("sleep 1000", never, 200), Join::Settled, &[][..])];
    let began = Instant::now();
    let (end, run) = bench.new_run(workflow(steps), None);
    assert_eq!((end, state(&run)), (DriveEnd::Finished, State::Failed));
    assert!(began.elapsed() < Duration::from_secs(20));
}

#[test]
fn more_letters_than_are_handed_out_at_once_are_all_taken() {
    let mut bench = bench();
    let steps = vec![("wait", approval(), Join::Settled, &[][..])];
    assert_eq!(bench.new_run(workflow(steps), None).0, DriveEnd::Waiting);
    let inbox = bench.run_folder().join("inbox");
    let letter = Letter::Send { by: None, key: None, name: "x".into(), set: BTreeMap::new() };
    let letter = serde_json::to_vec(&letter);
    let letter = letter.unwrap();
    let all = crate::inbox::LETTERS_MAX + 5;
    (0..all).for_each(|at| std::fs::write(inbox.join(format!("{at:05}.json")), &letter).unwrap());
    assert_eq!(bench.resume().0, DriveEnd::Waiting);
    assert_eq!(bench.ears.warnings.len(), all);
    assert_eq!(std::fs::read_dir(inbox).unwrap().count(), 0);
}

#[test]
fn what_is_no_file_of_lines_is_not_waited_for() {
    let mut bench = bench();
    let steps = vec![("a", task(shell("mkfifo $DOD_OUTPUT")), Join::Settled, &[][..])];
    let (_, run) = bench.new_run(workflow(steps), None);
    assert_eq!(state(&run), State::Undecided);
    assert!(matches!(&bench.ends("a")[0].evidence, Reading::Unreadable { .. }));
}

#[track_caller]
fn unreadable(script: &str, report: &str) -> String {
    let mut bench = bench();
    let mut gate = shell(script);
    gate.action.evidence = vec![Report { format: None, from: ReportPlace::File(report.into()), rule: None }];
    let (_, run) = bench.new_run(workflow(vec![("a", task(gate), Join::Settled, &[][..])]), None);
    assert_eq!(state(&run), State::Undecided);
    match &bench.ends("a")[0].evidence {
        Reading::Unreadable { why } => why.to_string(),
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_report_beyond_all_bounds_is_undecided_and_does_not_end_the_run() {
    let why = unreadable("truncate -s 600M big.json", "big.json");
    assert_eq!(why, "big.json: it has more than 536870912 bytes");
}

#[test]
fn what_a_reader_quotes_is_bounded() {
    let why = unreadable("head -c 9000000 /dev/zero | tr '\\0' 'x' > r.txt", "*.txt");
    assert!(why.len() <= 4 << 10, "{} bytes", why.len());
}

#[test]
fn a_measure_whose_name_has_no_end_does_not_end_the_run() {
    let why = unreadable(
        "{ echo measure; head -c 5000000 /dev/zero | tr '\\0' 'x'; } | tr '\\n' ' ' > r.txt",
        "r.txt",
    );
    assert_eq!(why, "the names in its measures take more than 1048576 bytes");
}

#[test]
fn a_folder_that_is_gone_has_no_reports() {
    let why = unreadable("true", "target/**/*.xml");
    assert_eq!(why, "the tool left no report at `target/**/*.xml`");
}
