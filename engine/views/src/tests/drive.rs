//! Driving the kernel through a story, event by event, for views to tell.

use std::collections::BTreeMap;
use std::sync::Arc;

use dod_kernel::ask::{Answer, Ask, Expression, Facts, NoOne};
use dod_kernel::evidence::{
    Danger, Evidence, Finding, Measure, Outcome, Place, Severity, Source, TestResult, Vulnerability,
};
use dod_kernel::id::{Digest, Instance, Name, RunId, Timestamp};
use dod_kernel::policy::{Definitions, RecordedGate};
use dod_kernel::record::{FORMAT, RULES, Recorded};
use dod_kernel::run::{
    Command, Effect, End, EndReport, Event, ExitSays, Identity, Printed, Read, Reading, Run, RunStarted,
    TreeDigested, Usage, batch,
};
use dod_kernel::value::Value;
use dod_kernel::workflow::Workflow;

use crate::tests::{build, compared};
use crate::{Sources, Story};

/// 21 November 2026, 15:00 UTC.
const BEGIN: i64 = 1_795_273_200_000;

/// A run that was told, with everything a view may look up.
pub(crate) struct Teller {
    pub(crate) workflow: Arc<Workflow>,
    pub(crate) log: Vec<Recorded<Event>>,
    pub(crate) evidence: BTreeMap<Digest, Evidence>,
    governance: dod_kernel::policy::Governance,
    run: Run,
    now: Timestamp,
    ask: Words,
}

/// Drives a run of this workflow through this story; a `;` ends a sentence.
pub(crate) fn tell(workflow: &str, story: &str) -> Teller {
    let workflow = Arc::new(build::workflow(workflow));
    let required =
        story.lines().flat_map(|line| line.split(';')).find_map(|line| line.trim().strip_prefix("require "));
    let required: Vec<&str> = required.unwrap_or_default().split_whitespace().collect();
    let mut governance = build::governance(&required);
    if !story.contains("waivers;") {
        governance.waivers.clear();
    }
    if story.contains("new;") {
        governance.policies[0].rules.extend(compared::rules());
    }
    let run = Run::new(workflow.clone(), Arc::new(governance.clone()));
    let ask = Words(NoOne::default());
    let mut teller = Teller {
        workflow,
        log: Vec::new(),
        evidence: BTreeMap::new(),
        governance,
        run,
        now: Timestamp(BEGIN),
        ask,
    };
    for line in story.split(';').map(str::trim).filter(|line| !line.is_empty()) {
        teller.say(line);
    }
    teller
}

impl Teller {
    /// Variables of the run's own scope.
    pub(crate) fn variables(&self) -> Option<&BTreeMap<Name, Value>> {
        self.run.variables()
    }

    pub(crate) fn story(&self) -> Story {
        Story::of(self.workflow.clone(), &self.log)
    }

    /// Lets `look` look with everything that can be looked up.
    pub(crate) fn with_sources<T>(&self, look: impl FnOnce(Sources<'_>) -> T) -> T {
        let evidence = |digest: &Digest| self.evidence.get(digest).cloned();
        let suggest = |kind: &str| (kind == "format").then(|| "python/ruff-format".to_owned());
        let governance = Some(&self.governance);
        let blob = |digest: &Digest| (*digest == compared::DIGEST).then(compared::blob);
        look(Sources { evidence: &evidence, blob: &blob, governance, suggest: &suggest })
    }

    fn say(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["require" | "waivers" | "new", ..] => {}
            ["start", options @ ..] => self.start(options),
            ["tick", ms] => self.tick(ms.parse().unwrap()),
            ["cancel"] => self.command(Command::Cancel { by: identity("alice") }),
            ["resume"] => {
                self.command(Command::Resume { cut_bytes: 12, tree: None });
            }
            ["capacity", capacity] => self.command(Command::SetCapacity(capacity.parse().unwrap())),
            ["send", name, set @ ..] => {
                self.command(Command::Send { by: None, key: None, name: (*name).into(), set: pairs(set) });
            }
            ["tree", changed @ ..] => {
                let changed = changed.iter().map(|path| Name::from(*path)).collect();
                let digested = TreeDigested { changed, tree: Digest([9; 32]) };
                self.command(Command::ReportTree(Box::new(digested)));
            }
            [step, "ready"] => {
                let step = self.instance(step);
                self.command(Command::ReportReady { step });
            }
            [step, answer @ ("yes" | "no"), "by", who, set @ ..] => {
                let (accept, set, by) = (*answer == "yes", pairs(set), identity(who));
                let because = (!accept).then(|| Name::from("not today"));
                let step = self.instance(step);
                self.command(Command::Answer { accept, because, by, proof: None, set, step });
            }
            [step, how @ ..] => self.end(step, how),
            [] => {}
        }
    }

