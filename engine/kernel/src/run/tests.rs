//! Claims about runs: a workflow in a line, a story in a line, the log it leaves.
//!
//! Only this module knows the API, so that the kernel may be rewritten without touching a claim. Every check
//! also writes the log as JSON, reads it back and replays it.

mod catches;
mod chaos;
mod decisions;
mod definitions;
mod engines;
mod flows;
mod graphs;
mod handled;
mod human;
mod joins;
mod leaks;
mod limits;
mod needs;
mod property;
mod repeat;
mod retry;
mod room;
mod services;
mod sound;
mod stop;
mod tampering;
mod throws;
mod tokens;
mod touched;
mod values;

mod build;
mod render;
mod words;

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::Expect;

use crate::ask::{Answer, Ask, Expression, Facts, NoOne, Wrong};
use crate::evidence::{Evidence, Finding, Severity};
use crate::id::{Digest, Instance, Name, Timestamp};
use crate::policy::{Definitions, Governance};
use crate::record::Recorded;
use crate::run::*;
use crate::value::Value;
use crate::workflow::Workflow;

/// Runs a story over a workflow and compares the log it leaves. Attempts are started as soon as there is room,
/// and those facts are not shown.
#[expect(clippy::needless_pass_by_value, reason = "an expectation is written where it is checked")]
fn check(workflow: &str, story: &str, expect: Expect) {
    let teller = tell(workflow, story);
    expect.assert_eq(&render::log(&teller.log));
    teller.replay();
}

fn tell(workflow: &str, story: &str) -> Teller {
    let mut teller = Teller::new(build::workflow(workflow));
    for line in story.split(';').map(str::trim).filter(|line| !line.is_empty()) {
        teller.tell(line);
    }
    teller
}

/// Answers `yes`, `no` and `unknown`, and the value of a variable by its name.
struct Words(NoOne);

impl Ask for Words {
    fn engine(&self) -> Name {
        "words 1".into()
    }

    fn evaluate(&self, expression: &Expression, facts: &dyn Facts) -> Answer {
        words::evaluate(&expression.text, facts)
    }

    fn run_script(
        &self,
        script: &Expression,
        facts: &dyn Facts,
    ) -> (Name, Result<BTreeMap<Name, Value>, Wrong>) {
        (self.engine(), words::script(&script.text, facts))
    }

    fn evidence(&self, digest: &Digest) -> Option<Arc<Evidence>> {
        self.0.evidence(digest)
    }
}

/// A batch: what was said, and the events it left.
struct Batch {
    said: String,
    events: Vec<Event>,
}

struct Teller {
    workflow: Arc<Workflow>,
    run: Run,
    now: Timestamp,
    ask: Words,
    log: Vec<Batch>,
    recorded: Vec<Recorded<Event>>,
    options: Vec<String>,
    /// Nothing is started: the process is not back yet.
    hold_starts: bool,
}

impl Teller {
    fn new(workflow: Workflow) -> Self {
        let workflow = Arc::new(workflow);
        let run = Run::new(workflow.clone(), Arc::new(governance()));
        Self {
            workflow,
            run,
            now: Timestamp(0),
            ask: Words(NoOne::default()),
            log: Vec::new(),
            recorded: Vec::new(),
            options: Vec::new(),
            hold_starts: false,
        }
    }

    fn tell(&mut self, line: &str) {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words.as_slice() {
            ["start", options @ ..] => self.start(line, options),
            ["tick", ms] => self.tick(ms.parse().unwrap()),
            ["cancel"] => self.say(line, Command::Cancel { by: identity("alice") }),
            ["later", ms] => self.now = self.now.plus(ms.parse().unwrap()),
            ["resume"] => self.say(line, Command::Resume { cut_bytes: 0, tree: None }),
            ["send", name] => {
                self.say(line, send(None, name, BTreeMap::new()));
            }
            ["send", name, "with", set @ ..] => {
                let set = set.iter().map(|pair| words::variable(pair)).collect();
                self.say(line, send(None, name, set));
            }
            ["send", name, key] => {
                self.say(line, send(Some(key), name, BTreeMap::new()));
            }
            ["capacity", count] => self.say(line, Command::SetCapacity(count.parse().unwrap())),
            ["tree", changed @ ..] => {
                let changed = changed.iter().map(|path| Name::from(*path)).collect();
                let digested = TreeDigested { changed, tree: Digest([9; 32]) };
                self.say(line, Command::ReportTree(Box::new(digested)));
            }
            ["signal", name] => {
                self.say(line, Command::Signal { by: None, name: (*name).into(), set: BTreeMap::new() });
            }
            [step, "yes" | "no", how @ ("by" | "proved"), who, set @ ..] => {
                let accept = words[1] == "yes";
                let proof = (*how == "proved").then(|| Name::from("signature"));
                let set = set.iter().map(|pair| words::variable(pair)).collect();
                let step = self.instance(step);
                let by = Identity { proved: proof.is_some(), ..identity(who) };
                self.say(line, Command::Answer { accept, because: None, by, proof, set, step });
            }
            [step, "ready"] => {
                let step = self.instance(step);
                self.say(line, Command::ReportReady { step });
            }
            [step, how @ ..] => self.end(line, step, how),
            [] => {}
        }
    }

