//! `run` and `uses` → a task, with every default written out.

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::{
    Action as Run, EnvValue, ExitCodes, Gate, Probe, Program, Ready, Report, ReportPlace, Retry, RetryOn,
    SecretSource, Task,
};

use super::needs::Reading;
use super::text::{Context, Place};
use super::{Lowering, Misuse, STEP_TIMEOUT_MS, Site};
use crate::diagnose::{Diagnostic, codes};
use crate::draft::{self, Action, Shell, Word};
use crate::yaml;

/// The shell of scripts that name none.
const SHELL: &[&str] = &["sh", "-e", "-c"];
/// Programs that take a script as an argument behind `-c`, so that their arguments are guarded like scripts.
const SHELLS: &[&str] =
    &["sh", "bash", "dash", "zsh", "ksh", "ash", "fish", "python", "python3", "perl", "node"];
/// What a retry does that says nothing more.
const RETRY_DELAY_MS: u64 = 1000;
const RETRY_DELAY_MAX_MS: u64 = 60_000;
const RETRY_FACTOR: u32 = 2;
const RETRY_JITTER_PERCENT: u32 = 20;
/// The same, for other notations: they say how often and when.
pub(crate) const RETRY: Retry = Retry {
    attempts: 0,
    delay_max_ms: RETRY_DELAY_MAX_MS,
    delay_ms: RETRY_DELAY_MS,
    factor: RETRY_FACTOR,
    jitter_percent: RETRY_JITTER_PERCENT,
    when: Vec::new(),
};
/// How a service is probed that says nothing more.
const PROBE_INTERVAL_MS: u64 = 250;
const PROBE_TIMEOUT_MS: u64 = 60_000;
/// What a gate of a project is to a policy where it does not say.
const KIND_OTHER: &str = "other";

