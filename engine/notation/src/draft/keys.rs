//! The keys of every map of a workflow file. Readers ask only for these; the JSON Schema describes exactly these.

/// Keys of the file.
pub const FILE: &[&str] = &[
    "version",
    "name",
    "dod",
    "about",
    "policy",
    "inputs",
    "env",
    "defaults",
    "fail_fast",
    "timeout",
    "pools",
    "keep",
    "archive",
    "include",
    "projects",
    "services",
    "steps",
    "gates",
];
/// What other programs call some of our keys, `-` as `_`.
pub const FOREIGN: &[(&str, &str)] = &[
    ("after", "needs"),
    ("artifacts", "outputs"),
    ("cmd", "run"),
    ("cmds", "run"),
    ("command", "run"),
    ("commands", "run"),
    ("condition", "if"),
    ("continue_on_error", "allow_failure"),
    ("depends", "needs"),
    ("depends_on", "needs"),
    ("deps", "needs"),
    ("description", "about"),
    ("dir", "cwd"),
    ("environment", "env"),
    ("environments", "env"),
    ("fails_fast", "fail_fast"),
    ("ignore_errors", "allow_failure"),
    ("imports", "include"),
    ("includes", "include"),
    ("jobs", "steps"),
    ("only_if", "if"),
    ("parameters", "inputs"),
    ("params", "inputs"),
    ("reports", "evidence"),
    ("require", "needs"),
    ("requires", "needs"),
    ("resource_group", "pool"),
    ("retries", "retry"),
    ("script", "run"),
    ("sources", "inputs"),
    ("stages", "steps"),
    ("strategy", "matrix"),
    ("tasks", "steps"),
    ("timeout_minutes", "timeout"),
    ("timeout_seconds", "timeout"),
    ("variables", "env"),
    ("vars", "env"),
    ("when", "if"),
    ("workdir", "cwd"),
    ("working_directory", "cwd"),
    ("workflows", "projects"),
];
/// Keys of `defaults`.
pub const DEFAULTS: &[&str] = &["timeout", "retry", "shell", "cwd", "env", "allow_failure", "run_timeout"];
/// Keys of an input.
pub const INPUT: &[&str] = &["type", "default", "required", "choices", "about"];
/// Keys of an included file of another repository.
pub const INCLUDE: &[&str] = &["git", "rev", "path"];
/// Keys of a project.
pub const PROJECT: &[&str] = &["path", "workflow", "with", "about"];
/// Keys of a step.
pub const STEP: &[&str] = &[
    "uses",
    "run",
    "workflow",
    "approve",
    "judge",
    "wait",
    "message",
    "any",
    "of",
    "rest",
    "with",
    "shell",
    "cwd",
    "env",
    "secrets",
    "needs",
    "if",
    "inputs",
    "outputs",
    "evidence",
    "exit",
    "kind",
    "timeout",
    "retry",
    "matrix",
    "pool",
    "services",
    "idempotent",
    "allow_failure",
    "tags",
    "priority",
    "about",
];
/// The keys of a step of which there must be exactly one.
pub const ACTIONS: &[&str] = &["uses", "run", "workflow", "approve", "judge", "wait", "message", "any"];
/// Keys of a step that mean something only where the host runs a program: with `uses` or `run`.
pub const TASK_ONLY: &[&str] = &[
    "cwd",
    "env",
    "secrets",
    "inputs",
    "outputs",
    "evidence",
    "exit",
    "kind",
    "timeout",
    "retry",
    "pool",
    "idempotent",
    "tags",
];
/// Keys of a service.
pub const SERVICE: &[&str] = &[
    "uses", "run", "with", "shell", "cwd", "env", "secrets", "needs", "if", "ready", "timeout", "interval",
    "pool", "tags", "about",
];
/// Keys of `ready`.
pub const READY: &[&str] = &["tcp", "http", "line", "command"];
/// Keys of `keep`.
pub const KEEP: &[&str] = &["runs", "days", "branches"];
/// Keys of `approve`.
pub const APPROVE: &[&str] = &["from", "min", "proved", "authors", "timeout", "prompt"];
/// Keys of `message`.
pub const MESSAGE: &[&str] = &["name", "key", "timeout"];
/// Keys of `retry`.
pub const RETRY: &[&str] = &["max", "when", "delay", "factor", "max_delay", "jitter"];
/// Keys of a secret.
pub const SECRET: &[&str] = &["env", "file", "command"];
/// Keys of `exit`.
pub const EXIT: &[&str] = &["clean", "findings"];
/// Keys of a report in its long form.
pub const REPORT: &[&str] = &["format", "from", "rule"];
