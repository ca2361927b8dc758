//! The tools that a workflow needs: found, with the version they say, or missing, with the cure.

use std::collections::BTreeMap;
use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use dod_host::drive::{missing_program, program_path};
use dod_kernel::id::Name;
use dod_kernel::workflow::{Kind, Program, Task, Workflow};

/// How long a tool may take to say its version.
const PATIENCE: Duration = Duration::from_secs(10);
/// Between two looks at a tool that has not ended.
const INTERVAL: Duration = Duration::from_millis(10);
/// Bytes of a version that are read.
const VERSION_BYTES_MAX: u64 = 4096;

/// A tool of the workflow.
pub(super) struct Tool {
    /// The gate of the catalogue, or the program.
    pub(super) name: Name,
    /// Steps that need it.
    steps: Vec<Name>,
    /// The program that is not there.
    pub(super) missing: Option<Name>,
    /// How to get it.
    cure: Option<Name>,
    /// What it says of its version.
    version: Option<String>,
}

impl Tool {
    pub(super) fn object(&self) -> serde_json::Value {
        serde_json::json!({
            "name": self.name,
            "state": if self.missing.is_some() { "missing" } else { "found" },
            "steps": self.steps,
            "version": self.version,
            "program": self.missing,
            "cure": self.cure.as_ref().filter(|_| self.missing.is_some()),
        })
    }

    pub(super) fn says(&self) -> String {
        match (&self.missing, &self.version, &self.cure) {
            (Some(program), _, Some(cure)) => format!("`{program}` is not on the PATH; {cure}"),
            (Some(program), _, None) => format!("`{program}` is not on the PATH"),
            (None, Some(version), _) => version.clone(),
            (None, None, _) => "on the PATH".to_owned(),
        }
    }
}

/// The tools of all steps, by name. `versions`: ask those that are there.
pub(super) fn needed(root: &Path, workflow: &Workflow, versions: bool) -> Vec<Tool> {
    let mut tools: BTreeMap<Name, Tool> = BTreeMap::new();
    for node in workflow.nodes() {
        let Kind::Task(task) = &node.kind else { continue };
        let Some(name) = name(task) else { continue };
        let tool = tools.entry(name.clone()).or_insert_with(|| Tool {
            name,
            steps: Vec::new(),
            missing: missing_program(root, task),
            cure: task.action.install.clone(),
            version: None,
        });
        tool.steps.push(node.name.clone());
        if versions && tool.missing.is_none() && tool.version.is_none() {
            tool.version = version(root, task);
        }
    }
    tools.into_values().collect()
}

/// What a tool is called: the gate it is used through, else its program. A file of the project is no tool.
fn name(task: &Task) -> Option<Name> {
    if let Some(uses) = task.gate.as_ref().and_then(|gate| gate.uses.clone()) {
        return Some(uses);
    }
    let program = match &task.action.run {
        Program::Argv(words) => words.first(),
        Program::Shell { shell, .. } => shell.first(),
    };
    program.filter(|program| !program.contains('/')).cloned()
}

/// The first line that a tool says of its version; `None` where it says none, or not in time.
fn version(root: &Path, task: &Task) -> Option<String> {
    let (program, words) = task.action.version.split_first()?;
    let path = match program.as_str() {
        "dod" => std::env::current_exe().ok()?,
        name if name.contains('/') => root.join(name),
        name => program_path(name, &std::env::var_os("PATH").unwrap_or_default())?,
    };
    let mut child = Command::new(path)
        .args(words.iter().map(Name::as_str))
        .current_dir(root)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .ok()?;
    let since = Instant::now();
    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => break status.success(),
            Ok(None) if since.elapsed() < PATIENCE => std::thread::sleep(INTERVAL),
            _ => {
                let _ = child.kill();
                let _ = child.wait();
                return None;
            }
        }
    };
    let mut text = Vec::new();
    child.stdout.take()?.take(VERSION_BYTES_MAX).read_to_end(&mut text).ok()?;
    let text = String::from_utf8_lossy(&text);
    let line = text.lines().map(str::trim).find(|line| !line.is_empty())?;
    ended.then(|| line.to_owned())
}
