//! What is handed in: other files, the catalogue, the expression language, known names.
//!
//! **Absent on purpose:** implementations. The command line has them.

use std::collections::BTreeMap;

use dod_kernel::id::Name;
use dod_kernel::value::Value;
use dod_kernel::workflow::Task;

/// Everything outside the file that is needed to check it.
pub struct World<'w> {
    /// The known gates.
    pub catalogue: &'w dyn Catalogue,
    /// The language of conditions.
    pub expressions: &'w dyn Expressions,
    /// Names of evidence formats; `None` where they are not known, and then nothing is said of them.
    pub formats: Option<&'w [Name]>,
    /// Values of inputs as the user gave them; `None` where a file is only proofread, and a required input
    /// is not missed.
    pub inputs: Option<&'w BTreeMap<Name, Value>>,
    /// Names of policies, likewise.
    pub policies: Option<&'w [Name]>,
    /// The version of the program.
    pub program: semver::Version,
    /// Names of roles, likewise.
    pub roles: Option<&'w [Name]>,
    /// Other files.
    pub sources: &'w dyn Sources,
}

/// Where another file is.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reference {
    /// A workflow that is part of the program.
    Builtin {
        /// `rust` of `builtin/rust`.
        name: String,
    },
    /// A file of another repository at one commit.
    Git {
        /// The repository.
        url: String,
        /// The full commit id, 40 hexadecimal digits.
        rev: String,
        /// The file in it.
        path: String,
    },
    /// A file beside another one.
    Local {
        /// The name under which the file that names this one was loaded.
        from_file: String,
        /// The path as written, relative to that file.
        path: String,
    },
}

/// A file that was read.
#[derive(Clone, Debug)]
pub struct Loaded {
    /// What people are shown. One file has one name: it is how circles are found, and it is the `from_file` of
    /// what this file names.
    pub name: String,
    /// Its text.
    pub text: String,
}

/// Reads other files.
pub trait Sources {
    /// Reads one.
    ///
    /// # Errors
    /// Why it cannot be read, as a lower-case fragment.
    fn load(&self, reference: &Reference) -> Result<Loaded, String>;

    /// Reads one for a folder of the repository (empty for the root): a built-in workflow may look different
    /// there, and must then have another name.
    ///
    /// # Errors
    /// Like [`Sources::load`].
    fn load_for(&self, reference: &Reference, folder: &str) -> Result<Loaded, String> {
        let _ = folder;
        self.load(reference)
    }

    /// The files beside another one whose names end so, as [`Reference::Local`] names them, sorted.
    fn beside(&self, from_file: &str, ending: &str) -> Vec<String> {
        let _ = (from_file, ending);
        Vec::new()
    }
}

/// Where a gate stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Site<'a> {
    /// The folder it works in, relative to the repository root; empty for the root.
    pub cwd: &'a str,
    /// The project of a monorepo.
    pub project: Option<&'a Name>,
}

/// Why a gate cannot be used as it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misuse {
    /// The key of `with` that is wrong; `None` where it is the gate as a whole, or a key that is missing.
    pub key: Option<Name>,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
    /// What to do.
    pub hint: Option<String>,
}

/// The known gates.
pub trait Catalogue {
    /// All names, for "did you mean".
    fn names(&self) -> Vec<Name>;

    /// The task of a gate. Its working directory and globs are relative to the repository root.
    ///
    /// # Errors
    /// What is wrong with the values.
    fn expand(&self, name: &str, with: &BTreeMap<Name, Value>, site: Site<'_>) -> Result<Task, Vec<Misuse>>;
}

/// Something wrong with an expression. Lines and columns count from 1, columns in characters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Column in its line.
    pub column: u32,
    /// What to do.
    pub hint: Option<String>,
    /// Line of the expression.
    pub line: u32,
    /// What is wrong, as a lower-case fragment.
    pub message: String,
}

/// What a Rego module consists of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Module {
    /// The facts that it asks for, by dotted name.
    pub facts: Vec<Name>,
    /// Its rules that have something to say, by name; whether breaking one blocks, or only warns.
    pub rules: Vec<(Name, bool)>,
}

/// The languages of conditions and rules.
pub trait Expressions {
    /// Everything wrong with an expression that can be seen without running it.
    fn check(&self, text: &str) -> Vec<Problem>;

    /// Everything wrong with an expression over variables, whose names are known only when it is asked.
    fn check_over_variables(&self, text: &str) -> Vec<Problem> {
        let _ = text;
        Vec::new()
    }

    /// Everything wrong with a script over variables that can be seen without running it.
    fn check_script(&self, text: &str) -> Vec<Problem> {
        let _ = text;
        Vec::new()
    }

    /// The rules of a Rego module, or everything wrong with it that can be seen without running it; `None` where
    /// this program has no engine for Rego.
    fn rego(&self, text: &str) -> Option<Result<Module, Vec<Problem>>> {
        let _ = text;
        None
    }
}