impl Lowering<'_> {
    /// The task of a step. `None` where it could not be made, and that was said.
    pub(super) fn task(&mut self, context: &Context<'_>, readings: &mut Vec<Reading>) -> Option<Task> {
        let step = context.step;
        let defaults = &context.sheet.draft.defaults;
        let cwd = self.cwd(context, step.cwd.as_ref().or(defaults.cwd.as_ref()));
        let mut task = match &step.action {
            Some(Action::Uses { entry, with }) => self.gate(context, entry, with, &cwd)?,
            _ => self.command(context, &cwd)?,
        };
        self.environment(context, &mut task.action, readings);
        self.reports(context, &mut task);
        if !step.inputs.is_empty() {
            task.action.inputs = self.globs(context, &step.inputs);
        }
        if !step.outputs.is_empty() {
            task.action.outputs = self.globs(context, &step.outputs);
        }
        if let Some((clean, findings)) = &step.exit {
            task.action.exit = ExitCodes { clean: clean.clone(), findings: findings.clone() };
        }
        if let Some(flag) = &step.idempotent {
            task.idempotent = flag.value;
        }
        task.pool = step.pool.as_ref().map(|pool| self.pool(pool));
        // What must not happen twice is tried again only where the step itself says so.
        let general = defaults.retry.as_ref().filter(|_| task.idempotent);
        task.retry = match step.retry.as_ref().or(general) {
            Some(written) => retry(written),
            None => task.retry,
        };
        task.tags.extend(step.tags.iter().map(|tag| tag.value.clone()));
        match &step.probe {
            Some(probe) => {
                task.probe = self.probe(context, probe);
                task.timeout_ms = None;
            }
            None => {
                let timeout = step.timeout.as_ref().or(defaults.timeout.as_ref()).map(|found| found.value);
                task.timeout_ms = timeout.or(task.timeout_ms).or(Some(STEP_TIMEOUT_MS));
            }
        }
        kind(context, &mut task);
        Some(task)
    }

    fn gate(
        &mut self,
        context: &Context<'_>,
        entry: &Word,
        with: &[(Word, yaml::Node)],
        cwd: &str,
    ) -> Option<Task> {
        let mut values: BTreeMap<Name, Value> = BTreeMap::new();
        for (name, node) in with {
            values.extend(self.given(context, node).0.map(|value| (name.value.clone(), value)));
        }
        let known = &self.gates;
        if !known.contains(&entry.value) {
            let message = format!("the catalogue has no gate `{}`", &**entry);
            let found = Diagnostic::error(codes::UNKNOWN_GATE, entry.span, message);
            self.problems.push(found.did_you_mean(entry, known.iter().map(Name::as_str)));
            return None;
        }
        let site = Site { cwd, project: context.unit.project.as_ref() };
        match self.world.catalogue.expand(entry, &values, site) {
            Ok(task) => Some(task),
            Err(misuses) => {
                for Misuse { key, message, hint } in misuses {
                    let place = |(name, node): &(Word, yaml::Node)| {
                        (Some(&name.value) == key.as_ref()).then_some(name.span.to(node.span))
                    };
                    let span = with.iter().find_map(place).unwrap_or(entry.span);
                    let found = Diagnostic::error(codes::GATE_USE, span, message);
                    self.problems.push(found.maybe_hint(hint));
                }
                None
            }
        }
    }

    fn command(&mut self, context: &Context<'_>, cwd: &str) -> Option<Task> {
        let run = match &context.step.action {
            Some(Action::Argv(words)) => Program::Argv(self.argv(context, words)?),
            Some(Action::Script(script)) => {
                let shell = context.step.shell.as_ref().or(context.sheet.draft.defaults.shell.as_ref());
                let shell = match shell {
                    None => SHELL.iter().map(|word| Name::from(*word)).collect(),
                    Some(Shell::Named(argv)) => argv.iter().map(|word| Name::from(*word)).collect(),
                    Some(Shell::Argv(words)) => self.argv(context, words)?,
                };
                Program::Shell { script: self.substitute(context, script, Place::Script)?, shell }
            }
            _ => return None,
        };
        let action = Run {
            cwd: cwd.into(),
            env: BTreeMap::new(),
            evidence: Vec::new(),
            exit: ExitCodes::default(),
            inputs: Vec::new(),
            install: None,
            outputs: Vec::new(),
            programs: Vec::new(),
            run,
            secrets: BTreeMap::new(),
            version: Vec::new(),
        };
        Some(Task {
            action,
            gate: None,
            idempotent: true,
            pool: None,
            probe: None,
            retry: None,
            tags: Vec::new(),
            timeout_ms: None,
        })
    }

    /// Arguments of a program. Those of a shell with `-c` are scripts.
    pub(super) fn argv(&mut self, context: &Context<'_>, words: &[Word]) -> Option<Vec<Name>> {
        let program = words.first()?.rsplit('/').next().unwrap_or("");
        let runs_code =
            SHELLS.contains(&program) && words.iter().any(|word| matches!(&***word, "-c" | "-e" | "-ec"));
        let place = if runs_code { Place::Script } else { Place::Argument };
        let found: Vec<Name> =
            words.iter().filter_map(|word| self.substitute(context, word, place)).collect();
        (found.len() == words.len()).then_some(found)
    }

    /// The file's environment, then the file's defaults, then the step's own; then its secrets.
    fn environment(&mut self, context: &Context<'_>, action: &mut Run, readings: &mut Vec<Reading>) {
        let draft = &context.sheet.draft;
        let mut own = BTreeMap::new();
        let mut written: BTreeMap<&Name, &Word> = BTreeMap::new();
        for (name, value) in draft.env.iter().chain(&draft.defaults.env).chain(&context.step.env) {
            written.insert(&name.value, value);
        }
        for (name, value) in written {
            let value = self.env_value(context, value, readings).unwrap_or_else(|| EnvValue::Text("".into()));
            own.insert(name.clone(), value);
        }
        action.env.extend(own);
        for (name, secret) in &context.step.secrets {
            if let Some((twice, _)) = context.step.env.iter().find(|(other, _)| other.value == name.value) {
                let message = format!("variable `{}` is given a value and a secret", &**name);
                let found = Diagnostic::error(codes::TWO_SOURCES, name.span, message);
                self.problems.push(found.other(twice.span, "the value"));
            }
            action.env.remove(&name.value);
            let source = match secret {
                draft::Secret::Command(words) => self.argv(context, words).map(SecretSource::Command),
                draft::Secret::Env(word) => Some(SecretSource::Env(word.value.clone())),
                draft::Secret::File(word) => {
                    self.substitute(context, word, Place::Argument).map(SecretSource::File)
                }
            };
            action.secrets.extend(source.map(|source| (name.value.clone(), source)));
        }
    }

    fn reports(&mut self, context: &Context<'_>, task: &mut Task) {
        if context.step.evidence.is_empty() {
            return;
        }
        let mut found = Vec::new();
        for report in &context.step.evidence {
            if let (Some(format), Some(known)) = (&report.format, self.world.formats)
                && !known.contains(&format.value)
            {
                let message = format!("evidence format `{}` is not known", &**format);
                let error = Diagnostic::error(codes::UNKNOWN_FORMAT, format.span, message);
                self.problems.push(error.did_you_mean(format, known.iter().map(Name::as_str)));
            }
            let from = match &**report.from {
                "stdout" => ReportPlace::Stdout,
                "stderr" => ReportPlace::Stderr,
                _ => {
                    let Some(path) = self.substitute(context, &report.from, Place::Argument) else {
                        continue;
                    };
                    if super::paths::join(&task.action.cwd, &path).is_err() {
                        let message = format!("the report `{path}` is not inside the repository");
                        self.problems.push(Diagnostic::error(codes::OUTSIDE, report.from.span, message));
                        continue;
                    }
                    ReportPlace::File(path)
                }
            };
            let name = |word: &Option<Word>| word.as_ref().map(|word| word.value.clone());
            found.push(Report { format: name(&report.format), from, rule: name(&report.rule) });
        }
        if task.action.evidence.is_empty() && context.step.exit.is_none() {
            // Most tools that write a report end with 1 when they found something.
            task.action.exit.findings = vec![1];
        }
        task.action.evidence = found;
    }

    fn probe(&mut self, context: &Context<'_>, probe: &draft::Probe) -> Option<Probe> {
        let ready = match probe.ready.as_ref()? {
            draft::Ready::Command(words) => Ready::Command(self.argv(context, words)?),
            draft::Ready::Http(url) => {
                let url_text = self.substitute(context, url, Place::Argument)?;
                let hosts = ["http://localhost", "http://127.0.0.1", "http://[::1]"];
                let local = |host: &&str| {
                    url_text
                        .strip_prefix(*host)
                        .is_some_and(|rest| rest.is_empty() || rest.starts_with([':', '/']))
                };
                if !hosts.iter().any(local) {
                    let message = format!("`{url_text}` is not an HTTP address of this machine");
                    let found = Diagnostic::error(codes::LOOPBACK, url.span, message);
                    self.problems.push(found.hint("like `http://localhost:8080/health`"));
                }
                Ready::Http(url_text)
            }
            draft::Ready::Line(text) => Ready::Line(self.substitute(context, text, Place::Argument)?),
            draft::Ready::Tcp(port) => Ready::Tcp(*port),
        };
        let millis = |found: &Option<yaml::Located<u64>>| found.as_ref().map(|found| found.value);
        Some(Probe {
            interval_ms: millis(&probe.interval).unwrap_or(PROBE_INTERVAL_MS),
            ready,
            timeout_ms: millis(&probe.timeout).unwrap_or(PROBE_TIMEOUT_MS),
        })
    }
}