    fn start(&mut self, options: &[&str]) {
        let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name));
        let flags = options.iter().filter(|option| option.starts_with("--")).map(|word| Name::from(*word));
        let said = options.contains(&"compared").then(compared::settings);
        let settings = flags.chain(said.into_iter().flatten());
        let definitions = match option("definitions=") {
            Some("introduced") => Definitions::IntroducedHere,
            Some("unprotected") => Definitions::Unprotected,
            _ => Definitions::Protected,
        };
        let started = RunStarted {
            capacity: 100,
            changed: None,
            comparison: options.contains(&"compared").then_some(compared::DIGEST),
            definitions,
            facts: [("branch".into(), Value::text("main"))].into(),
            fail_fast: options.contains(&"fail_fast"),
            format: FORMAT,
            governance: Digest([2; 32]),
            id: RunId("019aa6c1-5d00-7abc-8def-0123456789ab".into()),
            left_out: option("without=")
                .map(|names| names.split(',').map(Name::from).collect())
                .unwrap_or_default(),
            origin: None,
            program: "dod 0.1.0".into(),
            recorded: option("recorded=").map(recorded).into_iter().collect(),
            rules: RULES,
            settings: settings.collect(),
            sources: Vec::new(),
            timeout_ms: None,
            tree: options.contains(&"tree").then_some(Digest([1; 32])),
            variables: BTreeMap::new(),
            workflow: Digest([3; 32]),
        };
        self.command(Command::Start(Box::new(started)));
    }

    fn end(&mut self, step: &str, how: &[&str]) {
        let step = self.instance(step);
        let exited = |code, says| End::Exited { code, says };
        let (clean, found) = (exited(0, ExitSays::Clean), exited(1, ExitSays::Findings));
        let (end, evidence, said) = match how {
            ["exits", "0"] => (clean, Reading::None, &[][..]),
            ["exits", code, said @ ..] => {
                (exited(code.parse().unwrap(), ExitSays::Broken), Reading::None, said)
            }
            ["finds", "nothing"] => (clean, self.read(findings(0)), &[][..]),
            ["finds", "a", "hole"] => (found, self.read(hole()), &[][..]),
            ["finds", count, "on", "one", "line"] => {
                let mut evidence = findings(count.parse().unwrap());
                for finding in evidence.findings.iter_mut().flatten() {
                    let place =
                        Place { column: None, end_line: None, line: Some(7), path: "a,b:c%.rs".into() };
                    finding.message = format!("100% wrong\n{}", finding.message).as_str().into();
                    finding.place = Some(place);
                }
                (found, self.read(evidence), &[][..])
            }
            ["finds", "what", "is", "waived"] => {
                let mut evidence = findings(1);
                evidence.findings.iter_mut().for_each(|all| all.retain(|finding| *finding.rule == *"R7"));
                (found, self.read(evidence), &[][..])
            }
            ["brings", "lines"] => (clean, self.read(compared::evidence("lines")), &[][..]),
            ["brings", what] => (found, self.read(compared::evidence(what)), &[][..]),
            ["finds", count] => (found, self.read(findings(count.parse().unwrap())), &[][..]),
            ["fails", "0", "of", all] => (clean, self.read(tests(0, all.parse().unwrap())), &[][..]),
            ["fails", failed, "of", all] => {
                let evidence = tests(failed.parse().unwrap(), all.parse().unwrap());
                (found, self.read(evidence), &["one", "\\n", "two"][..])
            }
            ["covers", percent] => (clean, self.read(covered(percent)), &[][..]),
            ["garbles"] => (
                clean,
                Reading::Unreadable { why: "stdout: the report is cut off at byte 7".into() },
                &[][..],
            ),
            ["is", "missing"] => (
                End::NotStarted {
                    why: "`cargo-llvm-cov` was not found in any folder of `PATH` (/bin)".into(),
                },
                Reading::None,
                &[][..],
            ),
            ["crashes", said @ ..] => (End::Signaled { signal: 11 }, Reading::None, said),
            ["times", "out"] => (End::TimedOut, Reading::None, &[][..]),
            ["is", "lost"] => (End::Lost, Reading::None, &[][..]),
            ["is", "cancelled"] => (End::Cancelled, Reading::None, &[][..]),
            other => panic!("nobody understands `{other:?}`"),
        };
        let tail: Name = said.join(" ").replace(" \\n ", "\n").as_str().into();
        let stderr = Printed { blob: None, bytes: tail.len() as u64, tail };
        let (attempt, started) = self.attempt(step);
        let wall_ms = crate::story::since(started, self.now);
        self.command(Command::ReportEnd(Box::new(EndReport {
            attempt,
            end,
            evidence,
            outputs: BTreeMap::new(),
            reused_from: None,
            stderr,
            stdout: Printed::default(),
            step,
            tool: None,
            usage: Usage { cpu_ms: wall_ms / 2, peak_kib: Some(1024), wall_ms },
        })));
    }

    fn read(&mut self, evidence: Evidence) -> Reading {
        let digest = Digest([self.evidence.len() as u8 + 100; 32]);
        let summary = evidence.summary();
        self.ask.0.evidence.insert(digest, Arc::new(evidence.clone()));
        self.evidence.insert(digest, evidence);
        Reading::Read(Box::new(Read { digest, summary }))
    }

    /// The attempt of a step that runs, and since when.
    fn attempt(&self, step: Instance) -> (u32, Timestamp) {
        let started = self.log.iter().rev().find_map(|recorded| match &recorded.event {
            Event::AttemptStarted { attempt, step: found } if found.id == step => {
                Some((*attempt, recorded.at))
            }
            _ => None,
        });
        started.unwrap_or((1, self.now))
    }

    /// Moves the clock and fires what is due.
    fn tick(&mut self, ms: u64) {
        let until = self.now.plus(ms);
        while let Some((due, timer)) = self.run.next_timer().filter(|(due, _)| *due <= until) {
            self.now = due;
            self.command(Command::FireTimer { timer, now: due });
        }
        self.now = until;
    }

    fn command(&mut self, command: Command) {
        self.one(command);
        loop {
            let next = self.run.outstanding().into_iter().find_map(|effect| match effect {
                Effect::Start { attempt, step } => Some(Command::ReportStart { attempt, step }),
                _ => None,
            });
            let Some(command) = next else { return };
            self.one(command);
        }
    }

    fn one(&mut self, command: Command) {
        let mut events = Vec::new();
        batch(&mut self.run, self.now, command, &self.ask, &mut |event| events.push(event)).unwrap();
        for event in events {
            let seq = self.log.len() as u64;
            self.log.push(Recorded { at: self.now, event, seq });
        }
    }

    /// The last activation of the step in the log.
    fn instance(&self, name: &str) -> Instance {
        let story = self.story();
        let found = story.named(name).map(|step| step.id);
        found.unwrap_or_else(|| panic!("nobody has heard of `{name}`"))
    }
}

