//! What can be wrong with a catalogue entry, and where.
//!
//! **Absent on purpose:** rendering. The command line underlines, we say what and where.

use std::fmt;
use std::ops::Range;

use serde_saphyr::Location;

use crate::node;

/// How many single-character edits a name may be away to be offered instead.
const EDITS_MAX: usize = 3;

/// Something wrong in a file of entries. Nobody may use an entry of that file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EntryError {
    /// The file, as it was handed in.
    pub file: String,
    /// The bytes meant; empty where only a line is known.
    pub span: Range<usize>,
    /// Line, from 1; 0 where no place is known.
    pub line: u64,
    /// Column, from 1, in characters.
    pub column: u64,
    /// What is wrong.
    pub fault: Fault,
}

impl fmt::Display for EntryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}:{}: {}", self.file, self.line, self.column, self.fault)?;
        if let Some(hint) = self.fault.hint() {
            write!(f, "; {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for EntryError {}

/// What is wrong with an entry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// The file is larger than any list of entries need be.
    #[error("the file has {bytes} bytes, more than {bytes_max}")]
    TooLarge {
        /// Its size.
        bytes: usize,
        /// The bound.
        bytes_max: usize,
    },
    /// Not YAML at all, or YAML beyond the bounds.
    #[error("this is not YAML that can be read: {message}")]
    NotYaml {
        /// What the parser says.
        message: String,
    },
    /// Neither an entry nor a list of entries.
    #[error("here should be an entry or a list of entries, and it is {found}")]
    NoEntry {
        /// What it is.
        found: &'static str,
    },
    /// A key that means nothing here.
    #[error("`{key}` is no key of {of}")]
    UnknownKey {
        /// The key.
        key: String,
        /// What it was written in.
        of: &'static str,
        /// The key that was perhaps meant.
        near: Option<&'static str>,
    },
    /// A key that must be there.
    #[error("`{key}` is missing from {of}")]
    Missing {
        /// The key.
        key: &'static str,
        /// What it is missing from.
        of: &'static str,
    },
    /// A value of the wrong type.
    #[error("`{key}` should be {expected}, and it is {found}")]
    WrongType {
        /// The key.
        key: String,
        /// What it should be.
        expected: &'static str,
        /// What it is.
        found: &'static str,
    },
    /// A word that is not one of those known here.
    #[error("`{found}` is not {expected}")]
    UnknownWord {
        /// The word.
        found: String,
        /// What is expected.
        expected: &'static str,
        /// The word that was perhaps meant.
        near: Option<String>,
    },
    /// A name that cannot be a gate's or a parameter's.
    #[error("`{name}` is not {expected}")]
    BadName {
        /// The name.
        name: String,
        /// What names look like.
        expected: &'static str,
    },
    /// One exit code with two meanings.
    #[error("exit code {code} cannot be both `clean` and `findings`")]
    ExitCodeTwice {
        /// The code.
        code: i32,
    },
    /// Exit codes that mean findings, of a gate that leaves no findings.
    #[error("`findings` exit codes need `evidence`: nothing here says what was found")]
    FindingsWithoutEvidence,
    /// `{name}` where nothing of that name is in `with`.
    #[error("`{{{name}}}` names no parameter of `with`")]
    UnknownParameter {
        /// The name.
        name: String,
        /// The parameter that was perhaps meant.
        near: Option<String>,
    },
    /// A parameter in `with` that nothing uses.
    #[error("nothing uses the parameter `{name}`")]
    UnusedParameter {
        /// The name.
        name: String,
    },
    /// A parameter amid other text that may be several arguments or none.
    #[error(
        "`{{{name}}}` stands inside an argument, so it must be one text with a `default` or `required: true`"
    )]
    NotOneText {
        /// The name.
        name: String,
    },
    /// A glob that does not compile.
    #[error("`{glob}` is not a glob: {message}")]
    BadGlob {
        /// The glob.
        glob: String,
        /// What is wrong with it.
        message: String,
    },
    /// A team's entry under a built-in's name: it would change what others mean by that name.
    #[error("`{name}` is a built-in gate and cannot be defined again")]
    BuiltIn {
        /// The name.
        name: String,
    },
    /// Two entries of one name.
    #[error("the gate `{name}` is already defined in {other}")]
    DefinedTwice {
        /// The name.
        name: String,
        /// The file of the first.
        other: String,
    },
}

impl Fault {
    /// What the writer could do about it, in one line.
    pub fn hint(&self) -> Option<String> {
        match self {
            Self::UnknownKey { near: Some(near), .. } => Some(did_you_mean(near)),
            Self::UnknownWord { near: Some(near), .. } | Self::UnknownParameter { near: Some(near), .. } => {
                Some(did_you_mean(near))
            }
            Self::BuiltIn { .. } => Some("give it a name of your own, such as `team/clippy`".to_owned()),
            Self::NotYaml { message } if message.contains('*') => Some("put quotes around globs".to_owned()),
            _ => None,
        }
    }
}

/// The hint for a name that is nearly right.
pub(crate) fn did_you_mean(near: &str) -> String {
    format!("did you mean `{near}`?")
}

/// A fault and its place; the file is added by whoever opened it.
#[derive(Clone, Debug)]
pub(crate) struct Located {
    place: Location,
    fault: Fault,
}

impl Located {
    pub(crate) fn at(place: Location, fault: Fault) -> Self {
        Self { place, fault }
    }

    pub(crate) fn start(fault: Fault) -> Self {
        Self { place: Location::UNKNOWN, fault }
    }

    pub(crate) fn into_error(self, file: &str) -> EntryError {
        EntryError {
            file: file.to_owned(),
            span: node::span(self.place),
            line: self.place.line(),
            column: self.place.column(),
            fault: self.fault,
        }
    }
}

/// The candidate that `name` was perhaps meant to be.
///
/// Short names tolerate fewer edits, so that nonsense is not answered with nonsense.
pub(crate) fn nearest<'a>(name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let edits_max = EDITS_MAX.min(name.chars().count() / 3 + 1);
    candidates
        .into_iter()
        .map(|candidate| (strsim::damerau_levenshtein(name, candidate), candidate))
        .filter(|(edits, _)| *edits <= edits_max)
        .min()
        .map(|(_, candidate)| candidate)
}
