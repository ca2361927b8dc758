//! What a step finds around it: its environment, its working directory, its program, its secrets.
//!
//! **Absent on purpose:** everything that is not on the allowlist. A variable that a step needs is named in
//! the workflow.

use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use dod_kernel::id::{Instance, Name};
use dod_kernel::run::Run;
use dod_kernel::value::Value;
use dod_kernel::workflow::{EnvValue, Kind, Program, SecretSource, Task, Workflow};

use crate::keys::SECRET_VARIABLE;
use crate::mask::Masks;

/// Variables that every step inherits: what programs need to find themselves, their homes and caches, and what
/// CI systems tell them.
const INHERITED: &[&str] = &[
    "PATH",
    "HOME",
    "USER",
    "LOGNAME",
    "SHELL",
    "LANG",
    "LANGUAGE",
    "LC_*",
    "TZ",
    "TMPDIR",
    "TERM",
    "CI",
    "XDG_*",
    "DOD_VULNDB",
    "CARGO_*",
    "RUSTUP_*",
    "RUSTC*",
    "RUSTFLAGS",
    "RUST_BACKTRACE",
    "GOPATH",
    "GOROOT",
    "GOFLAGS",
    "GOPROXY",
    "GOCACHE",
    "GOMODCACHE",
    "GOBIN",
    "GO111MODULE",
    "GOTOOLCHAIN",
    "GOPRIVATE",
    "GONOSUMDB",
    "GOSUMDB",
    "GOOS",
    "GOARCH",
    "CGO_*",
    "JAVA_HOME",
    "NODE_*",
    "NVM_*",
    "PYENV_*",
    "PYTHON*",
    "VIRTUAL_ENV",
    "UV_*",
    "PIP_*",
    "npm_config_*",
    "NPM_CONFIG_*",
    "PNPM_HOME",
    "SSL_CERT_*",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "CC",
    "CXX",
    "AR",
    "CFLAGS",
    "CXXFLAGS",
    "LDFLAGS",
    "LD_LIBRARY_PATH",
    "PKG_CONFIG*",
    "LIBRARY_PATH",
    "SOURCE_DATE_EPOCH",
    "GITHUB_ACTIONS",
    "GITLAB_CI",
];

/// What a variable's name may look like for a secret to hide in: never inherited by a `*`.
const SECRET_WORDS: &[&str] =
    &["TOKEN", "SECRET", "PASSWORD", "PASSWD", "CREDENTIAL", "PRIVATE", "_AUTH", "APIKEY", "API_KEY"];

/// The variables that steps inherit.
pub(super) fn inherited() -> BTreeMap<OsString, OsString> {
    std::env::vars_os()
        .filter(|(name, _)| {
            let Some(name) = name.to_str() else { return false };
            INHERITED.iter().any(|pattern| matches(pattern, name)) && !looks_secret(name)
        })
        .collect()
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |start| name.starts_with(start))
}

fn looks_secret(name: &str) -> bool {
    let name = name.to_uppercase();
    SECRET_WORDS.iter().any(|word| name.contains(word))
}

/// A program named without `/`, as the step would find it. `None`: it is not there.
pub fn program_path(name: &str, path: &OsStr) -> Option<PathBuf> {
    use std::os::unix::fs::PermissionsExt as _;
    let runs = |file: &PathBuf| {
        std::fs::metadata(file).is_ok_and(|meta| meta.is_file() && meta.permissions().mode() & 0o111 != 0)
    };
    std::env::split_paths(path).map(|folder| folder.join(name)).find(runs)
}

/// Folders in which a project keeps a Python environment of its own, as `venv` and uv name them.
const PYTHON_ENVIRONMENTS: &[&str] = &[".venv", "venv"];

/// The nearest Python environment from a step's folder up to the root. One that a person activated is theirs
/// to choose, so there is none then.
fn python_environment(root: &Path, cwd: &str, activated: bool) -> Option<PathBuf> {
    let cwd = Path::new(cwd);
    let folders = cwd.ancestors().map(|folder| root.join(folder));
    let all = folders.flat_map(|folder| PYTHON_ENVIRONMENTS.iter().map(move |name| folder.join(name)));
    let mut all = all.filter(|environment| environment.join("pyvenv.cfg").is_file());
    if activated { None } else { all.next() }
}

