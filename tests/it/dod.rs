//! A project in a temporary folder, and the real program run in it.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A project that is gone when the test is.
pub(crate) struct Project {
    folder: tempfile::TempDir,
    /// Keys of its own: those of whoever runs the tests sign nothing here.
    keys: tempfile::TempDir,
}

/// What a call of the program left.
pub(crate) struct Said {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Said {
    /// The last line of stdout, which is the verdict.
    pub(crate) fn last(&self) -> &str {
        self.stdout.lines().last().unwrap_or_default()
    }
}

impl std::fmt::Display for Said {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "exit code {}\n--- stdout\n{}--- stderr\n{}", self.code, self.stdout, self.stderr)
    }
}

impl Project {
    /// A project with these files.
    pub(crate) fn with(files: &[(&str, &str)]) -> Self {
        let project = Self { folder: tempfile::tempdir().unwrap(), keys: tempfile::tempdir().unwrap() };
        for (path, text) in files {
            project.write(path, text);
        }
        project
    }

    /// A project with this workflow and the policy `anything`, which asks for nothing.
    pub(crate) fn of(workflow: &str) -> Self {
        let head = "policy: anything\n";
        Self::with(&[
            ("dod.yaml", &format!("{head}{workflow}")),
            ("policies/anything.yaml", "policy: anything\n"),
        ])
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }

    pub(crate) fn read(&self, path: &str) -> String {
        std::fs::read_to_string(self.path().join(path)).unwrap_or_default()
    }

    /// A git repository with everything committed.
    pub(crate) fn commit(&self, message: &str) {
        if !self.path().join(".git").exists() {
            self.git(&["init", "--quiet", "--initial-branch=main"]);
        }
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
    }

    pub(crate) fn git(&self, words: &[&str]) -> String {
        let output = Command::new("git")
            .args(["-c", "user.name=Alice", "-c", "user.email=alice@example.com"])
            .args(words)
            .current_dir(self.path())
            .output()
            .unwrap();
        assert!(output.status.success(), "git {words:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    }

    /// The program with these words, ready to be run.
    pub(crate) fn command(&self, words: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_dod"));
        command.args(words).current_dir(self.path()).stdin(Stdio::null());
        for name in ["CI", "GITHUB_ACTIONS", "GITLAB_CI", "NO_COLOR", "CLICOLOR_FORCE", "GITHUB_BASE_REF"] {
            command.env_remove(name);
        }
        command.env_remove("DOD_KEY").env("DOD_KEYS", self.keys.path().join("keys"));
        command
    }

    /// Runs the program to its end.
    pub(crate) fn dod(&self, words: &[&str]) -> Said {
        said(&self.command(words).output().unwrap())
    }

    /// Starts the program.
    pub(crate) fn start(&self, words: &[&str]) -> Child {
        self.command(words).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap()
    }

    /// The folders of all runs, oldest first.
    pub(crate) fn runs(&self) -> Vec<PathBuf> {
        let Ok(entries) = std::fs::read_dir(self.path().join(".dod/runs")) else { return Vec::new() };
        let mut runs: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
        runs.sort();
        runs
    }

    /// The newest run's log, line by line.
    pub(crate) fn log(&self) -> Vec<serde_json::Value> {
        let Some(run) = self.runs().pop() else { return Vec::new() };
        let text = std::fs::read_to_string(run.join("events.jsonl")).unwrap_or_default();
        let whole = text.rfind('\n').map_or("", |end| &text[..=end]);
        whole.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Names of the steps in events of this kind, in order.
    pub(crate) fn steps(&self, kind: &str) -> Vec<String> {
        let events = self.log();
        let named = events.iter().filter_map(|line| line["event"][kind]["step"]["name"].as_str());
        named.map(str::to_owned).collect()
    }
}

pub(crate) fn said(output: &Output) -> Said {
    Said {
        code: output.status.code().unwrap_or(-1),
        stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

/// Waits until something is there; a test that waits in vain fails.
#[track_caller]
pub(crate) fn wait_for<T>(what: &str, mut look: impl FnMut() -> Option<T>) -> T {
    for _ in 0..1500 {
        if let Some(found) = look() {
            return found;
        }
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    panic!("waited in vain for {what}");
}