    fn start(&mut self, line: &str, options: &[&str]) {
        self.options = options.iter().map(|option| (*option).to_owned()).collect();
        let option = |name: &str| options.iter().find_map(|option| option.strip_prefix(name));
        let left_out = option("without=").map(|names| names.split(',').map(Name::from).collect());
        let variables = option("set=").unwrap_or_default().split(',').filter(|name| !name.is_empty());
        let started = RunStarted {
            capacity: option("capacity=").map_or(100, |count| count.parse().unwrap()),
            changed: None,
            comparison: None,
            definitions: Definitions::Unprotected,
            facts: BTreeMap::new(),
            fail_fast: options.contains(&"fail_fast"),
            format: crate::record::FORMAT,
            governance: Digest([0; 32]),
            id: crate::id::RunId("test".into()),
            left_out: left_out.unwrap_or_default(),
            origin: None,
            program: "dod test".into(),
            recorded: Vec::new(),
            rules: crate::record::RULES,
            settings: Vec::new(),
            sources: Vec::new(),
            timeout_ms: option("timeout=").map(|ms| ms.parse().unwrap()),
            tree: options.contains(&"tree").then_some(Digest([1; 32])),
            variables: variables.map(words::variable).collect(),
            workflow: Digest([0; 32]),
        };
        self.say(line, Command::Start(Box::new(started)));
    }

    fn end(&mut self, line: &str, step: &str, how: &[&str]) {
        let at = how.iter().position(|word| *word == "writes").unwrap_or(how.len());
        let (how, writes) = how.split_at(at);
        let outputs = writes.iter().skip(1).map(|pair| pair.split_once('=').unwrap());
        let outputs = outputs.map(|(name, text)| (name.into(), text.into())).collect();
        let exited = |code, says| End::Exited { code, says };
        let (end, evidence) = match how {
            ["exits", "0"] => (exited(0, ExitSays::Clean), Reading::None),
            ["exits", code] => (exited(code.parse().unwrap(), ExitSays::Broken), Reading::None),
            ["finds", "nothing"] => (exited(0, ExitSays::Clean), self.findings(0)),
            ["finds", count] => (exited(1, ExitSays::Findings), self.findings(count.parse().unwrap())),
            ["claims", "findings"] => (exited(1, ExitSays::Findings), self.findings(0)),
            ["garbles"] => (exited(0, ExitSays::Clean), Reading::Unreadable { why: "it is cut off".into() }),
            ["is", "missing"] => (End::NotStarted { why: "no such program".into() }, Reading::None),
            ["crashes"] => (End::Signaled { signal: 11 }, Reading::None),
            ["is", "lost"] => (End::Lost, Reading::None),
            ["is", "cancelled"] => (End::Cancelled, Reading::None),
            ["is", "timed", "out"] => (End::TimedOut, Reading::None),
            other => panic!("nobody understands `{other:?}`"),
        };
        let step = self.instance(step);
        let attempt = self.run.active.get(&step).map_or(1, |active| active.attempt);
        let report = EndReport {
            attempt,
            end,
            evidence,
            outputs,
            reused_from: None,
            stderr: Printed::default(),
            stdout: Printed::default(),
            step,
            tool: None,
            usage: Usage::default(),
        };
        self.say(line, Command::ReportEnd(Box::new(report)));
    }

    fn findings(&mut self, count: u8) -> Reading {
        let finding = Finding {
            fingerprint: "f".into(),
            introduced: None,
            license: None,
            message: "wrong".into(),
            original: None,
            place: None,
            rule: "r".into(),
            severity: Severity::Error,
            suppressed: false,
            vulnerability: None,
        };
        let findings = Some(vec![finding; usize::from(count)]);
        let evidence = Evidence { findings, ..Evidence::default() };
        let digest = Digest([count; 32]);
        let summary = evidence.summary();
        self.ask.0.evidence.insert(digest, Arc::new(evidence));
        Reading::Read(Box::new(Read { digest, summary }))
    }