/// Activates the project's Python environment for a step, as a person would who works on it.
pub(super) fn activate(root: &Path, cwd: &str, env: &mut BTreeMap<OsString, OsString>) {
    let activated = env.contains_key(OsStr::new(VIRTUAL_ENV));
    let Some(environment) = python_environment(root, cwd, activated) else { return };
    let path = env.get(OsStr::new("PATH")).cloned().unwrap_or_default();
    env.insert("PATH".into(), before(&environment.join("bin"), &path));
    env.insert(VIRTUAL_ENV.into(), environment.into());
}

const VIRTUAL_ENV: &str = "VIRTUAL_ENV";

fn before(folder: &Path, path: &OsStr) -> OsString {
    let all = std::iter::once(folder.to_owned()).chain(std::env::split_paths(path));
    // A folder with `:` in its name cannot be on a `PATH`.
    std::env::join_paths(all).unwrap_or_else(|_| path.to_owned())
}

/// The first program that a task needs and that a step of this repository would not find, on `PATH` or in the
/// project's Python environment; of a gate from the catalogue also a file of the project, such as
/// `node_modules/.bin/eslint`.
pub fn missing_program(root: &Path, task: &Task) -> Option<Name> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let activated = std::env::var_os(VIRTUAL_ENV).is_some();
    let path = match python_environment(root, &task.action.cwd, activated) {
        Some(environment) => before(&environment.join("bin"), &path),
        None => path,
    };
    let from_catalogue = task.gate.as_ref().is_some_and(|gate| gate.uses.is_some());
    let folder = root.join(task.action.cwd.as_str());
    let is_there = |name: &Name| match name.contains('/') {
        true => !from_catalogue || folder.join(name.as_str()).exists(),
        false => program_path(name, &path).is_some() || cargo_finds(name),
    };
    programs(task).find(|name| !is_there(name)).cloned()
}

/// Whether it is a subcommand that `cargo` finds in its own folder, also where that is not on `PATH`.
fn cargo_finds(name: &str) -> bool {
    let home = std::env::var_os("CARGO_HOME").map(PathBuf::from).or_else(|| {
        let home = std::env::var_os("HOME")?;
        Some(PathBuf::from(home).join(".cargo"))
    });
    let bin = home.map(|home| home.join("bin"));
    name.starts_with("cargo-") && bin.is_some_and(|bin| program_path(name, bin.as_os_str()).is_some())
}

/// What a task starts, without `dod` itself.
fn programs(task: &Task) -> impl Iterator<Item = &Name> {
    let first = match &task.action.run {
        Program::Argv(argv) => argv.first(),
        Program::Shell { shell, .. } => shell.first(),
    };
    first.into_iter().chain(&task.action.programs).filter(|name| ***name != *"dod")
}

/// The folder a step runs in: inside the repository, symbolic links resolved.
pub(super) fn folder(root: &Path, cwd: &str) -> Result<PathBuf, String> {
    let asked = root.join(cwd);
    let found = asked
        .canonicalize()
        .map_err(|_| format!("its working directory `{cwd}` does not exist in the repository"))?;
    let root = root.canonicalize().map_err(|_| "the repository's root is gone".to_owned())?;
    if found.starts_with(&root) {
        Ok(found)
    } else {
        Err(format!("its working directory `{cwd}` is outside the repository"))
    }
}

/// What the variables of a diagram are called in the environment of its steps: `DOD_VAR_region`.
const VARIABLE_PREFIX: &str = "DOD_VAR_";
/// Bytes of a variable that steps are given in their environment; a longer one is left out.
pub(super) const VARIABLE_BYTES_MAX: usize = 32 << 10;
/// Bytes of all of them together; what does not fit is left out.
const VARIABLES_BYTES_MAX: usize = 256 << 10;

