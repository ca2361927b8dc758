//! A gate as data: what runs, what its exit codes mean, what it leaves.
//!
//! **Absent on purpose:** reading YAML (`read`), filling in parameters (`expand`), running anything.

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::{ExitCodes, Report};
use globset::{Glob, GlobBuilder, GlobSet, GlobSetBuilder};

/// What gates are to the built-in policies and to reports. A team may use words of its own.
pub const KINDS: &[&str] = &[
    "build",
    "compliance",
    "coverage",
    "dependencies",
    "docs",
    "format",
    "install",
    "licenses",
    "lint",
    "performance",
    "sbom",
    "secrets",
    "test",
    "types",
];

/// A gate definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// Its name, `family/tool`.
    pub name: Name,
    /// What it does, in a line.
    pub about: String,
    /// What it is to a policy.
    pub kind: Name,
    /// When a project has a use for it.
    pub detect: Detect,
    /// Program and arguments, with `{parameter}` in them.
    pub run: Vec<String>,
    /// What runs instead of `run` where nothing may be installed: it looks and changes nothing.
    pub check: Option<Vec<String>>,
    /// What puts right what the gate finds.
    pub fix: Option<Vec<String>>,
    /// Parameters by name.
    pub with: BTreeMap<Name, Parameter>,
    /// What exit codes mean; every other code means broken.
    pub exit: ExitCodes,
    /// Reports it leaves.
    pub evidence: Vec<Report>,
    /// Prints the tool's version.
    pub version: Vec<String>,
    /// Programs needed beside the one that `run` names.
    pub programs: Vec<Name>,
    /// Globs of the files it reads, relative to the project; `/` in front for the repository. Empty for "anything".
    pub inputs: Vec<String>,
    /// Globs of the files it writes, in the same form.
    pub outputs: Vec<String>,
    /// How to get the tool.
    pub install: Option<String>,
    /// Its errors make the step failed: what needs it cannot work without its success.
    pub must_succeed: bool,
    /// Environment on top of the allowlist.
    pub env: BTreeMap<Name, Name>,
    /// May be started again after a crash without asking.
    pub idempotent: bool,
    /// The longest an attempt may take.
    pub timeout_ms: Option<u64>,
}

/// A value that a step may hand to an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Parameter {
    /// What it is for, in a line.
    pub about: String,
    /// What values it takes.
    pub shape: Shape,
    /// The value where the step says nothing.
    pub default: Option<Value>,
    /// The step must say something.
    pub required: bool,
    /// What a value becomes on the command line, `{}` standing for it; the bare value where this is empty.
    pub args: Vec<String>,
}

/// What values a parameter takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Shape {
    /// Texts and whole numbers in order; each becomes an argument.
    List,
    /// One text.
    Text,
    /// One whole number.
    Integer,
    /// True or false.
    Bool,
}

impl Shape {
    /// All shapes by the word an entry uses.
    pub const WORDS: &[(&str, Self)] =
        &[("bool", Self::Bool), ("integer", Self::Integer), ("list", Self::List), ("text", Self::Text)];

    /// The shape in words, for a message.
    pub fn describe(self) -> &'static str {
        match self {
            Self::List => "a list of texts",
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Bool => "true or false",
        }
    }

    /// Whether a value has this shape.
    pub fn admits(self, value: &Value) -> bool {
        match (self, value) {
            (Self::List, Value::List(items)) => {
                items.iter().all(|item| matches!(item, Value::Text(_) | Value::Integer(_)))
            }
            (Self::Text, Value::Text(_))
            | (Self::Integer, Value::Integer(_))
            | (Self::Bool, Value::Bool(_)) => true,
            _ => false,
        }
    }
}

/// When a project has a use for an entry: one of these holds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Detect {
    /// A file of the project matches one of these globs.
    pub globs: Vec<String>,
    /// A file of the project contains a text.
    pub texts: Vec<Text>,
}

/// A file that must contain a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text {
    /// The file, relative to the project.
    pub file: String,
    /// The text, as it stands there.
    pub contains: String,
}

impl Detect {
    /// Whether the entry has a use in a project.
    ///
    /// `files` are the project's files relative to it, `read` gives the text of one of them.
    pub fn holds(&self, files: &[&str], read: &dyn Fn(&str) -> Option<String>) -> bool {
        let globs = glob_set(&self.globs);
        files.iter().any(|file| globs.is_match(file))
            || self.texts.iter().any(|text| {
                files.contains(&text.file.as_str())
                    && read(&text.file).is_some_and(|found| found.contains(&text.contains))
            })
    }
}

/// Compiles a glob as catalogue and workflows mean it: `*` stays within one folder.
pub(crate) fn glob(text: &str) -> Result<Glob, globset::Error> {
    GlobBuilder::new(text.trim_start_matches('/')).literal_separator(true).build()
}

/// A set of globs that were compiled once before, when the entry was read.
pub(crate) fn glob_set(globs: &[String]) -> GlobSet {
    let mut set = GlobSetBuilder::new();
    for text in globs {
        if let Ok(glob) = glob(text) {
            set.add(glob);
        }
    }
    set.build().unwrap_or_else(|_| GlobSet::empty())
}