fn identity(name: &str) -> Identity {
    Identity { name: name.into(), proved: false }
}

fn pairs(set: &[&str]) -> BTreeMap<Name, Value> {
    let pair = |text: &&str| {
        let (name, value) = text.split_once('=').unwrap();
        let value = value.parse().map_or_else(|_| Value::text(value), Value::Integer);
        (Name::from(name), value)
    };
    set.iter().map(pair).collect()
}

/// So many errors, with a warning, one that is suppressed and one of rule R7 beside them.
fn findings(errors: u32) -> Evidence {
    let finding = |line: u32, rule: &str, severity| Finding {
        fingerprint: format!("f{line}").as_str().into(),
        introduced: None,
        license: None,
        message: "this is wrong".into(),
        original: None,
        place: Some(Place { column: Some(5), end_line: None, line: Some(line), path: "src/a.rs".into() }),
        rule: rule.into(),
        severity,
        suppressed: false,
        vulnerability: None,
    };
    let mut all: Vec<Finding> = (1..=errors).map(|line| finding(line * 10, "R1", Severity::Error)).collect();
    if errors > 0 {
        all.push(finding(3, "R2", Severity::Warning));
        all.push(finding(4, "R7", Severity::Error));
        all.push(Finding { suppressed: true, ..finding(6, "R3", Severity::Error) });
    }
    let sources = vec![Source { digest: Digest([8; 32]), format: "gcc_lines".into(), path: "stdout".into() }];
    Evidence { findings: Some(all), sources, ..Evidence::default() }
}