/// The variables that a step of a diagram sees. Their prefix keeps them from meaning anything to other programs.
pub(super) fn variables(run: &Run, step: Instance, env: &mut BTreeMap<OsString, OsString>) {
    let mut left = VARIABLES_BYTES_MAX;
    for (name, value) in run.variables_of(step) {
        let plain = |char: char| char.is_ascii_alphanumeric() || char == '_';
        let text = match &value {
            Value::Text(text) => text.to_string(),
            other => {
                let mut text = String::new();
                write_json(other, &mut text);
                text
            }
        };
        let fits = text.len() <= VARIABLE_BYTES_MAX.min(left) && !text.contains('\0');
        if fits && !name.is_empty() && name.chars().all(plain) {
            left -= text.len();
            env.insert(format!("{VARIABLE_PREFIX}{name}").into(), text.into());
        }
    }
}

/// A value as plain JSON. Values nest no deeper than [`dod_kernel::value::DEPTH_MAX`].
fn write_json(value: &Value, out: &mut String) {
    let quoted = |text: &str| serde_json::Value::from(text).to_string();
    match value {
        Value::Null => out.push_str("null"),
        Value::Bool(yes) => out.push_str(if *yes { "true" } else { "false" }),
        Value::Integer(number) => out.push_str(&number.to_string()),
        Value::Decimal(number) => out.push_str(&number.to_string()),
        Value::Text(text) => out.push_str(&quoted(text)),
        Value::List(items) => {
            out.push('[');
            for (at, item) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                write_json(item, out);
            }
            out.push(']');
        }
        Value::Map(items) => {
            out.push('{');
            for (at, (name, item)) in items.iter().enumerate() {
                out.push_str(if at > 0 { "," } else { "" });
                out.push_str(&quoted(name));
                out.push(':');
                write_json(item, out);
            }
            out.push('}');
        }
    }
}

/// The variables of one step on top of the inherited ones; those of secrets included.
pub(super) fn of_step(
    run: &Run,
    task: &Task,
    secrets: &Secrets,
    env: &mut BTreeMap<OsString, OsString>,
) -> Result<(), String> {
    for (name, value) in &task.action.env {
        let text = match value {
            EnvValue::Text(text) => text.to_string(),
            // An empty text would be a guess, and a guess may deploy the wrong version.
            EnvValue::Output { name: output, step } => run
                .output(step, output)
                .ok_or_else(|| {
                    format!("its variable `{name}` is the output `{output}` of `{step}`, which wrote none")
                })?
                .to_string(),
        };
        env.insert(name.as_str().into(), text.into());
    }
    for (name, source) in &task.action.secrets {
        let secret = match secrets.get(&SecretKey::of(source)) {
            Some(Ok(secret)) => secret,
            Some(Err(why)) => return Err(format!("its secret `{name}` is not there: {why}")),
            None => return Err(format!("its secret `{name}` was never asked for")),
        };
        env.insert(name.as_str().into(), secret.into());
    }
    Ok(())
}

/// The secrets of a workflow: each itself, or why it is not there.
pub(super) type Secrets = BTreeMap<SecretKey, Result<String, String>>;

/// Bytes that a secret may have.
const SECRET_BYTES_MAX: u64 = 64 << 10;
/// Time in which a command that knows a secret has to print it.
const SECRET_TIME_MAX: Duration = Duration::from_secs(30);

/// A secret's source, to be asked once a run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct SecretKey(String);

impl SecretKey {
    fn of(source: &SecretSource) -> Self {
        Self(format!("{source:?}"))
    }
}

/// Every secret of a workflow, asked once at the start, so that all of them are masked everywhere.
pub(super) fn secrets(workflow: &Workflow, root: &Path, warn: &mut dyn FnMut(&str)) -> (Secrets, Arc<Masks>) {
    let mut found: Secrets = BTreeMap::new();
    let mut named = Vec::new();
    for node in workflow.nodes() {
        let Kind::Task(task) = &node.kind else { continue };
        for (name, source) in &task.action.secrets {
            let key = SecretKey::of(source);
            if found.contains_key(&key) {
                continue;
            }
            let value = secret(source, root);
            if let Ok(value) = &value {
                named.push((name.to_string(), value.clone()));
            }
            found.insert(key, value);
        }
    }
    // The key that signs is nobody's business, however a step came to know it.
    let key = std::env::var(SECRET_VARIABLE).ok().filter(|text| !text.is_empty());
    named.extend(key.map(|text| (SECRET_VARIABLE.to_owned(), text)));
    let (masks, not_masked) = Masks::new(named.iter().map(|(name, value)| (name.as_str(), value.as_bytes())));
    for problem in not_masked {
        warn(&problem.to_string());
    }
    (found, masks)
}