/// What the step is to a policy: its own word, else the catalogue's.
fn kind(context: &Context<'_>, task: &mut Task) {
    let project = context.unit.project.clone();
    if let Some(gate) = &mut task.gate {
        gate.project = gate.project.take().or(project);
        if let Some(kind) = &context.step.kind {
            gate.kind = kind.value.clone();
        }
        return;
    }
    // A threshold holds for each project, so evidence in a project must say whose it is.
    let other = (project.is_some() && task.yields_evidence()).then(|| KIND_OTHER.into());
    let kind = context.step.kind.as_ref().map(|kind| kind.value.clone()).or(other);
    task.gate = kind.map(|kind| Gate { kind, must_succeed: false, project, uses: None });
}

/// `None` for no further attempt.
fn retry(written: &draft::Retry) -> Option<Retry> {
    if written.max == 0 {
        return None;
    }
    let delay_ms = written.delay.unwrap_or(RETRY_DELAY_MS);
    let when = if written.when.is_empty() {
        vec![RetryOn::Failed, RetryOn::Timeout, RetryOn::Undecided]
    } else {
        written.when.clone()
    };
    Some(Retry {
        attempts: written.max,
        delay_max_ms: written.max_delay.unwrap_or(RETRY_DELAY_MAX_MS).max(delay_ms),
        delay_ms,
        factor: written.factor.unwrap_or(RETRY_FACTOR),
        jitter_percent: written.jitter.unwrap_or(RETRY_JITTER_PERCENT),
        when,
    })
}