    /// Moves the clock and fires what is due, one timer after the other.
    fn tick(&mut self, ms: u64) {
        let until = self.now.plus(ms);
        while let Some((due, timer)) = self.run.next_timer().filter(|(due, _)| *due <= until) {
            self.now = due;
            self.say(&format!("at {}", due.0), Command::FireTimer { timer, now: due });
        }
        self.now = until;
    }

    fn say(&mut self, said: &str, command: Command) {
        let mut events = Vec::new();
        let at = self.now;
        match batch(&mut self.run, at, command, &self.ask, &mut |event| events.push(event)) {
            Ok(()) => {
                self.record(&events);
                sound::assert_sound(&self.run);
            }
            Err(refusal) => {
                let said = format!("{said} (refused: {refusal})");
                self.log.push(Batch { said, events });
                return;
            }
        }
        self.log.push(Batch { said: said.to_owned(), events });
        self.start_what_is_ready();
    }

    fn record(&mut self, events: &[Event]) {
        for event in events {
            let seq = self.recorded.len() as u64;
            self.recorded.push(Recorded { at: self.now, event: event.clone(), seq });
        }
    }

    fn start_what_is_ready(&mut self) {
        while !self.hold_starts {
            let next = self.run.outstanding().into_iter().find_map(|effect| match effect {
                Effect::Start { attempt, step } => Some(Command::ReportStart { attempt, step }),
                _ => None,
            });
            let Some(command) = next else { return };
            let mut events = Vec::new();
            batch(&mut self.run, self.now, command, &self.ask, &mut |event| events.push(event)).unwrap();
            self.record(&events);
        }
    }

    /// `name`, or `name#round`; the innermost open scope that has the node, or the one of `name@scope`.
    fn instance(&self, text: &str) -> Instance {
        let (text, at) = text.split_once('@').unwrap_or((text, ""));
        let (name, round) = text.split_once('#').unwrap_or((text, "0"));
        let node = self.workflow.find(name).unwrap_or_else(|| panic!("no step `{name}`"));
        let round = round.parse().unwrap();
        let body = self.workflow.body_of(node);
        if let Ok(scope) = at.parse() {
            return Instance { scope: crate::id::ScopeId(scope), node, round };
        }
        let scopes = (0u32..).zip(&self.run.scopes);
        let scope = scopes
            .filter(|(_, scope)| scope.as_ref().is_some_and(|scope| scope.body == body))
            .map(|(at, _)| crate::id::ScopeId(at))
            .last()
            .unwrap_or_default();
        Instance { scope, node, round }
    }

    /// The log, read back from its JSON, leads to the very same events again.
    fn replay(&self) {
        let mut replay = Replay::new(Run::new(self.workflow.clone(), Arc::new(governance())));
        for recorded in &self.recorded {
            let line = serde_json::to_string(recorded).unwrap();
            let read: Recorded<Event> = serde_json::from_str(&line).unwrap();
            assert_eq!(&read, recorded, "{line}");
            let value: serde_json::Value = serde_json::from_str(&line).unwrap();
            assert_eq!(line, value.to_string(), "the fields of an event are declared in canonical order");
            replay.push(&read, &self.ask).unwrap();
        }
        assert_eq!(replay.owed(&self.ask), None, "the last batch is complete");
        assert_eq!(replay.run().outstanding(), self.run.outstanding());
        assert_eq!(replay.run().verdict(), self.run.verdict());
    }
}

fn send(key: Option<&str>, name: &str, set: BTreeMap<Name, Value>) -> Command {
    Command::Send { by: None, key: key.map(Name::from), name: name.into(), set }
}

fn identity(name: &str) -> Identity {
    Identity { name: name.into(), proved: false }
}

/// Roles for approvals; no policy, so that a run's own reasons decide. Gates are judged by nobody, unless a
/// claim is about judging. Carol wrote the change; Bobby has Bob's key.
fn governance() -> Governance {
    let member = |(name, key): (&str, Option<&str>)| crate::policy::Member {
        key: key.map(Name::from),
        name: name.into(),
        ..Default::default()
    };
    let key = Some("ssh-ed25519 AAAA");
    let owners = [("alice", None), ("bob", key), ("bobby", key), ("carol", None)];
    let roles = [("owners".into(), owners.into_iter().map(member).collect())].into();
    Governance {
        authors: vec!["Carol".into(), "carol@example.com".into()],
        judging: crate::policy::JUDGING,
        policies: vec![build::policy()],
        roles,
        waivers: Vec::new(),
    }
}

/// How many random cases a property is asked for: few in the suite, as many as `PROPTEST_CASES` says by hand.
fn cases(suite: u32) -> u32 {
    let unasked = proptest::test_runner::Config { cases: 256, ..Default::default() };
    let asked = proptest::test_runner::Config::default();
    if asked == unasked { suite } else { asked.cases }
}
