//! Whose fault an error is, what to do about it, and the exit code. Decided here and nowhere else.

use std::process::ExitCode;

use dod_host::blob::BlobError;
use dod_host::clone_log::CloneLogError;
use dod_host::drive::DriveError;
use dod_host::exported::ExportedError;
use dod_host::git::GitError;
use dod_host::history::HistoryError;
use dod_host::keys::KeysError;
use dod_host::log::LogError;
use dod_host::storage::StorageError;
use dod_host::workspace::WorkspaceError;

use crate::output;

/// How the program ends (design §7).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// Passed, or done.
    Done = 0,
    /// The verdict is failed, or a difference was found.
    Failed = 1,
    /// The command line, workflow or policy is wrong; nothing ran.
    Usage = 2,
    /// Undecided, or storage failed.
    Undecided = 3,
    /// Waiting for a person, a message or a timer far away.
    Waiting = 4,
    /// Interrupted; the run can be resumed.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}

/// An error on its way to the user.
#[derive(Debug)]
pub(crate) struct CommandError {
    /// The exit code it ends with.
    pub(crate) exit: Exit,
    /// What happened, and where.
    pub(crate) message: String,
    /// What to do; at most one thing.
    pub(crate) hint: Option<String>,
}

impl CommandError {
    /// The user can mend it: the command line or a file is wrong.
    pub(crate) fn usage(message: impl Into<String>) -> Self {
        Self { exit: Exit::Usage, message: message.into(), hint: None }
    }

    /// The machine is in the way: storage, git, processes.
    pub(crate) fn system(message: impl Into<String>) -> Self {
        Self { exit: Exit::Undecided, message: message.into(), hint: None }
    }

    /// What to do about it.
    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hint = Some(hint.into());
        self
    }

    /// Everything has been said already.
    pub(crate) fn said(exit: Exit) -> Self {
        Self { exit, message: String::new(), hint: None }
    }
}

impl From<WorkspaceError> for CommandError {
    fn from(error: WorkspaceError) -> Self {
        let message = error.to_string();
        match error {
            WorkspaceError::Storage(error) => error.into(),
            WorkspaceError::None { .. } | WorkspaceError::NoRuns { .. } => {
                Self::usage(message).hint("`dod validate` makes the first run")
            }
            WorkspaceError::NoSuchRun { .. } => Self::usage(message).hint("`dod runs` lists them"),
            _ => Self::usage(message),
        }
    }
}

impl From<StorageError> for CommandError {
    fn from(error: StorageError) -> Self {
        let hint = match error {
            StorageError::Full { .. } => Some("make room and run it again"),
            StorageError::ReadOnly { .. } | StorageError::Denied { .. } => Some(
                "`dod` keeps its log in the folder `.dod` of the project and must be able to write there",
            ),
            _ => None,
        };
        Self { hint: hint.map(str::to_owned), ..Self::system(error.to_string()) }
    }
}

impl From<LogError> for CommandError {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Storage(error) => error.into(),
            LogError::Lock(error) => Self::system(error.to_string())
                .hint("another `dod` holds it; wait for it, or end it with `dod cancel`"),
            other => Self::system(other.to_string()),
        }
    }
}

impl From<GitError> for CommandError {
    fn from(error: GitError) -> Self {
        let message = error.to_string();
        match error {
            // A repository that is damaged is no mistake of whoever typed the command.
            GitError::Library { .. } | GitError::Tree(_) => Self::system(message),
            _ => Self::usage(message),
        }
    }
}

impl From<ExportedError> for CommandError {
    fn from(error: ExportedError) -> Self {
        let message = error.to_string();
        match error {
            ExportedError::Storage(StorageError::Missing { path, .. })
                if path.extension().is_some_and(|end| end == dod_host::exported::EXTENSION) =>
            {
                Self::usage(message)
            }
            ExportedError::Storage(error) => error.into(),
            ExportedError::Different { .. } => Self { exit: Exit::Failed, message, hint: None },
            ExportedError::Forked { .. } => {
                let hint = "`dod diff` of the two says more; remove the one that is not wanted".to_owned();
                Self { exit: Exit::Failed, message, hint: Some(hint) }
            }
            _ => Self::system(message),
        }
    }
}