fn hole() -> Evidence {
    let vulnerability = Vulnerability {
        aliases: vec!["CVE-2024-1".into()],
        danger: Danger::Critical,
        fixed: vec!["1.3".into()],
        id: "RUSTSEC-2024-0001".into(),
        package: "pkg:cargo/foo".into(),
        score: None,
        vector: None,
        version: "1.2".into(),
    };
    let finding = Finding {
        fingerprint: "hole".into(),
        introduced: None,
        license: None,
        message: "memory is shared".into(),
        original: None,
        place: None,
        rule: "RUSTSEC-2024-0001".into(),
        severity: Severity::Warning,
        suppressed: false,
        vulnerability: Some(vulnerability),
    };
    Evidence { findings: Some(vec![finding]), vulnerabilities_sought: true, ..Evidence::default() }
}

fn tests(failed: usize, all: usize) -> Evidence {
    let test = |at: usize| TestResult {
        duration_ms: Some(5),
        flaky_runs: 0,
        message: (at < failed).then(|| "assertion failed: left == right\n  left: 1".into()),
        name: format!("case_{at}").as_str().into(),
        outcome: if at < failed { Outcome::Failed } else { Outcome::Passed },
        place: None,
        suite: "api".into(),
    };
    Evidence { tests: Some((0..all).map(test).collect()), ..Evidence::default() }
}

fn covered(percent: &str) -> Evidence {
    let measure = Measure { unit: "%".into(), value: percent.parse().unwrap() };
    Evidence { measures: [("coverage.line".into(), measure)].into(), ..Evidence::default() }
}

/// Answers `yes` and `no`; everything else is not known.
struct Words(NoOne);

impl Ask for Words {
    fn engine(&self) -> Name {
        "words 1".into()
    }

    fn evaluate(&self, expression: &Expression, _: &dyn Facts) -> Answer {
        match expression.text.as_str() {
            "yes" => Answer::Value(Value::Bool(true)),
            "no" => Answer::Value(Value::Bool(false)),
            name => Answer::Unknown(vec![name.into()]),
        }
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        self.0.evidence(digest)
    }
}

/// `load:passed:3` is a result of three hours ago.
fn recorded(text: &str) -> RecordedGate {
    let [gate, state, hours] = text.split(':').collect::<Vec<_>>()[..] else { panic!("{text}") };
    RecordedGate {
        at: Timestamp(BEGIN - hours.parse::<i64>().unwrap() * 3_600_000),
        commit: None,
        gate: gate.into(),
        kind: None,
        outcomes: Vec::new(),
        run: RunId("019aa5b2-0000-7abc-8def-0123456789ab".into()),
        state: serde_json::from_value(state.into()).unwrap(),
    }
}