/// Asks for a secret. The answer says why there is none.
fn secret(source: &SecretSource, root: &Path) -> Result<String, String> {
    let (what, bytes) = match source {
        SecretSource::Env(name) if **name == *SECRET_VARIABLE => {
            return Err(format!("`{SECRET_VARIABLE}` signs runs and is given to no step"));
        }
        SecretSource::Env(name) => {
            let what = format!("the environment variable `{name}`");
            let value = std::env::var_os(name.as_str()).ok_or_else(|| format!("{what} is not set"))?;
            (what, std::os::unix::ffi::OsStringExt::into_vec(value))
        }
        SecretSource::File(path) => {
            let what = format!("the file `{path}`");
            let bytes = std::fs::File::open(root.join(path.as_str()))
                .and_then(read_some)
                .map_err(|error| format!("{what} cannot be read: {}", error.kind()))?;
            (what, bytes)
        }
        SecretSource::Command(argv) => {
            let what = format!("the command `{}`", argv.first().map_or("", |name| name.as_str()));
            let bytes = printed(argv, root).map_err(|why| format!("{what} {why}"))?;
            (what, bytes)
        }
    };
    if bytes.len() as u64 > SECRET_BYTES_MAX {
        return Err(format!("{what} has more than {SECRET_BYTES_MAX} bytes"));
    }
    let text = String::from_utf8(bytes).map_err(|_| format!("{what} holds what is not UTF-8"))?;
    let text = text.strip_suffix('\n').unwrap_or(&text);
    let text = text.strip_suffix('\r').unwrap_or(text);
    if text.is_empty() { Err(format!("{what} is empty")) } else { Ok(text.to_owned()) }
}

fn read_some(source: impl std::io::Read) -> std::io::Result<Vec<u8>> {
    use std::io::Read as _;
    let mut bytes = Vec::new();
    source.take(SECRET_BYTES_MAX + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What a command prints that knows a secret. It is asked before the run has begun, so no time-out of a step
/// bounds it.
fn printed(argv: &[Name], root: &Path) -> Result<Vec<u8>, String> {
    use std::process::{Command, Stdio};
    let (program, rest) = argv.split_first().ok_or("is empty")?;
    let mut child = Command::new(program.as_str())
        .args(rest.iter().map(Name::as_str))
        .current_dir(root)
        .env_remove(SECRET_VARIABLE)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| match error.kind() {
            std::io::ErrorKind::NotFound => "is not on PATH".to_owned(),
            kind => format!("cannot be started: {kind}"),
        })?;
    let stdout = child.stdout.take().expect("its output is piped");
    let (send, receive) = std::sync::mpsc::channel();
    std::thread::spawn(move || send.send(read_some(stdout)));
    let until = Instant::now() + SECRET_TIME_MAX;
    let said = receive.recv_timeout(SECRET_TIME_MAX);
    // A command that printed more than is read is ended by its closed pipe.
    let ended = loop {
        match child.try_wait() {
            Ok(Some(status)) => break Some(status),
            Ok(None) if Instant::now() < until => std::thread::sleep(Duration::from_millis(5)),
            _ => break None,
        }
    };
    let Some(status) = ended else {
        // It may have ended by itself in the meantime.
        let _ = child.kill();
        let _ = child.wait();
        return Err(format!("did not end within {} s", SECRET_TIME_MAX.as_secs()));
    };
    match (said, status.code()) {
        (Ok(Ok(bytes)), Some(0)) => Ok(bytes),
        (_, Some(0)) => Err("printed what cannot be read".to_owned()),
        (_, Some(code)) => Err(format!("exited with {code}")),
        (_, None) => Err("was ended by a signal".to_owned()),
    }
}

#[cfg(test)]
mod tests;
