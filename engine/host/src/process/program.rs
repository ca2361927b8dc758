//! Finding the program of a step, and saying why it could not be started.
//!
//! The search is ours and not `execvp`'s: the error can then say whether the program is missing, is there but
//! not executable, or needs an interpreter that is missing; and std may use `posix_spawn`, which is cheaper.
//!
//! **Absent on purpose:** remembering where a program was found. An install step may put another one before it.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::unix::ffi::OsStrExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{Access, access};

/// The process was not started; nothing ran.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum SpawnError {
    /// No such program. The cure is to install it or to add its folder to `PATH`.
    #[error("`{program}` was not found{}", in_path(path))]
    NotFound {
        /// As it was asked for.
        program: String,
        /// The `PATH` that was searched; `None` if the program was named by a path.
        path: Option<String>,
    },
    /// It is there, and may not be executed. The cure is `chmod +x`, or another mount.
    #[error("`{program}` is not executable ({file})")]
    NotPermitted {
        /// As it was asked for.
        program: String,
        /// The file that was found.
        file: String,
    },
    /// It is there, but what it is to be run with is not: the first line of a script, or the loader of a
    /// program for another system.
    #[error("the interpreter that `{file}` asks for{} does not exist", named(interpreter))]
    NoInterpreter {
        /// The file that was found.
        file: String,
        /// The rest of its `#!` line, if it has one.
        interpreter: Option<String>,
    },
    /// It is neither a program of this machine nor a script with a `#!` line.
    #[error("`{file}` is not a program that this machine can run, and has no `#!` line")]
    NotAProgram {
        /// The file that was found.
        file: String,
    },
    /// The folder it was to run in is missing or closed to us.
    #[error("the folder `{cwd}` cannot be entered: {kind}")]
    Folder {
        /// The folder.
        cwd: String,
        /// Why.
        kind: io::ErrorKind,
    },
    /// The arguments and the environment are too long for the system.
    #[error("the command line and environment of `{program}` have {bytes} bytes, too many for this system")]
    TooLong {
        /// As it was asked for.
        program: String,
        /// Their length.
        bytes: usize,
    },
    /// An argument or a variable has a zero byte, or there is no program at all.
    #[error("the command of `{program}` is not one: {why}")]
    Malformed {
        /// As it was asked for.
        program: String,
        /// What is wrong.
        why: &'static str,
    },
    /// A process with this token is running already.
    #[error("a process is called {token} already")]
    TokenInUse {
        /// The token.
        token: u64,
    },
    /// It was started, could not be written down in the sidecar, and was ended again.
    #[error("`{program}` cannot be noted in the sidecar: {kind}")]
    Sidecar {
        /// As it was asked for.
        program: String,
        /// Why.
        kind: io::ErrorKind,
    },
    /// The system refused for another reason: too many processes, open files, or no memory.
    #[error("`{program}` cannot be started: {kind} (system error {number})")]
    System {
        /// As it was asked for.
        program: String,
        /// What kind of error.
        kind: io::ErrorKind,
        /// Its number, 0 if it has none.
        number: i32,
    },
}

fn in_path(path: &Option<String>) -> String {
    match path {
        None => String::new(),
        Some(path) if path.is_empty() => " because `PATH` is empty".to_owned(),
        Some(path) => format!(" in any folder of `PATH` ({path})"),
    }
}

fn named(interpreter: &Option<String>) -> String {
    interpreter.as_ref().map(|name| format!(" (`{name}`)")).unwrap_or_default()
}

/// Text for a message; what is no text is shown with replacement characters.
pub(super) fn text(name: impl AsRef<OsStr>) -> String {
    name.as_ref().to_string_lossy().into_owned()
}

/// The file of a program, as an absolute path if `cwd` is one.
pub(super) fn find(program: &OsStr, cwd: &Path, env: &[(OsString, OsString)]) -> Result<PathBuf, SpawnError> {
    if program.is_empty() {
        return Err(SpawnError::Malformed { program: String::new(), why: "its name is empty" });
    }
    if program.as_bytes().contains(&b'/') {
        return Ok(cwd.join(program)); // the spawn itself says what is wrong with it
    }
    let path = env.iter().rev().find(|(name, _)| name == "PATH").map(|(_, value)| value);
    let path = path.map_or(OsStr::new(""), OsString::as_os_str);
    let mut closed = None;
    if !path.is_empty() {
        for folder in std::env::split_paths(path) {
            let file = cwd.join(folder).join(program);
            if access(&file, Access::EXEC_OK).is_ok() {
                if file.is_file() {
                    return Ok(file);
                }
            } else if closed.is_none() && file.is_file() {
                closed = Some(file);
            }
        }
    }
    Err(match closed {
        Some(file) => SpawnError::NotPermitted { program: text(program), file: text(file) },
        None => SpawnError::NotFound { program: text(program), path: Some(text(path)) },
    })
}

/// Why the spawn of a file failed.
pub(super) fn explain(
    error: &io::Error,
    argv: &[OsString],
    file: &Path,
    cwd: &Path,
    env: &[(OsString, OsString)],
) -> SpawnError {
    use rustix::io::Errno;
    let program = text(&argv[0]);
    if let Err(error) = std::fs::read_dir(cwd)
        && error.kind() != io::ErrorKind::PermissionDenied
    {
        return SpawnError::Folder { cwd: text(cwd), kind: error.kind() };
    }
    match error.raw_os_error().map(Errno::from_raw_os_error) {
        Some(Errno::NOENT) if file.exists() => {
            SpawnError::NoInterpreter { file: text(file), interpreter: shebang(file) }
        }
        Some(Errno::NOENT | Errno::NOTDIR) => SpawnError::NotFound { program, path: None },
        Some(Errno::ACCESS | Errno::PERM) => {
            if access(cwd, Access::EXEC_OK).is_err() {
                return SpawnError::Folder { cwd: text(cwd), kind: io::ErrorKind::PermissionDenied };
            }
            SpawnError::NotPermitted { program, file: text(file) }
        }
        Some(Errno::NOEXEC) => SpawnError::NotAProgram { file: text(file) },
        Some(Errno::TOOBIG) => {
            let variables = env.iter().map(|(name, value)| name.len() + value.len() + 2);
            let bytes = argv.iter().map(|word| word.len() + 1).chain(variables).sum();
            SpawnError::TooLong { program, bytes }
        }
        None if error.kind() == io::ErrorKind::InvalidInput => {
            SpawnError::Malformed { program, why: "an argument or a variable has a zero byte" }
        }
        number => {
            SpawnError::System { program, kind: error.kind(), number: number.map_or(0, Errno::raw_os_error) }
        }
    }
}

/// What the first line of a script asks for.
fn shebang(file: &Path) -> Option<String> {
    use std::io::Read as _;
    let mut head = Vec::new();
    std::fs::File::open(file).ok()?.take(256).read_to_end(&mut head).ok()?;
    let line = head.strip_prefix(b"#!")?.split(|byte| *byte == b'\n').next()?;
    Some(String::from_utf8_lossy(line).trim().to_owned())
}
