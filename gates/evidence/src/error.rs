//! Why a report is not evidence.
//!
//! **Absent on purpose:** hints, exit codes, file names. Who holds the report knows what it is called.

use std::io;

/// The tool ran, but what it left behind is not evidence.
///
/// Never mistake this for bad news: a gate that cannot read its tool has nothing to report, and a policy
/// must not be asked to judge nothing. Lines count from 1, bytes from 0.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// No byte that says anything.
    #[error("the report is empty")]
    Empty,
    /// It ends before its format allows it to end.
    #[error("the report is cut off at byte {at}")]
    CutOff {
        /// Where it ends.
        at: u64,
    },
    /// It is something else, perhaps something sound.
    #[error("the report is not {expected}: it is {found}")]
    OtherFormat {
        /// What was asked for.
        expected: &'static str,
        /// What it looks like.
        found: String,
    },
    /// It is of the format and breaks its rules.
    #[error("line {line} of the report (byte {at}) is not {expected}")]
    Malformed {
        /// The line.
        line: u64,
        /// The byte at which reading stopped.
        at: u64,
        /// What the format wants there.
        expected: &'static str,
    },
    /// One object says two things under one name, and readers differ on which of them counts.
    #[error("line {line} of the report (byte {at}) says `{key}` a second time")]
    DuplicateKey {
        /// The line.
        line: u64,
        /// The byte behind the second key.
        at: u64,
        /// The key.
        key: String,
    },
    /// It is compressed, or text in another encoding.
    #[error("the report is {found}, and not UTF-8 text")]
    Encoding {
        /// What it is.
        found: &'static str,
    },
    /// It goes beyond a bound of the reader.
    #[error("the report has more than {max} {what}")]
    TooLarge {
        /// Of what.
        what: &'static str,
        /// How many are read.
        max: u64,
    },
    /// The tool left a well-formed excuse instead of a report.
    #[error("the tool says that it failed: {message}")]
    ToolFailed {
        /// What it says.
        message: String,
    },
    /// The report says nothing of what it should report, so nobody looked.
    #[error("the report holds no {what}")]
    NotRun {
        /// What is not there.
        what: &'static str,
    },
    /// The bytes could not be had.
    #[error("the report cannot be read: {kind}")]
    Unreadable {
        /// What the system said.
        kind: io::ErrorKind,
    },
    /// A defect of the reader itself, kept from taking the run with it.
    #[error("the reader of `{format}` broke down")]
    ReaderBroke {
        /// Which reader.
        format: &'static str,
    },
}

/// What every reader returns.
pub(crate) type Result<T, E = ReadError> = std::result::Result<T, E>;
