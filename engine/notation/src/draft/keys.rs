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
    "include",
    "projects",
    "services",
    "steps",
    "gates",
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
/// Keys of `approve`.
pub const APPROVE: &[&str] = &["from", "min", "timeout", "prompt"];
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