impl From<KeysError> for CommandError {
    fn from(error: KeysError) -> Self {
        let message = error.to_string();
        let hint = match &error {
            KeysError::Storage(error) => return error.clone().into(),
            KeysError::Lock(_) | KeysError::Random { .. } => return Self::system(message),
            // The signer says no: what is there is not what was signed.
            KeysError::Shorter { .. } | KeysError::Forked { .. } => {
                return Self::system(message).hint(ROLLED_BACK);
            }
            KeysError::Memory { .. } => {
                "put back the file from a copy; without it, it is not known what was signed"
            }
            KeysError::NoFolder | KeysError::Inside { .. } => {
                "`DOD_KEYS` names a folder for keys outside of it"
            }
            KeysError::Open { path, wanted, .. } => {
                let hint = format!("`chmod {wanted:o} '{}'`", path.display());
                return Self::usage(message).hint(hint);
            }
            KeysError::Several { name, .. } if name.is_empty() => "`dod key use NAME` says which one signs",
            KeysError::Unknown { .. } | KeysError::Several { .. } => "`dod key list` lists them",
            KeysError::NotAKeyText { .. } | KeysError::NotAKey { .. } => {
                "a verifier key is one line, `name+id+base64`; `dod key new` makes one"
            }
            KeysError::Exists { .. } => "`dod key rotate` replaces it",
            KeysError::TooMany => "`dod key untrust` removes one",
        };
        Self::usage(message).hint(hint)
    }
}

/// What to do where a log is not the one that it was.
const ROLLED_BACK: &str = "put back the newer files; where they are gone for good, move `.dod/log` away: a new log begins, and `dod verify --log` says that this one is gone";

impl From<CloneLogError> for CommandError {
    fn from(error: CloneLogError) -> Self {
        match error {
            CloneLogError::Storage(error) => error.into(),
            CloneLogError::Keys(error) => error.into(),
            CloneLogError::Lock(_) | CloneLogError::Proof(_) => Self::system(error.to_string()),
            _ => Self::system(error.to_string()).hint(ROLLED_BACK),
        }
    }
}

impl From<HistoryError> for CommandError {
    fn from(error: HistoryError) -> Self {
        Self::system(error.to_string())
    }
}

impl From<DriveError> for CommandError {
    fn from(error: DriveError) -> Self {
        match error {
            DriveError::Log(error) => error.into(),
            DriveError::Blob(BlobError::Storage(error)) | DriveError::Storage(error) => error.into(),
            DriveError::Workspace(error) => error.into(),
            DriveError::CloneLog(error) => error.into(),
            DriveError::History(error) => error.into(),
            DriveError::OtherTree => Self::usage(error.to_string())
                .hint(
                "put the files back as they were, or begin anew with `dod validate`; what steps write belongs \
                 under `outputs:` or in `.gitignore`",
            ),
            other => Self::system(other.to_string()),
        }
    }
}

/// A defect of the program itself, told as such.
pub(crate) fn defect(panic: &(dyn std::any::Any + Send)) -> CommandError {
    let text =
        panic.downcast_ref::<String>().map(String::as_str).or_else(|| panic.downcast_ref::<&str>().copied());
    CommandError::system(format!(
        "`dod` met a defect of its own: {}",
        text.unwrap_or("it does not say which")
    ))
    .hint("what was recorded is safe; please report this with the command you gave")
}

/// Tells the user, in words or as JSON, and answers the exit code.
pub(crate) fn report(error: &CommandError, json: bool) -> Exit {
    if error.message.is_empty() {
        return error.exit;
    }
    if json {
        let object = serde_json::json!({
            "error": { "message": error.message, "hint": error.hint, "exit_code": error.exit as u8 }
        });
        output::result(&format!("{object}\n"));
    }
    output::error(&error.message, error.hint.as_deref());
    error.exit
}
